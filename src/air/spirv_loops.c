/* SPDX-License-Identifier: MIT */
/*
 * Loops that a test guards and that repeat it at their end test at their start instead: "if (n) do ... while (++i != n)" becomes
 * "while (i != n)". As many tests run, the selection around the loop goes, and so do the phis after it, whose values are those of
 * the loop.
 */
#include "air/spirv_ir.h"

#include <string.h>

/** Instructions between guard and loop that run where the loop does not. */
enum { MAX_SPECULATED = 12 };

struct loop {
    struct pvg_ir *ir;
    const struct pvg_spv_memory *memory;
    uint32_t guard, before; /**< Blocks with the test and with the branch to the loop; these may be one. */
    uint32_t head, latch, next, exit, after;
    uint32_t body;
    unsigned in, back; /**< Predecessors of `head`: `before` and `next`. */
    unsigned skip;     /**< Predecessor of `after` that is `guard`. */
};

/** A comparison, true where the loop goes on. */
struct test {
    uint16_t op;
    uint32_t x, y;
};

static struct pvg_ir_inst *terminator(struct pvg_ir *ir, uint32_t block)
{
    return &ir->insts[ir->blocks[block].end - 1];
}

static bool has_merge(const struct pvg_ir *ir, uint32_t block)
{
    uint32_t m = ir->blocks[block].merge;
    return m != PVG_IR_NONE && !ir->insts[m].dead;
}

static uint32_t target(const struct pvg_ir *ir, const struct pvg_ir_inst *i, unsigned n)
{
    return ir->block_of[i->words[n]];
}

/** Live instructions ahead of merge and branch. */
static uint32_t live_count(const struct pvg_ir *ir, uint32_t block)
{
    const struct pvg_ir_block *blk = &ir->blocks[block];
    uint32_t n = 0;
    for (uint32_t k = blk->first; k + 1 < blk->end; k++)
        n += !ir->insts[k].dead && k != blk->merge;
    return n;
}

static bool has_live_phis(const struct pvg_ir *ir, uint32_t block)
{
    for (uint32_t n = ir->blocks[block].phis; n != PVG_IR_NONE; n = ir->phis[n].next)
        if (!ir->phis[n].dead)
            return true;
    return false;
}

/** May the instruction run although the guard says no? */
static bool is_harmless(struct pvg_ir *ir, const struct pvg_spv_memory *memory, const struct pvg_ir_inst *i)
{
    if (pvg_ir_pure(i))
        return true;
    if (i->op != SpvOpLoad || !pvg_ir_removable(i))
        return false;
    uint32_t pointer = pvg_ir_use(ir, i, 0);
    const struct pvg_spv_id *t = pvg_spv_info(ir->b, pvg_spv_type_of(ir->b, pointer));
    if (t->op == SpvOpTypePointer && t->members[0] != SpvStorageClassPhysicalStorageBuffer)
        return t->members[0] == SpvStorageClassInput || t->members[0] == SpvStorageClassPushConstant;
    /* Pointers out of the table lead to memory in any case where accesses are checked. */
    const struct pvg_ir_inst *d = pvg_ir_def_with(ir, pointer, SpvOpCompositeExtract);
    return memory->checked && d && memory->table && pvg_ir_use(ir, d, 0) == memory->table;
}

static bool may_speculate(const struct loop *l)
{
    struct pvg_ir *ir = l->ir;
    const struct pvg_ir_block *blk = &ir->blocks[l->before];
    if (l->before == l->guard)
        return true;
    if (live_count(ir, l->before) > MAX_SPECULATED)
        return false;
    for (uint32_t k = blk->first; k + 1 < blk->end; k++)
        if (!ir->insts[k].dead && !is_harmless(ir, l->memory, &ir->insts[k]))
            return false;
    return true;
}

