/* SPDX-License-Identifier: MIT */
/** @file Object tables of a task: refs to objects, made on first use from the guest's object list (spec 05). */
#include "stream/reach.h"

#include "util/census.h"

#include <stdlib.h>
#include <string.h>

struct pvg_objects *pvg_objects_create(struct pvg_task *task)
{
    struct pvg_objects *o = calloc(1, sizeof(*o));

    if (!o)
        return NULL;
    o->task = task;
    o->surfaces = pvg_device_surfaces(task->dev);
    if (task->kernel)
        pvg_surfaces_suspect(o->surfaces, 0, UINT64_MAX);
    return o;
}

void pvg_object_ref(struct pvg_object *obj)
{
    obj->refs++;
}

void pvg_object_unref(struct pvg_object *obj)
{
    if (!obj || --obj->refs)
        return;
    obj->owner->live--;
    pvg_device_exec_stats(obj->owner->task->dev)->objects_destroyed++;
    pvg_alias_remove(obj);
    pvg_object_teardown(obj);
    free(obj);
}

static void drop(struct pvg_object **slot)
{
    struct pvg_object *obj = *slot;

    *slot = NULL;
    pvg_object_unref(obj);
}

void pvg_objects_destroy(struct pvg_objects *o)
{
    if (!o)
        return;
    for (uint32_t i = 0; i < o->table_pages; i++) {
        for (uint32_t k = 0; o->table[i] && k < PVG_SLOT_PAGE; k++) {
            drop(&o->table[i][k].resource);
            drop(&o->table[i][k].state);
        }
        free(o->table[i]);
    }
    free(o->table);
    free(o->events);
    free(o->scratch);
    free(o->reach);
    pvg_alias_fini(o);
    pvg_encoder_free(o->encoder);
    free(o);
}

/* ---- Table ---- */

static struct pvg_slot *slot_peek(const struct pvg_objects *o, uint32_t ref)
{
    uint32_t page = ref / PVG_SLOT_PAGE;

    if (page >= o->table_pages || !o->table[page])
        return NULL;
    return &o->table[page][ref % PVG_SLOT_PAGE];
}

static struct pvg_slot *slot_make(struct pvg_objects *o, uint32_t ref)
{
    uint32_t page = ref / PVG_SLOT_PAGE;

    if (page >= o->table_pages) {
        uint32_t pages = o->table_pages ? o->table_pages : 16;
        while (pages <= page)
            pages *= 2;
        struct pvg_slot **table = realloc(o->table, pages * sizeof(*table));
        if (!table)
            return NULL;
        memset(table + o->table_pages, 0, (pages - o->table_pages) * sizeof(*table));
        o->table = table;
        o->table_pages = pages;
    }
    if (!o->table[page])
        o->table[page] = calloc(PVG_SLOT_PAGE, sizeof(struct pvg_slot));
    return o->table[page] ? &o->table[page][ref % PVG_SLOT_PAGE] : NULL;
}

struct pvg_object *pvg_object_peek(struct pvg_objects *o, uint32_t ref)
{
    struct pvg_slot *slot = slot_peek(o, ref);

    return slot ? slot->resource : NULL;
}

/* ---- Object list (spec 05 section 2) ---- */

static bool read_entry(struct pvg_objects *o, uint32_t ref, struct pvg_w_object_entry *entry, const char **why)
{
    uint8_t raw[PVG_W_OBJECT_ENTRY_SIZE];
    uint64_t at;

    *why = "the task has no object list";
    if (!o->task->list_gva || !o->task->list_count)
        return false;
    *why = "past the object list";
    if (ref >= o->task->list_count)
        return false;
    *why = "its list entry is not mapped";
    if (__builtin_add_overflow(o->task->list_gva, (uint64_t)ref * PVG_W_OBJECT_ENTRY_SIZE, &at) ||
        !pvg_task_read(o->task, at, raw, sizeof(raw)))
        return false;
    pvg_w_object_entry_decode(raw, sizeof(raw), entry);
    *why = "not published";
    return !pvg_w_object_entry_empty(entry);
}

