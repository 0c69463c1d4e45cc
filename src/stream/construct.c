/* SPDX-License-Identifier: MIT */
/** @file Construction of renderer objects from descriptors (spec 05 sections 6 to 9). */
#include "stream/internal.h"

#include <stdlib.h>
#include <string.h>

/** Largest metallib container that is read. One function needs a few hundred KiB at most. */
#define MAX_CONTAINER (64u << 20)

static const uint8_t identity[4] = {PVG_W_SWIZZLE_RED, PVG_W_SWIZZLE_GREEN, PVG_W_SWIZZLE_BLUE, PVG_W_SWIZZLE_ALPHA};

bool pvg_object_is_texture(const struct pvg_object *obj)
{
    switch (obj->kind) {
    case PVG_W_OBJ_LINEAR_TEXTURE:
    case PVG_W_OBJ_SURFACE_TEXTURE:
    case PVG_W_OBJ_MAPPING_TEXTURE:
    case PVG_W_OBJ_TEXTURE_VIEW:
    case PVG_W_OBJ_BUFFER_TEXTURE:
    case PVG_W_OBJ_HEAP_TEXTURE:
        return true;
    default:
        return false;
    }
}

/* ---- Descriptor checks ---- */

static bool is_1d(uint8_t type)
{
    return type == PVG_W_TEX_1D || type == PVG_W_TEX_1D_ARRAY;
}

static bool is_cube(uint8_t type)
{
    return type == PVG_W_TEX_CUBE || type == PVG_W_TEX_CUBE_ARRAY;
}

static bool is_multisample(uint8_t type)
{
    return type == PVG_W_TEX_2D_MS || type == PVG_W_TEX_2D_MS_ARRAY;
}

static uint32_t full_chain(const struct pvg_w_texture_desc *d)
{
    uint32_t edge = d->width > d->height ? d->width : d->height, levels = 1;

    if (d->type == PVG_W_TEX_3D && d->depth > edge)
        edge = d->depth;
    while (edge >>= 1)
        levels++;
    return levels;
}

const char *pvg_texture_desc_check(const struct pvg_rcaps *caps, const struct pvg_w_texture_desc *d)
{
    const struct pvg_format *f = pvg_format_get(d->format);
    uint32_t slices = pvg_w_texture_slices(d);

    if (!f->bytes)
        return "unknown pixel format";
    if (d->type >= PVG_W_TEX_TYPE_COUNT)
        return "unknown texture type";
    if (!d->width || !d->height)
        return "zero width or height";
    if (d->type == PVG_W_TEX_3D) {
        if (!d->depth || d->width > caps->max_texture_3d || d->height > caps->max_texture_3d || d->depth > caps->max_texture_3d)
            return "3D size";
    } else if (d->depth > 1) {
        return "depth of a texture that is not 3D";
    } else if (d->type != PVG_W_TEX_BUFFER && (d->width > caps->max_texture_2d || d->height > caps->max_texture_2d)) {
        return "larger than the device's limit";
    }
    if ((is_1d(d->type) || d->type == PVG_W_TEX_BUFFER) && d->height != 1)
        return "height of a 1D texture";
    if (is_cube(d->type) && d->width != d->height)
        return "cube faces that are not square";
    if (!slices || slices > caps->max_array_layers)
        return "array length";
    if (!d->levels || d->levels > PVG_RTEX_MAX_LEVELS || d->levels > full_chain(d))
        return "mip level count";
    if (d->samples > 1 && (!is_multisample(d->type) || d->levels > 1 || d->samples > 64 || !(caps->sample_counts & d->samples)))
        return "sample count";
    if (d->unidentified)
        return "unidentified descriptor bits are set";
    return NULL;
}

