/* SPDX-License-Identifier: MIT */
#include "air/spirv_builder.h"

#include <errno.h>
#include <string.h>

/** A unique type or constant: the instruction's words without result id. */
struct pvg_spv_key {
    struct pvg_spv_key *next;
    uint32_t hash, id, type, count;
    SpvOp op;
    uint32_t words[];
};

void pvg_spv_init(struct pvg_spv *b, struct pvg_arena *arena)
{
    memset(b, 0, sizeof *b);
    b->arena = arena;
    b->bound = 1;
    b->at = PVG_SPV_BODY;
    b->table_cap = 256;
    b->table = pvg_arena_array(arena, b->table_cap, sizeof *b->table);
    struct pvg_spv_words *body = &b->sections[PVG_SPV_BODY];
    b->ids = pvg_arena_grow(arena, NULL, &b->id_cap, 384, sizeof *b->ids);
    body->data = pvg_arena_grow(arena, NULL, &body->cap, 2048, sizeof *body->data);
}

uint32_t pvg_spv_new_id(struct pvg_spv *b)
{
    uint32_t id = b->bound++;
    /* Universal limit of SPIR-V: ids below 4 194 304. */
    if (id >= 4194303)
        longjmp(b->arena->bail, -ENOMEM);
    b->ids = pvg_arena_grow(b->arena, b->ids, &b->id_cap, id + 1, sizeof *b->ids);
    return id;
}

static uint32_t *reserve(struct pvg_spv *b, enum pvg_spv_section s, size_t n)
{
    struct pvg_spv_words *w = &b->sections[s];
    w->data = pvg_arena_grow(b->arena, w->data, &w->cap, w->count + n, sizeof *w->data);
    uint32_t *p = w->data + w->count;
    w->count += n;
    return p;
}

static void check_length(struct pvg_spv *b, size_t words)
{
    if (words > 0xFFFF)
        longjmp(b->arena->bail, -ENOMEM);
}

void pvg_spv_emit(struct pvg_spv *b, enum pvg_spv_section s, SpvOp op, const uint32_t *words, size_t count)
{
    check_length(b, count + 1);
    uint32_t *p = reserve(b, s, count + 1);
    p[0] = (uint32_t)(count + 1) << 16 | (uint32_t)op;
    if (count)
        memcpy(p + 1, words, count * sizeof *p);
}

void pvg_spv_op(struct pvg_spv *b, SpvOp op, const uint32_t *words, size_t count)
{
    pvg_spv_emit(b, b->at, op, words, count);
}

static void emit_value(struct pvg_spv *b, enum pvg_spv_section s, SpvOp op, uint32_t type, uint32_t id, const uint32_t *words,
                       size_t count)
{
    check_length(b, count + 3);
    uint32_t *p = reserve(b, s, count + 3);
    p[0] = (uint32_t)(count + 3) << 16 | (uint32_t)op;
    p[1] = type;
    p[2] = id;
    if (count)
        memcpy(p + 3, words, count * sizeof *p);
    b->ids[id].type = type;
}

void pvg_spv_value_as(struct pvg_spv *b, SpvOp op, uint32_t type, uint32_t id, const uint32_t *words, size_t count)
{
    emit_value(b, b->at, op, type, id, words, count);
}

uint32_t pvg_spv_value(struct pvg_spv *b, SpvOp op, uint32_t type, const uint32_t *words, size_t count)
{
    uint32_t id = pvg_spv_new_id(b);
    emit_value(b, b->at, op, type, id, words, count);
    return id;
}

static uint32_t hash_words(SpvOp op, uint32_t type, const uint32_t *words, size_t count)
{
    uint64_t h = (uint64_t)op * 0x9E3779B97F4A7C15u ^ type;
    for (size_t i = 0; i < count; i++)
        h = (h ^ words[i]) * 0x100000001B3u;
    return (uint32_t)(h ^ h >> 32);
}

static void grow_table(struct pvg_spv *b)
{
    size_t cap = b->table_cap * 2;
    struct pvg_spv_key **table = pvg_arena_array(b->arena, cap, sizeof *table);
    for (size_t i = 0; i < b->table_cap; i++) {
        struct pvg_spv_key *k = b->table[i];
        while (k) {
            struct pvg_spv_key *next = k->next;
            k->next = table[k->hash & (cap - 1)];
            table[k->hash & (cap - 1)] = k;
            k = next;
        }
    }
    b->table = table;
    b->table_cap = cap;
}

