/* SPDX-License-Identifier: MIT */
/** @file Guest pages behind renderer buffers, images over them, and who holds the truth (spec 03 section 8). */
#include "stream/internal.h"

#include <stdlib.h>

/* ---- Pages ---- */

static bool pages_current(const struct pvg_objects *o, struct pvg_pages *pages)
{
    if (pages->seen != o->map_serial) {
        if (pvg_objects_range_touched(o, pages->seen, pages->gva, pages->size))
            pages->stale = true;
        pages->seen = o->map_serial;
    }
    return pages->buf && !pages->stale;
}

static bool any_hole(const struct pvg_rspan *spans, size_t count, bool *all)
{
    bool hole = false;

    *all = true;
    for (size_t i = 0; i < count; i++) {
        hole |= !spans[i].host;
        *all &= !spans[i].host;
    }
    return hole;
}

bool pvg_pages_refresh(struct pvg_objects *o, struct pvg_pages *pages)
{
    struct pvg_render *r = pvg_o_render(o);
    struct pvg_rspan *spans;
    size_t count;
    bool all_holes, ok;

    if (pages_current(o, pages))
        return true;
    if (!pages->buf && pages->size > PVG_MAX_COVERED - o->surfaces->covered) {
        pvg_warn_limited(pvg_o_log(o), "task %u: live buffers and textures cover too much memory", o->task->id);
        return false;
    }
    if (!pvg_task_spans(o->task, pages->gva, pages->size, true, &spans, &count))
        return false;
    pages->holes = any_hole(spans, count, &all_holes);
    if (all_holes) {
        ok = false;
    } else if (pages->buf) {
        ok = r->ops->buffer_rebind(r, pages->buf, spans, count);
    } else {
        struct pvg_rbuf_desc desc = {
            .size = pages->size, .spans = spans, .span_count = count, .guest_writable = true, .guest_address = pages->gva};
        pages->buf = r->ops->buffer_create(r, &desc);
        ok = pages->buf != NULL;
        if (ok)
            o->surfaces->covered += pages->size;
    }
    free(spans);
    pages->stale = !ok;
    return ok;
}

void pvg_pages_release(struct pvg_objects *o, struct pvg_pages *pages)
{
    struct pvg_render *r = pvg_o_render(o);

    if (!pages->buf)
        return;
    r->ops->buffer_release(r, pages->buf);
    pages->buf = NULL;
    o->surfaces->covered -= pages->size;
}

/* ---- Images ---- */

static void queue_remove(struct pvg_image *img)
{
    struct pvg_surfaces *s = img->surfaces;

    if (!img->queue_link)
        return;
    *img->queue_link = img->queue_next;
    if (img->queue_next)
        img->queue_next->queue_link = img->queue_link;
    else
        s->owed_tail = img->queue_link;
    img->queue_link = NULL;
    img->queue_next = NULL;
    s->owed_count--;
}

static void queue_append(struct pvg_image *img)
{
    struct pvg_surfaces *s = img->surfaces;

    queue_remove(img);
    img->queue_next = NULL;
    img->queue_link = s->owed_tail;
    *s->owed_tail = img;
    s->owed_tail = &img->queue_next;
    s->owed_count++;
}

void pvg_image_requeue(struct pvg_image *img)
{
    queue_append(img);
}

struct pvg_image *pvg_image_new(struct pvg_surfaces *s, struct pvg_plane *plane, struct pvg_rtex *tex,
                                const struct pvg_w_texture_desc *desc)
{
    struct pvg_image *img = calloc(1, sizeof(*img));

    if (!img)
        return NULL;
    *img = (struct pvg_image){.surfaces = s, .plane = plane, .tex = tex, .desc = *desc, .refs = 1};
    img->single = desc->levels <= 1 && pvg_w_texture_slices(desc) <= 1 && desc->depth <= 1;
    if (plane) {
        img->next = plane->images;
        img->link = &plane->images;
        if (plane->images)
            plane->images->link = &img->next;
        plane->images = img;
    }
    return img;
}

static void unlink_plane(struct pvg_image *img)
{
    if (!img->link)
        return;
    *img->link = img->next;
    if (img->next)
        img->next->link = img->link;
    img->link = NULL;
    img->next = NULL;
}

static void image_free(struct pvg_image *img)
{
    struct pvg_render *r = pvg_device_render(img->surfaces->dev);

    queue_remove(img);
    unlink_plane(img);
    if (img->tex)
        r->ops->texture_release(r, img->tex);
    free(img);
}

void pvg_image_unref(struct pvg_image *img)
{
    if (!img || --img->refs)
        return;
    /* A frame stays owed to its surface after the texture object is gone (spec 05 section 5.1). */
    if (img->owed && img->plane && img->plane->surface)
        return;
    image_free(img);
}

