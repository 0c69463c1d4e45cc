/* SPDX-License-Identifier: MIT */
/*
 * Vectors that are put together from parts of others: every component is followed to where it comes from, and the vector is then
 * made in one step from there, so that the steps between are left without use.
 */
#include "air/spirv_ir.h"

#include <string.h>

enum { MAX_LANES = 4, MAX_STEPS = 64 };

/** Where a component comes from. */
struct lane {
    uint32_t vector, index; /**< Component of a value that is not followed further; 0: of none. */
    uint32_t scalar;        /**< The component as a value of its own; 0: there is none. */
};

static bool is_vector(const struct pvg_ir *ir, uint32_t id)
{
    return pvg_spv_info(ir->b, pvg_spv_type_of(ir->b, id))->op == SpvOpTypeVector;
}

static bool is_constant(const struct pvg_ir *ir, uint32_t id)
{
    uint16_t op = pvg_spv_info(ir->b, id)->op;
    return op == SpvOpConstant || op == SpvOpConstantTrue || op == SpvOpConstantFalse || op == SpvOpConstantNull;
}

static uint32_t constant_part(struct pvg_ir *ir, uint32_t id, uint32_t index)
{
    const struct pvg_spv_id *c = pvg_spv_info(ir->b, id);
    if (c->op == SpvOpConstantComposite)
        return c->members[index];
    if (c->op != SpvOpConstantNull || !is_vector(ir, id))
        return 0;
    uint32_t zero = pvg_spv_null(ir->b, pvg_spv_scalar(ir->b, c->type));
    pvg_ir_cover(ir);
    return zero;
}

/** Follows a component of a composite; `l` keeps how far that went. @return false: it is a value of its own, in `l->scalar`. */
static bool step(struct pvg_ir *ir, struct lane *l)
{
    struct pvg_spv *b = ir->b;
    const struct pvg_ir_inst *d = pvg_ir_def(ir, l->vector);
    if ((l->scalar = constant_part(ir, l->vector, l->index)))
        return false;
    if (!d)
        return true;
    if (d->op == SpvOpCompositeConstruct) {
        uint32_t k = 0, size = 1, index = l->index;
        if (d->count == pvg_spv_info(b, d->type)->count)
            k = index;
        else /* Of scalars and shorter vectors. */
            for (; (size = pvg_spv_components(b, pvg_spv_type_of(b, pvg_ir_use(ir, d, k)))) <= index; k++)
                index -= size;
        if (size == 1) {
            l->scalar = pvg_ir_use(ir, d, k);
            return false;
        }
        l->vector = pvg_ir_use(ir, d, k);
        l->index = index;
    } else if (d->op == SpvOpCompositeInsert && d->count == 3) {
        if (d->words[2] == l->index) {
            l->scalar = pvg_ir_use(ir, d, 0);
            return false;
        }
        l->vector = pvg_ir_use(ir, d, 1);
    } else if (d->op == SpvOpVectorShuffle && d->words[2 + l->index] != UINT32_MAX) {
        uint32_t x = pvg_ir_use(ir, d, 0), size = pvg_spv_components(b, pvg_spv_type_of(b, x)), from = d->words[2 + l->index];
        l->vector = from < size ? x : pvg_ir_use(ir, d, 1);
        l->index = from < size ? from : from - size;
    }
    return true;
}

/** @return false: the component is the value `l->scalar`. */
static bool follow(struct pvg_ir *ir, struct lane *l)
{
    for (unsigned n = 0; n < MAX_STEPS; n++) {
        uint32_t vector = l->vector;
        if (!step(ir, l))
            return false;
        if (l->vector == vector)
            break;
    }
    return true;
}

uint32_t pvg_ir_fold_extract(struct pvg_ir *ir, struct pvg_ir_inst *i)
{
    struct lane l = {i->words[0], i->words[1], 0};
    if (i->count != 2)
        return 0;
    if (!follow(ir, &l))
        return l.scalar;
    i->words[0] = l.vector;
    i->words[1] = l.index;
    return 0;
}

static struct lane lane_of_scalar(struct pvg_ir *ir, uint32_t id)
{
    const struct pvg_ir_inst *d = pvg_ir_def_with(ir, id, SpvOpCompositeExtract);
    if (d && d->count == 2 && is_vector(ir, pvg_ir_use(ir, d, 0)))
        return (struct lane){pvg_ir_use(ir, d, 0), d->words[1], id};
    return (struct lane){0, 0, id};
}

