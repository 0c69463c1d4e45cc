/* SPDX-License-Identifier: MIT */
/**
 * @file Loops that a test guards: those that may test at their start instead have no selection around them, others keep theirs, and
 * on a Vulkan device, if there is one, all give what they should.
 */
#include "air/remote.h"
#include "tests/air/runner.h"
#include "tests/air/shaders.h"

#include <setjmp.h>
#include <spirv/unified1/spirv.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct runner *runner;

/** What a loop makes of a number, where the test and the code around it are text. */
static const char kernel_text[] = AIR_HEADER
    "define void @k(ptr addrspace(1) %%in, ptr addrspace(1) %%out, ptr addrspace(1) %%con, i32 %%id) {\n"
    "  %%w = zext i32 %%id to i64\n  %%p = getelementptr i32, ptr addrspace(1) %%in, i64 %%w\n"
    "  %%q = getelementptr i32, ptr addrspace(1) %%out, i64 %%w\n  %%n = load i32, ptr addrspace(1) %%p\n"
    "  %%first = xor i32 %%id, 1\n  %%b = %s\n  %%g = icmp %s\n  br i1 %%g, label %%%s, label %%%s\n"
    "pre:\n  %%m = add i32 %%n, 5\n  %s\n  br label %%loop\n"
    "loop:\n  %%i = phi i32 [ %s, %%pre ], [ %%j, %%last ]\n  %%s = phi i32 [ 7, %%pre ], [ %%u, %%last ]\n"
    "  %%t = add i32 %%s, %%i\n  %%v = mul i32 %%t, 3\n  %%u = xor i32 %%v, %%m\n  %%j = add i32 %%i, %s\n"
    "  %s\n"
    "last:\n  %%c = icmp %s\n  br i1 %%c, label %%loop, label %%end\n"
    "end:\n  %%r = phi i32 [ %s, %%0 ], [ %s, %%last ]%s\n  store i32 %%r, ptr addrspace(1) %%q\n  ret void\n}\n"
    "!air.kernel = !{!0}\n!0 = !{ptr @k, !1, !2}\n!1 = !{}\n!2 = !{!3, !4, !5, !6}\n"
    "!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", !\"air.address_space\", i32 1}\n"
    "!4 = !{i32 1, !\"air.buffer\", !\"air.location_index\", i32 1, i32 1, !\"air.read_write\", !\"air.address_space\", i32 1}\n"
    "!5 = !{i32 2, !\"air.buffer\", !\"air.location_index\", i32 2, i32 1, !\"air.read_write\", !\"air.address_space\", i32 1}\n"
    "!6 = !{i32 3, !\"air.thread_position_in_grid\", !\"air.arg_type_name\", !\"uint\"}\n";

/** Text that is not given is that of a loop from 0 in steps of 1 to the number. */
struct loop_case {
    const char *guard, *again, *bound, *before, *first, *step, *skipped, *result;
    const char *leave, *left; /**< A test in the middle that ends the loop, and the result there; without `left`, it is `result`. */
    bool inverted;            /**< The guard is true where the loop does not run. */
    unsigned selections;
};

#define OVER_32 "sdiv i32 %n, 32"

