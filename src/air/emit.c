/* SPDX-License-Identifier: MIT */
/* The function body: runs the structured plan and has every block's instructions translated in their place. */
#include "air/import.h"

#include <errno.h>

static void number_blocks(struct pvg_at *at)
{
    unsigned n = LLVMCountBasicBlocks(at->fn);
    if (n > PVG_CFG_MAX_NODES)
        pvg_at_refuse(at, "%u basic blocks", n);
    at->block_of = pvg_arena_array(&at->arena, n, sizeof *at->block_of);
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(at->fn); b; b = LLVMGetNextBasicBlock(b)) {
        at->block_of[at->block_count++] = b;
        pvg_ptrmap_put(&at->arena, &at->blocks, b, (void *)(uintptr_t)at->block_count);
    }
}

static void build_plan(struct pvg_at *at)
{
    struct pvg_cfg_node *nodes = pvg_arena_array(&at->arena, at->block_count, sizeof *nodes);
    for (uint32_t i = 0; i < at->block_count; i++) {
        LLVMValueRef t = LLVMGetBasicBlockTerminator(at->block_of[i]);
        at->current = t;
        LLVMOpcode op = LLVMGetInstructionOpcode(t);
        if (op != LLVMRet && op != LLVMBr && op != LLVMSwitch && op != LLVMUnreachable)
            pvg_at_refuse(at, "terminator with opcode %d", (int)op);
        unsigned n = LLVMGetNumSuccessors(t);
        nodes[i].succ_count = n;
        nodes[i].succ = pvg_arena_array(&at->arena, n + 1, sizeof(uint32_t));
        for (unsigned k = 0; k < n; k++)
            nodes[i].succ[k] = (uint32_t)(uintptr_t)pvg_ptrmap_get(&at->blocks, LLVMGetSuccessor(t, k)) - 1;
    }
    at->current = NULL;
    const char *why;
    at->plan = pvg_cfg_structure(&at->arena, nodes, at->block_count, &why);
    if (!at->plan)
        pvg_at_refuse(at, "%s", why);
}

void pvg_at_begin_block(struct pvg_at *at, uint32_t label)
{
    pvg_spv_op(&at->b, SpvOpLabel, PVG_SPV(label));
    at->at_label = label;
}

static void load_phis(struct pvg_at *at, LLVMBasicBlockRef block)
{
    for (LLVMValueRef i = LLVMGetFirstInstruction(block); i && LLVMIsAPHINode(i); i = LLVMGetNextInstruction(i)) {
        struct pvg_at_value *v = pvg_at_value(at, i);
        if (v->phi)
            pvg_at_define(at, i, pvg_spv_value(&at->b, SpvOpLoad, v->type, PVG_SPV(v->phi)));
    }
}

static void emit_block(struct pvg_at *at, LLVMBasicBlockRef block)
{
    load_phis(at, block);
    for (LLVMValueRef i = LLVMGetFirstInstruction(block); i; i = LLVMGetNextInstruction(i)) {
        if (LLVMGetInstructionOpcode(i) == LLVMPHI || LLVMIsATerminatorInst(i))
            continue;
        at->current = i;
        pvg_at_instruction(at, i);
    }
    at->current = LLVMGetBasicBlockTerminator(block);
}

/** Phi copies of one edge. All values are read before any is written: phis may swap. */
static void emit_edge(struct pvg_at *at, LLVMBasicBlockRef from, unsigned successor)
{
    LLVMBasicBlockRef to = LLVMGetSuccessor(LLVMGetBasicBlockTerminator(from), successor);
    uint32_t vars[256], vals[256];
    unsigned n = 0;
    for (LLVMValueRef phi = LLVMGetFirstInstruction(to); phi && LLVMIsAPHINode(phi); phi = LLVMGetNextInstruction(phi)) {
        const struct pvg_at_value *v = pvg_at_value(at, phi);
        if (n == sizeof vars / sizeof *vars)
            pvg_at_refuse(at, "more than %u phis in a block", n);
        for (unsigned k = 0; v->phi && k < LLVMCountIncoming(phi); k++) {
            if (LLVMGetIncomingBlock(phi, k) != from)
                continue;
            vars[n] = v->phi;
            vals[n++] = pvg_at_use_as(at, LLVMGetIncomingValue(phi, k), v->type);
            break;
        }
    }
    for (unsigned k = 0; k < n; k++)
        pvg_spv_op(&at->b, SpvOpStore, PVG_SPV(vars[k], vals[k]));
}

