/* SPDX-License-Identifier: MIT */
#include "air/spirv_ir.h"

#include <string.h>

/** How the operand words of an opcode are laid out. */
enum shape {
    UNKNOWN,
    IDS, /**< Ids only. */
    IDS1,
    IDS2, /**< That many ids, then literals. */
    MEMORY1,
    MEMORY2, /**< That many ids, then memory operands. */
    IMAGE2,
    IMAGE3,    /**< That many ids, then image operands. */
    EXTENDED,  /**< Set, instruction number, ids. */
    GROUP,     /**< Scope, group operation, ids. */
    LABELS1,   /**< One label, then literals. */
    LABELS2,   /**< Two labels, then literals. */
    CONDITION, /**< Id, two labels. */
    SWITCH,
    PHI,
    STORAGE, /**< Variable: storage class, initialiser. */
};

/** What may be done with an instruction. */
enum nature {
    PURE,   /**< Equal operands, equal result, anywhere. */
    READ,   /**< Removed when nobody uses the result. */
    EFFECT, /**< Stays. */
};

const struct pvg_ir_opcode pvg_ir_opcodes[] = {
    [SpvOpNop] = {IDS, PURE, false},
    [SpvOpExtInst] = {EXTENDED, PURE, true},
    [SpvOpFunctionCall] = {IDS, EFFECT, true},
    [SpvOpVariable] = {STORAGE, READ, true},
    [SpvOpLoad] = {MEMORY1, READ, true},
    [SpvOpStore] = {MEMORY2, EFFECT, false},
    [SpvOpAccessChain] = {IDS, PURE, true},
    [SpvOpPtrAccessChain] = {IDS, PURE, true},
    [SpvOpVectorExtractDynamic] = {IDS, PURE, true},
    [SpvOpVectorInsertDynamic] = {IDS, PURE, true},
    [SpvOpVectorShuffle] = {IDS2, PURE, true},
    [SpvOpCompositeConstruct] = {IDS, PURE, true},
    [SpvOpCompositeExtract] = {IDS1, PURE, true},
    [SpvOpCompositeInsert] = {IDS2, PURE, true},
    [SpvOpSampledImage] = {IDS, READ, true},
    [SpvOpImageSampleImplicitLod] = {IMAGE2, READ, true},
    [SpvOpImageSampleExplicitLod] = {IMAGE2, READ, true},
    [SpvOpImageSampleDrefImplicitLod] = {IMAGE3, READ, true},
    [SpvOpImageSampleDrefExplicitLod] = {IMAGE3, READ, true},
    [SpvOpImageFetch] = {IMAGE2, READ, true},
    [SpvOpImageGather] = {IMAGE3, READ, true},
    [SpvOpImageDrefGather] = {IMAGE3, READ, true},
    [SpvOpImageRead] = {IMAGE2, READ, true},
    [SpvOpImageWrite] = {IMAGE3, EFFECT, false},
    [SpvOpImageTexelPointer] = {IDS, READ, true},
    [SpvOpImageQuerySizeLod] = {IDS, PURE, true},
    [SpvOpImageQuerySize] = {IDS, PURE, true},
    [SpvOpImageQueryLod] = {IDS, READ, true},
    [SpvOpImageQueryLevels] = {IDS, PURE, true},
    [SpvOpImageQuerySamples] = {IDS, PURE, true},
    [SpvOpConvertFToU] = {IDS, PURE, true},
    [SpvOpConvertFToS] = {IDS, PURE, true},
    [SpvOpConvertSToF] = {IDS, PURE, true},
    [SpvOpConvertUToF] = {IDS, PURE, true},
    [SpvOpUConvert] = {IDS, PURE, true},
    [SpvOpSConvert] = {IDS, PURE, true},
    [SpvOpFConvert] = {IDS, PURE, true},
    [SpvOpQuantizeToF16] = {IDS, PURE, true},
    [SpvOpConvertPtrToU] = {IDS, PURE, true},
    [SpvOpConvertUToPtr] = {IDS, PURE, true},
    [SpvOpBitcast] = {IDS, PURE, true},
    [SpvOpSNegate] = {IDS, PURE, true},
    [SpvOpFNegate] = {IDS, PURE, true},
    [SpvOpIAdd] = {IDS, PURE, true},
    [SpvOpFAdd] = {IDS, PURE, true},
    [SpvOpISub] = {IDS, PURE, true},
    [SpvOpFSub] = {IDS, PURE, true},
    [SpvOpIMul] = {IDS, PURE, true},
    [SpvOpFMul] = {IDS, PURE, true},
    [SpvOpUDiv] = {IDS, PURE, true},
    [SpvOpSDiv] = {IDS, PURE, true},
    [SpvOpFDiv] = {IDS, PURE, true},
    [SpvOpUMod] = {IDS, PURE, true},
    [SpvOpSRem] = {IDS, PURE, true},
    [SpvOpSMod] = {IDS, PURE, true},
    [SpvOpFRem] = {IDS, PURE, true},
    [SpvOpFMod] = {IDS, PURE, true},
    [SpvOpVectorTimesScalar] = {IDS, PURE, true},
    [SpvOpDot] = {IDS, PURE, true},
    [SpvOpIAddCarry] = {IDS, PURE, true},
    [SpvOpISubBorrow] = {IDS, PURE, true},
    [SpvOpUMulExtended] = {IDS, PURE, true},
    [SpvOpSMulExtended] = {IDS, PURE, true},
    [SpvOpAny] = {IDS, PURE, true},
    [SpvOpAll] = {IDS, PURE, true},
    [SpvOpIsNan] = {IDS, PURE, true},
    [SpvOpIsInf] = {IDS, PURE, true},
    [SpvOpLogicalEqual] = {IDS, PURE, true},
    [SpvOpLogicalNotEqual] = {IDS, PURE, true},
    [SpvOpLogicalOr] = {IDS, PURE, true},
    [SpvOpLogicalAnd] = {IDS, PURE, true},
    [SpvOpLogicalNot] = {IDS, PURE, true},
    [SpvOpSelect] = {IDS, PURE, true},
    [SpvOpIEqual] = {IDS, PURE, true},
    [SpvOpINotEqual] = {IDS, PURE, true},
    [SpvOpUGreaterThan] = {IDS, PURE, true},
    [SpvOpSGreaterThan] = {IDS, PURE, true},
    [SpvOpUGreaterThanEqual] = {IDS, PURE, true},
    [SpvOpSGreaterThanEqual] = {IDS, PURE, true},
    [SpvOpULessThan] = {IDS, PURE, true},
    [SpvOpSLessThan] = {IDS, PURE, true},
    [SpvOpULessThanEqual] = {IDS, PURE, true},
    [SpvOpSLessThanEqual] = {IDS, PURE, true},
    [SpvOpFOrdEqual] = {IDS, PURE, true},
    [SpvOpFUnordEqual] = {IDS, PURE, true},
    [SpvOpFOrdNotEqual] = {IDS, PURE, true},
    [SpvOpFUnordNotEqual] = {IDS, PURE, true},
    [SpvOpFOrdLessThan] = {IDS, PURE, true},
    [SpvOpFUnordLessThan] = {IDS, PURE, true},
    [SpvOpFOrdGreaterThan] = {IDS, PURE, true},
    [SpvOpFUnordGreaterThan] = {IDS, PURE, true},
    [SpvOpFOrdLessThanEqual] = {IDS, PURE, true},
    [SpvOpFUnordLessThanEqual] = {IDS, PURE, true},
    [SpvOpFOrdGreaterThanEqual] = {IDS, PURE, true},
    [SpvOpFUnordGreaterThanEqual] = {IDS, PURE, true},
    [SpvOpShiftRightLogical] = {IDS, PURE, true},
    [SpvOpShiftRightArithmetic] = {IDS, PURE, true},
    [SpvOpShiftLeftLogical] = {IDS, PURE, true},
    [SpvOpBitwiseOr] = {IDS, PURE, true},
    [SpvOpBitwiseXor] = {IDS, PURE, true},
    [SpvOpBitwiseAnd] = {IDS, PURE, true},
    [SpvOpNot] = {IDS, PURE, true},
    [SpvOpBitFieldInsert] = {IDS, PURE, true},
    [SpvOpBitFieldSExtract] = {IDS, PURE, true},
    [SpvOpBitFieldUExtract] = {IDS, PURE, true},
    [SpvOpBitReverse] = {IDS, PURE, true},
    [SpvOpBitCount] = {IDS, PURE, true},
    [SpvOpDPdx] = {IDS, READ, true},
    [SpvOpDPdy] = {IDS, READ, true},
    [SpvOpFwidth] = {IDS, READ, true},
    [SpvOpControlBarrier] = {IDS, EFFECT, false},
    [SpvOpMemoryBarrier] = {IDS, EFFECT, false},
    [SpvOpBeginInvocationInterlockEXT] = {IDS, EFFECT, false},
    [SpvOpEndInvocationInterlockEXT] = {IDS, EFFECT, false},
    [SpvOpAtomicLoad] = {IDS, EFFECT, true},
    [SpvOpAtomicStore] = {IDS, EFFECT, false},
    [SpvOpAtomicExchange] = {IDS, EFFECT, true},
    [SpvOpAtomicCompareExchange] = {IDS, EFFECT, true},
    [SpvOpAtomicIIncrement] = {IDS, EFFECT, true},
    [SpvOpAtomicIDecrement] = {IDS, EFFECT, true},
    [SpvOpAtomicIAdd] = {IDS, EFFECT, true},
    [SpvOpAtomicISub] = {IDS, EFFECT, true},
    [SpvOpAtomicSMin] = {IDS, EFFECT, true},
    [SpvOpAtomicUMin] = {IDS, EFFECT, true},
    [SpvOpAtomicSMax] = {IDS, EFFECT, true},
    [SpvOpAtomicUMax] = {IDS, EFFECT, true},
    [SpvOpAtomicAnd] = {IDS, EFFECT, true},
    [SpvOpAtomicOr] = {IDS, EFFECT, true},
    [SpvOpAtomicXor] = {IDS, EFFECT, true},
    [SpvOpAtomicFAddEXT] = {IDS, EFFECT, true},
    [SpvOpAtomicFMinEXT] = {IDS, EFFECT, true},
    [SpvOpAtomicFMaxEXT] = {IDS, EFFECT, true},
    [SpvOpPhi] = {PHI, READ, true},
    [SpvOpLoopMerge] = {LABELS2, EFFECT, false},
    [SpvOpSelectionMerge] = {LABELS1, EFFECT, false},
    [SpvOpBranch] = {LABELS1, EFFECT, false},
    [SpvOpBranchConditional] = {CONDITION, EFFECT, false},
    [SpvOpSwitch] = {SWITCH, EFFECT, false},
    [SpvOpReturn] = {IDS, EFFECT, false},
    [SpvOpKill] = {IDS, EFFECT, false},
    [SpvOpUnreachable] = {IDS, EFFECT, false},
    [SpvOpTerminateInvocation] = {IDS, EFFECT, false},
    [SpvOpDemoteToHelperInvocation] = {IDS, EFFECT, false},
    [SpvOpIsHelperInvocationEXT] = {IDS, EFFECT, true},
    [SpvOpGroupNonUniformElect] = {IDS, EFFECT, true},
    [SpvOpGroupNonUniformAll] = {IDS, EFFECT, true},
    [SpvOpGroupNonUniformAny] = {IDS, EFFECT, true},
    [SpvOpGroupNonUniformAllEqual] = {IDS, EFFECT, true},
    [SpvOpGroupNonUniformBroadcast] = {IDS, EFFECT, true},
    [SpvOpGroupNonUniformBroadcastFirst] = {IDS, EFFECT, true},
    [SpvOpGroupNonUniformBallot] = {IDS, EFFECT, true},
    [SpvOpGroupNonUniformInverseBallot] = {IDS, EFFECT, true},
    [SpvOpGroupNonUniformBallotBitExtract] = {IDS, EFFECT, true},
    [SpvOpGroupNonUniformBallotBitCount] = {GROUP, EFFECT, true},
    [SpvOpGroupNonUniformBallotFindLSB] = {IDS, EFFECT, true},
    [SpvOpGroupNonUniformBallotFindMSB] = {IDS, EFFECT, true},
    [SpvOpGroupNonUniformShuffle] = {IDS, EFFECT, true},
    [SpvOpGroupNonUniformShuffleXor] = {IDS, EFFECT, true},
    [SpvOpGroupNonUniformShuffleUp] = {IDS, EFFECT, true},
    [SpvOpGroupNonUniformShuffleDown] = {IDS, EFFECT, true},
    [SpvOpGroupNonUniformIAdd] = {GROUP, EFFECT, true},
    [SpvOpGroupNonUniformFAdd] = {GROUP, EFFECT, true},
    [SpvOpGroupNonUniformIMul] = {GROUP, EFFECT, true},
    [SpvOpGroupNonUniformFMul] = {GROUP, EFFECT, true},
    [SpvOpGroupNonUniformSMin] = {GROUP, EFFECT, true},
    [SpvOpGroupNonUniformUMin] = {GROUP, EFFECT, true},
    [SpvOpGroupNonUniformFMin] = {GROUP, EFFECT, true},
    [SpvOpGroupNonUniformSMax] = {GROUP, EFFECT, true},
    [SpvOpGroupNonUniformUMax] = {GROUP, EFFECT, true},
    [SpvOpGroupNonUniformFMax] = {GROUP, EFFECT, true},
    [SpvOpGroupNonUniformBitwiseAnd] = {GROUP, EFFECT, true},
    [SpvOpGroupNonUniformBitwiseOr] = {GROUP, EFFECT, true},
    [SpvOpGroupNonUniformBitwiseXor] = {GROUP, EFFECT, true},
    [SpvOpGroupNonUniformQuadBroadcast] = {IDS, EFFECT, true},
    [SpvOpGroupNonUniformQuadSwap] = {IDS, EFFECT, true},
    [SpvOpSetMeshOutputsEXT] = {IDS, EFFECT, false},
    [SpvOpEmitMeshTasksEXT] = {IDS, EFFECT, false},
};

