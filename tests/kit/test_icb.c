/* SPDX-License-Identifier: MIT */
/** @file Indirect command buffers: slots that guest memory holds, drawn and dispatched through the whole wire path. */
#include "tests/kit/kit.h"
#include "wire/icb.h"

#include <stdlib.h>
#include <string.h>

#include "tests/vmm/check.h"

#define COMMANDS 8u
#define SIZE     32u

struct icb {
    struct kit *k;
    struct pvg_w_icb d;
    uint32_t ref, memory; /* memory: the buffer object over the command memory */
};

static void make(struct kit *k, struct icb *b, uint32_t types, uint16_t flags, bool backed)
{
    uint8_t bytes[PVG_W_ICB_BACKED_LENGTH];

    *b = (struct icb){.k = k,
                      .ref = pvg_guest_ref(k->task),
                      .d = {.command_types = types,
                            .max_vertex_binds = 2,
                            .max_fragment_binds = 1,
                            .max_kernel_binds = 2,
                            .max_kernel_tg_binds = 1,
                            .unidentified_0b = 1,
                            .unidentified_0c = 1,
                            .flags = PVG_W_ICB_FLAGS_DEFAULT | flags,
                            .max_commands = COMMANDS}};
    pvg_w_icb_layout_default(&b->d);
    b->memory = kit_buffer(k, NULL, (size_t)COMMANDS * b->d.layout.command_size);
    if (backed) {
        b->d.backing_gva = kit_mem(k, b->memory)->gva;
        b->d.backing_size = kit_mem(k, b->memory)->size;
    }
    size_t n = pvg_w_icb_encode(bytes, sizeof(bytes), &b->d);
    CHECK(n && pvg_guest_object_publish(k->task, b->ref, PVG_W_TYPE_STATE, 0, bytes, n), "%s", pvg_guest_error(k->g));
}

/** Store a command into slot `at`, with buffers by table. */
static void fill(struct icb *b, uint32_t at, const struct pvg_w_icb_command *c, enum pvg_w_icb_table table, const uint32_t *refs,
                 const uint64_t *offsets, uint32_t count)
{
    uint32_t size = b->d.layout.command_size;
    uint8_t *slot = calloc(1, size);

    CHECK(slot && pvg_w_icb_command_encode(&b->d, slot, size, c), "slot %u does not encode", at);
    for (uint32_t i = 0; i < count; i++) {
        const struct pvg_w_icb_address a = {.ref = refs[i], .gva = refs[i] ? kit_mem(b->k, refs[i])->gva + offsets[i] : 0};
        CHECK(pvg_w_icb_bind_encode(&b->d, slot, size, table, i, &a), "bind %u of slot %u", i, at);
    }
    kit_write(b->k, b->memory, (uint64_t)at * size, slot, size);
    free(slot);
}

/* ---- Draws ---- */

struct scene {
    struct kit *k;
    uint32_t target, pipeline, other, quads, indices;
};

static const float colors[4][4] = {{1, 0, 0, 1}, {0, 1, 0, 1}, {0, 0, 1, 1}, {1, 1, 0, 1}};

static void scene(struct kit *k, struct scene *s)
{
    struct kit_vertex v[16];
    const uint16_t index[6] = {0, 1, 2, 2, 1, 3};

    for (int i = 0; i < 4; i++)
        kit_quad(v + 4 * i, i & 1 ? 0.0f : -1.0f, i & 2 ? 0.0f : 1.0f, i & 1 ? 1.0f : 0.0f, i & 2 ? -1.0f : 0.0f, 0, colors[i]);
    *s = (struct scene){.k = k,
                        .target = kit_texture_2d(k, KIT_RGBA8, SIZE, SIZE, PVG_W_USAGE_READ | PVG_W_USAGE_RENDER_TARGET, NULL),
                        .pipeline = kit_simple_pipeline(k, kit_fs_color, "fs_color", KIT_RGBA8),
                        .other = kit_simple_pipeline(k, kit_fs_uniform, "fs_uniform", KIT_RGBA8),
                        .quads = kit_buffer(k, v, sizeof(v)),
                        .indices = kit_buffer(k, index, sizeof(index))};
}

