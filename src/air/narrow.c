/* SPDX-License-Identifier: MIT */
/*
 * Devices without 8-bit integers, 16-bit integers, 16-bit floats or access to memory in such pieces (spec 07 sections 6.3 and 6.5):
 * the finished module is rewritten so that it holds none of them. An integer is kept as 32 bits with zeros above its width, a half
 * as a 32-bit float with a value that a half can hold, rounded after every operation. Memory behind addresses is read a word at a
 * time; narrow stores are an atomic "and" and "or" of the word, so that bytes beside them stay what other threads make of them.
 */
#define SPV_ENABLE_UTILITY_CODE
#include "air/narrow.h"

#include <string.h>

/* The header has it as an inline function: this is its one definition. */
extern void SpvHasResultAndType(SpvOp opcode, bool *hasResult, bool *hasResultType);

/** What an id of the module is. */
struct id_info {
    uint32_t type;      /**< Of a value. */
    uint16_t op, width; /**< Of a type. */
    uint32_t elem, count;
    uint32_t alias;   /**< Type to write instead. */
    uint32_t address; /**< Pointers to narrow memory: the address. */
    bool strict;      /**< Decorated with NoContraction. */
};

struct constant {
    uint32_t type, value, id;
};

struct low {
    struct pvg_at *at;
    struct pvg_arena *arena;
    struct id_info *ids;
    uint32_t known, bound; /**< Ids of the module, and with new ones. */
    struct pvg_spv_words head, decorations, types, globals, constants, body;
    struct pvg_spv_words *out;
    uint32_t u32[5], f32[5], boolean[5], u64, pointer; /**< Indexed by lanes. */
    uint32_t glsl;
    bool has_addresses; /**< The module has 64-bit integers, which addresses are. */
    struct constant *cache;
    size_t cache_count, cache_cap;
};

static void put(struct low *l, struct pvg_spv_words *w, const uint32_t *words, size_t n)
{
    w->data = pvg_arena_grow(l->arena, w->data, &w->cap, w->count + n, sizeof *w->data);
    memcpy(w->data + w->count, words, n * sizeof *words);
    w->count += n;
}

static void put_op(struct low *l, struct pvg_spv_words *w, SpvOp op, const uint32_t *words, size_t n)
{
    uint32_t first = (uint32_t)(n + 1) << 16 | (uint32_t)op;
    put(l, w, &first, 1);
    put(l, w, words, n);
}

/** Instruction with a result that has the given id. */
static void value_as(struct low *l, SpvOp op, uint32_t type, uint32_t id, const uint32_t *words, size_t n)
{
    uint32_t first[3] = {(uint32_t)(n + 3) << 16 | (uint32_t)op, type, id};
    put(l, l->out, first, 3);
    put(l, l->out, words, n);
}

static uint32_t value(struct low *l, SpvOp op, uint32_t type, const uint32_t *words, size_t n)
{
    uint32_t id = l->bound++;
    value_as(l, op, type, id, words, n);
    return id;
}

static uint32_t constant(struct low *l, uint32_t type, uint32_t v)
{
    for (size_t i = 0; i < l->cache_count; i++)
        if (l->cache[i].type == type && l->cache[i].value == v)
            return l->cache[i].id;
    uint32_t id = l->bound++;
    put_op(l, &l->constants, SpvOpConstant, PVG_SPV(type, id, v));
    l->cache = pvg_arena_grow(l->arena, l->cache, &l->cache_cap, l->cache_count + 1, sizeof *l->cache);
    l->cache[l->cache_count++] = (struct constant){type, v, id};
    return id;
}

/** Constant in all lanes. */
static uint32_t splat(struct low *l, const uint32_t *types, unsigned lanes, uint32_t v)
{
    uint32_t scalar = constant(l, types[1], v);
    if (lanes == 1)
        return scalar;
    for (size_t i = 0; i < l->cache_count; i++)
        if (l->cache[i].type == types[lanes] && l->cache[i].value == v)
            return l->cache[i].id;
    uint32_t id = l->bound++, words[6] = {types[lanes], id, scalar, scalar, scalar, scalar};
    put_op(l, &l->constants, SpvOpConstantComposite, words, 2 + lanes);
    l->cache = pvg_arena_grow(l->arena, l->cache, &l->cache_cap, l->cache_count + 1, sizeof *l->cache);
    l->cache[l->cache_count++] = (struct constant){types[lanes], v, id};
    return id;
}

/* ---- Types ------------------------------------------------------------------------------------------------------------------- */

/** Scalar or vector of numbers, as the module declares it. */
struct shape {
    unsigned width, lanes;
    bool is_float;
};

