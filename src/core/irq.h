/* SPDX-License-Identifier: MIT */
/**
 * @file Interrupt status and delivery (spec 01 section 7).
 *
 * Order for every source: data in guest memory, then the status bit, then the pulse. Everything here is lock-free and may be called
 * from any thread.
 */
#ifndef PVG_CORE_IRQ_H
#define PVG_CORE_IRQ_H

#include <openpvg/device.h>

#include <stdatomic.h>

enum { PVG_IRQ_COUNT = 2 };

struct pvg_irq_state {
    _Atomic int fd[PVG_IRQ_COUNT];         /**< -1: callback. */
    _Atomic uint32_t users[PVG_IRQ_COUNT]; /**< Threads between loading and signalling an fd. */
    _Atomic bool muted;                    /**< During reset no pulse leaves the device. */
};

void pvg_irq_init(struct pvg_irq_state *irq);

/** Pulse an interrupt. */
void pvg_irq_raise(struct pvg_device *dev, enum pvg_irq irq);
/** Set bits of IRQ_STAMP, then pulse. */
void pvg_irq_stamp(struct pvg_device *dev, uint32_t bits);

#endif
