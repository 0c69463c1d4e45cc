/* SPDX-License-Identifier: MIT */
/**
 * @file Every texture kind (spec 08 section B.3) with all its levels, slices, faces and planes: linear guest layouts both ways,
 * reads and writes by shaders, rendering into each subresource, copies between kinds, mipmaps, views as other kinds.
 */
#include <math.h>

#include "texels.h"
#include "vulkan/vk.h"

struct kind {
    const char *name;
    uint8_t type;
    uint32_t w, h, d, levels, array;
};

static const struct kind kinds[] = {
    {"1D", PVG_W_TEX_1D, 16, 1, 1, 5, 1},    {"1D array", PVG_W_TEX_1D_ARRAY, 13, 1, 1, 4, 3},
    {"2D", PVG_W_TEX_2D, 12, 20, 1, 5, 1},   {"2D array", PVG_W_TEX_2D_ARRAY, 10, 6, 1, 3, 4},
    {"cube", PVG_W_TEX_CUBE, 8, 8, 1, 4, 1}, {"cube array", PVG_W_TEX_CUBE_ARRAY, 4, 4, 1, 3, 2},
    {"3D", PVG_W_TEX_3D, 8, 4, 6, 3, 1},
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };
static const uint16_t formats[] = {10, 80, 115, 123, 554, 41};
enum { FORMATS = sizeof(formats) / sizeof(formats[0]) };
static unsigned cases;

static uint32_t slices_of(const struct kind *k)
{
    bool cube = k->type == PVG_W_TEX_CUBE || k->type == PVG_W_TEX_CUBE_ARRAY;
    return k->array * (cube ? 6 : 1);
}

static uint32_t extent(uint32_t base, uint32_t level)
{
    return base >> level ? base >> level : 1;
}

/** Where the levels of a guest texture lie: level by level, all slices of one together (spec 05 section 7.2). */
struct layout {
    struct pvg_rlevel levels[PVG_RTEX_MAX_LEVELS];
    uint64_t size;
};

static struct layout layout_of(const struct kind *k, uint16_t format)
{
    const struct pvg_format *f = pvg_format_get(format);
    struct layout l = {.size = 8};
    for (uint32_t i = 0; i < k->levels; i++) {
        uint32_t pitch = (uint32_t)pvg_format_row_bytes(f, extent(k->w, i)) + 4 * (i + 1);
        uint64_t image = (uint64_t)pitch * pvg_format_rows(f, extent(k->h, i));
        l.levels[i] = (struct pvg_rlevel){l.size, pitch, image};
        l.size += image * (k->type == PVG_W_TEX_3D ? extent(k->d, i) : slices_of(k)) + 3;
    }
    return l;
}

static uint8_t *texel_at(const struct kind *k, uint16_t format, const struct layout *l, uint8_t *bytes, uint32_t level,
                         uint32_t slice, uint32_t x, uint32_t y)
{
    (void)k;
    return bytes + l->levels[level].offset + slice * l->levels[level].bytes_per_image + y * l->levels[level].bytes_per_row +
           x * pvg_format_get(format)->bytes;
}

static void known_texel(uint16_t format, uint32_t level, uint32_t slice, uint32_t x, uint32_t y, uint8_t *dst)
{
    const struct pvg_format *f = pvg_format_get(format);
    double v[4] = {(x * 13 + y * 5 + level) % 64 / 64.0, (slice * 11 + y + 1) % 32 / 32.0, (x + level * 3) % 16 / 16.0,
                   (slice + x + y) % 4 / 4.0};
    for (int i = 0; i < 4 && texel_class_of(format) != TEXEL_FLOAT; i++)
        v[i] *= 4096;
    assert_true(pvg_texel_encode(f, format, v, dst));
}

