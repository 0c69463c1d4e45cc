/* SPDX-License-Identifier: MIT */
/**
 * @file Every pixel format of spec 08 section B.2 through every use that the device claims for it, against the CPU's own reading of
 * the bytes. Prints the number of cases; fails when a claimed use, or one that guests need (section B.2.1), was not tested.
 */
#include <math.h>

#include "texels.h"
#include "vulkan/vk.h"

enum op { UPLOAD, COPY_OUT, STORE, CLEAR, RENDER, BLEND, WRITE, MSAA, FILTER, MIPMAP, VIEW, TEXTURE_BUFFER, REFUSED, OPS };
static const char *const op_names[OPS] = {"upload and read", "copy out", "store",  "clear",  "render", "blend",
                                          "kernel write",    "resolve",  "filter", "mipmap", "view",   "texture buffer",
                                          "refused"};

static bool covered[640][OPS];
static unsigned cases[OPS];

static void count(uint16_t format, enum op op)
{
    covered[format][op] = true;
    cases[op]++;
}

enum { W = 7, H = 5, PITCH_PAD = 12 };

static uint32_t seed = 1;

static uint32_t random32(void)
{
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8 ^ seed << 13;
}

static bool is_color(uint16_t format)
{
    const struct pvg_format *f = pvg_format_get(format);
    return f->bytes && f->kind != PVG_TEXEL_DEPTH && f->kind != PVG_TEXEL_COMPRESSED;
}

static struct pvg_vkformat_report report_of(struct harness *h, uint16_t format)
{
    struct pvg_vkformat_report r;
    pvg_vkformat_report(pvg_vk_of(h->r), format, &r);
    return r;
}

/** A texel of this format: numbers for floating-point formats, any bits for the others. */
static void random_texel(uint16_t format, uint8_t *dst)
{
    const struct pvg_format *f = pvg_format_get(format);
    double rgba[4];
    for (int i = 0; i < 4; i++)
        rgba[i] = (double)(int32_t)random32() / 2147483648.0 * (f->kind == PVG_TEXEL_XR ? 1.2 : 50);
    if (f->kind == PVG_TEXEL_FLOAT || f->kind == PVG_TEXEL_RG11B10 || f->kind == PVG_TEXEL_RGB9E5 || f->kind == PVG_TEXEL_XR) {
        for (int i = 0; i < 4; i++)
            rgba[i] = f->kind == PVG_TEXEL_RG11B10 || f->kind == PVG_TEXEL_RGB9E5 ? fabs(rgba[i]) : rgba[i];
        assert_true(pvg_texel_encode(f, format, rgba, dst));
        return;
    }
    for (uint32_t i = 0; i < f->bytes; i++)
        dst[i] = (uint8_t)random32();
}

/** Texture over its own guest bytes with a padded, odd pitch. */
struct backed {
    struct pvg_rtex *t;
    struct pvg_rbuf *buf;
    uint8_t *bytes;
    uint32_t pitch, tight, rows;
};

static struct backed backed(struct harness *h, uint16_t format, uint32_t w, uint32_t height)
{
    const struct pvg_format *f = pvg_format_get(format);
    struct backed b = {.tight = (uint32_t)pvg_format_row_bytes(f, w), .rows = pvg_format_rows(f, height)};
    b.pitch = b.tight + PITCH_PAD + (f->bytes == 1);
    b.buf = harness_buffer(h, (uint64_t)b.pitch * b.rows, &b.bytes);
    memset(b.bytes, 0xcc, (size_t)b.pitch * b.rows);
    struct pvg_rlevel level = {0, b.pitch, (uint64_t)b.pitch * b.rows};
    b.t = texel_texture(h, PVG_W_TEX_2D, format, w, height, 1, 1, 1, 1, b.buf, &level, 1);
    if (!b.t)
        fail_msg("format %u: texture refused", format);
    return b;
}

static void drop(struct harness *h, struct backed *b)
{
    h->ops->texture_release(h->r, b->t);
    h->ops->buffer_release(h->r, b->buf);
}

static void load(struct harness *h, struct backed *b)
{
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->texture_load(cmd, b->t));
    harness_run(h, cmd);
}

static void all_texels(float at[][4], uint32_t w, uint32_t height)
{
    for (uint32_t i = 0; i < w * height; i++) {
        at[i][0] = (float)(i % w);
        at[i][1] = (float)(i / w);
        at[i][2] = at[i][3] = 0;
    }
}

