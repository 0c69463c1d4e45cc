/* SPDX-License-Identifier: MIT */
#include "tests/frames/frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE        32u /* of every image */
#define MAX_STEPS   10u
#define MAX_DRAWS   8u
#define VERTICES    256u
#define BUFFER_SIZE 4096u
#define RENDER      (PVG_W_USAGE_READ | PVG_W_USAGE_WRITE | PVG_W_USAGE_RENDER_TARGET)

/* Classes of images; those of one class can be copied among each other. */
enum { RGBA8_FIRST = 0, RGBA8_COUNT = 5, BGRA8 = 5, HALF = 6, SINGLE = 7, PACKED = 8, PRIVATE_FIRST = 9, ARRAY = 11 };

static const uint16_t formats[FRAMES_IMAGES] = {KIT_RGBA8,   KIT_RGBA8, KIT_RGBA8, KIT_RGBA8, KIT_RGBA8, KIT_BGRA8,
                                                KIT_RGBA16F, KIT_R32F,  90,        KIT_RGBA8, KIT_RGBA8, KIT_RGBA8};

/* ---- Random numbers ---- */

struct rng {
    uint64_t s;
};

static uint32_t next(struct rng *r)
{
    uint64_t z = (r->s += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ (z >> 31)) >> 16);
}

static uint32_t below(struct rng *r, uint32_t n)
{
    return next(r) % n;
}

static bool chance(struct rng *r, uint32_t percent)
{
    return below(r, 100) < percent;
}

/* ---- What a frame is made of ---- */

enum step_kind {
    STEP_PASS,
    STEP_COPY_IMAGE,
    STEP_TO_BUFFER,
    STEP_TO_IMAGE,
    STEP_COPY_BUFFER,
    STEP_FILL,
    STEP_FILL_IMAGE,
    STEP_DISPATCH,
    STEP_KINDS
};

/** A draw with all state it depends on. */
struct draw {
    uint32_t pipeline; /* bits: format index 0-3, second target 4, depth 5, samples 6, fragment 7-8, blend 9, vertex 10 */
    uint32_t uniform;  /* a buffer, FRAMES_BUFFERS: those that nobody writes */
    uint32_t texture, sampler, depth_state;
    uint32_t cull, winding;
    struct pvg_w_viewport viewport;
    struct pvg_w_scissor scissor;
    struct pvg_w_stencil_reference reference;
    float blend_color[4];
    uint32_t uniform_offset, vertex_offset;
    struct pvg_w_draw draw;
    bool indirect;
    uint64_t indirect_offset;
};

struct pass {
    uint32_t target, second; /* images; second FRAMES_IMAGES: none */
    bool depth, multisampled, clear;
    bool keep_depth;    /* of the pass before */
    bool early_resolve; /* by the first half of a split pass, too */
    uint32_t slice;
    uint32_t marks; /* the buffer that its draws write, */
    uint32_t reads; /* and one that the pass before it wrote; FRAMES_BUFFERS: none */
    double color[4];
    uint32_t draw_count, split_at;
    struct draw draws[MAX_DRAWS];
};

struct step {
    enum step_kind kind;
    struct pass pass;
    struct pvg_w_record record; /* of the copies and fills */
    uint32_t opcode;
    struct {
        uint32_t kernel, data, amount, image, groups;
        bool concurrent, threads;
    } dispatch;
};

struct frame {
    uint32_t step_count;
    struct step steps[MAX_STEPS];
};

/* ---- Objects ---- */

static const char cs_image[] =
    "declare { <4 x float>, i8 } @air.read_texture_2d.v4f32(ptr addrspace(1), <2 x i32>, i32, i32)\n"
    "declare void @air.write_texture_2d.v4f32(ptr addrspace(1), <2 x i32>, <4 x float>, i32, i32)\n"
    "define void @cs_image(ptr addrspace(1) %from, ptr addrspace(1) %to, <2 x i32> %id) {\n"
    "  %s = call { <4 x float>, i8 } @air.read_texture_2d.v4f32(ptr addrspace(1) %from, <2 x i32> %id, i32 0, i32 1)\n"
    "  %v = extractvalue { <4 x float>, i8 } %s, 0\n"
    "  %t = shufflevector <4 x float> %v, <4 x float> poison, <4 x i32> <i32 2, i32 0, i32 1, i32 3>\n"
    "  call void @air.write_texture_2d.v4f32(ptr addrspace(1) %to, <2 x i32> %id, <4 x float> %t, i32 0, i32 2)\n"
    "  ret void\n"
    "}\n"
    "!air.kernel = !{!0}\n"
    "!0 = !{ptr @cs_image, !1, !2}\n"
    "!1 = !{}\n"
    "!2 = !{!3, !4, !5}\n"
    "!3 = !{i32 0, !\"air.texture\", !\"air.location_index\", i32 0, i32 1, !\"air.read\", !\"air.arg_type_name\", "
    "!\"texture2d<float, read>\", !\"air.arg_name\", !\"from\"}\n"
    "!4 = !{i32 1, !\"air.texture\", !\"air.location_index\", i32 1, i32 1, !\"air.write\", !\"air.arg_type_name\", "
    "!\"texture2d<float, write>\", !\"air.arg_name\", !\"to\"}\n"
    "!5 = !{i32 2, !\"air.thread_position_in_grid\", !\"air.arg_type_name\", !\"uint2\", !\"air.arg_name\", !\"id\"}\n";