/** What the quarters of the target show: an index into `colors`, or -1 for the clear colour. */
static void expect_quarters(struct scene *s, const char *what, const int want[4])
{
    const uint8_t gray[4] = {51, 51, 51, 255};
    uint8_t(*px)[4] = kit_pixels(s->k, s->target, KIT_RGBA8, SIZE, SIZE);

    for (int i = 0; i < 4; i++) {
        const uint8_t *got = px[(i & 2 ? 24 : 8) * SIZE + (i & 1 ? 24 : 8)];
        for (int c = 0; c < 4; c++) {
            int value = want[i] < 0 ? gray[c] : (int)(colors[want[i]][c] * 255);
            CHECK(abs(got[c] - value) <= 1, "%s: quarter %d channel %d is %u, not %d", what, i, c, got[c], value);
        }
    }
    free(px);
}

static void begin(struct scene *s)
{
    const double clear[4] = {0.2, 0.2, 0.2, 1};

    kit_begin(s->k);
    kit_pass(s->k, s->target, SIZE, SIZE, clear);
}

static void execute(struct kit *k, uint32_t opcode, uint32_t ref, uint64_t location, uint64_t length)
{
    const struct pvg_w_record r = {.icb_range = {.icb = ref, .location = location, .length = length}};

    kit_record(k, opcode, &r);
}

static void quad_commands(struct scene *s, struct icb *b)
{
    for (uint32_t i = 0; i < 4; i++) {
        const uint32_t refs[2] = {s->quads, 0};
        const uint64_t offsets[2] = {i * 4 * sizeof(struct kit_vertex), 0};
        struct pvg_w_icb_command c = {.type = PVG_W_ICB_DRAW,
                                      .pipeline = b->d.flags & PVG_W_ICB_INHERIT_PIPELINE ? 0 : s->pipeline,
                                      .primitive = KIT_TRIANGLE_STRIP,
                                      .count = 4,
                                      .instance_count = 1};
        if (i == 2) {
            c.type = PVG_W_ICB_DRAW_INDEXED;
            c.primitive = KIT_TRIANGLE;
            c.count = 6;
            c.index = (struct pvg_w_icb_address){.ref = s->indices, .gva = kit_mem(s->k, s->indices)->gva};
        }
        fill(b, i, &c, PVG_W_ICB_TABLE_VERTEX, refs, offsets, 2);
    }
}

static void test_draws(struct scene *s)
{
    struct icb b;
    const uint32_t range[2] = {2, 2};
    const float tint[4] = {1, 1, 0, 1};
    struct kit *k = s->k;

    make(k, &b, PVG_W_ICB_DRAW | PVG_W_ICB_DRAW_INDEXED, 0, true);
    quad_commands(s, &b);
    begin(s);
    execute(k, 0x15, b.ref, 0, 3);
    CHECK(kit_run(k), "execute");
    expect_quarters(s, "three commands", (const int[4]){0, 1, 2, -1});

    /* The encoder's own pipeline and buffers hold afterwards; empty slots are skipped. */
    begin(s);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, s->other);
    kit_bind1(k, KIT_VERTEX_BUFFERS, 0, s->quads, 12 * sizeof(struct kit_vertex));
    kit_bind1(k, KIT_FRAGMENT_BUFFERS, 0, kit_buffer(k, tint, sizeof(tint)), 0);
    execute(k, 0x15, b.ref, 1, 1);
    execute(k, 0x15, b.ref, 4, 4);
    kit_draw(k, KIT_TRIANGLE_STRIP, 0, 4);
    CHECK(kit_run(k), "execute among draws");
    expect_quarters(s, "among draws", (const int[4]){-1, 1, -1, 3});

    begin(s);
    const struct pvg_w_record indirect = {.icb_indirect = {.icb = b.ref, .ref = kit_buffer(k, range, sizeof(range))}};
    kit_record(k, 0x14, &indirect);
    CHECK(kit_run(k), "execute by a range in a buffer");
    expect_quarters(s, "range in a buffer", (const int[4]){-1, -1, 2, 3});

    make(k, &b, PVG_W_ICB_DRAW | PVG_W_ICB_DRAW_INDEXED, PVG_W_ICB_INHERIT_PIPELINE | PVG_W_ICB_INHERIT_BUFFERS, true);
    quad_commands(s, &b);
    begin(s);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, s->pipeline);
    kit_bind1(k, KIT_VERTEX_BUFFERS, 0, s->quads, 4 * sizeof(struct kit_vertex));
    execute(k, 0x15, b.ref, 0, 4);
    CHECK(kit_run(k), "inherited state");
    expect_quarters(s, "inherited state", (const int[4]){-1, 1, -1, -1});
}

