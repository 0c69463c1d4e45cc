/* SPDX-License-Identifier: MIT */
#include "air/constants.h"

#include "util/log.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LANES = 16, MAX_STEPS = 4096, MAX_CALL_DEPTH = 8 };

/* A scalar or vector; lanes of integer types hold bits, lanes of floating types hold the number. */
union lane {
    uint64_t bits;
    double number;
};

struct value {
    LLVMTypeRef type;
    unsigned lanes;
    union lane lane[MAX_LANES];
};

struct binding {
    LLVMValueRef key; /* Instruction or global. */
    struct value value;
};

struct bindings {
    struct binding *list;
    size_t count, capacity;
};

struct interpreter {
    const struct pvg_air_fc *constants;
    size_t constant_count;
    struct bindings globals, locals;
    unsigned steps;
    struct pvg_error *err;
};

/* ---- Types and values ----------------------------------------------------------------------------------------------------- */

static LLVMTypeRef scalar_type(LLVMTypeRef type)
{
    return LLVMGetTypeKind(type) == LLVMVectorTypeKind ? LLVMGetElementType(type) : type;
}

static bool is_float(LLVMTypeRef scalar)
{
    LLVMTypeKind kind = LLVMGetTypeKind(scalar);
    return kind == LLVMHalfTypeKind || kind == LLVMBFloatTypeKind || kind == LLVMFloatTypeKind || kind == LLVMDoubleTypeKind;
}

static unsigned bit_width(LLVMTypeRef scalar)
{
    switch (LLVMGetTypeKind(scalar)) {
    case LLVMIntegerTypeKind:
        return LLVMGetIntTypeWidth(scalar);
    case LLVMHalfTypeKind:
    case LLVMBFloatTypeKind:
        return 16;
    case LLVMFloatTypeKind:
        return 32;
    case LLVMDoubleTypeKind:
        return 64;
    default:
        return 0;
    }
}

/* @return false for types that no function constant has. */
static bool value_init(struct value *v, LLVMTypeRef type)
{
    unsigned lanes = LLVMGetTypeKind(type) == LLVMVectorTypeKind ? LLVMGetVectorSize(type) : 1;
    unsigned width = bit_width(scalar_type(type));

    memset(v, 0, sizeof(*v));
    if (lanes > MAX_LANES || width == 0 || width > 64)
        return false;
    v->type = type;
    v->lanes = lanes;
    return true;
}

static uint64_t mask_to(uint64_t bits, unsigned width)
{
    return width >= 64 ? bits : bits & ((UINT64_C(1) << width) - 1);
}

static int64_t sign_extend(uint64_t bits, unsigned width)
{
    return width >= 64 ? (int64_t)bits : (int64_t)(bits << (64 - width)) >> (64 - width);
}

/* Round to the precision of `scalar`; LLVM knows the narrow formats. */
static double round_to(LLVMTypeRef scalar, double number)
{
    LLVMBool lossy;

    switch (LLVMGetTypeKind(scalar)) {
    case LLVMDoubleTypeKind:
        return number;
    case LLVMFloatTypeKind:
        return (float)number;
    default:
        return LLVMConstRealGetDouble(LLVMConstReal(scalar, number), &lossy);
    }
}

static double number_from_bits(LLVMTypeRef scalar, uint64_t bits)
{
    LLVMTypeRef integer = LLVMIntTypeInContext(LLVMGetTypeContext(scalar), bit_width(scalar));
    LLVMBool lossy;

    return LLVMConstRealGetDouble(LLVMConstBitCast(LLVMConstInt(integer, bits, 0), scalar), &lossy);
}

