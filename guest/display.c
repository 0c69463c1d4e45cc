/* SPDX-License-Identifier: MIT */
/* Display pipes: shared page, online handshake, events, presents, cursor (spec 04). */
#include "internal.h"

#include <string.h>

/* Events a driver wants all the time. */
#define EVENTS_IDLE (PVG_DEVENT_ONLINE | PVG_DEVENT_OFFLINE)

/* arm64 guests were seen to use channel 4 for display commands (spec 04 section 1.2). */
static uint32_t display_channel(const struct pvg_guest_display *d)
{
    return d->g->t.platform ? PVG_CHANNEL_DOWNLOADS : PVG_CHANNEL_DISPLAY0 + d->pipe;
}

void pvg_guest_display_interrupt(struct pvg_guest_display *d)
{
    uint32_t *pending = (uint32_t *)(void *)(d->page + PVG_DPAGE_PENDING);
    uint32_t enable = pvg_guest_load(d->page + PVG_DPAGE_ENABLE);
    uint32_t claimed = __atomic_fetch_and(pending, ~enable, __ATOMIC_ACQ_REL) & enable;
    d->events |= claimed;
    if (claimed & PVG_DEVENT_VBL)
        d->g->stats.vblanks++;
}

struct pvg_guest_display *pvg_guest_display_register(struct pvg_guest *g, uint32_t pipe)
{
    struct pvg_guest_stamp stamp;
    uint8_t payload[8];
    if (pipe >= g->pipes || g->displays[pipe]) {
        pvg_guest_fail(g, "display pipe %u does not exist or is open", pipe);
        return NULL;
    }
    struct pvg_guest_display *d = calloc(1, sizeof(*d));
    if (!d)
        return NULL;
    d->g = g;
    d->pipe = pipe;
    d->page = g->t.alloc(g->t.opaque, 1, "display page", &d->gpa);
    if (!d->page) {
        free(d);
        pvg_guest_fail(g, "no memory for the display page");
        return NULL;
    }
    g->displays[pipe] = d;
    pvg_w_display_page_seed_chroma(d->page, pvg_guest_page(g));
    const struct pvg_w_set_shared_page s = {.pipe = pipe, .pfn = (uint32_t)(d->gpa >> g->t.page_shift)};
    size_t n = pvg_w_set_shared_page_encode(payload, sizeof(payload), &s);
    if (!pvg_guest_submit(g, display_channel(d), PVG_OP_DISPLAY_SET_SHARED_PAGE, NULL, 0, payload, n, &stamp) ||
        !pvg_guest_wait(g, stamp)) {
        pvg_guest_display_close(d);
        return NULL;
    }
    if (!pvg_w_display_page_read(d->page, pvg_guest_page(g), &d->desc)) {
        pvg_guest_fail(g, "the device filled no display descriptor");
        pvg_guest_display_close(d);
        return NULL;
    }
    return d;
}

void pvg_guest_display_enable(struct pvg_guest_display *d, uint32_t events)
{
    pvg_guest_store(d->page + PVG_DPAGE_ENABLE, events);
}

bool pvg_guest_display_wait_event(struct pvg_guest_display *d, uint32_t event)
{
    struct pvg_guest *g = d->g;
    uint64_t deadline = pvg_guest_deadline(g);
    while (!(d->events & event)) {
        if (g->t.now_ns(g->t.opaque) > deadline)
            return pvg_guest_fail(g, "display %u does not signal event 0x%x", d->pipe, event);
        g->t.wait_irq(g->t.opaque, PVG_GUEST_GFX, 1000000000ull);
        pvg_guest_interrupt(g);
    }
    d->events &= ~event;
    return true;
}

bool pvg_guest_display_online(struct pvg_guest_display *d)
{
    struct pvg_guest *g = d->g;
    struct pvg_guest_stamp stamp;
    uint8_t payload[8];
    pvg_guest_display_enable(d, EVENTS_IDLE);
    if (!pvg_guest_display_wait_event(d, PVG_DEVENT_ONLINE))
        return false;
    pvg_w_display_page_read(d->page, pvg_guest_page(g), &d->desc);
    const struct pvg_w_online_ack a = {.pipe = d->pipe, .generation = d->desc.generation};
    size_t n = pvg_w_online_ack_encode(payload, sizeof(payload), &a);
    return pvg_guest_submit(g, display_channel(d), PVG_OP_DISPLAY_ONLINE_ACK, NULL, 0, payload, n, &stamp) &&
           pvg_guest_wait(g, stamp);
}

struct pvg_guest_display *pvg_guest_display_open(struct pvg_guest *g, uint32_t pipe)
{
    struct pvg_guest_display *d = pvg_guest_display_register(g, pipe);
    if (d && !pvg_guest_display_online(d)) {
        pvg_guest_display_close(d);
        return NULL;
    }
    return d;
}

