/* SPDX-License-Identifier: MIT */
/* Attributes fetched by code: vertex attributes that fixed function cannot fetch, and kernel stage-in (spec 06 section 15.5). */
#include "air/translate.h"

#include <errno.h>

enum kind { KIND_UINT, KIND_SINT, KIND_UNORM, KIND_SNORM, KIND_FLOAT };

struct format {
    uint8_t components, bits; /**< 0 bits: packed, see `packed`. */
    uint8_t kind;
    enum { PACK_NONE, PACK_1010102, PACK_111110F, PACK_9995 } packed;
    bool bgra;
};

/** MTLVertexFormat and MTLAttributeFormat (spec 08 section B.7). */
static const struct format formats[] = {
    [1] = {2, 8, KIND_UINT, 0, 0},
    [2] = {3, 8, KIND_UINT, 0, 0},
    [3] = {4, 8, KIND_UINT, 0, 0},
    [4] = {2, 8, KIND_SINT, 0, 0},
    [5] = {3, 8, KIND_SINT, 0, 0},
    [6] = {4, 8, KIND_SINT, 0, 0},
    [7] = {2, 8, KIND_UNORM, 0, 0},
    [8] = {3, 8, KIND_UNORM, 0, 0},
    [9] = {4, 8, KIND_UNORM, 0, 0},
    [10] = {2, 8, KIND_SNORM, 0, 0},
    [11] = {3, 8, KIND_SNORM, 0, 0},
    [12] = {4, 8, KIND_SNORM, 0, 0},
    [13] = {2, 16, KIND_UINT, 0, 0},
    [14] = {3, 16, KIND_UINT, 0, 0},
    [15] = {4, 16, KIND_UINT, 0, 0},
    [16] = {2, 16, KIND_SINT, 0, 0},
    [17] = {3, 16, KIND_SINT, 0, 0},
    [18] = {4, 16, KIND_SINT, 0, 0},
    [19] = {2, 16, KIND_UNORM, 0, 0},
    [20] = {3, 16, KIND_UNORM, 0, 0},
    [21] = {4, 16, KIND_UNORM, 0, 0},
    [22] = {2, 16, KIND_SNORM, 0, 0},
    [23] = {3, 16, KIND_SNORM, 0, 0},
    [24] = {4, 16, KIND_SNORM, 0, 0},
    [25] = {2, 16, KIND_FLOAT, 0, 0},
    [26] = {3, 16, KIND_FLOAT, 0, 0},
    [27] = {4, 16, KIND_FLOAT, 0, 0},
    [28] = {1, 32, KIND_FLOAT, 0, 0},
    [29] = {2, 32, KIND_FLOAT, 0, 0},
    [30] = {3, 32, KIND_FLOAT, 0, 0},
    [31] = {4, 32, KIND_FLOAT, 0, 0},
    [32] = {1, 32, KIND_SINT, 0, 0},
    [33] = {2, 32, KIND_SINT, 0, 0},
    [34] = {3, 32, KIND_SINT, 0, 0},
    [35] = {4, 32, KIND_SINT, 0, 0},
    [36] = {1, 32, KIND_UINT, 0, 0},
    [37] = {2, 32, KIND_UINT, 0, 0},
    [38] = {3, 32, KIND_UINT, 0, 0},
    [39] = {4, 32, KIND_UINT, 0, 0},
    [40] = {4, 32, KIND_SNORM, PACK_1010102, 0},
    [41] = {4, 32, KIND_UNORM, PACK_1010102, 0},
    [42] = {4, 8, KIND_UNORM, 0, true},
    [45] = {1, 8, KIND_UINT, 0, 0},
    [46] = {1, 8, KIND_SINT, 0, 0},
    [47] = {1, 8, KIND_UNORM, 0, 0},
    [48] = {1, 8, KIND_SNORM, 0, 0},
    [49] = {1, 16, KIND_UINT, 0, 0},
    [50] = {1, 16, KIND_SINT, 0, 0},
    [51] = {1, 16, KIND_UNORM, 0, 0},
    [52] = {1, 16, KIND_SNORM, 0, 0},
    [53] = {1, 16, KIND_FLOAT, 0, 0},
    [54] = {3, 32, KIND_FLOAT, PACK_111110F, 0},
    [55] = {3, 32, KIND_FLOAT, PACK_9995, 0},
};

