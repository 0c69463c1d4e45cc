/* SPDX-License-Identifier: MIT */
/** @file Render segments: passes, dynamic state, draws (spec 06 sections 4 and 10). */
#include "stream/encoder.h"

#include <math.h>
#include <string.h>

enum { LOAD_DONT_CARE, LOAD_LOAD, LOAD_CLEAR };
enum { STORE_DONT_CARE, STORE_STORE, STORE_RESOLVE, STORE_BOTH, STORE_UNKNOWN, STORE_CUSTOM };

#define NO_OVERRIDE   UINT16_MAX
#define MAX_VIEWPORTS 16

/* ---- First walk: what the pass needs before it begins ---- */

static void note_store_action(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    uint16_t value = rec->store_action.value <= STORE_CUSTOM ? (uint16_t)rec->store_action.value : STORE_DONT_CARE;

    if (rec->info->arg == PVG_W_ASPECT_DEPTH)
        e->store_depth = value;
    else if (rec->info->arg == PVG_W_ASPECT_STENCIL)
        e->store_stencil = value;
    else if (rec->store_action.index < PVG_W_MAX_COLOR_ATTACHMENTS)
        e->store_color[rec->store_action.index] = value;
}

/** Their number must be that of the samples, which the renderer knows. */
static void note_positions(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    if (!e->ops->caps(e->r)->sample_positions) {
        e->refuse = "the device has no programmable sample positions";
        return;
    }
    if (!rec->count || rec->count > 16) {
        e->refuse = "number of sample positions";
        return;
    }
    e->position_count = rec->count;
    for (uint32_t i = 0; i < rec->count; i++) {
        struct pvg_w_point p = pvg_w_record_point(rec, i);
        if (!(p.x >= 0 && p.x < 1 && p.y >= 0 && p.y < 1))
            e->refuse = "sample position outside of the pixel";
        e->positions[i][0] = p.x;
        e->positions[i][1] = p.y;
    }
}

/** The scan took the positions; the pass that could not have them is refused with its draws. */
bool pvg_render_sample_positions(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    if (!e->ops->caps(e->r)->sample_positions)
        return pvg_refuse(e, rec, "the device has no programmable sample positions");
    return true;
}

void pvg_render_scan(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    switch (rec->info->kind) {
    case PVG_W_REC_PASS:
        if (!e->have_pass)
            e->pass = rec->pass;
        e->have_pass = true;
        break;
    case PVG_W_REC_PASS_SAMPLES:
        e->raster_samples = rec->value <= 64 ? (uint32_t)rec->value : 0;
        break;
    case PVG_W_REC_PASS_RATE_MAP:
        if (rec->ref)
            e->refuse = "rasterization rate maps are not supported";
        break;
    case PVG_W_REC_SAMPLE_POSITIONS:
        note_positions(e, rec);
        break;
    case PVG_W_REC_STORE_ACTION:
        note_store_action(e, rec);
        break;
    case PVG_W_REC_BIND_TEXTURES:
        pvg_bind_scan(e, rec);
        break;
    default:
        break;
    }
}

/* ---- Pass ---- */

/** Is every texel of the image replaced by a pass that does not load it? */
static bool overwrites(struct pvg_encoder *e, const struct pvg_image *img, uint8_t load)
{
    const struct pvg_w_render_pass *p = &e->pass;

    return load != LOAD_LOAD && img->single && (!p->width || p->width >= img->desc.width) &&
           (!p->height || p->height >= img->desc.height);
}

/** The texture may be rendered to and its guest bytes may be written. */
static const char *target_usable(struct pvg_encoder *e, const struct pvg_texture *t, uint32_t level, uint32_t slice, uint32_t plane)
{
    const struct pvg_rcaps *caps = e->ops->caps(e->r);

    if (level >= t->level_count || slice >= t->slice_count || plane >= pvg_level_extent(t->desc.depth, level))
        return "attachment names a level, slice or plane that the texture does not have";
    if (t->desc.format >= 640 || !caps->format_render[t->desc.format])
        return "attachment format cannot be rendered to";
    if (!pvg_w_swizzle_identity(t->swizzle))
        return "attachment is a swizzled view";
    if (t->surface && !pvg_surface_writable(t->surface))
        return "attachment lies over a surface that is being remapped";
    return NULL;
}

