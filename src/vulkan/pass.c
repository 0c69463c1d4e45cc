/* SPDX-License-Identifier: MIT */
/**
 * @file Render passes with dynamic rendering (spec 06 sections 10.3 and 15.7).
 *
 * Every attachment is stored, whatever the guest's store action says: a pass may have to be split after it has begun, and on the
 * devices this renderer targets a store that nobody needs costs nothing.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vulkan/cmd.h"
#include "vulkan/visibility.h"

enum { LOAD_DONT_CARE, LOAD_LOAD, LOAD_CLEAR };
enum { STORE_RESOLVE = 2, STORE_AND_RESOLVE = 3 };
enum { SLOT_DEPTH = 8, SLOT_STENCIL = 9 };

static bool refuse(struct pvg_rcmd *cmd, uint32_t slot, const char *reason)
{
    static const char *const names[] = {"colour 0", "colour 1", "colour 2", "colour 3", "colour 4",
                                        "colour 5", "colour 6", "colour 7", "depth",    "stencil"};
    pvg_warn_limited(cmd->vk->log, "vulkan: %s attachment refused: %s; the draws of the pass have no effect", names[slot], reason);
    cmd->pass.refused = true;
    return false;
}

/** Depth plane of a 3D texture or slice of another. */
static uint32_t layer_of(const struct pvg_rtex *t, uint32_t slice, uint32_t plane)
{
    return pvg_vktexture_is_3d(t) ? plane : slice;
}

/** @return NULL or why the texture cannot be a target. */
static const char *check_target(const struct pvg_rtex *t, uint32_t level, uint32_t slice, uint32_t plane, uint32_t layers,
                                VkImageUsageFlags usage)
{
    if (!t->image)
        return "texture buffers cannot be rendered to";
    if (!(t->image->usage & usage))
        return "format or usage does not allow rendering";
    if (!t->identity)
        return "view with a swizzle";
    if (level >= t->levels)
        return "level out of range";
    bool is_3d = pvg_vktexture_is_3d(t);
    uint32_t available = is_3d ? pvg_vktexture_extent(t, level).depth : t->layers;
    if ((uint64_t)layer_of(t, slice, plane) + layers > available || (is_3d ? slice : plane) != 0)
        return "slice or plane out of range";
    return NULL;
}

static VkAttachmentLoadOp load_op(struct pvg_rcmd *cmd, uint8_t action)
{
    switch (action) {
    case LOAD_LOAD:
        return VK_ATTACHMENT_LOAD_OP_LOAD;
    case LOAD_CLEAR:
        return VK_ATTACHMENT_LOAD_OP_CLEAR;
    case LOAD_DONT_CARE:
        return VK_ATTACHMENT_LOAD_OP_DONT_CARE;
    default:
        pvg_warn_limited(cmd->vk->log, "vulkan: load action %u taken as DontCare", action);
        return VK_ATTACHMENT_LOAD_OP_DONT_CARE;
    }
}

static int64_t clamp_to_integer(double v, int64_t low, int64_t high)
{
    if (!(v > (double)low))
        return v == v ? low : (low > 0 ? low : 0);
    return v >= (double)high ? high : (int64_t)v;
}

/** Clear colour in the attachment's terms (spec 08 section C.2). */
static VkClearValue clear_color(const struct pvg_rtex *t, const double c[4])
{
    VkClearValue v = {0};
    uint32_t bits = t->format->bytes * 8u;
    for (int i = 0; i < 4; i++) {
        if (t->cls == PVG_VKCLASS_FLOAT) {
            v.color.float32[i] = isnan(c[i]) ? 0 : (float)c[i];
        } else {
            /* Bits of one component: the 10-10-10-2 format is the only one with unequal ones, and its clamp is the hardware's. */
            uint32_t width = t->mtl_format == 91 ? (i == 3 ? 2 : 10) : bits >= 64 ? bits / (bits == 64 ? 2 : 4) : bits;
            if (width > 32)
                width = 32;
            if (t->cls == PVG_VKCLASS_UINT)
                v.color.uint32[i] = (uint32_t)clamp_to_integer(c[i], 0, (int64_t)((1ull << width) - 1));
            else
                v.color.int32[i] =
                    (int32_t)clamp_to_integer(c[i], -(int64_t)(1ull << (width - 1)), (int64_t)(1ull << (width - 1)) - 1);
        }
    }
    if (t->format->order == PVG_VKORDER_ALPHA_IN_RED)
        v.color.float32[0] = v.color.float32[3];
    if (t->format->order == PVG_VKORDER_OPAQUE)
        v.color.float32[3] = 1;
    return v;
}

