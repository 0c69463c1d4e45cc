/* SPDX-License-Identifier: MIT */
/**
 * @file Translated kernels run on a Vulkan device and are compared with the same computation on the host: core instructions and
 * memory (kernels.c), intrinsics (ll/intrinsics.ll), random control flow, bounds checks. Skipped where there is no device.
 */
#include "tests/air/kernels.h"
#include "tests/air/runner.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { THREADS = 64 };

static struct runner *runner;
static uint64_t rng_state = 1;

static uint32_t rnd(void)
{
    rng_state = rng_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(rng_state >> 32);
}

static uint8_t *load_bitcode(const char *file, size_t *size)
{
    char path[512];
    snprintf(path, sizeof path, "%s/tests/air/ll/%s", OPENPVG_SOURCE_ROOT, file);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    long n = ftell(f);
    rewind(f);
    char *text = malloc((size_t)n);
    assert_int_equal(fread(text, 1, (size_t)n, f), n);
    fclose(f);
    uint8_t *bitcode;
    struct pvg_error err = {{0}};
    if (pvg_air_assemble(text, (size_t)n, &bitcode, size, &err))
        fail_msg("%s: %s", file, err.message);
    free(text);
    return bitcode;
}

static struct pvg_air_shader *translate(const uint8_t *bitcode, size_t size, const char *name, int robust)
{
    struct pvg_air_options o = {.size = sizeof o, .available = runner_available(runner)};
    struct pvg_error err = {{0}};
    struct pvg_air_shader *s;
    if (robust)
        o.robustness = PVG_AIR_ROBUST_BUFFERS;
    if (robust == 1)
        o.variant = PVG_AIR_VARIANT_FLAT;
    if (robust == 2) {
        o.variant = PVG_AIR_VARIANT_CLIPPED;
        o.zero_address = runner_zero_address(runner);
        o.scratch_address = runner_scratch_address(runner);
    }
    if (pvg_air_translate(bitcode, size, name, &o, &s, &err))
        fail_msg("%s", err.message);
    return s;
}

static void run_named(const char *file, const char *name, int robust, struct run *run)
{
    size_t size;
    uint8_t *bitcode = load_bitcode(file, &size);
    struct pvg_air_shader *s = translate(bitcode, size, name, robust);
    if (!run->threads[0]) {
        run->threads[0] = 32;
        run->threads[1] = run->threads[2] = 1;
        run->groups[0] = THREADS / 32;
        run->groups[1] = run->groups[2] = 1;
    }
    assert_true(runner_kernel(runner, s, run));
    pvg_air_shader_free(s);
    free(bitcode);
}

/* ---- kernels.c ------------------------------------------------------------------------------------------------------------- */

typedef void (*reference)(void *out, const void *in, unsigned id);

/* The kernels have pointers of their own types; a call through `reference` must meet its exact type. */
static void call_arith(void *out, const void *in, unsigned id)
{
    arith(out, in, id);
}

static void call_loops(void *out, const void *in, unsigned id)
{
    loops(out, in, id);
}

static void call_switches(void *out, const void *in, unsigned id)
{
    switches(out, in, id);
}

static void call_irreducible(void *out, const void *in, unsigned id)
{
    irreducible(out, in, id);
}

static void call_locals(void *out, const void *in, unsigned id)
{
    locals(out, in, id);
}

static void call_mixed(void *out, const void *in, unsigned id)
{
    mixed(out, in, id);
}

static void call_table(void *out, const void *in, unsigned id)
{
    table(out, in, id);
}

static void call_linked(void *out, const void *in, unsigned id)
{
    linked(out, in, id);
}

static void call_wide(void *out, const void *in, unsigned id)
{
    wide(out, in, id);
}

static void call_floats(void *out, const void *in, unsigned id)
{
    floats(out, in, id);
}

static void compare_kernel(const char *name, reference ref, size_t out_bytes, size_t in_bytes, bool floats_only)
{
    size_t in_size = in_bytes * THREADS, out_size = out_bytes * THREADS;
    for (int robust = 0; robust < 3; robust++) {
        uint8_t *in = malloc(in_size), *out = calloc(1, out_size), *expected = calloc(1, out_size);
        for (size_t i = 0; i + 4 <= in_size; i += 4) {
            uint32_t v = rnd() >> (rnd() & 31);
            float f = (float)(int)(rnd() & 0xFFFF) / 16.0f - 2000.0f;
            memcpy(in + i, floats_only ? (void *)&f : (void *)&v, 4);
        }
        for (unsigned i = 0; i < THREADS; i++)
            ref(expected, in, i);
        struct run_buffer b[2] = {{0, out, (uint32_t)out_size, 0, 0, false}, {1, in, (uint32_t)in_size, 0, 0, false}};
        struct run run = {.buffers = b, .buffer_count = 2};
        run_named("kernels.ll", name, robust, &run);
        assert_memory_equal(out, expected, out_size);
        free(in);
        free(out);
        free(expected);
    }
}

static void core(void **state)
{
    (void)state;
    compare_kernel("arith", call_arith, 48, 8, false);
    compare_kernel("loops", call_loops, 4, 4, false);
    compare_kernel("switches", call_switches, 4, 4, false);
    compare_kernel("irreducible", call_irreducible, 4, 4, false);
    compare_kernel("locals", call_locals, 4, 4, false);
    compare_kernel("mixed", call_mixed, 4, 4, false);
    compare_kernel("table", call_table, 4, 4, false);
    compare_kernel("linked", call_linked, 4, 4, false);
    compare_kernel("wide", call_wide, 64, 16, false);
    compare_kernel("floats", call_floats, 32, 8, true);
}

