/* SPDX-License-Identifier: MIT */
/**
 * @file Work waits for what it has to wait for and for nothing else: every pair of ways to use a buffer or a texture is recorded
 * once with both on the same resource and once on two of them, and the device's counters say whether a barrier stands between.
 */
#include "tests/imports/shaders.h"
#include "tests/kit/kit.h"

#include <stdlib.h>
#include <string.h>

#include "tests/vmm/check.h"

#define SIZE  16u
#define BYTES 4096u

enum { LOAD = 1, CLEAR };
enum { STORE = 1, RESOLVE };
enum {
    DRAW_INDIRECT = 0x10,
    VISIBILITY = 0x84,
    BARRIER = 0x17,
    DISPATCH_INDIRECT = 0xc9,
    DISPATCH_TYPE = 0xdb,
    COMPUTE_BARRIER = 0xd7
};
enum { COPY_BUFFER = 0x12d, TEXTURE_TO_BUFFER, COPY_TEXTURE, FILL = 0x132, MIPMAPS };

/** Where in a buffer which use finds bytes that mean something to it: barriers are decided by page. */
enum { AT_DATA = 0, AT_INDICES = 1024, AT_ARGUMENTS = 2048, AT_COUNTS = 3072 };

static const float white[4] = {1, 1, 1, 1};

/** What one piece of work uses besides the resource in question. */
struct side {
    uint32_t target, image, buffer;
};

struct scene {
    struct kit *k;
    struct side sides[3];
    uint32_t buffers[2], textures[2], levels, samples, rest;
    uint32_t plain, sampling, uniform, storing, fetching, attributes, multisampled, handles;
    uint32_t reaching, written, add, paint, vertices, zeros, arguments, sampler;
    bool all;
};

/** Stores zeros in fragment buffer 0. */
static const char fs_store[] =
    "define <4 x float> @fs_store(<4 x float> %color, ptr addrspace(1) %out) {\n"
    "  store <4 x float> zeroinitializer, ptr addrspace(1) %out, align 16\n"
    "  ret <4 x float> %color\n"
    "}\n"
    "!air.fragment = !{!0}\n"
    "!0 = !{ptr @fs_store, !1, !2}\n"
    "!1 = !{!3}\n"
    "!2 = !{!5, !7}\n"
    "!3 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"float4\"}\n"
    "!5 = !{i32 0, !\"air.fragment_input\", !\"user(color)\", !\"air.center\", !\"air.perspective\", !\"air.arg_type_name\", "
    "!\"float4\", !\"air.arg_name\", !\"color\"}\n"
    "!7 = !{i32 1, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", !\"air.address_space\", i32 1, "
    "!\"air.arg_type_size\", i32 16, !\"air.arg_type_align_size\", i32 16, !\"air.arg_type_name\", !\"float4\", !\"air.arg_name\", "
    "!\"out\"}\n";

/** Reads its own pixel. */
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
    "!4 = !{i32 0, !\"air.render_target\", i32 0, !\"air.arg_type_name\", !\"float4\", !\"air.arg_name\", "
    "!\"dst\"}\n";

/** Position from attribute 0. */
static const char vs_attributes[] =
    "%Out = type <{ <4 x float>, <4 x float>, <2 x float> }>\n"
    "define %Out @vs_attributes(<4 x float> %position) {\n"
    "  %o0 = insertvalue %Out undef, <4 x float> %position, 0\n"
    "  %o1 = insertvalue %Out %o0, <4 x float> %position, 1\n"
    "  %o2 = insertvalue %Out %o1, <2 x float> zeroinitializer, 2\n"
    "  ret %Out %o2\n"
    "}\n"
    "!air.vertex = !{!0}\n"
    "!0 = !{ptr @vs_attributes, !1, !2}\n"
    "!1 = !{!3, !4, !5}\n"
    "!2 = !{!6}\n"
    "!3 = !{!\"air.position\", !\"air.arg_type_name\", !\"float4\", !\"air.arg_name\", !\"position\"}\n"
    "!4 = !{!\"air.vertex_output\", !\"user(color)\", !\"air.arg_type_name\", !\"float4\", !\"air.arg_name\", !\"color\"}\n"
    "!5 = !{!\"air.vertex_output\", !\"user(uv)\", !\"air.arg_type_name\", !\"float2\", !\"air.arg_name\", !\"uv\"}\n"
    "!6 = !{i32 0, !\"air.vertex_input\", !\"air.location_index\", i32 0, i32 1, !\"air.arg_type_name\", !\"float4\", "
    "!\"air.arg_name\", !\"position\"}\n";

