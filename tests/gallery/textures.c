/* SPDX-License-Identifier: MIT */
/** @file Scenes of textures, views and samplers. */
#include "tests/gallery/gallery.h"

#include <stdio.h>
#include <string.h>

#define RENDER (PVG_W_USAGE_READ | PVG_W_USAGE_RENDER_TARGET)

static void bind(struct kit *k, uint32_t texture, uint32_t sampler)
{
    kit_bind1(k, KIT_FRAGMENT_TEXTURES, 0, texture, 0);
    kit_bind1(k, KIT_FRAGMENT_SAMPLERS, 0, sampler, 0);
}

/** A quad with texture coordinates scaled to `scale`. */
static uint32_t tiled(struct kit *k, float x0, float y0, float x1, float y1, float scale)
{
    const float white[4] = {1, 1, 1, 1};
    struct kit_vertex v[4];

    kit_quad(v, x0, y0, x1, y1, 0, white);
    for (int i = 0; i < 4; i++)
        for (int c = 0; c < 2; c++)
            v[i].uv[c] = (v[i].uv[c] - 0.5f) * scale + 0.5f;
    return kit_buffer(k, v, sizeof(v));
}

static bool filters(struct kit *k, uint32_t target)
{
    const uint8_t texels[4][4] = {{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}, {255, 255, 255, 255}};
    uint32_t image = kit_texture_2d(k, KIT_RGBA8, 2, 2, PVG_W_USAGE_READ, texels);

    gallery_begin(k, target, gallery_textured(k), 0);
    bind(k, image, kit_sampler(k, false, 0));
    gallery_draw_quad(k, tiled(k, -0.95f, 0.9f, -0.05f, -0.9f, 1));
    bind(k, image, kit_sampler(k, true, 0));
    gallery_draw_quad(k, tiled(k, 0.05f, 0.9f, 0.95f, -0.9f, 1));
    return kit_run(k);
}

static bool address_modes(struct kit *k, uint32_t target)
{
    uint32_t image = gallery_checker(k, 1);

    gallery_begin(k, target, gallery_textured(k), 0);
    for (uint8_t mode = 0; mode < 6; mode++) {
        float x = -0.95f + 0.65f * (float)(mode % 3), y = mode < 3 ? 0.95f : -0.05f;
        struct pvg_w_sampler d;
        pvg_w_sampler_init(&d);
        d.ref = pvg_guest_ref(k->task);
        memset(d.address, mode, sizeof(d.address));
        d.border_color = 2;
        if (!pvg_guest_sampler(k->task, 0, &d))
            return false;
        bind(k, image, d.ref);
        gallery_draw_quad(k, tiled(k, x, y, x + 0.6f, y - 0.85f, 3));
    }
    return kit_run(k);
}

static void generate(struct kit *k, uint32_t texture)
{
    const struct pvg_w_record r = {.ref = texture};

    kit_begin(k);
    pvg_guest_cmd_segment(&k->c, PVG_W_SEG_BLIT);
    kit_record(k, 0x133, &r);
}

static uint32_t mip_sampler(struct kit *k, float lod_min, float lod_max, uint8_t mip, uint8_t anisotropy)
{
    struct pvg_w_sampler d;

    pvg_w_sampler_init(&d);
    d.ref = pvg_guest_ref(k->task);
    d.min_filter = d.mag_filter = 1;
    d.mip_filter = mip;
    d.lod_min = lod_min;
    d.lod_max = lod_max;
    d.max_anisotropy = anisotropy;
    memset(d.address, 2, sizeof(d.address));
    return pvg_guest_sampler(k->task, 0, &d) ? d.ref : 0;
}

/** Levels 0 to 5 of a generated chain, each magnified; the lower row clamps by the bind record instead of the sampler. */
static bool mipmaps(struct kit *k, uint32_t target)
{
    uint32_t image = gallery_checker(k, 7), pipeline = gallery_textured(k), free_lod = mip_sampler(k, 0, 1000, 1, 1);

    generate(k, image);
    if (!kit_run(k))
        return false;
    gallery_begin(k, target, pipeline, 0);
    for (uint32_t level = 0; level < 6; level++) {
        float x = -0.97f + 0.33f * (float)level;
        bind(k, image, mip_sampler(k, (float)level, (float)level, 1, 1));
        gallery_draw_quad(k, tiled(k, x, 0.9f, x + 0.3f, 0.05f, 1));
        const struct pvg_w_bind clamp = {.ref = free_lod, .lod_min = (float)level, .lod_max = (float)level};
        pvg_guest_cmd_bind(&k->c, 0x71, 0, &clamp, 1);
        gallery_draw_quad(k, tiled(k, x, -0.05f, x + 0.3f, -0.9f, 1));
    }
    return kit_run(k);
}

