/* SPDX-License-Identifier: MIT */
/**
 * @file The device, for the files of this folder only.
 */
#ifndef PVG_CORE_CORE_H
#define PVG_CORE_CORE_H

#include "core/commands.h"
#include "core/counters.h"
#include "core/fifo.h"
#include "core/iosfc.h"
#include "core/irq.h"
#include "core/ram.h"
#include "core/stamps.h"
#include "core/task.h"
#include "core/worker.h"
#include "display/display.h"
#include "stream/exec.h"
#include "util/census.h"
#include "util/log.h"
#include "util/thread.h"
#include "util/u32map.h"
#include "wire/regs.h"
#include "wire/stamp.h"

#define PVG_REG_WORDS ((PVG_REGS_END - PVG_REGS_BASE) / 4)

/** Live tasks a guest may have; its own allocator hands out 256 ids (spec 03 section 2.1). */
#define PVG_TASKS_MAX 4096u

struct pvg_device {
    /* Constant after creation. */
    enum pvg_variant variant;
    uint32_t page_shift;
    uint64_t tick_ns;
    uint32_t pipe_count;
    struct pvg_device_callbacks cb;
    void *opaque;
    struct pvg_log log;
    struct pvg_render *render;
    struct pvg_displays *displays;

    /* Registers of the gfx window; storage for every offset, used as the register table says. */
    _Atomic uint32_t words[PVG_REG_WORDS];
    _Atomic uint64_t fb_addr;

    struct pvg_irq_state irq;
    struct pvg_ram ram;
    struct pvg_worker worker;
    struct pvg_stamps stamps;
    struct pvg_iosfc iosfc;
    struct pvg_counters counters;

    /* Serialises reset, RAM commits, pause and destruction. Outermost lock; log lines may leave the library under it. */
    pthread_mutex_t control;
    unsigned pauses;
    _Atomic bool closed; /**< Reset or pause: no thread but the worker starts to touch guest RAM. */

    /* Worker. */
    struct pvg_fifo fifos[PVG_FIFO_COUNT];
    unsigned present_depth;
    struct pvg_u32map tasks;
    struct pvg_task_entry *task_list; /**< In order of definition. */
    struct pvg_surfaces *surfaces;
    struct pvg_exec_stats exec, exec_seen;
    uint8_t *stream_buffer; /**< Captured command buffers of one packet. */
    size_t stream_capacity;
};

static inline _Atomic uint32_t *pvg_reg_word(struct pvg_device *dev, enum pvg_reg reg)
{
    return &dev->words[((uint32_t)reg - PVG_REGS_BASE) / 4];
}

static inline uint32_t pvg_reg_load(struct pvg_device *dev, enum pvg_reg reg)
{
    return atomic_load(pvg_reg_word(dev, reg));
}

/** mmio.c: all registers of both windows to their reset values. */
void pvg_mmio_clear(struct pvg_device *dev);

/** task.c: end of all tasks, or of one. Worker, or with the worker parked. */
bool pvg_task_define(struct pvg_device *dev, uint32_t id, bool kernel, uint32_t directory_pfn);
void pvg_task_delete(struct pvg_device *dev, uint32_t id);
void pvg_tasks_clear(struct pvg_device *dev);

/** device.c: fold the executor's plain counters into the shared ones. Worker. */
void pvg_stats_fold(struct pvg_device *dev);

#endif