static bool shape_of(const struct low *l, uint32_t type, struct shape *s)
{
    if (!type || type >= l->known)
        return false;
    const struct id_info *t = &l->ids[type];
    s->lanes = 1;
    if (t->op == SpvOpTypeVector) {
        s->lanes = t->count;
        t = &l->ids[t->elem];
    }
    s->width = t->width;
    s->is_float = t->op == SpvOpTypeFloat;
    return t->op == SpvOpTypeFloat || t->op == SpvOpTypeInt;
}

static bool is_narrow(const struct shape *s)
{
    return s->width == 8 || s->width == 16;
}

static bool narrow_type(const struct low *l, uint32_t type, struct shape *s)
{
    return shape_of(l, type, s) && is_narrow(s);
}

static uint32_t new_type(const struct low *l, uint32_t type)
{
    return type < l->known && l->ids[type].alias ? l->ids[type].alias : type;
}

/** The types that everything is made of, before all others. */
static void declare_types(struct low *l)
{
    l->u32[1] = l->bound++;
    l->f32[1] = l->bound++;
    l->boolean[1] = l->bound++;
    l->u64 = l->bound++;
    put_op(l, &l->types, SpvOpTypeInt, PVG_SPV(l->u32[1], 32, 0));
    put_op(l, &l->types, SpvOpTypeFloat, PVG_SPV(l->f32[1], 32));
    put_op(l, &l->types, SpvOpTypeBool, PVG_SPV(l->boolean[1]));
    if (l->has_addresses)
        put_op(l, &l->types, SpvOpTypeInt, PVG_SPV(l->u64, 64, 0));
    for (uint32_t n = 2; n <= 4; n++) {
        uint32_t *const all[3] = {l->u32, l->f32, l->boolean};
        for (unsigned k = 0; k < 3; k++) {
            all[k][n] = l->bound++;
            put_op(l, &l->types, SpvOpTypeVector, PVG_SPV(all[k][n], all[k][1], n));
        }
    }
    l->pointer = l->bound++;
    if (l->has_addresses)
        put_op(l, &l->types, SpvOpTypePointer, PVG_SPV(l->pointer, SpvStorageClassPhysicalStorageBuffer, l->u32[1]));
}

static uint32_t alias_of_vector(const struct low *l, uint32_t elem, uint32_t count)
{
    uint32_t e = new_type(l, elem);
    if (count > 4)
        return 0;
    return e == l->u32[1] ? l->u32[count] : e == l->f32[1] ? l->f32[count] : e == l->boolean[1] ? l->boolean[count] : 0;
}

/** @return true when the declaration is replaced by one of declare_types(). */
static bool note_type(struct low *l, SpvOp op, const uint32_t *w)
{
    struct id_info *t = &l->ids[w[1]];
    t->op = (uint16_t)op;
    switch (op) {
    case SpvOpTypeBool:
        t->alias = l->boolean[1];
        break;
    case SpvOpTypeInt:
        t->width = (uint16_t)w[2];
        if (w[2] < 32 || (w[2] == 32 && !w[3]))
            t->alias = l->u32[1];
        else if (w[2] == 64 && !w[3] && l->has_addresses)
            t->alias = l->u64;
        break;
    case SpvOpTypeFloat:
        t->width = (uint16_t)w[2];
        if (w[2] <= 32)
            t->alias = l->f32[1];
        break;
    case SpvOpTypeVector:
        t->elem = w[2];
        t->count = w[3];
        t->alias = alias_of_vector(l, w[2], w[3]);
        break;
    case SpvOpTypePointer:
        t->elem = w[3];
        t->count = w[2]; /* Storage class. */
        break;
    default:
        break;
    }
    return t->alias;
}

/** Operands of a type declaration that are types. */
static void rewrite_type(struct low *l, SpvOp op, const uint32_t *w, size_t n)
{
    uint32_t *copy = pvg_arena_array(l->arena, n, sizeof *copy);
    memcpy(copy, w, n * sizeof *copy);
    size_t first = 2, end = 2;
    switch (op) {
    case SpvOpTypeVector:
    case SpvOpTypeArray:
    case SpvOpTypeRuntimeArray:
    case SpvOpTypeImage:
        end = 3;
        break;
    case SpvOpTypeStruct:
    case SpvOpTypeFunction:
        end = n;
        break;
    case SpvOpTypePointer:
        first = 3;
        end = 4;
        break;
    default:
        break;
    }
    for (size_t i = first; i < end; i++)
        copy[i] = new_type(l, copy[i]);
    put(l, &l->globals, copy, n);
}

/* ---- Numbers ----------------------------------------------------------------------------------------------------------------- */

