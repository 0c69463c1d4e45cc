/* SPDX-License-Identifier: MIT */
/*
 * Floating-point functions. Bounds are those of the Metal Shading Language specification: the precise forms' table, the fast
 * forms' table, and 1 ulp for half. References are computed in long double.
 */
#include "tests/air/micro.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- References ------------------------------------------------------------------------------------------------------------ */

static const long double pi = 3.14159265358979323846264338327950288L;

static long double turn_part(long double x, bool cosine)
{
    if (!isfinite(x))
        return NAN;
    long double r = fmodl(x, 2), q = rintl(2 * r), f = (r - q / 2) * pi;
    int quadrant = ((int)q + (cosine ? 1 : 0)) & 3;
    long double v = quadrant & 1 ? cosl(f) : sinl(f);
    return quadrant & 2 ? -v : v;
}

static long double ref_sinpi(long double x)
{
    return turn_part(x, false);
}

static long double ref_cospi(long double x)
{
    return turn_part(x, true);
}

static long double ref_tanpi(long double x)
{
    return turn_part(x, false) / turn_part(x, true);
}

static long double ref_asinpi(long double x)
{
    return asinl(x) / pi;
}

static long double ref_acospi(long double x)
{
    return acosl(x) / pi;
}

static long double ref_atanpi(long double x)
{
    return atanl(x) / pi;
}

static long double ref_atan2pi(long double y, long double x)
{
    return atan2l(y, x) / pi;
}

static long double ref_rsqrt(long double x)
{
    return 1 / sqrtl(x);
}

static long double ref_exp10(long double x)
{
    return powl(10, x);
}

static long double ref_saturate(long double x)
{
    return fminl(fmaxl(x, 0), 1);
}

static long double ref_sign(long double x)
{
    return isnan(x) ? 0 : x > 0 ? 1 : x < 0 ? -1 : x;
}

static long double ref_min3(long double a, long double b, long double c)
{
    return fminl(fminl(a, b), c);
}

static long double ref_max3(long double a, long double b, long double c)
{
    return fmaxl(fmaxl(a, b), c);
}

static long double ref_median3(long double a, long double b, long double c)
{
    return fmaxl(fminl(a, b), fminl(fmaxl(a, b), c));
}

static long double ref_clamp(long double x, long double lo, long double hi)
{
    return fminl(fmaxl(x, lo), hi);
}

static long double ref_mix(long double a, long double b, long double t)
{
    return a + (b - a) * t;
}

static long double ref_minimum(long double a, long double b)
{
    return isnan(a) || isnan(b) ? NAN : fminl(a, b);
}

static long double ref_maximum(long double a, long double b)
{
    return isnan(a) || isnan(b) ? NAN : fmaxl(a, b);
}

static long double ref_fdim(long double a, long double b)
{
    return isnan(a) || isnan(b) ? (long double)NAN : a > b ? a - b : 0;
}

static void by_function(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    r->f = c->f1 ? c->f1(a[0].f) : c->f2 ? c->f2(a[0].f, a[1].f) : c->f3(a[0].f, a[1].f, a[2].f);
}

/** a * b exactly plus c, rounded once: the sum's low part decides ties that the format of long double cannot hold. */
static void ref_fma(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    long double p = a[0].f * a[1].f, s = p + a[2].f;
    r->f = s;
    if (!isfinite(s) || !isfinite(p))
        return;
    long double part = s - p, low = (p - (s - part)) + (a[2].f - part);
    /* Exactly between two numbers of the result type: go to the side of what was cut off. */
    if (low != 0 && s != 0) {
        long double up = nextafterl(s, INFINITY), down = nextafterl(s, -INFINITY);
        bool odd = fmodl(s / micro_ulp(c->result, s) * 2, 2) != 0;
        if (odd)
            r->f = low > 0 ? up : down;
    }
}

static void ref_fract(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    long double top = micro_decode(c->result, micro_encode(c->result, 1) - 1).f;
    r->f = fminl(a[0].f - floorl(a[0].f), top);
}