struct record {
    uint8_t a;
    uint16_t b;
    uint32_t c;
    uint64_t d;
    float e;
    uint8_t t[5];
};

static void structs(void **state)
{
    (void)state;
    struct record in[THREADS], out[THREADS], expected[THREADS];
    memset(in, 0, sizeof in);
    memset(out, 0, sizeof out);
    memset(expected, 0, sizeof expected);
    for (int i = 0; i < THREADS; i++) {
        in[i] = (struct record){(uint8_t)rnd(), (uint16_t)rnd(), rnd(), (uint64_t)rnd() << 32 | rnd(), (float)i, {0}};
        for (int k = 0; k < 5; k++)
            in[i].t[k] = (uint8_t)rnd();
        records(expected, in, (unsigned)i);
    }
    struct run_buffer b[2] = {{0, out, sizeof out, 0, 0, false}, {1, in, sizeof in, 0, 0, false}};
    struct run run = {.buffers = b, .buffer_count = 2};
    run_named("kernels.ll", "records", 1, &run);
    assert_memory_equal(out, expected, sizeof out);
}

static void two_buffers(void **state)
{
    (void)state;
    unsigned x[64], y[64], out[64], expected[64];
    for (int i = 0; i < 64; i++) {
        x[i] = rnd();
        y[i] = rnd();
    }
    /* The last term compares pointers, which the host's arrays reproduce. */
    for (unsigned i = 0; i < 64; i++)
        pointers(expected, x, y, i);
    for (int robust = 0; robust < 3; robust++) {
        struct run_buffer b[3] = {{0, out, sizeof out, 0, 0, false}, {1, x, sizeof x, 0, 0, false}, {2, y, sizeof y, 0, 0, false}};
        struct run run = {.buffers = b, .buffer_count = 3};
        memset(out, 0, sizeof out);
        run_named("kernels.ll", "pointers", robust, &run);
        assert_memory_equal(out, expected, sizeof out);
    }
}

/** Reads past the stated length give zero, writes past it vanish; unbound buffers read as zero. */
static void out_of_range(void **state)
{
    (void)state;
    for (int robust = 1; robust < 3; robust++) {
        unsigned in[THREADS], out[THREADS], zero = 0, expected;
        for (int i = 0; i < THREADS; i++) {
            in[i] = rnd();
            out[i] = 0xAAAAAAAA;
        }
        struct run_buffer b[2] = {{0, out, sizeof out, 48 * 4, 0, false}, {1, in, sizeof in, 40 * 4 + 3, 0, false}};
        struct run run = {.buffers = b, .buffer_count = 2};
        run_named("kernels.ll", "table", robust, &run);
        for (unsigned i = 0; i < THREADS; i++) {
            table(&expected, i < 40 ? &in[i] : &zero, 0);
            assert_int_equal(out[i], i < 48 ? expected : 0xAAAAAAAA);
        }
        b[0].length = 0;
        b[1].unbound = true;
        run_named("kernels.ll", "table", robust, &run);
        table(&expected, &zero, 0);
        for (unsigned i = 0; i < THREADS; i++)
            assert_int_equal(out[i], expected);
    }
}

/** Every access on its own is inside or not: at indices, at fixed places, across the end, in front of the buffer, past 2^64. */
static void bounds(void **state)
{
    (void)state;
    enum { LENGTH = 8, RESULTS = 12, WRAPPED = 5 };
    for (int robust = 1; robust < 3; robust++) {
        unsigned in[THREADS], out[THREADS][RESULTS], to[THREADS];
        for (unsigned i = 0; i < THREADS; i++)
            in[i] = rnd() | 0x01010101;
        memset(out, 0xAA, sizeof out);
        memset(to, 0xAA, sizeof to);
        struct run_buffer b[3] = {
            {0, out, sizeof out, 0, 0, false}, {1, in, sizeof in, LENGTH * 4, 0, false}, {2, to, sizeof to, LENGTH * 4, 0, false}};
        struct run run = {.buffers = b, .buffer_count = 3};
        run_named("bounds.ll", "reads", robust, &run);
        for (unsigned i = 0; i < THREADS; i++) {
            const unsigned at = i < LENGTH ? in[i] : 0, pair = i + 1 < LENGTH ? in[i] : 0;
            const unsigned next = i + 1 < LENGTH ? in[i + 1] : 0, back = i >= 4 && i - 4 < LENGTH ? in[i - 4] : 0;
            const unsigned expected[RESULTS] = {at, next, pair, at, back, in[1], 0, in[7], 0, 0, in[7] >> 24, 0};
            for (unsigned k = 0; k < RESULTS; k++)
                if (k != WRAPPED || out[i][k]) /* An index whose product overflows may count as outside. */
                    assert_int_equal(out[i][k], expected[k]);
        }
        run_named("bounds.ll", "writes", robust, &run);
        for (unsigned i = 0; i < THREADS; i++) {
            unsigned expected = i >= LENGTH ? 0xAAAAAAAA : i == 2 ? 102 : i < 3 ? 0xAAAAAAAA : (i - 1) / 2;
            assert_int_equal(to[i], expected);
        }
    }
}