/** A floor to the horizon with trilinear filtering, then anisotropic. */
static bool anisotropy(struct kit *k, uint32_t target)
{
    uint32_t image = gallery_checker(k, 7), pipeline = gallery_textured(k), floors[2];

    for (int side = 0; side < 2; side++) {
        float x = side ? 0.02f : -0.98f;
        const struct kit_vertex v[4] = {
            {.position = {x, -0.95f, 0, 1}, .color = {1, 1, 1, 1}, .uv = {0, 0}},
            {.position = {x + 0.96f, -0.95f, 0, 1}, .color = {1, 1, 1, 1}, .uv = {2, 0}},
            {.position = {x * 8, 0.5f * 8, 0, 8}, .color = {1, 1, 1, 1}, .uv = {0, 8}},
            {.position = {(x + 0.96f) * 8, 0.5f * 8, 0, 8}, .color = {1, 1, 1, 1}, .uv = {2, 8}},
        };
        floors[side] = kit_buffer(k, v, sizeof(v));
    }
    generate(k, image);
    if (!kit_run(k))
        return false;
    gallery_begin(k, target, pipeline, 0);
    bind(k, image, mip_sampler(k, 0, 1000, 2, 1));
    gallery_draw_quad(k, floors[0]);
    bind(k, image, mip_sampler(k, 0, 1000, 2, 16));
    gallery_draw_quad(k, floors[1]);
    return kit_run(k);
}

static uint32_t view(struct kit *k, struct pvg_w_texture_view *v)
{
    v->ref = pvg_guest_ref(k->task);
    return pvg_guest_texture_view(k->task, 0, v) ? v->ref : 0;
}

static bool swizzles(struct kit *k, uint32_t target)
{
    static const uint8_t maps[4][4] = {{2, 3, 4, 5}, {4, 2, 3, 1}, {2, 2, 2, 1}, {0, 3, 1, 1}};
    uint32_t image = gallery_checker(k, 1), sampler = kit_sampler(k, true, 0);

    gallery_begin(k, target, gallery_textured(k), 0);
    for (int i = 0; i < 4; i++) {
        float x = i & 1 ? 0.02f : -0.95f, y = i & 2 ? -0.02f : 0.95f;
        struct pvg_w_texture_view v = {.opcode = PVG_W_NEW_VIEW_SWIZZLE,
                                       .base = image,
                                       .format = KIT_RGBA8,
                                       .has_range = true,
                                       .type = PVG_W_TEX_2D,
                                       .level_count = 1,
                                       .slice_count = 1};
        memcpy(v.swizzle, maps[i], 4);
        bind(k, view(k, &v), sampler);
        gallery_draw_quad(k, tiled(k, x, y, x + 0.93f, y - 0.93f, 1));
    }
    return kit_run(k);
}

/** The same bytes as linear and as sRGB values. */
static bool format_view(struct kit *k, uint32_t target)
{
    uint32_t image = gallery_checker(k, 1), sampler = kit_sampler(k, true, 0);
    struct pvg_w_texture_view v = {.opcode = PVG_W_NEW_VIEW_FORMAT, .base = image, .format = 71, .swizzle = {2, 3, 4, 5}};

    gallery_begin(k, target, gallery_textured(k), 0);
    bind(k, image, sampler);
    gallery_draw_quad(k, tiled(k, -0.95f, 0.9f, -0.02f, -0.9f, 1));
    bind(k, view(k, &v), sampler);
    gallery_draw_quad(k, tiled(k, 0.02f, 0.9f, 0.95f, -0.9f, 1));
    return kit_run(k);
}

/**
 * Fragment function that samples texture 0 of another type at coordinates made of uv; %s is the AIR name of the type, then the
 * intrinsic's suffix and operands.
 */
