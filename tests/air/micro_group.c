/* SPDX-License-Identifier: MIT */
/*
 * Operations over simdgroups and quadgroups, with all threads and with some of them in a branch. Sums and products are of small
 * whole numbers, so that the order of operations does not matter.
 */
#include "tests/air/micro.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { QUAD = 1, INCLUSIVE = 2, EXCLUSIVE = 4, SIGNED = 8 };
enum op { SUM, PRODUCT, MIN, MAX, AND, OR, XOR };

#define OPTION(c, bit) ((c)->parameter >> 8 & (bit))
#define AMOUNT(c)      ((c)->parameter >> 16)

static unsigned first_of(const struct micro_case *c, const struct micro_group *g)
{
    return OPTION(c, QUAD) ? g->self & ~3u : 0;
}

static unsigned width_of(const struct micro_case *c, const struct micro_group *g)
{
    return OPTION(c, QUAD) ? 4 : g->width;
}

static struct micro_num combine(const struct micro_case *c, enum op op, struct micro_num a, struct micro_num b)
{
    bool s = OPTION(c, SIGNED);
    if (micro_is_float(c->result)) {
        long double v = op == SUM ? a.f + b.f : op == PRODUCT ? a.f * b.f : op == MIN ? fminl(a.f, b.f) : fmaxl(a.f, b.f);
        return micro_decode(c->result, micro_encode(c->result, v));
    }
    uint64_t v = 0;
    switch (op) {
    case SUM:
        v = a.bits + b.bits;
        break;
    case PRODUCT:
        v = a.bits * b.bits;
        break;
    case MIN:
        v = (s ? a.s < b.s : a.bits < b.bits) ? a.bits : b.bits;
        break;
    case MAX:
        v = (s ? a.s > b.s : a.bits > b.bits) ? a.bits : b.bits;
        break;
    case AND:
        v = a.bits & b.bits;
        break;
    case OR:
        v = a.bits | b.bits;
        break;
    case XOR:
        v = a.bits ^ b.bits;
        break;
    }
    return micro_decode(c->result, v);
}

static void ref_reduce(const struct micro_case *c, const struct micro_group *g, struct micro_num *r)
{
    enum op op = (enum op)(c->parameter & 0xFF);
    unsigned first = first_of(c, g), end = first + width_of(c, g);
    for (unsigned l = 0; l < c->result_lanes; l++) {
        bool any = false;
        r[l] = micro_decode(c->result, op == PRODUCT ? (micro_is_float(c->result) ? micro_encode(c->result, 1) : 1) : 0);
        for (unsigned t = first; t < end; t++) {
            bool past = (OPTION(c, INCLUSIVE) && t > g->self) || (OPTION(c, EXCLUSIVE) && t >= g->self);
            if (!g->active[t] || past)
                continue;
            r[l] = any ? combine(c, op, r[l], g->arg[t][0][l]) : g->arg[t][0][l];
            any = true;
        }
    }
}

enum shuffle { BY_LANE, BY_XOR, UP, DOWN, ROTATE_UP, ROTATE_DOWN, FILL_UP, FILL_DOWN, FIRST };

static void ref_shuffle(const struct micro_case *c, const struct micro_group *g, struct micro_num *r)
{
    unsigned base = first_of(c, g), w = width_of(c, g), place = g->self - base, n = AMOUNT(c), source = place, from = 0;
    enum shuffle kind = (enum shuffle)(c->parameter & 0xFF);
    switch (kind) {
    case BY_LANE:
        source = c->argc > 1 && c->arg[1] == M_I16 ? (unsigned)g->arg[g->self][1][0].bits % w : n % w;
        if (c->argc > 1 && c->arg[1] == M_I16 && g->arg[g->self][1][0].bits >= w)
            r->open = true;
        break;
    case BY_XOR:
        source = place ^ n;
        break;
    case UP:
        source = place < n ? place : place - n;
        break;
    case DOWN:
        source = place + n >= w ? place : place + n;
        break;
    case ROTATE_UP:
        source = (place + w - n % w) % w;
        break;
    case ROTATE_DOWN:
        source = (place + n) % w;
        break;
    case FILL_UP:
        from = place % 4 < n;
        source = place / 4 * 4 + (place % 4 + 4 - n) % 4;
        break;
    case FILL_DOWN:
        from = place % 4 + n >= 4;
        source = place / 4 * 4 + (place % 4 + n) % 4;
        break;
    case FIRST:
        for (source = 0; !g->active[base + source];)
            source++;
        break;
    }
    for (unsigned l = 0; l < c->result_lanes; l++) {
        bool open = r->open || !g->active[base + source];
        r[l] = g->arg[base + source][from][l];
        r[l].open = open;
    }
}

