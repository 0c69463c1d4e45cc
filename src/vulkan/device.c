/* SPDX-License-Identifier: MIT */
/**
 * @file Choice of the physical device, its features, and creation of the logical device (spec 06 section 15.1).
 */
#include <ctype.h>
#include <openpvg/air.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vulkan/compat.h"
#include "vulkan/debug.h"
#include "vulkan/shader_cache.h"
#include "vulkan/vk.h"

#define MAX_DEVICES 32

/** Everything queried about one physical device. */
struct probe {
    VkPhysicalDevice phys;
    VkPhysicalDeviceProperties2 props;
    VkPhysicalDeviceVulkan11Properties props11;
    VkPhysicalDeviceVulkan13Properties props13;
    VkPhysicalDeviceExternalMemoryHostPropertiesEXT host;
    VkPhysicalDeviceSampleLocationsPropertiesEXT locations;
    VkPhysicalDeviceMeshShaderPropertiesEXT mesh_props;
    VkPhysicalDeviceMeshShaderFeaturesEXT mesh;
    VkPhysicalDeviceFeatures2 features;
    VkPhysicalDeviceVulkan11Features features11;
    VkPhysicalDeviceVulkan12Features features12;
    VkPhysicalDeviceVulkan13Features features13;
    VkPhysicalDeviceRobustness2FeaturesEXT robustness2;
    VkPhysicalDeviceVertexAttributeDivisorFeaturesEXT divisor;
    VkPhysicalDeviceExtendedDynamicState3FeaturesEXT dynamic3;
    VkPhysicalDeviceDynamicRenderingLocalReadFeaturesKHR local_read;
    VkPhysicalDeviceDynamicRenderingUnusedAttachmentsFeaturesEXT unused;
    VkPhysicalDeviceAttachmentFeedbackLoopLayoutFeaturesEXT feedback;
    VkPhysicalDeviceShaderAtomicFloatFeaturesEXT atomic_float;
    VkPhysicalDeviceFragmentShaderBarycentricFeaturesKHR barycentric;
    VkPhysicalDeviceWorkgroupMemoryExplicitLayoutFeaturesKHR workgroup;
    VkPhysicalDeviceFragmentShaderInterlockFeaturesEXT interlock;
    VkExtensionProperties *extensions;
    uint32_t extension_count;
    uint32_t family;
};

const char *pvg_vk_result(VkResult result)
{
    switch (result) {
    case VK_SUCCESS:
        return "success";
    case VK_TIMEOUT:
        return "timeout";
    case VK_ERROR_OUT_OF_HOST_MEMORY:
        return "out of host memory";
    case VK_ERROR_OUT_OF_DEVICE_MEMORY:
        return "out of device memory";
    case VK_ERROR_INITIALIZATION_FAILED:
        return "initialization failed";
    case VK_ERROR_DEVICE_LOST:
        return "device lost";
    case VK_ERROR_MEMORY_MAP_FAILED:
        return "memory map failed";
    case VK_ERROR_LAYER_NOT_PRESENT:
        return "layer not present";
    case VK_ERROR_EXTENSION_NOT_PRESENT:
        return "extension not present";
    case VK_ERROR_FEATURE_NOT_PRESENT:
        return "feature not present";
    case VK_ERROR_INCOMPATIBLE_DRIVER:
        return "incompatible driver";
    case VK_ERROR_TOO_MANY_OBJECTS:
        return "too many objects";
    case VK_ERROR_FORMAT_NOT_SUPPORTED:
        return "format not supported";
    case VK_ERROR_INVALID_EXTERNAL_HANDLE:
        return "invalid external handle";
    default:
        return "unknown Vulkan error";
    }
}

static bool has_extension(const struct probe *p, const char *name)
{
    for (uint32_t i = 0; i < p->extension_count; i++)
        if (!strcmp(p->extensions[i].extensionName, name))
            return true;
    return false;
}

static void chain(void *head, void *link)
{
    VkBaseOutStructure *h = head, *l = link;
    l->pNext = h->pNext;
    h->pNext = l;
}

/** Chain a feature struct whose extension exists; otherwise it stays zero. */
static void chain_if(const struct probe *p, const char *extension, void *head, void *link)
{
    if (has_extension(p, extension))
        chain(head, link);
}