/** The loop that starts with a block, with the selection around it. @return false: it is not of this form. */
static bool find_loop(struct pvg_ir *ir, uint32_t head, struct loop *l)
{
    const struct pvg_ir_block *h = &ir->blocks[head];
    if (!h->reachable || !has_merge(ir, head) || ir->insts[h->merge].op != SpvOpLoopMerge)
        return false;
    const struct pvg_ir_inst *merge = &ir->insts[h->merge];
    if (h->pred_count != 2 || terminator(ir, head)->op != SpvOpBranch || live_count(ir, head))
        return false;
    l->head = head;
    l->exit = target(ir, merge, 0);
    l->next = target(ir, merge, 1);
    l->body = target(ir, terminator(ir, head), 0);
    l->back = h->preds[1] == l->next;
    l->in = !l->back;
    const struct pvg_ir_block *n = &ir->blocks[l->next], *x = &ir->blocks[l->exit];
    if (h->preds[l->back] != l->next || l->body == l->next || l->body == l->exit || ir->blocks[l->body].pred_count != 1)
        return false;
    if (n->pred_count != 1 || live_count(ir, l->next) || terminator(ir, l->next)->op != SpvOpBranch || has_live_phis(ir, l->next))
        return false;
    l->latch = n->preds[0];
    if (terminator(ir, l->latch)->op != SpvOpBranchConditional || has_merge(ir, l->latch))
        return false;
    if (!x->reachable || has_merge(ir, l->exit) || terminator(ir, l->exit)->op != SpvOpBranch)
        return false;
    l->after = target(ir, terminator(ir, l->exit), 0);

    l->guard = l->before = h->preds[l->in];
    const struct pvg_ir_block *g = &ir->blocks[l->guard];
    if (terminator(ir, l->guard)->op == SpvOpBranch) {
        if (g->pred_count != 1 || has_merge(ir, l->guard) || g->is_merge || g->is_continue || has_live_phis(ir, l->guard))
            return false;
        l->guard = g->preds[0];
        g = &ir->blocks[l->guard];
    }
    if (terminator(ir, l->guard)->op != SpvOpBranchConditional || !has_merge(ir, l->guard))
        return false;
    const struct pvg_ir_block *a = &ir->blocks[l->after];
    if (ir->insts[g->merge].op != SpvOpSelectionMerge || target(ir, &ir->insts[g->merge], 0) != l->after || a->pred_count != 2)
        return false;
    l->skip = a->preds[1] == l->guard;
    if (live_count(ir, l->exit))
        return false;
    return a->preds[l->skip] == l->guard && a->preds[!l->skip] == l->exit;
}

static uint16_t inverse(uint16_t op)
{
    static const uint16_t pairs[][2] = {{SpvOpIEqual, SpvOpINotEqual},
                                        {SpvOpULessThan, SpvOpUGreaterThanEqual},
                                        {SpvOpSLessThan, SpvOpSGreaterThanEqual},
                                        {SpvOpUGreaterThan, SpvOpULessThanEqual},
                                        {SpvOpSGreaterThan, SpvOpSLessThanEqual}};
    for (unsigned k = 0; k < sizeof pairs / sizeof *pairs; k++)
        for (unsigned n = 0; n < 2; n++)
            if (pairs[k][n] == op)
                return pairs[k][!n];
    return 0;
}

/** The comparison of the other order of operands. */
static uint16_t mirrored(uint16_t op)
{
    switch (op) {
    case SpvOpULessThan:
        return SpvOpUGreaterThan;
    case SpvOpSLessThan:
        return SpvOpSGreaterThan;
    case SpvOpUGreaterThan:
        return SpvOpULessThan;
    case SpvOpSGreaterThan:
        return SpvOpSLessThan;
    case SpvOpULessThanEqual:
        return SpvOpUGreaterThanEqual;
    case SpvOpSLessThanEqual:
        return SpvOpSGreaterThanEqual;
    case SpvOpUGreaterThanEqual:
        return SpvOpULessThanEqual;
    case SpvOpSGreaterThanEqual:
        return SpvOpSLessThanEqual;
    default:
        return op;
    }
}

static void mirror(struct test *t)
{
    *t = (struct test){mirrored(t->op), t->y, t->x};
}

