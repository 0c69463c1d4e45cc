/* SPDX-License-Identifier: MIT */
/** @file The renderer without GPU, called directly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "render.h"
#include "util/log.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { RAM = 1 << 20 };

struct fixture {
    struct pvg_render *r;
    const struct pvg_render_ops *ops;
    struct pvg_log log;
    uint8_t *ram;
    struct pvg_rcmd *cmd;
    uint64_t dirty;
    pthread_mutex_t lock;
    pthread_cond_t cond;
    unsigned order[64], completed;
};

static void on_dirty(void *opaque, uint64_t gpa, uint64_t size)
{
    ((struct fixture *)opaque)->dirty += size;
}

static void silent(void *opaque, enum pvg_log_level level, const char *message)
{
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    struct pvg_error err;

    pvg_log_init(&f->log, silent, NULL, PVG_LOG_DEBUG);
    struct pvg_render_config c = {.log = &f->log, .ram_dirty = on_dirty, .opaque = f};
    f->r = pvg_null_render_create(&c, &err);
    assert_non_null(f->r);
    f->ops = f->r->ops;
    f->ram = calloc(1, RAM);
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->cond, NULL);
    f->cmd = f->ops->cmd_begin(f->r);
    *state = f;
    return 0;
}

static void nothing(void *arg)
{
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    if (f->cmd)
        f->ops->cmd_submit(f->cmd, (struct pvg_rcompletion){.fn = nothing});
    if (f->r)
        f->ops->destroy(f->r);
    free(f->ram);
    free(f);
    return 0;
}

/** Buffer over `pages` pages of RAM, last page first; page `hole` is missing. */
static struct pvg_rbuf *scattered(struct fixture *f, uint32_t pages, int hole)
{
    struct pvg_rspan spans[64];

    for (uint32_t i = 0; i < pages; i++) {
        uint64_t gpa = (uint64_t)(pages - 1 - i) * 4096;
        spans[i] = (struct pvg_rspan){.host = (int)i == hole ? NULL : f->ram + gpa, .size = 4096, .gpa = gpa, .fd = -1};
    }
    struct pvg_rbuf_desc d = {.size = (uint64_t)pages * 4096, .spans = spans, .span_count = pages, .guest_writable = true};
    struct pvg_rbuf *buf = f->ops->buffer_create(f->r, &d);
    assert_non_null(buf);
    return buf;
}

static struct pvg_w_texture_desc desc(uint8_t type, uint16_t format, uint32_t w, uint32_t h, uint32_t d, uint16_t levels,
                                      uint16_t layers)
{
    return (struct pvg_w_texture_desc){.type = type,
                                       .format = format,
                                       .width = w,
                                       .height = h,
                                       .depth = d,
                                       .levels = levels,
                                       .samples = 1,
                                       .array_length = layers,
                                       .swizzle = {2, 3, 4, 5}};
}

static struct pvg_rtex *private_texture(struct fixture *f, struct pvg_w_texture_desc d)
{
    struct pvg_rtex_desc t = {.desc = d};
    struct pvg_rtex *tex = f->ops->texture_create(f->r, &t);

    assert_non_null(tex);
    return tex;
}

/** Read texels of a level through a tight copy into a private buffer, then into RAM. */
static void texels(struct fixture *f, struct pvg_rtex *tex, uint32_t level, uint32_t slice, uint32_t w, uint32_t h, void *out,
                   size_t n)
{
    struct pvg_rbuf *buf = scattered(f, 64, -1);
    struct pvg_rregion src = {.texture = tex, .level = level, .slice = slice};
    struct pvg_rlinear dst = {.buffer = buf};
    const uint32_t size[3] = {w, h, 1};

    assert_true(f->ops->copy_texture_to_buffer(f->cmd, &src, size, &dst));
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)out)[i] = f->ram[(63 - i / 4096) * 4096 + i % 4096];
    f->ops->buffer_release(f->r, buf);
}