/** Shrink the render area to what the level has. */
static void limit_area(struct pvg_vkpass *pass, const struct pvg_rtex *t, uint32_t level)
{
    VkExtent3D e = pvg_vktexture_extent(t, level);
    if (!pass->width || e.width < pass->width)
        pass->width = e.width;
    if (!pass->height || e.height < pass->height)
        pass->height = e.height;
}

/** Resolve target of a multisampled attachment. */
static void add_resolve(struct pvg_rcmd *cmd, uint32_t slot, const struct pvg_rattachment *a, VkResolveModeFlagBits mode,
                        VkRenderingAttachmentInfo *info)
{
    struct pvg_vk *vk = cmd->vk;
    if (a->store_action != STORE_RESOLVE && a->store_action != STORE_AND_RESOLVE)
        return;
    VkImageUsageFlags usage =
        slot >= SLOT_DEPTH ? VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT : VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT;
    if (!a->resolve || a->texture->image->samples == VK_SAMPLE_COUNT_1_BIT) {
        pvg_warn_limited(vk->log, "vulkan: resolve of slot %u without a multisampled texture and a resolve texture ignored", slot);
        return;
    }
    uint32_t layers = cmd->pass.info.layerCount;
    const char *reason = check_target(a->resolve, a->resolve_level, a->resolve_slice, a->resolve_depth_plane, layers, usage);
    if (!reason && (a->resolve->vk_format != a->texture->vk_format || a->resolve->image->samples != VK_SAMPLE_COUNT_1_BIT))
        reason = "resolve texture of another format or multisampled";
    VkImageView view = VK_NULL_HANDLE;
    if (!reason) {
        view = pvg_vktexture_attachment(a->resolve, a->resolve_level,
                                        layer_of(a->resolve, a->resolve_slice, a->resolve_depth_plane), layers);
        limit_area(&cmd->pass, a->resolve, a->resolve_level);
    }
    if (!view) {
        refuse(cmd, slot, reason ? reason : "out of resources");
        return;
    }
    pvg_vkuse_image(cmd, a->resolve->image);
    cmd->pass.resolves[slot] = a->resolve->image;
    info->resolveMode = mode;
    info->resolveImageView = view;
    info->resolveImageLayout = VK_IMAGE_LAYOUT_GENERAL;
}

/** Fill the attachment info of a slot. @return false when the slot is empty or refused. */
static bool add_attachment(struct pvg_rcmd *cmd, uint32_t slot, const struct pvg_rattachment *a, VkRenderingAttachmentInfo *info)
{
    struct pvg_vkpass *pass = &cmd->pass;
    *info = (VkRenderingAttachmentInfo){.sType = VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO};
    if (!a->texture)
        return false;
    struct pvg_rtex *t = a->texture;
    VkImageUsageFlags usage =
        slot >= SLOT_DEPTH ? VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT : VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT;
    const char *reason = check_target(t, a->level, a->slice, a->depth_plane, pass->info.layerCount, usage);
    if (!reason && slot == SLOT_DEPTH && !(t->aspects & VK_IMAGE_ASPECT_DEPTH_BIT))
        reason = "no depth in the format";
    if (!reason && slot == SLOT_STENCIL && !(t->aspects & VK_IMAGE_ASPECT_STENCIL_BIT))
        reason = "no stencil in the format";
    if (!reason && pass->signature.samples && pass->signature.samples != t->image->samples)
        reason = "sample counts differ";
    VkImageView view = VK_NULL_HANDLE;
    if (!reason)
        view = pvg_vktexture_attachment(t, a->level, layer_of(t, a->slice, a->depth_plane), pass->info.layerCount);
    if (!view)
        return refuse(cmd, slot, reason ? reason : "out of resources");
    pvg_vkuse_image(cmd, t->image);
    limit_area(pass, t, a->level);
    pass->signature.samples = (uint8_t)t->image->samples;
    pass->targets[slot] = t;
    info->imageView = view;
    info->imageLayout = VK_IMAGE_LAYOUT_GENERAL;
    info->loadOp = load_op(cmd, a->load_action);
    info->storeOp = VK_ATTACHMENT_STORE_OP_STORE;
    return true;
}

