/* SPDX-License-Identifier: MIT */
/**
 * @file Visible functions (spec 07 sections 4.11 and 5.15): linked by name, and called through tables of them.
 *
 * SPIR-V has no pointers to functions. A table is a buffer of 32-bit numbers: 0 is null, n the n-th function of the options' list.
 * A call through it becomes a switch over the linked functions of the called type, which LLVM then inlines.
 */
#ifndef PVG_AIR_VISIBLE_H
#define PVG_AIR_VISIBLE_H

#include "air/translate.h"

/** Take the visible functions of the options into the module, before its entry point is parsed. */
void pvg_at_link(struct pvg_at *at);
/** References and calls through tables become direct calls. After parsing the entry point, before inlining. */
void pvg_at_resolve_visible(struct pvg_at *at);

#endif