static uint32_t sampling_pipeline(struct kit *k, const char *declaration, const char *body, const char *type)
{
    char text[4096];

    snprintf(
        text, sizeof(text),
        "%s\n"
        "define <4 x float> @fs_kind(<4 x float> %%color, <2 x float> %%uv, ptr addrspace(1) %%texture, ptr addrspace(2) "
        "%%sampler) {\n"
        "  %%u = extractelement <2 x float> %%uv, i32 0\n"
        "  %%v = extractelement <2 x float> %%uv, i32 1\n"
        "%s"
        "}\n"
        "!air.fragment = !{!0}\n"
        "!0 = !{ptr @fs_kind, !1, !2}\n"
        "!1 = !{!3}\n"
        "!2 = !{!5, !6, !7, !8}\n"
        "!3 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"float4\"}\n"
        "!5 = !{i32 0, !\"air.fragment_input\", !\"user(color)\", !\"air.center\", !\"air.perspective\", "
        "!\"air.arg_type_name\", !\"float4\", !\"air.arg_name\", !\"color\"}\n"
        "!6 = !{i32 1, !\"air.fragment_input\", !\"user(uv)\", !\"air.center\", !\"air.perspective\", !\"air.arg_type_name\", "
        "!\"float2\", !\"air.arg_name\", !\"uv\"}\n"
        "!7 = !{i32 2, !\"air.texture\", !\"air.location_index\", i32 0, i32 1, !\"air.sample\", !\"air.arg_type_name\", !\"%s\", "
        "!\"air.arg_name\", !\"texture\"}\n"
        "!8 = !{i32 3, !\"air.sampler\", !\"air.location_index\", i32 0, i32 1, !\"air.arg_type_name\", !\"sampler\", "
        "!\"air.arg_name\", !\"sampler\"}\n",
        declaration, body, type);
    return kit_simple_pipeline(k, text, "fs_kind", KIT_RGBA8);
}

/** Fill every slice (or depth plane) of a texture with its own colour and a cross of black. */
static uint32_t colored_slices(struct kit *k, uint8_t type, uint32_t size, uint32_t depth, uint32_t array)
{
    static const uint8_t colors[6][3] = {{230, 60, 60},  {60, 200, 60},  {70, 90, 240},
                                         {230, 210, 50}, {60, 210, 220}, {220, 80, 220}};
    struct pvg_w_texture_desc d = pvg_guest_desc_2d(KIT_RGBA8, size, size, PVG_W_USAGE_READ);
    uint8_t texels[64][4];

    d.type = type;
    d.depth = depth;
    d.array_length = (uint16_t)array;
    uint32_t ref = kit_texture(k, &d, 4), planes = depth > 1 ? depth : pvg_w_texture_slices(&d);
    for (uint32_t p = 0; p < planes; p++) {
        uint64_t at = depth > 1 ? (uint64_t)p * kit_pitch(&d, 4, 0) * size : kit_offset(&d, 4, 0, p);
        for (uint32_t y = 0; y < size; y++) {
            for (uint32_t x = 0; x < size; x++) {
                bool line = x == y || x == size - 1 - y;
                for (int c = 0; c < 3; c++)
                    texels[x][c] = line ? 0 : colors[p % 6][c];
                texels[x][3] = 255;
            }
            kit_write(k, ref, at + (uint64_t)y * kit_pitch(&d, 4, 0), texels, (size_t)size * 4);
        }
    }
    return ref;
}

