/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * apple-gfx-pci: the PCI function of Apple's paravirtualized GPU (spec 01 section 1.2, spec 09 sections 7.3 and 7.8).
 */
#include "qemu/osdep.h"

#include "apple-gfx.h"
#include "hw/display/trace.h"
#include "hw/pci/msi.h"
#include "hw/pci/pci_device.h"
#include "hw/qdev-properties.h"
#include "qapi/error.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "qemu/units.h"
#include "system/kvm.h"

OBJECT_DECLARE_SIMPLE_TYPE(AppleGFXPCIState, APPLE_GFX_PCI)

#define BAR_REGISTERS   0
#define BAR_FRAMEBUFFER 1
#define FRAMEBUFFER_MAX (256 * MiB)

struct AppleGFXPCIState {
    PCIDevice parent_obj;

    AppleGFXState common;
    MemoryRegion framebuffer;
    uint64_t fbsize;
    uint16_t class_word;

    int virq; /* KVM route of the MSI, -1 when interrupts go through the main loop. */
    MSIMessage routed;
};

/* ---- Interrupt ------------------------------------------------------------------------------------------------------------- */

static void pulse(AppleGFXState *common, enum pvg_irq irq)
{
    AppleGFXPCIState *s = container_of(common, AppleGFXPCIState, common);

    if (msi_enabled(&s->parent_obj)) {
        msi_notify(&s->parent_obj, 0);
    }
}

static void irqfd_release(AppleGFXPCIState *s)
{
    EventNotifier *n = &s->common.irq[PVG_IRQ_GFX];

    if (s->virq < 0) {
        return;
    }
    trace_apple_gfx_irqfd(false, s->virq);
    kvm_irqchip_remove_irqfd_notifier_gsi(kvm_state, n, s->virq);
    kvm_irqchip_release_virq(kvm_state, s->virq);
    s->virq = -1;
    apple_gfx_irq_from_main_loop(&s->common, PVG_IRQ_GFX, true);
}

/* On failure interrupts stay with the main loop. */
static void irqfd_bind(AppleGFXPCIState *s)
{
    PCIDevice *pci = &s->parent_obj;
    KVMRouteChange change = kvm_irqchip_begin_route_changes(kvm_state);
    int virq = kvm_irqchip_add_msi_route(&change, 0, pci);

    if (virq < 0) {
        return;
    }
    kvm_irqchip_commit_route_changes(&change);
    s->routed = msi_get_message(pci, 0);
    event_notifier_set_handler(&s->common.irq[PVG_IRQ_GFX], NULL);
    if (kvm_irqchip_add_irqfd_notifier_gsi(kvm_state, &s->common.irq[PVG_IRQ_GFX], NULL, virq) < 0) {
        kvm_irqchip_release_virq(kvm_state, virq);
        apple_gfx_irq_from_main_loop(&s->common, PVG_IRQ_GFX, true);
        return;
    }
    s->virq = virq;
    trace_apple_gfx_irqfd(true, virq);
    apple_gfx_irq_from_main_loop(&s->common, PVG_IRQ_GFX, false);
}

/* QEMU has no notifier for MSI (it has for MSI-X): compare what the guest has configured with what is bound. */
static void irqfd_update(AppleGFXPCIState *s)
{
    PCIDevice *pci = &s->parent_obj;
    /* QEMU's own MSIs are dropped while bus mastering is off; an irqfd would not be. */
    bool wanted = s->common.irqfd != ON_OFF_AUTO_OFF && kvm_enabled() && kvm_msi_via_irqfd_enabled() && msi_enabled(pci) &&
                  pci_get_word(pci->config + PCI_COMMAND) & PCI_COMMAND_MASTER;

    if (!wanted) {
        irqfd_release(s);
        return;
    }
    if (s->virq < 0) {
        irqfd_bind(s);
        return;
    }
    MSIMessage message = msi_get_message(pci, 0);

    if (message.address != s->routed.address || message.data != s->routed.data) {
        s->routed = message;
        kvm_irqchip_update_msi_route(kvm_state, s->virq, message, pci);
        kvm_irqchip_commit_routes(kvm_state);
        event_notifier_set(&s->common.irq[PVG_IRQ_GFX]);
    }
}

static void config_write(PCIDevice *pci, uint32_t addr, uint32_t value, int len)
{
    AppleGFXPCIState *s = APPLE_GFX_PCI(pci);

    pci_default_write_config(pci, addr, value, len);
    if (s->common.pvg) {
        irqfd_update(s);
    }
}

/* ---- Life cycle ------------------------------------------------------------------------------------------------------------ */

