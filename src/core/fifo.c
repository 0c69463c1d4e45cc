/* SPDX-License-Identifier: MIT */
#include "core/core.h"

#include <stdlib.h>

enum {
    VISIT_PACKETS = 128,       /**< Packets of one FIFO before the others get their turn. */
    OWED_RUN = 16,             /**< Packets whose stamps one publication may cover. */
    REFILLS = 3,               /**< Looks at newly rung FIFOs per pass (spec 01 section 6.5). */
    RETRY_ROUNDS = 64,         /**< Retry rounds before the worker looks at anything else. */
    BUFFER_KEPT = 1024 * 1024, /**< Larger packet buffers are given back after use. */
    BUFFER_FIRST = 4096,
};

/** How a visit to a FIFO ended. */
enum visit { VISIT_DONE, VISIT_AGAIN, VISIT_HELD, VISIT_FAULT };

static enum pvg_fifo_open fifo_open(struct pvg_device *dev, struct pvg_fifo *fifo, struct pvg_fifo_view *view)
{
    return fifo->id ? pvg_child_ring_open(dev, fifo, view) : pvg_root_ring_open(dev, fifo, view);
}

static bool fifo_advance(struct pvg_fifo_view *view, uint32_t head)
{
    return view->fifo->id ? pvg_child_ring_advance(view, head) : pvg_root_ring_advance(view, head);
}

/** A fault stops the FIFO until its next visit; it is reported once per kind and position (spec 02 section 12.1). */
static void report_fault(struct pvg_device *dev, struct pvg_fifo *fifo, uint32_t kind, uint32_t position, const char *what)
{
    if (fifo->fault_logged && fifo->fault_kind == kind && fifo->fault_position == position)
        return;
    fifo->fault_logged = true;
    fifo->fault_kind = kind;
    fifo->fault_position = position;
    pvg_warn_limited(&dev->log, "fifo %u stops at position 0x%x: %s", fifo->id, position, what);
}

/* ---- Stamps ---------------------------------------------------------------------------------------------------------------- */

static void flush_owed(struct pvg_device *dev, struct pvg_fifo *fifo)
{
    if (!fifo->owes)
        return;
    fifo->owes = false;
    fifo->owed_run = 0;
    pvg_stamp_publish(dev, &fifo->owed);
}

/**
 * Retire a packet. Work goes to the GPU with the stamp behind it; a packet without work may share its publication with the next
 * ones, unless somebody is waiting for a stamp (spec 02 section 5.6).
 */
static void retire(struct pvg_device *dev, struct pvg_fifo *fifo, const struct pvg_stamp *stamp, const struct pvg_command *c)
{
    pvg_count(&dev->counters.packets);
    pvg_census(PVG_CENSUS_FIFO, c->opcode, c->refused);
    if (c->refused)
        pvg_count(&dev->counters.packets_refused);
    if (c->cmd) {
        /* The submission's stamp is later in the same FIFO and covers what is owed. */
        fifo->owes = false;
        fifo->owed_run = 0;
        pvg_stamp_submit(dev, c->cmd, stamp);
        return;
    }
    fifo->owed = *stamp;
    fifo->owes = true;
    fifo->owed_run++;
    if (fifo->owed_run >= OWED_RUN || atomic_load_explicit(&dev->worker.held, memory_order_relaxed))
        flush_owed(dev, fifo);
}

/* ---- Packets --------------------------------------------------------------------------------------------------------------- */

static bool buffer_reserve(struct pvg_fifo *fifo, size_t need)
{
    size_t size = fifo->buffer_size ? fifo->buffer_size : BUFFER_FIRST;
    uint8_t *grown;

    while (size < need)
        size *= 2;
    grown = realloc(fifo->buffer, size);
    if (!grown)
        return false;
    fifo->buffer = grown;
    fifo->buffer_size = size;
    return true;
}

static void buffer_trim(struct pvg_fifo *fifo)
{
    if (fifo->buffer_size <= BUFFER_KEPT)
        return;
    free(fifo->buffer);
    fifo->buffer = NULL;
    fifo->buffer_size = 0;
}

/** Copy the packet at the head into the FIFO's buffer. */
static enum pvg_fetch fetch(struct pvg_fifo_view *view, struct pvg_w_packet *packet)
{
    struct pvg_fifo *fifo = view->fifo;
    enum pvg_fetch f;
    size_t need = 0;

