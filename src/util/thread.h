/* SPDX-License-Identifier: MIT */
/**
 * @file Threads and event descriptors of the library.
 */
#ifndef PVG_UTIL_THREAD_H
#define PVG_UTIL_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * Start a named thread with every signal blocked, so that the embedder's handlers never run on it.
 * @return 0 or a negative errno value.
 */
int pvg_thread_start(pthread_t *thread, const char *name, void *(*fn)(void *), void *arg);

/** Monotonic time in nanoseconds. */
uint64_t pvg_now_ns(void);

/** Condition variable that waits on the monotonic clock. */
void pvg_cond_init(pthread_cond_t *cond);
/** Wait until signalled or until the monotonic time `deadline_ns`. @return false when the deadline passed. */
bool pvg_cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *mutex, uint64_t deadline_ns);

/** Non-blocking close-on-exec eventfd. @return the descriptor or a negative errno value. */
int pvg_eventfd_create(void);
/** Add one to an eventfd, own or foreign. Never blocks unless a foreign descriptor is blocking and its counter is full. */
void pvg_eventfd_signal(int fd);
/** Reset an eventfd to zero. @return true when it was signalled. Also safe on a blocking descriptor with no other reader. */
bool pvg_eventfd_drain(int fd);

#endif