const uint16_t pvg_ir_leading_ids[] = {
    [UNKNOWN] = 0,  [IDS] = UINT16_MAX, [IDS1] = 1,    [IDS2] = 2,    [MEMORY1] = 1,   [MEMORY2] = 2, [IMAGE2] = 2, [IMAGE3] = 3,
    [EXTENDED] = 1, [GROUP] = 1,        [LABELS1] = 0, [LABELS2] = 0, [CONDITION] = 1, [SWITCH] = 1,  [PHI] = 1,    [STORAGE] = 0,
};

static const struct pvg_ir_opcode *kind_of(uint32_t op)
{
    return op < sizeof pvg_ir_opcodes / sizeof *pvg_ir_opcodes && pvg_ir_opcodes[op].shape != UNKNOWN ? &pvg_ir_opcodes[op] : NULL;
}

bool pvg_ir_pure(const struct pvg_ir_inst *i)
{
    return pvg_ir_opcodes[i->op].nature == PURE;
}

bool pvg_ir_removable(const struct pvg_ir_inst *i)
{
    /* A volatile load reads what somebody else writes. */
    bool is_volatile = i->op == SpvOpLoad && i->count > 1 && (i->words[1] & SpvMemoryAccessVolatileMask);
    return pvg_ir_opcodes[i->op].nature != EFFECT && !is_volatile;
}

