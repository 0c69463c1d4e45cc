/* SPDX-License-Identifier: MIT */
/*
 * Control flow without detours: blocks that only branch on, merge blocks that nothing reaches, blocks with one way in and out.
 * What stays obeys the rules of structured control flow (SPIR-V section 2.11) as the plan's output did.
 */
#include "air/spirv_ir.h"

#include <string.h>

/** A merge that goes may leave an empty block behind, and that one the last way to another merge block. */
enum { MAX_TURNS = 4 };

static struct pvg_ir_inst *terminator(struct pvg_ir *ir, uint32_t block)
{
    return &ir->insts[ir->blocks[block].end - 1];
}

static const struct pvg_ir_inst *merge_of(const struct pvg_ir *ir, uint32_t block)
{
    uint32_t m = ir->blocks[block].merge;
    return m == PVG_IR_NONE || ir->insts[m].dead ? NULL : &ir->insts[m];
}

static uint32_t target(const struct pvg_ir *ir, const struct pvg_ir_inst *i, unsigned n)
{
    return ir->block_of[i->words[n]];
}

static bool has_live_phis(const struct pvg_ir *ir, uint32_t block)
{
    for (uint32_t n = ir->blocks[block].phis; n != PVG_IR_NONE; n = ir->phis[n].next)
        if (!ir->phis[n].dead)
            return true;
    return false;
}

/** Nothing but a branch to another block. */
static bool only_branches(struct pvg_ir *ir, uint32_t block)
{
    const struct pvg_ir_block *blk = &ir->blocks[block];
    const struct pvg_ir_inst *t = terminator(ir, block);
    if (t->op != SpvOpBranch || target(ir, t, 0) == block || has_live_phis(ir, block) || blk->moved != PVG_IR_NONE)
        return false;
    for (uint32_t n = blk->first; n + 1 < blk->end; n++)
        if (!ir->insts[n].dead && ir->insts[n].block == block)
            return false;
    return true;
}

static bool has_pred(const struct pvg_ir_block *blk, uint32_t pred)
{
    for (uint32_t k = 0; k < blk->pred_count; k++)
        if (blk->preds[k] == pred)
            return true;
    return false;
}

/** The edge from `empty` to `to` becomes one edge from each predecessor of `empty`, with the same values of phis. */
static void splice_preds(struct pvg_ir *ir, uint32_t empty, uint32_t to)
{
    const struct pvg_ir_block *e = &ir->blocks[empty];
    struct pvg_ir_block *t = &ir->blocks[to];
    uint32_t at = 0, count = t->pred_count - 1 + e->pred_count;
    while (t->preds[at] != empty)
        at++;
    uint32_t *preds = pvg_arena_array(ir->arena, count + 1, sizeof *preds);
    memcpy(preds, t->preds, t->pred_count * sizeof *preds);
    preds[at] = e->preds[0];
    memcpy(preds + t->pred_count, e->preds + 1, (e->pred_count - 1) * sizeof *preds);
    for (uint32_t n = t->phis; n != PVG_IR_NONE; n = ir->phis[n].next) {
        struct pvg_ir_phi *phi = &ir->phis[n];
        uint32_t *values = pvg_arena_array(ir->arena, count + 1, sizeof *values);
        memcpy(values, phi->values, t->pred_count * sizeof *values);
        for (uint32_t k = t->pred_count; k < count; k++)
            values[k] = phi->values[at];
        phi->values = values;
    }
    t->preds = preds;
    t->pred_count = count;
}

static void retarget(struct pvg_ir *ir, uint32_t block, uint32_t from, uint32_t to)
{
    struct pvg_ir_inst *t = terminator(ir, block);
    for (unsigned k = 0; k < t->count; k++)
        if (pvg_ir_operand(ir, t, k) == PVG_IR_LABEL && ir->block_of[t->words[k]] == from)
            t->words[k] = ir->blocks[to].label;
}

/**
 * May `pred` branch to `to` itself instead of through `from`? A switch may only to its cases, which it dominates, and to its own
 * merge block; that only by default: Mesa 25.0 makes
 * wrong code of some functions with other cases that go there.
 */