/** What the lanes are made from. */
struct parts {
    struct lane lanes[MAX_LANES];
    uint32_t count;
    uint32_t vectors[2], vector_count; /**< 3: more than two. */
    uint32_t constants;                /**< Lanes. */
    uint32_t values;                   /**< Lanes that are neither constant nor part of a vector. */
};

static void sort_lanes(struct pvg_ir *ir, struct parts *p)
{
    for (uint32_t k = 0; k < p->count; k++) {
        const struct lane *l = &p->lanes[k];
        if (!l->vector) {
            if (is_constant(ir, l->scalar))
                p->constants++;
            else
                p->values++;
        } else if (p->vector_count < 3 && !(p->vector_count > 0 && p->vectors[0] == l->vector) &&
                   !(p->vector_count > 1 && p->vectors[1] == l->vector)) {
            if (p->vector_count < 2)
                p->vectors[p->vector_count] = l->vector;
            p->vector_count++;
        }
    }
}

static void rewrite(struct pvg_ir *ir, struct pvg_ir_inst *i, SpvOp op, const uint32_t *words, unsigned count)
{
    uint32_t *w = i->words;
    if (count > i->count)
        w = pvg_arena_array(ir->arena, count, sizeof *w);
    memcpy(w, words, count * sizeof *w);
    i->op = (uint16_t)op;
    i->words = w;
    i->count = (uint16_t)count;
}

/** Of scalars alone. */
static uint32_t from_scalars(struct pvg_ir *ir, struct pvg_ir_inst *i, const struct parts *p)
{
    uint32_t w[MAX_LANES];
    for (uint32_t k = 0; k < p->count; k++)
        w[k] = p->lanes[k].scalar;
    if (p->constants == p->count) {
        uint32_t id = pvg_spv_const_composite(ir->b, i->type, w, p->count);
        pvg_ir_cover(ir);
        return id;
    }
    rewrite(ir, i, SpvOpCompositeConstruct, w, p->count);
    return 0;
}

/** Of two vectors, or of one and constants. */
static void from_two(struct pvg_ir *ir, struct pvg_ir_inst *i, const struct parts *p)
{
    struct pvg_spv *b = ir->b;
    uint32_t w[2 + MAX_LANES] = {p->vectors[0], p->vector_count > 1 ? p->vectors[1] : p->vectors[0]}, fixed[MAX_LANES], n = 0;
    uint32_t base = pvg_spv_components(b, pvg_spv_type_of(b, w[0]));
    for (uint32_t k = 0; k < p->count; k++) {
        const struct lane *l = &p->lanes[k];
        w[2 + k] = !l->vector ? base + n : l->vector == w[0] ? l->index : base + l->index;
        if (!l->vector)
            fixed[n++] = l->scalar;
    }
    if (n) {
        if (n == 1)
            fixed[n++] = fixed[0];
        w[1] = pvg_spv_const_composite(b, pvg_spv_vec(b, pvg_spv_scalar(b, i->type), n), fixed, n);
        pvg_ir_cover(ir);
    }
    rewrite(ir, i, SpvOpVectorShuffle, w, 2 + p->count);
}

/** Of whole vectors and scalars; `extracted`: also of those that are taken out of vectors. */
static bool from_pieces(struct pvg_ir *ir, struct pvg_ir_inst *i, const struct parts *p, bool extracted)
{
    struct pvg_spv *b = ir->b;
    uint32_t w[MAX_LANES], n = 0;
    for (uint32_t k = 0; k < p->count;) {
        const struct lane *l = &p->lanes[k];
        uint32_t size = l->vector && !l->index ? pvg_spv_components(b, pvg_spv_type_of(b, l->vector)) : 0, same = 0;
        while (same < size && k + same < p->count && l[same].vector == l->vector && l[same].index == same)
            same++;
        bool whole = size && same == size;
        if (!whole && (!l->scalar || (l->vector && !extracted)))
            return false;
        w[n++] = whole ? l->vector : l->scalar;
        k += whole ? size : 1;
    }
    if (n < 2)
        return false;
    rewrite(ir, i, SpvOpCompositeConstruct, w, n);
    return true;
}

