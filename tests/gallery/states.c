/* SPDX-License-Identifier: MIT */
/** @file Scenes of pipeline and encoder state: rasterizer, depth, stencil, blending, targets. */
#include "tests/gallery/gallery.h"

#include <string.h>

#define RENDER (PVG_W_USAGE_READ | PVG_W_USAGE_RENDER_TARGET)

static uint32_t colored(struct kit *k)
{
    return kit_simple_pipeline(k, kit_fs_color, "fs_color", KIT_RGBA8);
}

/** Pipeline of interpolated colours with depth and stencil formats of `combined`. */
static uint32_t depth_pipeline(struct kit *k, uint16_t depth, uint16_t stencil)
{
    struct pvg_w_render_pipeline p;

    kit_pipeline_init(k, &p, kit_function(k, kit_vs_color, "vs_color"), kit_function(k, kit_fs_color, "fs_color"), KIT_RGBA8);
    p.depth_format = depth;
    p.stencil_format = stencil;
    return kit_render_pipeline(k, &p);
}

static uint32_t private_target(struct kit *k, uint16_t format)
{
    struct pvg_w_texture_desc d = pvg_guest_desc_2d(format, GALLERY_SIZE, GALLERY_SIZE, RENDER);

    d.options = PVG_W_STORAGE_PRIVATE << 4;
    return kit_texture(k, &d, format == KIT_DEPTH32_STENCIL8 ? 8 : kit_texel_size(format));
}

static void set_value(struct kit *k, uint32_t opcode, uint64_t value)
{
    pvg_guest_cmd_set_value(&k->c, opcode, value);
}

static void viewport(struct kit *k, double x, double y, double w, double h)
{
    const struct pvg_w_viewport v = {.x = x, .y = y, .width = w, .height = h, .zfar = 1};
    const struct pvg_w_record r = {.count = 1, .entries = &v};

    kit_record(k, 0x82, &r);
}

/** Both windings of a triangle under the four combinations of cull mode and front face. */
static bool cull(struct kit *k, uint32_t target)
{
    const struct kit_vertex v[6] = {
        {.position = {-0.9f, -0.8f, 0, 1}, .color = {1, 0.3f, 0.2f, 1}},
        {.position = {-0.1f, -0.8f, 0, 1}, .color = {1, 0.3f, 0.2f, 1}},
        {.position = {-0.5f, 0.8f, 0, 1}, .color = {1, 0.9f, 0.2f, 1}},
        {.position = {0.1f, -0.8f, 0, 1}, .color = {0.2f, 0.3f, 1, 1}},
        {.position = {0.5f, 0.8f, 0, 1}, .color = {0.2f, 0.9f, 1, 1}},
        {.position = {0.9f, -0.8f, 0, 1}, .color = {0.2f, 0.3f, 1, 1}},
    };

    gallery_begin(k, target, colored(k), kit_buffer(k, v, sizeof(v)));
    for (uint32_t i = 0; i < 4; i++) {
        viewport(k, i & 1 ? 64 : 0, i & 2 ? 64 : 0, 64, 64);
        set_value(k, 0x6b, 1 + (i & 1));
        set_value(k, 0x73, i >> 1);
        kit_draw(k, KIT_TRIANGLE, 0, 6);
    }
    return kit_run(k);
}

static bool wireframe(struct kit *k, uint32_t target)
{
    gallery_begin(k, target, colored(k), gallery_triangle(k, 0.85f, 0));
    set_value(k, 0x7c, 1);
    kit_draw(k, KIT_TRIANGLE, 0, 3);
    set_value(k, 0x7c, 0);
    gallery_draw_quad(k, gallery_quad(k, -0.3f, -0.2f, 0.3f, -0.6f, 0, 0.9f, 0.9f, 0.9f, 1));
    return kit_run(k);
}

static bool scissors(struct kit *k, uint32_t target)
{
    struct pvg_w_scissor s = {.x = 8, .y = 8, .width = 50, .height = 112};
    const struct pvg_w_record one = {.count = 1, .entries = &s};

    gallery_begin(k, target, colored(k), gallery_triangle(k, 1, 0));
    kit_record(k, 0x75, &one);
    kit_draw(k, KIT_TRIANGLE, 0, 3);
    s = (struct pvg_w_scissor){.x = 70, .y = 40, .width = 40, .height = 60};
    kit_record(k, 0x76, &one);
    kit_draw(k, KIT_TRIANGLE, 0, 3);
    return kit_run(k);
}

static bool viewports(struct kit *k, uint32_t target)
{
    const struct pvg_w_viewport v = {.x = 70, .y = 66, .width = 50, .height = 56, .zfar = 1};
    const struct pvg_w_record r = {.count = 1, .entries = &v};

    gallery_begin(k, target, colored(k), gallery_triangle(k, 1, 0));
    viewport(k, 4, 4, 56, 120);
    kit_draw(k, KIT_TRIANGLE, 0, 3);
    viewport(k, 70, 4, 90, 50);
    kit_draw(k, KIT_TRIANGLE, 0, 3);
    kit_record(k, 0x83, &r);
    kit_draw(k, KIT_TRIANGLE, 0, 3);
    return kit_run(k);
}

