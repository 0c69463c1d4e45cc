/* SPDX-License-Identifier: MIT */
#include "tests/kit/kit.h"

#include <openpvg/air.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STREAM_SIZE (1u << 20)
#define PITCH_ALIGN 256u

__attribute__((format(printf, 1, 2), noreturn)) static void die(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(2);
}

/* ---- Machine ---- */

static struct kit *attach(struct vmm *vm, bool borrowed)
{
    const struct pvg_guest_task_config task = {.id = 1};
    const struct pvg_guest_mem_config commands = {.what = "commands", .size = STREAM_SIZE};
    char error[256] = "";
    struct kit *k = calloc(1, sizeof(*k));

    if (!k)
        die("kit: out of memory");
    k->vm = vm;
    k->borrowed = borrowed;
    k->transport = vmm_transport(vm);
    k->g = pvg_guest_open(&k->transport, NULL, error);
    if (!k->g)
        die("kit: %s", error);
    k->task = pvg_guest_task_create(k->g, &task);
    k->commands = k->task ? pvg_guest_mem_map(k->task, &commands) : NULL;
    k->stream = malloc(STREAM_SIZE);
    if (!k->commands || !k->stream)
        die("kit: %s", pvg_guest_error(k->g));
    return k;
}

struct kit *kit_new(const struct vmm_config *config, struct pvg_error *err)
{
    struct vmm *vm = vmm_try_new(config, err);

    return vm ? attach(vm, false) : NULL;
}

struct kit *kit_attach(struct vmm *vm)
{
    return attach(vm, true);
}

void kit_free(struct kit *k)
{
    if (!k)
        return;
    pvg_guest_idle(k->g);
    pvg_guest_task_destroy(k->task);
    pvg_guest_close(k->g);
    if (!k->borrowed)
        vmm_free(k->vm);
    free(k->stream);
    free(k);
}

int kit_main(unsigned (*tests)(struct kit *k))
{
    const struct vmm_config config = {.renderer = PVG_RENDERER_VULKAN};
    struct pvg_error err = {0};
    struct kit *k = kit_new(&config, &err);

    if (!k) {
        fprintf(stderr, "skipped: %s\n", err.message);
        return 77;
    }
    unsigned failures = tests(k);
    if (failures && k->vm->log)
        fprintf(stderr, "--- log ---\n%s\n", k->vm->log);
    kit_free(k);
    return failures != 0;
}

/* ---- Objects ---- */

static struct kit_resource *resource_add(struct kit *k, uint32_t ref, struct pvg_guest_mem *mem, bool texture)
{
    if (k->resource_count == KIT_MAX_RESOURCES)
        die("kit: more than %d resources", KIT_MAX_RESOURCES);
    k->resources[k->resource_count] = (struct kit_resource){.ref = ref, .mem = mem, .texture = texture};
    return &k->resources[k->resource_count++];
}

static struct kit_resource *resource_find(struct kit *k, uint32_t ref)
{
    for (size_t i = 0; i < k->resource_count; i++)
        if (k->resources[i].ref == ref)
            return &k->resources[i];
    die("kit: no resource %u", ref);
}

struct pvg_guest_mem *kit_mem(struct kit *k, uint32_t ref)
{
    return resource_find(k, ref)->mem;
}

void kit_write(struct kit *k, uint32_t ref, uint64_t offset, const void *p, size_t n)
{
    struct kit_resource *r = resource_find(k, ref);

    if (!pvg_guest_mem_write(r->mem, offset, p, n))
        die("kit: write of %zu bytes at %llu of object %u", n, (unsigned long long)offset, ref);
    r->written_by_cpu = true;
}

void kit_read(struct kit *k, uint32_t ref, uint64_t offset, void *p, size_t n)
{
    if (!pvg_guest_mem_read(kit_mem(k, ref), offset, p, n))
        die("kit: read of %zu bytes at %llu of object %u", n, (unsigned long long)offset, ref);
}

static struct pvg_guest_mem *map(struct kit *k, const char *what, uint64_t size)
{
    const struct pvg_guest_mem_config c = {.what = what, .size = size};
    struct pvg_guest_mem *mem = pvg_guest_mem_map(k->task, &c);

    if (!mem)
        die("kit: %s of %llu bytes: %s", what, (unsigned long long)size, pvg_guest_error(k->g));
    return mem;
}

static void must(struct kit *k, bool ok, const char *what)
{
    if (!ok)
        die("kit: %s: %s", what, pvg_guest_error(k->g));
}

uint32_t kit_buffer(struct kit *k, const void *init, size_t size)
{
    uint32_t ref = pvg_guest_ref(k->task);
    struct pvg_guest_mem *mem = map(k, "buffer", size);

    must(k, pvg_guest_buffer(k->task, ref, 0, mem), "buffer");
    resource_add(k, ref, mem, false);
    if (init)
        kit_write(k, ref, 0, init, size);
    return ref;
}

