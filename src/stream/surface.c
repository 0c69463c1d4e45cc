/* SPDX-License-Identifier: MIT */
/**
 * @file Surfaces: IOSurface backings found as type-4 objects of the kernel task, and mappings announced by the mapper
 * (spec 03 section 7).
 *
 * Announcements trail reality in both directions, so an incarnation is told apart by its page list, never by arrival order
 * (spec 03 section 7.7).
 */
#include "stream/internal.h"

#include "util/census.h"

#include <stdlib.h>
#include <string.h>

#define BIPLANAR_FULL  0x34323066u /* '420f' */
#define BIPLANAR_VIDEO 0x34323076u /* '420v' */

static struct pvg_log *log_of(struct pvg_surfaces *s)
{
    return pvg_device_log(s->dev);
}

struct pvg_surfaces *pvg_surfaces_create(struct pvg_device *dev)
{
    struct pvg_surfaces *s = calloc(1, sizeof(*s));

    if (!s)
        return NULL;
    s->dev = dev;
    s->owed_tail = &s->owed;
    return s;
}

/** Everything that depends on the page list goes; owed content is dropped, never written (spec 03 section 9). */
static void drop_pages(struct pvg_surface *surf)
{
    struct pvg_render *r = pvg_device_render(surf->owner->dev);

    for (uint32_t i = 0; i < PVG_W_MAX_PLANES; i++)
        pvg_plane_orphan(&surf->planes[i]);
    if (surf->buf)
        r->ops->buffer_release(r, surf->buf);
    surf->buf = NULL;
    free(surf->spans);
    surf->spans = NULL;
    surf->span_count = 0;
    surf->incarnation++;
}

static void bury(struct pvg_surface *surf)
{
    struct pvg_surface **link = &surf->owner->buckets[surf->id % PVG_SURFACE_BUCKETS];

    if (surf->dead)
        return;
    drop_pages(surf);
    while (*link != surf)
        link = &(*link)->next;
    *link = surf->next;
    surf->dead = true;
    if (!surf->refs)
        free(surf);
}

void pvg_surfaces_destroy(struct pvg_surfaces *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < PVG_SURFACE_BUCKETS; i++) {
        while (s->buckets[i])
            bury(s->buckets[i]);
    }
    free(s);
}

struct pvg_surface *pvg_surface_find(struct pvg_surfaces *s, uint32_t id)
{
    struct pvg_surface *surf = s->buckets[id % PVG_SURFACE_BUCKETS];

    while (surf && surf->id != id)
        surf = surf->next;
    return surf;
}

void pvg_surface_ref(struct pvg_surface *surf)
{
    surf->refs++;
}

void pvg_surface_unref(struct pvg_surface *surf)
{
    if (surf && --surf->refs == 0 && surf->dead)
        free(surf);
}

static struct pvg_surface *surface_new(struct pvg_surfaces *s, uint32_t id, bool mapper)
{
    struct pvg_surface *surf = calloc(1, sizeof(*surf));

    if (!surf)
        return NULL;
    surf->owner = s;
    surf->id = id;
    surf->mapper = mapper;
    surf->next = s->buckets[id % PVG_SURFACE_BUCKETS];
    s->buckets[id % PVG_SURFACE_BUCKETS] = surf;
    for (uint32_t i = 0; i < PVG_W_MAX_PLANES; i++) {
        surf->planes[i].surface = surf;
        surf->planes[i].serial = 1;
    }
    return surf;
}

static bool same_pages(const struct pvg_surface *surf, const struct pvg_rspan *spans, size_t count)
{
    if (surf->span_count != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (surf->spans[i].gpa != spans[i].gpa || surf->spans[i].size != spans[i].size)
            return false;
    }
    return true;
}

static bool same_host(const struct pvg_surface *surf, const struct pvg_rspan *spans, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (surf->spans[i].host != spans[i].host)
            return false;
    }
    return true;
}