/** Upload, read in a shader, copy out to another pitch, store back over the guest bytes. */
static void transfers(struct harness *h, uint16_t format)
{
    struct backed b = backed(h, format, W, H);
    const struct pvg_format *f = pvg_format_get(format);
    for (uint32_t i = 0; i < W * H; i++)
        random_texel(format, b.bytes + i / W * b.pitch + i % W * f->bytes);
    uint8_t before[4096];
    memcpy(before, b.bytes, (size_t)b.pitch * H);
    load(h, &b);
    float at[W * H][4];
    union texel got[W * H], want;
    all_texels(at, W, H);
    texel_fetch(h, b.t, PVG_W_TEX_2D, texel_class_of(format), at, W * H, got);
    for (uint32_t i = 0; i < W * H; i++) {
        texel_expect(format, b.bytes + i / W * b.pitch + i % W * f->bytes, &want);
        texel_assert(format, &got[i], &want, texel_tolerance(format), "read after upload");
    }
    count(format, UPLOAD);

    uint8_t *out;
    uint32_t pitch = b.tight + 3 * f->bytes;
    struct pvg_rbuf *out_buf = harness_buffer(h, 5 + (uint64_t)pitch * H, &out);
    memset(out, 0x77, 5 + (size_t)pitch * H);
    memset(b.bytes, 0xee, (size_t)b.pitch * H);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    struct pvg_rregion src = {.texture = b.t, .x = 1, .y = 1};
    struct pvg_rlinear dst = {.buffer = out_buf, .offset = 5, .bytes_per_row = pitch};
    const uint32_t size[3] = {W - 1, H - 1, 1};
    assert_true(h->ops->copy_texture_to_buffer(cmd, &src, size, &dst));
    assert_true(h->ops->texture_store(cmd, b.t));
    harness_run(h, cmd);
    for (uint32_t y = 0; y + 1 < H; y++) {
        if (memcmp(out + 5 + y * pitch, before + (y + 1) * b.pitch + f->bytes, (W - 1) * f->bytes))
            fail_msg("format %u: row %u of a copy out differs", format, y);
        assert_int_equal(out[5 + y * pitch + (W - 1) * f->bytes], y + 2 < H ? 0x77 : out[5 + y * pitch + (W - 1) * f->bytes]);
    }
    assert_int_equal(out[4], 0x77);
    count(format, COPY_OUT);
    for (uint32_t y = 0; y < H; y++) {
        if (memcmp(b.bytes + y * b.pitch, before + y * b.pitch, b.tight))
            fail_msg("format %u: row %u of a store differs", format, y);
        for (uint32_t x = b.tight; x < b.pitch; x++)
            assert_int_equal(b.bytes[y * b.pitch + x], 0xee);
    }
    count(format, STORE);
    h->ops->buffer_release(h->r, out_buf);
    drop(h, &b);
}

/** One step of channel `c` around `v` in the stored form. */
static double quantum(uint16_t format, int c, double v)
{
    const struct pvg_format *f = pvg_format_get(format);
    switch (f->kind) {
    case PVG_TEXEL_UNORM:
        return 1.0 / ((1u << f->bits) - 1);
    case PVG_TEXEL_SNORM:
        return 2.0 / ((1u << f->bits) - 1);
    case PVG_TEXEL_BITS:
        for (int i = 0; i < 8 && f->layout[i + 1]; i += 2)
            if (f->layout[i] == c)
                return texel_class_of(format) == TEXEL_UINT ? 0 : 1.0 / ((1u << f->layout[i + 1]) - 1);
        return 0;
    case PVG_TEXEL_FLOAT:
        return fabs(v) * (f->bits == 16 ? 1.0 / 1024 : 1e-6);
    case PVG_TEXEL_RG11B10:
        return fabs(v) / 32;
    case PVG_TEXEL_XR:
        return 1.0 / 510;
    default:
        return 0;
    }
}

/** Level 0 holds this colour everywhere, give or take one step. `steps`: more where arithmetic happened in the format. */
static void expect_color(struct harness *h, struct pvg_rtex *t, uint16_t format, uint32_t w, uint32_t height, const double rgba[4],
                         double steps, const char *what)
{
    const struct pvg_format *f = pvg_format_get(format);
    uint8_t bytes[W * H * 16], texel[16];
    double want[4], got[4];
    uint64_t mark = h->next_page;
    harness_read(h, t, w, height, f->bytes, bytes);
    harness_rewind(h, mark);
    assert_true(pvg_texel_encode(f, format, rgba, texel) && pvg_texel_decode_stored(f, format, texel, want));
    for (uint32_t i = 0; i < w * height; i++) {
        assert_true(pvg_texel_decode_stored(f, format, bytes + i * f->bytes, got));
        for (int c = 0; c < 4; c++)
            if (!(fabs(got[c] - want[c]) <= 1.001 * steps * quantum(format, c, want[c])))
                fail_msg("format %u, %s: component %d of texel %u is %.9g, expected %.9g", format, what, c, i, got[c], want[c]);
    }
}

static struct pvg_rpass pass_over(struct pvg_rtex *t, const double clear[4])
{
    struct pvg_rpass pass = {.color = {{.texture = t, .load_action = 2, .store_action = 1}}};
    memcpy(pass.color[0].clear, clear, sizeof(pass.color[0].clear));
    return pass;
}