static void add_colors(struct pvg_rcmd *cmd, const struct pvg_rpass *desc)
{
    struct pvg_vkpass *pass = &cmd->pass;
    uint32_t count = 0;
    for (uint32_t i = 0; i < 8; i++) {
        const struct pvg_rattachment *a = &desc->color[i];
        if (!add_attachment(cmd, i, a, &pass->color[i]))
            continue;
        struct pvg_rtex *t = a->texture;
        pass->color[i].clearValue = clear_color(t, a->clear);
        pass->levels[i] = a->level;
        pass->layers[i] = layer_of(t, a->slice, a->depth_plane);
        pass->signature.color[i] = t->vk_format;
        pass->signature.classes[i] = t->cls;
        if (t->format->order == PVG_VKORDER_ALPHA_IN_RED)
            pass->signature.alpha8 |= (uint8_t)(1u << i);
        bool integer = t->cls != PVG_VKCLASS_FLOAT;
        add_resolve(cmd, i, a, integer ? VK_RESOLVE_MODE_SAMPLE_ZERO_BIT : VK_RESOLVE_MODE_AVERAGE_BIT, &pass->color[i]);
        for (uint32_t k = 0; k < i; k++)
            if (pass->targets[k] && pass->color[k].imageView == pass->color[i].imageView)
                refuse(cmd, i, "same subresource as another colour slot");
        count = i + 1;
    }
    pass->info.colorAttachmentCount = count;
    pass->info.pColorAttachments = pass->color;
}

static bool resolves(const struct pvg_rattachment *a)
{
    return a->resolve && (a->store_action == STORE_RESOLVE || a->store_action == STORE_AND_RESOLVE);
}

/** Filter of the depth resolve; the stencil beside it, if there is one, takes sample 0 or is not resolved. */
static VkResolveModeFlagBits depth_resolve_mode(const struct pvg_vk *vk, const struct pvg_rpass *desc, bool has_stencil)
{
    static const VkResolveModeFlagBits map[] = {VK_RESOLVE_MODE_SAMPLE_ZERO_BIT, VK_RESOLVE_MODE_MIN_BIT, VK_RESOLVE_MODE_MAX_BIT};
    uint8_t filter = desc->depth.resolve_filter;
    bool free_choice = !has_stencil || (resolves(&desc->stencil) ? vk->independent_resolve : vk->independent_resolve_none);
    if (filter < 3 && free_choice && (vk->depth_resolve_modes & map[filter]))
        return map[filter];
    if (filter && resolves(&desc->depth))
        pvg_warn_limited(vk->log, "vulkan: depth resolve filter %u is not possible here, sample 0 is taken", filter);
    return VK_RESOLVE_MODE_SAMPLE_ZERO_BIT;
}

/** Devices that resolve both aspects or none: the one that was not asked for goes along. */
static void pair_resolves(struct pvg_rcmd *cmd)
{
    VkRenderingAttachmentInfo *d = &cmd->pass.depth, *s = &cmd->pass.stencil;
    if (cmd->vk->independent_resolve_none || (d->resolveMode != VK_RESOLVE_MODE_NONE) == (s->resolveMode != VK_RESOLVE_MODE_NONE))
        return;
    VkRenderingAttachmentInfo *from = d->resolveMode ? d : s, *to = d->resolveMode ? s : d;
    to->resolveMode = VK_RESOLVE_MODE_SAMPLE_ZERO_BIT;
    to->resolveImageView = from->resolveImageView;
    to->resolveImageLayout = from->resolveImageLayout;
    pvg_warn_limited(cmd->vk->log, "vulkan: this device resolves depth and stencil only together; both were resolved");
}

