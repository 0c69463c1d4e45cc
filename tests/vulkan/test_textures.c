/* SPDX-License-Identifier: MIT */
/**
 * @file Textures: load and store with every kind of pitch, copies, views, mipmaps, clears, resolves, frames, hostile descriptions.
 */
#include "harness.h"

#include <pthread.h>
#include <sched.h>

/** Texture over fresh guest pages, one level. */
static struct pvg_rtex *backed(struct harness *h, uint16_t format, uint32_t w, uint32_t height, uint32_t offset, uint32_t pitch,
                               struct pvg_rbuf **buf, uint8_t **bytes)
{
    *buf = harness_buffer(h, offset + (uint64_t)pitch * height, bytes);
    struct pvg_rtex_desc desc = {
        .desc = {.type = PVG_W_TEX_2D,
                 .format = format,
                 .width = w,
                 .height = height,
                 .depth = 1,
                 .levels = 1,
                 .samples = 1,
                 .array_length = 1,
                 .usage = 0,
                 .swizzle = {2, 3, 4, 5}},
        .backing = *buf,
        .level_count = 1,
        .levels = {{.offset = offset, .bytes_per_row = pitch, .bytes_per_image = (uint64_t)pitch * height}},
    };
    struct pvg_rtex *t = h->ops->texture_create(h->r, &desc);
    assert_non_null(t);
    return t;
}

static uint8_t pattern(uint32_t x, uint32_t y)
{
    return (uint8_t)(x * 3 + y * 17 + 1);
}

/** Load, copy into another texture, store there: only texel bytes may change. */
static void round_trip(struct harness *h, uint16_t format, uint32_t bpp, uint32_t w, uint32_t height, uint32_t offset,
                       uint32_t pitch)
{
    struct pvg_rbuf *from_buf, *to_buf;
    uint8_t *from, *to;
    struct pvg_rtex *src = backed(h, format, w, height, offset, pitch, &from_buf, &from);
    struct pvg_rtex *dst = backed(h, format, w, height, offset, pitch, &to_buf, &to);
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < w * bpp; x++)
            from[offset + y * pitch + x] = pattern(x, y);
    memset(to, 0xcc, offset + (size_t)pitch * height);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->texture_load(cmd, src));
    struct pvg_rregion a = {.texture = src}, b = {.texture = dst};
    const uint32_t size[3] = {w, height, 1};
    assert_true(h->ops->copy_texture(cmd, &a, size, &b));
    assert_true(h->ops->texture_store(cmd, dst));
    harness_run(h, cmd);
    for (uint32_t y = 0; y < height; y++) {
        for (uint32_t x = 0; x < w * bpp; x++)
            assert_int_equal(to[offset + y * pitch + x], pattern(x, y));
        for (uint32_t x = w * bpp; x < pitch; x++)
            assert_int_equal(to[offset + y * pitch + x], 0xcc);
    }
    h->ops->texture_release(h->r, src);
    h->ops->texture_release(h->r, dst);
    h->ops->buffer_release(h->r, from_buf);
    h->ops->buffer_release(h->r, to_buf);
}

static void test_pitches(void **state)
{
    struct harness *h = *state;
    round_trip(h, 80, 4, 64, 32, 0, 256);     /* Tight. */
    round_trip(h, 80, 4, 17, 9, 16, 128);     /* Padded. */
    round_trip(h, 80, 4, 17, 9, 16, 70);      /* Pitch no multiple of the texel. */
    round_trip(h, 80, 4, 17, 9, 3, 128);      /* Offset no multiple of the texel. */
    round_trip(h, 30, 2, 27, 27, 0x850, 384); /* Window corner mask (spec 08 section B.4). */
    round_trip(h, 115, 8, 5, 7, 8, 44);
    round_trip(h, 10, 1, 33, 3, 1, 33);
    round_trip(h, 81, 4, 16, 4, 0, 64);   /* sRGB, usage unknown. */
    round_trip(h, 252, 4, 20, 10, 0, 80); /* Depth32Float. */
}

