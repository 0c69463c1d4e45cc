/* SPDX-License-Identifier: MIT */
/**
 * @file Records and objects that no larger scene needs: each changes pixels or bytes in a way that arithmetic predicts, or is
 * refused and leaves everything around it working.
 */
#include "tests/imports/shaders.h"
#include "tests/kit/kit.h"

#include <stdlib.h>
#include <string.h>

#include "tests/vmm/check.h"

#define SIZE   16u
#define TARGET (PVG_W_USAGE_READ | PVG_W_USAGE_RENDER_TARGET)

static const double clear[4] = {0.2, 0.2, 0.2, 1};
static const uint8_t gray[4] = {51, 51, 51, 255};
static const float white[4] = {1, 1, 1, 1};

static uint32_t quad(struct kit *k, float x0, float x1, float z, const float color[4])
{
    struct kit_vertex v[4];

    kit_quad(v, x0, 1, x1, -1, z, color);
    return kit_buffer(k, v, sizeof(v));
}

static void expect_pixel(const uint8_t *got, const uint8_t want[4], const char *what)
{
    for (int c = 0; c < 4; c++)
        CHECK(abs(got[c] - want[c]) <= 1, "%s: channel %d is %u, not %u", what, c, got[c], want[c]);
}

/** Left and right half of a target. */
static void expect_halves(struct kit *k, uint32_t target, const uint8_t left[4], const uint8_t right[4], const char *what)
{
    uint8_t(*px)[4] = kit_pixels(k, target, KIT_RGBA8, SIZE, SIZE);

    expect_pixel(px[SIZE * 8 + 4], left, what);
    expect_pixel(px[SIZE * 8 + 12], right, what);
    free(px);
}

static uint32_t new_target(struct kit *k)
{
    return kit_texture_2d(k, KIT_RGBA8, SIZE, SIZE, TARGET, NULL);
}

/* ---- Render state ---- */

static uint32_t stencil_state(struct kit *k, uint8_t depth_compare, bool depth_write, const struct pvg_w_stencil_face *face)
{
    struct pvg_w_depth_stencil d;

    pvg_w_depth_stencil_init(&d);
    d.ref = pvg_guest_ref(k->task);
    d.depth_compare = depth_compare;
    d.depth_write = depth_write;
    d.front = d.back = *face;
    CHECK(pvg_guest_depth_stencil(k->task, 0, &d), "depth-stencil state");
    return d.ref;
}

static void depth_pass(struct kit *k, uint32_t target, uint32_t depth, uint16_t load, uint32_t pipeline, uint32_t state)
{
    const struct pvg_w_record reference = {.stencil_reference = {.front = 5, .back = 5}};
    struct pvg_w_render_pass pass;

    pvg_w_render_pass_init(&pass);
    pass.color[0].texture = target;
    pass.color[0].load_action = 2;
    pass.color[0].store_action = 1;
    memcpy(pass.color[0].clear, clear, sizeof(clear));
    pass.depth.texture = pass.stencil.texture = depth;
    pass.depth.load_action = pass.stencil.load_action = load;
    pass.depth.store_action = pass.stencil.store_action = 4; /* Unknown: the record decides. */
    pass.depth.clear[0] = 1;
    pass.width = pass.height = SIZE;
    kit_pass_desc(k, &pass);
    pvg_guest_cmd_viewport(&k->c, SIZE, SIZE);
    pvg_guest_cmd_scissor(&k->c, 0, 0, SIZE, SIZE);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, pipeline);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_DEPTH_STENCIL, state);
    kit_record(k, 0x77, &reference);
}

