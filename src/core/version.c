/* SPDX-License-Identifier: MIT */
#include "version.h"

const char *pvg_version(void)
{
    return PVG_VERSION_STRING;
}
