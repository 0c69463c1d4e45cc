/* SPDX-License-Identifier: MIT */
/* Integer functions (spec 07 section 5.3). Signed and unsigned differ by the name only. */
#include "air/translate.h"

#include <string.h>

struct ints {
    struct pvg_at *at;
    struct pvg_spv *b;
    uint32_t type, btype;
    unsigned width;
    bool sign;
    uint32_t a[4];
};

static uint32_t op2(struct ints *m, SpvOp op, uint32_t x, uint32_t y)
{
    return pvg_spv_value(m->b, op, m->type, PVG_SPV(x, y));
}

static uint32_t number(struct ints *m, uint64_t v)
{
    return pvg_spv_splat(m->b, m->type, v);
}

static uint32_t less(struct ints *m, uint32_t x, uint32_t y)
{
    return pvg_spv_value(m->b, m->sign ? SpvOpSLessThan : SpvOpULessThan, m->btype, PVG_SPV(x, y));
}

static uint32_t choose(struct ints *m, uint32_t cond, uint32_t x, uint32_t y)
{
    return pvg_spv_value(m->b, SpvOpSelect, m->type, PVG_SPV(cond, x, y));
}

static uint32_t minimum(struct ints *m, uint32_t x, uint32_t y)
{
    if (m->width == 32)
        return pvg_spv_ext(m->b, m->sign ? GLSLstd450SMin : GLSLstd450UMin, m->type, PVG_SPV(x, y));
    return choose(m, less(m, x, y), x, y);
}

static uint32_t maximum(struct ints *m, uint32_t x, uint32_t y)
{
    if (m->width == 32)
        return pvg_spv_ext(m->b, m->sign ? GLSLstd450SMax : GLSLstd450UMax, m->type, PVG_SPV(x, y));
    return choose(m, less(m, x, y), y, x);
}

static uint32_t clamp(struct ints *m, uint32_t x, uint32_t lo, uint32_t hi)
{
    return minimum(m, maximum(m, x, lo), hi);
}

static uint32_t absolute(struct ints *m, uint32_t x)
{
    if (!m->sign)
        return x;
    uint32_t zero = number(m, 0);
    return choose(m, less(m, x, zero), op2(m, SpvOpISub, zero, x), x);
}

static uint32_t abs_diff(struct ints *m, uint32_t x, uint32_t y)
{
    return op2(m, SpvOpISub, maximum(m, x, y), minimum(m, x, y));
}

/** The same values in another width, extended by the operation's signedness. */
static uint32_t widen(struct ints *m, uint32_t x, unsigned width)
{
    return m->sign ? pvg_spv_sresize(m->b, x, width) : pvg_spv_resize(m->b, x, width);
}

static uint64_t top_value(const struct ints *m)
{
    uint64_t all = m->width == 64 ? UINT64_MAX : ((uint64_t)1 << m->width) - 1;
    return m->sign ? all >> 1 : all;
}

static uint32_t add_saturate(struct ints *m, uint32_t x, uint32_t y)
{
    uint32_t sum = op2(m, SpvOpIAdd, x, y), top = number(m, top_value(m));
    if (!m->sign)
        return choose(m, less(m, sum, x), top, sum);
    /* Overflow when both operands have the sign that the sum lacks. */
    uint32_t zero = number(m, 0), bottom = number(m, (uint64_t)1 << (m->width - 1));
    uint32_t flips = op2(m, SpvOpBitwiseAnd, op2(m, SpvOpBitwiseXor, x, sum), op2(m, SpvOpBitwiseXor, y, sum));
    return choose(m, less(m, flips, zero), choose(m, less(m, x, zero), bottom, top), sum);
}

