/* SPDX-License-Identifier: MIT */
/* Records of compute segments (spec 06 section 5). */
#include "wire/record_layouts.h"

#define PVG_W_TABLE_BASE PVG_W_COMPUTE_BASE

PVG_W_RECORD_LAYOUT(dispatch, 56, dispatch, PVG_W_ARRAY(dispatch.grid, 8, PVG_W_U64, 3),
                    PVG_W_ARRAY(dispatch.threads_per_group, 0x20, PVG_W_U64, 3));
PVG_W_RECORD_LAYOUT(dispatch_indirect, 44, dispatch_indirect, PVG_W_ARRAY(dispatch_indirect.threads_per_group, 8, PVG_W_U64, 3),
                    PVG_W_FIELD(dispatch_indirect.offset, 0x20, PVG_W_U64), PVG_W_FIELD(dispatch_indirect.ref, 0x28, PVG_W_U32));
PVG_W_RECORD_LAYOUT(threads_indirect, 20, dispatch_indirect, PVG_W_FIELD(dispatch_indirect.offset, 8, PVG_W_U64),
                    PVG_W_FIELD(dispatch_indirect.ref, 0x10, PVG_W_U32));
PVG_W_RECORD_LAYOUT(stage_in_indirect, 20, dispatch_indirect, PVG_W_FIELD(dispatch_indirect.ref, 8, PVG_W_U32),
                    PVG_W_FIELD(dispatch_indirect.offset, 0x0c, PVG_W_U64));
PVG_W_RECORD_LAYOUT(region, 56, region, PVG_W_ARRAY(region.size, 8, PVG_W_U64, 3), PVG_W_ARRAY(region.origin, 0x20, PVG_W_U64, 3));
PVG_W_RECORD_LAYOUT(tg_memory, 20, tg_memory, PVG_W_FIELD(tg_memory.length, 8, PVG_W_U64),
                    PVG_W_FIELD(tg_memory.index, 0x10, PVG_W_U32));
PVG_W_RECORD_LAYOUT(bind_head, 16, ref, PVG_W_FIELD(first, 8, PVG_W_U32));
PVG_W_RECORD_LAYOUT(buffer_offset, 20, buffer_offset, PVG_W_FIELD(buffer_offset.index, 8, PVG_W_U32),
                    PVG_W_FIELD(buffer_offset.offset, 0x0c, PVG_W_U64), PVG_W_FIELD(buffer_offset.stride, 0xffff, PVG_W_IMPLIED));
PVG_W_RECORD_LAYOUT(buffer_offset_stride, 28, buffer_offset, PVG_W_FIELD(buffer_offset.index, 8, PVG_W_U32),
                    PVG_W_FIELD(buffer_offset.offset, 0x0c, PVG_W_U64), PVG_W_FIELD(buffer_offset.stride, 0x14, PVG_W_U64));
PVG_W_RECORD_LAYOUT(ref, 12, ref, PVG_W_FIELD(ref, 8, PVG_W_U32));
PVG_W_RECORD_LAYOUT(fence, 12, fence, PVG_W_FIELD(fence.ref, 8, PVG_W_U32));
PVG_W_RECORD_LAYOUT(barrier_list, 12, barrier, PVG_W_FIELD(barrier.scope, 0, PVG_W_IMPLIED));
PVG_W_RECORD_LAYOUT(barrier_scope, 12, barrier, PVG_W_FIELD(barrier.scope, 8, PVG_W_U16));
PVG_W_RECORD_LAYOUT(imageblock_size, 16, tile_size, PVG_W_FIELD(tile_size.width, 8, PVG_W_U32),
                    PVG_W_FIELD(tile_size.height, 0x0c, PVG_W_U32));
PVG_W_RECORD_LAYOUT(dispatch_type, 12, value, PVG_W_FIELD(value, 8, PVG_W_U32));
PVG_W_RECORD_LAYOUT(predicate, 28, predicate, PVG_W_FIELD(predicate.ref, 8, PVG_W_U32),
                    PVG_W_FIELD(predicate.offset, 0x0c, PVG_W_U64), PVG_W_FIELD(predicate.comparison, 0x14, PVG_W_U32),
                    PVG_W_FIELD(predicate.reference, 0x18, PVG_W_U32));
PVG_W_RECORD_LAYOUT(icb_range, 28, icb_range, PVG_W_FIELD(icb_range.icb, 8, PVG_W_U32),
                    PVG_W_FIELD(icb_range.location, 0x0c, PVG_W_U64), PVG_W_FIELD(icb_range.length, 0x14, PVG_W_U64));
PVG_W_RECORD_LAYOUT(icb_indirect, 24, icb_indirect, PVG_W_FIELD(icb_indirect.icb, 8, PVG_W_U32),
                    PVG_W_FIELD(icb_indirect.ref, 0x0c, PVG_W_U32), PVG_W_FIELD(icb_indirect.offset, 0x10, PVG_W_U64));

