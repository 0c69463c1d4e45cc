/* SPDX-License-Identifier: MIT */
/**
 * @file Depth and stencil formats (spec 08 sections B.2 and B.6): clears, tests, plane and cell copies, reads in shaders, resolves.
 */
#include <math.h>

#include "texels.h"
#include "vulkan/vk.h"

enum { W = 5, H = 3, OPTION_DEPTH = 1, OPTION_STENCIL = 2 };

static const uint16_t formats[] = {250, 252, 253, 255, 260};
enum { FORMATS = sizeof(formats) / sizeof(formats[0]) };
static unsigned cases;

static struct pvg_rtex *depth_texture(struct harness *h, uint16_t format, uint32_t w, uint32_t height)
{
    struct pvg_rtex *t = texel_texture(h, PVG_W_TEX_2D, format, w, height, 1, 1, 1, 1, NULL, NULL, 0);
    if (!t)
        fail_msg("format %u: texture refused", format);
    return t;
}

static struct pvg_rpass pass_over(struct pvg_rtex *t, uint16_t format, double depth, uint32_t stencil)
{
    const struct pvg_format *f = pvg_format_get(format);
    struct pvg_rpass pass = {0};
    if (f->depth_bytes)
        pass.depth = (struct pvg_rattachment){.texture = t, .load_action = 2, .store_action = 1, .clear = {depth}};
    if (f->stencil_bytes)
        pass.stencil = (struct pvg_rattachment){.texture = t, .load_action = 2, .store_action = 1, .clear = {stencil}};
    return pass;
}

/** Bytes of one texel of a plane, as copies with the option give them. */
static void plane_texel(uint16_t format, uint32_t option, double depth, uint32_t stencil, uint8_t out[4])
{
    float f = (float)depth;
    uint32_t word;
    memset(out, 0, 4);
    if (option == OPTION_STENCIL) {
        out[0] = (uint8_t)stencil;
        return;
    }
    if (format == 255) {
        word = (uint32_t)(depth * 16777215 + 0.5);
        memcpy(out, &word, 4);
        return;
    }
    if (format == 250)
        assert_true(pvg_texel_set_depth(format, depth, out));
    else
        memcpy(out, &f, 4);
}

static uint32_t plane_bytes(uint16_t format, uint32_t option)
{
    const struct pvg_format *f = pvg_format_get(format);
    return option == OPTION_STENCIL ? f->stencil_bytes : f->depth_bytes;
}

/** Copy out level 0 and give the rows' bytes. Bits 31:24 of a 24-bit plane are undefined and cleared here. */
static void read_plane(struct harness *h, struct pvg_rtex *t, uint16_t format, uint32_t option, uint32_t w, uint32_t height,
                       uint8_t *out)
{
    uint64_t mark = h->next_page;
    uint8_t *bytes;
    uint32_t size = plane_bytes(format, option);
    struct pvg_rbuf *buf = harness_buffer(h, (uint64_t)w * height * size, &bytes);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    struct pvg_rregion src = {.texture = t};
    struct pvg_rlinear dst = {.buffer = buf, .options = option};
    const uint32_t box[3] = {w, height, 1};
    if (!h->ops->copy_texture_to_buffer(cmd, &src, box, &dst))
        fail_msg("format %u: copy out of plane %u refused", format, option);
    harness_run(h, cmd);
    memcpy(out, bytes, w * height * size);
    if (format == 255 && option == OPTION_DEPTH)
        for (uint32_t i = 0; i < w * height; i++)
            out[4 * i + 3] = 0;
    h->ops->buffer_release(h->r, buf);
    harness_rewind(h, mark);
}

static void expect_plane(struct harness *h, struct pvg_rtex *t, uint16_t format, uint32_t option, double depth, uint32_t stencil,
                         const char *what)
{
    uint8_t got[W * H * 4], want[4];
    uint32_t size = plane_bytes(format, option);
    if (!size)
        return;
    read_plane(h, t, format, option, W, H, got);
    plane_texel(format, option, depth, stencil, want);
    for (uint32_t i = 0; i < W * H; i++)
        if (memcmp(got + i * size, want, size))
            fail_msg("format %u, %s: plane %u has %02x %02x %02x %02x, expected %02x %02x %02x %02x", format, what, option,
                     got[i * size], size > 1 ? got[i * size + 1] : 0, size > 2 ? got[i * size + 2] : 0,
                     size > 2 ? got[i * size + 3] : 0, want[0], want[1], want[2], want[3]);
    cases++;
}

