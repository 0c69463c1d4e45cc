/* SPDX-License-Identifier: MIT */
/**
 * @file IOSurface mapper window of the platform variant (spec 01 section 4, spec 03 section 7).
 *
 * Requests are taken from the ring on the vCPU that publishes them, because only there the register hand-off exists. What they mean
 * is queued and applied by the worker before the next packet.
 */
#ifndef PVG_CORE_IOSFC_H
#define PVG_CORE_IOSFC_H

#include <openpvg/device.h>

#include "util/u32map.h"

#include <pthread.h>
#include <stdatomic.h>

struct pvg_iosfc_request;
struct pvg_iosfc_handoff;

struct pvg_iosfc {
    _Atomic uint64_t ring, desc_table;
    _Atomic uint32_t capacity, producer, consumer;

    _Atomic uint32_t stores; /**< vCPUs inside a MAP_PROD store: the tick must not take their entries. */
    _Atomic bool queued;     /**< `head` is not NULL. */
    pthread_mutex_t lock;    /**< Ring walk and queue. Never held while calling the embedder. */
    struct pvg_iosfc_request *head, **tail;
    uint64_t queued_pages;
    struct pvg_iosfc_handoff *handoff; /**< Of an entry that a batch limit left in the ring. */
    struct pvg_u32map live;            /**< Mapping ids that are mapped; worker only. */
};

int pvg_iosfc_init(struct pvg_device *dev);
void pvg_iosfc_fini(struct pvg_device *dev);
uint64_t pvg_iosfc_read(struct pvg_device *dev, uint64_t offset, unsigned size);
void pvg_iosfc_write(struct pvg_device *dev, uint64_t offset, uint64_t value, unsigned size);

/** Is the ring behind? Any thread. */
bool pvg_iosfc_lags(struct pvg_device *dev);
/** Rescue tick: take requests that no store is taking. Worker. */
void pvg_iosfc_poll(struct pvg_device *dev);
/** Hand queued requests to the surfaces. Worker, before each packet; one atomic load when there is nothing. */
void pvg_iosfc_apply(struct pvg_device *dev);
/** Device reset, with the worker parked. */
void pvg_iosfc_clear(struct pvg_device *dev);

#endif
