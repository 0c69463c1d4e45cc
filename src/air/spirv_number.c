/* SPDX-License-Identifier: MIT */
/* Value numbering along the dominator tree, with folding of what the translation of single instructions leaves behind. */
#include "air/spirv_ir.h"

#include <string.h>

/** A computation that is available in the blocks that its own block dominates. */
struct entry {
    struct entry *next;
    uint32_t hash, inst;
};

struct numbering {
    struct pvg_ir *ir;
    struct pvg_spv *b;
    struct entry **table;
    uint32_t mask;
};

/* ---- Folding: each returns the id that takes the place of the result, or 0. They may also rewrite the instruction. --------- */

/** Where one of the two words of a 64-bit integer comes from. */
struct word {
    uint32_t id;   /**< The word, or the vector that has it; 0: from nowhere in particular. */
    uint32_t lane; /**< Of the vector. */
    bool of_vector;
};

static bool is_integer(const struct pvg_ir *ir, uint32_t type, unsigned width)
{
    const struct pvg_spv_id *t = pvg_spv_info(ir->b, type);
    return t->op == SpvOpTypeInt && t->width == width;
}

static bool is_two_words(const struct pvg_ir *ir, uint32_t type)
{
    const struct pvg_spv_id *t = pvg_spv_info(ir->b, type);
    return t->op == SpvOpTypeVector && t->count == 2 && is_integer(ir, t->elem, 32);
}

/** Follows numbers that are put together from two words. */
static struct word word_of(struct pvg_ir *ir, uint32_t id, uint32_t lane)
{
    const struct pvg_ir_inst *d = pvg_ir_def(ir, id);
    struct pvg_spv *b = ir->b;
    uint64_t shift;
    if (!d)
        return (struct word){0};
    uint32_t x = pvg_ir_use(ir, d, 0), from = pvg_spv_type_of(b, x);
    if (d->op == SpvOpUConvert && is_integer(ir, from, 32) && !lane)
        return (struct word){x, 0, false};
    if (d->op == SpvOpBitcast && is_two_words(ir, from))
        return (struct word){x, lane, true};
    if (d->op != SpvOpBitwiseOr)
        return (struct word){0};
    for (unsigned k = 0; k < 2; k++) {
        const struct pvg_ir_inst *high = pvg_ir_def_with(ir, pvg_ir_use(ir, d, k), SpvOpShiftLeftLogical);
        const struct pvg_ir_inst *low = pvg_ir_def_with(ir, pvg_ir_use(ir, d, !k), SpvOpUConvert);
        if (!high || !low || !pvg_spv_const_bits(b, pvg_ir_use(ir, high, 1), &shift) || shift != 32)
            continue;
        const struct pvg_ir_inst *part = lane ? pvg_ir_def_with(ir, pvg_ir_use(ir, high, 0), SpvOpUConvert) : low;
        uint32_t word = part ? pvg_ir_use(ir, part, 0) : 0;
        if (word && is_integer(ir, pvg_spv_type_of(b, word), 32) &&
            pvg_spv_width(b, pvg_spv_type_of(b, pvg_ir_use(ir, low, 0))) <= 32)
            return (struct word){word, 0, false};
    }
    return (struct word){0};
}

/** One word of a 64-bit integer. */
static uint32_t fold_word(struct pvg_ir *ir, struct pvg_ir_inst *i)
{
    struct pvg_spv *b = ir->b;
    uint32_t x = i->words[0], lane = 0;
    uint64_t shift;
    if (!is_integer(ir, i->type, 32) || !is_integer(ir, pvg_spv_type_of(b, x), 64))
        return 0;
    const struct pvg_ir_inst *d = pvg_ir_def_with(ir, x, SpvOpShiftRightLogical);
    if (d && pvg_spv_const_bits(b, pvg_ir_use(ir, d, 1), &shift) && shift == 32) {
        x = pvg_ir_use(ir, d, 0);
        lane = 1;
    }
    struct word w = word_of(ir, x, lane);
    uint32_t type = w.id ? pvg_spv_type_of(b, w.id) : 0;
    if (!type || (w.of_vector ? pvg_spv_info(b, type)->elem : type) != i->type)
        return 0;
    if (!w.of_vector)
        return w.id;
    uint32_t *words = pvg_arena_array(ir->arena, 2, sizeof *words);
    words[0] = w.id;
    words[1] = w.lane;
    i->op = SpvOpCompositeExtract;
    i->words = words;
    i->count = 2;
    return pvg_ir_fold_extract(ir, i);
}

