/* SPDX-License-Identifier: MIT */
/**
 * @file Passes that continue each other are one rendering of the host, and only those (spec 06 section 10.5): every case is drawn
 * once, its pixels are compared with what separate passes give, and the device's counter says whether passes were merged. With
 * OPENPVG_VK_NO_MERGE the pixels are the same and nothing is merged.
 */
#include "tests/imports/shaders.h"
#include "tests/kit/kit.h"

#include <stdlib.h>
#include <string.h>

#include "tests/vmm/check.h"

/* Several tiles of a software rasterizer, so that disorder between passes shows. */
#define SIZE 192u
#define HALF (SIZE / 2)

enum { LOAD_DONT_CARE, LOAD, CLEAR };
enum { STORE_DONT_CARE, STORE, RESOLVE, STORE_AND_RESOLVE };
enum { TARGET_USAGE = PVG_W_USAGE_READ | PVG_W_USAGE_RENDER_TARGET };
enum { SAMPLE_POSITIONS = 0x20, SCISSORS = 0x75, VISIBILITY = 0x84, BARRIER = 0x17, COPY_TEXTURE = 0x12f, FILL = 0x132 };
enum { QUADS = 16 };

static const float black[4] = {0, 0, 0, 1}, red[4] = {1, 0, 0, 1}, green[4] = {0, 1, 0, 1}, blue[4] = {0, 0, 1, 1},
                   white[4] = {1, 1, 1, 1};

struct scene {
    struct kit *k;
    uint32_t target, other, layers, levels, depth, samples, resolved;
    uint32_t plain, sampling, storing, uniform, with_depth, multisampled, two;
    uint32_t sampler, nearer, always, vertices;
    struct kit_vertex quads[4 * QUADS];
    uint32_t used; /* quads */
    uint64_t before;
    bool off;
};

/** Stores its colour as that of the four vertices (struct kit_vertex) in fragment buffer 0. */
static const char fs_store[] =
    "define <4 x float> @fs_store(<4 x float> %color, <2 x float> %uv, ptr addrspace(1) %out) {\n"
    "  %p0 = getelementptr <4 x float>, ptr addrspace(1) %out, i64 1\n"
    "  %p1 = getelementptr <4 x float>, ptr addrspace(1) %out, i64 4\n"
    "  %p2 = getelementptr <4 x float>, ptr addrspace(1) %out, i64 7\n"
    "  %p3 = getelementptr <4 x float>, ptr addrspace(1) %out, i64 10\n"
    "  store <4 x float> %color, ptr addrspace(1) %p0, align 16\n"
    "  store <4 x float> %color, ptr addrspace(1) %p1, align 16\n"
    "  store <4 x float> %color, ptr addrspace(1) %p2, align 16\n"
    "  store <4 x float> %color, ptr addrspace(1) %p3, align 16\n"
    "  ret <4 x float> %color\n"
    "}\n"
    "!air.fragment = !{!0}\n"
    "!0 = !{ptr @fs_store, !1, !2}\n"
    "!1 = !{!3}\n"
    "!2 = !{!5, !6, !7}\n"
    "!3 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"float4\"}\n"
    "!5 = !{i32 0, !\"air.fragment_input\", !\"user(color)\", !\"air.center\", !\"air.perspective\", !\"air.arg_type_name\", "
    "!\"float4\", !\"air.arg_name\", !\"color\"}\n"
    "!6 = !{i32 1, !\"air.fragment_input\", !\"user(uv)\", !\"air.center\", !\"air.perspective\", !\"air.arg_type_name\", "
    "!\"float2\", !\"air.arg_name\", !\"uv\"}\n"
    "!7 = !{i32 2, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", !\"air.address_space\", i32 1, "
    "!\"air.arg_type_size\", i32 16, !\"air.arg_type_align_size\", i32 16, !\"air.arg_type_name\", !\"float4\", !\"air.arg_name\", "
    "!\"out\"}\n";

static uint32_t texture(struct kit *k, uint16_t format, uint8_t type, uint16_t samples, uint16_t levels, uint16_t slices,
                        bool private)
{
    struct pvg_w_texture_desc d = pvg_guest_desc_2d(format, SIZE, SIZE, TARGET_USAGE);

    d.type = type;
    d.samples = samples;
    d.levels = levels;
    d.array_length = slices;
    if (private)
        d.options = PVG_W_STORAGE_PRIVATE << 4;
    return kit_texture(k, &d, 4);
}