void pvg_texture_heap_size(const struct pvg_w_texture_desc *d, uint64_t *size, uint64_t *align)
{
    const struct pvg_format *f = pvg_format_get(d->format);
    uint64_t samples = d->samples > 1 ? d->samples : 1;

    *size = 0;
    for (uint32_t i = 0; i < d->levels; i++) {
        uint64_t row = (pvg_format_row_bytes(f, pvg_level_extent(d->width, i)) + 255) & ~UINT64_C(255);
        uint64_t rows = (uint64_t)pvg_format_rows(f, pvg_level_extent(d->height, i)) * pvg_level_extent(d->depth ? d->depth : 1, i);
        *size += row * rows * pvg_w_texture_slices(d) * samples;
    }
    *size = (*size + 4095) & ~UINT64_C(4095);
    *align = 256;
}

/** Give missing counts their meaning, so that later code has no zero cases. */
static void normalize(struct pvg_w_texture_desc *d)
{
    if (!d->levels)
        d->levels = 1;
    if (!d->samples)
        d->samples = 1;
    if (!d->array_length)
        d->array_length = 1;
    if (!d->depth)
        d->depth = 1;
}

/** A window that is the whole image. */
static void whole_window(struct pvg_texture *t, const struct pvg_w_texture_desc *desc)
{
    t->desc = *desc;
    t->base_level = t->base_slice = 0;
    t->level_count = desc->levels;
    t->slice_count = pvg_w_texture_slices(desc);
    memcpy(t->swizzle, desc->swizzle, 4);
}

/** Own renderer view of the window, when format, range or swizzle differ from the image. @return false: refused. */
static bool make_view(struct pvg_objects *o, struct pvg_texture *t)
{
    struct pvg_render *r = pvg_o_render(o);
    const struct pvg_w_texture_desc *image = &t->image->desc;

    if (t->view)
        r->ops->texture_release(r, t->view);
    t->view = NULL;
    bool swizzled = !pvg_w_swizzle_identity(t->swizzle);
    if (t->desc.format == image->format && t->desc.type == image->type && !t->base_level && !t->base_slice && !swizzled &&
        t->level_count == image->levels && t->slice_count == pvg_w_texture_slices(image))
        return true;
    struct pvg_rview_desc d = {.format = t->desc.format,
                               .type = t->desc.type,
                               .has_swizzle = swizzled,
                               .base_level = t->base_level,
                               .level_count = t->level_count,
                               .base_slice = t->base_slice,
                               .slice_count = t->slice_count};
    memcpy(d.swizzle, t->swizzle, 4);
    t->view = r->ops->texture_view(r, t->image->tex, &d);
    if (t->view)
        return true;
    /* Without its view the object must not fall back to the bare image. */
    pvg_image_unref(t->image);
    t->image = NULL;
    return false;
}

/* ---- Linear textures (spec 05 section 7.2) ---- */

/** Place the level array in the allocation. @return NULL or what is wrong with level 0. */
static const char *place_levels(const struct pvg_w_linear_texture *lin, struct pvg_w_texture_desc *d, struct pvg_rtex_desc *out,
                                struct pvg_texture *t)
{
    const struct pvg_format *f = pvg_format_get(d->format);
    uint32_t slices = pvg_w_texture_slices(d);
    uint32_t usable = lin->level_count < d->levels ? lin->level_count : d->levels;

    for (uint32_t i = 0; i < usable; i++) {
        const struct pvg_w_linear_level *l = &lin->levels[i];
        uint32_t width = pvg_level_extent(d->width, i), height = pvg_level_extent(d->height, i),
                 depth = pvg_level_extent(d->depth, i);
        uint64_t tight = pvg_format_row_bytes(f, width);
        uint32_t rows = pvg_format_rows(f, height);
        const char *why = NULL;

        if (l->width != width || l->height != height || (l->depth ? l->depth : 1) != depth)
            why = "level extent";
        else if (l->bytes_per_row < tight || l->bytes_per_row > UINT32_MAX)
            why = "row stride";
        if (!why) {
            unsigned __int128 image = (unsigned __int128)l->bytes_per_row * rows;
            unsigned __int128 end = l->offset + image * depth * (slices - 1) + image * (depth - 1) +
                                    (unsigned __int128)l->bytes_per_row * (rows - 1) + tight;
            if (end > lin->size)
                why = "outside the allocation";
        }
        if (why && i == 0)
            return why;
        if (why)
            break; /* The levels before it stay valid, the rest do not exist (spec 03 section 6.2). */
        uint64_t end_byte = l->offset + l->bytes_per_row * ((uint64_t)rows * depth * slices - 1) + tight;
        if (i == 0 || l->offset < t->first_byte)
            t->first_byte = l->offset;
        if (end_byte > t->end_byte)
            t->end_byte = end_byte;
        out->levels[i].offset = l->offset;
        out->levels[i].bytes_per_row = (uint32_t)l->bytes_per_row;
        out->levels[i].bytes_per_image = l->bytes_per_row * rows;
        out->level_count = i + 1;
    }
    d->levels = (uint16_t)out->level_count;
    return NULL;
}

