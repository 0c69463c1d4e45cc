/* SPDX-License-Identifier: MIT */
/** @file Every intrinsic of spec 07 chapter 5 on every type against references in C, on a Vulkan device. Skipped without one. */
#include "tests/air/fixture.h"
#include "tests/air/micro.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { LEAST_CASES = 400 };

static struct runner *runner;
static unsigned total;

static void run_table(void (*table)(void))
{
    if (!runner)
        skip();
    table();
    assert_int_equal(micro_run_all(runner, &total), 0);
}

static void floats(void **state)
{
    (void)state;
    run_table(micro_floats);
}

static void integers(void **state)
{
    (void)state;
    run_table(micro_integers);
}

static void conversions(void **state)
{
    (void)state;
    run_table(micro_conversions);
}

static void instructions(void **state)
{
    (void)state;
    run_table(micro_instructions);
}

static void groups(void **state)
{
    (void)state;
    run_table(micro_groups);
}

static void llvm_intrinsics(void **state)
{
    (void)state;
    run_table(micro_llvm_intrinsics);
}

static void textures(void **state)
{
    (void)state;
    static const unsigned versions[] = {2u << 16 | 6, 2u << 16 | 8, 2u << 16, 1u << 16 | 11};
    if (!runner)
        skip();
    fixture_open(runner);
    unsigned failed = 0;
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        micro_textures(versions[i]);
        failed += micro_run_all(runner, &total);
    }
    micro_use_textures(0);
    fixture_close();
    assert_int_equal(failed, 0);
}

static void enough(void **state)
{
    (void)state;
    if (!runner)
        skip();
    printf("%u micro cases\n", total);
    assert_true(total >= LEAST_CASES);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floats), cmocka_unit_test(integers),        cmocka_unit_test(conversions), cmocka_unit_test(instructions),
        cmocka_unit_test(groups), cmocka_unit_test(llvm_intrinsics), cmocka_unit_test(textures),    cmocka_unit_test(enough),
    };
    return cmocka_run_group_tests(tests, open_runner, close_runner);
}
