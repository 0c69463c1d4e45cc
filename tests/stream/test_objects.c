/* SPDX-License-Identifier: MIT */
/** @file Lookup, construction and lifetime of objects (spec 05). */
#include "fake.h"

#include <string.h>

enum { REF_A = 5, REF_B = 6, REF_C = 7, SURFACE = 42 };

/** Fill `n` bytes at the start of buffer `ref` and say whether that worked. */
static bool fill(struct pvg_device *dev, struct fake_task *t, uint32_t ref, uint64_t at, uint64_t n, uint8_t value)
{
    struct fake_stream s = {.used = 0};
    struct pvg_w_record rec = {.fill_buffer = {.ref = ref, .location = at, .length = n, .value = value}};
    uint64_t refused = dev->stats.records_refused;

    stream_one(&s, PVG_W_SEG_BLIT, 0x132, &rec);
    stream_run(dev, t, &s);
    return dev->stats.records_refused == refused;
}

static bool clear(struct pvg_device *dev, struct fake_task *t, uint32_t ref)
{
    struct fake_stream s = {.used = 0};
    unsigned passes = dev->calls.passes;

    stream_clear(&s, ref, (const double[4]){1, 0, 0, 1});
    stream_run(dev, t, &s);
    return dev->calls.passes == passes + 1;
}

static void buffers_are_made_on_first_use(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    fake_buffer(t, REF_A, 100, 8192);
    assert_int_equal(dev->stats.objects_created, 0);
    assert_true(fill(dev, t, REF_A, 4090, 12, 0xab));
    assert_int_equal(dev->stats.objects_created, 1);
    assert_int_equal(fake_word(t, 100 * FAKE_PAGE + 4092), 0xabababab);
    assert_int_equal(fake_word(t, 101 * FAKE_PAGE + 2), 0xabababab);
    assert_true(fill(dev, t, REF_A, 0, 4, 1));
    assert_int_equal(dev->stats.objects_created, 1);
}

static void failures_are_not_remembered(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];
    uint8_t raw[16];

    assert_false(fill(dev, t, REF_A, 0, 4, 1)); /* empty slot */
    pvg_w_buffer_encode(raw, sizeof(raw), &(struct pvg_w_buffer){.size = 4096, .handle = 200});
    fake_publish(t, REF_A, PVG_W_TYPE_BUFFER, raw, sizeof(raw));
    assert_false(fill(dev, t, REF_A, 0, 4, 1)); /* not mapped yet */
    fake_map(t, 200, 1);
    assert_true(fill(dev, t, REF_A, 0, 4, 0x77));
    assert_int_equal(fake_word(t, 200 * FAKE_PAGE), 0x77777777);
}

static void hostile_lists_and_refs(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];
    uint8_t raw[16] = {0};

    assert_false(fill(dev, t, 0, 0, 4, 1));
    assert_false(fill(dev, t, FAKE_LIST_COUNT, 0, 4, 1));
    assert_false(fill(dev, t, UINT32_MAX, 0, 4, 1));
    t->task.list_count = UINT32_MAX;
    assert_false(fill(dev, t, UINT32_MAX - 1, 0, 4, 1));
    assert_false(fill(dev, t, 1 << 22, 0, 4, 1)); /* list page not mapped */
    t->task.list_gva = UINT64_MAX - 100;
    assert_false(fill(dev, t, 1000, 0, 4, 1));
    t->task.list_gva = 0;
    assert_false(fill(dev, t, 1, 0, 4, 1));
    t->task.list_gva = FAKE_LIST_PAGE * FAKE_PAGE;
    for (uint32_t type = 0; type < 256; type++) {
        fake_publish(t, REF_A, (uint8_t)type, raw, sizeof(raw));
        assert_false(fill(dev, t, REF_A, 0, 4, 1));
        t->desc_used = 0;
    }
    /* A descriptor that is longer than what is mapped. */
    uint8_t entry[12];
    pvg_w_object_entry_encode(entry, sizeof(entry),
                              &(struct pvg_w_object_entry){.type = 7, .length = 0xffffff, .gva = FAKE_DESC_PAGE * FAKE_PAGE});
    fake_write(t, t->task.list_gva + 12 * REF_A, entry, sizeof(entry));
    assert_false(fill(dev, t, REF_A, 0, 4, 1));
    assert_int_equal(dev->stats.objects_created, 0);
}

