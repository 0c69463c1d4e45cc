/* SPDX-License-Identifier: MIT */
/**
 * @file Tasks: a GPU address space (page tables in guest RAM), an object list and the live objects (spec 03 section 2).
 *
 * Used by the device's worker thread only, unless a function says otherwise.
 */
#ifndef PVG_CORE_TASK_H
#define PVG_CORE_TASK_H

#include "render.h"

struct pvg_device;
struct pvg_objects;

/** A live task. */
struct pvg_task {
    struct pvg_device *dev;
    uint32_t id;
    bool kernel;                 /**< Task 0, owner of IOSurface backings. */
    uint64_t directory_gpa;      /**< Root of the page table. */
    uint64_t list_gva;           /**< Object list, 0 = none. */
    uint32_t list_count;         /**< Entries of the object list. */
    struct pvg_objects *objects; /**< Objects made from the list; owned, opaque to the core. */
};

/** Live task by plain id, NULL if there is none. */
struct pvg_task *pvg_task_find(struct pvg_device *dev, uint32_t id);

/** Iterate live tasks: pass NULL first. */
struct pvg_task *pvg_task_next(struct pvg_device *dev, const struct pvg_task *after);

/** Copy guest bytes out of the task's address space. @return false if any byte is unmapped or outside RAM (buf undefined). */
bool pvg_task_read(struct pvg_task *task, uint64_t gva, void *buf, size_t len);

/** Copy bytes into the task's address space, reporting them dirty. @return false if any page is unmapped or read-only. */
bool pvg_task_write(struct pvg_task *task, uint64_t gva, const void *buf, size_t len);

/**
 * Translate [gva, gva+len) into coalesced runs of whole pages: the first span starts at the page that contains `gva`. Holes become
 * spans with host == NULL when `allow_holes`. `*spans` is malloc'ed by the callee (free()). @return false on a hole (unless
 * allowed), a hostile table, an empty or absurdly long range, or no memory.
 */
bool pvg_task_spans(struct pvg_task *task, uint64_t gva, uint64_t len, bool allow_holes, struct pvg_rspan **spans, size_t *count);

/**
 * Do runs of pages contain device control memory: root page, root FIFO, mapper ring, child rings, task directories? Such a surface
 * must be refused (spec 03 section 5.2). @return true with the start of the offending run in `*hit`.
 */
bool pvg_device_control_overlap(struct pvg_device *dev, const struct pvg_rspan *spans, size_t count, uint64_t *hit);

/** As pvg_task_spans() for a list of guest-physical page numbers (IOSurface mapper). */
bool pvg_gpa_spans(struct pvg_device *dev, const uint64_t *page_gpas, size_t pages, struct pvg_rspan **spans, size_t *count);

/** Page shift of the device (12 or 14). */
uint32_t pvg_device_page_shift(const struct pvg_device *dev);

/** Guest-physical access for the worker. @return false outside RAM. */
bool pvg_gpa_read(struct pvg_device *dev, uint64_t gpa, void *buf, size_t len);
bool pvg_gpa_write(struct pvg_device *dev, uint64_t gpa, const void *buf, size_t len);

/** The device's renderer, log and counters, for the layers above the core. */
struct pvg_render *pvg_device_render(struct pvg_device *dev);
struct pvg_log *pvg_device_log(struct pvg_device *dev);

#endif