static struct pvg_plane *plane_new(struct pvg_objects *o, struct pvg_pages *pages)
{
    struct pvg_plane *plane = calloc(1, sizeof(*plane));

    if (!plane)
        return NULL;
    plane->objects = o;
    plane->pages = pages;
    plane->serial = 1;
    return plane;
}

/** Texels that guest bytes cannot or need not hold live in a host image for the life of the object (spec 06 section 15.7 D11). */
static bool host_only(const struct pvg_w_texture_desc *d)
{
    return d->samples > 1 || pvg_w_texture_storage(d) == PVG_W_STORAGE_MEMORYLESS ||
           pvg_format_get(d->format)->kind == PVG_TEXEL_DEPTH;
}

/** Image for a texture of its own. Takes `tex`. */
static bool own_image(struct pvg_objects *o, struct pvg_texture *t, struct pvg_rtex *tex, const struct pvg_w_texture_desc *d)
{
    struct pvg_render *r = pvg_o_render(o);

    if (!tex)
        return false;
    t->image = pvg_image_new(o->surfaces, t->plane, tex, d);
    if (!t->image) {
        r->ops->texture_release(r, tex);
        return false;
    }
    /* The guest may read shared storage without asking; other storage it synchronizes first (spec 03 section 8.8). */
    t->image->eager = t->plane && pvg_w_texture_storage(d) == PVG_W_STORAGE_SHARED;
    return true;
}

static bool construct_linear(struct pvg_objects *o, struct pvg_object *obj, const struct pvg_w_linear_texture *lin,
                             const char **why)
{
    struct pvg_render *r = pvg_o_render(o);
    struct pvg_texture *t = &obj->texture;
    struct pvg_rtex_desc d = {.desc = lin->desc};

    normalize(&d.desc);
    *why = pvg_texture_desc_check(r->ops->caps(r), &d.desc);
    if (*why)
        return false;
    if (lin->record_disagrees)
        pvg_warn_limited(pvg_o_log(o), "task %u: texture %u: create record and level array disagree, the level array counts",
                         o->task->id, obj->ref);
    if (!host_only(&d.desc)) {
        *why = "no backing";
        if (!lin->handle || !lin->size || lin->size > r->ops->caps(r)->max_buffer_bytes)
            return false;
        *why = place_levels(lin, &d.desc, &d, t);
        if (*why)
            return false;
        obj->pages.gva = (uint64_t)lin->handle << pvg_device_page_shift(o->task->dev);
        obj->pages.size = lin->size;
        *why = "its pages are not mapped";
        if (!pvg_pages_refresh(o, &obj->pages))
            return false;
        *why = "out of memory";
        t->plane = plane_new(o, &obj->pages);
        if (!t->plane)
            return false;
        d.backing = obj->pages.buf;
    }
    *why = "the renderer cannot make it";
    /* The image keeps the identity swizzle; a declared one belongs to the window. */
    memcpy(d.desc.swizzle, identity, 4);
    if (!own_image(o, t, r->ops->texture_create(r, &d), &d.desc))
        return false;
    memcpy(d.desc.swizzle, lin->desc.swizzle, 4);
    whole_window(t, &d.desc);
    return make_view(o, t);
}