static void chain_optional_features(struct probe *p)
{
    chain_if(p, VK_EXT_MESH_SHADER_EXTENSION_NAME, &p->features, &p->mesh);
    chain_if(p, VK_EXT_ROBUSTNESS_2_EXTENSION_NAME, &p->features, &p->robustness2);
    chain_if(p, VK_EXT_VERTEX_ATTRIBUTE_DIVISOR_EXTENSION_NAME, &p->features, &p->divisor);
    chain_if(p, VK_EXT_EXTENDED_DYNAMIC_STATE_3_EXTENSION_NAME, &p->features, &p->dynamic3);
    chain_if(p, VK_KHR_DYNAMIC_RENDERING_LOCAL_READ_EXTENSION_NAME, &p->features, &p->local_read);
    chain_if(p, VK_EXT_DYNAMIC_RENDERING_UNUSED_ATTACHMENTS_EXTENSION_NAME, &p->features, &p->unused);
    chain_if(p, VK_EXT_ATTACHMENT_FEEDBACK_LOOP_LAYOUT_EXTENSION_NAME, &p->features, &p->feedback);
    chain_if(p, VK_EXT_SHADER_ATOMIC_FLOAT_EXTENSION_NAME, &p->features, &p->atomic_float);
    chain_if(p, VK_KHR_FRAGMENT_SHADER_BARYCENTRIC_EXTENSION_NAME, &p->features, &p->barycentric);
    chain_if(p, VK_KHR_WORKGROUP_MEMORY_EXPLICIT_LAYOUT_EXTENSION_NAME, &p->features, &p->workgroup);
    chain_if(p, VK_EXT_FRAGMENT_SHADER_INTERLOCK_EXTENSION_NAME, &p->features, &p->interlock);
}

static void probe_fini(struct probe *p)
{
    free(p->extensions);
    p->extensions = NULL;
}

static bool probe_device(struct pvg_vk *vk, VkPhysicalDevice phys, struct probe *p)
{
    *p = (struct probe){
        .phys = phys,
        .props.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
        .props11.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_PROPERTIES,
        .props13.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_PROPERTIES,
        .host.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_MEMORY_HOST_PROPERTIES_EXT,
        .mesh_props.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MESH_SHADER_PROPERTIES_EXT,
        .mesh.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MESH_SHADER_FEATURES_EXT,
        .locations.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SAMPLE_LOCATIONS_PROPERTIES_EXT,
        .features.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2,
        .features11.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES,
        .features12.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES,
        .features13.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES,
        .robustness2.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ROBUSTNESS_2_FEATURES_EXT,
        .divisor.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VERTEX_ATTRIBUTE_DIVISOR_FEATURES_EXT,
        .dynamic3.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTENDED_DYNAMIC_STATE_3_FEATURES_EXT,
        .local_read.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DYNAMIC_RENDERING_LOCAL_READ_FEATURES_KHR,
        .unused.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DYNAMIC_RENDERING_UNUSED_ATTACHMENTS_FEATURES_EXT,
        .feedback.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ATTACHMENT_FEEDBACK_LOOP_LAYOUT_FEATURES_EXT,
        .atomic_float.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_ATOMIC_FLOAT_FEATURES_EXT,
        .barycentric.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FRAGMENT_SHADER_BARYCENTRIC_FEATURES_KHR,
        .workgroup.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_WORKGROUP_MEMORY_EXPLICIT_LAYOUT_FEATURES_KHR,
        .interlock.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FRAGMENT_SHADER_INTERLOCK_FEATURES_EXT,
        .family = UINT32_MAX,
    };
    vk->fn.EnumerateDeviceExtensionProperties(phys, NULL, &p->extension_count, NULL);
    p->extensions = calloc(p->extension_count ? p->extension_count : 1, sizeof(*p->extensions));
    if (!p->extensions)
        return false;
    vk->fn.EnumerateDeviceExtensionProperties(phys, NULL, &p->extension_count, p->extensions);

    vk->fn.GetPhysicalDeviceProperties2(phys, &p->props);
    if (p->props.properties.apiVersion < VK_API_VERSION_1_3)
        return true; /* Refused by missing_need(); the structs below do not exist there. */
    chain(&p->props, &p->props11);
    chain(&p->props, &p->props13);
    chain_if(p, VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME, &p->props, &p->host);
    chain_if(p, VK_EXT_SAMPLE_LOCATIONS_EXTENSION_NAME, &p->props, &p->locations);
    chain_if(p, VK_EXT_MESH_SHADER_EXTENSION_NAME, &p->props, &p->mesh_props);
    vk->fn.GetPhysicalDeviceProperties2(phys, &p->props);
    chain(&p->features, &p->features11);
    chain(&p->features, &p->features12);
    chain(&p->features, &p->features13);
    chain_optional_features(p);
    vk->fn.GetPhysicalDeviceFeatures2(phys, &p->features);

    VkQueueFamilyProperties families[32];
    uint32_t count = 32;
    vk->fn.GetPhysicalDeviceQueueFamilyProperties(phys, &count, families);
    for (uint32_t i = 0; i < count && p->family == UINT32_MAX; i++)
        if ((families[i].queueFlags & VK_QUEUE_GRAPHICS_BIT) && (families[i].queueFlags & VK_QUEUE_COMPUTE_BIT))
            p->family = i;
    return true;
}

