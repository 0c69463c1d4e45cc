/* SPDX-License-Identifier: MIT */
/**
 * @file Which barrier a piece of work needs, decided per resource (spec 06 section 15.7, D9). No Vulkan in here.
 *
 * Work is cut into scopes, numbered in submission order: a rendering, a dispatch, a copy. What a scope touches is noted in the
 * state of each resource and compared with what earlier scopes did there; what it has to wait for adds up to one barrier in
 * front of it. A resource that was touched in the open scope before costs one comparison.
 *
 * `ordered` says for each pair of uses up to which scope barriers have ordered the one before the other. That is all that has to be
 * remembered about barriers: an earlier access in scope i is ordered before a later one if and only if that number is above i.
 */
#ifndef PVG_VULKAN_HAZARD_H
#define PVG_VULKAN_HAZARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** How work touches a resource: one bit per pair of pipeline stage and access. */
enum pvg_vkuse {
    PVG_VKUSE_INDIRECT = 1u << 0,
    PVG_VKUSE_INDEX = 1u << 1,
    PVG_VKUSE_VERTEX = 1u << 2, /**< Fixed-function fetch. */
    PVG_VKUSE_GEOMETRY_READ = 1u << 3,
    PVG_VKUSE_FRAGMENT_READ = 1u << 4,
    PVG_VKUSE_COMPUTE_READ = 1u << 5,
    PVG_VKUSE_TRANSFER_READ = 1u << 6,
    /* What writes; shaders and attachments may also read by them. */
    PVG_VKUSE_GEOMETRY_WRITE = 1u << 7,
    PVG_VKUSE_FRAGMENT_WRITE = 1u << 8,
    PVG_VKUSE_COMPUTE_WRITE = 1u << 9,
    PVG_VKUSE_TRANSFER_WRITE = 1u << 10,
    PVG_VKUSE_COLOR = 1u << 11, /**< Attachment or resolve target. */
    PVG_VKUSE_DEPTH = 1u << 12,
};

#define PVG_VKUSES       13
#define PVG_VKUSE_WRITES 0x1f80u
#define PVG_VKUSE_ALL    0x1fffu
/** Everything that draws may do to memory. */
#define PVG_VKUSE_DRAW_READS                                                                                                       \
    (PVG_VKUSE_INDIRECT | PVG_VKUSE_INDEX | PVG_VKUSE_VERTEX | PVG_VKUSE_GEOMETRY_READ | PVG_VKUSE_FRAGMENT_READ)
#define PVG_VKUSE_DRAW_WRITES (PVG_VKUSE_GEOMETRY_WRITE | PVG_VKUSE_FRAGMENT_WRITE)

/** What happened to a resource since it was last written. All zeros: nothing. */
struct pvg_vkhazard {
    uint64_t scope;         /**< Newest scope that touched it, */
    uint16_t now;           /**< and how. */
    uint16_t writes, reads; /**< Before that: uses of the last scope that wrote, and of all that read since, */
    uint64_t wrote, read;   /**< that scope, and the last of those. */
};

/** Guest pages are told apart by hash: objects over the same pages are the same resource. */
#define PVG_VKHAZARD_CELLS 4096u
#define PVG_VKHAZARD_SHIFT 12u
/** Cells of one placement; one that has more counts as all of guest memory. */
#define PVG_VKHAZARD_SPREAD 64u

/** Bytes of a buffer, which may share guest pages with others. */
struct pvg_vkrange {
    struct pvg_vkhazard own;
    uint16_t cell[PVG_VKHAZARD_SPREAD];
    uint8_t cells;
    bool wide; /**< More cells than fit: none are listed. */
};

/** Newest scope of every use, and the newest before the open one. */
struct pvg_vklast {
    uint64_t scope[PVG_VKUSES], before[PVG_VKUSES];
};

struct pvg_vkhazards {
    bool all;       /**< Order every scope behind everything before it. */
    uint64_t scope; /**< The open one. */
    uint64_t taken; /**< The one whose barrier was taken last. */
    uint64_t full;  /**< Scopes below it are ordered before all that follows. */
    uint64_t ordered[PVG_VKUSES][PVG_VKUSES];
    uint16_t from, to;           /**< The barrier that the open scope needs. */
    struct pvg_vkhazard unknown; /**< Work that may touch anything. */
    struct pvg_vkhazard wide;    /**< Ranges that may lie anywhere in guest memory. */
    struct pvg_vklast any, guest;
    struct pvg_vkhazard cells[PVG_VKHAZARD_CELLS];
};

void pvg_vkhazards_init(struct pvg_vkhazards *t, bool all);

/** A new scope. What was not taken for the last one goes on to be needed. */
void pvg_vkhazards_begin(struct pvg_vkhazards *t);

void pvg_vkhazard_touch_slow(struct pvg_vkhazards *t, struct pvg_vkhazard *h, uint32_t uses);
/** The open scope uses the resource so. */
static inline void pvg_vkhazard_touch(struct pvg_vkhazards *t, struct pvg_vkhazard *h, uint32_t uses)
{
    if (h->scope != t->scope || (uses & ~h->now))
        pvg_vkhazard_touch_slow(t, h, uses);
}

void pvg_vkrange_touch_slow(struct pvg_vkhazards *t, struct pvg_vkrange *r, uint32_t uses);
static inline void pvg_vkrange_touch(struct pvg_vkhazards *t, struct pvg_vkrange *r, uint32_t uses)
{
    if (r->own.scope != t->scope || (uses & ~r->own.now))
        pvg_vkrange_touch_slow(t, r, uses);
}

/** The range includes guest pages at this host address. */
void pvg_vkrange_add(struct pvg_vkrange *r, uintptr_t address, uint64_t size);

/** The open scope may use any resource so. */
void pvg_vkhazards_touch_any(struct pvg_vkhazards *t, uint32_t uses);

enum pvg_vkneed {
    PVG_VKNEED_NOTHING, /**< Nothing came before, or nothing since the scope was asked for last. */
    PVG_VKNEED_NONE,    /**< Nothing that came before matters. */
    PVG_VKNEED_SOME,    /**< A barrier from and to the uses given. */
    PVG_VKNEED_FULL,
};

/**
 * What has to stand before the open scope's accesses so far. The caller records it: in front of the scope, or in front of what
 * the scope records next if everything that was recorded in it had taken its own before.
 */
enum pvg_vkneed pvg_vkhazards_take(struct pvg_vkhazards *t, uint16_t *from, uint16_t *to);

/** The caller has put a barrier for everything in front of the open scope. */
void pvg_vkhazards_full(struct pvg_vkhazards *t);
/** Has anything been recorded since the last barrier for everything? */
static inline bool pvg_vkhazards_pending(const struct pvg_vkhazards *t)
{
    return t->scope > t->full;
}

/** Barriers that were promised may never run: nothing counts as ordered any more. */
void pvg_vkhazards_forget(struct pvg_vkhazards *t);

#endif
