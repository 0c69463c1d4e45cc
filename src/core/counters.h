/* SPDX-License-Identifier: MIT */
/**
 * @file Counters of a device. Any thread may add to them; pvg_device_stats() reads them.
 */
#ifndef PVG_CORE_COUNTERS_H
#define PVG_CORE_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

struct pvg_device;

struct pvg_counters {
    _Atomic uint64_t mmio_reads, mmio_writes, doorbells;
    _Atomic uint64_t packets, packets_refused;
    _Atomic uint64_t stamps_published, interrupts;
    _Atomic uint64_t command_buffers, records, records_refused;
    _Atomic uint64_t draws, dispatches, blits, draws_refused;
    _Atomic uint64_t objects_created, objects_destroyed;
    _Atomic uint64_t tasks_live, mappings_live;
    _Atomic uint64_t presents, frames_delivered, frames_dropped; /**< Kept by the display layer. */
};

/** The device's counters, for the layers above the core. Any thread. */
struct pvg_counters *pvg_device_counters(struct pvg_device *dev);

static inline void pvg_count_add(_Atomic uint64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static inline void pvg_count(_Atomic uint64_t *counter)
{
    pvg_count_add(counter, 1);
}

#endif