static const char cs_paint[] =
    "declare void @air.write_texture_2d.v4f32(ptr addrspace(1), <2 x i32>, <4 x float>, i32, i32)\n"
    "define void @cs_paint(ptr addrspace(1) %image, <2 x i32> %id) {\n"
    "  call void @air.write_texture_2d.v4f32(ptr addrspace(1) %image, <2 x i32> %id, <4 x float> zeroinitializer, i32 0, i32 2)\n"
    "  ret void\n"
    "}\n"
    "!air.kernel = !{!0}\n"
    "!0 = !{ptr @cs_paint, !1, !2}\n"
    "!1 = !{}\n"
    "!2 = !{!3, !4}\n"
    "!3 = !{i32 0, !\"air.texture\", !\"air.location_index\", i32 0, i32 1, !\"air.write\", !\"air.arg_type_name\", "
    "!\"texture2d<float, write>\", !\"air.arg_name\", !\"image\"}\n"
    "!4 = !{i32 1, !\"air.thread_position_in_grid\", !\"air.arg_type_name\", !\"uint2\", !\"air.arg_name\", !\"id\"}\n";

static uint32_t texture(struct kit *k, uint8_t samples, uint8_t levels)
{
    struct pvg_w_texture_desc d = pvg_guest_desc_2d(
        KIT_RGBA8, SIZE, SIZE, PVG_W_USAGE_READ | PVG_W_USAGE_RENDER_TARGET | (samples > 1 ? 0 : PVG_W_USAGE_WRITE));

    d.samples = samples;
    d.levels = levels;
    d.type = samples > 1 ? PVG_W_TEX_2D_MS : PVG_W_TEX_2D;
    d.options = PVG_W_STORAGE_PRIVATE << 4;
    return kit_texture(k, &d, 4);
}

static void scene_init(struct scene *s, struct kit *k)
{
    const char *all = getenv("OPENPVG_VK_GLOBAL_BARRIERS");
    struct pvg_w_render_pipeline p;
    struct kit_vertex v[4];

    *s = (struct scene){.k = k, .all = all && *all && strcmp(all, "0") != 0};
    for (int i = 0; i < 3; i++)
        s->sides[i] = (struct side){texture(k, 1, 1), texture(k, 1, 1), kit_buffer(k, NULL, BYTES)};
    for (int i = 0; i < 2; i++) {
        s->buffers[i] = kit_buffer(k, NULL, BYTES);
        s->textures[i] = texture(k, 1, 2);
    }
    s->samples = texture(k, 4, 1);
    s->rest = texture(k, 1, 1);
    kit_quad(v, -1, 1, 1, -1, 0, white);
    s->vertices = kit_buffer(k, NULL, BYTES);
    kit_write(k, s->vertices, 0, v, sizeof(v));
    s->zeros = kit_buffer(k, NULL, BYTES);
    s->sampler = kit_sampler(k, false, 0);
    s->plain = kit_simple_pipeline(k, kit_fs_color, "fs_color", KIT_RGBA8);
    s->sampling = kit_simple_pipeline(k, kit_fs_texture, "fs_texture", KIT_RGBA8);
    s->uniform = kit_simple_pipeline(k, kit_fs_uniform, "fs_uniform", KIT_RGBA8);
    s->storing = kit_simple_pipeline(k, fs_store, "fs_store", KIT_RGBA8);
    s->fetching = kit_simple_pipeline(k, fs_fetch, "fs_fetch", KIT_RGBA8);
    s->handles = kit_simple_pipeline(k, fs_args, "fs_args", KIT_RGBA8);
    kit_pipeline_init(k, &p, kit_function(k, vs_attributes, "vs_attributes"), kit_function(k, kit_fs_color, "fs_color"), KIT_RGBA8);
    p.vertex.present = true;
    p.vertex.attribute_count = 1;
    p.vertex.attributes[0] = (struct pvg_w_vertex_attribute){.format = 31};
    p.vertex.layout_mask = 1;
    p.vertex.layouts[0] = (struct pvg_w_vertex_layout){.step_function = PVG_W_STEP_PER_VERTEX, .step_rate = 1, .stride = 16};
    s->attributes = kit_render_pipeline(k, &p);
    kit_pipeline_init(k, &p, kit_function(k, kit_vs_color, "vs_color"), kit_function(k, kit_fs_color, "fs_color"), KIT_RGBA8);
    p.sample_count = 4;
    s->multisampled = kit_render_pipeline(k, &p);
    s->add = kit_compute_pipeline(k, kit_function(k, kit_cs_add, "cs_add"));
    s->paint = kit_compute_pipeline(k, kit_function(k, cs_paint, "cs_paint"));
    const struct arguments a = {.source = s->rest, .sampler = s->sampler, .tint = kit_mem(k, s->zeros)->gva};
    uint8_t page[BYTES] = {0};
    memcpy(page, &a, sizeof(a));
    s->arguments = kit_buffer(k, page, sizeof(page));
    const struct arguments w = {.source = s->rest,
                                .destination = s->sides[2].image,
                                .sampler = s->sampler,
                                .data = kit_mem(k, s->sides[2].buffer)->gva,
                                .tint = kit_mem(k, s->zeros)->gva};
    memcpy(page, &w, sizeof(w));
    s->written = kit_buffer(k, page, sizeof(page));
    s->reaching = kit_compute_pipeline(k, kit_function(k, cs_args, "cs_args"));
}