/** What one pass leaves in depth and stencil, the next one tests against. */
static void test_store_actions(struct kit *k)
{
    const struct pvg_w_stencil_face set = {.compare = 7, .pass = 2, .read_mask = 0xff, .write_mask = 0xff};
    const struct pvg_w_stencil_face equal = {.compare = 2, .read_mask = 0xff}, always = {.compare = 7, .read_mask = 0xff};
    const float red[4] = {1, 0, 0, 1}, green[4] = {0, 1, 0, 1};
    const struct pvg_w_record store = {.store_action = {.value = 1}}, wild = {.store_action = {.value = 9}};
    uint32_t target = new_target(k), depth = kit_texture_2d(k, KIT_DEPTH32, SIZE, SIZE, TARGET, NULL);
    struct pvg_w_texture_desc d = pvg_guest_desc_2d(KIT_DEPTH32_STENCIL8, SIZE, SIZE, TARGET);
    struct pvg_w_render_pipeline p;

    d.options = PVG_W_STORAGE_PRIVATE << 4;
    depth = kit_texture(k, &d, 8);
    kit_pipeline_init(k, &p, kit_function(k, kit_vs_color, "vs_color"), kit_function(k, kit_fs_color, "fs_color"), KIT_RGBA8);
    p.depth_format = p.stencil_format = KIT_DEPTH32_STENCIL8;
    kit_render_pipeline(k, &p);

    for (int aspect = 0; aspect < 2; aspect++) {
        kit_begin(k);
        depth_pass(k, target, depth, 2, p.ref, stencil_state(k, 7, true, &set));
        kit_record(k, 0x69, &store);
        kit_record(k, 0x78, &store);
        kit_bind1(k, KIT_VERTEX_BUFFERS, 0, quad(k, -1, 0, 0.25f, red), 0);
        kit_draw(k, KIT_TRIANGLE_STRIP, 0, 4);
        depth_pass(k, target, depth, 1, p.ref, aspect ? stencil_state(k, 7, false, &equal) : stencil_state(k, 1, false, &always));
        kit_record(k, 0x69, &store);
        kit_record(k, 0x78, &store);
        kit_bind1(k, KIT_VERTEX_BUFFERS, 0, quad(k, -1, 1, 0.5f, green), 0);
        kit_draw(k, KIT_TRIANGLE_STRIP, 0, 4);
        CHECK(kit_run(k), "store actions");
        const uint8_t full[4] = {0, 255, 0, 255};
        expect_halves(k, target, aspect ? full : gray, aspect ? gray : full, aspect ? "stored stencil" : "stored depth");
    }

    /* Out of range, and without such an attachment. */
    kit_begin(k);
    depth_pass(k, target, depth, 2, p.ref, stencil_state(k, 7, true, &set));
    kit_record(k, 0x69, &wild);
    kit_record(k, 0x78, &wild);
    kit_pass(k, target, SIZE, SIZE, clear);
    kit_record(k, 0x69, &store);
    kit_record(k, 0x78, &store);
    CHECK(kit_run_refused(k) == 4, "store actions without sense");
    expect_halves(k, target, gray, gray, "after refused store actions");
}

static void test_line_width(struct kit *k)
{
    struct kit_vertex v[2] = {{.position = {-1, 0.0625f, 0, 1}, .color = {1, 1, 0, 1}},
                              {.position = {1, 0.0625f, 0, 1}, .color = {1, 1, 0, 1}}};
    const uint8_t yellow[4] = {255, 255, 0, 255};
    uint32_t target = new_target(k);

    kit_begin(k);
    kit_pass(k, target, SIZE, SIZE, clear);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, kit_simple_pipeline(k, kit_fs_color, "fs_color", KIT_RGBA8));
    kit_record(k, 0x88, &(struct pvg_w_record){.scalar = 1});
    kit_record(k, 0x88, &(struct pvg_w_record){.scalar = 3});
    kit_bind1(k, KIT_VERTEX_BUFFERS, 0, kit_buffer(k, v, sizeof(v)), 0);
    kit_draw(k, KIT_LINE, 0, 2);
    CHECK(kit_run_refused(k) == 1, "only a width of 3 is refused");
    uint8_t(*px)[4] = kit_pixels(k, target, KIT_RGBA8, SIZE, SIZE);
    for (unsigned y = 5; y < 10; y++)
        expect_pixel(px[SIZE * y + 8], y == 7 ? yellow : gray, "line of width 1");
    free(px);
}

/* ---- Samplers with clamped level of detail ---- */

#define SAMPLE                                                                                                                     \
    "declare { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i1, <2 x i32>, "    \
    "i1, float, float, i32)\n"
#define SAMPLED                                                                                                                    \
    "  %s = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %texture, ptr addrspace(2) %sampler, "          \
    "<2 x float> <float 0.5, float 0.5>, i1 true, <2 x i32> zeroinitializer, i1 true, float 0.0, float 0.0, i32 0)\n"              \
    "  %texel = extractvalue { <4 x float>, i8 } %s, 0\n"
#define SAMPLE_ARGUMENTS                                                                                                           \
    "!7 = !{i32 2, !\"air.texture\", !\"air.location_index\", i32 0, i32 1, !\"air.sample\", !\"air.arg_type_name\", "             \
    "!\"texture2d<float, sample>\", !\"air.arg_name\", !\"texture\"}\n"                                                            \
    "!8 = !{i32 3, !\"air.sampler\", !\"air.location_index\", i32 0, i32 1, !\"air.arg_type_name\", !\"sampler\", "                \
    "!\"air.arg_name\", !\"sampler\"}\n"

