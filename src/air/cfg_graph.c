/* SPDX-License-Identifier: MIT */
#include "air/cfg_graph.h"

#include <string.h>

static uint32_t add_vertex(struct pvg_cfg_graph *g, uint32_t dispatch_var)
{
    g->v = pvg_arena_grow(g->arena, g->v, &g->v_cap, g->count + 1, sizeof *g->v);
    g->v[g->count] = (struct pvg_cfg_vertex){
        .dispatch_var = dispatch_var, .rpo = PVG_CFG_NONE, .idom = PVG_CFG_NONE, .loop = PVG_CFG_NONE, .loop_parent = PVG_CFG_NONE};
    return g->count++;
}

static uint32_t add_edge(struct pvg_cfg_graph *g, uint32_t from, uint32_t to, uint32_t index)
{
    g->e = pvg_arena_grow(g->arena, g->e, &g->e_cap, g->edge_count + 1, sizeof *g->e);
    g->e[g->edge_count] = (struct pvg_cfg_edge){.from = from, .to = to, .index = index};
    return g->edge_count++;
}

/** Edges out of one node; equal targets share an edge. `last` maps a target to its edge and is valid where stamp matches. */
static void add_out_edges(struct pvg_cfg_graph *g, uint32_t n, const struct pvg_cfg_node *node, uint32_t *last, uint32_t *stamp)
{
    struct pvg_cfg_vertex *v = &g->v[n];
    v->slot_count = node->succ_count;
    v->slot_edge = pvg_arena_array(g->arena, node->succ_count + 1, sizeof *v->slot_edge);
    v->out = pvg_arena_array(g->arena, node->succ_count + 1, sizeof *v->out);
    for (uint32_t i = 0; i < node->succ_count; i++) {
        uint32_t t = node->succ[i];
        if (stamp[t] != n + 1) {
            stamp[t] = n + 1;
            last[t] = add_edge(g, n, t, i);
            v->out[v->out_count++] = last[t];
        }
        v->slot_edge[i] = last[t];
    }
}

struct walk {
    uint32_t node, next;
};

/** Reverse post-order from vertex 0. */
static void compute_order(struct pvg_cfg_graph *g)
{
    struct walk *stack = pvg_arena_array(g->arena, g->count + 1, sizeof *stack);
    uint32_t *post = pvg_arena_array(g->arena, g->count, sizeof *post);
    bool *seen = pvg_arena_array(g->arena, g->count, sizeof *seen);
    uint32_t depth = 1, n = 0;

    stack[0] = (struct walk){0, 0};
    seen[0] = true;
    while (depth) {
        struct walk *w = &stack[depth - 1];
        const struct pvg_cfg_vertex *v = &g->v[w->node];
        if (w->next == v->out_count) {
            post[n++] = w->node;
            depth--;
            continue;
        }
        /* Later successors first: the order of the result then follows the order of the successors. */
        uint32_t t = g->e[v->out[v->out_count - 1 - w->next++]].to;
        if (seen[t])
            continue;
        seen[t] = true;
        stack[depth++] = (struct walk){t, 0};
    }
    for (uint32_t i = 0; i < g->count; i++)
        g->v[i].rpo = PVG_CFG_NONE;
    g->order = pvg_arena_array(g->arena, n, sizeof *g->order);
    g->order_count = n;
    for (uint32_t i = 0; i < n; i++) {
        g->order[i] = post[n - 1 - i];
        g->v[g->order[i]].rpo = i;
    }
}

static void compute_incoming(struct pvg_cfg_graph *g)
{
    g->in_start = pvg_arena_array(g->arena, g->count + 2, sizeof *g->in_start);
    g->in_edges = pvg_arena_array(g->arena, g->edge_count + 1, sizeof *g->in_edges);
    for (uint32_t i = 0; i < g->edge_count; i++)
        if (g->v[g->e[i].from].rpo != PVG_CFG_NONE)
            g->in_start[g->e[i].to + 2]++;
    for (uint32_t i = 2; i < g->count + 2; i++)
        g->in_start[i] += g->in_start[i - 1];
    for (uint32_t i = 0; i < g->edge_count; i++)
        if (g->v[g->e[i].from].rpo != PVG_CFG_NONE)
            g->in_edges[g->in_start[g->e[i].to + 1]++] = i;
}