static void scene_init(struct scene *s, struct kit *k)
{
    struct pvg_w_render_pipeline p;
    uint32_t vertex = kit_function(k, kit_vs_color, "vs_color"), fragment = kit_function(k, kit_fs_color, "fs_color");
    const char *off = getenv("OPENPVG_VK_NO_MERGE");

    *s = (struct scene){.k = k, .off = off && *off};
    s->target = kit_texture_2d(k, KIT_RGBA8, SIZE, SIZE, TARGET_USAGE, NULL);
    s->other = kit_texture_2d(k, KIT_RGBA8, SIZE, SIZE, TARGET_USAGE, NULL);
    s->layers = texture(k, KIT_RGBA8, PVG_W_TEX_2D_ARRAY, 1, 1, 2, false);
    s->levels = texture(k, KIT_RGBA8, PVG_W_TEX_2D, 1, 2, 1, false);
    s->depth = texture(k, KIT_DEPTH32, PVG_W_TEX_2D, 1, 1, 1, true);
    s->samples = texture(k, KIT_RGBA8, PVG_W_TEX_2D_MS, 4, 1, 1, true);
    s->resolved = kit_texture_2d(k, KIT_RGBA8, SIZE, SIZE, TARGET_USAGE, NULL);
    s->plain = kit_simple_pipeline(k, kit_fs_color, "fs_color", KIT_RGBA8);
    s->sampling = kit_simple_pipeline(k, kit_fs_texture, "fs_texture", KIT_RGBA8);
    s->storing = kit_simple_pipeline(k, fs_store, "fs_store", KIT_RGBA8);
    s->uniform = kit_simple_pipeline(k, kit_fs_uniform, "fs_uniform", KIT_RGBA8);
    kit_pipeline_init(k, &p, vertex, fragment, KIT_RGBA8);
    p.depth_format = KIT_DEPTH32;
    s->with_depth = kit_render_pipeline(k, &p);
    kit_pipeline_init(k, &p, vertex, fragment, KIT_RGBA8);
    p.sample_count = 4;
    s->multisampled = kit_render_pipeline(k, &p);
    kit_pipeline_init(k, &p, vertex, fragment, KIT_RGBA8);
    p.color[1].present = true;
    p.color[1].format = KIT_RGBA8;
    s->two = kit_render_pipeline(k, &p);
    s->sampler = kit_sampler(k, false, 0);
    s->nearer = kit_depth_state(k, 1, true);
    s->always = kit_depth_state(k, 7, false);
    s->vertices = kit_buffer(k, NULL, sizeof(s->quads));
}

/* ---- Drawing ---- */

static uint64_t count(struct kit *k)
{
    struct pvg_stats st = {.size = sizeof(st)};

    pvg_device_stats(k->vm->dev, &st);
    return st.passes_merged;
}

static void begin(struct scene *s)
{
    s->used = 0;
    s->before = count(s->k);
    kit_begin(s->k);
}

/** Run what was recorded. @param merged passes that go on in the rendering of the one before them. */
static void finish(struct scene *s, const char *what, unsigned merged)
{
    kit_write(s->k, s->vertices, 0, s->quads, sizeof(s->quads));
    CHECK(kit_run(s->k), "%s: refused", what);
    unsigned now = (unsigned)(count(s->k) - s->before);
    CHECK(now == (s->off ? 0 : merged), "%s: %u passes were merged, not %u", what, now, merged);
}

static struct pvg_w_render_pass over(uint32_t target, uint16_t load)
{
    struct pvg_w_render_pass p;

    pvg_w_render_pass_init(&p);
    p.width = p.height = SIZE;
    p.color[0].texture = target;
    p.color[0].load_action = load;
    p.color[0].store_action = STORE;
    p.color[0].clear[3] = 1;
    return p;
}

static void pass(struct scene *s, uint32_t target, uint16_t load)
{
    struct pvg_w_render_pass p = over(target, load);

    kit_pass_desc(s->k, &p);
}

/** A rectangle in eighths of the target, from the upper left corner. */
static void quad(struct scene *s, uint32_t pipeline, const int at[4], float z, const float color[4])
{
    uint32_t first = 4 * s->used++;

    if (s->used > QUADS)
        abort();
    kit_quad(s->quads + first, (float)at[0] / 4 - 1, 1 - (float)at[1] / 4, (float)at[2] / 4 - 1, 1 - (float)at[3] / 4, z, color);
    pvg_guest_cmd_set_ref(&s->k->c, KIT_SET_PIPELINE, pipeline);
    kit_bind1(s->k, KIT_VERTEX_BUFFERS, 0, s->vertices, 0);
    kit_draw(s->k, KIT_TRIANGLE_STRIP, first, 4);
}

