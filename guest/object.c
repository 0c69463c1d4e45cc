/* SPDX-License-Identifier: MIT */
/* Object lists, descriptors, object lifetime packets (spec 05 sections 2 to 8). */
#include "internal.h"

#include <string.h>

#define DESCRIPTOR_MEMORY 0x10000u
#define DESCRIPTOR_MAX    4096u

/* Memory of the task that covers [gva, gva+n). */
static struct pvg_guest_mem *mem_of(struct pvg_guest_task *task, uint64_t gva, size_t n)
{
    for (size_t i = 0; i < task->mem_count; i++) {
        struct pvg_guest_mem *m = task->mems[i];
        if (gva >= m->gva && pvg_range_ok(gva - m->gva, n, m->size))
            return m;
    }
    return NULL;
}

static uint64_t slot_gva(const struct pvg_guest_task *task, uint32_t ref)
{
    return (1ull << task->g->t.page_shift) + (uint64_t)ref * PVG_W_OBJECT_ENTRY_SIZE;
}

/* One byte range of the object list, backing missing pages: guests populate their lists lazily. */
static bool list_write(struct pvg_guest_task *task, uint64_t gva, const uint8_t *p, size_t n)
{
    struct pvg_span_iter it;
    uint64_t at, len;
    if (!pvg_span_begin(&it, gva, n, task->g->t.page_shift))
        return false;
    while (pvg_span_next(&it, &at, &len)) {
        struct pvg_guest_mem *m = mem_of(task, at, (size_t)len);
        const struct pvg_guest_mem_config page = {
            .what = "object list", .size = pvg_guest_page(task->g), .gva = at & ~(uint64_t)(pvg_guest_page(task->g) - 1)};
        if (!m && !(m = pvg_guest_mem_map(task, &page)))
            return false;
        pvg_guest_mem_write(m, at - m->gva, p, (size_t)len);
        p += len;
    }
    return true;
}

uint32_t pvg_guest_ref(struct pvg_guest_task *task)
{
    return task->next_ref++;
}

/* Next free place in the default descriptor memory. */
static uint64_t descriptor_place(struct pvg_guest_task *task, size_t n)
{
    size_t need = (n + 31) & ~(size_t)31;
    if (!task->descriptors || task->descriptor_used + need > task->descriptors->size) {
        const struct pvg_guest_mem_config c = {.what = "descriptors", .size = DESCRIPTOR_MEMORY};
        task->descriptors = pvg_guest_mem_map(task, &c);
        task->descriptor_used = 0;
    }
    if (!task->descriptors || need > task->descriptors->size)
        return 0;
    uint64_t gva = task->descriptors->gva + task->descriptor_used;
    task->descriptor_used += need;
    return gva;
}

bool pvg_guest_object_publish(struct pvg_guest_task *task, uint32_t ref, uint8_t type, uint64_t gva, const uint8_t *desc, size_t n)
{
    uint8_t slot[PVG_W_OBJECT_ENTRY_SIZE];
    if (n == 0)
        return pvg_guest_fail(task->g, "descriptor of object %u does not encode", ref);
    if (gva == 0 && !(gva = descriptor_place(task, n)))
        return pvg_guest_fail(task->g, "no memory for the descriptor of object %u", ref);
    struct pvg_guest_mem *m = mem_of(task, gva, n);
    if (!m)
        return pvg_guest_fail(task->g, "descriptor address 0x%llx is not mapped", (unsigned long long)gva);
    const struct pvg_w_object_entry e = {.type = type, .length = (uint32_t)n, .gva = gva};
    if (pvg_w_object_entry_encode(slot, sizeof(slot), &e) != sizeof(slot))
        return pvg_guest_fail(task->g, "object %u does not fit a slot", ref);
    pvg_guest_mem_write(m, gva - m->gva, desc, n);
    /* The slot publishes the object: address first, type and length last. */
    if (!list_write(task, slot_gva(task, ref) + 4, slot + 4, 8))
        return false;
    __atomic_thread_fence(__ATOMIC_RELEASE);
    if (ref >= task->next_ref)
        task->next_ref = ref + 1;
    return list_write(task, slot_gva(task, ref), slot, 4);
}

