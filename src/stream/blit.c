/* SPDX-License-Identifier: MIT */
/** @file Blit segments: copies and fills (spec 06 section 6). Everything is checked here against both sides' geometry. */
#include "stream/encoder.h"

/** Buffer that texture fills are copied from. */
#define STAGING_BYTES (UINT64_C(1) << 20)

enum { OPTION_DEPTH = 1, OPTION_STENCIL = 2 };

static struct pvg_object *buffer_of(struct pvg_encoder *e, uint32_t ref)
{
    struct pvg_object *obj = ref ? pvg_object_resource(e->o, ref) : NULL;

    return obj && pvg_object_buffer(obj) ? obj : NULL;
}

/** Texture side of a copy: the object's window, ready for reading or writing. */
struct side {
    struct pvg_texture *t;
    struct pvg_image *img;
    const struct pvg_format *f;
    struct pvg_rregion region;
    uint32_t width, height, depth; /**< Of the level. */
};

/** @return NULL or why the texture cannot take part. */
static const char *side_of(struct pvg_encoder *e, uint32_t ref, uint32_t level, uint32_t slice, bool write, struct side *s)
{
    struct pvg_object *obj;
    struct pvg_rtex *tex;

    *s = (struct side){0};
    s->img = ref ? pvg_texture_image(e, ref, &obj, &tex) : NULL;
    if (!s->img)
        return "a texture cannot be used";
    s->t = &obj->texture;
    if (level >= s->t->level_count || slice >= s->t->slice_count)
        return "a level or slice does not exist";
    if (!pvg_w_swizzle_identity(s->t->swizzle)) {
        /* A texture's own swizzle is what shaders see; copies move its texels. A view has no texels of its own (spec 05
         * section 6.4). */
        if (obj->kind == PVG_W_OBJ_TEXTURE_VIEW || s->t->desc.format != s->img->desc.format)
            return "a swizzled view cannot be copied";
        tex = s->img->tex;
    }
    if (write && s->t->surface && !pvg_surface_writable(s->t->surface))
        return "the destination surface is being remapped";
    s->f = pvg_format_get(s->t->desc.format);
    s->width = pvg_level_extent(s->t->desc.width, level);
    s->height = pvg_level_extent(s->t->desc.height, level);
    s->depth = pvg_level_extent(s->t->desc.depth, level);
    s->region = (struct pvg_rregion){.texture = tex, .level = level, .slice = slice};
    return NULL;
}

static bool fits(uint64_t origin, uint64_t size, uint32_t edge, uint32_t block)
{
    if (origin > edge || size > edge - origin)
        return false;
    return origin % block == 0 && (size % block == 0 || origin + size == edge);
}

/** Region inside the level and on block borders: never clipped (spec 06 section 6). */
static const char *place(struct side *s, const uint64_t origin[3], const uint64_t size[3])
{
    if (!fits(origin[0], size[0], s->width, s->f->block_w) || !fits(origin[1], size[1], s->height, s->f->block_h) ||
        !fits(origin[2], size[2], s->depth, 1))
        return "the region is not inside the texture or not on block borders";
    s->region.x = (uint32_t)origin[0];
    s->region.y = (uint32_t)origin[1];
    s->region.z = (uint32_t)origin[2];
    return NULL;
}

static bool covers_image(const struct side *s, const uint64_t size[3])
{
    return s->img->single && size[0] == s->width && size[1] == s->height && size[2] == s->depth;
}

static bool ready(struct pvg_encoder *e, struct side *s, bool overwrite)
{
    return pvg_image_prepare(s->img, e->cmd, overwrite);
}

static bool zero_size(const uint64_t size[3])
{
    return !size[0] || !size[1] || !size[2];
}

static void to_u32(const uint64_t in[3], uint32_t out[3])
{
    for (int i = 0; i < 3; i++)
        out[i] = (uint32_t)in[i];
}

/** Count a copy; a failure was logged by the renderer. */
static bool done(struct pvg_encoder *e, const struct pvg_w_record *rec, bool ok)
{
    if (!ok)
        return pvg_refuse(e, rec, "the renderer cannot do it");
    e->stats->blits++;
    return true;
}

/* ---- Buffer <-> texture ---- */

