/* SPDX-License-Identifier: MIT */
/**
 * @file The Vulkan renderer's device: state shared by all of its files.
 *
 * Threads. The worker thread (whoever calls the render interface) owns everything here except: the completion queue (lock in
 * struct pvg_vksync), the frame pool (lock in struct pvg_vkframes), the compiler queue (lock in struct pvg_vkcompiler), and fields
 * marked _Atomic. Locks are leaves: nothing is called with one held, except condition waits.
 *
 * Lifetime of GPU objects. Nothing is counted per use. Whoever gives up the last reference of an object calls pvg_vktrash_add(),
 * which destroys it once every submission that could name it has completed.
 */
#ifndef PVG_VULKAN_VK_H
#define PVG_VULKAN_VK_H

#include <pthread.h>
#include <stdatomic.h>

#include "render.h"
#include "util/log.h"
#include "vulkan/format.h"
#include "vulkan/hazard.h"
#include "vulkan/vkfn.h"

#define PVG_VK_FORMAT_COUNT 640

/** Everything a buffer may be used for (spec 06 section 15.4): any guest buffer may reach any of them. */
#define PVG_VK_BUFFER_USAGE                                                                                                        \
    (VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT | VK_BUFFER_USAGE_VERTEX_BUFFER_BIT | VK_BUFFER_USAGE_INDEX_BUFFER_BIT |            \
     VK_BUFFER_USAGE_INDIRECT_BUFFER_BIT | VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT |         \
     VK_BUFFER_USAGE_STORAGE_TEXEL_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT)

/** Optional abilities of the device; each has a fallback at its user. */
struct pvg_vkfeatures {
    bool null_descriptor, robustness2;
    bool host_import;
    bool divisor, divisor_any_first_instance;
    bool local_read, unused_attachments;
    bool subgroup_size_control, full_subgroups;
    bool texel_update_after_bind;
    bool dynamic_polygon_mode, dynamic_depth_clamp;
    bool depth_clip_enable;
    bool feedback_loop;
    bool mesh;                           /**< Task and mesh shaders. */
    VkSampleCountFlags sample_locations; /**< Sample counts with locations of one's own choice. */
    VkPhysicalDeviceFeatures core;       /**< As enabled. */
    uint32_t air_needs;                  /**< enum pvg_air_need bits the device satisfies. */
};

/* ---- memory.c: device memory ---------------------------------------------------------------------------------------------- */

/** Where an allocation should live (spec 03 section 10.4). */
enum pvg_vkmem_use {
    PVG_VKMEM_DEVICE,   /**< Device local; falls back to anything. */
    PVG_VKMEM_UPLOAD,   /**< Host visible and coherent, device local preferred when unified. */
    PVG_VKMEM_READBACK, /**< Host visible, cached preferred. */
    PVG_VKMEM_USES,
};

struct pvg_vkmem_block;

/** A piece of device memory. */
struct pvg_vkmem {
    VkDeviceMemory memory;
    VkDeviceSize offset, size;
    uint8_t *host; /**< Mapped address of byte 0, NULL when not host visible. */
    bool coherent;
    struct pvg_vkmem_block *block; /**< NULL: the memory is the allocation's own. */
};

struct pvg_vkmem_pools {
    struct pvg_vkmem_block *blocks;
    VkPhysicalDeviceMemoryProperties props;
    uint8_t order[PVG_VKMEM_USES][VK_MAX_MEMORY_TYPES]; /**< Memory types by preference. */
    uint8_t order_count[PVG_VKMEM_USES];
    bool unified;
    uint64_t max_allocation;
};

/* ---- sync.c: submissions, completion, deferred destruction ----------------------------------------------------------------- */

struct pvg_vktrash_entry {
    uint64_t value;
    void (*fn)(struct pvg_vk *vk, void *arg);
    void *arg;
};

/** Ring of objects that wait for the GPU, in submission order. */
struct pvg_vktrash {
    struct pvg_vktrash_entry *entries;
    size_t head, count, capacity;
};

/** What one submission owes to its completion. */
struct pvg_vkdone {
    struct pvg_vkdone *next;
    uint64_t value;
    struct pvg_vkwrites *writes; /**< Guest pages it wrote; NULL = none. */
    struct pvg_rcompletion done; /**< fn NULL: none. */
};