/** Directions over the sphere: longitude from u, latitude from v. */
static bool cube(struct kit *k, uint32_t target)
{
    uint32_t pipeline = sampling_pipeline(
        k,
        "declare { <4 x float>, i8 } @air.sample_texture_cube.v4f32(ptr addrspace(1), ptr addrspace(2), <3 x float>, i1, float, "
        "float, i32)\n"
        "declare float @air.fast_sin.f32(float)\n"
        "declare float @air.fast_cos.f32(float)",
        "  %long = fmul float %u, 0x401921FB60000000\n"
        "  %lat0 = fsub float 0.5, %v\n"
        "  %lat = fmul float %lat0, 0x400921FB60000000\n"
        "  %cl = call float @air.fast_cos.f32(float %lat)\n"
        "  %sl = call float @air.fast_sin.f32(float %lat)\n"
        "  %cg = call float @air.fast_cos.f32(float %long)\n"
        "  %sg = call float @air.fast_sin.f32(float %long)\n"
        "  %x = fmul float %cl, %cg\n"
        "  %z = fmul float %cl, %sg\n"
        "  %c0 = insertelement <3 x float> poison, float %x, i32 0\n"
        "  %c1 = insertelement <3 x float> %c0, float %sl, i32 1\n"
        "  %c = insertelement <3 x float> %c1, float %z, i32 2\n"
        "  %s = call { <4 x float>, i8 } @air.sample_texture_cube.v4f32(ptr addrspace(1) %texture, ptr addrspace(2) %sampler, "
        "<3 x float> %c, i1 true, float 0.0, float 0.0, i32 0)\n"
        "  %r = extractvalue { <4 x float>, i8 } %s, 0\n"
        "  ret <4 x float> %r\n",
        "texturecube<float, sample>");

    gallery_begin(k, target, pipeline, 0);
    bind(k, colored_slices(k, PVG_W_TEX_CUBE, 16, 1, 1), kit_sampler(k, false, 0));
    gallery_draw_quad(k, tiled(k, -0.98f, 0.95f, 0.98f, -0.95f, 1));
    return kit_run(k);
}

static bool volume(struct kit *k, uint32_t target)
{
    uint32_t pipeline = sampling_pipeline(
        k,
        "declare { <4 x float>, i8 } @air.sample_texture_3d.v4f32(ptr addrspace(1), ptr addrspace(2), <3 x float>, i1, <3 x i32>, "
        "i1, "
        "float, float, i32)",
        "  %w = fmul float %u, %v\n"
        "  %c0 = insertelement <3 x float> poison, float %u, i32 0\n"
        "  %c1 = insertelement <3 x float> %c0, float %v, i32 1\n"
        "  %c = insertelement <3 x float> %c1, float %w, i32 2\n"
        "  %s = call { <4 x float>, i8 } @air.sample_texture_3d.v4f32(ptr addrspace(1) %texture, ptr addrspace(2) %sampler, "
        "<3 x float> %c, i1 true, <3 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)\n"
        "  %r = extractvalue { <4 x float>, i8 } %s, 0\n"
        "  ret <4 x float> %r\n",
        "texture3d<float, sample>");

    gallery_begin(k, target, pipeline, 0);
    bind(k, colored_slices(k, PVG_W_TEX_3D, 16, 6, 1), kit_sampler(k, true, 0));
    gallery_draw_quad(k, tiled(k, -0.95f, 0.95f, 0.95f, -0.95f, 1));
    return kit_run(k);
}

static bool array(struct kit *k, uint32_t target)
{
    uint32_t pipeline = sampling_pipeline(
        k,
        "declare { <4 x float>, i8 } @air.sample_texture_2d_array.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i32, i1, "
        "<2 x i32>, i1, float, float, i32)",
        "  %f = fmul float %u, 5.0\n"
        "  %layer = fptoui float %f to i32\n"
        "  %s = call { <4 x float>, i8 } @air.sample_texture_2d_array.v4f32(ptr addrspace(1) %texture, ptr addrspace(2) %sampler, "
        "<2 x float> %uv, i32 %layer, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)\n"
        "  %r = extractvalue { <4 x float>, i8 } %s, 0\n"
        "  ret <4 x float> %r\n",
        "texture2d_array<float, sample>");

    gallery_begin(k, target, pipeline, 0);
    bind(k, colored_slices(k, PVG_W_TEX_2D_ARRAY, 32, 1, 5), kit_sampler(k, false, 0));
    gallery_draw_quad(k, tiled(k, -0.95f, 0.95f, 0.95f, -0.95f, 1));
    return kit_run(k);
}

