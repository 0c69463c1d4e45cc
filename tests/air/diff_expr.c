/* SPDX-License-Identifier: MIT */
/* Random expressions and memory accesses. */
#include "tests/air/diff_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Types ----------------------------------------------------------------------------------------------------------------- */

struct type type_of(bool is_float, unsigned bits, unsigned lanes)
{
    return (struct type){is_float, (uint8_t)bits, (uint8_t)lanes};
}

bool same_type(struct type a, struct type b)
{
    return a.is_float == b.is_float && a.bits == b.bits && a.lanes == b.lanes;
}

static const char *scalar_text(struct type t)
{
    if (t.is_float)
        return t.bits == 16 ? "half" : "float";
    return t.bits == 1 ? "i1" : t.bits == 8 ? "i8" : t.bits == 16 ? "i16" : t.bits == 32 ? "i32" : "i64";
}

const char *type_text(struct type t)
{
    static char ring[16][24];
    static unsigned next;
    char *s = ring[next++ % 16];
    if (t.lanes == 1)
        snprintf(s, sizeof ring[0], "%s", scalar_text(t));
    else
        snprintf(s, sizeof ring[0], "<%u x %s>", t.lanes, scalar_text(t));
    return s;
}

/** Suffix of intrinsic names. */
static const char *suffix(struct type t)
{
    static char ring[8][16];
    static unsigned next;
    char *s = ring[next++ % 8], lanes[8] = "";
    if (t.lanes > 1)
        snprintf(lanes, sizeof lanes, "v%u", t.lanes);
    snprintf(s, sizeof ring[0], "%s%c%u", lanes, t.is_float ? 'f' : 'i', t.bits);
    return s;
}

unsigned type_size(struct type t)
{
    return (t.bits + 7u) / 8 * (t.lanes == 3 ? 4 : t.lanes);
}

unsigned type_store_size(struct type t)
{
    return (t.bits + 7u) / 8 * t.lanes;
}

static unsigned random_lanes(struct gen *g)
{
    return gen_chance(g, 60) ? 1 : 2 + gen_random(g, 3);
}

struct type gen_int_type(struct gen *g, unsigned lanes)
{
    static const uint8_t all[] = {8, 16, 32, 32, 32, 64}, large[] = {32, 32, 64};
    bool small = g->o->features & DIFF_SMALL_INTS;
    return type_of(false, small ? all[gen_random(g, 6)] : large[gen_random(g, 3)], lanes);
}

struct type gen_float_type(struct gen *g, unsigned lanes)
{
    return type_of(true, g->o->features & DIFF_HALF && gen_chance(g, 35) ? 16 : 32, lanes);
}

struct type gen_type(struct gen *g)
{
    unsigned lanes = random_lanes(g), k = gen_random(g, 10);
    if (k == 0)
        return type_of(false, 1, lanes);
    return k < 7 ? gen_int_type(g, lanes) : gen_float_type(g, lanes);
}

/* ---- Constants ------------------------------------------------------------------------------------------------------------- */

static void append(struct op *o, const char *s)
{
    strncat(o->s, s, sizeof o->s - strlen(o->s) - 1);
}

static void scalar_constant(struct gen *g, struct type t, char *out, size_t n)
{
    if (t.is_float) {
        /* Quarters up to 64: exact in both widths, never zero. */
        static const char *const f[] = {"1.0", "-1.0",  "0.5",   "2.0",   "-3.0", "0.25",
                                        "7.0", "-12.5", "63.75", "-0.75", "10.0", "1.5"};
        snprintf(out, n, "%s", f[gen_random(g, sizeof f / sizeof *f)]);
        return;
    }
    if (t.bits == 1) {
        snprintf(out, n, gen_chance(g, 50) ? "true" : "false");
        return;
    }
    int64_t v;
    switch (gen_random(g, 4)) {
    case 0:
        v = (int64_t)gen_random(g, 17) - 8;
        break;
    case 1:
        v = (int64_t)((uint64_t)gen_random(g, UINT32_MAX) << 32 | gen_random(g, UINT32_MAX));
        break;
    case 2:
        v = (int64_t)((uint64_t)1 << gen_random(g, t.bits));
        break;
    default:
        v = gen_random(g, 256);
        break;
    }
    unsigned shift = 64u - t.bits;
    v = (int64_t)((uint64_t)v << shift) >> shift;
    snprintf(out, n, "%lld", (long long)v);
}

struct op gen_constant(struct gen *g, struct type t)
{
    struct op o = {""};
    char s[32];
    if (t.lanes == 1) {
        scalar_constant(g, t, o.s, sizeof o.s);
        return o;
    }
    if (gen_chance(g, 10) && !t.is_float) {
        append(&o, "zeroinitializer");
        return o;
    }
    append(&o, "<");
    for (unsigned i = 0; i < t.lanes; i++) {
        scalar_constant(g, t, s, sizeof s);
        append(&o, i ? ", " : "");
        append(&o, scalar_text(t));
        append(&o, " ");
        append(&o, s);
    }
    append(&o, ">");
    return o;
}

/** All lanes the same. */
static struct op splat(struct type t, const char *scalar)
{
    struct op o = {""};
    if (t.lanes == 1) {
        append(&o, scalar);
        return o;
    }
    append(&o, "<");
    for (unsigned i = 0; i < t.lanes; i++) {
        append(&o, i ? ", " : "");
        append(&o, scalar_text(t));
        append(&o, " ");
        append(&o, scalar);
    }
    append(&o, ">");
    return o;
}

/* ---- Helpers
 * ---------------------------------------------------------------------------------------------------------------------- */

static struct op unary(struct gen *g, const char *inst, struct type from, struct op v, struct type to)
{
    struct op r = gen_name(g);
    gen_emit(g, "%s = %s %s %s to %s", r.s, inst, type_text(from), v.s, type_text(to));
    return r;
}

