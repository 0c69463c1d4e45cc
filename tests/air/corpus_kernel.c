/* SPDX-License-Identifier: MIT */
/**
 * @file Kernels: the CPU machine runs twice, the second time with threads in the opposite order, functions off by their last bits
 * and other contents of fresh threadgroup memory. What differs between the two is not determined by the kernel and is left out.
 */
#include "tests/air/corpus_check.h"
#include "tests/air/corpus_reference.h"
#include "tests/air/corpus_setup.h"
#include "tests/air/runner.h"

#include "util/log.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Comparison ----------------------------------------------------------------------------------------------------------- */

struct snapshots {
    const uint8_t *before, *cpu, *again, *gpu;
};

static double value_of(const uint8_t *at, enum case_element element, uint32_t bytes)
{
    const struct jit_type t = {.kind = element == ELEMENT_BFLOAT ? JIT_BFLOAT
                                       : element == ELEMENT_INT  ? JIT_INT
                                                                 : JIT_FLOAT,
                               .bits = (uint16_t)(bytes * 8),
                               .lanes = 1,
                               .lane_size = bytes};
    return cpu_get(at, &t, 0);
}

static double relative(enum case_element element)
{
    return element == ELEMENT_HALF ? 8e-3 : element == ELEMENT_BFLOAT ? 4e-2 : 2e-4;
}

struct tally {
    uint32_t changed, compared, left, wrong;
    uint32_t order; /**< Integers that depend on the order of threads. */
    double scale;   /**< Largest magnitude in the buffer: sums may cancel. */
};

/** @return 0 equal, 1 different, 2 undetermined. */
static int compare_element(const struct snapshots *s, size_t at, enum case_element element, uint32_t bytes, double scale)
{
    if (element == ELEMENT_INT || element == ELEMENT_BYTES) {
        if (memcmp(s->cpu + at, s->again + at, bytes) != 0)
            return 2;
        return memcmp(s->cpu + at, s->gpu + at, bytes) != 0;
    }
    double a = value_of(s->cpu + at, element, bytes), b = value_of(s->again + at, element, bytes);
    double g = value_of(s->gpu + at, element, bytes);
    if (isnan(a) || isinf(a))
        return isnan(a) == isnan(b) && isinf(a) == isinf(b) ? (isnan(a) ? !isnan(g) : g != a) : 2;
    double tolerance = relative(element) * (fabs(a) + scale * 0.05) + 4 * fabs(a - b);
    if (!(fabs(a - b) <= relative(element) * (fabs(a) + scale)))
        return 2;
    return !(fabs(a - g) <= tolerance);
}

static double largest(const struct case_buffer *b, const uint8_t *data)
{
    double most = 0;
    for (uint32_t at = 0; at + b->layout.stride <= CASE_SLOT; at += b->layout.stride)
        for (uint32_t f = 0; f < b->layout.count; f++) {
            if (b->layout.fields[f].element == ELEMENT_INT)
                continue;
            double v =
                fabs(value_of(data + at + b->layout.fields[f].offset, b->layout.fields[f].element, b->layout.fields[f].bytes));
            if (v > most && !isinf(v))
                most = v;
        }
    return most;
}

static int order(const void *a, const void *b)
{
    return memcmp(a, b, 4);
}

/** Lists in any order: the same words, whatever their places. */
static bool same_words(const uint8_t *x, const uint8_t *y)
{
    uint8_t *copy[2] = {malloc(CASE_SLOT), malloc(CASE_SLOT)};
    memcpy(copy[0], x, CASE_SLOT);
    memcpy(copy[1], y, CASE_SLOT);
    qsort(copy[0], CASE_SLOT / 4, 4, order);
    qsort(copy[1], CASE_SLOT / 4, 4, order);
    bool same = !memcmp(copy[0], copy[1], CASE_SLOT);
    free(copy[0]);
    free(copy[1]);
    return same;
}

