/* SPDX-License-Identifier: MIT */
/**
 * @file Every blit record (spec 06 section 6) through its wire form, against a model of the guest's memory: random records over
 * textures of all kinds with linear bytes, good and bad ones, compared byte by byte after each packet. Run on the renderer without
 * GPU and, with "vulkan" as argument, on Vulkan.
 */
#include "fake.h"
#include "stream/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUFFERS = 2,
    BUFFER_BYTES = 6 * FAKE_PAGE,
    BUFFER_REF = 200,
    TEXTURE_REF = 220,
    FIRST_PAGE = 100,
    SURFACE_ID = 42,
    SURFACE_PAGE = 500
};

static bool on_vulkan;

/* ---- Model ---- */

struct kind {
    uint8_t type;
    uint16_t format;
    uint32_t w, h, d, levels, array;
};

static const struct kind kinds[] = {
    {PVG_W_TEX_2D, 80, 20, 14, 1, 4, 1},        {PVG_W_TEX_2D_ARRAY, 70, 16, 16, 1, 3, 3},
    {PVG_W_TEX_CUBE, 10, 8, 8, 1, 2, 1},        {PVG_W_TEX_CUBE_ARRAY, 30, 4, 4, 1, 1, 2},
    {PVG_W_TEX_3D, 115, 9, 6, 5, 2, 1},         {PVG_W_TEX_1D, 25, 33, 1, 1, 3, 1},
    {PVG_W_TEX_1D_ARRAY, 123, 12, 1, 1, 2, 3},  {PVG_W_TEX_2D, 130, 22, 18, 1, 3, 1},
    {PVG_W_TEX_2D_ARRAY, 134, 16, 8, 1, 2, 2},  {PVG_W_TEX_2D, 41, 13, 7, 1, 2, 1},
    {PVG_W_TEX_3D, 60, 8, 8, 4, 3, 1},          {PVG_W_TEX_2D, 81, 20, 14, 1, 4, 1},
    {PVG_W_TEX_2D_ARRAY, 152, 24, 12, 1, 2, 3}, {PVG_W_TEX_1D, 80, 20, 1, 1, 2, 1},
    {PVG_W_TEX_2D, 103, 11, 9, 1, 1, 1},        {PVG_W_TEX_2D_ARRAY, 25, 9, 5, 1, 1, 2},
};
enum { TEXTURES = sizeof(kinds) / sizeof(kinds[0]) };

struct texture {
    struct kind k;
    const struct pvg_format *f;
    uint32_t ref, page;
    struct pvg_w_linear_level levels[PVG_W_MAX_LEVELS];
    uint8_t *model;
    uint64_t size;
};

struct world {
    struct pvg_device *dev;
    struct fake_task *t;
    struct texture textures[TEXTURES];
    uint8_t *buffers[BUFFERS];
    uint32_t buffer_page[BUFFERS];
    struct fake_stream stream;
    uint64_t expect_refused;
};

static unsigned done_count[0x20], refused_count[0x20];
static uint32_t seed = 1;

