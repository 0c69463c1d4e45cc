/* SPDX-License-Identifier: MIT */
/** @file What the container reader and writer share (spec 07 section 2). The API is in <openpvg/air.h>. */
#ifndef PVG_AIR_METALLIB_H
#define PVG_AIR_METALLIB_H

#include <openpvg/air.h>

/** TYPE tag of a stage (spec 07 section 2.13). Tile functions are kernels in the file. */
int pvg_metallib_type_of_stage(enum pvg_air_stage stage);

#endif