static const int left[4] = {0, 0, 4, 8}, right[4] = {4, 0, 8, 8}, upper[4] = {0, 0, 8, 4}, whole[4] = {0, 0, 8, 8},
                 corner[4] = {0, 0, 1, 1};

static void sample(struct scene *s, uint32_t texture)
{
    kit_bind1(s->k, KIT_FRAGMENT_TEXTURES, 0, texture, 0);
    kit_bind1(s->k, KIT_FRAGMENT_SAMPLERS, 0, s->sampler, 0);
}

/** Every pixel of [x0, x1) x [y0, y1), in eighths, has the colour. */
static void expect(struct scene *s, const char *what, uint32_t texture, const int at[4], const float color[4])
{
    uint8_t(*px)[4] = kit_pixels(s->k, texture, KIT_RGBA8, SIZE, SIZE);
    unsigned wrong = 0;

    for (uint32_t y = (uint32_t)at[1] * SIZE / 8; y < (uint32_t)at[3] * SIZE / 8; y++)
        for (uint32_t x = (uint32_t)at[0] * SIZE / 8; x < (uint32_t)at[2] * SIZE / 8; x++)
            for (int c = 0; c < 4; c++)
                wrong += abs(px[y * SIZE + x][c] - (int)(color[c] * 255)) > 1;
    CHECK(wrong == 0, "%s: %u components in %d,%d to %d,%d differ", what, wrong, at[0], at[1], at[2], at[3]);
    free(px);
}

/* ---- Merged ---- */

/** Two loading passes go on; nothing of the first encoder's state reaches the others. */
static void test_loads(struct scene *s)
{
    const struct pvg_w_scissor corner_only = {.width = SIZE / 8, .height = SIZE / 8};
    const struct pvg_w_record scissor = {.count = 1, .entries = &corner_only};

    begin(s);
    pass(s, s->target, CLEAR);
    kit_record(s->k, SCISSORS, &scissor);
    pvg_guest_cmd_set_value(&s->k->c, KIT_SET_CULL_MODE, 1);
    quad(s, s->plain, whole, 0, red);
    pass(s, s->target, LOAD);
    quad(s, s->plain, right, 0, green);
    pass(s, s->target, LOAD_DONT_CARE);
    quad(s, s->plain, right, 0, blue);
    finish(s, "loads", 2);
    expect(s, "loads", s->target, right, blue);
    expect(s, "loads", s->target, (int[]){1, 0, 4, 8}, black);
}

/** Binds do not carry over either: nothing bound reads as nothing. */
static void test_no_leaks(struct scene *s)
{
    begin(s);
    pass(s, s->target, CLEAR);
    quad(s, s->plain, whole, 0, red);
    pass(s, s->target, LOAD);
    kit_draw(s->k, KIT_TRIANGLE_STRIP, 0, 4);
    kit_write(s->k, s->vertices, 0, s->quads, sizeof(s->quads));
    kit_run_refused(s->k);
    struct pvg_stats st = {.size = sizeof(st)};
    pvg_device_stats(s->k->vm->dev, &st);
    CHECK(st.draws_refused == 1, "a draw without a pipeline ran in a merged pass: %llu refused",
          (unsigned long long)st.draws_refused);
    expect(s, "no leaks", s->target, whole, red);
}

static void test_command_buffers(struct scene *s)
{
    begin(s);
    pass(s, s->target, CLEAR);
    quad(s, s->plain, left, 0, red);
    kit_cut(s->k);
    pass(s, s->target, LOAD);
    quad(s, s->plain, right, 0, green);
    finish(s, "command buffers", 1);
    expect(s, "command buffers", s->target, left, red);
    expect(s, "command buffers", s->target, right, green);
}

