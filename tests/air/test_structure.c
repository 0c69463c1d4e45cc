/* SPDX-License-Identifier: MIT */
/**
 * @file Structurisation: random graphs are walked with random decisions, once directly and once through the structured plan; both
 * walks must visit the same nodes over the same edges. Each node must be emitted once and blocks must come after their dominators.
 */
#include "air/cfg.h"
#include "air/remote.h"
#include "tests/air/shaders.h"

#include <setjmp.h>
#include <spirv/unified1/spirv.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_NODES = 40, MAX_STEPS = 400 };

static uint64_t rng_state;

static uint32_t rnd(uint32_t n)
{
    rng_state = rng_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(rng_state >> 33) % n;
}

struct trace {
    uint32_t nodes[MAX_STEPS + 1];
    uint32_t count;
    bool ended;
};

static bool several(const struct pvg_cfg_node *n)
{
    for (uint32_t i = 1; i < n->succ_count; i++)
        if (n->succ[i] != n->succ[0])
            return true;
    return false;
}

static void walk_graph(const struct pvg_cfg_node *nodes, const uint32_t *decisions, struct trace *t)
{
    uint32_t at = 0, used = 0;
    t->count = 0;
    t->ended = false;
    while (t->count < MAX_STEPS) {
        t->nodes[t->count++] = at;
        const struct pvg_cfg_node *n = &nodes[at];
        if (!n->succ_count) {
            t->ended = true;
            return;
        }
        at = n->succ[several(n) ? decisions[used++] % n->succ_count : 0];
    }
}

struct machine {
    const struct pvg_cfg_plan *plan;
    const struct pvg_cfg_node *nodes;
    const uint32_t *start; /**< First operation of every label. */
    uint32_t vars[256];
    uint32_t expected; /**< Node that the last edge leads to; UINT32_MAX = none pending. */
    size_t at;
};

static void jump(struct machine *m, uint32_t label)
{
    m->at = m->start[label];
}

/** One operation. @return false when the function is left. */
static bool step(struct machine *m, const uint32_t *decisions, uint32_t *used, struct trace *t)
{
    const struct pvg_cfg_op *op = &m->plan->ops[m->at++];
    switch (op->kind) {
    case PVG_CFG_NOP:
    case PVG_CFG_LABEL:
        return true;
    case PVG_CFG_BODY:
        if (m->expected != UINT32_MAX)
            assert_int_equal(m->expected, op->node);
        t->nodes[t->count++] = op->node;
        m->expected = UINT32_MAX;
        return true;
    case PVG_CFG_EDGE:
        m->expected = m->nodes[op->node].succ[op->index];
        return true;
    case PVG_CFG_SET:
        m->vars[op->var] = op->value;
        return true;
    case PVG_CFG_BRANCH:
        jump(m, op->label);
        return true;
    case PVG_CFG_COND:
    case PVG_CFG_SWITCH:
        assert_int_equal(op->target_count, m->nodes[op->node].succ_count);
        jump(m, op->targets[decisions[(*used)++] % op->target_count]);
        return true;
    case PVG_CFG_TEST:
        jump(m, op->targets[m->vars[op->var] == op->value ? 0 : 1]);
        return true;
    case PVG_CFG_DISPATCH:
        jump(m, op->targets[m->vars[op->var] < op->target_count ? m->vars[op->var] : 0]);
        return true;
    case PVG_CFG_LOOP:
        jump(m, op->targets[0]);
        return true;
    case PVG_CFG_EXIT:
        t->ended = true;
        return false;
    case PVG_CFG_UNREACHABLE:
        fail_msg("an unreachable block was reached");
    }
    return false;
}

static void walk_plan(const struct pvg_cfg_plan *plan, const struct pvg_cfg_node *nodes, const uint32_t *decisions, struct trace *t)
{
    uint32_t *start = calloc(plan->label_count, sizeof *start), used = 0;
    for (size_t i = 0; i < plan->op_count; i++)
        if (plan->ops[i].kind == PVG_CFG_LABEL)
            start[plan->ops[i].label] = (uint32_t)i;
    struct machine m = {.plan = plan, .nodes = nodes, .start = start, .expected = UINT32_MAX};
    assert_true(plan->var_count <= 256);
    t->count = 0;
    t->ended = false;
    while (t->count < MAX_STEPS && step(&m, decisions, &used, t))
        ;
    free(start);
}

