/* SPDX-License-Identifier: MIT */
/**
 * @file GPU page tables of tasks: format, walk, spans, builder (spec 03 section 3).
 *
 * A node is one guest page of u32 entries. Table pages are guest RAM that vCPUs change at any time, so results are checked by the
 * user of the address (is it RAM?), never assumed to agree between two walks.
 */
#ifndef PVG_WIRE_PAGETABLE_H
#define PVG_WIRE_PAGETABLE_H

#include "wire/stamp.h"

#define PVG_PTE_PFN_MASK 0x7fffffffu
#define PVG_PTE_FLAG     0x80000000u /**< Meaning unknown; masked off, never refused. */

#define PVG_DIRECTORY_ROOT  0x00u /**< u32 root page PFN. */
#define PVG_DIRECTORY_DEPTH 0x04u /**< u32 levels. */
#define PVG_DIRECTORY_SIZE  0x08u
#define PVG_PT_DEPTH_USUAL  3u
#define PVG_PT_DEPTH_MAX    4u

enum pvg_pte_class {
    PVG_PTE_PRESENT,
    PVG_PTE_ABSENT,  /**< Raw 0, the only encoding of "not present". */
    PVG_PTE_CORRUPT, /**< Frame 0 with other bits: no working guest writes it. */
};

static inline enum pvg_pte_class pvg_pte_classify(uint32_t raw)
{
    if (raw & PVG_PTE_PFN_MASK)
        return PVG_PTE_PRESENT;
    return raw ? PVG_PTE_CORRUPT : PVG_PTE_ABSENT;
}

static inline uint32_t pvg_pte_pfn(uint32_t raw)
{
    return raw & PVG_PTE_PFN_MASK;
}

/** Index bits per level: 10 or 12. */
static inline uint32_t pvg_pt_level_bits(uint32_t shift)
{
    return shift - 2;
}

/** Index of `gva` in the node at `level` (0 = root) of a tree of `depth` levels. Bits above the reach are discarded. */
static inline uint32_t pvg_pt_index(uint64_t gva, uint32_t shift, uint32_t depth, uint32_t level)
{
    uint32_t bits = pvg_pt_level_bits(shift);
    uint32_t down = (depth - 1 - level) * bits + shift;
    return down >= 64 ? 0 : (uint32_t)(gva >> down) & ((1u << bits) - 1);
}

/** Bits of GVA that a tree distinguishes; 42 for x86 at depth 3. */
static inline uint32_t pvg_pt_reach_bits(uint32_t shift, uint32_t depth)
{
    return shift + depth * pvg_pt_level_bits(shift);
}

/** Refusal classes of spec 03 section 3.5 that a walk can find. */
enum pvg_walk {
    PVG_WALK_OK,
    PVG_WALK_NO_DIRECTORY,         /**< Directory PFN 0. */
    PVG_WALK_DIRECTORY_UNREADABLE, /**< Directory page outside RAM. */
    PVG_WALK_BAD_ROOT,             /**< Root PFN 0. */
    PVG_WALK_BAD_DEPTH,            /**< Depth 0 or above 4. */
    PVG_WALK_TABLE_UNREADABLE,     /**< Node outside RAM. */
    PVG_WALK_NOT_PRESENT,          /**< Not (or no longer) mapped; may succeed later. */
    PVG_WALK_CORRUPT,              /**< Entry 0x80000000. */
};

const char *pvg_walk_name(enum pvg_walk w);

/**
 * Reads one naturally aligned u32 of guest-physical memory, single-copy atomic. @return false outside RAM.
 */
typedef bool (*pvg_pt_read32)(void *opaque, uint64_t gpa, uint32_t *out);

/** What failed, for the log line. */
struct pvg_walk_fault {
    uint32_t level, index;
    uint32_t raw; /**< Entry, root word or depth that was refused. */
};

/**
 * A walker over one directory. The root record is read once, by pvg_pt_open(); do not keep a walker across packets. It remembers
 * the node of each level, so that consecutive pages cost one read.
 */
