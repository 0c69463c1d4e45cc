/* SPDX-License-Identifier: MIT */
/* Control flow and memory as optimising compilers leave them behind: loops behind their guards, pointers that walk, tables. */
#include "tests/air/diff_state.h"

#include <stdio.h>
#include <string.h>

static struct op text(const char *s)
{
    struct op o;
    snprintf(o.s, sizeof o.s, "%s", s);
    return o;
}

/** A number of the type below 8 that differs between threads. */
static struct op small_number(struct gen *g, struct type t)
{
    struct op sh = gen_name(g), low = gen_name(g), n = gen_name(g);
    gen_emit(g, "%s = lshr i32 %s, %u", sh.s, g->random, gen_random(g, 28));
    gen_emit(g, "%s = and i32 %s, %u", low.s, sh.s, gen_chance(g, 50) ? 7 : 3);
    if (t.bits == 32)
        return low;
    gen_emit(g, "%s = %s i32 %s to %s", n.s, t.bits < 32 ? "trunc" : gen_chance(g, 50) ? "zext" : "sext", low.s, type_text(t));
    return n;
}

/** A value; left out, a constant. */
static struct op value(struct gen *g, struct type t, int depth)
{
    size_t start = gen_begin(g);
    struct op v = gen_expr(g, t, depth), fallback = gen_constant(g, t);
    return gen_end(g, start) ? v : fallback;
}

/** The old value and another one, mixed. */
static struct op mix(struct gen *g, struct type t, struct op old)
{
    struct op v = value(g, t, 2), r = gen_name(g);
    if (t.is_float) {
        gen_emit(g, "%s = fadd %s %s, %s", r.s, type_text(t), old.s, v.s);
        return gen_canonical(g, r, t);
    }
    static const char *const ops[] = {"add", "sub", "xor", "mul"};
    gen_emit(g, "%s = %s %s %s, %s", r.s, ops[gen_random(g, t.bits == 1 ? 3 : 4)], type_text(t), old.s, v.s);
    return r;
}

/** Comparisons that say "first < end" for small numbers. */
struct compare {
    const char *yes, *no; /**< Of (x, y). */
    bool swapped;         /**< Of (y, x). */
};

static struct op compare(struct gen *g, struct type t, struct compare c, bool negated, struct op x, struct op y)
{
    struct op r = gen_name(g);
    gen_emit(g, "%s = icmp %s %s %s, %s", r.s, negated ? c.no : c.yes, type_text(t), c.swapped ? y.s : x.s, c.swapped ? x.s : y.s);
    return r;
}

static void test(struct gen *g, struct type t, struct compare c, struct op x, struct op y, unsigned yes, unsigned no)
{
    bool negated = gen_chance(g, 40);
    struct op r = compare(g, t, c, negated, x, y);
    gen_branch(g, r, negated ? no : yes, negated ? yes : no);
}

/**
 * if (first < end) { i = first; do { sum = ...; i += step; } while (i < end); } and the sum behind it, by phis. The comparisons
 * of guard and end may be different ones that mean the same.
 */