static void compare_buffer(const struct case_buffer *b, const struct snapshots *s, struct tally *t, struct outcome *out)
{
    struct tally own = {.scale = largest(b, s->cpu)};
    uint32_t first = UINT32_MAX;
    for (uint32_t at = 0; at + b->layout.stride <= CASE_SLOT; at += b->layout.stride) {
        for (uint32_t f = 0; f < b->layout.count; f++) {
            uint32_t p = at + b->layout.fields[f].offset, bytes = b->layout.fields[f].bytes;
            bool changed = memcmp(s->before + p, s->cpu + p, bytes) != 0;
            int verdict = compare_element(s, p, b->layout.fields[f].element, bytes, own.scale);
            own.changed += changed;
            own.compared += changed && verdict != 2;
            own.left += verdict == 2;
            own.wrong += verdict == 1;
            own.order += verdict == 2 && b->layout.fields[f].element == ELEMENT_INT;
            if (verdict == 1 && first == UINT32_MAX)
                first = p;
        }
    }
    if (own.left && same_words(s->cpu, s->again)) {
        own.wrong = !same_words(s->cpu, s->gpu);
        own.compared = own.changed;
        own.left = 0;
        first = 0;
    } else if (own.order) {
        /* Threads race for places: two orders do not show every outcome. */
        own.left += own.wrong;
        own.compared -= own.compared < own.wrong ? own.compared : own.wrong;
        own.wrong = 0;
    }
    t->changed += own.changed;
    t->compared += own.compared;
    t->left += own.left;
    t->wrong += own.wrong;
    if (!own.wrong || out->detail.message[0])
        return;
    enum case_element element = b->layout.fields[0].element;
    for (uint32_t f = 0; f < b->layout.count; f++)
        if (first % b->layout.stride == b->layout.fields[f].offset)
            element = b->layout.fields[f].element;
    uint32_t bytes = element == ELEMENT_INT ? b->layout.fields[0].bytes : element == ELEMENT_FLOAT ? 4 : 2;
    pvg_error_set(&out->detail, "%s at byte %u: device %g, CPU %g (%u wrong)", b->arg->name, first,
                  value_of(s->gpu + first, element, bytes), value_of(s->cpu + first, element, bytes), own.wrong);
}

static void compare_texels(const struct case_texture *x, const uint32_t *before, const uint32_t *cpu, const uint32_t *again,
                           const uint32_t *gpu, struct tally *t, struct outcome *out)
{
    size_t words = cpu_texture_bytes(&x->texture) / 4;
    const struct snapshots s = {(const uint8_t *)before, (const uint8_t *)cpu, (const uint8_t *)again, (const uint8_t *)gpu};
    for (size_t i = 0; i < words; i++) {
        bool changed = before[i] != cpu[i];
        int verdict = compare_element(&s, i * 4, x->texture.integer ? ELEMENT_INT : ELEMENT_FLOAT, 4, 1);
        t->changed += changed;
        t->compared += changed && verdict != 2;
        t->left += verdict == 2;
        t->wrong += verdict == 1;
        if (verdict == 1 && !out->detail.message[0])
            pvg_error_set(&out->detail, "texture %s, word %zu: device %g, CPU %g", x->arg->name, i,
                          value_of(s.gpu + i * 4, x->texture.integer ? ELEMENT_INT : ELEMENT_FLOAT, 4),
                          value_of(s.cpu + i * 4, x->texture.integer ? ELEMENT_INT : ELEMENT_FLOAT, 4));
    }
}

/* ---- Runs ----------------------------------------------------------------------------------------------------------------- */

/** What stays the same in all attempts. */
struct plan {
    const char *function;
    struct cpu_grid grid;
    const struct pvg_air_constant_value *constants;
    uint32_t constant_count;
    reference_fn *reference;
};

/** Contents of arena and textures at one time. */
struct state {
    uint8_t *arena;
    uint32_t *texels[16];
};

static void save(const struct test_case *c, struct state *s)
{
    s->arena = malloc(c->arena_size);
    memcpy(s->arena, c->arena, c->arena_size);
    for (uint32_t i = 0; i < c->texture_count; i++) {
        size_t bytes = cpu_texture_bytes(&c->textures[i].texture);
        s->texels[i] = malloc(bytes);
        memcpy(s->texels[i], c->textures[i].texture.texels, bytes);
    }
}

static void restore(struct test_case *c, const struct state *s)
{
    memcpy(c->arena, s->arena, c->arena_size);
    for (uint32_t i = 0; i < c->texture_count; i++)
        memcpy(c->textures[i].texture.texels, s->texels[i], cpu_texture_bytes(&c->textures[i].texture));
}