static void test_clears(void **state)
{
    struct harness *h = *state;
    for (int i = 0; i < FORMATS; i++) {
        struct pvg_rtex *t = depth_texture(h, formats[i], W, H);
        struct pvg_rpass pass = pass_over(t, formats[i], 0.25, 0x1a7); /* The low 8 bits count. */
        struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
        assert_true(h->ops->pass_begin(cmd, &pass));
        h->ops->pass_end(cmd);
        harness_run(h, cmd);
        expect_plane(h, t, formats[i], OPTION_DEPTH, 0.25, 0xa7, "clear");
        expect_plane(h, t, formats[i], OPTION_STENCIL, 0.25, 0xa7, "clear");
        h->ops->texture_release(h->r, t);
    }
}

static void draw_at(struct harness *h, struct pvg_rcmd *cmd, uint16_t format, uint8_t samples, float z, struct pvg_rdss *dss)
{
    struct texel_quad q = {.depth = format, .rect = {-1, -1, 1, 1}, .z = z, .samples = samples};
    h->ops->set_depth_stencil(cmd, dss);
    assert_true(texel_draw(h, cmd, &q));
}

/** Less passes in front and fails behind; the stencil counts what happened. */
static void test_tests(void **state)
{
    struct harness *h = *state;
    struct pvg_w_depth_stencil d;
    pvg_w_depth_stencil_init(&d);
    d.depth_compare = 1;
    d.depth_write = true;
    d.front = d.back = (struct pvg_w_stencil_face){
        .compare = 7, .stencil_fail = 0, .depth_fail = 3, .pass = 2, .read_mask = 0xff, .write_mask = 0xff};
    struct pvg_rdss *less = h->ops->depth_stencil_create(h->r, &d);
    d.depth_compare = 7;
    d.depth_write = false;
    d.front = d.back = (struct pvg_w_stencil_face){.compare = 2, .pass = 5, .read_mask = 0x0f, .write_mask = 0xf0};
    struct pvg_rdss *equal = h->ops->depth_stencil_create(h->r, &d);
    for (int i = 0; i < FORMATS; i++) {
        uint16_t format = formats[i];
        const struct pvg_format *f = pvg_format_get(format);
        struct pvg_rtex *t = depth_texture(h, format, W, H);
        struct pvg_rpass pass = pass_over(t, format, 0.5, 9);
        struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
        assert_true(h->ops->pass_begin(cmd, &pass));
        h->ops->set_stencil_reference(cmd, 0x35, 0x35);
        draw_at(h, cmd, format, 1, 0.25f, less); /* Passes: replaced by 0x35. */
        if (f->depth_bytes)
            draw_at(h, cmd, format, 1, 0.75f, less); /* Fails: incremented to 0x36. */
        h->ops->set_stencil_reference(cmd, 0xf6, 0xf6);
        if (f->depth_bytes)
            draw_at(h, cmd, format, 1, 0.9f, equal); /* Low halves match: high half inverted. */
        h->ops->pass_end(cmd);
        harness_run(h, cmd);
        expect_plane(h, t, format, OPTION_DEPTH, 0.25, 0, "depth test");
        expect_plane(h, t, format, OPTION_STENCIL, 0, f->depth_bytes ? 0xc6 : 0x35, "stencil test");
        h->ops->texture_release(h->r, t);
    }
    h->ops->depth_stencil_release(h->r, less);
    h->ops->depth_stencil_release(h->r, equal);
}

