/* SPDX-License-Identifier: MIT */
/*
 * Multisampled passes: sample numbers and masks, interpolation per sample and at chosen places, colour attachments that a function
 * reads, values per vertex and barycentric coordinates where the device has them. Four samples at Vulkan's standard places.
 */
#include "tests/stages/stage.h"
#include "tests/vmm/check.h"

#include <math.h>
#include <string.h>

enum { SIZE = 8, SAMPLES = 4 };

/* In sixteenths of a pixel. */
static const float places[SAMPLES][2] = {{6, 2}, {14, 6}, {2, 10}, {10, 14}};

/* value = {pixel x, pixel y, vertex id, 1}. */
static const char position_vertex[] =
    "define <{ <4 x float>, <4 x float> }> @place(i32 %0) {\n"
    "  %a = icmp eq i32 %0, 1\n  %b = icmp eq i32 %0, 2\n"
    "  %x = select i1 %a, float 3.0, float -1.0\n  %y = select i1 %b, float -3.0, float 1.0\n"
    "  %px = select i1 %a, float 16.0, float 0.0\n  %py = select i1 %b, float 16.0, float 0.0\n  %id = uitofp i32 %0 to float\n"
    "  %p0 = insertelement <4 x float> <float 0.0, float 0.0, float 0.5, float 1.0>, float %x, i32 0\n"
    "  %p = insertelement <4 x float> %p0, float %y, i32 1\n"
    "  %v0 = insertelement <4 x float> <float 0.0, float 0.0, float 0.0, float 1.0>, float %px, i32 0\n"
    "  %v1 = insertelement <4 x float> %v0, float %py, i32 1\n  %v = insertelement <4 x float> %v1, float %id, i32 2\n"
    "  %r0 = insertvalue <{ <4 x float>, <4 x float> }> undef, <4 x float> %p, 0\n"
    "  %r = insertvalue <{ <4 x float>, <4 x float> }> %r0, <4 x float> %v, 1\n  ret <{ <4 x float>, <4 x float> }> %r\n}\n"
    "!air.vertex = !{!0}\n!0 = !{ptr @place, !1, !4}\n!1 = !{!2, !3}\n"
    "!2 = !{!\"air.position\", !\"air.arg_type_name\", !\"float4\"}\n"
    "!3 = !{!\"air.vertex_output\", !\"user(value)\", !\"air.arg_type_name\", !\"float4\"}\n!4 = !{!5}\n"
    "!5 = !{i32 0, !\"air.vertex_id\", !\"air.arg_type_name\", !\"uint\"}\n";

#define TARGET "!{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"float4\"}\n"

static const char sample_id_fragment[] =
    "define <4 x float> @id(i32 %0) {\n  %f = uitofp i32 %0 to float\n"
    "  %r = insertelement <4 x float> <float 0.0, float 0.0, float 0.0, float 1.0>, float %f, i32 0\n  ret <4 x float> %r\n}\n"
    "!air.fragment = !{!0}\n!0 = !{ptr @id, !1, !3}\n!1 = !{!2}\n!2 = " TARGET "!3 = !{!4}\n"
    "!4 = !{i32 0, !\"air.sample_id\", !\"air.arg_type_name\", !\"uint\"}\n";

/* Writes 8, for the samples 1 and 2 only. */
static const char mask_out_fragment[] =
    "define <{ <4 x float>, i32 }> @mask() {\n"
    "  %r0 = insertvalue <{ <4 x float>, i32 }> undef, <4 x float> <float 8.0, float 0.0, float 0.0, float 1.0>, 0\n"
    "  %r = insertvalue <{ <4 x float>, i32 }> %r0, i32 6, 1\n  ret <{ <4 x float>, i32 }> %r\n}\n"
    "!air.fragment = !{!0}\n!0 = !{ptr @mask, !1, !4}\n!1 = !{!2, !3}\n!2 = " TARGET
    "!3 = !{!\"air.sample_mask\", !\"air.arg_type_name\", !\"uint\"}\n!4 = !{}\n";

static const char mask_in_fragment[] =
    "define <4 x float> @covered(i32 %0) {\n  %f = uitofp i32 %0 to float\n"
    "  %r = insertelement <4 x float> <float 0.0, float 0.0, float 0.0, float 1.0>, float %f, i32 0\n  ret <4 x float> %r\n}\n"
    "!air.fragment = !{!0}\n!0 = !{ptr @covered, !1, !3}\n!1 = !{!2}\n!2 = " TARGET "!3 = !{!4}\n"
    "!4 = !{i32 0, !\"air.sample_mask_in\", !\"air.arg_type_name\", !\"uint\"}\n";

