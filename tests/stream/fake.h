/* SPDX-License-Identifier: MIT */
/**
 * @file The stream layer alone: tasks backed by plain memory and the renderer without GPU, with counters on the calls that leave
 * no trace in guest memory.
 */
#ifndef TESTS_STREAM_FAKE_H
#define TESTS_STREAM_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stream/exec.h"
#include "util/log.h"
#include "wire/wire.h"

enum {
    FAKE_PAGE = 4096,
    FAKE_RAM_PAGES = 4096,
    FAKE_TASK_PAGES = 8192, /**< Address space of one task. */
    FAKE_TASKS = 3,
    FAKE_LIST_PAGE = 1, /**< Object list, FAKE_LIST_COUNT entries. */
    FAKE_LIST_COUNT = 1024,
    FAKE_DESC_PAGE = 8, /**< Descriptors, 64 KiB. */
};

#define FAKE_UNMAPPED UINT64_MAX

struct fake_task {
    struct pvg_task task;
    uint64_t map[FAKE_TASK_PAGES]; /**< Guest-physical page address or FAKE_UNMAPPED. */
    uint32_t desc_used;
    bool live;
};

/** What the spied renderer was asked to do. */
struct fake_calls {
    unsigned loads, stores, passes, draws, dispatches, barriers, invalidates;
    struct pvg_rtex *last_store;
    struct pvg_rpass pass;
    struct pvg_rdraw draw;
    unsigned textures_bound, samplers_bound, buffers_bound;
    uint64_t buffer_offset;
    uint32_t buffer_stride;
    float lod[2];
    bool has_lod;
    struct pvg_rviewport viewport;
    struct pvg_rscissor scissor;
    uint32_t viewport_count, scissor_count;
};

struct pvg_device {
    uint8_t *ram;
    int ram_fd;
    struct fake_task tasks[FAKE_TASKS];
    uint64_t next_page; /**< Next unused guest-physical page address. */
    struct pvg_render *render;
    struct pvg_render_ops ops;
    const struct pvg_render_ops *real;
    struct pvg_log log;
    char last_log[512];
    unsigned log_lines, errors;
    struct pvg_exec_stats stats;
    struct pvg_surfaces *surfaces;
    struct pvg_rcmd *cmd;
    struct fake_calls calls;
    uint64_t control_page; /**< Page that surfaces must not contain, 0: none. */
    bool accept_draws;     /**< Draws and dispatches count as executed. */
};

/** Makes the renderer; the one without GPU unless a test says otherwise. */
extern struct pvg_render *(*fake_create_renderer)(const struct pvg_render_config *config, struct pvg_error *err);

/** cmocka setup and teardown; *state is the struct pvg_device. Task 0 is the kernel task. */
int fake_setup(void **state);
int fake_teardown(void **state);

/** Map `pages` fresh pages at page index `page`, scattered downwards in guest memory. */
void fake_map(struct fake_task *t, uint32_t page, uint32_t pages);
/** Forget the pages and announce it. */
void fake_unmap(struct fake_task *t, uint32_t page, uint32_t pages);
/** Bytes of the task; asserts that they are mapped. */
void fake_read(struct fake_task *t, uint64_t gva, void *dst, size_t n);
void fake_write(struct fake_task *t, uint64_t gva, const void *src, size_t n);
uint32_t fake_word(struct fake_task *t, uint64_t gva);

/** Put a descriptor into task memory and publish it in the list. @return its address. */
uint64_t fake_publish(struct fake_task *t, uint32_t ref, uint8_t type, const void *desc, size_t n);
/** Clear the slot. */
void fake_unpublish(struct fake_task *t, uint32_t ref);
/** Type 1 over fresh pages. */
void fake_buffer(struct fake_task *t, uint32_t ref, uint32_t page, uint64_t size);
/** Type 2 with one level over fresh pages, rows of `stride` bytes. */
void fake_texture(struct fake_task *t, uint32_t ref, uint32_t page, uint16_t format, uint32_t width, uint32_t height,
                  uint32_t stride);
/** Type 4 in the kernel task: one BGRA plane over fresh pages. */
void fake_surface(struct pvg_device *dev, uint32_t id, uint32_t page, uint32_t width, uint32_t height);
/** Type 5 over a surface. */
void fake_surface_texture(struct fake_task *t, uint32_t ref, uint32_t id, uint16_t format, uint32_t width, uint32_t height);

/** Begin a packet; fake_end() closes and submits it and waits for its completion. */
void fake_begin(struct pvg_device *dev);
void fake_end(struct pvg_device *dev, struct fake_task *t);

/* Streams. */

struct fake_stream {
    uint8_t bytes[16384];
    size_t used;
    size_t segment; /**< Start of the open segment. */
};

void stream_segment(struct fake_stream *s, uint8_t type, bool continued, bool keep_open);
void stream_record(struct fake_stream *s, uint8_t type, uint32_t opcode, struct pvg_w_record *rec);
/** Close the segment's length. */
void stream_end(struct fake_stream *s);
/** A segment with one record. */
void stream_one(struct fake_stream *s, uint8_t type, uint32_t opcode, struct pvg_w_record *rec);
/** Render segment that clears colour 0 of `ref` and stores it. */
void stream_clear(struct fake_stream *s, uint32_t ref, const double rgba[4]);
void stream_pass(struct fake_stream *s, uint32_t ref, uint16_t load, uint16_t store, const double rgba[4]);
/** Execute as a packet of its own. */
void stream_run(struct pvg_device *dev, struct fake_task *t, struct fake_stream *s);

#endif