/** Planes come back with the bits they went in with, through padded pitches; shaders see them. */
static void test_planes(void **state)
{
    struct harness *h = *state;
    for (int i = 0; i < FORMATS; i++) {
        uint16_t format = formats[i];
        for (uint32_t option = OPTION_DEPTH; option <= OPTION_STENCIL; option++) {
            uint32_t size = plane_bytes(format, option), pitch = W * size + 4 * size;
            if (!size)
                continue;
            uint64_t mark = h->next_page;
            uint8_t *bytes, got[W * H * 4], texel[4];
            struct pvg_rtex *t = depth_texture(h, format, W, H);
            struct pvg_rbuf *buf = harness_buffer(h, pitch * H, &bytes);
            for (uint32_t k = 0; k < W * H; k++) {
                plane_texel(format, option, (k * 1000003.0 + 17) / 16777215.0, k * 17 + 1, texel);
                memcpy(bytes + k / W * pitch + k % W * size, texel, size);
            }
            struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
            struct pvg_rlinear src = {.buffer = buf, .bytes_per_row = pitch, .options = option};
            struct pvg_rregion dst = {.texture = t};
            const uint32_t box[3] = {W, H, 1};
            assert_true(h->ops->copy_buffer_to_texture(cmd, &src, box, &dst));
            harness_run(h, cmd);
            read_plane(h, t, format, option, W, H, got);
            for (uint32_t y = 0; y < H; y++)
                assert_memory_equal(got + y * W * size, bytes + y * pitch, W * size);
            cases++;

            /* In a shader: depth as it is, stencil through the stencil's own format. */
            float at[W * H][4];
            union texel values[W * H];
            for (uint32_t k = 0; k < W * H; k++)
                at[k][0] = (float)(k % W), at[k][1] = (float)(k / W), at[k][2] = at[k][3] = 0;
            struct pvg_rtex *view = t;
            if (option == OPTION_STENCIL && format != 253) {
                struct pvg_rview_desc desc = {
                    .format = format == 255 ? 262 : 261, .type = PVG_W_TEX_2D, .level_count = 1, .slice_count = 1};
                view = h->ops->texture_view(h->r, t, &desc);
                assert_non_null(view);
            }
            texel_fetch(h, view, PVG_W_TEX_2D, option == OPTION_STENCIL ? TEXEL_UINT : TEXEL_FLOAT, at, W * H, values);
            for (uint32_t k = 0; k < W * H; k++) {
                if (option == OPTION_STENCIL)
                    assert_int_equal(values[k].u[0], (uint8_t)(k * 17 + 1));
                else if (fabs(values[k].f[0] - (k * 1000003.0 + 17) / 16777215.0) > (format == 250 ? 1.0 / 65535 : 1.2e-7))
                    fail_msg("format %u: depth %g read", format, values[k].f[0]);
            }
            cases++;
            if (view != t) {
                /* Copies of the stencil view have its plane, with and without the option. */
                uint8_t *out;
                struct pvg_rbuf *out_buf = harness_buffer(h, W * H, &out);
                struct pvg_rregion from = {.texture = view};
                struct pvg_rlinear to = {.buffer = out_buf};
                cmd = h->ops->cmd_begin(h->r);
                assert_true(h->ops->copy_texture_to_buffer(cmd, &from, box, &to));
                to.options = OPTION_DEPTH;
                assert_false(h->ops->copy_texture_to_buffer(cmd, &from, box, &to));
                harness_run(h, cmd);
                assert_memory_equal(out, got, W * H);
                h->ops->buffer_release(h->r, out_buf);
                h->ops->texture_release(h->r, view);
                cases++;
            }
            h->ops->texture_release(h->r, t);
            h->ops->buffer_release(h->r, buf);
            harness_rewind(h, mark);
        }
    }
}