static struct op binary(struct gen *g, const char *inst, struct type t, struct op a, struct op b)
{
    struct op r = gen_name(g);
    gen_emit(g, "%s = %s %s %s, %s", r.s, inst, type_text(t), a.s, b.s);
    return r;
}

static struct op unary_text(struct gen *g, const char *inst, const char *from, struct op v, const char *to)
{
    struct op r = gen_name(g);
    gen_emit(g, "%s = %s %s %s to %s", r.s, inst, from, v.s, to);
    return r;
}

static struct type bools(unsigned lanes)
{
    return type_of(false, 1, lanes);
}

static struct op select_op(struct gen *g, struct op c, unsigned cond_lanes, struct type t, struct op a, struct op b)
{
    struct op r = gen_name(g);
    gen_emit(g, "%s = select %s %s, %s %s, %s %s", r.s, type_text(bools(cond_lanes)), c.s, type_text(t), a.s, type_text(t), b.s);
    return r;
}

struct op gen_canonical(struct gen *g, struct op v, struct type t)
{
    /* Halves in [1/64, 256), floats in [2^-20, 2^20), of either sign: a range of exponents. */
    struct type bits = type_of(false, t.bits, t.lanes), b = bools(t.lanes);
    if (t.bits == 32 || g->o->features & DIFF_SMALL_INTS) {
        struct op magnitude =
            binary(g, "and", bits, unary(g, "bitcast", t, v, bits), splat(bits, t.bits == 16 ? "32767" : "2147483647"));
        struct op above = binary(g, "sub", bits, magnitude, splat(bits, t.bits == 16 ? "9216" : "897581056")), ok = gen_name(g);
        gen_emit(g, "%s = icmp ult %s %s, %s", ok.s, type_text(bits), above.s, splat(bits, t.bits == 16 ? "14336" : "335544320").s);
        return select_op(g, ok, t.lanes, t, v, splat(t, "1.5"));
    }
    static const char *const preds[4] = {"olt", "ogt", "oge", "ole"};
    static const char *const limits[4] = {"256.0", "-256.0", "0.015625", "-0.015625"};
    struct op c[4];
    for (unsigned i = 0; i < 4; i++) {
        c[i] = gen_name(g);
        gen_emit(g, "%s = fcmp %s %s %s, %s", c[i].s, preds[i], type_text(t), v.s, splat(t, limits[i]).s);
    }
    struct op inside = binary(g, "and", b, c[0], c[1]), outside = binary(g, "or", b, c[2], c[3]);
    return select_op(g, binary(g, "and", b, inside, outside), t.lanes, t, v, splat(t, "1.5"));
}

struct op gen_from_word(struct gen *g, struct op v, struct type t)
{
    struct type word = type_of(false, 32, 1);
    if (t.is_float) {
        struct type one = type_of(true, t.bits, 1);
        struct op low = binary(g, "and", word, v, (struct op){"127"});
        struct op f = unary(g, "uitofp", word, low, one);
        v = binary(g, "fadd", one, f, (struct op){"0.5"});
    } else if (t.bits != 32) {
        v = unary(g, t.bits < 32 ? "trunc" : gen_chance(g, 50) ? "zext" : "sext", word, v, type_of(false, t.bits, 1));
    }
    if (t.lanes == 1)
        return v;
    struct op whole = gen_constant(g, t);
    for (unsigned i = 0; i < t.lanes; i++) {
        if (!gen_chance(g, 60))
            continue;
        struct op r = gen_name(g);
        gen_emit(g, "%s = insertelement %s %s, %s %s, i32 %u", r.s, type_text(t), whole.s, scalar_text(t), v.s, i);
        whole = r;
    }
    return whole;
}

struct op gen_to_word(struct gen *g, struct op v, struct type t)
{
    if (t.is_float) {
        struct type bits = type_of(false, t.bits, t.lanes);
        v = unary(g, "bitcast", t, v, bits);
        t = bits;
    }
    if (t.lanes > 1) {
        struct type one = type_of(false, t.bits, 1);
        struct op sum = {"0"};
        if (t.bits == 1)
            strcpy(sum.s, "false");
        for (unsigned i = 0; i < t.lanes; i++) {
            struct op e = gen_name(g);
            gen_emit(g, "%s = extractelement %s %s, i32 %u", e.s, type_text(t), v.s, i);
            if (t.bits > 8)
                sum = binary(g, "mul", one, sum, (struct op){"31"});
            sum = binary(g, t.bits == 1 ? "xor" : "add", one, sum, e);
        }
        v = sum;
        t = one;
    }
    struct type word = type_of(false, 32, 1);
    if (t.bits == 64) {
        struct op high = binary(g, "lshr", t, v, (struct op){"32"});
        return unary(g, "trunc", t, binary(g, "xor", t, v, high), word);
    }
    return t.bits == 32 ? v : unary(g, "zext", t, v, word);
}

struct op gen_index(struct gen *g, unsigned below)
{
    struct op o;
    if (below <= 1 || gen_chance(g, 25)) {
        snprintf(o.s, sizeof o.s, "%u", gen_random(g, below ? below : 1));
        return o;
    }
    struct type word = type_of(false, 32, 1);
    snprintf(o.s, sizeof o.s, "%u", below - 1);
    return binary(g, "and", word, gen_expr(g, word, 1), o);
}

/* ---- Memory
 * ------------------------------------------------------------------------------------------------------------------------- */

static const char *space_text(int space)
{
    static const char *const names[] = {"ptr", "ptr addrspace(1)", "ptr addrspace(2)", "ptr addrspace(3)"};
    return names[space];
}

/** An index operand in i64 or i32 with its type. */
static struct op typed_index(struct gen *g, struct op i)
{
    struct op o;
    if (gen_chance(g, 30) || (i.s[0] != '%' && gen_chance(g, 50))) {
        snprintf(o.s, sizeof o.s, "i32 %.200s", i.s);
        return o;
    }
    if (i.s[0] == '%')
        i = unary(g, gen_chance(g, 50) ? "zext" : "sext", type_of(false, 32, 1), i, type_of(false, 64, 1));
    snprintf(o.s, sizeof o.s, "i64 %.200s", i.s);
    return o;
}

