/* SPDX-License-Identifier: MIT */
/**
 * @file Ring of host-written memory for argument tables and inline bytes (spec 06 section 15.6). What was handed out stays
 * unchanged until the submission that reads it has completed.
 */
#include <stdlib.h>

#include "vulkan/vk.h"

#define BLOCK_BYTES (1u << 20)
/** Robust code reads a table where it may not read a buffer, also a little past the table's end. */
#define SLACK_BYTES 256u

static void block_destroy(struct pvg_vk *vk, struct pvg_vkring_block *b)
{
    vk->fn.DestroyBuffer(vk->dev, b->buffer, NULL);
    pvg_vkmem_free(vk, &b->mem);
    free(b);
}

static struct pvg_vkring_block *block_create(struct pvg_vk *vk)
{
    struct pvg_vkring_block *b = calloc(1, sizeof(*b));
    if (!b)
        return NULL;
    if (!pvg_vkmem_buffer(vk, BLOCK_BYTES + SLACK_BYTES, PVG_VKMEM_UPLOAD, &b->buffer, &b->mem, &b->address)) {
        free(b);
        return NULL;
    }
    return b;
}

/** Oldest retired block that the GPU has finished with. */
static struct pvg_vkring_block *block_reuse(struct pvg_vk *vk)
{
    struct pvg_vkring *ring = &vk->ring;
    struct pvg_vkring_block *b = ring->used;
    if (!b || !pvg_vksync_done(vk, b->value))
        return NULL;
    ring->used = b->next;
    if (!ring->used)
        ring->used_last = &ring->used;
    b->next = NULL;
    return b;
}

static bool next_block(struct pvg_vk *vk)
{
    struct pvg_vkring *ring = &vk->ring;
    if (!ring->used_last)
        ring->used_last = &ring->used;
    struct pvg_vkring_block *b = block_reuse(vk);
    if (!b)
        b = block_create(vk);
    if (!b)
        return false;
    if (ring->current) {
        ring->current->value = pvg_vksync_current(vk);
        *ring->used_last = ring->current;
        ring->used_last = &ring->current->next;
    }
    ring->current = b;
    ring->offset = 0;
    return true;
}

bool pvg_vkring_alloc(struct pvg_vk *vk, uint32_t size, uint32_t align, struct pvg_vkslice *out)
{
    struct pvg_vkring *ring = &vk->ring;
    if (size > BLOCK_BYTES)
        return false;
    uint32_t offset = (ring->offset + align - 1) & ~(align - 1);
    if (!ring->current || offset > BLOCK_BYTES || BLOCK_BYTES - offset < size) {
        if (!next_block(vk))
            return false;
        offset = 0;
    }
    ring->offset = offset + size;
    *out = (struct pvg_vkslice){
        .host = ring->current->mem.host + offset,
        .address = ring->current->address + offset,
        .buffer = ring->current->buffer,
        .offset = offset,
    };
    return true;
}

void pvg_vkring_fini(struct pvg_vk *vk)
{
    struct pvg_vkring *ring = &vk->ring;
    while (ring->used) {
        struct pvg_vkring_block *b = ring->used;
        ring->used = b->next;
        block_destroy(vk, b);
    }
    if (ring->current)
        block_destroy(vk, ring->current);
    ring->current = NULL;
}
