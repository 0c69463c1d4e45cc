/* SPDX-License-Identifier: MIT */
/**
 * @file Event segments (spec 06 section 7). Packets execute in FIFO order, so a wait can only be found satisfied or not; holding
 * the FIFO back would deadlock on a signal that comes later in it.
 */
#include "stream/encoder.h"

#include <stdlib.h>

#define MAX_EVENTS 65536u

static struct pvg_event *probe(struct pvg_event *events, uint32_t capacity, uint32_t ref)
{
    uint32_t i = (ref * 2654435761u) & (capacity - 1);

    while (events[i].ref && events[i].ref != ref)
        i = (i + 1) & (capacity - 1);
    return &events[i];
}

static bool grow(struct pvg_objects *o)
{
    uint32_t capacity = o->event_capacity ? o->event_capacity * 2 : 16;
    struct pvg_event *events = calloc(capacity, sizeof(*events));

    if (!events)
        return false;
    for (uint32_t i = 0; i < o->event_capacity; i++) {
        if (o->events[i].ref)
            *probe(events, capacity, o->events[i].ref) = o->events[i];
    }
    free(o->events);
    o->events = events;
    o->event_capacity = capacity;
    return true;
}

/** Known event, or NULL. */
static struct pvg_event *find(struct pvg_objects *o, uint32_t ref)
{
    struct pvg_event *ev = o->event_capacity ? probe(o->events, o->event_capacity, ref) : NULL;

    return ev && ev->ref ? ev : NULL;
}

static struct pvg_event *make(struct pvg_objects *o, uint32_t ref)
{
    if (o->event_count >= MAX_EVENTS)
        return NULL;
    if (o->event_count * 2 >= o->event_capacity && !grow(o))
        return NULL;
    struct pvg_event *ev = probe(o->events, o->event_capacity, ref);
    ev->ref = ref;
    o->event_count++;
    return ev;
}

bool pvg_event_signal(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    const struct pvg_w_event_op *op = &rec->event;

    if (!op->ref)
        return true;
    struct pvg_event *ev = find(e->o, op->ref);
    if (ev) {
        if (op->value > ev->value)
            ev->value = op->value;
        return true;
    }
    ev = make(e->o, op->ref);
    if (!ev)
        return pvg_refuse(e, rec, "too many events");
    ev->value = op->value;
    return true;
}

bool pvg_event_wait(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    const struct pvg_w_event_op *op = &rec->event;
    struct pvg_event *ev = op->ref ? find(e->o, op->ref) : NULL;

    if (!op->ref || (ev && ev->value >= op->value))
        return true;
    if (ev && ev->warned)
        return false;
    if (ev)
        ev->warned = true;
    return pvg_refuse(e, rec, "the event has not reached its value; going on without it");
}