static enum pvg_ir_operand after_mask(const struct pvg_ir_inst *i, unsigned ids, unsigned operand)
{
    if (operand < ids)
        return PVG_IR_ID;
    /* The first word is the mask; Aligned has a literal, scopes are ids. */
    if (operand == ids || (operand == ids + 1 && (i->words[ids] & SpvMemoryAccessAlignedMask)))
        return PVG_IR_LITERAL;
    return PVG_IR_ID;
}

static enum pvg_ir_operand in_switch(const struct pvg_ir *ir, const struct pvg_ir_inst *i, unsigned operand)
{
    if (operand == 0)
        return PVG_IR_ID;
    if (operand == 1)
        return PVG_IR_LABEL;
    unsigned literal = pvg_spv_width(ir->b, pvg_spv_type_of(ir->b, i->words[0])) > 32 ? 2 : 1;
    return (operand - 2) % (literal + 1) == literal ? PVG_IR_LABEL : PVG_IR_LITERAL;
}

enum pvg_ir_operand pvg_ir_mixed_operand(const struct pvg_ir *ir, const struct pvg_ir_inst *i, unsigned n)
{
    switch (pvg_ir_opcodes[i->op].shape) {
    case IDS:
        return PVG_IR_ID;
    case IDS1:
        return n < 1 ? PVG_IR_ID : PVG_IR_LITERAL;
    case IDS2:
        return n < 2 ? PVG_IR_ID : PVG_IR_LITERAL;
    case MEMORY1:
        return after_mask(i, 1, n);
    case MEMORY2:
        return after_mask(i, 2, n);
    case IMAGE2:
        return n == 2 ? PVG_IR_LITERAL : PVG_IR_ID;
    case IMAGE3:
        return n == 3 ? PVG_IR_LITERAL : PVG_IR_ID;
    case EXTENDED:
    case GROUP:
        return n == 1 ? PVG_IR_LITERAL : PVG_IR_ID;
    case LABELS1:
        return n < 1 ? PVG_IR_LABEL : PVG_IR_LITERAL;
    case LABELS2:
        return n < 2 ? PVG_IR_LABEL : PVG_IR_LITERAL;
    case CONDITION:
        return n == 0 ? PVG_IR_ID : n < 3 ? PVG_IR_LABEL : PVG_IR_LITERAL;
    case SWITCH:
        return in_switch(ir, i, n);
    case PHI:
        return n % 2 ? PVG_IR_LABEL : PVG_IR_ID;
    case STORAGE:
        return n == 0 ? PVG_IR_LITERAL : PVG_IR_ID;
    default:
        return PVG_IR_LITERAL;
    }
}

