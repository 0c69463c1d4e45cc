/* SPDX-License-Identifier: MIT */
/**
 * @file Draws against pixels computed here. Tolerance: 1 of 255 per component unless a test says otherwise; geometry covers whole
 * pixels, so coverage is exact.
 */
#include <math.h>

#include "harness.h"
#include "shaders.h"

struct vertex {
    float position[4], color[4], uv[2];
};

static struct pvg_rpipe *make_pipe(struct harness *h, const struct fake_shader *vs, const struct fake_shader *fs,
                                   const struct pvg_w_render_pipeline *desc)
{
    struct fake_container cv = fake_container(vs), cf = fake_container(fs ? fs : vs);
    struct pvg_rfunc *f[PVG_RSTAGE_COUNT] = {0};
    f[PVG_RSTAGE_VERTEX] = h->ops->function_create(h->r, &cv, sizeof(cv));
    f[PVG_RSTAGE_FRAGMENT] = fs ? h->ops->function_create(h->r, &cf, sizeof(cf)) : NULL;
    struct pvg_rpipe *p = h->ops->render_pipeline_create(h->r, desc, f);
    h->ops->function_release(h->r, f[PVG_RSTAGE_VERTEX]);
    h->ops->function_release(h->r, f[PVG_RSTAGE_FRAGMENT]);
    assert_non_null(p);
    return p;
}

static struct pvg_w_render_pipeline pipe_desc(uint16_t format)
{
    struct pvg_w_render_pipeline d;
    memset(&d, 0, sizeof(d));
    d.sample_count = 1;
    d.rasterization = true;
    for (int i = 0; i < 8; i++)
        d.color[i] = (struct pvg_w_color_state){.source_rgb = 1, .source_alpha = 1, .write_mask = 15};
    d.color[0].present = true;
    d.color[0].format = format;
    return d;
}

/** Rectangle in clip space as a strip. */
static void quad(struct vertex v[4], float x0, float y0, float x1, float y1, float z, const float color[4])
{
    const float xs[4] = {x0, x1, x0, x1}, ys[4] = {y0, y0, y1, y1};
    for (int i = 0; i < 4; i++) {
        v[i] = (struct vertex){{xs[i], ys[i], z, 1}, {0}, {(float)(i & 1), (float)(i < 2)}};
        memcpy(v[i].color, color, sizeof(v[i].color));
    }
}

static const float red[4] = {1, 0, 0, 1}, green[4] = {0, 1, 0, 1}, half_blue[4] = {0, 0, 1, 0.5f}, white[4] = {1, 1, 1, 1};

static struct pvg_rpass pass_over(struct pvg_rtex *t)
{
    return (struct pvg_rpass){.color = {{.texture = t, .load_action = 2, .store_action = 1, .clear = {0, 0, 0, 1}}}};
}

static const uint8_t *at(const uint8_t *pixels, uint32_t width, uint32_t x, uint32_t y)
{
    return pixels + 4 * (y * width + x);
}

static void test_triangle_orientation(void **state)
{
    struct harness *h = *state;
    struct pvg_rtex *t = harness_texture(h, 80, 8, 8, 4);
    struct pvg_w_render_pipeline d = pipe_desc(80);
    struct pvg_rpipe *p = make_pipe(h, &pull_vertex, &colour_fragment, &d);
    struct vertex v[4];
    quad(v, -1, 0, 0, 1, 0.5f, red); /* Upper left in Metal's clip space. */
    struct pvg_rpass pass = pass_over(t);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->pass_begin(cmd, &pass));
    h->ops->set_render_pipeline(cmd, p);
    h->ops->set_bytes(cmd, PVG_RSTAGE_VERTEX, 0, v, sizeof(v), UINT32_MAX);
    struct pvg_rdraw draw = {.primitive = 4, .count = 4, .instance_count = 1};
    assert_true(h->ops->draw(cmd, &draw));
    h->ops->pass_end(cmd);
    harness_run(h, cmd);
    uint8_t px[256];
    harness_read(h, t, 8, 8, 4, px);
    assert_pixel(at(px, 8, 0, 0), (const uint8_t[4]){0, 0, 255, 255}, 0);
    assert_pixel(at(px, 8, 3, 3), (const uint8_t[4]){0, 0, 255, 255}, 0);
    assert_pixel(at(px, 8, 4, 3), (const uint8_t[4]){0, 0, 0, 255}, 0);
    assert_pixel(at(px, 8, 3, 4), (const uint8_t[4]){0, 0, 0, 255}, 0);
    h->ops->pipeline_release(h->r, p);
    h->ops->texture_release(h->r, t);
}