/** What a block's branch tests of integers, such that it is true on the way to `to`. */
static bool test_of(struct pvg_ir *ir, uint32_t block, uint32_t to, uint32_t other, struct test *out)
{
    const struct pvg_ir_inst *t = terminator(ir, block), *c = pvg_ir_def(ir, pvg_ir_use(ir, t, 0));
    bool yes = target(ir, t, 1) == to;
    if (target(ir, t, yes ? 1 : 2) != to || target(ir, t, yes ? 2 : 1) != other)
        return false;
    for (unsigned n = 0; c && c->op == SpvOpLogicalNot && n < 4; n++, yes = !yes)
        c = pvg_ir_def(ir, pvg_ir_use(ir, c, 0));
    if (!c || !inverse(c->op))
        return false;
    *out = (struct test){yes ? c->op : inverse(c->op), pvg_ir_use(ir, c, 0), pvg_ir_use(ir, c, 1)};
    return true;
}

/** The phi that starts with one value and goes on with another; NULL if there is none. */
static const struct pvg_ir_phi *phi_of(const struct loop *l, uint32_t first, uint32_t next)
{
    struct pvg_ir *ir = l->ir;
    for (uint32_t n = ir->blocks[l->head].phis; n != PVG_IR_NONE; n = ir->phis[n].next) {
        const struct pvg_ir_phi *p = &ir->phis[n];
        if (!p->dead && pvg_ir_find(ir, p->values[l->in]) == first && pvg_ir_find(ir, p->values[l->back]) == next)
            return p;
    }
    return NULL;
}

/** Is the value known where the loop is entered? */
static bool is_outer(struct pvg_ir *ir, const struct loop *l, uint32_t id)
{
    uint32_t block = ir->def_phi[id] != PVG_IR_NONE ? ir->phis[ir->def_phi[id]].block
                     : ir->def[id] != PVG_IR_NONE   ? ir->insts[ir->def[id]].block
                                                    : PVG_IR_NONE;
    return block == PVG_IR_NONE || (block != l->head && pvg_ir_dominates(ir, block, l->head));
}

/** What is `first` on the way in, and `next` on the way back? 0: nothing. */
static uint32_t same_place(const struct loop *l, uint32_t first, uint32_t next)
{
    const struct pvg_ir_phi *p = phi_of(l, first, next);
    return p ? p->id : first == next && is_outer(l->ir, l, first) ? first : 0;
}

/** The same comparison of what the loop carries. */
static bool repeated(const struct loop *l, struct test guard, struct test latch, struct test *out)
{
    for (unsigned turn = 0; turn < 2; turn++, mirror(&guard)) {
        if (guard.op != latch.op)
            continue;
        uint32_t x = same_place(l, guard.x, latch.x), y = same_place(l, guard.y, latch.y);
        *out = (struct test){latch.op, x, y};
        if (x && y)
            return true;
    }
    return false;
}

/** Does `t` say that `bound`, of the sign that `op` compares with, is above the constant `least`? */
static bool says_above(struct pvg_ir *ir, struct test t, uint16_t op, uint32_t bound, uint64_t least)
{
    struct pvg_spv *b = ir->b;
    uint16_t above = mirrored(op), from = op == SpvOpSLessThan ? SpvOpSGreaterThanEqual : SpvOpUGreaterThanEqual;
    uint64_t c, divisor;
    if (pvg_spv_const_bits(b, t.x, &c))
        mirror(&t);
    if (!pvg_spv_const_bits(b, t.y, &c))
        return false;
    unsigned width = pvg_spv_width(b, pvg_spv_type_of(b, t.y));
    uint64_t most = width >= 64 ? (uint64_t)INT64_MAX : ((uint64_t)1 << (width - 1)) - 1;
    if (c > most || least >= most)
        return false;
    if (op == SpvOpULessThan && t.op == SpvOpINotEqual && c == 0)
        c = 1;
    else if (t.op == above)
        c++;
    else if (t.op != from)
        return false;
    if (t.x == bound)
        return c == least + 1;
    /* The same of a quotient: it is above 0 where the dividend is not below the divisor. */
    const struct pvg_ir_inst *d = pvg_ir_def_with(ir, bound, op == SpvOpSLessThan ? SpvOpSDiv : SpvOpUDiv);
    return !least && d && pvg_ir_use(ir, d, 0) == t.x && pvg_spv_const_bits(b, pvg_ir_use(ir, d, 1), &divisor) && divisor == c && c;
}