const struct mem *gen_memory(struct gen *g, struct type t, bool write)
{
    unsigned start = gen_random(g, g->mem_count);
    for (unsigned i = 0; i < g->mem_count; i++) {
        const struct mem *m = &g->mems[(start + i) % g->mem_count];
        if (write && !m->writable)
            continue;
        if (!m->typed || (m->only.is_float == t.is_float && m->only.bits == t.bits))
            return m;
    }
    return NULL;
}

struct op gen_address(struct gen *g, const struct mem *m, struct type t, unsigned *align)
{
    struct op r = gen_name(g), base;
    unsigned size = type_size(t), unit = (t.bits + 7u) / 8;
    const char *space = space_text(m->space);
    snprintf(base.s, sizeof base.s, "%s", m->base);
    if (gen_chance(g, 20)) { /* Away and back. */
        struct op away = gen_name(g), back = gen_name(g);
        unsigned d = gen_random(g, 4) + 1;
        gen_emit(g, "%s = getelementptr i32, %s %s, i64 %u", away.s, space, base.s, d);
        gen_emit(g, "%s = getelementptr i32, %s %s, i64 -%u", back.s, space, away.s, d);
        base = back;
    }
    unsigned form = gen_random(g, 10);
    if (form < 6 || m->bytes < 2 * size || m->typed || !g->packed) {
        unsigned n = m->bytes / size;
        struct op i = typed_index(g, gen_index(g, n ? n : 1));
        if (form < 2)
            gen_emit(g, "%s = getelementptr [%u x %s], %s %s, i64 0, %s", r.s, n, type_text(t), space, base.s, i.s);
        else
            gen_emit(g, "%s = getelementptr %s, %s %s, %s", r.s, type_text(t), space, base.s, i.s);
        *align = size < 16 ? size : 16;
        if (gen_chance(g, 20) && !m->typed)
            *align = unit; /* Aligned like its lanes. */
        return r;
    }
    /* Any multiple of 1, 2, 4 ... up to the scalar's size; the address has no better alignment. */
    unsigned grain = 1;
    while (grain < unit && gen_chance(g, 60))
        grain *= 2;
    struct op i = gen_index(g, m->bytes / 2 / grain);
    *align = grain;
    struct op k = typed_index(g, i);
    gen_emit(g, "%s = getelementptr %s, %s %s, %s", r.s,
             grain == 8   ? "i64"
             : grain == 4 ? "i32"
             : grain == 2 ? "i16"
                          : "i8",
             space, base.s, k.s);
    return r;
}

struct op gen_load(struct gen *g, int space, struct op address, struct type t, unsigned align)
{
    struct op r = gen_name(g);
    const char *v = gen_chance(g, 5) ? "volatile " : "";
    gen_emit(g, "%s = load %s%s, %s %s, align %u", r.s, v, type_text(t), space_text(space), address.s, align);
    return t.is_float ? gen_canonical(g, r, t) : r;
}

void gen_store(struct gen *g, int space, struct op address, struct op v, struct type t, unsigned align)
{
    const char *q = gen_chance(g, 5) ? "volatile " : "";
    gen_emit(g, "store %s%s %s, %s %s, align %u", q, type_text(t), v.s, space_text(space), address.s, align);
}

static struct op load_any(struct gen *g, struct type t)
{
    if (t.bits == 1) {
        struct type byte = type_of(false, 32, t.lanes);
        struct op v = load_any(g, byte);
        return unary(g, "trunc", byte, v, t);
    }
    unsigned align;
    bool listed = g->pointer_list && gen_chance(g, 25);
    if (listed || (g->pointer_count && gen_chance(g, 25))) {
        int space = 1;
        struct op base;
        if (listed) {
            struct op i = gen_index(g, 4), slot = gen_name(g);
            base = gen_name(g);
            gen_emit(g, "%s = getelementptr [4 x ptr addrspace(1)], ptr %%list, i32 0, i32 %s", slot.s, i.s);
            gen_emit(g, "%s = load ptr addrspace(1), ptr %s, align 8", base.s, slot.s);
        } else {
            const struct pointer *p = &g->pointers[gen_random(g, g->pointer_count)];
            space = p->space;
            base = gen_name(g);
            gen_emit(g, "%s = load %s, ptr %s", base.s, space_text(p->space), p->name);
        }
        struct mem m = {.space = space, .bytes = 32, .struct_view = -1};
        snprintf(m.base, sizeof m.base, "%.20s", base.s);
        if (type_size(t) <= 32) {
            struct op a = gen_address(g, &m, t, &align);
            return gen_load(g, m.space, a, t, align);
        }
    }
    const struct mem *m = gen_memory(g, t, false);
    struct op a = gen_address(g, m, t, &align);
    return gen_load(g, m->space, a, t, align);
}

struct op gen_leaf(struct gen *g, struct type t)
{
    unsigned k = gen_random(g, 10), start = gen_random(g, 24);
    if (k < 6) {
        for (unsigned i = 0; i < g->var_count; i++) {
            const struct var *v = &g->vars[(start + i) % g->var_count];
            if (!same_type(v->type, t))
                continue;
            struct op r = gen_name(g);
            gen_emit(g, "%s = load %s, ptr %s", r.s, type_text(t), v->name);
            return r;
        }
    }
    if (k == 6 || !g->mem_count)
        return gen_constant(g, t);
    if (k == 7 && g->expr_left > 0) {
        g->expr_left--;
        return load_any(g, t);
    }
    struct op word = {""};
    append(&word, g->random);
    if (gen_chance(g, 50)) {
        struct op c = gen_constant(g, type_of(false, 32, 1));
        word = binary(g, gen_chance(g, 50) ? "xor" : "mul", type_of(false, 32, 1), word, c);
    }
    return gen_from_word(g, word, t);
}