static void depth_pass(struct kit *k, uint32_t target, uint32_t depth, uint32_t stencil, uint32_t pipeline)
{
    struct pvg_w_render_pass pass;

    pvg_w_render_pass_init(&pass);
    pass.color[0].texture = target;
    pass.color[0].load_action = 2;
    pass.color[0].store_action = 1;
    pass.color[0].clear[2] = 0.2;
    pass.color[0].clear[3] = 1;
    pass.depth.texture = depth;
    pass.depth.load_action = 2;
    pass.depth.clear[0] = 1;
    pass.stencil.texture = stencil;
    pass.stencil.load_action = stencil ? 2 : 0;
    pass.width = pass.height = GALLERY_SIZE;
    kit_begin(k);
    kit_pass_desc(k, &pass);
    pvg_guest_cmd_viewport(&k->c, GALLERY_SIZE, GALLERY_SIZE);
    pvg_guest_cmd_scissor(&k->c, 0, 0, GALLERY_SIZE, GALLERY_SIZE);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, pipeline);
}

/** Two triangles that pass through each other. */
static bool depth_test(struct kit *k, uint32_t target)
{
    const struct kit_vertex v[6] = {
        {.position = {-0.9f, -0.7f, 0.1f, 1}, .color = {1, 0.4f, 0.1f, 1}},
        {.position = {0.9f, -0.7f, 0.9f, 1}, .color = {1, 0.4f, 0.1f, 1}},
        {.position = {0, 0.9f, 0.5f, 1}, .color = {1, 0.8f, 0.1f, 1}},
        {.position = {-0.9f, 0.7f, 0.9f, 1}, .color = {0.1f, 0.5f, 1, 1}},
        {.position = {0.9f, 0.7f, 0.1f, 1}, .color = {0.1f, 0.5f, 1, 1}},
        {.position = {0, -0.9f, 0.5f, 1}, .color = {0.1f, 0.9f, 1, 1}},
    };

    depth_pass(k, target, private_target(k, KIT_DEPTH32), 0, depth_pipeline(k, KIT_DEPTH32, 0));
    kit_bind1(k, KIT_VERTEX_BUFFERS, 0, kit_buffer(k, v, sizeof(v)), 0);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_DEPTH_STENCIL, kit_depth_state(k, 1, true));
    kit_draw(k, KIT_TRIANGLE, 0, 6);
    return kit_run(k);
}

/** A coplanar quad wins where its bias pulls it forward. */
static bool depth_bias(struct kit *k, uint32_t target)
{
    struct pvg_w_record bias = {.depth_bias = {.bias = -64, .slope = -1, .clamp = 0}};

    depth_pass(k, target, private_target(k, KIT_DEPTH32), 0, depth_pipeline(k, KIT_DEPTH32, 0));
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_DEPTH_STENCIL, kit_depth_state(k, 1, true));
    gallery_draw_quad(k, gallery_quad(k, -0.9f, 0.9f, 0.9f, -0.9f, 0.5f, 0.3f, 0.3f, 0.35f, 1));
    gallery_draw_quad(k, gallery_quad(k, -0.7f, 0.7f, 0, -0.7f, 0.5f, 1, 0.2f, 0.2f, 1));
    kit_record(k, 0x6c, &bias);
    gallery_draw_quad(k, gallery_quad(k, 0, 0.7f, 0.7f, -0.7f, 0.5f, 0.2f, 1, 0.2f, 1));
    return kit_run(k);
}

/** Parts beyond the far plane are cut off on the left and clamped on the right. */
static bool depth_clip(struct kit *k, uint32_t target)
{
    struct kit_vertex v[3] = {{.position = {-1, -0.8f, -0.6f, 1}, .color = {1, 0.5f, 0, 1}},
                              {.position = {1, -0.8f, 0.5f, 1}, .color = {0.6f, 1, 0, 1}},
                              {.position = {0, 0.8f, 1.6f, 1}, .color = {0, 0.5f, 1, 1}}};
    uint32_t vertices = kit_buffer(k, v, sizeof(v));

    depth_pass(k, target, private_target(k, KIT_DEPTH32), 0, depth_pipeline(k, KIT_DEPTH32, 0));
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_DEPTH_STENCIL, kit_depth_state(k, 7, false));
    kit_bind1(k, KIT_VERTEX_BUFFERS, 0, vertices, 0);
    for (uint32_t clamp = 0; clamp < 2; clamp++) {
        viewport(k, clamp * 64, 0, 64, 128);
        set_value(k, 0x6d, clamp);
        kit_draw(k, KIT_TRIANGLE, 0, 3);
    }
    return kit_run(k);
}