static void ref_ldexp(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    r->f = ldexpl(a[0].f, (int)a[1].s);
    /* Denormal results may be rounded twice, as they may be flushed. */
    r->slack = c->result == M_F32 && fabsl(r->f) < 0x1p-126L ? 0x1p-149 : 0;
}

static void ref_frexp(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    int e = 0;
    r->f = frexpl(a[0].f, &e);
    r->s = e;
    r->bits = (uint32_t)e;
    if (c->parameter)
        r->bits = (uint32_t)(e - 1);
}

static void ref_modf(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    long double whole = truncl(a[0].f);
    r->f = c->parameter ? whole : isinf(whole) ? copysignl(0, whole) : copysignl(a[0].f - whole, a[0].f);
}

static void ref_sincos(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    r->f = c->parameter ? cosl(a[0].f) : sinl(a[0].f);
}

static void ref_nextafter(const struct micro_case *c, const struct micro_num *a, struct micro_num *r)
{
    unsigned w = micro_bits(c->result);
    uint64_t top = (uint64_t)1 << (w - 1), bits = a[0].bits;
    if (isnan(a[0].f) || isnan(a[1].f))
        bits = micro_encode(c->result, NAN);
    else if (a[0].f == a[1].f)
        bits = a[1].bits;
    else if (a[0].f == 0)
        bits = 1 | (a[1].f < 0 ? top : 0);
    else
        bits += (a[0].f < a[1].f) == (a[0].f > 0) ? 1 : (uint64_t)-1;
    *r = micro_decode(c->result, bits);
}

static void ref_dot(const struct micro_case *c, const struct micro_num (*a)[MICRO_MAX_LANES], struct micro_num *r)
{
    long double sum = 0, size = 0;
    for (unsigned i = 0; i < c->arg_lanes[0]; i++) {
        sum += a[0][i].f * a[1][i].f;
        size += fabsl(a[0][i].f * a[1][i].f);
    }
    r->f = sum;
    /* Products and sums are rounded in any order; what overflows on the way is open. */
    long double largest = micro_decode(c->arg[0], micro_encode(c->arg[0], INFINITY) - 1).f;
    r->open = size > largest && !isnan(sum);
    r->slack = isfinite(size) ? (double)(micro_ulp(c->arg[0], size) * c->arg_lanes[0]) : 0;
}

/* ---- Bounds ---------------------------------------------------------------------------------------------------------------- */

enum fast { NO_FAST, AS_PRECISE, FAST_SIN, FAST_EXP, FAST_EXP2, FAST_EXP10, FAST_LOG, FAST_POW, FAST_TAN, FAST_2ULP, FAST_SQRT };

static struct micro_bound absolute(double v)
{
    return (struct micro_bound){0, v};
}

static struct micro_bound units(double v)
{
    return (struct micro_bound){v, 0};
}

/** exp2(y * log2(x)) with the errors of its parts. */
static struct micro_bound pow_bound(const struct micro_num *a)
{
    double x = (double)a[0].f, y = (double)a[1].f;
    if (!(x > 0) || !isfinite(x) || !isfinite(y))
        return units(-1);
    double l = log2(x), e = y * l, log_error = x >= 0.5 && x <= 2 ? 0x1p-21 : 3 * 0x1p-23 * fabs(l);
    return units(4 + 2 * fabs(e) + (fabs(y) * log_error + fabs(e) * 0x1p-24) * 0.6931472 * 0x1p24);
}

