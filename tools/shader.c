/* SPDX-License-Identifier: MIT */
/** @file openpvg shader: look into Metal libraries. */
#include <openpvg/air.h>

#include "air/entry.h"
#include "air/sha256.h"
#include "tools/json.h"
#include "tools/shader.h"
#include "tools/tool.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "usage: openpvg shader list FILE...\n"
    "       openpvg shader show [--json] FILE [FUNCTION]\n"
    "       openpvg shader dump FILE FUNCTION [-o OUT.spv] [--robustness MODE]\n"
    "       openpvg shader pack -o OUT.metallib FILE...\n"
    "       openpvg shader check [OPTION]... PATH...\n"
    "       openpvg shader bench [OPTION]... PATH...\n"
    "\n"
    "FILE is a Metal library (.metallib), a fat file with one, or an AIR module (.air, bitcode).\n"
    "\n"
    "  list  functions of the files: stage, name, AIR and Metal language version, bytes of bitcode, hash check\n"
    "  show  interface of one function or of all: parameters, results, function constants, constexpr samplers, and the\n"
    "        reflection record of its translation; --json: that record with every field\n"
    "  dump  translate a function to SPIR-V; without -o to standard output (pipe it into spirv-dis); MODE: bounds checks in the\n"
    "        code, none (default) or buffers\n"
    "  pack  write a library from AIR text (.ll), AIR modules or other libraries\n"
    "  check translate, validate and create a pipeline for every function of files and folders\n"
    "  bench time and code size of translation\n"
    "\n"
    "'openpvg shader check --help' and 'openpvg shader bench --help' explain those actions.\n";

static struct pvg_metallib *open_library(const char *path)
{
    struct pvg_metallib *lib = NULL;
    struct pvg_error err = {{0}};
    size_t size;
    uint8_t *data = pvg_tool_read_file(path, &size);

    if (!data)
        return NULL;
    int rc = pvg_metallib_open(data, size, &lib, &err);
    if (rc)
        fprintf(stderr, "%s: %s\n", path, err.message[0] ? err.message : strerror(-rc));
    free(data);
    return lib;
}

static const char *hash_state(const struct pvg_metallib_function *f)
{
    static const uint8_t none[32];
    uint8_t digest[32];

    if (memcmp(f->hash, none, 32) == 0)
        return "none";
    pvg_sha256(f->bitcode, f->bitcode_size, digest);
    return memcmp(f->hash, digest, 32) == 0 ? "ok" : "WRONG";
}

static int list_file(const char *path)
{
    struct pvg_metallib *lib = open_library(path);

    if (!lib)
        return PVG_EXIT_FAILED;
    printf("%s: %zu functions\n", path, pvg_metallib_function_count(lib));
    for (size_t i = 0; i < pvg_metallib_function_count(lib); i++) {
        const struct pvg_metallib_function *f = pvg_metallib_function_at(lib, i);
        printf("  %-12s %s  air=%u.%u metal=%u.%u bytes=%zu hash=%s\n", shader_type_name(f->type), f->name, f->air_version >> 16,
               f->air_version & 0xFFFF, f->msl_version >> 16, f->msl_version & 0xFFFF, f->bitcode_size, hash_state(f));
    }
    pvg_metallib_close(lib);
    return PVG_EXIT_OK;
}

static int list(int argc, char **argv)
{
    int rc = PVG_EXIT_OK;

    if (argc < 2) {
        fprintf(stderr, "openpvg shader list: no file named\n%s", help);
        return PVG_EXIT_USAGE;
    }
    for (int i = 1; i < argc; i++)
        if (list_file(argv[i]))
            rc = PVG_EXIT_FAILED;
    return rc;
}

static void show_param(const struct pvg_air_param *p, int indent);

static void show_members(const struct pvg_air_member *members, size_t count, int indent)
{
    for (size_t i = 0; i < count; i++) {
        const struct pvg_air_member *m = &members[i];
        printf("%*s+%-5u %-6u %s %s", indent, "", m->offset, m->size, m->type_name, m->name);
        if (m->array_length)
            printf("[%u]", m->array_length);
        printf("\n");
        if (m->resource)
            show_param(m->resource, indent + 4);
        show_members(m->nested, m->nested_count, indent + 4);
    }
}

