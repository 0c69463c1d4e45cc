/* SPDX-License-Identifier: MIT */
/** @file Operations across threads: simdgroups, quads, 8x8 matrices, derivatives (spec 07 sections 5.2, 5.10 and 5.11). */
#include "tests/air/cpu_internal.h"

#include <math.h>
#include <string.h>

static bool active(const struct cpu_lanes *l, unsigned lane)
{
    return lane < l->width && l->active >> lane & 1;
}

/* ---- Shuffles ------------------------------------------------------------------------------------------------------------- */

enum { SHUFFLE, SHUFFLE_XOR, SHUFFLE_UP, SHUFFLE_DOWN, ROTATE_UP, ROTATE_DOWN, BROADCAST, BROADCAST_FIRST, FILL_UP, FILL_DOWN };

static unsigned first_active(const struct cpu_lanes *l)
{
    return (unsigned)__builtin_ctzll(l->active);
}

/** @return the source lane, or the lane itself where there is none. */
static unsigned source(const struct cpu_site *s, const struct cpu_lanes *l, unsigned lane)
{
    uint16_t n = 0;
    if (s->argc > 1)
        memcpy(&n, l->args[lane][1], sizeof n);
    switch (s->variant) {
    case SHUFFLE:
    case BROADCAST:
        return s->meets == CPU_QUAD ? n & 3u : n;
    case SHUFFLE_XOR:
        return lane ^ n;
    case SHUFFLE_UP:
        return lane >= n ? lane - n : lane;
    case SHUFFLE_DOWN:
        return lane + n < l->width ? lane + n : lane;
    case ROTATE_UP:
        return (lane + l->width - n % l->width) % l->width;
    case ROTATE_DOWN:
        return (lane + n) % l->width;
    default:
        return first_active(l);
    }
}

static void cross_shuffle(const struct cpu_site *s, struct cpu_lanes *l)
{
    for (unsigned lane = 0; lane < l->width; lane++) {
        if (!active(l, lane))
            continue;
        unsigned from = source(s, l, lane);
        /* A source that is absent leaves the result undefined. */
        memcpy(l->results[lane], l->args[active(l, from) ? from : lane][0], s->args[0].size);
    }
}

static void cross_fill(const struct cpu_site *s, struct cpu_lanes *l)
{
    for (unsigned lane = 0; lane < l->width; lane++) {
        uint16_t delta, modulo;
        if (!active(l, lane))
            continue;
        memcpy(&delta, l->args[lane][2], 2);
        memcpy(&modulo, l->args[lane][3], 2);
        if (!modulo || modulo > l->width)
            modulo = (uint16_t)l->width;
        unsigned base = lane / modulo * modulo, at = lane % modulo;
        bool fill = s->variant == FILL_UP ? at < delta : at + delta >= modulo;
        unsigned from = base + (s->variant == FILL_UP ? (at + modulo - delta % modulo) % modulo : (at + delta) % modulo);
        memcpy(l->results[lane], l->args[active(l, from) ? from : lane][fill ? 1 : 0], s->args[0].size);
    }
}

/* ---- Reductions ----------------------------------------------------------------------------------------------------------- */

enum { SUM, PRODUCT, MIN, MAX, AND, OR, XOR };

static double fold(int which, double a, double b)
{
    switch (which) {
    case SUM:
        return a + b;
    case PRODUCT:
        return a * b;
    case MIN:
        return isnan(a) ? b : isnan(b) ? a : a < b ? a : b;
    default:
        return isnan(a) ? b : isnan(b) ? a : a > b ? a : b;
    }
}

static uint64_t fold_bits(const struct cpu_site *s, int which, uint64_t a, uint64_t b)
{
    const struct jit_type one = s->result;
    int64_t x = cpu_get_signed(&a, &one, 0), y = cpu_get_signed(&b, &one, 0);
    switch (which) {
    case SUM:
        return a + b;
    case PRODUCT:
        return a * b;
    case MIN:
        return s->is_signed ? (uint64_t)(x < y ? x : y) : a < b ? a : b;
    case MAX:
        return s->is_signed ? (uint64_t)(x > y ? x : y) : a > b ? a : b;
    case AND:
        return a & b;
    case OR:
        return a | b;
    default:
        return a ^ b;
    }
}

