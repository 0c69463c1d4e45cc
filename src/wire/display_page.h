/* SPDX-License-Identifier: MIT */
/**
 * @file Shared-state page of a display pipe: descriptor, event words, cursor (spec 04 section 2).
 *
 * The page is live guest memory. The event words must be changed with atomic operations by both sides; the functions here only know
 * where things are and touch nothing but the fields they name.
 */
#ifndef PVG_WIRE_DISPLAY_PAGE_H
#define PVG_WIRE_DISPLAY_PAGE_H

#include "wire/wire.h"

enum pvg_dpage {
    PVG_DPAGE_SERIAL = 0x000,
    PVG_DPAGE_NAME = 0x004,
    PVG_DPAGE_PIPE = 0x012,
    PVG_DPAGE_MM_WIDTH = 0x014,
    PVG_DPAGE_MM_HEIGHT = 0x016,
    PVG_DPAGE_CURSOR_MAX = 0x018,
    PVG_DPAGE_GAMMA_ENTRIES = 0x01c,
    PVG_DPAGE_CURSOR_CAPS = 0x020,
    PVG_DPAGE_MM_WIDTH_F = 0x024,
    PVG_DPAGE_MM_HEIGHT_F = 0x028,
    PVG_DPAGE_CHROMA = 0x02c, /**< 8 floats: Rx Ry Gx Gy Bx By Wx Wy, seeded by the guest. */
    PVG_DPAGE_PENDING = 0x100,
    PVG_DPAGE_ENABLE = 0x104,
    PVG_DPAGE_GENERATION = 0x200,
    PVG_DPAGE_TIMING_COUNT = 0x208,
    PVG_DPAGE_TIMINGS = 0x210,
    PVG_DPAGE_CURSOR_XY = 0xe00,
    PVG_DPAGE_CURSOR_SHOW = 0xe04,
};

/** Bytes of the page that have a known meaning; fits both page sizes. */
#define PVG_DPAGE_SIZE 0xe08u

#define PVG_DPAGE_NAME_SIZE   14u /**< With NUL. */
#define PVG_DPAGE_TIMING_SIZE 16u
#define PVG_DPAGE_TIMING_MAX  128u

/** Bits of the pending and enable words (spec 04 section 3.1). */
#define PVG_DEVENT_VBL         0x1u
#define PVG_DEVENT_TRANSACTION 0x2u
#define PVG_DEVENT_ONLINE      0x4u
#define PVG_DEVENT_OFFLINE     0x8u

#define PVG_CURSOR_CAP_SHOW 0x1u
#define PVG_CURSOR_CAP_MOVE 0x2u

/** Cursor position word that means "not on this display". */
#define PVG_CURSOR_ELSEWHERE 0xffffffffu

struct pvg_w_timing {
    uint16_t width, height;
    uint32_t hz_16_16; /**< Unsigned 16.16 Hz. */
};

/** 16.16 Hz out of millihertz, rounded to nearest and saturated. */
uint32_t pvg_timing_hz_from_millihertz(uint32_t millihertz);
uint32_t pvg_timing_millihertz_from_hz(uint32_t hz_16_16);
/** Frame period in nanoseconds; 0 for a rate of 0. */
uint64_t pvg_timing_period_ns(uint32_t hz_16_16);

bool pvg_w_timing_decode(const uint8_t *p, size_t n, struct pvg_w_timing *out);
size_t pvg_w_timing_encode(uint8_t *dst, size_t cap, const struct pvg_w_timing *in);

/** Descriptor part of the page. */
struct pvg_w_display_desc {
    uint32_t serial;
    char name[PVG_DPAGE_NAME_SIZE]; /**< Longer names are cut by whoever fills this; always terminated after decode. */
    uint16_t pipe;
    float mm_width, mm_height;            /**< Encode derives the integer copies, rounded half up (rule S5). */
    uint16_t mm_width_int, mm_height_int; /**< Decode only. */
    uint16_t cursor_max_width, cursor_max_height;
    uint32_t gamma_entries;
    uint32_t cursor_caps;
    uint32_t generation;   /**< Decode only; encode increments what is there. */
    uint16_t timing_count; /**< 1..128 for encode. */
    struct pvg_w_timing timings[PVG_DPAGE_TIMING_MAX];
};

/**
 * Device: write the descriptor into the live page without touching anything else (rule S1) and increment the generation as the
 * last, releasing store. @return the new generation; 0 if `n` is too small or the timing count is out of range (nothing was
 * written). The generation skips 0.
 */
uint32_t pvg_w_display_page_fill(uint8_t *page, size_t n, const struct pvg_w_display_desc *in);

/** Guest: read the descriptor. @return false for a short page or a timing count of 0 or above 128. */
bool pvg_w_display_page_read(const uint8_t *page, size_t n, struct pvg_w_display_desc *out);

/** Cursor words: position and visibility. */
struct pvg_w_cursor_state {
    uint16_t x, y;
    bool elsewhere; /**< Position word is 0xffffffff. */
    bool visible;
};
bool pvg_w_cursor_state_read(const uint8_t *page, size_t n, struct pvg_w_cursor_state *out);
/** Guest: store visibility, then the position word. */
bool pvg_w_cursor_state_write(uint8_t *page, size_t n, const struct pvg_w_cursor_state *in);

/** Guest: seed sRGB primaries and D65 white, as drivers do before opcode 0x01. */
bool pvg_w_display_page_seed_chroma(uint8_t *page, size_t n);

#endif
