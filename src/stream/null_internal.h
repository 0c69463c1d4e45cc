/* SPDX-License-Identifier: MIT */
/**
 * @file Internals of the renderer without GPU, shared by its three files: memory, textures, objects and submission.
 *
 * Commands execute when they are recorded, on the caller's thread; only completions travel to a thread of their own, so that the
 * core sees the same ordering rules as with a real GPU.
 */
#ifndef PVG_STREAM_NULL_INTERNAL_H
#define PVG_STREAM_NULL_INTERNAL_H

#include "render.h"
#include "stream/format.h"

#include <pthread.h>
#include <stdatomic.h>

/** Host-private bytes one renderer may hold for textures and buffers of hostile size. */
#define NULL_PRIVATE_MAX (UINT64_C(2) << 30)
/** Largest texture edge, and largest 3D edge and layer count. */
#define NULL_MAX_EDGE   16384u
#define NULL_MAX_LAYERS 2048u
/** Widest texture buffer. */
#define NULL_MAX_TEXELS (1u << 27)
/** Frames that may be out at the same time. */
#define NULL_MAX_FRAMES 32

/** One completion on its way to the completion thread. */
struct null_node {
    struct null_node *next;
    struct pvg_rcompletion done;
};

struct pvg_null {
    struct pvg_render base;
    struct pvg_log *log;
    void (*ram_dirty)(void *opaque, uint64_t gpa, uint64_t size);
    void *opaque;
    struct pvg_rcaps caps;
    struct pvg_rbuf *buffers; /**< All live buffers, so that removed RAM can be forgotten. */
    uint64_t private_bytes;
    struct null_frames *frames;

    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;  /**< Work for the thread, or stop. */
    pthread_cond_t empty; /**< Nothing is outstanding any more. */
    struct null_node *head, **tail;
    bool running; /**< A callback is being made. */
    bool stop;
};

/** A span with its position in the buffer. */
struct null_span {
    uint64_t start; /**< Offset of its first byte from the first span's first byte. */
    uint64_t size;
    uint8_t *host; /**< NULL: hole. */
    uint64_t gpa;
};

struct pvg_rbuf {
    struct pvg_null *r;
    struct pvg_rbuf *next, **link;
    uint32_t refs;
    bool writable;
    uint64_t size;
    uint64_t first_offset;
    uint8_t *private_bytes; /**< Host storage, NULL: guest pages. */
    struct null_span *spans;
    size_t span_count;
    size_t last; /**< Span of the latest access. */
};

struct pvg_rtex {
    struct pvg_null *r;
    uint32_t refs;
    struct pvg_rtex *root; /**< Owner of the storage for views, else NULL. Retained. */
    uint32_t format;
    uint8_t type;
    uint32_t width, height, depth; /**< Of level 0 of the root. */
    uint32_t base_level, level_count;
    uint32_t base_slice, slice_count;
    uint32_t samples;
    bool swizzled;
    struct pvg_rbuf *backing; /**< Root with guest bytes. Retained. */
    uint8_t *private_bytes;   /**< Root without. */
    uint64_t private_size;
    struct pvg_rlevel levels[PVG_RTEX_MAX_LEVELS];
};

struct pvg_rcmd {
    struct null_node node; /**< First: becomes the queue entry at submission. */
    struct pvg_null *r;
    bool in_pass;
    struct pvg_rpass pass;
    uint32_t width, height; /**< Render area of the pass. */
};

/* null_memory.c */
struct pvg_rbuf *pvg_null_buffer_create(struct pvg_render *base, const struct pvg_rbuf_desc *desc);
bool pvg_null_buffer_rebind(struct pvg_render *base, struct pvg_rbuf *buf, const struct pvg_rspan *spans, size_t count);
void pvg_null_buffer_release(struct pvg_render *base, struct pvg_rbuf *buf);
void pvg_null_buffers_forget(struct pvg_null *r, uint64_t gpa, uint64_t size);
/** Holes read as zeros. @return false when the range is not inside the buffer. */
bool pvg_null_read(struct pvg_rbuf *buf, uint64_t offset, void *dst, uint64_t len);
/** Holes swallow the bytes. @return false when the range is not inside the buffer or the buffer is read-only. */
bool pvg_null_write(struct pvg_rbuf *buf, uint64_t offset, const void *src, uint64_t len);
bool pvg_null_private_reserve(struct pvg_null *r, uint64_t bytes);
bool pvg_null_fill_buffer(struct pvg_rcmd *cmd, struct pvg_rbuf *buf, uint64_t offset, uint64_t size, uint8_t value);
bool pvg_null_fill_pattern(struct pvg_rcmd *cmd, struct pvg_rbuf *buf, uint64_t offset, uint64_t size, uint32_t pattern);
bool pvg_null_copy_buffer(struct pvg_rcmd *cmd, struct pvg_rbuf *src, uint64_t src_offset, struct pvg_rbuf *dst,
                          uint64_t dst_offset, uint64_t size);

/* null_texture.c */
struct pvg_rtex *pvg_null_texture_create(struct pvg_render *base, const struct pvg_rtex_desc *desc);
struct pvg_rtex *pvg_null_texture_view(struct pvg_render *base, struct pvg_rtex *of, const struct pvg_rview_desc *desc);
struct pvg_rtex *pvg_null_texture_from_buffer(struct pvg_render *base, struct pvg_rbuf *buf, uint64_t offset,
                                              uint32_t bytes_per_row, const struct pvg_w_texture_desc *desc);
void pvg_null_texture_release(struct pvg_render *base, struct pvg_rtex *tex);
bool pvg_null_pass_begin(struct pvg_rcmd *cmd, const struct pvg_rpass *pass);
void pvg_null_pass_end(struct pvg_rcmd *cmd);
bool pvg_null_copy_buffer_to_texture(struct pvg_rcmd *cmd, const struct pvg_rlinear *src, const uint32_t size[3],
                                     const struct pvg_rregion *dst);
bool pvg_null_copy_texture_to_buffer(struct pvg_rcmd *cmd, const struct pvg_rregion *src, const uint32_t size[3],
                                     const struct pvg_rlinear *dst);
bool pvg_null_copy_texture(struct pvg_rcmd *cmd, const struct pvg_rregion *src, const uint32_t size[3],
                           const struct pvg_rregion *dst);
bool pvg_null_generate_mipmaps(struct pvg_rcmd *cmd, struct pvg_rtex *tex);
struct null_frames *pvg_null_frames_create(void);
void pvg_null_frames_release(struct null_frames *frames);
struct pvg_rframe *pvg_null_frame_capture(struct pvg_rcmd *cmd, struct pvg_rtex *tex, uint32_t width, uint32_t height);
const void *pvg_null_frame_pixels(struct pvg_rframe *f, uint32_t *width, uint32_t *height, uint32_t *stride);
void pvg_null_frame_release(struct pvg_rframe *f);

#endif