/** Textures and samplers are the encoder's, also ones with coordinates in texels, whichever pipeline the command has. */
static void test_samplers(struct scene *s)
{
    static const uint8_t texels[2][4] = {{255, 0, 0, 255}, {0, 255, 0, 255}};
    struct kit *k = s->k;
    struct icb own, inherited;
    struct pvg_w_sampler pixels;
    struct kit_vertex v[16];
    const float white[4] = {1, 1, 1, 1};
    uint32_t pipeline = s->pipeline, quads = s->quads, normal = kit_sampler(k, false, 0);

    pvg_w_sampler_init(&pixels);
    pixels.ref = pvg_guest_ref(k->task);
    pixels.normalized = false;
    CHECK(pvg_guest_sampler(k->task, 0, &pixels), "%s", pvg_guest_error(k->g));
    for (int i = 0; i < 4; i++)
        kit_quad(v + 4 * i, i & 1 ? 0.0f : -1.0f, i & 2 ? 0.0f : 1.0f, i & 1 ? 1.0f : 0.0f, i & 2 ? -1.0f : 0.0f, 0, white);
    s->pipeline = kit_simple_pipeline(k, kit_fs_texture, "fs_texture", KIT_RGBA8);
    s->quads = kit_buffer(k, v, sizeof(v));
    make(k, &own, PVG_W_ICB_DRAW | PVG_W_ICB_DRAW_INDEXED, 0, true);
    quad_commands(s, &own);
    make(k, &inherited, PVG_W_ICB_DRAW | PVG_W_ICB_DRAW_INDEXED, PVG_W_ICB_INHERIT_PIPELINE | PVG_W_ICB_INHERIT_BUFFERS, true);
    quad_commands(s, &inherited);
    /* The middle of a quad is at 0.53: in texels the first of the two, else the second. */
    begin(s);
    kit_bind1(k, KIT_FRAGMENT_TEXTURES, 0, kit_texture_2d(k, KIT_RGBA8, 2, 1, PVG_W_USAGE_READ, texels), 0);
    kit_bind1(k, KIT_FRAGMENT_SAMPLERS, 0, normal, 0);
    execute(k, 0x15, own.ref, 0, 1);
    kit_bind1(k, KIT_FRAGMENT_SAMPLERS, 0, pixels.ref, 0);
    execute(k, 0x15, own.ref, 1, 2);
    kit_bind1(k, KIT_FRAGMENT_SAMPLERS, 0, normal, 0);
    execute(k, 0x15, own.ref, 3, 1);
    CHECK(kit_run(k), "samplers of the encoder");
    expect_quarters(s, "samplers of the encoder", (const int[4]){1, 0, 0, 1});

    begin(s);
    kit_bind1(k, KIT_FRAGMENT_TEXTURES, 0, kit_texture_2d(k, KIT_RGBA8, 2, 1, PVG_W_USAGE_READ, texels), 0);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, s->pipeline);
    for (int i = 0; i < 4; i++) {
        kit_bind1(k, KIT_FRAGMENT_SAMPLERS, 0, i & 1 ? pixels.ref : normal, 0);
        kit_bind1(k, KIT_VERTEX_BUFFERS, 0, s->quads, (uint64_t)i * 4 * sizeof(v[0]));
        execute(k, 0x15, inherited.ref, 0, 1);
    }
    CHECK(kit_run(k), "inherited pipeline and samplers");
    expect_quarters(s, "inherited pipeline and samplers", (const int[4]){1, 0, 1, 0});
    s->pipeline = pipeline;
    s->quads = quads;
}

static void test_blits(struct scene *s)
{
    struct icb a, b;
    struct kit *k = s->k;
    const struct pvg_w_record optimize = {.icb_range = {.length = COMMANDS}};
    struct pvg_w_record r;

    make(k, &a, PVG_W_ICB_DRAW | PVG_W_ICB_DRAW_INDEXED, 0, true);
    make(k, &b, PVG_W_ICB_DRAW | PVG_W_ICB_DRAW_INDEXED, 0, true);
    quad_commands(s, &a);
    kit_begin(k);
    pvg_guest_cmd_segment(&k->c, PVG_W_SEG_BLIT);
    r = (struct pvg_w_record){.copy_icb = {.source = a.ref, .destination = b.ref, .location = 0, .length = 4, .index = 2}};
    kit_record(k, 0x131, &r);
    r = (struct pvg_w_record){.icb_range = {.icb = b.ref, .location = 3, .length = 2}};
    kit_record(k, 0x139, &r);
    r = optimize;
    r.icb_range.icb = b.ref;
    kit_record(k, 0x138, &r);
    const double clear[4] = {0.2, 0.2, 0.2, 1};
    kit_pass(k, s->target, SIZE, SIZE, clear);
    execute(k, 0x15, b.ref, 0, COMMANDS);
    CHECK(kit_run(k), "copy, reset and execute");
    expect_quarters(s, "after copy and reset", (const int[4]){0, -1, -1, 3});
}

