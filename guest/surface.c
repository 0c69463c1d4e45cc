/* SPDX-License-Identifier: MIT */
/* IOSurfaces: type-4 objects of task 0 on PCI, the mapper rail on the platform variant (spec 03 section 7). */
#include "internal.h"

#include <string.h>

#define FOURCC_BGRA  0x42475241u
#define MAP_CAPACITY 0x100u

/* Pieces of a platform mapping that the device reads through the CPU. */
struct handoff {
    uint64_t object_gpa, a_gpa, b_gpa, list_gpa, descriptor_gpa;
    size_t list_pages;
    uint64_t x19, x22;
};

static bool mapper_start(struct pvg_guest *g)
{
    if (g->map_ring)
        return true;
    g->map_ring = g->t.alloc(g->t.opaque, 1, "mapper ring", &g->map_ring_gpa);
    g->map_device = g->t.alloc(g->t.opaque, 1, "mapper device", &g->map_device_gpa);
    if (!g->map_ring || !g->map_device)
        return pvg_guest_fail(g, "no memory for the mapper ring");
    g->map_capacity = MAP_CAPACITY;
    g->t.write64(g->t.opaque, PVG_GUEST_IOSFC, PVG_IOSFC_MAP_RING, g->map_ring_gpa);
    g->t.write32(g->t.opaque, PVG_GUEST_IOSFC, PVG_IOSFC_MAP_CAPACITY, g->map_capacity);
    g->t.write32(g->t.opaque, PVG_GUEST_IOSFC, PVG_IOSFC_MAP_CONS, 0);
    return true;
}

/*
 * Start over at entry 0 once the ring page is full. Whether indices wrap is not known (spec 01 section 4.3), but a ring of 0 makes
 * the consumer follow the producer without reading anything, at boot and here.
 */
static void mapper_rewind(struct pvg_guest *g)
{
    g->t.write64(g->t.opaque, PVG_GUEST_IOSFC, PVG_IOSFC_MAP_RING, 0);
    g->t.write32(g->t.opaque, PVG_GUEST_IOSFC, PVG_IOSFC_MAP_PROD, 0);
    g->t.write64(g->t.opaque, PVG_GUEST_IOSFC, PVG_IOSFC_MAP_RING, g->map_ring_gpa);
    g->map_prod = 0;
}

/* One request: entry, producer store with the registers loaded, consumer catches up within the store or soon after. */
static bool mapper_request(struct pvg_guest *g, uint32_t type, uint32_t id, const struct handoff *h)
{
    const struct pvg_w_map_entry e = {.type = type, .id = id};
    if (g->map_prod >= pvg_guest_page(g) / PVG_MAP_ENTRY_SIZE)
        mapper_rewind(g);
    pvg_w_map_entry_encode(g->map_ring + (size_t)g->map_prod * PVG_MAP_ENTRY_SIZE, PVG_MAP_ENTRY_SIZE, &e);
    g->map_prod++;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    g->t.map_store(g->t.opaque, g->map_prod, (const uint64_t[3]){h->x19, type, h->x22});
    uint64_t deadline = pvg_guest_deadline(g);
    while (g->t.read32(g->t.opaque, PVG_GUEST_IOSFC, PVG_IOSFC_MAP_CONS) != g->map_prod) {
        if (g->t.now_ns(g->t.opaque) > deadline)
            return pvg_guest_fail(g, "mapper does not answer request %u", g->map_prod);
        g->t.wait_irq(g->t.opaque, PVG_GUEST_IOSFC, 1000000);
    }
    return true;
}

static void handoff_free(struct pvg_guest *g, struct handoff *h)
{
    uint64_t single[] = {h->object_gpa, h->a_gpa, h->b_gpa, h->descriptor_gpa};
    for (size_t i = 0; i < 4; i++) {
        if (single[i])
            g->t.free(g->t.opaque, single[i], 1);
    }
    if (h->list_gpa)
        g->t.free(g->t.opaque, h->list_gpa, h->list_pages);
    free(h);
}

static void fill_page_list(struct pvg_guest *g, uint8_t *list, const struct pvg_guest_mem *mem)
{
    for (size_t i = 0; i < mem->run_count; i++) {
        for (size_t off = 0; off < mem->runs[i].size; off += pvg_guest_page(g), list += 4)
            pvg_st32(list, pvg_w_map_page_encode((mem->runs[i].gpa + off) >> g->t.page_shift));
    }
}