/** As kit_vs_color, with the red of each colour from a word of buffer 1. */
static const char vs_tint[] =
    "%V = type { <4 x float>, <4 x float>, <2 x float>, <2 x float> }\n"
    "%Out = type <{ <4 x float>, <4 x float>, <2 x float> }>\n"
    "define %Out @vs_tint(ptr addrspace(1) %vertices, i32 %id, ptr addrspace(1) %words) {\n"
    "  %i = zext i32 %id to i64\n"
    "  %pp = getelementptr inbounds %V, ptr addrspace(1) %vertices, i64 %i, i32 0\n"
    "  %pc = getelementptr inbounds %V, ptr addrspace(1) %vertices, i64 %i, i32 1\n"
    "  %pu = getelementptr inbounds %V, ptr addrspace(1) %vertices, i64 %i, i32 2\n"
    "  %p = load <4 x float>, ptr addrspace(1) %pp, align 16\n"
    "  %c = load <4 x float>, ptr addrspace(1) %pc, align 16\n"
    "  %u = load <2 x float>, ptr addrspace(1) %pu, align 8\n"
    "  %n = and i64 %i, 63\n"
    "  %pw = getelementptr i32, ptr addrspace(1) %words, i64 %n\n"
    "  %w = load i32, ptr addrspace(1) %pw, align 4\n"
    "  %b = and i32 %w, 255\n"
    "  %f = uitofp i32 %b to float\n"
    "  %r = fmul float %f, 3.906250e-03\n"
    "  %t = insertelement <4 x float> %c, float %r, i64 0\n"
    "  %o0 = insertvalue %Out undef, <4 x float> %p, 0\n"
    "  %o1 = insertvalue %Out %o0, <4 x float> %t, 1\n"
    "  %o2 = insertvalue %Out %o1, <2 x float> %u, 2\n"
    "  ret %Out %o2\n"
    "}\n"
    "!air.vertex = !{!0}\n"
    "!0 = !{ptr @vs_tint, !1, !2}\n"
    "!1 = !{!3, !4, !5}\n"
    "!2 = !{!6, !7, !8}\n"
    "!3 = !{!\"air.position\", !\"air.arg_type_name\", !\"float4\", !\"air.arg_name\", !\"position\"}\n"
    "!4 = !{!\"air.vertex_output\", !\"user(color)\", !\"air.arg_type_name\", !\"float4\", !\"air.arg_name\", !\"color\"}\n"
    "!5 = !{!\"air.vertex_output\", !\"user(uv)\", !\"air.arg_type_name\", !\"float2\", !\"air.arg_name\", !\"uv\"}\n"
    "!6 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read\", !\"air.address_space\", i32 1, "
    "!\"air.arg_type_size\", i32 48, !\"air.arg_type_align_size\", i32 16, !\"air.arg_type_name\", !\"V\", !\"air.arg_name\", "
    "!\"vertices\"}\n"
    "!7 = !{i32 1, !\"air.vertex_id\", !\"air.arg_type_name\", !\"uint\", !\"air.arg_name\", !\"id\"}\n"
    "!8 = !{i32 2, !\"air.buffer\", !\"air.location_index\", i32 1, i32 1, !\"air.read\", !\"air.address_space\", i32 1, "
    "!\"air.arg_type_size\", i32 4, !\"air.arg_type_align_size\", i32 4, !\"air.arg_type_name\", !\"uint\", !\"air.arg_name\", "
    "!\"words\"}\n";

