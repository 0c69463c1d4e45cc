/* SPDX-License-Identifier: MIT */
/*
 * Values that loops make of nothing of their own, and that are used behind them, are made before the loops.
 *
 * That is work saved, and more: Mesa's software rasterizer (25.0) gives such values no phi where the loop ends, as every turn makes
 * them anew and equal; but what they are made of may share a register with a phi of the loop, so that a turn of other threads makes
 * them anew from the last value of that phi (docs/protocol-notes.md).
 *
 * Dominators and order are those of the blocks before they were straightened: loops have kept their headers and merge blocks, and
 * the paths that are new lead from a header to its own merge block.
 */
#include "air/spirv_ir.h"

#include <string.h>

struct loop {
    uint32_t header, merge; /**< Blocks. */
    uint32_t parent;        /**< PVG_IR_NONE: none. */
    uint32_t depth;
};

struct hoist {
    struct pvg_ir *ir;
    struct loop *loops;
    uint32_t *loop_of;  /**< Innermost loop of every block. */
    uint32_t *bound_to; /**< By instruction: innermost loop around it that it depends on. */
    uint32_t *leaves;   /**< By instruction: outermost loop that it leaves. */
};

/** What costs little and has a result whatever the operands are, so that it may run where it did not before. */
static bool is_cheap(const struct pvg_ir_inst *i)
{
    switch (i->op) {
    case SpvOpExtInst:
        return i->words[1] == GLSLstd450UMin || i->words[1] == GLSLstd450UMax || i->words[1] == GLSLstd450SMin ||
               i->words[1] == GLSLstd450SMax || i->words[1] == GLSLstd450FAbs || i->words[1] == GLSLstd450SAbs;
    case SpvOpVectorExtractDynamic:
    case SpvOpVectorInsertDynamic:
    case SpvOpImageQuerySizeLod:
    case SpvOpImageQuerySize:
    case SpvOpImageQueryLevels:
    case SpvOpImageQuerySamples:
    case SpvOpConvertFToU:
    case SpvOpConvertFToS:
    case SpvOpUDiv:
    case SpvOpSDiv:
    case SpvOpFDiv:
    case SpvOpUMod:
    case SpvOpSRem:
    case SpvOpSMod:
    case SpvOpFRem:
    case SpvOpFMod:
        return false;
    default:
        return i->id && pvg_ir_pure(i);
    }
}

/** As pvg_ir_dominates, also of blocks that are gone. */
static bool dominates(const struct pvg_ir *ir, uint32_t a, uint32_t b)
{
    return ir->blocks[a].enter <= ir->blocks[b].enter && ir->blocks[b].leave <= ir->blocks[a].leave;
}

/** The nesting of loops: a block is in those of its dominator whose merge blocks it is not behind. @return the number of loops. */
static uint32_t find_loops(struct hoist *h)
{
    struct pvg_ir *ir = h->ir;
    uint32_t n = 0;
    for (uint32_t k = 0; k < ir->rpo_count; k++) {
        uint32_t m = ir->blocks[ir->rpo[k]].merge;
        n += m != PVG_IR_NONE && !ir->insts[m].dead && ir->insts[m].op == SpvOpLoopMerge;
    }
    if (!n)
        return 0;
    h->loops = pvg_arena_array(ir->arena, n, sizeof *h->loops);
    h->loop_of = pvg_arena_array(ir->arena, ir->block_count, sizeof *h->loop_of);
    n = 0;
    for (uint32_t k = 0; k < ir->rpo_count; k++) {
        uint32_t at = ir->rpo[k], m = ir->blocks[at].merge;
        uint32_t l = k ? h->loop_of[ir->blocks[at].idom] : PVG_IR_NONE;
        while (l != PVG_IR_NONE && dominates(ir, h->loops[l].merge, at))
            l = h->loops[l].parent;
        h->loop_of[at] = l;
        if (!k || m == PVG_IR_NONE || ir->insts[m].dead || ir->insts[m].op != SpvOpLoopMerge)
            continue;
        h->loops[n] = (struct loop){at, ir->block_of[ir->insts[m].words[0]], l, l == PVG_IR_NONE ? 1 : h->loops[l].depth + 1};
        h->loop_of[at] = n++;
    }
    return n;
}

static uint32_t depth_of(const struct hoist *h, uint32_t loop)
{
    return loop == PVG_IR_NONE ? 0 : h->loops[loop].depth;
}

/** Innermost of the loops around `inner` that is also around `block`, or is no deeper than its loop. */
static uint32_t common_loop(const struct hoist *h, uint32_t inner, uint32_t block)
{
    uint32_t other = h->loop_of[block];
    while (inner != other) {
        if (depth_of(h, inner) >= depth_of(h, other))
            inner = h->loops[inner].parent;
        else
            other = h->loops[other].parent;
    }
    return inner;
}

