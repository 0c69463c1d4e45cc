/* SPDX-License-Identifier: MIT */
/*
 * Four threads access registers as fast as they can, as vCPUs would, while a guest renders. No stamp may be lost. Meant to run
 * under ThreadSanitizer as well.
 *
 * test_hammer null|vulkan FRAMES
 */
#include "guest/scene.h"
#include "tests/vmm/check.h"
#include "tests/vmm/vmm.h"

#include <stdlib.h>
#include <string.h>

#define THREADS 4

struct hammer {
    struct vmm *vm;
    _Atomic bool *stop;
    uint32_t seed;
    uint64_t accesses;
};

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Registers that a vCPU may write at any time without breaking the guest's protocol. */
static void write_something(struct pvg_device *dev, uint32_t r)
{
    switch (r % 6) {
    case 0:
        pvg_mmio_write(dev, PVG_WINDOW_GFX, PVG_REG_CH_BELL, 1 + r / 6 % 12, 4);
        break;
    case 1:
        pvg_mmio_write(dev, PVG_WINDOW_GFX, PVG_REG_ROOT_KICK, 1, 4);
        break;
    case 2:
        pvg_mmio_write(dev, PVG_WINDOW_GFX, PVG_REG_CH_BELL_REPLAY, 1 + r / 6 % 12, 4);
        break;
    case 3:
        pvg_mmio_write(dev, PVG_WINDOW_GFX, PVG_REG_DISPLAY_POKE, 0, 4);
        break;
    case 4:
        pvg_mmio_write(dev, PVG_WINDOW_GFX, PVG_REG_FW_FB_ADDR, r, r & 1 ? 8 : 4);
        break;
    default:
        pvg_mmio_write(dev, PVG_WINDOW_GFX, 0x2000 + (r & 0xfff), r, 1u << (r & 3));
        break;
    }
}

static void *hammer(void *arg)
{
    struct hammer *h = arg;

    /* At least once: a fast run may be over before this thread gets its first turn. */
    do {
        uint32_t r = next(&h->seed);
        if (r & 1) {
            write_something(h->vm->dev, r >> 1);
        } else {
            uint32_t off = (r >> 1) % (PVG_MMIO_SIZE + 64);
            (void)pvg_mmio_read(h->vm->dev, PVG_WINDOW_GFX, r & 0x1000000 ? off : 0x1000 + off % 0x240, 1u << (r >> 20 & 3));
        }
        h->accesses++;
    } while (!*h->stop);
    return NULL;
}

static void render(struct vmm *vm, unsigned frames)
{
    struct pvg_guest_transport t = vmm_transport(vm);
    char error[256] = "";
    struct pvg_guest *g = pvg_guest_open(&t, NULL, error);
    struct pvg_scene *s = g ? pvg_scene_create(g, 64, 64) : NULL;

    CHECK(s, "%s", g ? pvg_guest_error(g) : error);
    for (unsigned i = 0; s && i < frames; i++) {
        struct pvg_guest_surface *surface;
        struct pvg_guest_stamp done;
        bool ok = pvg_scene_frame(s, i, &surface, &done) && pvg_guest_wait(g, done);
        CHECK(ok, "frame %u: %s", i, pvg_guest_error(g));
        if (!ok)
            break;
    }
    pvg_scene_destroy(s);
    if (g)
        CHECK(pvg_guest_stats(g)->stamp_timeouts == 0, "stamps were lost");
    pvg_guest_close(g);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: test_hammer null|vulkan FRAMES\n");
        return 2;
    }
    bool vulkan = strcmp(argv[1], "vulkan") == 0;
    unsigned frames = (unsigned)strtoul(argv[2], NULL, 10);
    struct vmm_config config = {.renderer = vulkan ? PVG_RENDERER_VULKAN : PVG_RENDERER_NULL};
    struct vmm *vm = vmm_new(&config);
    struct hammer hammers[THREADS];
    pthread_t threads[THREADS];
    _Atomic bool stop = false;

    for (uint32_t i = 0; i < THREADS; i++) {
        hammers[i] = (struct hammer){.vm = vm, .stop = &stop, .seed = i + 1};
        if (pthread_create(&threads[i], NULL, hammer, &hammers[i]) != 0)
            return 2;
    }
    render(vm, frames);
    stop = true;
    for (uint32_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        CHECK(hammers[i].accesses > 0, "thread %u did nothing", i);
    }
    struct pvg_stats st = {.size = sizeof(st)};
    pvg_device_stats(vm->dev, &st);
    CHECK(st.command_buffers == frames, "%llu command buffers", (unsigned long long)st.command_buffers);
    CHECK(!vulkan || st.draws == (uint64_t)frames * PVG_SCENE_DRAWS, "%llu draws", (unsigned long long)st.draws);
    CHECK(st.packets_refused == 0, "%llu packets refused", (unsigned long long)st.packets_refused);
    if (check_failures && vm->log)
        fprintf(stderr, "---- device log\n%s", vm->log);
    vmm_free(vm);
    return check_failures != 0;
}