static void buffer_sizes_are_checked(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];
    static const struct pvg_w_buffer bad[] = {
        {.size = 0, .handle = 200}, {.size = 4096, .handle = 0}, {.size = UINT64_MAX, .handle = 200}};
    uint8_t raw[16];

    fake_map(t, 200, 1);
    for (size_t i = 0; i < 3; i++) {
        pvg_w_buffer_encode(raw, sizeof(raw), &bad[i]);
        fake_publish(t, REF_A, PVG_W_TYPE_BUFFER, raw, sizeof(raw));
        assert_false(fill(dev, t, REF_A, 0, 4, 1));
    }
    fake_buffer(t, REF_B, 300, 100);
    assert_true(fill(dev, t, REF_B, 96, 4, 1));
    assert_false(fill(dev, t, REF_B, 97, 4, 1));
    assert_false(fill(dev, t, REF_B, UINT64_MAX, 4, 1));
}

static void covered_memory_is_bounded(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];
    struct pvg_w_buffer big = {.size = UINT64_C(1) << 30, .handle = 100};
    uint8_t raw[16];

    fake_map(t, 100, 1);
    pvg_w_buffer_encode(raw, sizeof(raw), &big);
    for (uint32_t i = 1; i <= 65; i++) {
        fake_publish(t, i, PVG_W_TYPE_BUFFER, raw, sizeof(raw)); /* the same pages every time */
        if (fill(dev, t, i, 0, 4, 1) != (i <= 64))
            fail_msg("buffer %u", i);
    }
    pvg_objects_delete_resource(t->task.objects, 3);
    assert_true(fill(dev, t, 65, 0, 4, 1));
}

static void an_unmapped_tail_does_not_refuse_the_buffer(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    fake_buffer(t, REF_A, 100, 4 * FAKE_PAGE);
    fake_unmap(t, 102, 2);
    assert_true(fill(dev, t, REF_A, 0, 4, 0x11));
    assert_true(fill(dev, t, REF_A, 3 * FAKE_PAGE, 4, 0x22)); /* lands nowhere */
    fake_map(t, 102, 2);
    assert_true(fill(dev, t, REF_A, 3 * FAKE_PAGE, 4, 0x33));
    assert_int_equal(fake_word(t, 103 * FAKE_PAGE), 0x33333333);
}

static void remapped_pages_are_followed(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    fake_buffer(t, REF_A, 100, FAKE_PAGE);
    assert_true(fill(dev, t, REF_A, 0, 4, 0x11));
    uint64_t old = t->map[100];
    fake_map(t, 100, 1);
    assert_true(fill(dev, t, REF_A, 0, 4, 0x22));
    assert_int_equal(fake_word(t, 100 * FAKE_PAGE), 0x22222222);
    assert_int_equal(pvg_ld32(dev->ram + old), 0x11111111);
    /* More announcements than are remembered. */
    for (int i = 0; i < 100; i++)
        pvg_objects_range_changed(t->task.objects, 0x700000, 4096, true);
    t->map[100] = old;
    assert_true(fill(dev, t, REF_A, 0, 4, 0x33));
    assert_int_equal(pvg_ld32(dev->ram + old), 0x33333333);
    /* Whole address space, and a range that wraps. */
    t->map[100] -= FAKE_PAGE;
    pvg_objects_range_changed(t->task.objects, 4096, UINT64_MAX, false);
    assert_true(fill(dev, t, REF_A, 0, 4, 0x44));
    assert_int_equal(pvg_ld32(dev->ram + old - FAKE_PAGE), 0x44444444);
    fake_unmap(t, 100, 1);
    assert_false(fill(dev, t, REF_A, 0, 4, 0x55));
    assert_int_equal(pvg_ld32(dev->ram + old - FAKE_PAGE), 0x44444444);
}

