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

static bool saves(const struct pvg_metallib *lib, const uint8_t *data, size_t size);

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
    /* A slice of an AIR version that nobody knows counts less than one that is known. */
    static struct bytes future;
    future = old;
    memcpy((uint8_t *)memmem(future.p, future.n, "VERS", 4) + 6, (uint16_t[]){3, 0}, 4);
    put_fat(&fat, 0xCAFEBABE, (const struct bytes *[]){&future, &new}, (uint32_t[]){0x01000017, 0x01000017}, 2);
    assert_int_equal(pvg_metallib_open(fat.p, fat.n, &lib, &err), 0);
    assert_int_equal(pvg_metallib_function_count(lib), 2);
    assert_false(saves(lib, fat.p, fat.n));
    pvg_metallib_close(lib);
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

/* ---- What pvg_metallib_save() writes is what was read ---------------------------------------------------------------------- */

static bool same_section(const struct pvg_metallib_section *a, const struct pvg_metallib_section *b)
{
    return !a->data == !b->data && a->size == b->size && (!a->size || !memcmp(a->data, b->data, a->size));
}

static void same_info(const struct pvg_metallib_info *a, const struct pvg_metallib_info *b)
{
    assert_int_equal(a->macos, b->macos);
    assert_int_equal(a->version_major, b->version_major);
    assert_int_equal(a->version_minor, b->version_minor);
    assert_int_equal(a->version_patch, b->version_patch);
    assert_int_equal(a->file_type, b->file_type);
    assert_int_equal(a->stub, b->stub);
    assert_int_equal(a->target_os, b->target_os);
    assert_int_equal(a->target_64bit, b->target_64bit);
    assert_int_equal(a->os_major, b->os_major);
    assert_int_equal(a->os_minor, b->os_minor);
    assert_int_equal(a->os_patch, b->os_patch);
    assert_int_equal(a->has_extension, b->has_extension);
    assert_int_equal(a->has_uuid, b->has_uuid);
    assert_memory_equal(a->uuid, b->uuid, 16);
    assert_int_equal(a->sources_have_directory, b->sources_have_directory);
    assert_true(same_section(&a->sources, &b->sources));
    assert_true(same_section(&a->dynamic_header, &b->dynamic_header));
    assert_true(same_section(&a->variables, &b->variables));
    assert_true(same_section(&a->imports, &b->imports));
    assert_true(same_section(&a->reflection, &b->reflection));
    assert_true(same_section(&a->scripts, &b->scripts));
}

static void same_function(const struct pvg_metallib_function *a, const struct pvg_metallib_function *b)
{
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->type, b->type);
    assert_int_equal(a->bitcode_size, b->bitcode_size);
    assert_memory_equal(a->bitcode, b->bitcode, a->bitcode_size);
    assert_memory_equal(a->hash, b->hash, 32);
    assert_int_equal(a->air_version, b->air_version);
    assert_int_equal(a->msl_version, b->msl_version);
    assert_int_equal(a->tessellation, b->tessellation);
    assert_int_equal(a->layer_type, b->layer_type);
    assert_true(a->source_offset == b->source_offset && a->reflection_offset == b->reflection_offset);
    assert_int_equal(a->constant_count, b->constant_count);
    for (size_t i = 0; i < a->constant_count; i++) {
        assert_string_equal(a->constants[i].name, b->constants[i].name);
        assert_int_equal(a->constants[i].data_type, b->constants[i].data_type);
        assert_int_equal(a->constants[i].index, b->constants[i].index);
        assert_int_equal(a->constants[i].active, b->constants[i].active);
    }
    assert_int_equal(a->attribute_count, b->attribute_count);
    for (size_t i = 0; i < a->attribute_count; i++) {
        assert_string_equal(a->attributes[i].name, b->attributes[i].name);
        assert_int_equal(a->attributes[i].data_type, b->attributes[i].data_type);
        assert_int_equal(a->attributes[i].index, b->attributes[i].index);
        assert_int_equal(a->attributes[i].usage, b->attributes[i].usage);
        assert_int_equal(a->attributes[i].active, b->attributes[i].active);
    }
}

