/* SPDX-License-Identifier: MIT */
/** @file Control flow between dispatches: conditions on words that earlier dispatches of the same encoder wrote. */
#include "tests/kit/kit.h"

#include <string.h>

#include "tests/vmm/check.h"

enum { EQUAL = 0, LESS = 1, ALWAYS = 7 };

/** One buffer of words: [0] i, [1] sum, [2] other; the amounts to add lie behind. */
enum { I = 0, SUM = 1, OTHER = 2, ONE = 8, THREE = 9, HUNDRED = 10, MINUS_TWO = 11 };

struct program {
    struct kit *k;
    uint32_t words, pipeline;
};

static void start(struct program *p)
{
    uint32_t init[16] = {[ONE] = 1, [THREE] = 3, [HUNDRED] = 100, [MINUS_TWO] = (uint32_t)-2};

    kit_write(p->k, p->words, 0, init, sizeof(init));
    kit_begin(p->k);
    pvg_guest_cmd_segment(&p->k->c, PVG_W_SEG_COMPUTE);
    pvg_guest_cmd_set_ref(&p->k->c, KIT_SET_COMPUTE_PIPELINE, p->pipeline);
}

/** words[to] += words[amount]. */
static void add(struct program *p, uint32_t to, uint32_t amount)
{
    const uint64_t one[3] = {1, 1, 1};

    kit_bind1(p->k, KIT_COMPUTE_BUFFERS, 0, p->words, 4 * to);
    kit_bind1(p->k, KIT_COMPUTE_BUFFERS, 1, p->words, 4 * amount);
    pvg_guest_cmd_dispatch(&p->k->c, one, one);
}

static void mark(struct program *p, uint32_t opcode)
{
    kit_record(p->k, opcode, &(const struct pvg_w_record){0});
}

static void when(struct program *p, uint32_t opcode, uint32_t word, uint32_t comparison, uint32_t reference)
{
    const struct pvg_w_record r = {
        .predicate = {.ref = p->words, .offset = 4 * word, .comparison = comparison, .reference = reference}};

    kit_record(p->k, opcode, &r);
}

static void expect(struct program *p, const char *what, uint32_t i, uint32_t sum, uint32_t other, uint64_t refused)
{
    uint32_t got[3];
    uint64_t n = kit_run_refused(p->k);

    kit_read(p->k, p->words, 0, got, sizeof(got));
    CHECK(n == refused, "%s: %llu records refused", what, (unsigned long long)n);
    CHECK(got[I] == i && got[SUM] == sum && got[OTHER] == other, "%s: %u, %u, %u", what, got[I], got[SUM], got[OTHER]);
}

static void test_if(struct program *p)
{
    static const struct {
        uint32_t comparison, reference;
        bool holds;
    } cases[] = {{EQUAL, 1, true},   {EQUAL, 2, false}, {LESS, 2, true}, {LESS, 1, false},
                 {ALWAYS, 77, true}, {2, 1, true},      {2, 0, false}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        start(p);
        add(p, I, ONE);
        when(p, 0xe0, I, cases[i].comparison, cases[i].reference);
        add(p, SUM, THREE);
        mark(p, 0xe1);
        add(p, OTHER, HUNDRED);
        mark(p, 0xe2);
        add(p, I, HUNDRED);
        expect(p, "if", 101, cases[i].holds ? 3 : 0, cases[i].holds ? 0 : 100, 0);
    }
}

static void test_while(struct program *p)
{
    start(p);
    when(p, 0xde, I, LESS, 10);
    add(p, SUM, THREE);
    add(p, I, ONE);
    mark(p, 0xdf);
    add(p, OTHER, ONE);
    expect(p, "while", 10, 30, 1, 0);

    start(p);
    when(p, 0xde, I, LESS, 0);
    add(p, SUM, THREE);
    mark(p, 0xdf);
    expect(p, "while that never runs", 0, 0, 0, 0);
}