/** One component of a vector of the same type replaced. */
static bool from_insertion(struct pvg_ir *ir, struct pvg_ir_inst *i, const struct parts *p)
{
    uint32_t at = 0;
    if (p->vector_count != 1 || p->constants + p->values != 1 || pvg_spv_type_of(ir->b, p->vectors[0]) != i->type)
        return false;
    for (uint32_t k = 0; k < p->count; k++) {
        if (!p->lanes[k].vector)
            at = k;
        else if (p->lanes[k].index != k)
            return false;
    }
    rewrite(ir, i, SpvOpCompositeInsert, PVG_SPV(p->lanes[at].scalar, p->vectors[0], at));
    return true;
}

static bool is_identity(const struct pvg_ir *ir, const struct pvg_ir_inst *i, const struct parts *p)
{
    if (p->vector_count != 1 || p->constants || p->values || pvg_spv_type_of(ir->b, p->vectors[0]) != i->type)
        return false;
    for (uint32_t k = 0; k < p->count; k++)
        if (p->lanes[k].index != k)
            return false;
    return true;
}

static bool is_splat(const struct parts *p)
{
    for (uint32_t k = 0; k < p->count; k++)
        if (!p->lanes[k].scalar || p->lanes[k].scalar != p->lanes[0].scalar)
            return false;
    return true;
}

/** An insertion of what was taken out of a vector: a vector that is not complete yet, and may become one of that scalar alone. */
static bool is_unfinished(const struct pvg_ir *ir, const struct pvg_ir_inst *i)
{
    return i->op == SpvOpCompositeInsert && !is_constant(ir, i->words[0]);
}

uint32_t pvg_ir_fold_lanes(struct pvg_ir *ir, struct pvg_ir_inst *i)
{
    const struct pvg_spv_id *type = pvg_spv_info(ir->b, i->type);
    struct parts p = {.count = type->count};
    if (type->op != SpvOpTypeVector || p.count > MAX_LANES || (i->op == SpvOpCompositeInsert && i->count != 3))
        return 0;
    for (uint32_t k = 0; k < p.count; k++) {
        /* The first step is the instruction itself. */
        struct lane l = {i->id, k, 0};
        if (!follow(ir, &l))
            l = lane_of_scalar(ir, l.scalar);
        if (l.vector == i->id) /* Undefined. */
            return 0;
        p.lanes[k] = l;
    }
    sort_lanes(ir, &p);
    if (is_identity(ir, i, &p))
        return p.vectors[0];
    if (p.vector_count == 0 || is_splat(&p))
        return from_scalars(ir, i, &p);
    if (p.vector_count <= 2 && !p.constants && !p.values) {
        from_two(ir, i, &p);
        return 0;
    }
    if (from_pieces(ir, i, &p, false) || from_insertion(ir, i, &p))
        return 0;
    if (p.vector_count == 1 && !p.values && !is_unfinished(ir, i))
        from_two(ir, i, &p);
    else
        from_pieces(ir, i, &p, true);
    return 0;
}

/* ---- One operation on a vector instead of one per component ---------------------------------------------------------------- */

/** Does the instruction treat the components of vectors like scalars? */
static bool is_componentwise(const struct pvg_ir_inst *i)
{
    if (i->op == SpvOpExtInst) {
        uint32_t n = i->words[1];
        return (n >= GLSLstd450Round && n <= GLSLstd450Pow) || (n >= GLSLstd450Exp && n <= GLSLstd450InverseSqrt) ||
               (n >= GLSLstd450FMin && n <= GLSLstd450Step) || (n >= GLSLstd450NMin && n <= GLSLstd450NClamp);
    }
    switch (i->op) {
    case SpvOpConvertFToU:
    case SpvOpConvertFToS:
    case SpvOpConvertSToF:
    case SpvOpConvertUToF:
    case SpvOpUConvert:
    case SpvOpSConvert:
    case SpvOpFConvert:
    case SpvOpFNegate:
    case SpvOpIAdd:
    case SpvOpISub:
    case SpvOpIMul:
    case SpvOpFAdd:
    case SpvOpFSub:
    case SpvOpFMul:
    case SpvOpFDiv:
        return true;
    default:
        return false;
    }
}