/** Save, read again, compare. @return whether the bytes came out the same, too. */
static bool saves(const struct pvg_metallib *lib, const uint8_t *data, size_t size)
{
    struct pvg_metallib *again;
    struct pvg_error err = {{0}};
    uint8_t *image;
    size_t image_size;

    if (pvg_metallib_save(lib, &image, &image_size, &err) || pvg_metallib_open(image, image_size, &again, &err))
        fail_msg("%s", err.message);
    same_info(pvg_metallib_info(lib), pvg_metallib_info(again));
    assert_int_equal(pvg_metallib_function_count(lib), pvg_metallib_function_count(again));
    for (size_t i = 0; i < pvg_metallib_function_count(lib); i++)
        same_function(pvg_metallib_function_at(lib, i), pvg_metallib_function_at(again, i));
    bool same = image_size == size && !memcmp(image, data, size);
    pvg_metallib_close(again);
    free(image);
    return same;
}

/** A container with every tag there is; `patch` and `file_type` as given. */
static void build_everything(struct bytes *out, uint8_t patch, uint8_t file_type, bool counts_itself, bool code)
{
    static const char *const parts[] = {"HSRD", "HDYN", "VLST", "ILST", "RLST", "SLST"};
    static struct bytes list, meta, extension;
    size_t blob_size;
    const uint8_t *blob = wrapped_fragment(&blob_size);

    out->n = list.n = meta.n = extension.n = 0;
    put_int(&meta, 0, 4);
    put_tag(&meta, "CNST", "\2\0one\0\x35\7\0\1two\0\x03\11\0\0", 18);
    put_tag(&meta, "VATT", "\1\0position\0\2\xC0", 13);
    put_tag(&meta, "VATY", "\1\0\5", 3);
    put_tag(&meta, "RETR", "any", 3);
    put(&meta, "ENDT", 4);
    memcpy(meta.p, &(uint32_t){(uint32_t)(meta.n - (counts_itself ? 0 : 4))}, 4);

    put_int(&list, 0, 4);
    put_tag(&list, "NAME", "f", 2);
    put_tag(&list, "TYPE", &(uint8_t){file_type == 2 ? 3 : 0}, 1);
    put_tag(&list, "HASH", "0123456789abcdef0123456789abcdef", 32);
    put_tag(&list, "OFFT", (uint64_t[]){0, 0, 0}, 24);
    put_tag(&list, "VERS", (uint16_t[]){2, 9, 4, 1}, 8);
    put_tag(&list, "MDSZ", &(uint64_t){code ? blob_size : 0}, 8);
    put_tag(&list, "SOFF", &(uint64_t){20}, 8);
    put_tag(&list, "RFLT", &(uint64_t){4}, 8);
    put_tag(&list, "LAYR", &(uint8_t){0x21}, 1);
    put_tag(&list, "TESS", &(uint8_t){0x0D}, 1);
    put_tag(&list, "SARD", "digest", 6);
    put(&list, "ENDT", 4);
    memcpy(list.p, &(uint32_t){(uint32_t)list.n}, 4);

    size_t extension_size = 7 * 22 + 4, private_size = 8, bitcode_size = code ? blob_size : 0;
    uint64_t at = 88 + 4 + list.n + extension_size, end = at + meta.n + private_size + bitcode_size, total = end + 6 * 5;
    for (unsigned i = 0; i < 6; i++)
        put_tag(&extension, parts[i], (uint64_t[]){end + 5 * i, 5}, 16);
    put_tag(&extension, "UUID", "fedcba9876543210", 16);
    put(&extension, "ENDT", 4);
    assert_int_equal(extension.n, extension_size);

    put(out, "MTLB", 4);
    put_int(out, 0x8001, 2);
    put_int(out, 2, 2);
    put_int(out, patch, 2);
    put_int(out, file_type | 0x80u, 1);
    put_int(out, 0x81, 1);
    put_int(out, 26, 2);
    put_int(out, 0x0301, 2);
    put_int(out, total, 8);
    const uint64_t header[] = {88, list.n, at, meta.n, at + meta.n, private_size, at + meta.n + private_size, bitcode_size};
    for (unsigned i = 0; i < 8; i++)
        put_int(out, header[i], 8);
    put_int(out, 1, 4);
    put(out, list.p, list.n);
    put(out, extension.p, extension.n);
    put(out, meta.p, meta.n);
    put_int(out, counts_itself ? 8 : 4, 4);
    put(out, "ENDT", 4);
    put(out, blob, bitcode_size);
    for (unsigned i = 0; i < 6; i++)
        put(out, parts[i], 5);
    assert_int_equal(out->n, total);
}

