/* SPDX-License-Identifier: MIT */
/*
 * Differential test of the translator: random AIR kernels run on the Vulkan device and, compiled for the host, on the CPU; every
 * byte must be equal. As a test it takes its numbers from OPENPVG_DIFF_SEED, _COUNT and _JOBS. Seeds from 50,000,000 on give other
 * kernels, with the shapes of diff_shapes.c.
 *
 *   test_diff --seed N --count M [--jobs J] [--dump DIR]    kernels of the seeds N .. N + M - 1
 *   test_diff --seed N --text FILE [--dump DIR]             this kernel instead, with the data and the options of the seed
 *
 * A mismatch is made smaller, written to DIR (NAME.ll, NAME.spv) and reported with the command that repeats it.
 * reduce.sh makes the text smaller still.
 */
#include "air/remote.h"
#include "tests/air/diff_air.h"
#include "tests/air/diff_gen.h"
#include "tests/air/runner.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef HAVE_SPIRV_TOOLS
#include <spirv-tools/libspirv.h>
#endif

enum {
    MAX_JOBS = 64,
    SKIP = 77,
    SHAPES = 50000000, /**< Kernels of seeds from this one have DIFF_SHAPES; the others keep their text. */
    MAX_TEXT = 1 << 22,
    TEXT_RESULT = 10, /**< Exit code of --text for a result that is not EQUAL: this + the result. */
};

/** Contents of all buffers; `a`, `b` and `out` hold what a run left in them. */
struct data {
    _Alignas(64) uint8_t in[DIFF_IN];
    _Alignas(64) uint8_t con[DIFF_CON];
    _Alignas(64) uint8_t a[DIFF_SLICE * DIFF_THREADS];
    _Alignas(64) uint8_t b[DIFF_SLICE * DIFF_THREADS];
    _Alignas(64) uint8_t out[DIFF_OUT * DIFF_THREADS];
};

struct worker {
    struct runner *runner;
    struct data expected, got;
    const char *dump, *program;
#ifdef HAVE_SPIRV_TOOLS
    spv_context validator;
#endif
};

/** Shared between the processes. */
struct progress {
    atomic_ullong next;
    atomic_ullong done, refused, failed, instructions, words;
    atomic_ullong current[MAX_JOBS];
};

enum result { EQUAL, REFUSED, DIFFERENT, INVALID, BROKEN };

static const char *const result_names[] = {"equal", "refused", "different results", "invalid SPIR-V", "cannot be run"};

/** How a seed is translated. */
struct variant {
    unsigned features;
    uint32_t lacking; /**< pvg_air_need bits that the device is said to lack. */
    int robust;       /**< 0 none, 1 branches, 2 redirected addresses. */
};

static struct variant variant_of(uint64_t seed)
{
    static const uint32_t lacking[] = {PVG_AIR_NEED_INT8 | PVG_AIR_NEED_INT16 | PVG_AIR_NEED_FLOAT16 | PVG_AIR_NEED_STORAGE8 |
                                           PVG_AIR_NEED_STORAGE16,
                                       PVG_AIR_NEED_STORAGE8, PVG_AIR_NEED_FLOAT16 | PVG_AIR_NEED_INT16};
    struct variant v = {.features = DIFF_ALL | (seed >= SHAPES ? DIFF_SHAPES : 0),
                        .lacking = seed % 5 == 2 ? lacking[seed / 5 % 3] : 0,
                        .robust = seed % 8 == 1  ? 1
                                  : seed % 8 > 4 ? 2
                                                 : 0};
    return v;
}

/* ---- One kernel ------------------------------------------------------------------------------------------------------------ */

JIT_CALLER static bool run_host(struct worker *w, const char *text, size_t size, struct pvg_error *err)
{
    struct jit_options o = {.resolve = diff_resolve};
    struct jit *j;
    if (jit_open(text, size, &o, &j, err))
        return false;
    jit_function *k = jit_entry(j, "k");
    _Alignas(16) static uint8_t shared[1 << 16], argument[DIFF_SHARED * DIFF_GROUP];
    if (jit_threadgroup_size(j) > sizeof shared)
        abort();
    struct jit_context ctx = {shared};
    struct data *d = &w->expected;
    void *in = d->in, *con = d->con, *a = d->a, *b = d->b, *out = d->out, *tg = argument;
    for (uint32_t id = 0; id < DIFF_THREADS; id++) {
        uint32_t local = id % DIFF_GROUP;
        k(&ctx, NULL, (void *[]){&in, &con, &a, &b, &out, &tg, &id, &local});
    }
    jit_close(j);
    return true;
}