static void add_depth_stencil(struct pvg_rcmd *cmd, const struct pvg_rpass *desc)
{
    struct pvg_vkpass *pass = &cmd->pass;
    bool has_depth = add_attachment(cmd, SLOT_DEPTH, &desc->depth, &pass->depth);
    bool has_stencil = add_attachment(cmd, SLOT_STENCIL, &desc->stencil, &pass->stencil);
    if (has_depth && has_stencil && pass->depth.imageView != pass->stencil.imageView) {
        /* Vulkan wants one view for both (D3). */
        if (!pvg_vkcombine_begin(cmd, desc)) {
            refuse(cmd, SLOT_STENCIL, "depth and stencil are different textures of formats that cannot be combined");
            return;
        }
    }
    if (has_depth) {
        double d = desc->depth.clear[0];
        pass->depth.clearValue.depthStencil.depth = isnan(d) || d < 0 ? 0 : d > 1 ? 1 : (float)d;
        add_resolve(cmd, SLOT_DEPTH, &desc->depth, depth_resolve_mode(cmd->vk, desc, has_stencil), &pass->depth);
        pass->info.pDepthAttachment = &pass->depth;
        pass->signature.depth = pass->combined ? pass->combined->format : pass->targets[SLOT_DEPTH]->vk_format;
    }
    if (has_stencil) {
        pass->stencil.clearValue.depthStencil.stencil = (uint32_t)clamp_to_integer(desc->stencil.clear[0], 0, UINT32_MAX) & 0xff;
        add_resolve(cmd, SLOT_STENCIL, &desc->stencil, VK_RESOLVE_MODE_SAMPLE_ZERO_BIT, &pass->stencil);
        pass->info.pStencilAttachment = &pass->stencil;
        pass->signature.stencil = pass->combined ? pass->combined->format : pass->targets[SLOT_STENCIL]->vk_format;
    }
    if (has_depth && has_stencil)
        pair_resolves(cmd);
}

static uint8_t raster_samples(const struct pvg_vk *vk, uint32_t wanted)
{
    bool ok = wanted && wanted <= 16 && !(wanted & (wanted - 1)) && (vk->limits.framebufferNoAttachmentsSampleCounts & wanted);
    return ok ? (uint8_t)wanted : 1;
}

/** Sample positions of the guest's choice (record 0x20). @return false: refused. */
static bool take_positions(struct pvg_rcmd *cmd, const struct pvg_rpass *desc)
{
    struct pvg_vkpass *pass = &cmd->pass;
    if (desc->position_count != pass->signature.samples || !(cmd->vk->feat.sample_locations & pass->signature.samples) ||
        !cmd->vk->fn.CmdSetSampleLocationsEXT) {
        pvg_warn_limited(cmd->vk->log, "vulkan: pass refused: %u sample positions for %u samples", desc->position_count,
                         pass->signature.samples);
        return false;
    }
    for (uint32_t i = 0; i < desc->position_count; i++)
        pass->locations[i] = (VkSampleLocationEXT){desc->positions[i][0], desc->positions[i][1]};
    pass->signature.locations = 1;
    return true;
}

/** Attachments of the rendering that begins. Depth and stencil are resolved by the stage that stores colours. */
static void touch_targets(struct pvg_rcmd *cmd)
{
    struct pvg_vkpass *pass = &cmd->pass;
    for (uint32_t i = 0; i < PVG_VK_SLOTS; i++) {
        uint32_t uses = i < SLOT_DEPTH ? PVG_VKUSE_COLOR : PVG_VKUSE_DEPTH;
        if (i >= SLOT_DEPTH && (pass->resolves[SLOT_DEPTH] || pass->resolves[SLOT_STENCIL]))
            uses |= PVG_VKUSE_COLOR;
        if (pass->targets[i])
            pvg_vktouch_image(cmd, pass->targets[i]->image, uses);
        if (pass->resolves[i])
            pvg_vktouch_image(cmd, pass->resolves[i], uses);
    }
    if (pass->combined)
        pvg_vktouch_image(cmd, pass->combined, PVG_VKUSE_COLOR | PVG_VKUSE_DEPTH);
}

/** The work just before the pass drew to one of its targets. */
static bool is_chained(const struct pvg_rcmd *cmd)
{
    for (uint32_t i = 0; i < PVG_VK_SLOTS; i++) {
        const struct pvg_rtex *t = cmd->pass.targets[i];
        if (t && t->image->hazard.scope == cmd->vk->hazards.scope && (t->image->hazard.now & (PVG_VKUSE_COLOR | PVG_VKUSE_DEPTH)))
            return true;
    }
    return false;
}