static uint32_t fold_convert(struct pvg_ir *ir, struct pvg_ir_inst *i)
{
    struct pvg_spv *b = ir->b;
    uint32_t word = fold_word(ir, i);
    if (word || i->op == SpvOpCompositeExtract)
        return word;
    const struct pvg_ir_inst *d = pvg_ir_def(ir, i->words[0]);
    if (!d || (d->op != SpvOpUConvert && d->op != SpvOpSConvert))
        return 0;
    uint32_t x = pvg_ir_use(ir, d, 0);
    unsigned from = pvg_spv_width(b, pvg_spv_type_of(b, x)), middle = pvg_spv_width(b, d->type), to = pvg_spv_width(b, i->type);
    if (middle < from && to > middle) {
        /* The bits between are gone, unless there were none. */
        bool whole = i->op == SpvOpUConvert && to == from && pvg_spv_type_of(b, x) == i->type && middle < 64 &&
                     pvg_ir_most(ir, x) < (uint64_t)1 << middle;
        return whole ? x : 0;
    }
    if (to == from)
        return pvg_spv_type_of(b, x) == i->type ? x : 0;
    if (to > middle) {
        /* Extended twice: by sign only when both say so; a sign that is known to be 0 extends as zero. */
        if (i->op == SpvOpUConvert && d->op == SpvOpSConvert)
            return 0;
        i->op = d->op;
    } else if (to > from) {
        i->op = d->op;
    } else {
        i->op = SpvOpUConvert;
    }
    i->words[0] = x;
    return 0;
}

static uint32_t fold_bitcast(struct pvg_ir *ir, struct pvg_ir_inst *i)
{
    const struct pvg_ir_inst *d = pvg_ir_def_with(ir, i->words[0], SpvOpBitcast);
    if (d)
        i->words[0] = pvg_ir_use(ir, d, 0);
    if (pvg_spv_type_of(ir->b, i->words[0]) == i->type)
        return i->words[0];
    const struct pvg_spv_id *x = pvg_spv_info(ir->b, i->words[0]), *to = pvg_spv_info(ir->b, i->type);
    if (x->op == SpvOpConstant && (to->op == SpvOpTypeInt || to->op == SpvOpTypeFloat)) {
        uint32_t id = pvg_spv_const(ir->b, i->type, x->bits);
        pvg_ir_cover(ir);
        return id;
    }
    if (!is_two_words(ir, i->type) || !is_integer(ir, pvg_spv_type_of(ir->b, i->words[0]), 64))
        return 0;
    struct word low = word_of(ir, i->words[0], 0), high = word_of(ir, i->words[0], 1);
    uint32_t part = pvg_spv_info(ir->b, i->type)->elem;
    if (!low.id || !high.id || pvg_spv_type_of(ir->b, low.id) != part || pvg_spv_type_of(ir->b, high.id) != part)
        return 0;
    uint32_t *words = pvg_arena_array(ir->arena, 2, sizeof *words);
    words[0] = low.id;
    words[1] = high.id;
    i->op = SpvOpCompositeConstruct;
    i->words = words;
    i->count = 2;
    return pvg_ir_fold_lanes(ir, i);
}

/** A vector times the same number in all components. */
static uint32_t fold_product(struct pvg_ir *ir, struct pvg_ir_inst *i)
{
    for (unsigned k = 0; k < 2; k++) {
        const struct pvg_ir_inst *d = pvg_ir_def_with(ir, i->words[k], SpvOpCompositeConstruct);
        bool same = d && d->count == pvg_spv_components(ir->b, i->type);
        for (unsigned n = 1; same && n < d->count; n++)
            same = pvg_ir_use(ir, d, n) == pvg_ir_use(ir, d, 0);
        if (!same)
            continue;
        i->words[0] = i->words[!k];
        i->words[1] = pvg_ir_use(ir, d, 0);
        i->op = SpvOpVectorTimesScalar;
        return 0;
    }
    return 0;
}