/* ---- Work. Each opens a segment of its own and uses one resource `r` in question. ---- */

static void pass(struct scene *s, uint32_t target, uint16_t load)
{
    struct pvg_w_render_pass p;

    pvg_w_render_pass_init(&p);
    p.width = p.height = SIZE;
    p.color[0].texture = target;
    p.color[0].load_action = load;
    p.color[0].store_action = STORE;
    kit_pass_desc(s->k, &p);
}

static void draw(struct scene *s, uint32_t pipeline, uint32_t vertices)
{
    pvg_guest_cmd_set_ref(&s->k->c, KIT_SET_PIPELINE, pipeline);
    kit_bind1(s->k, KIT_VERTEX_BUFFERS, 0, vertices, 0);
    kit_draw(s->k, KIT_TRIANGLE_STRIP, 0, 4);
}

static void dispatch(struct scene *s, uint32_t data, uint32_t add)
{
    const uint64_t groups[3] = {1, 1, 1}, threads[3] = {4, 1, 1};

    pvg_guest_cmd_set_ref(&s->k->c, KIT_SET_COMPUTE_PIPELINE, s->add);
    kit_bind1(s->k, KIT_COMPUTE_BUFFERS, 0, data, 0);
    kit_bind1(s->k, KIT_COMPUTE_BUFFERS, 1, add, 0);
    pvg_guest_cmd_dispatch(&s->k->c, groups, threads);
}

static void buffer_copy(struct scene *s, uint32_t from, uint32_t to)
{
    const struct pvg_w_record r = {.copy_buffer = {.source = from, .destination = to, .size = 256}};

    pvg_guest_cmd_segment(&s->k->c, PVG_W_SEG_BLIT);
    kit_record(s->k, COPY_BUFFER, &r);
}

static void linear_copy(struct scene *s, uint32_t opcode, uint32_t buffer, uint32_t image)
{
    const struct pvg_w_record r = {
        .buffer_image = {.buffer = buffer, .texture = image, .bytes_per_row = 64, .bytes_per_image = 64 * 4, .size = {SIZE, 4, 1}}};

    pvg_guest_cmd_segment(&s->k->c, PVG_W_SEG_BLIT);
    kit_record(s->k, opcode, &r);
}

static void texture_copy(struct scene *s, uint32_t from, uint32_t to)
{
    const struct pvg_w_record r = {.copy_texture = {.source = from, .destination = to, .size = {SIZE, SIZE, 1}}};

    pvg_guest_cmd_segment(&s->k->c, PVG_W_SEG_BLIT);
    kit_record(s->k, COPY_TEXTURE, &r);
}

static void b_fill(struct scene *s, const struct side *o, uint32_t r)
{
    const struct pvg_w_record fill = {.fill_buffer = {.ref = r, .length = 256}};

    pvg_guest_cmd_segment(&s->k->c, PVG_W_SEG_BLIT);
    kit_record(s->k, FILL, &fill);
}

static void b_copy_from(struct scene *s, const struct side *o, uint32_t r)
{
    buffer_copy(s, r, o->buffer);
}

static void b_copy_to(struct scene *s, const struct side *o, uint32_t r)
{
    buffer_copy(s, s->zeros, r);
}

