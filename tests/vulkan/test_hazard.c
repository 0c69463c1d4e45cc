/* SPDX-License-Identifier: MIT */
/**
 * @file Barriers from what work touches (vulkan/hazard.h): cases by hand, and random work against a model that knows every access
 * and every barrier and follows the rules of Vulkan's dependency chains.
 */
#include "vulkan/hazard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAGE (1ull << PVG_VKHAZARD_SHIFT)

static struct pvg_vkhazards t;
static uint16_t from, to;

static void reset(void)
{
    pvg_vkhazards_init(&t, false);
}

/** A scope with one access. */
static enum pvg_vkneed step(struct pvg_vkhazard *h, uint32_t uses)
{
    pvg_vkhazards_begin(&t);
    pvg_vkhazard_touch(&t, h, uses);
    return pvg_vkhazards_take(&t, &from, &to);
}

static enum pvg_vkneed step_range(struct pvg_vkrange *r, uint32_t uses)
{
    pvg_vkhazards_begin(&t);
    pvg_vkrange_touch(&t, r, uses);
    return pvg_vkhazards_take(&t, &from, &to);
}

static enum pvg_vkneed step_any(uint32_t uses)
{
    pvg_vkhazards_begin(&t);
    pvg_vkhazards_touch_any(&t, uses);
    return pvg_vkhazards_take(&t, &from, &to);
}

#define NEEDS(call, f, d)                                                                                                          \
    do {                                                                                                                           \
        assert_int_equal(call, PVG_VKNEED_SOME);                                                                                   \
        assert_int_equal(from, f);                                                                                                 \
        assert_int_equal(to, d);                                                                                                   \
    } while (0)
#define FREE(call) assert_int_equal(call, PVG_VKNEED_NONE)

/** Every pair of uses of one resource: a barrier exactly where one of them writes, and only the first time. */
static void test_pairs(void **state)
{
    for (uint32_t i = 0; i < PVG_VKUSES; i++) {
        for (uint32_t k = 0; k < PVG_VKUSES; k++) {
            struct pvg_vkhazard h = {0}, other = {0};
            const uint32_t a = 1u << i, b = 1u << k;
            reset();
            FREE(step(&h, a));
            FREE(step(&other, b));
            if ((a | b) & PVG_VKUSE_WRITES)
                NEEDS(step(&h, b), a, b);
            else
                FREE(step(&h, b));
            /* The same barrier orders what other resources saw before it. */
            reset();
            h = other = (struct pvg_vkhazard){0};
            FREE(step(&h, a));
            FREE(step(&other, a));
            if (!((a | b) & PVG_VKUSE_WRITES))
                continue;
            NEEDS(step(&h, b), a, b);
            FREE(step(&other, b));
        }
    }
}

static void test_readers(void **state)
{
    struct pvg_vkhazard h = {0};
    reset();
    FREE(step(&h, PVG_VKUSE_COLOR));
    NEEDS(step(&h, PVG_VKUSE_FRAGMENT_READ), PVG_VKUSE_COLOR, PVG_VKUSE_FRAGMENT_READ);
    FREE(step(&h, PVG_VKUSE_FRAGMENT_READ));
    NEEDS(step(&h, PVG_VKUSE_TRANSFER_READ), PVG_VKUSE_COLOR, PVG_VKUSE_TRANSFER_READ);
    /* All readers and the writer. */
    NEEDS(step(&h, PVG_VKUSE_COLOR), PVG_VKUSE_COLOR | PVG_VKUSE_FRAGMENT_READ | PVG_VKUSE_TRANSFER_READ, PVG_VKUSE_COLOR);
    /* Those before the write are behind it. */
    NEEDS(step(&h, PVG_VKUSE_TRANSFER_WRITE), PVG_VKUSE_COLOR, PVG_VKUSE_TRANSFER_WRITE);
    NEEDS(step(&h, PVG_VKUSE_INDEX), PVG_VKUSE_TRANSFER_WRITE, PVG_VKUSE_INDEX);
    NEEDS(step(&h, PVG_VKUSE_DEPTH), PVG_VKUSE_TRANSFER_WRITE | PVG_VKUSE_INDEX, PVG_VKUSE_DEPTH);
}