static void test_depth(struct scene *s)
{
    struct pvg_w_render_pass p = over(s->target, CLEAR);

    begin(s);
    p.depth = (struct pvg_w_attachment){.texture = s->depth, .load_action = CLEAR, .store_action = STORE, .clear = {1}};
    kit_pass_desc(s->k, &p);
    pvg_guest_cmd_set_ref(&s->k->c, KIT_SET_DEPTH_STENCIL, s->nearer);
    quad(s, s->with_depth, left, 0.25f, red);
    p.color[0].load_action = p.depth.load_action = LOAD;
    kit_pass_desc(s->k, &p);
    pvg_guest_cmd_set_ref(&s->k->c, KIT_SET_DEPTH_STENCIL, s->nearer);
    quad(s, s->with_depth, whole, 0.5f, green);
    /* Without a depth state depth is not tested. */
    kit_pass_desc(s->k, &p);
    quad(s, s->with_depth, upper, 0.75f, blue);
    finish(s, "depth", 2);
    expect(s, "depth", s->target, upper, blue);
    expect(s, "depth", s->target, (int[]){0, 4, 4, 8}, red);
    expect(s, "depth", s->target, (int[]){4, 4, 8, 8}, green);

    begin(s);
    p.depth.load_action = CLEAR;
    p.color[0].load_action = CLEAR;
    kit_pass_desc(s->k, &p);
    pvg_guest_cmd_set_ref(&s->k->c, KIT_SET_DEPTH_STENCIL, s->nearer);
    quad(s, s->with_depth, whole, 0.25f, red);
    p.color[0].load_action = LOAD;
    kit_pass_desc(s->k, &p);
    pvg_guest_cmd_set_ref(&s->k->c, KIT_SET_DEPTH_STENCIL, s->nearer);
    quad(s, s->with_depth, left, 0.5f, green);
    pass(s, s->target, LOAD);
    quad(s, s->plain, upper, 0, blue);
    finish(s, "cleared depth, no depth", 0);
    expect(s, "cleared depth", s->target, upper, blue);
    expect(s, "cleared depth", s->target, (int[]){0, 4, 4, 8}, green);
    expect(s, "cleared depth", s->target, (int[]){4, 4, 8, 8}, red);
}

/** A texture that nobody has used before is loaded ahead of both passes. */
static void test_fresh_texture(struct scene *s)
{
    uint8_t texels[2][4] = {{255, 255, 0, 255}, {0, 255, 255, 255}};
    uint32_t image = kit_texture_2d(s->k, KIT_RGBA8, 2, 1, PVG_W_USAGE_READ, texels);

    begin(s);
    pass(s, s->target, CLEAR);
    quad(s, s->plain, whole, 0, red);
    pass(s, s->target, LOAD);
    sample(s, image);
    quad(s, s->sampling, whole, 0, white);
    finish(s, "fresh texture", 1);
    expect(s, "fresh texture", s->target, left, (float[]){1, 1, 0, 1});
    expect(s, "fresh texture", s->target, right, (float[]){0, 1, 1, 1});
}

/** What the first pass does not store may as well stay. */
static void test_undefined(struct scene *s)
{
    struct pvg_w_render_pass p = over(s->target, CLEAR);

    begin(s);
    p.depth = (struct pvg_w_attachment){.texture = s->depth, .load_action = CLEAR, .clear = {1}};
    kit_pass_desc(s->k, &p);
    quad(s, s->with_depth, whole, 0, red);
    p.color[0].load_action = p.depth.load_action = LOAD;
    kit_pass_desc(s->k, &p);
    pvg_guest_cmd_set_ref(&s->k->c, KIT_SET_DEPTH_STENCIL, s->always);
    quad(s, s->with_depth, left, 0, green);
    finish(s, "undefined content", 1);
    expect(s, "undefined content", s->target, left, green);
    expect(s, "undefined content", s->target, right, red);

    /* Where the content is defined after all, by memory, it is loaded. */
    p = over(s->other, CLEAR);
    p.color[0].store_action = STORE_DONT_CARE;
    begin(s);
    kit_pass_desc(s->k, &p);
    quad(s, s->plain, whole, 0, red);
    pass(s, s->other, LOAD);
    quad(s, s->plain, left, 0, green);
    finish(s, "content of memory", 0);
    expect(s, "content of memory", s->other, left, green);
}

