/* SPDX-License-Identifier: MIT */
#include "texels.h"

#include <math.h>

#include "colour_frag.h"
#include "colours_frag_int.h"
#include "colours_frag_uint.h"
#include "peek_float.h"
#include "peek_int.h"
#include "peek_uint.h"
#include "poke_float.h"
#include "poke_int.h"
#include "poke_uint.h"
#include "pull_vert.h"
#include "shadow_comp.h"

#define CODE(array) {array, sizeof(array) / 4}
static const struct {
    const uint32_t *words;
    size_t count;
} peek_code[] = {CODE(peek_float_spv), CODE(peek_uint_spv), CODE(peek_int_spv), CODE(shadow_comp_spv)},
  poke_code[] = {CODE(poke_float_spv), CODE(poke_uint_spv), CODE(poke_int_spv)},
  frag_code[] = {CODE(colour_frag_spv), CODE(colours_frag_uint_spv), CODE(colours_frag_int_spv)};

static const enum pvg_air_class classes[] = {PVG_AIR_FLOAT, PVG_AIR_UINT, PVG_AIR_SINT, PVG_AIR_FLOAT};

/** Number of the shape in the kernels, and how the shader declares it, by MTLTextureType. */
static const struct {
    uint8_t kind;
    enum pvg_air_dim dim;
    bool arrayed, multisampled;
} shapes[] = {
    [PVG_W_TEX_1D] = {0, PVG_AIR_DIM_1D, false, false},          [PVG_W_TEX_1D_ARRAY] = {1, PVG_AIR_DIM_1D, true, false},
    [PVG_W_TEX_2D] = {2, PVG_AIR_DIM_2D, false, false},          [PVG_W_TEX_2D_ARRAY] = {3, PVG_AIR_DIM_2D, true, false},
    [PVG_W_TEX_2D_MS] = {4, PVG_AIR_DIM_2D, false, true},        [PVG_W_TEX_CUBE] = {7, PVG_AIR_DIM_CUBE, false, false},
    [PVG_W_TEX_CUBE_ARRAY] = {8, PVG_AIR_DIM_CUBE, true, false}, [PVG_W_TEX_3D] = {6, PVG_AIR_DIM_3D, false, false},
    [PVG_W_TEX_2D_MS_ARRAY] = {5, PVG_AIR_DIM_2D, true, true},   [PVG_W_TEX_BUFFER] = {9, PVG_AIR_DIM_BUFFER, false, false},
};

enum { KERNELS = 3 };
static struct pvg_rpipe *kernels[KERNELS][4][10];

struct pipe_key {
    uint16_t color, depth;
    uint8_t samples;
    bool blend;
};
static struct {
    struct pipe_key key;
    struct pvg_rpipe *pipe;
} pipes[512];
static uint32_t pipe_count;

/* ---- Expectations ---- */

enum texel_class texel_class_of(uint16_t format)
{
    switch (pvg_format_get(format)->kind) {
    case PVG_TEXEL_UINT:
        return TEXEL_UINT;
    case PVG_TEXEL_SINT:
        return TEXEL_INT;
    default:
        return format == 91 || format == 253 || format == 261 || format == 262 ? TEXEL_UINT : TEXEL_FLOAT;
    }
}

void texel_expect(uint16_t format, const uint8_t *bytes, union texel *out)
{
    double rgba[4];
    assert_true(pvg_texel_decode(pvg_format_get(format), format, bytes, rgba));
    enum texel_class cls = texel_class_of(format);
    for (int i = 0; i < 4; i++) {
        if (cls == TEXEL_FLOAT)
            out->f[i] = (float)rgba[i];
        else if (cls == TEXEL_UINT)
            out->u[i] = (uint32_t)rgba[i];
        else
            out->i[i] = (int32_t)rgba[i];
    }
}

double texel_tolerance(uint16_t format)
{
    const struct pvg_format *f = pvg_format_get(format);
    if (f->kind == PVG_TEXEL_XR)
        return 1.0 / 1020; /* Half floats: 11 bits. */
    if (f->srgb)
        return 0.5 / 255 * 2.275; /* Half a step of the encoded number, where the curve is steepest. */
    if (format >= 40 && format <= 43)
        return 0.8 / 255; /* Devices may widen the 4 to 6 bits to 8 first, by repeating the highest. */
    if (f->kind == PVG_TEXEL_UNORM || f->kind == PVG_TEXEL_SNORM || f->kind == PVG_TEXEL_BITS)
        return 1e-6;
    return 0;
}

