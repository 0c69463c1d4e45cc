/* SPDX-License-Identifier: MIT */
#include "wire/iosfc.h"
#include "core/core.h"

#include <stdlib.h>

enum {
    STORE_BATCH = 64,    /**< Requests that one register write works off; the rest is the worker's. */
    POLL_BATCH = 4096,   /**< Requests per rescue tick. */
    PAGES_MAX = 1 << 20, /**< Pages of one mapping: 4 GiB of 4 KiB pages. */
    QUEUED_PAGES_MAX = 1 << 22,
    LIVE_MAX = 1 << 16, /**< Live mappings; the reference host has 8192 slots (spec 01 section 4.5). */
};

/** What the producer vCPU's registers and kernel memory said about one MAP request. */
struct pvg_iosfc_handoff {
    uint32_t index; /**< Ring entry it belongs to. */
    struct pvg_w_map_entry entry;
    bool has_desc;
    struct pvg_w_surface_desc desc;
    size_t page_count;
    uint64_t pages[];
};

/** A request on its way to the worker. */
struct pvg_iosfc_request {
    struct pvg_iosfc_request *next;
    struct pvg_w_map_entry entry;
    struct pvg_iosfc_handoff *handoff; /**< NULL: a mapping without page list. */
};

int pvg_iosfc_init(struct pvg_device *dev)
{
    dev->iosfc.tail = &dev->iosfc.head;
    return -pthread_mutex_init(&dev->iosfc.lock, NULL);
}

/* ---- Hand-off: runs on the vCPU, without a lock
 * ------------------------------------------------------------------------------------ */

static bool read_kernel(struct pvg_device *dev, uint64_t va, void *buf, size_t len)
{
    return dev->cb.vcpu.read_virtual && dev->cb.vcpu.read_virtual(dev->opaque, va, buf, len);
}

/** The 0x200-byte surface descriptor. A missing one is legal: geometry then comes from the texture object. */
static const char *read_surface_desc(struct pvg_device *dev, const struct pvg_w_map_object *obj, struct pvg_w_surface_desc *desc,
                                     bool *present)
{
    uint8_t bytes[PVG_SURFACE_DESC_SIZE];

    *present = false;
    if (!obj->descriptor)
        return NULL;
    if (!pvg_map_va_ok(obj->descriptor) || !read_kernel(dev, obj->descriptor, bytes, sizeof(bytes)))
        return "surface descriptor cannot be read";
    if (!pvg_w_surface_desc_decode(bytes, sizeof(bytes), desc))
        return "surface descriptor is malformed";
    *present = true;
    return NULL;
}

/** Read the page list behind helper object A into `*out`. */
static const char *read_pages(struct pvg_device *dev, const struct pvg_w_map_object *obj, uint64_t needed,
                              struct pvg_iosfc_handoff **out)
{
    struct pvg_iosfc_handoff *h;
    const char *error = NULL;
    uint64_t list;
    uint32_t *raw;
    size_t n;

    if (!pvg_map_va_ok(obj->helper_a) || !read_kernel(dev, obj->helper_a + PVG_MAP_HELPER_LIST_PTR, &list, sizeof(list)))
        return "helper object cannot be read";
    list = pvg_ld64(&list);
    if (!pvg_map_va_ok(list))
        return "page list has an impossible address";
    if (obj->page_count == 0 || obj->page_count < needed || obj->page_count > PAGES_MAX)
        return "impossible page count";
    n = (size_t)obj->page_count;
    h = malloc(sizeof(*h) + n * sizeof(h->pages[0]));
    if (!h)
        return "no memory for the page list";
    raw = malloc(n * sizeof(*raw));
    if (!raw)
        error = "no memory for the page list";
    else if (!read_kernel(dev, list, raw, n * sizeof(*raw)))
        error = "page list cannot be read";
    for (size_t i = 0; !error && i < n; i++) {
        if (!pvg_w_map_page_decode(pvg_ld32(&raw[i]), dev->page_shift, &h->pages[i]))
            error = "page list has an invalid entry";
    }
    free(raw);
    if (error) {
        free(h);
        return error;
    }
    h->page_count = n;
    *out = h;
    return NULL;
}

static uint64_t pages_needed(const struct pvg_device *dev, bool has_desc, const struct pvg_w_surface_desc *desc)
{
    uint64_t page = UINT64_C(1) << dev->page_shift;
    uint64_t bytes = has_desc && desc->allocation_size > page ? desc->allocation_size : page;

    return (bytes + page - 1) >> dev->page_shift;
}

