/* SPDX-License-Identifier: MIT */
#include "air/helper.h"

#include <openpvg/air.h>

#include <stdio.h>

/* Sizes of what travels tell apart builds that the version does not. */
void pvg_helper_build(char name[64])
{
    snprintf(name, 64, "%s-%d-%zx-%zx-%zx-%zx-%zx", PVG_HELPER_VERSION, PVG_AIR_REVISION, sizeof(struct pvg_air_options),
             sizeof(struct pvg_air_reflection), sizeof(struct pvg_air_varying), sizeof(struct pvg_helper_reply),
             sizeof(struct pvg_helper_outcome));
}