static bool from_constant(LLVMValueRef c, struct value *out)
{
    LLVMBool lossy;

    if (!value_init(out, LLVMTypeOf(c)))
        return false;
    if (LLVMIsUndef(c) || LLVMIsNull(c))
        return true;
    for (unsigned i = 0; i < out->lanes; i++) {
        LLVMValueRef e = LLVMGetTypeKind(out->type) == LLVMVectorTypeKind ? LLVMGetAggregateElement(c, i) : c;
        if (e && LLVMIsAConstantInt(e))
            out->lane[i].bits = LLVMConstIntGetZExtValue(e);
        else if (e && LLVMIsAConstantFP(e))
            out->lane[i].number = LLVMConstRealGetDouble(e, &lossy);
        else if (!e || !LLVMIsUndef(e))
            return false;
    }
    return true;
}

static LLVMValueRef to_constant(const struct value *v)
{
    LLVMTypeRef scalar = scalar_type(v->type);
    LLVMValueRef lanes[MAX_LANES];

    for (unsigned i = 0; i < v->lanes; i++)
        lanes[i] = is_float(scalar) ? LLVMConstReal(scalar, v->lane[i].number) : LLVMConstInt(scalar, v->lane[i].bits, 0);
    return LLVMGetTypeKind(v->type) == LLVMVectorTypeKind ? LLVMConstVector(lanes, v->lanes) : lanes[0];
}

static struct value *find(const struct bindings *b, LLVMValueRef key)
{
    for (size_t i = b->count; i > 0; i--)
        if (b->list[i - 1].key == key)
            return &b->list[i - 1].value;
    return NULL;
}

static int bind(struct bindings *b, LLVMValueRef key, const struct value *v)
{
    struct value *have = find(b, key);

    if (have) {
        *have = *v;
        return 0;
    }
    if (b->count == b->capacity) {
        size_t capacity = b->capacity ? 2 * b->capacity : 32;
        struct binding *list = realloc(b->list, capacity * sizeof(*list));
        if (!list)
            return -ENOMEM;
        b->list = list;
        b->capacity = capacity;
    }
    b->list[b->count++] = (struct binding){key, *v};
    return 0;
}

/* ---- Instructions --------------------------------------------------------------------------------------------------------- */

static int refuse(struct interpreter *in, LLVMValueRef instruction)
{
    char *text = LLVMPrintValueToString(instruction);

    pvg_error_set(in->err, "static initialiser: cannot evaluate%.200s", text);
    LLVMDisposeMessage(text);
    return -ENOTSUP;
}

static bool operand(const struct interpreter *in, LLVMValueRef v, struct value *out)
{
    const struct value *have = find(&in->locals, v);

    if (have) {
        *out = *have;
        return true;
    }
    return LLVMIsAConstant(v) && from_constant(v, out);
}

static bool integer_op(LLVMOpcode op, unsigned width, uint64_t a, uint64_t b, uint64_t *out)
{
    int64_t sa = sign_extend(a, width), sb = sign_extend(b, width);

    switch (op) {
    case LLVMAdd:
        *out = a + b;
        break;
    case LLVMSub:
        *out = a - b;
        break;
    case LLVMMul:
        *out = a * b;
        break;
    case LLVMAnd:
        *out = a & b;
        break;
    case LLVMOr:
        *out = a | b;
        break;
    case LLVMXor:
        *out = a ^ b;
        break;
    case LLVMShl:
        *out = b < width ? a << b : 0;
        break;
    case LLVMLShr:
        *out = b < width ? a >> b : 0;
        break;
    case LLVMAShr:
        *out = (uint64_t)(sa >> (b < width ? b : width - 1));
        break;
    /* Division by an unset (zero) constant is undefined in the source; 0 keeps the unspecialised variant translatable. */
    case LLVMUDiv:
        *out = b ? a / b : 0;
        break;
    case LLVMURem:
        *out = b ? a % b : 0;
        break;
    case LLVMSDiv:
        *out = sb == 0 ? 0 : sb == -1 ? 0 - (uint64_t)sa : (uint64_t)(sa / sb);
        break;
    case LLVMSRem:
        *out = sb == 0 || sb == -1 ? 0 : (uint64_t)(sa % sb);
        break;
    default:
        return false;
    }
    *out = mask_to(*out, width);
    return true;
}

