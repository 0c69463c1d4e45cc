/* SPDX-License-Identifier: MIT */
/**
 * @file Resources that shaders find through memory (argument buffers): those that residency records name (spec 06 section 4.9),
 * all samplers, and what is bound. Encoders without residency records may reach everything that the task has published.
 *
 * Nothing of this happens in encoders whose pipelines have no such shaders.
 */
#include "stream/encoder.h"
#include "stream/reach.h"

#include <stdlib.h>

/** MTLResourceUsage. */
enum { USAGE_WRITE = 2 };
/** Resources of one encoder, named or added. */
#define MAX_RESIDENTS (1u << 16)

void pvg_import_free(struct pvg_import_state *s)
{
    free(s->residents);
    free(s->list);
}

void pvg_import_reset(struct pvg_import_state *s)
{
    s->active = s->stated = s->indirect = s->dirty = false;
    s->last_pipeline = 0;
    s->resident_count = s->count = 0;
}

/** Space for one more element. @return false: too many or no memory. */
static bool grow(void **array, size_t *capacity, size_t count, size_t size)
{
    if (count < *capacity)
        return true;
    if (count >= MAX_RESIDENTS)
        return false;
    size_t bigger = *capacity ? 2 * *capacity : 64;
    void *p = realloc(*array, bigger * size);
    if (!p)
        return false;
    *array = p;
    *capacity = bigger;
    return true;
}

static void too_many(struct pvg_encoder *e)
{
    pvg_warn_limited(e->log, "task %u: more than %u resources in reach of one encoder, the others read as null", e->o->task->id,
                     MAX_RESIDENTS);
}

/* ---- First walk ---- */

static void note_residents(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    struct pvg_import_state *s = &e->imports;
    bool heap = rec->info->kind == PVG_W_REC_USE_HEAPS, written = heap || rec->use.usage & USAGE_WRITE;

    s->stated = true;
    for (uint32_t i = 0; i < rec->count; i++) {
        if (!grow((void **)&s->residents, &s->resident_capacity, s->resident_count, sizeof(*s->residents))) {
            too_many(e);
            return;
        }
        s->residents[s->resident_count++] = (struct pvg_resident){pvg_w_record_bind(rec, i).ref, heap, written};
    }
}

static void note_pipeline(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    bool compute = rec->info->kind == PVG_W_REC_COMPUTE_PIPELINE;
    struct pvg_object *obj;

    if (e->imports.active || !rec->ref || rec->ref == e->imports.last_pipeline || !e->ops->pipeline_imports)
        return;
    e->imports.last_pipeline = rec->ref;
    obj = pvg_object_state(e->o, rec->ref, compute ? PVG_W_OBJ_COMPUTE_PIPELINE : PVG_W_OBJ_RENDER_PIPELINE);
    e->imports.active = obj && e->ops->pipeline_imports(e->r, obj->pipeline);
}

void pvg_import_scan(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    if (rec->info->kind == PVG_W_REC_USE_RESOURCES || rec->info->kind == PVG_W_REC_USE_HEAPS)
        note_residents(e, rec);
    else if (rec->info->kind == PVG_W_REC_RENDER_PIPELINE || rec->info->kind == PVG_W_REC_COMPUTE_PIPELINE)
        note_pipeline(e, rec);
    else if (rec->info->kind == PVG_W_REC_EXECUTE_ICB || rec->info->kind == PVG_W_REC_EXECUTE_ICB_INDIRECT)
        e->imports.indirect = true;
}

/* ---- The list ---- */

static void push(struct pvg_encoder *e, struct pvg_object *obj, const struct pvg_rimport *import)
{
    struct pvg_import_state *s = &e->imports;

    if (!grow((void **)&s->list, &s->capacity, s->count, sizeof(*s->list))) {
        too_many(e);
        return;
    }
    obj->listed = e->serial;
    s->list[s->count++] = *import;
    s->dirty = true;
}

void pvg_import_buffer(struct pvg_encoder *e, struct pvg_object *obj)
{
    if (obj->listed == e->serial || !pvg_object_buffer(obj))
        return;
    push(e, obj, &(struct pvg_rimport){.ref = obj->ref, .written = true, .buffer = obj->pages.buf});
}

void pvg_import_texture(struct pvg_encoder *e, struct pvg_object *obj, struct pvg_rtex *tex)
{
    if (obj->listed != e->serial)
        push(e, obj,
             &(struct pvg_rimport){.ref = obj->ref, .written = obj->texture.desc.usage & PVG_W_USAGE_WRITE, .texture = tex});
}

void pvg_import_sampler(struct pvg_encoder *e, struct pvg_object *obj)
{
    if (obj->listed != e->serial)
        push(e, obj, &(struct pvg_rimport){.ref = obj->ref, .sampler = obj->sampler});
}

/* ---- Before the encoder begins ---- */

/** Load the texture and take it into the list; what shaders may write is owed when the encoder ends. */
static void add_texture(struct pvg_encoder *e, uint32_t ref, bool written)
{
    struct pvg_object *obj;
    struct pvg_rtex *tex;
    struct pvg_image *img = pvg_texture_image(e, ref, &obj, &tex);

    if (!img || !pvg_bind_prepare(e, img))
        return;
    if (written && obj->texture.desc.usage & PVG_W_USAGE_WRITE)
        pvg_note_written(e, img);
    pvg_import_texture(e, obj, tex);
}

static void add_resource(struct pvg_encoder *e, uint32_t ref, bool written)
{
    struct pvg_object *obj = ref ? pvg_object_resource(e->o, ref) : NULL;

    /* A resource may be named twice, for reading and for writing. */
    if (obj && pvg_object_is_texture(obj))
        add_texture(e, ref, written);
    else if (obj && obj->kind == PVG_W_OBJ_BUFFER)
        pvg_import_buffer(e, obj);
}

/** Samplers need no residency; heaps stand for the textures that are placed in them. */
static void add_published(struct pvg_encoder *e)
{
    struct pvg_objects *o = e->o;
    uint32_t count = pvg_reach_update(o);

    for (uint32_t ref = 1; ref < count; ref++) {
        if (o->reach[ref].kind == PVG_REACH_RESOURCE && !e->imports.stated) {
            add_resource(e, ref, true);
        } else if (o->reach[ref].kind == PVG_REACH_SAMPLER) {
            struct pvg_object *obj = pvg_object_state(o, ref, PVG_W_OBJ_SAMPLER);
            if (obj)
                pvg_import_sampler(e, obj);
        }
    }
    for (size_t i = 0; i < e->imports.resident_count; i++) {
        const struct pvg_resident *heap = &e->imports.residents[i];
        for (uint32_t ref = 1; heap->heap && ref < count; ref++)
            if (o->reach[ref].heap == heap->ref && heap->ref)
                add_resource(e, ref, true);
    }
}

void pvg_import_collect(struct pvg_encoder *e)
{
    struct pvg_import_state *s = &e->imports;

    /* What indirect commands use is known when they run; residency records say that they reach something. */
    s->active |= s->indirect && s->stated && e->ops->set_imports;
    if (!s->active)
        return;
    for (size_t i = 0; i < s->resident_count; i++)
        if (!s->residents[i].heap)
            add_resource(e, s->residents[i].ref, s->residents[i].written);
    add_published(e);
    s->dirty = true;
}

bool pvg_import_send(struct pvg_encoder *e)
{
    if (!e->imports.dirty)
        return true;
    e->imports.dirty = false;
    return e->ops->set_imports(e->cmd, e->imports.list, e->imports.count);
}