static void a_new_list_keeps_objects_and_forgets_addresses(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    fake_buffer(t, REF_A, 100, FAKE_PAGE);
    assert_true(fill(dev, t, REF_A, 0, 4, 0x11));
    t->map[100] -= FAKE_PAGE;
    t->task.list_count = 0;
    pvg_objects_list_changed(t->task.objects);
    assert_true(fill(dev, t, REF_A, 0, 4, 0x22));
    assert_int_equal(fake_word(t, 100 * FAKE_PAGE), 0x22222222);
    assert_false(fill(dev, t, REF_B, 0, 4, 0x22));
}

static void replaced_pages_are_followed(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    fake_buffer(t, REF_A, 100, FAKE_PAGE);
    assert_true(fill(dev, t, REF_A, 0, 4, 0x11));
    t->map[100] -= FAKE_PAGE; /* no map announcement */
    pvg_objects_replace_physical(t->task.objects, REF_A);
    pvg_objects_replace_physical(t->task.objects, 12345);
    assert_true(fill(dev, t, REF_A, 0, 4, 0x22));
    assert_int_equal(fake_word(t, 100 * FAKE_PAGE), 0x22222222);
}

static void ids_are_reused(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    fake_buffer(t, REF_A, 100, FAKE_PAGE);
    assert_true(fill(dev, t, REF_A, 0, 4, 0x11));
    fake_buffer(t, REF_A, 200, FAKE_PAGE); /* the slot alone does not retire the object */
    assert_true(fill(dev, t, REF_A, 0, 4, 0x22));
    assert_int_equal(fake_word(t, 100 * FAKE_PAGE), 0x22222222);
    pvg_objects_delete_resource(t->task.objects, REF_A);
    assert_true(fill(dev, t, REF_A, 0, 4, 0x33));
    assert_int_equal(fake_word(t, 200 * FAKE_PAGE), 0x33333333);
    assert_int_equal(fake_word(t, 100 * FAKE_PAGE), 0x22222222);
    pvg_objects_delete_resource(t->task.objects, 999);
    pvg_objects_delete_resource(t->task.objects, UINT32_MAX);
    assert_int_equal(dev->stats.objects_destroyed, 1);
}

static void publish_sampler(struct fake_task *t, uint32_t ref)
{
    struct pvg_w_sampler s;
    uint8_t raw[64];

    pvg_w_sampler_init(&s);
    s.ref = ref;
    fake_publish(t, ref, PVG_W_TYPE_STATE, raw, pvg_w_sampler_encode(raw, sizeof(raw), &s));
}

static bool bind_sampler(struct pvg_device *dev, struct fake_task *t, uint32_t ref)
{
    struct fake_stream s = {.used = 0};
    struct pvg_w_bind bind = {.ref = ref};
    struct pvg_w_record rec = {.count = 1, .entries = &bind};
    unsigned bound = dev->calls.samplers_bound;

    stream_one(&s, PVG_W_SEG_COMPUTE, 0xcc, &rec);
    stream_run(dev, t, &s);
    return dev->calls.samplers_bound == bound + 1;
}

static void name_spaces_are_kept_apart(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];
    uint8_t raw[16];

    publish_sampler(t, REF_A);
    assert_true(bind_sampler(dev, t, REF_A));
    assert_false(fill(dev, t, REF_A, 0, 4, 1)); /* a sampler where a buffer is named */
    pvg_objects_delete_resource(t->task.objects, REF_A);
    fake_unpublish(t, REF_A);
    assert_true(bind_sampler(dev, t, REF_A)); /* 0x25 does not retire state objects */
    /* A destroy record of another kind, then of this kind. */
    size_t n = pvg_w_destroy_encode(raw, sizeof(raw), 0x3ef, REF_A);
    pvg_objects_delete_object(t->task.objects, raw, n);
    assert_true(bind_sampler(dev, t, REF_A));
    n = pvg_w_destroy_encode(raw, sizeof(raw), 0x3eb, REF_A);
    pvg_objects_delete_object(t->task.objects, raw, n - 1);
    assert_true(bind_sampler(dev, t, REF_A));
    pvg_objects_delete_object(t->task.objects, raw, n);
    assert_false(bind_sampler(dev, t, REF_A));
    /* 0x28 does not retire resources. */
    fake_buffer(t, REF_B, 100, FAKE_PAGE);
    assert_true(fill(dev, t, REF_B, 0, 4, 1));
    n = pvg_w_destroy_encode(raw, sizeof(raw), 0x3e8, REF_B);
    pvg_objects_delete_object(t->task.objects, raw, n);
    fake_unpublish(t, REF_B);
    assert_true(fill(dev, t, REF_B, 0, 4, 2));
}

