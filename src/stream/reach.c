/* SPDX-License-Identifier: MIT */
/** @file What the object list of a task holds, without making it: for resources that shaders find through memory. */
#include "stream/reach.h"

#include <stdlib.h>
#include <string.h>

/** Entries that are looked at; desktops publish a few ten thousand objects. */
#define MAX_REFS (1u << 16)
#define CHUNK    128u

/** @return false: the descriptor cannot be read now. */
static bool classify(struct pvg_objects *o, const struct pvg_w_object_entry *entry, struct pvg_reach *r)
{
    struct pvg_w_object *desc;
    bool readable;

    switch (entry->type) {
    case PVG_W_TYPE_BUFFER:
    case PVG_W_TYPE_TEXTURE:
    case PVG_W_TYPE_TEXTURE_ALT:
    case PVG_W_TYPE_SURFACE_TEXTURE:
    case PVG_W_TYPE_MAPPING_TEXTURE:
        r->kind = PVG_REACH_RESOURCE;
        return true;
    case PVG_W_TYPE_STATE:
    case PVG_W_TYPE_VIEW:
        break;
    default:
        return true;
    }
    desc = malloc(sizeof(*desc));
    readable = desc && pvg_object_describe(o, entry, desc);
    if (readable && desc->kind == PVG_W_OBJ_SAMPLER)
        r->kind = PVG_REACH_SAMPLER;
    else if (readable && entry->type == PVG_W_TYPE_VIEW)
        r->kind = PVG_REACH_RESOURCE;
    if (readable && desc->kind == PVG_W_OBJ_HEAP_TEXTURE)
        r->heap = desc->heap_texture.heap;
    free(desc);
    return readable;
}

static void update_entry(struct pvg_objects *o, uint32_t ref, const uint8_t *raw)
{
    struct pvg_reach *r = &o->reach[ref];
    struct pvg_w_object_entry entry = {0};

    if (raw)
        pvg_w_object_entry_decode(raw, PVG_W_OBJECT_ENTRY_SIZE, &entry);
    if (r->gva == entry.gva && r->length == entry.length && r->type == entry.type)
        return;
    *r = (struct pvg_reach){.gva = entry.gva, .length = entry.length, .type = entry.type};
    if (ref && !pvg_w_object_entry_empty(&entry) && !classify(o, &entry, r))
        *r = (struct pvg_reach){0}; /* Looked at again. */
}

uint32_t pvg_reach_update(struct pvg_objects *o)
{
    uint32_t count = o->task->list_gva && o->task->list_count < MAX_REFS ? o->task->list_count : MAX_REFS;
    uint8_t raw[CHUNK * PVG_W_OBJECT_ENTRY_SIZE];

    if (!o->task->list_gva || !o->task->list_count)
        return 0;
    if (count > o->reach_capacity) {
        struct pvg_reach *bigger = realloc(o->reach, count * sizeof(*bigger));
        if (!bigger)
            return 0;
        o->reach = bigger;
        o->reach_capacity = count;
    }
    if (count > o->reach_count)
        memset(o->reach + o->reach_count, 0, (count - o->reach_count) * sizeof(*o->reach));
    o->reach_count = count;
    for (uint32_t at = 0; at < count; at += CHUNK) {
        uint32_t n = count - at < CHUNK ? count - at : CHUNK;
        uint64_t gva;
        bool mapped = !__builtin_add_overflow(o->task->list_gva, (uint64_t)at * PVG_W_OBJECT_ENTRY_SIZE, &gva) &&
                      pvg_task_read(o->task, gva, raw, (size_t)n * PVG_W_OBJECT_ENTRY_SIZE);
        for (uint32_t i = 0; i < n; i++)
            update_entry(o, at + i, mapped ? raw + (size_t)i * PVG_W_OBJECT_ENTRY_SIZE : NULL);
    }
    return count;
}

void pvg_reach_forget(struct pvg_objects *o, uint32_t ref)
{
    if (ref < o->reach_count)
        o->reach[ref] = (struct pvg_reach){0};
}