static void b_to_texture(struct scene *s, const struct side *o, uint32_t r)
{
    linear_copy(s, KIT_COPY_BUFFER_TO_TEXTURE, r, o->image);
}

static void b_from_texture(struct scene *s, const struct side *o, uint32_t r)
{
    linear_copy(s, TEXTURE_TO_BUFFER, r, o->image);
}

static void b_compute_write(struct scene *s, const struct side *o, uint32_t r)
{
    pvg_guest_cmd_segment(&s->k->c, PVG_W_SEG_COMPUTE);
    dispatch(s, r, s->zeros);
}

static void b_compute_read(struct scene *s, const struct side *o, uint32_t r)
{
    pvg_guest_cmd_segment(&s->k->c, PVG_W_SEG_COMPUTE);
    dispatch(s, o->buffer, r);
}

static void b_compute_arguments(struct scene *s, const struct side *o, uint32_t r)
{
    const struct pvg_w_record d = {.dispatch_indirect = {.threads_per_group = {4, 1, 1}, .ref = r, .offset = AT_ARGUMENTS}};

    pvg_guest_cmd_segment(&s->k->c, PVG_W_SEG_COMPUTE);
    pvg_guest_cmd_set_ref(&s->k->c, KIT_SET_COMPUTE_PIPELINE, s->add);
    kit_bind1(s->k, KIT_COMPUTE_BUFFERS, 0, o->buffer, 0);
    kit_bind1(s->k, KIT_COMPUTE_BUFFERS, 1, s->zeros, 0);
    kit_record(s->k, DISPATCH_INDIRECT, &d);
}

static void b_vertex_read(struct scene *s, const struct side *o, uint32_t r)
{
    pass(s, o->target, CLEAR);
    draw(s, s->plain, r);
}

static void b_vertex_fetch(struct scene *s, const struct side *o, uint32_t r)
{
    pass(s, o->target, CLEAR);
    draw(s, s->attributes, r);
}

static void b_indices(struct scene *s, const struct side *o, uint32_t r)
{
    const struct pvg_w_draw d = {
        .primitive = KIT_TRIANGLE, .indexed = true, .index_ref = r, .index_offset = AT_INDICES, .count = 3, .instance_count = 1};

    pass(s, o->target, CLEAR);
    draw(s, s->plain, s->vertices);
    pvg_guest_cmd_draw(&s->k->c, &d);
}

static void b_arguments(struct scene *s, const struct side *o, uint32_t r)
{
    const struct pvg_w_record d = {.draw_indirect = {.primitive = KIT_TRIANGLE, .ref = r, .offset = AT_ARGUMENTS}};

    pass(s, o->target, CLEAR);
    draw(s, s->plain, s->vertices);
    kit_record(s->k, DRAW_INDIRECT, &d);
}

static void b_fragment_read(struct scene *s, const struct side *o, uint32_t r)
{
    pass(s, o->target, CLEAR);
    kit_bind1(s->k, KIT_FRAGMENT_BUFFERS, 0, r, 0);
    draw(s, s->uniform, s->vertices);
}

static void b_fragment_write(struct scene *s, const struct side *o, uint32_t r)
{
    pass(s, o->target, CLEAR);
    kit_bind1(s->k, KIT_FRAGMENT_BUFFERS, 0, r, 0);
    draw(s, s->storing, s->vertices);
}

static void b_counts(struct scene *s, const struct side *o, uint32_t r)
{
    const struct pvg_w_record arm = {.visibility = {.offset = AT_COUNTS, .mode = 1}};
    struct pvg_w_render_pass p;

    pvg_w_render_pass_init(&p);
    p.width = p.height = SIZE;
    p.color[0].texture = o->target;
    p.color[0].load_action = CLEAR;
    p.color[0].store_action = STORE;
    p.visibility_buffer = r;
    kit_pass_desc(s->k, &p);
    kit_record(s->k, VISIBILITY, &arm);
    draw(s, s->plain, s->vertices);
}

static void t_color(struct scene *s, const struct side *o, uint32_t r)
{
    pass(s, r, CLEAR);
    draw(s, s->plain, s->vertices);
}

static void t_color_empty(struct scene *s, const struct side *o, uint32_t r)
{
    pass(s, r, CLEAR);
}

static void t_fetch(struct scene *s, const struct side *o, uint32_t r)
{
    pass(s, r, CLEAR);
    draw(s, s->fetching, s->vertices);
}

