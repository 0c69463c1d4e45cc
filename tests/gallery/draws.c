/* SPDX-License-Identifier: MIT */
/** @file Scenes of draw records and vertex fetch. */
#include "tests/gallery/gallery.h"

#include <math.h>
#include <string.h>

static uint32_t colored(struct kit *k)
{
    return kit_simple_pipeline(k, kit_fs_color, "fs_color", KIT_RGBA8);
}

static bool triangle(struct kit *k, uint32_t target)
{
    gallery_begin(k, target, colored(k), gallery_triangle(k, 0.8f, 0));
    kit_draw(k, KIT_TRIANGLE, 0, 3);
    return kit_run(k);
}

/** Vertices on a circle, hue by angle. */
static uint32_t ring(struct kit *k, uint32_t count, float radius)
{
    struct kit_vertex v[64];

    for (uint32_t i = 0; i < count; i++) {
        float a = (float)i / (float)count * 6.2831853f;
        v[i] = (struct kit_vertex){.position = {radius * cosf(a), radius * sinf(a), 0, 1},
                                   .color = {0.5f + 0.5f * cosf(a), 0.5f + 0.5f * cosf(a - 2.1f), 0.5f + 0.5f * cosf(a + 2.1f), 1},
                                   .uv = {0, 0}};
    }
    return kit_buffer(k, v, count * sizeof(v[0]));
}

static bool strip(struct kit *k, uint32_t target)
{
    struct kit_vertex v[16];

    for (int i = 0; i < 16; i++) {
        float x = (float)(i / 2) / 7 * 1.8f - 0.9f;
        v[i] = (struct kit_vertex){.position = {x, (i & 1 ? 0.3f : -0.3f) + 0.4f * sinf(x * 4), 0, 1},
                                   .color = {(float)i / 15, 0.6f, 1 - (float)i / 15, 1}};
    }
    gallery_begin(k, target, colored(k), kit_buffer(k, v, sizeof(v)));
    kit_draw(k, KIT_TRIANGLE_STRIP, 0, 16);
    return kit_run(k);
}

static bool lines(struct kit *k, uint32_t target)
{
    gallery_begin(k, target, colored(k), ring(k, 24, 0.9f));
    kit_draw(k, KIT_LINE, 0, 24);
    return kit_run(k);
}

static bool line_strip(struct kit *k, uint32_t target)
{
    struct kit_vertex v[64];

    for (int i = 0; i < 64; i++) {
        float a = (float)i / 63 * 12.566371f, r = (float)i / 63 * 0.9f;
        v[i] = (struct kit_vertex){.position = {r * cosf(a), r * sinf(a), 0, 1}, .color = {1, (float)i / 63, 0.2f, 1}};
    }
    gallery_begin(k, target, colored(k), kit_buffer(k, v, sizeof(v)));
    kit_draw(k, KIT_LINE_STRIP, 0, 64);
    return kit_run(k);
}

/* Position and size from the vertex; the size is what kit_vertex.pad[0] says. */
static const char vs_point[] =
    "%V = type { <4 x float>, <4 x float>, <2 x float>, <2 x float> }\n"
    "%Out = type <{ <4 x float>, float, <4 x float>, <2 x float> }>\n"
    "define %Out @vs_point(ptr addrspace(1) %vertices, i32 %id) {\n"
    "  %i = zext i32 %id to i64\n"
    "  %pp = getelementptr inbounds %V, ptr addrspace(1) %vertices, i64 %i, i32 0\n"
    "  %pc = getelementptr inbounds %V, ptr addrspace(1) %vertices, i64 %i, i32 1\n"
    "  %ps = getelementptr inbounds %V, ptr addrspace(1) %vertices, i64 %i, i32 3\n"
    "  %p = load <4 x float>, ptr addrspace(1) %pp, align 16\n"
    "  %c = load <4 x float>, ptr addrspace(1) %pc, align 16\n"
    "  %s = load float, ptr addrspace(1) %ps, align 8\n"
    "  %o0 = insertvalue %Out undef, <4 x float> %p, 0\n"
    "  %o1 = insertvalue %Out %o0, float %s, 1\n"
    "  %o2 = insertvalue %Out %o1, <4 x float> %c, 2\n"
    "  %o3 = insertvalue %Out %o2, <2 x float> zeroinitializer, 3\n"
    "  ret %Out %o3\n"
    "}\n"
    "!air.vertex = !{!0}\n"
    "!0 = !{ptr @vs_point, !1, !2}\n"
    "!1 = !{!3, !8, !4, !5}\n"
    "!2 = !{!6, !7}\n"
    "!3 = !{!\"air.position\", !\"air.arg_type_name\", !\"float4\", !\"air.arg_name\", !\"position\"}\n"
    "!8 = !{!\"air.point_size\", !\"air.arg_type_name\", !\"float\", !\"air.arg_name\", !\"size\"}\n"
    "!4 = !{!\"air.vertex_output\", !\"user(color)\", !\"air.arg_type_name\", !\"float4\", !\"air.arg_name\", !\"color\"}\n"
    "!5 = !{!\"air.vertex_output\", !\"user(uv)\", !\"air.arg_type_name\", !\"float2\", !\"air.arg_name\", !\"uv\"}\n"
    "!6 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read\", !\"air.address_space\", i32 1, "
    "!\"air.arg_type_size\", i32 48, !\"air.arg_type_align_size\", i32 16, !\"air.arg_type_name\", !\"V\", !\"air.arg_name\", "
    "!\"vertices\"}\n"
    "!7 = !{i32 1, !\"air.vertex_id\", !\"air.arg_type_name\", !\"uint\", !\"air.arg_name\", !\"id\"}\n";

