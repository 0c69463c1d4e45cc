/* SPDX-License-Identifier: MIT */
/**
 * @file Bytes that several objects name: the same checks on the renderer without GPU, where everything is in place, and on Vulkan
 * ("vulkan" as argument), where images are copies that have to be loaded and stored at the right moments.
 */
#include "fake.h"

#include <stdlib.h>
#include <string.h>

enum { TEX = 5, OTHER = 6, BUF = 7, BUF2 = 8, SURFACE = 42, SURFACE_PAGE = 500, TEX_PAGE = 100, BUF_PAGE = 200, BUF2_PAGE = 220 };

static const double red[4] = {1, 0, 0, 1}, grey[4] = {0.5, 0.5, 0.5, 0.5};

static int setup(void **state)
{
    fake_setup(state);
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];
    fake_surface(dev, SURFACE, SURFACE_PAGE, 64, 64);
    fake_surface_texture(t, TEX, SURFACE, 80, 64, 64);
    fake_surface_texture(t, OTHER, SURFACE, 123, 16, 64);
    fake_buffer(t, BUF, BUF_PAGE, 8 * FAKE_PAGE);
    fake_buffer(t, BUF2, BUF2_PAGE, 8 * FAKE_PAGE);
    return 0;
}

static void run(struct pvg_device *dev, struct fake_stream *s)
{
    uint64_t refused = dev->stats.records_refused;

    stream_run(dev, &dev->tasks[1], s);
    if (dev->stats.records_refused != refused)
        fail_msg("%s", dev->last_log);
    s->used = 0;
}

static void blit(struct fake_stream *s, uint32_t opcode, struct pvg_w_record rec)
{
    stream_one(s, PVG_W_SEG_BLIT, opcode, &rec);
}

static void to_buffer(struct fake_stream *s, uint32_t texture, uint32_t w, uint32_t h, uint64_t at, uint32_t options)
{
    blit(s, 0x12e,
         (struct pvg_w_record){
             .buffer_image = {.texture = texture, .buffer = BUF, .offset = at, .size = {w, h, 1}, .options = options}});
}

static uint32_t word(struct pvg_device *dev, uint64_t at)
{
    return fake_word(&dev->tasks[1], BUF_PAGE * FAKE_PAGE + at);
}

static uint32_t surface_word(struct pvg_device *dev, uint32_t x, uint32_t y)
{
    return fake_word(&dev->tasks[0], SURFACE_PAGE * FAKE_PAGE + y * 256 + x * 4);
}

static void synchronize(struct pvg_device *dev, struct fake_task *t, uint32_t id)
{
    fake_begin(dev);
    pvg_objects_synchronize(t->task.objects, dev->cmd, &id, 1, false);
    fake_end(dev, NULL);
}

static void a_cleared_surface_reaches_its_pages(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};

    stream_clear(&s, TEX, red);
    run(dev, &s);
    synchronize(dev, &dev->tasks[0], SURFACE);
    for (uint32_t i = 0; i < 64; i++)
        assert_int_equal(surface_word(dev, 63 - i, i), 0xffff0000);
}

static void reinterpretations_see_each_other(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};
    const uint32_t texel[4] = {0x01020304, 0x05060708, 0x090a0b0c, 0x0d0e0f10};

    /* BGRA8 rendered, RGBA32Uint read, in one command buffer. */
    stream_clear(&s, TEX, red);
    to_buffer(&s, OTHER, 16, 64, 0, 0);
    run(dev, &s);
    assert_int_equal(word(dev, 0), 0xffff0000);
    assert_int_equal(word(dev, 64 * 256 - 4), 0xffff0000);
    /* And back: a wide texel written through the other texture. */
    fake_write(&dev->tasks[1], BUF2_PAGE * FAKE_PAGE, texel, sizeof(texel));
    blit(&s, 0x12c,
         (struct pvg_w_record){.buffer_image = {.texture = OTHER, .buffer = BUF2, .origin = {15, 63, 0}, .size = {1, 1, 1}}});
    to_buffer(&s, TEX, 64, 64, 0, 0);
    run(dev, &s);
    assert_int_equal(word(dev, 0), 0xffff0000);
    assert_int_equal(word(dev, 63 * 256 + 59 * 4), 0xffff0000);
    assert_int_equal(word(dev, 63 * 256 + 60 * 4), texel[0]);
    assert_int_equal(word(dev, 63 * 256 + 63 * 4), texel[3]);
}

