/* SPDX-License-Identifier: MIT */
/**
 * @file Graph analysis behind the structuriser: reachability, order, dominators, natural loops, cycles with several entries.
 */
#ifndef PVG_AIR_CFG_GRAPH_H
#define PVG_AIR_CFG_GRAPH_H

#include "air/cfg.h"

/** Assignment of a dispatch variable that happens when an edge is taken. */
struct pvg_cfg_set {
    uint32_t var, value;
    struct pvg_cfg_set *next;
};

/** An edge. Several successor slots of a node with the same original target are one edge. */
struct pvg_cfg_edge {
    uint32_t from, to;
    uint32_t index;           /**< First successor slot in the original node; for dispatch nodes the value. */
    struct pvg_cfg_set *sets; /**< In order of execution. */
};

struct pvg_cfg_vertex {
    uint32_t *out; /**< Edge numbers. */
    uint32_t out_count;
    uint32_t *slot_edge; /**< Edge number of every original successor slot. */
    uint32_t slot_count;
    uint32_t dispatch_var; /**< Dispatch nodes: the variable; PVG_CFG_NONE otherwise. */
    uint32_t rpo;          /**< Position in reverse post-order; PVG_CFG_NONE = unreachable. */
    uint32_t idom;
    uint32_t loop;        /**< Header of the innermost loop that holds the vertex, itself for headers; PVG_CFG_NONE. */
    uint32_t loop_parent; /**< Headers: header of the loop around. */
    bool header;
};

struct pvg_cfg_graph {
    struct pvg_arena *arena;
    struct pvg_cfg_vertex *v;
    uint32_t count;
    size_t v_cap;
    struct pvg_cfg_edge *e;
    uint32_t edge_count;
    size_t e_cap;
    uint32_t var_count;
    uint32_t *order; /**< Vertices in reverse post-order. */
    uint32_t order_count;
    uint32_t *in_start, *in_edges; /**< Incoming edges of vertex v: in_edges[in_start[v] .. in_start[v + 1]]. */
};

/** Build the graph and make every cycle single-entry. `why` is set on failure. */
bool pvg_cfg_graph_build(struct pvg_cfg_graph *g, struct pvg_arena *arena, const struct pvg_cfg_node *nodes, uint32_t count,
                         const char **why);

/** Is vertex `n` inside the loop with header `h`? */
bool pvg_cfg_in_loop(const struct pvg_cfg_graph *g, uint32_t n, uint32_t h);

/**
 * Dominators by iteration over a reverse post-order. `preds` of the node at position i are positions
 * pred[start[i] .. start[i + 1]]; position 0 is the root. Result: idom[i] is a position.
 */
void pvg_cfg_dominators(uint32_t count, const uint32_t *start, const uint32_t *pred, uint32_t *idom);

#endif