/** A new or unchanged page list. Takes `spans`. */
static bool adopt(struct pvg_surface *surf, struct pvg_rspan *spans, size_t count, bool same_geometry)
{
    struct pvg_render *r = pvg_device_render(surf->owner->dev);
    bool keep = surf->buf && same_geometry && same_pages(surf, spans, count);

    if (keep && same_host(surf, spans, count)) {
        free(spans);
        surf->retired = surf->unverified = false;
        return true;
    }
    if (!keep)
        drop_pages(surf);
    uint64_t hit;
    if (pvg_device_control_overlap(surf->owner->dev, spans, count, &hit)) {
        pvg_warn_limited(log_of(surf->owner), "surface %u refused: 0x%llx holds device control memory", surf->id,
                         (unsigned long long)hit);
        drop_pages(surf);
        free(spans);
        return false;
    }
    struct pvg_rbuf_desc desc = {.size = surf->length, .spans = spans, .span_count = count, .guest_writable = true};
    if (!keep)
        surf->buf = r->ops->buffer_create(r, &desc);
    else if (!r->ops->buffer_rebind(r, surf->buf, spans, count))
        drop_pages(surf);
    free(surf->spans);
    surf->spans = spans;
    surf->span_count = count;
    surf->retired = surf->unverified = false;
    return surf->buf != NULL;
}

/* ---- Type-4 objects of the kernel task (spec 03 section 7.8) ---- */

static bool read_backing(struct pvg_task *task, uint32_t id, struct pvg_w_surface *out, const char **why)
{
    uint8_t raw[PVG_W_OBJECT_ENTRY_SIZE], desc[20 + 16 * PVG_W_MAX_PLANES];
    struct pvg_w_object_entry entry;
    uint64_t at;

    *why = "no such entry in the kernel task's list";
    if (!task->list_gva || id >= task->list_count ||
        __builtin_add_overflow(task->list_gva, (uint64_t)id * PVG_W_OBJECT_ENTRY_SIZE, &at) ||
        !pvg_task_read(task, at, raw, sizeof(raw)) || !pvg_w_object_entry_decode(raw, sizeof(raw), &entry))
        return false;
    *why = "not published";
    if (pvg_w_object_entry_empty(&entry))
        return false;
    *why = "not a type-4 object";
    if (entry.type != PVG_W_TYPE_SURFACE)
        return false;
    *why = "bad descriptor";
    return entry.length <= sizeof(desc) && pvg_task_read(task, entry.gva, desc, entry.length) &&
           pvg_w_surface_decode(desc, entry.length, out);
}

static bool same_backing(const struct pvg_surface *surf, const struct pvg_w_surface *d, uint64_t gva)
{
    return surf->gva == gva && surf->length == d->length && surf->fourcc == d->fourcc && surf->plane_count == d->plane_count &&
           !memcmp(surf->geometry, d->planes, d->plane_count * sizeof(d->planes[0]));
}

/** Largest backing that is looked at; guards the walk against a hostile length. */
static uint64_t max_length(struct pvg_surfaces *s)
{
    return pvg_device_render(s->dev)->ops->caps(pvg_device_render(s->dev))->max_buffer_bytes;
}

static void set_geometry(struct pvg_surface *surf, const struct pvg_w_surface *d, uint64_t gva)
{
    surf->gva = gva;
    surf->length = d->length;
    surf->fourcc = d->fourcc;
    surf->plane_count = d->plane_count;
    memcpy(surf->geometry, d->planes, sizeof(surf->geometry));
}

/** The two codes whose texel sizes are implied when the planes do not state them (spec 05 section 7.4). */
static void imply_element_sizes(struct pvg_w_surface *d)
{
    if (d->fourcc != BIPLANAR_FULL && d->fourcc != BIPLANAR_VIDEO)
        return;
    for (uint32_t i = 0; i < d->plane_count && i < 2; i++) {
        if (!d->planes[i].bytes_per_element)
            d->planes[i].bytes_per_element = (uint8_t)(i + 1);
    }
}

/** Read descriptor and page list anew and compare. `surf` may be NULL for an id that was not seen yet. */
static struct pvg_surface *resolve_backing(struct pvg_surfaces *s, struct pvg_surface *surf, uint32_t id)
{
    struct pvg_task *task = pvg_task_find(s->dev, 0);
    struct pvg_rspan *spans = NULL;
    struct pvg_w_surface desc;
    const char *why = "no kernel task";
    size_t count;

