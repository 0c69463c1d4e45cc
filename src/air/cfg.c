/* SPDX-License-Identifier: MIT */
/*
 * The dominator tree gives the nesting: a vertex is emitted inside the construct of the vertex that dominates it, a join after
 * everything that branches to it. While emitting, the open end of the code carries the set of joins that it may be on its way to
 * ("pending"); with more than one the selector variable tells them apart, and the code of a join that only some of them reach is
 * guarded by a test. Branches out of the innermost loop or back to its header leave directly, as SPIR-V allows from any depth of
 * selections.
 */
#include "air/cfg.h"

#include "air/cfg_graph.h"

#include <stdlib.h>
#include <string.h>

#define SELECTOR       0u
#define MAX_DEPTH      2000
#define MAX_LOOP_DEPTH 200

/** Joins that the open end of the code is on its way to. Empty = the code has ended. */
struct pending {
    uint32_t *v;
    uint32_t count;
};

/** Innermost loop while emitting. */
struct loop {
    uint32_t header;
    uint32_t merge, cont;
    bool multi; /**< Several targets outside: the selector says which. */
    struct pending exits;
};

struct children {
    uint32_t *v;
    uint32_t count;
    size_t cap;
};

struct builder {
    struct pvg_arena *arena;
    struct pvg_cfg_graph g;
    struct pvg_cfg_plan *plan;
    struct children *inside; /**< Joins placed right after a vertex's construct. */
    struct children *after;  /**< Headers: vertices placed after the loop. */
    bool *inlined;           /**< Emitted at its only predecessor. */
    bool *several_exits;     /**< Headers: the loop has more than one target outside. */
    uint32_t depth;
    const char *why;
};

static struct pending emit_vertex(struct builder *b, uint32_t x, struct loop *loop);

static size_t add_op(struct builder *b, struct pvg_cfg_op op)
{
    struct pvg_cfg_plan *p = b->plan;
    p->ops = pvg_arena_grow(b->arena, p->ops, &p->op_cap, p->op_count + 1, sizeof *p->ops);
    p->ops[p->op_count] = op;
    return p->op_count++;
}

static uint32_t new_label(struct builder *b)
{
    return b->plan->label_count++;
}

static void start(struct builder *b, uint32_t label)
{
    add_op(b, (struct pvg_cfg_op){.kind = PVG_CFG_LABEL, .label = label});
}

static size_t branch(struct builder *b, uint32_t label)
{
    return add_op(b, (struct pvg_cfg_op){.kind = PVG_CFG_BRANCH, .label = label});
}

static void set_selector(struct builder *b, uint32_t value)
{
    b->plan->uses_selector = true;
    add_op(b, (struct pvg_cfg_op){.kind = PVG_CFG_SET, .var = SELECTOR, .value = value});
}

static uint32_t *labels(struct builder *b, uint32_t count)
{
    uint32_t *t = pvg_arena_array(b->arena, count, sizeof *t);
    for (uint32_t i = 0; i < count; i++)
        t[i] = new_label(b);
    return t;
}

static struct pending single(struct builder *b, uint32_t v)
{
    struct pending p = {pvg_arena_array(b->arena, 1, sizeof *p.v), 1};
    p.v[0] = v;
    return p;
}

static bool contains(struct pending p, uint32_t v)
{
    for (uint32_t i = 0; i < p.count; i++)
        if (p.v[i] == v)
            return true;
    return false;
}

static struct pending merge_pending(struct builder *b, struct pending x, struct pending y)
{
    struct pending r = {pvg_arena_array(b->arena, x.count + y.count + 1, sizeof *r.v), 0};
    for (uint32_t i = 0; i < x.count; i++)
        r.v[r.count++] = x.v[i];
    for (uint32_t i = 0; i < y.count; i++)
        if (!contains(x, y.v[i]))
            r.v[r.count++] = y.v[i];
    return r;
}

static struct pending without(struct builder *b, struct pending x, uint32_t v)
{
    struct pending r = {pvg_arena_array(b->arena, x.count + 1, sizeof *r.v), 0};
    for (uint32_t i = 0; i < x.count; i++)
        if (x.v[i] != v)
            r.v[r.count++] = x.v[i];
    return r;
}