enum { REDUCE = 0, INCLUSIVE = 16, EXCLUSIVE = 32 };

static void reduce_float(const struct cpu_site *s, struct cpu_lanes *l, unsigned component)
{
    int which = s->variant & 15, form = s->variant & ~15;
    double total = which == SUM ? 0 : which == PRODUCT ? 1 : NAN;
    for (unsigned lane = 0; lane < l->width; lane++) {
        if (!active(l, lane))
            continue;
        double before = total;
        total = fold(which, total, cpu_get(l->args[lane][0], &s->args[0], component));
        if (form)
            cpu_put(l->results[lane], &s->result, component, form == INCLUSIVE ? total : before);
    }
    for (unsigned lane = 0; lane < l->width && !form; lane++)
        if (active(l, lane))
            cpu_put(l->results[lane], &s->result, component, total);
}

static void reduce_bits(const struct cpu_site *s, struct cpu_lanes *l, unsigned component)
{
    int which = s->variant & 15, form = s->variant & ~15;
    uint64_t total = which == PRODUCT ? 1 : 0;
    bool any = which == SUM || which == PRODUCT;
    for (unsigned lane = 0; lane < l->width; lane++) {
        if (!active(l, lane))
            continue;
        uint64_t v = cpu_get_bits(l->args[lane][0], &s->args[0], component), before = total;
        total = any ? fold_bits(s, which, total, v) : v;
        any = true;
        if (form)
            cpu_put_bits(l->results[lane], &s->result, component, form == INCLUSIVE ? total : before);
    }
    for (unsigned lane = 0; lane < l->width && !form; lane++)
        if (active(l, lane))
            cpu_put_bits(l->results[lane], &s->result, component, total);
}

static void cross_reduce(const struct cpu_site *s, struct cpu_lanes *l)
{
    for (unsigned i = 0; i < s->result.lanes; i++) {
        if (s->result.kind == JIT_INT)
            reduce_bits(s, l, i);
        else
            reduce_float(s, l, i);
    }
}

/* ---- Votes ---------------------------------------------------------------------------------------------------------------- */

enum { BALLOT, ACTIVE_MASK, ALL, ANY, IS_FIRST, VOTE_ALL, VOTE_ANY };

static void cross_vote(const struct cpu_site *s, struct cpu_lanes *l)
{
    uint64_t votes = 0;
    for (unsigned lane = 0; lane < l->width; lane++)
        if (active(l, lane) && (s->variant == BALLOT || s->variant == ALL || s->variant == ANY))
            votes |= cpu_get_bits(l->args[lane][0], &s->args[0], 0) << lane;
    for (unsigned lane = 0; lane < l->width; lane++) {
        uint64_t v = 0, mask = 0;
        if (!active(l, lane))
            continue;
        if (s->variant == VOTE_ALL || s->variant == VOTE_ANY)
            mask = cpu_get_bits(l->args[lane][0], &s->args[0], 0);
        switch (s->variant) {
        case BALLOT:
            v = votes;
            break;
        case ACTIVE_MASK:
            v = l->active;
            break;
        case ALL:
            v = votes == l->active;
            break;
        case ANY:
            v = votes != 0;
            break;
        case IS_FIRST:
            v = lane == first_active(l);
            break;
        case VOTE_ALL:
            v = (mask & l->active) == l->active;
            break;
        default:
            v = (mask & l->active) != 0;
            break;
        }
        cpu_put_bits(l->results[lane], &s->result, 0, v);
    }
}

static void cross_width(const struct cpu_site *s, struct cpu_lanes *l)
{
    for (unsigned lane = 0; lane < l->width; lane++)
        if (active(l, lane))
            cpu_put_bits(l->results[lane], &s->result, 0, l->width);
}

static void cross_nothing(const struct cpu_site *s, struct cpu_lanes *l)
{
    (void)s;
    (void)l;
}

/* ---- Derivatives ---------------------------------------------------------------------------------------------------------- */

enum { DX, DY, WIDTH };

