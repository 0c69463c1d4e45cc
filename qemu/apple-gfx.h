/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Apple's paravirtualized GPU on libopenpvg: what apple-gfx-pci and apple-gfx-mmio share.
 *
 * Locking: library threads never take the big lock. They reach QEMU through eventfds (interrupts) and bottom halves (frames,
 * cursor) only, so library calls that wait for such a thread may be made with the big lock held.
 */
#ifndef OPENPVG_APPLE_GFX_H
#define OPENPVG_APPLE_GFX_H

#include <openpvg/device.h>

#include "apple-gfx-compat.h"
#include "hw/qdev-core.h"
#include "qapi/qapi-types-common.h"
#include "qemu/event_notifier.h"
#include "qemu/thread.h"
#include "qemu/timer.h"
#include "system/runstate.h"
#include "ui/console.h"

#define TYPE_APPLE_GFX_PCI  "apple-gfx-pci"
#define TYPE_APPLE_GFX_MMIO "apple-gfx-mmio"

/* Channels 1..12 exist on known guests; higher ids trap and are handled from the register write. */
#define APPLE_GFX_CHANNEL_BELLS 12
#define APPLE_GFX_BELLS         (APPLE_GFX_CHANNEL_BELLS + 1 + PVG_MAX_DISPLAYS)
#define APPLE_GFX_IRQS          2

typedef struct AppleGFXState AppleGFXState;

/* One port: a QEMU console and what library threads have left for it. */
typedef struct AppleGFXDisplay {
    AppleGFXState *gfx;
    uint32_t index;
    QemuConsole *con;
    QEMUBH *bh;
    QEMUTimer *boot_timer; /* Follows the boot framebuffer; head 0 only. */
    bool boot_shown;       /* The surface holds the boot framebuffer. Big lock. */
    uint64_t shown;        /* Sequence of the frame in the surface, 0 = none. Big lock. */
    bool frame_pending;    /* Atomic. */

    QemuMutex lock;     /* Protects the members below; a leaf lock. */
    QEMUCursor *cursor; /* New image that the console has not got yet. */
    bool cursor_moved;
    int32_t cursor_x, cursor_y;
    bool cursor_visible;
} AppleGFXDisplay;

/* An ioeventfd of the register window and the doorbell behind it. */
typedef struct AppleGFXBell {
    EventNotifier notifier;
    enum pvg_doorbell bell;
    uint32_t value;
    bool added; /* Known to the library and the register window. */
} AppleGFXBell;

/* What differs between the two devices. */
typedef struct AppleGFXVariant {
    enum pvg_variant kind;
    unsigned irqs;
    /* Pulse an interrupt line or send the MSI. Main loop, big lock held. */
    void (*pulse)(AppleGFXState *s, enum pvg_irq irq);
    struct pvg_vcpu_ops vcpu;
} AppleGFXVariant;

struct AppleGFXState {
    DeviceState *dev;
    const AppleGFXVariant *variant;
    struct pvg_device *pvg; /* NULL before realize and after unrealize. */
    MemoryRegion iomem;

    EventNotifier irq[APPLE_GFX_IRQS];
    bool irq_ready;
    AppleGFXBell bells[APPLE_GFX_BELLS];

    MemoryListener listener;
    bool listening;
    bool ram_changing;      /* A library transaction is open. */
    GArray *ram;            /* AppleGFXRange: what the library holds. */
    GPtrArray *ram_leaving; /* MemoryRegions to be unreferenced once the transaction is committed. */
    MemoryRegion *own_ram;  /* BAR1: never part of guest RAM (spec 09 section 7.4 R0). */
    void *boot_framebuffer;
    size_t boot_framebuffer_size;
    bool discard_disabled;

    AppleGFXDisplay *heads;
    unsigned head_count;

    VMChangeStateEntry *run_state;
    bool paused;
    Error *migration_blocker;
    struct pvg_stats held; /* Test hook: what the library did while the big lock was held. */

    /* Properties. */
    struct pvg_mode *modes;
    uint32_t mode_count;
    uint32_t displays;
    uint32_t serial_base;
    char *display_name;
    uint32_t width_mm, height_mm;
    char *gpu;
    char *renderer;
    char *log;
    char *cache_dir;
    OnOffAuto ioeventfd;
    OnOffAuto irqfd;
    uint32_t page_shift;
};