static const struct loop_case cases[] = {
    {.guard = "ne i32 %n, 0", .again = "ne i32 %j, %b"},
    {.guard = "eq i32 0, %n", .again = "ne i32 %j, %b", .inverted = true},
    {.guard = "sgt i32 %n, 0", .again = "ne i32 %j, %b"},
    {.guard = "slt i32 0, %n", .again = "ne i32 %b, %j"},
    {.guard = "sge i32 %n, 1", .again = "ne i32 %j, %b"},
    {.guard = "slt i32 %n, 1", .again = "slt i32 %j, %b", .inverted = true},
    {.guard = "ne i32 %n, 0", .again = "ult i32 %j, %b"},
    {.guard = "ult i32 0, %n", .again = "ugt i32 %b, %j", .step = "3"},
    {.guard = "sgt i32 %n, 2", .again = "ne i32 %j, %b", .first = "2"},
    {.guard = "ugt i32 %n, 2", .again = "ne i32 %j, %b", .first = "2"},
    {.guard = "slt i32 %first, %n", .again = "ne i32 %j, %b", .first = "%first"},
    {.guard = "sgt i32 %n, %first", .again = "slt i32 %j, %b", .first = "%first", .step = "2"},
    {.bound = OVER_32, .guard = "sgt i32 %n, 31", .again = "ne i32 %j, %b"},
    {.bound = OVER_32, .guard = "sge i32 %n, 32", .again = "ne i32 %j, %b"},
    {.guard = "ne i32 %n, 0", .again = "ne i32 %j, %b", .result = "%j", .skipped = "0"},
    {.guard = "ne i32 %n, 0", .again = "ne i32 %j, %b", .result = "%n", .skipped = "%n"},
    {.guard = "ne i32 %n, 0", .again = "ne i32 %j, %b", .leave = "eq i32 %i, 3"},
    {.guard = "ne i32 %n, 0", .again = "ne i32 %j, %b", .leave = "eq i32 %i, 0", .left = "%v"},
    {.guard = "ne i32 %n, 0", .again = "ne i32 %j, %b", .leave = "ugt i32 %i, %id", .result = "%j", .skipped = "0"},
    {.guard = "ne i32 %n, 0", .again = "ne i32 %j, %b", .leave = "ne i32 %i, %id", .result = "%n", .skipped = "%n"},
    /* What the guard says is not what the end of the loop says. */
    {.guard = "sgt i32 %n, 1", .again = "ne i32 %j, %b", .selections = 1},
    {.guard = "sgt i32 %n, 0", .again = "ne i32 %j, %b", .first = "-1", .selections = 1},
    {.guard = "sgt i32 %n, 0", .again = "ult i32 %j, %b", .step = "2", .first = "-2", .selections = 1},
    {.guard = "ne i32 %n, 0", .again = "slt i32 %j, %b", .selections = 1},
    {.guard = "ugt i32 %n, 0", .again = "slt i32 %j, %b", .selections = 1},
    {.guard = "ne i32 %n, 0", .again = "ult i32 %j, %b", .first = "1", .selections = 1},
    {.guard = "ne i32 %n, 0", .again = "slt i32 %i, %b", .selections = 1},
    {.bound = OVER_32, .guard = "sgt i32 %n, 30", .again = "slt i32 %j, %b", .selections = 1},
    {.bound = OVER_32, .guard = "sgt i32 %n, 63", .again = "ne i32 %j, %b", .selections = 1},
    {.guard = "ne i32 %id, 0", .again = "slt i32 %j, %b", .selections = 1},
    {.guard = "sgt i32 %n, 0", .again = "ne i32 %j, %b", .step = "2", .selections = 1},
    /* What the loop leaves behind is not what it starts with. */
    {.guard = "ne i32 %n, 0", .again = "ne i32 %j, %b", .skipped = "8", .selections = 1},
    {.guard = "ne i32 %n, 0", .again = "ne i32 %j, %b", .result = "%v", .selections = 1},
    {.guard = "ne i32 %n, 0", .again = "ne i32 %j, %b", .result = "%n", .selections = 1},
    /* Code in front of the loop must not run without it. */
    {.guard = "ne i32 %n, 0", .again = "ne i32 %j, %b", .before = "store i32 9, ptr addrspace(1) %con", .selections = 1},
    {.guard = "ne i32 %n, 0",
     .again = "ne i32 %j, %b",
     .before = "%x = load i32, ptr addrspace(1) %con\n  store i32 %x, ptr addrspace(1) %con",
     .selections = 1},
};

