/* SPDX-License-Identifier: MIT */
/**
 * @file Translation by many threads at once, here and in children, and in other processes: always the same words and the same
 * reflection for the same module.
 */
#include "air/helper.h"
#include "air/remote.h"
#include "air/sha256.h"

#include "tests/air/shaders.h"
#include "tests/common/corpus.h"

#include <dirent.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { THREADS = 5, MAX_FUNCTIONS = 600, CORPUS_STEP = PVG_HELPER_SANITIZED ? 40 : 8 };

struct function {
    char *name;
    uint8_t *bitcode;
    size_t size;
    uint8_t digest[32]; /**< Of the translation in the first thread. */
};

static struct function functions[MAX_FUNCTIONS];
static size_t function_count;

/* ---- Material ------------------------------------------------------------------------------------------------------------- */

static void add_function(const struct pvg_metallib_function *f)
{
    if (function_count == MAX_FUNCTIONS)
        return;
    struct function *t = &functions[function_count++];
    t->name = strdup(f->name);
    t->bitcode = malloc(f->bitcode_size);
    t->size = f->bitcode_size;
    memcpy(t->bitcode, f->bitcode, f->bitcode_size);
}

static void add_text(const char *text, size_t size)
{
    struct pvg_error err = {{0}};
    struct pvg_metallib *lib;
    uint8_t *bitcode;
    size_t bytes;

    if (pvg_air_assemble(text, size, &bitcode, &bytes, &err))
        return; /* Some modules of the folder are wrong on purpose. */
    if (pvg_metallib_open(bitcode, bytes, &lib, &err))
        fail_msg("%s", err.message);
    for (size_t i = 0; i < pvg_metallib_function_count(lib); i++)
        add_function(pvg_metallib_function_at(lib, i));
    pvg_metallib_close(lib);
    free(bitcode);
}

static int is_text(const struct dirent *e)
{
    size_t n = strlen(e->d_name);

    return n > 3 && strcmp(e->d_name + n - 3, ".ll") == 0;
}

static void add_folder(const char *name)
{
    char path[PATH_MAX];
    struct dirent **list;

    snprintf(path, sizeof(path), "%s/%s", OPENPVG_SOURCE_ROOT, name);
    int n = scandir(path, &list, is_text, alphasort);
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof(path), "%s/%s/%s", OPENPVG_SOURCE_ROOT, name, list[i]->d_name);
        FILE *f = fopen(path, "rb");
        static char text[1 << 20];
        size_t size = f ? fread(text, 1, sizeof(text), f) : 0;
        if (f)
            fclose(f);
        add_text(text, size);
        free(list[i]);
    }
    if (n >= 0)
        free(list);
}

static void add_corpus(void)
{
    struct corpus files;
    size_t number = 0;

    if (!corpus_open(&files))
        return;
    for (size_t i = 0; i < files.count; i++) {
        struct pvg_metallib *lib;
        size_t size;
        uint8_t *data = corpus_read(&files, i, &size);

        if (pvg_metallib_open(data, size, &lib, NULL) == 0) {
            for (size_t k = 0; k < pvg_metallib_function_count(lib); k++)
                if (number++ % CORPUS_STEP == 0)
                    add_function(pvg_metallib_function_at(lib, k));
            pvg_metallib_close(lib);
        }
        free(data);
    }
    corpus_close(&files);
}

static void gather(void)
{
    static const char *const texts[] = {shader_vertex, shader_fragment, shader_kernel};

    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        add_text(texts[i], strlen(texts[i]));
    add_folder("tests/air/ll");
    add_folder("tests/session");
    add_folder("bench");
    add_corpus();
}

/* ---- Digests -------------------------------------------------------------------------------------------------------------- */

typedef int (*translate_fn)(const void *bitcode, size_t size, const char *entry, const struct pvg_air_options *options,
                            struct pvg_air_shader **out, struct pvg_error *err);