static bool float_op(LLVMOpcode op, double a, double b, double *out)
{
    switch (op) {
    case LLVMFAdd:
        *out = a + b;
        return true;
    case LLVMFSub:
        *out = a - b;
        return true;
    case LLVMFMul:
        *out = a * b;
        return true;
    case LLVMFDiv:
        *out = a / b;
        return true;
    case LLVMFRem:
        *out = fmod(a, b);
        return true;
    default:
        return false;
    }
}

static bool binary(const struct interpreter *in, LLVMValueRef i, struct value *out)
{
    LLVMTypeRef scalar = scalar_type(LLVMTypeOf(i));
    struct value a, b;

    if (!operand(in, LLVMGetOperand(i, 0), &a) || !operand(in, LLVMGetOperand(i, 1), &b) || !value_init(out, LLVMTypeOf(i)))
        return false;
    for (unsigned l = 0; l < out->lanes; l++) {
        bool ok = is_float(scalar) ? float_op(LLVMGetInstructionOpcode(i), a.lane[l].number, b.lane[l].number, &out->lane[l].number)
                                   : integer_op(LLVMGetInstructionOpcode(i), bit_width(scalar), a.lane[l].bits, b.lane[l].bits,
                                                &out->lane[l].bits);
        if (!ok)
            return false;
        if (is_float(scalar))
            out->lane[l].number = round_to(scalar, out->lane[l].number);
    }
    return true;
}

static bool compare_integers(LLVMIntPredicate predicate, unsigned width, uint64_t a, uint64_t b)
{
    int64_t sa = sign_extend(a, width), sb = sign_extend(b, width);

    switch (predicate) {
    case LLVMIntEQ:
        return a == b;
    case LLVMIntNE:
        return a != b;
    case LLVMIntUGT:
        return a > b;
    case LLVMIntUGE:
        return a >= b;
    case LLVMIntULT:
        return a < b;
    case LLVMIntULE:
        return a <= b;
    case LLVMIntSGT:
        return sa > sb;
    case LLVMIntSGE:
        return sa >= sb;
    case LLVMIntSLT:
        return sa < sb;
    default:
        return sa <= sb;
    }
}

/* The predicate's value is a bit set: 1 equal, 2 greater, 4 less, 8 unordered. */
static bool compare_floats(LLVMRealPredicate predicate, double a, double b)
{
    unsigned relation = isnan(a) || isnan(b) ? 8 : a == b ? 1 : a > b ? 2 : 4;
    return ((unsigned)predicate & relation) != 0;
}

static bool compare(const struct interpreter *in, LLVMValueRef i, struct value *out)
{
    struct value a, b;

    if (!operand(in, LLVMGetOperand(i, 0), &a) || !operand(in, LLVMGetOperand(i, 1), &b) || !value_init(out, LLVMTypeOf(i)))
        return false;
    for (unsigned l = 0; l < out->lanes; l++)
        out->lane[l].bits =
            LLVMGetInstructionOpcode(i) == LLVMFCmp
                ? compare_floats(LLVMGetFCmpPredicate(i), a.lane[l].number, b.lane[l].number)
                : compare_integers(LLVMGetICmpPredicate(i), bit_width(scalar_type(a.type)), a.lane[l].bits, b.lane[l].bits);
    return true;
}

static uint64_t float_to_int(double v, unsigned width, bool is_signed)
{
    double low = is_signed ? -ldexp(1, (int)width - 1) : 0, high = ldexp(1, (int)width - is_signed);

    if (!(v > low - 1 && v < high))
        return 0;
    return mask_to(is_signed ? (uint64_t)(int64_t)v : (uint64_t)v, width);
}