static void guarded(struct gen *g, struct nest *n, unsigned depth)
{
    static const struct compare below[] = {
        {"slt", "sge", false}, {"ult", "uge", false}, {"sgt", "sle", true}, {"ugt", "ule", true}};
    static const struct compare other = {"ne", "eq", false};
    struct type t = gen_chance(g, 70) ? type_of(false, 32, 1) : type_of(false, g->o->features & DIFF_SMALL_INTS ? 16 : 64, 1);
    struct type s = gen_type(g);
    struct op end = gen_chance(g, 80) ? small_number(g, t) : text("5"), first = text("0"), step = text("1");
    struct compare guard = below[gen_random(g, 4)], back = gen_chance(g, 50) ? guard : below[gen_random(g, 4)];
    bool by_one = gen_chance(g, 60);
    if (by_one && gen_chance(g, 40))
        back = other;
    if (by_one && back.yes == other.yes && gen_chance(g, 40))
        guard = other; /* From 0 to a number that is not below it. */
    else if (gen_chance(g, 40))
        first = gen_chance(g, 50) ? small_number(g, t) : text("2");
    if (!by_one)
        step = text(gen_chance(g, 50) ? "2" : "3");
    if (back.yes == other.yes && gen_chance(g, 20))
        end = text("6");
    unsigned before = gen_label(g), pre = gen_label(g), body = gen_label(g), latch = gen_label(g), exit = gen_label(g),
             join = gen_label(g);
    bool carried = n->depth == 6 || gen_chance(g, 60), has_exit = gen_chance(g, 60);
    struct op skipped = value(g, s, 1), start = gen_chance(g, 50) ? skipped : value(g, s, 1);
    gen_jump(g, before);
    gen_place(g, before);
    if (gen_chance(g, 40))
        gen_statements(g, 1);
    test(g, t, guard, first, end, pre, join);
    gen_place(g, pre);
    gen_statements(g, 1);
    gen_jump(g, body);
    gen_place(g, body);
    struct op i = gen_name(g), next = gen_name(g), sum = gen_name(g), total = gen_name(g), left = gen_name(g), behind = gen_name(g);
    gen_emit(g, "%s = phi %s [ %s, %%b%u ], [ %s, %%b%u ]", i.s, type_text(t), first.s, pre, next.s, latch);
    if (carried)
        gen_emit(g, "%s = phi %s [ %s, %%b%u ], [ %s, %%b%u ]", sum.s, type_text(s), start.s, pre, total.s, latch);
    if (!carried) {
        n->stop[n->depth] = exit;
        n->again[n->depth++] = latch;
    }
    if (gen_chance(g, 60)) {
        /* What happens in it may leave for places behind the loop only where no phi waits. */
        struct nest inner = *n;
        if (carried)
            inner.depth = inner.ahead_count = 0;
        gen_region(g, &inner, depth - 1);
        n->blocks = inner.blocks;
    } else {
        gen_statements(g, 3);
    }
    if (!carried)
        n->depth--;
    gen_jump(g, latch);
    gen_place(g, latch);
    if (carried) {
        struct op m = mix(g, s, sum);
        gen_emit(g, "%s = select i1 true, %s %s, %s %s", total.s, type_text(s), m.s, type_text(s), m.s);
    }
    gen_emit(g, "%s = add %s%s %s, %s", next.s, gen_chance(g, 50) ? "nuw nsw " : "", type_text(t), i.s, step.s);
    test(g, t, back, next, end, body, has_exit ? exit : carried ? join : exit);
    if (has_exit || !carried) {
        gen_place(g, exit);
        if (carried && gen_chance(g, 50)) {
            gen_emit(g, "%s = phi %s [ %s, %%b%u ]", left.s, type_text(s), total.s, latch);
            total = left;
        }
        gen_jump(g, join);
    }
    gen_place(g, join);
    if (!carried)
        return;
    gen_emit(g, "%s = phi %s [ %s, %%b%u ], [ %s, %%b%u ]", behind.s, type_text(s), skipped.s, before, total.s,
             has_exit ? exit : latch);
    struct op w = gen_to_word(g, behind, s), old = gen_name(g), r = gen_name(g);
    gen_emit(g, "%s = load i32, ptr %s", old.s, g->vars[0].name);
    gen_emit(g, "%s = add i32 %s, %s", r.s, old.s, w.s);
    gen_emit(g, "store i32 %s, ptr %s", r.s, g->vars[0].name);
}

/** A pointer to one of two memories. */
static struct op some_base(struct gen *g, unsigned bytes, bool write, int *space)
{
    const struct mem *found[2] = {NULL, NULL};
    unsigned start = gen_random(g, g->mem_count);
    for (unsigned i = 0; i < g->mem_count; i++) {
        const struct mem *m = &g->mems[(start + i) % g->mem_count];
        if (m->typed || m->bytes < bytes || (write && !m->writable))
            continue;
        /* A table of the program and a buffer are not mixed: that is refused. */
        if (found[0] && (m->space != found[0]->space || (m->base[0] == '@') != (found[0]->base[0] == '@')))
            continue;
        found[found[0] != NULL] = m;
    }
    *space = found[0]->space; /* The thread's slice of a buffer is always there. */
    const char *p = gen_pointer_text(*space);
    if (!found[1] || !gen_chance(g, 50))
        return text(found[0]->base);
    struct op c = value(g, type_of(false, 1, 1), 2), r = gen_name(g);
    gen_emit(g, "%s = select i1 %s, %s %s, %s %s", r.s, c.s, p, found[0]->base, p, found[1]->base);
    return r;
}