static uint32_t sub_saturate(struct ints *m, uint32_t x, uint32_t y)
{
    uint32_t diff = op2(m, SpvOpISub, x, y), zero = number(m, 0);
    if (!m->sign)
        return choose(m, less(m, x, y), zero, diff);
    uint32_t top = number(m, top_value(m)), bottom = number(m, (uint64_t)1 << (m->width - 1));
    uint32_t flips = op2(m, SpvOpBitwiseAnd, op2(m, SpvOpBitwiseXor, x, y), op2(m, SpvOpBitwiseXor, x, diff));
    return choose(m, less(m, flips, zero), choose(m, less(m, x, zero), bottom, top), diff);
}

static uint32_t shift_right(struct ints *m, uint32_t x, unsigned n)
{
    return op2(m, m->sign ? SpvOpShiftRightArithmetic : SpvOpShiftRightLogical, x, number(m, n));
}

/** High half of a 64-bit product out of 32-bit halves. */
static uint32_t mul_hi64(struct ints *m, uint32_t x, uint32_t y)
{
    uint32_t mask = number(m, 0xFFFFFFFFu), n = number(m, 32);
    uint32_t xl = op2(m, SpvOpBitwiseAnd, x, mask), yl = op2(m, SpvOpBitwiseAnd, y, mask);
    uint32_t xh = op2(m, SpvOpShiftRightLogical, x, n), yh = op2(m, SpvOpShiftRightLogical, y, n);
    uint32_t low = op2(m, SpvOpShiftRightLogical, op2(m, SpvOpIMul, xl, yl), n);
    uint32_t cross = op2(m, SpvOpIAdd, op2(m, SpvOpIMul, xh, yl), low);
    uint32_t cross_low = op2(m, SpvOpBitwiseAnd, cross, mask), cross_high = op2(m, SpvOpShiftRightLogical, cross, n);
    uint32_t mid = op2(m, SpvOpShiftRightLogical, op2(m, SpvOpIAdd, op2(m, SpvOpIMul, xl, yh), cross_low), n);
    uint32_t hi = op2(m, SpvOpIAdd, op2(m, SpvOpIAdd, op2(m, SpvOpIMul, xh, yh), cross_high), mid);
    if (!m->sign)
        return hi;
    uint32_t zero = number(m, 0);
    hi = op2(m, SpvOpISub, hi, choose(m, less(m, x, zero), y, zero));
    return op2(m, SpvOpISub, hi, choose(m, less(m, y, zero), x, zero));
}

static uint32_t mul_hi(struct ints *m, uint32_t x, uint32_t y)
{
    struct pvg_spv *b = m->b;
    if (m->width == 64)
        return mul_hi64(m, x, y);
    uint32_t wx = widen(m, x, m->width * 2), wy = widen(m, y, m->width * 2), wide = pvg_spv_type_of(b, wx);
    uint32_t p = pvg_spv_value(b, SpvOpIMul, wide, PVG_SPV(wx, wy));
    uint32_t high = pvg_spv_value(b, SpvOpShiftRightLogical, wide, PVG_SPV(p, pvg_spv_splat(b, wide, m->width)));
    return pvg_spv_resize(b, high, m->width);
}

/** Saturating multiply-add of 64 bits: the sum in two words. */
static uint32_t mad_saturate64(struct ints *m)
{
    struct pvg_spv *b = m->b;
    uint32_t x = m->a[0], y = m->a[1], z = m->a[2], zero = number(m, 0), one = number(m, 1), top = number(m, top_value(m));
    uint32_t low = op2(m, SpvOpIMul, x, y), high = mul_hi64(m, x, y), sum = op2(m, SpvOpIAdd, low, z);
    uint32_t carry = pvg_spv_value(b, SpvOpULessThan, m->btype, PVG_SPV(sum, low));
    high = op2(m, SpvOpIAdd, high, choose(m, carry, one, zero));
    if (!m->sign)
        return choose(m, pvg_spv_value(b, SpvOpIEqual, m->btype, PVG_SPV(high, zero)), sum, top);
    high = op2(m, SpvOpIAdd, high, op2(m, SpvOpShiftRightArithmetic, z, number(m, 63)));
    uint32_t fits = pvg_spv_value(b, SpvOpIEqual, m->btype, PVG_SPV(high, op2(m, SpvOpShiftRightArithmetic, sum, number(m, 63))));
    return choose(m, fits, sum, choose(m, less(m, high, zero), number(m, (uint64_t)1 << 63), top));
}