static bool cast_lane(LLVMOpcode op, LLVMTypeRef from, LLVMTypeRef to, union lane in, union lane *out)
{
    unsigned from_width = bit_width(from), to_width = bit_width(to);

    switch (op) {
    case LLVMZExt:
    case LLVMTrunc:
        out->bits = mask_to(in.bits, to_width);
        return true;
    case LLVMSExt:
        out->bits = mask_to((uint64_t)sign_extend(in.bits, from_width), to_width);
        return true;
    case LLVMUIToFP:
        out->number = round_to(to, (double)in.bits);
        return true;
    case LLVMSIToFP:
        out->number = round_to(to, (double)sign_extend(in.bits, from_width));
        return true;
    case LLVMFPToUI:
    case LLVMFPToSI:
        out->bits = float_to_int(in.number, to_width, op == LLVMFPToSI);
        return true;
    case LLVMFPExt:
    case LLVMFPTrunc:
        out->number = round_to(to, in.number);
        return true;
    default:
        return false;
    }
}

static bool cast(const struct interpreter *in, LLVMValueRef i, struct value *out)
{
    struct value a;

    if (!operand(in, LLVMGetOperand(i, 0), &a) || !value_init(out, LLVMTypeOf(i)))
        return false;
    if (LLVMGetInstructionOpcode(i) == LLVMBitCast) {
        if (a.type != out->type)
            return false;
        *out = a;
        return true;
    }
    for (unsigned l = 0; l < out->lanes; l++)
        if (!cast_lane(LLVMGetInstructionOpcode(i), scalar_type(a.type), scalar_type(out->type), a.lane[l], &out->lane[l]))
            return false;
    return true;
}

static bool choose(const struct interpreter *in, LLVMValueRef i, struct value *out)
{
    struct value c, a, b;

    if (!operand(in, LLVMGetOperand(i, 0), &c) || !operand(in, LLVMGetOperand(i, 1), &a) || !operand(in, LLVMGetOperand(i, 2), &b))
        return false;
    *out = a;
    for (unsigned l = 0; l < a.lanes; l++)
        out->lane[l] = c.lane[c.lanes > 1 ? l : 0].bits ? a.lane[l] : b.lane[l];
    return true;
}

static bool vector_op(const struct interpreter *in, LLVMValueRef i, struct value *out)
{
    bool insert = LLVMGetInstructionOpcode(i) == LLVMInsertElement;
    struct value v, element, index;

    if (!operand(in, LLVMGetOperand(i, 0), &v) || !operand(in, LLVMGetOperand(i, insert ? 2 : 1), &index) ||
        index.lane[0].bits >= v.lanes)
        return false;
    if (!insert) {
        if (!value_init(out, LLVMTypeOf(i)))
            return false;
        out->lane[0] = v.lane[index.lane[0].bits];
        return true;
    }
    if (!operand(in, LLVMGetOperand(i, 1), &element))
        return false;
    *out = v;
    out->lane[index.lane[0].bits] = element.lane[0];
    return true;
}

static bool load(const struct interpreter *in, LLVMValueRef i, struct value *out)
{
    LLVMValueRef global = LLVMGetOperand(i, 0);
    const struct value *stored;

    if (!LLVMIsAGlobalVariable(global))
        return false;
    stored = find(&in->globals, global);
    if (stored)
        *out = *stored;
    else if (!LLVMGetInitializer(global) || !from_constant(LLVMGetInitializer(global), out))
        return false;
    return out->type == LLVMTypeOf(i);
}

static const struct pvg_air_fc *constant_of(const struct interpreter *in, LLVMValueRef v)
{
    for (size_t i = 0; i < in->constant_count; i++) {
        const struct pvg_air_fc *fc = &in->constants[i];
        if (fc->global == v || (LLVMIsAConstantInt(v) && LLVMConstIntGetZExtValue(v) == fc->index))
            return fc;
    }
    return NULL;
}

