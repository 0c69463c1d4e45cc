/* SPDX-License-Identifier: MIT */
/** @file The renderer without GPU: objects, submission and completions. Draws and dispatches are refused. */
#include "stream/null_internal.h"

#include "util/census.h"
#include "util/log.h"

#include <stdlib.h>
#include <string.h>

/** Objects that only have an identity here. */
struct pvg_rsampler {
    uint8_t unused;
};
struct pvg_rdss {
    uint8_t unused;
};
struct pvg_rfunc {
    uint8_t unused;
};
struct pvg_rpipe {
    uint8_t unused;
};

static struct pvg_null *null_of(struct pvg_render *base)
{
    return (struct pvg_null *)base;
}

/* ---- Completions ---- */

static void *completion_thread(void *arg)
{
    struct pvg_null *r = arg;

    pthread_mutex_lock(&r->lock);
    for (;;) {
        while (!r->head && !r->stop)
            pthread_cond_wait(&r->wake, &r->lock);
        if (!r->head)
            break;
        struct null_node *node = r->head;
        r->head = node->next;
        if (!r->head)
            r->tail = &r->head;
        r->running = true;
        pthread_mutex_unlock(&r->lock);
        node->done.fn(node->done.arg);
        free(node);
        pthread_mutex_lock(&r->lock);
        r->running = false;
        if (!r->head)
            pthread_cond_broadcast(&r->empty);
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

static void enqueue(struct pvg_null *r, struct null_node *node, struct pvg_rcompletion done)
{
    node->next = NULL;
    node->done = done;
    pthread_mutex_lock(&r->lock);
    *r->tail = node;
    r->tail = &node->next;
    pthread_cond_signal(&r->wake);
    pthread_mutex_unlock(&r->lock);
}

static void null_after(struct pvg_render *base, struct pvg_rcompletion done)
{
    struct pvg_null *r = null_of(base);
    struct null_node *node = malloc(sizeof(*node));

    pthread_mutex_lock(&r->lock);
    /* Without memory for a queue entry the order is kept by waiting for what is ahead. */
    while (!node && (r->head || r->running))
        pthread_cond_wait(&r->empty, &r->lock);
    bool idle = !r->head && !r->running;
    pthread_mutex_unlock(&r->lock);
    if (!idle) {
        enqueue(r, node, done);
        return;
    }
    free(node);
    done.fn(done.arg);
}

/* ---- Life ---- */

static void null_destroy(struct pvg_render *base)
{
    struct pvg_null *r = null_of(base);

    pthread_mutex_lock(&r->lock);
    r->stop = true;
    pthread_cond_signal(&r->wake);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
    pthread_cond_destroy(&r->wake);
    pthread_cond_destroy(&r->empty);
    pthread_mutex_destroy(&r->lock);
    pvg_null_frames_release(r->frames);
    free(r);
}

static const struct pvg_rcaps *null_caps(struct pvg_render *base)
{
    return &null_of(base)->caps;
}

/** What a plain integrated GPU would say; nothing here depends on the host. */
static void fill_caps(struct pvg_rcaps *c)
{
    *c = (struct pvg_rcaps){
        .name = "null",
        .memory_bytes = UINT64_C(1) << 30,
        .max_texture_2d = NULL_MAX_EDGE,
        .max_texture_3d = NULL_MAX_LAYERS,
        .max_array_layers = NULL_MAX_LAYERS,
        .max_buffer_bytes = UINT64_C(1) << 30,
        .max_threads_per_group = 1024,
        .max_threadgroup_bytes = 32768,
        .simd_width = 32,
        .sample_counts = 1 | 4,
        .unified_memory = true,
        .bc_textures = true,
    };
    for (uint32_t i = 0; i < 640; i++) {
        const struct pvg_format *f = pvg_format_get(i);
        bool color = f->bytes && f->kind != PVG_TEXEL_COMPRESSED && f->kind != PVG_TEXEL_DEPTH;
        c->format_sample[i] = f->bytes != 0;
        c->format_render[i] = color || f->kind == PVG_TEXEL_DEPTH;
        c->format_blend[i] = color && f->kind != PVG_TEXEL_UINT && f->kind != PVG_TEXEL_SINT;
        c->format_store[i] = color && !f->srgb;
        c->format_msaa[i] = c->format_render[i];
    }
}

static void null_ram_add(struct pvg_render *base, const struct pvg_ram_region *region)
{
}

static void null_ram_remove(struct pvg_render *base, uint64_t gpa, uint64_t size)
{
    pvg_null_buffers_forget(null_of(base), gpa, size);
}

static void null_buffer_invalidate(struct pvg_render *base, struct pvg_rbuf *buf)
{
}

/* ---- Objects with an identity only ---- */

static struct pvg_rsampler *null_sampler_create(struct pvg_render *base, const struct pvg_w_sampler *desc)
{
    return calloc(1, sizeof(struct pvg_rsampler));
}

static void null_sampler_release(struct pvg_render *base, struct pvg_rsampler *s)
{
    free(s);
}

static struct pvg_rdss *null_depth_stencil_create(struct pvg_render *base, const struct pvg_w_depth_stencil *desc)
{
    return calloc(1, sizeof(struct pvg_rdss));
}

static void null_depth_stencil_release(struct pvg_render *base, struct pvg_rdss *s)
{
    free(s);
}

static struct pvg_rfunc *null_function_create(struct pvg_render *base, const void *container, size_t size)
{
    return calloc(1, sizeof(struct pvg_rfunc));
}

static void null_function_release(struct pvg_render *base, struct pvg_rfunc *f)
{
    free(f);
}

static struct pvg_rpipe *null_render_pipeline_create(struct pvg_render *base, const struct pvg_w_render_pipeline *desc,
                                                     struct pvg_rfunc *const functions[PVG_RSTAGE_COUNT])
{
    return calloc(1, sizeof(struct pvg_rpipe));
}

static struct pvg_rpipe *null_compute_pipeline_create(struct pvg_render *base, const struct pvg_w_compute_pipeline *desc,
                                                      struct pvg_rfunc *function)
{
    return calloc(1, sizeof(struct pvg_rpipe));
}

static bool null_compute_pipeline_info(struct pvg_render *base, struct pvg_rpipe *p, struct pvg_rcompute_info *info)
{
    const struct pvg_rcaps *c = null_caps(base);

    *info = (struct pvg_rcompute_info){.max_total_threads = c->max_threads_per_group, .simd_width = c->simd_width};
    return true;
}

static void null_pipeline_release(struct pvg_render *base, struct pvg_rpipe *p)
{
    free(p);
}

/* ---- Recording ---- */

static struct pvg_rcmd *null_cmd_begin(struct pvg_render *base)
{
    struct pvg_rcmd *cmd = calloc(1, sizeof(*cmd));

    if (cmd)
        cmd->r = null_of(base);
    return cmd;
}

static void null_cmd_submit(struct pvg_rcmd *cmd, struct pvg_rcompletion done)
{
    pvg_null_pass_end(cmd);
    enqueue(cmd->r, &cmd->node, done);
}

static void null_cmd_flush_wait(struct pvg_rcmd *cmd)
{
}

/** Texels live in guest pages already. */
static bool null_texture_move(struct pvg_rcmd *cmd, struct pvg_rtex *tex)
{
    return true;
}

static void null_set_buffer(struct pvg_rcmd *cmd, enum pvg_rstage stage, uint32_t index, struct pvg_rbuf *buf, uint64_t offset,
                            uint32_t stride)
{
}

static void null_set_buffer_offset(struct pvg_rcmd *cmd, enum pvg_rstage stage, uint32_t index, uint64_t offset, uint32_t stride)
{
}

static void null_set_bytes(struct pvg_rcmd *cmd, enum pvg_rstage stage, uint32_t index, const void *bytes, size_t size,
                           uint32_t stride)
{
}

static void null_set_texture(struct pvg_rcmd *cmd, enum pvg_rstage stage, uint32_t index, struct pvg_rtex *tex)
{
}

static void null_set_sampler(struct pvg_rcmd *cmd, enum pvg_rstage stage, uint32_t index, struct pvg_rsampler *s,
                             const float lod[2])
{
}

static void null_set_pipeline(struct pvg_rcmd *cmd, struct pvg_rpipe *p)
{
}

static void null_set_depth_stencil(struct pvg_rcmd *cmd, struct pvg_rdss *s)
{
}

static void null_set_viewports(struct pvg_rcmd *cmd, uint32_t count, const struct pvg_rviewport *vp)
{
}

static void null_set_scissors(struct pvg_rcmd *cmd, uint32_t count, const struct pvg_rscissor *sc)
{
}

static void null_set_mode(struct pvg_rcmd *cmd, uint32_t mode)
{
}

static void null_set_depth_bias(struct pvg_rcmd *cmd, float bias, float slope, float clamp)
{
}

static void null_set_stencil_reference(struct pvg_rcmd *cmd, uint32_t front, uint32_t back)
{
}

static void null_set_blend_color(struct pvg_rcmd *cmd, const float rgba[4])
{
}

/** Nothing is drawn, so every armed result counts zero samples. */
static void null_set_visibility(struct pvg_rcmd *cmd, uint32_t mode, uint64_t offset)
{
    static const uint8_t zero[8];

    if (mode && cmd->in_pass && cmd->pass.visibility && !pvg_null_write(cmd->pass.visibility, offset, zero, sizeof(zero)))
        pvg_warn_limited(cmd->r->log, "null renderer: visibility result at %llu is outside its buffer", (unsigned long long)offset);
}

static bool refuse(struct pvg_rcmd *cmd, const char *what)
{
    pvg_warn_limited(cmd->r->log, "null renderer: %s refused, there is no GPU", what);
    return false;
}

static bool null_draw(struct pvg_rcmd *cmd, const struct pvg_rdraw *draw)
{
    return refuse(cmd, "draw");
}

static void null_set_tessellation_factors(struct pvg_rcmd *cmd, struct pvg_rbuf *buf, uint64_t offset, uint32_t stride)
{
}

static void null_set_tessellation_scale(struct pvg_rcmd *cmd, float scale)
{
}

static bool null_draw_mesh(struct pvg_rcmd *cmd, const struct pvg_rmesh_draw *draw)
{
    return refuse(cmd, "mesh draw");
}

static bool null_dispatch_tile(struct pvg_rcmd *cmd, const struct pvg_rtile *tile)
{
    return refuse(cmd, "tile dispatch");
}

static void null_set_tile_memory(struct pvg_rcmd *cmd, uint32_t index, uint32_t bytes)
{
}

static void null_set_imageblock_size(struct pvg_rcmd *cmd, uint32_t width, uint32_t height)
{
}

static void null_set_views(struct pvg_rcmd *cmd, uint32_t count, const struct pvg_rview_offset *views)
{
}

static bool null_draw_patches(struct pvg_rcmd *cmd, const struct pvg_rpatches *draw)
{
    return refuse(cmd, "patch draw");
}

static void null_compute_begin(struct pvg_rcmd *cmd, bool concurrent)
{
}

static void null_compute_step(struct pvg_rcmd *cmd)
{
}

static void null_set_threadgroup_memory(struct pvg_rcmd *cmd, uint32_t index, uint32_t bytes)
{
}

static void null_set_stage_in_region(struct pvg_rcmd *cmd, const uint32_t origin[3], const uint32_t size[3])
{
}

static bool null_dispatch(struct pvg_rcmd *cmd, const uint32_t groups[3], const uint32_t threads_per_group[3])
{
    return refuse(cmd, "dispatch");
}

static bool null_dispatch_indirect(struct pvg_rcmd *cmd, struct pvg_rbuf *buf, uint64_t offset, const uint32_t threads_per_group[3])
{
    return refuse(cmd, "indirect dispatch");
}

static const struct pvg_render_ops null_ops = {
    .destroy = null_destroy,
    .caps = null_caps,
    .ram_add = null_ram_add,
    .ram_remove = null_ram_remove,
    .buffer_create = pvg_null_buffer_create,
    .buffer_rebind = pvg_null_buffer_rebind,
    .buffer_invalidate = null_buffer_invalidate,
    .buffer_release = pvg_null_buffer_release,
    .texture_create = pvg_null_texture_create,
    .texture_view = pvg_null_texture_view,
    .texture_from_buffer = pvg_null_texture_from_buffer,
    .texture_release = pvg_null_texture_release,
    .sampler_create = null_sampler_create,
    .sampler_release = null_sampler_release,
    .depth_stencil_create = null_depth_stencil_create,
    .depth_stencil_release = null_depth_stencil_release,
    .function_create = null_function_create,
    .function_release = null_function_release,
    .render_pipeline_create = null_render_pipeline_create,
    .compute_pipeline_create = null_compute_pipeline_create,
    .compute_pipeline_info = null_compute_pipeline_info,
    .pipeline_release = null_pipeline_release,
    .cmd_begin = null_cmd_begin,
    .cmd_submit = null_cmd_submit,
    .cmd_flush_wait = null_cmd_flush_wait,
    .after = null_after,
    .texture_load = null_texture_move,
    .texture_store = null_texture_move,
    .set_buffer = null_set_buffer,
    .set_buffer_offset = null_set_buffer_offset,
    .set_bytes = null_set_bytes,
    .set_texture = null_set_texture,
    .set_sampler = null_set_sampler,
    .pass_begin = pvg_null_pass_begin,
    .pass_end = pvg_null_pass_end,
    .set_render_pipeline = null_set_pipeline,
    .set_depth_stencil = null_set_depth_stencil,
    .set_viewports = null_set_viewports,
    .set_scissors = null_set_scissors,
    .set_cull_mode = null_set_mode,
    .set_front_facing = null_set_mode,
    .set_fill_mode = null_set_mode,
    .set_depth_clip_mode = null_set_mode,
    .set_depth_bias = null_set_depth_bias,
    .set_stencil_reference = null_set_stencil_reference,
    .set_blend_color = null_set_blend_color,
    .set_visibility = null_set_visibility,
    .draw = null_draw,
    .set_tessellation_factors = null_set_tessellation_factors,
    .set_tessellation_scale = null_set_tessellation_scale,
    .draw_patches = null_draw_patches,
    .set_views = null_set_views,
    .draw_mesh = null_draw_mesh,
    .dispatch_tile = null_dispatch_tile,
    .set_tile_memory = null_set_tile_memory,
    .set_imageblock_size = null_set_imageblock_size,
    .compute_begin = null_compute_begin,
    .compute_end = null_compute_step,
    .set_compute_pipeline = null_set_pipeline,
    .set_threadgroup_memory = null_set_threadgroup_memory,
    .set_stage_in_region = null_set_stage_in_region,
    .dispatch = null_dispatch,
    .dispatch_threads = null_dispatch,
    .dispatch_indirect = null_dispatch_indirect,
    .barrier = null_compute_step,
    .fill_buffer = pvg_null_fill_buffer,
    .fill_pattern = pvg_null_fill_pattern,
    .copy_buffer = pvg_null_copy_buffer,
    .copy_buffer_to_texture = pvg_null_copy_buffer_to_texture,
    .copy_texture_to_buffer = pvg_null_copy_texture_to_buffer,
    .copy_texture = pvg_null_copy_texture,
    .generate_mipmaps = pvg_null_generate_mipmaps,
    .frame_capture = pvg_null_frame_capture,
    .frame_pixels = pvg_null_frame_pixels,
    .frame_release = pvg_null_frame_release,
};

struct pvg_render *pvg_null_render_create(const struct pvg_render_config *config, struct pvg_error *err)
{
    struct pvg_null *r = calloc(1, sizeof(*r));

    if (!r) {
        pvg_error_set(err, "null renderer: out of memory");
        return NULL;
    }
    pvg_census_renderer("null");
    r->base.ops = &null_ops;
    r->log = config->log;
    r->ram_dirty = config->ram_dirty;
    r->opaque = config->opaque;
    r->tail = &r->head;
    fill_caps(&r->caps);
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->wake, NULL);
    pthread_cond_init(&r->empty, NULL);
    r->frames = pvg_null_frames_create();
    if (r->frames && pthread_create(&r->thread, NULL, completion_thread, r) == 0)
        return &r->base;
    pvg_error_set(err, "null renderer: cannot start its completion thread");
    pvg_null_frames_release(r->frames);
    pthread_cond_destroy(&r->wake);
    pthread_cond_destroy(&r->empty);
    pthread_mutex_destroy(&r->lock);
    free(r);
    return NULL;
}
