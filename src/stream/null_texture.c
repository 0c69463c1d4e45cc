/* SPDX-License-Identifier: MIT */
/** @file Textures of the renderer without GPU: linear texels in guest pages or host memory, clears, copies, mipmaps, frames. */
#include "stream/null_internal.h"

#include "util/log.h"

#include <stdlib.h>
#include <string.h>

/** Bytes moved at a time; a multiple of every texel size. */
#define CHUNK 16384

/** One slice of one level, with everything that addressing a texel needs. */
struct plane {
    struct pvg_rtex *root;
    const struct pvg_format *f;
    uint32_t width, height, depth;
    uint64_t offset; /**< Of texel (0, 0, 0). */
    uint64_t bytes_per_row, bytes_per_image;
};

static struct pvg_rtex *root_of(struct pvg_rtex *tex)
{
    return tex->root ? tex->root : tex;
}

/** Level and slice are relative to the view. @return false when the texture has no such subresource. */
static bool plane_of(struct pvg_rtex *tex, uint32_t level, uint32_t slice, struct plane *p)
{
    struct pvg_rtex *root = root_of(tex);

    if (level >= tex->level_count || slice >= tex->slice_count)
        return false;
    level += tex->base_level;
    slice += tex->base_slice;
    const struct pvg_rlevel *l = &root->levels[level];
    p->root = root;
    p->f = pvg_format_get(tex->format);
    p->width = pvg_level_extent(root->width, level);
    p->height = pvg_level_extent(root->height, level);
    p->depth = pvg_level_extent(root->depth, level);
    p->bytes_per_row = l->bytes_per_row;
    p->bytes_per_image = l->bytes_per_image;
    p->offset = l->offset + (uint64_t)slice * l->bytes_per_image * p->depth;
    return true;
}

static uint64_t row_offset(const struct plane *p, uint32_t block_row, uint32_t z)
{
    return p->offset + (uint64_t)z * p->bytes_per_image + (uint64_t)block_row * p->bytes_per_row;
}

static bool root_read(struct pvg_rtex *root, uint64_t offset, void *dst, uint64_t len)
{
    if (root->backing)
        return pvg_null_read(root->backing, offset, dst, len);
    if (offset > root->private_size || len > root->private_size - offset)
        return false;
    memcpy(dst, root->private_bytes + offset, len);
    return true;
}

static bool root_write(struct pvg_rtex *root, uint64_t offset, const void *src, uint64_t len)
{
    if (root->backing)
        return pvg_null_write(root->backing, offset, src, len);
    if (offset > root->private_size || len > root->private_size - offset)
        return false;
    memcpy(root->private_bytes + offset, src, len);
    return true;
}

/** Region inside the plane, and on block borders except at the plane's far edges. */
static bool region_fits(const struct plane *p, uint32_t x, uint32_t y, uint32_t z, const uint32_t size[3])
{
    if (x > p->width || size[0] > p->width - x || y > p->height || size[1] > p->height - y || z > p->depth ||
        size[2] > p->depth - z)
        return false;
    if (x % p->f->block_w || y % p->f->block_h)
        return false;
    return (size[0] % p->f->block_w == 0 || x + size[0] == p->width) && (size[1] % p->f->block_h == 0 || y + size[1] == p->height);
}

/* ---- Objects ---- */

static bool desc_valid(struct pvg_null *r, const struct pvg_w_texture_desc *d, const char **why)
{
    bool linear = d->type == PVG_W_TEX_BUFFER;

    *why = NULL;
    if (d->type >= PVG_W_TEX_TYPE_COUNT)
        *why = "texture type";
    else if (!pvg_format_get(d->format)->bytes)
        *why = "pixel format";
    else if (!d->width || !d->height || d->width > (linear ? NULL_MAX_TEXELS : NULL_MAX_EDGE) || d->height > NULL_MAX_EDGE ||
             d->depth > NULL_MAX_LAYERS)
        *why = "size";
    else if (d->levels > PVG_RTEX_MAX_LEVELS || d->array_length > NULL_MAX_LAYERS)
        *why = "level or slice count";
    return !*why;
}

static struct pvg_rtex *root_new(struct pvg_null *r, const struct pvg_w_texture_desc *d)
{
    struct pvg_rtex *tex = calloc(1, sizeof(*tex));