/* ---- Arrays by id ---------------------------------------------------------------------------------------------------------- */

static void *wider(struct pvg_ir *ir, const void *old, size_t size, size_t bound)
{
    void *p = pvg_arena_array(ir->arena, bound, size);
    if (ir->id_bound)
        memcpy(p, old, ir->id_bound * size);
    return p;
}

void pvg_ir_cover(struct pvg_ir *ir)
{
    if (ir->b->bound <= ir->id_bound)
        return;
    uint32_t bound = ir->b->bound + ir->b->bound / 4 + 64;
    ir->rename = wider(ir, ir->rename, sizeof *ir->rename, bound);
    ir->def = wider(ir, ir->def, sizeof *ir->def, bound);
    ir->def_phi = wider(ir, ir->def_phi, sizeof *ir->def_phi, bound);
    ir->block_of = wider(ir, ir->block_of, sizeof *ir->block_of, bound);
    ir->flags = wider(ir, ir->flags, sizeof *ir->flags, bound);
    for (uint32_t id = ir->id_bound; id < bound; id++) {
        ir->rename[id] = id;
        ir->def[id] = ir->def_phi[id] = ir->block_of[id] = PVG_IR_NONE;
    }
    ir->id_bound = bound;
}

uint32_t pvg_ir_new_id(struct pvg_ir *ir, uint32_t type)
{
    uint32_t id = pvg_spv_new_id(ir->b);
    ir->b->ids[id].type = type;
    pvg_ir_cover(ir);
    return id;
}