/** Values that every channel of the format can hold. */
static void test_color_of(uint16_t format, double rgba[4], int which)
{
    static const double floats[2][4] = {{0.25, 0.5, 0.75, 0.4}, {0.8, 0.2, 0.4, 0.6}};
    static const double uints[2][4] = {{3, 100, 250, 2}, {17, 0, 9, 1}}, sints[2][4] = {{-3, 100, -128, 2}, {17, 0, -9, 127}};
    enum texel_class cls = texel_class_of(format);
    memcpy(rgba, cls == TEXEL_FLOAT ? floats[which] : cls == TEXEL_UINT ? uints[which] : sints[which], 4 * sizeof(double));
}

static struct texel_quad full_quad(uint16_t format, const double rgba[4])
{
    struct texel_quad q = {.color = format, .rect = {-1, -1, 1, 1}, .z = 0.5f};
    for (int i = 0; i < 4; i++)
        q.rgba[i] = (float)rgba[i];
    return q;
}

static void targets(struct harness *h, uint16_t format, const struct pvg_vkformat_report *r)
{
    double clear[4], color[4], mixed[4];
    test_color_of(format, clear, 0);
    test_color_of(format, color, 1);
    if (format == 1) /* Moving alpha to the host's red is the translator's part, and this shader does not come from it. */
        color[0] = color[3];
    struct pvg_rtex *t = texel_texture(h, PVG_W_TEX_2D, format, W, H, 1, 1, 1, 1, NULL, NULL, 0);
    assert_non_null(t);
    struct pvg_rpass pass = pass_over(t, clear);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->pass_begin(cmd, &pass));
    h->ops->pass_end(cmd);
    harness_run(h, cmd);
    expect_color(h, t, format, W, H, clear, 1, "clear");
    count(format, CLEAR);

    struct texel_quad q = full_quad(format, color);
    cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->pass_begin(cmd, &pass) && texel_draw(h, cmd, &q));
    h->ops->pass_end(cmd);
    harness_run(h, cmd);
    expect_color(h, t, format, W, H, color, 1, "draw");
    count(format, RENDER);

    if (r->blend) {
        q.blend = true;
        cmd = h->ops->cmd_begin(h->r);
        assert_true(h->ops->pass_begin(cmd, &pass) && texel_draw(h, cmd, &q));
        h->ops->pass_end(cmd);
        harness_run(h, cmd);
        for (int i = 0; i < 4; i++)
            mixed[i] = color[i] + clear[i] * (1 - color[3]);
        expect_color(h, t, format, W, H, mixed, 2, "blend");
        count(format, BLEND);
    }
    h->ops->texture_release(h->r, t);
}

/** Left half drawn over a clear colour with four samples, resolved. */
static void resolves(struct harness *h, uint16_t format)
{
    double clear[4], color[4];
    test_color_of(format, clear, 0);
    test_color_of(format, color, 1);
    if (format == 1)
        color[0] = color[3];
    struct pvg_rtex *ms = texel_texture(h, PVG_W_TEX_2D_MS, format, 4, 2, 1, 1, 4, 1, NULL, NULL, 0);
    struct pvg_rtex *t = texel_texture(h, PVG_W_TEX_2D, format, 4, 2, 1, 1, 1, 1, NULL, NULL, 0);
    assert_true(ms && t);
    struct pvg_rpass pass = pass_over(ms, clear);
    pass.color[0].resolve = t;
    pass.color[0].store_action = 2;
    struct texel_quad q = full_quad(format, color);
    q.samples = 4;
    q.rect[2] = 0;
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->pass_begin(cmd, &pass) && texel_draw(h, cmd, &q));
    h->ops->pass_end(cmd);
    harness_run(h, cmd);
    /* Columns 0 and 1 drawn, 2 and 3 clear. */
    const struct pvg_format *f = pvg_format_get(format);
    uint8_t bytes[4 * 2 * 16], texel[16];
    harness_read(h, t, 4, 2, f->bytes, bytes);
    for (uint32_t i = 0; i < 8; i++) {
        double want[4], got[4];
        assert_true(pvg_texel_encode(f, format, i % 4 < 2 ? color : clear, texel) &&
                    pvg_texel_decode_stored(f, format, texel, want));
        pvg_texel_decode_stored(f, format, bytes + i * f->bytes, got);
        for (int c = 0; c < 4; c++)
            if (!(fabs(got[c] - want[c]) <= 1.001 * quantum(format, c, want[c])))
                fail_msg("format %u, resolve: component %d of texel %u is %.9g, expected %.9g", format, c, i, got[c], want[c]);
    }
    /* Single samples, too. */
    const float at[2][4] = {{0, 0, 0, 3}, {3, 1, 0, 1}};
    union texel got[2], want;
    texel_fetch(h, ms, PVG_W_TEX_2D_MS, texel_class_of(format), at, 2, got);
    for (int i = 0; i < 2; i++) {
        assert_true(pvg_texel_encode(f, format, i ? clear : color, texel));
        texel_expect(format, texel, &want);
        double step = 0;
        for (int c = 0; c < 4; c++)
            step = fmax(step, quantum(format, c, 1));
        texel_assert(format, &got[i], &want, 1.001 * (f->srgb ? 3 * step : step), "sample");
    }
    count(format, MSAA);
    h->ops->texture_release(h->r, ms);
    h->ops->texture_release(h->r, t);
}

