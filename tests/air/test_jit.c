/* SPDX-License-Identifier: MIT */
/* The reference itself: entries with all kinds of operands, external functions, threadgroup variables, defined corner cases. */
#include "tests/air/jit.h"
#include "tests/air/kernels.h"
#include "tests/air/shaders.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct jit *open_text(const char *text, jit_resolve *resolve, void *arg)
{
    struct jit_options o = {.resolve = resolve, .resolve_arg = arg};
    struct pvg_error err = {{0}};
    struct jit *j;
    if (jit_open(text, strlen(text), &o, &j, &err))
        fail_msg("%s", err.message);
    return j;
}

static const char vectors[] = AIR_HEADER
    "@shared = internal addrspace(3) global [4 x i32] undef\n"
    "@other = internal addrspace(3) global i32 undef\n"
    "declare <3 x half> @air.max.s.v3f16(<3 x half>, <3 x half>)\n"
    "declare <4 x i1> @air.test.v4i1(<4 x i1>, i1, ptr addrspace(1))\n"
    "declare void @air.wg.barrier(i32, i32)\n"
    "define internal fastcc i32 @helper(i32 %a) { %r = mul i32 %a, 3 ret i32 %r }\n"
    "define <4 x float> @f(<3 x half> %a, <3 x half> %b, <4 x i1> %m, i1 %c, ptr addrspace(1) %p, i32 %n) {\n"
    "  %x = call <3 x half> @air.max.s.v3f16(<3 x half> %a, <3 x half> %b)\n"
    "  %k = call <4 x i1> @air.test.v4i1(<4 x i1> %m, i1 %c, ptr addrspace(1) %p)\n"
    "  call void @air.wg.barrier(i32 2, i32 1)\n"
    "  %h = call fastcc i32 @helper(i32 %n)\n"
    "  store i32 %h, ptr addrspace(3) getelementptr ([4 x i32], ptr addrspace(3) @shared, i64 0, i64 2)\n"
    "  store i32 77, ptr addrspace(3) @other\n"
    "  %e = fpext <3 x half> %x to <3 x float>\n"
    "  %w = shufflevector <3 x float> %e, <3 x float> <float 9.0, float 0.0, float 0.0>, <4 x i32> <i32 0, i32 1, i32 2, i32 3>\n"
    "  %z = select <4 x i1> %k, <4 x float> %w, <4 x float> zeroinitializer\n"
    "  ret <4 x float> %z\n}\n";

struct context {
    struct jit_context jit;
    int barriers;
};

static void max_half(void *context, const struct jit_call *call, void *result, void *const *args)
{
    (void)context;
    assert_int_equal(call->result.lanes, 3);
    assert_int_equal(call->result.size, 6);
    for (unsigned i = 0; i < call->result.lanes; i++) {
        const uint16_t *a = args[0], *b = args[1];
        ((uint16_t *)result)[i] = a[i] > b[i] ? a[i] : b[i]; /* Positive halves compare like their patterns. */
    }
}

static void invert(void *context, const struct jit_call *call, void *result, void *const *args)
{
    (void)context;
    assert_int_equal(call->args[0].bits, 1);
    assert_int_equal(call->args[0].lane_size, 1);
    assert_int_equal(call->args[2].kind, JIT_POINTER);
    for (unsigned i = 0; i < 4; i++)
        ((uint8_t *)result)[i] = ((uint8_t *)args[0])[i] ^ *(uint8_t *)args[1];
    **(uint32_t **)args[2] = 0x1234;
}

static void count_barrier(void *context, const struct jit_call *call, void *result, void *const *args)
{
    (void)args;
    assert_null(result);
    assert_int_equal(call->result.kind, JIT_VOID);
    ((struct context *)context)->barriers++;
}

static jit_external *resolve(void *arg, struct jit_call *call)
{
    ++*(int *)arg;
    if (!strcmp(call->name, "air.max.s.v3f16"))
        return max_half;
    if (!strcmp(call->name, "air.test.v4i1"))
        return invert;
    return strcmp(call->name, "air.wg.barrier") ? NULL : count_barrier;
}

JIT_CALLER static void operands(void **state)
{
    (void)state;
    int seen = 0;
    struct jit *j = open_text(vectors, resolve, &seen);
    assert_int_equal(seen, 3);
    assert_int_equal(jit_threadgroup_size(j), 32);
    struct jit_type t;
    assert_true(jit_param(j, "f", 0, &t));
    assert_int_equal(t.lanes, 3);
    assert_false(jit_param(j, "f", 6, &t));
    assert_true(jit_result(j, "f", &t));
    assert_int_equal(t.size, 16);

    _Alignas(16) uint16_t a[4] = {0x3C00, 0x4000, 0x4200, 0}, b[4] = {0x4400, 0x3C00, 0x3C00, 0};
    _Alignas(16) uint8_t m[4] = {0, 0, 1, 0}, c = 1, group[32] = {0};
    _Alignas(16) uint32_t target = 0, *p = &target, n = 5;
    _Alignas(16) float out[4];
    struct context ctx = {{group}, 0};
    jit_entry(j, "f")(&ctx, out, (void *[]){a, b, m, &c, &p, &n});
    static const float expected[4] = {4, 2, 0, 9};
    assert_memory_equal(out, expected, sizeof out);
    assert_int_equal(target, 0x1234);
    assert_int_equal(ctx.barriers, 1);
    uint32_t words[8];
    memcpy(words, group, sizeof words);
    assert_true((words[2] == 15 && words[4] == 77) || (words[6] == 15 && words[0] == 77));
    assert_null(jit_entry(j, "g"));
    jit_close(j);
}