/* Squares of the distance from pixel 2, so that the mean of the samples differs from the value at the centre. */
#define SQUARE(name, interpolation)                                                                                                \
    "define <4 x float> @" name "(<4 x float> %0) {\n"                                                                             \
    "  %d = fsub <4 x float> %0, <float 2.0, float 2.0, float 0.0, float 0.0>\n  %r = fmul <4 x float> %d, %d\n"                   \
    "  ret <4 x float> %r\n}\n"                                                                                                    \
    "!air.fragment = !{!0}\n!0 = !{ptr @" name ", !1, !3}\n!1 = !{!2}\n!2 = " TARGET "!3 = !{!4}\n"                                \
    "!4 = !{i32 0, !\"air.fragment_input\", !\"user(value)\", !\"" interpolation                                                   \
    "\", !\"air.perspective\", !\"air.arg_type_name\", !\"float4\"}\n"

static const char per_sample_fragment[] = SQUARE("per_sample", "air.sample"), centre_fragment[] = SQUARE("centre", "air.center");

/* {x at sample 2, y at offset (0.25, 0.75) from the corner, x at the centroid, y at the centre}. */
static const char pull_fragment[] =
    "define <4 x float> @pull(ptr addrspace(1) %0) {\n"
    "  %a = call <4 x float> @air.interpolate_sample_perspective.v4f32(ptr addrspace(1) %0, i32 2)\n"
    "  %b = call <4 x float> @air.interpolate_offset_perspective.v4f32(ptr addrspace(1) %0, <2 x float> <float 0.25, float 0.75>)\n"
    "  %c = call <4 x float> @air.interpolate_centroid_perspective.v4f32(ptr addrspace(1) %0)\n"
    "  %d = call <4 x float> @air.interpolate_center_perspective.v4f32(ptr addrspace(1) %0)\n"
    "  %e = shufflevector <4 x float> %a, <4 x float> %b, <4 x i32> <i32 0, i32 5, i32 undef, i32 undef>\n"
    "  %f = shufflevector <4 x float> %c, <4 x float> %d, <4 x i32> <i32 0, i32 5, i32 undef, i32 undef>\n"
    "  %r = shufflevector <4 x float> %e, <4 x float> %f, <4 x i32> <i32 0, i32 1, i32 4, i32 5>\n  ret <4 x float> %r\n}\n"
    "declare <4 x float> @air.interpolate_sample_perspective.v4f32(ptr addrspace(1), i32)\n"
    "declare <4 x float> @air.interpolate_offset_perspective.v4f32(ptr addrspace(1), <2 x float>)\n"
    "declare <4 x float> @air.interpolate_centroid_perspective.v4f32(ptr addrspace(1))\n"
    "declare <4 x float> @air.interpolate_center_perspective.v4f32(ptr addrspace(1))\n"
    "!air.fragment = !{!0}\n!0 = !{ptr @pull, !1, !3}\n!1 = !{!2}\n!2 = " TARGET "!3 = !{!4}\n"
    "!4 = !{i32 0, !\"air.fragment_input\", !\"user(value)\", !\"air.interpolation_function\", !\"air.perspective\", "
    "!\"air.arg_type_name\", !\"interpolant<float4>\"}\n";

/* The square of what is there, and one more. */
static const char fetch_fragment[] =
    "define <4 x float> @fetch(<4 x float> %0) {\n  %q = fmul <4 x float> %0, %0\n"
    "  %r = fadd <4 x float> %q, <float 1.0, float 1.0, float 1.0, float 0.0>\n  ret <4 x float> %r\n}\n"
    "!air.fragment = !{!0}\n!0 = !{ptr @fetch, !1, !3}\n!1 = !{!2}\n!2 = " TARGET "!3 = !{!4}\n"
    "!4 = !{i32 0, !\"air.render_target\", i32 0, !\"air.arg_type_name\", !\"float4\"}\n";

/* {barycentric y, x of vertex 1, id of vertex 2, barycentric x}. */
static const char vertices_fragment[] =
    "define <4 x float> @vertices(ptr addrspace(1) %0, <3 x float> %1) {\n"
    "  %a = call <4 x float> @air.get_vertex_value.v4f32(ptr addrspace(1) %0, i32 1)\n"
    "  %b = call <4 x float> @air.get_vertex_value.v4f32(ptr addrspace(1) %0, i32 2)\n"
    "  %x = extractelement <4 x float> %a, i32 0\n  %z = extractelement <4 x float> %b, i32 2\n"
    "  %u = extractelement <3 x float> %1, i32 0\n  %v = extractelement <3 x float> %1, i32 1\n"
    "  %r0 = insertelement <4 x float> undef, float %v, i32 0\n  %r1 = insertelement <4 x float> %r0, float %x, i32 1\n"
    "  %r2 = insertelement <4 x float> %r1, float %z, i32 2\n  %r = insertelement <4 x float> %r2, float %u, i32 3\n"
    "  ret <4 x float> %r\n}\n"
    "declare <4 x float> @air.get_vertex_value.v4f32(ptr addrspace(1), i32)\n"
    "!air.fragment = !{!0}\n!0 = !{ptr @vertices, !1, !3}\n!1 = !{!2}\n!2 = " TARGET "!3 = !{!4, !5}\n"
    "!4 = !{i32 0, !\"air.fragment_input\", !\"user(value)\", !\"air.vertex_value\", !\"air.arg_type_name\", "
    "!\"vertex_value<float4>\"}\n"
    "!5 = !{i32 1, !\"air.barycentric_coord\", !\"air.arg_type_name\", !\"float3\"}\n";

