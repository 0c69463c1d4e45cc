/* SPDX-License-Identifier: MIT */
/* Core LLVM instructions (spec 07 section 7). */
#include "air/translate.h"

#include <errno.h>
#include <math.h>

static LLVMTypeRef operand_type(LLVMValueRef inst, unsigned i)
{
    return LLVMTypeOf(LLVMGetOperand(inst, i));
}

static uint32_t zero(struct pvg_at *at, uint32_t type)
{
    return pvg_spv_null(&at->b, type);
}

static uint32_t bool_like(struct pvg_at *at, uint32_t type)
{
    return pvg_spv_like(&at->b, type, pvg_spv_bool(&at->b));
}

/** bfloat arithmetic happens in 32-bit floats; other operands stay as they are. */
static uint32_t float_operand(struct pvg_at *at, LLVMValueRef inst, unsigned i)
{
    uint32_t v = pvg_at_operand(at, inst, i);
    return pvg_at_is_bfloat(operand_type(inst, i)) ? pvg_at_bf_to_float(at, v) : v;
}

static uint32_t float_result(struct pvg_at *at, LLVMValueRef inst, uint32_t v)
{
    return pvg_at_is_bfloat(LLVMTypeOf(inst)) ? pvg_at_float_to_bf(at, v) : v;
}

/** Without permission to contract, a product and a sum must stay two roundings. */
static void limit_contraction(struct pvg_at *at, LLVMValueRef inst, uint32_t id)
{
    LLVMFastMathFlags flags = LLVMCanValueUseFastMathFlags(inst) ? LLVMGetFastMathFlags(inst) : LLVMFastMathAll;
    if (!(flags & LLVMFastMathAllowContract))
        pvg_spv_decorate(&at->b, id, SpvDecorationNoContraction, NULL, 0);
}

static uint32_t float_binary(struct pvg_at *at, LLVMValueRef inst, SpvOp op)
{
    uint32_t x = float_operand(at, inst, 0), y = float_operand(at, inst, 1);
    uint32_t id = pvg_spv_value(&at->b, op, pvg_spv_type_of(&at->b, x), PVG_SPV(x, y));
    if (op != SpvOpFRem)
        limit_contraction(at, inst, id);
    return float_result(at, inst, id);
}

/** A constant in the range for which Vulkan promises how exact a quotient of halves is. */
static bool plain_divisor(LLVMValueRef v)
{
    bool vector = LLVMGetTypeKind(LLVMTypeOf(v)) == LLVMVectorTypeKind;
    for (unsigned i = 0; LLVMIsConstant(v) && i < (vector ? LLVMGetVectorSize(LLVMTypeOf(v)) : 1); i++) {
        LLVMValueRef e = vector ? LLVMGetAggregateElement(v, i) : v;
        LLVMBool lossy;
        double size = e && LLVMIsAConstantFP(e) ? fabs(LLVMConstRealGetDouble(e, &lossy)) : 0;
        if (size < 0x1p-14 || size > 0x1p14)
            return false;
    }
    return LLVMIsConstant(v);
}

/**
 * Without permission to use reciprocals, halves are divided as 32-bit floats: the reciprocal of a denormal half, such as 1e-5, is
 * no finite half, and devices multiply by it.
 */
static uint32_t float_divide(struct pvg_at *at, LLVMValueRef inst)
{
    struct pvg_spv *b = &at->b;
    LLVMFastMathFlags flags = LLVMCanValueUseFastMathFlags(inst) ? LLVMGetFastMathFlags(inst) : LLVMFastMathAll;
    if (LLVMGetTypeKind(pvg_at_element(LLVMTypeOf(inst))) != LLVMHalfTypeKind || flags & LLVMFastMathAllowReciprocal ||
        plain_divisor(LLVMGetOperand(inst, 1)))
        return float_binary(at, inst, SpvOpFDiv);
    uint32_t half = pvg_at_type(at, LLVMTypeOf(inst)), wide = pvg_spv_like(b, half, pvg_spv_float(b, 32));
    uint32_t x = pvg_spv_value(b, SpvOpFConvert, wide, PVG_SPV(pvg_at_operand(at, inst, 0)));
    uint32_t y = pvg_spv_value(b, SpvOpFConvert, wide, PVG_SPV(pvg_at_operand(at, inst, 1)));
    return pvg_spv_value(b, SpvOpFConvert, half, PVG_SPV(pvg_spv_value(b, SpvOpFDiv, wide, PVG_SPV(x, y))));
}

static uint32_t int_binary(struct pvg_at *at, LLVMValueRef inst, SpvOp op)
{
    uint32_t x = pvg_at_operand(at, inst, 0), y = pvg_at_operand(at, inst, 1);
    uint32_t type = pvg_spv_type_of(&at->b, x);
    if (op == SpvOpIAdd)
        return pvg_spv_components(&at->b, type) == 1 ? pvg_spv_iadd(&at->b, x, y) : pvg_spv_value(&at->b, op, type, PVG_SPV(x, y));
    return pvg_spv_value(&at->b, op, type, PVG_SPV(x, y));
}

