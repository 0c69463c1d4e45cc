/* SPDX-License-Identifier: MIT */
/*
 * Tessellated patches: levels, culling, step functions, patch and control point indices, direct and indirect draws.
 *
 * The post-tessellation function returns u * u and v * v, which the rasterizer interpolates linearly between the points that the
 * tessellator made: the pixels show into how many segments a patch was divided. Expected values are computed here.
 */
#include "tests/stages/stage.h"
#include "tests/vmm/check.h"

#include <math.h>
#include <string.h>

enum { SIZE = 64, PATCHES = 4, HALF = SIZE / 2 };

/* Quads of four control points; instances lie side by side, a patch attribute goes to the colour. */
static const char quad_function[] =
    "define <{ <4 x float>, <4 x float> }> @quad(ptr %0, <2 x float> %1, i32 %2, i32 %3, float %4) {\n"
    "  %u = extractelement <2 x float> %1, i32 0\n  %v = extractelement <2 x float> %1, i32 1\n"
    "  %c0 = call { <2 x float> } @_Z2CP.MTL_CONTROL_POINT_FN(i32 0, ptr %0)\n"
    "  %c3 = call { <2 x float> } @_Z2CP.MTL_CONTROL_POINT_FN(i32 3, ptr %0)\n"
    "  %p0 = extractvalue { <2 x float> } %c0, 0\n  %p3 = extractvalue { <2 x float> } %c3, 0\n"
    "  %d = fsub <2 x float> %p3, %p0\n  %m = fmul <2 x float> %d, %1\n  %p = fadd <2 x float> %p0, %m\n"
    "  %i = uitofp i32 %3 to float\n  %x0 = extractelement <2 x float> %p, i32 0\n  %x = fadd float %x0, %i\n"
    "  %y = extractelement <2 x float> %p, i32 1\n"
    "  %q0 = insertelement <4 x float> <float 0.0, float 0.0, float 0.5, float 1.0>, float %x, i32 0\n"
    "  %q = insertelement <4 x float> %q0, float %y, i32 1\n"
    "  %uu = fmul float %u, %u\n  %vv = fmul float %v, %v\n  %id = uitofp i32 %2 to float\n"
    "  %k0 = insertelement <4 x float> undef, float %uu, i32 0\n  %k1 = insertelement <4 x float> %k0, float %vv, i32 1\n"
    "  %k2 = insertelement <4 x float> %k1, float %id, i32 2\n  %k = insertelement <4 x float> %k2, float %4, i32 3\n"
    "  %r0 = insertvalue <{ <4 x float>, <4 x float> }> undef, <4 x float> %q, 0\n"
    "  %r = insertvalue <{ <4 x float>, <4 x float> }> %r0, <4 x float> %k, 1\n  ret <{ <4 x float>, <4 x float> }> %r\n}\n"
    "declare { <2 x float> } @_Z2CP.MTL_CONTROL_POINT_FN(i32, ptr) section \"air.externally_defined\"\n"
    "!air.vertex = !{!0}\n!0 = !{ptr @quad, !1, !4, !12}\n!1 = !{!2, !3}\n"
    "!2 = !{!\"air.position\", !\"air.arg_type_name\", !\"float4\"}\n"
    "!3 = !{!\"air.vertex_output\", !\"user(colour)\", !\"air.arg_type_name\", !\"float4\"}\n"
    "!4 = !{!5, !8, !9, !10, !11}\n!5 = !{i32 0, !\"air.patch_control_point_input\", !6, !7}\n"
    "!6 = !{!\"air.patch_control_point_function\", ptr @_Z2CP.MTL_CONTROL_POINT_FN}\n"
    "!7 = !{!\"air.location_index\", i32 0, i32 1, !\"air.arg_type_name\", !\"float2\", !\"air.arg_name\", !\"p\"}\n"
    "!8 = !{i32 1, !\"air.position_in_patch\", !\"air.arg_type_name\", !\"float2\"}\n"
    "!9 = !{i32 2, !\"air.patch_id\", !\"air.arg_type_name\", !\"uint\"}\n"
    "!10 = !{i32 3, !\"air.instance_id\", !\"air.arg_type_name\", !\"uint\"}\n"
    "!11 = !{i32 4, !\"air.patch_input\", !\"air.location_index\", i32 1, i32 1, !\"air.arg_type_name\", !\"float\"}\n"
    "!12 = !{!\"air.patch\", !\"quad\", !\"air.patch_control_point\", i32 4}\n";