/** Every tag and field, all file versions and types, both group conventions; symbol companions without code. */
static void everything_is_kept(void **state)
{
    static struct bytes file;
    struct pvg_error err = {{0}};

    (void)state;
    for (uint8_t patch = 2; patch <= 9; patch++) {
        for (uint8_t type = 0; type < 4; type++) {
            struct pvg_metallib *lib;
            build_everything(&file, patch, type, patch & 1, type != 3);
            if (pvg_metallib_open(file.p, file.n, &lib, &err))
                fail_msg("patch %u type %u: %s", patch, type, err.message);
            const struct pvg_metallib_info *i = pvg_metallib_info(lib);
            const struct pvg_metallib_function *f = pvg_metallib_function_at(lib, 0);
            assert_true(i->macos && i->stub && i->target_64bit && i->has_uuid && i->sources_have_directory);
            assert_int_equal(i->version_patch, patch);
            assert_int_equal(i->file_type, type);
            assert_int_equal(i->os_major * 10000 + i->os_minor * 100 + i->os_patch, 260103);
            assert_memory_equal(i->scripts.data, "SLST", 5);
            assert_int_equal(f->type, type == 2 ? 3 : 0);
            assert_int_equal(f->constant_count, 2);
            assert_string_equal(f->constants[1].name, "two");
            assert_int_equal(f->constants[1].index, 9);
            assert_false(f->constants[1].active);
            assert_int_equal(f->attribute_count, 1);
            assert_int_equal(f->attributes[0].usage, 2);
            assert_int_equal(f->attributes[0].data_type, 5);
            assert_int_equal(f->layer_type, 0x21);
            assert_int_equal(f->tessellation, 0x0D);
            assert_int_equal(f->reflection_offset, 4);
            assert_int_equal(f->source_offset, 20);
            assert_int_equal(f->bitcode_size == 0, type == 3);
            assert_true(saves(lib, file.p, file.n));
            pvg_metallib_close(lib);
        }
    }
}

/** An extension that points outside costs what it names; cut lists do not run away. */
static void broken_extensions(void **state)
{
    static struct bytes file;
    struct pvg_error err = {{0}};
    struct pvg_metallib *lib;

    (void)state;
    build_everything(&file, 9, 0, true, true);
    uint8_t *rlst = memmem(file.p, file.n, "RLST", 4), *hdyn = memmem(file.p, file.n, "HDYN", 4);
    memset(rlst + 6, 0xFF, 8);
    assert_int_equal(pvg_metallib_open(file.p, file.n, &lib, &err), 0);
    assert_null(pvg_metallib_info(lib)->reflection.data);
    assert_non_null(pvg_metallib_info(lib)->scripts.data);
    assert_false(saves(lib, file.p, file.n));
    pvg_metallib_close(lib);
    memset(hdyn + 4, 0xFF, 2);
    assert_int_equal(pvg_metallib_open(file.p, file.n, &lib, &err), 0);
    assert_null(pvg_metallib_info(lib)->dynamic_header.data);
    assert_false(pvg_metallib_info(lib)->has_uuid);
    pvg_metallib_close(lib);
}

static void corpus(void **state)
{
    struct corpus files;
    size_t functions = 0, libraries = 0, identical = 0;

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
        if (memcmp(data, "MTLB", 4) == 0) {
            libraries++;
            identical += saves(lib, data, size);
        }
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
    print_message("%zu containers, %zu functions; %zu libraries saved, %zu byte by byte\n", files.count, functions, libraries,
                  identical);
    assert_int_equal(identical, libraries);
    assert_true(functions >= files.count);
    corpus_close(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_vectors),     cmocka_unit_test(writers),           cmocka_unit_test(round_trip),
        cmocka_unit_test(writer_refuses),     cmocka_unit_test(bare_modules),      cmocka_unit_test(fat_files),
        cmocka_unit_test(truncations),        cmocka_unit_test(damaged),           cmocka_unit_test(wrapper_bounds),
        cmocka_unit_test(broken_bitcode),     cmocka_unit_test(damaged_bitcode),   cmocka_unit_test(corpus),
        cmocka_unit_test(everything_is_kept), cmocka_unit_test(broken_extensions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
