/* SPDX-License-Identifier: MIT */
/* Pipeline property lists (spec 05 sections 8 and 17) and indirect command buffers (05 section 10, 06 section 9). */
#include "hex.h"
#include "wire/icb.h"
#include "wire/object.h"
#include "wire/wire.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- Vectors ---- */

#define PACKED                                                                                                                     \
    "0b000000 3c000000 00000000 2c000000 0000000000000000 01000000 20004008 08001800 a0000000 01000000 ffffffffffffffff "          \
    "007c0000 00000000"
#define COMPUTE_EMPTY_STAGE                                                                                                        \
    "0b000000 38000000 0a000000 28000000 02 03 04 10000000 00 04 09000000 000000 02 00 04 10000000 01 04 14000000 000000 "         \
    "00000000 00000000"
#define MINIMAL "0e000000 18000000 03000000 07000000 01 01 04 05000000 00"
/* Property list, then the colour section of section 17. */
#define ALPHA_ONLY                                                                                                                 \
    "0e000000 3c000000 03000000 2c000000 03 08 04 14000000 01 04 05000000 02 04 06000000 00 01000000 08000000 02 01 04 50000000 "  \
    "09 04 01000000 000000"

static void test_packed_stage_input(void **state)
{
    size_t n;
    uint8_t *b = hex_bytes(PACKED, &n), out[64];
    struct pvg_w_compute_pipeline p;

    (void)state;
    assert_true(pvg_w_compute_pipeline_decode(b, n, &p));
    assert_true(p.stage_input.present && p.stage_input.attribute_count == 1 && p.stage_input.layout_mask == 1);
    assert_int_equal(p.stage_input.layouts[0].step_function, PVG_W_STEP_GRID_X);
    assert_int_equal(p.stage_input.layouts[0].step_rate, 1);
    assert_true(p.stage_input.layouts[0].stride == PVG_W_STRIDE_DYNAMIC);
    assert_true(p.stage_input.attributes[0].format == 31 && p.stage_input.attributes[0].index == 0);
    assert_hex(out, pvg_w_compute_pipeline_encode_packed(out, sizeof(out), &p), PACKED);
    free(b);
}

/* Entries whose attributes all have format 0 declare nothing, so there is no descriptor, and writing it again changes nothing. */
static void test_undeclared_attributes(void **state)
{
    static const char *const packed = "0b000000 34000000 00000000 24000000 0000000000000000 01000000 18008000 00000800 "
                                      "00000000 00000000 00000000 00000000";
    struct pvg_w_vertex_descriptor declared = {.present = true, .attribute_count = 1, .attributes = {{.format = 31}}};
    size_t n;
    uint8_t *b = hex_bytes(packed, &n), out[512], again[512];
    struct pvg_w_compute_pipeline c;
    struct pvg_w_render_pipeline r;

    (void)state;
    assert_true(pvg_w_compute_pipeline_decode(b, n, &c));
    assert_false(c.stage_input.present);
    n = pvg_w_compute_pipeline_encode(out, sizeof(out), &c);
    assert_true(n && pvg_w_compute_pipeline_decode(out, n, &c));
    assert_int_equal(pvg_w_compute_pipeline_encode(again, sizeof(again), &c), n);
    assert_memory_equal(out, again, n);
    free(b);

    /* The form with tags: a declared attribute whose format is then cleared. */
    pvg_w_render_pipeline_init(&r);
    r.vertex = declared;
    n = pvg_w_render_pipeline_encode(out, sizeof(out), &r);
    assert_true(n && pvg_w_render_pipeline_decode(out, n, &r) && r.vertex.present);
    size_t at = 16;
    while (at + 6 <= n && !(out[at] == 1 && out[at + 1] == 4 && pvg_ld32(out + at + 2) == 31))
        at++;
    assert_true(at + 6 <= n);
    pvg_st32(out + at + 2, 0);
    assert_true(pvg_w_render_pipeline_decode(out, n, &r));
    assert_false(r.vertex.present);
}