void pvg_ir_move(struct pvg_ir *ir, uint32_t n, uint32_t block)
{
    struct pvg_ir_block *blk = &ir->blocks[block];
    if (blk->moved == PVG_IR_NONE)
        blk->moved = n;
    else
        ir->insts[blk->moved_end].next = n;
    blk->moved_end = n;
    ir->insts[n].next = PVG_IR_NONE;
    ir->insts[n].block = block;
}

uint32_t pvg_ir_add_phi(struct pvg_ir *ir, uint32_t block, uint32_t type)
{
    struct pvg_ir_block *blk = &ir->blocks[block];
    uint32_t n = (uint32_t)ir->phi_count;
    ir->phis = pvg_arena_grow(ir->arena, ir->phis, &ir->phi_cap, n + 1, sizeof *ir->phis);
    ir->phi_count++;
    ir->phis[n] = (struct pvg_ir_phi){.type = type, .id = pvg_ir_new_id(ir, type), .next = blk->phis, .block = block};
    ir->phis[n].values = pvg_arena_array(ir->arena, blk->pred_count + 1, sizeof(uint32_t));
    blk->phis = n;
    ir->def_phi[ir->phis[n].id] = n;
    return n;
}

/* ---- Reading --------------------------------------------------------------------------------------------------------------- */

static const enum pvg_spv_section parts[] = {PVG_SPV_VARIABLES, PVG_SPV_PROLOGUE, PVG_SPV_BODY};

/** Number of instructions and blocks. @return false for unknown instructions and more than one function. */
static bool count(struct pvg_ir *ir, uint32_t *insts, uint32_t *blocks)
{
    uint32_t functions = 0;
    *insts = *blocks = 0;
    for (size_t s = 0; s < sizeof parts / sizeof *parts; s++) {
        const struct pvg_spv_words *w = &ir->b->sections[parts[s]];
        for (size_t i = 0; i < w->count; i += w->data[i] >> 16) {
            uint32_t op = w->data[i] & 0xFFFF;
            if (op == SpvOpLabel)
                ++*blocks;
            else if (op == SpvOpFunction)
                functions++;
            else if (op != SpvOpFunctionEnd && !kind_of(op))
                return false;
            ++*insts;
        }
    }
    return functions == 1 && *blocks;
}

static void read_inst(struct pvg_ir *ir, uint32_t *w, uint32_t block)
{
    const struct pvg_ir_opcode *k = kind_of(w[0] & 0xFFFF);
    struct pvg_ir_inst *i = &ir->insts[ir->inst_count];
    uint32_t head = k->result ? 3 : 1;
    *i = (struct pvg_ir_inst){
        .op = (uint16_t)(w[0] & 0xFFFF), .count = (uint16_t)((w[0] >> 16) - head), .block = block, .words = w + head};
    if (k->result) {
        i->type = w[1];
        i->id = w[2];
        ir->def[i->id] = ir->inst_count;
    }
    if (i->op == SpvOpSelectionMerge || i->op == SpvOpLoopMerge)
        ir->blocks[block].merge = ir->inst_count;
    ir->inst_count++;
}

static void read_decorations(struct pvg_ir *ir)
{
    const struct pvg_spv_words *w = &ir->b->sections[PVG_SPV_DECORATIONS];
    for (size_t i = 0; i < w->count; i += w->data[i] >> 16)
        if ((w->data[i] & 0xFFFF) == SpvOpDecorate)
            ir->flags[w->data[i + 1]] |= w->data[i + 2] == SpvDecorationNoContraction ? PVG_IR_NO_CONTRACTION : PVG_IR_DECORATED;
}

/** Phis that the translation wrote. Their values are put in the order of the predecessors. */
static void take_phis(struct pvg_ir *ir)
{
    for (uint32_t n = 0; n < ir->inst_count; n++) {
        struct pvg_ir_inst *i = &ir->insts[n];
        if (i->op != SpvOpPhi)
            continue;
        uint32_t phi = pvg_ir_add_phi(ir, i->block, i->type);
        const struct pvg_ir_block *blk = &ir->blocks[i->block];
        for (uint32_t p = 0; p < blk->pred_count; p++)
            for (unsigned k = 0; k + 1 < i->count; k += 2)
                if (ir->block_of[i->words[k + 1]] == blk->preds[p])
                    ir->phis[phi].values[p] = i->words[k];
        ir->rename[i->id] = ir->phis[phi].id;
        i->dead = true;
    }
}