static void drop(const struct test_case *c, struct state *s)
{
    free(s->arena);
    for (uint32_t i = 0; i < c->texture_count; i++)
        free(s->texels[i]);
    memset(s, 0, sizeof *s);
}

static bool run_device(struct runner *r, const struct pvg_air_shader *shader, struct test_case *c, const struct cpu_grid *g)
{
    struct run_buffer buffers[31];
    struct run_texture textures[16];
    struct run_sampler samplers[16];
    struct run run = {
        .arena = c->arena, .arena_size = c->arena_size, .buffers = buffers, .textures = textures, .samplers = samplers};
    memset(buffers, 0, sizeof buffers);
    for (uint32_t i = 0; i < c->buffer_count; i++)
        buffers[run.buffer_count++] = (struct run_buffer){.index = (uint16_t)c->buffers[i].index,
                                                          .data = c->buffers[i].data,
                                                          .size = (uint32_t)(c->arena + c->arena_size - c->buffers[i].data)};
    for (uint32_t i = 0; i < c->texture_count; i++)
        textures[run.texture_count++] =
            (struct run_texture){.index = (uint16_t)c->textures[i].index,
                                 .width = c->textures[i].texture.width,
                                 .height = c->textures[i].texture.height,
                                 .depth = c->textures[i].texture.dim == CPU_3D ? c->textures[i].texture.depth : 0,
                                 .cls = !c->textures[i].texture.integer ? PVG_AIR_FLOAT
                                        : c->textures[i].is_signed      ? PVG_AIR_SINT
                                                                        : PVG_AIR_UINT,
                                 .texels = c->textures[i].texture.texels};
    for (uint16_t i = 0; i < 16; i++)
        if (c->sampler_mask >> i & 1)
            samplers[run.sampler_count++] = (struct run_sampler){.index = i, .linear = true};
    memcpy(run.groups, g->groups, sizeof run.groups);
    memcpy(run.threads, g->threads, sizeof run.threads);
    memcpy(run.threadgroup_bytes, c->threadgroup_bytes, sizeof run.threadgroup_bytes);
    return runner_kernel(r, shader, &run);
}

static void judge(const struct test_case *c, const struct state s[4], struct outcome *out)
{
    struct tally t = {0};
    for (uint32_t i = 0; i < c->buffer_count; i++) {
        size_t at = (size_t)(c->buffers[i].data - c->arena);
        const struct snapshots own = {s[0].arena + at, s[1].arena + at, s[2].arena + at, s[3].arena + at};
        compare_buffer(&c->buffers[i], &own, &t, out);
    }
    for (uint32_t i = 0; i < c->texture_count; i++)
        compare_texels(&c->textures[i], s[0].texels[i], s[1].texels[i], s[2].texels[i], s[3].texels[i], &t, out);
    out->compared = t.compared;
    out->left = t.left;
    out->verdict = t.wrong                        ? VERDICT_DIFFERENT
                   : !t.changed                   ? VERDICT_IDLE
                   : t.compared < t.changed / 2.0 ? VERDICT_UNSTABLE
                                                  : VERDICT_SAME;
}

/** The same kernel in C, where there is one, instead of the CPU machine. */
static void judge_directly(const struct plan *plan, struct test_case *c, struct state s[4], struct outcome *out)
{
    struct outcome own = {.verdict = VERDICT_IDLE};
    const struct reference_run run = {.c = c,
                                      .grid = &plan->grid,
                                      .constants = plan->constants,
                                      .constant_count = plan->constant_count,
                                      .function = plan->function};
    struct state direct[4] = {s[0]};
    restore(c, &s[0]);
    plan->reference(&run);
    save(c, &direct[1]);
    direct[2] = direct[1];
    direct[3] = s[3];
    judge(c, direct, &own);
    drop(c, &direct[1]);
    out->referenced = own.compared;
    if (own.verdict == VERDICT_SAME)
        return;
    out->verdict = VERDICT_DIFFERENT;
    pvg_error_set(&out->detail, "reference in C: %s", own.detail.message);
}