/** @return NULL or the name of what the device lacks (spec 06 section 15.1). */
static const char *missing_need(const struct probe *p)
{
    const VkPhysicalDeviceVulkan12Features *f12 = &p->features12;
    const struct {
        bool present;
        const char *name;
    } needs[] = {
        {p->props.properties.apiVersion >= VK_API_VERSION_1_3, "Vulkan 1.3"},
        {p->family != UINT32_MAX, "a queue with graphics and compute"},
        {f12->bufferDeviceAddress, "bufferDeviceAddress"},
        {f12->runtimeDescriptorArray, "runtimeDescriptorArray"},
        {f12->descriptorBindingPartiallyBound, "descriptorBindingPartiallyBound"},
        {f12->descriptorBindingUpdateUnusedWhilePending, "descriptorBindingUpdateUnusedWhilePending"},
        {f12->descriptorBindingSampledImageUpdateAfterBind, "descriptorBindingSampledImageUpdateAfterBind"},
        {f12->descriptorBindingStorageImageUpdateAfterBind, "descriptorBindingStorageImageUpdateAfterBind"},
        {f12->shaderSampledImageArrayNonUniformIndexing, "shaderSampledImageArrayNonUniformIndexing"},
        {f12->shaderStorageImageArrayNonUniformIndexing, "shaderStorageImageArrayNonUniformIndexing"},
        {f12->scalarBlockLayout, "scalarBlockLayout"},
        {f12->timelineSemaphore, "timelineSemaphore"},
        {f12->vulkanMemoryModel, "vulkanMemoryModel"},
        {p->features.features.shaderInt64, "shaderInt64"},
        {p->features.features.robustBufferAccess, "robustBufferAccess"},
        {p->features11.shaderDrawParameters, "shaderDrawParameters"},
        {p->features13.dynamicRendering, "dynamicRendering"},
        {p->features13.synchronization2, "synchronization2"},
        {p->features13.maintenance4, "maintenance4"},
        {p->features13.robustImageAccess, "robustImageAccess"},
    };
    for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
        if (!needs[i].present)
            return needs[i].name;
    return NULL;
}

static int rank(const struct probe *p)
{
    switch (p->props.properties.deviceType) {
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
        return 4;
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
        return 3;
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
        return 2;
    case VK_PHYSICAL_DEVICE_TYPE_CPU:
        return 1;
    default:
        return 0;
    }
}

/** "0" to "999". */
static bool parse_index(const char *s, unsigned *index)
{
    size_t n = strlen(s);
    if (n == 0 || n > 3)
        return false;
    *index = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isdigit((unsigned char)s[i]))
            return false;
        *index = *index * 10 + (unsigned)(s[i] - '0');
    }
    return true;
}