/* Covers the target; its colour comes from level 0 of a texture, as far as the sampler lets it. */
static const char vs_sampled[] =
    SAMPLE "%Out = type <{ <4 x float>, <4 x float>, <2 x float> }>\n"
           "define %Out @vs_sampled(i32 %id, i32 %instance, ptr addrspace(1) %texture, ptr addrspace(2) %sampler) {\n" SAMPLED
           "  %a = and i32 %id, 1\n"
           "  %b = lshr i32 %id, 1\n"
           "  %fa = uitofp i32 %a to float\n"
           "  %fb = uitofp i32 %b to float\n"
           "  %xa = fmul float %fa, 4.0\n"
           "  %yb = fmul float %fb, 4.0\n"
           "  %x = fsub float %xa, 1.0\n"
           "  %y = fsub float %yb, 1.0\n"
           "  %p0 = insertelement <4 x float> <float 0.0, float 0.0, float 0.0, float 1.0>, float %x, i32 0\n"
           "  %p = insertelement <4 x float> %p0, float %y, i32 1\n"
           "  %o0 = insertvalue %Out undef, <4 x float> %p, 0\n"
           "  %o1 = insertvalue %Out %o0, <4 x float> %texel, 1\n"
           "  %o2 = insertvalue %Out %o1, <2 x float> zeroinitializer, 2\n"
           "  ret %Out %o2\n"
           "}\n"
           "!air.vertex = !{!0}\n"
           "!0 = !{ptr @vs_sampled, !1, !2}\n"
           "!1 = !{!3, !4, !5}\n"
           "!2 = !{!6, !9, !7, !8}\n"
           "!3 = !{!\"air.position\", !\"air.arg_type_name\", !\"float4\", !\"air.arg_name\", !\"position\"}\n"
           "!4 = !{!\"air.vertex_output\", !\"user(color)\", !\"air.arg_type_name\", !\"float4\", !\"air.arg_name\", !\"color\"}\n"
           "!5 = !{!\"air.vertex_output\", !\"user(uv)\", !\"air.arg_type_name\", !\"float2\", !\"air.arg_name\", !\"uv\"}\n"
           "!6 = !{i32 0, !\"air.vertex_id\", !\"air.arg_type_name\", !\"uint\", !\"air.arg_name\", !\"id\"}\n"
           "!9 = !{i32 1, !\"air.instance_id\", !\"air.arg_type_name\", !\"uint\", !\"air.arg_name\", "
           "!\"instance\"}\n" SAMPLE_ARGUMENTS;

static const char cs_sampled[] = SAMPLE
    "define void @cs_sampled(ptr addrspace(1) %out, i32 %id, ptr addrspace(1) %texture, ptr addrspace(2) %sampler) {\n" SAMPLED
    "  store <4 x float> %texel, ptr addrspace(1) %out, align 16\n"
    "  ret void\n"
    "}\n"
    "!air.kernel = !{!0}\n"
    "!0 = !{ptr @cs_sampled, !1, !2}\n"
    "!1 = !{}\n"
    "!2 = !{!3, !4, !7, !8}\n"
    "!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", !\"air.address_space\", "
    "i32 1, !\"air.arg_type_size\", i32 16, !\"air.arg_type_align_size\", i32 16, !\"air.arg_type_name\", !\"float4\", "
    "!\"air.arg_name\", !\"out\"}\n"
    "!4 = !{i32 1, !\"air.thread_position_in_grid\", !\"air.arg_type_name\", !\"uint\", !\"air.arg_name\", "
    "!\"id\"}\n" SAMPLE_ARGUMENTS;

/** 4x4 with three levels of one colour each. */
static uint32_t levels(struct kit *k, const uint8_t colors[3][4])
{
    struct pvg_w_texture_desc d = pvg_guest_desc_2d(KIT_RGBA8, 4, 4, PVG_W_USAGE_READ);
    uint32_t ref;

    d.levels = 3;
    ref = kit_texture(k, &d, 4);
    for (uint32_t l = 0; l < 3; l++)
        for (uint32_t y = 0; y < 4u >> l; y++)
            for (uint32_t x = 0; x < 4u >> l; x++)
                kit_write(k, ref, kit_offset(&d, 4, l, 0) + (uint64_t)y * kit_pitch(&d, 4, l) + (uint64_t)x * 4, colors[l], 4);
    return ref;
}

