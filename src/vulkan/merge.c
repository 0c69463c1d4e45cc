/* SPDX-License-Identifier: MIT */
/**
 * @file Guest passes that continue each other share one rendering scope of the host.
 *
 * A guest may split a long pass into several that store and load the same targets (spec 06 section 10.5). The end of a pass
 * therefore leaves the host's rendering open. The next pass goes on in it if it has the same targets and loads all of them;
 * everything else that is recorded closes it first (pvg_vkcmd_enter(), the end of the command buffer).
 *
 * Inside one rendering scope only the attachments themselves are ordered. What makes a separate pass wait for more is kept out:
 * a pass whose shaders write memory or read their own targets is closed at its end, and a draw of either kind in a pass that
 * continues another splits the rendering before it.
 */
#include <stdlib.h>
#include <string.h>

#include "vulkan/cmd.h"

void pvg_vkmerge_init(struct pvg_vk *vk)
{
    const char *off = getenv("OPENPVG_VK_NO_MERGE");
    vk->no_merge = off && *off && strcmp(off, "0") != 0;
}

uint64_t pvg_vkmerge_count(struct pvg_render *r)
{
    return atomic_load_explicit(&pvg_vk_of(r)->passes_merged, memory_order_relaxed);
}

void pvg_vkpass_mark(struct pvg_vkpass *pass, bool attached)
{
    for (int i = 0; i < PVG_VK_SLOTS; i++) {
        if (pass->targets[i])
            pass->targets[i]->image->attached = attached;
        if (pass->resolves[i])
            pass->resolves[i]->attached = attached;
    }
}

static const VkRenderingAttachmentInfo *slot_info(const struct pvg_vkpass *pass, int slot)
{
    return slot < 8 ? &pass->color[slot] : slot == 8 ? &pass->depth : &pass->stencil;
}

/** Nothing of the pass has to happen before the next one begins. */
static bool may_stay_open(const struct pvg_rcmd *cmd)
{
    const struct pvg_vkpass *pass = &cmd->pass;
    return !cmd->vk->no_merge && pass->open && !pass->refused && !pass->combined && !pass->armed_count && !pass->writes &&
           !pass->feedback;
}

bool pvg_vkpass_leave(struct pvg_rcmd *cmd)
{
    struct pvg_vkpass *pass = &cmd->pass;
    struct pvg_vkleft *left = &cmd->left;
    if (pass->joined)
        atomic_fetch_add_explicit(&cmd->vk->passes_merged, 1, memory_order_relaxed);
    if (!may_stay_open(cmd))
        return false;
    *left = (struct pvg_vkleft){
        .open = true,
        .samples = pass->signature.samples,
        .locations = pass->signature.locations,
        .extent = pass->info.renderArea.extent,
        .layers = pass->info.layerCount,
    };
    memcpy(left->positions, pass->locations, sizeof(left->positions));
    for (int i = 0; i < PVG_VK_SLOTS; i++) {
        const VkRenderingAttachmentInfo *a = slot_info(pass, i);
        left->view[i] = a->imageView;
        left->resolve_view[i] = a->resolveImageView;
        left->resolve_mode[i] = a->resolveMode;
        left->image[i] = pass->targets[i] ? pass->targets[i]->image : NULL;
        left->resolve[i] = pass->resolves[i];
    }
    pass->open = false;
    return true;
}

void pvg_vkpass_close(struct pvg_rcmd *cmd)
{
    struct pvg_vkleft *left = &cmd->left;
    if (!left->open)
        return;
    cmd->vk->fn.CmdEndRendering(cmd->cb);
    pvg_vkcmd_leave_rendering(cmd);
    left->open = false;
    for (int i = 0; i < PVG_VK_SLOTS; i++) {
        if (left->image[i])
            left->image[i]->attached = false;
        if (left->resolve[i])
            left->resolve[i]->attached = false;
    }
}

/** Views are made once per image and part of it, so equal views mean equal targets. */
static bool same_targets(const struct pvg_vkleft *left, const struct pvg_vkpass *pass)
{
    for (int i = 0; i < PVG_VK_SLOTS; i++) {
        const VkRenderingAttachmentInfo *a = slot_info(pass, i);
        if (a->imageView != left->view[i] || a->resolveImageView != left->resolve_view[i] ||
            a->resolveMode != left->resolve_mode[i])
            return false;
        /* What a pass clears is not what the one before it drew (spec 06 section 10.5). */
        if (a->imageView && a->loadOp == VK_ATTACHMENT_LOAD_OP_CLEAR)
            return false;
    }
    return true;
}

static bool same_samples(const struct pvg_vkleft *left, const struct pvg_vkpass *pass)
{
    return left->samples == pass->signature.samples && left->locations == pass->signature.locations &&
           (!left->locations || !memcmp(left->positions, pass->locations, left->samples * sizeof(left->positions[0])));
}

bool pvg_vkpass_join(struct pvg_rcmd *cmd)
{
    struct pvg_vkpass *pass = &cmd->pass;
    struct pvg_vkleft *left = &cmd->left;
    const VkExtent2D *area = &pass->info.renderArea.extent;
    if (!left->open || pass->refused || pass->combined || left->layers != pass->info.layerCount ||
        left->extent.width != area->width || left->extent.height != area->height || !same_samples(left, pass) ||
        !same_targets(left, pass))
        return false;
    left->open = false;
    pass->open = pass->joined = true;
    return true;
}

static void split(struct pvg_rcmd *cmd)
{
    pvg_vkpass_suspend(cmd);
    pvg_vkpass_resume(cmd);
}

void pvg_vkpass_reads_target(struct pvg_rcmd *cmd, bool now)
{
    cmd->pass.feedback = true;
    if (now || cmd->pass.joined)
        split(cmd);
}

void pvg_vkpass_writes(struct pvg_rcmd *cmd)
{
    cmd->pass.writes = true;
    if (cmd->pass.joined)
        split(cmd);
    else if (cmd->pass.split)
        pvg_vktouch_any(cmd, PVG_VKUSE_DRAW_WRITES);
}