static const char triangle_function[] =
    "define <{ <4 x float>, <4 x float> }> @tri(ptr %0, <3 x float> %1) {\n"
    "  %c0 = call { <2 x float> } @_Z2CP.MTL_CONTROL_POINT_FN(i32 0, ptr %0)\n"
    "  %c1 = call { <2 x float> } @_Z2CP.MTL_CONTROL_POINT_FN(i32 1, ptr %0)\n"
    "  %c2 = call { <2 x float> } @_Z2CP.MTL_CONTROL_POINT_FN(i32 2, ptr %0)\n"
    "  %p0 = extractvalue { <2 x float> } %c0, 0\n  %p1 = extractvalue { <2 x float> } %c1, 0\n"
    "  %p2 = extractvalue { <2 x float> } %c2, 0\n"
    "  %u = shufflevector <3 x float> %1, <3 x float> undef, <2 x i32> <i32 0, i32 0>\n"
    "  %v = shufflevector <3 x float> %1, <3 x float> undef, <2 x i32> <i32 1, i32 1>\n"
    "  %w = shufflevector <3 x float> %1, <3 x float> undef, <2 x i32> <i32 2, i32 2>\n"
    "  %a = fmul <2 x float> %p0, %u\n  %b = fmul <2 x float> %p1, %v\n  %c = fmul <2 x float> %p2, %w\n"
    "  %d = fadd <2 x float> %a, %b\n  %p = fadd <2 x float> %d, %c\n"
    "  %q = shufflevector <2 x float> %p, <2 x float> <float 0.0, float 1.0>, <4 x i32> <i32 0, i32 1, i32 2, i32 3>\n"
    "  %k = shufflevector <3 x float> %1, <3 x float> <float 1.0, float 1.0, float 1.0>, <4 x i32> <i32 0, i32 1, i32 2, i32 3>\n"
    "  %r0 = insertvalue <{ <4 x float>, <4 x float> }> undef, <4 x float> %q, 0\n"
    "  %r = insertvalue <{ <4 x float>, <4 x float> }> %r0, <4 x float> %k, 1\n  ret <{ <4 x float>, <4 x float> }> %r\n}\n"
    "declare { <2 x float> } @_Z2CP.MTL_CONTROL_POINT_FN(i32, ptr) section \"air.externally_defined\"\n"
    "!air.vertex = !{!0}\n!0 = !{ptr @tri, !1, !4, !12}\n!1 = !{!2, !3}\n"
    "!2 = !{!\"air.position\", !\"air.arg_type_name\", !\"float4\"}\n"
    "!3 = !{!\"air.vertex_output\", !\"user(colour)\", !\"air.arg_type_name\", !\"float4\"}\n!4 = !{!5, !8}\n"
    "!5 = !{i32 0, !\"air.patch_control_point_input\", !6, !7}\n"
    "!6 = !{!\"air.patch_control_point_function\", ptr @_Z2CP.MTL_CONTROL_POINT_FN}\n"
    "!7 = !{!\"air.location_index\", i32 0, i32 1, !\"air.arg_type_name\", !\"float2\", !\"air.arg_name\", !\"p\"}\n"
    "!8 = !{i32 1, !\"air.position_in_patch\", !\"air.arg_type_name\", !\"float3\"}\n"
    "!12 = !{!\"air.patch\", !\"triangle\", !\"air.patch_control_point\", i32 3}\n";

static const char colour_function[] =
    "define <4 x float> @colour(<4 x float> %0) {\n  ret <4 x float> %0\n}\n"
    "!air.fragment = !{!0}\n!0 = !{ptr @colour, !1, !3}\n!1 = !{!2}\n"
    "!2 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"float4\"}\n!3 = !{!4}\n"
    "!4 = !{i32 0, !\"air.fragment_input\", !\"user(colour)\", !\"air.center\", !\"air.perspective\", !\"air.arg_type_name\", "
    "!\"float4\"}\n";

