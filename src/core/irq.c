/* SPDX-License-Identifier: MIT */
#include "core/core.h"

#include <sched.h>

void pvg_irq_init(struct pvg_irq_state *irq)
{
    for (int i = 0; i < PVG_IRQ_COUNT; i++) {
        atomic_init(&irq->fd[i], -1);
        atomic_init(&irq->users[i], 0);
    }
    atomic_init(&irq->muted, false);
}

void pvg_irq_raise(struct pvg_device *dev, enum pvg_irq irq)
{
    struct pvg_irq_state *s = &dev->irq;
    int fd;

    if (atomic_load(&s->muted))
        return;
    pvg_count(&dev->counters.interrupts);
    atomic_fetch_add(&s->users[irq], 1);
    fd = atomic_load(&s->fd[irq]);
    if (fd >= 0)
        pvg_eventfd_signal(fd);
    atomic_fetch_sub(&s->users[irq], 1);
    if (fd < 0 && dev->cb.raise_irq)
        dev->cb.raise_irq(dev->opaque, irq);
}

void pvg_irq_stamp(struct pvg_device *dev, uint32_t bits)
{
    atomic_fetch_or(pvg_reg_word(dev, PVG_REG_IRQ_STAMP), bits);
    pvg_irq_raise(dev, PVG_IRQ_GFX);
}

void pvg_device_display_irq(struct pvg_device *dev, uint32_t bits)
{
    atomic_fetch_or(pvg_reg_word(dev, PVG_REG_IRQ_DISPLAY), bits);
    pvg_irq_raise(dev, PVG_IRQ_GFX);
}

void pvg_device_set_irq_fd(struct pvg_device *dev, enum pvg_irq irq, int fd)
{
    struct pvg_irq_state *s = &dev->irq;

    atomic_store(&s->fd[irq], fd < 0 ? -1 : fd);
    /* A raise that loaded the old fd is a few instructions and one write() from being done. */
    while (atomic_load(&s->users[irq]))
        sched_yield();
}
