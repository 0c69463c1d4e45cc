/* SPDX-License-Identifier: MIT */
#ifndef PVG_VULKAN_NEUTRAL_H
#define PVG_VULKAN_NEUTRAL_H

#include <stdbool.h>

struct pvg_vk;
struct pvg_rcmd;

/** Make the neutral views, if the device needs them; `cmd` clears them. */
bool pvg_vkneutral_init(struct pvg_rcmd *cmd);
void pvg_vkneutral_fini(struct pvg_vk *vk);

#endif