/** Descriptor bytes in the task's scratch memory; valid until the next call. */
static const uint8_t *read_descriptor(struct pvg_objects *o, const struct pvg_w_object_entry *entry)
{
    if (entry->length > o->scratch_size) {
        uint8_t *bigger = realloc(o->scratch, entry->length);
        if (!bigger)
            return NULL;
        o->scratch = bigger;
        o->scratch_size = entry->length;
    }
    return pvg_task_read(o->task, entry->gva, o->scratch, entry->length) ? o->scratch : NULL;
}

bool pvg_object_describe(struct pvg_objects *o, const struct pvg_w_object_entry *entry, struct pvg_w_object *desc)
{
    const uint8_t *bytes = read_descriptor(o, entry);

    return bytes && pvg_w_object_decode(entry->type, bytes, entry->length, desc);
}

static bool is_state(enum pvg_w_object_kind kind)
{
    switch (kind) {
    case PVG_W_OBJ_FUNCTION:
    case PVG_W_OBJ_SAMPLER:
    case PVG_W_OBJ_DEPTH_STENCIL:
    case PVG_W_OBJ_COMPUTE_PIPELINE:
    case PVG_W_OBJ_RENDER_PIPELINE:
    case PVG_W_OBJ_FENCE:
    case PVG_W_OBJ_RATE_MAP:
    case PVG_W_OBJ_ICB:
        return true;
    default:
        return false;
    }
}

/** The creation record of a descriptor for the census: its own, or the one that it embeds; 0: none. */
static uint32_t creation_record(const struct pvg_w_object *desc)
{
    switch (desc->kind) {
    case PVG_W_OBJ_LINEAR_TEXTURE:
        if (!desc->linear.has_record)
            return 0;
        return desc->linear.desc.wide ? PVG_W_NEW_TEXTURE_WIDE : PVG_W_NEW_TEXTURE;
    case PVG_W_OBJ_SURFACE_TEXTURE:
    case PVG_W_OBJ_MAPPING_TEXTURE:
        return desc->surface_texture.opcode;
    default:
        return desc->opcode;
    }
}

/** Make the object of `ref`. Nothing is remembered on failure: the guest may publish or map it later (spec 05 section 2.3). */
static struct pvg_object *construct(struct pvg_objects *o, uint32_t ref, bool state)
{
    struct pvg_exec_stats *stats = pvg_device_exec_stats(o->task->dev);
    struct pvg_w_object_entry entry = {0};
    bool made;
    struct pvg_w_object *desc = NULL;
    struct pvg_object *obj = NULL;
    const uint8_t *bytes;
    uint32_t opcode = 0; /* Of a creation record. */
    const char *why;

    why = "too many live objects";
    if (o->live >= PVG_MAX_OBJECTS)
        goto fail;
    why = "chain of views too long";
    if (o->depth > PVG_MAX_CHAIN)
        goto fail;
    if (!read_entry(o, ref, &entry, &why))
        goto fail;
    why = "its descriptor is not mapped";
    bytes = read_descriptor(o, &entry);
    if (!bytes)
        goto fail;
    why = "out of memory";
    desc = malloc(sizeof(*desc));
    if (!desc)
        goto fail;
    if (!pvg_w_object_decode(entry.type, bytes, entry.length, desc)) {
        why = desc->reason ? desc->reason : "bad descriptor";
        goto fail;
    }
    opcode = creation_record(desc);
    if (is_state(desc->kind) != state) {
        why = state ? "a resource where a state object is named" : "a state object where a resource is named";
        goto fail;
    }
    obj = calloc(1, sizeof(*obj));
    if (!obj)
        goto fail;
    obj->refs = 1;
    obj->ref = ref;
    obj->kind = desc->kind;
    obj->owner = o;
    o->depth++;
    made = pvg_object_construct(o, obj, desc, &why);
    o->depth--;
    if (!made)
        goto fail;
    free(desc);
    pvg_alias_add(obj);
    o->live++;
    stats->objects_created++;
    pvg_census(PVG_CENSUS_TYPE, entry.type, false);
    if (opcode)
        pvg_census(PVG_CENSUS_CREATE, opcode, false);
    return obj;
fail:
    pvg_census(PVG_CENSUS_TYPE, entry.type, true);
    if (opcode)
        pvg_census(PVG_CENSUS_CREATE, opcode, true);
    pvg_warn_limited(pvg_o_log(o), "task %u: object %u (%s) refused: %s", o->task->id, ref, pvg_w_object_type_name(entry.type),
                     why);
    free(desc);
    free(obj);
    return NULL;
}

