/* SPDX-License-Identifier: MIT */
/**
 * @file The worker thread: doorbells, wake-ups, the rescue tick, parking (spec 01 section 6.5, spec 02 section 11.6).
 */
#ifndef PVG_CORE_WORKER_H
#define PVG_CORE_WORKER_H

#include <openpvg/device.h>

#include <pthread.h>
#include <stdatomic.h>

/** Reasons to look at something besides doorbells; bits of pvg_worker.work. */
enum pvg_work {
    PVG_WORK_RETRY = 1u << 0, /**< A stamp moved or a display consumed a frame: look at held FIFOs. */
    PVG_WORK_SCAN = 1u << 1,  /**< As the rescue tick: look at every active FIFO. */
    PVG_WORK_IOSFC = 1u << 2, /**< Mapper requests are left in the ring. */
};

struct pvg_doorbell_fd {
    struct pvg_doorbell_fd *next;
    int fd;
    enum pvg_doorbell bell;
    uint32_t value;
    uint64_t token; /**< Names the registration in epoll events, so that a stale event finds nothing. */
};

struct pvg_worker {
    pthread_t thread;
    bool started;
    bool may_linger; /**< There is more than one CPU. */
    int wake_fd, epoll_fd;

    _Atomic uint32_t bells;    /**< FIFOs with news: bit 0 root, bit n child n. */
    _Atomic uint32_t active;   /**< Children that were rung or defined and not freed since. */
    _Atomic uint32_t work;     /**< enum pvg_work. */
    _Atomic uint32_t held;     /**< FIFOs whose head packet waits for a stamp or a display. */
    _Atomic bool sleeping;     /**< The worker is about to block: whoever publishes work must signal wake_fd. */
    _Atomic bool idle;         /**< The worker blocks and found nothing to do before. */
    _Atomic uint32_t passes;   /**< Wake-ups so far. */
    _Atomic uint32_t stopping; /**< Copy of `stops` for the check between packets. */
    _Atomic uint32_t watchers; /**< Threads that wait for idleness or drained completions. */

    pthread_mutex_t lock; /**< Guards what follows. Never held while calling out of the core. */
    pthread_cond_t cond;
    unsigned stops; /**< Parties that want the worker parked. */
    bool parked, quit;

    pthread_mutex_t bell_lock; /**< List of doorbell descriptors and their reading. */
    struct pvg_doorbell_fd *doorbells;
    uint64_t next_token;
    uint64_t next_tick_ns; /**< Worker only. */
};

int pvg_worker_init(struct pvg_device *dev);
int pvg_worker_start(struct pvg_device *dev);
/** Stop and join the thread. */
void pvg_worker_fini(struct pvg_device *dev);

/** Publish work and wake the worker. Any thread, lock-free. */
void pvg_worker_post(struct pvg_device *dev, uint32_t work);
/** Ring FIFOs (mask). Any thread, lock-free. */
void pvg_worker_ring(struct pvg_device *dev, uint32_t fifos);
/** Wake threads in pvg_worker_watch(), after the state they look at changed. Any thread. */
void pvg_worker_notify(struct pvg_device *dev);

/** Park the worker at the next packet boundary; counts. Returns when it is parked. Not on library threads. */
void pvg_worker_stop(struct pvg_device *dev);
void pvg_worker_resume(struct pvg_device *dev);
/** Should the worker return to its loop? Worker. */
bool pvg_worker_should_stop(struct pvg_device *dev);

/** Forget doorbells, also those in eventfds. With the worker parked. */
void pvg_worker_clear(struct pvg_device *dev);

#endif
