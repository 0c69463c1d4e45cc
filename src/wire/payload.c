/* SPDX-License-Identifier: MIT */
/* Payloads of the FIFO commands (spec 02 section 8), display commands apart. */
#include "wire/packet.h"

bool pvg_w_one_id_decode(const uint8_t *p, size_t n, struct pvg_w_one_id *out)
{
    if (n < 4)
        return false;
    *out = (struct pvg_w_one_id){.id = pvg_ld32(p)};
    return true;
}

size_t pvg_w_one_id_encode(uint8_t *dst, size_t cap, const struct pvg_w_one_id *in)
{
    if (cap < 4)
        return 0;
    pvg_st32(dst, in->id);
    return 4;
}

bool pvg_w_memory_range_decode(const uint8_t *p, size_t n, struct pvg_w_memory_range *out)
{
    if (n < 20)
        return false;
    *out = (struct pvg_w_memory_range){.task = pvg_ld32(p), .gva = pvg_ld64(p + 4), .length = pvg_ld64(p + 0xc)};
    return true;
}

size_t pvg_w_memory_range_encode(uint8_t *dst, size_t cap, const struct pvg_w_memory_range *in)
{
    if (cap < 20)
        return 0;
    pvg_st32(dst, in->task);
    pvg_st64(dst + 4, in->gva);
    pvg_st64(dst + 0xc, in->length);
    return 20;
}

bool pvg_w_task_object_decode(const uint8_t *p, size_t n, struct pvg_w_task_object *out)
{
    if (n < 8)
        return false;
    *out = (struct pvg_w_task_object){.task = pvg_ld32(p), .object = pvg_ld32(p + 4)};
    return true;
}

size_t pvg_w_task_object_encode(uint8_t *dst, size_t cap, const struct pvg_w_task_object *in)
{
    if (cap < 8)
        return 0;
    pvg_st32(dst, in->task);
    pvg_st32(dst + 4, in->object);
    return 8;
}

bool pvg_w_delete_backing_decode(const uint8_t *p, size_t n, struct pvg_w_task_object *out)
{
    if (n < 8)
        return false;
    *out = (struct pvg_w_task_object){.object = pvg_ld32(p), .task = pvg_ld32(p + 4)};
    return true;
}

size_t pvg_w_delete_backing_encode(uint8_t *dst, size_t cap, const struct pvg_w_task_object *in)
{
    if (cap < 8)
        return 0;
    pvg_st32(dst, in->object);
    pvg_st32(dst + 4, in->task);
    return 8;
}

bool pvg_w_delete_object_decode(const uint8_t *p, size_t n, struct pvg_w_delete_object *out)
{
    if (n < 12)
        return false;
    uint32_t length = pvg_ld32(p + 8);
    struct pvg_view record;
    /* A record shorter than its own header is no record; 4 + length is summed in 64 bits, so huge lengths do not wrap. */
    if (!pvg_view_sub(pvg_view_of(p, n), 4, length, &record))
        return false;
    bool destroy = length == 12 && pvg_destroy_kind_name(pvg_ld32(p + 4)) != NULL;
    *out = (struct pvg_w_delete_object){
        .task = pvg_ld32(p),
        .opcode = pvg_ld32(p + 4),
        .record_length = length,
        .ref = destroy ? pvg_ld32(p + 12) : 0,
        .is_destroy = destroy,
        .record = record,
    };
    return true;
}

size_t pvg_w_delete_object_encode(uint8_t *dst, size_t cap, const struct pvg_w_delete_object *in)
{
    if (cap < 16)
        return 0;
    pvg_st32(dst, in->task);
    pvg_st32(dst + 4, in->opcode);
    pvg_st32(dst + 8, 12);
    pvg_st32(dst + 12, in->ref);
    return 16;
}

bool pvg_w_get_device_info_decode(const uint8_t *p, size_t n, struct pvg_w_get_device_info *out)
{
    if (n < 12)
        return false;
    *out = (struct pvg_w_get_device_info){
        .key_table_len = pvg_ld32(p), .pair_capacity = pvg_ld32(p + 4), .reply_pfn = pvg_ld32(p + 8)};
    return true;
}