/* ---- Integers
 * ----------------------------------------------------------------------------------------------------------------------- */

/** A word that takes small values, zero among them, and that LLVM knows nothing about. */
static struct op unknown_small(struct gen *g, struct type t)
{
    struct type word = type_of(false, 32, 1);
    char sh[8];
    snprintf(sh, sizeof sh, "%u", gen_random(g, 28));
    struct op n = {""};
    append(&n, sh);
    struct op rnd = {""};
    append(&rnd, g->random);
    struct op v =
        gen_from_word(g, binary(g, "and", word, binary(g, "lshr", word, rnd, n), (struct op){"3"}), type_of(t.is_float, t.bits, 1));
    if (t.lanes == 1)
        return v;
    /* No lane may be a constant. */
    struct op first = gen_name(g), all = gen_name(g), zeros = {"zeroinitializer"};
    gen_emit(g, "%s = insertelement %s %s, %s %s, i32 0", first.s, type_text(t), zeros.s, scalar_text(t), v.s);
    gen_emit(g, "%s = shufflevector %s %s, %s %s, <%u x i32> zeroinitializer", all.s, type_text(t), first.s, type_text(t), first.s,
             t.lanes);
    return all;
}

/** Loaded special patterns: 0, -1, smallest and largest numbers. */
static struct op special(struct gen *g, struct type t)
{
    if (!strcmp(g->random, "%rnd") && !g->in_helper) {
        struct op a = gen_name(g);
        unsigned size = type_size(t);
        /* Integers first, then floats, then halves (diff_fill). */
        unsigned first = !t.is_float ? 0 : t.bits == 32 ? 128 : 256, n = 128 / size;
        struct op i = typed_index(g, gen_index(g, n));
        struct op b = gen_name(g), r = gen_name(g);
        gen_emit(g, "%s = getelementptr i8, ptr addrspace(2) %%con, i64 %u", a.s, first);
        gen_emit(g, "%s = getelementptr %s, ptr addrspace(2) %s, %s", b.s, type_text(t), a.s, i.s);
        gen_emit(g, "%s = load %s, ptr addrspace(2) %s, align %u", r.s, type_text(t), b.s, size);
        return r;
    }
    return t.is_float ? gen_leaf(g, t) : unknown_small(g, t);
}

/**
 * The same value, of which LLVM knows nothing. It must not see that an amount is too large (known bits) or a divisor zero or equal
 * to what it divides (x / x is 1): that is undefined in AIR, and its passes make anything of it, up to dropping the function.
 */
static struct op hidden(struct gen *g, struct type t, struct op v)
{
    struct op r = gen_name(g);
    const char *type = type_text(t);
    gen_declare(g, "declare %s @air.max.u.%s(%s, %s)", type, suffix(t), type, type);
    gen_emit(g, "%s = call %s @air.max.u.%s(%s %s, %s %s)", r.s, type, suffix(t), type, v.s, type, v.s);
    return r;
}

static struct op int_arithmetic(struct gen *g, struct type t, int d)
{
    static const char *const ops[] = {"add",  "sub",  "mul",  "and",  "or",   "xor", "shl",
                                      "lshr", "ashr", "udiv", "sdiv", "urem", "srem"};
    unsigned k = gen_random(g, 13);
    struct op a = gen_chance(g, 10) ? special(g, t) : gen_expr(g, t, d), b;
    if (k < 6)
        return binary(g, ops[k], t, a, gen_expr(g, t, d));
    if (gen_chance(g, 15)) { /* A constant that is in range. */
        char s[8];
        snprintf(s, sizeof s, "%u", k < 9 ? gen_random(g, t.bits) : 1 + gen_random(g, 100));
        return binary(g, ops[k], t, a, splat(t, s));
    }
    if (gen_chance(g, 30))
        b = gen_chance(g, 50) ? unknown_small(g, t) : special(g, t);
    else
        b = binary(g, "xor", t, gen_expr(g, t, d), special(g, t));
    return binary(g, ops[k], t, a, hidden(g, t, b));
}

static struct op int_call(struct gen *g, struct type t, int d)
{
    static const struct {
        const char *name;
        uint8_t args;
        bool sign; /**< Has .s and .u forms. */
        uint8_t min_bits, max_bits;
    } calls[] = {
        {"min", 2, true, 8, 64},       {"max", 2, true, 8, 64},           {"abs", 1, true, 8, 64},     {"abs_diff", 2, true, 8, 64},
        {"add_sat", 2, true, 8, 64},   {"sub_sat", 2, true, 8, 64},       {"mul_hi", 2, true, 8, 64},  {"hadd", 2, true, 8, 64},
        {"rhadd", 2, true, 8, 64},     {"clamp", 3, true, 8, 64},         {"min3", 3, true, 8, 64},    {"max3", 3, true, 8, 64},
        {"median3", 3, true, 8, 64},   {"mad_hi", 3, true, 8, 64},        {"mul24", 2, true, 32, 32},  {"mad24", 3, true, 32, 32},
        {"popcount", 1, false, 8, 64}, {"reverse_bits", 1, false, 8, 64}, {"rotate", 2, false, 8, 64}, {"clz", 1, false, 8, 64},
        {"ctz", 1, false, 8, 64},      {"mad_sat", 3, true, 8, 32},
    };
    unsigned k = gen_random(g, sizeof calls / sizeof *calls);
    if (t.bits < calls[k].min_bits || t.bits > calls[k].max_bits)
        k = 0;
    struct op args[3], r;
    for (unsigned i = 0; i < calls[k].args; i++)
        args[i] = gen_chance(g, 15) ? special(g, t) : gen_expr(g, t, d);
    if (!strcmp(calls[k].name, "clamp")) { /* Low above high is undefined. */
        strcpy(args[1].s, splat(t, "-20").s);
        strcpy(args[2].s, splat(t, "100").s);
    }
    const char *sign = calls[k].sign ? gen_chance(g, 50) ? ".s" : ".u" : "";
    if (!strcmp(calls[k].name, "clamp"))
        sign = ".s";
    bool zeros = !strcmp(calls[k].name, "clz") || !strcmp(calls[k].name, "ctz");
    char name[48], list[800] = "", types[160] = "";
    snprintf(name, sizeof name, "@air.%s%s.%s", calls[k].name, sign, suffix(t));
    for (unsigned i = 0; i < calls[k].args; i++) {
        size_t n = strlen(list);
        snprintf(list + n, sizeof list - n, "%s%s %s", i ? ", " : "", type_text(t), args[i].s);
        n = strlen(types);
        snprintf(types + n, sizeof types - n, "%s%s", i ? ", " : "", type_text(t));
    }
    if (zeros) {
        strcat(list, ", i1 false");
        strcat(types, ", i1");
    }
    gen_declare(g, "declare %s %s(%s)", type_text(t), name, types);
    r = gen_name(g);
    gen_emit(g, "%s = call %s %s(%s)", r.s, type_text(t), name, list);
    return r;
}