static bool run_device(struct worker *w, const struct pvg_air_shader *s)
{
    struct data *d = &w->got;
    struct run_buffer buffers[DIFF_BUFFERS] = {
        {DIFF_BUFFER_IN, d->in, sizeof d->in, 0, 0, false},    {DIFF_BUFFER_CON, d->con, sizeof d->con, 0, 0, false},
        {DIFF_BUFFER_A, d->a, sizeof d->a, 0, 0, false},       {DIFF_BUFFER_B, d->b, sizeof d->b, 0, 0, false},
        {DIFF_BUFFER_OUT, d->out, sizeof d->out, 0, 0, false},
    };
    struct run run = {.buffers = buffers,
                      .buffer_count = DIFF_BUFFERS,
                      .groups = {DIFF_THREADS / DIFF_GROUP, 1, 1},
                      .threads = {DIFF_GROUP, 1, 1},
                      .threadgroup_bytes = {DIFF_SHARED * DIFF_GROUP}};
    return runner_kernel(w->runner, s, &run);
}

static bool validate(struct worker *w, const struct pvg_air_shader *s, struct pvg_error *err)
{
#ifdef HAVE_SPIRV_TOOLS
    spv_diagnostic diagnostic = NULL;
    struct spv_const_binary_t binary = {s->words, s->word_count};
    if (!w->validator)
        w->validator = spvContextCreate(SPV_ENV_VULKAN_1_3);
    spv_validator_options o = spvValidatorOptionsCreate();
    spvValidatorOptionsSetScalarBlockLayout(o, true);
    bool ok = spvValidateWithOptions(w->validator, o, &binary, &diagnostic) == SPV_SUCCESS;
    if (!ok)
        snprintf(err->message, sizeof err->message, "%s", diagnostic ? diagnostic->error : "?");
    spvDiagnosticDestroy(diagnostic);
    spvValidatorOptionsDestroy(o);
    return ok;
#else
    (void)w;
    (void)s;
    (void)err;
    return true;
#endif
}

static void describe_difference(struct worker *w, struct pvg_error *err)
{
    static const struct {
        const char *name;
        size_t offset, size, per_thread;
    } parts[] = {{"out", offsetof(struct data, out), sizeof w->got.out, DIFF_OUT},
                 {"a", offsetof(struct data, a), sizeof w->got.a, DIFF_SLICE},
                 {"b", offsetof(struct data, b), sizeof w->got.b, DIFF_SLICE}};
    for (unsigned p = 0; p < 3; p++) {
        const uint8_t *x = (const uint8_t *)&w->expected + parts[p].offset, *y = (const uint8_t *)&w->got + parts[p].offset;
        unsigned threads = 0;
        size_t first = SIZE_MAX;
        for (size_t i = 0; i < parts[p].size; i += parts[p].per_thread) {
            if (!memcmp(x + i, y + i, parts[p].per_thread))
                continue;
            threads++;
            for (size_t k = i; first == SIZE_MAX; k++)
                if (x[k] != y[k])
                    first = k;
        }
        if (!threads)
            continue;
        size_t word = first & ~(size_t)3;
        uint32_t e, g;
        memcpy(&e, x + word, 4);
        memcpy(&g, y + word, 4);
        snprintf(err->message, sizeof err->message, "%s: %u threads differ, first thread %zu byte %zu: host %08x, device %08x",
                 parts[p].name, threads, first / parts[p].per_thread, word % parts[p].per_thread, e, g);
        return;
    }
}

