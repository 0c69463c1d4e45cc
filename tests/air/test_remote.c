/* SPDX-License-Identifier: MIT */
/** @file Translation behind the process boundary: same result as without it, damage stays behind it, replies are checked. */
#include "air/remote.h"

#include "tests/air/shaders.h"
#include "tests/common/corpus.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

static void same_strings(const char *a, const char *b)
{
    assert_string_equal(a, b);
    assert_true(a != b);
}

static void same(const struct pvg_air_shader *a, const struct pvg_air_shader *b)
{
    const struct pvg_air_reflection *x = &a->reflection, *y = &b->reflection;

    assert_int_equal(a->word_count, b->word_count);
    assert_memory_equal(a->words, b->words, 4 * a->word_count);
    same_strings(x->name, y->name);
    assert_int_equal(x->stage, y->stage);
    assert_int_equal(x->needs, y->needs);
    assert_int_equal(x->table_size, y->table_size);
    assert_int_equal(x->buffer_count, y->buffer_count);
    for (size_t i = 0; i < x->buffer_count; i++) {
        assert_int_equal(x->buffers[i].index, y->buffers[i].index);
        assert_int_equal(x->buffers[i].table_offset, y->buffers[i].table_offset);
        assert_int_equal(x->buffers[i].written, y->buffers[i].written);
    }
    assert_int_equal(x->texture_count, y->texture_count);
    for (size_t i = 0; i < x->texture_count; i++)
        assert_int_equal(x->textures[i].table_offset, y->textures[i].table_offset);
    assert_int_equal(x->varying_count, y->varying_count);
    for (size_t i = 0; i < x->varying_count; i++)
        same_strings(x->varyings[i].semantic, y->varyings[i].semantic);
    assert_int_equal(x->constant_count, y->constant_count);
    for (size_t i = 0; i < x->constant_count; i++)
        same_strings(x->constants[i].name, y->constants[i].name);
    assert_int_equal(x->max_total_threads, y->max_total_threads);
}

/* @return whether the function can be translated. */
static bool compare(const void *bitcode, size_t size, const char *name)
{
    struct pvg_air_shader *here = NULL, *there = NULL;
    struct pvg_error err_here = {{0}}, err_there = {{0}};
    int rc_here = pvg_air_translate_here(bitcode, size, name, NULL, &here, &err_here);
    int rc_there = pvg_air_translate(bitcode, size, name, NULL, &there, &err_there);

    if (rc_here != rc_there)
        fail_msg("%s: %d (%s) here, %d (%s) in the child", name, rc_here, err_here.message, rc_there, err_there.message);
    if (rc_here == 0)
        same(here, there);
    else
        assert_string_equal(err_here.message, err_there.message);
    pvg_air_shader_free(here);
    pvg_air_shader_free(there);
    return rc_here == 0;
}

static void own_shaders(void **state)
{
    const char *const texts[] = {shader_vertex, shader_kernel};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        uint8_t *bitcode;
        size_t size;

        assert_int_equal(pvg_air_assemble(texts[i], strlen(texts[i]), &bitcode, &size, NULL), 0);
        assert_true(compare(bitcode, size, NULL));
        assert_false(compare(bitcode, size, "nobody"));
        assert_false(compare(bitcode, size / 2, NULL));
        free(bitcode);
    }
}

static struct pvg_air_shader *vertex_shader(void)
{
    struct pvg_air_shader *s = NULL;
    uint8_t *bitcode;
    size_t size;

    assert_int_equal(pvg_air_assemble(shader_vertex, strlen(shader_vertex), &bitcode, &size, NULL), 0);
    assert_int_equal(pvg_air_translate_here(bitcode, size, NULL, NULL, &s, NULL), 0);
    free(bitcode);
    return s;
}

static bool accepted(const struct pvg_air_shader *s)
{
    struct pvg_bytes bytes = {0};
    struct pvg_air_shader *copy;

    pvg_air_shader_write(s, &bytes);
    copy = pvg_air_shader_read(bytes.p, bytes.size);
    pvg_bytes_free(&bytes);
    pvg_air_shader_free(copy);
    return copy != NULL;
}