static bool leaves(const struct builder *b, const struct loop *loop, uint32_t target)
{
    return loop && (target == loop->header || !pvg_cfg_in_loop(&b->g, target, loop->header));
}

/** Branch that leaves the selections of the innermost loop: to its continue target or out of it. */
static void leave(struct builder *b, struct loop *loop, uint32_t target)
{
    if (target == loop->header) {
        branch(b, loop->cont);
        return;
    }
    if (loop->multi)
        set_selector(b, target);
    loop->exits = merge_pending(b, loop->exits, single(b, target));
    branch(b, loop->merge);
}

/** Send the parts of a pending set on their way that leave the innermost loop. */
static struct pending settle(struct builder *b, struct pending p, struct loop *loop)
{
    for (uint32_t i = 0; i < p.count;) {
        uint32_t target = p.v[i];
        if (!leaves(b, loop, target)) {
            i++;
            continue;
        }
        if (p.count == 1) {
            leave(b, loop, target);
            return (struct pending){NULL, 0};
        }
        uint32_t *t = labels(b, 2);
        add_op(b, (struct pvg_cfg_op){
                      .kind = PVG_CFG_TEST, .var = SELECTOR, .value = target, .targets = t, .target_count = 2, .label = t[1]});
        start(b, t[0]);
        leave(b, loop, target);
        start(b, t[1]);
        p = without(b, p, target);
    }
    return p;
}

/** Control takes an edge of vertex `x`. */
static struct pending follow(struct builder *b, uint32_t x, uint32_t edge, struct loop *loop)
{
    const struct pvg_cfg_edge e = b->g.e[edge];
    if (b->g.v[x].dispatch_var == PVG_CFG_NONE)
        add_op(b, (struct pvg_cfg_op){.kind = PVG_CFG_EDGE, .node = x, .index = e.index});
    for (const struct pvg_cfg_set *s = e.sets; s; s = s->next)
        add_op(b, (struct pvg_cfg_op){.kind = PVG_CFG_SET, .var = s->var, .value = s->value});
    if (leaves(b, loop, e.to)) {
        leave(b, loop, e.to);
        return (struct pending){NULL, 0};
    }
    if (b->inlined[e.to])
        return emit_vertex(b, e.to, loop);
    return single(b, e.to);
}

/** Ends of the arms of a construct, joined at its merge block. */
struct arms {
    struct pending *p;
    size_t *slot; /**< Operation reserved for the selector of each arm. */
    uint32_t count;
};

static void end_arm(struct builder *b, struct arms *arms, struct pending p, uint32_t merge)
{
    arms->p[arms->count] = p;
    if (p.count) {
        arms->slot[arms->count] = add_op(b, (struct pvg_cfg_op){.kind = PVG_CFG_NOP});
        branch(b, merge);
    }
    arms->count++;
}

/** Start the merge block. Arms with one destination set the selector if the arms together have several. */
static struct pending join_arms(struct builder *b, const struct arms *arms, uint32_t merge)
{
    struct pending all = {NULL, 0};
    for (uint32_t i = 0; i < arms->count; i++)
        all = merge_pending(b, all, arms->p[i]);
    if (all.count > 1) {
        b->plan->uses_selector = true;
        for (uint32_t i = 0; i < arms->count; i++)
            if (arms->p[i].count == 1)
                b->plan->ops[arms->slot[i]] = (struct pvg_cfg_op){.kind = PVG_CFG_SET, .var = SELECTOR, .value = arms->p[i].v[0]};
    }
    start(b, merge);
    if (!all.count)
        add_op(b, (struct pvg_cfg_op){.kind = PVG_CFG_UNREACHABLE});
    return all;
}

static struct arms make_arms(struct builder *b, uint32_t count)
{
    return (struct arms){.p = pvg_arena_array(b->arena, count, sizeof(struct pending)),
                         .slot = pvg_arena_array(b->arena, count, sizeof(size_t))};
}