static struct micro_bound fast_bound(const struct micro_case *c, const struct micro_num *a, long double want)
{
    double x = (double)a[0].f;
    switch ((enum fast)c->parameter) {
    case FAST_SIN:
        return fabs(x) <= 3.14159265 ? absolute(0x1p-13) : units(-1);
    case FAST_TAN:
        return fabs(x) <= 1.4 ? absolute(0x1p-9) : units(-1);
    case FAST_EXP:
    case FAST_EXP2:
    case FAST_EXP10:
        return units(3 + floor(fabs(2 * x)));
    case FAST_LOG:
        if (!(x > 0))
            return units(-1);
        return x >= 0.5 && x <= 2 ? absolute(0x1p-21) : units(3);
    case FAST_POW:
        return pow_bound(a);
    case FAST_2ULP:
        return units(x <= 0 ? -1 : 2);
    case FAST_SQRT:
        return units(x < 0 ? -1 : 3);
    default:
        (void)want;
        return c->bound;
    }
}

/** Only where lower and upper limit make a range. */
static struct micro_bound clamp_bound(const struct micro_case *c, const struct micro_num *a, long double want)
{
    (void)c;
    (void)want;
    return units(a[1].f <= a[2].f ? 0 : -1);
}

static struct micro_bound mix_bound(const struct micro_case *c, const struct micro_num *a, long double want)
{
    (void)want;
    long double size = fabsl(a[0].f) + fabsl(a[1].f) + (fabsl(a[0].f) + fabsl(a[1].f)) * fabsl(a[2].f);
    if (!isfinite(size) || size > micro_decode(c->result, micro_encode(c->result, INFINITY) - 1).f)
        return units(-1);
    return absolute((double)(3 * micro_ulp(c->result, size)));
}

static struct micro_bound powr_bound(const struct micro_case *c, const struct micro_num *a, long double want)
{
    (void)want;
    bool defined = a[0].f > 0 && isfinite(a[0].f) && isfinite(a[1].f);
    return defined ? c->bound : units(-1);
}

/** At the poles either infinity will do. */
static struct micro_bound pole_bound(const struct micro_case *c, const struct micro_num *a, long double want)
{
    (void)a;
    return isinf(want) ? units(-1) : c->bound;
}

static struct micro_bound finite_bound(const struct micro_case *c, const struct micro_num *a, long double want)
{
    (void)want;
    return isfinite(a[0].f) ? c->bound : units(-1);
}

static struct micro_bound nonzero_bound(const struct micro_case *c, const struct micro_num *a, long double want)
{
    (void)want;
    return isfinite(a[0].f) && a[0].f != 0 ? c->bound : units(-1);
}

/* ---- Tables ---------------------------------------------------------------------------------------------------------------- */

struct row {
    const char *op;
    long double (*f1)(long double);
    long double (*f2)(long double, long double);
    long double (*f3)(long double, long double, long double);
    double ulp; /**< Precise, 32 bits; 0 = correctly rounded. */
    enum micro_domain domain;
    enum fast fast;
    bool exact_half; /**< Half is correctly rounded, too; otherwise within 1 ulp. */
    micro_bound_fn bound;
};

