/* SPDX-License-Identifier: MIT */
#include "tests/air/runner_vulkan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vulkan/vulkan.h>

enum { FIRST_INDEX = 32, MAX_THREADGROUP_ARGS = 31 };

struct memory {
    VkBuffer buffer;
    VkDeviceMemory memory;
    uint64_t address;
    void *map;
};

struct image {
    VkImage image;
    VkDeviceMemory memory;
    VkImageView view;
};

struct runner {
    VkInstance instance;
    VkPhysicalDevice physical;
    VkDevice device;
    VkQueue queue;
    uint32_t family, subgroup;
    uint32_t threadgroup_bytes; /**< Largest threadgroup memory; software devices take any. */
    bool null_descriptors;
    uint32_t available;
    VkPhysicalDeviceMemoryProperties memory;
    VkDescriptorSetLayout heap_layout, attachment_layout;
    VkPipelineLayout layout;
    VkDescriptorPool pool;
    VkDescriptorSet heap;
    VkCommandPool commands;
    VkSampler samplers[2];
    struct memory zero, scratch;
};

static void need(VkResult rc, const char *what)
{
    if (rc == VK_SUCCESS)
        return;
    fprintf(stderr, "%s: VkResult %d\n", what, (int)rc);
    abort();
}

struct features {
    VkPhysicalDeviceFeatures2 f;
    VkPhysicalDeviceVulkan11Features v11;
    VkPhysicalDeviceVulkan12Features v12;
    VkPhysicalDeviceVulkan13Features v13;
};

static void chain(struct features *f)
{
    *f = (struct features){.f.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2,
                           .v11.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES,
                           .v12.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES,
                           .v13.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES};
    f->f.pNext = &f->v11;
    f->v11.pNext = &f->v12;
    f->v12.pNext = &f->v13;
}

static bool suitable(VkPhysicalDevice p)
{
    VkPhysicalDeviceProperties props;
    vkGetPhysicalDeviceProperties(p, &props);
    if (props.apiVersion < VK_API_VERSION_1_3)
        return false;
    struct features f;
    chain(&f);
    vkGetPhysicalDeviceFeatures2(p, &f.f);
    return f.v12.bufferDeviceAddress && f.v12.runtimeDescriptorArray && f.v12.descriptorBindingPartiallyBound &&
           f.v12.vulkanMemoryModel && f.v12.scalarBlockLayout && f.f.features.shaderInt64 && f.v13.maintenance4;
}

static bool has_extension(VkPhysicalDevice p, const char *name)
{
    uint32_t n = 0;
    vkEnumerateDeviceExtensionProperties(p, NULL, &n, NULL);
    VkExtensionProperties *list = calloc(n + 1, sizeof *list);
    vkEnumerateDeviceExtensionProperties(p, NULL, &n, list);
    bool found = false;
    for (uint32_t i = 0; i < n; i++)
        found |= !strcmp(list[i].extensionName, name);
    free(list);
    return found;
}

static bool pick_device(struct runner *r)
{
    VkPhysicalDevice list[8];
    uint32_t n = 8;
    if (vkEnumeratePhysicalDevices(r->instance, &n, list) < 0)
        return false;
    for (uint32_t i = 0; i < n && !r->physical; i++)
        if (suitable(list[i]))
            r->physical = list[i];
    if (!r->physical)
        return false;
    VkQueueFamilyProperties families[16];
    n = 16;
    vkGetPhysicalDeviceQueueFamilyProperties(r->physical, &n, families);
    for (r->family = 0; r->family < n; r->family++)
        if (families[r->family].queueFlags & VK_QUEUE_COMPUTE_BIT && families[r->family].queueFlags & VK_QUEUE_GRAPHICS_BIT)
            return true;
    return false;
}

