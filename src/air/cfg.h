/* SPDX-License-Identifier: MIT */
/**
 * @file Structurisation: any control-flow graph -> a sequence of SPIR-V block operations that obeys the rules for structured
 * control flow (spec 07 section 8.2). Works on numbers only; knows neither LLVM nor SPIR-V instructions.
 *
 * Every node of the graph is emitted exactly once, so convergent operations keep their place. Joins that no selection dominates
 * and exits over several levels go through one selector variable. Cycles with several entries get a dispatch node first.
 */
#ifndef PVG_AIR_CFG_H
#define PVG_AIR_CFG_H

#include "air/arena.h"

#define PVG_CFG_NONE UINT32_MAX

/** Graph: node 0 is the entry. A node without successors leaves the function. */
struct pvg_cfg_node {
    uint32_t *succ;
    uint32_t succ_count;
};

enum pvg_cfg_op_kind {
    PVG_CFG_NOP,
    PVG_CFG_LABEL,       /**< `label` starts. */
    PVG_CFG_BODY,        /**< Instructions of `node` without its terminator. */
    PVG_CFG_EDGE,        /**< Control goes from `node` over its successor number `index`: copy the phi values. */
    PVG_CFG_SET,         /**< Variable `var` = `value`. */
    PVG_CFG_BRANCH,      /**< To `label`. */
    PVG_CFG_COND,        /**< Condition of `node`: targets[0] if true, targets[1] if false; merge block `label`. */
    PVG_CFG_TEST,        /**< `var` == `value`: targets[0], else targets[1]; merge block `label`. */
    PVG_CFG_SWITCH,      /**< Switch of `node`: targets[i] for successor i; merge block `label`. */
    PVG_CFG_DISPATCH,    /**< Variable `var`: targets[i] for value i, targets[0] otherwise; merge block `label`. */
    PVG_CFG_LOOP,        /**< Loop header: merge `label`, continue targets[1], branch to targets[0]. */
    PVG_CFG_EXIT,        /**< Terminator of `node`, which leaves the function. */
    PVG_CFG_UNREACHABLE, /**< A merge block that nothing reaches. */
};

struct pvg_cfg_op {
    enum pvg_cfg_op_kind kind;
    uint32_t label;
    uint32_t node, index;
    uint32_t var, value;
    uint32_t *targets;
    uint32_t target_count;
};

struct pvg_cfg_plan {
    struct pvg_cfg_op *ops;
    size_t op_count, op_cap;
    uint32_t label_count; /**< Labels are 0 .. label_count - 1; 0 is the first block. */
    uint32_t var_count;   /**< Variables of 32 bits; 0 is the selector, used if `uses_selector`. */
    bool uses_selector;
    uint32_t *node_label; /**< Label whose block holds the body of a node; PVG_CFG_NONE if unreachable. */
    uint32_t *node_op;    /**< Operation index of the body. */
    uint32_t *idom;       /**< Immediate dominator of a label; PVG_CFG_NONE if nothing reaches it. */
    uint32_t *depth;      /**< Depth of a label in the dominator tree. */
};

/** Most nodes that are accepted. */
#define PVG_CFG_MAX_NODES 8192

/**
 * Build the plan in `arena`.
 * @return NULL when the graph is too large or too deeply nested; `why` then says so.
 */
struct pvg_cfg_plan *pvg_cfg_structure(struct pvg_arena *arena, const struct pvg_cfg_node *nodes, uint32_t count, const char **why);

/** Does every path to label `b` pass label `a`? */
bool pvg_cfg_dominates(const struct pvg_cfg_plan *plan, uint32_t a, uint32_t b);

#endif