const struct pvg_air_pull_attribute *pvg_at_find_pull(const struct pvg_at *at, uint32_t location)
{
    for (size_t i = 0; i < at->opt->pull_count; i++)
        if (at->opt->pulls[i].location == location)
            return &at->opt->pulls[i];
    return NULL;
}

static uint32_t value2(struct pvg_at *at, SpvOp op, uint32_t x, uint32_t y)
{
    return pvg_spv_value(&at->b, op, pvg_spv_type_of(&at->b, x), PVG_SPV(x, y));
}

static uint32_t builtin_component(struct pvg_at *at, enum pvg_air_builtin kind, unsigned axis)
{
    struct pvg_air_param p = {.builtin = kind};
    uint32_t vec = pvg_spv_vec(&at->b, pvg_spv_int(&at->b, 32), 3);
    return pvg_spv_extract(&at->b, pvg_at_builtin(at, &p, vec), axis);
}

/** Element of the buffer that this invocation reads. */
static uint32_t element_index(struct pvg_at *at, const struct pvg_air_pull_attribute *a)
{
    struct pvg_spv *b = &at->b;
    uint32_t u32 = pvg_spv_int(b, 32);
    if (!a->step)
        return pvg_spv_u32(b, 0);
    if (!a->rate)
        pvg_at_fail(at, EINVAL, "attribute %u has step rate 0", a->location);
    uint32_t rate = pvg_spv_u32(b, a->rate);
    if (at->entry->stage == PVG_AIR_KERNEL) {
        if (a->step != 1 && a->step != 5 && a->step != 6)
            pvg_at_refuse(at, "step function %u of stage-in attribute %u", a->step, a->location);
        unsigned axis = a->step == 6;
        uint32_t i = pvg_spv_iadd(b, builtin_component(at, PVG_AIR_BUILTIN_THREAD_POSITION_IN_GRID, axis),
                                  builtin_component(at, PVG_AIR_BUILTIN_GRID_ORIGIN, axis));
        return a->rate == 1 ? i : value2(at, SpvOpUDiv, i, rate);
    }
    if (a->step == 1)
        return pvg_at_builtin_load(at, SpvBuiltInVertexIndex, u32);
    if (a->step != 2)
        pvg_at_refuse(at, "step function %u of attribute %u", a->step, a->location);
    uint32_t id = pvg_at_builtin_load(at, SpvBuiltInInstanceIndex, u32);
    if (a->rate == 1)
        return id;
    pvg_spv_capability(b, SpvCapabilityDrawParameters);
    uint32_t base = pvg_at_builtin_load(at, SpvBuiltInBaseInstance, u32);
    return pvg_spv_iadd(b, base, value2(at, SpvOpUDiv, value2(at, SpvOpISub, id, base), rate));
}

/** Address of the attribute, and whether it lies inside the buffer. Outside, the table itself is read and the value dropped. */
static uint32_t attribute_address(struct pvg_at *at, const struct pvg_air_pull_attribute *a, uint32_t element, uint32_t size,
                                  uint32_t *inside)
{
    struct pvg_spv *b = &at->b;
    const struct pvg_at_buffer *slot = NULL;
    for (uint32_t i = 0; i < at->pull_count; i++)
        if (at->pulls[i].info.index == a->buffer)
            slot = &at->pulls[i];
    if (!slot)
        pvg_at_refuse(at, "attribute %u has no buffer in the table", a->location);
    uint32_t u32 = pvg_spv_int(b, 32), u64 = pvg_spv_int(b, 64);
    uint32_t entry = pvg_at_table_load(at, slot->info.table_offset, pvg_spv_vec(b, u32, 4));
    uint32_t low = pvg_spv_value(b, SpvOpVectorShuffle, pvg_spv_vec(b, u32, 2), PVG_SPV(entry, entry, 0, 1));
    uint32_t base = pvg_spv_bitcast(b, u64, low), length = pvg_spv_resize(b, pvg_spv_extract(b, entry, 2), 64);
    uint32_t stride = pvg_spv_resize(b, pvg_spv_extract(b, entry, 3), 64);
    uint32_t byte = value2(at, SpvOpIMul, pvg_spv_resize(b, element, 64), stride);
    byte = pvg_spv_iadd(b, byte, pvg_spv_u64(b, a->offset));
    uint32_t end = pvg_spv_iadd(b, byte, pvg_spv_u64(b, size));
    *inside = pvg_spv_value(b, SpvOpULessThanEqual, pvg_spv_bool(b), PVG_SPV(end, length));
    uint32_t address = pvg_spv_iadd(b, base, byte);
    return pvg_spv_value(b, SpvOpSelect, u64, PVG_SPV(*inside, address, pvg_at_table_address(at)));
}