static void kernel_writes(struct harness *h, uint16_t format)
{
    struct pvg_rtex *t = texel_texture(h, PVG_W_TEX_2D, format, W, H, 1, 1, 1, 1, NULL, NULL, 0);
    assert_non_null(t);
    double rgba[4];
    test_color_of(format, rgba, 1);
    float at[W * H][4];
    union texel values[W * H];
    all_texels(at, W, H);
    enum texel_class cls = texel_class_of(format);
    for (uint32_t i = 0; i < W * H; i++) {
        for (int c = 0; c < 4; c++) {
            if (cls == TEXEL_FLOAT)
                values[i].f[c] = (float)rgba[c];
            else
                values[i].i[c] = (int32_t)rgba[c];
        }
    }
    assert_true(texel_store(h, t, PVG_W_TEX_2D, cls, at, values, W * H));
    expect_color(h, t, format, W, H, rgba, 1, "kernel write");
    count(format, WRITE);
    h->ops->texture_release(h->r, t);
}

/** The middle between two texels, and the level below them. */
static void filters(struct harness *h, uint16_t format, const struct pvg_vkformat_report *r)
{
    const struct pvg_format *f = pvg_format_get(format);
    double a[4], b[4];
    test_color_of(format, a, 0);
    test_color_of(format, b, 1);
    uint8_t texels[4 * 16], *bytes;
    struct pvg_rbuf *buf = harness_buffer(h, 64, &bytes);
    for (int i = 0; i < 4; i++)
        assert_true(pvg_texel_encode(f, format, i & 1 ? b : a, texels + i * f->bytes));
    memcpy(bytes, texels, 4u * f->bytes);
    bool blits = pvg_vk_of(h->r)->formats[format].features & VK_FORMAT_FEATURE_2_BLIT_DST_BIT;
    uint32_t levels = r->render && blits ? 2 : 1;
    struct pvg_rtex *t = texel_texture(h, PVG_W_TEX_2D, format, 2, 2, 1, levels, 1, 1, NULL, NULL, 0);
    assert_non_null(t);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    struct pvg_rlinear src = {.buffer = buf, .bytes_per_row = 2u * f->bytes};
    struct pvg_rregion dst = {.texture = t};
    const uint32_t size[3] = {2, 2, 1};
    assert_true(h->ops->copy_buffer_to_texture(cmd, &src, size, &dst));
    if (levels > 1)
        assert_true(h->ops->generate_mipmaps(cmd, t));
    harness_run(h, cmd);
    struct pvg_w_sampler desc;
    pvg_w_sampler_init(&desc);
    desc.min_filter = desc.mag_filter = 1;
    desc.mip_filter = 1;
    struct pvg_rsampler *s = h->ops->sampler_create(h->r, &desc);
    const float at[2][4] = {{0.5f, 0.5f, 0, 0}, {0.5f, 0.5f, 0, 1}};
    union texel got[2], left, right, want;
    texel_sample(h, t, PVG_W_TEX_2D, TEXEL_FLOAT, s, NULL, at, levels, got);
    texel_expect(format, texels, &left);
    texel_expect(format, texels + f->bytes, &right);
    for (int c = 0; c < 4; c++)
        want.f[c] = (left.f[c] + right.f[c]) / 2;
    /* Filter weights have 8 bits. */
    texel_assert(format, &got[0], &want, 1.0 / 256, "filtered");
    count(format, FILTER);
    if (levels > 1) {
        double step = 1.0 / 256;
        for (int c = 0; c < 4; c++)
            step = fmax(step, (f->srgb ? 3 : 1) * quantum(format, c, 1));
        texel_assert(format, &got[1], &want, step, "mipmap");
        count(format, MIPMAP);
    }
    h->ops->sampler_release(h->r, s);
    h->ops->texture_release(h->r, t);
    h->ops->buffer_release(h->r, buf);
}

static void test_colors(void **state)
{
    struct harness *h = *state;
    for (uint16_t format = 0; format < 640; format++) {
        struct pvg_vkformat_report r = report_of(h, format);
        if (!is_color(format) || r.state == PVG_VKFORMAT_ABSENT)
            continue;
        uint64_t mark = h->next_page;
        transfers(h, format);
        if (r.render)
            targets(h, format, &r);
        if (r.msaa)
            resolves(h, format);
        if (r.store)
            kernel_writes(h, format);
        if (r.filter)
            filters(h, format, &r);
        harness_rewind(h, mark);
    }
}