static void open_device(struct runner *r)
{
    struct features f;
    chain(&f);
    vkGetPhysicalDeviceFeatures2(r->physical, &f.f);
    const char *extensions[5];
    uint32_t count = 0;
    r->available = ~(uint32_t)(PVG_AIR_NEED_STENCIL_EXPORT | PVG_AIR_NEED_BARYCENTRICS | PVG_AIR_NEED_MESH |
                               PVG_AIR_NEED_RAY_QUERY | PVG_AIR_NEED_FUSED_FMA);
    if (has_extension(r->physical, VK_EXT_SHADER_STENCIL_EXPORT_EXTENSION_NAME)) {
        extensions[count++] = VK_EXT_SHADER_STENCIL_EXPORT_EXTENSION_NAME;
        r->available |= PVG_AIR_NEED_STENCIL_EXPORT;
    }
    VkPhysicalDeviceFragmentShaderBarycentricFeaturesKHR bary = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FRAGMENT_SHADER_BARYCENTRIC_FEATURES_KHR, .fragmentShaderBarycentric = VK_TRUE};
    if (has_extension(r->physical, VK_KHR_FRAGMENT_SHADER_BARYCENTRIC_EXTENSION_NAME)) {
        extensions[count++] = VK_KHR_FRAGMENT_SHADER_BARYCENTRIC_EXTENSION_NAME;
        r->available |= PVG_AIR_NEED_BARYCENTRICS;
        f.v13.pNext = &bary;
    }
    VkPhysicalDeviceRobustness2FeaturesEXT null = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ROBUSTNESS_2_FEATURES_EXT,
                                                   .nullDescriptor = VK_TRUE};
    if (has_extension(r->physical, VK_EXT_ROBUSTNESS_2_EXTENSION_NAME)) {
        extensions[count++] = VK_EXT_ROBUSTNESS_2_EXTENSION_NAME;
        r->null_descriptors = true;
        null.pNext = f.v13.pNext;
        f.v13.pNext = &null;
    }
    float priority = 1;
    VkDeviceQueueCreateInfo q = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
                                 .queueFamilyIndex = r->family,
                                 .queueCount = 1,
                                 .pQueuePriorities = &priority};
    VkDeviceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
                               .pNext = &f.f,
                               .queueCreateInfoCount = 1,
                               .pQueueCreateInfos = &q,
                               .enabledExtensionCount = count,
                               .ppEnabledExtensionNames = extensions};
    need(vkCreateDevice(r->physical, &info, NULL, &r->device), "vkCreateDevice");
    vkGetDeviceQueue(r->device, r->family, 0, &r->queue);
    vkGetPhysicalDeviceMemoryProperties(r->physical, &r->memory);
    VkPhysicalDeviceSubgroupProperties sub = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES};
    VkPhysicalDeviceProperties2 props = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &sub};
    vkGetPhysicalDeviceProperties2(r->physical, &props);
    r->subgroup = sub.subgroupSize;
    bool software = props.properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU;
    r->threadgroup_bytes = software ? UINT32_MAX : props.properties.limits.maxComputeSharedMemorySize;
}

/** The heap of spec 06 section 15.2, with fewer entries. */
static void create_layout(struct runner *r)
{
    static const VkDescriptorType types[5] = {VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE, VK_DESCRIPTOR_TYPE_STORAGE_IMAGE,
                                              VK_DESCRIPTOR_TYPE_SAMPLER, VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER,
                                              VK_DESCRIPTOR_TYPE_STORAGE_TEXEL_BUFFER};
    VkDescriptorSetLayoutBinding bindings[8];
    VkDescriptorBindingFlags flags[5];
    VkDescriptorPoolSize sizes[5];
    for (uint32_t i = 0; i < 5; i++) {
        bindings[i] = (VkDescriptorSetLayoutBinding){i, types[i], 128, VK_SHADER_STAGE_ALL, NULL};
        flags[i] = VK_DESCRIPTOR_BINDING_PARTIALLY_BOUND_BIT;
        sizes[i] = (VkDescriptorPoolSize){types[i], 128};
    }
    VkDescriptorSetLayoutBindingFlagsCreateInfo bf = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_BINDING_FLAGS_CREATE_INFO, .bindingCount = 5, .pBindingFlags = flags};
    VkDescriptorSetLayoutCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO, .pNext = &bf, .bindingCount = 5, .pBindings = bindings};
    need(vkCreateDescriptorSetLayout(r->device, &info, NULL, &r->heap_layout), "heap layout");
    for (uint32_t i = 0; i < 8; i++)
        bindings[i] = (VkDescriptorSetLayoutBinding){i, VK_DESCRIPTOR_TYPE_INPUT_ATTACHMENT, 1, VK_SHADER_STAGE_FRAGMENT_BIT, NULL};
    info.pNext = NULL;
    info.bindingCount = 8;
    need(vkCreateDescriptorSetLayout(r->device, &info, NULL, &r->attachment_layout), "attachment layout");
    VkDescriptorSetLayout layouts[2] = {r->heap_layout, r->attachment_layout};
    VkPushConstantRange push = {VK_SHADER_STAGE_ALL, 0, 128};
    VkPipelineLayoutCreateInfo pl = {.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
                                     .setLayoutCount = 2,
                                     .pSetLayouts = layouts,
                                     .pushConstantRangeCount = 1,
                                     .pPushConstantRanges = &push};
    need(vkCreatePipelineLayout(r->device, &pl, NULL, &r->layout), "pipeline layout");
    VkDescriptorPoolCreateInfo pool = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO, .maxSets = 1, .poolSizeCount = 5, .pPoolSizes = sizes};
    need(vkCreateDescriptorPool(r->device, &pool, NULL, &r->pool), "descriptor pool");
    VkDescriptorSetAllocateInfo alloc = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
                                         .descriptorPool = r->pool,
                                         .descriptorSetCount = 1,
                                         .pSetLayouts = &r->heap_layout};
    need(vkAllocateDescriptorSets(r->device, &alloc, &r->heap), "descriptor set");
}

static uint32_t memory_type(const struct runner *r, uint32_t bits, VkMemoryPropertyFlags flags)
{
    for (uint32_t i = 0; i < r->memory.memoryTypeCount; i++)
        if (bits >> i & 1 && (r->memory.memoryTypes[i].propertyFlags & flags) == flags)
            return i;
    abort();
}

