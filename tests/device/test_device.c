/* SPDX-License-Identifier: MIT */
/*
 * The whole library in this process under stress: register traffic, RAM changes and pauses while a scene is drawn, resets at any
 * moment, many short lives of tasks and objects. Nothing may be lost, leak or hang.
 *
 * test_device null|vulkan [PART]. OPENPVG_TEST_SEED and OPENPVG_TEST_LIVES steer part 3.
 */
#include "guest/scene.h"
#include "tests/vmm/vmm.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 256, HEIGHT = 144, VCPUS = 4, STORM_FRAMES = 24, RESETS = 50, LIVES = 1000, HOSTILE_LIVES = 8, BLOWS = 300 };

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

static size_t pages_used(const struct vmm *vm)
{
    size_t n = 0;

    for (uint64_t i = 0; i < vm->ram_size >> vm->page_shift; i++)
        n += vm->page_used[i];
    return n;
}

static int open_fds(void)
{
    int n = 0;

    for (int fd = 0; fd < 1024; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static struct pvg_stats stats_of(struct vmm *vm)
{
    struct pvg_stats s = {.size = sizeof(s)};

    pvg_device_stats(vm->dev, &s);
    return s;
}

static bool draw_frames(struct pvg_guest *g, struct pvg_guest_display *d, struct pvg_scene *s, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++) {
        struct pvg_guest_stamp done, present;
        struct pvg_guest_surface *surface;

        if (!pvg_scene_frame(s, i, &surface, &done) || !pvg_guest_display_present(d, surface, &done, 1, &present))
            return false;
        pvg_scene_presented(s, present);
    }
    return pvg_guest_idle(g);
}

/* ---- Storm
 * -------------------------------------------------------------------------------------------------------------------------- */

struct storm {
    struct vmm *vm;
    _Atomic uint32_t seeds;
    _Atomic bool stop;
};

/** A vCPU: everything that another vCPU may do without taking away what the drawing one waits for. */
static void *vcpu(void *arg)
{
    struct storm *s = arg;
    struct pvg_device *dev = s->vm->dev;
    uint32_t x = atomic_fetch_add(&s->seeds, 1) * 0x9e3779b1u;

    while (!atomic_load(&s->stop)) {
        x = x * 1664525 + 1013904223;
        switch (x >> 28) {
        case 0:
            pvg_mmio_write(dev, PVG_WINDOW_GFX, PVG_REG_CH_BELL, x >> 8 & 15, 4);
            break;
        case 1:
            pvg_mmio_write(dev, PVG_WINDOW_GFX, PVG_REG_ROOT_KICK, x, 4);
            break;
        case 2:
            pvg_mmio_write(dev, PVG_WINDOW_GFX, 0x2000 + (x >> 8 & 0xffc), x, 4);
            break;
        case 3:
            pvg_mmio_write(dev, PVG_WINDOW_GFX, PVG_REG_DISPLAY_POKE, x >> 8 & 7, 4);
            break;
        default:
            pvg_mmio_read(dev, PVG_WINDOW_GFX, x & 1 ? (uint32_t)PVG_REG_ROOT_FIFO_CONS : 0x1034 + (x >> 8 & 0x1fc), 4);
            break;
        }
    }
    return NULL;
}

/** The main loop of a monitor: memory hot-plug elsewhere, stop and cont. */
static void *monitor(void *arg)
{
    struct storm *s = arg;
    uint8_t *block = aligned_alloc(65536, 65536);
    struct pvg_ram_region r = {.gpa = UINT64_C(1) << 40, .size = 65536, .host = block, .fd = -1};

    while (!atomic_load(&s->stop)) {
        pvg_ram_begin(s->vm->dev);
        CHECK(pvg_ram_add(s->vm->dev, &r) == 0, "add");
        pvg_ram_commit(s->vm->dev);
        pvg_device_pause(s->vm->dev);
        pvg_device_unpause(s->vm->dev);
        pvg_ram_begin(s->vm->dev);
        CHECK(pvg_ram_remove(s->vm->dev, r.gpa, r.size) == 0, "remove");
        pvg_ram_commit(s->vm->dev);
        vmm_sleep_ms(3);
    }
    free(block);
    return NULL;
}

static void storm(struct vmm *vm)
{
    const struct pvg_guest_transport t = vmm_transport(vm);
    struct storm s = {.vm = vm};
    struct pvg_guest_display *d;
    struct pvg_scene *scene;
    struct pvg_guest *g;
    pthread_t threads[VCPUS + 1];
    char error[256] = "";

    g = pvg_guest_open(&t, NULL, error);
    CHECK(g, "%s", error);
    if (!g)
        return;
    d = pvg_guest_display_open(g, 0);
    scene = d ? pvg_scene_create(g, WIDTH, HEIGHT) : NULL;
    CHECK(scene, "%s", pvg_guest_error(g));
    for (int i = 0; i <= VCPUS; i++)
        pthread_create(&threads[i], NULL, i == VCPUS ? monitor : vcpu, &s);
    CHECK(scene && draw_frames(g, d, scene, 0, STORM_FRAMES), "%s", pvg_guest_error(g));
    atomic_store(&s.stop, true);
    for (int i = 0; i <= VCPUS; i++)
        pthread_join(threads[i], NULL);
    CHECK(pvg_guest_stats(g)->stamp_timeouts == 0, "stamps did not come");
    CHECK(stats_of(vm).command_buffers == STORM_FRAMES, "%llu command buffers", (unsigned long long)stats_of(vm).command_buffers);
    CHECK(stats_of(vm).packets_refused == 0, "packets were refused");
    if (scene)
        pvg_scene_destroy(scene);
    pvg_guest_close(g);
}

/* ---- Resets
 * ---------------------------------------------------------------------------------------------------------------------------- */

/** Let the guest library believe that everything it waits for happened: the device that owed it is gone. */
static void forge_stamps(struct vmm *vm, uint32_t fifo_pfn)
{
    for (uint32_t slot = 0; slot < PVG_GUEST_CHANNELS; slot++)
        vmm_store32(vm, ((uint64_t)fifo_pfn << vm->page_shift) + 4ull * slot, 0x40000000);
}

static void one_life(struct vmm *vm, uint32_t step)
{
    const struct pvg_guest_transport t = vmm_transport(vm);
    struct pvg_guest_display *d = NULL;
    struct pvg_scene *scene = NULL;
    struct pvg_guest_surface *surface;
    struct pvg_guest_stamp done;
    char error[256] = "";
    struct pvg_guest *g = pvg_guest_open(&t, NULL, error);
    uint32_t fifo_pfn = vmm_read32(vm, PVG_WINDOW_GFX, PVG_REG_FIFO_PFN);
    struct pvg_stats s;

    CHECK(g, "life %u: %s", step, error);
    if (!g)
        return;
    if (step % 5 > 0)
        d = pvg_guest_display_open(g, 0);
    if (step % 5 > 1)
        scene = pvg_scene_create(g, WIDTH, HEIGHT);
    if (step % 5 > 2)
        CHECK(draw_frames(g, d, scene, 0, 2), "life %u: %s", step, pvg_guest_error(g));
    if (step % 5 > 3)
        CHECK(pvg_scene_frame(scene, 2, &surface, &done), "life %u: %s", step, pvg_guest_error(g));
    pvg_device_reset(vm->dev);
    s = stats_of(vm);
    CHECK(s.tasks_live == 0 && s.objects_live == 0 && s.mappings_live == 0,
          "life %u leaves %llu tasks, %llu objects, %llu mappings", step, (unsigned long long)s.tasks_live,
          (unsigned long long)s.objects_live, (unsigned long long)s.mappings_live);
    CHECK(vmm_read32(vm, PVG_WINDOW_GFX, PVG_REG_FIFO_PFN) == 0, "registers survive");
    forge_stamps(vm, fifo_pfn);
    if (scene)
        pvg_scene_destroy(scene);
    pvg_guest_close(g);
    pvg_device_reset(vm->dev);
}

static void resets(struct vmm *vm)
{
    size_t pages = 0;
    int fds = 0;

    for (uint32_t i = 0; i < RESETS; i++) {
        one_life(vm, i);
        /* The first lives fill caches. */
        if (i == 9) {
            fds = open_fds();
            pages = pages_used(vm);
        }
    }
    CHECK(open_fds() <= fds, "%d descriptors became %d", fds, open_fds());
    CHECK(pages_used(vm) == pages, "%zu guest pages became %zu", pages, pages_used(vm));
}

/* ---- Short lives of tasks and objects
 * -------------------------------------------------------------------------------------------------- */

/** A task whose only submission fills its only buffer. */
static bool short_life(struct pvg_guest *g, uint32_t n)
{
    const struct pvg_guest_task_config tc = {.id = 2 + n % 3};
    struct pvg_guest_task *task = pvg_guest_task_create(g, &tc);
    struct pvg_guest_mem *mem, *stream;
    struct pvg_guest_stamp stamp;
    struct pvg_guest_cmd c;
    struct pvg_w_record r = {0};
    struct pvg_w_exec_buffer buffer;
    struct pvg_guest_exec x = {.buffers = &buffer, .buffer_count = 1};
    uint8_t bytes[256], seen[16];
    uint32_t ref;
    size_t len;

    if (!task)
        return false;
    mem = pvg_guest_mem_map(task, &(struct pvg_guest_mem_config){.what = "buffer", .size = 65536, .granule = 16384});
    stream = pvg_guest_mem_map(task, &(struct pvg_guest_mem_config){.what = "commands", .size = 4096});
    ref = pvg_guest_ref(task);
    if (!mem || !stream || !pvg_guest_buffer(task, ref, 0, mem))
        return false;
    pvg_guest_cmd_begin(&c, bytes, sizeof(bytes));
    pvg_guest_cmd_segment(&c, PVG_W_SEG_BLIT);
    r.fill_buffer = (struct pvg_w_fill_buffer){.ref = ref, .location = 20000, .length = 30000, .value = (uint8_t)n};
    pvg_guest_cmd_record(&c, 0x132, &r);
    len = pvg_guest_cmd_end(&c);
    buffer = (struct pvg_w_exec_buffer){.gva = stream->gva, .length = len};
    if (!len || !pvg_guest_mem_write(stream, 0, bytes, len) || !pvg_guest_exec(task, &x, &stamp) || !pvg_guest_wait(g, stamp))
        return false;
    if (!pvg_guest_mem_read(mem, 34992, seen, sizeof(seen)))
        return false;
    for (size_t i = 0; i < sizeof(seen); i++) {
        if (seen[i] != (uint8_t)n)
            return false;
    }
    if (n % 2 && !pvg_guest_delete_resource(task, ref, &stamp, 1))
        return false;
    return pvg_guest_task_destroy(task);
}

static void short_lives(struct vmm *vm)
{
    const struct pvg_guest_transport t = vmm_transport(vm);
    char error[256] = "";
    struct pvg_guest *g = pvg_guest_open(&t, NULL, error);
    size_t pages = 0;
    uint32_t n = 0;

    CHECK(g, "%s", error);
    if (!g)
        return;
    for (; n < LIVES && short_life(g, n); n++) {
        if (n == 0)
            pages = pages_used(vm);
    }
    CHECK(n == LIVES, "life %u: %s", n, pvg_guest_error(g));
    CHECK(pages_used(vm) == pages, "%zu guest pages became %zu", pages, pages_used(vm));
    CHECK(stats_of(vm).tasks_live == 1, "%llu tasks live", (unsigned long long)stats_of(vm).tasks_live);
    CHECK(stats_of(vm).objects_live == 0, "%llu objects live", (unsigned long long)stats_of(vm).objects_live);
    pvg_guest_close(g);
}

/* ---- A guest that scribbles over its own structures
 * ------------------------------------------------------------------------------ */

/** Values that tend to meet a limit. */
static uint32_t nasty(uint32_t x)
{
    static const uint32_t values[] = {0, 1, 0xffffffff, 0x80000000, 0x7fffffff, 0xffff, 0x10000, 0x40000000};

    return x & 0x80 ? values[x & 7] : x & 0x40 ? 1u << (x & 31) : x;
}

/** Overwrite one word of a page that the guest uses: rings, page tables, descriptors, streams, shaders, pixels. */
static void blow(struct vmm *vm, const uint64_t *used, size_t count, uint32_t *x)
{
    uint64_t page;
    uint32_t offset;

    *x = *x * 1664525 + 1013904223;
    page = used[(*x >> 8) % count];
    *x = *x * 1664525 + 1013904223;
    offset = *x >> 6 & ((1u << vm->page_shift) - 4);
    /* Structures lie at the beginning of their pages. */
    if (*x & 1)
        offset &= 0x3fc;
    *x = *x * 1664525 + 1013904223;
    vmm_store32(vm, vm->ram_gpa + (page << vm->page_shift) + offset, nasty(*x >> 4));
}

static void hostile_life(struct vmm *vm, uint32_t seed)
{
    const struct pvg_guest_transport t = vmm_transport(vm);
    char error[256] = "";
    struct pvg_guest *g = pvg_guest_open(&t, NULL, error);
    uint32_t fifo_pfn = vmm_read32(vm, PVG_WINDOW_GFX, PVG_REG_FIFO_PFN), x = seed;
    struct pvg_guest_display *d = g ? pvg_guest_display_open(g, 0) : NULL;
    struct pvg_scene *scene = d ? pvg_scene_create(g, WIDTH, HEIGHT) : NULL;
    uint64_t pages = vm->ram_size >> vm->page_shift, *used = malloc(pages * sizeof(*used));
    uint8_t *intact = malloc(vm->ram_size);
    size_t count = 0;

    CHECK(scene && draw_frames(g, d, scene, 0, 1), "%s", g ? pvg_guest_error(g) : error);
    for (uint64_t i = 0; i < pages; i++) {
        if (vm->page_used[i])
            used[count++] = i;
    }
    memcpy(intact, vm->ram, vm->ram_size);
    for (uint32_t i = 0; count && i < BLOWS; i++) {
        blow(vm, used, count, &x);
        if (x >> 31)
            vmm_write32(vm, PVG_WINDOW_GFX, PVG_REG_CH_BELL, 1 + (x >> 8) % 6);
        if (x >> 30 == 1)
            vmm_write32(vm, PVG_WINDOW_GFX, PVG_REG_ROOT_FIFO_PROD, vmm_read32(vm, PVG_WINDOW_GFX, PVG_REG_ROOT_FIFO_CONS) + 24);
        if (i % 16 == 0)
            pvg_device_wait_idle(vm->dev, 200);
    }
    pvg_device_reset(vm->dev);
    /* The guest library takes its own tables apart. */
    memcpy(vm->ram, intact, vm->ram_size);
    free(intact);
    free(used);
    forge_stamps(vm, fifo_pfn);
    if (scene)
        pvg_scene_destroy(scene);
    if (g)
        pvg_guest_close(g);
    pvg_device_reset(vm->dev);
}

/** Nothing that a guest writes into its memory may cost more than its own work; the next life is as good as new. */
static void hostile(struct vmm *vm)
{
    const char *seed = getenv("OPENPVG_TEST_SEED");
    const char *lives = getenv("OPENPVG_TEST_LIVES");
    uint32_t first = seed ? (uint32_t)strtoul(seed, NULL, 0) : 1, n = lives ? (uint32_t)strtoul(lives, NULL, 0) : HOSTILE_LIVES;

    for (uint32_t i = 0; i < n; i++)
        hostile_life(vm, (first + i) * 0x9e3779b1u);
}

int main(int argc, char **argv)
{
    static void (*const parts[])(struct vmm *vm) = {storm, resets, short_lives, hostile};
    bool vulkan = argc > 1 && !strcmp(argv[1], "vulkan");
    unsigned only = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 0) : UINT32_MAX;

    for (unsigned i = 0; i < 2 * sizeof(parts) / sizeof(parts[0]); i++) {
        const struct vmm_config c = {.variant = i & 1 ? PVG_VARIANT_PLATFORM : PVG_VARIANT_PCI,
                                     .renderer = vulkan ? PVG_RENDERER_VULKAN : PVG_RENDERER_NULL};
        struct pvg_error err = {0};
        struct vmm *vm = only == UINT32_MAX || only == i / 2 ? vmm_try_new(&c, &err) : NULL;
        unsigned before = failures;
        uint64_t start = vmm_now_ns();

        if (only != UINT32_MAX && only != i / 2)
            continue;
        if (!vm) {
            fprintf(stderr, "skipped: %s\n", err.message);
            return 77;
        }
        parts[i / 2](vm);
        printf("part %u, variant %u: %s after %llu ms\n", i / 2, i & 1, failures == before ? "ok" : "FAILED",
               (unsigned long long)((vmm_now_ns() - start) / 1000000));
        fflush(stdout);
        if (failures != before && vm->log)
            fprintf(stderr, "--- log\n%s\n", vm->log);
        vmm_free(vm);
    }
    return failures ? 1 : 0;
}
