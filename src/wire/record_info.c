/* SPDX-License-Identifier: MIT */
/* Records of event and info segments (spec 06 sections 7 and 8) and the lookup over all tables. */
#include "wire/record_layouts.h"

/* ---- Event ---- */

#define PVG_W_TABLE_BASE PVG_W_EVENT_BASE

PVG_W_RECORD_LAYOUT(event, 20, event, PVG_W_FIELD(event.ref, 8, PVG_W_U32), PVG_W_FIELD(event.value, 0x0c, PVG_W_U64));
PVG_W_RECORD_LAYOUT(event_timeout, 24, event, PVG_W_FIELD(event.ref, 8, PVG_W_U32), PVG_W_FIELD(event.value, 0x0c, PVG_W_U64),
                    PVG_W_FIELD(event.timeout, 0x14, PVG_W_U32));

const struct pvg_w_record_info pvg_w_event_records[PVG_W_EVENT_ROWS] = {
    PVG_W_STATE(PVG_W_SEG_EVENT, 0x190, 20, PVG_W_REC_EVENT_WAIT, 0, PVG_W_GATE_NONE, &event, "waitForEvent"),
    PVG_W_STATE(PVG_W_SEG_EVENT, 0x191, 20, PVG_W_REC_EVENT_SIGNAL, 0, PVG_W_GATE_NONE, &event, "signalEvent"),
    PVG_W_STATE(PVG_W_SEG_EVENT, 0x192, 24, PVG_W_REC_EVENT_TIMEOUT, 0, PVG_W_GATE_NONE, &event_timeout, "waitForEvent:timeout"),
};

#undef PVG_W_TABLE_BASE

/* ---- Info ---- */

#define PVG_W_TABLE_BASE PVG_W_INFO_BASE

PVG_W_RECORD_LAYOUT(reply, 24, reply, PVG_W_FIELD(reply.object, 8, PVG_W_U32), PVG_W_FIELD(reply.ref, 0x0c, PVG_W_U32),
                    PVG_W_FIELD(reply.offset, 0x10, PVG_W_U64));
PVG_W_RECORD_LAYOUT(heap_size_narrow, 52, heap_query, PVG_W_TEXTURE_FIELD(heap_query.desc, 0x08, PVG_W_NARROW_TEXTURE),
                    PVG_W_FIELD(heap_query.reply.ref, 0x28, PVG_W_U32), PVG_W_FIELD(heap_query.reply.offset, 0x2c, PVG_W_U64));
PVG_W_RECORD_LAYOUT(heap_size_wide, 60, heap_query, PVG_W_TEXTURE_FIELD(heap_query.desc, 0x08, PVG_W_WIDE_TEXTURE),
                    PVG_W_FIELD(heap_query.reply.ref, 0x30, PVG_W_U32), PVG_W_FIELD(heap_query.reply.offset, 0x34, PVG_W_U64));
PVG_W_RECORD_LAYOUT(rate_map, 32, rate_map_query, PVG_W_FIELD(rate_map_query.reply.object, 0x08, PVG_W_U32),
                    PVG_W_FIELD(rate_map_query.reply.ref, 0x0c, PVG_W_U32),
                    PVG_W_FIELD(rate_map_query.reply.offset, 0x10, PVG_W_U64), PVG_W_FIELD(rate_map_query.length, 0x18, PVG_W_U32),
                    PVG_W_FIELD(rate_map_query.unidentified, 0x1c, PVG_W_U32));
PVG_W_RECORD_LAYOUT(map_coordinate, 36, map_query, PVG_W_FIELD(map_query.reply.object, 0x08, PVG_W_U32),
                    PVG_W_FIELD(map_query.reply.ref, 0x0c, PVG_W_U32), PVG_W_FIELD(map_query.reply.offset, 0x10, PVG_W_U64),
                    PVG_W_FIELD(map_query.layer, 0x18, PVG_W_U32), PVG_W_FIELD(map_query.x, 0x1c, PVG_W_F32),
                    PVG_W_FIELD(map_query.y, 0x20, PVG_W_F32));
PVG_W_RECORD_LAYOUT(imageblock, 48, imageblock_query, PVG_W_FIELD(imageblock_query.reply.object, 0x08, PVG_W_U32),
                    PVG_W_ARRAY(imageblock_query.size, 0x0c, PVG_W_U64, 3),
                    PVG_W_FIELD(imageblock_query.reply.ref, 0x24, PVG_W_U32),
                    PVG_W_FIELD(imageblock_query.reply.offset, 0x28, PVG_W_U64));

