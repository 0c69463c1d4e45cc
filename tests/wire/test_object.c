/* SPDX-License-Identifier: MIT */
/* Object descriptors, create and destroy records (spec 05, vectors of section 17): both directions and each truncation. */
#include "hex.h"
#include "wire/object.h"
#include "wire/wire.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- Any descriptor: round trip and truncation ---- */

static size_t encode_object(uint8_t *dst, size_t cap, const struct pvg_w_object *o)
{
    struct pvg_w_new_texture texture;

    switch (o->kind) {
    case PVG_W_OBJ_BUFFER:
        return pvg_w_buffer_encode(dst, cap, &o->buffer);
    case PVG_W_OBJ_LINEAR_TEXTURE:
        return pvg_w_linear_texture_encode(dst, cap, &o->linear);
    case PVG_W_OBJ_SURFACE:
        return pvg_w_surface_encode(dst, cap, &o->surface);
    case PVG_W_OBJ_SURFACE_TEXTURE:
    case PVG_W_OBJ_MAPPING_TEXTURE:
        return pvg_w_surface_ref_encode(dst, cap, &o->surface_texture);
    case PVG_W_OBJ_FUNCTION:
        return pvg_w_function_encode(dst, cap, &o->function);
    case PVG_W_OBJ_SAMPLER:
        return pvg_w_sampler_encode(dst, cap, &o->sampler);
    case PVG_W_OBJ_DEPTH_STENCIL:
        return pvg_w_depth_stencil_encode(dst, cap, &o->depth_stencil);
    case PVG_W_OBJ_COMPUTE_PIPELINE:
        return pvg_w_compute_pipeline_encode(dst, cap, &o->compute_pipeline);
    case PVG_W_OBJ_RENDER_PIPELINE:
        return pvg_w_render_pipeline_encode(dst, cap, &o->render_pipeline);
    case PVG_W_OBJ_FENCE:
        return pvg_w_fence_encode(dst, cap, &o->fence);
    case PVG_W_OBJ_ICB:
        return pvg_w_icb_encode(dst, cap, &o->icb);
    case PVG_W_OBJ_TEXTURE_VIEW:
        return pvg_w_texture_view_encode(dst, cap, &o->view);
    case PVG_W_OBJ_BUFFER_TEXTURE:
        return pvg_w_buffer_texture_encode(dst, cap, &o->buffer_texture);
    case PVG_W_OBJ_HEAP_TEXTURE:
        return pvg_w_heap_texture_encode(dst, cap, &o->heap_texture);
    default:
        (void)texture;
        return 0;
    }
}

struct sample {
    uint8_t type;
    enum pvg_w_object_kind kind;
    size_t min; /* Shortest prefix that decodes; 0 = only the whole. */
    const char *hex;
};

#define NARROW "42115000 1c010000 1c010000 01000000 0100 0100 0100 1000 0000000000000000"
#define WIDE   "42 5000 11000000 1c010000 1c010000 01000000 0100 0100 0100 1000 0000000000000000 05020304 00"