/* Element type of "display-modes". */
extern const PropertyInfo apple_gfx_prop_mode;

/* Properties of both devices; `_state` is the device's type and `_field` its AppleGFXState. */
#define APPLE_GFX_PROPERTIES(_state, _field, _page_shift)                                                                          \
    DEFINE_PROP_ARRAY("display-modes", _state, _field.mode_count, _field.modes, apple_gfx_prop_mode, struct pvg_mode),             \
        DEFINE_PROP_UINT32("displays", _state, _field.displays, 1),                                                                \
        DEFINE_PROP_UINT32("serial-base", _state, _field.serial_base, 0),                                                          \
        DEFINE_PROP_STRING("display-name", _state, _field.display_name),                                                           \
        DEFINE_PROP_UINT32("width-mm", _state, _field.width_mm, 0), DEFINE_PROP_UINT32("height-mm", _state, _field.height_mm, 0),  \
        DEFINE_PROP_STRING("gpu", _state, _field.gpu), DEFINE_PROP_STRING("renderer", _state, _field.renderer),                    \
        DEFINE_PROP_STRING("cache-dir", _state, _field.cache_dir),                                                                 \
        DEFINE_PROP_ON_OFF_AUTO("ioeventfd", _state, _field.ioeventfd, ON_OFF_AUTO_AUTO),                                          \
        DEFINE_PROP_ON_OFF_AUTO("irqfd", _state, _field.irqfd, ON_OFF_AUTO_AUTO),                                                  \
        DEFINE_PROP_UINT32("x-page-shift", _state, _field.page_shift, _page_shift),                                                \
        DEFINE_PROP_STRING("x-log", _state, _field.log)

/* apple-gfx.c */
/* instance_init: register window and run-time properties. */
void apple_gfx_common_init(DeviceState *dev, AppleGFXState *s, const AppleGFXVariant *variant);
/* Create the library device and connect it. On failure nothing is left behind. */
bool apple_gfx_common_realize(AppleGFXState *s, Error **errp);
/* Stop the library and undo realize; safe at any stage of it. */
void apple_gfx_common_unrealize(AppleGFXState *s);
/* Hold phase of a reset: when it returns the device touches no guest memory. */
void apple_gfx_common_reset(AppleGFXState *s);
/* Deliver interrupts of `irq` from the main loop (true) or leave the eventfd to KVM (false). Ends with one extra pulse. */
void apple_gfx_irq_from_main_loop(AppleGFXState *s, enum pvg_irq irq, bool enable);
uint64_t apple_gfx_window_read(AppleGFXState *s, enum pvg_window window, hwaddr offset, unsigned size);
void apple_gfx_window_write(AppleGFXState *s, enum pvg_window window, hwaddr offset, uint64_t value, unsigned size);
/* Register window of a device: access sizes of spec 09 section 7.2, lock-free dispatch where QEMU has it. */
void apple_gfx_init_window(MemoryRegion *mr, Object *owner, const MemoryRegionOps *ops, void *opaque, const char *name,
                           uint64_t size);

/* The configured modes, or the default ones. */
const struct pvg_mode *apple_gfx_modes(const AppleGFXState *s, uint32_t *count);

/* apple-gfx-ram.c */
bool apple_gfx_ram_start(AppleGFXState *s, Error **errp);
void apple_gfx_ram_stop(AppleGFXState *s);

/* apple-gfx-console.c */
extern const struct pvg_display_callbacks apple_gfx_display_callbacks;
/* Allocate per-port state; called before the library exists. */
void apple_gfx_heads_init(AppleGFXState *s);
/* Create the consoles; the library exists. */
void apple_gfx_heads_connect(AppleGFXState *s);
/* Back to the picture of a machine that has just been switched on. */
void apple_gfx_heads_reset(AppleGFXState *s);
void apple_gfx_heads_close(AppleGFXState *s);

/* apple-gfx-bootfb.c */
/* Bring the surface up to date with the boot framebuffer. @return false if there is none. */
bool apple_gfx_bootfb_show(AppleGFXDisplay *head);

/* apple-gfx-vcpu.c: struct pvg_vcpu_ops for arm64 (spec 09 section 7.10). */
bool apple_gfx_vcpu_registers(void *opaque, uint64_t x[3]);
bool apple_gfx_vcpu_read_virtual(void *opaque, uint64_t va, void *buf, size_t len);

#endif
