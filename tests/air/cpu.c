/* SPDX-License-Identifier: MIT */
#include "tests/air/cpu_internal.h"

#include "air/module.h"
#include "util/log.h"

#include <llvm-c/BitWriter.h>
#include <llvm-c/Support.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

enum { VALUE_BYTES = 64, TIME_LIMIT_MS = 4000 };

struct cpu {
    struct jit *jit;
    jit_function *main;
    struct cpu_entry entry;
    struct cpu_site **sites;
    size_t site_count;
    uint32_t air_version;
    /* The current run. */
    struct cpu_handle handles[CPU_MAX_ARGS];
    uint8_t *threadgroup, *shared[31];
    struct group *group;
    struct cpu_invocation *invocations;
};

/* ---- Calls ---------------------------------------------------------------------------------------------------------------- */

double cpu_wobble(struct cpu_thread *t, double v)
{
    if (t->variation->wobble == 0)
        return v;
    t->random = t->random * 1664525u + 1013904223u;
    return v * (1 + t->variation->wobble * ((double)(t->random >> 8) / 8388608.0 - 1));
}

static void external(void *context, const struct jit_call *call, void *result, void *const *args)
{
    const struct cpu_site *s = call->user;
    struct cpu_thread *t = context;
    if (s->fn)
        s->fn(t, s, result, args);
    else
        cpu_meet(t, s, result, args);
}

/** The value's type is at the end of the name when the result is a struct of a value and a residency byte. */
static bool suffix_type(const char *name, struct jit_type *t)
{
    const char *p = strrchr(name, '.');
    unsigned lanes = 1, bits;
    char kind;
    if (!p)
        return false;
    if (p[1] == 'v') {
        if (sscanf(p + 1, "v%u%c%u", &lanes, &kind, &bits) != 3)
            return false;
    } else if (sscanf(p + 1, "%c%u", &kind, &bits) != 2)
        return false;
    *t = (struct jit_type){.kind = kind == 'f' ? JIT_FLOAT : JIT_INT, .bits = (uint16_t)bits, .lanes = (uint16_t)lanes};
    t->lane_size = bits / 8;
    t->size = lanes * t->lane_size;
    return bits == 16 || bits == 32;
}

static void parse_name(struct cpu_site *s)
{
    const char *p = s->name + 4;
    s->fast = !strncmp(p, "fast_", 5);
    if (s->fast)
        p += 5;
    size_t n = strcspn(p, ".");
    snprintf(s->op, sizeof s->op, "%.*s", (int)n, p);
    s->is_signed = strstr(s->name, ".s.") != NULL;
    s->is_unsigned = strstr(s->name, ".u.") != NULL;
    s->saturate = strstr(s->name, ".sat") != NULL;
    const char *r = strstr(s->name, ".rt");
    s->rounding = r ? r[3] : 0;
}

static jit_external *resolve(void *arg, struct jit_call *call)
{
    struct cpu *cpu = arg;
    struct cpu_site *s = calloc(1, sizeof *s);
    const char *hash = strchr(call->name, '#');
    if (!s)
        return NULL;
    snprintf(s->name, sizeof s->name, "%.*s", hash ? (int)(hash - call->name) : 100, call->name);
    s->number = hash ? (uint32_t)atoi(hash + 1) : 0;
    s->result = call->result;
    s->argc = call->argc;
    memcpy(s->args, call->args, sizeof s->args);
    cpu->sites = realloc(cpu->sites, (cpu->site_count + 1) * sizeof(*cpu->sites));
    cpu->sites[cpu->site_count++] = s;
    call->user = s;
    if (strncmp(s->name, "air.", 4) != 0)
        return NULL;
    parse_name(s);
    s->old_texture_tail = cpu->air_version < 0x20000;
    if (s->result.kind == JIT_AGGREGATE) {
        if (!suffix_type(s->name, &s->result))
            return NULL;
        s->tail_at = s->result.size;
    }
    bool known = cpu_bind_convert(s) || cpu_bind_cross(s) || cpu_bind_texture(s) || cpu_bind_memory(s) || cpu_bind_math(s) ||
                 cpu_bind_int(s);
    cpu->entry.converges |= known && s->cross;
    cpu->entry.simd |= known && s->meets == CPU_SIMD;
    return known ? external : NULL;
}

bool cpu_is_handle(const struct cpu_thread *t, const void *p)
{
    const struct cpu_handle *h = p;
    return h >= t->cpu->handles && h < t->cpu->handles + CPU_MAX_ARGS;
}

/* ---- Opening -------------------------------------------------------------------------------------------------------------- */