void pvg_cfg_dominators(uint32_t count, const uint32_t *start, const uint32_t *pred, uint32_t *idom)
{
    for (uint32_t i = 0; i < count; i++)
        idom[i] = PVG_CFG_NONE;
    if (!count)
        return;
    idom[0] = 0;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = 1; i < count; i++) {
            uint32_t best = PVG_CFG_NONE;
            for (uint32_t k = start[i]; k < start[i + 1]; k++) {
                uint32_t p = pred[k];
                if (idom[p] == PVG_CFG_NONE)
                    continue;
                if (best == PVG_CFG_NONE) {
                    best = p;
                    continue;
                }
                while (p != best) {
                    while (p > best)
                        p = idom[p];
                    while (best > p)
                        best = idom[best];
                }
            }
            if (best != idom[i]) {
                idom[i] = best;
                changed = true;
            }
        }
    }
}

static void compute_dominators(struct pvg_cfg_graph *g)
{
    uint32_t n = g->order_count, k = 0;
    uint32_t *start = pvg_arena_array(g->arena, n + 1, sizeof *start);
    uint32_t *pred = pvg_arena_array(g->arena, g->edge_count + 1, sizeof *pred);
    uint32_t *idom = pvg_arena_array(g->arena, n, sizeof *idom);
    for (uint32_t i = 0; i < n; i++) {
        start[i] = k;
        uint32_t v = g->order[i];
        for (uint32_t j = g->in_start[v]; j < g->in_start[v + 1]; j++)
            pred[k++] = g->v[g->e[g->in_edges[j]].from].rpo;
    }
    start[n] = k;
    pvg_cfg_dominators(n, start, pred, idom);
    for (uint32_t i = 0; i < n; i++)
        g->v[g->order[i]].idom = i ? g->order[idom[i]] : PVG_CFG_NONE;
}

static bool vertex_dominates(const struct pvg_cfg_graph *g, uint32_t a, uint32_t b)
{
    while (b != PVG_CFG_NONE && g->v[b].rpo > g->v[a].rpo)
        b = g->v[b].idom;
    return a == b;
}

static void analyse(struct pvg_cfg_graph *g)
{
    compute_order(g);
    compute_incoming(g);
    compute_dominators(g);
}

static bool reducible(const struct pvg_cfg_graph *g)
{
    for (uint32_t i = 0; i < g->edge_count; i++) {
        const struct pvg_cfg_edge *e = &g->e[i];
        if (g->v[e->from].rpo == PVG_CFG_NONE || g->v[e->to].rpo > g->v[e->from].rpo)
            continue;
        if (!vertex_dominates(g, e->to, e->from))
            return false;
    }
    return true;
}

/* ---- Cycles with several entries ------------------------------------------------------------------------------------------ */

/** State of Tarjan's algorithm over the vertices whose region equals `region`. */
struct components {
    struct pvg_cfg_graph *g;
    uint32_t *region; /**< Region of every vertex. */
    uint32_t *index, *low, *comp;
    uint32_t *stack, depth;
    struct walk *walk;
    uint32_t next_index, next_comp;
};

static void component_from(struct components *c, uint32_t root, uint32_t region)
{
    struct pvg_cfg_graph *g = c->g;
    uint32_t d = 0;
    c->walk[d++] = (struct walk){root, 0};
    c->index[root] = c->low[root] = c->next_index++;
    c->stack[c->depth++] = root;
    while (d) {
        struct walk *w = &c->walk[d - 1];
        uint32_t n = w->node;
        if (w->next < g->v[n].out_count) {
            uint32_t t = g->e[g->v[n].out[w->next++]].to;
            if (c->region[t] != region)
                continue;
            if (c->index[t] == PVG_CFG_NONE) {
                c->index[t] = c->low[t] = c->next_index++;
                c->stack[c->depth++] = t;
                c->walk[d++] = (struct walk){t, 0};
            } else if (c->comp[t] == PVG_CFG_NONE && c->index[t] < c->low[n]) {
                c->low[n] = c->index[t];
            }
            continue;
        }
        if (c->low[n] == c->index[n]) {
            uint32_t t;
            do {
                t = c->stack[--c->depth];
                c->comp[t] = c->next_comp;
            } while (t != n);
            c->next_comp++;
        }
        d--;
        if (d && c->low[n] < c->low[c->walk[d - 1].node])
            c->low[c->walk[d - 1].node] = c->low[n];
    }
}

