/* SPDX-License-Identifier: MIT */
/*
 * Tile functions: pixels of the pass changed between draws, binds of the tile stage, regions, layers, threadgroup memory, sizes.
 *
 * No record is known that makes a tile pipeline (docs/protocol-notes.md): a render pipeline with a kernel in the place of the
 * vertex function stands for one.
 */
#include "tests/stages/stage.h"
#include "tests/vmm/check.h"

#include <math.h>
#include <string.h>

enum { WIDTH = 40, HEIGHT = 24, TILE = 16 };

/* Colour {x, y, 0, 1} of the pixel. */
static const char ramp_fragment[] =
    "define <4 x float> @ramp(<4 x float> %0) {\n"
    "  %r = shufflevector <4 x float> %0, <4 x float> <float 0.0, float 1.0, float 0.0, float 0.0>, "
    "<4 x i32> <i32 0, i32 1, i32 4, i32 5>\n  ret <4 x float> %r\n}\n"
    "!air.fragment = !{!0}\n!0 = !{ptr @ramp, !1, !3}\n!1 = !{!2}\n"
    "!2 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"float4\"}\n!3 = !{!4}\n"
    "!4 = !{i32 0, !\"air.position\", !\"air.center\", !\"air.no_perspective\", !\"air.arg_type_name\", !\"float4\"}\n";

/* Mirrors each tile from left to right; blue becomes the sum of buffer 2, texture 1 sampled and 100 times the tile's number. */
static const char mirror_function[] =
    "define void @mirror(<2 x i16> %0, { ptr addrspace(4) } %1, ptr addrspace(2) %2, ptr addrspace(1) %3, ptr addrspace(2) %4, "
    "<2 x i32> %5) {\n"
    "  %c = call <4 x float> @air.load.implicit_imageblock.v4f32(i32 0, <2 x i16> %0, i32 0, i16 0)\n"
    "  call void @air.wg.barrier(i32 8, i32 1)\n"
    "  %w = call i16 @air.get_imageblock_width()\n  %x = extractelement <2 x i16> %0, i32 0\n  %w1 = sub i16 %w, 1\n"
    "  %m = sub i16 %w1, %x\n  %p = insertelement <2 x i16> %0, i16 %m, i32 0\n"
    "  %b = load float, ptr addrspace(2) %2, align 4\n"
    "  %t = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %3, ptr addrspace(2) %4, "
    "<2 x float> <float 0.5, float 0.5>, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)\n"
    "  %tv = extractvalue { <4 x float>, i8 } %t, 0\n  %r = extractelement <4 x float> %tv, i32 0\n"
    "  %gx = extractelement <2 x i32> %5, i32 0\n  %gy = extractelement <2 x i32> %5, i32 1\n  %g3 = mul i32 %gy, 3\n"
    "  %g = add i32 %gx, %g3\n  %gf = uitofp i32 %g to float\n  %gh = fmul float %gf, 100.0\n"
    "  %s = fadd float %b, %r\n  %s2 = fadd float %s, %gh\n  %v = insertelement <4 x float> %c, float %s2, i32 2\n"
    "  call void @air.store.implicit_imageblock.v4f32(<4 x float> %v, i32 0, <2 x i16> %p, i32 1, i16 0)\n  ret void\n}\n"
    "declare <4 x float> @air.load.implicit_imageblock.v4f32(i32, <2 x i16>, i32, i16)\n"
    "declare void @air.store.implicit_imageblock.v4f32(<4 x float>, i32, <2 x i16>, i32, i16)\n"
    "declare void @air.wg.barrier(i32, i32)\ndeclare i16 @air.get_imageblock_width()\n"
    "declare { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i1, <2 x i32>, i1, "
    "float, float, i32)\n"
    "!air.kernel = !{!0}\n!0 = !{ptr @mirror, !1, !2}\n!1 = !{}\n!2 = !{!3, !4, !6, !7, !8, !9}\n"
    "!3 = !{i32 0, !\"air.thread_position_in_threadgroup\", !\"air.arg_type_name\", !\"ushort2\"}\n"
    "!4 = !{i32 1, !\"air.imageblock\", !\"implicit\", !\"air.struct_type_info\", !5, !\"air.arg_type_name\", !\"imageblock<C>\"}\n"
    "!5 = !{i32 0, i32 16, i32 0, !\"float4\", !\"c\", !\"air.render_target\", i32 0}\n"
    "!6 = !{i32 2, !\"air.buffer\", !\"air.buffer_size\", i32 4, !\"air.location_index\", i32 2, i32 1, !\"air.read\", "
    "!\"air.address_space\", i32 2, !\"air.arg_type_size\", i32 4, !\"air.arg_type_align_size\", i32 4, !\"air.arg_type_name\", "
    "!\"float\"}\n"
    "!7 = !{i32 3, !\"air.texture\", !\"air.location_index\", i32 1, i32 1, !\"air.sample\", !\"air.arg_type_name\", "
    "!\"texture2d<float, sample>\"}\n"
    "!8 = !{i32 4, !\"air.sampler\", !\"air.location_index\", i32 0, i32 1, !\"air.arg_type_name\", !\"sampler\"}\n"
    "!9 = !{i32 5, !\"air.threadgroup_position_in_grid\", !\"air.arg_type_name\", !\"uint2\"}\n";