/** Threads past the grid do nothing. */
static void partial_grid(void **state)
{
    (void)state;
    unsigned in[THREADS], out[THREADS], expected[THREADS];
    memset(out, 0x55, sizeof out);
    memset(expected, 0x55, sizeof expected);
    for (unsigned i = 0; i < THREADS; i++)
        in[i] = rnd();
    for (unsigned i = 0; i < 50; i++)
        loops(expected, in, i);
    struct run_buffer b[2] = {{0, out, sizeof out, 0, 0, false}, {1, in, sizeof in, 0, 0, false}};
    struct run run = {.buffers = b, .buffer_count = 2, .groups = {2, 1, 1}, .threads = {32, 1, 1}, .grid = {50, 1, 1}};
    run_named("kernels.ll", "loops", 2, &run);
    assert_memory_equal(out, expected, sizeof out);
}

/* ---- Random control flow --------------------------------------------------------------------------------------------------- */

enum { BLOCKS = 24, FUEL = 200 };

/** A random program over one number: every block changes it and chooses its successor by its bits. */
struct program {
    uint32_t count;
    uint32_t mul[BLOCKS], add[BLOCKS], shift[BLOCKS];
    uint32_t successors[BLOCKS]; /**< 1, 2 or 4; 0 = return. */
    uint32_t succ[BLOCKS][4];
};

static void make_program(struct program *p)
{
    p->count = 3 + rnd() % (BLOCKS - 3);
    for (uint32_t i = 0; i < p->count; i++) {
        static const uint32_t kinds[8] = {1, 1, 2, 2, 2, 2, 2, 4};
        p->mul[i] = rnd() | 1;
        p->add[i] = rnd();
        p->shift[i] = 3 + rnd() % 20;
        p->successors[i] = i + 1 == p->count ? 0 : kinds[rnd() % 8];
        for (int k = 0; k < 4; k++)
            p->succ[i][k] = rnd() % 3 == 0 ? rnd() % p->count : i + 1 + rnd() % (p->count - i < 4 ? 1 : 3);
        for (int k = 0; k < 4; k++)
            if (p->succ[i][k] >= p->count)
                p->succ[i][k] = p->count - 1;
    }
}

static uint32_t run_program(const struct program *p, uint32_t x)
{
    uint32_t at = 0;
    for (int fuel = FUEL; fuel; fuel--) {
        x = x * p->mul[at] + p->add[at];
        x ^= x >> p->shift[at];
        if (!p->successors[at])
            break;
        at = p->succ[at][p->successors[at] == 1 ? 0 : (x >> 9) & (p->successors[at] - 1)];
    }
    return x;
}

static size_t write_program(const struct program *p, char *text, size_t cap)
{
    size_t n = 0;
#define ADD(...) n += (size_t)snprintf(text + n, cap - n, __VA_ARGS__)
    ADD("target datalayout = \"e-p:64:64:64-i64:64:64-n8:16:32\"\ntarget triple = \"air64-apple-macosx14.0.0\"\n"
        "define void @k(ptr addrspace(1) %%out, ptr addrspace(1) %%in, i32 %%id) {\n"
        "entry:\n %%x = alloca i32\n %%fuel = alloca i32\n %%i = zext i32 %%id to i64\n"
        " %%pi = getelementptr i32, ptr addrspace(1) %%in, i64 %%i\n %%v = load i32, ptr addrspace(1) %%pi, align 4\n"
        " store i32 %%v, ptr %%x\n store i32 %d, ptr %%fuel\n br label %%b0\n",
        FUEL);
    for (uint32_t i = 0; i < p->count; i++) {
        ADD("b%u:\n %%x%u = load i32, ptr %%x\n %%m%u = mul i32 %%x%u, %u\n %%a%u = add i32 %%m%u, %u\n %%s%u = lshr i32 %%a%u, "
            "%u\n"
            " %%y%u = xor i32 %%a%u, %%s%u\n store i32 %%y%u, ptr %%x\n %%f%u = load i32, ptr %%fuel\n %%g%u = sub i32 %%f%u, 1\n"
            " store i32 %%g%u, ptr %%fuel\n %%z%u = icmp eq i32 %%g%u, 0\n",
            i, i, i, i, p->mul[i], i, i, p->add[i], i, i, p->shift[i], i, i, i, i, i, i, i, i, i, i);
        if (!p->successors[i]) {
            ADD(" br label %%end\n");
            continue;
        }
        ADD(" br i1 %%z%u, label %%end, label %%t%u\nt%u:\n %%h%u = lshr i32 %%y%u, 9\n", i, i, i, i, i);
        if (p->successors[i] == 1)
            ADD(" br label %%b%u\n", p->succ[i][0]);
        else if (p->successors[i] == 2)
            ADD(" %%c%u = trunc i32 %%h%u to i1\n br i1 %%c%u, label %%b%u, label %%b%u\n", i, i, i, p->succ[i][1], p->succ[i][0]);
        else
            ADD(" %%c%u = and i32 %%h%u, 3\n switch i32 %%c%u, label %%b%u [ i32 1, label %%b%u i32 2, label %%b%u i32 3, label "
                "%%b%u ]\n",
                i, i, i, p->succ[i][0], p->succ[i][1], p->succ[i][2], p->succ[i][3]);
    }
    ADD("end:\n %%r = load i32, ptr %%x\n %%po = getelementptr i32, ptr addrspace(1) %%out, i64 %%i\n"
        " store i32 %%r, ptr addrspace(1) %%po, align 4\n ret void\n}\n"
        "!air.version = !{!0}\n!0 = !{i32 2, i32 6, i32 0}\n!1 = !{}\n!air.kernel = !{!2}\n!2 = !{ptr @k, !1, !3}\n!3 = !{!4, !5, "
        "!6}\n"
        "!4 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\"}\n"
        "!5 = !{i32 1, !\"air.buffer\", !\"air.location_index\", i32 1, i32 1, !\"air.read\"}\n"
        "!6 = !{i32 2, !\"air.thread_position_in_grid\", !\"air.arg_type_name\", !\"uint\"}\n");
#undef ADD
    assert_true(n < cap);
    return n;
}