uint32_t kit_texel_size(uint16_t format)
{
    static const struct {
        uint16_t first, last;
        uint8_t size;
    } ranges[] = {{1, 14, 1},     {20, 33, 2},   {40, 43, 2},   {53, 55, 4},   {60, 65, 4},
                  {70, 74, 4},    {80, 81, 4},   {90, 94, 4},   {103, 105, 8}, {110, 115, 8},
                  {123, 125, 16}, {252, 252, 4}, {253, 253, 1}, {250, 250, 2}, {554, 555, 4}};

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (format >= ranges[i].first && format <= ranges[i].last)
            return ranges[i].size;
    return 0;
}

static uint32_t minified(uint32_t size, uint32_t level)
{
    return size >> level ? size >> level : 1;
}

uint32_t kit_pitch(const struct pvg_w_texture_desc *desc, uint32_t texel, uint32_t level)
{
    return (minified(desc->width, level) * texel + PITCH_ALIGN - 1) & ~(PITCH_ALIGN - 1);
}

/** Bytes of one slice, all its depth planes included. */
static uint64_t slice_size(const struct pvg_w_texture_desc *desc, uint32_t texel, uint32_t level)
{
    return (uint64_t)kit_pitch(desc, texel, level) * minified(desc->height, level) * minified(desc->depth, level);
}

uint64_t kit_offset(const struct pvg_w_texture_desc *desc, uint32_t texel, uint32_t level, uint32_t slice)
{
    uint64_t at = 0;

    for (uint32_t l = 0; l < level; l++)
        at += slice_size(desc, texel, l) * pvg_w_texture_slices(desc);
    return at + slice * slice_size(desc, texel, level);
}

uint32_t kit_texture(struct kit *k, const struct pvg_w_texture_desc *desc, uint32_t texel)
{
    struct pvg_w_linear_level levels[PVG_W_MAX_LEVELS] = {0};
    uint32_t ref = pvg_guest_ref(k->task);
    struct pvg_guest_mem *mem;

    if (desc->levels == 0 || desc->levels > PVG_W_MAX_LEVELS || !texel)
        die("kit: texture with %u levels, %u bytes per texel", desc->levels, texel);
    for (uint32_t l = 0; l < desc->levels; l++) {
        levels[l] = (struct pvg_w_linear_level){.offset = kit_offset(desc, texel, l, 0),
                                                .size = slice_size(desc, texel, l) * pvg_w_texture_slices(desc),
                                                .bytes_per_row = kit_pitch(desc, texel, l),
                                                .width = minified(desc->width, l),
                                                .height = minified(desc->height, l),
                                                .depth = minified(desc->depth, l)};
    }
    mem = map(k, "texture", kit_offset(desc, texel, desc->levels, 0));
    must(k, pvg_guest_linear_texture(k->task, ref, 0, PVG_W_TYPE_TEXTURE, mem, desc, (uint8_t)texel, levels), "texture");
    resource_add(k, ref, mem, true);
    return ref;
}

uint32_t kit_texture_2d(struct kit *k, uint16_t format, uint32_t width, uint32_t height, uint32_t usage, const void *pixels)
{
    const struct pvg_w_texture_desc d = pvg_guest_desc_2d(format, width, height, usage);
    uint32_t texel = kit_texel_size(format), ref = kit_texture(k, &d, texel);

    for (uint32_t y = 0; pixels && y < height; y++)
        kit_write(k, ref, (uint64_t)y * kit_pitch(&d, texel, 0), (const uint8_t *)pixels + (size_t)y * width * texel,
                  (size_t)width * texel);
    return ref;
}

uint32_t kit_sampler(struct kit *k, bool linear, uint8_t address)
{
    struct pvg_w_sampler d;

    pvg_w_sampler_init(&d);
    d.ref = pvg_guest_ref(k->task);
    d.min_filter = d.mag_filter = linear;
    memset(d.address, address, sizeof(d.address));
    must(k, pvg_guest_sampler(k->task, 0, &d), "sampler");
    return d.ref;
}

uint32_t kit_depth_state(struct kit *k, uint8_t compare, bool write)
{
    struct pvg_w_depth_stencil d;

    pvg_w_depth_stencil_init(&d);
    d.ref = pvg_guest_ref(k->task);
    d.depth_compare = compare;
    d.depth_write = write;
    must(k, pvg_guest_depth_stencil(k->task, 0, &d), "depth-stencil state");
    return d.ref;
}