uint32_t pvg_spv_unique(struct pvg_spv *b, SpvOp op, uint32_t type, const uint32_t *words, size_t count)
{
    uint32_t hash = hash_words(op, type, words, count);
    for (struct pvg_spv_key *k = b->table[hash & (b->table_cap - 1)]; k; k = k->next)
        if (k->hash == hash && k->op == op && k->type == type && k->count == count &&
            (!count || !memcmp(k->words, words, count * sizeof *words)))
            return k->id;

    if (b->table_count >= b->table_cap)
        grow_table(b);
    struct pvg_spv_key *k = pvg_arena_alloc(b->arena, sizeof *k + count * sizeof *words);
    k->hash = hash;
    k->op = op;
    k->type = type;
    k->count = (uint32_t)count;
    if (count)
        memcpy(k->words, words, count * sizeof *words);
    k->id = pvg_spv_new_id(b);
    k->next = b->table[hash & (b->table_cap - 1)];
    b->table[hash & (b->table_cap - 1)] = k;
    b->table_count++;

    struct pvg_spv_id *info = &b->ids[k->id];
    info->op = (uint16_t)op;
    info->members = k->words;
    if (type) {
        emit_value(b, PVG_SPV_GLOBALS, op, type, k->id, words, count);
        return k->id;
    }
    check_length(b, count + 2);
    uint32_t *p = reserve(b, PVG_SPV_GLOBALS, count + 2);
    p[0] = (uint32_t)(count + 2) << 16 | (uint32_t)op;
    p[1] = k->id;
    if (count)
        memcpy(p + 2, words, count * sizeof *p);
    return k->id;
}

uint32_t pvg_spv_ext(struct pvg_spv *b, enum GLSLstd450 inst, uint32_t type, const uint32_t *words, size_t count)
{
    if (!b->glsl) {
        b->glsl = pvg_spv_new_id(b);
        pvg_spv_emit_string(b, PVG_SPV_IMPORTS, SpvOpExtInstImport, PVG_SPV(b->glsl), "GLSL.std.450", NULL, 0);
    }
    uint32_t all[8];
    if (count > 6)
        longjmp(b->arena->bail, -EINVAL);
    all[0] = b->glsl;
    all[1] = (uint32_t)inst;
    memcpy(all + 2, words, count * sizeof *words);
    return pvg_spv_value(b, SpvOpExtInst, type, all, count + 2);
}

void pvg_spv_capability(struct pvg_spv *b, SpvCapability cap)
{
    struct pvg_spv_words *w = &b->sections[PVG_SPV_CAPABILITIES];
    for (size_t i = 1; i < w->count; i += 2)
        if (w->data[i] == (uint32_t)cap)
            return;
    pvg_spv_emit(b, PVG_SPV_CAPABILITIES, SpvOpCapability, PVG_SPV((uint32_t)cap));
}

void pvg_spv_emit_string(struct pvg_spv *b, enum pvg_spv_section s, SpvOp op, const uint32_t *before, size_t nbefore,
                         const char *string, const uint32_t *after, size_t nafter)
{
    size_t len = strlen(string);
    size_t nstr = len / 4 + 1, total = 1 + nbefore + nstr + nafter;
    check_length(b, total);
    uint32_t *p = reserve(b, s, total);
    p[0] = (uint32_t)total << 16 | (uint32_t)op;
    if (nbefore)
        memcpy(p + 1, before, nbefore * sizeof *p);
    p[1 + nbefore + nstr - 1] = 0;
    memcpy(p + 1 + nbefore, string, len);
    if (nafter)
        memcpy(p + 1 + nbefore + nstr, after, nafter * sizeof *p);
}

void pvg_spv_extension(struct pvg_spv *b, const char *name)
{
    const struct pvg_spv_words *w = &b->sections[PVG_SPV_EXTENSIONS];
    for (size_t i = 0; i < w->count; i += w->data[i] >> 16)
        if (!strcmp((const char *)(w->data + i + 1), name))
            return;
    pvg_spv_emit_string(b, PVG_SPV_EXTENSIONS, SpvOpExtension, NULL, 0, name, NULL, 0);
}

void pvg_spv_name(struct pvg_spv *b, uint32_t id, const char *name)
{
    char cut[256];
    size_t n = strnlen(name, sizeof cut - 1);
    memcpy(cut, name, n);
    cut[n] = 0;
    pvg_spv_emit_string(b, PVG_SPV_NAMES, SpvOpName, &id, 1, cut, NULL, 0);
}

