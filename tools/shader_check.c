/* SPDX-License-Identifier: MIT */
/** @file openpvg shader check: every function through translation, validation and pipeline creation. */
#include "air/remote.h"
#include "tools/json.h"
#include "tools/shader.h"
#include "tools/shader_pool.h"
#include "tools/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
    "usage: openpvg shader check [OPTION]... PATH...\n"
    "\n"
    "Translates every function of the files, and of the shader files below folders, to SPIR-V, checks the SPIR-V with the\n"
    "validator and creates a pipeline around it on the Vulkan device. A PATH is a Metal library, a fat file with one, an AIR\n"
    "module (.air), AIR text (.ll) or a folder.\n"
    "\n"
    "  --json             print one JSON object instead of text\n"
    "  --gpu GPU          Vulkan device: index, UUID in hex, or a part of its name (default: the best one)\n"
    "  --no-pipeline      stop after validation; the functions may then need features that no device here has\n"
    "  --no-validate      leave the validator out\n"
    "  --robustness MODE  bounds checks in the code: buffers (as the renderer, default) or none\n"
    "  --jobs N           worker processes (default: one per CPU)\n"
    "  --timeout SECONDS  for one function (default: 120)\n"
    "  --verbose          name every function; progress also without a terminal\n"
    "\n"
    "A function is ok when it passes all stages, refused when it uses a construct of the list in docs/shader-support.md, whose\n"
    "identifier stands in [brackets], and failed otherwise: broken file, construct outside of that list, invalid SPIR-V, pipeline\n"
    "refused by the driver, crash or timeout in a worker process. \"ms\" is the time of the translation alone.\n"
    "Exit code 0: nothing failed; 1: something failed; 2: wrong arguments.\n";

struct check {
    struct shader_set set;
    struct shader_result *results; /**< By item. */
    const char *gpu_name;
    struct shader_gpu *gpu; /**< In workers. */
    enum pvg_air_robustness robustness;
    bool json, pipelines, validate, verbose, progress;
    unsigned jobs, timeout_s;
    size_t finished;
    size_t translated, valid, made, refused, failed;
};

/* ---- In the workers --------------------------------------------------------------------------------------------------------- */

static bool start(void *context, struct pvg_error *err)
{
    struct check *c = context;

    if (!c->pipelines)
        return true;
    c->gpu = shader_gpu_open(c->gpu_name, err);
    return c->gpu;
}

static double now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

/** Visible functions of the library: those that its other functions refer to by name. Free with free(). */
static struct pvg_air_linked *visible_functions(const struct pvg_metallib *lib, size_t *count)
{
    enum { VISIBLE = 4 }; /* TYPE tag (spec 07 section 2.13). */
    struct pvg_air_linked *list = calloc(pvg_metallib_function_count(lib) + 1, sizeof(*list));

    *count = 0;
    for (size_t i = 0; list && i < pvg_metallib_function_count(lib); i++) {
        const struct pvg_metallib_function *f = pvg_metallib_function_at(lib, i);
        if (f->type == VISIBLE && f->bitcode_size)
            list[(*count)++] = (struct pvg_air_linked){f->bitcode, f->bitcode_size, f->name};
    }
    return list;
}

static struct pvg_air_shader *translate(struct check *c, const struct pvg_metallib *lib, const struct pvg_metallib_function *f,
                                        struct shader_result *r)
{
    struct pvg_air_shader *shader = NULL;
    struct shader_options options;
    struct pvg_error err = {{0}};

    shader_options_for(f, c->gpu ? shader_gpu_available(c->gpu) : UINT32_MAX, c->robustness, &options);
    struct pvg_air_linked *linked = visible_functions(lib, &options.air.linked_count);
    options.air.linked = linked;
    double begin = now_ms();
    int rc = pvg_air_translate_here(f->bitcode, f->bitcode_size, f->name, &options.air, &shader, &err);
    r->ms = now_ms() - begin;
    free(linked);
    if (!rc) {
        r->spirv_words = shader->word_count;
        r->translated = true;
        return shader;
    }
    r->state = rc == -ENOTSUP && pvg_air_refusal_of(&err) ? SHADER_REFUSED : SHADER_FAILED;
    snprintf(r->reason, sizeof r->reason, "%s", err.message[0] ? err.message : strerror(-rc));
    return NULL;
}