    if (!tex)
        return NULL;
    *tex = (struct pvg_rtex){
        .r = r,
        .refs = 1,
        .format = d->format,
        .type = d->type,
        .width = d->width,
        .height = d->height,
        .depth = d->type == PVG_W_TEX_3D && d->depth ? d->depth : 1,
        .level_count = d->levels ? d->levels : 1,
        .slice_count = pvg_w_texture_slices(d),
        .samples = d->samples ? d->samples : 1,
    };
    if (!tex->slice_count)
        tex->slice_count = 1;
    return tex;
}

/** Tight private storage. One sample per texel: without draws all samples of a texel are equal. */
static bool allocate_private(struct pvg_rtex *tex)
{
    const struct pvg_format *f = pvg_format_get(tex->format);
    uint64_t total = 0;

    for (uint32_t i = 0; i < tex->level_count; i++) {
        struct pvg_rlevel *l = &tex->levels[i];
        l->offset = total;
        l->bytes_per_row = (uint32_t)pvg_format_row_bytes(f, pvg_level_extent(tex->width, i));
        l->bytes_per_image = (uint64_t)l->bytes_per_row * pvg_format_rows(f, pvg_level_extent(tex->height, i));
        total += l->bytes_per_image * pvg_level_extent(tex->depth, i) * tex->slice_count;
    }
    if (!pvg_null_private_reserve(tex->r, total))
        return false;
    tex->private_bytes = calloc(1, total ? total : 1);
    if (!tex->private_bytes) {
        tex->r->private_bytes -= total;
        return false;
    }
    tex->private_size = total;
    return true;
}

struct pvg_rtex *pvg_null_texture_create(struct pvg_render *base, const struct pvg_rtex_desc *desc)
{
    struct pvg_null *r = (struct pvg_null *)base;
    const char *why;

    if (!desc_valid(r, &desc->desc, &why) || (desc->backing && (!desc->level_count || desc->level_count > PVG_RTEX_MAX_LEVELS))) {
        pvg_warn_limited(r->log, "null renderer: texture refused: %s", why ? why : "level count of the backing");
        return NULL;
    }
    struct pvg_rtex *tex = root_new(r, &desc->desc);
    if (!tex)
        return NULL;
    if (desc->backing && tex->samples == 1) {
        tex->backing = desc->backing;
        tex->backing->refs++;
        if (tex->level_count > desc->level_count)
            tex->level_count = desc->level_count;
        memcpy(tex->levels, desc->levels, sizeof(tex->levels));
    } else if (!allocate_private(tex)) {
        free(tex);
        return NULL;
    }
    return tex;
}

struct pvg_rtex *pvg_null_texture_from_buffer(struct pvg_render *base, struct pvg_rbuf *buf, uint64_t offset,
                                              uint32_t bytes_per_row, const struct pvg_w_texture_desc *desc)
{
    const struct pvg_format *f = pvg_format_get(desc->format);
    uint64_t row = bytes_per_row ? bytes_per_row : pvg_format_row_bytes(f, desc->width);
    struct pvg_rtex_desc d = {.desc = *desc, .backing = buf, .level_count = 1};

    if (row > UINT32_MAX)
        return NULL;
    d.levels[0] = (struct pvg_rlevel){
        .offset = offset, .bytes_per_row = (uint32_t)row, .bytes_per_image = row * pvg_format_rows(f, desc->height)};
    return pvg_null_texture_create(base, &d);
}

struct pvg_rtex *pvg_null_texture_view(struct pvg_render *base, struct pvg_rtex *of, const struct pvg_rview_desc *desc)
{
    struct pvg_null *r = (struct pvg_null *)base;
    uint32_t format = desc->format ? desc->format : of->format;
    uint32_t levels = desc->level_count ? desc->level_count : 1, slices = desc->slice_count ? desc->slice_count : 1;