static void fills_across_scattered_pages(void **state)
{
    struct fixture *f = *state;
    struct pvg_rbuf *buf = scattered(f, 4, -1);

    assert_true(f->ops->fill_buffer(f->cmd, buf, 4000, 200, 0xc3));
    assert_int_equal(f->ram[3 * 4096 + 3999], 0);
    assert_int_equal(f->ram[3 * 4096 + 4000], 0xc3);
    assert_int_equal(f->ram[3 * 4096 + 4095], 0xc3);
    assert_int_equal(f->ram[2 * 4096], 0xc3);
    assert_int_equal(f->ram[2 * 4096 + 103], 0xc3);
    assert_int_equal(f->ram[2 * 4096 + 104], 0);
    assert_int_equal(f->dirty, 200);
    assert_false(f->ops->fill_buffer(f->cmd, buf, 16384, 1, 1));
    assert_false(f->ops->fill_buffer(f->cmd, buf, 16000, 385, 1));
    assert_false(f->ops->fill_buffer(f->cmd, buf, UINT64_MAX, 2, 1));
    f->ops->buffer_release(f->r, buf);
}

static void holes_read_zero_and_swallow_writes(void **state)
{
    struct fixture *f = *state;
    struct pvg_rbuf *buf = scattered(f, 3, 1), *dst = scattered(f, 8, -1);

    memset(f->ram, 0x11, 3 * 4096);
    assert_true(f->ops->fill_buffer(f->cmd, buf, 0, 3 * 4096, 0x22));
    assert_int_equal(f->ram[4096], 0x11); /* the hole's page was never touched */
    assert_int_equal(f->ram[0], 0x22);
    assert_true(f->ops->copy_buffer(f->cmd, buf, 4090, dst, 0, 12));
    assert_int_equal(f->ram[7 * 4096], 0x22);
    assert_int_equal(f->ram[7 * 4096 + 6], 0);
    assert_int_equal(f->ram[7 * 4096 + 11], 0);
    f->ops->buffer_release(f->r, buf);
    f->ops->buffer_release(f->r, dst);
}

static void rebinding_moves_to_new_pages(void **state)
{
    struct fixture *f = *state;
    struct pvg_rbuf *buf = scattered(f, 1, -1);
    struct pvg_rspan span = {.host = f->ram + 8192, .size = 4096, .gpa = 8192, .fd = -1};

    assert_true(f->ops->buffer_rebind(f->r, buf, &span, 1));
    assert_true(f->ops->fill_buffer(f->cmd, buf, 0, 16, 0x77));
    assert_int_equal(f->ram[0], 0);
    assert_int_equal(f->ram[8192], 0x77);
    f->ops->buffer_release(f->r, buf);
}

static void removed_ram_is_not_touched(void **state)
{
    struct fixture *f = *state;
    struct pvg_rbuf *buf = scattered(f, 4, -1);

    f->ops->ram_remove(f->r, 0, 8192);
    assert_true(f->ops->fill_buffer(f->cmd, buf, 0, 16384, 0x55));
    assert_int_equal(f->ram[0], 0);
    assert_int_equal(f->ram[8191], 0);
    assert_int_equal(f->ram[8192], 0x55);
    f->ops->buffer_release(f->r, buf);
}

static void read_only_buffers_refuse_writes(void **state)
{
    struct fixture *f = *state;
    struct pvg_rspan span = {.host = f->ram, .size = 4096, .fd = -1};
    struct pvg_rbuf_desc d = {.size = 4096, .spans = &span, .span_count = 1};
    struct pvg_rbuf *buf = f->ops->buffer_create(f->r, &d);

    assert_false(f->ops->fill_buffer(f->cmd, buf, 0, 16, 1));
    assert_int_equal(f->ram[0], 0);
    f->ops->buffer_release(f->r, buf);
}

/** A guest texture in place: 64x4 BGRA over scattered pages, rows of 512 bytes at offset 256. */
static struct pvg_rtex *guest_texture(struct fixture *f, struct pvg_rbuf *buf)
{
    struct pvg_rtex_desc d = {.desc = desc(PVG_W_TEX_2D, 80, 64, 4, 1, 1, 1), .backing = buf, .level_count = 1};

    d.levels[0] = (struct pvg_rlevel){.offset = 256, .bytes_per_row = 512, .bytes_per_image = 2048};
    struct pvg_rtex *tex = f->ops->texture_create(f->r, &d);
    assert_non_null(tex);
    return tex;
}