/** A depth image of a slope, compared with a constant: shadows with hard and with filtered edges. */
static bool shadow(struct kit *k, uint32_t target)
{
    struct pvg_w_texture_desc d = pvg_guest_desc_2d(KIT_DEPTH32, 16, 16, RENDER);
    uint32_t depth, vertices,
        pipeline = sampling_pipeline(
            k,
            "declare { float, i8 } @air.sample_compare_depth_2d.f32(ptr addrspace(1), ptr addrspace(2), i32, <2 x float>, float, "
            "i1, "
            "<2 x i32>, i1, float, float, i32)",
            "  %s = call { float, i8 } @air.sample_compare_depth_2d.f32(ptr addrspace(1) %texture, ptr addrspace(2) %sampler, i32 "
            "1, "
            "<2 x float> %uv, float 0.5, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)\n"
            "  %lit = extractvalue { float, i8 } %s, 0\n"
            "  %c0 = insertelement <4 x float> <float 0.125, float 0.25, float 0.375, float 1.0>, float %lit, i32 0\n"
            "  %c = insertelement <4 x float> %c0, float %lit, i32 1\n"
            "  ret <4 x float> %c\n",
            "depth2d<float, sample>");
    struct pvg_w_render_pass pass;
    struct pvg_w_render_pipeline p;
    const struct kit_vertex v[4] = {{.position = {-1, 1, 0.1f, 1}},
                                    {.position = {1, 1, 0.6f, 1}},
                                    {.position = {-1, -1, 0.3f, 1}},
                                    {.position = {1, -1, 0.9f, 1}}};

    d.options = PVG_W_STORAGE_PRIVATE << 4;
    depth = kit_texture(k, &d, 4);
    vertices = kit_buffer(k, v, sizeof(v));
    kit_pipeline_init(k, &p, kit_function(k, kit_vs_color, "vs_color"), 0, 0);
    p.depth_format = KIT_DEPTH32;
    uint32_t depth_only = kit_render_pipeline(k, &p), state = kit_depth_state(k, 7, true), samplers[2];
    for (uint8_t linear = 0; linear < 2; linear++) {
        struct pvg_w_sampler s;
        pvg_w_sampler_init(&s);
        samplers[linear] = s.ref = pvg_guest_ref(k->task);
        s.min_filter = s.mag_filter = linear;
        s.compare = 1;
        if (!pvg_guest_sampler(k->task, 0, &s))
            return false;
    }
    pvg_w_render_pass_init(&pass);
    pass.depth.texture = depth;
    pass.depth.load_action = 2;
    pass.depth.store_action = 1;
    pass.depth.clear[0] = 1;
    pass.width = pass.height = 16;
    kit_begin(k);
    kit_pass_desc(k, &pass);
    pvg_guest_cmd_viewport(&k->c, 16, 16);
    pvg_guest_cmd_scissor(&k->c, 0, 0, 16, 16);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, depth_only);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_DEPTH_STENCIL, state);
    gallery_draw_quad(k, vertices);
    const double clear[4] = {0, 0, 0, 1};
    kit_pass(k, target, GALLERY_SIZE, GALLERY_SIZE, clear);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, pipeline);
    for (int i = 0; i < 2; i++) {
        bind(k, depth, samplers[i]);
        gallery_draw_quad(k, tiled(k, i ? 0.02f : -0.95f, 0.9f, i ? 0.95f : -0.02f, -0.9f, 1));
    }
    return kit_run(k);
}

/** Two pictures of a surface's size drawn into an IOSurface, then sampled from it. */
static bool iosurface(struct kit *k, uint32_t target)
{
    const struct pvg_guest_surface_config c = {.id = 0x40, .width = 64, .height = 64};
    const struct pvg_w_texture_desc d = pvg_guest_desc_2d(KIT_BGRA8, 64, 64, RENDER);
    const double clear[4] = {0.8, 0.2, 0.1, 1};
    struct pvg_guest_surface *s = pvg_guest_surface_create(k->g, &c);
    uint32_t image = pvg_guest_ref(k->task), sample = gallery_textured(k);
    uint32_t draw = kit_simple_pipeline(k, kit_fs_color, "fs_color", KIT_BGRA8);
    bool ok;

    if (!s || !pvg_guest_surface_texture(k->task, image, 0, s, &d))
        return false;
    kit_begin(k);
    kit_pass(k, image, 64, 64, clear);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, draw);
    kit_bind1(k, KIT_VERTEX_BUFFERS, 0, gallery_triangle(k, 0.8f, 0), 0);
    kit_draw(k, KIT_TRIANGLE, 0, 3);
    ok = kit_run(k);
    gallery_begin(k, target, sample, 0);
    bind(k, image, kit_sampler(k, true, 0));
    gallery_draw_quad(k, tiled(k, -0.9f, 0.9f, 0.9f, -0.9f, 2));
    ok = kit_run(k) && ok;
    return ok;
}