/** Accesses of one scope do not wait for each other, but each for what came before. */
static void test_one_scope(void **state)
{
    struct pvg_vkhazard h = {0};
    reset();
    FREE(step(&h, PVG_VKUSE_TRANSFER_WRITE));
    pvg_vkhazards_begin(&t);
    pvg_vkhazard_touch(&t, &h, PVG_VKUSE_COLOR);
    pvg_vkhazard_touch(&t, &h, PVG_VKUSE_FRAGMENT_READ);
    NEEDS(pvg_vkhazards_take(&t, &from, &to), PVG_VKUSE_TRANSFER_WRITE, PVG_VKUSE_COLOR | PVG_VKUSE_FRAGMENT_READ);
    pvg_vkhazard_touch(&t, &h, PVG_VKUSE_COLOR);
    assert_int_equal(pvg_vkhazards_take(&t, &from, &to), PVG_VKNEED_NOTHING);
    /* Its read is remembered beside its write. */
    NEEDS(step(&h, PVG_VKUSE_COMPUTE_WRITE), PVG_VKUSE_COLOR | PVG_VKUSE_FRAGMENT_READ, PVG_VKUSE_COMPUTE_WRITE);
}

static void test_full(void **state)
{
    struct pvg_vkhazard h = {0};
    reset();
    assert_false(pvg_vkhazards_pending(&t));
    FREE(step(&h, PVG_VKUSE_COLOR));
    assert_true(pvg_vkhazards_pending(&t));
    pvg_vkhazards_begin(&t);
    pvg_vkhazards_full(&t);
    assert_false(pvg_vkhazards_pending(&t));
    pvg_vkhazard_touch(&t, &h, PVG_VKUSE_FRAGMENT_READ);
    assert_int_equal(pvg_vkhazards_take(&t, &from, &to), PVG_VKNEED_NOTHING);
    NEEDS(step(&h, PVG_VKUSE_COLOR), PVG_VKUSE_FRAGMENT_READ, PVG_VKUSE_COLOR);

    pvg_vkhazards_init(&t, true);
    struct pvg_vkhazard a = {0}, b = {0};
    assert_int_equal(step(&a, PVG_VKUSE_COLOR), PVG_VKNEED_FULL);
    assert_int_equal(step(&b, PVG_VKUSE_INDEX), PVG_VKNEED_FULL);
    assert_int_equal(pvg_vkhazards_take(&t, &from, &to), PVG_VKNEED_NOTHING);
}

static void test_unknown(void **state)
{
    struct pvg_vkhazard a = {0}, b = {0};
    reset();
    FREE(step(&a, PVG_VKUSE_COLOR));
    FREE(step(&b, PVG_VKUSE_INDEX));
    NEEDS(step_any(PVG_VKUSE_COMPUTE_READ), PVG_VKUSE_COLOR, PVG_VKUSE_COMPUTE_READ);
    FREE(step(&a, PVG_VKUSE_FRAGMENT_READ) == PVG_VKNEED_SOME ? PVG_VKNEED_NONE : PVG_VKNEED_FULL);
    NEEDS(step(&b, PVG_VKUSE_TRANSFER_WRITE), PVG_VKUSE_INDEX | PVG_VKUSE_COMPUTE_READ, PVG_VKUSE_TRANSFER_WRITE);
    NEEDS(step_any(PVG_VKUSE_FRAGMENT_WRITE),
          PVG_VKUSE_COLOR | PVG_VKUSE_INDEX | PVG_VKUSE_COMPUTE_READ | PVG_VKUSE_FRAGMENT_READ | PVG_VKUSE_TRANSFER_WRITE,
          PVG_VKUSE_FRAGMENT_WRITE);
    struct pvg_vkhazard fresh = {0};
    NEEDS(step(&fresh, PVG_VKUSE_VERTEX), PVG_VKUSE_FRAGMENT_WRITE, PVG_VKUSE_VERTEX);
    /* Not behind its own scope. */
    reset();
    fresh = (struct pvg_vkhazard){0};
    pvg_vkhazards_begin(&t);
    pvg_vkhazard_touch(&t, &fresh, PVG_VKUSE_COLOR);
    pvg_vkhazards_touch_any(&t, PVG_VKUSE_FRAGMENT_READ);
    FREE(pvg_vkhazards_take(&t, &from, &to));
}

