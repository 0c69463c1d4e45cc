/* SPDX-License-Identifier: MIT */
/**
 * @file Draws. Per draw: comparisons, what changed, the command. No allocation, no hashing (spec 06 section 15.6).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vulkan/cmd.h"
#include "vulkan/visibility.h"

struct pvg_rdss {
    bool depth_test, depth_write, stencil_test;
    VkCompareOp depth_compare;
    struct {
        VkStencilOp fail, pass, depth_fail;
        VkCompareOp compare;
        uint32_t read_mask, write_mask;
    } face[2];
};

static void dss_destroy(struct pvg_vk *vk, void *arg)
{
    free(arg);
}

static bool face_trivial(const struct pvg_w_stencil_face *f)
{
    return f->compare == 7 && f->stencil_fail == 0 && f->depth_fail == 0 && f->pass == 0;
}

struct pvg_rdss *pvg_vkdss_create(struct pvg_render *r, const struct pvg_w_depth_stencil *d)
{
    struct pvg_rdss *s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    const struct pvg_w_stencil_face *faces[2] = {&d->front, &d->back};
    bool ok = pvg_vkenum_compare(d->depth_compare, &s->depth_compare);
    s->depth_write = d->depth_write;
    s->depth_test = d->depth_compare != 7 || d->depth_write;
    s->stencil_test = !face_trivial(&d->front) || !face_trivial(&d->back);
    for (int i = 0; i < 2; i++) {
        ok = ok && pvg_vkenum_compare(faces[i]->compare, &s->face[i].compare) &&
             pvg_vkenum_stencil_op(faces[i]->stencil_fail, &s->face[i].fail) &&
             pvg_vkenum_stencil_op(faces[i]->depth_fail, &s->face[i].depth_fail) &&
             pvg_vkenum_stencil_op(faces[i]->pass, &s->face[i].pass);
        s->face[i].read_mask = faces[i]->read_mask;
        s->face[i].write_mask = faces[i]->write_mask;
    }
    if (!ok) {
        pvg_warn_limited(pvg_vk_of(r)->log, "vulkan: depth-stencil state %u refused: unknown compare function or operation",
                         d->ref);
        free(s);
        return NULL;
    }
    return s;
}

void pvg_vkdss_release(struct pvg_render *r, struct pvg_rdss *s)
{
    if (s)
        pvg_vktrash_add(pvg_vk_of(r), dss_destroy, s);
}

/* ---- State
 * -------------------------------------------------------------------------------------------------------------------------- */

void pvg_vkrender_reset(struct pvg_rcmd *cmd)
{
    struct pvg_vkrender_state *s = &cmd->render;
    struct pvg_vkpass *pass = &cmd->pass;
    pvg_vkimport_reset(cmd);
    /* Metal's defaults at the start of an encoder (spec 06 section 10.2). */
    *s = (struct pvg_vkrender_state){
        .dirty = PVG_VKDIRTY_ALL,
        .viewport_count = 1,
        .scissor_count = 1,
        .cull = VK_CULL_MODE_NONE,
        .front = VK_FRONT_FACE_CLOCKWISE,
        .fill = VK_POLYGON_MODE_FILL,
        .topology = VK_PRIMITIVE_TOPOLOGY_MAX_ENUM,
        .restart = -1,
        .push = {UINT64_MAX, UINT64_MAX},
        .tess.scale = 1,
    };
    s->viewports[0] = (VkViewport){0, (float)pass->height, (float)pass->width, -(float)pass->height, 0, 1};
    s->scissors[0] = (VkRect2D){{0, 0}, {pass->width, pass->height}};
}