static void test_lod_clamps(struct kit *k)
{
    static const uint8_t colors[3][4] = {{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}};
    const uint64_t one[3] = {1, 1, 1};
    uint32_t target = new_target(k), texture = levels(k, colors), out = kit_buffer(k, NULL, 16);
    uint32_t kernel = kit_compute_pipeline(k, kit_function(k, cs_sampled, "cs_sampled"));
    struct pvg_w_render_pipeline p;
    struct pvg_w_sampler s;

    pvg_w_sampler_init(&s);
    s.ref = pvg_guest_ref(k->task);
    s.mip_filter = 1;
    CHECK(pvg_guest_sampler(k->task, 0, &s), "sampler");
    kit_pipeline_init(k, &p, kit_function(k, vs_sampled, "vs_sampled"), kit_function(k, kit_fs_color, "fs_color"), KIT_RGBA8);
    kit_render_pipeline(k, &p);
    for (int level = 0; level < 3; level++) {
        const struct pvg_w_bind b = {.ref = s.ref, .lod_min = (float)level, .lod_max = 2};
        float got[4];

        kit_begin(k);
        kit_pass(k, target, SIZE, SIZE, clear);
        pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, p.ref);
        kit_bind1(k, KIT_VERTEX_TEXTURES, 0, texture, 0);
        pvg_guest_cmd_bind(&k->c, 0x80, 0, &b, 1);
        kit_draw(k, KIT_TRIANGLE, 0, 3);
        pvg_guest_cmd_segment(&k->c, PVG_W_SEG_COMPUTE);
        pvg_guest_cmd_set_ref(&k->c, KIT_SET_COMPUTE_PIPELINE, kernel);
        kit_bind1(k, KIT_COMPUTE_BUFFERS, 0, out, 0);
        kit_bind1(k, KIT_COMPUTE_TEXTURES, 0, texture, 0);
        pvg_guest_cmd_bind(&k->c, 0xcd, 0, &b, 1);
        pvg_guest_cmd_dispatch(&k->c, one, one);
        CHECK(kit_run(k), "clamped level of detail");
        expect_halves(k, target, colors[level], colors[level], "level in a vertex function");
        kit_read(k, out, 0, got, sizeof(got));
        for (int c = 0; c < 4; c++)
            CHECK(got[c] * 255 == (float)colors[level][c], "level %d in a kernel: channel %d is %g", level, c, (double)got[c]);
    }
}

/* ---- Kernels with stage input ---- */

static const char cs_stage_in[] =
    "define void @cs_stage_in(ptr addrspace(1) %out, i32 %value, i32 %id) {\n"
    "  %i = zext i32 %id to i64\n"
    "  %p = getelementptr inbounds i32, ptr addrspace(1) %out, i64 %i\n"
    "  store i32 %value, ptr addrspace(1) %p, align 4\n"
    "  ret void\n"
    "}\n"
    "!air.kernel = !{!0}\n"
    "!0 = !{ptr @cs_stage_in, !1, !2}\n"
    "!1 = !{}\n"
    "!2 = !{!3, !4, !5}\n"
    "!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", !\"air.address_space\", i32 1, "
    "!\"air.arg_type_size\", i32 4, !\"air.arg_type_align_size\", i32 4, !\"air.arg_type_name\", !\"uint\", !\"air.arg_name\", "
    "!\"out\"}\n"
    "!4 = !{i32 1, !\"air.stage_in\", !\"air.location_index\", i32 0, i32 1, !\"air.arg_type_name\", !\"uint\", !\"air.arg_name\", "
    "!\"value\"}\n"
    "!5 = !{i32 2, !\"air.thread_position_in_grid\", !\"air.arg_type_name\", !\"uint\", !\"air.arg_name\", !\"id\"}\n";

#define THREADS 8u

static void expect_fetch(struct kit *k, uint32_t out, uint32_t first, uint32_t step, const char *what)
{
    uint32_t got[THREADS];

    kit_read(k, out, 0, got, sizeof(got));
    for (uint32_t i = 0; i < THREADS; i++)
        CHECK(got[i] == 1000 + first + i * step, "%s: thread %u read %u", what, i, got[i]);
}