static struct pending emit_selection(struct builder *b, uint32_t x, struct loop *loop)
{
    const struct pvg_cfg_vertex v = b->g.v[x];
    uint32_t *arm_label = labels(b, v.out_count);
    uint32_t merge = new_label(b);
    uint32_t *targets = pvg_arena_array(b->arena, v.slot_count, sizeof *targets);
    for (uint32_t i = 0; i < v.slot_count; i++)
        for (uint32_t k = 0; k < v.out_count; k++)
            if (v.slot_edge[i] == v.out[k])
                targets[i] = arm_label[k];

    struct pvg_cfg_op op = {.node = x, .targets = targets, .target_count = v.slot_count, .label = merge};
    op.kind = v.dispatch_var != PVG_CFG_NONE ? PVG_CFG_DISPATCH : v.slot_count == 2 ? PVG_CFG_COND : PVG_CFG_SWITCH;
    op.var = v.dispatch_var;
    add_op(b, op);

    struct arms arms = make_arms(b, v.out_count);
    for (uint32_t k = 0; k < v.out_count; k++) {
        start(b, arm_label[k]);
        struct pending p = follow(b, x, v.out[k], loop);
        if (b->why)
            return p;
        end_arm(b, &arms, p, merge);
    }
    return join_arms(b, &arms, merge);
}

/** The open end is on its way to `p`; place join `y`. */
static struct pending place_join(struct builder *b, struct pending p, uint32_t y, struct loop *loop)
{
    if (!contains(p, y))
        return p;
    if (p.count == 1)
        return emit_vertex(b, y, loop);

    uint32_t *t = labels(b, 2);
    uint32_t merge = new_label(b);
    add_op(b,
           (struct pvg_cfg_op){.kind = PVG_CFG_TEST, .var = SELECTOR, .value = y, .targets = t, .target_count = 2, .label = merge});
    struct arms arms = make_arms(b, 2);
    start(b, t[0]);
    struct pending through = emit_vertex(b, y, loop);
    if (b->why)
        return through;
    end_arm(b, &arms, through, merge);
    start(b, t[1]);
    end_arm(b, &arms, without(b, p, y), merge);
    return join_arms(b, &arms, merge);
}

/** Vertex `x` and the joins inside its construct. */
static struct pending emit_inner(struct builder *b, uint32_t x, struct loop *loop)
{
    const struct pvg_cfg_vertex v = b->g.v[x];
    if (v.dispatch_var == PVG_CFG_NONE)
        add_op(b, (struct pvg_cfg_op){.kind = PVG_CFG_BODY, .node = x});
    struct pending p = {NULL, 0};
    if (!v.out_count)
        add_op(b, (struct pvg_cfg_op){.kind = PVG_CFG_EXIT, .node = x});
    else if (v.out_count == 1)
        p = follow(b, x, v.out[0], loop);
    else
        p = emit_selection(b, x, loop);
    for (uint32_t i = 0; i < b->inside[x].count && !b->why; i++)
        p = place_join(b, p, b->inside[x].v[i], loop);
    return p;
}

static struct pending emit_loop(struct builder *b, uint32_t x, struct loop *outer)
{
    struct loop loop = {.header = x, .multi = b->several_exits[x]};
    uint32_t head = new_label(b);
    branch(b, head);
    start(b, head);
    uint32_t *t = labels(b, 2); /* Body, continue. */
    loop.cont = t[1];
    loop.merge = new_label(b);
    add_op(b, (struct pvg_cfg_op){.kind = PVG_CFG_LOOP, .targets = t, .target_count = 2, .label = loop.merge});
    start(b, t[0]);
    struct pending p = emit_inner(b, x, &loop);
    if (b->why)
        return p;
    if (p.count) {
        b->why = "internal: a loop body does not end";
        return p;
    }
    start(b, loop.cont);
    branch(b, head);
    start(b, loop.merge);
    if (!loop.exits.count)
        add_op(b, (struct pvg_cfg_op){.kind = PVG_CFG_UNREACHABLE});
    return settle(b, loop.exits, outer);
}