static void test_compute_vector(void **state)
{
    size_t n;
    uint8_t *b = hex_bytes(COMPUTE_EMPTY_STAGE, &n), out[64];
    struct pvg_w_compute_pipeline p;

    (void)state;
    assert_true(pvg_w_compute_pipeline_decode(b, n, &p));
    assert_true(p.ref == 10 && p.function == 9 && !p.stage_input.present && p.unknown_count == 0);
    p.stage_input.present = true; /* An empty section is written only on request. */
    assert_hex(out, pvg_w_compute_pipeline_encode(out, sizeof(out), &p), COMPUTE_EMPTY_STAGE);
    free(b);
}

static void test_render_vectors(void **state)
{
    size_t n;
    uint8_t *b = hex_bytes(MINIMAL, &n), out[128];
    struct pvg_w_render_pipeline p;

    (void)state;
    assert_true(pvg_w_render_pipeline_decode(b, n, &p));
    assert_true(p.ref == 3 && p.vertex_function == 5 && p.fragment_function == 0 && p.sample_count == 1 && p.rasterization);
    assert_true(!p.vertex.present && !p.mesh && !p.color[0].present && p.color[0].write_mask == 0xf);
    assert_hex(out, pvg_w_render_pipeline_encode(out, sizeof(out), &p), MINIMAL);
    free(b);

    b = hex_bytes(ALPHA_ONLY, &n);
    assert_true(pvg_w_render_pipeline_decode(b, n, &p));
    assert_true(p.color[0].present && p.color[0].format == 80 && p.color[0].write_mask == PVG_W_WRITE_ALPHA && !p.color[0].blend);
    assert_true(p.vertex_function == 5 && p.fragment_function == 6);
    free(b);
}

/* ---- Full shapes ---- */

static struct pvg_w_render_pipeline full_render(void)
{
    struct pvg_w_render_pipeline p;

    pvg_w_render_pipeline_init(&p);
    p.ref = 77;
    p.vertex_function = 5;
    p.fragment_function = 6;
    p.sample_count = 4;
    p.alpha_to_coverage = true;
    p.depth_format = 252;
    p.stencil_format = 253;
    p.topology = 3;
    p.vertex.present = true;
    p.vertex.attribute_count = 3;
    p.vertex.attributes[0] = (struct pvg_w_vertex_attribute){.index = 0, .format = 30};
    p.vertex.attributes[1] = (struct pvg_w_vertex_attribute){.index = 1, .format = 29, .offset = 12};
    p.vertex.attributes[2] = (struct pvg_w_vertex_attribute){.index = 30, .format = 9, .buffer = 30, .offset = 4};
    p.vertex.layout_mask = 1u | 1u << 30;
    p.vertex.layouts[0] = (struct pvg_w_vertex_layout){.step_function = PVG_W_STEP_PER_VERTEX, .step_rate = 1, .stride = 20};
    p.vertex.layouts[30] = (struct pvg_w_vertex_layout){.step_function = PVG_W_STEP_PER_INSTANCE, .step_rate = 2, .stride = 8};
    p.color[0] = (struct pvg_w_color_state){.present = true,
                                            .format = 80,
                                            .blend = true,
                                            .source_rgb = 4,
                                            .destination_rgb = 5,
                                            .source_alpha = 1,
                                            .destination_alpha = 5,
                                            .operation_alpha = 4,
                                            .write_mask = 0xf};
    p.color[7] = p.color[0];
    p.color[7].format = 115;
    p.color[7].write_mask = 0;
    return p;
}