    if (pvg_format_get(format)->bytes != pvg_format_get(of->format)->bytes || desc->base_level >= of->level_count ||
        levels > of->level_count - desc->base_level || desc->base_slice >= of->slice_count ||
        slices > of->slice_count - desc->base_slice) {
        pvg_warn_limited(r->log, "null renderer: texture view refused: format %u of %u, levels %u+%u, slices %u+%u", format,
                         of->format, desc->base_level, levels, desc->base_slice, slices);
        return NULL;
    }
    struct pvg_rtex *tex = calloc(1, sizeof(*tex));
    if (!tex)
        return NULL;
    *tex = (struct pvg_rtex){
        .r = r,
        .refs = 1,
        .root = root_of(of),
        .format = format,
        .type = desc->type,
        .base_level = of->base_level + desc->base_level,
        .level_count = levels,
        .base_slice = of->base_slice + desc->base_slice,
        .slice_count = slices,
        .samples = of->samples,
        .swizzled = desc->has_swizzle || of->swizzled,
    };
    tex->root->refs++;
    return tex;
}

void pvg_null_texture_release(struct pvg_render *base, struct pvg_rtex *tex)
{
    if (!tex || --tex->refs)
        return;
    if (tex->root)
        pvg_null_texture_release(base, tex->root);
    if (tex->backing)
        pvg_null_buffer_release(base, tex->backing);
    if (tex->private_bytes)
        tex->r->private_bytes -= tex->private_size;
    free(tex->private_bytes);
    free(tex);
}

/* ---- Passes ---- */

/** Repeat `texel` over the rectangle of every depth plane in [z, z + depth). */
static void fill_region(const struct plane *p, const uint8_t *texel, uint32_t width, uint32_t height, uint32_t z, uint32_t depth)
{
    uint8_t chunk[CHUNK];
    uint64_t row = (uint64_t)width * p->f->bytes;
    uint64_t first = row < CHUNK ? row : CHUNK;

    for (uint64_t i = 0; i < first; i += p->f->bytes)
        memcpy(chunk + i, texel, p->f->bytes);
    for (uint32_t d = 0; d < depth; d++) {
        for (uint32_t y = 0; y < height; y++) {
            uint64_t offset = row_offset(p, y, z + d);
            for (uint64_t done = 0; done < row; done += CHUNK)
                root_write(p->root, offset + done, chunk, row - done < CHUNK ? row - done : CHUNK);
        }
    }
}

/** Set one aspect of every cell, leaving the other one alone. */
static void fill_aspect(const struct plane *p, uint32_t format, bool depth, double value, uint32_t width, uint32_t height)
{
    uint8_t chunk[CHUNK];
    uint64_t row = (uint64_t)width * p->f->bytes;

    for (uint32_t y = 0; y < height; y++) {
        uint64_t offset = row_offset(p, y, 0);
        for (uint64_t done = 0; done < row; done += CHUNK) {
            uint64_t n = row - done < CHUNK ? row - done : CHUNK;
            if (!root_read(p->root, offset + done, chunk, n))
                return;
            for (uint64_t i = 0; i < n; i += p->f->bytes) {
                if (depth)
                    pvg_texel_set_depth(format, value, chunk + i);
                else
                    pvg_texel_set_stencil(format, (uint32_t)value, chunk + i);
            }
            root_write(p->root, offset + done, chunk, n);
        }
    }
}

static uint32_t min_u32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static bool attachment_plane(const struct pvg_rattachment *a, uint32_t layer, struct plane *p)
{
    return plane_of(a->texture, a->level, a->slice + layer, p) && a->depth_plane < p->depth;
}

static bool limit_area(struct pvg_rcmd *cmd, const struct pvg_rattachment *a)
{
    struct plane p;

    if (!a->texture)
        return true;
    if (!attachment_plane(a, 0, &p) || p.f->kind == PVG_TEXEL_COMPRESSED)
        return false;
    cmd->width = min_u32(cmd->width, p.width);
    cmd->height = min_u32(cmd->height, p.height);
    return true;
}

enum aspect { COLOR, DEPTH, STENCIL };

static void clear_attachment(struct pvg_rcmd *cmd, const struct pvg_rattachment *a, enum aspect aspect)
{
    uint32_t layers = cmd->pass.array_length > 1 ? cmd->pass.array_length : 1;
    uint8_t texel[16];
    struct plane p;

    if (!a->texture || a->load_action != 2)
        return;
    for (uint32_t i = 0; i < layers && attachment_plane(a, i, &p); i++) {
        if (aspect == DEPTH)
            fill_aspect(&p, a->texture->format, true, a->clear[0], cmd->width, cmd->height);
        else if (aspect == STENCIL)
            fill_aspect(&p, a->texture->format, false, a->clear[0], cmd->width, cmd->height);
        else if (pvg_texel_encode(p.f, a->texture->format, a->clear, texel))
            fill_region(&p, texel, cmd->width, cmd->height, a->depth_plane, 1);
    }
}

