/* SPDX-License-Identifier: MIT */
/* Packing of vectors into integers and back (spec 07 section 5.5). The computation is in 32-bit floats; lane 0 is in the low bits.
 */
#include "air/translate.h"

#include <string.h>

struct layout {
    const char *name;
    uint8_t lanes;
    uint8_t bits[4];
    enum { NORM_U, NORM_S, SMALL_FLOAT, SHARED_EXPONENT } kind;
    bool srgb;     /**< Lanes 0 to 2 are encoded. */
    bool reversed; /**< Lane 0 is in the high bits. */
};

static const struct layout layouts[] = {
    {"unorm4x8", 4, {8, 8, 8, 8}, NORM_U, false, false},
    {"snorm4x8", 4, {8, 8, 8, 8}, NORM_S, false, false},
    {"unorm4x8.srgb", 4, {8, 8, 8, 8}, NORM_U, true, false},
    {"unorm2x16", 2, {16, 16}, NORM_U, false, false},
    {"snorm2x16", 2, {16, 16}, NORM_S, false, false},
    {"unorm2x8", 2, {8, 8}, NORM_U, false, false},
    {"snorm2x8", 2, {8, 8}, NORM_S, false, false},
    {"unorm1x8", 1, {8}, NORM_U, false, false},
    {"snorm1x8", 1, {8}, NORM_S, false, false},
    {"unorm1x16", 1, {16}, NORM_U, false, false},
    {"snorm1x16", 1, {16}, NORM_S, false, false},
    {"unorm4x16", 4, {16, 16, 16, 16}, NORM_U, false, false},
    {"snorm4x16", 4, {16, 16, 16, 16}, NORM_S, false, false},
    {"unorm.rgb10a2", 4, {10, 10, 10, 2}, NORM_U, false, false},
    {"snorm.rgb10a2", 4, {10, 10, 10, 2}, NORM_S, false, false},
    {"unorm.rg11b10f", 3, {11, 11, 10}, SMALL_FLOAT, false, false},
    {"unorm.rgb9e5", 3, {9, 9, 9}, SHARED_EXPONENT, false, false},
    {"unorm.rgb565", 3, {5, 6, 5}, NORM_U, false, true},
};

struct pack {
    struct pvg_at *at;
    struct pvg_spv *b;
    const struct layout *l;
    uint32_t f32, u32;
};

static uint32_t number(struct pack *p, double v)
{
    return pvg_spv_f32(p->b, (float)v);
}

static uint32_t f2(struct pack *p, SpvOp op, uint32_t x, uint32_t y)
{
    return pvg_spv_value(p->b, op, p->f32, PVG_SPV(x, y));
}

static uint32_t u2(struct pack *p, SpvOp op, uint32_t x, uint32_t y)
{
    return pvg_spv_value(p->b, op, p->u32, PVG_SPV(x, y));
}

static uint32_t ext1(struct pack *p, enum GLSLstd450 inst, uint32_t type, uint32_t x)
{
    return pvg_spv_ext(p->b, inst, type, PVG_SPV(x));
}

static uint32_t choose(struct pack *p, uint32_t cond, uint32_t x, uint32_t y)
{
    return pvg_spv_value(p->b, SpvOpSelect, pvg_spv_type_of(p->b, x), PVG_SPV(cond, x, y));
}

static uint32_t compare(struct pack *p, SpvOp op, uint32_t x, uint32_t y)
{
    return pvg_spv_value(p->b, op, pvg_spv_bool(p->b), PVG_SPV(x, y));
}

static uint32_t encode_srgb(struct pack *p, uint32_t x)
{
    uint32_t low = f2(p, SpvOpFMul, x, number(p, 12.92));
    uint32_t root = pvg_spv_ext(p->b, GLSLstd450Pow, p->f32, PVG_SPV(x, number(p, 1 / 2.4)));
    uint32_t high = f2(p, SpvOpFSub, f2(p, SpvOpFMul, root, number(p, 1.055)), number(p, 0.055));
    return choose(p, compare(p, SpvOpFOrdLessThanEqual, x, number(p, 0.0031308)), low, high);
}

