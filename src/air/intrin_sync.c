/* SPDX-License-Identifier: MIT */
/* Barriers and fences (spec 07 section 5.6). */
#include "air/translate.h"

#include <string.h>

/** Memory flags of AIR: 1 device, 2 threadgroup, 4 texture, 8 imageblock (images here, see tile.h). */
static uint32_t memory_bits(uint64_t flags)
{
    uint32_t s = 0;
    if (flags & 1)
        s |= SpvMemorySemanticsUniformMemoryMask;
    if (flags & 2)
        s |= SpvMemorySemanticsWorkgroupMemoryMask;
    if (flags & (4 | 8))
        s |= SpvMemorySemanticsImageMemoryMask;
    if (!s)
        return 0;
    return s | SpvMemorySemanticsAcquireReleaseMask | SpvMemorySemanticsMakeAvailableMask | SpvMemorySemanticsMakeVisibleMask;
}

static uint64_t flags_of(struct pvg_at *at, const struct pvg_at_call *c)
{
    uint64_t flags;
    if (!c->argc || !pvg_at_const_int(LLVMGetOperand(c->inst, 0), &flags))
        pvg_at_refuse(at, "%s with flags that are not constant", c->name);
    if (flags & ~(uint64_t)15)
        pvg_at_refuse(at, "%s with flags 0x%llx", c->name, (unsigned long long)flags);
    return flags;
}

bool pvg_at_intrin_sync(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id)
{
    struct pvg_spv *b = &at->b;
    (void)id;
    bool group = !strcmp(c->op, "wg.barrier"), simd = !strcmp(c->op, "simdgroup.barrier");
    if (group || simd) {
        uint64_t flags = flags_of(at, c);
        if (at->entry->stage == PVG_AIR_FRAGMENT && group)
            pvg_at_refuse(at, "%s in a fragment function", c->name);
        if (simd) {
            pvg_at_need(at, PVG_AIR_NEED_SUBGROUP);
            pvg_spv_capability(b, SpvCapabilityGroupNonUniform);
        }
        uint32_t scope = pvg_spv_u32(b, group ? SpvScopeWorkgroup : SpvScopeSubgroup);
        pvg_spv_op(b, SpvOpControlBarrier, PVG_SPV(scope, scope, pvg_spv_u32(b, memory_bits(flags))));
        return true;
    }
    if (!strcmp(c->op, "atomic.fence")) {
        uint32_t s = memory_bits(flags_of(at, c));
        if (s)
            pvg_spv_op(b, SpvOpMemoryBarrier, PVG_SPV(pvg_at_device_scope(at), pvg_spv_u32(b, s)));
        return true;
    }
    return false;
}