bool pvg_ir_read(struct pvg_ir *ir, struct pvg_spv *b)
{
    uint32_t insts, blocks, block = PVG_IR_NONE;
    *ir = (struct pvg_ir){.b = b, .arena = b->arena};
    if (!count(ir, &insts, &blocks))
        return false;
    pvg_ir_cover(ir);
    ir->insts = pvg_arena_array(ir->arena, insts, sizeof *ir->insts);
    ir->blocks = pvg_arena_array(ir->arena, blocks, sizeof *ir->blocks);
    for (size_t s = 0; s < sizeof parts / sizeof *parts; s++) {
        const struct pvg_spv_words *w = &b->sections[parts[s]];
        for (size_t i = 0; i < w->count; i += w->data[i] >> 16) {
            uint32_t op = w->data[i] & 0xFFFF;
            if (op == SpvOpLabel) {
                if (block != PVG_IR_NONE)
                    ir->blocks[block].end = ir->inst_count;
                block = ir->block_count++;
                ir->blocks[block] = (struct pvg_ir_block){.label = w->data[i + 1],
                                                          .first = ir->inst_count,
                                                          .moved = PVG_IR_NONE,
                                                          .merge = PVG_IR_NONE,
                                                          .phis = PVG_IR_NONE,
                                                          .idom = PVG_IR_NONE,
                                                          .chained = PVG_IR_NONE};
                ir->block_of[w->data[i + 1]] = block;
            } else if (op != SpvOpFunction && op != SpvOpFunctionEnd && op != SpvOpNop) {
                if (block == PVG_IR_NONE)
                    return false;
                read_inst(ir, w->data + i, block);
            }
        }
    }
    ir->blocks[block].end = ir->inst_count;
    for (uint32_t k = 0; k < ir->block_count; k++)
        if (ir->blocks[k].end == ir->blocks[k].first)
            return false;
    read_decorations(ir);
    pvg_ir_analyse(ir);
    take_phis(ir);
    return true;
}

/* ---- Analysis -------------------------------------------------------------------------------------------------------------- */

static unsigned successors(const struct pvg_ir *ir, const struct pvg_ir_block *blk, unsigned from, uint32_t *out)
{
    const struct pvg_ir_inst *t = pvg_ir_terminator(ir, blk);
    for (; from < t->count; from++)
        if (pvg_ir_operand(ir, t, from) == PVG_IR_LABEL) {
            *out = ir->block_of[t->words[from]];
            return from + 1;
        }
    return 0;
}

static void add_pred(struct pvg_ir *ir, uint32_t to, uint32_t from, bool store)
{
    struct pvg_ir_block *b = &ir->blocks[to];
    /* Both targets of a branch may be one block: the edges come one after the other. */
    if (store) {
        if (b->pred_count && b->preds[b->pred_count - 1] == from)
            return;
        b->preds[b->pred_count++] = from;
        return;
    }
    b->pred_count++;
}

static void find_preds(struct pvg_ir *ir)
{
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t k = 0; k < ir->block_count; k++) {
            struct pvg_ir_block *blk = &ir->blocks[k];
            if (pass) {
                blk->preds = pvg_arena_array(ir->arena, blk->pred_count + 1, sizeof(uint32_t));
                blk->pred_count = 0;
            }
        }
        for (uint32_t k = 0; k < ir->block_count; k++) {
            uint32_t to;
            for (unsigned n = 0; (n = successors(ir, &ir->blocks[k], n, &to));)
                add_pred(ir, to, k, pass);
        }
    }
}

/** Reverse postorder with an explicit stack. */
static void order_blocks(struct pvg_ir *ir)
{
    struct {
        uint32_t block;
        unsigned next;
    } *stack = pvg_arena_array(ir->arena, ir->block_count + 1, sizeof *stack);
    uint32_t depth = 1, done = ir->block_count;
    uint32_t *post = pvg_arena_array(ir->arena, ir->block_count + 1, sizeof *post);
    stack[0].block = 0;
    ir->blocks[0].reachable = true;
    while (depth) {
        uint32_t to, k = stack[depth - 1].block;
        unsigned n = successors(ir, &ir->blocks[k], stack[depth - 1].next, &to);
        stack[depth - 1].next = n;
        if (!n) {
            post[--done] = k;
            depth--;
        } else if (!ir->blocks[to].reachable) {
            ir->blocks[to].reachable = true;
            stack[depth].block = to;
            stack[depth++].next = 0;
        }
    }
    ir->rpo = post + done;
    ir->rpo_count = ir->block_count - done;
    for (uint32_t k = 0; k < ir->rpo_count; k++)
        ir->blocks[ir->rpo[k]].order = k;
}

static uint32_t common_dominator(const struct pvg_ir *ir, uint32_t a, uint32_t b)
{
    while (a != b) {
        while (ir->blocks[a].order > ir->blocks[b].order)
            a = ir->blocks[a].idom;
        while (ir->blocks[b].order > ir->blocks[a].order)
            b = ir->blocks[b].idom;
    }
    return a;
}

static void find_dominators(struct pvg_ir *ir)
{
    ir->blocks[0].idom = 0;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t k = 1; k < ir->rpo_count; k++) {
            struct pvg_ir_block *blk = &ir->blocks[ir->rpo[k]];
            uint32_t dom = PVG_IR_NONE;
            for (uint32_t p = 0; p < blk->pred_count; p++) {
                if (ir->blocks[blk->preds[p]].idom == PVG_IR_NONE)
                    continue;
                dom = dom == PVG_IR_NONE ? blk->preds[p] : common_dominator(ir, dom, blk->preds[p]);
            }
            changed |= blk->idom != dom;
            blk->idom = dom;
        }
    }
    ir->blocks[0].idom = PVG_IR_NONE;
}