static void random_programs(void **state)
{
    (void)state;
    static char text[65536];
    for (int round = 0; round < 60; round++) {
        struct program p;
        uint8_t *bitcode;
        size_t size;
        struct pvg_error err = {{0}};
        make_program(&p);
        size_t n = write_program(&p, text, sizeof text);
        if (pvg_air_assemble(text, n, &bitcode, &size, &err))
            fail_msg("%s", err.message);
        struct pvg_air_shader *s = translate(bitcode, size, "k", 0);
        uint32_t in[THREADS], out[THREADS] = {0};
        for (int i = 0; i < THREADS; i++)
            in[i] = rnd();
        struct run_buffer b[2] = {{0, out, sizeof out, 0, 0, false}, {1, in, sizeof in, 0, 0, false}};
        struct run run = {.buffers = b, .buffer_count = 2, .groups = {2, 1, 1}, .threads = {32, 1, 1}};
        assert_true(runner_kernel(runner, s, &run));
        for (int i = 0; i < THREADS; i++)
            assert_int_equal(out[i], run_program(&p, in[i]));
        pvg_air_shader_free(s);
        free(bitcode);
    }
}

/* ---- Intrinsics
 * ------------------------------------------------------------------------------------------------------------------ */

static void near(double got, double want, double tolerance, const char *what)
{
    if (isnan(want) ? isnan(got) : got == want || fabs(got - want) <= tolerance * (1 + fabs(want)))
        return;
    fail_msg("%s: %g instead of %g", what, got, want);
}

static void mathematics(void **state)
{
    (void)state;
    float in[THREADS * 2], out[THREADS * 8 + 16] = {0};
    static const float special[][2] = {{-2.5f, 3}, {2.5f, -2},       {0, 0},     {-8, 0.5f},
                                       {1e9f, 3},  {0.49999997f, 7}, {-3.5f, 2}, {5.25f, -1.5f}};
    /* Rows overlap in the kernel's layout (8 floats apart, 13 written), so one thread per run looks at its own row. */
    for (unsigned k = 0; k < sizeof special / sizeof *special; k++) {
        memset(in, 0, sizeof in);
        in[0] = special[k][0];
        in[1] = special[k][1];
        struct run_buffer b[2] = {{0, out, sizeof out, 0, 0, false}, {1, in, sizeof in, 0, 0, false}};
        struct run run = {.buffers = b, .buffer_count = 2, .groups = {1, 1, 1}, .threads = {1, 1, 1}};
        run_named("intrinsics.ll", "math", 0, &run);
        float x = in[0], y = in[1];
        if (fabsf(x) < 100)
            near(out[0], sin(x), 1e-4, "sin");
        if (!(x < 0 && y != truncf(y)))
            near(out[1], pow(x, y), 1e-4, "pow");
        if (y != 0 && fabsf(x / y) < 8388608)
            near(out[2], fmod(x, y), 1e-5, "fmod");
        near(out[3], round(x), 0, "round");
        near(out[4], x - floor(x), 1e-5, "fract");
        near(out[5], x > 0 ? 1 : x < 0 ? -1 : 0, 0, "sign");
        near(out[6], fmax(x, y), 0, "fmax");
        near(out[7], x < 0 ? 0 : x > 1 ? 1 : x, 0, "saturate");
        if (x != 0 || y != 0)
            near(out[8], atan2(x, y), 1e-4, "atan2");
        near(out[9], x * 8.0, 0, "ldexp");
        near(out[10], rint(x), 0, "rint");
        near(out[11], fmax(fmin(x, y), fmin(fmax(x, y), 1)), 0, "median");
        near(out[12], (double)x + 4 + 3.0 * y, 1e-5, "dot");
    }
}

static uint32_t reverse(uint32_t v)
{
    uint32_t r = 0;
    for (int i = 0; i < 32; i++)
        r |= (v >> i & 1) << (31 - i);
    return r;
}