/** Instruction whose result an operand is; PVG_IR_NONE: a constant, a global, a phi. */
static uint32_t maker(struct hoist *h, uint32_t id)
{
    uint32_t n = h->ir->def[pvg_ir_find(h->ir, id)];
    return n != PVG_IR_NONE && !h->ir->insts[n].dead && h->ir->blocks[h->ir->insts[n].block].reachable ? n : PVG_IR_NONE;
}

static void find_dependence(struct hoist *h, uint32_t n)
{
    struct pvg_ir *ir = h->ir;
    struct pvg_ir_inst *i = &ir->insts[n];
    uint32_t bound = PVG_IR_NONE;
    if (!is_cheap(i)) {
        h->bound_to[n] = h->loop_of[i->block];
        return;
    }
    for (unsigned k = 0; k < i->count; k++) {
        if (pvg_ir_operand(ir, i, k) != PVG_IR_ID)
            continue;
        uint32_t id = pvg_ir_find(ir, i->words[k]), made = maker(h, id), loop = PVG_IR_NONE;
        if (made != PVG_IR_NONE)
            loop = common_loop(h, h->bound_to[made], i->block);
        else if (ir->def_phi[id] != PVG_IR_NONE)
            loop = common_loop(h, h->loop_of[ir->phis[ir->def_phi[id]].block], i->block);
        if (depth_of(h, loop) > depth_of(h, bound))
            bound = loop;
    }
    h->bound_to[n] = bound;
}

/** `id` is used in `block`: note which loops its maker is to leave. */
static void used(struct hoist *h, uint32_t id, uint32_t block)
{
    uint32_t n = maker(h, id);
    if (n == PVG_IR_NONE || h->loop_of[h->ir->insts[n].block] == PVG_IR_NONE || !h->ir->blocks[block].reachable)
        return;
    uint32_t within = common_loop(h, h->loop_of[h->ir->insts[n].block], block);
    uint32_t keep = depth_of(h, h->bound_to[n]), stay = depth_of(h, within);
    for (uint32_t l = h->loop_of[h->ir->insts[n].block]; depth_of(h, l) > stay && depth_of(h, l) > keep; l = h->loops[l].parent)
        if (h->leaves[n] == PVG_IR_NONE || depth_of(h, l) < depth_of(h, h->leaves[n]))
            h->leaves[n] = l;
}

/** Block before a loop; one that is gone was empty. */
static uint32_t before(const struct hoist *h, uint32_t loop)
{
    uint32_t k = h->ir->blocks[h->loops[loop].header].idom;
    while (!h->ir->blocks[k].reachable)
        k = h->ir->blocks[k].idom;
    return k;
}

static void note_uses(struct hoist *h)
{
    struct pvg_ir *ir = h->ir;
    for (size_t n = 0; n < ir->phi_count; n++) {
        const struct pvg_ir_phi *phi = &ir->phis[n];
        for (uint32_t p = 0; !phi->dead && ir->blocks[phi->block].reachable && p < ir->blocks[phi->block].pred_count; p++) {
            /* A phi whose values are all the same may vanish. */
            used(h, phi->values[p], phi->block);
            used(h, phi->values[p], ir->blocks[phi->block].preds[p]);
        }
    }
    /* Backwards: what an instruction needs leaves the loops with it. */
    for (uint32_t k = ir->rpo_count; k-- > 0;) {
        const struct pvg_ir_block *blk = &ir->blocks[ir->rpo[k]];
        for (uint32_t n = blk->end; blk->reachable && n-- > blk->first;) {
            const struct pvg_ir_inst *i = &ir->insts[n];
            uint32_t at = h->leaves[n] == PVG_IR_NONE ? i->block : before(h, h->leaves[n]);
            for (unsigned w = 0; !i->dead && w < i->count; w++)
                if (pvg_ir_operand(ir, i, w) == PVG_IR_ID)
                    used(h, i->words[w], at);
        }
    }
}

void pvg_ir_hoist(struct pvg_ir *ir)
{
    struct hoist h = {.ir = ir};
    if (!find_loops(&h))
        return;
    h.bound_to = pvg_arena_array(ir->arena, ir->inst_count, sizeof *h.bound_to);
    h.leaves = pvg_arena_array(ir->arena, ir->inst_count, sizeof *h.leaves);
    memset(h.leaves, 0xFF, ir->inst_count * sizeof *h.leaves);
    for (uint32_t k = 0; k < ir->rpo_count; k++)
        for (uint32_t n = ir->blocks[ir->rpo[k]].first; n < ir->blocks[ir->rpo[k]].end; n++)
            if (!ir->insts[n].dead && ir->blocks[ir->rpo[k]].reachable)
                find_dependence(&h, n);
    note_uses(&h);
    for (uint32_t k = 0; k < ir->rpo_count; k++)
        for (uint32_t n = ir->blocks[ir->rpo[k]].first; n < ir->blocks[ir->rpo[k]].end; n++)
            if (h.leaves[n] != PVG_IR_NONE)
                pvg_ir_move(ir, n, before(&h, h.leaves[n]));
}