/** Whole guest cells of combined formats, both ways; a plane copy leaves the other plane alone. */
static void test_cells(void **state)
{
    struct harness *h = *state;
    enum { CW = 7, CH = 5 };
    for (int i = 0; i < FORMATS; i++) {
        uint16_t format = formats[i];
        const struct pvg_format *f = pvg_format_get(format);
        if (!f->depth_bytes || !f->stencil_bytes)
            continue;
        uint64_t mark = h->next_page;
        uint32_t pitch = CW * f->bytes + 12;
        uint8_t *in, *out, *plane;
        struct pvg_rbuf *from = harness_buffer(h, pitch * CH, &in), *to = harness_buffer(h, pitch * CH, &out),
                        *one = harness_buffer(h, 64, &plane);
        struct pvg_rtex *t = depth_texture(h, format, CW, CH);
        memset(in, 0xee, pitch * CH);
        memset(out, 0x55, pitch * CH);
        for (uint32_t k = 0; k < CW * CH; k++) {
            uint8_t *cell = in + k / CW * pitch + k % CW * f->bytes;
            memset(cell, 0, f->bytes);
            assert_true(pvg_texel_set_depth(format, k == 0 ? 0 : k == 1 ? 1 : (k * 479001.0 + 5) / 16777215.0, cell));
            assert_true(pvg_texel_set_stencil(format, k * 7 + 3, cell));
        }
        struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
        struct pvg_rlinear src = {.buffer = from, .bytes_per_row = pitch}, dst = {.buffer = to, .bytes_per_row = pitch};
        struct pvg_rregion at = {.texture = t}, corner = {.texture = t, .x = 2, .y = 1};
        const uint32_t box[3] = {CW, CH, 1}, pair[3] = {2, 1, 1};
        assert_true(h->ops->copy_buffer_to_texture(cmd, &src, box, &at));
        assert_true(h->ops->copy_texture_to_buffer(cmd, &at, box, &dst));
        harness_run(h, cmd);
        for (uint32_t y = 0; y < CH; y++) {
            assert_memory_equal(out + y * pitch, in + y * pitch, CW * f->bytes);
            assert_int_equal(out[y * pitch + CW * f->bytes], 0x55);
        }
        cases++;
        /* Stencil of two texels replaced by its plane. */
        plane[0] = 0xab;
        plane[1] = 0xcd;
        cmd = h->ops->cmd_begin(h->r);
        struct pvg_rlinear two = {.buffer = one, .options = OPTION_STENCIL};
        assert_true(h->ops->copy_buffer_to_texture(cmd, &two, pair, &corner));
        assert_true(h->ops->copy_texture_to_buffer(cmd, &at, box, &dst));
        two.options = OPTION_DEPTH | OPTION_STENCIL;
        assert_false(h->ops->copy_buffer_to_texture(cmd, &two, pair, &corner));
        two.options = 4;
        assert_false(h->ops->copy_buffer_to_texture(cmd, &two, pair, &corner));
        harness_run(h, cmd);
        for (uint32_t k = 0; k < 2; k++)
            assert_true(pvg_texel_set_stencil(format, k ? 0xcd : 0xab, in + pitch + (2 + k) * f->bytes));
        for (uint32_t y = 0; y < CH; y++)
            assert_memory_equal(out + y * pitch, in + y * pitch, CW * f->bytes);
        cases++;
        h->ops->texture_release(h->r, t);
        h->ops->buffer_release(h->r, from);
        h->ops->buffer_release(h->r, to);
        h->ops->buffer_release(h->r, one);
        harness_rewind(h, mark);
    }
}

/** Every value of 24 bits that is easily rounded wrongly survives. */
static void test_depth24(void **state)
{
    struct harness *h = *state;
    enum { SIDE = 512, N = SIDE * SIDE };
    uint64_t mark = h->next_page;
    uint8_t *in, *out;
    struct pvg_rbuf *from = harness_buffer(h, N * 4, &in), *to = harness_buffer(h, N * 4, &out);
    struct pvg_rtex *t = depth_texture(h, 255, SIDE, SIDE);
    for (uint32_t i = 0; i < N; i++) {
        /* All near both ends and the middle, every 97th elsewhere. */
        uint32_t v = i < 65536    ? i
                     : i < 131072 ? 0xffffff - (i - 65536)
                     : i < 196608 ? 0x800000 - 32768 + (i - 131072)
                                  : (i - 196608) * 255;
        ((uint32_t *)(void *)in)[i] = (v & 0xffffff) << 8 | (i & 0xff);
    }
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    struct pvg_rlinear src = {.buffer = from}, dst = {.buffer = to};
    struct pvg_rregion at = {.texture = t};
    const uint32_t box[3] = {SIDE, SIDE, 1};
    assert_true(h->ops->copy_buffer_to_texture(cmd, &src, box, &at));
    assert_true(h->ops->copy_texture_to_buffer(cmd, &at, box, &dst));
    harness_run(h, cmd);
    assert_memory_equal(in, out, N * 4);
    cases++;
    h->ops->texture_release(h->r, t);
    h->ops->buffer_release(h->r, from);
    h->ops->buffer_release(h->r, to);
    harness_rewind(h, mark);
}