static void resolve_attachment(struct pvg_rcmd *cmd, const struct pvg_rattachment *a)
{
    const uint32_t size[3] = {cmd->width, cmd->height, 1};

    if (!a->texture || !a->resolve || (a->store_action != 2 && a->store_action != 3))
        return;
    struct pvg_rregion src = {.texture = a->texture, .level = a->level, .slice = a->slice, .z = a->depth_plane};
    struct pvg_rregion dst = {
        .texture = a->resolve, .level = a->resolve_level, .slice = a->resolve_slice, .z = a->resolve_depth_plane};
    if (!pvg_null_copy_texture(cmd, &src, size, &dst))
        pvg_warn_limited(cmd->r->log, "null renderer: resolve target does not match its attachment");
}

bool pvg_null_pass_begin(struct pvg_rcmd *cmd, const struct pvg_rpass *pass)
{
    cmd->width = pass->width ? pass->width : UINT32_MAX;
    cmd->height = pass->height ? pass->height : UINT32_MAX;
    bool fits = limit_area(cmd, &pass->depth) && limit_area(cmd, &pass->stencil);
    for (int i = 0; fits && i < 8; i++)
        fits = limit_area(cmd, &pass->color[i]);
    if (!fits || cmd->width == UINT32_MAX || cmd->height == UINT32_MAX) {
        pvg_warn_limited(cmd->r->log, "null renderer: pass refused: attachment subresource or missing size");
        return false;
    }
    cmd->pass = *pass;
    cmd->in_pass = true;
    for (int i = 0; i < 8; i++)
        clear_attachment(cmd, &pass->color[i], COLOR);
    clear_attachment(cmd, &pass->depth, DEPTH);
    clear_attachment(cmd, &pass->stencil, STENCIL);
    return true;
}

void pvg_null_pass_end(struct pvg_rcmd *cmd)
{
    if (!cmd->in_pass)
        return;
    cmd->in_pass = false;
    for (int i = 0; i < 8; i++)
        resolve_attachment(cmd, &cmd->pass.color[i]);
    resolve_attachment(cmd, &cmd->pass.depth);
    if (cmd->pass.stencil.texture != cmd->pass.depth.texture)
        resolve_attachment(cmd, &cmd->pass.stencil);
}

/* ---- Copies ---- */

/** Texel bytes on the buffer side: the whole block, or one plane of a depth-stencil cell (spec 08 section B.6). */
static uint32_t linear_texel(const struct pvg_format *f, uint32_t options)
{
    if (options & 1)
        return f->depth_bytes;
    if (options & 2)
        return f->stencil_bytes;
    return f->bytes;
}

/** Position of the stencil byte and the depth value inside a cell. */
static uint32_t stencil_at(uint32_t format)
{
    return format == 260 || format == 261 ? 4 : 0;
}

static void extract_plane(uint32_t format, uint32_t options, const uint8_t *cells, uint32_t cell, uint8_t *out, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++, cells += cell) {
        if (options & 2) {
            out[i] = cells[stencil_at(format)];
        } else if (format == 255) {
            memcpy(out + 4 * i, cells + 1, 3);
            out[4 * i + 3] = 0;
        } else {
            memcpy(out + i * (cell == 8 ? 4 : cell), cells, cell == 8 ? 4 : cell);
        }
    }
}

static void insert_plane(uint32_t format, uint32_t options, uint8_t *cells, uint32_t cell, const uint8_t *in, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++, cells += cell) {
        if (options & 2)
            cells[stencil_at(format)] = in[i];
        else if (format == 255)
            memcpy(cells + 1, in + 4 * i, 3);
        else
            memcpy(cells, in + i * (cell == 8 ? 4 : cell), cell == 8 ? 4 : cell);
    }
}