static void tasks_do_not_share_objects(void **state)
{
    struct pvg_device *dev = *state;

    fake_buffer(&dev->tasks[1], REF_A, 100, FAKE_PAGE);
    assert_true(fill(dev, &dev->tasks[1], REF_A, 0, 4, 1));
    assert_false(fill(dev, &dev->tasks[2], REF_A, 0, 4, 1));
}

static void publish_view(struct fake_task *t, uint32_t ref, uint32_t base, uint16_t format)
{
    struct pvg_w_texture_view v = {
        .opcode = PVG_W_NEW_VIEW_FORMAT, .ref = ref, .base = base, .format = format, .swizzle = {2, 3, 4, 5}};
    uint8_t raw[64];
    size_t n = pvg_w_texture_view_encode(raw, sizeof(raw), &v);

    assert_int_equal(n, 20);
    fake_publish(t, ref, PVG_W_TYPE_VIEW, raw, n);
}

static void textures_and_views_render_into_guest_pages(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    fake_texture(t, REF_A, 100, 80, 32, 8, 512);
    publish_view(t, REF_B, REF_A, 81);
    publish_view(t, REF_C, REF_B, 0);
    assert_true(clear(dev, t, REF_C));
    assert_int_equal(fake_word(t, 100 * FAKE_PAGE + 7 * 512), 0xffff0000);
    assert_int_equal(fake_word(t, 100 * FAKE_PAGE + 31 * 4), 0xffff0000);
    assert_int_equal(fake_word(t, 100 * FAKE_PAGE + 32 * 4), 0);
    /* The base may go first; its views keep it. */
    pvg_objects_delete_resource(t->task.objects, REF_A);
    pvg_objects_delete_resource(t->task.objects, REF_B);
    assert_true(clear(dev, t, REF_C));
}

static void chains_of_views_end(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    publish_view(t, 20, 20, 0);
    assert_false(clear(dev, t, 20));
    publish_view(t, 21, 22, 0);
    publish_view(t, 22, 21, 0);
    assert_false(clear(dev, t, 21));
    fake_texture(t, 50, 100, 80, 8, 8, 256);
    for (uint32_t i = 51; i <= 60; i++)
        publish_view(t, i, i - 1, 0);
    assert_true(clear(dev, t, 58));
    assert_int_equal(dev->stats.objects_created, 9);
    pvg_objects_delete_resource(t->task.objects, 57);
    for (uint32_t i = 50; i <= 60; i++)
        pvg_objects_delete_resource(t->task.objects, i);
    assert_false(clear(dev, t, 60)); /* ten hops at once */
    publish_view(t, 61, 50, 115);
    assert_false(clear(dev, t, 61)); /* other texel size */
}

