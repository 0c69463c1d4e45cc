/* SPDX-License-Identifier: MIT */
/**
 * @file Log lines with per-site rate limiting.
 *
 * Guest-triggered lines go through pvg_warn_limited(): each call site has a bucket (burst 8, then one line per second); what it
 * swallows is counted and reported with the site's next line.
 */
#ifndef PVG_UTIL_LOG_H
#define PVG_UTIL_LOG_H

#include <openpvg/common.h>

#include <stdarg.h>
#include <stdatomic.h>

struct pvg_log {
    pvg_log_fn fn; /**< NULL: stderr. */
    void *opaque;
    enum pvg_log_level level;
    _Atomic uint64_t suppressed;
};

/** State of one rate-limited call site; zero-initialised static. Shared by all devices of the process. */
struct pvg_log_site {
    _Atomic uint64_t window_ns;
    _Atomic uint32_t in_window;
    _Atomic uint32_t swallowed;
};

void pvg_log_init(struct pvg_log *log, pvg_log_fn fn, void *opaque, enum pvg_log_level level);
void pvg_log_printf(struct pvg_log *log, enum pvg_log_level level, const char *fmt, ...) PVG_PRINTF(3, 4);
/** @return true when the site may print now; fills the number of lines swallowed since the last one. */
bool pvg_log_site_pass(struct pvg_log *log, struct pvg_log_site *site, uint32_t *swallowed);

#define pvg_log_enabled(log, lvl) ((lvl) <= (log)->level)
#define pvg_logf(log, lvl, ...)                                                                                                    \
    do {                                                                                                                           \
        if (pvg_log_enabled(log, lvl))                                                                                             \
            pvg_log_printf(log, lvl, __VA_ARGS__);                                                                                 \
    } while (0)
#define pvg_info(log, ...)  pvg_logf(log, PVG_LOG_INFO, __VA_ARGS__)
#define pvg_debug(log, ...) pvg_logf(log, PVG_LOG_DEBUG, __VA_ARGS__)
#define pvg_trace(log, ...) pvg_logf(log, PVG_LOG_TRACE, __VA_ARGS__)

/** A guest mistake or refusal: named, rate limited per call site. */
#define pvg_warn_limited(log, ...)                                                                                                 \
    do {                                                                                                                           \
        static struct pvg_log_site pvg_site_;                                                                                      \
        uint32_t pvg_swallowed_;                                                                                                   \
        if (pvg_log_enabled(log, PVG_LOG_WARN) && pvg_log_site_pass(log, &pvg_site_, &pvg_swallowed_)) {                           \
            pvg_log_printf(log, PVG_LOG_WARN, __VA_ARGS__);                                                                        \
            if (pvg_swallowed_)                                                                                                    \
                pvg_log_printf(log, PVG_LOG_WARN, "(%u similar lines suppressed)", pvg_swallowed_);                                \
        }                                                                                                                          \
    } while (0)

/** Fill an error, if the caller wants one. */
void pvg_error_set(struct pvg_error *err, const char *fmt, ...) PVG_PRINTF(2, 3);

#endif