/** Saturating multiply-add: exact in twice the width. */
static uint32_t mad_saturate(struct ints *m)
{
    struct pvg_spv *b = m->b;
    if (m->width == 64)
        return mad_saturate64(m);
    struct ints w = *m;
    w.width = m->width * 2;
    uint32_t x = widen(m, m->a[0], w.width), y = widen(m, m->a[1], w.width), z = widen(m, m->a[2], w.width);
    w.type = pvg_spv_type_of(b, x);
    uint32_t r = op2(&w, SpvOpIAdd, op2(&w, SpvOpIMul, x, y), z);
    uint64_t top = top_value(m);
    r = clamp(&w, r, number(&w, m->sign ? ~top : 0), number(&w, top));
    return pvg_spv_resize(b, r, m->width);
}

/** 24-bit operands, extended by sign or with zeros. */
static uint32_t low24(struct ints *m, uint32_t x)
{
    if (!m->sign)
        return op2(m, SpvOpBitwiseAnd, x, number(m, 0xFFFFFF));
    return shift_right(m, op2(m, SpvOpShiftLeftLogical, x, number(m, 8)), 8);
}

/** Rounded or truncated mean without overflow. */
static uint32_t mean(struct ints *m, bool up)
{
    uint32_t x = m->a[0], y = m->a[1];
    uint32_t half = shift_right(m, op2(m, SpvOpBitwiseXor, x, y), 1);
    if (up)
        return op2(m, SpvOpISub, op2(m, SpvOpBitwiseOr, x, y), half);
    return op2(m, SpvOpIAdd, op2(m, SpvOpBitwiseAnd, x, y), half);
}

/* ---- Bits. Vulkan has the instructions for 32-bit operands only (spec 07 section 5.3).
 * ------------------------------------------- */

static uint32_t type32(struct ints *m)
{
    return pvg_spv_like(m->b, m->type, pvg_spv_int(m->b, 32));
}

static uint32_t half64(struct ints *m, uint32_t x, bool high)
{
    if (high)
        x = op2(m, SpvOpShiftRightLogical, x, number(m, 32));
    return pvg_spv_resize(m->b, x, 32);
}

static uint32_t popcount(struct ints *m, uint32_t x)
{
    struct pvg_spv *b = m->b;
    uint32_t t = type32(m);
    if (m->width < 64)
        return pvg_spv_resize(b, pvg_spv_value(b, SpvOpBitCount, t, PVG_SPV(pvg_spv_resize(b, x, 32))), m->width);
    uint32_t lo = pvg_spv_value(b, SpvOpBitCount, t, PVG_SPV(half64(m, x, false)));
    uint32_t hi = pvg_spv_value(b, SpvOpBitCount, t, PVG_SPV(half64(m, x, true)));
    return pvg_spv_resize(b, pvg_spv_value(b, SpvOpIAdd, t, PVG_SPV(lo, hi)), 64);
}

/** Leading zeros of a 32-bit value; 32 for 0, because FindUMsb is then -1. */
static uint32_t clz32(struct ints *m, uint32_t x)
{
    uint32_t t = type32(m);
    uint32_t msb = pvg_spv_ext(m->b, GLSLstd450FindUMsb, t, PVG_SPV(x));
    return pvg_spv_value(m->b, SpvOpISub, t, PVG_SPV(pvg_spv_splat(m->b, t, 31), msb));
}

static uint32_t ctz32(struct ints *m, uint32_t x)
{
    uint32_t t = type32(m);
    uint32_t lsb = pvg_spv_ext(m->b, GLSLstd450FindILsb, t, PVG_SPV(x));
    return pvg_spv_ext(m->b, GLSLstd450UMin, t, PVG_SPV(lsb, pvg_spv_splat(m->b, t, 32)));
}