/* One thread per tile sums x over its tile in threadgroup memory and writes {sum, width, height, samples} to every pixel. */
static const char sum_function[] =
    "define void @sum(<2 x i16> %0, { ptr addrspace(4) } %1, ptr addrspace(3) %2, i32 %3) {\n"
    "  %c = call <4 x float> @air.load.implicit_imageblock.v4f32(i32 0, <2 x i16> %0, i32 0, i16 0)\n"
    "  %x = extractelement <4 x float> %c, i32 0\n  %i = zext i32 %3 to i64\n"
    "  %q = getelementptr inbounds float, ptr addrspace(3) %2, i64 %i\n  store float %x, ptr addrspace(3) %q, align 4\n"
    "  call void @air.wg.barrier(i32 2, i32 1)\n  br label %loop\n"
    "loop:\n  %k = phi i64 [ 0, %4 ], [ %k1, %loop ]\n  %s = phi float [ 0.0, %4 ], [ %s1, %loop ]\n"
    "  %g = getelementptr inbounds float, ptr addrspace(3) %2, i64 %k\n  %v = load float, ptr addrspace(3) %g, align 4\n"
    "  %s1 = fadd float %s, %v\n  %k1 = add i64 %k, 1\n  %d = icmp eq i64 %k1, 256\n  br i1 %d, label %end, label %loop\n"
    "end:\n  %w = call i16 @air.get_imageblock_width()\n  %h = call i16 @air.get_imageblock_height()\n"
    "  %n = call i16 @air.get_imageblock_samples()\n"
    "  %wf = uitofp i16 %w to float\n  %hf = uitofp i16 %h to float\n  %nf = uitofp i16 %n to float\n"
    "  %r0 = insertelement <4 x float> undef, float %s1, i32 0\n  %r1 = insertelement <4 x float> %r0, float %wf, i32 1\n"
    "  %r2 = insertelement <4 x float> %r1, float %hf, i32 2\n  %r = insertelement <4 x float> %r2, float %nf, i32 3\n"
    "  call void @air.store.implicit_imageblock.v4f32(<4 x float> %r, i32 0, <2 x i16> %0, i32 1, i16 0)\n  ret void\n}\n"
    "declare <4 x float> @air.load.implicit_imageblock.v4f32(i32, <2 x i16>, i32, i16)\n"
    "declare void @air.store.implicit_imageblock.v4f32(<4 x float>, i32, <2 x i16>, i32, i16)\n"
    "declare void @air.wg.barrier(i32, i32)\ndeclare i16 @air.get_imageblock_width()\ndeclare i16 @air.get_imageblock_height()\n"
    "declare i16 @air.get_imageblock_samples()\n"
    "!air.kernel = !{!0}\n!0 = !{ptr @sum, !1, !2}\n!1 = !{}\n!2 = !{!3, !4, !6, !7}\n"
    "!3 = !{i32 0, !\"air.thread_position_in_threadgroup\", !\"air.arg_type_name\", !\"ushort2\"}\n"
    "!4 = !{i32 1, !\"air.imageblock\", !\"implicit\", !\"air.struct_type_info\", !5, !\"air.arg_type_name\", !\"imageblock<C>\"}\n"
    "!5 = !{i32 0, i32 16, i32 0, !\"float4\", !\"c\", !\"air.render_target\", i32 0}\n"
    "!6 = !{i32 2, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", !\"air.address_space\", i32 3, "
    "!\"air.arg_type_size\", i32 4, !\"air.arg_type_align_size\", i32 4, !\"air.arg_type_name\", !\"float\"}\n"
    "!7 = !{i32 3, !\"air.thread_index_in_threadgroup\", !\"air.arg_type_name\", !\"uint\"}\n";

