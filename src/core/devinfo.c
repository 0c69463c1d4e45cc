/* SPDX-License-Identifier: MIT */
#include "core/core.h"

/*
 * Device information for the guest's Metal plugin (spec 08 sections A.4 to A.6). Limits follow the renderer and never exceed the
 * values that guests were seen to work with; a capability is claimed only when it can be executed, because a guest builds whatever
 * it is promised. Keys 20, 22, 38 and 39 stay unanswered.
 */

/** Ceilings of spec 08 section A.4, column "seen value". */
enum {
    SAMPLES_CEILING = 8,
    THREADS_CEILING = 1024,
    THREADS_DEPTH = 64,
    THREADGROUP_MEMORY_CEILING = 32768,
    LAYERS_CEILING = 2048,
    LINEAR_ALIGNMENT = 256,
    FORMAT_DEPTH24_STENCIL8 = 255,
    FORMAT_RGB10A2 = 90,
    FORMAT_BGR10A2 = 94,
};

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/** Highest usable sample count; one number has to serve colour, depth and sampling. */
static uint32_t sample_count(uint32_t counts)
{
    uint32_t n = SAMPLES_CEILING;

    while (n > 1 && !(counts & n))
        n /= 2;
    return n;
}

size_t pvg_devinfo_pairs(const struct pvg_rcaps *caps, uint32_t protocol_version, struct pvg_w_pair pairs[PVG_DEVINFO_MAX])
{
    uint32_t threads = least(caps->max_threads_per_group, THREADS_CEILING);
    uint32_t threadgroup_bytes = least(caps->max_threadgroup_bytes, THREADGROUP_MEMORY_CEILING);
    const struct pvg_w_pair all[] = {
        {PVG_KEY_MAX_SAMPLE_COUNT, sample_count(caps->sample_counts)},
        {PVG_KEY_DEPTH24_STENCIL8, caps->format_render[FORMAT_DEPTH24_STENCIL8]},
        {PVG_KEY_MAX_THREADS_WIDTH, threads},
        {PVG_KEY_MAX_THREADS_HEIGHT, threads},
        {PVG_KEY_MAX_THREADS_DEPTH, least(threads, THREADS_DEPTH)},
        {PVG_KEY_MAX_THREADGROUP_MEMORY, threadgroup_bytes},
        {PVG_KEY_FRAMEBUFFER_READ, caps->framebuffer_read},
        {PVG_KEY_RGB10A2_GAMMA, caps->format_render[FORMAT_RGB10A2] && caps->format_render[FORMAT_BGR10A2]},
        {PVG_KEY_NATIVE_FP16, caps->native_fp16},
        {PVG_KEY_SERIALIZER_VERSION, 8},
        {PVG_KEY_PRIMITIVE_MASK, 0x1f},
        {PVG_KEY_DUAL_PLANE_TEXTURES, pvg_protocol_dual_plane(protocol_version)},
        {PVG_KEY_LINEAR_TEXTURE_ALIGNMENT, LINEAR_ALIGNMENT},
        {PVG_KEY_HEAPS, 1},
        {PVG_KEY_HEAP_BUFFER_GRANULARITY, 32},
        {PVG_KEY_HEAP_TEXTURES, 1},
        {PVG_KEY_BUFFER_WITH_IOSURFACE, 1},
        {PVG_KEY_AIR_VERSION, 0x20007},
        {PVG_KEY_SHARED_TEXTURES, 1},
        {PVG_KEY_SAMPLE_POSITIONS, caps->sample_positions},
        {PVG_KEY_TILE_SHADERS, 0},
        {PVG_KEY_IMAGEBLOCKS, 0},
        {PVG_KEY_RASTER_ORDER_GROUPS, caps->raster_order},
        {PVG_KEY_MEMORY_ORDER_ATOMICS, 1},
        {PVG_KEY_LARGE_MRT, 1},
        {PVG_KEY_FLAGS_2023, PVG_FLAG2023_APPLE5 | PVG_FLAG2023_DYNAMIC_STRIDE | PVG_FLAG2023_MULTISAMPLE_ARRAY},
        {PVG_KEY_COMPUTE_MAX_THREADS, threads},
        {PVG_KEY_COMPUTE_LOCAL_MEMORY, threadgroup_bytes},
        {PVG_KEY_COMPUTE_THREADGROUP_MEMORY, threadgroup_bytes},
        {PVG_KEY_COMPUTE_THREADGROUP_ALIGNMENT, 16},
        {PVG_KEY_FLAGS_2024, PVG_FLAG2024_LARGE_USER_TASKS | PVG_FLAG2024_LARGE_KERNEL_TASKS | PVG_FLAG2024_ARGUMENT_BUFFERS |
                                 PVG_FLAG2024_SIMD_REDUCTION},
        {PVG_KEY_CORE_COUNT, 8},
        {PVG_KEY_MAX_TEXTURE_LAYERS, least(caps->max_array_layers, LAYERS_CEILING)},
        {PVG_KEY_MAX_PREDICATED_NESTING, 16},
        {PVG_KEY_GPU_FAMILY, 1009},
        {PVG_KEY_MIN_LINEAR_TEXTURE_ALIGNMENT, LINEAR_ALIGNMENT},
        {PVG_KEY_TEXTURE_WRITE_ROUNDING, 7},
        {PVG_KEY_FLAGS_2025, PVG_FLAG2025_ARGUMENT_BUFFERS},
        {PVG_KEY_APPLE_FAMILIES, 31},
    };
    size_t count = sizeof(all) / sizeof(all[0]);

    _Static_assert(sizeof(all) / sizeof(all[0]) <= PVG_DEVINFO_MAX, "the reply table is too small");
    for (size_t i = 0; i < count; i++)
        pairs[i] = all[i];
    return count;
}