static const AppleGFXVariant pci_variant = {
    .kind = PVG_VARIANT_PCI,
    .irqs = 1,
    .pulse = pulse,
};

static bool framebuffer_init(AppleGFXPCIState *s, Error **errp)
{
    if (!s->fbsize) {
        return true;
    }
    if (!is_power_of_2(s->fbsize) || s->fbsize < 4 * KiB || s->fbsize > FRAMEBUFFER_MAX) {
        error_setg(errp, "fbsize: %" PRIu64 " bytes; accepted: 0 (none) or a power of two from 4K to 256M", s->fbsize);
        return false;
    }
    if (!memory_region_init_ram(&s->framebuffer, OBJECT(s), "apple-gfx-framebuffer", s->fbsize, errp)) {
        return false;
    }
    pci_register_bar(&s->parent_obj, BAR_FRAMEBUFFER, PCI_BASE_ADDRESS_SPACE_MEMORY, &s->framebuffer);
    s->common.own_ram = &s->framebuffer;
    s->common.boot_framebuffer = memory_region_get_ram_ptr(&s->framebuffer);
    s->common.boot_framebuffer_size = s->fbsize;
    return true;
}

static void realize(PCIDevice *pci, Error **errp)
{
    AppleGFXPCIState *s = APPLE_GFX_PCI(pci);

    s->virq = -1;
    if (s->common.irqfd == ON_OFF_AUTO_ON && !(kvm_enabled() && kvm_msi_via_irqfd_enabled())) {
        error_setg(errp, "irqfd=on needs KVM with an in-kernel interrupt controller; accepted here: auto, off");
        return;
    }
    pci_set_word(pci->config + PCI_CLASS_DEVICE, s->class_word);
    pci_register_bar(pci, BAR_REGISTERS, PCI_BASE_ADDRESS_SPACE_MEMORY, &s->common.iomem);
    if (!framebuffer_init(s, errp)) {
        return;
    }
    if (msi_init(pci, 0, 1, true, false, errp) < 0) {
        return;
    }
    if (!apple_gfx_common_realize(&s->common, errp)) {
        msi_uninit(pci);
    }
}

static void unrealize(PCIDevice *pci)
{
    AppleGFXPCIState *s = APPLE_GFX_PCI(pci);

    irqfd_release(s);
    apple_gfx_common_unrealize(&s->common);
    msi_uninit(pci);
}

/*
 * The bus clears the MSI capability after this, in configuration space and without config_write(): the route is dropped here
 * unconditionally and made again when the guest enables MSI (spec 09 section 7.7).
 */
static void reset_hold(Object *obj, ResetType type)
{
    AppleGFXPCIState *s = APPLE_GFX_PCI(obj);

    if (s->common.pvg) {
        irqfd_release(s);
    }
    apple_gfx_common_reset(&s->common);
}

static void instance_init(Object *obj)
{
    AppleGFXPCIState *s = APPLE_GFX_PCI(obj);

    s->virq = -1;
    apple_gfx_common_init(DEVICE(obj), &s->common, &pci_variant);
}

static const Property properties[] = {
    APPLE_GFX_PROPERTIES(AppleGFXPCIState, common, 12),
    DEFINE_PROP_UINT16("class", AppleGFXPCIState, class_word, PCI_CLASS_DISPLAY_VGA),
    DEFINE_PROP_SIZE("fbsize", AppleGFXPCIState, fbsize, 16 * MiB),
};

static void class_init(ObjectClass *klass, AppleGFXClassData data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(klass);
    ResettableClass *rc = RESETTABLE_CLASS(klass);

    pc->vendor_id = PVG_PCI_VENDOR_ID;
    pc->device_id = PVG_PCI_DEVICE_ID;
    pc->class_id = PCI_CLASS_DISPLAY_VGA;
    pc->realize = realize;
    pc->exit = unrealize;
    pc->config_write = config_write;
    rc->phases.hold = reset_hold;
    dc->desc = "macOS Paravirtualized Graphics PCI Display Controller";
    dc->hotpluggable = false;
    set_bit(DEVICE_CATEGORY_DISPLAY, dc->categories);
    device_class_set_props(dc, properties);
}

static const TypeInfo types[] = {
    {
        .name = TYPE_APPLE_GFX_PCI,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(AppleGFXPCIState),
        .instance_init = instance_init,
        .class_init = class_init,
        .interfaces =
            APPLE_GFX_INTERFACES{
                {INTERFACE_PCIE_DEVICE},
                {INTERFACE_CONVENTIONAL_PCI_DEVICE},
                {},
            },
    },
};

DEFINE_TYPES(types)
