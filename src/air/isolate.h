/* SPDX-License-Identifier: MIT */
/**
 * @file Calls in a child process.
 *
 * LLVM's bitcode reader trusts its input: damaged bitcode can crash it, make it loop, or let it corrupt memory without a sign.
 * Bitcode of a guest is therefore only ever given to LLVM in a short-lived forked child with limits on time and memory, and what
 * comes back is checked bytes.
 */
#ifndef PVG_AIR_ISOLATE_H
#define PVG_AIR_ISOLATE_H

#include "air/bytes.h"

#include <openpvg/common.h>

/** Work of a child: 0 and bytes in `reply`, or a negative errno value and a message in `err`. */
typedef int (*pvg_isolated_fn)(void *arg, struct pvg_bytes *reply, struct pvg_error *err);

/**
 * Call `fn(arg)` in a child and bring its reply back. Where no child can be made (a sandbox of the embedder) the call happens here.
 * Thread-safety: any thread, also concurrently.
 * @return what `fn` returned; -EINVAL when the child crashed, hung or ran into a limit; -ENOMEM. `reply` is freed by the caller.
 */
int pvg_isolated_call(pvg_isolated_fn fn, void *arg, struct pvg_bytes *reply, struct pvg_error *err);

#endif