static uint32_t random32(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

static uint32_t below(uint32_t n)
{
    return random32() % n;
}

static uint32_t slices_of(const struct texture *x)
{
    bool cube = x->k.type == PVG_W_TEX_CUBE || x->k.type == PVG_W_TEX_CUBE_ARRAY;
    return x->k.array * (cube ? 6 : 1);
}

static uint32_t up(uint32_t v, uint32_t block)
{
    return (v + block - 1) / block;
}

static uint32_t rows_of(const struct texture *x, uint32_t level)
{
    return up(pvg_level_extent(x->k.h, level), x->f->block_h);
}

/** Block (bx, by) of a slice or plane. */
static uint8_t *block_at(const struct texture *x, uint32_t level, uint32_t slice, uint32_t z, uint32_t bx, uint32_t by)
{
    uint64_t image = x->levels[level].bytes_per_row * rows_of(x, level);
    return x->model + x->levels[level].offset + (slice + z) * image + by * x->levels[level].bytes_per_row +
           (uint64_t)bx * x->f->bytes;
}

static void publish_texture(struct world *w, uint32_t i, uint32_t page)
{
    struct texture *x = &w->textures[i];
    struct pvg_w_linear_texture lin = {.handle = page, .has_record = true, .ref = TEXTURE_REF + i};
    uint8_t raw[1024];

    x->k = kinds[i];
    x->f = pvg_format_get(x->k.format);
    x->ref = lin.ref;
    x->page = page;
    lin.element_size = x->f->bytes;
    lin.level_count = x->k.levels;
    lin.desc = (struct pvg_w_texture_desc){.type = x->k.type,
                                           .format = x->k.format,
                                           .levels = (uint16_t)x->k.levels,
                                           .samples = 1,
                                           .array_length = (uint16_t)x->k.array,
                                           .options = 0x10,
                                           .usage = 0,
                                           .width = x->k.w,
                                           .height = x->k.h,
                                           .depth = x->k.d,
                                           .swizzle = {2, 3, 4, 5}};
    for (uint32_t l = 0; l < x->k.levels; l++) {
        uint32_t width = pvg_level_extent(x->k.w, l), height = pvg_level_extent(x->k.h, l), depth = pvg_level_extent(x->k.d, l);
        uint64_t row = pvg_format_row_bytes(x->f, width) + 16 * (l % 2) + x->f->bytes;
        uint64_t span = row * pvg_format_rows(x->f, height) * depth * slices_of(x);
        x->levels[l] = lin.levels[l] = (struct pvg_w_linear_level){
            .offset = x->size, .size = span, .bytes_per_row = row, .width = width, .height = height, .depth = depth};
        x->size += (span + 63) / 64 * 64;
    }
    lin.size = x->size;
    fake_map(w->t, page, (uint32_t)((x->size + FAKE_PAGE - 1) / FAKE_PAGE));
    x->model = malloc(x->size);
    for (uint64_t n = 0; n < x->size; n++)
        x->model[n] = (uint8_t)random32();
    fake_write(w->t, (uint64_t)page * FAKE_PAGE, x->model, x->size);
    fake_publish(w->t, lin.ref, PVG_W_TYPE_TEXTURE, raw, pvg_w_linear_texture_encode(raw, sizeof(raw), &lin));
}

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    void *dev;
    uint32_t page = FIRST_PAGE;

    fake_setup(&dev);
    w->dev = dev;
    w->t = &w->dev->tasks[1];
    for (uint32_t i = 0; i < BUFFERS; i++) {
        w->buffer_page[i] = page;
        fake_buffer(w->t, BUFFER_REF + i, page, BUFFER_BYTES);
        w->buffers[i] = malloc(BUFFER_BYTES);
        for (uint32_t n = 0; n < BUFFER_BYTES; n++)
            w->buffers[i][n] = (uint8_t)random32();
        fake_write(w->t, (uint64_t)page * FAKE_PAGE, w->buffers[i], BUFFER_BYTES);
        page += BUFFER_BYTES / FAKE_PAGE + 1;
    }
    for (uint32_t i = 0; i < TEXTURES; i++) {
        publish_texture(w, i, page);
        page += (uint32_t)(w->textures[i].size / FAKE_PAGE) + 2;
    }
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    void *dev = w->dev;

    for (uint32_t i = 0; i < BUFFERS; i++)
        free(w->buffers[i]);
    for (uint32_t i = 0; i < TEXTURES; i++)
        free(w->textures[i].model);
    free(w);
    return fake_teardown(&dev);
}

static void add(struct world *w, uint32_t opcode, const struct pvg_w_record *rec, bool good)
{
    struct pvg_w_record copy = *rec;

    stream_one(&w->stream, PVG_W_SEG_BLIT, opcode, &copy);
    if (good)
        done_count[opcode - 0x12c]++;
    else
        refused_count[opcode - 0x12c]++;
    w->expect_refused += !good;
}

/** Execute what was added and compare all of memory. */
static void check(struct world *w, unsigned packet)
{
    uint64_t refused = w->dev->stats.records_refused;
    uint32_t refs[TEXTURES];
    static uint8_t got[1 << 18];

    stream_run(w->dev, w->t, &w->stream);
    if (w->dev->stats.records_refused - refused != w->expect_refused)
        fail_msg("packet %u: %llu records refused, expected %llu (%s)", packet,
                 (unsigned long long)(w->dev->stats.records_refused - refused), (unsigned long long)w->expect_refused,
                 w->dev->last_log);
    w->stream.used = 0;
    w->expect_refused = 0;
    for (uint32_t i = 0; i < TEXTURES; i++)
        refs[i] = w->textures[i].ref;
    fake_begin(w->dev);
    pvg_objects_synchronize(w->t->task.objects, w->dev->cmd, refs, TEXTURES, false);
    fake_end(w->dev, NULL);
    for (uint32_t i = 0; i < BUFFERS; i++) {
        fake_read(w->t, (uint64_t)w->buffer_page[i] * FAKE_PAGE, got, BUFFER_BYTES);
        for (uint32_t n = 0; n < BUFFER_BYTES; n++)
            if (got[n] != w->buffers[i][n])
                fail_msg("packet %u: byte %u of buffer %u is %02x, expected %02x", packet, n, i, got[n], w->buffers[i][n]);
    }
    for (uint32_t i = 0; i < TEXTURES; i++) {
        const struct texture *x = &w->textures[i];
        assert_true(x->size <= sizeof(got));
        fake_read(w->t, (uint64_t)x->page * FAKE_PAGE, got, x->size);
        for (uint64_t n = 0; n < x->size; n++)
            if (got[n] != x->model[n])
                fail_msg("packet %u: byte %llu of texture %u (format %u, type %u) is %02x, expected %02x", packet,
                         (unsigned long long)n, i, x->k.format, x->k.type, got[n], x->model[n]);
    }
}