struct scene {
    struct stage s;
    uint32_t target, readback, quad, triangle, colour;
    struct pvg_guest_mem *pixels;
    float px[SIZE * SIZE][4];
};

/* ---- Halves
 * ---------------------------------------------------------------------------------------------------------------------- */

/* Exact for the small numbers of this test. */
static uint16_t half(float v)
{
    int e;
    uint16_t sign = signbit(v) ? 0x8000 : 0;

    if (isnan(v))
        return 0x7e00;
    if (v == 0)
        return sign;
    float m = frexpf(fabsf(v), &e);
    return (uint16_t)(sign | (uint16_t)((e + 14) << 10) | ((uint16_t)lrintf(m * 2048) & 0x3ff));
}

static void factors(uint16_t *out, float e0, float e1, float e2, float e3, float i0, float i1)
{
    const float v[6] = {e0, e1, e2, e3, i0, i1};

    for (int i = 0; i < 6; i++)
        out[i] = half(v[i]);
}

/* ---- Drawing
 * --------------------------------------------------------------------------------------------------------------------- */

/* Patch p covers the p-th horizontal quarter of the left half of the target, top to bottom, with v pointing down. */
static uint32_t control_points(struct scene *t)
{
    float points[PATCHES][4][2];

    for (int p = 0; p < PATCHES; p++)
        for (int c = 0; c < 4; c++) {
            points[p][c][0] = c & 1 ? 0 : -1;
            points[p][c][1] = 1 - 0.5f * (float)(p + (c >> 1));
        }
    return stage_buffer(&t->s, points, sizeof(points), NULL);
}

static void describe(struct pvg_w_render_pipeline *p)
{
    p->vertex.present = true;
    p->vertex.attribute_count = 2;
    p->vertex.attributes[0] = (struct pvg_w_vertex_attribute){.index = 0, .format = 29};
    p->vertex.attributes[1] = (struct pvg_w_vertex_attribute){.index = 1, .format = 28, .buffer = 1};
    p->vertex.layout_mask = 3;
    p->vertex.layouts[0] =
        (struct pvg_w_vertex_layout){.step_function = PVG_W_STEP_PER_PATCH_CONTROL_POINT, .step_rate = 1, .stride = 8};
    p->vertex.layouts[1] = (struct pvg_w_vertex_layout){.step_function = PVG_W_STEP_PER_PATCH, .step_rate = 1, .stride = 4};
}

static void pipeline_init(struct scene *t, struct pvg_w_render_pipeline *p)
{
    stage_pipeline_init(&t->s, p, t->quad, t->colour, STAGE_RGBA32F);
    describe(p);
    p->tess_partition_mode = 1;
}

static void begin(struct scene *t, uint32_t pipeline, uint32_t factor_buffer, uint64_t instance_stride)
{
    const float attribute[PATCHES] = {10, 20, 30, 40};

    stage_begin(&t->s);
    stage_pass(&t->s, t->target, 0);
    pvg_guest_cmd_set_ref(&t->s.cmd, 0x74, pipeline);
    stage_bind(&t->s, 0x7d, 0, control_points(t));
    stage_bind(&t->s, 0x7d, 1, stage_buffer(&t->s, attribute, sizeof(attribute), NULL));
    stage_record(&t->s, 0x7a, (struct pvg_w_record){.tess_factor = {.ref = factor_buffer, .instance_stride = instance_stride}});
}

static void finish(struct scene *t, const char *what)
{
    struct pvg_stats before = stage_stats(&t->s), after;

    stage_copy_out(&t->s, t->target, 0, SIZE, SIZE, 16, t->readback);
    CHECK(stage_run(&t->s), "%s: %s", what, pvg_guest_error(t->s.g));
    after = stage_stats(&t->s);
    CHECK(after.records_refused == before.records_refused, "%s: records refused", what);
    pvg_guest_mem_read(t->pixels, 0, t->px, sizeof(t->px));
}

static void patches(struct scene *t, uint32_t opcode, struct pvg_w_draw_patches d)
{
    d.control_points = 4;
    stage_record(&t->s, opcode, (struct pvg_w_record){.draw_patches = d});
}

