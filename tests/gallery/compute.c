/* SPDX-License-Identifier: MIT */
/** @file Scenes made by kernels and blit commands. */
#include "tests/gallery/gallery.h"

#include <string.h>

#define TARGET_TEXTURE                                                                                                             \
    "!3 = !{i32 0, !\"air.texture\", !\"air.location_index\", i32 0, i32 1, !\"air.write\", !\"air.arg_type_name\", "              \
    "!\"texture2d<float, write>\", !\"air.arg_name\", !\"image\"}\n"

/* Escape time of the Mandelbrot set: a loop with a data-dependent exit. */
static const char cs_mandelbrot[] =
    "declare void @air.write_texture_2d.v4f32(ptr addrspace(1), <2 x i32>, <4 x float>, i32, i32)\n"
    "define void @cs_mandelbrot(ptr addrspace(1) %image, <2 x i32> %id) {\n"
    "entry:\n"
    "  %f = uitofp <2 x i32> %id to <2 x float>\n"
    "  %x0 = extractelement <2 x float> %f, i32 0\n"
    "  %y0 = extractelement <2 x float> %f, i32 1\n"
    "  %x1 = fmul float %x0, 0x3F98000000000000\n"
    "  %cx = fadd float %x1, -2.25\n"
    "  %y1 = fmul float %y0, 0x3F93000000000000\n"
    "  %cy = fadd float %y1, 0xBFF3000000000000\n"
    "  br label %loop\n"
    "loop:\n"
    "  %n = phi i32 [ 0, %entry ], [ %n1, %next ]\n"
    "  %x = phi float [ 0.0, %entry ], [ %nx, %next ]\n"
    "  %y = phi float [ 0.0, %entry ], [ %ny, %next ]\n"
    "  %xx = fmul float %x, %x\n"
    "  %yy = fmul float %y, %y\n"
    "  %r = fadd float %xx, %yy\n"
    "  %far = fcmp ogt float %r, 4.0\n"
    "  br i1 %far, label %done, label %next\n"
    "next:\n"
    "  %xy = fmul float %x, %y\n"
    "  %d = fsub float %xx, %yy\n"
    "  %nx = fadd float %d, %cx\n"
    "  %xy2 = fmul float %xy, 2.0\n"
    "  %ny = fadd float %xy2, %cy\n"
    "  %n1 = add i32 %n, 1\n"
    "  %more = icmp ult i32 %n1, 48\n"
    "  br i1 %more, label %loop, label %done\n"
    "done:\n"
    "  %steps = phi i32 [ %n, %loop ], [ 48, %next ]\n"
    "  %s = uitofp i32 %steps to float\n"
    "  %v = fmul float %s, 0x3F95555560000000\n"
    "  %w = fmul float %v, %v\n"
    "  %c0 = insertelement <4 x float> <float 0.0, float 0.0, float 0.3125, float 1.0>, float %v, i32 0\n"
    "  %c = insertelement <4 x float> %c0, float %w, i32 1\n"
    "  call void @air.write_texture_2d.v4f32(ptr addrspace(1) %image, <2 x i32> %id, <4 x float> %c, i32 0, i32 2)\n"
    "  ret void\n"
    "}\n"
    "!air.kernel = !{!0}\n"
    "!0 = !{ptr @cs_mandelbrot, !1, !2}\n"
    "!1 = !{}\n"
    "!2 = !{!3, !4}\n" TARGET_TEXTURE
    "!4 = !{i32 1, !\"air.thread_position_in_grid\", !\"air.arg_type_name\", !\"uint2\", !\"air.arg_name\", !\"id\"}\n";

static void compute_begin(struct kit *k, uint32_t pipeline)
{
    kit_begin(k);
    pvg_guest_cmd_segment(&k->c, PVG_W_SEG_COMPUTE);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_COMPUTE_PIPELINE, pipeline);
}