static bool may_skip(struct pvg_ir *ir, uint32_t pred, uint32_t from, uint32_t to)
{
    if (!ir->blocks[pred].reachable || has_pred(&ir->blocks[to], pred))
        return false;
    const struct pvg_ir_inst *merge = merge_of(ir, pred);
    const struct pvg_ir_inst *t = terminator(ir, pred);
    return t->op != SpvOpSwitch || (merge && target(ir, merge, 0) == to && target(ir, t, 1) == from);
}

static void fold_empty_block(struct pvg_ir *ir, uint32_t k)
{
    const struct pvg_ir_block *blk = &ir->blocks[k];
    if (!k || !blk->reachable || blk->is_merge || blk->is_continue || blk->merge != PVG_IR_NONE || !only_branches(ir, k))
        return;
    uint32_t to = target(ir, terminator(ir, k), 0);
    for (uint32_t p = 0; p < blk->pred_count; p++)
        if (!may_skip(ir, blk->preds[p], k, to))
            return;
    splice_preds(ir, k, to);
    for (uint32_t p = 0; p < blk->pred_count; p++)
        retarget(ir, blk->preds[p], k, to);
    ir->blocks[k].pred_count = 0;
    ir->blocks[k].reachable = false;
}

static uint32_t reachable_preds(const struct pvg_ir *ir, uint32_t block)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < ir->blocks[block].pred_count; k++)
        n += ir->blocks[ir->blocks[block].preds[k]].reachable;
    return n;
}

/**
 * A selection one side of which leaves the loop or starts its next turn needs no merge when the other side is the only way to its
 * merge block, or nothing reaches that. @return whether the block was one.
 */
static bool drop_selection_merge(struct pvg_ir *ir, uint32_t k)
{
    const struct pvg_ir_inst *m = merge_of(ir, k), *t = terminator(ir, k);
    if (!ir->blocks[k].reachable || !m || m->op != SpvOpSelectionMerge || t->op != SpvOpBranchConditional)
        return false;
    uint32_t merge = target(ir, m, 0), yes = target(ir, t, 1), no = target(ir, t, 2);
    bool exit_yes = ir->blocks[yes].is_loop_exit && yes != merge, exit_no = ir->blocks[no].is_loop_exit && no != merge;
    uint32_t preds = reachable_preds(ir, merge);
    if (yes == no || !(exit_yes || exit_no) || ir->blocks[merge].is_loop_exit || preds > 1)
        return false;
    if (preds == 1 && exit_yes && exit_no)
        return false;
    ir->insts[ir->blocks[k].merge].dead = true;
    ir->blocks[merge].is_merge = false;
    if (!preds)
        ir->blocks[merge].reachable = false;
    return true;
}

/** May `next` continue the chain that ends in `last`? `merge` is the merge instruction that the chain has already. */
static bool continues(struct pvg_ir *ir, uint32_t last, uint32_t next, const struct pvg_ir_inst *merge)
{
    const struct pvg_ir_block *blk = &ir->blocks[next];
    const struct pvg_ir_inst *t = terminator(ir, next);
    if (next == last || !next || blk->absorbed || blk->is_merge || blk->is_continue || blk->pred_count != 1)
        return false;
    if (!merge)
        return true;
    return !merge_of(ir, next) && (t->op == SpvOpBranch || t->op == SpvOpBranchConditional);
}

static void join_blocks(struct pvg_ir *ir, uint32_t head)
{
    const struct pvg_ir_inst *merge = merge_of(ir, head);
    uint32_t last = head;
    if (!ir->blocks[head].reachable || ir->blocks[head].absorbed)
        return;
    for (;;) {
        const struct pvg_ir_inst *t = terminator(ir, last);
        uint32_t next = t->op == SpvOpBranch ? target(ir, t, 0) : PVG_IR_NONE;
        if (next == PVG_IR_NONE || next == head || !continues(ir, last, next, merge))
            return;
        for (uint32_t n = ir->blocks[next].phis; n != PVG_IR_NONE; n = ir->phis[n].next) {
            if (!ir->phis[n].dead)
                ir->rename[ir->phis[n].id] = pvg_ir_find(ir, ir->phis[n].values[0]);
            ir->phis[n].dead = true;
        }
        ir->blocks[last].chained = next;
        ir->blocks[next].absorbed = true;
        if (merge_of(ir, next))
            merge = merge_of(ir, next);
        last = next;
    }
}