static uint32_t stencil_state(struct kit *k, const struct pvg_w_stencil_face *front, const struct pvg_w_stencil_face *back)
{
    struct pvg_w_depth_stencil d;

    pvg_w_depth_stencil_init(&d);
    d.ref = pvg_guest_ref(k->task);
    d.front = *front;
    d.back = *back;
    if (!pvg_guest_depth_stencil(k->task, 0, &d))
        return 0;
    return d.ref;
}

/** A triangle written into the stencil; a quad drawn where it is, another where it is not. */
static bool stencil_mask(struct kit *k, uint32_t target)
{
    const struct pvg_w_stencil_face write = {.compare = 7, .pass = 2, .read_mask = 0xff, .write_mask = 0xff};
    const struct pvg_w_stencil_face equal = {.compare = 2, .read_mask = 0xff}, other = {.compare = 5, .read_mask = 0xff};
    struct pvg_w_record reference = {.stencil_reference = {.front = 3, .back = 3}};
    uint32_t ds = private_target(k, KIT_DEPTH32_STENCIL8);

    depth_pass(k, target, ds, ds, depth_pipeline(k, KIT_DEPTH32_STENCIL8, KIT_DEPTH32_STENCIL8));
    kit_record(k, 0x77, &reference);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_DEPTH_STENCIL, stencil_state(k, &write, &write));
    kit_bind1(k, KIT_VERTEX_BUFFERS, 0, gallery_triangle(k, 0.9f, 0.5f), 0);
    kit_draw(k, KIT_TRIANGLE, 0, 3);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_DEPTH_STENCIL, stencil_state(k, &equal, &equal));
    gallery_draw_quad(k, gallery_quad(k, -1, 0.1f, 1, -0.3f, 0.5f, 1, 1, 1, 1));
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_DEPTH_STENCIL, stencil_state(k, &other, &other));
    gallery_draw_quad(k, gallery_quad(k, -1, 0.7f, 1, 0.4f, 0.5f, 1, 0.6f, 0, 1));
    return kit_run(k);
}

/** Front faces count up, back faces are set to their own reference; colours where 1 and where 7. */
static bool stencil_faces(struct kit *k, uint32_t target)
{
    const struct pvg_w_stencil_face up = {.compare = 7, .pass = 3, .read_mask = 0xff, .write_mask = 0xff};
    const struct pvg_w_stencil_face set = {.compare = 7, .pass = 2, .read_mask = 0xff, .write_mask = 0xff};
    const struct pvg_w_stencil_face equal = {.compare = 2, .read_mask = 0xff};
    struct pvg_w_record reference = {.stencil_reference = {.front = 1, .back = 7}};
    uint32_t ds = private_target(k, KIT_DEPTH32_STENCIL8);
    const struct kit_vertex v[6] = {
        {.position = {-0.9f, -0.8f, 0, 1}}, {.position = {-0.5f, 0.8f, 0, 1}}, {.position = {-0.1f, -0.8f, 0, 1}},
        {.position = {0.1f, -0.8f, 0, 1}},  {.position = {0.9f, -0.8f, 0, 1}}, {.position = {0.5f, 0.8f, 0, 1}},
    };

    depth_pass(k, target, ds, ds, depth_pipeline(k, KIT_DEPTH32_STENCIL8, KIT_DEPTH32_STENCIL8));
    kit_record(k, 0x77, &reference);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_DEPTH_STENCIL, stencil_state(k, &up, &set));
    kit_bind1(k, KIT_VERTEX_BUFFERS, 0, kit_buffer(k, v, sizeof(v)), 0);
    kit_draw(k, KIT_TRIANGLE, 0, 6);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_DEPTH_STENCIL, stencil_state(k, &equal, &equal));
    uint32_t yellow = gallery_quad(k, -1, 1, 1, -1, 0.5f, 1, 0.9f, 0.2f, 1),
             cyan = gallery_quad(k, -1, 1, 1, -1, 0.5f, 0.1f, 0.9f, 0.9f, 1);
    gallery_draw_quad(k, yellow);
    reference.stencil_reference.front = 7;
    kit_record(k, 0x77, &reference);
    gallery_draw_quad(k, cyan);
    return kit_run(k);
}

