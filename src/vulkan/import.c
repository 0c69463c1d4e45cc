/* SPDX-License-Identifier: MIT */
/**
 * @file What shaders may reach through pointers and handles in memory: the range and handle tables of an encoder
 * (<openpvg/air.h>, part 6 of the argument table). Made when a shader that wants them is drawn with, never patched.
 */
#include <stdlib.h>
#include <string.h>

#include "vulkan/cmd.h"

/** Rows of one table: what a block of the ring holds. */
#define MAX_ROWS 32000u

struct range_row {
    uint64_t key, start, address;
    uint32_t length, zero;
};

struct handle_row {
    uint64_t key;
    uint32_t shape, sampled, storage, faces, plain, compare;
};

_Static_assert(sizeof(struct range_row) == 32 && sizeof(struct handle_row) == 32, "rows");

bool pvg_vkset_imports(struct pvg_rcmd *cmd, const struct pvg_rimport *list, size_t count)
{
    struct pvg_vkimports *im = &cmd->imports;
    if (count > im->capacity) {
        struct pvg_rimport *grown = realloc(im->list, count * sizeof(*grown));
        if (!grown)
            return false;
        im->list = grown;
        im->capacity = count;
    }
    if (count)
        memcpy(im->list, list, count * sizeof(*list));
    im->count = count;
    pvg_vkimport_moved(cmd);
    return true;
}

void pvg_vkimport_moved(struct pvg_rcmd *cmd)
{
    cmd->imports.current = cmd->imports.used[0] = cmd->imports.used[1] = false;
    for (size_t i = 0; i < sizeof(cmd->stages) / sizeof(cmd->stages[0]); i++)
        cmd->stages[i].table_shader = NULL;
}

void pvg_vkimport_reset(struct pvg_rcmd *cmd)
{
    cmd->imports.count = 0;
    cmd->imports.current = cmd->imports.used[0] = cmd->imports.used[1] = false;
}

void pvg_vkimport_fini(struct pvg_rcmd *cmd)
{
    free(cmd->imports.list);
    cmd->imports = (struct pvg_vkimports){0};
}

/* ---- Ranges ---- */

/** By start; of equal ones the longest first. */
static int compare_ranges(const void *a, const void *b)
{
    const struct range_row *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->length == y->length ? 0 : x->length > y->length ? -1 : 1;
}

/**
 * Every address is served by the range that reaches furthest: arithmetic on a pointer into the larger of two buffers must not end
 * with the smaller one. `rows` is sorted. @return number of rows that are left.
 */
static uint32_t make_disjoint(struct range_row *rows, uint32_t count)
{
    uint64_t end = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (n && rows[i].start + rows[i].length <= end)
            continue;
        end = rows[i].start + rows[i].length;
        rows[n] = rows[i];
        rows[n].key = rows[i].start;
        n++;
    }
    return n;
}

static uint32_t build_ranges(struct pvg_rcmd *cmd, struct range_row *rows)
{
    const struct pvg_vkimports *im = &cmd->imports;
    uint32_t n = 0;
    for (size_t i = 0; i < im->count && n < MAX_ROWS; i++) {
        struct pvg_rbuf *buf = im->list[i].buffer;
        if (!buf || !buf->guest || !pvg_vkuse_place(cmd, buf->place, false))
            continue;
        uint64_t length = buf->place->size < UINT32_MAX ? buf->place->size : UINT32_MAX;
        if (!length || buf->guest > UINT64_MAX - length)
            continue;
        rows[n++] = (struct range_row){.start = buf->guest, .address = buf->place->address, .length = (uint32_t)length};
    }
    qsort(rows, n, sizeof(*rows), compare_ranges);
    return make_disjoint(rows, n);
}

/* ---- Handles ---- */

static struct pvg_air_texture shape_of(const struct pvg_rtex *t)
{
    static const struct {
        uint8_t dim;
        bool arrayed, multisampled;
    } shapes[] = {
        [PVG_W_TEX_1D] = {PVG_AIR_DIM_1D, false, false},          [PVG_W_TEX_1D_ARRAY] = {PVG_AIR_DIM_1D, true, false},
        [PVG_W_TEX_2D] = {PVG_AIR_DIM_2D, false, false},          [PVG_W_TEX_2D_ARRAY] = {PVG_AIR_DIM_2D, true, false},
        [PVG_W_TEX_2D_MS] = {PVG_AIR_DIM_2D, false, true},        [PVG_W_TEX_CUBE] = {PVG_AIR_DIM_CUBE, false, false},
        [PVG_W_TEX_CUBE_ARRAY] = {PVG_AIR_DIM_CUBE, true, false}, [PVG_W_TEX_3D] = {PVG_AIR_DIM_3D, false, false},
        [PVG_W_TEX_2D_MS_ARRAY] = {PVG_AIR_DIM_2D, true, true},   [PVG_W_TEX_BUFFER] = {PVG_AIR_DIM_BUFFER, false, false},
    };
    struct pvg_air_texture s = {
        .dim = shapes[t->type].dim, .arrayed = shapes[t->type].arrayed, .multisampled = shapes[t->type].multisampled};
    s.cls = t->cls == PVG_VKCLASS_SINT ? PVG_AIR_SINT : t->cls == PVG_VKCLASS_UINT ? PVG_AIR_UINT : PVG_AIR_FLOAT;
    return s;
}