static void linear_textures_are_bounded_by_their_last_tight_row(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];
    struct pvg_w_linear_texture lin = {.size = 12288,
                                       .handle = 100,
                                       .element_size = 2,
                                       .level_count = 1,
                                       .has_record = true,
                                       .ref = REF_A,
                                       .desc = {.type = PVG_W_TEX_2D,
                                                .format = 30,
                                                .levels = 1,
                                                .samples = 1,
                                                .array_length = 1,
                                                .width = 27,
                                                .height = 27,
                                                .depth = 1,
                                                .usage = 5,
                                                .swizzle = {2, 3, 4, 5}}};
    uint8_t raw[256];

    fake_map(t, 100, 3);
    /* The window-corner mask of spec 03 section 6.3: 27x27 RG8 at 0x850, stride 384, in 12288 bytes. */
    lin.levels[0] =
        (struct pvg_w_linear_level){.offset = 0x850, .size = 384 * 27, .bytes_per_row = 384, .width = 27, .height = 27, .depth = 1};
    fake_publish(t, REF_A, PVG_W_TYPE_TEXTURE, raw, pvg_w_linear_texture_encode(raw, sizeof(raw), &lin));
    assert_true(clear(dev, t, REF_A));
    lin.levels[0].offset = 12288 - (26 * 384 + 54) + 1;
    fake_publish(t, REF_B, PVG_W_TYPE_TEXTURE, raw, pvg_w_linear_texture_encode(raw, sizeof(raw), &lin));
    assert_false(clear(dev, t, REF_B));
    lin.levels[0].offset = 0;
    lin.levels[0].bytes_per_row = 53;
    fake_publish(t, REF_C, PVG_W_TYPE_TEXTURE, raw, pvg_w_linear_texture_encode(raw, sizeof(raw), &lin));
    assert_false(clear(dev, t, REF_C));
    lin.levels[0].bytes_per_row = UINT64_MAX;
    fake_publish(t, REF_C, PVG_W_TYPE_TEXTURE, raw, pvg_w_linear_texture_encode(raw, sizeof(raw), &lin));
    assert_false(clear(dev, t, REF_C));
}

static void buffer_textures_alias_their_buffer(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];
    struct pvg_w_buffer_texture bt = {.ref = REF_B,
                                      .buffer = REF_A,
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

    fake_buffer(t, REF_A, 100, 256 + 4 * 256);
    fake_publish(t, REF_B, PVG_W_TYPE_VIEW, raw, pvg_w_buffer_texture_encode(raw, sizeof(raw), &bt));
    assert_true(clear(dev, t, REF_B));
    assert_int_equal(fake_word(t, 100 * FAKE_PAGE + 256), 0xff0000ff);
    assert_int_equal(fake_word(t, 100 * FAKE_PAGE + 252), 0);
    assert_int_equal(dev->calls.stores, 1); /* at once: the next command may read the buffer */
    bt.offset = 257;
    fake_publish(t, REF_C, PVG_W_TYPE_VIEW, raw, pvg_w_buffer_texture_encode(raw, sizeof(raw), &bt));
    assert_false(clear(dev, t, REF_C));
    bt.offset = 0;
    bt.bytes_per_row = 255;
    fake_publish(t, REF_C, PVG_W_TYPE_VIEW, raw, pvg_w_buffer_texture_encode(raw, sizeof(raw), &bt));
    assert_false(clear(dev, t, REF_C));
    bt.bytes_per_row = 256;
    bt.buffer = REF_B;
    fake_publish(t, REF_C, PVG_W_TYPE_VIEW, raw, pvg_w_buffer_texture_encode(raw, sizeof(raw), &bt));
    assert_false(clear(dev, t, REF_C));
}

static void surface_textures_share_one_image(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1], *u = &dev->tasks[2];

    fake_surface(dev, SURFACE, 500, 64, 16);
    fake_surface_texture(t, REF_A, SURFACE, 80, 64, 16);
    fake_surface_texture(t, REF_B, SURFACE, 81, 64, 16);
    fake_surface_texture(u, REF_A, SURFACE, 80, 64, 16);
    assert_true(clear(dev, t, REF_A));
    struct pvg_rtex *first = dev->calls.pass.color[0].texture;
    assert_true(clear(dev, u, REF_A));
    assert_ptr_equal(dev->calls.pass.color[0].texture, first);
    assert_true(clear(dev, t, REF_B));
    assert_ptr_not_equal(dev->calls.pass.color[0].texture, first); /* an sRGB view of the same image */
    assert_int_equal(dev->calls.loads, 0);
    fake_begin(dev);
    pvg_objects_synchronize(dev->tasks[0].task.objects, dev->cmd, (const uint32_t[]){SURFACE}, 1, false);
    fake_end(dev, NULL);
    assert_int_equal(dev->calls.stores, 1);
    assert_ptr_equal(dev->calls.last_store, first);
    assert_int_equal(fake_word(&dev->tasks[0], 500 * FAKE_PAGE), 0xffff0000);
}

