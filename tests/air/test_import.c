/* SPDX-License-Identifier: MIT */
/**
 * @file Pointers and handles that kernels load from memory (ll/imports.ll), run on a Vulkan device against results computed here;
 * hostile values; what reflection says of argument buffers. Runs are skipped where there is no device.
 */
#include "tests/air/runner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/** Guest addresses of the tests: pages apart, with holes between. */
enum { OUT = 0x10000, ARGS = 0x20000, DATA = 0x30000, MORE = 0x40000 };

struct args {
    uint64_t src, dst, smp, data;
    uint32_t count;
    float scale;
};

static struct runner *runner;
static uint8_t *bitcode;
static size_t bitcode_size;

static int open_all(void **state)
{
    static char text[1 << 18];
    char path[512];
    (void)state;
    snprintf(path, sizeof path, "%s/tests/air/ll/imports.ll", OPENPVG_SOURCE_ROOT);
    FILE *f = fopen(path, "rb");
    if (!f)
        return -1;
    size_t n = fread(text, 1, sizeof text, f);
    fclose(f);
    struct pvg_error err = {{0}};
    if (pvg_air_assemble(text, n, &bitcode, &bitcode_size, &err)) {
        print_error("%s\n", err.message);
        return -1;
    }
    runner = runner_open();
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    runner_close(runner);
    free(bitcode);
    return 0;
}

static int need_runner(void **state)
{
    (void)state;
    if (!runner)
        skip();
    return 0;
}

static int need_null(void **state)
{
    (void)state;
    if (!runner || !runner_null_descriptors(runner))
        skip();
    return 0;
}

static struct pvg_air_shader *translate(const char *name, int robust)
{
    struct pvg_air_options o = {.size = sizeof o, .available = runner ? runner_available(runner) : UINT32_MAX};
    struct pvg_error err = {{0}};
    struct pvg_air_shader *s;
    if (robust)
        o.robustness = PVG_AIR_ROBUST_BUFFERS;
    if (robust == 2) {
        o.zero_address = runner_zero_address(runner);
        o.scratch_address = runner_scratch_address(runner);
    }
    if (pvg_air_translate(bitcode, bitcode_size, name, &o, &s, &err))
        fail_msg("%s", err.message);
    return s;
}

static void run(const char *name, int robust, struct run *run)
{
    struct pvg_air_shader *s = translate(name, robust);
    if (!run->groups[0])
        run->groups[0] = run->groups[1] = run->groups[2] = 1;
    if (!run->threads[1])
        run->threads[1] = run->threads[2] = 1;
    assert_true(runner_kernel(runner, s, run));
    pvg_air_shader_free(s);
}

/** Three nodes, the middle one's data wild, the list then ends, runs into a wild address, or into itself. */
static void chase(void **state)
{
    (void)state;
    for (int robust = 0; robust < 3; robust++) {
        for (int end = 0; end < 3; end++) {
            uint32_t out[32], data[32], more[32];
            uint64_t nodes[3][2] = {{DATA, ARGS + 16}, {0xDEAD0000BEEF, ARGS + 32}, {MORE + 64, 0}};
            nodes[2][1] = end == 1 ? UINT64_MAX - 3 : end == 2 ? (uint64_t)ARGS : 0;
            for (uint32_t i = 0; i < 32; i++) {
                data[i] = i * 7;
                more[i] = i + 1000;
            }
            struct run_buffer b[] = {{0, out, sizeof out, 0, 0, false},
                                     {1, nodes, sizeof nodes, 0, 0, false},
                                     {30, data, sizeof data, 0, 0, false},
                                     {29, more, sizeof more, 0, 0, false}};
            const uint64_t guest[] = {OUT, ARGS, DATA, MORE};
            struct run r = {.buffers = b, .buffer_count = 4, .guest = guest, .threads = {32}};
            run("chase", robust, &r);
            for (uint32_t i = 0; i < 32; i++) {
                uint32_t once = i * 7 + (i < 16 ? i + 16 + 1000 : 0);
                /* Eight nodes of a circle of three: 3 + 3 + the first and the wild one. */
                assert_int_equal(out[i], end == 2 ? 2 * once + i * 7 : once);
            }
        }
    }
}