static bool ref_valid(struct pvg_objects *o, uint32_t ref)
{
    if (ref && ref <= PVG_MAX_REF)
        return true;
    if (ref)
        pvg_warn_limited(pvg_o_log(o), "task %u: object %u refused: refs above %u are not supported", o->task->id, ref,
                         PVG_MAX_REF);
    return false;
}

struct pvg_object *pvg_object_resource(struct pvg_objects *o, uint32_t ref)
{
    struct pvg_slot *slot = slot_peek(o, ref);

    if (slot && slot->resource)
        return slot->resource;
    if (!ref_valid(o, ref))
        return NULL;
    struct pvg_object *obj = construct(o, ref, false);
    slot = obj ? slot_make(o, ref) : NULL;
    if (!slot) {
        pvg_object_unref(obj);
        return NULL;
    }
    /* Constructing a view may have gone through its own ref; the first one stays. */
    if (slot->resource) {
        pvg_object_unref(obj);
        return slot->resource;
    }
    slot->resource = obj;
    return obj;
}

struct pvg_object *pvg_object_state(struct pvg_objects *o, uint32_t ref, enum pvg_w_object_kind kind)
{
    struct pvg_slot *slot = slot_peek(o, ref);
    struct pvg_object *obj = slot ? slot->state : NULL;

    if (!obj) {
        if (!ref_valid(o, ref) || !(obj = construct(o, ref, true)))
            return NULL;
        slot = slot_make(o, ref);
        if (!slot || slot->state) {
            pvg_object_unref(obj);
            obj = slot ? slot->state : NULL;
        } else {
            slot->state = obj;
        }
    }
    if (obj && obj->kind != kind) {
        pvg_warn_limited(pvg_o_log(o), "task %u: object %u is a %s, not a %s", o->task->id, ref, pvg_w_object_kind_name(obj->kind),
                         pvg_w_object_kind_name(kind));
        return NULL;
    }
    return obj;
}

/* ---- Announcements ---- */

bool pvg_objects_range_touched(const struct pvg_objects *o, uint64_t seen, uint64_t gva, uint64_t size)
{
    uint64_t last = size ? pvg_add_sat64(gva, size - 1) : gva;

    if (seen > o->map_serial || o->map_serial - seen > PVG_RANGE_LOG)
        return true;
    for (uint64_t i = seen; i < o->map_serial; i++) {
        uint64_t start = o->ranges[i % PVG_RANGE_LOG].start, end = o->ranges[i % PVG_RANGE_LOG].end;
        if (start <= last && gva <= end)
            return true;
    }
    return false;
}

void pvg_objects_range_changed(struct pvg_objects *o, uint64_t gva, uint64_t len, bool mapped)
{
    uint64_t page = (UINT64_C(1) << pvg_device_page_shift(o->task->dev)) - 1;

    if (!len)
        return;
    uint64_t first = gva & ~page, last = pvg_add_sat64(gva, len - 1) | page;
    o->ranges[o->map_serial % PVG_RANGE_LOG].start = first;
    o->ranges[o->map_serial % PVG_RANGE_LOG].end = last;
    o->map_serial++;
    if (o->task->kernel)
        pvg_surfaces_suspect(o->surfaces, first, last);
}

void pvg_objects_list_changed(struct pvg_objects *o)
{
    o->reach_count = 0;
    /* Constructed objects stay, but addresses of the task are looked up again (spec 05 section 2.1). */
    pvg_objects_range_changed(o, 0, UINT64_MAX, true);
}

/* ---- Deletion (spec 05 section 5) ---- */