static bool points(struct kit *k, uint32_t target)
{
    struct pvg_w_render_pipeline p;
    struct kit_vertex v[25];

    for (int i = 0; i < 25; i++)
        v[i] = (struct kit_vertex){.position = {(float)(i % 5) * 0.4f - 0.8f, (float)(i / 5) * 0.4f - 0.8f, 0, 1},
                                   .color = {(float)(i % 5) / 4, (float)(i / 5) / 4, 0.7f, 1},
                                   .pad = {(float)i + 1, 0}};
    kit_pipeline_init(k, &p, kit_function(k, vs_point, "vs_point"), kit_function(k, kit_fs_color, "fs_color"), KIT_RGBA8);
    p.topology = 1;
    gallery_begin(k, target, kit_render_pipeline(k, &p), kit_buffer(k, v, sizeof(v)));
    kit_draw(k, KIT_POINT, 0, 25);
    return kit_run(k);
}

/** Fan of `count` triangles over ring(count) plus its centre at vertex `count`. */
static uint32_t fan(uint32_t count, uint32_t base, bool wide, uint8_t *out)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t corner[3] = {base + count, base + i, base + (i + 1) % count};
        for (int c = 0; c < 3; c++) {
            if (wide)
                memcpy(out + 4 * (3 * i + (uint32_t)c), &corner[c], 4);
            else
                memcpy(out + 2 * (3 * i + (uint32_t)c), &(uint16_t){(uint16_t)corner[c]}, 2);
        }
    }
    return 3 * count;
}

static uint32_t disc(struct kit *k, uint32_t pad)
{
    struct kit_vertex v[64] = {0};

    for (uint32_t i = 0; i < 12; i++) {
        float a = (float)i / 12 * 6.2831853f;
        v[pad + i] = (struct kit_vertex){.position = {0.85f * cosf(a), 0.85f * sinf(a), 0, 1},
                                         .color = {i & 1 ? 1.0f : 0.1f, (float)i / 11, i & 1 ? 0.2f : 0.9f, 1}};
    }
    v[pad + 12] = (struct kit_vertex){.position = {0, 0, 0, 1}, .color = {1, 1, 1, 1}};
    return kit_buffer(k, v, (pad + 13) * sizeof(v[0]));
}

static bool indexed(struct kit *k, uint32_t target, const struct pvg_w_draw *how, uint32_t pad, uint32_t base, bool wide)
{
    uint8_t bytes[256];
    struct pvg_w_draw d = *how;

    d.primitive = KIT_TRIANGLE;
    d.indexed = true;
    d.index_type = wide;
    d.count = fan(12, base, wide, bytes);
    d.index_ref = kit_buffer(k, bytes, sizeof(bytes));
    gallery_begin(k, target, colored(k), disc(k, pad));
    pvg_guest_cmd_draw(&k->c, &d);
    return kit_run(k);
}

static bool indexed_u16(struct kit *k, uint32_t target)
{
    return indexed(k, target, &(const struct pvg_w_draw){.instance_count = 1}, 0, 0, false);
}

