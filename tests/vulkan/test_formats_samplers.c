/* SPDX-License-Identifier: MIT */
/**
 * @file Sampler state (spec 08 section C.5): address modes and borders of both component classes, filters, LOD clamps of the object
 * and of the bind, pixel coordinates, anisotropy.
 */
#include <math.h>

#include "texels.h"

static unsigned cases;

enum { CLAMP, MIRROR_CLAMP, REPEAT, MIRROR_REPEAT, ZERO, BORDER, MODES };

/** Texel that a nearest lookup takes on one axis of `n` texels, -1: the border. */
static int texel_of(int mode, double u, int n)
{
    double i = floor(u * n), m;
    switch (mode) {
    case CLAMP:
        return (int)fmin(fmax(i, 0), n - 1);
    case MIRROR_CLAMP:
        return (int)fmin(i < 0 ? -1 - i : i, n - 1);
    case REPEAT:
        return (int)(i - n * floor(i / n));
    case MIRROR_REPEAT:
        m = i - 2.0 * n * floor(i / (2.0 * n));
        return (int)(m < n ? m : 2 * n - 1 - m);
    default:
        return i < 0 || i >= n ? -1 : (int)i;
    }
}

static struct pvg_rtex *upload(struct harness *h, uint16_t format, uint32_t w, uint32_t height, const void *texels)
{
    uint64_t mark = h->next_page;
    uint8_t *bytes;
    uint32_t size = w * height * pvg_format_get(format)->bytes;
    struct pvg_rbuf *buf = harness_buffer(h, size, &bytes);
    memcpy(bytes, texels, size);
    struct pvg_rtex *t = texel_texture(h, PVG_W_TEX_2D, format, w, height, 1, 1, 1, 1, NULL, NULL, 0);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    struct pvg_rlinear src = {.buffer = buf};
    struct pvg_rregion dst = {.texture = t};
    const uint32_t box[3] = {w, height, 1};
    assert_true(t && h->ops->copy_buffer_to_texture(cmd, &src, box, &dst));
    harness_run(h, cmd);
    h->ops->buffer_release(h->r, buf);
    harness_rewind(h, mark);
    return t;
}

/** All pairs of modes on two axes, all border colours, floats and integers. */
static void test_address_modes(void **state)
{
    struct harness *h = *state;
    enum { W = 4, H = 2, N = 11 };
    static const double us[N] = {-1.4, -0.9, -0.4, -0.1, 0.1, 0.6, 0.9, 1.1, 1.4, 1.9, 2.3};
    static const double borders[3][4] = {{0, 0, 0, 0}, {0, 0, 0, 1}, {1, 1, 1, 1}};
    for (int integer = 0; integer < 2; integer++) {
        uint16_t format = integer ? 73 : 70;
        uint8_t texels[W * H][4];
        for (int i = 0; i < W * H; i++)
            for (int c = 0; c < 4; c++)
                texels[i][c] = (uint8_t)(40 + i * 20 + c);
        struct pvg_rtex *t = upload(h, format, W, H, texels);
        float at[N * N][4];
        for (int i = 0; i < N * N; i++) {
            at[i][0] = (float)us[i % N];
            at[i][1] = (float)us[i / N];
            at[i][2] = at[i][3] = 0;
        }
        for (int n = 0; n < MODES * MODES * 3; n++) {
            struct pvg_w_sampler desc;
            pvg_w_sampler_init(&desc);
            desc.address[0] = (uint8_t)(n % MODES);
            desc.address[1] = (uint8_t)(n / MODES % MODES);
            desc.border_color = (uint8_t)(n / (MODES * MODES));
            struct pvg_rsampler *s = h->ops->sampler_create(h->r, &desc);
            union texel got[N * N];
            texel_sample(h, t, PVG_W_TEX_2D, integer ? TEXEL_UINT : TEXEL_FLOAT, s, NULL, at, N * N, got);
            /* Clamping to zero on one axis makes the border of all axes transparent black. */
            bool zero = desc.address[0] == ZERO || desc.address[1] == ZERO;
            for (int i = 0; i < N * N; i++) {
                int x = texel_of(desc.address[0], us[i % N], W), y = texel_of(desc.address[1], us[i / N], H);
                for (int c = 0; c < 4; c++) {
                    double want =
                        x < 0 || y < 0 ? borders[zero ? 0 : desc.border_color][c] * (integer ? 1 : 255) : texels[y * W + x][c];
                    double have = integer ? got[i].u[c] : got[i].f[c] * 255.0;
                    if (fabs(have - want) > 0.01)
                        fail_msg("modes %u and %u, border %u, at (%g, %g), integer %d: component %d is %g, expected %g",
                                 desc.address[0], desc.address[1], desc.border_color, us[i % N], us[i / N], integer, c, have, want);
                }
            }
            cases++;
            h->ops->sampler_release(h->r, s);
        }
        h->ops->texture_release(h->r, t);
    }
}