static void access(void **state)
{
    (void)state;
    for (int robust = 0; robust < 3; robust++) {
        uint32_t out[32 * 4] = {0}, data[32], more[128] = {0};
        const uint64_t args[2] = {DATA, MORE};
        for (uint32_t i = 0; i < 32; i++)
            data[i] = i * 0x01020304u + 5;
        struct run_buffer b[] = {{0, out, sizeof out, 0, 0, false},
                                 {1, (void *)args, sizeof args, 0, 0, false},
                                 {30, data, sizeof data, 0, 0, false},
                                 {29, more, sizeof more, 0, 0, false}};
        const uint64_t guest[] = {OUT, ARGS, DATA, MORE};
        struct run r = {.buffers = b, .buffer_count = 4, .guest = guest, .threads = {32}};
        run("access", robust, &r);
        uint32_t odd;
        memcpy(&odd, (uint8_t *)data + 1, 4);
        for (uint32_t i = 0; i < 32; i++) {
            assert_int_equal(more[i], data[i] * 3);
            assert_int_equal(out[4 * i], odd);
            assert_int_equal(out[4 * i + 1], 0);
        }
        assert_int_equal(more[64], 32);
        assert_memory_equal(more + 68, data, 16);
        for (uint32_t i = 72; i < 128; i++)
            assert_int_equal(more[i], 0);
    }
}

/** Pointers outside of every range, at the last byte of one, null, and unmapped numbers: zeros, and nothing is written. */
static void wild_pointers(void **state)
{
    (void)state;
    static const uint64_t wild[] = {
        0, 1, DATA - 4, DATA + 4 * 32, MORE + 4 * 128, 0x7FFFFFFFFFFFFFFF, UINT64_MAX, UINT64_MAX - 127};
    for (int robust = 0; robust < 3; robust++) {
        for (size_t k = 0; k < sizeof wild / sizeof *wild; k++) {
            uint32_t out[32 * 4], data[32], more[128];
            const uint64_t args[2] = {wild[k], wild[k]};
            memset(out, 0x11, sizeof out);
            memset(data, 0x22, sizeof data);
            memset(more, 0x33, sizeof more);
            struct run_buffer b[] = {{0, out, sizeof out, 0, 0, false},
                                     {1, (void *)args, sizeof args, 0, 0, false},
                                     {30, data, sizeof data, 0, 0, false},
                                     {29, more, sizeof more, 0, 0, false}};
            const uint64_t guest[] = {OUT, ARGS, DATA, MORE};
            struct run r = {.buffers = b, .buffer_count = 4, .guest = guest, .threads = {32}};
            run("access", robust, &r);
            for (uint32_t i = 0; i < 32; i++) {
                /* One past the end still belongs to the range: what lies before it can be read. */
                uint32_t before = wild[k] == DATA + 4 * 32 ? 0x22222222 : wild[k] == MORE + 4 * 128 ? 0x33333333 : 0;
                assert_int_equal(out[4 * i], 0);
                assert_int_equal(out[4 * i + 1], before);
                assert_int_equal(data[i], 0x22222222);
            }
            for (uint32_t i = 0; i < 128; i++)
                assert_int_equal(more[i], 0x33333333);
        }
    }
}

enum { W = 8, H = 4 };

static void fill(float *t, int seed)
{
    for (int i = 0; i < W * H * 4; i++)
        t[i] = (float)((i * 7 + seed) % 64);
}

static void textured(void **state)
{
    (void)state;
    /* Right numbers; source and destination exchanged with numbers of nothing; a sampler as texture and the reverse. */
    static const struct args cases[] = {{.src = 5, .dst = 9, .smp = 77},
                                        {.src = 6, .dst = 9, .smp = 1},
                                        {.src = 5, .dst = UINT64_MAX, .smp = 77},
                                        {.src = 77, .dst = 0, .smp = 5},
                                        {.src = 5 | UINT64_C(1) << 32, .dst = 5 | UINT64_C(1) << 62, .smp = UINT64_C(1) << 62}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        float src[W * H * 4], dst[W * H * 4];
        uint32_t out[W * H * 4];
        fill(src, 3);
        fill(dst, 11);
        struct run_texture t[2] = {{.index = 100, .width = W, .height = H, .texels = src},
                                   {.index = 101, .width = W, .height = H, .texels = dst}};
        struct run_sampler s[1] = {{15, false, true}};
        const uint32_t texture_refs[] = {5, 9}, sampler_refs[] = {77};
        struct args args = cases[k];
        struct run_buffer b[] = {{0, out, sizeof out, 0, 0, false}, {1, &args, sizeof args, 0, 0, false}};
        struct run r = {.buffers = b,
                        .buffer_count = 2,
                        .textures = t,
                        .texture_count = 2,
                        .samplers = s,
                        .sampler_count = 1,
                        .texture_refs = texture_refs,
                        .sampler_refs = sampler_refs,
                        .threads = {W, H, 1}};
        run("textured", 1, &r);
        float expected[W * H * 4];
        fill(expected, 11);
        for (int y = 0; y < H; y++) {
            for (int x = 0; x < W; x++) {
                int at = y * W + x;
                assert_int_equal(out[4 * at], k == 0 || k == 2 ? W : 0);
                assert_int_equal(out[4 * at + 1], k == 0 || k == 2 ? H : 0);
                assert_int_equal(out[4 * at + 2], 0);
                for (int c = 0; c < 4 && k < 2; c++)
                    expected[4 * at + c] = k ? 0 : 2 * src[4 * at + c];
            }
        }
        for (int i = 0; i < W * H * 4; i++)
            if (dst[i] != expected[i])
                fail_msg("case %zu, component %d: %g, not %g", k, i, (double)dst[i], (double)expected[i]);
    }
}

