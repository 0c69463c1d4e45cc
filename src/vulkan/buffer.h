/* SPDX-License-Identifier: MIT */
/**
 * @file Buffers and where their bytes are (spec 03 section 10, spec 06 section 15.4).
 */
#ifndef PVG_VULKAN_BUFFER_H
#define PVG_VULKAN_BUFFER_H

#include "vulkan/vk.h"
#include "vulkan/writes.h"

/** How the bytes of a placement reach the GPU. */
enum pvg_vkplace_kind {
    PVG_VKPLACE_PRIVATE, /**< Device memory. */
    PVG_VKPLACE_SPAN,    /**< One run inside an imported RAM chunk. */
    PVG_VKPLACE_STITCH,  /**< Scattered pages mapped into one range and imported. */
    PVG_VKPLACE_GATHER,  /**< Device memory, copied from and to imported RAM chunks by the GPU. */
    PVG_VKPLACE_COPY,    /**< Device memory, copied from and to guest pages. */
    PVG_VKPLACE_DEAD,    /**< The RAM under it was removed: reads zeros, has no length. */
};

/** A run of a gathered placement: where its bytes are in an imported chunk. */
struct pvg_vkrun {
    VkBuffer chunk;
    VkBufferCopy region; /**< From the chunk to the placement's buffer. */
};

/** A placement: bytes as one GPU range. Replaced as a whole when pages change; work recorded earlier keeps the old one. */
struct pvg_vkplace {
    /* What draws look at, in one cache line. */
    enum pvg_vkplace_kind kind;
    bool writable;
    bool zeroed;             /**< PRIVATE: cleared before its first use. */
    uint64_t use_serial;     /**< Command that prepared it last. */
    uint64_t write_serial;   /**< Command whose write list holds it. */
    struct pvg_rspan *spans; /**< Merged, trimmed copies; NULL for private storage. */
    struct pvg_vkrange range;

    struct pvg_vkplace *next, **link; /**< vk->ram.places, for placements with guest pages. */
    uint64_t id;                      /**< Never reused. */
    VkBuffer buffer;
    uint64_t base;           /**< Offset of byte 0 in `buffer`. */
    VkDeviceAddress address; /**< Of byte 0. */
    uint64_t size;

    size_t span_count;
    uint32_t first_offset;

    struct pvg_vkmem mem;   /**< PRIVATE, GATHER, COPY. */
    struct pvg_vkrun *runs; /**< GATHER. */
    size_t run_count;
    VkDeviceMemory imported; /**< STITCH. */
    uint8_t *map;            /**< STITCH: own mapping. */
    uint64_t map_size;
    uint32_t map_runs;
    uint8_t *snapshot; /**< COPY: bytes as copied in, to find what the GPU changed. */

    uint64_t last_value; /**< COPY: newest submission that uses it. */
};

struct pvg_rbuf {
    struct pvg_vk *vk;
    uint32_t refs;
    struct pvg_vkplace *place; /**< Never NULL. */
    uint64_t size;
    uint64_t guest; /**< Address by which the guest's shaders know it, 0 = none. */
};

struct pvg_rbuf *pvg_vkbuffer_create(struct pvg_render *r, const struct pvg_rbuf_desc *desc);
bool pvg_vkbuffer_rebind(struct pvg_render *r, struct pvg_rbuf *buf, const struct pvg_rspan *spans, size_t span_count);
void pvg_vkbuffer_invalidate(struct pvg_render *r, struct pvg_rbuf *buf);
void pvg_vkbuffer_release(struct pvg_render *r, struct pvg_rbuf *buf);
struct pvg_rbuf *pvg_vkbuffer_ref(struct pvg_rbuf *buf);

/** @param spans NULL: private storage. */
struct pvg_vkplace *pvg_vkplace_create(struct pvg_vk *vk, const struct pvg_rspan *spans, size_t count, uint32_t first_offset,
                                       uint64_t size, bool writable);
/** The RAM under it goes: forget every address now; the GPU is idle. */
void pvg_vkplace_kill(struct pvg_vk *vk, struct pvg_vkplace *p);
/** Destroy once the GPU is done with it. */
void pvg_vkplace_release(struct pvg_vk *vk, struct pvg_vkplace *p);

/* ram.c */
void pvg_vkram_init(struct pvg_vk *vk);
void pvg_vkram_fini(struct pvg_vk *vk);
void pvg_vkram_add(struct pvg_render *r, const struct pvg_ram_region *region);
void pvg_vkram_remove(struct pvg_render *r, uint64_t gpa, uint64_t size);
/** Import what was announced since the last call. */
void pvg_vkram_sync(struct pvg_vk *vk);
/** Chunk that holds all of [host, host+size), or NULL. */
const struct pvg_vkchunk *pvg_vkram_find(const struct pvg_vk *vk, const uint8_t *host, uint64_t size);
/** Make host memory a buffer. `size` is a multiple of the import alignment. */
bool pvg_vkram_import(struct pvg_vk *vk, void *host, uint64_t size, VkDeviceMemory *memory, VkBuffer *buffer,
                      VkDeviceAddress *address);

#endif