/** Bytes of one texel block on the buffer side; 0: the option does not fit the format. */
static uint32_t linear_block(const struct pvg_format *f, uint32_t options)
{
    if (options == OPTION_DEPTH)
        return f->depth_bytes;
    if (options == OPTION_STENCIL)
        return f->stencil_bytes;
    /* The stencil of a combined format seen alone: its cell holds nothing else that could be meant. */
    if (!options && f->kind == PVG_TEXEL_DEPTH && !f->depth_bytes)
        return f->stencil_bytes;
    return options ? 0 : f->bytes;
}

/** Fill in and check the buffer side. @return NULL or what is wrong. */
static const char *linear_of(struct pvg_encoder *e, const struct pvg_w_buffer_image *w, const struct side *s,
                             struct pvg_rlinear *lin)
{
    struct pvg_object *buffer = buffer_of(e, w->buffer);
    uint32_t block = linear_block(s->f, w->options);
    uint64_t blocks = (w->size[0] + s->f->block_w - 1) / s->f->block_w;
    uint64_t rows = (w->size[1] + s->f->block_h - 1) / s->f->block_h;
    uint64_t tight = blocks * block;

    if (!buffer)
        return "the buffer cannot be used";
    if (!block)
        return "the copy options do not fit the format";
    uint64_t row = w->bytes_per_row ? w->bytes_per_row : tight;
    if (row < tight || row > UINT32_MAX)
        return "bytes per row";
    uint64_t image = w->bytes_per_image ? w->bytes_per_image : row * rows;
    if (w->size[2] > 1 && image < row * (rows - 1) + tight)
        return "bytes per image";
    unsigned __int128 end = (unsigned __int128)image * (w->size[2] - 1) + row * (rows - 1) + tight + w->offset;
    if (end > buffer->pages.size)
        return "the range is not inside the buffer";
    *lin = (struct pvg_rlinear){
        .buffer = buffer->pages.buf, .offset = w->offset, .bytes_per_row = row, .bytes_per_image = image, .options = w->options};
    return NULL;
}

static bool copy_linear(struct pvg_encoder *e, const struct pvg_w_record *rec, bool to_texture)
{
    const struct pvg_w_buffer_image *w = &rec->buffer_image;
    struct pvg_rlinear lin;
    uint32_t size[3];
    struct side s;
    const char *why;

    if (zero_size(w->size))
        return true;
    why = side_of(e, w->texture, w->level, w->slice, to_texture, &s);
    if (!why && s.t->desc.samples > 1)
        why = "multisample textures have no linear form";
    if (!why)
        why = place(&s, w->origin, w->size);
    if (!why)
        why = linear_of(e, w, &s, &lin);
    if (!why && !ready(e, &s, to_texture && !w->options && covers_image(&s, w->size)))
        why = "the texture cannot be loaded";
    if (why)
        return pvg_refuse(e, rec, why);
    to_u32(w->size, size);
    if (!to_texture)
        return done(e, rec, e->ops->copy_texture_to_buffer(e->cmd, &s.region, size, &lin));
    if (!done(e, rec, e->ops->copy_buffer_to_texture(e->cmd, &lin, size, &s.region))) {
        pvg_image_undefined(s.img);
        return false;
    }
    pvg_image_written(s.img, e->cmd);
    return true;
}

bool pvg_blit_copy_buffer_to_texture(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    return copy_linear(e, rec, true);
}

bool pvg_blit_copy_texture_to_buffer(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    return copy_linear(e, rec, false);
}

/* ---- Buffers ---- */

static bool overlap(uint64_t a, uint64_t b, uint64_t size)
{
    return a < b + size && b < a + size;
}

bool pvg_blit_copy_buffer(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    const struct pvg_w_copy_buffer *w = &rec->copy_buffer;
    struct pvg_object *src, *dst;

    if (!w->size)
        return true;
    src = buffer_of(e, w->source);
    dst = buffer_of(e, w->destination);
    if (!src || !dst)
        return pvg_refuse(e, rec, "a buffer cannot be used");
    if (!pvg_range_ok(w->source_offset, w->size, src->pages.size) || !pvg_range_ok(w->destination_offset, w->size, dst->pages.size))
        return pvg_refuse(e, rec, "a range is not inside its buffer");
    if (src == dst && overlap(w->source_offset, w->destination_offset, w->size))
        return pvg_refuse(e, rec, "source and destination overlap");
    return done(e, rec,
                e->ops->copy_buffer(e->cmd, src->pages.buf, w->source_offset, dst->pages.buf, w->destination_offset, w->size));
}

