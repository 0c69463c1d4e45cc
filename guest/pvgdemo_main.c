/* SPDX-License-Identifier: MIT */
/*
 * The demo program of the virtual machines: finds the device, draws the scene, presents it, shuts down. Static, needs root.
 * Exit status: 0; 1 the device did something wrong or a stamp came late; 2 bad command line; 3 no device.
 */
#include "linux/transport.h"
#include "scene.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    uint32_t frames, width, height, memory_mb, max_wait_ms;
    bool vsync, cursor;
};

/* Set by SIGINT and SIGTERM: memory goes back to the system only after the device has let go of it. */
static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    (void)number;
    stopped = 1;
}

static const char usage[] = "usage: pvgdemo [--frames N] [--size WxH] [--vsync] [--cursor] [--memory MIB] [--max-wait-ms MS]\n"
                            "  --frames N       frames to draw and present (default 300)\n"
                            "  --size WxH       size of the surfaces (default: the display's first mode)\n"
                            "  --vsync          wait for a vertical blank before every frame\n"
                            "  --cursor         set a cursor glyph and move it\n"
                            "  --memory MIB     huge-page memory to lock (default 96)\n"
                            "  --max-wait-ms MS longest stamp wait that is not a failure (default 1000, 0: no limit)\n";

static bool number(const char *text, uint32_t max, uint32_t *out)
{
    char *end;
    errno = 0;
    unsigned long v = text ? strtoul(text, &end, 10) : 0;
    if (!text || *text < '0' || *text > '9' || *end || errno || v > max)
        return false;
    *out = (uint32_t)v;
    return true;
}

static bool size(const char *text, uint32_t *width, uint32_t *height)
{
    char buf[32];
    char *x;
    if (!text || strlen(text) >= sizeof(buf))
        return false;
    strcpy(buf, text);
    x = strchr(buf, 'x');
    if (!x)
        return false;
    *x = 0;
    return number(buf, 8192, width) && number(x + 1, 8192, height) && *width && *height;
}

static bool parse(int argc, char **argv, struct options *o)
{
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        bool ok = true;
        if (!strcmp(argv[i], "--vsync")) {
            o->vsync = true;
            continue;
        }
        if (!strcmp(argv[i], "--cursor")) {
            o->cursor = true;
            continue;
        }
        if (!strcmp(argv[i], "--frames"))
            ok = number(value, UINT32_MAX, &o->frames);
        else if (!strcmp(argv[i], "--size"))
            ok = size(value, &o->width, &o->height);
        else if (!strcmp(argv[i], "--memory"))
            ok = number(value, 1u << 20, &o->memory_mb);
        else if (!strcmp(argv[i], "--max-wait-ms"))
            ok = number(value, UINT32_MAX, &o->max_wait_ms);
        else
            ok = false;
        if (!ok) {
            fprintf(stderr, "pvgdemo: bad argument '%s%s%s'\n%s", argv[i], value ? " " : "", value ? value : "", usage);
            return false;
        }
        i++;
    }
    return true;
}

/* A filled triangle, the usual arrow. */
static bool set_cursor(struct pvg_guest_display *d, struct pvg_guest *g)
{
    enum { SIDE = 24 };
    static uint32_t pixels[SIDE * SIDE];
    const struct pvg_guest_mem_config c = {.what = "cursor", .size = sizeof(pixels)};
    struct pvg_guest_mem *mem = pvg_guest_mem_map(pvg_guest_kernel_task(g), &c);
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++)
            pixels[y * SIDE + x] = x <= y ? (x == y || x == 0 || y == SIDE - 1 ? 0xff000000u : 0xffffffffu) : 0;
    }
    return mem && pvg_guest_mem_write(mem, 0, pixels, sizeof(pixels)) && pvg_guest_display_cursor_glyph(d, mem, SIDE, SIDE, 0, 0) &&
           pvg_guest_display_cursor_show(d, true);
}

