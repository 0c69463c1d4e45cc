/* SPDX-License-Identifier: MIT */
/** @file Compute segments (spec 06 section 5). */
#include "stream/encoder.h"

void pvg_compute_begin(struct pvg_encoder *e)
{
    e->ops->compute_begin(e->cmd, e->concurrent);
}

void pvg_compute_end(struct pvg_encoder *e)
{
    e->ops->compute_end(e->cmd);
}

bool pvg_compute_type(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    /* The scan took the type before the encoder began. */
    return rec->value <= 1 ? true : pvg_refuse(e, rec, "dispatch type out of range, taken as serial");
}

bool pvg_compute_pipeline(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    struct pvg_object *obj = rec->ref ? pvg_object_state(e->o, rec->ref, PVG_W_OBJ_COMPUTE_PIPELINE) : NULL;

    e->pipeline = obj ? obj->pipeline : NULL;
    e->pipeline_ref = obj ? 0 : rec->ref;
    e->ops->set_compute_pipeline(e->cmd, e->pipeline);
    return true;
}

bool pvg_compute_threadgroup_memory(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    const struct pvg_w_tg_memory *m = &rec->tg_memory;

    if (m->index >= PVG_MAX_BUFFERS)
        return pvg_refuse(e, rec, "index past the table");
    if (m->length > e->ops->caps(e->r)->max_threadgroup_bytes)
        return pvg_refuse(e, rec, "more threadgroup memory than the device has");
    e->ops->set_threadgroup_memory(e->cmd, m->index, (uint32_t)m->length);
    return true;
}

static bool narrow3(const uint64_t in[3], uint32_t out[3])
{
    for (int i = 0; i < 3; i++) {
        if (in[i] > UINT32_MAX)
            return false;
        out[i] = (uint32_t)in[i];
    }
    return true;
}

static bool any_zero(const uint32_t v[3])
{
    return !v[0] || !v[1] || !v[2];
}

bool pvg_compute_stage_in(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    uint32_t origin[3], size[3];

    if (!narrow3(rec->region.origin, origin) || !narrow3(rec->region.size, size))
        return pvg_refuse(e, rec, "region exceeds 32 bits");
    e->ops->set_stage_in_region(e->cmd, origin, size);
    return true;
}

static bool refuse_dispatch(struct pvg_encoder *e, const struct pvg_w_record *rec, const char *why)
{
    e->stats->draws_refused++;
    return pvg_refuse(e, rec, why);
}

/** @return NULL or why no dispatch can run now. */
static const char *dispatch_blocked(struct pvg_encoder *e, const uint32_t threads[3])
{
    uint64_t total = (uint64_t)threads[0] * threads[1];

    if (e->control.stopped)
        return "it lies behind control flow that is malformed";
    if (total > UINT32_MAX || total * threads[2] > e->ops->caps(e->r)->max_threads_per_group)
        return "more threads per threadgroup than the device allows";
    if (!e->pipeline && e->pipeline_ref) {
        struct pvg_object *obj = pvg_object_state(e->o, e->pipeline_ref, PVG_W_OBJ_COMPUTE_PIPELINE);
        if (!obj)
            return "its pipeline cannot be used";
        e->pipeline = obj->pipeline;
        e->pipeline_ref = 0;
        e->ops->set_compute_pipeline(e->cmd, e->pipeline);
    }
    if (!e->pipeline)
        return "no pipeline is set";
    return pvg_bind_check(e, PVG_W_STAGE_COMPUTE, 1);
}

static bool count_dispatch(struct pvg_encoder *e, bool ok)
{
    if (ok) {
        e->stats->dispatches++;
        e->work++;
    } else {
        e->stats->draws_refused++; /* The renderer logged the reason. */
    }
    return ok;
}

bool pvg_compute_dispatch(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    uint32_t grid[3], threads[3];
    const char *why;

    if (!narrow3(rec->dispatch.grid, grid) || !narrow3(rec->dispatch.threads_per_group, threads))
        return refuse_dispatch(e, rec, "a size exceeds 32 bits");
    if (any_zero(grid) || any_zero(threads))
        return true;
    why = dispatch_blocked(e, threads);
    if (why)
        return refuse_dispatch(e, rec, why);
    if (rec->info->kind == PVG_W_REC_DISPATCH)
        return count_dispatch(e, e->ops->dispatch(e->cmd, grid, threads));
    return count_dispatch(e, e->ops->dispatch_threads(e->cmd, grid, threads));
}

/** Buffer with an argument block of `size` bytes. */
static struct pvg_object *argument_buffer(struct pvg_encoder *e, const struct pvg_w_dispatch_indirect *d, uint64_t size)
{
    struct pvg_object *obj = d->ref ? pvg_object_resource(e->o, d->ref) : NULL;

    if (!obj || !pvg_object_buffer(obj) || d->offset % 4 || !pvg_range_ok(d->offset, size, obj->pages.size))
        return NULL;
    return obj;
}

bool pvg_compute_dispatch_indirect(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    const struct pvg_w_dispatch_indirect *d = &rec->dispatch_indirect;
    struct pvg_object *args = argument_buffer(e, d, 12);
    uint32_t threads[3];
    const char *why;

    if (!args)
        return refuse_dispatch(e, rec, "its argument block is not in a usable buffer");
    if (!narrow3(d->threads_per_group, threads))
        return refuse_dispatch(e, rec, "a size exceeds 32 bits");
    if (any_zero(threads))
        return true;
    why = dispatch_blocked(e, threads);
    if (why)
        return refuse_dispatch(e, rec, why);
    return count_dispatch(e, e->ops->dispatch_indirect(e->cmd, args->pages.buf, d->offset, threads));
}

/** Read an argument block of six words on the CPU, after everything before it has run (spec 06 section 15.8). */
static bool read_block(struct pvg_encoder *e, const struct pvg_w_dispatch_indirect *d, uint32_t first[3], uint32_t second[3])
{
    struct pvg_object *args = argument_buffer(e, d, 24);
    uint8_t raw[24];

    if (!args)
        return false;
    e->ops->cmd_flush_wait(e->cmd);
    if (!pvg_task_read(e->o->task, args->pages.gva + d->offset, raw, sizeof(raw)))
        return false;
    for (int i = 0; i < 3; i++) {
        first[i] = pvg_ld32(raw + 4 * i);
        second[i] = pvg_ld32(raw + 12 + 4 * i);
    }
    return true;
}

bool pvg_compute_dispatch_threads_indirect(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    uint32_t grid[3], threads[3];
    const char *why;

    if (!read_block(e, &rec->dispatch_indirect, grid, threads))
        return refuse_dispatch(e, rec, "its argument block is not in a usable buffer");
    if (any_zero(grid) || any_zero(threads))
        return true;
    why = dispatch_blocked(e, threads);
    if (why)
        return refuse_dispatch(e, rec, why);
    return count_dispatch(e, e->ops->dispatch_threads(e->cmd, grid, threads));
}

bool pvg_compute_stage_in_indirect(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    uint32_t origin[3], size[3];

    if (!read_block(e, &rec->dispatch_indirect, origin, size))
        return pvg_refuse(e, rec, "its argument block is not in a usable buffer");
    e->ops->set_stage_in_region(e->cmd, origin, size);
    return true;
}