/** Texture of an attachment, loaded as the pass needs it. @return NULL with `*why`. */
static struct pvg_image *resolve_target(struct pvg_encoder *e, uint32_t ref, const uint32_t where[3], uint8_t load,
                                        struct pvg_rtex **tex, const char **why)
{
    struct pvg_object *obj;
    struct pvg_image *img = pvg_texture_image(e, ref, &obj, tex);

    *why = "attachment cannot be used";
    if (!img)
        return NULL;
    *why = target_usable(e, &obj->texture, where[0], where[1], where[2]);
    if (*why)
        return NULL;
    *why = "attachment cannot be loaded";
    if (!pvg_image_prepare(img, e->cmd, overwrites(e, img, load)))
        return NULL;
    img->prepared = e->serial;
    img->refs++;
    return img;
}

static uint8_t load_action(struct pvg_encoder *e, uint16_t value)
{
    if (value <= LOAD_CLEAR)
        return (uint8_t)value;
    pvg_warn_limited(e->log, "load action %u is out of range, taken as DontCare", value);
    return LOAD_DONT_CARE;
}

static uint8_t store_action(struct pvg_encoder *e, uint16_t value, uint16_t override)
{
    if (override != NO_OVERRIDE)
        value = override;
    if (value == STORE_UNKNOWN || value == STORE_CUSTOM)
        return STORE_STORE;
    if (value <= STORE_BOTH)
        return (uint8_t)value;
    pvg_warn_limited(e->log, "store action %u is out of range, taken as DontCare", value);
    return STORE_DONT_CARE;
}

/** Fill in one attachment. @return NULL or why the draws of the pass are refused. */
static const char *attach(struct pvg_encoder *e, const struct pvg_w_attachment *a, uint16_t override, struct pvg_rattachment *out,
                          struct pvg_pass_slot *slot)
{
    const uint32_t where[3] = {a->level, a->slice, a->depth_plane};
    const uint32_t to[3] = {a->resolve_level, a->resolve_slice, a->resolve_depth_plane};
    const char *why;

    if (!a->texture)
        return NULL;
    out->load_action = load_action(e, a->load_action);
    out->store_action = store_action(e, a->store_action, override);
    slot->image = resolve_target(e, a->texture, where, out->load_action, &out->texture, &why);
    if (!slot->image) {
        out->texture = NULL;
        return why;
    }
    slot->store = out->store_action;
    out->level = a->level;
    out->slice = a->slice;
    out->depth_plane = a->depth_plane;
    out->resolve_filter = (uint8_t)a->resolve_filter;
    for (int i = 0; i < 4; i++)
        out->clear[i] = a->clear[i];
    if (out->store_action != STORE_RESOLVE && out->store_action != STORE_BOTH)
        return NULL;
    if (!a->resolve) {
        /* Without a target there is nothing to resolve into (spec 06 section 15.7 D6). */
        pvg_warn_limited(e->log, "store action %u without a resolve texture", out->store_action);
        slot->store = out->store_action = out->store_action == STORE_BOTH ? STORE_STORE : STORE_DONT_CARE;
        return NULL;
    }
    slot->resolve = resolve_target(e, a->resolve, to, LOAD_DONT_CARE, &out->resolve, &why);
    if (!slot->resolve) {
        out->resolve = NULL;
        slot->store = out->store_action = out->store_action == STORE_BOTH ? STORE_STORE : STORE_DONT_CARE;
        return why;
    }
    out->resolve_level = a->resolve_level;
    out->resolve_slice = a->resolve_slice;
    out->resolve_depth_plane = a->resolve_depth_plane;
    return NULL;
}