static void test_forget(void **state)
{
    struct pvg_vkhazard h = {0}, fresh = {0};
    reset();
    FREE(step(&h, PVG_VKUSE_COLOR));
    NEEDS(step(&h, PVG_VKUSE_FRAGMENT_READ), PVG_VKUSE_COLOR, PVG_VKUSE_FRAGMENT_READ);
    pvg_vkhazards_forget(&t);
    NEEDS(step(&fresh, PVG_VKUSE_FRAGMENT_READ), PVG_VKUSE_WRITES, PVG_VKUSE_FRAGMENT_READ);
}

static struct pvg_vkrange range(uint64_t page, uint64_t pages)
{
    struct pvg_vkrange r = {0};
    pvg_vkrange_add(&r, page * PAGE, pages * PAGE);
    return r;
}

static void test_ranges(void **state)
{
    struct pvg_vkrange a = range(100, 2), b = range(101, 2), c = range(102, 2), whole = range(0, 200), far = range(5000, 1);
    reset();
    assert_true(whole.wide);
    assert_int_equal(a.cells, 2);
    FREE(step_range(&a, PVG_VKUSE_COMPUTE_WRITE));
    FREE(step_range(&c, PVG_VKUSE_VERTEX));
    NEEDS(step_range(&b, PVG_VKUSE_INDEX), PVG_VKUSE_COMPUTE_WRITE, PVG_VKUSE_INDEX);
    NEEDS(step_range(&c, PVG_VKUSE_COMPUTE_WRITE), PVG_VKUSE_VERTEX | PVG_VKUSE_INDEX, PVG_VKUSE_COMPUTE_WRITE);
    NEEDS(step_range(&whole, PVG_VKUSE_TRANSFER_READ), PVG_VKUSE_COMPUTE_WRITE, PVG_VKUSE_TRANSFER_READ);
    FREE(step_range(&a, PVG_VKUSE_TRANSFER_READ));
    NEEDS(step_range(&far, PVG_VKUSE_TRANSFER_WRITE), PVG_VKUSE_TRANSFER_READ, PVG_VKUSE_TRANSFER_WRITE);
    NEEDS(step_range(&whole, PVG_VKUSE_TRANSFER_WRITE),
          PVG_VKUSE_COMPUTE_WRITE | PVG_VKUSE_VERTEX | PVG_VKUSE_INDEX | PVG_VKUSE_TRANSFER_WRITE, PVG_VKUSE_TRANSFER_WRITE);
    /* What the wide range overwrote is still known by the narrow one. */
    NEEDS(step_range(&a, PVG_VKUSE_VERTEX), PVG_VKUSE_COMPUTE_WRITE | PVG_VKUSE_TRANSFER_WRITE, PVG_VKUSE_VERTEX);
    /* Sizes and addresses that the renderer would not give. */
    struct pvg_vkrange odd = {0};
    pvg_vkrange_add(&odd, 5, 0);
    assert_int_equal(odd.cells, 0);
    pvg_vkrange_add(&odd, UINTPTR_MAX - 5, 100);
    assert_true(odd.wide);
    /* No guest pages at all: a resource of its own. */
    struct pvg_vkrange none = {0};
    reset();
    FREE(step_range(&none, PVG_VKUSE_COMPUTE_WRITE));
    NEEDS(step_range(&none, PVG_VKUSE_COMPUTE_READ), PVG_VKUSE_COMPUTE_WRITE, PVG_VKUSE_COMPUTE_READ);
}

/* ---- Random work ---- */

#define PLAIN  6
#define RANGES 8
#define EVENTS 400

struct event {
    bool barrier;
    uint32_t from, to;   /* barrier */
    uint64_t scope;      /* access */
    uint32_t use;        /* one bit */
    uint32_t resources;  /* plain ones, or all */
    uint64_t first, end; /* pages */
};

static uint64_t seed_state;

static uint32_t rnd(uint32_t n)
{
    seed_state ^= seed_state << 13;
    seed_state ^= seed_state >> 7;
    seed_state ^= seed_state << 17;
    return (uint32_t)((seed_state >> 16) % n);
}

struct world {
    struct pvg_vkhazard plain[PLAIN];
    struct pvg_vkrange ranges[RANGES];
    uint64_t first[RANGES], end[RANGES];
    struct event events[EVENTS + 64];
    uint32_t count, barriers;
};

