/* SPDX-License-Identifier: MIT */
/** @file Tessellation records: factors and patch draws (spec 06 sections 4.3 and 4.8). */
#include "stream/encoder.h"

#include <math.h>

/** The factor buffer is looked up again while it cannot be resolved (spec 06 section 2.1). */
static bool resolve_factors(struct pvg_encoder *e)
{
    const struct pvg_w_tess_factor *w = &e->tess_factor;
    struct pvg_object *obj = pvg_object_resource(e->o, w->ref);
    struct pvg_rbuf *buf = obj ? pvg_object_buffer(obj) : NULL;

    if (!buf || w->offset >= obj->pages.size)
        return false;
    e->tess_pending = false;
    e->ops->set_tessellation_factors(e->cmd, buf, w->offset, (uint32_t)w->instance_stride);
    return true;
}

bool pvg_render_tess_factors(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    const struct pvg_w_tess_factor *w = &rec->tess_factor;

    if (w->offset % 4 || w->instance_stride % 4 || w->instance_stride > UINT32_MAX)
        return pvg_refuse(e, rec, "offset or instance stride is misaligned or too large");
    e->tess_factor = *w;
    e->tess_pending = w->ref != 0;
    if (!e->begun)
        return true;
    if (!w->ref || !resolve_factors(e))
        e->ops->set_tessellation_factors(e->cmd, NULL, 0, 0);
    return true;
}

bool pvg_render_tess_scale(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    if (!isfinite(rec->scalar))
        return pvg_refuse(e, rec, "scale is not finite");
    if (e->begun)
        e->ops->set_tessellation_scale(e->cmd, rec->scalar);
    return true;
}

/** Buffer of a draw. @return NULL or what is wrong; `*out` stays NULL for ref 0. */
static const char *draw_buffer(struct pvg_encoder *e, uint32_t ref, uint64_t offset, uint32_t align, uint64_t size,
                               struct pvg_rbuf **out)
{
    struct pvg_object *obj;

    if (!ref)
        return NULL;
    obj = pvg_object_resource(e->o, ref);
    *out = obj ? pvg_object_buffer(obj) : NULL;
    if (!*out)
        return "a buffer of it cannot be used";
    return offset % align || !pvg_range_ok(offset, size, obj->pages.size) ? "an offset is not aligned or past its buffer" : NULL;
}

static bool refuse_patches(struct pvg_encoder *e, const struct pvg_w_record *rec, const char *why)
{
    e->stats->draws_refused++;
    return pvg_refuse(e, rec, why);
}

static bool submit(struct pvg_encoder *e, const struct pvg_w_record *rec, const struct pvg_rpatches *d)
{
    const char *why = pvg_render_draw_blocked(e);

    if (!why && e->tess_pending && !resolve_factors(e))
        why = "its tessellation factors cannot be used";
    if (why)
        return refuse_patches(e, rec, why);
    if (!e->ops->draw_patches(e->cmd, d)) {
        e->stats->draws_refused++;
        return false; /* The renderer logged the reason. */
    }
    e->stats->draws++;
    e->work++;
    return true;
}

bool pvg_render_draw_patches(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    const struct pvg_w_draw_patches *w = &rec->draw_patches;
    struct pvg_rpatches d = {.control_points = w->control_points};
    const char *why = NULL;

    if (w->start > UINT32_MAX || w->count > UINT32_MAX || w->instance_count > UINT32_MAX || w->base_instance > UINT32_MAX)
        why = "a count exceeds 32 bits";
    else if (w->indexed && !w->control_index_ref)
        why = "no control point index buffer";
    if (!why)
        why = draw_buffer(e, w->patch_index_ref, w->patch_index_offset, 4, 4, &d.patch_indices);
    if (!why && w->indexed)
        why = draw_buffer(e, w->control_index_ref, w->control_index_offset, 2, 2, &d.control_indices);
    if (why)
        return refuse_patches(e, rec, why);
    if (!w->count || !w->instance_count)
        return true;
    d.start = (uint32_t)w->start;
    d.count = (uint32_t)w->count;
    d.instance_count = (uint32_t)w->instance_count;
    d.base_instance = (uint32_t)w->base_instance;
    d.patch_index_offset = w->patch_index_offset;
    d.control_index_offset = w->control_index_offset;
    return submit(e, rec, &d);
}

bool pvg_render_draw_patches_indirect(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    const struct pvg_w_draw_patches_indirect *w = &rec->draw_patches_indirect;
    struct pvg_rpatches d = {
        .control_points = w->control_points,
        .patch_index_offset = w->patch_index_offset,
        .control_index_offset = w->control_index_offset,
        .indirect_offset = w->offset,
    };
    const char *why = NULL;

    if (!w->ref)
        why = "no argument buffer";
    else if (w->indexed && !w->control_index_ref)
        why = "no control point index buffer";
    if (!why)
        why = draw_buffer(e, w->ref, w->offset, 4, 16, &d.indirect_buffer);
    if (!why)
        why = draw_buffer(e, w->patch_index_ref, w->patch_index_offset, 4, 4, &d.patch_indices);
    if (!why && w->indexed)
        why = draw_buffer(e, w->control_index_ref, w->control_index_offset, 2, 2, &d.control_indices);
    if (why)
        return refuse_patches(e, rec, why);
    return submit(e, rec, &d);
}