void pvg_guest_object_clear(struct pvg_guest_task *task, uint32_t ref)
{
    static const uint8_t empty[PVG_W_OBJECT_ENTRY_SIZE];
    list_write(task, slot_gva(task, ref), empty, sizeof(empty));
}

bool pvg_guest_buffer(struct pvg_guest_task *task, uint32_t ref, uint64_t gva, const struct pvg_guest_mem *mem)
{
    uint8_t d[DESCRIPTOR_MAX];
    const struct pvg_w_buffer b = {.size = mem->size, .handle = (uint32_t)(mem->gva >> task->g->t.page_shift)};
    return pvg_guest_object_publish(task, ref, PVG_W_TYPE_BUFFER, gva, d, pvg_w_buffer_encode(d, sizeof(d), &b));
}

bool pvg_guest_linear_texture(struct pvg_guest_task *task, uint32_t ref, uint64_t gva, uint8_t type,
                              const struct pvg_guest_mem *mem, const struct pvg_w_texture_desc *desc, uint8_t element_size,
                              const struct pvg_w_linear_level *levels)
{
    uint8_t d[DESCRIPTOR_MAX];
    struct pvg_w_linear_texture t = {
        .size = mem->size,
        .handle = (uint32_t)(mem->gva >> task->g->t.page_shift),
        .element_size = element_size,
        .level_count = desc->levels,
        .has_record = true,
        .ref = ref,
        .desc = *desc,
    };
    if (desc->levels == 0 || desc->levels > PVG_W_MAX_LEVELS)
        return pvg_guest_fail(task->g, "texture with %u levels", desc->levels);
    memcpy(t.levels, levels, desc->levels * sizeof(*levels));
    return pvg_guest_object_publish(task, ref, type, gva, d, pvg_w_linear_texture_encode(d, sizeof(d), &t));
}

bool pvg_guest_sampler(struct pvg_guest_task *task, uint64_t gva, const struct pvg_w_sampler *s)
{
    uint8_t d[DESCRIPTOR_MAX];
    return pvg_guest_object_publish(task, s->ref, PVG_W_TYPE_STATE, gva, d, pvg_w_sampler_encode(d, sizeof(d), s));
}

bool pvg_guest_depth_stencil(struct pvg_guest_task *task, uint64_t gva, const struct pvg_w_depth_stencil *s)
{
    uint8_t d[DESCRIPTOR_MAX];
    return pvg_guest_object_publish(task, s->ref, PVG_W_TYPE_STATE, gva, d, pvg_w_depth_stencil_encode(d, sizeof(d), s));
}

bool pvg_guest_function(struct pvg_guest_task *task, uint32_t ref, uint64_t gva, uint64_t container_gva, uint32_t size)
{
    uint8_t d[DESCRIPTOR_MAX];
    const struct pvg_w_function f = {.gva = container_gva, .size = size, .has_id = true, .id = ref};
    size_t n = pvg_w_function_encode(d, sizeof(d), &f);
    /* Length word of the trailing record, as the worked session has it; devices ignore it. */
    if (n)
        pvg_st32(d + 0x10, 12);
    return pvg_guest_object_publish(task, ref, PVG_W_TYPE_FUNCTION, gva, d, n);
}

bool pvg_guest_render_pipeline(struct pvg_guest_task *task, uint64_t gva, const struct pvg_w_render_pipeline *p)
{
    uint8_t d[DESCRIPTOR_MAX];
    return pvg_guest_object_publish(task, p->ref, PVG_W_TYPE_STATE, gva, d, pvg_w_render_pipeline_encode(d, sizeof(d), p));
}