/** 1 or 0 by a condition, compared with 0: the condition. */
static uint32_t fold_compare(struct pvg_ir *ir, struct pvg_ir_inst *i)
{
    uint64_t zero, yes, no;
    const struct pvg_ir_inst *d = pvg_ir_def_with(ir, i->words[0], SpvOpSelect);
    if (!d || !pvg_spv_const_bits(ir->b, i->words[1], &zero) || zero)
        return 0;
    if (!pvg_spv_const_bits(ir->b, pvg_ir_use(ir, d, 1), &yes) || !pvg_spv_const_bits(ir->b, pvg_ir_use(ir, d, 2), &no) || !yes ||
        no)
        return 0;
    uint32_t condition = pvg_ir_use(ir, d, 0);
    if (i->op == SpvOpINotEqual)
        return condition;
    i->op = SpvOpLogicalNot;
    i->words[0] = condition;
    i->count = 1;
    return 0;
}

static uint32_t fold_add(struct pvg_ir *ir, struct pvg_ir_inst *i)
{
    uint64_t c, d;
    unsigned k = pvg_spv_const_bits(ir->b, i->words[0], &c) ? 0 : 1;
    if (!pvg_spv_const_bits(ir->b, i->words[k], &c))
        return 0;
    if (!c)
        return i->words[!k];
    const struct pvg_ir_inst *sum = pvg_ir_def_with(ir, i->words[!k], SpvOpIAdd);
    if (!sum || sum->type != i->type)
        return 0;
    uint32_t x = pvg_ir_use(ir, sum, 0), y = pvg_ir_use(ir, sum, 1);
    if (pvg_spv_const_bits(ir->b, x, &d)) {
        uint32_t t = x;
        x = y;
        y = t;
    }
    if (!pvg_spv_const_bits(ir->b, y, &d))
        return 0;
    i->words[0] = x;
    i->words[1] = pvg_spv_const(ir->b, i->type, c + d);
    pvg_ir_cover(ir);
    return c + d ? 0 : x;
}

/** A sum less one of its parts. */
static uint32_t fold_sub(struct pvg_ir *ir, struct pvg_ir_inst *i)
{
    const struct pvg_ir_inst *sum = pvg_ir_def_with(ir, i->words[0], SpvOpIAdd);
    if (!sum || sum->type != i->type)
        return 0;
    uint32_t x = pvg_ir_use(ir, sum, 0), y = pvg_ir_use(ir, sum, 1);
    if (x == i->words[1] || y == i->words[1])
        return x == i->words[1] ? y : x;
    /* (part + other) + rest: the inner sum goes first, so that the rest is added to what is left. */
    for (int turn = 0; turn < 2; turn++) {
        const struct pvg_ir_inst *inner = pvg_ir_def_with(ir, x, SpvOpIAdd);
        if (inner && inner->type == i->type) {
            uint32_t p = pvg_ir_use(ir, inner, 0), q = pvg_ir_use(ir, inner, 1);
            if (p == i->words[1] || q == i->words[1]) {
                i->op = SpvOpIAdd;
                i->words[0] = p == i->words[1] ? q : p;
                i->words[1] = y;
                return fold_add(ir, i);
            }
        }
        uint32_t t = x;
        x = y;
        y = t;
    }
    return 0;
}

/** A mask that keeps all bits that can be set. */
static uint32_t fold_and(struct pvg_ir *ir, struct pvg_ir_inst *i)
{
    uint64_t mask;
    if (!pvg_spv_const_bits(ir->b, i->words[1], &mask))
        return 0;
    const struct pvg_ir_inst *d = pvg_ir_def_with(ir, i->words[0], SpvOpUConvert);
    unsigned width = pvg_spv_width(ir->b, d ? pvg_spv_type_of(ir->b, pvg_ir_use(ir, d, 0)) : i->type);
    unsigned own = pvg_spv_width(ir->b, i->type);
    if (width > own)
        width = own;
    uint64_t all = width >= 64 ? UINT64_MAX : ((uint64_t)1 << width) - 1;
    return (mask & all) == all ? i->words[0] : 0;
}