/** Strides stated by the binds, and the origin of the region that the grid walks. */
static void test_stage_input(struct kit *k)
{
    const uint64_t one[3] = {1, 1, 1}, threads[3] = {THREADS, 1, 1};
    const struct pvg_w_record region = {.region = {.origin = {5, 0, 0}, .size = {THREADS, 1, 1}}};
    const struct pvg_w_record wild = {.region = {.origin = {UINT64_MAX, 0, 0}, .size = {THREADS, 1, 1}}};
    const struct pvg_w_record narrow = {.buffer_offset = {.index = 1, .offset = 8, .stride = 4}};
    uint32_t values[64], out = kit_buffer(k, NULL, 4 * THREADS);
    struct pvg_w_compute_pipeline p;
    struct pvg_w_bind b = {.stride = 12};

    for (uint32_t i = 0; i < 64; i++)
        values[i] = 1000 + i;
    b.ref = kit_buffer(k, values, sizeof(values));
    pvg_w_compute_pipeline_init(&p);
    p.ref = pvg_guest_ref(k->task);
    p.function = kit_function(k, cs_stage_in, "cs_stage_in");
    p.stage_input.present = true;
    p.stage_input.attribute_count = 1;
    p.stage_input.attributes[0] = (struct pvg_w_vertex_attribute){.index = 0, .format = 36, .buffer = 1};
    p.stage_input.layout_mask = 2;
    p.stage_input.layouts[1] =
        (struct pvg_w_vertex_layout){.step_function = PVG_W_STEP_GRID_X, .step_rate = 1, .stride = PVG_W_STRIDE_DYNAMIC};
    CHECK(pvg_guest_compute_pipeline(k->task, 0, &p), "pipeline with stage input");

    for (int step = 0; step < 3; step++) {
        kit_begin(k);
        pvg_guest_cmd_segment(&k->c, PVG_W_SEG_COMPUTE);
        pvg_guest_cmd_set_ref(&k->c, KIT_SET_COMPUTE_PIPELINE, p.ref);
        kit_bind1(k, KIT_COMPUTE_BUFFERS, 0, out, 0);
        pvg_guest_cmd_bind(&k->c, 0xd9, 1, &b, 1);
        if (step >= 1)
            kit_record(k, 0xda, &narrow);
        if (step == 2) {
            kit_record(k, 0xd1, &region);
            kit_record(k, 0xd1, &wild);
        }
        pvg_guest_cmd_dispatch(&k->c, one, threads);
        CHECK(kit_run_refused(k) == (step == 2), "stage input, step %d", step);
        expect_fetch(k, out, step == 0 ? 0 : step == 1 ? 2 : 7, step == 0 ? 3 : 1, "stage input");
    }
}

/* ---- Textures ---- */

static const uint8_t texel[4] = {10, 60, 120, 255}, swapped[4] = {120, 60, 10, 255};

/** Wide descriptor of 4x4 texels that shows red and blue in exchanged places. */
static struct pvg_w_texture_desc wide_desc(uint16_t format, uint32_t size)
{
    struct pvg_w_texture_desc d = pvg_guest_desc_2d(format, size, size, PVG_W_USAGE_READ);

    d.wide = true;
    d.swizzle[0] = PVG_W_SWIZZLE_BLUE;
    d.swizzle[2] = PVG_W_SWIZZLE_RED;
    return d;
}

/** Draw the texture over the target. */
static void show(struct kit *k, uint32_t target, uint32_t texture)
{
    kit_pass(k, target, SIZE, SIZE, clear);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, kit_simple_pipeline(k, kit_fs_texture, "fs_texture", KIT_RGBA8));
    kit_bind1(k, KIT_VERTEX_BUFFERS, 0, quad(k, -1, 1, 0, white), 0);
    kit_bind1(k, KIT_FRAGMENT_TEXTURES, 0, texture, 0);
    kit_bind1(k, KIT_FRAGMENT_SAMPLERS, 0, kit_sampler(k, false, 0), 0);
    kit_draw(k, KIT_TRIANGLE_STRIP, 0, 4);
}

static void expect_shown(struct kit *k, uint32_t texture, const uint8_t want[4], const char *what)
{
    uint32_t target = new_target(k);

    kit_begin(k);
    show(k, target, texture);
    CHECK(kit_run(k), "%s", what);
    expect_halves(k, target, want, want, what);
}

/** Rows of 256 bytes, four texels each. */
static uint32_t rows(struct kit *k)
{
    uint8_t bytes[4 * 256];

    for (size_t i = 0; i < sizeof(bytes); i += 4)
        memcpy(bytes + i, texel, 4);
    return kit_buffer(k, bytes, sizeof(bytes));
}

static void copy_rows(struct kit *k, uint32_t texture)
{
    const struct pvg_w_record r = {
        .buffer_image = {.buffer = rows(k), .texture = texture, .bytes_per_row = 256, .bytes_per_image = 1024, .size = {4, 4, 1}}};

    pvg_guest_cmd_segment(&k->c, PVG_W_SEG_BLIT);
    kit_record(k, KIT_COPY_BUFFER_TO_TEXTURE, &r);
}

static uint32_t heap_texture(struct kit *k, uint32_t heap, const struct pvg_w_texture_desc *desc)
{
    const struct pvg_w_heap_texture h = {.ref = pvg_guest_ref(k->task), .heap = heap, .desc = *desc};
    uint8_t bytes[128];
    size_t n = pvg_w_heap_texture_encode(bytes, sizeof(bytes), &h);

    CHECK(n && pvg_guest_object_publish(k->task, h.ref, PVG_W_TYPE_VIEW, 0, bytes, n), "heap texture");
    return h.ref;
}

