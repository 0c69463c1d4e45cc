/* SPDX-License-Identifier: MIT */
/**
 * @file CPU time per draw of the whole device: the guest library writes one command buffer with N draws, each with 4 buffers,
 * 2 textures and 1 sampler bound anew; what the worker thread spends on it, from ring to the last vkCmdDraw, is divided by N. Or
 * each draw in a pass of its own that loads what the one before it stored.
 */
#include "bench/bench.h"
#include "bench_shaders.h"
#include "tests/vmm/vmm.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS   5
#define VARIANTS 64 /* Buffer offsets and texture pairs that the draws rotate through. */
#define SLICE    256
#define TEXTURES 4
#define SIZE     64 /* Of the target and the textures. */
#define FORMAT   80 /* BGRA8Unorm */

struct scene {
    struct vmm *vm;
    struct pvg_guest *g;
    struct pvg_guest_task *task;
    struct pvg_guest_mem *stream;
    uint32_t buffers[4], textures[TEXTURES], target, sampler, pipeline;
    uint8_t *bytes;
    size_t cap, len;
};

/* ---- Scene ---- */

static struct pvg_guest_mem *map(struct scene *s, const char *what, uint64_t size)
{
    return pvg_guest_mem_map(s->task, &(struct pvg_guest_mem_config){.what = what, .size = size});
}

static bool make_buffer(struct scene *s, uint32_t *ref, const void *first, size_t n)
{
    struct pvg_guest_mem *mem = map(s, "bench buffer", (uint64_t)VARIANTS * SLICE);

    *ref = pvg_guest_ref(s->task);
    for (uint32_t i = 0; mem && i < VARIANTS; i++)
        if (!pvg_guest_mem_write(mem, (uint64_t)i * SLICE, first, n))
            return false;
    return mem && pvg_guest_buffer(s->task, *ref, 0, mem);
}

static bool make_texture(struct scene *s, uint32_t *ref, uint32_t usage)
{
    struct pvg_guest_mem *mem = map(s, "bench texture", SIZE * SIZE * 4);
    struct pvg_w_texture_desc desc = pvg_guest_desc_2d(FORMAT, SIZE, SIZE, usage);
    struct pvg_w_linear_level level = {
        .size = SIZE * SIZE * 4, .bytes_per_row = SIZE * 4, .width = SIZE, .height = SIZE, .depth = 1};

    *ref = pvg_guest_ref(s->task);
    return mem && pvg_guest_linear_texture(s->task, *ref, 0, PVG_W_TYPE_TEXTURE, mem, &desc, 4, &level);
}

static bool make_function(struct scene *s, uint32_t *ref, const uint8_t *lib, size_t n)
{
    struct pvg_guest_mem *mem = map(s, "bench shader", n);

    *ref = pvg_guest_ref(s->task);
    return mem && pvg_guest_mem_write(mem, 0, lib, n) && pvg_guest_function(s->task, *ref, 0, mem->gva, (uint32_t)n);
}

static bool make_state(struct scene *s)
{
    struct pvg_w_render_pipeline p;
    struct pvg_w_sampler sampler;

    pvg_w_render_pipeline_init(&p);
    p.ref = s->pipeline = pvg_guest_ref(s->task);
    p.color[0].present = true;
    p.color[0].format = FORMAT;
    if (!make_function(s, &p.vertex_function, bench_vertex, sizeof(bench_vertex)) ||
        !make_function(s, &p.fragment_function, bench_fragment, sizeof(bench_fragment)))
        return false;
    pvg_w_sampler_init(&sampler);
    sampler.ref = s->sampler = pvg_guest_ref(s->task);
    return pvg_guest_render_pipeline(s->task, 0, &p) && pvg_guest_sampler(s->task, 0, &sampler);
}

static bool make_scene(struct scene *s)
{
    static const float corners[6] = {0, 0, 1, 0, 0, 1}, place[4] = {-1, -1, 0.05f, 0.05f}, tint[4] = {1, 1, 1, 1}, bias[4] = {0};
    bool ok = make_buffer(s, &s->buffers[0], corners, sizeof(corners)) && make_buffer(s, &s->buffers[1], place, sizeof(place)) &&
              make_buffer(s, &s->buffers[2], tint, sizeof(tint)) && make_buffer(s, &s->buffers[3], bias, sizeof(bias));

    for (int i = 0; ok && i < TEXTURES; i++)
        ok = make_texture(s, &s->textures[i], PVG_W_USAGE_READ);
    return ok && make_texture(s, &s->target, PVG_W_USAGE_RENDER_TARGET) && make_state(s);
}

