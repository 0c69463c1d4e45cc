/* SPDX-License-Identifier: MIT */
#include "scene.h"

#include "scene_data.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS        2u /* frames in flight */
#define SURFACES     3u
#define SURFACE_ID   0x20u
#define LAYER_WIDTH  320u
#define LAYER_HEIGHT 180u
#define LAYER_STRIDE (LAYER_WIDTH * 4)

/* Metal enumerations of the values below. */
#define FORMAT_BGRA8   80u
#define FORMAT_DEPTH32 252u
#define FLOAT2         29u
#define FLOAT3         30u
#define FLOAT4         31u
#define TRIANGLE       3u
#define TRIANGLE_STRIP 4u
#define LOAD_CLEAR     2u
#define STORE_STORE    1u
#define COMPARE_LESS   1u
#define COMPARE_ALWAYS 7u
#define SRC_ALPHA      4u
#define ONE_MINUS_SRC  5u
#define CULL_NONE      0u

/* Record opcodes (spec 06). */
#define SET_PIPELINE         0x74u
#define SET_DEPTH_STENCIL    0x68u
#define SET_CULL             0x6bu
#define VERTEX_BUFFERS       0x7du
#define FRAGMENT_BUFFERS     0x6eu
#define FRAGMENT_TEXTURES    0x72u
#define FRAGMENT_SAMPLERS    0x70u
#define SET_COMPUTE_PIPELINE 0xd0u
#define COMPUTE_BUFFERS      0xcbu
#define COPY_TO_TEXTURE      0x12cu

/* Overlay quads, 4 vertices each. */
enum quad {
    QUAD_LAYER,
    QUAD_PANEL,
    QUAD_LOGO,
    QUAD_BAR,
    QUAD_COUNT,
};

/* What the CPU rewrites every frame: one buffer per frame in flight. */
struct frame_data {
    struct pvg_scene_uniforms uniforms;
    uint8_t pad[112];
    struct pvg_scene_instance instances[1 + PVG_SATELLITES];
    struct pvg_overlay_vertex quads[QUAD_COUNT * 4];
    struct {
        float time, scale;
        uint32_t width, height;
    } layer;
};

struct slot {
    struct pvg_guest_mem *data, *commands;
    uint32_t data_ref;
    struct pvg_guest_stamp done;
    bool used;
};

struct target {
    struct pvg_guest_surface *surface;
    uint32_t ref;
    struct pvg_guest_stamp present;
    bool presented;
};

struct pvg_scene {
    struct pvg_guest *g;
    struct pvg_guest_task *task;
    uint32_t width, height;
    struct pvg_guest_mem *query;
    struct slot slots[SLOTS];
    struct target targets[SURFACES];
    uint32_t current;
    uint32_t vertices, indices, layer_buffer, layer_texture, checker, atlas, depth;
    uint32_t repeat, clamp, depth_less, depth_off;
    uint32_t model_pipe, copy_pipe, blend_pipe, layer_pipe;
    uint32_t threads;       /* per threadgroup, in x and y */
    struct frame_data data; /* staging */
    uint8_t commands[16384];
};

static struct pvg_guest_mem *map(struct pvg_scene *s, const char *what, uint64_t size)
{
    const struct pvg_guest_mem_config c = {.what = what, .size = size};
    return pvg_guest_mem_map(s->task, &c);
}

/* A buffer object over new memory. @return its reference, 0 on failure. */
static uint32_t buffer(struct pvg_scene *s, const char *what, uint64_t size, struct pvg_guest_mem **mem)
{
    uint32_t ref = pvg_guest_ref(s->task);
    *mem = map(s, what, size);
    return *mem && pvg_guest_buffer(s->task, ref, 0, *mem) ? ref : 0;
}

/* A linear 2D texture over new memory. */
static uint32_t texture(struct pvg_scene *s, const char *what, uint16_t format, uint32_t width, uint32_t height, uint32_t usage,
                        uint8_t storage, struct pvg_guest_mem **mem)
{
    uint32_t ref = pvg_guest_ref(s->task), stride = (width * 4 + 255) & ~255u;
    struct pvg_w_texture_desc d = pvg_guest_desc_2d(format, width, height, usage);
    d.options = (uint16_t)(storage << 4);
    const struct pvg_w_linear_level level = {
        .size = (uint64_t)stride * height, .bytes_per_row = stride, .width = width, .height = height, .depth = 1};
    *mem = map(s, what, level.size);
    return *mem && pvg_guest_linear_texture(s->task, ref, 0, PVG_W_TYPE_TEXTURE, *mem, &d, 4, &level) ? ref : 0;
}

