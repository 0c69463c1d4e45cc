/* SPDX-License-Identifier: MIT */
/** @file Containers: every layout of spec 07 section 2, round trips, damaged files. */
#include <openpvg/air.h>

#include "air/module.h"
#include "air/sha256.h"
#include "tests/air/shaders.h"
#include "tests/common/corpus.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- A container builder that can imitate every writer -------------------------------------------------------------------- */

struct bytes {
    uint8_t p[65536];
    size_t n;
};

static void put(struct bytes *b, const void *data, size_t n)
{
    assert_true(n <= sizeof(b->p) - b->n);
    memcpy(b->p + b->n, data, n);
    b->n += n;
}

static void put_int(struct bytes *b, uint64_t v, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        put(b, &(uint8_t){(uint8_t)(v >> (8 * i))}, 1);
}

static void put_int_be(struct bytes *b, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        put(b, &(uint8_t){(uint8_t)(v >> (24 - 8 * i))}, 1);
}

static void put_tag(struct bytes *b, const char *name, const void *data, size_t n)
{
    put(b, name, 4);
    put_int(b, n, 2);
    put(b, data, n);
}

struct shape {
    bool group_counts_itself; /* Writer A, else A0 and B. */
    bool sizes;               /* MDSZ present (not in A0). */
    bool extension;           /* Header extension present (not at patch 2). */
    bool gap;                 /* Bytes between sections that nobody owns. */
};

static void build(struct bytes *out, struct shape shape, const uint8_t *blobs[], const size_t sizes[], size_t count)
{
    static struct bytes list, bitcode;
    uint64_t group = shape.group_counts_itself ? 8 : 4;

    out->n = list.n = bitcode.n = 0;
    for (size_t i = 0; i < count; i++) {
        char name[16];
        size_t start = list.n;
        uint64_t offsets[3] = {i * 8, i * 8, bitcode.n};

        snprintf(name, sizeof(name), "f%zu", i);
        put_int(&list, 0, 4);
        put_tag(&list, "NAME", name, strlen(name) + 1);
        put_tag(&list, "TYPE", &(uint8_t){(uint8_t)i}, 1);
        put_tag(&list, "XTRA", "skipped", 7);
        put_tag(&list, "OFFT", offsets, 24);
        put_tag(&list, "VERS", (uint16_t[]){2, 8, 4, 0}, 8);
        if (shape.sizes)
            put_tag(&list, "MDSZ", &(uint64_t){sizes[i]}, 8);
        put(&list, "ENDT", 4);
        memcpy(list.p + start, &(uint32_t){(uint32_t)(list.n - start)}, 4);
        put(&bitcode, blobs[i], sizes[i]);
    }
    size_t gap = shape.gap ? 24 : 0, extension = shape.extension ? 4 : 0;
    uint64_t at = 88, total = 88 + 4 + list.n + extension + 16 * count + 3 * gap + bitcode.n;

    put(out, "MTLB", 4);
    put_int(out, 0x8001, 2);
    put_int(out, 2, 2);
    put_int(out, shape.extension ? 7 : 2, 2);
    put_int(out, 0x8100, 2);
    put_int(out, 14, 4);
    put_int(out, total, 8);
    put_int(out, at, 8);
    put_int(out, list.n, 8);
    at += 4 + list.n + extension + gap;
    put_int(out, at, 8);
    put_int(out, 8 * count, 8);
    at += 8 * count + gap;
    put_int(out, at, 8);
    put_int(out, 8 * count, 8);
    at += 8 * count + gap;
    put_int(out, at, 8);
    put_int(out, bitcode.n, 8);
    put_int(out, count, 4);
    put(out, list.p, list.n);
    put(out, "ENDT", extension);
    for (unsigned s = 0; s < 2; s++) {
        put(out, (uint8_t[24]){0}, gap);
        for (size_t i = 0; i < count; i++) {
            put_int(out, group, 4);
            put(out, "ENDT", 4);
        }
    }
    put(out, (uint8_t[24]){0}, gap);
    put(out, bitcode.p, bitcode.n);
    assert_int_equal(out->n, total);
}