static bool name_starts(LLVMValueRef function, const char *prefix)
{
    size_t length;
    const char *name = LLVMGetValueName2(function, &length);

    return length >= strlen(prefix) && memcmp(name, prefix, strlen(prefix)) == 0;
}

/* Predicate helpers map non-zero to 1; the definedness query asks about the constant that its argument names. */
static bool helper(const struct interpreter *in, LLVMValueRef call, LLVMValueRef callee, struct value *out)
{
    struct value a;

    if (LLVMGetNumArgOperands(call) != 1 || !value_init(out, LLVMTypeOf(call)))
        return false;
    if (name_starts(callee, "air.is_function_constant_defined")) {
        const struct pvg_air_fc *fc = constant_of(in, LLVMGetOperand(call, 0));
        out->lane[0].bits = fc && fc->supplied;
        return fc != NULL;
    }
    if (!name_starts(callee, "air.normalize_function_constant_predicate") &&
        !name_starts(callee, "air.function_constant_predicate"))
        return false;
    if (!operand(in, LLVMGetOperand(call, 0), &a))
        return false;
    out->lane[0].bits = a.lane[0].bits != 0;
    return true;
}

static bool step(const struct interpreter *in, LLVMValueRef i, struct value *out)
{
    LLVMOpcode op = LLVMGetInstructionOpcode(i);

    if (op == LLVMLoad)
        return load(in, i, out);
    if (op == LLVMICmp || op == LLVMFCmp)
        return compare(in, i, out);
    if (op == LLVMSelect)
        return choose(in, i, out);
    if (op == LLVMExtractElement || op == LLVMInsertElement)
        return vector_op(in, i, out);
    if (LLVMIsACastInst(i))
        return cast(in, i, out);
    if (LLVMIsABinaryOperator(i))
        return binary(in, i, out);
    if (op == LLVMFreeze)
        return operand(in, LLVMGetOperand(i, 0), out);
    if (op == LLVMFNeg) {
        if (!operand(in, LLVMGetOperand(i, 0), out))
            return false;
        for (unsigned l = 0; l < out->lanes; l++)
            out->lane[l].number = -out->lane[l].number;
        return true;
    }
    return false;
}

static int store(struct interpreter *in, LLVMValueRef i)
{
    LLVMValueRef global = LLVMGetOperand(i, 1);
    struct value v;

    if (!LLVMIsAGlobalVariable(global) || !operand(in, LLVMGetOperand(i, 0), &v) || v.type != LLVMGlobalGetValueType(global))
        return refuse(in, i);
    return bind(&in->globals, global, &v);
}

static int run_function(struct interpreter *in, LLVMValueRef function, unsigned depth);

static int call(struct interpreter *in, LLVMValueRef i, unsigned depth)
{
    LLVMValueRef callee = LLVMGetCalledValue(i);
    struct value v;

    if (!LLVMIsAFunction(callee))
        return refuse(in, i);
    if (LLVMGetNumArgOperands(i) == 0 && LLVMCountBasicBlocks(callee) && LLVMGetTypeKind(LLVMTypeOf(i)) == LLVMVoidTypeKind)
        return depth < MAX_CALL_DEPTH ? run_function(in, callee, depth + 1) : refuse(in, i);
    if (!helper(in, i, callee, &v))
        return refuse(in, i);
    return bind(&in->locals, i, &v);
}

/* Values of the phis at the head of `block` when entered from `from`, all read before any is written. */
static int enter_block(struct interpreter *in, LLVMBasicBlockRef block, LLVMBasicBlockRef from, LLVMValueRef *first)
{
    struct bindings incoming = {0};
    LLVMValueRef i = LLVMGetFirstInstruction(block);
    int rc = 0;

    for (; !rc && i && LLVMIsAPHINode(i); i = LLVMGetNextInstruction(i)) {
        struct value v;
        bool found = false;
        for (unsigned k = 0; k < LLVMCountIncoming(i) && !found; k++)
            found = LLVMGetIncomingBlock(i, k) == from && operand(in, LLVMGetIncomingValue(i, k), &v);
        rc = found ? bind(&incoming, i, &v) : refuse(in, i);
    }
    for (size_t k = 0; !rc && k < incoming.count; k++)
        rc = bind(&in->locals, incoming.list[k].key, &incoming.list[k].value);
    free(incoming.list);
    *first = i;
    return rc;
}