static bool add_texture(struct pvg_rcmd *cmd, struct handle_row *row, struct pvg_rtex *t)
{
    struct pvg_air_texture shape = shape_of(t);
    bool written = t->usage & PVG_W_USAGE_WRITE;
    if (t->texels) {
        if (!pvg_vkuse_place(cmd, t->texels->place, written))
            return false;
        row->sampled = pvg_vktexture_texel_index(t, false);
        row->storage = written ? pvg_vktexture_texel_index(t, true) : 0;
    } else {
        if (t->image->attached && cmd->encoder == PVG_VKENC_RENDER)
            pvg_vkpass_reads_target(cmd, false);
        pvg_vkuse_image(cmd, t->image);
        bool cube = shape.dim == PVG_AIR_DIM_CUBE;
        row->sampled = pvg_vktexture_sampled_index(t);
        row->faces = cube ? pvg_vktexture_faces_index(t) : 0;
        row->storage = written ? pvg_vktexture_levels_word(t) : 0;
    }
    row->shape = pvg_air_import_shape(&shape);
    return true;
}

static int compare_handles(const void *a, const void *b)
{
    const struct handle_row *x = a, *y = b;
    return x->key < y->key ? -1 : x->key > y->key;
}

/** Textures and samplers have numbers of their own: one row can stand for both. */
static uint32_t merge_handles(struct handle_row *rows, uint32_t count)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!n || rows[n - 1].key != rows[i].key) {
            rows[n++] = rows[i];
            continue;
        }
        struct handle_row *r = &rows[n - 1];
        if (!r->shape) {
            const struct handle_row sampler = *r;
            *r = rows[i];
            r->plain = sampler.plain;
            r->compare = sampler.compare;
        }
        r->plain |= r->plain ? 0 : rows[i].plain;
        r->compare |= r->compare ? 0 : rows[i].compare;
    }
    return n;
}

static uint32_t build_handles(struct pvg_rcmd *cmd, struct handle_row *rows)
{
    const struct pvg_vkimports *im = &cmd->imports;
    uint32_t n = 0;
    for (size_t i = 0; i < im->count && n < MAX_ROWS; i++) {
        const struct pvg_rimport *e = &im->list[i];
        struct handle_row row = {.key = e->ref};
        if (!e->ref || (!e->texture && !e->sampler))
            continue;
        if (e->texture && !add_texture(cmd, &row, e->texture))
            continue;
        if (e->sampler) {
            const struct pvg_vksampler_bind bind = {.sampler = e->sampler};
            row.plain = pvg_vksampler_entry(cmd->vk, &bind, false);
            row.compare = pvg_vksampler_entry(cmd->vk, &bind, true);
        }
        rows[n++] = row;
    }
    qsort(rows, n, sizeof(*rows), compare_handles);
    return merge_handles(rows, n);
}

/** Heap indices of null textures by shape. */
static void null_header(struct pvg_vk *vk, uint8_t *out)
{
    memset(out, 0, PVG_AIR_IMPORT_HEADER);
    for (uint32_t dim = PVG_AIR_DIM_1D; dim <= PVG_AIR_DIM_BUFFER; dim++) {
        for (uint32_t k = 0; k < 12; k++) {
            struct pvg_air_texture s = {.dim = dim, .arrayed = k & 1, .multisampled = k & 2, .cls = k >> 2};
            uint32_t index = pvg_vkheap_neutral(vk, &s);
            memcpy(out + 4 * (pvg_air_import_shape(&s) & ~PVG_AIR_IMPORT_TEXTURE), &index, 4);
        }
    }
}

/* ---- Tables ---- */

/** Null row and rows into the ring, behind `header` bytes. */
static bool upload(struct pvg_rcmd *cmd, const void *rows, uint32_t count, uint32_t header, VkDeviceAddress *address)
{
    struct pvg_vkslice s;
    if (!pvg_vkring_alloc(cmd->vk, header + 32 * (count + 1), 16, &s))
        return false;
    if (header)
        null_header(cmd->vk, s.host);
    memset(s.host + header, 0, 32);
    memcpy(s.host + header + 32, rows, 32 * (size_t)count);
    *address = s.address;
    return true;
}