/** Every pair of formats whose texels have the same size, with a swizzle on top. */
static void test_views(void **state)
{
    struct harness *h = *state;
    const char *validate = getenv("OPENPVG_VK_VALIDATE");
    bool some = validate && strstr(validate, "sync"); /* Ten times slower; a part of the pairs will do. */
    for (uint16_t base = 0; base < 640; base++) {
        const struct pvg_format *f = pvg_format_get(base);
        struct pvg_vkformat_report r = report_of(h, base);
        if (!is_color(base) || r.state == PVG_VKFORMAT_ABSENT)
            continue;
        uint64_t mark = h->next_page;
        struct backed b = backed(h, base, W, H);
        for (uint32_t i = 0; i < W * H; i++)
            random_texel(base, b.bytes + i / W * b.pitch + i % W * f->bytes);
        load(h, &b);
        for (uint16_t other = 0; other < 640; other++) {
            struct pvg_vkformat_report o = report_of(h, other);
            if (!is_color(other) || o.state == PVG_VKFORMAT_ABSENT || (some && (base * 7 + other) % 15 && base != other))
                continue;
            struct pvg_rview_desc desc = {
                .format = other, .type = PVG_W_TEX_2D, .has_swizzle = 1, .level_count = 1, .slice_count = 1};
            for (int i = 0; i < 4; i++)
                desc.swizzle[i] = (uint8_t)(random32() % 6);
            struct pvg_rtex *view = h->ops->texture_view(h->r, b.t, &desc);
            bool own_form = r.state == PVG_VKFORMAT_EMULATED || o.state == PVG_VKFORMAT_EMULATED;
            bool legal = base == other || (pvg_format_get(other)->bytes == f->bytes && !own_form);
            if (legal != (view != NULL))
                fail_msg("view of format %u on %u: %s", other, base, view ? "accepted" : "refused");
            if (!view) {
                cases[REFUSED]++;
                continue;
            }
            float at[W * H][4];
            union texel got[W * H];
            enum texel_class cls = texel_class_of(other);
            all_texels(at, W, H);
            texel_fetch(h, view, PVG_W_TEX_2D, cls, at, W * H, got);
            for (uint32_t i = 0; i < W * H; i++) {
                union texel plain, want;
                texel_expect(other, b.bytes + i / W * b.pitch + i % W * f->bytes, &plain);
                bool skip = false;
                for (int c = 0; c < 4; c++) {
                    uint8_t s = desc.swizzle[c];
                    if (s >= 2)
                        want.u[c] = plain.u[s - 2];
                    else if (cls == TEXEL_FLOAT)
                        want.f[c] = s;
                    else
                        want.u[c] = s;
                    /* Devices may flush denormalised numbers of foreign bits. */
                    skip |= cls == TEXEL_FLOAT && pvg_format_get(other)->kind == PVG_TEXEL_FLOAT && want.f[c] != 0 &&
                            fabs(want.f[c]) < 6.2e-5;
                }
                if (!skip)
                    texel_assert(other, &got[i], &want, texel_tolerance(other), "read through a view");
            }
            count(other, VIEW);
            h->ops->texture_release(h->r, view);
        }
        drop(h, &b);
        harness_rewind(h, mark);
    }
}

/** Formats that are not there are refused by name. */
static void test_absent(void **state)
{
    struct harness *h = *state;
    for (uint32_t format = 0; format < 700; format++) {
        struct pvg_vkformat_report r;
        pvg_vkformat_report(pvg_vk_of(h->r), format, &r);
        uint64_t lines = atomic_load(&h->log_lines);
        struct pvg_rtex *t = texel_texture(h, PVG_W_TEX_2D, (uint16_t)format, 24, 20, 1, 1, 1, 1, NULL, NULL, 0);
        assert_int_equal(t != NULL, r.state != PVG_VKFORMAT_ABSENT);
        if (!t) {
            assert_true(r.note && *r.note);
            cases[REFUSED]++;
        }
        h->ops->texture_release(h->r, t);
        (void)lines;
    }
}

/** One block that decodes to the same known colour at all of its texels. @return its size, 0: not covered. */
static uint32_t solid_block(uint16_t format, uint8_t *b, float rgba[4])
{
    static const uint8_t white565[2] = {0xff, 0xff}, red565[2] = {0x00, 0xf8};
    memset(b, 0, 16);
    rgba[0] = rgba[3] = 1;
    rgba[1] = rgba[2] = 0;
    switch (format) {
    case 130:
    case 131: /* Both end points red, all indices 0. */
        memcpy(b, red565, 2);
        memcpy(b + 2, red565, 2);
        return 8;
    case 132:
    case 133: /* 4-bit alphas 0xf. */
        memset(b, 0xff, 8);
        memcpy(b + 8, red565, 2);
        memcpy(b + 10, red565, 2);
        return 16;
    case 134:
    case 135:
        b[0] = b[1] = 0x80;
        memcpy(b + 8, white565, 2);
        memcpy(b + 10, white565, 2);
        rgba[1] = rgba[2] = 1;
        rgba[3] = 128 / 255.0f;
        return 16;
    case 140:
    case 141:
        b[0] = b[1] = 64;
        rgba[0] = format == 140 ? 64 / 255.0f : 64 / 127.0f;
        return 8;
    case 142:
    case 143:
        b[0] = b[1] = 64;
        b[8] = b[9] = 32;
        rgba[0] = format == 142 ? 64 / 255.0f : 64 / 127.0f;
        rgba[1] = format == 142 ? 32 / 255.0f : 32 / 127.0f;
        return 16;
    case 152:
    case 153: /* Mode 6, end points of 7 bits and a shared low bit: all ones. */
        b[0] = 0x40;
        for (int bit = 7; bit < 65; bit++)
            b[bit / 8] |= (uint8_t)(1 << bit % 8);
        rgba[1] = rgba[2] = 1;
        return 16;
    case 150:
    case 151: /* Mode 11 (5 bits 00011): one region, 10-bit end points, here all zero. */
        b[0] = 0x03;
        rgba[0] = 0;
        return 16;
    default:
        return 0;
    }
}