static uint32_t decode_srgb(struct pack *p, uint32_t x)
{
    uint32_t low = f2(p, SpvOpFDiv, x, number(p, 12.92));
    uint32_t base = f2(p, SpvOpFDiv, f2(p, SpvOpFAdd, x, number(p, 0.055)), number(p, 1.055));
    uint32_t high = pvg_spv_ext(p->b, GLSLstd450Pow, p->f32, PVG_SPV(base, number(p, 2.4)));
    return choose(p, compare(p, SpvOpFOrdLessThanEqual, x, number(p, 0.04045)), low, high);
}

static double top(const struct pack *p, unsigned lane)
{
    unsigned n = p->l->kind == NORM_S ? p->l->bits[lane] - 1u : p->l->bits[lane];
    return (double)((1u << n) - 1);
}

/** Unsigned float of five exponent bits: to nearest even, negative numbers and NaN become 0. */
static uint32_t pack_small_float(struct pack *p, unsigned bits, uint32_t x)
{
    struct pvg_spv *b = p->b;
    unsigned mantissa = bits - 5, drop = 23 - mantissa;
    x = pvg_spv_ext(b, GLSLstd450NMax, p->f32, PVG_SPV(x, number(p, 0)));
    /* Below 2^-14 the field counts units of 2^(-14 - mantissa); rounding up leads into the normal numbers by itself. */
    uint32_t scaled = f2(p, SpvOpFMul, x, number(p, (double)(1u << (14 + mantissa))));
    uint32_t small = compare(p, SpvOpFOrdLessThan, x, number(p, 0x1p-14));
    scaled = choose(p, small, scaled, number(p, 0));
    uint32_t units = pvg_spv_value(b, SpvOpConvertFToU, p->u32, PVG_SPV(ext1(p, GLSLstd450RoundEven, p->f32, scaled)));
    uint32_t v = u2(p, SpvOpISub, pvg_spv_bitcast(b, p->u32, x), pvg_spv_u32(b, 112u << 23));
    uint32_t last = pvg_spv_and(b, pvg_spv_shr(b, v, drop), 1);
    v = pvg_spv_iadd(b, v, pvg_spv_iadd(b, last, pvg_spv_u32(b, (1u << (drop - 1)) - 1)));
    v = pvg_spv_ext(b, GLSLstd450UMin, p->u32, PVG_SPV(pvg_spv_shr(b, v, drop), pvg_spv_u32(b, 31u << mantissa)));
    return choose(p, small, units, v);
}

/** One lane as unsigned bits. */
static uint32_t pack_lane(struct pack *p, unsigned lane, uint32_t x)
{
    struct pvg_spv *b = p->b;
    unsigned bits = p->l->bits[lane];
    if (p->l->kind == SMALL_FLOAT) {
        return pack_small_float(p, bits, x);
    }
    bool sign = p->l->kind == NORM_S;
    uint32_t nan = pvg_spv_value(b, SpvOpIsNan, pvg_spv_bool(b), PVG_SPV(x));
    x = pvg_spv_ext(b, GLSLstd450NClamp, p->f32, PVG_SPV(x, number(p, sign ? -1 : 0), number(p, 1)));
    if (sign)
        x = choose(p, nan, number(p, 0), x);
    if (p->l->srgb && lane < 3)
        x = encode_srgb(p, x);
    x = ext1(p, GLSLstd450RoundEven, p->f32, f2(p, SpvOpFMul, x, number(p, top(p, lane))));
    uint32_t v = pvg_spv_value(b, sign ? SpvOpConvertFToS : SpvOpConvertFToU, p->u32, PVG_SPV(x));
    return pvg_spv_and(b, v, (1u << bits) - 1);
}

