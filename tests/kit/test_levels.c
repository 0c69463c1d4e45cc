/* SPDX-License-Identifier: MIT */
/**
 * @file Kernels that write levels of a texture chosen at run time: bound, through a view of some of its levels, and through an
 * argument buffer. Every texel of every level is compared with what the kernel wrote, and with what was there where it must not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kit/kit.h"
#include "tests/vmm/check.h"

#define SIZE    8u
#define LEVELS  4u
#define SLICES  2u
#define THREADS (8u * SLICES * SIZE * SIZE) /**< Eight levels, more than there are. */

/* clang-format off */

/** Thread: x in bits 0 to 2, y in 3 to 5, slice in 6, level from 7 on. Writes its number plus one. */
#define BODY                                                                                                                       \
    "  %x = and i32 %id, 7\n"                                                                                                      \
    "  %y0 = lshr i32 %id, 3\n"                                                                                                    \
    "  %y = and i32 %y0, 7\n"                                                                                                      \
    "  %s0 = lshr i32 %id, 6\n"                                                                                                    \
    "  %slice = and i32 %s0, 1\n"                                                                                                  \
    "  %level = lshr i32 %id, 7\n"                                                                                                 \
    "  %c0 = insertelement <2 x i32> undef, i32 %x, i32 0\n"                                                                       \
    "  %c = insertelement <2 x i32> %c0, i32 %y, i32 1\n"                                                                          \
    "  %n = add i32 %id, 1\n"                                                                                                      \
    "  %f = uitofp i32 %n to float\n"                                                                                              \
    "  %v = insertelement <4 x float> zeroinitializer, float %f, i32 0\n"                                                          \
    "  call void @air.write_texture_2d_array.v4f32(ptr addrspace(1) %t, <2 x i32> %c, i32 %slice, <4 x float> %v, i32 %level, i32 1)\n" \
    "  %count = call i32 @air.get_num_mip_levels_texture_2d_array(ptr addrspace(1) %t)\n"                                          \
    "  %width = call i32 @air.get_width_texture_2d_array(ptr addrspace(1) %t, i32 %level)\n"                                       \
    "  %w = shl i32 %width, 8\n"                                                                                                   \
    "  %r = or i32 %w, %count\n"                                                                                                   \
    "  %i = zext i32 %id to i64\n"                                                                                                 \
    "  %p = getelementptr i32, ptr addrspace(1) %out, i64 %i\n"                                                                    \
    "  store i32 %r, ptr addrspace(1) %p, align 4\n"                                                                               \
    "  ret void\n"                                                                                                                 \
    "}\n"

#define DECLARE                                                                                                                    \
    "declare void @air.write_texture_2d_array.v4f32(ptr addrspace(1), <2 x i32>, i32, <4 x float>, i32, i32)\n"                    \
    "declare i32 @air.get_num_mip_levels_texture_2d_array(ptr addrspace(1))\n"                                                     \
    "declare i32 @air.get_width_texture_2d_array(ptr addrspace(1), i32)\n"

#define METADATA                                                                                                                   \
    "!1 = !{}\n"                                                                                                                   \
    "!2 = !{!3, !4, !5}\n"                                                                                                         \
    "!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", !\"air.address_space\", i32 1, "   \
    "!\"air.arg_type_size\", i32 4, !\"air.arg_type_align_size\", i32 4, !\"air.arg_type_name\", !\"uint\", !\"air.arg_name\", !\"out\"}\n" \
    "!5 = !{i32 2, !\"air.thread_position_in_grid\", !\"air.arg_type_name\", !\"uint\", !\"air.arg_name\", !\"id\"}\n"

#define TEXTURE(location, metal_index)                                                                                             \
    "!{i32 " location ", !\"air.texture\", !\"air.location_index\", i32 " metal_index ", i32 1, !\"air.write\", "                  \
    "!\"air.arg_type_name\", !\"texture2d_array<float, write>\", !\"air.arg_name\", !\"t\"}\n"

static const char cs_bound[] =
    DECLARE
    "define void @cs_bound(ptr addrspace(1) %out, ptr addrspace(1) %t, i32 %id) {\n" BODY
    "!air.kernel = !{!0}\n"
    "!0 = !{ptr @cs_bound, !1, !2}\n" METADATA
    "!4 = " TEXTURE("1", "0");

