/* SPDX-License-Identifier: MIT */
/** @file Bind tables of the render and compute encoders (spec 06 sections 2.3, 2.4, 4.4 and 15.4). */
#include "stream/encoder.h"

#include <stdlib.h>

enum { KIND_BUFFER, KIND_TEXTURE, KIND_SAMPLER };

static const uint32_t limits[] = {PVG_MAX_BUFFERS, PVG_MAX_TEXTURES, PVG_MAX_SAMPLERS};

/** Remember or forget a slot that lies past the host's table. */
static void note_stray(struct pvg_encoder *e, unsigned stage, unsigned kind, uint32_t slot, bool bound)
{
    uint32_t i = 0;

    while (i < e->stray_count && (e->strays[i].stage != stage || e->strays[i].kind != kind || e->strays[i].slot != slot))
        i++;
    if (!bound) {
        if (i < e->stray_count)
            e->strays[i] = e->strays[--e->stray_count];
        return;
    }
    pvg_warn_limited(e->log, "slot %u is past the table of %u: draws are refused while it is bound", slot, limits[kind]);
    if (i < e->stray_count)
        return;
    if (i == PVG_MAX_STRAYS)
        e->stray_overflow = true;
    else
        e->strays[e->stray_count++] = (struct pvg_stray){.stage = (uint8_t)stage, .kind = (uint8_t)kind, .slot = slot};
}

static bool stage_valid(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    unsigned stage = rec->info->arg;

    return stage < PVG_BIND_STAGES && (stage == PVG_W_STAGE_COMPUTE) == (e->type == PVG_W_SEG_COMPUTE);
}

/** Slot of entry i. @return false: past the table, noted. */
static bool entry_slot(struct pvg_encoder *e, const struct pvg_w_record *rec, unsigned kind, uint32_t i, uint32_t ref,
                       uint32_t *slot)
{
    if (!__builtin_add_overflow(rec->first, i, slot) && *slot < limits[kind])
        return true;
    note_stray(e, rec->info->arg, kind, *slot, ref != 0);
    return false;
}

/* ---- Buffers ---- */

static bool resolve_buffer(struct pvg_encoder *e, unsigned stage, uint32_t slot)
{
    struct pvg_stage_binds *b = &e->stages[stage];
    const struct pvg_w_bind *bind = &b->buffer[slot];
    struct pvg_object *obj = pvg_object_resource(e->o, bind->ref);
    struct pvg_rbuf *buf = obj ? pvg_object_buffer(obj) : NULL;
    uint32_t stride = bind->stride == UINT64_MAX ? UINT32_MAX : (uint32_t)bind->stride;

    if (!buf || bind->offset >= obj->pages.size || (bind->stride != UINT64_MAX && bind->stride >= UINT32_MAX)) {
        if (buf)
            pvg_warn_limited(e->log, "buffer %u: offset %llu or stride %llu out of range", bind->ref,
                             (unsigned long long)bind->offset, (unsigned long long)bind->stride);
        return false;
    }
    b->buffers[slot] = obj;
    e->ops->set_buffer(e->cmd, (enum pvg_rstage)stage, slot, buf, bind->offset, stride);
    if (e->imports.active)
        pvg_import_buffer(e, obj);
    return true;
}

void pvg_bind_buffer(struct pvg_encoder *e, unsigned stage, uint32_t slot, const struct pvg_w_bind *bind)
{
    struct pvg_stage_binds *b = &e->stages[stage];
    uint32_t bit = UINT32_C(1) << slot;

    b->buffer[slot] = *bind;
    b->buffers[slot] = NULL;
    b->broken_buffers &= ~bit;
    if (bind->ref && resolve_buffer(e, stage, slot))
        return;
    e->ops->set_buffer(e->cmd, (enum pvg_rstage)stage, slot, NULL, 0, UINT32_MAX);
    if (bind->ref) {
        b->broken_buffers |= bit;
        e->any_broken = true;
    }
}

bool pvg_bind_buffers(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    uint32_t slot;

    if (!stage_valid(e, rec))
        return pvg_refuse(e, rec, "stage does not belong to this encoder");
    for (uint32_t i = 0; i < rec->count; i++) {
        struct pvg_w_bind bind = pvg_w_record_bind(rec, i);
        if (rec->info->entry != PVG_W_ENTRY_BUFFER_STRIDE)
            bind.stride = UINT64_MAX; /* A plain bind drops an earlier dynamic stride. */
        if (entry_slot(e, rec, KIND_BUFFER, i, bind.ref, &slot))
            pvg_bind_buffer(e, rec->info->arg, slot, &bind);
    }
    return true;
}