static void integers(void **state)
{
    (void)state;
    static const uint32_t cases[][2] = {
        {0, 0},          {1, 31},         {0x80000000, 0xFFFFFFFF}, {0x7FFFFFFF, 1}, {0xFFFFFFFF, 0xFFFFFFFF},
        {0x12345678, 9}, {0x00F0A000, 3}, {0xDEADBEEF, 0xCAFEBABE}};
    for (unsigned k = 0; k < sizeof cases / sizeof *cases; k++) {
        uint32_t in[2] = {cases[k][0], cases[k][1]}, out[16] = {0}, a = in[0], c = in[1];
        int32_t sa = (int32_t)a, sc = (int32_t)c;
        struct run_buffer b[2] = {{0, out, sizeof out, 0, 0, false}, {1, in, sizeof in, 0, 0, false}};
        struct run run = {.buffers = b, .buffer_count = 2, .groups = {1, 1, 1}, .threads = {1, 1, 1}};
        run_named("intrinsics.ll", "integers", 0, &run);
        int64_t sum = (int64_t)sa + sc;
        const uint32_t want[16] = {
            a ? (uint32_t)__builtin_clz(a) : 32,
            a ? (uint32_t)__builtin_ctz(a) : 32,
            (uint32_t)__builtin_popcount(a),
            reverse(a),
            (uint32_t)((uint64_t)a * c >> 32),
            (uint32_t)((int64_t)sa * sc >> 32),
            (uint32_t)(sum > INT32_MAX   ? INT32_MAX
                       : sum < INT32_MIN ? INT32_MIN
                                         : sum),
            a > c ? a - c : 0,
            (uint32_t)(sa > sc ? (uint32_t)sa - (uint32_t)sc : (uint32_t)sc - (uint32_t)sa),
            a << (c & 31) | a >> (-c & 31),
            (uint32_t)((int32_t)(a << 20) >> 25),
            (a & ~(127u << 5)) | (c & 127) << 5,
            (uint32_t)(sa < -100 ? (-100 < sc ? -100 : sc) : (sa < sc ? sa : sc)),
            (uint16_t)a ? (uint32_t)__builtin_clz((uint16_t)a) - 16 : 16,
            (uint32_t)__builtin_popcount(a) + (uint32_t)__builtin_popcount(c),
            (uint32_t)(((uint64_t)a + c) >> 1),
        };
        for (int i = 0; i < 16; i++)
            if (out[i] != want[i])
                fail_msg("result %d of %08x, %08x: %08x instead of %08x", i, a, c, out[i], want[i]);
    }
}

/** Amounts modulo the width, also where LLVM's passes can see that they are out of range. */
static void shifts(void **state)
{
    (void)state;
    static const uint32_t cases[][2] = {{0, 0}, {0x80000000, 0xFFFFFFFF}, {0x12345678, 2}, {10, 3}, {0xDEADBEEF, 0xCAFEBABD}};
    for (unsigned k = 0; k < sizeof cases / sizeof *cases; k++) {
        uint32_t in[2] = {cases[k][0], cases[k][1]}, out[16] = {0}, want[16] = {0};
        struct run_buffer b[2] = {{0, out, sizeof out, 0, 0, false}, {1, in, sizeof in, 0, 0, false}};
        struct run run = {.buffers = b, .buffer_count = 2, .groups = {1, 1, 1}, .threads = {1, 1, 1}};
        run_named("intrinsics.ll", "shifts", 0, &run);
        uint32_t s = (uint32_t)((int32_t)in[0] >> (in[1] & 3)) << 3;
        want[s & 8] = s;
        want[(s & 8) + 1] = in[0] >> 4;
        want[(s & 8) + 2] = in[1] >> 31;
        assert_memory_equal(out, want, sizeof out);
    }
}

/** Divisions that have no result leave others alone: addresses, branches, the other lanes. Divisor 0 counts as 1. */
static void divisors(void **state)
{
    (void)state;
    static const uint32_t cases[][2] = {{0, 0}, {9, 0xFFFFFFFF}, {10, 0x80000000}, {0xDEADBEEF, 0xCAFEBABD}};
    for (unsigned k = 0; k < sizeof cases / sizeof *cases; k++) {
        uint32_t a = cases[k][0], c = cases[k][1], in[2] = {a, c}, out[24] = {0}, want[24] = {0};
        struct run_buffer b[2] = {{0, out, sizeof out, 0, 0, false}, {1, in, sizeof in, 0, 0, false}};
        struct run run = {.buffers = b, .buffer_count = 2, .groups = {1, 1, 1}, .threads = {1, 1, 1}};
        run_named("intrinsics.ll", "divisors", 0, &run);
        uint32_t d = a < 10 ? 1 : 2;
        const uint32_t results[6] = {d, 0x80000000, 0 - c, a, c / 3, a % 3};
        memcpy(&want[8 * d], results, sizeof results);
        assert_memory_equal(out, want, sizeof out);
    }
}

/** Numbers that no integer holds: the nearest one, whatever LLVM's passes take for granted. */
static void ranges(void **state)
{
    (void)state;
    static const struct {
        uint16_t half;
        uint32_t branch, word;
    } cases[] = {{0x4900, 1, 10}, {0x7C00, 2, 65535}, {0xFC00, 1, 0}, {0x7E00, 1, 0}, {0x7BFF, 1, 65504}};
    for (unsigned k = 0; k < sizeof cases / sizeof *cases; k++) {
        uint32_t in[2] = {cases[k].half}, out[4] = {0};
        struct run_buffer b[2] = {{0, out, sizeof out, 0, 0, false}, {1, in, sizeof in, 0, 0, false}};
        struct run run = {.buffers = b, .buffer_count = 2, .groups = {1, 1, 1}, .threads = {1, 1, 1}};
        run_named("intrinsics.ll", "ranges", 0, &run);
        assert_int_equal(out[0], cases[k].branch + (3 << 2));
        assert_int_equal(out[1], cases[k].branch + (4 << 2));
        assert_int_equal(out[2], cases[k].word);
    }
}