void pvg_spv_decorate(struct pvg_spv *b, uint32_t id, SpvDecoration d, const uint32_t *words, size_t count)
{
    uint32_t *p = reserve(b, PVG_SPV_DECORATIONS, count + 3);
    p[0] = (uint32_t)(count + 3) << 16 | SpvOpDecorate;
    p[1] = id;
    p[2] = (uint32_t)d;
    if (count)
        memcpy(p + 3, words, count * sizeof *p);
}

/* ---- Types --------------------------------------------------------------------------------------------------------------- */

uint32_t pvg_spv_void(struct pvg_spv *b)
{
    return pvg_spv_unique(b, SpvOpTypeVoid, 0, NULL, 0);
}

uint32_t pvg_spv_bool(struct pvg_spv *b)
{
    if (!b->bool_id) {
        b->bool_id = pvg_spv_unique(b, SpvOpTypeBool, 0, NULL, 0);
        b->ids[b->bool_id].width = 1;
    }
    return b->bool_id;
}

/** Place of a type of this width in the arrays of ids; `other` where they have none. */
static uint32_t *known_type(uint32_t ids[4], unsigned width, uint32_t *other)
{
    bool listed = width == 8 || width == 16 || width == 32 || width == 64;
    *other = 0;
    return listed ? &ids[__builtin_ctz(width) - 3] : other;
}

static uint32_t int_type(struct pvg_spv *b, unsigned width, uint32_t sign)
{
    uint32_t other, *known = known_type(b->int_ids[sign], width, &other);
    if (*known)
        return *known;
    if (width == 8)
        pvg_spv_capability(b, SpvCapabilityInt8);
    if (width == 16)
        pvg_spv_capability(b, SpvCapabilityInt16);
    if (width == 64)
        pvg_spv_capability(b, SpvCapabilityInt64);
    *known = pvg_spv_unique(b, SpvOpTypeInt, 0, PVG_SPV(width, sign));
    b->ids[*known].width = (uint16_t)width;
    return *known;
}

uint32_t pvg_spv_int(struct pvg_spv *b, unsigned width)
{
    return int_type(b, width, 0);
}

uint32_t pvg_spv_sint(struct pvg_spv *b, unsigned width)
{
    return int_type(b, width, 1);
}

uint32_t pvg_spv_float(struct pvg_spv *b, unsigned width)
{
    uint32_t other, *known = known_type(b->float_ids, width, &other);
    if (*known)
        return *known;
    if (width == 16)
        pvg_spv_capability(b, SpvCapabilityFloat16);
    if (width == 64)
        pvg_spv_capability(b, SpvCapabilityFloat64);
    *known = pvg_spv_unique(b, SpvOpTypeFloat, 0, PVG_SPV(width));
    b->ids[*known].width = (uint16_t)width;
    return *known;
}

uint32_t pvg_spv_vec(struct pvg_spv *b, uint32_t elem, unsigned count)
{
    if (count == 1)
        return elem;
    uint32_t id = pvg_spv_unique(b, SpvOpTypeVector, 0, PVG_SPV(elem, count));
    b->ids[id].elem = elem;
    b->ids[id].count = count;
    return id;
}

uint32_t pvg_spv_array(struct pvg_spv *b, uint32_t elem, uint32_t length)
{
    uint32_t id = pvg_spv_unique(b, SpvOpTypeArray, 0, PVG_SPV(elem, pvg_spv_u32(b, length)));
    b->ids[id].elem = elem;
    b->ids[id].count = length;
    return id;
}

uint32_t pvg_spv_struct(struct pvg_spv *b, const uint32_t *members, size_t count)
{
    uint32_t id = pvg_spv_unique(b, SpvOpTypeStruct, 0, members, count);
    b->ids[id].count = (uint32_t)count;
    return id;
}

uint32_t pvg_spv_ptr(struct pvg_spv *b, SpvStorageClass sc, uint32_t pointee)
{
    uint32_t id = pvg_spv_unique(b, SpvOpTypePointer, 0, PVG_SPV((uint32_t)sc, pointee));
    b->ids[id].elem = pointee;
    return id;
}

uint32_t pvg_spv_scalar(const struct pvg_spv *b, uint32_t type)
{
    return b->ids[type].op == SpvOpTypeVector ? b->ids[type].elem : type;
}

