/* SPDX-License-Identifier: MIT */
/**
 * @file Indirect command buffers (spec 05 section 10, spec 06 sections 4.10 and 9): slots in guest memory that hold one draw or
 * dispatch each, executed as if they were records.
 *
 * Which guest memory backs a buffer is not documented. Where the descriptor states it (wire/icb.h) the slots are read at
 * execution; without it nothing can be executed.
 */
#include "stream/encoder.h"

#include <stdlib.h>
#include <string.h>

/** Slots read at a time. */
#define BATCH_BYTES 65536u
/** Commands that one buffer may have: a guest must not hold the device's worker for ever. */
#define MAX_COMMANDS (1u << 20)

struct pvg_icb {
    struct pvg_w_icb desc;
};

bool pvg_icb_construct(struct pvg_object *obj, const struct pvg_w_icb *d, const char **why)
{
    uint64_t bytes;

    *why = "no commands, more than 2^20 of them, or slots of no size";
    if (!d->max_commands || d->max_commands > MAX_COMMANDS || !d->layout.command_size)
        return false;
    *why = "a slot is larger than 64 KiB";
    if (d->layout.command_size > BATCH_BYTES)
        return false;
    bytes = (uint64_t)d->layout.command_size * d->max_commands;
    *why = "its command memory is smaller than its commands";
    if (d->backing_gva && bytes > d->backing_size)
        return false;
    *why = "out of memory";
    obj->icb = malloc(sizeof(*obj->icb));
    if (!obj->icb)
        return false;
    obj->icb->desc = *d;
    return true;
}

void pvg_icb_free(struct pvg_icb *icb)
{
    free(icb);
}

/** The buffer of a ref with its memory. @return NULL after `*why` was set. */
static const struct pvg_w_icb *find(struct pvg_encoder *e, uint32_t ref, const char **why)
{
    struct pvg_object *obj = ref ? pvg_object_state(e->o, ref, PVG_W_OBJ_ICB) : NULL;

    *why = "it names no indirect command buffer";
    if (!obj)
        return NULL;
    *why = "the guest memory that backs the indirect command buffer is not known";
    return obj->icb->desc.backing_gva ? &obj->icb->desc : NULL;
}

static const char *check_range(const struct pvg_w_icb *icb, uint64_t location, uint64_t length)
{
    return pvg_range_ok(location, length, icb->max_commands) ? NULL : "its range exceeds the commands of the buffer";
}

static uint64_t slot_gva(const struct pvg_w_icb *icb, uint64_t slot)
{
    return icb->backing_gva + slot * icb->layout.command_size;
}

/* ---- One command ---- */

/** What is needed to run slots, and what they change. */
struct run {
    struct pvg_encoder *e;
    const struct pvg_w_icb *icb;
    const struct pvg_w_record *rec; /**< The execute record, for log lines. */
    const uint8_t *slot;
    struct pvg_w_icb_command command;
    /* State of the encoder that slots overwrite. */
    uint32_t buffers[PVG_BIND_STAGES]; /**< Bit n: buffer slot n. */
    bool pipeline;
    uint32_t threadgroup; /**< Bit n: threadgroup memory n. */
};

/** Offset of an address in its buffer (spec 06 section 9.2). */
static bool buffer_offset(struct pvg_encoder *e, const struct pvg_w_icb_address *a, uint64_t *offset)
{
    struct pvg_object *obj = pvg_object_resource(e->o, a->ref);

    *offset = 0;
    if (!obj || !pvg_object_buffer(obj))
        return false;
    if (a->gva)
        *offset = a->gva - obj->pages.gva;
    return !a->gva || (a->gva >= obj->pages.gva && *offset < obj->pages.size);
}