static struct memory create_memory(struct runner *r, uint64_t size)
{
    struct memory m = {0};
    VkBufferCreateInfo info = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
                               .size = size ? size : 16,
                               .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT |
                                        VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT};
    need(vkCreateBuffer(r->device, &info, NULL, &m.buffer), "vkCreateBuffer");
    VkMemoryRequirements req;
    vkGetBufferMemoryRequirements(r->device, m.buffer, &req);
    VkMemoryAllocateFlagsInfo flags = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO,
                                       .flags = VK_MEMORY_ALLOCATE_DEVICE_ADDRESS_BIT};
    VkMemoryAllocateInfo alloc = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
        .pNext = &flags,
        .allocationSize = req.size,
        .memoryTypeIndex =
            memory_type(r, req.memoryTypeBits, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT)};
    need(vkAllocateMemory(r->device, &alloc, NULL, &m.memory), "vkAllocateMemory");
    need(vkBindBufferMemory(r->device, m.buffer, m.memory, 0), "vkBindBufferMemory");
    need(vkMapMemory(r->device, m.memory, 0, VK_WHOLE_SIZE, 0, &m.map), "vkMapMemory");
    memset(m.map, 0, size ? size : 16);
    VkBufferDeviceAddressInfo a = {.sType = VK_STRUCTURE_TYPE_BUFFER_DEVICE_ADDRESS_INFO, .buffer = m.buffer};
    m.address = vkGetBufferDeviceAddress(r->device, &a);
    return m;
}

static void destroy_memory(struct runner *r, struct memory *m)
{
    vkDestroyBuffer(r->device, m->buffer, NULL);
    vkFreeMemory(r->device, m->memory, NULL);
}

struct runner *runner_open(void)
{
    struct runner *r = calloc(1, sizeof *r);
    VkApplicationInfo app = {.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .apiVersion = VK_API_VERSION_1_3};
    VkInstanceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &app};
    if (!r || vkCreateInstance(&info, NULL, &r->instance) != VK_SUCCESS || !pick_device(r)) {
        fprintf(stderr, "no Vulkan 1.3 device with buffer addresses\n");
        if (r && r->instance)
            vkDestroyInstance(r->instance, NULL);
        free(r);
        return NULL;
    }
    open_device(r);
    create_layout(r);
    VkCommandPoolCreateInfo pool = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO, .queueFamilyIndex = r->family};
    need(vkCreateCommandPool(r->device, &pool, NULL, &r->commands), "command pool");
    for (int i = 0; i < 2; i++) {
        VkSamplerCreateInfo s = {.sType = VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO,
                                 .magFilter = i ? VK_FILTER_LINEAR : VK_FILTER_NEAREST,
                                 .minFilter = i ? VK_FILTER_LINEAR : VK_FILTER_NEAREST,
                                 .addressModeU = VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE,
                                 .addressModeV = VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE,
                                 .addressModeW = VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE,
                                 .maxLod = VK_LOD_CLAMP_NONE};
        need(vkCreateSampler(r->device, &s, NULL, &r->samplers[i]), "sampler");
    }
    r->zero = create_memory(r, 65536);
    r->scratch = create_memory(r, 65536);
    return r;
}

void runner_close(struct runner *r)
{
    if (!r)
        return;
    destroy_memory(r, &r->zero);
    destroy_memory(r, &r->scratch);
    vkDestroySampler(r->device, r->samplers[0], NULL);
    vkDestroySampler(r->device, r->samplers[1], NULL);
    vkDestroyCommandPool(r->device, r->commands, NULL);
    vkDestroyDescriptorPool(r->device, r->pool, NULL);
    vkDestroyPipelineLayout(r->device, r->layout, NULL);
    vkDestroyDescriptorSetLayout(r->device, r->heap_layout, NULL);
    vkDestroyDescriptorSetLayout(r->device, r->attachment_layout, NULL);
    vkDestroyDevice(r->device, NULL);
    vkDestroyInstance(r->instance, NULL);
    free(r);
}

struct runner_vulkan runner_vulkan(const struct runner *r)
{
    return (struct runner_vulkan){r->physical, r->device, r->queue, r->commands, r->heap};
}

uint32_t runner_threadgroup_bytes(const struct runner *r)
{
    return r->threadgroup_bytes;
}

uint32_t runner_subgroup_size(const struct runner *r)
{
    return r->subgroup;
}

uint32_t runner_available(const struct runner *r)
{
    return r->available;
}

bool runner_null_descriptors(const struct runner *r)
{
    return r->null_descriptors;
}

uint64_t runner_zero_address(const struct runner *r)
{
    return r->zero.address;
}

uint64_t runner_scratch_address(const struct runner *r)
{
    return r->scratch.address;
}

/* ---- Pipelines ------------------------------------------------------------------------------------------------------------- */

static VkShaderModule create_module(struct runner *r, const uint32_t *words, size_t count)
{
    VkShaderModuleCreateInfo info = {.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = count * 4, .pCode = words};
    VkShaderModule m = VK_NULL_HANDLE;
    if (vkCreateShaderModule(r->device, &info, NULL, &m) != VK_SUCCESS)
        return VK_NULL_HANDLE;
    return m;
}

struct specialisation {
    uint32_t values[4 + MAX_THREADGROUP_ARGS];
    VkSpecializationMapEntry entries[4 + MAX_THREADGROUP_ARGS];
    VkSpecializationInfo info;
};