/* ---- Textures over buffers and heaps (spec 05 sections 6.5 and 6.7) ---- */

static bool construct_buffer_texture(struct pvg_objects *o, struct pvg_object *obj, const struct pvg_w_buffer_texture *bt,
                                     const char **why)
{
    struct pvg_render *r = pvg_o_render(o);
    struct pvg_texture *t = &obj->texture;
    struct pvg_w_texture_desc d = bt->desc;
    struct pvg_object *buffer = pvg_object_resource(o, bt->buffer);
    const struct pvg_format *f = pvg_format_get(d.format);

    *why = "its buffer cannot be used";
    if (!buffer || buffer->kind != PVG_W_OBJ_BUFFER || !pvg_object_buffer(buffer))
        return false;
    normalize(&d);
    *why = pvg_texture_desc_check(r->ops->caps(r), &d);
    if (*why)
        return false;
    *why = "only one level, slice and sample can lie over a buffer";
    if (d.levels > 1 || d.samples > 1 || d.type == PVG_W_TEX_3D || pvg_w_texture_slices(&d) > 1)
        return false;
    uint64_t tight = pvg_format_row_bytes(f, d.width);
    uint64_t row = bt->bytes_per_row ? bt->bytes_per_row : tight;
    *why = "row stride";
    if (row < tight || row > UINT32_MAX)
        return false;
    uint64_t span = row * (pvg_format_rows(f, d.height) - 1) + tight;
    *why = "outside its buffer";
    if (!pvg_range_ok(bt->offset, span, buffer->pages.size))
        return false;
    *why = "out of memory";
    t->plane = plane_new(o, &buffer->pages);
    if (!t->plane)
        return false;
    pvg_object_ref(buffer);
    t->base = buffer;
    *why = "the renderer cannot make it";
    memcpy(d.swizzle, identity, 4);
    if (!own_image(o, t, r->ops->texture_from_buffer(r, buffer->pages.buf, bt->offset, (uint32_t)row, &d), &d))
        return false;
    /* The buffer's bytes change through binds that are not tracked per texture. */
    t->image->eager = t->image->unsure = true;
    memcpy(d.swizzle, bt->desc.swizzle, 4);
    whole_window(t, &d);
    return make_view(o, t);
}

static bool construct_heap_texture(struct pvg_objects *o, struct pvg_object *obj, const struct pvg_w_heap_texture *heap,
                                   const char **why)
{
    struct pvg_render *r = pvg_o_render(o);
    struct pvg_rtex_desc d = {.desc = heap->desc};

    normalize(&d.desc);
    *why = pvg_texture_desc_check(r->ops->caps(r), &d.desc);
    if (*why)
        return false;
    *why = "the renderer cannot make it";
    memcpy(d.desc.swizzle, identity, 4);
    if (!own_image(o, &obj->texture, r->ops->texture_create(r, &d), &d.desc))
        return false;
    memcpy(d.desc.swizzle, heap->desc.swizzle, 4);
    whole_window(&obj->texture, &d.desc);
    return make_view(o, &obj->texture);
}

/* ---- Textures over surfaces (spec 05 sections 7.5 and 7.9) ---- */

/** Find surface and image anew; used at construction and whenever the surface became another one. */
static bool resolve_surface_texture(struct pvg_objects *o, struct pvg_object *obj, const char **why)
{
    const struct pvg_w_surface_texture *d = &obj->surface_desc;
    struct pvg_texture *t = &obj->texture;
    bool mapper = obj->kind == PVG_W_OBJ_MAPPING_TEXTURE;
    struct pvg_surface *surf = pvg_surface_get(o->surfaces, d->surface, mapper, false);

    *why = "its surface cannot be used";
    if (!surf)
        return false;
    /* A type-11 record's plane index is not confirmed: trust it only when it names a plane of the right size. */
    int plane = (int)d->plane;
    if (mapper && surf->plane_count == 1)
        plane = 0;
    else if (mapper && (d->plane >= surf->plane_count || surf->geometry[d->plane].width != d->desc.width ||
                        surf->geometry[d->plane].height != d->desc.height))
        plane = -1;
    pvg_surface_ref(surf);
    struct pvg_image *image = pvg_surface_image(surf, &d->desc, plane);
    if (!image) {
        pvg_surface_unref(surf);
        return false;
    }
    pvg_image_unref(t->image);
    pvg_surface_unref(t->surface);
    t->image = image;
    t->surface = surf;
    whole_window(t, &d->desc);
    *why = "the renderer cannot make a view";
    return make_view(o, t);
}