static uint32_t half_to_float_bits(uint32_t h)
{
    uint32_t sign = (h & 0x8000) << 16, e = h >> 10 & 31, m = h & 1023;
    if (e == 31)
        return sign | 0x7F800000 | m << 13;
    if (e)
        return sign | (e + 112) << 23 | m << 13;
    if (!m)
        return sign;
    unsigned shift = (unsigned)__builtin_clz(m) - 21;
    return sign | (113 - shift) << 23 | (m << shift & 1023) << 13;
}

static uint32_t masked(struct low *l, uint32_t x, unsigned lanes, unsigned width)
{
    return value(l, SpvOpBitwiseAnd, l->u32[lanes], PVG_SPV(x, splat(l, l->u32, lanes, (1u << width) - 1)));
}

static uint32_t sign_extended(struct low *l, uint32_t x, const struct shape *s)
{
    return value(l, SpvOpBitFieldSExtract, l->u32[s->lanes],
                 PVG_SPV(x, constant(l, l->u32[1], 0), constant(l, l->u32[1], s->width)));
}

/** Nearest value that a half can hold, ties to even. */
static uint32_t rounded(struct low *l, uint32_t x, unsigned n)
{
    uint32_t u = l->u32[n], f = l->f32[n], t = l->boolean[n];
    uint32_t bits = value(l, SpvOpBitcast, u, PVG_SPV(x));
    uint32_t sign = value(l, SpvOpBitwiseAnd, u, PVG_SPV(bits, splat(l, l->u32, n, 0x80000000u)));
    uint32_t m = value(l, SpvOpBitwiseXor, u, PVG_SPV(bits, sign));
    uint32_t odd = value(l, SpvOpShiftRightLogical, u, PVG_SPV(m, splat(l, l->u32, n, 13)));
    odd = value(l, SpvOpBitwiseAnd, u, PVG_SPV(odd, splat(l, l->u32, n, 1)));
    uint32_t r = value(l, SpvOpIAdd, u, PVG_SPV(m, splat(l, l->u32, n, 0xFFF)));
    r = value(l, SpvOpIAdd, u, PVG_SPV(r, odd));
    r = value(l, SpvOpBitwiseAnd, u, PVG_SPV(r, splat(l, l->u32, n, 0xFFFFE000u)));
    uint32_t over = value(l, SpvOpUGreaterThanEqual, t, PVG_SPV(r, splat(l, l->u32, n, 0x47800000)));
    r = value(l, SpvOpSelect, u, PVG_SPV(over, splat(l, l->u32, n, 0x7F800000), r));
    uint32_t nan = value(l, SpvOpUGreaterThan, t, PVG_SPV(m, splat(l, l->u32, n, 0x7F800000)));
    r = value(l, SpvOpSelect, u, PVG_SPV(nan, splat(l, l->u32, n, 0x7FC00000), r));
    /* Below the smallest normal half: steps of 2^-24, which is what floats around one half have. */
    uint32_t a = value(l, SpvOpBitcast, f, PVG_SPV(m)), half = splat(l, l->f32, n, 0x3F000000);
    a = value(l, SpvOpFAdd, f, PVG_SPV(a, half));
    put_op(l, &l->decorations, SpvOpDecorate, PVG_SPV(a, SpvDecorationNoContraction));
    a = value(l, SpvOpFSub, f, PVG_SPV(a, half));
    put_op(l, &l->decorations, SpvOpDecorate, PVG_SPV(a, SpvDecorationNoContraction));
    uint32_t small = value(l, SpvOpULessThan, t, PVG_SPV(m, splat(l, l->u32, n, 0x38800000)));
    r = value(l, SpvOpSelect, u, PVG_SPV(small, value(l, SpvOpBitcast, u, PVG_SPV(a)), r));
    r = value(l, SpvOpBitwiseOr, u, PVG_SPV(r, sign));
    return value(l, SpvOpBitcast, f, PVG_SPV(r));
}

static uint32_t ext(struct low *l, enum GLSLstd450 inst, uint32_t type, uint32_t x)
{
    return value(l, SpvOpExtInst, type, PVG_SPV(l->glsl, inst, x));
}

/** Pattern of one lane as a u32, and back. */
static uint32_t lane_bits(struct low *l, uint32_t x, const struct shape *s)
{
    if (!s->is_float)
        return x;
    if (s->width == 32)
        return value(l, SpvOpBitcast, l->u32[1], PVG_SPV(x));
    uint32_t pair = value(l, SpvOpCompositeConstruct, l->f32[2], PVG_SPV(x, constant(l, l->f32[1], 0)));
    return ext(l, GLSLstd450PackHalf2x16, l->u32[1], pair);
}