/* ---- Random records ---- */

struct box {
    uint32_t level, slice;
    uint64_t origin[3], size[3];
};

/** A box inside the texture, on block borders or ending at the edge. */
static struct box any_box(const struct texture *x)
{
    struct box b = {.level = below(x->k.levels), .slice = below(slices_of(x))};
    const uint32_t extent[3] = {pvg_level_extent(x->k.w, b.level), pvg_level_extent(x->k.h, b.level),
                                pvg_level_extent(x->k.d, b.level)};
    const uint32_t block[3] = {x->f->block_w, x->f->block_h, 1};

    for (int i = 0; i < 3; i++) {
        uint32_t blocks = up(extent[i], block[i]), first = below(blocks), count = 1 + below(blocks - first);
        b.origin[i] = (uint64_t)first * block[i];
        b.size[i] = first + count == blocks ? extent[i] - b.origin[i] : (uint64_t)count * block[i];
    }
    return b;
}

/** Break a box in one way that must be refused. */
static void spoil(const struct texture *x, struct box *b)
{
    switch (below(6)) {
    case 0:
        b->level = x->k.levels + below(3);
        break;
    case 1:
        b->slice = slices_of(x) + below(100);
        break;
    case 2:
        b->origin[0] = pvg_level_extent(x->k.w, b->level) + x->f->block_w;
        break;
    case 3:
        b->size[1] = pvg_level_extent(x->k.h, b->level) + x->f->block_h;
        break;
    case 4:
        b->origin[2] = UINT64_MAX;
        break;
    default:
        b->size[0] = UINT64_MAX - 1;
        break;
    }
}

static void linear_record(struct world *w, bool to_texture)
{
    struct texture *x = &w->textures[below(TEXTURES)];
    uint32_t buffer = below(BUFFERS), opcode = to_texture ? 0x12c : 0x12e;
    struct box b = any_box(x);
    uint32_t blocks = up((uint32_t)b.size[0], x->f->block_w), rows = up((uint32_t)b.size[1], x->f->block_h);
    uint64_t tight = (uint64_t)blocks * x->f->bytes, row = below(3) ? tight + below(40) : 0;
    uint64_t used_row = row ? row : tight, image = below(2) ? used_row * rows + below(9) : 0;
    uint64_t used_image = image ? image : used_row * rows;
    uint64_t need = used_image * (b.size[2] - 1) + used_row * (rows - 1) + tight;
    bool good = need <= BUFFER_BYTES;
    uint64_t offset = good ? below(3) ? below((uint32_t)(BUFFER_BYTES - need + 1)) : BUFFER_BYTES - need : 0;

    if (good && !below(8)) {
        good = false;
        switch (below(4)) {
        case 0:
            spoil(x, &b);
            break;
        case 1:
            offset = BUFFER_BYTES - need + 1;
            break;
        case 2:
            row = tight > 1 ? tight - 1 : UINT64_MAX;
            break;
        default:
            offset = UINT64_MAX - 3;
            break;
        }
    }
    struct pvg_w_record rec = {.buffer_image = {.texture = x->ref,
                                                .buffer = BUFFER_REF + buffer,
                                                .offset = offset,
                                                .bytes_per_row = row,
                                                .bytes_per_image = image,
                                                .slice = (uint16_t)b.slice,
                                                .level = (uint16_t)b.level}};
    memcpy(rec.buffer_image.origin, b.origin, sizeof(b.origin));
    memcpy(rec.buffer_image.size, b.size, sizeof(b.size));
    add(w, opcode, &rec, good);
    for (uint32_t z = 0; good && z < b.size[2]; z++) {
        for (uint32_t y = 0; y < rows; y++) {
            uint8_t *linear = w->buffers[buffer] + offset + z * used_image + y * used_row;
            uint8_t *texels = block_at(x, b.level, b.slice, (uint32_t)b.origin[2] + z, (uint32_t)b.origin[0] / x->f->block_w,
                                       (uint32_t)b.origin[1] / x->f->block_h + y);
            memcpy(to_texture ? texels : linear, to_texture ? linear : texels, tight);
        }
    }
}

