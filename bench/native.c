/* SPDX-License-Identifier: MIT */
/**
 * @file The draws of the benchmark as a Vulkan program would record them: descriptor sets written beforehand, then per draw one
 * vkCmdBindDescriptorSets (4 buffers, 2 textures, 1 sampler) and one vkCmdDraw.
 */
#include "bench/bench.h"
#include "bench/native_shaders.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <vulkan/vulkan.h>

#define ROUNDS   5
#define VARIANTS 64
#define SLICE    256
#define TEXTURES 4
#define SIZE     64
#define FORMAT   VK_FORMAT_B8G8R8A8_UNORM

#define FUNCTIONS(X)                                                                                                               \
    X(CreateInstance)                                                                                                              \
    X(DestroyInstance)                                                                                                             \
    X(EnumeratePhysicalDevices)                                                                                                    \
    X(GetPhysicalDeviceProperties)                                                                                                 \
    X(GetPhysicalDeviceQueueFamilyProperties)                                                                                      \
    X(GetPhysicalDeviceMemoryProperties)                                                                                           \
    X(CreateDevice)                                                                                                                \
    X(DestroyDevice)                                                                                                               \
    X(DestroyBuffer)                                                                                                               \
    X(DestroyImage)                                                                                                                \
    X(DestroyImageView)                                                                                                            \
    X(DestroySampler)                                                                                                              \
    X(DestroyDescriptorSetLayout)                                                                                                  \
    X(DestroyPipelineLayout)                                                                                                       \
    X(DestroyDescriptorPool)                                                                                                       \
    X(DestroyShaderModule)                                                                                                         \
    X(DestroyPipeline)                                                                                                             \
    X(DestroyCommandPool)                                                                                                          \
    X(FreeMemory)                                                                                                                  \
    X(GetDeviceQueue)                                                                                                              \
    X(CreateBuffer)                                                                                                                \
    X(GetBufferMemoryRequirements)                                                                                                 \
    X(BindBufferMemory)                                                                                                            \
    X(CreateImage)                                                                                                                 \
    X(GetImageMemoryRequirements)                                                                                                  \
    X(BindImageMemory)                                                                                                             \
    X(CreateImageView)                                                                                                             \
    X(AllocateMemory)                                                                                                              \
    X(MapMemory)                                                                                                                   \
    X(CreateSampler)                                                                                                               \
    X(CreateDescriptorSetLayout)                                                                                                   \
    X(CreatePipelineLayout)                                                                                                        \
    X(CreateDescriptorPool)                                                                                                        \
    X(AllocateDescriptorSets)                                                                                                      \
    X(UpdateDescriptorSets)                                                                                                        \
    X(CreateShaderModule)                                                                                                          \
    X(CreateGraphicsPipelines)                                                                                                     \
    X(CreateCommandPool)                                                                                                           \
    X(ResetCommandPool)                                                                                                            \
    X(AllocateCommandBuffers)                                                                                                      \
    X(BeginCommandBuffer)                                                                                                          \
    X(EndCommandBuffer)                                                                                                            \
    X(CmdPipelineBarrier2)                                                                                                         \
    X(CmdBeginRendering)                                                                                                           \
    X(CmdEndRendering)                                                                                                             \
    X(CmdBindPipeline)                                                                                                             \
    X(CmdBindDescriptorSets)                                                                                                       \
    X(CmdSetViewport)                                                                                                              \
    X(CmdSetScissor)                                                                                                               \
    X(CmdDraw)                                                                                                                     \
    X(QueueSubmit2)                                                                                                                \
    X(QueueWaitIdle)

struct api {
#define MEMBER(name) PFN_vk##name name;
    FUNCTIONS(MEMBER)
#undef MEMBER
};