static bool indexed_base_vertex(struct kit *k, uint32_t target)
{
    return indexed(k, target, &(const struct pvg_w_draw){.instance_count = 1, .base_vertex = -3}, 5, 8, true);
}

/* Instance n is moved to place n of a 4 x 4 grid. */
static const char vs_grid[] =
    "%V = type { <4 x float>, <4 x float>, <2 x float>, <2 x float> }\n"
    "%Out = type <{ <4 x float>, <4 x float>, <2 x float> }>\n"
    "define %Out @vs_grid(ptr addrspace(1) %vertices, i32 %id, i32 %instance) {\n"
    "  %i = zext i32 %id to i64\n"
    "  %pp = getelementptr inbounds %V, ptr addrspace(1) %vertices, i64 %i, i32 0\n"
    "  %pc = getelementptr inbounds %V, ptr addrspace(1) %vertices, i64 %i, i32 1\n"
    "  %p = load <4 x float>, ptr addrspace(1) %pp, align 16\n"
    "  %c = load <4 x float>, ptr addrspace(1) %pc, align 16\n"
    "  %column = and i32 %instance, 3\n"
    "  %row = lshr i32 %instance, 2\n"
    "  %fx = uitofp i32 %column to float\n"
    "  %fy = uitofp i32 %row to float\n"
    "  %x0 = fmul float %fx, 0.5\n"
    "  %x = fadd float %x0, -0.75\n"
    "  %y0 = fmul float %fy, 0.5\n"
    "  %y = fadd float %y0, -0.75\n"
    "  %m0 = insertelement <4 x float> zeroinitializer, float %x, i32 0\n"
    "  %m = insertelement <4 x float> %m0, float %y, i32 1\n"
    "  %s = fmul <4 x float> %p, <float 0.25, float 0.25, float 1.0, float 1.0>\n"
    "  %q = fadd <4 x float> %s, %m\n"
    "  %o0 = insertvalue %Out undef, <4 x float> %q, 0\n"
    "  %o1 = insertvalue %Out %o0, <4 x float> %c, 1\n"
    "  %o2 = insertvalue %Out %o1, <2 x float> zeroinitializer, 2\n"
    "  ret %Out %o2\n"
    "}\n"
    "!air.vertex = !{!0}\n"
    "!0 = !{ptr @vs_grid, !1, !2}\n"
    "!1 = !{!3, !4, !5}\n"
    "!2 = !{!6, !7, !8}\n"
    "!3 = !{!\"air.position\", !\"air.arg_type_name\", !\"float4\", !\"air.arg_name\", !\"position\"}\n"
    "!4 = !{!\"air.vertex_output\", !\"user(color)\", !\"air.arg_type_name\", !\"float4\", !\"air.arg_name\", !\"color\"}\n"
    "!5 = !{!\"air.vertex_output\", !\"user(uv)\", !\"air.arg_type_name\", !\"float2\", !\"air.arg_name\", !\"uv\"}\n"
    "!6 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read\", !\"air.address_space\", i32 1, "
    "!\"air.arg_type_size\", i32 48, !\"air.arg_type_align_size\", i32 16, !\"air.arg_type_name\", !\"V\", !\"air.arg_name\", "
    "!\"vertices\"}\n"
    "!7 = !{i32 1, !\"air.vertex_id\", !\"air.arg_type_name\", !\"uint\", !\"air.arg_name\", !\"id\"}\n"
    "!8 = !{i32 2, !\"air.instance_id\", !\"air.arg_type_name\", !\"uint\", !\"air.arg_name\", !\"instance\"}\n";

static uint32_t grid_pipeline(struct kit *k)
{
    struct pvg_w_render_pipeline p;

    kit_pipeline_init(k, &p, kit_function(k, vs_grid, "vs_grid"), kit_function(k, kit_fs_color, "fs_color"), KIT_RGBA8);
    return kit_render_pipeline(k, &p);
}

static bool instanced(struct kit *k, uint32_t target)
{
    const struct pvg_w_draw d = {.primitive = KIT_TRIANGLE, .count = 3, .instance_count = 11};

    gallery_begin(k, target, grid_pipeline(k), gallery_triangle(k, 0.9f, 0));
    pvg_guest_cmd_draw(&k->c, &d);
    return kit_run(k);
}