/** Compressed blocks: read in a shader, copied with partial blocks at the edge, stored; blocks as integers through a view. */
static void test_blocks(void **state)
{
    struct harness *h = *state;
    for (uint16_t format = 130; format <= 153; format++) {
        const struct pvg_format *f = pvg_format_get(format);
        struct pvg_vkformat_report r = report_of(h, format);
        if (!f->bytes || r.state == PVG_VKFORMAT_ABSENT)
            continue;
        uint64_t mark = h->next_page;
        enum { BW = 10, BH = 6 }; /* Three by two blocks, the last ones partial. */
        struct backed b = backed(h, format, BW, BH);
        uint8_t block[16];
        float rgba[4];
        assert_int_equal(solid_block(format, block, rgba), f->bytes);
        for (uint32_t y = 0; y < b.rows; y++)
            for (uint32_t x = 0; x < b.tight / f->bytes; x++)
                memcpy(b.bytes + y * b.pitch + x * f->bytes, block, f->bytes);
        load(h, &b);
        float at[BW * BH][4];
        union texel got[BW * BH], want;
        all_texels(at, BW, BH);
        texel_fetch(h, b.t, PVG_W_TEX_2D, TEXEL_FLOAT, at, BW * BH, got);
        memcpy(want.f, rgba, sizeof(rgba));
        for (uint32_t i = 0; i < BW * BH; i++)
            texel_assert(format, &got[i], &want, 1.0 / 250, "block");
        count(format, UPLOAD);

        /* Random blocks, a partial copy into a second texture, out again. */
        for (uint32_t i = 0; i < b.pitch * b.rows; i++)
            b.bytes[i] = (uint8_t)random32();
        uint8_t before[1024], *out;
        memcpy(before, b.bytes, (size_t)b.pitch * b.rows);
        struct backed c = backed(h, format, BW, BH);
        struct pvg_rbuf *out_buf = harness_buffer(h, 256, &out);
        struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
        struct pvg_rregion src = {.texture = b.t, .x = 4, .y = 4}, dst = {.texture = c.t, .x = 4};
        const uint32_t size[3] = {6, 2, 1}, off_block[3] = {5, 2, 1}, full[3] = {6, 4, 1};
        assert_true(h->ops->texture_load(cmd, b.t));
        struct pvg_rlinear lin = {.buffer = out_buf, .bytes_per_row = 4u * f->bytes};
        assert_true(h->ops->copy_texture_to_buffer(cmd, &src, size, &lin));
        assert_false(h->ops->copy_texture_to_buffer(cmd, &src, off_block, &lin));
        assert_false(h->ops->copy_texture_to_buffer(cmd, &src, full, &lin));
        /* A copy between textures takes the same blocks; the region of the destination is not at its edge and so must be whole. */
        assert_false(h->ops->copy_texture(cmd, &src, size, &dst));
        dst = src;
        dst.texture = c.t;
        assert_true(h->ops->copy_texture(cmd, &src, size, &dst));
        assert_true(h->ops->texture_store(cmd, c.t));
        harness_run(h, cmd);
        assert_memory_equal(out, before + b.pitch + f->bytes, 2u * f->bytes);
        assert_memory_equal(c.bytes + c.pitch + f->bytes, before + b.pitch + f->bytes, 2u * f->bytes);
        count(format, COPY_OUT);
        count(format, STORE);

        struct pvg_rview_desc desc = {
            .format = f->bytes == 8 ? 103 : 123, .type = PVG_W_TEX_2D, .level_count = 1, .slice_count = 1};
        struct pvg_rtex *view = h->ops->texture_view(h->r, b.t, &desc);
        if (view) {
            float blocks[6][4];
            union texel words[6];
            all_texels(blocks, 3, 2);
            texel_fetch(h, view, PVG_W_TEX_2D, TEXEL_UINT, blocks, 6, words);
            for (uint32_t i = 0; i < 6; i++)
                assert_memory_equal(words[i].u, before + i / 3 * b.pitch + i % 3 * f->bytes, f->bytes);
            count(format, VIEW);
            h->ops->texture_release(h->r, view);
        }
        desc.format = 70;
        assert_null(h->ops->texture_view(h->r, b.t, &desc));
        h->ops->buffer_release(h->r, out_buf);
        drop(h, &b);
        drop(h, &c);
        harness_rewind(h, mark);
    }
}