/** One-bit arithmetic is logic: addition and subtraction are exclusive or, multiplication is and. */
static uint32_t bool_binary(struct pvg_at *at, LLVMValueRef inst, LLVMOpcode opcode)
{
    SpvOp op;
    switch (opcode) {
    case LLVMAdd:
    case LLVMSub:
    case LLVMXor:
        op = SpvOpLogicalNotEqual;
        break;
    case LLVMMul:
    case LLVMAnd:
        op = SpvOpLogicalAnd;
        break;
    case LLVMOr:
        op = SpvOpLogicalOr;
        break;
    default:
        pvg_at_refuse(at, "one-bit operation with opcode %d", (int)opcode);
    }
    uint32_t x = pvg_at_operand(at, inst, 0), y = pvg_at_operand(at, inst, 1);
    return pvg_spv_value(&at->b, op, pvg_spv_type_of(&at->b, x), PVG_SPV(x, y));
}

/** Is it the result of an "and" with a constant below `width`? */
static bool is_masked(struct pvg_at *at, LLVMValueRef n, uint32_t width)
{
    uint64_t c;
    return LLVMIsABinaryOperator(n) && LLVMGetInstructionOpcode(n) == LLVMAnd && LLVMIsConstant(LLVMGetOperand(n, 1)) &&
           pvg_spv_const_bits(&at->b, pvg_at_operand(at, n, 1), &c) && c < width;
}

/** Shift amounts are taken modulo the width, as Metal does and SPIR-V leaves undefined. */
static uint32_t shift(struct pvg_at *at, LLVMValueRef inst, SpvOp op)
{
    struct pvg_spv *b = &at->b;
    uint32_t x = pvg_at_operand(at, inst, 0), n = pvg_at_operand(at, inst, 1);
    uint32_t type = pvg_spv_type_of(b, x);
    uint64_t c;
    bool in_range = pvg_spv_const_bits(b, n, &c) && c < pvg_spv_width(b, type);
    if (!in_range && !is_masked(at, LLVMGetOperand(inst, 1), pvg_spv_width(b, type)))
        n = pvg_spv_value(b, SpvOpBitwiseAnd, type, PVG_SPV(n, pvg_spv_splat(b, type, pvg_spv_width(b, type) - 1)));
    return pvg_spv_value(b, op, type, PVG_SPV(x, n));
}

/**
 * Division never faults (spec 07 section 7): divisor 0 becomes 1, and so does -1 for signed division of the smallest number.
 * The signed remainder keeps the sign of the dividend; it is computed from the quotient, which all drivers agree on.
 */
static uint32_t divide(struct pvg_at *at, LLVMValueRef inst, bool is_signed, bool remainder)
{
    struct pvg_spv *b = &at->b;
    uint32_t x = pvg_at_operand(at, inst, 0), y = pvg_at_operand(at, inst, 1);
    uint32_t type = pvg_spv_type_of(b, x), cond_type = bool_like(at, type), one = pvg_spv_splat(b, type, 1);
    uint64_t c;
    bool safe = (at->defined_kind && LLVMGetMetadata(inst, at->defined_kind)) ||
                (pvg_spv_const_bits(b, y, &c) && c && (!is_signed || c != UINT64_MAX >> (64 - pvg_spv_width(b, type))));
    if (!safe && !is_signed) {
        y = pvg_spv_ext(b, GLSLstd450UMax, type, PVG_SPV(y, one));
    } else if (!safe) {
        /* Of all divisors only 0 is less than 1 without sign. */
        uint32_t not_zero = pvg_spv_ext(b, GLSLstd450UMax, type, PVG_SPV(y, one));
        uint64_t low = (uint64_t)1 << (pvg_spv_width(b, type) - 1);
        uint32_t least = pvg_spv_value(b, SpvOpIEqual, cond_type, PVG_SPV(x, pvg_spv_splat(b, type, low)));
        uint32_t minus = pvg_spv_value(b, SpvOpIEqual, cond_type, PVG_SPV(y, pvg_spv_splat(b, type, UINT64_MAX)));
        uint32_t both = pvg_spv_value(b, SpvOpLogicalAnd, cond_type, PVG_SPV(least, minus));
        y = pvg_spv_value(b, SpvOpSelect, type, PVG_SPV(both, one, not_zero));
    }
    if (!is_signed)
        return pvg_spv_value(b, remainder ? SpvOpUMod : SpvOpUDiv, type, PVG_SPV(x, y));
    uint32_t q = pvg_spv_value(b, SpvOpSDiv, type, PVG_SPV(x, y));
    if (!remainder)
        return q;
    uint32_t product = pvg_spv_value(b, SpvOpIMul, type, PVG_SPV(q, y));
    return pvg_spv_value(b, SpvOpISub, type, PVG_SPV(x, product));
}