/** Strip order of quad(): first triangle lower left, lower right, upper left = counter-clockwise as seen. */
static void test_culling(void **state)
{
    struct harness *h = *state;
    struct pvg_rtex *t = harness_texture(h, 80, 8, 8, 4);
    struct pvg_w_render_pipeline d = pipe_desc(80);
    struct pvg_rpipe *p = make_pipe(h, &pull_vertex, &colour_fragment, &d);
    struct vertex v[4];
    quad(v, -1, -1, 1, 1, 0.5f, red);
    const struct {
        uint32_t cull, winding;
        bool drawn;
    } cases[] = {{0, 0, true}, {2, 0, false}, {1, 0, true}, {2, 1, true}, {1, 1, false}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pvg_rpass pass = pass_over(t);
        struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
        assert_true(h->ops->pass_begin(cmd, &pass));
        h->ops->set_render_pipeline(cmd, p);
        h->ops->set_cull_mode(cmd, cases[i].cull);
        h->ops->set_front_facing(cmd, cases[i].winding);
        h->ops->set_bytes(cmd, PVG_RSTAGE_VERTEX, 0, v, sizeof(v), UINT32_MAX);
        struct pvg_rdraw draw = {.primitive = 4, .count = 4, .instance_count = 1};
        assert_true(h->ops->draw(cmd, &draw));
        h->ops->pass_end(cmd);
        harness_run(h, cmd);
        uint8_t px[256];
        harness_read(h, t, 8, 8, 4, px);
        assert_int_equal(px[2], cases[i].drawn ? 255 : 0);
    }
    h->ops->pipeline_release(h->r, p);
    h->ops->texture_release(h->r, t);
}

static void test_blend_and_mask(void **state)
{
    struct harness *h = *state;
    struct pvg_rtex *t = harness_texture(h, 80, 4, 4, 4);
    struct pvg_w_render_pipeline d = pipe_desc(80);
    d.color[0].blend = true;
    d.color[0].source_rgb = 4, d.color[0].destination_rgb = 5; /* Source alpha, one minus source alpha. */
    d.color[0].source_alpha = 1, d.color[0].destination_alpha = 5;
    struct pvg_rpipe *blend = make_pipe(h, &pull_vertex, &colour_fragment, &d);
    d = pipe_desc(80);
    d.color[0].write_mask = PVG_W_WRITE_GREEN;
    struct pvg_rpipe *masked = make_pipe(h, &pull_vertex, &colour_fragment, &d);
    struct vertex v[4], w[4];
    quad(v, -1, -1, 1, 1, 0.5f, half_blue);
    quad(w, -1, -1, 0, 1, 0.5f, white);
    struct pvg_rpass pass = pass_over(t);
    pass.color[0].clear[0] = 1;
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->pass_begin(cmd, &pass));
    struct pvg_rdraw draw = {.primitive = 4, .count = 4, .instance_count = 1};
    h->ops->set_render_pipeline(cmd, blend);
    h->ops->set_bytes(cmd, PVG_RSTAGE_VERTEX, 0, v, sizeof(v), UINT32_MAX);
    assert_true(h->ops->draw(cmd, &draw));
    h->ops->set_render_pipeline(cmd, masked);
    h->ops->set_bytes(cmd, PVG_RSTAGE_VERTEX, 0, w, sizeof(w), UINT32_MAX);
    assert_true(h->ops->draw(cmd, &draw));
    h->ops->pass_end(cmd);
    harness_run(h, cmd);
    uint8_t px[64];
    harness_read(h, t, 4, 4, 4, px);
    assert_pixel(at(px, 4, 3, 0), (const uint8_t[4]){128, 0, 128, 255}, 1);
    assert_pixel(at(px, 4, 0, 0), (const uint8_t[4]){128, 255, 128, 255}, 1);
    h->ops->pipeline_release(h->r, blend);
    h->ops->pipeline_release(h->r, masked);
    h->ops->texture_release(h->r, t);
}