/** Every reachable node once, every label before it is dominated, merge blocks used once. */
static void check_form(const struct pvg_cfg_plan *plan, uint32_t count)
{
    uint32_t *bodies = calloc(count, sizeof *bodies), *merges = calloc(plan->label_count, sizeof *merges);
    uint32_t *defined = calloc(plan->label_count, sizeof *defined);
    bool open = false;
    for (size_t i = 0; i < plan->op_count; i++) {
        const struct pvg_cfg_op *op = &plan->ops[i];
        bool merge = op->kind == PVG_CFG_COND || op->kind == PVG_CFG_TEST || op->kind == PVG_CFG_SWITCH ||
                     op->kind == PVG_CFG_DISPATCH || op->kind == PVG_CFG_LOOP;
        if (op->kind == PVG_CFG_LABEL) {
            assert_false(open);
            assert_int_equal(defined[op->label]++, 0);
            assert_true(plan->idom[op->label] == PVG_CFG_NONE || defined[plan->idom[op->label]]);
            open = true;
            continue;
        }
        if (op->kind == PVG_CFG_NOP)
            continue;
        assert_true(open);
        if (op->kind == PVG_CFG_BODY)
            assert_int_equal(bodies[op->node]++, 0);
        if (merge)
            assert_int_equal(merges[op->label]++, 0);
        if (merge || op->kind == PVG_CFG_BRANCH || op->kind == PVG_CFG_EXIT || op->kind == PVG_CFG_UNREACHABLE)
            open = false;
    }
    assert_false(open);
    free(bodies);
    free(merges);
    free(defined);
}

/** The plan grows with the graph, whatever the graph looks like: a few operations for each node and edge. */
static void check_growth(const struct pvg_cfg_plan *plan, const struct pvg_cfg_node *nodes, uint32_t count)
{
    size_t parts = count;
    for (uint32_t i = 0; i < count; i++)
        parts += nodes[i].succ_count;
    assert_true(plan->op_count <= 10 * parts + 32);
    size_t targets = 0;
    for (size_t i = 0; i < plan->op_count; i++)
        targets += plan->ops[i].target_count;
    assert_true(targets <= 6 * parts + 32);
}

static void check_graph(const struct pvg_cfg_node *nodes, uint32_t count)
{
    struct pvg_arena arena;
    const char *why = NULL;
    pvg_arena_init(&arena, 64 << 20);
    if (setjmp(arena.bail))
        fail_msg("out of memory");
    const struct pvg_cfg_plan *plan = pvg_cfg_structure(&arena, nodes, count, &why);
    if (!plan)
        fail_msg("refused: %s", why);
    check_form(plan, count);
    check_growth(plan, nodes, count);
    for (int round = 0; round < 8; round++) {
        uint32_t decisions[MAX_STEPS + 1];
        struct trace direct, structured;
        for (int i = 0; i <= MAX_STEPS; i++)
            decisions[i] = rnd(1 << 20);
        walk_graph(nodes, decisions, &direct);
        walk_plan(plan, nodes, decisions, &structured);
        assert_int_equal(direct.count, structured.count);
        assert_memory_equal(direct.nodes, structured.nodes, direct.count * sizeof(uint32_t));
        if (direct.count < MAX_STEPS)
            assert_int_equal(direct.ended, structured.ended);
    }
    pvg_arena_free(&arena);
}

/** Random graph: `back` of 16 edges go anywhere, the others forward. */
static void random_graph(uint64_t seed, uint32_t back, uint32_t max_succ)
{
    static uint32_t succ[MAX_NODES][8];
    struct pvg_cfg_node nodes[MAX_NODES];
    rng_state = seed * 977 + 13;
    uint32_t n = 2 + rnd(MAX_NODES - 2);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = i + 1 == n ? 0 : rnd(12) == 0 ? 0 : 1 + rnd(max_succ);
        for (uint32_t j = 0; j < k; j++)
            succ[i][j] = rnd(16) < back ? rnd(n) : i + 1 + rnd(n - i - 1 < 6 ? n - i - 1 : 6);
        nodes[i] = (struct pvg_cfg_node){succ[i], k};
    }
    check_graph(nodes, n);
}

static void acyclic(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 2000; i++)
        random_graph(i, 0, 2);
}

static void with_loops(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 3000; i++)
        random_graph(i, 2, 2);
}

static void tangled(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 3000; i++)
        random_graph(i, 8, 4);
}

/** Two blocks that jump into each other, entered at both. */
static void irreducible_pair(void **state)
{
    (void)state;
    uint32_t s0[] = {1, 2}, s1[] = {2, 3}, s2[] = {1, 3};
    const struct pvg_cfg_node nodes[] = {{s0, 2}, {s1, 2}, {s2, 2}, {NULL, 0}};
    check_graph(nodes, 4);
}

/** Loops in loops that leave over several levels. */
static void exits_over_levels(void **state)
{
    (void)state;
    uint32_t s0[] = {1}, s1[] = {2, 6}, s2[] = {3, 5}, s3[] = {4, 6}, s4[] = {3, 1}, s5[] = {2, 7}, s6[] = {7};
    const struct pvg_cfg_node nodes[] = {{s0, 1}, {s1, 2}, {s2, 2}, {s3, 2}, {s4, 2}, {s5, 2}, {s6, 1}, {NULL, 0}};
    check_graph(nodes, 8);
}