static uint32_t unpack_lane(struct pack *p, unsigned lane, uint32_t v)
{
    struct pvg_spv *b = p->b;
    unsigned bits = p->l->bits[lane];
    if (p->l->kind == SMALL_FLOAT) {
        uint32_t pair = ext1(p, GLSLstd450UnpackHalf2x16, pvg_spv_vec(b, p->f32, 2), pvg_spv_shl(b, v, 15 - bits));
        return pvg_spv_extract(b, pair, 0);
    }
    uint32_t x;
    if (p->l->kind == NORM_S) {
        uint32_t up = pvg_spv_shl(b, v, 32 - bits);
        uint32_t s = u2(p, SpvOpShiftRightArithmetic, up, pvg_spv_u32(b, 32 - bits));
        x = pvg_spv_value(b, SpvOpConvertSToF, p->f32, PVG_SPV(s));
    } else {
        x = pvg_spv_value(b, SpvOpConvertUToF, p->f32, PVG_SPV(v));
    }
    x = f2(p, SpvOpFDiv, x, number(p, top(p, lane)));
    if (p->l->kind == NORM_S)
        x = pvg_spv_ext(b, GLSLstd450FMax, p->f32, PVG_SPV(x, number(p, -1)));
    return p->l->srgb && lane < 3 ? decode_srgb(p, x) : x;
}

/** Three mantissas of nine bits with the exponent of the largest (bias 15). */
static uint32_t pack_shared(struct pack *p, const uint32_t *x)
{
    struct pvg_spv *b = p->b;
    uint32_t c[3], most = 0;
    for (int i = 0; i < 3; i++) {
        c[i] = pvg_spv_ext(b, GLSLstd450NClamp, p->f32, PVG_SPV(x[i], number(p, 0), number(p, 65408)));
        most = most ? pvg_spv_ext(b, GLSLstd450FMax, p->f32, PVG_SPV(most, c[i])) : c[i];
    }
    /* Exponent field of the largest component: max(floor(log2), -16) + 16, one more if its mantissa rounds up to 512. */
    uint32_t raw = pvg_spv_shr(b, pvg_spv_bitcast(b, p->u32, most), 23);
    raw = pvg_spv_ext(b, GLSLstd450UMax, p->u32, PVG_SPV(raw, pvg_spv_u32(b, 127 - 16)));
    uint32_t e = u2(p, SpvOpISub, raw, pvg_spv_u32(b, 127 - 16));
    for (int round = 0; round < 2; round++) {
        /* 2^(24 - e), which brings a component to units of its mantissa. */
        uint32_t field = u2(p, SpvOpISub, pvg_spv_u32(b, 127 + 24), e);
        uint32_t scale = pvg_spv_bitcast(b, p->f32, pvg_spv_shl(b, field, 23));
        if (!round) {
            uint32_t m = ext1(p, GLSLstd450RoundEven, p->f32, f2(p, SpvOpFMul, most, scale));
            uint32_t over = compare(p, SpvOpFOrdGreaterThanEqual, m, number(p, 512));
            e = choose(p, over, pvg_spv_iadd(b, e, pvg_spv_u32(b, 1)), e);
            continue;
        }
        uint32_t v = pvg_spv_shl(b, e, 27);
        for (int i = 0; i < 3; i++) {
            uint32_t m = ext1(p, GLSLstd450RoundEven, p->f32, f2(p, SpvOpFMul, c[i], scale));
            uint32_t n = pvg_spv_value(b, SpvOpConvertFToU, p->u32, PVG_SPV(m));
            v = u2(p, SpvOpBitwiseOr, v, pvg_spv_shl(b, n, 9 * (unsigned)i));
        }
        return v;
    }
    return 0;
}

static void unpack_shared(struct pack *p, uint32_t v, uint32_t *out)
{
    struct pvg_spv *b = p->b;
    uint32_t e = pvg_spv_iadd(b, pvg_spv_shr(b, v, 27), pvg_spv_u32(b, 127 - 24));
    uint32_t scale = pvg_spv_bitcast(b, p->f32, pvg_spv_shl(b, e, 23));
    for (unsigned i = 0; i < 3; i++) {
        uint32_t m = pvg_spv_and(b, pvg_spv_shr(b, v, 9 * i), 511);
        out[i] = f2(p, SpvOpFMul, pvg_spv_value(b, SpvOpConvertUToF, p->f32, PVG_SPV(m)), scale);
    }
}