static void test_multisampled(struct scene *s)
{
    struct pvg_w_render_pass p = over(s->samples, CLEAR);

    begin(s);
    p.color[0].store_action = STORE_AND_RESOLVE;
    p.color[0].resolve = s->resolved;
    kit_pass_desc(s->k, &p);
    quad(s, s->multisampled, left, 0, red);
    p.color[0].load_action = LOAD;
    kit_pass_desc(s->k, &p);
    quad(s, s->multisampled, right, 0, green);
    finish(s, "resolves", 1);
    expect(s, "resolves", s->resolved, left, red);
    expect(s, "resolves", s->resolved, right, green);

    /* The guest splits a pass: only its last part resolves. */
    begin(s);
    p.color[0] = over(s->samples, CLEAR).color[0];
    kit_pass_desc(s->k, &p);
    quad(s, s->multisampled, left, 0, blue);
    p.color[0].load_action = LOAD;
    p.color[0].store_action = RESOLVE;
    p.color[0].resolve = s->resolved;
    kit_pass_desc(s->k, &p);
    quad(s, s->multisampled, right, 0, white);
    finish(s, "late resolve", 0);
    expect(s, "late resolve", s->resolved, left, blue);
    expect(s, "late resolve", s->resolved, right, white);

    /* Two targets to resolve into. */
    begin(s);
    p.color[0] = over(s->samples, CLEAR).color[0];
    p.color[0].store_action = STORE_AND_RESOLVE;
    p.color[0].resolve = s->resolved;
    kit_pass_desc(s->k, &p);
    quad(s, s->multisampled, whole, 0, red);
    p.color[0].load_action = LOAD;
    p.color[0].resolve = s->other;
    kit_pass_desc(s->k, &p);
    quad(s, s->multisampled, right, 0, green);
    finish(s, "two resolves", 0);
    expect(s, "two resolves", s->resolved, whole, red);
    expect(s, "two resolves", s->other, left, red);
    expect(s, "two resolves", s->other, right, green);
}

/** The second pass samples what the first one resolved. */
static void test_resolve_read(struct scene *s)
{
    struct pvg_w_render_pass p = over(s->samples, CLEAR);
    struct pvg_w_render_pipeline d;

    kit_pipeline_init(s->k, &d, kit_function(s->k, kit_vs_color, "vs_color"), kit_function(s->k, kit_fs_texture, "fs_texture"),
                      KIT_RGBA8);
    d.sample_count = 4;
    uint32_t pipeline = kit_render_pipeline(s->k, &d);
    begin(s);
    p.color[0].store_action = STORE_AND_RESOLVE;
    p.color[0].resolve = s->resolved;
    kit_pass_desc(s->k, &p);
    quad(s, s->multisampled, whole, 0, green);
    p.color[0].load_action = LOAD;
    kit_pass_desc(s->k, &p);
    sample(s, s->resolved);
    quad(s, pipeline, left, 0, (const float[4]){1, 0.5f, 1, 1});
    finish(s, "resolved and read", 0);
    expect(s, "resolved and read", s->resolved, left, (const float[4]){0, 0.5f, 0, 1});
    expect(s, "resolved and read", s->resolved, right, green);
}

/** Results are those of one pass, whether it goes on in another's rendering or not. */
static void test_visibility(struct scene *s)
{
    static const uint64_t full = (uint64_t)SIZE * SIZE;
    const struct pvg_w_record arm = {.visibility = {.offset = 8, .mode = 2}};
    uint32_t counts = kit_buffer(s->k, NULL, 32);
    struct pvg_w_render_pass p = over(s->target, CLEAR);
    uint64_t now[4];

    begin(s);
    p.visibility_buffer = counts;
    kit_pass_desc(s->k, &p);
    quad(s, s->plain, whole, 0, red);
    p.color[0].load_action = LOAD;
    kit_pass_desc(s->k, &p);
    kit_record(s->k, VISIBILITY, &arm);
    quad(s, s->plain, left, 0, green);
    finish(s, "counts", 1);
    kit_read(s->k, counts, 0, now, sizeof(now));
    CHECK(now[1] == full / 2 && !now[0], "counts: %llu samples", (unsigned long long)now[1]);

    /* The word is written when its pass ends: the one that follows writes it again, or not at all. */
    begin(s);
    kit_pass_desc(s->k, &p);
    kit_record(s->k, VISIBILITY, &arm);
    quad(s, s->plain, whole, 0, red);
    kit_pass_desc(s->k, &p);
    kit_record(s->k, VISIBILITY, &arm);
    quad(s, s->plain, corner, 0, green);
    pass(s, s->target, LOAD);
    quad(s, s->plain, right, 0, blue);
    finish(s, "counts of two passes", 0);
    kit_read(s->k, counts, 0, now, sizeof(now));
    CHECK(now[1] == full / 64, "counts of two passes: %llu samples", (unsigned long long)now[1]);
    expect(s, "counts of two passes", s->target, corner, green);
    expect(s, "counts of two passes", s->target, right, blue);
}

