/* SPDX-License-Identifier: MIT */
/** @file Floating-point functions (spec 07 section 5.2): computed in double, rounded once. */
#include "tests/air/cpu_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double pi(void)
{
    return 3.14159265358979323846;
}

static double fn_rsqrt(double v)
{
    return 1 / sqrt(v);
}

static double fn_exp10(double v)
{
    return pow(10, v);
}

static double fn_saturate(double v)
{
    return v > 0 ? (v < 1 ? v : 1) : 0;
}

static double fn_sign(double v)
{
    return v > 0 ? 1 : v < 0 ? -1 : isnan(v) ? 0 : v;
}

/** Remainder of a half turn's argument, so that large ones keep their precision. */
static double half_turns(double v)
{
    return (v - 2 * nearbyint(v / 2)) * pi();
}

static double fn_sinpi(double v)
{
    return sin(half_turns(v));
}

static double fn_cospi(double v)
{
    return cos(half_turns(v));
}

static double fn_tanpi(double v)
{
    return tan(half_turns(v));
}

static double fn_min(double a, double b)
{
    return isnan(a) ? b : isnan(b) ? a : a < b ? a : b;
}

static double fn_max(double a, double b)
{
    return isnan(a) ? b : isnan(b) ? a : a > b ? a : b;
}

static double fn_powr(double a, double b)
{
    return a < 0 ? NAN : pow(a, b);
}

/** `exact` functions do not vary: they select or round. */
static const struct {
    const char *op;
    double (*fn)(double);
    bool exact;
} unaries[] = {
    {"fabs", fabs, true},
    {"floor", floor, true},
    {"ceil", ceil, true},
    {"trunc", trunc, true},
    {"round", round, true},
    {"rint", nearbyint, true},
    {"saturate", fn_saturate, true},
    {"sign", fn_sign, true},
    {"sqrt", sqrt, false},
    {"rsqrt", fn_rsqrt, false},
    {"sin", sin, false},
    {"cos", cos, false},
    {"tan", tan, false},
    {"asin", asin, false},
    {"acos", acos, false},
    {"atan", atan, false},
    {"sinh", sinh, false},
    {"cosh", cosh, false},
    {"tanh", tanh, false},
    {"asinh", asinh, false},
    {"acosh", acosh, false},
    {"atanh", atanh, false},
    {"exp", exp, false},
    {"exp2", exp2, false},
    {"exp10", fn_exp10, false},
    {"log", log, false},
    {"log2", log2, false},
    {"log10", log10, false},
    {"sinpi", fn_sinpi, false},
    {"cospi", fn_cospi, false},
    {"tanpi", fn_tanpi, false},
};

static const struct {
    const char *op;
    double (*fn)(double, double);
    bool exact;
} binaries[] = {
    {"fmin", fn_min, true}, {"fmax", fn_max, true},  {"pow", pow, false},          {"powr", fn_powr, false},
    {"fmod", fmod, true},   {"atan2", atan2, false}, {"copysign", copysign, true}, {"fdim", fdim, true},
};

static void run_unary(struct cpu_thread *t, const struct cpu_site *s, void *result, void *const *args)
{
    for (unsigned i = 0; i < s->result.lanes; i++) {
        double v = s->unary(cpu_get(args[0], &s->args[0], i));
        cpu_put(result, &s->result, i, s->variant ? v : cpu_wobble(t, v));
    }
}

static void run_binary(struct cpu_thread *t, const struct cpu_site *s, void *result, void *const *args)
{
    for (unsigned i = 0; i < s->result.lanes; i++) {
        double v = s->binary(cpu_get(args[0], &s->args[0], i), cpu_get(args[1], &s->args[1], i));
        cpu_put(result, &s->result, i, s->variant ? v : cpu_wobble(t, v));
    }
}

/** The largest value below 1. */
static double below_one(const struct jit_type *t)
{
    return t->bits == 16 ? 1 - ldexp(1, -11) : 1 - ldexp(1, -24);
}

static void run_fract(struct cpu_thread *t, const struct cpu_site *s, void *result, void *const *args)
{
    for (unsigned i = 0; i < s->result.lanes; i++) {
        double v = cpu_wobble(t, cpu_get(args[0], &s->args[0], i));
        cpu_put(result, &s->result, i, fmin(v - floor(v), below_one(&s->result)));
    }
}

enum { CLAMP, MIX, FMA, MIN3, MAX3, MEDIAN3 };