/** Walk all texels; 3D planes count as slices. */
#define EACH_TEXEL(k)                                                                                                              \
    for (uint32_t level = 0; level < (k)->levels; level++)                                                                         \
        for (uint32_t slice = 0; slice < ((k)->type == PVG_W_TEX_3D ? extent((k)->d, level) : slices_of(k)); slice++)              \
            for (uint32_t y = 0; y < extent((k)->h, level); y++)                                                                   \
                for (uint32_t x = 0; x < extent((k)->w, level); x++)

static void fill(const struct kind *k, uint16_t format, const struct layout *l, uint8_t *bytes)
{
    memset(bytes, 0xcc, l->size);
    EACH_TEXEL(k)
    known_texel(format, level, slice, x, y, texel_at(k, format, l, bytes, level, slice, x, y));
}

struct backed {
    struct layout l;
    struct pvg_rbuf *buf;
    uint8_t *bytes;
    struct pvg_rtex *t;
};

static struct backed backed(struct harness *h, const struct kind *k, uint16_t format)
{
    struct backed b = {.l = layout_of(k, format)};
    b.buf = harness_buffer(h, b.l.size, &b.bytes);
    memset(b.bytes, 0xcc, b.l.size);
    b.t = texel_texture(h, k->type, format, k->w, k->h, k->d, k->levels, 1, k->array, b.buf, b.l.levels, k->levels);
    if (!b.t)
        fail_msg("%s, format %u refused", k->name, format);
    return b;
}

static void drop(struct harness *h, struct backed *b)
{
    h->ops->texture_release(h->r, b->t);
    h->ops->buffer_release(h->r, b->buf);
}

/** Guest layout -> image -> shader, and back to the guest. */
static void test_layouts(void **state)
{
    struct harness *h = *state;
    for (int n = 0; n < KINDS * FORMATS; n++) {
        const struct kind *k = &kinds[n / FORMATS];
        uint16_t format = formats[n % FORMATS];
        uint64_t mark = h->next_page;
        struct backed b = backed(h, k, format);
        fill(k, format, &b.l, b.bytes);
        static float at[TEXEL_MAX][4];
        static union texel got[TEXEL_MAX];
        uint32_t count = 0;
        EACH_TEXEL(k)
        {
            const float p[4] = {(float)x, (float)y, (float)slice, (float)level};
            memcpy(at[count++], p, sizeof(p));
        }
        struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
        assert_true(h->ops->texture_load(cmd, b.t));
        harness_run(h, cmd);
        texel_fetch(h, b.t, k->type, texel_class_of(format), at, count, got);
        count = 0;
        EACH_TEXEL(k)
        {
            union texel want;
            texel_expect(format, texel_at(k, format, &b.l, b.bytes, level, slice, x, y), &want);
            texel_assert(format, &got[count++], &want, texel_tolerance(format), k->name);
        }
        uint8_t *copy = malloc(b.l.size);
        memcpy(copy, b.bytes, b.l.size);
        EACH_TEXEL(k)
        memset(texel_at(k, format, &b.l, b.bytes, level, slice, x, y), 0, pvg_format_get(format)->bytes);
        cmd = h->ops->cmd_begin(h->r);
        assert_true(h->ops->texture_store(cmd, b.t));
        harness_run(h, cmd);
        assert_memory_equal(b.bytes, copy, b.l.size);
        free(copy);
        cases += 2;
        drop(h, &b);
        harness_rewind(h, mark);
    }
}

