/* SPDX-License-Identifier: MIT */
#include "tests/air/micro.h"

#include "tests/air/fixture.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PER_KERNEL = 40, LANE_BYTES = 8, TUPLE_BYTES = 128 };

static struct micro_case *cases;
static size_t case_count, case_cap;
static uint64_t rng_state = 42;

uint32_t micro_rnd(void)
{
    rng_state = rng_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(rng_state >> 32);
}

/* ---- Numbers --------------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *llvm, *suffix;
    unsigned bits, mantissa;
    int least; /**< Exponent of the smallest normal number. */
} types[] = {
    [M_NONE] = {"void", "", 0, 0, 0},         [M_I1] = {"i1", "i1", 1, 0, 0},
    [M_I8] = {"i8", "i8", 8, 0, 0},           [M_I16] = {"i16", "i16", 16, 0, 0},
    [M_I32] = {"i32", "i32", 32, 0, 0},       [M_I64] = {"i64", "i64", 64, 0, 0},
    [M_F16] = {"half", "f16", 16, 11, -14},   [M_BF16] = {"bfloat", "bf16", 16, 8, -126},
    [M_F32] = {"float", "f32", 32, 24, -126},
};

const char *micro_type_name(enum micro_type t)
{
    return types[t].llvm;
}

unsigned micro_bits(enum micro_type t)
{
    return types[t].bits;
}

bool micro_is_float(enum micro_type t)
{
    return types[t].mantissa != 0;
}

static char *scratch(void)
{
    static char ring[16][40];
    static unsigned next;
    return ring[next++ % 16];
}

const char *micro_suffix(enum micro_type t, unsigned lanes)
{
    char *s = scratch();
    if (lanes > 1)
        snprintf(s, 40, "v%u%s", lanes, types[t].suffix);
    else
        snprintf(s, 40, "%s", types[t].suffix);
    return s;
}

const char *micro_llvm(enum micro_type t, unsigned lanes)
{
    char *s = scratch();
    if (lanes > 1)
        snprintf(s, 40, "<%u x %s>", lanes, types[t].llvm);
    else
        snprintf(s, 40, "%s", types[t].llvm);
    return s;
}

struct micro_num micro_decode(enum micro_type t, uint64_t bits)
{
    struct micro_num n = {.bits = bits & micro_mask(types[t].bits)};
    unsigned w = types[t].bits, m = types[t].mantissa;
    if (!m) {
        n.s = w == 1 ? (int64_t)n.bits : (int64_t)(n.bits << (64 - w)) >> (64 - w);
        n.f = (long double)n.s;
        return n;
    }
    unsigned exponent_bits = w - m;
    uint64_t fraction = n.bits & micro_mask(m - 1), e = n.bits >> (m - 1) & micro_mask(exponent_bits);
    if (e == micro_mask(exponent_bits))
        n.f = fraction ? (long double)NAN : (long double)INFINITY;
    else if (e)
        n.f = ldexpl((long double)(fraction | (uint64_t)1 << (m - 1)), (int)e - 1 + types[t].least - (int)m + 1);
    else
        n.f = ldexpl((long double)fraction, types[t].least - (int)m + 1);
    if (n.bits >> (w - 1))
        n.f = -n.f;
    return n;
}

long double micro_ulp(enum micro_type t, long double v)
{
    int e;
    if (v == 0)
        return ldexpl(1, types[t].least - (int)types[t].mantissa + 1);
    frexpl(v, &e);
    e--;
    if (e < types[t].least)
        e = types[t].least;
    return ldexpl(1, e - (int)types[t].mantissa + 1);
}

uint64_t micro_encode(enum micro_type t, long double v)
{
    unsigned w = types[t].bits, m = types[t].mantissa;
    uint64_t sign = signbit(v) ? (uint64_t)1 << (w - 1) : 0, infinity = micro_mask(w - m) << (m - 1);
    if (isnan(v))
        return infinity | (uint64_t)1 << (m - 2);
    long double a = fabsl(v);
    if (isinf(v))
        return sign | infinity;
    if (a == 0)
        return sign;
    long double ulp = micro_ulp(t, a), n = rintl(a / ulp);
    int e;
    frexpl(ulp, &e);
    int biased = e - 1 + (int)m - 1 - types[t].least + 1; /* Exponent field of a normal number with this unit. */
    uint64_t units = (uint64_t)n;
    /* A carry into the next binade comes out right: the fraction overflows into the exponent field. */
    uint64_t bits = units >> (m - 1) ? ((uint64_t)(biased - 1) << (m - 1)) + units : units;
    return sign | (bits > infinity ? infinity : bits);
}

