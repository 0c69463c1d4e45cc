/* SPDX-License-Identifier: MIT */
#include "core/core.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    EVENTS_MAX = 32,
    TOKEN_WAKE = 0,
    /** After work the worker looks for more for this long before it blocks: while it looks, ringing it costs a vCPU no system call.
     */
    LINGER_NS = 30000,
};

/* ---- Publishing work: any thread, lock-free -------------------------------------------------------------------------------- */

static void wake(struct pvg_worker *w)
{
    if (atomic_load(&w->sleeping) && atomic_exchange(&w->sleeping, false))
        pvg_eventfd_signal(w->wake_fd);
}

void pvg_worker_post(struct pvg_device *dev, uint32_t work)
{
    atomic_fetch_or(&dev->worker.work, work);
    wake(&dev->worker);
}

void pvg_worker_ring(struct pvg_device *dev, uint32_t fifos)
{
    struct pvg_worker *w = &dev->worker;

    pvg_count(&dev->counters.doorbells);
    if ((atomic_load_explicit(&w->active, memory_order_relaxed) & fifos) != fifos)
        atomic_fetch_or(&w->active, fifos);
    atomic_fetch_or(&w->bells, fifos);
    wake(w);
}

void pvg_device_kick(struct pvg_device *dev)
{
    pvg_worker_post(dev, PVG_WORK_RETRY);
}

void pvg_worker_notify(struct pvg_device *dev)
{
    struct pvg_worker *w = &dev->worker;

    if (!atomic_load(&w->watchers))
        return;
    pthread_mutex_lock(&w->lock);
    pthread_cond_broadcast(&w->cond);
    pthread_mutex_unlock(&w->lock);
}

/* ---- Parking --------------------------------------------------------------------------------------------------------------- */

void pvg_worker_stop(struct pvg_device *dev)
{
    struct pvg_worker *w = &dev->worker;

    pthread_mutex_lock(&w->lock);
    w->stops++;
    atomic_store(&w->stopping, w->stops);
    wake(w);
    while (!w->parked)
        pthread_cond_wait(&w->cond, &w->lock);
    pthread_mutex_unlock(&w->lock);
}

void pvg_worker_resume(struct pvg_device *dev)
{
    struct pvg_worker *w = &dev->worker;

    pthread_mutex_lock(&w->lock);
    w->stops--;
    atomic_store(&w->stopping, w->stops);
    pthread_cond_broadcast(&w->cond);
    pthread_mutex_unlock(&w->lock);
}

bool pvg_worker_should_stop(struct pvg_device *dev)
{
    return atomic_load_explicit(&dev->worker.stopping, memory_order_relaxed) != 0;
}

/** Wait while somebody wants the worker parked. @return false when the thread shall end. */
static bool park_if_asked(struct pvg_worker *w)
{
    bool quit;

    if (!atomic_load(&w->stopping))
        return true;
    pthread_mutex_lock(&w->lock);
    w->parked = true;
    pthread_cond_broadcast(&w->cond);
    while (w->stops && !w->quit)
        pthread_cond_wait(&w->cond, &w->lock);
    quit = w->quit;
    w->parked = quit;
    pthread_mutex_unlock(&w->lock);
    return !quit;
}

/* ---- Doorbell descriptors -------------------------------------------------------------------------------------------------- */

static bool doorbell_ok(enum pvg_doorbell bell, uint32_t value)
{
    switch (bell) {
    case PVG_DOORBELL_CHANNEL:
        return value >= 1 && value <= PVG_CHANNEL_MAX;
    case PVG_DOORBELL_ROOT:
        return true;
    case PVG_DOORBELL_CURSOR:
        return value < PVG_MAX_DISPLAYS;
    }
    return false;
}

int pvg_device_add_doorbell_fd(struct pvg_device *dev, enum pvg_doorbell bell, uint32_t value, int fd)
{
    struct pvg_worker *w = &dev->worker;
    struct epoll_event ev = {.events = EPOLLIN};
    struct pvg_doorbell_fd *d;
    int ret = 0;

    if (!doorbell_ok(bell, value) || fd < 0)
        return -EINVAL;
    d = malloc(sizeof(*d));
    if (!d)
        return -ENOMEM;
    pthread_mutex_lock(&w->bell_lock);
    *d = (struct pvg_doorbell_fd){.next = w->doorbells, .fd = fd, .bell = bell, .value = value, .token = ++w->next_token};
    ev.data.u64 = d->token;
    if (epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, fd, &ev))
        ret = errno == EEXIST ? -EEXIST : errno == ENOMEM || errno == ENOSPC ? -ENOMEM : -EINVAL;
    else
        w->doorbells = d;
    pthread_mutex_unlock(&w->bell_lock);
    if (ret)
        free(d);
    return ret;
}