bool pvg_vkpass_begin(struct pvg_rcmd *cmd, const struct pvg_rpass *desc)
{
    struct pvg_vk *vk = cmd->vk;
    struct pvg_vkpass *pass = &cmd->pass;
    if (cmd->encoder != PVG_VKENC_NONE)
        return false;
    struct pvg_vkpass keep = *pass;
    *pass = (struct pvg_vkpass){
        .queries = keep.queries,
        .query_capacity = keep.query_capacity,
        .armed = keep.armed,
        .armed_capacity = keep.armed_capacity,
        .visibility = desc->visibility,
        .info = {.sType = VK_STRUCTURE_TYPE_RENDERING_INFO},
    };
    pvg_vkbind_reset(&cmd->stages[PVG_RSTAGE_VERTEX]);
    pvg_vkbind_reset(&cmd->stages[PVG_RSTAGE_FRAGMENT]);
    for (uint32_t left = cmd->stages_used; left; left &= left - 1)
        pvg_vkbind_reset(&cmd->stages[__builtin_ctz(left)]);
    cmd->stages_used = 0;

    uint32_t layers = desc->array_length ? desc->array_length : 1;
    if (layers > vk->limits.maxFramebufferLayers) {
        pvg_warn_limited(vk->log, "vulkan: pass with %u layers refused", layers);
        return false;
    }
    pass->info.layerCount = layers;
    add_colors(cmd, desc);
    add_depth_stencil(cmd, desc);
    if (desc->width && (!pass->width || desc->width < pass->width))
        pass->width = desc->width;
    if (desc->height && (!pass->height || desc->height < pass->height))
        pass->height = desc->height;
    if (!pass->width || !pass->height || pass->width > vk->limits.maxFramebufferWidth ||
        pass->height > vk->limits.maxFramebufferHeight) {
        pvg_warn_limited(vk->log, "vulkan: pass of %u x %u refused", pass->width, pass->height);
        return false;
    }
    if (!pass->signature.samples)
        pass->signature.samples = raster_samples(vk, desc->default_raster_samples);
    if (desc->position_count && !take_positions(cmd, desc))
        return false;
    pass->info.renderArea.extent = (VkExtent2D){pass->width, pass->height};

    cmd->encoder = PVG_VKENC_RENDER;
    pvg_vkrender_reset(cmd);
    if (pvg_vkpass_join(cmd))
        return true;
    pvg_vkcmd_enter_rendering(cmd, is_chained(cmd));
    touch_targets(cmd);
    vk->fn.CmdBeginRendering(cmd->cb, &pass->info);
    pass->open = true;
    pvg_vkpass_mark(pass, true);
    return true;
}

static void inputs_destroy(struct pvg_vk *vk, void *arg)
{
    VkDescriptorPool *pool = arg;
    vk->fn.DestroyDescriptorPool(vk->dev, *pool, NULL);
    free(pool);
}

/** Set 1: the colour attachments, by slot. */
static bool make_inputs(struct pvg_rcmd *cmd)
{
    struct pvg_vk *vk = cmd->vk;
    struct pvg_vkpass *pass = &cmd->pass;
    VkDescriptorPoolSize size = {VK_DESCRIPTOR_TYPE_INPUT_ATTACHMENT, 8};
    VkDescriptorPoolCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
        .maxSets = 1,
        .poolSizeCount = 1,
        .pPoolSizes = &size,
    };
    VkDescriptorPool *pool = malloc(sizeof(*pool));
    if (!pool || vk->fn.CreateDescriptorPool(vk->dev, &info, NULL, pool) != VK_SUCCESS) {
        free(pool);
        return false;
    }
    pvg_vktrash_add(vk, inputs_destroy, pool);
    VkDescriptorSetAllocateInfo alloc = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
        .descriptorPool = *pool,
        .descriptorSetCount = 1,
        .pSetLayouts = &vk->heap.input_layout,
    };
    if (vk->fn.AllocateDescriptorSets(vk->dev, &alloc, &pass->inputs) != VK_SUCCESS)
        return false;
    VkDescriptorImageInfo images[8];
    VkWriteDescriptorSet writes[8];
    uint32_t count = 0;
    for (uint32_t i = 0; i < 8; i++) {
        if (!pass->color[i].imageView)
            continue;
        images[i] = (VkDescriptorImageInfo){.imageView = pass->color[i].imageView, .imageLayout = VK_IMAGE_LAYOUT_GENERAL};
        writes[count++] = (VkWriteDescriptorSet){
            .sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
            .dstSet = pass->inputs,
            .dstBinding = i,
            .descriptorCount = 1,
            .descriptorType = VK_DESCRIPTOR_TYPE_INPUT_ATTACHMENT,
            .pImageInfo = &images[i],
        };
    }
    vk->fn.UpdateDescriptorSets(vk->dev, count, writes, 0, NULL);
    return true;
}

