/* SPDX-License-Identifier: MIT */
/** @file Where the program pvg-air-helper is. */
#ifndef PVG_AIR_HELPER_PATH_H
#define PVG_AIR_HELPER_PATH_H

#include <limits.h>

/** Names the program; for installations that are found in no other way, and for tests. */
#define PVG_HELPER_ENV "OPENPVG_AIR_HELPER"

/**
 * $OPENPVG_AIR_HELPER, else the helper of the build tree that this library is part of, else the one of its own installation, else
 * where it is installed by default. Always fills `path`, with the default place when it is nowhere.
 */
void pvg_helper_path(char path[PATH_MAX]);

#endif
