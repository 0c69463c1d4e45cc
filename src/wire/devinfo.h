/* SPDX-License-Identifier: MIT */
/**
 * @file Reply of GetDeviceInfo: keys and pair lists (spec 02 section 8.2, spec 08 sections A.3 to A.5).
 */
#ifndef PVG_WIRE_DEVINFO_H
#define PVG_WIRE_DEVINFO_H

#include "wire/wire.h"

enum pvg_devinfo_key {
    PVG_KEY_MAX_SAMPLE_COUNT = 1,
    PVG_KEY_DEPTH24_STENCIL8 = 2,
    PVG_KEY_MAX_THREADS_WIDTH = 3,
    PVG_KEY_MAX_THREADS_HEIGHT = 4,
    PVG_KEY_MAX_THREADS_DEPTH = 5,
    PVG_KEY_MAX_THREADGROUP_MEMORY = 6,
    PVG_KEY_FRAMEBUFFER_READ = 7,
    PVG_KEY_RGB10A2_GAMMA = 8,
    PVG_KEY_NATIVE_FP16 = 9,
    PVG_KEY_SERIALIZER_VERSION = 10,
    PVG_KEY_PRIMITIVE_MASK = 11,
    PVG_KEY_DUAL_PLANE_TEXTURES = 12,
    PVG_KEY_LINEAR_TEXTURE_ALIGNMENT = 13,
    PVG_KEY_HEAPS = 14,
    PVG_KEY_HEAP_BUFFER_GRANULARITY = 15,
    PVG_KEY_HEAP_TEXTURES = 16,
    PVG_KEY_BUFFER_WITH_IOSURFACE = 17,
    PVG_KEY_AIR_VERSION = 18,
    PVG_KEY_SHARED_TEXTURES = 19,
    PVG_KEY_VERTEX_AMPLIFICATION = 20,
    PVG_KEY_SAMPLE_POSITIONS = 21,
    PVG_KEY_RATE_MAP_LAYERS = 22,
    PVG_KEY_TILE_SHADERS = 23,
    PVG_KEY_IMAGEBLOCKS = 24,
    PVG_KEY_RASTER_ORDER_GROUPS = 25,
    PVG_KEY_MEMORY_ORDER_ATOMICS = 26,
    PVG_KEY_LARGE_MRT = 27,
    PVG_KEY_FLAGS_2023 = 28,
    PVG_KEY_COMPUTE_MAX_THREADS = 29,
    PVG_KEY_COMPUTE_LOCAL_MEMORY = 30,
    PVG_KEY_COMPUTE_THREADGROUP_MEMORY = 31,
    PVG_KEY_COMPUTE_THREADGROUP_ALIGNMENT = 32,
    PVG_KEY_FLAGS_2024 = 33,
    PVG_KEY_CORE_COUNT = 34,
    PVG_KEY_MAX_TEXTURE_LAYERS = 35,
    PVG_KEY_MAX_PREDICATED_NESTING = 36,
    PVG_KEY_GPU_FAMILY = 37,
    PVG_KEY_ARGUMENT_BUFFERS_TIER = 38,
    PVG_KEY_ARGUMENT_BUFFERS_SAMPLERS = 39,
    PVG_KEY_MIN_LINEAR_TEXTURE_ALIGNMENT = 40,
    PVG_KEY_TEXTURE_WRITE_ROUNDING = 41,
    PVG_KEY_FLAGS_2025 = 42,
    PVG_KEY_DEAD_43 = 43, /**< No guest parses it; never sent. */
    PVG_KEY_APPLE_FAMILIES = 44,
};

/** One more than the highest key. */
#define PVG_KEY_COUNT 45u

/** Bits of PVG_KEY_FLAGS_2023. */
#define PVG_FLAG2023_APPLE5            0x1u
#define PVG_FLAG2023_DYNAMIC_STRIDE    0x2u
#define PVG_FLAG2023_MULTISAMPLE_ARRAY 0x4u
/** Bits of PVG_KEY_FLAGS_2024. */
#define PVG_FLAG2024_LARGE_USER_TASKS      0x001u
#define PVG_FLAG2024_LARGE_KERNEL_TASKS    0x002u
#define PVG_FLAG2024_COMMAND_BUFFER_JUMP   0x004u
#define PVG_FLAG2024_RANGE_BUFFER          0x008u
#define PVG_FLAG2024_SHARED_MEMORY_HEAP    0x010u
#define PVG_FLAG2024_ARGUMENT_BUFFERS      0x020u
#define PVG_FLAG2024_SIMD_REDUCTION        0x040u
#define PVG_FLAG2024_FLOAT16_BCUBIC        0x080u
#define PVG_FLAG2024_SIMD_SHUFFLE_AND_FILL 0x100u
#define PVG_FLAG2024_CONDITIONAL_LOADSTORE 0x200u
#define PVG_FLAG2024_COMPRESSED_WRITE      0x400u
#define PVG_FLAG2024_SHARED_PLACEMENT      0x800u
/** Bits of PVG_KEY_FLAGS_2025. */
#define PVG_FLAG2025_INDIRECT_COMMAND_BUFFERS 0x1u
#define PVG_FLAG2025_ARGUMENT_BUFFERS         0x2u
#define PVG_FLAG2025_ENHANCED_RENDER_ICB      0x4u

struct pvg_devinfo_key_info {
    uint8_t key;
    uint32_t absent; /**< What a guest assumes when the key is missing. */
    const char *name;
    const char *meaning;
};
/** Indexed by key; entry 0 is the terminator. */
extern const struct pvg_devinfo_key_info pvg_devinfo_keys[PVG_KEY_COUNT];

#define PVG_PAIR_SIZE 8u

struct pvg_w_pair {
    uint32_t key, value;
};

/**
 * Write pairs whose key is in 1..key_bound-1 and is not the dead key, then a {0,0} pair if fewer than `pair_capacity` were written
 * and `cap` has room. At most min(pair_capacity, cap / 8) pairs. @return bytes written, terminator included.
 */
size_t pvg_w_pairs_encode(uint8_t *dst, size_t cap, uint32_t key_bound, uint32_t pair_capacity, const struct pvg_w_pair *pairs,
                          size_t count);

/** Value of `key` in a reply; stops at key 0 or after `n / 8` pairs; a repeated key overwrites. @return false if it is absent. */
bool pvg_w_pairs_find(const uint8_t *p, size_t n, uint32_t key, uint32_t *value);

#endif
