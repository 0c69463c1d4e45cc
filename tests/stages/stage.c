/* SPDX-License-Identifier: MIT */
#include "tests/stages/stage.h"

#include <openpvg/air.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void stop(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(2);
}

static void *need(void *p, struct stage *s, const char *what)
{
    if (!p)
        stop(what, s->g ? pvg_guest_error(s->g) : "no guest");
    return p;
}

bool stage_open(struct stage *s)
{
    struct pvg_error err = {0};
    struct vmm_config config = {.renderer = PVG_RENDERER_VULKAN};
    char error[256] = "";

    memset(s, 0, sizeof(*s));
    s->vm = vmm_try_new(&config, &err);
    if (!s->vm) {
        fprintf(stderr, "skipped: %s\n", err.message);
        return false;
    }
    struct pvg_guest_transport t = vmm_transport(s->vm);
    s->g = pvg_guest_open(&t, NULL, error);
    if (!s->g)
        stop("guest", error);
    s->task = need(pvg_guest_task_create(s->g, &(struct pvg_guest_task_config){.id = 1}), s, "task");
    s->commands = need(pvg_guest_mem_map(s->task, &(struct pvg_guest_mem_config){.what = "commands", .size = sizeof(s->bytes)}), s,
                       "commands");
    return true;
}

int stage_close(struct stage *s, unsigned failures)
{
    pvg_guest_task_destroy(s->task);
    pvg_guest_close(s->g);
    if (failures && s->vm->log)
        fprintf(stderr, "---- device log\n%s", s->vm->log);
    vmm_free(s->vm);
    return failures != 0;
}

static const char prefix[] =
    "target datalayout = \"e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-"
    "v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32\"\n"
    "target triple = \"air64-apple-macosx14.0.0\"\n";
static const char suffix[] = "\n!air.version = !{!990}\n!air.language_version = !{!991}\n"
                             "!990 = !{i32 2, i32 6, i32 0}\n!991 = !{!\"Metal\", i32 3, i32 1, i32 0}\n";

uint32_t stage_function(struct stage *s, const char *text)
{
    struct pvg_error err = {0};
    size_t n = strlen(prefix) + strlen(text) + strlen(suffix) + 1, code_size, size;
    char *whole = malloc(n);
    uint8_t *code, *library;
    uint32_t ref = pvg_guest_ref(s->task);

    if (!whole)
        stop("function", "out of memory");
    snprintf(whole, n, "%s%s%s", prefix, text, suffix);
    if (pvg_air_assemble(whole, strlen(whole), &code, &code_size, &err))
        stop("function", err.message);
    const char *name = strchr(strstr(text, "define"), '@') + 1;
    char entry[64] = "";
    memcpy(entry, name, strcspn(name, "("));
    struct pvg_metallib_entry e = {.name = entry, .type = -1, .bitcode = code, .bitcode_size = code_size};
    if (pvg_metallib_write(&e, 1, &library, &size, &err))
        stop("function", err.message);
    struct pvg_guest_mem *mem =
        need(pvg_guest_mem_map(s->task, &(struct pvg_guest_mem_config){.what = "function", .size = size}), s, "function");
    if (!pvg_guest_mem_write(mem, 0, library, size) || !pvg_guest_function(s->task, ref, 0, mem->gva, (uint32_t)size))
        stop("function", pvg_guest_error(s->g));
    free(whole);
    free(code);
    free(library);
    return ref;
}

uint32_t stage_buffer(struct stage *s, const void *data, size_t size, struct pvg_guest_mem **mem)
{
    uint32_t ref = pvg_guest_ref(s->task);
    struct pvg_guest_mem *m =
        need(pvg_guest_mem_map(s->task, &(struct pvg_guest_mem_config){.what = "buffer", .size = size}), s, "buffer");

    if ((data && !pvg_guest_mem_write(m, 0, data, size)) || !pvg_guest_buffer(s->task, ref, 0, m))
        stop("buffer", pvg_guest_error(s->g));
    if (mem)
        *mem = m;
    return ref;
}

uint32_t stage_texture(struct stage *s, uint8_t type, uint16_t format, uint32_t width, uint32_t height, uint32_t layers,
                       uint32_t samples)
{
    uint32_t pixel = format == STAGE_RGBA32F ? 16 : 4, stride = (width * pixel + 255) & ~255u, ref = pvg_guest_ref(s->task);
    struct pvg_w_texture_desc d =
        pvg_guest_desc_2d(format, width, height, PVG_W_USAGE_READ | PVG_W_USAGE_WRITE | PVG_W_USAGE_RENDER_TARGET);
    struct pvg_w_linear_level level = {
        .size = (uint64_t)stride * height, .bytes_per_row = stride, .width = width, .height = height, .depth = 1};
    struct pvg_guest_mem_config config = {.what = "texture", .size = level.size * layers};

    d.options = PVG_W_STORAGE_PRIVATE << 4;
    d.type = type;
    d.array_length = (uint16_t)layers;
    d.samples = (uint16_t)samples;
    struct pvg_guest_mem *mem = need(pvg_guest_mem_map(s->task, &config), s, "texture");
    if (!pvg_guest_linear_texture(s->task, ref, 0, PVG_W_TYPE_TEXTURE, mem, &d, (uint8_t)pixel, &level))
        stop("texture", pvg_guest_error(s->g));
    return ref;
}