static uint32_t count_zeros(struct ints *m, uint32_t x, bool leading)
{
    struct pvg_spv *b = m->b;
    uint32_t t = type32(m);
    if (m->width == 64) {
        uint32_t first = half64(m, x, leading), second = half64(m, x, !leading);
        uint32_t n = leading ? clz32(m, first) : ctz32(m, first), k = leading ? clz32(m, second) : ctz32(m, second);
        uint32_t none = pvg_spv_value(b, SpvOpIEqual, m->btype, PVG_SPV(first, pvg_spv_null(b, t)));
        uint32_t more = pvg_spv_value(b, SpvOpIAdd, t, PVG_SPV(k, pvg_spv_splat(b, t, 32)));
        return pvg_spv_resize(b, pvg_spv_value(b, SpvOpSelect, t, PVG_SPV(none, more, n)), 64);
    }
    uint32_t wide = pvg_spv_resize(b, x, 32), n;
    if (leading) {
        n = clz32(m, wide);
        if (m->width < 32)
            n = pvg_spv_value(b, SpvOpISub, t, PVG_SPV(n, pvg_spv_splat(b, t, 32 - m->width)));
    } else {
        n = ctz32(m, wide);
        if (m->width < 32)
            n = pvg_spv_ext(b, GLSLstd450UMin, t, PVG_SPV(n, pvg_spv_splat(b, t, m->width)));
    }
    return pvg_spv_resize(b, n, m->width);
}

static uint32_t reverse_bits(struct ints *m, uint32_t x)
{
    struct pvg_spv *b = m->b;
    uint32_t t = type32(m);
    if (m->width == 64) {
        uint32_t lo = pvg_spv_value(b, SpvOpBitReverse, t, PVG_SPV(half64(m, x, false)));
        uint32_t hi = pvg_spv_value(b, SpvOpBitReverse, t, PVG_SPV(half64(m, x, true)));
        uint32_t up = op2(m, SpvOpShiftLeftLogical, pvg_spv_resize(b, lo, 64), number(m, 32));
        return op2(m, SpvOpBitwiseOr, up, pvg_spv_resize(b, hi, 64));
    }
    uint32_t r = pvg_spv_value(b, SpvOpBitReverse, t, PVG_SPV(pvg_spv_resize(b, x, 32)));
    if (m->width < 32)
        r = pvg_spv_value(b, SpvOpShiftRightLogical, t, PVG_SPV(r, pvg_spv_splat(b, t, 32 - m->width)));
    return pvg_spv_resize(b, r, m->width);
}

uint32_t pvg_at_swap_bytes16(struct pvg_at *at, uint32_t x)
{
    struct pvg_spv *b = &at->b;
    uint32_t t = pvg_spv_like(b, pvg_spv_type_of(b, x), pvg_spv_int(b, 32)), wide = pvg_spv_resize(b, x, 32);
    /* The middle of the number twice. */
    uint32_t twice = pvg_spv_value(b, SpvOpIMul, t, PVG_SPV(wide, pvg_spv_splat(b, t, 0x10001)));
    return pvg_spv_resize(b, pvg_spv_value(b, SpvOpShiftRightLogical, t, PVG_SPV(twice, pvg_spv_splat(b, t, 8))), 16);
}

static uint32_t byte_swap(struct ints *m, uint32_t x)
{
    uint32_t r = 0;
    if (m->width == 16)
        return pvg_at_swap_bytes16(m->at, x);
    for (unsigned i = 0; i < m->width; i += 8) {
        uint32_t byte = op2(m, SpvOpBitwiseAnd, op2(m, SpvOpShiftRightLogical, x, number(m, i)), number(m, 0xFF));
        byte = op2(m, SpvOpShiftLeftLogical, byte, number(m, m->width - 8 - i));
        r = r ? op2(m, SpvOpBitwiseOr, r, byte) : byte;
    }
    return r;
}

