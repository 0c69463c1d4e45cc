/* SPDX-License-Identifier: MIT */
/**
 * @file Copies through the wire form that name a plane: depth and stencil of combined formats, planes of video surfaces; textures
 * without linear bytes (multisample, heap, memoryless) and views as ends of copies.
 */
#include "fake.h"
#include "stream/format.h"

#include <string.h>

enum {
    BUF = 10,
    BUF2 = 11,
    BUF_PAGE = 100,
    BUF2_PAGE = 120,
    DEPTH = 20,
    DEPTH2 = 21,
    W = 6,
    H = 4,
    OPTION_DEPTH = 1,
    OPTION_STENCIL = 2
};

static bool on_vulkan;

static int setup(void **state)
{
    fake_setup(state);
    struct pvg_device *dev = *state;
    fake_buffer(&dev->tasks[1], BUF, BUF_PAGE, 8 * FAKE_PAGE);
    fake_buffer(&dev->tasks[1], BUF2, BUF2_PAGE, 8 * FAKE_PAGE);
    return 0;
}

/** Run what was added; exactly `refused` records may fail. */
static void run(struct pvg_device *dev, struct fake_stream *s, unsigned refused)
{
    uint64_t before = dev->stats.records_refused;

    stream_run(dev, &dev->tasks[1], s);
    if (dev->stats.records_refused - before != refused)
        fail_msg("%u records refused, expected %u: %s", (unsigned)(dev->stats.records_refused - before), refused, dev->last_log);
    s->used = 0;
}

static void blit(struct fake_stream *s, uint32_t opcode, struct pvg_w_record rec)
{
    stream_one(s, PVG_W_SEG_BLIT, opcode, &rec);
}

static struct pvg_w_record linear(uint32_t texture, uint32_t buffer, uint64_t at, uint32_t w, uint32_t h, uint32_t options)
{
    return (struct pvg_w_record){
        .buffer_image = {.texture = texture, .buffer = buffer, .offset = at, .size = {w, h, 1}, .options = options}};
}

static struct pvg_w_texture_desc desc_of(uint8_t type, uint16_t format, uint32_t w, uint32_t h)
{
    return (struct pvg_w_texture_desc){.type = type,
                                       .format = format,
                                       .levels = 1,
                                       .samples = 1,
                                       .array_length = 1,
                                       .options = 0x20,
                                       .usage = 0,
                                       .width = w,
                                       .height = h,
                                       .depth = 1,
                                       .swizzle = {2, 3, 4, 5}};
}

static void put(struct pvg_device *dev, uint64_t at, const void *bytes, size_t n)
{
    fake_write(&dev->tasks[1], BUF_PAGE * FAKE_PAGE + at, bytes, n);
}

static void expect(struct pvg_device *dev, uint32_t page, uint64_t at, const void *bytes, size_t n)
{
    uint8_t got[512];
    assert_true(n <= sizeof(got));
    fake_read(&dev->tasks[1], page * FAKE_PAGE + at, got, n);
    assert_memory_equal(got, bytes, n);
}