static void t_resolve(struct scene *s, const struct side *o, uint32_t r)
{
    struct pvg_w_render_pass p;

    pvg_w_render_pass_init(&p);
    p.width = p.height = SIZE;
    p.color[0].texture = s->samples;
    p.color[0].load_action = CLEAR;
    p.color[0].store_action = RESOLVE;
    p.color[0].resolve = r;
    kit_pass_desc(s->k, &p);
    draw(s, s->multisampled, s->vertices);
}

static void t_sample(struct scene *s, const struct side *o, uint32_t r)
{
    pass(s, o->target, CLEAR);
    kit_bind1(s->k, KIT_FRAGMENT_TEXTURES, 0, r, 0);
    kit_bind1(s->k, KIT_FRAGMENT_SAMPLERS, 0, s->sampler, 0);
    draw(s, s->sampling, s->vertices);
}

static void t_compute_write(struct scene *s, const struct side *o, uint32_t r)
{
    const uint64_t groups[3] = {2, 2, 1}, threads[3] = {8, 8, 1};

    pvg_guest_cmd_segment(&s->k->c, PVG_W_SEG_COMPUTE);
    pvg_guest_cmd_set_ref(&s->k->c, KIT_SET_COMPUTE_PIPELINE, s->paint);
    kit_bind1(s->k, KIT_COMPUTE_TEXTURES, 0, r, 0);
    pvg_guest_cmd_dispatch(&s->k->c, groups, threads);
}

static void t_copy_from(struct scene *s, const struct side *o, uint32_t r)
{
    texture_copy(s, r, o->image);
}

static void t_copy_to(struct scene *s, const struct side *o, uint32_t r)
{
    texture_copy(s, s->rest, r);
}

static void t_to_buffer(struct scene *s, const struct side *o, uint32_t r)
{
    linear_copy(s, TEXTURE_TO_BUFFER, o->buffer, r);
}

static void t_from_buffer(struct scene *s, const struct side *o, uint32_t r)
{
    linear_copy(s, KIT_COPY_BUFFER_TO_TEXTURE, s->zeros, r);
}

static void t_mipmaps(struct scene *s, const struct side *o, uint32_t r)
{
    const struct pvg_w_record m = {.subresource = {.ref = r}};

    pvg_guest_cmd_segment(&s->k->c, PVG_W_SEG_BLIT);
    kit_record(s->k, MIPMAPS, &m);
}

struct way {
    const char *name;
    void (*run)(struct scene *s, const struct side *o, uint32_t resource);
    bool writes;
};

static const struct way buffer_ways[] = {
    {"fill", b_fill, true},
    {"copy from buffer", b_copy_from, false},
    {"copy to buffer", b_copy_to, true},
    {"copy to a texture", b_to_texture, false},
    {"copy from a texture", b_from_texture, true},
    {"written by a kernel", b_compute_write, true},
    {"read by a kernel", b_compute_read, false},
    {"arguments of a dispatch", b_compute_arguments, false},
    {"read by a vertex function", b_vertex_read, false},
    {"vertex attributes", b_vertex_fetch, false},
    {"indices", b_indices, false},
    {"arguments of a draw", b_arguments, false},
    {"read by a fragment function", b_fragment_read, false},
    {"written by a fragment function", b_fragment_write, true},
    {"visibility counts", b_counts, true},
};

static const struct way texture_ways[] = {
    {"drawn to", t_color, true},
    {"cleared by a pass", t_color_empty, true},
    {"drawn to and fetched", t_fetch, true},
    {"resolved into", t_resolve, true},
    {"sampled", t_sample, false},
    {"written by a kernel", t_compute_write, true},
    {"copied from", t_copy_from, false},
    {"copied to", t_copy_to, true},
    {"copied to a buffer", t_to_buffer, false},
    {"copied from a buffer", t_from_buffer, true},
    {"mipmaps made", t_mipmaps, true},
};

/* ---- Pairs ---- */

static struct pvg_stats stats(const struct scene *s)
{
    struct pvg_stats st = {.size = sizeof(st)};

    pvg_device_stats(s->k->vm->dev, &st);
    return st;
}

/** Everything so far is ordered before everything that follows: a pass right behind another on the same target. */
static void settle(struct scene *s)
{
    kit_begin(s->k);
    for (int i = 0; i < 2; i++) {
        pass(s, s->sides[2].target, CLEAR);
        draw(s, s->plain, s->vertices);
    }
    CHECK(kit_run(s->k), "settling: refused");
}

