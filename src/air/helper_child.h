/* SPDX-License-Identifier: MIT */
/** @file The sandboxed child of pvg-air-helper. */
#ifndef PVG_AIR_HELPER_CHILD_H
#define PVG_AIR_HELPER_CHILD_H

#include "air/helper.h"

#include <sys/types.h>

/**
 * Serve one request from `data` and end. Called in a fresh child. `errors` (or -1) becomes its standard error.
 * @param parent The helper; the child ends with it.
 */
_Noreturn void pvg_helper_child(pid_t parent, int data, int errors);

/**
 * Translate a module of our own, so that children find LLVM loaded and its tables built, and try whether a child can be confined.
 * @return 0 or -1 with `err` filled.
 */
int pvg_helper_warm_up(struct pvg_error *err);

/**
 * Forbid every system call but those that a translation needs, from here on and for good. Creating threads and processes, opening
 * files and sockets, signalling others and executable memory are not among them.
 * @return 0 or a negative errno value.
 */
int pvg_helper_confine(void);

#endif
