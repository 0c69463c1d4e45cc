/* SPDX-License-Identifier: MIT */
/** @file What the object list of a task holds, by ref (reach.c). */
#ifndef PVG_STREAM_REACH_H
#define PVG_STREAM_REACH_H

#include "stream/internal.h"

/** Read the list anew; descriptors are looked at only where an entry changed. @return number of valid elements of `o->reach`. */
uint32_t pvg_reach_update(struct pvg_objects *o);
/** The object is gone: its entry says nothing any more, even if it stays the same. */
void pvg_reach_forget(struct pvg_objects *o, uint32_t ref);

#endif