static const struct sample samples[] = {
    {1, PVG_W_OBJ_BUFFER, 16, "0010000000000000 0800000000000000"},
    {2, PVG_W_OBJ_LINEAR_TEXTURE, 72,
     "0030000000000000 05000000 0100 0000 00000000 000000000000000000000000000000 04"
     "0000000000000000 0010000000000000 0001000000000000 40000000 10000000 01000000"
     "01000000 2c000000 09000000 42055000 40000000 10000000 01000000 0100 0100 0100 1000 0000000000000000"},
    {3, PVG_W_OBJ_LINEAR_TEXTURE, 108,
     "0030000000000000 05000000 0200 0000 40000000 000000000000000000000000000000 04"
     "4000000000000000 0010000000000000 0001000000000000 40000000 10000000 01000000"
     "4010000000000000 0004000000000000 8000000000000000 20000000 08000000 01000000"
     "34000000 34000000 09000000 42 5000 05000000 40000000 10000000 01000000 0200 0100 0100 1000 0000000000000000 02030405 00"},
    {4, PVG_W_OBJ_SURFACE, 0, "0000300000000000 10000000 41524742 01000000 00000000 00040000 00030000 00100004"},
    {4, PVG_W_OBJ_SURFACE, 0,
     "0000300000000000 10000000 66303234 02000000 00000000 00040000 00030000 00040001 00000c00 00020000 80010000 00040002"},
    {5, PVG_W_OBJ_SURFACE_TEXTURE, 0,
     "22000000 00000000 2f000000 30000000 0b000000 62005100 00040000 00030000 01000000 0100 0100 0100 0000 0000000000000000 "
     "00000000"},
    {5, PVG_W_OBJ_SURFACE_TEXTURE, 0,
     "6d000000 00000000 2f000000 30000000 82010000 42010a00 b2030000 5e010000 01000000 0100 0100 0100 1000 0000000000000000 "
     "02000000"},
    {6, PVG_W_OBJ_FUNCTION, 12, "0000010000000000 00200000"},
    {6, PVG_W_OBJ_FUNCTION, 12, "0000010000000000 00200000 00000000 00000000 07000000"},
    {7, PVG_W_OBJ_SAMPLER, 0, "03000000 24000000 05000000 00000084 00000000 00000000 ffff7f7f 0000000000000000"},
    {7, PVG_W_OBJ_SAMPLER, 0, "03000000 24000000 05000000 153125b6 01000000 0000803f 00004041 0000000000000000"},
    {7, PVG_W_OBJ_DEPTH_STENCIL, 0, "04000000 28000000 06000000 37000000 07000000 ffffffff ffffffff 07000000 ffffffff ffffffff"},
    {7, PVG_W_OBJ_DEPTH_STENCIL, 0, "04000000 28000000 06000000 39000000 a3040000 0f000000 f0000000 05000000 ff000000 ff000000"},
    {7, PVG_W_OBJ_FENCE, 0, "0d000000 0c000000 11000000"},
    {7, PVG_W_OBJ_RENDER_PIPELINE, 0, "0e000000 18000000 03000000 07000000 01 01 04 05000000 00"},
    {8, PVG_W_OBJ_TEXTURE_VIEW, 0, "07000000 14000000 0a000000 0b000000 5000 0000"},
    {8, PVG_W_OBJ_TEXTURE_VIEW, 0,
     "08000000 34000000 0a000000 0b000000 5100 0300 0100000000000000 0200000000000000 0400000000000000 0300000000000000"},
    {8, PVG_W_OBJ_TEXTURE_VIEW, 0,
     "1b000000 38000000 0a000000 0b000000 5100 0200 0000000000000000 0100000000000000 0000000000000000 0100000000000000 "
     "04030201"},
    {8, PVG_W_OBJ_BUFFER_TEXTURE, 0, "09000000 40000000 09000000 08000000 0000000000000000 0005000000000000" NARROW},
    {8, PVG_W_OBJ_BUFFER_TEXTURE, 0,
     "09000000 40000000 4c000000 4b000000 0000000000000000 0001000000000000 42115000 40000000 40000000 01000000 0100 0100 0100 "
     "1000 0000000000000000"},
    {8, PVG_W_OBJ_BUFFER_TEXTURE, 0, "37000000 48000000 09000000 08000000 0001000000000000 0005000000000000" WIDE},
    {8, PVG_W_OBJ_HEAP_TEXTURE, 0, "15000000 3c000000 09000000 08000000" NARROW "01000000 0000010000000000"},
    {8, PVG_W_OBJ_HEAP_TEXTURE, 0, "38000000 44000000 09000000 08000000" WIDE "01000000 0000010000000000"},
    {11, PVG_W_OBJ_MAPPING_TEXTURE, 0x20, "22000000 00000000 0c000000 30000000 0b000000" NARROW "01000000"},
    {11, PVG_W_OBJ_MAPPING_TEXTURE, 0x20, "22000000 00000000 39000000 38000000 0b000000" WIDE "01000000"},
};