/** 32 hexadecimal digits, dashes ignored. */
static bool parse_uuid(const char *s, uint8_t uuid[VK_UUID_SIZE])
{
    size_t digits = 0;
    memset(uuid, 0, VK_UUID_SIZE);
    for (; *s; s++) {
        if (*s == '-')
            continue;
        if (!isxdigit((unsigned char)*s) || digits == 2 * VK_UUID_SIZE)
            return false;
        unsigned v = isdigit((unsigned char)*s) ? (unsigned)(*s - '0') : (unsigned)(tolower((unsigned char)*s) - 'a' + 10);
        uuid[digits / 2] = (uint8_t)(uuid[digits / 2] << 4 | v);
        digits++;
    }
    return digits == 2 * VK_UUID_SIZE;
}

static bool matches(const struct probe *p, unsigned position, const char *gpu)
{
    unsigned index;
    uint8_t uuid[VK_UUID_SIZE];
    if (parse_index(gpu, &index))
        return index == position;
    if (parse_uuid(gpu, uuid))
        return !memcmp(uuid, p->props11.deviceUUID, VK_UUID_SIZE);
    return strcasestr(p->props.properties.deviceName, gpu);
}

/** Find the wanted or the best device. `*out` is filled on success. */
static bool choose(struct pvg_vk *vk, const char *gpu, struct probe *out, struct pvg_error *err)
{
    VkPhysicalDevice devices[MAX_DEVICES];
    uint32_t count = MAX_DEVICES;
    VkResult r = vk->fn.EnumeratePhysicalDevices(vk->instance, &count, devices);
    if (r != VK_SUCCESS && r != VK_INCOMPLETE)
        count = 0;
    if (count == 0) {
        pvg_error_set(err, "no Vulkan device found (is a Vulkan driver installed?)");
        return false;
    }
    bool found = false, matched = false;
    for (uint32_t i = 0; i < count; i++) {
        struct probe p;
        if (!probe_device(vk, devices[i], &p))
            continue;
        const char *missing = missing_need(&p);
        bool wanted = !gpu || !*gpu || matches(&p, i, gpu);
        if (wanted && missing) {
            pvg_error_set(err, "Vulkan device \"%s\" lacks %s", p.props.properties.deviceName, missing);
            pvg_info(vk->log, "vulkan: device %u \"%s\" lacks %s", i, p.props.properties.deviceName, missing);
        }
        matched |= wanted;
        if (!wanted || missing || (found && rank(&p) <= rank(out))) {
            probe_fini(&p);
            continue;
        }
        if (found)
            probe_fini(out);
        *out = p;
        found = true;
    }
    if (!matched)
        pvg_error_set(err, "no Vulkan device matches \"%s\" (index, UUID or part of a name; %u found)", gpu, count);
    return found;
}

static bool subgroups_of_32(const struct probe *p)
{
    if (p->props11.subgroupSize == 32)
        return true;
    return p->features13.subgroupSizeControl && (p->props13.requiredSubgroupSizeStages & VK_SHADER_STAGE_COMPUTE_BIT) &&
           p->props13.minSubgroupSize <= 32 && p->props13.maxSubgroupSize >= 32;
}