static const uint8_t *wrapped_fragment(size_t *size)
{
    static uint8_t *blob;
    static size_t blob_size;
    struct pvg_error err = {{0}};

    if (!blob && pvg_air_assemble(shader_fragment, strlen(shader_fragment), &blob, &blob_size, &err))
        fail_msg("%s", err.message);
    *size = blob_size;
    return blob;
}

/* ---- Tests ---------------------------------------------------------------------------------------------------------------- */

static void sha256_vectors(void **state)
{
    static const uint8_t abc[4] = {0xba, 0x78, 0x16, 0xbf}, empty[4] = {0xe3, 0xb0, 0xc4, 0x42}, two[4] = {0x24, 0x8d, 0x6a, 0x61};
    uint8_t digest[32];

    (void)state;
    pvg_sha256("abc", 3, digest);
    assert_memory_equal(digest, abc, 4);
    pvg_sha256("", 0, digest);
    assert_memory_equal(digest, empty, 4);
    pvg_sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, digest);
    assert_memory_equal(digest, two, 4);
}

static void writers(void **state)
{
    static struct bytes file;
    size_t size;
    const uint8_t *blob = wrapped_fragment(&size);
    const uint8_t *blobs[3] = {blob, blob, blob};
    size_t sizes[3] = {size, size, size};

    (void)state;
    for (unsigned bits = 0; bits < 16; bits++) {
        struct shape shape = {bits & 1, bits & 2, bits & 4, bits & 8};
        struct pvg_metallib *lib;
        struct pvg_error err = {{0}};

        build(&file, shape, blobs, sizes, 3);
        /* Trailing bytes that the header's size does not count are legal (spec 07 section 2.17). */
        if (bits & 1)
            put(&file, "junk", 4);
        if (pvg_metallib_open(file.p, file.n, &lib, &err))
            fail_msg("shape %u: %s", bits, err.message);
        assert_int_equal(pvg_metallib_function_count(lib), 3);
        assert_null(pvg_metallib_function_at(lib, 3));
        for (size_t i = 0; i < 3; i++) {
            const struct pvg_metallib_function *f = pvg_metallib_function_at(lib, i);
            assert_int_equal(f->name[1], '0' + (int)i);
            assert_int_equal(f->type, i);
            assert_int_equal(f->air_version, 2 << 16 | 8);
            assert_int_equal(f->msl_version, 4 << 16);
            assert_int_equal(f->bitcode_size, size);
            assert_memory_equal(f->bitcode, blob, size);
        }
        pvg_metallib_close(lib);
    }
}

static void round_trip(void **state)
{
    const char *const texts[] = {shader_vertex, shader_fragment, shader_kernel};
    const char *const names[] = {"vertex_main", "fragment_main", "kernel_main"};
    struct pvg_metallib_entry entries[3];
    struct pvg_metallib *lib;
    struct pvg_error err = {{0}};
    uint8_t *file;
    size_t size;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        uint8_t *bitcode;
        entries[i] = (struct pvg_metallib_entry){.name = names[i], .type = -1};
        if (pvg_air_assemble(texts[i], strlen(texts[i]), &bitcode, &entries[i].bitcode_size, &err))
            fail_msg("%s", err.message);
        entries[i].bitcode = bitcode;
        assert_int_equal(entries[i].bitcode_size % 16, 0);
    }
    if (pvg_metallib_write(entries, 3, &file, &size, &err))
        fail_msg("%s", err.message);
    if (pvg_metallib_open(file, size, &lib, &err))
        fail_msg("%s", err.message);
    for (size_t i = 0; i < 3; i++) {
        const struct pvg_metallib_function *f = pvg_metallib_function_at(lib, i);
        uint8_t digest[32];

        assert_string_equal(f->name, names[i]);
        assert_int_equal(f->type, i);
        assert_int_equal(f->air_version, 2 << 16 | 6);
        assert_int_equal(f->msl_version, 3 << 16 | 1);
        assert_int_equal(f->bitcode_size, entries[i].bitcode_size);
        assert_memory_equal(f->bitcode, entries[i].bitcode, f->bitcode_size);
        pvg_sha256(f->bitcode, f->bitcode_size, digest);
        assert_memory_equal(f->hash, digest, 32);
    }
    const struct pvg_metallib_function *vertex = pvg_metallib_function_at(lib, 0);
    assert_int_equal(vertex->attribute_count, 2);
    assert_string_equal(vertex->attributes[1].name, "uv");
    assert_int_equal(vertex->attributes[1].index, 1);
    assert_int_equal(vertex->attributes[1].data_type, 0x04);
    assert_true(vertex->attributes[0].active);
    assert_false(vertex->attributes[1].active);
    const struct pvg_metallib_function *kernel = pvg_metallib_function_at(lib, 2);
    assert_int_equal(kernel->constant_count, 2);
    assert_string_equal(kernel->constants[0].name, "scale");
    assert_int_equal(kernel->constants[0].data_type, 0x03);
    assert_int_equal(kernel->constants[1].data_type, 0x35);
    assert_int_equal(kernel->constants[1].index, 7);
    pvg_metallib_close(lib);
    free(file);
    for (size_t i = 0; i < 3; i++)
        free((void *)entries[i].bitcode);
}