/** Depth comparison in a sampler, for all functions. */
static void test_comparison(void **state)
{
    struct harness *h = *state;
    static const bool expect[8][3] = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {1, 1, 0}, {0, 0, 1}, {1, 0, 1}, {0, 1, 1}, {1, 1, 1}};
    for (int i = 0; i < FORMATS; i++) {
        if (!pvg_format_get(formats[i])->depth_bytes)
            continue;
        struct pvg_rtex *t = depth_texture(h, formats[i], W, H);
        struct pvg_rpass pass = pass_over(t, formats[i], 0.5, 0);
        struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
        assert_true(h->ops->pass_begin(cmd, &pass));
        h->ops->pass_end(cmd);
        harness_run(h, cmd);
        bool exact = formats[i] == 252 || formats[i] == 260;
        for (uint8_t compare = 1; compare < 8; compare++) {
            struct pvg_w_sampler desc;
            pvg_w_sampler_init(&desc);
            desc.compare = compare;
            struct pvg_rsampler *s = h->ops->sampler_create(h->r, &desc);
            /* The reference is below, equal to, above what is stored: reference OP stored. */
            const float at[3][4] = {{0.5f, 0.5f, 0.25f, 0}, {0.5f, 0.5f, 0.5f, 0}, {0.5f, 0.5f, 0.75f, 0}};
            union texel got[3];
            texel_sample(h, t, PVG_W_TEX_2D, TEXEL_SHADOW, s, NULL, at, 3, got);
            for (int k = 0; k < 3; k++)
                if ((k != 1 || exact) && got[k].f[0] != (float)expect[compare][k])
                    fail_msg("format %u: function %u of case %d gives %g", formats[i], compare, k, got[k].f[0]);
            h->ops->sampler_release(h->r, s);
            cases++;
        }
        h->ops->texture_release(h->r, t);
    }
}

/** Four samples of different depth, resolved by each filter the device has. */
static void test_resolve(void **state)
{
    struct harness *h = *state;
    struct pvg_vk *vk = pvg_vk_of(h->r);
    struct pvg_w_depth_stencil d;
    pvg_w_depth_stencil_init(&d);
    d.depth_write = true;
    struct pvg_rdss *write = h->ops->depth_stencil_create(h->r, &d);
    for (int i = 0; i < FORMATS; i++) {
        uint16_t format = formats[i];
        struct pvg_vkformat_report r;
        pvg_vkformat_report(vk, format, &r);
        if (!pvg_format_get(format)->depth_bytes || !r.msaa)
            continue;
        for (uint8_t filter = 0; filter < 3; filter++) {
            static const VkResolveModeFlagBits modes[] = {VK_RESOLVE_MODE_SAMPLE_ZERO_BIT, VK_RESOLVE_MODE_MIN_BIT,
                                                          VK_RESOLVE_MODE_MAX_BIT};
            if (!(vk->depth_resolve_modes & modes[filter]) ||
                (filter && pvg_format_get(format)->stencil_bytes && !vk->independent_resolve_none))
                continue;
            struct pvg_rtex *ms = texel_texture(h, PVG_W_TEX_2D_MS, format, W, H, 1, 1, 4, 1, NULL, NULL, 0),
                            *t = depth_texture(h, format, W, H);
            struct pvg_rpass pass = pass_over(ms, format, 1, 0);
            pass.depth.resolve = t;
            pass.depth.store_action = 2;
            pass.depth.resolve_filter = filter;
            /* The left 2.5 columns: some samples of column 2. */
            struct texel_quad q = {.depth = format, .rect = {-1, -1, 0, 1}, .z = 0.25f, .samples = 4};
            struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
            assert_true(h->ops->pass_begin(cmd, &pass));
            h->ops->set_depth_stencil(cmd, write);
            assert_true(texel_draw(h, cmd, &q));
            h->ops->pass_end(cmd);
            harness_run(h, cmd);
            uint8_t got[W * H * 4], near[4], far[4];
            uint32_t size = plane_bytes(format, OPTION_DEPTH);
            read_plane(h, t, format, OPTION_DEPTH, W, H, got);
            plane_texel(format, OPTION_DEPTH, 0.25, 0, near);
            plane_texel(format, OPTION_DEPTH, 1, 0, far);
            if (format == 255)
                near[3] = far[3] = 0;
            assert_memory_equal(got, near, size);
            assert_memory_equal(got + 4 * size, far, size);
            if (filter)
                assert_memory_equal(got + 2 * size, filter == 1 ? near : far, size);
            cases++;
            h->ops->texture_release(h->r, ms);
            h->ops->texture_release(h->r, t);
        }
    }
    h->ops->depth_stencil_release(h->r, write);
}

