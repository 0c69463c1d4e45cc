/* SPDX-License-Identifier: MIT */
/**
 * @file Completion stamps: publication when the renderer is done, waits, order (spec 02 section 5).
 */
#ifndef PVG_CORE_STAMPS_H
#define PVG_CORE_STAMPS_H

#include "render.h"

#include <pthread.h>
#include <stdatomic.h>

/** FIFOs that the device serves: root and children 1..31. */
enum { PVG_FIFO_COUNT = 32 };

/** Where and what one packet publishes. The address is fixed when the packet is accepted (spec 02 section 5.1). */
struct pvg_stamp {
    uint32_t fifo;
    bool has_slot;     /**< False: nothing is stored and nothing is signalled. */
    uint32_t slot;     /**< Index, for the status bit. */
    uint64_t slot_gpa; /**< Address of the word. */
    uint32_t value;
    uint64_t sequence; /**< Acceptance order within the FIFO. */
};

struct pvg_stamp_job;

struct pvg_stamps {
    pthread_mutex_t lock; /**< Order of stores of one FIFO; free list. Leaf lock, held for a store. */
    struct pvg_stamp_job *free;
    uint64_t published[PVG_FIFO_COUNT]; /**< Sequence of the newest stored stamp. */
    uint64_t accepted[PVG_FIFO_COUNT];  /**< Sequence of the newest accepted packet; worker only. */
    _Atomic uint32_t pending;           /**< Completions handed to the renderer and not yet delivered. */
    _Atomic uint32_t epoch;             /**< Life of the device; completions of an older one publish nothing. */
};

int pvg_stamps_init(struct pvg_stamps *s);
void pvg_stamps_fini(struct pvg_stamps *s);

/** Describe the stamp of a packet that is being accepted. Worker. */
struct pvg_stamp pvg_stamp_accept(struct pvg_device *dev, uint32_t fifo, uint32_t slot, uint32_t value);
/** Submit `cmd` and publish `stamp` when its work is done. Worker. */
void pvg_stamp_submit(struct pvg_device *dev, struct pvg_rcmd *cmd, const struct pvg_stamp *stamp);
/** Publish `stamp` behind everything submitted so far, at once when nothing is. Worker. */
void pvg_stamp_publish(struct pvg_device *dev, const struct pvg_stamp *stamp);

/** What a packet's wait records say. */
enum pvg_wait_state { PVG_WAIT_MET, PVG_WAIT_UNMET, PVG_WAIT_UNDECIDABLE };
struct pvg_w_packet;
/** Evaluate all waits of a packet on `fifo`, whose own slot is `own_slot`. Worker. */
enum pvg_wait_state pvg_stamp_waits(struct pvg_device *dev, uint32_t own_slot, const struct pvg_w_packet *packet);

/** Wait until every completion was delivered. @return false after `timeout_ms`. Not on library threads. */
bool pvg_stamps_drain(struct pvg_device *dev, uint32_t timeout_ms);

#endif