/** A texture whose level n is n * 10. */
static struct pvg_rtex *levels(struct harness *h)
{
    struct pvg_rtex *t = texel_texture(h, PVG_W_TEX_2D, 10, 16, 16, 1, 5, 1, 1, NULL, NULL, 0);
    uint8_t *bytes;
    struct pvg_rbuf *buf = harness_buffer(h, 256 * 5, &bytes);
    for (uint32_t level = 0; level < 5; level++)
        memset(bytes + 256 * level, (int)(level * 10), 256);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    for (uint32_t level = 0; level < 5; level++) {
        struct pvg_rlinear src = {.buffer = buf, .offset = 256 * level};
        struct pvg_rregion dst = {.texture = t, .level = level};
        const uint32_t box[3] = {16u >> level, 16u >> level, 1};
        assert_true(h->ops->copy_buffer_to_texture(cmd, &src, box, &dst));
    }
    harness_run(h, cmd);
    h->ops->buffer_release(h->r, buf);
    return t;
}

static void test_levels(void **state)
{
    struct harness *h = *state;
    static const struct {
        uint8_t mip;
        float min, max;
        bool bind;
        float bind_lod[2];
        float lod, expect;
    } rows[] = {
        {0, 0, 1000, false, {0, 0}, 3, 0},    {1, 0, 1000, false, {0, 0}, 3, 30},       {1, 0, 1000, false, {0, 0}, 2.4f, 20},
        {1, 0, 1000, false, {0, 0}, 9, 40},   {2, 0, 1000, false, {0, 0}, 2.5f, 25},    {1, 2, 1000, false, {0, 0}, 0, 20},
        {1, 0, 1, false, {0, 0}, 3, 10},      {2, 1.5f, 1.5f, false, {0, 0}, 0, 15},    {1, 0, 1000, true, {1, 2}, 0, 10},
        {1, 0, 1000, true, {1, 2}, 4, 20},    {1, 3, 4, true, {0, 1}, 4, 10},           {0, 2, 3, false, {0, 0}, 3, 0},
        {1, NAN, 1000, false, {0, 0}, 1, 10}, {1, 3, 1, false, {0, 0}, 0, 30},          {1, 0, INFINITY, false, {0, 0}, 4, 40},
        {1, -5, 1000, false, {0, 0}, -3, 0},  {2, 0, 1000, true, {NAN, NAN}, 1.5f, 15},
    };
    uint64_t mark = h->next_page;
    struct pvg_rtex *t = levels(h);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pvg_w_sampler desc;
        pvg_w_sampler_init(&desc);
        desc.mip_filter = rows[i].mip;
        desc.lod_min = rows[i].min;
        desc.lod_max = rows[i].max;
        struct pvg_rsampler *s = h->ops->sampler_create(h->r, &desc);
        const float at[1][4] = {{0.5f, 0.5f, 0, rows[i].lod}};
        union texel got;
        texel_sample(h, t, PVG_W_TEX_2D, TEXEL_FLOAT, s, rows[i].bind ? rows[i].bind_lod : NULL, at, 1, &got);
        if (fabs(got.f[0] * 255 - rows[i].expect) > 0.3)
            fail_msg("row %zu: level value %g, expected %g", i, got.f[0] * 255, rows[i].expect);
        cases++;
        h->ops->sampler_release(h->r, s);
    }
    h->ops->texture_release(h->r, t);
    harness_rewind(h, mark);
}