static struct pvg_air_shader *translate(const char *text, enum pvg_air_robustness robustness, uint32_t available)
{
    const struct pvg_air_options o = {.size = sizeof o, .available = available, .robustness = robustness};
    uint8_t *bitcode;
    size_t size;
    struct pvg_error err = {{0}};
    struct pvg_air_shader *s = NULL;
    if (pvg_air_assemble(text, strlen(text), &bitcode, &size, &err) || pvg_air_translate_here(bitcode, size, NULL, &o, &s, &err))
        fail_msg("%s", err.message);
    free(bitcode);
    return s;
}

static unsigned count(const struct pvg_air_shader *s, SpvOp op)
{
    unsigned n = 0;
    for (size_t i = 5; i < s->word_count; i += s->words[i] >> 16)
        n += (s->words[i] & 0xFFFF) == (uint32_t)op;
    return n;
}

static struct loop_case whole(const struct loop_case *c)
{
    struct loop_case w = *c;
    w.bound = c->bound ? c->bound : "add i32 %n, 0";
    w.before = c->before ? c->before : "";
    w.first = c->first ? c->first : "0";
    w.step = c->step ? c->step : "1";
    w.skipped = c->skipped ? c->skipped : "7";
    w.result = c->result ? c->result : "%u";
    w.left = c->left ? c->left : w.result;
    return w;
}

static void write_kernel(char *text, size_t size, const struct loop_case *c)
{
    struct loop_case w = whole(c);
    c = &w;
    char middle[128] = "br label %last", left[64] = "";
    if (c->leave) {
        snprintf(middle, sizeof middle, "%%l = icmp %s\n  br i1 %%l, label %%end, label %%last", c->leave);
        snprintf(left, sizeof left, ", [ %s, %%loop ]", c->left);
    }
    int n = snprintf(text, size, kernel_text, c->bound, c->guard, c->inverted ? "end" : "pre", c->inverted ? "pre" : "end",
                     c->before, c->first, c->step, middle, c->again, c->skipped, c->result, left);
    assert_in_range(n, 1, size - 1);
}

static void selections(void **state)
{
    (void)state;
    char text[8192];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_kernel(text, sizeof text, &cases[i]);
        for (int checked = 0; checked < 2; checked++) {
            struct pvg_air_shader *s = translate(text, checked ? PVG_AIR_ROBUST_BUFFERS : PVG_AIR_ROBUST_NONE, UINT32_MAX);
            if (count(s, SpvOpSelectionMerge) != cases[i].selections)
                fail_msg("loop %zu: %u selections", i, count(s, SpvOpSelectionMerge));
            assert_int_equal(count(s, SpvOpLoopMerge), 1);
            pvg_air_shader_free(s);
        }
    }
}

/** A load ahead of the loop runs without it only where it cannot fail. */
static void loads_ahead(void **state)
{
    (void)state;
    struct loop_case c = {.guard = "ne i32 %n, 0", .again = "ne i32 %j, %b"};
    static const char *const places[] = {"%con", "%q"};
    char text[8192], load[256];
    for (unsigned indexed = 0; indexed < 2; indexed++) {
        snprintf(load, sizeof load, "%%x = load i32, ptr addrspace(1) %s\n  %%y = add i32 %%x, 1", places[indexed]);
        c.before = load;
        write_kernel(text, sizeof text, &c);
        /* The loop uses what was loaded. */
        char *m = strstr(text, "xor i32 %v, %m");
        assert_non_null(m);
        m[13] = 'y';
        for (int checked = 0; checked < 2; checked++) {
            struct pvg_air_shader *s = translate(text, checked ? PVG_AIR_ROBUST_BUFFERS : PVG_AIR_ROBUST_NONE, UINT32_MAX);
            if (count(s, SpvOpSelectionMerge) != (checked && !indexed ? 0 : 1))
                fail_msg("load of %s, checked %d: %u selections", places[indexed], checked, count(s, SpvOpSelectionMerge));
            pvg_air_shader_free(s);
        }
    }
}