/** Run one kernel both ways. `*shader` is the translation, if there is one; the caller frees it. */
static enum result try_text(struct worker *w, uint64_t seed, const struct variant *v, const char *text, size_t size,
                            struct pvg_air_shader **shader, struct pvg_error *err)
{
    uint8_t *bitcode;
    size_t bitcode_size;
    *shader = NULL;
    if (pvg_air_assemble(text, size, &bitcode, &bitcode_size, err))
        return BROKEN;
    struct pvg_air_options o = {.size = sizeof o, .available = runner_available(w->runner) & ~v->lacking};
    if (v->robust)
        o.robustness = PVG_AIR_ROBUST_BUFFERS;
    if (v->robust == 2) {
        o.zero_address = runner_zero_address(w->runner);
        o.scratch_address = runner_scratch_address(w->runner);
    }
    int rc = pvg_air_translate_here(bitcode, bitcode_size, NULL, &o, shader, err);
    free(bitcode);
    if (rc)
        return rc == -ENOTSUP ? REFUSED : BROKEN;
    if (!validate(w, *shader, err))
        return INVALID;
    memset(&w->expected, 0, sizeof w->expected);
    diff_fill(seed, w->expected.in, w->expected.con, w->expected.a, w->expected.b);
    w->got = w->expected;
    if (!run_host(w, text, size, err))
        return BROKEN;
    if (!run_device(w, *shader)) {
        snprintf(err->message, sizeof err->message, "no pipeline");
        return BROKEN;
    }
    if (!memcmp(&w->expected, &w->got, sizeof w->got))
        return EQUAL;
    describe_difference(w, err);
    return DIFFERENT;
}

/* ---- Making a mismatch smaller
 * ------------------------------------------------------------------------------------------------------ */

static void write_file(const char *dir, uint64_t seed, const char *suffix, const void *data, size_t size)
{
    char path[512];
    mkdir(dir, 0777);
    snprintf(path, sizeof path, "%s/seed-%llu.%s", dir, (unsigned long long)seed, suffix);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(data, 1, size, f) != size)
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
    if (f)
        fclose(f);
}

static void minimise(struct worker *w, uint64_t seed, const struct variant *v, enum result kind, size_t statements)
{
    uint8_t *skip = calloc(statements + 1, 1);
    struct diff_options o = {.seed = seed, .features = v->features, .skip = skip, .skip_count = statements};
    struct pvg_air_shader *s;
    struct pvg_error err = {{0}};
    size_t size;
    /* Halves, quarters ... single statements, as long as the result stays of the same kind. */
    for (size_t step = statements; step; step /= 2) {
        for (size_t i = 0; i < statements; i += step) {
            uint8_t *before = malloc(statements + 1);
            memcpy(before, skip, statements + 1);
            memset(skip + i, 1, step < statements - i ? step : statements - i);
            char *text = diff_generate(&o, &size, NULL);
            if (try_text(w, seed, v, text, size, &s, &err) != kind)
                memcpy(skip, before, statements + 1);
            pvg_air_shader_free(s);
            free(text);
            free(before);
        }
    }
    char *text = diff_generate(&o, &size, NULL);
    enum result r = try_text(w, seed, v, text, size, &s, &err);
    fprintf(stderr, "seed %llu, smaller: %s: %s\n", (unsigned long long)seed, result_names[r], err.message);
    write_file(w->dump, seed, "ll", text, size);
    if (s)
        write_file(w->dump, seed, "spv", s->words, s->word_count * 4);
    pvg_air_shader_free(s);
    free(text);
    free(skip);
}

static enum result try_seed(struct worker *w, uint64_t seed, struct progress *p)
{
    struct variant v = variant_of(seed);
    struct diff_options o = {.seed = seed, .features = v.features};
    struct pvg_air_shader *s;
    struct pvg_error err = {{0}};
    size_t size, statements;
    char *text = diff_generate(&o, &size, &statements);
    enum result r = try_text(w, seed, &v, text, size, &s, &err);
    if (s)
        atomic_fetch_add(&p->words, s->word_count);
    pvg_air_shader_free(s);
    if (r == REFUSED) {
        if (getenv("OPENPVG_DIFF_VERBOSE"))
            fprintf(stderr, "seed %llu refused: %s\n", (unsigned long long)seed, err.message);
        atomic_fetch_add(&p->refused, 1);
    } else if (r != EQUAL) {
        atomic_fetch_add(&p->failed, 1);
        fprintf(stderr, "seed %llu: %s: %s\n  repeat: %s --seed %llu --count 1\n", (unsigned long long)seed, result_names[r],
                err.message, w->program, (unsigned long long)seed);
        if (w->dump) {
            write_file(w->dump, seed, "whole.ll", text, size);
            minimise(w, seed, &v, r, statements);
        }
    }
    free(text);
    return r;
}