/* ---- Swapped bytes ---------------------------------------------------------------------------------------------------------- */

/** The constant that all lanes of `v` have. */
static bool splat_of(LLVMValueRef v, uint64_t *out)
{
    if (LLVMGetTypeKind(LLVMTypeOf(v)) != LLVMVectorTypeKind)
        return pvg_at_const_int(v, out);
    for (unsigned i = 0; i < LLVMGetVectorSize(LLVMTypeOf(v)); i++) {
        LLVMValueRef e = LLVMIsConstant(v) ? LLVMGetAggregateElement(v, i) : NULL;
        uint64_t lane;
        if (!e || !pvg_at_const_int(e, &lane) || (i && lane != *out))
            return false;
        *out = lane;
    }
    return true;
}

static bool is_with(LLVMValueRef v, LLVMOpcode opcode, uint64_t *constant)
{
    return LLVMIsABinaryOperator(v) && LLVMGetInstructionOpcode(v) == opcode && splat_of(LLVMGetOperand(v, 1), constant);
}

/** `v` without a mask that keeps the bits of `keep`. */
static LLVMValueRef unmasked(LLVMValueRef v, uint64_t keep)
{
    uint64_t mask;
    return is_with(v, LLVMAnd, &mask) && (mask & keep) == keep ? LLVMGetOperand(v, 0) : v;
}

/** X of X << 8 or X >> 8 of 16 bits, NULL for others. */
static LLVMValueRef byte_moved(LLVMValueRef v, LLVMOpcode opcode)
{
    uint64_t from = opcode == LLVMShl ? 0xFF : 0xFF00, n;
    v = unmasked(v, from ^ 0xFFFF);
    return is_with(v, opcode, &n) && n == 8 ? unmasked(LLVMGetOperand(v, 0), from) : NULL;
}

/**
 * The number whose bytes the sum of two 16-bit shifts swaps, NULL if it does something else. NVIDIA's compiler (580) takes such a
 * sum for a byte swap and then gets that wrong.
 */
static LLVMValueRef swapped(LLVMValueRef inst, LLVMTypeRef element)
{
    if (LLVMGetTypeKind(element) != LLVMIntegerTypeKind || LLVMGetIntTypeWidth(element) != 16)
        return NULL;
    for (unsigned i = 0; i < 2; i++) {
        LLVMValueRef x = byte_moved(LLVMGetOperand(inst, i), LLVMShl), y = byte_moved(LLVMGetOperand(inst, 1 - i), LLVMLShr);
        if (x && x == y)
            return x;
    }
    return NULL;
}

static uint32_t binary(struct pvg_at *at, LLVMValueRef inst, LLVMOpcode opcode)
{
    LLVMTypeRef e = pvg_at_element(LLVMTypeOf(inst));
    if (LLVMGetTypeKind(e) == LLVMIntegerTypeKind && LLVMGetIntTypeWidth(e) == 1)
        return bool_binary(at, inst, opcode);
    LLVMValueRef turned = opcode == LLVMOr || opcode == LLVMXor || opcode == LLVMAdd ? swapped(inst, e) : NULL;
    if (turned)
        return pvg_at_swap_bytes16(at, pvg_at_use(at, turned));
    switch (opcode) {
    case LLVMAdd:
        return int_binary(at, inst, SpvOpIAdd);
    case LLVMSub:
        return int_binary(at, inst, SpvOpISub);
    case LLVMMul:
        return int_binary(at, inst, SpvOpIMul);
    case LLVMAnd:
        return int_binary(at, inst, SpvOpBitwiseAnd);
    case LLVMOr:
        return int_binary(at, inst, SpvOpBitwiseOr);
    case LLVMXor:
        return int_binary(at, inst, SpvOpBitwiseXor);
    case LLVMShl:
        return shift(at, inst, SpvOpShiftLeftLogical);
    case LLVMLShr:
        return shift(at, inst, SpvOpShiftRightLogical);
    case LLVMAShr:
        return shift(at, inst, SpvOpShiftRightArithmetic);
    case LLVMUDiv:
        return divide(at, inst, false, false);
    case LLVMSDiv:
        return divide(at, inst, true, false);
    case LLVMURem:
        return divide(at, inst, false, true);
    case LLVMSRem:
        return divide(at, inst, true, true);
    case LLVMFAdd:
        return float_binary(at, inst, SpvOpFAdd);
    case LLVMFSub:
        return float_binary(at, inst, SpvOpFSub);
    case LLVMFMul:
        return float_binary(at, inst, SpvOpFMul);
    case LLVMFDiv:
        return float_divide(at, inst);
    case LLVMFRem:
        return float_binary(at, inst, SpvOpFRem);
    default:
        pvg_at_refuse(at, "binary operation with opcode %d", (int)opcode);
    }
}

