/* SPDX-License-Identifier: MIT */
/* Set-up, the display thread and the dispatch of display packets. */
#include "display/pipe.h"
#include "util/log.h"
#include "wire/packet.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/** Host pixels per millimetre where the embedder gives no physical size. */
#define PIXELS_PER_MM 4.0f

static const struct pvg_mode default_mode = {.width = 1920, .height = 1080, .refresh_mhz = 60000};

static uint64_t now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
}

void pvg_displays_wake(struct pvg_displays *d)
{
    uint64_t one = 1;
    ssize_t n;

    /* A full counter means that the thread is due already. */
    do
        n = write(d->wake_fd, &one, sizeof(one));
    while (n < 0 && errno == EINTR);
}

struct pvg_pipe *pvg_displays_pipe(struct pvg_displays *d, uint32_t index, const char *what)
{
    if (index < d->count)
        return &d->pipes[index];
    pvg_warn_limited(pvg_device_log(d->dev), "%s for display %u of %u is ignored", what, index, d->count);
    return NULL;
}

/* Longest delay of a cursor position while the cursor moves. */
#define POKE_PERIOD_NS UINT64_C(1000000)

/* ---- The display thread --------------------------------------------------------------------------------------------------- */

static void report_cursors(struct pvg_displays *d)
{
    uint32_t forget = atomic_exchange(&d->forget, 0), poked = atomic_exchange(&d->poked, 0);

    /* While the cursor moves this thread looks every POKE_PERIOD_NS, so that a poke costs its vCPU no system call. The flag drops
     * before the last look: a poke that still saw it set is found by that look. */
    if (poked) {
        atomic_store(&d->polling, true);
    } else if (atomic_load(&d->polling)) {
        atomic_store(&d->polling, false);
        poked = atomic_exchange(&d->poked, 0);
    }
    for (uint32_t i = 0; i < d->count; i++) {
        if (forget & 1u << i && d->cb.cursor_image)
            d->cb.cursor_image(d->opaque, i, NULL);
        if (poked & 1u << i)
            pvg_pipe_cursor_moved(&d->pipes[i]);
    }
}

uint64_t pvg_displays_turn(struct pvg_displays *d, uint64_t now)
{
    uint64_t next;

    report_cursors(d);
    next = pvg_displays_flush_done(d, now);
    for (uint32_t i = 0; i < d->count; i++) {
        uint64_t due = pvg_pipe_tick(&d->pipes[i], now);
        next = due < next ? due : next;
    }
    return next;
}

static void sleep_until(struct pvg_displays *d, uint64_t deadline)
{
    struct pollfd fd = {.fd = d->wake_fd, .events = POLLIN};
    uint64_t now = now_ns(), wait = deadline > now ? deadline - now : 0, count;
    struct timespec ts = {.tv_sec = (time_t)(wait / 1000000000), .tv_nsec = (long)(wait % 1000000000)};

    if (ppoll(&fd, 1, deadline == UINT64_MAX ? NULL : &ts, NULL) > 0 && read(d->wake_fd, &count, sizeof(count)) < 0)
        return;
}

static void *run(void *arg)
{
    struct pvg_displays *d = arg;

    while (!atomic_load(&d->dead)) {
        uint64_t now = now_ns(), next = pvg_displays_turn(d, now);

        if (atomic_load(&d->polling) && next > now + POKE_PERIOD_NS)
            next = now + POKE_PERIOD_NS;
        sleep_until(d, next);
    }
    return NULL;
}

/* ---- Life ----------------------------------------------------------------------------------------------------------------- */

static void pipe_defaults(struct pvg_pipe *pipe, const struct pvg_display_config *c)
{
    const char *name = c->name ? c->name : "OpenPVG";
    const struct pvg_mode *modes = c->modes ? c->modes : &default_mode;

    pipe->mode_count = c->modes ? c->mode_count : 1;
    memcpy(pipe->modes, modes, pipe->mode_count * sizeof(*modes));
    memcpy(pipe->name, name, strnlen(name, sizeof(pipe->name) - 1));
    /* Stable over launches, so that the guest recognises its arrangement (spec 04 section 2.1). */
    pipe->serial = c->serial ? c->serial : pipe->index + 1;
    pipe->width_mm = c->width_mm ? (float)c->width_mm : (float)modes->width / PIXELS_PER_MM;
    pipe->height_mm = c->height_mm ? (float)c->height_mm : (float)modes->height / PIXELS_PER_MM;
}