static void guest_writes_count_when_they_are_claimed(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};
    const uint32_t drawn = 0x11223344;
    const uint8_t claim[4] = {1, 0, 0, 0};

    stream_clear(&s, TEX, red);
    to_buffer(&s, TEX, 1, 1, 0, 0);
    run(dev, &s);
    synchronize(dev, &dev->tasks[0], SURFACE);
    fake_write(&dev->tasks[0], SURFACE_PAGE * FAKE_PAGE, &drawn, 4);
    pvg_objects_validity(dev->tasks[1].task.objects, TEX, claim);
    to_buffer(&s, TEX, 2, 1, 8, 0);
    run(dev, &s);
    assert_int_equal(word(dev, 0), 0xffff0000);
    assert_int_equal(word(dev, 8), drawn);
    assert_int_equal(word(dev, 12), 0xffff0000);
}

static void load_keeps_what_the_guest_drew(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};
    const uint32_t drawn = 0x55667788;

    fake_write(&dev->tasks[0], SURFACE_PAGE * FAKE_PAGE + 256, &drawn, 4);
    stream_segment(&s, PVG_W_SEG_RENDER, false, false);
    stream_pass(&s, TEX, 1, 1, NULL);
    stream_end(&s);
    to_buffer(&s, TEX, 64, 2, 0, 0);
    run(dev, &s);
    assert_int_equal(word(dev, 256), drawn);
    synchronize(dev, &dev->tasks[0], SURFACE);
    assert_int_equal(surface_word(dev, 0, 1), drawn);
    assert_int_equal(surface_word(dev, 1, 1), 0);
}

static void linear_textures_keep_their_padding(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];
    struct fake_stream s = {.used = 0};
    uint8_t row[512];

    fake_texture(t, 20, TEX_PAGE, 80, 27, 9, 512);
    memset(row, 0x5a, sizeof(row));
    for (uint32_t y = 0; y < 9; y++)
        fake_write(t, TEX_PAGE * FAKE_PAGE + y * 512, row, 512);
    stream_clear(&s, 20, red);
    run(dev, &s);
    synchronize(dev, t, 20);
    for (uint32_t y = 0; y < 9; y++) {
        assert_int_equal(fake_word(t, TEX_PAGE * FAKE_PAGE + y * 512 + 26 * 4), 0xffff0000);
        assert_int_equal(fake_word(t, TEX_PAGE * FAKE_PAGE + y * 512 + 27 * 4), 0x5a5a5a5a);
    }
}

static void srgb_textures_share_the_image(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};

    fake_surface_texture(&dev->tasks[1], 21, SURFACE, 81, 64, 64);
    stream_clear(&s, 21, grey);
    to_buffer(&s, TEX, 1, 1, 0, 0);
    to_buffer(&s, 21, 1, 1, 4, 0);
    run(dev, &s);
    /* Encoded once, by the sRGB attachment; drivers round 187.5 and 127.5 either way. */
    for (int i = 0; i < 4; i++)
        assert_in_range(word(dev, 0) >> 8 * i & 0xFF, i < 3 ? 0xbb : 0x7f, i < 3 ? 0xbc : 0x80);
    assert_int_equal(word(dev, 4), word(dev, 0));
    assert_int_equal(dev->calls.loads, 0);
    assert_int_equal(dev->calls.stores, 0);
}

