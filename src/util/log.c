/* SPDX-License-Identifier: MIT */
#include "util/log.h"

#include <stdio.h>
#include <time.h>

enum { SITE_BURST = 8 };
#define SITE_WINDOW_NS UINT64_C(1000000000)

static uint64_t now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
}

void pvg_log_init(struct pvg_log *log, pvg_log_fn fn, void *opaque, enum pvg_log_level level)
{
    log->fn = fn;
    log->opaque = opaque;
    log->level = level;
    atomic_init(&log->suppressed, 0);
}

void pvg_log_printf(struct pvg_log *log, enum pvg_log_level level, const char *fmt, ...)
{
    static const char *const names[] = {"error", "warning", "info", "debug", "trace"};
    char line[1024];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    if (log->fn)
        log->fn(log->opaque, level, line);
    else
        fprintf(stderr, "openpvg: %s: %s\n", names[level], line);
}

bool pvg_log_site_pass(struct pvg_log *log, struct pvg_log_site *site, uint32_t *swallowed)
{
    uint64_t now = now_ns();
    uint64_t start = atomic_load_explicit(&site->window_ns, memory_order_relaxed);

    *swallowed = 0;
    if (now - start >= SITE_WINDOW_NS &&
        atomic_compare_exchange_strong_explicit(&site->window_ns, &start, now, memory_order_relaxed, memory_order_relaxed)) {
        uint32_t used = atomic_exchange_explicit(&site->in_window, 0, memory_order_relaxed);
        /* A site that was quiet gets its whole burst back; one that overflowed gets one line per window. */
        if (used > SITE_BURST)
            atomic_store_explicit(&site->in_window, SITE_BURST - 1, memory_order_relaxed);
        *swallowed = atomic_exchange_explicit(&site->swallowed, 0, memory_order_relaxed);
    }
    if (atomic_fetch_add_explicit(&site->in_window, 1, memory_order_relaxed) < SITE_BURST)
        return true;
    atomic_fetch_add_explicit(&site->swallowed, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&log->suppressed, 1, memory_order_relaxed);
    return false;
}

void pvg_error_set(struct pvg_error *err, const char *fmt, ...)
{
    va_list ap;

    if (!err)
        return;
    va_start(ap, fmt);
    vsnprintf(err->message, sizeof(err->message), fmt, ap);
    va_end(ap);
}