enum vote { BALLOT, ACTIVE, ALL, ANY, IS_FIRST, VOTE_ALL, VOTE_ANY };

static void ref_vote(const struct micro_case *c, const struct micro_group *g, struct micro_num *r)
{
    unsigned base = first_of(c, g), w = width_of(c, g), lowest = w;
    uint64_t active = 0, ballot = 0;
    for (unsigned t = 0; t < w; t++) {
        if (!g->active[base + t])
            continue;
        active |= (uint64_t)1 << t;
        lowest = lowest == w ? t : lowest;
        ballot |= (c->arg[0] == M_I1 ? g->arg[base + t][0][0].bits : 0) << t;
    }
    uint64_t mask = g->arg[g->self][0][0].bits, v = 0;
    switch ((enum vote)(c->parameter & 0xFF)) {
    case BALLOT:
        v = ballot;
        break;
    case ACTIVE:
        v = active;
        break;
    case ALL:
        v = ballot == active;
        break;
    case ANY:
        v = ballot != 0;
        break;
    case IS_FIRST:
        v = base + lowest == g->self;
        break;
    case VOTE_ALL:
        v = (mask & active) == active;
        break;
    case VOTE_ANY:
        v = (mask & active) != 0;
        break;
    }
    *r = micro_decode(c->result, v);
}

/** Put the call into a branch that threads with a set last operand take. */
static void in_branch(struct micro_case *c)
{
    char body[768];
    unsigned last = c->argc;
    c->arg[last] = M_I1;
    c->arg_lanes[last] = 1;
    c->active_arg = (int)last;
    const char *call = strstr(c->body, "= ");
    snprintf(body, sizeof body,
             "%%v$U = alloca $T\nstore $T zeroinitializer, ptr %%v$U\nbr i1 $%u, label %%t$U, label %%e$U\nt$U:\n%%c$U %s\n"
             "store $T %%c$U, ptr %%v$U\nbr label %%e$U\ne$U:\n$R = load $T, ptr %%v$U",
             last, call);
    snprintf(c->body, sizeof c->body, "%s", body);
    c->argc = (uint8_t)(last + 1);
    size_t n = strlen(c->name);
    snprintf(c->name + n, sizeof c->name - n, " (in a branch)");
}

static struct micro_case *start(const char *prefix, const char *op, const char *sign, enum micro_type t, unsigned lanes)
{
    char name[96];
    snprintf(name, sizeof name, "air.%s_%s.%s%s", prefix, op, sign, micro_suffix(t, lanes));
    struct micro_case *c = micro_add(name);
    c->result = c->arg[0] = t;
    c->result_lanes = c->arg_lanes[0] = (uint8_t)lanes;
    c->argc = 1;
    c->parameter = (!strcmp(prefix, "quad") ? QUAD << 8 : 0) | (*sign == 's' ? SIGNED << 8 : 0);
    return c;
}

static const struct {
    enum micro_type t;
    unsigned lanes;
    const char *sign;
} shapes[] = {
    {M_F32, 1, ""},  {M_F16, 1, ""}, {M_I32, 1, "s."}, {M_I32, 1, "u."}, {M_I16, 1, "s."}, {M_I16, 1, "u."}, {M_I8, 1, "s."},
    {M_I8, 1, "u."}, {M_F32, 4, ""}, {M_F16, 2, ""},   {M_I32, 3, "u."}, {M_I64, 1, "s."}, {M_I64, 1, "u."}, {M_I32, 2, "s."},
};

static void reductions(const char *prefix)
{
    static const char *const names[] = {"sum", "product", "min", "max", "and", "or", "xor"};
    for (unsigned op = 0; op < 7; op++) {
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
            bool is_float = micro_is_float(shapes[i].t);
            if (is_float && op >= AND)
                continue;
            struct micro_case *c = start(prefix, names[op], shapes[i].sign, shapes[i].t, shapes[i].lanes);
            c->parameter |= op;
            c->domain[0] = is_float ? MD_WHOLE : MD_ANY;
            c->any_zero_sign = true;
            c->group = ref_reduce;
            micro_call(c, c->name, "");
            if ((i + op) % 3 == 0)
                in_branch(c);
        }
    }
    for (unsigned k = 0; k < 4; k++) {
        static const char *const scans[] = {"prefix_inclusive_sum", "prefix_exclusive_sum", "prefix_inclusive_product",
                                            "prefix_exclusive_product"};
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
            struct micro_case *c = start(prefix, scans[k], shapes[i].sign, shapes[i].t, shapes[i].lanes);
            c->parameter |= (k & 1 ? EXCLUSIVE << 8 : INCLUSIVE << 8) | (k < 2 ? SUM : PRODUCT);
            c->domain[0] = MD_WHOLE;
            c->any_zero_sign = true;
            c->group = ref_reduce;
            micro_call(c, c->name, "");
            if ((i + k) % 3 == 0)
                in_branch(c);
        }
    }
}