static void clears_write_pixels_and_leave_padding(void **state)
{
    struct fixture *f = *state;
    struct pvg_rbuf *buf = scattered(f, 1, -1);
    struct pvg_rtex *tex = guest_texture(f, buf);
    struct pvg_rpass pass = {.width = 32};

    memset(f->ram, 0x5a, 4096);
    pass.color[0] = (struct pvg_rattachment){.texture = tex, .load_action = 2, .store_action = 1, .clear = {0.2, 0.4, 0.6, 1}};
    assert_true(f->ops->pass_begin(f->cmd, &pass));
    f->ops->pass_end(f->cmd);
    for (int y = 0; y < 4; y++) {
        assert_memory_equal(f->ram + 256 + y * 512, "\x99\x66\x33\xff", 4);
        assert_memory_equal(f->ram + 256 + y * 512 + 31 * 4, "\x99\x66\x33\xff", 4);
        assert_int_equal(f->ram[256 + y * 512 + 32 * 4], 0x5a); /* outside the render area */
        assert_int_equal(f->ram[256 + y * 512 + 511], 0x5a);    /* padding */
    }
    assert_int_equal(f->ram[255], 0x5a);
    f->ops->texture_release(f->r, tex);
    f->ops->buffer_release(f->r, buf);
}

static void load_keeps_and_draws_are_refused(void **state)
{
    struct fixture *f = *state;
    struct pvg_rbuf *buf = scattered(f, 1, -1);
    struct pvg_rtex *tex = guest_texture(f, buf);
    struct pvg_rpass pass = {.color[0] = {.texture = tex, .load_action = 1, .store_action = 1}};
    struct pvg_rdraw draw = {.primitive = 3, .count = 3, .instance_count = 1};

    f->ram[256] = 0x42;
    assert_true(f->ops->pass_begin(f->cmd, &pass));
    assert_false(f->ops->draw(f->cmd, &draw));
    f->ops->pass_end(f->cmd);
    assert_int_equal(f->ram[256], 0x42);
    assert_false(f->ops->dispatch(f->cmd, (uint32_t[]){1, 1, 1}, (uint32_t[]){1, 1, 1}));
    f->ops->texture_release(f->r, tex);
    f->ops->buffer_release(f->r, buf);
}

static void passes_need_real_subresources(void **state)
{
    struct fixture *f = *state;
    struct pvg_rtex *tex = private_texture(f, desc(PVG_W_TEX_2D_ARRAY, 80, 8, 8, 1, 2, 3));
    struct pvg_rpass pass = {0};

    assert_false(f->ops->pass_begin(f->cmd, &pass)); /* nothing attached and no size */
    pass.color[3] = (struct pvg_rattachment){.texture = tex, .level = 2, .load_action = 2};
    assert_false(f->ops->pass_begin(f->cmd, &pass));
    pass.color[3].level = 0;
    pass.color[3].slice = 3;
    assert_false(f->ops->pass_begin(f->cmd, &pass));
    pass.color[3].slice = 2;
    pass.color[3].level = 1;
    pass.color[3].clear[0] = 1;
    assert_true(f->ops->pass_begin(f->cmd, &pass));
    f->ops->pass_end(f->cmd);
    uint8_t got[4 * 4 * 4];
    texels(f, tex, 1, 2, 4, 4, got, sizeof(got));
    assert_memory_equal(got, "\x00\x00\xff\x00", 4);
    assert_memory_equal(got + 60, "\x00\x00\xff\x00", 4);
    texels(f, tex, 1, 1, 4, 4, got, sizeof(got));
    assert_memory_equal(got, "\x00\x00\x00\x00", 4);
    f->ops->texture_release(f->r, tex);
}

static void multisample_resolves(void **state)
{
    struct fixture *f = *state;
    struct pvg_w_texture_desc d = desc(PVG_W_TEX_2D_MS, 70, 4, 4, 1, 1, 1);
    d.samples = 4;
    struct pvg_rtex *ms = private_texture(f, d), *one = private_texture(f, desc(PVG_W_TEX_2D, 70, 4, 4, 1, 1, 1));
    struct pvg_rpass pass = {
        .color[0] = {.texture = ms, .resolve = one, .load_action = 2, .store_action = 2, .clear = {0, 1, 0, 1}}};
    uint8_t got[64];

    assert_true(f->ops->pass_begin(f->cmd, &pass));
    f->ops->pass_end(f->cmd);
    texels(f, one, 0, 0, 4, 4, got, sizeof(got));
    assert_memory_equal(got + 60, "\x00\xff\x00\xff", 4);
    f->ops->texture_release(f->r, ms);
    f->ops->texture_release(f->r, one);
}