static void buffer_textures_and_buffers_are_one_memory(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];
    struct fake_stream s = {.used = 0};
    struct pvg_w_buffer_texture bt = {.ref = 22,
                                      .buffer = BUF2,
                                      .offset = 256,
                                      .bytes_per_row = 256,
                                      .desc = {.type = PVG_W_TEX_2D,
                                               .format = 70,
                                               .usage = 5,
                                               .levels = 1,
                                               .samples = 1,
                                               .array_length = 1,
                                               .width = 64,
                                               .height = 4,
                                               .depth = 1,
                                               .swizzle = {2, 3, 4, 5}}};
    uint8_t raw[128];

    fake_publish(t, 22, PVG_W_TYPE_VIEW, raw, pvg_w_buffer_texture_encode(raw, sizeof(raw), &bt));
    stream_clear(&s, 22, red);
    blit(&s, 0x12d, (struct pvg_w_record){.copy_buffer = {.source = BUF2, .destination = BUF, .source_offset = 256, .size = 1024}});
    /* Now the buffer changes and the texture is read. */
    blit(&s, 0x132, (struct pvg_w_record){.fill_buffer = {.ref = BUF2, .location = 512, .length = 256, .value = 0x42}});
    to_buffer(&s, 22, 64, 4, 4096, 0);
    run(dev, &s);
    assert_int_equal(word(dev, 0), 0xff0000ff);
    assert_int_equal(word(dev, 1020), 0xff0000ff);
    assert_int_equal(word(dev, 4096), 0xff0000ff);
    assert_int_equal(word(dev, 4096 + 256), 0x42424242);
    assert_int_equal(word(dev, 4096 + 512), 0xff0000ff);
}

/** A plain buffer and two textures whose descriptors name the same pages: what one writes the others read in the same packet. */
static void objects_over_the_same_pages(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];
    struct fake_stream s = {.used = 0};
    const double green[4] = {0, 1, 0, 1};
    uint8_t raw[256];
    size_t n;

    /* Copies of guest memory belong to one object each: without import, objects see each other's bytes from packet to packet only.
     */
    if (getenv("OPENPVG_VK_NO_IMPORT"))
        skip();
    fake_texture(t, 25, TEX_PAGE, 80, 64, 32, 256);
    /* The first packet renders; nobody else knows the bytes yet, and storage that the guest synchronizes may wait. */
    stream_clear(&s, 25, red);
    run(dev, &s);
    assert_int_equal(dev->calls.stores, 0);
    /* Then a buffer over the second page, and a texture of another format over the third. */
    struct pvg_w_buffer b = {.size = FAKE_PAGE, .handle = TEX_PAGE + 1};
    n = pvg_w_buffer_encode(raw, sizeof(raw), &b);
    fake_publish(t, 26, PVG_W_TYPE_BUFFER, raw, n);
    struct pvg_w_linear_texture lin = {.size = 1024,
                                       .handle = TEX_PAGE + 1,
                                       .element_size = 4,
                                       .level_count = 1,
                                       .has_record = true,
                                       .ref = 27,
                                       .desc = {.type = PVG_W_TEX_2D,
                                                .format = 53,
                                                .levels = 1,
                                                .samples = 1,
                                                .array_length = 1,
                                                .options = 0x20,
                                                .usage = 0,
                                                .width = 64,
                                                .height = 4,
                                                .depth = 1,
                                                .swizzle = {2, 3, 4, 5}}};
    lin.levels[0] = (struct pvg_w_linear_level){.size = 1024, .bytes_per_row = 256, .width = 64, .height = 4, .depth = 1};
    fake_publish(t, 27, PVG_W_TYPE_TEXTURE, raw, pvg_w_linear_texture_encode(raw, sizeof(raw), &lin));
    blit(&s, 0x12d, (struct pvg_w_record){.copy_buffer = {.source = 26, .destination = BUF, .size = 256}});
    blit(&s, 0x132, (struct pvg_w_record){.fill_buffer = {.ref = 26, .location = 256, .length = 256, .value = 0x42}});
    to_buffer(&s, 25, 64, 32, 4096, 0);
    run(dev, &s);
    assert_int_equal(word(dev, 0), 0xffff0000);
    assert_int_equal(word(dev, 4096 + 16 * 256), 0xffff0000);
    assert_int_equal(word(dev, 4096 + 17 * 256), 0x42424242);
    assert_int_equal(word(dev, 4096 + 18 * 256), 0xffff0000);
    /* Texture to texture, and texture to buffer. */
    stream_clear(&s, 25, green);
    to_buffer(&s, 27, 64, 4, 0, 0);
    blit(&s, 0x12d,
         (struct pvg_w_record){.copy_buffer = {.source = 26, .destination = BUF, .destination_offset = 2048, .size = 1024}});
    blit(&s, 0x141,
         (struct pvg_w_record){
             .fill_texture = {.ref = 27, .origin = {1, 1, 0}, .size = {1, 1, 1}, .color = {7, 0, 0, 0}, .format = 53}});
    to_buffer(&s, 25, 64, 32, 8192, 0);
    run(dev, &s);
    assert_int_equal(word(dev, 0), 0xff00ff00);
    assert_int_equal(word(dev, 2048 + 1020), 0xff00ff00);
    assert_int_equal(word(dev, 8192 + 17 * 256 + 4), 7);
    assert_int_equal(word(dev, 8192 + 17 * 256 + 8), 0xff00ff00);
    /* The others go: the texture keeps its content on the host again. */
    pvg_objects_delete_resource(t->task.objects, 26);
    pvg_objects_delete_resource(t->task.objects, 27);
    unsigned stores = dev->calls.stores;
    stream_clear(&s, 25, red);
    run(dev, &s);
    assert_int_equal(dev->calls.stores, stores);
    synchronize(dev, t, 25);
    assert_int_equal(fake_word(t, TEX_PAGE * FAKE_PAGE + 31 * 256), 0xffff0000);
}