/* ---- Inputs ---------------------------------------------------------------------------------------------------------------- */

static uint64_t rnd64(void)
{
    uint64_t high = micro_rnd();
    return high << 32 | micro_rnd();
}

static uint64_t edge_float(enum micro_type t)
{
    static const double edges[] = {0,    1,         0.5,   1.5,   2.5,     2,         3,         0.25,     0.75,      1.25, 4,
                                   8,    16,        31,    100,   1000,    3.14159,   1.5707963, 0.785398, 1e-3,      1e-4, 0.1,
                                   0.9,  0.9999999, 10,    88,    127,     128,       126.5,     0.6931,   2.7182818, 1e9,  65504,
                                   1e20, 1e30,      1e-20, 1e-30, 8388608, 8388607.5, 4194303.5, 16777216, 255,       2047, 4095};
    unsigned w = types[t].bits, m = types[t].mantissa, k = micro_rnd() % 56;
    uint64_t sign = micro_rnd() & 1 ? (uint64_t)1 << (w - 1) : 0, infinity = micro_mask(w - m) << (m - 1);
    if (k < sizeof edges / sizeof *edges)
        return micro_encode(t, (long double)edges[k]) | sign;
    switch (k) {
    case 44:
        return sign | infinity;
    case 45:
        return sign | infinity | (uint64_t)1 << (m - 2);
    case 46:
        return sign | (infinity - 1);
    case 47:
        return sign | (uint64_t)1 << (m - 1);
    case 48:
        return sign | 1;
    case 49:
        return sign | micro_mask(m - 1);
    case 50:
        return sign | (micro_encode(t, 1) - 1);
    case 51:
        return sign | (micro_encode(t, 1) + 1);
    default:
        return sign;
    }
}

static long double uniform(long double lo, long double hi)
{
    return lo + (hi - lo) * ((long double)(rnd64() >> 1) / 9223372036854775808.0L);
}

static uint64_t draw_float(enum micro_type t, enum micro_domain d)
{
    if (d == MD_TEXTURE || d == MD_DIRECTION)
        return micro_encode(t, d == MD_TEXTURE ? uniform(-0.6L, 1.6L) : uniform(-1, 1));
    if (d == MD_WHOLE)
        return micro_encode(t, (long double)(micro_rnd() % 5) - 2);
    if (micro_rnd() % 3 == 0) {
        uint64_t v = edge_float(t);
        return d == MD_POSITIVE ? v & micro_mask(types[t].bits - 1) : v;
    }
    switch (d) {
    case MD_UNIT:
        return micro_encode(t, micro_rnd() % 4 ? uniform(-1, 1) : ldexpl(uniform(-1, 1), -(int)(micro_rnd() % 20)));
    case MD_SMALL:
        return micro_encode(t, micro_rnd() % 4 ? uniform(-10, 10) : ldexpl(uniform(-1, 1), -(int)(micro_rnd() % 24)));
    case MD_MEDIUM:
        return micro_encode(t, micro_rnd() % 4 ? uniform(-130, 130) : ldexpl(uniform(-1, 1), -(int)(micro_rnd() % 24)));
    case MD_POSITIVE:
        if (micro_rnd() & 1)
            return micro_encode(t, uniform(0, 4));
        return rnd64() & micro_mask(types[t].bits - 1);
    default:
        if (micro_rnd() & 1)
            return micro_encode(t, ldexpl(uniform(-1, 1), (int)(micro_rnd() % 40) - 20));
        return rnd64() & micro_mask(types[t].bits);
    }
}

