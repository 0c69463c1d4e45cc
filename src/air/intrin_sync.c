/* SPDX-License-Identifier: MIT */
/* Barriers and fences (spec 07 section 5.6). */
#include "air/translate.h"

#include <string.h>

/**
 * Memory flags of AIR: 1 device, 2 threadgroup, 4 texture, 8 imageblock (images here, see tile.h), 16 the payload of object
 * functions, which SPIR-V orders like threadgroup memory. All memory for bits that no version has defined.
 */
static uint32_t memory_bits(uint64_t flags)
{
    uint32_t s = 0;
    if (flags >> 5)
        flags = 31;
    if (flags & 1)
        s |= SpvMemorySemanticsUniformMemoryMask;
    if (flags & (2 | 16))
        s |= SpvMemorySemanticsWorkgroupMemoryMask;
    if (flags & (4 | 8))
        s |= SpvMemorySemanticsImageMemoryMask;
    if (!s)
        return 0;
    return s | SpvMemorySemanticsAcquireReleaseMask | SpvMemorySemanticsMakeAvailableMask | SpvMemorySemanticsMakeVisibleMask;
}

void pvg_at_order_memory(struct pvg_at *at, uint64_t flags)
{
    uint32_t s = memory_bits(flags);
    if (s)
        pvg_spv_op(&at->b, SpvOpMemoryBarrier, PVG_SPV(pvg_at_device_scope(at), pvg_spv_u32(&at->b, s)));
}

static uint64_t flags_of(struct pvg_at *at, const struct pvg_at_call *c)
{
    uint64_t flags;
    if (!c->argc)
        pvg_at_refuse(at, "%s without flags", c->name);
    return pvg_at_const_int(LLVMGetOperand(c->inst, 0), &flags) ? flags : UINT64_MAX;
}

bool pvg_at_intrin_sync(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id)
{
    struct pvg_spv *b = &at->b;
    (void)id;
    bool group = !strcmp(c->op, "wg.barrier"), simd = !strcmp(c->op, "simdgroup.barrier");
    if (group || simd) {
        uint64_t flags = flags_of(at, c);
        if (group && (at->entry->stage == PVG_AIR_FRAGMENT || at->entry->stage == PVG_AIR_VERTEX)) {
            /* No threadgroup there: only this thread's accesses have an order. */
            pvg_at_order_memory(at, flags & ~(uint64_t)(2 | 16));
            return true;
        }
        if (simd) {
            pvg_at_need(at, PVG_AIR_NEED_SUBGROUP);
            pvg_spv_capability(b, SpvCapabilityGroupNonUniform);
        }
        uint32_t scope = pvg_spv_u32(b, group ? SpvScopeWorkgroup : SpvScopeSubgroup);
        pvg_spv_op(b, SpvOpControlBarrier, PVG_SPV(scope, scope, pvg_spv_u32(b, memory_bits(flags))));
        return true;
    }
    if (!strcmp(c->op, "atomic.fence")) {
        pvg_at_order_memory(at, flags_of(at, c));
        return true;
    }
    return false;
}
