/* SPDX-License-Identifier: MIT */
/*
 * Where primitives go: layers and viewports chosen by the vertex function, vertex amplification, clip distances, points, primitive
 * numbers and provoking vertices.
 */
#include "tests/stages/stage.h"
#include "tests/vmm/check.h"

#include <string.h>

enum { SIZE = 16 };

/* Triangle over everything. Layer and viewport from the instance, colour from amplification and instance. */
#define COVER                                                                                                                      \
    "  %a = icmp eq i32 %0, 1\n  %b = icmp eq i32 %0, 2\n"                                                                         \
    "  %x = select i1 %a, float 3.0, float -1.0\n  %y = select i1 %b, float 3.0, float -1.0\n"                                     \
    "  %p0 = insertelement <4 x float> <float 0.0, float 0.0, float 0.5, float 1.0>, float %x, i32 0\n"                            \
    "  %p = insertelement <4 x float> %p0, float %y, i32 1\n"

#define POSITION             "!{!\"air.position\", !\"air.arg_type_name\", !\"float4\"}\n"
#define VALUE                "!{!\"air.vertex_output\", !\"user(value)\", !\"air.arg_type_name\", !\"uint\"}\n"
#define BUILTIN(index, kind) "!{i32 " #index ", !\"air." kind "\", !\"air.arg_type_name\", !\"uint\"}\n"

static const char layer_vertex[] =
    "define <{ <4 x float>, i32, i32 }> @layer(i32 %0, i32 %1) {\n" COVER
    "  %r0 = insertvalue <{ <4 x float>, i32, i32 }> undef, <4 x float> %p, 0\n"
    "  %v = add i32 %1, 40\n"
    "  %r1 = insertvalue <{ <4 x float>, i32, i32 }> %r0, i32 %1, 1\n"
    "  %r = insertvalue <{ <4 x float>, i32, i32 }> %r1, i32 %v, 2\n  ret <{ <4 x float>, i32, i32 }> %r\n}\n"
    "!air.vertex = !{!0}\n!0 = !{ptr @layer, !1, !5}\n!1 = !{!2, !3, !4}\n!2 = " POSITION
    "!3 = !{!\"air.render_target_array_index\", !\"air.arg_type_name\", !\"uint\"}\n!4 = " VALUE "!5 = !{!6, !7}\n"
    "!6 = " BUILTIN(0, "vertex_id") "!7 = " BUILTIN(1, "instance_id");

static const char viewport_vertex[] =
    "define <{ <4 x float>, i32, i32 }> @viewport(i32 %0, i32 %1) {\n" COVER
    "  %r0 = insertvalue <{ <4 x float>, i32, i32 }> undef, <4 x float> %p, 0\n"
    "  %v = add i32 %1, 40\n"
    "  %r1 = insertvalue <{ <4 x float>, i32, i32 }> %r0, i32 %1, 1\n"
    "  %r = insertvalue <{ <4 x float>, i32, i32 }> %r1, i32 %v, 2\n  ret <{ <4 x float>, i32, i32 }> %r\n}\n"
    "!air.vertex = !{!0}\n!0 = !{ptr @viewport, !1, !5}\n!1 = !{!2, !3, !4}\n!2 = " POSITION
    "!3 = !{!\"air.viewport_array_index\", !\"air.arg_type_name\", !\"uint\"}\n!4 = " VALUE "!5 = !{!6, !7}\n"
    "!6 = " BUILTIN(0, "vertex_id") "!7 = " BUILTIN(1, "instance_id");

/* value = 100 + 10 * amplification id + count. */
static const char amplified_vertex[] =
    "define <{ <4 x float>, i32 }> @amplified(i32 %0, i32 %1, i32 %2) {\n" COVER
    "  %r0 = insertvalue <{ <4 x float>, i32 }> undef, <4 x float> %p, 0\n"
    "  %t = mul i32 %1, 10\n  %s = add i32 %t, %2\n  %v = add i32 %s, 100\n"
    "  %r = insertvalue <{ <4 x float>, i32 }> %r0, i32 %v, 1\n  ret <{ <4 x float>, i32 }> %r\n}\n"
    "!air.vertex = !{!0}\n!0 = !{ptr @amplified, !1, !5}\n!1 = !{!2, !4}\n!2 = " POSITION "!4 = " VALUE "!5 = !{!6, !7, !8}\n"
    "!6 = " BUILTIN(0, "vertex_id") "!7 = " BUILTIN(1, "amplification_id") "!8 = " BUILTIN(2, "amplification_count");