static LLVMBasicBlockRef branch(const struct interpreter *in, LLVMValueRef i)
{
    struct value c;

    if (!LLVMIsConditional(i))
        return LLVMGetSuccessor(i, 0);
    if (!operand(in, LLVMGetCondition(i), &c))
        return NULL;
    return LLVMGetSuccessor(i, c.lane[0].bits ? 0 : 1);
}

static int run_function(struct interpreter *in, LLVMValueRef function, unsigned depth)
{
    LLVMBasicBlockRef block = LLVMGetEntryBasicBlock(function), from = NULL;

    while (block) {
        LLVMBasicBlockRef next = NULL;
        LLVMValueRef i;
        int rc = enter_block(in, block, from, &i);

        for (; !rc && i; i = LLVMGetNextInstruction(i)) {
            struct value v;
            LLVMOpcode op = LLVMGetInstructionOpcode(i);

            if (++in->steps > MAX_STEPS) {
                pvg_error_set(in->err, "static initialiser takes more than %d steps", MAX_STEPS);
                return -ENOTSUP;
            }
            if (op == LLVMRet)
                return 0;
            if (op == LLVMBr) {
                next = branch(in, i);
                rc = next ? 0 : refuse(in, i);
            } else if (op == LLVMStore) {
                rc = store(in, i);
            } else if (op == LLVMCall) {
                rc = call(in, i, depth);
            } else {
                rc = step(in, i, &v) ? bind(&in->locals, i, &v) : refuse(in, i);
            }
        }
        if (rc)
            return rc;
        from = block;
        block = next;
    }
    return 0;
}

/* ---- The module ----------------------------------------------------------------------------------------------------------- */

static int bind_constants(struct interpreter *in)
{
    for (size_t i = 0; i < in->constant_count; i++) {
        const struct pvg_air_fc *fc = &in->constants[i];
        LLVMTypeRef type = LLVMGlobalGetValueType(fc->global);
        struct value v;
        int rc;

        if (!value_init(&v, type)) {
            pvg_error_set(in->err, "function constant %.128s has an unsupported type", fc->name);
            return -ENOTSUP;
        }
        /* A value of more than 64 bits has no transport; its lanes stay 0. */
        if (v.lanes == 1 && is_float(type))
            v.lane[0].number = number_from_bits(type, mask_to(fc->bits, bit_width(type)));
        else if (v.lanes == 1)
            v.lane[0].bits = mask_to(fc->bits, bit_width(type));
        rc = bind(&in->globals, fc->global, &v);
        if (rc)
            return rc;
    }
    return 0;
}

static int run_initialisers(struct interpreter *in, LLVMValueRef ctors)
{
    LLVMValueRef list = LLVMGetInitializer(ctors);
    int rc = 0;

    if (!list || LLVMGetTypeKind(LLVMTypeOf(list)) != LLVMArrayTypeKind || LLVMIsNull(list))
        return 0;
    uint64_t count = LLVMGetArrayLength2(LLVMTypeOf(list));
    for (uint64_t i = 0; !rc && i < count && i < MAX_STEPS; i++) {
        LLVMValueRef item = LLVMGetAggregateElement(list, (unsigned)i);
        LLVMValueRef function =
            item && LLVMGetTypeKind(LLVMTypeOf(item)) == LLVMStructTypeKind ? LLVMGetAggregateElement(item, 1) : NULL;

        if (!function || !LLVMIsAFunction(function) || !LLVMCountBasicBlocks(function))
            continue;
        rc = run_function(in, function, 0);
    }
    return rc;
}

