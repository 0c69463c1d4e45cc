/* SPDX-License-Identifier: MIT */
/* Atomics and coherent accesses of device and threadgroup memory (spec 07 section 5.6). */
#include "air/translate.h"

#include <string.h>

struct atomic {
    struct pvg_at *at;
    struct pvg_spv *b;
    uint32_t pointer, type, scope, semantics;
    uint32_t inside; /**< Condition that the memory asked for is what is touched; 0 = always. */
};

static SpvOp integer_op(const char *op, bool is_signed)
{
    static const struct {
        const char *name;
        SpvOp s, u;
    } ops[] = {
        {"xchg", SpvOpAtomicExchange, SpvOpAtomicExchange},
        {"add", SpvOpAtomicIAdd, SpvOpAtomicIAdd},
        {"sub", SpvOpAtomicISub, SpvOpAtomicISub},
        {"and", SpvOpAtomicAnd, SpvOpAtomicAnd},
        {"or", SpvOpAtomicOr, SpvOpAtomicOr},
        {"xor", SpvOpAtomicXor, SpvOpAtomicXor},
        {"min", SpvOpAtomicSMin, SpvOpAtomicUMin},
        {"max", SpvOpAtomicSMax, SpvOpAtomicUMax},
    };
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (!strcmp(op, ops[i].name))
            return is_signed ? ops[i].s : ops[i].u;
    return SpvOpNop;
}

/** An access outside of its buffer went elsewhere; its result is zero. */
static uint32_t result_of(struct atomic *m, uint32_t result)
{
    if (!m->inside || !result)
        return result;
    return pvg_spv_value(m->b, SpvOpSelect, m->type, PVG_SPV(m->inside, result, pvg_spv_null(m->b, m->type)));
}

/** Order operand (0 relaxed, 2 acquire, 3 release, 4 both, 5 sequential) as semantics of this memory. */
static uint32_t semantics_of(struct atomic *m, uint64_t order, uint32_t memory, bool load, bool store)
{
    if (!order)
        return pvg_spv_u32(m->b, 0);
    uint32_t s = load    ? SpvMemorySemanticsAcquireMask
                 : store ? SpvMemorySemanticsReleaseMask
                         : SpvMemorySemanticsAcquireReleaseMask;
    return pvg_spv_u32(m->b, s | memory);
}

/** Float operations without an instruction: compare and exchange until nothing came between. */
static uint32_t float_loop(struct atomic *m, const char *op, uint32_t operand)
{
    struct pvg_spv *b = m->b;
    uint32_t u32 = pvg_spv_int(b, 32), f32 = pvg_spv_float(b, 32), relaxed = pvg_spv_u32(b, 0);
    uint32_t var = pvg_spv_variable(b, SpvStorageClassFunction, u32, 0);
    uint32_t head = pvg_spv_new_id(b), body = pvg_spv_new_id(b), next = pvg_spv_new_id(b), end = pvg_spv_new_id(b);
    uint32_t first = pvg_spv_value(b, SpvOpAtomicLoad, u32, PVG_SPV(m->pointer, m->scope, relaxed));
    pvg_spv_op(b, SpvOpStore, PVG_SPV(var, first));
    pvg_spv_op(b, SpvOpBranch, PVG_SPV(head));
    pvg_at_begin_block(m->at, head);
    pvg_spv_op(b, SpvOpLoopMerge, PVG_SPV(end, next, SpvLoopControlMaskNone));
    pvg_spv_op(b, SpvOpBranch, PVG_SPV(body));
    pvg_at_begin_block(m->at, body);
    uint32_t old = pvg_spv_value(b, SpvOpLoad, u32, PVG_SPV(var)), x = pvg_spv_bitcast(b, f32, old), y;
    if (!strcmp(op, "add"))
        y = pvg_spv_value(b, SpvOpFAdd, f32, PVG_SPV(x, operand));
    else if (!strcmp(op, "sub"))
        y = pvg_spv_value(b, SpvOpFSub, f32, PVG_SPV(x, operand));
    else
        y = pvg_spv_ext(b, !strcmp(op, "min") ? GLSLstd450NMin : GLSLstd450NMax, f32, PVG_SPV(x, operand));
    uint32_t seen = pvg_spv_value(b, SpvOpAtomicCompareExchange, u32,
                                  PVG_SPV(m->pointer, m->scope, relaxed, relaxed, pvg_spv_bitcast(b, u32, y), old));
    uint32_t done = pvg_spv_value(b, SpvOpIEqual, pvg_spv_bool(b), PVG_SPV(seen, old));
    pvg_spv_op(b, SpvOpStore, PVG_SPV(var, seen));
    pvg_spv_op(b, SpvOpBranchConditional, PVG_SPV(done, end, next));
    pvg_at_begin_block(m->at, next);
    pvg_spv_op(b, SpvOpBranch, PVG_SPV(head));
    pvg_at_begin_block(m->at, end);
    return pvg_spv_bitcast(b, f32, pvg_spv_value(b, SpvOpLoad, u32, PVG_SPV(var)));
}