static void test_views_and_mipmaps(void **state)
{
    struct harness *h = *state;
    struct pvg_rtex_desc desc = {
        .desc = {.type = PVG_W_TEX_2D_ARRAY,
                 .format = 70,
                 .width = 8,
                 .height = 8,
                 .depth = 1,
                 .levels = 4,
                 .samples = 1,
                 .array_length = 6,
                 .usage = 0,
                 .swizzle = {2, 3, 4, 5}},
    };
    struct pvg_rtex *array = h->ops->texture_create(h->r, &desc);
    assert_non_null(array);
    struct pvg_rview_desc third = {
        .format = 71, .type = PVG_W_TEX_2D, .base_level = 0, .level_count = 4, .base_slice = 3, .slice_count = 1};
    struct pvg_rtex *view = h->ops->texture_view(h->r, array, &third);
    assert_non_null(view);
    struct pvg_rview_desc cube = {.type = PVG_W_TEX_CUBE, .level_count = 1, .slice_count = 6};
    struct pvg_rtex *cube_view = h->ops->texture_view(h->r, array, &cube);
    assert_non_null(cube_view);

    uint8_t *bytes, *out;
    struct pvg_rbuf *buf = harness_buffer(h, 256, &bytes), *out_buf = harness_buffer(h, 4096, &out);
    for (int i = 0; i < 64; i++)
        memset(bytes + 4 * i, i % 8 < 4 ? 200 : 100, 4);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    struct pvg_rlinear src = {.buffer = buf};
    struct pvg_rregion dst = {.texture = array, .slice = 3};
    const uint32_t size[3] = {8, 8, 1}, two[3] = {2, 2, 1};
    assert_true(h->ops->copy_buffer_to_texture(cmd, &src, size, &dst));
    assert_true(h->ops->generate_mipmaps(cmd, array));
    struct pvg_rregion level2 = {.texture = view, .level = 2};
    struct pvg_rlinear to = {.buffer = out_buf};
    assert_true(h->ops->copy_texture_to_buffer(cmd, &level2, two, &to));
    harness_run(h, cmd);
    assert_in_range(out[0], 199, 201);
    assert_in_range(out[4], 99, 101);

    /* Refusals. */
    struct pvg_rview_desc bad[] = {
        {.type = PVG_W_TEX_2D, .level_count = 5, .slice_count = 1},
        {.type = PVG_W_TEX_2D, .base_level = UINT32_MAX, .level_count = 2, .slice_count = 1},
        {.type = PVG_W_TEX_2D_ARRAY, .level_count = 1, .base_slice = 5, .slice_count = 2},
        {.type = PVG_W_TEX_3D, .level_count = 1, .slice_count = 1},
        {.type = PVG_W_TEX_CUBE, .level_count = 1, .slice_count = 5},
        {.type = PVG_W_TEX_2D, .format = 115, .level_count = 1, .slice_count = 1},
        {.type = PVG_W_TEX_2D, .has_swizzle = 1, .swizzle = {6, 3, 4, 5}, .level_count = 1, .slice_count = 1},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_null(h->ops->texture_view(h->r, array, &bad[i]));
    h->ops->texture_release(h->r, array); /* Views keep the image. */
    uint8_t pixel[4];
    cmd = h->ops->cmd_begin(h->r);
    const uint32_t one[3] = {1, 1, 1};
    struct pvg_rregion level0 = {.texture = view};
    assert_true(h->ops->copy_texture_to_buffer(cmd, &level0, one, &to));
    harness_run(h, cmd);
    memcpy(pixel, out, 4);
    assert_pixel(pixel, (const uint8_t[4]){200, 200, 200, 200}, 0);
    h->ops->texture_release(h->r, view);
    h->ops->texture_release(h->r, cube_view);
    h->ops->buffer_release(h->r, buf);
    h->ops->buffer_release(h->r, out_buf);
}

static void test_3d_and_arrays(void **state)
{
    struct harness *h = *state;
    uint8_t *bytes, *out;
    const uint32_t pitch = 24, image = 24 * 5 + 8; /* Plane pitch that is no multiple of the row pitch. */
    struct pvg_rbuf *buf = harness_buffer(h, image * 3, &bytes), *out_buf = harness_buffer(h, 4 * 5 * 3 * 4, &out);
    for (uint32_t z = 0; z < 3; z++)
        for (uint32_t y = 0; y < 5; y++)
            for (uint32_t x = 0; x < 16; x++)
                bytes[z * image + y * pitch + x] = (uint8_t)(x + 16 * y + 80 * z);
    struct pvg_rtex_desc desc = {
        .desc = {.type = PVG_W_TEX_3D,
                 .format = 70,
                 .width = 4,
                 .height = 5,
                 .depth = 3,
                 .levels = 1,
                 .samples = 1,
                 .array_length = 1,
                 .usage = 1,
                 .swizzle = {2, 3, 4, 5}},
        .backing = buf,
        .level_count = 1,
        .levels = {{.bytes_per_row = pitch, .bytes_per_image = image}},
    };
    struct pvg_rtex *t = h->ops->texture_create(h->r, &desc);
    assert_non_null(t);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->texture_load(cmd, t));
    struct pvg_rregion src = {.texture = t};
    struct pvg_rlinear dst = {.buffer = out_buf};
    const uint32_t size[3] = {4, 5, 3};
    assert_true(h->ops->copy_texture_to_buffer(cmd, &src, size, &dst));
    const uint32_t deep[3] = {4, 5, 4};
    assert_false(h->ops->copy_texture_to_buffer(cmd, &src, deep, &dst));
    harness_run(h, cmd);
    for (uint32_t i = 0; i < 240; i++)
        assert_int_equal(out[i], (uint8_t)(i % 16 + 16 * (i / 16 % 5) + 80 * (i / 80)));
    h->ops->texture_release(h->r, t);
    h->ops->buffer_release(h->r, buf);
    h->ops->buffer_release(h->r, out_buf);
}