/** Funnel shift left of hi:lo; equal halves make it a rotation. */
static uint32_t funnel(struct ints *m, uint32_t hi, uint32_t lo, uint32_t n, bool right)
{
    if (m->width == 16 && hi == lo && n == number(m, 8))
        return pvg_at_swap_bytes16(m->at, hi);
    uint32_t mask = number(m, m->width - 1);
    n = op2(m, SpvOpBitwiseAnd, n, mask);
    uint32_t back = op2(m, SpvOpBitwiseAnd, op2(m, SpvOpISub, number(m, m->width), n), mask);
    uint32_t none = pvg_spv_value(m->b, SpvOpIEqual, m->btype, PVG_SPV(n, number(m, 0)));
    uint32_t up = op2(m, SpvOpShiftLeftLogical, hi, right ? back : n);
    uint32_t down = op2(m, SpvOpShiftRightLogical, lo, right ? n : back);
    return choose(m, none, right ? lo : hi, op2(m, SpvOpBitwiseOr, up, down));
}

/** Bit field by shifts: works for every width and clamps nothing, as offset + bits beyond the width are undefined in Metal. */
static uint32_t extract_bits(struct ints *m, uint32_t x, uint32_t offset, uint32_t bits)
{
    uint32_t w = number(m, m->width), mask = number(m, m->width - 1);
    uint32_t up = op2(m, SpvOpBitwiseAnd, op2(m, SpvOpISub, op2(m, SpvOpISub, w, bits), offset), mask);
    uint32_t down = op2(m, SpvOpBitwiseAnd, op2(m, SpvOpISub, w, bits), mask);
    uint32_t v = op2(m, SpvOpShiftLeftLogical, x, up);
    v = op2(m, m->sign ? SpvOpShiftRightArithmetic : SpvOpShiftRightLogical, v, down);
    uint32_t none = pvg_spv_value(m->b, SpvOpIEqual, m->btype, PVG_SPV(bits, number(m, 0)));
    return choose(m, none, number(m, 0), v);
}

static uint32_t insert_bits(struct ints *m, uint32_t base, uint32_t insert, uint32_t offset, uint32_t bits)
{
    uint32_t wmask = number(m, m->width - 1), all = number(m, UINT64_MAX);
    uint32_t n = op2(m, SpvOpBitwiseAnd, op2(m, SpvOpISub, number(m, m->width), bits), wmask);
    uint32_t ones = op2(m, SpvOpShiftRightLogical, all, n);
    uint32_t none = pvg_spv_value(m->b, SpvOpIEqual, m->btype, PVG_SPV(bits, number(m, 0)));
    ones = choose(m, none, number(m, 0), ones);
    uint32_t o = op2(m, SpvOpBitwiseAnd, offset, wmask);
    uint32_t field = op2(m, SpvOpShiftLeftLogical, ones, o);
    uint32_t v = op2(m, SpvOpBitwiseAnd, op2(m, SpvOpShiftLeftLogical, insert, o), field);
    return op2(m, SpvOpBitwiseOr, op2(m, SpvOpBitwiseAnd, base, pvg_spv_value(m->b, SpvOpNot, m->type, PVG_SPV(field))), v);
}

/* ---- Dispatch
 * ----------------------------------------------------------------------------------------------------------------------- */

static uint32_t unary(struct ints *m, const char *op)
{
    uint32_t x = m->a[0];
    if (!strcmp(op, "abs"))
        return absolute(m, x);
    if (!strcmp(op, "clz"))
        return count_zeros(m, x, true);
    if (!strcmp(op, "ctz"))
        return count_zeros(m, x, false);
    if (!strcmp(op, "popcount"))
        return popcount(m, x);
    if (!strcmp(op, "reverse_bits"))
        return reverse_bits(m, x);
    if (!strcmp(op, "bswap"))
        return byte_swap(m, x);
    return 0;
}