static const struct row rows[] = {
    {"fabs", fabsl, NULL, NULL, 0, MD_ANY, AS_PRECISE, true, NULL},
    {"floor", floorl, NULL, NULL, 0, MD_ANY, AS_PRECISE, true, NULL},
    {"ceil", ceill, NULL, NULL, 0, MD_ANY, AS_PRECISE, true, NULL},
    {"trunc", truncl, NULL, NULL, 0, MD_ANY, AS_PRECISE, true, NULL},
    {"round", roundl, NULL, NULL, 0, MD_ANY, AS_PRECISE, true, NULL},
    {"rint", rintl, NULL, NULL, 0, MD_ANY, AS_PRECISE, true, NULL},
    {"saturate", ref_saturate, NULL, NULL, 0, MD_SMALL, AS_PRECISE, true, NULL},
    {"sign", ref_sign, NULL, NULL, 0, MD_ANY, AS_PRECISE, true, NULL},
    {"sqrt", sqrtl, NULL, NULL, 0, MD_ANY, FAST_SQRT, true, NULL},
    {"rsqrt", ref_rsqrt, NULL, NULL, 0, MD_ANY, FAST_2ULP, false, NULL},
    {"sin", sinl, NULL, NULL, 4, MD_ANY, FAST_SIN, false, NULL},
    {"cos", cosl, NULL, NULL, 4, MD_ANY, FAST_SIN, false, NULL},
    {"tan", tanl, NULL, NULL, 6, MD_ANY, FAST_TAN, false, NULL},
    {"asin", asinl, NULL, NULL, 4, MD_UNIT, AS_PRECISE, false, NULL},
    {"acos", acosl, NULL, NULL, 4, MD_UNIT, AS_PRECISE, false, NULL},
    {"atan", atanl, NULL, NULL, 5, MD_ANY, AS_PRECISE, false, NULL},
    {"sinh", sinhl, NULL, NULL, 4, MD_MEDIUM, AS_PRECISE, false, NULL},
    {"cosh", coshl, NULL, NULL, 4, MD_MEDIUM, AS_PRECISE, false, NULL},
    {"tanh", tanhl, NULL, NULL, 5, MD_SMALL, AS_PRECISE, false, NULL},
    {"asinh", asinhl, NULL, NULL, 4, MD_ANY, AS_PRECISE, false, NULL},
    {"acosh", acoshl, NULL, NULL, 4, MD_POSITIVE, AS_PRECISE, false, NULL},
    {"atanh", atanhl, NULL, NULL, 5, MD_UNIT, AS_PRECISE, false, NULL},
    {"sinpi", ref_sinpi, NULL, NULL, 4, MD_ANY, FAST_SIN, false, NULL},
    {"cospi", ref_cospi, NULL, NULL, 4, MD_ANY, FAST_SIN, false, NULL},
    {"tanpi", ref_tanpi, NULL, NULL, 6, MD_UNIT, NO_FAST, false, pole_bound},
    {"asinpi", ref_asinpi, NULL, NULL, 5, MD_UNIT, AS_PRECISE, false, NULL},
    {"acospi", ref_acospi, NULL, NULL, 5, MD_UNIT, AS_PRECISE, false, NULL},
    {"atanpi", ref_atanpi, NULL, NULL, 5, MD_ANY, AS_PRECISE, false, NULL},
    {"exp", expl, NULL, NULL, 4, MD_MEDIUM, FAST_EXP, false, NULL},
    {"exp2", exp2l, NULL, NULL, 4, MD_MEDIUM, FAST_EXP2, false, NULL},
    {"exp10", ref_exp10, NULL, NULL, 4, MD_MEDIUM, FAST_EXP10, false, NULL},
    {"log", logl, NULL, NULL, 4, MD_POSITIVE, FAST_LOG, false, NULL},
    {"log2", log2l, NULL, NULL, 4, MD_POSITIVE, FAST_LOG, false, NULL},
    {"log10", log10l, NULL, NULL, 4, MD_POSITIVE, FAST_LOG, false, NULL},
    {"fmin", NULL, fminl, NULL, 0, MD_ANY, AS_PRECISE, true, NULL},
    {"fmax", NULL, fmaxl, NULL, 0, MD_ANY, AS_PRECISE, true, NULL},
    {"minimum", NULL, ref_minimum, NULL, 0, MD_ANY, NO_FAST, true, NULL},
    {"maximum", NULL, ref_maximum, NULL, 0, MD_ANY, NO_FAST, true, NULL},
    {"fmod", NULL, fmodl, NULL, 0, MD_ANY, NO_FAST, true, NULL},
    {"copysign", NULL, copysignl, NULL, 0, MD_ANY, AS_PRECISE, true, NULL},
    {"fdim", NULL, ref_fdim, NULL, 0, MD_ANY, AS_PRECISE, true, NULL},
    {"atan2", NULL, atan2l, NULL, 6, MD_ANY, AS_PRECISE, false, NULL},
    {"atan2pi", NULL, ref_atan2pi, NULL, 6, MD_ANY, AS_PRECISE, false, NULL},
    {"pow", NULL, powl, NULL, 16, MD_SMALL, FAST_POW, false, NULL},
    {"powr", NULL, powl, NULL, 16, MD_POSITIVE, FAST_POW, false, powr_bound},
    {"fmin3", NULL, NULL, ref_min3, 0, MD_ANY, AS_PRECISE, true, NULL},
    {"fmax3", NULL, NULL, ref_max3, 0, MD_ANY, AS_PRECISE, true, NULL},
    {"fmedian3", NULL, NULL, ref_median3, 0, MD_ANY, AS_PRECISE, true, NULL},
    {"clamp", NULL, NULL, ref_clamp, 0, MD_SMALL, AS_PRECISE, true, clamp_bound},
    {"mix", NULL, NULL, ref_mix, 0, MD_SMALL, NO_FAST, true, mix_bound},
};