static void attempt(struct runner *r, struct cpu *cpu, const struct pvg_air_shader *shader, const struct case_choice *choice,
                    const struct plan *plan, uint8_t *arena, struct outcome *out)
{
    const struct cpu_grid *grid = &plan->grid;
    static const struct cpu_variation exact, varied = {.wobble = 1e-6, .reversed = true, .seed = 1, .fill = 0x3C};
    struct test_case c;
    struct cpu_bindings b;
    struct state s[4] = {0};
    memset(out, 0, sizeof *out);
    out->verdict = VERDICT_UNKNOWN;
    if (!case_make(&c, cpu_entry(cpu), choice, arena, &out->detail)) {
        case_free(&c);
        return;
    }
    case_bind(&c, &b);
    save(&c, &s[0]);
    enum cpu_outcome first = cpu_dispatch(cpu, &b, grid, &exact, &out->detail);
    out->verdict = VERDICT_FAULT;
    if (first == CPU_DONE) {
        save(&c, &s[1]);
        restore(&c, &s[0]);
        first = cpu_dispatch(cpu, &b, grid, &varied, &out->detail);
        save(&c, &s[2]);
    }
    if (first == CPU_DONE) {
        bool idle = !memcmp(s[0].arena, s[1].arena, c.arena_size);
        for (uint32_t i = 0; i < c.texture_count; i++)
            idle &= !memcmp(s[0].texels[i], s[1].texels[i], cpu_texture_bytes(&c.textures[i].texture));
        out->verdict = VERDICT_IDLE;
        restore(&c, &s[0]);
        if (!idle) {
            if (run_device(r, shader, &c, grid)) {
                save(&c, &s[3]);
                judge(&c, s, out);
                if (plan->reference && out->verdict == VERDICT_SAME)
                    judge_directly(plan, &c, s, out);
            } else {
                bool large = shader->reflection.static_threadgroup_bytes > runner_threadgroup_bytes(r);
                out->verdict = large ? VERDICT_REFUSED : VERDICT_DIFFERENT;
                pvg_error_set(&out->detail, large ? "more threadgroup memory than the device has" : "no pipeline");
            }
        }
    }
    for (int i = 0; i < 4; i++)
        drop(&c, &s[i]);
    case_free(&c);
}

/* ---- Choices -------------------------------------------------------------------------------------------------------------- */

static uint32_t name_seed(const char *name)
{
    uint32_t h = 2166136261u;
    for (; *name; name++)
        h = (h ^ (uint8_t)*name) * 16777619u;
    return h;
}

static uint32_t choose_constants(const struct pvg_metallib_function *fn, const struct setup *setup, unsigned variant,
                                 struct pvg_air_constant_value *values)
{
    enum { TYPE_FLOAT = 3, TYPE_BOOL = 53 }; /* MTLDataType */
    uint32_t count = fn->constant_count < CASE_MAX_CONSTANTS ? (uint32_t)fn->constant_count : CASE_MAX_CONSTANTS;
    for (uint32_t i = 0; i < count; i++) {
        float f = 0.75f;
        uint32_t bits;
        memcpy(&bits, &f, 4);
        values[i].index = fn->constants[i].index;
        values[i].bits = fn->constants[i].data_type == TYPE_BOOL    ? variant & 1
                         : fn->constants[i].data_type == TYPE_FLOAT ? bits
                                                                    : 2;
        for (size_t k = 0; k < 8 && (setup->constants[k].values[0] || setup->constants[k].values[1]); k++)
            if (setup->constants[k].index == values[i].index)
                values[i].bits = setup->constants[k].values[variant & 1];
    }
    return count;
}

static size_t override_count(const struct setup *setup)
{
    size_t n = 0;
    while (n < sizeof setup->overrides / sizeof *setup->overrides && setup->overrides[n].name)
        n++;
    return n;
}

/** Matrix-vector kernels tell the blocks of a threadgroup by their names: one simdgroup's lanes times bm times bn. */
static bool blocks_of(const char *name, uint32_t width, uint32_t threads[3])
{
    const char *p = strstr(name, "_bm");
    unsigned m, n;
    if (strncmp(name, "gemv_", 5) != 0 || !p || sscanf(p, "_bm%u_bn%u", &m, &n) != 2)
        return false;
    threads[0] = width;
    threads[1] = n;
    threads[2] = m;
    return true;
}

static unsigned position_lanes(const struct cpu_entry *e)
{
    unsigned lanes = 1;
    for (uint32_t i = 0; i < e->arg_count; i++)
        if (e->args[i].kind == CPU_ARG_BUILTIN && (!strcmp(e->args[i].what, "thread_position_in_grid")) &&
            e->args[i].value.lanes > lanes)
            lanes = e->args[i].value.lanes;
    return lanes;
}

