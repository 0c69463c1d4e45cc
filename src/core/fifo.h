/* SPDX-License-Identifier: MIT */
/**
 * @file FIFOs: root and child rings, service of their packets, holds (spec 02 sections 2, 3, 4 and 11).
 *
 * Worker thread only.
 */
#ifndef PVG_CORE_FIFO_H
#define PVG_CORE_FIFO_H

#include "core/stamps.h"
#include "wire/packet.h"

struct pvg_fifo {
    uint32_t id;    /**< 0 root, else channel. */
    bool servicing; /**< A packet of this FIFO is being executed: no re-entry. */
    bool broken;    /**< The head could not be written back: not served until defined, freed or reset. */

    /* Child: cached ring page list. */
    uint32_t list_pfn;
    uint32_t *pages; /**< PFNs. */
    uint32_t page_count;

    uint8_t *buffer; /**< Private copy of the packet at the head. */
    size_t buffer_size;

    bool owes; /**< `owed` is a stamp that is not published yet. */
    uint32_t owed_run;
    struct pvg_stamp owed;

    /* Last fault that was logged, so that a stuck FIFO is reported once. */
    bool fault_logged;
    uint32_t fault_kind, fault_position;
};

/** A FIFO as found at one moment: where its bytes are and which are published. */
struct pvg_fifo_view {
    struct pvg_device *dev;
    struct pvg_fifo *fifo;
    struct pvg_ring ring;
    uint64_t gpa;  /**< Root: ring bytes. Child: register block. */
    uint32_t head; /**< First byte not consumed. */
    uint32_t tail; /**< End of what is published. */
    uint32_t slot; /**< Stamp slot index. */
};

/** How a look at a FIFO ended. */
enum pvg_fifo_open { PVG_FIFO_READY, PVG_FIFO_ABSENT, PVG_FIFO_UNREADABLE };

/** root_ring.c, child_ring.c */
enum pvg_fifo_open pvg_root_ring_open(struct pvg_device *dev, struct pvg_fifo *fifo, struct pvg_fifo_view *view);
enum pvg_fifo_open pvg_child_ring_open(struct pvg_device *dev, struct pvg_fifo *fifo, struct pvg_fifo_view *view);
/** Publish the consumer position. @return false if that is impossible. */
bool pvg_root_ring_advance(struct pvg_fifo_view *view, uint32_t head);
bool pvg_child_ring_advance(struct pvg_fifo_view *view, uint32_t head);
/** Drop the cached page list. */
void pvg_child_ring_forget(struct pvg_fifo *fifo);

/** Execute what is published in the FIFOs of `pending`, root first, then retry held ones. */
void pvg_fifos_pass(struct pvg_device *dev, uint32_t pending, bool retry);
/** Before a present: every FIFO but `fifo` once, children first (spec 04 section 4.4 step 2). */
void pvg_fifos_service_others(struct pvg_device *dev, uint32_t fifo);

/** 0x30 and 0x31. */
void pvg_fifo_define(struct pvg_device *dev, uint32_t id);
void pvg_fifo_free(struct pvg_device *dev, uint32_t id);

/** Device reset and destruction. */
void pvg_fifos_clear(struct pvg_device *dev);

#endif