/** Follow the registers of the publishing vCPU. @return NULL or the reason why the mapping has no page list. */
static const char *take_handoff(struct pvg_device *dev, const uint64_t x[3], const struct pvg_w_map_entry *entry,
                                struct pvg_iosfc_handoff **out)
{
    uint8_t bytes[PVG_MAP_OBJECT_SIZE];
    struct pvg_w_surface_desc desc = {0};
    struct pvg_w_map_object obj;
    const char *error = pvg_w_map_handoff_check(x, entry);
    bool has_desc;

    if (error)
        return error;
    if (!read_kernel(dev, x[2], bytes, sizeof(bytes)) || !pvg_w_map_object_decode(bytes, sizeof(bytes), &obj))
        return "mapping object cannot be read";
    error = pvg_w_map_object_check(&obj, entry, x[0]);
    if (error)
        return error;
    error = read_surface_desc(dev, &obj, &desc, &has_desc);
    if (error)
        return error;
    error = read_pages(dev, &obj, pages_needed(dev, has_desc, &desc), out);
    if (error)
        return error;
    (*out)->entry = *entry;
    (*out)->has_desc = has_desc;
    (*out)->desc = desc;
    return NULL;
}

/* ---- Ring walk
 * ------------------------------------------------------------------------------------------------------------------------ */

static bool read_entry(struct pvg_device *dev, uint64_t ring, uint32_t index, struct pvg_w_map_entry *entry)
{
    uint64_t gpa;
    uint8_t bytes[PVG_MAP_ENTRY_SIZE];
    bool ok;

    if (__builtin_add_overflow(ring, (uint64_t)index * PVG_MAP_ENTRY_SIZE, &gpa))
        return false;
    pvg_ram_enter(dev);
    ok = pvg_gpa_read(dev, gpa, bytes, sizeof(bytes));
    pvg_ram_leave(dev);
    return ok && pvg_w_map_entry_decode(bytes, sizeof(bytes), entry);
}

static bool same_entry(const struct pvg_w_map_entry *a, const struct pvg_w_map_entry *b)
{
    return a->type == b->type && a->id == b->id;
}

/** Queue one request for the worker. Takes the hand-off when it belongs to it. Under the lock. */
static void enqueue(struct pvg_device *dev, uint32_t index, const struct pvg_w_map_entry *entry)
{
    struct pvg_iosfc *f = &dev->iosfc;
    struct pvg_iosfc_request *r = malloc(sizeof(*r));

    if (!r)
        return;
    *r = (struct pvg_iosfc_request){.entry = *entry};
    if (f->handoff && f->handoff->index == index && same_entry(&f->handoff->entry, entry) &&
        f->queued_pages + f->handoff->page_count <= QUEUED_PAGES_MAX) {
        r->handoff = f->handoff;
        f->handoff = NULL;
        f->queued_pages += r->handoff->page_count;
    }
    *f->tail = r;
    f->tail = &r->next;
    atomic_store(&f->queued, true);
}

/** What a walk found; reported when the lock is released. */
struct walk_report {
    bool caught_up;               /**< The guest gets its interrupt. */
    bool unreadable, unknown;     /**< An entry is not RAM (the walk stops); an entry has an unknown type (it is consumed). */
    uint32_t index, unknown_type; /**< Of those. */
};

/** Consume up to `batch` entries (spec 01 section 4.3). Under the lock. */
static struct walk_report walk(struct pvg_device *dev, uint32_t batch)
{
    struct pvg_iosfc *f = &dev->iosfc;
    uint32_t producer = atomic_load(&f->producer), consumer = atomic_load(&f->consumer);
    uint64_t ring = atomic_load(&f->ring);
    struct walk_report report = {0};
    struct pvg_w_map_entry entry;

    if (producer == consumer)
        return report;
    if (!ring || producer < consumer) {
        atomic_store(&f->consumer, producer);
        report.caught_up = true;
        return report;
    }
    for (; consumer != producer && batch; batch--) {
        report.index = consumer;
        if (!read_entry(dev, ring, consumer, &entry)) {
            report.unreadable = true;
            return report;
        }
        if (entry.type == PVG_MAP_TYPE_MAP || entry.type == PVG_MAP_TYPE_UNMAP) {
            enqueue(dev, consumer, &entry);
        } else {
            report.unknown = true;
            report.unknown_type = entry.type;
        }
        atomic_store(&f->consumer, ++consumer);
    }
    report.caught_up = consumer == producer;
    return report;
}

static void finish_walk(struct pvg_device *dev, const struct walk_report *report)
{
    if (report->unreadable)
        pvg_warn_limited(&dev->log, "mapper ring entry %u is not RAM", report->index);
    if (report->unknown)
        pvg_warn_limited(&dev->log, "mapper ring has an entry of unknown type %u", report->unknown_type);
    if (report->caught_up)
        pvg_irq_raise(dev, PVG_IRQ_IOSFC);
}

