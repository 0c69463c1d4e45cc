/* SPDX-License-Identifier: MIT */
/**
 * @file Functions that Apple's compiler produced, executed: every kernel of the corpus that inputs can be made for, and vertex
 * functions with fragment functions of the same library. The references come from the CPU machine (cpu.h).
 */
#include "tests/air/corpus_check.h"
#include "tests/air/runner.h"
#include "tests/common/corpus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_SEEN = 4096, MAX_ORIGINS = 64 };

struct totals {
    char origin[64];
    unsigned verdicts[VERDICT_COUNT];
};

struct run_all {
    struct runner *r;
    uint8_t *arena;
    uint64_t seen[MAX_SEEN];
    size_t seen_count;
    struct totals origins[MAX_ORIGINS];
    size_t origin_count;
    unsigned referenced;
};

/** Several files hold the same function. */
static bool is_new(struct run_all *a, uint64_t hash)
{
    for (size_t i = 0; i < a->seen_count; i++)
        if (a->seen[i] == hash)
            return false;
    if (a->seen_count < MAX_SEEN)
        a->seen[a->seen_count++] = hash;
    return true;
}

static struct totals *totals_of(struct run_all *a, const char *file)
{
    size_t n = strstr(file, "__") ? (size_t)(strstr(file, "__") - file) : strlen(file);
    for (size_t i = 0; i < a->origin_count; i++)
        if (strlen(a->origins[i].origin) == n && !strncmp(a->origins[i].origin, file, n))
            return &a->origins[i];
    assert_true(a->origin_count < MAX_ORIGINS);
    struct totals *t = &a->origins[a->origin_count++];
    snprintf(t->origin, sizeof t->origin, "%.*s", (int)(n < 63 ? n : 63), file);
    return t;
}

static void kernels_of(struct run_all *a, const char *file, const struct pvg_metallib *lib)
{
    const char *only = getenv("OPENPVG_TEST_ONLY");
    for (size_t k = 0; k < pvg_metallib_function_count(lib); k++) {
        const struct pvg_metallib_function *fn = pvg_metallib_function_at(lib, k);
        struct outcome out;
        if (fn->type != 2 || (only && !strstr(fn->name, only)) || (!only && !corpus_sampled(fn->name)) ||
            !is_new(a, corpus_key(file, fn)))
            continue;
        if (getenv("OPENPVG_TEST_TRACE"))
            print_message("%s %s\n", file, fn->name);
        check_kernel(a->r, file, fn, a->arena, &out);
        totals_of(a, file)->verdicts[out.verdict]++;
        a->referenced += out.verdict == VERDICT_SAME && out.referenced;
        if (out.verdict != VERDICT_SAME || only)
            print_message("%-10s %s %s: %s (%u compared, %u left)\n", verdict_name(out.verdict), file, fn->name, out.detail.message,
                          out.compared, out.left);
    }
}

static void report(const struct run_all *a, unsigned *same, unsigned *different, unsigned *origins)
{
    *same = *different = *origins = 0;
    for (size_t i = 0; i < a->origin_count; i++) {
        const struct totals *t = &a->origins[i];
        print_message("%s:", t->origin);
        for (int v = 0; v < VERDICT_COUNT; v++)
            if (t->verdicts[v])
                print_message(" %u %s", t->verdicts[v], verdict_name((enum verdict)v));
        print_message("\n");
        *same += t->verdicts[VERDICT_SAME];
        *different += t->verdicts[VERDICT_DIFFERENT];
        *origins += t->verdicts[VERDICT_SAME] > 0;
    }
}

static void kernels(void **state)
{
    (void)state;
    struct corpus corpus;
    if (!corpus_open(&corpus))
        skip();
    struct run_all *a = calloc(1, sizeof *a);
    size_t arena_size;
    a->r = runner_open();
    a->arena = case_arena(&arena_size);
    assert_non_null(a->arena);
    for (size_t i = 0; a->r && i < corpus.count; i++) {
        size_t size;
        struct pvg_metallib *lib;
        if (strstr(corpus.names[i], ".tsv"))
            continue;
        uint8_t *data = corpus_read(&corpus, i, &size);
        if (!pvg_metallib_open(data, size, &lib, NULL)) {
            kernels_of(a, corpus.names[i], lib);
            pvg_metallib_close(lib);
        }
        free(data);
    }
    corpus_close(&corpus);
    bool device = a->r != NULL;
    unsigned same, different, origins, referenced = a->referenced;
    report(a, &same, &different, &origins);
    runner_close(a->r);
    free(a);
    if (!device)
        skip();
    print_message("%u kernels of %u origins compared equal (%u of them also with a reference in C), %u did not\n", same, origins,
                  referenced, different);
    assert_int_equal(different, 0);
    assert_true(same >= 60 && origins >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
