/* SPDX-License-Identifier: MIT */
/*
 * Nothing is left behind: device resets at any moment of a rendering guest, and many tasks and objects made and deleted. Counters,
 * file descriptors and guest pages are compared; leak checkers see the rest.
 *
 * test_life null|vulkan resets|churn COUNT
 */
#include "guest/scene.h"
#include "tests/vmm/check.h"
#include "tests/vmm/vmm.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static struct pvg_stats stats_of(struct vmm *vm)
{
    struct pvg_stats st = {.size = sizeof(st)};
    pvg_device_stats(vm->dev, &st);
    return st;
}

static unsigned open_files(void)
{
    DIR *d = opendir("/proc/self/fd");
    unsigned n = 0;

    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

/* ---- Resets ---- */

static bool draw(struct pvg_guest *g, struct pvg_guest_display *d, struct pvg_scene *s, uint32_t frames, bool wait)
{
    for (uint32_t i = 0; i < frames; i++) {
        struct pvg_guest_surface *surface;
        struct pvg_guest_stamp done, present;
        if (!pvg_scene_frame(s, i, &surface, &done) || !pvg_guest_display_present(d, surface, &done, 1, &present) ||
            (wait && !pvg_guest_wait(g, present)))
            return false;
        pvg_scene_presented(s, present);
    }
    return true;
}

/* A guest comes up, draws, and the machine is reset while it is at work (`when` 0), a little later (1) or when it is idle (2). */
static void one_life(struct vmm *vm, unsigned when)
{
    struct pvg_guest_transport t = vmm_transport(vm);
    char error[256] = "";
    struct pvg_guest *g = pvg_guest_open(&t, NULL, error);
    struct pvg_guest_display *d = g ? pvg_guest_display_open(g, 0) : NULL;
    struct pvg_scene *s = d ? pvg_scene_create(g, 64, 64) : NULL;

    CHECK(s && draw(g, d, s, 2, when == 2), "%s", g ? pvg_guest_error(g) : error);
    if (when == 1)
        vmm_sleep_ms(3);
    pvg_device_reset(vm->dev);

    struct pvg_stats st = stats_of(vm);
    CHECK(st.tasks_live == 0 && st.objects_live == 0 && st.mappings_live == 0, "%llu tasks, %llu objects, %llu mappings live",
          (unsigned long long)st.tasks_live, (unsigned long long)st.objects_live, (unsigned long long)st.mappings_live);
    CHECK(st.objects_created == st.objects_destroyed, "%llu objects made, %llu destroyed", (unsigned long long)st.objects_created,
          (unsigned long long)st.objects_destroyed);
    CHECK(vmm_read32(vm, PVG_WINDOW_GFX, PVG_REG_ROOT_FIFO_CTL) == 0, "the root FIFO is on after a reset");
    CHECK(vmm_read32(vm, PVG_WINDOW_GFX, PVG_REG_IRQ_STAMP) == 0, "stamp bits after a reset");

    /* The guest of before is gone; only its memory has to be given back. */
    vm->guest_off = true;
    pvg_scene_destroy(s);
    pvg_guest_close(g);
    vm->guest_off = false;
    pvg_device_reset(vm->dev);
}

static void resets(struct vmm *vm, unsigned count)
{
    unsigned files = 0;
    size_t pages = vmm_pages_used(vm);

    for (unsigned i = 0; i < count && !check_failures; i++) {
        one_life(vm, i % 3);
        CHECK(vmm_pages_used(vm) == pages, "%zu pages of the guest are lost", vmm_pages_used(vm) - pages);
        if (i == 2)
            files = open_files();
    }
    CHECK(count < 4 || open_files() <= files + 2, "%u files are open, %u after the third reset", open_files(), files);
}

/* ---- Churn ---- */

static bool use_objects(struct pvg_guest *g, struct pvg_guest_task *task, struct pvg_guest_mem *stream, uint32_t buffer,
                        uint32_t texture, uint32_t sampler, uint32_t depth)
{
    struct pvg_w_record fill = {.fill_buffer = {.ref = buffer, .length = 4096, .value = 0x5a}};
    struct pvg_w_render_pass pass;
    struct pvg_guest_cmd c;
    struct pvg_guest_stamp stamp;
    uint8_t bytes[2048];

    pvg_w_render_pass_init(&pass);
    pass.color[0] = (struct pvg_w_attachment){.texture = texture, .load_action = 2, .store_action = 1};
    pvg_guest_cmd_begin(&c, bytes, sizeof(bytes));
    pvg_guest_cmd_segment(&c, PVG_W_SEG_BLIT);
    pvg_guest_cmd_record(&c, 0x132, &fill);
    pvg_guest_cmd_segment(&c, PVG_W_SEG_RENDER);
    pvg_guest_cmd_pass(&c, &pass);
    pvg_guest_cmd_set_ref(&c, 0x68, depth);
    pvg_guest_cmd_bind(&c, 0x6e, 0, &(struct pvg_w_bind){.ref = buffer}, 1);
    pvg_guest_cmd_bind(&c, 0x70, 0, &(struct pvg_w_bind){.ref = sampler}, 1);
    size_t n = pvg_guest_cmd_end(&c);
    struct pvg_w_exec_buffer x = {.gva = stream->gva, .length = n};
    return n && pvg_guest_mem_write(stream, 0, bytes, n) &&
           pvg_guest_exec(task, &(struct pvg_guest_exec){.buffers = &x, .buffer_count = 1}, &stamp) && pvg_guest_wait(g, stamp);
}

static bool one_task(struct pvg_guest *g, uint32_t id, bool tidy)
{
    struct pvg_guest_task *task = pvg_guest_task_create(g, &(struct pvg_guest_task_config){.id = id});
    struct pvg_guest_mem_config config = {.what = "churn", .size = 16384};
    struct pvg_w_texture_desc desc = pvg_guest_desc_2d(80, 16, 16, PVG_W_USAGE_RENDER_TARGET);
    struct pvg_w_linear_level level = {.size = 1024, .bytes_per_row = 64, .width = 16, .height = 16, .depth = 1};
    struct pvg_w_sampler sampler;
    struct pvg_w_depth_stencil depth;

    if (!task)
        return false;
    struct pvg_guest_mem *data = pvg_guest_mem_map(task, &config), *image = pvg_guest_mem_map(task, &config);
    struct pvg_guest_mem *stream = pvg_guest_mem_map(task, &config);
    uint32_t buffer = pvg_guest_ref(task), texture = pvg_guest_ref(task);
    pvg_w_sampler_init(&sampler);
    sampler.ref = pvg_guest_ref(task);
    pvg_w_depth_stencil_init(&depth);
    depth.ref = pvg_guest_ref(task);
    bool ok = data && image && stream && pvg_guest_buffer(task, buffer, 0, data) &&
              pvg_guest_linear_texture(task, texture, 0, PVG_W_TYPE_TEXTURE, image, &desc, 4, &level) &&
              pvg_guest_sampler(task, 0, &sampler) && pvg_guest_depth_stencil(task, 0, &depth) &&
              use_objects(g, task, stream, buffer, texture, sampler.ref, depth.ref);
    /* Half of the tasks delete what they made; the others leave it to DeleteTask. */
    if (ok && tidy)
        ok = pvg_guest_delete_resource(task, buffer, NULL, 0) && pvg_guest_delete_resource(task, texture, NULL, 0) &&
             pvg_guest_delete_object(task, 0x3eb, sampler.ref) && pvg_guest_delete_object(task, 0x3ea, depth.ref);
    return pvg_guest_task_destroy(task) && ok;
}

static void churn(struct vmm *vm, unsigned count)
{
    struct pvg_guest_transport t = vmm_transport(vm);
    char error[256] = "";
    struct pvg_guest *g = pvg_guest_open(&t, NULL, error);
    unsigned files = 0;

    CHECK(g, "%s", error);
    if (!g)
        return;
    struct pvg_stats before = stats_of(vm);
    for (unsigned i = 0; i < count && !check_failures; i++) {
        CHECK(one_task(g, 1 + i % 100, i & 1), "round %u: %s", i, pvg_guest_error(g));
        if (i == 10)
            files = open_files();
    }
    struct pvg_stats st = stats_of(vm);
    CHECK(st.tasks_live == before.tasks_live, "%llu tasks live", (unsigned long long)st.tasks_live);
    CHECK(st.objects_live == before.objects_live, "%llu objects live", (unsigned long long)st.objects_live);
    CHECK(st.objects_created - before.objects_created >= 4ull * count, "only %llu objects were made",
          (unsigned long long)(st.objects_created - before.objects_created));
    CHECK(st.objects_created - st.objects_destroyed == st.objects_live, "%llu made, %llu destroyed",
          (unsigned long long)st.objects_created, (unsigned long long)st.objects_destroyed);
    CHECK(st.packets_refused == before.packets_refused, "%llu packets refused", (unsigned long long)st.packets_refused);
    CHECK(count < 12 || open_files() <= files + 2, "%u files are open, %u after ten rounds", open_files(), files);
    pvg_guest_close(g);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: test_life null|vulkan resets|churn COUNT\n");
        return 2;
    }
    struct vmm_config config = {.renderer = strcmp(argv[1], "vulkan") == 0 ? PVG_RENDERER_VULKAN : PVG_RENDERER_NULL};
    struct vmm *vm = vmm_new(&config);
    unsigned count = (unsigned)strtoul(argv[3], NULL, 10);

    if (strcmp(argv[2], "resets") == 0)
        resets(vm, count);
    else
        churn(vm, count);
    if (check_failures && vm->log)
        fprintf(stderr, "---- device log\n%s", vm->log);
    vmm_free(vm);
    return check_failures != 0;
}