static char *complete_module(const char *text)
{
    static const char head[] =
        "target datalayout = \"e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-"
        "v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32\"\n"
        "target triple = \"air64-apple-macosx12.0.0\"\n";
    static const char tail[] = "\n!air.version = !{!90}\n!air.language_version = !{!91}\n!air.compile_options = !{!92, !93}\n"
                               "!90 = !{i32 2, i32 4, i32 0}\n!91 = !{!\"Metal\", i32 2, i32 4, i32 0}\n"
                               "!92 = !{!\"air.compile.denorms_disable\"}\n!93 = !{!\"air.compile.fast_math_enable\"}\n";
    char *all = malloc(sizeof(head) + strlen(text) + sizeof(tail));

    if (!all)
        die("kit: out of memory");
    strcpy(all, head);
    strcat(all, text);
    strcat(all, tail);
    return all;
}

uint32_t kit_function(struct kit *k, const char *text, const char *entry)
{
    uint32_t ref = pvg_guest_ref(k->task);
    char *all = complete_module(text);
    struct pvg_metallib_entry e = {.name = entry, .type = -1};
    struct pvg_error err = {0};
    uint8_t *bitcode, *library;
    size_t size;

    if (pvg_air_assemble(all, strlen(all), &bitcode, &e.bitcode_size, &err) != 0)
        die("kit: function %s: %s", entry, err.message);
    e.bitcode = bitcode;
    if (pvg_metallib_write(&e, 1, &library, &size, &err) != 0)
        die("kit: function %s: %s", entry, err.message);
    struct pvg_guest_mem *mem = map(k, "function", size);
    must(k, pvg_guest_mem_write(mem, 0, library, size) && pvg_guest_function(k->task, ref, 0, mem->gva, (uint32_t)size), entry);
    free(all);
    free(bitcode);
    free(library);
    return ref;
}

void kit_pipeline_init(struct kit *k, struct pvg_w_render_pipeline *p, uint32_t vertex, uint32_t fragment, uint16_t format)
{
    pvg_w_render_pipeline_init(p);
    p->ref = pvg_guest_ref(k->task);
    p->vertex_function = vertex;
    p->fragment_function = fragment;
    if (format) {
        p->color[0].present = true;
        p->color[0].format = format;
    }
}

uint32_t kit_render_pipeline(struct kit *k, const struct pvg_w_render_pipeline *p)
{
    must(k, pvg_guest_render_pipeline(k->task, 0, p), "render pipeline");
    return p->ref;
}

uint32_t kit_simple_pipeline(struct kit *k, const char *fragment_text, const char *fragment, uint16_t format)
{
    struct pvg_w_render_pipeline p;

    kit_pipeline_init(k, &p, kit_function(k, kit_vs_color, "vs_color"), kit_function(k, fragment_text, fragment), format);
    return kit_render_pipeline(k, &p);
}

uint32_t kit_compute_pipeline(struct kit *k, uint32_t function)
{
    struct pvg_w_compute_pipeline p;

    pvg_w_compute_pipeline_init(&p);
    p.ref = pvg_guest_ref(k->task);
    p.function = function;
    must(k, pvg_guest_compute_pipeline(k->task, 0, &p), "compute pipeline");
    return p.ref;
}

/* ---- Command buffers ---- */

static void next_buffer(struct kit *k)
{
    pvg_guest_cmd_begin(&k->c, k->stream, STREAM_SIZE - k->used);
}

void kit_begin(struct kit *k)
{
    k->before.size = sizeof(k->before);
    pvg_device_stats(k->vm->dev, &k->before);
    k->used = 0;
    k->buffer_count = 0;
    next_buffer(k);
}

void kit_cut(struct kit *k)
{
    size_t length = pvg_guest_cmd_end(&k->c);

    if (k->c.failed || k->buffer_count == KIT_MAX_BUFFERS)
        die("kit: a command buffer does not encode, or too many of them");
    if (length) {
        if (!pvg_guest_mem_write(k->commands, k->used, k->stream, length))
            die("kit: command buffers too large");
        k->buffers[k->buffer_count++] = (struct pvg_w_exec_buffer){.gva = k->commands->gva + k->used, .length = length};
        k->used += (length + 15) & ~(size_t)15;
    }
    next_buffer(k);
}

void kit_record(struct kit *k, uint32_t opcode, const struct pvg_w_record *r)
{
    pvg_guest_cmd_record(&k->c, opcode, r);
    if (k->c.failed)
        die("kit: record 0x%x does not encode", opcode);
}

void kit_pass_desc(struct kit *k, const struct pvg_w_render_pass *pass)
{
    pvg_guest_cmd_segment(&k->c, PVG_W_SEG_RENDER);
    pvg_guest_cmd_pass(&k->c, pass);
}