struct native {
    struct api vk;
    VkInstance instance;
    VkPhysicalDevice phys;
    VkDevice dev;
    VkQueue queue;
    uint32_t family;
    VkImage images[TEXTURES + 1]; /* The last one is the target. */
    VkImageView views[TEXTURES + 1];
    VkBuffer buffer;
    VkDeviceMemory memory[TEXTURES + 2];
    uint32_t memory_count;
    VkSampler sampler;
    VkDescriptorPool descriptors;
    VkShaderModule modules[2];
    VkDescriptorSetLayout set_layout;
    VkPipelineLayout layout;
    VkDescriptorSet sets[VARIANTS];
    VkPipeline pipeline;
    VkCommandPool pool;
    VkCommandBuffer cmd;
};

static bool check(VkResult r, const char *what)
{
    if (r != VK_SUCCESS)
        fprintf(stderr, "openpvg bench: native Vulkan: %s failed (%d)\n", what, (int)r);
    return r == VK_SUCCESS;
}

static bool load(struct native *n)
{
    void *lib = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
    void *symbol = lib ? dlsym(lib, "vkGetInstanceProcAddr") : NULL;
    PFN_vkGetInstanceProcAddr get;
    VkApplicationInfo app = {.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .apiVersion = VK_API_VERSION_1_3};
    VkInstanceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &app};

    if (!symbol) {
        fprintf(stderr, "openpvg bench: no Vulkan loader\n");
        return false;
    }
    memcpy(&get, &symbol, sizeof(symbol));
    n->vk.CreateInstance = (PFN_vkCreateInstance)get(NULL, "vkCreateInstance");
    if (!check(n->vk.CreateInstance(&info, NULL, &n->instance), "vkCreateInstance"))
        return false;
#define LOAD(name) n->vk.name = (PFN_vk##name)get(n->instance, "vk" #name);
    FUNCTIONS(LOAD)
#undef LOAD
    return true;
}

/* The device that the library would take first: a GPU before a CPU. */
static bool pick(struct native *n, char *name, size_t cap)
{
    static const int rank[] = {1, 3, 4, 2, 0};
    VkPhysicalDevice devices[16];
    uint32_t count = 16;
    int best = -1;

    if (n->vk.EnumeratePhysicalDevices(n->instance, &count, devices) < 0)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        VkPhysicalDeviceProperties p;
        n->vk.GetPhysicalDeviceProperties(devices[i], &p);
        int r = p.deviceType <= 4 ? rank[p.deviceType] : 0;
        if (p.apiVersion < VK_API_VERSION_1_3 || r <= best)
            continue;
        best = r;
        n->phys = devices[i];
        snprintf(name, cap, "%s", p.deviceName);
    }
    return best >= 0;
}

static bool open_device(struct native *n)
{
    VkPhysicalDeviceVulkan13Features v13 = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES, .dynamicRendering = VK_TRUE, .synchronization2 = VK_TRUE};
    /* The library renders with robust buffer access; so does this. */
    VkPhysicalDeviceFeatures2 features = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, .pNext = &v13, .features.robustBufferAccess = VK_TRUE};
    VkQueueFamilyProperties families[32];
    uint32_t count = 32;
    float priority = 1;

    n->vk.GetPhysicalDeviceQueueFamilyProperties(n->phys, &count, families);
    while (n->family < count && !(families[n->family].queueFlags & VK_QUEUE_GRAPHICS_BIT))
        n->family++;
    VkDeviceQueueCreateInfo queue = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
                                     .queueFamilyIndex = n->family,
                                     .queueCount = 1,
                                     .pQueuePriorities = &priority};
    VkDeviceCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .pNext = &features, .queueCreateInfoCount = 1, .pQueueCreateInfos = &queue};
    if (n->family >= count || !check(n->vk.CreateDevice(n->phys, &info, NULL, &n->dev), "vkCreateDevice"))
        return false;
    n->vk.GetDeviceQueue(n->dev, n->family, 0, &n->queue);
    return true;
}

