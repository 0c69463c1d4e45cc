/* SPDX-License-Identifier: MIT */
/* Function variables that are only loaded and stored become values and phis. */
#include "air/spirv_ir.h"

#include <string.h>

/** More phis than this are worse than the variables. */
enum { MAX_PHIS_PER_VARIABLE = 256 };

struct promotion {
    struct pvg_ir *ir;
    uint32_t type; /**< Of the variable's value. */
    uint32_t *in;  /**< Value at the start of each block, valid where `in_of` is `stamp`. */
    uint32_t *out; /**< At its end. */
    uint32_t *in_of, *out_of;
    uint32_t stamp;
    uint32_t *queue; /**< Phis whose values are still to be found. */
    size_t queued, queue_cap;
    uint32_t undef;
};

/** A use of a variable, in the order of the code. */
struct access {
    uint32_t inst, next;
};

static void set_in(struct promotion *p, uint32_t block, uint32_t id)
{
    p->in[block] = id;
    p->in_of[block] = p->stamp;
}

static uint32_t undefined(struct promotion *p)
{
    if (!p->undef) {
        p->undef = pvg_spv_unique(p->ir->b, SpvOpUndef, p->type, NULL, 0);
        pvg_ir_cover(p->ir);
    }
    return p->undef;
}

static uint32_t make_phi(struct promotion *p, uint32_t block)
{
    uint32_t n = pvg_ir_add_phi(p->ir, block, p->type);
    p->queue = pvg_arena_grow(p->ir->arena, p->queue, &p->queue_cap, p->queued + 1, sizeof *p->queue);
    p->queue[p->queued++] = n;
    return p->ir->phis[n].id;
}

/** Value of the variable where `block` starts: up the blocks with one predecessor each. */
static uint32_t value_in(struct promotion *p, uint32_t block)
{
    const struct pvg_ir_block *blocks = p->ir->blocks;
    uint32_t k = block, id;
    for (;;) {
        if (p->in_of[k] == p->stamp) {
            id = p->in[k];
            break;
        }
        if (blocks[k].pred_count != 1) {
            id = blocks[k].pred_count ? make_phi(p, k) : undefined(p);
            set_in(p, k, id);
            break;
        }
        uint32_t pred = blocks[k].preds[0];
        if (p->out_of[pred] == p->stamp) {
            id = p->out[pred];
            set_in(p, k, id);
            break;
        }
        k = pred;
    }
    for (uint32_t n = block; n != k && p->in_of[n] != p->stamp; n = blocks[n].preds[0])
        set_in(p, n, id);
    return id;
}

static uint32_t value_out(struct promotion *p, uint32_t block)
{
    return p->out_of[block] == p->stamp ? p->out[block] : value_in(p, block);
}

static void promote(struct promotion *p, const struct access *list, uint32_t first)
{
    struct pvg_ir *ir = p->ir;
    p->stamp++;
    p->queued = 0;
    p->undef = 0;
    for (uint32_t a = first; a != PVG_IR_NONE; a = list[a].next) {
        struct pvg_ir_inst *i = &ir->insts[list[a].inst];
        if (i->op == SpvOpStore) {
            p->out[i->block] = i->words[1];
            p->out_of[i->block] = p->stamp;
        } else {
            ir->rename[i->id] = p->out_of[i->block] == p->stamp ? p->out[i->block] : value_in(p, i->block);
        }
        i->dead = true;
    }
    for (size_t n = 0; n < p->queued; n++) {
        uint32_t phi = p->queue[n];
        const struct pvg_ir_block *blk = &ir->blocks[ir->phis[phi].block];
        for (uint32_t k = 0; k < blk->pred_count; k++) {
            uint32_t v = value_out(p, blk->preds[k]);
            ir->phis[phi].values[k] = v;
        }
    }
}

/** Phis of one value, other than themselves, are that value. */
static void drop_trivial_phis(struct pvg_ir *ir)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t n = 0; n < ir->phi_count; n++) {
            struct pvg_ir_phi *phi = &ir->phis[n];
            uint32_t only = 0;
            bool trivial = !phi->dead;
            for (uint32_t k = 0; trivial && k < ir->blocks[phi->block].pred_count; k++) {
                uint32_t v = pvg_ir_find(ir, phi->values[k]);
                trivial = v == phi->id || !only || v == only;
                if (v != phi->id)
                    only = v;
            }
            if (!trivial || !only)
                continue;
            ir->rename[phi->id] = only;
            phi->dead = changed = true;
        }
    }
}

static bool plain_access(const struct pvg_ir_inst *i, unsigned operand)
{
    if (operand != 0)
        return false;
    return (i->op == SpvOpLoad && i->count == 1) || (i->op == SpvOpStore && i->count == 2);
}

/** Accesses of each variable, by the index of its instruction: `first` and `last`. Variables with other uses get no list. */
static struct access *collect(struct pvg_ir *ir, uint32_t *first, uint32_t *last, bool *other)
{
    struct access *list = pvg_arena_array(ir->arena, ir->inst_count + 1, sizeof *list);
    uint32_t n = 0;
    memset(first, 0xFF, ir->inst_count * sizeof *first);
    for (uint32_t k = 0; k < ir->inst_count; k++) {
        const struct pvg_ir_inst *i = &ir->insts[k];
        for (unsigned o = 0; !i->dead && o < i->count; o++) {
            if (pvg_ir_operand(ir, i, o) != PVG_IR_ID)
                continue;
            uint32_t v = ir->def[i->words[o]];
            if (v == PVG_IR_NONE || ir->insts[v].op != SpvOpVariable)
                continue;
            if (!plain_access(i, o)) {
                other[v] = true;
                continue;
            }
            list[n] = (struct access){k, PVG_IR_NONE};
            if (first[v] == PVG_IR_NONE)
                first[v] = n;
            else
                list[last[v]].next = n;
            last[v] = n++;
        }
    }
    return list;
}

void pvg_ir_promote(struct pvg_ir *ir)
{
    struct pvg_arena *a = ir->arena;
    size_t n = ir->inst_count + 1, blocks = ir->block_count + 1;
    uint32_t *first = pvg_arena_array(a, n, sizeof *first), *last = pvg_arena_array(a, n, sizeof *last);
    bool *other = pvg_arena_array(a, n, sizeof *other);
    const struct access *list = collect(ir, first, last, other);
    struct promotion p = {.ir = ir,
                          .in = pvg_arena_array(a, blocks, sizeof(uint32_t)),
                          .out = pvg_arena_array(a, blocks, sizeof(uint32_t)),
                          .in_of = pvg_arena_array(a, blocks, sizeof(uint32_t)),
                          .out_of = pvg_arena_array(a, blocks, sizeof(uint32_t))};
    for (uint32_t k = 0; k < ir->inst_count; k++) {
        struct pvg_ir_inst *i = &ir->insts[k];
        if (i->op != SpvOpVariable || other[k] || i->count > 1)
            continue;
        p.type = ir->b->ids[i->type].elem;
        promote(&p, list, first[k]);
        i->dead = true;
    }
    drop_trivial_phis(ir);
}