static void test_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(samples); i++) {
        struct pvg_w_object o;
        size_t n;
        uint8_t *bytes = hex_bytes(samples[i].hex, &n), out[256];

        if (!pvg_w_object_decode(samples[i].type, bytes, n, &o))
            fail_msg("sample %zu: %s", i, o.reason);
        assert_int_equal(o.kind, samples[i].kind);
        assert_hex(out, encode_object(out, sizeof(out), &o), samples[i].hex);
        for (size_t cap = 0; cap < n; cap++)
            assert_int_equal(encode_object(out, cap, &o), 0);
        free(bytes);
    }
}

static void test_truncations(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(samples); i++) {
        size_t n;
        uint8_t *bytes = hex_bytes(samples[i].hex, &n);
        size_t min = samples[i].min ? samples[i].min : n;

        for (size_t k = 0; k <= n; k++) {
            struct pvg_w_object o;
            uint8_t *cut = exact_copy(bytes, k);
            bool ok = pvg_w_object_decode(samples[i].type, cut, k, &o);
            if (ok != (k >= min))
                fail_msg("sample %zu cut to %zu of %zu", i, k, n);
            assert_true(ok == (o.reason == NULL));
            /* A record whose length word agrees with the cut is still too short. */
            if (!samples[i].min && k >= 8 && k < n && (samples[i].type == 7 || samples[i].type == 8)) {
                pvg_st32(cut + 4, (uint32_t)k);
                assert_false(pvg_w_object_decode(samples[i].type, cut, k, &o) && o.kind != PVG_W_OBJ_RENDER_PIPELINE);
            }
            free(cut);
        }
        /* One byte too many is another record. */
        uint8_t *longer = calloc(1, n + 4);
        struct pvg_w_object o;
        assert_non_null(longer);
        memcpy(longer, bytes, n);
        if (!samples[i].min)
            assert_false(pvg_w_object_decode(samples[i].type, longer, n + 4, &o));
        free(longer);
        free(bytes);
    }
}

static void decode_sample(uint8_t type, const char *hex, struct pvg_w_object *o)
{
    size_t n;
    uint8_t *bytes = hex_bytes(hex, &n);
    assert_true(pvg_w_object_decode(type, bytes, n, o));
    free(bytes);
}

static const struct sample *sample_of(enum pvg_w_object_kind kind, size_t nth)
{
    for (size_t i = 0; i < COUNT(samples); i++)
        if (samples[i].kind == kind && nth-- == 0)
            return &samples[i];
    fail();
    return NULL;
}

/* ---- Values of section 17 ---- */