/* ---- Comparisons ----------------------------------------------------------------------------------------------------------- */

static void note_null_compare(struct pvg_at *at, LLVMValueRef inst)
{
    for (unsigned i = 0; i < 2; i++) {
        if (!LLVMIsAConstantPointerNull(LLVMGetOperand(inst, i)))
            continue;
        struct pvg_at_origin o;
        pvg_at_origin(at, LLVMGetOperand(inst, 1 - i), &o);
        for (uint32_t k = 0; k < at->buffer_count; k++)
            if (o.buffers >> k & 1)
                at->buffers[k].info.null_compared = true;
    }
}

static SpvOp icmp_op(struct pvg_at *at, LLVMIntPredicate p)
{
    switch (p) {
    case LLVMIntEQ:
        return SpvOpIEqual;
    case LLVMIntNE:
        return SpvOpINotEqual;
    case LLVMIntUGT:
        return SpvOpUGreaterThan;
    case LLVMIntUGE:
        return SpvOpUGreaterThanEqual;
    case LLVMIntULT:
        return SpvOpULessThan;
    case LLVMIntULE:
        return SpvOpULessThanEqual;
    case LLVMIntSGT:
        return SpvOpSGreaterThan;
    case LLVMIntSGE:
        return SpvOpSGreaterThanEqual;
    case LLVMIntSLT:
        return SpvOpSLessThan;
    case LLVMIntSLE:
        return SpvOpSLessThanEqual;
    default:
        pvg_at_refuse(at, "integer predicate %d", (int)p);
    }
}

/** Booleans compare as the numbers 0 and 1 (unsigned) or 0 and -1 (signed). */
static uint32_t compare_bools(struct pvg_at *at, LLVMIntPredicate p, uint32_t x, uint32_t y)
{
    struct pvg_spv *b = &at->b;
    uint32_t type = pvg_spv_type_of(b, x);
    if (p == LLVMIntEQ)
        return pvg_spv_value(b, SpvOpLogicalEqual, type, PVG_SPV(x, y));
    if (p == LLVMIntNE)
        return pvg_spv_value(b, SpvOpLogicalNotEqual, type, PVG_SPV(x, y));
    uint32_t wide = pvg_spv_like(b, type, pvg_spv_int(b, 32));
    bool is_signed = p >= LLVMIntSGT;
    uint32_t one = pvg_spv_splat(b, wide, is_signed ? UINT32_MAX : 1), none = pvg_spv_splat(b, wide, 0);
    x = pvg_spv_value(b, SpvOpSelect, wide, PVG_SPV(x, one, none));
    y = pvg_spv_value(b, SpvOpSelect, wide, PVG_SPV(y, one, none));
    return pvg_spv_value(b, icmp_op(at, p), type, PVG_SPV(x, y));
}

static uint32_t icmp(struct pvg_at *at, LLVMValueRef inst)
{
    struct pvg_spv *b = &at->b;
    LLVMIntPredicate p = LLVMGetICmpPredicate(inst);
    LLVMValueRef lhs = LLVMGetOperand(inst, 0), rhs = LLVMGetOperand(inst, 1);
    uint32_t x, y;
    if (LLVMGetTypeKind(LLVMTypeOf(lhs)) == LLVMPointerTypeKind) {
        note_null_compare(at, inst);
        bool left_null = LLVMIsAConstantPointerNull(lhs) != NULL;
        x = pvg_at_use_as(at, lhs, pvg_at_value_type(at, left_null ? rhs : lhs));
        y = pvg_at_use_as(at, rhs, pvg_spv_type_of(b, x));
    } else {
        x = pvg_at_use(at, lhs);
        y = pvg_at_use(at, rhs);
    }
    uint32_t type = pvg_spv_type_of(b, x);
    if (pvg_spv_width(b, type) == 1)
        return compare_bools(at, p, x, y);
    return pvg_spv_value(b, icmp_op(at, p), bool_like(at, type), PVG_SPV(x, y));
}