/** 4:2:2: two texels share their chroma. */
static void test_subsampled(void **state)
{
    struct harness *h = *state;
    for (uint16_t format = 240; format <= 241; format++) {
        uint64_t mark = h->next_page;
        enum { CW = 6 };
        struct backed b = backed(h, format, CW, 3);
        for (uint32_t i = 0; i < b.pitch * 3; i++)
            b.bytes[i] = (uint8_t)random32();
        load(h, &b);
        float at[CW * 3][4];
        union texel got[CW * 3], want;
        all_texels(at, CW, 3);
        texel_fetch(h, b.t, PVG_W_TEX_2D, TEXEL_FLOAT, at, CW * 3, got);
        for (uint32_t i = 0; i < CW * 3; i++) {
            const uint8_t *block = b.bytes + i / CW * b.pitch + i % CW / 2 * 4;
            uint32_t luma = format == 240 ? 0 : 1, odd = i % CW % 2 * 2;
            want.f[0] = block[format == 240 ? 3 : 2] / 255.0f;
            want.f[1] = block[luma + odd] / 255.0f;
            want.f[2] = block[format == 240 ? 1 : 0] / 255.0f;
            want.f[3] = 1;
            texel_assert(10, &got[i], &want, 1e-6, "subsampled");
        }
        count(format, UPLOAD);
        uint8_t before[256];
        memcpy(before, b.bytes, b.pitch * 3);
        memset(b.bytes, 0, b.pitch * 3);
        struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
        assert_true(h->ops->texture_store(cmd, b.t));
        uint8_t *out;
        struct pvg_rbuf *out_buf = harness_buffer(h, 64, &out);
        struct pvg_rregion src = {.texture = b.t, .x = 2, .y = 1};
        struct pvg_rlinear lin = {.buffer = out_buf};
        const uint32_t size[3] = {4, 2, 1}, odd[3] = {3, 1, 1};
        assert_true(h->ops->copy_texture_to_buffer(cmd, &src, size, &lin));
        assert_false(h->ops->copy_texture_to_buffer(cmd, &src, odd, &lin));
        harness_run(h, cmd);
        for (uint32_t y = 0; y < 3; y++)
            assert_memory_equal(b.bytes + y * b.pitch, before + y * b.pitch, b.tight);
        for (uint32_t y = 0; y < 2; y++)
            assert_memory_equal(out + y * 8, before + (y + 1) * b.pitch + 4, 8);
        count(format, STORE);
        count(format, COPY_OUT);
        h->ops->buffer_release(h->r, out_buf);
        drop(h, &b);
        harness_rewind(h, mark);
    }
}

/** All 1024 codes of the extended range survive the way through the host's form. */
static void test_extended_range(void **state)
{
    struct harness *h = *state;
    for (uint16_t format = 552; format <= 555; format++) {
        uint64_t mark = h->next_page;
        struct backed b = backed(h, format, 1024, 1);
        const struct pvg_format *f = pvg_format_get(format);
        for (uint32_t i = 0; i < 1024; i++) {
            uint32_t g = (i * 7 + 5) % 1024, r = 1023 - i;
            uint64_t word = f->bytes == 4 ? i | g << 10 | r << 20
                                          : (uint64_t)i << 6 | (uint64_t)g << 22 | (uint64_t)r << 38 | (uint64_t)(i ^ 1) << 54;
            memcpy(b.bytes + i * f->bytes, &word, f->bytes);
        }
        uint8_t before[8192];
        memcpy(before, b.bytes, b.tight);
        load(h, &b);
        memset(b.bytes, 0, b.tight);
        struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
        assert_true(h->ops->texture_store(cmd, b.t));
        harness_run(h, cmd);
        assert_memory_equal(b.bytes, before, b.tight);
        drop(h, &b);
        harness_rewind(h, mark);
    }
}

/** A large converted copy goes in pieces. */
static void test_pieces(void **state)
{
    struct harness *h = *state;
    enum { SIDE = 2304 };
    uint64_t mark = h->next_page;
    uint8_t *in, *out;
    struct pvg_rbuf *from = harness_buffer(h, SIDE * SIDE * 4, &in), *to = harness_buffer(h, SIDE * SIDE * 4, &out);
    for (uint32_t i = 0; i < SIDE * SIDE; i++)
        ((uint32_t *)in)[i] = random32() & 0x3fffffff;
    struct pvg_rtex *t = texel_texture(h, PVG_W_TEX_2D, 554, SIDE, SIDE, 1, 1, 1, 1, NULL, NULL, 0);
    assert_non_null(t);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    struct pvg_rlinear src = {.buffer = from}, dst = {.buffer = to};
    struct pvg_rregion at = {.texture = t};
    const uint32_t size[3] = {SIDE, SIDE, 1};
    assert_true(h->ops->copy_buffer_to_texture(cmd, &src, size, &at));
    assert_true(h->ops->copy_texture_to_buffer(cmd, &at, size, &dst));
    harness_run(h, cmd);
    assert_memory_equal(in, out, SIDE * SIDE * 4);
    h->ops->texture_release(h->r, t);
    h->ops->buffer_release(h->r, from);
    h->ops->buffer_release(h->r, to);
    harness_rewind(h, mark);
}