/* {value, layer, viewport, amplification id} as a uint4. */
static const char report_fragment[] =
    "define <4 x i32> @report(i32 %0, i32 %1, i32 %2, i32 %3) {\n"
    "  %a = insertelement <4 x i32> undef, i32 %0, i32 0\n  %b = insertelement <4 x i32> %a, i32 %1, i32 1\n"
    "  %c = insertelement <4 x i32> %b, i32 %2, i32 2\n  %d = insertelement <4 x i32> %c, i32 %3, i32 3\n  ret <4 x i32> %d\n}\n"
    "!air.fragment = !{!0}\n!0 = !{ptr @report, !1, !3}\n!1 = !{!2}\n"
    "!2 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"uint4\"}\n!3 = !{!4, !5, !6, !7}\n"
    "!4 = !{i32 0, !\"air.fragment_input\", !\"user(value)\", !\"air.flat\", !\"air.arg_type_name\", !\"uint\"}\n"
    "!5 = " BUILTIN(1, "render_target_array_index") "!6 = " BUILTIN(2, "viewport_array_index") "!7 = " BUILTIN(3,
                                                                                                               "amplification_id");

struct scene {
    struct stage s;
    struct pvg_guest_mem *pixels;
    uint32_t readback, report;
    uint8_t px[SIZE * SIZE][4];
};

static uint32_t pipeline(struct scene *t, const char *vertex, uint8_t topology)
{
    struct pvg_w_render_pipeline p;

    stage_pipeline_init(&t->s, &p, stage_function(&t->s, vertex), t->report, STAGE_RGBA8UINT);
    p.topology = topology;
    return stage_pipeline(&t->s, &p);
}

static void read_slice(struct scene *t, uint32_t texture, uint32_t slice)
{
    stage_begin(&t->s);
    stage_copy_out(&t->s, texture, slice, SIZE, SIZE, 4, t->readback);
    CHECK(stage_run(&t->s), "%s", pvg_guest_error(t->s.g));
    pvg_guest_mem_read(t->pixels, 0, t->px, sizeof(t->px));
}

/* All pixels of [x0, x1) x [y0, y1). */
static void expect(const struct scene *t, const char *what, int x0, int y0, int x1, int y1, const uint8_t want[4])
{
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++)
            if (memcmp(t->px[y * SIZE + x], want, 4)) {
                const uint8_t *have = t->px[y * SIZE + x];
                CHECK(false, "%s: pixel %d,%d is %u %u %u %u, not %u %u %u %u", what, x, y, have[0], have[1], have[2], have[3],
                      want[0], want[1], want[2], want[3]);
                return;
            }
}

static void run(struct scene *t, const char *what)
{
    struct pvg_stats before = stage_stats(&t->s), after;

    CHECK(stage_run(&t->s), "%s: %s", what, pvg_guest_error(t->s.g));
    after = stage_stats(&t->s);
    CHECK(after.records_refused == before.records_refused, "%s: records refused", what);
}

static void quadrants(struct scene *t)
{
    const struct pvg_w_viewport v[2] = {{.width = SIZE / 2, .height = SIZE, .zfar = 1},
                                        {.x = SIZE / 2, .width = SIZE / 2, .height = SIZE, .zfar = 1}};
    stage_record(&t->s, 0x83, (struct pvg_w_record){.count = 2, .entries = v});
}

static void layers(struct scene *t)
{
    uint32_t array = stage_texture(&t->s, PVG_W_TEX_2D_ARRAY, STAGE_RGBA8UINT, SIZE, SIZE, 4, 1);

    stage_begin(&t->s);
    stage_pass(&t->s, array, 4);
    pvg_guest_cmd_set_ref(&t->s.cmd, 0x74, pipeline(t, layer_vertex, 3));
    stage_draw(&t->s, 3, 3, 3);
    run(t, "layers");
    for (uint8_t i = 0; i < 4; i++) {
        read_slice(t, array, i);
        expect(t, "layers", 0, 0, SIZE, SIZE, (const uint8_t[4]){i < 3 ? 40 + i : 0, i < 3 ? i : 0, 0, 0});
    }
}