/** Inverts the colour attachment's own value. */
static const char fs_fetch[] =
    "define <4 x float> @fs_fetch(<4 x float> %dst) {\n"
    "  %out = fsub <4 x float> <float 1.0, float 1.0, float 1.0, float 2.0>, %dst\n"
    "  ret <4 x float> %out\n"
    "}\n"
    "!air.fragment = !{!0}\n"
    "!0 = !{ptr @fs_fetch, !1, !2}\n"
    "!1 = !{!3}\n"
    "!2 = !{!4}\n"
    "!3 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"float4\"}\n"
    "!4 = !{i32 0, !\"air.render_target\", i32 0, !\"air.arg_type_name\", !\"float4\", !\"air.arg_name\", !\"dst\"}\n";

/** A function that reads its own pixel finds what the pass before it drew. */
static void test_fetch(struct scene *s)
{
    uint32_t invert = kit_simple_pipeline(s->k, fs_fetch, "fs_fetch", KIT_RGBA8);

    begin(s);
    pass(s, s->target, CLEAR);
    quad(s, s->plain, whole, 0, red);
    pass(s, s->target, LOAD);
    quad(s, invert, left, 0, white);
    pass(s, s->target, LOAD);
    quad(s, invert, upper, 0, white);
    finish(s, "fetch", 2);
    expect(s, "fetch", s->target, (int[]){0, 0, 4, 4}, red);
    expect(s, "fetch", s->target, (int[]){4, 0, 8, 4}, (const float[4]){0, 1, 1, 1});
    expect(s, "fetch", s->target, (int[]){0, 4, 4, 8}, (const float[4]){0, 1, 1, 1});
    expect(s, "fetch", s->target, (int[]){4, 4, 8, 8}, red);
}

/* ---- Not merged ---- */

static void test_other_targets(struct scene *s)
{
    struct pvg_w_render_pass p;

    begin(s);
    pass(s, s->target, CLEAR);
    quad(s, s->plain, whole, 0, red);
    pass(s, s->target, CLEAR);
    quad(s, s->plain, left, 0, green);
    finish(s, "clear", 0);
    expect(s, "clear", s->target, left, green);
    expect(s, "clear", s->target, right, black);

    begin(s);
    pass(s, s->target, CLEAR);
    quad(s, s->plain, whole, 0, red);
    pass(s, s->other, LOAD);
    quad(s, s->plain, whole, 0, green);
    pass(s, s->target, LOAD);
    quad(s, s->plain, left, 0, blue);
    finish(s, "texture", 0);
    expect(s, "texture", s->target, left, blue);
    expect(s, "texture", s->target, right, red);
    expect(s, "texture", s->other, whole, green);

    begin(s);
    pass(s, s->target, CLEAR);
    quad(s, s->plain, whole, 0, red);
    p = over(s->target, LOAD);
    p.width = HALF;
    kit_pass_desc(s->k, &p);
    quad(s, s->plain, whole, 0, green);
    finish(s, "area", 0);
    expect(s, "area", s->target, left, green);
    expect(s, "area", s->target, right, red);

    begin(s);
    pass(s, s->layers, CLEAR);
    quad(s, s->plain, whole, 0, red);
    p = over(s->layers, LOAD);
    p.color[0].slice = 1;
    kit_pass_desc(s->k, &p);
    quad(s, s->plain, whole, 0, green);
    finish(s, "slice", 0);
    expect(s, "slice", s->layers, whole, red);

    begin(s);
    p = over(s->levels, CLEAR);
    p.width = p.height = HALF;
    kit_pass_desc(s->k, &p);
    quad(s, s->plain, whole, 0, red);
    p.color[0].level = 1;
    p.color[0].load_action = LOAD;
    kit_pass_desc(s->k, &p);
    quad(s, s->plain, whole, 0, green);
    finish(s, "level", 0);
    expect(s, "level", s->levels, (int[]){0, 0, 4, 4}, red);

    begin(s);
    p = over(s->target, CLEAR);
    p.color[1] = over(s->other, CLEAR).color[0];
    kit_pass_desc(s->k, &p);
    quad(s, s->two, whole, 0, red);
    pass(s, s->target, LOAD);
    quad(s, s->plain, left, 0, green);
    finish(s, "slots", 0);
    expect(s, "slots", s->target, left, green);
    expect(s, "slots", s->target, right, red);
}

static void positions(struct scene *s, float x)
{
    struct pvg_w_point at[4] = {{x, 0.125f}, {0.875f, 0.375f}, {0.125f, 0.625f}, {0.625f, 0.875f}};

    kit_record(s->k, SAMPLE_POSITIONS, &(struct pvg_w_record){.count = 4, .entries = at});
}