static uint32_t sampler(struct pvg_scene *s, uint8_t address)
{
    struct pvg_w_sampler d;
    pvg_w_sampler_init(&d);
    d.ref = pvg_guest_ref(s->task);
    d.min_filter = d.mag_filter = 1;
    d.address[0] = d.address[1] = d.address[2] = address;
    return pvg_guest_sampler(s->task, 0, &d) ? d.ref : 0;
}

static uint32_t depth_state(struct pvg_scene *s, uint8_t compare, bool write)
{
    struct pvg_w_depth_stencil d;
    pvg_w_depth_stencil_init(&d);
    d.ref = pvg_guest_ref(s->task);
    d.depth_compare = compare;
    d.depth_write = write;
    return pvg_guest_depth_stencil(s->task, 0, &d) ? d.ref : 0;
}

static uint32_t function(struct pvg_scene *s, const struct pvg_scene_shader *shader)
{
    uint32_t ref = pvg_guest_ref(s->task);
    struct pvg_guest_mem *mem = map(s, "shader", shader->size);
    if (!mem || !pvg_guest_mem_write(mem, 0, shader->data, shader->size))
        return 0;
    return pvg_guest_function(s->task, ref, 0, mem->gva, shader->size) ? ref : 0;
}

static void attribute(struct pvg_w_vertex_descriptor *v, uint8_t index, uint8_t format, uint32_t offset)
{
    v->attributes[v->attribute_count++] = (struct pvg_w_vertex_attribute){.index = index, .format = format, .offset = offset};
}

static void pipeline_base(struct pvg_scene *s, struct pvg_w_render_pipeline *p, uint32_t vertex, uint32_t fragment)
{
    pvg_w_render_pipeline_init(p);
    p->ref = pvg_guest_ref(s->task);
    p->vertex_function = vertex;
    p->fragment_function = fragment;
    p->vertex.present = true;
    p->vertex.layout_mask = 1;
    p->vertex.layouts[0] = (struct pvg_w_vertex_layout){.step_function = PVG_W_STEP_PER_VERTEX, .step_rate = 1, .stride = 32};
    p->color[0].present = true;
    p->color[0].format = FORMAT_BGRA8;
    p->depth_format = FORMAT_DEPTH32;
}

static uint32_t model_pipeline(struct pvg_scene *s, uint32_t vertex, uint32_t fragment)
{
    struct pvg_w_render_pipeline p;
    pipeline_base(s, &p, vertex, fragment);
    attribute(&p.vertex, 0, FLOAT3, offsetof(struct pvg_scene_vertex, position));
    attribute(&p.vertex, 1, FLOAT3, offsetof(struct pvg_scene_vertex, normal));
    attribute(&p.vertex, 2, FLOAT2, offsetof(struct pvg_scene_vertex, uv));
    return pvg_guest_render_pipeline(s->task, 0, &p) ? p.ref : 0;
}

static uint32_t overlay_pipeline(struct pvg_scene *s, uint32_t vertex, uint32_t fragment, bool blend)
{
    struct pvg_w_render_pipeline p;
    pipeline_base(s, &p, vertex, fragment);
    attribute(&p.vertex, 0, FLOAT2, offsetof(struct pvg_overlay_vertex, position));
    attribute(&p.vertex, 1, FLOAT2, offsetof(struct pvg_overlay_vertex, uv));
    attribute(&p.vertex, 2, FLOAT4, offsetof(struct pvg_overlay_vertex, color));
    if (blend) {
        p.color[0].blend = true;
        p.color[0].source_rgb = p.color[0].source_alpha = SRC_ALPHA;
        p.color[0].destination_rgb = p.color[0].destination_alpha = ONE_MINUS_SRC;
    }
    return pvg_guest_render_pipeline(s->task, 0, &p) ? p.ref : 0;
}