unsigned pvg_spv_components(const struct pvg_spv *b, uint32_t type)
{
    return b->ids[type].op == SpvOpTypeVector ? b->ids[type].count : 1;
}

uint32_t pvg_spv_like(struct pvg_spv *b, uint32_t like, uint32_t elem)
{
    return pvg_spv_vec(b, elem, pvg_spv_components(b, like));
}

bool pvg_spv_is_float(const struct pvg_spv *b, uint32_t type)
{
    return b->ids[pvg_spv_scalar(b, type)].op == SpvOpTypeFloat;
}

unsigned pvg_spv_width(const struct pvg_spv *b, uint32_t type)
{
    return b->ids[pvg_spv_scalar(b, type)].width;
}

/* ---- Constants ----------------------------------------------------------------------------------------------------------- */

static uint64_t mask_of(unsigned width)
{
    return width >= 64 ? UINT64_MAX : ((uint64_t)1 << width) - 1;
}

uint32_t pvg_spv_const(struct pvg_spv *b, uint32_t type, uint64_t bits)
{
    const struct pvg_spv_id t = b->ids[type];
    if (t.op == SpvOpTypeBool)
        return bits & 1 ? pvg_spv_true(b) : pvg_spv_false(b);
    bits &= mask_of(t.width);
    /* Narrow literals are stored extended according to their type's signedness; only unsigned ones are made here. */
    uint32_t words[2] = {(uint32_t)bits, (uint32_t)(bits >> 32)};
    uint32_t id = pvg_spv_unique(b, SpvOpConstant, type, words, t.width > 32 ? 2 : 1);
    b->ids[id].bits = bits;
    return id;
}

uint32_t pvg_spv_splat(struct pvg_spv *b, uint32_t type, uint64_t bits)
{
    uint32_t scalar = pvg_spv_const(b, pvg_spv_scalar(b, type), bits);
    unsigned n = pvg_spv_components(b, type);
    if (n == 1)
        return scalar;
    uint32_t parts[16];
    for (unsigned i = 0; i < n && i < 16; i++)
        parts[i] = scalar;
    return pvg_spv_const_composite(b, type, parts, n);
}

uint32_t pvg_spv_u32(struct pvg_spv *b, uint32_t v)
{
    return pvg_spv_const(b, pvg_spv_int(b, 32), v);
}

uint32_t pvg_spv_u64(struct pvg_spv *b, uint64_t v)
{
    return pvg_spv_const(b, pvg_spv_int(b, 64), v);
}

uint32_t pvg_spv_f32(struct pvg_spv *b, float v)
{
    uint32_t bits;
    memcpy(&bits, &v, 4);
    return pvg_spv_const(b, pvg_spv_float(b, 32), bits);
}

uint32_t pvg_spv_true(struct pvg_spv *b)
{
    return pvg_spv_unique(b, SpvOpConstantTrue, pvg_spv_bool(b), NULL, 0);
}

uint32_t pvg_spv_false(struct pvg_spv *b)
{
    return pvg_spv_unique(b, SpvOpConstantFalse, pvg_spv_bool(b), NULL, 0);
}

uint32_t pvg_spv_null(struct pvg_spv *b, uint32_t type)
{
    const uint16_t op = b->ids[type].op;
    if (op == SpvOpTypeInt || op == SpvOpTypeFloat || op == SpvOpTypeBool)
        return pvg_spv_const(b, type, 0);
    return pvg_spv_unique(b, SpvOpConstantNull, type, NULL, 0);
}

uint32_t pvg_spv_const_composite(struct pvg_spv *b, uint32_t type, const uint32_t *members, size_t count)
{
    return pvg_spv_unique(b, SpvOpConstantComposite, type, members, count);
}

bool pvg_spv_const_bits(const struct pvg_spv *b, uint32_t id, uint64_t *bits)
{
    const struct pvg_spv_id *i = &b->ids[id];
    if (i->op != SpvOpConstant || b->ids[i->type].op != SpvOpTypeInt)
        return false;
    *bits = i->bits;
    return true;
}