static bool config_valid(const struct pvg_device_config *config, struct pvg_error *err)
{
    if (!config->displays)
        return true;
    if (config->display_count < 1 || config->display_count > PVG_MAX_DISPLAYS) {
        pvg_error_set(err, "display_count is %zu, 1 to %d are possible", config->display_count, PVG_MAX_DISPLAYS);
        return false;
    }
    for (size_t i = 0; i < config->display_count; i++) {
        const struct pvg_display_config *c = &config->displays[i];
        struct pvg_error reason;

        if (c->modes && !pvg_modes_valid(c->modes, c->mode_count, &reason)) {
            pvg_error_set(err, "display %zu: %.400s", i, reason.message);
            return false;
        }
    }
    return true;
}

struct pvg_displays *pvg_displays_new(struct pvg_device *dev, const struct pvg_device_config *config, struct pvg_error *err)
{
    static const struct pvg_display_config plain;
    struct pvg_displays *d;

    if (!config_valid(config, err))
        return NULL;
    pvg_error_set(err, "no memory or other resources for the displays");
    d = calloc(1, sizeof(*d));
    if (!d)
        return NULL;
    d->dev = dev;
    d->cb = config->callbacks.display;
    d->opaque = config->opaque;
    d->count = config->displays ? (uint32_t)config->display_count : 1;
    atomic_init(&d->refs, 1);
    for (uint32_t i = 0; i < d->count; i++) {
        struct pvg_pipe *pipe = &d->pipes[i];
        pipe->owner = d;
        pipe->index = i;
        pthread_mutex_init(&pipe->lock, NULL);
        pipe_defaults(pipe, config->displays ? &config->displays[i] : &plain);
    }
    d->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (d->wake_fd < 0) {
        pvg_displays_unref(d);
        return NULL;
    }
    return d;
}

struct pvg_displays *pvg_displays_create(struct pvg_device *dev, const struct pvg_device_config *config, struct pvg_error *err)
{
    struct pvg_displays *d = pvg_displays_new(dev, config, err);

    if (!d)
        return NULL;
    if (pthread_create(&d->thread, NULL, run, d) != 0) {
        pvg_displays_unref(d);
        return NULL;
    }
    d->thread_started = true;
    pthread_setname_np(d->thread, "pvg-display");
    return d;
}

void pvg_displays_ref(struct pvg_displays *d)
{
    atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed);
}

