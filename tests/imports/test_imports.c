/* SPDX-License-Identifier: MIT */
/**
 * @file Argument buffers through the whole wire path: a guest puts addresses and object numbers into memory, states residency,
 * draws and dispatches; pixels and bytes are compared with arithmetic. Hostile numbers and addresses read as zeros.
 */
#include "tests/imports/shaders.h"
#include "tests/kit/kit.h"
#include "wire/icb.h"

#include <stdlib.h>
#include <string.h>

#include "tests/vmm/check.h"

enum { W = 8, H = 4, N = W * H };
enum {
    EXECUTE_ICB = 0xe4,
    DISPATCH_THREADS_INDIRECT = 0xe6,
    USE_RESOURCES = 0x87,
    BUFFER_INFO = 0x1cd,
    TEXTURE_INFO = 0x1ce,
    SAMPLER_INFO = 0x1d0
};
enum { USAGE_READ = 1, USAGE_WRITE = 2 };

/** Objects of one scene. */
struct scene {
    struct kit *k;
    uint32_t source, destination, sampler, data, tint, args, out;
    uint32_t kernel, encoder, draw, vertices, target;
    struct arguments values;
    float texels[N][4];
};

static const float tint[4] = {0.5f, 2, 1, 4};

static void scene_init(struct scene *s, struct kit *k)
{
    const float white[4] = {1, 1, 1, 1};
    uint32_t data[N];
    struct kit_vertex v[4];

    *s = (struct scene){.k = k};
    for (int i = 0; i < N; i++) {
        for (int c = 0; c < 4; c++)
            s->texels[i][c] = (float)(i * 4 + c);
        data[i] = (uint32_t)i * 10 + 3;
    }
    s->source = kit_texture_2d(k, KIT_RGBA32F, W, H, PVG_W_USAGE_READ, s->texels);
    s->destination = kit_texture_2d(k, KIT_RGBA32F, W, H, PVG_W_USAGE_READ | PVG_W_USAGE_WRITE, NULL);
    s->sampler = kit_sampler(k, false, 0);
    s->data = kit_buffer(k, data, sizeof(data));
    s->tint = kit_buffer(k, tint, sizeof(tint));
    s->out = kit_buffer(k, NULL, 4 * N);
    s->values = (struct arguments){.source = s->source,
                                   .destination = s->destination,
                                   .sampler = s->sampler,
                                   .data = kit_mem(k, s->data)->gva,
                                   .tint = kit_mem(k, s->tint)->gva};
    s->args = kit_buffer(k, &s->values, sizeof(s->values));
    s->kernel = kit_compute_pipeline(k, kit_function(k, cs_args, "cs_args"));
    s->encoder = kit_compute_pipeline(k, kit_function(k, cs_encode, "cs_encode"));
    s->draw = kit_simple_pipeline(k, fs_args, "fs_args", KIT_RGBA32F);
    kit_quad(v, -1, 1, 1, -1, 0, white);
    s->vertices = kit_buffer(k, v, sizeof(v));
    s->target = kit_texture_2d(k, KIT_RGBA32F, W, H, PVG_W_USAGE_READ | PVG_W_USAGE_RENDER_TARGET, NULL);
}

static void use(struct kit *k, const uint32_t *refs, uint32_t count, uint16_t usage)
{
    struct pvg_w_bind binds[8] = {{0}};

    for (uint32_t i = 0; i < count; i++)
        binds[i].ref = refs[i];
    kit_record(k, USE_RESOURCES, &(struct pvg_w_record){.use.usage = usage, .count = count, .entries = binds});
}

static void use_all(struct scene *s)
{
    const uint32_t read[] = {s->source, s->tint}, write[] = {s->destination, s->data};

    use(s->k, read, 2, USAGE_READ);
    use(s->k, write, 2, USAGE_READ | USAGE_WRITE);
}

static void reset(struct scene *s, const struct arguments *values)
{
    float zeros[N][4];
    uint32_t data[N], out[N];

    for (int i = 0; i < N; i++)
        data[i] = (uint32_t)i * 10 + 3;
    memset(zeros, 0, sizeof(zeros));
    memset(out, 0xee, sizeof(out));
    kit_write(s->k, s->data, 0, data, sizeof(data));
    kit_write(s->k, s->out, 0, out, sizeof(out));
    for (int y = 0; y < H; y++)
        kit_write(s->k, s->destination, (uint64_t)y * 256, zeros, W * 16);
    kit_write(s->k, s->args, 0, values, sizeof(*values));
}