static unsigned position(const struct layout *l, unsigned lane)
{
    unsigned n = 0;
    for (unsigned i = 0; i < l->lanes; i++)
        if (l->reversed ? i > lane : i < lane)
            n += l->bits[i];
    return n;
}

static unsigned total_bits(const struct layout *l)
{
    return l->kind == SHARED_EXPONENT ? 32u : (unsigned)l->bits[0] + l->bits[1] + l->bits[2] + l->bits[3];
}

static uint32_t pack_value(struct pack *p, const struct pvg_at_call *c)
{
    struct pvg_spv *b = p->b;
    unsigned n = p->l->lanes, words = total_bits(p->l) > 32 ? 2 : 1;
    uint32_t v = pvg_at_fit(p->at, pvg_at_arg(p->at, c, 0), pvg_spv_vec(b, p->f32, n)), x[4], w[2] = {0, 0};
    for (unsigned i = 0; i < n; i++)
        x[i] = n == 1 ? v : pvg_spv_extract(b, v, i);
    if (p->l->kind == SHARED_EXPONENT) {
        w[0] = pack_shared(p, x);
    } else {
        for (unsigned i = 0; i < n; i++) {
            unsigned at = position(p->l, i);
            uint32_t bits = pvg_spv_shl(b, pack_lane(p, i, x[i]), at & 31);
            uint32_t *word = &w[at / 32];
            *word = *word ? u2(p, SpvOpBitwiseOr, *word, bits) : bits;
        }
    }
    if (words == 1)
        return pvg_spv_resize(b, w[0], pvg_spv_width(b, c->rtype));
    uint32_t pair = pvg_spv_construct(b, pvg_spv_vec(b, p->u32, 2), w, 2);
    return pvg_spv_bitcast(b, c->rtype, pair);
}

static uint32_t unpack_value(struct pack *p, const struct pvg_at_call *c)
{
    struct pvg_spv *b = p->b;
    uint32_t v = pvg_at_arg(p->at, c, 0), w[2] = {0, 0}, x[4];
    if (total_bits(p->l) > 32) {
        uint32_t pair = pvg_spv_bitcast(b, pvg_spv_vec(b, p->u32, 2), v);
        w[0] = pvg_spv_extract(b, pair, 0);
        w[1] = pvg_spv_extract(b, pair, 1);
    } else {
        w[0] = pvg_spv_resize(b, v, 32);
    }
    if (p->l->kind == SHARED_EXPONENT)
        unpack_shared(p, w[0], x);
    for (unsigned i = 0; i < p->l->lanes && p->l->kind != SHARED_EXPONENT; i++) {
        unsigned at = position(p->l, i);
        uint32_t field = pvg_spv_and(b, pvg_spv_shr(b, w[at / 32], at & 31), (1u << p->l->bits[i]) - 1);
        x[i] = unpack_lane(p, i, field);
    }
    return pvg_at_fit(p->at, pvg_spv_construct(b, pvg_spv_vec(b, p->f32, p->l->lanes), x, p->l->lanes), c->rtype);
}

bool pvg_at_intrin_pack(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id)
{
    bool pack = !strncmp(c->op, "pack.", 5), unpack = !strncmp(c->op, "unpack.", 7);
    if ((!pack && !unpack) || c->argc != 1)
        return false;
    const char *name = c->op + (pack ? 5 : 7);
    struct pack p = {.at = at, .b = &at->b, .f32 = pvg_spv_float(&at->b, 32), .u32 = pvg_spv_int(&at->b, 32)};
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (!strcmp(name, layouts[i].name))
            p.l = &layouts[i];
    if (!p.l)
        return false;
    *id = pack ? pack_value(&p, c) : unpack_value(&p, c);
    return true;
}