void texel_assert(uint16_t format, const union texel *got, const union texel *want, double tolerance, const char *what)
{
    enum texel_class cls = texel_class_of(format);
    for (int i = 0; i < 4; i++) {
        if (cls != TEXEL_FLOAT && got->u[i] != want->u[i])
            fail_msg("format %u, %s: component %d is %u, expected %u", format, what, i, got->u[i], want->u[i]);
        bool same = (isnan(got->f[i]) && isnan(want->f[i])) || got->f[i] == want->f[i];
        double allowed = tolerance * fmax(1, fabs(want->f[i]));
        if (cls == TEXEL_FLOAT && !same && !(fabs((double)got->f[i] - want->f[i]) <= allowed))
            fail_msg("format %u, %s: component %d is %.9g, expected %.9g", format, what, i, got->f[i], want->f[i]);
    }
}

struct pvg_rtex *texel_texture(struct harness *h, uint8_t type, uint16_t format, uint32_t w, uint32_t height, uint32_t d,
                               uint32_t levels, uint32_t samples, uint32_t array, struct pvg_rbuf *backing,
                               const struct pvg_rlevel *linear, uint32_t linear_count)
{
    struct pvg_rtex_desc desc = {
        .desc = {.type = type,
                 .format = format,
                 .width = w,
                 .height = height,
                 .depth = d,
                 .levels = (uint16_t)levels,
                 .samples = (uint16_t)samples,
                 .array_length = (uint16_t)array,
                 .swizzle = {2, 3, 4, 5}},
        .backing = backing,
        .level_count = linear_count,
    };
    for (uint32_t i = 0; i < linear_count; i++)
        desc.levels[i] = linear[i];
    return h->ops->texture_create(h->r, &desc);
}

/* ---- Kernels ---- */

enum { PEEK, SAMPLE, POKE };

/** Reflections must outlive the pipelines. */
static struct pvg_rpipe *kernel(struct harness *h, int what, enum texel_class cls, uint8_t type)
{
    static struct fake_shader shaders[KERNELS][4][10];
    static struct pvg_air_texture textures[KERNELS][4][10];
    static struct pvg_air_sampler sampler[2] = {
        {.index = 0, .array_length = 1, .table_offset = 36, .scales = true},
        {.index = 0, .array_length = 1, .table_offset = 36, .compare = true, .scales = true}};
    static struct pvg_air_buffer buffers[2][2] = {
        {{.index = 0, .array_length = 1, .table_offset = 0, .written = true}, {.index = 1, .array_length = 1, .table_offset = 16}},
        {{.index = 0, .array_length = 1, .table_offset = 0}, {.index = 1, .array_length = 1, .table_offset = 16}}};
    struct pvg_rpipe **p = &kernels[what][cls][type];
    if (*p)
        return *p;
    bool texels = type == PVG_W_TEX_BUFFER, cube = type == PVG_W_TEX_CUBE || type == PVG_W_TEX_CUBE_ARRAY;
    struct pvg_air_texture *t = &textures[what][cls][type];
    *t = (struct pvg_air_texture){
        .index = 0,
        .array_length = 1,
        .table_offset = 32,
        .dim = shapes[type].dim,
        .arrayed = shapes[type].arrayed,
        .multisampled = shapes[type].multisampled,
        .cls = classes[cls],
        .heap = what == POKE ? (texels ? PVG_AIR_HEAP_STORAGE_TEXEL : PVG_AIR_HEAP_STORAGE)
                             : (texels ? PVG_AIR_HEAP_UNIFORM_TEXEL : PVG_AIR_HEAP_SAMPLED),
        .read = what != POKE,
        .written = what == POKE,
    };
    if (cube && what != SAMPLE) {
        /* Texels of cubes are read and written as slices. */
        t->dim = PVG_AIR_DIM_2D;
        t->arrayed = true;
    }
    struct fake_shader *s = &shaders[what][cls][type];
    *s = (struct fake_shader){
        .words = what == POKE ? poke_code[cls].words : peek_code[cls].words,
        .word_count = what == POKE ? poke_code[cls].count : peek_code[cls].count,
        .reflection = {.stage = PVG_AIR_KERNEL,
                       .name = what == POKE ? "poke" : "peek",
                       .table_size = 48,
                       .buffers = buffers[what == POKE],
                       .buffer_count = 2,
                       .textures = t,
                       .texture_count = 1,
                       .samplers = &sampler[cls == TEXEL_SHADOW],
                       .sampler_count = what == SAMPLE,
                       .writes_memory = true},
    };
    struct fake_container c = fake_container(s);
    struct pvg_rfunc *f = h->ops->function_create(h->r, &c, sizeof(c));
    struct pvg_w_compute_pipeline desc;
    memset(&desc, 0, sizeof(desc));
    *p = h->ops->compute_pipeline_create(h->r, &desc, f);
    h->ops->function_release(h->r, f);
    assert_non_null(*p);
    return *p;
}