static void surface_windows_are_checked(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    fake_surface(dev, SURFACE, 500, 64, 16);
    fake_surface_texture(t, REF_A, SURFACE, 123, 16, 16); /* the same bytes as RGBA32Uint */
    assert_true(clear(dev, t, REF_A));
    fake_surface_texture(t, REF_B, SURFACE, 80, 65, 16);
    assert_false(clear(dev, t, REF_B));
    fake_surface_texture(t, REF_B, SURFACE, 80, 64, 17);
    assert_false(clear(dev, t, REF_B));
    fake_surface_texture(t, REF_B, SURFACE, 123, 17, 16);
    assert_false(clear(dev, t, REF_B));
    fake_surface_texture(t, REF_C, SURFACE + 1, 80, 64, 16);
    assert_false(clear(dev, t, REF_C));
    /* The surface appears later. */
    fake_surface(dev, SURFACE + 1, 600, 64, 16);
    assert_true(clear(dev, t, REF_C));
}

static void a_surface_is_refused_while_it_is_being_mapped(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    fake_surface(dev, SURFACE, 500, 64, 64);
    uint64_t page = dev->tasks[0].map[502];
    dev->tasks[0].map[502] = FAKE_UNMAPPED;
    fake_surface_texture(t, REF_A, SURFACE, 80, 64, 64);
    assert_false(clear(dev, t, REF_A));
    dev->tasks[0].map[502] = page;
    assert_true(clear(dev, t, REF_A));
}

static void mapper_mappings_carry_textures(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];
    uint64_t pages[2] = {0x20000, 0x10000};
    struct pvg_mapping_desc m = {.id = 9,
                                 .width = 32,
                                 .height = 32,
                                 .bytes_per_row = 256,
                                 .pixel_format = 0x42475241,
                                 .byte_length = 8192,
                                 .pages = pages,
                                 .page_count = 2};
    struct pvg_w_surface_texture st = {.opcode = PVG_W_NEW_SURFACE_TEXTURE,
                                       .surface = 9,
                                       .ref = REF_A,
                                       .desc = {.type = PVG_W_TEX_2D,
                                                .format = 80,
                                                .usage = 5,
                                                .levels = 1,
                                                .samples = 1,
                                                .array_length = 1,
                                                .width = 32,
                                                .height = 32,
                                                .depth = 1,
                                                .swizzle = {2, 3, 4, 5}}};
    uint8_t raw[64];
    uint32_t w, h;

    fake_publish(t, REF_A, PVG_W_TYPE_MAPPING_TEXTURE, raw, pvg_w_surface_ref_encode(raw, sizeof(raw), &st));
    assert_false(clear(dev, t, REF_A));
    pvg_surfaces_map(dev->surfaces, &m);
    assert_true(clear(dev, t, REF_A));
    assert_int_equal(pvg_ld32(dev->ram + 0x20000), 0xffff0000);
    assert_int_equal(pvg_ld32(dev->ram + 0x10f7c), 0xffff0000);
    fake_begin(dev);
    struct pvg_rframe *frame = pvg_surfaces_capture(dev->surfaces, dev->cmd, 9, &w, &h);
    assert_non_null(frame);
    assert_int_equal(w, 32);
    fake_end(dev, NULL);
    dev->render->ops->frame_release(frame);
    /* Mapped again with the same pages: the same surface; then with others. */
    pvg_surfaces_map(dev->surfaces, &m);
    assert_true(clear(dev, t, REF_A));
    pages[1] = 0x30000;
    pvg_surfaces_map(dev->surfaces, &m);
    assert_true(clear(dev, t, REF_A));
    assert_int_equal(pvg_ld32(dev->ram + 0x30000), 0xffff0000);
    pages[0] = UINT64_C(1) << 40;
    m.id = 10;
    pvg_surfaces_map(dev->surfaces, &m); /* not RAM: refused */
    pvg_surfaces_unmap(dev->surfaces, 9);
    pvg_surfaces_unmap(dev->surfaces, 9);
    assert_false(clear(dev, t, REF_A));
}

