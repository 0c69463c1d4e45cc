/* SPDX-License-Identifier: MIT */
/**
 * @file Buffers and linear textures whose descriptors name the same guest addresses (spec 05 section 6.5 asks for one memory). A
 * texture that shares bytes with another object is loaded before every encoder that uses it and stored after every one that wrote
 * it, as textures made from a buffer are; all others keep their content on the host as long as they can.
 */
#include "stream/encoder.h"

#include <stdlib.h>

static bool meet(const struct pvg_extent *a, const struct pvg_extent *b)
{
    return a->first <= b->last && b->first <= a->last;
}

/** One object more, or one less, shares bytes with the texture. */
static void count_alias(struct pvg_object *obj, int change)
{
    struct pvg_image *img = obj->texture.image;
    struct pvg_encoder *e = obj->owner->encoder;

    obj->aliases += (uint32_t)change;
    if (!img)
        return;
    img->unsure = obj->aliases != 0;
    /* What it held back so far, the other object must see. */
    if (img->unsure && img->owed && e && e->cmd)
        pvg_image_pay(img, e->cmd);
}

/** Bytes of the task that the object covers. @return false: none that could be shared. */
static bool extent_of(struct pvg_object *obj, struct pvg_extent *out)
{
    const struct pvg_pages *pages = &obj->pages;
    uint64_t first = 0, size = pages->size;

    if (obj->kind == PVG_W_OBJ_LINEAR_TEXTURE) {
        if (!obj->texture.plane)
            return false;
        first = obj->texture.first_byte;
        size = obj->texture.end_byte - first;
    } else if (obj->kind != PVG_W_OBJ_BUFFER) {
        return false;
    }
    out->obj = obj;
    return size && !__builtin_add_overflow(pages->gva, first, &out->first) &&
           !__builtin_add_overflow(out->first, size - 1, &out->last);
}

static struct pvg_extents *list_of(struct pvg_object *obj)
{
    return &obj->owner->extents[obj->kind == PVG_W_OBJ_LINEAR_TEXTURE];
}

/** Tell all textures that share bytes with the extent. @return how many objects do. */
static uint32_t visit(struct pvg_objects *o, const struct pvg_extent *x, int change)
{
    bool texture = x->obj->kind == PVG_W_OBJ_LINEAR_TEXTURE;
    uint32_t found = 0;

    /* Buffers see each other's bytes by themselves. */
    for (int list = texture ? 0 : 1; list < 2; list++) {
        for (uint32_t i = 0; i < o->extents[list].count; i++) {
            const struct pvg_extent *other = &o->extents[list].list[i];
            if (other->obj == x->obj || !meet(other, x))
                continue;
            found++;
            if (list == 1)
                count_alias(other->obj, change);
        }
    }
    return found;
}

void pvg_alias_add(struct pvg_object *obj)
{
    struct pvg_extent x;

    obj->extent = UINT32_MAX;
    if (!extent_of(obj, &x))
        return;
    struct pvg_extents *l = list_of(obj);
    if (l->count == l->capacity) {
        uint32_t capacity = l->capacity ? 2 * l->capacity : 64;
        struct pvg_extent *grown = realloc(l->list, capacity * sizeof(*grown));
        if (!grown)
            return;
        l->list = grown;
        l->capacity = capacity;
    }
    uint32_t found = visit(obj->owner, &x, 1);
    obj->extent = l->count;
    l->list[l->count++] = x;
    if (found && obj->kind == PVG_W_OBJ_LINEAR_TEXTURE)
        count_alias(obj, (int)found);
}

void pvg_alias_remove(struct pvg_object *obj)
{
    struct pvg_extents *l = list_of(obj);
    uint32_t at = obj->extent;

    if (at == UINT32_MAX)
        return;
    struct pvg_extent x = l->list[at];
    l->list[at] = l->list[--l->count];
    l->list[at].obj->extent = at;
    obj->extent = UINT32_MAX;
    visit(obj->owner, &x, -1);
}

void pvg_alias_fini(struct pvg_objects *o)
{
    for (int i = 0; i < 2; i++)
        free(o->extents[i].list);
}