static bool holds(const char *test, int32_t n, int32_t b, int32_t first, int32_t i, int32_t j, int32_t id)
{
    char op[8], name[2][16];
    int32_t v[2];
    assert_int_equal(sscanf(test, "%7s i32 %15[^,], %15s", op, name[0], name[1]), 3);
    for (unsigned k = 0; k < 2; k++)
        v[k] = !strcmp(name[k], "%n")       ? n
               : !strcmp(name[k], "%b")     ? b
               : !strcmp(name[k], "%i")     ? i
               : !strcmp(name[k], "%j")     ? j
               : !strcmp(name[k], "%id")    ? id
               : !strcmp(name[k], "%first") ? first
                                            : atoi(name[k]);
    bool sign = op[0] == 's', more = op[1] == 'g', same = op[2] == 'e';
    if (!strcmp(op, "eq") || !strcmp(op, "ne"))
        return (v[0] == v[1]) == (op[0] == 'e');
    if (v[0] == v[1])
        return same;
    return (sign ? v[0] < v[1] : (uint32_t)v[0] < (uint32_t)v[1]) != more;
}

/** @return false when the loop runs for long. */
static bool reference(const struct loop_case *c, int32_t n, int32_t id, uint32_t *out)
{
    int32_t first = id ^ 1, b = strcmp(c->bound, OVER_32) ? n : n / 32;
    int32_t i = strcmp(c->first, "%first") ? atoi(c->first) : first;
    uint32_t s = 7, turns = 0, v, u;
    if (holds(c->guard, n, b, first, i, 0, id) == c->inverted) {
        *out = (uint32_t)(!strcmp(c->skipped, "%n") ? n : atoi(c->skipped));
        return true;
    }
    for (;;) {
        v = (s + (uint32_t)i) * 3;
        u = v ^ ((uint32_t)n + 5);
        int32_t j = (int32_t)((uint32_t)i + (uint32_t)atoi(c->step));
        bool leaves = c->leave && holds(c->leave, n, b, first, i, j, id);
        const char *r = leaves ? c->left : c->result;
        *out = !strcmp(r, "%u") ? u : !strcmp(r, "%v") ? v : !strcmp(r, "%j") ? (uint32_t)j : (uint32_t)n;
        if (leaves || !holds(c->again, n, b, first, i, j, id))
            return true;
        if (++turns > 200)
            return false;
        i = j;
        s = u;
    }
}

static void results(void **state)
{
    (void)state;
    enum { THREADS = 64 };
    static const int32_t inputs[] = {0, 1, 2, 3, 5, 31, 32, 33, 63, 64, 65, 100, -1, -2, -32, -100, INT32_MIN, INT32_MAX};
    char text[8192];
    if (!runner)
        skip();
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const struct loop_case c = whole(&cases[k]);
        int32_t in[THREADS], con = 1;
        uint32_t out[THREADS], expected[THREADS];
        for (int32_t id = 0; id < THREADS; id++) {
            in[id] = inputs[(size_t)id % (sizeof inputs / sizeof *inputs)];
            for (int32_t small = 0; !reference(&c, in[id], id, &expected[id]); small++)
                in[id] = id + small; /* Such a bound ends the loop soon. */
        }
        write_kernel(text, sizeof text, &c);
        struct pvg_air_shader *s = translate(text, PVG_AIR_ROBUST_BUFFERS, runner_available(runner));
        struct run_buffer b[3] = {{0, in, sizeof in, 0, 0, false}, {1, out, sizeof out, 0, 0, false}, {2, &con, 4, 0, 0, false}};
        struct run run = {.buffers = b, .buffer_count = 3, .groups = {THREADS / 32, 1, 1}, .threads = {32, 1, 1}};
        assert_true(runner_kernel(runner, s, &run));
        for (unsigned i = 0; i < THREADS; i++)
            if (out[i] != expected[i])
                fail_msg("loop %zu: of %d in thread %u: %u, not %u", k, in[i], i, out[i], expected[i]);
        pvg_air_shader_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(selections), cmocka_unit_test(loads_ahead), cmocka_unit_test(results)};
    runner = runner_open();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (runner)
        runner_close(runner);
    return failed;
}