static void writer_refuses(void **state)
{
    size_t size;
    const uint8_t *blob = wrapped_fragment(&size);
    struct pvg_metallib_entry wrong_name = {.name = "nobody", .type = 1, .bitcode = blob, .bitcode_size = size};
    struct pvg_metallib_entry no_bitcode = {.name = "x", .type = 1, .bitcode = "hello, world", .bitcode_size = 12};
    struct pvg_error err = {{0}};
    uint8_t *file;

    (void)state;
    assert_int_equal(pvg_metallib_write(&wrong_name, 1, &file, &size, &err), -EINVAL);
    assert_non_null(strstr(err.message, "nobody"));
    assert_int_equal(pvg_metallib_write(&no_bitcode, 1, &file, &size, &err), -EINVAL);
    assert_null(file);
}

static void bare_modules(void **state)
{
    struct pvg_metallib *lib;
    struct pvg_air_span span;
    size_t size;
    const uint8_t *blob = wrapped_fragment(&size);

    (void)state;
    assert_true(pvg_air_bitcode_span(blob, size, &span, NULL));
    for (unsigned wrapped = 0; wrapped < 2; wrapped++) {
        assert_int_equal(pvg_metallib_open(blob + (wrapped ? 0 : span.offset), wrapped ? size : span.size, &lib, NULL), 0);
        assert_int_equal(pvg_metallib_function_count(lib), 1);
        assert_string_equal(pvg_metallib_function_at(lib, 0)->name, "fragment_main");
        assert_int_equal(pvg_metallib_function_at(lib, 0)->type, 1);
        assert_int_equal(pvg_metallib_function_at(lib, 0)->air_version, 2 << 16 | 6);
        pvg_metallib_close(lib);
    }
}

static void put_fat(struct bytes *fat, uint32_t magic, const struct bytes *slices[], const uint32_t cpus[], uint32_t count)
{
    uint32_t at = 8 + 20 * count;

    fat->n = 0;
    put_int_be(fat, magic);
    put_int_be(fat, count);
    for (uint32_t i = 0; i < count; i++) {
        put_int_be(fat, cpus[i]);
        put_int_be(fat, 0);
        put_int_be(fat, at);
        put_int_be(fat, (uint32_t)slices[i]->n);
        put_int_be(fat, 0);
        at += (uint32_t)slices[i]->n;
    }
    for (uint32_t i = 0; i < count; i++)
        put(fat, slices[i]->p, slices[i]->n);
}

static void fat_files(void **state)
{
    static struct bytes old, new, fat;
    size_t size;
    const uint8_t *blob = wrapped_fragment(&size);
    struct pvg_metallib *lib;
    struct pvg_error err = {{0}};

    (void)state;
    build(&old, (struct shape){.sizes = true}, &blob, &size, 1);
    build(&new, (struct shape){.sizes = true}, (const uint8_t *[]){blob, blob}, (size_t[]){size, size}, 2);
    /* The VERS tag of the older slice: its first u16 pair follows "VERS", u16 size. */
    uint8_t *vers = memmem(old.p, old.n, "VERS", 4);
    vers[8] = 3;

    const struct bytes *slices[3] = {&old, &new, &old};
    for (unsigned variant = 0; variant < 2; variant++) {
        put_fat(&fat, variant ? 0xCBFEBABE : 0xCAFEBABE, slices, (uint32_t[]){0x01000017, 0x01000017, 0x01000013}, 3);
        assert_int_equal(pvg_metallib_open(fat.p, fat.n, &lib, &err), 0);
        assert_int_equal(pvg_metallib_function_count(lib), 2);
        pvg_metallib_close(lib);
    }
    put_fat(&fat, 0xCAFEBABE, slices, (uint32_t[]){0x01000013, 0x01000014, 0x01000015}, 3);
    assert_int_equal(pvg_metallib_open(fat.p, fat.n, &lib, &err), -EINVAL);
    assert_non_null(strstr(err.message, "AIR64"));
    for (size_t n = 0; n < fat.n; n += n < 80 ? 1 : 97) {
        uint8_t *copy = malloc(n ? n : 1);
        memcpy(copy, fat.p, n);
        assert_int_equal(pvg_metallib_open(copy, n, &lib, &err), -EINVAL);
        free(copy);
    }
}