static void unresolved(void **state)
{
    (void)state;
    struct pvg_error err = {{0}};
    struct jit *j;
    assert_int_not_equal(jit_open(vectors, sizeof vectors - 1, NULL, &j, &err), 0);
    assert_null(j);
    assert_non_null(strstr(err.message, "air.max.s.v3f16"));
}

static const char corners[] = AIR_HEADER
    "define void @f(ptr addrspace(1) %o, i32 %a, i32 %b, float %x) {\n"
    "  %1 = shl nsw i32 %a, %b\n  store i32 %1, ptr addrspace(1) %o\n"
    "  %2 = sdiv i32 %a, %b\n  %p2 = getelementptr i32, ptr addrspace(1) %o, i64 1\n  store i32 %2, ptr addrspace(1) %p2\n"
    "  %3 = urem i32 %a, 0\n  %p3 = getelementptr i32, ptr addrspace(1) %o, i64 2\n  store i32 %3, ptr addrspace(1) %p3\n"
    "  %4 = fptosi float %x to i32\n  %p4 = getelementptr i32, ptr addrspace(1) %o, i64 3\n  store i32 %4, ptr addrspace(1) %p4\n"
    "  %v = insertelement <2 x i32> undef, i32 7, i32 %b\n  %5 = extractelement <2 x i32> %v, i32 9\n"
    "  %p5 = getelementptr i32, ptr addrspace(1) %o, i64 4\n  store i32 %5, ptr addrspace(1) %p5\n"
    "  ret void\n}\n";

JIT_CALLER static void defined(void **state)
{
    (void)state;
    struct jit *j = open_text(corners, NULL, NULL);
    _Alignas(16) uint32_t out[5], *o = out, a = 0x80000000u, b = UINT32_MAX;
    _Alignas(16) float x = 1e20f;
    struct jit_context ctx = {0};
    jit_entry(j, "f")(&ctx, NULL, (void *[]){&o, &a, &b, &x});
    static const uint32_t expected[5] = {0, 0x80000000u, 0, 0x7FFFFFFF, 7};
    assert_memory_equal(out, expected, sizeof out);
    jit_close(j);
}

/* Known bits say that the amounts are out of range; one is so only once the helper is inlined. */
static const char inlined_corners[] =
    AIR_HEADER "define internal fastcc i32 @h(i32 %x, i32 %y, i32 %z) {\n"
               "  %1 = and i32 %y, 3\n  %2 = xor i32 %1, 256\n  %3 = ashr i32 %x, %2\n"
               "  %4 = shl i32 %3, %z\n  ret i32 %4\n}\n"
               "define void @f(ptr addrspace(1) %o, i32 %a, i32 %b) {\n"
               "  %1 = call fastcc i32 @h(i32 %a, i32 %b, i32 33)\n"
               "  %2 = and i32 %1, 3\n  %3 = getelementptr i32, ptr addrspace(1) %o, i32 %2\n  store i32 %1, ptr addrspace(1) %3\n"
               "  ret void\n}\n";

JIT_CALLER static void defined_before_inlining(void **state)
{
    (void)state;
    struct jit *j = open_text(inlined_corners, NULL, NULL);
    _Alignas(16) uint32_t out[4] = {0}, *o = out, a = 52, b = 6;
    struct jit_context ctx = {0};
    jit_entry(j, "f")(&ctx, NULL, (void *[]){&o, &a, &b});
    static const uint32_t expected[4] = {0, 0, 26, 0};
    assert_memory_equal(out, expected, sizeof out);
    jit_close(j);
}

/** The C kernels that are also there as AIR. */
JIT_CALLER static void kernels_agree(void **state)
{
    (void)state;
    char path[512];
    static char text[1 << 20];
    snprintf(path, sizeof path, "%s/tests/air/ll/kernels.ll", OPENPVG_SOURCE_ROOT);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(text, 1, sizeof text, f);
    fclose(f);
    struct pvg_error err = {{0}};
    struct jit *j;
    if (jit_open(text, n, NULL, &j, &err))
        fail_msg("%s", err.message);
    uint32_t in[64], out[16 * 64] = {0}, expected[16 * 64] = {0}, *pi = in, *po = out;
    for (uint32_t i = 0; i < 64; i++)
        in[i] = i * 2654435761u ^ i << 7;
    struct jit_context ctx = {0};
    for (uint32_t i = 0; i < 32; i++) {
        jit_entry(j, "arith")(&ctx, NULL, (void *[]){&po, &pi, &i});
        arith(expected, in, i);
    }
    assert_memory_equal(out, expected, sizeof out);
    for (uint32_t i = 0; i < 64; i++) {
        jit_entry(j, "irreducible")(&ctx, NULL, (void *[]){&po, &pi, &i});
        irreducible(expected, in, i);
    }
    assert_memory_equal(out, expected, sizeof out);
    jit_close(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operands),      cmocka_unit_test(unresolved),
        cmocka_unit_test(defined),       cmocka_unit_test(defined_before_inlining),
        cmocka_unit_test(kernels_agree),
    };
    return cmocka_run_group_tests_name("air-jit", tests, NULL, NULL);
}