/* v * v between the points of `segments` equal segments. */
static float chord(float v, int segments)
{
    float at = v * (float)segments, k = floorf(at), a = k / (float)segments, b = (k + 1) / (float)segments;

    return a * a + (b * b - a * a) * (at - k);
}

static bool close_to(float a, float b)
{
    return fabsf(a - b) <= 2e-3f;
}

/* The box of patch `row` shows patch `id` in `instance`, divided into `segments` along both directions; 0: nothing. */
static void expect(const struct scene *t, const char *what, int row, int instance, int id, float attribute, int segments)
{
    for (int y = 0; y < SIZE / PATCHES; y++) {
        for (int x = 0; x < HALF; x++) {
            const float *px = t->px[(row * SIZE / PATCHES + y) * SIZE + instance * HALF + x];
            float u = ((float)x + 0.5f) / HALF, v = ((float)y + 0.5f) / (SIZE / PATCHES);
            const float want[4] = {chord(u, segments ? segments : 1), chord(v, segments ? segments : 1), (float)id, attribute};
            for (int c = 0; c < 4; c++) {
                float value = segments ? want[c] : 0;
                if (close_to(px[c], value))
                    continue;
                CHECK(false, "%s: row %d instance %d pixel %d,%d component %d is %g, not %g", what, row, instance, x, y, c,
                      (double)px[c], (double)value);
                return;
            }
        }
    }
}

/* ---- Cases
 * ----------------------------------------------------------------------------------------------------------------------- */

static void levels(struct scene *t)
{
    static const struct {
        const char *name;
        uint8_t partition;
        uint32_t max;
        bool scaled;
        float scale, factor;
        int segments;
    } cases[] = {
        {"integer 1", 1, 16, false, 1, 1, 1},
        {"integer 3", 1, 16, false, 1, 3, 3},
        {"integer 2.5", 1, 16, false, 1, 2.5f, 3},
        {"integer 0.25", 1, 16, false, 1, 0.25f, 1},
        {"maximum", 1, 4, false, 1, 10, 4},
        {"power of two 5", 0, 16, false, 1, 5, 8},
        {"power of two 4", 0, 16, false, 1, 4, 4},
        {"power of two 1", 0, 16, false, 1, 1, 1},
        {"odd 3", 2, 16, false, 1, 3, 3},
        {"odd 5", 2, 64, false, 1, 5, 5},
        {"even 4", 3, 16, false, 1, 4, 4},
        {"even 1", 3, 16, false, 1, 1, 2},
        {"scaled", 1, 16, true, 2, 2, 4},
        {"scale not enabled", 1, 16, false, 2, 2, 2},
        {"scaled below one", 1, 16, true, 0.25f, 8, 2},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pvg_w_render_pipeline p;
        uint16_t f[6];
        float v = cases[i].factor;
        pipeline_init(t, &p);
        p.tess_partition_mode = cases[i].partition;
        p.tess_max_factor = cases[i].max;
        p.tess_factor_scale = cases[i].scaled;
        factors(f, v, v, v, v, v, v);
        begin(t, stage_pipeline(&t->s, &p), stage_buffer(&t->s, f, sizeof(f), NULL), 0);
        stage_record(&t->s, 0x7b, (struct pvg_w_record){.scalar = cases[i].scale});
        patches(t, 0x0d, (struct pvg_w_draw_patches){.count = 1, .instance_count = 1});
        finish(t, cases[i].name);
        expect(t, cases[i].name, 0, 0, 0, 10, cases[i].segments);
    }
}

