/* SPDX-License-Identifier: MIT */
/** @file openpvg shader bench: time and code size of translation, against LLVM's parse and AIR's instructions. */
#include "air/module.h"
#include "air/remote.h"
#include "tools/json.h"
#include "tools/shader.h"
#include "tools/tool.h"

#include <llvm-c/BitReader.h>
#include <spirv/unified1/spirv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char help[] =
    "usage: openpvg shader bench [OPTION]... PATH...\n"
    "\n"
    "Measures the translation of every function of the files, and of the shader files below folders.\n"
    "\n"
    "  --json             print one JSON object, with one entry per function\n"
    "  --robustness MODE  bounds checks in the code: none, buffers or both (default: both, one report each)\n"
    "  --repeat N         measurements per function after one to warm up; the median counts (default: 5)\n"
    "\n"
    "Time: processor time of one translation in this process, from bitcode to SPIR-V words, without the child process that guest "
    "bitcode is given "
    "to\n"
    "and without caches. LLVM's parse: a new LLVM context, LLVMParseBitcodeInContext2() on the same bytes, both disposed. The\n"
    "ratio is the median of the functions' own ratios.\n"
    "\n"
    "Instructions: of SPIR-V all that stand between OpFunction and OpFunctionEnd but labels, so variables, merges and branches\n"
    "count; of AIR all in the entry point and the functions of its module that it calls, directly or not, each function once, but\n"
    "calls of llvm.dbg.*. The module counts have SPIR-V's types, constants, decorations and labels too.\n";

struct measure {
    size_t item;
    bool done;
    double ms, parse_ms;
    uint64_t words, spirv, spirv_module, air;
};

struct bench {
    struct shader_set set;
    bool json;
    unsigned repeat;
    bool modes[2]; /**< By enum pvg_air_robustness. */
    struct measure *results;
};

/* ---- Measuring ------------------------------------------------------------------------------------------------------------- */

static double now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/** Sorts the values. `part` 0.5 is the median. */
static double quantile(double *values, size_t count, double part)
{
    if (!count)
        return 0;
    qsort(values, count, sizeof *values, by_value);
    double at = part * (double)(count - 1);
    size_t low = (size_t)at, high = low + 1 < count ? low + 1 : low;
    return values[low] + (at - (double)low) * (values[high] - values[low]);
}

/** @return ms, or a negative number when LLVM refuses the bitcode. */
static double parse_once(const uint8_t *stream, size_t size)
{
    double begin = now_ms();
    LLVMContextRef context = LLVMContextCreate();
    LLVMMemoryBufferRef buffer = LLVMCreateMemoryBufferWithMemoryRange((const char *)stream, size, "air", 0);
    LLVMModuleRef module = NULL;
    bool failed = LLVMParseBitcodeInContext2(context, buffer, &module);

    LLVMDisposeMemoryBuffer(buffer);
    if (!failed)
        LLVMDisposeModule(module);
    LLVMContextDispose(context);
    return failed ? -1 : now_ms() - begin;
}

static void ignore_diagnostic(LLVMDiagnosticInfoRef info, void *context)
{
}

static bool is_debug_call(LLVMValueRef inst)
{
    size_t n;

    if (LLVMGetInstructionOpcode(inst) != LLVMCall)
        return false;
    LLVMValueRef callee = LLVMGetCalledValue(inst);
    return LLVMIsAFunction(callee) && !strncmp(LLVMGetValueName2(callee, &n), "llvm.dbg.", 9);
}

struct reached {
    LLVMValueRef *functions;
    size_t count, cap;
};

static void reach(struct reached *r, LLVMValueRef f)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->functions[i] == f)
            return;
    if (r->count < r->cap)
        r->functions[r->count++] = f;
}

/** Instructions of one function; the functions that it calls are added to `r`. */
static uint64_t count_function(struct reached *r, LLVMValueRef f)
{
    uint64_t n = 0;

    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(f); b; b = LLVMGetNextBasicBlock(b)) {
        for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i)) {
            if (is_debug_call(i))
                continue;
            n++;
            LLVMValueRef callee = LLVMGetInstructionOpcode(i) == LLVMCall ? LLVMGetCalledValue(i) : NULL;
            if (callee && LLVMIsAFunction(callee) && !LLVMIsDeclaration(callee))
                reach(r, callee);
        }
    }
    return n;
}

static uint64_t count_air(const uint8_t *stream, size_t size, const char *entry)
{
    LLVMContextRef context = LLVMContextCreate();
    LLVMMemoryBufferRef buffer = LLVMCreateMemoryBufferWithMemoryRange((const char *)stream, size, "air", 0);
    LLVMModuleRef module = NULL;
    uint64_t n = 0;

    LLVMContextSetDiagnosticHandler(context, ignore_diagnostic, NULL);
    if (!LLVMParseBitcodeInContext2(context, buffer, &module)) {
        LLVMValueRef first = LLVMGetNamedFunction(module, entry);
        struct reached r = {0};
        for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f))
            r.cap++;
        r.functions = calloc(r.cap + 1, sizeof *r.functions);
        if (first && r.functions)
            reach(&r, first);
        for (size_t i = 0; i < r.count; i++)
            n += count_function(&r, r.functions[i]);
        free(r.functions);
        LLVMDisposeModule(module);
    }
    LLVMDisposeMemoryBuffer(buffer);
    LLVMContextDispose(context);
    return n;
}