static void test_wide_textures(struct kit *k)
{
    struct pvg_w_texture_desc d = wide_desc(KIT_RGBA8, 4);
    struct pvg_w_buffer_texture b = {.ref = pvg_guest_ref(k->task), .buffer = rows(k), .bytes_per_row = 256, .desc = d};
    uint32_t plain = kit_texture(k, &d, 4), heap;

    for (uint32_t i = 0; i < 16; i++)
        kit_write(k, plain, i / 4 * kit_pitch(&d, 4, 0) + i % 4 * 4, texel, 4);
    expect_shown(k, plain, swapped, "texture with a swizzle");

    b.desc.options = PVG_W_STORAGE_SHARED << 4;
    CHECK(pvg_guest_buffer_texture(k->task, 0, &b), "%s", pvg_guest_error(k->g));
    expect_shown(k, b.ref, swapped, "buffer texture with a swizzle");

    d.options = PVG_W_STORAGE_PRIVATE << 4;
    heap = heap_texture(k, 7, &d);
    kit_begin(k);
    copy_rows(k, heap);
    CHECK(kit_run(k), "copy into a heap texture");
    expect_shown(k, heap, swapped, "heap texture with a swizzle");
}

/** Textures of a heap are found through memory when the heap is stated as used. */
static void test_heaps(struct kit *k)
{
    const float tint[4] = {1, 1, 1, 1};
    struct pvg_w_texture_desc d = pvg_guest_desc_2d(KIT_RGBA8, 4, 4, PVG_W_USAGE_READ);
    uint32_t target = new_target(k), pipeline = kit_simple_pipeline(k, fs_args, "fs_args", KIT_RGBA8);
    uint32_t constant = kit_buffer(k, tint, sizeof(tint)), heap = pvg_guest_ref(k->task);
    struct arguments values = {.sampler = kit_sampler(k, false, 0), .tint = kit_mem(k, constant)->gva};
    const struct pvg_w_bind heaps[1] = {{.ref = heap}}, buffers[1] = {{.ref = constant}};
    const struct pvg_w_record use_heap = {.use = {.stages = 2}, .count = 1, .entries = heaps};
    const struct pvg_w_record use_buffer = {.use = {.usage = 1, .stages = 2}, .count = 1, .entries = buffers};

    d.options = PVG_W_STORAGE_PRIVATE << 4;
    values.source = heap_texture(k, heap, &d);
    kit_begin(k);
    copy_rows(k, (uint32_t)values.source);
    CHECK(kit_run(k), "copy into a heap texture");
    uint32_t args = kit_buffer(k, &values, sizeof(values)), vertices = quad(k, -1, 1, 0, white);
    static const uint32_t opcodes[2] = {0x86, 0x1b};
    for (int i = 0; i < 2; i++) {
        kit_begin(k);
        kit_pass(k, target, SIZE, SIZE, clear);
        kit_record(k, opcodes[i], &use_heap);
        kit_record(k, 0x89, &use_buffer);
        pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, pipeline);
        kit_bind1(k, KIT_VERTEX_BUFFERS, 0, vertices, 0);
        kit_bind1(k, 0x6e, 0, args, 0);
        kit_draw(k, KIT_TRIANGLE_STRIP, 0, 4);
        CHECK(kit_run(k), "use of a heap");
        expect_halves(k, target, texel, texel, "texture of a used heap");
    }
}

/** Read a surface through a swizzle. */
static void show_wide_surface(struct kit *k, const struct pvg_guest_surface *s)
{
    const uint8_t exchanged[4] = {0, 51, 255, 255};
    uint8_t bytes[128];
    const struct pvg_w_surface_texture t = {.opcode = PVG_W_NEW_SURFACE_TEXTURE_WIDE,
                                            .surface = s->id,
                                            .ref = pvg_guest_ref(k->task),
                                            .desc = wide_desc(KIT_BGRA8, SIZE)};
    size_t n = pvg_w_surface_ref_encode(bytes, sizeof(bytes), &t);
    CHECK(n && pvg_guest_object_publish(k->task, t.ref, PVG_W_TYPE_MAPPING_TEXTURE, 0, bytes, n), "wide surface texture");
    expect_shown(k, t.ref, exchanged, "texture with a swizzle over a surface");
    CHECK(pvg_guest_delete_resource(k->task, t.ref, NULL, 0), "end of the texture");
}

