/* SPDX-License-Identifier: MIT */
/** @file Structures that the files of the guest library share. */
#ifndef PVG_GUEST_INTERNAL_H
#define PVG_GUEST_INTERNAL_H

#include "guest/pvg_guest.h"
#include "wire/devinfo.h"
#include "wire/iosfc.h"

#include <stdio.h>
#include <stdlib.h>

/** One FIFO as its producer sees it. */
struct pvg_guest_fifo {
    bool defined;
    uint32_t slot, stamp;     /**< Stamp slot and last value given out. */
    uint32_t prod, published; /**< Byte counters: written, told to the device. */
    uint8_t *block;           /**< Child register block; NULL for the root FIFO. */
    uint64_t *pages;          /**< Ring page addresses (children). */
    uint32_t page_count;
    uint64_t list_gpa;
    struct pvg_ring ring;
    struct pvg_guest *g;
};

struct pvg_guest {
    struct pvg_guest_transport t;
    struct pvg_guest_config config;
    struct pvg_guest_stats stats;
    char error[256];
    uint32_t version, pipes;
    uint64_t fifo_gpa, root_page_gpa, info_gpa;
    uint8_t *stamps;
    struct pvg_guest_fifo fifo[PVG_GUEST_CHANNELS];
    uint32_t info[PVG_KEY_COUNT];
    struct pvg_guest_display *displays[8];
    struct pvg_guest_task *kernel;
    struct pvg_guest_task *tasks; /**< All live tasks. */
    /* Mapper rail. */
    uint64_t map_ring_gpa;
    uint8_t *map_ring;
    uint64_t map_device_gpa;
    uint8_t *map_device; /**< Stands for the driver's mapper object: only its address matters. */
    uint32_t map_prod, map_capacity;
    uint8_t *scratch; /**< Packet under construction. */
    size_t scratch_cap;
};

struct pvg_guest_task {
    struct pvg_guest *g;
    struct pvg_guest_task *next;
    uint32_t id;
    bool kernel, defined;
    struct pvg_pt_builder pt;
    struct pvg_guest_mem **mems;
    size_t mem_count;
    uint64_t next_gva;
    uint32_t next_ref;
    struct pvg_guest_mem *list;        /**< First pages of the object list. */
    struct pvg_guest_mem *descriptors; /**< Default place of descriptors. */
    uint64_t descriptor_used;
};

struct pvg_guest_display {
    struct pvg_guest *g;
    uint32_t pipe;
    uint64_t gpa;
    uint8_t *page;
    uint32_t events; /**< Claimed and not yet consumed. */
    struct pvg_w_display_desc desc;
};

/** Store the sentence. @return false, for `return pvg_guest_fail(...)`. */
bool pvg_guest_fail(struct pvg_guest *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static inline size_t pvg_guest_page(const struct pvg_guest *g)
{
    return (size_t)1 << g->t.page_shift;
}

static inline uint32_t pvg_guest_r32(struct pvg_guest *g, uint32_t off)
{
    return g->t.read32(g->t.opaque, PVG_GUEST_GFX, off);
}

static inline void pvg_guest_w32(struct pvg_guest *g, uint32_t off, uint32_t v)
{
    g->t.write32(g->t.opaque, PVG_GUEST_GFX, off, v);
}

/** Words that the device changes under the guest. */
static inline uint32_t pvg_guest_load(const uint8_t *p)
{
    return __atomic_load_n((const uint32_t *)(const void *)p, __ATOMIC_ACQUIRE);
}

static inline void pvg_guest_store(uint8_t *p, uint32_t v)
{
    __atomic_store_n((uint32_t *)(void *)p, v, __ATOMIC_RELEASE);
}

/** device.c */
void pvg_guest_fifo_fini(struct pvg_guest *g, uint32_t channel);
/** Deadline that wait loops share. */
uint64_t pvg_guest_deadline(struct pvg_guest *g);
/** display.c: what the interrupt handler does for a display bit. */
void pvg_guest_display_interrupt(struct pvg_guest_display *d);
/** task.c: pages without a GPU address (platform surfaces). */
struct pvg_guest_mem *pvg_guest_mem_alloc(struct pvg_guest *g, const char *what, uint64_t size, size_t granule);
void pvg_guest_mem_free(struct pvg_guest *g, struct pvg_guest_mem *mem);

#endif