/** Sixteen pairs of source and destination factors. */
static bool blend_modes(struct kit *k, uint32_t target)
{
    static const uint8_t factors[16][2] = {{1, 0}, {1, 1}, {4, 5}, {1, 5},  {6, 0}, {0, 2}, {7, 0}, {8, 1},
                                           {9, 4}, {3, 3}, {5, 4}, {10, 1}, {2, 6}, {1, 3}, {4, 1}, {6, 2}};
    uint32_t vs = kit_function(k, kit_vs_color, "vs_color"), fs = kit_function(k, kit_fs_color, "fs_color");
    uint32_t under = gallery_quad(k, -1, 0.6f, 1, -0.6f, 0, 0.2f, 0.5f, 0.9f, 0.7f);
    uint32_t over = gallery_quad(k, -0.6f, 1, 0.6f, -1, 0, 0.9f, 0.4f, 0.1f, 0.5f), plain = colored(k), pipelines[16];

    for (uint32_t i = 0; i < 16; i++) {
        struct pvg_w_render_pipeline p;
        kit_pipeline_init(k, &p, vs, fs, KIT_RGBA8);
        p.color[0].blend = true;
        p.color[0].source_rgb = p.color[0].source_alpha = factors[i][0];
        p.color[0].destination_rgb = p.color[0].destination_alpha = factors[i][1];
        pipelines[i] = kit_render_pipeline(k, &p);
    }
    gallery_begin(k, target, plain, under);
    for (uint32_t i = 0; i < 16; i++) {
        viewport(k, i % 4 * 32 + 2, i / 4 * 32 + 2, 28, 28);
        pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, plain);
        gallery_draw_quad(k, under);
        pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, pipelines[i]);
        gallery_draw_quad(k, over);
    }
    return kit_run(k);
}

/** add, subtract, reverse subtract, min, max; different for alpha. */
static bool blend_operations(struct kit *k, uint32_t target)
{
    uint32_t vs = kit_function(k, kit_vs_color, "vs_color"), fs = kit_function(k, kit_fs_color, "fs_color");
    uint32_t under = gallery_quad(k, -1, 0.6f, 1, -0.6f, 0, 0.3f, 0.5f, 0.7f, 0.8f);
    uint32_t over = gallery_quad(k, -0.6f, 1, 0.6f, -1, 0, 0.6f, 0.4f, 0.2f, 0.6f), plain = colored(k), pipelines[5];

    for (uint8_t i = 0; i < 5; i++) {
        struct pvg_w_render_pipeline p;
        kit_pipeline_init(k, &p, vs, fs, KIT_RGBA8);
        p.color[0].blend = true;
        p.color[0].source_rgb = p.color[0].destination_rgb = 1;
        p.color[0].source_alpha = p.color[0].destination_alpha = 1;
        p.color[0].operation_rgb = i;
        p.color[0].operation_alpha = (uint8_t)(4 - i);
        pipelines[i] = kit_render_pipeline(k, &p);
    }
    gallery_begin(k, target, plain, under);
    for (uint32_t i = 0; i < 5; i++) {
        viewport(k, i % 3 * 42 + 2, i / 3 * 62 + 2, 38, 58);
        pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, plain);
        gallery_draw_quad(k, under);
        pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, pipelines[i]);
        gallery_draw_quad(k, over);
    }
    return kit_run(k);
}

static bool blend_color(struct kit *k, uint32_t target)
{
    struct pvg_w_record color = {.blend_color = {1, 0.5f, 0.25f, 1}};
    struct pvg_w_render_pipeline p;

    kit_pipeline_init(k, &p, kit_function(k, kit_vs_color, "vs_color"), kit_function(k, kit_fs_color, "fs_color"), KIT_RGBA8);
    p.color[0].blend = true;
    p.color[0].source_rgb = 11;
    p.color[0].destination_rgb = 12;
    gallery_begin(k, target, kit_render_pipeline(k, &p), 0);
    kit_record(k, 0x65, &color);
    gallery_draw_quad(k, gallery_quad(k, -0.9f, 0.8f, 0, -0.8f, 0, 1, 1, 1, 1));
    color.blend_color[0] = 0.1f;
    color.blend_color[2] = 0.9f;
    kit_record(k, 0x65, &color);
    gallery_draw_quad(k, gallery_quad(k, 0, 0.8f, 0.9f, -0.8f, 0, 1, 1, 1, 1));
    return kit_run(k);
}

static bool write_mask(struct kit *k, uint32_t target)
{
    uint32_t vs = kit_function(k, kit_vs_color, "vs_color"), fs = kit_function(k, kit_fs_color, "fs_color"), pipelines[16];
    uint32_t white = gallery_quad(k, -1, 1, 1, -1, 0, 1, 1, 1, 0.5f);

    for (uint8_t mask = 0; mask < 16; mask++) {
        struct pvg_w_render_pipeline p;
        kit_pipeline_init(k, &p, vs, fs, KIT_RGBA8);
        p.color[0].write_mask = mask;
        pipelines[mask] = kit_render_pipeline(k, &p);
    }
    gallery_begin(k, target, pipelines[0], white);
    for (uint32_t mask = 0; mask < 16; mask++) {
        viewport(k, mask % 4 * 32 + 2, mask / 4 * 32 + 2, 28, 28);
        pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, pipelines[mask]);
        kit_draw(k, KIT_TRIANGLE_STRIP, 0, 4);
    }
    return kit_run(k);
}