static void buffer_record(struct world *w)
{
    uint32_t src = below(BUFFERS), dst = below(BUFFERS);
    uint64_t size = below(BUFFER_BYTES), from = below((uint32_t)(BUFFER_BYTES - size + 1)),
             to = below((uint32_t)(BUFFER_BYTES - size + 1));
    bool good = src != dst || !size || from + size <= to || to + size <= from;

    if (!below(8) && size) {
        from = BUFFER_BYTES - size + 1;
        good = false;
    }
    struct pvg_w_record rec = {.copy_buffer = {.source = BUFFER_REF + src,
                                               .destination = BUFFER_REF + dst,
                                               .source_offset = from,
                                               .destination_offset = to,
                                               .size = size}};
    add(w, 0x12d, &rec, good);
    if (good)
        memcpy(w->buffers[dst] + to, w->buffers[src] + from, size);
}

static void fill_record(struct world *w)
{
    uint32_t buffer = below(BUFFERS), value = random32();
    bool pattern = below(2);
    uint64_t length = below(BUFFER_BYTES), at = below((uint32_t)(BUFFER_BYTES - length + 1));
    bool good = true;

    if (pattern) {
        length &= ~UINT64_C(3);
        at &= ~UINT64_C(3);
    }
    if (!below(8) && length) {
        good = false;
        at = pattern && below(2) ? 2 : BUFFER_BYTES - length + 4;
    }
    struct pvg_w_record rec = {
        .fill_buffer = {.ref = BUFFER_REF + buffer, .location = at, .length = length, .value = pattern ? value : value & 0xff}};
    add(w, pattern ? 0x13f : 0x132, &rec, good);
    for (uint64_t n = 0; good && n < length; n++)
        w->buffers[buffer][at + n] = pattern ? (uint8_t)(value >> 8 * (n % 4)) : (uint8_t)value;
}

static bool same_class(const struct texture *a, const struct texture *b)
{
    return a->f->bytes == b->f->bytes && a->f->block_w == b->f->block_w && a->f->block_h == b->f->block_h;
}

/** Copy blocks in the model by way of a temporary, as if both sides were apart. */
static void move_blocks(const struct texture *a, const struct box *from, const struct texture *b, const struct box *to)
{
    uint32_t blocks = up((uint32_t)from->size[0], a->f->block_w), rows = up((uint32_t)from->size[1], a->f->block_h);
    uint64_t tight = (uint64_t)blocks * a->f->bytes;
    uint8_t *tmp = malloc(tight * rows * from->size[2]);

    for (int pass = 0; pass < 2; pass++) {
        const struct texture *x = pass ? b : a;
        const struct box *o = pass ? to : from;
        for (uint32_t z = 0; z < from->size[2]; z++) {
            for (uint32_t y = 0; y < rows; y++) {
                uint8_t *t = tmp + (z * rows + y) * tight;
                uint8_t *m = block_at(x, o->level, o->slice, (uint32_t)o->origin[2] + z, (uint32_t)o->origin[0] / x->f->block_w,
                                      (uint32_t)o->origin[1] / x->f->block_h + y);
                memcpy(pass ? m : t, pass ? t : m, tight);
            }
        }
    }
    free(tmp);
}

static bool meet(const struct box *a, const struct box *b)
{
    for (int i = 0; i < 3; i++)
        if (a->origin[i] >= b->origin[i] + a->size[i] || b->origin[i] >= a->origin[i] + a->size[i])
            return false;
    return true;
}

/** Ends on a block border or the edge of the level, inside it. */
static bool box_fits(const struct texture *x, const struct box *b)
{
    const uint32_t extent[3] = {pvg_level_extent(x->k.w, b->level), pvg_level_extent(x->k.h, b->level),
                                pvg_level_extent(x->k.d, b->level)};
    const uint32_t block[3] = {x->f->block_w, x->f->block_h, 1};

    for (int i = 0; i < 3; i++) {
        uint64_t end = b->origin[i] + b->size[i];
        if (end > extent[i] || (b->size[i] % block[i] && end != extent[i]))
            return false;
    }
    return true;
}