void pvg_displays_unref(struct pvg_displays *d)
{
    if (atomic_fetch_sub_explicit(&d->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (uint32_t i = 0; i < d->count; i++)
        pthread_mutex_destroy(&d->pipes[i].lock);
    if (d->wake_fd >= 0)
        close(d->wake_fd);
    free(d);
}

void pvg_displays_destroy(struct pvg_displays *d)
{
    atomic_store(&d->dead, true);
    pvg_displays_wake(d);
    if (d->thread_started)
        pthread_join(d->thread, NULL);
    for (uint32_t i = 0; i < d->count; i++)
        pvg_pipe_forget_frames(&d->pipes[i]);
    pvg_displays_unref(d);
}

void pvg_displays_reset(struct pvg_displays *d)
{
    atomic_fetch_add(&d->epoch, 1);
    atomic_store(&d->done, 0);
    atomic_store(&d->poked, 0);
    for (uint32_t i = 0; i < d->count; i++) {
        struct pvg_pipe *pipe = &d->pipes[i];

        pthread_mutex_lock(&pipe->lock);
        pipe->page_gpa = 0;
        pipe->suspended = pipe->refill = pipe->online = pipe->relink = false;
        pipe->tries = 0;
        pipe->last_try = pipe->last_tick = 0;
        if (pipe->glyph)
            atomic_fetch_or(&d->forget, 1u << i);
        pipe->glyph = pipe->visible = false;
        pipe->x = pipe->y = 0;
        pthread_mutex_unlock(&pipe->lock);
        pvg_pipe_forget_frames(pipe);
    }
    pvg_displays_wake(d);
}

uint32_t pvg_displays_count(const struct pvg_displays *d)
{
    return d->count;
}

int pvg_display_set_modes(struct pvg_device *dev, uint32_t display, const struct pvg_mode *modes, size_t count)
{
    struct pvg_displays *d = pvg_device_displays(dev);

    if (display >= d->count)
        return -ENOENT;
    if (!pvg_modes_valid(modes, count, NULL))
        return -EINVAL;
    struct pvg_pipe *pipe = &d->pipes[display];
    pthread_mutex_lock(&pipe->lock);
    memcpy(pipe->modes, modes, count * sizeof(*modes));
    pipe->mode_count = count;
    pipe->refill = true;
    pthread_mutex_unlock(&pipe->lock);
    pvg_displays_wake(d);
    return 0;
}

/* ---- Packets and registers ------------------------------------------------------------------------------------------------ */

static void set_shared_page(struct pvg_displays *d, uint32_t channel, const uint8_t *payload, size_t len)
{
    struct pvg_w_set_shared_page p;

    if (!pvg_w_set_shared_page_decode(payload, len, &p)) {
        pvg_warn_limited(pvg_device_log(d->dev), "shared page packet of %zu bytes is too short, the display stays dark", len);
        return;
    }
    struct pvg_pipe *pipe = pvg_displays_pipe(d, p.pipe, "shared page");
    if (pipe)
        pvg_pipe_set_page(pipe, channel, p.pfn);
}

static void online_ack(struct pvg_displays *d, const uint8_t *payload, size_t len)
{
    struct pvg_w_online_ack p;
    struct pvg_pipe *pipe;

    if (len < 8)
        pvg_warn_limited(pvg_device_log(d->dev), "online acknowledgement of %zu bytes carries no generation", len);
    if (!pvg_w_online_ack_decode(payload, len, &p))
        return;
    pipe = pvg_displays_pipe(d, p.pipe, "online acknowledgement");
    if (pipe)
        pvg_pipe_online_ack(pipe, p.has_generation, p.generation);
}

/* Sleep state and properties: the layout beyond the pipe is not known, and guests do not depend on an effect (spec 04 4.5, 4.6). */
static void noted(struct pvg_displays *d, uint16_t opcode, const uint8_t *payload, size_t len)
{
    struct pvg_w_display_words p;

    if (!pvg_w_display_words_decode(payload, len, &p))
        pvg_warn_limited(pvg_device_log(d->dev), "display packet 0x%02x of %zu bytes is too short", opcode, len);
    else
        pvg_debug(pvg_device_log(d->dev), "display %u: packet 0x%02x, word 0x%x, has no effect here", p.pipe, opcode, p.word);
}

enum pvg_display_verdict pvg_displays_packet(struct pvg_displays *d, uint32_t channel, uint16_t opcode, const uint8_t *payload,
                                             size_t len)
{
    switch (opcode) {
    case 0x01:
        set_shared_page(d, channel, payload, len);
        break;
    case 0x02:
        online_ack(d, payload, len);
        break;
    case 0x04:
        pvg_pipe_cursor_glyph(d, payload, len);
        break;
    case 0x05:
        pvg_pipe_cursor_show(d, payload, len);
        break;
    case 0x06:
    case 0x07:
    case 0x08:
        return pvg_pipe_present(d, channel, opcode, payload, len);
    case 0x09:
    case 0x0a:
        noted(d, opcode, payload, len);
        break;
    default:
        break;
    }
    return PVG_DISPLAY_DONE;
}

void pvg_displays_channel(struct pvg_displays *d, uint32_t channel, bool live)
{
    for (uint32_t i = 0; i < d->count; i++) {
        struct pvg_pipe *pipe = &d->pipes[i];

        pthread_mutex_lock(&pipe->lock);
        if (pipe->page_gpa && pipe->channel == channel)
            pipe->suspended = !live;
        pthread_mutex_unlock(&pipe->lock);
    }
    if (live)
        pvg_displays_wake(d);
}

void pvg_displays_cursor_poke(struct pvg_displays *d, uint32_t pipe)
{
    if (pipe >= d->count)
        return;
    if (!(atomic_fetch_or(&d->poked, 1u << pipe) & 1u << pipe) && !atomic_load(&d->polling))
        pvg_displays_wake(d);
}
