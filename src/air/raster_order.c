/* SPDX-License-Identifier: MIT */
/*
 * Raster order groups (spec 07 section 4.5): overlapping fragments access what is in one in the order of their primitives. SPIR-V
 * has one critical section per function, so all groups are one and the section is the whole function: Metal promises no more order
 * than that, and a function may reach the resources at any place.
 */
#include "air/translate.h"

static bool is_ordered(const struct pvg_air_param *p, int group);

static bool any_ordered(const struct pvg_air_member *members, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if ((members[i].resource && is_ordered(members[i].resource, members[i].raster_order_group)) ||
            any_ordered(members[i].nested, members[i].nested_count))
            return true;
    return false;
}

/** Nobody sees the order of accesses to what all only read. Colours are ordered by the renderer. */
static bool is_ordered(const struct pvg_air_param *p, int group)
{
    if (p->absent || p->unused)
        return false;
    group = group < 0 ? p->raster_order_group : group;
    bool memory = p->kind == PVG_AIR_PARAM_BUFFER || p->kind == PVG_AIR_PARAM_ARGUMENT_BUFFER || p->kind == PVG_AIR_PARAM_TEXTURE;
    if (memory && group >= 0 && (!p->access || p->access & PVG_AIR_ACCESS_WRITE))
        return true;
    return any_ordered(p->members, p->member_count);
}

void pvg_at_plan_raster_order(struct pvg_at *at)
{
    for (size_t i = 0; at->entry->stage == PVG_AIR_FRAGMENT && i < at->entry->param_count; i++)
        at->ordered |= is_ordered(&at->entry->params[i], at->entry->params[i].raster_order_group);
    if (!at->ordered)
        return;
    pvg_at_need(at, PVG_AIR_NEED_INTERLOCK);
    pvg_spv_capability(&at->b, SpvCapabilityFragmentShaderPixelInterlockEXT);
    pvg_spv_extension(&at->b, "SPV_EXT_fragment_shader_interlock");
    at->coherent = true;
}

void pvg_at_begin_raster_order(struct pvg_at *at)
{
    if (!at->ordered)
        return;
    pvg_spv_op(&at->b, SpvOpBeginInvocationInterlockEXT, NULL, 0);
    pvg_at_order_memory(at, PVG_AT_MEMORY_DEVICE | PVG_AT_MEMORY_TEXTURE);
}

void pvg_at_end_raster_order(struct pvg_at *at)
{
    if (!at->ordered)
        return;
    pvg_at_order_memory(at, PVG_AT_MEMORY_DEVICE | PVG_AT_MEMORY_TEXTURE);
    pvg_spv_op(&at->b, SpvOpEndInvocationInterlockEXT, NULL, 0);
}
