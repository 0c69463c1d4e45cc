/* SPDX-License-Identifier: MIT */
/*
 * The guest library and the demo scene against the library in this process, both variants. With a renderer that draws, the picture
 * is checked where the scene is known, and both variants have to draw the same one.
 *
 * test_scene null|vulkan
 */
#include "guest/scene.h"
#include "tests/vmm/vmm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH  320u
#define HEIGHT 180u
#define FRAMES 6u

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

static bool draw(struct pvg_guest *g, struct pvg_guest_display *d, struct pvg_scene *s)
{
    for (uint32_t i = 0; i < FRAMES; i++) {
        struct pvg_guest_surface *surface;
        struct pvg_guest_stamp done, present;
        if (!pvg_scene_frame(s, i, &surface, &done) || !pvg_guest_display_present(d, surface, &done, 1, &present) ||
            !pvg_guest_wait(g, present))
            return false;
        pvg_scene_presented(s, present);
    }
    return true;
}

/* Let the front-end take what the last present handed over. */
static void settle(struct vmm *vm)
{
    uint64_t last = 0;
    while (vmm_wait_frame(vm, 0, last, 200)) {
        pthread_mutex_lock(&vm->lock);
        last = vm->frames[0].sequence;
        pthread_mutex_unlock(&vm->lock);
    }
}

/* Glyph, visibility and position reach the front-end; a glyph that breaks the rules is refused before it is sent. */
static void move_cursor(struct vmm *vm, struct pvg_guest *g, struct pvg_guest_display *d)
{
    const struct pvg_guest_mem_config c = {.what = "cursor", .size = 16 * 12 * 4};
    struct pvg_guest_mem *mem = pvg_guest_mem_map(pvg_guest_kernel_task(g), &c);
    CHECK(mem, "%s", pvg_guest_error(g));
    if (!mem)
        return;
    CHECK(!pvg_guest_display_cursor_glyph(d, mem, 16, 12, 16, 0), "hot spot outside the glyph");
    CHECK(!pvg_guest_display_cursor_glyph(d, mem, 4096, 4096, 0, 0), "glyph above the maximum");
    CHECK(pvg_guest_display_cursor_glyph(d, mem, 16, 12, 3, 5), "%s", pvg_guest_error(g));
    CHECK(pvg_guest_display_cursor_show(d, true), "%s", pvg_guest_error(g));
    pvg_guest_display_cursor_move(d, 123, 45);
    bool there = false;
    for (uint64_t end = vmm_now_ns() + 5000000000ull; !there && vmm_now_ns() < end; vmm_sleep_ms(1)) {
        pthread_mutex_lock(&vm->lock);
        there = vm->cursor[0].image && vm->cursor[0].visible && vm->cursor[0].x == 123 && vm->cursor[0].y == 45;
        pthread_mutex_unlock(&vm->lock);
    }
    CHECK(there, "cursor at %d,%d", vm->cursor[0].x, vm->cursor[0].y);
    CHECK(vm->cursor[0].width == 16 && vm->cursor[0].height == 12, "glyph of %ux%u", vm->cursor[0].width, vm->cursor[0].height);
    CHECK(vm->cursor[0].hot_x == 3 && vm->cursor[0].hot_y == 5, "hot spot %d,%d", vm->cursor[0].hot_x, vm->cursor[0].hot_y);
    CHECK(pvg_guest_display_cursor_show(d, false), "%s", pvg_guest_error(g));
}

static void run_scene(struct vmm *vm, uint32_t *pixels)
{
    const struct pvg_guest_transport t = vmm_transport(vm);
    size_t before = pages_used(vm);
    char error[256] = "";
    struct pvg_guest *g = pvg_guest_open(&t, NULL, error);
    CHECK(g, "%s", error);
    if (!g)
        return;
    struct pvg_guest_display *d = pvg_guest_display_open(g, 0);
    CHECK(d, "%s", pvg_guest_error(g));
    CHECK(d && pvg_guest_display_wait_vblank(d), "%s", pvg_guest_error(g));
    if (d)
        move_cursor(vm, g, d);
    struct pvg_scene *s = d ? pvg_scene_create(g, WIDTH, HEIGHT) : NULL;
    CHECK(s, "%s", pvg_guest_error(g));
    CHECK(s && draw(g, d, s), "%s", pvg_guest_error(g));
    settle(vm);
    CHECK(vm->frames[0].width == WIDTH && vm->frames[0].height == HEIGHT, "frame of %ux%u", vm->frames[0].width,
          vm->frames[0].height);
    if (vm->frames[0].pixels && vm->frames[0].width == WIDTH && vm->frames[0].height == HEIGHT)
        memcpy(pixels, vm->frames[0].pixels, sizeof(*pixels) * WIDTH * HEIGHT);
    pvg_scene_destroy(s);

    const struct pvg_guest_stats stats = *pvg_guest_stats(g);
    CHECK(stats.stamp_timeouts == 0, "%llu stamps did not come", (unsigned long long)stats.stamp_timeouts);
    CHECK(stats.draws == FRAMES * PVG_SCENE_DRAWS, "%llu draws", (unsigned long long)stats.draws);
    CHECK(stats.presents == FRAMES, "%llu presents", (unsigned long long)stats.presents);
    pvg_guest_close(g);
    CHECK(pages_used(vm) == before, "%zu pages were not given back", pages_used(vm) - before);
}