void pvg_vkcmd_reattach(struct pvg_rcmd *cmd)
{
    struct pvg_vkrender_state *s = &cmd->render;
    for (int i = 0; i < PVG_RSTAGE_COUNT; i++) {
        cmd->stages[i].table_shader = NULL;
        cmd->stages[i].table = 0;
    }
    pvg_vkimport_moved(cmd); /* Made in the ring as the tables are. */
    s->dirty = PVG_VKDIRTY_ALL;
    s->bound = VK_NULL_HANDLE;
    s->topology = VK_PRIMITIVE_TOPOLOGY_MAX_ENUM;
    s->restart = -1;
    s->index_buffer = VK_NULL_HANDLE;
    s->push[0] = s->push[1] = UINT64_MAX;
    s->vertex_sent = 0;
    cmd->compute.bound = VK_NULL_HANDLE;
    /* The set belongs to the submission it was made for. */
    cmd->pass.inputs = VK_NULL_HANDLE;
    cmd->pass.inputs_bound = false;
}

void pvg_vkset_render_pipeline(struct pvg_rcmd *cmd, struct pvg_rpipe *p)
{
    struct pvg_vkrender_state *s = &cmd->render;
    if (s->pipe == p)
        return;
    s->pipe = p && !p->compute ? p : NULL;
    s->variant = NULL;
}

void pvg_vkset_depth_stencil(struct pvg_rcmd *cmd, struct pvg_rdss *d)
{
    if (cmd->render.dss == d)
        return;
    cmd->render.dss = d;
    cmd->render.dirty |= PVG_VKDIRTY_DEPTH;
}

static bool viewport_usable(const struct pvg_vk *vk, const struct pvg_rviewport *v)
{
    const float *bounds = vk->limits.viewportBoundsRange;
    bool finite =
        isfinite(v->x) && isfinite(v->y) && isfinite(v->width) && isfinite(v->height) && isfinite(v->znear) && isfinite(v->zfar);
    return finite && v->width > 0 && v->height > 0 && v->width <= (float)vk->limits.maxViewportDimensions[0] &&
           v->height <= (float)vk->limits.maxViewportDimensions[1] && v->x >= bounds[0] && v->y >= bounds[0] &&
           v->x + v->width <= bounds[1] && v->y + v->height <= bounds[1];
}

static float clamp01(float v)
{
    return v < 0 ? 0 : v > 1 ? 1 : v;
}

void pvg_vkset_viewports(struct pvg_rcmd *cmd, uint32_t count, const struct pvg_rviewport *vp)
{
    struct pvg_vk *vk = cmd->vk;
    struct pvg_vkrender_state *s = &cmd->render;
    uint32_t limit = vk->limits.maxViewports < PVG_VK_MAX_VIEWPORTS ? vk->limits.maxViewports : PVG_VK_MAX_VIEWPORTS;
    if (count == 0 || count > limit) {
        pvg_warn_limited(vk->log, "vulkan: %u viewports refused", count);
        return;
    }
    s->no_area = false;
    s->viewport_count = count;
    for (uint32_t i = 0; i < count; i++) {
        const struct pvg_rviewport *v = &vp[i];
        if (!viewport_usable(vk, v)) {
            s->no_area = true;
            s->viewports[i] = (VkViewport){0, 1, 1, -1, 0, 1};
            continue;
        }
        /* Metal's clip space has y up (spec 08 section C.3). */
        s->viewports[i] = (VkViewport){v->x, v->y + v->height, v->width, -v->height, clamp01(v->znear), clamp01(v->zfar)};
    }
    s->dirty |= PVG_VKDIRTY_VIEWPORT;
}