static bool bind_table(struct run *r, enum pvg_w_icb_table table, unsigned stage, uint32_t stride_first)
{
    struct pvg_w_icb_address a;
    uint64_t offset, stride;

    for (uint32_t i = 0; pvg_w_icb_bind(r->icb, r->slot, r->icb->layout.command_size, table, i, &a); i++) {
        struct pvg_w_bind bind = {.ref = a.ref, .stride = UINT64_MAX};
        if (i >= PVG_MAX_BUFFERS)
            return false;
        if (a.ref && !buffer_offset(r->e, &a, &offset))
            return false;
        bind.offset = a.ref ? offset : 0;
        if (r->icb->flags & PVG_W_ICB_DYNAMIC_STRIDE && stride_first != UINT32_MAX &&
            pvg_w_icb_value(r->icb, r->slot, r->icb->layout.command_size, PVG_W_ICB_TABLE_STRIDES, stride_first + i, &stride) &&
            stride)
            bind.stride = stride;
        pvg_bind_buffer(r->e, stage, i, &bind);
        r->buffers[stage] |= UINT32_C(1) << i;
    }
    return true;
}

static const char *set_pipeline(struct run *r)
{
    struct pvg_encoder *e = r->e;
    bool compute = e->type == PVG_W_SEG_COMPUTE;
    struct pvg_object *obj;

    if (r->icb->flags & PVG_W_ICB_INHERIT_PIPELINE)
        return NULL;
    obj = r->command.pipeline
              ? pvg_object_state(e->o, r->command.pipeline, compute ? PVG_W_OBJ_COMPUTE_PIPELINE : PVG_W_OBJ_RENDER_PIPELINE)
              : NULL;
    if (!obj)
        return "its pipeline cannot be used";
    r->pipeline = true;
    e->pipeline = obj->pipeline;
    e->pipeline_ref = 0;
    if (compute)
        e->ops->set_compute_pipeline(e->cmd, obj->pipeline);
    else if (e->begun)
        e->ops->set_render_pipeline(e->cmd, obj->pipeline);
    return NULL;
}

static const char *set_buffers(struct run *r)
{
    bool compute = r->e->type == PVG_W_SEG_COMPUTE, ok;

    if (r->icb->flags & PVG_W_ICB_INHERIT_BUFFERS)
        return NULL;
    if (compute)
        ok = bind_table(r, PVG_W_ICB_TABLE_KERNEL, PVG_W_STAGE_COMPUTE, 0);
    else if (r->command.type & (PVG_W_ICB_DRAW_MESH_GROUPS | PVG_W_ICB_DRAW_MESH_THREADS))
        ok = bind_table(r, PVG_W_ICB_TABLE_OBJECT, PVG_RSTAGE_OBJECT, UINT32_MAX) &&
             bind_table(r, PVG_W_ICB_TABLE_MESH, PVG_RSTAGE_MESH, UINT32_MAX) &&
             bind_table(r, PVG_W_ICB_TABLE_FRAGMENT, PVG_W_STAGE_FRAGMENT, UINT32_MAX);
    else
        ok = bind_table(r, PVG_W_ICB_TABLE_VERTEX, PVG_W_STAGE_VERTEX, 0) &&
             bind_table(r, PVG_W_ICB_TABLE_FRAGMENT, PVG_W_STAGE_FRAGMENT, UINT32_MAX);
    return ok ? NULL : "a buffer of it cannot be used";
}

static const char *draw(struct run *r)
{
    const struct pvg_w_icb_command *c = &r->command;
    struct pvg_w_record rec = {.info = r->rec->info,
                               .draw = {.primitive = c->primitive,
                                        .indexed = c->type == PVG_W_ICB_DRAW_INDEXED,
                                        .index_type = c->index_type,
                                        .index_ref = c->index.ref,
                                        .start = c->type == PVG_W_ICB_DRAW ? c->start : 0,
                                        .count = c->count,
                                        .instance_count = c->instance_count,
                                        .base_vertex = c->base_vertex,
                                        .base_instance = c->base_instance}};

    if (rec.draw.indexed && !buffer_offset(r->e, &c->index, &rec.draw.index_offset))
        return "its index buffer cannot be used";
    pvg_render_draw(r->e, &rec);
    return NULL;
}