static bool called(LLVMValueRef function)
{
    for (LLVMUseRef use = LLVMGetFirstUse(function); use; use = LLVMGetNextUse(use))
        if (LLVMIsAInstruction(LLVMGetUser(use)))
            return true;
    return false;
}

static void delete_initialisers(LLVMValueRef ctors)
{
    LLVMValueRef list = LLVMGetInitializer(ctors);
    uint64_t count = list && LLVMGetTypeKind(LLVMTypeOf(list)) == LLVMArrayTypeKind ? LLVMGetArrayLength2(LLVMTypeOf(list)) : 0;
    LLVMValueRef functions[32];
    size_t n = 0;

    for (uint64_t i = 0; i < count && n < sizeof(functions) / sizeof(functions[0]); i++) {
        LLVMValueRef item = LLVMGetAggregateElement(list, (unsigned)i);
        LLVMValueRef f = item && LLVMGetTypeKind(LLVMTypeOf(item)) == LLVMStructTypeKind ? LLVMGetAggregateElement(item, 1) : NULL;
        bool seen = false;
        for (size_t k = 0; k < n; k++)
            seen |= functions[k] == f;
        if (f && LLVMIsAFunction(f) && !seen)
            functions[n++] = f;
    }
    LLVMDeleteGlobal(ctors);
    for (size_t k = 0; k < n; k++) {
        if (called(functions[k]))
            continue;
        /* What is left are constants of the deleted list, which LLVM keeps for the context's life. */
        LLVMReplaceAllUsesWith(functions[k], LLVMConstNull(LLVMTypeOf(functions[k])));
        LLVMDeleteFunction(functions[k]);
    }
}

/* Definedness queries in ordinary code become constants. */
static void fold_queries(const struct interpreter *in, LLVMModuleRef module)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f)) {
        if (!name_starts(f, "air.is_function_constant_defined"))
            continue;
        for (LLVMUseRef use = LLVMGetFirstUse(f); use; use = LLVMGetNextUse(use)) {
            LLVMValueRef user = LLVMGetUser(use);
            struct value v;
            if (LLVMIsACallInst(user) && LLVMGetCalledValue(user) == f && helper(in, user, f, &v))
                LLVMReplaceAllUsesWith(user, to_constant(&v));
        }
    }
}

int pvg_air_constants_apply(LLVMModuleRef module, const struct pvg_air_fc *constants, size_t count, struct pvg_error *err)
{
    struct interpreter in = {.constants = constants, .constant_count = count, .err = err};
    LLVMValueRef ctors = LLVMGetNamedGlobal(module, "llvm.global_ctors");
    int rc = bind_constants(&in);

    if (!rc && ctors)
        rc = run_initialisers(&in, ctors);
    if (!rc) {
        for (size_t i = 0; i < in.globals.count; i++) {
            LLVMValueRef global = in.globals.list[i].key;
            LLVMSetInitializer(global, to_constant(&in.globals.list[i].value));
            LLVMSetExternallyInitialized(global, 0);
            LLVMSetGlobalConstant(global, 1);
        }
        if (ctors)
            delete_initialisers(ctors);
        fold_queries(&in, module);
    }
    free(in.globals.list);
    free(in.locals.list);
    return rc;
}

uint8_t pvg_air_constant_size(LLVMTypeRef type)
{
    struct value v;

    if (!value_init(&v, type))
        return 0;
    unsigned lanes = v.lanes == 3 ? 4 : v.lanes;
    return (uint8_t)(lanes * ((bit_width(scalar_type(type)) + 7) / 8));
}

bool pvg_air_constant_is_true(LLVMValueRef global)
{
    LLVMValueRef value = LLVMIsAGlobalVariable(global) ? LLVMGetInitializer(global) : NULL;

    return value && LLVMIsAConstantInt(value) && !LLVMIsNull(value);
}
