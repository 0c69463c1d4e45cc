/* SPDX-License-Identifier: MIT */
/* Presents, frames and back-pressure (spec 04 sections 4.4 and 5). */
#include "core/counters.h"
#include "display/pipe.h"
#include "stream/exec.h"
#include "util/log.h"
#include "wire/packet.h"

#include <stdlib.h>

/** Accepted presents that the front-end has not consumed; the next one waits (spec 04 section 5.6). */
enum { BACKLOG = 2 };
/** How long the event of a finished present waits for the stamp's publication before it goes out by itself. */
#define DONE_GRACE_NS UINT64_C(2000000)

/** A complete frame. Independent of the device, so that front-ends may keep it. */
struct pvg_shown {
    struct pvg_frame frame;
    _Atomic uint32_t refs;
    struct pvg_rframe *image;
    const struct pvg_render_ops *ops; /**< Static; frames are released through it after the renderer's end too. */
};

/** A capture on its way through the renderer. */
struct capture {
    struct pvg_pipe *pipe;
    struct pvg_shown *shown; /**< Without pixels yet; NULL: nothing was captured. */
    uint32_t channel;
    uint32_t epoch;
};

/* ---- Frames --------------------------------------------------------------------------------------------------------------- */

static void shown_unref(struct pvg_shown *s)
{
    if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
        return;
    s->ops->frame_release(s->image);
    free(s);
}

void pvg_frame_release(const struct pvg_frame *frame)
{
    if (frame)
        shown_unref((struct pvg_shown *)((char *)frame - offsetof(struct pvg_shown, frame)));
}

static struct pvg_pipe *pipe_of(struct pvg_device *dev, uint32_t display)
{
    struct pvg_displays *d = pvg_device_displays(dev);

    return d && display < d->count ? &d->pipes[display] : NULL;
}

/* The lock is held. @return true when a held present can go on. */
static bool consume(struct pvg_pipe *pipe, uint64_t sequence)
{
    bool held = pipe->held;

    if (sequence <= pipe->consumed)
        return false;
    pipe->consumed = sequence;
    pipe->held = held && pipe->accepted - pipe->consumed >= BACKLOG;
    return held && !pipe->held;
}

const struct pvg_frame *pvg_display_acquire_frame(struct pvg_device *dev, uint32_t display)
{
    struct pvg_pipe *pipe = pipe_of(dev, display);
    struct pvg_shown *s;
    bool kick = false;

    if (!pipe)
        return NULL;
    pthread_mutex_lock(&pipe->lock);
    s = pipe->shown;
    if (s) {
        atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
        kick = consume(pipe, s->frame.sequence);
    }
    pthread_mutex_unlock(&pipe->lock);
    if (kick)
        pvg_device_kick(dev);
    return s ? &s->frame : NULL;
}

void pvg_display_discard_frames(struct pvg_device *dev, uint32_t display)
{
    struct pvg_pipe *pipe = pipe_of(dev, display);
    bool kick;

    if (!pipe)
        return;
    pthread_mutex_lock(&pipe->lock);
    kick = consume(pipe, pipe->accepted);
    pthread_mutex_unlock(&pipe->lock);
    if (kick)
        pvg_device_kick(dev);
}

bool pvg_display_presented(struct pvg_device *dev, uint32_t display)
{
    struct pvg_pipe *pipe = pipe_of(dev, display);
    bool presented = false;

    if (pipe) {
        pthread_mutex_lock(&pipe->lock);
        presented = pipe->presented;
        pthread_mutex_unlock(&pipe->lock);
    }
    return presented;
}

void pvg_pipe_forget_frames(struct pvg_pipe *pipe)
{
    struct pvg_shown *s;

    pthread_mutex_lock(&pipe->lock);
    s = pipe->shown;
    pipe->shown = NULL;
    pipe->consumed = pipe->accepted;
    pipe->held = false;
    pipe->presented = false;
    pipe->shown_w = pipe->shown_h = 0;
    pthread_mutex_unlock(&pipe->lock);
    shown_unref(s);
}

/* ---- Completion ----------------------------------------------------------------------------------------------------------- */

/* Make a captured frame the display's picture. Takes over the caller's reference. */
static void show(struct pvg_displays *d, struct pvg_pipe *pipe, struct pvg_shown *s)
{
    struct pvg_counters *counters = pvg_device_counters(d->dev);
    struct pvg_shown *old;
    bool resized, unseen;
    uint32_t width = s->frame.width, height = s->frame.height;
    uint64_t sequence = s->frame.sequence;

    pthread_mutex_lock(&pipe->lock);
    old = pipe->shown;
    resized = !old || old->frame.width != width || old->frame.height != height;
    unseen = old && old->frame.sequence > pipe->consumed;
    pipe->shown = s;
    pthread_mutex_unlock(&pipe->lock);
    shown_unref(old);

    pvg_count(&counters->frames_delivered);
    if (unseen)
        pvg_count(&counters->frames_dropped);
    if (resized && d->cb.mode)
        d->cb.mode(d->opaque, pipe->index, width, height);
    if (d->cb.frame)
        d->cb.frame(d->opaque, pipe->index, sequence);
    else
        pvg_display_discard_frames(d->dev, pipe->index);
}