static void memoryless_and_multisample_need_no_pages(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];
    struct pvg_w_linear_texture lin = {.level_count = 1,
                                       .element_size = 4,
                                       .has_record = true,
                                       .ref = REF_A,
                                       .desc = {.type = PVG_W_TEX_2D_MS,
                                                .format = 80,
                                                .levels = 1,
                                                .samples = 4,
                                                .array_length = 1,
                                                .options = 0x30,
                                                .width = 16,
                                                .height = 16,
                                                .depth = 1,
                                                .usage = 4,
                                                .swizzle = {2, 3, 4, 5}}};
    uint8_t raw[256];

    lin.levels[0] = (struct pvg_w_linear_level){.bytes_per_row = 64, .width = 16, .height = 16, .depth = 1};
    size_t n = pvg_w_linear_texture_encode(raw, sizeof(raw), &lin);
    assert_true(n > 0);
    fake_publish(t, REF_A, PVG_W_TYPE_TEXTURE, raw, n);
    assert_true(clear(dev, t, REF_A));
    assert_int_equal(dev->calls.loads, 0);
    assert_int_equal(dev->calls.stores, 0);
}

static void compute_info_always_answers(void **state)
{
    struct pvg_device *dev = *state;
    uint32_t pairs[8][2];

    assert_int_equal(pvg_objects_compute_info(dev->tasks[1].task.objects, 77, pairs, 8), 3);
    assert_int_equal(pairs[0][0], 1);
    assert_int_equal(pairs[0][1], 1024);
    assert_int_equal(pairs[1][0], 3);
    assert_int_equal(pairs[1][1], 32);
    assert_int_equal(pvg_objects_compute_info(dev->tasks[1].task.objects, 77, pairs, 1), 1);
    assert_int_equal(pvg_objects_compute_info(dev->tasks[1].task.objects, 77, pairs, 0), 0);
}

static void heap_sizes(void **state)
{
    struct pvg_device *dev = *state;
    struct pvg_objects *o = dev->tasks[1].task.objects;
    struct pvg_w_texture_desc d = {.type = PVG_W_TEX_2D,
                                   .optimized = true,
                                   .format = 125,
                                   .usage = 3,
                                   .width = 180,
                                   .height = 135,
                                   .depth = 1,
                                   .levels = 1,
                                   .samples = 1,
                                   .array_length = 1,
                                   .options = 0x20,
                                   .swizzle = {2, 3, 4, 5}};
    uint8_t raw[64];
    uint64_t size, align;
    size_t n = pvg_w_heap_query_encode(raw, sizeof(raw), &d);

    assert_int_equal(n, 40);
    assert_true(pvg_objects_heap_size_align(o, raw, n, &size, &align));
    assert_true(size >= 180 * 135 * 16);
    assert_int_equal(align & (align - 1), 0);
    assert_false(pvg_objects_heap_size_align(o, raw, n - 1, &size, &align));
    d.format = 7;
    n = pvg_w_heap_query_encode(raw, sizeof(raw), &d);
    assert_false(pvg_objects_heap_size_align(o, raw, n, &size, &align));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(buffers_are_made_on_first_use, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(failures_are_not_remembered, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(hostile_lists_and_refs, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(buffer_sizes_are_checked, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(covered_memory_is_bounded, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(an_unmapped_tail_does_not_refuse_the_buffer, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(remapped_pages_are_followed, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(a_new_list_keeps_objects_and_forgets_addresses, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(replaced_pages_are_followed, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(ids_are_reused, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(name_spaces_are_kept_apart, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(tasks_do_not_share_objects, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(textures_and_views_render_into_guest_pages, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(chains_of_views_end, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(linear_textures_are_bounded_by_their_last_tight_row, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(buffer_textures_alias_their_buffer, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(surface_textures_share_one_image, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(surface_windows_are_checked, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(a_surface_is_refused_while_it_is_being_mapped, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(mapper_mappings_carry_textures, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(memoryless_and_multisample_need_no_pages, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(compute_info_always_answers, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(heap_sizes, fake_setup, fake_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