/** Two colour slots over the same texels have no defined result (spec 06 section 10.3 R18). */
static bool slots_collide(const struct pvg_rpass *p, const struct pvg_encoder *e)
{
    for (int i = 0; i < PVG_W_MAX_COLOR_ATTACHMENTS; i++) {
        for (int k = i + 1; k < PVG_W_MAX_COLOR_ATTACHMENTS; k++) {
            const struct pvg_rattachment *a = &p->color[i], *b = &p->color[k];
            if (e->color[i].image && e->color[i].image == e->color[k].image && a->texture == b->texture && a->level == b->level &&
                a->slice == b->slice && a->depth_plane == b->depth_plane)
                return true;
        }
    }
    return false;
}

static void attach_visibility(struct pvg_encoder *e, struct pvg_rpass *p)
{
    struct pvg_object *obj;

    if (!e->pass.visibility_buffer)
        return;
    obj = pvg_object_resource(e->o, e->pass.visibility_buffer);
    p->visibility = obj ? pvg_object_buffer(obj) : NULL;
    if (p->visibility)
        e->visibility = obj;
}

static const char *attach_all(struct pvg_encoder *e, struct pvg_rpass *p, bool *begin)
{
    const struct pvg_w_render_pass *w = &e->pass;
    const char *why = NULL, *slot_why;
    bool any = false;

    for (int i = 0; i < PVG_W_MAX_COLOR_ATTACHMENTS; i++) {
        slot_why = attach(e, &w->color[i], e->store_color[i], &p->color[i], &e->color[i]);
        if (slot_why)
            why = slot_why;
        any |= p->color[i].texture != NULL;
    }
    slot_why = attach(e, &w->depth, e->store_depth, &p->depth, &e->depth);
    if (!slot_why)
        slot_why = attach(e, &w->stencil, e->store_stencil, &p->stencil, &e->stencil);
    p->stencil.clear[0] = w->stencil.clear_stencil & 0xff;
    any |= p->depth.texture || p->stencil.texture;
    /* What could be bound is still cleared and stored (spec 06 section 11), but without its depth the whole pass is refused: the
     * guest would see it with occlusion off (section 10.3 R9). */
    *begin = !slot_why && (any || !why);
    return slot_why ? slot_why : why;
}

void pvg_render_begin(struct pvg_encoder *e)
{
    struct pvg_rpass p = {.default_raster_samples = e->raster_samples, .position_count = e->position_count};
    const char *why;
    bool begin;

    if (!e->have_pass) {
        e->refuse = "the segment has no render pass";
        return;
    }
    if (e->pass.width > UINT32_MAX || e->pass.height > UINT32_MAX || e->pass.array_length > UINT32_MAX) {
        e->refuse = "render target size out of range";
    } else {
        p.width = (uint32_t)e->pass.width;
        p.height = (uint32_t)e->pass.height;
        p.array_length = (uint32_t)e->pass.array_length;
        memcpy(p.positions, e->positions, sizeof(p.positions));
        why = attach_all(e, &p, &begin);
        attach_visibility(e, &p);
        if (why)
            e->refuse = why;
        else if (slots_collide(&p, e))
            e->refuse = "two colour slots name the same texels";
        if (begin)
            e->begun = e->ops->pass_begin(e->cmd, &p);
        if (!e->begun && !e->refuse)
            e->refuse = "the renderer cannot run the pass";
    }
    if (e->refuse)
        pvg_warn_limited(e->log, "task %u: render pass: %s", e->o->task->id, e->refuse);
}

static void finish_slot(struct pvg_encoder *e, struct pvg_pass_slot *slot)
{
    /* A pass that did not begin may have skipped the load of what it was going to overwrite. */
    if (slot->image && e->begun && (slot->store == STORE_STORE || slot->store == STORE_BOTH))
        pvg_image_written(slot->image, e->cmd);
    else if (slot->image)
        pvg_image_undefined(slot->image);
    if (slot->resolve && e->begun)
        pvg_image_written(slot->resolve, e->cmd);
    else if (slot->resolve)
        pvg_image_undefined(slot->resolve);
    pvg_image_unref(slot->image);
    pvg_image_unref(slot->resolve);
    *slot = (struct pvg_pass_slot){0};
}

void pvg_render_end(struct pvg_encoder *e)
{
    if (e->begun)
        e->ops->pass_end(e->cmd);
    for (int i = 0; i < PVG_W_MAX_COLOR_ATTACHMENTS; i++)
        finish_slot(e, &e->color[i]);
    finish_slot(e, &e->depth);
    finish_slot(e, &e->stencil);
    e->begun = false;
}