static const char *draw_patches(struct run *r)
{
    const struct pvg_w_icb_command *c = &r->command;
    struct pvg_w_record factors = {.info = r->rec->info, .tess_factor = {.ref = c->tess_factor.ref}};
    struct pvg_w_record rec = {.info = r->rec->info,
                               .draw_patches = {.indexed = c->type == PVG_W_ICB_DRAW_INDEXED_PATCHES,
                                                .control_points = c->control_points,
                                                .start = c->start,
                                                .count = c->count,
                                                .patch_index_ref = c->patch_index.ref,
                                                .control_index_ref = c->index.ref,
                                                .instance_count = c->instance_count,
                                                .base_instance = c->base_instance}};

    if (c->patch_index.ref && !buffer_offset(r->e, &c->patch_index, &rec.draw_patches.patch_index_offset))
        return "its patch index buffer cannot be used";
    if (rec.draw_patches.indexed && !buffer_offset(r->e, &c->index, &rec.draw_patches.control_index_offset))
        return "its control-point index buffer cannot be used";
    if (c->tess_factor.ref) {
        if (!buffer_offset(r->e, &c->tess_factor, &factors.tess_factor.offset))
            return "its tessellation factors cannot be used";
        factors.tess_factor.instance_stride = c->tess_instance_stride;
        pvg_render_tess_factors(r->e, &factors);
    }
    pvg_render_draw_patches(r->e, &rec);
    return NULL;
}

static const char *dispatch(struct run *r)
{
    const struct pvg_w_icb_command *c = &r->command;
    /* The handler tells the two kinds apart by the record's description. */
    struct pvg_w_record rec = {.info = pvg_w_record_lookup(PVG_W_SEG_COMPUTE, c->type == PVG_W_ICB_DISPATCH ? 0xc8 : 0xca, 0)};
    struct pvg_w_record memory = {.info = r->rec->info};
    uint64_t length;

    for (uint32_t i = 0; i < PVG_MAX_BUFFERS &&
                         pvg_w_icb_value(r->icb, r->slot, r->icb->layout.command_size, PVG_W_ICB_TABLE_KERNEL_TG, i, &length);
         i++) {
        if (!length)
            continue;
        memory.tg_memory = (struct pvg_w_tg_memory){.index = i, .length = length};
        pvg_compute_threadgroup_memory(r->e, &memory);
    }
    memcpy(rec.dispatch.grid, c->grid, sizeof(rec.dispatch.grid));
    memcpy(rec.dispatch.threads_per_group, c->threads, sizeof(rec.dispatch.threads_per_group));
    if (c->barrier)
        r->e->ops->barrier(r->e->cmd);
    pvg_compute_dispatch(r->e, &rec);
    return NULL;
}

static bool narrow3(const uint64_t in[3], uint32_t out[3], bool at_least_one)
{
    for (int i = 0; i < 3; i++) {
        if (in[i] > UINT32_MAX)
            return false;
        out[i] = at_least_one && !in[i] ? 1 : (uint32_t)in[i];
    }
    return true;
}

/** Mesh draws exist in slots only (spec 06 section 9.2). */
static const char *draw_mesh(struct run *r)
{
    const struct pvg_w_icb_command *c = &r->command;
    struct pvg_encoder *e = r->e;
    struct pvg_rmesh_draw d = {.threads = c->type == PVG_W_ICB_DRAW_MESH_THREADS};
    const char *why;

    if (!narrow3(c->grid, d.groups, false) || !narrow3(c->object_threads, d.object_threads, true) ||
        !narrow3(c->threads, d.mesh_threads, false))
        return "a size exceeds 32 bits";
    why = pvg_render_pass_blocked(e);
    if (!why)
        why = pvg_bind_check(e, PVG_W_STAGE_FRAGMENT, 1);
    if (!why)
        why = pvg_bind_check(e, PVG_RSTAGE_OBJECT, 2);
    if (why)
        return why;
    for (int i = 0; i < 3; i++)
        if (!d.groups[i] || !d.mesh_threads[i])
            return NULL;
    if (!e->ops->draw_mesh(e->cmd, &d)) {
        e->stats->draws_refused++;
        return "the renderer refused it";
    }
    e->stats->draws++;
    e->work++;
    return NULL;
}