/** Counts its invocations, by pixel of every fourth row, in buffer 1: where vs_tint reads. */
static const char fs_mark[] =
    "declare i32 @air.atomic.global.add.u.i32(ptr addrspace(1), i32, i32, i32, i1)\n"
    "define <4 x float> @fs_mark(<4 x float> %color, <2 x float> %uv, <4 x float> %at, ptr addrspace(1) %marks) {\n"
    "  %fx = extractelement <4 x float> %at, i64 0\n"
    "  %fy = extractelement <4 x float> %at, i64 1\n"
    "  %x = fptoui float %fx to i32\n"
    "  %y = fptoui float %fy to i32\n"
    "  %row = mul i32 %y, 32\n"
    "  %pixel = add i32 %row, %x\n"
    "  %i = and i32 %pixel, 127\n"
    "  %n = zext i32 %i to i64\n"
    "  %p = getelementptr i32, ptr addrspace(1) %marks, i64 %n\n"
    "  %old = call i32 @air.atomic.global.add.u.i32(ptr addrspace(1) %p, i32 65793, i32 0, i32 2, i1 true)\n"
    "  ret <4 x float> %color\n"
    "}\n"
    "!air.fragment = !{!0}\n"
    "!0 = !{ptr @fs_mark, !1, !2}\n"
    "!1 = !{!3}\n"
    "!2 = !{!5, !6, !7, !8}\n"
    "!3 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"float4\"}\n"
    "!5 = !{i32 0, !\"air.fragment_input\", !\"user(color)\", !\"air.center\", !\"air.perspective\", !\"air.arg_type_name\", "
    "!\"float4\", !\"air.arg_name\", !\"color\"}\n"
    "!6 = !{i32 1, !\"air.fragment_input\", !\"user(uv)\", !\"air.center\", !\"air.perspective\", !\"air.arg_type_name\", "
    "!\"float2\", !\"air.arg_name\", !\"uv\"}\n"
    "!7 = !{i32 2, !\"air.position\", !\"air.center\", !\"air.no_perspective\", !\"air.arg_type_name\", !\"float4\", "
    "!\"air.arg_name\", !\"at\"}\n"
    "!8 = !{i32 3, !\"air.buffer\", !\"air.location_index\", i32 1, i32 1, !\"air.read_write\", !\"air.address_space\", i32 1, "
    "!\"air.arg_type_size\", i32 4, !\"air.arg_type_align_size\", i32 4, !\"air.arg_type_name\", !\"uint\", !\"air.arg_name\", "
    "!\"marks\"}\n";

static uint32_t image(struct kit *k, uint32_t i)
{
    struct pvg_w_texture_desc d = pvg_guest_desc_2d(formats[i], SIZE, SIZE, RENDER);

    if (i >= PRIVATE_FIRST && i < ARRAY)
        d.options = PVG_W_STORAGE_PRIVATE << 4;
    if (i == ARRAY) {
        d.type = PVG_W_TEX_2D_ARRAY;
        d.array_length = 4;
    }
    return kit_texture(k, &d, kit_texel_size(formats[i]));
}

static uint32_t hidden(struct kit *k, uint16_t format, uint32_t samples)
{
    struct pvg_w_texture_desc d = pvg_guest_desc_2d(format, SIZE, SIZE, PVG_W_USAGE_READ | PVG_W_USAGE_RENDER_TARGET);

    d.type = samples > 1 ? PVG_W_TEX_2D_MS : PVG_W_TEX_2D;
    d.samples = (uint16_t)samples;
    d.options = PVG_W_STORAGE_PRIVATE << 4;
    return kit_texture(k, &d, 4);
}

static void vertices(struct frames *f)
{
    struct kit_vertex v[VERTICES];
    uint16_t index[VERTICES];
    uint32_t arguments[4 * 16];
    struct rng r = {1};

    for (uint32_t i = 0; i < VERTICES; i++) {
        for (int c = 0; c < 4; c++)
            v[i].color[c] = (float)below(&r, 256) / 255.0f;
        for (int c = 0; c < 2; c++) {
            v[i].position[c] = ((float)below(&r, 65) - 32) / 32.0f;
            v[i].uv[c] = (float)below(&r, 33) / 16.0f;
        }
        v[i].position[2] = (float)below(&r, 17) / 16.0f;
        v[i].position[3] = 1;
        index[i] = (uint16_t)below(&r, VERTICES / 2);
    }
    for (uint32_t i = 0; i < 16; i++) {
        const uint32_t a[4] = {3 + below(&r, 20), 1 + below(&r, 2), below(&r, 100), below(&r, 3)};
        memcpy(arguments + 4 * i, a, sizeof(a));
    }
    f->vertices = kit_buffer(f->k, v, sizeof(v));
    f->indices = kit_buffer(f->k, index, sizeof(index));
    f->arguments = kit_buffer(f->k, arguments, sizeof(arguments));
}

struct frames *frames_new(struct kit *k)
{
    struct frames *f = calloc(1, sizeof(*f));
    float uniforms[64];
    const uint32_t amounts[4] = {1, 0x01010101, 77, 0x80000000};