bool pvg_render_pass_record(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    /* The first one was carried out when the encoder began; a pass cannot change in the middle. */
    if (!e->have_pass)
        return pvg_refuse(e, rec, "an encoder has one pass");
    e->have_pass = false;
    return true;
}

bool pvg_render_scanned(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    return true;
}

bool pvg_render_store_action(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    if (rec->store_action.value > STORE_CUSTOM)
        return pvg_refuse(e, rec, "store action out of range");
    if (rec->info->arg == PVG_W_ASPECT_COLOR &&
        (rec->store_action.index >= PVG_W_MAX_COLOR_ATTACHMENTS || !e->pass.color[rec->store_action.index].texture))
        return pvg_refuse(e, rec, "no such attachment");
    if ((rec->info->arg == PVG_W_ASPECT_DEPTH && !e->pass.depth.texture) ||
        (rec->info->arg == PVG_W_ASPECT_STENCIL && !e->pass.stencil.texture))
        return pvg_refuse(e, rec, "no such attachment");
    return true;
}

/* ---- State ---- */

bool pvg_render_pipeline(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    struct pvg_object *obj = rec->ref ? pvg_object_state(e->o, rec->ref, PVG_W_OBJ_RENDER_PIPELINE) : NULL;

    e->pipeline = obj ? obj->pipeline : NULL;
    e->pipeline_ref = obj ? 0 : rec->ref;
    if (e->begun)
        e->ops->set_render_pipeline(e->cmd, e->pipeline);
    return true;
}

bool pvg_render_depth_stencil(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    struct pvg_object *obj = rec->ref ? pvg_object_state(e->o, rec->ref, PVG_W_OBJ_DEPTH_STENCIL) : NULL;

    e->depth_stencil_ref = obj ? 0 : rec->ref;
    if (e->begun)
        e->ops->set_depth_stencil(e->cmd, obj ? obj->depth_stencil : NULL);
    return true;
}

/** State objects that could not be resolved when they were set are tried again. @return NULL or which one is missing. */
static const char *retry_state(struct pvg_encoder *e)
{
    struct pvg_object *obj;

    if (e->pipeline_ref) {
        obj = pvg_object_state(e->o, e->pipeline_ref, PVG_W_OBJ_RENDER_PIPELINE);
        if (!obj)
            return "its pipeline cannot be used";
        e->pipeline = obj->pipeline;
        e->pipeline_ref = 0;
        e->ops->set_render_pipeline(e->cmd, e->pipeline);
    }
    if (e->depth_stencil_ref) {
        obj = pvg_object_state(e->o, e->depth_stencil_ref, PVG_W_OBJ_DEPTH_STENCIL);
        if (!obj)
            return "its depth-stencil state cannot be used";
        e->depth_stencil_ref = 0;
        e->ops->set_depth_stencil(e->cmd, obj->depth_stencil);
    }
    return NULL;
}

bool pvg_render_blend_color(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    if (e->begun)
        e->ops->set_blend_color(e->cmd, rec->blend_color);
    return true;
}

bool pvg_render_mode(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    uint64_t max = rec->info->kind == PVG_W_REC_CULL_MODE ? 2 : 1;
    uint32_t value = (uint32_t)rec->value;

    if (rec->value > max)
        return pvg_refuse(e, rec, "value out of range");
    if (!e->begun)
        return true;
    switch (rec->info->kind) {
    case PVG_W_REC_CULL_MODE:
        e->ops->set_cull_mode(e->cmd, value);
        break;
    case PVG_W_REC_FRONT_FACING:
        e->ops->set_front_facing(e->cmd, value);
        break;
    case PVG_W_REC_FILL_MODE:
        e->ops->set_fill_mode(e->cmd, value);
        break;
    default:
        e->ops->set_depth_clip_mode(e->cmd, value);
        break;
    }
    return true;
}