/** Intervals of the dominator tree, from the sizes of its subtrees: children come after their parents in reverse postorder. */
static void number_tree(struct pvg_ir *ir)
{
    uint32_t *size = pvg_arena_array(ir->arena, ir->block_count + 1, sizeof *size);
    for (uint32_t k = ir->rpo_count; k-- > 0;) {
        uint32_t n = ir->rpo[k];
        size[n]++;
        if (k)
            size[ir->blocks[n].idom] += size[n];
    }
    /* `leave` holds the next free number of each subtree until all children are placed. */
    for (uint32_t k = 0; k < ir->rpo_count; k++) {
        struct pvg_ir_block *blk = &ir->blocks[ir->rpo[k]];
        blk->enter = k ? ir->blocks[blk->idom].leave : 0;
        if (k)
            ir->blocks[blk->idom].leave += size[ir->rpo[k]];
        blk->leave = blk->enter + 1;
    }
    for (uint32_t k = 0; k < ir->rpo_count; k++) {
        struct pvg_ir_block *blk = &ir->blocks[ir->rpo[k]];
        blk->leave = blk->enter + size[ir->rpo[k]] - 1;
    }
}

static void note_merges(struct pvg_ir *ir)
{
    for (uint32_t k = 0; k < ir->block_count; k++) {
        if (ir->blocks[k].merge == PVG_IR_NONE)
            continue;
        const struct pvg_ir_inst *m = &ir->insts[ir->blocks[k].merge];
        struct pvg_ir_block *merge = &ir->blocks[ir->block_of[m->words[0]]];
        merge->is_merge = true;
        if (m->op != SpvOpLoopMerge)
            continue;
        merge->is_loop_exit = true;
        ir->blocks[ir->block_of[m->words[1]]].is_continue = true;
        ir->blocks[ir->block_of[m->words[1]]].is_loop_exit = true;
    }
}

void pvg_ir_analyse(struct pvg_ir *ir)
{
    find_preds(ir);
    order_blocks(ir);
    find_dominators(ir);
    number_tree(ir);
    note_merges(ir);
}

/* ---- Writing --------------------------------------------------------------------------------------------------------------- */

/** Blocks that are reached, and those that headers name, with what these reach. */
static void keep_blocks(struct pvg_ir *ir)
{
    uint32_t *stack = pvg_arena_array(ir->arena, ir->block_count + 1, sizeof *stack), depth = 0;
    stack[depth++] = 0;
    ir->blocks[0].kept = true;
    while (depth) {
        const struct pvg_ir_block *blk = &ir->blocks[stack[--depth]];
        for (uint32_t n = blk->first; n < blk->end; n++) {
            const struct pvg_ir_inst *i = &ir->insts[n];
            if (i->dead || (n + 1 != blk->end && n != blk->merge))
                continue;
            for (unsigned k = 0; k < i->count; k++) {
                if (pvg_ir_operand(ir, i, k) != PVG_IR_LABEL)
                    continue;
                uint32_t to = ir->block_of[i->words[k]];
                if (!ir->blocks[to].kept)
                    stack[depth++] = to;
                ir->blocks[to].kept = true;
            }
        }
    }
}

static void rename_operands(struct pvg_ir *ir, struct pvg_ir_inst *i)
{
    for (unsigned k = 0; k < i->count; k++)
        if (pvg_ir_operand(ir, i, k) == PVG_IR_ID)
            i->words[k] = pvg_ir_find(ir, i->words[k]);
}

static uint32_t *reserve(struct pvg_ir *ir, struct pvg_spv_words *out, size_t n)
{
    out->data = pvg_arena_grow(ir->arena, out->data, &out->cap, out->count + n, sizeof *out->data);
    out->count += n;
    return out->data + out->count - n;
}

/** The label that ends a chain of joined blocks: what phis after it see as their predecessor is the chain's first label. */
static void write_phis(struct pvg_ir *ir, const struct pvg_ir_block *blk, const uint32_t *head, struct pvg_spv_words *out)
{
    for (uint32_t n = blk->phis; n != PVG_IR_NONE; n = ir->phis[n].next) {
        const struct pvg_ir_phi *phi = &ir->phis[n];
        uint32_t preds = 0;
        if (phi->dead)
            continue;
        for (uint32_t p = 0; p < blk->pred_count; p++)
            preds += ir->blocks[blk->preds[p]].kept;
        uint32_t *w = reserve(ir, out, 3 + 2 * (size_t)preds);
        *w++ = (3 + 2 * preds) << 16 | SpvOpPhi;
        *w++ = phi->type;
        *w++ = phi->id;
        for (uint32_t p = 0; p < blk->pred_count; p++) {
            if (!ir->blocks[blk->preds[p]].kept)
                continue;
            *w++ = pvg_ir_find(ir, phi->values[p]);
            *w++ = ir->blocks[head[blk->preds[p]]].label;
        }
    }
}