/** Cells and planes of 255 and 260, through buffers and from texture to texture. */
static void depth_and_stencil(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];
    static const uint16_t formats[] = {255, 260};

    for (uint32_t i = 0; i < 2; i++) {
        const struct pvg_format *f = pvg_format_get(formats[i]);
        struct fake_stream s = {.used = 0};
        uint32_t a = DEPTH + 4 * i, b = a + 1, view = a + 2;
        uint8_t cells[W * H * 8] = {0}, depth[W * H * 4] = {0}, stencil[W * H], mixed[W * H * 8];
        uint8_t raw[64];

        fake_texture(t, a, 200 + 8 * i, formats[i], W, H, 64);
        fake_texture(t, b, 204 + 8 * i, formats[i], W, H, 64);
        struct pvg_w_texture_view v = {
            .opcode = 0x07, .ref = view, .base = a, .format = formats[i] == 255 ? 262 : 261, .swizzle = {2, 3, 4, 5}};
        fake_publish(t, view, PVG_W_TYPE_VIEW, raw, pvg_w_texture_view_encode(raw, sizeof(raw), &v));
        for (uint32_t n = 0; n < W * H; n++) {
            uint8_t *cell = cells + n * f->bytes;
            assert_true(pvg_texel_set_depth(formats[i], (n + 1) / 32.0, cell) &&
                        pvg_texel_set_stencil(formats[i], n * 9 + 1, cell));
            memcpy(depth + 4 * n, formats[i] == 255 ? cell + 1 : cell, formats[i] == 255 ? 3 : 4);
            stencil[n] = (uint8_t)(n * 9 + 1);
            memcpy(mixed + n * f->bytes, cell, f->bytes);
            assert_true(pvg_texel_set_stencil(formats[i], 0x77, mixed + n * f->bytes));
        }
        put(dev, 0, cells, W * H * f->bytes);
        /* Cells in, all planes out. */
        blit(&s, 0x12c, linear(a, BUF, 0, W, H, 0));
        blit(&s, 0x12e, linear(a, BUF2, 0, W, H, 0));
        blit(&s, 0x12e, linear(a, BUF2, 1024, W, H, OPTION_DEPTH));
        blit(&s, 0x12e, linear(a, BUF2, 2048, W, H, OPTION_STENCIL));
        blit(&s, 0x12e, linear(view, BUF2, 3072, W, H, 0));
        blit(&s, 0x12e, linear(view, BUF2, 4096, W, H, OPTION_STENCIL));
        run(dev, &s, 0);
        expect(dev, BUF2_PAGE, 0, cells, W * H * f->bytes);
        if (formats[i] == 260)
            expect(dev, BUF2_PAGE, 1024, depth, W * H * 4);
        for (uint32_t n = 0; n < W * H; n++)
            expect(dev, BUF2_PAGE, 1024 + 4 * n, depth + 4 * n, 3);
        expect(dev, BUF2_PAGE, 2048, stencil, W * H);
        expect(dev, BUF2_PAGE, 3072, stencil, W * H);
        expect(dev, BUF2_PAGE, 4096, stencil, W * H);
        /* The second texture: stencil by pattern, then the depth plane alone from the first. */
        memset(stencil, 0x77, sizeof(stencil));
        put(dev, 512, stencil, sizeof(stencil));
        struct pvg_w_record plane = {.copy_texture = {.source = a, .destination = b, .size = {W, H, 1}, .options = OPTION_DEPTH}};
        blit(&s, 0x12c, linear(b, BUF, 512, W, H, OPTION_STENCIL));
        blit(&s, 0x130, plane);
        blit(&s, 0x12e, linear(b, BUF2, 0, W, H, 0));
        plane.copy_texture.options = OPTION_STENCIL;
        blit(&s, 0x130, plane);
        blit(&s, 0x12e, linear(b, BUF2, 1024, W, H, 0));
        /* Both planes by a plain copy and by slices. */
        blit(&s, 0x12f, (struct pvg_w_record){.copy_texture = {.source = b, .destination = a, .size = {W, H, 1}}});
        blit(&s, 0x13e, (struct pvg_w_record){.copy_slices = {.source = a, .destination = b, .slice_count = 1, .level_count = 1}});
        blit(&s, 0x12e, linear(b, BUF2, 2048, W, H, 0));
        /* Bits that mean nothing. */
        for (uint32_t options = 3; options < 8; options++) {
            blit(&s, 0x12c, linear(a, BUF, 0, W, H, options));
            plane.copy_texture.options = options;
            blit(&s, 0x130, plane);
        }
        blit(&s, 0x12e, linear(view, BUF2, 4096, W, H, OPTION_DEPTH));
        run(dev, &s, 11);
        expect(dev, BUF2_PAGE, 0, mixed, W * H * f->bytes);
        expect(dev, BUF2_PAGE, 1024, cells, W * H * f->bytes);
        expect(dev, BUF2_PAGE, 2048, cells, W * H * f->bytes);
    }
    /* Formats of one plane take its option or none. */
    fake_texture(t, 40, 230, 252, W, H, 64);
    fake_texture(t, 41, 232, 253, W, H, 64);
    struct fake_stream s = {.used = 0};
    uint8_t bytes[W * H * 4];
    float value = 0.25f;
    for (uint32_t n = 0; n < W * H; n++)
        memcpy(bytes + 4 * n, &value, 4);
    put(dev, 0, bytes, sizeof(bytes));
    blit(&s, 0x12c, linear(40, BUF, 0, W, H, OPTION_DEPTH));
    blit(&s, 0x12e, linear(40, BUF2, 0, W, H, 0));
    blit(&s, 0x12c, linear(41, BUF, 0, W, H, 0));
    blit(&s, 0x12e, linear(41, BUF2, 1024, W, H, OPTION_STENCIL));
    blit(&s, 0x12e, linear(40, BUF2, 2048, W, H, OPTION_STENCIL));
    blit(&s, 0x12e, linear(41, BUF2, 2048, W, H, OPTION_DEPTH));
    blit(&s, 0x12f, (struct pvg_w_record){.copy_texture = {.source = 40, .destination = 41, .size = {W, H, 1}}});
    run(dev, &s, 3);
    expect(dev, BUF2_PAGE, 0, bytes, sizeof(bytes));
    expect(dev, BUF2_PAGE, 1024, bytes, W * H);
}

