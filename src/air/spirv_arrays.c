/* SPDX-License-Identifier: MIT */
/* Arrays of thread memory whose elements start as constants have an initialiser instead of stores. */
#include "air/spirv_ir.h"

#include <string.h>

/** Arrays longer than this keep their stores, and conditional ones from a quarter of it. */
enum { MAX_LENGTH = 64 };

struct array {
    uint32_t var;       /**< Instruction. */
    uint32_t block;     /**< Of the first access, PVG_IR_NONE: there was none yet. */
    uint32_t *elements; /**< Constants, 0: not stored yet. */
    uint32_t *stores;   /**< Instructions. */
    uint32_t stored, length;
    bool closed; /**< An access that is no such store was there. */
    bool other;  /**< It must stay as it is. */
};

struct arrays {
    struct pvg_ir *ir;
    struct array *list;
    uint32_t count;
    uint32_t *of; /**< By id of a variable or an access chain: number of the array and 1. */
};

static void find_arrays(struct arrays *a)
{
    struct pvg_ir *ir = a->ir;
    struct pvg_spv *b = ir->b;
    for (uint32_t k = ir->blocks[0].first; k < ir->blocks[0].end; k++) {
        const struct pvg_ir_inst *i = &ir->insts[k];
        if (i->dead || i->op != SpvOpVariable || i->count != 1)
            continue;
        const struct pvg_spv_id *type = pvg_spv_info(b, pvg_spv_info(b, i->type)->elem);
        if (type->op != SpvOpTypeArray || !type->count || type->count > MAX_LENGTH)
            continue;
        const struct pvg_spv_id *e = pvg_spv_info(b, type->elem);
        if ((e->op != SpvOpTypeInt && e->op != SpvOpTypeFloat) || e->width != 32)
            continue;
        if (!a->of) {
            a->of = pvg_arena_array(ir->arena, ir->id_bound, sizeof *a->of);
            a->list = pvg_arena_array(ir->arena, ir->blocks[0].end - k, sizeof *a->list);
        }
        a->list[a->count] = (struct array){.var = k,
                                           .block = PVG_IR_NONE,
                                           .length = type->count,
                                           .elements = pvg_arena_array(ir->arena, type->count, sizeof(uint32_t)),
                                           .stores = pvg_arena_array(ir->arena, type->count, sizeof(uint32_t))};
        a->of[i->id] = ++a->count;
    }
}

static bool is_constant(const struct pvg_ir *ir, uint32_t id)
{
    return pvg_spv_info(ir->b, id)->op == SpvOpConstant;
}

/** A store of a constant to an element that has none yet. @return the element, PVG_IR_NONE. */
static uint32_t first_store(struct arrays *a, const struct array *x, const struct pvg_ir_inst *i)
{
    struct pvg_ir *ir = a->ir;
    uint64_t index;
    if (i->op != SpvOpStore || (i->count > 2 && i->words[2] & SpvMemoryAccessVolatileMask) ||
        !is_constant(ir, pvg_ir_use(ir, i, 1)))
        return PVG_IR_NONE;
    const struct pvg_ir_inst *chain = pvg_ir_def_with(ir, pvg_ir_use(ir, i, 0), SpvOpAccessChain);
    if (!chain || chain->count != 2 || !pvg_spv_const_bits(ir->b, pvg_ir_use(ir, chain, 1), &index) || index >= x->length)
        return PVG_IR_NONE;
    return x->elements[index] ? PVG_IR_NONE : (uint32_t)index;
}

/** Accesses come with those of dominating blocks first. */
static void access(struct arrays *a, uint32_t inst, struct array *x)
{
    struct pvg_ir *ir = a->ir;
    const struct pvg_ir_inst *i = &ir->insts[inst];
    if (x->block == PVG_IR_NONE)
        x->block = i->block;
    if (!pvg_ir_dominates(ir, x->block, i->block))
        x->other = true;
    uint32_t element = x->closed || i->block != x->block ? PVG_IR_NONE : first_store(a, x, i);
    if (element == PVG_IR_NONE) {
        x->closed = true;
        return;
    }
    x->elements[element] = pvg_ir_use(ir, i, 1);
    x->stores[x->stored++] = inst;
}

static void visit(struct arrays *a, uint32_t inst)
{
    struct pvg_ir *ir = a->ir;
    const struct pvg_ir_inst *i = &ir->insts[inst];
    for (unsigned k = 0; !i->dead && k < i->count; k++) {
        /* Few operands are of arrays; what kind of word it is takes longer to tell. */
        uint32_t n = i->words[k] < ir->id_bound ? a->of[pvg_ir_use(ir, i, k)] : 0;
        if (!n || pvg_ir_operand(ir, i, k) != PVG_IR_ID)
            continue;
        if (i->op == SpvOpAccessChain && k == 0)
            a->of[i->id] = n;
        else if ((i->op == SpvOpLoad || i->op == SpvOpStore) && k == 0)
            access(a, inst, &a->list[n - 1]);
        else
            a->list[n - 1].other = true;
    }
}

/** Does the block run at most once? */
static bool runs_once(const struct pvg_ir *ir, uint32_t block)
{
    for (uint32_t k = block; k != PVG_IR_NONE; k = ir->blocks[k].idom) {
        uint32_t m = ir->blocks[k].merge;
        if (m != PVG_IR_NONE && !ir->insts[m].dead && ir->insts[m].op == SpvOpLoopMerge &&
            !pvg_ir_dominates(ir, ir->block_of[ir->insts[m].words[0]], block))
            return false;
    }
    return true;
}

static void initialise(struct arrays *a, struct array *x)
{
    struct pvg_ir *ir = a->ir;
    struct pvg_ir_inst *var = &ir->insts[x->var];
    if (x->other || x->stored * 2 < x->length || (x->block && x->length > MAX_LENGTH / 4) || !runs_once(ir, x->block))
        return;
    uint32_t type = pvg_spv_info(ir->b, var->type)->elem, elem = pvg_spv_info(ir->b, type)->elem;
    bool zero = true;
    for (uint32_t k = 0; k < x->length; k++) {
        if (!x->elements[k])
            x->elements[k] = pvg_spv_null(ir->b, elem);
        zero &= !pvg_spv_info(ir->b, x->elements[k])->bits;
    }
    uint32_t *words = pvg_arena_array(ir->arena, 2, sizeof *words);
    words[0] = var->words[0];
    words[1] = zero ? pvg_spv_null(ir->b, type) : pvg_spv_const_composite(ir->b, type, x->elements, x->length);
    pvg_ir_cover(ir);
    var->words = words;
    var->count = 2;
    for (uint32_t k = 0; k < x->stored; k++)
        ir->insts[x->stores[k]].dead = true;
}

void pvg_ir_init_arrays(struct pvg_ir *ir)
{
    struct arrays a = {.ir = ir};
    find_arrays(&a);
    for (uint32_t k = 0; a.count && k < ir->rpo_count; k++) {
        const struct pvg_ir_block *blk = &ir->blocks[ir->rpo[k]];
        for (uint32_t i = blk->first; i < blk->end; i++)
            visit(&a, i);
    }
    for (size_t n = 0; a.count && n < ir->phi_count; n++)
        for (uint32_t p = 0; !ir->phis[n].dead && p < ir->blocks[ir->phis[n].block].pred_count; p++) {
            uint32_t of = a.of[pvg_ir_find(ir, ir->phis[n].values[p])];
            if (of)
                a.list[of - 1].other = true;
        }
    for (uint32_t k = 0; k < a.count; k++)
        if (a.list[k].stored)
            initialise(&a, &a.list[k]);
}