static uint32_t binary(struct ints *m, const char *op)
{
    uint32_t x = m->a[0], y = m->a[1];
    if (!strcmp(op, "min"))
        return minimum(m, x, y);
    if (!strcmp(op, "max"))
        return maximum(m, x, y);
    if (!strcmp(op, "abs_diff"))
        return abs_diff(m, x, y);
    if (!strcmp(op, "add_sat"))
        return add_saturate(m, x, y);
    if (!strcmp(op, "sub_sat"))
        return sub_saturate(m, x, y);
    if (!strcmp(op, "mul_hi"))
        return mul_hi(m, x, y);
    if (!strcmp(op, "mul24"))
        return op2(m, SpvOpIMul, low24(m, x), low24(m, y));
    if (!strcmp(op, "hadd"))
        return mean(m, false);
    if (!strcmp(op, "rhadd"))
        return mean(m, true);
    if (!strcmp(op, "rotate"))
        return funnel(m, x, x, y, false);
    return 0;
}

static uint32_t ternary(struct ints *m, const char *op)
{
    const uint32_t *a = m->a;
    if (!strcmp(op, "clamp"))
        return clamp(m, a[0], a[1], a[2]);
    if (!strcmp(op, "min3"))
        return minimum(m, minimum(m, a[0], a[1]), a[2]);
    if (!strcmp(op, "max3"))
        return maximum(m, maximum(m, a[0], a[1]), a[2]);
    if (!strcmp(op, "median3"))
        return maximum(m, minimum(m, a[0], a[1]), minimum(m, maximum(m, a[0], a[1]), a[2]));
    if (!strcmp(op, "mad_hi"))
        return op2(m, SpvOpIAdd, mul_hi(m, a[0], a[1]), a[2]);
    if (!strcmp(op, "mad_sat"))
        return mad_saturate(m);
    if (!strcmp(op, "mad24"))
        return op2(m, SpvOpIAdd, op2(m, SpvOpIMul, low24(m, a[0]), low24(m, a[1])), a[2]);
    if (!strcmp(op, "extract_bits"))
        return extract_bits(m, a[0], a[1], a[2]);
    return 0;
}

static bool boolean_vector(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id)
{
    bool all = !strcmp(c->op, "all"), any = !strcmp(c->op, "any");
    if ((!all && !any) || c->argc != 1)
        return false;
    uint32_t v = pvg_at_arg(at, c, 0);
    uint32_t type = pvg_spv_type_of(&at->b, v);
    if (pvg_spv_components(&at->b, type) == 1)
        *id = v;
    else
        *id = pvg_spv_value(&at->b, all ? SpvOpAll : SpvOpAny, pvg_spv_bool(&at->b), PVG_SPV(v));
    return true;
}

/** Operands in the width and shape of the first one: bit positions may come as scalars or in another width. */
static void collect(struct ints *m, const struct pvg_at_call *c, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint32_t v = pvg_at_arg(m->at, c, i);
        if (i) {
            v = pvg_spv_resize(m->b, v, m->width);
            if (pvg_spv_components(m->b, pvg_spv_type_of(m->b, v)) != pvg_spv_components(m->b, m->type))
                v = pvg_spv_replicate(m->b, m->type, v);
        }
        m->a[i] = v;
    }
}

static bool prepare(struct ints *m, struct pvg_at *at, const struct pvg_at_call *c)
{
    if (!c->argc || c->argc > 4)
        return false;
    LLVMTypeRef e = pvg_at_element(pvg_at_arg_type(c, 0));
    if (LLVMGetTypeKind(e) != LLVMIntegerTypeKind || LLVMGetIntTypeWidth(e) < 8 || LLVMGetTypeKind(c->type) == LLVMVoidTypeKind)
        return false;
    for (unsigned i = 1; i < c->argc; i++)
        if (LLVMGetTypeKind(pvg_at_element(pvg_at_arg_type(c, i))) != LLVMIntegerTypeKind)
            return false;
    *m = (struct ints){.at = at, .b = &at->b, .type = pvg_at_type(at, pvg_at_arg_type(c, 0)), .sign = c->is_signed};
    m->width = pvg_spv_width(m->b, m->type);
    m->btype = pvg_spv_like(m->b, m->type, pvg_spv_bool(m->b));
    return true;
}