static void dispatch(struct scene *s)
{
    const uint64_t groups[3] = {1, 1, 1}, threads[3] = {N, 1, 1};

    pvg_guest_cmd_set_ref(&s->k->c, KIT_SET_COMPUTE_PIPELINE, s->kernel);
    kit_bind1(s->k, KIT_COMPUTE_BUFFERS, 0, s->out, 0);
    kit_bind1(s->k, KIT_COMPUTE_BUFFERS, 1, s->args, 0);
    pvg_guest_cmd_dispatch(&s->k->c, groups, threads);
}

/** What the kernel did, given which of its arguments were usable. */
static void check_dispatch(struct scene *s, const char *what, bool texture, bool write, bool data, bool tinted)
{
    uint32_t now[N], out[N];
    float(*px)[4] = kit_pixels(s->k, s->destination, KIT_RGBA32F, W, H);

    kit_read(s->k, s->data, 0, now, sizeof(now));
    kit_read(s->k, s->out, 0, out, sizeof(out));
    for (uint32_t i = 0; i < N; i++) {
        uint32_t before = i * 10 + 3;
        CHECK(out[i] == (data ? before : 0) + 1, "%s: result %u is %u", what, i, out[i]);
        CHECK(now[i] == (data ? 2 * before : before), "%s: word %u is %u", what, i, now[i]);
        for (int c = 0; c < 4; c++) {
            float want = texture && write && tinted ? s->texels[i][c] * tint[c] : 0;
            CHECK(px[i][c] == want, "%s: texel %u.%d is %g, not %g", what, i, c, (double)px[i][c], (double)want);
        }
    }
    free(px);
}

static void run_dispatch(struct scene *s, const struct arguments *values, bool residency)
{
    reset(s, values);
    kit_begin(s->k);
    pvg_guest_cmd_segment(&s->k->c, PVG_W_SEG_COMPUTE);
    if (residency)
        use_all(s);
    dispatch(s);
    CHECK(kit_run(s->k), "dispatch is refused");
}

static void test_dispatch(struct scene *s)
{
    run_dispatch(s, &s->values, true);
    check_dispatch(s, "resident", true, true, true, true);
    /* Without residency records everything that is published can be reached. */
    run_dispatch(s, &s->values, false);
    check_dispatch(s, "published", true, true, true, true);
    /* The guest's CPU changes a texel: shaders see it. */
    s->texels[5][2] = 77;
    kit_write(s->k, s->source, 5 * 16, s->texels[5], 16);
    run_dispatch(s, &s->values, true);
    check_dispatch(s, "changed", true, true, true, true);
}

static void test_residency(struct scene *s)
{
    const uint32_t some[] = {s->source, s->tint};

    reset(s, &s->values);
    kit_begin(s->k);
    pvg_guest_cmd_segment(&s->k->c, PVG_W_SEG_COMPUTE);
    use(s->k, some, 2, USAGE_READ);
    dispatch(s);
    CHECK(kit_run(s->k), "dispatch is refused");
    check_dispatch(s, "not resident", true, false, false, true);
}

static void draw(struct scene *s, const struct arguments *values, bool residency)
{
    const double clear[4] = {9, 9, 9, 9};

    reset(s, values);
    kit_begin(s->k);
    kit_pass(s->k, s->target, W, H, clear);
    if (residency)
        use_all(s);
    kit_bind1(s->k, KIT_VERTEX_BUFFERS, 0, s->vertices, 0);
    kit_bind1(s->k, KIT_FRAGMENT_BUFFERS, 0, s->args, 0);
    pvg_guest_cmd_set_ref(&s->k->c, KIT_SET_PIPELINE, s->draw);
    kit_draw(s->k, KIT_TRIANGLE_STRIP, 0, 4);
    CHECK(kit_run(s->k), "draw is refused");
}

/** The image, or a single texel of it, in every pixel. */
static void check_draw(struct scene *s, const char *what, bool single)
{
    float(*px)[4] = kit_pixels(s->k, s->target, KIT_RGBA32F, W, H);

    for (uint32_t i = 0; i < N; i++)
        for (int c = 0; c < 4; c++)
            CHECK(px[i][c] == s->texels[single ? 0 : i][c] * tint[c], "%s: pixel %u.%d is %g", what, i, c, (double)px[i][c]);
    free(px);
}