/** Copies between depth textures take both planes, slice by slice; a pass over two textures takes each of one. */
static void test_copies(void **state)
{
    struct harness *h = *state;
    for (int i = 0; i < FORMATS; i++) {
        struct pvg_rtex *a = depth_texture(h, formats[i], W, H);
        struct pvg_rtex *b = texel_texture(h, PVG_W_TEX_2D_ARRAY, formats[i], W, H, 1, 1, 1, 3, NULL, NULL, 0);
        struct pvg_rpass pass = pass_over(a, formats[i], 0.625, 77);
        struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
        assert_true(b && h->ops->pass_begin(cmd, &pass));
        h->ops->pass_end(cmd);
        struct pvg_rregion src = {.texture = a}, dst = {.texture = b, .slice = 2};
        const uint32_t box[3] = {W, H, 1};
        assert_true(h->ops->copy_texture(cmd, &src, box, &dst));
        harness_run(h, cmd);
        struct pvg_rview_desc slice = {.type = PVG_W_TEX_2D, .level_count = 1, .base_slice = 2, .slice_count = 1};
        struct pvg_rtex *view = h->ops->texture_view(h->r, b, &slice);
        assert_non_null(view);
        expect_plane(h, view, formats[i], OPTION_DEPTH, 0.625, 77, "copy");
        expect_plane(h, view, formats[i], OPTION_STENCIL, 0.625, 77, "copy");
        h->ops->texture_release(h->r, view);
        h->ops->texture_release(h->r, a);
        h->ops->texture_release(h->r, b);
    }
    struct pvg_rtex *depth = depth_texture(h, 252, W, H), *stencil = depth_texture(h, 253, W, H);
    struct pvg_rpass pass = pass_over(depth, 252, 0.125, 0), other = pass_over(stencil, 253, 0, 5);
    pass.stencil = other.stencil;
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->pass_begin(cmd, &pass));
    h->ops->pass_end(cmd);
    harness_run(h, cmd);
    expect_plane(h, depth, 252, OPTION_DEPTH, 0.125, 0, "two textures");
    expect_plane(h, stencil, 253, OPTION_STENCIL, 0, 5, "two textures");
    h->ops->texture_release(h->r, depth);
    h->ops->texture_release(h->r, stencil);
}

static int teardown(void **state)
{
    printf("%u cases over %d depth and stencil formats\n", cases, FORMATS);
    texel_fini(*state);
    return harness_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clears),  cmocka_unit_test(test_tests),   cmocka_unit_test(test_planes),
        cmocka_unit_test(test_cells),   cmocka_unit_test(test_depth24), cmocka_unit_test(test_comparison),
        cmocka_unit_test(test_resolve), cmocka_unit_test(test_copies),
    };
    return cmocka_run_group_tests(tests, harness_setup, teardown);
}
