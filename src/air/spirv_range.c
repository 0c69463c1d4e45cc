/* SPDX-License-Identifier: MIT */
/* How large an unsigned number can be: indices that loops count are in range without a test. */
#include "air/spirv_ir.h"

enum { MAX_DEPTH = 5, MAX_PREDS = 4, MAX_EDGES = 8 };

static uint64_t most(struct pvg_ir *ir, uint32_t id, unsigned depth);

static uint64_t largest(const struct pvg_ir *ir, uint32_t id)
{
    unsigned width = pvg_spv_width(ir->b, pvg_spv_type_of(ir->b, id));
    return width >= 64 ? UINT64_MAX : ((uint64_t)1 << width) - 1;
}

/** A condition, and what it is. */
struct outcome {
    const struct pvg_ir_inst *condition;
    bool value;
};

/** What is known where the edge from predecessor `k` of a block is taken. */
static struct outcome on_edge(struct pvg_ir *ir, uint32_t block, uint32_t k)
{
    uint32_t to = block, from = ir->blocks[block].preds[k];
    for (unsigned n = 0; n < MAX_EDGES; n++) {
        const struct pvg_ir_inst *t = pvg_ir_terminator(ir, &ir->blocks[from]);
        if (t->op == SpvOpBranchConditional) {
            bool yes = ir->block_of[t->words[1]] == to, no = ir->block_of[t->words[2]] == to;
            const struct pvg_ir_inst *c = pvg_ir_def(ir, pvg_ir_use(ir, t, 0));
            for (; c && c->op == SpvOpLogicalNot && n < MAX_EDGES; n++, yes = !yes, no = !no)
                c = pvg_ir_def(ir, pvg_ir_use(ir, c, 0));
            return (struct outcome){yes != no ? c : NULL, yes};
        }
        if (t->op != SpvOpBranch || ir->blocks[from].pred_count != 1)
            break;
        to = from;
        from = ir->blocks[from].preds[0];
    }
    return (struct outcome){0};
}

/** `value` compared with a constant where an edge is taken. */
static bool compared(struct pvg_ir *ir, const struct outcome *o, uint32_t value, SpvOp yes, SpvOp no, uint64_t *n)
{
    if (!o->condition || o->condition->op != (o->value ? yes : no) || pvg_ir_use(ir, o->condition, 0) != value)
        return false;
    return pvg_spv_const_bits(ir->b, pvg_ir_use(ir, o->condition, 1), n);
}

/** Is `value` not equal to a constant where an edge is taken? Its operands may stand in either order. */
static bool differs(struct pvg_ir *ir, const struct outcome *o, uint32_t value, uint64_t *n)
{
    if (!o->condition || o->condition->op != (o->value ? SpvOpINotEqual : SpvOpIEqual))
        return false;
    for (unsigned k = 0; k < 2; k++)
        if (pvg_ir_use(ir, o->condition, k) == value)
            return pvg_spv_const_bits(ir->b, pvg_ir_use(ir, o->condition, !k), n);
    return false;
}

/** The constant that one trip of a loop adds to a phi; 0: something else happens to it. */
static uint64_t step_of(struct pvg_ir *ir, const struct pvg_ir_phi *phi, uint32_t next)
{
    const struct pvg_ir_inst *sum = pvg_ir_def_with(ir, next, SpvOpIAdd);
    uint64_t step;
    for (unsigned k = 0; sum && k < 2; k++)
        if (pvg_ir_use(ir, sum, k) == phi->id && pvg_spv_const_bits(ir->b, pvg_ir_use(ir, sum, !k), &step))
            return step;
    return 0;
}

/** A counter with two sources: it starts at a constant and goes on in steps, until it is another one. */
static bool counter(struct pvg_ir *ir, const struct pvg_ir_phi *phi, uint64_t *bound)
{
    for (uint32_t k = 0; ir->blocks[phi->block].pred_count == 2 && k < 2; k++) {
        uint32_t next = pvg_ir_find(ir, phi->values[k]);
        uint64_t step = step_of(ir, phi, next), first, end;
        struct outcome o = on_edge(ir, phi->block, k);
        if (!step || !pvg_spv_const_bits(ir->b, pvg_ir_find(ir, phi->values[!k]), &first))
            continue;
        if (differs(ir, &o, next, &end) && first < end && (end - first) % step == 0) {
            *bound = end - step;
            return true;
        }
        /* Signed numbers stay positive, as no step leads past the largest one. */
        uint64_t top = largest(ir, phi->id) / 2;
        if (compared(ir, &o, next, SpvOpSLessThan, SpvOpSGreaterThanEqual, &end) && first < end && end <= top &&
            step <= top - end) {
            *bound = end - 1;
            return true;
        }
    }
    return false;
}

