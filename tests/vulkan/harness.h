/* SPDX-License-Identifier: MIT */
/**
 * @file Common ground of the renderer's tests: a renderer over memfd RAM, buffers over chosen pages, submissions that wait.
 */
#ifndef PVG_TESTS_VULKAN_HARNESS_H
#define PVG_TESTS_VULKAN_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_air.h"
#include "render.h"
#include "util/log.h"

#define RAM_BYTES (64u << 20)
#define RAM_GPA   0x100000000ull
#define PAGE      4096u

struct harness {
    struct pvg_log log;
    struct pvg_render *r;
    const struct pvg_render_ops *ops;
    int fd;
    uint8_t *ram;
    uint64_t next_page; /**< Bump allocator of pages. */
    bool no_fd;         /**< harness_spans() hides the file, as RAM without one would. */
    _Atomic uint64_t dirty_bytes;
    _Atomic uint64_t log_lines;
};

/** Make a renderer with RAM; tests skip when there is no Vulkan device. */
int harness_setup(void **state);
int harness_teardown(void **state);

/** First byte of `pages` fresh pages. */
uint8_t *harness_pages(struct harness *h, size_t pages);
/** Buffer over contiguous fresh pages; `*bytes` is its memory. */
struct pvg_rbuf *harness_buffer(struct harness *h, uint64_t size, uint8_t **bytes);
/** Spans for a page list given in resource order (indices of RAM pages; UINT32_MAX: hole). */
struct pvg_rspan *harness_spans(struct harness *h, const uint32_t *pages, size_t count);
/** Submit and wait for the completion. */
void harness_run(struct harness *h, struct pvg_rcmd *cmd);

/** A 2D texture without backing. */
struct pvg_rtex *harness_texture(struct harness *h, uint16_t format, uint32_t width, uint32_t height, uint32_t usage);
/** Read level 0 of a texture, tight rows. */
void harness_read(struct harness *h, struct pvg_rtex *t, uint32_t w, uint32_t height, uint32_t bytes_per_pixel, void *out);

/** Each colour component of a 4-byte pixel differs by at most `tolerance`. */
void assert_pixel(const uint8_t *pixel, const uint8_t expect[4], int tolerance);

#endif