/** Does the guard say that `start` is below the bound? */
static bool says_below(struct pvg_ir *ir, struct test guard, uint16_t op, uint32_t start, uint32_t bound)
{
    uint64_t first;
    if (guard.op != op)
        mirror(&guard);
    if (guard.op == op && guard.x == start && guard.y == bound)
        return true;
    return pvg_spv_const_bits(ir->b, start, &first) && says_above(ir, guard, op, bound, first);
}

/** Does a phi go on to `next` by adding 1? */
static bool steps_by_one(struct pvg_ir *ir, const struct pvg_ir_phi *phi, uint32_t next)
{
    const struct pvg_ir_inst *sum = pvg_ir_def_with(ir, next, SpvOpIAdd);
    uint64_t one;
    for (unsigned k = 0; sum && k < 2; k++)
        if (pvg_ir_use(ir, sum, k) == phi->id && pvg_spv_const_bits(ir->b, pvg_ir_use(ir, sum, !k), &one) && one == 1)
            return true;
    return false;
}

/** A counter that is below its bound at first, and goes on while it is, or by ones until it is there. */
static bool counted(const struct loop *l, struct test guard, struct test latch, struct test *out)
{
    static const uint16_t below[] = {SpvOpSLessThan, SpvOpULessThan};
    struct pvg_ir *ir = l->ir;
    for (unsigned turn = 0; turn < 2; turn++, mirror(&latch)) {
        if (!is_outer(ir, l, latch.y))
            continue;
        for (uint32_t n = ir->blocks[l->head].phis; n != PVG_IR_NONE; n = ir->phis[n].next) {
            const struct pvg_ir_phi *phi = &ir->phis[n];
            if (phi->dead || pvg_ir_find(ir, phi->values[l->back]) != latch.x)
                continue;
            uint32_t start = pvg_ir_find(ir, phi->values[l->in]);
            for (unsigned way = 0; way < 2; way++) {
                bool same = latch.op == below[way] || (latch.op == SpvOpINotEqual && steps_by_one(ir, phi, latch.x));
                if (same && says_below(ir, guard, below[way], start, latch.y)) {
                    *out = (struct test){below[way], phi->id, latch.y};
                    return true;
                }
            }
        }
    }
    return false;
}

static unsigned pred_index(const struct pvg_ir_block *blk, uint32_t pred)
{
    unsigned k = 0;
    while (k < blk->pred_count && blk->preds[k] != pred)
        k++;
    return k;
}

/**
 * What becomes of a phi behind the selection, whose value is `skipped` where the loop does not run; 0: that is not known. A phi of
 * `exit` gets its new value.
 */
static uint32_t value_after(const struct loop *l, const struct pvg_ir_phi *phi, uint32_t *exit_phi, uint32_t *new_value)
{
    struct pvg_ir *ir = l->ir;
    uint32_t skipped = pvg_ir_find(ir, phi->values[l->skip]), value = pvg_ir_find(ir, phi->values[!l->skip]);
    const struct pvg_ir_block *x = &ir->blocks[l->exit];
    uint32_t n = ir->def_phi[value];
    *exit_phi = PVG_IR_NONE;
    if (n == PVG_IR_NONE || ir->phis[n].block != l->exit)
        return same_place(l, skipped, value);
    *exit_phi = n;
    *new_value = same_place(l, skipped, pvg_ir_find(ir, ir->phis[n].values[pred_index(x, l->latch)]));
    return *new_value ? value : 0;
}