static void specialise(struct specialisation *s, const uint32_t threads[3], const uint32_t *bytes)
{
    uint32_t n = 0;
    uint32_t ids[4 + MAX_THREADGROUP_ARGS];
    for (uint32_t i = 0; i < 3; i++) {
        ids[n] = PVG_AIR_SPEC_THREADS_X + i;
        s->values[n++] = threads[i];
    }
    ids[n] = PVG_AIR_SPEC_WORKGROUP_SIZE;
    s->values[n++] = threads[0] * threads[1] * threads[2];
    for (uint32_t i = 0; bytes && i < MAX_THREADGROUP_ARGS; i++) {
        if (!bytes[i])
            continue;
        ids[n] = PVG_AIR_SPEC_THREADGROUP_BYTES + i;
        s->values[n++] = (bytes[i] + 15) & ~15u;
    }
    for (uint32_t i = 0; i < n; i++)
        s->entries[i] = (VkSpecializationMapEntry){ids[i], i * 4, 4};
    s->info = (VkSpecializationInfo){n, s->entries, n * 4, s->values};
}

static VkPipeline compute_pipeline(struct runner *r, const struct pvg_air_shader *shader, const uint32_t threads[3],
                                   const uint32_t *bytes)
{
    struct specialisation s;
    specialise(&s, threads, bytes);
    VkShaderModule m = create_module(r, shader->words, shader->word_count);
    if (!m)
        return VK_NULL_HANDLE;
    VkComputePipelineCreateInfo info = {.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
                                        .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                                                  .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                                                  .module = m,
                                                  .pName = "main",
                                                  .pSpecializationInfo = &s.info},
                                        .layout = r->layout};
    VkPipeline p = VK_NULL_HANDLE;
    if (vkCreateComputePipelines(r->device, VK_NULL_HANDLE, 1, &info, NULL, &p) != VK_SUCCESS)
        p = VK_NULL_HANDLE;
    vkDestroyShaderModule(r->device, m, NULL);
    return p;
}

/** Vertex shader that writes the origin: assembled by hand, for pipelines that test a fragment shader. */
static const uint32_t plain_vertex[] = {
    0x07230203, 0x00010000, 0,  12,         0,                /* Header. */
    0x00020011, 1,                                            /* OpCapability Shader. */
    0x0003000E, 0,          1,                                /* OpMemoryModel Logical GLSL450. */
    0x0006000F, 0,          1,  0x6E69616D, 0, 2,             /* OpEntryPoint Vertex %1 "main" %2. */
    0x00040047, 2,          11, 0,                            /* OpDecorate %2 BuiltIn Position. */
    0x00020013, 3,                                            /* void */
    0x00030021, 4,          3,                                /* void() */
    0x00030016, 5,          32,                               /* float */
    0x00040017, 6,          5,  4,                            /* float4 */
    0x00040020, 7,          3,  6,                            /* Output pointer. */
    0x0004003B, 7,          2,  3,                            /* %2 */
    0x0004002B, 5,          8,  0,                            /* 0.0 */
    0x0007002C, 6,          9,  8,          8, 8,          8, /* float4(0) */
    0x00050036, 3,          1,  0,          4, 0x000200F8, 10, 0x0003003E, 2, 9, 0x000100FD, 0x00010038,
};

static VkFormat attribute_format(const struct pvg_air_attribute *a)
{
    return a->cls == PVG_AIR_FLOAT  ? VK_FORMAT_R32G32B32A32_SFLOAT
           : a->cls == PVG_AIR_SINT ? VK_FORMAT_R32G32B32A32_SINT
                                    : VK_FORMAT_R32G32B32A32_UINT;
}

static VkFormat color_format(enum pvg_air_class cls)
{
    return cls == PVG_AIR_FLOAT  ? VK_FORMAT_R8G8B8A8_UNORM
           : cls == PVG_AIR_SINT ? VK_FORMAT_R32G32B32A32_SINT
                                 : VK_FORMAT_R32G32B32A32_UINT;
}

