/* SPDX-License-Identifier: MIT */
/**
 * @file Every function of the corpus: translate, validate with spirv-val where it is installed, create a pipeline where there is a
 * Vulkan device. At least 99 % of the functions have to pass; the others must be refused by name.
 */
#include "tests/air/runner.h"
#include "tests/common/corpus.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct tally {
    unsigned total, translated, refused, broken, invalid, no_pipeline;
};

static bool valid(const struct pvg_air_shader *s)
{
    char command[512], path[64];
    snprintf(path, sizeof path, "/tmp/pvg-air-%ld.spv", (long)getpid());
    FILE *f = fopen(path, "wb");
    if (!f)
        return false;
    size_t n = fwrite(s->words, 4, s->word_count, f);
    fclose(f);
    snprintf(command, sizeof command, "%s --target-env vulkan1.3 --scalar-block-layout %s", SPIRV_VAL, path);
    int rc = n == s->word_count ? system(command) : -1;
    unlink(path);
    return rc == 0;
}

/** A translation that differs from the plain one, for functions with samplers. */
static bool pixel_form(const struct pvg_air_reflection *r)
{
    for (size_t i = 0; i < r->sampler_count; i++)
        if (r->samplers[i].scales)
            return true;
    return false;
}

static void check_form(struct runner *r, const struct pvg_metallib_function *fn, const char *file, enum pvg_air_robustness robust,
                       bool validate, uint8_t variant, struct tally *t)
{
    struct pvg_air_options o = {
        .size = sizeof o, .available = r ? runner_available(r) : UINT32_MAX, .robustness = robust, .variant = variant};
    struct pvg_error err = {{0}};
    struct pvg_air_shader *s;
    int rc = pvg_air_translate(fn->bitcode, fn->bitcode_size, fn->name, &o, &s, &err);
    t->total++;
    if (rc) {
        assert_true(strlen(err.message) > 0);
        t->refused += rc == -ENOTSUP;
        t->broken += rc != -ENOTSUP;
        print_message("%s: %s\n", file, err.message);
        return;
    }
    t->translated++;
    if (validate && !valid(s)) {
        t->invalid++;
        print_message("%s: %s is not valid SPIR-V\n", file, fn->name);
    } else if (r && !runner_pipeline(r, s)) {
        t->no_pipeline++;
        print_message("%s: no pipeline with %s\n", file, fn->name);
    }
    bool again = !variant && robust == PVG_AIR_ROBUST_BUFFERS && pixel_form(&s->reflection);
    pvg_air_shader_free(s);
    if (again)
        check_form(r, fn, file, robust, validate, PVG_AIR_VARIANT_PIXEL_SAMPLERS, t);
}

static void check(struct runner *r, const struct pvg_metallib_function *fn, const char *file, enum pvg_air_robustness robust,
                  bool validate, struct tally *t)
{
    check_form(r, fn, file, robust, validate, 0, t);
}

/** `step` > 1 takes a sample of the functions only. */
static struct tally run_corpus(struct runner *r, const char *prefix, enum pvg_air_robustness robust, bool validate, size_t step)
{
    struct corpus corpus;
    struct tally t = {0};
    size_t seen = 0;
    if (!corpus_open(&corpus))
        return t;
    for (size_t i = 0; i < corpus.count; i++) {
        size_t size;
        struct pvg_metallib *lib;
        if (strncmp(corpus.names[i], prefix, strlen(prefix)) || strstr(corpus.names[i], ".tsv"))
            continue;
        uint8_t *data = corpus_read(&corpus, i, &size);
        if (!pvg_metallib_open(data, size, &lib, NULL)) {
            for (size_t k = 0; k < pvg_metallib_function_count(lib); k++)
                if (seen++ % step == 0)
                    check(r, pvg_metallib_function_at(lib, k), corpus.names[i], robust, validate, &t);
            pvg_metallib_close(lib);
        }
        free(data);
    }
    corpus_close(&corpus);
    print_message("%u functions: %u translated, %u refused, %u broken, %u invalid, %u without pipeline\n", t.total, t.translated,
                  t.refused, t.broken, t.invalid, t.no_pipeline);
    return t;
}

/** The repository's own AIR texts, every function, with and without bounds checks, down to pipelines where there is a device. */
static void own_texts(void **state)
{
    (void)state;
    static const char *const files[] = {"kernels.ll", "intrinsics.ll", "textures.ll", "imports.ll"};
    struct runner *r = runner_open();
    struct tally t = {0};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        static char text[1 << 20];
        char path[512];
        snprintf(path, sizeof path, "%s/tests/air/ll/%s", OPENPVG_SOURCE_ROOT, files[i]);
        FILE *f = fopen(path, "rb");
        assert_non_null(f);
        size_t n = fread(text, 1, sizeof text, f), size;
        fclose(f);
        uint8_t *bitcode;
        struct pvg_error err = {{0}};
        struct pvg_metallib *lib;
        if (pvg_air_assemble(text, n, &bitcode, &size, &err) || pvg_metallib_open(bitcode, size, &lib, &err))
            fail_msg("%s: %s", files[i], err.message);
        for (size_t k = 0; k < pvg_metallib_function_count(lib); k++) {
            check(r, pvg_metallib_function_at(lib, k), files[i], PVG_AIR_ROBUST_NONE, SPIRV_VAL[0] != 0, &t);
            check(r, pvg_metallib_function_at(lib, k), files[i], PVG_AIR_ROBUST_BUFFERS, SPIRV_VAL[0] != 0, &t);
        }
        pvg_metallib_close(lib);
        free(bitcode);
    }
    print_message("%u translations, %u refused, %u broken, %u invalid, %u without pipeline\n", t.total, t.refused, t.broken,
                  t.invalid, t.no_pipeline);
    runner_close(r);
    assert_true(t.total > 0);
    assert_int_equal(t.refused, 2); /* "stage_in" needs a stage-input descriptor. */
    assert_int_equal(t.broken + t.invalid + t.no_pipeline, 0);
}

static void everything(void **state)
{
    (void)state;
    bool validate = SPIRV_VAL[0] != 0;
    struct tally t = run_corpus(NULL, "", PVG_AIR_ROBUST_NONE, validate, 1);
    if (!t.total)
        skip();
    assert_int_equal(t.broken + t.invalid, 0);
    assert_true(t.translated * 100 >= t.total * 99);
}

static void robust(void **state)
{
    (void)state;
    struct tally t = run_corpus(NULL, "", PVG_AIR_ROBUST_BUFFERS, SPIRV_VAL[0] != 0, 4);
    if (!t.total)
        skip();
    assert_int_equal(t.broken + t.invalid, 0);
}

static void pipelines(void **state)
{
    (void)state;
    struct runner *r = runner_open();
    if (!r)
        skip();
    struct tally all = run_corpus(r, "darlinghq_indium__", PVG_AIR_ROBUST_BUFFERS, SPIRV_VAL[0] != 0, 1);
    assert_int_equal(all.translated, all.total);
    assert_int_equal(all.invalid + all.no_pipeline, 0);
    struct tally some = run_corpus(r, "", PVG_AIR_ROBUST_NONE, false, 16);
    assert_int_equal(some.broken + some.no_pipeline, 0);
    runner_close(r);
    if (!all.total)
        skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_texts),
        cmocka_unit_test(everything),
        cmocka_unit_test(robust),
        cmocka_unit_test(pipelines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