static void test_depth_and_stencil(void **state)
{
    struct harness *h = *state;
    struct pvg_rtex *t = harness_texture(h, 80, 4, 4, 4), *ds = harness_texture(h, 260, 4, 4, 4);
    struct pvg_w_render_pipeline d = pipe_desc(80);
    d.depth_format = d.stencil_format = 260;
    struct pvg_rpipe *p = make_pipe(h, &pull_vertex, &colour_fragment, &d);
    struct pvg_w_depth_stencil less = {.depth_compare = 1,
                                       .depth_write = true,
                                       .front = {.compare = 7, .read_mask = ~0u, .write_mask = ~0u, .pass = 2},
                                       .back = {.compare = 7, .read_mask = ~0u, .write_mask = ~0u, .pass = 2}};
    struct pvg_w_depth_stencil equal = {.depth_compare = 7,
                                        .front = {.compare = 2, .read_mask = ~0u, .write_mask = ~0u},
                                        .back = {.compare = 2, .read_mask = ~0u, .write_mask = ~0u}};
    struct pvg_rdss *dss = h->ops->depth_stencil_create(h->r, &less), *stencil = h->ops->depth_stencil_create(h->r, &equal);
    struct vertex near_left[4], far_all[4], last[4];
    quad(near_left, -1, -1, 0, 1, 0.2f, red);
    quad(far_all, -1, -1, 1, 1, 0.6f, green);
    quad(last, -1, -1, 1, 1, 0.9f, white);
    struct pvg_rpass pass = pass_over(t);
    pass.depth = (struct pvg_rattachment){.texture = ds, .load_action = 2, .store_action = 0, .clear = {1}};
    pass.stencil = (struct pvg_rattachment){.texture = ds, .load_action = 2, .store_action = 0, .clear = {0}};
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->pass_begin(cmd, &pass));
    struct pvg_rdraw draw = {.primitive = 4, .count = 4, .instance_count = 1};
    h->ops->set_render_pipeline(cmd, p);
    h->ops->set_depth_stencil(cmd, dss);
    h->ops->set_stencil_reference(cmd, 1, 1);
    h->ops->set_bytes(cmd, PVG_RSTAGE_VERTEX, 0, near_left, sizeof(near_left), UINT32_MAX);
    assert_true(h->ops->draw(cmd, &draw));
    h->ops->set_stencil_reference(cmd, 2, 2);
    h->ops->set_bytes(cmd, PVG_RSTAGE_VERTEX, 0, far_all, sizeof(far_all), UINT32_MAX);
    assert_true(h->ops->draw(cmd, &draw));
    /* White where the stencil is 1: the left half. The scissor leaves the top row out. */
    h->ops->set_depth_stencil(cmd, stencil);
    h->ops->set_stencil_reference(cmd, 1, 1);
    h->ops->set_scissors(cmd, 1, &(struct pvg_rscissor){0, 1, UINT32_MAX, UINT32_MAX});
    h->ops->set_bytes(cmd, PVG_RSTAGE_VERTEX, 0, last, sizeof(last), UINT32_MAX);
    assert_true(h->ops->draw(cmd, &draw));
    h->ops->pass_end(cmd);
    harness_run(h, cmd);
    uint8_t px[64];
    harness_read(h, t, 4, 4, 4, px);
    assert_pixel(at(px, 4, 0, 0), (const uint8_t[4]){0, 0, 255, 255}, 0);
    assert_pixel(at(px, 4, 3, 0), (const uint8_t[4]){0, 255, 0, 255}, 0);
    assert_pixel(at(px, 4, 0, 1), (const uint8_t[4]){255, 255, 255, 255}, 0);
    assert_pixel(at(px, 4, 3, 3), (const uint8_t[4]){0, 255, 0, 255}, 0);
    h->ops->depth_stencil_release(h->r, dss);
    h->ops->depth_stencil_release(h->r, stencil);
    h->ops->pipeline_release(h->r, p);
    h->ops->texture_release(h->r, t);
    h->ops->texture_release(h->r, ds);
}