static const char *run_command(struct run *r)
{
    bool compute = r->e->type == PVG_W_SEG_COMPUTE;
    uint32_t type = r->command.type;
    const char *why;

    if (!(type & r->icb->command_types))
        return "its command is of a type that the buffer was not made for";
    if (compute != !!(type & (PVG_W_ICB_DISPATCH | PVG_W_ICB_DISPATCH_THREADS)))
        return "its command does not belong to this encoder";
    why = set_pipeline(r);
    if (!why)
        why = set_buffers(r);
    if (why)
        return why;
    if (compute)
        return dispatch(r);
    if (type & (PVG_W_ICB_DRAW_MESH_GROUPS | PVG_W_ICB_DRAW_MESH_THREADS))
        return draw_mesh(r);
    return type & (PVG_W_ICB_DRAW | PVG_W_ICB_DRAW_INDEXED) ? draw(r) : draw_patches(r);
}

/* ---- Execution ---- */

/** What slots changed goes back to what the encoder's own records said. */
static void restore(struct run *r, struct pvg_rpipe *pipeline, uint32_t pipeline_ref)
{
    struct pvg_encoder *e = r->e;
    bool compute = e->type == PVG_W_SEG_COMPUTE;

    for (unsigned stage = 0; stage < PVG_BIND_STAGES; stage++) {
        for (uint32_t i = 0; i < PVG_MAX_BUFFERS; i++) {
            if (r->buffers[stage] >> i & 1)
                pvg_bind_buffer(e, stage, i, &e->icb_saved[stage][i]);
        }
    }
    if (!r->pipeline)
        return;
    e->pipeline = pipeline;
    e->pipeline_ref = pipeline_ref;
    if (compute)
        e->ops->set_compute_pipeline(e->cmd, pipeline);
    else if (e->begun)
        e->ops->set_render_pipeline(e->cmd, pipeline);
}

/** Run the slots of a range that was checked. @return false when one of them was refused. */
static bool run_slots(struct run *r, uint64_t location, uint64_t length)
{
    uint32_t size = r->icb->layout.command_size, batch = BATCH_BYTES / size;
    uint8_t *bytes = malloc((size_t)batch * size);
    bool ok = bytes != NULL;

    if (!bytes)
        return pvg_refuse(r->e, r->rec, "out of memory");
    for (uint64_t at = 0; at < length; at += batch) {
        uint64_t n = length - at < batch ? length - at : batch;
        if (!pvg_task_read(r->e->o->task, slot_gva(r->icb, location + at), bytes, (size_t)n * size)) {
            ok = pvg_refuse(r->e, r->rec, "its command memory cannot be read");
            break;
        }
        for (uint64_t i = 0; i < n; i++) {
            const char *why = "a slot is malformed";
            r->slot = bytes + i * size;
            if (pvg_w_icb_command_decode(r->icb, r->slot, size, &r->command))
                why = r->command.type ? run_command(r) : NULL;
            if (why) {
                pvg_warn_limited(r->e->log, "task %u: indirect command %llu refused: %s", r->e->o->task->id,
                                 (unsigned long long)(location + at + i), why);
                ok = false;
            }
        }
    }
    free(bytes);
    return ok;
}

static bool execute(struct pvg_encoder *e, const struct pvg_w_record *rec, const struct pvg_w_icb *icb, uint64_t location,
                    uint64_t length)
{
    struct run r = {.e = e, .icb = icb, .rec = rec};
    struct pvg_rpipe *pipeline = e->pipeline;
    uint32_t ref = e->pipeline_ref;
    bool ok;

    for (unsigned stage = 0; stage < PVG_BIND_STAGES; stage++)
        memcpy(e->icb_saved[stage], e->stages[stage].buffer, sizeof(e->icb_saved[stage]));
    ok = run_slots(&r, location, length);
    restore(&r, pipeline, ref);
    return ok;
}

