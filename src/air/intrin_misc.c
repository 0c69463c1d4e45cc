/* SPDX-License-Identifier: MIT */
/* Fragment specials and what fits nowhere else (spec 07 sections 5.9 and 5.6.6). */
#include "air/translate.h"

#include <string.h>

static void discard(struct pvg_at *at, const struct pvg_at_call *c)
{
    if (at->entry->stage != PVG_AIR_FRAGMENT)
        pvg_at_refuse(at, "%s outside of a fragment function", c->name);
    /* The invocation goes on as a helper: derivatives and control flow stay intact. */
    pvg_at_need(at, PVG_AIR_NEED_DEMOTE);
    pvg_spv_capability(&at->b, SpvCapabilityDemoteToHelperInvocation);
    pvg_spv_op(&at->b, SpvOpDemoteToHelperInvocation, NULL, 0);
    at->uses_discard = true;
}

bool pvg_at_intrin_misc(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id)
{
    struct pvg_spv *b = &at->b;
    if (!strcmp(c->op, "discard_fragment")) {
        discard(at, c);
        return true;
    }
    if (!strcmp(c->op, "is_uniform")) {
        *id = pvg_spv_false(b);
        return true;
    }
    if (!strcmp(c->op, "is_function_constant_defined")) {
        *id = pvg_spv_false(b);
        return true;
    }
    if (!strncmp(c->op, "normalize_function_constant_predicate", 37) || !strncmp(c->op, "function_constant_predicate", 27)) {
        uint32_t v = pvg_at_arg(at, c, 0);
        uint32_t set = pvg_spv_value(b, SpvOpINotEqual, pvg_spv_bool(b), PVG_SPV(v, pvg_spv_null(b, pvg_spv_type_of(b, v))));
        *id = pvg_at_fit(at, set, c->rtype);
        return true;
    }
    if (!strcmp(c->op, "os_log"))
        return true;
    if (!strcmp(c->op, "get_num_samples")) {
        *id = pvg_at_fit(at, pvg_at_spec_constant(at, PVG_AIR_SPEC_RASTER_SAMPLES, 1), c->rtype);
        return true;
    }
    return false;
}