static void test_draw(struct scene *s)
{
    struct arguments values = s->values;
    struct pvg_w_sampler pixels;

    draw(s, &values, false);
    check_draw(s, "everything in reach", false);
    draw(s, &values, true);
    check_draw(s, "stated residency", false);
    /* Coordinates from 0 to 1 lie in the first texel for a sampler that takes them in texels, and there is no other form for it. */
    pvg_w_sampler_init(&pixels);
    pixels.ref = pvg_guest_ref(s->k->task);
    pixels.normalized = false;
    CHECK(pvg_guest_sampler(s->k->task, 0, &pixels), "%s", pvg_guest_error(s->k->g));
    values.sampler = pixels.ref;
    draw(s, &values, true);
    check_draw(s, "sampler in texels", true);
    draw(s, &s->values, true);
    check_draw(s, "normalized again", false);
}

/** The GPU writes the argument buffer itself; the next dispatch of the same encoder reads it. */
static void test_encode(struct scene *s)
{
    const struct arguments nothing = {0};
    const uint64_t one[3] = {1, 1, 1};
    struct arguments got;

    reset(s, &nothing);
    kit_begin(s->k);
    pvg_guest_cmd_segment(&s->k->c, PVG_W_SEG_COMPUTE);
    use_all(s);
    pvg_guest_cmd_set_ref(&s->k->c, KIT_SET_COMPUTE_PIPELINE, s->encoder);
    kit_bind1(s->k, KIT_COMPUTE_BUFFERS, 0, s->args, 0);
    kit_bind1(s->k, KIT_COMPUTE_BUFFERS, 1, s->data, 0);
    kit_bind1(s->k, KIT_COMPUTE_BUFFERS, 2, s->tint, 0);
    kit_bind1(s->k, KIT_COMPUTE_TEXTURES, 0, s->source, 0);
    kit_bind1(s->k, KIT_COMPUTE_TEXTURES, 1, s->destination, 0);
    kit_bind1(s->k, KIT_COMPUTE_SAMPLERS, 0, s->sampler, 0);
    pvg_guest_cmd_dispatch(&s->k->c, one, one);
    dispatch(s);
    CHECK(kit_run(s->k), "dispatches are refused");
    kit_read(s->k, s->args, 0, &got, sizeof(got));
    CHECK(!memcmp(&got, &s->values, sizeof(got)), "encoded: %llu %llu %llu %llx %llx", (unsigned long long)got.source,
          (unsigned long long)got.destination, (unsigned long long)got.sampler, (unsigned long long)got.data,
          (unsigned long long)got.tint);
    check_dispatch(s, "encoded", true, true, true, true);
}

static void info(struct scene *s, uint32_t opcode, uint32_t object, uint64_t offset)
{
    kit_record(s->k, opcode, &(struct pvg_w_record){.reply = {.object = object, .ref = s->out, .offset = offset}});
}

/** A guest that asks the device gets the same words. */
static void test_info(struct scene *s)
{
    uint64_t words[8];

    kit_begin(s->k);
    pvg_guest_cmd_segment(&s->k->c, PVG_W_SEG_INFO);
    info(s, BUFFER_INFO, s->data, 0);
    info(s, TEXTURE_INFO, s->source, 16);
    info(s, SAMPLER_INFO, s->sampler, 32);
    info(s, TEXTURE_INFO, s->data, 48);
    CHECK(kit_run(s->k), "queries are refused");
    kit_read(s->k, s->out, 0, words, sizeof(words));
    CHECK(words[0] == s->values.data && words[1] == s->data, "buffer: %llx %llu", (unsigned long long)words[0],
          (unsigned long long)words[1]);
    CHECK(words[2] == 0 && words[3] == s->source, "texture");
    CHECK(words[4] == 0 && words[5] == s->sampler, "sampler");
    CHECK(words[6] == 0 && words[7] == 0, "a buffer asked for as a texture");
}

