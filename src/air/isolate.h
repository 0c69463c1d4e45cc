/* SPDX-License-Identifier: MIT */
/**
 * @file Calls in a sandboxed process.
 *
 * LLVM's bitcode reader trusts its input: damaged bitcode can crash it, make it loop, or let it corrupt memory without a sign.
 * Bitcode of a guest is therefore only ever given to LLVM in short-lived children of the program pvg-air-helper, one per call, with
 * limits on processor time and memory and without access to files or the network; what comes back is checked bytes (remote.h).
 */
#ifndef PVG_AIR_ISOLATE_H
#define PVG_AIR_ISOLATE_H

#include "air/bytes.h"

#include <openpvg/common.h>

/** What a child can be asked for. */
enum pvg_isolated_op {
    PVG_ISOLATED_TRANSLATE = 1, /**< remote.c: one function to SPIR-V. */
    PVG_ISOLATED_LIST = 2,      /**< metallib.c: the entry points of a module. */
    PVG_ISOLATED_TEST = 0x1000, /**< From here on: only the helper that the tests build. */
};

/**
 * Let a child serve one request and bring its reply back. The helper is started by the first call, and again if it has ended.
 * Thread-safety: any thread, also concurrently; children run in parallel.
 * @param answered Receives whether the child answered; else `err` says what became of it. May be NULL.
 * @return what the child answered, its message in `err`; -EINVAL when it crashed, hung or broke a rule, with the cause in `err`
 * ("bitcode made the translator crash (signal 11)"); -ENOMEM when it needed more memory than it gets; another negative errno value
 * when no child could be started, with the remedy in `err`. `reply` is freed by the caller.
 */
int pvg_isolated_call(enum pvg_isolated_op op, const struct pvg_bytes *request, struct pvg_bytes *reply, bool *answered,
                      struct pvg_error *err);

/** End the helper of this process, if there is one. A later call starts another. No call may be under way. */
void pvg_isolated_stop(void);

#endif