static uint64_t draw_int(enum micro_type t, enum micro_domain d)
{
    unsigned w = types[t].bits;
    uint64_t mask = micro_mask(w), top = (uint64_t)1 << (w - 1);
    switch (d) {
    case MD_BITS8:
    case MD_BITS16:
    case MD_BITS32:
    case MD_BITS64:
        return micro_rnd() % ((8u << (d - MD_BITS8)) + 1);
    case MD_TINY:
        return ((uint64_t)(micro_rnd() % 601) - 300) & mask;
    case MD_LANES:
        return micro_rnd() & 255 & mask;
    case MD_LAYER:
        return micro_rnd() & 3;
    case MD_WHOLE:
        return ((uint64_t)(micro_rnd() % 5) - 2) & mask;
    default:
        break;
    }
    const uint64_t edges[] = {0, 1, 2, mask, mask - 1, top, top - 1, top + 1, mask / 3, mask / 5, 7, 0x80 & mask, 0xFF & mask, 10};
    unsigned k = micro_rnd() % 40;
    if (k < sizeof edges / sizeof *edges)
        return edges[k] & mask;
    return (rnd64() >> micro_rnd() % 64) & mask;
}

static uint64_t draw(enum micro_type t, enum micro_domain d)
{
    return types[t].mantissa ? draw_float(t, d) : t == M_I1 ? micro_rnd() & 1 : draw_int(t, d);
}

/* ---- Cases ----------------------------------------------------------------------------------------------------------------- */

struct micro_case *micro_add(const char *name)
{
    if (case_count == case_cap) {
        case_cap = case_cap ? case_cap * 2 : 256;
        cases = realloc(cases, case_cap * sizeof *cases);
        if (!cases)
            abort();
    }
    struct micro_case *c = &cases[case_count++];
    memset(c, 0, sizeof *c);
    snprintf(c->name, sizeof c->name, "%s", name);
    c->active_arg = -1;
    return c;
}

void micro_call(struct micro_case *c, const char *callee, const char *tail)
{
    char params[160] = "", args[256] = "";
    size_t np = 0, na = 0;
    for (unsigned i = 0; i < c->argc; i++) {
        const char *t = micro_llvm(c->arg[i], c->arg_lanes[i]);
        np += (size_t)snprintf(params + np, sizeof params - np, "%s%s", i ? ", " : "", t);
        na += (size_t)snprintf(args + na, sizeof args - na, "%s%s $%u", i ? ", " : "", t, i);
    }
    /* The tail is "type value, type value"; its types follow in the declaration. */
    for (const char *p = tail; *p;) {
        size_t n = strcspn(p, ","), type = strcspn(p, " ");
        np += (size_t)snprintf(params + np, sizeof params - np, ", %.*s", (int)type, p);
        na += (size_t)snprintf(args + na, sizeof args - na, ", %.*s", (int)n, p);
        p += n + strspn(p + n, ", ");
    }
    const char *r = micro_llvm(c->result, c->result_lanes);
    snprintf(c->declare, sizeof c->declare, "declare %s @%s(%s)", r, callee, params);
    snprintf(c->body, sizeof c->body, "$R = call %s @%s(%s)", r, callee, args);
}

/* ---- Kernels --------------------------------------------------------------------------------------------------------------- */

struct text {
    char *data;
    size_t count, cap;
};

static void put(struct text *t, const char *s, size_t n)
{
    if (t->count + n + 1 > t->cap) {
        t->cap = (t->count + n + 1) * 2;
        t->data = realloc(t->data, t->cap);
        if (!t->data)
            abort();
    }
    memcpy(t->data + t->count, s, n);
    t->count += n;
    t->data[t->count] = 0;
}

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
add(struct text *t, const char *fmt, ...)
{
    char line[1024];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    put(t, line, n < (int)sizeof line ? (size_t)n : sizeof line - 1);
}

/** Memory type of a value: booleans are stored as bytes. */
static enum micro_type stored(enum micro_type t)
{
    return t == M_I1 ? M_I8 : t;
}

static unsigned lane_bytes(enum micro_type t)
{
    return types[stored(t)].bits / 8;
}

