/* SPDX-License-Identifier: MIT */
/**
 * @file Samplers with coordinates in texels, bound and unbound between draws and dispatches: code that takes coordinates as they
 * are makes room for code that scales them (PVG_AIR_VARIANT_PIXEL_SAMPLERS), and back, in every stage.
 */
#include "tests/kit/kit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/vmm/check.h"

#define WIDTH   8u
#define HEIGHT  4u
#define BANDS   8u
#define SIZE    64u
#define RESULTS 10u

/* Where everything is sampled. In texels that is texel (2, 1); else, repeated, texel (4, 2). */
static const float at[2] = {2.56f, 1.6f};
enum { TEXELS = 10 + 1 * WIDTH + 2, NORMALIZED = 10 + 2 * WIDTH + 4 };

struct scene {
    struct kit *k;
    uint32_t image, depth, target, pixel, normal, pixel_compare, compare;
    struct kit_vertex quads[4 * BANDS];
    uint32_t vertices, used;
};

static uint32_t sampler(struct kit *k, bool pixels, uint8_t compare)
{
    struct pvg_w_sampler s;

    pvg_w_sampler_init(&s);
    s.ref = pvg_guest_ref(k->task);
    s.normalized = !pixels;
    s.compare = compare;
    memset(s.address, pixels ? 0 : 2, sizeof(s.address));
    CHECK(pvg_guest_sampler(k->task, 0, &s), "%s", pvg_guest_error(k->g));
    return s.ref;
}

static void init(struct scene *s, struct kit *k)
{
    uint8_t texels[HEIGHT][WIDTH][4];

    for (uint32_t y = 0; y < HEIGHT; y++)
        for (uint32_t x = 0; x < WIDTH; x++)
            memcpy(texels[y][x], (const uint8_t[4]){(uint8_t)(10 + y * WIDTH + x), 0, 0, 255}, 4);
    *s = (struct scene){
        .k = k,
        .image = kit_texture_2d(k, KIT_RGBA8, WIDTH, HEIGHT, PVG_W_USAGE_READ, texels),
        .target = kit_texture_2d(k, KIT_RGBA8, SIZE, SIZE, PVG_W_USAGE_READ | PVG_W_USAGE_RENDER_TARGET, NULL),
        .pixel = sampler(k, true, 0),
        .normal = sampler(k, false, 0),
        .pixel_compare = sampler(k, true, 1),
        .compare = sampler(k, false, 1),
        .vertices = kit_buffer(k, NULL, sizeof(s->quads)),
    };
}

static void begin(struct scene *s)
{
    const double clear[4] = {0, 0, 0, 1};

    s->used = 0;
    kit_begin(s->k);
    kit_pass(s->k, s->target, SIZE, SIZE, clear);
}

/** The next column of the target. */
static void band(struct scene *s)
{
    const float white[4] = {1, 1, 1, 1}, x = (float)s->used * 2 / BANDS - 1;
    struct kit_vertex *v = s->quads + 4 * (s->used % BANDS);

    kit_quad(v, x, 1, x + 2.0f / BANDS, -1, 0, white);
    for (int i = 0; i < 4; i++)
        memcpy(v[i].uv, at, sizeof(at));
    kit_bind1(s->k, KIT_VERTEX_BUFFERS, 0, s->vertices, 0);
    kit_draw(s->k, KIT_TRIANGLE_STRIP, 4 * s->used++, 4);
}

/** What the columns show in red and green. */
static void finish(struct scene *s, const char *what, const int (*want)[2])
{
    kit_write(s->k, s->vertices, 0, s->quads, sizeof(s->quads));
    CHECK(kit_run(s->k), "%s: refused", what);
    uint8_t(*px)[4] = kit_pixels(s->k, s->target, KIT_RGBA8, SIZE, SIZE);
    for (uint32_t i = 0; i < s->used; i++)
        for (int c = 0; c < 2; c++) {
            int got = px[SIZE / 2 * SIZE + SIZE / BANDS * i + SIZE / BANDS / 2][c];
            CHECK(abs(got - want[i][c]) <= 1, "%s: column %u, channel %d is %d, not %d", what, i, c, got, want[i][c]);
        }
    free(px);
}