void pvg_vkset_scissors(struct pvg_rcmd *cmd, uint32_t count, const struct pvg_rscissor *sc)
{
    struct pvg_vk *vk = cmd->vk;
    struct pvg_vkrender_state *s = &cmd->render;
    uint32_t limit = vk->limits.maxViewports < PVG_VK_MAX_VIEWPORTS ? vk->limits.maxViewports : PVG_VK_MAX_VIEWPORTS;
    if (count == 0 || count > limit) {
        pvg_warn_limited(vk->log, "vulkan: %u scissor rectangles refused", count);
        return;
    }
    s->scissor_count = count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t x = sc[i].x < cmd->pass.width ? sc[i].x : cmd->pass.width;
        uint32_t y = sc[i].y < cmd->pass.height ? sc[i].y : cmd->pass.height;
        uint32_t w = sc[i].width < cmd->pass.width - x ? sc[i].width : cmd->pass.width - x;
        uint32_t h = sc[i].height < cmd->pass.height - y ? sc[i].height : cmd->pass.height - y;
        s->scissors[i] = (VkRect2D){{(int32_t)x, (int32_t)y}, {w, h}};
    }
    s->dirty |= PVG_VKDIRTY_SCISSOR;
}

void pvg_vkset_cull_mode(struct pvg_rcmd *cmd, uint32_t mode)
{
    static const VkCullModeFlags map[] = {VK_CULL_MODE_NONE, VK_CULL_MODE_FRONT_BIT, VK_CULL_MODE_BACK_BIT};
    if (mode > 2) {
        pvg_warn_limited(cmd->vk->log, "vulkan: cull mode %u ignored", mode);
        return;
    }
    cmd->render.cull = map[mode];
    cmd->render.dirty |= PVG_VKDIRTY_RASTER;
}

void pvg_vkset_front_facing(struct pvg_rcmd *cmd, uint32_t winding)
{
    if (winding > 1) {
        pvg_warn_limited(cmd->vk->log, "vulkan: winding %u ignored", winding);
        return;
    }
    /* The flipped viewport keeps Metal's apparent winding. */
    cmd->render.front = winding ? VK_FRONT_FACE_COUNTER_CLOCKWISE : VK_FRONT_FACE_CLOCKWISE;
    cmd->render.dirty |= PVG_VKDIRTY_RASTER;
}

void pvg_vkset_fill_mode(struct pvg_rcmd *cmd, uint32_t mode)
{
    if (mode > 1 || (mode == 1 && !cmd->vk->feat.core.fillModeNonSolid)) {
        pvg_warn_limited(cmd->vk->log, "vulkan: fill mode %u ignored", mode);
        return;
    }
    VkPolygonMode fill = mode ? VK_POLYGON_MODE_LINE : VK_POLYGON_MODE_FILL;
    if (cmd->render.fill == fill)
        return;
    cmd->render.fill = fill;
    cmd->render.dirty |= PVG_VKDIRTY_FILL;
    if (!cmd->vk->feat.dynamic_polygon_mode)
        cmd->render.variant = NULL;
}

void pvg_vkset_depth_clip_mode(struct pvg_rcmd *cmd, uint32_t mode)
{
    if (mode > 1 || (mode == 1 && !cmd->vk->feat.core.depthClamp)) {
        pvg_warn_limited(cmd->vk->log, "vulkan: depth clip mode %u ignored", mode);
        return;
    }
    if (cmd->render.clamp == mode)
        return;
    cmd->render.clamp = mode;
    cmd->render.dirty |= PVG_VKDIRTY_CLAMP;
    if (!cmd->vk->feat.dynamic_depth_clamp)
        cmd->render.variant = NULL;
}

void pvg_vkset_depth_bias(struct pvg_rcmd *cmd, float bias, float slope, float clamp)
{
    struct pvg_vkrender_state *s = &cmd->render;
    if (clamp != 0 && !cmd->vk->feat.core.depthBiasClamp) {
        pvg_warn_limited(cmd->vk->log, "vulkan: depth bias clamp ignored");
        clamp = 0;
    }
    s->bias[0] = isfinite(bias) ? bias : 0;
    s->bias[1] = isfinite(clamp) ? clamp : 0;
    s->bias[2] = isfinite(slope) ? slope : 0;
    s->dirty |= PVG_VKDIRTY_BIAS;
}