/** Bits of the AIR translator that this device can satisfy. */
static uint32_t air_needs(const struct probe *p)
{
    const VkPhysicalDeviceFeatures *f = &p->features.features;
    const VkSubgroupFeatureFlags subgroup = VK_SUBGROUP_FEATURE_BASIC_BIT | VK_SUBGROUP_FEATURE_VOTE_BIT |
                                            VK_SUBGROUP_FEATURE_ARITHMETIC_BIT | VK_SUBGROUP_FEATURE_BALLOT_BIT |
                                            VK_SUBGROUP_FEATURE_SHUFFLE_BIT | VK_SUBGROUP_FEATURE_SHUFFLE_RELATIVE_BIT;
    const struct {
        uint32_t bit;
        bool present;
    } map[] = {
        {PVG_AIR_NEED_FLOAT16, p->features12.shaderFloat16},
        {PVG_AIR_NEED_INT8, p->features12.shaderInt8},
        {PVG_AIR_NEED_INT16, f->shaderInt16},
        {PVG_AIR_NEED_STORAGE8, p->features12.storageBuffer8BitAccess},
        {PVG_AIR_NEED_STORAGE16, p->features11.storageBuffer16BitAccess},
        {PVG_AIR_NEED_FLOAT64, f->shaderFloat64},
        {PVG_AIR_NEED_CLIP_DISTANCE, f->shaderClipDistance},
        {PVG_AIR_NEED_LAYER, p->features12.shaderOutputLayer},
        {PVG_AIR_NEED_VIEWPORT_INDEX, p->features12.shaderOutputViewportIndex},
        {PVG_AIR_NEED_GEOMETRY, f->geometryShader},
        {PVG_AIR_NEED_SAMPLE_RATE, f->sampleRateShading},
        {PVG_AIR_NEED_BARYCENTRICS, p->barycentric.fragmentShaderBarycentric},
        {PVG_AIR_NEED_STENCIL_EXPORT, has_extension(p, VK_EXT_SHADER_STENCIL_EXPORT_EXTENSION_NAME)},
        {PVG_AIR_NEED_SUBGROUP, (p->props11.subgroupSupportedOperations & subgroup) == subgroup},
        {PVG_AIR_NEED_FLOAT_ATOMICS, p->atomic_float.shaderBufferFloat32AtomicAdd},
        {PVG_AIR_NEED_INT64_ATOMICS, p->features12.shaderBufferInt64Atomics},
        {PVG_AIR_NEED_MIN_LOD, f->shaderResourceMinLod},
        {PVG_AIR_NEED_CUBE_ARRAY, f->imageCubeArray},
        {PVG_AIR_NEED_INPUT_ATTACHMENT, p->local_read.dynamicRenderingLocalRead},
        {PVG_AIR_NEED_DEMOTE, p->features13.shaderDemoteToHelperInvocation},
        {PVG_AIR_NEED_WORKGROUP_LAYOUT, p->workgroup.workgroupMemoryExplicitLayout},
        {PVG_AIR_NEED_INTERLOCK, p->interlock.fragmentShaderPixelInterlock},
        {PVG_AIR_NEED_SIMD32, subgroups_of_32(p)},
        /* GPUs have the instruction; software rasterizers multiply, round and add. */
        {PVG_AIR_NEED_FUSED_FMA, p->props.properties.deviceType != VK_PHYSICAL_DEVICE_TYPE_CPU},
        {PVG_AIR_NEED_MESH, p->mesh.meshShader && p->mesh.taskShader},
        {PVG_AIR_NEED_TESSELLATION, f->tessellationShader && p->props.properties.limits.maxTessellationGenerationLevel >= 64},
    };
    uint32_t bits = 0;
    for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
        if (map[i].present)
            bits |= map[i].bit;
    return bits;
}

/** Keep of the supported features what the renderer and translated shaders use. */
static void trim_features(struct probe *p)
{
    VkPhysicalDeviceFeatures *f = &p->features.features;
    f->sparseBinding = f->sparseResidencyBuffer = f->sparseResidencyImage2D = f->sparseResidencyImage3D = VK_FALSE;
    f->sparseResidency2Samples = f->sparseResidency4Samples = f->sparseResidency8Samples = VK_FALSE;
    f->sparseResidency16Samples = f->sparseResidencyAliased = f->shaderResourceResidency = VK_FALSE;
    f->pipelineStatisticsQuery = f->inheritedQueries = VK_FALSE;
    p->features11.protectedMemory = p->features11.samplerYcbcrConversion = VK_FALSE;
    p->features11.multiview = p->features11.multiviewGeometryShader = p->features11.multiviewTessellationShader = VK_FALSE;
    VkPhysicalDeviceVulkan12Features *f12 = &p->features12;
    f12->bufferDeviceAddressCaptureReplay = f12->bufferDeviceAddressMultiDevice = VK_FALSE;
    f12->imagelessFramebuffer = f12->hostQueryReset = VK_FALSE;
    p->features13.inlineUniformBlock = p->features13.descriptorBindingInlineUniformBlockUpdateAfterBind = VK_FALSE;
    p->features13.privateData = VK_FALSE;
    VkPhysicalDeviceExtendedDynamicState3FeaturesEXT only = {
        .sType = p->dynamic3.sType,
        .pNext = p->dynamic3.pNext,
        .extendedDynamicState3PolygonMode = p->dynamic3.extendedDynamicState3PolygonMode,
        .extendedDynamicState3DepthClampEnable = p->dynamic3.extendedDynamicState3DepthClampEnable,
    };
    p->dynamic3 = only;
    p->mesh.multiviewMeshShader = p->mesh.primitiveFragmentShadingRateMeshShader = p->mesh.meshShaderQueries = VK_FALSE;
    /* For tests of the other way. */
    const char *no_null = getenv("OPENPVG_VK_NO_NULL_DESCRIPTOR");
    if (no_null && !strcmp(no_null, "1"))
        p->robustness2.nullDescriptor = VK_FALSE;
    p->workgroup.workgroupMemoryExplicitLayoutScalarBlockLayout = p->workgroup.workgroupMemoryExplicitLayout;
    p->interlock.fragmentShaderSampleInterlock = p->interlock.fragmentShaderShadingRateInterlock = VK_FALSE;
}