    if (!task || !read_backing(task, id, &desc, &why)) {
        pvg_warn_limited(log_of(s), "surface %u cannot be used: %s", id, why);
        return NULL;
    }
    uint64_t gva = (uint64_t)desc.page << pvg_device_page_shift(s->dev);
    if (desc.length > max_length(s) || !pvg_task_spans(task, gva, desc.length, false, &spans, &count)) {
        /* The guest may still be mapping it; nothing is remembered, so that the next use tries again. */
        pvg_warn_limited(log_of(s), "surface %u cannot be used: %s", id,
                         desc.length > max_length(s) ? "too large" : "part of it is not mapped");
        return NULL;
    }
    bool fresh = !surf;
    if (fresh)
        surf = surface_new(s, id, false);
    if (!surf) {
        free(spans);
        return NULL;
    }
    imply_element_sizes(&desc);
    bool same = !fresh && same_backing(surf, &desc, gva);
    if (!same)
        set_geometry(surf, &desc, gva);
    pvg_census(PVG_CENSUS_TYPE, PVG_W_TYPE_SURFACE, false);
    return adopt(surf, spans, count, same) ? surf : NULL;
}

/** The same guest pages may lie elsewhere in the host after a change of RAM. */
static bool rewalk_mapping(struct pvg_surface *surf)
{
    uint32_t shift = pvg_device_page_shift(surf->owner->dev);
    size_t pages = surf->length >> shift, n = 0, count;
    uint64_t *list = malloc((pages ? pages : 1) * sizeof(*list));
    struct pvg_rspan *spans;

    if (!list)
        return false;
    for (size_t i = 0; i < surf->span_count; i++) {
        for (uint64_t at = 0; at < surf->spans[i].size && n < pages; at += UINT64_C(1) << shift)
            list[n++] = surf->spans[i].gpa + at;
    }
    bool ok = n == pages && pvg_gpa_spans(surf->owner->dev, list, n, &spans, &count);
    free(list);
    return ok && adopt(surf, spans, count, true);
}

bool pvg_surface_verify(struct pvg_surface *surf)
{
    uint64_t before = surf->incarnation;

    if (surf->dead)
        return false;
    if (surf->mapper)
        return surf->buf && (!surf->unverified || rewalk_mapping(surf));
    return resolve_backing(surf->owner, surf, surf->id) && surf->incarnation == before;
}

struct pvg_surface *pvg_surface_get(struct pvg_surfaces *s, uint32_t id, bool mapper, bool verify)
{
    struct pvg_surface *surf = id ? pvg_surface_find(s, id) : NULL;

    if (!id || (surf && mapper && !surf->mapper))
        return NULL;
    if (surf && surf->mapper)
        return surf->buf && (!surf->unverified || rewalk_mapping(surf)) ? surf : NULL;
    if (mapper) {
        pvg_warn_limited(log_of(s), "mapping %u cannot be used: not mapped", id);
        return NULL;
    }
    if (surf && !verify && surf->buf && !surf->retired && !surf->unverified)
        return surf;
    return resolve_backing(s, surf, id);
}

void pvg_surface_replace(struct pvg_surface *surf)
{
    drop_pages(surf);
    surf->retired = false;
    surf->unverified = true;
}

void pvg_surfaces_delete_backing(struct pvg_surfaces *s, uint32_t surface_id)
{
    struct pvg_surface *surf = pvg_surface_find(s, surface_id);

    if (!surf || surf->mapper)
        return;
    if (surf->retired || !surf->buf)
        bury(surf);
    else
        surf->retired = true;
}

/* ---- Mapper rail (spec 03 sections 7.1 to 7.7) ---- */

static void mapping_geometry(const struct pvg_mapping_desc *desc, struct pvg_w_surface *out)
{
    *out = (struct pvg_w_surface){.fourcc = desc->pixel_format, .plane_count = desc->plane_count};
    for (uint32_t i = 0; i < desc->plane_count && i < PVG_W_MAX_PLANES; i++) {
        const struct pvg_mapping_plane *p = &desc->planes[i];
        out->planes[i] = (struct pvg_w_surface_plane){.offset = p->offset,
                                                      .width = p->width,
                                                      .height = p->height,
                                                      .bytes_per_row = p->bytes_per_row,
                                                      .bytes_per_element = (uint8_t)p->bytes_per_element};
    }
    if (desc->plane_count)
        return;
    /* A single-plane mapping states its geometry once, for the whole allocation. */
    out->plane_count = 1;
    out->planes[0] = (struct pvg_w_surface_plane){
        .offset = (uint32_t)desc->base_offset, .width = desc->width, .height = desc->height, .bytes_per_row = desc->bytes_per_row};
}