/* Colour times itself as the second source. */
static const char fs_dual[] =
    "%Out = type { <4 x float>, <4 x float> }\n"
    "define %Out @fs_dual(<4 x float> %color, <2 x float> %uv) {\n"
    "  %u = extractelement <2 x float> %uv, i32 0\n"
    "  %s0 = insertelement <4 x float> poison, float %u, i32 0\n"
    "  %s = shufflevector <4 x float> %s0, <4 x float> poison, <4 x i32> zeroinitializer\n"
    "  %o0 = insertvalue %Out undef, <4 x float> %color, 0\n"
    "  %o1 = insertvalue %Out %o0, <4 x float> %s, 1\n"
    "  ret %Out %o1\n"
    "}\n"
    "!air.fragment = !{!0}\n"
    "!0 = !{ptr @fs_dual, !1, !2}\n"
    "!1 = !{!3, !4}\n"
    "!2 = !{!5, !6}\n"
    "!3 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"float4\"}\n"
    "!4 = !{!\"air.render_target\", i32 0, i32 1, !\"air.arg_type_name\", !\"float4\"}\n"
    "!5 = !{i32 0, !\"air.fragment_input\", !\"user(color)\", !\"air.center\", !\"air.perspective\", !\"air.arg_type_name\", "
    "!\"float4\", !\"air.arg_name\", !\"color\"}\n"
    "!6 = !{i32 1, !\"air.fragment_input\", !\"user(uv)\", !\"air.center\", !\"air.perspective\", !\"air.arg_type_name\", "
    "!\"float2\", !\"air.arg_name\", !\"uv\"}\n";

static bool dual_source(struct kit *k, uint32_t target)
{
    struct pvg_w_render_pipeline p;

    kit_pipeline_init(k, &p, kit_function(k, kit_vs_color, "vs_color"), kit_function(k, fs_dual, "fs_dual"), KIT_RGBA8);
    p.color[0].blend = true;
    p.color[0].source_rgb = 15;
    p.color[0].destination_rgb = 16;
    gallery_begin(k, target, kit_render_pipeline(k, &p), gallery_quad(k, -0.9f, 0.8f, 0.9f, -0.8f, 0, 1, 0.7f, 0.2f, 1));
    kit_draw(k, KIT_TRIANGLE_STRIP, 0, 4);
    return kit_run(k);
}

/* Four colours at once: the interpolated one, its inverse, its channels turned, uv. */
static const char fs_four[] =
    "%Out = type { <4 x float>, <4 x float>, <4 x float>, <4 x float> }\n"
    "define %Out @fs_four(<4 x float> %color, <2 x float> %uv) {\n"
    "  %inverse = fsub <4 x float> <float 1.0, float 1.0, float 1.0, float 2.0>, %color\n"
    "  %turned = shufflevector <4 x float> %color, <4 x float> poison, <4 x i32> <i32 1, i32 2, i32 0, i32 3>\n"
    "  %uv4 = shufflevector <2 x float> %uv, <2 x float> <float 0.0, float 1.0>, <4 x i32> <i32 0, i32 1, i32 2, i32 3>\n"
    "  %o0 = insertvalue %Out undef, <4 x float> %color, 0\n"
    "  %o1 = insertvalue %Out %o0, <4 x float> %inverse, 1\n"
    "  %o2 = insertvalue %Out %o1, <4 x float> %turned, 2\n"
    "  %o3 = insertvalue %Out %o2, <4 x float> %uv4, 3\n"
    "  ret %Out %o3\n"
    "}\n"
    "!air.fragment = !{!0}\n"
    "!0 = !{ptr @fs_four, !1, !2}\n"
    "!1 = !{!10, !11, !12, !13}\n"
    "!2 = !{!5, !6}\n"
    "!10 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"float4\"}\n"
    "!11 = !{!\"air.render_target\", i32 1, i32 0, !\"air.arg_type_name\", !\"float4\"}\n"
    "!12 = !{!\"air.render_target\", i32 2, i32 0, !\"air.arg_type_name\", !\"float4\"}\n"
    "!13 = !{!\"air.render_target\", i32 3, i32 0, !\"air.arg_type_name\", !\"float4\"}\n"
    "!5 = !{i32 0, !\"air.fragment_input\", !\"user(color)\", !\"air.center\", !\"air.perspective\", !\"air.arg_type_name\", "
    "!\"float4\", !\"air.arg_name\", !\"color\"}\n"
    "!6 = !{i32 1, !\"air.fragment_input\", !\"user(uv)\", !\"air.center\", !\"air.perspective\", !\"air.arg_type_name\", "
    "!\"float2\", !\"air.arg_name\", !\"uv\"}\n";

/** Copy a 64 x 64 image to a quarter of the target. */
static void place(struct kit *k, uint32_t source, uint32_t target, uint32_t quarter)
{
    const struct pvg_w_record r = {.copy_texture = {.source = source,
                                                    .destination = target,
                                                    .size = {64, 64, 1},
                                                    .destination_origin = {quarter % 2 * 64, quarter / 2 * 64, 0}}};
    kit_record(k, 0x12f, &r);
}