#define FIXED(op, len, kind, gate, layout, name)                                                                                   \
    PVG_W_FIXED(PVG_W_SEG_COMPUTE, op, len, PVG_W_REC_##kind, 0, PVG_W_GATE_##gate, layout, name)
#define STATE(op, len, kind, gate, layout, name)                                                                                   \
    PVG_W_STATE(PVG_W_SEG_COMPUTE, op, len, PVG_W_REC_##kind, 0, PVG_W_GATE_##gate, layout, name)
#define BIND(op, kind, gate, entry, name)                                                                                          \
    PVG_W_LIST(PVG_W_SEG_COMPUTE, op, 16, PVG_W_REC_BIND_##kind, PVG_W_STAGE_COMPUTE, PVG_W_GATE_##gate, &bind_head,               \
               PVG_W_ENTRY_##entry, 0x0c, 4, name)

const struct pvg_w_record_info pvg_w_compute_records[PVG_W_COMPUTE_ROWS] = {
    FIXED(0xc8, 56, DISPATCH, NONE, &dispatch, "dispatchThreadgroups"),
    FIXED(0xc9, 44, DISPATCH_INDIRECT, NONE, &dispatch_indirect, "dispatchThreadgroupsWithIndirectBuffer"),
    FIXED(0xca, 56, DISPATCH_THREADS, NONE, &dispatch, "dispatchThreads"),
    BIND(0xcb, BUFFERS, NONE, BUFFER, "setBuffers"),
    BIND(0xcc, SAMPLERS, NONE, REF, "setSamplerStates"),
    BIND(0xcd, SAMPLERS, NONE, SAMPLER_LOD, "setSamplerStates:lodClamps"),
    BIND(0xce, TEXTURES, NONE, REF, "setTextures"),
    PVG_W_STATE(PVG_W_SEG_COMPUTE, 0xcf, 20, PVG_W_REC_BUFFER_OFFSET, PVG_W_STAGE_COMPUTE, PVG_W_GATE_NONE, &buffer_offset,
                "setBufferOffset"),
    STATE(0xd0, 12, COMPUTE_PIPELINE, NONE, &ref, "setComputePipelineState"),
    STATE(0xd1, 56, STAGE_IN_REGION, NONE, &region, "setStageInRegion"),
    STATE(0xd2, 20, STAGE_IN_INDIRECT, NONE, &stage_in_indirect, "setStageInRegionWithIndirectBuffer"),
    STATE(0xd3, 20, TG_MEMORY, NONE, &tg_memory, "setThreadgroupMemoryLength"),
    STATE(0xd4, 12, FENCE_UPDATE, NONE, &fence, "updateFence"),
    STATE(0xd5, 12, FENCE_WAIT, NONE, &fence, "waitForFence"),
    PVG_W_LIST(PVG_W_SEG_COMPUTE, 0xd6, 12, PVG_W_REC_BARRIER_RESOURCES, 0, PVG_W_GATE_NONE, &barrier_list, PVG_W_ENTRY_REF, 8, 4,
               "memoryBarrierWithResources"),
    STATE(0xd7, 12, BARRIER_SCOPE, NONE, &barrier_scope, "memoryBarrierWithScope"),
    STATE(0xd8, 16, IMAGEBLOCK_SIZE, IMAGE_BLOCKS, &imageblock_size, "setImageblockWidth:height"),
    BIND(0xd9, BUFFERS, DYNAMIC_STRIDE, BUFFER_STRIDE, "setBuffers:attributeStrides"),
    PVG_W_STATE(PVG_W_SEG_COMPUTE, 0xda, 28, PVG_W_REC_BUFFER_OFFSET, PVG_W_STAGE_COMPUTE, PVG_W_GATE_DYNAMIC_STRIDE,
                &buffer_offset_stride, "setBufferOffset:attributeStride"),
    STATE(0xdb, 12, DISPATCH_TYPE, DISPATCH_TYPE, &dispatch_type, "computePassDescriptor"),
    FIXED(0xdc, 8, START_DO_WHILE, COMMAND_BUFFER_JUMP, NULL, "encodeStartDoWhile"),
    FIXED(0xdd, 28, END_DO_WHILE, COMMAND_BUFFER_JUMP, &predicate, "encodeEndDoWhile"),
    FIXED(0xde, 28, START_WHILE, COMMAND_BUFFER_JUMP, &predicate, "encodeStartWhile"),
    FIXED(0xdf, 8, END_WHILE, COMMAND_BUFFER_JUMP, NULL, "encodeEndWhile"),
    FIXED(0xe0, 28, START_IF, COMMAND_BUFFER_JUMP, &predicate, "encodeStartIf"),
    FIXED(0xe1, 8, START_ELSE, COMMAND_BUFFER_JUMP, NULL, "encodeStartElse"),
    FIXED(0xe2, 8, END_IF, COMMAND_BUFFER_JUMP, NULL, "encodeEndIf"),
    FIXED(0xe3, 8, REINTERPRET_FLUSH, REINTERPRET_FLUSH, NULL, "insertCompressedTextureReinterpretationFlush"),
    FIXED(0xe4, 28, EXECUTE_ICB, NONE, &icb_range, "executeCommandsInBuffer"),
    FIXED(0xe5, 24, EXECUTE_ICB_INDIRECT, NONE, &icb_indirect, "executeCommandsInBuffer:indirectBuffer"),
    FIXED(0xe6, 20, DISPATCH_THREADS_INDIRECT, DISPATCH_THREADS_INDIRECT, &threads_indirect, "dispatchThreadsWithIndirectBuffer"),
};