static void clear(struct harness *h, struct pvg_rtex *t, struct pvg_rtex *resolve, const double color[4])
{
    struct pvg_rpass pass = {.color = {{.texture = t, .resolve = resolve, .load_action = 2, .store_action = resolve ? 2 : 1}}};
    memcpy(pass.color[0].clear, color, sizeof(pass.color[0].clear));
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->pass_begin(cmd, &pass));
    h->ops->pass_end(cmd);
    harness_run(h, cmd);
}

static void test_clears(void **state)
{
    struct harness *h = *state;
    uint8_t p[4 * 16];
    struct pvg_rtex *bgra = harness_texture(h, 80, 4, 4, 5);
    clear(h, bgra, NULL, (const double[4]){1, 0.5, 0.25, 0});
    harness_read(h, bgra, 4, 4, 4, p);
    assert_pixel(p + 60, (const uint8_t[4]){64, 128, 255, 0}, 1);
    struct pvg_rtex *srgb = harness_texture(h, 81, 4, 4, 5);
    clear(h, srgb, NULL, (const double[4]){0.5, 0.5, 0.5, 0.5});
    harness_read(h, srgb, 4, 4, 4, p);
    assert_pixel(p, (const uint8_t[4]){188, 188, 188, 128}, 1);
    struct pvg_rtex *uint8 = harness_texture(h, 73, 4, 4, 5);
    clear(h, uint8, NULL, (const double[4]){300, -5, 7.9, 255});
    harness_read(h, uint8, 4, 4, 4, p);
    assert_pixel(p, (const uint8_t[4]){255, 0, 7, 255}, 0);
    struct pvg_rtex *a8 = harness_texture(h, 1, 4, 4, 5);
    clear(h, a8, NULL, (const double[4]){1, 1, 1, 0.2});
    harness_read(h, a8, 4, 4, 1, p);
    assert_in_range(p[3], 50, 52);
    struct pvg_rtex *half = harness_texture(h, 115, 1, 1, 5);
    clear(h, half, NULL, (const double[4]){2, -1, 0.5, 1});
    harness_read(h, half, 1, 1, 8, p);
    assert_memory_equal(p, ((const uint8_t[8]){0, 0x40, 0, 0xbc, 0, 0x38, 0, 0x3c}), 8);
    h->ops->texture_release(h->r, bgra);
    h->ops->texture_release(h->r, srgb);
    h->ops->texture_release(h->r, uint8);
    h->ops->texture_release(h->r, a8);
    h->ops->texture_release(h->r, half);
}