bool pvg_guest_compute_pipeline(struct pvg_guest_task *task, uint64_t gva, const struct pvg_w_compute_pipeline *p)
{
    uint8_t d[DESCRIPTOR_MAX];
    return pvg_guest_object_publish(task, p->ref, PVG_W_TYPE_STATE, gva, d, pvg_w_compute_pipeline_encode(d, sizeof(d), p));
}

bool pvg_guest_texture_view(struct pvg_guest_task *task, uint64_t gva, const struct pvg_w_texture_view *v)
{
    uint8_t d[DESCRIPTOR_MAX];
    return pvg_guest_object_publish(task, v->ref, PVG_W_TYPE_VIEW, gva, d, pvg_w_texture_view_encode(d, sizeof(d), v));
}

bool pvg_guest_buffer_texture(struct pvg_guest_task *task, uint64_t gva, const struct pvg_w_buffer_texture *t)
{
    uint8_t d[DESCRIPTOR_MAX];
    return pvg_guest_object_publish(task, t->ref, PVG_W_TYPE_VIEW, gva, d, pvg_w_buffer_texture_encode(d, sizeof(d), t));
}

struct pvg_w_texture_desc pvg_guest_desc_2d(uint16_t format, uint32_t width, uint32_t height, uint32_t usage)
{
    return (struct pvg_w_texture_desc){
        .type = PVG_W_TEX_2D,
        .optimized = true,
        .format = format,
        .levels = 1,
        .samples = 1,
        .array_length = 1,
        .options = PVG_W_STORAGE_MANAGED << 4,
        .usage = usage,
        .width = width,
        .height = height,
        .depth = 1,
        .swizzle = {PVG_W_SWIZZLE_RED, PVG_W_SWIZZLE_GREEN, PVG_W_SWIZZLE_BLUE, PVG_W_SWIZZLE_ALPHA},
    };
}

bool pvg_guest_delete_resource(struct pvg_guest_task *task, uint32_t ref, const struct pvg_guest_stamp *waits, size_t wait_count)
{
    uint8_t payload[8];
    const struct pvg_w_task_object o = {.task = task->id, .object = ref};
    size_t n = pvg_w_task_object_encode(payload, sizeof(payload), &o);
    return pvg_guest_submit(task->g, PVG_CHANNEL_IMMEDIATE, PVG_OP_DELETE_RESOURCE, waits, wait_count, payload, n, NULL);
}

bool pvg_guest_delete_object(struct pvg_guest_task *task, uint32_t destroy_opcode, uint32_t ref)
{
    uint8_t payload[16];
    const struct pvg_w_delete_object o = {.task = task->id, .opcode = destroy_opcode, .ref = ref};
    size_t n = pvg_w_delete_object_encode(payload, sizeof(payload), &o);
    return pvg_guest_submit(task->g, PVG_CHANNEL_IMMEDIATE, PVG_OP_DELETE_OBJECT, NULL, 0, payload, n, NULL);
}

bool pvg_guest_compute_info(struct pvg_guest_task *task, uint32_t pipeline, struct pvg_guest_mem *reply, uint32_t pairs,
                            uint32_t values[5])
{
    uint8_t payload[24], page[256];
    struct pvg_guest_stamp stamp;
    const struct pvg_w_get_compute_info q = {
        .task = task->id, .pipeline = pipeline, .key_table_len = 5, .pair_capacity = pairs, .reply_gva = reply->gva};
    size_t n = pvg_w_get_compute_info_encode(payload, sizeof(payload), &q), bytes = (size_t)pairs * PVG_PAIR_SIZE;
    memset(values, 0, 5 * sizeof(*values));
    if (bytes > sizeof(page) ||
        !pvg_guest_submit(task->g, PVG_CHANNEL_IMMEDIATE, PVG_OP_GET_COMPUTE_INFO, NULL, 0, payload, n, &stamp) ||
        !pvg_guest_wait(task->g, stamp) || !pvg_guest_mem_read(reply, 0, page, bytes))
        return false;
    for (uint32_t key = 1; key < 5; key++)
        pvg_w_pairs_find(page, bytes, key, &values[key]);
    return true;
}