/* ---- Many kernels
 * ------------------------------------------------------------------------------------------------------------------- */

struct plan {
    uint64_t seed, count;
    unsigned jobs;
    const char *dump, *program;
};

/** A compiler that does not come back ends its process, and the seed is named; far more than any needs under sanitizers. */
enum { SECONDS_PER_SEED = 120 };

static int work(const struct plan *plan, struct progress *p, unsigned job)
{
    struct worker *w = aligned_alloc(64, (sizeof *w + 63) / 64 * 64);
    memset(w, 0, sizeof *w);
    w->runner = runner_open();
    w->dump = plan->dump;
    w->program = plan->program;
    if (!w->runner)
        return SKIP;
    for (;;) {
        uint64_t i = atomic_fetch_add(&p->next, 1);
        if (i >= plan->count)
            break;
        atomic_store(&p->current[job], plan->seed + i + 1);
        alarm(SECONDS_PER_SEED);
        try_seed(w, plan->seed + i, p);
        alarm(0);
        atomic_fetch_add(&p->done, 1);
    }
    atomic_store(&p->current[job], 0);
    runner_close(w->runner);
#ifdef HAVE_SPIRV_TOOLS
    spvContextDestroy(w->validator);
#endif
    free(w);
    return 0;
}

static pid_t start(const struct plan *plan, struct progress *p, unsigned job)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid)
        return pid;
    exit(work(plan, p, job));
}

/** Processes, since what a kernel does to the driver must not take the others along. */
static int run(const struct plan *plan)
{
    struct progress *p = mmap(NULL, sizeof *p, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t children[MAX_JOBS];
    bool skipped = false;
    unsigned left = 0;
    if (p == MAP_FAILED)
        return 1;
    for (unsigned i = 0; i < plan->jobs; i++, left++)
        children[i] = start(plan, p, i);
    uint64_t reported = 0;
    while (left) {
        int status;
        pid_t pid = waitpid(-1, &status, plan->count > 5000 ? WNOHANG : 0);
        if (pid == 0) {
            sleep(1);
            uint64_t done = atomic_load(&p->done);
            if (done / 5000 != reported / 5000)
                fprintf(stderr, "%llu of %llu, %llu refused, %llu failed\n", (unsigned long long)done,
                        (unsigned long long)plan->count, (unsigned long long)p->refused, (unsigned long long)p->failed);
            reported = done;
            continue;
        }
        for (unsigned i = 0; i < plan->jobs; i++) {
            if (children[i] != pid)
                continue;
            left--;
            skipped |= WIFEXITED(status) && WEXITSTATUS(status) == SKIP;
            if (WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == SKIP))
                continue;
            unsigned long long seed = atomic_load(&p->current[i]);
            atomic_fetch_add(&p->failed, 1);
            fprintf(stderr, "seed %llu: the process ended (status %d)\n  repeat: %s --seed %llu --count 1 --jobs 1\n",
                    seed ? seed - 1 : 0, status, plan->program, seed ? seed - 1 : 0);
            if (atomic_load(&p->next) < plan->count) {
                children[i] = start(plan, p, i);
                left++;
            }
        }
    }
    unsigned long long done = p->done, failed = p->failed, refused = p->refused;
    printf("%llu functions, %llu refused, %llu failed, %llu words of SPIR-V on average\n", done, refused, failed,
           done ? p->words / done : 0);
    munmap(p, sizeof *p);
#ifndef HAVE_SPIRV_TOOLS
    puts("built without SPIRV-Tools: spirv-val was not run on them");
#endif
    if (failed)
        return 1;
    if (skipped && !done)
        return SKIP;
    /* A generator whose kernels are refused tests nothing. */
    return refused * 20 > done ? 1 : 0;
}