static void encode_draw(const struct scene *s, struct pvg_guest_cmd *c, uint32_t i)
{
    uint64_t offset = (uint64_t)(i % VARIANTS) * SLICE;
    struct pvg_w_bind vertex[2] = {{.ref = s->buffers[0], .offset = offset}, {.ref = s->buffers[1], .offset = offset}};
    struct pvg_w_bind fragment[2] = {{.ref = s->buffers[2], .offset = offset}, {.ref = s->buffers[3], .offset = offset}};
    struct pvg_w_bind textures[2] = {{.ref = s->textures[i % TEXTURES]}, {.ref = s->textures[(i + 1) % TEXTURES]}};
    struct pvg_w_bind sampler = {.ref = s->sampler};

    pvg_guest_cmd_bind(c, 0x7d, 0, vertex, 2);
    pvg_guest_cmd_bind(c, 0x6e, 0, fragment, 2);
    pvg_guest_cmd_bind(c, 0x72, 0, textures, 2);
    pvg_guest_cmd_bind(c, 0x70, 0, &sampler, 1);
    pvg_guest_cmd_draw(c, &(struct pvg_w_draw){.primitive = 3, .count = 3, .instance_count = 1});
}

static void begin_pass(const struct scene *s, struct pvg_guest_cmd *c, bool clear)
{
    struct pvg_w_render_pass pass;

    pvg_w_render_pass_init(&pass);
    pass.color[0] = (struct pvg_w_attachment){.texture = s->target, .load_action = clear ? 2 : 1, .store_action = 1};
    pass.width = pass.height = SIZE;
    pvg_guest_cmd_segment(c, PVG_W_SEG_RENDER);
    pvg_guest_cmd_pass(c, &pass);
    pvg_guest_cmd_set_ref(c, 0x74, s->pipeline);
}

/** @param per_pass draws of one pass. */
static bool encode(struct scene *s, uint32_t draws, uint32_t per_pass)
{
    struct pvg_guest_cmd c;

    s->cap = 4096 + (size_t)draws * 160 + (size_t)(draws / per_pass) * 640;
    s->bytes = malloc(s->cap);
    if (!s->bytes)
        return false;
    pvg_guest_cmd_begin(&c, s->bytes, s->cap);
    for (uint32_t i = 0; i < draws; i++) {
        if (i % per_pass == 0)
            begin_pass(s, &c, i == 0);
        encode_draw(s, &c, i);
    }
    s->len = pvg_guest_cmd_end(&c);
    s->stream = s->len ? map(s, "command buffer", s->len) : NULL;
    return s->stream && pvg_guest_mem_write(s->stream, 0, s->bytes, s->len);
}

/* ---- Measurement ---- */

/* Nanoseconds that the thread of this name has spent on a CPU, 0 if there is none. */
static uint64_t thread_cpu_ns(const char *name)
{
    DIR *d = opendir("/proc/self/task");
    uint64_t ns = 0;
    struct dirent *e;

    while (d && (e = readdir(d))) {
        char path[300], comm[32] = "";
        snprintf(path, sizeof(path), "/proc/self/task/%s/comm", e->d_name);
        FILE *f = fopen(path, "r");
        bool match = f && fgets(comm, sizeof(comm), f) && strncmp(comm, name, strlen(name)) == 0 && comm[strlen(name)] == '\n';
        if (f)
            fclose(f);
        if (!match)
            continue;
        snprintf(path, sizeof(path), "/proc/self/task/%s/schedstat", e->d_name);
        f = fopen(path, "r");
        unsigned long long v = 0;
        if (f && fscanf(f, "%llu", &v) == 1)
            ns += v;
        if (f)
            fclose(f);
    }
    if (d)
        closedir(d);
    return ns;
}

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/** Microseconds of one run: of the worker, and from submission to the stamp. */
struct timing {
    double worker, elapsed;
};

