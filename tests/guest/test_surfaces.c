/* SPDX-License-Identifier: MIT */
/*
 * Many lives of surfaces on both rails: type-4 objects and page tables on PCI, mapper requests (more than fit the ring page) on the
 * platform variant. Every one is drawn into, presented now and then, and has to be gone afterwards.
 */
#include "tests/vmm/vmm.h"

#include <stdio.h>
#include <string.h>

#define LIVES   1100u
#define TASK_ID 7u

static unsigned failures;

#define CHECK(cond, ...)                                                                                                           \
    do {                                                                                                                           \
        if (!(cond)) {                                                                                                             \
            fprintf(stderr, "%s:%d: " #cond ": ", __FILE__, __LINE__);                                                             \
            fprintf(stderr, __VA_ARGS__);                                                                                          \
            fprintf(stderr, "\n");                                                                                                 \
            failures++;                                                                                                            \
        }                                                                                                                          \
    } while (0)

/* Clear the surface through a render pass and read one pixel back after a synchronisation. */
static bool clear(struct pvg_guest_task *task, struct pvg_guest_mem *commands, struct pvg_guest_surface *s, uint32_t ref,
                  uint8_t value)
{
    struct pvg_guest *g = pvg_guest_task_guest(task);
    const struct pvg_w_texture_desc d = pvg_guest_desc_2d(80, s->width, s->height, PVG_W_USAGE_READ | PVG_W_USAGE_RENDER_TARGET);
    struct pvg_guest_cmd c;
    struct pvg_w_render_pass pass;
    struct pvg_guest_stamp done, copied;
    uint8_t stream[1024], pixel[4];
    if (!pvg_guest_surface_texture(task, ref, 0, s, &d))
        return false;
    pvg_w_render_pass_init(&pass);
    pass.color[0].texture = ref;
    pass.color[0].load_action = 2;
    pass.color[0].store_action = 1;
    for (int i = 0; i < 4; i++)
        pass.color[0].clear[i] = value / 255.0;
    pass.width = s->width;
    pass.height = s->height;
    pvg_guest_cmd_begin(&c, stream, sizeof(stream));
    pvg_guest_cmd_segment(&c, PVG_W_SEG_RENDER);
    pvg_guest_cmd_pass(&c, &pass);
    const struct pvg_w_exec_buffer b = {.gva = commands->gva, .length = pvg_guest_cmd_end(&c)};
    const struct pvg_guest_exec x = {.buffers = &b, .buffer_count = 1};
    if (!b.length || !pvg_guest_mem_write(commands, 0, stream, b.length) || !pvg_guest_exec(task, &x, &done) ||
        !pvg_guest_synchronize(task, &ref, 1, &done, 1, &copied) || !pvg_guest_wait(g, copied))
        return false;
    pvg_guest_mem_read(s->mem, (uint64_t)(s->height - 1) * s->bytes_per_row, pixel, 4);
    return pixel[0] == value && pixel[3] == value && pvg_guest_delete_resource(task, ref, NULL, 0);
}

static bool one_life(struct pvg_guest_task *task, struct pvg_guest_mem *commands, uint32_t i)
{
    struct pvg_guest *g = pvg_guest_task_guest(task);
    /* Ids and references are recycled, sizes change under them. */
    const struct pvg_guest_surface_config c = {
        .id = 0x100 + i % 3, .width = 16 + 8 * (i % 5), .height = 32 + i % 7, .granule = i % 2 ? 0x4000 : 0};
    struct pvg_guest_surface *s = pvg_guest_surface_create(g, &c);
    bool ok = s && clear(task, commands, s, 40 + i % 4, (uint8_t)(i * 3));
    return s && pvg_guest_surface_destroy(s) && ok;
}

static void run(enum pvg_variant variant, enum pvg_renderer_kind renderer)
{
    const struct vmm_config config = {.variant = variant, .renderer = renderer};
    struct pvg_error err = {0};
    struct vmm *vm = vmm_try_new(&config, &err);
    if (!vm) {
        fprintf(stderr, "skipped: %s\n", err.message);
        return;
    }
    const struct pvg_guest_transport t = vmm_transport(vm);
    const struct pvg_guest_task_config task_config = {.id = TASK_ID};
    const struct pvg_guest_mem_config mem_config = {.what = "commands", .size = 4096};
    char error[256] = "";
    struct pvg_guest *g = pvg_guest_open(&t, NULL, error);
    CHECK(g, "%s", error);
    struct pvg_guest_task *task = g ? pvg_guest_task_create(g, &task_config) : NULL;
    struct pvg_guest_mem *commands = task ? pvg_guest_mem_map(task, &mem_config) : NULL;
    CHECK(commands, "no task or memory");
    uint32_t lives = 0;
    while (commands && lives < LIVES && one_life(task, commands, lives))
        lives++;
    CHECK(lives == LIVES, "variant %d ended at surface %u: %s", (int)variant, lives, g ? pvg_guest_error(g) : "-");
    /* The mapper answers a request before the device's worker has seen it. */
    struct pvg_stats st = {.size = sizeof(st)};
    for (uint64_t end = vmm_now_ns() + 5000000000ull; vmm_now_ns() < end; vmm_sleep_ms(1)) {
        pvg_device_stats(vm->dev, &st);
        if (st.mappings_live == 0)
            break;
    }
    CHECK(st.mappings_live == 0, "%llu mappings are left", (unsigned long long)st.mappings_live);
    CHECK(st.packets_refused == 0, "%llu packets were refused", (unsigned long long)st.packets_refused);
    if (failures && vm->log)
        fprintf(stderr, "--- log ---\n%s\n", vm->log);
    pvg_guest_close(g);
    vmm_free(vm);
}

int main(int argc, char **argv)
{
    enum pvg_renderer_kind renderer = argc > 1 && !strcmp(argv[1], "vulkan") ? PVG_RENDERER_VULKAN : PVG_RENDERER_NULL;
    run(PVG_VARIANT_PCI, renderer);
    run(PVG_VARIANT_PLATFORM, renderer);
    printf("%s\n", failures ? "FAILED" : "ok");
    return failures ? 1 : 0;
}
