/* SPDX-License-Identifier: MIT */
/**
 * @file The Vulkan implementation of src/render.h: creation, destruction, and the table of operations.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/census.h"
#include "vulkan/cmd.h"
#include "vulkan/convert.h"
#include "vulkan/neutral.h"
#include "vulkan/shader_cache.h"

static const struct pvg_rcaps *get_caps(struct pvg_render *r)
{
    return &pvg_vk_of(r)->caps;
}

static uint64_t losses(struct pvg_render *r)
{
    return atomic_load(&pvg_vk_of(r)->sync.lost);
}

static void destroy(struct pvg_render *r)
{
    struct pvg_vk *vk = pvg_vk_of(r);
    pvg_vkcompiler_fini(vk);
    pvg_vksync_fini(vk);
    if (vk->dev) {
        vk->fn.DeviceWaitIdle(vk->dev);
        vk->recording = false;
        pvg_vkneutral_fini(vk);
        pvg_vkconvert_fini(vk);
        pvg_vktrash_fini(vk);
        pvg_vkcmd_fini(vk);
        pvg_vkframes_fini(vk);
        pvg_vksamplers_fini(vk);
        pvg_vkring_fini(vk);
        pvg_vkheap_fini(vk);
        pvg_vkram_fini(vk);
        if (vk->guard_buffer)
            vk->fn.DestroyBuffer(vk->dev, vk->guard_buffer, NULL);
        pvg_vkmem_free(vk, &vk->guard_mem);
    }
    /* Frames in a front-end's hands keep the device; the log may go now. */
    vk->log = NULL;
    pvg_vk_unref(vk);
}

static const struct pvg_render_ops ops = {
    .destroy = destroy,
    .caps = get_caps,
    .ram_add = pvg_vkram_add,
    .ram_remove = pvg_vkram_remove,
    .buffer_create = pvg_vkbuffer_create,
    .buffer_rebind = pvg_vkbuffer_rebind,
    .buffer_invalidate = pvg_vkbuffer_invalidate,
    .buffer_release = pvg_vkbuffer_release,
    .texture_create = pvg_vktexture_create,
    .texture_view = pvg_vktexture_view,
    .texture_from_buffer = pvg_vktexture_from_buffer,
    .texture_release = pvg_vktexture_release,
    .sampler_create = pvg_vksampler_create,
    .sampler_release = pvg_vksampler_release,
    .depth_stencil_create = pvg_vkdss_create,
    .depth_stencil_release = pvg_vkdss_release,
    .function_create = pvg_vkfunction_create,
    .function_release = pvg_vkfunction_release,
    .render_pipeline_create = pvg_vkrender_pipeline_create,
    .compute_pipeline_create = pvg_vkcompute_pipeline_create,
    .compute_pipeline_info = pvg_vkcompute_pipeline_info,
    .pipeline_release = pvg_vkpipeline_release,
    .cmd_begin = pvg_vkcmd_begin,
    .cmd_submit = pvg_vkcmd_submit,
    .cmd_flush_wait = pvg_vkcmd_flush_wait,
    .after = pvg_vkcmd_after,
    .texture_load = pvg_vktexture_load,
    .texture_store = pvg_vktexture_store,
    .set_buffer = pvg_vkset_buffer,
    .set_buffer_offset = pvg_vkset_buffer_offset,
    .set_bytes = pvg_vkset_bytes,
    .set_texture = pvg_vkset_texture,
    .set_sampler = pvg_vkset_sampler,
    .pass_begin = pvg_vkpass_begin,
    .pass_end = pvg_vkpass_end,
    .set_render_pipeline = pvg_vkset_render_pipeline,
    .set_depth_stencil = pvg_vkset_depth_stencil,
    .set_viewports = pvg_vkset_viewports,
    .set_scissors = pvg_vkset_scissors,
    .set_cull_mode = pvg_vkset_cull_mode,
    .set_front_facing = pvg_vkset_front_facing,
    .set_fill_mode = pvg_vkset_fill_mode,
    .set_depth_clip_mode = pvg_vkset_depth_clip_mode,
    .set_depth_bias = pvg_vkset_depth_bias,
    .set_stencil_reference = pvg_vkset_stencil_reference,
    .set_blend_color = pvg_vkset_blend_color,
    .set_visibility = pvg_vkset_visibility,
    .draw = pvg_vkdraw,
    .set_tessellation_factors = pvg_vkset_tessellation_factors,
    .set_tessellation_scale = pvg_vkset_tessellation_scale,
    .draw_patches = pvg_vkdraw_patches,
    .set_views = pvg_vkset_views,
    .draw_mesh = pvg_vkdraw_mesh,
    .dispatch_tile = pvg_vkdispatch_tile,
    .set_tile_memory = pvg_vkset_tile_memory,
    .set_imageblock_size = pvg_vkset_imageblock_size,
    .compute_begin = pvg_vkcompute_begin,
    .compute_end = pvg_vkcompute_end,
    .set_compute_pipeline = pvg_vkset_compute_pipeline,
    .set_threadgroup_memory = pvg_vkset_threadgroup_memory,
    .set_stage_in_region = pvg_vkset_stage_in_region,
    .dispatch = pvg_vkdispatch,
    .dispatch_threads = pvg_vkdispatch_threads,
    .dispatch_indirect = pvg_vkdispatch_indirect,
    .barrier = pvg_vkencoder_barrier,
    .fill_buffer = pvg_vkblit_fill,
    .fill_pattern = pvg_vkblit_fill_pattern,
    .copy_buffer = pvg_vkblit_buffer,
    .copy_buffer_to_texture = pvg_vkblit_to_texture,
    .copy_texture_to_buffer = pvg_vkblit_to_buffer,
    .copy_texture = pvg_vkblit_texture,
    .generate_mipmaps = pvg_vkblit_mipmaps,
    .frame_capture = pvg_vkframe_capture,
    .frame_pixels = pvg_vkframe_pixels,
    .frame_release = pvg_vkframe_release,
    .pipeline_used = pvg_vkpipeline_used,
    .set_imports = pvg_vkset_imports,
    .pipeline_imports = pvg_vkpipeline_imports,
    .losses = losses,
    .passes_merged = pvg_vkmerge_count,
    .barriers = pvg_vktrack_barriers,
};