static uint32_t read_version(LLVMModuleRef m)
{
    unsigned n = LLVMGetNamedMetadataNumOperands(m, "air.version");
    LLVMValueRef node, parts[8];
    if (n < 1)
        return 0;
    LLVMGetNamedMetadataOperands(m, "air.version", &node);
    if (LLVMGetMDNodeNumOperands(node) < 2 || LLVMGetMDNodeNumOperands(node) > 8)
        return 0;
    LLVMGetMDNodeOperands(node, parts);
    return (uint32_t)LLVMConstIntGetZExtValue(parts[0]) << 16 | (uint32_t)LLVMConstIntGetZExtValue(parts[1]);
}

/** Calls where threads meet get functions of their own, numbered in order: diverged threads are told apart by them. */
static void number_sites(LLVMModuleRef m)
{
    unsigned next = 1;
    for (LLVMValueRef f = LLVMGetFirstFunction(m); f; f = LLVMGetNextFunction(f))
        for (LLVMBasicBlockRef bb = LLVMGetFirstBasicBlock(f); bb; bb = LLVMGetNextBasicBlock(bb))
            for (LLVMValueRef i = LLVMGetFirstInstruction(bb); i; i = LLVMGetNextInstruction(i)) {
                size_t n;
                if (LLVMGetInstructionOpcode(i) != LLVMCall)
                    continue;
                LLVMValueRef callee = LLVMGetCalledValue(i);
                if (!LLVMIsAFunction(callee) || !LLVMIsDeclaration(callee) || !cpu_is_cross(LLVMGetValueName2(callee, &n)))
                    continue;
                char name[160];
                snprintf(name, sizeof name, "%s#%06u", LLVMGetValueName2(callee, &n), next++);
                LLVMValueRef own = LLVMAddFunction(m, name, LLVMGlobalGetValueType(callee));
                LLVMSetOperand(i, (unsigned)LLVMGetNumOperands(i) - 1, own);
            }
}

static bool supported(const struct cpu_entry *e, struct pvg_error *err)
{
    for (uint32_t i = 0; i < e->arg_count; i++) {
        const struct cpu_arg *a = &e->args[i];
        if (a->kind == CPU_ARG_UNSUPPORTED || a->indirect || (a->kind == CPU_ARG_TEXTURE && a->array > 1)) {
            pvg_error_set(err, "argument %s %s (%s)", a->type, a->name, a->what);
            return false;
        }
    }
    return true;
}

/** What the code generator calls for bfloat and the C library does not have; bits travel as they would in _Float16. */
static _Float16 truncate_float(float v)
{
    uint16_t bits = cpu_float_to_bfloat(v);
    _Float16 h;
    memcpy(&h, &bits, 2);
    return h;
}

static _Float16 truncate_double(double v)
{
    return truncate_float((float)v);
}

struct cpu *cpu_open(const void *bitcode, size_t size, const char *entry, const struct pvg_air_constant_value *constants,
                     size_t count, struct pvg_error *err)
{
    struct cpu *cpu = calloc(1, sizeof *cpu);
    struct pvg_air_module m;
    if (!cpu || pvg_air_module_parse(bitcode, size, &m, err)) {
        free(cpu);
        return NULL;
    }
    cpu->air_version = read_version(m.module);
    bool good = cpu_read_entry(m.module, entry, &cpu->entry, err) && supported(&cpu->entry, err);
    if (good) {
        LLVMAddSymbol("__truncsfbf2", (void *)(uintptr_t)truncate_float);
        LLVMAddSymbol("__truncdfbf2", (void *)(uintptr_t)truncate_double);
        number_sites(m.module);
        LLVMSetTarget(m.module, "air64-apple-macosx14.0.0");
        LLVMMemoryBufferRef copy = LLVMWriteBitcodeToMemoryBuffer(m.module);
        struct jit_options o = {
            .entry = entry, .constants = constants, .constant_count = count, .resolve = resolve, .resolve_arg = cpu};
        if (jit_open(LLVMGetBufferStart(copy), LLVMGetBufferSize(copy), &o, &cpu->jit, err))
            good = false;
        LLVMDisposeMemoryBuffer(copy);
    }
    pvg_air_module_free(&m);
    if (good && !(cpu->main = jit_entry(cpu->jit, entry)))
        good = false;
    if (!good) {
        cpu_close(cpu);
        return NULL;
    }
    return cpu;
}

void cpu_close(struct cpu *cpu)
{
    if (!cpu)
        return;
    jit_close(cpu->jit);
    for (size_t i = 0; i < cpu->site_count; i++)
        free(cpu->sites[i]);
    free(cpu->sites);
    free(cpu);
}

const struct cpu_entry *cpu_entry(const struct cpu *cpu)
{
    return &cpu->entry;
}

/* ---- Arguments ------------------------------------------------------------------------------------------------------------ */

struct group {
    const struct cpu_grid *grid;
    uint32_t at[3];
};

static void put_vector(void *at, const struct jit_type *t, const uint32_t v[3])
{
    for (unsigned i = 0; i < t->lanes && i < 3; i++)
        cpu_put_bits(at, t, i, v[i]);
}