bool pvg_render_depth_bias(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    if (!isfinite(rec->depth_bias.bias) || !isfinite(rec->depth_bias.slope) || !isfinite(rec->depth_bias.clamp))
        return pvg_refuse(e, rec, "value is not finite");
    if (e->begun)
        e->ops->set_depth_bias(e->cmd, rec->depth_bias.bias, rec->depth_bias.slope, rec->depth_bias.clamp);
    return true;
}

bool pvg_render_stencil_reference(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    if (e->begun)
        e->ops->set_stencil_reference(e->cmd, rec->stencil_reference.front & 0xff, rec->stencil_reference.back & 0xff);
    return true;
}

/** A wide coordinate clamped so that x + width cannot overflow 31 bits; the renderer intersects with the render area. */
static uint32_t clamp_edge(uint64_t v, uint32_t base)
{
    uint32_t max = INT32_MAX - base;

    return v > max ? max : (uint32_t)v;
}

bool pvg_render_scissors(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    struct pvg_rscissor rects[MAX_VIEWPORTS];

    if (!rec->count || rec->count > MAX_VIEWPORTS)
        return pvg_refuse(e, rec, "scissor count out of range");
    for (uint32_t i = 0; i < rec->count; i++) {
        struct pvg_w_scissor s = pvg_w_record_scissor(rec, i);
        rects[i].x = clamp_edge(s.x, 0);
        rects[i].y = clamp_edge(s.y, 0);
        rects[i].width = clamp_edge(s.width, rects[i].x);
        rects[i].height = clamp_edge(s.height, rects[i].y);
    }
    if (e->begun)
        e->ops->set_scissors(e->cmd, rec->count, rects);
    return true;
}

/** A viewport under which nothing is drawn, in place of one that Vulkan does not accept (spec 06 section 15.7 D13). */
static const struct pvg_rviewport void_viewport = {.x = -2, .y = -2, .width = 1, .height = 1, .zfar = 1};

static struct pvg_rviewport viewport(const struct pvg_w_viewport *v)
{
    const double limit = 32768;
    bool ok = isfinite(v->x) && isfinite(v->y) && isfinite(v->width) && isfinite(v->height) && isfinite(v->znear) &&
              isfinite(v->zfar) && v->width > 0 && v->height > 0 && fabs(v->x) <= limit && fabs(v->y) <= limit &&
              v->width <= limit && v->height <= limit;

    if (!ok)
        return void_viewport;
    return (struct pvg_rviewport){.x = (float)v->x,
                                  .y = (float)v->y,
                                  .width = (float)v->width,
                                  .height = (float)v->height,
                                  .znear = (float)fmin(fmax(v->znear, 0), 1),
                                  .zfar = (float)fmin(fmax(v->zfar, 0), 1)};
}

bool pvg_render_viewports(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    struct pvg_rviewport list[MAX_VIEWPORTS];

    if (!rec->count || rec->count > MAX_VIEWPORTS)
        return pvg_refuse(e, rec, "viewport count out of range");
    for (uint32_t i = 0; i < rec->count; i++) {
        struct pvg_w_viewport v = pvg_w_record_viewport(rec, i);
        list[i] = viewport(&v);
    }
    if (e->begun)
        e->ops->set_viewports(e->cmd, rec->count, list);
    return true;
}

bool pvg_render_visibility(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    const struct pvg_w_visibility *v = &rec->visibility;

    if (v->mode > 2)
        return pvg_refuse(e, rec, "mode out of range");
    if (v->mode && !e->visibility)
        return pvg_refuse(e, rec, "the pass has no usable visibility buffer");
    if (v->mode && (v->offset % 8 || !pvg_range_ok(v->offset, 8, e->visibility->pages.size)))
        return pvg_refuse(e, rec, "offset outside the visibility buffer");
    if (e->begun)
        e->ops->set_visibility(e->cmd, (uint32_t)v->mode, v->offset);
    return true;
}

bool pvg_render_line_width(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    return rec->scalar == 1 ? true : pvg_refuse(e, rec, "only a width of 1 is supported");
}

/* ---- Draws ---- */

static bool refuse_draw(struct pvg_encoder *e, const struct pvg_w_record *rec, const char *why)
{
    e->stats->draws_refused++;
    return pvg_refuse(e, rec, why);
}