static uint32_t lane_from_bits(struct low *l, uint32_t bits, const struct shape *s)
{
    if (!s->is_float)
        return bits;
    if (s->width == 32)
        return value(l, SpvOpBitcast, l->f32[1], PVG_SPV(bits));
    return value(l, SpvOpCompositeExtract, l->f32[1], PVG_SPV(ext(l, GLSLstd450UnpackHalf2x16, l->f32[2], bits), 0));
}

static uint32_t lane_of(struct low *l, uint32_t x, const struct shape *s, unsigned i)
{
    uint32_t type = s->width == 64 ? l->u64 : s->is_float ? l->f32[1] : l->u32[1];
    return s->lanes == 1 ? x : value(l, SpvOpCompositeExtract, type, PVG_SPV(x, i));
}

static void finish_lanes(struct low *l, uint32_t type, uint32_t id, const uint32_t *parts, unsigned n)
{
    if (n == 1)
        value_as(l, SpvOpCopyObject, type, id, parts, 1);
    else
        value_as(l, SpvOpCompositeConstruct, type, id, parts, n);
}

/** Bits of `x` between patterns of any widths: 16 words at most. */
static unsigned to_words(struct low *l, uint32_t x, const struct shape *s, uint32_t *words)
{
    unsigned total = 0;
    for (unsigned i = 0; i < s->lanes; i++) {
        uint32_t lane = lane_of(l, x, s, i);
        if (s->width == 64) {
            uint32_t pair = s->is_float ? value(l, SpvOpBitcast, l->u64, PVG_SPV(lane)) : lane;
            uint32_t high = value(l, SpvOpShiftRightLogical, l->u64, PVG_SPV(pair, constant(l, l->u32[1], 32)));
            words[total++] = value(l, SpvOpUConvert, l->u32[1], PVG_SPV(pair));
            words[total++] = value(l, SpvOpUConvert, l->u32[1], PVG_SPV(high));
            continue;
        }
        uint32_t bits = lane_bits(l, lane, s);
        unsigned at = i * s->width % 32;
        if (at)
            bits = value(l, SpvOpShiftLeftLogical, l->u32[1], PVG_SPV(bits, constant(l, l->u32[1], at)));
        if (at)
            words[total - 1] = value(l, SpvOpBitwiseOr, l->u32[1], PVG_SPV(words[total - 1], bits));
        else
            words[total++] = bits;
    }
    return total;
}

static uint32_t lane_from_words(struct low *l, const uint32_t *words, const struct shape *s, unsigned i)
{
    if (s->width == 64) {
        uint32_t low = value(l, SpvOpUConvert, l->u64, PVG_SPV(words[2 * i]));
        uint32_t high = value(l, SpvOpUConvert, l->u64, PVG_SPV(words[2 * i + 1]));
        high = value(l, SpvOpShiftLeftLogical, l->u64, PVG_SPV(high, constant(l, l->u32[1], 32)));
        return value(l, SpvOpBitwiseOr, l->u64, PVG_SPV(low, high));
    }
    unsigned at = i * s->width % 32;
    uint32_t bits = words[i * s->width / 32];
    if (at)
        bits = value(l, SpvOpShiftRightLogical, l->u32[1], PVG_SPV(bits, constant(l, l->u32[1], at)));
    if (s->width < 32)
        bits = masked(l, bits, 1, s->width);
    return lane_from_bits(l, bits, s);
}

static void bitcast(struct low *l, const uint32_t *w, const struct shape *to, const struct shape *from)
{
    uint32_t words[16] = {0}, parts[16];
    to_words(l, w[3], from, words);
    for (unsigned i = 0; i < to->lanes; i++)
        parts[i] = lane_from_words(l, words, to, i);
    finish_lanes(l, new_type(l, w[1]), w[2], parts, to->lanes);
}

/* ---- Memory behind addresses
 * ------------------------------------------------------------------------------------------------------- */

static uint32_t plus(struct low *l, uint32_t address, uint32_t n)
{
    if (!n)
        return address;
    return value(l, SpvOpIAdd, l->u64, PVG_SPV(address, value(l, SpvOpUConvert, l->u64, PVG_SPV(constant(l, l->u32[1], n)))));
}

static uint32_t word_pointer(struct low *l, uint32_t address)
{
    return value(l, SpvOpConvertUToPtr, l->pointer, PVG_SPV(address));
}

/** Word that holds the byte at `address`, and where in it. */
static uint32_t enclosing_word(struct low *l, uint32_t address, uint32_t *shift)
{
    uint32_t low = value(l, SpvOpUConvert, l->u32[1], PVG_SPV(address));
    low = value(l, SpvOpBitwiseAnd, l->u32[1], PVG_SPV(low, constant(l, l->u32[1], 3)));
    *shift = value(l, SpvOpShiftLeftLogical, l->u32[1], PVG_SPV(low, constant(l, l->u32[1], 3)));
    return word_pointer(l, value(l, SpvOpISub, l->u64, PVG_SPV(address, value(l, SpvOpUConvert, l->u64, PVG_SPV(low)))));
}