struct pvg_vksync {
    VkSemaphore timeline;
    uint64_t submitted;         /**< Value of the newest submission. Worker only. */
    _Atomic uint64_t completed; /**< Newest value known complete. */
    _Atomic uint64_t delivered; /**< Newest value whose completion ran. */
    _Atomic bool lost;          /**< The device is gone. */
    pthread_mutex_t lock;
    pthread_cond_t queued; /**< The queue became non-empty, or stop. */
    pthread_cond_t idle;   /**< The queue and the thread's hands became empty. */
    struct pvg_vkdone *first, **last;
    bool busy, stop, started;
    pthread_t thread;
};

/* ---- ram.c: guest RAM ------------------------------------------------------------------------------------------------------ */

/** Part of a RAM region that is imported as one buffer. */
struct pvg_vkchunk {
    uint8_t *host;
    uint64_t size, gpa;
    VkDeviceMemory memory;
    VkBuffer buffer;
    VkDeviceAddress address;
};

struct pvg_vkram {
    struct pvg_ram_region *regions; /**< As announced; imported on the first use of a buffer. */
    size_t region_count, region_capacity;
    struct pvg_vkchunk *chunks; /**< Sorted by host address. */
    size_t chunk_count, chunk_capacity;
    uint64_t imported;      /**< Bytes held by chunks. */
    bool stale;             /**< Regions changed since the last import. */
    bool refused;           /**< The device cannot import this much: copy instead. */
    uint64_t alignment;     /**< minImportedHostPointerAlignment. */
    uint64_t chunk_ceiling; /**< Largest import. */
    uint64_t heap_budget;   /**< Largest heap that imports may charge. */
    uint32_t mappings;      /**< Live mmap runs of stitched ranges. */
    struct pvg_vkplace *places;
};

/* ---- heap.c: bindless heap ------------------------------------------------------------------------------------------------- */

enum pvg_vkheap_kind {
    PVG_VKHEAP_SAMPLED,
    PVG_VKHEAP_STORAGE,
    PVG_VKHEAP_SAMPLER,
    PVG_VKHEAP_UNIFORM_TEXEL,
    PVG_VKHEAP_STORAGE_TEXEL,
    PVG_VKHEAP_KINDS,
};

/** Indices of one binding. */
struct pvg_vkheap_list {
    uint32_t words;
    uint32_t hint;  /**< No word below this one has a free index. */
    uint64_t *free; /**< One bit per index. */
};

struct pvg_vkheap {
    VkDescriptorSetLayout layout;
    VkDescriptorPool pool;
    VkDescriptorSet set;
    struct pvg_vkheap_list lists[PVG_VKHEAP_KINDS];

    struct pvg_vkneutral *neutral;      /**< NULL: the device has null descriptors. */
    VkDescriptorSetLayout input_layout; /**< Set 1: input attachments. */
    VkPipelineLayout layouts[2];        /**< A and B of spec 06 section 15.2. */
};

/* ---- ring.c: tables and inline bytes
 * ---------------------------------------------------------------------------------------------- */

struct pvg_vkring_block {
    struct pvg_vkring_block *next;
    VkBuffer buffer;
    struct pvg_vkmem mem;
    VkDeviceAddress address;
    uint64_t value; /**< Last submission that reads it. */
};

struct pvg_vkring {
    struct pvg_vkring_block *current;
    struct pvg_vkring_block *used; /**< Oldest first. */
    struct pvg_vkring_block **used_last;
    uint32_t offset;
};

/** A piece of ring memory. */
struct pvg_vkslice {
    uint8_t *host;
    VkDeviceAddress address;
    VkBuffer buffer;
    uint64_t offset;
};

/* ---- sampler.c
 * ------------------------------------------------------------------------------------------------------------------------ */

/** Key of a shared sampler. */
struct pvg_vksampler_key {
    uint32_t word; /**< State word of spec 05 section 6.8, without the lodAverage bit. */
    float lod_min, lod_max;
    uint32_t compare; /**< 1: comparison enabled. */
    float lod_bias;
    uint32_t reduction; /**< 0 weighted average, 1 minimum, 2 maximum. */
    uint32_t integer;   /**< 1: the border is a colour of integers. */
};