static void replies_are_checked(void **state)
{
    struct pvg_air_shader *s = vertex_shader();
    struct pvg_air_reflection *r = &s->reflection, saved = *r;
    struct pvg_bytes bytes = {0};

    (void)state;
    assert_true(accepted(s));
    assert_true(r->buffer_count >= 1 && r->attribute_count >= 1);
    struct pvg_air_buffer buffer = r->buffers[0];
    struct pvg_air_attribute attribute = r->attributes[0];

#define REFUSED(change, undo)                                                                                                      \
    change;                                                                                                                        \
    assert_false(accepted(s));                                                                                                     \
    undo;                                                                                                                          \
    assert_true(accepted(s))
    REFUSED(r->table_size = 8, *r = saved);
    REFUSED(r->table_size = 1 << 30, *r = saved);
    REFUSED(r->stage = 77, *r = saved);
    REFUSED(r->buffers[0].table_offset = r->table_size, r->buffers[0] = buffer);
    REFUSED(r->buffers[0].table_offset = UINT32_MAX - 15, r->buffers[0] = buffer);
    REFUSED(r->buffers[0].array_length = 0, r->buffers[0] = buffer);
    REFUSED(r->buffers[0].array_length = 32, r->buffers[0] = buffer);
    REFUSED(r->buffers[0].index = 31, r->buffers[0] = buffer);
    REFUSED(r->attributes[0].location = 31, r->attributes[0] = attribute);

    /* Bools are 0 or 1, and SPIR-V is at least framed. */
    const size_t flags[] = {offsetof(struct pvg_air_reflection, writes_position),
                            offsetof(struct pvg_air_reflection, writes_memory),
                            offsetof(struct pvg_air_reflection, uses_threadgroup_memory)};
    for (size_t i = 0; i < 3; i++) {
        uint8_t *flag = (uint8_t *)r + flags[i];
        REFUSED(*flag = 2, *r = saved);
    }
    uint8_t *written = (uint8_t *)&r->buffers[0] + offsetof(struct pvg_air_buffer, written);
    REFUSED(*written = 255, r->buffers[0] = buffer);
    uint32_t head[6];
    memcpy(head, s->words, sizeof(head));
    REFUSED(s->words[0] ^= 1, memcpy(s->words, head, sizeof(head)));
    REFUSED(s->words[1] = 0x00010700, memcpy(s->words, head, sizeof(head)));
    REFUSED(s->words[3] = 0, memcpy(s->words, head, sizeof(head)));
    REFUSED(s->words[3] = UINT32_MAX, memcpy(s->words, head, sizeof(head)));
    REFUSED(s->words[4] = 1, memcpy(s->words, head, sizeof(head)));
    REFUSED(s->words[5] &= 0xffff, memcpy(s->words, head, sizeof(head)));
    REFUSED(s->words[5] |= 0xffff0000, memcpy(s->words, head, sizeof(head)));
    size_t words = s->word_count;
    REFUSED(s->words[words - 1] += 0x10000, s->words[words - 1] -= 0x10000);
    REFUSED(s->word_count = 4, s->word_count = words);
    REFUSED(s->word_count = 0, s->word_count = words);

    /* Cut anywhere, or with a byte too many. */
    pvg_air_shader_write(s, &bytes);
    for (size_t n = 0; n < bytes.size; n++) {
        uint8_t *copy = malloc(n ? n : 1);
        memcpy(copy, bytes.p, n);
        assert_null(pvg_air_shader_read(copy, n));
        free(copy);
    }
    pvg_bytes_put_int(&bytes, 0, 1);
    assert_null(pvg_air_shader_read(bytes.p, bytes.size));
    pvg_bytes_free(&bytes);
    pvg_air_shader_free(s);
}

static void no_child_no_translation(void **state)
{
    uint8_t *bitcode;
    size_t size;

    (void)state;
    assert_int_equal(pvg_air_assemble(shader_kernel, strlen(shader_kernel), &bitcode, &size, NULL), 0);
    struct rlimit saved, none;
    struct pvg_air_shader *s = NULL;
    struct pvg_error err = {{0}};

    /* Without a descriptor left no child can be started: refused by name, never translated here. */
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &saved), 0);
    none = saved;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    int rc = pvg_air_translate(bitcode, size, NULL, NULL, &s, &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &saved), 0);
    assert_int_equal(rc, -EMFILE);
    assert_null(s);
    assert_non_null(strstr(err.message, "child process"));
    free(bitcode);
}

static void damaged(void **state)
{
    uint8_t *bitcode;
    size_t size;

    (void)state;
    assert_int_equal(pvg_air_assemble(shader_kernel, strlen(shader_kernel), &bitcode, &size, NULL), 0);
    for (size_t bit = 20 * 8; bit < size * 8; bit += 211) {
        struct pvg_air_shader *s = NULL;
        struct pvg_error err = {{0}};
        int rc;

        bitcode[bit / 8] ^= (uint8_t)(1u << bit % 8);
        rc = pvg_air_translate(bitcode, size, NULL, NULL, &s, &err);
        assert_true(rc <= 0 && (rc == 0) == (s != NULL));
        assert_true(rc == 0 || err.message[0]);
        pvg_air_shader_free(s);
        bitcode[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(bitcode);
}

static void corpus(void **state)
{
    struct corpus files;
    size_t functions = 0, translated = 0;

    (void)state;
    if (!corpus_open(&files))
        skip();
    for (size_t i = 0; i < files.count; i++) {
        struct pvg_metallib *lib;
        size_t size;
        uint8_t *data = corpus_read(&files, i, &size);

        assert_int_equal(pvg_metallib_open(data, size, &lib, NULL), 0);
        free(data);
        /* A few of each library: this is about the boundary, not about translation. */
        for (size_t k = 0; k < pvg_metallib_function_count(lib) && k < 6; k++, functions++) {
            const struct pvg_metallib_function *f = pvg_metallib_function_at(lib, k);
            translated += compare(f->bitcode, f->bitcode_size, f->name);
        }
        pvg_metallib_close(lib);
    }
    print_message("%zu of %zu functions translate\n", translated, functions);
    assert_true(translated > 0);
    corpus_close(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_shaders), cmocka_unit_test(replies_are_checked),
        cmocka_unit_test(damaged),     cmocka_unit_test(no_child_no_translation),
        cmocka_unit_test(corpus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