/* Mapping object, helpers, page list and surface descriptor in guest memory. */
static struct handoff *handoff_build(const struct pvg_guest_surface *s)
{
    struct pvg_guest *g = s->g;
    const struct pvg_guest_transport *t = &g->t;
    uint64_t pages = s->mem->size >> t->page_shift;
    struct handoff *h = calloc(1, sizeof(*h));
    if (!h)
        return NULL;
    h->list_pages = (size_t)((pages * 4 + pvg_guest_page(g) - 1) >> t->page_shift);
    uint8_t *object = t->alloc(t->opaque, 1, "mapping object", &h->object_gpa);
    uint8_t *a = t->alloc(t->opaque, 1, "mapping helper", &h->a_gpa);
    uint8_t *b = t->alloc(t->opaque, 1, "mapping helper", &h->b_gpa);
    uint8_t *list = t->alloc(t->opaque, h->list_pages, "mapping pages", &h->list_gpa);
    uint8_t *descriptor = t->alloc(t->opaque, 1, "surface descriptor", &h->descriptor_gpa);
    if (!object || !a || !b || !list || !descriptor) {
        handoff_free(g, h);
        return NULL;
    }
    h->x19 = t->virtual_address(t->opaque, g->map_device);
    h->x22 = t->virtual_address(t->opaque, object);
    const struct pvg_w_map_object o = {.mapper = h->x19,
                                       .id = s->id,
                                       .descriptor = t->virtual_address(t->opaque, descriptor),
                                       .size = PVG_SURFACE_DESC_SIZE,
                                       .helper_a = t->virtual_address(t->opaque, a),
                                       .helper_b = t->virtual_address(t->opaque, b),
                                       .page_count = pages};
    const struct pvg_w_surface_desc d = {.pixel_format = s->fourcc,
                                         .allocation_size = (uint32_t)s->mem->size,
                                         .width = s->width,
                                         .height = s->height,
                                         .bytes_per_row = s->bytes_per_row,
                                         .bytes_per_element = 4};
    pvg_w_map_object_encode(object, pvg_guest_page(g), &o);
    pvg_st64(a + PVG_MAP_HELPER_LIST_PTR, t->virtual_address(t->opaque, list));
    fill_page_list(g, list, s->mem);
    pvg_w_surface_desc_encode(descriptor, pvg_guest_page(g), &d);
    return h;
}

static bool surface_announce(struct pvg_guest_surface *s, const struct pvg_guest_surface_config *c)
{
    struct pvg_guest *g = s->g;
    uint8_t d[64];
    if (g->t.platform) {
        s->handoff = mapper_start(g) ? handoff_build(s) : NULL;
        return s->handoff && mapper_request(g, PVG_MAP_TYPE_MAP, s->id, s->handoff);
    }
    const struct pvg_w_surface desc = {
        .length = s->mem->size,
        .page = (uint32_t)(s->mem->gva >> g->t.page_shift),
        .fourcc = s->fourcc,
        .plane_count = 1,
        .planes = {{.width = s->width, .height = s->height, .bytes_per_row = s->bytes_per_row, .bytes_per_element = 4}},
    };
    return pvg_guest_object_publish(g->kernel, s->id, PVG_W_TYPE_SURFACE, c->descriptor_gva, d,
                                    pvg_w_surface_encode(d, sizeof(d), &desc));
}

struct pvg_guest_surface *pvg_guest_surface_create(struct pvg_guest *g, const struct pvg_guest_surface_config *c)
{
    struct pvg_guest_surface *s = calloc(1, sizeof(*s));
    if (!s || c->id == 0 || !g->kernel) {
        free(s);
        pvg_guest_fail(g, "surface needs an id, a kernel task and memory");
        return NULL;
    }
    *s = (struct pvg_guest_surface){.g = g, .id = c->id, .width = c->width, .height = c->height, .fourcc = FOURCC_BGRA};
    s->bytes_per_row = c->bytes_per_row ? c->bytes_per_row : (c->width * 4 + 255) & ~255u;
    uint64_t size = (uint64_t)s->bytes_per_row * c->height;
    const struct pvg_guest_mem_config m = {.what = "surface", .size = size, .gva = c->gva, .granule = c->granule};
    s->mem = g->t.platform ? pvg_guest_mem_alloc(g, m.what, size, c->granule) : pvg_guest_mem_map(g->kernel, &m);
    if (s->mem && surface_announce(s, c))
        return s;
    if (s->mem)
        pvg_guest_surface_destroy(s);
    else
        free(s);
    return NULL;
}

bool pvg_guest_surface_destroy(struct pvg_guest_surface *s)
{
    struct pvg_guest *g = s->g;
    bool ok;
    if (g->t.platform) {
        ok = s->handoff && mapper_request(g, PVG_MAP_TYPE_UNMAP, s->id, s->handoff);
        if (s->handoff)
            handoff_free(g, s->handoff);
        pvg_guest_mem_free(g, s->mem);
        free(s);
        return ok;
    }
    uint8_t payload[8];
    const struct pvg_w_task_object o = {.task = g->kernel->id, .object = s->id};
    size_t n = pvg_w_delete_backing_encode(payload, sizeof(payload), &o);
    pvg_guest_object_clear(g->kernel, s->id);
    ok = pvg_guest_submit(g, PVG_CHANNEL_IMMEDIATE, PVG_OP_DELETE_IOSURFACE_BACKING2, NULL, 0, payload, n, NULL);
    ok &= pvg_guest_mem_unmap(s->mem);
    free(s);
    return ok;
}

bool pvg_guest_surface_texture(struct pvg_guest_task *task, uint32_t ref, uint64_t gva, const struct pvg_guest_surface *s,
                               const struct pvg_w_texture_desc *desc)
{
    uint8_t d[128];
    bool platform = task->g->t.platform;
    const struct pvg_w_surface_texture t = {
        .opcode = platform ? PVG_W_NEW_SURFACE_TEXTURE : PVG_W_NEW_SURFACE_TEXTURE_ROTATED,
        .surface = s->id,
        .ref = ref,
        .desc = *desc,
    };
    return pvg_guest_object_publish(task, ref, platform ? PVG_W_TYPE_MAPPING_TEXTURE : PVG_W_TYPE_SURFACE_TEXTURE, gva, d,
                                    pvg_w_surface_ref_encode(d, sizeof(d), &t));
}
