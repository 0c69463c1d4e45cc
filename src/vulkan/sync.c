/* SPDX-License-Identifier: MIT */
/**
 * @file One timeline semaphore orders everything: submissions count it up, the completion thread waits on it, and destruction of
 * objects is tied to its values (spec 03 section 8.10).
 */
#include <stdlib.h>
#include <time.h>

#include "vulkan/vk.h"
#include "vulkan/writes.h"

/** Longest single wait; a lost device is noticed after it at the latest. */
#define WAIT_NS 1000000000ull

bool pvg_vksync_check(struct pvg_vk *vk, VkResult result, const char *what)
{
    if (result == VK_SUCCESS)
        return true;
    if (result == VK_ERROR_DEVICE_LOST) {
        if (!atomic_exchange(&vk->sync.lost, true))
            pvg_logf(vk->log, PVG_LOG_ERROR, "vulkan: the device was lost in %s; guest graphics work has no effect from now on",
                     what);
        return false;
    }
    pvg_warn_limited(vk->log, "vulkan: %s: %s", what, pvg_vk_result(result));
    return false;
}

/** Raise `completed` to at least `value`. */
static void note_completed(struct pvg_vksync *s, uint64_t value)
{
    uint64_t seen = atomic_load_explicit(&s->completed, memory_order_relaxed);
    while (seen < value &&
           !atomic_compare_exchange_weak_explicit(&s->completed, &seen, value, memory_order_acq_rel, memory_order_relaxed))
        ;
}

bool pvg_vksync_done(struct pvg_vk *vk, uint64_t value)
{
    struct pvg_vksync *s = &vk->sync;
    if (atomic_load_explicit(&s->completed, memory_order_acquire) >= value || atomic_load(&s->lost))
        return true;
    uint64_t now;
    if (!pvg_vksync_check(vk, vk->fn.GetSemaphoreCounterValue(vk->dev, s->timeline, &now), "vkGetSemaphoreCounterValue"))
        return atomic_load(&s->lost);
    note_completed(s, now);
    return now >= value;
}

bool pvg_vksync_wait(struct pvg_vk *vk, uint64_t value)
{
    struct pvg_vksync *s = &vk->sync;
    VkSemaphoreWaitInfo info = {
        .sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO,
        .semaphoreCount = 1,
        .pSemaphores = &s->timeline,
        .pValues = &value,
    };
    while (atomic_load_explicit(&s->completed, memory_order_acquire) < value) {
        if (atomic_load(&s->lost))
            return false;
        VkResult r = vk->fn.WaitSemaphores(vk->dev, &info, WAIT_NS);
        if (r == VK_TIMEOUT)
            continue;
        if (!pvg_vksync_check(vk, r, "vkWaitSemaphores")) {
            atomic_store(&s->lost, true); /* Waiting cannot make progress any more, whatever the error. */
            return false;
        }
        note_completed(s, value);
    }
    return !atomic_load(&s->lost);
}

uint64_t pvg_vksync_current(struct pvg_vk *vk)
{
    return vk->sync.submitted + 1;
}

/** Deliver completions in order, forever. */
static void *completion_main(void *arg)
{
    struct pvg_vk *vk = arg;
    struct pvg_vksync *s = &vk->sync;
    pthread_mutex_lock(&s->lock);
    for (;;) {
        while (!s->first && !s->stop)
            pthread_cond_wait(&s->queued, &s->lock);
        struct pvg_vkdone *d = s->first;
        if (!d)
            break;
        s->first = d->next;
        if (!s->first)
            s->last = &s->first;
        s->busy = true;
        pthread_mutex_unlock(&s->lock);

        bool ok = pvg_vksync_wait(vk, d->value);
        pvg_vkwrites_finish(vk, d->writes, ok);
        if (d->done.fn)
            d->done.fn(d->done.arg);
        atomic_store_explicit(&s->delivered, d->value, memory_order_release);
        free(d);

        pthread_mutex_lock(&s->lock);
        s->busy = false;
        if (!s->first)
            pthread_cond_broadcast(&s->idle);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

bool pvg_vksync_init(struct pvg_vk *vk, struct pvg_error *err)
{
    struct pvg_vksync *s = &vk->sync;
    VkSemaphoreTypeCreateInfo type = {
        .sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO,
        .semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE,
    };
    VkSemaphoreCreateInfo info = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, .pNext = &type};
    VkResult r = vk->fn.CreateSemaphore(vk->dev, &info, NULL, &s->timeline);
    if (r != VK_SUCCESS) {
        pvg_error_set(err, "vkCreateSemaphore: %s", pvg_vk_result(r));
        return false;
    }
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->queued, NULL);
    pthread_cond_init(&s->idle, NULL);
    s->last = &s->first;
    if (pthread_create(&s->thread, NULL, completion_main, vk)) {
        pvg_error_set(err, "cannot start the completion thread");
        return false;
    }
    s->started = true;
    return true;
}