static void absent_lanes(void **state)
{
    (void)state;
    uint32_t in[8] = {1, 2, 3, 4, 5, 6, 7, 8}, out[4] = {0};
    struct run_buffer b[2] = {{0, out, sizeof out, 0, 0, false}, {1, in, sizeof in, 0, 0, false}};
    struct run run = {.buffers = b, .buffer_count = 2, .groups = {1, 1, 1}, .threads = {1, 1, 1}};
    run_named("intrinsics.ll", "lanes", 0, &run);
    assert_int_equal(out[0], 7);
    assert_int_equal(out[1], 8);
}

static void conversions(void **state)
{
    (void)state;
    static const float cases[] = {0, 1.9f, -1.9f, 300, -300, 3e9f, -3e9f, 1e20f, NAN, 255.5f, 65519.0f, 70000, 0.1f};
    for (unsigned k = 0; k < sizeof cases / sizeof *cases; k++) {
        float x = cases[k];
        uint32_t out[8] = {0};
        struct run_buffer b[2] = {{0, out, sizeof out, 0, 0, false}, {1, &x, 4, 0, 0, false}};
        struct run run = {.buffers = b, .buffer_count = 2, .groups = {1, 1, 1}, .threads = {1, 1, 1}};
        run_named("intrinsics.ll", "conversions", 0, &run);
        double d = isnan(x) ? 0 : x;
        int32_t s = d >= 2147483647.0 ? INT32_MAX : d <= -2147483648.0 ? INT32_MIN : (int32_t)d;
        uint32_t u = d >= 4294967295.0 ? UINT32_MAX : d <= 0 ? 0 : (uint32_t)d;
        uint32_t byte = d >= 255 ? 255 : d <= 0 ? 0 : (uint32_t)d;
        assert_int_equal((int32_t)out[0], s);
        assert_int_equal(out[1], u);
        assert_int_equal(out[2], byte);
        float h, f, bf;
        memcpy(&h, &out[3], 4);
        memcpy(&f, &out[4], 4);
        memcpy(&bf, &out[5], 4);
        if (fabs(d) < 65504)
            near(h, x, 1e-3, "half");
        near(f, (float)u, 0, "float of uint");
        near(bf, x * 2.0, 8e-3, "bfloat");
    }
}

static void threadgroups(void **state)
{
    (void)state;
    uint32_t in[256], sums[4] = {0};
    for (int i = 0; i < 256; i++)
        in[i] = rnd();
    struct run_buffer b[2] = {{0, sums, sizeof sums, 0, 0, false}, {1, in, sizeof in, 0, 0, false}};
    struct run run = {.buffers = b, .buffer_count = 2, .groups = {4, 1, 1}, .threads = {64, 1, 1}};
    run_named("intrinsics.ll", "reduce", 1, &run);
    for (int g = 0; g < 4; g++) {
        uint32_t want = 0;
        for (int i = 0; i < 64; i++)
            want += in[g * 64 + i];
        assert_int_equal(sums[g], want);
    }

    float values[64], out[64] = {0};
    for (int i = 0; i < 64; i++)
        values[i] = (float)(i * i % 37);
    struct run_buffer c[2] = {{0, out, sizeof out, 0, 0, false}, {1, values, sizeof values, 0, 0, false}};
    struct run two = {.buffers = c, .buffer_count = 2, .groups = {1, 1, 1}, .threads = {64, 1, 1}, .threadgroup_bytes = {256}};
    run_named("intrinsics.ll", "exchange", 1, &two);
    for (int i = 0; i < 64; i++) {
        int e = 62 - (i & ~1);
        near(out[i], values[63 - i] + values[e] + values[e + 1], 0, "exchange");
    }
}

/** Pointers that take turns on threadgroup arguments and a variable of the function. */
static void threadgroup_turns(void **state)
{
    (void)state;
    static const char *const names[] = {"scan_arguments", "scan_variable"};
    for (int k = 0; k < 2; k++) {
        uint32_t in[64], out[64] = {0}, sum = 0;
        for (int i = 0; i < 64; i++)
            in[i] = rnd();
        struct run_buffer b[2] = {{0, out, sizeof out, 0, 0, false}, {1, in, sizeof in, 0, 0, false}};
        struct run run = {
            .buffers = b, .buffer_count = 2, .groups = {1, 1, 1}, .threads = {64, 1, 1}, .threadgroup_bytes = {256, 256}};
        run_named("turns.ll", names[k], 1, &run);
        for (int i = 0; i < 64; i++) {
            sum += in[i];
            assert_int_equal(out[i], sum);
        }
    }
}

static void atomics(void **state)
{
    (void)state;
    for (int robust = 0; robust < 3; robust++) {
        uint32_t in[128], out[8] = {0}, sum = 0;
        int32_t max = 0;
        for (int i = 0; i < 128; i++) {
            in[i] = rnd();
            sum += in[i];
            max = (int32_t)in[i] > max ? (int32_t)in[i] : max;
        }
        struct run_buffer b[2] = {{0, out, sizeof out, 0, 0, false}, {1, in, sizeof in, 0, 0, false}};
        struct run run = {.buffers = b, .buffer_count = 2, .groups = {2, 1, 1}, .threads = {64, 1, 1}};
        run_named("intrinsics.ll", "atomics", robust, &run);
        float f;
        memcpy(&f, &out[2], 4);
        assert_int_equal(out[0], sum);
        assert_int_equal((int32_t)out[1], max);
        near(f, 128, 0, "float sum");
        assert_int_equal(out[3], 3 * 128);
        assert_int_equal(out[4], sum);
    }
}

