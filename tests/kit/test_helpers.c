/* SPDX-License-Identifier: MIT */
/**
 * @file Fragments that are discarded go on as helpers: they know it, the others of their quad still work with them, and what they
 * store is dropped.
 */
#include "tests/kit/kit.h"

#include <stdlib.h>
#include <string.h>

#include "tests/vmm/check.h"

#define SIZE 16u

/*
 * The upper left fragment of each quad is discarded. Red: is the thread a helper before that (no); green: is the discarded one
 * after that, as the others of its quad see it (yes); blue: are they themselves (no). The buffer counts who stores.
 */
static const char fs_helpers[] =
    "declare void @air.discard_fragment()\n"
    "declare i1 @air.quad_is_helper_thread()\n"
    "declare i32 @air.quad_broadcast.u.i32(i32, i16)\n"
    "declare i32 @air.atomic.global.add.u.i32(ptr addrspace(1), i32, i32, i32, i1)\n"
    "define <4 x float> @fs_helpers(<4 x float> %color, <2 x float> %uv, <4 x float> %place, ptr addrspace(1) %count) {\n"
    "  %before = call i1 @air.quad_is_helper_thread()\n"
    "  %p = fptoui <4 x float> %place to <4 x i32>\n"
    "  %x = extractelement <4 x i32> %p, i32 0\n"
    "  %y = extractelement <4 x i32> %p, i32 1\n"
    "  %xy = or i32 %x, %y\n"
    "  %low = and i32 %xy, 1\n"
    "  %first = icmp eq i32 %low, 0\n"
    "  br i1 %first, label %gone, label %go\n"
    "gone:\n"
    "  call void @air.discard_fragment()\n"
    "  br label %go\n"
    "go:\n"
    "  %after = call i1 @air.quad_is_helper_thread()\n"
    "  %a = zext i1 %after to i32\n"
    "  %other = call i32 @air.quad_broadcast.u.i32(i32 %a, i16 0)\n"
    "  %n = call i32 @air.atomic.global.add.u.i32(ptr addrspace(1) %count, i32 1, i32 0, i32 2, i1 true)\n"
    "  %rb = uitofp i1 %before to float\n"
    "  %gb = uitofp i32 %other to float\n"
    "  %bb = uitofp i1 %after to float\n"
    "  %r = insertelement <4 x float> <float 0.0, float 0.0, float 0.0, float 1.0>, float %rb, i32 0\n"
    "  %g = insertelement <4 x float> %r, float %gb, i32 1\n"
    "  %b = insertelement <4 x float> %g, float %bb, i32 2\n"
    "  ret <4 x float> %b\n"
    "}\n"
    "!air.fragment = !{!0}\n"
    "!0 = !{ptr @fs_helpers, !1, !2}\n"
    "!1 = !{!3}\n"
    "!2 = !{!5, !6, !7, !8}\n"
    "!3 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"float4\"}\n"
    "!5 = !{i32 0, !\"air.fragment_input\", !\"user(color)\", !\"air.center\", !\"air.perspective\", !\"air.arg_type_name\", "
    "!\"float4\", !\"air.arg_name\", !\"color\"}\n"
    "!6 = !{i32 1, !\"air.fragment_input\", !\"user(uv)\", !\"air.center\", !\"air.perspective\", !\"air.arg_type_name\", "
    "!\"float2\", !\"air.arg_name\", !\"uv\"}\n"
    "!7 = !{i32 2, !\"air.position\", !\"air.center\", !\"air.no_perspective\", !\"air.arg_type_name\", !\"float4\", "
    "!\"air.arg_name\", !\"place\"}\n"
    "!8 = !{i32 3, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", !\"air.address_space\", i32 1, "
    "!\"air.arg_type_size\", i32 4, !\"air.arg_type_align_size\", i32 4, !\"air.arg_type_name\", !\"atomic_uint\", "
    "!\"air.arg_name\", !\"count\"}\n";

static unsigned all(struct kit *k)
{
    const double clear[4] = {0, 0, 1, 1};
    const float white[4] = {1, 1, 1, 1};
    struct kit_vertex quad[4];
    uint32_t count = 0;
    uint32_t target = kit_texture_2d(k, KIT_RGBA8, SIZE, SIZE, PVG_W_USAGE_READ | PVG_W_USAGE_RENDER_TARGET, NULL);
    uint32_t buffer = kit_buffer(k, &count, sizeof(count)), vertices = kit_buffer(k, NULL, sizeof(quad));
    uint32_t pipeline = kit_simple_pipeline(k, fs_helpers, "fs_helpers", KIT_RGBA8);

    kit_quad(quad, -1, 1, 1, -1, 0, white);
    kit_write(k, vertices, 0, quad, sizeof(quad));
    kit_begin(k);
    kit_pass(k, target, SIZE, SIZE, clear);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, pipeline);
    kit_bind1(k, KIT_VERTEX_BUFFERS, 0, vertices, 0);
    kit_bind1(k, KIT_FRAGMENT_BUFFERS, 0, buffer, 0);
    kit_draw(k, KIT_TRIANGLE_STRIP, 0, 4);
    CHECK(kit_run(k), "refused");

    uint8_t(*px)[4] = kit_pixels(k, target, KIT_RGBA8, SIZE, SIZE);
    for (uint32_t y = 0; y < SIZE; y++)
        for (uint32_t x = 0; x < SIZE; x++) {
            const uint8_t *got = px[y * SIZE + x];
            bool gone = !((x | y) & 1);
            CHECK(got[0] == 0 && got[1] == (gone ? 0 : 255) && got[2] == (gone ? 255 : 0), "pixel %u,%u is %u,%u,%u", x, y, got[0],
                  got[1], got[2]);
        }
    free(px);
    kit_read(k, buffer, 0, &count, sizeof(count));
    CHECK(count == SIZE * SIZE * 3 / 4, "%u fragments stored", count);
    return check_failures;
}

int main(void)
{
    return kit_main(all);
}