/** One row between a buffer and a texture, in chunks. */
static bool copy_row(const struct plane *p, uint32_t format, uint64_t texel_offset, const struct pvg_rlinear *lin,
                     uint64_t lin_offset, uint64_t blocks, bool to_texture)
{
    uint8_t cells[CHUNK], planes[CHUNK];
    uint32_t cell = p->f->bytes, part = linear_texel(p->f, lin->options);
    bool whole = part == cell && !(lin->options & 3);

    while (blocks) {
        uint32_t n = blocks < CHUNK / cell ? (uint32_t)blocks : CHUNK / cell;
        if (to_texture) {
            if (!pvg_null_read(lin->buffer, lin_offset, whole ? cells : planes, (uint64_t)n * part))
                return false;
            if (!whole) {
                if (!root_read(p->root, texel_offset, cells, (uint64_t)n * cell))
                    return false;
                insert_plane(format, lin->options, cells, cell, planes, n);
            }
            if (!root_write(p->root, texel_offset, cells, (uint64_t)n * cell))
                return false;
        } else {
            if (!root_read(p->root, texel_offset, cells, (uint64_t)n * cell))
                return false;
            if (!whole)
                extract_plane(format, lin->options, cells, cell, planes, n);
            if (!pvg_null_write(lin->buffer, lin_offset, whole ? cells : planes, (uint64_t)n * part))
                return false;
        }
        texel_offset += (uint64_t)n * cell;
        lin_offset += (uint64_t)n * part;
        blocks -= n;
    }
    return true;
}

static bool copy_linear(const struct pvg_rregion *region, const uint32_t size[3], const struct pvg_rlinear *given, bool to_texture)
{
    struct pvg_rlinear side = *given;
    const struct pvg_rlinear *lin = &side;
    struct plane p;
    uint64_t end;

    if (!plane_of(region->texture, region->level, region->slice, &p) || region->texture->samples > 1 ||
        !region_fits(&p, region->x, region->y, region->z, size))
        return false;
    if (!side.options && p.f->kind == PVG_TEXEL_DEPTH && !p.f->depth_bytes)
        side.options = 2; /* X32_Stencil8, X24_Stencil8: their only plane. */
    uint32_t part = linear_texel(p.f, lin->options);
    uint64_t blocks = ((uint64_t)size[0] + p.f->block_w - 1) / p.f->block_w;
    uint32_t rows = pvg_format_rows(p.f, size[1]);
    if (!part || !blocks || !rows || !size[2])
        return part != 0;
    uint64_t row = lin->bytes_per_row ? lin->bytes_per_row : blocks * part;
    uint64_t image = lin->bytes_per_image ? lin->bytes_per_image : row * rows;
    if (row > UINT32_MAX || image > UINT64_MAX / NULL_MAX_EDGE / 2 ||
        __builtin_add_overflow(lin->offset, image * (size[2] - 1) + row * (rows - 1) + blocks * part, &end) ||
        end > lin->buffer->size)
        return false;
    for (uint32_t z = 0; z < size[2]; z++) {
        for (uint32_t y = 0; y < rows; y++) {
            uint64_t at =
                row_offset(&p, region->y / p.f->block_h + y, region->z + z) + (uint64_t)(region->x / p.f->block_w) * p.f->bytes;
            if (!copy_row(&p, region->texture->format, at, lin, lin->offset + z * image + y * row, blocks, to_texture))
                return false;
        }
    }
    return true;
}

bool pvg_null_copy_buffer_to_texture(struct pvg_rcmd *cmd, const struct pvg_rlinear *src, const uint32_t size[3],
                                     const struct pvg_rregion *dst)
{
    return copy_linear(dst, size, src, true);
}

bool pvg_null_copy_texture_to_buffer(struct pvg_rcmd *cmd, const struct pvg_rregion *src, const uint32_t size[3],
                                     const struct pvg_rlinear *dst)
{
    return copy_linear(src, size, dst, false);
}

/** One plane of `n` cells from one texture to the other; the other plane's bytes stay. */
static bool copy_plane(const struct plane *from, uint64_t a, uint16_t from_format, const struct plane *to, uint64_t b,
                       uint16_t to_format, uint32_t options, uint64_t count)
{
    uint8_t cells[CHUNK], planes[CHUNK];
    uint32_t cell = from->f->bytes;

    for (uint64_t done = 0; done < count; done += CHUNK / cell) {
        uint32_t n = (uint32_t)(count - done < CHUNK / cell ? count - done : CHUNK / cell);
        if (!root_read(from->root, a + done * cell, cells, (uint64_t)n * cell))
            return false;
        extract_plane(from_format, options, cells, cell, planes, n);
        if (!root_read(to->root, b + done * cell, cells, (uint64_t)n * cell))
            return false;
        insert_plane(to_format, options, cells, cell, planes, n);
        if (!root_write(to->root, b + done * cell, cells, (uint64_t)n * cell))
            return false;
    }
    return true;
}