static struct pending emit_vertex(struct builder *b, uint32_t x, struct loop *loop)
{
    struct pending p = {NULL, 0};
    if (++b->depth > MAX_DEPTH) {
        b->why = "control flow is nested too deeply";
        return p;
    }
    if (b->g.v[x].header) {
        p = emit_loop(b, x, loop);
        for (uint32_t i = 0; i < b->after[x].count && !b->why; i++)
            p = place_join(b, p, b->after[x].v[i], loop);
    } else {
        p = emit_inner(b, x, loop);
    }
    b->depth--;
    return p;
}

static void add_child(struct builder *b, struct children *c, uint32_t v)
{
    c->v = pvg_arena_grow(b->arena, c->v, &c->cap, c->count + 1, sizeof *c->v);
    c->v[c->count++] = v;
}

static uint32_t forward_edges(const struct pvg_cfg_graph *g, uint32_t v)
{
    uint32_t n = 0;
    for (uint32_t j = g->in_start[v]; j < g->in_start[v + 1]; j++)
        n += g->v[g->e[g->in_edges[j]].from].rpo < g->v[v].rpo;
    return n;
}

/** Where every vertex goes. In reverse post-order, so that every list of joins is in the order in which they are reached. */
static void place_all(struct builder *b)
{
    struct pvg_cfg_graph *g = &b->g;
    for (uint32_t i = 1; i < g->order_count; i++) {
        uint32_t v = g->order[i];
        uint32_t d = g->v[v].idom, out_of = PVG_CFG_NONE;
        for (uint32_t l = g->v[d].loop; l != PVG_CFG_NONE; l = g->v[l].loop_parent)
            if (!pvg_cfg_in_loop(g, v, l))
                out_of = l;
        if (out_of != PVG_CFG_NONE)
            add_child(b, &b->after[out_of], v);
        else if (forward_edges(g, v) == 1)
            b->inlined[v] = true;
        else
            add_child(b, &b->inside[d], v);
    }
}

/** Which loops are left to more than one place. */
static void count_exits(struct builder *b)
{
    const struct pvg_cfg_graph *g = &b->g;
    uint32_t *first = pvg_arena_array(b->arena, g->count, sizeof *first);
    memset(first, 0xFF, g->count * sizeof *first);
    for (uint32_t i = 0; i < g->edge_count; i++) {
        const struct pvg_cfg_edge *e = &g->e[i];
        if (g->v[e->from].rpo == PVG_CFG_NONE)
            continue;
        for (uint32_t l = g->v[e->from].loop; l != PVG_CFG_NONE && !pvg_cfg_in_loop(g, e->to, l); l = g->v[l].loop_parent) {
            b->several_exits[l] |= first[l] != PVG_CFG_NONE && first[l] != e->to;
            first[l] = e->to;
        }
    }
}

/** Loops nested deeper than real code is cost time that grows with the square of the depth. */
static bool loops_too_deep(const struct pvg_cfg_graph *g)
{
    for (uint32_t i = 0; i < g->count; i++) {
        uint32_t depth = 0;
        for (uint32_t l = g->v[i].loop; l != PVG_CFG_NONE; l = g->v[l].loop_parent)
            if (++depth > MAX_LOOP_DEPTH)
                return true;
    }
    return false;
}

/* ---- Dominators of the emitted blocks --------------------------------------------------------------------------------------- */

struct link {
    uint32_t from, to;
};

static struct link *collect_links(struct builder *b, size_t *count)
{
    struct pvg_cfg_plan *p = b->plan;
    struct link *links = NULL;
    size_t cap = 0, n = 0;
    uint32_t at = 0;
    for (size_t i = 0; i < p->op_count; i++) {
        const struct pvg_cfg_op *op = &p->ops[i];
        if (op->kind == PVG_CFG_LABEL)
            at = op->label;
        if (op->kind == PVG_CFG_BODY) {
            p->node_label[op->node] = at;
            p->node_op[op->node] = (uint32_t)i;
        }
        uint32_t targets = op->kind == PVG_CFG_LOOP ? 1 : op->target_count;
        links = pvg_arena_grow(b->arena, links, &cap, n + targets + 1, sizeof *links);
        if (op->kind == PVG_CFG_BRANCH)
            links[n++] = (struct link){at, op->label};
        for (uint32_t k = 0; k < targets; k++)
            links[n++] = (struct link){at, op->targets[k]};
    }
    *count = n;
    return links;
}

