/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OPENPVG_APPLE_GFX_FDT_H
#define OPENPVG_APPLE_GFX_FDT_H

#include "hw/platform-bus.h"
#include "hw/sysbus.h"

/* Add the node of an apple-gfx-mmio device under `bus_node` (the binding is in README.md). `irq_start`: first SPI of the bus. */
int apple_gfx_mmio_add_fdt_node(SysBusDevice *sbdev, void *fdt, PlatformBusDevice *pbus, const char *bus_node, int irq_start);

#endif