static bool mandelbrot(struct kit *k, uint32_t target)
{
    const struct pvg_w_record r = {.dispatch = {.grid = {GALLERY_SIZE, GALLERY_SIZE, 1}, .threads_per_group = {8, 4, 1}}};

    compute_begin(k, kit_compute_pipeline(k, kit_function(k, cs_mandelbrot, "cs_mandelbrot")));
    kit_bind1(k, KIT_COMPUTE_TEXTURES, 0, target, 0);
    kit_record(k, 0xca, &r);
    return kit_run(k);
}

static bool indirect_dispatch(struct kit *k, uint32_t target)
{
    const uint32_t groups[3] = {12, 20, 1}, threads[6] = {100, 30, 1, 10, 3, 1};
    const struct pvg_w_record r = {
        .dispatch_indirect = {.threads_per_group = {8, 4, 1}, .ref = kit_buffer(k, groups, sizeof(groups))}};
    const struct pvg_w_record t = {.dispatch_indirect = {.ref = kit_buffer(k, threads, sizeof(threads))}};
    struct pvg_w_record fence = {.fence = {.ref = 901}};

    compute_begin(k, kit_compute_pipeline(k, kit_function(k, cs_mandelbrot, "cs_mandelbrot")));
    kit_bind1(k, KIT_COMPUTE_TEXTURES, 0, target, 0);
    kit_record(k, 0xc9, &r);
    kit_record(k, 0xd4, &fence);
    kit_record(k, 0xd5, &fence);
    kit_record(k, 0xe6, &t);
    return kit_run(k);
}

/* Every thread stores its value in threadgroup memory and shows that of its mirror image in the group. */
static const char cs_mirror[] =
    "declare void @air.write_texture_2d.v4f32(ptr addrspace(1), <2 x i32>, <4 x float>, i32, i32)\n"
    "declare void @air.wg.barrier(i32, i32)\n"
    "define void @cs_mirror(ptr addrspace(1) %image, ptr addrspace(3) %shared, <2 x i32> %id, <2 x i32> %local) {\n"
    "  %lx = extractelement <2 x i32> %local, i32 0\n"
    "  %ly = extractelement <2 x i32> %local, i32 1\n"
    "  %row = mul i32 %ly, 16\n"
    "  %at = add i32 %row, %lx\n"
    "  %atl = zext i32 %at to i64\n"
    "  %p = getelementptr inbounds <4 x float>, ptr addrspace(3) %shared, i64 %atl\n"
    "  %f = uitofp <2 x i32> %id to <2 x float>\n"
    "  %g = fmul <2 x float> %f, <float 0x3F80000000000000, float 0x3F80000000000000>\n"
    "  %v = shufflevector <2 x float> %g, <2 x float> <float 0.5, float 1.0>, <4 x i32> <i32 0, i32 1, i32 2, i32 3>\n"
    "  store <4 x float> %v, ptr addrspace(3) %p, align 16\n"
    "  call void @air.wg.barrier(i32 2, i32 1)\n"
    "  %other = sub i32 255, %at\n"
    "  %otherl = zext i32 %other to i64\n"
    "  %q = getelementptr inbounds <4 x float>, ptr addrspace(3) %shared, i64 %otherl\n"
    "  %w = load <4 x float>, ptr addrspace(3) %q, align 16\n"
    "  call void @air.write_texture_2d.v4f32(ptr addrspace(1) %image, <2 x i32> %id, <4 x float> %w, i32 0, i32 2)\n"
    "  ret void\n"
    "}\n"
    "!air.kernel = !{!0}\n"
    "!0 = !{ptr @cs_mirror, !1, !2}\n"
    "!1 = !{}\n"
    "!2 = !{!3, !4, !5, !6}\n" TARGET_TEXTURE
    "!4 = !{i32 1, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", !\"air.address_space\", i32 3, "
    "!\"air.arg_type_size\", i32 16, !\"air.arg_type_align_size\", i32 16, !\"air.arg_type_name\", !\"float4\", !\"air.arg_name\", "
    "!\"shared\"}\n"
    "!5 = !{i32 2, !\"air.thread_position_in_grid\", !\"air.arg_type_name\", !\"uint2\", !\"air.arg_name\", !\"id\"}\n"
    "!6 = !{i32 3, !\"air.thread_position_in_threadgroup\", !\"air.arg_type_name\", !\"uint2\", !\"air.arg_name\", !\"local\"}\n";