static void texture_fills_land(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};

    stream_clear(&s, TEX, red);
    blit(&s, 0x141,
         (struct pvg_w_record){
             .fill_texture = {.ref = TEX, .origin = {3, 5, 0}, .size = {7, 11, 1}, .color = {0, 1, 0, 1}, .format = 80}});
    blit(&s, 0x13f, (struct pvg_w_record){.fill_buffer = {.ref = BUF, .location = 20480, .length = 8, .value = 0x11223344}});
    to_buffer(&s, TEX, 64, 64, 0, 0);
    run(dev, &s);
    for (uint32_t y = 0; y < 64; y++) {
        for (uint32_t x = 0; x < 64; x++) {
            bool inside = x >= 3 && x < 10 && y >= 5 && y < 16;
            assert_int_equal(word(dev, y * 256 + x * 4), inside ? 0xff00ff00 : 0xffff0000);
        }
    }
    assert_int_equal(word(dev, 20480), 0x11223344);
    assert_int_equal(word(dev, 20484), 0x11223344);
    assert_int_equal(word(dev, 20488), 0);
}

static void mip_levels_come_from_guest_pages(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];
    struct fake_stream s = {.used = 0};
    struct pvg_w_linear_texture lin = {.size = 4096,
                                       .handle = TEX_PAGE,
                                       .element_size = 4,
                                       .level_count = 2,
                                       .has_record = true,
                                       .ref = 23,
                                       .desc = {.type = PVG_W_TEX_2D,
                                                .format = 70,
                                                .levels = 2,
                                                .samples = 1,
                                                .array_length = 1,
                                                .options = 0x10,
                                                .width = 4,
                                                .height = 4,
                                                .depth = 1,
                                                .usage = 5,
                                                .swizzle = {2, 3, 4, 5}}};
    uint32_t texels[4];
    uint8_t raw[256];

    lin.levels[0] = (struct pvg_w_linear_level){.size = 1024, .bytes_per_row = 256, .width = 4, .height = 4, .depth = 1};
    lin.levels[1] =
        (struct pvg_w_linear_level){.offset = 2048, .size = 512, .bytes_per_row = 256, .width = 2, .height = 2, .depth = 1};
    fake_map(t, TEX_PAGE, 1);
    fake_publish(t, 23, PVG_W_TYPE_TEXTURE, raw, pvg_w_linear_texture_encode(raw, sizeof(raw), &lin));
    for (uint32_t y = 0; y < 4; y++) {
        for (uint32_t x = 0; x < 4; x++)
            texels[x] = 0xff000000 | (x / 2 * 100 + y / 2 * 50);
        fake_write(t, TEX_PAGE * FAKE_PAGE + y * 256, texels, sizeof(texels));
    }
    blit(&s, 0x133, (struct pvg_w_record){.ref = 23});
    run(dev, &s);
    synchronize(dev, t, 23);
    assert_int_equal(fake_word(t, TEX_PAGE * FAKE_PAGE + 2048), 0xff000000);
    assert_int_equal(fake_word(t, TEX_PAGE * FAKE_PAGE + 2052), 0xff000064);
    assert_int_equal(fake_word(t, TEX_PAGE * FAKE_PAGE + 2304), 0xff000032);
    assert_int_equal(fake_word(t, TEX_PAGE * FAKE_PAGE + 2308), 0xff000096);
    assert_int_equal(fake_word(t, TEX_PAGE * FAKE_PAGE + 4), 0xff000000); /* level 0 as it was */
}