bool pvg_blit_fill_buffer(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    const struct pvg_w_fill_buffer *w = &rec->fill_buffer;
    struct pvg_object *dst;

    if (!w->length)
        return true;
    dst = buffer_of(e, w->ref);
    if (!dst)
        return pvg_refuse(e, rec, "the buffer cannot be used");
    if (!pvg_range_ok(w->location, w->length, dst->pages.size))
        return pvg_refuse(e, rec, "the range is not inside the buffer");
    return done(e, rec, e->ops->fill_buffer(e->cmd, dst->pages.buf, w->location, w->length, (uint8_t)w->value));
}

/* ---- Texture -> texture ---- */

static const char *compatible(const struct side *a, const struct side *b)
{
    if (a->f->bytes != b->f->bytes || a->f->block_w != b->f->block_w || a->f->block_h != b->f->block_h ||
        (a->f->kind == PVG_TEXEL_DEPTH) != (b->f->kind == PVG_TEXEL_DEPTH))
        return "texel sizes differ";
    if (a->t->desc.samples != b->t->desc.samples)
        return "sample counts differ";
    return NULL;
}

static bool same_subresource(const struct side *a, const struct side *b)
{
    return a->img == b->img && a->t->base_level + a->region.level == b->t->base_level + b->region.level &&
           a->t->base_slice + a->region.slice == b->t->base_slice + b->region.slice;
}

static bool boxes_meet(const struct side *a, const struct side *b, const uint32_t size[3])
{
    return overlap(a->region.x, b->region.x, size[0]) && overlap(a->region.y, b->region.y, size[1]) &&
           overlap(a->region.z, b->region.z, size[2]);
}

/** Both images over their guest bytes; preparing one may have paid the other. */
static bool both_ready(struct pvg_encoder *e, struct side *src, struct side *dst, bool overwrite)
{
    return ready(e, src, false) && (src->img == dst->img || ready(e, dst, overwrite));
}

static bool copy_region(struct pvg_encoder *e, const struct pvg_w_record *rec, struct side *src, struct side *dst,
                        const uint64_t size64[3])
{
    uint32_t size[3];

    to_u32(size64, size);
    if (same_subresource(src, dst)) {
        if (src->region.x == dst->region.x && src->region.y == dst->region.y && src->region.z == dst->region.z)
            return true;
        if (boxes_meet(src, dst, size))
            return pvg_refuse(e, rec, "source and destination overlap");
    }
    if (!both_ready(e, src, dst, !src->region.options && covers_image(dst, size64)))
        return pvg_refuse(e, rec, "a texture cannot be loaded");
    if (!done(e, rec, e->ops->copy_texture(e->cmd, &src->region, size, &dst->region))) {
        pvg_image_undefined(dst->img);
        return false;
    }
    pvg_image_written(dst->img, e->cmd);
    return true;
}

bool pvg_blit_copy_texture(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    const struct pvg_w_copy_texture *w = &rec->copy_texture;
    struct side src, dst;
    const char *why = NULL;

    if (zero_size(w->size))
        return true;
    why = side_of(e, w->source, w->source_level, w->source_slice, false, &src);
    if (!why)
        why = side_of(e, w->destination, w->destination_level, w->destination_slice, true, &dst);
    if (!why)
        why = compatible(&src, &dst);
    if (!why)
        why = place(&src, w->source_origin, w->size);
    if (!why)
        why = place(&dst, w->destination_origin, w->size);
    if (!why && w->options && (!linear_block(src.f, w->options) || !linear_block(dst.f, w->options)))
        why = "the copy options do not fit the formats";
    if (why)
        return pvg_refuse(e, rec, why);
    src.region.options = w->options;
    return copy_region(e, rec, &src, &dst, w->size);
}

/** One level of one slice of record 0x13E. */
static bool copy_slice(struct pvg_encoder *e, const struct pvg_w_record *rec, uint32_t level, uint32_t slice)
{
    const struct pvg_w_copy_slices *w = &rec->copy_slices;
    struct side src, dst;
    const char *why = side_of(e, w->source, w->source_level + level, w->source_slice + slice, false, &src);

    if (!why)
        why = side_of(e, w->destination, w->destination_level + level, w->destination_slice + slice, true, &dst);
    if (!why)
        why = compatible(&src, &dst);
    if (!why && (src.width != dst.width || src.height != dst.height || src.depth != dst.depth))
        why = "level sizes differ";
    if (why)
        return pvg_refuse(e, rec, why);
    const uint64_t size[3] = {src.width, src.height, src.depth};
    return copy_region(e, rec, &src, &dst, size);
}