static void texture_record(struct world *w)
{
    struct texture *a = &w->textures[below(TEXTURES)], *b;
    do
        b = &w->textures[below(TEXTURES)];
    while (!same_class(a, b) && below(20));
    struct box from = any_box(a), to = any_box(b);
    /* Slices of arrays and planes of 3D textures pair up one by one. */
    from.size[2] = a->k.type == PVG_W_TEX_3D && b->k.type == PVG_W_TEX_3D ? from.size[2] : 1;
    for (int i = 0; i < 3; i++)
        to.size[i] = from.size[i];
    bool good = same_class(a, b) && box_fits(b, &to);
    if (good && !below(10)) {
        bool source = below(2);
        struct box *bad = source ? &from : &to;
        spoil(source ? a : b, bad);
        memcpy(source ? to.size : from.size, bad->size, sizeof(bad->size));
        good = false;
    }
    bool same = a == b && from.level == to.level && from.slice == to.slice;
    bool nothing = same && !memcmp(from.origin, to.origin, sizeof(from.origin));
    if (good && same && !nothing && meet(&from, &to))
        good = false;
    struct pvg_w_record rec = {.copy_texture = {.source = a->ref,
                                                .destination = b->ref,
                                                .source_slice = (uint16_t)from.slice,
                                                .source_level = (uint16_t)from.level,
                                                .destination_slice = (uint16_t)to.slice,
                                                .destination_level = (uint16_t)to.level}};
    memcpy(rec.copy_texture.source_origin, from.origin, sizeof(from.origin));
    memcpy(rec.copy_texture.size, from.size, sizeof(from.size));
    memcpy(rec.copy_texture.destination_origin, to.origin, sizeof(to.origin));
    add(w, below(2) ? 0x12f : 0x130, &rec, good);
    if (good && !nothing)
        move_blocks(a, &from, b, &to);
}

static void slices_record(struct world *w)
{
    struct texture *a = &w->textures[below(TEXTURES)], *b;
    do
        b = &w->textures[below(TEXTURES)];
    while (b == a || (!same_class(a, b) && below(30)));
    struct pvg_w_copy_slices c = {.source = a->ref, .destination = b->ref};
    c.source_level = (uint16_t)below(a->k.levels);
    c.destination_level = (uint16_t)below(b->k.levels);
    c.source_slice = (uint16_t)below(slices_of(a));
    c.destination_slice = (uint16_t)below(slices_of(b));
    c.level_count = (uint16_t)below(a->k.levels - c.source_level + 1);
    c.slice_count = (uint16_t)below(slices_of(a) - c.source_slice + 1);
    bool good = true;
    struct pvg_w_record rec = {.copy_slices = c};
    for (uint32_t level = 0; good && level < c.level_count; level++) {
        for (uint32_t slice = 0; good && slice < c.slice_count; slice++) {
            uint32_t sl = c.source_level + level, dl = c.destination_level + level;
            struct box from = {.level = sl, .slice = c.source_slice + slice},
                       to = {.level = dl, .slice = c.destination_slice + slice};
            good = same_class(a, b) && dl < b->k.levels && to.slice < slices_of(b) &&
                   pvg_level_extent(a->k.w, sl) == pvg_level_extent(b->k.w, dl) &&
                   pvg_level_extent(a->k.h, sl) == pvg_level_extent(b->k.h, dl) &&
                   pvg_level_extent(a->k.d, sl) == pvg_level_extent(b->k.d, dl);
            if (!good)
                break;
            from.size[0] = pvg_level_extent(a->k.w, sl);
            from.size[1] = pvg_level_extent(a->k.h, sl);
            from.size[2] = pvg_level_extent(a->k.d, sl);
            /* What comes before a bad slice has been copied. */
            move_blocks(a, &from, b, &to);
        }
    }
    add(w, 0x13e, &rec, good);
}