/** Clear of one level and slice leaves the others alone; depth and stencil in separate textures keep their contents. */
static void test_subresources(void **state)
{
    struct harness *h = *state;
    struct pvg_rtex_desc desc = {
        .desc = {.type = PVG_W_TEX_2D_ARRAY,
                 .format = 80,
                 .width = 8,
                 .height = 8,
                 .depth = 1,
                 .levels = 2,
                 .samples = 1,
                 .array_length = 3,
                 .usage = 4,
                 .swizzle = {2, 3, 4, 5}},
    };
    struct pvg_rtex *t = h->ops->texture_create(h->r, &desc);
    struct pvg_rpass pass = {
        .color = {{.texture = t, .level = 1, .slice = 2, .load_action = 2, .store_action = 1, .clear = {1, 1, 1, 1}}}};
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->pass_begin(cmd, &pass));
    h->ops->pass_end(cmd);
    uint8_t *out;
    struct pvg_rbuf *buf = harness_buffer(h, 8 * 8 * 4 * 2, &out);
    struct pvg_rregion a = {.texture = t, .level = 1, .slice = 2}, b = {.texture = t, .level = 0, .slice = 2};
    struct pvg_rlinear la = {.buffer = buf}, lb = {.buffer = buf, .offset = 256};
    const uint32_t four[3] = {4, 4, 1}, eight[3] = {8, 8, 1};
    assert_true(h->ops->copy_texture_to_buffer(cmd, &a, four, &la));
    assert_true(h->ops->copy_texture_to_buffer(cmd, &b, eight, &lb));
    harness_run(h, cmd);
    assert_int_equal(out[0], 255);
    assert_int_equal(out[256], 0);

    struct pvg_rtex *depth = harness_texture(h, 252, 8, 8, 4), *stencil = harness_texture(h, 253, 8, 8, 4);
    struct pvg_rpass ds = {.depth = {.texture = depth, .load_action = 2, .store_action = 1, .clear = {0.75}},
                           .stencil = {.texture = stencil, .load_action = 2, .store_action = 1, .clear = {0x1a5}}};
    cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->pass_begin(cmd, &ds));
    h->ops->pass_end(cmd);
    ds.depth.load_action = ds.stencil.load_action = 1;
    assert_true(h->ops->pass_begin(cmd, &ds));
    h->ops->pass_end(cmd);
    struct pvg_rregion d = {.texture = depth}, s = {.texture = stencil};
    struct pvg_rlinear ld = {.buffer = buf}, ls = {.buffer = buf, .offset = 256};
    assert_true(h->ops->copy_texture_to_buffer(cmd, &d, eight, &ld));
    assert_true(h->ops->copy_texture_to_buffer(cmd, &s, eight, &ls));
    harness_run(h, cmd);
    float value;
    memcpy(&value, out, 4);
    assert_true(value == 0.75f);
    assert_int_equal(out[256], 0xa5);
    assert_int_equal(out[256 + 63], 0xa5);
    h->ops->texture_release(h->r, depth);
    h->ops->texture_release(h->r, stencil);
    h->ops->texture_release(h->r, t);
    h->ops->buffer_release(h->r, buf);
}

static void test_resolve(void **state)
{
    struct harness *h = *state;
    struct pvg_rtex_desc desc = {
        .desc = {.type = PVG_W_TEX_2D_MS,
                 .format = 80,
                 .width = 8,
                 .height = 8,
                 .depth = 1,
                 .levels = 1,
                 .samples = 4,
                 .array_length = 1,
                 .usage = 4,
                 .swizzle = {2, 3, 4, 5}},
    };
    struct pvg_rtex *ms = h->ops->texture_create(h->r, &desc), *single = harness_texture(h, 80, 8, 8, 4);
    assert_non_null(ms);
    clear(h, ms, single, (const double[4]){0, 1, 0, 1});
    uint8_t p[256];
    harness_read(h, single, 8, 8, 4, p);
    assert_pixel(p, (const uint8_t[4]){0, 255, 0, 255}, 0);
    h->ops->texture_release(h->r, ms);
    h->ops->texture_release(h->r, single);
}