static void simdgroups(void **state)
{
    (void)state;
    uint32_t out[64 * 8] = {0}, w = runner_subgroup_size(runner);
    struct run_buffer b[1] = {{0, out, sizeof out, 0, 0, false}};
    struct run run = {.buffers = b, .buffer_count = 1, .groups = {1, 1, 1}, .threads = {64, 1, 1}};
    run_named("intrinsics.ll", "simd", 0, &run);
    for (uint32_t i = 0; i < 64; i++) {
        const uint32_t *o = out + i * 8;
        uint32_t lane = o[0];
        float sum;
        memcpy(&sum, &o[1], 4);
        assert_true(lane < w);
        near(sum, w * (w - 1) / 2.0, 0, "simd_sum");
        assert_int_equal(o[2], 3 * (lane + 1 < w ? lane + 1 : lane));
        assert_int_equal(o[3], 3 * (lane ^ 1));
        assert_int_equal(o[4], lane * (lane - 1) / 2);
        assert_int_equal(o[5], 0xAAAAAAAAu & (w >= 32 ? UINT32_MAX : (1u << w) - 1));
        assert_int_equal(o[6], 4 * (lane & ~3u) + 6);
    }
}

static void textures(void **state)
{
    (void)state;
    enum { W = 8, H = 4 };
    float src[W * H * 4], dst[W * H * 4] = {0}, out[W * H * 8] = {0};
    for (int i = 0; i < W * H * 4; i++)
        src[i] = (float)(i * 7 % 64);
    struct run_texture t[2] = {{.index = 0, .width = W, .height = H, .texels = src},
                               {.index = 1, .width = W, .height = H, .texels = dst}};
    struct run_sampler s[1] = {{0, true, false}};
    struct run_buffer b[1] = {{0, out, sizeof out, 0, 0, false}};
    struct run run = {.buffers = b,
                      .buffer_count = 1,
                      .textures = t,
                      .texture_count = 2,
                      .samplers = s,
                      .sampler_count = 1,
                      .groups = {1, 1, 1},
                      .threads = {W, H, 1}};
    run_named("intrinsics.ll", "texture", 1, &run);
    for (int y = 0; y < H; y++) {
        for (int x = 0; x < W; x++) {
            for (int c = 0; c < 4; c++) {
                int at = y * W + x, left = y * W + (x ? x - 1 : 0), up = y ? -W : 0;
                near(dst[at * 4 + c], src[(y * W + W - 1 - x) * 4 + c], 0, "mirrored texel");
                near(out[at * 8 + c], src[at * 4 + c], 0, "texel at its centre");
                double mean = (src[at * 4 + c] + src[left * 4 + c] + src[(at + up) * 4 + c] + src[(left + up) * 4 + c]) / 4;
                near(out[at * 8 + 4 + c], mean, 1e-3, "mean of four texels");
            }
        }
    }
}

static void three_lanes(void **state)
{
    (void)state;
    for (int robust = 0; robust < 3; robust++) {
        float in[16 * 4];
        uint8_t out[4096], expected[4096];
        memset(out, 0x5A, sizeof out);
        memset(expected, 0x5A, sizeof expected);
        for (int i = 0; i < 64; i++)
            in[i] = (float)i;
        for (int i = 0; i < 16; i++) {
            float v[3] = {in[i * 4] + 1, in[i * 4 + 1] + 2, in[i * 4 + 2] + 3};
            memcpy(expected + i * 16, v, 12);
            memcpy(expected + 1024 + i * 12, v, 12);
            memcpy(expected + 2049 + i * 4, v, 4);
        }
        struct run_buffer b[2] = {{0, out, sizeof out, 0, 0, false}, {1, in, sizeof in, 0, 0, false}};
        struct run run = {.buffers = b, .buffer_count = 2, .groups = {1, 1, 1}, .threads = {16, 1, 1}};
        run_named("intrinsics.ll", "vec3", robust, &run);
        assert_memory_equal(out, expected, sizeof out);
    }
}

static void packing(void **state)
{
    (void)state;
    static const float cases[][4] = {
        {0, 0, 0, 0}, {1, 1, 1, 1}, {0.25f, 0.5f, 0.75f, 0.1f}, {-0.5f, 0.31f, 2, 1.5f}, {1e-4f, 0.9f, 0.01f, 0.6f}};
    for (unsigned k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct {
            uint32_t words[8];
            float v[7][4];
        } out = {{0}, {{0}}};
        float in[4], c[4];
        memcpy(in, cases[k], sizeof in);
        for (int i = 0; i < 4; i++)
            c[i] = in[i] < 0 ? 0 : in[i] > 1 ? 1 : in[i];
        struct run_buffer b[2] = {{0, &out, sizeof out, 0, 0, false}, {1, in, sizeof in, 0, 0, false}};
        struct run run = {.buffers = b, .buffer_count = 2, .groups = {1, 1, 1}, .threads = {1, 1, 1}};
        run_named("intrinsics.ll", "packing", 0, &run);
        uint32_t rgba8 = 0, rgb10 = 0;
        for (int i = 0; i < 4; i++) {
            rgba8 |= (uint32_t)rintf(c[i] * 255.0f) << (8 * i);
            rgb10 |= (uint32_t)rintf(c[i] * (i == 3 ? 3.0f : 1023.0f)) << (10 * i);
        }
        assert_int_equal(out.words[0], rgba8);
        assert_int_equal(out.words[2], rgb10);
        assert_int_equal(out.words[5],
                         (uint32_t)rintf(c[0] * 31.0f) << 11 | (uint32_t)rintf(c[1] * 63.0f) << 5 | (uint32_t)rintf(c[2] * 31.0f));
        for (int i = 0; i < 4; i++) {
            near(out.v[0][i], c[i], 0.5 / 255, "unorm4x8");
            near(out.v[2][i], c[i], i == 3 ? 0.5 / 3 : 0.5 / 1023, "rgb10a2");
            near(out.v[6][i], c[i], 0.01, "srgb");
        }
        for (int i = 0; i < 2; i++)
            near(out.v[1][i], in[i] < -1 ? -1 : c[i] > 0 ? c[i] : in[i], 1e-4, "snorm2x16");
        for (int i = 0; i < 3; i++) {
            double positive = in[i] < 0 ? 0 : in[i];
            near(out.v[3][i], positive, 0.02, "rg11b10f");
            near(out.v[4][i], positive, 2.0 / 256, "rgb9e5");
            near(out.v[5][i], c[i], 0.5 / 31, "rgb565");
        }
    }
}

