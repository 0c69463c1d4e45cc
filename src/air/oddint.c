/* SPDX-License-Identifier: MIT */
#include "air/oddint.h"

#include <string.h>

/**
 * Most bits of an integer. One of up to 64 bits is kept in the next wider type that there is, others in words of 32 bits; the bits
 * beyond its width are zeros.
 */
enum { MOST_BITS = 512, MOST_WORDS = MOST_BITS / 32, MOST_DEPTH = 400 };

struct number {
    unsigned width, count; /**< Bits, words. */
    unsigned word;         /**< Bits of a word. */
    LLVMValueRef part[MOST_WORDS];
};

struct rewrite {
    struct pvg_at *at;
    LLVMBuilderRef b;
    struct pvg_ptrmap known; /**< Values of odd types -> struct number. */
    unsigned depth;
};

static bool number_of(struct rewrite *r, LLVMValueRef v, struct number *out);

static bool is_integer(LLVMTypeRef type)
{
    return LLVMGetTypeKind(type) == LLVMIntegerTypeKind;
}

static bool is_plain_width(unsigned w)
{
    return w == 1 || w == 8 || w == 16 || w == 32 || w == 64;
}

bool pvg_at_is_odd(LLVMTypeRef type)
{
    if (LLVMGetTypeKind(type) == LLVMVectorTypeKind)
        type = LLVMGetElementType(type);
    return is_integer(type) && !is_plain_width(LLVMGetIntTypeWidth(type));
}

static bool is_mask(LLVMTypeRef type)
{
    return LLVMGetTypeKind(type) == LLVMVectorTypeKind && is_integer(LLVMGetElementType(type)) &&
           LLVMGetIntTypeWidth(LLVMGetElementType(type)) == 1;
}

bool pvg_at_is_mask_cast(LLVMValueRef inst)
{
    return LLVMIsABitCastInst(inst) && is_mask(LLVMTypeOf(inst)) != is_mask(LLVMTypeOf(LLVMGetOperand(inst, 0)));
}

/* ---- Words ------------------------------------------------------------------------------------------------------------------ */

static LLVMTypeRef int_type(struct rewrite *r, unsigned bits)
{
    return LLVMIntTypeInContext(r->at->mod.context, bits);
}

static LLVMValueRef constant(struct rewrite *r, unsigned bits, uint64_t v)
{
    return LLVMConstInt(int_type(r, bits), v, 0);
}

static struct number shape(unsigned width)
{
    struct number n = {.width = width, .count = 1, .word = 8};
    while (n.word < width && n.word < 64)
        n.word *= 2;
    if (width > 64) {
        n.word = 32;
        n.count = (width + 31) / 32;
    }
    return n;
}

static LLVMValueRef resize(struct rewrite *r, LLVMValueRef v, unsigned bits)
{
    unsigned have = LLVMGetIntTypeWidth(LLVMTypeOf(v));
    if (have == bits)
        return v;
    return have < bits ? LLVMBuildZExt(r->b, v, int_type(r, bits), "") : LLVMBuildTrunc(r->b, v, int_type(r, bits), "");
}

static LLVMValueRef shift(struct rewrite *r, LLVMOpcode op, LLVMValueRef v, unsigned n)
{
    return n ? LLVMBuildBinOp(r->b, op, v, constant(r, LLVMGetIntTypeWidth(LLVMTypeOf(v)), n), "") : v;
}

/** Zeros beyond the width. */
static void trim(struct rewrite *r, struct number *n)
{
    unsigned used = n->width - (n->count - 1) * n->word;
    if (used < n->word)
        n->part[n->count - 1] = LLVMBuildAnd(r->b, n->part[n->count - 1], constant(r, n->word, (UINT64_C(1) << used) - 1), "");
}

/** The last word with its sign in the bits beyond the width. */
static LLVMValueRef signed_top(struct rewrite *r, const struct number *n)
{
    unsigned unused = n->count * n->word - n->width;
    return shift(r, LLVMAShr, shift(r, LLVMShl, n->part[n->count - 1], unused), unused);
}