static bool threadgroup_memory(struct kit *k, uint32_t target)
{
    const struct pvg_w_record memory = {.tg_memory = {.length = 256 * 16, .index = 0}};
    const uint64_t groups[3] = {8, 8, 1}, threads[3] = {16, 16, 1};

    compute_begin(k, kit_compute_pipeline(k, kit_function(k, cs_mirror, "cs_mirror")));
    kit_bind1(k, KIT_COMPUTE_TEXTURES, 0, target, 0);
    kit_record(k, 0xd3, &memory);
    pvg_guest_cmd_dispatch(&k->c, groups, threads);
    return kit_run(k);
}

/** Two dispatches of a concurrent encoder that need the barrier between them. */
static bool concurrent(struct kit *k, uint32_t target)
{
    uint32_t texels[GALLERY_SIZE * GALLERY_SIZE / 2], amounts[2] = {0x00200800, 0x00081000};
    struct pvg_w_record concurrent_type = {.value = 1}, barrier = {.barrier = {.scope = 1}};
    const uint64_t groups[3] = {sizeof(texels) / 4 / 64, 1, 1}, threads[3] = {64, 1, 1};
    struct pvg_w_record move = {.buffer_offset = {.index = 1, .offset = 4, .stride = PVG_W_STRIDE_KEEP}};

    for (uint32_t i = 0; i < sizeof(texels) / 4; i++)
        texels[i] = 0xff000000 | (i % GALLERY_SIZE) | (i / GALLERY_SIZE) << 16;
    uint32_t data = kit_buffer(k, texels, sizeof(texels)), add = kit_buffer(k, amounts, sizeof(amounts));
    compute_begin(k, kit_compute_pipeline(k, kit_function(k, kit_cs_add, "cs_add")));
    kit_record(k, 0xdb, &concurrent_type);
    kit_bind1(k, KIT_COMPUTE_BUFFERS, 0, data, 0);
    kit_bind1(k, KIT_COMPUTE_BUFFERS, 1, add, 0);
    pvg_guest_cmd_dispatch(&k->c, groups, threads);
    kit_record(k, 0xd7, &barrier);
    kit_record(k, 0xcf, &move);
    pvg_guest_cmd_dispatch(&k->c, groups, threads);
    const struct pvg_w_record copy = {.buffer_image = {.buffer = data,
                                                       .texture = target,
                                                       .bytes_per_row = GALLERY_SIZE * 4,
                                                       .bytes_per_image = sizeof(texels),
                                                       .origin = {0, 32, 0},
                                                       .size = {GALLERY_SIZE, GALLERY_SIZE / 2, 1}}};
    pvg_guest_cmd_segment(&k->c, PVG_W_SEG_BLIT);
    kit_record(k, KIT_COPY_BUFFER_TO_TEXTURE, &copy);
    return kit_run(k);
}

