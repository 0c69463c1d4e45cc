/* SPDX-License-Identifier: MIT */
#include "vulkan/hazard.h"

#include <string.h>

void pvg_vkhazards_init(struct pvg_vkhazards *t, bool all)
{
    memset(t, 0, sizeof(*t));
    t->all = all;
    t->scope = t->full = 1;
}

void pvg_vkhazards_begin(struct pvg_vkhazards *t)
{
    t->scope++;
}

/** The open scope does `to` with what scope `i` did `from` to. */
static void demand(struct pvg_vkhazards *t, uint32_t from, uint64_t i, uint32_t to)
{
    if (!to || t->full > i)
        return;
    for (uint32_t a = from; a; a &= a - 1) {
        const uint64_t *row = t->ordered[__builtin_ctz(a)];
        for (uint32_t b = to; b; b &= b - 1) {
            if (row[__builtin_ctz(b)] > i)
                continue;
            t->from |= (uint16_t)(a & -a);
            t->to |= (uint16_t)(b & -b);
        }
    }
}

/** Everything waits for writes, and writes wait for reads. */
static void demand_after(struct pvg_vkhazards *t, uint32_t earlier, uint64_t i, uint32_t uses)
{
    demand(t, earlier & PVG_VKUSE_WRITES, i, uses);
    demand(t, earlier & ~PVG_VKUSE_WRITES, i, uses & PVG_VKUSE_WRITES);
}

/** A write takes the place of all that was before it: that is ordered before the write, and who is behind the write is behind that.
 */
static void demand_state(struct pvg_vkhazards *t, const struct pvg_vkhazard *h, uint32_t uses)
{
    if (h->scope != t->scope) {
        demand_after(t, h->now, h->scope, uses);
        if (h->now & PVG_VKUSE_WRITES)
            return;
    }
    demand_after(t, h->writes, h->wrote, uses);
    demand_after(t, h->reads, h->read, uses);
}

/** All resources at once. */
static void demand_last(struct pvg_vkhazards *t, const struct pvg_vklast *l, uint32_t uses)
{
    for (uint32_t k = 0; k < PVG_VKUSES; k++) {
        uint64_t i = l->scope[k] == t->scope ? l->before[k] : l->scope[k];
        if (i)
            demand_after(t, 1u << k, i, uses);
    }
}

static void note_last(struct pvg_vkhazards *t, struct pvg_vklast *l, uint32_t uses)
{
    for (uint32_t left = uses; left; left &= left - 1) {
        uint32_t k = (uint32_t)__builtin_ctz(left);
        if (l->scope[k] == t->scope)
            continue;
        l->before[k] = l->scope[k];
        l->scope[k] = t->scope;
    }
}

/** What the newest scope did becomes the past. */
static void note(struct pvg_vkhazards *t, struct pvg_vkhazard *h, uint32_t uses)
{
    if (h->scope != t->scope) {
        uint16_t writes = h->now & PVG_VKUSE_WRITES, reads = (uint16_t)(h->now & ~PVG_VKUSE_WRITES);
        if (writes) {
            h->writes = writes;
            h->wrote = h->scope;
            h->reads = 0;
        }
        if (reads) {
            h->reads |= reads;
            h->read = h->scope;
        }
        h->scope = t->scope;
        h->now = 0;
    }
    h->now |= (uint16_t)uses;
}

void pvg_vkhazard_touch_slow(struct pvg_vkhazards *t, struct pvg_vkhazard *h, uint32_t uses)
{
    demand_state(t, h, uses);
    demand_state(t, &t->unknown, uses);
    note_last(t, &t->any, uses);
    note(t, h, uses);
}

static void touch_cell(struct pvg_vkhazards *t, struct pvg_vkhazard *h, uint32_t uses)
{
    if (h->scope == t->scope && !(uses & ~h->now))
        return;
    demand_state(t, h, uses);
    note(t, h, uses);
}

void pvg_vkrange_touch_slow(struct pvg_vkhazards *t, struct pvg_vkrange *r, uint32_t uses)
{
    pvg_vkhazard_touch_slow(t, &r->own, uses);
    if (r->wide) {
        demand_last(t, &t->guest, uses);
        note_last(t, &t->guest, uses);
        note(t, &t->wide, uses);
        return;
    }
    if (!r->cells)
        return;
    for (uint32_t i = 0; i < r->cells; i++)
        touch_cell(t, &t->cells[r->cell[i]], uses);
    demand_state(t, &t->wide, uses);
    note_last(t, &t->guest, uses);
}

void pvg_vkrange_add(struct pvg_vkrange *r, uintptr_t address, uint64_t size)
{
    if (!size || r->wide)
        return;
    uint64_t first = (uint64_t)address >> PVG_VKHAZARD_SHIFT, last = ((uint64_t)address + (size - 1)) >> PVG_VKHAZARD_SHIFT;
    if (last < first || last - first >= PVG_VKHAZARD_SPREAD) {
        r->wide = true;
        return;
    }
    for (uint64_t g = first; g <= last; g++) {
        uint16_t cell = (uint16_t)((g * 0x9e3779b97f4a7c15ull) >> 52);
        bool listed = false;
        for (uint32_t i = 0; i < r->cells && !listed; i++)
            listed = r->cell[i] == cell;
        if (listed)
            continue;
        if (r->cells == PVG_VKHAZARD_SPREAD) {
            r->wide = true;
            return;
        }
        r->cell[r->cells++] = cell;
    }
}
_Static_assert(PVG_VKHAZARD_CELLS == 1u << (64 - 52), "hash");

void pvg_vkhazards_touch_any(struct pvg_vkhazards *t, uint32_t uses)
{
    if (t->unknown.scope == t->scope && !(uses & ~t->unknown.now))
        return;
    demand_last(t, &t->any, uses);
    note_last(t, &t->any, uses);
    note_last(t, &t->guest, uses);
    note(t, &t->unknown, uses);
}

enum pvg_vkneed pvg_vkhazards_take(struct pvg_vkhazards *t, uint16_t *from, uint16_t *to)
{
    uint16_t f = t->from, d = t->to;
    t->from = t->to = 0;
    *from = *to = 0;
    bool again = t->taken == t->scope;
    t->taken = t->scope;
    if (!pvg_vkhazards_pending(t) || (again && !f))
        return PVG_VKNEED_NOTHING;
    if (t->all) {
        pvg_vkhazards_full(t);
        return PVG_VKNEED_FULL;
    }
    if (!f)
        return PVG_VKNEED_NONE;
    for (uint32_t a = f; a; a &= a - 1)
        for (uint32_t b = d; b; b &= b - 1)
            t->ordered[__builtin_ctz(a)][__builtin_ctz(b)] = t->scope;
    *from = f;
    *to = d;
    return PVG_VKNEED_SOME;
}

void pvg_vkhazards_full(struct pvg_vkhazards *t)
{
    t->full = t->scope;
    t->from = t->to = 0;
}

void pvg_vkhazards_forget(struct pvg_vkhazards *t)
{
    memset(t->ordered, 0, sizeof(t->ordered));
    t->full = 0;
    for (uint32_t k = 0; k < PVG_VKUSES; k++)
        t->any.scope[k] = t->guest.scope[k] = t->scope;
    t->unknown = (struct pvg_vkhazard){.scope = t->scope, .now = PVG_VKUSE_ALL};
}