static void shuffles(const char *prefix)
{
    static const struct {
        const char *op;
        enum shuffle kind;
        unsigned amount;
        const char *tail;
    } rows[] = {
        {"shuffle", BY_LANE, 2, "i16 2"},
        {"broadcast", BY_LANE, 3, "i16 3"},
        {"shuffle_xor", BY_XOR, 1, "i16 1"},
        {"shuffle_xor", BY_XOR, 3, "i16 3"},
        {"shuffle_up", UP, 1, "i16 1"},
        {"shuffle_up", UP, 3, "i16 3"},
        {"shuffle_down", DOWN, 1, "i16 1"},
        {"shuffle_down", DOWN, 2, "i16 2"},
        {"shuffle_rotate_up", ROTATE_UP, 1, "i16 1"},
        {"shuffle_rotate_down", ROTATE_DOWN, 3, "i16 3"},
        {"broadcast_first", FIRST, 0, ""},
    };
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
            struct micro_case *c = start(prefix, rows[k].op, shapes[i].sign, shapes[i].t, shapes[i].lanes);
            c->parameter |= rows[k].kind | rows[k].amount << 16;
            c->group = ref_shuffle;
            micro_call(c, c->name, rows[k].tail);
            if ((i + k) % 4 == 0)
                in_branch(c);
        }
    }
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        struct micro_case *c = start(prefix, "shuffle", shapes[i].sign, shapes[i].t, shapes[i].lanes);
        c->parameter |= BY_LANE;
        c->arg[1] = M_I16;
        c->arg_lanes[1] = 1;
        c->domain[1] = MD_BITS8;
        c->argc = 2;
        c->group = ref_shuffle;
        micro_call(c, c->name, "");
        size_t n = strlen(c->name);
        snprintf(c->name + n, sizeof c->name - n, " (varying)");
        for (int down = 0; down < 2; down++) {
            c = start(prefix, down ? "shuffle_and_fill_down" : "shuffle_and_fill_up", shapes[i].sign, shapes[i].t, shapes[i].lanes);
            c->parameter |= (down ? FILL_DOWN : FILL_UP) | 1u << 16;
            c->arg[1] = c->arg[0];
            c->arg_lanes[1] = c->arg_lanes[0];
            c->argc = 2;
            c->group = ref_shuffle;
            micro_call(c, c->name, "i16 1, i16 4");
        }
    }
}

static void votes(const char *prefix)
{
    static const struct {
        const char *op;
        enum vote kind;
        enum micro_type arg, result;
        const char *suffix;
    } rows[] = {
        {"ballot", BALLOT, M_I1, M_I64, ".i64"},
        {"active_threads_mask", ACTIVE, M_NONE, M_I64, ".i64"},
        {"all", ALL, M_I1, M_I1, ""},
        {"any", ANY, M_I1, M_I1, ""},
        {"is_first", IS_FIRST, M_NONE, M_I1, ""},
        {"vote_all", VOTE_ALL, M_I64, M_I1, ".i64"},
        {"vote_any", VOTE_ANY, M_I64, M_I1, ".i64"},
    };
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        for (int branch = 0; branch < 2; branch++) {
            char name[96];
            snprintf(name, sizeof name, "air.%s_%s%s", prefix, rows[k].op, rows[k].suffix);
            struct micro_case *c = micro_add(name);
            c->result = rows[k].result;
            c->result_lanes = 1;
            if (rows[k].arg) {
                c->arg[0] = rows[k].arg;
                c->arg_lanes[0] = c->argc = 1;
            }
            c->parameter = rows[k].kind | (!strcmp(prefix, "quad") ? QUAD << 8 : 0);
            c->group = ref_vote;
            micro_call(c, name, "");
            if (branch)
                in_branch(c);
        }
    }
}

enum { TILE = 8, THERE = 6 };