static VkPipeline graphics_pipeline(struct runner *r, const struct pvg_air_shader *shader)
{
    const struct pvg_air_reflection *refl = &shader->reflection;
    bool fragment = refl->stage == PVG_AIR_FRAGMENT;
    VkShaderModule given = create_module(r, shader->words, shader->word_count);
    VkShaderModule plain = create_module(r, plain_vertex, sizeof plain_vertex / 4);
    VkPipelineShaderStageCreateInfo stages[2] = {{.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                                                  .stage = VK_SHADER_STAGE_VERTEX_BIT,
                                                  .module = fragment ? plain : given,
                                                  .pName = "main"},
                                                 {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                                                  .stage = VK_SHADER_STAGE_FRAGMENT_BIT,
                                                  .module = given,
                                                  .pName = "main"}};
    VkVertexInputAttributeDescription attributes[32];
    VkVertexInputBindingDescription binding = {0, 512, VK_VERTEX_INPUT_RATE_VERTEX};
    uint32_t attribute_count = 0;
    for (size_t i = 0; !fragment && i < refl->attribute_count && i < 32; i++)
        attributes[attribute_count++] = (VkVertexInputAttributeDescription){
            refl->attributes[i].location, 0, attribute_format(&refl->attributes[i]), (uint32_t)i * 16};
    VkPipelineVertexInputStateCreateInfo vi = {.sType = VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO,
                                               .vertexBindingDescriptionCount = attribute_count ? 1 : 0,
                                               .pVertexBindingDescriptions = &binding,
                                               .vertexAttributeDescriptionCount = attribute_count,
                                               .pVertexAttributeDescriptions = attributes};
    VkPipelineInputAssemblyStateCreateInfo ia = {.sType = VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO,
                                                 .topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST};
    VkViewport viewport = {0, 0, 16, 16, 0, 1};
    VkRect2D scissor = {{0, 0}, {16, 16}};
    VkPipelineViewportStateCreateInfo vp = {.sType = VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO,
                                            .viewportCount = 1,
                                            .pViewports = &viewport,
                                            .scissorCount = 1,
                                            .pScissors = &scissor};
    VkPipelineRasterizationStateCreateInfo rs = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO, .lineWidth = 1, .cullMode = VK_CULL_MODE_NONE};
    VkPipelineMultisampleStateCreateInfo ms = {.sType = VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO,
                                               .rasterizationSamples = VK_SAMPLE_COUNT_1_BIT};
    VkPipelineDepthStencilStateCreateInfo ds = {.sType = VK_STRUCTURE_TYPE_PIPELINE_DEPTH_STENCIL_STATE_CREATE_INFO};
    VkFormat formats[8] = {0};
    VkPipelineColorBlendAttachmentState blends[8] = {{0}};
    uint32_t colors = 0;
    for (size_t i = 0; fragment && i < refl->color_count; i++) {
        formats[refl->colors[i].index] = color_format(refl->colors[i].cls);
        blends[refl->colors[i].index].colorWriteMask = 15;
        if (refl->colors[i].index >= colors)
            colors = refl->colors[i].index + 1u;
    }
    VkPipelineColorBlendStateCreateInfo cb = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO, .attachmentCount = colors, .pAttachments = blends};
    VkPipelineRenderingCreateInfo rendering = {.sType = VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO,
                                               .colorAttachmentCount = colors,
                                               .pColorAttachmentFormats = formats,
                                               .depthAttachmentFormat = VK_FORMAT_D32_SFLOAT};
    VkGraphicsPipelineCreateInfo info = {.sType = VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO,
                                         .pNext = &rendering,
                                         .stageCount = fragment ? 2 : 1,
                                         .pStages = stages,
                                         .pVertexInputState = &vi,
                                         .pInputAssemblyState = &ia,
                                         .pViewportState = &vp,
                                         .pRasterizationState = &rs,
                                         .pMultisampleState = &ms,
                                         .pDepthStencilState = &ds,
                                         .pColorBlendState = &cb,
                                         .layout = r->layout};
    VkPipeline p = VK_NULL_HANDLE;
    if (!given || !plain || vkCreateGraphicsPipelines(r->device, VK_NULL_HANDLE, 1, &info, NULL, &p) != VK_SUCCESS)
        p = VK_NULL_HANDLE;
    vkDestroyShaderModule(r->device, given, NULL);
    vkDestroyShaderModule(r->device, plain, NULL);
    return p;
}

bool runner_pipeline(struct runner *r, const struct pvg_air_shader *shader)
{
    static const uint32_t threads[3] = {32, 1, 1};
    VkPipeline p =
        shader->reflection.stage == PVG_AIR_KERNEL ? compute_pipeline(r, shader, threads, NULL) : graphics_pipeline(r, shader);
    if (!p)
        return false;
    vkDestroyPipeline(r->device, p, NULL);
    return true;
}

/* ---- Running --------------------------------------------------------------------------------------------------------------- */

static VkCommandBuffer begin(struct runner *r)
{
    VkCommandBuffer cb;
    VkCommandBufferAllocateInfo a = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                     .commandPool = r->commands,
                                     .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                     .commandBufferCount = 1};
    need(vkAllocateCommandBuffers(r->device, &a, &cb), "command buffer");
    VkCommandBufferBeginInfo info = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
    need(vkBeginCommandBuffer(cb, &info), "begin");
    return cb;
}

static void submit(struct runner *r, VkCommandBuffer cb)
{
    need(vkEndCommandBuffer(cb), "end");
    VkSubmitInfo s = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = &cb};
    need(vkQueueSubmit(r->queue, 1, &s, VK_NULL_HANDLE), "submit");
    need(vkQueueWaitIdle(r->queue), "wait");
    vkFreeCommandBuffers(r->device, r->commands, 1, &cb);
}

static void barrier(VkCommandBuffer cb)
{
    VkMemoryBarrier b = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                         .srcAccessMask = VK_ACCESS_MEMORY_WRITE_BIT,
                         .dstAccessMask = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT};
    vkCmdPipelineBarrier(cb, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, 1, &b, 0, NULL, 0, NULL);
}

static VkFormat texel_format(enum pvg_air_class cls)
{
    return cls == PVG_AIR_FLOAT  ? VK_FORMAT_R32G32B32A32_SFLOAT
           : cls == PVG_AIR_SINT ? VK_FORMAT_R32G32B32A32_SINT
                                 : VK_FORMAT_R32G32B32A32_UINT;
}