static bool construct_surface_texture(struct pvg_objects *o, struct pvg_object *obj, const struct pvg_w_surface_texture *st,
                                      const char **why)
{
    struct pvg_render *r = pvg_o_render(o);

    obj->surface_desc = *st;
    normalize(&obj->surface_desc.desc);
    *why = pvg_texture_desc_check(r->ops->caps(r), &obj->surface_desc.desc);
    if (*why)
        return false;
    const struct pvg_w_texture_desc *d = &obj->surface_desc.desc;
    *why = "only a plain 2D texture can lie over a surface";
    if (d->type != PVG_W_TEX_2D || d->levels != 1 || d->samples != 1 || d->array_length != 1)
        return false;
    return resolve_surface_texture(o, obj, why);
}

/* ---- Views (spec 05 section 6.4) ---- */

static uint32_t type_group(uint8_t type)
{
    switch (type) {
    case PVG_W_TEX_1D:
    case PVG_W_TEX_1D_ARRAY:
        return 0;
    case PVG_W_TEX_2D:
    case PVG_W_TEX_2D_ARRAY:
    case PVG_W_TEX_CUBE:
    case PVG_W_TEX_CUBE_ARRAY:
        return 1;
    case PVG_W_TEX_2D_MS:
    case PVG_W_TEX_2D_MS_ARRAY:
        return 2;
    default:
        return 3u + type;
    }
}

static const char *view_range(const struct pvg_texture *base, const struct pvg_w_texture_view *v)
{
    if (v->level >= base->level_count || v->level_count > base->level_count - v->level)
        return "levels outside the base texture";
    if (v->slice >= base->slice_count || v->slice_count > base->slice_count - v->slice)
        return "slices outside the base texture";
    if (type_group(v->type) != type_group(base->desc.type))
        return "texture type does not fit the base";
    if (v->type == PVG_W_TEX_CUBE ? v->slice_count != 6 : v->type == PVG_W_TEX_CUBE_ARRAY && v->slice_count % 6)
        return "slice count of a cube";
    return NULL;
}

/** Swizzles compose: the outer one selects among the inner one's results. */
static void compose_swizzle(const uint8_t outer[4], const uint8_t inner[4], uint8_t out[4])
{
    for (int i = 0; i < 4; i++)
        out[i] = outer[i] < PVG_W_SWIZZLE_RED ? outer[i] : inner[outer[i] - PVG_W_SWIZZLE_RED];
}

