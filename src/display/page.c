/* SPDX-License-Identifier: MIT */
/* The shared page of a pipe: descriptor, event mailbox, handshake and cadence (spec 04 sections 1.4, 2 and 3). */
#include "core/counters.h"
#include "core/ram.h"
#include "display/pipe.h"
#include "util/log.h"

#include <endian.h>
#include <math.h>

/** Online events: every 200 ms, 150 times (spec 04 section 1.4). */
#define RETRY_NS  UINT64_C(200000000)
#define RETRY_MAX 150u
/** The enable word changes without a trap, so it is polled (spec 04 C4). */
#define POLL_NS UINT64_C(4000000)

/* The lock is held. @return NULL when the pipe has no page that may be used. */
static uint8_t *page_of(struct pvg_pipe *pipe)
{
    if (!pipe->page_gpa || pipe->suspended)
        return NULL;
    return pvg_gpa_ptr(pipe->owner->dev, pipe->page_gpa, PVG_DPAGE_SIZE, true);
}

static uint32_t *word(uint8_t *page, unsigned offset)
{
    return (uint32_t *)(void *)(page + offset);
}

/* What the guest wants to hear; nothing when the page cannot be read (spec 04 C7). */
static uint32_t enabled(uint8_t *page)
{
    return le32toh(__atomic_load_n(word(page, PVG_DPAGE_ENABLE), __ATOMIC_ACQUIRE));
}

/*
 * Set `bits` in one read-modify-write, because the guest clears bits at the same time (spec 04 E2), and drop a stale online bit
 * (C5).
 */