/** @return barriers between `a` on one resource and `b` on another. */
static unsigned barriers(struct scene *s, const struct way *a, uint32_t first, const struct way *b, uint32_t second)
{
    settle(s);
    struct pvg_stats before = stats(s);
    kit_begin(s->k);
    a->run(s, &s->sides[0], first);
    b->run(s, &s->sides[1], second);
    CHECK(kit_run(s->k), "%s, %s: refused", a->name, b->name);
    struct pvg_stats after = stats(s);
    CHECK(after.barriers + after.barriers_skipped > before.barriers + before.barriers_skipped, "%s, %s: nothing was counted",
          a->name, b->name);
    return (unsigned)(after.barriers - before.barriers);
}

/** Barriers inside the way itself. */
static unsigned inside(struct scene *s, const struct way *w, uint32_t resource)
{
    settle(s);
    uint64_t before = stats(s).barriers;
    kit_begin(s->k);
    w->run(s, &s->sides[0], resource);
    CHECK(kit_run(s->k), "%s: refused", w->name);
    return (unsigned)(stats(s).barriers - before);
}

static void test_pairs(struct scene *s, const struct way *ways, size_t count, const uint32_t resources[2])
{
    unsigned own[16];

    for (size_t i = 0; i < count; i++)
        own[i] = inside(s, &ways[i], resources[0]);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < count; k++) {
            const struct way *a = &ways[i], *b = &ways[k];
            unsigned base = own[i] + own[k];
            unsigned same = barriers(s, a, resources[0], b, resources[0]), other = barriers(s, a, resources[0], b, resources[1]);
            bool needed = a->writes || b->writes;
            CHECK(same == base + needed, "\"%s\", then \"%s\" of the same resource: %u barriers", a->name, b->name, same);
            /* Both draw to the same samples. */
            if (a->run != t_resolve || b->run != t_resolve)
                CHECK(other == base, "\"%s\", then \"%s\" of another resource: %u barriers", a->name, b->name, other);
        }
    }
}

/* ---- Inside of encoders ---- */

/** Start counting; work that is recorded next follows it. */
static uint64_t start(struct scene *s)
{
    settle(s);
    kit_begin(s->k);
    return stats(s).barriers;
}

static void finish(struct scene *s, const char *what, uint64_t before, unsigned wanted)
{
    CHECK(kit_run(s->k), "%s: refused", what);
    unsigned now = (unsigned)(stats(s).barriers - before);
    CHECK(now == wanted, "%s: %u barriers, not %u", what, now, wanted);
}

static void test_dispatches(struct scene *s)
{
    const uint64_t groups[3] = {1, 1, 1}, threads[3] = {4, 1, 1};
    const struct pvg_w_record concurrent = {.value = 1}, all = {.barrier = {.scope = 3}}, fence = {.fence = {.ref = 901}};
    const uint32_t a = s->buffers[0], b = s->buffers[1], c = s->sides[0].buffer;
    uint64_t before = start(s);

    pvg_guest_cmd_segment(&s->k->c, PVG_W_SEG_COMPUTE);
    dispatch(s, a, s->zeros);
    dispatch(s, b, s->zeros);
    dispatch(s, c, s->zeros);
    finish(s, "dispatches on three buffers", before, 0);

    before = start(s);
    pvg_guest_cmd_segment(&s->k->c, PVG_W_SEG_COMPUTE);
    dispatch(s, a, s->zeros);
    dispatch(s, b, a);
    dispatch(s, c, a);
    finish(s, "dispatches that read what the first wrote", before, 1);

    before = start(s);
    pvg_guest_cmd_segment(&s->k->c, PVG_W_SEG_COMPUTE);
    dispatch(s, a, s->zeros);
    pvg_guest_cmd_dispatch(&s->k->c, groups, threads);
    pvg_guest_cmd_dispatch(&s->k->c, groups, threads);
    finish(s, "the same dispatch again and again", before, 2);

    before = start(s);
    pvg_guest_cmd_segment(&s->k->c, PVG_W_SEG_COMPUTE);
    kit_record(s->k, DISPATCH_TYPE, &concurrent);
    dispatch(s, a, s->zeros);
    dispatch(s, a, s->zeros);
    dispatch(s, b, a);
    finish(s, "concurrent dispatches", before, 0);

    before = start(s);
    pvg_guest_cmd_segment(&s->k->c, PVG_W_SEG_COMPUTE);
    kit_record(s->k, DISPATCH_TYPE, &concurrent);
    dispatch(s, a, s->zeros);
    dispatch(s, c, s->zeros);
    kit_record(s->k, COMPUTE_BARRIER, &all);
    dispatch(s, b, a);
    dispatch(s, b, c);
    finish(s, "concurrent dispatches and a barrier", before, 1);

    before = start(s);
    pvg_guest_cmd_segment(&s->k->c, PVG_W_SEG_COMPUTE);
    kit_record(s->k, DISPATCH_TYPE, &concurrent);
    dispatch(s, a, s->zeros);
    kit_record(s->k, 0xd5, &fence);
    dispatch(s, a, s->zeros);
    kit_record(s->k, COMPUTE_BARRIER, &all);
    dispatch(s, b, s->zeros);
    finish(s, "concurrent dispatches and a fence", before, 1);

    /* The second of them waits for the fill, though the first did not. */
    before = start(s);
    b_fill(s, NULL, a);
    pvg_guest_cmd_segment(&s->k->c, PVG_W_SEG_COMPUTE);
    kit_record(s->k, DISPATCH_TYPE, &concurrent);
    dispatch(s, b, s->zeros);
    dispatch(s, c, a);
    finish(s, "concurrent dispatches behind a fill", before, 1);
}