static void test_vector_values(void **state)
{
    struct pvg_w_object o;

    (void)state;
    decode_sample(8, sample_of(PVG_W_OBJ_BUFFER_TEXTURE, 0)->hex, &o);
    const struct pvg_w_texture_desc *d = &o.buffer_texture.desc;
    assert_true(o.buffer_texture.ref == 9 && o.buffer_texture.buffer == 8 && o.buffer_texture.bytes_per_row == 1280);
    assert_true(d->type == PVG_W_TEX_2D && d->usage == 0x11 && d->format == 80 && d->width == 284 && d->height == 284 &&
                d->depth == 1 && d->levels == 1 && d->samples == 1 && d->array_length == 1 && d->optimized && d->flags == 0);
    assert_int_equal(pvg_w_texture_storage(d), PVG_W_STORAGE_MANAGED);

    decode_sample(5, sample_of(PVG_W_OBJ_SURFACE_TEXTURE, 0)->hex, &o);
    d = &o.surface_texture.desc;
    assert_true(o.surface_texture.surface == 34 && o.surface_texture.owner == 0 && o.surface_texture.ref == 11 &&
                o.surface_texture.plane == 0);
    assert_true(d->type == PVG_W_TEX_2D && d->flags == 0x20 && d->optimized && d->usage == 0 && d->format == 81);
    assert_true(d->width == 1024 && d->height == 768);

    decode_sample(5, sample_of(PVG_W_OBJ_SURFACE_TEXTURE, 1)->hex, &o);
    d = &o.surface_texture.desc;
    assert_true(o.surface_texture.surface == 0x6d && o.surface_texture.ref == 0x182 && o.surface_texture.plane == 2);
    assert_true(d->format == 10 && d->usage == 1 && d->width == 946 && d->height == 350);

    decode_sample(7, sample_of(PVG_W_OBJ_SAMPLER, 1)->hex, &o);
    const struct pvg_w_sampler *s = &o.sampler;
    assert_true(s->min_filter == 1 && s->mag_filter == 1 && s->lod_average && s->compare == 0 && s->address[0] == 1 &&
                s->address[1] == 3 && s->address[2] == 5 && s->border_color == 2 && s->mip_filter == 2 && s->max_anisotropy == 13 &&
                s->normalized && s->argument_buffers);
    assert_true(s->lod_min == 1.0f && s->lod_max == 12.0f);

    decode_sample(7, sample_of(PVG_W_OBJ_DEPTH_STENCIL, 1)->hex, &o);
    const struct pvg_w_depth_stencil *ds = &o.depth_stencil;
    assert_true(ds->depth_compare == 1 && ds->depth_write && ds->front.compare == 3 && ds->front.stencil_fail == 4 &&
                ds->front.depth_fail == 2 && ds->front.pass == 2 && ds->front.read_mask == 0xf && ds->front.write_mask == 0xf0 &&
                ds->back.compare == 5 && ds->back.pass == 0);

    decode_sample(8, sample_of(PVG_W_OBJ_TEXTURE_VIEW, 1)->hex, &o);
    assert_true(o.view.base == 11 && o.view.format == 81 && o.view.type == PVG_W_TEX_2D_ARRAY && o.view.level == 1 &&
                o.view.level_count == 2 && o.view.slice == 4 && o.view.slice_count == 3 && o.view.has_range);
    assert_true(pvg_w_swizzle_identity(o.view.swizzle));
    decode_sample(8, sample_of(PVG_W_OBJ_TEXTURE_VIEW, 2)->hex, &o);
    assert_true(o.view.swizzle[0] == 4 && o.view.swizzle[3] == 1 && !pvg_w_swizzle_identity(o.view.swizzle));

    decode_sample(3, sample_of(PVG_W_OBJ_LINEAR_TEXTURE, 1)->hex, &o);
    assert_true(o.linear.has_record && !o.linear.record_disagrees && o.linear.level_count == 2 &&
                o.linear.levels[0].offset == 0x40);
    assert_true(o.linear.levels[1].width == 32 && o.linear.levels[1].bytes_per_row == 128 && o.linear.desc.wide);

    decode_sample(4, sample_of(PVG_W_OBJ_SURFACE, 1)->hex, &o);
    assert_true(o.surface.plane_count == 2 && o.surface.fourcc == 0x34323066 && o.surface.planes[1].bytes_per_row == 1024 &&
                o.surface.planes[1].bytes_per_element == 2);
}

