/* SPDX-License-Identifier: MIT */
#include "core/core.h"
#include "wire/pagetable.h"

#include <stdlib.h>
#include <string.h>

/** Pages one translation may cover: 8 GiB on x86. A page table can map one page everywhere, so length alone proves nothing. */
#define SPAN_PAGES_MAX (UINT64_C(1) << 21)

struct pvg_task_entry {
    struct pvg_task task; /**< First member: pointers convert. */
    struct pvg_task_entry *next;
};

/* ---- Table of tasks -------------------------------------------------------------------------------------------------------- */

struct pvg_task *pvg_task_find(struct pvg_device *dev, uint32_t id)
{
    return pvg_u32map_get(&dev->tasks, id);
}

struct pvg_task *pvg_task_next(struct pvg_device *dev, const struct pvg_task *after)
{
    const struct pvg_task_entry *e = (const struct pvg_task_entry *)(const void *)after;
    struct pvg_task_entry *next = e ? e->next : dev->task_list;

    return next ? &next->task : NULL;
}

static void task_free(struct pvg_task_entry *e)
{
    pvg_objects_destroy(e->task.objects);
    pvg_count_add(&e->task.dev->counters.tasks_live, (uint64_t)-1);
    free(e);
}

void pvg_task_delete(struct pvg_device *dev, uint32_t id)
{
    struct pvg_task_entry *e = pvg_u32map_remove(&dev->tasks, id);
    struct pvg_task_entry **link = &dev->task_list;

    if (!e)
        return;
    while (*link != e)
        link = &(*link)->next;
    *link = e->next;
    task_free(e);
}

bool pvg_task_define(struct pvg_device *dev, uint32_t id, bool kernel, uint32_t directory_pfn)
{
    struct pvg_task_entry *e, **link;

    pvg_task_delete(dev, id);
    if (dev->tasks.count >= PVG_TASKS_MAX)
        return false;
    e = calloc(1, sizeof(*e));
    if (!e)
        return false;
    e->task = (struct pvg_task){
        .dev = dev,
        .id = id,
        .kernel = kernel,
        .directory_gpa = pvg_pfn_gpa(directory_pfn, dev->page_shift),
    };
    e->task.objects = pvg_objects_create(&e->task);
    if (!e->task.objects || !pvg_u32map_put(&dev->tasks, id, e)) {
        if (e->task.objects)
            pvg_objects_destroy(e->task.objects);
        free(e);
        return false;
    }
    for (link = &dev->task_list; *link; link = &(*link)->next)
        ;
    *link = e;
    pvg_count(&dev->counters.tasks_live);
    return true;
}

void pvg_tasks_clear(struct pvg_device *dev)
{
    struct pvg_task_entry *e;

    while ((e = dev->task_list)) {
        dev->task_list = e->next;
        task_free(e);
    }
    pvg_u32map_clear(&dev->tasks);
}

/* ---- Translation
 * ----------------------------------------------------------------------------------------------------------------- */

static bool read_entry(void *opaque, uint64_t gpa, uint32_t *out)
{
    return pvg_gpa_load32(opaque, gpa, out);
}

/** Failures other than "not present" are defects of the guest and are reported (spec 03 section 3.5). */
static void report_walk(struct pvg_task *task, enum pvg_walk walk, uint64_t gva, const struct pvg_pt_walker *w)
{
    if (walk == PVG_WALK_OK || walk == PVG_WALK_NOT_PRESENT)
        return;
    pvg_warn_limited(&task->dev->log, "task %u: no translation of 0x%llx: %s (level %u, index %u, word 0x%x)", task->id,
                     (unsigned long long)gva, pvg_walk_name(walk), w->fault.level, w->fault.index, w->fault.raw);
}

/** Growing array of spans. */
struct span_list {
    struct pvg_rspan *spans;
    size_t count, cap;
};

static bool spans_push(struct span_list *l, const struct pvg_rspan *span)
{
    if (l->count == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 8;
        struct pvg_rspan *grown = realloc(l->spans, cap * sizeof(*grown));

        if (!grown)
            return false;
        l->spans = grown;
        l->cap = cap;
    }
    l->spans[l->count++] = *span;
    return true;
}