void pvg_image_forgive(struct pvg_image *img)
{
    img->owed = false;
    img->loaded = 0;
    queue_remove(img);
    if (!img->refs)
        image_free(img);
}

void pvg_plane_orphan(struct pvg_plane *plane)
{
    struct pvg_image *img;

    while ((img = plane->images)) {
        unlink_plane(img);
        img->plane = NULL;
        img->orphan = true;
        pvg_image_forgive(img);
    }
    plane->claim = 0;
    plane->serial++;
}

void pvg_plane_touch(struct pvg_plane *plane)
{
    plane->serial++;
}

/** Pages of a plane ready for a load or store. */
static bool plane_pages(struct pvg_plane *plane, bool store)
{
    if (plane->surface)
        return pvg_surface_verify(plane->surface);
    if (!pvg_pages_refresh(plane->objects, plane->pages))
        return false;
    /* A store that could only land in part stays owed (spec 03 section 8.8). */
    return !store || !plane->pages->holes;
}

bool pvg_image_pay(struct pvg_image *img, struct pvg_rcmd *cmd)
{
    struct pvg_render *r = pvg_device_render(img->surfaces->dev);
    struct pvg_plane *plane = img->plane;

    if (!img->owed)
        return true;
    if (plane->claim > img->publish) {
        pvg_image_forgive(img);
        return true;
    }
    /* Verification orphans the images of a surface that changed, which ends the debt; this keeps img alive meanwhile. */
    img->refs++;
    bool ready = plane_pages(plane, true);
    if (ready && img->owed) {
        if (r->ops->texture_store(cmd, img->tex)) {
            plane->serial++;
            img->loaded = plane->serial;
        } else {
            pvg_warn_limited(pvg_device_log(img->surfaces->dev), "texture %ux%u format %u: content lost, it cannot be stored",
                             img->desc.width, img->desc.height, img->desc.format);
            img->loaded = 0;
        }
        img->owed = false;
        queue_remove(img);
    }
    bool paid = !img->owed;
    img->refs--;
    if (!img->refs && paid)
        image_free(img);
    return paid;
}

void pvg_plane_pay(struct pvg_plane *plane, struct pvg_rcmd *cmd)
{
    struct pvg_image *next;

    for (struct pvg_image *img = plane->images; img; img = next) {
        /* At most one image of a plane owes; paying it may free it or, for a surface that changed, empty the list. */
        next = img->next;
        if (img->owed) {
            pvg_image_pay(img, cmd);
            return;
        }
    }
}

static bool pay_others(struct pvg_plane *plane, const struct pvg_image *img, struct pvg_rcmd *cmd)
{
    for (struct pvg_image *other = plane->images; other; other = other->next) {
        if (other != img && other->owed)
            return pvg_image_pay(other, cmd);
    }
    return true;
}

bool pvg_image_prepare(struct pvg_image *img, struct pvg_rcmd *cmd, bool overwrite)
{
    struct pvg_render *r = pvg_device_render(img->surfaces->dev);
    struct pvg_plane *plane = img->plane;

    if (img->orphan)
        return false;
    if (!plane || img->owed)
        return true;
    if (!pay_others(plane, img, cmd))
        return false;
    if (img->orphan)
        return false;
    if (img->loaded == plane->serial && !img->unsure)
        return true;
    if (!plane_pages(plane, false))
        return img->loaded != 0; /* Content survives an unmapped range (spec 03 section 4.4). */
    if (img->orphan)
        return false;
    if (!(overwrite && img->single) && !r->ops->texture_load(cmd, img->tex))
        return false;
    img->loaded = plane->serial;
    return true;
}

void pvg_image_written(struct pvg_image *img, struct pvg_rcmd *cmd)
{
    if (!img->plane)
        return;
    img->owed = true;
    img->publish = ++img->surfaces->clock;
    img->loaded = img->plane->serial;
    queue_append(img);
    /* The next command may read the same bytes through the buffer (spec 05 section 6.5). */
    if (img->unsure)
        pvg_image_pay(img, cmd);
}

void pvg_image_undefined(struct pvg_image *img)
{
    if (img->plane && !img->owed)
        img->loaded = 0;
}

static void claim_plane(struct pvg_surfaces *s, struct pvg_plane *plane)
{
    struct pvg_image *next;

    plane->claim = ++s->clock;
    plane->serial++;
    for (struct pvg_image *img = plane->images; img; img = next) {
        next = img->next;
        if (img->owed)
            pvg_image_forgive(img);
    }
}

void pvg_plane_validity(struct pvg_surfaces *s, struct pvg_plane *plane, const uint8_t quad[4])
{
    /* The other three ops state what the device's own stores and loads already follow (spec 03 section 8.1.1). */
    if (quad[0])
        claim_plane(s, plane);
}