/* ---- Draws ---- */

/** Samples at the vertices' coordinates, into green; the fragment function adds red. */
static const char vs_sample[] =
    "%V = type { <4 x float>, <4 x float>, <2 x float>, <2 x float> }\n"
    "%Out = type <{ <4 x float>, <4 x float>, <2 x float> }>\n"
    "declare { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i1, <2 x i32>, i1, "
    "float, float, i32)\n"
    "define %Out @vs_sample(ptr addrspace(1) %vertices, i32 %id, ptr addrspace(1) %texture, ptr addrspace(2) %sampler) {\n"
    "  %i = zext i32 %id to i64\n"
    "  %pp = getelementptr inbounds %V, ptr addrspace(1) %vertices, i64 %i, i32 0\n"
    "  %pu = getelementptr inbounds %V, ptr addrspace(1) %vertices, i64 %i, i32 2\n"
    "  %p = load <4 x float>, ptr addrspace(1) %pp, align 16\n"
    "  %u = load <2 x float>, ptr addrspace(1) %pu, align 8\n"
    "  %s = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %texture, ptr addrspace(2) %sampler, "
    "<2 x float> %u, i1 true, <2 x i32> zeroinitializer, i1 true, float 0.0, float 0.0, i32 0)\n"
    "  %texel = extractvalue { <4 x float>, i8 } %s, 0\n"
    "  %c = shufflevector <4 x float> %texel, <4 x float> <float 0.0, float 1.0, float 0.0, float 0.0>, "
    "<4 x i32> <i32 4, i32 0, i32 4, i32 5>\n"
    "  %o0 = insertvalue %Out undef, <4 x float> %p, 0\n"
    "  %o1 = insertvalue %Out %o0, <4 x float> %c, 1\n"
    "  %o2 = insertvalue %Out %o1, <2 x float> %u, 2\n"
    "  ret %Out %o2\n"
    "}\n"
    "!air.vertex = !{!0}\n"
    "!0 = !{ptr @vs_sample, !1, !2}\n"
    "!1 = !{!3, !4, !5}\n"
    "!2 = !{!6, !7, !8, !9}\n"
    "!3 = !{!\"air.position\", !\"air.arg_type_name\", !\"float4\", !\"air.arg_name\", !\"position\"}\n"
    "!4 = !{!\"air.vertex_output\", !\"user(color)\", !\"air.arg_type_name\", !\"float4\", !\"air.arg_name\", !\"color\"}\n"
    "!5 = !{!\"air.vertex_output\", !\"user(uv)\", !\"air.arg_type_name\", !\"float2\", !\"air.arg_name\", !\"uv\"}\n"
    "!6 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read\", !\"air.address_space\", i32 1, "
    "!\"air.arg_type_size\", i32 48, !\"air.arg_type_align_size\", i32 16, !\"air.arg_type_name\", !\"V\"}\n"
    "!7 = !{i32 1, !\"air.vertex_id\", !\"air.arg_type_name\", !\"uint\"}\n"
    "!8 = !{i32 2, !\"air.texture\", !\"air.location_index\", i32 1, i32 1, !\"air.sample\", !\"air.arg_type_name\", "
    "!\"texture2d<float, sample>\"}\n"
    "!9 = !{i32 3, !\"air.sampler\", !\"air.location_index\", i32 2, i32 1, !\"air.arg_type_name\", !\"sampler\"}\n";