static void indexed(void **state)
{
    (void)state;
    float a[W * H * 4], c[W * H * 4], out[16];
    const uint64_t handles[4] = {40, 0, 12, 41};
    fill(a, 3);
    fill(c, 30);
    struct run_texture t[2] = {{.index = 100, .width = W, .height = H, .texels = a},
                               {.index = 101, .width = W, .height = H, .texels = c}};
    const uint32_t refs[] = {12, 40};
    struct run_buffer b[] = {{0, out, sizeof out, 0, 0, false}, {1, (void *)handles, sizeof handles, 0, 0, false}};
    struct run r = {.buffers = b, .buffer_count = 2, .textures = t, .texture_count = 2, .texture_refs = refs, .threads = {4}};
    run("indexed", 1, &r);
    for (int k = 0; k < 3; k++) {
        assert_true(out[k] == c[4 + k]);
        assert_true(out[8 + k] == a[4 + k]);
        assert_true(out[4 + k] == 0 && out[12 + k] == 0);
    }
    assert_true(out[3] == 0 && out[7] == 1 && out[11] == 0 && out[15] == 0);
}

/** Sampled at (0.25, 0.5): pixel coordinates hit texel (0, 0), normalized ones the corner of four texels or one of them. */
static void mixed_handles(void **state)
{
    (void)state;
    float bound[W * H * 4], loaded[W * H * 4], out[16];
    struct args args = {.src = 8, .smp = 3};
    fill(bound, 0);
    fill(loaded, 31);
    struct run_texture t[2] = {{.index = 0, .width = W, .height = H, .texels = bound},
                               {.index = 101, .width = W, .height = H, .texels = loaded}};
    struct run_sampler s[2] = {{0, false, false}, {14, false, true}};
    const uint32_t texture_refs[] = {7, 8}, sampler_refs[] = {20, 21};
    args.smp = 21;
    struct run_buffer b[] = {{0, out, sizeof out, 0, 0, false}, {1, &args, sizeof args, 0, 0, false}};
    struct run r = {.buffers = b,
                    .buffer_count = 2,
                    .textures = t,
                    .texture_count = 2,
                    .samplers = s,
                    .sampler_count = 2,
                    .texture_refs = texture_refs,
                    .sampler_refs = sampler_refs,
                    .threads = {4}};
    run("mixed_handles", 1, &r);
    int corner = 2 * W + 2;
    for (int c = 0; c < 4; c++) {
        float mean[2] = {0, 0};
        for (int k = 0; k < 4; k++) {
            int at = (corner - (k & 1) - (k & 2 ? W : 0)) * 4 + c;
            mean[0] += bound[at] / 4;
            mean[1] += loaded[at] / 4;
        }
        assert_true(out[c] == bound[4 * corner + c]);
        assert_true(out[4 + c] == loaded[c]);
        /* The declared sampler is linear and clamps to the edge. */
        assert_true(out[8 + c] == mean[0]);
        assert_true(out[12 + c] == mean[1]);
    }
}