/** Each subresource cleared to a colour of its own by a pass, and, where kernels may, written by one. */
static void test_subresources(void **state)
{
    struct harness *h = *state;
    for (int n = 0; n < KINDS; n++) {
        const struct kind *k = &kinds[n];
        uint64_t mark = h->next_page;
        struct backed b = backed(h, k, 80);
        struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
        assert_true(h->ops->texture_load(cmd, b.t));
        for (uint32_t level = 0; level < k->levels; level++) {
            uint32_t count = k->type == PVG_W_TEX_3D ? extent(k->d, level) : slices_of(k);
            for (uint32_t slice = 0; slice < count; slice++) {
                struct pvg_rattachment a = {.texture = b.t,
                                            .level = level,
                                            .load_action = 2,
                                            .store_action = 1,
                                            .clear = {level / 8.0, slice / 32.0, 1, 1}};
                if (k->type == PVG_W_TEX_3D)
                    a.depth_plane = slice;
                else
                    a.slice = slice;
                struct pvg_rpass pass = {.color = {a}};
                assert_true(h->ops->pass_begin(cmd, &pass));
                h->ops->pass_end(cmd);
                cases++;
            }
        }
        assert_true(h->ops->texture_store(cmd, b.t));
        harness_run(h, cmd);
        EACH_TEXEL(k)
        {
            const uint8_t want[4] = {255, (uint8_t)(slice / 32.0 * 255 + 0.5), (uint8_t)(level / 8.0 * 255 + 0.5), 255};
            assert_pixel(texel_at(k, 80, &b.l, b.bytes, level, slice, x, y), want, 1);
        }
        /* A kernel writes level 0 of what it is bound to. */
        static float at[TEXEL_MAX][4];
        static union texel values[TEXEL_MAX];
        uint32_t count = 0;
        struct kind first = *k;
        first.levels = 1;
        EACH_TEXEL(&first)
        {
            (void)level;
            const float p[4] = {(float)x, (float)y, (float)slice, 0};
            memcpy(at[count], p, sizeof(p));
            for (int c = 0; c < 4; c++)
                values[count].f[c] = (float)((x + 3 * y + 5 * slice + (uint32_t)c) % 256) / 255;
            count++;
        }
        if (texel_store(h, b.t, k->type, TEXEL_FLOAT, at, values, count)) {
            cmd = h->ops->cmd_begin(h->r);
            assert_true(h->ops->texture_store(cmd, b.t));
            harness_run(h, cmd);
            count = 0;
            EACH_TEXEL(&first)
            {
                (void)level;
                uint8_t want[4];
                for (int c = 0; c < 4; c++)
                    want[c == 3 ? 3 : 2 - c] = (uint8_t)((x + 3 * y + 5 * slice + (uint32_t)c) % 256);
                assert_pixel(texel_at(k, 80, &b.l, b.bytes, 0, slice, x, y), want, 0);
            }
            cases++;
        } else {
            fail_msg("%s cannot be written by kernels", k->name);
        }
        drop(h, &b);
        harness_rewind(h, mark);
    }
}

/** Each level is the box average of the one above; all slices, faces, and for 3D the planes too. */
static void test_mipmaps(void **state)
{
    struct harness *h = *state;
    for (int n = 0; n < KINDS; n++) {
        struct kind k = kinds[n];
        /* Even sizes: then a box is what any linear filter gives. */
        k.w = 16, k.h = k.h > 1 ? 16 : 1, k.d = k.d > 1 ? 8 : 1;
        k.levels = k.d > 1 ? 4 : 5;
        for (int i = 0; i < 3; i++) {
            static const uint16_t mip_formats[] = {70, 125, 81};
            uint16_t format = mip_formats[i];
            const struct pvg_format *f = pvg_format_get(format);
            uint64_t mark = h->next_page;
            struct backed b = backed(h, &k, format);
            fill(&k, format, &b.l, b.bytes);
            struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
            assert_true(h->ops->texture_load(cmd, b.t) && h->ops->generate_mipmaps(cmd, b.t) && h->ops->texture_store(cmd, b.t));
            harness_run(h, cmd);
            EACH_TEXEL(&k)
            {
                if (!level)
                    continue;
                double sum[4] = {0}, got[4], texel[4];
                bool is_3d = k.type == PVG_W_TEX_3D;
                for (uint32_t p = 0; p < 8; p++) {
                    uint32_t sx = 2 * x + (p & 1), sy = k.h > 1 ? 2 * y + (p >> 1 & 1) : 0,
                             sz = is_3d ? 2 * slice + (p >> 2) : slice;
                    pvg_texel_decode(f, format, texel_at(&k, format, &b.l, b.bytes, level - 1, sz, sx, sy), texel);
                    for (int c = 0; c < 4; c++)
                        sum[c] += texel[c] / 8;
                }
                pvg_texel_decode(f, format, texel_at(&k, format, &b.l, b.bytes, level, slice, x, y), got);
                for (int c = 0; c < 4; c++)
                    if (fabs(got[c] - sum[c]) > (format == 125 ? 1.0 / 256 : format == 70 ? 2.0 / 255 : 6.0 / 255))
                        fail_msg("%s, format %u: level %u slice %u (%u, %u) component %d is %g, expected %g", k.name, format, level,
                                 slice, x, y, c, got[c], sum[c]);
            }
            cases++;
            drop(h, &b);
            harness_rewind(h, mark);
        }
    }
}

