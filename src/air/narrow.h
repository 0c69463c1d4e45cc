/* SPDX-License-Identifier: MIT */
/** @file Modules for devices without 8-bit and 16-bit types. */
#ifndef PVG_AIR_NARROW_H
#define PVG_AIR_NARROW_H

#include "air/translate.h"

/** The needs that pvg_at_without_narrow_types() takes away. */
#define PVG_AT_NARROW_NEEDS                                                                                                        \
    (PVG_AIR_NEED_FLOAT16 | PVG_AIR_NEED_INT8 | PVG_AIR_NEED_INT16 | PVG_AIR_NEED_STORAGE8 | PVG_AIR_NEED_STORAGE16)

/** The module without 8-bit and 16-bit numbers: they are computed in 32 bits. Refuses operations that it does not know. */
struct pvg_spv_words pvg_at_without_narrow_types(struct pvg_at *at, struct pvg_spv_words module);

#endif