const char *pvg_render_pass_blocked(struct pvg_encoder *e)
{
    if (e->refuse)
        return e->refuse;
    if (!e->begun)
        return "no pass is open";
    const char *why = e->pipeline_ref || e->depth_stencil_ref ? retry_state(e) : NULL;
    if (why)
        return why;
    return e->pipeline ? NULL : "no pipeline is set";
}

const char *pvg_render_draw_blocked(struct pvg_encoder *e)
{
    const char *why = pvg_render_pass_blocked(e);

    return why ? why : pvg_bind_check(e, PVG_W_STAGE_VERTEX, 2);
}

/** Index buffer of a draw. @return NULL or what is wrong. */
static const char *index_buffer(struct pvg_encoder *e, uint32_t ref, uint64_t offset, uint16_t type, struct pvg_rdraw *d)
{
    struct pvg_object *obj;

    if (type > 1)
        return "index type out of range";
    if (!ref)
        return "no index buffer";
    obj = pvg_object_resource(e->o, ref);
    d->index_buffer = obj ? pvg_object_buffer(obj) : NULL;
    if (!d->index_buffer)
        return "its index buffer cannot be used";
    if (offset % (type ? 4 : 2) || offset >= obj->pages.size)
        return "index offset is not aligned or past the buffer";
    d->index_type = (uint8_t)type;
    d->index_offset = offset;
    return NULL;
}

static bool submit_draw(struct pvg_encoder *e, const struct pvg_w_record *rec, const struct pvg_rdraw *d)
{
    if (!e->ops->draw(e->cmd, d)) {
        e->stats->draws_refused++;
        return false; /* The renderer logged the reason. */
    }
    e->stats->draws++;
    e->work++;
    return true;
}

bool pvg_render_draw(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    const struct pvg_w_draw *w = &rec->draw;
    struct pvg_rdraw d = {.primitive = (uint8_t)w->primitive};
    const char *why = NULL;

    if (w->primitive > 4)
        why = "primitive type out of range";
    else if (w->start > UINT32_MAX || w->count > UINT32_MAX || w->instance_count > UINT32_MAX || w->base_instance > UINT32_MAX ||
             w->base_vertex < INT32_MIN || w->base_vertex > INT32_MAX)
        why = "a count exceeds 32 bits";
    else if (w->indexed)
        why = index_buffer(e, w->index_ref, w->index_offset, w->index_type, &d);
    if (why)
        return refuse_draw(e, rec, why);
    if (!w->count || !w->instance_count)
        return true;
    why = pvg_render_draw_blocked(e);
    if (why)
        return refuse_draw(e, rec, why);
    d.vertex_start = (uint32_t)w->start;
    d.count = (uint32_t)w->count;
    d.instance_count = (uint32_t)w->instance_count;
    d.base_vertex = (int32_t)w->base_vertex;
    d.base_instance = (uint32_t)w->base_instance;
    return submit_draw(e, rec, &d);
}

bool pvg_render_draw_indirect(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    const struct pvg_w_draw_indirect *w = &rec->draw_indirect;
    struct pvg_rdraw d = {.primitive = (uint8_t)w->primitive};
    struct pvg_object *args;
    const char *why = NULL;

    if (w->primitive > 4)
        why = "primitive type out of range";
    else if (w->indexed)
        why = index_buffer(e, w->index_ref, w->index_offset, w->index_type, &d);
    if (why)
        return refuse_draw(e, rec, why);
    args = w->ref ? pvg_object_resource(e->o, w->ref) : NULL;
    d.indirect_buffer = args ? pvg_object_buffer(args) : NULL;
    d.indirect_offset = w->offset;
    if (!d.indirect_buffer)
        return refuse_draw(e, rec, "its argument buffer cannot be used");
    if (w->offset % 4 || !pvg_range_ok(w->offset, w->indexed ? 20 : 16, args->pages.size))
        return refuse_draw(e, rec, "arguments outside their buffer");
    why = pvg_render_draw_blocked(e);
    if (why)
        return refuse_draw(e, rec, why);
    return submit_draw(e, rec, &d);
}