/** One slice or plane to a slice or plane of every other kind, at a level, off the corner. */
static void test_copies(void **state)
{
    struct harness *h = *state;
    for (int n = 0; n < KINDS * KINDS; n++) {
        const struct kind *from = &kinds[n / KINDS], *to = &kinds[n % KINDS];
        uint64_t mark = h->next_page;
        struct backed a = backed(h, from, 80), b = backed(h, to, 70);
        fill(from, 80, &a.l, a.bytes);
        uint32_t src_slice = from->type == PVG_W_TEX_3D ? 1 : slices_of(from) - 1,
                 dst_slice = to->type == PVG_W_TEX_3D ? 2 : slices_of(to) - 1;
        struct pvg_rregion src = {.texture = a.t, .level = 1, .x = 1}, dst = {.texture = b.t, .level = 0, .x = 2};
        if (from->type == PVG_W_TEX_3D)
            src.z = src_slice;
        else
            src.slice = src_slice;
        if (to->type == PVG_W_TEX_3D)
            dst.z = dst_slice;
        else
            dst.slice = dst_slice;
        const uint32_t size[3] = {1, 1, 1}, wide[3] = {64, 1, 1}, none[3] = {1, 0, 1};
        struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
        assert_true(h->ops->texture_load(cmd, a.t));
        assert_true(h->ops->copy_texture(cmd, &src, size, &dst));
        assert_true(h->ops->copy_texture(cmd, &src, none, &dst));
        assert_false(h->ops->copy_texture(cmd, &src, wide, &dst));
        struct pvg_rregion bad = dst;
        bad.slice += 100;
        assert_false(h->ops->copy_texture(cmd, &src, size, &bad));
        bad = dst;
        bad.level = 9;
        assert_false(h->ops->copy_texture(cmd, &src, size, &bad));
        assert_true(h->ops->texture_store(cmd, b.t));
        harness_run(h, cmd);
        assert_memory_equal(texel_at(to, 70, &b.l, b.bytes, 0, dst_slice, 2, 0),
                            texel_at(from, 80, &a.l, a.bytes, 1, src_slice, 1, 0), 4);
        cases++;
        drop(h, &a);
        drop(h, &b);
        harness_rewind(h, mark);
    }
}