/**
 * Dominators over the plan's blocks. Labels are visited in the order of emission, in which every block follows its dominator and
 * only back edges point backwards, as the algorithm needs.
 */
static void label_dominators(struct builder *b)
{
    struct pvg_cfg_plan *p = b->plan;
    struct pvg_arena *a = b->arena;
    size_t link_count;
    struct link *links = collect_links(b, &link_count);
    uint32_t n = 0;
    uint32_t *pos = pvg_arena_array(a, p->label_count, 4), *at = pvg_arena_array(a, p->label_count, 4);
    for (size_t i = 0; i < p->op_count; i++) {
        if (p->ops[i].kind != PVG_CFG_LABEL)
            continue;
        pos[p->ops[i].label] = n;
        at[n++] = p->ops[i].label;
    }
    uint32_t *first = pvg_arena_array(a, n + 2, 4), *pred = pvg_arena_array(a, link_count + 1, 4);
    uint32_t *idom = pvg_arena_array(a, n, 4);
    for (size_t i = 0; i < link_count; i++)
        first[pos[links[i].to] + 2]++;
    for (uint32_t i = 2; i < n + 2; i++)
        first[i] += first[i - 1];
    for (size_t i = 0; i < link_count; i++)
        pred[first[pos[links[i].to] + 1]++] = pos[links[i].from];
    pvg_cfg_dominators(n, first, pred, idom);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t l = at[i];
        bool root = i == 0, dead = idom[i] == PVG_CFG_NONE;
        p->idom[l] = root || dead ? PVG_CFG_NONE : at[idom[i]];
        p->depth[l] = root || dead ? 0 : p->depth[p->idom[l]] + 1;
    }
}

bool pvg_cfg_dominates(const struct pvg_cfg_plan *plan, uint32_t a, uint32_t b)
{
    while (b != PVG_CFG_NONE && plan->depth[b] > plan->depth[a])
        b = plan->idom[b];
    return a == b;
}

struct pvg_cfg_plan *pvg_cfg_structure(struct pvg_arena *arena, const struct pvg_cfg_node *nodes, uint32_t count, const char **why)
{
    struct builder b = {.arena = arena};
    *why = NULL;
    if (!pvg_cfg_graph_build(&b.g, arena, nodes, count, why))
        return NULL;
    b.plan = pvg_arena_alloc(arena, sizeof *b.plan);
    b.inside = pvg_arena_array(arena, b.g.count, sizeof *b.inside);
    b.after = pvg_arena_array(arena, b.g.count, sizeof *b.after);
    b.inlined = pvg_arena_array(arena, b.g.count, sizeof *b.inlined);
    b.several_exits = pvg_arena_array(arena, b.g.count, sizeof *b.several_exits);
    if (loops_too_deep(&b.g)) {
        *why = "loops are nested too deeply";
        return NULL;
    }
    place_all(&b);
    count_exits(&b);

    start(&b, new_label(&b));
    struct pending p = emit_vertex(&b, 0, NULL);
    if (!b.why && p.count)
        b.why = "internal: a join was not placed";
    if (b.why) {
        *why = b.why;
        return NULL;
    }
    b.plan->var_count = b.g.var_count;
    b.plan->node_label = pvg_arena_array(arena, count, sizeof(uint32_t));
    b.plan->node_op = pvg_arena_array(arena, count, sizeof(uint32_t));
    memset(b.plan->node_label, 0xFF, count * sizeof(uint32_t));
    b.plan->idom = pvg_arena_array(arena, b.plan->label_count, sizeof(uint32_t));
    b.plan->depth = pvg_arena_array(arena, b.plan->label_count, sizeof(uint32_t));
    label_dominators(&b);
    return b.plan;
}