void pvg_vkset_stencil_reference(struct pvg_rcmd *cmd, uint32_t front, uint32_t back)
{
    cmd->render.reference[0] = front;
    cmd->render.reference[1] = back;
    cmd->render.dirty |= PVG_VKDIRTY_REFERENCE;
}

void pvg_vkset_blend_color(struct pvg_rcmd *cmd, const float rgba[4])
{
    memcpy(cmd->render.blend, rgba, sizeof(cmd->render.blend));
    cmd->render.dirty |= PVG_VKDIRTY_BLEND;
}

void pvg_vkset_views(struct pvg_rcmd *cmd, uint32_t count, const struct pvg_rview_offset *views)
{
    struct pvg_vkrender_state *s = &cmd->render;
    bool amplified = count > 1 || views[0].viewport || views[0].target;
    if (count > PVG_RVIEWS_MAX)
        return;
    if (amplified != (s->view_count != 0))
        s->variant = NULL;
    s->view_count = amplified ? count : 0;
    memcpy(s->views, views, count * sizeof(*views));
}

bool pvg_vkdraw_view(struct pvg_rcmd *cmd, uint32_t i)
{
    const struct pvg_vkrender_state *s = &cmd->render;
    if (!s->view_count)
        return i == 0;
    if (i >= s->view_count)
        return false;
    const uint32_t push[4] = {i, s->view_count, s->views[i].viewport, s->views[i].target};
    cmd->vk->fn.CmdPushConstants(cmd->cb, cmd->vk->heap.layouts[0], VK_SHADER_STAGE_ALL, PVG_AIR_PUSH_VIEW, sizeof(push), push);
    return true;
}

/* ---- Sending state
 * ---------------------------------------------------------------------------------------------------------------------- */

/** Vulkan wants equal counts: missing slots repeat the last viewport and cover the target (spec 06 section 15.7, D13). */
static void send_viewports(struct pvg_rcmd *cmd)
{
    struct pvg_vk *vk = cmd->vk;
    struct pvg_vkrender_state *s = &cmd->render;
    uint32_t count = s->viewport_count > s->scissor_count ? s->viewport_count : s->scissor_count;
    for (uint32_t i = s->viewport_count; i < count; i++)
        s->viewports[i] = s->viewports[s->viewport_count - 1];
    for (uint32_t i = s->scissor_count; i < count; i++)
        s->scissors[i] = (VkRect2D){{0, 0}, {cmd->pass.width, cmd->pass.height}};
    vk->fn.CmdSetViewportWithCount(cmd->cb, count, s->viewports);
    vk->fn.CmdSetScissorWithCount(cmd->cb, count, s->scissors);
}

static void send_depth(struct pvg_rcmd *cmd)
{
    struct pvg_vk *vk = cmd->vk;
    static const struct pvg_rdss none = {.depth_compare = VK_COMPARE_OP_ALWAYS};
    const struct pvg_rdss *d = cmd->render.dss ? cmd->render.dss : &none;
    bool depth = cmd->pass.signature.depth, stencil = cmd->pass.signature.stencil;
    bool test = depth && d->depth_test, stencil_test = stencil && d->stencil_test;
    vk->fn.CmdSetDepthTestEnable(cmd->cb, test);
    vk->fn.CmdSetDepthWriteEnable(cmd->cb, test && d->depth_write);
    vk->fn.CmdSetDepthCompareOp(cmd->cb, d->depth_compare);
    vk->fn.CmdSetStencilTestEnable(cmd->cb, stencil_test);
    for (int i = 0; i < 2; i++) {
        VkStencilFaceFlags face = i ? VK_STENCIL_FACE_BACK_BIT : VK_STENCIL_FACE_FRONT_BIT;
        vk->fn.CmdSetStencilOp(cmd->cb, face, d->face[i].fail, d->face[i].pass, d->face[i].depth_fail, d->face[i].compare);
        vk->fn.CmdSetStencilCompareMask(cmd->cb, face, d->face[i].read_mask);
        vk->fn.CmdSetStencilWriteMask(cmd->cb, face, d->face[i].write_mask);
    }
}