/** All edges into the given entries go through a new vertex that switches over a variable. */
static uint32_t add_dispatch(struct pvg_cfg_graph *g, const uint32_t *entries, uint32_t count)
{
    uint32_t var = g->var_count++;
    uint32_t edges = g->edge_count;
    uint32_t d = add_vertex(g, var);
    g->v[d].out = pvg_arena_array(g->arena, count, sizeof(uint32_t));
    g->v[d].slot_edge = pvg_arena_array(g->arena, count, sizeof(uint32_t));
    g->v[d].slot_count = g->v[d].out_count = count;
    for (uint32_t k = 0; k < count; k++) {
        for (uint32_t i = 0; i < edges; i++) {
            if (g->e[i].to != entries[k])
                continue;
            struct pvg_cfg_set *s = pvg_arena_alloc(g->arena, sizeof *s);
            *s = (struct pvg_cfg_set){.var = var, .value = k, .next = g->e[i].sets};
            g->e[i].sets = s;
            g->e[i].to = d;
        }
        g->v[d].out[k] = g->v[d].slot_edge[k] = add_edge(g, d, entries[k], k);
    }
    return d;
}

/**
 * One pass over a region: every strongly connected part with several entries gets a dispatch vertex; its header (that vertex or the
 * only entry) leaves the region, the rest becomes a region of its own. @return true if any part with a cycle was found.
 */
static bool split_region(struct pvg_cfg_graph *g, uint32_t *region, uint32_t *next_region, size_t cap, uint32_t r)
{
    struct pvg_arena *a = g->arena;
    uint32_t n = g->count;
    struct components c = {.g = g, .region = region};
    c.index = pvg_arena_array(a, n, 4);
    c.low = pvg_arena_array(a, n, 4);
    c.comp = pvg_arena_array(a, n, 4);
    c.stack = pvg_arena_array(a, n, 4);
    c.walk = pvg_arena_array(a, n + 1, sizeof *c.walk);
    memset(c.index, 0xFF, n * 4);
    memset(c.comp, 0xFF, n * 4);
    for (uint32_t i = 0; i < n; i++)
        if (region[i] == r && c.index[i] == PVG_CFG_NONE)
            component_from(&c, i, r);

    uint32_t *size = pvg_arena_array(a, c.next_comp + 1, 4);
    bool *self = pvg_arena_array(a, c.next_comp + 1, sizeof *self);
    bool *is_entry = pvg_arena_array(a, n, sizeof *is_entry);
    for (uint32_t i = 0; i < n; i++)
        if (c.comp[i] != PVG_CFG_NONE)
            size[c.comp[i]]++;
    is_entry[0] = true;
    for (uint32_t i = 0; i < g->edge_count; i++) {
        uint32_t from = g->e[i].from, to = g->e[i].to;
        if (g->v[from].rpo == PVG_CFG_NONE || c.comp[to] == PVG_CFG_NONE)
            continue;
        if (from == to)
            self[c.comp[to]] = true;
        else if (from >= n || c.comp[from] != c.comp[to])
            is_entry[to] = true;
    }

    bool found = false;
    uint32_t *entries = pvg_arena_array(a, n, 4);
    for (uint32_t k = 0; k < c.next_comp; k++) {
        if (size[k] < 2 && !self[k])
            continue;
        uint32_t count = 0;
        for (uint32_t i = 0; i < n; i++)
            if (c.comp[i] == k && is_entry[i])
                entries[count++] = i;
        uint32_t inner = (*next_region)++;
        for (uint32_t i = 0; i < n; i++)
            if (c.comp[i] == k)
                region[i] = inner;
        if (count > 1) {
            uint32_t d = add_dispatch(g, entries, count);
            if (d >= cap)
                return false;
            g->v[d].rpo = 0; /* Reachable; the order is computed anew afterwards. */
            region[d] = PVG_CFG_NONE;
        } else if (count == 1) {
            region[entries[0]] = PVG_CFG_NONE;
        }
        found = true;
    }
    return found;
}