/** As kit_fs_texture, added to the colour. */
static const char fs_sample[] =
    "declare { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i1, <2 x i32>, i1, "
    "float, float, i32)\n"
    "define <4 x float> @fs_sample(<4 x float> %color, <2 x float> %uv, ptr addrspace(1) %texture, ptr addrspace(2) %sampler) {\n"
    "  %s = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %texture, ptr addrspace(2) %sampler, "
    "<2 x float> %uv, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)\n"
    "  %texel = extractvalue { <4 x float>, i8 } %s, 0\n"
    "  %out = fadd <4 x float> %texel, %color\n"
    "  ret <4 x float> %out\n"
    "}\n"
    "!air.fragment = !{!0}\n"
    "!0 = !{ptr @fs_sample, !1, !2}\n"
    "!1 = !{!3}\n"
    "!2 = !{!5, !6, !7, !8}\n"
    "!3 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"float4\"}\n"
    "!5 = !{i32 0, !\"air.fragment_input\", !\"user(color)\", !\"air.center\", !\"air.perspective\", !\"air.arg_type_name\", "
    "!\"float4\", !\"air.arg_name\", !\"color\"}\n"
    "!6 = !{i32 1, !\"air.fragment_input\", !\"user(uv)\", !\"air.center\", !\"air.perspective\", !\"air.arg_type_name\", "
    "!\"float2\", !\"air.arg_name\", !\"uv\"}\n"
    "!7 = !{i32 2, !\"air.texture\", !\"air.location_index\", i32 0, i32 1, !\"air.sample\", !\"air.arg_type_name\", "
    "!\"texture2d<float, sample>\"}\n"
    "!8 = !{i32 3, !\"air.sampler\", !\"air.location_index\", i32 0, i32 1, !\"air.arg_type_name\", !\"sampler\"}\n";

static void test_fragment(struct scene *s)
{
    uint32_t pipeline = kit_simple_pipeline(s->k, kit_fs_texture, "fs_texture", KIT_RGBA8);
    uint32_t plain = kit_simple_pipeline(s->k, kit_fs_color, "fs_color", KIT_RGBA8);
    const uint32_t order[] = {s->normal, s->pixel, s->normal, s->pixel};

    begin(s);
    pvg_guest_cmd_set_ref(&s->k->c, KIT_SET_PIPELINE, pipeline);
    kit_bind1(s->k, KIT_FRAGMENT_TEXTURES, 0, s->image, 0);
    for (int i = 0; i < 4; i++) {
        kit_bind1(s->k, KIT_FRAGMENT_SAMPLERS, 0, order[i], 0);
        band(s);
    }
    /* Slots that the function does not sample through, and a pipeline without samplers in between. */
    kit_bind1(s->k, KIT_FRAGMENT_SAMPLERS, 5, s->pixel, 0);
    kit_bind1(s->k, KIT_VERTEX_SAMPLERS, 0, s->pixel, 0);
    kit_bind1(s->k, KIT_FRAGMENT_SAMPLERS, 0, s->normal, 0);
    band(s);
    pvg_guest_cmd_set_ref(&s->k->c, KIT_SET_PIPELINE, plain);
    kit_bind1(s->k, KIT_FRAGMENT_SAMPLERS, 0, s->pixel, 0);
    band(s);
    pvg_guest_cmd_set_ref(&s->k->c, KIT_SET_PIPELINE, pipeline);
    band(s);
    /* Nothing bound: the neutral sampler. */
    kit_bind1(s->k, KIT_FRAGMENT_SAMPLERS, 0, 0, 0);
    band(s);
    finish(s, "fragment functions",
           (const int[][2]){{NORMALIZED, 0},
                            {TEXELS, 0},
                            {NORMALIZED, 0},
                            {TEXELS, 0},
                            {NORMALIZED, 0},
                            {255, 255},
                            {TEXELS, 0},
                            {10 + WIDTH * HEIGHT - 1, 0}});

    /* The first draw of a pass, and nothing left of it in the next one. */
    begin(s);
    pvg_guest_cmd_set_ref(&s->k->c, KIT_SET_PIPELINE, pipeline);
    kit_bind1(s->k, KIT_FRAGMENT_TEXTURES, 0, s->image, 0);
    kit_bind1(s->k, KIT_FRAGMENT_SAMPLERS, 0, s->pixel, 0);
    band(s);
    finish(s, "first draw", (const int[][2]){{TEXELS, 0}});
    begin(s);
    pvg_guest_cmd_set_ref(&s->k->c, KIT_SET_PIPELINE, pipeline);
    kit_bind1(s->k, KIT_FRAGMENT_TEXTURES, 0, s->image, 0);
    kit_bind1(s->k, KIT_FRAGMENT_SAMPLERS, 0, s->normal, 0);
    band(s);
    finish(s, "next pass", (const int[][2]){{NORMALIZED, 0}});
}