bool pvg_blit_copy_slices(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    const struct pvg_w_copy_slices *w = &rec->copy_slices;

    for (uint32_t level = 0; level < w->level_count; level++) {
        for (uint32_t slice = 0; slice < w->slice_count; slice++) {
            if (!copy_slice(e, rec, level, slice))
                return false;
        }
    }
    return true;
}

/* ---- Whole textures ---- */

bool pvg_blit_generate_mipmaps(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    struct side s;
    const char *why = side_of(e, rec->ref, 0, 0, true, &s);

    if (!why && s.t->level_count < 2)
        why = "the texture has one level";
    if (!why && (s.f->kind == PVG_TEXEL_UINT || s.f->kind == PVG_TEXEL_SINT || s.f->kind == PVG_TEXEL_COMPRESSED ||
                 s.f->kind == PVG_TEXEL_DEPTH))
        why = "the format cannot be filtered";
    if (!why && !ready(e, &s, false))
        why = "the texture cannot be loaded";
    if (why)
        return pvg_refuse(e, rec, why);
    if (!done(e, rec, e->ops->generate_mipmaps(e->cmd, s.region.texture)))
        return false;
    pvg_image_written(s.img, e->cmd);
    return true;
}

/** synchronizeResource and optimizeContentsForCPUAccess: what the host holds back becomes visible in guest RAM. */
bool pvg_blit_synchronize(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    struct pvg_object *obj = rec->subresource.ref ? pvg_object_resource(e->o, rec->subresource.ref) : NULL;

    if (!obj)
        return pvg_refuse(e, rec, "the resource cannot be used");
    if (pvg_object_is_texture(obj) && obj->texture.image && obj->texture.image->plane)
        pvg_plane_pay(obj->texture.image->plane, e->cmd);
    return true;
}

/* ---- Fills of textures ---- */

bool pvg_blit_fill_pattern(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    const struct pvg_w_fill_buffer *w = &rec->fill_buffer;
    struct pvg_object *dst;

    if (!w->length)
        return true;
    dst = buffer_of(e, w->ref);
    if (!dst)
        return pvg_refuse(e, rec, "the buffer cannot be used");
    if (!pvg_range_ok(w->location, w->length, dst->pages.size))
        return pvg_refuse(e, rec, "the range is not inside the buffer");
    /* Where the pattern starts in an unaligned range is not known (spec 06 section 6). */
    if (w->location % 4 || w->length % 4)
        return pvg_refuse(e, rec, "the range is not aligned to the pattern");
    return done(e, rec, e->ops->fill_pattern(e->cmd, dst->pages.buf, w->location, w->length, w->value));
}

/** Fill a buffer of the host's with copies of a block: its words by pattern, the rest by doubling what is there. */
static bool repeat_block(struct pvg_encoder *e, struct pvg_rbuf *buf, uint64_t size, const uint8_t *block, uint32_t bytes)
{
    uint8_t unit[16];
    uint32_t unit_bytes = bytes < 4 ? 4 : bytes;

    for (uint32_t i = 0; i < unit_bytes; i++)
        unit[i] = block[i % bytes];
    if (unit_bytes == 4)
        return e->ops->fill_pattern(e->cmd, buf, 0, size, pvg_ld32(unit));
    for (uint32_t i = 0; i < unit_bytes; i += 4) {
        if (!e->ops->fill_pattern(e->cmd, buf, i, 4, pvg_ld32(unit + i)))
            return false;
    }
    for (uint64_t have = unit_bytes; have < size; have *= 2) {
        uint64_t more = size - have < have ? size - have : have;
        if (!e->ops->copy_buffer(e->cmd, buf, 0, buf, have, more))
            return false;
    }
    return true;
}

