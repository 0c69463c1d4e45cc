/* SPDX-License-Identifier: MIT */
/* Pointers to buffer memory: structs of one member are that member, and the argument table holds pointers where only they are used.
 */
#include "air/spirv_ir.h"

void pvg_ir_shorten_chains(struct pvg_ir *ir, struct pvg_spv_memory *m)
{
    bool *single = pvg_arena_array(ir->arena, ir->id_bound, sizeof *single);
    for (size_t i = 0; i < m->single_count; i++)
        single[m->single[i]] = true;
    m->shortened = true;
    for (uint32_t k = 0; m->single_count && k < ir->inst_count; k++) {
        struct pvg_ir_inst *i = &ir->insts[k];
        if ((i->op != SpvOpAccessChain && i->op != SpvOpPtrAccessChain) || !single[pvg_spv_type_of(ir->b, i->words[0])])
            continue;
        if (i->op == SpvOpPtrAccessChain) {
            i->count = 2;
            continue;
        }
        ir->rename[i->id] = i->words[0];
        i->dead = true;
    }
}

/** Uses of one member of the table. */
struct member {
    uint32_t extract; /**< Instruction that takes it out, PVG_IR_NONE. */
    uint32_t pointer; /**< First conversion to a pointer, PVG_IR_NONE. */
    bool other;       /**< Used as a number, or in a way that this pass does not know. */
};

static void find_extracts(struct pvg_ir *ir, const struct pvg_spv_memory *m, struct member *members, uint32_t *member_of)
{
    for (uint32_t k = 0; k < ir->inst_count; k++) {
        const struct pvg_ir_inst *i = &ir->insts[k];
        if (i->dead || i->op != SpvOpCompositeExtract || i->count != 2 || pvg_ir_find(ir, i->words[0]) != m->table)
            continue;
        struct member *e = &members[i->words[1]];
        e->other |= e->extract != PVG_IR_NONE || pvg_spv_width(ir->b, i->type) != 64;
        e->extract = k;
        member_of[i->id] = i->words[1];
    }
}

static void find_uses(struct pvg_ir *ir, struct member *members, const uint32_t *member_of)
{
    for (uint32_t k = 0; k < ir->inst_count; k++) {
        const struct pvg_ir_inst *i = &ir->insts[k];
        for (unsigned o = 0; !i->dead && o < i->count; o++) {
            /* Few operands are members; what kind of word it is takes longer to tell. */
            uint32_t n = i->words[o] < ir->id_bound ? member_of[pvg_ir_find(ir, i->words[o])] : PVG_IR_NONE;
            if (n == PVG_IR_NONE || pvg_ir_operand(ir, i, o) != PVG_IR_ID)
                continue;
            /* In the first block the pointer is known to all that follow. */
            members[n].other |= i->op != SpvOpConvertUToPtr || i->block;
            if (members[n].pointer == PVG_IR_NONE)
                members[n].pointer = k;
        }
    }
    for (size_t n = 0; n < ir->phi_count; n++)
        for (uint32_t p = 0; !ir->phis[n].dead && p < ir->blocks[ir->phis[n].block].pred_count; p++)
            if (member_of[pvg_ir_find(ir, ir->phis[n].values[p])] != PVG_IR_NONE)
                members[member_of[pvg_ir_find(ir, ir->phis[n].values[p])]].other = true;
}

void pvg_ir_table_pointers(struct pvg_ir *ir, struct pvg_spv_memory *m)
{
    if (!m->table || !m->member_count)
        return;
    struct member *members = pvg_arena_array(ir->arena, m->member_count, sizeof *members);
    uint32_t *member_of = pvg_arena_array(ir->arena, ir->id_bound, sizeof *member_of);
    for (size_t n = 0; n < m->member_count; n++)
        members[n].extract = members[n].pointer = PVG_IR_NONE;
    for (uint32_t id = 0; id < ir->id_bound; id++)
        member_of[id] = PVG_IR_NONE;
    find_extracts(ir, m, members, member_of);
    find_uses(ir, members, member_of);
    for (uint32_t k = 0; k < ir->inst_count; k++) {
        struct pvg_ir_inst *i = &ir->insts[k];
        if (i->dead || i->op != SpvOpConvertUToPtr)
            continue;
        uint32_t n = member_of[pvg_ir_find(ir, i->words[0])];
        if (n == PVG_IR_NONE || members[n].other)
            continue;
        const struct pvg_ir_inst *first = &ir->insts[members[n].pointer];
        if (i != first) { /* The same address, seen in another way. */
            i->op = SpvOpBitcast;
            i->words[0] = first->id;
            continue;
        }
        struct pvg_ir_inst *extract = &ir->insts[members[n].extract];
        m->member_types[n] = i->type;
        i->op = SpvOpCompositeExtract;
        i->words = extract->words;
        i->count = 2;
        extract->dead = true;
    }
}