/** Different filters for growing and shrinking, pixel coordinates, anisotropy on a plain lookup. */
static void test_filters(void **state)
{
    struct harness *h = *state;
    const uint8_t texels[4] = {0, 100, 200, 40};
    struct pvg_rtex *t = upload(h, 10, 4, 1, texels);
    for (int n = 0; n < 4; n++) {
        struct pvg_w_sampler desc;
        pvg_w_sampler_init(&desc);
        desc.min_filter = n & 1;
        desc.mag_filter = n >> 1;
        struct pvg_rsampler *s = h->ops->sampler_create(h->r, &desc);
        /* Between texels 1 and 2, a little towards 1; LOD above and below 0 on a texture of one level. */
        const float at[2][4] = {{0.49f, 0.5f, 0, -1}, {0.49f, 0.5f, 0, 1}};
        union texel got[2];
        texel_sample(h, t, PVG_W_TEX_2D, TEXEL_FLOAT, s, NULL, at, 2, got);
        for (int k = 0; k < 2; k++) {
            double want = (k ? desc.min_filter : desc.mag_filter) ? 146 : 100;
            if (fabs(got[k].f[0] * 255 - want) > 1)
                fail_msg("filters %u and %u, case %d: %g, expected %g", desc.min_filter, desc.mag_filter, k, got[k].f[0] * 255,
                         want);
            cases++;
        }
        h->ops->sampler_release(h->r, s);
    }
    struct pvg_w_sampler desc;
    pvg_w_sampler_init(&desc);
    desc.normalized = false;
    desc.mag_filter = 1;
    desc.max_anisotropy = 16;
    struct pvg_rsampler *s = h->ops->sampler_create(h->r, &desc);
    const float pixels[3][4] = {{2.5f, 0.5f, 0, 0}, {2, 0.5f, 0, 0}, {17, 0.5f, 0, 0}};
    union texel got[3];
    texel_sample(h, t, PVG_W_TEX_2D, TEXEL_FLOAT, s, NULL, pixels, 3, got);
    const double want[3] = {200, 150, 40};
    for (int i = 0; i < 3; i++)
        if (fabs(got[i].f[0] * 255 - want[i]) > 1)
            fail_msg("pixel coordinates, case %d: %g", i, got[i].f[0] * 255);
    h->ops->sampler_release(h->r, s);
    for (uint8_t anisotropy = 0; anisotropy <= 16; anisotropy++) {
        pvg_w_sampler_init(&desc);
        desc.max_anisotropy = anisotropy;
        desc.min_filter = desc.mag_filter = desc.mip_filter = 1;
        s = h->ops->sampler_create(h->r, &desc);
        const float at[1][4] = {{0.375f, 0.5f, 0, 0}};
        texel_sample(h, t, PVG_W_TEX_2D, TEXEL_FLOAT, s, NULL, at, 1, got);
        assert_true(fabs(got[0].f[0] * 255 - 100) < 1);
        h->ops->sampler_release(h->r, s);
        cases++;
    }
    h->ops->texture_release(h->r, t);
}

static int teardown(void **state)
{
    printf("%u sampler states\n", cases);
    texel_fini(*state);
    return harness_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_address_modes), cmocka_unit_test(test_levels),
                                       cmocka_unit_test(test_filters)};
    return cmocka_run_group_tests(tests, harness_setup, teardown);
}