/* Edge factors belong to u = 0, v = 0, u = 1, v = 1, in this order. Near an edge the squares follow its own segments. */
static void edges(struct scene *t)
{
    struct pvg_w_render_pipeline p;
    uint16_t f[6];
    const int rows = SIZE / PATCHES;

    pipeline_init(t, &p);
    factors(f, 1, 2, 4, 8, 8, 8);
    begin(t, stage_pipeline(&t->s, &p), stage_buffer(&t->s, f, sizeof(f), NULL), 0);
    patches(t, 0x0d, (struct pvg_w_draw_patches){.count = 1, .instance_count = 1});
    finish(t, "edges");
    const struct {
        int x, y, component, segments;
        float at;
    } probes[] = {
        {0, rows / 4, 1, 1, ((float)(rows / 4) + 0.5f) / (float)rows},
        {HALF / 4, 0, 0, 2, (HALF / 4 + 0.5f) / HALF},
        {HALF - 1, rows / 8, 1, 4, ((float)(rows / 8) + 0.5f) / (float)rows},
        {HALF / 16, rows - 1, 0, 8, (HALF / 16 + 0.5f) / HALF},
    };
    for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
        float have = t->px[probes[i].y * SIZE + probes[i].x][probes[i].component];
        float want = chord(probes[i].at, probes[i].segments);
        CHECK(fabsf(have - want) < 0.04f, "edge %zu: %g, not %g", i, (double)have, (double)want);
    }
}

/* Patches without a positive factor on every edge are removed; the inner factors do not matter for that. */
static void culling(struct scene *t)
{
    struct pvg_w_render_pipeline p;
    uint16_t f[PATCHES][6];

    pipeline_init(t, &p);
    p.tess_step_function = 1;
    factors(f[0], 2, 2, 0, 2, 2, 2);
    factors(f[1], 2, NAN, 2, 2, 2, 2);
    factors(f[2], 2, 2, 2, -1, 2, 2);
    factors(f[3], 1, 1, 1, 1, 0, NAN);
    begin(t, stage_pipeline(&t->s, &p), stage_buffer(&t->s, f, sizeof(f), NULL), 0);
    patches(t, 0x0d, (struct pvg_w_draw_patches){.count = PATCHES, .instance_count = 1});
    finish(t, "culling");
    for (int i = 0; i < 3; i++)
        expect(t, "culled", i, 0, 0, 0, 0);
    expect(t, "not culled", 3, 0, 3, 40, 1);
}

static uint32_t uniform_factors(struct scene *t, const int *segments, int count)
{
    uint16_t f[8][6];

    for (int i = 0; i < count; i++)
        factors(f[i], (float)segments[i], (float)segments[i], (float)segments[i], (float)segments[i], (float)segments[i],
                (float)segments[i]);
    return stage_buffer(&t->s, f, (size_t)count * sizeof(f[0]), NULL);
}