/** Both stages sample, each with a sampler of its own. */
static void test_stages(struct scene *s)
{
    struct kit *k = s->k;
    struct pvg_w_render_pipeline p;
    int want[BANDS][2];

    kit_pipeline_init(k, &p, kit_function(k, vs_sample, "vs_sample"), kit_function(k, fs_sample, "fs_sample"), KIT_RGBA8);
    begin(s);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, kit_render_pipeline(k, &p));
    kit_bind1(k, KIT_FRAGMENT_TEXTURES, 0, s->image, 0);
    kit_bind1(k, KIT_VERTEX_TEXTURES, 1, s->image, 0);
    for (int i = 0; i < 6; i++) {
        bool first = i & 1, second = (i + 1) & 2;
        kit_bind1(k, KIT_VERTEX_SAMPLERS, 2, first ? s->pixel : s->normal, 0);
        kit_bind1(k, KIT_FRAGMENT_SAMPLERS, 0, second ? s->pixel : s->normal, 0);
        band(s);
        want[i][0] = second ? TEXELS : NORMALIZED;
        want[i][1] = first ? TEXELS : NORMALIZED;
    }
    finish(s, "both stages", (const int(*)[2])want);
}

/* ---- Dispatches ---- */

#define SAMPLE(name, texture, sampler)                                                                                             \
    "  %" name " = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) " texture ", ptr addrspace(2) " sampler  \
    ", <2 x float> %uv, i1 true, <2 x i32> zeroinitializer, i1 true, float 0.0, float 0.0, i32 0)\n"
#define KEEP(name, index)                                                                                                          \
    "  %v" name " = extractvalue { <4 x float>, i8 } %" name ", 0\n"                                                               \
    "  %f" name " = extractelement <4 x float> %v" name ", i32 0\n"                                                                \
    "  %p" name " = getelementptr inbounds float, ptr addrspace(1) %out, i64 " index "\n"                                          \
    "  store float %f" name ", ptr addrspace(1) %p" name ", align 4\n"