void stage_pipeline_init(struct stage *s, struct pvg_w_render_pipeline *p, uint32_t vertex, uint32_t fragment, uint16_t format)
{
    pvg_w_render_pipeline_init(p);
    p->ref = pvg_guest_ref(s->task);
    p->vertex_function = vertex;
    p->fragment_function = fragment;
    p->color[0].present = true;
    p->color[0].format = format;
}

uint32_t stage_pipeline(struct stage *s, const struct pvg_w_render_pipeline *p)
{
    if (!pvg_guest_render_pipeline(s->task, 0, p))
        stop("pipeline", pvg_guest_error(s->g));
    return p->ref;
}

uint32_t stage_plain_pipeline(struct stage *s, const char *vertex, const char *fragment, uint16_t format)
{
    struct pvg_w_render_pipeline p;

    stage_pipeline_init(s, &p, stage_function(s, vertex), stage_function(s, fragment), format);
    return stage_pipeline(s, &p);
}

void stage_begin(struct stage *s)
{
    pvg_guest_cmd_begin(&s->cmd, s->bytes, sizeof(s->bytes));
}

void stage_pass(struct stage *s, uint32_t texture, uint32_t layers)
{
    struct pvg_w_render_pass pass;

    pvg_w_render_pass_init(&pass);
    pass.color[0] = (struct pvg_w_attachment){.texture = texture, .load_action = 2, .store_action = 1};
    pass.array_length = layers;
    pvg_guest_cmd_segment(&s->cmd, PVG_W_SEG_RENDER);
    pvg_guest_cmd_pass(&s->cmd, &pass);
}

void stage_record(struct stage *s, uint32_t opcode, struct pvg_w_record rec)
{
    pvg_guest_cmd_record(&s->cmd, opcode, &rec);
}

void stage_bind(struct stage *s, uint32_t opcode, uint32_t slot, uint32_t ref)
{
    pvg_guest_cmd_bind(&s->cmd, opcode, slot, &(struct pvg_w_bind){.ref = ref}, 1);
}

void stage_draw(struct stage *s, uint32_t primitive, uint32_t count, uint32_t instances)
{
    pvg_guest_cmd_draw(&s->cmd, &(struct pvg_w_draw){.primitive = primitive, .count = count, .instance_count = instances});
}

void stage_copy_out(struct stage *s, uint32_t texture, uint32_t slice, uint32_t width, uint32_t height, uint32_t pixel,
                    uint32_t buffer)
{
    pvg_guest_cmd_segment(&s->cmd, PVG_W_SEG_BLIT);
    stage_record(s, 0x12e,
                 (struct pvg_w_record){.buffer_image = {.buffer = buffer,
                                                        .texture = texture,
                                                        .slice = slice,
                                                        .bytes_per_row = (uint64_t)width * pixel,
                                                        .bytes_per_image = (uint64_t)width * height * pixel,
                                                        .size = {width, height, 1}}});
}

bool stage_run(struct stage *s)
{
    struct pvg_guest_stamp stamp;
    size_t n = pvg_guest_cmd_end(&s->cmd);
    struct pvg_w_exec_buffer x = {.gva = s->commands->gva, .length = n};

    if (!n)
        stop("command buffer", "a record does not encode");
    return pvg_guest_mem_write(s->commands, 0, s->bytes, n) &&
           pvg_guest_exec(s->task, &(struct pvg_guest_exec){.buffers = &x, .buffer_count = 1}, &stamp) &&
           pvg_guest_wait(s->g, stamp);
}

struct pvg_stats stage_stats(struct stage *s)
{
    struct pvg_stats st = {.size = sizeof(st)};

    pvg_device_stats(s->vm->dev, &st);
    return st;
}

const char stage_cover_vertex[] =
    "define <{ <4 x float> }> @cover(i32 %0) {\n"
    "  %a = icmp eq i32 %0, 1\n  %b = icmp eq i32 %0, 2\n"
    "  %x = select i1 %a, float 3.0, float -1.0\n  %y = select i1 %b, float 3.0, float -1.0\n"
    "  %p = insertelement <4 x float> <float 0.0, float 0.0, float 0.5, float 1.0>, float %x, i32 0\n"
    "  %q = insertelement <4 x float> %p, float %y, i32 1\n"
    "  %r = insertvalue <{ <4 x float> }> undef, <4 x float> %q, 0\n  ret <{ <4 x float> }> %r\n}\n"
    "!air.vertex = !{!0}\n!0 = !{ptr @cover, !1, !3}\n!1 = !{!2}\n"
    "!2 = !{!\"air.position\", !\"air.arg_type_name\", !\"float4\", !\"air.arg_name\", !\"p\"}\n!3 = !{!4}\n"
    "!4 = !{i32 0, !\"air.vertex_id\", !\"air.arg_type_name\", !\"uint\", !\"air.arg_name\", !\"id\"}\n";

const char stage_red_fragment[] = "define <4 x float> @red() {\n  ret <4 x float> <float 1.0, float 0.0, float 0.0, float 1.0>\n}\n"
                                  "!air.fragment = !{!0}\n!0 = !{ptr @red, !1, !3}\n!1 = !{!2}\n"
                                  "!2 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"float4\"}\n!3 = !{}\n";