static bool multiple_targets(struct kit *k, uint32_t target)
{
    struct pvg_w_render_pipeline p;
    struct pvg_w_render_pass pass;
    uint32_t images[4];

    kit_pipeline_init(k, &p, kit_function(k, kit_vs_color, "vs_color"), kit_function(k, fs_four, "fs_four"), KIT_RGBA8);
    pvg_w_render_pass_init(&pass);
    for (int i = 0; i < 4; i++) {
        images[i] = kit_texture_2d(k, KIT_RGBA8, 64, 64, RENDER, NULL);
        p.color[i] = p.color[0];
        pass.color[i].texture = images[i];
        pass.color[i].load_action = 2;
        pass.color[i].store_action = 1;
        pass.color[i].clear[i % 3] = 0.4;
        pass.color[i].clear[3] = 1;
    }
    pass.width = pass.height = 64;
    kit_begin(k);
    kit_pass_desc(k, &pass);
    pvg_guest_cmd_viewport(&k->c, 64, 64);
    pvg_guest_cmd_scissor(&k->c, 0, 0, 64, 64);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, kit_render_pipeline(k, &p));
    kit_bind1(k, KIT_VERTEX_BUFFERS, 0, gallery_triangle(k, 0.9f, 0), 0);
    kit_draw(k, KIT_TRIANGLE, 0, 3);
    pvg_guest_cmd_segment(&k->c, PVG_W_SEG_BLIT);
    for (uint32_t i = 0; i < 4; i++)
        place(k, images[i], target, i);
    return kit_run(k);
}

static uint32_t multisampled(struct kit *k, uint32_t samples)
{
    struct pvg_w_texture_desc d = pvg_guest_desc_2d(KIT_RGBA8, GALLERY_SIZE, GALLERY_SIZE, RENDER);

    d.type = PVG_W_TEX_2D_MS;
    d.samples = (uint16_t)samples;
    d.options = PVG_W_STORAGE_PRIVATE << 4;
    return kit_texture(k, &d, 4);
}

static bool resolve_pass(struct kit *k, uint32_t target, const struct pvg_w_render_pipeline *p, uint32_t vertices,
                         uint32_t primitive, uint32_t count)
{
    struct pvg_w_render_pass pass;

    pvg_w_render_pass_init(&pass);
    pass.color[0].texture = multisampled(k, p->sample_count);
    pass.color[0].resolve = target;
    pass.color[0].load_action = 2;
    pass.color[0].store_action = 2;
    pass.color[0].clear[3] = 1;
    pass.width = pass.height = GALLERY_SIZE;
    kit_begin(k);
    kit_pass_desc(k, &pass);
    pvg_guest_cmd_viewport(&k->c, GALLERY_SIZE, GALLERY_SIZE);
    pvg_guest_cmd_scissor(&k->c, 0, 0, GALLERY_SIZE, GALLERY_SIZE);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, kit_render_pipeline(k, p));
    kit_bind1(k, KIT_VERTEX_BUFFERS, 0, vertices, 0);
    kit_draw(k, primitive, 0, count);
    return kit_run(k);
}

static bool msaa(struct kit *k, uint32_t target)
{
    struct pvg_w_render_pipeline p;

    kit_pipeline_init(k, &p, kit_function(k, kit_vs_color, "vs_color"), kit_function(k, kit_fs_color, "fs_color"), KIT_RGBA8);
    p.sample_count = 4;
    return resolve_pass(k, target, &p, gallery_triangle(k, 0.9f, 0), KIT_TRIANGLE, 3);
}

static bool alpha_to_coverage(struct kit *k, uint32_t target)
{
    struct kit_vertex v[4];
    const float color[4] = {1, 0.8f, 0.3f, 1};
    struct pvg_w_render_pipeline p;

    kit_quad(v, -0.9f, 0.9f, 0.9f, -0.9f, 0, color);
    v[0].color[3] = v[2].color[3] = 0;
    kit_pipeline_init(k, &p, kit_function(k, kit_vs_color, "vs_color"), kit_function(k, kit_fs_color, "fs_color"), KIT_RGBA8);
    p.sample_count = 4;
    p.alpha_to_coverage = true;
    return resolve_pass(k, target, &p, kit_buffer(k, v, sizeof(v)), KIT_TRIANGLE_STRIP, 4);
}

/** First pass draws, second one loads and adds. */
static bool load_action(struct kit *k, uint32_t target)
{
    struct pvg_w_render_pass pass;
    uint32_t pipeline = colored(k);

    gallery_begin(k, target, pipeline, gallery_triangle(k, 0.9f, 0));
    kit_draw(k, KIT_TRIANGLE, 0, 3);
    pvg_w_render_pass_init(&pass);
    pass.color[0].texture = target;
    pass.color[0].load_action = 1;
    pass.color[0].store_action = 4;
    pass.width = pass.height = GALLERY_SIZE;
    kit_pass_desc(k, &pass);
    struct pvg_w_record store = {.store_action = {.value = 1, .index = 0}};
    kit_record(k, 0x66, &store);
    pvg_guest_cmd_viewport(&k->c, GALLERY_SIZE, GALLERY_SIZE);
    pvg_guest_cmd_scissor(&k->c, 0, 0, GALLERY_SIZE, GALLERY_SIZE);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, pipeline);
    gallery_draw_quad(k, gallery_quad(k, -0.4f, 0.2f, 0.4f, -0.2f, 0, 1, 1, 1, 1));
    return kit_run(k);
}