static void write_body(struct text *t, const struct micro_case *c, unsigned k)
{
    for (const char *p = c->body; *p; p++) {
        if (*p != '$') {
            put(t, p, 1);
            continue;
        }
        p++;
        if (*p == 'R')
            add(t, "%%r%u", k);
        else if (*p == 'U')
            add(t, "%u", k);
        else if (*p == 'T')
            add(t, "%s", micro_llvm(c->result, c->result_lanes));
        else if (*p == 'A')
            add(t, "%s", micro_llvm(c->arg[0], c->arg_lanes[0]));
        else
            add(t, "%%a%u_%c", k, *p);
    }
    put(t, "\n", 1);
}

/** Every operand and result of a tuple has 128 bytes; the regions of case k follow those of case k - 1. */
static void write_case(struct text *t, const struct micro_case *c, unsigned k)
{
    for (unsigned i = 0; i < c->argc; i++) {
        unsigned long long base = ((unsigned long long)k * MICRO_MAX_ARGS + i) * TUPLE_BYTES * MICRO_TUPLES;
        add(t, "%%o%u_%u = add i64 %%off, %llu\n%%p%u_%u = getelementptr i8, ptr addrspace(1) %%in, i64 %%o%u_%u\n", k, i, base, k,
            i, k, i);
        const char *mem = micro_llvm(stored(c->arg[i]), c->arg_lanes[i]);
        bool boolean = c->arg[i] == M_I1;
        add(t, "%%%c%u_%u = load %s, ptr addrspace(1) %%p%u_%u, align 8\n", boolean ? 'm' : 'a', k, i, mem, k, i);
        if (boolean)
            add(t, "%%a%u_%u = icmp ne %s %%m%u_%u, zeroinitializer\n", k, i, mem, k, i);
    }
    add(t, "%%q%u = add i64 %%off, %llu\n%%w%u = getelementptr i8, ptr addrspace(1) %%out, i64 %%q%u\n", k,
        (unsigned long long)k * TUPLE_BYTES * MICRO_TUPLES, k, k);
    write_body(t, c, k);
    const char *mem = micro_llvm(stored(c->result), c->result_lanes);
    char value = 'r';
    if (c->result == M_I1) {
        add(t, "%%z%u = zext %s %%r%u to %s\n", k, micro_llvm(M_I1, c->result_lanes), k, mem);
        value = 'z';
    }
    add(t, "store %s %%%c%u, ptr addrspace(1) %%w%u, align 8\n", mem, value, k, k);
}

static const char head[] =
    "target datalayout = \"e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-"
    "v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32\"\n"
    "target triple = \"air64-apple-macosx14.0.0\"\n"
    "!air.version = !{!900}\n!air.language_version = !{!901}\n!air.compile_options = !{!902}\n"
    "!901 = !{!\"Metal\", i32 3, i32 1, i32 0}\n!902 = !{!\"air.compile.denorms_disable\"}\n";
static const char tail[] =
    "!air.kernel = !{!0}\n!0 = !{ptr @k, !1, !2}\n!1 = !{}\n"
    "!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", !\"air.address_space\", i32 1}\n"
    "!4 = !{i32 1, !\"air.buffer\", !\"air.location_index\", i32 1, i32 1, !\"air.read\", !\"air.address_space\", i32 1}\n"
    "!5 = !{i32 2, !\"air.thread_position_in_grid\", !\"air.arg_type_name\", !\"uint\"}\n";

static unsigned texture_version; /**< AIR version of modules with textures; 0 = without. */

void micro_use_textures(unsigned air_version)
{
    texture_version = air_version;
}

/** Parameters of the kernel, and the metadata of textures and samplers. */
static void write_parameters(struct text *t)
{
    add(t, "define void @k(ptr addrspace(1) %%out, ptr addrspace(1) %%in, i32 %%id");
    for (unsigned i = 0; texture_version && i < FX_TEXTURES; i++)
        add(t, ", ptr addrspace(1) %%t%u", i);
    for (unsigned i = 0; texture_version && i < FX_SAMPLERS; i++)
        add(t, ", ptr addrspace(2) %%s%u", i);
    add(t, ") {\n%%id64 = zext i32 %%id to i64\n%%off = mul i64 %%id64, %d\n", TUPLE_BYTES);
}