void kit_pass(struct kit *k, uint32_t target, uint32_t width, uint32_t height, const double clear[4])
{
    struct pvg_w_render_pass pass;

    pvg_w_render_pass_init(&pass);
    pass.color[0].texture = target;
    pass.color[0].load_action = 2;
    pass.color[0].store_action = 1;
    memcpy(pass.color[0].clear, clear, sizeof(pass.color[0].clear));
    pass.width = width;
    pass.height = height;
    kit_pass_desc(k, &pass);
    pvg_guest_cmd_viewport(&k->c, width, height);
    pvg_guest_cmd_scissor(&k->c, 0, 0, width, height);
}

void kit_bind1(struct kit *k, uint32_t opcode, uint32_t index, uint32_t ref, uint64_t offset)
{
    const struct pvg_w_bind b = {.ref = ref, .offset = offset};

    pvg_guest_cmd_bind(&k->c, opcode, index, &b, 1);
}

void kit_draw(struct kit *k, uint32_t primitive, uint32_t start, uint32_t count)
{
    const struct pvg_w_draw d = {.primitive = primitive, .start = start, .count = count, .instance_count = 1};

    pvg_guest_cmd_draw(&k->c, &d);
}

/** Send the packet. */
static bool submit(struct kit *k, struct pvg_guest_stamp *done)
{
    struct pvg_w_exec_resource *resources = calloc(k->resource_count + 1, sizeof(*resources));
    const struct pvg_guest_stamp behind = pvg_guest_last_stamp(k->g, PVG_CHANNEL_IMMEDIATE);
    size_t count = 0;

    if (!resources)
        die("kit: out of memory");
    kit_cut(k);
    for (size_t i = 0; i < k->resource_count; i++) {
        struct kit_resource *r = &k->resources[i];
        if (r->written_by_cpu)
            resources[count++] = (struct pvg_w_exec_resource){.object = r->ref, .quad = {1, 0, 0, 1}};
        r->written_by_cpu = false;
    }
    const struct pvg_guest_exec x = {.resources = resources,
                                     .resource_count = count,
                                     .buffers = k->buffers,
                                     .buffer_count = k->buffer_count,
                                     .waits = &behind,
                                     .wait_count = 1};
    bool ok = pvg_guest_exec(k->task, &x, done);
    free(resources);
    k->buffer_count = 0;
    return ok;
}

void kit_send(struct kit *k)
{
    if ((k->c.len || k->buffer_count) && !submit(k, NULL))
        die("kit: %s", pvg_guest_error(k->g));
}

uint64_t kit_run_refused(struct kit *k)
{
    struct pvg_stats now = {.size = sizeof(now)};
    struct pvg_guest_stamp done;

    if (!submit(k, &done) || !pvg_guest_wait(k->g, done))
        die("kit: %s", pvg_guest_error(k->g));
    pvg_device_stats(k->vm->dev, &now);
    return now.records_refused - k->before.records_refused + (now.packets_refused - k->before.packets_refused);
}

bool kit_run(struct kit *k)
{
    uint64_t refused = kit_run_refused(k);

    if (refused)
        fprintf(stderr, "kit: %llu records refused; device log:\n%s\n", (unsigned long long)refused, k->vm->log ? k->vm->log : "");
    return refused == 0;
}

void kit_download(struct kit *k, const uint32_t *refs, size_t count)
{
    const struct pvg_guest_stamp behind = pvg_guest_last_stamp(k->g, PVG_CHANNEL_EXEC);
    struct pvg_guest_stamp done;

    must(k, pvg_guest_synchronize(k->task, refs, count, &behind, 1, &done) && pvg_guest_wait(k->g, done), "download");
}

void *kit_pixels(struct kit *k, uint32_t ref, uint16_t format, uint32_t width, uint32_t height)
{
    const struct pvg_w_texture_desc d = pvg_guest_desc_2d(format, width, height, 0);
    uint32_t texel = kit_texel_size(format);
    uint8_t *pixels = malloc((size_t)width * height * texel);

    if (!pixels)
        die("kit: out of memory");
    kit_download(k, &ref, 1);
    for (uint32_t y = 0; y < height; y++)
        kit_read(k, ref, (uint64_t)y * kit_pitch(&d, texel, 0), pixels + (size_t)y * width * texel, (size_t)width * texel);
    return pixels;
}

void kit_quad(struct kit_vertex v[4], float x0, float y0, float x1, float y1, float z, const float color[4])
{
    for (int i = 0; i < 4; i++) {
        v[i] = (struct kit_vertex){.position = {i & 1 ? x1 : x0, i & 2 ? y1 : y0, z, 1}, .uv = {(float)(i & 1), (float)(i >> 1)}};
        memcpy(v[i].color, color, sizeof(v[i].color));
    }
}