static void put_one(void *at, const struct jit_type *t, uint32_t v)
{
    const uint32_t list[3] = {v, 1, 1};
    put_vector(at, t, list);
}

/** System values of a kernel (spec 07 section 4.6). @return false when there is no such value. */
static bool kernel_value(const struct cpu_thread *t, const struct group *g, const struct cpu_arg *a, void *at)
{
    const uint32_t *size = g->grid->threads, *groups = g->grid->groups;
    uint32_t width = g->grid->simd_width, all = size[0] * size[1] * size[2], i = t->index;
    uint32_t local[3] = {i % size[0], i / size[0] % size[1], i / (size[0] * size[1])}, global[3], total[3];
    for (unsigned k = 0; k < 3; k++) {
        global[k] = g->at[k] * size[k] + local[k];
        total[k] = groups[k] * size[k];
    }
    const struct {
        const char *name;
        const uint32_t *vector;
        uint32_t one;
    } values[] = {
        {"thread_position_in_grid", global, 0},
        {"thread_position_in_threadgroup", local, 0},
        {"threadgroup_position_in_grid", g->at, 0},
        {"threadgroups_per_grid", groups, 0},
        {"threads_per_threadgroup", size, 0},
        {"dispatch_threads_per_threadgroup", size, 0},
        {"threads_per_grid", total, 0},
        {"thread_index_in_threadgroup", NULL, i},
        {"thread_index_in_simdgroup", NULL, i % width},
        {"simdgroup_index_in_threadgroup", NULL, i / width},
        {"simdgroups_per_threadgroup", NULL, (all + width - 1) / width},
        {"dispatch_simdgroups_per_threadgroup", NULL, (all + width - 1) / width},
        {"threads_per_simdgroup", NULL, width},
        {"thread_execution_width", NULL, width},
        {"thread_index_in_quadgroup", NULL, i & 3},
        {"quadgroup_index_in_threadgroup", NULL, i >> 2},
        {"quadgroups_per_threadgroup", NULL, (all + 3) / 4},
        {"dispatch_quadgroups_per_threadgroup", NULL, (all + 3) / 4},
    };
    for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
        if (strcmp(values[k].name, a->what) != 0)
            continue;
        if (values[k].vector)
            put_vector(at, &a->value, values[k].vector);
        else
            put_one(at, &a->value, values[k].one);
        return true;
    }
    return false;
}

static bool drawn_value(const struct cpu_invocation *v, const struct cpu_arg *a, void *at)
{
    if (!strcmp(a->what, "vertex_id"))
        put_one(at, &a->value, v->vertex_id);
    else if (!strcmp(a->what, "instance_id"))
        put_one(at, &a->value, v->instance_id);
    else if (!strcmp(a->what, "front_facing"))
        put_one(at, &a->value, v->front_facing);
    else if (!strcmp(a->what, "position"))
        for (unsigned i = 0; i < a->value.lanes; i++)
            cpu_put(at, &a->value, i, v->position[i]);
    else
        return !strcmp(a->what, "base_vertex") || !strcmp(a->what, "base_instance") || !strcmp(a->what, "primitive_id") ||
               !strcmp(a->what, "sample_id");
    return true;
}

static void put_numbers(void *at, const struct jit_type *t, const double *v)
{
    for (unsigned i = 0; i < t->lanes && i < 4; i++)
        cpu_put(at, t, i, v[i]);
}

static void fill_argument(struct cpu_thread *t, uint32_t i, void *at)
{
    struct cpu *cpu = t->cpu;
    const struct cpu_arg *a = &cpu->entry.args[i];
    const struct cpu_invocation *v = cpu->invocations ? &cpu->invocations[t->index] : NULL;
    void *pointer = &cpu->handles[i];
    switch (a->kind) {
    case CPU_ARG_BUFFER:
        pointer = cpu->handles[i].memory;
        memcpy(at, &pointer, sizeof pointer);
        break;
    case CPU_ARG_THREADGROUP:
        memcpy(at, &cpu->shared[a->index], sizeof pointer);
        break;
    case CPU_ARG_TEXTURE:
    case CPU_ARG_SAMPLER:
        memcpy(at, &pointer, sizeof pointer);
        break;
    case CPU_ARG_ATTRIBUTE:
        if (v)
            put_numbers(at, &a->value, v->attributes[a->index]);
        break;
    case CPU_ARG_VARYING:
        if (v)
            put_numbers(at, &a->value, v->varyings[i]);
        break;
    case CPU_ARG_COLOR:
        for (unsigned k = 0; v && k < a->value.lanes; k++)
            cpu_put(at, &a->value, k, (double)v->colors[a->index][k]);
        break;
    default:
        if (v)
            drawn_value(v, a, at);
        else
            kernel_value(t, cpu->group, a, at);
        break;
    }
}