bool pvg_bind_buffer_offset(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    const struct pvg_w_buffer_offset *off = &rec->buffer_offset;

    if (!stage_valid(e, rec))
        return pvg_refuse(e, rec, "stage does not belong to this encoder");
    if (off->index >= PVG_MAX_BUFFERS)
        return pvg_refuse(e, rec, "slot past the table");
    struct pvg_stage_binds *b = &e->stages[rec->info->arg];
    if (!b->buffer[off->index].ref)
        return pvg_refuse(e, rec, "nothing is bound to the slot");
    struct pvg_w_bind bind = b->buffer[off->index];
    bind.offset = off->offset;
    if (off->stride != PVG_W_STRIDE_KEEP)
        bind.stride = off->stride;
    pvg_bind_buffer(e, rec->info->arg, off->index, &bind);
    return true;
}

/* ---- Textures ---- */

struct pvg_image *pvg_texture_image(struct pvg_encoder *e, uint32_t ref, struct pvg_object **obj, struct pvg_rtex **tex)
{
    *obj = pvg_object_resource(e->o, ref);
    if (!*obj)
        return NULL;
    if (!pvg_object_is_texture(*obj)) {
        pvg_warn_limited(e->log, "task %u: object %u is a %s, not a texture", e->o->task->id, ref,
                         pvg_w_object_kind_name((*obj)->kind));
        return NULL;
    }
    *tex = pvg_object_texture(*obj);
    return *tex ? (*obj)->texture.image : NULL;
}

bool pvg_bind_prepare(struct pvg_encoder *e, struct pvg_image *img)
{
    if (img->prepared == e->serial)
        return true;
    if (!pvg_image_prepare(img, e->cmd, false))
        return false;
    img->prepared = e->serial;
    return true;
}

void pvg_bind_scan(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    struct pvg_object *obj;
    struct pvg_rtex *tex;

    for (uint32_t i = 0; i < rec->count; i++) {
        uint32_t ref = pvg_w_record_bind(rec, i).ref;
        struct pvg_image *img = ref ? pvg_texture_image(e, ref, &obj, &tex) : NULL;
        if (img)
            pvg_bind_prepare(e, img);
    }
}

void pvg_note_written(struct pvg_encoder *e, struct pvg_image *img)
{
    if (!img->plane || img->noted == e->serial)
        return;
    if (e->written_count == e->written_capacity) {
        size_t capacity = e->written_capacity ? e->written_capacity * 2 : 64;
        struct pvg_image **bigger = realloc(e->written, capacity * sizeof(*bigger));
        if (!bigger)
            return;
        e->written = bigger;
        e->written_capacity = capacity;
    }
    img->noted = e->serial;
    img->refs++;
    e->written[e->written_count++] = img;
}

void pvg_bind_finish(struct pvg_encoder *e)
{
    for (size_t i = 0; i < e->written_count; i++) {
        struct pvg_image *img = e->written[i];
        if (e->work && img->plane)
            pvg_image_written(img, e->cmd);
        pvg_image_unref(img);
    }
    e->written_count = 0;
}

static bool resolve_texture(struct pvg_encoder *e, unsigned stage, uint32_t slot)
{
    struct pvg_object *obj;
    struct pvg_rtex *tex;
    struct pvg_image *img = pvg_texture_image(e, e->stages[stage].texture[slot], &obj, &tex);

    /* The scan made it ready; what failed there fails again here. */
    if (!img || (img->plane && img->prepared != e->serial))
        return false;
    if (obj->texture.desc.usage & PVG_W_USAGE_WRITE)
        pvg_note_written(e, img);
    e->ops->set_texture(e->cmd, (enum pvg_rstage)stage, slot, tex);
    if (e->imports.active)
        pvg_import_texture(e, obj, tex);
    return true;
}

bool pvg_bind_textures(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    uint32_t slot;

    if (!stage_valid(e, rec))
        return pvg_refuse(e, rec, "stage does not belong to this encoder");
    struct pvg_stage_binds *b = &e->stages[rec->info->arg];
    for (uint32_t i = 0; i < rec->count; i++) {
        uint32_t ref = pvg_w_record_bind(rec, i).ref;
        if (!entry_slot(e, rec, KIND_TEXTURE, i, ref, &slot))
            continue;
        uint64_t bit = UINT64_C(1) << (slot % 64);
        b->texture[slot] = ref;
        b->broken_textures[slot / 64] &= ~bit;
        if (ref && resolve_texture(e, rec->info->arg, slot))
            continue;
        e->ops->set_texture(e->cmd, (enum pvg_rstage)rec->info->arg, slot, NULL);
        if (ref) {
            b->broken_textures[slot / 64] |= bit;
            e->any_broken = true;
        }
    }
    return true;
}