bool pvg_at_intrin_int(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id)
{
    static const char *const names[] = {"abs",     "clz",      "ctz",          "popcount",   "reverse_bits", "bswap",   "min",
                                        "max",     "abs_diff", "add_sat",      "sub_sat",    "mul_hi",       "mul24",   "hadd",
                                        "rhadd",   "rotate",   "clamp",        "min3",       "max3",         "median3", "mad_hi",
                                        "mad_sat", "mad24",    "extract_bits", "insert_bits"};
    if (boolean_vector(at, c, id))
        return true;
    bool mine = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        mine |= !strcmp(names[i], c->op);
    struct ints m;
    if (!mine || !prepare(&m, at, c))
        return false;
    bool zeros = !strcmp(c->op, "clz") || !strcmp(c->op, "ctz");
    unsigned n = zeros ? 1 : c->argc; /* The flag "zero is undefined" is not needed. */
    collect(&m, c, n);
    if (n == 1)
        *id = unary(&m, c->op);
    else if (n == 2)
        *id = binary(&m, c->op);
    else if (n == 3)
        *id = ternary(&m, c->op);
    else if (!strcmp(c->op, "insert_bits"))
        *id = insert_bits(&m, m.a[0], m.a[1], m.a[2], m.a[3]);
    return *id != 0;
}

/* ---- LLVM's own integer intrinsics
 * --------------------------------------------------------------------------------------------------- */

static const struct {
    const char *llvm, *op;
    bool sign;
    unsigned argc;
} aliases[] = {
    {"smin", "min", true, 2},          {"smax", "max", true, 2},
    {"umin", "min", false, 2},         {"umax", "max", false, 2},
    {"abs", "abs", true, 1},           {"ctpop", "popcount", false, 1},
    {"ctlz", "clz", false, 1},         {"cttz", "ctz", false, 1},
    {"bswap", "bswap", false, 1},      {"bitreverse", "reverse_bits", false, 1},
    {"uadd.sat", "add_sat", false, 2}, {"sadd.sat", "add_sat", true, 2},
    {"usub.sat", "sub_sat", false, 2}, {"ssub.sat", "sub_sat", true, 2},
};

/** The result of `op` and whether it is another than that of unlimited numbers. */
static uint32_t with_overflow(struct ints *m, char op, uint32_t type)
{
    struct pvg_spv *b = m->b;
    uint32_t x = m->a[0], y = m->a[1], zero = number(m, 0), over, r;
    r = op2(m, op == 'a' ? SpvOpIAdd : op == 's' ? SpvOpISub : SpvOpIMul, x, y);
    if (op == 'm') {
        uint32_t high = mul_hi(m, x, y), none = m->sign ? shift_right(m, r, m->width - 1) : zero;
        over = pvg_spv_value(b, SpvOpINotEqual, m->btype, PVG_SPV(high, none));
    } else if (!m->sign) {
        over = op == 'a' ? less(m, r, x) : less(m, x, y);
    } else {
        uint32_t other = op == 'a' ? op2(m, SpvOpBitwiseXor, y, r) : op2(m, SpvOpBitwiseXor, x, y);
        over = less(m, op2(m, SpvOpBitwiseAnd, op2(m, SpvOpBitwiseXor, x, r), other), zero);
    }
    return pvg_spv_construct(b, type, (uint32_t[]){r, over}, 2);
}