static uint32_t f32_splat(struct pvg_at *at, double v)
{
    return pvg_spv_f32(&at->b, (float)v);
}

/** Field of `bits` bits at `shift`, as signed or unsigned 32-bit integer. */
static uint32_t field(struct pvg_at *at, uint32_t word, unsigned shift, unsigned bits, bool sign)
{
    struct pvg_spv *b = &at->b;
    uint32_t up = pvg_spv_shl(b, word, 32 - shift - bits);
    if (bits == 32)
        return word;
    return value2(at, sign ? SpvOpShiftRightArithmetic : SpvOpShiftRightLogical, up, pvg_spv_u32(b, 32 - bits));
}

static uint32_t normalised(struct pvg_at *at, uint32_t v, unsigned bits, bool sign)
{
    struct pvg_spv *b = &at->b;
    uint32_t f32 = pvg_spv_float(b, 32);
    double top = (double)((1ull << (sign ? bits - 1 : bits)) - 1);
    uint32_t f = pvg_spv_value(b, sign ? SpvOpConvertSToF : SpvOpConvertUToF, f32, PVG_SPV(v));
    f = pvg_spv_value(b, SpvOpFDiv, f32, PVG_SPV(f, f32_splat(at, top)));
    return sign ? pvg_spv_ext(b, GLSLstd450FMax, f32, PVG_SPV(f, f32_splat(at, -1))) : f;
}

/** Small unsigned float: exponent bias 15, `mantissa` bits; shifted up it is a half. */
static uint32_t small_float(struct pvg_at *at, uint32_t word, unsigned shift, unsigned mantissa)
{
    struct pvg_spv *b = &at->b;
    uint32_t v = field(at, word, shift, mantissa + 5, false), f32 = pvg_spv_float(b, 32);
    uint32_t pair = pvg_spv_ext(b, GLSLstd450UnpackHalf2x16, pvg_spv_vec(b, f32, 2), PVG_SPV(pvg_spv_shl(b, v, 10 - mantissa)));
    return pvg_spv_extract(b, pair, 0);
}

static void unpack_word(struct pvg_at *at, const struct format *f, uint32_t word, uint32_t *out)
{
    struct pvg_spv *b = &at->b;
    uint32_t f32 = pvg_spv_float(b, 32);
    if (f->packed == PACK_1010102) {
        bool sign = f->kind == KIND_SNORM;
        for (unsigned i = 0; i < 4; i++) {
            unsigned bits = i == 3 ? 2 : 10;
            out[i] = normalised(at, field(at, word, 10 * i, bits, sign), bits, sign);
        }
    } else if (f->packed == PACK_111110F) {
        out[0] = small_float(at, word, 0, 6);
        out[1] = small_float(at, word, 11, 6);
        out[2] = small_float(at, word, 22, 5);
    } else {
        /* Shared exponent: mantissa * 2^(e - 15 - 9). */
        uint32_t e = pvg_spv_iadd(b, field(at, word, 27, 5, false), pvg_spv_u32(b, 127 - 24));
        uint32_t scale = pvg_spv_bitcast(b, f32, pvg_spv_shl(b, e, 23));
        for (unsigned i = 0; i < 3; i++) {
            uint32_t m = pvg_spv_value(b, SpvOpConvertUToF, f32, PVG_SPV(field(at, word, 9 * i, 9, false)));
            out[i] = pvg_spv_value(b, SpvOpFMul, f32, PVG_SPV(m, scale));
        }
    }
}