static void send_state(struct pvg_rcmd *cmd)
{
    struct pvg_vk *vk = cmd->vk;
    struct pvg_vkrender_state *s = &cmd->render;
    uint32_t dirty = s->dirty;
    s->dirty = 0;
    if (dirty & (PVG_VKDIRTY_VIEWPORT | PVG_VKDIRTY_SCISSOR))
        send_viewports(cmd);
    if (dirty & PVG_VKDIRTY_RASTER) {
        vk->fn.CmdSetCullMode(cmd->cb, s->cull);
        vk->fn.CmdSetFrontFace(cmd->cb, s->front);
    }
    if ((dirty & PVG_VKDIRTY_FILL) && vk->feat.dynamic_polygon_mode)
        vk->fn.CmdSetPolygonModeEXT(cmd->cb, s->fill);
    if ((dirty & PVG_VKDIRTY_CLAMP) && vk->feat.dynamic_depth_clamp)
        vk->fn.CmdSetDepthClampEnableEXT(cmd->cb, s->clamp);
    if (dirty & PVG_VKDIRTY_BIAS) {
        vk->fn.CmdSetDepthBiasEnable(cmd->cb, s->bias[0] != 0 || s->bias[2] != 0);
        vk->fn.CmdSetDepthBias(cmd->cb, s->bias[0], s->bias[1], s->bias[2]);
    }
    if (dirty & PVG_VKDIRTY_DEPTH)
        send_depth(cmd);
    if (dirty & PVG_VKDIRTY_REFERENCE) {
        vk->fn.CmdSetStencilReference(cmd->cb, VK_STENCIL_FACE_FRONT_BIT, s->reference[0]);
        vk->fn.CmdSetStencilReference(cmd->cb, VK_STENCIL_FACE_BACK_BIT, s->reference[1]);
    }
    if (dirty & PVG_VKDIRTY_BLEND)
        vk->fn.CmdSetBlendConstants(cmd->cb, s->blend);
}

static uint8_t topology_class(VkPrimitiveTopology t)
{
    return t == VK_PRIMITIVE_TOPOLOGY_POINT_LIST   ? PVG_VKTOPOLOGY_POINTS
           : t <= VK_PRIMITIVE_TOPOLOGY_LINE_STRIP ? PVG_VKTOPOLOGY_LINES
           : t < VK_PRIMITIVE_TOPOLOGY_PATCH_LIST  ? PVG_VKTOPOLOGY_TRIANGLES
           : t == VK_PRIMITIVE_TOPOLOGY_PATCH_LIST ? PVG_VKTOPOLOGY_PATCHES
                                                   : PVG_VKTOPOLOGY_MESH;
}

static bool writes(const struct pvg_vkvariant *v)
{
    return v->first->writes || (v->fragment && v->fragment->writes) || (v->object && v->object->writes);
}

static bool scales(const struct pvg_vkstage *stage, const struct pvg_vkshader *shader)
{
    return shader && stage->pixel_samplers & shader->scaling_samplers;
}

/** Functions of the pipeline that sample at coordinates in texels: enum pvg_vkpixels bits. */
static uint8_t pixel_functions(const struct pvg_rcmd *cmd)
{
    struct pvg_rpipe *p = cmd->render.pipe;
    bool mesh = p->render_desc.mesh;
    const struct pvg_vkstage *object = &cmd->stages[PVG_RSTAGE_OBJECT], *fragment = &cmd->stages[PVG_RSTAGE_FRAGMENT],
                             *first = &cmd->stages[mesh ? PVG_RSTAGE_MESH : PVG_RSTAGE_VERTEX];
    if (!(first->pixel_samplers | fragment->pixel_samplers | object->pixel_samplers) || !pvg_vkpipeline_ready(p))
        return 0;
    return (uint8_t)((scales(first, p->first) ? PVG_VKPIXELS_FIRST : 0) |
                     (scales(fragment, p->fragments[0]) ? PVG_VKPIXELS_FRAGMENT : 0) |
                     (scales(object, p->object) ? PVG_VKPIXELS_OBJECT : 0));
}