#define ROW(op, len, kind, arg, gate, layout, name)                                                                                \
    PVG_W_FIXED(PVG_W_SEG_INFO, op, len, PVG_W_REC_##kind, arg, PVG_W_GATE_##gate, layout, name)

const struct pvg_w_record_info pvg_w_info_records[PVG_W_INFO_ROWS] = {
    ROW(0x1c2, 24, QUERY_COMPUTE_PIPELINE, 0, NONE, &reply, "computePipelineStateInfo"),
    ROW(0x1c3, 52, QUERY_HEAP_SIZE, 0, NONE, &heap_size_narrow, "heapTextureDescriptorSizeAndAlign"),
    ROW(0x1c4, 32, QUERY_RATE_MAP, 0, NONE, &rate_map, "getRasterizationRateMapInfo"),
    ROW(0x1c5, 24, COPY_RATE_MAP, 0, NONE, &reply, "copyRasterizationRateParameterBuffer"),
    ROW(0x1c6, 36, QUERY_MAP_COORDINATE, 0, NONE, &map_coordinate, "mapScreenToPhysicalCoordinates"),
    ROW(0x1c7, 36, QUERY_MAP_COORDINATE, 1, NONE, &map_coordinate, "mapPhysicalToScreenCoordinates"),
    ROW(0x1c9, 24, QUERY_RENDER_PIPELINE, 0, NONE, &reply, "renderPipelineStateInfo"),
    ROW(0x1ca, 48, QUERY_IMAGEBLOCK, 0, NONE, &imageblock, "renderPipelineStateImageBlockMemoryLength"),
    ROW(0x1cb, 48, QUERY_IMAGEBLOCK, 1, NONE, &imageblock, "computePipelineStateImageBlockMemoryLength"),
    ROW(0x1cd, 24, QUERY_HOST_RESOURCE, PVG_W_OBJ_BUFFER, NONE, &reply, "bufferHostResourceInfo"),
    ROW(0x1ce, 24, QUERY_HOST_RESOURCE, PVG_W_OBJ_TEXTURE, NONE, &reply, "textureHostResourceInfo"),
    ROW(0x1cf, 24, QUERY_HOST_RESOURCE, PVG_W_OBJ_HEAP, NONE, &reply, "heapHostResourceInfo"),
    ROW(0x1d0, 24, QUERY_HOST_RESOURCE, PVG_W_OBJ_SAMPLER, NONE, &reply, "samplerStateHostResourceInfo"),
    ROW(0x1d1, 24, QUERY_HOST_RESOURCE, PVG_W_OBJ_ICB, NONE, &reply, "icbHostResourceInfo"),
    ROW(0x1d2, 24, QUERY_HOST_RESOURCE, PVG_W_OBJ_RENDER_PIPELINE, NONE, &reply, "renderPipelineHostResourceInfo"),
    ROW(0x1d3, 24, QUERY_HOST_RESOURCE, PVG_W_OBJ_COMPUTE_PIPELINE, NONE, &reply, "computePipelineHostResourceInfo"),
    ROW(0x1d4, 24, QUERY_HOST_RESOURCE, PVG_W_OBJ_DEPTH_STENCIL, NONE, &reply, "depthStencilHostResourceInfo"),
    ROW(0x1d5, 60, QUERY_HEAP_SIZE, 0, TEXTURE_DESCRIPTOR2, &heap_size_wide, "heapTextureDescriptorSizeAndAlign wide"),
};

/* ---- Entries ---- */

PVG_W_STRUCT_LAYOUT(entry_ref, 4, struct pvg_w_bind, PVG_W_FIELD_OF(struct pvg_w_bind, ref, 0, PVG_W_U32));
PVG_W_STRUCT_LAYOUT(entry_buffer, 12, struct pvg_w_bind, PVG_W_FIELD_OF(struct pvg_w_bind, ref, 0, PVG_W_U32),
                    PVG_W_FIELD_OF(struct pvg_w_bind, offset, 4, PVG_W_U64));
PVG_W_STRUCT_LAYOUT(entry_buffer_stride, 20, struct pvg_w_bind, PVG_W_FIELD_OF(struct pvg_w_bind, ref, 0, PVG_W_U32),
                    PVG_W_FIELD_OF(struct pvg_w_bind, offset, 4, PVG_W_U64),
                    PVG_W_FIELD_OF(struct pvg_w_bind, stride, 12, PVG_W_U64));
PVG_W_STRUCT_LAYOUT(entry_sampler_lod, 12, struct pvg_w_bind, PVG_W_FIELD_OF(struct pvg_w_bind, ref, 0, PVG_W_U32),
                    PVG_W_FIELD_OF(struct pvg_w_bind, lod_min, 4, PVG_W_F32),
                    PVG_W_FIELD_OF(struct pvg_w_bind, lod_max, 8, PVG_W_F32));
PVG_W_STRUCT_LAYOUT(entry_point, 8, struct pvg_w_point, PVG_W_FIELD_OF(struct pvg_w_point, x, 0, PVG_W_F32),
                    PVG_W_FIELD_OF(struct pvg_w_point, y, 4, PVG_W_F32));
PVG_W_STRUCT_LAYOUT(entry_scissor, 32, struct pvg_w_scissor, PVG_W_FIELD_OF(struct pvg_w_scissor, x, 0, PVG_W_U64),
                    PVG_W_FIELD_OF(struct pvg_w_scissor, y, 8, PVG_W_U64),
                    PVG_W_FIELD_OF(struct pvg_w_scissor, width, 16, PVG_W_U64),
                    PVG_W_FIELD_OF(struct pvg_w_scissor, height, 24, PVG_W_U64));
PVG_W_STRUCT_LAYOUT(entry_viewport, 48, struct pvg_w_viewport, PVG_W_FIELD_OF(struct pvg_w_viewport, x, 0, PVG_W_F64),
                    PVG_W_FIELD_OF(struct pvg_w_viewport, y, 8, PVG_W_F64),
                    PVG_W_FIELD_OF(struct pvg_w_viewport, width, 16, PVG_W_F64),
                    PVG_W_FIELD_OF(struct pvg_w_viewport, height, 24, PVG_W_F64),
                    PVG_W_FIELD_OF(struct pvg_w_viewport, znear, 32, PVG_W_F64),
                    PVG_W_FIELD_OF(struct pvg_w_viewport, zfar, 40, PVG_W_F64));
PVG_W_STRUCT_LAYOUT(entry_view_mapping, 8, struct pvg_w_view_mapping,
                    PVG_W_FIELD_OF(struct pvg_w_view_mapping, viewport_offset, 0, PVG_W_U32),
                    PVG_W_FIELD_OF(struct pvg_w_view_mapping, target_offset, 4, PVG_W_U32));

const struct pvg_w_layout *pvg_w_entry_layout(uint8_t entry)
{
    static const struct pvg_w_layout *const layouts[PVG_W_ENTRY_KIND_COUNT] = {
        [PVG_W_ENTRY_REF] = &entry_ref,
        [PVG_W_ENTRY_BUFFER] = &entry_buffer,
        [PVG_W_ENTRY_BUFFER_STRIDE] = &entry_buffer_stride,
        [PVG_W_ENTRY_SAMPLER_LOD] = &entry_sampler_lod,
        [PVG_W_ENTRY_POINT] = &entry_point,
        [PVG_W_ENTRY_SCISSOR] = &entry_scissor,
        [PVG_W_ENTRY_VIEWPORT] = &entry_viewport,
        [PVG_W_ENTRY_VIEW_MAPPING] = &entry_view_mapping,
    };
    return entry < PVG_W_ENTRY_KIND_COUNT ? layouts[entry] : NULL;
}

/* ---- Lookup ---- */

struct range {
    const struct pvg_w_record_info *rows;
    uint32_t base, count;
};

static const struct range ranges[] = {
    {pvg_w_render_records, PVG_W_RENDER_BASE, PVG_W_RENDER_ROWS}, {pvg_w_compute_records, PVG_W_COMPUTE_BASE, PVG_W_COMPUTE_ROWS},
    {pvg_w_blit_records, PVG_W_BLIT_BASE, PVG_W_BLIT_ROWS},       {pvg_w_event_records, PVG_W_EVENT_BASE, PVG_W_EVENT_ROWS},
    {pvg_w_info_records, PVG_W_INFO_BASE, PVG_W_INFO_ROWS},
};

/* Residency records come from the base class of all encoders, so they are legal in every segment of records (spec 06, 1.6). */
static bool shared_opcode(uint32_t opcode)
{
    return opcode == 0x86 || opcode == 0x87;
}

const struct pvg_w_record_info *pvg_w_record_lookup(uint8_t segment, uint32_t opcode, uint32_t length)
{
    if (segment >= PVG_W_SEG_PROTECTION)
        return NULL;
    const struct range *r = &ranges[shared_opcode(opcode) ? PVG_W_SEG_RENDER : segment];
    if (opcode < r->base || opcode - r->base >= r->count)
        return NULL;
    if (opcode == pvg_w_indexed_patches_record.opcode && length == pvg_w_indexed_patches_record.length)
        return &pvg_w_indexed_patches_record;
    const struct pvg_w_record_info *info = &r->rows[opcode - r->base];
    return info->name ? info : NULL;
}

const struct pvg_w_record_info *pvg_w_record_table(size_t i)
{
    for (size_t k = 0; k < sizeof(ranges) / sizeof(ranges[0]); k++) {
        for (uint32_t row = 0; row < ranges[k].count; row++) {
            if (!ranges[k].rows[row].name)
                continue;
            if (i-- == 0)
                return &ranges[k].rows[row];
            if (ranges[k].rows[row].opcode == pvg_w_indexed_patches_record.opcode && i-- == 0)
                return &pvg_w_indexed_patches_record;
        }
    }
    return NULL;
}