struct pvg_pt_walker {
    pvg_pt_read32 read;
    void *opaque;
    uint32_t shift;
    uint32_t depth;
    uint32_t node[PVG_PT_DEPTH_MAX]; /**< Frame of the node at each level; node[0] is the unmasked root word. */
    uint32_t prefix_valid;           /**< Levels whose node is known for `last_page`. */
    uint64_t last_page;              /**< Page index of the last translation. */
    struct pvg_walk_fault fault;     /**< Of the last failure. */
};

enum pvg_walk pvg_pt_open(struct pvg_pt_walker *w, pvg_pt_read32 read, void *opaque, uint32_t shift, uint64_t directory_gpa);

/** Guest-physical address of `gva`. On failure nothing is cached any more and `w->fault` says where. */
enum pvg_walk pvg_pt_walk(struct pvg_pt_walker *w, uint64_t gva, uint64_t *gpa);

/** One translation with a fresh walker. */
enum pvg_walk pvg_pt_translate(pvg_pt_read32 read, void *opaque, uint32_t shift, uint64_t directory_gpa, uint64_t gva,
                               uint64_t *gpa);

/** Pages touched by [addr, addr+len): 0 for an empty range. @return false if the range wraps. */
bool pvg_span_pages(uint64_t addr, uint64_t len, uint32_t shift, uint64_t *pages);

/** Iteration over the parts of a byte range that lie in one page each (spec 03 section 3.6). */
struct pvg_span_iter {
    uint64_t addr; /**< Of the next part. */
    uint64_t left; /**< Bytes not yet returned. */
    uint32_t shift;
};
/** @return false if [addr, addr+len) wraps. */
bool pvg_span_begin(struct pvg_span_iter *it, uint64_t addr, uint64_t len, uint32_t shift);
/** Next part; @return false at the end. */
static inline bool pvg_span_next(struct pvg_span_iter *it, uint64_t *addr, uint64_t *len)
{
    uint64_t page = 1ull << it->shift, room = page - (it->addr & (page - 1));
    if (it->left == 0)
        return false;
    *addr = it->addr;
    *len = it->left < room ? it->left : room;
    it->addr += *len;
    it->left -= *len;
    return true;
}

/**
 * Builder: the guest's side of a tree. Memory comes from the caller; nothing here is used by the device.
 */
struct pvg_pt_pages {
    /** A zeroed page. @return NULL when there is none; else its address and, in *pfn, its frame (never 0). */
    void *(*alloc)(void *opaque, uint32_t *pfn);
    /** Give a page back; NULL: keep it. */
    void (*free)(void *opaque, uint32_t pfn);
    /** Address of a page that alloc() returned. */
    void *(*at)(void *opaque, uint32_t pfn);
    void *opaque;
};

struct pvg_pt_builder {
    struct pvg_pt_pages pages;
    uint32_t shift, depth;
    uint32_t directory_pfn, root_pfn;
};

/** Write the directory and an empty root. @return false without memory or for an impossible shift or depth. */
bool pvg_pt_builder_init(struct pvg_pt_builder *b, const struct pvg_pt_pages *pages, uint32_t shift, uint32_t depth);
/** Map one page; `flags` is 0 or PVG_PTE_FLAG. @return false if it is mapped already, `pfn` is 0 or above 31 bits, or no memory. */
bool pvg_pt_builder_map(struct pvg_pt_builder *b, uint64_t gva, uint32_t pfn, uint32_t flags);
/** Clear one page's entry and collapse nodes that became empty. @return its PFN, 0 if it was not mapped. */
uint32_t pvg_pt_builder_unmap(struct pvg_pt_builder *b, uint64_t gva);
/** PFN behind a page, 0 if unmapped. */
uint32_t pvg_pt_builder_lookup(const struct pvg_pt_builder *b, uint64_t gva);
/** Give all nodes and the directory back. */
void pvg_pt_builder_fini(struct pvg_pt_builder *b);

#endif