    if (!f)
        exit(2);
    f->k = k;
    for (uint32_t i = 0; i < FRAMES_IMAGES; i++)
        f->images[i] = image(k, i);
    for (uint32_t i = 0; i < FRAMES_BUFFERS; i++)
        f->buffers[i] = kit_buffer(k, NULL, BUFFER_SIZE);
    f->depth = hidden(k, KIT_DEPTH32, 1);
    f->multisampled = hidden(k, KIT_RGBA8, 4);
    vertices(f);
    for (int i = 0; i < 64; i++)
        uniforms[i] = (float)(i * 37 % 64) / 63.0f;
    f->uniforms = kit_buffer(k, uniforms, sizeof(uniforms));
    f->pattern = kit_buffer(k, amounts, sizeof(amounts));
    for (uint32_t i = 0; i < 4; i++) {
        f->samplers[i] = kit_sampler(k, i & 1, i & 2 ? 2 : 0);
        f->depth_states[i] = kit_depth_state(k, (const uint8_t[]){7, 1, 3, 6}[i], i != 3);
    }
    /* A third kind: coordinates in texels, which take another form of the functions. */
    struct pvg_w_sampler texels;
    pvg_w_sampler_init(&texels);
    f->samplers[4] = texels.ref = pvg_guest_ref(k->task);
    texels.normalized = false;
    texels.min_filter = texels.mag_filter = 1;
    if (!pvg_guest_sampler(k->task, 0, &texels)) {
        free(f);
        return NULL;
    }
    f->vertex_functions[0] = kit_function(k, kit_vs_color, "vs_color");
    f->vertex_functions[1] = kit_function(k, vs_tint, "vs_tint");
    f->fragment_functions[0] = kit_function(k, kit_fs_color, "fs_color");
    f->fragment_functions[1] = kit_function(k, kit_fs_texture, "fs_texture");
    f->fragment_functions[2] = kit_function(k, kit_fs_uniform, "fs_uniform");
    f->fragment_functions[3] = kit_function(k, fs_mark, "fs_mark");
    f->kernels[0] = kit_compute_pipeline(k, kit_function(k, kit_cs_add, "cs_add"));
    f->kernels[1] = kit_compute_pipeline(k, kit_function(k, cs_image, "cs_image"));
    f->fence = pvg_guest_ref(k->task);
    return f;
}

void frames_free(struct frames *f)
{
    free(f);
}

static uint32_t pipeline(struct frames *f, uint32_t bits)
{
    static const uint16_t targets[] = {KIT_RGBA8, KIT_BGRA8, KIT_RGBA16F, KIT_R32F, 90};
    struct pvg_w_render_pipeline p;

    if (f->pipelines[bits])
        return f->pipelines[bits];
    kit_pipeline_init(f->k, &p, f->vertex_functions[bits >> 10 & 1], f->fragment_functions[bits >> 7 & 3], targets[bits & 15]);
    p.sample_count = bits & 1 << 6 ? 4 : 1;
    if (bits & 1 << 9) {
        p.color[0].blend = true;
        p.color[0].source_rgb = p.color[0].source_alpha = 4;
        p.color[0].destination_rgb = 11;
        p.color[0].destination_alpha = 5;
    }
    if (bits & 1 << 4) {
        p.color[1].present = true;
        p.color[1].format = KIT_RGBA8;
    }
    if (bits & 1 << 5)
        p.depth_format = KIT_DEPTH32;
    return f->pipelines[bits] = kit_render_pipeline(f->k, &p);
}

/* ---- Making a frame ---- */

static uint32_t format_index(uint32_t image)
{
    return image >= BGRA8 && image <= PACKED ? image - BGRA8 + 1 : 0;
}

static void random_draw(struct rng *r, const struct pass *p, struct draw *d)
{
    *d = (struct draw){
        .pipeline = format_index(p->target) | (p->second < FRAMES_IMAGES) << 4 | p->depth << 5 | p->multisampled << 6 |
                    (chance(r, 15) ? 3 : below(r, 3)) << 7 | chance(r, 40) << 9 | chance(r, 50) << 10,
        .uniform = below(r, FRAMES_BUFFERS),
        .sampler = below(r, 5),
        .depth_state = below(r, 4),
        .cull = chance(r, 20) ? 1 + below(r, 2) : 0,
        .winding = below(r, 2),
        .viewport = {.width = SIZE, .height = SIZE, .zfar = 1},
        .scissor = {.width = SIZE, .height = SIZE},
        .uniform_offset = 16 * below(r, 16),
        .vertex_offset = (uint32_t)sizeof(struct kit_vertex) * below(r, 64),
    };
    if (d->uniform == p->marks || chance(r, 50))
        d->uniform = p->reads;
    /* Never what is being drawn to: that would be a feedback loop, whose result the API leaves open. */
    do
        d->texture = below(r, ARRAY);
    while (d->texture == p->target || d->texture == p->second);
    for (int i = 0; i < 4; i++)
        d->blend_color[i] = (float)below(r, 5) / 4;
    if (chance(r, 30)) {
        d->viewport.x = below(r, 16);
        d->viewport.y = below(r, 16);
        d->viewport.width = 4 + below(r, 12);
        d->viewport.height = 4 + below(r, 12);
    }
    if (chance(r, 30)) {
        d->scissor.x = below(r, 16);
        d->scissor.y = below(r, 16);
        d->scissor.width = 1 + below(r, 16);
        d->scissor.height = 1 + below(r, 16);
    }
    d->draw.primitive = chance(r, 80) ? KIT_TRIANGLE : KIT_TRIANGLE_STRIP;
    d->draw.count = 3 + below(r, 30);
    d->draw.instance_count = 1 + below(r, 2);
    d->draw.start = below(r, 64);
    if (chance(r, 40)) {
        d->draw.indexed = true;
        d->draw.start = 0;
        d->draw.index_offset = 2 * below(r, 64);
        d->draw.base_vertex = below(r, 32);
    } else if (chance(r, 20)) {
        d->indirect = true;
        d->indirect_offset = 16 * below(r, 16);
    }
}