/** Samples through a sampler, an array of two, one that is declared (in texels, nearest, to the edge), and choices among them. */
static const char cs_sample[] =
    "@__air_sampler_state = internal addrspace(2) constant i64 -9223372036854218752\n"
    "declare { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i1, <2 x i32>, i1, "
    "float, float, i32)\n"
    "declare { <4 x float>, i8 } @air.gather_texture_2d.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i1, <2 x i32>, i32, "
    "i32)\n"
    "declare { float, i8 } @air.sample_compare_depth_2d.f32(ptr addrspace(1), ptr addrspace(2), i32, <2 x float>, float, i1, "
    "<2 x i32>, i1, float, float, i32)\n"
    "define void @cs_sample(ptr addrspace(1) %t, ptr addrspace(1) %d, ptr addrspace(2) %own, [2 x ptr addrspace(2)] %two, "
    "ptr addrspace(2) %cmp, ptr addrspace(1) %out, ptr addrspace(2) %in) {\n"
    "  %uv = load <2 x float>, ptr addrspace(2) %in, align 8\n"
    "  %pc = getelementptr inbounds i32, ptr addrspace(2) %in, i64 2\n"
    "  %c = load i32, ptr addrspace(2) %pc, align 4\n"
    "  %first = icmp eq i32 %c, 0\n"
    "  %s0 = extractvalue [2 x ptr addrspace(2)] %two, 0\n"
    "  %s1 = extractvalue [2 x ptr addrspace(2)] %two, 1\n"
    "  %any = select i1 %first, ptr addrspace(2) %s0, ptr addrspace(2) %s1\n"
    "  %mixed = select i1 %first, ptr addrspace(2) %own, ptr addrspace(2) @__air_sampler_state\n" SAMPLE("a", "%t", "%own") KEEP(
        "a", "0") SAMPLE("b", "%t", "%s0") KEEP("b", "1") SAMPLE("c1", "%t", "%s1") KEEP("c1", "2") SAMPLE("d1", "%t",
                                                                                                           "@__air_sampler_state")
        KEEP("d1", "3") SAMPLE("e", "%t", "%any") KEEP("e", "4") SAMPLE("f", "%t", "%mixed") KEEP(
            "f",
            "5") "  %g = call { <4 x float>, i8 } @air.gather_texture_2d.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %own, <2 x "
                 "float> %uv, "
                 "i1 true, <2 x i32> zeroinitializer, i32 0, i32 0)\n" KEEP(
                     "g",
                     "6") "  %h = call { float, i8 } @air.sample_compare_depth_2d.f32(ptr addrspace(1) %d, ptr addrspace(2) %cmp, "
                          "i32 1, "
                          "<2 x float> %uv, float 0.5, i1 true, <2 x i32> zeroinitializer, i1 true, float 0.0, float 0.0, i32 0)\n"
                          "  %fh = extractvalue { float, i8 } %h, 0\n"
                          "  %ph = getelementptr inbounds float, ptr addrspace(1) %out, i64 7\n"
                          "  store float %fh, ptr addrspace(1) %ph, align 4\n"
                          "  ret void\n"
                          "}\n"
                          "!air.kernel = !{!0}\n"
                          "!0 = !{ptr @cs_sample, !1, !2}\n"
                          "!1 = !{}\n"
                          "!2 = !{!3, !4, !5, !6, !7, !8, !9}\n"
                          "!3 = !{i32 0, !\"air.texture\", !\"air.location_index\", i32 0, i32 1, !\"air.sample\", "
                          "!\"air.arg_type_name\", "
                          "!\"texture2d<float, sample>\"}\n"
                          "!4 = !{i32 1, !\"air.texture\", !\"air.location_index\", i32 1, i32 1, !\"air.sample\", "
                          "!\"air.arg_type_name\", "
                          "!\"depth2d<float, sample>\"}\n"
                          "!5 = !{i32 2, !\"air.sampler\", !\"air.location_index\", i32 0, i32 1, !\"air.arg_type_name\", "
                          "!\"sampler\"}\n"
                          "!6 = !{i32 3, !\"air.sampler\", !\"air.location_index\", i32 3, i32 2, !\"air.arg_type_name\", "
                          "!\"array<sampler, 2>\"}\n"
                          "!7 = !{i32 4, !\"air.sampler\", !\"air.location_index\", i32 7, i32 1, !\"air.arg_type_name\", "
                          "!\"sampler\"}\n"
                          "!8 = !{i32 5, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", "
                          "!\"air.address_space\", i32 1, "
                          "!\"air.arg_type_size\", i32 4, !\"air.arg_type_align_size\", i32 4, !\"air.arg_type_name\", "
                          "!\"float\"}\n"
                          "!9 = !{i32 6, !\"air.buffer\", !\"air.buffer_size\", i32 16, !\"air.location_index\", i32 1, i32 1, "
                          "!\"air.read\", "
                          "!\"air.address_space\", i32 2, !\"air.arg_type_size\", i32 16, !\"air.arg_type_align_size\", i32 16, "
                          "!\"air.arg_type_name\", "
                          "!\"float4\"}\n"
                          "!air.sampler_states = !{!10}\n"
                          "!10 = !{!\"air.sampler_state\", ptr addrspace(2) @__air_sampler_state}\n";

/** Left of the middle nearer than 0.5, right of it farther. */
static uint32_t depth_image(struct scene *s)
{
    struct kit *k = s->k;
    struct pvg_w_texture_desc d = pvg_guest_desc_2d(KIT_DEPTH32, WIDTH, HEIGHT, PVG_W_USAGE_READ | PVG_W_USAGE_RENDER_TARGET);
    struct pvg_w_render_pipeline p;
    struct pvg_w_render_pass pass;
    struct kit_vertex v[8];
    const float white[4] = {1, 1, 1, 1};

    d.options = PVG_W_STORAGE_PRIVATE << 4;
    pvg_w_render_pass_init(&pass);
    pass.depth = (struct pvg_w_attachment){.texture = kit_texture(k, &d, 4), .load_action = 2, .store_action = 1, .clear = {1}};
    pass.width = WIDTH;
    pass.height = HEIGHT;
    kit_quad(v, -1, 1, 0, -1, 0.25f, white);
    kit_quad(v + 4, 0, 1, 1, -1, 0.75f, white);
    kit_pipeline_init(k, &p, kit_function(k, kit_vs_color, "vs_color"), 0, 0);
    p.depth_format = KIT_DEPTH32;
    kit_begin(k);
    kit_pass_desc(k, &pass);
    pvg_guest_cmd_viewport(&k->c, WIDTH, HEIGHT);
    pvg_guest_cmd_scissor(&k->c, 0, 0, WIDTH, HEIGHT);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, kit_render_pipeline(k, &p));
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_DEPTH_STENCIL, kit_depth_state(k, 7, true));
    kit_bind1(k, KIT_VERTEX_BUFFERS, 0, kit_buffer(k, v, sizeof(v)), 0);
    kit_draw(k, KIT_TRIANGLE_STRIP, 0, 4);
    kit_draw(k, KIT_TRIANGLE_STRIP, 4, 4);
    CHECK(kit_run(k), "depth image");
    return pass.depth.texture;
}