/** The stricter rule for texel buffers under robust access (spec 06 section 15.1). */
static bool texels_update_after_bind(struct pvg_vk *vk, const struct probe *p)
{
    VkPhysicalDeviceVulkan12Properties props12 = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_PROPERTIES};
    VkPhysicalDeviceProperties2 props = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &props12};
    vk->fn.GetPhysicalDeviceProperties2(p->phys, &props);
    vk->depth_resolve_modes = props12.supportedDepthResolveModes;
    vk->independent_resolve = props12.independentResolve;
    vk->independent_resolve_none = props12.independentResolveNone;
    return p->features12.descriptorBindingUniformTexelBufferUpdateAfterBind &&
           p->features12.descriptorBindingStorageTexelBufferUpdateAfterBind && props12.robustBufferAccessUpdateAfterBind;
}

static void note_features(struct pvg_vk *vk, const struct probe *p)
{
    struct pvg_vkfeatures *f = &vk->feat;
    f->null_descriptor = p->robustness2.nullDescriptor;
    f->robustness2 = p->robustness2.robustBufferAccess2 && p->robustness2.robustImageAccess2;
    f->host_import = p->host.minImportedHostPointerAlignment != 0;
    f->divisor = p->divisor.vertexAttributeInstanceRateDivisor;
    f->local_read = p->local_read.dynamicRenderingLocalRead;
    f->unused_attachments = p->unused.dynamicRenderingUnusedAttachments;
    f->feedback_loop = p->feedback.attachmentFeedbackLoopLayout;
    f->mesh = p->mesh.meshShader && p->mesh.taskShader;
    if (f->mesh)
        vk->mesh_limits = p->mesh_props;
    vk->mesh_limits.pNext = NULL;
    /* Metal's grid has sixteenths of a pixel. */
    if (p->locations.sampleLocationSubPixelBits >= 4)
        f->sample_locations = p->locations.sampleLocationSampleCounts;
    f->subgroup_size_control =
        p->features13.subgroupSizeControl && (p->props13.requiredSubgroupSizeStages & VK_SHADER_STAGE_COMPUTE_BIT);
    f->full_subgroups = p->features13.computeFullSubgroups;
    f->texel_update_after_bind = texels_update_after_bind(vk, p);
    f->dynamic_polygon_mode = p->dynamic3.extendedDynamicState3PolygonMode;
    f->dynamic_depth_clamp = p->dynamic3.extendedDynamicState3DepthClampEnable;
    f->core = p->features.features;
    f->air_needs = air_needs(p);
    vk->limits = p->props.properties.limits;
    vk->subgroup_size = p->props11.subgroupSize;
    vk->subgroup_min = p->props13.minSubgroupSize;
    vk->subgroup_max = p->props13.maxSubgroupSize;
    vk->minmax_filter = p->features12.samplerFilterMinmax;
    vk->mirror_clamp = p->features12.samplerMirrorClampToEdge;
    vk->max_buffer_size = p->props13.maxBufferSize;
    vk->mem.max_allocation = p->props11.maxMemoryAllocationSize;
    vk->ram.alignment = p->host.minImportedHostPointerAlignment;
}