static struct op int_cast(struct gen *g, struct type t, int d)
{
    struct type from = gen_int_type(g, t.lanes);
    switch (gen_random(g, 4)) {
    case 0:
        from = bools(t.lanes);
        return unary(g, gen_chance(g, 50) ? "zext" : "sext", from, gen_expr(g, from, d), t);
    case 1: { /* Also out of range, infinite, not a number. */
        from = gen_float_type(g, t.lanes);
        bool loaded = !g->in_helper && gen_chance(g, 40);
        struct op v = loaded ? special(g, from) : gen_expr(g, from, d);
        char name[64];
        const char *sign = gen_chance(g, 50) ? "s" : "u";
        snprintf(name, sizeof name, "@air.convert.%s.%s.f.%s", sign, suffix(t), suffix(from));
        /* LLVM may make anything of a constant that it sees to be out of range. */
        if (loaded && gen_chance(g, 50))
            return unary(g, *sign == 's' ? "fptosi" : "fptoui", from, v, t);
        gen_declare(g, "declare %s %s(%s)", type_text(t), name, type_text(from));
        struct op r = gen_name(g);
        gen_emit(g, "%s = call %s %s(%s %s)", r.s, type_text(t), name, type_text(from), v.s);
        return r;
    }
    case 2: { /* Between vectors and scalars of the same size. */
        unsigned all = (unsigned)t.bits * t.lanes;
        for (unsigned tries = 0; tries < 6; tries++) {
            struct type f = gen_chance(g, 30) ? gen_float_type(g, 1) : gen_int_type(g, 1);
            if (all % f.bits)
                continue;
            f.lanes = (uint8_t)(all / f.bits);
            if (f.lanes > 4 || !f.lanes || same_type(f, t))
                continue;
            return unary(g, "bitcast", f, gen_expr(g, f, d), t);
        }
        break;
    }
    default:
        break;
    }
    if (from.bits == t.bits)
        return gen_expr(g, t, d);
    struct op v = gen_expr(g, from, d);
    return unary(g, from.bits > t.bits ? "trunc" : gen_chance(g, 50) ? "zext" : "sext", from, v, t);
}

/* ---- Booleans
 * ----------------------------------------------------------------------------------------------------------------------- */

static struct op pointer_test(struct gen *g)
{
    /* Two pointers into the same memory: their order is that of their offsets. */
    struct type t = gen_int_type(g, 1);
    const struct mem *m = gen_memory(g, t, false);
    unsigned align;
    struct op a = gen_address(g, m, t, &align), b = gen_address(g, m, t, &align), r = gen_name(g);
    static const char *const preds[] = {"eq", "ne", "ult", "ule", "ugt", "uge"};
    if (gen_chance(g, 30)) {
        struct op x = gen_name(g), y = gen_name(g), diff = gen_name(g);
        gen_emit(g, "%s = ptrtoint %s %s to i64", x.s, space_text(m->space), a.s);
        gen_emit(g, "%s = ptrtoint %s %s to i64", y.s, space_text(m->space), b.s);
        if (gen_chance(g, 50)) { /* In 32 bits. */
            struct op x1 = gen_name(g), x2 = gen_name(g), y2 = gen_name(g);
            gen_emit(g, "%s = add i64 %s, %u", x1.s, x.s, gen_random(g, 9));
            gen_emit(g, "%s = trunc i64 %s to i32", x2.s, x1.s);
            gen_emit(g, "%s = trunc i64 %s to i32", y2.s, y.s);
            gen_emit(g, "%s = sub i32 %s, %s", diff.s, x2.s, y2.s);
            gen_emit(g, "%s = icmp sgt i32 %s, %u", r.s, diff.s, gen_random(g, 16));
            return r;
        }
        gen_emit(g, "%s = sub i64 %s, %s", diff.s, x.s, y.s);
        gen_emit(g, "%s = icmp sgt i64 %s, %u", r.s, diff.s, gen_random(g, 16));
        return r;
    }
    const char *p = preds[gen_random(g, 6)];
    if (gen_chance(g, 25))
        gen_emit(g, "%s = icmp %s %s %s, null", r.s, gen_chance(g, 50) ? "eq" : "ne", space_text(m->space), a.s);
    else
        gen_emit(g, "%s = icmp %s %s %s, %s", r.s, p, space_text(m->space), a.s, b.s);
    return r;
}