/** Across command buffers and packets. */
static void test_submissions(struct scene *s)
{
    const struct side *o = &s->sides[0];
    uint64_t before = start(s);

    b_fill(s, o, s->buffers[0]);
    kit_cut(s->k);
    b_copy_from(s, o, s->buffers[0]);
    finish(s, "fill and copy in two command buffers", before, 1);
    before = start(s);
    b_fill(s, o, s->buffers[0]);
    kit_send(s->k);
    b_copy_from(s, o, s->buffers[0]);
    finish(s, "fill and copy in two packets", before, 1);
    before = start(s);
    b_fill(s, o, s->buffers[0]);
    kit_send(s->k);
    b_copy_from(s, o, s->buffers[1]);
    finish(s, "fill and another copy in two packets", before, 0);
}

/** Draws after the first bring in what the rendering has to wait for. */
static void test_late_draws(struct scene *s)
{
    const struct side *o = &s->sides[0];
    uint64_t before = start(s);

    b_fill(s, o, s->buffers[0]);
    t_copy_to(s, o, s->textures[0]);
    pass(s, o->target, CLEAR);
    draw(s, s->plain, s->vertices);
    kit_bind1(s->k, KIT_FRAGMENT_BUFFERS, 0, s->buffers[0], 0);
    draw(s, s->uniform, s->vertices);
    kit_bind1(s->k, KIT_FRAGMENT_TEXTURES, 0, s->textures[0], 0);
    kit_bind1(s->k, KIT_FRAGMENT_SAMPLERS, 0, s->sampler, 0);
    draw(s, s->sampling, s->vertices);
    finish(s, "draws after the first", before, 1);

    /* In a pass that goes on in the rendering of the one before it. */
    before = start(s);
    b_fill(s, o, s->buffers[0]);
    pass(s, o->target, CLEAR);
    draw(s, s->plain, s->vertices);
    pass(s, o->target, LOAD);
    kit_bind1(s->k, KIT_FRAGMENT_BUFFERS, 0, s->buffers[0], 0);
    draw(s, s->uniform, s->vertices);
    finish(s, "draws of a merged pass", before, 1);
}

/** What was bound before a rendering is interrupted is in use after it, too. */
static void test_interrupted(struct scene *s)
{
    const struct pvg_w_record scope = {.barrier = {.scope = 3, .after = 2, .before = 1}};
    const struct side *o = &s->sides[0];

    for (int written = 0; written < 2; written++) {
        uint64_t before = start(s);
        pass(s, o->target, CLEAR);
        kit_bind1(s->k, KIT_FRAGMENT_BUFFERS, 0, s->buffers[0], 0);
        draw(s, written ? s->storing : s->uniform, s->vertices);
        kit_record(s->k, BARRIER, &scope);
        kit_draw(s->k, KIT_TRIANGLE_STRIP, 0, 4);
        /* The interruption, and the work behind it. */
        if (written)
            b_copy_from(s, o, s->buffers[0]);
        else
            b_fill(s, o, s->buffers[0]);
        finish(s, "interrupted rendering", before, 2);
        before = start(s);
        pass(s, o->target, CLEAR);
        kit_bind1(s->k, KIT_FRAGMENT_BUFFERS, 0, s->buffers[0], 0);
        draw(s, written ? s->storing : s->uniform, s->vertices);
        kit_record(s->k, BARRIER, &scope);
        kit_draw(s->k, KIT_TRIANGLE_STRIP, 0, 4);
        b_copy_from(s, &s->sides[1], s->zeros);
        /* It may have read the destination as an argument. */
        finish(s, "interrupted rendering, copy of other bytes", before, 2);
    }
    /* A function that writes comes after the interruption. */
    uint64_t before = start(s);
    pass(s, o->target, CLEAR);
    kit_bind1(s->k, KIT_FRAGMENT_BUFFERS, 0, s->buffers[0], 0);
    draw(s, s->plain, s->vertices);
    kit_record(s->k, BARRIER, &scope);
    draw(s, s->storing, s->vertices);
    b_compute_arguments(s, &s->sides[1], s->buffers[0]);
    finish(s, "write after an interruption", before, 2);
}