static bool build(struct pvg_rcmd *cmd)
{
    struct pvg_vkimports *im = &cmd->imports;
    uint32_t most = im->count < MAX_ROWS ? (uint32_t)im->count : MAX_ROWS;
    void *rows = malloc(32 * (size_t)(most ? most : 1));
    if (!rows)
        return false;
    uint32_t n = build_ranges(cmd, rows);
    bool ok = upload(cmd, rows, n, 0, &im->ranges);
    im->range_count = n + 1;
    n = build_handles(cmd, rows);
    ok = ok && upload(cmd, rows, n, PVG_AIR_IMPORT_HEADER, &im->handles);
    im->handle_count = n + 1;
    free(rows);
    im->current = ok;
    return ok;
}

static void put(uint8_t *table, uint32_t offset, const void *bytes, size_t size)
{
    memcpy(table + offset, bytes, size);
}

static void put_entry(uint8_t *table, uint32_t offset, VkDeviceAddress address, uint32_t rows)
{
    put(table, offset, &address, 8);
    put(table, offset + 8, &rows, 4);
}

/** Number by which the object is known; 0 if the guest cannot have it. */
static uint32_t number_of(const struct pvg_vkimports *im, const struct pvg_rtex *tex, const struct pvg_rsampler *sampler)
{
    for (size_t i = 0; (tex || sampler) && i < im->count; i++)
        if ((tex && im->list[i].texture == tex) || (sampler && im->list[i].sampler == sampler))
            return im->list[i].ref;
    return 0;
}

static void fill_bound(struct pvg_rcmd *cmd, const struct pvg_vkstage *st, const struct pvg_air_reflection *r, uint8_t *table)
{
    const struct pvg_vkimports *im = &cmd->imports;
    for (size_t i = 0; i < r->buffer_count; i++) {
        for (uint32_t n = 0; r->buffers[i].guest_offset && n < r->buffers[i].array_length; n++) {
            const struct pvg_vkbound *b = &st->buffers[r->buffers[i].index + n];
            uint64_t address = b->buf && b->buf->guest ? b->buf->guest + b->offset : b->address;
            put(table, r->buffers[i].guest_offset + 8 * n, &address, 8);
        }
    }
    for (size_t i = 0; i < r->texture_count; i++) {
        for (uint32_t n = 0; r->textures[i].id_offset && n < r->textures[i].array_length; n++) {
            uint32_t id = number_of(im, st->textures[r->textures[i].index + n], NULL);
            put(table, r->textures[i].id_offset + 4 * n, &id, 4);
        }
    }
    for (size_t i = 0; i < r->sampler_count; i++) {
        for (uint32_t n = 0; r->samplers[i].id_offset && n < r->samplers[i].array_length; n++) {
            uint32_t id = number_of(im, NULL, st->samplers[r->samplers[i].index + n].sampler);
            put(table, r->samplers[i].id_offset + 4 * n, &id, 4);
        }
    }
}

/** Shaders may read, or also write, all buffers of the list. */
static void use_buffers(struct pvg_rcmd *cmd, bool written)
{
    struct pvg_vkimports *im = &cmd->imports;
    if (im->used[written])
        return;
    for (size_t i = 0; i < im->count; i++)
        if (im->list[i].buffer)
            pvg_vkuse_place(cmd, im->list[i].buffer->place, written && im->list[i].written);
    im->used[0] = im->used[written] = true;
}

bool pvg_vkimport_fill(struct pvg_rcmd *cmd, const struct pvg_vkstage *st, const struct pvg_vkshader *shader, uint8_t *table)
{
    const struct pvg_air_reflection *r = &shader->air->reflection;
    struct pvg_vkimports *im = &cmd->imports;
    if ((r->uses_import_pointer || r->uses_import_handle) && !im->current && !build(cmd)) {
        pvg_warn_limited(cmd->vk->log, "vulkan: no memory for the resources of function %s", r->name ? r->name : "?");
        return false;
    }
    if (r->uses_import_pointer)
        use_buffers(cmd, r->import_written);
    if (r->uses_import_pointer || r->uses_import_handle)
        pvg_vktouch_bound(cmd, st, NULL, NULL, false);
    if (r->import_written)
        pvg_vktouch_bound(cmd, st, NULL, NULL, true);
    if (r->uses_import_pointer)
        put_entry(table, r->import_pointer_offset, im->ranges, im->range_count);
    if (r->uses_import_handle)
        put_entry(table, r->import_handle_offset, im->handles, im->handle_count);
    fill_bound(cmd, st, r, table);
    return true;
}

static bool wants(const struct pvg_vkshader *s)
{
    return s && (s->air->reflection.uses_import_pointer || s->air->reflection.uses_import_handle);
}

bool pvg_vkpipeline_imports(struct pvg_render *r, struct pvg_rpipe *p)
{
    return pvg_vkpipeline_ready(p) && (wants(p->first) || wants(p->object) || wants(p->fragments[0]));
}