static const char cs_memory[] =
    DECLARE
    "define void @cs_memory(ptr addrspace(1) %out, ptr addrspace(2) %a, i32 %id) {\n"
    "  %t = load ptr addrspace(1), ptr addrspace(2) %a, align 8\n" BODY
    "!air.kernel = !{!0}\n"
    "!0 = !{ptr @cs_memory, !1, !2}\n" METADATA
    "!4 = !{i32 1, !\"air.indirect_buffer\", !\"air.buffer_size\", i32 8, !\"air.location_index\", i32 1, i32 1, !\"air.read\", "
    "!\"air.address_space\", i32 2, !\"air.struct_type_info\", !6, !\"air.arg_type_size\", i32 8, !\"air.arg_type_align_size\", i32 8, "
    "!\"air.arg_type_name\", !\"Args\", !\"air.arg_name\", !\"a\"}\n"
    "!6 = !{i32 0, i32 8, i32 0, !\"texture2d_array<float, write>\", !\"t\", !\"air.indirect_argument\", !7}\n"
    "!7 = " TEXTURE("0", "0");

/* clang-format on */

static struct pvg_w_texture_desc describe(void)
{
    struct pvg_w_texture_desc d = pvg_guest_desc_2d(KIT_R32F, SIZE, SIZE, PVG_W_USAGE_READ | PVG_W_USAGE_WRITE);

    d.type = PVG_W_TEX_2D_ARRAY;
    d.levels = LEVELS;
    d.array_length = SLICES;
    return d;
}

/** A texture of which every texel is -1. */
static uint32_t make(struct kit *k)
{
    const struct pvg_w_texture_desc d = describe();
    const float old = -1;
    uint32_t ref = kit_texture(k, &d, 4);
    for (uint32_t level = 0; level < LEVELS; level++)
        for (uint32_t slice = 0; slice < SLICES; slice++)
            for (uint32_t y = 0; y < SIZE >> level; y++)
                for (uint32_t x = 0; x < SIZE >> level; x++)
                    kit_write(k, ref,
                              kit_offset(&d, 4, level, slice) + (uint64_t)y * kit_pitch(&d, 4, level) + (uint64_t)x * sizeof(old),
                              &old, sizeof(old));
    return ref;
}

static void dispatch(struct kit *k, uint32_t pipeline, uint32_t out)
{
    const uint64_t groups[3] = {THREADS / 64, 1, 1}, threads[3] = {64, 1, 1};

    pvg_guest_cmd_set_ref(&k->c, KIT_SET_COMPUTE_PIPELINE, pipeline);
    kit_bind1(k, KIT_COMPUTE_BUFFERS, 0, out, 0);
    pvg_guest_cmd_dispatch(&k->c, groups, threads);
}

/** Levels `first` up to `last` of the texture were levels 0 and up of what the kernel had, and so wrote. */
static void expect(struct kit *k, uint32_t texture, uint32_t out, uint32_t first, uint32_t last, const char *what)
{
    const struct pvg_w_texture_desc d = describe();
    uint32_t words[THREADS];

    kit_read(k, out, 0, words, sizeof(words));
    for (uint32_t level = first; level <= last; level++) {
        uint32_t thread = (level - first) * SLICES * SIZE * SIZE, want = (SIZE >> level) << 8 | (last - first + 1);
        CHECK(words[thread] == want, "%s: level %u says 0x%x, not 0x%x", what, level, words[thread], want);
    }
    kit_download(k, &texture, 1);
    for (uint32_t level = 0; level < LEVELS; level++) {
        for (uint32_t i = 0; i < SLICES * (SIZE >> level) * (SIZE >> level); i++) {
            uint32_t n = SIZE >> level, x = i % n, y = i / n % n, slice = i / n / n;
            float got, want = -1;
            if (level >= first && level <= last)
                want = (float)((level - first) << 7 | slice << 6 | y << 3 | x) + 1;
            kit_read(k, texture,
                     kit_offset(&d, 4, level, slice) + (uint64_t)y * kit_pitch(&d, 4, level) + (uint64_t)x * sizeof(got), &got,
                     sizeof(got));
            CHECK(got == want, "%s: level %u, slice %u, texel %u,%u is %g, not %g", what, level, slice, x, y, (double)got,
                  (double)want);
        }
    }
}