static bool create_geometry(struct pvg_scene *s)
{
    static struct pvg_scene_vertex vertices[PVG_TORUS_VERTICES];
    static uint16_t indices[PVG_TORUS_INDICES];
    struct pvg_guest_mem *mem;
    pvg_scene_torus(vertices, indices);
    s->vertices = buffer(s, "vertices", sizeof(vertices), &mem);
    if (!s->vertices || !pvg_guest_mem_write(mem, 0, vertices, sizeof(vertices)))
        return false;
    s->indices = buffer(s, "indices", sizeof(indices), &mem);
    return s->indices && pvg_guest_mem_write(mem, 0, indices, sizeof(indices));
}

static bool create_textures(struct pvg_scene *s)
{
    struct pvg_guest_mem *mem;
    uint8_t *pixels = malloc(PVG_CHECKER_SIZE * PVG_CHECKER_SIZE * 4);
    if (!pixels)
        return false;
    pvg_scene_checker(pixels, PVG_CHECKER_SIZE * 4);
    s->checker =
        texture(s, "checker", FORMAT_BGRA8, PVG_CHECKER_SIZE, PVG_CHECKER_SIZE, PVG_W_USAGE_READ, PVG_W_STORAGE_MANAGED, &mem);
    bool ok = s->checker && pvg_guest_mem_write(mem, 0, pixels, PVG_CHECKER_SIZE * PVG_CHECKER_SIZE * 4);
    pvg_scene_atlas(pixels, PVG_ATLAS_WIDTH * 4);
    s->atlas = texture(s, "atlas", FORMAT_BGRA8, PVG_ATLAS_WIDTH, PVG_ATLAS_HEIGHT, PVG_W_USAGE_READ, PVG_W_STORAGE_MANAGED, &mem);
    ok = ok && s->atlas && pvg_guest_mem_write(mem, 0, pixels, PVG_ATLAS_WIDTH * PVG_ATLAS_HEIGHT * 4);
    free(pixels);
    s->layer_texture =
        texture(s, "layer texture", FORMAT_BGRA8, LAYER_WIDTH, LAYER_HEIGHT, PVG_W_USAGE_READ, PVG_W_STORAGE_PRIVATE, &mem);
    s->depth = texture(s, "depth", FORMAT_DEPTH32, s->width, s->height, PVG_W_USAGE_RENDER_TARGET, PVG_W_STORAGE_PRIVATE, &mem);
    s->layer_buffer = buffer(s, "layer", LAYER_STRIDE * LAYER_HEIGHT, &mem);
    return ok && s->layer_texture && s->depth && s->layer_buffer;
}

static bool create_pipelines(struct pvg_scene *s)
{
    uint32_t mv = function(s, &pvg_shader_scene_vertex), mf = function(s, &pvg_shader_scene_fragment);
    uint32_t ov = function(s, &pvg_shader_overlay_vertex), of = function(s, &pvg_shader_overlay_fragment);
    uint32_t kernel = function(s, &pvg_shader_layer_kernel), info[5];
    struct pvg_w_compute_pipeline c;
    if (!mv || !mf || !ov || !of || !kernel)
        return false;
    s->model_pipe = model_pipeline(s, mv, mf);
    s->copy_pipe = overlay_pipeline(s, ov, of, false);
    s->blend_pipe = overlay_pipeline(s, ov, of, true);
    pvg_w_compute_pipeline_init(&c);
    c.ref = s->layer_pipe = pvg_guest_ref(s->task);
    c.function = kernel;
    s->query = map(s, "query reply", 4096);
    if (!s->model_pipe || !s->copy_pipe || !s->blend_pipe || !s->query || !pvg_guest_compute_pipeline(s->task, 0, &c) ||
        !pvg_guest_compute_info(s->task, c.ref, s->query, 8, info))
        return false;
    s->threads = info[PVG_COMPUTE_INFO_MAX_THREADS] < 64 ? 1 : 8;
    return true;
}

static bool create_states(struct pvg_scene *s)
{
    s->repeat = sampler(s, 2);
    s->clamp = sampler(s, 0);
    s->depth_less = depth_state(s, COMPARE_LESS, true);
    s->depth_off = depth_state(s, COMPARE_ALWAYS, false);
    return s->repeat && s->clamp && s->depth_less && s->depth_off;
}