static struct op boolean(struct gen *g, struct type t, int d)
{
    static const char *const ipreds[] = {"eq", "ne", "ugt", "uge", "ult", "ule", "sgt", "sge", "slt", "sle"};
    static const char *const fpreds[] = {"oeq", "ogt", "oge", "olt", "ole", "one", "ord",  "ueq",
                                         "ugt", "uge", "ult", "ule", "une", "uno", "true", "false"};
    struct op r;
    switch (gen_random(g, 9)) {
    case 0: {
        static const char *const ops[] = {"and", "or", "xor", "add", "sub", "mul"};
        struct op a = gen_expr(g, t, d);
        return binary(g, ops[gen_random(g, 6)], t, a, gen_expr(g, t, d));
    }
    case 1: {
        struct type from = gen_float_type(g, t.lanes);
        struct op a = gen_chance(g, 30) ? special(g, from) : gen_expr(g, from, d);
        struct op b = gen_chance(g, 20) ? special(g, from) : gen_expr(g, from, d);
        r = gen_name(g);
        gen_emit(g, "%s = fcmp %s %s %s, %s", r.s, fpreds[gen_random(g, 16)], type_text(from), a.s, b.s);
        return r;
    }
    case 2: {
        struct op a = gen_expr(g, t, d), b = gen_expr(g, t, d);
        r = gen_name(g);
        gen_emit(g, "%s = icmp %s %s %s, %s", r.s, ipreds[gen_random(g, 10)], type_text(t), a.s, b.s);
        return r;
    }
    case 3: {
        struct type from = gen_int_type(g, t.lanes);
        return unary(g, "trunc", from, gen_expr(g, from, d), t);
    }
    case 4:
        if (t.lanes == 1 && g->mem_count)
            return pointer_test(g);
        break;
    case 5:
        if (t.lanes == 1) {
            struct type from = bools(2 + gen_random(g, 3));
            const char *name = gen_chance(g, 50) ? "all" : "any";
            struct op v = gen_expr(g, from, d);
            r = gen_name(g);
            gen_declare(g, "declare i1 @air.%s.%s(%s)", name, suffix(from), type_text(from));
            gen_emit(g, "%s = call i1 @air.%s.%s(%s %s)", r.s, name, suffix(from), type_text(from), v.s);
            return r;
        }
        break;
    default:
        break;
    }
    struct type from = gen_int_type(g, t.lanes);
    struct op a = gen_expr(g, from, d), b = gen_chance(g, 40) ? gen_constant(g, from) : gen_expr(g, from, d);
    r = gen_name(g);
    gen_emit(g, "%s = icmp %s %s %s, %s", r.s, ipreds[gen_random(g, 10)], type_text(from), a.s, b.s);
    return r;
}

/* ---- Floats
 * ------------------------------------------------------------------------------------------------------------------------- */

static struct op float_call(struct gen *g, struct type t, int d)
{
    static const struct {
        const char *name;
        uint8_t args;
    } calls[] = {{"fabs", 1}, {"floor", 1}, {"ceil", 1}, {"trunc", 1}, {"rint", 1}, {"fmin", 2}, {"fmax", 2}, {"round", 1}};
    unsigned k = gen_random(g, 8);
    struct op a = gen_expr(g, t, d), b = calls[k].args == 2 ? gen_expr(g, t, d) : a, r = gen_name(g);
    char name[40];
    snprintf(name, sizeof name, "@air.%s.%s", calls[k].name, suffix(t));
    if (calls[k].args == 2) {
        gen_declare(g, "declare %s %s(%s, %s)", type_text(t), name, type_text(t), type_text(t));
        gen_emit(g, "%s = call %s %s(%s %s, %s %s)", r.s, type_text(t), name, type_text(t), a.s, type_text(t), b.s);
    } else {
        gen_declare(g, "declare %s %s(%s)", type_text(t), name, type_text(t));
        gen_emit(g, "%s = call %s %s(%s %s)", r.s, type_text(t), name, type_text(t), a.s);
    }
    return r;
}

/** Through bfloat: rounding, arithmetic, the pattern as an integer. */
static struct op brain_float(struct gen *g, struct type t, int d)
{
    static const char *const ops[] = {"fadd", "fsub", "fmul"};
    char b[24];
    struct type bits = type_of(false, 16, t.lanes);
    if (t.lanes == 1)
        snprintf(b, sizeof b, "bfloat");
    else
        snprintf(b, sizeof b, "<%u x bfloat>", t.lanes);
    struct op x = gen_name(g), y = gen_name(g), z = gen_name(g), r = gen_name(g), v = gen_expr(g, t, d), w = gen_expr(g, bits, d);
    gen_emit(g, "%s = fptrunc %s %s to %s", x.s, type_text(t), v.s, b);
    gen_emit(g, "%s = bitcast %s %s to %s", y.s, type_text(bits), w.s, b);
    if (gen_chance(g, 50)) {
        struct op c = gen_canonical(g, unary_text(g, "fpext", b, y, type_text(t)), t);
        y = gen_name(g);
        gen_emit(g, "%s = fptrunc %s %s to %s", y.s, type_text(t), c.s, b);
        gen_emit(g, "%s = %s %s %s, %s", z.s, ops[gen_random(g, 3)], b, x.s, y.s);
    } else {
        struct op c = gen_name(g);
        gen_emit(g, "%s = fcmp %s %s %s, %s", c.s, gen_chance(g, 50) ? "olt" : "une", b, x.s, y.s);
        gen_emit(g, "%s = select %s %s, %s %s, %s %s", z.s, type_text(bools(t.lanes)), c.s, b, x.s, b, y.s);
    }
    gen_emit(g, "%s = fpext %s %s to %s", r.s, b, z.s, type_text(t));
    return r;
}