static uint32_t shift_saturate(struct ints *m)
{
    uint32_t x = m->a[0], n = op2(m, SpvOpBitwiseAnd, m->a[1], number(m, m->width - 1));
    uint32_t r = op2(m, SpvOpShiftLeftLogical, x, n), top = number(m, top_value(m));
    uint32_t back = op2(m, m->sign ? SpvOpShiftRightArithmetic : SpvOpShiftRightLogical, r, n);
    if (m->sign)
        top = choose(m, less(m, x, number(m, 0)), number(m, (uint64_t)1 << (m->width - 1)), top);
    return choose(m, pvg_spv_value(m->b, SpvOpIEqual, m->btype, PVG_SPV(x, back)), r, top);
}

/** -1, 0 or 1 in a type of its own. */
static uint32_t three_way(struct ints *m, uint32_t type)
{
    struct pvg_spv *b = m->b;
    uint32_t up = pvg_spv_value(b, SpvOpSelect, type,
                                PVG_SPV(less(m, m->a[1], m->a[0]), pvg_spv_splat(b, type, 1), pvg_spv_splat(b, type, 0)));
    return pvg_spv_value(b, SpvOpSelect, type, PVG_SPV(less(m, m->a[0], m->a[1]), pvg_spv_splat(b, type, UINT64_MAX), up));
}

/** Least and greatest of one-bit numbers, whose 1 is -1 with sign. */
static bool of_bits(struct pvg_at *at, const struct pvg_at_call *c, const char *op, uint32_t *id)
{
    bool max = !strncmp(op + 1, "max.", 4), min = !strncmp(op + 1, "min.", 4);
    LLVMTypeRef e = pvg_at_element(c->type);
    if ((!max && !min) || c->argc != 2 || LLVMGetTypeKind(e) != LLVMIntegerTypeKind || LLVMGetIntTypeWidth(e) != 1)
        return false;
    SpvOp use = max == (op[0] == 'u') ? SpvOpLogicalOr : SpvOpLogicalAnd;
    *id = pvg_spv_value(&at->b, use, c->rtype, PVG_SPV(pvg_at_arg(at, c, 0), pvg_at_arg(at, c, 1)));
    return true;
}

/** Functions that AIR has no counterpart of; `op` starts with 's' or 'u'. */
static uint32_t llvm_only(struct ints *m, const struct pvg_at_call *c, const char *op)
{
    const char *rest = op + 1;
    m->sign = op[0] == 's';
    if (c->argc != 2)
        return 0;
    if (!strncmp(rest, "add.with.overflow.", 18) || !strncmp(rest, "sub.with.overflow.", 18) ||
        !strncmp(rest, "mul.with.overflow.", 18))
        return with_overflow(m, rest[0], c->rtype);
    if (!strncmp(rest, "shl.sat.", 8))
        return shift_saturate(m);
    return !strncmp(rest, "cmp.", 4) ? three_way(m, c->rtype) : 0;
}

bool pvg_at_llvm_int(struct pvg_at *at, const struct pvg_at_call *c, const char *op, uint32_t *id)
{
    struct ints m;
    if (of_bits(at, c, op, id))
        return true;
    bool left = !strncmp(op, "fshl.", 5), right = !strncmp(op, "fshr.", 5);
    if (left || right) {
        if (!prepare(&m, at, c))
            return false;
        collect(&m, c, 3);
        *id = funnel(&m, m.a[0], m.a[1], m.a[2], right);
        return true;
    }
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++) {
        size_t n = strlen(aliases[i].llvm);
        if (strncmp(op, aliases[i].llvm, n) || op[n] != '.')
            continue;
        if (!prepare(&m, at, c))
            return false;
        m.sign = aliases[i].sign;
        collect(&m, c, aliases[i].argc);
        *id = aliases[i].argc == 1 ? unary(&m, aliases[i].op) : binary(&m, aliases[i].op);
        return true;
    }
    if ((op[0] != 's' && op[0] != 'u') || !prepare(&m, at, c))
        return false;
    collect(&m, c, c->argc);
    *id = llvm_only(&m, c, op);
    return *id != 0;
}