/** Repeat one texel or block over the region, by copies from a small buffer that is filled with it. */
static bool fill_blocks(struct pvg_encoder *e, const struct pvg_w_record *rec, struct side *s, const uint8_t *block)
{
    const struct pvg_w_fill_texture *w = &rec->fill_texture;
    const struct pvg_format *f = s->f;
    /* Blocks of 1, 2, 4, 8 or 16 bytes: rows of whole words keep them in step. */
    uint64_t row = (pvg_format_row_bytes(f, (uint32_t)w->size[0]) + 3) & ~UINT64_C(3);
    uint64_t rows = pvg_format_rows(f, (uint32_t)w->size[1]);
    uint64_t band = row > STAGING_BYTES ? 1 : STAGING_BYTES / row;
    bool ok;

    if (!ready(e, s, covers_image(s, w->size)))
        return pvg_refuse(e, rec, "the texture cannot be loaded");
    if (band > rows)
        band = rows;
    struct pvg_rbuf_desc desc = {.size = row * band, .guest_writable = true};
    struct pvg_rlinear lin = {.buffer = e->ops->buffer_create(e->r, &desc), .bytes_per_row = row, .bytes_per_image = row * band};
    ok = lin.buffer && repeat_block(e, lin.buffer, desc.size, block, f->bytes);
    for (uint64_t z = 0; ok && z < w->size[2]; z++) {
        for (uint64_t y = 0; ok && y < rows; y += band) {
            struct pvg_rregion at = s->region;
            bool last = y + band >= rows;
            at.y += (uint32_t)y * f->block_h;
            at.z += (uint32_t)z;
            const uint32_t size[3] = {(uint32_t)w->size[0], (uint32_t)(last ? w->size[1] - y * f->block_h : band * f->block_h), 1};
            ok = e->ops->copy_buffer_to_texture(e->cmd, &lin, size, &at);
        }
    }
    if (lin.buffer)
        e->ops->buffer_release(e->r, lin.buffer);
    if (!done(e, rec, ok)) {
        pvg_image_undefined(s->img);
        return false;
    }
    pvg_image_written(s->img, e->cmd);
    return true;
}

/** Region of a texture fill. @return NULL or what is wrong. */
static const char *fill_region(struct pvg_encoder *e, const struct pvg_w_fill_texture *w, struct side *s)
{
    const char *why = side_of(e, w->ref, w->level, w->slice, true, s);

    if (why)
        return why;
    if (s->t->desc.samples > 1)
        return "multisample textures have no linear form";
    return place(s, w->origin, w->size);
}

/** Record 0x141: the colour goes into the record's format, which has the texture's texel size. */
bool pvg_blit_fill_texture_color(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    const struct pvg_w_fill_texture *w = &rec->fill_texture;
    const struct pvg_format *f = pvg_format_get(w->format);
    uint8_t texel[16];
    struct side s;
    const char *why;

    if (zero_size(w->size))
        return true;
    why = fill_region(e, w, &s);
    if (!why && (!f->bytes || f->bytes != s.f->bytes))
        why = "the colour's format has another texel size than the texture";
    if (!why && !pvg_texel_encode(f, w->format, w->color, texel))
        why = "the format takes no colour";
    if (why)
        return pvg_refuse(e, rec, why);
    return fill_blocks(e, rec, &s, texel);
}

/** Record 0x140: one texel to repeat, or a tight image of texels. */
bool pvg_blit_fill_texture_bytes(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    const struct pvg_w_fill_texture *w = &rec->fill_texture;
    struct pvg_w_record copy = {.info = rec->info};
    struct pvg_object *bytes;
    uint8_t texel[16];
    struct side s;
    const char *why;

    if (zero_size(w->size))
        return true;
    why = fill_region(e, w, &s);
    if (why)
        return pvg_refuse(e, rec, why);
    uint64_t tight = pvg_format_row_bytes(s.f, (uint32_t)w->size[0]) * pvg_format_rows(s.f, (uint32_t)w->size[1]) * w->size[2];
    if (w->bytes_length == s.f->bytes && tight != w->bytes_length) {
        /* The guest's CPU staged the texel or block before it submitted. */
        bytes = buffer_of(e, w->bytes_ref);
        if (!bytes || !pvg_range_ok(w->bytes_offset, s.f->bytes, bytes->pages.size) ||
            !pvg_task_read(e->o->task, bytes->pages.gva + w->bytes_offset, texel, s.f->bytes))
            return pvg_refuse(e, rec, "its texel is not in a usable buffer");
        return fill_blocks(e, rec, &s, texel);
    }
    if (w->bytes_length != tight)
        return pvg_refuse(e, rec, "its bytes are neither one texel nor the whole region");
    copy.buffer_image = (struct pvg_w_buffer_image){
        .buffer = w->bytes_ref, .texture = w->ref, .offset = w->bytes_offset, .slice = w->slice, .level = w->level};
    for (int i = 0; i < 3; i++) {
        copy.buffer_image.origin[i] = w->origin[i];
        copy.buffer_image.size[i] = w->size[i];
    }
    return copy_linear(e, &copy, true);
}
