/* SPDX-License-Identifier: MIT */
/**
 * @file Visibility results of a pass (spec 06 sections 10.4 and 15.7, D14), and passes whose depth and stencil are two textures
 * (D3).
 */
#ifndef PVG_VULKAN_VISIBILITY_H
#define PVG_VULKAN_VISIBILITY_H

#include "vulkan/cmd.h"

/** Before a draw: begin the query that the armed mode asks for. @return false when it cannot be counted. */
bool pvg_vkquery_begin(struct pvg_rcmd *cmd);
/** End the query that is running, if any. */
void pvg_vkquery_end(struct pvg_rcmd *cmd);
/** The pass ended: write the words of all armed offsets. */
void pvg_vkvisibility_finish(struct pvg_rcmd *cmd);

/** Render through a private image with both aspects; loads what the pass loads. */
bool pvg_vkcombine_begin(struct pvg_rcmd *cmd, const struct pvg_rpass *desc);
/** Copy both aspects out. */
void pvg_vkcombine_end(struct pvg_rcmd *cmd);

#endif