static void random_targets(struct rng *r, struct pass *p)
{
    *p = (struct pass){.target = below(r, FRAMES_IMAGES), .second = FRAMES_IMAGES, .clear = chance(r, 50), .depth = chance(r, 40)};
    p->multisampled = format_index(p->target) == 0 && p->target < ARRAY && chance(r, 20);
    if (p->multisampled) {
        p->depth = false;
        p->clear = true;
    } else if (p->target != ARRAY && chance(r, 25)) {
        do
            p->second = below(r, RGBA8_COUNT);
        while (p->second == p->target);
    }
    p->slice = p->target == ARRAY ? below(r, 4) : 0;
    p->early_resolve = chance(r, 50);
    for (int i = 0; i < 4; i++)
        p->color[i] = below(r, 256) / 255.0;
}

/** @param before the pass before it, whose targets it often draws on; NULL: none. */
static void random_pass(struct rng *r, struct pass *p, const struct pass *before)
{
    random_targets(r, p);
    if (before && chance(r, 40)) {
        *p = *before;
        p->clear = chance(r, 10);
        p->keep_depth = p->depth && chance(r, 70);
    }
    p->marks = below(r, FRAMES_BUFFERS);
    p->reads = before && before->marks != p->marks ? before->marks : FRAMES_BUFFERS;
    p->draw_count = 1 + below(r, MAX_DRAWS);
    p->split_at = 1 + below(r, p->draw_count);
    for (uint32_t i = 0; i < p->draw_count; i++)
        random_draw(r, p, &p->draws[i]);
}

/** Two images of the same format, different from each other. */
static void image_pair(struct rng *r, uint32_t *a, uint32_t *b)
{
    do {
        *a = below(r, ARRAY);
        *b = below(r, ARRAY);
    } while (*a == *b || formats[*a] != formats[*b]);
}

static void random_region(struct rng *r, uint64_t origin[3], uint64_t size[3])
{
    for (int i = 0; i < 2; i++) {
        origin[i] = below(r, SIZE);
        size[i] = 1 + below(r, SIZE - (uint32_t)origin[i]);
    }
    origin[2] = 0;
    size[2] = 1;
}

static void random_copy_image(struct frames *f, struct rng *r, struct step *s)
{
    struct pvg_w_copy_texture *c = &s->record.copy_texture;
    uint32_t a, b;

    image_pair(r, &a, &b);
    random_region(r, c->source_origin, c->size);
    for (int i = 0; i < 2; i++)
        c->destination_origin[i] = below(r, SIZE - (uint32_t)c->size[i] + 1);
    c->source = f->images[a];
    c->destination = f->images[b];
    s->opcode = 0x12f;
}

static void random_buffer_image(struct frames *f, struct rng *r, struct step *s, uint32_t opcode)
{
    struct pvg_w_buffer_image *c = &s->record.buffer_image;
    uint32_t i = below(r, ARRAY), texel = kit_texel_size(formats[i]);

    random_region(r, c->origin, c->size);
    /* As many rows as the buffer holds. */
    c->bytes_per_row = 32 * texel;
    c->offset = 16 * below(r, 8);
    if (c->size[1] > (BUFFER_SIZE - 128) / c->bytes_per_row)
        c->size[1] = (BUFFER_SIZE - 128) / c->bytes_per_row;
    c->bytes_per_image = c->bytes_per_row * c->size[1];
    c->buffer = f->buffers[below(r, FRAMES_BUFFERS)];
    c->texture = f->images[i];
    s->opcode = opcode;
}

static void random_copy_buffer(struct frames *f, struct rng *r, struct step *s)
{
    struct pvg_w_copy_buffer *c = &s->record.copy_buffer;
    uint32_t a = below(r, FRAMES_BUFFERS);

    c->source = f->buffers[a];
    c->destination = f->buffers[(a + 1 + below(r, FRAMES_BUFFERS - 1)) % FRAMES_BUFFERS];
    c->size = 4 * (1 + below(r, BUFFER_SIZE / 8));
    c->source_offset = 4 * below(r, BUFFER_SIZE / 8);
    c->destination_offset = 4 * below(r, BUFFER_SIZE / 8);
    s->opcode = 0x12d;
}

static void random_fill(struct frames *f, struct rng *r, struct step *s)
{
    struct pvg_w_fill_buffer *c = &s->record.fill_buffer;
    bool pattern = chance(r, 50);

    c->ref = f->buffers[below(r, FRAMES_BUFFERS)];
    c->location = 4 * below(r, BUFFER_SIZE / 8);
    c->length = 4 * (1 + below(r, BUFFER_SIZE / 8));
    c->value = pattern ? next(r) : below(r, 256);
    s->opcode = pattern ? 0x13f : 0x132;
}

