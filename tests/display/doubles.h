/* SPDX-License-Identifier: MIT */
/** @file What stands in for core, streams and renderer around the display layer: memory is an array, completions come on demand. */
#ifndef PVG_TESTS_DISPLAY_DOUBLES_H
#define PVG_TESTS_DISPLAY_DOUBLES_H

#include "core/counters.h"
#include "display/pipe.h"
#include "util/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RAM_SIZE = 0x40000, PAGE = 0x8000, PAGE_PFN = PAGE >> 12, MAX_JOBS = 64 };

struct pvg_device {
    struct pvg_displays *displays;
    struct pvg_log log;
    struct pvg_counters counters;
    uint8_t *ram;
    _Atomic bool closed;         /**< pvg_device_with_ram() refuses. */
    _Atomic unsigned ram_visits; /**< Times that RAM was pinned. */
    _Atomic uint32_t irq_status;
    _Atomic unsigned irqs, kicks, warnings;
    uint32_t page_shift;

    /* Renderer. */
    struct pvg_rcompletion jobs[MAX_JOBS];
    unsigned job_count, jobs_done;
    unsigned live_frames;
    uint32_t surface_w, surface_h; /**< Size of surface 0x2a. */

    /* What the front-end heard. */
    _Atomic unsigned frames, modes, images, moves;
    uint64_t frame_sequence;
    uint32_t mode_w, mode_h;
    struct pvg_cursor image;
    uint32_t image_first, image_last; /**< Pixels. */
    int32_t move_x, move_y;
    bool move_visible;
};

/** A device with `count` displays and no display thread: the test turns it. NULL: refused configuration. */
struct pvg_device *device_create(const struct pvg_display_config *displays, size_t count);
void device_destroy(struct pvg_device *dev);
/** As device_create(), without a frame callback: nobody looks. */
struct pvg_device *device_create_headless(void);
/** With the display thread. */
struct pvg_device *device_create_threaded(void);

/** Send a display packet on FIFO 5. */
enum pvg_display_verdict packet(struct pvg_device *dev, uint16_t opcode, const void *payload, size_t len);
/** The same from little-endian words. */
enum pvg_display_verdict words(struct pvg_device *dev, uint16_t opcode, unsigned count, ...);
/** Deliver the completions that are outstanding, oldest first, at most `count`; each is followed by the stamp of FIFO 5. */
void complete(struct pvg_device *dev, unsigned count);

uint32_t ram32(struct pvg_device *dev, uint32_t gpa);
void set_ram32(struct pvg_device *dev, uint32_t gpa, uint32_t v);
/** One turn of the display thread. */
uint64_t turn(struct pvg_device *dev, uint64_t now);
/** Interrupts and status bits since the last call. */
unsigned take_irqs(struct pvg_device *dev, uint32_t *bits);

#endif