size_t pvg_w_get_device_info_encode(uint8_t *dst, size_t cap, const struct pvg_w_get_device_info *in)
{
    if (cap < 12)
        return 0;
    pvg_st32(dst, in->key_table_len);
    pvg_st32(dst + 4, in->pair_capacity);
    pvg_st32(dst + 8, in->reply_pfn);
    return 12;
}

bool pvg_w_get_device_info_old_decode(const uint8_t *p, size_t n, struct pvg_w_get_device_info *out)
{
    if (n < 8)
        return false;
    *out = (struct pvg_w_get_device_info){.key_table_len = UINT32_MAX, .pair_capacity = pvg_ld32(p), .reply_pfn = pvg_ld32(p + 4)};
    return true;
}

size_t pvg_w_get_device_info_old_encode(uint8_t *dst, size_t cap, const struct pvg_w_get_device_info *in)
{
    if (cap < 8)
        return 0;
    pvg_st32(dst, in->pair_capacity);
    pvg_st32(dst + 4, in->reply_pfn);
    return 8;
}

bool pvg_w_set_object_list_decode(const uint8_t *p, size_t n, struct pvg_w_set_object_list *out)
{
    if (n < 12)
        return false;
    *out = (struct pvg_w_set_object_list){.task = pvg_ld32(p), .page = pvg_ld32(p + 4), .count = pvg_ld32(p + 8)};
    return true;
}

size_t pvg_w_set_object_list_encode(uint8_t *dst, size_t cap, const struct pvg_w_set_object_list *in)
{
    if (cap < 12)
        return 0;
    pvg_st32(dst, in->task);
    pvg_st32(dst + 4, in->page);
    pvg_st32(dst + 8, in->count);
    return 12;
}

bool pvg_w_invalidate_resources_decode(const uint8_t *p, size_t n, struct pvg_w_invalidate_resources *out)
{
    if (n < 8)
        return false;
    uint32_t count = pvg_ld32(p + 4);
    if (!pvg_array_fits(8, count, 8, n))
        return false;
    *out =
        (struct pvg_w_invalidate_resources){.task = pvg_ld32(p), .count = count, .records = {.p = p + 8, .n = (size_t)count * 8}};
    return true;
}

bool pvg_w_invalidate_record_get(const struct pvg_w_invalidate_resources *l, uint32_t i, struct pvg_w_invalidate_record *out)
{
    struct pvg_view v;
    if (!pvg_view_sub(l->records, (uint64_t)i * 8, 8, &v))
        return false;
    out->object = pvg_ld32(v.p);
    memcpy(out->quad, v.p + 4, 4);
    return true;
}

size_t pvg_w_invalidate_resources_encode(uint8_t *dst, size_t cap, uint32_t task, const struct pvg_w_invalidate_record *records,
                                         size_t count)
{
    if (count > UINT32_MAX || !pvg_array_fits(8, count, 8, cap))
        return 0;
    pvg_st32(dst, task);
    pvg_st32(dst + 4, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        pvg_st32(dst + 8 + 8 * i, records[i].object);
        memcpy(dst + 12 + 8 * i, records[i].quad, 4);
    }
    return 8 + 8 * count;
}

bool pvg_w_object_ids_decode(const uint8_t *p, size_t n, struct pvg_w_object_ids *out)
{
    if (n < 8)
        return false;
    uint32_t count = pvg_ld32(p + 4);
    if (!pvg_array_fits(8, count, 4, n))
        return false;
    *out = (struct pvg_w_object_ids){.task = pvg_ld32(p), .count = count, .ids = {.p = p + 8, .n = (size_t)count * 4}};
    return true;
}

bool pvg_w_object_id_get(const struct pvg_w_object_ids *l, uint32_t i, uint32_t *out)
{
    return pvg_view_get32(l->ids, (uint64_t)i * 4, out);
}

