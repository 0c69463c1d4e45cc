/* SPDX-License-Identifier: MIT */
/** @file Host implementations of the AIR functions that random kernels call: integers, exact float functions, atomics. */
#ifndef PVG_TESTS_AIR_DIFF_AIR_H
#define PVG_TESTS_AIR_DIFF_AIR_H

#include "tests/air/jit.h"

jit_external *diff_resolve(void *arg, struct jit_call *call);

#endif
