/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device-tree node of apple-gfx-mmio on machines with a platform bus.
 */
#include "qemu/osdep.h"

#include "apple-gfx-fdt.h"
#include "hw/arm/fdt.h"
#include "system/device_tree.h"

static uint32_t window_size(SysBusDevice *sbdev, int window)
{
    return memory_region_size(sysbus_mmio_get_region(sbdev, window));
}

int apple_gfx_mmio_add_fdt_node(SysBusDevice *sbdev, void *fdt, PlatformBusDevice *pbus, const char *bus_node, int irq_start)
{
    static const char reg_names[] = "gfx\0iosfc";
    hwaddr gfx = platform_bus_get_mmio_addr(pbus, sbdev, 0);
    hwaddr iosfc = platform_bus_get_mmio_addr(pbus, sbdev, 1);
    uint32_t interrupts[6];
    g_autofree char *node = g_strdup_printf("%s/apple-gfx@%" PRIx64, bus_node, gfx);

    for (int i = 0; i < 2; i++) {
        interrupts[3 * i] = cpu_to_be32(GIC_FDT_IRQ_TYPE_SPI);
        interrupts[3 * i + 1] = cpu_to_be32(irq_start + platform_bus_get_irqn(pbus, sbdev, i));
        interrupts[3 * i + 2] = cpu_to_be32(GIC_FDT_IRQ_FLAGS_EDGE_LO_HI);
    }
    qemu_fdt_add_subnode(fdt, node);
    qemu_fdt_setprop_string(fdt, node, "compatible", "openpvg,apple-gfx-mmio");
    qemu_fdt_setprop_cells(fdt, node, "reg", (uint32_t)gfx, window_size(sbdev, 0), (uint32_t)iosfc, window_size(sbdev, 1));
    qemu_fdt_setprop(fdt, node, "reg-names", reg_names, sizeof(reg_names));
    qemu_fdt_setprop(fdt, node, "interrupts", interrupts, sizeof(interrupts));
    qemu_fdt_setprop(fdt, node, "interrupt-names", reg_names, sizeof(reg_names));
    return 0;
}