static void assert_same_render(const struct pvg_w_render_pipeline *a, const struct pvg_w_render_pipeline *b)
{
    assert_true(a->ref == b->ref && a->mesh == b->mesh && a->vertex_function == b->vertex_function &&
                a->fragment_function == b->fragment_function && a->object_function == b->object_function &&
                a->mesh_function == b->mesh_function && a->sample_count == b->sample_count);
    assert_true(a->depth_format == b->depth_format && a->stencil_format == b->stencil_format && a->topology == b->topology &&
                a->alpha_to_coverage == b->alpha_to_coverage && a->rasterization == b->rasterization);
    assert_int_equal(a->vertex.present, b->vertex.present);
    assert_int_equal(a->vertex.attribute_count, b->vertex.attribute_count);
    assert_int_equal(a->vertex.layout_mask, b->vertex.layout_mask);
    for (uint32_t i = 0; i < a->vertex.attribute_count; i++) {
        const struct pvg_w_vertex_attribute *x = &a->vertex.attributes[i], *y = &b->vertex.attributes[i];
        assert_true(x->index == y->index && x->format == y->format && x->buffer == y->buffer && x->offset == y->offset);
    }
    for (uint32_t i = 0; i < PVG_W_MAX_VERTEX_LAYOUTS; i++) {
        const struct pvg_w_vertex_layout *x = &a->vertex.layouts[i], *y = &b->vertex.layouts[i];
        assert_true(x->step_function == y->step_function && x->step_rate == y->step_rate && x->stride == y->stride);
    }
    for (int i = 0; i < 8; i++)
        assert_memory_equal(&a->color[i], &b->color[i], sizeof(a->color[i]));
}

static void test_full_render(void **state)
{
    struct pvg_w_render_pipeline p = full_render(), got;
    uint8_t out[512], small[512];
    size_t n = pvg_w_render_pipeline_encode(out, sizeof(out), &p);

    (void)state;
    assert_true(n != 0);
    assert_true(pvg_w_render_pipeline_decode(out, n, &got));
    assert_same_render(&p, &got);
    assert_int_equal(got.unknown_count, 0);
    for (size_t cap = 0; cap < n; cap++)
        assert_int_equal(pvg_w_render_pipeline_encode(small, cap, &p), 0);
    /* Observed order: descriptor properties, then functions. */
    assert_int_equal(out[17], 0x03);
    /* Every truncation is refused, with the length word as it was and adjusted. */
    for (size_t k = 0; k < n; k++) {
        uint8_t *cut = exact_copy(out, k);
        assert_false(pvg_w_render_pipeline_decode(cut, k, &got));
        if (k >= 8) {
            pvg_st32(cut + 4, (uint32_t)k);
            /* Only the padding behind the last entry may be missing. */
            assert_true(!pvg_w_render_pipeline_decode(cut, k, &got) || k > n - 4);
        }
        free(cut);
    }
}

static void test_mesh_render(void **state)
{
    struct pvg_w_render_pipeline p, got;
    uint8_t out[256];

    (void)state;
    pvg_w_render_pipeline_init(&p);
    p.mesh = true;
    p.object_function = 1;
    p.mesh_function = 2;
    p.fragment_function = 3;
    p.color[1].present = true;
    p.color[1].format = 70;
    size_t n = pvg_w_render_pipeline_encode(out, sizeof(out), &p);
    assert_true(n && pvg_w_render_pipeline_decode(out, n, &got));
    assert_same_render(&p, &got);
}

static void test_full_compute(void **state)
{
    struct pvg_w_compute_pipeline p, got;
    uint8_t out[256];

    (void)state;
    pvg_w_compute_pipeline_init(&p);
    p.ref = 4;
    p.function = 9;
    p.threadgroup_multiple = true;
    p.stage_input.present = true;
    p.stage_input.index_type = 1;
    p.stage_input.index_buffer = 3;
    p.stage_input.attribute_count = 1;
    p.stage_input.attributes[0] = (struct pvg_w_vertex_attribute){.index = 2, .format = 31, .buffer = 1, .offset = 16};
    p.stage_input.layout_mask = 2;
    p.stage_input.layouts[1] = (struct pvg_w_vertex_layout){.step_function = PVG_W_STEP_GRID_Y, .step_rate = 1, .stride = 32};
    for (int packed = 0; packed < 2; packed++) {
        size_t n = packed ? pvg_w_compute_pipeline_encode_packed(out, sizeof(out), &p)
                          : pvg_w_compute_pipeline_encode(out, sizeof(out), &p);
        assert_true(n && pvg_w_compute_pipeline_decode(out, n, &got));
        assert_true(got.function == 9 && got.threadgroup_multiple && got.stage_input.index_type == 1 &&
                    got.stage_input.index_buffer == 3 && got.stage_input.layout_mask == 2);
        assert_true(got.stage_input.layouts[1].step_function == PVG_W_STEP_GRID_Y && got.stage_input.layouts[1].stride == 32);
        assert_true(got.stage_input.attributes[0].format == 31 && got.stage_input.attributes[0].offset == 16);
        for (size_t k = 0; k < n; k++) {
            uint8_t *cut = exact_copy(out, k);
            assert_false(pvg_w_compute_pipeline_decode(cut, k, &got));
            if (k >= 8) {
                /* Must not read past the cut, whatever it makes of it. */
                pvg_st32(cut + 4, (uint32_t)k);
                pvg_w_compute_pipeline_decode(cut, k, &got);
            }
            free(cut);
        }
    }
}