/* The event goes out behind the stamp, because the waiter that it wakes tests the stamp word (spec 04 section 4.4 step 9). */
static void mark_done(struct pvg_displays *d, struct pvg_pipe *pipe, uint32_t channel)
{
    atomic_store(&d->done_channel[pipe->index], channel);
    atomic_fetch_or(&d->done, 1u << pipe->index);
    pvg_displays_wake(d);
}

/* Renderer's completion thread, or the worker. */
static void captured(void *arg)
{
    struct capture *c = arg;
    struct pvg_pipe *pipe = c->pipe;
    struct pvg_displays *d = pipe->owner;
    struct pvg_shown *s = c->shown;

    if (s)
        s->frame.pixels = s->ops->frame_pixels(s->image, &s->frame.width, &s->frame.height, &s->frame.stride);
    if (atomic_load(&d->dead) || c->epoch != atomic_load(&d->epoch)) {
        shown_unref(s);
    } else {
        if (s)
            show(d, pipe, s);
        mark_done(d, pipe, c->channel);
    }
    free(c);
    pvg_displays_unref(d);
}

static void events(struct pvg_displays *d, uint32_t pipes)
{
    for (uint32_t i = 0; i < d->count; i++)
        if (pipes & 1u << i)
            pvg_pipe_event(&d->pipes[i], PVG_DEVENT_TRANSACTION);
}

void pvg_displays_stamped(struct pvg_displays *d, uint32_t channel)
{
    uint32_t done = atomic_load(&d->done), mine = 0;

    if (!done)
        return;
    for (uint32_t i = 0; i < d->count; i++)
        if (done & 1u << i && atomic_load(&d->done_channel[i]) == channel)
            mine |= 1u << i;
    mine &= atomic_fetch_and(&d->done, ~mine);
    events(d, mine);
}

uint64_t pvg_displays_flush_done(struct pvg_displays *d, uint64_t now)
{
    if (!atomic_load(&d->done)) {
        d->done_since = 0;
        return UINT64_MAX;
    }
    if (!d->done_since)
        d->done_since = now;
    if (now - d->done_since < DONE_GRACE_NS)
        return d->done_since + DONE_GRACE_NS;
    d->done_since = 0;
    events(d, atomic_exchange(&d->done, 0));
    return UINT64_MAX;
}

/* ---- Packets -------------------------------------------------------------------------------------------------------------- */

/* Copy of the surface's content, owned by the present. NULL: the picture stays as it is. */
static struct pvg_shown *capture_surface(struct pvg_displays *d, struct pvg_rcmd *cmd, uint32_t surface, struct pvg_render *render)
{
    struct pvg_shown *s = calloc(1, sizeof(*s));

    if (!s)
        return NULL;
    s->image = pvg_surfaces_capture(pvg_device_surfaces(d->dev), cmd, surface, &s->frame.width, &s->frame.height);
    if (!s->image) {
        free(s);
        return NULL;
    }
    s->ops = render->ops;
    atomic_init(&s->refs, 1);
    return s;
}

static void submit(struct pvg_displays *d, struct pvg_pipe *pipe, uint32_t channel, uint32_t surface)
{
    struct pvg_render *render = pvg_device_render(d->dev);
    struct capture *c = calloc(1, sizeof(*c));
    struct pvg_rcmd *cmd = c ? render->ops->cmd_begin(render) : NULL;

    if (!cmd) {
        pvg_warn_limited(pvg_device_log(d->dev), "display %u: no memory to show surface 0x%x", pipe->index, surface);
        free(c);
        mark_done(d, pipe, channel);
        return;
    }
    *c = (struct capture){.pipe = pipe, .channel = channel, .epoch = atomic_load(&d->epoch)};
    c->shown = capture_surface(d, cmd, surface, render);
    pthread_mutex_lock(&pipe->lock);
    pipe->presented = true;
    if (c->shown) {
        c->shown->frame.sequence = ++pipe->accepted;
        pipe->shown_w = c->shown->frame.width;
        pipe->shown_h = c->shown->frame.height;
    }
    pthread_mutex_unlock(&pipe->lock);
    if (!c->shown)
        pvg_warn_limited(pvg_device_log(d->dev), "display %u: surface 0x%x cannot be shown, the picture stays", pipe->index,
                         surface);
    pvg_displays_ref(d);
    render->ops->cmd_submit(cmd, (struct pvg_rcompletion){.fn = captured, .arg = c});
}

enum pvg_display_verdict pvg_pipe_present(struct pvg_displays *d, uint32_t channel, uint16_t opcode, const uint8_t *payload,
                                          size_t len)
{
    struct pvg_w_present p;
    bool hold;

    if (!pvg_w_present_decode(opcode, payload, len, &p)) {
        pvg_warn_limited(pvg_device_log(d->dev), "present 0x%02x of %zu bytes is too short", opcode, len);
        return PVG_DISPLAY_DONE;
    }
    struct pvg_pipe *pipe = pvg_displays_pipe(d, p.pipe, "present");
    if (!pipe)
        return PVG_DISPLAY_DONE;
    pthread_mutex_lock(&pipe->lock);
    hold = pipe->accepted - pipe->consumed >= BACKLOG;
    pipe->held = hold;
    pthread_mutex_unlock(&pipe->lock);
    if (hold)
        return PVG_DISPLAY_HOLD;
    pvg_count(&pvg_device_counters(d->dev)->presents);
    if (p.surface == 0)
        mark_done(d, pipe, channel);
    else
        submit(d, pipe, channel, p.surface);
    return PVG_DISPLAY_DONE;
}