void pvg_surfaces_map(struct pvg_surfaces *s, const struct pvg_mapping_desc *desc)
{
    struct pvg_surface *surf = pvg_surface_find(s, desc->id);
    struct pvg_w_surface geometry;
    struct pvg_rspan *spans;
    size_t count;

    if (!desc->id || desc->plane_count > PVG_W_MAX_PLANES || desc->base_offset > UINT32_MAX || !desc->page_count ||
        desc->page_count > max_length(s) >> pvg_device_page_shift(s->dev)) {
        pvg_warn_limited(log_of(s), "mapping %u refused: bad id, plane or page count", desc->id);
        /* Whatever was mapped under the id before is not what the guest means now. */
        if (surf)
            bury(surf);
        return;
    }
    if (!pvg_gpa_spans(s->dev, desc->pages, desc->page_count, &spans, &count)) {
        pvg_warn_limited(log_of(s), "mapping %u refused: a page is not RAM", desc->id);
        return;
    }
    mapping_geometry(desc, &geometry);
    imply_element_sizes(&geometry);
    geometry.length = (uint64_t)desc->page_count << pvg_device_page_shift(s->dev);
    if (surf && !surf->mapper) {
        bury(surf);
        surf = NULL;
    }
    bool same = surf && same_backing(surf, &geometry, 0);
    if (!surf)
        surf = surface_new(s, desc->id, true);
    if (!surf) {
        free(spans);
        return;
    }
    if (!same)
        set_geometry(surf, &geometry, 0);
    adopt(surf, spans, count, same);
}

void pvg_surfaces_unmap(struct pvg_surfaces *s, uint32_t mapping_id)
{
    struct pvg_surface *surf = pvg_surface_find(s, mapping_id);

    if (surf && surf->mapper)
        bury(surf);
}

void pvg_surfaces_suspect(struct pvg_surfaces *s, uint64_t first, uint64_t last)
{
    /* The whole address space at once means a change of RAM, which moves the pages of mappings too. */
    bool everything = first == 0 && last == UINT64_MAX;

    for (size_t i = 0; i < PVG_SURFACE_BUCKETS; i++) {
        for (struct pvg_surface *surf = s->buckets[i]; surf; surf = surf->next) {
            if (everything || (!surf->mapper && surf->gva <= last && surf->gva + surf->length > first))
                surf->unverified = true;
        }
    }
}

/* ---- Textures over surfaces ---- */

/** Plane that a texture of this size and texel size means when its record has no plane index (spec 03 section 7.11). */
static int unique_plane(const struct pvg_surface *surf, const struct pvg_w_texture_desc *d)
{
    int found = -1;

    for (uint32_t i = 0; i < surf->plane_count; i++) {
        const struct pvg_w_surface_plane *p = &surf->geometry[i];
        if (p->width != d->width || p->height != d->height)
            continue;
        if (p->bytes_per_element && p->bytes_per_element != pvg_format_get(d->format)->bytes)
            continue;
        if (found >= 0)
            return -1;
        found = (int)i;
    }
    return found;
}

/** Byte window of the texture in the plane. @return NULL or why it does not fit. */
static const char *place(const struct pvg_surface *surf, const struct pvg_w_surface_plane *p, const struct pvg_w_texture_desc *d)
{
    const struct pvg_format *f = pvg_format_get(d->format);
    uint64_t tight = pvg_format_row_bytes(f, d->width);
    uint64_t end;

    if (!tight || p->bytes_per_row < tight)
        return "row stride";
    /* A view may reinterpret the texels (480-wide RGBA32Uint over 1920-wide BGRA8), so widths compare as bytes. */
    if (p->height && d->height > p->height)
        return "taller than its plane";
    if (p->width && p->bytes_per_element && tight > (uint64_t)p->width * p->bytes_per_element)
        return "wider than its plane";
    end = p->offset + (uint64_t)(pvg_format_rows(f, d->height) - 1) * p->bytes_per_row + tight;
    return end > surf->length ? "outside the backing" : NULL;
}

static struct pvg_image *find_image(struct pvg_plane *plane, const struct pvg_w_texture_desc *d)
{
    for (struct pvg_image *img = plane->images; img; img = img->next) {
        if (img->desc.format == d->format && img->desc.width == d->width && img->desc.height == d->height &&
            img->desc.type == d->type) {
            img->refs++;
            return img;
        }
    }
    return NULL;
}

struct pvg_image *pvg_surface_image(struct pvg_surface *surf, const struct pvg_w_texture_desc *desc, int plane)
{
    struct pvg_render *r = pvg_device_render(surf->owner->dev);
    int index = plane >= 0 ? plane : unique_plane(surf, desc);
    const char *why = "no plane of its index or size";