/** A video surface of two planes: each plane a texture of its own; a third view of the wrong size is refused. */
static void video_planes(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];
    struct fake_stream s = {.used = 0};
    struct pvg_w_surface surface = {.page = 500, .fourcc = 0x34323066, .plane_count = 2, .length = 4 * FAKE_PAGE};
    uint8_t raw[128], luma[16], chroma[16];

    surface.planes[0] =
        (struct pvg_w_surface_plane){.offset = 0, .width = 64, .height = 32, .bytes_per_row = 128, .bytes_per_element = 1};
    surface.planes[1] = (struct pvg_w_surface_plane){
        .offset = 2 * FAKE_PAGE, .width = 32, .height = 16, .bytes_per_row = 128, .bytes_per_element = 2};
    fake_map(&dev->tasks[0], 500, 4);
    fake_publish(&dev->tasks[0], 77, PVG_W_TYPE_SURFACE, raw, pvg_w_surface_encode(raw, sizeof(raw), &surface));
    static const struct {
        uint32_t ref, plane;
        uint16_t format;
        uint32_t w, h;
    } views[] = {{30, 0, 10, 64, 32}, {31, 1, 30, 32, 16}, {32, 1, 30, 64, 32}, {33, 2, 10, 64, 32}};
    for (size_t i = 0; i < 4; i++) {
        struct pvg_w_surface_texture st = {.opcode = PVG_W_NEW_SURFACE_TEXTURE_ROTATED,
                                           .surface = 77,
                                           .ref = views[i].ref,
                                           .plane = views[i].plane,
                                           .desc = desc_of(PVG_W_TEX_2D, views[i].format, views[i].w, views[i].h)};
        fake_publish(t, views[i].ref, PVG_W_TYPE_SURFACE_TEXTURE, raw, pvg_w_surface_ref_encode(raw, sizeof(raw), &st));
    }
    memset(luma, 0x4c, sizeof(luma));
    for (int i = 0; i < 16; i++)
        chroma[i] = (uint8_t)(i & 1 ? 0xe0 : 0x20);
    put(dev, 0, luma, sizeof(luma));
    put(dev, 64, chroma, sizeof(chroma));
    struct pvg_w_record a = linear(30, BUF, 0, 16, 1, 0), b = linear(31, BUF, 64, 8, 1, 0);
    a.buffer_image.origin[0] = 48;
    a.buffer_image.origin[1] = 31;
    b.buffer_image.origin[1] = 15;
    blit(&s, 0x12c, a);
    blit(&s, 0x12c, b);
    blit(&s, 0x12c, linear(32, BUF, 0, 1, 1, 0));
    blit(&s, 0x12c, linear(33, BUF, 0, 1, 1, 0));
    /* Planes of different texel size do not mix. */
    blit(&s, 0x12f, (struct pvg_w_record){.copy_texture = {.source = 30, .destination = 31, .size = {1, 1, 1}}});
    run(dev, &s, 3);
    const uint32_t id = 77;
    fake_begin(dev);
    pvg_objects_synchronize(dev->tasks[0].task.objects, dev->cmd, &id, 1, false);
    fake_end(dev, NULL);
    uint8_t got[16];
    fake_read(&dev->tasks[0], 500 * FAKE_PAGE + 31 * 128 + 48, got, 16);
    assert_memory_equal(got, luma, 16);
    fake_read(&dev->tasks[0], 502 * FAKE_PAGE + 15 * 128, got, 16);
    assert_memory_equal(got, chroma, 16);
}