/* ---- Refusals ---- */

/* Change one byte of a good pipeline; the outcome must be `ok` and a refusal must name its reason. */
static void expect_patched(size_t at, uint8_t value, bool ok)
{
    struct pvg_w_render_pipeline p = full_render(), got;
    uint8_t out[512];
    size_t n = pvg_w_render_pipeline_encode(out, sizeof(out), &p);

    out[at] = value;
    assert_int_equal(pvg_w_render_pipeline_decode(out, n, &got), ok);
    assert_true(ok == (got.reason == NULL));
}

/* Position of the value of the nth property with this tag, searching the bytes {tag, 4}. */
static size_t find_value(uint8_t tag, uint32_t value)
{
    struct pvg_w_render_pipeline p = full_render();
    uint8_t out[512];
    size_t n = pvg_w_render_pipeline_encode(out, sizeof(out), &p);

    for (size_t i = 16; i + 6 <= n; i++)
        if (out[i] == tag && out[i + 1] == 4 && pvg_ld32(out + i + 2) == value)
            return i + 2;
    fail();
    return 0;
}

static void test_render_refusals(void **state)
{
    (void)state;
    expect_patched(find_value(0x04, 4), 0, false);        /* sample count */
    expect_patched(find_value(0x01, 30), 43, false);      /* unassigned vertex format */
    expect_patched(find_value(0x00, 30), 31, false);      /* attribute or layout index */
    expect_patched(find_value(0x00, 1), 0, false);        /* attribute declared twice */
    expect_patched(find_value(0x02, 2), 0, false);        /* step rate 0 with PerInstance */
    expect_patched(find_value(0x01, 2), 5, false);        /* step function */
    expect_patched(find_value(0x00, 7), 8, false);        /* colour slot */
    expect_patched(find_value(0x03, 4), 19, false);       /* blend factor */
    expect_patched(find_value(0x08, 4), 5, false);        /* blend operation */
    expect_patched(find_value(0x09, 0), 0x10, false);     /* write mask */
    expect_patched(find_value(0x04, 5) - 2, 0x0a, false); /* colour property tag */
    expect_patched(find_value(0x01, 30), 0, true);        /* attribute not declared */
    expect_patched(find_value(0x0b, 3), 9, true);         /* inferred tag with an impossible value */
    expect_patched(find_value(0x01, 5), 0, true);         /* no vertex function: the executor's business */
}

static void test_unknown_tags(void **state)
{
    /* Tags 0x15 (4 bytes) and 0x16 (2 bytes), vertex function 5; the second 0x01 is ignored. */
    const char *hex = "0e000000 28000000 03000000 17000000 04 15 04 11223344 16 02 aabb 01 04 05000000 01 04 06000000 00";
    size_t n;
    uint8_t *b = hex_bytes(hex, &n);
    struct pvg_w_render_pipeline p;

    (void)state;
    assert_true(pvg_w_render_pipeline_decode(b, n, &p));
    assert_int_equal(p.vertex_function, 5);
    assert_int_equal(p.unknown_count, 2);
    assert_true(p.unknown[0].tag == 0x15 && p.unknown[0].value == 0x44332211);
    assert_true(p.unknown[1].tag == 0x16 && p.unknown[1].length == 2 && p.unknown[1].value == 0xbbaa);
    free(b);
}