/* Device memory for one resource. */
static VkDeviceMemory allocate(struct native *n, const VkMemoryRequirements *need, bool host)
{
    VkPhysicalDeviceMemoryProperties p;
    VkMemoryPropertyFlags want = host ? VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT : 0;
    VkDeviceMemory memory = VK_NULL_HANDLE;

    n->vk.GetPhysicalDeviceMemoryProperties(n->phys, &p);
    for (uint32_t i = 0; i < p.memoryTypeCount && !memory; i++) {
        VkMemoryAllocateInfo info = {
            .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .allocationSize = need->size, .memoryTypeIndex = i};
        if (need->memoryTypeBits & 1u << i && (p.memoryTypes[i].propertyFlags & want) == want)
            n->vk.AllocateMemory(n->dev, &info, NULL, &memory);
    }
    if (memory)
        n->memory[n->memory_count++] = memory;
    return memory;
}

static bool make_image(struct native *n, uint32_t i)
{
    VkImageUsageFlags usage = i == TEXTURES ? VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT : VK_IMAGE_USAGE_SAMPLED_BIT;
    VkImageCreateInfo info = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
                              .imageType = VK_IMAGE_TYPE_2D,
                              .format = FORMAT,
                              .extent = {SIZE, SIZE, 1},
                              .mipLevels = 1,
                              .arrayLayers = 1,
                              .samples = VK_SAMPLE_COUNT_1_BIT,
                              .usage = usage};
    VkMemoryRequirements need;

    if (!check(n->vk.CreateImage(n->dev, &info, NULL, &n->images[i]), "vkCreateImage"))
        return false;
    n->vk.GetImageMemoryRequirements(n->dev, n->images[i], &need);
    VkImageViewCreateInfo view = {.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO,
                                  .image = n->images[i],
                                  .viewType = VK_IMAGE_VIEW_TYPE_2D,
                                  .format = FORMAT,
                                  .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
    return check(n->vk.BindImageMemory(n->dev, n->images[i], allocate(n, &need, false), 0), "vkBindImageMemory") &&
           check(n->vk.CreateImageView(n->dev, &view, NULL, &n->views[i]), "vkCreateImageView");
}

/* One buffer with four regions of VARIANTS slices: corners, place, tint, bias. */
static bool make_buffer(struct native *n)
{
    static const float values[4][6] = {{0, 0, 1, 0, 0, 1}, {-1, -1, 0.05f, 0.05f}, {1, 1, 1, 1}, {0}};
    VkBufferCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .size = 4 * VARIANTS * SLICE, .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT};
    VkMemoryRequirements need;
    uint8_t *p = NULL;

    if (!check(n->vk.CreateBuffer(n->dev, &info, NULL, &n->buffer), "vkCreateBuffer"))
        return false;
    n->vk.GetBufferMemoryRequirements(n->dev, n->buffer, &need);
    VkDeviceMemory memory = allocate(n, &need, true);
    if (!check(n->vk.BindBufferMemory(n->dev, n->buffer, memory, 0), "vkBindBufferMemory") ||
        !check(n->vk.MapMemory(n->dev, memory, 0, VK_WHOLE_SIZE, 0, (void **)&p), "vkMapMemory"))
        return false;
    for (uint32_t i = 0; i < 4 * VARIANTS; i++)
        memcpy(p + (size_t)i * SLICE, values[i / VARIANTS], sizeof(values[0]));
    return true;
}

static void write_set(struct native *n, uint32_t v)
{
    VkDescriptorBufferInfo buffers[4];
    VkDescriptorImageInfo images[2], sampler = {.sampler = n->sampler};
    VkWriteDescriptorSet writes[7];

    for (uint32_t b = 0; b < 7; b++) {
        writes[b] = (VkWriteDescriptorSet){
            .sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET, .dstSet = n->sets[v], .dstBinding = b, .descriptorCount = 1};
        if (b < 4) {
            buffers[b] = (VkDescriptorBufferInfo){n->buffer, (VkDeviceSize)(b * VARIANTS + v) * SLICE, SLICE};
            writes[b].descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
            writes[b].pBufferInfo = &buffers[b];
        } else if (b < 6) {
            images[b - 4] =
                (VkDescriptorImageInfo){.imageView = n->views[(v + b - 4) % TEXTURES], .imageLayout = VK_IMAGE_LAYOUT_GENERAL};
            writes[b].descriptorType = VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE;
            writes[b].pImageInfo = &images[b - 4];
        } else {
            writes[b].descriptorType = VK_DESCRIPTOR_TYPE_SAMPLER;
            writes[b].pImageInfo = &sampler;
        }
    }
    n->vk.UpdateDescriptorSets(n->dev, 7, writes, 0, NULL);
}