bool pvg_null_copy_texture(struct pvg_rcmd *cmd, const struct pvg_rregion *src, const uint32_t size[3],
                           const struct pvg_rregion *dst)
{
    uint8_t chunk[CHUNK];
    struct plane from, to;

    if (!plane_of(src->texture, src->level, src->slice, &from) || !plane_of(dst->texture, dst->level, dst->slice, &to) ||
        from.f->bytes != to.f->bytes || from.f->block_w != to.f->block_w || from.f->block_h != to.f->block_h ||
        !region_fits(&from, src->x, src->y, src->z, size) || !region_fits(&to, dst->x, dst->y, dst->z, size))
        return false;
    if (src->options &&
        (!linear_texel(from.f, src->options) || linear_texel(from.f, src->options) != linear_texel(to.f, src->options)))
        return false;
    uint64_t row = ((uint64_t)size[0] + from.f->block_w - 1) / from.f->block_w * from.f->bytes;
    uint32_t rows = pvg_format_rows(from.f, size[1]);
    for (uint32_t z = 0; z < size[2]; z++) {
        for (uint32_t y = 0; y < rows; y++) {
            uint64_t a =
                row_offset(&from, src->y / from.f->block_h + y, src->z + z) + (uint64_t)(src->x / from.f->block_w) * from.f->bytes;
            uint64_t b = row_offset(&to, dst->y / to.f->block_h + y, dst->z + z) + (uint64_t)(dst->x / to.f->block_w) * to.f->bytes;
            if (src->options && !copy_plane(&from, a, src->texture->format, &to, b, dst->texture->format, src->options, size[0]))
                return false;
            for (uint64_t done = 0; done < row && !src->options; done += CHUNK) {
                uint64_t n = row - done < CHUNK ? row - done : CHUNK;
                if (!root_read(from.root, a + done, chunk, n) || !root_write(to.root, b + done, chunk, n))
                    return false;
            }
        }
    }
    return true;
}

/* ---- Mipmaps ---- */

static bool load_texel(const struct plane *p, uint32_t format, uint32_t x, uint32_t y, uint32_t z, double rgba[4])
{
    uint8_t texel[16];

    return root_read(p->root, row_offset(p, y, z) + (uint64_t)x * p->f->bytes, texel, p->f->bytes) &&
           pvg_texel_decode(p->f, format, texel, rgba);
}

/** One texel of the smaller level: the mean of the 2x2(x2) box above it (spec 06 section 6). */
static bool box_texel(const struct plane *above, const struct plane *below, uint32_t format, uint32_t x, uint32_t y, uint32_t z)
{
    double sum[4] = {0}, rgba[4];
    uint8_t texel[16];
    uint32_t nz = above->depth > 1 ? 2 : 1;

    for (uint32_t i = 0; i < 4 * nz; i++) {
        uint32_t sx = min_u32(2 * x + (i & 1), above->width - 1);
        uint32_t sy = min_u32(2 * y + (i >> 1 & 1), above->height - 1);
        uint32_t sz = min_u32(2 * z + (i >> 2), above->depth - 1);
        if (!load_texel(above, format, sx, sy, above->depth > 1 ? sz : 0, rgba))
            return false;
        for (int c = 0; c < 4; c++)
            sum[c] += rgba[c] / (4 * nz);
    }
    return pvg_texel_encode(below->f, format, sum, texel) &&
           root_write(below->root, row_offset(below, y, z) + (uint64_t)x * below->f->bytes, texel, below->f->bytes);
}

bool pvg_null_generate_mipmaps(struct pvg_rcmd *cmd, struct pvg_rtex *tex)
{
    struct plane above, below;
    const struct pvg_format *f = pvg_format_get(tex->format);

    if (tex->level_count < 2 || tex->samples > 1 || f->kind == PVG_TEXEL_UINT || f->kind == PVG_TEXEL_SINT)
        return false;
    for (uint32_t slice = 0; slice < tex->slice_count; slice++) {
        for (uint32_t level = 1; level < tex->level_count; level++) {
            if (!plane_of(tex, level - 1, slice, &above) || !plane_of(tex, level, slice, &below))
                return false;
            for (uint32_t z = 0; z < below.depth; z++)
                for (uint32_t y = 0; y < below.height; y++)
                    for (uint32_t x = 0; x < below.width; x++)
                        if (!box_texel(&above, &below, tex->format, x, y, z))
                            return false;
        }
    }
    return true;
}

