/* SPDX-License-Identifier: MIT */
/** @file The kit itself, on the simplest work: a textured quad, a blended one, a kernel; each compared with arithmetic. */
#include "tests/kit/kit.h"

#include <stdlib.h>
#include <string.h>

#include "tests/vmm/check.h"

#define SIZE 32u

static void test_draw(struct kit *k)
{
    const float white[4] = {1, 1, 1, 1}, half[4] = {1, 0, 0, 0.5f};
    const double clear[4] = {0, 0, 1, 1};
    struct kit_vertex v[8];
    uint8_t texels[4][4] = {{255, 0, 0, 255}, {0, 255, 0, 255}, {255, 255, 255, 255}, {0, 0, 0, 255}};
    uint32_t target = kit_texture_2d(k, KIT_RGBA8, SIZE, SIZE, PVG_W_USAGE_READ | PVG_W_USAGE_RENDER_TARGET, NULL);
    uint32_t image = kit_texture_2d(k, KIT_RGBA8, 2, 2, PVG_W_USAGE_READ, texels);
    uint32_t plain = kit_simple_pipeline(k, kit_fs_texture, "fs_texture", KIT_RGBA8);
    struct pvg_w_render_pipeline p;

    kit_pipeline_init(k, &p, kit_function(k, kit_vs_color, "vs_color"), kit_function(k, kit_fs_color, "fs_color"), KIT_RGBA8);
    p.color[0].blend = true;
    p.color[0].source_rgb = p.color[0].source_alpha = 4;
    p.color[0].destination_rgb = p.color[0].destination_alpha = 5;
    uint32_t blend = kit_render_pipeline(k, &p);
    kit_quad(v, -1, 1, 1, 0, 0, white);
    kit_quad(v + 4, -1, 0, 1, -1, 0, half);
    uint32_t vertices = kit_buffer(k, v, sizeof(v));

    kit_begin(k);
    kit_pass(k, target, SIZE, SIZE, clear);
    kit_bind1(k, KIT_VERTEX_BUFFERS, 0, vertices, 0);
    kit_bind1(k, KIT_FRAGMENT_TEXTURES, 0, image, 0);
    kit_bind1(k, KIT_FRAGMENT_SAMPLERS, 0, kit_sampler(k, false, 0), 0);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, plain);
    kit_draw(k, KIT_TRIANGLE_STRIP, 0, 4);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, blend);
    kit_draw(k, KIT_TRIANGLE_STRIP, 4, 4);
    CHECK(kit_run(k), "draws");
    uint8_t(*px)[4] = kit_pixels(k, target, KIT_RGBA8, SIZE, SIZE);
    for (uint32_t y = 0; y < SIZE; y++) {
        for (uint32_t x = 0; x < SIZE; x++) {
            const uint8_t mixed[4] = {128, 0, 128, 191};
            const uint8_t *want = y < SIZE / 2 ? texels[(y / (SIZE / 4)) * 2 + x / (SIZE / 2)] : mixed;
            for (int c = 0; c < 4; c++)
                CHECK(abs(px[y * SIZE + x][c] - want[c]) <= 1, "pixel %u,%u.%d is %u", x, y, c, px[y * SIZE + x][c]);
        }
    }
    free(px);
}

static void test_dispatch(struct kit *k)
{
    uint32_t values[64], add = 5;
    const uint64_t groups[3] = {8, 1, 1}, threads[3] = {8, 1, 1};

    for (uint32_t i = 0; i < 64; i++)
        values[i] = i * i;
    uint32_t data = kit_buffer(k, values, sizeof(values)), amount = kit_buffer(k, &add, sizeof(add));
    uint32_t pipe = kit_compute_pipeline(k, kit_function(k, kit_cs_add, "cs_add"));
    kit_begin(k);
    pvg_guest_cmd_segment(&k->c, PVG_W_SEG_COMPUTE);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_COMPUTE_PIPELINE, pipe);
    kit_bind1(k, KIT_COMPUTE_BUFFERS, 0, data, 0);
    kit_bind1(k, KIT_COMPUTE_BUFFERS, 1, amount, 0);
    pvg_guest_cmd_dispatch(&k->c, groups, threads);
    CHECK(kit_run(k), "dispatch");
    kit_read(k, data, 0, values, sizeof(values));
    for (uint32_t i = 0; i < 64; i++)
        CHECK(values[i] == i * i + 5, "value %u is %u", i, values[i]);
}

static unsigned all(struct kit *k)
{
    test_draw(k);
    test_dispatch(k);
    return check_failures;
}

int main(void)
{
    return kit_main(all);
}