static void cross_derivative(const struct cpu_site *s, struct cpu_lanes *l)
{
    for (unsigned lane = 0; lane < l->width; lane++) {
        if (!active(l, lane))
            continue;
        for (unsigned i = 0; i < s->result.lanes; i++) {
            unsigned left = lane & 2u, top = lane & 1u;
            double dx = 0, dy = 0;
            if (active(l, left) && active(l, left + 1))
                dx = cpu_get(l->args[left + 1][0], &s->args[0], i) - cpu_get(l->args[left][0], &s->args[0], i);
            if (active(l, top) && active(l, top + 2))
                dy = cpu_get(l->args[top + 2][0], &s->args[0], i) - cpu_get(l->args[top][0], &s->args[0], i);
            cpu_put(l->results[lane], &s->result, i, s->variant == DX ? dx : s->variant == DY ? dy : fabs(dx) + fabs(dy));
        }
    }
}

/* ---- Names ---------------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *op; /**< After "simd_" or "quad_". */
    cpu_cross_fn *fn;
    int variant;
} groups[] = {
    {"shuffle", cross_shuffle, SHUFFLE},
    {"shuffle_xor", cross_shuffle, SHUFFLE_XOR},
    {"shuffle_up", cross_shuffle, SHUFFLE_UP},
    {"shuffle_down", cross_shuffle, SHUFFLE_DOWN},
    {"shuffle_rotate_up", cross_shuffle, ROTATE_UP},
    {"shuffle_rotate_down", cross_shuffle, ROTATE_DOWN},
    {"broadcast", cross_shuffle, BROADCAST},
    {"broadcast_first", cross_shuffle, BROADCAST_FIRST},
    {"shuffle_and_fill_up", cross_fill, FILL_UP},
    {"shuffle_and_fill_down", cross_fill, FILL_DOWN},
    {"sum", cross_reduce, SUM},
    {"product", cross_reduce, PRODUCT},
    {"min", cross_reduce, MIN},
    {"max", cross_reduce, MAX},
    {"and", cross_reduce, AND},
    {"or", cross_reduce, OR},
    {"xor", cross_reduce, XOR},
    {"prefix_inclusive_sum", cross_reduce, INCLUSIVE | SUM},
    {"prefix_inclusive_product", cross_reduce, INCLUSIVE | PRODUCT},
    {"prefix_exclusive_sum", cross_reduce, EXCLUSIVE | SUM},
    {"prefix_exclusive_product", cross_reduce, EXCLUSIVE | PRODUCT},
    {"ballot", cross_vote, BALLOT},
    {"active_threads_mask", cross_vote, ACTIVE_MASK},
    {"all", cross_vote, ALL},
    {"any", cross_vote, ANY},
    {"is_first", cross_vote, IS_FIRST},
    {"vote_all", cross_vote, VOTE_ALL},
    {"vote_any", cross_vote, VOTE_ANY},
};

static const struct {
    const char *op;
    cpu_cross_fn *fn;
    int variant;
    enum cpu_meeting meets;
} others[] = {
    {"dfdx", cross_derivative, DX, CPU_QUAD},      {"dfdy", cross_derivative, DY, CPU_QUAD},
    {"fwidth", cross_derivative, WIDTH, CPU_QUAD}, {"get_simdgroup_size", cross_width, 0, CPU_SIMD},
    {"wg", cross_nothing, 0, CPU_GROUP},       /* wg.barrier */
    {"simdgroup", cross_nothing, 0, CPU_SIMD}, /* simdgroup.barrier */
};

bool cpu_bind_cross(struct cpu_site *s)
{
    bool quad = !strncmp(s->op, "quad_", 5);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strcmp(others[i].op, s->op) != 0)
            continue;
        s->cross = others[i].fn;
        s->variant = others[i].variant;
        s->meets = others[i].meets;
        return true;
    }
    for (size_t i = 0; (quad || !strncmp(s->op, "simd_", 5)) && i < sizeof groups / sizeof *groups; i++) {
        if (strcmp(groups[i].op, s->op + 5) != 0)
            continue;
        s->cross = groups[i].fn;
        s->variant = groups[i].variant;
        s->meets = quad ? CPU_QUAD : CPU_SIMD;
        return true;
    }
    return false;
}

bool cpu_is_cross(const char *name)
{
    static const char *const starts[] = {"air.simd_", "air.quad_", "air.wg.barrier", "air.simdgroup", "air.get_simdgroup_size",
                                         "air.dfdx",  "air.dfdy",  "air.fwidth",     "air.sample_",   "air.fast_dfd"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (!strncmp(name, starts[i], strlen(starts[i])))
            return true;
    return false;
}