/* ---- Frames ---- */

/** Counts the frames that are out; lives until the renderer and all frames are gone. */
struct null_frames {
    atomic_uint refs;
    atomic_uint out;
};

struct pvg_rframe {
    struct null_frames *pool;
    uint32_t width, height;
    uint8_t pixels[];
};

struct null_frames *pvg_null_frames_create(void)
{
    struct null_frames *pool = calloc(1, sizeof(*pool));

    if (pool)
        atomic_init(&pool->refs, 1);
    return pool;
}

void pvg_null_frames_release(struct null_frames *pool)
{
    if (pool && atomic_fetch_sub(&pool->refs, 1) == 1)
        free(pool);
}

static uint8_t unorm8(double v)
{
    return v >= 1 ? 255 : v > 0 ? (uint8_t)(v * 255 + 0.5) : 0;
}

/** Convert n texels of any colour format to B8G8R8X8. */
static void to_bgrx(const struct pvg_format *f, uint32_t format, const uint8_t *texels, uint32_t n, uint8_t *out)
{
    double rgba[4];

    if (format == 80 || format == 81) {
        memcpy(out, texels, (size_t)n * 4);
        return;
    }
    for (uint32_t i = 0; i < n; i++, out += 4) {
        pvg_texel_decode_stored(f, format, texels + (size_t)i * f->bytes, rgba);
        out[0] = unorm8(rgba[2]);
        out[1] = unorm8(rgba[1]);
        out[2] = unorm8(rgba[0]);
        out[3] = 255;
    }
}

struct pvg_rframe *pvg_null_frame_capture(struct pvg_rcmd *cmd, struct pvg_rtex *tex, uint32_t width, uint32_t height)
{
    struct null_frames *pool = cmd->r->frames;
    uint8_t chunk[CHUNK];
    double probe[4];
    struct plane p;

    if (!plane_of(tex, 0, 0, &p) || !width || !height || width > p.width || height > p.height || tex->samples > 1 ||
        !pvg_texel_decode_stored(p.f, tex->format, (const uint8_t[16]){0}, probe)) {
        pvg_warn_limited(cmd->r->log, "null renderer: a %ux%u frame of format %u cannot be shown", width, height, tex->format);
        return NULL;
    }
    if (atomic_fetch_add(&pool->out, 1) >= NULL_MAX_FRAMES) {
        atomic_fetch_sub(&pool->out, 1);
        return NULL;
    }
    struct pvg_rframe *f = malloc(sizeof(*f) + (size_t)width * height * 4);
    if (!f) {
        atomic_fetch_sub(&pool->out, 1);
        return NULL;
    }
    atomic_fetch_add(&pool->refs, 1);
    f->pool = pool;
    f->width = width;
    f->height = height;
    for (uint32_t y = 0; y < height; y++) {
        uint64_t offset = row_offset(&p, y, 0);
        for (uint32_t x = 0; x < width; x += CHUNK / 16) {
            uint32_t n = min_u32(width - x, CHUNK / 16);
            if (!root_read(p.root, offset + (uint64_t)x * p.f->bytes, chunk, (uint64_t)n * p.f->bytes))
                memset(chunk, 0, sizeof(chunk));
            to_bgrx(p.f, tex->format, chunk, n, f->pixels + ((size_t)y * width + x) * 4);
        }
    }
    return f;
}

const void *pvg_null_frame_pixels(struct pvg_rframe *f, uint32_t *width, uint32_t *height, uint32_t *stride)
{
    *width = f->width;
    *height = f->height;
    *stride = f->width * 4;
    return f->pixels;
}

void pvg_null_frame_release(struct pvg_rframe *f)
{
    if (!f)
        return;
    struct null_frames *pool = f->pool;
    atomic_fetch_sub(&pool->out, 1);
    free(f);
    pvg_null_frames_release(pool);
}