void pvg_objects_delete_resource(struct pvg_objects *o, uint32_t ref)
{
    struct pvg_slot *slot = slot_peek(o, ref);

    if (slot)
        drop(&slot->resource);
    pvg_reach_forget(o, ref);
}

bool pvg_object_destroy_state(enum pvg_w_object_kind kind, const char **reason)
{
    /* Resources are retired by packet 0x25; acting on their records could destroy one that the record never named. */
    *reason = is_state(kind) ? NULL : "resources are retired by DeleteResource";
    return is_state(kind);
}

void pvg_objects_delete_object(struct pvg_objects *o, const uint8_t *record, size_t len)
{
    struct pvg_w_destroy destroy;
    const char *why;

    if (!pvg_w_destroy_decode(record, len, &destroy)) {
        pvg_warn_limited(pvg_o_log(o), "task %u: malformed destroy record", o->task->id);
        return;
    }
    struct pvg_slot *slot = slot_peek(o, destroy.ref);
    pvg_census(PVG_CENSUS_DESTROY, destroy.opcode, !pvg_object_destroy_state(destroy.kind, &why));
    if (!pvg_object_destroy_state(destroy.kind, &why)) {
        pvg_warn_limited(pvg_o_log(o), "task %u: destroy record for %s %u ignored: %s", o->task->id,
                         pvg_w_object_kind_name(destroy.kind), destroy.ref, why);
        return;
    }
    if (slot && slot->state && slot->state->kind == destroy.kind)
        drop(&slot->state);
    pvg_reach_forget(o, destroy.ref);
}

/** The guest put new pages behind the object (packet 0x3C): nothing derived from the old ones survives. */
static void replace_texture(struct pvg_texture *t)
{
    if (t->plane)
        pvg_plane_validity(t->image->surfaces, t->plane, (const uint8_t[4]){1, 0, 0, 0});
}

void pvg_objects_replace_physical(struct pvg_objects *o, uint32_t ref)
{
    struct pvg_object *obj;

    if (o->task->kernel) {
        struct pvg_surface *surf = pvg_surface_find(o->surfaces, ref);
        if (surf && !surf->mapper)
            pvg_surface_replace(surf);
        return;
    }
    obj = pvg_object_peek(o, ref);
    if (!obj)
        return;
    obj->pages.stale = true;
    if (pvg_object_is_texture(obj))
        replace_texture(&obj->texture);
}

/* ---- Validity (spec 03 section 8) ---- */

static struct pvg_plane *object_plane(struct pvg_object *obj)
{
    if (!obj || !pvg_object_is_texture(obj) || !obj->texture.image)
        return NULL;
    return obj->texture.image->plane;
}

static void buffer_validity(struct pvg_object *obj, const uint8_t quad[4])
{
    struct pvg_render *r = pvg_o_render(obj->owner);

    if (quad[0] && obj->pages.buf)
        r->ops->buffer_invalidate(r, obj->pages.buf);
}

static void surface_validity(struct pvg_surfaces *s, struct pvg_surface *surf, const uint8_t quad[4])
{
    for (uint32_t i = 0; i < surf->plane_count && i < PVG_W_MAX_PLANES; i++)
        pvg_plane_validity(s, &surf->planes[i], quad);
}

/** The id names an object of the task, constructed or not: most tables list buffers before their first use. */
static bool names_own_object(struct pvg_objects *o, struct pvg_object *obj, uint32_t id)
{
    struct pvg_w_object_entry entry;
    const char *why;

    return !o->task->kernel && (obj || read_entry(o, id, &entry, &why));
}

/**
 * The id is a ref of the task that happens to be a surface id too. A claim must not drop a frame that the surface owes on the word
 * of an unrelated object, but reading its pages again is harmless.
 */
static void surface_maybe_stale(struct pvg_surface *surf, const uint8_t quad[4])
{
    for (uint32_t i = 0; quad[0] && i < surf->plane_count && i < PVG_W_MAX_PLANES; i++)
        pvg_plane_touch(&surf->planes[i]);
}