/* Measured perturbations of the sampler's state word (spec 05 section 6.8). */
static void test_sampler_words(void **state)
{
    static const uint32_t words[] = {0x84000000, 0x84000001, 0x84000004, 0x84000010, 0x84000080, 0x84000300, 0x84004000,
                                     0x84020000, 0x84255500, 0x85000000, 0x86000000, 0xb4000000, 0x04000000};
    struct pvg_w_sampler base, got;
    uint8_t record[36];

    (void)state;
    pvg_w_sampler_init(&base);
    assert_int_equal(pvg_w_sampler_encode(record, sizeof(record), &base), 36);
    assert_int_equal(pvg_ld32(record + 12), 0x84000000);
    assert_int_equal(pvg_ld32(record + 24), 0x7f7fffff);
    for (size_t i = 0; i < COUNT(words); i++) {
        pvg_st32(record + 12, words[i]);
        assert_true(pvg_w_sampler_decode(record, sizeof(record), &got));
        uint8_t again[36];
        assert_int_equal(pvg_w_sampler_encode(again, sizeof(again), &got), 36);
        assert_memory_equal(again, record, 36);
    }
    const uint32_t bad[] = {0x84000600, 0x84007000, 0x84060000, 0x84300000, 0x87000000, 0xc4000000, 0x84000002, 0x84000008};
    for (size_t i = 0; i < COUNT(bad); i++) {
        pvg_st32(record + 12, bad[i]);
        assert_false(pvg_w_sampler_decode(record, sizeof(record), &got));
    }
    /* Anisotropy 0 counts as 1; bytes that the guest never writes do not matter. */
    pvg_st32(record + 12, 0x80000000);
    memset(record + 17, 0xee, 3);
    memset(record + 28, 0xee, 8);
    record[16] = 0xf1;
    assert_true(pvg_w_sampler_decode(record, sizeof(record), &got) && got.max_anisotropy == 1 && got.argument_buffers);
}

static void test_depth_stencil_baseline(void **state)
{
    struct pvg_w_depth_stencil ds;
    uint8_t record[40];

    (void)state;
    pvg_w_depth_stencil_init(&ds);
    assert_int_equal(pvg_w_depth_stencil_encode(record, sizeof(record), &ds), 40);
    assert_true(record[12] == 0x37 && pvg_ld32(record + 16) == 7 && pvg_ld32(record + 28) == 7);
    assert_true(pvg_ld32(record + 20) == UINT32_MAX && pvg_ld32(record + 36) == UINT32_MAX);
}

/* The packed word and options that were measured (spec 05 section 6.1). */
static void test_texture_words(void **state)
{
    struct pvg_w_texture_desc d = {.type = PVG_W_TEX_2D, .optimized = true, .format = 80, .usage = 5, .swizzle = {2, 3, 4, 5}};
    uint8_t body[32];

    (void)state;
    assert_int_equal(pvg_w_texture_encode(body, sizeof(body), &d), 32);
    assert_int_equal(pvg_ld32(body), 0x00500542);
    body[0] |= 0x80;
    struct pvg_w_texture_desc got;
    assert_true(pvg_w_texture_narrow_decode(body, sizeof(body), &got));
    assert_true(got.type == 2 && got.flags == 0 && got.optimized);
    d.optimized = false;
    assert_int_equal(pvg_w_texture_encode(body, sizeof(body), &d), 32);
    assert_int_equal(pvg_ld32(body), 0x00500502);
    /* What the narrow form cannot say is not dropped silently. */
    d.usage = 0x105;
    assert_int_equal(pvg_w_texture_encode(body, sizeof(body), &d), 0);
    d.usage = 5;
    d.swizzle[0] = 0;
    assert_int_equal(pvg_w_texture_encode(body, sizeof(body), &d), 0);
    for (uint8_t type = 0; type < 16; type++) {
        body[0] = type;
        assert_int_equal(pvg_w_texture_narrow_decode(body, sizeof(body), &got), type < PVG_W_TEX_TYPE_COUNT);
    }
    assert_int_equal(pvg_w_texture_slices(&(struct pvg_w_texture_desc){.type = PVG_W_TEX_CUBE_ARRAY, .array_length = 3}), 18);
    assert_int_equal(pvg_w_texture_slices(&(struct pvg_w_texture_desc){.type = PVG_W_TEX_2D, .array_length = 3}), 1);
}