static void random_fill_image(struct frames *f, struct rng *r, struct step *s)
{
    struct pvg_w_fill_texture *c = &s->record.fill_texture;
    uint32_t i = below(r, RGBA8_COUNT);

    c->ref = f->images[i];
    random_region(r, c->origin, c->size);
    if (chance(r, 50)) {
        for (int k = 0; k < 4; k++)
            c->color[k] = below(r, 256) / 255.0;
        c->format = formats[i];
        s->opcode = 0x141;
    } else {
        c->bytes_ref = f->pattern;
        c->bytes_offset = 4 * below(r, 4);
        c->bytes_length = 4;
        s->opcode = 0x140;
    }
}

static void random_dispatch(struct rng *r, struct step *s)
{
    s->dispatch.kernel = below(r, 2);
    s->dispatch.data = below(r, FRAMES_BUFFERS);
    s->dispatch.amount = below(r, 4);
    s->dispatch.groups = 1 + below(r, 4);
    s->dispatch.threads = chance(r, 50);
    s->dispatch.concurrent = chance(r, 50);
    do {
        s->dispatch.data = below(r, FRAMES_BUFFERS);
        s->dispatch.image = below(r, RGBA8_COUNT);
    } while (s->dispatch.image == s->dispatch.data);
}

static void random_frame(struct frames *f, struct rng *r, struct frame *frame)
{
    frame->step_count = 3 + below(r, MAX_STEPS - 2);
    for (uint32_t i = 0; i < frame->step_count; i++) {
        struct step *s = &frame->steps[i];
        *s = (struct step){.kind = chance(r, 50) ? STEP_PASS : (enum step_kind)(1 + below(r, STEP_KINDS - 1))};
        switch (s->kind) {
        case STEP_PASS:
            random_pass(r, &s->pass, i && s[-1].kind == STEP_PASS ? &s[-1].pass : NULL);
            break;
        case STEP_COPY_IMAGE:
            random_copy_image(f, r, s);
            break;
        case STEP_TO_BUFFER:
            random_buffer_image(f, r, s, 0x12e);
            break;
        case STEP_TO_IMAGE:
            random_buffer_image(f, r, s, 0x12c);
            break;
        case STEP_COPY_BUFFER:
            random_copy_buffer(f, r, s);
            break;
        case STEP_FILL:
            random_fill(f, r, s);
            break;
        case STEP_FILL_IMAGE:
            random_fill_image(f, r, s);
            break;
        default:
            random_dispatch(r, s);
            break;
        }
    }
}

/* ---- Handing it over ---- */

static void state_value(struct frames *f, uint32_t opcode, uint32_t now, const uint32_t *before)
{
    if (!before || *before != now)
        pvg_guest_cmd_set_value(&f->k->c, opcode, now);
}

/** State of a draw; with `last`, only what differs from it. */
static void emit_state(struct frames *f, const struct draw *d, const struct draw *last, uint32_t marks)
{
    struct pvg_w_record r;

    if (!last || last->pipeline != d->pipeline)
        pvg_guest_cmd_set_ref(&f->k->c, KIT_SET_PIPELINE, pipeline(f, d->pipeline));
    if (d->pipeline & 1 << 5 && (!last || last->depth_state != d->depth_state || !(last->pipeline & 1 << 5)))
        pvg_guest_cmd_set_ref(&f->k->c, KIT_SET_DEPTH_STENCIL, f->depth_states[d->depth_state]);
    state_value(f, KIT_SET_CULL_MODE, d->cull, last ? &last->cull : NULL);
    state_value(f, 0x73, d->winding, last ? &last->winding : NULL);
    if (!last || memcmp(&last->viewport, &d->viewport, sizeof(d->viewport))) {
        r = (struct pvg_w_record){.count = 1, .entries = &d->viewport};
        kit_record(f->k, 0x82, &r);
    }
    if (!last || memcmp(&last->scissor, &d->scissor, sizeof(d->scissor))) {
        r = (struct pvg_w_record){.count = 1, .entries = &d->scissor};
        kit_record(f->k, 0x75, &r);
    }
    if (!last || memcmp(last->blend_color, d->blend_color, sizeof(d->blend_color))) {
        r = (struct pvg_w_record){0};
        memcpy(r.blend_color, d->blend_color, sizeof(r.blend_color));
        kit_record(f->k, KIT_SET_BLEND_COLOR, &r);
    }
    if (!last || last->vertex_offset != d->vertex_offset)
        kit_bind1(f->k, KIT_VERTEX_BUFFERS, 0, f->vertices, d->vertex_offset);
    if (!last || last->texture != d->texture)
        kit_bind1(f->k, KIT_FRAGMENT_TEXTURES, 0, f->images[d->texture], 0);
    if (!last || last->sampler != d->sampler)
        kit_bind1(f->k, KIT_FRAGMENT_SAMPLERS, 0, f->samplers[d->sampler], 0);
    if (!last || last->uniform_offset != d->uniform_offset || last->uniform != d->uniform) {
        uint32_t ref = d->uniform < FRAMES_BUFFERS ? f->buffers[d->uniform] : f->uniforms;
        kit_bind1(f->k, KIT_FRAGMENT_BUFFERS, 0, ref, d->uniform_offset);
        kit_bind1(f->k, KIT_VERTEX_BUFFERS, 1, ref, d->uniform_offset);
    }
    if (!last)
        kit_bind1(f->k, KIT_FRAGMENT_BUFFERS, 1, f->buffers[marks], 0);
}