static bool base_instance(struct kit *k, uint32_t target)
{
    const struct pvg_w_draw d = {.primitive = KIT_TRIANGLE, .count = 3, .instance_count = 6, .base_instance = 7};

    gallery_begin(k, target, grid_pipeline(k), gallery_triangle(k, 0.9f, 0));
    pvg_guest_cmd_draw(&k->c, &d);
    return kit_run(k);
}

/** The wide forms carry 64-bit counts; encoded explicitly, since the compact ones would do. */
static bool wide_forms(struct kit *k, uint32_t target)
{
    uint8_t bytes[256];
    uint32_t pipeline = grid_pipeline(k), count = fan(12, 0, false, bytes), index = kit_buffer(k, bytes, sizeof(bytes));
    struct pvg_w_record r = {.draw = {.primitive = KIT_TRIANGLE, .count = 3, .instance_count = 1}};

    gallery_begin(k, target, pipeline, gallery_triangle(k, 0.9f, 0));
    kit_record(k, 0x00, &r);
    r.draw.instance_count = 4;
    kit_record(k, 0x02, &r);
    r.draw.base_instance = 8;
    kit_record(k, 0x04, &r);
    kit_bind1(k, KIT_VERTEX_BUFFERS, 0, disc(k, 0), 0);
    r = (struct pvg_w_record){
        .draw = {.primitive = KIT_TRIANGLE, .indexed = true, .index_ref = index, .count = count, .instance_count = 1}};
    kit_record(k, 0x06, &r);
    r.draw.instance_count = 2;
    kit_record(k, 0x08, &r);
    r.draw.base_instance = 12;
    r.draw.instance_count = 4;
    kit_record(k, 0x0a, &r);
    return kit_run(k);
}

static bool indirect(struct kit *k, uint32_t target)
{
    const uint32_t args[4] = {3, 5, 0, 2};
    const struct pvg_w_record r = {.draw_indirect = {.primitive = KIT_TRIANGLE, .ref = kit_buffer(k, args, sizeof(args))}};

    gallery_begin(k, target, grid_pipeline(k), gallery_triangle(k, 0.9f, 0));
    kit_record(k, 0x10, &r);
    return kit_run(k);
}

static bool indexed_indirect(struct kit *k, uint32_t target)
{
    uint8_t bytes[256];
    const uint32_t args[6] = {0xdddddddd, fan(12, 4, true, bytes), 3, 0, (uint32_t)-4, 9};
    const struct pvg_w_record r = {.draw_indirect = {.primitive = KIT_TRIANGLE,
                                                     .indexed = true,
                                                     .index_type = 1,
                                                     .index_ref = kit_buffer(k, bytes, sizeof(bytes)),
                                                     .ref = kit_buffer(k, args, sizeof(args)),
                                                     .offset = 4}};

    gallery_begin(k, target, grid_pipeline(k), disc(k, 0));
    kit_record(k, 0x11, &r);
    return kit_run(k);
}

static bool primitive_restart(struct kit *k, uint32_t target)
{
    struct kit_vertex v[12];
    const uint16_t index[14] = {0, 1, 2, 3, 0xffff, 4, 5, 6, 7, 0xffff, 8, 9, 10, 11};
    struct pvg_w_draw d = {.primitive = KIT_TRIANGLE_STRIP, .indexed = true, .count = 14, .instance_count = 1};

    for (int i = 0; i < 3; i++) {
        const float color[4] = {i == 0, i == 1, i == 2, 1};
        kit_quad(v + 4 * i, -0.9f + 0.6f * (float)i, 0.8f, -0.4f + 0.6f * (float)i, -0.8f + 0.3f * (float)i, 0, color);
    }
    d.index_ref = kit_buffer(k, index, sizeof(index));
    gallery_begin(k, target, colored(k), kit_buffer(k, v, sizeof(v)));
    pvg_guest_cmd_draw(&k->c, &d);
    return kit_run(k);
}

