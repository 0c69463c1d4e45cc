/* SPDX-License-Identifier: MIT */
#include "core/core.h"

/* Reset and pause (spec 01 section 10.1): everything that touches guest memory stops first, then state goes. */

/** Longest wait for work that the GPU has; the renderer's own watchdog ends a hung submission long before. */
enum { DRAIN_MS = 30000 };

static void drain(struct pvg_device *dev)
{
    if (!pvg_stamps_drain(dev, DRAIN_MS))
        pvg_logf(&dev->log, PVG_LOG_ERROR, "the renderer did not finish its work within %d s", DRAIN_MS / 1000);
}

/** Wait until no thread is inside a section that looked at `closed` before it was set. */
static void flush_gate(struct pvg_device *dev)
{
    pthread_rwlock_wrlock(&dev->ram.gate);
    pthread_rwlock_unlock(&dev->ram.gate);
}

/** Replace the device-wide object state. Without memory for a new one the old one stays, emptied of tasks. */
static void renew_surfaces(struct pvg_device *dev)
{
    struct pvg_surfaces *fresh = pvg_surfaces_create(dev);

    if (!fresh) {
        pvg_logf(&dev->log, PVG_LOG_ERROR, "no memory to reset the surfaces");
        return;
    }
    pvg_surfaces_destroy(dev->surfaces);
    dev->surfaces = fresh;
}

void pvg_device_reset(struct pvg_device *dev)
{
    pthread_mutex_lock(&dev->control);
    atomic_store(&dev->irq.muted, true);
    atomic_store(&dev->closed, true);
    /* Completions of the old life publish nothing from here on. */
    atomic_fetch_add(&dev->stamps.epoch, 1);
    pvg_worker_stop(dev);
    pvg_displays_reset(dev->displays);
    flush_gate(dev);
    drain(dev);
    pvg_tasks_clear(dev);
    renew_surfaces(dev);
    pvg_fifos_clear(dev);
    pvg_iosfc_clear(dev);
    pvg_mmio_clear(dev);
    pvg_worker_clear(dev);
    /* Doorbells and pokes that came in meanwhile are of the old life as well. */
    pvg_mmio_clear(dev);
    pvg_stats_fold(dev);
    atomic_store(&dev->closed, dev->pauses != 0);
    atomic_store(&dev->irq.muted, false);
    pvg_worker_resume(dev);
    pthread_mutex_unlock(&dev->control);
    pvg_info(&dev->log, "device reset");
}

void pvg_device_pause(struct pvg_device *dev)
{
    pthread_mutex_lock(&dev->control);
    if (dev->pauses++ == 0) {
        pvg_worker_stop(dev);
        drain(dev);
        atomic_store(&dev->closed, true);
        flush_gate(dev);
    }
    pthread_mutex_unlock(&dev->control);
}

void pvg_device_unpause(struct pvg_device *dev)
{
    pthread_mutex_lock(&dev->control);
    if (dev->pauses && --dev->pauses == 0) {
        atomic_store(&dev->closed, false);
        pvg_worker_resume(dev);
    }
    pthread_mutex_unlock(&dev->control);
}