/** All samplers of one dispatch: bit 0 the own one, 1 and 2 the array's, 3 the comparing one; bit 4: the choices take the second.
 */
static void test_kernel(struct scene *s)
{
    struct kit *k = s->k;
    enum { CASES = 32 };
    uint32_t depth = depth_image(s), pipeline = kit_compute_pipeline(k, kit_function(k, cs_sample, "cs_sample"));
    uint32_t outs[CASES];
    const uint64_t one[3] = {1, 1, 1};

    kit_begin(k);
    pvg_guest_cmd_segment(&k->c, PVG_W_SEG_COMPUTE);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_COMPUTE_PIPELINE, pipeline);
    kit_bind1(k, KIT_COMPUTE_TEXTURES, 0, s->image, 0);
    kit_bind1(k, KIT_COMPUTE_TEXTURES, 1, depth, 0);
    for (uint32_t i = 0; i < CASES; i++) {
        const uint32_t n = i * 11 % CASES; /* Not in order, so that neighbours differ in many samplers. */
        struct {
            float uv[2];
            uint32_t second, pad;
        } in = {{at[0], at[1]}, n >> 4, 0};
        outs[n] = kit_buffer(k, NULL, RESULTS * 4);
        kit_bind1(k, KIT_COMPUTE_BUFFERS, 0, outs[n], 0);
        kit_bind1(k, KIT_COMPUTE_BUFFERS, 1, kit_buffer(k, &in, sizeof(in)), 0);
        kit_bind1(k, KIT_COMPUTE_SAMPLERS, 0, n & 1 ? s->pixel : s->normal, 0);
        kit_bind1(k, KIT_COMPUTE_SAMPLERS, 3, n & 2 ? s->pixel : s->normal, 0);
        kit_bind1(k, KIT_COMPUTE_SAMPLERS, 4, n & 4 ? s->pixel : s->normal, 0);
        kit_bind1(k, KIT_COMPUTE_SAMPLERS, 7, n & 8 ? s->pixel_compare : s->compare, 0);
        pvg_guest_cmd_dispatch(&k->c, one, one);
    }
    CHECK(kit_run(k), "dispatches");
    for (uint32_t n = 0; n < CASES; n++) {
        float got[RESULTS];
        kit_read(k, outs[n], 0, got, sizeof(got));
        const bool choice = n >> 4 ? n & 4 : n & 2, mixed = n >> 4 || n & 1;
        const double want[] = {
            n & 1 ? TEXELS : NORMALIZED,
            n & 2 ? TEXELS : NORMALIZED,
            n & 4 ? TEXELS : NORMALIZED,
            TEXELS,
            choice ? TEXELS : NORMALIZED,
            mixed ? TEXELS : NORMALIZED,
            /* Of a gather the lower left of four texels comes first. */
            n & 1 ? 10 + 2 * WIDTH + 2 : 10 + 2 * WIDTH + 3,
            n & 8 ? 0 : 255,
        };
        for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
            CHECK(fabs(got[i] * 255 - want[i]) < 0.01, "kernel, samplers %u, result %zu: %g, not %g", n, i, got[i] * 255, want[i]);
    }
}

static unsigned all(struct kit *k)
{
    struct scene s;

    init(&s, k);
    test_fragment(&s);
    test_stages(&s);
    test_kernel(&s);
    return check_failures;
}

int main(void)
{
    return kit_main(all);
}