static uint16_t half_bits(double v)
{
    /* Round to nearest even through the 64-bit pattern: one rounding only. */
    uint64_t u;
    memcpy(&u, &v, 8);
    uint16_t sign = (uint16_t)(u >> 48 & 0x8000);
    int exp = (int)(u >> 52 & 0x7FF) - 1023;
    uint64_t man = u & 0xFFFFFFFFFFFFFu;
    if (exp == 1024)
        return (uint16_t)(sign | 0x7C00 | (man ? 0x200 : 0));
    if (exp > 15)
        return (uint16_t)(sign | 0x7C00);
    if (exp < -25)
        return sign;
    man |= (uint64_t)1 << 52;
    int shift = exp >= -14 ? 42 : 42 + (-14 - exp);
    uint64_t q = man >> shift, rest = man & (((uint64_t)1 << shift) - 1), half = (uint64_t)1 << (shift - 1);
    if (rest > half || (rest == half && (q & 1)))
        q++;
    if (exp >= -14)
        q += (uint64_t)(exp + 14) << 10;
    return (uint16_t)(sign | q);
}

uint64_t pvg_spv_float_bits(unsigned width, double v)
{
    if (width == 16)
        return half_bits(v);
    if (width == 32) {
        float f = (float)v;
        uint32_t u;
        memcpy(&u, &f, 4);
        return u;
    }
    uint64_t u;
    memcpy(&u, &v, 8);
    return u;
}

/* ---- Arithmetic ---------------------------------------------------------------------------------------------------------- */

uint32_t pvg_spv_iadd(struct pvg_spv *b, uint32_t x, uint32_t y)
{
    uint32_t type = pvg_spv_type_of(b, x);
    uint64_t p, q;
    bool cx = pvg_spv_const_bits(b, x, &p), cy = pvg_spv_const_bits(b, y, &q);
    if (cx && cy)
        return pvg_spv_const(b, type, p + q);
    if (cx && !p)
        return y;
    if (cy && !q)
        return x;
    return pvg_spv_value(b, SpvOpIAdd, type, PVG_SPV(x, y));
}

uint32_t pvg_spv_isub(struct pvg_spv *b, uint32_t x, uint32_t y)
{
    uint32_t type = pvg_spv_type_of(b, x);
    uint64_t p, q;
    bool cx = pvg_spv_const_bits(b, x, &p), cy = pvg_spv_const_bits(b, y, &q);
    if (cx && cy)
        return pvg_spv_const(b, type, p - q);
    if (cy && !q)
        return x;
    return pvg_spv_value(b, SpvOpISub, type, PVG_SPV(x, y));
}

uint32_t pvg_spv_imul(struct pvg_spv *b, uint32_t x, uint32_t y)
{
    uint32_t type = pvg_spv_type_of(b, x);
    uint64_t p, q;
    bool cx = pvg_spv_const_bits(b, x, &p), cy = pvg_spv_const_bits(b, y, &q);
    if (cx && cy)
        return pvg_spv_const(b, type, p * q);
    if ((cx && !p) || (cy && !q))
        return pvg_spv_const(b, type, 0);
    if (cx && p == 1)
        return y;
    if (cy && q == 1)
        return x;
    if (cy && !(q & (q - 1)))
        return pvg_spv_shl(b, x, (unsigned)__builtin_ctzll(q));
    return pvg_spv_value(b, SpvOpIMul, type, PVG_SPV(x, y));
}

uint32_t pvg_spv_shl(struct pvg_spv *b, uint32_t x, unsigned n)
{
    uint32_t type = pvg_spv_type_of(b, x);
    uint64_t p;
    if (!n)
        return x;
    if (pvg_spv_const_bits(b, x, &p))
        return pvg_spv_const(b, type, p << n);
    return pvg_spv_value(b, SpvOpShiftLeftLogical, type, PVG_SPV(x, pvg_spv_splat(b, type, n)));
}

uint32_t pvg_spv_shr(struct pvg_spv *b, uint32_t x, unsigned n)
{
    uint32_t type = pvg_spv_type_of(b, x);
    uint64_t p;
    if (!n)
        return x;
    if (pvg_spv_const_bits(b, x, &p))
        return pvg_spv_const(b, type, p >> n);
    return pvg_spv_value(b, SpvOpShiftRightLogical, type, PVG_SPV(x, pvg_spv_splat(b, type, n)));
}

uint32_t pvg_spv_and(struct pvg_spv *b, uint32_t x, uint64_t mask)
{
    uint32_t type = pvg_spv_type_of(b, x);
    uint64_t p;
    if (pvg_spv_const_bits(b, x, &p))
        return pvg_spv_const(b, type, p & mask);
    return pvg_spv_value(b, SpvOpBitwiseAnd, type, PVG_SPV(x, pvg_spv_splat(b, type, mask)));
}