/** A pointer that goes through a memory, forth or back, until a number of steps or another pointer ends it. */
static void walk(struct gen *g)
{
    static const uint8_t bits[] = {8, 16, 32, 32, 64};
    struct type t = type_of(false, g->o->features & DIFF_SMALL_INTS ? bits[gen_random(g, 5)] : 32, 1), word = type_of(false, 32, 1);
    bool write = gen_chance(g, 40), back = gen_chance(g, 25), by_pointer = gen_chance(g, 30);
    unsigned count = 1 + gen_random(g, 64 / (t.bits / 8) < 8 ? 64 / (t.bits / 8) : 8);
    struct op name = text(type_text(t));
    int space;
    unsigned before = gen_label(g), body = gen_label(g), out = gen_label(g);
    gen_jump(g, before);
    gen_place(g, before);
    struct op base = some_base(g, 64, write, &space), init = value(g, word, 1), limit = text("");
    const char *p = gen_pointer_text(space), *type = name.s;
    struct op first = gen_name(g), end = gen_name(g), at = gen_name(g), next = gen_name(g), i = gen_name(g), n = gen_name(g);
    struct op sum = gen_name(g), total = gen_name(g), v = gen_name(g), c = gen_name(g), m = gen_name(g);
    gen_emit(g, "%s = getelementptr %s, %s %s, i64 %u", first.s, type, p, base.s, back ? count - 1 : 0);
    gen_emit(g, "%s = getelementptr %s, %s %s, i64 %d", end.s, type, p, first.s, back ? -(int)count : (int)count);
    if (!by_pointer && gen_chance(g, 50)) {
        struct op few = small_number(g, word), low = gen_name(g);
        limit = gen_name(g);
        gen_emit(g, "%s = call i32 @air.min.u.i32(i32 %s, i32 %u)", low.s, few.s, count - 1);
        gen_declare(g, "declare i32 @air.min.u.i32(i32, i32)");
        gen_emit(g, "%s = add i32 %s, 1", limit.s, low.s);
    } else {
        snprintf(limit.s, sizeof limit.s, "%u", count);
    }
    gen_jump(g, body);
    gen_place(g, body);
    gen_emit(g, "%s = phi %s [ %s, %%b%u ], [ %s, %%b%u ]", at.s, p, first.s, before, next.s, body);
    gen_emit(g, "%s = phi i32 [ 0, %%b%u ], [ %s, %%b%u ]", i.s, before, n.s, body);
    gen_emit(g, "%s = phi i32 [ %s, %%b%u ], [ %s, %%b%u ]", sum.s, init.s, before, total.s, body);
    gen_emit(g, "%s = load %s, %s %s, align %u", v.s, type, p, at.s, t.bits / 8);
    struct op w = gen_to_word(g, v, t);
    gen_emit(g, "%s = mul i32 %s, 31", m.s, sum.s);
    gen_emit(g, "%s = add i32 %s, %s", total.s, m.s, w.s);
    if (write) {
        struct op x = gen_from_word(g, total, t);
        gen_emit(g, "store %s %s, %s %s, align %u", type, x.s, p, at.s, t.bits / 8);
    }
    gen_statements(g, 1);
    gen_emit(g, "%s = getelementptr %s, %s %s, i64 %d", next.s, type, p, at.s, back ? -1 : 1);
    gen_emit(g, "%s = add i32 %s, 1", n.s, i.s);
    if (by_pointer)
        gen_emit(g, "%s = icmp eq %s %s, %s", c.s, p, next.s, end.s);
    else
        gen_emit(g, "%s = icmp uge i32 %s, %s", c.s, n.s, limit.s);
    gen_branch(g, c, out, body);
    gen_place(g, out);
    struct op old = gen_name(g), r = gen_name(g);
    gen_emit(g, "%s = load i32, ptr %s", old.s, g->vars[0].name);
    gen_emit(g, "%s = xor i32 %s, %s", r.s, old.s, total.s);
    gen_emit(g, "store i32 %s, ptr %s", r.s, g->vars[0].name);
}