static void test_bound(struct kit *k, uint32_t pipeline)
{
    uint32_t texture = make(k), out = kit_buffer(k, NULL, sizeof(uint32_t) * THREADS);

    kit_begin(k);
    pvg_guest_cmd_segment(&k->c, PVG_W_SEG_COMPUTE);
    kit_bind1(k, KIT_COMPUTE_TEXTURES, 0, texture, 0);
    dispatch(k, pipeline, out);
    CHECK(kit_run(k), "kernel that writes levels");
    expect(k, texture, out, 0, LEVELS - 1, "texture");
}

static uint32_t view_of(struct kit *k, uint32_t base, uint32_t level, uint32_t count)
{
    const struct pvg_w_texture_view v = {.opcode = 0x08,
                                         .ref = pvg_guest_ref(k->task),
                                         .base = base,
                                         .format = KIT_R32F,
                                         .has_range = true,
                                         .type = PVG_W_TEX_2D_ARRAY,
                                         .level = level,
                                         .level_count = count,
                                         .slice_count = SLICES,
                                         .swizzle = {2, 3, 4, 5}};

    CHECK(pvg_guest_texture_view(k->task, 0, &v), "%s", pvg_guest_error(k->g));
    return v.ref;
}

static void test_views(struct kit *k, uint32_t pipeline)
{
    for (uint32_t count = 1; count <= 2; count++) {
        uint32_t texture = make(k), out = kit_buffer(k, NULL, sizeof(uint32_t) * THREADS);
        uint32_t view = view_of(k, texture, 1, count);

        kit_begin(k);
        pvg_guest_cmd_segment(&k->c, PVG_W_SEG_COMPUTE);
        kit_bind1(k, KIT_COMPUTE_TEXTURES, 0, view, 0);
        dispatch(k, pipeline, out);
        CHECK(kit_run(k), "kernel that writes levels of a view");
        expect(k, texture, out, 1, count, "view");
    }
}

static void test_memory(struct kit *k)
{
    uint32_t pipeline = kit_compute_pipeline(k, kit_function(k, cs_memory, "cs_memory"));
    uint32_t texture = make(k), out = kit_buffer(k, NULL, sizeof(uint32_t) * THREADS);
    const uint64_t handle = texture;
    uint32_t arguments = kit_buffer(k, &handle, sizeof(handle));

    kit_begin(k);
    pvg_guest_cmd_segment(&k->c, PVG_W_SEG_COMPUTE);
    kit_bind1(k, KIT_COMPUTE_BUFFERS, 1, arguments, 0);
    dispatch(k, pipeline, out);
    CHECK(kit_run(k), "kernel that writes levels of a texture from memory");
    expect(k, texture, out, 0, LEVELS - 1, "texture from memory");
}

/** Nothing is bound: nothing is written, and the device goes on. */
static void test_unbound(struct kit *k, uint32_t pipeline)
{
    uint32_t out = kit_buffer(k, NULL, sizeof(uint32_t) * THREADS), word;

    kit_begin(k);
    pvg_guest_cmd_segment(&k->c, PVG_W_SEG_COMPUTE);
    dispatch(k, pipeline, out);
    CHECK(kit_run(k), "kernel that writes levels of nothing");
    kit_read(k, out, 0, &word, sizeof(word));
    CHECK((word & 0xff) == 1, "levels of nothing: 0x%x", word);
}

int main(void)
{
    for (int i = 0; i < 2; i++) {
        struct vmm_config config = {.renderer = PVG_RENDERER_VULKAN};
        struct pvg_error err = {0};

        if (i)
            setenv("OPENPVG_VK_NO_NULL_DESCRIPTOR", "1", 1);
        struct kit *k = kit_new(&config, &err);
        if (!k) {
            fprintf(stderr, "skipped: %s\n", err.message);
            return 77;
        }
        uint32_t pipeline = kit_compute_pipeline(k, kit_function(k, cs_bound, "cs_bound"));
        test_bound(k, pipeline);
        test_views(k, pipeline);
        test_memory(k);
        test_unbound(k, pipeline);
        if (check_failures && k->vm->log)
            fprintf(stderr, "--- log ---\n%s\n", k->vm->log);
        kit_free(k);
    }
    return check_failures != 0;
}