bool pvg_icb_execute(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    const struct pvg_w_icb_range *w = &rec->icb_range;
    const char *why;
    const struct pvg_w_icb *icb = find(e, w->icb, &why);

    if (icb)
        why = check_range(icb, w->location, w->length);
    if (why)
        return pvg_refuse(e, rec, why);
    /* Earlier work of the same submission may have written the slots. */
    e->ops->cmd_flush_wait(e->cmd);
    return execute(e, rec, icb, w->location, w->length);
}

bool pvg_icb_execute_indirect(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    const struct pvg_w_icb_indirect *w = &rec->icb_indirect;
    struct pvg_object *args = w->ref ? pvg_object_resource(e->o, w->ref) : NULL;
    const char *why;
    const struct pvg_w_icb *icb = find(e, w->icb, &why);
    uint8_t raw[8];

    if (!icb)
        return pvg_refuse(e, rec, why);
    if (!args || !pvg_object_buffer(args) || w->offset % 4 || !pvg_range_ok(w->offset, sizeof(raw), args->pages.size))
        return pvg_refuse(e, rec, "its range is not in a usable buffer");
    e->ops->cmd_flush_wait(e->cmd);
    if (!pvg_task_read(e->o->task, args->pages.gva + w->offset, raw, sizeof(raw)))
        return pvg_refuse(e, rec, "its range cannot be read");
    why = check_range(icb, pvg_ld32(raw), pvg_ld32(raw + 4));
    if (why)
        return pvg_refuse(e, rec, why);
    return execute(e, rec, icb, pvg_ld32(raw), pvg_ld32(raw + 4));
}

/* ---- Blit commands ---- */

bool pvg_icb_reset(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    const struct pvg_w_icb_range *w = &rec->icb_range;
    static const uint8_t empty[4];
    const char *why;
    const struct pvg_w_icb *icb = find(e, w->icb, &why);

    if (icb)
        why = check_range(icb, w->location, w->length);
    if (!why && icb->layout.command_type + sizeof(empty) > icb->layout.command_size)
        why = "its slots have no command type";
    if (why)
        return pvg_refuse(e, rec, why);
    e->ops->cmd_flush_wait(e->cmd);
    for (uint64_t i = 0; i < w->length; i++)
        if (!pvg_task_write(e->o->task, slot_gva(icb, w->location + i) + icb->layout.command_type, empty, sizeof(empty)))
            return pvg_refuse(e, rec, "its command memory cannot be written");
    return true;
}

bool pvg_icb_optimize(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    const struct pvg_w_icb_range *w = &rec->icb_range;
    const char *why;
    const struct pvg_w_icb *icb = find(e, w->icb, &why);

    if (icb)
        why = check_range(icb, w->location, w->length);
    return why ? pvg_refuse(e, rec, why) : true;
}

bool pvg_icb_copy(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    const struct pvg_w_copy_icb *w = &rec->copy_icb;
    const char *why;
    const struct pvg_w_icb *from = find(e, w->source, &why), *to = from ? find(e, w->destination, &why) : NULL;
    uint8_t *bytes;
    bool ok;

    if (to)
        why = memcmp(&from->layout, &to->layout, sizeof(from->layout)) ? "its buffers have different slots" : NULL;
    if (!why)
        why = check_range(from, w->location, w->length);
    if (!why)
        why = check_range(to, w->index, w->length);
    if (why)
        return pvg_refuse(e, rec, why);
    size_t size = (size_t)w->length * from->layout.command_size;
    bytes = malloc(size ? size : 1);
    if (!bytes)
        return pvg_refuse(e, rec, "out of memory");
    e->ops->cmd_flush_wait(e->cmd);
    ok = pvg_task_read(e->o->task, slot_gva(from, w->location), bytes, size) &&
         pvg_task_write(e->o->task, slot_gva(to, w->index), bytes, size);
    free(bytes);
    return ok ? true : pvg_refuse(e, rec, "its command memory cannot be reached");
}