static size_t texel_bytes(const struct run_texture *t)
{
    return (size_t)16 * t->width * t->height * (t->depth ? t->depth : 1);
}

static struct image create_image(struct runner *r, const struct run_texture *t)
{
    struct image im;
    VkImageCreateInfo info = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
                              .imageType = t->depth ? VK_IMAGE_TYPE_3D : VK_IMAGE_TYPE_2D,
                              .format = texel_format(t->cls),
                              .extent = {t->width, t->height, t->depth ? t->depth : 1},
                              .mipLevels = 1,
                              .arrayLayers = 1,
                              .samples = VK_SAMPLE_COUNT_1_BIT,
                              .usage = VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_STORAGE_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT |
                                       VK_IMAGE_USAGE_TRANSFER_DST_BIT};
    need(vkCreateImage(r->device, &info, NULL, &im.image), "image");
    VkMemoryRequirements req;
    vkGetImageMemoryRequirements(r->device, im.image, &req);
    VkMemoryAllocateInfo alloc = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
                                  .allocationSize = req.size,
                                  .memoryTypeIndex = memory_type(r, req.memoryTypeBits, 0)};
    need(vkAllocateMemory(r->device, &alloc, NULL, &im.memory), "image memory");
    need(vkBindImageMemory(r->device, im.image, im.memory, 0), "bind image");
    VkImageViewCreateInfo view = {.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO,
                                  .image = im.image,
                                  .viewType = t->depth ? VK_IMAGE_VIEW_TYPE_3D : VK_IMAGE_VIEW_TYPE_2D,
                                  .format = info.format,
                                  .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
    need(vkCreateImageView(r->device, &view, NULL, &im.view), "view");
    return im;
}

static void copy_image(struct runner *r, struct image *im, const struct run_texture *t, struct memory *m, bool in)
{
    VkCommandBuffer cb = begin(r);
    VkImageMemoryBarrier b = {.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER,
                              .dstAccessMask = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT,
                              .oldLayout = in ? VK_IMAGE_LAYOUT_UNDEFINED : VK_IMAGE_LAYOUT_GENERAL,
                              .newLayout = VK_IMAGE_LAYOUT_GENERAL,
                              .image = im->image,
                              .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
    vkCmdPipelineBarrier(cb, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, 0, NULL, 0, NULL, 1, &b);
    VkBufferImageCopy c = {.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1},
                           .imageExtent = {t->width, t->height, t->depth ? t->depth : 1}};
    if (in)
        vkCmdCopyBufferToImage(cb, m->buffer, im->image, VK_IMAGE_LAYOUT_GENERAL, 1, &c);
    else
        vkCmdCopyImageToBuffer(cb, im->image, VK_IMAGE_LAYOUT_GENERAL, m->buffer, 1, &c);
    barrier(cb);
    submit(r, cb);
}

static void write_image_descriptors(struct runner *r, uint32_t index, VkImageView view)
{
    VkDescriptorImageInfo ii = {.imageView = view, .imageLayout = VK_IMAGE_LAYOUT_GENERAL};
    for (uint32_t b = 0; b < 2; b++) {
        VkWriteDescriptorSet w = {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
                                  .dstSet = r->heap,
                                  .dstBinding = b,
                                  .dstArrayElement = index,
                                  .descriptorCount = 1,
                                  .descriptorType = b ? VK_DESCRIPTOR_TYPE_STORAGE_IMAGE : VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE,
                                  .pImageInfo = &ii};
        vkUpdateDescriptorSets(r->device, 1, &w, 0, NULL);
    }
}

static void write_sampler_descriptors(struct runner *r)
{
    for (uint32_t i = 0; i < 2; i++) {
        VkDescriptorImageInfo ii = {.sampler = r->samplers[i]};
        VkWriteDescriptorSet w = {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
                                  .dstSet = r->heap,
                                  .dstBinding = 2,
                                  .dstArrayElement = i,
                                  .descriptorCount = 1,
                                  .descriptorType = VK_DESCRIPTOR_TYPE_SAMPLER,
                                  .pImageInfo = &ii};
        vkUpdateDescriptorSets(r->device, 1, &w, 0, NULL);
    }
}

static void put32(struct memory *m, uint32_t offset, uint32_t v)
{
    memcpy((uint8_t *)m->map + offset, &v, 4);
}

static void put64(struct memory *m, uint32_t offset, uint64_t v)
{
    memcpy((uint8_t *)m->map + offset, &v, 8);
}