static bool resolve_view(struct pvg_objects *o, struct pvg_object *obj, const char **why)
{
    const struct pvg_w_texture_view *v = &obj->view_desc;
    struct pvg_texture *t = &obj->texture, *base = &t->base->texture;
    uint16_t format = v->format ? v->format : base->desc.format;

    *why = "its base texture cannot be used";
    if (!pvg_object_texture(t->base))
        return false;
    *why = "format of another texel size than the base";
    if (!pvg_format_get(format)->bytes || pvg_format_get(format)->bytes != pvg_format_get(base->desc.format)->bytes)
        return false;
    uint32_t level = 0, slice = 0;
    uint32_t levels = base->level_count, slices = base->slice_count;
    uint8_t type = base->desc.type;
    if (v->has_range) {
        *why = view_range(base, v);
        if (*why)
            return false;
        level = v->level;
        slice = v->slice;
        levels = v->level_count;
        slices = v->slice_count;
        type = v->type;
    }
    base->image->refs++;
    pvg_image_unref(t->image);
    t->image = base->image;
    t->desc = base->desc;
    t->desc.format = format;
    t->desc.type = type;
    t->desc.width = pvg_level_extent(base->desc.width, level);
    t->desc.height = pvg_level_extent(base->desc.height, level);
    t->desc.depth = pvg_level_extent(base->desc.depth, level);
    t->desc.levels = (uint16_t)levels;
    t->desc.array_length = (uint16_t)(is_cube(type) ? slices / 6 : slices);
    t->base_level = base->base_level + level;
    t->base_slice = base->base_slice + slice;
    t->level_count = levels;
    t->slice_count = slices;
    compose_swizzle(v->swizzle, base->swizzle, t->swizzle);
    *why = "the renderer cannot make it";
    return make_view(o, t);
}

static bool construct_view(struct pvg_objects *o, struct pvg_object *obj, const struct pvg_w_texture_view *v, const char **why)
{
    struct pvg_object *base;

    *why = "its base texture cannot be used";
    if (v->base == obj->ref)
        return false;
    base = pvg_object_resource(o, v->base);
    if (!base || !pvg_object_is_texture(base))
        return false;
    pvg_object_ref(base);
    obj->texture.base = base;
    obj->view_desc = *v;
    return resolve_view(o, obj, why);
}

/* ---- Use ---- */

struct pvg_rbuf *pvg_object_buffer(struct pvg_object *obj)
{
    return obj->kind == PVG_W_OBJ_BUFFER && pvg_pages_refresh(obj->owner, &obj->pages) ? obj->pages.buf : NULL;
}

/** The surface was deleted, replaced or mapped anew since the image was made. */
static bool surface_moved(const struct pvg_texture *t)
{
    return t->image->orphan || t->surface->dead || t->surface->retired || t->surface->unverified;
}

/** While the range is not walkable the host's copy may still be read (spec 03 section 4.4). */
static bool still_readable(const struct pvg_texture *t)
{
    return t->image && !t->image->orphan && !t->surface->dead && t->image->loaded;
}

struct pvg_rtex *pvg_object_texture(struct pvg_object *obj)
{
    struct pvg_texture *t = &obj->texture;
    const char *why = NULL;

    if (!pvg_object_is_texture(obj))
        return NULL;
    if (obj->kind == PVG_W_OBJ_TEXTURE_VIEW) {
        if (!pvg_object_texture(t->base))
            return NULL;
        if (t->image != t->base->texture.image && !resolve_view(obj->owner, obj, &why))
            return NULL;
    } else if (t->surface && (!t->image || surface_moved(t)) && !resolve_surface_texture(obj->owner, obj, &why) &&
               !still_readable(t)) {
        pvg_warn_limited(pvg_o_log(obj->owner), "task %u: texture %u refused: %s", obj->owner->task->id, obj->ref, why);
        return NULL;
    }
    if (!t->image)
        return NULL;
    return t->view ? t->view : t->image->tex;
}

/* ---- State objects ---- */

static bool construct_function(struct pvg_objects *o, struct pvg_object *obj, const struct pvg_w_function *f, const char **why)
{
    struct pvg_render *r = pvg_o_render(o);

    *why = "its container is too large";
    if (f->size > MAX_CONTAINER)
        return false;
    uint8_t *container = malloc(f->size);
    *why = "out of memory";
    if (!container)
        return false;
    *why = "its container is not mapped";
    if (pvg_task_read(o->task, f->gva, container, f->size)) {
        *why = "its container is not usable";
        obj->function = r->ops->function_create(r, container, f->size);
    }
    free(container);
    return obj->function != NULL;
}

/** Function named by a pipeline. @return false: it is named and cannot be used. */
static bool stage_function(struct pvg_objects *o, uint32_t ref, struct pvg_rfunc **out)
{
    struct pvg_object *obj;

    *out = NULL;
    if (!ref)
        return true;
    obj = pvg_object_state(o, ref, PVG_W_OBJ_FUNCTION);
    if (obj)
        *out = obj->function;
    return obj != NULL;
}

