/* SPDX-License-Identifier: MIT */
/** @file Translation behind the process boundary: what the child sends back, and what the parent believes of it. */
#ifndef PVG_AIR_REMOTE_H
#define PVG_AIR_REMOTE_H

#include "air/bytes.h"

#include <openpvg/air.h>

/** pvg_air_translate() in this process. For bitcode that is trusted, and for the child. */
int pvg_air_translate_here(const void *bitcode, size_t size, const char *entry, const struct pvg_air_options *options,
                           struct pvg_air_shader **out, struct pvg_error *err);

void pvg_air_shader_write(const struct pvg_air_shader *shader, struct pvg_bytes *out);
/** @return NULL when the bytes are no shader whose reflection keeps its own rules (pvg_air_reflection_valid()), or without memory.
 */
struct pvg_air_shader *pvg_air_shader_read(const void *data, size_t size);

/** The child's side of pvg_air_translate(): what it sent to what it takes. */
int pvg_air_translate_request(const uint8_t *data, size_t size, struct pvg_bytes *reply, struct pvg_error *err);

/** Every entry of every part lies inside the argument table, and every index inside Metal's tables. */
bool pvg_air_reflection_valid(const struct pvg_air_reflection *r);

#endif