static void work(void *context, size_t item, struct shader_result *r)
{
    struct check *c = context;
    const struct pvg_metallib_function *f = shader_set_function(&c->set, item);

    if (!f) {
        r->state = SHADER_FAILED;
        snprintf(r->reason, sizeof r->reason, "%s", c->set.files[c->set.items[item].file].error);
        return;
    }
    struct pvg_air_shader *shader = translate(c, c->set.files[c->set.items[item].file].lib, f, r);
    if (!shader)
        return;
    snprintf(r->stage, sizeof r->stage, "%s", pvg_air_stage_name(shader->reflection.stage));
    r->valid = !c->validate || shader_validate(shader, r->reason, sizeof r->reason);
    /* What is not valid may take the driver down. */
    r->pipeline = r->valid && c->gpu && shader_gpu_pipeline(c->gpu, shader, r->reason, sizeof r->reason);
    r->state = r->valid && (r->pipeline || !c->gpu) ? SHADER_OK : SHADER_FAILED;
    r->valid &= c->validate;
    pvg_air_shader_free(shader);
}

/* ---- In the caller's process ----------------------------------------------------------------------------------------------- */

static void show_progress(struct check *c)
{
    if (!c->progress || (c->finished % 10 && c->finished != c->set.item_count))
        return;
    fprintf(stderr, "\r%zu of %zu functions, %zu refused, %zu failed ", c->finished, c->set.item_count, c->refused, c->failed);
    if (c->finished == c->set.item_count)
        fputc('\n', stderr);
    fflush(stderr);
}

static void done(void *context, const struct shader_result *r)
{
    struct check *c = context;

    c->results[r->item] = *r;
    c->finished++;
    c->translated += r->translated;
    c->valid += r->valid;
    c->made += r->pipeline;
    c->refused += r->state == SHADER_REFUSED;
    c->failed += r->state == SHADER_FAILED;
    show_progress(c);
}

/** Of the translated function; of the container where there is none. */
static const char *stage_of(const struct check *c, size_t item)
{
    const struct pvg_metallib_function *f = shader_set_function(&c->set, item);

    if (c->results[item].stage[0])
        return c->results[item].stage;
    return f ? shader_type_name(f->type) : "";
}

static const char *const states[] = {"ok", "refused", "failed"};

static void print_json(const struct check *c)
{
    printf("{\"functions\":%zu,\"translated\":%zu,\"valid\":%zu,\"pipelines\":%zu,\"refused\":%zu,\"failed\":%zu,\"items\":[",
           c->set.item_count, c->translated, c->valid, c->made, c->refused, c->failed);
    for (size_t i = 0; i < c->set.item_count; i++) {
        const struct pvg_metallib_function *f = shader_set_function(&c->set, i);
        const struct shader_result *r = &c->results[i];
        printf("%s\n{\"file\":", i ? "," : "");
        pvg_json_string(stdout, c->set.files[c->set.items[i].file].path);
        printf(",\"function\":");
        pvg_json_string(stdout, f ? f->name : "");
        printf(",\"stage\":\"%s\",\"state\":\"%s\",\"reason\":", stage_of(c, i), states[r->state]);
        pvg_json_string(stdout, r->reason);
        printf(",\"ms\":%.3f,\"spirv_words\":%llu}", r->ms, (unsigned long long)r->spirv_words);
    }
    printf("]}\n");
}