static void write_metadata(struct text *t)
{
    unsigned version = texture_version ? texture_version : 2u << 16 | 6;
    add(t, "!900 = !{i32 %u, i32 %u, i32 0}\n!2 = !{!3, !4, !5", version >> 16, version & 0xFFFF);
    for (unsigned i = 0; texture_version && i < FX_TEXTURES + FX_SAMPLERS; i++)
        add(t, ", !%u", 100 + i);
    add(t, "}\n");
    for (unsigned i = 0; texture_version && i < FX_TEXTURES; i++) {
        const char *access = fixture_shapes[i].storage ? "read_write" : i == FX_BUFFER ? "read" : "sample";
        add(t,
            "!%u = !{i32 %u, !\"air.texture\", !\"air.location_index\", i32 %u, i32 1, !\"air.%s\", !\"air.arg_type_name\", "
            "!\"%s\"}\n",
            100 + i, 3 + i, i, access, fixture_shapes[i].type);
    }
    for (unsigned i = 0; texture_version && i < FX_SAMPLERS; i++)
        add(t, "!%u = !{i32 %u, !\"air.sampler\", !\"air.location_index\", i32 %u, i32 1, !\"air.arg_type_name\", !\"sampler\"}\n",
            100 + FX_TEXTURES + i, 3 + FX_TEXTURES + i, i);
}

/** Every line that is not there yet: cases share callees. */
static void declare_lines(struct text *t, const char *lines)
{
    while (*lines) {
        size_t n = strcspn(lines, "\n");
        char line[512];
        snprintf(line, sizeof line, "%.*s\n", (int)n, lines);
        if (!strstr(t->data, line))
            put(t, line, n + 1);
        lines += n + (lines[n] != 0);
    }
}

static struct pvg_air_shader *make_kernel(struct runner *r, const struct micro_case *first, unsigned count)
{
    struct text t = {0};
    put(&t, head, sizeof head - 1);
    for (unsigned i = 0; i < count; i++) {
        bool defined = !first[i].globals[0];
        for (unsigned k = 0; k < i; k++)
            defined |= !strcmp(first[i].globals, first[k].globals);
        if (!defined)
            add(&t, "%s\n", first[i].globals);
        declare_lines(&t, first[i].declare);
    }
    write_parameters(&t);
    for (unsigned i = 0; i < count; i++)
        write_case(&t, &first[i], i);
    add(&t, "ret void\n}\n");
    put(&t, tail, sizeof tail - 1);
    write_metadata(&t);

    uint8_t *bitcode;
    size_t size;
    struct pvg_error err = {{0}};
    struct pvg_air_shader *s = NULL;
    struct pvg_air_options o = {.size = sizeof o, .available = runner_available(r)};
    if (pvg_air_assemble(t.data, t.count, &bitcode, &size, &err))
        fprintf(stderr, "%s (first case %s)\n", err.message, first->name);
    else if (pvg_air_translate(bitcode, size, "k", &o, &s, &err))
        fprintf(stderr, "%s (first case %s)\n", err.message, first->name), s = NULL, free(bitcode);
    else
        free(bitcode);
    free(t.data);
    return s;
}

/* ---- Comparison ------------------------------------------------------------------------------------------------------------ */

/** Of a float type. */
static bool is_denormal(enum micro_type t, const struct micro_num *n)
{
    return n->f != 0 && !isnan(n->f) && fabsl(n->f) < ldexpl(1, types[t].least);
}