/** 0x140: one block to repeat, or a tight image. */
static void bytes_record(struct world *w)
{
    struct texture *x = &w->textures[below(TEXTURES)];
    uint32_t buffer = below(BUFFERS);
    struct box b = any_box(x);
    uint32_t blocks = up((uint32_t)b.size[0], x->f->block_w), rows = up((uint32_t)b.size[1], x->f->block_h);
    uint64_t tight = (uint64_t)blocks * x->f->bytes, whole = tight * rows * b.size[2];
    bool one = below(2), good = true;
    uint64_t length = one ? x->f->bytes : whole;

    if (length > BUFFER_BYTES)
        return;
    uint64_t offset = below((uint32_t)(BUFFER_BYTES - length + 1));
    if (one) {
        /* The texel is what the guest's CPU staged before the packet: take a place that no record of a packet writes. */
        buffer = BUFFERS;
        length = x->f->bytes;
        offset = below(FAKE_PAGE - 16);
    }
    if (!below(10)) {
        good = false;
        if (below(2))
            spoil(x, &b);
        else
            length += whole == length + 1 ? 2 : 1;
    }
    struct pvg_w_record rec = {.fill_texture = {.ref = x->ref,
                                                .level = (uint16_t)b.level,
                                                .slice = (uint16_t)b.slice,
                                                .bytes_ref = BUFFER_REF + buffer,
                                                .bytes_offset = offset,
                                                .bytes_length = length}};
    memcpy(rec.fill_texture.origin, b.origin, sizeof(b.origin));
    memcpy(rec.fill_texture.size, b.size, sizeof(b.size));
    add(w, 0x140, &rec, good);
    for (uint32_t z = 0; good && z < b.size[2]; z++) {
        for (uint32_t y = 0; y < rows; y++) {
            for (uint32_t n = 0; n < blocks; n++) {
                uint8_t *m = block_at(x, b.level, b.slice, (uint32_t)b.origin[2] + z, (uint32_t)b.origin[0] / x->f->block_w + n,
                                      (uint32_t)b.origin[1] / x->f->block_h + y);
                uint8_t staged[16];
                for (uint32_t k = 0; k < x->f->bytes; k++)
                    staged[k] = (uint8_t)((offset + k) * 37 + 11);
                memcpy(m, one ? staged : w->buffers[buffer] + offset + (z * rows + y) * tight + (uint64_t)n * x->f->bytes,
                       x->f->bytes);
            }
        }
    }
}

static void color_record(struct world *w)
{
    struct texture *x = &w->textures[below(TEXTURES)];
    struct box b = any_box(x);
    struct pvg_w_fill_texture f = {.ref = x->ref, .level = (uint16_t)b.level, .slice = (uint16_t)b.slice, .format = x->k.format};
    uint8_t texel[16];

    if (x->f->kind == PVG_TEXEL_UNORM && x->f->bytes == 4 && below(2))
        f.format = below(2) ? 70 : 90; /* Of the same texel size. */
    for (int i = 0; i < 4; i++)
        f.color[i] = below(64) / 63.0;
    bool good = pvg_texel_encode(pvg_format_get(f.format), f.format, f.color, texel);
    memcpy(f.origin, b.origin, sizeof(b.origin));
    memcpy(f.size, b.size, sizeof(b.size));
    if (good && !below(10)) {
        good = false;
        f.format = x->f->bytes == 4 ? 10 : 80;
    }
    add(w, 0x141, &(struct pvg_w_record){.fill_texture = f}, good);
    for (uint32_t z = 0; good && z < b.size[2]; z++)
        for (uint32_t y = 0; y < b.size[1]; y++)
            for (uint32_t n = 0; n < b.size[0]; n++)
                memcpy(
                    block_at(x, b.level, b.slice, (uint32_t)b.origin[2] + z, (uint32_t)b.origin[0] + n, (uint32_t)b.origin[1] + y),
                    texel, x->f->bytes);
}

static void hint_record(struct world *w)
{
    static const uint32_t whole[] = {0x134, 0x135, 0x13a, 0x142}, parts[] = {0x136, 0x137, 0x13b, 0x143};
    const struct texture *x = &w->textures[below(TEXTURES)];
    struct pvg_w_record rec = {
        .subresource = {.ref = x->ref, .slice = (uint16_t)below(slices_of(x)), .level = (uint16_t)below(x->k.levels)}};
    bool part = below(2);

    rec.subresource.whole = !part;
    if (!part && below(3) == 0)
        rec.subresource.ref = BUFFER_REF; /* synchronizeResource takes buffers too. */
    add(w, rec.subresource.ref == BUFFER_REF ? 0x13a : part ? parts[below(4)] : whole[below(4)], &rec, true);
}

static void random_records(void **state)
{
    struct world *w = *state;
    uint8_t staged[FAKE_PAGE];

    for (uint32_t i = 0; i < FAKE_PAGE; i++)
        staged[i] = (uint8_t)(i * 37 + 11);
    fake_buffer(w->t, BUFFER_REF + BUFFERS, 90, FAKE_PAGE);
    fake_write(w->t, 90 * FAKE_PAGE, staged, FAKE_PAGE);
    for (unsigned packet = 0; packet < 60; packet++) {
        for (unsigned n = 1 + below(40); n > 0 && w->stream.used < sizeof(w->stream.bytes) - 256; n--) {
            switch (below(12)) {
            case 0:
            case 1:
                linear_record(w, true);
                break;
            case 2:
            case 3:
                linear_record(w, false);
                break;
            case 4:
                buffer_record(w);
                break;
            case 5:
                fill_record(w);
                break;
            case 6:
            case 7:
                texture_record(w);
                break;
            case 8:
                slices_record(w);
                break;
            case 9:
                bytes_record(w);
                break;
            case 10:
                color_record(w);
                break;
            default:
                hint_record(w);
                break;
            }
        }
        check(w, packet);
    }
    static const uint32_t copied[] = {0x12c, 0x12d, 0x12e, 0x12f, 0x130, 0x132, 0x13e, 0x13f, 0x140, 0x141};
    static const uint32_t hints[] = {0x134, 0x135, 0x136, 0x137, 0x13a, 0x13b, 0x142, 0x143};
    for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++) {
        printf("record 0x%x: %u executed, %u refused\n", copied[i], done_count[copied[i] - 0x12c],
               refused_count[copied[i] - 0x12c]);
        assert_true(done_count[copied[i] - 0x12c] > 5 && refused_count[copied[i] - 0x12c] > 0);
    }
    for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
        assert_true(done_count[hints[i] - 0x12c] > 0);
}