/** An instruction in front of the merge instruction of a block, which moves to where there is room. */
static struct pvg_ir_inst *insert(struct pvg_ir *ir, uint32_t block)
{
    struct pvg_ir_block *blk = &ir->blocks[block];
    uint32_t n = blk->end - blk->first, first = ir->inst_count, count = first + n + 1;
    if (count > ir->inst_cap) {
        uint32_t cap = count + count / 4 + 16;
        struct pvg_ir_inst *insts = pvg_arena_array(ir->arena, cap, sizeof *insts);
        memcpy(insts, ir->insts, ir->inst_count * sizeof *insts);
        ir->insts = insts;
        ir->inst_cap = cap;
    }
    ir->insts[first] = (struct pvg_ir_inst){.block = block};
    for (uint32_t k = 0; k < n; k++) {
        struct pvg_ir_inst *i = &ir->insts[first + 1 + k];
        *i = ir->insts[blk->first + k];
        if (i->id && ir->def[i->id] == blk->first + k)
            ir->def[i->id] = first + 1 + k;
        ir->insts[blk->first + k].dead = true;
        ir->insts[blk->first + k].id = 0;
    }
    blk->merge = blk->merge == PVG_IR_NONE ? PVG_IR_NONE : first + 1 + blk->merge - blk->first;
    blk->first = first;
    blk->end = ir->inst_count = count;
    return &ir->insts[first];
}

static uint32_t *words_of(struct pvg_ir *ir, uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t *words = pvg_arena_array(ir->arena, 3, sizeof *words);
    words[0] = a;
    words[1] = b;
    words[2] = c;
    return words;
}

static void write_test(const struct loop *l, const struct test *t)
{
    struct pvg_ir *ir = l->ir;
    struct pvg_ir_inst *i = insert(ir, l->head);
    i->op = t->op;
    i->type = pvg_spv_bool(ir->b);
    i->words = words_of(ir, t->x, t->y, 0);
    i->count = 2;
    uint32_t id = pvg_ir_new_id(ir, i->type), at = ir->blocks[l->head].first;
    ir->insts[at].id = id;
    ir->def[id] = at;
    struct pvg_ir_inst *end = terminator(ir, l->head);
    end->op = SpvOpBranchConditional;
    end->words = words_of(ir, id, ir->blocks[l->body].label, ir->blocks[l->exit].label);
    end->count = 3;
}

static void branch(struct pvg_ir *ir, uint32_t block, uint32_t to)
{
    struct pvg_ir_inst *t = terminator(ir, block);
    t->op = SpvOpBranch;
    t->words = words_of(ir, ir->blocks[to].label, 0, 0);
    t->count = 1;
}

/** The value behind a loop that also leaves at other places: those go on with what they had, the test has `tested`. */
static uint32_t merged(const struct loop *l, const struct pvg_ir_phi *phi, uint32_t tested)
{
    struct pvg_ir *ir = l->ir;
    const struct pvg_ir_block *x = &ir->blocks[l->exit];
    uint32_t value = pvg_ir_find(ir, phi->values[!l->skip]);
    if (x->pred_count == 1 || value == tested)
        return tested;
    uint32_t n = pvg_ir_add_phi(ir, l->exit, phi->type);
    for (unsigned k = 0; k < x->pred_count; k++)
        ir->phis[n].values[k] = x->preds[k] == l->latch ? tested : value;
    return ir->phis[n].id;
}

/** Find, or with `write` set, the values behind the loop. @return false: one is not known. */
static bool phis_after(const struct loop *l, bool write)
{
    struct pvg_ir *ir = l->ir;
    uint32_t exit_phi, value = 0;
    unsigned from = pred_index(&ir->blocks[l->exit], l->latch);
    for (uint32_t n = ir->blocks[l->after].phis; n != PVG_IR_NONE; n = ir->phis[n].next) {
        struct pvg_ir_phi *phi = &ir->phis[n];
        if (phi->dead)
            continue;
        uint32_t id = value_after(l, phi, &exit_phi, &value);
        if (!id)
            return false;
        if (!write)
            continue;
        if (exit_phi != PVG_IR_NONE)
            ir->phis[exit_phi].values[from] = value;
        else
            id = merged(l, phi, id);
        ir->rename[ir->phis[n].id] = id;
        ir->phis[n].dead = true;
    }
    return true;
}