size_t pvg_w_object_ids_encode(uint8_t *dst, size_t cap, uint32_t task, const uint32_t *ids, size_t count)
{
    if (count > UINT32_MAX || !pvg_array_fits(8, count, 4, cap))
        return 0;
    pvg_st32(dst, task);
    pvg_st32(dst + 4, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        pvg_st32(dst + 8 + 4 * i, ids[i]);
    return 8 + 4 * count;
}

bool pvg_w_exec_decode(const uint8_t *p, size_t n, struct pvg_w_exec *out)
{
    if (n < 12)
        return false;
    uint32_t r = pvg_ld32(p + 4), c = pvg_ld32(p + 8);
    if (c == 0 || !pvg_array_fits(12, r, PVG_EXEC_RESOURCE_SIZE, n))
        return false;
    size_t table = (size_t)r * PVG_EXEC_RESOURCE_SIZE;
    if (!pvg_array_fits(12 + (uint64_t)table, c, PVG_EXEC_BUFFER_SIZE, n))
        return false;
    *out = (struct pvg_w_exec){
        .task = pvg_ld32(p),
        .resource_count = r,
        .buffer_count = c,
        .resources = {.p = p + 12, .n = table},
        .buffers = {.p = p + 12 + table, .n = (size_t)c * PVG_EXEC_BUFFER_SIZE},
    };
    return true;
}

bool pvg_w_exec_resource_get(const struct pvg_w_exec *x, uint32_t i, struct pvg_w_exec_resource *out)
{
    struct pvg_view v;
    if (!pvg_view_sub(x->resources, (uint64_t)i * PVG_EXEC_RESOURCE_SIZE, PVG_EXEC_RESOURCE_SIZE, &v))
        return false;
    out->object = pvg_ld32(v.p);
    memcpy(out->quad, v.p + 4, 4);
    return true;
}

bool pvg_w_exec_buffer_get(const struct pvg_w_exec *x, uint32_t i, struct pvg_w_exec_buffer *out)
{
    struct pvg_view v;
    if (!pvg_view_sub(x->buffers, (uint64_t)i * PVG_EXEC_BUFFER_SIZE, PVG_EXEC_BUFFER_SIZE, &v))
        return false;
    *out = (struct pvg_w_exec_buffer){.gva = pvg_ld64(v.p), .length = pvg_ld64(v.p + 8)};
    return true;
}

size_t pvg_w_exec_encode(uint8_t *dst, size_t cap, uint32_t task, const struct pvg_w_exec_resource *resources,
                         size_t resource_count, const struct pvg_w_exec_buffer *buffers, size_t buffer_count)
{
    if (resource_count > UINT32_MAX || buffer_count == 0 || buffer_count > UINT32_MAX)
        return 0;
    if (!pvg_array_fits(12, resource_count, PVG_EXEC_RESOURCE_SIZE, cap))
        return 0;
    size_t table = 12 + resource_count * PVG_EXEC_RESOURCE_SIZE;
    if (!pvg_array_fits(table, buffer_count, PVG_EXEC_BUFFER_SIZE, cap))
        return 0;
    pvg_st32(dst, task);
    pvg_st32(dst + 4, (uint32_t)resource_count);
    pvg_st32(dst + 8, (uint32_t)buffer_count);
    for (size_t i = 0; i < resource_count; i++) {
        uint8_t *r = dst + 12 + i * PVG_EXEC_RESOURCE_SIZE;
        pvg_st32(r, resources[i].object);
        memcpy(r + 4, resources[i].quad, 4);
        memset(r + 8, 0, 16);
    }
    for (size_t i = 0; i < buffer_count; i++) {
        pvg_st64(dst + table + i * PVG_EXEC_BUFFER_SIZE, buffers[i].gva);
        pvg_st64(dst + table + i * PVG_EXEC_BUFFER_SIZE + 8, buffers[i].length);
    }
    return table + buffer_count * PVG_EXEC_BUFFER_SIZE;
}

bool pvg_w_define_task_decode(const uint8_t *p, size_t n, struct pvg_w_define_task *out)
{
    if (n < 16)
        return false;
    uint32_t raw = pvg_ld32(p);
    *out = (struct pvg_w_define_task){
        .task = raw >> 1, .kernel = raw & 1, .length = pvg_ld64(p + 4), .directory_pfn = pvg_ld32(p + 0xc)};
    return true;
}

size_t pvg_w_define_task_encode(uint8_t *dst, size_t cap, const struct pvg_w_define_task *in)
{
    if (cap < 16 || in->task > UINT32_MAX >> 1)
        return 0;
    pvg_st32(dst, in->task << 1 | in->kernel);
    pvg_st64(dst + 4, in->length);
    pvg_st32(dst + 0xc, in->directory_pfn);
    return 16;
}

bool pvg_w_get_compute_info_decode(const uint8_t *p, size_t n, struct pvg_w_get_compute_info *out)
{
    if (n < 24)
        return false;
    *out = (struct pvg_w_get_compute_info){
        .task = pvg_ld32(p),
        .pipeline = pvg_ld32(p + 4),
        .key_table_len = pvg_ld32(p + 8),
        .pair_capacity = pvg_ld32(p + 0xc),
        .reply_gva = pvg_ld64(p + 0x10),
    };
    return true;
}

size_t pvg_w_get_compute_info_encode(uint8_t *dst, size_t cap, const struct pvg_w_get_compute_info *in)
{
    if (cap < 24)
        return 0;
    pvg_st32(dst, in->task);
    pvg_st32(dst + 4, in->pipeline);
    pvg_st32(dst + 8, in->key_table_len);
    pvg_st32(dst + 0xc, in->pair_capacity);
    pvg_st64(dst + 0x10, in->reply_gva);
    return 24;
}

/* Opcode of the record that 0x40 embeds. */
#define HEAP_TEXTURE_RECORD 0x16u

bool pvg_w_heap_texture_query_decode(const uint8_t *p, size_t n, struct pvg_w_heap_texture_query *out)
{
    if (n < 24 + PVG_HEAP_TEXTURE_RECORD_SIZE)
        return false;
    struct pvg_w_heap_texture_query q = {
        .task = pvg_ld32(p),
        .reply_gva = pvg_ld64(p + 4),
        .reply_length = pvg_ld64(p + 0xc),
        .record = {.p = p + 0x18, .n = PVG_HEAP_TEXTURE_RECORD_SIZE},
    };
    if (q.reply_gva == 0 || q.reply_length < 16)
        return false;
    if (pvg_ld32(p + 0x14) != PVG_HEAP_TEXTURE_RECORD_SIZE || pvg_ld32(p + 0x18) != HEAP_TEXTURE_RECORD ||
        pvg_ld32(p + 0x1c) != PVG_HEAP_TEXTURE_RECORD_SIZE)
        return false;
    *out = q;
    return true;
}

size_t pvg_w_heap_texture_query_encode(uint8_t *dst, size_t cap, uint32_t task, uint64_t reply_gva, uint64_t reply_length,
                                       const uint8_t descriptor[32])
{
    if (cap < 64)
        return 0;
    pvg_st32(dst, task);
    pvg_st64(dst + 4, reply_gva);
    pvg_st64(dst + 0xc, reply_length);
    pvg_st32(dst + 0x14, PVG_HEAP_TEXTURE_RECORD_SIZE);
    pvg_st32(dst + 0x18, HEAP_TEXTURE_RECORD);
    pvg_st32(dst + 0x1c, PVG_HEAP_TEXTURE_RECORD_SIZE);
    memcpy(dst + 0x20, descriptor, 32);
    return 64;
}

size_t pvg_w_size_and_align_encode(uint8_t *dst, size_t cap, uint64_t size, uint64_t align)
{
    if (cap < 16)
        return 0;
    pvg_st64(dst, size);
    pvg_st64(dst + 8, align);
    return 16;
}

bool pvg_w_size_and_align_decode(const uint8_t *p, size_t n, uint64_t *size, uint64_t *align)
{
    if (n < 16)
        return false;
    *size = pvg_ld64(p);
    *align = pvg_ld64(p + 8);
    return true;
}