/** Sizes of 0 are no errors, whatever else is wrong with the region. */
static void zero_sizes(void **state)
{
    struct world *w = *state;
    const struct texture *x = &w->textures[0];

    for (int axis = 0; axis < 3; axis++) {
        uint64_t size[3] = {4, 4, 1};
        size[axis] = 0;
        struct pvg_w_record a = {.buffer_image = {.texture = x->ref, .buffer = BUFFER_REF, .offset = 1 << 30, .level = 99}};
        struct pvg_w_record b = {.copy_texture = {.source = x->ref, .destination = x->ref, .source_slice = 99}};
        struct pvg_w_record c = {.fill_texture = {.ref = x->ref, .level = 99, .format = 80}};
        memcpy(a.buffer_image.size, size, sizeof(size));
        memcpy(b.copy_texture.size, size, sizeof(size));
        memcpy(c.fill_texture.size, size, sizeof(size));
        add(w, 0x12c, &a, true);
        add(w, 0x12e, &a, true);
        add(w, 0x12f, &b, true);
        add(w, 0x130, &b, true);
        add(w, 0x140, &c, true);
        add(w, 0x141, &c, true);
    }
    add(w, 0x12d, &(struct pvg_w_record){.copy_buffer = {.source = 999, .destination = 998}}, true);
    add(w, 0x132, &(struct pvg_w_record){.fill_buffer = {.ref = 999}}, true);
    add(w, 0x13f, &(struct pvg_w_record){.fill_buffer = {.ref = 999}}, true);
    add(w, 0x13e, &(struct pvg_w_record){.copy_slices = {.source = x->ref, .destination = x->ref, .slice_count = 1}}, true);
    check(w, 0);
}

/** Refs that name nothing, or the wrong kind of object, cost the record. */
static void wrong_objects(void **state)
{
    struct world *w = *state;
    const uint32_t refs[] = {0, 999, BUFFER_REF};

    for (size_t i = 0; i < 3; i++) {
        struct pvg_w_record a = {.buffer_image = {.texture = refs[i], .buffer = BUFFER_REF, .size = {1, 1, 1}}};
        struct pvg_w_record b = {.copy_texture = {.source = w->textures[0].ref, .destination = refs[i], .size = {1, 1, 1}}};
        struct pvg_w_record c = {.fill_texture = {.ref = refs[i], .size = {1, 1, 1}, .format = 80}};
        struct pvg_w_record d = {
            .copy_slices = {.source = refs[i], .destination = w->textures[0].ref, .slice_count = 1, .level_count = 1}};
        add(w, 0x12c, &a, false);
        add(w, 0x12e, &a, false);
        add(w, 0x12f, &b, false);
        add(w, 0x141, &c, false);
        add(w, 0x140, &c, false);
        add(w, 0x13e, &d, false);
        add(w, 0x133, &(struct pvg_w_record){.ref = refs[i]}, false);
    }
    struct pvg_w_record buffer = {.buffer_image = {.texture = w->textures[0].ref, .buffer = w->textures[1].ref, .size = {1, 1, 1}}};
    add(w, 0x12c, &buffer, false);
    add(w, 0x12e, &buffer, false);
    add(w, 0x12d, &(struct pvg_w_record){.copy_buffer = {.source = BUFFER_REF, .destination = w->textures[0].ref, .size = 4}},
        false);
    add(w, 0x132, &(struct pvg_w_record){.fill_buffer = {.ref = w->textures[0].ref, .length = 4}}, false);
    /* Options that mean nothing for the format, or at all. */
    for (uint32_t options = 1; options < 8; options++) {
        struct pvg_w_record o = {
            .buffer_image = {.texture = w->textures[0].ref, .buffer = BUFFER_REF, .size = {1, 1, 1}, .options = options}};
        add(w, 0x12c, &o, false);
        add(w, 0x12e, &o, false);
    }
    check(w, 0);
}