static void test_hostile(struct scene *s)
{
    static const uint64_t wild[] = {0, 1, 3, 0xFFFFF000, 0x7FFFFFFFFFFFF000, UINT64_MAX, UINT64_MAX - 63};

    for (size_t i = 0; i < sizeof(wild) / sizeof(wild[0]); i++) {
        for (int residency = 0; residency < 2; residency++) {
            struct arguments a = {wild[i], wild[i], wild[i], wild[i], wild[i]};
            run_dispatch(s, &a, residency);
            check_dispatch(s, "wild", false, false, false, false);
        }
    }
    /* Numbers of the wrong kind of object: a buffer, a pipeline, a sampler where a texture is expected and the reverse. */
    struct arguments a = s->values;
    a.source = s->data;
    run_dispatch(s, &a, true);
    check_dispatch(s, "buffer as texture", false, true, true, true);
    a = s->values;
    a.source = s->kernel;
    a.destination = s->sampler;
    run_dispatch(s, &a, false);
    check_dispatch(s, "state as texture", false, false, true, true);
    a = s->values;
    a.destination = s->source; /* Not made for writing. */
    run_dispatch(s, &a, true);
    check_dispatch(s, "read-only texture", true, false, true, true);
    a = s->values;
    a.data = s->values.data + kit_mem(s->k, s->data)->size;
    run_dispatch(s, &a, true);
    check_dispatch(s, "behind a buffer", true, true, false, true);
}

/** A buffer of whole words and a half: the half is outside, although its memory is mapped. */
static void test_half_a_word(struct scene *s)
{
    struct kit *k = s->k;
    struct pvg_guest_mem cut = *kit_mem(k, s->data);
    const uint32_t half = pvg_guest_ref(k->task), read[] = {s->source, s->tint}, write[] = {s->destination, half};
    uint32_t now[N], out[N];

    cut.size = 4 * N - 2;
    CHECK(pvg_guest_buffer(k->task, half, 0, &cut), "buffer of %d bytes", 4 * N - 2);
    reset(s, &s->values);
    kit_begin(k);
    pvg_guest_cmd_segment(&k->c, PVG_W_SEG_COMPUTE);
    use(k, read, 2, USAGE_READ);
    use(k, write, 2, USAGE_READ | USAGE_WRITE);
    dispatch(s);
    CHECK(kit_run(k), "dispatch is refused");
    kit_read(k, s->data, 0, now, sizeof(now));
    kit_read(k, s->out, 0, out, sizeof(out));
    for (uint32_t i = 0; i < N; i++) {
        uint32_t before = i * 10 + 3;
        bool in = i < N - 1;
        CHECK(out[i] == (in ? before : 0) + 1, "half a word: result %u is %u", i, out[i]);
        CHECK(now[i] == (in ? 2 : 1) * before, "half a word: word %u is %u", i, now[i]);
    }
    CHECK(pvg_guest_delete_resource(k->task, half, NULL, 0), "delete");
    pvg_guest_object_clear(k->task, half);
}

static void test_deleted(struct scene *s)
{
    struct kit *k = s->k;
    uint32_t gone = kit_texture_2d(k, KIT_RGBA32F, W, H, PVG_W_USAGE_READ, s->texels), words = kit_buffer(k, NULL, 4096);
    struct arguments a = s->values;
    uint64_t gva = kit_mem(k, words)->gva;

    a.source = gone;
    run_dispatch(s, &a, false);
    check_dispatch(s, "before deletion", true, true, true, true);
    CHECK(pvg_guest_delete_resource(k->task, gone, NULL, 0) && pvg_guest_delete_resource(k->task, words, NULL, 0), "delete");
    pvg_guest_object_clear(k->task, gone);
    pvg_guest_object_clear(k->task, words);
    a.data = gva;
    run_dispatch(s, &a, false);
    check_dispatch(s, "deleted", false, true, false, true);
    a.data = s->values.data;
    run_dispatch(s, &a, true);
    check_dispatch(s, "deleted, others resident", false, true, true, true);
}

/** A small buffer object inside a large one: pointers into the large one stay in it across the small one's end. */
static void test_overlap(struct scene *s)
{
    struct kit *k = s->k;
    enum { PAGE = 4096, AT = 2 * PAGE - 2 * N };
    uint32_t words[N], large = kit_buffer(k, NULL, 4 * PAGE), small = pvg_guest_ref(k->task);
    struct pvg_guest_mem inner = *kit_mem(k, large);
    struct arguments a = s->values;

    inner.gva += PAGE;
    inner.size = PAGE;
    CHECK(pvg_guest_buffer(k->task, small, 0, &inner), "buffer in a buffer");
    for (uint32_t i = 0; i < N; i++)
        words[i] = i + 500;
    kit_write(k, large, AT, words, sizeof(words));
    a.data = kit_mem(k, large)->gva + AT;
    run_dispatch(s, &a, false);
    kit_read(k, large, AT, words, sizeof(words));
    for (uint32_t i = 0; i < N; i++)
        CHECK(words[i] == 2 * (i + 500), "word %u across the end is %u", i, words[i]);
}