    f = pvg_packet_fetch(&view->ring, view->head, view->tail, fifo->buffer, fifo->buffer_size, &need, packet);
    if (f != PVG_FETCH_NO_BUFFER)
        return f;
    if (!buffer_reserve(fifo, need))
        return PVG_FETCH_NO_BUFFER;
    return pvg_packet_fetch(&view->ring, view->head, view->tail, fifo->buffer, fifo->buffer_size, &need, packet);
}

/** May the packet run? Marks the FIFO held before the decisive look, so that a stamp that moves meanwhile causes a retry. */
static bool waits_met(struct pvg_device *dev, struct pvg_fifo_view *view, const struct pvg_w_packet *packet)
{
    uint32_t bit = 1u << view->fifo->id;
    enum pvg_wait_state state = pvg_stamp_waits(dev, view->slot, packet);

    if (packet->wait_count > PVG_PACKET_WAITS_USUAL)
        pvg_warn_limited(&dev->log, "fifo %u: packet 0x%02x has %u waits", view->fifo->id, packet->opcode, packet->wait_count);
    if (state == PVG_WAIT_UNMET) {
        atomic_fetch_or(&dev->worker.held, bit);
        state = pvg_stamp_waits(dev, view->slot, packet);
        if (state == PVG_WAIT_UNMET)
            return false;
    }
    if (state == PVG_WAIT_UNDECIDABLE)
        pvg_warn_limited(&dev->log, "fifo %u: packet 0x%02x waits for a stamp slot that cannot be read, it runs", view->fifo->id,
                         packet->opcode);
    atomic_fetch_and(&dev->worker.held, ~bit);
    return true;
}

/** Execute and retire one packet that may run. @return VISIT_AGAIN to go on with the next one. */
static enum visit run_packet(struct pvg_device *dev, struct pvg_fifo_view *view, const struct pvg_w_packet *packet)
{
    struct pvg_fifo *fifo = view->fifo;
    struct pvg_command c = {.fifo = fifo->id, .opcode = packet->opcode, .payload = packet->payload};
    struct pvg_stamp stamp;

    pvg_iosfc_apply(dev);
    if (pvg_command_is_heavy(packet->opcode))
        flush_owed(dev, fifo);
    if (pvg_command_is_present(packet->opcode))
        pvg_fifos_service_others(dev, fifo->id);
    /* A display that refuses now may call for a retry before this thread gets to mark the FIFO. */
    if (pvg_command_is_present(packet->opcode))
        atomic_fetch_or(&dev->worker.held, 1u << fifo->id);
    if (pvg_command_execute(dev, &c) == PVG_COMMAND_HOLD)
        return VISIT_HELD;
    atomic_fetch_and(&dev->worker.held, ~(1u << fifo->id));

    stamp = pvg_stamp_accept(dev, fifo->id, view->slot, packet->stamp);
    view->head += packet->total_size;
    if (!fifo_advance(view, view->head)) {
        fifo->broken = true;
        pvg_logf(&dev->log, PVG_LOG_ERROR, "fifo %u: head 0x%x cannot be written back, the FIFO is out of service", fifo->id,
                 view->head);
    }
    /* Who has seen the stamp finds the packet in the statistics. */
    pvg_stats_fold(dev);
    retire(dev, fifo, &stamp, &c);
    return fifo->broken ? VISIT_FAULT : VISIT_AGAIN;
}

/** One packet at the head of `view`. */
static enum visit step(struct pvg_device *dev, struct pvg_fifo_view *view)
{
    struct pvg_w_packet packet;
    enum pvg_fetch f = fetch(view, &packet);

    switch (f) {
    case PVG_FETCH_OK:
        break;
    case PVG_FETCH_EMPTY:
    case PVG_FETCH_INCOMPLETE:
        return VISIT_DONE;
    default:
        report_fault(dev, view->fifo, f, view->head, pvg_fetch_name(f));
        return VISIT_FAULT;
    }
    if (!waits_met(dev, view, &packet))
        return VISIT_HELD;
    return run_packet(dev, view, &packet);
}

/** Serve a FIFO until it is empty, held or stopped, or others must get their turn (VISIT_AGAIN). */
static enum visit serve(struct pvg_device *dev, struct pvg_fifo *fifo)
{
    enum visit v = VISIT_AGAIN;
    uint32_t slot = 0;

    for (unsigned n = 0; v == VISIT_AGAIN && n < VISIT_PACKETS && !pvg_worker_should_stop(dev); n++) {
        struct pvg_fifo_view view;
        enum pvg_fifo_open open = fifo_open(dev, fifo, &view);

        if (open == PVG_FIFO_UNREADABLE)
            report_fault(dev, fifo, PVG_FETCH_UNREADABLE, 0, "its register block or page list cannot be read");
        if (open != PVG_FIFO_READY) {
            v = open == PVG_FIFO_ABSENT ? VISIT_DONE : VISIT_FAULT;
            break;
        }
        /* The stamp slot is the one at the start of the visit (spec 02 section 5.1). */
        if (n == 0)
            slot = view.slot;
        view.slot = slot;
        v = step(dev, &view);
    }
    flush_owed(dev, fifo);
    buffer_trim(fifo);
    return v;
}