static bool float_matches(const struct micro_case *c, const struct micro_num *arg, const struct micro_num *got,
                          const struct micro_num *expected, double *error)
{
    long double want = expected->f;
    struct micro_bound bound = c->bound_fn ? c->bound_fn(c, arg, want) : c->bound;
    if (expected->slack > bound.absolute)
        bound.absolute = expected->slack;
    enum micro_type t = c->result;
    *error = 0;
    if (bound.ulp < 0)
        return true;
    if (c->any_nonfinite) {
        bool finite = isfinite(want) && fabsl(want) < ldexpl(1, -types[t].least + 1);
        for (unsigned i = 0; i < c->argc; i++)
            finite = finite && (!micro_is_float(c->arg[i]) || isfinite(arg[i].f));
        if (!finite)
            return true;
    }
    if (isnan(want) || isnan(got->f))
        return isnan(want) && isnan(got->f);
    uint64_t bits = micro_encode(t, want);
    if (bits == got->bits || (c->any_zero_sign && got->f == 0 && micro_decode(t, bits).f == 0))
        return true;
    /* Numbers too small for normal ones may be flushed to zero, 32-bit ones only. */
    if (t != M_F16 && want != 0 && fabsl(want) < ldexpl(1, types[t].least) && got->f == 0)
        return true;
    if (!bound.ulp && !bound.absolute)
        return false;
    if (isinf(want))
        return got->f == want;
    long double largest = micro_decode(t, (micro_mask(types[t].bits - types[t].mantissa) << (types[t].mantissa - 1)) - 1).f;
    if (isinf(got->f) && fabsl(want) >= largest * (1 - bound.ulp * ldexpl(1, -(int)types[t].mantissa)))
        return (want < 0) == (got->f < 0);
    long double difference = fabsl(got->f - want);
    *error = (double)(difference / micro_ulp(t, want));
    return difference <= bound.ulp * micro_ulp(t, want) || (bound.absolute > 0 && difference <= bound.absolute);
}

static void reference(const struct micro_case *c, const struct micro_num (*arg)[MICRO_MAX_LANES], struct micro_num *want)
{
    if (c->whole) {
        c->whole(c, arg, want);
        return;
    }
    for (unsigned l = 0; l < c->result_lanes; l++) {
        struct micro_num one[MICRO_MAX_ARGS];
        for (unsigned i = 0; i < c->argc; i++)
            one[i] = arg[i][c->arg_lanes[i] == 1 ? 0 : l];
        c->lane(c, one, &want[l]);
    }
}

/** Of devices that flush: an operation that gives its operand back, or nothing but its sign, may leave the bits as they are. */
static struct micro_num flush(enum micro_type t, const struct micro_num *n)
{
    if ((t == M_F32 || t == M_BF16) && is_denormal(t, n))
        return micro_decode(t, n->bits & (uint64_t)1 << (types[t].bits - 1));
    return *n;
}

static bool lane_matches(const struct micro_case *c, const struct micro_num *arg, const struct micro_num *got,
                         const struct micro_num *want, double *error)
{
    *error = 0;
    if (want->open)
        return true;
    if (micro_is_float(c->result))
        return float_matches(c, arg, got, want, error);
    struct micro_bound bound = c->bound_fn ? c->bound_fn(c, arg, want->f) : c->bound;
    return bound.ulp < 0 || got->bits == want->bits || (bound.ulp > 0 && llabs(got->s - want->s) <= (long long)bound.ulp);
}

static void print_failure(const struct micro_case *c, const struct micro_num *arg, const struct micro_num *got,
                          const struct micro_num *want, double error)
{
    fprintf(stderr, "%s:", c->name);
    for (unsigned i = 0; i < c->argc; i++)
        fprintf(stderr, " %.9Lg (0x%llx)", arg[i].f, (unsigned long long)arg[i].bits);
    if (micro_is_float(c->result))
        fprintf(stderr, " -> %.9Lg (0x%llx) instead of %.9Lg (0x%llx), %.2f ulp\n", got->f, (unsigned long long)got->bits, want->f,
                (unsigned long long)micro_encode(c->result, want->f), error);
    else
        fprintf(stderr, " -> 0x%llx instead of 0x%llx\n", (unsigned long long)got->bits, (unsigned long long)want->bits);
}