/** The variant for pass and state; binds it. */
static bool send_pipeline(struct pvg_rcmd *cmd, VkPrimitiveTopology topology)
{
    struct pvg_vk *vk = cmd->vk;
    struct pvg_vkrender_state *s = &cmd->render;
    struct pvg_vksignature *sig = &cmd->pass.signature;
    uint8_t class = topology_class(topology);
    if (!s->variant || sig->topology != class) {
        sig->topology = class;
        sig->amplified = s->view_count != 0;
        sig->pixels = pixel_functions(cmd);
        sig->polygon = vk->feat.dynamic_polygon_mode ? VK_POLYGON_MODE_FILL : (uint8_t)s->fill;
        sig->clamp = vk->feat.dynamic_depth_clamp ? 0 : s->clamp;
        struct pvg_vkvariant *v = pvg_vkpipeline_variant(s->pipe, sig);
        if (!v)
            return false;
        if (s->fetch != &s->pipe->fetch)
            s->vertex_sent = 0;
        s->fetch = &s->pipe->fetch;
        s->variant = v;
    }
    if (s->bound == s->variant->pipeline)
        return true;
    if (writes(s->variant))
        pvg_vkpass_writes(cmd);
    if (!cmd->heap_bound[0]) {
        vk->fn.CmdBindDescriptorSets(cmd->cb, VK_PIPELINE_BIND_POINT_GRAPHICS, vk->heap.layouts[0], 0, 1, &vk->heap.set, 0, NULL);
        cmd->heap_bound[0] = true;
    }
    vk->fn.CmdBindPipeline(cmd->cb, VK_PIPELINE_BIND_POINT_GRAPHICS, s->variant->pipeline);
    if (sig->locations) {
        const VkSampleLocationsInfoEXT info = {
            .sType = VK_STRUCTURE_TYPE_SAMPLE_LOCATIONS_INFO_EXT,
            .sampleLocationsPerPixel = (VkSampleCountFlagBits)sig->samples,
            .sampleLocationGridSize = {1, 1},
            .sampleLocationsCount = sig->samples,
            .pSampleLocations = cmd->pass.locations,
        };
        vk->fn.CmdSetSampleLocationsEXT(cmd->cb, &info);
    }
    s->bound = s->variant->pipeline;
    return true;
}

/** Vertex buffers of fixed-function fetch that changed. */
static bool send_vertices(struct pvg_rcmd *cmd)
{
    struct pvg_vk *vk = cmd->vk;
    struct pvg_vkrender_state *s = &cmd->render;
    const struct pvg_vkfetch *f = s->fetch;
    for (uint32_t left = f->fixed & ~s->vertex_sent; left; left &= left - 1) {
        uint32_t slot = (uint32_t)__builtin_ctz(left);
        const struct pvg_vkbound *b = &cmd->stages[PVG_RSTAGE_VERTEX].buffers[slot];
        VkBuffer buffer = vk->guard_buffer;
        VkDeviceSize offset = 0, size = PVG_VK_GUARD_BYTES, stride = f->stride[slot];
        if (b->broken || (b->place && !pvg_vkuse_place(cmd, b->place, false))) {
            pvg_warn_limited(vk->log, "vulkan: vertex buffer %u cannot be used; draw refused", slot);
            return false;
        }
        if (b->place)
            pvg_vktouch_place(cmd, b->place, PVG_VKUSE_VERTEX);
        if (b->stride != PVG_VK_STRIDE_KEEP && b->address && !(f->constant & (1u << slot)))
            stride = b->stride;
        if (b->address) {
            buffer = b->handle;
            offset = b->handle_offset;
            size = b->size;
        } else {
            stride = 0; /* Nothing bound: every element is zeros. */
        }
        if (stride > vk->limits.maxVertexInputBindingStride || (stride && stride < f->extent[slot])) {
            pvg_warn_limited(vk->log, "vulkan: vertex stride %llu refused", (unsigned long long)stride);
            return false;
        }
        vk->fn.CmdBindVertexBuffers2(cmd->cb, f->binding_of[slot], 1, &buffer, &offset, &size, &stride);
        s->vertex_sent |= 1u << slot;
    }
    return true;
}

