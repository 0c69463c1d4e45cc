/* SPDX-License-Identifier: MIT */
/** @file The connection of this process to its helper: finding, starting, restarting. Used by isolate.c only. */
#ifndef PVG_AIR_HELPER_LINK_H
#define PVG_AIR_HELPER_LINK_H

#include "air/helper.h"

/**
 * Send an order with its two descriptors, starting the helper if there is none.
 * @param generation receives which helper took it, for pvg_helper_lost(). @return 0 or a negative errno value with `err` filled.
 */
int pvg_helper_order(uint64_t id, int data, int outcome, uint64_t *generation, struct pvg_error *err);

/** The helper of that generation does not answer any more: the next order starts another. Later generations are left alone. */
void pvg_helper_lost(uint64_t generation);

#endif
