/* SPDX-License-Identifier: MIT */
/** @file The bitcode wrapper (spec 07 section 2.9). */
#ifndef PVG_AIR_ASSEMBLE_H
#define PVG_AIR_ASSEMBLE_H

#include <openpvg/air.h>

/** Copy bitcode, bare or wrapped, into a fresh wrapper padded to 16 bytes. `*out` is malloc'ed. @return 0, -EINVAL, -ENOMEM. */
int pvg_air_wrap(const void *bitcode, size_t size, uint8_t **out, size_t *out_size, struct pvg_error *err);

#endif