static void test_do_while(struct program *p)
{
    start(p);
    mark(p, 0xdc);
    add(p, SUM, THREE);
    add(p, I, ONE);
    when(p, 0xdd, I, LESS, 4);
    expect(p, "do while", 4, 12, 0, 0);
}

static void test_nested(struct program *p)
{
    start(p);
    when(p, 0xde, I, LESS, 5);
    when(p, 0xe0, I, EQUAL, 2);
    add(p, OTHER, HUNDRED);
    mark(p, 0xe1);
    mark(p, 0xdc);
    add(p, SUM, ONE);
    when(p, 0xdd, SUM, EQUAL, 7);
    mark(p, 0xe2);
    add(p, I, ONE);
    mark(p, 0xdf);
    /* The inner loop runs once per turn, and once more when the sum is 7, which it never is here. */
    expect(p, "nested", 5, 4, 100, 0);

    start(p);
    when(p, 0xe0, I, EQUAL, 1);
    when(p, 0xde, I, ALWAYS, 0);
    add(p, SUM, ONE);
    mark(p, 0xdf);
    mark(p, 0xe2);
    expect(p, "a loop in a block that does not run", 0, 0, 0, 0);
}

/** State set inside a loop does not leak into the beginning of its next turn; state set in a block that is skipped holds. */
static void test_state(struct program *p)
{
    const uint64_t one[3] = {1, 1, 1};

    start(p);
    kit_bind1(p->k, KIT_COMPUTE_BUFFERS, 0, p->words, 4 * SUM);
    kit_bind1(p->k, KIT_COMPUTE_BUFFERS, 1, p->words, 4 * THREE);
    when(p, 0xde, I, LESS, 3);
    pvg_guest_cmd_dispatch(&p->k->c, one, one);
    add(p, I, ONE);
    mark(p, 0xdf);
    expect(p, "state of a loop", 3, 9, 0, 0);

    start(p);
    when(p, 0xe0, I, EQUAL, 1);
    add(p, SUM, HUNDRED);
    mark(p, 0xe2);
    pvg_guest_cmd_dispatch(&p->k->c, one, one);
    expect(p, "state of a skipped block", 0, 100, 0, 0);
}

static void test_malformed(struct program *p)
{
    start(p);
    mark(p, 0xe2);
    add(p, SUM, ONE);
    expect(p, "end without a block", 0, 0, 0, 2);

    start(p);
    when(p, 0xe0, I, EQUAL, 0);
    add(p, SUM, ONE);
    expect(p, "block left open", 0, 1, 0, 1);

    start(p);
    when(p, 0xe0, I, 5, 0);
    add(p, SUM, ONE);
    mark(p, 0xe2);
    expect(p, "unknown comparison", 0, 0, 0, 3);

    start(p);
    for (int i = 0; i < 17; i++)
        mark(p, 0xdc);
    add(p, SUM, ONE);
    expect(p, "nested too deep", 0, 0, 0, 3);

    start(p);
    when(p, 0xe0, I, EQUAL, 0);
    mark(p, 0xe1);
    mark(p, 0xe1);
    add(p, SUM, ONE);
    mark(p, 0xe2);
    /* The dispatch lies in the part that does not run. */
    expect(p, "two times else", 0, 0, 0, 1);

    /* The next encoder knows nothing of it. */
    start(p);
    add(p, SUM, MINUS_TWO);
    expect(p, "afterwards", 0, (uint32_t)-2, 0, 0);
}

static unsigned all(struct kit *k)
{
    struct program p = {.k = k};

    p.words = kit_buffer(p.k, NULL, 64);
    p.pipeline = kit_compute_pipeline(p.k, kit_function(p.k, kit_cs_add, "cs_add"));
    test_if(&p);
    test_while(&p);
    test_do_while(&p);
    test_nested(&p);
    test_state(&p);
    test_malformed(&p);
    return check_failures;
}

int main(void)
{
    return kit_main(all);
}