/** Textures whose texels live on the host alone. */
static void textures_without_pages(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];
    struct fake_stream s = {.used = 0};
    struct pvg_w_heap_texture heap = {
        .ref = 50, .heap = 3, .use_offset = true, .offset = 4096, .desc = desc_of(PVG_W_TEX_2D, 80, 16, 8)};
    struct pvg_w_linear_texture memoryless = {
        .element_size = 4, .level_count = 1, .has_record = true, .ref = 51, .desc = desc_of(PVG_W_TEX_2D, 80, 16, 8)};
    uint8_t raw[256], texels[16 * 8 * 4];

    fake_publish(t, 50, PVG_W_TYPE_VIEW, raw, pvg_w_heap_texture_encode(raw, sizeof(raw), &heap));
    memoryless.desc.options = 0x30;
    memoryless.levels[0] = (struct pvg_w_linear_level){.bytes_per_row = 64, .width = 16, .height = 8, .depth = 1};
    fake_publish(t, 51, PVG_W_TYPE_TEXTURE, raw, pvg_w_linear_texture_encode(raw, sizeof(raw), &memoryless));
    for (uint32_t i = 0; i < sizeof(texels); i++)
        texels[i] = (uint8_t)(i * 3 + 1);
    put(dev, 0, texels, sizeof(texels));
    blit(&s, 0x12c, linear(50, BUF, 0, 16, 8, 0));
    blit(&s, 0x12f, (struct pvg_w_record){.copy_texture = {.source = 50, .destination = 51, .size = {16, 8, 1}}});
    blit(&s, 0x12e, linear(51, BUF2, 0, 16, 8, 0));
    run(dev, &s, 0);
    expect(dev, BUF2_PAGE, 0, texels, sizeof(texels));
    /* The heap texture keeps its content over packets. */
    blit(&s, 0x12e, linear(50, BUF2, 1024, 16, 8, 0));
    run(dev, &s, 0);
    expect(dev, BUF2_PAGE, 1024, texels, sizeof(texels));
}

/** Samples have no linear form; multisampled textures copy among each other. */
static void multisampled(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];
    struct fake_stream s = {.used = 0};
    uint8_t raw[256];

    for (uint32_t ref = 60; ref < 62; ref++) {
        struct pvg_w_heap_texture ms = {.ref = ref, .heap = 3, .desc = desc_of(PVG_W_TEX_2D_MS, 80, 8, 8)};
        ms.desc.samples = 4;
        fake_publish(t, ref, PVG_W_TYPE_VIEW, raw, pvg_w_heap_texture_encode(raw, sizeof(raw), &ms));
    }
    struct pvg_w_heap_texture plain = {.ref = 62, .heap = 3, .desc = desc_of(PVG_W_TEX_2D, 80, 8, 8)};
    fake_publish(t, 62, PVG_W_TYPE_VIEW, raw, pvg_w_heap_texture_encode(raw, sizeof(raw), &plain));
    static const double green[4] = {0, 1, 0, 1};
    stream_clear(&s, 60, green);
    blit(&s, 0x12f, (struct pvg_w_record){.copy_texture = {.source = 60, .destination = 61, .size = {8, 8, 1}}});
    blit(&s, 0x12e, linear(61, BUF2, 0, 8, 8, 0));
    blit(&s, 0x12c, linear(61, BUF, 0, 8, 8, 0));
    blit(&s, 0x12f, (struct pvg_w_record){.copy_texture = {.source = 60, .destination = 62, .size = {8, 8, 1}}});
    blit(&s, 0x141, (struct pvg_w_record){.fill_texture = {.ref = 61, .size = {1, 1, 1}, .format = 80}});
    blit(&s, 0x133, (struct pvg_w_record){.ref = 61});
    run(dev, &s, 5);
    /* Resolved, the copy is what was cleared. */
    struct pvg_w_record rec = {0};
    pvg_w_render_pass_init(&rec.pass);
    rec.pass.color[0] = (struct pvg_w_attachment){.texture = 61, .resolve = 62, .load_action = 1, .store_action = 2};
    stream_one(&s, PVG_W_SEG_RENDER, 0x1a, &rec);
    blit(&s, 0x12e, linear(62, BUF2, 0, 8, 8, 0));
    run(dev, &s, 0);
    if (on_vulkan)
        assert_int_equal(fake_word(t, BUF2_PAGE * FAKE_PAGE + 63 * 4), 0xff00ff00);
}