static uint32_t resize(struct pvg_spv *b, uint32_t x, unsigned width, bool sign)
{
    uint32_t type = pvg_spv_type_of(b, x);
    unsigned from = pvg_spv_width(b, type);
    if (from == width)
        return x;
    uint32_t to = pvg_spv_like(b, type, pvg_spv_int(b, width));
    uint64_t p;
    if (pvg_spv_const_bits(b, x, &p)) {
        if (sign && from < 64 && (p >> (from - 1) & 1))
            p |= ~mask_of(from);
        return pvg_spv_const(b, to, p);
    }
    return pvg_spv_value(b, sign ? SpvOpSConvert : SpvOpUConvert, to, PVG_SPV(x));
}

uint32_t pvg_spv_resize(struct pvg_spv *b, uint32_t x, unsigned width)
{
    return resize(b, x, width, false);
}

uint32_t pvg_spv_sresize(struct pvg_spv *b, uint32_t x, unsigned width)
{
    return resize(b, x, width, true);
}

uint32_t pvg_spv_bitcast(struct pvg_spv *b, uint32_t type, uint32_t x)
{
    if (pvg_spv_type_of(b, x) == type)
        return x;
    return pvg_spv_value(b, SpvOpBitcast, type, PVG_SPV(x));
}

uint32_t pvg_spv_extract(struct pvg_spv *b, uint32_t composite, uint32_t index)
{
    uint32_t type = pvg_spv_type_of(b, composite);
    const struct pvg_spv_id t = b->ids[type];
    uint32_t elem = t.op == SpvOpTypeStruct ? t.members[index] : t.elem;
    const struct pvg_spv_id c = b->ids[composite];
    if (c.op == SpvOpConstantComposite)
        return c.members[index];
    if (c.op == SpvOpConstantNull)
        return pvg_spv_null(b, elem);
    return pvg_spv_value(b, SpvOpCompositeExtract, elem, PVG_SPV(composite, index));
}

static bool is_constant(const struct pvg_spv *b, uint32_t id)
{
    switch (b->ids[id].op) {
    case SpvOpConstant:
    case SpvOpConstantTrue:
    case SpvOpConstantFalse:
    case SpvOpConstantComposite:
    case SpvOpConstantNull:
        return true;
    default:
        return false;
    }
}

uint32_t pvg_spv_construct(struct pvg_spv *b, uint32_t type, const uint32_t *parts, size_t count)
{
    if (count == 1 && pvg_spv_type_of(b, parts[0]) == type)
        return parts[0];
    bool all = true;
    for (size_t i = 0; i < count; i++)
        all = all && is_constant(b, parts[i]);
    if (all && b->ids[type].count == count)
        return pvg_spv_const_composite(b, type, parts, count);
    return pvg_spv_value(b, SpvOpCompositeConstruct, type, parts, count);
}

uint32_t pvg_spv_replicate(struct pvg_spv *b, uint32_t type, uint32_t scalar)
{
    uint32_t parts[16];
    unsigned n = pvg_spv_components(b, type);
    for (unsigned i = 0; i < n && i < 16; i++)
        parts[i] = scalar;
    return pvg_spv_construct(b, type, parts, n);
}

uint32_t pvg_spv_variable(struct pvg_spv *b, SpvStorageClass sc, uint32_t pointee, uint32_t init)
{
    uint32_t id = pvg_spv_new_id(b);
    emit_value(b, sc == SpvStorageClassFunction ? PVG_SPV_VARIABLES : PVG_SPV_GLOBALS, SpvOpVariable, pvg_spv_ptr(b, sc, pointee),
               id, (const uint32_t[]){(uint32_t)sc, init}, init ? 2 : 1);
    return id;
}

struct pvg_spv_words pvg_spv_finish(struct pvg_spv *b, uint32_t version)
{
    size_t total = 5;
    for (int s = 0; s < PVG_SPV_SECTION_COUNT; s++)
        total += b->sections[s].count;
    struct pvg_spv_words out = {.data = pvg_arena_array(b->arena, total, sizeof(uint32_t)), .cap = total};
    const uint32_t header[5] = {SpvMagicNumber, version, 0, b->bound, 0};
    memcpy(out.data, header, sizeof header);
    out.count = 5;
    for (int s = 0; s < PVG_SPV_SECTION_COUNT; s++) {
        if (b->sections[s].count)
            memcpy(out.data + out.count, b->sections[s].data, b->sections[s].count * sizeof(uint32_t));
        out.count += b->sections[s].count;
    }
    return out;
}