void pvg_guest_display_close(struct pvg_guest_display *d)
{
    if (!d)
        return;
    struct pvg_guest *g = d->g;
    struct pvg_guest_stamp stamp;
    uint8_t payload[8];
    pvg_guest_display_enable(d, 0);
    /* A page of 0 unregisters: the device must not touch the page after it is given back. */
    const struct pvg_w_set_shared_page s = {.pipe = d->pipe};
    size_t n = pvg_w_set_shared_page_encode(payload, sizeof(payload), &s);
    if (pvg_guest_submit(g, display_channel(d), PVG_OP_DISPLAY_SET_SHARED_PAGE, NULL, 0, payload, n, &stamp))
        pvg_guest_wait(g, stamp);
    g->displays[d->pipe] = NULL;
    g->t.free(g->t.opaque, d->gpa, 1);
    free(d);
}

const struct pvg_w_display_desc *pvg_guest_display_desc(const struct pvg_guest_display *d)
{
    return &d->desc;
}

bool pvg_guest_display_wait_vblank(struct pvg_guest_display *d)
{
    d->events &= ~PVG_DEVENT_VBL;
    pvg_guest_display_enable(d, EVENTS_IDLE | PVG_DEVENT_VBL);
    bool ok = pvg_guest_display_wait_event(d, PVG_DEVENT_VBL);
    pvg_guest_display_enable(d, EVENTS_IDLE);
    return ok;
}

/* What arm64 guests append to 0x08 on every present (spec 02 section 8.6). */
static const uint8_t swap_tail[28] = {0, 0, 0, 0, 0, 0x40, 0x10, 0, 0, 0, 0, 0, 0,    0x40,
                                      0, 0, 0, 0, 0, 0,    1,    1, 0, 0, 0, 0, 0x40, 0x48};

bool pvg_guest_display_present(struct pvg_guest_display *d, const struct pvg_guest_surface *s, const struct pvg_guest_stamp *waits,
                               size_t wait_count, struct pvg_guest_stamp *stamp)
{
    struct pvg_guest *g = d->g;
    uint8_t payload[64];
    uint16_t opcode = PVG_OP_DISPLAY_TRANSACTION2;
    struct pvg_w_present p = {.pipe = d->pipe, .surface = s->id};
    if (g->t.platform) {
        opcode = PVG_OP_DISPLAY_SWAP_MAPPING;
        p.tail = pvg_view_of(swap_tail, sizeof(swap_tail));
    } else if (d->desc.gamma_entries) {
        opcode = PVG_OP_DISPLAY_TRANSACTION3;
    }
    size_t n = pvg_w_present_encode(opcode, payload, sizeof(payload), &p);
    g->stats.presents++;
    return pvg_guest_submit(g, display_channel(d), opcode, waits, wait_count, payload, n, stamp);
}

bool pvg_guest_display_cursor_glyph(struct pvg_guest_display *d, const struct pvg_guest_mem *mem, uint16_t width, uint16_t height,
                                    uint16_t hot_x, uint16_t hot_y)
{
    struct pvg_guest *g = d->g;
    struct pvg_guest_stamp stamp, behind = pvg_guest_last_stamp(g, PVG_CHANNEL_IMMEDIATE);
    uint8_t payload[44];
    const struct pvg_w_cursor_glyph c = {.pipe = d->pipe,
                                         .task = mem->task->id,
                                         .gva = mem->gva,
                                         .mapped_length = mem->size,
                                         .stride = 4ull * width,
                                         .width = width,
                                         .height = height,
                                         .hot_x = hot_x,
                                         .hot_y = hot_y};
    const char *bad = pvg_w_cursor_glyph_check(&c, d->desc.cursor_max_width, d->desc.cursor_max_height);
    if (bad)
        return pvg_guest_fail(g, "cursor glyph: %s", bad);
    size_t n = pvg_w_cursor_glyph_encode(payload, sizeof(payload), &c);
    return pvg_guest_submit(g, display_channel(d), PVG_OP_DISPLAY_CURSOR_GLYPH, &behind, 1, payload, n, &stamp) &&
           pvg_guest_wait(g, stamp);
}

bool pvg_guest_display_cursor_show(struct pvg_guest_display *d, bool show)
{
    uint8_t payload[8];
    const struct pvg_w_cursor_show s = {.pipe = d->pipe, .show = show};
    size_t n = pvg_w_cursor_show_encode(payload, sizeof(payload), &s);
    pvg_guest_store(d->page + PVG_DPAGE_CURSOR_SHOW, show);
    return pvg_guest_submit(d->g, display_channel(d), PVG_OP_DISPLAY_CURSOR_SHOW, NULL, 0, payload, n, NULL);
}

void pvg_guest_display_cursor_move(struct pvg_guest_display *d, uint16_t x, uint16_t y)
{
    pvg_guest_store(d->page + PVG_DPAGE_CURSOR_XY, (uint32_t)x | (uint32_t)y << 16);
    pvg_guest_w32(d->g, PVG_REG_DISPLAY_POKE, d->pipe);
}