static bool send_tables(struct pvg_rcmd *cmd)
{
    struct pvg_vk *vk = cmd->vk;
    struct pvg_vkrender_state *s = &cmd->render;
    struct pvg_vkstage *vs = &cmd->stages[PVG_RSTAGE_VERTEX], *fs = &cmd->stages[PVG_RSTAGE_FRAGMENT];
    if (!pvg_vktable_update(cmd, vs, s->variant->first, s->fetch))
        return false;
    if (s->variant->fragment && !pvg_vktable_update(cmd, fs, s->variant->fragment, s->fetch))
        return false;
    uint64_t push[2] = {vs->table, fs->table};
    if (push[0] != s->push[0] || push[1] != s->push[1]) {
        vk->fn.CmdPushConstants(cmd->cb, vk->heap.layouts[0], VK_SHADER_STAGE_ALL, 0, sizeof(push), push);
        memcpy(s->push, push, sizeof(push));
    }
    return true;
}

static bool send_indices(struct pvg_rcmd *cmd, const struct pvg_rdraw *d)
{
    struct pvg_vkrender_state *s = &cmd->render;
    struct pvg_vkplace *p = d->index_buffer->place;
    uint64_t unit = d->index_type ? 4 : 2;
    if (d->index_type > 1 || d->index_offset % unit || d->index_offset >= p->size || (p->base + d->index_offset) % unit) {
        pvg_warn_limited(cmd->vk->log, "vulkan: index type %u at offset %llu refused", d->index_type,
                         (unsigned long long)d->index_offset);
        return false;
    }
    if (!pvg_vkuse_place(cmd, p, false))
        return false;
    pvg_vktouch_place(cmd, p, PVG_VKUSE_INDEX);
    uint64_t offset = p->base + d->index_offset;
    if (s->index_buffer == p->buffer && s->index_offset == offset && s->index_type == d->index_type)
        return true;
    cmd->vk->fn.CmdBindIndexBuffer(cmd->cb, p->buffer, offset, d->index_type ? VK_INDEX_TYPE_UINT32 : VK_INDEX_TYPE_UINT16);
    s->index_buffer = p->buffer;
    s->index_offset = offset;
    s->index_type = d->index_type;
    return true;
}

static void send_topology(struct pvg_rcmd *cmd, VkPrimitiveTopology topology, bool indexed)
{
    struct pvg_vkrender_state *s = &cmd->render;
    bool strip = topology == VK_PRIMITIVE_TOPOLOGY_LINE_STRIP || topology == VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP;
    int restart = indexed && strip;
    if (s->topology != topology)
        cmd->vk->fn.CmdSetPrimitiveTopology(cmd->cb, topology);
    if (s->restart != restart)
        cmd->vk->fn.CmdSetPrimitiveRestartEnable(cmd->cb, restart ? VK_TRUE : VK_FALSE);
    s->topology = topology;
    s->restart = restart;
}