/** Draw into a texture over a surface and look at the surface's memory. */
static void test_surface(struct kit *k, bool platform)
{
    static const float color[4] = {1, 0.2f, 0, 1};
    const uint8_t bgra[4] = {0, 51, 255, 255}, rgba[4] = {255, 51, 0, 255};
    const struct pvg_guest_surface_config c = {.id = 0x300, .width = SIZE, .height = SIZE};
    struct pvg_guest_surface *s = pvg_guest_surface_create(k->g, &c);
    struct pvg_w_texture_desc d = pvg_guest_desc_2d(KIT_BGRA8, SIZE, SIZE, TARGET);
    uint32_t ref = pvg_guest_ref(k->task);
    uint8_t px[4];

    CHECK(s && pvg_guest_surface_texture(k->task, ref, 0, s, &d), "%s", pvg_guest_error(k->g));
    if (!s)
        return;
    kit_begin(k);
    kit_pass(k, ref, SIZE, SIZE, clear);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, kit_simple_pipeline(k, kit_fs_color, "fs_color", KIT_BGRA8));
    kit_bind1(k, KIT_VERTEX_BUFFERS, 0, quad(k, -1, 1, 0, color), 0);
    kit_draw(k, KIT_TRIANGLE_STRIP, 0, 4);
    CHECK(kit_run(k), "drawing into a surface");
    kit_download(k, &ref, 1);
    CHECK(pvg_guest_mem_read(s->mem, 8 * s->bytes_per_row + 32, px, 4), "surface memory");
    expect_pixel(px, bgra, "surface memory");
    expect_shown(k, ref, rgba, "texture over a surface");
    if (platform)
        show_wide_surface(k, s);
    CHECK(pvg_guest_delete_resource(k->task, ref, NULL, 0) && pvg_guest_idle(k->g) && pvg_guest_surface_destroy(s),
          "end of the surface");
}

/* ---- Queries ---- */

static void test_queries(struct kit *k)
{
    enum { SLOTS = 8 };
    static const uint32_t opcodes[] = {0x1cf, 0x1d1, 0x1d2, 0x1d3, 0x1d4};
    uint64_t words[2 * SLOTS];
    uint32_t reply = kit_buffer(k, NULL, sizeof(words));
    struct pvg_w_record heap = {.heap_query = {.desc = wide_desc(KIT_RGBA8, 100), .reply = {.ref = reply, .offset = 16 * 5}}};
    struct pvg_w_record r = {0};

    memset(words, 0xee, sizeof(words));
    kit_write(k, reply, 0, words, sizeof(words));
    kit_begin(k);
    pvg_guest_cmd_segment(&k->c, PVG_W_SEG_INFO);
    for (uint32_t i = 0; i < 5; i++) {
        r.reply = (struct pvg_w_reply){.object = 40 + i, .ref = reply, .offset = 16 * i};
        kit_record(k, opcodes[i], &r);
    }
    kit_record(k, 0x1d5, &heap);
    heap.heap_query.reply.offset = UINT64_MAX - 8;
    kit_record(k, 0x1d5, &heap);
    r.reply.offset = kit_mem(k, reply)->size - 8;
    kit_record(k, 0x1cf, &r);
    CHECK(kit_run_refused(k) == 2, "replies outside of the buffer");
    kit_read(k, reply, 0, words, sizeof(words));
    for (uint32_t i = 0; i < 5; i++)
        CHECK(words[2 * i] == 0 && words[2 * i + 1] == 40 + i, "query 0x%x: %llx, %llx", opcodes[i],
              (unsigned long long)words[2 * i], (unsigned long long)words[2 * i + 1]);
    /* 100 rows of 400 bytes at the least, whole pages. */
    CHECK(words[10] >= 40000 && words[10] % 4096 == 0 && words[10] < 80000, "size %llu", (unsigned long long)words[10]);
    CHECK(words[11] && !(words[11] & (words[11] - 1)), "alignment %llu", (unsigned long long)words[11]);
    CHECK(words[12] == UINT64_C(0xeeeeeeeeeeeeeeee), "bytes behind the last reply");
}

/* ---- Lives of objects ---- */

/** Sample through a state object that may be none. @return whether the draw took place. */
static bool draws_with(struct kit *k, uint32_t sampler)
{
    static const uint8_t one[4] = {0, 255, 0, 255};
    uint32_t target = new_target(k);
    bool drawn;

    kit_begin(k);
    kit_pass(k, target, SIZE, SIZE, clear);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, kit_simple_pipeline(k, kit_fs_texture, "fs_texture", KIT_RGBA8));
    kit_bind1(k, KIT_VERTEX_BUFFERS, 0, quad(k, -1, 1, 0, white), 0);
    kit_bind1(k, KIT_FRAGMENT_TEXTURES, 0, kit_texture_2d(k, KIT_RGBA8, 1, 1, PVG_W_USAGE_READ, one), 0);
    kit_bind1(k, KIT_FRAGMENT_SAMPLERS, 0, sampler, 0);
    kit_draw(k, KIT_TRIANGLE_STRIP, 0, 4);
    drawn = kit_run_refused(k) == 0;
    expect_halves(k, target, drawn ? one : gray, drawn ? one : gray, "draw with a sampler");
    return drawn;
}