static void choose_grid(struct runner *r, const struct cpu_entry *e, const char *name, const struct setup *setup,
                        struct cpu_grid *g)
{
    static const uint32_t threads[4][3] = {{64, 1, 1}, {64, 1, 1}, {8, 8, 1}, {8, 4, 2}},
                          groups[4][3] = {{2, 1, 1}, {2, 1, 1}, {2, 2, 1}, {2, 2, 1}};
    unsigned lanes = position_lanes(e);
    memcpy(g->threads, setup->threads[0] ? setup->threads : threads[lanes], sizeof g->threads);
    memcpy(g->groups, setup->groups[0] ? setup->groups : groups[lanes], sizeof g->groups);
    g->simd_width = runner_subgroup_size(r);
    blocks_of(name, g->simd_width, g->threads);
}

/** One set of function constants. */
static void check_variant(struct runner *r, const char *origin, const struct setup *setup, const struct pvg_metallib_function *fn,
                          const struct pvg_air_constant_value *constants, uint32_t constant_count, uint8_t *arena,
                          struct outcome *out)
{
    static const uint8_t fills[] = {0, 0xFF, 0x5A};
    struct pvg_air_options o = {.size = sizeof o,
                                .available = runner_available(r),
                                .robustness = PVG_AIR_ROBUST_BUFFERS,
                                .zero_address = runner_zero_address(r),
                                .scratch_address = runner_scratch_address(r),
                                .constants = constants,
                                .constant_count = constant_count};
    struct pvg_air_shader *shader = NULL;
    struct cpu *cpu = cpu_open(fn->bitcode, fn->bitcode_size, fn->name, constants, constant_count, &out->detail);
    out->verdict = VERDICT_UNKNOWN;
    if (!cpu)
        return;
    int rc = pvg_air_translate(fn->bitcode, fn->bitcode_size, fn->name, &o, &shader, &out->detail);
    if (rc) {
        out->verdict = rc == -ENOTSUP ? VERDICT_REFUSED : VERDICT_DIFFERENT;
        cpu_close(cpu);
        return;
    }
    struct plan plan = {.function = fn->name,
                        .constants = constants,
                        .constant_count = constant_count,
                        .reference = reference_find(origin, fn->name, cpu_entry(cpu), runner_subgroup_size(r))};
    struct outcome best = {.verdict = VERDICT_COUNT};
    choose_grid(r, cpu_entry(cpu), fn->name, setup, &plan.grid);
    /* A kernel with one buffer works in place and needs something there. */
    unsigned first = cpu_entry(cpu)->arg_count <= 2 ? 2 : 0;
    for (unsigned n = 0; n < sizeof fills; n++) {
        unsigned i = (n + first) % sizeof fills;
        struct case_choice choice = {.seed = name_seed(fn->name) + i,
                                     .fill = fills[i],
                                     .count = setup->count ? setup->count : 100,
                                     .overrides = setup->overrides,
                                     .override_count = override_count(setup)};
        attempt(r, cpu, shader, &choice, &plan, arena, out);
        if (n == 0 || out->verdict <= VERDICT_DIFFERENT)
            best = *out;
        if (out->verdict <= VERDICT_DIFFERENT)
            break;
    }
    *out = best;
    pvg_air_shader_free(shader);
    cpu_close(cpu);
}

void check_kernel(struct runner *r, const char *origin, const struct pvg_metallib_function *fn, uint8_t *arena, struct outcome *out)
{
    const struct setup *setup = setup_find(origin, fn->name);
    struct pvg_air_constant_value constants[CASE_MAX_CONSTANTS];
    struct outcome other;
    memset(out, 0, sizeof *out);
    if (setup->simd_width && setup->simd_width != runner_subgroup_size(r)) {
        out->verdict = VERDICT_WIDTH;
        return;
    }
    uint32_t count = choose_constants(fn, setup, 1, constants);
    check_variant(r, origin, setup, fn, constants, count, arena, out);
    if (count && out->verdict != VERDICT_DIFFERENT) {
        choose_constants(fn, setup, 0, constants);
        check_variant(r, origin, setup, fn, constants, count, arena, &other);
        if (other.verdict <= VERDICT_DIFFERENT)
            *out = other;
    }
}