static void emit_noise(struct frames *f, struct rng *noise)
{
    const struct pvg_w_bind used = {.ref = f->uniforms};
    const struct pvg_w_record fence = {.fence = {.ref = f->fence, .stages = 2}};
    const struct pvg_w_record use = {.use = {.usage = 1, .stages = 3}, .count = 1, .entries = &used};
    const struct pvg_w_record scope = {.barrier = {.scope = 3, .after = 2, .before = 1}};

    switch (below(noise, 5)) {
    case 0:
        kit_record(f->k, 0x18, &fence);
        break;
    case 1:
        kit_record(f->k, 0x89, &use);
        break;
    case 2:
        kit_record(f->k, 0x17, &scope);
        break;
    case 3:
        kit_bind1(f->k, KIT_VERTEX_TEXTURES, 7, f->images[0], 0);
        kit_bind1(f->k, KIT_VERTEX_TEXTURES, 7, 0, 0);
        break;
    default:
        break;
    }
}

static void emit_draw(struct frames *f, const struct draw *d)
{
    struct pvg_w_draw how = d->draw;
    struct pvg_w_record r;

    if (d->indirect) {
        r = (struct pvg_w_record){
            .draw_indirect = {.primitive = (uint16_t)how.primitive, .ref = f->arguments, .offset = d->indirect_offset}};
        kit_record(f->k, 0x10, &r);
        return;
    }
    if (how.indexed)
        how.index_ref = f->indices;
    pvg_guest_cmd_draw(&f->k->c, &how);
}

static void begin_pass(struct frames *f, const struct pass *p, bool first, bool last)
{
    struct pvg_w_render_pass pass;

    pvg_w_render_pass_init(&pass);
    pass.width = pass.height = SIZE;
    pass.color[0].load_action = p->clear && first ? 2 : 1;
    memcpy(pass.color[0].clear, p->color, sizeof(p->color));
    if (p->multisampled) {
        pass.color[0].texture = f->multisampled;
        bool resolve = last || p->early_resolve;
        pass.color[0].resolve = resolve ? f->images[p->target] : 0;
        pass.color[0].store_action = resolve ? 3 : 1;
    } else {
        pass.color[0].texture = f->images[p->target];
        pass.color[0].slice = (uint16_t)p->slice;
        pass.color[0].store_action = 1;
    }
    if (p->second < FRAMES_IMAGES) {
        pass.color[1].texture = f->images[p->second];
        pass.color[1].load_action = 1;
        pass.color[1].store_action = 1;
    }
    if (p->depth) {
        pass.depth.texture = f->depth;
        pass.depth.load_action = first && !p->keep_depth ? 2 : 1;
        pass.depth.store_action = 1;
        pass.depth.clear[0] = 1;
    }
    kit_pass_desc(f->k, &pass);
}

static void emit_pass(struct frames *f, const struct pass *p, const struct frames_way *way, struct rng *noise)
{
    bool split = way->split && p->split_at < p->draw_count;
    const struct draw *last = NULL;

    begin_pass(f, p, true, !split);
    for (uint32_t i = 0; i < p->draw_count; i++) {
        if (split && i == p->split_at) {
            begin_pass(f, p, false, true);
            last = NULL;
        }
        emit_state(f, &p->draws[i], way->lazy ? last : NULL, p->marks);
        if (way->noise)
            emit_noise(f, noise);
        emit_draw(f, &p->draws[i]);
        last = &p->draws[i];
    }
}