/* Compute: the imageblock's size to a buffer. */
static const char size_kernel[] =
    "define void @size(ptr addrspace(1) %0) {\n"
    "  %w = call i16 @air.get_imageblock_width()\n  %h = call i16 @air.get_imageblock_height()\n"
    "  %a = zext i16 %w to i32\n  %b = zext i16 %h to i32\n  store i32 %a, ptr addrspace(1) %0, align 4\n"
    "  %q = getelementptr inbounds i32, ptr addrspace(1) %0, i64 1\n  store i32 %b, ptr addrspace(1) %q, align 4\n  ret void\n}\n"
    "declare i16 @air.get_imageblock_width()\ndeclare i16 @air.get_imageblock_height()\n"
    "!air.kernel = !{!0}\n!0 = !{ptr @size, !1, !2}\n!1 = !{}\n!2 = !{!3}\n"
    "!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", !\"air.address_space\", i32 1, "
    "!\"air.arg_type_size\", i32 4, !\"air.arg_type_align_size\", i32 4, !\"air.arg_type_name\", !\"uint\"}\n";

struct scene {
    struct stage s;
    struct pvg_guest_mem *pixels;
    uint32_t readback, ramp, mirror, sum, texture, sampler;
    float px[WIDTH * HEIGHT][4];
};

static uint32_t target(struct scene *t, uint32_t layers)
{
    return stage_texture(&t->s, layers > 1 ? PVG_W_TEX_2D_ARRAY : PVG_W_TEX_2D, STAGE_RGBA32F, WIDTH, HEIGHT, layers, 1);
}

static uint32_t tile_pipeline(struct scene *t, const char *function)
{
    struct pvg_w_render_pipeline p;

    stage_pipeline_init(&t->s, &p, stage_function(&t->s, function), 0, STAGE_RGBA32F);
    return stage_pipeline(&t->s, &p);
}

static void begin(struct scene *t, uint32_t texture, uint32_t layers)
{
    stage_begin(&t->s);
    stage_pass(&t->s, texture, layers);
    stage_record(&t->s, 0x24, (struct pvg_w_record){.tile_size = {TILE, TILE}});
    pvg_guest_cmd_set_ref(&t->s.cmd, 0x74, t->ramp);
    stage_draw(&t->s, 3, 3, 1);
}

static void bind_mirror(struct scene *t, float add)
{
    const float data[2] = {-1000, add};
    const struct pvg_w_bind sampler = {.ref = t->sampler, .lod_min = 0, .lod_max = 4};

    pvg_guest_cmd_set_ref(&t->s.cmd, 0x74, t->mirror);
    stage_bind(&t->s, 0x9d, 2, stage_buffer(&t->s, data, sizeof(data), NULL));
    stage_record(&t->s, 0x9e, (struct pvg_w_record){.buffer_offset = {.index = 2, .offset = 4, .stride = PVG_W_STRIDE_KEEP}});
    stage_bind(&t->s, 0xa1, 1, t->texture);
    stage_bind(&t->s, 0x9f, 0, t->sampler);
    pvg_guest_cmd_bind(&t->s.cmd, 0xa0, 0, &sampler, 1);
}

static void finish(struct scene *t, const char *what, uint32_t texture, uint32_t slice)
{
    struct pvg_stats before = stage_stats(&t->s), after;

    stage_copy_out(&t->s, texture, slice, WIDTH, HEIGHT, 16, t->readback);
    CHECK(stage_run(&t->s), "%s: %s", what, pvg_guest_error(t->s.g));
    after = stage_stats(&t->s);
    CHECK(after.records_refused == before.records_refused, "%s: records refused", what);
    pvg_guest_mem_read(t->pixels, 0, t->px, sizeof(t->px));
}