/** Textures of equal texel size: guest bytes move, whatever form the host keeps them in. */
static void test_copies_between_forms(void **state)
{
    struct harness *h = *state;
    static const uint16_t pairs[][2] = {{554, 53},  {53, 554}, {554, 555}, {554, 554}, {552, 115},
                                        {103, 553}, {41, 23},  {23, 42},   {80, 91}};
    const struct kind k = {"2D", PVG_W_TEX_2D, 12, 5, 1, 1, 1};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        uint64_t mark = h->next_page;
        struct backed a = backed(h, &k, pairs[i][0]), b = backed(h, &k, pairs[i][1]);
        uint32_t bytes = pvg_format_get(pairs[i][0])->bytes;
        EACH_TEXEL(&k)
        {
            uint8_t *p = texel_at(&k, pairs[i][0], &a.l, a.bytes, level, slice, x, y);
            for (uint32_t n = 0; n < bytes; n++)
                p[n] = (uint8_t)(x * 29 + y * 7 + n * 3);
            p[3] &= pairs[i][0] == 554 || pairs[i][1] == 554 ? 0x3f : 0xff; /* No padding that would be lost. */
            for (uint32_t n = 0; bytes == 8 && n < 8; n += 2)
                p[n] &= 0xc0;
        }
        struct pvg_rregion src = {.texture = a.t, .x = 3, .y = 1}, dst = {.texture = b.t, .x = 1, .y = 2};
        const uint32_t size[3] = {9, 3, 1};
        struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
        assert_true(h->ops->texture_load(cmd, a.t));
        assert_true(h->ops->copy_texture(cmd, &src, size, &dst));
        assert_true(h->ops->texture_store(cmd, b.t));
        harness_run(h, cmd);
        for (uint32_t y = 0; y < 3; y++)
            if (memcmp(texel_at(&k, pairs[i][1], &b.l, b.bytes, 0, 0, 1, 2 + y),
                       texel_at(&k, pairs[i][0], &a.l, a.bytes, 0, 0, 3, 1 + y), 9 * bytes))
                fail_msg("copy from format %u to %u: row %u differs", pairs[i][0], pairs[i][1], y);
        cases++;
        drop(h, &a);
        drop(h, &b);
        harness_rewind(h, mark);
    }
}

/** Buffer copies of one slice, and of several planes of a 3D texture with a padded image pitch. */
static void test_linear_copies(void **state)
{
    struct harness *h = *state;
    for (int n = 0; n < KINDS * FORMATS; n++) {
        const struct kind *k = &kinds[n / FORMATS];
        uint16_t format = formats[n % FORMATS];
        const struct pvg_format *f = pvg_format_get(format);
        uint64_t mark = h->next_page;
        bool is_3d = k->type == PVG_W_TEX_3D;
        uint32_t w = k->w - 1, height = k->h > 1 ? k->h - 1 : 1, planes = is_3d ? 3 : 1;
        uint32_t pitch = w * f->bytes + 2 * f->bytes + 2, image = pitch * height + 10;
        uint8_t *in, *out;
        struct pvg_rbuf *from = harness_buffer(h, 6 + image * planes, &in), *to = harness_buffer(h, 6 + image * planes, &out);
        struct pvg_rtex *t = texel_texture(h, k->type, format, k->w, k->h, k->d, k->levels, 1, k->array, NULL, NULL, 0);
        assert_non_null(t);
        memset(in, 0x11, 6 + image * planes);
        memset(out, 0x22, 6 + image * planes);
        for (uint32_t i = 0; i < planes * height * w; i++)
            known_texel(format, 0, i / (w * height), i % w, i / w % height,
                        in + 6 + i / (w * height) * image + i / w % height * pitch + i % w * f->bytes);
        struct pvg_rlinear src = {.buffer = from, .offset = 6, .bytes_per_row = pitch, .bytes_per_image = image}, dst = src;
        dst.buffer = to;
        struct pvg_rregion at = {.texture = t, .slice = is_3d ? 0 : slices_of(k) - 1, .x = 1, .y = k->h > 1, .z = is_3d ? 2 : 0};
        const uint32_t size[3] = {w, height, planes}, deep[3] = {w, height, planes + 90};
        struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
        assert_true(h->ops->copy_buffer_to_texture(cmd, &src, size, &at));
        assert_true(h->ops->copy_texture_to_buffer(cmd, &at, size, &dst));
        assert_false(h->ops->copy_texture_to_buffer(cmd, &at, deep, &dst));
        dst.offset += 4096;
        assert_false(h->ops->copy_texture_to_buffer(cmd, &at, size, &dst));
        dst.offset = UINT64_MAX - 8;
        assert_false(h->ops->copy_texture_to_buffer(cmd, &at, size, &dst));
        harness_run(h, cmd);
        for (uint32_t i = 0; i < planes * height; i++) {
            uint64_t row = 6 + i / height * image + i % height * pitch;
            if (memcmp(out + row, in + row, w * f->bytes))
                fail_msg("%s, format %u: row %u of a copy differs", k->name, format, i);
            assert_int_equal(out[row + w * f->bytes], 0x22);
        }
        cases++;
        h->ops->texture_release(h->r, t);
        h->ops->buffer_release(h->r, from);
        h->ops->buffer_release(h->r, to);
        harness_rewind(h, mark);
    }
}