static void test_frames(void **state)
{
    struct harness *h = *state;
    struct pvg_rtex *bgra = harness_texture(h, 80, 5, 3, 4), *half = harness_texture(h, 115, 5, 3, 4);
    clear(h, bgra, NULL, (const double[4]){1, 0.5, 0, 1});
    clear(h, half, NULL, (const double[4]){1, 0.5, 0, 1});
    struct pvg_rtex *sources[2] = {bgra, half};
    for (int i = 0; i < 2; i++) {
        struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
        struct pvg_rframe *f = h->ops->frame_capture(cmd, sources[i], 6, 4);
        assert_non_null(f);
        harness_run(h, cmd);
        uint32_t w, height, stride;
        const uint8_t *p = h->ops->frame_pixels(f, &w, &height, &stride);
        assert_int_equal(w, 6);
        assert_int_equal(height, 4);
        assert_pixel(p + 2 * stride + 16, (const uint8_t[4]){0, 128, 255, 255}, 1);
        assert_pixel(p + 20, (const uint8_t[4]){0, 0, 0, 0}, 0); /* Outside the texture. */
        h->ops->frame_release(f);
    }
    /* The pool is bounded and recovers. */
    struct pvg_rframe *held[64];
    uint32_t count = 0;
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    while (count < 64 && (held[count] = h->ops->frame_capture(cmd, bgra, 5, 3)))
        count++;
    assert_in_range(count, 3, 63);
    harness_run(h, cmd);
    for (uint32_t i = 0; i < count; i++)
        h->ops->frame_release(held[i]);
    cmd = h->ops->cmd_begin(h->r);
    struct pvg_rframe *again = h->ops->frame_capture(cmd, bgra, 5, 3);
    assert_non_null(again);
    assert_null(h->ops->frame_capture(cmd, bgra, 0, 3));
    assert_null(h->ops->frame_capture(cmd, bgra, UINT32_MAX, UINT32_MAX));
    harness_run(h, cmd);
    h->ops->frame_release(again);
    h->ops->texture_release(h->r, bgra);
    h->ops->texture_release(h->r, half);
}

static void test_frame_outlives_renderer(void **state)
{
    void *other;
    assert_int_equal(harness_setup(&other), 0);
    struct harness *h = other;
    const struct pvg_render_ops *ops = h->ops;
    struct pvg_rtex *t = harness_texture(h, 80, 4, 4, 4);
    clear(h, t, NULL, (const double[4]){0, 0, 1, 1});
    struct pvg_rcmd *cmd = ops->cmd_begin(h->r);
    struct pvg_rframe *f = ops->frame_capture(cmd, t, 4, 4);
    assert_non_null(f);
    harness_run(h, cmd);
    ops->texture_release(h->r, t);
    assert_int_equal(harness_teardown(&other), 0);
    uint32_t w, height, stride;
    const uint8_t *p = ops->frame_pixels(f, &w, &height, &stride);
    assert_pixel(p, (const uint8_t[4]){255, 0, 0, 255}, 0);
    ops->frame_release(f);
}

static void *release_frames(void *arg)
{
    void **box = arg;
    struct pvg_rframe *f = box[1];
    const struct pvg_render_ops *ops = box[0];
    uint32_t w, height, stride;
    const uint8_t *p = ops->frame_pixels(f, &w, &height, &stride);
    assert_int_equal(p[0], 255);
    ops->frame_release(f);
    return NULL;
}

/** Front-ends read and release frames on threads of their own while the next ones are made. */
static void test_frame_threads(void **state)
{
    struct harness *h = *state;
    struct pvg_rtex *t = harness_texture(h, 80, 64, 64, 4);
    clear(h, t, NULL, (const double[4]){0, 0, 1, 1});
    pthread_t threads[40];
    void *boxes[40][2];
    for (int i = 0; i < 40; i++) {
        struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
        struct pvg_rframe *f = NULL;
        while (!(f = h->ops->frame_capture(cmd, t, 64, 64)))
            sched_yield();
        harness_run(h, cmd);
        boxes[i][0] = (void *)h->ops;
        boxes[i][1] = f;
        assert_int_equal(pthread_create(&threads[i], NULL, release_frames, boxes[i]), 0);
    }
    for (int i = 0; i < 40; i++)
        pthread_join(threads[i], NULL);
    h->ops->texture_release(h->r, t);
}