/** A clamp to what the number cannot exceed. */
static uint32_t fold_clamp(struct pvg_ir *ir, const struct pvg_ir_inst *i)
{
    uint64_t c;
    if (i->words[1] != GLSLstd450UMin || !pvg_spv_const_bits(ir->b, i->words[3], &c))
        return 0;
    return pvg_ir_most(ir, i->words[2]) <= c ? i->words[2] : 0;
}

static uint32_t fold(struct pvg_ir *ir, struct pvg_ir_inst *i)
{
    switch (i->op) {
    case SpvOpUConvert:
    case SpvOpSConvert:
        return fold_convert(ir, i);
    case SpvOpBitcast:
        return fold_bitcast(ir, i);
    case SpvOpCompositeExtract:
        return pvg_ir_fold_extract(ir, i);
    case SpvOpCompositeInsert:
    case SpvOpCompositeConstruct:
    case SpvOpVectorShuffle:
        return pvg_ir_fold_lanes(ir, i);
    case SpvOpFMul:
        return fold_product(ir, i);
    case SpvOpINotEqual:
    case SpvOpIEqual:
        return fold_compare(ir, i);
    case SpvOpIAdd:
        return fold_add(ir, i);
    case SpvOpISub:
        return fold_sub(ir, i);
    case SpvOpBitwiseAnd:
        return fold_and(ir, i);
    case SpvOpExtInst:
        return fold_clamp(ir, i);
    case SpvOpSelect:
        return i->words[1] == i->words[2] ? i->words[1] : 0;
    default:
        return 0;
    }
}

/* ---- Numbering ------------------------------------------------------------------------------------------------------------- */

/** Memory that nothing writes while the function runs. */
static bool reads_constant(const struct pvg_ir *ir, const struct pvg_ir_inst *i)
{
    if (i->op != SpvOpLoad || i->count != 1)
        return false;
    uint32_t type = pvg_spv_type_of(ir->b, i->words[0]);
    const struct pvg_spv_id *t = pvg_spv_info(ir->b, type);
    if (t->op != SpvOpTypePointer)
        return false;
    return t->members[0] == SpvStorageClassUniformConstant || t->members[0] == SpvStorageClassInput ||
           t->members[0] == SpvStorageClassPushConstant;
}

static bool commutes(uint16_t op)
{
    switch (op) {
    case SpvOpIAdd:
    case SpvOpIMul:
    case SpvOpFAdd:
    case SpvOpFMul:
    case SpvOpBitwiseAnd:
    case SpvOpBitwiseOr:
    case SpvOpBitwiseXor:
    case SpvOpIEqual:
    case SpvOpINotEqual:
    case SpvOpLogicalAnd:
    case SpvOpLogicalOr:
        return true;
    default:
        return false;
    }
}

static uint32_t hash_of(const struct pvg_ir *ir, const struct pvg_ir_inst *i)
{
    uint64_t h = (uint64_t)i->op * 0x9E3779B97F4A7C15u ^ (uint64_t)i->type << 8 ^ ir->flags[i->id];
    for (unsigned k = 0; k < i->count; k++)
        h = (h ^ i->words[k]) * 0x100000001B3u;
    return (uint32_t)(h ^ h >> 29);
}

static bool equal(const struct pvg_ir *ir, const struct pvg_ir_inst *a, const struct pvg_ir_inst *b)
{
    return a->op == b->op && a->type == b->type && a->count == b->count && ir->flags[a->id] == ir->flags[b->id] &&
           !memcmp(a->words, b->words, a->count * sizeof *a->words);
}

static void number(struct numbering *n, uint32_t index)
{
    struct pvg_ir *ir = n->ir;
    struct pvg_ir_inst *i = &ir->insts[index];
    uint32_t hash = hash_of(ir, i);
    for (struct entry *e = n->table[hash & n->mask]; e; e = e->next) {
        const struct pvg_ir_inst *other = &ir->insts[e->inst];
        if (e->hash != hash || !equal(ir, other, i) || !pvg_ir_dominates(ir, other->block, i->block))
            continue;
        if (i->op == SpvOpSampledImage && other->block != i->block) /* It must stand in the block that uses it. */
            continue;
        ir->rename[i->id] = ir->insts[e->inst].id;
        i->dead = true;
        return;
    }
    struct entry *e = pvg_arena_alloc(ir->arena, sizeof *e);
    *e = (struct entry){n->table[hash & n->mask], hash, index};
    n->table[hash & n->mask] = e;
}