/** Functions that follow pointers and handles may reach everything, written through or not. */
static void test_pointers(struct scene *s)
{
    const struct side *o = &s->sides[0];
    uint64_t before = start(s);

    b_fill(s, o, s->buffers[0]);
    pass(s, o->target, CLEAR);
    kit_bind1(s->k, KIT_FRAGMENT_BUFFERS, 0, s->arguments, 0);
    draw(s, s->handles, s->vertices);
    finish(s, "pointers behind a fill", before, 1);

    before = start(s);
    pass(s, o->target, CLEAR);
    kit_bind1(s->k, KIT_FRAGMENT_BUFFERS, 0, s->arguments, 0);
    draw(s, s->handles, s->vertices);
    b_fill(s, o, s->buffers[0]);
    /* The draw waits for what settle() drew last. */
    finish(s, "fill behind pointers", before, 2);

    before = start(s);
    pass(s, o->target, CLEAR);
    kit_bind1(s->k, KIT_FRAGMENT_BUFFERS, 0, s->arguments, 0);
    draw(s, s->handles, s->vertices);
    pass(s, s->sides[1].target, CLEAR);
    kit_bind1(s->k, KIT_FRAGMENT_BUFFERS, 0, s->buffers[0], 0);
    draw(s, s->uniform, s->vertices);
    /* The second target may be among what the first read. */
    finish(s, "drawing behind pointers", before, 2);

    /* cs_args writes through its pointers. */
    const uint64_t groups[3] = {1, 1, 1}, threads[3] = {32, 1, 1};
    for (int n = 0; n < 2; n++) {
        before = start(s);
        if (n)
            b_vertex_read(s, o, s->buffers[0]);
        pvg_guest_cmd_segment(&s->k->c, PVG_W_SEG_COMPUTE);
        pvg_guest_cmd_set_ref(&s->k->c, KIT_SET_COMPUTE_PIPELINE, s->reaching);
        kit_bind1(s->k, KIT_COMPUTE_BUFFERS, 0, s->sides[1].buffer, 0);
        kit_bind1(s->k, KIT_COMPUTE_BUFFERS, 1, s->written, 0);
        pvg_guest_cmd_dispatch(&s->k->c, groups, threads);
        if (!n)
            b_vertex_read(s, o, s->buffers[0]);
        finish(s, n ? "writes through pointers behind a read" : "read behind writes through pointers", before, n ? 1 : 2);
    }
}

static unsigned all(struct kit *k)
{
    struct scene s;

    scene_init(&s, k);
    /* First uses make content and pipelines. */
    for (int n = 0; n < 3; n++)
        for (int i = 0; i < 2; i++) {
            for (size_t w = 0; w < sizeof(buffer_ways) / sizeof(buffer_ways[0]); w++)
                inside(&s, &buffer_ways[w], s.buffers[i]);
            for (size_t w = 0; w < sizeof(texture_ways) / sizeof(texture_ways[0]); w++)
                inside(&s, &texture_ways[w], s.textures[i]);
        }
    test_pairs(&s, buffer_ways, sizeof(buffer_ways) / sizeof(buffer_ways[0]), s.buffers);
    test_pairs(&s, texture_ways, sizeof(texture_ways) / sizeof(texture_ways[0]), s.textures);
    test_dispatches(&s);
    test_submissions(&s);
    test_late_draws(&s);
    test_interrupted(&s);
    test_pointers(&s);
    return check_failures;
}

int main(void)
{
    return kit_main(all);
}