/** The argument table as the reflection describes it. */
static void fill_table(struct runner *r, struct memory *table, const struct pvg_air_reflection *refl, const struct run *run,
                       struct memory *buffers)
{
    for (size_t i = 0; i < refl->buffer_count; i++) {
        for (size_t k = 0; k < run->buffer_count; k++) {
            const struct run_buffer *b = &run->buffers[k];
            if (b->index != refl->buffers[i].index || b->unbound)
                continue;
            put64(table, refl->buffers[i].table_offset, buffers[k].address);
            put32(table, refl->buffers[i].table_offset + 8, b->length ? b->length : b->size);
        }
    }
    for (size_t i = 0; i < refl->check_count; i++) {
        const struct pvg_air_check *c = &refl->checks[i];
        uint64_t address = 0;
        uint32_t length = 0;
        if (c->kind < PVG_AIR_CHECK_ZERO) {
            memcpy(&address, (uint8_t *)table->map + refl->buffers[c->buffer].table_offset, 8);
            memcpy(&length, (uint8_t *)table->map + refl->buffers[c->buffer].table_offset + 8, 4);
        }
        put64(table, c->table_offset, pvg_air_check_value(c, address, length, r->zero.address, r->scratch.address));
    }
    for (size_t i = 0; i < refl->pull_count; i++) {
        for (size_t k = 0; k < run->buffer_count; k++) {
            const struct run_buffer *b = &run->buffers[k];
            if (b->index != refl->pulls[i].index || b->unbound)
                continue;
            put64(table, refl->pulls[i].table_offset, buffers[k].address);
            put32(table, refl->pulls[i].table_offset + 8, b->length ? b->length : b->size);
            put32(table, refl->pulls[i].table_offset + 12, b->stride);
        }
    }
    for (size_t i = 0; i < refl->texture_count; i++)
        for (size_t k = 0; k < run->texture_count; k++)
            if (run->textures[k].index == refl->textures[i].index)
                put32(table, refl->textures[i].table_offset, FIRST_INDEX + (uint32_t)k);
    for (size_t i = 0; run->texture_word && i < refl->texture_count; i++)
        put32(table, refl->textures[i].table_offset, run->texture_word(&refl->textures[i]));
    for (size_t i = 0; run->sampler_word && i < refl->sampler_count; i++)
        put32(table, refl->samplers[i].table_offset, run->sampler_word(&refl->samplers[i]));
    for (size_t i = 0; i < refl->sampler_count; i++)
        for (size_t k = 0; k < run->sampler_count; k++)
            if (run->samplers[k].index == refl->samplers[i].index)
                put32(table, refl->samplers[i].table_offset,
                      (uint32_t)run->samplers[k].linear | (uint32_t)run->samplers[k].pixel_coordinates << 31);
    for (size_t i = 0; i < refl->static_sampler_count; i++)
        put32(table, refl->static_samplers[i].table_offset, refl->static_samplers[i].mag_filter);
}

/** Rows of the range and handle tables; the caller's lists are sorted. `out` has space for all. @return number of rows. */
static uint32_t range_rows(uint64_t (*out)[4], const struct run *run, const struct memory *buffers)
{
    uint32_t n = 1;
    memset(out[0], 0, 32);
    for (size_t i = 0; run->guest && i < run->buffer_count; i++) {
        const struct run_buffer *b = &run->buffers[i];
        if (!run->guest[i])
            continue;
        const uint64_t row[4] = {run->guest[i], run->guest[i], buffers[i].address, b->length ? b->length : b->size};
        memcpy(out[n++], row, 32);
    }
    return n;
}

static uint32_t handle_rows(uint64_t (*out)[4], const struct run *run)
{
    const struct pvg_air_texture shape = {.dim = PVG_AIR_DIM_2D};
    uint32_t n = 1;
    memset(out[0], 0, 32);
    for (size_t i = 0; run->texture_refs && i < run->texture_count; i++, n++) {
        const uint32_t index = FIRST_INDEX + (uint32_t)i,
                       row[8] = {run->texture_refs[i], 0, pvg_air_import_shape(&shape), index, index};
        memcpy(out[n], row, 32);
    }
    for (size_t i = 0; run->sampler_refs && i < run->sampler_count; i++, n++) {
        const uint32_t word = (uint32_t)run->samplers[i].linear | (uint32_t)run->samplers[i].pixel_coordinates << 31;
        const uint32_t row[8] = {run->sampler_refs[i], 0, 0, 0, 0, 0, word, word};
        memcpy(out[n], row, 32);
    }
    return n;
}

static void fill_imports(struct runner *r, struct memory *table, struct memory imports[2], const struct pvg_air_reflection *refl,
                         const struct run *run, struct memory *buffers)
{
    imports[0] = create_memory(r, 32 * (run->buffer_count + 1));
    imports[1] = create_memory(r, PVG_AIR_IMPORT_HEADER + 32 * (run->texture_count + run->sampler_count + 1));
    uint32_t counts[2] = {range_rows(imports[0].map, run, buffers),
                          handle_rows((void *)((uint8_t *)imports[1].map + PVG_AIR_IMPORT_HEADER), run)};
    for (int i = 0; i < 2; i++) {
        if (!(i ? refl->uses_import_handle : refl->uses_import_pointer))
            continue;
        put64(table, i ? refl->import_handle_offset : refl->import_pointer_offset, imports[i].address);
        put32(table, (i ? refl->import_handle_offset : refl->import_pointer_offset) + 8, counts[i]);
    }
    for (size_t i = 0; i < refl->buffer_count; i++)
        for (size_t k = 0; refl->buffers[i].guest_offset && k < run->buffer_count; k++)
            if (run->buffers[k].index == refl->buffers[i].index && !run->buffers[k].unbound)
                put64(table, refl->buffers[i].guest_offset, run->guest && run->guest[k] ? run->guest[k] : buffers[k].address);
    for (size_t i = 0; i < refl->texture_count; i++)
        for (size_t k = 0; refl->textures[i].id_offset && run->texture_refs && k < run->texture_count; k++)
            if (run->textures[k].index == refl->textures[i].index)
                put32(table, refl->textures[i].id_offset, run->texture_refs[k]);
    for (size_t i = 0; i < refl->sampler_count; i++)
        for (size_t k = 0; refl->samplers[i].id_offset && run->sampler_refs && k < run->sampler_count; k++)
            if (run->samplers[k].index == refl->samplers[i].index)
                put32(table, refl->samplers[i].id_offset, run->sampler_refs[k]);
}

