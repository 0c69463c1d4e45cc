/* SPDX-License-Identifier: MIT */
/**
 * @file Guest bytes of a texture into its image and back (spec 03 sections 8.8 and 8.9, spec 08 section B.4).
 */
#include "vulkan/linear.h"

/** The copy of one level, all slices or planes. */
static struct pvg_vklinear level_copy(struct pvg_rtex *tex, uint32_t level, bool to_image)
{
    VkExtent3D e = pvg_vktexture_extent(tex, level);
    return (struct pvg_vklinear){
        .tex = tex,
        .level = level,
        .width = e.width,
        .height = e.height,
        .count = pvg_vktexture_is_3d(tex) ? e.depth : tex->layers,
        .place = tex->backing->place,
        .offset = tex->linear[level].offset,
        .bytes_per_row = tex->linear[level].bytes_per_row,
        .bytes_per_image = tex->linear[level].bytes_per_image,
        .to_image = to_image,
        .stored = true,
    };
}

/** Where a copy goes while an encoder is open (spec 06 section 15.7, D7 and D8). */
static VkCommandBuffer open_target(struct pvg_rcmd *cmd, struct pvg_rtex *tex, bool to_image, bool *suspended)
{
    *suspended = false;
    /* Ahead of the command a load also leaves a rendering alone that the next pass may go on in. */
    bool untouched = tex->image->use_serial != cmd->serial && !cmd->guest_written;
    if (to_image && untouched && (cmd->encoder == PVG_VKENC_RENDER || cmd->left.open))
        return pvg_vkcmd_prologue(cmd);
    if (cmd->encoder == PVG_VKENC_RENDER) {
        pvg_vkpass_suspend(cmd);
        *suspended = true;
    }
    pvg_vkcmd_enter(cmd);
    return cmd->cb;
}

static bool transfer(struct pvg_rcmd *cmd, struct pvg_rtex *tex, bool to_image)
{
    struct pvg_vk *vk = cmd->vk;
    if (!tex->backing || !tex->image)
        return true;
    /* Combined depth-stencil cells stay on the host until a copy asks for them (spec 06 section 15.7, D12). */
    if (tex->format->aspects != VK_IMAGE_ASPECT_COLOR_BIT && !tex->format->raw)
        return true;
    if (!pvg_vkuse_place(cmd, tex->backing->place, !to_image))
        return false;
    bool suspended, ok = true;
    VkCommandBuffer cb = open_target(cmd, tex, to_image, &suspended);
    if (cb) {
        bool whole = to_image && tex->backing_levels == tex->image->levels, fresh = !tex->image->ready;
        if (tex->image->use_serial != cmd->serial)
            pvg_vkuse_image_slow(cmd, tex->image, whole);
        /* New images are cleared in the prologue, too. */
        if (fresh && cb != cmd->cb)
            pvg_vkcmd_prologue_barrier(cmd);
        if (cb == cmd->cb) {
            pvg_vktouch_place(cmd, tex->backing->place, to_image ? PVG_VKUSE_TRANSFER_READ : PVG_VKUSE_TRANSFER_WRITE);
            pvg_vktouch_image(cmd, tex->image, to_image ? PVG_VKUSE_TRANSFER_WRITE : PVG_VKUSE_TRANSFER_READ);
            pvg_vkcmd_ready(cmd);
        }
        for (uint32_t level = 0; level < tex->backing_levels; level++) {
            struct pvg_vklinear c = level_copy(tex, level, to_image);
            const char *reason = pvg_vklinear_plane(&c, 0) ? pvg_vklinear_check(vk, &c) : "no such plane";
            if (reason)
                pvg_warn_limited(vk->log, "vulkan: level %u of a texture not copied: %s", level, reason);
            ok = !reason && pvg_vklinear_record(cmd, cb, &c) && ok;
        }
    }
    if (suspended)
        pvg_vkpass_resume(cmd);
    return ok && cb;
}

bool pvg_vktexture_load(struct pvg_rcmd *cmd, struct pvg_rtex *tex)
{
    return transfer(cmd, tex, true);
}

bool pvg_vktexture_store(struct pvg_rcmd *cmd, struct pvg_rtex *tex)
{
    return transfer(cmd, tex, false);
}