static bool create_frames(struct pvg_scene *s)
{
    for (uint32_t i = 0; i < SLOTS; i++) {
        s->slots[i].data_ref = buffer(s, "frame data", sizeof(struct frame_data), &s->slots[i].data);
        s->slots[i].commands = map(s, "commands", 16384);
        if (!s->slots[i].data_ref || !s->slots[i].commands)
            return false;
    }
    for (uint32_t i = 0; i < SURFACES; i++) {
        struct target *t = &s->targets[i];
        const struct pvg_guest_surface_config c = {.id = SURFACE_ID + i, .width = s->width, .height = s->height};
        const struct pvg_w_texture_desc d =
            pvg_guest_desc_2d(FORMAT_BGRA8, s->width, s->height, PVG_W_USAGE_READ | PVG_W_USAGE_RENDER_TARGET);
        t->surface = pvg_guest_surface_create(s->g, &c);
        t->ref = pvg_guest_ref(s->task);
        if (!t->surface || !pvg_guest_surface_texture(s->task, t->ref, 0, t->surface, &d))
            return false;
    }
    return true;
}

struct pvg_scene *pvg_scene_create(struct pvg_guest *g, uint32_t width, uint32_t height)
{
    struct pvg_scene *s = calloc(1, sizeof(*s));
    const struct pvg_guest_task_config task = {.id = 1};
    if (!s)
        return NULL;
    *s = (struct pvg_scene){.g = g, .width = width, .height = height, .current = SURFACES - 1};
    s->task = pvg_guest_task_create(g, &task);
    if (s->task && create_geometry(s) && create_textures(s) && create_states(s) && create_pipelines(s) && create_frames(s))
        return s;
    pvg_scene_destroy(s);
    return NULL;
}

static void fill_quads(struct pvg_overlay_vertex *v, uint32_t frame)
{
    const float whole[4] = {0, 0, 1, 1}, white[4] = {1, 1, 1, 1};
    /* The last row of the atlas is opaque: solid colour. */
    const float solid[4] = {0.5f, 15.5f / PVG_ATLAS_HEIGHT, 0.5f, 15.5f / PVG_ATLAS_HEIGHT};
    const float text[4] = {0, 0, 1, 14.5f / PVG_ATLAS_HEIGHT};
    const float panel[4] = {0.05f, 0.06f, 0.10f, 0.62f}, bar[4] = {1.0f, 0.72f, 0.25f, 0.85f};
    float progress = (float)(frame % 120) / 120.0f;
    pvg_overlay_quad(v + 4 * QUAD_LAYER, -1, 1, 1, -1, whole, white);
    pvg_overlay_quad(v + 4 * QUAD_PANEL, -0.95f, -0.66f, -0.25f, -0.93f, solid, panel);
    pvg_overlay_quad(v + 4 * QUAD_LOGO, -0.92f, -0.69f, -0.28f, -0.83f, text, white);
    pvg_overlay_quad(v + 4 * QUAD_BAR, -0.92f, -0.87f, -0.92f + 0.64f * progress + 0.02f, -0.90f, solid, bar);
}

static void fill_frame(const struct pvg_scene *s, struct frame_data *d, uint32_t frame)
{
    memset(d, 0, sizeof(*d));
    pvg_scene_uniforms_at(&d->uniforms, frame, (float)s->width / (float)s->height);
    pvg_scene_instances(d->instances, frame);
    fill_quads(d->quads, frame);
    d->layer.time = (float)frame / 30.0f;
    d->layer.scale = 0.04f;
    d->layer.width = LAYER_WIDTH;
    d->layer.height = LAYER_HEIGHT;
}

static void record_layer(const struct pvg_scene *s, const struct slot *slot, struct pvg_guest_cmd *c)
{
    const struct pvg_w_bind binds[2] = {{.ref = s->layer_buffer},
                                        {.ref = slot->data_ref, .offset = offsetof(struct frame_data, layer)}};
    const uint64_t threads[3] = {s->threads, s->threads, 1};
    const uint64_t groups[3] = {(LAYER_WIDTH + s->threads - 1) / s->threads, (LAYER_HEIGHT + s->threads - 1) / s->threads, 1};
    pvg_guest_cmd_segment(c, PVG_W_SEG_COMPUTE);
    pvg_guest_cmd_set_ref(c, SET_COMPUTE_PIPELINE, s->layer_pipe);
    pvg_guest_cmd_bind(c, COMPUTE_BUFFERS, 0, binds, 2);
    pvg_guest_cmd_dispatch(c, groups, threads);

    const struct pvg_w_record copy = {.buffer_image = {.buffer = s->layer_buffer,
                                                       .texture = s->layer_texture,
                                                       .bytes_per_row = LAYER_STRIDE,
                                                       .bytes_per_image = LAYER_STRIDE * LAYER_HEIGHT,
                                                       .size = {LAYER_WIDTH, LAYER_HEIGHT, 1}}};
    pvg_guest_cmd_segment(c, PVG_W_SEG_BLIT);
    pvg_guest_cmd_record(c, COPY_TO_TEXTURE, &copy);
}