/** Fills, copies between textures and through a buffer. */
static bool blits(struct kit *k, uint32_t target)
{
    uint32_t checker = gallery_checker(k, 1), bytes = kit_buffer(k, NULL, 64 * 1024);
    const uint8_t teal[4] = {20, 120, 120, 255};
    uint32_t pattern = kit_buffer(k, teal, sizeof(teal));
    struct pvg_w_record r = {
        .fill_texture = {.ref = target, .size = {GALLERY_SIZE, GALLERY_SIZE, 1}, .bytes_ref = pattern, .bytes_length = 4}};

    kit_begin(k);
    pvg_guest_cmd_segment(&k->c, PVG_W_SEG_BLIT);
    kit_record(k, 0x140, &r);
    r = (struct pvg_w_record){
        .fill_texture = {.ref = target, .origin = {80, 8, 0}, .size = {40, 40, 1}, .color = {1, 0.5, 0, 1}, .format = KIT_RGBA8}};
    kit_record(k, 0x141, &r);
    r = (struct pvg_w_record){
        .copy_texture = {.source = checker, .destination = target, .size = {64, 64, 1}, .destination_origin = {8, 8, 0}}};
    kit_record(k, 0x12f, &r);
    r = (struct pvg_w_record){.fill_buffer = {.ref = bytes, .length = 32 * 256, .value = 0xff40c0f0}};
    kit_record(k, 0x13f, &r);
    r = (struct pvg_w_record){.buffer_image = {.buffer = bytes,
                                               .texture = checker,
                                               .offset = 1024,
                                               .bytes_per_row = 256,
                                               .bytes_per_image = 256 * 24,
                                               .origin = {16, 24, 0},
                                               .size = {40, 24, 1}}};
    kit_record(k, 0x12e, &r);
    r.buffer_image.texture = target;
    r.buffer_image.offset = 0;
    memcpy(r.buffer_image.origin, (const uint64_t[3]){64, 80, 0}, sizeof(r.buffer_image.origin));
    memcpy(r.buffer_image.size, (const uint64_t[3]){56, 32, 1}, sizeof(r.buffer_image.size));
    r.buffer_image.bytes_per_image = 256 * 32;
    kit_record(k, KIT_COPY_BUFFER_TO_TEXTURE, &r);
    return kit_run(k);
}

/** Level and slices of an array copied in one command, then shown. */
static bool copy_slices(struct kit *k, uint32_t target)
{
    struct pvg_w_texture_desc d = pvg_guest_desc_2d(KIT_RGBA8, 32, 32, PVG_W_USAGE_READ);
    uint8_t row[32][4];
    struct pvg_w_record r;

    d.type = PVG_W_TEX_2D_ARRAY;
    d.array_length = 4;
    uint32_t from = kit_texture(k, &d, 4), to = kit_texture(k, &d, 4);
    for (uint32_t slice = 0; slice < 4; slice++) {
        for (uint32_t y = 0; y < 32; y++) {
            for (uint32_t x = 0; x < 32; x++)
                memcpy(row[x], &(const uint8_t[4]){(uint8_t)(x * 8), (uint8_t)(y * 8), (uint8_t)(slice * 80), 255}, 4);
            kit_write(k, from, kit_offset(&d, 4, 0, slice) + (uint64_t)y * kit_pitch(&d, 4, 0), row, sizeof(row));
        }
    }
    kit_begin(k);
    pvg_guest_cmd_segment(&k->c, PVG_W_SEG_BLIT);
    r = (struct pvg_w_record){
        .copy_slices = {.source = from, .destination = to, .source_slice = 1, .slice_count = 3, .level_count = 1}};
    kit_record(k, 0x13e, &r);
    for (uint16_t slice = 0; slice < 4; slice++) {
        r = (struct pvg_w_record){.copy_texture = {.source = slice < 3 ? to : from,
                                                   .destination = target,
                                                   .source_slice = slice < 3 ? slice : 0,
                                                   .size = {32, 32, 1},
                                                   .destination_origin = {16 + slice % 2 * 64u, 16 + slice / 2 * 64u, 0}}};
        kit_record(k, 0x12f, &r);
    }
    return kit_run(k);
}

const struct gallery_scene gallery_compute[] = {
    {"mandelbrot", "A kernel with a data-dependent loop writes the image", mandelbrot},
    {"indirect-dispatch", "Threadgroups and threads from buffers", indirect_dispatch},
    {"threadgroup-memory", "Every group of 16 x 16 threads mirrored", threadgroup_memory},
    {"concurrent", "A concurrent encoder with a barrier", concurrent},
    {"blits", "Fills and copies between textures and buffers", blits},
    {"copy-slices", "Slices of an array copied in one command", copy_slices},
    {0},
};