void pvg_vksync_queue(struct pvg_vk *vk, struct pvg_vkdone *d)
{
    struct pvg_vksync *s = &vk->sync;
    d->next = NULL;
    pthread_mutex_lock(&s->lock);
    *s->last = d;
    s->last = &d->next;
    pthread_cond_signal(&s->queued);
    pthread_mutex_unlock(&s->lock);
}

void pvg_vksync_after(struct pvg_vk *vk, struct pvg_rcompletion done)
{
    struct pvg_vksync *s = &vk->sync;
    pthread_mutex_lock(&s->lock);
    bool outstanding = s->first || s->busy;
    pthread_mutex_unlock(&s->lock);
    /* Only this thread queues, so an idle queue stays idle. */
    struct pvg_vkdone *d = outstanding ? calloc(1, sizeof(*d)) : NULL;
    if (!d) {
        pvg_vksync_drain(vk);
        done.fn(done.arg);
        return;
    }
    d->value = s->submitted;
    d->done = done;
    pvg_vksync_queue(vk, d);
}

void pvg_vksync_drain(struct pvg_vk *vk)
{
    struct pvg_vksync *s = &vk->sync;
    if (!pvg_vksync_wait(vk, s->submitted)) {
        /* Work from before the loss may still touch memory. */
        vk->fn.DeviceWaitIdle(vk->dev);
    }
    pthread_mutex_lock(&s->lock);
    while (s->first || s->busy)
        pthread_cond_wait(&s->idle, &s->lock);
    pthread_mutex_unlock(&s->lock);
}

void pvg_vksync_fini(struct pvg_vk *vk)
{
    struct pvg_vksync *s = &vk->sync;
    if (s->started) {
        pvg_vksync_drain(vk);
        pthread_mutex_lock(&s->lock);
        s->stop = true;
        pthread_cond_signal(&s->queued);
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->thread, NULL);
        pthread_mutex_destroy(&s->lock);
        pthread_cond_destroy(&s->queued);
        pthread_cond_destroy(&s->idle);
        s->started = false;
    }
    if (s->timeline)
        vk->fn.DestroySemaphore(vk->dev, s->timeline, NULL);
    s->timeline = VK_NULL_HANDLE;
}

void pvg_vktrash_add(struct pvg_vk *vk, void (*fn)(struct pvg_vk *vk, void *arg), void *arg)
{
    struct pvg_vktrash *t = &vk->trash;
    if (t->count == t->capacity) {
        size_t capacity = t->capacity ? 2 * t->capacity : 256;
        struct pvg_vktrash_entry *grown = malloc(capacity * sizeof(*grown));
        if (!grown) {
            /* No memory to remember it: wait for the GPU instead. An open command would still name it, so leak then. */
            if (!vk->recording) {
                pvg_vksync_wait(vk, vk->sync.submitted);
                fn(vk, arg);
            }
            return;
        }
        for (size_t i = 0; i < t->count; i++)
            grown[i] = t->entries[(t->head + i) % t->capacity];
        free(t->entries);
        t->entries = grown;
        t->head = 0;
        t->capacity = capacity;
    }
    uint64_t value = vk->recording ? pvg_vksync_current(vk) : vk->sync.submitted;
    t->entries[(t->head + t->count++) % t->capacity] = (struct pvg_vktrash_entry){value, fn, arg};
}

void pvg_vktrash_collect(struct pvg_vk *vk)
{
    struct pvg_vktrash *t = &vk->trash;
    while (t->count) {
        struct pvg_vktrash_entry e = t->entries[t->head];
        /* The completion thread may still write back from it: wait for its delivery, not only for the GPU. */
        if (atomic_load_explicit(&vk->sync.delivered, memory_order_acquire) < e.value)
            return;
        t->head = (t->head + 1) % t->capacity;
        t->count--;
        e.fn(vk, e.arg);
    }
}

void pvg_vktrash_flush(struct pvg_vk *vk)
{
    pvg_vksync_wait(vk, vk->sync.submitted);
    struct pvg_vktrash *t = &vk->trash;
    while (t->count) {
        struct pvg_vktrash_entry e = t->entries[t->head];
        t->head = (t->head + 1) % t->capacity;
        t->count--;
        e.fn(vk, e.arg);
    }
}

void pvg_vktrash_fini(struct pvg_vk *vk)
{
    pvg_vktrash_flush(vk);
    free(vk->trash.entries);
    vk->trash = (struct pvg_vktrash){0};
}