/** Memory operands of `w` from word `first` on, for aligned words. @return their number. */
static size_t memory_operands(const uint32_t *w, size_t n, size_t first, uint32_t *out, unsigned *align)
{
    size_t count = 0;
    *align = 1;
    for (size_t i = first; i < n && count < 8; i++)
        out[count++] = w[i];
    if (!count)
        out[count++] = 0;
    if (out[0] & SpvMemoryAccessAlignedMask) {
        *align = out[1];
        out[1] = 4;
        return count;
    }
    memmove(out + 2, out + 1, (count - 1) * sizeof *out);
    out[0] |= SpvMemoryAccessAlignedMask;
    out[1] = 4;
    return count + 1;
}

static uint32_t load_word(struct low *l, uint32_t pointer, const uint32_t *operands, size_t count)
{
    uint32_t words[10] = {pointer};
    memcpy(words + 1, operands, count * sizeof *words);
    return value(l, SpvOpLoad, l->u32[1], words, count + 1);
}

static void load(struct low *l, const uint32_t *w, size_t n, const struct shape *s)
{
    uint32_t operands[10], words[16] = {0}, parts[4], address = l->ids[w[3]].address;
    unsigned align;
    size_t count = memory_operands(w, n, 4, operands, &align);
    unsigned bytes = s->width / 8;
    for (unsigned i = 0; i < s->lanes; i++) {
        if (align >= 4) {
            unsigned k = i * bytes / 4;
            if (!words[k])
                words[k] = load_word(l, word_pointer(l, plus(l, address, 4 * k)), operands, count);
            parts[i] = lane_from_words(l, words, s, i);
            continue;
        }
        uint32_t shift, p = enclosing_word(l, plus(l, address, i * bytes), &shift);
        uint32_t bits = value(l, SpvOpShiftRightLogical, l->u32[1], PVG_SPV(load_word(l, p, operands, count), shift));
        parts[i] = lane_from_bits(l, masked(l, bits, 1, s->width), s);
    }
    finish_lanes(l, new_type(l, w[1]), w[2], parts, s->lanes);
}

static void store(struct low *l, const uint32_t *w, size_t n, const struct shape *s)
{
    uint32_t operands[10], words[16] = {0}, address = l->ids[w[1]].address;
    unsigned align, bytes = s->width / 8;
    size_t count = memory_operands(w, n, 3, operands, &align);
    if (align >= 4 && bytes * s->lanes % 4 == 0) {
        unsigned total = to_words(l, w[2], s, words);
        for (unsigned k = 0; k < total; k++) {
            uint32_t all[10] = {word_pointer(l, plus(l, address, 4 * k)), words[k]};
            memcpy(all + 2, operands, (count < 8 ? count : 8) * sizeof *all);
            put_op(l, l->out, SpvOpStore, all, count + 2);
        }
        return;
    }
    uint32_t scope = constant(l, l->u32[1], SpvScopeQueueFamily), relaxed = constant(l, l->u32[1], 0);
    for (unsigned i = 0; i < s->lanes; i++) {
        uint32_t shift, p = enclosing_word(l, plus(l, address, i * bytes), &shift), bits = lane_bits(l, lane_of(l, w[2], s, i), s);
        uint32_t room = value(l, SpvOpShiftLeftLogical, l->u32[1], PVG_SPV(constant(l, l->u32[1], (1u << s->width) - 1), shift));
        uint32_t others = value(l, SpvOpNot, l->u32[1], PVG_SPV(room));
        bits = value(l, SpvOpShiftLeftLogical, l->u32[1], PVG_SPV(bits, shift));
        value(l, SpvOpAtomicAnd, l->u32[1], PVG_SPV(p, scope, relaxed, others));
        value(l, SpvOpAtomicOr, l->u32[1], PVG_SPV(p, scope, relaxed, bits));
    }
}

/* ---- Instructions
 * ------------------------------------------------------------------------------------------------------------------ */

/** What an operation needs so that 32 bits give the result of fewer. */
enum treatment {
    AS_IS,
    MASK,        /**< Bits above the width may be set afterwards. */
    SIGNED_BOTH, /**< Reads its operands as signed numbers. */
    SIGNED_FIRST,
    UNKNOWN,
};