/** A switch some cases of which go straight to other places: out of loops, to their next turn, to each other. */
static void leaving_switch(struct gen *g, struct nest *n, unsigned depth)
{
    struct type t;
    struct op s = gen_selector(g, &t);
    unsigned cases = 1 + gen_random(g, 3), label[4], target[12], count = 0, out = gen_label(g);
    for (unsigned i = 0; i < cases; i++)
        target[count++] = label[i] = gen_label(g);
    for (unsigned i = 0; i < 3 && n->depth; i++) {
        unsigned k = gen_random(g, n->depth);
        target[count++] = gen_chance(g, 50) ? n->stop[k] : n->again[k];
    }
    if (n->ahead_count)
        target[count++] = n->ahead[gen_random(g, n->ahead_count)];
    target[count++] = out;
    gen_raw(g, "  switch %s %s, label %%b%u [", type_text(t), s.s, gen_chance(g, 50) ? out : target[gen_random(g, count)]);
    for (unsigned i = 0; i < 7; i++)
        if (gen_chance(g, 60))
            gen_raw(g, " %s %u, label %%b%u", type_text(t), i, target[gen_random(g, count)]);
    gen_raw(g, " ]\n");
    for (unsigned i = 0; i < cases; i++) {
        gen_place(g, label[i]);
        gen_region(g, n, depth - 1);
        gen_jump(g, i + 1 < cases && gen_chance(g, 40) ? label[i + 1] : out);
    }
    gen_place(g, out);
}

void gen_shape(struct gen *g, struct nest *n, unsigned depth)
{
    unsigned done;
    switch (gen_random(g, 8)) {
    case 0:
    case 1:
    case 2:
        guarded(g, n, depth);
        break;
    case 3:
    case 4:
        walk(g);
        break;
    case 5:
        done = gen_label(g);
        gen_graph(g, done);
        gen_place(g, done);
        break;
    default:
        leaving_switch(g, n, depth);
        break;
    }
}

void gen_tables(struct gen *g)
{
    for (unsigned k = gen_random(g, 3); k; k--) {
        struct type t = gen_chance(g, 70) ? gen_int_type(g, 1) : gen_float_type(g, 1);
        unsigned size = type_size(t), bytes = gen_chance(g, 50) ? 32 : 64, count = bytes / size;
        struct mem *m = &g->mems[g->mem_count++];
        *m = (struct mem){.bytes = bytes, .writable = gen_chance(g, 60), .typed = gen_chance(g, 70), .only = t, .struct_view = -1};
        snprintf(m->base, sizeof m->base, "%%table%u", k);
        gen_emit(g, "%s = alloca [%u x %s], align 16", m->base, count, type_text(t));
        if (!m->typed && gen_chance(g, 50)) {
            gen_declare(g, "declare void @llvm.memcpy.p0.p2.i64(ptr, ptr addrspace(2), i64, i1)");
            gen_emit(g, "call void @llvm.memcpy.p0.p2.i64(ptr align 16 %s, ptr addrspace(2) align 16 @table%u, i64 %u, i1 false)",
                     m->base, k - 1, bytes);
            continue;
        }
        /* All elements, some of them twice, one perhaps with what is no constant. */
        unsigned odd = gen_chance(g, 30) ? gen_random(g, count) : count, twice = gen_random(g, count);
        for (unsigned i = 0; i <= count; i++) {
            unsigned at = i < count ? i : twice;
            struct op p = gen_name(g), c = gen_constant(g, t);
            gen_emit(g, "%s = getelementptr %s, ptr %s, i64 %u", p.s, type_text(t), m->base, at);
            gen_emit(g, "store %s %s, ptr %s, align %u", type_text(t), at == odd ? gen_from_word(g, text(g->random), t).s : c.s,
                     p.s, size);
        }
    }
}