struct pvg_vksampler_entry {
    struct pvg_vksampler_key key;
    VkSampler sampler; /**< VK_NULL_HANDLE: free entry. */
    uint32_t index;    /**< Heap index. */
    uint32_t refs;
};

struct pvg_vksamplers {
    struct pvg_vksampler_entry *entries;
    size_t count, capacity;
};

/* ---- device
 * ------------------------------------------------------------------------------------------------------------------------------ */

struct pvg_vk {
    struct pvg_render base; /**< First member. */
    struct pvg_log *log;
    char *cache_dir;                     /**< NULL: no caches. */
    struct pvg_disk_cache *shader_cache; /**< NULL: none. */
    void (*ram_dirty)(void *opaque, uint64_t gpa, uint64_t size);
    void *opaque;

    _Atomic uint32_t refs; /**< The renderer and each frame in a front-end's hands. */
    struct pvg_vkfn fn;
    VkInstance instance;
    VkDebugUtilsMessengerEXT messenger;
    VkPhysicalDevice phys;
    VkDevice dev;
    VkQueue queue;
    uint32_t family;
    VkPhysicalDeviceLimits limits;
    uint32_t subgroup_min, subgroup_max, subgroup_size;
    uint64_t max_buffer_size;
    VkPhysicalDeviceMeshShaderPropertiesEXT mesh_limits; /**< Zeros without feat.mesh. */
    VkResolveModeFlags depth_resolve_modes;
    bool independent_resolve;      /**< Depth and stencil of one pass may be resolved in different ways, */
    bool independent_resolve_none; /**< or one of them not at all. */
    bool minmax_filter;            /**< samplerFilterMinmax. */
    bool mirror_clamp;             /**< samplerMirrorClampToEdge. */
    struct pvg_vkfeatures feat;
    struct pvg_rcaps caps;
    struct pvg_vkformat formats[PVG_VK_FORMAT_COUNT];

    struct pvg_vkmem_pools mem;
    struct pvg_vksync sync;
    struct pvg_vktrash trash;
    struct pvg_vkram ram;
    struct pvg_vkheap heap;
    struct pvg_vkring ring;
    struct pvg_vksamplers samplers;
    struct pvg_vkframes *frames;
    struct pvg_vkcompiler *compiler;
    VkPipeline convert; /**< convert.c; NULL until needed. */
    bool convert_refused;
    uint64_t place_ids;
    struct pvg_rcmd *cmd; /**< The one command recorder, reused. */
    bool recording;       /**< A command is open. */
    bool no_merge;        /**< Every guest pass is a rendering of its own. */
    _Atomic uint64_t passes_merged;
    struct pvg_vkhazards hazards;
    _Atomic uint64_t barriers, barriers_skipped;

    /** 64 KiB of zeros and as much scratch: where robust accesses go (spec 06 section 15.10). */
    VkBuffer guard_buffer;
    struct pvg_vkmem guard_mem;
    VkDeviceAddress zero_address, scratch_address;
};

#define PVG_VK_GUARD_BYTES 65536u

static inline struct pvg_vk *pvg_vk_of(struct pvg_render *r)
{
    return (struct pvg_vk *)r;
}

/* device.c */
bool pvg_vkdevice_open(struct pvg_vk *vk, const char *gpu, struct pvg_error *err);
void pvg_vkdevice_close(struct pvg_vk *vk);
/** Give back one of vk->refs; the last one closes the device and frees vk. Any thread. */
void pvg_vk_unref(struct pvg_vk *vk);
const char *pvg_vk_result(VkResult result);

/* memory.c */
bool pvg_vkmem_init(struct pvg_vk *vk);
void pvg_vkmem_fini(struct pvg_vk *vk);
/** @param linear Buffers and linear images; optimal images live in other blocks (bufferImageGranularity). */
bool pvg_vkmem_alloc(struct pvg_vk *vk, const VkMemoryRequirements *req, enum pvg_vkmem_use use, bool linear,
                     struct pvg_vkmem *out);