static void print_text(const struct check *c)
{
    for (size_t i = 0; i < c->set.item_count; i++) {
        const struct pvg_metallib_function *f = shader_set_function(&c->set, i);
        const struct shader_result *r = &c->results[i];
        if (r->state == SHADER_OK && !c->verbose)
            continue;
        printf("%-7s  %s: %s %s", states[r->state], c->set.files[c->set.items[i].file].path, stage_of(c, i), f ? f->name : "");
        if (r->state == SHADER_OK)
            printf("  %.1f ms, %llu words\n", r->ms, (unsigned long long)r->spirv_words);
        else
            printf(": %s\n", r->reason);
    }
    printf("%zu functions: %zu translated, ", c->set.item_count, c->translated);
    if (c->validate)
        printf("%zu valid, ", c->valid);
    if (c->pipelines)
        printf("%zu pipelines, ", c->made);
    printf("%zu refused, %zu failed\n", c->refused, c->failed);
}

static int run(struct check *c)
{
    const struct shader_pool pool = {.count = c->set.item_count,
                                     .jobs = c->jobs,
                                     .timeout_s = c->timeout_s,
                                     .name = "openpvg shader check",
                                     .context = c,
                                     .start = start,
                                     .work = work,
                                     .done = done};

    c->results = calloc(c->set.item_count + 1, sizeof *c->results);
    if (!c->results || shader_pool_run(&pool))
        return PVG_EXIT_FAILED;
    if (c->json)
        print_json(c);
    else
        print_text(c);
    return c->failed ? PVG_EXIT_FAILED : PVG_EXIT_OK;
}

/* ---- Arguments ------------------------------------------------------------------------------------------------------------- */

static int wrong(const char *what, const char *arg)
{
    fprintf(stderr, "openpvg shader check: %s%s\n%s", what, arg, help);
    return PVG_EXIT_USAGE;
}

/** The options that take a value. @return false when `name` is none of them or the value is wrong. */
static bool set_value(struct check *c, const char *name, const char *value)
{
    if (!strcmp(name, "--gpu")) {
        c->gpu_name = value;
        return true;
    }
    if (!strcmp(name, "--robustness"))
        return shader_parse_robustness(value, &c->robustness);
    if (!strcmp(name, "--jobs"))
        return shader_parse_number(value, 1, 64, &c->jobs);
    return !strcmp(name, "--timeout") && shader_parse_number(value, 1, 86400, &c->timeout_s);
}

static bool set_flag(struct check *c, const char *name)
{
    if (!strcmp(name, "--json"))
        c->json = true;
    else if (!strcmp(name, "--no-pipeline"))
        c->pipelines = false;
    else if (!strcmp(name, "--no-validate"))
        c->validate = false;
    else if (!strcmp(name, "--verbose"))
        c->verbose = true;
    else
        return false;
    return true;
}

/** @return -1 to go on, or an exit code. */
static int parse(struct check *c, int argc, char **argv)
{
    int paths = 0;

    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--help")) {
            fputs(help, stdout);
            return PVG_EXIT_OK;
        }
        if (argv[i][0] != '-') {
            argv[1 + paths++] = argv[i];
        } else if (!set_flag(c, argv[i])) {
            if (i + 1 >= argc || !set_value(c, argv[i], argv[i + 1]))
                return wrong("unknown option, or a value that it does not take: ", argv[i]);
            i++;
        }
    }
    if (!paths)
        return wrong("no file or folder named", "");
    if (c->validate && !shader_can_validate())
        return wrong("built without SPIRV-Tools: --no-validate is needed", "");
    for (int i = 0; i < paths; i++)
        if (!shader_set_add(&c->set, argv[1 + i]))
            return PVG_EXIT_FAILED;
    return -1;
}

int pvg_tool_shader_check(int argc, char **argv)
{
    struct check c = {
        .robustness = PVG_AIR_ROBUST_BUFFERS, .pipelines = true, .validate = true, .jobs = shader_cpu_count(), .timeout_s = 120};
    int rc = parse(&c, argc, argv);

    c.progress = c.verbose || isatty(STDERR_FILENO);
    if (rc < 0)
        rc = run(&c);
    free(c.results);
    shader_set_free(&c.set);
    return rc;
}
