/* SPDX-License-Identifier: MIT */
/** @file What the container reader and writer share (spec 07 section 2). The API is in <openpvg/air.h>. */
#ifndef PVG_AIR_METALLIB_H
#define PVG_AIR_METALLIB_H

#include "air/bytes.h"

#include <openpvg/air.h>

/** TYPE tag of a stage (spec 07 section 2.13). Tile functions are kernels in the file. */
int pvg_metallib_type_of_stage(enum pvg_air_stage stage);

/** Name, type and versions of each entry point of a bare module, as pvg_metallib_open() takes them from a child (isolate.h). */
int pvg_metallib_list_entries(const void *bitcode, size_t size, struct pvg_bytes *reply, struct pvg_error *err);

#endif