/** Zeros and scratch for robust accesses, cleared by the GPU so that any memory type will do. */
static bool make_guard(struct pvg_vk *vk, struct pvg_error *err)
{
    if (!pvg_vkmem_buffer(vk, 2ull * PVG_VK_GUARD_BYTES, PVG_VKMEM_DEVICE, &vk->guard_buffer, &vk->guard_mem, &vk->zero_address)) {
        pvg_error_set(err, "out of device memory");
        return false;
    }
    vk->scratch_address = vk->zero_address + PVG_VK_GUARD_BYTES;
    struct pvg_rcmd *cmd = pvg_vkcmd_begin(&vk->base);
    if (!cmd) {
        pvg_error_set(err, "cannot make a command buffer");
        return false;
    }
    /* Ahead of everything that will ever run: who reads it does not say so. */
    pvg_vkcmd_enter(cmd);
    vk->fn.CmdFillBuffer(cmd->cb, vk->guard_buffer, 0, VK_WHOLE_SIZE, 0);
    pvg_vkcmd_enter_all(cmd);
    bool ok = pvg_vkneutral_init(cmd);
    pvg_vkcmd_submit(cmd, (struct pvg_rcompletion){0});
    if (!ok)
        pvg_error_set(err, "out of memory");
    return ok;
}

/** The folder asked for; NULL: the user's, as the XDG base directory rules say; "": none. */
static char *cache_folder(const char *wanted)
{
    const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char path[PATH_MAX];
    int n;
    if (wanted)
        return *wanted ? strdup(wanted) : NULL;
    if (xdg && xdg[0] == '/')
        n = snprintf(path, sizeof(path), "%s/openpvg", xdg);
    else if (home && home[0] == '/')
        n = snprintf(path, sizeof(path), "%s/.cache/openpvg", home);
    else
        return NULL;
    return n > 0 && (size_t)n < sizeof(path) ? strdup(path) : NULL;
}

struct pvg_render *pvg_vulkan_create(const struct pvg_render_config *config, struct pvg_error *err)
{
    struct pvg_vk *vk = calloc(1, sizeof(*vk));
    if (!vk) {
        pvg_error_set(err, "out of memory");
        return NULL;
    }
    vk->base.ops = &ops;
    pvg_census_renderer("vulkan");
    vk->log = config->log;
    vk->ram_dirty = config->ram_dirty;
    vk->opaque = config->opaque;
    atomic_store(&vk->refs, 1);
    vk->cache_dir = cache_folder(config->cache_dir);
    pvg_vkshader_cache_open(vk);
    if (!pvg_vkdevice_open(vk, config->gpu, err)) {
        pvg_vk_unref(vk);
        return NULL;
    }
    pvg_vkmerge_init(vk);
    pvg_vktrack_init(vk);
    pvg_vkram_init(vk);
    if (!pvg_vkframes_init(vk) || !pvg_vksync_init(vk, err) || !pvg_vkheap_init(vk, err) || !pvg_vksamplers_init(vk) ||
        !pvg_vkcompiler_init(vk, err) || !make_guard(vk, err)) {
        destroy(&vk->base);
        return NULL;
    }
    pvg_info(vk->log, "vulkan: %s, %llu MiB, %s memory, host import %s%s", vk->caps.name,
             (unsigned long long)(vk->caps.memory_bytes >> 20), vk->mem.unified ? "unified" : "discrete",
             vk->feat.host_import ? "on" : "off", vk->messenger ? ", validation layer loaded" : "");
    return &vk->base;
}