static void test_texture(void **state)
{
    struct harness *h = *state;
    uint8_t *bytes;
    struct pvg_rbuf *buf = harness_buffer(h, 256, &bytes);
    const uint8_t texels[16] = {10, 20, 30, 255, 40, 50, 60, 255, 70, 80, 90, 255, 100, 110, 120, 255};
    memcpy(bytes, texels, 8);
    memcpy(bytes + 64, texels + 8, 8);
    struct pvg_rtex_desc desc = {
        .desc = {.type = PVG_W_TEX_2D,
                 .format = 80,
                 .width = 2,
                 .height = 2,
                 .depth = 1,
                 .levels = 1,
                 .samples = 1,
                 .array_length = 1,
                 .usage = 1,
                 .swizzle = {2, 3, 4, 5}},
        .backing = buf,
        .level_count = 1,
        .levels = {{.bytes_per_row = 64, .bytes_per_image = 128}},
    };
    struct pvg_rtex *tex = h->ops->texture_create(h->r, &desc), *t = harness_texture(h, 80, 4, 4, 4);
    struct pvg_rview_desc swz = {
        .type = PVG_W_TEX_2D, .level_count = 1, .slice_count = 1, .has_swizzle = 1, .swizzle = {4, 3, 2, 1}};
    struct pvg_rtex *swizzled = h->ops->texture_view(h->r, tex, &swz);
    struct pvg_w_sampler nearest = {.max_anisotropy = 1, .normalized = true, .lod_max = 3.4e38f};
    struct pvg_rsampler *s = h->ops->sampler_create(h->r, &nearest);
    struct pvg_w_render_pipeline d = pipe_desc(80);
    const struct fake_shader *shaders[2] = {&texture_fragment, &static_fragment};
    struct vertex v[4];
    quad(v, -1, -1, 1, 1, 0.5f, white);
    for (int i = 0; i < 2; i++) {
        struct pvg_rpipe *p = make_pipe(h, &pull_vertex, shaders[i], &d);
        struct pvg_rpass pass = pass_over(t);
        struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
        assert_true(h->ops->pass_begin(cmd, &pass));
        /* Loading inside the pass: the first time it goes ahead of it, the second time the pass is split. */
        assert_true(h->ops->texture_load(cmd, tex));
        h->ops->set_render_pipeline(cmd, p);
        h->ops->set_bytes(cmd, PVG_RSTAGE_VERTEX, 0, v, sizeof(v), UINT32_MAX);
        struct pvg_rdraw draw = {.primitive = 4, .count = 4, .instance_count = 1};
        assert_true(h->ops->draw(cmd, &draw)); /* Nothing bound: transparent black. */
        h->ops->set_texture(cmd, PVG_RSTAGE_FRAGMENT, 0, tex);
        h->ops->set_sampler(cmd, PVG_RSTAGE_FRAGMENT, 0, s, NULL);
        h->ops->set_scissors(cmd, 1, &(struct pvg_rscissor){0, 0, 4, 2});
        assert_true(h->ops->draw(cmd, &draw));
        assert_true(h->ops->texture_load(cmd, tex));
        const float lod[2] = {0, 0};
        h->ops->set_sampler(cmd, PVG_RSTAGE_FRAGMENT, 0, s, lod);
        h->ops->set_texture(cmd, PVG_RSTAGE_FRAGMENT, 0, swizzled);
        h->ops->set_scissors(cmd, 1, &(struct pvg_rscissor){0, 2, 4, 1});
        assert_true(h->ops->draw(cmd, &draw));
        h->ops->pass_end(cmd);
        harness_run(h, cmd);
        uint8_t px[64];
        harness_read(h, t, 4, 4, 4, px);
        assert_pixel(at(px, 4, 0, 0), texels, 0);
        assert_pixel(at(px, 4, 3, 1), texels + 4, 0);
        assert_pixel(at(px, 4, 0, 2), (const uint8_t[4]){90, 80, 70, 255}, 0);
        assert_pixel(at(px, 4, 0, 3), (const uint8_t[4]){0, 0, 0, 0}, 0);
        h->ops->pipeline_release(h->r, p);
    }
    h->ops->sampler_release(h->r, s);
    h->ops->texture_release(h->r, swizzled);
    h->ops->texture_release(h->r, tex);
    h->ops->texture_release(h->r, t);
    h->ops->buffer_release(h->r, buf);
}

/** Attributes by fixed function: position per vertex from slot 2, colour per instance (or constant) from slot 5. */
static void attributes(struct harness *h, uint8_t step, bool dynamic_stride, bool indexed, bool indirect)
{
    struct pvg_rtex *t = harness_texture(h, 80, 4, 4, 4);
    struct pvg_w_render_pipeline d = pipe_desc(80);
    d.vertex.present = true;
    d.vertex.attribute_count = 2;
    d.vertex.attributes[0] = (struct pvg_w_vertex_attribute){0, 30, 2, 4}; /* Float3 at 4. */
    d.vertex.attributes[1] = (struct pvg_w_vertex_attribute){1, 9, 5, 0};  /* UChar4Normalized. */
    d.vertex.layout_mask = 1u << 2 | 1u << 5;
    d.vertex.layouts[2] = (struct pvg_w_vertex_layout){PVG_W_STEP_PER_VERTEX, 1, dynamic_stride ? PVG_W_STRIDE_DYNAMIC : 16};
    d.vertex.layouts[5] = (struct pvg_w_vertex_layout){step, step == PVG_W_STEP_CONSTANT ? 0 : 1, 4};
    struct pvg_rpipe *p = make_pipe(h, &fixed_vertex, &colour_fragment, &d);
    uint8_t *bytes, *index_bytes;
    struct pvg_rbuf *buf = harness_buffer(h, PAGE, &bytes), *index_buf = harness_buffer(h, PAGE, &index_bytes);
    const float corners[4][2] = {{-1, -1}, {1, -1}, {-1, 1}, {1, 1}};
    for (int i = 0; i < 4; i++) {
        const float v[4] = {99, corners[i][0], corners[i][1], 0.5f};
        memcpy(bytes + 64 + 16 * i, v, 16);
    }
    const uint8_t colors[12] = {255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255};
    memcpy(bytes + 1024, colors, 12);
    const uint16_t indices[6] = {7, 7, 10, 11, 12, 13};
    memcpy(index_bytes, indices, sizeof(indices));
    const uint32_t args[5] = {4, 1, indexed ? 2 : 0, indexed ? (uint32_t)-10 : 2, 2}, plain[4] = {4, 1, 0, 2};
    memcpy(index_bytes + 256, indexed ? args : plain, indexed ? 20 : 16);

    struct pvg_rpass pass = pass_over(t);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->pass_begin(cmd, &pass));
    h->ops->set_render_pipeline(cmd, p);
    h->ops->set_buffer(cmd, PVG_RSTAGE_VERTEX, 2, buf, 64, dynamic_stride ? 16 : UINT32_MAX);
    h->ops->set_buffer(cmd, PVG_RSTAGE_VERTEX, 5, buf, 1024, UINT32_MAX);
    struct pvg_rdraw draw = {.primitive = 4, .count = 4, .instance_count = 1, .base_instance = 2};
    if (indexed) {
        draw.index_buffer = index_buf;
        draw.index_offset = indirect ? 0 : 4;
        draw.base_vertex = -10;
    }
    if (indirect) {
        draw.indirect_buffer = index_buf;
        draw.indirect_offset = 256;
    }
    assert_true(h->ops->draw(cmd, &draw));
    h->ops->pass_end(cmd);
    harness_run(h, cmd);
    uint8_t px[64];
    harness_read(h, t, 4, 4, 4, px);
    static const uint8_t third[4] = {255, 0, 0, 255}, first[4] = {0, 0, 255, 255};
    for (uint32_t i = 0; i < 16; i++)
        assert_pixel(px + 4 * i, step == PVG_W_STEP_CONSTANT ? first : third, 0);
    h->ops->pipeline_release(h->r, p);
    h->ops->buffer_release(h->r, buf);
    h->ops->buffer_release(h->r, index_buf);
    h->ops->texture_release(h->r, t);
}

