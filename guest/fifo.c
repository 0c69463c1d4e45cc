/* SPDX-License-Identifier: MIT */
/* Producing packets, waiting for stamps, the interrupt handler (spec 02 sections 4.2 and 5.4, spec 10 section 2.1). */
#include "internal.h"

#include <string.h>

uint64_t pvg_guest_deadline(struct pvg_guest *g)
{
    return g->t.now_ns(g->t.opaque) + g->config.stamp_timeout_ms * 1000000ull;
}

static uint32_t consumed(struct pvg_guest *g, const struct pvg_guest_fifo *f)
{
    return f->block ? pvg_guest_load(f->block + PVG_CHILD_HEAD) : pvg_guest_r32(g, PVG_REG_ROOT_FIFO_CONS);
}

/* Wait until `need` bytes fit. What is queued is published first, or the device could never make room. */
static bool make_room(struct pvg_guest *g, uint32_t channel, uint32_t need)
{
    struct pvg_guest_fifo *f = &g->fifo[channel];
    if (need > f->ring.size)
        return pvg_guest_fail(g, "packet of %u bytes in a ring of %u", need, f->ring.size);
    if (f->ring.size - (f->prod - consumed(g, f)) >= need)
        return true;
    pvg_guest_publish(g, channel);
    uint64_t deadline = pvg_guest_deadline(g);
    while (f->ring.size - (f->prod - consumed(g, f)) < need) {
        if (g->t.now_ns(g->t.opaque) > deadline)
            return pvg_guest_fail(g, "ring of channel %u stays full", channel);
        g->t.wait_irq(g->t.opaque, PVG_GUEST_GFX, 1000000);
        pvg_guest_interrupt(g);
    }
    return true;
}

static bool scratch_reserve(struct pvg_guest *g, size_t n)
{
    if (n <= g->scratch_cap)
        return true;
    uint8_t *p = realloc(g->scratch, n);
    if (!p)
        return pvg_guest_fail(g, "no memory for a packet of %zu bytes", n);
    g->scratch = p;
    g->scratch_cap = n;
    return true;
}

bool pvg_guest_queue(struct pvg_guest *g, uint32_t channel, uint16_t opcode, const struct pvg_guest_stamp *waits, size_t wait_count,
                     const void *payload, size_t plen, struct pvg_guest_stamp *stamp)
{
    struct pvg_w_wait w[PVG_PACKET_WAITS_USUAL];
    size_t kept = 0, need = PVG_PACKET_HEADER_SIZE + wait_count * PVG_PACKET_WAIT_SIZE + plen;
    if (channel >= PVG_GUEST_CHANNELS || !g->fifo[channel].ring.size)
        return pvg_guest_fail(g, "channel %u is not open", channel);
    if (wait_count > PVG_PACKET_WAITS_USUAL || need > PVG_PACKET_SIZE_MAX)
        return pvg_guest_fail(g, "packet with %zu waits and %zu payload bytes", wait_count, plen);
    for (size_t i = 0; i < wait_count; i++)
        w[kept++] = (struct pvg_w_wait){.index = waits[i].slot, .value = waits[i].value};

    struct pvg_guest_fifo *f = &g->fifo[channel];
    if (!scratch_reserve(g, need) || !make_room(g, channel, (uint32_t)need))
        return false;
    size_t n = pvg_w_packet_encode(g->scratch, g->scratch_cap, opcode, f->stamp + 1, w, kept, payload, plen);
    if (n == 0 || !pvg_ring_write(&f->ring, f->prod, g->scratch, (uint32_t)n))
        return pvg_guest_fail(g, "packet 0x%02x does not encode", opcode);
    f->stamp++;
    f->prod += (uint32_t)n;
    g->stats.packets++;
    if (stamp)
        *stamp = (struct pvg_guest_stamp){.slot = f->slot, .value = f->stamp};
    return true;
}

void pvg_guest_publish(struct pvg_guest *g, uint32_t channel)
{
    struct pvg_guest_fifo *f = &g->fifo[channel];
    if (f->published == f->prod)
        return;
    f->published = f->prod;
    if (f->block) {
        pvg_guest_store(f->block + PVG_CHILD_TAIL, f->prod);
        pvg_guest_w32(g, PVG_REG_CH_BELL, channel);
        return;
    }
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    pvg_guest_w32(g, PVG_REG_ROOT_FIFO_PROD, f->prod);
}

bool pvg_guest_submit(struct pvg_guest *g, uint32_t channel, uint16_t opcode, const struct pvg_guest_stamp *waits,
                      size_t wait_count, const void *payload, size_t plen, struct pvg_guest_stamp *stamp)
{
    if (!pvg_guest_queue(g, channel, opcode, waits, wait_count, payload, plen, stamp))
        return false;
    pvg_guest_publish(g, channel);
    return true;
}

struct pvg_guest_stamp pvg_guest_last_stamp(const struct pvg_guest *g, uint32_t channel)
{
    return (struct pvg_guest_stamp){.slot = g->fifo[channel].slot, .value = g->fifo[channel].stamp};
}

bool pvg_guest_stamp_done(struct pvg_guest *g, struct pvg_guest_stamp stamp)
{
    return pvg_stamp_reached(pvg_guest_load(g->stamps + 4 * stamp.slot), stamp.value);
}

bool pvg_guest_wait(struct pvg_guest *g, struct pvg_guest_stamp stamp)
{
    if (pvg_guest_stamp_done(g, stamp))
        return true;
    uint64_t start = g->t.now_ns(g->t.opaque), deadline = pvg_guest_deadline(g), now = start;
    bool done = false;
    while (!done && now < deadline) {
        /* The real driver sleeps at most one second before it looks at the word again. */
        g->t.wait_irq(g->t.opaque, PVG_GUEST_GFX, 1000000000ull);
        pvg_guest_interrupt(g);
        done = pvg_guest_stamp_done(g, stamp);
        now = g->t.now_ns(g->t.opaque);
    }
    if (now - start > g->stats.worst_stamp_wait_ns)
        g->stats.worst_stamp_wait_ns = now - start;
    if (done)
        return true;
    g->stats.stamp_timeouts++;
    return pvg_guest_fail(g, "stamp slot %u stays at %u, waiting for %u", stamp.slot, pvg_guest_load(g->stamps + 4 * stamp.slot),
                          stamp.value);
}

bool pvg_guest_idle(struct pvg_guest *g)
{
    bool ok = true;
    for (uint32_t ch = 0; ch < PVG_GUEST_CHANNELS; ch++) {
        if (!g->fifo[ch].defined)
            continue;
        pvg_guest_publish(g, ch);
        ok &= pvg_guest_wait(g, pvg_guest_last_stamp(g, ch));
    }
    return ok;
}

void pvg_guest_interrupt(struct pvg_guest *g)
{
    uint32_t display = pvg_guest_r32(g, PVG_REG_IRQ_DISPLAY);
    (void)pvg_guest_r32(g, PVG_REG_IRQ_STAMP); /* Clears it; sleepers look at the stamp words themselves. */
    (void)pvg_guest_r32(g, PVG_REG_IRQ_FAULT);
    g->stats.interrupts++;
    for (uint32_t i = 0; i < 8; i++) {
        if ((display >> i & 1) && g->displays[i])
            pvg_guest_display_interrupt(g->displays[i]);
    }
}
