/* SPDX-License-Identifier: MIT */
/**
 * @file Registry of guest RAM: an immutable sorted map that a transaction replaces as a whole (spec 03 section 5, spec 09 section
 * 7.4).
 *
 * Readers: the worker reads the map freely, because a transaction parks the worker first. Every other thread holds the gate
 * (pvg_ram_enter/leave) while it looks up or uses a host pointer. The gate is only ever held for a short copy.
 *
 * Read-only regions (ROM) take part in overlap checks only. The device neither reads control structures out of them nor writes
 * them, so look-ups behave as if they were not RAM (spec 03 section 5.1).
 */
#ifndef PVG_CORE_RAM_H
#define PVG_CORE_RAM_H

#include <openpvg/memory.h>

#include <pthread.h>
#include <stdatomic.h>

struct pvg_ram_map {
    size_t count;
    struct pvg_ram_region regions[]; /**< Ascending, not overlapping; `fd` is the library's duplicate. */
};

struct pvg_ram {
    pthread_rwlock_t gate;
    struct pvg_ram_map *map;
    /* Transaction in progress; touched by the embedder's thread only. */
    bool open;
    struct pvg_ram_map *staged; /**< The map to be, NULL when there was no memory for it. */
    size_t staged_cap;
};

int pvg_ram_init(struct pvg_ram *ram);
void pvg_ram_fini(struct pvg_ram *ram);

/** Region that contains `gpa`, NULL if it is not writable RAM. */
const struct pvg_ram_region *pvg_ram_find(const struct pvg_ram *ram, uint64_t gpa);

/** Keep the map in place; for threads other than the worker. Not recursive. */
void pvg_ram_enter(struct pvg_device *dev);
void pvg_ram_leave(struct pvg_device *dev);

/** Naturally aligned word of guest memory, single-copy atomic, acquire. @return false outside RAM. */
bool pvg_gpa_load32(struct pvg_device *dev, uint64_t gpa, uint32_t *value);
/** Naturally aligned word, single-copy atomic, release. Does not report the page dirty. @return false outside RAM. */
bool pvg_gpa_store32(struct pvg_device *dev, uint64_t gpa, uint32_t value);

/** Tell the embedder that the device wrote [gpa, gpa+size). Deferred to the end of pvg_device_with_ram() when inside it. */
void pvg_ram_report_dirty(struct pvg_device *dev, uint64_t gpa, uint64_t size);

#endif