/* Random bytes behind a valid header: no decoder may read outside or loop; sanitizers watch. */
static void test_noise(void **state)
{
    uint32_t seed = 1;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        size_t n = 17 + round % 120;
        uint8_t *b = malloc(n);
        struct pvg_w_render_pipeline r;
        struct pvg_w_compute_pipeline c;
        assert_non_null(b);
        for (size_t i = 0; i < n; i++) {
            seed = seed * 1664525 + 1013904223;
            b[i] = (seed >> 24) & (round & 1 ? 0xff : 0x1f);
        }
        pvg_st32(b, PVG_W_NEW_RENDER_PIPELINE);
        pvg_st32(b + 4, (uint32_t)n);
        assert_true(pvg_w_render_pipeline_decode(b, n, &r) == (r.reason == NULL));
        assert_true(r.vertex.attribute_count <= PVG_W_MAX_VERTEX_ATTRIBUTES);
        pvg_st32(b, PVG_W_NEW_COMPUTE_PIPELINE);
        assert_true(pvg_w_compute_pipeline_decode(b, n, &c) == (c.reason == NULL));
        free(b);
    }
}

/* ---- Indirect command buffers ---- */

static struct pvg_w_icb sample_icb(void)
{
    struct pvg_w_icb icb = {
        .command_types = 0x1ef,
        .max_vertex_binds = 3,
        .max_fragment_binds = 2,
        .max_kernel_binds = 4,
        .max_object_binds = 1,
        .max_mesh_binds = 1,
        .max_kernel_tg_binds = 31,
        .max_object_tg_binds = 2,
        .unidentified_0b = 1,
        .unidentified_0c = 1,
        .flags = PVG_W_ICB_FLAGS_DEFAULT | PVG_W_ICB_DYNAMIC_STRIDE,
        .max_commands = 16,
        .options = 0x20,
    };
    pvg_w_icb_layout_default(&icb);
    return icb;
}

static void test_icb_record(void **state)
{
    struct pvg_w_icb icb = sample_icb(), got;
    uint8_t record[PVG_W_ICB_LENGTH], again[PVG_W_ICB_LENGTH];

    (void)state;
    assert_int_equal(pvg_w_icb_encode(record, sizeof(record), &icb), PVG_W_ICB_LENGTH);
    for (size_t k = 0; k <= sizeof(record); k++) {
        uint8_t *cut = exact_copy(record, k);
        assert_int_equal(pvg_w_icb_decode(cut, k, &got), k == sizeof(record));
        assert_int_equal(pvg_w_icb_encode(again, k, &icb), k == sizeof(record) ? k : 0);
        free(cut);
    }
    assert_int_equal(pvg_w_icb_encode(again, sizeof(again), &got), PVG_W_ICB_LENGTH);
    assert_memory_equal(record, again, sizeof(record));
    record[23] |= 0x80; /* never written */
    assert_true(pvg_w_icb_decode(record, sizeof(record), &got) && got.flags == icb.flags);
    pvg_st32(record + 0x50, 0);
    assert_false(pvg_w_icb_decode(record, sizeof(record), &got));
}

static void test_icb_slots(void **state)
{
    static const uint32_t types[] = {0x1, 0x2, 0x4, 0x8, 0x20, 0x40, 0x80, 0x100};
    struct pvg_w_icb icb = sample_icb();
    uint8_t *slot = malloc(icb.layout.command_size), *again = malloc(icb.layout.command_size);
    size_t n = icb.layout.command_size;

    (void)state;
    assert_true(slot && again);
    for (size_t i = 0; i < COUNT(types); i++) {
        struct pvg_w_icb_command c = {
            .type = types[i],
            .barrier = 1,
            .pipeline = 9,
            .primitive = 4,
            .index_type = 1,
            .control_points = 16,
            .start = 0x1122334455667788,
            .count = 2,
            .instance_count = 3,
            .base_instance = 4,
            .base_vertex = -5,
            .index = {6, 0x1000, 0x2000},
            .patch_index = {7, 0x3000, 0x4000},
            .tess_factor = {8, 0x5000, 0x6000},
            .tess_instance_stride = 64,
            .grid = {10, 11, 12},
            .object_threads = {13, 14, 15},
            .threads = {16, 17, 18},
        };
        struct pvg_w_icb_command got;
        assert_true(pvg_w_icb_command_encode(&icb, slot, n, &c));
        for (size_t k = 0; k < n; k++)
            assert_false(pvg_w_icb_command_decode(&icb, slot, k, &got));
        assert_true(pvg_w_icb_command_decode(&icb, slot, n, &got));
        assert_true(got.type == types[i] && got.pipeline == 9 && got.barrier == 1);
        assert_true(pvg_w_icb_command_encode(&icb, again, n, &got));
        assert_memory_equal(slot, again, n);
        if (types[i] == 2) {
            assert_true(got.base_vertex == -5 && got.index.ref == 6 && got.index.gva == 0x1000);
            pvg_st32(slot + icb.layout.arguments + 4, 0);
            assert_false(pvg_w_icb_command_decode(&icb, slot, n, &got));
        }
    }
    pvg_st32(slot, 0x10);
    struct pvg_w_icb_command got;
    assert_false(pvg_w_icb_command_decode(&icb, slot, n, &got));
    pvg_st32(slot, 0);
    assert_true(pvg_w_icb_command_decode(&icb, slot, n, &got) && got.type == 0);
    free(slot);
    free(again);
}