static bool conflict(const struct event *a, const struct event *b)
{
    if (a->barrier || b->barrier || a->scope == b->scope || !((a->use | b->use) & PVG_VKUSE_WRITES))
        return false;
    return (a->resources & b->resources) || (a->first < b->end && b->first < a->end);
}

/** Is the access `b` behind `a`, by one barrier or a chain of them? */
static bool ordered(const struct world *w, uint32_t a, uint32_t b)
{
    uint32_t reached = w->events[a].use, behind = 0;
    for (uint32_t i = a + 1; i < b; i++) {
        const struct event *e = &w->events[i];
        if (e->barrier && (e->from & reached)) {
            reached |= e->to;
            behind |= e->to;
        }
    }
    return behind & w->events[b].use;
}

static void add_access(struct world *w, uint32_t use, uint32_t resources, uint64_t first, uint64_t end)
{
    w->events[w->count++] = (struct event){.scope = t.scope, .use = use, .resources = resources, .first = first, .end = end};
}

static void add_barrier(struct world *w, uint32_t at)
{
    uint16_t f, d;
    enum pvg_vkneed need = pvg_vkhazards_take(&t, &f, &d);
    if (need != PVG_VKNEED_SOME && need != PVG_VKNEED_FULL)
        return;
    memmove(&w->events[at + 1], &w->events[at], (w->count - at) * sizeof(w->events[0]));
    w->events[at] = (struct event){.barrier = true, .from = f, .to = d};
    w->count++;
    w->barriers++;
}

static void touch_some(struct world *w)
{
    uint32_t use = 1u << rnd(PVG_VKUSES), what = rnd(20);
    if (what == 0) {
        pvg_vkhazards_touch_any(&t, use);
        add_access(w, use, UINT32_MAX, 0, UINT64_MAX);
    } else if (what < 10) {
        uint32_t i = rnd(PLAIN);
        pvg_vkhazard_touch(&t, &w->plain[i], use);
        add_access(w, use, 1u << i, 0, 0);
    } else {
        uint32_t i = rnd(RANGES);
        pvg_vkrange_touch(&t, &w->ranges[i], use);
        add_access(w, use, 1u << (PLAIN + i), w->first[i], w->end[i]);
    }
}

static void random_scope(struct world *w)
{
    uint32_t start = w->count, n = 1 + rnd(4), form = rnd(16);
    pvg_vkhazards_begin(&t);
    if (form == 0) {
        pvg_vkhazards_full(&t);
        w->events[w->count++] = (struct event){.barrier = true, .from = PVG_VKUSE_ALL, .to = PVG_VKUSE_ALL};
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = w->count;
        touch_some(w);
        /* As dispatches that run side by side: each takes what it needs in front of itself. */
        if (form < 6)
            add_barrier(w, at);
    }
    add_barrier(w, start);
}

static void test_random(void **state)
{
    static struct world w;
    uint64_t hazards = 0, barriers = 0;
    for (uint64_t seed = 1; seed <= 1500; seed++) {
        seed_state = seed * 0x9e3779b97f4a7c15ull;
        memset(&w, 0, sizeof(w));
        reset();
        for (uint32_t i = 0; i < RANGES; i++) {
            w.first[i] = rnd(40);
            w.end[i] = w.first[i] + 1 + (i < RANGES - 2 ? rnd(5) : 100);
            w.ranges[i] = range(w.first[i], w.end[i] - w.first[i]);
        }
        while (w.count < EVENTS / 4)
            random_scope(&w);
        for (uint32_t b = 0; b < w.count; b++) {
            for (uint32_t a = 0; a < b; a++) {
                if (!conflict(&w.events[a], &w.events[b]))
                    continue;
                hazards++;
                if (!ordered(&w, a, b))
                    fail_msg("seed %llu: access %u (use %x) is not ordered before %u (use %x)", (unsigned long long)seed, a,
                             w.events[a].use, b, w.events[b].use);
            }
        }
        barriers += w.barriers;
    }
    assert_true(hazards > 100000);
    assert_true(barriers > 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),  cmocka_unit_test(test_readers), cmocka_unit_test(test_one_scope),
        cmocka_unit_test(test_full),   cmocka_unit_test(test_unknown), cmocka_unit_test(test_forget),
        cmocka_unit_test(test_ranges), cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