static void visit(struct numbering *n, uint32_t index)
{
    struct pvg_ir *ir = n->ir;
    struct pvg_ir_inst *i = &ir->insts[index];
    if (i->dead)
        return;
    for (unsigned k = 0; k < i->count; k++)
        if (pvg_ir_operand(ir, i, k) == PVG_IR_ID)
            i->words[k] = pvg_ir_find(ir, i->words[k]);
    if (!i->id || !(pvg_ir_pure(i) || reads_constant(ir, i) || i->op == SpvOpSampledImage))
        return;
    uint32_t id = fold(ir, i);
    if (id) {
        ir->rename[i->id] = id;
        i->dead = true;
        return;
    }
    if (commutes(i->op) && i->count == 2 && i->words[0] > i->words[1]) {
        uint32_t t = i->words[0];
        i->words[0] = i->words[1];
        i->words[1] = t;
    }
    number(n, index);
}

void pvg_ir_number(struct pvg_ir *ir)
{
    struct numbering n = {.ir = ir, .b = ir->b};
    uint32_t size = 64;
    while (size < ir->inst_count)
        size *= 2;
    n.mask = size - 1;
    n.table = pvg_arena_array(ir->arena, size, sizeof *n.table);
    for (uint32_t k = 0; k < ir->rpo_count; k++) {
        const struct pvg_ir_block *blk = &ir->blocks[ir->rpo[k]];
        for (uint32_t i = blk->first; i < blk->end; i++)
            visit(&n, i);
    }
}

/* ---- What nobody uses ------------------------------------------------------------------------------------------------------ */

struct sweep {
    struct pvg_ir *ir;
    uint32_t *stack; /**< Ids. */
    size_t depth, cap;
};

static void need(struct sweep *s, uint32_t id)
{
    struct pvg_ir *ir = s->ir;
    id = pvg_ir_find(ir, id);
    bool *live = ir->def_phi[id] != PVG_IR_NONE ? &ir->phis[ir->def_phi[id]].live
                 : ir->def[id] != PVG_IR_NONE   ? &ir->insts[ir->def[id]].live
                                                : NULL;
    if (!live || *live)
        return;
    *live = true;
    s->stack = pvg_arena_grow(ir->arena, s->stack, &s->cap, s->depth + 1, sizeof *s->stack);
    s->stack[s->depth++] = id;
}

static void need_operands(struct sweep *s, const struct pvg_ir_inst *i)
{
    for (unsigned k = 0; k < i->count; k++)
        if (pvg_ir_operand(s->ir, i, k) == PVG_IR_ID)
            need(s, i->words[k]);
}

void pvg_ir_sweep(struct pvg_ir *ir)
{
    struct sweep s = {.ir = ir};
    for (uint32_t k = 0; k < ir->inst_count; k++)
        ir->insts[k].live = false;
    for (size_t k = 0; k < ir->phi_count; k++)
        ir->phis[k].live = false;
    for (uint32_t k = 0; k < ir->inst_count; k++) {
        struct pvg_ir_inst *i = &ir->insts[k];
        if (i->dead || pvg_ir_removable(i))
            continue;
        i->live = true;
        need_operands(&s, i);
    }
    while (s.depth) {
        uint32_t id = s.stack[--s.depth], n = ir->def_phi[id];
        if (n == PVG_IR_NONE) {
            need_operands(&s, &ir->insts[ir->def[id]]);
            continue;
        }
        for (uint32_t k = 0; k < ir->blocks[ir->phis[n].block].pred_count; k++)
            need(&s, ir->phis[n].values[k]);
    }
    for (uint32_t k = 0; k < ir->inst_count; k++)
        ir->insts[k].dead |= !ir->insts[k].live;
    for (size_t k = 0; k < ir->phi_count; k++)
        ir->phis[k].dead |= !ir->phis[k].live;
}