static bool make_sets(struct native *n)
{
    VkDescriptorSetLayoutBinding bindings[7];
    VkDescriptorSetLayout layouts[VARIANTS];
    VkDescriptorPoolSize sizes[] = {{VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 4 * VARIANTS},
                                    {VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE, 2 * VARIANTS},
                                    {VK_DESCRIPTOR_TYPE_SAMPLER, VARIANTS}};
    VkDescriptorPoolCreateInfo pool_info = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO, .maxSets = VARIANTS, .poolSizeCount = 3, .pPoolSizes = sizes};
    VkSamplerCreateInfo sampler = {.sType = VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO};

    for (uint32_t b = 0; b < 7; b++)
        bindings[b] = (VkDescriptorSetLayoutBinding){.binding = b,
                                                     .descriptorType = sizes[b < 4   ? 0
                                                                             : b < 6 ? 1
                                                                                     : 2]
                                                                           .type,
                                                     .descriptorCount = 1,
                                                     .stageFlags = VK_SHADER_STAGE_ALL_GRAPHICS};
    VkDescriptorSetLayoutCreateInfo set_info = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO, .bindingCount = 7, .pBindings = bindings};
    if (!check(n->vk.CreateSampler(n->dev, &sampler, NULL, &n->sampler), "vkCreateSampler") ||
        !check(n->vk.CreateDescriptorSetLayout(n->dev, &set_info, NULL, &n->set_layout), "vkCreateDescriptorSetLayout") ||
        !check(n->vk.CreateDescriptorPool(n->dev, &pool_info, NULL, &n->descriptors), "vkCreateDescriptorPool"))
        return false;
    for (uint32_t i = 0; i < VARIANTS; i++)
        layouts[i] = n->set_layout;
    VkDescriptorSetAllocateInfo alloc = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
                                         .descriptorPool = n->descriptors,
                                         .descriptorSetCount = VARIANTS,
                                         .pSetLayouts = layouts};
    if (!check(n->vk.AllocateDescriptorSets(n->dev, &alloc, n->sets), "vkAllocateDescriptorSets"))
        return false;
    for (uint32_t i = 0; i < VARIANTS; i++)
        write_set(n, i);
    return true;
}

static VkPipelineShaderStageCreateInfo stage(struct native *n, VkShaderStageFlagBits bit, const uint32_t *code, size_t size)
{
    VkShaderModuleCreateInfo info = {.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = size, .pCode = code};
    VkPipelineShaderStageCreateInfo s = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, .stage = bit, .pName = "main"};

    check(n->vk.CreateShaderModule(n->dev, &info, NULL, &s.module), "vkCreateShaderModule");
    n->modules[bit == VK_SHADER_STAGE_FRAGMENT_BIT] = s.module;
    return s;
}