/** MAP_PROD: the one register write that works on the vCPU (spec 01 section 4.3). */
static void store_producer(struct pvg_device *dev, uint32_t producer)
{
    struct pvg_iosfc *f = &dev->iosfc;
    struct pvg_iosfc_handoff *handoff = NULL, *old;
    struct pvg_w_map_entry entry;
    uint64_t x[3], ring = atomic_load(&f->ring);
    const char *error = "no vCPU registers";
    struct walk_report report;

    atomic_fetch_add(&f->stores, 1);
    atomic_store(&f->producer, producer);
    /* The hand-off belongs to the newest entry. The embedder is called before the lock is taken. */
    if (ring && producer > atomic_load(&f->consumer) && read_entry(dev, ring, producer - 1, &entry) &&
        entry.type == PVG_MAP_TYPE_MAP) {
        if (dev->cb.vcpu.registers && dev->cb.vcpu.registers(dev->opaque, x))
            error = take_handoff(dev, x, &entry, &handoff);
        if (handoff)
            handoff->index = producer - 1;
        else
            pvg_warn_limited(&dev->log, "mapping 0x%x has no pages: %s", entry.id, error);
    }
    pthread_mutex_lock(&f->lock);
    old = f->handoff;
    f->handoff = handoff;
    report = walk(dev, STORE_BATCH);
    pthread_mutex_unlock(&f->lock);
    atomic_fetch_sub(&f->stores, 1);
    free(old);
    finish_walk(dev, &report);
    pvg_worker_post(dev, PVG_WORK_IOSFC);
}

bool pvg_iosfc_lags(struct pvg_device *dev)
{
    return atomic_load(&dev->iosfc.producer) != atomic_load(&dev->iosfc.consumer);
}

void pvg_iosfc_poll(struct pvg_device *dev)
{
    struct pvg_iosfc *f = &dev->iosfc;
    struct walk_report report = {0};

    if (!pvg_iosfc_lags(dev))
        return;
    pthread_mutex_lock(&f->lock);
    if (!atomic_load(&f->stores))
        report = walk(dev, POLL_BATCH);
    pthread_mutex_unlock(&f->lock);
    finish_walk(dev, &report);
}

/* ---- Registers
 * -------------------------------------------------------------------------------------------------------------------------- */

uint64_t pvg_iosfc_read(struct pvg_device *dev, uint64_t offset, unsigned size)
{
    struct pvg_iosfc *f = &dev->iosfc;
    uint64_t value;

    switch (offset) {
    case PVG_IOSFC_MAP_RING:
        value = atomic_load(&f->ring);
        break;
    case PVG_IOSFC_MAP_CAPACITY:
        value = atomic_load(&f->capacity);
        break;
    case PVG_IOSFC_MAP_DESC_TABLE:
        value = atomic_load(&f->desc_table);
        break;
    case PVG_IOSFC_MAP_PROD:
        value = atomic_load(&f->producer);
        break;
    case PVG_IOSFC_MAP_CONS:
        value = atomic_load(&f->consumer);
        break;
    default:
        return 0;
    }
    return size >= 8 ? value : value & ((UINT64_C(1) << size * 8) - 1);
}

void pvg_iosfc_write(struct pvg_device *dev, uint64_t offset, uint64_t value, unsigned size)
{
    struct pvg_iosfc *f = &dev->iosfc;

    if (size < 8)
        value &= (UINT64_C(1) << size * 8) - 1;
    switch (offset) {
    case PVG_IOSFC_MAP_RING:
        atomic_store(&f->ring, value);
        break;
    case PVG_IOSFC_MAP_CAPACITY:
        atomic_store(&f->capacity, (uint32_t)value);
        break;
    case PVG_IOSFC_MAP_DESC_TABLE:
        atomic_store(&f->desc_table, value);
        break;
    case PVG_IOSFC_MAP_PROD:
        store_producer(dev, (uint32_t)value);
        break;
    case PVG_IOSFC_MAP_CONS:
        atomic_store(&f->consumer, (uint32_t)value);
        break;
    default:
        break;
    }
}

/* ---- The worker's side
 * ------------------------------------------------------------------------------------------------------------------- */

/** A page list may be used when all of it is RAM and none of it belongs to the device's own structures (spec 03 section 5.2). */
static bool pages_usable(struct pvg_device *dev, const struct pvg_iosfc_handoff *h)
{
    struct pvg_rspan *spans;
    size_t count;
    uint64_t hit;
    bool usable;

    if (!pvg_gpa_spans(dev, h->pages, h->page_count, &spans, &count)) {
        pvg_warn_limited(&dev->log, "mapping 0x%x refused: one of its pages is not RAM", h->entry.id);
        return false;
    }
    usable = !pvg_device_control_overlap(dev, spans, count, &hit);
    free(spans);
    if (!usable)
        pvg_warn_limited(&dev->log, "mapping 0x%x refused: page 0x%llx holds device control memory", h->entry.id,
                         (unsigned long long)hit);
    return usable;
}

