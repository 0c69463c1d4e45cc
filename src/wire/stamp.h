/* SPDX-License-Identifier: MIT */
/**
 * @file Stamp slots, and where FIFO state lives in guest memory: stamp page, root page, child register blocks, ring page lists
 * (spec 01 section 6, spec 02 sections 2, 3 and 5).
 */
#ifndef PVG_WIRE_STAMP_H
#define PVG_WIRE_STAMP_H

#include "wire/wire.h"

/** Page shifts of the two guest kinds; no other value exists (spec 03 section 3.1). */
#define PVG_PAGE_SHIFT_X86   12u
#define PVG_PAGE_SHIFT_ARM64 14u

static inline bool pvg_page_shift_ok(uint32_t shift)
{
    return shift == PVG_PAGE_SHIFT_X86 || shift == PVG_PAGE_SHIFT_ARM64;
}

/** Guest-physical address of a page frame. */
static inline uint64_t pvg_pfn_gpa(uint32_t pfn, uint32_t shift)
{
    return (uint64_t)pfn << shift;
}

/** Has `current` reached `want`, in signed-wrap order (spec 02 section 5.2)? */
static inline bool pvg_stamp_reached(uint32_t current, uint32_t want)
{
    return (int32_t)(current - want) >= 0;
}

/** The later of two stamps of one FIFO. */
static inline uint32_t pvg_stamp_later(uint32_t a, uint32_t b)
{
    return pvg_stamp_reached(a, b) ? a : b;
}

/** Slots in the stamp page: 1024 or 4096. */
static inline uint32_t pvg_stamp_slot_count(uint32_t shift)
{
    return 1u << (shift - 2);
}

/**
 * Address of slot `index` (only its low 16 bits count).
 * @return false when there is no stamp page (`fifo_pfn` 0) or no such slot: nothing may be stored then.
 */
static inline bool pvg_stamp_slot_gpa(uint32_t fifo_pfn, uint32_t shift, uint32_t index, uint64_t *gpa)
{
    index &= 0xffff;
    if (fifo_pfn == 0 || index >= pvg_stamp_slot_count(shift))
        return false;
    *gpa = pvg_pfn_gpa(fifo_pfn, shift) + 4ull * index;
    return true;
}

/** Geometry of the root ring. */
struct pvg_root_ring {
    uint64_t gpa;  /**< First byte of packet data. */
    uint32_t size; /**< Bytes; not necessarily a power of two. */
};

/** Root ring out of its three registers (spec 02 section 2.2). @return false when it is not programmed. */
static inline bool pvg_root_ring_geometry(uint32_t fifo_pfn, uint32_t size, uint32_t offset, uint32_t shift,
                                          struct pvg_root_ring *out)
{
    uint32_t n = size > offset ? size - offset : size;
    if (fifo_pfn == 0 || n == 0)
        return false;
    *out = (struct pvg_root_ring){.gpa = pvg_pfn_gpa(fifo_pfn, shift) + offset, .size = n};
    return true;
}

/** Channel ids that the device serves: 1..31 (spec 02 section 3.4); guests use 1..12. */
#define PVG_CHANNEL_MAX 31u
/** Well-known channels. */
#define PVG_CHANNEL_ROOT      0u
#define PVG_CHANNEL_EXEC      1u
#define PVG_CHANNEL_IMMEDIATE 2u
#define PVG_CHANNEL_UPLOADS   3u
#define PVG_CHANNEL_DOWNLOADS 4u
#define PVG_CHANNEL_DISPLAY0  5u /**< Display pipe p is channel 5 + p. */

/** Child register block inside the root page (spec 02 section 3.1). */
#define PVG_CHILD_BLOCKS_OFFSET 0x400u
#define PVG_CHILD_BLOCK_SIZE    0x14u
#define PVG_CHILD_TAIL          0x00u /**< u32, guest: producer byte counter. */
#define PVG_CHILD_HEAD          0x04u /**< u32, device: consumer byte counter. */
#define PVG_CHILD_CONTROL       0x08u /**< u32, unknown. */
#define PVG_CHILD_STAMP_INDEX   0x0cu /**< u32, guest: low 16 bits are the FIFO's stamp slot. */
#define PVG_CHILD_RING_LIST_PFN 0x10u /**< u32, guest: page that lists the ring's pages; 0 = not published yet. */

/** @return false if channel `ch` has no block in a root page of this size. */
static inline bool pvg_child_block_gpa(uint32_t root_pfn, uint32_t shift, uint32_t ch, uint64_t *gpa)
{
    uint32_t page = 1u << shift;
    if (root_pfn == 0 || ch == 0 || ch > (page - PVG_CHILD_BLOCKS_OFFSET) / PVG_CHILD_BLOCK_SIZE)
        return false;
    *gpa = pvg_pfn_gpa(root_pfn, shift) + PVG_CHILD_BLOCKS_OFFSET + (uint64_t)(ch - 1) * PVG_CHILD_BLOCK_SIZE;
    return true;
}

/** A child register block. */
struct pvg_w_child_block {
    uint32_t tail, head, control;
    uint32_t stamp_index; /**< As stored; mask with 0xffff to use. */
    uint32_t ring_list_pfn;
};

static inline bool pvg_w_child_block_decode(const uint8_t *p, size_t n, struct pvg_w_child_block *out)
{
    if (n < PVG_CHILD_BLOCK_SIZE)
        return false;
    *out = (struct pvg_w_child_block){
        .tail = pvg_ld32(p + PVG_CHILD_TAIL),
        .head = pvg_ld32(p + PVG_CHILD_HEAD),
        .control = pvg_ld32(p + PVG_CHILD_CONTROL),
        .stamp_index = pvg_ld32(p + PVG_CHILD_STAMP_INDEX),
        .ring_list_pfn = pvg_ld32(p + PVG_CHILD_RING_LIST_PFN),
    };
    return true;
}

static inline size_t pvg_w_child_block_encode(uint8_t *dst, size_t cap, const struct pvg_w_child_block *in)
{
    if (cap < PVG_CHILD_BLOCK_SIZE)
        return 0;
    pvg_st32(dst + PVG_CHILD_TAIL, in->tail);
    pvg_st32(dst + PVG_CHILD_HEAD, in->head);
    pvg_st32(dst + PVG_CHILD_CONTROL, in->control);
    pvg_st32(dst + PVG_CHILD_STAMP_INDEX, in->stamp_index);
    pvg_st32(dst + PVG_CHILD_RING_LIST_PFN, in->ring_list_pfn);
    return PVG_CHILD_BLOCK_SIZE;
}

/** Most pages a ring page list can name: one page of u32. */
static inline uint32_t pvg_ring_list_max(uint32_t shift)
{
    return 1u << (shift - 2);
}

/** Entries of a ring page list (spec 02 section 3.2): up to the first 0 or the end of the list page. */
static inline uint32_t pvg_ring_list_count(const uint8_t *list_page, size_t n, uint32_t shift)
{
    uint32_t max = pvg_ring_list_max(shift), i = 0;
    while (i < max && pvg_range_ok(4ull * i, 4, n) && pvg_ld32(list_page + 4ull * i) != 0)
        i++;
    return i;
}

#endif