static uint64_t most_of_phi(struct pvg_ir *ir, const struct pvg_ir_phi *phi, unsigned depth)
{
    uint64_t bound = 0, all = largest(ir, phi->id);
    const struct pvg_ir_block *blk = &ir->blocks[phi->block];
    if (counter(ir, phi, &bound))
        return bound;
    if (blk->pred_count > MAX_PREDS)
        return all;
    for (uint32_t k = 0; k < blk->pred_count && bound < all; k++) {
        uint32_t value = pvg_ir_find(ir, phi->values[k]);
        struct outcome o = on_edge(ir, phi->block, k);
        uint64_t n;
        if (compared(ir, &o, value, SpvOpULessThan, SpvOpUGreaterThanEqual, &n) && n)
            n--;
        else
            n = most(ir, value, depth);
        bound = n > bound ? n : bound;
    }
    return bound;
}

static uint64_t most_of_inst(struct pvg_ir *ir, const struct pvg_ir_inst *i, unsigned depth)
{
    uint64_t all = largest(ir, i->id), x, y, c;
    switch (i->op) {
    case SpvOpUConvert:
        x = most(ir, pvg_ir_use(ir, i, 0), depth);
        return x < all ? x : all;
    case SpvOpBitwiseAnd:
        x = most(ir, pvg_ir_use(ir, i, 0), depth);
        y = most(ir, pvg_ir_use(ir, i, 1), depth);
        return x < y ? x : y;
    case SpvOpUMod:
        return pvg_spv_const_bits(ir->b, pvg_ir_use(ir, i, 1), &c) && c ? c - 1 : all;
    case SpvOpUDiv:
        x = most(ir, pvg_ir_use(ir, i, 0), depth);
        return pvg_spv_const_bits(ir->b, pvg_ir_use(ir, i, 1), &c) && c ? x / c : all;
    case SpvOpShiftRightLogical:
        x = most(ir, pvg_ir_use(ir, i, 0), depth);
        return pvg_spv_const_bits(ir->b, pvg_ir_use(ir, i, 1), &c) && c < 64 ? x >> c : all;
    case SpvOpShiftLeftLogical:
        x = most(ir, pvg_ir_use(ir, i, 0), depth);
        return pvg_spv_const_bits(ir->b, pvg_ir_use(ir, i, 1), &c) && c < 64 && x <= all >> c ? x << c : all;
    case SpvOpIMul:
        x = most(ir, pvg_ir_use(ir, i, 0), depth);
        y = most(ir, pvg_ir_use(ir, i, 1), depth);
        return !__builtin_mul_overflow(x, y, &c) && c < all ? c : all;
    case SpvOpBitwiseOr: /* No more than the sum. */
    case SpvOpIAdd:
        x = most(ir, pvg_ir_use(ir, i, 0), depth);
        y = most(ir, pvg_ir_use(ir, i, 1), depth);
        return !__builtin_add_overflow(x, y, &c) && c < all ? c : all;
    case SpvOpSelect:
        x = most(ir, pvg_ir_use(ir, i, 1), depth);
        y = most(ir, pvg_ir_use(ir, i, 2), depth);
        return x > y ? x : y;
    case SpvOpExtInst:
        if (i->words[1] != GLSLstd450UMin)
            return all;
        x = most(ir, pvg_ir_use(ir, i, 2), depth);
        y = most(ir, pvg_ir_use(ir, i, 3), depth);
        return x < y ? x : y;
    default:
        return all;
    }
}

static uint64_t most(struct pvg_ir *ir, uint32_t id, unsigned depth)
{
    uint64_t c;
    if (pvg_spv_info(ir->b, pvg_spv_type_of(ir->b, id))->op != SpvOpTypeInt)
        return UINT64_MAX;
    if (pvg_spv_const_bits(ir->b, id, &c))
        return c;
    if (depth >= MAX_DEPTH)
        return largest(ir, id);
    if (ir->def_phi[id] != PVG_IR_NONE)
        return most_of_phi(ir, &ir->phis[ir->def_phi[id]], depth + 1);
    const struct pvg_ir_inst *i = pvg_ir_def(ir, id);
    return i ? most_of_inst(ir, i, depth + 1) : largest(ir, id);
}

uint64_t pvg_ir_most(struct pvg_ir *ir, uint32_t id)
{
    return most(ir, id, 0);
}