struct scene {
    struct stage s;
    struct pvg_guest_mem *pixels;
    uint32_t readback, multi, single, vertex;
    float px[SIZE * SIZE][4];
};

static uint32_t pipeline(struct scene *t, const char *fragment, uint32_t samples)
{
    struct pvg_w_render_pipeline p;

    stage_pipeline_init(&t->s, &p, t->vertex, stage_function(&t->s, fragment), STAGE_RGBA32F);
    p.sample_count = samples;
    return stage_pipeline(&t->s, &p);
}

/* Pass over the multisampled texture, resolved into the other one; `clear` in red. */
static void begin(struct scene *t, double clear)
{
    struct pvg_w_render_pass pass;

    pvg_w_render_pass_init(&pass);
    pass.color[0] = (struct pvg_w_attachment){
        .texture = t->multi, .resolve = t->single, .load_action = 2, .store_action = 2, .clear = {clear, 0, 0, 1}};
    stage_begin(&t->s);
    pvg_guest_cmd_segment(&t->s.cmd, PVG_W_SEG_RENDER);
    pvg_guest_cmd_pass(&t->s.cmd, &pass);
}

static void draw(struct scene *t, const char *fragment)
{
    pvg_guest_cmd_set_ref(&t->s.cmd, 0x74, pipeline(t, fragment, SAMPLES));
    stage_draw(&t->s, 3, 3, 1);
}

static void finish(struct scene *t, const char *what)
{
    struct pvg_stats before = stage_stats(&t->s), after;

    stage_copy_out(&t->s, t->single, 0, SIZE, SIZE, 16, t->readback);
    CHECK(stage_run(&t->s), "%s: %s", what, pvg_guest_error(t->s.g));
    after = stage_stats(&t->s);
    CHECK(after.records_refused == before.records_refused, "%s: records refused", what);
    pvg_guest_mem_read(t->pixels, 0, t->px, sizeof(t->px));
}

static void expect(const struct scene *t, const char *what, int x, int y, int component, double want)
{
    double have = t->px[y * SIZE + x][component];
    CHECK(fabs(have - want) < 2e-3, "%s: pixel %d,%d component %d is %g, not %g", what, x, y, component, have, want);
}

static double mean_square(int pixel, int axis)
{
    double sum = 0;

    for (int i = 0; i < SAMPLES; i++) {
        double d = pixel + (double)places[i][axis] / 16 - 2;
        sum += d * d;
    }
    return sum / SAMPLES;
}

static void run_all(struct scene *t)
{
    begin(t, 0);
    draw(t, sample_id_fragment);
    finish(t, "sample id");
    expect(t, "sample id", 3, 3, 0, 1.5);

    begin(t, 1);
    draw(t, mask_out_fragment);
    finish(t, "sample mask");
    expect(t, "sample mask", 3, 3, 0, 4.5);

    begin(t, 0);
    draw(t, mask_in_fragment);
    finish(t, "covered samples");
    /* Not on the diagonal, where a driver that clips the triangle may have an edge. */
    expect(t, "covered samples", 5, 2, 0, 15);

    begin(t, 0);
    draw(t, per_sample_fragment);
    finish(t, "per sample");
    for (int i = 0; i < SIZE; i++) {
        expect(t, "per sample x", i, 3, 0, mean_square(i, 0));
        expect(t, "per sample y", 3, i, 1, mean_square(i, 1));
    }

    begin(t, 0);
    draw(t, centre_fragment);
    finish(t, "centre");
    expect(t, "centre", 5, 3, 0, 3.5 * 3.5);

    begin(t, 0);
    draw(t, pull_fragment);
    finish(t, "pull model");
    expect(t, "at a sample", 5, 3, 0, 5 + (double)places[2][0] / 16);
    expect(t, "at an offset", 5, 3, 1, 3.75);
    expect(t, "at the centroid", 5, 3, 2, 5.5);
    expect(t, "at the centre", 5, 3, 3, 3.5);

    begin(t, 0);
    draw(t, sample_id_fragment);
    draw(t, fetch_fragment);
    finish(t, "framebuffer fetch");
    expect(t, "framebuffer fetch per sample", 3, 3, 0, (0 + 1 + 4 + 9) / 4.0 + 1);
    expect(t, "framebuffer fetch", 3, 3, 1, 1);
}