/** Append one page; runs that continue in host memory, guest memory and file become one span. */
static bool spans_add_page(struct pvg_device *dev, struct span_list *l, uint64_t gpa, bool hole)
{
    uint64_t page = UINT64_C(1) << dev->page_shift;
    struct pvg_rspan *last = l->count ? &l->spans[l->count - 1] : NULL;
    struct pvg_rspan span = {.size = page, .gpa = gpa, .fd = -1};
    const struct pvg_ram_region *r;

    if (hole) {
        span.gpa = 0;
        if (last && !last->host) {
            last->size += page;
            return true;
        }
        return spans_push(l, &span);
    }
    r = pvg_ram_find(&dev->ram, gpa);
    if (!r || r->size - (gpa - r->gpa) < page)
        return false;
    span.host = (uint8_t *)r->host + (gpa - r->gpa);
    span.fd = r->fd;
    span.fd_offset = r->fd < 0 ? 0 : r->fd_offset + (gpa - r->gpa);
    if (last && last->host && last->host + last->size == span.host && last->gpa + last->size == gpa && last->fd == span.fd &&
        (span.fd < 0 || last->fd_offset + last->size == span.fd_offset)) {
        last->size += page;
        return true;
    }
    return spans_push(l, &span);
}

static bool spans_fail(struct span_list *l, struct pvg_rspan **spans, size_t *count)
{
    free(l->spans);
    *spans = NULL;
    *count = 0;
    return false;
}

bool pvg_task_spans(struct pvg_task *task, uint64_t gva, uint64_t len, bool allow_holes, struct pvg_rspan **spans, size_t *count)
{
    struct pvg_device *dev = task->dev;
    uint64_t page = UINT64_C(1) << dev->page_shift, pages, gpa;
    struct span_list l = {0};
    struct pvg_pt_walker w;
    enum pvg_walk walk;

    *spans = NULL;
    *count = 0;
    if (!pvg_span_pages(gva, len, dev->page_shift, &pages) || !pages)
        return false;
    if (pages > SPAN_PAGES_MAX) {
        pvg_warn_limited(&dev->log, "task %u: range of 0x%llx bytes at 0x%llx is too long to translate", task->id,
                         (unsigned long long)len, (unsigned long long)gva);
        return false;
    }
    walk = pvg_pt_open(&w, read_entry, dev, dev->page_shift, task->directory_gpa);
    if (walk != PVG_WALK_OK) {
        report_walk(task, walk, gva, &w);
        return false;
    }
    gva &= ~(page - 1);
    for (uint64_t i = 0; i < pages; i++) {
        walk = pvg_pt_walk(&w, gva + i * page, &gpa);
        if (walk == PVG_WALK_NOT_PRESENT && allow_holes) {
            if (!spans_add_page(dev, &l, 0, true))
                return spans_fail(&l, spans, count);
            continue;
        }
        if (walk != PVG_WALK_OK) {
            report_walk(task, walk, gva + i * page, &w);
            return spans_fail(&l, spans, count);
        }
        if (!spans_add_page(dev, &l, gpa, false)) {
            pvg_warn_limited(&dev->log, "task %u: 0x%llx translates to 0x%llx, which is not RAM", task->id,
                             (unsigned long long)(gva + i * page), (unsigned long long)gpa);
            return spans_fail(&l, spans, count);
        }
    }
    *spans = l.spans;
    *count = l.count;
    return true;
}

bool pvg_gpa_spans(struct pvg_device *dev, const uint64_t *page_gpas, size_t pages, struct pvg_rspan **spans, size_t *count)
{
    struct span_list l = {0};

    *spans = NULL;
    *count = 0;
    if (!pages || pages > SPAN_PAGES_MAX)
        return false;
    for (size_t i = 0; i < pages; i++) {
        if (page_gpas[i] & ((UINT64_C(1) << dev->page_shift) - 1) || !spans_add_page(dev, &l, page_gpas[i], false))
            return spans_fail(&l, spans, count);
    }
    *spans = l.spans;
    *count = l.count;
    return true;
}

/* ---- Access by the CPU
 * ------------------------------------------------------------------------------------------------------------ */

bool pvg_task_read(struct pvg_task *task, uint64_t gva, void *buf, size_t len)
{
    struct pvg_device *dev = task->dev;
    struct pvg_span_iter it;
    struct pvg_pt_walker w;
    uint64_t addr, part, gpa;
    uint8_t *dst = buf;
    enum pvg_walk walk;

    if (!len)
        return true;
    if (!pvg_span_begin(&it, gva, len, dev->page_shift))
        return false;
    walk = pvg_pt_open(&w, read_entry, dev, dev->page_shift, task->directory_gpa);
    while (walk == PVG_WALK_OK && pvg_span_next(&it, &addr, &part)) {
        gva = addr;
        walk = pvg_pt_walk(&w, addr, &gpa);
        if (walk != PVG_WALK_OK)
            break;
        if (!pvg_gpa_read(dev, gpa, dst, (size_t)part)) {
            pvg_warn_limited(&dev->log, "task %u: 0x%llx translates to 0x%llx, which is not RAM", task->id,
                             (unsigned long long)addr, (unsigned long long)gpa);
            return false;
        }
        dst += part;
    }
    report_walk(task, walk, gva, &w);
    return walk == PVG_WALK_OK;
}