/* Discards every other cell of 8 x 8 pixels. */
static const char fs_discard[] =
    "declare void @air.discard_fragment()\n"
    "define <4 x float> @fs_discard(<4 x float> %color, <2 x float> %uv, <4 x float> %position) {\n"
    "entry:\n"
    "  %x = extractelement <4 x float> %position, i32 0\n"
    "  %y = extractelement <4 x float> %position, i32 1\n"
    "  %ix = fptoui float %x to i32\n"
    "  %iy = fptoui float %y to i32\n"
    "  %m = xor i32 %ix, %iy\n"
    "  %bit = and i32 %m, 8\n"
    "  %c = icmp eq i32 %bit, 0\n"
    "  br i1 %c, label %gone, label %kept\n"
    "gone:\n"
    "  call void @air.discard_fragment()\n"
    "  br label %kept\n"
    "kept:\n"
    "  ret <4 x float> %color\n"
    "}\n"
    "!air.fragment = !{!0}\n"
    "!0 = !{ptr @fs_discard, !1, !2}\n"
    "!1 = !{!3}\n"
    "!2 = !{!5, !6, !7}\n"
    "!3 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"float4\"}\n"
    "!5 = !{i32 0, !\"air.fragment_input\", !\"user(color)\", !\"air.center\", !\"air.perspective\", !\"air.arg_type_name\", "
    "!\"float4\", !\"air.arg_name\", !\"color\"}\n"
    "!6 = !{i32 1, !\"air.fragment_input\", !\"user(uv)\", !\"air.center\", !\"air.perspective\", !\"air.arg_type_name\", "
    "!\"float2\", !\"air.arg_name\", !\"uv\"}\n"
    "!7 = !{i32 2, !\"air.position\", !\"air.center\", !\"air.no_perspective\", !\"air.arg_type_name\", !\"float4\", "
    "!\"air.arg_name\", !\"position\"}\n";

static bool discard(struct kit *k, uint32_t target)
{
    gallery_begin(k, target, kit_simple_pipeline(k, fs_discard, "fs_discard", KIT_RGBA8), gallery_triangle(k, 1, 0));
    kit_draw(k, KIT_TRIANGLE, 0, 3);
    return kit_run(k);
}

/* The colour attachment's own value, inverted. */
static const char fs_fetch[] =
    "define <4 x float> @fs_fetch(<4 x float> %dst) {\n"
    "  %out = fsub <4 x float> <float 1.0, float 1.0, float 1.0, float 2.0>, %dst\n"
    "  ret <4 x float> %out\n"
    "}\n"
    "!air.fragment = !{!0}\n"
    "!0 = !{ptr @fs_fetch, !1, !2}\n"
    "!1 = !{!3}\n"
    "!2 = !{!4}\n"
    "!3 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"float4\"}\n"
    "!4 = !{i32 0, !\"air.render_target\", i32 0, !\"air.arg_type_name\", !\"float4\", !\"air.arg_name\", !\"dst\"}\n";

static bool framebuffer_fetch(struct kit *k, uint32_t target)
{
    struct pvg_w_render_pipeline p;

    kit_pipeline_init(k, &p, kit_function(k, kit_vs_color, "vs_color"), kit_function(k, fs_fetch, "fs_fetch"), KIT_RGBA8);
    uint32_t invert = kit_render_pipeline(k, &p);
    gallery_begin(k, target, colored(k), gallery_triangle(k, 0.9f, 0));
    kit_draw(k, KIT_TRIANGLE, 0, 3);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, invert);
    gallery_draw_quad(k, gallery_quad(k, -0.5f, 0.3f, 0.9f, -0.5f, 0, 1, 1, 1, 1));
    return kit_run(k);
}