static void check_stats(struct vmm *vm, bool draws)
{
    struct pvg_stats st = {.size = sizeof(st)};
    pvg_device_stats(vm->dev, &st);
    CHECK(st.packets_refused == 0, "%llu packets were refused", (unsigned long long)st.packets_refused);
    CHECK(st.command_buffers == FRAMES, "%llu command buffers", (unsigned long long)st.command_buffers);
    if (draws) {
        CHECK(st.records_refused == 0, "%llu records were refused", (unsigned long long)st.records_refused);
        CHECK(st.draws == FRAMES * PVG_SCENE_DRAWS, "%llu draws", (unsigned long long)st.draws);
        CHECK(st.dispatches == FRAMES, "%llu dispatches", (unsigned long long)st.dispatches);
        CHECK(st.draws_refused == 0, "%llu draws were refused", (unsigned long long)st.draws_refused);
    }
}

static unsigned channel(uint32_t pixel, unsigned shift)
{
    return pixel >> shift & 0xff;
}

/* What is known of the picture: blue layer in the corners, the textured model in the middle, the overlay's bar and letters. */
static void check_picture(const uint32_t *p)
{
    static const unsigned corners[4][2] = {{4, 4}, {WIDTH - 5, 4}, {WIDTH - 5, HEIGHT - 5}, {WIDTH / 2, 3}};
    unsigned bright = 0, warm = 0;
    for (unsigned i = 0; i < 4; i++) {
        uint32_t c = p[corners[i][1] * WIDTH + corners[i][0]];
        CHECK(channel(c, 0) >= 30 && channel(c, 0) <= 130 && channel(c, 16) <= 50, "layer pixel %u is %08x", i, c);
    }
    for (unsigned y = HEIGHT / 4; y < HEIGHT * 3 / 4; y++) {
        for (unsigned x = WIDTH / 4; x < WIDTH * 3 / 4; x++)
            warm += channel(p[y * WIDTH + x], 16) > 90;
    }
    CHECK(warm > 1500, "the model covers %u pixels", warm);
    for (unsigned y = HEIGHT * 83 / 100; y < HEIGHT * 93 / 100; y++) {
        for (unsigned x = 0; x < WIDTH * 38 / 100; x++)
            bright += channel(p[y * WIDTH + x], 0) > 180;
    }
    CHECK(bright > 60, "the text covers %u pixels", bright);
    /* The panel darkens the layer at its upper left corner. */
    uint32_t panel = p[(HEIGHT * 835 / 1000) * WIDTH + WIDTH * 3 / 100];
    CHECK(channel(panel, 0) < 90, "panel pixel is %08x", panel);
}

/* Share of pixels that differ by more than a rounding step. */
static void check_same(const uint32_t *a, const uint32_t *b)
{
    unsigned different = 0;
    for (unsigned i = 0; i < WIDTH * HEIGHT; i++) {
        for (unsigned c = 0; c < 24; c += 8) {
            int d = (int)channel(a[i], c) - (int)channel(b[i], c);
            if (d < -2 || d > 2) {
                different++;
                break;
            }
        }
    }
    CHECK(different == 0, "%u pixels differ between the variants", different);
}

static bool write_ppm(const char *path, const uint32_t *p)
{
    FILE *f = fopen(path, "wb");
    if (!f)
        return false;
    fprintf(f, "P6\n%u %u\n255\n", WIDTH, HEIGHT);
    for (unsigned i = 0; i < WIDTH * HEIGHT; i++) {
        const uint8_t rgb[3] = {(uint8_t)(p[i] >> 16), (uint8_t)(p[i] >> 8), (uint8_t)p[i]};
        fwrite(rgb, 1, 3, f);
    }
    return fclose(f) == 0;
}

int main(int argc, char **argv)
{
    static uint32_t pixels[2][WIDTH * HEIGHT];
    bool draws = argc > 1 && !strcmp(argv[1], "vulkan");
    for (int i = 0; i < 2; i++) {
        const struct vmm_config c = {.variant = i ? PVG_VARIANT_PLATFORM : PVG_VARIANT_PCI,
                                     .renderer = draws ? PVG_RENDERER_VULKAN : PVG_RENDERER_NULL};
        struct pvg_error err = {0};
        struct vmm *vm = vmm_try_new(&c, &err);
        if (!vm) {
            fprintf(stderr, "skipped: %s\n", err.message);
            return 77;
        }
        run_scene(vm, pixels[i]);
        check_stats(vm, draws);
        if (draws && getenv("OPENPVG_TEST_OUT")) {
            char path[512];
            snprintf(path, sizeof(path), "%s/scene-%s.ppm", getenv("OPENPVG_TEST_OUT"), i ? "platform" : "pci");
            CHECK(write_ppm(path, pixels[i]), "%s", path);
        }
        if (failures && vm->log)
            fprintf(stderr, "--- log of the %s variant ---\n%s\n", i ? "platform" : "PCI", vm->log);
        vmm_free(vm);
    }
    if (draws) {
        check_picture(pixels[0]);
        check_same(pixels[0], pixels[1]);
    }
    printf("%s\n", failures ? "FAILED" : "ok");
    return failures ? 1 : 0;
}