/* Look at everything that a container offers, so that the sanitizers see a wrong pointer. */
static unsigned touch(const struct pvg_metallib *lib)
{
    unsigned sum = 0;

    for (size_t i = 0; i < pvg_metallib_function_count(lib); i++) {
        const struct pvg_metallib_function *f = pvg_metallib_function_at(lib, i);
        uint8_t digest[32];

        pvg_sha256(f->bitcode, f->bitcode_size, digest);
        sum += digest[0] + (unsigned)strlen(f->name);
        for (size_t k = 0; k < f->constant_count; k++)
            sum += (unsigned)strlen(f->constants[k].name);
        for (size_t k = 0; k < f->attribute_count; k++)
            sum += (unsigned)strlen(f->attributes[k].name) + f->attributes[k].data_type;
    }
    return sum;
}

static uint8_t *small_container(size_t *size)
{
    struct pvg_metallib_entry entries[2] = {{.name = "vertex_main", .type = 0}, {.name = "kernel_main", .type = 2}};
    const char *const texts[] = {shader_vertex, shader_kernel};
    uint8_t *file, *bitcode[2];

    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(pvg_air_assemble(texts[i], strlen(texts[i]), &bitcode[i], &entries[i].bitcode_size, NULL), 0);
        entries[i].bitcode = bitcode[i];
    }
    assert_int_equal(pvg_metallib_write(entries, 2, &file, size, NULL), 0);
    free(bitcode[0]);
    free(bitcode[1]);
    return file;
}

static void truncations(void **state)
{
    size_t size;
    uint8_t *file = small_container(&size);

    (void)state;
    for (size_t n = 0; n < size; n++) {
        uint8_t *copy = malloc(n ? n : 1); /* Exact allocation: an overrun is visible. */
        struct pvg_metallib *lib;
        struct pvg_error err = {{0}};

        memcpy(copy, file, n);
        assert_int_equal(pvg_metallib_open(copy, n, &lib, &err), -EINVAL);
        assert_null(lib);
        assert_true(err.message[0]);
        /* With the size field adjusted the inner bounds have to hold too. */
        if (n >= 88) {
            memcpy(copy + 0x10, &(uint64_t){n}, 8);
            assert_int_equal(pvg_metallib_open(copy, n, &lib, &err), -EINVAL);
        }
        free(copy);
    }
    free(file);
}