void pvg_objects_validity(struct pvg_objects *o, uint32_t id, const uint8_t quad[4])
{
    struct pvg_object *obj = pvg_object_peek(o, id);
    struct pvg_surface *surf = pvg_surface_find(o->surfaces, id);
    struct pvg_plane *plane = object_plane(obj);

    if (!id)
        return;
    if (plane)
        pvg_plane_validity(o->surfaces, plane, quad);
    if (obj && obj->kind == PVG_W_OBJ_BUFFER)
        buffer_validity(obj, quad);
    if (!surf)
        return;
    if (names_own_object(o, obj, id))
        surface_maybe_stale(surf, quad);
    else
        surface_validity(o->surfaces, surf, quad);
}

static void pay_surface(struct pvg_surface *surf, struct pvg_rcmd *cmd)
{
    pvg_surface_ref(surf);
    for (uint32_t i = 0; i < PVG_W_MAX_PLANES; i++)
        pvg_plane_pay(&surf->planes[i], cmd);
    pvg_surface_unref(surf);
}

void pvg_objects_synchronize(struct pvg_objects *o, struct pvg_rcmd *cmd, const uint32_t *refs, size_t count, bool discard)
{
    for (size_t i = 0; i < count; i++) {
        struct pvg_plane *plane = object_plane(pvg_object_peek(o, refs[i]));
        if (plane)
            pvg_plane_pay(plane, cmd);
        struct pvg_surface *surf = refs[i] ? pvg_surface_find(o->surfaces, refs[i]) : NULL;
        if (surf)
            pay_surface(surf, cmd);
    }
    if (discard)
        pvg_objects_discard(o, refs, count);
}

void pvg_objects_discard(struct pvg_objects *o, const uint32_t *refs, size_t count)
{
    /* Only what is known about the pages is released; content and identity stay (spec 03 section 8.6). */
    for (size_t i = 0; i < count; i++) {
        struct pvg_object *obj = pvg_object_peek(o, refs[i]);
        struct pvg_surface *surf = o->task->kernel && refs[i] ? pvg_surface_find(o->surfaces, refs[i]) : NULL;
        if (obj)
            obj->pages.stale = true;
        if (surf)
            surf->unverified = true;
    }
}

/* ---- Queries (spec 05 section 11) ---- */

size_t pvg_objects_compute_info(struct pvg_objects *o, uint32_t pipeline_ref, uint32_t pairs[][2], size_t capacity)
{
    struct pvg_render *r = pvg_o_render(o);
    const struct pvg_rcaps *caps = r->ops->caps(r);
    struct pvg_object *obj = pvg_object_state(o, pipeline_ref, PVG_W_OBJ_COMPUTE_PIPELINE);
    struct pvg_rcompute_info info;

    /* The guest stalls in pipeline creation without an answer, so a kernel that cannot run gets the device's limits. */
    if (!obj || !r->ops->compute_pipeline_info(r, obj->pipeline, &info))
        info = (struct pvg_rcompute_info){.max_total_threads = caps->max_threads_per_group, .simd_width = caps->simd_width};
    const uint32_t all[][2] = {{1, info.max_total_threads}, {3, info.simd_width}, {4, info.static_threadgroup_bytes}};
    size_t n = sizeof(all) / sizeof(all[0]);
    if (n > capacity)
        n = capacity;
    memcpy(pairs, all, n * sizeof(all[0]));
    return n;
}

bool pvg_objects_heap_size_align(struct pvg_objects *o, const uint8_t *record, size_t len, uint64_t *size, uint64_t *align)
{
    struct pvg_render *r = pvg_o_render(o);
    struct pvg_w_texture_desc desc;
    const char *why = "malformed record";

    if (pvg_w_heap_query_decode(record, len, &desc))
        why = pvg_texture_desc_check(r->ops->caps(r), &desc);
    pvg_census(PVG_CENSUS_CREATE, PVG_W_HEAP_SIZE_QUERY, why != NULL);
    if (why) {
        pvg_warn_limited(pvg_o_log(o), "task %u: heap size query refused: %s", o->task->id, why);
        return false;
    }
    pvg_texture_heap_size(&desc, size, align);
    return true;
}