static void count_spirv(const struct pvg_air_shader *s, struct measure *m)
{
    bool inside = false;

    for (size_t i = 5; i < s->word_count && s->words[i] >> 16; i += s->words[i] >> 16) {
        uint32_t op = s->words[i] & 0xFFFF;
        m->spirv_module++;
        if (op == SpvOpFunction)
            inside = true;
        else if (op == SpvOpFunctionEnd)
            inside = false;
        else
            m->spirv += inside && op != SpvOpLabel;
    }
}

static bool translate_once(const struct pvg_metallib_function *f, const struct pvg_air_options *o, struct measure *m, bool count,
                           double *ms)
{
    struct pvg_air_shader *shader = NULL;
    struct pvg_error err;
    double begin = now_ms();
    int rc = pvg_air_translate_here(f->bitcode, f->bitcode_size, f->name, o, &shader, &err);

    *ms = now_ms() - begin;
    if (rc)
        return false;
    if (count) {
        m->words = shader->word_count;
        count_spirv(shader, m);
    }
    pvg_air_shader_free(shader);
    return true;
}

static void measure(const struct bench *b, size_t item, enum pvg_air_robustness robustness, struct measure *m)
{
    const struct pvg_metallib_function *f = shader_set_function(&b->set, item);
    double *times = calloc(2 * (size_t)b->repeat + 2, sizeof *times), warm;
    struct pvg_air_span span;
    struct pvg_error err;
    struct shader_options o;

    *m = (struct measure){.item = item};
    if (f && times && pvg_air_bitcode_span(f->bitcode, f->bitcode_size, &span, &err)) {
        const uint8_t *stream = (const uint8_t *)f->bitcode + span.offset;
        double *parses = times + b->repeat;
        shader_options_for(f, UINT32_MAX, robustness, &o);
        m->done = translate_once(f, &o.air, m, true, &warm) && parse_once(stream, span.size) >= 0;
        for (unsigned i = 0; m->done && i < b->repeat; i++) {
            translate_once(f, &o.air, m, false, &times[i]);
            parses[i] = parse_once(stream, span.size);
        }
        if (m->done)
            m->air = count_air(stream, span.size, f->name);
        m->ms = quantile(times, b->repeat, 0.5);
        m->parse_ms = quantile(parses, b->repeat, 0.5);
    }
    free(times);
}

/* ---- Reporting ------------------------------------------------------------------------------------------------------------- */

static double time_of(const struct measure *m)
{
    return m->ms;
}

static double parse_of(const struct measure *m)
{
    return m->parse_ms;
}

static double time_ratio(const struct measure *m)
{
    return m->parse_ms > 0 ? m->ms / m->parse_ms : 0;
}

static double code_ratio(const struct measure *m)
{
    return m->air ? (double)m->spirv / (double)m->air : 0;
}

static double module_ratio(const struct measure *m)
{
    return m->air ? (double)m->spirv_module / (double)m->air : 0;
}

static double over(const struct bench *b, double (*what)(const struct measure *), double part)
{
    double *values = calloc(b->set.item_count + 1, sizeof *values), v = 0;
    size_t n = 0;

    for (size_t i = 0; values && i < b->set.item_count; i++)
        if (b->results[i].done)
            values[n++] = what(&b->results[i]);
    if (values)
        v = quantile(values, n, part);
    free(values);
    return v;
}

/** The function with the most SPIR-V words. */
static const struct measure *largest(const struct bench *b)
{
    const struct measure *m = NULL;

    for (size_t i = 0; i < b->set.item_count; i++)
        if (b->results[i].done && (!m || b->results[i].words > m->words))
            m = &b->results[i];
    return m;
}

static size_t measured(const struct bench *b)
{
    size_t n = 0;

    for (size_t i = 0; i < b->set.item_count; i++)
        n += b->results[i].done;
    return n;
}

static const char *path_of(const struct bench *b, const struct measure *m)
{
    return b->set.files[b->set.items[m->item].file].path;
}

static void json_measure(const struct bench *b, const struct measure *m)
{
    printf("{\"file\":");
    pvg_json_string(stdout, path_of(b, m));
    printf(",\"function\":");
    pvg_json_string(stdout, shader_set_function(&b->set, m->item)->name);
    printf(",\"ms\":%.4f,\"llvm_parse_ms\":%.4f,\"ratio\":%.3f,\"spirv_words\":%llu,\"spirv_instructions\":%llu,"
           "\"spirv_module_instructions\":%llu,\"air_instructions\":%llu}",
           m->ms, m->parse_ms, time_ratio(m), (unsigned long long)m->words, (unsigned long long)m->spirv,
           (unsigned long long)m->spirv_module, (unsigned long long)m->air);
}