static bool create_device(struct pvg_vk *vk, struct probe *p, struct pvg_error *err)
{
    static const char *const optional[] = {
        VK_EXT_ROBUSTNESS_2_EXTENSION_NAME,
        VK_EXT_VERTEX_ATTRIBUTE_DIVISOR_EXTENSION_NAME,
        VK_EXT_EXTENDED_DYNAMIC_STATE_3_EXTENSION_NAME,
        VK_KHR_DYNAMIC_RENDERING_LOCAL_READ_EXTENSION_NAME,
        VK_EXT_DYNAMIC_RENDERING_UNUSED_ATTACHMENTS_EXTENSION_NAME,
        VK_EXT_ATTACHMENT_FEEDBACK_LOOP_LAYOUT_EXTENSION_NAME,
        VK_EXT_SHADER_ATOMIC_FLOAT_EXTENSION_NAME,
        VK_KHR_FRAGMENT_SHADER_BARYCENTRIC_EXTENSION_NAME,
        VK_KHR_WORKGROUP_MEMORY_EXPLICIT_LAYOUT_EXTENSION_NAME,
        VK_EXT_FRAGMENT_SHADER_INTERLOCK_EXTENSION_NAME,
        VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME,
        VK_EXT_SHADER_STENCIL_EXPORT_EXTENSION_NAME,
        VK_EXT_SAMPLE_LOCATIONS_EXTENSION_NAME,
        VK_EXT_MESH_SHADER_EXTENSION_NAME,
    };
    const char *names[sizeof(optional) / sizeof(optional[0])];
    uint32_t count = 0;
    for (size_t i = 0; i < sizeof(optional) / sizeof(optional[0]); i++)
        if (has_extension(p, optional[i]))
            names[count++] = optional[i];

    float priority = 1;
    VkDeviceQueueCreateInfo queue = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
        .queueFamilyIndex = p->family,
        .queueCount = 1,
        .pQueuePriorities = &priority,
    };
    VkDeviceCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
        .pNext = &p->features,
        .queueCreateInfoCount = 1,
        .pQueueCreateInfos = &queue,
        .enabledExtensionCount = count,
        .ppEnabledExtensionNames = names,
    };
    VkResult r = vk->fn.CreateDevice(p->phys, &info, NULL, &vk->dev);
    if (r != VK_SUCCESS) {
        pvg_error_set(err, "vkCreateDevice on \"%s\": %s", p->props.properties.deviceName, pvg_vk_result(r));
        return false;
    }
    return true;
}

static void fill_caps(struct pvg_vk *vk, const struct probe *p)
{
    struct pvg_rcaps *c = &vk->caps;
    const VkPhysicalDeviceLimits *l = &vk->limits;
    snprintf(c->name, sizeof(c->name), "%s", p->props.properties.deviceName);
    for (uint32_t i = 0; i < vk->mem.props.memoryHeapCount; i++) {
        const VkMemoryHeap *heap = &vk->mem.props.memoryHeaps[i];
        if ((heap->flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) && heap->size > c->memory_bytes)
            c->memory_bytes = heap->size;
    }
    c->max_texture_2d = l->maxImageDimension2D;
    c->max_texture_3d = l->maxImageDimension3D;
    c->max_array_layers = l->maxImageArrayLayers;
    c->max_buffer_bytes = vk->max_buffer_size;
    /* Work groups are flattened to one dimension (spec 06 section 15.8). */
    c->max_threads_per_group = l->maxComputeWorkGroupInvocations < l->maxComputeWorkGroupSize[0] ? l->maxComputeWorkGroupInvocations
                                                                                                 : l->maxComputeWorkGroupSize[0];
    c->max_threadgroup_bytes = l->maxComputeSharedMemorySize;
    c->simd_width = vk->subgroup_size;
    if (vk->feat.subgroup_size_control && vk->subgroup_min <= 32 && vk->subgroup_max >= 32)
        c->simd_width = 32;
    c->sample_counts = l->framebufferColorSampleCounts & l->framebufferDepthSampleCounts;
    c->unified_memory = vk->mem.unified;
    c->native_fp16 = vk->feat.air_needs & PVG_AIR_NEED_FLOAT16;
    c->framebuffer_read = vk->feat.local_read;
    c->bc_textures = vk->feat.core.textureCompressionBC;
    c->barycentrics = vk->feat.air_needs & PVG_AIR_NEED_BARYCENTRICS;
    c->float32_filter = vk->formats[55].features & VK_FORMAT_FEATURE_2_SAMPLED_IMAGE_FILTER_LINEAR_BIT;
    c->dual_source = vk->feat.core.dualSrcBlend;
    c->layered = p->features12.shaderOutputLayer;
    c->multi_viewport = vk->feat.core.multiViewport;
    c->geometry = vk->feat.core.geometryShader;
    const VkSampleCountFlags useful = c->sample_counts & (VK_SAMPLE_COUNT_2_BIT | VK_SAMPLE_COUNT_4_BIT | VK_SAMPLE_COUNT_8_BIT);
    c->sample_positions = useful && (vk->feat.sample_locations & useful) == useful;
    c->mesh = vk->feat.mesh;
    c->tessellation = vk->feat.air_needs & PVG_AIR_NEED_TESSELLATION;
}