static double ternary(int which, double a, double b, double c)
{
    switch (which) {
    case CLAMP:
        return fn_min(fn_max(a, b), c);
    case MIX:
        return a + (b - a) * c;
    case FMA:
        return fma(a, b, c);
    case MIN3:
        return fn_min(fn_min(a, b), c);
    case MAX3:
        return fn_max(fn_max(a, b), c);
    default:
        return fn_max(fn_min(a, b), fn_min(fn_max(a, b), c));
    }
}

static void run_ternary(struct cpu_thread *t, const struct cpu_site *s, void *result, void *const *args)
{
    for (unsigned i = 0; i < s->result.lanes; i++) {
        double v = ternary(s->variant, cpu_get(args[0], &s->args[0], i), cpu_get(args[1], &s->args[1], i),
                           cpu_get(args[2], &s->args[2], s->args[2].lanes > i ? i : 0));
        cpu_put(result, &s->result, i, s->variant == MIX ? cpu_wobble(t, v) : v);
    }
}

static void run_dot(struct cpu_thread *t, const struct cpu_site *s, void *result, void *const *args)
{
    double sum = 0;
    for (unsigned i = 0; i < s->args[0].lanes; i++)
        sum += cpu_get(args[0], &s->args[0], i) * cpu_get(args[1], &s->args[1], i);
    cpu_put(result, &s->result, 0, cpu_wobble(t, sum));
}

static void run_ldexp(struct cpu_thread *t, const struct cpu_site *s, void *result, void *const *args)
{
    (void)t;
    for (unsigned i = 0; i < s->result.lanes; i++)
        cpu_put(result, &s->result, i, ldexp(cpu_get(args[0], &s->args[0], i), (int)cpu_get_signed(args[1], &s->args[1], i)));
}

/** Functions with a second result through a pointer to thread memory. */
enum { SINCOS, MODF, FREXP };

static void run_pair(struct cpu_thread *t, const struct cpu_site *s, void *result, void *const *args)
{
    void *out;
    memcpy(&out, args[1], sizeof out);
    for (unsigned i = 0; i < s->result.lanes; i++) {
        double v = cpu_get(args[0], &s->args[0], i), other;
        int exponent;
        if (s->variant == SINCOS) {
            cpu_put(result, &s->result, i, cpu_wobble(t, sin(v)));
            cpu_put(out, &s->result, i, cpu_wobble(t, cos(v)));
        } else if (s->variant == MODF) {
            cpu_put(result, &s->result, i, modf(v, &other));
            cpu_put(out, &s->result, i, other);
        } else {
            cpu_put(result, &s->result, i, frexp(v, &exponent));
            memcpy((uint8_t *)out + 4 * i, &exponent, 4);
        }
    }
}

static void run_false(struct cpu_thread *t, const struct cpu_site *s, void *result, void *const *args)
{
    (void)t;
    (void)s;
    (void)args;
    memset(result, 0, 1);
}

static const struct {
    const char *op;
    cpu_fn *fn;
    int variant;
} others[] = {
    {"fract", run_fract, 0},      {"clamp", run_ternary, CLAMP}, {"mix", run_ternary, MIX},          {"fma", run_ternary, FMA},
    {"fmin3", run_ternary, MIN3}, {"fmax3", run_ternary, MAX3},  {"fmedian3", run_ternary, MEDIAN3}, {"dot", run_dot, 0},
    {"ldexp", run_ldexp, 0},      {"sincos", run_pair, SINCOS},  {"modf", run_pair, MODF},           {"frexp", run_pair, FREXP},
    {"is_uniform", run_false, 0},
};

bool cpu_bind_math(struct cpu_site *s)
{
    if (s->is_signed || s->is_unsigned)
        return false;
    for (size_t i = 0; i < sizeof unaries / sizeof *unaries; i++) {
        if (strcmp(unaries[i].op, s->op) != 0)
            continue;
        s->unary = unaries[i].fn;
        s->variant = unaries[i].exact;
        s->fn = run_unary;
        return true;
    }
    for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++) {
        if (strcmp(binaries[i].op, s->op) != 0)
            continue;
        s->binary = binaries[i].fn;
        s->variant = binaries[i].exact;
        s->fn = run_binary;
        return true;
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strcmp(others[i].op, s->op) != 0)
            continue;
        s->fn = others[i].fn;
        s->variant = others[i].variant;
        return true;
    }
    return false;
}