static void test_dispatches(struct kit *k)
{
    uint32_t words[64] = {0}, amounts[2] = {3, 40};
    const uint32_t range[2] = {1, 1};
    struct icb b;
    uint32_t data = kit_buffer(k, words, sizeof(words)), add = kit_buffer(k, amounts, sizeof(amounts));
    uint32_t pipe = kit_compute_pipeline(k, kit_function(k, kit_cs_add, "cs_add"));

    make(k, &b, PVG_W_ICB_DISPATCH | PVG_W_ICB_DISPATCH_THREADS, 0, true);
    for (uint32_t i = 0; i < 2; i++) {
        const uint32_t refs[2] = {data, add};
        const uint64_t offsets[2] = {0, 4 * i};
        const struct pvg_w_icb_command c = {.type = i ? PVG_W_ICB_DISPATCH_THREADS : PVG_W_ICB_DISPATCH,
                                            .pipeline = pipe,
                                            .barrier = 1,
                                            .grid = {i ? 20 : 4, 1, 1},
                                            .threads = {8, 1, 1}};
        fill(&b, i, &c, PVG_W_ICB_TABLE_KERNEL, refs, offsets, 2);
    }
    kit_begin(k);
    pvg_guest_cmd_segment(&k->c, PVG_W_SEG_COMPUTE);
    execute(k, 0xe4, b.ref, 0, 2);
    const struct pvg_w_record indirect = {.icb_indirect = {.icb = b.ref, .ref = kit_buffer(k, range, sizeof(range))}};
    kit_record(k, 0xe5, &indirect);
    CHECK(kit_run(k), "dispatches");
    kit_read(k, data, 0, words, sizeof(words));
    for (uint32_t i = 0; i < 64; i++)
        CHECK(words[i] == (i < 32 ? 3u : 0) + (i < 20 ? 80u : 0), "word %u is %u", i, words[i]);
}

/** Each costs its own command or record and leaves the others alone. */
static void test_malformed(struct scene *s)
{
    struct kit *k = s->k;
    struct icb b, unbacked;
    uint32_t wild = 0x10;

    make(k, &unbacked, PVG_W_ICB_DRAW, 0, false);
    make(k, &b, PVG_W_ICB_DRAW | PVG_W_ICB_DRAW_INDEXED, 0, true);
    quad_commands(s, &b);
    /* A dispatch, which the buffer was not made for. */
    kit_write(k, b.memory, 2 * b.d.layout.command_size, &(uint32_t){PVG_W_ICB_DISPATCH}, 4);
    begin(s);
    execute(k, 0x15, unbacked.ref, 0, 1);
    execute(k, 0x15, s->quads, 0, 1);
    execute(k, 0x15, b.ref, 0, COMMANDS + 1);
    execute(k, 0x15, b.ref, UINT64_MAX, 2);
    execute(k, 0x15, b.ref, 2, 1);
    execute(k, 0x15, b.ref, 1, 1);
    CHECK(kit_run_refused(k) == 5, "refusals");
    expect_quarters(s, "after refusals", (const int[4]){-1, 1, -1, -1});

    /* An address outside of its buffer, an unknown type. */
    kit_write(k, b.memory, b.d.layout.vertex_binds + 4, &(uint64_t){kit_mem(k, s->quads)->gva - 8}, 8);
    kit_write(k, b.memory, b.d.layout.command_size, &wild, 4);
    begin(s);
    execute(k, 0x15, b.ref, 0, 4);
    CHECK(kit_run_refused(k) == 1, "hostile slots");
    expect_quarters(s, "after hostile slots", (const int[4]){-1, -1, -1, 3});
    CHECK(pvg_guest_delete_object(k->task, 0x3f7, b.ref), "delete");
}

static unsigned all(struct kit *k)
{
    struct scene s;

    scene(k, &s);
    test_draws(&s);
    test_samplers(&s);
    test_blits(&s);
    test_dispatches(k);
    test_malformed(&s);
    return check_failures;
}

int main(void)
{
    return kit_main(all);
}