static void encode(void **state)
{
    (void)state;
    float tex[W * H * 4];
    uint32_t bytes[16], data[8];
    struct args args[3] = {{.src = 1234567, .data = DATA}};
    fill(tex, 0);
    for (uint32_t i = 0; i < 16; i++)
        bytes[i] = 100 + i;
    for (uint32_t i = 0; i < 8; i++)
        data[i] = 200 + i;
    struct run_texture t[1] = {{.index = 0, .width = W, .height = H, .texels = tex}};
    struct run_sampler s[1] = {{0, false, false}};
    const uint32_t texture_refs[] = {71}, sampler_refs[] = {72};
    struct run_buffer b[] = {
        {0, bytes, sizeof bytes, 0, 0, false}, {1, args, sizeof args, 0, 0, false}, {30, data, sizeof data, 0, 0, false}};
    const uint64_t guest[] = {OUT, ARGS, DATA};
    struct run r = {.buffers = b,
                    .buffer_count = 3,
                    .guest = guest,
                    .textures = t,
                    .texture_count = 1,
                    .samplers = s,
                    .sampler_count = 1,
                    .texture_refs = texture_refs,
                    .sampler_refs = sampler_refs,
                    .threads = {1}};
    run("encode", 1, &r);
    assert_int_equal(args[1].src, 71);
    assert_int_equal(args[1].dst, 1234567);
    assert_int_equal(args[1].smp, 72);
    assert_int_equal(args[1].data, OUT + 20);
    assert_int_equal(args[2].data, DATA + 8);
    assert_int_equal(args[2].count, 202);
    uint32_t scale;
    memcpy(&scale, &args[2].scale, 4);
    assert_int_equal(scale, 105);
}

static void exchange(void **state)
{
    (void)state;
    for (int robust = 0; robust < 3; robust++) {
        uint32_t out[64], data[32], more[32];
        const uint64_t args[2] = {DATA, MORE};
        for (uint32_t i = 0; i < 32; i++) {
            out[i] = i;
            data[i] = 100 * i;
            more[i] = 10000 * i;
        }
        struct run_buffer b[] = {{0, out, sizeof out, 0, 0, false},
                                 {1, (void *)args, sizeof args, 0, 0, false},
                                 {30, data, sizeof data, 0, 0, false},
                                 {29, more, sizeof more, 0, 0, false}};
        const uint64_t guest[] = {OUT, ARGS, DATA, MORE};
        struct run r = {.buffers = b, .buffer_count = 4, .guest = guest, .threads = {32}};
        run("exchange", robust, &r);
        for (uint32_t i = 0; i < 32; i++)
            assert_int_equal(out[32 + i], i & 1 ? i + data[i] : 2 * more[i]);
    }
}

static void nested(void **state)
{
    (void)state;
    uint32_t out[12 * 4], data[12 * 4], more[12 * 4];
    struct {
        uint32_t n;
        uint64_t p[3];
    } leaf = {77, {DATA, MORE, 3}};
    const uint64_t root[3] = {1, 0x50000, 2};
    for (uint32_t i = 0; i < 48; i++) {
        data[i] = i;
        more[i] = 1000 + i;
    }
    struct run_buffer b[] = {{0, out, sizeof out, 0, 0, false},
                             {1, (void *)root, sizeof root, 0, 0, false},
                             {30, data, sizeof data, 0, 0, false},
                             /* The last element lies half behind the end: it is not read at all. */
                             {29, more, sizeof more, 12 * 16 - 24, 0, false},
                             {28, &leaf, sizeof leaf, 0, 0, false}};
    const uint64_t guest[] = {OUT, ARGS, DATA, MORE, 0x50000};
    struct run r = {.buffers = b, .buffer_count = 5, .guest = guest, .threads = {12}};
    run("nested", 1, &r);
    for (uint32_t i = 0; i < 12; i++)
        for (uint32_t c = 0; c < 4; c++)
            assert_int_equal(out[4 * i + c], 77 + (i % 3 == 0 ? data[4 * i + c] : i % 3 == 1 && i < 10 ? more[4 * i + c] : 0));
}

static void read_write(void **state)
{
    (void)state;
    float tex[W * H * 4], before[W * H * 4], out[W * 4];
    struct args args = {.src = 2};
    fill(tex, 5);
    fill(before, 5);
    struct run_texture t[1] = {{.index = 100, .width = W, .height = H, .texels = tex}};
    const uint32_t refs[] = {2};
    struct run_buffer b[] = {{0, out, sizeof out, 0, 0, false}, {1, &args, sizeof args, 0, 0, false}};
    struct run r = {.buffers = b, .buffer_count = 2, .textures = t, .texture_count = 1, .texture_refs = refs, .threads = {W}};
    run("read_write", 1, &r);
    for (int i = 0; i < W * 4; i++) {
        assert_true(out[i] == 2 * before[i]);
        assert_true(tex[i] == 2 * before[i]);
    }
}