struct params {
    uint32_t kind, mode, count, pad;
    float at[TEXEL_MAX][4];
};

static bool run_kernel(struct harness *h, int what, struct pvg_rtex *t, uint8_t type, enum texel_class cls, struct pvg_rsampler *s,
                       const float *lod, const float (*at)[4], uint32_t count, union texel *values)
{
    uint64_t mark = h->next_page;
    uint8_t *value_bytes, *param_bytes;
    assert_true(count <= TEXEL_MAX);
    struct pvg_rbuf *value_buf = harness_buffer(h, count * 16, &value_bytes);
    struct pvg_rbuf *param_buf = harness_buffer(h, 16 + count * 16, &param_bytes);
    struct params *p = (struct params *)param_bytes;
    bool cube = type == PVG_W_TEX_CUBE || type == PVG_W_TEX_CUBE_ARRAY;
    p->kind = cube && what != SAMPLE ? 3 : shapes[type].kind;
    p->mode = what == SAMPLE;
    p->count = count;
    memcpy(p->at, at, count * 16);
    if (what == POKE)
        memcpy(value_bytes, values, count * 16);
    else
        memset(value_bytes, 0x5a, count * 16);
    struct pvg_rpipe *pipe = kernel(h, what, cls, type);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    h->ops->compute_begin(cmd, false);
    h->ops->set_compute_pipeline(cmd, pipe);
    h->ops->set_buffer(cmd, PVG_RSTAGE_COMPUTE, 0, value_buf, 0, UINT32_MAX);
    h->ops->set_buffer(cmd, PVG_RSTAGE_COMPUTE, 1, param_buf, 0, UINT32_MAX);
    h->ops->set_texture(cmd, PVG_RSTAGE_COMPUTE, 0, t);
    if (s)
        h->ops->set_sampler(cmd, PVG_RSTAGE_COMPUTE, 0, s, lod);
    const uint32_t tptg[3] = {64, 1, 1}, groups[3] = {(count + 63) / 64, 1, 1};
    bool ok = h->ops->dispatch(cmd, groups, tptg);
    h->ops->compute_end(cmd);
    harness_run(h, cmd);
    if (ok && what != POKE)
        memcpy(values, value_bytes, count * 16);
    h->ops->buffer_release(h->r, value_buf);
    h->ops->buffer_release(h->r, param_buf);
    harness_rewind(h, mark);
    return ok;
}

void texel_fetch(struct harness *h, struct pvg_rtex *t, uint8_t type, enum texel_class cls, const float (*at)[4], uint32_t count,
                 union texel *out)
{
    assert_true(run_kernel(h, PEEK, t, type, cls, NULL, NULL, at, count, out));
}

void texel_sample(struct harness *h, struct pvg_rtex *t, uint8_t type, enum texel_class cls, struct pvg_rsampler *s,
                  const float *lod, const float (*at)[4], uint32_t count, union texel *out)
{
    assert_true(run_kernel(h, SAMPLE, t, type, cls, s, lod, at, count, out));
}

bool texel_store(struct harness *h, struct pvg_rtex *t, uint8_t type, enum texel_class cls, const float (*at)[4],
                 const union texel *values, uint32_t count)
{
    union texel copy[TEXEL_MAX];
    memcpy(copy, values, count * sizeof(copy[0]));
    return run_kernel(h, POKE, t, type, cls, NULL, NULL, at, count, copy);
}

/* ---- Draws ---- */

