/* SPDX-License-Identifier: MIT */
#include "core/core.h"

#include <errno.h>
#include <stdlib.h>

/** One completion on its way through the renderer. */
struct pvg_stamp_job {
    struct pvg_stamp_job *next;
    struct pvg_device *dev;
    struct pvg_stamp stamp;
    uint32_t epoch;
};

int pvg_stamps_init(struct pvg_stamps *s)
{
    return -pthread_mutex_init(&s->lock, NULL);
}

void pvg_stamps_fini(struct pvg_stamps *s)
{
    struct pvg_stamp_job *job;

    while ((job = s->free)) {
        s->free = job->next;
        free(job);
    }
    pthread_mutex_destroy(&s->lock);
}

struct pvg_stamp pvg_stamp_accept(struct pvg_device *dev, uint32_t fifo, uint32_t slot, uint32_t value)
{
    struct pvg_stamp s = {.fifo = fifo, .slot = slot, .value = value, .sequence = ++dev->stamps.accepted[fifo]};

    s.has_slot = pvg_stamp_slot_gpa(pvg_reg_load(dev, PVG_REG_FIFO_PFN), dev->page_shift, slot, &s.slot_gpa);
    if (!s.has_slot)
        pvg_warn_limited(&dev->log, "fifo %u: stamp slot %u does not exist, stamp 0x%x is not published", fifo, slot, value);
    return s;
}

/**
 * Store the word unless a packet of the same FIFO that was accepted later has stored already: a completion that runs at once on the
 * worker can overtake the tail of an older one on the completion thread. Values are not compared, because a FIFO may restart lower
 * (spec 02 section 5.5).
 */
static bool store_word(struct pvg_device *dev, const struct pvg_stamp *stamp)
{
    struct pvg_stamps *s = &dev->stamps;
    bool stored = true;

    pthread_mutex_lock(&s->lock);
    if (stamp->sequence > s->published[stamp->fifo]) {
        s->published[stamp->fifo] = stamp->sequence;
        stored = pvg_gpa_store32(dev, stamp->slot_gpa, stamp->value);
    }
    pthread_mutex_unlock(&s->lock);
    return stored;
}

/** Word, status bit, interrupt, in this order (spec 02 section 5.3). Caller holds the RAM gate or is the worker. */
static void publish(struct pvg_device *dev, const struct pvg_stamp *stamp, bool gate)
{
    bool stored;

    if (!stamp->has_slot)
        return;
    if (gate)
        pvg_ram_enter(dev);
    stored = store_word(dev, stamp);
    if (gate)
        pvg_ram_leave(dev);
    if (!stored) {
        pvg_warn_limited(&dev->log, "fifo %u: stamp slot at 0x%llx is not RAM, stamp 0x%x is lost", stamp->fifo,
                         (unsigned long long)stamp->slot_gpa, stamp->value);
        return;
    }
    pvg_ram_report_dirty(dev, stamp->slot_gpa, 4);
    pvg_count(&dev->counters.stamps_published);
    pvg_irq_stamp(dev, 1u << (stamp->slot & 31));
}

static void job_free(struct pvg_stamps *s, struct pvg_stamp_job *job)
{
    pthread_mutex_lock(&s->lock);
    job->next = s->free;
    s->free = job;
    pthread_mutex_unlock(&s->lock);
}

/** Renderer callback: completion thread, or the worker when nothing was outstanding. */
static void completed(void *arg)
{
    struct pvg_stamp_job *job = arg;
    struct pvg_device *dev = job->dev;

    if (job->epoch == atomic_load(&dev->stamps.epoch)) {
        publish(dev, &job->stamp, true);
        pvg_displays_stamped(dev->displays, job->stamp.fifo);
    }
    job_free(&dev->stamps, job);
    /* The retry must be visible before `pending` drops, or an idle test could see neither. */
    if (atomic_load(&dev->worker.held))
        pvg_worker_post(dev, PVG_WORK_RETRY);
    if (atomic_fetch_sub(&dev->stamps.pending, 1) == 1)
        pvg_worker_notify(dev);
}

static struct pvg_stamp_job *job_new(struct pvg_device *dev, const struct pvg_stamp *stamp)
{
    struct pvg_stamps *s = &dev->stamps;
    struct pvg_stamp_job *job;

    pthread_mutex_lock(&s->lock);
    job = s->free;
    if (job)
        s->free = job->next;
    pthread_mutex_unlock(&s->lock);
    if (!job)
        job = malloc(sizeof(*job));
    /* A stamp that is never published hangs the guest for good, and there is nobody to report to. */
    if (!job)
        abort();
    *job = (struct pvg_stamp_job){.dev = dev, .stamp = *stamp, .epoch = atomic_load(&s->epoch)};
    atomic_fetch_add(&s->pending, 1);
    return job;
}

void pvg_stamp_submit(struct pvg_device *dev, struct pvg_rcmd *cmd, const struct pvg_stamp *stamp)
{
    dev->render->ops->cmd_submit(cmd, (struct pvg_rcompletion){.fn = completed, .arg = job_new(dev, stamp)});
}

void pvg_stamp_publish(struct pvg_device *dev, const struct pvg_stamp *stamp)
{
    dev->render->ops->after(dev->render, (struct pvg_rcompletion){.fn = completed, .arg = job_new(dev, stamp)});
}

enum pvg_wait_state pvg_stamp_waits(struct pvg_device *dev, uint32_t own_slot, const struct pvg_w_packet *packet)
{
    uint32_t fifo_pfn = pvg_reg_load(dev, PVG_REG_FIFO_PFN), current;
    enum pvg_wait_state state = PVG_WAIT_MET;
    struct pvg_w_wait wait;
    uint64_t gpa;

    for (uint32_t i = 0; pvg_w_packet_wait(packet, i, &wait); i++) {
        /* In-order execution satisfies a wait on the FIFO's own slot; nothing else ever could. */
        if ((wait.index & 0xffff) == (own_slot & 0xffff))
            continue;
        if (!pvg_stamp_slot_gpa(fifo_pfn, dev->page_shift, wait.index, &gpa) || !pvg_gpa_load32(dev, gpa, &current))
            return PVG_WAIT_UNDECIDABLE;
        if (!pvg_stamp_reached(current, wait.value))
            state = PVG_WAIT_UNMET;
    }
    return state;
}

bool pvg_stamps_drain(struct pvg_device *dev, uint32_t timeout_ms)
{
    struct pvg_worker *w = &dev->worker;
    uint64_t deadline = pvg_now_ns() + timeout_ms * UINT64_C(1000000);
    bool in_time = true;

    atomic_fetch_add(&w->watchers, 1);
    pthread_mutex_lock(&w->lock);
    while (atomic_load(&dev->stamps.pending) && in_time)
        in_time = pvg_cond_wait_until(&w->cond, &w->lock, deadline);
    pthread_mutex_unlock(&w->lock);
    atomic_fetch_sub(&w->watchers, 1);
    return !atomic_load(&dev->stamps.pending);
}