/** Slices of an array seen as 2D, array, cube and cube array; cubes looked at along their axes. */
static void test_views(void **state)
{
    struct harness *h = *state;
    const struct kind k = {"2D array", PVG_W_TEX_2D_ARRAY, 8, 8, 1, 2, 14};
    struct backed b = backed(h, &k, 123);
    fill(&k, 123, &b.l, b.bytes);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->texture_load(cmd, b.t));
    harness_run(h, cmd);
    static const struct {
        uint8_t type;
        uint32_t base, count;
    } views[] = {{PVG_W_TEX_2D, 13, 1}, {PVG_W_TEX_2D_ARRAY, 3, 5}, {PVG_W_TEX_CUBE, 7, 6}, {PVG_W_TEX_CUBE_ARRAY, 2, 12}};
    for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
        struct pvg_rview_desc desc = {
            .type = views[i].type, .base_level = 1, .level_count = 1, .base_slice = views[i].base, .slice_count = views[i].count};
        struct pvg_rtex *view = h->ops->texture_view(h->r, b.t, &desc);
        assert_non_null(view);
        for (uint32_t slice = 0; slice < views[i].count; slice++) {
            const float at[1][4] = {{2, 1, (float)slice, 0}};
            union texel got, want;
            texel_fetch(h, view, views[i].type, TEXEL_UINT, at, 1, &got);
            texel_expect(123, texel_at(&k, 123, &b.l, b.bytes, 1, views[i].base + slice, 2, 1), &want);
            texel_assert(123, &got, &want, 0, "view");
        }
        cases++;
        h->ops->texture_release(h->r, view);
    }
    drop(h, &b);

    static const float axes[6][4] = {{1, 0, 0, 0}, {-1, 0, 0, 0}, {0, 1, 0, 0}, {0, -1, 0, 0}, {0, 0, 1, 0}, {0, 0, -1, 0}};
    struct pvg_w_sampler desc;
    pvg_w_sampler_init(&desc);
    struct pvg_rsampler *s = h->ops->sampler_create(h->r, &desc);
    for (uint32_t array = 1; array <= 2; array++) {
        const struct kind cube = {"cube", array == 1 ? PVG_W_TEX_CUBE : PVG_W_TEX_CUBE_ARRAY, 4, 4, 1, 1, array};
        struct backed c = backed(h, &cube, 80);
        EACH_TEXEL(&cube)
        memset(texel_at(&cube, 80, &c.l, c.bytes, level, slice, x, y), (int)(slice * 20 + 5), 4);
        cmd = h->ops->cmd_begin(h->r);
        assert_true(h->ops->texture_load(cmd, c.t));
        harness_run(h, cmd);
        float at[6][4];
        union texel got[6];
        memcpy(at, axes, sizeof(at));
        for (int i = 0; i < 6; i++)
            at[i][3] = array == 2; /* Second cube of the array. */
        texel_sample(h, c.t, cube.type, TEXEL_FLOAT, s, NULL, at, 6, got);
        for (int i = 0; i < 6; i++)
            if (fabs(got[i].f[0] * 255 - ((i + (array == 2 ? 6 : 0)) * 20 + 5)) > 0.01)
                fail_msg("face %d of %u cubes: %g", i, array, got[i].f[0] * 255);
        cases++;
        drop(h, &c);
    }
    h->ops->sampler_release(h->r, s);
}