static void fill_push(uint32_t push[32], uint64_t table, const struct run *run)
{
    memset(push, 0, 128);
    push[0] = (uint32_t)table;
    push[1] = (uint32_t)(table >> 32);
    for (int i = 0; i < 3; i++) {
        push[4 + i] = run->grid[i] ? run->grid[i] : run->groups[i] * run->threads[i];
        push[16 + i] = run->groups[i];
        push[20 + i] = run->threads[i];
    }
}

bool runner_kernel(struct runner *r, const struct pvg_air_shader *shader, const struct run *run)
{
    uint64_t threadgroup = shader->reflection.static_threadgroup_bytes;
    for (unsigned i = 0; i < 31; i++)
        threadgroup += shader->reflection.threadgroup_args >> i & 1 ? run->threadgroup_bytes[i] : 0;
    VkPipeline pipeline =
        threadgroup > r->threadgroup_bytes ? 0 : compute_pipeline(r, shader, run->threads, run->threadgroup_bytes);
    if (!pipeline)
        return false;
    struct memory *buffers = calloc(run->buffer_count + 1, sizeof *buffers);
    struct memory *staging = calloc(run->texture_count + 1, sizeof *staging);
    struct image *images = calloc(run->texture_count + 1, sizeof *images);
    struct memory arena = {0};
    if (run->arena) {
        arena = create_memory(r, run->arena_size);
        memcpy(arena.map, run->arena, run->arena_size);
    }
    for (size_t i = 0; i < run->buffer_count; i++) {
        if (run->arena) {
            buffers[i].address = arena.address + (uint64_t)((uint8_t *)run->buffers[i].data - (uint8_t *)run->arena);
            continue;
        }
        buffers[i] = create_memory(r, run->buffers[i].size);
        memcpy(buffers[i].map, run->buffers[i].data, run->buffers[i].size);
    }
    for (size_t i = 0; i < run->texture_count; i++) {
        const struct run_texture *t = &run->textures[i];
        images[i] = create_image(r, t);
        staging[i] = create_memory(r, texel_bytes(t));
        memcpy(staging[i].map, t->texels, texel_bytes(t));
        copy_image(r, &images[i], t, &staging[i], true);
        write_image_descriptors(r, FIRST_INDEX + (uint32_t)i, images[i].view);
    }
    if (r->null_descriptors)
        write_image_descriptors(r, 0, VK_NULL_HANDLE);
    write_sampler_descriptors(r);
    struct memory table = create_memory(r, shader->reflection.table_size);
    fill_table(r, &table, &shader->reflection, run, buffers);
    struct memory imports[2];
    fill_imports(r, &table, imports, &shader->reflection, run, buffers);
    uint32_t push[32];
    fill_push(push, table.address, run);

    VkCommandBuffer cb = begin(r);
    vkCmdBindPipeline(cb, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
    vkCmdBindDescriptorSets(cb, VK_PIPELINE_BIND_POINT_COMPUTE, r->layout, 0, 1, &r->heap, 0, NULL);
    vkCmdPushConstants(cb, r->layout, VK_SHADER_STAGE_ALL, 0, 128, push);
    vkCmdDispatch(cb, run->groups[0], run->groups[1], run->groups[2]);
    barrier(cb);
    submit(r, cb);

    for (size_t i = 0; i < run->buffer_count && !run->arena; i++) {
        memcpy(run->buffers[i].data, buffers[i].map, run->buffers[i].size);
        destroy_memory(r, &buffers[i]);
    }
    if (run->arena) {
        memcpy(run->arena, arena.map, run->arena_size);
        destroy_memory(r, &arena);
    }
    for (size_t i = 0; i < run->texture_count; i++) {
        const struct run_texture *t = &run->textures[i];
        copy_image(r, &images[i], t, &staging[i], false);
        memcpy(t->texels, staging[i].map, texel_bytes(t));
        vkDestroyImageView(r->device, images[i].view, NULL);
        vkDestroyImage(r->device, images[i].image, NULL);
        vkFreeMemory(r->device, images[i].memory, NULL);
        destroy_memory(r, &staging[i]);
    }
    destroy_memory(r, &table);
    destroy_memory(r, &imports[0]);
    destroy_memory(r, &imports[1]);
    vkDestroyPipeline(r->device, pipeline, NULL);
    free(buffers);
    free(staging);
    free(images);
    return true;
}
