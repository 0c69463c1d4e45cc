/* SPDX-License-Identifier: MIT */
/**
 * @file Displays: what the embedder tells the guest about its screens, and how frames and cursors reach the embedder
 * (spec 04, spec 09 sections 1.6, 3 and 7.5).
 */
#ifndef OPENPVG_DISPLAY_H
#define OPENPVG_DISPLAY_H

#include <openpvg/common.h>

struct pvg_device;

/** Display ports of one device (pipes 0..7). */
#define PVG_MAX_DISPLAYS 8
/** Modes per display that fit the guest's shared page. */
#define PVG_MAX_MODES 128

/** One display mode. */
struct pvg_mode {
    uint32_t width;       /**< Pixels, 1..65535. */
    uint32_t height;      /**< Pixels, 1..65535. */
    uint32_t refresh_mhz; /**< Refresh rate in millihertz, for instance 60000 or 59940; 1000..1000000. */
};

/** What the guest learns about one display at connection. */
struct pvg_display_config {
    const char *name;             /**< Display name, up to 13 bytes are shown to the guest; NULL: "OpenPVG". Copied. */
    uint32_t serial;              /**< Serial number; 0 lets the library choose a non-zero one. */
    uint32_t width_mm, height_mm; /**< Physical size; 0: derived from the first mode at 4 pixels per millimetre. */
    const struct pvg_mode *modes; /**< Mode list, first = preferred. Copied. NULL: 1920x1080@60. */
    size_t mode_count;            /**< 1..PVG_MAX_MODES, ignored when `modes` is NULL. */
};

/**
 * A complete frame of one display. Immutable while referenced.
 * Obtained with pvg_display_acquire_frame(), given back with pvg_frame_release().
 */
struct pvg_frame {
    uint64_t sequence;  /**< Strictly increasing per display over the device's life, never 0. */
    uint32_t width;     /**< Pixels. */
    uint32_t height;    /**< Pixels. */
    uint32_t stride;    /**< Bytes per row of `pixels`. */
    const void *pixels; /**< B8G8R8X8 in memory order (pixman/QEMU x8r8g8b8 on little endian), top row first. */
};

/** A cursor image. */
struct pvg_cursor {
    uint32_t width, height; /**< 1..512 pixels. */
    int32_t hot_x, hot_y;   /**< Hot spot in pixels from the top left corner. */
    const uint32_t *pixels; /**< width*height words 0xAARRGGBB, straight alpha; valid during the callback only. */
};

/**
 * Front-end callbacks. All are optional and come from library threads; none may block, call a library function that this header
 * does not allow in callbacks, or take a lock that is ever held around a library call.
 */
struct pvg_display_callbacks {
    /** A new frame can be acquired. Frames that were not acquired in time are superseded (newest wins). */
    void (*frame)(void *opaque, uint32_t display, uint64_t sequence);
    /** The guest switched the mode; frames of that size follow. */
    void (*mode)(void *opaque, uint32_t display, uint32_t width, uint32_t height);
    /** A new cursor image, or NULL for "no image". */
    void (*cursor_image)(void *opaque, uint32_t display, const struct pvg_cursor *cursor);
    /** Cursor moved (position of the hot spot in frame pixels) or was shown/hidden. */
    void (*cursor_move)(void *opaque, uint32_t display, int32_t x, int32_t y, bool visible);
};

/**
 * Take a reference to the newest complete frame of a display, or NULL if there is none yet. Taking it also acknowledges every
 * present up to it (spec 04 section 5.6); a front-end that wants no pixels calls pvg_display_discard_frames() instead.
 * Thread-safety: any thread, also in callbacks; never waits for the GPU.
 */
PVG_API const struct pvg_frame *pvg_display_acquire_frame(struct pvg_device *dev, uint32_t display);

/** Give a frame back. NULL is ignored. Valid after pvg_device_destroy() too. Thread-safety: any thread. */
PVG_API void pvg_frame_release(const struct pvg_frame *frame);

/** Acknowledge every pending present of a display without looking at it. Thread-safety: any thread. */
PVG_API void pvg_display_discard_frames(struct pvg_device *dev, uint32_t display);

/**
 * Has the guest's driver taken over the console since the last reset? Until then, while pvg_display_acquire_frame() gives nothing,
 * a console shows the firmware's framebuffer: the one that registers 0x1210 to 0x1228 describe when all of it is guest RAM, else
 * the boot framebuffer of the device (spec 04 section 7.2). Thread-safety: any thread.
 */
PVG_API bool pvg_display_presented(struct pvg_device *dev, uint32_t display);

/**
 * Replace the mode list (host window resized, property changed). A guest that is online is told to read it again.
 * @return 0, -EINVAL (bad mode or count), -ENOENT (no such display). Thread-safety: any thread, not in callbacks.
 */
PVG_API int pvg_display_set_modes(struct pvg_device *dev, uint32_t display, const struct pvg_mode *modes, size_t count);

/**
 * Parse "WIDTHxHEIGHT@RATE", RATE in hertz with up to three decimals.
 * @return 0 or -EINVAL with `err` naming the text and the accepted form.
 */
PVG_API int pvg_mode_parse(const char *text, struct pvg_mode *mode, struct pvg_error *err);

#endif