static void test_attributes(void **state)
{
    for (int i = 0; i < 16; i++)
        attributes(*state, i & 1 ? PVG_W_STEP_CONSTANT : PVG_W_STEP_PER_INSTANCE, i & 2, i & 4, i & 8);
}

static void test_instances(void **state)
{
    struct harness *h = *state;
    struct pvg_rtex *t = harness_texture(h, 80, 4, 4, 4);
    struct pvg_w_render_pipeline d = pipe_desc(80);
    struct pvg_rpipe *p = make_pipe(h, &pull_vertex, &colour_fragment, &d);
    struct vertex v[4];
    quad(v, -1, -1, -0.5f, 1, 0.5f, red); /* One column; instances shift by one column. */
    struct pvg_rpass pass = pass_over(t);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->pass_begin(cmd, &pass));
    h->ops->set_render_pipeline(cmd, p);
    h->ops->set_bytes(cmd, PVG_RSTAGE_VERTEX, 0, v, sizeof(v), UINT32_MAX);
    struct pvg_rdraw draw = {.primitive = 4, .count = 4, .instance_count = 2, .base_instance = 1};
    assert_true(h->ops->draw(cmd, &draw));
    h->ops->pass_end(cmd);
    harness_run(h, cmd);
    uint8_t px[64];
    harness_read(h, t, 4, 4, 4, px);
    const uint8_t expect[4] = {0, 255, 255, 0};
    for (uint32_t x = 0; x < 4; x++)
        assert_int_equal(at(px, 4, x, 2)[2], expect[x]);
    h->ops->pipeline_release(h->r, p);
    h->ops->texture_release(h->r, t);
}

static void test_multisample(void **state)
{
    struct harness *h = *state;
    struct pvg_rtex_desc desc = {
        .desc = {.type = PVG_W_TEX_2D_MS,
                 .format = 80,
                 .width = 4,
                 .height = 4,
                 .depth = 1,
                 .levels = 1,
                 .samples = 4,
                 .array_length = 1,
                 .usage = 4,
                 .swizzle = {2, 3, 4, 5}},
    };
    struct pvg_rtex *ms = h->ops->texture_create(h->r, &desc), *t = harness_texture(h, 80, 4, 4, 4);
    struct pvg_w_render_pipeline d = pipe_desc(80);
    d.sample_count = 4;
    struct pvg_rpipe *p = make_pipe(h, &pull_vertex, &colour_fragment, &d);
    struct vertex v[4];
    quad(v, -1, -1, 0.25f, 1, 0.5f, white); /* Two and a half columns: standard sample positions give 2 of 4 samples. */
    struct pvg_rpass pass = pass_over(ms);
    pass.color[0].resolve = t;
    pass.color[0].store_action = 2;
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->pass_begin(cmd, &pass));
    h->ops->set_render_pipeline(cmd, p);
    h->ops->set_bytes(cmd, PVG_RSTAGE_VERTEX, 0, v, sizeof(v), UINT32_MAX);
    struct pvg_rdraw draw = {.primitive = 4, .count = 4, .instance_count = 1};
    assert_true(h->ops->draw(cmd, &draw));
    h->ops->pass_end(cmd);
    harness_run(h, cmd);
    uint8_t px[64];
    harness_read(h, t, 4, 4, 4, px);
    assert_int_equal(at(px, 4, 1, 1)[0], 255);
    assert_in_range(at(px, 4, 2, 1)[0], 126, 129);
    assert_int_equal(at(px, 4, 3, 1)[0], 0);
    h->ops->pipeline_release(h->r, p);
    h->ops->texture_release(h->r, ms);
    h->ops->texture_release(h->r, t);
}

