/* SPDX-License-Identifier: MIT */
/**
 * @file Definitions shared by every public header: export macro, errors, logging.
 */
#ifndef OPENPVG_COMMON_H
#define OPENPVG_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define PVG_EXTERN_C extern "C"
#else
#define PVG_EXTERN_C
#endif

/** Marks a function that the shared library exports. Everything else has hidden visibility. */
#define PVG_API PVG_EXTERN_C __attribute__((visibility("default")))

/** printf-style argument checking. */
#define PVG_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/**
 * A failure in words, filled by functions that take one. The message names the offending value and, where there is one, the
 * remedy. Callers may pass NULL where they only need the return code (a negative errno value).
 */
struct pvg_error {
    char message[512];
};

/** Severity of a log line. */
enum pvg_log_level {
    PVG_LOG_ERROR, /**< The library cannot do what it exists for (device lost, no Vulkan). */
    PVG_LOG_WARN,  /**< The guest sent something that was refused; that record is lost. */
    PVG_LOG_INFO,  /**< Rare, useful facts: chosen renderer, display online, reset. */
    PVG_LOG_DEBUG, /**< Per-object and per-packet facts. */
    PVG_LOG_TRACE, /**< Per-record facts. */
};

/**
 * Receives log lines. `message` has no trailing newline and is valid during the call only.
 * Thread-safety: called from any library thread, also concurrently; must not block and must not call into the library.
 */
typedef void (*pvg_log_fn)(void *opaque, enum pvg_log_level level, const char *message);

#endif