int pvg_device_remove_doorbell_fd(struct pvg_device *dev, int fd)
{
    struct pvg_worker *w = &dev->worker;
    struct pvg_doorbell_fd **link, *d = NULL;

    pthread_mutex_lock(&w->bell_lock);
    for (link = &w->doorbells; *link; link = &(*link)->next) {
        if ((*link)->fd != fd)
            continue;
        d = *link;
        *link = d->next;
        epoll_ctl(w->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
        break;
    }
    pthread_mutex_unlock(&w->bell_lock);
    if (!d)
        return -ENOENT;
    free(d);
    return 0;
}

/** Read the doorbells of one epoll round; what they mean is acted on without the lock. */
static void take_doorbells(struct pvg_device *dev, const struct epoll_event *events, int count)
{
    struct pvg_worker *w = &dev->worker;
    uint32_t fifos = 0, pipes = 0;

    pthread_mutex_lock(&w->bell_lock);
    for (int i = 0; i < count; i++) {
        struct pvg_doorbell_fd *d = w->doorbells;

        while (d && d->token != events[i].data.u64)
            d = d->next;
        if (!d || !pvg_eventfd_drain(d->fd))
            continue;
        if (d->bell == PVG_DOORBELL_CURSOR)
            pipes |= 1u << d->value;
        else
            fifos |= d->bell == PVG_DOORBELL_ROOT ? 1u : 1u << d->value;
    }
    pthread_mutex_unlock(&w->bell_lock);
    if (fifos)
        pvg_worker_ring(dev, fifos);
    for (uint32_t pipe = 0; pipe < dev->pipe_count; pipe++) {
        if (pipes & 1u << pipe)
            pvg_displays_cursor_poke(dev->displays, pipe);
    }
    if (pipes)
        pvg_device_display_irq(dev, pipes);
}

/* ---- The thread ------------------------------------------------------------------------------------------------------------ */

/** Does anything call for the rescue tick? (spec 01 section 6.5; the display thread ticks for itself) */
static bool tick_wanted(struct pvg_device *dev)
{
    return pvg_reg_load(dev, PVG_REG_ROOT_FIFO_CTL) || pvg_iosfc_lags(dev);
}

/** FIFOs that the rescue scan marks. */
static uint32_t scan(struct pvg_device *dev)
{
    uint32_t fifos;

    if (!pvg_reg_load(dev, PVG_REG_ROOT_FIFO_CTL))
        return 0;
    fifos = atomic_load(&dev->worker.active) & ~1u;
    if (pvg_reg_load(dev, PVG_REG_ROOT_FIFO_PROD) != pvg_reg_load(dev, PVG_REG_ROOT_FIFO_CONS))
        fifos |= 1u;
    return fifos;
}

static bool has_work(struct pvg_worker *w)
{
    return atomic_load(&w->work) || atomic_load(&w->bells) || atomic_load(&w->stopping);
}

static void relax_cpu(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/** Guests submit in bursts; see LINGER_NS. With one CPU the guest could not run meanwhile. */
static void linger(struct pvg_worker *w)
{
    uint64_t until = pvg_now_ns() + LINGER_NS;

    while (w->may_linger && !has_work(w) && pvg_now_ns() < until)
        relax_cpu();
}

/** Block until there is work, or until the next tick. */
static void sleep_until_work(struct pvg_device *dev)
{
    struct pvg_worker *w = &dev->worker;
    struct epoll_event events[EVENTS_MAX];
    int timeout = -1, n;

    atomic_store(&w->sleeping, true);
    if (has_work(w)) {
        timeout = 0;
    } else {
        atomic_store(&w->idle, true);
        pvg_worker_notify(dev);
    }
    if (timeout && tick_wanted(dev)) {
        uint64_t now = pvg_now_ns();
        uint64_t left = w->next_tick_ns > now ? w->next_tick_ns - now : 0;

        timeout = (int)((left + 999999) / 1000000);
    }
    n = epoll_wait(w->epoll_fd, events, EVENTS_MAX, timeout);
    atomic_store(&w->sleeping, false);
    atomic_fetch_add(&w->passes, 1);
    atomic_store(&w->idle, false);
    for (int i = 0; i < n; i++) {
        if (events[i].data.u64 == TOKEN_WAKE)
            pvg_eventfd_drain(w->wake_fd);
    }
    if (n > 0)
        take_doorbells(dev, events, n);
}

static void *worker_main(void *arg)
{
    struct pvg_device *dev = arg;
    struct pvg_worker *w = &dev->worker;

    while (park_if_asked(w)) {
        uint32_t work, pending;
        uint64_t now = pvg_now_ns(), packets = atomic_load(&dev->counters.packets);

        work = atomic_exchange(&w->work, 0);
        pending = atomic_exchange(&w->bells, 0);
        if (now >= w->next_tick_ns) {
            w->next_tick_ns = now + dev->tick_ns;
            work |= PVG_WORK_SCAN | PVG_WORK_IOSFC;
        }
        if (work & PVG_WORK_SCAN)
            pending |= scan(dev);
        if (work & PVG_WORK_IOSFC)
            pvg_iosfc_poll(dev);
        pvg_iosfc_apply(dev);
        pvg_fifos_pass(dev, pending, work & PVG_WORK_RETRY);
        if (atomic_load(&dev->counters.packets) != packets)
            linger(w);
        sleep_until_work(dev);
    }
    return NULL;
}

int pvg_worker_init(struct pvg_device *dev)
{
    struct pvg_worker *w = &dev->worker;
    struct epoll_event ev = {.events = EPOLLIN, .data.u64 = TOKEN_WAKE};

    pthread_mutex_init(&w->lock, NULL);
    pthread_mutex_init(&w->bell_lock, NULL);
    pvg_cond_init(&w->cond);
    w->parked = true;
    w->may_linger = sysconf(_SC_NPROCESSORS_ONLN) > 1;
    w->wake_fd = pvg_eventfd_create();
    w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (w->wake_fd < 0 || w->epoll_fd < 0 || epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, w->wake_fd, &ev))
        return -ENOMEM;
    return 0;
}

int pvg_worker_start(struct pvg_device *dev)
{
    struct pvg_worker *w = &dev->worker;
    int ret;

    w->parked = false;
    ret = pvg_thread_start(&w->thread, "pvg-worker", worker_main, dev);
    w->started = ret == 0;
    w->parked = ret != 0;
    return ret;
}

void pvg_worker_fini(struct pvg_device *dev)
{
    struct pvg_worker *w = &dev->worker;
    struct pvg_doorbell_fd *d;

    if (w->started) {
        pthread_mutex_lock(&w->lock);
        w->quit = true;
        w->stops++;
        atomic_store(&w->stopping, w->stops);
        wake(w);
        pthread_cond_broadcast(&w->cond);
        pthread_mutex_unlock(&w->lock);
        pthread_join(w->thread, NULL);
    }
    while ((d = w->doorbells)) {
        w->doorbells = d->next;
        free(d);
    }
    if (w->wake_fd >= 0)
        close(w->wake_fd);
    if (w->epoll_fd >= 0)
        close(w->epoll_fd);
    pthread_cond_destroy(&w->cond);
    pthread_mutex_destroy(&w->bell_lock);
    pthread_mutex_destroy(&w->lock);
}

void pvg_worker_clear(struct pvg_device *dev)
{
    struct pvg_worker *w = &dev->worker;

    pthread_mutex_lock(&w->bell_lock);
    for (struct pvg_doorbell_fd *d = w->doorbells; d; d = d->next)
        pvg_eventfd_drain(d->fd);
    pthread_mutex_unlock(&w->bell_lock);
    atomic_store(&w->bells, 0);
    atomic_store(&w->work, 0);
    atomic_store(&w->held, 0);
    atomic_store(&w->active, 0);
}

/* ---- Idleness -------------------------------------------------------------------------------------------------------------- */

/** Did the worker sleep, with nothing to do, during the whole look? */
static bool is_idle(struct pvg_device *dev)
{
    struct pvg_worker *w = &dev->worker;
    uint32_t pass = atomic_load(&w->passes);

    if (atomic_load(&dev->stamps.pending) || atomic_load(&w->work) || atomic_load(&w->bells) || !atomic_load(&w->idle))
        return false;
    return atomic_load(&w->passes) == pass;
}

bool pvg_device_wait_idle(struct pvg_device *dev, uint32_t timeout_ms)
{
    struct pvg_worker *w = &dev->worker;
    uint64_t deadline = pvg_now_ns() + timeout_ms * UINT64_C(1000000);
    bool idle, in_time = true;

    atomic_fetch_add(&w->watchers, 1);
    pvg_worker_post(dev, PVG_WORK_SCAN | PVG_WORK_IOSFC);
    pthread_mutex_lock(&w->lock);
    while (!(idle = is_idle(dev)) && in_time)
        in_time = pvg_cond_wait_until(&w->cond, &w->lock, deadline);
    pthread_mutex_unlock(&w->lock);
    atomic_fetch_sub(&w->watchers, 1);
    return idle;
}