static void test_visibility(void **state)
{
    struct harness *h = *state;
    struct pvg_rtex *t = harness_texture(h, 80, 8, 8, 4);
    struct pvg_w_render_pipeline d = pipe_desc(80);
    struct pvg_rpipe *p = make_pipe(h, &pull_vertex, &colour_fragment, &d);
    uint8_t *bytes;
    struct pvg_rbuf *buf = harness_buffer(h, PAGE, &bytes);
    struct vertex v[4];
    quad(v, -1, -1, 0, 1, 0.5f, white); /* 32 pixels. */
    for (int repeat = 0; repeat < 2; repeat++) {
        memset(bytes, 0xff, 64);
        struct pvg_rpass pass = pass_over(t);
        pass.visibility = buf;
        struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
        assert_true(h->ops->pass_begin(cmd, &pass));
        h->ops->set_render_pipeline(cmd, p);
        h->ops->set_bytes(cmd, PVG_RSTAGE_VERTEX, 0, v, sizeof(v), UINT32_MAX);
        struct pvg_rdraw draw = {.primitive = 4, .count = 4, .instance_count = 1};
        h->ops->set_visibility(cmd, 2, 8);
        assert_true(h->ops->draw(cmd, &draw));
        assert_true(h->ops->draw(cmd, &draw));
        h->ops->set_visibility(cmd, 1, 16);
        assert_true(h->ops->draw(cmd, &draw));
        h->ops->set_visibility(cmd, 2, 24); /* Armed, no draw. */
        h->ops->set_visibility(cmd, 2, 12); /* Refused. */
        h->ops->set_visibility(cmd, 2, PAGE);
        h->ops->set_visibility(cmd, 0, 0);
        if (repeat) { /* A second run of the same word. */
            h->ops->set_visibility(cmd, 2, 8);
            assert_true(h->ops->draw(cmd, &draw));
        }
        h->ops->pass_end(cmd);
        harness_run(h, cmd);
        uint64_t words[4];
        memcpy(words, bytes, sizeof(words));
        assert_true(words[0] == UINT64_MAX);
        assert_int_equal(words[1], repeat ? 96 : 64);
        assert_true(words[2] != 0 && words[2] != UINT64_MAX);
        assert_int_equal(words[3], 0);
    }
    h->ops->pipeline_release(h->r, p);
    h->ops->texture_release(h->r, t);
    h->ops->buffer_release(h->r, buf);
}