static void depth_clears_leave_stencil(void **state)
{
    struct fixture *f = *state;
    struct pvg_rtex *tex = private_texture(f, desc(PVG_W_TEX_2D, 260, 2, 2, 1, 1, 1));
    struct pvg_rpass pass = {.stencil = {.texture = tex, .load_action = 2, .clear = {0x7f}}};
    struct pvg_rbuf *buf = scattered(f, 1, -1);
    struct pvg_rregion src = {.texture = tex};
    struct pvg_rlinear dst = {.buffer = buf, .options = 2};

    assert_true(f->ops->pass_begin(f->cmd, &pass));
    f->ops->pass_end(f->cmd);
    memset(&pass, 0, sizeof(pass));
    pass.depth = (struct pvg_rattachment){.texture = tex, .load_action = 2, .clear = {0.5}};
    assert_true(f->ops->pass_begin(f->cmd, &pass));
    f->ops->pass_end(f->cmd);
    assert_true(f->ops->copy_texture_to_buffer(f->cmd, &src, (uint32_t[]){2, 2, 1}, &dst));
    assert_memory_equal(f->ram, "\x7f\x7f\x7f\x7f\x00", 5);
    dst.options = 1;
    assert_true(f->ops->copy_texture_to_buffer(f->cmd, &src, (uint32_t[]){2, 2, 1}, &dst));
    assert_memory_equal(f->ram, "\x00\x00\x00\x3f\x00\x00\x00\x3f", 8);
    f->ops->buffer_release(f->r, buf);
    f->ops->texture_release(f->r, tex);
}

static void copies_refuse_what_does_not_fit(void **state)
{
    struct fixture *f = *state;
    struct pvg_rtex *tex = private_texture(f, desc(PVG_W_TEX_2D, 80, 16, 16, 1, 1, 1));
    struct pvg_rtex *other = private_texture(f, desc(PVG_W_TEX_2D, 115, 16, 16, 1, 1, 1));
    struct pvg_rbuf *buf = scattered(f, 1, -1);
    struct pvg_rregion at = {.texture = tex, .x = 8, .y = 8};
    struct pvg_rlinear lin = {.buffer = buf};

    assert_true(f->ops->copy_buffer_to_texture(f->cmd, &lin, (uint32_t[]){8, 8, 1}, &at));
    assert_false(f->ops->copy_buffer_to_texture(f->cmd, &lin, (uint32_t[]){9, 8, 1}, &at));
    assert_false(f->ops->copy_buffer_to_texture(f->cmd, &lin, (uint32_t[]){8, 8, 2}, &at));
    lin.offset = 4096 - 8 * 8 * 4 + 4;
    assert_false(f->ops->copy_buffer_to_texture(f->cmd, &lin, (uint32_t[]){8, 8, 1}, &at));
    lin = (struct pvg_rlinear){.buffer = buf, .bytes_per_row = 1024};
    assert_false(f->ops->copy_texture_to_buffer(f->cmd, &at, (uint32_t[]){8, 8, 1}, &lin));
    struct pvg_rregion wide = {.texture = other};
    assert_false(f->ops->copy_texture(f->cmd, &at, (uint32_t[]){1, 1, 1}, &wide));
    f->ops->buffer_release(f->r, buf);
    f->ops->texture_release(f->r, tex);
    f->ops->texture_release(f->r, other);
}

static void blocks_copy_whole(void **state)
{
    struct fixture *f = *state;
    struct pvg_rtex *tex = private_texture(f, desc(PVG_W_TEX_2D, 130, 6, 6, 1, 1, 1));
    struct pvg_rbuf *buf = scattered(f, 1, -1);
    struct pvg_rlinear lin = {.buffer = buf};
    struct pvg_rregion at = {.texture = tex};
    uint8_t got[32];

    for (int i = 0; i < 32; i++)
        f->ram[i] = (uint8_t)(i + 1);
    assert_true(f->ops->copy_buffer_to_texture(f->cmd, &lin, (uint32_t[]){6, 6, 1}, &at));
    texels(f, tex, 0, 0, 6, 6, got, sizeof(got));
    assert_int_equal(got[0], 1);
    assert_int_equal(got[31], 32);
    at.x = 2;
    assert_false(f->ops->copy_buffer_to_texture(f->cmd, &lin, (uint32_t[]){4, 4, 1}, &at)); /* not on a block border */
    f->ops->buffer_release(f->r, buf);
    f->ops->texture_release(f->r, tex);
}

