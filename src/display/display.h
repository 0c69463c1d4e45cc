/* SPDX-License-Identifier: MIT */
/**
 * @file Display pipes: shared page, connection handshake, vblank, presents, cursor, frames to the front-end (spec 04).
 *
 * Functions run on the worker thread unless a comment says otherwise. The display thread of this layer ticks by itself.
 */
#ifndef PVG_DISPLAY_DISPLAY_H
#define PVG_DISPLAY_DISPLAY_H

#include "core/task.h"

struct pvg_displays;

/** Create pipes and start the display thread. @return NULL with `err` on a bad configuration. */
struct pvg_displays *pvg_displays_create(struct pvg_device *dev, const struct pvg_device_config *config, struct pvg_error *err);
void pvg_displays_destroy(struct pvg_displays *d);
/** Device reset: all pipes offline, no page, no armed event; when it returns the display thread touches no guest RAM. */
void pvg_displays_reset(struct pvg_displays *d);
/** Implemented by the core, which owns them. */
struct pvg_displays *pvg_device_displays(struct pvg_device *dev);

/** Number of ports (register 0x122C). Any thread. */
uint32_t pvg_displays_count(const struct pvg_displays *d);

/** One FIFO packet 0x01..0x0A of display channel `channel`. */
enum pvg_display_verdict {
    PVG_DISPLAY_DONE, /**< Retire the packet's stamp now (behind earlier work of the channel). */
    PVG_DISPLAY_HOLD, /**< Back-pressure: leave the packet unconsumed; pvg_device_kick() follows when it can run. */
};
enum pvg_display_verdict pvg_displays_packet(struct pvg_displays *d, uint32_t channel, uint16_t opcode, const uint8_t *payload,
                                             size_t len);

/**
 * The core published a stamp of FIFO `channel`: the event of a finished present on it may follow (spec 04 section 4.4 step 9). Any
 * thread, without locks; one atomic load when nothing is due.
 */
void pvg_displays_stamped(struct pvg_displays *d, uint32_t channel);

/** FIFO `channel` was defined (0x30) or freed (0x31): shared pages named on a freed one may be gone (spec 04 section 4.1). */
void pvg_displays_channel(struct pvg_displays *d, uint32_t channel, bool live);

/** Register 0x1220: cursor position of `pipe` is in its shared page. Any thread; only marks, never waits. */
void pvg_displays_cursor_poke(struct pvg_displays *d, uint32_t pipe);

/* Services of the core for this layer. */

/** Set bits of the display interrupt status (0x1014) and raise the gfx interrupt. Any thread. */
void pvg_device_display_irq(struct pvg_device *dev, uint32_t bits);
/** Wake the worker: a held display channel may run. Any thread. */
void pvg_device_kick(struct pvg_device *dev);
/**
 * Run `fn` between two users of guest RAM with the RAM map pinned: how the display thread reads and writes shared pages.
 * @return false when the device is resetting or RAM is being changed; `fn` was not called.
 */
bool pvg_device_with_ram(struct pvg_device *dev, void (*fn)(void *arg), void *arg);
/** Where firmware or an early kernel draws (registers 0x1210 and 0x1228; spec 01 section 8.5). */
struct pvg_boot_scanout {
    uint64_t gpa;           /**< First byte in guest-physical memory; every page must be checked to be RAM. */
    uint32_t pitch;         /**< Bytes per row; below width * 4 the framebuffer is unusable. */
    uint32_t width, height; /**< The only pre-boot mode. */
};
/** @return false when no address is programmed: the boot framebuffer of the configuration is shown. Any thread, lock-free. */
bool pvg_device_boot_scanout(struct pvg_device *dev, struct pvg_boot_scanout *out);
/** Host pointer of [gpa, gpa+len) inside one RAM region, NULL if it is not RAM. Inside pvg_device_with_ram() or on the worker. */
uint8_t *pvg_gpa_ptr(struct pvg_device *dev, uint64_t gpa, size_t len, bool write);

#endif