/** Bits `at` to `at + bits - 1`, which lie in one word or are whole words, as an integer. */
static LLVMValueRef get_bits(struct rewrite *r, const struct number *n, unsigned at, unsigned bits)
{
    LLVMValueRef v = resize(r, shift(r, LLVMLShr, n->part[at / n->word], at % n->word), bits);
    if (bits > n->word && at / n->word + 1 < n->count)
        v = LLVMBuildOr(r->b, v, shift(r, LLVMShl, resize(r, n->part[at / n->word + 1], bits), n->word), "");
    return v;
}

/** Put an integer to such a place, which holds zeros. */
static void put_bits(struct rewrite *r, struct number *n, unsigned at, LLVMValueRef v)
{
    unsigned bits = LLVMGetIntTypeWidth(LLVMTypeOf(v)), k = at / n->word;
    LLVMValueRef low = shift(r, LLVMShl, resize(r, v, n->word), at % n->word);
    n->part[k] = n->part[k] ? LLVMBuildOr(r->b, n->part[k], low, "") : low;
    if (bits > n->word && k + 1 < n->count)
        n->part[k + 1] = resize(r, shift(r, LLVMLShr, v, n->word), n->word);
}

static void fill_up(struct rewrite *r, struct number *n)
{
    for (unsigned i = 0; i < n->count; i++)
        if (!n->part[i])
            n->part[i] = constant(r, n->word, 0);
}

/* ---- Conversions ------------------------------------------------------------------------------------------------------------ */

static struct number convert(struct rewrite *r, struct number x, unsigned width, bool sign)
{
    struct number n = shape(width);
    LLVMValueRef top = sign ? signed_top(r, &x) : x.part[x.count - 1], rest = NULL;
    x.part[x.count - 1] = top;
    if (x.count == 1 && n.count == 1) {
        if (sign && x.word < n.word)
            n.part[0] = LLVMBuildSExt(r->b, top, int_type(r, n.word), "");
        else
            n.part[0] = resize(r, top, n.word);
        trim(r, &n);
        return n;
    }
    if (x.count == 1) { /* In words of 32 bits. */
        LLVMValueRef wide = sign && x.word < 64 ? LLVMBuildSExt(r->b, top, int_type(r, 64), "") : resize(r, top, 64);
        x = (struct number){.width = 64, .count = 2, .word = 32};
        x.part[0] = resize(r, wide, 32);
        x.part[1] = top = resize(r, shift(r, LLVMLShr, wide, 32), 32);
    }
    rest = sign ? shift(r, LLVMAShr, top, 31) : constant(r, 32, 0);
    struct number words = {.width = width, .count = (width + 31) / 32, .word = 32};
    for (unsigned i = 0; i < words.count; i++)
        words.part[i] = i < x.count ? x.part[i] : rest;
    if (n.count > 1)
        n = words;
    else
        n.part[0] = resize(r, get_bits(r, &words, 0, width > 32 ? 64 : 32), n.word);
    trim(r, &n);
    return n;
}

/** An integer of a plain width as a number. */
static struct number from_plain(struct rewrite *r, LLVMValueRef v)
{
    struct number n = shape(LLVMGetIntTypeWidth(LLVMTypeOf(v)));
    n.part[0] = resize(r, v, n.word);
    return n;
}

static bool operand(struct rewrite *r, LLVMValueRef inst, unsigned i, struct number *out)
{
    LLVMValueRef v = LLVMGetOperand(inst, i);
    if (!is_integer(LLVMTypeOf(v)))
        return false;
    if (pvg_at_is_odd(LLVMTypeOf(v)))
        return number_of(r, v, out);
    *out = from_plain(r, v);
    return true;
}