static uint32_t compare_exchange(struct atomic *m, const struct pvg_at_call *c, uint32_t *stored)
{
    struct pvg_at *at = m->at;
    struct pvg_spv *b = m->b;
    uint32_t expected = pvg_at_load(at, LLVMGetOperand(c->inst, 1), c->type, 4, false);
    uint32_t desired = pvg_at_arg(at, c, 2), relaxed = pvg_spv_u32(b, 0);
    uint32_t word = pvg_spv_int(b, pvg_spv_width(b, c->rtype));
    uint32_t old = pvg_spv_value(
        b, SpvOpAtomicCompareExchange, word,
        PVG_SPV(m->pointer, m->scope, relaxed, relaxed, pvg_spv_bitcast(b, word, desired), pvg_spv_bitcast(b, word, expected)));
    old = result_of(m, old);
    *stored = pvg_spv_bitcast(b, c->rtype, old);
    return *stored;
}

static void word_capabilities(struct pvg_at *at, unsigned width)
{
    if (width != 64)
        return;
    pvg_at_need(at, PVG_AIR_NEED_INT64_ATOMICS);
    pvg_spv_capability(&at->b, SpvCapabilityInt64Atomics);
}

static bool memory_atomic(struct pvg_at *at, const struct pvg_at_call *c, const char *op, bool local, uint32_t *id)
{
    struct pvg_spv *b = &at->b;
    struct atomic m = {.at = at, .b = b};
    bool store = !strcmp(op, "store"), load = !strcmp(op, "load"), cmpxchg = !strcmp(op, "cmpxchg.weak");
    bool has_value = !load && !cmpxchg;
    if (!load && c->argc < 2)
        return false;
    LLVMTypeRef type = load || cmpxchg ? c->type : pvg_at_arg_type(c, 1);
    bool is_float = LLVMGetTypeKind(type) == LLVMFloatTypeKind;
    if (!is_float && LLVMGetTypeKind(type) != LLVMIntegerTypeKind)
        return false;
    uint32_t value_type = pvg_at_type(at, type);
    unsigned width = pvg_spv_width(b, value_type);
    if (width != 32 && width != 64)
        pvg_at_refuse(at, "intrinsic %s", c->name);
    SpvOp iop = integer_op(op, c->is_signed);
    if (!load && !store && !cmpxchg && iop == SpvOpNop)
        return false;
    word_capabilities(at, width);
    m.type = pvg_spv_int(b, width);
    uint32_t memory;
    /* A compare and exchange also stores what it found. */
    bool result = cmpxchg || LLVMGetFirstUse(c->inst);
    m.pointer = pvg_at_atomic_pointer(at, LLVMGetOperand(c->inst, 0), m.type, result, &memory, &m.inside);
    m.scope = local ? pvg_spv_u32(b, SpvScopeWorkgroup) : pvg_at_device_scope(at);
    if (cmpxchg) {
        uint32_t old;
        *id = compare_exchange(&m, c, &old);
        pvg_at_store_id(at, LLVMGetOperand(c->inst, 1), type, old, 4, false);
        return true;
    }
    uint64_t order = 0;
    unsigned at_order = has_value ? 2 : 1;
    if (at_order < c->argc)
        pvg_at_const_int(LLVMGetOperand(c->inst, at_order), &order);
    m.semantics = semantics_of(&m, order, memory, load, store);
    uint32_t value = has_value ? pvg_at_arg(at, c, 1) : 0;
    uint32_t r = 0, bits = value ? pvg_spv_bitcast(b, m.type, value) : 0;
    if (load)
        r = pvg_spv_value(b, SpvOpAtomicLoad, m.type, PVG_SPV(m.pointer, m.scope, m.semantics));
    else if (store)
        pvg_spv_op(b, SpvOpAtomicStore, PVG_SPV(m.pointer, m.scope, m.semantics, bits));
    else if (is_float && iop != SpvOpAtomicExchange)
        r = pvg_spv_bitcast(b, m.type, float_loop(&m, op, value));
    else
        r = pvg_spv_value(b, iop, m.type, PVG_SPV(m.pointer, m.scope, m.semantics, bits));
    r = result_of(&m, r);
    if (r)
        *id = pvg_spv_bitcast(b, value_type, r);
    return true;
}

bool pvg_at_intrin_atomic(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id)
{
    if (!strncmp(c->op, "atomic.global.", 14))
        return memory_atomic(at, c, c->op + 14, false, id);
    if (!strncmp(c->op, "atomic.local.", 13))
        return memory_atomic(at, c, c->op + 13, true, id);
    if (!strcmp(c->op, "load.device_coherent") || !strcmp(c->op, "load.system_coherent")) {
        *id =
            pvg_at_load(at, LLVMGetOperand(c->inst, 0), c->type, LLVMABIAlignmentOfType(at->layout, pvg_at_element(c->type)), true);
        return true;
    }
    if (!strcmp(c->op, "store.device_coherent") || !strcmp(c->op, "store.system_coherent")) {
        unsigned align = LLVMABIAlignmentOfType(at->layout, pvg_at_element(pvg_at_arg_type(c, 0)));
        pvg_at_store(at, LLVMGetOperand(c->inst, 1), LLVMGetOperand(c->inst, 0), align, true);
        return true;
    }
    return false;
}