static void write_inst(struct pvg_ir *ir, struct pvg_ir_inst *i, struct pvg_spv_words *out)
{
    uint32_t head = i->id ? 3 : 1;
    uint32_t *w = reserve(ir, out, head + i->count);
    rename_operands(ir, i);
    w[0] = (head + i->count) << 16 | i->op;
    if (i->id) {
        w[1] = i->type;
        w[2] = i->id;
    }
    memcpy(w + head, i->words, i->count * sizeof *w);
}

static void write_chain(struct pvg_ir *ir, uint32_t first, const uint32_t *head, struct pvg_spv_words *out)
{
    if (first) {
        uint32_t *w = reserve(ir, out, 2);
        w[0] = 2 << 16 | SpvOpLabel;
        w[1] = ir->blocks[first].label;
    }
    write_phis(ir, &ir->blocks[first], head, out);
    uint32_t merge = PVG_IR_NONE;
    for (uint32_t k = first;; k = ir->blocks[k].chained) {
        const struct pvg_ir_block *blk = &ir->blocks[k];
        bool last = blk->chained == PVG_IR_NONE;
        if (blk->merge != PVG_IR_NONE && !ir->insts[blk->merge].dead)
            merge = blk->merge;
        for (uint32_t n = blk->first; n < blk->end - 1; n++)
            if (!ir->insts[n].dead && n != blk->merge && ir->insts[n].block == k)
                write_inst(ir, &ir->insts[n], out);
        for (uint32_t n = blk->moved; n != PVG_IR_NONE; n = ir->insts[n].next)
            if (!ir->insts[n].dead)
                write_inst(ir, &ir->insts[n], out);
        if (!last)
            continue;
        /* A merge instruction stands right before the branch, whichever block of the chain it comes from. */
        if (merge != PVG_IR_NONE)
            write_inst(ir, &ir->insts[merge], out);
        write_inst(ir, &ir->insts[blk->end - 1], out);
        return;
    }
}

/** Names and decorations of ids that are gone. */
static void filter(struct pvg_ir *ir, enum pvg_spv_section s, const bool *gone)
{
    struct pvg_spv_words *w = &ir->b->sections[s];
    size_t kept = 0;
    for (size_t i = 0, n; i < w->count; i += n) {
        n = w->data[i] >> 16;
        uint32_t op = w->data[i] & 0xFFFF;
        if ((op == SpvOpDecorate || op == SpvOpName) && gone[w->data[i + 1]])
            continue;
        memmove(w->data + kept, w->data + i, n * sizeof *w->data);
        kept += n;
    }
    w->count = kept;
}

void pvg_ir_write(struct pvg_ir *ir)
{
    struct pvg_spv *b = ir->b;
    struct pvg_spv_words out = {0}, variables = {0};
    size_t most = b->sections[PVG_SPV_PROLOGUE].count + b->sections[PVG_SPV_BODY].count;
    out.data = pvg_arena_grow(ir->arena, NULL, &out.cap, most, sizeof *out.data);
    uint32_t *head = pvg_arena_array(ir->arena, ir->block_count + 1, sizeof *head);
    bool *gone = pvg_arena_array(ir->arena, ir->id_bound, sizeof *gone);
    keep_blocks(ir);
    for (uint32_t k = 0; k < ir->block_count; k++) {
        if (ir->blocks[k].absorbed)
            continue;
        for (uint32_t n = k; n != PVG_IR_NONE; n = ir->blocks[n].chained)
            head[n] = k;
    }
    /* Function head, first label and variables stay in their section. */
    const struct pvg_spv_words *old = &b->sections[PVG_SPV_VARIABLES];
    for (size_t i = 0; i < old->count; i += old->data[i] >> 16) {
        uint32_t op = old->data[i] & 0xFFFF, n = old->data[i] >> 16;
        if (op != SpvOpFunction && op != SpvOpLabel) {
            struct pvg_ir_inst *var = &ir->insts[ir->def[old->data[i + 2]]];
            if (!var->dead)
                write_inst(ir, var, &variables);
            continue;
        }
        memcpy(reserve(ir, &variables, n), old->data + i, n * sizeof *old->data);
    }
    for (uint32_t n = 0; n < ir->inst_count; n++) {
        struct pvg_ir_inst *i = &ir->insts[n];
        if (i->id && (i->dead || !ir->blocks[i->block].kept))
            gone[i->id] = true;
        if (i->op == SpvOpVariable)
            i->dead = true;
    }
    for (uint32_t k = 0; k < ir->block_count; k++)
        if (ir->blocks[k].kept && !ir->blocks[k].absorbed)
            write_chain(ir, k, head, &out);
    reserve(ir, &out, 1)[0] = 1 << 16 | SpvOpFunctionEnd;
    b->sections[PVG_SPV_VARIABLES] = variables;
    b->sections[PVG_SPV_PROLOGUE].count = 0;
    b->sections[PVG_SPV_BODY] = out;
    filter(ir, PVG_SPV_DECORATIONS, gone);
    filter(ir, PVG_SPV_NAMES, gone);
}