static bool expect(const struct scene *t, const char *what, int x, int y, float r, float g, float b, float a)
{
    const float *have = t->px[y * WIDTH + x], want[4] = {r, g, b, a};

    for (int i = 0; i < 4; i++)
        if (fabsf(have[i] - want[i]) > 1e-3f) {
            CHECK(false, "%s: pixel %d,%d is %g %g %g %g, not %g %g %g %g", what, x, y, (double)have[0], (double)have[1],
                  (double)have[2], (double)have[3], (double)r, (double)g, (double)b, (double)a);
            return false;
        }
    return true;
}

/* What the mirroring leaves at a pixel of the ramp; pixels outside of the pass read as zeros. */
static bool expect_mirrored(const struct scene *t, const char *what, int x, int y, float add)
{
    int from = x / TILE * TILE + TILE - 1 - x % TILE;
    bool inside = from < WIDTH;
    float blue = add + 100 * (float)(x / TILE + 3 * (y / TILE));

    return expect(t, what, x, y, inside ? (float)from + 0.5f : 0, inside ? (float)y + 0.5f : 0, blue, inside ? 1 : 0);
}

static bool expect_ramp(const struct scene *t, const char *what, int x, int y)
{
    return expect(t, what, x, y, (float)x + 0.5f, (float)y + 0.5f, 0, 1);
}

/* A draw, the tile function, a draw over part of it. Texture 1 is cleared to red 0.25. */
static void between_draws(struct scene *t)
{
    uint32_t texture = target(t, 1);
    bool ok = true;

    begin(t, texture, 0);
    bind_mirror(t, 3);
    stage_record(&t->s, 0x9b, (struct pvg_w_record){.tile_dispatch = {.threads = {TILE, TILE, 1}}});
    pvg_guest_cmd_set_ref(&t->s.cmd, 0x74, t->ramp);
    pvg_guest_cmd_scissor(&t->s.cmd, 0, 0, WIDTH, 4);
    stage_draw(&t->s, 3, 3, 1);
    finish(t, "between draws", texture, 0);
    for (int y = 0; ok && y < HEIGHT; y++)
        for (int x = 0; ok && x < WIDTH; x++)
            ok = y < 4 ? expect_ramp(t, "second draw", x, y) : expect_mirrored(t, "mirrored", x, y, 3.25f);
}

static void regions(struct scene *t)
{
    uint32_t texture = target(t, 1), array = target(t, 2);
    const struct pvg_w_tile_dispatch part = {
        .threads = {TILE, TILE, 1}, .has_region = true, .origin = {20, 0, 0}, .size = {4, 10, 1}};
    struct pvg_w_tile_dispatch layer = part;
    bool ok = true;

    begin(t, texture, 0);
    bind_mirror(t, 1);
    stage_record(&t->s, 0xa2, (struct pvg_w_record){.tile_dispatch = part});
    finish(t, "region", texture, 0);
    for (int y = 0; ok && y < HEIGHT; y++)
        for (int x = 0; ok && x < WIDTH; x++)
            ok = x / TILE == 1 && y / TILE == 0 ? expect_mirrored(t, "in the region", x, y, 1.25f)
                                                : expect_ramp(t, "outside of the region", x, y);

    layer.array_index = 1;
    layer.origin[0] = 0;
    layer.size[0] = WIDTH;
    begin(t, array, 2);
    bind_mirror(t, 2);
    stage_record(&t->s, 0xa3, (struct pvg_w_record){.tile_dispatch = layer});
    finish(t, "layer", array, 1);
    expect(t, "second layer", 8, 8, 0, 0, 2.25f, 0);
    expect(t, "second layer, other tiles", 8, 20, 0, 0, 0, 0);
    stage_begin(&t->s);
    finish(t, "layer", array, 0);
    expect_ramp(t, "first layer", 8, 8);
}