static void mipmaps_average_boxes(void **state)
{
    struct fixture *f = *state;
    struct pvg_rtex *tex = private_texture(f, desc(PVG_W_TEX_2D, 70, 4, 2, 1, 3, 1));
    struct pvg_rbuf *buf = scattered(f, 1, -1);
    struct pvg_rlinear lin = {.buffer = buf};
    struct pvg_rregion at = {.texture = tex};
    uint8_t got[8];

    for (int i = 0; i < 32; i++)
        f->ram[i] = (uint8_t)(i % 4 == 0 ? (i / 4) * 16 : 0xff);
    assert_true(f->ops->copy_buffer_to_texture(f->cmd, &lin, (uint32_t[]){4, 2, 1}, &at));
    assert_true(f->ops->generate_mipmaps(f->cmd, tex));
    texels(f, tex, 1, 0, 2, 1, got, 8);
    assert_int_equal(got[0], (0 + 16 + 64 + 80) / 4);
    assert_int_equal(got[4], (32 + 48 + 96 + 112) / 4);
    texels(f, tex, 2, 0, 1, 1, got, 4);
    assert_int_equal(got[0], 56);
    f->ops->buffer_release(f->r, buf);
    f->ops->texture_release(f->r, tex);
}

static void views_address_their_window(void **state)
{
    struct fixture *f = *state;
    struct pvg_rtex *tex = private_texture(f, desc(PVG_W_TEX_2D_ARRAY, 80, 8, 8, 1, 3, 4));
    struct pvg_rview_desc d = {
        .format = 81, .type = PVG_W_TEX_2D, .base_level = 1, .level_count = 2, .base_slice = 2, .slice_count = 1};
    struct pvg_rtex *view = f->ops->texture_view(f->r, tex, &d);
    assert_non_null(view);
    d = (struct pvg_rview_desc){.format = 0, .type = PVG_W_TEX_2D, .base_level = 1, .level_count = 1, .slice_count = 1};
    struct pvg_rtex *nested = f->ops->texture_view(f->r, view, &d);
    assert_non_null(nested);
    struct pvg_rpass pass = {.color[0] = {.texture = nested, .load_action = 2, .clear = {0.5, 0.5, 0.5, 1}}};
    uint8_t got[16];

    assert_true(f->ops->pass_begin(f->cmd, &pass));
    f->ops->pass_end(f->cmd);
    texels(f, tex, 2, 2, 2, 2, got, 16);
    assert_memory_equal(got + 12, "\xbc\xbc\xbc\xff", 4); /* the view's format encodes */
    d.base_level = 2;
    assert_null(f->ops->texture_view(f->r, view, &d));
    d.base_level = 0;
    d.format = 115;
    assert_null(f->ops->texture_view(f->r, tex, &d));
    f->ops->texture_release(f->r, tex);
    f->ops->texture_release(f->r, view);
    f->ops->texture_release(f->r, nested);
}

static void absurd_sizes_are_refused(void **state)
{
    struct fixture *f = *state;
    struct pvg_rtex_desc d = {.desc = desc(PVG_W_TEX_2D, 125, 16384, 16384, 1, 1, 1)};

    assert_null(f->ops->texture_create(f->r, &d)); /* 4 GiB of host memory */
    d.desc = desc(PVG_W_TEX_2D, 80, 65536, 1, 1, 1, 1);
    assert_null(f->ops->texture_create(f->r, &d));
    d.desc = desc(PVG_W_TEX_2D, 7, 4, 4, 1, 1, 1);
    assert_null(f->ops->texture_create(f->r, &d));
    d.desc = desc(PVG_W_TEX_2D, 80, 4, 4, 1, 17, 1);
    assert_null(f->ops->texture_create(f->r, &d));
    d.desc = desc(PVG_W_TEX_BUFFER, 125, UINT32_MAX, 1, 1, 1, 1);
    assert_null(f->ops->texture_create(f->r, &d));
    struct pvg_rbuf_desc b = {.size = UINT64_MAX};
    assert_null(f->ops->buffer_create(f->r, &b));
}