/** One tuple of one case. Denormal operands of 32 bits may count as zeros. */
static bool check_tuple(const struct micro_case *c, const uint8_t *in, const uint8_t *out, unsigned tuple, bool report)
{
    struct micro_num arg[MICRO_MAX_ARGS][MICRO_MAX_LANES] = {{{0}}}, flushed[MICRO_MAX_ARGS][MICRO_MAX_LANES];
    struct micro_num want[MICRO_MAX_LANES] = {{0}}, other[MICRO_MAX_LANES] = {{0}};
    bool denormal = false;
    for (unsigned i = 0; i < c->argc; i++) {
        for (unsigned l = 0; l < c->arg_lanes[i]; l++) {
            uint64_t bits = 0;
            unsigned n = lane_bytes(c->arg[i]);
            memcpy(&bits, in + ((size_t)i * MICRO_TUPLES + tuple) * TUPLE_BYTES + l * n, n);
            arg[i][l] = micro_decode(c->arg[i], bits);
            flushed[i][l] = flush(c->arg[i], &arg[i][l]);
            denormal |= flushed[i][l].bits != arg[i][l].bits;
        }
    }
    for (unsigned l = 0; c->sees_result && l < c->result_lanes; l++) {
        uint64_t bits = 0;
        memcpy(&bits, out + (size_t)tuple * TUPLE_BYTES + l * lane_bytes(c->result), lane_bytes(c->result));
        want[l] = other[l] = micro_decode(c->result, bits);
    }
    reference(c, (const struct micro_num(*)[MICRO_MAX_LANES])arg, want);
    if (denormal)
        reference(c, (const struct micro_num(*)[MICRO_MAX_LANES])flushed, other);
    for (unsigned l = 0; l < c->result_lanes; l++) {
        uint64_t bits = 0;
        unsigned n = lane_bytes(c->result);
        memcpy(&bits, out + (size_t)tuple * TUPLE_BYTES + l * n, n);
        struct micro_num got = micro_decode(c->result, bits), small = flush(c->result, &got);
        struct micro_num one[MICRO_MAX_ARGS] = {{0}}, zero[MICRO_MAX_ARGS] = {{0}};
        for (unsigned i = 0; i < c->argc; i++) {
            one[i] = arg[i][c->arg_lanes[i] == 1 ? 0 : l];
            zero[i] = flushed[i][c->arg_lanes[i] == 1 ? 0 : l];
        }
        double error, ignored;
        if (lane_matches(c, one, &got, &want[l], &error) || (denormal && lane_matches(c, zero, &small, &other[l], &ignored)))
            continue;
        if (report)
            print_failure(c, one, &got, &want[l], error);
        return false;
    }
    return true;
}

static struct micro_num read_lane(const uint8_t *tuple, enum micro_type t, unsigned lane)
{
    uint64_t bits = 0;
    unsigned n = lane_bytes(t);
    memcpy(&bits, tuple + lane * n, n);
    return micro_decode(t, bits);
}

/** The tuples of one simdgroup. @return how many of them are wrong */
static unsigned check_group(const struct micro_case *c, unsigned width, const uint8_t *in, const uint8_t *out, unsigned first,
                            bool report)
{
    struct micro_num arg[64][MICRO_MAX_ARGS][MICRO_MAX_LANES] = {{{{0}}}};
    bool active[64];
    unsigned wrong = 0;
    for (unsigned thread = 0; thread < width; thread++) {
        for (unsigned i = 0; i < c->argc; i++)
            for (unsigned l = 0; l < c->arg_lanes[i]; l++)
                arg[thread][i][l] = read_lane(in + ((size_t)i * MICRO_TUPLES + first + thread) * TUPLE_BYTES, c->arg[i], l);
        active[thread] = c->active_arg < 0 || arg[thread][c->active_arg][0].bits;
    }
    for (unsigned thread = 0; thread < width; thread++) {
        struct micro_group g = {thread, width, (const struct micro_num(*)[MICRO_MAX_ARGS][MICRO_MAX_LANES])arg, active};
        struct micro_num want[MICRO_MAX_LANES] = {{0}};
        if (active[thread])
            c->group(c, &g, want);
        bool bad = false;
        for (unsigned l = 0; l < c->result_lanes && !bad; l++) {
            struct micro_num got = read_lane(out + (size_t)(first + thread) * TUPLE_BYTES, c->result, l), one[MICRO_MAX_ARGS];
            double error;
            for (unsigned i = 0; i < c->argc; i++)
                one[i] = arg[thread][i][l < c->arg_lanes[i] ? l : 0];
            bad = !lane_matches(c, one, &got, &want[l], &error);
            if (bad && report && wrong < 2) {
                fprintf(stderr, "thread %u of %u: ", thread, width);
                print_failure(c, one, &got, &want[l], error);
            }
        }
        wrong += bad;
    }
    return wrong;
}