/* Two dispatches in a pass, one with a sampler in texels: (0.5, 0.5) is texel (0, 0) of the ramp then, else (2, 2). */
static void pixel_sampler(struct scene *t)
{
    const uint32_t plain = t->sampler, cleared = t->texture;
    struct pvg_w_sampler pixels;
    struct pvg_w_render_pass pass;

    pvg_w_sampler_init(&pixels);
    pixels.ref = pvg_guest_ref(t->s.task);
    pixels.normalized = false;
    CHECK(pvg_guest_sampler(t->s.task, 0, &pixels), "%s", pvg_guest_error(t->s.g));
    t->texture = stage_texture(&t->s, PVG_W_TEX_2D, STAGE_RGBA32F, 4, 4, 1, 1);
    pvg_w_render_pass_init(&pass);
    pass.color[0] = (struct pvg_w_attachment){.texture = t->texture, .load_action = 2, .store_action = 1};
    stage_begin(&t->s);
    pvg_guest_cmd_segment(&t->s.cmd, PVG_W_SEG_RENDER);
    pvg_guest_cmd_pass(&t->s.cmd, &pass);
    pvg_guest_cmd_set_ref(&t->s.cmd, 0x74, t->ramp);
    stage_draw(&t->s, 3, 3, 1);
    CHECK(stage_run(&t->s), "%s", pvg_guest_error(t->s.g));
    for (int last = 0; last < 2; last++) {
        uint32_t texture = target(t, 1);
        begin(t, texture, 0);
        for (int i = 0; i < 2; i++) {
            t->sampler = (i == 1) == last ? pixels.ref : plain;
            bind_mirror(t, 1);
            stage_record(&t->s, 0x9b, (struct pvg_w_record){.tile_dispatch = {.threads = {TILE, TILE, 1}}});
        }
        finish(t, "sampler in texels", texture, 0);
        expect(t, last ? "in texels" : "normalized again", 20, 8, 20.5f, 8.5f, 100 + 1 + (last ? 0.5f : 2.5f), 1);
    }
    t->sampler = plain;
    t->texture = cleared;
}

static void memory(struct scene *t)
{
    uint32_t texture = target(t, 1);
    float sum = 0;

    stage_begin(&t->s);
    stage_pass(&t->s, texture, 0);
    stage_record(&t->s, 0x22, (struct pvg_w_record){.value = 16});
    stage_record(&t->s, 0x23, (struct pvg_w_record){.value = 1024});
    stage_record(&t->s, 0x24, (struct pvg_w_record){.tile_size = {TILE, TILE}});
    pvg_guest_cmd_set_ref(&t->s.cmd, 0x74, t->ramp);
    stage_draw(&t->s, 3, 3, 1);
    pvg_guest_cmd_set_ref(&t->s.cmd, 0x74, t->sum);
    stage_record(&t->s, 0x9c, (struct pvg_w_record){.tg_memory = {.length = 1024}});
    stage_record(&t->s, 0x9b, (struct pvg_w_record){.tile_dispatch = {.threads = {TILE, TILE, 1}}});
    finish(t, "threadgroup memory", texture, 0);
    for (int x = 0; x < TILE; x++)
        sum += (float)TILE * ((float)x + TILE + 0.5f);
    expect(t, "sum of a tile", 20, 3, sum, TILE, TILE, 1);
}

static void sizes(struct scene *t)
{
    struct pvg_guest_mem *mem;
    uint32_t buffer = stage_buffer(&t->s, NULL, 4096, &mem), words[2];
    uint16_t reply[8];
    struct pvg_w_compute_pipeline p;

    stage_begin(&t->s);
    stage_pass(&t->s, target(t, 1), 0);
    stage_record(&t->s, 0xa4, (struct pvg_w_record){.reply = {.ref = buffer, .offset = 4}});
    stage_pass(&t->s, target(t, 1), 0);
    stage_record(&t->s, 0x24, (struct pvg_w_record){.tile_size = {16, 8}});
    stage_record(&t->s, 0xa4, (struct pvg_w_record){.reply = {.ref = buffer, .offset = 8}});
    finish(t, "tile dimensions", target(t, 1), 0);
    pvg_guest_mem_read(mem, 0, reply, sizeof(reply));
    CHECK(reply[2] == 32 && reply[3] == 32, "tiles of %u x %u", reply[2], reply[3]);
    CHECK(reply[4] == 16 && reply[5] == 8, "stated tiles of %u x %u", reply[4], reply[5]);

    pvg_w_compute_pipeline_init(&p);
    p.ref = pvg_guest_ref(t->s.task);
    p.function = stage_function(&t->s, size_kernel);
    CHECK(pvg_guest_compute_pipeline(t->s.task, 0, &p), "%s", pvg_guest_error(t->s.g));
    stage_begin(&t->s);
    pvg_guest_cmd_segment(&t->s.cmd, PVG_W_SEG_COMPUTE);
    pvg_guest_cmd_set_ref(&t->s.cmd, 0xd0, p.ref);
    stage_bind(&t->s, 0xcb, 0, buffer);
    stage_record(&t->s, 0xd8, (struct pvg_w_record){.tile_size = {24, 12}});
    pvg_guest_cmd_dispatch(&t->s.cmd, (const uint64_t[3]){1, 1, 1}, (const uint64_t[3]){1, 1, 1});
    finish(t, "imageblock size", target(t, 1), 0);
    pvg_guest_mem_read(mem, 0, words, sizeof(words));
    CHECK(words[0] == 24 && words[1] == 12, "imageblock of %u x %u", words[0], words[1]);
}