static void report_unknown(struct pvg_objects *o, uint32_t ref, const struct pvg_w_unknown_property *p, uint32_t count)
{
    /* Neither refusing nor applying defaults is right for every tag, so an unknown one is at least named (spec 05 section 8.3). */
    for (uint32_t i = 0; i < count && i < PVG_W_MAX_UNKNOWN_PROPERTIES; i++)
        pvg_warn_limited(pvg_o_log(o), "task %u: pipeline %u: unknown property 0x%02x, %u bytes, value 0x%08x", o->task->id, ref,
                         p[i].tag, p[i].length, p[i].value);
}

static bool construct_render_pipeline(struct pvg_objects *o, struct pvg_object *obj, const struct pvg_w_render_pipeline *p,
                                      const char **why)
{
    struct pvg_render *r = pvg_o_render(o);
    struct pvg_rfunc *functions[PVG_RSTAGE_COUNT] = {0};

    report_unknown(o, obj->ref, p->unknown, p->unknown_count);
    *why = "one of its functions cannot be used";
    if (!stage_function(o, p->vertex_function, &functions[PVG_RSTAGE_VERTEX]) ||
        !stage_function(o, p->fragment_function, &functions[PVG_RSTAGE_FRAGMENT]) ||
        !stage_function(o, p->object_function, &functions[PVG_RSTAGE_OBJECT]) ||
        !stage_function(o, p->mesh_function, &functions[PVG_RSTAGE_MESH]))
        return false;
    *why = "no vertex or mesh function";
    if (!functions[PVG_RSTAGE_VERTEX] && !functions[PVG_RSTAGE_MESH])
        return false;
    *why = "the renderer cannot make it";
    obj->pipeline = r->ops->render_pipeline_create(r, p, functions);
    return obj->pipeline != NULL;
}

static bool construct_compute_pipeline(struct pvg_objects *o, struct pvg_object *obj, const struct pvg_w_compute_pipeline *p,
                                       const char **why)
{
    struct pvg_render *r = pvg_o_render(o);
    struct pvg_rfunc *function;

    report_unknown(o, obj->ref, p->unknown, p->unknown_count);
    *why = "its function cannot be used";
    if (!stage_function(o, p->function, &function) || !function)
        return false;
    *why = "the renderer cannot make it";
    obj->pipeline = r->ops->compute_pipeline_create(r, p, function);
    return obj->pipeline != NULL;
}

static bool construct_buffer(struct pvg_objects *o, struct pvg_object *obj, const struct pvg_w_buffer *b, const char **why)
{
    struct pvg_render *r = pvg_o_render(o);

    *why = "no backing";
    if (!b->size || !b->handle)
        return false;
    *why = "larger than the device's limit";
    if (b->size > r->ops->caps(r)->max_buffer_bytes)
        return false;
    obj->pages.gva = (uint64_t)b->handle << pvg_device_page_shift(o->task->dev);
    obj->pages.size = b->size;
    *why = "its pages are not mapped";
    return pvg_pages_refresh(o, &obj->pages);
}

bool pvg_object_kind_state(enum pvg_w_object_kind kind, const char **reason)
{
    *reason = NULL;
    switch (kind) {
    case PVG_W_OBJ_RATE_MAP:
        *reason = "rasterization rate maps are not advertised";
        break;
    case PVG_W_OBJ_NONE:
    case PVG_W_OBJ_HEAP:
        *reason = "its descriptor is not documented";
        break;
    default:
        break;
    }
    return !*reason;
}