static void test_hostile(void **state)
{
    struct harness *h = *state;
    const struct pvg_w_texture_desc good = {.type = PVG_W_TEX_2D,
                                            .format = 80,
                                            .width = 4,
                                            .height = 4,
                                            .depth = 1,
                                            .levels = 1,
                                            .samples = 1,
                                            .array_length = 1,
                                            .swizzle = {2, 3, 4, 5}};
    struct pvg_w_texture_desc bad[] = {good, good, good, good, good, good, good, good, good, good};
    bad[0].format = 0;
    bad[1].format = 65535;
    bad[2].width = UINT32_MAX;
    bad[3].levels = 9;
    bad[4].samples = 3;
    bad[5].type = 77;
    bad[6].array_length = 65535, bad[6].type = PVG_W_TEX_CUBE_ARRAY;
    bad[7].height = 0;
    bad[8].type = PVG_W_TEX_2D_MS, bad[8].samples = 64;
    bad[9].type = PVG_W_TEX_3D, bad[9].depth = UINT32_MAX;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct pvg_rtex_desc desc = {.desc = bad[i]};
        assert_null(h->ops->texture_create(h->r, &desc));
    }
    struct pvg_rtex *t = harness_texture(h, 80, 4, 4, 0);
    uint8_t *bytes;
    struct pvg_rbuf *buf = harness_buffer(h, 4096, &bytes);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    struct pvg_rregion at = {.texture = t};
    const struct {
        uint32_t x, level, slice, w;
        uint64_t offset, row;
        uint32_t options;
    } copies[] = {
        {.w = 5},
        {.w = 1, .x = UINT32_MAX},
        {.w = 1, .level = 1},
        {.w = 1, .slice = 1},
        {.w = 4, .row = 8},
        {.w = 4, .offset = 4096 - 63},
        {.w = 4, .offset = UINT64_MAX - 8},
        {.w = 4, .row = UINT64_MAX / 2},
        {.w = 4, .options = 1},
    };
    for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++) {
        struct pvg_rlinear lin = {
            .buffer = buf, .offset = copies[i].offset, .bytes_per_row = copies[i].row, .options = copies[i].options};
        struct pvg_rregion r = {.texture = t, .level = copies[i].level, .slice = copies[i].slice, .x = copies[i].x};
        const uint32_t size[3] = {copies[i].w, 4, 1};
        assert_false(h->ops->copy_buffer_to_texture(cmd, &lin, size, &r));
        assert_false(h->ops->copy_texture_to_buffer(cmd, &r, size, &lin));
    }
    struct pvg_rregion shifted = {.texture = t, .x = 1};
    const uint32_t three[3] = {3, 4, 1}, one[3] = {1, 4, 1};
    assert_false(h->ops->copy_texture(cmd, &at, three, &shifted)); /* Overlap. */
    assert_true(h->ops->copy_texture(cmd, &at, one, &shifted));
    assert_false(h->ops->generate_mipmaps(cmd, t));
    /* Passes: bad level, same slot twice, no size at all. */
    struct pvg_rpass pass = {.color = {{.texture = t, .level = 3, .load_action = 9, .store_action = 9}}};
    assert_false(h->ops->pass_begin(cmd, &pass));
    pass = (struct pvg_rpass){.color = {{.texture = t}, {.texture = t}}};
    assert_true(h->ops->pass_begin(cmd, &pass));
    assert_false(h->ops->draw(cmd, &(struct pvg_rdraw){.primitive = 3, .count = 3, .instance_count = 1}));
    h->ops->pass_end(cmd);
    pass = (struct pvg_rpass){.width = 0};
    assert_false(h->ops->pass_begin(cmd, &pass));
    pass = (struct pvg_rpass){.width = UINT32_MAX, .height = 4};
    assert_false(h->ops->pass_begin(cmd, &pass));
    pass = (struct pvg_rpass){.width = 4, .height = 4, .array_length = UINT32_MAX};
    assert_false(h->ops->pass_begin(cmd, &pass));
    harness_run(h, cmd);
    h->ops->texture_release(h->r, t);
    h->ops->buffer_release(h->r, buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pitches), cmocka_unit_test(test_views_and_mipmaps), cmocka_unit_test(test_3d_and_arrays),
        cmocka_unit_test(test_clears),  cmocka_unit_test(test_subresources),      cmocka_unit_test(test_resolve),
        cmocka_unit_test(test_frames),  cmocka_unit_test(test_frame_threads),     cmocka_unit_test(test_frame_outlives_renderer),
        cmocka_unit_test(test_hostile),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