/** One operand of all operations as a vector: one that exists, or a constant. @return 0: neither. */
static uint32_t common_operand(struct pvg_ir *ir, struct pvg_ir_inst *const *ops, uint32_t count, unsigned n)
{
    struct pvg_spv *b = ir->b;
    uint32_t scalar = pvg_spv_type_of(b, pvg_ir_use(ir, ops[0], n)), vector = 0, fixed[MAX_LANES];
    bool constant = true;
    for (uint32_t k = 0; k < count; k++) {
        fixed[k] = pvg_ir_use(ir, ops[k], n);
        struct lane l = lane_of_scalar(ir, fixed[k]);
        constant &= is_constant(ir, fixed[k]);
        if (k && l.vector != vector)
            return 0;
        if (l.vector && (l.index != k || pvg_spv_info(b, pvg_spv_type_of(b, l.vector))->count != count))
            return 0;
        vector = l.vector;
    }
    if (!vector && constant) {
        vector = pvg_spv_const_composite(b, pvg_spv_vec(b, scalar, count), fixed, count);
        pvg_ir_cover(ir);
    }
    return vector;
}

/** A vector of results of one operation, each of which nobody else uses. */
static bool join_operations(struct pvg_ir *ir, struct pvg_ir_inst *i, const uint32_t *uses)
{
    struct pvg_ir_inst *ops[MAX_LANES] = {0};
    uint32_t w[5];
    for (uint32_t k = 0; k < i->count; k++) {
        uint32_t id = pvg_ir_use(ir, i, k);
        ops[k] = ir->def[id] == PVG_IR_NONE ? NULL : &ir->insts[ir->def[id]];
        if (!ops[k] || uses[id] != 1 || !is_componentwise(ops[k]) || ops[k]->op != ops[0]->op || ops[k]->count != ops[0]->count ||
            ir->flags[id])
            return false;
    }
    unsigned first = ops[0]->op == SpvOpExtInst ? 2 : 0;
    if (ops[0]->count > sizeof w / sizeof *w)
        return false;
    for (unsigned n = 0; n < first; n++) {
        w[n] = ops[0]->words[n];
        for (uint32_t k = 1; k < i->count; k++)
            if (ops[k]->words[n] != w[n])
                return false;
    }
    for (unsigned n = first; n < ops[0]->count; n++)
        if (!(w[n] = common_operand(ir, ops, i->count, n)))
            return false;
    rewrite(ir, i, (SpvOp)ops[0]->op, w, ops[0]->count);
    return true;
}

static uint32_t *count_uses(struct pvg_ir *ir)
{
    uint32_t *uses = pvg_arena_array(ir->arena, ir->id_bound, sizeof *uses);
    for (uint32_t n = 0; n < ir->inst_count; n++) {
        const struct pvg_ir_inst *i = &ir->insts[n];
        for (unsigned k = 0; !i->dead && k < i->count; k++)
            if (pvg_ir_operand(ir, i, k) == PVG_IR_ID)
                uses[pvg_ir_find(ir, i->words[k])]++;
    }
    for (size_t n = 0; n < ir->phi_count; n++)
        for (uint32_t k = 0; k < ir->blocks[ir->phis[n].block].pred_count; k++)
            uses[pvg_ir_find(ir, ir->phis[n].values[k])]++;
    return uses;
}

/** Extracted components side by side: a shuffle. */
static bool join_components(struct pvg_ir *ir, struct pvg_ir_inst *i)
{
    struct parts p = {.count = i->count};
    for (uint32_t k = 0; k < p.count; k++) {
        p.lanes[k] = lane_of_scalar(ir, pvg_ir_use(ir, i, k));
        if (!p.lanes[k].vector)
            return false;
    }
    sort_lanes(ir, &p);
    if (p.vector_count > 2)
        return false;
    from_two(ir, i, &p);
    return true;
}

bool pvg_ir_gather(struct pvg_ir *ir)
{
    uint32_t *uses = NULL;
    bool changed = false;
    for (uint32_t n = 0; n < ir->inst_count; n++) {
        struct pvg_ir_inst *i = &ir->insts[n];
        if (i->dead || i->op != SpvOpCompositeConstruct || i->count > MAX_LANES || !is_vector(ir, i->id) ||
            i->count != pvg_spv_info(ir->b, i->type)->count)
            continue;
        const struct pvg_ir_inst *d = pvg_ir_def(ir, pvg_ir_use(ir, i, 0));
        if (d && d->op == SpvOpCompositeExtract) {
            changed |= join_components(ir, i);
        } else if (d && is_componentwise(d)) {
            if (!uses)
                uses = count_uses(ir);
            changed |= join_operations(ir, i, uses);
        }
    }
    return changed;
}
