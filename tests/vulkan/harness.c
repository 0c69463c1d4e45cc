/* SPDX-License-Identifier: MIT */
#include "harness.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vulkan/debug.h"

static void on_dirty(void *opaque, uint64_t gpa, uint64_t size)
{
    struct harness *h = opaque;
    atomic_fetch_add(&h->dirty_bytes, size);
}

static void on_log(void *opaque, enum pvg_log_level level, const char *message)
{
    struct harness *h = opaque;
    atomic_fetch_add(&h->log_lines, 1);
    if (getenv("OPENPVG_TEST_LOG"))
        fprintf(stderr, "log: %s\n", message);
}

int harness_setup(void **state)
{
    struct harness *h = calloc(1, sizeof(*h));
    pvg_log_init(&h->log, on_log, h, PVG_LOG_INFO);
    h->fd = memfd_create("guest-ram", MFD_CLOEXEC);
    if (ftruncate(h->fd, RAM_BYTES))
        return -1;
    h->ram = mmap(NULL, RAM_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, h->fd, 0);
    struct pvg_render_config config = {
        .log = &h->log,
        .cache_dir = getenv("OPENPVG_TEST_CACHE") ? getenv("OPENPVG_TEST_CACHE") : "",
        .ram_dirty = on_dirty,
        .opaque = h,
    };
    struct pvg_error err = {{0}};
    h->r = pvg_vulkan_create(&config, &err);
    if (!h->r) {
        fprintf(stderr, "no renderer: %s\n", err.message);
        exit(77);
    }
    h->ops = h->r->ops;
    struct pvg_ram_region region = {.gpa = RAM_GPA, .size = RAM_BYTES, .host = h->ram, .fd = h->fd};
    h->ops->ram_add(h->r, &region);
    *state = h;
    return 0;
}

int harness_teardown(void **state)
{
    struct harness *h = *state;
    h->ops->destroy(h->r);
    munmap(h->ram, RAM_BYTES);
    close(h->fd);
    free(h);
    return pvg_vkdebug_count() ? -1 : 0;
}

uint8_t *harness_pages(struct harness *h, size_t pages)
{
    uint8_t *p = h->ram + h->next_page * PAGE;
    h->next_page += pages;
    assert_true(h->next_page * PAGE <= RAM_BYTES);
    return p;
}

struct pvg_rbuf *harness_buffer(struct harness *h, uint64_t size, uint8_t **bytes)
{
    uint64_t pages = (size + PAGE - 1) / PAGE;
    uint8_t *p = harness_pages(h, pages);
    struct pvg_rspan span = {p, pages * PAGE, RAM_GPA + (uint64_t)(p - h->ram), h->fd, (uint64_t)(p - h->ram)};
    struct pvg_rbuf_desc desc = {.size = size, .spans = &span, .span_count = 1, .guest_writable = true};
    struct pvg_rbuf *buf = h->ops->buffer_create(h->r, &desc);
    assert_non_null(buf);
    *bytes = p;
    return buf;
}

struct pvg_rspan *harness_spans(struct harness *h, const uint32_t *pages, size_t count)
{
    struct pvg_rspan *spans = calloc(count, sizeof(*spans));
    for (size_t i = 0; i < count; i++) {
        spans[i] = (struct pvg_rspan){.size = PAGE, .fd = -1};
        if (pages[i] == UINT32_MAX)
            continue;
        spans[i].host = h->ram + (uint64_t)pages[i] * PAGE;
        spans[i].gpa = RAM_GPA + (uint64_t)pages[i] * PAGE;
        spans[i].fd = h->no_fd ? -1 : h->fd;
        spans[i].fd_offset = (uint64_t)pages[i] * PAGE;
    }
    return spans;
}

struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool done;
};

static void on_done(void *arg)
{
    struct waiter *w = arg;
    pthread_mutex_lock(&w->lock);
    w->done = true;
    pthread_cond_signal(&w->cond);
    pthread_mutex_unlock(&w->lock);
}

void harness_run(struct harness *h, struct pvg_rcmd *cmd)
{
    struct waiter w = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false};
    h->ops->cmd_submit(cmd, (struct pvg_rcompletion){on_done, &w});
    pthread_mutex_lock(&w.lock);
    while (!w.done)
        pthread_cond_wait(&w.cond, &w.lock);
    pthread_mutex_unlock(&w.lock);
}

struct pvg_rtex *harness_texture(struct harness *h, uint16_t format, uint32_t width, uint32_t height, uint32_t usage)
{
    struct pvg_rtex_desc desc = {
        .desc = {.type = PVG_W_TEX_2D,
                 .format = format,
                 .width = width,
                 .height = height,
                 .depth = 1,
                 .levels = 1,
                 .samples = 1,
                 .array_length = 1,
                 .usage = usage,
                 .options = PVG_W_STORAGE_PRIVATE << 4,
                 .swizzle = {2, 3, 4, 5}},
    };
    struct pvg_rtex *t = h->ops->texture_create(h->r, &desc);
    assert_non_null(t);
    return t;
}

void harness_read(struct harness *h, struct pvg_rtex *t, uint32_t w, uint32_t height, uint32_t bytes_per_pixel, void *out)
{
    uint8_t *bytes;
    struct pvg_rbuf *buf = harness_buffer(h, (uint64_t)w * height * bytes_per_pixel, &bytes);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    struct pvg_rregion src = {.texture = t};
    struct pvg_rlinear dst = {.buffer = buf};
    const uint32_t size[3] = {w, height, 1};
    assert_true(h->ops->copy_texture_to_buffer(cmd, &src, size, &dst));
    harness_run(h, cmd);
    memcpy(out, bytes, (size_t)w * height * bytes_per_pixel);
    h->ops->buffer_release(h->r, buf);
}

void assert_pixel(const uint8_t *pixel, const uint8_t expect[4], int tolerance)
{
    for (int i = 0; i < 4; i++) {
        if (abs(pixel[i] - expect[i]) > tolerance)
            fail_msg("pixel %u %u %u %u, expected %u %u %u %u", pixel[0], pixel[1], pixel[2], pixel[3], expect[0], expect[1],
                     expect[2], expect[3]);
    }
}