static void viewports(struct scene *t)
{
    uint32_t target = stage_texture(&t->s, PVG_W_TEX_2D, STAGE_RGBA8UINT, SIZE, SIZE, 1, 1);

    stage_begin(&t->s);
    stage_pass(&t->s, target, 0);
    pvg_guest_cmd_set_ref(&t->s.cmd, 0x74, pipeline(t, viewport_vertex, 3));
    quadrants(t);
    stage_draw(&t->s, 3, 3, 2);
    run(t, "viewports");
    read_slice(t, target, 0);
    expect(t, "viewport 0", 0, 0, SIZE / 2, SIZE, (const uint8_t[4]){40, 0, 0, 0});
    expect(t, "viewport 1", SIZE / 2, 0, SIZE, SIZE, (const uint8_t[4]){41, 0, 1, 0});
}

/* Two views: their offsets add to layer and viewport, also to what the function writes itself. */
static void amplification(struct scene *t)
{
    const struct pvg_w_view_mapping two[2] = {{.viewport_offset = 1, .target_offset = 0}, {.target_offset = 1}}, one = {0};
    uint32_t array = stage_texture(&t->s, PVG_W_TEX_2D_ARRAY, STAGE_RGBA8UINT, SIZE, SIZE, 3, 1);

    stage_begin(&t->s);
    stage_pass(&t->s, array, 3);
    quadrants(t);
    pvg_guest_cmd_set_ref(&t->s.cmd, 0x74, pipeline(t, amplified_vertex, 3));
    stage_record(&t->s, 0x99, (struct pvg_w_record){.amplification_mode = {0}});
    stage_record(&t->s, 0x9a, (struct pvg_w_record){.count = 2, .entries = two});
    stage_draw(&t->s, 3, 3, 1);
    run(t, "amplification");
    read_slice(t, array, 0);
    expect(t, "view 0", SIZE / 2, 0, SIZE, SIZE, (const uint8_t[4]){102, 0, 1, 0});
    expect(t, "outside of view 0", 0, 0, SIZE / 2, SIZE, (const uint8_t[4]){0, 0, 0, 0});
    read_slice(t, array, 1);
    expect(t, "view 1", 0, 0, SIZE / 2, SIZE, (const uint8_t[4]){112, 1, 0, 1});
    expect(t, "outside of view 1", SIZE / 2, 0, SIZE, SIZE, (const uint8_t[4]){0, 0, 0, 0});
    read_slice(t, array, 2);
    expect(t, "no view", 0, 0, SIZE, SIZE, (const uint8_t[4]){0, 0, 0, 0});

    /* The function's own layer and an offset of one; then back to one view. */
    stage_begin(&t->s);
    stage_pass(&t->s, array, 3);
    pvg_guest_cmd_set_ref(&t->s.cmd, 0x74, pipeline(t, layer_vertex, 3));
    stage_record(&t->s, 0x9a, (struct pvg_w_record){.count = 2, .entries = two});
    stage_draw(&t->s, 3, 3, 2);
    pvg_guest_cmd_set_ref(&t->s.cmd, 0x74, pipeline(t, amplified_vertex, 3));
    stage_record(&t->s, 0x9a, (struct pvg_w_record){.count = 1, .entries = &one});
    stage_draw(&t->s, 3, 3, 1);
    run(t, "own layer");
    read_slice(t, array, 0);
    expect(t, "one view again", 0, 0, SIZE, SIZE, (const uint8_t[4]){101, 0, 0, 0});
    read_slice(t, array, 2);
    expect(t, "own layer and offset", 0, 0, SIZE, SIZE, (const uint8_t[4]){41, 2, 0, 1});
}

static void amplification_refusals(struct scene *t)
{
    const struct pvg_w_view_mapping many[33] = {{0}}, far = {.viewport_offset = 16};
    struct pvg_stats before = stage_stats(&t->s), after;

    stage_begin(&t->s);
    stage_pass(&t->s, stage_texture(&t->s, PVG_W_TEX_2D, STAGE_RGBA8UINT, SIZE, SIZE, 1, 1), 0);
    stage_record(&t->s, 0x99, (struct pvg_w_record){.amplification_mode = {.mode = 1}});
    stage_record(&t->s, 0x9a, (struct pvg_w_record){.count = 33, .entries = many});
    stage_record(&t->s, 0x9a, (struct pvg_w_record){.count = 1, .entries = &far});
    CHECK(stage_run(&t->s), "%s", pvg_guest_error(t->s.g));
    after = stage_stats(&t->s);
    CHECK(after.records_refused - before.records_refused == 3, "%llu refused",
          (unsigned long long)(after.records_refused - before.records_refused));
}

/* ---- Rasterization
 * ---------------------------------------------------------------------------------------------------------------- */