static struct micro_case *start(const char *op, bool fast, enum micro_type t, unsigned lanes, unsigned argc, enum micro_domain d)
{
    char name[96];
    snprintf(name, sizeof name, "air.%s%s.%s", fast ? "fast_" : "", op, micro_suffix(t, lanes));
    struct micro_case *c = micro_add(name);
    c->result = t;
    c->result_lanes = (uint8_t)lanes;
    c->argc = (uint8_t)argc;
    for (unsigned i = 0; i < argc; i++) {
        c->arg[i] = t;
        c->arg_lanes[i] = (uint8_t)lanes;
        c->domain[i] = d;
    }
    c->any_zero_sign =
        strstr(op, "min") || strstr(op, "max") || strstr(op, "med") || !strcmp(op, "clamp") || !strcmp(op, "saturate");
    c->any_nonfinite = fast;
    return c;
}

static void add_row(const struct row *r, bool fast, enum micro_type t, unsigned lanes)
{
    struct micro_case *c = start(r->op, fast, t, lanes, r->f1 ? 1 : r->f2 ? 2 : 3, r->domain);
    micro_call(c, c->name, "");
    c->lane = by_function;
    c->f1 = r->f1;
    c->f2 = r->f2;
    c->f3 = r->f3;
    c->bound.ulp = t == M_F32 ? r->ulp : r->exact_half ? 0 : 1;
    c->bound_fn = r->bound;
    if (fast && r->fast != AS_PRECISE) {
        c->parameter = r->fast;
        c->bound_fn = fast_bound;
    }
    if (!c->bound.ulp && !r->bound && !c->bound_fn)
        return;
    c->any_zero_sign |= fast;
}

static void add_special(const char *op, bool fast, enum micro_type t, unsigned lanes)
{
    struct micro_case *c;
    if (!strcmp(op, "fma")) {
        c = start(op, fast, t, lanes, 3, MD_SMALL);
        micro_call(c, c->name, "");
        c->lane = ref_fma;
    } else if (!strcmp(op, "fract")) {
        c = start(op, fast, t, lanes, 1, MD_SMALL);
        micro_call(c, c->name, "");
        c->lane = ref_fract;
        c->bound_fn = finite_bound;
    } else if (!strcmp(op, "nextafter")) {
        c = start(op, fast, t, lanes, 2, MD_ANY);
        micro_call(c, c->name, "");
        c->lane = ref_nextafter;
    } else if (!strcmp(op, "ldexp")) {
        c = start(op, fast, t, lanes, 2, MD_ANY);
        c->arg[1] = M_I32;
        c->domain[1] = MD_TINY;
        micro_call(c, c->name, "");
        c->lane = ref_ldexp;
    } else if (!strcmp(op, "ilogb")) {
        c = start(op, fast, t, lanes, 1, MD_ANY);
        c->result = M_I32;
        micro_call(c, c->name, "");
        c->lane = ref_frexp;
        c->parameter = 1;
        c->bound_fn = nonzero_bound;
    } else {
        c = start(op, fast, t, lanes, 2, MD_SMALL);
        c->result_lanes = 1;
        micro_call(c, c->name, "");
        c->whole = ref_dot;
    }
}