static bool constant_number(struct rewrite *r, LLVMValueRef v, struct number *n)
{
    for (unsigned i = 0; i < n->count; i++) {
        if (!LLVMIsAConstantInt(v)) { /* Undefined: zero. */
            n->part[i] = constant(r, n->word, 0);
            continue;
        }
        LLVMValueRef high = i ? LLVMBuildLShr(r->b, v, LLVMConstInt(LLVMTypeOf(v), i * n->word, 0), "") : v;
        n->part[i] = resize(r, high, n->word);
    }
    return LLVMIsAConstantInt(v) || LLVMIsUndef(v) || LLVMIsPoison(v);
}

static unsigned element_width(LLVMTypeRef type)
{
    switch (LLVMGetTypeKind(type)) {
    case LLVMIntegerTypeKind:
        return LLVMGetIntTypeWidth(type);
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

static bool plain_elements(LLVMTypeRef type)
{
    bool vector = LLVMGetTypeKind(type) == LLVMVectorTypeKind;
    return is_plain_width(element_width(vector ? LLVMGetElementType(type) : type));
}

/** Bit cast of a vector or float to an integer. */
static bool gather_bits(struct rewrite *r, LLVMValueRef v, struct number *n)
{
    LLVMTypeRef type = LLVMTypeOf(v);
    bool vector = LLVMGetTypeKind(type) == LLVMVectorTypeKind;
    LLVMTypeRef element = vector ? LLVMGetElementType(type) : type;
    unsigned bits = element_width(element), lanes = vector ? LLVMGetVectorSize(type) : 1;
    if (!plain_elements(type) || bits * lanes > n->count * n->word)
        return false;
    for (unsigned i = 0; i < lanes; i++) {
        LLVMValueRef e = vector ? LLVMBuildExtractElement(r->b, v, constant(r, 32, i), "") : v;
        put_bits(r, n, i * bits, is_integer(element) ? e : LLVMBuildBitCast(r->b, e, int_type(r, bits), ""));
    }
    fill_up(r, n);
    return true;
}

static LLVMValueRef scatter_bits(struct rewrite *r, const struct number *n, LLVMTypeRef type)
{
    bool vector = LLVMGetTypeKind(type) == LLVMVectorTypeKind;
    LLVMTypeRef element = vector ? LLVMGetElementType(type) : type;
    unsigned bits = element_width(element), lanes = vector ? LLVMGetVectorSize(type) : 1;
    LLVMValueRef v = LLVMGetPoison(type);
    if (!plain_elements(type) || bits * lanes > n->count * n->word)
        return NULL;
    for (unsigned i = 0; i < lanes; i++) {
        LLVMValueRef e = get_bits(r, n, i * bits, bits);
        if (!is_integer(element))
            e = LLVMBuildBitCast(r->b, e, element, "");
        v = vector ? LLVMBuildInsertElement(r->b, v, e, constant(r, 32, i), "") : e;
    }
    return v;
}

/* ---- Arithmetic ------------------------------------------------------------------------------------------------------------- */

static LLVMValueRef wide(struct rewrite *r, LLVMValueRef v)
{
    return resize(r, v, 64);
}

/** Sum or difference of words: what is carried from one to the next is 0 or 1. */
static void add_words(struct rewrite *r, bool subtract, const struct number *x, const struct number *y, struct number *n)
{
    LLVMOpcode op = subtract ? LLVMSub : LLVMAdd;
    LLVMValueRef carry = constant(r, 64, 0);
    for (unsigned i = 0; i < n->count; i++) {
        LLVMValueRef t = LLVMBuildBinOp(r->b, op, wide(r, x->part[i]), wide(r, y->part[i]), "");
        t = LLVMBuildBinOp(r->b, op, t, carry, "");
        n->part[i] = resize(r, t, 32);
        carry = LLVMBuildAnd(r->b, shift(r, LLVMLShr, t, 32), constant(r, 64, 1), "");
    }
}

static void multiply_words(struct rewrite *r, const struct number *x, const struct number *y, struct number *n)
{
    for (unsigned i = 0; i < n->count; i++)
        n->part[i] = constant(r, 32, 0);
    for (unsigned i = 0; i < n->count; i++) {
        LLVMValueRef carry = constant(r, 64, 0);
        for (unsigned k = 0; i + k < n->count; k++) {
            LLVMValueRef t = LLVMBuildMul(r->b, wide(r, x->part[i]), wide(r, y->part[k]), "");
            t = LLVMBuildAdd(r->b, LLVMBuildAdd(r->b, t, wide(r, n->part[i + k]), ""), carry, "");
            n->part[i + k] = resize(r, t, 32);
            carry = shift(r, LLVMLShr, t, 32);
        }
    }
}

/** Shift of words by a known number of bits; `rest` comes in at the top. */
static void shift_words(struct rewrite *r, bool left, const struct number *x, unsigned by, LLVMValueRef rest, struct number *n)
{
    unsigned whole = by / 32, bits = by % 32;
    for (unsigned i = 0; i < n->count; i++) {
        LLVMValueRef zero = constant(r, 32, 0), near, far;
        if (left) {
            near = i >= whole ? x->part[i - whole] : zero;
            far = i >= whole + 1 ? x->part[i - whole - 1] : zero;
        } else {
            near = i + whole < x->count ? x->part[i + whole] : rest;
            far = i + whole + 1 < x->count ? x->part[i + whole + 1] : rest;
        }
        n->part[i] = shift(r, left ? LLVMShl : LLVMLShr, near, bits);
        if (bits)
            n->part[i] = LLVMBuildOr(r->b, n->part[i], shift(r, left ? LLVMLShr : LLVMShl, far, 32 - bits), "");
    }
}

/** Shifts by powers of two, each where the amount has that bit. */
static void shift_number(struct rewrite *r, LLVMOpcode op, struct number x, const struct number *y, struct number *n)
{
    LLVMValueRef rest = constant(r, 32, 0);
    if (op == LLVMAShr) {
        x.part[x.count - 1] = signed_top(r, &x);
        rest = shift(r, LLVMAShr, x.part[x.count - 1], 31);
    }
    *n = x;
    for (unsigned by = 1; by < x.width; by *= 2) {
        LLVMValueRef bit = LLVMBuildAnd(r->b, y->part[0], constant(r, 32, by), "");
        LLVMValueRef set = LLVMBuildICmp(r->b, LLVMIntNE, bit, constant(r, 32, 0), "");
        if (LLVMIsAConstantInt(set) && !LLVMConstIntGetZExtValue(set))
            continue;
        struct number moved = *n;
        shift_words(r, op == LLVMShl, n, by, rest, &moved);
        for (unsigned i = 0; i < n->count; i++)
            n->part[i] = LLVMBuildSelect(r->b, set, moved.part[i], n->part[i], "");
    }
}

static bool arithmetic(struct rewrite *r, LLVMOpcode op, struct number x, struct number y, struct number *n)
{
    bool is_signed = op == LLVMSDiv || op == LLVMSRem || op == LLVMAShr;
    bool logic = op == LLVMAnd || op == LLVMOr || op == LLVMXor;
    if (n->count == 1 || logic) {
        if (is_signed)
            x.part[0] = signed_top(r, &x);
        if (is_signed && op != LLVMAShr)
            y.part[0] = signed_top(r, &y);
        for (unsigned i = 0; i < n->count; i++)
            n->part[i] = LLVMBuildBinOp(r->b, op, x.part[i], y.part[i], "");
    } else if (op == LLVMAdd || op == LLVMSub) {
        add_words(r, op == LLVMSub, &x, &y, n);
    } else if (op == LLVMMul) {
        multiply_words(r, &x, &y, n);
    } else if (op == LLVMShl || op == LLVMLShr || op == LLVMAShr) {
        shift_number(r, op, x, &y, n);
    } else {
        return false;
    }
    trim(r, n);
    return true;
}

static LLVMValueRef compare(struct rewrite *r, LLVMIntPredicate p, struct number x, struct number y)
{
    bool is_signed = p == LLVMIntSGT || p == LLVMIntSGE || p == LLVMIntSLT || p == LLVMIntSLE;
    bool swapped = p == LLVMIntUGT || p == LLVMIntSGT || p == LLVMIntULE || p == LLVMIntSLE;
    bool negated = p == LLVMIntNE || p == LLVMIntUGE || p == LLVMIntSGE || p == LLVMIntULE || p == LLVMIntSLE;
    LLVMValueRef v = NULL;
    if (is_signed) {
        x.part[x.count - 1] = signed_top(r, &x);
        y.part[y.count - 1] = signed_top(r, &y);
    }
    for (unsigned i = 0; i < x.count; i++) {
        LLVMValueRef a = swapped ? y.part[i] : x.part[i], b = swapped ? x.part[i] : y.part[i];
        LLVMValueRef same = LLVMBuildICmp(r->b, LLVMIntEQ, a, b, "");
        if (p == LLVMIntEQ || p == LLVMIntNE) {
            v = v ? LLVMBuildAnd(r->b, v, same, "") : same;
            continue;
        }
        LLVMValueRef less = LLVMBuildICmp(r->b, is_signed && i + 1 == x.count ? LLVMIntSLT : LLVMIntULT, a, b, "");
        v = v ? LLVMBuildOr(r->b, less, LLVMBuildAnd(r->b, same, v, ""), "") : less;
    }
    return negated ? LLVMBuildNot(r->b, v, "") : v;
}

/* ---- Memory ----------------------------------------------------------------------------------------------------------------- */

/** Pieces of up to 4 bytes. */
static void access_pieces(struct rewrite *r, LLVMValueRef inst, LLVMValueRef pointer, struct number *n, bool store)
{
    unsigned bytes = (n->width + 7) / 8, align = LLVMGetAlignment(inst);
    for (unsigned at = 0, size; at < bytes; at += size) {
        size = bytes - at >= 4 ? 4 : bytes - at >= 2 ? 2 : 1;
        LLVMTypeRef type = int_type(r, size * 8);
        LLVMValueRef index = constant(r, 32, at), place = LLVMBuildGEP2(r->b, int_type(r, 8), pointer, &index, 1, ""), one;
        if (store)
            one = LLVMBuildStore(r->b, get_bits(r, n, at * 8, size * 8), place);
        else
            one = LLVMBuildLoad2(r->b, type, place, "");
        LLVMSetAlignment(one, (align | at) & -(align | at));
        LLVMSetVolatile(one, LLVMGetVolatile(inst));
        if (!store)
            put_bits(r, n, at * 8, one);
    }
}

/* ---- Instructions ----------------------------------------------------------------------------------------------------------- */

static bool min_or_max(struct rewrite *r, LLVMValueRef call, struct number *n)
{
    static const struct {
        const char *name;
        LLVMIntPredicate p;
    } ops[] = {{"llvm.umin.", LLVMIntULT}, {"llvm.umax.", LLVMIntUGT}, {"llvm.smin.", LLVMIntSLT}, {"llvm.smax.", LLVMIntSGT}};
    size_t length;
    LLVMValueRef callee = LLVMGetCalledValue(call);
    const char *name = LLVMIsAFunction(callee) ? LLVMGetValueName2(callee, &length) : "";
    struct number x, y;
    for (size_t k = 0; k < sizeof ops / sizeof *ops; k++) {
        if (strncmp(name, ops[k].name, 10))
            continue;
        if (!operand(r, call, 0, &x) || !operand(r, call, 1, &y))
            return false;
        LLVMPositionBuilderBefore(r->b, call);
        LLVMValueRef first = compare(r, ops[k].p, x, y);
        for (unsigned i = 0; i < n->count; i++)
            n->part[i] = LLVMBuildSelect(r->b, first, x.part[i], y.part[i], "");
        return true;
    }
    return false;
}

static bool make(struct rewrite *r, LLVMValueRef v, struct number *n)
{
    LLVMOpcode op = LLVMGetInstructionOpcode(v);
    struct number x = {0}, y = {0};
    unsigned first = op == LLVMSelect ? 1 : 0;
    bool binary = LLVMIsABinaryOperator(v) || op == LLVMSelect;
    bool one = op == LLVMZExt || op == LLVMSExt || op == LLVMTrunc || op == LLVMFreeze;
    LLVMPositionBuilderBefore(r->b, v);
    if (op == LLVMCall)
        return min_or_max(r, v, n);
    if ((binary || one) && !operand(r, v, first, &x))
        return false;
    if (binary && !operand(r, v, first + 1, &y))
        return false;
    LLVMPositionBuilderBefore(r->b, v); /* The operands were made where they are. */
    if (op == LLVMLoad) {
        access_pieces(r, v, LLVMGetOperand(v, 0), n, false);
        LLVMSetVolatile(v, 0); /* Nothing takes it any more. */
        fill_up(r, n);
        return true;
    }
    if (op == LLVMBitCast)
        return gather_bits(r, LLVMGetOperand(v, 0), n);
    if (op == LLVMFPToUI || op == LLVMFPToSI) {
        n->part[0] = LLVMBuildCast(r->b, op, LLVMGetOperand(v, 0), int_type(r, n->word), "");
        trim(r, n);
        return n->count == 1;
    }
    if (op == LLVMFreeze) {
        *n = x;
    } else if (one) {
        *n = convert(r, x, n->width, op == LLVMSExt);
    } else if (op == LLVMSelect) {
        for (unsigned i = 0; i < n->count; i++)
            n->part[i] = LLVMBuildSelect(r->b, LLVMGetOperand(v, 0), x.part[i], y.part[i], "");
    } else {
        return binary && arithmetic(r, op, x, y, n);
    }
    return true;
}

static bool make_phi(struct rewrite *r, LLVMValueRef phi, struct number *n)
{
    LLVMPositionBuilderBefore(r->b, phi);
    for (unsigned i = 0; i < n->count; i++)
        n->part[i] = LLVMBuildPhi(r->b, int_type(r, n->word), "");
    pvg_ptrmap_put(&r->at->arena, &r->known, phi, n);
    for (unsigned k = 0; k < LLVMCountIncoming(phi); k++) {
        LLVMValueRef v = LLVMGetIncomingValue(phi, k);
        LLVMBasicBlockRef from = LLVMGetIncomingBlock(phi, k);
        struct number x = {0};
        if (!number_of(r, v, &x))
            return false;
        for (unsigned i = 0; i < n->count; i++)
            LLVMAddIncoming(n->part[i], &x.part[i], &from, 1);
    }
    return true;
}

static bool number_of(struct rewrite *r, LLVMValueRef v, struct number *out)
{
    struct number *n = pvg_ptrmap_get(&r->known, v);
    unsigned width = is_integer(LLVMTypeOf(v)) ? LLVMGetIntTypeWidth(LLVMTypeOf(v)) : 0;
    if (n) {
        *out = *n;
        return n->width != 0;
    }
    if (!width || width > MOST_BITS || r->depth == MOST_DEPTH)
        return false;
    *out = shape(width);
    if (!LLVMIsAInstruction(v))
        return LLVMIsConstant(v) && constant_number(r, v, out);
    n = pvg_arena_alloc(&r->at->arena, sizeof *n);
    *n = *out;
    r->depth++;
    bool ok = LLVMIsAPHINode(v) ? make_phi(r, v, n) : make(r, v, n);
    r->depth--;
    if (!ok)
        n->width = 0; /* It stays, and what takes it stays. */
    pvg_ptrmap_put(&r->at->arena, &r->known, v, n);
    *out = *n;
    return ok;
}

/** A switch with the same blocks behind it. */
static void replace_switch(struct rewrite *r, LLVMValueRef inst, const struct number *n)
{
    unsigned cases = LLVMGetNumSuccessors(inst) - 1;
    LLVMPositionBuilderBefore(r->b, inst);
    LLVMValueRef s = LLVMBuildSwitch(r->b, n->part[0], LLVMGetSwitchDefaultDest(inst), cases);
    for (unsigned i = 0; i < cases; i++)
        LLVMAddCase(s, resize(r, LLVMGetOperand(inst, 2 + 2 * i), n->word), LLVMGetSuccessor(inst, i + 1));
    LLVMInstructionEraseFromParent(inst);
}

/** Value of a plain type that an instruction makes of numbers; NULL where there is none. */
static LLVMValueRef plain_result(struct rewrite *r, LLVMValueRef i)
{
    LLVMOpcode op = LLVMGetInstructionOpcode(i);
    LLVMTypeRef type = LLVMTypeOf(i);
    struct number x, y;
    if (op == LLVMBitCast && pvg_at_is_mask_cast(i) && is_integer(type)) {
        x = shape(LLVMGetIntTypeWidth(type));
        LLVMPositionBuilderBefore(r->b, i);
        return gather_bits(r, LLVMGetOperand(i, 0), &x) ? x.part[0] : NULL;
    }
    if (!operand(r, i, 0, &x) || (op == LLVMICmp && !operand(r, i, 1, &y)))
        return NULL;
    LLVMPositionBuilderBefore(r->b, i);
    switch (op) {
    case LLVMICmp:
        return compare(r, LLVMGetICmpPredicate(i), x, y);
    case LLVMTrunc:
    case LLVMZExt:
    case LLVMSExt:
        if (LLVMGetIntTypeWidth(type) == 1)
            return resize(r, x.part[0], 1);
        return convert(r, x, LLVMGetIntTypeWidth(type), op == LLVMSExt).part[0];
    case LLVMBitCast:
        return scatter_bits(r, &x, type);
    case LLVMUIToFP:
        return x.count == 1 ? LLVMBuildUIToFP(r->b, x.part[0], type, "") : NULL;
    case LLVMSIToFP:
        return x.count == 1 ? LLVMBuildSIToFP(r->b, signed_top(r, &x), type, "") : NULL;
    default:
        return NULL;
    }
}

static void replace(struct rewrite *r, LLVMValueRef i)
{
    LLVMOpcode op = LLVMGetInstructionOpcode(i);
    struct number x;
    if (op == LLVMStore) {
        if (operand(r, i, 0, &x)) {
            LLVMPositionBuilderBefore(r->b, i);
            access_pieces(r, i, LLVMGetOperand(i, 1), &x, true);
            LLVMInstructionEraseFromParent(i);
        }
    } else if (op == LLVMSwitch) {
        if (operand(r, i, 0, &x) && x.count == 1)
            replace_switch(r, i, &x);
    } else if (op == LLVMGetElementPtr) {
        for (unsigned k = 1; k < (unsigned)LLVMGetNumOperands(i); k++)
            if (pvg_at_is_odd(LLVMTypeOf(LLVMGetOperand(i, k))) && operand(r, i, k, &x)) {
                LLVMPositionBuilderBefore(r->b, i);
                LLVMSetOperand(i, k, convert(r, x, 64, true).part[0]);
            }
    } else {
        LLVMValueRef v = plain_result(r, i);
        if (v)
            LLVMReplaceAllUsesWith(i, v);
    }
}

/** Does an instruction of a plain type, or of none, take an odd one? */
static bool takes_odd(LLVMValueRef i)
{
    if (pvg_at_is_odd(LLVMTypeOf(i)))
        return false;
    if (pvg_at_is_mask_cast(i))
        return true;
    for (unsigned k = 0; k < (unsigned)LLVMGetNumOperands(i); k++) {
        LLVMValueRef v = LLVMGetOperand(i, k);
        if (!LLVMIsABasicBlock(v) && pvg_at_is_odd(LLVMTypeOf(v)))
            return true;
    }
    return false;
}

void pvg_at_widen_odd(struct pvg_at *at)
{
    struct rewrite r = {.at = at, .b = LLVMCreateBuilderInContext(at->mod.context)};
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(at->fn); b; b = LLVMGetNextBasicBlock(b)) {
        LLVMValueRef next;
        for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = next) {
            next = LLVMGetNextInstruction(i);
            if (takes_odd(i))
                replace(&r, i);
        }
    }
    LLVMDisposeBuilder(r.b);
}