static void fill_geometry(struct pvg_mapping_desc *m, const struct pvg_w_surface_desc *d)
{
    m->width = d->width;
    m->height = d->height;
    m->bytes_per_row = d->bytes_per_row;
    m->pixel_format = d->pixel_format;
    m->byte_length = d->allocation_size;
    m->base_offset = d->base_offset;
    m->plane_count = d->plane_count < PVG_SURFACE_PLANE_RECORDS ? d->plane_count : PVG_SURFACE_PLANE_RECORDS;
    for (uint32_t i = 0; i < m->plane_count; i++) {
        m->planes[i] = (struct pvg_mapping_plane){
            .offset = pvg_w_map_plane_start(&d->planes[i]),
            .width = d->planes[i].width,
            .height = d->planes[i].height,
            .bytes_per_row = d->planes[i].bytes_per_row,
            .bytes_per_element = d->planes[i].bytes_per_element,
        };
    }
}

static void apply_map(struct pvg_device *dev, const struct pvg_iosfc_request *r)
{
    struct pvg_mapping_desc m = {.id = r->entry.id};
    struct pvg_iosfc *f = &dev->iosfc;

    if (!pvg_u32map_get(&f->live, m.id)) {
        if (f->live.count >= LIVE_MAX || !pvg_u32map_put(&f->live, m.id, f)) {
            pvg_warn_limited(&dev->log, "mapping 0x%x refused: too many live mappings", m.id);
            return;
        }
        pvg_count(&dev->counters.mappings_live);
    }
    if (r->handoff && r->handoff->has_desc)
        fill_geometry(&m, &r->handoff->desc);
    if (r->handoff && pages_usable(dev, r->handoff)) {
        m.pages = r->handoff->pages;
        m.page_count = r->handoff->page_count;
        if (!m.byte_length)
            m.byte_length = (uint64_t)m.page_count << dev->page_shift;
    }
    pvg_surfaces_map(dev->surfaces, &m);
}

static void apply(struct pvg_device *dev, const struct pvg_iosfc_request *r)
{
    if (!r->entry.id) {
        pvg_warn_limited(&dev->log, "mapper request names mapping 0, which does not exist");
        return;
    }
    if (r->entry.type == PVG_MAP_TYPE_MAP) {
        apply_map(dev, r);
        return;
    }
    if (pvg_u32map_remove(&dev->iosfc.live, r->entry.id))
        pvg_count_add(&dev->counters.mappings_live, (uint64_t)-1);
    pvg_surfaces_unmap(dev->surfaces, r->entry.id);
}

static struct pvg_iosfc_request *take_queue(struct pvg_iosfc *f)
{
    struct pvg_iosfc_request *list;

    pthread_mutex_lock(&f->lock);
    list = f->head;
    f->head = NULL;
    f->tail = &f->head;
    f->queued_pages = 0;
    atomic_store(&f->queued, false);
    pthread_mutex_unlock(&f->lock);
    return list;
}

static void request_free(struct pvg_iosfc_request *r)
{
    free(r->handoff);
    free(r);
}

void pvg_iosfc_apply(struct pvg_device *dev)
{
    struct pvg_iosfc_request *list, *r;

    if (!atomic_load(&dev->iosfc.queued))
        return;
    list = take_queue(&dev->iosfc);
    while ((r = list)) {
        list = r->next;
        apply(dev, r);
        request_free(r);
    }
}

void pvg_iosfc_clear(struct pvg_device *dev)
{
    struct pvg_iosfc *f = &dev->iosfc;
    struct pvg_iosfc_request *list, *r;
    struct pvg_iosfc_handoff *handoff;

    atomic_store(&f->ring, 0);
    atomic_store(&f->desc_table, 0);
    atomic_store(&f->capacity, 0);
    atomic_store(&f->producer, 0);
    atomic_store(&f->consumer, 0);
    list = take_queue(f);
    while ((r = list)) {
        list = r->next;
        request_free(r);
    }
    pthread_mutex_lock(&f->lock);
    handoff = f->handoff;
    f->handoff = NULL;
    pthread_mutex_unlock(&f->lock);
    free(handoff);
    pvg_count_add(&dev->counters.mappings_live, -(uint64_t)f->live.count);
    pvg_u32map_clear(&f->live);
}

void pvg_iosfc_fini(struct pvg_device *dev)
{
    pvg_iosfc_clear(dev);
    pthread_mutex_destroy(&dev->iosfc.lock);
}