/** Views: levels, slices and formats count; a swizzle refuses the copy. */
static void views(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];
    struct fake_stream s = {.used = 0};
    struct pvg_w_heap_texture array = {.ref = 70, .heap = 1, .desc = desc_of(PVG_W_TEX_2D_ARRAY, 80, 16, 16)};
    uint8_t raw[256], texels[8 * 8 * 4];

    array.desc.array_length = 4;
    array.desc.levels = 3;
    fake_publish(t, 70, PVG_W_TYPE_VIEW, raw, pvg_w_heap_texture_encode(raw, sizeof(raw), &array));
    struct pvg_w_texture_view v = {.opcode = 0x08,
                                   .ref = 71,
                                   .base = 70,
                                   .format = 53,
                                   .has_range = true,
                                   .type = PVG_W_TEX_2D_ARRAY,
                                   .level = 1,
                                   .level_count = 2,
                                   .slice = 2,
                                   .slice_count = 2,
                                   .swizzle = {2, 3, 4, 5}};
    fake_publish(t, 71, PVG_W_TYPE_VIEW, raw, pvg_w_texture_view_encode(raw, sizeof(raw), &v));
    v.ref = 72;
    v.base = 71;
    v.format = 71;
    v.type = PVG_W_TEX_2D;
    v.level = 0;
    v.level_count = 1;
    v.slice = 1;
    v.slice_count = 1;
    fake_publish(t, 72, PVG_W_TYPE_VIEW, raw, pvg_w_texture_view_encode(raw, sizeof(raw), &v));
    v.opcode = 0x1b;
    v.ref = 73;
    v.swizzle[0] = 4;
    fake_publish(t, 73, PVG_W_TYPE_VIEW, raw, pvg_w_texture_view_encode(raw, sizeof(raw), &v));
    for (uint32_t i = 0; i < sizeof(texels); i++)
        texels[i] = (uint8_t)(i * 5 + 2);
    put(dev, 0, texels, sizeof(texels));
    blit(&s, 0x12c, linear(72, BUF, 0, 8, 8, 0)); /* Level 1, slice 3 of the array. */
    struct pvg_w_record out = linear(70, BUF2, 0, 8, 8, 0);
    out.buffer_image.level = 1;
    out.buffer_image.slice = 3;
    blit(&s, 0x12e, out);
    out = linear(71, BUF2, 1024, 8, 8, 0);
    out.buffer_image.slice = 1;
    blit(&s, 0x12e, out);
    blit(&s, 0x12e, linear(73, BUF2, 2048, 8, 8, 0));
    blit(&s, 0x12c, linear(73, BUF, 0, 8, 8, 0));
    out.buffer_image.slice = 2;
    blit(&s, 0x12e, out);
    run(dev, &s, 3);
    expect(dev, BUF2_PAGE, 0, texels, sizeof(texels));
    expect(dev, BUF2_PAGE, 1024, texels, sizeof(texels));
}

int main(int argc, char **argv)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, fake_teardown)
    const struct CMUnitTest tests[] = {CASE(depth_and_stencil), CASE(video_planes), CASE(textures_without_pages),
                                       CASE(multisampled), CASE(views)};

    on_vulkan = argc > 1 && !strcmp(argv[1], "vulkan");
    if (on_vulkan)
        fake_create_renderer = pvg_vulkan_create;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