static uint32_t label(struct pvg_at *at, uint32_t n)
{
    if (!at->label_id[n])
        at->label_id[n] = pvg_spv_new_id(&at->b);
    return at->label_id[n];
}

static uint32_t plan_variable(struct pvg_at *at, uint32_t n)
{
    if (!at->plan_vars[n])
        at->plan_vars[n] = pvg_spv_variable(&at->b, SpvStorageClassFunction, pvg_spv_int(&at->b, 32), 0);
    return at->plan_vars[n];
}

static void selection_merge(struct pvg_at *at, uint32_t merge)
{
    pvg_spv_op(&at->b, SpvOpSelectionMerge, PVG_SPV(label(at, merge), SpvSelectionControlMaskNone));
}

static void emit_condition(struct pvg_at *at, const struct pvg_cfg_op *op)
{
    struct pvg_spv *b = &at->b;
    LLVMValueRef t = LLVMGetBasicBlockTerminator(at->block_of[op->node]);
    uint32_t yes = label(at, op->targets[0]), no = label(at, op->targets[1]), cond;
    if (LLVMGetInstructionOpcode(t) == LLVMSwitch) {
        /* Successor 0 is the default, successor 1 the only case. */
        cond = pvg_spv_value(b, SpvOpINotEqual, pvg_spv_bool(b), PVG_SPV(pvg_at_operand(at, t, 0), pvg_at_operand(at, t, 2)));
    } else {
        cond = pvg_at_use(at, LLVMGetCondition(t));
    }
    selection_merge(at, op->label);
    pvg_spv_op(b, SpvOpBranchConditional, PVG_SPV(cond, yes, no));
}

static void emit_test(struct pvg_at *at, const struct pvg_cfg_op *op)
{
    struct pvg_spv *b = &at->b;
    uint32_t v = pvg_spv_value(b, SpvOpLoad, pvg_spv_int(b, 32), PVG_SPV(plan_variable(at, op->var)));
    uint32_t cond = pvg_spv_value(b, SpvOpIEqual, pvg_spv_bool(b), PVG_SPV(v, pvg_spv_u32(b, op->value)));
    selection_merge(at, op->label);
    pvg_spv_op(b, SpvOpBranchConditional, PVG_SPV(cond, label(at, op->targets[0]), label(at, op->targets[1])));
}

static void emit_switch(struct pvg_at *at, const struct pvg_cfg_op *op)
{
    struct pvg_spv *b = &at->b;
    bool dispatch = op->kind == PVG_CFG_DISPATCH;
    LLVMValueRef t = dispatch ? NULL : LLVMGetBasicBlockTerminator(at->block_of[op->node]);
    uint32_t selector;
    if (dispatch)
        selector = pvg_spv_value(b, SpvOpLoad, pvg_spv_int(b, 32), PVG_SPV(plan_variable(at, op->var)));
    else
        selector = pvg_at_operand(at, t, 0);
    uint32_t selector_type = pvg_spv_type_of(b, selector);
    if (pvg_spv_info(b, selector_type)->op == SpvOpTypeBool)
        selector = pvg_spv_value(b, SpvOpSelect, pvg_spv_int(b, 32), PVG_SPV(selector, pvg_spv_u32(b, 1), pvg_spv_u32(b, 0)));
    else if (pvg_spv_width(b, selector_type) < 32)
        selector = pvg_spv_resize(b, selector, 32);
    bool wide = pvg_spv_width(b, pvg_spv_type_of(b, selector)) == 64;

    uint32_t *w = pvg_arena_array(&at->arena, 2 + (size_t)op->target_count * 3, sizeof *w);
    size_t n = 0;
    w[n++] = selector;
    w[n++] = label(at, op->targets[0]);
    for (uint32_t i = 1; i < op->target_count; i++) {
        uint64_t value = dispatch ? i : LLVMConstIntGetZExtValue(LLVMGetOperand(t, 2 * i));
        w[n++] = (uint32_t)value;
        if (wide)
            w[n++] = (uint32_t)(value >> 32);
        w[n++] = label(at, op->targets[i]);
    }
    selection_merge(at, op->label);
    pvg_spv_op(b, SpvOpSwitch, w, n);
}

