/* SPDX-License-Identifier: MIT */
/**
 * @file Guest pages that a submission writes: reported dirty, and copied back where a buffer is not in guest pages itself, before
 * its completion is delivered (spec 03 sections 8.8 and 8.10).
 */
#ifndef PVG_VULKAN_WRITES_H
#define PVG_VULKAN_WRITES_H

#include <stdbool.h>
#include <stddef.h>

struct pvg_vk;
struct pvg_vkplace;

struct pvg_vkwrites {
    size_t count, capacity;
    struct pvg_vkplace *places[];
};

/** Append; `*w` may be NULL. @return false when out of memory. */
bool pvg_vkwrites_add(struct pvg_vkwrites **w, struct pvg_vkplace *place);
/** Completion thread: copy back and report, then free. `ok` is false when the work never ran. NULL is ignored. */
void pvg_vkwrites_finish(struct pvg_vk *vk, struct pvg_vkwrites *w, bool ok);

#endif