bool pvg_object_construct(struct pvg_objects *o, struct pvg_object *obj, const struct pvg_w_object *d, const char **why)
{
    struct pvg_render *r = pvg_o_render(o);
    bool ok = false;

    if (!pvg_object_kind_state(d->kind, why))
        return false;
    *why = "this kind of object is not supported";
    switch (d->kind) {
    case PVG_W_OBJ_BUFFER:
        ok = construct_buffer(o, obj, &d->buffer, why);
        break;
    case PVG_W_OBJ_LINEAR_TEXTURE:
        ok = construct_linear(o, obj, &d->linear, why);
        break;
    case PVG_W_OBJ_SURFACE_TEXTURE:
    case PVG_W_OBJ_MAPPING_TEXTURE:
        ok = construct_surface_texture(o, obj, &d->surface_texture, why);
        break;
    case PVG_W_OBJ_TEXTURE_VIEW:
        ok = construct_view(o, obj, &d->view, why);
        break;
    case PVG_W_OBJ_BUFFER_TEXTURE:
        ok = construct_buffer_texture(o, obj, &d->buffer_texture, why);
        break;
    case PVG_W_OBJ_HEAP_TEXTURE:
        ok = construct_heap_texture(o, obj, &d->heap_texture, why);
        break;
    case PVG_W_OBJ_FUNCTION:
        ok = construct_function(o, obj, &d->function, why);
        break;
    case PVG_W_OBJ_SAMPLER:
        *why = "the renderer cannot make it";
        obj->sampler = r->ops->sampler_create(r, &d->sampler);
        ok = obj->sampler != NULL;
        break;
    case PVG_W_OBJ_DEPTH_STENCIL:
        *why = "the renderer cannot make it";
        obj->depth_stencil = r->ops->depth_stencil_create(r, &d->depth_stencil);
        ok = obj->depth_stencil != NULL;
        break;
    case PVG_W_OBJ_RENDER_PIPELINE:
        ok = construct_render_pipeline(o, obj, &d->render_pipeline, why);
        break;
    case PVG_W_OBJ_COMPUTE_PIPELINE:
        ok = construct_compute_pipeline(o, obj, &d->compute_pipeline, why);
        break;
    case PVG_W_OBJ_ICB:
        ok = pvg_icb_construct(obj, &d->icb, why);
        break;
    case PVG_W_OBJ_FENCE:
        ok = true; /* Fences need no object: execution is in order. */
        break;
    case PVG_W_OBJ_SURFACE:
        *why = "a surface is named by its id, not by a ref";
        break;
    default:
        break;
    }
    if (!ok)
        pvg_object_teardown(obj);
    return ok;
}

static void teardown_texture(struct pvg_object *obj)
{
    struct pvg_render *r = pvg_o_render(obj->owner);
    struct pvg_texture *t = &obj->texture;

    if (t->view)
        r->ops->texture_release(r, t->view);
    /* The object's own plane goes with it, and so does what its image owed. */
    if (t->plane)
        pvg_plane_orphan(t->plane);
    pvg_image_unref(t->image);
    free(t->plane);
    pvg_surface_unref(t->surface);
    pvg_object_unref(t->base);
}

void pvg_object_teardown(struct pvg_object *obj)
{
    struct pvg_render *r = pvg_o_render(obj->owner);

    if (pvg_object_is_texture(obj))
        teardown_texture(obj);
    else if (obj->kind == PVG_W_OBJ_SAMPLER && obj->sampler)
        r->ops->sampler_release(r, obj->sampler);
    else if (obj->kind == PVG_W_OBJ_DEPTH_STENCIL && obj->depth_stencil)
        r->ops->depth_stencil_release(r, obj->depth_stencil);
    else if (obj->kind == PVG_W_OBJ_FUNCTION && obj->function)
        r->ops->function_release(r, obj->function);
    else if ((obj->kind == PVG_W_OBJ_RENDER_PIPELINE || obj->kind == PVG_W_OBJ_COMPUTE_PIPELINE) && obj->pipeline)
        r->ops->pipeline_release(r, obj->pipeline);
    else if (obj->kind == PVG_W_OBJ_ICB)
        pvg_icb_free(obj->icb);
    pvg_pages_release(obj->owner, &obj->pages);
}
