/* SPDX-License-Identifier: MIT */
/** @file Atomics, fences and questions about the run (spec 07 sections 5.6 and 5.9). Threads of the machine never run at once. */
#include "tests/air/cpu_internal.h"

#include <string.h>

enum { LOAD, STORE, XCHG, ADD, SUB, AND, OR, XOR, MIN, MAX, CMPXCHG };

static const char *const names[] = {"load", "store", "xchg", "add", "sub", "and", "or", "xor", "min", "max", "cmpxchg"};

static uint64_t combine(const struct cpu_site *s, const struct jit_type *t, uint64_t old, uint64_t v)
{
    int64_t a = cpu_get_signed(&old, t, 0), b = cpu_get_signed(&v, t, 0);
    switch (s->variant) {
    case ADD:
        return old + v;
    case SUB:
        return old - v;
    case AND:
        return old & v;
    case OR:
        return old | v;
    case XOR:
        return old ^ v;
    case MIN:
        return s->is_signed ? (uint64_t)(a < b ? a : b) : old < v ? old : v;
    case MAX:
        return s->is_signed ? (uint64_t)(a > b ? a : b) : old > v ? old : v;
    default:
        return v;
    }
}

static void run_atomic(struct cpu_thread *t, const struct cpu_site *s, void *result, void *const *args)
{
    const struct jit_type *type = s->variant == LOAD ? &s->result : &s->args[s->variant == CMPXCHG ? 2 : 1];
    uint8_t *at;
    uint64_t old, v = 0;
    (void)t;
    memcpy(&at, args[0], sizeof at);
    old = cpu_get_bits(at, type, 0);
    if (result && s->result.kind != JIT_VOID)
        cpu_put_bits(result, type, 0, old);
    if (s->variant == LOAD)
        return;
    if (s->variant == CMPXCHG) {
        void *expected;
        memcpy(&expected, args[1], sizeof expected);
        if (cpu_get_bits(expected, type, 0) == old)
            memcpy(at, args[2], type->lane_size);
        cpu_put_bits(expected, type, 0, old);
        return;
    }
    if (type->kind == JIT_FLOAT && (s->variant == ADD || s->variant == SUB)) {
        double d = cpu_get(args[1], type, 0);
        cpu_put(at, type, 0, cpu_get(at, type, 0) + (s->variant == ADD ? d : -d));
        return;
    }
    v = cpu_get_bits(args[1], type, 0);
    cpu_put_bits(at, type, 0, combine(s, type, old, v));
}

static bool bind_atomic(struct cpu_site *s)
{
    const char *p = s->name + 11; /* After "air.atomic." */
    if (!strncmp(p, "fence", 5)) {
        s->variant = -1;
        return true;
    }
    p = strchr(p, '.');
    if (!p)
        return false;
    size_t length = strcspn(++p, ".");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i]) != length || strncmp(names[i], p, length) != 0)
            continue;
        s->variant = (int)i;
        s->fn = run_atomic;
        return s->argc >= (i == LOAD ? 1u : i == CMPXCHG ? 3u : 2u);
    }
    return false;
}

static void run_nothing(struct cpu_thread *t, const struct cpu_site *s, void *result, void *const *args)
{
    (void)t;
    (void)s;
    (void)result;
    (void)args;
}

static void run_discard(struct cpu_thread *t, const struct cpu_site *s, void *result, void *const *args)
{
    (void)s;
    (void)result;
    (void)args;
    t->discarded = true;
}

static void run_predicate(struct cpu_thread *t, const struct cpu_site *s, void *result, void *const *args)
{
    (void)t;
    cpu_put_bits(result, &s->result, 0, cpu_get_bits(args[0], &s->args[0], 0) != 0);
}

static void run_one(struct cpu_thread *t, const struct cpu_site *s, void *result, void *const *args)
{
    (void)t;
    (void)args;
    cpu_put_bits(result, &s->result, 0, 1);
}

bool cpu_bind_memory(struct cpu_site *s)
{
    static const struct {
        const char *op;
        cpu_fn *fn;
    } ops[] = {
        {"discard_fragment", run_discard}, {"normalize_function_constant_predicate", run_predicate},
        {"get_num_samples", run_one},      {"get_read_sampler", run_nothing},
        {"fence_texture_2d", run_nothing},
    };
    if (!strncmp(s->name, "air.atomic.", 11)) {
        if (!bind_atomic(s))
            return false;
        if (s->variant < 0)
            s->fn = run_nothing;
        return true;
    }
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        if (strcmp(ops[i].op, s->op) != 0)
            continue;
        s->fn = ops[i].fn;
        return true;
    }
    return false;
}