/** What must be refused, and that the rest of the pass still happens. */
static void test_refusals(void **state)
{
    struct harness *h = *state;
    struct pvg_rtex *t = harness_texture(h, 80, 4, 4, 4), *integers = harness_texture(h, 73, 4, 4, 5);
    struct pvg_w_render_pipeline d = pipe_desc(80);
    struct pvg_rpipe *good = make_pipe(h, &pull_vertex, &colour_fragment, &d);
    struct pvg_rpipe *untranslatable = make_pipe(h, &refused_vertex, &colour_fragment, &d);
    struct pvg_rpipe *missing_attribute = make_pipe(h, &fixed_vertex, &colour_fragment, &d);
    d.color[0].blend = true;
    d.color[0].source_rgb = 77;
    struct pvg_rpipe *bad_blend = make_pipe(h, &pull_vertex, &colour_fragment, &d);
    d = pipe_desc(80);
    struct pvg_rpipe *textured = make_pipe(h, &pull_vertex, &texture_fragment, &d);
    struct vertex v[4];
    quad(v, -1, -1, 1, 1, 0.5f, white);
    uint8_t *bytes;
    struct pvg_rbuf *buf = harness_buffer(h, PAGE, &bytes);
    struct pvg_rpass pass = pass_over(t);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    struct pvg_rdraw draw = {.primitive = 4, .count = 4, .instance_count = 1};
    assert_false(h->ops->draw(cmd, &draw)); /* No pass. */
    assert_true(h->ops->pass_begin(cmd, &pass));
    assert_false(h->ops->draw(cmd, &draw)); /* No pipeline. */
    h->ops->set_bytes(cmd, PVG_RSTAGE_VERTEX, 0, v, sizeof(v), UINT32_MAX);
    struct pvg_rpipe *bad[] = {untranslatable, missing_attribute, bad_blend};
    for (int i = 0; i < 3; i++) {
        h->ops->set_render_pipeline(cmd, bad[i]);
        assert_false(h->ops->draw(cmd, &draw));
        assert_false(h->ops->draw(cmd, &draw));
    }
    h->ops->set_render_pipeline(cmd, textured);
    h->ops->set_texture(cmd, PVG_RSTAGE_FRAGMENT, 0, integers); /* Wrong component class. */
    assert_false(h->ops->draw(cmd, &draw));
    h->ops->set_render_pipeline(cmd, good);
    h->ops->set_buffer(cmd, PVG_RSTAGE_VERTEX, 0, buf, PAGE, UINT32_MAX); /* Offset outside. */
    assert_false(h->ops->draw(cmd, &draw));
    h->ops->set_buffer(cmd, PVG_RSTAGE_VERTEX, 31, buf, 0, UINT32_MAX);
    h->ops->set_texture(cmd, PVG_RSTAGE_FRAGMENT, 128, t);
    h->ops->set_sampler(cmd, PVG_RSTAGE_FRAGMENT, 16, NULL, NULL);
    h->ops->set_bytes(cmd, PVG_RSTAGE_VERTEX, 0, v, sizeof(v), UINT32_MAX);
    draw.primitive = 5;
    assert_false(h->ops->draw(cmd, &draw));
    draw.primitive = 4;
    draw.index_buffer = buf;
    draw.index_offset = PAGE;
    assert_false(h->ops->draw(cmd, &draw));
    draw.index_offset = 1;
    assert_false(h->ops->draw(cmd, &draw));
    draw.index_buffer = NULL;
    draw.indirect_buffer = buf;
    draw.indirect_offset = PAGE - 12;
    assert_false(h->ops->draw(cmd, &draw));
    draw.indirect_buffer = NULL;
    h->ops->set_viewports(cmd, 1, &(struct pvg_rviewport){0, 0, NAN, 4, 0, 1});
    assert_true(h->ops->draw(cmd, &draw)); /* Draws nothing. */
    h->ops->set_viewports(cmd, 1, &(struct pvg_rviewport){0, 0, 2, 4, 0, 1});
    h->ops->set_viewports(cmd, 1000, NULL);
    assert_true(h->ops->draw(cmd, &draw));
    h->ops->pass_end(cmd);
    harness_run(h, cmd);
    uint8_t px[64];
    harness_read(h, t, 4, 4, 4, px);
    assert_int_equal(at(px, 4, 1, 0)[0], 255);
    assert_int_equal(at(px, 4, 2, 0)[0], 0);
    struct pvg_rpipe *all[] = {good, untranslatable, missing_attribute, bad_blend, textured};
    for (int i = 0; i < 5; i++)
        h->ops->pipeline_release(h->r, all[i]);
    h->ops->buffer_release(h->r, buf);
    h->ops->texture_release(h->r, t);
    h->ops->texture_release(h->r, integers);
}

/** Pipelines of one description render into passes of other formats; release right after use. */
static void test_variants(void **state)
{
    struct harness *h = *state;
    const uint16_t formats[] = {80, 81, 70, 115, 1, 10};
    struct pvg_w_render_pipeline d = pipe_desc(80);
    struct pvg_rpipe *p = make_pipe(h, &pull_vertex, &colour_fragment, &d);
    struct vertex v[4];
    quad(v, -1, -1, 1, 1, 0.5f, white);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        struct pvg_rtex *t = harness_texture(h, formats[i], 4, 4, 4);
        struct pvg_rpass pass = pass_over(t);
        assert_true(h->ops->pass_begin(cmd, &pass));
        h->ops->set_render_pipeline(cmd, p);
        h->ops->set_bytes(cmd, PVG_RSTAGE_VERTEX, 0, v, sizeof(v), UINT32_MAX);
        for (uint8_t primitive = 0; primitive < 5; primitive++) {
            struct pvg_rdraw draw = {.primitive = primitive, .count = 4, .instance_count = 1};
            assert_true(h->ops->draw(cmd, &draw));
        }
        h->ops->pass_end(cmd);
        h->ops->texture_release(h->r, t);
    }
    h->ops->pipeline_release(h->r, p);
    harness_run(h, cmd);
    assert_int_equal(fake_last_options.alpha8_outputs, 1);
}