static bool make_pipeline(struct native *n)
{
    VkPipelineLayoutCreateInfo layout = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO, .setLayoutCount = 1, .pSetLayouts = &n->set_layout};
    VkPipelineShaderStageCreateInfo stages[2] = {stage(n, VK_SHADER_STAGE_VERTEX_BIT, native_vertex, sizeof(native_vertex)),
                                                 stage(n, VK_SHADER_STAGE_FRAGMENT_BIT, native_fragment, sizeof(native_fragment))};
    VkPipelineVertexInputStateCreateInfo vertex = {.sType = VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO};
    VkPipelineInputAssemblyStateCreateInfo assembly = {.sType = VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO,
                                                       .topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST};
    VkPipelineViewportStateCreateInfo viewport = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO, .viewportCount = 1, .scissorCount = 1};
    VkPipelineRasterizationStateCreateInfo raster = {.sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO,
                                                     .lineWidth = 1};
    VkPipelineMultisampleStateCreateInfo samples = {.sType = VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO,
                                                    .rasterizationSamples = VK_SAMPLE_COUNT_1_BIT};
    VkPipelineColorBlendAttachmentState attachment = {.colorWriteMask = 15};
    VkPipelineColorBlendStateCreateInfo blend = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO, .attachmentCount = 1, .pAttachments = &attachment};
    VkDynamicState states[] = {VK_DYNAMIC_STATE_VIEWPORT, VK_DYNAMIC_STATE_SCISSOR};
    VkPipelineDynamicStateCreateInfo dynamic = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_DYNAMIC_STATE_CREATE_INFO, .dynamicStateCount = 2, .pDynamicStates = states};
    VkFormat format = FORMAT;
    VkPipelineRenderingCreateInfo rendering = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO, .colorAttachmentCount = 1, .pColorAttachmentFormats = &format};

    if (!check(n->vk.CreatePipelineLayout(n->dev, &layout, NULL, &n->layout), "vkCreatePipelineLayout"))
        return false;
    VkGraphicsPipelineCreateInfo info = {.sType = VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO,
                                         .pNext = &rendering,
                                         .stageCount = 2,
                                         .pStages = stages,
                                         .pVertexInputState = &vertex,
                                         .pInputAssemblyState = &assembly,
                                         .pViewportState = &viewport,
                                         .pRasterizationState = &raster,
                                         .pMultisampleState = &samples,
                                         .pColorBlendState = &blend,
                                         .pDynamicState = &dynamic,
                                         .layout = n->layout};
    return check(n->vk.CreateGraphicsPipelines(n->dev, VK_NULL_HANDLE, 1, &info, NULL, &n->pipeline), "vkCreateGraphicsPipelines");
}

static bool make_commands(struct native *n)
{
    VkCommandPoolCreateInfo pool = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO, .queueFamilyIndex = n->family};
    if (!check(n->vk.CreateCommandPool(n->dev, &pool, NULL, &n->pool), "vkCreateCommandPool"))
        return false;
    VkCommandBufferAllocateInfo alloc = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, .commandPool = n->pool, .commandBufferCount = 1};
    return check(n->vk.AllocateCommandBuffers(n->dev, &alloc, &n->cmd), "vkAllocateCommandBuffers");
}

/* ---- Measurement ---- */