static void damaged(void **state)
{
    size_t size, opened = 0;
    uint8_t *file = small_container(&size);
    /* Everything before the bitcode section: header, lists, metadata. */
    uint64_t end;

    (void)state;
    memcpy(&end, file + 0x48, 8);
    for (size_t bit = 0; bit < end * 8; bit++) {
        struct pvg_metallib *lib;

        file[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        if (pvg_metallib_open(file, size, &lib, NULL) == 0) {
            opened += touch(lib) ? 1 : 0;
            pvg_metallib_close(lib);
        }
        file[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    assert_true(opened > 0);
    for (size_t at = 0x10; at + 8 <= end; at++) {
        static const uint64_t values[] = {0, 1, 0x7FFFFFFF, 0xFFFFFFFF, UINT64_MAX, UINT64_MAX - 3, INT64_MAX};
        uint64_t saved;

        memcpy(&saved, file + at, 8);
        for (unsigned v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
            struct pvg_metallib *lib;
            memcpy(file + at, &values[v], 8);
            if (pvg_metallib_open(file, size, &lib, NULL) == 0) {
                touch(lib);
                pvg_metallib_close(lib);
            }
        }
        memcpy(file + at, &saved, 8);
    }
    free(file);
}

static void wrapper_bounds(void **state)
{
    static const struct {
        uint32_t offset, size;
    } bad[] = {{19, 8}, {20, 0xFFFFFFFF}, {0xFFFFFFF0, 0x20}, {20, 3}, {24, 8}, {0, 8}, {20, 13}};
    uint8_t blob[32] = {0xDE, 0xC0, 0x17, 0x0B, 0, 0, 0, 0, 20, 0, 0, 0, 12, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 'B', 'C', 0xC0, 0xDE};
    struct pvg_air_span span;
    struct pvg_air_module m;
    struct pvg_error err;

    (void)state;
    assert_true(pvg_air_bitcode_span(blob, sizeof(blob), &span, &err));
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        memcpy(blob + 8, &bad[i], 8);
        assert_false(pvg_air_bitcode_span(blob, sizeof(blob), &span, &err));
        assert_int_equal(pvg_air_module_parse(blob, sizeof(blob), &m, &err), -EINVAL);
        assert_null(m.module);
    }
    for (size_t n = 0; n < 20; n++)
        assert_false(pvg_air_bitcode_span(blob, n, &span, &err));
}

static void broken_bitcode(void **state)
{
    size_t size;
    const uint8_t *blob = wrapped_fragment(&size);
    struct pvg_air_span span;
    struct pvg_air_module m;
    struct pvg_error err;

    (void)state;
    assert_true(pvg_air_bitcode_span(blob, size, &span, NULL));
    for (size_t n = 4; n < span.size - 4; n += 61) {
        err.message[0] = 0;
        assert_int_equal(pvg_air_module_parse(blob + span.offset, n, &m, &err), -EINVAL);
        assert_true(err.message[0]);
    }
}

/* Damaged bare bitcode: some of it kills LLVM's reader, none of it this process. */
static void damaged_bitcode(void **state)
{
    size_t size;
    const uint8_t *blob = wrapped_fragment(&size);
    uint8_t *copy = malloc(size);

    (void)state;
    memcpy(copy, blob, size);
    for (size_t bit = 20 * 8; bit < size * 8; bit += 173) {
        struct pvg_metallib *lib;
        struct pvg_error err = {{0}};
        int rc;

        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        rc = pvg_metallib_open(copy, size, &lib, &err);
        assert_true(rc == 0 || (rc == -EINVAL && err.message[0]));
        if (rc == 0)
            touch(lib);
        pvg_metallib_close(lib);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(copy);
}

static void corpus(void **state)
{
    struct corpus files;
    size_t functions = 0;

    (void)state;
    if (!corpus_open(&files))
        skip();
    for (size_t i = 0; i < files.count; i++) {
        struct pvg_metallib *lib;
        struct pvg_error err = {{0}};
        size_t size;
        uint8_t *data = corpus_read(&files, i, &size);

        if (pvg_metallib_open(data, size, &lib, &err))
            fail_msg("%s: %s", files.names[i], err.message);
        free(data);
        for (size_t k = 0; k < pvg_metallib_function_count(lib); k++) {
            const struct pvg_metallib_function *f = pvg_metallib_function_at(lib, k);
            static const uint8_t none[32];
            uint8_t digest[32];

            pvg_sha256(f->bitcode, f->bitcode_size, digest);
            if (memcmp(f->hash, none, 32) != 0 && memcmp(f->hash, digest, 32) != 0)
                fail_msg("%s: %s: hash differs", files.names[i], f->name);
            functions++;
        }
        pvg_metallib_close(lib);
    }
    print_message("%zu containers, %zu functions\n", files.count, functions);
    assert_true(functions >= files.count);
    corpus_close(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_vectors), cmocka_unit_test(writers),         cmocka_unit_test(round_trip),
        cmocka_unit_test(writer_refuses), cmocka_unit_test(bare_modules),    cmocka_unit_test(fat_files),
        cmocka_unit_test(truncations),    cmocka_unit_test(damaged),         cmocka_unit_test(wrapper_bounds),
        cmocka_unit_test(broken_bitcode), cmocka_unit_test(damaged_bitcode), cmocka_unit_test(corpus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