    if (index >= 0 && (uint32_t)index < surf->plane_count)
        why = place(surf, &surf->geometry[index], desc);
    if (why) {
        pvg_warn_limited(log_of(surf->owner), "surface %u: %ux%u texture of format %u refused: %s", surf->id, desc->width,
                         desc->height, desc->format, why);
        return NULL;
    }
    const struct pvg_w_surface_plane *p = &surf->geometry[index];
    struct pvg_rtex_desc d = {.desc = *desc, .backing = surf->buf, .level_count = 1};
    d.desc.format = (uint16_t)pvg_format_linear(desc->format);
    d.desc.usage = 0; /* Shared by textures of different declared usage: all that the format supports. */
    d.desc.levels = 1;
    memcpy(d.desc.swizzle, (const uint8_t[4]){2, 3, 4, 5}, 4);
    d.levels[0].offset = p->offset;
    d.levels[0].bytes_per_row = p->bytes_per_row;
    d.levels[0].bytes_per_image = (uint64_t)p->bytes_per_row * pvg_format_rows(pvg_format_get(desc->format), desc->height);
    struct pvg_image *img = find_image(&surf->planes[index], &d.desc);
    if (img)
        return img;
    struct pvg_rtex *tex = r->ops->texture_create(r, &d);
    if (!tex)
        return NULL;
    img = pvg_image_new(surf->owner, &surf->planes[index], tex, &d.desc);
    if (!img)
        r->ops->texture_release(r, tex);
    return img;
}

/* ---- Present ---- */

/** Image in the surface's own layout, referenced. */
static struct pvg_image *canonical_image(struct pvg_surface *surf, uint32_t format)
{
    const struct pvg_w_surface_plane *p = &surf->geometry[0];
    struct pvg_w_texture_desc desc = {.type = PVG_W_TEX_2D,
                                      .format = (uint16_t)format,
                                      .levels = 1,
                                      .samples = 1,
                                      .array_length = 1,
                                      .width = p->width,
                                      .height = p->height,
                                      .depth = 1};

    return pvg_surface_image(surf, &desc, 0);
}

/** Bring the image to the newest content: what it owes itself, what another texture owes, or what the guest's CPU drew. */
static bool freshen(struct pvg_image *img, struct pvg_rcmd *cmd, bool walkable)
{
    if (img->owed)
        return true;
    if (!walkable)
        return img->loaded != 0;
    /* Nothing announces what the guest's CPU draws before it presents, so the bytes are read again. */
    pvg_plane_touch(img->plane);
    return pvg_image_prepare(img, cmd, false);
}

/** Surface to present. The guest may have cleared its slot already; a frame that the host has is shown all the same. */
static struct pvg_surface *presented(struct pvg_surfaces *s, uint32_t id, bool *walkable)
{
    struct pvg_surface *surf = pvg_surface_get(s, id, false, true);

    *walkable = surf != NULL;
    if (surf)
        return surf;
    surf = id ? pvg_surface_find(s, id) : NULL;
    return surf && surf->buf ? surf : NULL;
}

struct pvg_rframe *pvg_surfaces_capture(struct pvg_surfaces *s, struct pvg_rcmd *cmd, uint32_t surface_id, uint32_t *width,
                                        uint32_t *height)
{
    struct pvg_render *r = pvg_device_render(s->dev);
    struct pvg_rframe *frame = NULL;
    bool walkable;
    struct pvg_surface *surf = presented(s, surface_id, &walkable);

    if (!surf) {
        pvg_warn_limited(log_of(s), "present: surface %u is unknown", surface_id);
        return NULL;
    }
    uint32_t format = surf->mapper && !surf->fourcc ? 80 : pvg_format_from_fourcc(surf->fourcc);
    if (!format || surf->plane_count != 1) {
        pvg_warn_limited(log_of(s), "present: surface %u has no single pixel format (0x%08x, %u planes)", surface_id, surf->fourcc,
                         surf->plane_count);
        return NULL;
    }
    pvg_surface_ref(surf);
    struct pvg_image *img = canonical_image(surf, format);
    if (img && freshen(img, cmd, walkable)) {
        *width = surf->geometry[0].width;
        *height = surf->geometry[0].height;
        frame = r->ops->frame_capture(cmd, img->tex, *width, *height);
    }
    pvg_image_unref(img);
    pvg_surface_unref(surf);
    return frame;
}