/** Texture buffers of all formats that the device takes. */
static void test_texture_buffers(void **state)
{
    struct harness *h = *state;
    for (uint16_t format = 0; format < 640; format++) {
        if (!is_color(format) || report_of(h, format).state == PVG_VKFORMAT_ABSENT)
            continue;
        const struct pvg_format *f = pvg_format_get(format);
        uint64_t mark = h->next_page;
        uint8_t *bytes;
        struct pvg_rbuf *buf = harness_buffer(h, 512 + 20 * 16, &bytes);
        struct pvg_w_texture_desc desc = {.type = PVG_W_TEX_BUFFER,
                                          .format = format,
                                          .width = 20,
                                          .height = 1,
                                          .depth = 1,
                                          .levels = 1,
                                          .samples = 1,
                                          .array_length = 1};
        for (uint32_t i = 0; i < 20; i++)
            random_texel(format, bytes + 512 + i * f->bytes);
        struct pvg_rtex *t = h->ops->texture_from_buffer(h->r, buf, 512, 0, &desc);
        bool possible = pvg_vk_of(h->r)->formats[format].buffer_features & VK_FORMAT_FEATURE_2_UNIFORM_TEXEL_BUFFER_BIT;
        assert_int_equal(t != NULL, possible);
        if (t) {
            float at[20][4];
            union texel got[20], want;
            all_texels(at, 20, 1);
            texel_fetch(h, t, PVG_W_TEX_BUFFER, texel_class_of(format), at, 20, got);
            for (uint32_t i = 0; i < 20; i++) {
                texel_expect(format, bytes + 512 + i * f->bytes, &want);
                texel_assert(format, &got[i], &want, texel_tolerance(format), "texture buffer");
            }
            count(format, TEXTURE_BUFFER);
            h->ops->texture_release(h->r, t);
        } else {
            cases[REFUSED]++;
        }
        h->ops->buffer_release(h->r, buf);
        harness_rewind(h, mark);
    }
}

/** Runs last. */
static void test_coverage(void **state)
{
    static const uint16_t sampled[] = {80, 81, 70, 71, 10, 30, 1, 25, 55, 115, 20, 60, 125, 65, 13, 33, 90, 91, 94},
                          rendered[] = {80, 81, 70, 115, 25, 10},
                          written[] = {70, 80, 10, 25, 65, 115, 125, 53, 73, 74, 113, 123, 13, 33};
    struct harness *h = *state;
    unsigned sum = 0, formats = 0;
    for (uint16_t format = 0; format < 640; format++) {
        struct pvg_vkformat_report r = report_of(h, format);
        if (r.state == PVG_VKFORMAT_ABSENT || pvg_format_get(format)->kind == PVG_TEXEL_DEPTH)
            continue;
        formats++;
        bool compressed = pvg_format_get(format)->kind == PVG_TEXEL_COMPRESSED;
        const struct {
            bool claimed;
            enum op op;
        } claims[] = {{r.sample && (!compressed || format < 170), UPLOAD},
                      {!compressed || format < 170, COPY_OUT},
                      {r.render, RENDER},
                      {r.blend, BLEND},
                      {r.store, WRITE},
                      {r.msaa, MSAA},
                      {r.filter && !compressed, FILTER}};
        for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++)
            if (claims[i].claimed && !covered[format][claims[i].op])
                fail_msg("format %u: %s is claimed and was not tested", format, op_names[claims[i].op]);
    }
    bool software = strstr(h->ops->caps(h->r)->name, "llvmpipe") != NULL;
    for (size_t i = 0; software && i < sizeof(sampled) / sizeof(sampled[0]); i++)
        assert_true(covered[sampled[i]][UPLOAD]);
    for (size_t i = 0; software && i < sizeof(rendered) / sizeof(rendered[0]); i++)
        assert_true(covered[rendered[i]][RENDER]);
    for (size_t i = 0; software && i < sizeof(written) / sizeof(written[0]); i++)
        assert_true(covered[written[i]][WRITE]);
    for (int op = 0; op < OPS; op++) {
        printf("%s: %u\n", op_names[op], cases[op]);
        sum += cases[op];
    }
    printf("%u cases over %u colour formats\n", sum, formats);
}

static int teardown(void **state)
{
    texel_fini(*state);
    return harness_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_colors), cmocka_unit_test(test_views),           cmocka_unit_test(test_absent),
        cmocka_unit_test(test_blocks), cmocka_unit_test(test_subsampled),      cmocka_unit_test(test_extended_range),
        cmocka_unit_test(test_pieces), cmocka_unit_test(test_texture_buffers), cmocka_unit_test(test_coverage),
    };
    return cmocka_run_group_tests(tests, harness_setup, teardown);
}