static void test_heap_query(void **state)
{
    /* Words 6..15 of the live FIFO payload in section 17. */
    const char *hex = "16000000 28000000 42037d00 b4000000 87000000 01000000 01000100 01002000 00000000 00000000";
    struct pvg_w_texture_desc d;
    size_t n;
    uint8_t *bytes = hex_bytes(hex, &n), out[40];

    (void)state;
    assert_true(pvg_w_heap_query_decode(bytes, n, &d));
    assert_true(d.type == PVG_W_TEX_2D && d.format == 125 && d.usage == 3 && d.width == 180 && d.height == 135);
    assert_int_equal(pvg_w_texture_storage(&d), PVG_W_STORAGE_PRIVATE);
    assert_hex(out, pvg_w_heap_query_encode(out, sizeof(out), &d), hex);
    for (size_t k = 0; k < n; k++) {
        uint8_t *cut = exact_copy(bytes, k);
        assert_false(pvg_w_heap_query_decode(cut, k, &d));
        free(cut);
    }
    free(bytes);
}

static void test_entries(void **state)
{
    struct pvg_w_object_entry e = {.type = 7, .length = 0x123456, .gva = 0x8877665544332211}, got;
    uint8_t out[12];

    (void)state;
    assert_int_equal(pvg_w_object_entry_encode(out, sizeof(out), &e), 12);
    assert_hex(out, 12, "07 563412 1122334455667788");
    for (size_t k = 0; k <= 12; k++)
        assert_int_equal(pvg_w_object_entry_decode(out, k, &got), k == 12);
    assert_true(got.type == 7 && got.length == 0x123456 && got.gva == e.gva && !pvg_w_object_entry_empty(&got));
    e.length = 0x1000000;
    assert_int_equal(pvg_w_object_entry_encode(out, sizeof(out), &e), 0);
    assert_true(pvg_w_object_entry_empty(&(struct pvg_w_object_entry){.type = 1, .gva = 1}));
    assert_true(pvg_w_object_entry_empty(&(struct pvg_w_object_entry){.type = 1, .length = 1}));
}

static void test_destroy(void **state)
{
    size_t count;
    const struct pvg_w_object_info *rows = pvg_w_destroy_records(&count);
    struct pvg_w_destroy d;
    uint8_t record[12];

    (void)state;
    assert_int_equal(count, 11);
    assert_int_equal(pvg_w_destroy_encode(record, sizeof(record), 0x3eb, 32), 12);
    assert_hex(record, 12, "eb030000 0c000000 20000000");
    for (uint32_t op = 0x3e0; op < 0x400; op++) {
        pvg_st32(record, op);
        bool ok = pvg_w_destroy_decode(record, 12, &d);
        bool hole = op < 0x3e8 || op > 0x3f7 || op == 0x3ec || op == 0x3f0 || op == 0x3f2 || op == 0x3f3 || op == 0x3f5;
        assert_int_equal(ok, !hole);
        assert_int_equal(pvg_w_destroy_encode(record, 11, op, 1), 0);
    }
    pvg_st32(record, rows[3].code);
    for (size_t k = 0; k < 12; k++) {
        uint8_t *cut = exact_copy(record, k);
        assert_false(pvg_w_destroy_decode(cut, k, &d));
        free(cut);
    }
    pvg_st32(record + 4, 16);
    assert_false(pvg_w_destroy_decode(record, 12, &d));
}