/** The chain that starts with `first`: its last block, and the merge instruction in it. */
static uint32_t chain_end(struct pvg_ir *ir, uint32_t first, const struct pvg_ir_inst **merge)
{
    uint32_t last = first;
    *merge = NULL;
    for (;; last = ir->blocks[last].chained) {
        if (merge_of(ir, last))
            *merge = merge_of(ir, last);
        if (ir->blocks[last].chained == PVG_IR_NONE)
            return last;
    }
}

/**
 * May the chain from `first` to `last`, of which the loop's next turn follows, be its continue construct? It is entered at one
 * place, which may branch to a continue block, and is part of no other construct's rules. SPIR-V would allow that it ends with a
 * way out of the loop; Mesa's compiler (25.0) crashes over some of those.
 */
static bool may_continue(struct pvg_ir *ir, uint32_t first, uint32_t last)
{
    const struct pvg_ir_block *blk = &ir->blocks[first];
    const struct pvg_ir_inst *t = terminator(ir, last), *merge;
    if (!first || blk->is_merge || blk->is_continue || blk->pred_count != 1 || terminator(ir, blk->preds[0])->op == SpvOpSwitch)
        return false;
    if (chain_end(ir, first, &merge) != last || merge)
        return false;
    return t->op == SpvOpBranch;
}

/** Does the branch at the end of a block lead to these two, in any order? */
static bool forks_to(struct pvg_ir *ir, uint32_t block, uint32_t x, uint32_t y)
{
    const struct pvg_ir_inst *t = terminator(ir, block);
    if (t->op != SpvOpBranchConditional)
        return false;
    uint32_t yes = target(ir, t, 1), no = target(ir, t, 2);
    return (yes == x && no == y) || (yes == y && no == x);
}

/** A continue block that only branches back, and that one block leads to: that block's chain is the continue construct. */
static void close_loop(struct pvg_ir *ir, uint32_t head, const uint32_t *chain_of)
{
    const struct pvg_ir_inst *merge;
    if (!ir->blocks[head].reachable || ir->blocks[head].absorbed)
        return;
    uint32_t end = chain_end(ir, head, &merge);
    if (!merge || merge->op != SpvOpLoopMerge)
        return;
    uint32_t next = target(ir, merge, 1);
    struct pvg_ir_block *h = &ir->blocks[head], *c = &ir->blocks[next];
    if (next == head || !only_branches(ir, next) || c->pred_count != 1 || c->merge != PVG_IR_NONE || c->absorbed)
        return;
    uint32_t last = c->preds[0], first = chain_of[last];
    if (target(ir, terminator(ir, next), 0) != head || has_pred(h, last))
        return;
    bool whole = first == head && last == end && merge_of(ir, head) && forks_to(ir, last, next, target(ir, merge, 0));
    if (!whole && (first == head || !may_continue(ir, first, last)))
        return;
    for (uint32_t k = 0; k < h->pred_count; k++)
        if (h->preds[k] == next)
            h->preds[k] = last;
    retarget(ir, last, next, head);
    merge->words[1] = ir->blocks[first].label;
    ir->blocks[first].is_continue = ir->blocks[first].is_loop_exit = true;
    c->reachable = c->is_continue = false;
}

void pvg_ir_straighten(struct pvg_ir *ir, const struct pvg_spv_memory *memory)
{
    bool dropped = true;
    for (int turn = 0; turn < MAX_TURNS && dropped; turn++) {
        dropped = false;
        for (uint32_t k = 0; k < ir->block_count; k++)
            fold_empty_block(ir, k);
        for (uint32_t k = 0; k < ir->block_count; k++)
            dropped |= drop_selection_merge(ir, k);
    }
    pvg_ir_turn_loops(ir, memory);
    pvg_ir_hoist(ir);
    for (uint32_t k = 0; k < ir->rpo_count; k++)
        join_blocks(ir, ir->rpo[k]);
    uint32_t *chain_of = pvg_arena_array(ir->arena, ir->block_count + 1, sizeof *chain_of);
    for (uint32_t k = 0; k < ir->block_count; k++)
        for (uint32_t n = k; !ir->blocks[k].absorbed && n != PVG_IR_NONE; n = ir->blocks[n].chained)
            chain_of[n] = k;
    for (uint32_t k = 0; k < ir->rpo_count; k++)
        close_loop(ir, ir->rpo[k], chain_of);
}