static uint32_t fcmp(struct pvg_at *at, LLVMValueRef inst)
{
    static const SpvOp ops[16] = {
        [LLVMRealOEQ] = SpvOpFOrdEqual,      [LLVMRealOGT] = SpvOpFOrdGreaterThan,     [LLVMRealOGE] = SpvOpFOrdGreaterThanEqual,
        [LLVMRealOLT] = SpvOpFOrdLessThan,   [LLVMRealOLE] = SpvOpFOrdLessThanEqual,   [LLVMRealONE] = SpvOpFOrdNotEqual,
        [LLVMRealUEQ] = SpvOpFUnordEqual,    [LLVMRealUGT] = SpvOpFUnordGreaterThan,   [LLVMRealUGE] = SpvOpFUnordGreaterThanEqual,
        [LLVMRealULT] = SpvOpFUnordLessThan, [LLVMRealULE] = SpvOpFUnordLessThanEqual, [LLVMRealUNE] = SpvOpFUnordNotEqual};
    struct pvg_spv *b = &at->b;
    LLVMRealPredicate p = LLVMGetFCmpPredicate(inst);
    uint32_t type = bool_like(at, pvg_at_type(at, operand_type(inst, 0)));
    if (p == LLVMRealPredicateFalse || p == LLVMRealPredicateTrue)
        return pvg_spv_splat(b, type, p == LLVMRealPredicateTrue);
    uint32_t x = float_operand(at, inst, 0), y = float_operand(at, inst, 1);
    if (p == LLVMRealORD || p == LLVMRealUNO) {
        uint32_t nx = pvg_spv_value(b, SpvOpIsNan, type, PVG_SPV(x)), ny = pvg_spv_value(b, SpvOpIsNan, type, PVG_SPV(y));
        uint32_t any = pvg_spv_value(b, SpvOpLogicalOr, type, PVG_SPV(nx, ny));
        return p == LLVMRealUNO ? any : pvg_spv_value(b, SpvOpLogicalNot, type, PVG_SPV(any));
    }
    return pvg_spv_value(b, ops[p], type, PVG_SPV(x, y));
}

/* ---- Conversions ----------------------------------------------------------------------------------------------------------- */

static uint32_t from_bool(struct pvg_at *at, uint32_t x, uint32_t type, uint64_t one)
{
    return pvg_spv_value(&at->b, SpvOpSelect, type, PVG_SPV(x, pvg_spv_splat(&at->b, type, one), pvg_spv_splat(&at->b, type, 0)));
}

/** Integers as booleans of the type `to`. */
static uint32_t low_bit(struct pvg_at *at, uint32_t x, uint32_t to)
{
    uint32_t type = pvg_spv_type_of(&at->b, x);
    uint32_t low = pvg_spv_value(&at->b, SpvOpBitwiseAnd, type, PVG_SPV(x, pvg_spv_splat(&at->b, type, 1)));
    return pvg_spv_value(&at->b, SpvOpINotEqual, to, PVG_SPV(low, zero(at, type)));
}

static uint32_t convert_int(struct pvg_at *at, LLVMValueRef inst, bool sign)
{
    struct pvg_spv *b = &at->b;
    uint32_t x = pvg_at_operand(at, inst, 0), to = pvg_at_type(at, LLVMTypeOf(inst));
    uint32_t from = pvg_spv_type_of(b, x);
    if (pvg_spv_width(b, from) == 1)
        return from_bool(at, x, to, sign ? UINT64_MAX : 1);
    if (pvg_spv_width(b, to) == 1)
        return low_bit(at, x, to);
    return sign ? pvg_spv_sresize(b, x, pvg_spv_width(b, to)) : pvg_spv_resize(b, x, pvg_spv_width(b, to));
}

static uint32_t convert_float(struct pvg_at *at, LLVMValueRef inst)
{
    struct pvg_spv *b = &at->b;
    uint32_t x = float_operand(at, inst, 0);
    LLVMTypeRef type = LLVMTypeOf(inst);
    bool to_bf = pvg_at_is_bfloat(type);
    uint32_t to = to_bf ? pvg_spv_like(b, pvg_spv_type_of(b, x), pvg_spv_float(b, 32)) : pvg_at_type(at, type);
    if (pvg_spv_type_of(b, x) != to)
        x = pvg_spv_value(b, SpvOpFConvert, to, PVG_SPV(x));
    return to_bf ? pvg_at_float_to_bf(at, x) : x;
}

static uint32_t int_to_float(struct pvg_at *at, LLVMValueRef inst, bool sign)
{
    struct pvg_spv *b = &at->b;
    uint32_t x = pvg_at_operand(at, inst, 0);
    bool to_bf = pvg_at_is_bfloat(LLVMTypeOf(inst));
    uint32_t to = pvg_at_type(at, LLVMTypeOf(inst));
    if (to_bf)
        to = pvg_spv_like(b, to, pvg_spv_float(b, 32));
    if (pvg_spv_width(b, pvg_spv_type_of(b, x)) == 1) {
        unsigned w = pvg_spv_width(b, to);
        x = from_bool(at, x, to, pvg_spv_float_bits(w, sign ? -1.0 : 1.0));
    } else {
        x = pvg_spv_value(b, sign ? SpvOpConvertSToF : SpvOpConvertUToF, to, PVG_SPV(x));
    }
    return to_bf ? pvg_at_float_to_bf(at, x) : x;
}

