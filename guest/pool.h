/* SPDX-License-Identifier: MIT */
/**
 * @file Page allocator over chunks of memory whose guest-physical addresses are known: what transports build their alloc() on.
 */
#ifndef PVG_GUEST_POOL_H
#define PVG_GUEST_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pvg_guest_chunk {
    uint8_t *cpu;
    uint64_t gpa;
    size_t pages;
    uint8_t *used; /**< One byte per page. */
};

struct pvg_guest_pool {
    uint32_t page_shift;
    struct pvg_guest_chunk *chunks;
    size_t chunk_count;
};

void pvg_guest_pool_init(struct pvg_guest_pool *p, uint32_t page_shift);
/** Add memory; parts outside page boundaries are not used. A chunk that continues the last one in both spaces is merged into it. */
bool pvg_guest_pool_add(struct pvg_guest_pool *p, void *cpu, uint64_t gpa, size_t size);
/** Zeroed pages in one piece, first fit. */
void *pvg_guest_pool_alloc(struct pvg_guest_pool *p, size_t pages, uint64_t *gpa);
void pvg_guest_pool_free(struct pvg_guest_pool *p, uint64_t gpa, size_t pages);
/** NULL for addresses outside the pool. */
void *pvg_guest_pool_cpu(const struct pvg_guest_pool *p, uint64_t gpa);
/** Pages handed out. */
size_t pvg_guest_pool_used(const struct pvg_guest_pool *p);
void pvg_guest_pool_fini(struct pvg_guest_pool *p);

#endif