static void test_depth_only(void **state)
{
    struct harness *h = *state;
    struct pvg_rtex *depth = harness_texture(h, 252, 4, 4, 4);
    struct pvg_w_render_pipeline d = pipe_desc(0);
    d.color[0].present = false;
    d.depth_format = 252;
    struct pvg_rpipe *p = make_pipe(h, &pull_vertex, NULL, &d);
    struct pvg_w_depth_stencil always = {.depth_compare = 7, .depth_write = true, .front = {.compare = 7}, .back = {.compare = 7}};
    struct pvg_rdss *dss = h->ops->depth_stencil_create(h->r, &always);
    struct vertex v[4];
    quad(v, -1, -1, 0, 1, 0.25f, white);
    struct pvg_rpass pass = {.depth = {.texture = depth, .load_action = 2, .store_action = 1, .clear = {1}}};
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->pass_begin(cmd, &pass));
    h->ops->set_render_pipeline(cmd, p);
    h->ops->set_depth_stencil(cmd, dss);
    h->ops->set_bytes(cmd, PVG_RSTAGE_VERTEX, 0, v, sizeof(v), UINT32_MAX);
    struct pvg_rdraw draw = {.primitive = 4, .count = 4, .instance_count = 1};
    assert_true(h->ops->draw(cmd, &draw));
    h->ops->barrier(cmd); /* Splits the pass; the second part keeps what was drawn. */
    assert_true(h->ops->draw(cmd, &draw));
    h->ops->pass_end(cmd);
    harness_run(h, cmd);
    float px[16];
    harness_read(h, depth, 4, 4, 4, px);
    assert_true(px[0] == 0.25f && px[1] == 0.25f && px[2] == 1 && px[3] == 1);
    h->ops->depth_stencil_release(h->r, dss);
    h->ops->pipeline_release(h->r, p);
    h->ops->texture_release(h->r, depth);
}

/** A function adds its colour to what the attachment holds, in three draws that see each other. */
static void test_framebuffer_fetch(void **state)
{
    struct harness *h = *state;
    if (!h->ops->caps(h->r)->framebuffer_read)
        skip();
    struct pvg_rtex *t = harness_texture(h, 80, 4, 4, 4);
    struct pvg_w_render_pipeline d = pipe_desc(80);
    struct pvg_rpipe *p = make_pipe(h, &pull_vertex, &fetch_fragment, &d),
                     *plain = make_pipe(h, &pull_vertex, &colour_fragment, &d);
    struct vertex v[4], w[4];
    quad(v, -1, -1, 1, 1, 0.5f, (const float[4]){0.25f, 0.125f, 0, 0});
    quad(w, -1, -1, 0, 1, 0.5f, (const float[4]){0, 0, 1, 1});
    struct pvg_rpass pass = pass_over(t);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    struct pvg_rdraw draw = {.primitive = 4, .count = 4, .instance_count = 1};
    assert_true(h->ops->pass_begin(cmd, &pass));
    h->ops->set_render_pipeline(cmd, plain);
    h->ops->set_bytes(cmd, PVG_RSTAGE_VERTEX, 0, w, sizeof(w), UINT32_MAX);
    assert_true(h->ops->draw(cmd, &draw));
    h->ops->set_render_pipeline(cmd, p);
    h->ops->set_bytes(cmd, PVG_RSTAGE_VERTEX, 0, v, sizeof(v), UINT32_MAX);
    for (int i = 0; i < 3; i++)
        assert_true(h->ops->draw(cmd, &draw));
    h->ops->pass_end(cmd);
    struct pvg_rtex *depth = harness_texture(h, 252, 4, 4, 4);
    struct pvg_rpass no_color = {.depth = {.texture = depth, .load_action = 2}};
    assert_true(h->ops->pass_begin(cmd, &no_color));
    h->ops->set_render_pipeline(cmd, p);
    h->ops->set_bytes(cmd, PVG_RSTAGE_VERTEX, 0, v, sizeof(v), UINT32_MAX);
    assert_false(h->ops->draw(cmd, &draw)); /* The slot it reads is not there. */
    h->ops->pass_end(cmd);
    harness_run(h, cmd);
    uint8_t px[64];
    harness_read(h, t, 4, 4, 4, px);
    assert_pixel(at(px, 4, 0, 0), (const uint8_t[4]){255, 96, 191, 255}, 2);
    assert_pixel(at(px, 4, 3, 3), (const uint8_t[4]){0, 96, 191, 255}, 2);
    h->ops->pipeline_release(h->r, p);
    h->ops->pipeline_release(h->r, plain);
    h->ops->texture_release(h->r, t);
    h->ops->texture_release(h->r, depth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_triangle_orientation),
        cmocka_unit_test(test_culling),
        cmocka_unit_test(test_blend_and_mask),
        cmocka_unit_test(test_depth_and_stencil),
        cmocka_unit_test(test_texture),
        cmocka_unit_test(test_attributes),
        cmocka_unit_test(test_instances),
        cmocka_unit_test(test_multisample),
        cmocka_unit_test(test_visibility),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_variants),
        cmocka_unit_test(test_depth_only),
        cmocka_unit_test(test_framebuffer_fetch),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
