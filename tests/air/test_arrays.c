/* SPDX-License-Identifier: MIT */
/**
 * @file Arrays of thread memory that start with constants: an initialiser where nothing was read or written before and the stores
 * happen once, else stores. On a Vulkan device, if there is one, elements hold what was stored last.
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

enum { THREADS = 32 };

static struct runner *runner;

/** Each thread writes one number; the code in front of the array is text. */
static const char kernel_text[] = AIR_HEADER
    "define void @k(ptr addrspace(1) %%out, i32 %%id) {\n"
    "  %%m = alloca [4 x i32]\n  %%w = zext i32 %%id to i64\n  %%q = getelementptr i32, ptr addrspace(1) %%out, i64 %%w\n"
    "  %%odd = and i32 %%id, 1\n  %%is = icmp eq i32 %%odd, 1\n  %%three = and i32 %%id, 3\n  %%t = zext i32 %%three to i64\n"
    "  %%d = getelementptr [4 x i32], ptr %%m, i64 0, i64 %%t\n"
    "  %%a = getelementptr [4 x i32], ptr %%m, i64 0, i64 0\n  %%b = getelementptr [4 x i32], ptr %%m, i64 0, i64 1\n"
    "  %%c = getelementptr [4 x i32], ptr %%m, i64 0, i64 2\n  %%e = getelementptr [4 x i32], ptr %%m, i64 0, i64 3\n"
    "%s}\n"
    "!air.kernel = !{!0}\n!0 = !{ptr @k, !1, !2}\n!1 = !{}\n!2 = !{!3, !4}\n"
    "!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", !\"air.address_space\", i32 1}\n"
    "!4 = !{i32 1, !\"air.thread_position_in_grid\", !\"air.arg_type_name\", !\"uint\"}\n";

#define FIRST(x, y) "  store i32 " x ", ptr %a\n  store i32 " y ", ptr %b\n"
#define LAST(x, y)  "  store i32 " x ", ptr %c\n  store i32 " y ", ptr %e\n"
#define READ        "  %r = load i32, ptr %d\n  store i32 %r, ptr addrspace(1) %q\n"

static uint32_t fourth(uint32_t id)
{
    return id % 4 + 10;
}

static uint32_t zero(uint32_t id)
{
    (void)id;
    return 0;
}

static uint32_t bumped(uint32_t id)
{
    return id % 4 + 10 + 5;
}

static uint32_t second(uint32_t id)
{
    return id % 4 == 1 ? id : id % 4 + 10;
}

static uint32_t twice(uint32_t id)
{
    return id % 4 ? id % 4 + 10 : 20;
}

static uint32_t in_odd(uint32_t id)
{
    return id % 2 ? id % 4 + 10 : 99;
}

static uint32_t in_any(uint32_t id)
{
    return id % 4 == 3 ? 13 : id % 2 ? 11 : 99;
}

static uint32_t in_even(uint32_t id)
{
    return id % 2 ? 99 : id % 4 + 10;
}

static uint32_t turns(uint32_t id)
{
    return (id % 4 + 10) * 3 + 3;
}