bool pvg_task_write(struct pvg_task *task, uint64_t gva, const void *buf, size_t len)
{
    uint64_t offset = gva & ((UINT64_C(1) << task->dev->page_shift) - 1);
    const uint8_t *src = buf;
    struct pvg_rspan *spans;
    size_t count;

    if (!len)
        return true;
    /* Every page is resolved and checked before the first byte moves, and what was checked is what is written (spec 03 3.6). */
    if (!pvg_task_spans(task, gva, len, false, &spans, &count))
        return false;
    for (size_t i = 0; i < count && len; i++) {
        size_t room = (size_t)(spans[i].size - offset), part = len < room ? len : room;

        memcpy(spans[i].host + offset, src, part);
        pvg_ram_report_dirty(task->dev, spans[i].gpa + offset, part);
        src += part;
        len -= part;
        offset = 0;
    }
    free(spans);
    return true;
}

/* ---- Control pages
 * ------------------------------------------------------------------------------------------------------------------ */

/** Ranges that a surface must never contain (spec 03 section 5.2). */
struct control_ranges {
    struct {
        uint64_t first, last;
    } *ranges;
    size_t count, cap;
    bool short_of_memory;
};

static void control_add(struct control_ranges *c, uint64_t gpa, uint64_t size)
{
    if (!gpa || !size || c->short_of_memory)
        return;
    if (c->count == c->cap) {
        size_t cap = c->cap ? c->cap * 2 : 64;
        void *grown = realloc(c->ranges, cap * sizeof(c->ranges[0]));

        if (!grown) {
            c->short_of_memory = true;
            return;
        }
        c->ranges = grown;
        c->cap = cap;
    }
    c->ranges[c->count].first = gpa;
    c->ranges[c->count].last = gpa + (size - 1);
    c->count++;
}

static int control_compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static void control_collect(struct pvg_device *dev, struct control_ranges *c)
{
    uint32_t shift = dev->page_shift;
    uint64_t page = UINT64_C(1) << shift;

    control_add(c, pvg_pfn_gpa(pvg_reg_load(dev, PVG_REG_ROOT_PAGE_PFN), shift), page);
    control_add(c, pvg_pfn_gpa(pvg_reg_load(dev, PVG_REG_FIFO_PFN), shift), pvg_reg_load(dev, PVG_REG_ROOT_FIFO_SIZE));
    control_add(c, atomic_load(&dev->iosfc.ring) & ~(page - 1), page);
    for (uint32_t id = 1; id < PVG_FIFO_COUNT; id++) {
        const struct pvg_fifo *f = &dev->fifos[id];

        control_add(c, pvg_pfn_gpa(f->list_pfn, shift), page);
        for (uint32_t i = 0; i < f->page_count; i++)
            control_add(c, pvg_pfn_gpa(f->pages[i], shift), page);
    }
    for (struct pvg_task *t = pvg_task_next(dev, NULL); t; t = pvg_task_next(dev, t))
        control_add(c, t->directory_gpa, page);
}

static bool control_hit(const struct control_ranges *c, uint64_t gpa, uint64_t size)
{
    size_t low = 0, high = c->count;

    /* `last` is a running maximum, so the last range that starts at or below the end decides. */
    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (c->ranges[mid].first > gpa + (size - 1))
            high = mid;
        else
            low = mid + 1;
    }
    return low && c->ranges[low - 1].last >= gpa;
}

bool pvg_device_control_overlap(struct pvg_device *dev, const struct pvg_rspan *spans, size_t count, uint64_t *hit)
{
    struct control_ranges c = {0};
    bool found = false;

    control_collect(dev, &c);
    found = c.short_of_memory;
    *hit = 0;
    if (!found && c.count)
        qsort(c.ranges, c.count, sizeof(c.ranges[0]), control_compare);
    /* A range inside a longer one must not hide it from the search below. */
    for (size_t i = 1; i < c.count; i++) {
        if (c.ranges[i].last < c.ranges[i - 1].last)
            c.ranges[i].last = c.ranges[i - 1].last;
    }
    for (size_t i = 0; i < count && !found; i++) {
        if (!spans[i].host)
            continue;
        found = control_hit(&c, spans[i].gpa, spans[i].size);
        *hit = spans[i].gpa;
    }
    free(c.ranges);
    return found;
}