static void show_param(const struct pvg_air_param *p, int indent)
{
    static const char *const dims[] = {"1d", "2d", "3d", "cube", "buffer"};
    static const char *const classes[] = {"float", "int", "uint"};

    printf("%*s%-3u %-30s %s %s", indent, "", p->index, p->keyword, p->type_name, p->name);
    if (p->kind != PVG_AIR_PARAM_BUILTIN && p->kind != PVG_AIR_PARAM_VARYING)
        printf(" location=%u", p->location);
    if (p->array_length > 1)
        printf(" count=%u", p->array_length);
    if (p->access)
        printf(" access=%s%s%s", p->access & PVG_AIR_ACCESS_SAMPLE ? "s" : "", p->access & PVG_AIR_ACCESS_READ ? "r" : "",
               p->access & PVG_AIR_ACCESS_WRITE ? "w" : "");
    if (p->address_space)
        printf(" space=%u", p->address_space);
    if (p->buffer_size)
        printf(" bytes=%u", p->buffer_size);
    if (p->kind == PVG_AIR_PARAM_TEXTURE)
        printf(" texture=%s%s%s%s %s", p->texture.depth ? "depth " : "", dims[p->texture.dim], p->texture.arrayed ? " array" : "",
               p->texture.multisampled ? " ms" : "", classes[p->texture.cls]);
    if (p->semantic)
        printf(" %s%s%s%s%s", p->semantic, p->interpolation.flat ? " flat" : "",
               p->interpolation.no_perspective ? " no_perspective" : "", p->interpolation.centroid ? " centroid" : "",
               p->interpolation.sample ? " sample" : "");
    printf("%s%s%s\n", p->gate.global ? " gated" : "", p->absent ? " absent" : "", p->unused ? " unused" : "");
    show_members(p->members, p->member_count, indent + 6);
}

static void show_entry(const struct pvg_air_entry *e)
{
    printf("%s %s: AIR %u.%u, Metal %u.%u%s%s\n", pvg_air_stage_name(e->stage), e->name, e->air_version >> 16,
           e->air_version & 0xFFFF, e->msl_version >> 16, e->msl_version & 0xFFFF, e->fast_math ? ", fast math" : "",
           e->early_fragment_tests ? ", early fragment tests" : "");
    for (size_t i = 0; i < e->param_count; i++)
        show_param(&e->params[i], 2);
    for (size_t i = 0; i < e->output_count; i++) {
        const struct pvg_air_output *o = &e->outputs[i];
        printf("  -> %-3u %-27s %s %s", o->member, o->keyword, o->type_name, o->name);
        if (o->kind == PVG_AIR_OUTPUT_COLOR)
            printf(" colour=%u source=%u", o->index, o->source);
        printf("%s%s%s\n", o->semantic ? " " : "", o->semantic ? o->semantic : "", o->absent ? " absent" : "");
    }
    for (size_t i = 0; i < e->constant_count; i++) {
        const struct pvg_air_fc *fc = &e->constants[i];
        printf("  constant %u: %s %s%s\n", fc->index, fc->type_name, fc->name, fc->used ? "" : " (unused)");
    }
    for (size_t i = 0; i < e->sampler_count; i++)
        printf("  sampler %zu: 0x%016" PRIx64 " 0x%016" PRIx64 "\n", i, e->samplers[i].word0, e->samplers[i].word1);
}

/** What the metadata declares. */
static int show_metadata(const struct pvg_metallib_function *f)
{
    struct pvg_air_entry *entry = NULL;
    struct pvg_air_module m;
    struct pvg_error err = {{0}};
    int rc = pvg_air_module_parse(f->bitcode, f->bitcode_size, &m, &err);

    if (!rc)
        rc = pvg_air_entry_parse(m.module, f->name, NULL, 0, &entry, &err);
    if (rc)
        fprintf(stderr, "%s: %s\n", f->name, err.message[0] ? err.message : strerror(-rc));
    else
        show_entry(entry);
    pvg_air_entry_free(entry);
    pvg_air_module_free(&m);
    return rc;
}

/** What a translation makes of it. A refusal is part of what there is to show. */
static void show_translation(const struct pvg_metallib_function *f, bool json)
{
    struct shader_options options;
    struct pvg_air_shader *shader = NULL;
    struct pvg_error err = {{0}};

    shader_options_for(f, UINT32_MAX, PVG_AIR_ROBUST_BUFFERS, &options);
    if (!pvg_air_translate(f->bitcode, f->bitcode_size, f->name, &options.air, &shader, &err)) {
        shader_print_reflection(shader, json);
    } else if (json) {
        printf("{\"name\":");
        pvg_json_string(stdout, f->name);
        printf(",\"error\":");
        pvg_json_string(stdout, err.message);
        printf("}");
    } else {
        printf("  translation: %s\n", err.message);
    }
    pvg_air_shader_free(shader);
}

static int show_function(const struct pvg_metallib_function *f, bool json, bool first)
{
    int rc = 0;

    if (json)
        printf("%s\n", first ? "" : ",");
    else
        rc = show_metadata(f);
    if (!rc)
        show_translation(f, json);
    return rc;
}