/** Functions with a second result in memory: `second` looks at that one. */
static void add_pointer(const char *op, bool fast, enum micro_type t, unsigned lanes, bool second)
{
    struct micro_case *c = start(op, fast, t, lanes, 1, MD_ANY);
    char callee[128];
    snprintf(callee, sizeof callee, "%s", c->name);
    const char *type = micro_llvm(t, lanes), *memory = !strcmp(op, "frexp") ? micro_llvm(M_I32, lanes) : type;
    snprintf(c->declare, sizeof c->declare, "declare %s @%s(%s, ptr)", type, callee, type);
    if (second)
        snprintf(c->body, sizeof c->body, "%%p$U = alloca %s\n%%c$U = call %s @%s(%s $0, ptr %%p$U)\n$R = load %s, ptr %%p$U",
                 memory, type, callee, type, memory);
    else
        snprintf(c->body, sizeof c->body, "%%p$U = alloca %s\n$R = call %s @%s(%s $0, ptr %%p$U)", memory, type, callee, type);
    c->lane = !strcmp(op, "frexp") ? ref_frexp : !strcmp(op, "modf") ? ref_modf : ref_sincos;
    if (!strcmp(op, "sincos")) {
        c->parameter = second;
        c->bound.ulp = t == M_F32 ? 4 : 1;
        if (fast) {
            c->f1 = second ? cosl : sinl;
            c->lane = by_function;
            c->parameter = FAST_SIN;
            c->bound_fn = fast_bound;
        }
    } else if (!strcmp(op, "modf")) {
        c->parameter = second;
    } else if (second) {
        c->result = M_I32;
        c->bound_fn = finite_bound;
    }
    size_t n = strlen(c->name);
    snprintf(c->name + n, sizeof c->name - n, "%s", second ? " (2nd)" : "");
}

void micro_floats(void)
{
    static const char *const special[] = {"fma", "fract", "nextafter", "ldexp", "ilogb"};
    static const char *const pointer[] = {"sincos", "frexp", "modf"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        add_row(&rows[i], false, M_F32, 1);
        add_row(&rows[i], false, M_F32, 2 + (unsigned)i % 3);
        add_row(&rows[i], false, M_F16, 1);
        add_row(&rows[i], false, M_F16, 4);
        if (rows[i].fast) {
            add_row(&rows[i], true, M_F32, 1);
            add_row(&rows[i], true, M_F32, 4 - (unsigned)i % 3);
        }
    }
    for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
        add_special(special[i], false, M_F32, 1);
        add_special(special[i], false, M_F32, 4);
        add_special(special[i], false, M_F16, 1);
        add_special(special[i], false, M_F16, 2);
    }
    add_special("fma", true, M_F32, 2);
    add_special("fract", true, M_F32, 2);
    add_special("ldexp", true, M_F32, 1);
    for (unsigned lanes = 1; lanes <= 4; lanes++) {
        add_special("dot", false, M_F32, lanes);
        add_special("dot", false, M_F16, lanes);
        add_special("dot", true, M_F32, lanes);
    }
    for (size_t i = 0; i < sizeof pointer / sizeof *pointer; i++) {
        for (int second = 0; second < 2; second++) {
            add_pointer(pointer[i], false, M_F32, 1, second);
            add_pointer(pointer[i], false, M_F32, 4, second);
            add_pointer(pointer[i], false, M_F16, 1, second);
        }
    }
    add_pointer("sincos", true, M_F32, 1, false);
    add_pointer("sincos", true, M_F32, 2, true);
    /* More lanes than SPIR-V has. */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i += 4) {
        add_row(&rows[i], false, M_F32, 8);
        add_row(&rows[i], false, M_F16, 16);
    }
    static const char *const bfloat[] = {"fabs", "floor", "fmin", "fmax", "exp", "sqrt", "clamp", "rint"};
    for (size_t i = 0; i < sizeof bfloat / sizeof *bfloat; i++)
        for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
            if (!strcmp(rows[k].op, bfloat[i]))
                add_row(&rows[k], false, M_BF16, 1 + (unsigned)(i & 1));
}