static bool run_once(struct scene *s, struct timing *us)
{
    struct pvg_w_exec_buffer buffer = {.gva = s->stream->gva, .length = s->len};
    struct pvg_guest_exec x = {.buffers = &buffer, .buffer_count = 1};
    struct pvg_guest_stamp stamp;
    uint64_t before = thread_cpu_ns("pvg-worker"), start = now_ns();

    if (!pvg_guest_exec(s->task, &x, &stamp) || !pvg_guest_wait(s->g, stamp))
        return false;
    us->elapsed = (double)(now_ns() - start) / 1000.0;
    us->worker = (double)(thread_cpu_ns("pvg-worker") - before) / 1000.0;
    return true;
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

static bool measure(struct scene *s, uint32_t draws, struct timing *per_draw)
{
    struct pvg_stats stats = {.size = sizeof(stats)};
    struct timing us;

    /* The first run makes objects and compiles the pipeline. */
    if (!run_once(s, &us)) {
        fprintf(stderr, "openpvg bench: %s\n", pvg_guest_error(s->g));
        return false;
    }
    pvg_device_stats(s->vm->dev, &stats);
    if (stats.draws < draws || stats.draws_refused) {
        fprintf(stderr, "openpvg bench: %llu of %u draws were executed, %llu refused\n%s", (unsigned long long)stats.draws, draws,
                (unsigned long long)stats.draws_refused, s->vm->log ? s->vm->log : "");
        return false;
    }
    *per_draw = (struct timing){1e30, 1e30};
    for (int i = 0; i < ROUNDS; i++) {
        if (!run_once(s, &us)) {
            fprintf(stderr, "openpvg bench: %s\n", pvg_guest_error(s->g));
            return false;
        }
        per_draw->worker = least(per_draw->worker, us.worker / draws);
        per_draw->elapsed = least(per_draw->elapsed, us.elapsed / draws);
    }
    return true;
}

static void print(bool json, uint32_t draws, double ours, const struct pvg_bench_native *native, const char *renderer)
{
    if (json) {
        printf("{\"draws\": %u, \"cpu_us_per_draw\": %.4f, \"native_us_per_draw\": %.4f, \"ratio\": %.2f, \"renderer\": \"%s\"}\n",
               draws, ours, native->us_per_draw, ours / native->us_per_draw, renderer);
        return;
    }
    printf("%u draws on %s\n  device: %.3f us per draw\n  native: %.3f us per draw\n  ratio:  %.2f\n", draws, renderer, ours,
           native->us_per_draw, ours / native->us_per_draw);
}

static void print_passes(bool json, struct scene *s, uint32_t passes, const struct timing *us)
{
    struct pvg_stats stats = {.size = sizeof(stats)};
    const char *renderer = pvg_device_renderer_name(s->vm->dev);

    pvg_device_stats(s->vm->dev, &stats);
    double merged = (double)stats.passes_merged / ((double)passes * (ROUNDS + 1));
    if (json)
        printf("{\"passes\": %u, \"cpu_us_per_pass\": %.4f, \"us_per_pass\": %.4f, \"merged\": %.4f, \"renderer\": \"%s\"}\n",
               passes, us->worker, us->elapsed, merged, renderer);
    else
        printf("%u passes on %s\n  worker:  %.3f us per pass\n  elapsed: %.3f us per pass\n  merged:  %.1f %%\n", passes, renderer,
               us->worker, us->elapsed, 100 * merged);
}

/** A device with the scene and its command buffer. @return false after a message. */
static bool scene_open(struct scene *s, uint32_t draws, uint32_t per_pass)
{
    struct vmm_config config = {.renderer = PVG_RENDERER_VULKAN, .ram_size = (UINT64_C(64) << 20) + (uint64_t)draws * 1024};
    struct pvg_error err = {{0}};
    char error[256] = "";

    config.ram_size &= ~UINT64_C(0xffff);
    s->vm = vmm_try_new(&config, &err);
    if (!s->vm) {
        fprintf(stderr, "openpvg bench: %s\n", err.message);
        return false;
    }
    struct pvg_guest_transport transport = vmm_transport(s->vm);
    s->g = pvg_guest_open(&transport, NULL, error);
    s->task = s->g ? pvg_guest_task_create(s->g, &(struct pvg_guest_task_config){.id = 1}) : NULL;
    if (s->task && make_scene(s) && encode(s, draws, per_pass))
        return true;
    fprintf(stderr, "openpvg bench: %s\n", s->g ? pvg_guest_error(s->g) : error);
    return false;
}

static void scene_close(struct scene *s)
{
    if (s->task)
        pvg_guest_task_destroy(s->task);
    if (s->g)
        pvg_guest_close(s->g);
    if (s->vm)
        vmm_free(s->vm);
    free(s->bytes);
}

int pvg_bench_draws(uint32_t draws, bool json)
{
    struct pvg_bench_native native = {0};
    struct scene s = {0};
    struct timing ours;
    bool ok = scene_open(&s, draws, draws) && measure(&s, draws, &ours) && pvg_bench_native_draws(draws, &native);

    if (ok)
        print(json, draws, ours.worker, &native, pvg_device_renderer_name(s.vm->dev));
    scene_close(&s);
    return ok ? 0 : 1;
}

int pvg_bench_passes(uint32_t passes, bool json)
{
    struct scene s = {0};
    struct timing us;
    bool ok = scene_open(&s, passes, 1) && measure(&s, passes, &us);

    if (ok)
        print_passes(json, &s, passes, &us);
    scene_close(&s);
    return ok ? 0 : 1;
}