/** Attributes fetched by code: formats, stride, out of range, missing components. */
static void stage_input(void **state)
{
    (void)state;
    enum { N = 16, STRIDE = 20 };
    static uint8_t in[N * STRIDE];
    struct {
        float a[4];
        int32_t b[4];
    } out[N];
    memset(out, 0, sizeof out);
    for (int i = 0; i < N; i++) {
        int16_t shorts[3] = {(int16_t)(i * 100 - 800), -1, 32767};
        uint8_t bgra[4] = {255, 0, 51, (uint8_t)(i * 17)};
        memcpy(in + i * STRIDE + 4, bgra, 4);
        memcpy(in + i * STRIDE + 10, shorts, 6);
    }
    const struct pvg_air_pull_attribute pulls[] = {{.location = 0, .buffer = 5, .step = 5, .format = 42, .offset = 4, .rate = 1},
                                                   {.location = 3, .buffer = 5, .step = 5, .format = 17, .offset = 10, .rate = 1}};
    size_t size;
    uint8_t *bitcode = load_bitcode("intrinsics.ll", &size);
    struct pvg_air_options o = {.size = sizeof o,
                                .available = runner_available(runner),
                                .pulls = pulls,
                                .pull_count = 2,
                                .robustness = PVG_AIR_ROBUST_BUFFERS};
    struct pvg_error err = {{0}};
    struct pvg_air_shader *s;
    if (pvg_air_translate(bitcode, size, "stage_in", &o, &s, &err))
        fail_msg("%s", err.message);
    assert_int_equal(s->reflection.pull_count, 1);
    struct run_buffer b[2] = {{0, out, sizeof out, 0, 0, false}, {5, in, sizeof in, 12 * STRIDE, STRIDE, false}};
    struct run run = {.buffers = b, .buffer_count = 2, .groups = {1, 1, 1}, .threads = {N, 1, 1}};
    assert_true(runner_kernel(runner, s, &run));
    for (int i = 0; i < N; i++) {
        bool inside = i < 12;
        near(out[i].a[0], inside ? 0.2 : 0, 1e-6, "red");
        near(out[i].a[2], inside ? 1 : 0, 0, "blue");
        near(out[i].a[3], inside ? i * 17 / 255.0 : 0, 1e-6, "alpha");
        assert_int_equal(out[i].b[0], inside ? i * 100 - 800 : 0);
        assert_int_equal(out[i].b[1], inside ? -1 : 0);
        assert_int_equal(out[i].b[2], inside ? 32767 : 0);
    }
    pvg_air_shader_free(s);
    free(bitcode);
}

static int open_runner(void **state)
{
    (void)state;
    runner = runner_open();
    return 0;
}

static int close_runner(void **state)
{
    (void)state;
    runner_close(runner);
    return 0;
}

static int need_runner(void **state)
{
    (void)state;
    if (!runner)
        skip();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(core, need_runner),
        cmocka_unit_test_setup(structs, need_runner),
        cmocka_unit_test_setup(two_buffers, need_runner),
        cmocka_unit_test_setup(out_of_range, need_runner),
        cmocka_unit_test_setup(bounds, need_runner),
        cmocka_unit_test_setup(partial_grid, need_runner),
        cmocka_unit_test_setup(random_programs, need_runner),
        cmocka_unit_test_setup(mathematics, need_runner),
        cmocka_unit_test_setup(integers, need_runner),
        cmocka_unit_test_setup(conversions, need_runner),
        cmocka_unit_test_setup(threadgroups, need_runner),
        cmocka_unit_test_setup(threadgroup_turns, need_runner),
        cmocka_unit_test_setup(atomics, need_runner),
        cmocka_unit_test_setup(simdgroups, need_runner),
        cmocka_unit_test_setup(textures, need_runner),
        cmocka_unit_test_setup(three_lanes, need_runner),
        cmocka_unit_test_setup(shifts, need_runner),
        cmocka_unit_test_setup(divisors, need_runner),
        cmocka_unit_test_setup(ranges, need_runner),
        cmocka_unit_test_setup(absent_lanes, need_runner),
        cmocka_unit_test_setup(packing, need_runner),
        cmocka_unit_test_setup(stage_input, need_runner),
    };
    return cmocka_run_group_tests(tests, open_runner, close_runner);
}