static void step_functions(struct scene *t)
{
    static const int segments[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    static const char *const names[] = {"constant", "per patch", "per instance", "per patch and instance"};

    for (uint8_t step = 0; step < 4; step++) {
        struct pvg_w_render_pipeline p;
        pipeline_init(t, &p);
        p.tess_step_function = step;
        begin(t, stage_pipeline(&t->s, &p), uniform_factors(t, segments, 8), 4 * 12);
        patches(t, 0x0d, (struct pvg_w_draw_patches){.count = PATCHES, .instance_count = 2});
        finish(t, names[step]);
        for (int i = 0; i < 2; i++)
            for (int k = 0; k < PATCHES; k++)
                expect(t, names[step], k, i, k, 10.0f * (float)(k + 1), segments[(step & 1 ? k : 0) + (step & 2 ? 4 * i : 0)]);
    }
}

/* Start and base: the factors go by the place in the draw, the data by the patch. */
static void ranges(struct scene *t)
{
    static const int segments[4] = {1, 2, 3, 4};
    struct pvg_w_render_pipeline p;

    for (int wide = 0; wide < 2; wide++) {
        pipeline_init(t, &p);
        p.tess_step_function = 1;
        begin(t, stage_pipeline(&t->s, &p), uniform_factors(t, segments, 4), 0);
        patches(t, wide ? 0x0c : 0x0d,
                (struct pvg_w_draw_patches){.start = 1, .count = 2, .instance_count = 1, .base_instance = 1});
        finish(t, "range");
        expect(t, "before the range", 0, 1, 0, 0, 0);
        expect(t, "range", 1, 1, 1, 20, 2);
        expect(t, "range", 2, 1, 2, 30, 3);
        expect(t, "behind the range", 3, 1, 0, 0, 0);
        expect(t, "other instance", 1, 0, 0, 0, 0);
    }
}

static void indices(struct scene *t, bool narrow, bool wide, bool indirect)
{
    static const int segments[4] = {1, 2, 3, 4};
    static const uint32_t patch[5] = {99, 3, 2, 1, 0}, arguments[5] = {77, 2, 1, 1, 0};
    uint16_t control16[17] = {0};
    uint32_t control32[17] = {0};
    struct pvg_w_render_pipeline p;
    const char *what = indirect ? "indirect" : wide ? "wide" : "compact";

    /* Patch n takes the control points of patch (n + 1) mod 4; one unused index in front makes the offsets count. */
    for (int i = 0; i < 16; i++)
        control32[i + 1] = control16[i + 1] = (uint16_t)((i + 4) % 16);
    pipeline_init(t, &p);
    p.tess_step_function = 1;
    p.tess_index_type = narrow ? 1 : 2;
    uint32_t patch_ref = stage_buffer(&t->s, patch, sizeof(patch), NULL);
    uint32_t control_ref =
        narrow ? stage_buffer(&t->s, control16, sizeof(control16), NULL) : stage_buffer(&t->s, control32, sizeof(control32), NULL);
    begin(t, stage_pipeline(&t->s, &p), uniform_factors(t, segments, 4), 0);
    if (indirect)
        stage_record(&t->s, 0x13,
                     (struct pvg_w_record){.draw_patches_indirect = {
                                               .indexed = true,
                                               .control_points = 4,
                                               .patch_index_ref = patch_ref,
                                               .patch_index_offset = 4,
                                               .control_index_ref = control_ref,
                                               .control_index_offset = narrow ? 2 : 4,
                                               .ref = stage_buffer(&t->s, arguments, sizeof(arguments), NULL),
                                               .offset = 4,
                                           }});
    else if (wide) {
        struct pvg_w_record rec = {.info = pvg_w_record_lookup(PVG_W_SEG_RENDER, 0x0c, 68),
                                   .draw_patches = {.indexed = true,
                                                    .control_points = 4,
                                                    .start = 1,
                                                    .count = 2,
                                                    .instance_count = 1,
                                                    .patch_index_ref = patch_ref,
                                                    .patch_index_offset = 4,
                                                    .control_index_ref = control_ref,
                                                    .control_index_offset = narrow ? 2 : 4}};
        stage_record(&t->s, 0x0c, rec);
    } else
        patches(t, 0x0f,
                (struct pvg_w_draw_patches){.indexed = true,
                                            .start = 1,
                                            .count = 2,
                                            .instance_count = 1,
                                            .patch_index_ref = patch_ref,
                                            .patch_index_offset = 4,
                                            .control_index_ref = control_ref,
                                            .control_index_offset = narrow ? 2 : 4});
    finish(t, what);
    /* Draw patches 1 and 2 are patches 2 and 1, which lie in rows 3 and 2. */
    expect(t, what, 3, 0, 2, 30, 2);
    expect(t, what, 2, 0, 1, 20, 3);
    expect(t, what, 0, 0, 0, 0, 0);
    expect(t, what, 1, 0, 0, 0, 0);
}

static void plain_indirect(struct scene *t)
{
    static const int segments[4] = {1, 2, 3, 4};
    static const uint32_t arguments[4] = {1, 1, 3, 0};
    struct pvg_w_render_pipeline p;

    pipeline_init(t, &p);
    p.tess_step_function = 1;
    begin(t, stage_pipeline(&t->s, &p), uniform_factors(t, segments, 4), 0);
    stage_record(&t->s, 0x12,
                 (struct pvg_w_record){.draw_patches_indirect = {.control_points = 4,
                                                                 .ref = stage_buffer(&t->s, arguments, sizeof(arguments), NULL)}});
    finish(t, "plain indirect");
    expect(t, "plain indirect", 3, 0, 3, 40, 4);
    expect(t, "plain indirect", 0, 0, 0, 0, 0);
}

/* One triangle over the upper left half; the winding decides which side is culled. */
static void triangles(struct scene *t)
{
    static const float points[3][2] = {{-1, 1}, {1, 1}, {-1, -1}};
    uint16_t f[4] = {half(3), half(3), half(3), half(3)};

    for (int c = 0; c < 4; c++) {
        int winding = c & 1, cull = 1 + (c >> 1);
        struct pvg_w_render_pipeline p;
        stage_pipeline_init(&t->s, &p, t->triangle, t->colour, STAGE_RGBA32F);
        describe(&p);
        p.vertex.layouts[0].step_function = PVG_W_STEP_PER_VERTEX; /* As a descriptor without the property. */
        p.tess_partition_mode = 1;
        p.tess_winding = (uint8_t)winding;
        begin(t, stage_pipeline(&t->s, &p), stage_buffer(&t->s, f, sizeof(f), NULL), 0);
        stage_bind(&t->s, 0x7d, 0, stage_buffer(&t->s, points, sizeof(points), NULL));
        pvg_guest_cmd_set_value(&t->s.cmd, 0x6b, (uint64_t)cull);
        stage_record(&t->s, 0x0d, (struct pvg_w_record){.draw_patches = {.control_points = 3, .count = 1, .instance_count = 1}});
        finish(t, "triangle");
        /* u, v, w run clockwise on the screen; clockwise output faces front by default, so culling front (1) removes it. */
        bool drawn = winding == 0 ? cull == 2 : cull == 1;
        const float *in = t->px[10 * SIZE + 20], *out = t->px[50 * SIZE + 50];
        float v = 20.5f / SIZE, w = 10.5f / SIZE;
        CHECK(close_to(in[0], drawn ? 1 - v - w : 0) && close_to(in[1], drawn ? v : 0) && close_to(in[2], drawn ? w : 0),
              "triangle, winding %d, cull %d: %g %g %g", winding, cull, (double)in[0], (double)in[1], (double)in[2]);
        CHECK(out[3] == 0, "triangle covers the other half");
    }
}

/* What cannot be drawn costs itself only. */
static void refusals(struct scene *t)
{
    static const int segments[1] = {2};
    struct pvg_w_render_pipeline p;
    struct pvg_stats before = stage_stats(&t->s), after;

    pipeline_init(t, &p);
    uint32_t pipeline = stage_pipeline(&t->s, &p);
    begin(t, pipeline, 0, 0);
    patches(t, 0x0d, (struct pvg_w_draw_patches){.count = 1, .instance_count = 1}); /* No factors. */
    stage_record(&t->s, 0x7a, (struct pvg_w_record){.tess_factor = {.ref = uniform_factors(t, segments, 1)}});
    patches(t, 0x0f, (struct pvg_w_draw_patches){.indexed = true, .count = 1, .instance_count = 1}); /* No control point indices. */
    stage_draw(&t->s, 3, 3, 1);                                                                      /* Not a patch. */
    stage_record(&t->s, 0x0d, (struct pvg_w_record){.draw_patches = {.control_points = 33, .count = 1, .instance_count = 1}});
    patches(t, 0x0d, (struct pvg_w_draw_patches){.start = 1, .count = 1, .instance_count = 1});
    stage_copy_out(&t->s, t->target, 0, SIZE, SIZE, 16, t->readback);
    CHECK(stage_run(&t->s), "%s", pvg_guest_error(t->s.g));
    after = stage_stats(&t->s);
    CHECK(after.draws_refused - before.draws_refused == 4, "%llu draws refused, not 4",
          (unsigned long long)(after.draws_refused - before.draws_refused));
    pvg_guest_mem_read(t->pixels, 0, t->px, sizeof(t->px));
    expect(t, "after refusals", 1, 0, 1, 20, 2);
}

int main(void)
{
    static struct scene t;

    if (!stage_open(&t.s))
        return 77;
    t.target = stage_texture(&t.s, PVG_W_TEX_2D, STAGE_RGBA32F, SIZE, SIZE, 1, 1);
    t.readback = stage_buffer(&t.s, NULL, sizeof(t.px), &t.pixels);
    t.quad = stage_function(&t.s, quad_function);
    t.triangle = stage_function(&t.s, triangle_function);
    t.colour = stage_function(&t.s, colour_function);
    levels(&t);
    edges(&t);
    culling(&t);
    step_functions(&t);
    ranges(&t);
    for (int i = 0; i < 6; i++)
        indices(&t, i & 1, i == 2 || i == 3, i >= 4);
    plain_indirect(&t);
    triangles(&t);
    refusals(&t);
    return stage_close(&t.s, check_failures);
}