static void emit_dispatch(struct frames *f, const struct step *s)
{
    struct pvg_w_record r = {.value = s->dispatch.concurrent};

    pvg_guest_cmd_segment(&f->k->c, PVG_W_SEG_COMPUTE);
    kit_record(f->k, 0xdb, &r);
    pvg_guest_cmd_set_ref(&f->k->c, KIT_SET_COMPUTE_PIPELINE, f->kernels[s->dispatch.kernel]);
    if (s->dispatch.kernel == 1) {
        r = (struct pvg_w_record){.dispatch = {.grid = {SIZE, SIZE, 1}, .threads_per_group = {8, 8, 1}}};
        kit_bind1(f->k, KIT_COMPUTE_TEXTURES, 0, f->images[s->dispatch.data], 0);
        kit_bind1(f->k, KIT_COMPUTE_TEXTURES, 1, f->images[s->dispatch.image], 0);
        kit_record(f->k, 0xca, &r);
        return;
    }
    kit_bind1(f->k, KIT_COMPUTE_BUFFERS, 0, f->buffers[s->dispatch.data], 0);
    kit_bind1(f->k, KIT_COMPUTE_BUFFERS, 1, f->pattern, 4 * s->dispatch.amount);
    r = (struct pvg_w_record){
        .dispatch = {.grid = {s->dispatch.groups * (s->dispatch.threads ? 50 : 1), 1, 1}, .threads_per_group = {32, 1, 1}}};
    kit_record(f->k, s->dispatch.threads ? 0xca : 0xc8, &r);
}

/** Known content everywhere: frames do not depend on each other. */
static void reset_content(struct frames *f, struct rng *r)
{
    uint8_t bytes[SIZE * 8];
    struct pvg_w_record fill = {.fill_texture = {.size = {SIZE, SIZE, 1}, .format = KIT_RGBA8, .color = {0.25, 0.5, 0.75, 1}}};

    for (uint32_t i = 0; i < FRAMES_IMAGES; i++) {
        const struct pvg_w_texture_desc d = pvg_guest_desc_2d(formats[i], SIZE, SIZE, 0);
        uint32_t texel = kit_texel_size(formats[i]), rows = i == ARRAY ? 4 * SIZE : SIZE;
        if (i >= PRIVATE_FIRST && i < ARRAY)
            continue;
        for (uint32_t y = 0; y < rows; y++) {
            for (uint32_t b = 0; b < SIZE * texel; b++)
                bytes[b] = (uint8_t)next(r);
            /* Half and single floats of ordinary size. */
            for (uint32_t b = 0; i == HALF && b < SIZE * texel; b += 2)
                bytes[b + 1] = 0x34 | (bytes[b + 1] & 0x8b);
            for (uint32_t b = 0; i == SINGLE && b < SIZE * texel; b += 4) {
                bytes[b + 3] = 0x3e;
                bytes[b + 2] &= 0x7f;
            }
            kit_write(f->k, f->images[i], (uint64_t)y * kit_pitch(&d, texel, 0), bytes, SIZE * texel);
        }
    }
    for (uint32_t i = 0; i < FRAMES_BUFFERS; i++) {
        for (uint32_t at = 0; at < BUFFER_SIZE; at += sizeof(bytes)) {
            for (uint32_t b = 0; b < sizeof(bytes); b++)
                bytes[b] = (uint8_t)next(r);
            kit_write(f->k, f->buffers[i], at, bytes, sizeof(bytes));
        }
    }
    pvg_guest_cmd_segment(&f->k->c, PVG_W_SEG_BLIT);
    for (uint32_t i = PRIVATE_FIRST; i < ARRAY; i++) {
        fill.fill_texture.ref = f->images[i];
        kit_record(f->k, 0x141, &fill);
    }
}

bool frames_draw(struct frames *f, uint64_t seed, const struct frames_way *way)
{
    struct frame *frame = calloc(1, sizeof(*frame));
    struct rng r = {seed}, noise = {~seed};
    bool ok;

    if (!frame)
        exit(2);
    random_frame(f, &r, frame);
    kit_begin(f->k);
    reset_content(f, &r);
    for (uint32_t i = 0; i < frame->step_count; i++) {
        const struct step *s = &frame->steps[i];
        if (way->packets)
            kit_send(f->k);
        else if (way->cut)
            kit_cut(f->k);
        if (s->kind == STEP_PASS) {
            emit_pass(f, &s->pass, way, &noise);
        } else if (s->kind == STEP_DISPATCH) {
            emit_dispatch(f, s);
        } else {
            pvg_guest_cmd_segment(&f->k->c, PVG_W_SEG_BLIT);
            kit_record(f->k, s->opcode, &s->record);
        }
    }
    ok = kit_run(f->k);
    free(frame);
    return ok;
}

void frames_hash(struct frames *f, uint64_t hashes[FRAMES_IMAGES + FRAMES_BUFFERS])
{
    kit_download(f->k, f->images, FRAMES_IMAGES);
    for (uint32_t i = 0; i < FRAMES_IMAGES + FRAMES_BUFFERS; i++) {
        const struct pvg_guest_mem *m = kit_mem(f->k, i < FRAMES_IMAGES ? f->images[i] : f->buffers[i - FRAMES_IMAGES]);
        uint64_t h = 0xcbf29ce484222325u;
        for (uint64_t at = 0; at < m->size; at += 8) {
            uint64_t word;
            if (!pvg_guest_mem_read(m, at, &word, sizeof(word)))
                exit(2);
            h = (h ^ word) * 0x100000001b3u;
            h ^= h >> 29;
        }
        hashes[i] = h;
    }
}