static void depth_is_read_by_its_plane(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};
    struct pvg_w_record rec = {0};

    fake_texture(&dev->tasks[1], 24, TEX_PAGE, 252, 8, 8, 256);
    pvg_w_render_pass_init(&rec.pass);
    rec.pass.depth = (struct pvg_w_attachment){.texture = 24, .load_action = 2, .store_action = 1, .clear = {0.25}};
    stream_one(&s, PVG_W_SEG_RENDER, 0x1a, &rec);
    to_buffer(&s, 24, 8, 8, 0, 1);
    run(dev, &s);
    assert_int_equal(word(dev, 0), 0x3e800000);
    assert_int_equal(word(dev, 252), 0x3e800000);
}

static void presents_follow_rendering_and_drawing(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};
    const uint32_t drawn = 0x00336699;
    uint32_t w, h, stride;

    for (int pass = 0; pass < 2; pass++) {
        if (pass == 0) {
            stream_clear(&s, TEX, red);
            run(dev, &s);
        } else {
            synchronize(dev, &dev->tasks[0], SURFACE);
            fake_write(&dev->tasks[0], SURFACE_PAGE * FAKE_PAGE, &drawn, 4);
        }
        fake_begin(dev);
        struct pvg_rframe *f = pvg_surfaces_capture(dev->surfaces, dev->cmd, SURFACE, &w, &h);
        fake_end(dev, NULL);
        assert_non_null(f);
        const uint8_t *pixels = dev->render->ops->frame_pixels(f, &w, &h, &stride);
        assert_memory_equal(pixels, pass ? "\x99\x66\x33" : "\x00\x00\xff", 3);
        assert_memory_equal(pixels + 63 * stride + 63 * 4, "\x00\x00\xff", 3);
        dev->render->ops->frame_release(f);
    }
}

int main(int argc, char **argv)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, fake_teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_cleared_surface_reaches_its_pages),
        CASE(reinterpretations_see_each_other),
        CASE(guest_writes_count_when_they_are_claimed),
        CASE(load_keeps_what_the_guest_drew),
        CASE(linear_textures_keep_their_padding),
        CASE(srgb_textures_share_the_image),
        CASE(buffer_textures_and_buffers_are_one_memory),
        CASE(objects_over_the_same_pages),
        CASE(texture_fills_land),
        CASE(mip_levels_come_from_guest_pages),
        CASE(depth_is_read_by_its_plane),
        CASE(presents_follow_rendering_and_drawing),
    };

    if (argc > 1 && !strcmp(argv[1], "vulkan"))
        fake_create_renderer = pvg_vulkan_create;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