/** Eight rows of which the source has six: the rest is zeros or the last row. */
static void ref_async(const struct micro_case *c, const struct micro_group *g, struct micro_num *r)
{
    unsigned row = g->self < THERE ? g->self : THERE - 1;
    *r = g->arg[row][0][0];
    if (g->self >= THERE && c->parameter == 0)
        *r = micro_decode(c->result, 0);
    r->open = g->self >= TILE;
    if (c->parameter == 2)
        *r = g->arg[0][0][g->self & 3];
    if (c->parameter == 2)
        r->open = g->self >= 4;
}

/** A simdgroup copies a column of its operands, or in one dimension the first thread's four lanes, to threadgroup memory. */
static void add_async(enum micro_type t, unsigned mode)
{
    char name[96], copy[480];
    const char *type = micro_llvm(t, 1);
    unsigned size = micro_bits(t) / 8;
    snprintf(name, sizeof name, "air.simdgroup_async_copy_%s of %s, mode %u", mode == 2 ? "1d" : "2d", type, mode);
    struct micro_case *c = micro_add(name);
    c->result = c->arg[0] = t;
    c->result_lanes = 1;
    c->arg_lanes[0] = 4;
    c->argc = 1;
    c->parameter = mode;
    c->group = ref_async;
    snprintf(c->globals, sizeof c->globals, "@tile_%s = internal addrspace(3) global [64 x %s] undef, align 16", type, type);
    snprintf(
        c->declare, sizeof c->declare,
        "declare i32 @air.simd_broadcast_first.u.i32(i32)\ndeclare void @air.wait_simdgroup_events(i32, ptr)\n"
        "declare ptr @air.simdgroup_async_copy_1d.p3i8.p1i8(i64, i64, ptr addrspace(3), ptr addrspace(1), i64)\n"
        "declare ptr @air.simdgroup_async_copy_2d.p3i8.p1i8(i64, i64, ptr addrspace(3), i64, i64, <2 x i64>, ptr addrspace(1), "
        "i64, i64, <2 x i64>, <2 x i64>, i32)");
    if (mode == 2)
        snprintf(copy, sizeof copy,
                 "@air.simdgroup_async_copy_1d.p3i8.p1i8(i64 %u, i64 %u, ptr addrspace(3) %%x$U, ptr addrspace(1) %%s$U, i64 4)",
                 size, size);
    else
        snprintf(
            copy, sizeof copy,
            "@air.simdgroup_async_copy_2d.p3i8.p1i8(i64 %u, i64 %u, ptr addrspace(3) %%x$U, i64 1, i64 1, <2 x i64> <i64 1, i64 "
            "%d>, ptr addrspace(1) %%s$U, i64 %u, i64 1, <2 x i64> <i64 1, i64 %d>, <2 x i64> zeroinitializer, i32 %u)",
            size, size, TILE, 128 / size, THERE, mode);
    snprintf(
        c->body, sizeof c->body,
        "%%b$U = call i32 @air.simd_broadcast_first.u.i32(i32 %%id)\n%%d$U = sub i32 %%b$U, %%id\n%%e$U = sext i32 %%d$U to i64\n"
        "%%g$U = mul i64 %%e$U, 128\n%%s$U = getelementptr i8, ptr addrspace(1) %%p$U_0, i64 %%g$U\n%%n$U = and i32 %%id, 31\n"
        "%%t$U = and i32 %%b$U, 31\n%%x$U = getelementptr [64 x %s], ptr addrspace(3) @tile_%s, i32 0, i32 %%t$U\n"
        "%%v$U = call ptr %s\n%%h$U = alloca ptr\nstore ptr %%v$U, ptr %%h$U\n"
        "call void @air.wait_simdgroup_events(i32 1, ptr %%h$U)\n"
        "%%y$U = getelementptr [64 x %s], ptr addrspace(3) @tile_%s, i32 0, i32 %%n$U\n$R = load %s, ptr addrspace(3) %%y$U",
        type, type, copy, type, type, type);
}

void micro_groups(void)
{
    static const enum micro_type copied[] = {M_I32, M_F32, M_F16, M_I8, M_I64};
    for (int i = 0; i < 5; i++)
        for (unsigned mode = 0; mode < 3; mode++)
            add_async(copied[i], mode);

    static const char *const prefixes[] = {"simd", "quad"};
    for (int i = 0; i < 2; i++) {
        reductions(prefixes[i]);
        shuffles(prefixes[i]);
        votes(prefixes[i]);
    }
}