static void test_sample_positions(struct scene *s)
{
    struct pvg_w_render_pass p = over(s->samples, CLEAR);

    for (unsigned i = 0; i < 3; i++) {
        begin(s);
        p.color[0].load_action = CLEAR;
        kit_pass_desc(s->k, &p);
        positions(s, 0.375f);
        quad(s, s->multisampled, left, 0, red);
        p.color[0].load_action = LOAD;
        kit_pass_desc(s->k, &p);
        if (i < 2)
            positions(s, i ? 0.25f : 0.375f);
        quad(s, s->multisampled, right, 0, green);
        kit_write(s->k, s->vertices, 0, s->quads, sizeof(s->quads));
        if (kit_run_refused(s->k) && i == 0) {
            fprintf(stderr, "sample positions: not on this device\n");
            return;
        }
        unsigned now = (unsigned)(count(s->k) - s->before);
        CHECK(now == (i == 0 && !s->off), "sample positions %u: %u passes were merged", i, now);
    }
}

/** Everything else that touches the GPU comes between the passes. */
static void test_between(struct scene *s)
{
    const struct pvg_w_copy_texture copy = {.source = s->target, .destination = s->other, .size = {SIZE, SIZE, 1}};
    const uint64_t groups[3] = {1, 1, 1}, threads[3] = {4, 1, 1};
    uint32_t words[4] = {1, 2, 3, 4}, data = kit_buffer(s->k, words, sizeof(words)), bytes = kit_buffer(s->k, NULL, 256);
    uint32_t kernel = kit_compute_pipeline(s->k, kit_function(s->k, kit_cs_add, "cs_add"));

    begin(s);
    pass(s, s->target, CLEAR);
    quad(s, s->plain, whole, 0, red);
    pvg_guest_cmd_segment(&s->k->c, PVG_W_SEG_BLIT);
    kit_record(s->k, COPY_TEXTURE, &(struct pvg_w_record){.copy_texture = copy});
    pass(s, s->target, LOAD);
    quad(s, s->plain, whole, 0, green);
    finish(s, "copy", 0);
    expect(s, "copy", s->other, whole, red);
    expect(s, "copy", s->target, whole, green);

    begin(s);
    pass(s, s->target, CLEAR);
    quad(s, s->plain, whole, 0, red);
    pvg_guest_cmd_segment(&s->k->c, PVG_W_SEG_BLIT);
    kit_record(s->k, FILL, &(struct pvg_w_record){.fill_buffer = {.ref = bytes, .length = 256, .value = 7}});
    pass(s, s->target, LOAD);
    quad(s, s->plain, left, 0, green);
    pvg_guest_cmd_segment(&s->k->c, PVG_W_SEG_COMPUTE);
    pvg_guest_cmd_set_ref(&s->k->c, KIT_SET_COMPUTE_PIPELINE, kernel);
    kit_bind1(s->k, KIT_COMPUTE_BUFFERS, 0, data, 0);
    kit_bind1(s->k, KIT_COMPUTE_BUFFERS, 1, data, 0);
    pvg_guest_cmd_dispatch(&s->k->c, groups, threads);
    pass(s, s->target, LOAD);
    quad(s, s->plain, upper, 0, blue);
    kit_send(s->k);
    pass(s, s->target, LOAD);
    quad(s, s->plain, corner, 0, white);
    finish(s, "fill, dispatch, packet", 0);
    expect(s, "fill, dispatch, packet", s->target, corner, white);
    expect(s, "fill, dispatch, packet", s->target, (int[]){4, 0, 8, 4}, blue);
    expect(s, "fill, dispatch, packet", s->target, (int[]){0, 4, 4, 8}, green);

    /* A barrier inside a merged pass parts them. */
    begin(s);
    pass(s, s->target, CLEAR);
    quad(s, s->plain, whole, 0, red);
    pass(s, s->target, LOAD);
    kit_record(s->k, BARRIER, &(struct pvg_w_record){.barrier = {.scope = 3, .after = 2, .before = 1}});
    quad(s, s->plain, left, 0, green);
    finish(s, "barrier", 0);
    expect(s, "barrier", s->target, left, green);
    expect(s, "barrier", s->target, right, red);
}