/** Texels of a buffer read as a texture of its own layout. */
static bool buffer_texture(struct kit *k, uint32_t target)
{
    uint8_t texels[32][64][4];
    struct pvg_w_buffer_texture t = {.desc = pvg_guest_desc_2d(KIT_RGBA8, 64, 32, PVG_W_USAGE_READ), .bytes_per_row = 256};

    for (int y = 0; y < 32; y++)
        for (int x = 0; x < 64; x++)
            memcpy(texels[y][x], &(const uint8_t[4]){(uint8_t)(x * 4), (uint8_t)(y * 8), (uint8_t)(x * y), 255}, 4);
    t.buffer = kit_buffer(k, texels, sizeof(texels));
    t.ref = pvg_guest_ref(k->task);
    if (!pvg_guest_buffer_texture(k->task, 0, &t))
        return false;
    gallery_begin(k, target, gallery_textured(k), 0);
    bind(k, t.ref, kit_sampler(k, false, 0));
    gallery_draw_quad(k, tiled(k, -0.9f, 0.9f, 0.9f, -0.9f, 1));
    return kit_run(k);
}

/** BC1 blocks: two end colours and a bit pattern. */
static bool block_compressed(struct kit *k, uint32_t target)
{
    struct pvg_w_texture_desc d = pvg_guest_desc_2d(130, 32, 32, PVG_W_USAGE_READ);
    struct pvg_w_linear_level level = {.size = 8 * 64, .bytes_per_row = 64, .width = 32, .height = 32, .depth = 1};
    const struct pvg_guest_mem_config config = {.what = "blocks", .size = 512};
    struct pvg_guest_mem *mem = pvg_guest_mem_map(k->task, &config);
    uint32_t ref = pvg_guest_ref(k->task);
    uint8_t blocks[64][8];

    for (uint32_t i = 0; i < 64; i++) {
        uint16_t c0 = (uint16_t)(0xf800 | i << 4), c1 = (uint16_t)(0x001f | (i / 8) << 8);
        const uint8_t block[8] = {(uint8_t)c0, (uint8_t)(c0 >> 8), (uint8_t)c1, (uint8_t)(c1 >> 8), 0x1b, 0xe4,
                                  0x1b,        (uint8_t)(i * 5)};
        memcpy(blocks[i], block, 8);
    }
    if (!mem || !pvg_guest_mem_write(mem, 0, blocks, sizeof(blocks)) ||
        !pvg_guest_linear_texture(k->task, ref, 0, PVG_W_TYPE_TEXTURE, mem, &d, 8, &level))
        return false;
    gallery_begin(k, target, gallery_textured(k), 0);
    bind(k, ref, kit_sampler(k, false, 0));
    gallery_draw_quad(k, tiled(k, -0.9f, 0.9f, 0.9f, -0.9f, 1));
    return kit_run(k);
}

const struct gallery_scene gallery_textures[] = {
    {"filters", "Nearest and linear magnification of 2 x 2 texels", filters},
    {"address-modes", "All address modes around a checkerboard", address_modes},
    {"mipmaps", "A generated mipmap chain, levels chosen by sampler and by bind", mipmaps},
    {"anisotropy", "Trilinear against anisotropic filtering", anisotropy},
    {"swizzles", "Views with swizzled components", swizzles},
    {"srgb-view", "The same bytes as linear and as sRGB view", format_view},
    {"cube", "All faces of a cube map by direction", cube},
    {"volume", "Six planes of a 3D texture, filtered", volume},
    {"texture-array", "Five layers of an array", array},
    {"shadow", "Depth comparison, nearest and linear", shadow},
    {"iosurface", "Drawn into an IOSurface, sampled from it", iosurface},
    {"buffer-texture", "A buffer's bytes as a texture", buffer_texture},
    {"block-compressed", "BC1 blocks", block_compressed},
    {0},
};