/* ---- Samplers ---- */

static bool resolve_sampler(struct pvg_encoder *e, unsigned stage, uint32_t slot)
{
    struct pvg_stage_binds *b = &e->stages[stage];
    const struct pvg_w_bind *bind = &b->sampler[slot];
    struct pvg_object *obj = pvg_object_state(e->o, bind->ref, PVG_W_OBJ_SAMPLER);
    const float lod[2] = {bind->lod_min, bind->lod_max};

    if (!obj)
        return false;
    e->ops->set_sampler(e->cmd, (enum pvg_rstage)stage, slot, obj->sampler, b->sampler_lod[slot] ? lod : NULL);
    if (e->imports.active)
        pvg_import_sampler(e, obj);
    return true;
}

bool pvg_bind_samplers(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    uint32_t slot;

    if (!stage_valid(e, rec))
        return pvg_refuse(e, rec, "stage does not belong to this encoder");
    struct pvg_stage_binds *b = &e->stages[rec->info->arg];
    for (uint32_t i = 0; i < rec->count; i++) {
        struct pvg_w_bind bind = pvg_w_record_bind(rec, i);
        if (!entry_slot(e, rec, KIND_SAMPLER, i, bind.ref, &slot))
            continue;
        b->sampler[slot] = bind;
        b->sampler_lod[slot] = rec->info->entry == PVG_W_ENTRY_SAMPLER_LOD;
        b->broken_samplers &= ~(UINT32_C(1) << slot);
        if (bind.ref && resolve_sampler(e, rec->info->arg, slot))
            continue;
        e->ops->set_sampler(e->cmd, (enum pvg_rstage)rec->info->arg, slot, NULL, NULL);
        if (bind.ref) {
            b->broken_samplers |= UINT32_C(1) << slot;
            e->any_broken = true;
        }
    }
    return true;
}

/* ---- Broken slots ---- */

static void retry_stage(struct pvg_encoder *e, unsigned stage)
{
    struct pvg_stage_binds *b = &e->stages[stage];

    for (uint32_t i = 0; b->broken_buffers >> i && i < PVG_MAX_BUFFERS; i++) {
        if (b->broken_buffers >> i & 1 && resolve_buffer(e, stage, i))
            b->broken_buffers &= ~(UINT32_C(1) << i);
    }
    for (uint32_t i = 0; i < PVG_MAX_TEXTURES; i++) {
        if (b->broken_textures[i / 64] >> (i % 64) & 1 && resolve_texture(e, stage, i))
            b->broken_textures[i / 64] &= ~(UINT64_C(1) << (i % 64));
    }
    for (uint32_t i = 0; i < PVG_MAX_SAMPLERS; i++) {
        if (b->broken_samplers >> i & 1 && resolve_sampler(e, stage, i))
            b->broken_samplers &= ~(UINT32_C(1) << i);
    }
}

static bool stage_broken(const struct pvg_stage_binds *b)
{
    return b->broken_buffers || b->broken_textures[0] || b->broken_textures[1] || b->broken_samplers;
}

/** The pipeline does not look at any broken slot of the stage. */
static bool broken_unused(struct pvg_encoder *e, unsigned stage)
{
    const struct pvg_stage_binds *b = &e->stages[stage];
    struct pvg_rused used;

    if (!e->ops->pipeline_used || !e->ops->pipeline_used(e->r, e->pipeline, (enum pvg_rstage)stage, &used))
        return false;
    return !(used.buffers & b->broken_buffers) && !(used.textures[0] & b->broken_textures[0]) &&
           !(used.textures[1] & b->broken_textures[1]) && !(used.samplers & b->broken_samplers);
}

static const char *check_broken(struct pvg_encoder *e, unsigned first_stage, unsigned stage_count)
{
    bool any = false;

    if (e->stray_count || e->stray_overflow)
        return "a slot past the bind tables is bound";
    if (!e->any_broken)
        return NULL;
    for (unsigned i = first_stage; i < first_stage + stage_count; i++) {
        if (!stage_broken(&e->stages[i]))
            continue;
        retry_stage(e, i);
        if (!stage_broken(&e->stages[i]))
            continue;
        any = true;
        if (!broken_unused(e, i))
            return "it uses a bind that cannot be resolved";
    }
    e->any_broken = any;
    return NULL;
}

const char *pvg_bind_check(struct pvg_encoder *e, unsigned first_stage, unsigned stage_count)
{
    const char *why = check_broken(e, first_stage, stage_count);

    if (!why && e->imports.active && !pvg_import_send(e))
        return "no memory for the resources in its reach";
    return why;
}
