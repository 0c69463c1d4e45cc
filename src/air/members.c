/* SPDX-License-Identifier: MIT */
/* Reflection of argument buffers: what their members refer to, from the struct layouts of the metadata (spec 07 section 4.9). */
#include "air/translate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Members of one function, all levels together; a longer list ends there. */
#define MAX_MEMBERS 2048

/** Where members are being listed. */
struct place {
    uint16_t buffer;
    uint32_t parent; /**< Index of the pointer behind which they lie, plus 1. */
    uint32_t offset; /**< Of the struct in what `parent` or the buffer points to. */
    const char *path;
};

static void list_members(struct pvg_at *at, const struct place *where, const struct pvg_air_member *members, size_t count);

static enum pvg_air_argument_kind kind_of(const struct pvg_air_param *p)
{
    switch (p->kind) {
    case PVG_AIR_PARAM_BUFFER:
    case PVG_AIR_PARAM_ARGUMENT_BUFFER:
        return PVG_AIR_ARGUMENT_POINTER;
    case PVG_AIR_PARAM_TEXTURE:
        return PVG_AIR_ARGUMENT_TEXTURE;
    case PVG_AIR_PARAM_SAMPLER:
        return PVG_AIR_ARGUMENT_SAMPLER;
    default:
        return !strcmp(p->keyword, "air.indirect_constant") ? PVG_AIR_ARGUMENT_CONSTANT : PVG_AIR_ARGUMENT_OTHER;
    }
}

static void add_argument(struct pvg_at *at, const struct place *where, const struct pvg_air_member *m, const char *name)
{
    struct pvg_air_reflection *r = at->refl;
    const struct pvg_air_param *p = m->resource;
    struct pvg_air_argument *list = realloc(r->arguments, (r->argument_count + 1) * sizeof *list);
    if (!list)
        pvg_at_fail(at, ENOMEM, "out of memory");
    r->arguments = list;
    struct pvg_air_argument *a = &list[r->argument_count];
    memset(a, 0, sizeof *a); /* Padding too: reflections are stored and compared as bytes. */
    a->buffer = where->buffer;
    a->parent = where->parent;
    a->offset = where->offset + m->offset;
    a->size = m->size;
    a->id = p->location;
    a->array_length = p->array_length ? p->array_length : 1;
    a->kind = kind_of(p);
    a->name = strdup(name);
    if (!a->name)
        pvg_at_fail(at, ENOMEM, "out of memory");
    r->argument_count++;
    a->read = (p->access & (PVG_AIR_ACCESS_READ | PVG_AIR_ACCESS_SAMPLE)) != 0;
    a->written = (p->access & PVG_AIR_ACCESS_WRITE) != 0;
    if (a->kind != PVG_AIR_ARGUMENT_TEXTURE)
        return;
    a->dim = p->texture.dim;
    a->cls = p->texture.cls;
    a->arrayed = p->texture.arrayed;
    a->multisampled = p->texture.multisampled;
    a->depth = p->texture.depth;
}

static void list_member(struct pvg_at *at, const struct place *where, const struct pvg_air_member *m)
{
    char name[256];
    if (at->refl->argument_count >= MAX_MEMBERS)
        return;
    snprintf(name, sizeof name, "%s%s%s", where->path, *where->path ? "." : "", m->name);
    if (m->nested) {
        const struct place inner = {where->buffer, where->parent, where->offset + m->offset, name};
        list_members(at, &inner, m->nested, m->nested_count);
    }
    if (!m->resource)
        return;
    add_argument(at, where, m, name);
    if (m->resource->members) {
        const struct place behind = {where->buffer, (uint32_t)at->refl->argument_count, 0, name};
        list_members(at, &behind, m->resource->members, m->resource->member_count);
    }
}

static void list_members(struct pvg_at *at, const struct place *where, const struct pvg_air_member *members, size_t count)
{
    for (size_t i = 0; i < count; i++)
        list_member(at, where, &members[i]);
}

void pvg_at_reflect_members(struct pvg_at *at)
{
    for (size_t i = 0; i < at->entry->param_count; i++) {
        const struct pvg_air_param *p = &at->entry->params[i];
        if (p->kind != PVG_AIR_PARAM_ARGUMENT_BUFFER || p->absent)
            continue;
        const struct place where = {(uint16_t)p->location, 0, 0, ""};
        list_members(at, &where, p->members, p->member_count);
    }
}
