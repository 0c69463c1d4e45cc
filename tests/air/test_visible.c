/* SPDX-License-Identifier: MIT */
/**
 * @file Visible functions (spec 07 sections 4.11 and 5.15): called by name, through tables, across modules with equal names; what
 * is not linked is refused by name. Runs are skipped where there is no device.
 */
#include "tests/air/runner.h"
#include "tests/air/shaders.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = 32 };

/** out[i] = twice(in) + table[i](in), or table[i] as compared with null; functions of (float, uint) -> float. */
static const char kernel[] = AIR_HEADER
    "declare float @twice.MTL_VISIBLE_FN_REF(float, i32) section \"air.externally_defined\"\n"
    "declare ptr @air.get_function_pointer_visible_function_table(ptr addrspace(1), i32)\n"
    "declare i1 @air.is_null_function_handle(ptr)\n"
    "declare i32 @air.get_size_visible_function_table(ptr addrspace(1))\n"
    "define internal float @helper(float %x) {\n  %y = fadd float %x, 100.0\n  ret float %y\n}\n"
    "define void @k(ptr addrspace(1) %out, ptr addrspace(1) %table, i32 %id) {\n"
    "  %x = uitofp i32 %id to float\n"
    "  %a = call float @twice.MTL_VISIBLE_FN_REF(float %x, i32 %id)\n"
    "  %f = call ptr @air.get_function_pointer_visible_function_table(ptr addrspace(1) %table, i32 %id)\n"
    "  %b = call float %f(float %x, i32 %id)\n"
    "  %h = call float @helper(float %b)\n"
    "  %n = call i1 @air.is_null_function_handle(ptr %f)\n"
    "  %m = uitofp i1 %n to float\n"
    "  %s = call i32 @air.get_size_visible_function_table(ptr addrspace(1) %table)\n"
    "  %sf = uitofp i32 %s to float\n"
    "  %i = zext i32 %id to i64\n"
    "  %p = getelementptr <4 x float>, ptr addrspace(1) %out, i64 %i\n"
    "  %v0 = insertelement <4 x float> undef, float %a, i32 0\n"
    "  %v1 = insertelement <4 x float> %v0, float %h, i32 1\n"
    "  %v2 = insertelement <4 x float> %v1, float %m, i32 2\n"
    "  %v3 = insertelement <4 x float> %v2, float %sf, i32 3\n"
    "  store <4 x float> %v3, ptr addrspace(1) %p, align 16\n"
    "  ret void\n}\n"
    "!air.kernel = !{!0}\n!0 = !{ptr @k, !1, !2}\n!1 = !{}\n!2 = !{!3, !4, !5}\n"
    "!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", !\"air.address_space\", i32 1, "
    "!\"air.arg_type_name\", !\"float4\"}\n"
    "!4 = !{i32 1, !\"air.visible_function_table\", !\"air.location_index\", i32 4, i32 1, !\"air.read\", !\"air.arg_type_name\", "
    "!\"visible_function_table<float(float, uint)>\"}\n"
    "!5 = !{i32 2, !\"air.thread_position_in_grid\", !\"air.arg_type_name\", !\"uint\"}\n"
    "!air.visible_function_references = !{!6}\n"
    "!6 = !{!\"air.visible_function_reference\", ptr @twice.MTL_VISIBLE_FN_REF, !\"twice\"}\n";

/** A module with one visible function and a helper whose name others use as well; `body` computes %r. */
static void visible_text(char *out, size_t cap, const char *name, const char *body)
{
    snprintf(out, cap,
             "%s@scale = internal addrspace(2) constant [2 x float] [float 3.0, float 5.0]\n"
             "define float @helper(float %%x) {\n  %%y = fmul float %%x, 10.0\n  ret float %%y\n}\n"
             "define float @%s(float %%x, i32 %%n) {\n%s\n  ret float %%r\n}\n"
             "!air.visible = !{!0}\n!0 = !{ptr @%s, !1, !2}\n!1 = !{!3}\n!2 = !{!4, !5}\n!3 = !{!\"air.output\"}\n"
             "!4 = !{i32 0, !\"air.arg\", !\"air.arg_type_name\", !\"float\"}\n"
             "!5 = !{i32 1, !\"air.arg\", !\"air.arg_type_name\", !\"uint\"}\n",
             AIR_HEADER, name, body, name);
}

static const char other_type[] =
    AIR_HEADER "define i32 @other(i32 %x) {\n  ret i32 %x\n}\n"
               "!air.visible = !{!0}\n!0 = !{ptr @other, !1, !2}\n!1 = !{!3}\n!2 = !{!4}\n!3 = !{!\"air.output\"}\n"
               "!4 = !{i32 0, !\"air.arg\", !\"air.arg_type_name\", !\"uint\"}\n";

enum { LINKED = 4 };

struct fixture {
    struct runner *runner;
    uint8_t *main;
    size_t main_size;
    struct pvg_air_linked linked[LINKED];
};

static uint8_t *assemble(const char *text, size_t *size)
{
    uint8_t *bitcode = NULL;
    struct pvg_error err = {{0}};
    if (pvg_air_assemble(text, strlen(text), &bitcode, size, &err))
        print_error("%s\n", err.message);
    return bitcode;
}