static struct op floating(struct gen *g, struct type t, int d)
{
    struct op r;
    switch (gen_random(g, 8)) {
    case 0: {
        struct type from = gen_int_type(g, t.lanes);
        r = unary(g, gen_chance(g, 50) ? "sitofp" : "uitofp", from, gen_expr(g, from, d), t);
        break;
    }
    case 1: {
        if (!(g->o->features & DIFF_HALF))
            return gen_leaf(g, t);
        struct type from = type_of(true, t.bits == 16 ? 32 : 16, t.lanes);
        r = unary(g, t.bits == 16 ? "fptrunc" : "fpext", from, gen_expr(g, from, d), t);
        break;
    }
    case 2: {
        r = gen_name(g);
        struct op v = gen_expr(g, t, d);
        gen_emit(g, "%s = fneg %s %s", r.s, type_text(t), v.s);
        return r;
    }
    case 3: {
        struct type from = type_of(false, t.bits, t.lanes);
        if (!(g->o->features & DIFF_SMALL_INTS) && t.bits < 32)
            return gen_leaf(g, t);
        r = unary(g, "bitcast", from, gen_expr(g, from, d), t);
        break;
    }
    case 4:
        r = float_call(g, t, d);
        break;
    case 5:
        if (t.bits == 32 && g->o->features & DIFF_SMALL_INTS && gen_chance(g, 50)) {
            r = brain_float(g, t, d);
            break;
        }
        /* fall through */
    default: {
        static const char *const ops[] = {"fadd", "fsub", "fmul", "fdiv"};
        struct op a = gen_expr(g, t, d);
        r = binary(g, ops[gen_random(g, 4)], t, a, gen_expr(g, t, d));
        break;
    }
    }
    return gen_canonical(g, r, t);
}

/* ---- Any type
 * ----------------------------------------------------------------------------------------------------------------------- */

static struct op shuffle(struct gen *g, struct type t, int d)
{
    struct type from = type_of(t.is_float, t.bits, 2 + gen_random(g, 3));
    struct op a = gen_expr(g, from, d), b = gen_expr(g, from, d), r = gen_name(g);
    char mask[96] = "<";
    for (unsigned i = 0; i < t.lanes; i++) {
        size_t n = strlen(mask);
        snprintf(mask + n, sizeof mask - n, "%si32 %u", i ? ", " : "", gen_random(g, 2u * from.lanes));
    }
    strcat(mask, ">");
    gen_emit(g, "%s = shufflevector %s %s, %s %s, <%u x i32> %s", r.s, type_text(from), a.s, type_text(from), b.s, t.lanes, mask);
    return r;
}

static struct op lane_index(struct gen *g, unsigned lanes)
{
    struct op i;
    if (gen_chance(g, 50)) {
        snprintf(i.s, sizeof i.s, "%u", gen_random(g, lanes));
        return i;
    }
    /* For three lanes sometimes one past the end: clamped, never folded. */
    return unknown_small(g, type_of(false, 32, 1));
}

static struct op vector_op(struct gen *g, struct type t, int d)
{
    struct op r;
    if (gen_chance(g, 50))
        return shuffle(g, t, d);
    struct type one = type_of(t.is_float, t.bits, 1);
    struct op v = gen_expr(g, t, d), e = gen_expr(g, one, d), i = lane_index(g, t.lanes);
    r = gen_name(g);
    gen_emit(g, "%s = insertelement %s %s, %s %s, i32 %s", r.s, type_text(t), v.s, type_text(one), e.s, i.s);
    return r;
}

/** Vectors of one lane. */
static struct op single_lane(struct gen *g, struct type t, int d)
{
    struct op v = gen_expr(g, t, d), a = gen_name(g), b = gen_name(g), r = gen_name(g);
    const char *name = type_text(t);
    gen_emit(g, "%s = insertelement <1 x %s> undef, %s %s, i32 0", a.s, name, name, v.s);
    gen_emit(g, "%s = shufflevector <1 x %s> %s, <1 x %s> %s, <3 x i32> <i32 0, i32 1, i32 0>", b.s, name, a.s, name, a.s);
    gen_emit(g, "%s = extractelement <3 x %s> %s, i32 %u", r.s, name, b.s, gen_random(g, 3));
    return r;
}

static struct op extract(struct gen *g, struct type t, int d)
{
    struct type from = type_of(t.is_float, t.bits, 2 + gen_random(g, 3));
    struct op v = gen_expr(g, from, d), i = lane_index(g, from.lanes), r = gen_name(g);
    gen_emit(g, "%s = extractelement %s %s, i32 %s", r.s, type_text(from), v.s, i.s);
    return r;
}

/** Through a struct or array value. */
static struct op aggregate(struct gen *g, struct type t, int d)
{
    struct type other = gen_type(g);
    if (other.bits == 1)
        other = type_of(false, 32, 1);
    struct op a = gen_expr(g, t, d), b = gen_expr(g, other, d), x = gen_name(g), y = gen_name(g), r = gen_name(g);
    if (gen_chance(g, 50)) {
        char type[96];
        snprintf(type, sizeof type, "{ %s, [2 x { %s }] }", type_text(other), type_text(t));
        unsigned k = gen_random(g, 2), other_lane = gen_chance(g, 20) ? 1 - k : k;
        struct op c0 = gen_constant(g, other), c1 = gen_constant(g, t), c2 = gen_constant(g, t);
        gen_emit(g, "%s = insertvalue %s { %s %s, [2 x { %s }] [{ %s } { %s %s }, { %s } { %s %s }] }, %s %s, 0", x.s, type,
                 type_text(other), c0.s, type_text(t), type_text(t), type_text(t), c1.s, type_text(t), type_text(t), c2.s,
                 type_text(other), b.s);
        gen_emit(g, "%s = insertvalue %s %s, %s %s, 1, %u, 0", y.s, type, x.s, type_text(t), a.s, k);
        gen_emit(g, "%s = extractvalue %s %s, 1, %u, 0", r.s, type, y.s, other_lane);
        return r;
    }
    struct op c = gen_expr(g, bools(1), 0), z = gen_name(g), k = gen_constant(g, t);
    gen_emit(g, "%s = insertvalue [3 x %s] [%s %s, %s %s, %s %s], %s %s, 1", x.s, type_text(t), type_text(t), k.s, type_text(t),
             k.s, type_text(t), k.s, type_text(t), a.s);
    gen_emit(g, "%s = insertvalue [3 x %s] %s, %s %s, 2", y.s, type_text(t), x.s, type_text(t), a.s);
    gen_emit(g, "%s = select i1 %s, [3 x %s] %s, [3 x %s] %s", z.s, c.s, type_text(t), x.s, type_text(t), y.s);
    gen_emit(g, "%s = extractvalue [3 x %s] %s, 1", r.s, type_text(t), z.s);
    return r;
}

