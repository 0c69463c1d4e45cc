/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * apple-gfx-mmio: the platform device of Apple's paravirtualized GPU, with the IOSurface mapper (spec 01 sections 1.3 and 4,
 * spec 09 section 8).
 */
#include "qemu/osdep.h"

#include "apple-gfx.h"
#include "hw/irq.h"
#include "hw/qdev-properties.h"
#include "hw/sysbus.h"
#include "qapi/error.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "system/kvm.h"

OBJECT_DECLARE_SIMPLE_TYPE(AppleGFXMMIOState, APPLE_GFX_MMIO)

struct AppleGFXMMIOState {
    SysBusDevice parent_obj;

    AppleGFXState common;
    MemoryRegion iosfc;
    qemu_irq irq[APPLE_GFX_IRQS];
    qemu_irq irqfd[APPLE_GFX_IRQS]; /* Lines that KVM raises from the eventfd, NULL when the main loop does. */
};

static uint64_t iosfc_read(void *opaque, hwaddr offset, unsigned size)
{
    return apple_gfx_window_read(opaque, PVG_WINDOW_IOSFC, offset, size);
}

static void iosfc_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    apple_gfx_window_write(opaque, PVG_WINDOW_IOSFC, offset, value, size);
}

static const MemoryRegionOps iosfc_ops = {
    .read = iosfc_read,
    .write = iosfc_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = {.min_access_size = 1, .max_access_size = 8},
    .impl = {.min_access_size = 1, .max_access_size = 8},
};

/* ---- Interrupts ------------------------------------------------------------------------------------------------------------ */

static void pulse(AppleGFXState *common, enum pvg_irq irq)
{
    AppleGFXMMIOState *s = container_of(common, AppleGFXMMIOState, common);

    qemu_irq_pulse(s->irq[irq]);
}

/*
 * The machine connected one of the lines: let KVM raise it where its interrupt controller has registered the line. The eventfd
 * pulses it, which is what the edge-triggered interrupts need.
 */
static void line_connected(SysBusDevice *sbd, qemu_irq line)
{
    AppleGFXMMIOState *s = APPLE_GFX_MMIO(sbd);

    if (s->common.irqfd == ON_OFF_AUTO_OFF || !kvm_enabled() || !kvm_irqfds_enabled() || !s->common.irq_ready) {
        return;
    }
    for (unsigned i = 0; i < APPLE_GFX_IRQS; i++) {
        if (s->irq[i] != line || s->irqfd[i]) {
            continue;
        }
        event_notifier_set_handler(&s->common.irq[i], NULL);
        if (kvm_irqchip_add_irqfd_notifier(kvm_state, &s->common.irq[i], NULL, line) < 0) {
            apple_gfx_irq_from_main_loop(&s->common, i, true);
            continue;
        }
        s->irqfd[i] = line;
        apple_gfx_irq_from_main_loop(&s->common, i, false);
    }
}

static void irqfds_release(AppleGFXMMIOState *s)
{
    if (!kvm_enabled()) {
        return;
    }
    for (unsigned i = 0; i < APPLE_GFX_IRQS; i++) {
        if (s->irqfd[i]) {
            kvm_irqchip_remove_irqfd_notifier(kvm_state, &s->common.irq[i], s->irqfd[i]);
            s->irqfd[i] = NULL;
        }
    }
}

/* ---- Life cycle ------------------------------------------------------------------------------------------------------------ */

static const AppleGFXVariant mmio_variant = {
    .kind = PVG_VARIANT_PLATFORM,
    .irqs = APPLE_GFX_IRQS,
    .pulse = pulse,
    .vcpu = {.registers = apple_gfx_vcpu_registers, .read_virtual = apple_gfx_vcpu_read_virtual},
};

static void realize(DeviceState *dev, Error **errp)
{
    apple_gfx_common_realize(&APPLE_GFX_MMIO(dev)->common, errp);
}

static void unrealize(DeviceState *dev)
{
    AppleGFXMMIOState *s = APPLE_GFX_MMIO(dev);

    irqfds_release(s);
    apple_gfx_common_unrealize(&s->common);
}

static void reset_hold(Object *obj, ResetType type)
{
    apple_gfx_common_reset(&APPLE_GFX_MMIO(obj)->common);
}

static void instance_init(Object *obj)
{
    AppleGFXMMIOState *s = APPLE_GFX_MMIO(obj);
    SysBusDevice *sbd = SYS_BUS_DEVICE(obj);

    apple_gfx_common_init(DEVICE(obj), &s->common, &mmio_variant);
    apple_gfx_init_window(&s->iosfc, obj, &iosfc_ops, &s->common, "apple-gfx-iosfc", PVG_IOSFC_SIZE);
    sysbus_init_mmio(sbd, &s->common.iomem);
    sysbus_init_mmio(sbd, &s->iosfc);
    for (unsigned i = 0; i < APPLE_GFX_IRQS; i++) {
        sysbus_init_irq(sbd, &s->irq[i]);
    }
}

static const Property properties[] = {
    APPLE_GFX_PROPERTIES(AppleGFXMMIOState, common, 14),
};

static void class_init(ObjectClass *klass, AppleGFXClassData data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    SysBusDeviceClass *sc = SYS_BUS_DEVICE_CLASS(klass);
    ResettableClass *rc = RESETTABLE_CLASS(klass);

    dc->realize = realize;
    dc->unrealize = unrealize;
    rc->phases.hold = reset_hold;
    sc->connect_irq_notifier = line_connected;
    dc->desc = "macOS Paravirtualized Graphics platform device";
    set_bit(DEVICE_CATEGORY_DISPLAY, dc->categories);
    device_class_set_props(dc, properties);
}

static const TypeInfo types[] = {
    {
        .name = TYPE_APPLE_GFX_MMIO,
        .parent = TYPE_DYNAMIC_SYS_BUS_DEVICE,
        .instance_size = sizeof(AppleGFXMMIOState),
        .instance_init = instance_init,
        .class_init = class_init,
    },
};

DEFINE_TYPES(types)