static bool check_indirect(struct pvg_rcmd *cmd, const struct pvg_rdraw *d)
{
    struct pvg_vkplace *p = d->indirect_buffer->place;
    uint64_t size = d->index_buffer ? sizeof(VkDrawIndexedIndirectCommand) : sizeof(VkDrawIndirectCommand), end;
    if ((p->base + d->indirect_offset) % 4 || __builtin_add_overflow(d->indirect_offset, size, &end) || end > p->size) {
        pvg_warn_limited(cmd->vk->log, "vulkan: indirect arguments at %llu refused", (unsigned long long)d->indirect_offset);
        return false;
    }
    if (!pvg_vkuse_place(cmd, p, false))
        return false;
    pvg_vktouch_place(cmd, p, PVG_VKUSE_INDIRECT);
    return true;
}

static void record(struct pvg_rcmd *cmd, const struct pvg_rdraw *d)
{
    const struct pvg_vkfn *fn = &cmd->vk->fn;
    if (d->indirect_buffer) {
        const struct pvg_vkplace *p = d->indirect_buffer->place;
        if (d->index_buffer)
            fn->CmdDrawIndexedIndirect(cmd->cb, p->buffer, p->base + d->indirect_offset, 1, 0);
        else
            fn->CmdDrawIndirect(cmd->cb, p->buffer, p->base + d->indirect_offset, 1, 0);
    } else if (d->index_buffer) {
        fn->CmdDrawIndexed(cmd->cb, d->count, d->instance_count, 0, d->base_vertex, d->base_instance);
    } else {
        fn->CmdDraw(cmd->cb, d->count, d->instance_count, d->vertex_start, d->base_instance);
    }
}

static bool prepare(struct pvg_rcmd *cmd, VkPrimitiveTopology topology)
{
    return send_pipeline(cmd, topology) && send_vertices(cmd) && send_tables(cmd);
}

static bool final_state(struct pvg_rcmd *cmd, VkPrimitiveTopology topology, bool indexed)
{
    struct pvg_vkrender_state *s = &cmd->render;
    if (s->dirty)
        send_state(cmd);
    if (topology != VK_PRIMITIVE_TOPOLOGY_MAX_ENUM)
        send_topology(cmd, topology, indexed);
    uint32_t inputs = s->variant->fragment ? s->variant->fragment->air->reflection.input_attachment_mask : 0;
    if (inputs && !pvg_vkpass_inputs(cmd, inputs))
        return false;
    return !cmd->pass.vis_mode || pvg_vkquery_begin(cmd);
}

bool pvg_vkdraw_pipeline(struct pvg_rcmd *cmd, VkPrimitiveTopology topology)
{
    return send_pipeline(cmd, topology);
}

bool pvg_vkdraw_prepare(struct pvg_rcmd *cmd, VkPrimitiveTopology topology)
{
    return prepare(cmd, topology);
}

bool pvg_vkdraw_state(struct pvg_rcmd *cmd, VkPrimitiveTopology topology, bool indexed)
{
    return final_state(cmd, topology, indexed);
}

bool pvg_vkdraw(struct pvg_rcmd *cmd, const struct pvg_rdraw *d)
{
    struct pvg_vkrender_state *s = &cmd->render;
    VkPrimitiveTopology topology;
    if (cmd->encoder != PVG_VKENC_RENDER || cmd->pass.refused || !s->pipe)
        return false;
    if (!pvg_vkenum_topology(d->primitive, &topology)) {
        pvg_warn_limited(cmd->vk->log, "vulkan: primitive type %u refused", d->primitive);
        return false;
    }
    if (s->no_area || (!d->indirect_buffer && (d->count == 0 || d->instance_count == 0)))
        return true;
    if (!prepare(cmd, topology))
        return false;
    if (d->index_buffer && !send_indices(cmd, d))
        return false;
    if (d->indirect_buffer && !check_indirect(cmd, d))
        return false;
    if (!final_state(cmd, topology, d->index_buffer))
        return false;
    if (!s->view_count)
        record(cmd, d);
    for (uint32_t i = 0; i < s->view_count && pvg_vkdraw_view(cmd, i); i++)
        record(cmd, d);
    return true;
}