/** Visit one FIFO. @return its bit when it shall be visited again. */
static uint32_t visit(struct pvg_device *dev, uint32_t id)
{
    struct pvg_fifo *fifo = &dev->fifos[id];
    uint32_t bit = 1u << id;
    enum visit v;

    if (fifo->servicing || fifo->broken)
        return 0;
    if (pvg_worker_should_stop(dev))
        return bit;
    atomic_fetch_and(&dev->worker.held, ~bit);
    fifo->servicing = true;
    v = serve(dev, fifo);
    fifo->servicing = false;
    return v == VISIT_AGAIN ? bit : 0;
}

/** Visit every FIFO of a set in ascending order, the root first. @return those to be visited again. */
static uint32_t visit_set(struct pvg_device *dev, uint32_t set)
{
    uint32_t again = 0;

    for (; set; set &= set - 1)
        again |= visit(dev, (uint32_t)__builtin_ctz(set));
    return again;
}

/** Retry held FIFOs while that publishes stamps. @return FIFOs to be visited again. */
static uint32_t retry_held(struct pvg_device *dev)
{
    uint32_t again = 0, held;

    for (unsigned round = 0; (held = atomic_load(&dev->worker.held)) && !pvg_worker_should_stop(dev); round++) {
        uint64_t before = atomic_load(&dev->counters.stamps_published);

        if (round == RETRY_ROUNDS)
            return again | held;
        again |= visit_set(dev, held);
        if (atomic_load(&dev->counters.stamps_published) == before)
            break;
    }
    return again;
}

void pvg_fifos_pass(struct pvg_device *dev, uint32_t pending, bool retry)
{
    struct pvg_worker *w = &dev->worker;
    uint64_t before = atomic_load(&dev->counters.stamps_published);
    uint32_t again = visit_set(dev, pending);

    for (unsigned i = 0; i < REFILLS && !pvg_worker_should_stop(dev); i++) {
        uint32_t rung = atomic_exchange(&w->bells, 0);

        if (!rung)
            break;
        again |= visit_set(dev, rung);
    }
    if (retry || atomic_load(&dev->counters.stamps_published) != before)
        again |= retry_held(dev);
    /* Nothing is left without somebody to come back for it: the sleep test looks at both words. */
    if (again)
        atomic_fetch_or(&w->bells, again);
    if (pvg_worker_should_stop(dev) && atomic_load(&w->held))
        atomic_fetch_or(&w->work, PVG_WORK_RETRY);
}

void pvg_fifos_service_others(struct pvg_device *dev, uint32_t fifo)
{
    uint32_t others = atomic_load(&dev->worker.active) & ~(1u << fifo) & ~1u, again;

    if (dev->present_depth)
        return;
    dev->present_depth++;
    again = visit_set(dev, others);
    again |= visit_set(dev, 1u);
    dev->present_depth--;
    if (again)
        atomic_fetch_or(&dev->worker.bells, again);
}

/* ---- Life
 * ------------------------------------------------------------------------------------------------------------------------ */

static void forget(struct pvg_device *dev, struct pvg_fifo *fifo)
{
    pvg_child_ring_forget(fifo);
    fifo->broken = false;
    fifo->fault_logged = false;
    atomic_fetch_and(&dev->worker.held, ~(1u << fifo->id));
}

void pvg_fifo_define(struct pvg_device *dev, uint32_t id)
{
    forget(dev, &dev->fifos[id]);
    atomic_fetch_or(&dev->worker.active, 1u << id);
}

void pvg_fifo_free(struct pvg_device *dev, uint32_t id)
{
    uint32_t bit = 1u << id;

    forget(dev, &dev->fifos[id]);
    atomic_fetch_and(&dev->worker.active, ~bit);
    atomic_fetch_and(&dev->worker.bells, ~bit);
}

void pvg_fifos_clear(struct pvg_device *dev)
{
    for (uint32_t id = 0; id < PVG_FIFO_COUNT; id++) {
        struct pvg_fifo *fifo = &dev->fifos[id];

        pvg_child_ring_forget(fifo);
        free(fifo->buffer);
        *fifo = (struct pvg_fifo){.id = id};
    }
}