static uint32_t bitcast(struct pvg_at *at, LLVMValueRef inst)
{
    struct pvg_spv *b = &at->b;
    LLVMTypeRef type = LLVMTypeOf(inst);
    uint32_t x = pvg_at_operand(at, inst, 0);
    if (LLVMGetTypeKind(type) == LLVMPointerTypeKind)
        return x;
    uint32_t to = pvg_at_type(at, type), from = pvg_spv_type_of(b, x);
    unsigned have = pvg_spv_width(b, from) * pvg_spv_components(b, from), want = pvg_spv_width(b, to) * pvg_spv_components(b, to);
    if (pvg_spv_width(b, from) == 1 || pvg_spv_width(b, to) == 1 || have != want) {
        if (from == to)
            return x;
        pvg_at_refuse(at, "bitcast between types that are represented differently");
    }
    return pvg_spv_bitcast(b, to, x);
}

uint32_t pvg_at_pointer_bits(struct pvg_at *at, LLVMValueRef pointer, unsigned width)
{
    const struct pvg_at_memory *m = pvg_at_memory_of(at, pointer);
    uint32_t x = pvg_at_use(at, pointer);
    if (pvg_at_is_local(m)) /* Byte offset: right for alignment tests and differences. */
        x = pvg_spv_imul(&at->b, x, pvg_spv_u32(&at->b, m->granule));
    return pvg_spv_resize(&at->b, x, width);
}

static uint32_t ptr_to_int(struct pvg_at *at, LLVMValueRef v)
{
    LLVMTypeRef type = LLVMTypeOf(v);
    if (LLVMGetTypeKind(type) != LLVMIntegerTypeKind)
        pvg_at_refuse(at, "a vector of pointers as integers");
    uint32_t to = pvg_at_type(at, type);
    if (pvg_spv_width(&at->b, to) == 1)
        return low_bit(at, pvg_at_pointer_bits(at, LLVMGetOperand(v, 0), 32), to);
    return pvg_at_pointer_bits(at, LLVMGetOperand(v, 0), LLVMGetIntTypeWidth(type));
}

static uint32_t int_to_ptr(struct pvg_at *at, LLVMValueRef inst)
{
    return pvg_spv_resize(&at->b, pvg_at_operand(at, inst, 0), 64);
}

/* ---- Vectors and aggregates ------------------------------------------------------------------------------------------------ */

static uint32_t extract_element(struct pvg_at *at, LLVMValueRef inst)
{
    struct pvg_spv *b = &at->b;
    uint32_t v = pvg_at_operand(at, inst, 0), type = pvg_at_type(at, LLVMTypeOf(inst));
    unsigned n = pvg_at_lanes(at, operand_type(inst, 0));
    uint64_t c;
    if (n == 1)
        return v;
    if (pvg_at_const_int(LLVMGetOperand(inst, 1), &c))
        return c < n ? pvg_spv_extract(b, v, (uint32_t)c) : zero(at, type);
    uint32_t i = pvg_spv_resize(b, pvg_at_operand(at, inst, 1), 32);
    i = pvg_spv_ext(b, GLSLstd450UMin, pvg_spv_int(b, 32), PVG_SPV(i, pvg_spv_u32(b, n - 1)));
    return pvg_spv_value(b, SpvOpVectorExtractDynamic, type, PVG_SPV(v, i));
}

static uint32_t insert_element(struct pvg_at *at, LLVMValueRef inst)
{
    struct pvg_spv *b = &at->b;
    uint32_t v = pvg_at_operand(at, inst, 0), e = pvg_at_operand(at, inst, 1), type = pvg_at_type(at, LLVMTypeOf(inst));
    unsigned n = pvg_at_lanes(at, LLVMTypeOf(inst));
    uint64_t c;
    if (n == 1)
        return e;
    if (pvg_at_const_int(LLVMGetOperand(inst, 2), &c))
        return c < n ? pvg_spv_value(b, SpvOpCompositeInsert, type, PVG_SPV(e, v, (uint32_t)c)) : v;
    uint32_t i = pvg_spv_resize(b, pvg_at_operand(at, inst, 2), 32);
    i = pvg_spv_ext(b, GLSLstd450UMin, pvg_spv_int(b, 32), PVG_SPV(i, pvg_spv_u32(b, n - 1)));
    return pvg_spv_value(b, SpvOpVectorInsertDynamic, type, PVG_SPV(v, e, i));
}