static bool draw_frames(struct pvg_guest *g, struct pvg_guest_display *d, const struct options *o, uint32_t *drawn)
{
    const struct pvg_w_timing *mode = &pvg_guest_display_desc(d)->timings[0];
    uint32_t width = o->width ? o->width : mode->width, height = o->height ? o->height : mode->height;
    struct pvg_scene *s = pvg_scene_create(g, width, height);
    bool ok = s && (!o->cursor || set_cursor(d, g));
    printf("guest: scene %ux%u, display \"%s\" %ux%u at %u mHz\n", width, height, pvg_guest_display_desc(d)->name, mode->width,
           mode->height, pvg_timing_millihertz_from_hz(mode->hz_16_16));
    for (*drawn = 0; ok && !stopped && *drawn < o->frames; ++*drawn) {
        struct pvg_guest_surface *surface;
        struct pvg_guest_stamp done, present;
        if (o->vsync && !pvg_guest_display_wait_vblank(d)) {
            ok = false;
            break;
        }
        ok = pvg_scene_frame(s, *drawn, &surface, &done) && pvg_guest_display_present(d, surface, &done, 1, &present);
        if (ok)
            pvg_scene_presented(s, present);
        if (ok && o->cursor)
            pvg_guest_display_cursor_move(d, (uint16_t)(*drawn * 3 % width), (uint16_t)(*drawn * 2 % height));
    }
    ok = ok && pvg_guest_idle(g);
    pvg_scene_destroy(s);
    return ok;
}

static int run(struct pvg_linux *l, const struct options *o)
{
    char error[256];
    uint32_t frames = 0;
    struct pvg_guest *g = pvg_guest_open(&l->t, NULL, error);
    if (!g) {
        fprintf(stderr, "guest: bring-up failed: %s\n", error);
        return 1;
    }
    struct pvg_guest_display *d = pvg_guest_display_open(g, 0);
    uint64_t start = l->t.now_ns(l);
    bool ok = d && draw_frames(g, d, o, &frames);
    double seconds = (double)(l->t.now_ns(l) - start) / 1e9;
    const struct pvg_guest_stats stats = *pvg_guest_stats(g);
    double worst = (double)stats.worst_stamp_wait_ns / 1e6;
    if (!ok)
        fprintf(stderr, "guest: failed after %u frames: %s\n", frames, pvg_guest_error(g));
    pvg_guest_close(g);
    if (ok && pvg_guest_pool_used(&l->pool)) {
        fprintf(stderr, "guest: %zu pages were not given back\n", pvg_guest_pool_used(&l->pool));
        ok = false;
    }
    printf("guest: packets=%llu interrupts=%llu vblanks=%llu presents=%llu\n", (unsigned long long)stats.packets,
           (unsigned long long)stats.interrupts, (unsigned long long)stats.vblanks, (unsigned long long)stats.presents);
    printf("guest: frames=%u fps=%.1f draws_per_frame=%.1f worst_stamp_wait_ms=%.1f seconds=%.2f\n", frames,
           seconds > 0 ? frames / seconds : 0.0, frames ? (double)stats.draws / frames : 0.0, worst, seconds);
    fflush(stdout);
    if (o->max_wait_ms && worst > o->max_wait_ms) {
        fprintf(stderr, "guest: a stamp took %.1f ms, more than %u\n", worst, o->max_wait_ms);
        ok = false;
    }
    return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct options o = {.frames = 300, .memory_mb = 96, .max_wait_ms = 1000};
    static struct pvg_linux l;
    char error[256];
    if (!parse(argc, argv, &o))
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
#ifdef __aarch64__
    bool found = pvg_linux_open_platform(&l, (size_t)o.memory_mb << 20, error);
#else
    bool found = pvg_linux_open_pci(&l, (size_t)o.memory_mb << 20, error);
#endif
    if (!found) {
        fprintf(stderr, "guest: %s\n", error);
        pvg_linux_close(&l);
        return 3;
    }
    printf("guest: %s, %u MiB of memory\n", l.description, o.memory_mb);
    int status = run(&l, &o);
    pvg_linux_close(&l);
    return status;
}
