/* SPDX-License-Identifier: MIT */
/* Random statements, control flow and the module around them. */
#include "tests/air/diff_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Random numbers and text
 * ------------------------------------------------------------------------------------------------------- */

static uint64_t next_random(uint64_t *s)
{
    uint64_t z = (*s += 0x9E3779B97F4A7C15u);
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

uint32_t gen_random(struct gen *g, uint32_t below)
{
    return (uint32_t)((next_random(&g->rng) >> 32) * below >> 32);
}

bool gen_chance(struct gen *g, unsigned percent)
{
    return gen_random(g, 100) < percent;
}

static void put(char **text, size_t *len, size_t *cap, const char *s, size_t n)
{
    if (*len + n + 1 > *cap) {
        *cap = (*len + n + 1) * 2;
        *text = realloc(*text, *cap);
        if (!*text)
            abort();
    }
    memcpy(*text + *len, s, n);
    *len += n;
    (*text)[*len] = 0;
}

void gen_raw(struct gen *g, const char *fmt, ...)
{
    char line[4096];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    put(&g->text, &g->len, &g->cap, line, (size_t)n);
}

void gen_emit(struct gen *g, const char *fmt, ...)
{
    char line[4096] = "  ";
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(line + 2, sizeof line - 3, fmt, ap);
    va_end(ap);
    line[n + 2] = '\n';
    put(&g->text, &g->len, &g->cap, line, (size_t)n + 3);
}

void gen_declare(struct gen *g, const char *fmt, ...)
{
    char line[512];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(line, sizeof line - 2, fmt, ap);
    va_end(ap);
    line[n] = '\n';
    line[n + 1] = 0;
    if (!g->decls || !strstr(g->decls, line))
        put(&g->decls, &g->decls_len, &g->decls_cap, line, (size_t)n + 1);
}

struct op gen_name(struct gen *g)
{
    struct op o;
    snprintf(o.s, sizeof o.s, "%%t%u", g->next_id++);
    return o;
}

/* ---- Statements
 * -------------------------------------------------------------------------------------------------------------------- */

/** Begin a statement. @return where its text starts. */
size_t gen_begin(struct gen *g)
{
    return g->len;
}

/** End of a statement. @return false when it is to be left out: its text is gone then. */
bool gen_end(struct gen *g, size_t start)
{
    size_t id = g->statement++;
    if (id >= g->o->skip_count || !g->o->skip[id])
        return true;
    g->len = start;
    if (g->text)
        g->text[start] = 0;
    return false;
}

const char *gen_pointer_text(int space)
{
    static const char *const names[] = {"ptr", "ptr addrspace(1)", "ptr addrspace(2)", "ptr addrspace(3)"};
    return names[space];
}

static void assign(struct gen *g)
{
    const struct var *v = &g->vars[gen_random(g, g->var_count)];
    struct op e = gen_expr(g, v->type, 3);
    gen_emit(g, "store %s %s, ptr %s", type_text(v->type), e.s, v->name);
}

/** The first variable takes in every bit of some expression. */
static void accumulate(struct gen *g)
{
    struct type t = gen_type(g);
    struct op e = gen_to_word(g, gen_expr(g, t, 3), t), old = gen_name(g), m = gen_name(g), s = gen_name(g);
    gen_emit(g, "%s = load i32, ptr %s", old.s, g->vars[0].name);
    gen_emit(g, "%s = mul i32 %s, 31", m.s, old.s);
    gen_emit(g, "%s = add i32 %s, %s", s.s, m.s, e.s);
    gen_emit(g, "store i32 %s, ptr %s", s.s, g->vars[0].name);
}

struct type gen_memory_type(struct gen *g)
{
    struct type t = gen_type(g);
    return t.bits == 1 ? type_of(false, 32, t.lanes) : t;
}

static void store_memory(struct gen *g)
{
    struct type t = gen_memory_type(g);
    unsigned align;
    struct op v = gen_expr(g, t, 2);
    if (g->pointer_count && gen_chance(g, 25)) {
        const struct pointer *p = &g->pointers[gen_random(g, g->pointer_count)];
        if (p->writable && type_size(t) <= 32) {
            struct op base = gen_name(g);
            gen_emit(g, "%s = load %s, ptr %s", base.s, gen_pointer_text(p->space), p->name);
            struct mem m = {.space = p->space, .bytes = 32, .struct_view = -1};
            snprintf(m.base, sizeof m.base, "%.20s", base.s);
            struct op a = gen_address(g, &m, t, &align);
            gen_store(g, m.space, a, v, t, align);
            return;
        }
    }
    const struct mem *m = gen_memory(g, t, true);
    struct op a = gen_address(g, m, t, &align);
    gen_store(g, m->space, a, v, t, align);
}

/** A memory of plain bytes. */
static const struct mem *byte_memory(struct gen *g, bool write)
{
    for (;;) {
        const struct mem *m = &g->mems[gen_random(g, g->mem_count)];
        if (!m->typed && (m->writable || !write))
            return m;
    }
}

static struct op byte_address(struct gen *g, const struct mem *m, unsigned room, unsigned *align)
{
    /* A multiple of the alignment within the first half. */
    *align = g->packed ? 1u << gen_random(g, 5) : 4u << gen_random(g, 3);
    struct op i = gen_index(g, m->bytes / 2 / *align), scaled = gen_name(g), r = gen_name(g);
    gen_emit(g, "%s = mul i32 %s, %u", scaled.s, i.s, *align);
    gen_emit(g, "%s = getelementptr i8, %s %s, i32 %s", r.s, gen_pointer_text(m->space), m->base, scaled.s);
    (void)room;
    return r;
}

/** Length of a copy of at most `n` bytes; where bytes are accessed anyway, sometimes one that only the running code knows. */
static struct op copy_length(struct gen *g, unsigned n)
{
    struct op o, x, w;
    snprintf(o.s, sizeof o.s, "%u", n);
    if (!g->packed || !gen_chance(g, 30))
        return o;
    x = gen_name(g);
    w = gen_name(g);
    gen_emit(g, "%s = urem i32 %s, %u", x.s, g->random, n + 1);
    gen_emit(g, "%s = zext i32 %s to i64", w.s, x.s);
    return w;
}

static void copy_or_fill(struct gen *g)
{
    const struct mem *d = byte_memory(g, true), *s = byte_memory(g, false);
    unsigned da, sa, room = (d->bytes < s->bytes ? d->bytes : s->bytes) / 2, n = 1 + gen_random(g, room);
    if (!g->packed || gen_chance(g, 50))
        n = (n + 3) & ~3u;
    struct op to = byte_address(g, d, n, &da);
    if (gen_chance(g, 30)) {
        struct type byte = type_of(false, 8, 1);
        struct op v = g->o->features & DIFF_SMALL_INTS ? gen_expr(g, byte, 1) : (struct op){"90"};
        gen_declare(g, "declare void @llvm.memset.p%d.i64(%s, i8, i64, i1)", d->space, gen_pointer_text(d->space));
        struct op length = copy_length(g, n);
        gen_emit(g, "call void @llvm.memset.p%d.i64(%s align %u %s, i8 %s, i64 %s, i1 false)", d->space, gen_pointer_text(d->space),
                 da, to.s, v.s, length.s);
        return;
    }
    struct op from = byte_address(g, s, n, &sa);
    const char *name = d == s || gen_chance(g, 20) ? "memmove" : "memcpy", *width = gen_chance(g, 70) ? "i64" : "i32";
    gen_declare(g, "declare void @llvm.%s.p%d.p%d.%s(%s, %s, %s, i1)", name, d->space, s->space, width, gen_pointer_text(d->space),
                gen_pointer_text(s->space), width);
    struct op length = {""};
    snprintf(length.s, sizeof length.s, "%u", n);
    if (width[1] == '6')
        length = copy_length(g, n);
    gen_emit(g, "call void @llvm.%s.p%d.p%d.%s(%s align %u %s, %s align %u %s, %s %s, i1 false)", name, d->space, s->space, width,
             gen_pointer_text(d->space), da, to.s, gen_pointer_text(s->space), sa, from.s, width, length.s);
}

static struct op new_pointer(struct gen *g, const struct pointer *p)
{
    const struct mem *m = &g->mems[p->sources[gen_random(g, p->source_count)]];
    struct op i = gen_index(g, (m->bytes - 16) / 32 ? 2 : 1), r = gen_name(g);
    if (m->bytes < 64)
        strcpy(i.s, "0");
    gen_emit(g, "%s = getelementptr [16 x i8], %s %s, i32 %s", r.s, gen_pointer_text(m->space), m->base, i.s);
    return r;
}

/** An entry of the array of pointers. */
static void set_list(struct gen *g)
{
    struct op i = gen_index(g, 4), slot = gen_name(g);
    gen_emit(g, "%s = getelementptr [4 x ptr addrspace(1)], ptr %%list, i32 0, i32 %s", slot.s, i.s);
    gen_emit(g, "store ptr addrspace(1) %s, ptr %s, align 8", gen_chance(g, 50) ? "%sb" : "%sa", slot.s);
}

static void make_list(struct gen *g)
{
    static const char *const first[4] = {"%sa", "%in", "%sb", "%sa"};
    gen_emit(g, "%%list = alloca [4 x ptr addrspace(1)], align 8");
    for (unsigned i = 0; i < 4; i++) {
        struct op slot = gen_name(g);
        gen_emit(g, "%s = getelementptr ptr addrspace(1), ptr %%list, i64 %u", slot.s, i);
        gen_emit(g, "store ptr addrspace(1) %s, ptr %s, align 8", first[i], slot.s);
    }
    g->pointer_list = true;
}

static void set_pointer(struct gen *g)
{
    if (g->pointer_list && gen_chance(g, 50)) {
        set_list(g);
        return;
    }
    if (!g->pointer_count)
        return;
    const struct pointer *p = &g->pointers[gen_random(g, g->pointer_count)];
    struct op v = new_pointer(g, p);
    if (gen_chance(g, 40)) {
        struct op w = new_pointer(g, p), c = gen_expr(g, type_of(false, 1, 1), 2), r = gen_name(g);
        gen_emit(g, "%s = select i1 %s, %s %s, %s %s", r.s, c.s, gen_pointer_text(p->space), v.s, gen_pointer_text(p->space), w.s);
        v = r;
    } else if (p->space == 1 && gen_chance(g, 40)) {
        struct op x = gen_name(g), y = gen_name(g), r = gen_name(g), zero = gen_name(g);
        gen_emit(g, "%s = ptrtoint %s %s to i64", x.s, gen_pointer_text(1), v.s);
        gen_emit(g, "%s = load i64, ptr addrspace(2) %%con, align 8", zero.s);
        gen_emit(g, "%s = %s i64 %s, %s", y.s, gen_chance(g, 50) ? "add" : "xor", x.s, zero.s);
        gen_emit(g, "%s = inttoptr i64 %s to %s", r.s, y.s, gen_pointer_text(1));
        v = r;
    }
    gen_emit(g, "store %s %s, ptr %s", gen_pointer_text(p->space), v.s, p->name);
}

/** A member of a struct in an array of them, or such a struct as a whole. */
static void struct_access(struct gen *g)
{
    const struct mem *m = NULL;
    for (unsigned i = 0, start = gen_random(g, g->mem_count); i < g->mem_count && !m; i++)
        if (g->mems[(start + i) % g->mem_count].struct_view >= 0)
            m = &g->mems[(start + i) % g->mem_count];
    if (!m)
        return;
    const struct structure *s = &g->structs[m->struct_view];
    unsigned n = m->bytes / s->size, pow2 = 1;
    while (pow2 * 2 <= n)
        pow2 *= 2;
    struct op i = gen_index(g, pow2);
    unsigned k = gen_random(g, s->count);
    struct type t = s->member[k].type;
    const char *space = gen_pointer_text(m->space);
    if (gen_chance(g, 30)) {
        struct op p = gen_name(g), v = gen_name(g), w = gen_name(g);
        gen_emit(g, "%s = getelementptr %%S%d, %s %s, i32 %s", p.s, m->struct_view, space, m->base, i.s);
        gen_emit(g, "%s = load %%S%d, %s %s, align %u", v.s, m->struct_view, space, p.s, s->align);
        if (!m->writable || s->member[k].array) {
            struct op e = gen_name(g);
            if (s->member[k].array)
                gen_emit(g, "%s = extractvalue %%S%d %s, %u, %u", e.s, m->struct_view, v.s, k, gen_random(g, s->member[k].array));
            else
                gen_emit(g, "%s = extractvalue %%S%d %s, %u", e.s, m->struct_view, v.s, k);
            struct op x = gen_to_word(g, t.is_float ? gen_canonical(g, e, t) : e, t);
            gen_emit(g, "store i32 %s, ptr %s", x.s, g->vars[0].name);
            return;
        }
        struct op e = gen_expr(g, t, 1);
        gen_emit(g, "%s = insertvalue %%S%d %s, %s %s, %u", w.s, m->struct_view, v.s, type_text(t), e.s, k);
        gen_emit(g, "store %%S%d %s, %s %s, align %u", m->struct_view, w.s, space, p.s, s->align);
        return;
    }
    struct op p = gen_name(g);
    if (s->member[k].array)
        gen_emit(g, "%s = getelementptr %%S%d, %s %s, i32 %s, i32 %u, i64 %u", p.s, m->struct_view, space, m->base, i.s, k,
                 gen_random(g, s->member[k].array));
    else
        gen_emit(g, "%s = getelementptr %%S%d, %s %s, i32 %s, i32 %u", p.s, m->struct_view, space, m->base, i.s, k);
    unsigned natural = type_size(t) < 16 ? type_size(t) : 16, align = s->align < natural ? s->align : natural;
    if (m->writable && gen_chance(g, 50)) {
        gen_store(g, m->space, p, gen_expr(g, t, 2), t, align);
        return;
    }
    struct op x = gen_to_word(g, gen_load(g, m->space, p, t, align), t), old = gen_name(g), r = gen_name(g);
    gen_emit(g, "%s = load i32, ptr %s", old.s, g->vars[0].name);
    gen_emit(g, "%s = xor i32 %s, %s", r.s, old.s, x.s);
    gen_emit(g, "store i32 %s, ptr %s", r.s, g->vars[0].name);
}

/** Atomics on memory that no other thread uses: their results are certain. */
static void atomic(struct gen *g)
{
    static const char *const ops[] = {"add.u", "sub.u", "and.u", "or.u", "xor.u", "xchg", "min.s", "max.s", "min.u", "max.u"};
    bool shared = gen_chance(g, 40);
    const char *base = shared ? "%counters" : "%sa", *kind = shared ? "local" : "global", *op = ops[gen_random(g, 10)];
    int space = shared ? 3 : 1;
    struct type word = type_of(false, 32, 1);
    struct op i = gen_index(g, 4), p = gen_name(g), v = gen_expr(g, word, 1), r = gen_name(g);
    gen_emit(g, "%s = getelementptr i32, %s %s, i32 %s", p.s, gen_pointer_text(space), base, i.s);
    if (gen_chance(g, 15)) {
        gen_emit(g, "store i32 %s, ptr %%expected", gen_expr(g, word, 0).s);
        gen_declare(g, "declare i32 @air.atomic.%s.cmpxchg.weak.i32(%s, ptr, i32, i32, i32, i32, i1)", kind,
                    gen_pointer_text(space));
        gen_emit(g, "%s = call i32 @air.atomic.%s.cmpxchg.weak.i32(%s %s, ptr %%expected, i32 %s, i32 0, i32 0, i32 %d, i1 true)",
                 r.s, kind, gen_pointer_text(space), p.s, v.s, shared ? 1 : 2);
    } else {
        gen_declare(g, "declare i32 @air.atomic.%s.%s.i32(%s, i32, i32, i32, i1)", kind, op, gen_pointer_text(space));
        gen_emit(g, "%s = call i32 @air.atomic.%s.%s.i32(%s %s, i32 %s, i32 0, i32 %d, i1 true)", r.s, kind, op,
                 gen_pointer_text(space), p.s, v.s, shared ? 1 : 2);
    }
    gen_emit(g, "store i32 %s, ptr %s", r.s, g->vars[0].name);
}

/** Booleans in memory: bytes, loaded where one was stored. */
static void boolean_memory(struct gen *g)
{
    struct type t = type_of(false, 1, 1);
    struct op v = gen_expr(g, t, 2), i = gen_index(g, 16), p = gen_name(g), r = gen_name(g), w = gen_name(g);
    const struct mem *m = byte_memory(g, true);
    gen_emit(g, "%s = getelementptr i8, %s %s, i32 %s", p.s, gen_pointer_text(m->space), m->base, i.s);
    gen_emit(g, "store i1 %s, %s %s, align 1", v.s, gen_pointer_text(m->space), p.s);
    gen_emit(g, "%s = load i1, %s %s, align 1", r.s, gen_pointer_text(m->space), p.s);
    gen_emit(g, "%s = sext i1 %s to i32", w.s, r.s);
    gen_emit(g, "store i32 %s, ptr %s", w.s, g->vars[0].name);
}

static void statement(struct gen *g)
{
    size_t start = gen_begin(g);
    switch (gen_random(g, 12)) {
    case 0:
    case 1:
    case 2:
        accumulate(g);
        break;
    case 3:
    case 4:
        store_memory(g);
        break;
    case 5:
        if (!g->in_helper)
            copy_or_fill(g);
        break;
    case 6:
        set_pointer(g);
        break;
    case 7:
        struct_access(g);
        break;
    case 8:
        if (!g->in_helper && gen_chance(g, 40))
            atomic(g);
        else if (g->packed && g->o->features & DIFF_SMALL_INTS)
            boolean_memory(g);
        else if (gen_chance(g, 5))
            gen_emit(g, "fence acq_rel");
        break;
    default:
        assign(g);
        break;
    }
    gen_end(g, start);
}

void gen_statements(struct gen *g, unsigned max)
{
    for (unsigned n = gen_random(g, max + 1); n && g->expr_left > 0; n--)
        statement(g);
}

/* ---- Control flow
 * -------------------------------------------------------------------------------------------------------------------- */

unsigned gen_label(struct gen *g)
{
    return g->next_id++;
}

void gen_place(struct gen *g, unsigned label)
{
    gen_raw(g, "b%u:\n", label);
}

void gen_jump(struct gen *g, unsigned label)
{
    gen_emit(g, "br label %%b%u", label);
}

/** A condition; left out, it is false. */
struct op gen_condition(struct gen *g)
{
    size_t start = gen_begin(g);
    struct op c = gen_expr(g, type_of(false, 1, 1), 3);
    if (gen_chance(g, 30)) { /* A coin that differs between threads. */
        struct op sh = gen_name(g);
        c = gen_name(g);
        gen_emit(g, "%s = lshr i32 %s, %u", sh.s, g->random, gen_random(g, 31));
        gen_emit(g, "%s = trunc i32 %s to i1", c.s, sh.s);
    }
    return gen_end(g, start) ? c : (struct op){"false"};
}

/** Every way around a cycle passes one of these: true while there is fuel. */
struct op gen_burn(struct gen *g)
{
    struct op old = gen_name(g), left = gen_name(g), ok = gen_name(g);
    gen_emit(g, "%s = load i32, ptr %%fuel", old.s);
    gen_emit(g, "%s = sub i32 %s, 1", left.s, old.s);
    gen_emit(g, "store i32 %s, ptr %%fuel", left.s);
    gen_emit(g, "%s = icmp sgt i32 %s, 0", ok.s, left.s);
    return ok;
}

struct op gen_both(struct gen *g, struct op a, struct op b)
{
    struct op r = gen_name(g);
    gen_emit(g, "%s = and i1 %s, %s", r.s, a.s, b.s);
    return r;
}

void gen_branch(struct gen *g, struct op c, unsigned yes, unsigned no)
{
    gen_emit(g, "br i1 %s, label %%b%u, label %%b%u", c.s, yes, no);
}

struct op gen_selector(struct gen *g, struct type *t)
{
    size_t start = gen_begin(g);
    *t = gen_int_type(g, 1);
    struct op e = gen_expr(g, *t, 2), m = gen_name(g);
    gen_emit(g, "%s = and %s %s, 7", m.s, type_text(*t), e.s);
    return gen_end(g, start) ? m : (struct op){"0"};
}

/** Blocks that jump anywhere: loops with several entries, blocks that nothing reaches, loops of one block. */
void gen_graph(struct gen *g, unsigned done)
{
    unsigned n = 2 + gen_random(g, gen_chance(g, 10) ? 14 : 5), label[16];
    for (unsigned i = 0; i < n; i++)
        label[i] = gen_label(g);
    gen_jump(g, label[gen_random(g, n < 3 ? n : 3)]);
    for (unsigned i = 0; i < n; i++) {
        gen_place(g, label[i]);
        gen_statements(g, 3);
        if (i + 1 == n) {
            gen_jump(g, done);
            break;
        }
        unsigned room = n - i - 1 < 4 ? n - i - 1 : 4, forward = label[i + 1 + gen_random(g, room)], kind = gen_random(g, 20);
        if (kind < 3) {
            gen_jump(g, forward);
        } else if (kind < 14) {
            struct op c = gen_condition(g);
            unsigned other = gen_random(g, n);
            if (other <= i)
                c = gen_both(g, c, gen_burn(g));
            gen_branch(g, c, label[other], forward);
        } else if (kind < 19) {
            struct type t;
            struct op s = gen_selector(g, &t), ok = gen_burn(g), sel = gen_name(g);
            gen_emit(g, "%s = select i1 %s, %s %s, %s 8", sel.s, ok.s, type_text(t), s.s, type_text(t));
            gen_raw(g, "  switch %s %s, label %%b%u [", type_text(t), sel.s, forward);
            unsigned cases = 1 + gen_random(g, 6), first = gen_random(g, 2);
            for (unsigned k = 0; k < cases; k++)
                gen_raw(g, " %s %u, label %%b%u", type_text(t), first + k, label[gen_random(g, n)]);
            gen_raw(g, " ]\n");
        } else {
            gen_jump(g, done);
        }
    }
}

/** Mostly: leave for somewhere else on a condition. */
static void leave(struct gen *g, struct nest *n)
{
    unsigned next = gen_label(g), target = n->done, kind = gen_random(g, 10);
    struct op c = gen_condition(g);
    if (kind < 4 && n->depth) {
        target = n->stop[gen_random(g, n->depth)];
    } else if (kind < 7 && n->depth) {
        /* Every loop burns at its head. */
        target = n->again[gen_random(g, n->depth)];
    } else if (kind < 9 && n->ahead_count) {
        target = n->ahead[gen_random(g, n->ahead_count)];
    }
    gen_branch(g, c, target, next);
    gen_place(g, next);
}

static void if_else(struct gen *g, struct nest *n, unsigned depth)
{
    unsigned yes = gen_label(g), no = gen_label(g), join = gen_label(g);
    bool has_else = gen_chance(g, 50);
    gen_branch(g, gen_condition(g), yes, has_else ? no : join);
    gen_place(g, yes);
    gen_region(g, n, depth - 1);
    gen_jump(g, join);
    if (has_else) {
        gen_place(g, no);
        gen_region(g, n, depth - 1);
        gen_jump(g, join);
    }
    gen_place(g, join);
}

static void loop(struct gen *g, struct nest *n, unsigned depth)
{
    if (n->depth == 6)
        return;
    unsigned head = gen_label(g), body = gen_label(g), middle = gen_label(g), out = gen_label(g), kind = gen_random(g, 3);
    bool entered = gen_chance(g, 20) && n->ahead_count < 8;
    if (entered)
        n->ahead[n->ahead_count++] = middle;
    if (entered && gen_chance(g, 50))
        gen_branch(g, gen_condition(g), middle, head);
    else
        gen_jump(g, head);
    gen_place(g, head);
    n->stop[n->depth] = out;
    n->again[n->depth++] = head;
    if (kind == 0) { /* while */
        struct op c = gen_condition(g);
        gen_branch(g, gen_both(g, c, gen_burn(g)), body, out);
    } else {
        gen_branch(g, gen_burn(g), body, out);
    }
    gen_place(g, body);
    gen_region(g, n, depth - 1);
    gen_jump(g, middle);
    gen_place(g, middle);
    if (entered)
        n->ahead_count--;
    gen_region(g, n, depth - 1);
    n->depth--;
    if (kind == 1) /* do ... while */
        gen_branch(g, gen_condition(g), head, out);
    else
        gen_jump(g, head);
    gen_place(g, out);
}

static void counted(struct gen *g, struct nest *n, unsigned depth)
{
    if (n->depth == 6)
        return;
    unsigned id = g->next_id++, head = gen_label(g), body = gen_label(g), next = gen_label(g), out = gen_label(g),
             before = gen_label(g);
    gen_jump(g, before);
    gen_place(g, before);
    gen_jump(g, head);
    gen_place(g, head);
    gen_emit(g, "%%i%u = phi i32 [ 0, %%b%u ], [ %%n%u, %%b%u ]", id, before, id, next);
    gen_emit(g, "%%c%u = icmp ult i32 %%i%u, %u", id, id, 1 + gen_random(g, 6));
    gen_emit(g, "br i1 %%c%u, label %%b%u, label %%b%u", id, body, out);
    gen_place(g, body);
    n->stop[n->depth] = out;
    n->again[n->depth++] = next;
    gen_region(g, n, depth - 1);
    n->depth--;
    gen_jump(g, next);
    gen_place(g, next);
    gen_emit(g, "%%n%u = add i32 %%i%u, 1", id, id);
    struct op ok = gen_burn(g);
    gen_branch(g, ok, head, out);
    gen_place(g, out);
}

static void switching(struct gen *g, struct nest *n, unsigned depth)
{
    struct type t;
    struct op s = gen_selector(g, &t);
    unsigned cases = 1 + gen_random(g, 5), label[6], out = gen_label(g);
    for (unsigned i = 0; i < cases; i++)
        label[i] = gen_label(g);
    bool full = gen_chance(g, 15); /* All eight values are there; the default cannot happen. */
    unsigned never = gen_label(g);
    gen_raw(g, "  switch %s %s, label %%b%u [", type_text(t), s.s, full ? never : gen_chance(g, 50) ? out : label[0]);
    for (unsigned i = 0; i < (full ? 8 : 7); i++)
        if (full || gen_chance(g, 60))
            gen_raw(g, " %s %u, label %%b%u", type_text(t), i, label[gen_random(g, cases)]);
    gen_raw(g, " ]\n");
    gen_place(g, never);
    gen_emit(g, "unreachable");
    for (unsigned i = 0; i < cases; i++) {
        gen_place(g, label[i]);
        gen_region(g, n, depth - 1);
        gen_jump(g, i + 1 < cases && gen_chance(g, 40) ? label[i + 1] : out); /* Sometimes falls through. */
    }
    gen_place(g, out);
}

void gen_region(struct gen *g, struct nest *n, unsigned depth)
{
    gen_statements(g, 2);
    for (unsigned k = gen_random(g, 3); k && depth && n->blocks < (gen_chance(g, 10) ? 40 : 12); k--) {
        n->blocks += 4;
        if (g->o->features & DIFF_SHAPES && gen_chance(g, 50)) {
            gen_shape(g, n, depth);
            gen_statements(g, 2);
            continue;
        }
        switch (gen_random(g, 8)) {
        case 0:
        case 1:
            if_else(g, n, depth);
            break;
        case 2:
        case 3:
            loop(g, n, depth);
            break;
        case 4:
            counted(g, n, depth);
            break;
        case 5:
            switching(g, n, depth);
            break;
        default:
            leave(g, n);
            break;
        }
        gen_statements(g, 2);
    }
}

static void control_flow(struct gen *g, unsigned done, unsigned depth)
{
    unsigned kind = gen_random(g, 10);
    struct nest n = {.done = done};
    if (kind < 3) {
        gen_graph(g, done);
    } else if (kind < 9) {
        gen_region(g, &n, depth);
        gen_region(g, &n, depth);
        gen_jump(g, done);
    } else {
        gen_statements(g, 12);
        gen_jump(g, done);
    }
}

/* ---- Functions
 * ---------------------------------------------------------------------------------------------------------------------- */

static void add_variables(struct gen *g, unsigned count)
{
    g->var_count = 0;
    for (unsigned i = 0; i < count; i++) {
        struct var *v = &g->vars[g->var_count++];
        v->type = i ? gen_type(g) : type_of(false, 32, 1);
        snprintf(v->name, sizeof v->name, "%%v%u", i);
        gen_emit(g, "%s = alloca %s", v->name, type_text(v->type));
    }
    gen_emit(g, "%%fuel = alloca i32");
    gen_emit(g, "store i32 %u, ptr %%fuel", 20 + gen_random(g, 60));
}

static void set_variables(struct gen *g)
{
    unsigned n = g->var_count;
    for (unsigned i = 0; i < n; i++) {
        struct op r = {""};
        strcpy(r.s, g->random);
        g->var_count = 0; /* None has a value yet. */
        struct op e = gen_from_word(g, r, g->vars[i].type);
        g->var_count = n;
        gen_emit(g, "store %s %s, ptr %s", type_text(g->vars[i].type), e.s, g->vars[i].name);
    }
}

static struct mem *add_memory(struct gen *g, const char *base, int space, unsigned bytes, bool writable)
{
    struct mem *m = &g->mems[g->mem_count++];
    *m = (struct mem){.space = space, .bytes = bytes, .writable = writable, .struct_view = -1};
    snprintf(m->base, sizeof m->base, "%s", base);
    if (!strcmp(base, "%l0") || gen_chance(g, 40))
        m->struct_view = g->struct_count ? (int)gen_random(g, g->struct_count) : -1;
    if (m->struct_view >= 0 && g->structs[m->struct_view].size > bytes)
        m->struct_view = -1;
    return m;
}

static void add_pointer(struct gen *g, int space, bool writable, const char *const *sources)
{
    struct pointer *p = &g->pointers[g->pointer_count];
    *p = (struct pointer){.space = space, .writable = writable};
    snprintf(p->name, sizeof p->name, "%%p%u", g->pointer_count);
    for (; *sources; sources++)
        for (unsigned i = 0; i < g->mem_count; i++)
            if (!strcmp(g->mems[i].base, *sources))
                p->sources[p->source_count++] = i;
    if (!p->source_count)
        return;
    gen_emit(g, "%s = alloca %s", p->name, gen_pointer_text(space));
    /* The memories have no contents yet: nothing is loaded here. */
    gen_emit(g, "store %s %s, ptr %s", gen_pointer_text(space), g->mems[p->sources[0]].base, p->name);
    g->pointer_count++;
}

static void make_structs(struct gen *g)
{
    g->struct_count = gen_random(g, 4);
    for (unsigned k = 0; k < g->struct_count; k++) {
        struct structure *s = &g->structs[k];
        *s = (struct structure){.packed = gen_chance(g, 30), .align = 1};
        gen_raw(g, "%%S%u = type %s{", k, s->packed ? "<" : "");
        for (unsigned i = 0, n = 1 + gen_random(g, MAX_MEMBERS); i < n; i++) {
            struct type t = gen_chance(g, 70) ? gen_int_type(g, 1) : gen_memory_type(g);
            unsigned array = gen_chance(g, 20) ? 1 + gen_random(g, 3) : 0, align = s->packed ? 1 : type_size(t);
            unsigned offset = (s->size + align - 1) / align * align, next = offset + type_size(t) * (array ? array : 1);
            if (next > 48 && s->count)
                break;
            if (next > 48) {
                t = type_of(false, 32, 1);
                array = 0;
                align = s->packed ? 1 : 4;
                next = 4;
                offset = 0;
            }
            s->member[s->count].type = t;
            s->member[s->count].array = array;
            s->member[s->count].offset = offset;
            if (array)
                gen_raw(g, "%s [%u x %s]", s->count ? "," : "", array, type_text(t));
            else
                gen_raw(g, "%s %s", s->count ? "," : "", type_text(t));
            s->count++;
            s->size = next;
            if (align > s->align)
                s->align = align;
        }
        s->size = (s->size + s->align - 1) / s->align * s->align;
        if (s->align > 16) /* Memories are aligned to 16. */
            s->align = 16;
        gen_raw(g, " }%s\n", s->packed ? ">" : "");
    }
}

/**
 * Constant of a table. LLVM fills the padding behind three equal lanes with their byte and that behind others with zeros; the
 * tables are read as other types, too, so that only zeros may be there.
 */
static struct op table_constant(struct gen *g, struct type t)
{
    struct op c = gen_constant(g, t);
    const char *second = strchr(c.s, ','), *third = second ? strchr(second + 1, ',') : NULL;
    if (t.lanes != 3 || !third)
        return c;
    size_t n = (size_t)(third - second) - 2; /* "<A, A, A>" */
    if (n == (size_t)(second - c.s) - 1 && !strncmp(c.s + 1, second + 2, n) && !strncmp(c.s + 1, third + 2, n) &&
        third[2 + n] == '>')
        strcpy(c.s, "zeroinitializer");
    return c;
}

static void make_tables(struct gen *g)
{
    for (unsigned k = 0; k < 2; k++) {
        /* 64 bytes: vectors, scalars, structs. */
        struct type t = gen_memory_type(g);
        bool in_struct = t.lanes == 1 && t.bits <= 32 && gen_chance(g, 30);
        unsigned count = 64 / type_size(t) / (in_struct ? 2 : 1);
        char element[64];
        if (in_struct)
            snprintf(element, sizeof element, "{ %s, [1 x %s] }", type_text(t), type_text(t));
        else
            snprintf(element, sizeof element, "%s", type_text(t));
        gen_raw(g, "@table%u = internal addrspace(2) constant [%u x %s] [", k, count, element);
        for (unsigned i = 0; i < count; i++) {
            struct op x = table_constant(g, t), y = table_constant(g, t);
            if (in_struct)
                gen_raw(g, "%s%s { %s %s, [1 x %s] [%s %s] }", i ? ", " : "", element, type_text(t), x.s, type_text(t),
                        type_text(t), y.s);
            else
                gen_raw(g, "%s%s %s", i ? ", " : "", element, x.s);
        }
        gen_raw(g, "], align 16\n");
    }
    gen_raw(g, "@shared0 = internal addrspace(3) global [%u x [%u x i8]] undef, align 16\n", DIFF_GROUP, 64);
    gen_raw(g, "@shared1 = internal addrspace(3) global [%u x [16 x i32]] undef, align 16\n", DIFF_GROUP);
    gen_raw(g, "@shared2 = internal addrspace(3) global [%u x [4 x i32]] undef, align 16\n", DIFF_GROUP);
}

/** Small functions that the kernel calls with its own memory. */
static void make_helpers(struct gen *g)
{
    g->helper_count = gen_chance(g, 30) ? 1 + gen_random(g, 2) : 0;
    g->in_helper = true;
    for (unsigned k = 0; k < g->helper_count; k++) {
        struct helper *h = &g->helpers[k];
        *h = (struct helper){gen_type(g), gen_type(g), gen_type(g)};
        gen_raw(g, "define internal fastcc %s @helper%u(i32 %%rnd, ptr addrspace(1) %%sa, ptr %%l0, %s %%x, %s %%y)%s {\nentry:\n",
                type_text(h->result), k, type_text(h->a), type_text(h->b),
                g->o->features & DIFF_SHAPES && gen_chance(g, 50) ? " noinline" : "");
        strcpy(g->random, "%rnd");
        g->mem_count = g->pointer_count = 0;
        add_memory(g, "%sa", 1, DIFF_SLICE, true);
        add_memory(g, "%l0", 0, 64, true);
        add_memory(g, "@table0", 2, 64, false);
        g->expr_left = 10;
        g->packed = gen_chance(g, 10);
        add_variables(g, 4);
        g->vars[1].type = h->result;
        gen_emit(g, "%%result = alloca %s", type_text(h->result));
        snprintf(g->vars[1].name, sizeof g->vars[1].name, "%%result");
        set_variables(g);
        const char *names[2] = {"%x", "%y"};
        const struct type types[2] = {h->a, h->b};
        for (unsigned i = 0; i < 2; i++) {
            struct var *v = &g->vars[g->var_count++];
            v->type = types[i];
            snprintf(v->name, sizeof v->name, "%%p%c", names[i][1]);
            gen_emit(g, "%s = alloca %s", v->name, type_text(v->type));
            gen_emit(g, "store %s %s, ptr %s", type_text(v->type), names[i], v->name);
        }
        unsigned done = gen_label(g);
        control_flow(g, done, 1);
        gen_place(g, done);
        struct op r = gen_name(g);
        gen_emit(g, "%s = load %s, ptr %%result", r.s, type_text(h->result));
        gen_emit(g, "ret %s %s", type_text(h->result), r.s);
        gen_raw(g, "}\n");
    }
    g->in_helper = false;
    g->helpers_usable = g->helper_count;
}

static void make_slices(struct gen *g)
{
    gen_emit(g, "%%rp = getelementptr i32, ptr addrspace(1) %%in, i32 %%tid");
    gen_emit(g, "%%rnd = load i32, ptr addrspace(1) %%rp, align 4");
    gen_emit(g, "%%wide = zext i32 %%tid to i64");
    gen_emit(g, "%%sa = getelementptr [%u x i8], ptr addrspace(1) %%a, i64 %%wide", DIFF_SLICE);
    gen_emit(g, "%%sb = getelementptr [%u x i8], ptr addrspace(1) %%b, i64 %%wide", DIFF_SLICE);
    gen_emit(g, "%%so = getelementptr [%u x i8], ptr addrspace(1) %%out, i64 %%wide", DIFF_OUT);
    gen_emit(g, "%%st = getelementptr [%u x i8], ptr addrspace(3) %%tg, i32 %%lid", DIFF_SHARED);
    gen_emit(g, "%%s0 = getelementptr [64 x i8], ptr addrspace(3) @shared0, i32 %%lid");
    gen_emit(g, "%%s1 = getelementptr [%u x [16 x i32]], ptr addrspace(3) @shared1, i64 0, i32 %%lid", DIFF_GROUP);
    gen_emit(g, "%%counters = getelementptr [%u x [4 x i32]], ptr addrspace(3) @shared2, i64 0, i32 %%lid", DIFF_GROUP);
    gen_emit(g, "%%expected = alloca i32");
}

static void each_memory(struct gen *g, struct type local, bool first);

/**
 * A loop over all memories of the thread: gives them their first contents, or stores what they hold to the end of the output. Only
 * the ones that the kernel uses are there.
 */
static void each_memory(struct gen *g, struct type local, bool first)
{
    unsigned id = g->next_id++, at = 512;
    char tag[24];
    snprintf(tag, sizeof tag, "%s%u", first ? "set" : "get", id);
    gen_emit(g, "br label %%%s.pre", tag);
    gen_raw(g, "%s.pre:\n", tag);
    gen_emit(g, "br label %%%s", tag);
    gen_raw(g, "%s:\n", tag);
    gen_emit(g, "%%%s.i = phi i32 [ 0, %%%s.pre ], [ %%%s.n, %%%s ]", tag, tag, tag, tag);
    gen_emit(g, "%%%s.v = mul i32 %%%s.i, 16843010", tag, tag);
    for (unsigned i = 0; i < g->mem_count; i++) {
        const struct mem *m = &g->mems[i];
        if (!m->private)
            continue;
        struct type t = m->typed ? local : type_of(false, 32, 1);
        const char *space = gen_pointer_text(m->space);
        struct op p = gen_name(g), v = gen_name(g), q = gen_name(g);
        unsigned steps = type_size(t) == 8 ? 2 : 1; /* Sixteen rounds cover narrow elements once, the wide ones twice. */
        struct op index = {""};
        snprintf(index.s, sizeof index.s, "%%%s.i", tag);
        if (steps == 2) {
            struct op half = gen_name(g);
            gen_emit(g, "%s = and i32 %s, 7", half.s, index.s);
            index = half;
        }
        gen_emit(g, "%s = getelementptr %s, %s %s, i32 %s", p.s, type_text(t), space, m->base, index.s);
        if (first) {
            struct op w = {"2.5"};
            if (!t.is_float) {
                snprintf(v.s, sizeof v.s, "%%%s.v", tag);
                w = gen_from_word(g, v, t);
            }
            gen_emit(g, "store %s %s, %s %s, align %u", type_text(t), w.s, space, p.s, type_size(t));
        } else {
            gen_emit(g, "%s = load %s, %s %s, align %u", v.s, type_text(t), space, p.s, type_size(t));
            gen_emit(g, "%s = getelementptr %s, ptr addrspace(1) %%so, i32 %s", q.s, type_text(t), index.s);
            struct op r = gen_name(g);
            gen_emit(g, "%s = getelementptr i8, ptr addrspace(1) %s, i64 %u", r.s, q.s, at);
            gen_emit(g, "store %s %s, ptr addrspace(1) %s, align %u", type_text(t), v.s, r.s, type_size(t));
        }
        at += 64;
    }
    gen_emit(g, "%%%s.n = add i32 %%%s.i, 1", tag, tag);
    gen_emit(g, "%%%s.c = icmp ult i32 %%%s.n, 16", tag, tag);
    gen_emit(g, "br i1 %%%s.c, label %%%s, label %%%s.end", tag, tag, tag);
    gen_raw(g, "%s.end:\n", tag);
    if (!first)
        return;
    for (unsigned i = 0; i < 4; i++) {
        gen_emit(g, "%%k%u = getelementptr i32, ptr addrspace(3) %%counters, i64 %u", i, i);
        gen_emit(g, "store i32 %u, ptr addrspace(3) %%k%u, align 4", i * 1000, i);
    }
    if (gen_chance(g, 4)) { /* Rare: barriers make the software driver's compiler slow. */
        gen_declare(g, "declare void @air.wg.barrier(i32, i32)");
        gen_emit(g, "call void @air.wg.barrier(i32 2, i32 1)");
    }
}

/** Thread memory that is accessed in many ways, and one that is accessed as one type. */
static struct type make_locals(struct gen *g)
{
    static const char *const forms[] = {"[16 x i32]", "[64 x i8]", "[8 x i64]", "[2 x [2 x <4 x float>]]",
                                        "[4 x { i32, [3 x i32] }]"};
    for (unsigned i = 0; i < 2; i++) {
        gen_emit(g, "%%l%u = alloca %s, align 16", i, forms[gen_random(g, 5)]);
    }
    struct type t = gen_chance(g, 50) ? gen_int_type(g, 1) : gen_float_type(g, 1);
    gen_emit(g, "%%lt = alloca [%u x %s], align 16", 64 / type_size(t), type_text(t));
    return t;
}

static void store_results(struct gen *g, struct type local)
{
    for (unsigned i = 0; i < g->var_count; i++) {
        struct op v = gen_name(g), p = gen_name(g);
        struct type t = g->vars[i].type;
        gen_emit(g, "%s = load %s, ptr %s", v.s, type_text(t), g->vars[i].name);
        if (t.bits == 1) {
            struct op w = gen_name(g);
            struct type wide = type_of(false, 32, t.lanes);
            gen_emit(g, "%s = zext %s %s to %s", w.s, type_text(t), v.s, type_text(wide));
            v = w;
            t = wide;
        }
        gen_emit(g, "%s = getelementptr i8, ptr addrspace(1) %%so, i64 %u", p.s, i * 32);
        gen_emit(g, "store %s %s, ptr addrspace(1) %s, align 16", type_text(t), v.s, p.s);
    }
    each_memory(g, local, false);
}

static void make_kernel(struct gen *g)
{
    gen_raw(g, "define void @k(ptr addrspace(1) %%in, ptr addrspace(2) %%con, ptr addrspace(1) %%a, ptr addrspace(1) %%b, "
               "ptr addrspace(1) %%out, ptr addrspace(3) %%tg, i32 %%tid, i32 %%lid) {\nentry:\n");
    strcpy(g->random, "%rnd");
    g->mem_count = g->pointer_count = 0;
    g->expr_left = 5 + (int)gen_random(g, gen_chance(g, 5) ? 50 : 10);
    g->packed = gen_chance(g, 15);
    make_slices(g);
    struct type local = make_locals(g);
    add_variables(g, 2 + gen_random(g, 5));
    set_variables(g);
    static const struct {
        const char *base;
        int space;
        unsigned bytes;
        bool writable, private;
    } memories[] = {
        {"%in", 1, DIFF_IN, false, false},   {"%con", 2, DIFF_CON, false, false}, {"%sa", 1, DIFF_SLICE, true, false},
        {"%sb", 1, DIFF_SLICE, true, false}, {"%l0", 0, 64, true, true},          {"%l1", 0, 64, true, true},
        {"%st", 3, DIFF_SHARED, true, true}, {"%s0", 3, 64, true, true},          {"%s1", 3, 64, true, true},
        {"@table0", 2, 64, false, false},    {"@table1", 2, 64, false, false},    {"%lt", 0, 64, true, true},
    };
    for (unsigned i = 0; i < sizeof memories / sizeof *memories; i++) {
        /* The slice is always there: it takes every type and is writable; helpers get the first local. */
        if (strcmp(memories[i].base, "%sa") && (strcmp(memories[i].base, "%l0") || !g->helper_count) && !gen_chance(g, 25))
            continue;
        struct mem *m = add_memory(g, memories[i].base, memories[i].space, memories[i].bytes, memories[i].writable);
        m->private = memories[i].private;
        if (strcmp(m->base, "%lt"))
            continue;
        m->typed = true;
        m->only = local;
        m->bytes = 16 * type_size(local) < 64 ? 16 * type_size(local) : 64;
        m->struct_view = -1;
    }
    if (gen_chance(g, 50))
        add_pointer(g, 1, true, (const char *const[]){"%sa", "%sb", NULL});
    if (gen_chance(g, 30))
        add_pointer(g, 1, false, (const char *const[]){"%sa", "%in", "%sb", NULL});
    if (gen_chance(g, 40))
        add_pointer(g, 0, true, (const char *const[]){"%l0", "%l1", NULL});
    if (gen_chance(g, 30))
        add_pointer(g, 3, true, (const char *const[]){"%s0", "%s1", NULL});
    if (gen_chance(g, 30))
        add_pointer(g, 2, false,
                    gen_chance(g, 50) ? (const char *const[]){"@table0", "@table1", NULL} : (const char *const[]){"%con", NULL});
    if (gen_chance(g, 20))
        make_list(g);
    if (g->o->features & DIFF_SHAPES)
        gen_tables(g);
    each_memory(g, local, true); /* Ends the block that holds all allocas. */
    unsigned done = gen_label(g);
    control_flow(g, done, 3);
    gen_place(g, done);
    store_results(g, local);
    gen_emit(g, "ret void");
    gen_raw(g, "}\n");
}

static const char header[] =
    "target datalayout = \"e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-"
    "v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32\"\n"
    "target triple = \"air64-apple-macosx14.0.0\"\n";

static void make_metadata(struct gen *g)
{
    static const char *const names[] = {"in", "con", "a", "b", "out"};
    gen_raw(g, "!air.kernel = !{!0}\n!0 = !{ptr @k, !1, !2}\n!1 = !{}\n!2 = !{!3, !4, !5, !6, !7, !8, !9, !10}\n");
    for (unsigned i = 0; i < DIFF_BUFFERS; i++)
        gen_raw(
            g,
            "!%u = !{i32 %u, !\"air.buffer\", !\"air.location_index\", i32 %u, i32 1, !\"air.%s\", !\"air.address_space\", i32 %d, "
            "!\"air.arg_type_name\", !\"uint\", !\"air.arg_name\", !\"%s\"}\n",
            3 + i, i, i, i < 2 ? "read" : "read_write", i == 1 ? 2 : 1, names[i]);
    gen_raw(
        g,
        "!8 = !{i32 5, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", !\"air.address_space\", i32 3, "
        "!\"air.arg_type_name\", !\"uint\", !\"air.arg_name\", !\"tg\"}\n"
        "!9 = !{i32 6, !\"air.thread_position_in_grid\", !\"air.arg_type_name\", !\"uint\"}\n"
        "!10 = !{i32 7, !\"air.thread_index_in_threadgroup\", !\"air.arg_type_name\", !\"uint\"}\n");
}

char *diff_generate(const struct diff_options *o, size_t *size, size_t *statements)
{
    struct gen g = {.o = o, .rng = o->seed * 0xD1342543DE82EF95u + 1};
    gen_raw(&g, "%s", header);
    make_structs(&g);
    make_tables(&g);
    make_helpers(&g);
    make_kernel(&g);
    make_metadata(&g);
    if (g.decls_len)
        put(&g.text, &g.len, &g.cap, g.decls, g.decls_len);
    free(g.decls);
    *size = g.len;
    if (statements)
        *statements = g.statement;
    return g.text;
}

/* ---- Data
 * --------------------------------------------------------------------------------------------------------------------------- */

static void fill_special(uint8_t *con)
{
    static const uint64_t ints[] = {0,
                                    UINT64_MAX,
                                    1,
                                    0x8000000000000000u,
                                    0x7FFFFFFFFFFFFFFFu,
                                    0x0000000080000000u,
                                    0x7FFF7FFF7FFF7FFFu,
                                    0x8080808080808080u,
                                    0x7F7F7F7F7F7F7F7Fu,
                                    0x8000800080008000u,
                                    2,
                                    0x00000000FFFFFFFFu,
                                    31,
                                    64,
                                    0x0000800000008000u,
                                    0xFF};
    static const float floats[] = {0,
                                   -0.0f,
                                   1,
                                   -1,
                                   0.5f,
                                   -0.5f,
                                   1.5f,
                                   2.5f,
                                   127.5f,
                                   128,
                                   255.5f,
                                   256,
                                   -128,
                                   -129,
                                   32767.5f,
                                   32768,
                                   65535,
                                   65536,
                                   -32769,
                                   65535.9f,
                                   2147483520.f,
                                   2147483648.f,
                                   -2147483648.f,
                                   4294967296.f,
                                   9.2e18f,
                                   1.9e19f,
                                   1e30f,
                                   -1e30f,
                                   __builtin_inff(),
                                   -__builtin_inff(),
                                   __builtin_nanf(""),
                                   -3.75f};
    static const uint16_t halves[] = {0,      0x8000, 0x3C00, 0xBC00, 0x7BFF, 0xFBFF, 0x7C00, 0xFC00,
                                      0x7E00, 0x5BF8, 0x5C00, 0x5800, 0xD800, 0x3800, 0x4100, 0xC100};
    memcpy(con, ints, sizeof ints);
    memcpy(con + 128, floats, sizeof floats);
    for (unsigned i = 0; i < 4; i++)
        memcpy(con + 256 + 32 * i, halves, sizeof halves);
}

static void fill(uint64_t *s, uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t r = next_random(s);
        p[i] = (uint8_t)(r >> 56);
        if ((r & 15) == 0)
            p[i] = r & 16 ? 0xFF : 0;
    }
}

void diff_fill(uint64_t seed, uint8_t *in, uint8_t *con, uint8_t *a, uint8_t *b)
{
    uint64_t s = seed ^ 0x5DEECE66Du;
    fill(&s, in, DIFF_IN);
    fill(&s, con, DIFF_CON);
    fill(&s, a, (size_t)DIFF_SLICE * DIFF_THREADS);
    fill(&s, b, (size_t)DIFF_SLICE * DIFF_THREADS);
    fill_special(con);
}