static void emit_exit(struct pvg_at *at, LLVMValueRef t)
{
    at->current = t;
    LLVMValueRef value = LLVMGetInstructionOpcode(t) == LLVMRet && LLVMGetNumOperands(t) ? LLVMGetOperand(t, 0) : NULL;
    if (value)
        pvg_at_return(at, value);
    pvg_at_end_raster_order(at);
    if (!pvg_at_mesh_end(at))
        pvg_spv_op(&at->b, SpvOpReturn, NULL, 0);
}

static void emit_op(struct pvg_at *at, const struct pvg_cfg_op *op)
{
    struct pvg_spv *b = &at->b;
    switch (op->kind) {
    case PVG_CFG_NOP:
        return;
    case PVG_CFG_LABEL:
        if (op->label) {
            pvg_at_begin_block(at, label(at, op->label));
            return;
        }
        /* The first block continues the prologue. */
        at->at_label = at->label_id[0];
        pvg_at_grid_guard(at);
        pvg_at_begin_raster_order(at);
        pvg_at_mesh_begin(at);
        return;
    case PVG_CFG_BODY:
        emit_block(at, at->block_of[op->node]);
        return;
    case PVG_CFG_EDGE:
        emit_edge(at, at->block_of[op->node], op->index);
        return;
    case PVG_CFG_SET:
        pvg_spv_op(b, SpvOpStore, PVG_SPV(plan_variable(at, op->var), pvg_spv_u32(b, op->value)));
        return;
    case PVG_CFG_BRANCH:
        pvg_spv_op(b, SpvOpBranch, PVG_SPV(label(at, op->label)));
        return;
    case PVG_CFG_COND:
        emit_condition(at, op);
        return;
    case PVG_CFG_TEST:
        emit_test(at, op);
        return;
    case PVG_CFG_SWITCH:
    case PVG_CFG_DISPATCH:
        emit_switch(at, op);
        return;
    case PVG_CFG_LOOP:
        pvg_spv_op(b, SpvOpLoopMerge, PVG_SPV(label(at, op->label), label(at, op->targets[1]), SpvLoopControlMaskNone));
        pvg_spv_op(b, SpvOpBranch, PVG_SPV(label(at, op->targets[0])));
        return;
    case PVG_CFG_EXIT:
        emit_exit(at, LLVMGetBasicBlockTerminator(at->block_of[op->node]));
        return;
    case PVG_CFG_UNREACHABLE:
        pvg_spv_op(b, SpvOpUnreachable, NULL, 0);
        return;
    }
}

void pvg_at_emit_function(struct pvg_at *at)
{
    struct pvg_spv *b = &at->b;
    number_blocks(at);
    build_plan(at);
    pvg_at_plan_layout(at);
    pvg_at_plan_io(at);
    pvg_at_plan_mesh(at);
    pvg_at_analyse_pointers(at);
    pvg_at_plan_imports(at);

    at->label_id = pvg_arena_array(&at->arena, at->plan->label_count, sizeof *at->label_id);
    at->plan_vars = pvg_arena_array(&at->arena, at->plan->var_count, sizeof *at->plan_vars);
    uint32_t void_type = pvg_spv_void(b);
    uint32_t fn_type = pvg_spv_unique(b, SpvOpTypeFunction, 0, PVG_SPV(void_type));
    at->main_fn = pvg_spv_new_id(b);
    at->label_id[0] = pvg_spv_new_id(b);
    /* Function head and first label go before the variables, which must open the entry block. */
    const uint32_t head[] = {void_type, at->main_fn, SpvFunctionControlMaskNone, fn_type};
    struct pvg_spv_words vars = b->sections[PVG_SPV_VARIABLES];
    b->sections[PVG_SPV_VARIABLES] = (struct pvg_spv_words){0};
    pvg_spv_emit(b, PVG_SPV_VARIABLES, SpvOpFunction, head, 4);
    pvg_spv_emit(b, PVG_SPV_VARIABLES, SpvOpLabel, PVG_SPV(at->label_id[0]));
    for (size_t i = 0; i < vars.count; i += vars.data[i] >> 16)
        pvg_spv_emit(b, PVG_SPV_VARIABLES, (SpvOp)(vars.data[i] & 0xFFFF), vars.data + i + 1, (vars.data[i] >> 16) - 1);

    pvg_at_plan_values(at);
    for (size_t i = 0; i < at->plan->op_count; i++)
        emit_op(at, &at->plan->ops[i]);
    pvg_spv_op(b, SpvOpFunctionEnd, NULL, 0);
}