/** How many samples passed: each count becomes a bar of that colour value. */
static bool visibility(struct kit *k, uint32_t target)
{
    struct pvg_w_render_pass pass;
    uint32_t counts = kit_buffer(k, NULL, 64), pipeline = colored(k);
    uint64_t passed[3] = {0};
    bool ok;

    pvg_w_render_pass_init(&pass);
    pass.color[0].texture = target;
    pass.color[0].load_action = 2;
    pass.color[0].store_action = 1;
    pass.width = pass.height = GALLERY_SIZE;
    pass.visibility_buffer = counts;
    kit_begin(k);
    kit_pass_desc(k, &pass);
    pvg_guest_cmd_viewport(&k->c, GALLERY_SIZE, GALLERY_SIZE);
    pvg_guest_cmd_scissor(&k->c, 0, 0, GALLERY_SIZE, GALLERY_SIZE);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, pipeline);
    for (uint32_t i = 0; i < 3; i++) {
        const struct pvg_w_record r = {.visibility = {.offset = 8 * i, .mode = 2}};
        float size = 0.25f * (float)(i + 1);
        kit_record(k, 0x84, &r);
        gallery_draw_quad(k, gallery_quad(k, -size, size, size, -size, 0, 0.2f, 0.3f * (float)(i + 1), 0.9f, 1));
    }
    ok = kit_run(k);
    kit_read(k, counts, 0, passed, sizeof(passed));
    /* Squares of 32, 64 and 96 pixels. */
    ok = ok && passed[0] == 32 * 32 && passed[1] == 64 * 64 && passed[2] == 96 * 96;
    gallery_begin(k, target, pipeline, 0);
    for (uint32_t i = 0; i < 3; i++) {
        float top = -0.9f + 1.8f * (float)passed[i] / (96 * 96), x = -0.8f + 0.55f * (float)i;
        gallery_draw_quad(k, gallery_quad(k, x, top, x + 0.45f, -0.9f, 0, 0.2f, 0.9f, 0.3f * (float)(i + 1), 1));
    }
    return kit_run(k) && ok;
}

/** Fences, barriers and residency between a drawing and a sampling pass. */
static bool synchronisation(struct kit *k, uint32_t target)
{
    const double clear[4] = {0.3, 0, 0.3, 1};
    const struct pvg_w_bind used[1] = {{.ref = kit_texture_2d(k, KIT_RGBA8, 64, 64, RENDER, NULL)}};
    struct pvg_w_record update = {.fence = {.ref = 900, .stages = 2}}, wait = {.fence = {.ref = 900, .stages = 1}};
    struct pvg_w_record use = {.use = {.usage = 1, .stages = 2}, .count = 1, .entries = used};
    struct pvg_w_record scope = {.barrier = {.scope = 4, .after = 2, .before = 1}};
    uint32_t draw = colored(k), copy = gallery_textured(k), sampler = kit_sampler(k, true, 0);

    kit_begin(k);
    kit_pass(k, used[0].ref, 64, 64, clear);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, draw);
    kit_bind1(k, KIT_VERTEX_BUFFERS, 0, gallery_triangle(k, 0.9f, 0), 0);
    kit_draw(k, KIT_TRIANGLE, 0, 3);
    kit_record(k, 0x18, &update);
    kit_pass(k, target, GALLERY_SIZE, GALLERY_SIZE, clear);
    kit_record(k, 0x19, &wait);
    kit_record(k, 0x89, &use);
    kit_record(k, 0x87, &use);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, copy);
    kit_bind1(k, KIT_FRAGMENT_TEXTURES, 0, used[0].ref, 0);
    kit_bind1(k, KIT_FRAGMENT_SAMPLERS, 0, sampler, 0);
    gallery_draw_quad(k, gallery_quad(k, -0.9f, 0.9f, 0.1f, -0.1f, 0, 1, 1, 1, 1));
    kit_record(k, 0x17, &scope);
    gallery_draw_quad(k, gallery_quad(k, -0.1f, 0.1f, 0.9f, -0.9f, 0, 1, 1, 0.4f, 1));
    return kit_run(k);
}

const struct gallery_scene gallery_states[] = {
    {"cull-and-winding", "Cull front or back under both windings", cull},
    {"wireframe", "Fill mode lines, then fill", wireframe},
    {"scissors", "Scissor rectangles by both records", scissors},
    {"viewports", "Viewports, one partly outside", viewports},
    {"depth-test", "Interpenetrating triangles", depth_test},
    {"depth-bias", "A coplanar quad pulled forward by bias", depth_bias},
    {"depth-clip", "Beyond the far plane: clipped left, clamped right", depth_clip},
    {"stencil-mask", "Drawing inside and outside of a stencil shape", stencil_mask},
    {"stencil-faces", "Operations and references per face", stencil_faces},
    {"blend-factors", "Sixteen pairs of blend factors", blend_modes},
    {"blend-operations", "Add, subtract, reverse subtract, min, max", blend_operations},
    {"blend-color", "Constant blend colour", blend_color},
    {"write-mask", "All sixteen colour write masks", write_mask},
    {"dual-source", "Second colour source as blend factor", dual_source},
    {"multiple-targets", "Four colour attachments", multiple_targets},
    {"msaa", "Four samples, resolved", msaa},
    {"alpha-to-coverage", "Coverage from alpha over a ramp", alpha_to_coverage},
    {"load-action", "A second pass that loads, store action set late", load_action},
    {"discard", "Fragments discarded in cells", discard},
    {"framebuffer-fetch", "The attachment's own colour, inverted", framebuffer_fetch},
    {"visibility", "Counted samples drawn as bars", visibility},
    {"synchronisation", "Fences, barriers and residency between passes", synchronisation},
    {0},
};