static void frames_show_stored_bytes(void **state)
{
    struct fixture *f = *state;
    struct pvg_rtex *tex = private_texture(f, desc(PVG_W_TEX_2D, 70, 3, 2, 1, 1, 1));
    struct pvg_rpass pass = {.color[0] = {.texture = tex, .load_action = 2, .clear = {0.2, 0.4, 0.6, 0}}};
    struct pvg_rframe *frames[40];
    uint32_t w, h, stride, n = 0;

    assert_true(f->ops->pass_begin(f->cmd, &pass));
    f->ops->pass_end(f->cmd);
    frames[0] = f->ops->frame_capture(f->cmd, tex, 3, 2);
    assert_non_null(frames[0]);
    const uint8_t *pixels = f->ops->frame_pixels(frames[0], &w, &h, &stride);
    assert_int_equal(w, 3);
    assert_int_equal(h, 2);
    assert_memory_equal(pixels + stride + 8, "\x99\x66\x33", 3);
    for (n = 1; n < 40; n++) {
        frames[n] = f->ops->frame_capture(f->cmd, tex, 3, 2);
        if (!frames[n])
            break;
    }
    assert_int_equal(n, 32); /* bounded */
    f->ops->frame_release(frames[--n]);
    assert_non_null(frames[n] = f->ops->frame_capture(f->cmd, tex, 3, 2));
    n++;
    assert_null(f->ops->frame_capture(f->cmd, tex, 4, 2));
    f->ops->texture_release(f->r, tex);
    f->ops->cmd_submit(f->cmd, (struct pvg_rcompletion){.fn = nothing});
    f->cmd = NULL;
    f->ops->destroy(f->r);
    f->r = NULL;
    while (n--)
        f->ops->frame_release(frames[n]); /* frames outlive the renderer */
}

struct ticket {
    struct fixture *f;
    unsigned number;
};

static void complete(void *arg)
{
    struct ticket *t = arg;

    pthread_mutex_lock(&t->f->lock);
    t->f->order[t->f->completed++] = t->number;
    pthread_cond_signal(&t->f->cond);
    pthread_mutex_unlock(&t->f->lock);
}

static void completions_keep_their_order(void **state)
{
    struct fixture *f = *state;
    struct ticket tickets[64];

    for (unsigned i = 0; i < 64; i++) {
        tickets[i] = (struct ticket){f, i};
        struct pvg_rcompletion done = {.fn = complete, .arg = &tickets[i]};
        if (i % 3)
            f->ops->after(f->r, done);
        else
            f->ops->cmd_submit(f->ops->cmd_begin(f->r), done);
    }
    pthread_mutex_lock(&f->lock);
    while (f->completed < 64)
        pthread_cond_wait(&f->cond, &f->lock);
    pthread_mutex_unlock(&f->lock);
    for (unsigned i = 0; i < 64; i++)
        assert_int_equal(f->order[i], i);
}

static void destruction_delivers_what_is_pending(void **state)
{
    struct fixture *f = *state;
    struct ticket tickets[16];

    for (unsigned i = 0; i < 16; i++) {
        tickets[i] = (struct ticket){f, i};
        f->ops->cmd_submit(f->ops->cmd_begin(f->r), (struct pvg_rcompletion){.fn = complete, .arg = &tickets[i]});
    }
    f->ops->cmd_submit(f->cmd, (struct pvg_rcompletion){.fn = nothing});
    f->cmd = NULL;
    f->ops->destroy(f->r);
    f->r = NULL;
    assert_int_equal(f->completed, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(fills_across_scattered_pages, setup, teardown),
        cmocka_unit_test_setup_teardown(holes_read_zero_and_swallow_writes, setup, teardown),
        cmocka_unit_test_setup_teardown(rebinding_moves_to_new_pages, setup, teardown),
        cmocka_unit_test_setup_teardown(removed_ram_is_not_touched, setup, teardown),
        cmocka_unit_test_setup_teardown(read_only_buffers_refuse_writes, setup, teardown),
        cmocka_unit_test_setup_teardown(clears_write_pixels_and_leave_padding, setup, teardown),
        cmocka_unit_test_setup_teardown(load_keeps_and_draws_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(passes_need_real_subresources, setup, teardown),
        cmocka_unit_test_setup_teardown(multisample_resolves, setup, teardown),
        cmocka_unit_test_setup_teardown(depth_clears_leave_stencil, setup, teardown),
        cmocka_unit_test_setup_teardown(copies_refuse_what_does_not_fit, setup, teardown),
        cmocka_unit_test_setup_teardown(blocks_copy_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(mipmaps_average_boxes, setup, teardown),
        cmocka_unit_test_setup_teardown(views_address_their_window, setup, teardown),
        cmocka_unit_test_setup_teardown(absurd_sizes_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(frames_show_stored_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(completions_keep_their_order, setup, teardown),
        cmocka_unit_test_setup_teardown(destruction_delivers_what_is_pending, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