static const struct {
    const char *body;
    uint32_t (*expected)(uint32_t id);
    unsigned stores; /**< Of constants and others, that to the buffer with them. */
    bool initialised;
} cases[] = {
    {FIRST("10", "11") LAST("12", "13") READ "  ret void\n", fourth, 1, true},
    {FIRST("0", "0") LAST("0", "0") READ "  ret void\n", zero, 1, true},
    /* A store through a changing index ends what is known. */
    {FIRST("10", "11") LAST("12", "13") "  %x = load i32, ptr %d\n  %y = add i32 %x, 5\n  store i32 %y, ptr %d\n" READ
                                        "  ret void\n",
     bumped, 2, true},
    {FIRST("10", "11") LAST("12", "13") "  store i32 %id, ptr %b\n" READ "  ret void\n", second, 2, true},
    {FIRST("10", "11") "  store i32 20, ptr %a\n" LAST("12", "13") READ "  ret void\n", twice, 4, true},
    {"  store i32 10, ptr %a\n  %x = load i32, ptr %d\n  store i32 11, ptr %b\n" LAST("12", "13") READ "  ret void\n", fourth, 5,
     false},
    /* Where all accesses are behind the stores, those may stand behind a condition. */
    {"  br i1 %is, label %yes, label %no\nyes:\n" FIRST("10", "11") LAST("12", "13") READ
     "  ret void\nno:\n  store i32 99, ptr addrspace(1) %q\n  ret void\n",
     in_odd, 2, true},
    {"  br i1 %is, label %yes, label %no\nyes:\n" FIRST("10", "11")
         LAST("12", "13") "  br label %end\nno:\n  store i32 99, ptr %d\n  br label %end\nend:\n" READ "  ret void\n",
     in_any, 6, false},
    {"  br i1 %is, label %no, label %yes\nyes:\n" FIRST("10", "11")
         LAST("12", "13") "  br label %end\nno:\n  store i32 99, ptr %d\n  br label %end\nend:\n" READ "  ret void\n",
     in_even, 6, false},
    /* Each turn of a loop stores anew. */
    {"  br label %loop\nloop:\n  %i = phi i32 [ 0, %0 ], [ %j, %loop ]\n  %s = phi i32 [ 0, %0 ], [ %u, %loop ]\n" FIRST("10", "11")
         LAST("12",
              "13") "  %x = load i32, ptr %d\n  %y = add i32 %x, 1\n  store i32 %y, ptr %d\n  %z = load i32, ptr %d\n"
                    "  %u = add i32 %s, %z\n  %j = add i32 %i, 1\n  %g = icmp ult i32 %j, 3\n  br i1 %g, label %loop, label %end\n"
                    "end:\n  store i32 %u, ptr addrspace(1) %q\n  ret void\n",
     turns, 6, false},
};

static struct pvg_air_shader *translate(size_t i, uint32_t available)
{
    const struct pvg_air_options o = {.size = sizeof o, .available = available, .robustness = PVG_AIR_ROBUST_BUFFERS};
    char text[8192];
    uint8_t *bitcode;
    size_t size;
    struct pvg_error err = {{0}};
    struct pvg_air_shader *s = NULL;
    int n = snprintf(text, sizeof text, kernel_text, cases[i].body);
    assert_in_range(n, 1, sizeof text - 1);
    if (pvg_air_assemble(text, (size_t)n, &bitcode, &size, &err) || pvg_air_translate_here(bitcode, size, NULL, &o, &s, &err))
        fail_msg("%s", err.message);
    free(bitcode);
    return s;
}

static void stores(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        struct pvg_air_shader *s = translate(n, UINT32_MAX);
        unsigned stored = 0, initialised = 0;
        for (size_t i = 5; i < s->word_count; i += s->words[i] >> 16) {
            stored += (s->words[i] & 0xFFFF) == SpvOpStore;
            initialised += (s->words[i] & 0xFFFF) == SpvOpVariable && s->words[i] >> 16 > 4;
        }
        if (stored != cases[n].stores || initialised != cases[n].initialised)
            fail_msg("array %zu: %u stores, %u initialisers", n, stored, initialised);
        pvg_air_shader_free(s);
    }
}

static void results(void **state)
{
    (void)state;
    if (!runner)
        skip();
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        uint32_t out[THREADS] = {0};
        struct pvg_air_shader *s = translate(n, runner_available(runner));
        struct run_buffer b = {0, out, sizeof out, 0, 0, false};
        struct run run = {.buffers = &b, .buffer_count = 1, .groups = {1, 1, 1}, .threads = {THREADS, 1, 1}};
        assert_true(runner_kernel(runner, s, &run));
        for (uint32_t i = 0; i < THREADS; i++)
            if (out[i] != cases[n].expected(i))
                fail_msg("array %zu, thread %u: %u, not %u", n, i, out[i], cases[n].expected(i));
        pvg_air_shader_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(stores), cmocka_unit_test(results)};
    runner = runner_open();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (runner)
        runner_close(runner);
    return failed;
}