static void print_json(const struct bench *b, const char *mode)
{
    const struct measure *big = largest(b);
    bool first = true;

    printf(
        "{\"robustness\":\"%s\",\"functions\":%zu,\"skipped\":%zu,\"median_ms\":%.4f,\"p99_ms\":%.4f,\"llvm_parse_median_ms\":%.4f,"
        "\"ratio_median\":%.3f,\"instructions_ratio_median\":%.3f,\"module_instructions_ratio_median\":%.3f,\"largest\":",
        mode, measured(b), b->set.item_count - measured(b), over(b, time_of, 0.5), over(b, time_of, 0.99), over(b, parse_of, 0.5),
        over(b, time_ratio, 0.5), over(b, code_ratio, 0.5), over(b, module_ratio, 0.5));
    if (big)
        json_measure(b, big);
    else
        printf("null");
    printf(",\"items\":[");
    for (size_t i = 0; i < b->set.item_count; i++) {
        if (!b->results[i].done)
            continue;
        printf("%s\n", first ? "" : ",");
        json_measure(b, &b->results[i]);
        first = false;
    }
    printf("]}");
}

static void print_text(const struct bench *b, const char *mode)
{
    const struct measure *big = largest(b);

    printf("robustness %s: %zu functions, %zu skipped\n", mode, measured(b), b->set.item_count - measured(b));
    printf("  translation         median %.3f ms, p99 %.3f ms\n", over(b, time_of, 0.5), over(b, time_of, 0.99));
    printf("  LLVM's parse alone  median %.3f ms; ratio median %.2f, p99 %.2f\n", over(b, parse_of, 0.5), over(b, time_ratio, 0.5),
           over(b, time_ratio, 0.99));
    printf("  SPIR-V / AIR        instructions median %.2f, p99 %.2f; whole module median %.2f\n", over(b, code_ratio, 0.5),
           over(b, code_ratio, 0.99), over(b, module_ratio, 0.5));
    if (big)
        printf("  largest             %s: %s: %llu words, %.1f ms\n", path_of(b, big),
               shader_set_function(&b->set, big->item)->name, (unsigned long long)big->words, big->ms);
}

static int run(struct bench *b)
{
    static const char *const names[] = {"none", "buffers"};
    bool first = true;

    b->results = calloc(b->set.item_count + 1, sizeof *b->results);
    if (!b->results)
        return PVG_EXIT_FAILED;
    if (b->json)
        printf("{\"runs\":[");
    for (int mode = 0; mode < 2; mode++) {
        if (!b->modes[mode])
            continue;
        for (size_t i = 0; i < b->set.item_count; i++)
            measure(b, i, (enum pvg_air_robustness)mode, &b->results[i]);
        if (b->json) {
            printf("%s", first ? "" : ",\n");
            print_json(b, names[mode]);
        } else {
            print_text(b, names[mode]);
        }
        first = false;
    }
    if (b->json)
        printf("]}\n");
    return measured(b) ? PVG_EXIT_OK : PVG_EXIT_FAILED;
}

/* ---- Arguments ------------------------------------------------------------------------------------------------------------- */

static bool set_value(struct bench *b, const char *name, const char *value)
{
    enum pvg_air_robustness r;

    if (!strcmp(name, "--repeat"))
        return shader_parse_number(value, 1, 1000, &b->repeat);
    if (strcmp(name, "--robustness") != 0)
        return false;
    if (!strcmp(value, "both"))
        return true;
    if (!shader_parse_robustness(value, &r))
        return false;
    b->modes[!r] = false;
    return true;
}

int pvg_tool_shader_bench(int argc, char **argv)
{
    struct bench b = {.repeat = 5, .modes = {true, true}};
    int paths = 0, rc = PVG_EXIT_OK;

    for (int i = 1; i < argc && !rc; i++) {
        if (!strcmp(argv[i], "--help")) {
            fputs(help, stdout);
            return PVG_EXIT_OK;
        }
        if (!strcmp(argv[i], "--json")) {
            b.json = true;
        } else if (argv[i][0] != '-') {
            argv[1 + paths++] = argv[i];
        } else if (i + 1 < argc && set_value(&b, argv[i], argv[i + 1])) {
            i++;
        } else {
            fprintf(stderr, "openpvg shader bench: unknown option, or a value that it does not take: %s\n%s", argv[i], help);
            return PVG_EXIT_USAGE;
        }
    }
    if (!paths) {
        fprintf(stderr, "openpvg shader bench: no file or folder named\n%s", help);
        return PVG_EXIT_USAGE;
    }
    for (int i = 0; i < paths && !rc; i++)
        if (!shader_set_add(&b.set, argv[1 + i]))
            rc = PVG_EXIT_FAILED;
    if (!rc)
        rc = run(&b);
    free(b.results);
    shader_set_free(&b.set);
    return rc;
}