/** Phis where the loop ends that nothing behind it needs are dead; the others must have been given their value above, once. */
static bool exit_phis_known(const struct loop *l)
{
    struct pvg_ir *ir = l->ir;
    for (uint32_t n = ir->blocks[l->exit].phis; n != PVG_IR_NONE; n = ir->phis[n].next) {
        unsigned uses = 0;
        if (ir->phis[n].dead)
            continue;
        for (uint32_t m = ir->blocks[l->after].phis; m != PVG_IR_NONE; m = ir->phis[m].next)
            uses += !ir->phis[m].dead && pvg_ir_find(ir, ir->phis[m].values[!l->skip]) == ir->phis[n].id;
        if (uses != 1)
            return false;
    }
    return true;
}

static bool turn_loop(struct pvg_ir *ir, const struct pvg_spv_memory *memory, uint32_t head)
{
    struct loop l = {.ir = ir, .memory = memory};
    struct test guard, latch, test;
    if (!find_loop(ir, head, &l) || !test_of(ir, l.guard, l.before == l.guard ? l.head : l.before, l.after, &guard) ||
        !test_of(ir, l.latch, l.next, l.exit, &latch))
        return false;
    if (!repeated(&l, guard, latch, &test) && !counted(&l, guard, latch, &test))
        return false;
    if (!may_speculate(&l) || !exit_phis_known(&l) || !phis_after(&l, false))
        return false;
    phis_after(&l, true);
    struct pvg_ir_block *x = &ir->blocks[l.exit], *a = &ir->blocks[l.after];
    x->preds[pred_index(x, l.latch)] = l.head;
    a->preds[0] = l.exit;
    a->pred_count = 1;
    a->is_merge = false;
    ir->insts[ir->blocks[l.guard].merge].dead = true;
    ir->flags[pvg_ir_use(ir, terminator(ir, l.guard), 0)] |= PVG_IR_UNUSED;
    ir->flags[pvg_ir_use(ir, terminator(ir, l.latch), 0)] |= PVG_IR_UNUSED;
    branch(ir, l.guard, l.before == l.guard ? l.head : l.before);
    branch(ir, l.latch, l.next);
    write_test(&l, &test);
    return true;
}

/** Conditions that only the branches had which are gone. */
static void drop_conditions(struct pvg_ir *ir)
{
    for (uint32_t k = 0; k < ir->inst_count; k++) {
        const struct pvg_ir_inst *i = &ir->insts[k];
        /* Words that are no ids may be taken for some: the condition stays then. */
        for (unsigned n = 0; !i->dead && n < i->count; n++)
            if (i->words[n] < ir->id_bound)
                ir->flags[pvg_ir_find(ir, i->words[n])] &= (uint8_t)~PVG_IR_UNUSED;
    }
    for (size_t n = 0; n < ir->phi_count; n++)
        for (uint32_t p = 0; !ir->phis[n].dead && p < ir->blocks[ir->phis[n].block].pred_count; p++)
            ir->flags[pvg_ir_find(ir, ir->phis[n].values[p])] &= (uint8_t)~PVG_IR_UNUSED;
    for (uint32_t k = 0; k < ir->inst_count; k++)
        if (ir->insts[k].id && ir->flags[ir->insts[k].id] & PVG_IR_UNUSED)
            ir->insts[k].dead = true;
}

void pvg_ir_turn_loops(struct pvg_ir *ir, const struct pvg_spv_memory *memory)
{
    bool turned = false;
    for (uint32_t k = ir->rpo_count; k-- > 0;)
        if (ir->blocks[ir->rpo[k]].merge != PVG_IR_NONE)
            turned |= turn_loop(ir, memory, ir->rpo[k]);
    if (turned)
        drop_conditions(ir);
}