/* The same pipeline object reads attachments with one sample and with several. */
static void fetch_single(struct scene *t)
{
    uint32_t p = pipeline(t, fetch_fragment, 1), q = pipeline(t, sample_id_fragment, 1);

    stage_begin(&t->s);
    stage_pass(&t->s, t->single, 0);
    pvg_guest_cmd_set_ref(&t->s.cmd, 0x74, q);
    stage_draw(&t->s, 3, 3, 1);
    pvg_guest_cmd_set_ref(&t->s.cmd, 0x74, p);
    stage_draw(&t->s, 3, 3, 1);
    stage_draw(&t->s, 3, 3, 1);
    finish(t, "framebuffer fetch of one sample");
    expect(t, "framebuffer fetch twice", 3, 3, 1, 2);
}

/* Either right, or refused by name. */
static void vertices(struct scene *t)
{
    struct pvg_stats before = stage_stats(&t->s), after;

    stage_begin(&t->s);
    stage_pass(&t->s, t->single, 0);
    pvg_guest_cmd_set_ref(&t->s.cmd, 0x74, pipeline(t, vertices_fragment, 1));
    stage_draw(&t->s, 3, 3, 1);
    stage_copy_out(&t->s, t->single, 0, SIZE, SIZE, 16, t->readback);
    CHECK(stage_run(&t->s), "%s", pvg_guest_error(t->s.g));
    after = stage_stats(&t->s);
    if (after.draws_refused != before.draws_refused) {
        CHECK(vmm_logged(t->s.vm, "barycentrics"), "refused without a reason");
        return;
    }
    pvg_guest_mem_read(t->pixels, 0, t->px, sizeof(t->px));
    expect(t, "barycentric", 4, 2, 0, 4.5 / 16);
    expect(t, "value at vertex 1", 4, 2, 1, 16);
    expect(t, "value at vertex 2", 4, 2, 2, 2);
    expect(t, "barycentric", 4, 2, 3, 1 - 4.5 / 16 - 2.5 / 16);
}

/* Positions of the guest's choice, where the device has them and says so; refused by name elsewhere. */
static void positions(struct scene *t)
{
    const struct pvg_w_point chosen[SAMPLES] = {{0.0625f, 0.5f}, {0.25f, 0.75f}, {0.875f, 0.125f}, {0.5f, 0.9375f}};
    struct pvg_stats before = stage_stats(&t->s), after;
    double sum = 0;

    begin(t, 0);
    stage_record(&t->s, 0x20, (struct pvg_w_record){.count = SAMPLES, .entries = chosen});
    draw(t, per_sample_fragment);
    stage_copy_out(&t->s, t->single, 0, SIZE, SIZE, 16, t->readback);
    CHECK(stage_run(&t->s), "%s", pvg_guest_error(t->s.g));
    after = stage_stats(&t->s);
    /* The promise is for every sample count; a device may have positions for some. */
    bool promised = pvg_guest_device_info(t->s.g, 21), executed = after.records_refused == before.records_refused;
    CHECK(executed || !promised, "promise and execution differ");
    if (!executed) {
        CHECK(after.draws_refused == before.draws_refused + 1, "the draw at other positions was not refused");
        CHECK(vmm_logged(t->s.vm, "no programmable sample positions"), "refused without a reason");
        return;
    }
    pvg_guest_mem_read(t->pixels, 0, t->px, sizeof(t->px));
    for (int i = 0; i < SAMPLES; i++)
        sum += (4 + (double)chosen[i].x - 2) * (4 + (double)chosen[i].x - 2);
    expect(t, "chosen positions", 4, 2, 0, sum / SAMPLES);
}

int main(void)
{
    static struct scene t;

    if (!stage_open(&t.s))
        return 77;
    t.readback = stage_buffer(&t.s, NULL, sizeof(t.px), &t.pixels);
    t.vertex = stage_function(&t.s, position_vertex);
    t.multi = stage_texture(&t.s, PVG_W_TEX_2D_MS, STAGE_RGBA32F, SIZE, SIZE, 1, SAMPLES);
    t.single = stage_texture(&t.s, PVG_W_TEX_2D, STAGE_RGBA32F, SIZE, SIZE, 1, 1);
    run_all(&t);
    fetch_single(&t);
    vertices(&t);
    positions(&t);
    return stage_close(&t.s, check_failures);
}
