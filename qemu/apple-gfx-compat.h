/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Headers and signatures that differ between the QEMU releases these devices build with (10.0 and later).
 */
#ifndef OPENPVG_APPLE_GFX_COMPAT_H
#define OPENPVG_APPLE_GFX_COMPAT_H

#if __has_include("system/memory.h")
#include "system/address-spaces.h"
#include "system/memory.h"
#else
#include "exec/address-spaces.h"
#include "exec/memory.h"
#endif
#if __has_include("system/ramblock.h")
#include "system/ramblock.h"
#else
#include "exec/ramblock.h"
#endif

#define APPLE_GFX_QEMU_AT_LEAST(major, minor)                                                                                      \
    (QEMU_VERSION_MAJOR > (major) || (QEMU_VERSION_MAJOR == (major) && QEMU_VERSION_MINOR >= (minor)))

/* Second parameter of class_init functions and the interface list of a type became const in 10.1. */
#if APPLE_GFX_QEMU_AT_LEAST(10, 1)
typedef const void *AppleGFXClassData;
#define APPLE_GFX_INTERFACES (const InterfaceInfo[])
#else
typedef void *AppleGFXClassData;
#define APPLE_GFX_INTERFACES (InterfaceInfo[])
#endif

#endif