/** Multisample arrays: each slice rendered, resolved into a slice, its samples read and copied. */
static void test_multisample(void **state)
{
    struct harness *h = *state;
    struct pvg_rtex *ms = texel_texture(h, PVG_W_TEX_2D_MS_ARRAY, 80, 8, 4, 1, 1, 4, 3, NULL, NULL, 0);
    struct pvg_rtex *copy = texel_texture(h, PVG_W_TEX_2D_MS, 80, 8, 4, 1, 1, 4, 1, NULL, NULL, 0);
    struct pvg_rtex *flat = texel_texture(h, PVG_W_TEX_2D_ARRAY, 80, 8, 4, 1, 1, 1, 3, NULL, NULL, 0);
    if (!ms || !copy || !flat)
        skip();
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    for (uint32_t slice = 0; slice < 3; slice++) {
        struct pvg_rpass pass = {.color = {{.texture = ms,
                                            .resolve = flat,
                                            .slice = slice,
                                            .resolve_slice = 2 - slice,
                                            .load_action = 2,
                                            .store_action = 3,
                                            .clear = {slice * 0.25, 0.5, 0, 1}}}};
        assert_true(h->ops->pass_begin(cmd, &pass));
        h->ops->pass_end(cmd);
    }
    struct pvg_rregion src = {.texture = ms, .slice = 2}, dst = {.texture = copy}, single = {.texture = flat};
    const uint32_t size[3] = {8, 4, 1};
    assert_true(h->ops->copy_texture(cmd, &src, size, &dst));
    assert_false(h->ops->copy_texture(cmd, &src, size, &single)); /* Sample counts differ. */
    uint8_t *bytes;
    struct pvg_rbuf *buf = harness_buffer(h, 8 * 4 * 4, &bytes);
    struct pvg_rlinear lin = {.buffer = buf};
    assert_false(h->ops->copy_texture_to_buffer(cmd, &src, size, &lin)); /* Samples have no linear form. */
    harness_run(h, cmd);
    for (uint32_t slice = 0; slice < 3; slice++) {
        const float at[2][4] = {{3, 2, (float)slice, 0}, {7, 3, (float)slice, 3}};
        const float resolved[1][4] = {{1, 1, (float)(2 - slice), 0}};
        union texel got[2], one, want = {.f = {slice * 0.25f, 0.5f, 0, 1}};
        texel_fetch(h, ms, PVG_W_TEX_2D_MS_ARRAY, TEXEL_FLOAT, at, 2, got);
        texel_assert(80, &got[0], &want, 1.0 / 255, "sample of a slice");
        texel_assert(80, &got[1], &want, 1.0 / 255, "sample of a slice");
        texel_fetch(h, flat, PVG_W_TEX_2D_ARRAY, TEXEL_FLOAT, resolved, 1, &one);
        texel_assert(80, &one, &want, 1.0 / 255, "resolved slice");
        cases += 2;
    }
    const float at[1][4] = {{0, 0, 0, 2}};
    union texel got, want = {.f = {0.5f, 0.5f, 0, 1}};
    texel_fetch(h, copy, PVG_W_TEX_2D_MS, TEXEL_FLOAT, at, 1, &got);
    texel_assert(80, &got, &want, 1.0 / 255, "copied sample");
    struct pvg_rview_desc desc = {.type = PVG_W_TEX_2D_MS, .level_count = 1, .base_slice = 1, .slice_count = 1};
    struct pvg_rtex *view = h->ops->texture_view(h->r, ms, &desc);
    assert_non_null(view);
    texel_fetch(h, view, PVG_W_TEX_2D_MS, TEXEL_FLOAT, at, 1, &got);
    want.f[0] = 0.25f;
    texel_assert(80, &got, &want, 1.0 / 255, "slice as a view");
    cases += 2;
    h->ops->texture_release(h->r, view);
    h->ops->texture_release(h->r, ms);
    h->ops->texture_release(h->r, copy);
    h->ops->texture_release(h->r, flat);
    h->ops->buffer_release(h->r, buf);
}