static void begin_pass(const struct pvg_scene *s, const struct target *t, struct pvg_guest_cmd *c)
{
    struct pvg_w_render_pass pass;
    pvg_w_render_pass_init(&pass);
    pass.color[0].texture = t->ref;
    pass.color[0].load_action = LOAD_CLEAR;
    pass.color[0].store_action = STORE_STORE;
    pass.color[0].clear[3] = 1;
    pass.depth.texture = s->depth;
    pass.depth.load_action = LOAD_CLEAR;
    pass.depth.clear[0] = 1;
    pass.width = s->width;
    pass.height = s->height;
    pvg_guest_cmd_segment(c, PVG_W_SEG_RENDER);
    pvg_guest_cmd_pass(c, &pass);
    pvg_guest_cmd_viewport(c, s->width, s->height);
    pvg_guest_cmd_scissor(c, 0, 0, s->width, s->height);
    pvg_guest_cmd_set_value(c, SET_CULL, CULL_NONE);
}

static void draw_quad(const struct slot *slot, struct pvg_guest_cmd *c, enum quad quad, uint32_t image, uint32_t smp)
{
    const struct pvg_w_bind vertices = {
        .ref = slot->data_ref, .offset = offsetof(struct frame_data, quads) + (size_t)quad * 4 * sizeof(struct pvg_overlay_vertex)};
    const struct pvg_w_bind tex = {.ref = image}, sam = {.ref = smp};
    const struct pvg_w_draw draw = {.primitive = TRIANGLE_STRIP, .count = 4, .instance_count = 1};
    pvg_guest_cmd_bind(c, VERTEX_BUFFERS, 0, &vertices, 1);
    pvg_guest_cmd_bind(c, FRAGMENT_TEXTURES, 0, &tex, 1);
    pvg_guest_cmd_bind(c, FRAGMENT_SAMPLERS, 0, &sam, 1);
    pvg_guest_cmd_draw(c, &draw);
}

static void draw_model(const struct pvg_scene *s, const struct slot *slot, struct pvg_guest_cmd *c)
{
    const struct pvg_w_bind vertex[3] = {{.ref = s->vertices},
                                         {.ref = slot->data_ref, .offset = offsetof(struct frame_data, uniforms)},
                                         {.ref = slot->data_ref, .offset = offsetof(struct frame_data, instances)}};
    const struct pvg_w_bind satellites = {.ref = slot->data_ref,
                                          .offset = offsetof(struct frame_data, instances) + sizeof(struct pvg_scene_instance)};
    const struct pvg_w_bind tex = {.ref = s->checker}, sam = {.ref = s->repeat};
    struct pvg_w_draw draw = {
        .primitive = TRIANGLE, .indexed = true, .index_ref = s->indices, .count = PVG_TORUS_INDICES, .instance_count = 1};
    pvg_guest_cmd_set_ref(c, SET_PIPELINE, s->model_pipe);
    pvg_guest_cmd_set_ref(c, SET_DEPTH_STENCIL, s->depth_less);
    pvg_guest_cmd_bind(c, VERTEX_BUFFERS, 0, vertex, 3);
    pvg_guest_cmd_bind(c, FRAGMENT_BUFFERS, 0, &vertex[1], 1);
    pvg_guest_cmd_bind(c, FRAGMENT_TEXTURES, 0, &tex, 1);
    pvg_guest_cmd_bind(c, FRAGMENT_SAMPLERS, 0, &sam, 1);
    pvg_guest_cmd_draw(c, &draw);
    pvg_guest_cmd_bind(c, VERTEX_BUFFERS, 2, &satellites, 1);
    draw.instance_count = PVG_SATELLITES;
    pvg_guest_cmd_draw(c, &draw);
}