/* Distances to two planes: x > 0 and y > 0 stay. */
static const char clip_vertex[] =
    "define <{ <4 x float>, [2 x float] }> @clip(i32 %0) {\n" COVER
    "  %r0 = insertvalue <{ <4 x float>, [2 x float] }> undef, <4 x float> %p, 0\n"
    "  %r1 = insertvalue <{ <4 x float>, [2 x float] }> %r0, float %x, 1, 0\n"
    "  %r = insertvalue <{ <4 x float>, [2 x float] }> %r1, float %y, 1, 1\n  ret <{ <4 x float>, [2 x float] }> %r\n}\n"
    "!air.vertex = !{!0}\n!0 = !{ptr @clip, !1, !5}\n!1 = !{!2, !3}\n!2 = " POSITION
    "!3 = !{!\"air.clip_distance\", !\"air.clip_distance_array_size\", i32 2, !\"air.arg_type_name\", !\"float\"}\n!5 = !{!6}\n"
    "!6 = " BUILTIN(0, "vertex_id");

/* Points of four pixels at clip coordinates 0.5 * id - 0.5. */
static const char point_vertex[] =
    "define <{ <4 x float>, float }> @point(i32 %0) {\n  %f = uitofp i32 %0 to float\n  %h = fmul float %f, 0.5\n"
    "  %x = fadd float %h, -0.5\n"
    "  %p0 = insertelement <4 x float> <float 0.0, float 0.0, float 0.5, float 1.0>, float %x, i32 0\n"
    "  %r0 = insertvalue <{ <4 x float>, float }> undef, <4 x float> %p0, 0\n"
    "  %r = insertvalue <{ <4 x float>, float }> %r0, float 4.0, 1\n  ret <{ <4 x float>, float }> %r\n}\n"
    "!air.vertex = !{!0}\n!0 = !{ptr @point, !1, !5}\n!1 = !{!2, !3}\n!2 = " POSITION
    "!3 = !{!\"air.point_size\", !\"air.arg_type_name\", !\"float\"}\n!5 = !{!6}\n!6 = " BUILTIN(0, "vertex_id");

/* point_coord * 4 in the first two components. */
static const char point_fragment[] =
    "define <4 x i32> @coord(<2 x float> %0) {\n  %m = fmul <2 x float> %0, <float 4.0, float 4.0>\n"
    "  %i = fptoui <2 x float> %m to <2 x i32>\n"
    "  %r = shufflevector <2 x i32> %i, <2 x i32> <i32 7, i32 9>, <4 x i32> <i32 0, i32 1, i32 2, i32 3>\n  ret <4 x i32> %r\n}\n"
    "!air.fragment = !{!0}\n!0 = !{ptr @coord, !1, !3}\n!1 = !{!2}\n"
    "!2 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"uint4\"}\n!3 = !{!4}\n"
    "!4 = !{i32 0, !\"air.point_coord\", !\"air.arg_type_name\", !\"float2\"}\n";

/* Strip over the target: vertex n at x = n / 2 - 1 (pairs), y alternating; value = vertex id. */
static const char strip_vertex[] =
    "define <{ <4 x float>, i32 }> @strip(i32 %0) {\n  %n = lshr i32 %0, 1\n  %f = uitofp i32 %n to float\n"
    "  %x = fadd float %f, -1.0\n  %b = and i32 %0, 1\n  %c = icmp eq i32 %b, 0\n  %y = select i1 %c, float 1.0, float -1.0\n"
    "  %p0 = insertelement <4 x float> <float 0.0, float 0.0, float 0.5, float 1.0>, float %x, i32 0\n"
    "  %p = insertelement <4 x float> %p0, float %y, i32 1\n  %v = add i32 %0, 50\n"
    "  %r0 = insertvalue <{ <4 x float>, i32 }> undef, <4 x float> %p, 0\n"
    "  %r = insertvalue <{ <4 x float>, i32 }> %r0, i32 %v, 1\n  ret <{ <4 x float>, i32 }> %r\n}\n"
    "!air.vertex = !{!0}\n!0 = !{ptr @strip, !1, !5}\n!1 = !{!2, !3}\n!2 = " POSITION "!3 = " VALUE "!5 = !{!6}\n"
    "!6 = " BUILTIN(0, "vertex_id");