static struct op call_helper(struct gen *g, struct type t, int d)
{
    for (unsigned i = 0; i < g->helpers_usable; i++) {
        const struct helper *h = &g->helpers[i];
        if (!same_type(h->result, t) || g->in_helper)
            continue;
        struct op a = gen_expr(g, h->a, d), b = gen_expr(g, h->b, d), r = gen_name(g);
        gen_emit(g, "%s = call fastcc %s @helper%u(i32 %s, ptr addrspace(1) %%sa, ptr %%l0, %s %s, %s %s)", r.s, type_text(t), i,
                 g->random, type_text(h->a), a.s, type_text(h->b), b.s);
        return r;
    }
    return gen_leaf(g, t);
}

/** Lanes out of a vector of eight or sixteen: loaded, joined of two, or all bits of another vector. */
static struct op wide_vector(struct gen *g, struct type t, int d)
{
    struct type one = type_of(t.is_float, t.bits, 1), four = type_of(t.is_float, t.bits, 4);
    unsigned lanes = t.bits <= 32 && gen_chance(g, 40) ? 16 : 8, lane = gen_random(g, lanes);
    char wide[32];
    struct op v[2], r = gen_name(g);
    snprintf(wide, sizeof wide, "<%u x %s>", lanes, scalar_text(t));
    for (unsigned k = 0; k < 2; k++) {
        struct op a = gen_expr(g, four, d), b = gen_expr(g, four, d), x = gen_name(g);
        char mask[224] = "";
        for (unsigned i = 0; i < lanes; i++) {
            size_t n = strlen(mask);
            snprintf(mask + n, sizeof mask - n, "%si32 %u", i ? ", " : "", gen_random(g, 8));
        }
        v[k] = gen_name(g);
        gen_emit(g, "%s = shufflevector %s %s, %s %s, <%u x i32> <%s>", x.s, type_text(four), a.s, type_text(four), b.s, lanes,
                 mask);
        if (k && gen_chance(g, 50))
            gen_emit(g, "%s = shufflevector %s %s, %s %s, <%u x i32> <%s>", v[k].s, wide, v[0].s, wide, x.s, lanes, mask);
        else
            gen_emit(g, "%s = insertelement %s %s, %s %s, i32 %u", v[k].s, wide, x.s, scalar_text(t), gen_expr(g, one, 0).s, lane);
    }
    static const char *const ops[] = {"add", "sub", "xor", "and", "mul"};
    if (t.is_float || t.bits == 1 || gen_chance(g, 30)) {
        struct op c = gen_expr(g, bools(1), d);
        gen_emit(g, "%s = select i1 %s, %s %s, %s %s", r.s, c.s, wide, v[0].s, wide, v[1].s);
    } else if (gen_chance(g, 30)) {
        struct op c = gen_name(g);
        gen_emit(g, "%s = icmp ult %s %s, %s", c.s, wide, v[0].s, v[1].s);
        gen_emit(g, "%s = select <%u x i1> %s, %s %s, %s %s", r.s, lanes, c.s, wide, v[1].s, wide, v[0].s);
    } else {
        gen_emit(g, "%s = %s %s %s, %s", r.s, ops[gen_random(g, 5)], wide, v[0].s, v[1].s);
    }
    struct op out = gen_name(g);
    if (t.lanes == 1) {
        gen_emit(g, "%s = extractelement %s %s, i32 %u", out.s, wide, r.s, gen_random(g, lanes));
        return out;
    }
    char mask[64] = "";
    for (unsigned i = 0; i < t.lanes; i++) {
        size_t n = strlen(mask);
        snprintf(mask + n, sizeof mask - n, "%si32 %u", i ? ", " : "", gen_random(g, lanes));
    }
    gen_emit(g, "%s = shufflevector %s %s, %s %s, <%u x i32> <%s>", out.s, wide, r.s, wide, r.s, t.lanes, mask);
    return out;
}

struct op gen_expr(struct gen *g, struct type t, int d)
{
    struct op r;
    if (d > 0 && g->o->features & DIFF_SHAPES && g->expr_left > 0 && gen_chance(g, 4)) {
        g->expr_left--;
        return wide_vector(g, t, d - 1);
    }
    if (d <= 0 || g->expr_left <= 0 || gen_chance(g, 15))
        return gen_leaf(g, t);
    g->expr_left--;
    d--;
    switch (gen_random(g, 14)) {
    case 0: {
        bool wide = t.lanes > 1 && gen_chance(g, 50);
        struct op c = gen_expr(g, bools(wide ? t.lanes : 1), d), a = gen_expr(g, t, d);
        return select_op(g, c, wide ? t.lanes : 1, t, a, gen_expr(g, t, d));
    }
    case 1:
        if (t.lanes > 1)
            return vector_op(g, t, d);
        return gen_chance(g, 10) ? single_lane(g, t, d) : extract(g, t, d);
    case 2:
        if (t.lanes > 1)
            return vector_op(g, t, d);
        break;
    case 3:
        return g->mem_count ? load_any(g, t) : gen_leaf(g, t);
    case 4:
        if (gen_chance(g, 40))
            return aggregate(g, t, d);
        break;
    case 5:
        return call_helper(g, t, d);
    case 6:
        if (gen_chance(g, 20)) {
            struct op v = gen_expr(g, t, d);
            r = gen_name(g);
            gen_emit(g, "%s = freeze %s %s", r.s, type_text(t), v.s);
            return r;
        }
        break;
    default:
        break;
    }
    if (t.is_float)
        return floating(g, t, d);
    if (t.bits == 1)
        return boolean(g, t, d);
    switch (gen_random(g, 5)) {
    case 0:
        return int_cast(g, t, d);
    case 1:
        return int_call(g, t, d);
    default:
        return int_arithmetic(g, t, d);
    }
}