static enum treatment treatment_of(SpvOp op)
{
    switch (op) {
    case SpvOpIAdd:
    case SpvOpISub:
    case SpvOpIMul:
    case SpvOpShiftLeftLogical:
    case SpvOpNot:
    case SpvOpSNegate:
    case SpvOpGroupNonUniformIAdd:
    case SpvOpGroupNonUniformIMul:
    case SpvOpConvertFToU:
    case SpvOpConvertFToS:
        return MASK;
    case SpvOpSDiv:
    case SpvOpSRem:
    case SpvOpSMod:
    case SpvOpSLessThan:
    case SpvOpSLessThanEqual:
    case SpvOpSGreaterThan:
    case SpvOpSGreaterThanEqual:
    case SpvOpConvertSToF:
    case SpvOpGroupNonUniformSMin:
    case SpvOpGroupNonUniformSMax:
        return SIGNED_BOTH;
    case SpvOpShiftRightArithmetic:
        return SIGNED_FIRST;
    case SpvOpFAdd:
    case SpvOpFSub:
    case SpvOpFMul:
    case SpvOpFDiv:
    case SpvOpFRem:
    case SpvOpFMod:
    case SpvOpFNegate:
    case SpvOpVectorTimesScalar:
    case SpvOpDot:
    case SpvOpConvertUToF:
    case SpvOpDPdx:
    case SpvOpDPdy:
    case SpvOpFwidth:
    case SpvOpDPdxCoarse:
    case SpvOpDPdyCoarse:
    case SpvOpDPdxFine:
    case SpvOpDPdyFine:
    case SpvOpGroupNonUniformFAdd:
    case SpvOpGroupNonUniformFMul:
        return MASK; /* That is, rounded. */
    case SpvOpBitwiseAnd:
    case SpvOpBitwiseOr:
    case SpvOpBitwiseXor:
    case SpvOpShiftRightLogical:
    case SpvOpUDiv:
    case SpvOpUMod:
    case SpvOpSelect:
    case SpvOpPhi:
    case SpvOpUndef:
    case SpvOpLoad:
    case SpvOpCopyObject:
    case SpvOpCompositeExtract:
    case SpvOpCompositeInsert:
    case SpvOpCompositeConstruct:
    case SpvOpVectorShuffle:
    case SpvOpVectorExtractDynamic:
    case SpvOpVectorInsertDynamic:
    case SpvOpGroupNonUniformBroadcast:
    case SpvOpGroupNonUniformBroadcastFirst:
    case SpvOpGroupNonUniformShuffle:
    case SpvOpGroupNonUniformShuffleXor:
    case SpvOpGroupNonUniformShuffleUp:
    case SpvOpGroupNonUniformShuffleDown:
    case SpvOpGroupNonUniformQuadBroadcast:
    case SpvOpGroupNonUniformQuadSwap:
    case SpvOpGroupNonUniformUMin:
    case SpvOpGroupNonUniformUMax:
    case SpvOpGroupNonUniformFMin:
    case SpvOpGroupNonUniformFMax:
    case SpvOpGroupNonUniformBitwiseAnd:
    case SpvOpGroupNonUniformBitwiseOr:
    case SpvOpGroupNonUniformBitwiseXor:
    case SpvOpImageSampleImplicitLod:
    case SpvOpImageSampleExplicitLod:
    case SpvOpImageFetch:
    case SpvOpImageRead:
    case SpvOpImageGather:
        return AS_IS;
    default:
        return UNKNOWN;
    }
}

static enum treatment treatment_of_ext(uint32_t inst)
{
    switch (inst) {
    case GLSLstd450SMin:
    case GLSLstd450SMax:
    case GLSLstd450SClamp:
    case GLSLstd450SAbs:
    case GLSLstd450SSign:
        return SIGNED_BOTH;
    case GLSLstd450UMin:
    case GLSLstd450UMax:
    case GLSLstd450UClamp:
    case GLSLstd450FAbs:
    case GLSLstd450FMin:
    case GLSLstd450FMax:
    case GLSLstd450NMin:
    case GLSLstd450NMax:
    case GLSLstd450Floor:
    case GLSLstd450Ceil:
    case GLSLstd450Trunc:
    case GLSLstd450RoundEven:
    case GLSLstd450FSign:
        return AS_IS;
    case GLSLstd450FrexpStruct:
    case GLSLstd450ModfStruct:
        return AS_IS; /* Fraction, integral part and exponent of a half are halves. */
    default:
        return MASK;
    }
}

static void convert_int(struct low *l, SpvOp op, const uint32_t *w, const struct shape *to, const struct shape *from)
{
    uint32_t x = w[3], type = new_type(l, w[1]), n = to->lanes;
    if (op == SpvOpSConvert && is_narrow(from))
        x = sign_extended(l, x, from);
    if (from->width == 64)
        x = value(l, SpvOpUConvert, l->u32[n], PVG_SPV(x));
    if (to->width == 64)
        value_as(l, op, type, w[2], PVG_SPV(x));
    else if (is_narrow(to) && (to->width < from->width || op == SpvOpSConvert))
        value_as(l, SpvOpBitwiseAnd, type, w[2], PVG_SPV(x, splat(l, l->u32, n, (1u << to->width) - 1)));
    else
        value_as(l, SpvOpCopyObject, type, w[2], PVG_SPV(x));
}