/* {flat value of the provoking vertex, primitive id, front facing, 1}. */
static const char primitive_fragment[] =
    "define <4 x i32> @primitive(i32 %0, i32 %1, i1 %2) {\n  %f = zext i1 %2 to i32\n"
    "  %a = insertelement <4 x i32> <i32 0, i32 0, i32 0, i32 1>, i32 %0, i32 0\n"
    "  %b = insertelement <4 x i32> %a, i32 %1, i32 1\n  %c = insertelement <4 x i32> %b, i32 %f, i32 2\n  ret <4 x i32> %c\n}\n"
    "!air.fragment = !{!0}\n!0 = !{ptr @primitive, !1, !3}\n!1 = !{!2}\n"
    "!2 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"uint4\"}\n!3 = !{!4, !5, !6}\n"
    "!4 = !{i32 0, !\"air.fragment_input\", !\"user(value)\", !\"air.flat\", !\"air.arg_type_name\", !\"uint\"}\n"
    "!5 = " BUILTIN(1, "primitive_id") "!6 = !{i32 2, !\"air.front_facing\", !\"air.arg_type_name\", !\"bool\"}\n";

static const char one_fragment[] = "define <4 x i32> @one() {\n  ret <4 x i32> <i32 1, i32 2, i32 3, i32 4>\n}\n"
                                   "!air.fragment = !{!0}\n!0 = !{ptr @one, !1, !3}\n!1 = !{!2}\n"
                                   "!2 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"uint4\"}\n!3 = !{}\n";

static void draw_into(struct scene *t, const char *what, const char *vertex, const char *fragment, uint8_t topology,
                      uint32_t primitive, uint32_t count, uint32_t instances)
{
    uint32_t target = stage_texture(&t->s, PVG_W_TEX_2D, STAGE_RGBA8UINT, SIZE, SIZE, 1, 1);
    struct pvg_w_render_pipeline p;

    stage_pipeline_init(&t->s, &p, stage_function(&t->s, vertex), stage_function(&t->s, fragment), STAGE_RGBA8UINT);
    p.topology = topology;
    stage_begin(&t->s);
    stage_pass(&t->s, target, 0);
    pvg_guest_cmd_set_ref(&t->s.cmd, 0x74, stage_pipeline(&t->s, &p));
    stage_draw(&t->s, primitive, count, instances);
    run(t, what);
    read_slice(t, target, 0);
}

static void rasterization(struct scene *t)
{
    draw_into(t, "clip distances", clip_vertex, one_fragment, 3, 3, 3, 1);
    expect(t, "inside both planes", SIZE / 2, 0, SIZE, SIZE / 2, (const uint8_t[4]){1, 2, 3, 4});
    expect(t, "outside of the first", 0, 0, SIZE / 2, SIZE, (const uint8_t[4]){0, 0, 0, 0});
    expect(t, "outside of the second", SIZE / 2, SIZE / 2, SIZE, SIZE, (const uint8_t[4]){0, 0, 0, 0});

    draw_into(t, "points", point_vertex, point_fragment, 1, 0, 3, 1);
    for (uint8_t y = 0; y < 4; y++)
        for (uint8_t x = 0; x < 4; x++)
            for (int i = 0; i < 3; i++)
                expect(t, "point", 2 + 4 * i + x, 6 + y, 3 + 4 * i + x, 7 + y, (const uint8_t[4]){x, y, 7, 9});
    expect(t, "above the points", 0, 0, SIZE, 6, (const uint8_t[4]){0, 0, 0, 0});
    expect(t, "below the points", 0, 10, SIZE, SIZE, (const uint8_t[4]){0, 0, 0, 0});

    /* Triangle n of a strip starts at vertex n, which provokes; both instances count primitives from 0. The first triangle of the
     * strip runs counter-clockwise, and the others are turned to match it: none faces front. */
    draw_into(t, "strip", strip_vertex, primitive_fragment, 3, 4, 6, 2);
    for (uint8_t i = 0; i < 4; i++) {
        int x = 8 * (i / 2) + (i % 2 ? 6 : 1), y = i % 2 ? 13 : 2;
        expect(t, "strip", x, y, x + 1, y + 1, (const uint8_t[4]){(uint8_t)(50 + i), i, 0, 1});
    }
}

int main(void)
{
    static struct scene t;

    if (!stage_open(&t.s))
        return 77;
    t.readback = stage_buffer(&t.s, NULL, sizeof(t.px), &t.pixels);
    t.report = stage_function(&t.s, report_fragment);
    layers(&t);
    viewports(&t);
    amplification(&t);
    amplification_refusals(&t);
    rasterization(&t);
    return stage_close(&t.s, check_failures);
}