/** Component as 32-bit integer or float, before the bounds check. */
static uint32_t component(struct pvg_at *at, const struct format *f, uint32_t address)
{
    struct pvg_spv *b = &at->b;
    if (f->bits == 8) {
        pvg_at_need(at, PVG_AIR_NEED_STORAGE8);
        pvg_spv_capability(b, SpvCapabilityStorageBuffer8BitAccess);
    } else if (f->bits == 16) {
        pvg_at_need(at, PVG_AIR_NEED_STORAGE16);
        pvg_spv_capability(b, SpvCapabilityStorageBuffer16BitAccess);
    }
    uint32_t raw = pvg_at_load_raw(at, address, pvg_at_int(at, f->bits), f->bits / 8);
    bool sign = f->kind == KIND_SINT || f->kind == KIND_SNORM;
    uint32_t wide = sign ? pvg_spv_sresize(b, raw, 32) : pvg_spv_resize(b, raw, 32);
    uint32_t f32 = pvg_spv_float(b, 32);
    switch (f->kind) {
    case KIND_UNORM:
    case KIND_SNORM:
        return normalised(at, wide, f->bits, sign);
    case KIND_FLOAT:
        if (f->bits == 32)
            return pvg_spv_bitcast(b, f32, wide);
        return pvg_spv_extract(b, pvg_spv_ext(b, GLSLstd450UnpackHalf2x16, pvg_spv_vec(b, f32, 2), PVG_SPV(wide)), 0);
    default:
        return wide;
    }
}

uint32_t pvg_at_pull(struct pvg_at *at, const struct pvg_air_pull_attribute *a, uint32_t type)
{
    return pvg_at_pull_element(at, a, element_index(at, a), type);
}

uint32_t pvg_at_pull_element(struct pvg_at *at, const struct pvg_air_pull_attribute *a, uint32_t element, uint32_t type)
{
    struct pvg_spv *b = &at->b;
    if (a->format >= sizeof formats / sizeof *formats || !formats[a->format].components)
        pvg_at_fail(at, EINVAL, "attribute %u has format %u", a->location, a->format);
    const struct format *f = &formats[a->format];
    unsigned bytes = f->packed ? 4 : f->bits / 8u;
    uint32_t size = f->packed ? 4 : f->components * bytes, inside;
    uint32_t address = attribute_address(at, a, element, size, &inside);
    /* A misaligned attribute would fault on some devices: its components are read where alignment allows. */
    address = pvg_spv_and(b, address, ~(uint64_t)(bytes - 1));

    bool is_float = f->kind >= KIND_UNORM;
    uint32_t scalar = is_float ? pvg_spv_float(b, 32) : pvg_spv_int(b, 32), parts[4], zero = pvg_spv_null(b, scalar);
    if (f->packed)
        unpack_word(at, f, pvg_at_load_raw(at, address, pvg_spv_int(b, 32), 4), parts);
    else
        for (unsigned i = 0; i < f->components; i++)
            parts[i] = component(at, f, pvg_spv_iadd(b, address, pvg_spv_u64(b, i * bytes)));
    for (unsigned i = 0; i < 4; i++) {
        if (i < f->components)
            parts[i] = pvg_spv_value(b, SpvOpSelect, scalar, PVG_SPV(inside, parts[i], zero));
        else
            parts[i] = i < 3 ? zero : is_float ? pvg_spv_f32(b, 1) : pvg_spv_u32(b, 1);
    }
    if (f->bgra) {
        uint32_t t = parts[0];
        parts[0] = parts[2];
        parts[2] = t;
    }
    uint32_t v = pvg_spv_construct(b, pvg_spv_vec(b, scalar, 4), parts, 4);
    if (pvg_spv_is_float(b, type) != is_float)
        pvg_at_refuse(at, "attribute %u: format %u does not fit the type of the parameter", a->location, a->format);
    return pvg_at_fit(at, v, type);
}