static uint32_t shuffle(struct pvg_at *at, LLVMValueRef inst)
{
    struct pvg_spv *b = &at->b;
    uint32_t x = pvg_at_operand(at, inst, 0), y = pvg_at_operand(at, inst, 1), type = pvg_at_type(at, LLVMTypeOf(inst));
    unsigned n = pvg_at_lanes(at, LLVMTypeOf(inst)), have = pvg_at_lanes(at, operand_type(inst, 0));
    unsigned source = LLVMGetVectorSize(operand_type(inst, 0));
    uint32_t elem = pvg_spv_scalar(b, type), parts[4], words[6] = {x, y};
    for (unsigned i = 0; i < n; i++) {
        int lane = LLVMGetMaskValue(inst, i);
        bool second = lane >= (int)source;
        unsigned k = lane < 0 ? 0 : (unsigned)lane - (second ? source : 0);
        if (lane >= 0 && k >= have)
            pvg_at_refuse(at, "lane %u of a simdgroup matrix", k);
        /* Undefined lanes repeat lane 0: some value that is the same everywhere. */
        words[2 + i] = second ? k + have : k;
        if (have == 1)
            parts[i] = lane < 0 ? zero(at, elem) : second ? y : x;
        else if (n == 1)
            parts[i] = pvg_spv_extract(b, second ? y : x, k);
    }
    if (have == 1 || n == 1)
        return pvg_spv_construct(b, type, parts, n);
    return pvg_spv_value(b, SpvOpVectorShuffle, type, words, 2 + n);
}

uint32_t pvg_at_operation(struct pvg_at *at, LLVMValueRef v, LLVMOpcode op)
{
    switch (op) {
    case LLVMAdd:
    case LLVMSub:
    case LLVMMul:
    case LLVMXor:
        return binary(at, v, op);
    case LLVMTrunc:
        return convert_int(at, v, false);
    case LLVMPtrToInt:
        return ptr_to_int(at, v);
    case LLVMIntToPtr:
        return int_to_ptr(at, v);
    case LLVMBitCast:
        return bitcast(at, v);
    case LLVMExtractElement:
        return extract_element(at, v);
    case LLVMInsertElement:
        return insert_element(at, v);
    case LLVMShuffleVector:
        return shuffle(at, v);
    default:
        return 0;
    }
}

static uint32_t extract_value(struct pvg_at *at, LLVMValueRef inst)
{
    struct pvg_spv *b = &at->b;
    LLVMValueRef whole = LLVMGetOperand(inst, 0);
    if (LLVMGetTypeKind(LLVMTypeOf(inst)) == LLVMPointerTypeKind && LLVMIsALoadInst(whole) &&
        pvg_at_holds_own_pointers(at, LLVMGetOperand(whole, 0), pvg_at_size_of(at, LLVMTypeOf(whole))))
        pvg_at_refuse_as(at, PVG_REFUSE_STORED_LOCAL_POINTER,
                         "a pointer to memory of the thread or a constant table in a struct value");
    uint32_t v = pvg_at_use(at, whole);
    const unsigned *idx = LLVMGetIndices(inst);
    for (unsigned i = 0; i < LLVMGetNumIndices(inst); i++)
        v = pvg_spv_extract(b, v, idx[i]);
    return v;
}

static uint32_t insert_value(struct pvg_at *at, LLVMValueRef inst)
{
    LLVMValueRef part = LLVMGetOperand(inst, 1);
    if (LLVMGetTypeKind(LLVMTypeOf(part)) == LLVMPointerTypeKind && pvg_at_is_own_pointer(at, part))
        pvg_at_refuse_as(at, PVG_REFUSE_STORED_LOCAL_POINTER,
                         "a pointer to memory of the thread or a constant table in a struct value");
    uint32_t v = pvg_at_operand(at, inst, 0), e = pvg_at_operand(at, inst, 1), words[18] = {e, v};
    unsigned n = LLVMGetNumIndices(inst);
    if (n > 16)
        pvg_at_refuse(at, "insertvalue nested %u levels deep", n);
    for (unsigned i = 0; i < n; i++)
        words[2 + i] = LLVMGetIndices(inst)[i];
    return pvg_spv_value(&at->b, SpvOpCompositeInsert, pvg_at_type(at, LLVMTypeOf(inst)), words, 2 + n);
}

/** Are the bits those of 1 and of a zero of the other sign? */
static bool is_one_and_other_zero(unsigned width, uint64_t x, uint64_t y)
{
    uint64_t sign = (uint64_t)1 << (width - 1), one = width == 16 ? 0x3C00 : width == 32 ? 0x3F800000 : 0x3FF0000000000000;
    if (x & (sign - 1))
        return (x & (sign - 1)) == one && y == (~x & sign);
    return (y & (sign - 1)) == one && x == (~y & sign);
}

/** Bits of a number that is a constant. */
static bool number_bits(struct pvg_at *at, uint32_t id, uint64_t *bits)
{
    const struct pvg_spv_id *i = pvg_spv_info(&at->b, id);
    if (i->op != SpvOpConstant && i->op != SpvOpConstantNull)
        return false;
    *bits = i->op == SpvOpConstant ? i->bits : 0;
    return true;
}