enum { LARGE = 1200 };

static void tangle_of(struct pvg_cfg_node *nodes, uint32_t *succ, uint32_t back)
{
    rng_state = back * 31 + 7;
    for (uint32_t i = 0; i < LARGE; i++) {
        uint32_t left = LARGE - i - 1 < 6 ? LARGE - i - 1 : 6;
        for (uint32_t k = 0; k < 2 && left; k++)
            succ[2 * i + k] = k && rnd(16) < back ? rnd(LARGE) : i + 1 + rnd(left);
        nodes[i] = (struct pvg_cfg_node){succ + 2 * i, left ? 2 : 0};
    }
}

static void structure_tangle(const struct pvg_cfg_node *nodes, bool must)
{
    struct pvg_arena arena;
    const char *why = NULL;
    pvg_arena_init(&arena, 64 << 20);
    if (setjmp(arena.bail))
        fail_msg("out of memory");
    const struct pvg_cfg_plan *plan = pvg_cfg_structure(&arena, nodes, LARGE, &why);
    if (plan)
        check_growth(plan, nodes, LARGE);
    else
        assert_non_null(why);
    if (must)
        assert_non_null(plan);
    pvg_arena_free(&arena);
}

/** Graphs as large as generated code gets, every edge as likely as any other: refused by name or of bounded size. */
static void large_tangle(void **state)
{
    (void)state;
    struct pvg_cfg_node *nodes = calloc(LARGE, sizeof *nodes);
    uint32_t *succ = calloc(2 * LARGE, sizeof *succ);
    for (uint32_t back = 0; back <= 16; back += 4) {
        tangle_of(nodes, succ, back);
        structure_tangle(nodes, !back);
    }
    free(nodes);
    free(succ);
}

/* ---- Operations that other threads take part in
 * ------------------------------------------------------------------------------------ */

/** A simdgroup sum in both arms, a barrier behind them, a derivative-like quad operation under a condition. */
static const char convergent_text[] = AIR_HEADER
    "declare i32 @air.simd_sum.u.i32(i32) nounwind memory(none)\ndeclare void @air.wg.barrier(i32, i32)\n"
    "define void @k(ptr addrspace(1) %b, i32 %id) {\n"
    "  %p = getelementptr i32, ptr addrspace(1) %b, i32 %id\n  %v = load i32, ptr addrspace(1) %p\n"
    "  %c = icmp ugt i32 %v, 5\n  br i1 %c, label %yes, label %no\n"
    "yes:\n  %x = call i32 @air.simd_sum.u.i32(i32 %v)\n  br label %join\n"
    "no:\n  %y = call i32 @air.simd_sum.u.i32(i32 %v)\n  br label %join\n"
    "join:\n  %s = phi i32 [ %x, %yes ], [ %y, %no ]\n  call void @air.wg.barrier(i32 1, i32 1)\n"
    "  %z = call i32 @air.simd_sum.u.i32(i32 %v)\n  %w = add i32 %s, %z\n  store i32 %w, ptr addrspace(1) %p\n"
    "  ret void\n}\n"
    "!air.kernel = !{!0}\n!0 = !{ptr @k, !1, !2}\n!1 = !{}\n!2 = !{!3, !4}\n"
    "!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", !\"air.address_space\", i32 1}\n"
    "!4 = !{i32 1, !\"air.thread_position_in_grid\", !\"air.arg_type_name\", !\"uint\"}\n";

/** Arms keep their own operation; what follows the join is in its merge block, where all threads are back. */
static void convergent_operations_stay(void **state)
{
    (void)state;
    uint8_t *bitcode;
    size_t size;
    struct pvg_error err = {{0}};
    struct pvg_air_shader *s;
    if (pvg_air_assemble(convergent_text, strlen(convergent_text), &bitcode, &size, &err))
        fail_msg("%s", err.message);
    if (pvg_air_translate_here(bitcode, size, NULL, NULL, &s, &err))
        fail_msg("%s", err.message);
    uint32_t label = 0, sums[4], sum_count = 0, barrier = 0, yes = 0, no = 0, merge = 0, last_merge = 0;
    for (size_t i = 5; i < s->word_count; i += s->words[i] >> 16) {
        const uint32_t *w = s->words + i;
        switch (w[0] & 0xFFFF) {
        case SpvOpLabel:
            label = w[1];
            break;
        case SpvOpSelectionMerge:
            last_merge = w[1];
            break;
        case SpvOpBranchConditional:
            /* The guard of the grid comes first; the condition of the kernel last. */
            yes = w[2];
            no = w[3];
            merge = last_merge;
            break;
        case SpvOpGroupNonUniformIAdd:
            assert_true(sum_count < 4);
            sums[sum_count++] = label;
            break;
        case SpvOpControlBarrier:
            barrier = label;
            break;
        default:
            break;
        }
    }
    assert_int_equal(sum_count, 3);
    assert_true((sums[0] == yes && sums[1] == no) || (sums[0] == no && sums[1] == yes));
    assert_int_equal(barrier, merge);
    assert_int_equal(sums[2], merge);
    pvg_air_shader_free(s);
    free(bitcode);
}