JIT_CALLER static void body(struct cpu_thread *t)
{
    struct cpu *cpu = t->cpu;
    _Alignas(16) uint8_t values[CPU_MAX_ARGS][VALUE_BYTES], result[1024];
    void *args[CPU_MAX_ARGS];
    memset(values, 0, sizeof values);
    for (uint32_t i = 0; i < cpu->entry.arg_count; i++) {
        args[i] = values[i];
        fill_argument(t, i, values[i]);
    }
    cpu->main(t, result, args);
    if (!cpu->invocations)
        return;
    memcpy(cpu->invocations[t->index].result, result, cpu->entry.result_size);
    cpu->invocations[t->index].discarded = t->discarded;
}

/* ---- Running -------------------------------------------------------------------------------------------------------------- */

static void bind(struct cpu *cpu, const struct cpu_bindings *b)
{
    for (uint32_t i = 0; i < cpu->entry.arg_count; i++) {
        const struct cpu_arg *a = &cpu->entry.args[i];
        cpu->handles[i] = (struct cpu_handle){0};
        if (a->kind == CPU_ARG_BUFFER && a->index < 31)
            cpu->handles[i].memory = b->buffers[a->index];
        if (a->kind == CPU_ARG_TEXTURE && a->index < 128)
            cpu->handles[i].texture = b->textures[a->index];
        if (a->kind == CPU_ARG_SAMPLER && a->index < 16)
            cpu->handles[i].sampler = b->samplers[a->index];
    }
}

static void start_threads(struct cpu *cpu, struct cpu_thread *threads, unsigned count, const struct cpu_variation *v, uint32_t salt)
{
    for (unsigned i = 0; i < count; i++)
        threads[i] = (struct cpu_thread){.jit.threadgroup = cpu->threadgroup,
                                         .cpu = cpu,
                                         .index = i,
                                         .variation = v,
                                         .random = (v->seed + 1) * 2654435761u ^ (salt * 1024u + i) * 40503u};
}

static uint8_t *aligned(size_t size, uint8_t fill)
{
    void *p = NULL;
    if (posix_memalign(&p, 256, size + 256))
        return NULL;
    memset(p, fill, size + 256);
    return p;
}

static void set_timer(unsigned ms)
{
    struct itimerval t = {.it_value = {ms / 1000, (ms % 1000) * 1000}};
    setitimer(ITIMER_REAL, &t, NULL);
}

enum cpu_outcome cpu_dispatch(struct cpu *cpu, const struct cpu_bindings *b, const struct cpu_grid *grid,
                              const struct cpu_variation *v, struct pvg_error *err)
{
    unsigned count = grid->threads[0] * grid->threads[1] * grid->threads[2];
    uint32_t groups = grid->groups[0] * grid->groups[1] * grid->groups[2];
    struct cpu_thread *threads = calloc(count, sizeof *threads);
    enum cpu_outcome outcome = CPU_DONE;
    struct group g = {.grid = grid};
    bind(cpu, b);
    cpu->threadgroup = aligned(jit_threadgroup_size(cpu->jit), v->fill);
    for (unsigned i = 0; i < 31; i++)
        cpu->shared[i] = aligned(b->threadgroup_bytes[i], v->fill);
    cpu->group = &g;
    cpu->invocations = NULL;
    set_timer(TIME_LIMIT_MS);
    for (uint32_t n = 0; n < groups && outcome == CPU_DONE; n++) {
        uint32_t i = v->reversed ? groups - 1 - n : n;
        g.at[0] = i % grid->groups[0];
        g.at[1] = i / grid->groups[0] % grid->groups[1];
        g.at[2] = i / (grid->groups[0] * grid->groups[1]);
        start_threads(cpu, threads, count, v, i);
        outcome = cpu_run_fibers(threads, count, grid->simd_width, body, v, err);
    }
    set_timer(0);
    free(cpu->threadgroup);
    for (unsigned i = 0; i < 31; i++)
        free(cpu->shared[i]);
    free(threads);
    return outcome;
}

enum cpu_outcome cpu_invoke(struct cpu *cpu, const struct cpu_bindings *b, struct cpu_invocation *list, unsigned count,
                            const struct cpu_variation *v, struct pvg_error *err)
{
    struct cpu_thread threads[4];
    bind(cpu, b);
    cpu->group = NULL;
    cpu->invocations = list;
    cpu->threadgroup = NULL;
    start_threads(cpu, threads, count, v, list->vertex_id + (uint32_t)list->position[0] + 4096 * (uint32_t)list->position[1]);
    for (unsigned i = 0; i < count; i++)
        threads[i].pixel = !strcmp(cpu->entry.stage, "fragment");
    return cpu_run_fibers(threads, count, 4, body, v, err);
}
