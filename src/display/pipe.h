/* SPDX-License-Identifier: MIT */
/**
 * @file One display pipe and what the files of this folder share.
 *
 * Locks: each pipe has one, held for short stretches and never around a callback, a core service that may call out, or the
 * renderer. Guest RAM is touched on the worker thread, or inside pvg_device_with_ram(), which is entered before the pipe's lock is
 * taken.
 */
#ifndef PVG_DISPLAY_PIPE_H
#define PVG_DISPLAY_PIPE_H

#include "display/display.h"
#include "wire/display_page.h"
#include "wire/packet.h"

#include <pthread.h>
#include <stdatomic.h>

/** Cursor edge limit that is advertised; what QEMU's cursors allow (spec 04 section 6.2). */
#define PVG_CURSOR_MAX 512u

struct pvg_shown; /* A complete frame; frame.c. */

struct pvg_pipe {
    struct pvg_displays *owner;
    uint32_t index;
    pthread_mutex_t lock; /**< Guards everything below. */

    /* Descriptor. */
    uint32_t serial;
    char name[PVG_DPAGE_NAME_SIZE];
    float width_mm, height_mm;
    struct pvg_mode modes[PVG_MAX_MODES];
    size_t mode_count;

    /* Shared page and handshake (spec 04 section 1.4). */
    uint64_t page_gpa; /**< 0: none. */
    uint32_t channel;  /**< FIFO that named the page. */
    bool suspended;    /**< That FIFO was freed: the page may be gone. */
    bool refill;       /**< The mode list changed after the page was filled. */
    bool online;
    bool relink;               /**< Online, and asked to read the new mode list (spec 04 section 2.5). */
    unsigned tries;            /**< Online events sent without an answer. */
    uint64_t last_try;         /**< Nanoseconds. */
    uint64_t last_tick;        /**< Grid point of the last refresh event, nanoseconds. */
    uint32_t shown_w, shown_h; /**< Size of the last presented surface, 0 before the first. */

    /* Presents. Sequences run over the device's life. */
    uint64_t accepted;       /**< Newest present with a frame. */
    uint64_t consumed;       /**< Newest present that the front-end took or gave up. */
    bool held;               /**< A present waits at its FIFO's head. */
    bool presented;          /**< The guest's driver owns the console, until reset. */
    struct pvg_shown *shown; /**< Newest complete frame. */

    /* Cursor. */
    bool glyph;   /**< There is an image. */
    bool visible; /**< Retained visibility. */
    int32_t x, y; /**< Last position on this display. */
};

struct pvg_displays {
    struct pvg_device *dev;
    struct pvg_display_callbacks cb;
    void *opaque;
    uint32_t count;
    struct pvg_pipe pipes[PVG_MAX_DISPLAYS];

    _Atomic uint32_t refs;   /**< The device and every capture in flight. */
    _Atomic uint32_t epoch;  /**< Counts resets: captures of an earlier life are dropped. */
    _Atomic bool dead;       /**< Destroyed: no callback, no core service any more. */
    _Atomic uint32_t poked;  /**< Pipes whose cursor moved. */
    _Atomic bool polling;    /**< The display thread looks at `poked` by itself: no need to wake it. */
    _Atomic uint32_t forget; /**< Pipes whose cursor a reset took away. */
    _Atomic uint32_t done;   /**< Pipes with a finished present whose event waits for the stamp. */
    _Atomic uint32_t done_channel[PVG_MAX_DISPLAYS];
    uint64_t done_since; /**< Display thread: when it first saw `done`. */

    pthread_t thread;
    bool thread_started;
    int wake_fd;
};

/* displays.c */
/** pvg_displays_create() without the thread. */
struct pvg_displays *pvg_displays_new(struct pvg_device *dev, const struct pvg_device_config *config, struct pvg_error *err);
void pvg_displays_ref(struct pvg_displays *d);
void pvg_displays_unref(struct pvg_displays *d);
/** Make the display thread look at its state. Any thread, does not wait. */
void pvg_displays_wake(struct pvg_displays *d);
/** Pipe `index`, or NULL after a log line that names `what`. */
struct pvg_pipe *pvg_displays_pipe(struct pvg_displays *d, uint32_t index, const char *what);

/* page.c: events and the handshake. */

/** 0x01 and 0x02. Worker thread. */
void pvg_pipe_set_page(struct pvg_pipe *pipe, uint32_t channel, uint32_t pfn);
void pvg_pipe_online_ack(struct pvg_pipe *pipe, bool has_generation, uint32_t generation);
/** Raise the enabled ones out of `wanted` (spec 04 section 3.2). Not with the pipe's lock or the RAM pinned. */
void pvg_pipe_event(struct pvg_pipe *pipe, uint32_t wanted);
/** Refresh tick and handshake of one pipe at time `now`. @return when to look again, nanoseconds, UINT64_MAX: only when woken. */
uint64_t pvg_pipe_tick(struct pvg_pipe *pipe, uint64_t now);
/** Read the cursor words. @return false without a readable page. Worker thread or RAM pinned; takes the lock. */
bool pvg_pipe_cursor_words(struct pvg_pipe *pipe, struct pvg_w_cursor_state *out);
/** Frame period that the guest expects now, nanoseconds (spec 04 R5a). The lock is held. */
uint64_t pvg_pipe_period(const struct pvg_pipe *pipe);

/* present.c */
enum pvg_display_verdict pvg_pipe_present(struct pvg_displays *d, uint32_t channel, uint16_t opcode, const uint8_t *payload,
                                          size_t len);
/** Drop frames and pending presents; the lock is not held. */
void pvg_pipe_forget_frames(struct pvg_pipe *pipe);
/** Events of finished presents, when the stamp's publication did not bring them within `now` - 2 ms. @return next deadline. */
uint64_t pvg_displays_flush_done(struct pvg_displays *d, uint64_t now);

/* cursor.c */
void pvg_pipe_cursor_glyph(struct pvg_displays *d, const uint8_t *payload, size_t len);
void pvg_pipe_cursor_show(struct pvg_displays *d, const uint8_t *payload, size_t len);
/** The position doorbell rang. Display thread. */
void pvg_pipe_cursor_moved(struct pvg_pipe *pipe);

/* mode.c */
bool pvg_modes_valid(const struct pvg_mode *modes, size_t count, struct pvg_error *err);

/** One turn of the display thread at time `now`. @return when the next one is due, UINT64_MAX: only when woken. */
uint64_t pvg_displays_turn(struct pvg_displays *d, uint64_t now);

#endif