/** The device waits in the middle of an encoder: what was in reach stays in reach. */
static void test_flush(struct scene *s)
{
    const uint32_t block[6] = {N, 1, 1, N, 1, 1};
    uint32_t args = kit_buffer(s->k, block, sizeof(block)), now[N], out[N];

    reset(s, &s->values);
    kit_begin(s->k);
    pvg_guest_cmd_segment(&s->k->c, PVG_W_SEG_COMPUTE);
    use_all(s);
    dispatch(s);
    kit_record(s->k, DISPATCH_THREADS_INDIRECT, &(struct pvg_w_record){.dispatch_indirect = {.ref = args}});
    CHECK(kit_run(s->k), "dispatches are refused");
    kit_read(s->k, s->data, 0, now, sizeof(now));
    kit_read(s->k, s->out, 0, out, sizeof(out));
    for (uint32_t i = 0; i < N; i++)
        CHECK(now[i] == 4 * (i * 10 + 3) && out[i] == 2 * (i * 10 + 3) + 1, "word %u is %u, result %u", i, now[i], out[i]);
}

/** GPU-driven work: an indirect command brings pipeline and buffers, residency records what is behind them. */
static void test_indirect(struct scene *s)
{
    struct kit *k = s->k;
    struct pvg_w_icb d = {.command_types = PVG_W_ICB_DISPATCH,
                          .max_kernel_binds = 2,
                          .max_kernel_tg_binds = 1,
                          .unidentified_0b = 1,
                          .unidentified_0c = 1,
                          .flags = PVG_W_ICB_FLAGS_DEFAULT,
                          .max_commands = 1};
    const struct pvg_w_icb_command c = {.type = PVG_W_ICB_DISPATCH, .pipeline = s->kernel, .grid = {1, 1, 1}, .threads = {N, 1, 1}};
    const uint32_t refs[2] = {s->out, s->args};
    uint8_t descriptor[PVG_W_ICB_BACKED_LENGTH], slot[4096] = {0};
    uint32_t icb = pvg_guest_ref(k->task), memory = kit_buffer(k, NULL, sizeof(slot));

    pvg_w_icb_layout_default(&d);
    d.backing_gva = kit_mem(k, memory)->gva;
    d.backing_size = kit_mem(k, memory)->size;
    size_t n = pvg_w_icb_encode(descriptor, sizeof(descriptor), &d);
    CHECK(n && pvg_guest_object_publish(k->task, icb, PVG_W_TYPE_STATE, 0, descriptor, n), "%s", pvg_guest_error(k->g));
    CHECK(d.layout.command_size <= sizeof(slot) && pvg_w_icb_command_encode(&d, slot, d.layout.command_size, &c), "slot");
    for (uint32_t i = 0; i < 2; i++) {
        const struct pvg_w_icb_address a = {.ref = refs[i], .gva = kit_mem(k, refs[i])->gva};
        CHECK(pvg_w_icb_bind_encode(&d, slot, d.layout.command_size, PVG_W_ICB_TABLE_KERNEL, i, &a), "bind %u", i);
    }
    kit_write(k, memory, 0, slot, d.layout.command_size);
    reset(s, &s->values);
    kit_begin(k);
    pvg_guest_cmd_segment(&k->c, PVG_W_SEG_COMPUTE);
    use_all(s);
    kit_record(k, EXECUTE_ICB, &(struct pvg_w_record){.icb_range = {.icb = icb, .location = 0, .length = 1}});
    CHECK(kit_run(k), "indirect command is refused");
    check_dispatch(s, "indirect", true, true, true, true);
}

static unsigned all(struct kit *k)
{
    struct scene s;

    scene_init(&s, k);
    test_dispatch(&s);
    test_residency(&s);
    test_draw(&s);
    test_encode(&s);
    test_info(&s);
    test_hostile(&s);
    test_half_a_word(&s);
    test_deleted(&s);
    test_overlap(&s);
    test_flush(&s);
    test_indirect(&s);
    return check_failures;
}

int main(void)
{
    return kit_main(all);
}