/* Of words and reflection, or of the refusal. @return whether it was translated. */
static bool digest(const struct function *f, translate_fn translate, uint8_t out[32])
{
    struct pvg_air_shader *s = NULL;
    struct pvg_error err = {{0}};
    struct pvg_bytes bytes = {0};
    int rc = translate(f->bitcode, f->size, f->name, NULL, &s, &err);

    if (rc == 0) {
        pvg_air_shader_write(s, &bytes);
    } else {
        for (char *p = err.message; *p; p++)
            *p = (unsigned char)*p < 0x20 ? ' ' : *p;
        pvg_bytes_put_int(&bytes, (uint64_t)rc, 4);
        pvg_bytes_put_string(&bytes, err.message);
    }
    pvg_sha256(bytes.p, bytes.size, out);
    pvg_bytes_free(&bytes);
    pvg_air_shader_free(s);
    return rc == 0;
}

static size_t digest_all(void)
{
    size_t translated = 0;

    for (size_t i = 0; i < function_count; i++)
        translated += digest(&functions[i], pvg_air_translate_here, functions[i].digest);
    return translated;
}

/* ---- Threads -------------------------------------------------------------------------------------------------------------- */

struct run {
    translate_fn translate;
    unsigned number;
    const char *different;
};

static void *run(void *arg)
{
    struct run *r = arg;

    /* Every thread in its own order, so that all kinds of functions meet. */
    for (size_t i = 0; i < function_count && !r->different; i++) {
        size_t k =
            r->number % 2 ? (i + r->number * 7) % function_count : function_count - 1 - (i + r->number * 11) % function_count;
        uint8_t d[32];

        digest(&functions[k], r->translate, d);
        if (memcmp(d, functions[k].digest, sizeof(d)) != 0)
            r->different = functions[k].name;
    }
    return NULL;
}

static void in_threads(translate_fn translate)
{
    struct run runs[THREADS];
    pthread_t threads[THREADS];

    for (unsigned i = 0; i < THREADS; i++) {
        runs[i] = (struct run){.translate = translate, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, run, &runs[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (unsigned i = 0; i < THREADS; i++)
        if (runs[i].different)
            fail_msg("%s is translated differently in a thread", runs[i].different);
}

static void here(void **state)
{
    (void)state;
    in_threads(pvg_air_translate_here);
}

static void in_children(void **state)
{
    (void)state;
    in_threads(pvg_air_translate);
}

/* ---- Processes ------------------------------------------------------------------------------------------------------------ */

static void print_digests(void)
{
    for (size_t i = 0; i < function_count; i++) {
        for (unsigned k = 0; k < 32; k++)
            printf("%02x", functions[i].digest[k]);
        printf("\n");
    }
}

/* Other processes have other addresses, heaps and hash seeds. */
static void in_processes(void **state)
{
    char self[PATH_MAX], command[PATH_MAX + 16], line[128];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    (void)state;
    assert_true(n > 0);
    self[n] = 0;
    snprintf(command, sizeof(command), "'%s' digests", self);
    for (unsigned round = 0; round < 2; round++) {
        FILE *f = popen(command, "r");
        assert_non_null(f);
        for (size_t i = 0; i < function_count; i++) {
            char want[65];
            assert_non_null(fgets(line, sizeof(line), f));
            line[strcspn(line, "\n")] = 0;
            for (unsigned k = 0; k < 32; k++)
                snprintf(want + 2 * k, 3, "%02x", functions[i].digest[k]);
            if (strcmp(line, want) != 0)
                fail_msg("%s is translated differently in another process", functions[i].name);
        }
        assert_null(fgets(line, sizeof(line), f));
        assert_int_equal(pclose(f), 0);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(here), cmocka_unit_test(in_children), cmocka_unit_test(in_processes)};

    gather();
    size_t translated = digest_all();
    if (argc == 2 && strcmp(argv[1], "digests") == 0) {
        print_digests();
        return 0;
    }
    printf("%zu functions, %zu translated\n", function_count, translated);
    if (function_count < 6 || translated < 5)
        return 1;
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    for (size_t i = 0; i < function_count; i++) {
        free(functions[i].name);
        free(functions[i].bitcode);
    }
    return rc;
}