static void unbound(void **state)
{
    (void)state;
    float tex[W * H * 4];
    uint32_t out[4] = {0};
    fill(tex, 0);
    struct run_texture t[1] = {{.index = 0, .width = W, .height = H, .texels = tex}};
    struct run_buffer b[] = {{0, out, sizeof out, 0, 0, false}};
    struct run r = {.buffers = b, .buffer_count = 1, .textures = t, .texture_count = 1, .threads = {1}};
    run("unbound", 1, &r);
    assert_int_equal(out[0], W << 8 | 2);
}

static void reflection(void **state)
{
    (void)state;
    struct pvg_air_shader *s = translate("textured", 1);
    const struct pvg_air_reflection *r = &s->reflection;
    assert_false(r->uses_import_pointer);
    assert_true(r->uses_import_handle);
    assert_true(r->import_written && r->writes_memory);
    assert_int_equal(r->import_handle_offset, 32);
    assert_int_equal(r->table_size, 48 + (r->check_count + 1) / 2 * 16);
    static const struct {
        const char *name;
        uint32_t offset, id;
        enum pvg_air_argument_kind kind;
        bool written;
    } members[] = {{"src", 0, 0, PVG_AIR_ARGUMENT_TEXTURE, false},
                   {"dst", 8, 1, PVG_AIR_ARGUMENT_TEXTURE, true},
                   {"smp", 16, 2, PVG_AIR_ARGUMENT_SAMPLER, false},
                   {"data", 24, 3, PVG_AIR_ARGUMENT_POINTER, true},
                   {"count", 32, 4, PVG_AIR_ARGUMENT_CONSTANT, false}};
    assert_int_equal(r->argument_count, 5);
    for (size_t i = 0; i < 5; i++) {
        const struct pvg_air_argument *a = &r->arguments[i];
        assert_string_equal(a->name, members[i].name);
        assert_int_equal(a->buffer, 1);
        assert_int_equal(a->parent, 0);
        assert_int_equal(a->offset, members[i].offset);
        assert_int_equal(a->id, members[i].id);
        assert_int_equal(a->kind, members[i].kind);
        assert_int_equal(a->written, members[i].written);
    }
    assert_int_equal(r->arguments[0].dim, PVG_AIR_DIM_2D);
    pvg_air_shader_free(s);
    s = translate("indexed", 1);
    assert_int_equal(s->reflection.argument_count, 1);
    assert_int_equal(s->reflection.arguments[0].array_length, 4);
    pvg_air_shader_free(s);
    /* A pointer in a nested struct, and what lies behind it. */
    s = translate("nested", 1);
    r = &s->reflection;
    assert_int_equal(r->argument_count, 2);
    assert_string_equal(r->arguments[0].name, "inner.leaf");
    assert_int_equal(r->arguments[0].offset, 8);
    assert_string_equal(r->arguments[1].name, "inner.leaf.p");
    assert_int_equal(r->arguments[1].parent, 1);
    assert_int_equal(r->arguments[1].offset, 8);
    assert_int_equal(r->arguments[1].array_length, 3);
    pvg_air_shader_free(s);
    s = translate("encode", 1);
    r = &s->reflection;
    assert_true(r->uses_import_pointer && r->uses_import_handle);
    assert_int_equal(r->buffers[0].guest_offset % 8, 0);
    assert_true(r->buffers[0].guest_offset >= 32 && r->textures[0].id_offset && r->samplers[0].id_offset);
    pvg_air_shader_free(s);
    s = translate("unbound", 1);
    assert_false(s->reflection.uses_import_pointer || s->reflection.uses_import_handle);
    assert_int_equal(s->reflection.textures[0].id_offset + s->reflection.buffers[0].guest_offset, 0);
    pvg_air_shader_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(chase, need_runner),         cmocka_unit_test_setup(access, need_runner),
        cmocka_unit_test_setup(wild_pointers, need_runner), cmocka_unit_test_setup(textured, need_null),
        cmocka_unit_test_setup(indexed, need_null),         cmocka_unit_test_setup(mixed_handles, need_runner),
        cmocka_unit_test_setup(encode, need_runner),        cmocka_unit_test_setup(exchange, need_runner),
        cmocka_unit_test_setup(nested, need_runner),        cmocka_unit_test_setup(read_write, need_runner),
        cmocka_unit_test_setup(unbound, need_null),         cmocka_unit_test(reflection),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