static void test_icb_tables(void **state)
{
    struct pvg_w_icb icb = sample_icb();
    static const uint32_t counts[PVG_W_ICB_TABLE_COUNT] = {3, 2, 1, 1, 4, 4, 2, 31};
    size_t n = icb.layout.command_size;
    uint8_t *slot = calloc(1, n);

    (void)state;
    assert_non_null(slot);
    for (int t = 0; t < PVG_W_ICB_TABLE_COUNT; t++) {
        uint32_t offset, count;
        assert_true(pvg_w_icb_table_range(&icb, (enum pvg_w_icb_table)t, &offset, &count));
        assert_int_equal(count, counts[t]);
        for (uint32_t i = 0; i <= count; i++) {
            struct pvg_w_icb_address in = {.ref = i + 1, .gva = 0x1000 * i, .gpu_address = 7}, out;
            uint64_t v;
            if (t <= PVG_W_ICB_TABLE_KERNEL) {
                assert_int_equal(pvg_w_icb_bind_encode(&icb, slot, n, (enum pvg_w_icb_table)t, i, &in), i < count);
                assert_int_equal(pvg_w_icb_bind(&icb, slot, n, (enum pvg_w_icb_table)t, i, &out), i < count);
                if (i < count)
                    assert_true(out.ref == in.ref && out.gva == in.gva && out.gpu_address == 7);
            } else {
                assert_int_equal(pvg_w_icb_value_encode(&icb, slot, n, (enum pvg_w_icb_table)t, i, i + 100), i < count);
                assert_int_equal(pvg_w_icb_value(&icb, slot, n, (enum pvg_w_icb_table)t, i, &v), i < count);
                if (i < count)
                    assert_int_equal(v, i + 100);
            }
        }
    }
    /* Offsets that point outside of the slot. */
    icb.layout.vertex_binds = UINT32_MAX;
    uint32_t offset, count;
    assert_false(pvg_w_icb_table_range(&icb, PVG_W_ICB_TABLE_VERTEX, &offset, &count));
    struct pvg_w_icb_command got;
    pvg_st32(slot, 1);
    icb.layout.arguments = icb.layout.command_size - 0x21;
    assert_false(pvg_w_icb_command_decode(&icb, slot, n, &got));
    icb.layout.command_type = UINT16_MAX;
    assert_false(pvg_w_icb_command_decode(&icb, slot, n, &got));
    free(slot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packed_stage_input), cmocka_unit_test(test_undeclared_attributes),
        cmocka_unit_test(test_compute_vector),     cmocka_unit_test(test_render_vectors),
        cmocka_unit_test(test_full_render),        cmocka_unit_test(test_mesh_render),
        cmocka_unit_test(test_full_compute),       cmocka_unit_test(test_render_refusals),
        cmocka_unit_test(test_unknown_tags),       cmocka_unit_test(test_noise),
        cmocka_unit_test(test_icb_record),         cmocka_unit_test(test_icb_slots),
        cmocka_unit_test(test_icb_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