/** Give every cycle a single entry. @return false when the graph needs too many dispatch vertices. */
static bool make_reducible(struct pvg_cfg_graph *g)
{
    size_t cap = (size_t)g->count * 2 + 16;
    uint32_t *region = pvg_arena_array(g->arena, cap, sizeof *region);
    memset(region, 0xFF, cap * sizeof *region);
    for (uint32_t i = 0; i < g->order_count; i++)
        region[g->order[i]] = 0;
    uint32_t next_region = 1;
    for (uint32_t r = 0; r < next_region; r++) {
        split_region(g, region, &next_region, cap, r);
        /* Each region costs a pass over the graph; hostile input would make that quadratic. */
        if (g->count + 1 >= cap || g->arena->total > g->arena->limit / 2)
            return false;
    }
    return true;
}

/* ---- Loops ---------------------------------------------------------------------------------------------------------------- */

static uint32_t outermost(const struct pvg_cfg_graph *g, uint32_t header)
{
    while (g->v[header].loop_parent != PVG_CFG_NONE)
        header = g->v[header].loop_parent;
    return header;
}

static void push_preds(const struct pvg_cfg_graph *g, uint32_t n, bool back_only, uint32_t *work, uint32_t *depth)
{
    for (uint32_t j = g->in_start[n]; j < g->in_start[n + 1]; j++) {
        uint32_t p = g->e[g->in_edges[j]].from;
        bool back = g->v[p].rpo >= g->v[n].rpo;
        if (back == back_only)
            work[(*depth)++] = p;
    }
}

/** Natural loops, inner ones first: headers in descending order of their position. */
static void compute_loops(struct pvg_cfg_graph *g)
{
    uint32_t *work = pvg_arena_array(g->arena, (size_t)g->edge_count * 2 + 2, sizeof *work);
    for (uint32_t i = g->order_count; i-- > 0;) {
        uint32_t h = g->order[i], depth = 0;
        push_preds(g, h, true, work, &depth);
        if (!depth)
            continue;
        g->v[h].header = true;
        while (depth) {
            uint32_t x = work[--depth];
            if (x == h)
                continue;
            if (g->v[x].loop == PVG_CFG_NONE) {
                g->v[x].loop = h;
            } else {
                x = outermost(g, g->v[x].loop);
                if (x == h)
                    continue;
                g->v[x].loop_parent = h;
            }
            push_preds(g, x, false, work, &depth);
        }
        g->v[h].loop = h;
    }
}

bool pvg_cfg_in_loop(const struct pvg_cfg_graph *g, uint32_t n, uint32_t h)
{
    for (uint32_t l = g->v[n].loop; l != PVG_CFG_NONE; l = g->v[l].loop_parent)
        if (l == h)
            return true;
    return false;
}

bool pvg_cfg_graph_build(struct pvg_cfg_graph *g, struct pvg_arena *arena, const struct pvg_cfg_node *nodes, uint32_t count,
                         const char **why)
{
    memset(g, 0, sizeof *g);
    g->arena = arena;
    g->var_count = 1;
    if (!count || count > PVG_CFG_MAX_NODES) {
        *why = "too many basic blocks";
        return false;
    }
    uint32_t *last = pvg_arena_array(arena, count, sizeof *last);
    uint32_t *stamp = pvg_arena_array(arena, count, sizeof *stamp);
    for (uint32_t i = 0; i < count; i++)
        add_vertex(g, PVG_CFG_NONE);
    for (uint32_t i = 0; i < count; i++)
        add_out_edges(g, i, &nodes[i], last, stamp);
    analyse(g);
    if (!reducible(g)) {
        if (!make_reducible(g)) {
            *why = "irreducible control flow is too complex";
            return false;
        }
        analyse(g);
        if (!reducible(g)) {
            *why = "irreducible control flow could not be resolved";
            return false;
        }
    }
    compute_loops(g);
    return true;
}