static void take(struct pvg_air_linked *l, const char *text, const char *name)
{
    l->bitcode = assemble(text, &l->size);
    l->name = name;
}

static int setup(void **state)
{
    static struct fixture f;
    static char text[8192];
    f.runner = runner_open();
    f.main = assemble(kernel, &f.main_size);
    visible_text(text, sizeof text, "twice", "  %r = fadd float %x, %x");
    take(&f.linked[0], text, "twice");
    visible_text(text, sizeof text, "shade", "  %r = call float @helper(float %x)");
    take(&f.linked[1], text, "shade");
    visible_text(text, sizeof text, "shade",
                 "  %i = and i32 %n, 1\n  %w = zext i32 %i to i64\n"
                 "  %p = getelementptr [2 x float], ptr addrspace(2) @scale, i64 0, i64 %w\n"
                 "  %s = load float, ptr addrspace(2) %p, align 4\n  %r = fmul float %x, %s");
    take(&f.linked[2], text, NULL);
    take(&f.linked[3], other_type, "other");
    *state = &f;
    return f.main && f.linked[0].bitcode && f.linked[1].bitcode && f.linked[2].bitcode && f.linked[3].bitcode ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    runner_close(f->runner);
    free(f->main);
    for (int i = 0; i < LINKED; i++)
        free((void *)f->linked[i].bitcode);
    return 0;
}

static int translate(const struct fixture *f, const struct pvg_air_linked *linked, size_t count, struct pvg_air_shader **s,
                     struct pvg_error *err)
{
    struct pvg_air_options o = {.size = sizeof o,
                                .available = f->runner ? runner_available(f->runner) : UINT32_MAX,
                                .robustness = PVG_AIR_ROBUST_BUFFERS,
                                .linked = linked,
                                .linked_count = count};
    return pvg_air_translate(f->main, f->main_size, NULL, &o, s, err);
}

static void calls(void **state)
{
    const struct fixture *f = *state;
    if (!f->runner)
        skip();
    struct pvg_air_shader *s;
    struct pvg_error err = {{0}};
    if (translate(f, f->linked, LINKED, &s, &err))
        fail_msg("%s", err.message);
    float out[N][4];
    uint32_t table[N - 4];
    memset(out, 0, sizeof out);
    /* Null, the four functions (the last of another type), numbers of nothing; the last threads read behind the table. */
    for (uint32_t i = 0; i < N - 4; i++)
        table[i] = i % 8 == 7 ? UINT32_MAX : i % 8;
    struct run_buffer b[] = {{0, out, sizeof out, 0, 0, false}, {4, table, sizeof table, 0, 0, false}};
    struct run run = {.buffers = b, .buffer_count = 2, .groups = {1, 1, 1}, .threads = {N, 1, 1}};
    assert_true(runner_kernel(f->runner, s, &run));
    for (uint32_t i = 0; i < N; i++) {
        uint32_t n = i < N - 4 ? i % 8 : 0;
        float x = (float)i, want = n == 1 ? 2 * x : n == 2 ? 10 * x : n == 3 ? x * (i & 1 ? 5 : 3) : 0;
        if (out[i][0] != 2 * x || out[i][1] != want + 100 || out[i][2] != (n ? 0 : 1) || out[i][3] != N - 4)
            fail_msg("thread %u: %g %g %g %g", i, (double)out[i][0], (double)out[i][1], (double)out[i][2], (double)out[i][3]);
    }
    assert_int_equal(s->reflection.buffer_count, 2);
    assert_int_equal(s->reflection.buffers[1].index, 4);
    pvg_air_shader_free(s);
}

static void refused(void **state)
{
    const struct fixture *f = *state;
    struct pvg_air_shader *s;
    struct pvg_error err = {{0}};
    /* The reference by name is missing; then its name exists with another type. */
    assert_int_equal(translate(f, f->linked + 1, LINKED - 1, &s, &err), -ENOTSUP);
    assert_non_null(strstr(err.message, "visible function twice, which is not linked"));
    struct pvg_air_linked wrong = f->linked[3];
    assert_int_equal(translate(f, NULL, 0, &s, &err), -ENOTSUP);
    assert_non_null(strstr(err.message, "visible function twice, which is not linked"));
    wrong.name = "twice";
    assert_int_equal(translate(f, &wrong, 1, &s, &err), -EINVAL);
    assert_non_null(strstr(err.message, "has no visible function twice"));
    wrong.bitcode = "not bitcode";
    wrong.size = 11;
    assert_int_equal(translate(f, &wrong, 1, &s, &err), -EINVAL);
}

static void deterministic(void **state)
{
    const struct fixture *f = *state;
    struct pvg_air_shader *a, *b;
    assert_int_equal(translate(f, f->linked, LINKED, &a, NULL), 0);
    assert_int_equal(translate(f, f->linked, LINKED, &b, NULL), 0);
    assert_int_equal(a->word_count, b->word_count);
    assert_memory_equal(a->words, b->words, a->word_count * 4);
    pvg_air_shader_free(a);
    pvg_air_shader_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls),
        cmocka_unit_test(refused),
        cmocka_unit_test(deterministic),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