/** Give the operation's own result, made under another id, the form that a narrow value has. */
static void finish_value(struct low *l, uint32_t id, uint32_t raw, const struct shape *s)
{
    if (s->is_float) {
        uint32_t r = rounded(l, raw, s->lanes);
        value_as(l, SpvOpCopyObject, l->f32[s->lanes], id, &r, 1);
    } else {
        value_as(l, SpvOpBitwiseAnd, l->u32[s->lanes], id, PVG_SPV(raw, splat(l, l->u32, s->lanes, (1u << s->width) - 1)));
    }
}

static void keep_strict(struct low *l, uint32_t original, uint32_t id)
{
    if (l->ids[original].strict)
        put_op(l, &l->decorations, SpvOpDecorate, PVG_SPV(id, SpvDecorationNoContraction));
}

/** An instruction with a result. `first` is the first word that may be a narrow operand. */
static void arithmetic(struct low *l, SpvOp op, const uint32_t *w, size_t n, enum treatment how, size_t first)
{
    struct shape s, o;
    bool narrow = narrow_type(l, w[1], &s);
    uint32_t *copy = pvg_arena_array(l->arena, n, sizeof *copy);
    memcpy(copy, w, n * sizeof *copy);
    copy[1] = new_type(l, w[1]);
    if (narrow && how == UNKNOWN)
        pvg_at_refuse(l->at, "8-bit or 16-bit values in SPIR-V operation %u on a device without them", (unsigned)op);
    for (size_t i = first; (how == SIGNED_BOTH || how == SIGNED_FIRST) && i < n; i++) {
        if (w[i] < l->known && narrow_type(l, l->ids[w[i]].type, &o) && !o.is_float)
            copy[i] = sign_extended(l, w[i], &o);
        if (how == SIGNED_FIRST)
            break;
    }
    if (!narrow || how == AS_IS) {
        keep_strict(l, w[2], w[2]);
        put(l, l->out, copy, n);
        return;
    }
    copy[2] = l->bound++;
    keep_strict(l, w[2], copy[2]);
    put(l, l->out, copy, n);
    finish_value(l, w[2], copy[2], &s);
}

static bool plain_conversion(struct low *l, SpvOp op, const uint32_t *w)
{
    struct shape to, from;
    if (!shape_of(l, w[1], &to) || w[3] >= l->known || !shape_of(l, l->ids[w[3]].type, &from))
        return false;
    if (!is_narrow(&to) && !is_narrow(&from))
        return false;
    if (op == SpvOpBitcast) {
        bitcast(l, w, &to, &from);
    } else if (op == SpvOpFConvert) {
        uint32_t x = w[3], f32 = l->f32[to.lanes];
        if (from.width == 64)
            x = value(l, SpvOpFConvert, f32, PVG_SPV(x));
        if (to.width == 64)
            value_as(l, SpvOpFConvert, new_type(l, w[1]), w[2], &x, 1);
        else if (to.width == 32)
            value_as(l, SpvOpCopyObject, f32, w[2], &x, 1);
        else
            finish_value(l, w[2], x, &to);
    } else {
        convert_int(l, op, w, &to, &from);
    }
    return true;
}

static void instruction(struct low *l, SpvOp op, const uint32_t *w, size_t n)
{
    struct shape s;
    bool has_result, has_type;
    SpvHasResultAndType(op, &has_result, &has_type);
    switch (op) {
    case SpvOpConvertUToPtr:
        if (w[1] < l->known && narrow_type(l, l->ids[w[1]].elem, &s)) {
            l->ids[w[2]].address = w[3];
            return;
        }
        break;
    case SpvOpLoad:
        if (l->ids[w[3]].address && narrow_type(l, w[1], &s)) {
            load(l, w, n, &s);
            return;
        }
        break;
    case SpvOpStore:
        if (l->ids[w[1]].address && narrow_type(l, l->ids[w[2]].type, &s)) {
            store(l, w, n, &s);
            return;
        }
        break;
    case SpvOpUConvert:
    case SpvOpSConvert:
    case SpvOpFConvert:
    case SpvOpBitcast:
        if (plain_conversion(l, op, w))
            return;
        break;
    case SpvOpExtInst:
        arithmetic(l, op, w, n, treatment_of_ext(w[4]), 5);
        return;
    default:
        break;
    }
    if (has_result && has_type)
        arithmetic(l, op, w, n, treatment_of(op), 3);
    else
        put(l, l->out, w, n);
}