/** A select of constants as a mask: Mesa (25.0) takes 0 and -0 for the same in selects with 1 or -1, those of integers, too. */
static uint32_t select_bits(struct pvg_at *at, uint32_t cond, uint32_t type, uint64_t x, uint64_t y)
{
    struct pvg_spv *b = &at->b;
    uint32_t bits = pvg_at_int(at, pvg_spv_width(b, type));
    uint32_t mask = pvg_spv_value(b, SpvOpSelect, bits, PVG_SPV(cond, pvg_spv_splat(b, bits, UINT64_MAX), zero(at, bits)));
    uint32_t v = pvg_spv_value(b, SpvOpBitwiseAnd, bits, PVG_SPV(mask, pvg_spv_splat(b, bits, x ^ y)));
    if (y)
        v = pvg_spv_value(b, SpvOpBitwiseXor, bits, PVG_SPV(v, pvg_spv_splat(b, bits, y)));
    return bits == type ? v : pvg_spv_value(b, SpvOpBitcast, type, PVG_SPV(v));
}

static uint32_t select_value(struct pvg_at *at, LLVMValueRef inst)
{
    struct pvg_spv *b = &at->b;
    uint32_t type = pvg_at_value_type(at, inst), cond = pvg_at_operand(at, inst, 0);
    uint32_t x = pvg_at_use_as(at, LLVMGetOperand(inst, 1), type), y = pvg_at_use_as(at, LLVMGetOperand(inst, 2), type);
    unsigned width = pvg_spv_width(b, type);
    uint64_t p, q;
    bool signless = LLVMCanValueUseFastMathFlags(inst) && LLVMGetFastMathFlags(inst) & LLVMFastMathNoSignedZeros;
    if (width >= 16 && pvg_spv_components(b, type) == 1 && !signless && number_bits(at, x, &p) && number_bits(at, y, &q) &&
        is_one_and_other_zero(width, p, q))
        return select_bits(at, cond, type, p, q);
    return pvg_spv_value(b, SpvOpSelect, type, PVG_SPV(cond, x, y));
}

static uint32_t negate(struct pvg_at *at, LLVMValueRef inst)
{
    uint32_t x = float_operand(at, inst, 0);
    return float_result(at, inst, pvg_spv_value(&at->b, SpvOpFNegate, pvg_spv_type_of(&at->b, x), PVG_SPV(x)));
}

void pvg_at_instruction(struct pvg_at *at, LLVMValueRef inst)
{
    LLVMOpcode op = LLVMGetInstructionOpcode(inst);
    uint32_t id;
    switch (op) {
    case LLVMAlloca:
        /* Memory that nothing reaches has no variable. */
        if (!LLVMGetFirstUse(inst))
            return;
        id = pvg_at_object_pointer(at, inst);
        break;
    case LLVMLoad:
        id = pvg_at_load(at, LLVMGetOperand(inst, 0), LLVMTypeOf(inst), LLVMGetAlignment(inst), LLVMGetVolatile(inst));
        break;
    case LLVMStore:
        pvg_at_store(at, LLVMGetOperand(inst, 1), LLVMGetOperand(inst, 0), LLVMGetAlignment(inst), LLVMGetVolatile(inst));
        return;
    case LLVMGetElementPtr:
        id = pvg_at_gep(at, inst);
        break;
    case LLVMCall:
        pvg_at_call(at, inst);
        return;
    case LLVMFence:
        pvg_at_order_memory(at, PVG_AT_MEMORY_DEVICE | PVG_AT_MEMORY_GROUP);
        return;
    case LLVMICmp:
        id = icmp(at, inst);
        break;
    case LLVMFCmp:
        id = fcmp(at, inst);
        break;
    case LLVMSelect:
        id = select_value(at, inst);
        break;
    case LLVMZExt:
        id = convert_int(at, inst, false);
        break;
    case LLVMSExt:
        id = convert_int(at, inst, true);
        break;
    case LLVMFPExt:
    case LLVMFPTrunc:
        id = convert_float(at, inst);
        break;
    case LLVMSIToFP:
        id = int_to_float(at, inst, true);
        break;
    case LLVMUIToFP:
        id = int_to_float(at, inst, false);
        break;
    case LLVMFPToSI:
    case LLVMFPToUI:
        id = pvg_at_float_to_int(at, float_operand(at, inst, 0), pvg_at_type(at, LLVMTypeOf(inst)), op == LLVMFPToSI,
                                 pvg_at_promises(LLVMGetOperand(inst, 0)) & LLVMFastMathNoNaNs);
        break;
    case LLVMAddrSpaceCast:
    case LLVMFreeze:
        id = pvg_at_operand(at, inst, 0);
        break;
    case LLVMExtractValue:
        id = extract_value(at, inst);
        break;
    case LLVMInsertValue:
        id = insert_value(at, inst);
        break;
    case LLVMFNeg:
        id = negate(at, inst);
        break;
    default:
        id = pvg_at_operation(at, inst, op);
        if (!id)
            id = binary(at, inst, op);
        break;
    }
    pvg_at_define(at, inst, id);
}