/* Refused by name, each alone; and tile pipelines draw nothing. */
static void refusals(struct scene *t)
{
    struct pvg_stats before = stage_stats(&t->s), after;
    uint32_t texture = target(t, 1);

    begin(t, texture, 0);
    stage_record(&t->s, 0x9b, (struct pvg_w_record){.tile_dispatch = {.threads = {TILE, TILE, 1}}}); /* No tile function. */
    bind_mirror(t, 0);
    stage_draw(&t->s, 3, 3, 1);
    stage_record(&t->s, 0x9b, (struct pvg_w_record){.tile_dispatch = {.threads = {4096, 4096, 1}}});
    stage_record(&t->s, 0xa3,
                 (struct pvg_w_record){
                     .tile_dispatch = {.threads = {1, 1, 1}, .has_region = true, .size = {WIDTH, HEIGHT, 1}, .array_index = 1}});
    stage_record(
        &t->s, 0xa2,
        (struct pvg_w_record){.tile_dispatch = {.threads = {1, 1, 1}, .has_region = true, .size = {UINT64_MAX, HEIGHT, 1}}});
    stage_record(&t->s, 0x24, (struct pvg_w_record){.tile_size = {2048, 16}});
    stage_record(&t->s, 0x23, (struct pvg_w_record){.value = UINT32_MAX});
    stage_record(&t->s, 0x9c, (struct pvg_w_record){.tg_memory = {.length = UINT64_MAX, .offset = 1}});
    stage_record(&t->s, 0xa4, (struct pvg_w_record){.reply = {.ref = t->readback, .offset = 1 << 20}});
    stage_copy_out(&t->s, texture, 0, WIDTH, HEIGHT, 16, t->readback);
    CHECK(stage_run(&t->s), "%s", pvg_guest_error(t->s.g));
    after = stage_stats(&t->s);
    CHECK(after.records_refused - before.records_refused == 9, "%llu refused, not 9",
          (unsigned long long)(after.records_refused - before.records_refused));
    pvg_guest_mem_read(t->pixels, 0, t->px, sizeof(t->px));
    expect_ramp(t, "after refusals", 30, 12);
}

int main(void)
{
    static struct scene t;
    struct pvg_w_render_pass pass;
    struct pvg_w_sampler sampler;

    if (!stage_open(&t.s))
        return 77;
    t.readback = stage_buffer(&t.s, NULL, sizeof(t.px), &t.pixels);
    t.ramp = stage_plain_pipeline(&t.s, stage_cover_vertex, ramp_fragment, STAGE_RGBA32F);
    t.mirror = tile_pipeline(&t, mirror_function);
    t.sum = tile_pipeline(&t, sum_function);
    t.texture = stage_texture(&t.s, PVG_W_TEX_2D, STAGE_RGBA32F, 4, 4, 1, 1);
    pvg_w_sampler_init(&sampler);
    t.sampler = sampler.ref = pvg_guest_ref(t.s.task);
    CHECK(pvg_guest_sampler(t.s.task, 0, &sampler), "%s", pvg_guest_error(t.s.g));
    pvg_w_render_pass_init(&pass);
    pass.color[0] = (struct pvg_w_attachment){.texture = t.texture, .load_action = 2, .store_action = 1, .clear = {0.25, 0, 0, 1}};
    stage_begin(&t.s);
    pvg_guest_cmd_segment(&t.s.cmd, PVG_W_SEG_RENDER);
    pvg_guest_cmd_pass(&t.s.cmd, &pass);
    CHECK(stage_run(&t.s), "%s", pvg_guest_error(t.s.g));
    between_draws(&t);
    regions(&t);
    pixel_sampler(&t);
    memory(&t);
    sizes(&t);
    refusals(&t);
    return stage_close(&t.s, check_failures);
}