static int show(int argc, char **argv)
{
    bool json = argc > 1 && strcmp(argv[1], "--json") == 0;
    struct pvg_metallib *lib;
    int rc = PVG_EXIT_OK, shown = 0;

    argv += json;
    argc -= json;
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "openpvg shader show: one file and at most one function\n%s", help);
        return PVG_EXIT_USAGE;
    }
    lib = open_library(argv[1]);
    if (!lib)
        return PVG_EXIT_FAILED;
    if (json)
        printf("[");
    for (size_t i = 0; i < pvg_metallib_function_count(lib); i++) {
        const struct pvg_metallib_function *f = pvg_metallib_function_at(lib, i);
        if (argc == 3 && strcmp(f->name, argv[2]) != 0)
            continue;
        if (show_function(f, json, !shown++))
            rc = PVG_EXIT_FAILED;
    }
    if (json)
        printf("]\n");
    if (argc == 3 && !shown) {
        fprintf(stderr, "%s: no function \"%s\"; 'openpvg shader list' names them\n", argv[1], argv[2]);
        rc = PVG_EXIT_FAILED;
    }
    pvg_metallib_close(lib);
    return rc;
}

/* Binary to a terminal helps nobody. */
static int write_words(const struct pvg_air_shader *shader, const char *out)
{
    if (out)
        return pvg_tool_write_file(out, shader->words, 4 * shader->word_count) ? PVG_EXIT_FAILED : PVG_EXIT_OK;
    if (isatty(STDOUT_FILENO)) {
        fprintf(stderr, "openpvg shader dump: SPIR-V is binary; name a file with -o or pipe the output\n");
        return PVG_EXIT_USAGE;
    }
    return fwrite(shader->words, 4, shader->word_count, stdout) == shader->word_count ? PVG_EXIT_OK : PVG_EXIT_FAILED;
}

static int dump_function(const struct pvg_metallib_function *f, enum pvg_air_robustness robustness, const char *out)
{
    const struct pvg_air_options options = {
        .size = sizeof(options), .available = UINT32_MAX, .robustness = robustness, .debug_names = true};
    struct pvg_air_shader *shader;
    struct pvg_error err = {{0}};
    int rc = pvg_air_translate(f->bitcode, f->bitcode_size, f->name, &options, &shader, &err);

    if (rc) {
        fprintf(stderr, "%s: %s\n", f->name, err.message[0] ? err.message : strerror(-rc));
        return PVG_EXIT_FAILED;
    }
    rc = write_words(shader, out);
    pvg_air_shader_free(shader);
    return rc;
}

static int dump(int argc, char **argv)
{
    struct pvg_metallib *lib;
    enum pvg_air_robustness robustness = PVG_AIR_ROBUST_NONE;
    const char *out = NULL;
    bool ok = argc >= 3 && argc % 2;
    int rc = PVG_EXIT_FAILED;

    for (int i = 3; ok && i < argc; i += 2) {
        if (strcmp(argv[i], "-o") == 0)
            out = argv[i + 1];
        else
            ok = strcmp(argv[i], "--robustness") == 0 && shader_parse_robustness(argv[i + 1], &robustness);
    }
    if (!ok) {
        fprintf(stderr, "openpvg shader dump: expected FILE FUNCTION [-o OUT.spv] [--robustness none|buffers]\n%s", help);
        return PVG_EXIT_USAGE;
    }
    lib = open_library(argv[1]);
    if (!lib)
        return PVG_EXIT_FAILED;
    for (size_t i = 0; i < pvg_metallib_function_count(lib); i++) {
        const struct pvg_metallib_function *f = pvg_metallib_function_at(lib, i);
        if (strcmp(f->name, argv[2]) == 0) {
            rc = dump_function(f, robustness, out);
            pvg_metallib_close(lib);
            return rc;
        }
    }
    fprintf(stderr, "%s: no function \"%s\"; 'openpvg shader list' names them\n", argv[1], argv[2]);
    pvg_metallib_close(lib);
    return rc;
}

static int pack(int argc, char **argv)
{
    if (argc < 4 || strcmp(argv[1], "-o") != 0) {
        fprintf(stderr, "openpvg shader pack: expected -o OUT.metallib FILE...\n%s", help);
        return PVG_EXIT_USAGE;
    }
    return pvg_tool_pack(argv[2], argv + 3, argc - 3);
}

int pvg_tool_shader(int argc, char **argv)
{
    static const struct pvg_tool actions[] = {
        {"list", NULL, list}, {"show", NULL, show}, {"dump", NULL, dump}, {"pack", NULL, pack}};

    if (argc < 2) {
        fputs(help, stderr);
        return PVG_EXIT_USAGE;
    }
    if (strcmp(argv[1], "bench") == 0)
        return pvg_tool_shader_bench(argc - 1, argv + 1);
    if (strcmp(argv[1], "check") == 0)
        return pvg_tool_shader_check(argc - 1, argv + 1);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(help, stdout);
            return PVG_EXIT_OK;
        }
    }
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
        if (strcmp(argv[1], actions[i].name) == 0)
            return actions[i].run(argc - 1, argv + 1);
    fprintf(stderr, "openpvg shader: unknown action \"%s\"\n%s", argv[1], help);
    return PVG_EXIT_USAGE;
}