static unsigned check_case(const struct micro_case *c, unsigned width, const uint8_t *in, const uint8_t *out)
{
    unsigned wrong = 0;
    for (unsigned tuple = 0; c->group && tuple < MICRO_TUPLES; tuple += width)
        wrong += check_group(c, width, in, out, tuple, !wrong);
    for (unsigned tuple = 0; !c->group && tuple < MICRO_TUPLES; tuple++)
        wrong += !check_tuple(c, in, out, tuple, wrong < 3);
    return wrong;
}

static void fill_inputs(const struct micro_case *c, uint8_t *in)
{
    for (unsigned i = 0; i < c->argc; i++)
        for (unsigned tuple = 0; tuple < MICRO_TUPLES; tuple++)
            for (unsigned l = 0; l < c->arg_lanes[i]; l++) {
                uint64_t bits = draw(c->arg[i], c->domain[i]);
                unsigned n = lane_bytes(c->arg[i]);
                memcpy(in + ((size_t)i * MICRO_TUPLES + tuple) * TUPLE_BYTES + l * n, &bits, n);
            }
}

static unsigned run_batch(struct runner *r, const struct micro_case *first, unsigned count)
{
    size_t out_size = (size_t)count * MICRO_TUPLES * TUPLE_BYTES, in_size = out_size * MICRO_MAX_ARGS;
    struct pvg_air_shader *s = make_kernel(r, first, count);
    if (!s)
        return count;
    uint8_t *in = calloc(1, in_size), *out = malloc(out_size);
    if (!in || !out)
        abort();
    memset(out, 0xCD, out_size);
    for (unsigned k = 0; k < count; k++)
        fill_inputs(&first[k], in + (size_t)k * MICRO_MAX_ARGS * MICRO_TUPLES * TUPLE_BYTES);
    struct run_buffer b[2] = {{.index = 0, .data = out, .size = (uint32_t)out_size},
                              {.index = 1, .data = in, .size = (uint32_t)in_size}};
    struct run run = {.buffers = b, .buffer_count = 2, .groups = {MICRO_TUPLES / 32, 1, 1}, .threads = {32, 1, 1}};
    if (texture_version) {
        run.texture_word = fixture_texture_word;
        run.sampler_word = fixture_sampler_word;
    }
    bool made = runner_kernel(r, s, &run);
    unsigned failed = made ? 0 : count;
    if (!made)
        fprintf(stderr, "no pipeline (first case %s)\n", first->name);
    for (unsigned k = 0; made && k < count; k++) {
        unsigned wrong =
            check_case(&first[k], runner_subgroup_size(r), in + (size_t)k * MICRO_MAX_ARGS * MICRO_TUPLES * TUPLE_BYTES,
                       out + (size_t)k * MICRO_TUPLES * TUPLE_BYTES);
        if (!wrong)
            continue;
        fprintf(stderr, "%s: %u of %d tuples differ\n", first[k].name, wrong, MICRO_TUPLES);
        failed++;
    }
    free(in);
    free(out);
    pvg_air_shader_free(s);
    return failed;
}

/* Under a sanitizer every fourth case is run: drivers' compilers take long there. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { EVERY = 4 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { EVERY = 4 };
#else
enum { EVERY = 1 };
#endif
#else
enum { EVERY = 1 };
#endif

/** Cases to run: those with MICRO_FILTER in their names, if that is set. */
static bool selected(size_t i)
{
    const char *filter = getenv("MICRO_FILTER");
    return filter ? strstr(cases[i].name, filter) != NULL : i % EVERY == 0;
}

unsigned micro_run_all(struct runner *r, unsigned *ran)
{
    unsigned failed = 0;
    size_t kept = 0;
    for (size_t i = 0; i < case_count; i++)
        if (selected(i))
            cases[kept++] = cases[i];
    case_count = kept;
    for (size_t i = 0; i < case_count; i += PER_KERNEL) {
        unsigned n = case_count - i < PER_KERNEL ? (unsigned)(case_count - i) : PER_KERNEL;
        failed += run_batch(r, &cases[i], n);
    }
    *ran += (unsigned)case_count;
    case_count = 0;
    free(cases);
    cases = NULL;
    case_cap = 0;
    return failed;
}