static void prepare_images(struct native *n)
{
    VkImageMemoryBarrier2 barriers[TEXTURES + 1];

    for (uint32_t i = 0; i <= TEXTURES; i++)
        barriers[i] = (VkImageMemoryBarrier2){.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER_2,
                                              .srcStageMask = VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT,
                                              .dstStageMask = VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT,
                                              .dstAccessMask = VK_ACCESS_2_MEMORY_READ_BIT | VK_ACCESS_2_MEMORY_WRITE_BIT,
                                              .newLayout = VK_IMAGE_LAYOUT_GENERAL,
                                              .image = n->images[i],
                                              .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
    VkDependencyInfo dep = {
        .sType = VK_STRUCTURE_TYPE_DEPENDENCY_INFO, .imageMemoryBarrierCount = TEXTURES + 1, .pImageMemoryBarriers = barriers};
    n->vk.CmdPipelineBarrier2(n->cmd, &dep);
}

static void record(struct native *n, uint32_t draws)
{
    VkRenderingAttachmentInfo color = {.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO,
                                       .imageView = n->views[TEXTURES],
                                       .imageLayout = VK_IMAGE_LAYOUT_GENERAL,
                                       .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR,
                                       .storeOp = VK_ATTACHMENT_STORE_OP_STORE};
    VkRenderingInfo info = {.sType = VK_STRUCTURE_TYPE_RENDERING_INFO,
                            .renderArea.extent = {SIZE, SIZE},
                            .layerCount = 1,
                            .colorAttachmentCount = 1,
                            .pColorAttachments = &color};
    VkViewport viewport = {0, SIZE, SIZE, -(float)SIZE, 0, 1};

    prepare_images(n);
    n->vk.CmdBeginRendering(n->cmd, &info);
    n->vk.CmdBindPipeline(n->cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, n->pipeline);
    n->vk.CmdSetViewport(n->cmd, 0, 1, &viewport);
    n->vk.CmdSetScissor(n->cmd, 0, 1, &info.renderArea);
    for (uint32_t i = 0; i < draws; i++) {
        n->vk.CmdBindDescriptorSets(n->cmd, VK_PIPELINE_BIND_POINT_GRAPHICS, n->layout, 0, 1, &n->sets[i % VARIANTS], 0, NULL);
        n->vk.CmdDraw(n->cmd, 3, 1, 0, 0);
    }
    n->vk.CmdEndRendering(n->cmd);
}

static uint64_t thread_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Begin to submit, as the device's worker does it; the wait is not counted. */
static bool run_once(struct native *n, uint32_t draws, uint64_t *ns)
{
    VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                      .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT};
    VkCommandBufferSubmitInfo cmd = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_SUBMIT_INFO, .commandBuffer = n->cmd};
    VkSubmitInfo2 submit = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO_2, .commandBufferInfoCount = 1, .pCommandBufferInfos = &cmd};
    uint64_t start = thread_ns();

    n->vk.ResetCommandPool(n->dev, n->pool, 0);
    n->vk.BeginCommandBuffer(n->cmd, &begin);
    record(n, draws);
    if (!check(n->vk.EndCommandBuffer(n->cmd), "vkEndCommandBuffer") ||
        !check(n->vk.QueueSubmit2(n->queue, 1, &submit, VK_NULL_HANDLE), "vkQueueSubmit2"))
        return false;
    *ns = thread_ns() - start;
    return check(n->vk.QueueWaitIdle(n->queue), "vkQueueWaitIdle");
}

static void close_device(struct native *n)
{
    const struct api *vk = &n->vk;

    vk->DestroyCommandPool(n->dev, n->pool, NULL);
    vk->DestroyPipeline(n->dev, n->pipeline, NULL);
    vk->DestroyShaderModule(n->dev, n->modules[0], NULL);
    vk->DestroyShaderModule(n->dev, n->modules[1], NULL);
    vk->DestroyPipelineLayout(n->dev, n->layout, NULL);
    vk->DestroyDescriptorPool(n->dev, n->descriptors, NULL);
    vk->DestroyDescriptorSetLayout(n->dev, n->set_layout, NULL);
    vk->DestroySampler(n->dev, n->sampler, NULL);
    for (uint32_t i = 0; i <= TEXTURES; i++) {
        vk->DestroyImageView(n->dev, n->views[i], NULL);
        vk->DestroyImage(n->dev, n->images[i], NULL);
    }
    vk->DestroyBuffer(n->dev, n->buffer, NULL);
    for (uint32_t i = 0; i < n->memory_count; i++)
        vk->FreeMemory(n->dev, n->memory[i], NULL);
    vk->DestroyDevice(n->dev, NULL);
}

bool pvg_bench_native_draws(uint32_t draws, struct pvg_bench_native *out)
{
    struct native n = {0};
    uint64_t ns, best = UINT64_MAX;

    if (!load(&n))
        return false;
    bool ok = pick(&n, out->renderer, sizeof(out->renderer)) && open_device(&n) && make_buffer(&n);
    for (uint32_t i = 0; ok && i <= TEXTURES; i++)
        ok = make_image(&n, i);
    ok = ok && make_sets(&n) && make_pipeline(&n) && make_commands(&n) && run_once(&n, draws, &ns);
    for (int i = 0; ok && i < ROUNDS; i++) {
        ok = run_once(&n, draws, &ns);
        best = ok && ns < best ? ns : best;
    }
    if (n.dev)
        close_device(&n);
    n.vk.DestroyInstance(n.instance, NULL);
    out->us_per_draw = ok ? (double)best / 1000.0 / draws : 0;
    return ok;
}