static bool create_instance(struct pvg_vk *vk, struct pvg_error *err)
{
    VkApplicationInfo app = {
        .sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
        .pApplicationName = "OpenPVG",
        .apiVersion = VK_API_VERSION_1_3,
    };
    const char *layer = "VK_LAYER_KHRONOS_validation", *extension = VK_EXT_DEBUG_UTILS_EXTENSION_NAME;
    bool validate = pvg_vkdebug_wanted();
    VkInstanceCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
        .pNext = validate ? pvg_vkdebug_features() : NULL,
        .pApplicationInfo = &app,
        .enabledLayerCount = validate,
        .ppEnabledLayerNames = &layer,
        .enabledExtensionCount = validate,
        .ppEnabledExtensionNames = &extension,
    };
    VkResult r = vkCreateInstance(&info, NULL, &vk->instance);
    if (r != VK_SUCCESS) {
        pvg_error_set(err, "vkCreateInstance: %s", pvg_vk_result(r));
        return false;
    }
    if (validate)
        vk->messenger = pvg_vkdebug_attach(vk->instance);
    const char *missing = pvg_vkfn_load_instance(&vk->fn, vk->instance);
    if (missing) {
        pvg_error_set(err, "the Vulkan loader lacks %s", missing);
        return false;
    }
    return true;
}

bool pvg_vkdevice_open(struct pvg_vk *vk, const char *gpu, struct pvg_error *err)
{
    struct probe p = {0};
    if (!create_instance(vk, err) || !choose(vk, gpu, &p, err))
        return false;
    trim_features(&p);
    vk->phys = p.phys;
    vk->family = p.family;
    note_features(vk, &p);
    bool ok = create_device(vk, &p, err);
    if (ok) {
        const char *missing = pvg_vkfn_load_device(&vk->fn, vk->dev);
        ok = !missing;
        if (missing)
            pvg_error_set(err, "the driver of \"%s\" lacks %s", p.props.properties.deviceName, missing);
    }
    if (ok) {
        if (!vk->fn.GetMemoryHostPointerPropertiesEXT)
            vk->feat.host_import = false;
        vk->fn.GetDeviceQueue(vk->dev, vk->family, 0, &vk->queue);
        vk->fn.GetPhysicalDeviceMemoryProperties(vk->phys, &vk->mem.props);
        pvg_vkformat_init(vk);
        ok = pvg_vkmem_init(vk);
        fill_caps(vk, &p);
    }
    probe_fini(&p);
    return ok;
}

void pvg_vkdevice_close(struct pvg_vk *vk)
{
    if (vk->dev) {
        pvg_vkmem_fini(vk);
        vk->fn.DestroyDevice(vk->dev, NULL);
        vk->dev = VK_NULL_HANDLE;
    }
    if (vk->instance && vk->fn.DestroyInstance) {
        pvg_vkdebug_detach(vk->instance, vk->messenger);
        vk->fn.DestroyInstance(vk->instance, NULL);
        vk->instance = VK_NULL_HANDLE;
    }
}

void pvg_vk_unref(struct pvg_vk *vk)
{
    if (atomic_fetch_sub_explicit(&vk->refs, 1, memory_order_acq_rel) != 1)
        return;
    pvg_vkdevice_close(vk);
    pvg_vkshader_cache_close(vk);
    free(vk->cache_dir);
    free(vk);
}