static void publish_sampler(struct kit *k, uint32_t ref)
{
    struct pvg_w_sampler s;

    pvg_w_sampler_init(&s);
    s.ref = ref;
    CHECK(pvg_guest_sampler(k->task, 0, &s), "sampler");
}

/** A fence holds its number until the record for fences gives it back. */
static void test_fence(struct kit *k)
{
    const struct pvg_w_fence f = {.ref = pvg_guest_ref(k->task)};
    uint8_t bytes[32];
    size_t n = pvg_w_fence_encode(bytes, sizeof(bytes), &f);

    CHECK(n && pvg_guest_object_publish(k->task, f.ref, PVG_W_TYPE_STATE, 0, bytes, n), "fence");
    CHECK(!draws_with(k, f.ref), "a fence is not a sampler");
    publish_sampler(k, f.ref);
    CHECK(pvg_guest_delete_object(k->task, 0x3f6, f.ref) && pvg_guest_idle(k->g), "destroy a rate map that is none");
    CHECK(!draws_with(k, f.ref), "only a record for fences destroys a fence");
    CHECK(pvg_guest_delete_object(k->task, 0x3f1, f.ref) && pvg_guest_idle(k->g), "destroy the fence");
    CHECK(draws_with(k, f.ref), "the number is free again");
}

static void test_rate_map(struct kit *k)
{
    static const float quality[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    const struct pvg_w_rate_map m = {
        .ref = pvg_guest_ref(k->task), .width = 64, .height = 64, .layer_count = 1, .layers = {{.width = 4, .height = 4}}};
    uint8_t bytes[256];
    size_t n = pvg_w_rate_map_encode(bytes, sizeof(bytes), &m, quality);

    CHECK(n && pvg_guest_object_publish(k->task, m.ref, PVG_W_TYPE_STATE, 0, bytes, n), "rate map");
    CHECK(!draws_with(k, m.ref), "a rate map is not a sampler");
    CHECK(strstr(k->vm->log, "rasterization rate maps are not advertised") != NULL, "the log names the reason");
    CHECK(pvg_guest_delete_object(k->task, 0x3f6, m.ref) && pvg_guest_idle(k->g), "destroy the rate map");
    publish_sampler(k, m.ref);
    CHECK(draws_with(k, m.ref), "nothing of a refused object stays");
}

/** Resources are retired by a packet; destroy records leave them alone. */
static void test_refused_destroys(struct kit *k)
{
    uint8_t pixels[16][4];
    uint32_t texture;

    for (int i = 0; i < 16; i++)
        memcpy(pixels[i], texel, 4);
    texture = kit_texture_2d(k, KIT_RGBA8, 4, 4, PVG_W_USAGE_READ, pixels);
    expect_shown(k, texture, texel, "texture");
    CHECK(pvg_guest_delete_object(k->task, 0x3e9, texture), "destroyTexture");
    CHECK(pvg_guest_delete_object(k->task, 0x3f4, texture) && pvg_guest_idle(k->g), "destroyHeap");
    CHECK(strstr(k->vm->log, "ignored: resources are retired by DeleteResource") != NULL, "the log names the reason");
    expect_shown(k, texture, texel, "texture after destroy records");
}

int main(void)
{
    struct vmm_config config = {.renderer = PVG_RENDERER_VULKAN};
    struct pvg_error err = {0};
    struct kit *k = kit_new(&config, &err);

    if (!k) {
        fprintf(stderr, "skipped: %s\n", err.message);
        return 77;
    }
    test_store_actions(k);
    test_line_width(k);
    test_lod_clamps(k);
    test_stage_input(k);
    test_wide_textures(k);
    test_heaps(k);
    test_surface(k, false);
    test_queries(k);
    test_fence(k);
    test_rate_map(k);
    test_refused_destroys(k);
    if (check_failures && k->vm->log)
        fprintf(stderr, "--- log ---\n%s\n", k->vm->log);
    kit_free(k);

    config.variant = PVG_VARIANT_PLATFORM;
    k = kit_new(&config, &err);
    CHECK(k, "platform variant: %s", err.message);
    if (k)
        test_surface(k, true);
    kit_free(k);
    return check_failures != 0;
}