/** Textures over buffers: 2D with a pitch, and texture buffers written by kernels; the buffer shows it. */
static void test_over_buffers(void **state)
{
    struct harness *h = *state;
    uint8_t *bytes;
    struct pvg_rbuf *buf = harness_buffer(h, 8192, &bytes);
    struct pvg_w_texture_desc desc = {
        .type = PVG_W_TEX_2D, .format = 70, .width = 9, .height = 5, .depth = 1, .levels = 1, .samples = 1, .array_length = 1};
    struct pvg_rtex *t = h->ops->texture_from_buffer(h->r, buf, 48, 100, &desc);
    assert_non_null(t);
    for (uint32_t i = 0; i < 8192; i++)
        bytes[i] = (uint8_t)(i * 7);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->texture_load(cmd, t));
    harness_run(h, cmd);
    for (uint32_t y = 0; y < 5; y++) {
        const float at[1][4] = {{8, (float)y, 0, 0}};
        union texel got, want;
        texel_fetch(h, t, PVG_W_TEX_2D, TEXEL_FLOAT, at, 1, &got);
        texel_expect(70, bytes + 48 + y * 100 + 32, &want);
        texel_assert(70, &got, &want, 1e-6, "texture over a buffer");
    }
    cases++;
    desc.height = 82; /* Ends with its last tight row, and one row too many. */
    struct pvg_rtex *fits = h->ops->texture_from_buffer(h->r, buf, 8192 - 81 * 100 - 36, 100, &desc);
    assert_non_null(fits);
    assert_null(h->ops->texture_from_buffer(h->r, buf, 8192 - 81 * 100 - 35, 100, &desc));
    desc.height = 2;
    assert_null(h->ops->texture_from_buffer(h->r, buf, 0, 35, &desc)); /* Below the tight row. */
    assert_null(h->ops->texture_from_buffer(h->r, buf, UINT64_MAX - 4, 36, &desc));
    desc.type = PVG_W_TEX_BUFFER;
    desc.width = 256;
    desc.height = 1;
    struct pvg_rtex *texels = h->ops->texture_from_buffer(h->r, buf, 1024, 0, &desc);
    assert_non_null(texels);
    const float at[2][4] = {{0, 0, 0, 0}, {255, 0, 0, 0}};
    const union texel values[2] = {{.f = {1, 0, 1, 0}}, {.f = {0, 1, 0, 1}}};
    assert_true(texel_store(h, texels, PVG_W_TEX_BUFFER, TEXEL_FLOAT, at, values, 2));
    assert_memory_equal(bytes + 1024, ((const uint8_t[4]){255, 0, 255, 0}), 4);
    assert_memory_equal(bytes + 1024 + 255 * 4, ((const uint8_t[4]){0, 255, 0, 255}), 4);
    cases++;
    h->ops->texture_release(h->r, texels);
    h->ops->texture_release(h->r, fits);
    h->ops->texture_release(h->r, t);
    h->ops->buffer_release(h->r, buf);
}

static int teardown(void **state)
{
    printf("%u cases over %d texture kinds with linear bytes, two multisampled ones and texture buffers\n", cases, KINDS);
    texel_fini(*state);
    return harness_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layouts), cmocka_unit_test(test_subresources),         cmocka_unit_test(test_mipmaps),
        cmocka_unit_test(test_copies),  cmocka_unit_test(test_copies_between_forms), cmocka_unit_test(test_linear_copies),
        cmocka_unit_test(test_views),   cmocka_unit_test(test_multisample),          cmocka_unit_test(test_over_buffers),
    };
    return cmocka_run_group_tests(tests, harness_setup, teardown);
}