/** Record 0x133: every level from the one above it; what cannot be filtered is refused. */
static void mipmaps(void **state)
{
    struct world *w = *state;
    static uint8_t got[1 << 16];

    for (uint32_t i = 0; i < TEXTURES; i++) {
        struct texture *x = &w->textures[i];
        bool integer = x->k.format == 123 || x->k.format == 103;
        bool good = x->k.levels > 1 && x->f->kind != PVG_TEXEL_COMPRESSED && !integer;
        /* Random halves are not all numbers. */
        if (x->f->kind == PVG_TEXEL_FLOAT)
            for (uint64_t n = 1; n < x->size; n += 2)
                x->model[n] = (uint8_t)(0x30 | (x->model[n] & 0x8b));
        fake_write(w->t, (uint64_t)x->page * FAKE_PAGE, x->model, x->size);
        w->stream.used = 0;
        add(w, 0x133, &(struct pvg_w_record){.ref = x->ref}, good);
        uint64_t refused = w->dev->stats.records_refused;
        stream_run(w->dev, w->t, &w->stream);
        if (w->dev->stats.records_refused - refused != !good)
            fail_msg("format %u, type %u: mipmaps are %s", x->k.format, x->k.type, good ? "refused" : "made");
        fake_begin(w->dev);
        pvg_objects_synchronize(w->t->task.objects, w->dev->cmd, &x->ref, 1, false);
        fake_end(w->dev, NULL);
        fake_read(w->t, (uint64_t)x->page * FAKE_PAGE, got, x->size);
        if (!good) {
            assert_memory_equal(got, x->model, x->size);
            continue;
        }
        memcpy(x->model, got, x->size);
        bool is_3d = x->k.type == PVG_W_TEX_3D;
        for (uint32_t level = 1; level < x->k.levels; level++) {
            const uint32_t above[3] = {pvg_level_extent(x->k.w, level - 1), pvg_level_extent(x->k.h, level - 1),
                                       pvg_level_extent(x->k.d, level - 1)};
            /* Only even extents are a plain box. */
            if ((above[0] | above[1] | above[2]) & 1 &&
                !((above[1] == 1 || above[1] % 2 == 0) && (above[2] == 1 || above[2] % 2 == 0) && above[0] % 2 == 0))
                continue;
            for (uint32_t n = 0; n < pvg_level_extent(x->k.w, level) * pvg_level_extent(x->k.h, level) *
                                         (is_3d ? pvg_level_extent(x->k.d, level) : slices_of(x));
                 n++) {
                uint32_t px = n % pvg_level_extent(x->k.w, level),
                         py = n / pvg_level_extent(x->k.w, level) % pvg_level_extent(x->k.h, level),
                         pz = n / pvg_level_extent(x->k.w, level) / pvg_level_extent(x->k.h, level);
                double sum[4] = {0}, one[4], have[4];
                for (uint32_t k = 0; k < 8; k++) {
                    uint32_t sx = 2 * px + (k & 1), sy = above[1] > 1 ? 2 * py + (k >> 1 & 1) : 0,
                             sz = is_3d ? (above[2] > 1 ? 2 * pz + (k >> 2) : 0) : pz;
                    pvg_texel_decode(x->f, x->k.format, block_at(x, level - 1, is_3d ? 0 : sz, is_3d ? sz : 0, sx, sy), one);
                    for (int c = 0; c < 4; c++)
                        sum[c] += one[c] / 8;
                }
                pvg_texel_decode(x->f, x->k.format, block_at(x, level, is_3d ? 0 : pz, is_3d ? pz : 0, px, py), have);
                for (int c = 0; c < 4; c++)
                    if (fabs(have[c] - sum[c]) > (x->k.format == 41 ? 1.001 : 0.02))
                        fail_msg("texture %u, level %u: component %d of (%u, %u, %u) is %g, expected %g", i, level, c, px, py, pz,
                                 have[c], sum[c]);
            }
        }
    }
    if (on_vulkan)
        assert_true(done_count[0x133 - 0x12c] > 5);
}

int main(int argc, char **argv)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {CASE(random_records), CASE(zero_sizes), CASE(wrong_objects), CASE(mipmaps)};

    on_vulkan = argc > 1 && !strcmp(argv[1], "vulkan");
    if (on_vulkan)
        fake_create_renderer = pvg_vulkan_create;
    if (getenv("OPENPVG_TEST_SEED"))
        seed = (uint32_t)strtoul(getenv("OPENPVG_TEST_SEED"), NULL, 0) | 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