void pvg_vkmem_free(struct pvg_vk *vk, struct pvg_vkmem *mem);
/** Next block of vk->mem.blocks, for tests. */
struct pvg_vkmem_block *pvg_vkmem_next(const struct pvg_vkmem_block *b);
/** A buffer of its own, bound and, for host-visible uses, mapped. `address` may be NULL. */
bool pvg_vkmem_buffer(struct pvg_vk *vk, uint64_t size, enum pvg_vkmem_use use, VkBuffer *buffer, struct pvg_vkmem *mem,
                      VkDeviceAddress *address);

/* sync.c */
bool pvg_vksync_init(struct pvg_vk *vk, struct pvg_error *err);
/** Deliver what is pending, stop the completion thread. */
void pvg_vksync_fini(struct pvg_vk *vk);
/** Wait until submission `value` is complete. @return false when the device is lost. */
bool pvg_vksync_wait(struct pvg_vk *vk, uint64_t value);
/** As pvg_vksync_wait(), and until its completion has been delivered. */
void pvg_vksync_drain(struct pvg_vk *vk);
bool pvg_vksync_done(struct pvg_vk *vk, uint64_t value);
/** Hand over `d` (malloc'ed); called in order of value. */
void pvg_vksync_queue(struct pvg_vk *vk, struct pvg_vkdone *d);
void pvg_vksync_after(struct pvg_vk *vk, struct pvg_rcompletion done);
/** Note a result; logs and latches a device loss. @return true on success. */
bool pvg_vksync_check(struct pvg_vk *vk, VkResult result, const char *what);
/** Value of the submission that will contain what is recorded now. */
uint64_t pvg_vksync_current(struct pvg_vk *vk);

/** Call fn(vk, arg) once the GPU cannot use it any more. */
void pvg_vktrash_add(struct pvg_vk *vk, void (*fn)(struct pvg_vk *vk, void *arg), void *arg);
/** Destroy what is due. Not while a command is being recorded. */
void pvg_vktrash_collect(struct pvg_vk *vk);
/** Destroy everything; the GPU is idle. */
void pvg_vktrash_flush(struct pvg_vk *vk);
void pvg_vktrash_fini(struct pvg_vk *vk);

/* ring.c */
/** `align` is a power of two up to 256. @return false when out of memory or larger than a block. */
bool pvg_vkring_alloc(struct pvg_vk *vk, uint32_t size, uint32_t align, struct pvg_vkslice *out);
void pvg_vkring_fini(struct pvg_vk *vk);

/* heap.c */
bool pvg_vkheap_init(struct pvg_vk *vk, struct pvg_error *err);
void pvg_vkheap_fini(struct pvg_vk *vk);
/** Give the views consecutive indices. @return the first, or 0 (the neutral entry) when the heap is full. */
uint32_t pvg_vkheap_images(struct pvg_vk *vk, enum pvg_vkheap_kind kind, const VkImageView *views, uint32_t count);
uint32_t pvg_vkheap_image(struct pvg_vk *vk, enum pvg_vkheap_kind kind, VkImageView view);
uint32_t pvg_vkheap_sampler(struct pvg_vk *vk, VkSampler sampler);
/** Write a sampler to a given index; index 0 is the neutral one. */
void pvg_vkheap_sampler_at(struct pvg_vk *vk, uint32_t index, VkSampler sampler);
void pvg_vkheap_image_at(struct pvg_vk *vk, enum pvg_vkheap_kind kind, uint32_t index, VkImageView view);
void pvg_vkheap_texels_at(struct pvg_vk *vk, enum pvg_vkheap_kind kind, uint32_t index, VkBufferView view);
uint32_t pvg_vkheap_texels(struct pvg_vk *vk, enum pvg_vkheap_kind kind, VkBufferView view);
/** Index for a texture slot that nothing is bound to: reads give 0, writes vanish (spec 06 section 15.4). */
struct pvg_air_texture;
uint32_t pvg_vkheap_neutral(struct pvg_vk *vk, const struct pvg_air_texture *arg);
/** The GPU does not use it any more. */
void pvg_vkheap_free(struct pvg_vk *vk, enum pvg_vkheap_kind kind, uint32_t index);

#endif