bool pvg_vkpass_inputs(struct pvg_rcmd *cmd, uint32_t mask)
{
    struct pvg_vk *vk = cmd->vk;
    struct pvg_vkpass *pass = &cmd->pass;
    for (uint32_t i = 0; i < 8; i++) {
        if (!(mask & (1u << i)))
            continue;
        if (!pass->color[i].imageView) {
            pvg_warn_limited(vk->log, "vulkan: a function reads colour slot %u, which the pass does not have; draw refused", i);
            return false;
        }
        pvg_vktouch_image(cmd, pass->targets[i]->image, PVG_VKUSE_FRAGMENT_READ);
    }
    if (!pass->inputs && !make_inputs(cmd))
        return false;
    if (!pass->inputs_bound)
        vk->fn.CmdBindDescriptorSets(cmd->cb, VK_PIPELINE_BIND_POINT_GRAPHICS, vk->heap.layouts[1], 1, 1, &pass->inputs, 0, NULL);
    pass->inputs_bound = true;
    VkMemoryBarrier2 barrier = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER_2,
        .srcStageMask = VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT,
        .srcAccessMask = VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT,
        .dstStageMask = VK_PIPELINE_STAGE_2_FRAGMENT_SHADER_BIT,
        .dstAccessMask = VK_ACCESS_2_INPUT_ATTACHMENT_READ_BIT,
    };
    VkDependencyInfo info = {
        .sType = VK_STRUCTURE_TYPE_DEPENDENCY_INFO,
        .dependencyFlags = VK_DEPENDENCY_BY_REGION_BIT,
        .memoryBarrierCount = 1,
        .pMemoryBarriers = &barrier,
    };
    vk->fn.CmdPipelineBarrier2(cmd->cb, &info);
    return true;
}

void pvg_vkpass_suspend(struct pvg_rcmd *cmd)
{
    struct pvg_vkpass *pass = &cmd->pass;
    if (!pass->open)
        return;
    pvg_vkquery_end(cmd);
    cmd->vk->fn.CmdEndRendering(cmd->cb);
    pvg_vkcmd_leave_rendering(cmd);
    pass->open = pass->joined = false;
    /* One load action per pass, applied once (spec 06 section 10.3, R1). */
    for (int i = 0; i < 8; i++)
        pass->color[i].loadOp = VK_ATTACHMENT_LOAD_OP_LOAD;
    pass->depth.loadOp = pass->stencil.loadOp = VK_ATTACHMENT_LOAD_OP_LOAD;
}

void pvg_vkpass_resume(struct pvg_rcmd *cmd)
{
    struct pvg_vkpass *pass = &cmd->pass;
    if (pass->open || cmd->encoder != PVG_VKENC_RENDER)
        return;
    pvg_vkcmd_enter_all(cmd);
    touch_targets(cmd);
    /* What was bound stays in use without being named again. */
    pvg_vktouch_any(cmd, PVG_VKUSE_DRAW_READS | (pass->writes ? PVG_VKUSE_DRAW_WRITES : 0));
    cmd->vk->fn.CmdBeginRendering(cmd->cb, &pass->info);
    pass->open = pass->split = true;
}

void pvg_vkpass_end(struct pvg_rcmd *cmd)
{
    struct pvg_vkpass *pass = &cmd->pass;
    if (cmd->encoder != PVG_VKENC_RENDER)
        return;
    if (pvg_vkpass_leave(cmd)) {
        cmd->encoder = PVG_VKENC_NONE;
        return;
    }
    pvg_vkpass_suspend(cmd);
    pvg_vkpass_mark(pass, false);
    cmd->encoder = PVG_VKENC_NONE;
    if (pass->combined)
        pvg_vkcombine_end(cmd);
    pvg_vkvisibility_finish(cmd);
}