static void test_rate_map(void **state)
{
    struct {
        uint32_t layers;
        uint16_t size[2][2];
        size_t length;
    } cases[] = {{1, {{2, 2}}, 64}, {1, {{4, 3}}, 76}, {2, {{2, 2}, {3, 4}}, 96}};
    float quality[16];

    (void)state;
    for (size_t i = 0; i < COUNT(quality); i++)
        quality[i] = (float)i + 0.5f;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct pvg_w_rate_map in = {.ref = 7, .width = 640, .height = 480, .layer_count = cases[i].layers, .unidentified_0c = 2},
                              map;
        uint8_t record[128];
        for (uint32_t l = 0; l < cases[i].layers; l++) {
            in.layers[l].width = cases[i].size[l][0];
            in.layers[l].height = cases[i].size[l][1];
        }
        size_t n = pvg_w_rate_map_encode(record, sizeof(record), &in, quality);
        assert_int_equal(n, cases[i].length);
        for (size_t k = 0; k <= n; k++) {
            uint8_t *cut = exact_copy(record, k);
            if (k >= 8)
                pvg_st32(cut + 4, (uint32_t)k);
            assert_int_equal(pvg_w_rate_map_decode(cut, k, &map), k == n);
            free(cut);
        }
        assert_true(pvg_w_rate_map_decode(record, n, &map));
        uint32_t at = 0;
        for (uint32_t l = 0; l < map.layer_count; l++)
            for (uint32_t k = 0; k < (uint32_t)map.layers[l].width + map.layers[l].height; k++)
                assert_true(pvg_w_rate_map_quality(record, &map, l, k) == quality[at++]);
        assert_true(pvg_w_rate_map_quality(record, &map, map.layer_count, 0) == 0);
        pvg_st32(record + 16, UINT32_MAX);
        assert_false(pvg_w_rate_map_decode(record, n, &map));
    }
}

/* ---- Refusals ---- */

static void test_refusals(void **state)
{
    struct pvg_w_object o;
    size_t n;
    uint8_t *b;

    (void)state;
    for (uint32_t type = 0; type < 256; type++) {
        uint8_t zero[64] = {0};
        bool known = (type >= 1 && type <= 8) || type == 11;
        bool ok = pvg_w_object_decode((uint8_t)type, zero, sizeof(zero), &o);
        assert_true(ok ? type == 1 : o.reason != NULL);
        if (!known)
            assert_string_equal(o.reason, "unknown object type");
    }
    /* Views: base 0, wide locations, bad swizzle. */
    b = hex_bytes(sample_of(PVG_W_OBJ_TEXTURE_VIEW, 2)->hex, &n);
    b[55] = 6;
    assert_false(pvg_w_object_decode(8, b, n, &o));
    b[55] = 5;
    assert_true(pvg_w_object_decode(8, b, n, &o));
    b[24] = 1; /* levels.location = 2^32 */
    assert_false(pvg_w_object_decode(8, b, n, &o));
    b[24] = 0;
    pvg_st32(b + 12, 0);
    assert_false(pvg_w_object_decode(8, b, n, &o));
    free(b);
    /* Surfaces: too many planes, no length, no pages. */
    b = hex_bytes(sample_of(PVG_W_OBJ_SURFACE, 0)->hex, &n);
    b[16] = 9;
    assert_false(pvg_w_object_decode(4, b, n, &o));
    b[16] = 2;
    assert_false(pvg_w_object_decode(4, b, n, &o));
    b[16] = 1;
    pvg_st32(b + 8, 0);
    assert_false(pvg_w_object_decode(4, b, n, &o));
    free(b);
    /* Level counts past the cap never reach the array. */
    b = hex_bytes(sample_of(PVG_W_OBJ_LINEAR_TEXTURE, 0)->hex, &n);
    pvg_st16(b + 12, 17);
    assert_false(pvg_w_object_decode(2, b, n, &o));
    pvg_st16(b + 12, 0);
    assert_true(pvg_w_object_decode(2, b, n, &o) && o.linear.level_count == 1);
    /* Without a usable record the documented substitute applies. */
    pvg_st32(b + 72, 0x99);
    assert_true(pvg_w_object_decode(2, b, n, &o) && !o.linear.has_record && o.linear.desc.format == 0);
    assert_true(o.linear.desc.type == PVG_W_TEX_2D && o.linear.desc.width == 64 && o.linear.desc.samples == 1);
    free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_truncations),
        cmocka_unit_test(test_vector_values),
        cmocka_unit_test(test_sampler_words),
        cmocka_unit_test(test_depth_stencil_baseline),
        cmocka_unit_test(test_texture_words),
        cmocka_unit_test(test_heap_query),
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_destroy),
        cmocka_unit_test(test_rate_map),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