static size_t record_frame(const struct pvg_scene *s, const struct slot *slot, const struct target *t, struct pvg_guest_cmd *c)
{
    record_layer(s, slot, c);
    begin_pass(s, t, c);
    pvg_guest_cmd_set_ref(c, SET_PIPELINE, s->copy_pipe);
    pvg_guest_cmd_set_ref(c, SET_DEPTH_STENCIL, s->depth_off);
    draw_quad(slot, c, QUAD_LAYER, s->layer_texture, s->clamp);
    draw_model(s, slot, c);
    pvg_guest_cmd_set_ref(c, SET_PIPELINE, s->blend_pipe);
    pvg_guest_cmd_set_ref(c, SET_DEPTH_STENCIL, s->depth_off);
    draw_quad(slot, c, QUAD_PANEL, s->atlas, s->clamp);
    draw_quad(slot, c, QUAD_LOGO, s->atlas, s->clamp);
    draw_quad(slot, c, QUAD_BAR, s->atlas, s->clamp);
    return pvg_guest_cmd_end(c);
}

static bool submit(struct pvg_scene *s, struct slot *slot, const struct target *t, uint32_t draws, size_t length)
{
    /* Residency list: what the CPU rewrote first (clear_host), what the GPU stores into (set_host), what is only read. */
    const struct pvg_w_exec_resource resources[] = {
        {.object = slot->data_ref, .quad = {1, 0, 0, 0}},
        {.object = s->layer_buffer, .quad = {0, 1, 0, 0}},
        {.object = s->layer_texture, .quad = {0, 1, 0, 0}},
        {.object = s->depth, .quad = {0, 1, 0, 0}},
        {.object = t->ref, .quad = {0, 1, 0, 0}},
        {.object = t->surface->id, .quad = {0, 1, 0, 0}},
        {.object = s->vertices},
        {.object = s->indices},
        {.object = s->checker},
        {.object = s->atlas},
    };
    const struct pvg_w_exec_buffer commands = {.gva = slot->commands->gva, .length = length};
    /* GPU work follows the page-table announcements of the Immediate channel, as on real guests. */
    const struct pvg_guest_stamp behind = pvg_guest_last_stamp(s->g, PVG_CHANNEL_IMMEDIATE);
    const struct pvg_guest_exec x = {
        .resources = resources,
        .resource_count = sizeof(resources) / sizeof(resources[0]),
        .buffers = &commands,
        .buffer_count = 1,
        .waits = &behind,
        .wait_count = 1,
        .draws = draws,
    };
    return pvg_guest_exec(s->task, &x, &slot->done);
}

bool pvg_scene_frame(struct pvg_scene *s, uint32_t frame, struct pvg_guest_surface **surface, struct pvg_guest_stamp *done)
{
    struct slot *slot = &s->slots[frame % SLOTS];
    uint32_t next = (s->current + 1) % SURFACES;
    struct target *t = &s->targets[next];
    struct pvg_guest_cmd c;
    if ((slot->used && !pvg_guest_wait(s->g, slot->done)) || (t->presented && !pvg_guest_wait(s->g, t->present)))
        return false;
    fill_frame(s, &s->data, frame);
    pvg_guest_mem_write(slot->data, 0, &s->data, sizeof(s->data));
    pvg_guest_cmd_begin(&c, s->commands, sizeof(s->commands));
    size_t length = record_frame(s, slot, t, &c);
    if (length == 0 || !pvg_guest_mem_write(slot->commands, 0, s->commands, length) || !submit(s, slot, t, c.draws, length))
        return false;
    slot->used = true;
    t->presented = false;
    s->current = next;
    *surface = t->surface;
    *done = slot->done;
    return true;
}

void pvg_scene_presented(struct pvg_scene *s, struct pvg_guest_stamp present)
{
    s->targets[s->current].present = present;
    s->targets[s->current].presented = true;
}

struct pvg_guest_task *pvg_scene_task(struct pvg_scene *s)
{
    return s->task;
}

uint32_t pvg_scene_target(const struct pvg_scene *s)
{
    return s->targets[s->current].ref;
}

void pvg_scene_destroy(struct pvg_scene *s)
{
    if (!s)
        return;
    pvg_guest_idle(s->g);
    for (uint32_t i = 0; i < SURFACES; i++) {
        if (s->targets[i].ref)
            pvg_guest_delete_resource(s->task, s->targets[i].ref, NULL, 0);
        if (s->targets[i].surface)
            pvg_guest_surface_destroy(s->targets[i].surface);
    }
    if (s->task)
        pvg_guest_task_destroy(s->task);
    free(s);
}