/* ---- Memory seen through several types --------------------------------------------------------------------------------------- */

/** A table of words read as words, then through another pointer as halves: NaN patterns are no halves that could be kept. */
static const char views_text[] = AIR_HEADER
    "@t = internal addrspace(2) constant [4 x i32] [i32 2097241607, i32 -1, i32 3, i32 -3], align 16\n"
    "define void @k(ptr addrspace(1) %b, i32 %id) {\n"
    "  %i = and i32 %id, 3\n  %p = getelementptr i32, ptr addrspace(2) @t, i32 %i\n  %v = load i32, ptr addrspace(2) %p\n"
    "  %o = getelementptr i32, ptr addrspace(1) %b, i32 %id\n  store i32 %v, ptr addrspace(1) %o\n"
    "  %j = and i32 %v, 7\n  %q = getelementptr half, ptr addrspace(2) @t, i32 %j\n  %h = load half, ptr addrspace(2) %q\n"
    "  %c = fcmp olt half %h, 1.0\n  %z = zext i1 %c to i32\n  store i32 %z, ptr addrspace(1) %o\n  ret void\n}\n"
    "!air.kernel = !{!0}\n!0 = !{ptr @k, !1, !2}\n!1 = !{}\n!2 = !{!3, !4}\n"
    "!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", !\"air.address_space\", i32 1}\n"
    "!4 = !{i32 1, !\"air.thread_position_in_grid\", !\"air.arg_type_name\", !\"uint\"}\n";

/** Elements are integers, whichever access comes last. */
static void views_keep_bits(void **state)
{
    (void)state;
    uint8_t *bitcode;
    size_t size;
    struct pvg_error err = {{0}};
    struct pvg_air_shader *s;
    if (pvg_air_assemble(views_text, strlen(views_text), &bitcode, &size, &err))
        fail_msg("%s", err.message);
    if (pvg_air_translate_here(bitcode, size, NULL, NULL, &s, &err))
        fail_msg("%s", err.message);
    unsigned arrays = 0;
    for (size_t i = 5; i < s->word_count; i += s->words[i] >> 16) {
        const uint32_t *w = s->words + i;
        if ((w[0] & 0xFFFF) != SpvOpTypeArray)
            continue;
        arrays++;
        for (size_t k = 5; k < s->word_count; k += s->words[k] >> 16)
            if ((s->words[k] & 0xFFFF) == SpvOpTypeFloat && s->words[k + 1] == w[2])
                fail_msg("the table is an array of floats");
    }
    assert_int_equal(arrays, 1);
    pvg_air_shader_free(s);
    free(bitcode);
}

/** Endless loop without exit. */
static void endless(void **state)
{
    (void)state;
    uint32_t s0[] = {1}, s1[] = {0};
    const struct pvg_cfg_node nodes[] = {{s0, 1}, {s1, 1}};
    check_graph(nodes, 2);
}

/** Hostile sizes are refused, not followed into the depth. */
static void limits(void **state)
{
    (void)state;
    enum { N = 6000 };
    struct pvg_arena arena;
    const char *why = NULL;
    struct pvg_cfg_node *nodes = calloc(PVG_CFG_MAX_NODES + 1, sizeof *nodes);
    uint32_t *succ = calloc(2 * N, sizeof *succ);
    for (uint32_t i = 0; i + 1 < N; i++) {
        succ[2 * i] = i + 1;
        succ[2 * i + 1] = N - 1;
        nodes[i] = (struct pvg_cfg_node){succ + 2 * i, 2};
    }
    pvg_arena_init(&arena, (size_t)512 << 20);
    if (!setjmp(arena.bail)) {
        assert_null(pvg_cfg_structure(&arena, nodes, N, &why));
        assert_non_null(why);
        assert_null(pvg_cfg_structure(&arena, nodes, PVG_CFG_MAX_NODES + 1, &why));
        assert_non_null(why);
    }
    pvg_arena_free(&arena);
    free(nodes);
    free(succ);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acyclic),          cmocka_unit_test(with_loops),   cmocka_unit_test(tangled),
        cmocka_unit_test(irreducible_pair), cmocka_unit_test(endless),      cmocka_unit_test(exits_over_levels),
        cmocka_unit_test(limits),           cmocka_unit_test(large_tangle), cmocka_unit_test(convergent_operations_stay),
        cmocka_unit_test(views_keep_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