static struct pvg_rpipe *draw_pipe(struct harness *h, const struct pipe_key *key)
{
    static struct pvg_air_buffer pull_buffers[] = {{.index = 0, .array_length = 1, .table_offset = 0}};
    static const struct fake_shader vertex = {
        .words = pull_vert_spv,
        .word_count = sizeof(pull_vert_spv) / 4,
        .reflection = {.stage = PVG_AIR_VERTEX,
                       .name = "pull",
                       .table_size = 16,
                       .buffers = pull_buffers,
                       .buffer_count = 1,
                       .writes_position = true},
    };
    static struct fake_shader fragments[3];
    static struct pvg_air_color_output outputs[3];
    for (uint32_t i = 0; i < pipe_count; i++)
        if (!memcmp(&pipes[i].key, key, sizeof(*key)))
            return pipes[i].pipe;
    enum texel_class cls = key->color ? texel_class_of(key->color) : TEXEL_FLOAT;
    outputs[cls] = (struct pvg_air_color_output){0, 0, 4, classes[cls]};
    fragments[cls] = (struct fake_shader){
        .words = frag_code[cls].words,
        .word_count = frag_code[cls].count,
        .reflection = {.stage = PVG_AIR_FRAGMENT, .name = "colour", .colors = &outputs[cls], .color_count = 1},
    };
    struct pvg_w_render_pipeline d;
    memset(&d, 0, sizeof(d));
    d.sample_count = key->samples;
    d.rasterization = true;
    d.color[0] = (struct pvg_w_color_state){.source_rgb = 1, .source_alpha = 1, .write_mask = 15};
    d.color[0].present = key->color != 0;
    d.color[0].format = key->color;
    if (key->blend) {
        d.color[0].blend = true;
        d.color[0].destination_rgb = d.color[0].destination_alpha = 5;
    }
    const struct pvg_format *depth = pvg_format_get(key->depth);
    d.depth_format = depth->depth_bytes ? key->depth : 0;
    d.stencil_format = depth->stencil_bytes ? key->depth : 0;
    struct fake_container cv = fake_container(&vertex), cf = fake_container(&fragments[cls]);
    struct pvg_rfunc *f[PVG_RSTAGE_COUNT] = {0};
    f[PVG_RSTAGE_VERTEX] = h->ops->function_create(h->r, &cv, sizeof(cv));
    f[PVG_RSTAGE_FRAGMENT] = key->color ? h->ops->function_create(h->r, &cf, sizeof(cf)) : NULL;
    struct pvg_rpipe *p = h->ops->render_pipeline_create(h->r, &d, f);
    h->ops->function_release(h->r, f[PVG_RSTAGE_VERTEX]);
    h->ops->function_release(h->r, f[PVG_RSTAGE_FRAGMENT]);
    assert_non_null(p);
    assert_true(pipe_count < sizeof(pipes) / sizeof(pipes[0]));
    pipes[pipe_count].key = *key;
    pipes[pipe_count++].pipe = p;
    return p;
}

bool texel_draw(struct harness *h, struct pvg_rcmd *cmd, const struct texel_quad *q)
{
    struct pipe_key key;
    memset(&key, 0, sizeof(key));
    key.color = q->color;
    key.depth = q->depth;
    key.samples = q->samples ? q->samples : 1;
    key.blend = q->blend;
    struct {
        float position[4], color[4], uv[2];
    } v[4];
    memset(v, 0, sizeof(v));
    for (int i = 0; i < 4; i++) {
        v[i].position[0] = q->rect[i & 1 ? 2 : 0];
        v[i].position[1] = q->rect[i & 2 ? 3 : 1];
        v[i].position[2] = q->z;
        v[i].position[3] = 1;
        memcpy(v[i].color, q->rgba, sizeof(v[i].color));
    }
    h->ops->set_render_pipeline(cmd, draw_pipe(h, &key));
    h->ops->set_bytes(cmd, PVG_RSTAGE_VERTEX, 0, v, sizeof(v), UINT32_MAX);
    struct pvg_rdraw draw = {.primitive = 4, .count = 4, .instance_count = 1};
    return h->ops->draw(cmd, &draw);
}

void texel_fini(struct harness *h)
{
    for (uint32_t i = 0; i < pipe_count; i++)
        h->ops->pipeline_release(h->r, pipes[i].pipe);
    pipe_count = 0;
    for (int k = 0; k < KERNELS; k++)
        for (int c = 0; c < 4; c++)
            for (int t = 0; t < 10; t++)
                h->ops->pipeline_release(h->r, kernels[k][c][t]);
    memset(kernels, 0, sizeof(kernels));
}