/** A kernel from a file; its results must be equal, too. The exit code says what became of it. */
static int run_text(const struct plan *plan, const char *path)
{
    FILE *f = fopen(path, "rb");
    char *text = calloc(MAX_TEXT + 1, 1);
    size_t size = f && text ? fread(text, 1, MAX_TEXT, f) : 0;
    if (f)
        fclose(f);
    struct worker *w = aligned_alloc(64, (sizeof *w + 63) / 64 * 64);
    if (!size || !w)
        return fprintf(stderr, "%s cannot be read\n", path), free(text), free(w), 2;
    memset(w, 0, sizeof *w);
    w->runner = runner_open();
    w->dump = plan->dump;
    w->program = plan->program;
    if (!w->runner)
        return free(text), free(w), SKIP;
    struct variant v = variant_of(plan->seed);
    struct pvg_air_shader *s;
    struct pvg_error err = {{0}};
    enum result r = try_text(w, plan->seed, &v, text, size, &s, &err);
    printf("%s: %s: %s\n", path, result_names[r], err.message);
    if (s && w->dump) {
        write_file(w->dump, plan->seed, "spv", s->words, s->word_count * 4);
        write_file(w->dump, plan->seed, "host", &w->expected, sizeof w->expected);
        write_file(w->dump, plan->seed, "device", &w->got, sizeof w->got);
    }
    pvg_air_shader_free(s);
    runner_close(w->runner);
#ifdef HAVE_SPIRV_TOOLS
    spvContextDestroy(w->validator);
#endif
    free(w);
    free(text);
    return r == EQUAL ? 0 : TEXT_RESULT + (int)r;
}

static uint64_t number(const char *text, uint64_t fallback)
{
    return text && *text ? strtoull(text, NULL, 0) : fallback;
}

static void usage(const char *program, FILE *to)
{
    fprintf(to,
            "usage: %s [--seed N] [--count N] [--jobs N] [--dump FOLDER] [--text FILE]\n"
            "Runs random kernels on the Vulkan device and on the processor and compares what they write.\n"
            "  --seed N        first seed (OPENPVG_DIFF_SEED, 1)\n"
            "  --count N       number of seeds (OPENPVG_DIFF_COUNT, 5000; 150 with sanitizers)\n"
            "  --jobs N        processes at once (OPENPVG_DIFF_JOBS, 2)\n"
            "  --dump FOLDER   writes the kernels and their SPIR-V there (OPENPVG_DIFF_DUMP)\n"
            "  --text FILE     runs this kernel instead\n",
            program);
}

int main(int argc, char **argv)
{
    uint64_t count = 5000;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    count = 150;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    count = 150;
#endif
#endif
    struct plan plan = {.seed = number(getenv("OPENPVG_DIFF_SEED"), 1),
                        .count = number(getenv("OPENPVG_DIFF_COUNT"), count),
                        .jobs = (unsigned)number(getenv("OPENPVG_DIFF_JOBS"), 2),
                        .dump = getenv("OPENPVG_DIFF_DUMP"),
                        .program = argv[0]};
    const char *text = NULL;
    for (int i = 1; i < argc; i += 2) {
        if (!strcmp(argv[i], "--help"))
            return usage(argv[0], stdout), 0;
        if (i + 1 == argc)
            return usage(argv[0], stderr), 2;
        if (!strcmp(argv[i], "--text"))
            text = argv[i + 1];
        else if (!strcmp(argv[i], "--seed"))
            plan.seed = number(argv[i + 1], 0);
        else if (!strcmp(argv[i], "--count"))
            plan.count = number(argv[i + 1], 1);
        else if (!strcmp(argv[i], "--jobs"))
            plan.jobs = (unsigned)number(argv[i + 1], 1);
        else if (!strcmp(argv[i], "--dump"))
            plan.dump = argv[i + 1];
        else
            return fprintf(stderr, "%s: unknown option %s\n", argv[0], argv[i]), 2;
    }
    if (!plan.jobs || plan.jobs > MAX_JOBS)
        plan.jobs = plan.jobs ? MAX_JOBS : 1;
    if (plan.jobs > plan.count)
        plan.jobs = plan.count ? (unsigned)plan.count : 1;
    /* One process per core: the software driver needs no threads of its own. */
    setenv("LP_NUM_THREADS", "0", 0);
    setenv("GALLIVM_PERF", "nopt", 0);
    setenv("LP_NATIVE_VECTOR_WIDTH", "128", 0);
    setenv("MESA_SHADER_CACHE_DISABLE", "true", 0);
    return text ? run_text(&plan, text) : run(&plan);
}
