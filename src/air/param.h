/* SPDX-License-Identifier: MIT */
/** @file Metadata nodes of parameters, results and struct layouts (spec 07 sections 4.3 to 4.13). */
#ifndef PVG_AIR_PARAM_H
#define PVG_AIR_PARAM_H

#include "air/entry.h"
#include "air/metadata.h"

/** Nodes that one entry point may spread over; shared nodes count each time they are visited. */
#define PVG_AIR_METADATA_NODES 65536

/** What is left of the work that metadata may cause. */
struct pvg_air_budget {
    unsigned nodes;
    unsigned depth;
};

/** Parse an input node into a zeroed `p`. @return 0, -EINVAL, -ENOMEM; call pvg_air_param_clear() in any case. */
int pvg_air_param_read(const struct pvg_air_md *node, struct pvg_air_param *p, struct pvg_air_budget *budget);
void pvg_air_param_clear(struct pvg_air_param *p);

/** Parse a list of output nodes. @return as above; free with pvg_air_outputs_free() in any case. */
int pvg_air_outputs_read(LLVMValueRef list, struct pvg_air_output **outputs, size_t *count, struct pvg_air_budget *budget);
void pvg_air_outputs_free(struct pvg_air_output *outputs, size_t count);

#endif