/* Attributes 0 (float2), 1 (float4 colour) and 2 (float2 offset per instance). */
static const char vs_attributes[] =
    "%Out = type <{ <4 x float>, <4 x float>, <2 x float> }>\n"
    "define %Out @vs_attributes(<2 x float> %position, <4 x float> %color, <2 x float> %offset) {\n"
    "  %sum = fadd <2 x float> %position, %offset\n"
    "  %clip = shufflevector <2 x float> %sum, <2 x float> <float 0.0, float 1.0>, <4 x i32> <i32 0, i32 1, i32 2, i32 3>\n"
    "  %o0 = insertvalue %Out undef, <4 x float> %clip, 0\n"
    "  %o1 = insertvalue %Out %o0, <4 x float> %color, 1\n"
    "  %o2 = insertvalue %Out %o1, <2 x float> zeroinitializer, 2\n"
    "  ret %Out %o2\n"
    "}\n"
    "!air.vertex = !{!0}\n"
    "!0 = !{ptr @vs_attributes, !1, !2}\n"
    "!1 = !{!3, !4, !5}\n"
    "!2 = !{!6, !7, !8}\n"
    "!3 = !{!\"air.position\", !\"air.arg_type_name\", !\"float4\", !\"air.arg_name\", !\"position\"}\n"
    "!4 = !{!\"air.vertex_output\", !\"user(color)\", !\"air.arg_type_name\", !\"float4\", !\"air.arg_name\", !\"color\"}\n"
    "!5 = !{!\"air.vertex_output\", !\"user(uv)\", !\"air.arg_type_name\", !\"float2\", !\"air.arg_name\", !\"uv\"}\n"
    "!6 = !{i32 0, !\"air.vertex_input\", !\"air.location_index\", i32 0, i32 1, !\"air.arg_type_name\", !\"float2\", "
    "!\"air.arg_name\", !\"position\"}\n"
    "!7 = !{i32 1, !\"air.vertex_input\", !\"air.location_index\", i32 1, i32 1, !\"air.arg_type_name\", !\"float4\", "
    "!\"air.arg_name\", !\"color\"}\n"
    "!8 = !{i32 2, !\"air.vertex_input\", !\"air.location_index\", i32 2, i32 1, !\"air.arg_type_name\", !\"float2\", "
    "!\"air.arg_name\", !\"offset\"}\n";

/** Buffer 0: position as short2 normalised and colour as uchar4 normalised; buffer 1: offset as half2 per instance. */
static uint32_t attribute_pipeline(struct kit *k, uint64_t stride)
{
    struct pvg_w_render_pipeline p;

    kit_pipeline_init(k, &p, kit_function(k, vs_attributes, "vs_attributes"), kit_function(k, kit_fs_color, "fs_color"), KIT_RGBA8);
    p.vertex.present = true;
    p.vertex.attribute_count = 3;
    p.vertex.attributes[0] = (struct pvg_w_vertex_attribute){.index = 0, .format = 22, .buffer = 0, .offset = 0};
    p.vertex.attributes[1] = (struct pvg_w_vertex_attribute){.index = 1, .format = 9, .buffer = 0, .offset = 4};
    p.vertex.attributes[2] = (struct pvg_w_vertex_attribute){.index = 2, .format = 25, .buffer = 1, .offset = 0};
    p.vertex.layout_mask = 3;
    p.vertex.layouts[0] = (struct pvg_w_vertex_layout){.step_function = PVG_W_STEP_PER_VERTEX, .step_rate = 1, .stride = stride};
    p.vertex.layouts[1] = (struct pvg_w_vertex_layout){.step_function = PVG_W_STEP_PER_INSTANCE, .step_rate = 2, .stride = 4};
    return kit_render_pipeline(k, &p);
}

struct packed_vertex {
    int16_t position[2];
    uint8_t color[4];
};

/** Three vertices `stride` bytes apart. */
static uint32_t packed_triangle(struct kit *k, size_t stride)
{
    static const struct packed_vertex v[3] = {
        {{-8000, -8000}, {255, 80, 0, 255}}, {{8000, -8000}, {0, 255, 80, 255}}, {{0, 8000}, {80, 0, 255, 255}}};
    uint8_t bytes[3 * 64] = {0};

    for (size_t i = 0; i < 3; i++)
        memcpy(bytes + i * stride, &v[i], sizeof(v[i]));
    return kit_buffer(k, bytes, sizeof(bytes));
}

static uint32_t half_offsets(struct kit *k)
{
    /* -0.5, 0, 0.5 as half: each serves two instances. */
    static const uint16_t offsets[6] = {0xb800, 0x3800, 0x0000, 0x0000, 0x3800, 0xb800};
    return kit_buffer(k, offsets, sizeof(offsets));
}