/** Passes read what the one before them drew, through binds; and the one behind draws over what was read. */
static void test_reads(struct scene *s)
{
    begin(s);
    pass(s, s->target, CLEAR);
    quad(s, s->plain, right, 0, red);
    pass(s, s->target, LOAD);
    sample(s, s->target);
    quad(s, s->sampling, left, 0, white);
    for (int i = 0; i < 4; i++)
        s->quads[4 * (s->used - 1) + (uint32_t)i].uv[0] = 0.5f + 0.5f * s->quads[4 * (s->used - 1) + (uint32_t)i].uv[0];
    pass(s, s->target, LOAD);
    quad(s, s->plain, right, 0, green);
    finish(s, "target read", 0);
    expect(s, "target read", s->target, left, red);
    expect(s, "target read", s->target, right, green);
}

/** As test_reads(), through a handle in memory. */
static void test_handles(struct scene *s)
{
    const float ones[4] = {1, 1, 1, 1};
    uint32_t tint = kit_buffer(s->k, ones, sizeof(ones));
    const struct arguments a = {.source = s->target, .sampler = s->sampler, .tint = kit_mem(s->k, tint)->gva};
    uint32_t args = kit_buffer(s->k, &a, sizeof(a)), pipeline = kit_simple_pipeline(s->k, fs_args, "fs_args", KIT_RGBA8);

    begin(s);
    pass(s, s->target, CLEAR);
    quad(s, s->plain, right, 0, red);
    pass(s, s->target, LOAD);
    kit_bind1(s->k, KIT_FRAGMENT_BUFFERS, 0, args, 0);
    quad(s, pipeline, left, 0, white);
    for (int i = 0; i < 4; i++)
        s->quads[4 * (s->used - 1) + (uint32_t)i].uv[0] = 0.5f + 0.5f * s->quads[4 * (s->used - 1) + (uint32_t)i].uv[0];
    pass(s, s->target, LOAD);
    quad(s, s->plain, right, 0, green);
    finish(s, "handle to the target", 0);
    expect(s, "handle to the target", s->target, left, red);
    expect(s, "handle to the target", s->target, right, green);
}

/** Memory that shaders of one pass write and those of the other read. */
static void test_memory(struct scene *s)
{
    struct kit_vertex v[4];
    uint32_t bytes;

    kit_quad(v, -1, 1, 1, -1, 0, red);
    bytes = kit_buffer(s->k, v, sizeof(v));
    begin(s);
    pass(s, s->target, CLEAR);
    kit_bind1(s->k, KIT_FRAGMENT_BUFFERS, 0, bytes, 0);
    quad(s, s->storing, whole, 0, green);
    pass(s, s->target, LOAD);
    pvg_guest_cmd_set_ref(&s->k->c, KIT_SET_PIPELINE, s->plain);
    kit_bind1(s->k, KIT_VERTEX_BUFFERS, 0, bytes, 0);
    kit_draw(s->k, KIT_TRIANGLE_STRIP, 0, 4);
    finish(s, "written, then read", 0);
    expect(s, "written, then read", s->target, whole, green);

    /* The other way round: the first pass reads the colour of vertex 0 before the second overwrites it. */
    bytes = kit_buffer(s->k, v, sizeof(v));
    begin(s);
    pass(s, s->target, CLEAR);
    kit_bind1(s->k, KIT_FRAGMENT_BUFFERS, 0, bytes, 16);
    quad(s, s->uniform, whole, 0, white);
    pass(s, s->target, LOAD);
    kit_bind1(s->k, KIT_FRAGMENT_BUFFERS, 0, bytes, 0);
    quad(s, s->storing, corner, 0, blue);
    finish(s, "read, then written", 0);
    expect(s, "read, then written", s->target, right, red);
    expect(s, "read, then written", s->target, corner, blue);
    kit_read(s->k, bytes, 0, v, sizeof(v));
    CHECK(!memcmp(v[0].color, blue, sizeof(blue)), "read, then written: the store is lost");
}

static unsigned all(struct kit *k)
{
    struct scene s;

    scene_init(&s, k);
    test_loads(&s);
    test_no_leaks(&s);
    test_command_buffers(&s);
    test_depth(&s);
    test_fresh_texture(&s);
    test_undefined(&s);
    test_multisampled(&s);
    test_resolve_read(&s);
    test_visibility(&s);
    test_fetch(&s);
    test_other_targets(&s);
    test_sample_positions(&s);
    test_between(&s);
    test_reads(&s);
    test_handles(&s);
    test_memory(&s);
    return check_failures;
}

int main(void)
{
    return kit_main(all);
}