/* ---- The module
 * --------------------------------------------------------------------------------------------------------------------- */

static bool dropped_capability(uint32_t c)
{
    switch (c) {
    case SpvCapabilityInt8:
    case SpvCapabilityInt16:
    case SpvCapabilityFloat16:
    case SpvCapabilityStorageBuffer8BitAccess:
    case SpvCapabilityUniformAndStorageBuffer8BitAccess:
    case SpvCapabilityStoragePushConstant8:
    case SpvCapabilityStorageBuffer16BitAccess:
    case SpvCapabilityUniformAndStorageBuffer16BitAccess:
    case SpvCapabilityStoragePushConstant16:
        return true;
    default:
        return false;
    }
}

static void global(struct low *l, SpvOp op, const uint32_t *w, size_t n)
{
    struct shape s;
    bool has_result, has_type;
    SpvHasResultAndType(op, &has_result, &has_type);
    if (has_result && !has_type) { /* A type. */
        if (!note_type(l, op, w))
            rewrite_type(l, op, w, n);
        return;
    }
    if (!has_type) {
        put(l, &l->globals, w, n);
        return;
    }
    if (op == SpvOpConstant && narrow_type(l, w[1], &s)) {
        uint32_t bits = w[3] & ((1u << s.width) - 1);
        put_op(l, &l->globals, op, PVG_SPV(new_type(l, w[1]), w[2], s.is_float ? half_to_float_bits(bits) : bits));
        return;
    }
    uint32_t *copy = pvg_arena_array(l->arena, n, sizeof *copy);
    memcpy(copy, w, n * sizeof *copy);
    copy[1] = new_type(l, w[1]);
    put(l, &l->globals, copy, n);
}

static void header(struct low *l, SpvOp op, const uint32_t *w, size_t n)
{
    if (op == SpvOpCapability && dropped_capability(w[1]))
        return;
    if (op == SpvOpExecutionMode && w[2] >= SpvExecutionModeDenormPreserve && w[2] <= SpvExecutionModeRoundingModeRTZ && w[3] == 16)
        return;
    if (op == SpvOpExtInstImport)
        l->glsl = w[1];
    if (op == SpvOpDecorate && w[2] == SpvDecorationNoContraction) {
        l->ids[w[1]].strict = true;
        return;
    }
    put(l, &l->head, w, n);
}

static bool is_global(SpvOp op)
{
    return (op >= SpvOpTypeVoid && op <= SpvOpTypeForwardPointer) || (op >= SpvOpConstantTrue && op <= SpvOpSpecConstantOp) ||
           op == SpvOpVariable || op == SpvOpUndef || op == SpvOpTypeRayQueryKHR || op == SpvOpTypeAccelerationStructureKHR;
}

struct pvg_spv_words pvg_at_without_narrow_types(struct pvg_at *at, struct pvg_spv_words module)
{
    struct low low = {.at = at, .arena = &at->arena}, *l = &low;
    const uint32_t *in = module.data;
    enum { HEADER, GLOBALS, FUNCTIONS } part = HEADER;
    l->known = in[3];
    l->bound = in[3];
    l->ids = pvg_arena_array(l->arena, l->known, sizeof *l->ids);
    /* Only modules that compute addresses have integers of 64 bits. */
    for (size_t i = 5; (in[i] & 0xFFFF) == SpvOpCapability; i += in[i] >> 16)
        l->has_addresses |= in[i + 1] == SpvCapabilityInt64;
    declare_types(l);
    for (size_t i = 5; i < module.count;) {
        size_t n = in[i] >> 16;
        SpvOp op = (SpvOp)(in[i] & 0xFFFF);
        const uint32_t *w = in + i;
        bool has_result, has_type;
        SpvHasResultAndType(op, &has_result, &has_type);
        if (has_type)
            l->ids[w[2]].type = w[1];
        if (part == HEADER && is_global(op))
            part = GLOBALS;
        if (op == SpvOpFunction)
            part = FUNCTIONS;
        if (part == HEADER)
            header(l, op, w, n);
        else if (part == GLOBALS)
            global(l, op, w, n);
        else {
            l->out = &l->body;
            instruction(l, op, w, n);
        }
        i += n;
    }
    const struct pvg_spv_words *const parts[] = {&l->head, &l->decorations, &l->types, &l->globals, &l->constants, &l->body};
    struct pvg_spv_words out = {0};
    const uint32_t start[5] = {in[0], in[1], in[2], l->bound, 0};
    put(l, &out, start, 5);
    for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i]->count)
            put(l, &out, parts[i]->data, parts[i]->count);
    return out;
}