static bool attributes(struct kit *k, uint32_t target)
{
    const struct pvg_w_draw d = {.primitive = KIT_TRIANGLE, .count = 3, .instance_count = 6};

    gallery_begin(k, target, attribute_pipeline(k, sizeof(struct packed_vertex)), packed_triangle(k, sizeof(struct packed_vertex)));
    kit_bind1(k, KIT_VERTEX_BUFFERS, 1, half_offsets(k), 0);
    pvg_guest_cmd_draw(&k->c, &d);
    return kit_run(k);
}

static bool dynamic_stride(struct kit *k, uint32_t target)
{
    const struct pvg_w_draw d = {.primitive = KIT_TRIANGLE, .count = 3, .instance_count = 2};
    uint32_t offsets = half_offsets(k);
    struct pvg_w_bind b = {.ref = packed_triangle(k, 32), .stride = 32};
    struct pvg_w_record wider = {.buffer_offset = {.index = 0, .offset = 0, .stride = 64}};

    gallery_begin(k, target, attribute_pipeline(k, PVG_W_STRIDE_DYNAMIC), offsets);
    pvg_guest_cmd_bind(&k->c, 0xa5, 0, &b, 1);
    kit_bind1(k, KIT_VERTEX_BUFFERS, 1, offsets, 0);
    pvg_guest_cmd_draw(&k->c, &d);
    b.ref = packed_triangle(k, 64);
    pvg_guest_cmd_bind(&k->c, 0xa5, 0, &b, 1);
    kit_record(k, 0xa6, &wider);
    kit_bind1(k, KIT_VERTEX_BUFFERS, 1, offsets, 8);
    pvg_guest_cmd_draw(&k->c, &d);
    return kit_run(k);
}

static bool buffer_offsets(struct kit *k, uint32_t target)
{
    struct kit_vertex v[12];
    const float tints[8] = {1, 0.8f, 0.1f, 1, 0.1f, 0.8f, 1, 1};
    struct pvg_w_record move = {.buffer_offset = {.index = 0, .stride = PVG_W_STRIDE_KEEP}};
    struct pvg_w_render_pipeline p;

    for (int i = 0; i < 3; i++)
        kit_quad(v + 4 * i, -0.9f + 0.6f * (float)i, 0.5f, -0.5f + 0.6f * (float)i, -0.5f, 0, tints);
    uint32_t tint = kit_buffer(k, tints, sizeof(tints));
    kit_pipeline_init(k, &p, kit_function(k, kit_vs_color, "vs_color"), kit_function(k, kit_fs_uniform, "fs_uniform"), KIT_RGBA8);
    gallery_begin(k, target, kit_render_pipeline(k, &p), kit_buffer(k, v, sizeof(v)));
    kit_bind1(k, KIT_FRAGMENT_BUFFERS, 0, tint, 0);
    kit_draw(k, KIT_TRIANGLE_STRIP, 0, 4);
    move.buffer_offset.offset = 8 * sizeof(v[0]);
    kit_record(k, 0x7e, &move);
    move.buffer_offset.offset = 16;
    kit_record(k, 0x6f, &move);
    kit_draw(k, KIT_TRIANGLE_STRIP, 0, 4);
    return kit_run(k);
}

const struct gallery_scene gallery_draws[] = {
    {"triangle", "One triangle, colours interpolated", triangle},
    {"triangle-strip", "A strip of sixteen vertices", strip},
    {"lines", "Separate lines of a ring", lines},
    {"line-strip", "A spiral as one line strip", line_strip},
    {"points", "Points of 1 to 25 pixels by the vertex function's point size", points},
    {"indexed-u16", "A disc by 16-bit indices", indexed_u16},
    {"indexed-base-vertex", "A disc by 32-bit indices and a negative base vertex", indexed_base_vertex},
    {"instanced", "Eleven instances placed by instance id", instanced},
    {"base-instance", "Six instances from base instance 7", base_instance},
    {"wide-draws", "Draw records in their wide forms", wide_forms},
    {"indirect", "Draw arguments from a buffer", indirect},
    {"indexed-indirect", "Indexed draw arguments from a buffer", indexed_indirect},
    {"primitive-restart", "Three strips in one indexed draw", primitive_restart},
    {"vertex-attributes", "short2, uchar4 and half2 attributes, one per two instances", attributes},
    {"dynamic-stride", "Attribute strides stated with the buffers", dynamic_stride},
    {"buffer-offsets", "Vertex and fragment buffer offsets moved between draws", buffer_offsets},
    {0},
};