static void set_pending(uint8_t *page, uint32_t bits, uint32_t drop)
{
    uint32_t *pending = word(page, PVG_DPAGE_PENDING);
    uint32_t have = __atomic_load_n(pending, __ATOMIC_RELAXED), want;

    do {
        want = htole32((le32toh(have) & ~drop) | bits);
    } while (!__atomic_compare_exchange_n(pending, &have, want, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

/* The lock is held and RAM is pinned. @return bits that were raised. */
static uint32_t raise(struct pvg_pipe *pipe, uint32_t wanted)
{
    uint8_t *page = page_of(pipe);
    uint32_t bits = page ? enabled(page) & wanted : 0;

    if (!bits)
        return 0;
    set_pending(page, bits, pipe->online && !pipe->relink ? PVG_DEVENT_ONLINE & ~bits : 0);
    pvg_ram_report_dirty(pipe->owner->dev, pipe->page_gpa, PVG_DPAGE_SIZE);
    return bits;
}

struct event {
    struct pvg_pipe *pipe;
    uint32_t wanted, raised;
};

static void event_with_ram(void *arg)
{
    struct event *e = arg;

    pthread_mutex_lock(&e->pipe->lock);
    e->raised = raise(e->pipe, e->wanted);
    pthread_mutex_unlock(&e->pipe->lock);
}

void pvg_pipe_event(struct pvg_pipe *pipe, uint32_t wanted)
{
    struct event e = {.pipe = pipe, .wanted = wanted};

    if (pvg_device_with_ram(pipe->owner->dev, event_with_ram, &e) && e.raised)
        pvg_device_display_irq(pipe->owner->dev, 1u << pipe->index);
}

/* ---- Descriptor ----------------------------------------------------------------------------------------------------------- */

/* The lock is held; worker or RAM pinned. */
static bool fill(struct pvg_pipe *pipe)
{
    struct pvg_w_display_desc desc = {
        .serial = pipe->serial,
        .pipe = (uint16_t)pipe->index,
        .mm_width = pipe->width_mm,
        .mm_height = pipe->height_mm,
        .cursor_max_width = PVG_CURSOR_MAX,
        .cursor_max_height = PVG_CURSOR_MAX,
        /* No gamma tables: the guest then uses the short present form. */
        .gamma_entries = 0,
        .cursor_caps = PVG_CURSOR_CAP_SHOW | PVG_CURSOR_CAP_MOVE,
        .timing_count = (uint16_t)pipe->mode_count,
    };
    uint8_t *page = page_of(pipe);

    if (!page)
        return false;
    memcpy(desc.name, pipe->name, sizeof(desc.name));
    for (size_t i = 0; i < pipe->mode_count; i++)
        desc.timings[i] = (struct pvg_w_timing){.width = (uint16_t)pipe->modes[i].width,
                                                .height = (uint16_t)pipe->modes[i].height,
                                                .hz_16_16 = pvg_timing_hz_from_millihertz(pipe->modes[i].refresh_mhz)};
    if (!pvg_w_display_page_fill(page, PVG_DPAGE_SIZE, &desc))
        return false;
    pipe->refill = false;
    pvg_ram_report_dirty(pipe->owner->dev, pipe->page_gpa, PVG_DPAGE_SIZE);
    return true;
}

void pvg_pipe_set_page(struct pvg_pipe *pipe, uint32_t channel, uint32_t pfn)
{
    struct pvg_device *dev = pipe->owner->dev;
    uint64_t gpa = (uint64_t)pfn << pvg_device_page_shift(dev);
    bool ok = true;

    /* A page that is not RAM changes nothing; PFN 0 takes the page away. */
    if (pfn && !pvg_gpa_ptr(dev, gpa, PVG_DPAGE_SIZE, true)) {
        pvg_warn_limited(pvg_device_log(dev), "display %u: shared page at 0x%llx is not RAM, the display stays dark", pipe->index,
                         (unsigned long long)gpa);
        return;
    }
    pthread_mutex_lock(&pipe->lock);
    pipe->page_gpa = gpa;
    pipe->channel = channel;
    pipe->suspended = pipe->online = pipe->relink = false;
    pipe->tries = 0;
    pipe->last_try = pipe->last_tick = 0;
    if (gpa)
        ok = fill(pipe);
    pthread_mutex_unlock(&pipe->lock);
    if (!ok)
        pvg_warn_limited(pvg_device_log(dev), "display %u: shared page cannot be filled", pipe->index);
    else
        pvg_debug(pvg_device_log(dev), "display %u: shared page at 0x%llx", pipe->index, (unsigned long long)gpa);
    pvg_displays_wake(pipe->owner);
}

void pvg_pipe_online_ack(struct pvg_pipe *pipe, bool has_generation, uint32_t generation)
{
    struct pvg_device *dev = pipe->owner->dev;
    uint32_t expected = generation;
    bool was;
    uint8_t *page;

    pthread_mutex_lock(&pipe->lock);
    was = pipe->online && !pipe->relink;
    pipe->online = true;
    pipe->relink = false;
    pipe->tries = 0;
    page = page_of(pipe);
    if (page) {
        expected = pvg_ld32(page + PVG_DPAGE_GENERATION);
        set_pending(page, 0, PVG_DEVENT_ONLINE);
        pvg_ram_report_dirty(dev, pipe->page_gpa, PVG_DPAGE_SIZE);
    }
    pthread_mutex_unlock(&pipe->lock);
    if (has_generation && generation != expected)
        pvg_debug(pvg_device_log(dev), "display %u: acknowledged generation %u of %u", pipe->index, generation, expected);
    if (!was)
        pvg_info(pvg_device_log(dev), "display %u is online", pipe->index);
    pvg_displays_wake(pipe->owner);
}

/* ---- Cadence -------------------------------------------------------------------------------------------------------------- */

uint64_t pvg_pipe_period(const struct pvg_pipe *pipe)
{
    const struct pvg_mode *mode = &pipe->modes[0];

    for (size_t i = 0; i < pipe->mode_count; i++) {
        if (pipe->modes[i].width == pipe->shown_w && pipe->modes[i].height == pipe->shown_h) {
            mode = &pipe->modes[i];
            break;
        }
    }
    return pvg_timing_period_ns(pvg_timing_hz_from_millihertz(mode->refresh_mhz));
}

struct tick {
    struct pvg_pipe *pipe;
    uint64_t now, next;
    uint32_t raised;
};

/* The online event goes out with the first look that finds it enabled; only repeats are paced (spec 04 C3). */
static void offer(struct tick *t, uint32_t enable)
{
    struct pvg_pipe *pipe = t->pipe;

    if (!(enable & PVG_DEVENT_ONLINE) || pipe->tries >= RETRY_MAX)
        return;
    if (pipe->tries && t->now - pipe->last_try < RETRY_NS)
        return;
    pipe->tries++;
    pipe->last_try = t->now;
    t->raised |= raise(pipe, PVG_DEVENT_ONLINE);
}

/*
 * One event per period on a fixed grid. A look that finds nothing armed keeps the slot, so that a guest which arms late is served
 * at once; a look that is two periods late starts a new grid (spec 04 T3, T4, R2).
 */
static void refresh(struct tick *t, uint32_t enable)
{
    struct pvg_pipe *pipe = t->pipe;
    uint32_t armed = enable & (PVG_DEVENT_VBL | PVG_DEVENT_TRANSACTION);
    uint64_t period = pvg_pipe_period(pipe), late = t->now - pipe->last_tick;

    if (!armed)
        return;
    if (late >= period) {
        pipe->last_tick = late >= 2 * period ? t->now : pipe->last_tick + period;
        t->raised |= raise(pipe, armed);
    }
    if (pipe->last_tick + period < t->next)
        t->next = pipe->last_tick + period;
}

static void tick_with_ram(void *arg)
{
    struct tick *t = arg;
    struct pvg_pipe *pipe = t->pipe;
    uint8_t *page;

    pthread_mutex_lock(&pipe->lock);
    page = page_of(pipe);
    if (page) {
        uint32_t enable = enabled(page);

        t->next = t->now + POLL_NS;
        if (pipe->refill && fill(pipe) && pipe->online) {
            pipe->relink = true;
            pipe->tries = 0;
        }
        if (!pipe->online || pipe->relink)
            offer(t, enable);
        if (pipe->online)
            refresh(t, enable);
    }
    pthread_mutex_unlock(&pipe->lock);
}

uint64_t pvg_pipe_tick(struct pvg_pipe *pipe, uint64_t now)
{
    struct tick t = {.pipe = pipe, .now = now, .next = UINT64_MAX};
    bool used;

    pthread_mutex_lock(&pipe->lock);
    used = pipe->page_gpa && !pipe->suspended;
    pthread_mutex_unlock(&pipe->lock);
    if (!used)
        return UINT64_MAX;
    /* Paused or resetting: look again later, the page may come back to use. */
    if (!pvg_device_with_ram(pipe->owner->dev, tick_with_ram, &t))
        return now + POLL_NS;
    if (t.raised)
        pvg_device_display_irq(pipe->owner->dev, 1u << pipe->index);
    return t.next;
}

bool pvg_pipe_cursor_words(struct pvg_pipe *pipe, struct pvg_w_cursor_state *out)
{
    uint8_t *page;
    bool ok;

    pthread_mutex_lock(&pipe->lock);
    page = page_of(pipe);
    ok = page && pvg_w_cursor_state_read(page, PVG_DPAGE_SIZE, out);
    pthread_mutex_unlock(&pipe->lock);
    return ok;
}
