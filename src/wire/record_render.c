/* SPDX-License-Identifier: MIT */
/* Records of render segments (spec 06 section 4). */
#include "wire/record_layouts.h"

#define PVG_W_TABLE_BASE PVG_W_RENDER_BASE

/* ---- Pass (4.1, 4.2) ---- */

#define ATTACHMENT_PREFIX                                                                                                          \
    PVG_W_FIELD_OF(struct pvg_w_attachment, texture, 0x00, PVG_W_U32),                                                             \
        PVG_W_FIELD_OF(struct pvg_w_attachment, resolve, 0x04, PVG_W_U32),                                                         \
        PVG_W_FIELD_OF(struct pvg_w_attachment, level, 0x08, PVG_W_U16),                                                           \
        PVG_W_FIELD_OF(struct pvg_w_attachment, slice, 0x0a, PVG_W_U16),                                                           \
        PVG_W_FIELD_OF(struct pvg_w_attachment, depth_plane, 0x0c, PVG_W_U16),                                                     \
        PVG_W_FIELD_OF(struct pvg_w_attachment, resolve_level, 0x0e, PVG_W_U16),                                                   \
        PVG_W_FIELD_OF(struct pvg_w_attachment, resolve_slice, 0x10, PVG_W_U16),                                                   \
        PVG_W_FIELD_OF(struct pvg_w_attachment, resolve_depth_plane, 0x12, PVG_W_U16),                                             \
        PVG_W_FIELD_OF(struct pvg_w_attachment, load_action, 0x14, PVG_W_U16),                                                     \
        PVG_W_FIELD_OF(struct pvg_w_attachment, store_action, 0x16, PVG_W_U16),                                                    \
        PVG_W_FIELD_OF(struct pvg_w_attachment, store_options, 0x18, PVG_W_U16)

PVG_W_STRUCT_LAYOUT(depth_attachment, 40, struct pvg_w_attachment, ATTACHMENT_PREFIX,
                    PVG_W_FIELD_OF(struct pvg_w_attachment, clear[0], 0x1c, PVG_W_F64),
                    PVG_W_FIELD_OF(struct pvg_w_attachment, resolve_filter, 0x24, PVG_W_U16));
PVG_W_STRUCT_LAYOUT(stencil_attachment, 36, struct pvg_w_attachment, ATTACHMENT_PREFIX,
                    PVG_W_FIELD_OF(struct pvg_w_attachment, clear_stencil, 0x1c, PVG_W_U32),
                    PVG_W_FIELD_OF(struct pvg_w_attachment, resolve_filter, 0x20, PVG_W_U16));
PVG_W_STRUCT_LAYOUT(color_attachment, 60, struct pvg_w_attachment, ATTACHMENT_PREFIX,
                    PVG_W_FIELD_OF(struct pvg_w_attachment, clear[0], 0x1c, PVG_W_F64),
                    PVG_W_FIELD_OF(struct pvg_w_attachment, clear[1], 0x24, PVG_W_F64),
                    PVG_W_FIELD_OF(struct pvg_w_attachment, clear[2], 0x2c, PVG_W_F64),
                    PVG_W_FIELD_OF(struct pvg_w_attachment, clear[3], 0x34, PVG_W_F64));
PVG_W_RECORD_LAYOUT(pass, PVG_W_PASS_LENGTH, pass, PVG_W_NESTED(pass.depth, 0x08, &depth_attachment, 1),
                    PVG_W_NESTED(pass.stencil, 0x30, &stencil_attachment, 1),
                    PVG_W_NESTED(pass.color, 0x54, &color_attachment, PVG_W_MAX_COLOR_ATTACHMENTS),
                    PVG_W_FIELD(pass.visibility_buffer, 0x234, PVG_W_U32), PVG_W_FIELD(pass.array_length, 0x238, PVG_W_U64),
                    PVG_W_FIELD(pass.width, 0x240, PVG_W_U64), PVG_W_FIELD(pass.height, 0x248, PVG_W_U64));
PVG_W_RECORD_LAYOUT(value32, 12, value, PVG_W_FIELD(value, 8, PVG_W_U32));
PVG_W_RECORD_LAYOUT(value64, 16, value, PVG_W_FIELD(value, 8, PVG_W_U64));
PVG_W_RECORD_LAYOUT(ref, 12, ref, PVG_W_FIELD(ref, 8, PVG_W_U32));
PVG_W_RECORD_LAYOUT(scalar, 12, scalar, PVG_W_FIELD(scalar, 8, PVG_W_F32));
PVG_W_RECORD_LAYOUT(tile_size, 12, tile_size, PVG_W_FIELD(tile_size.width, 8, PVG_W_U16),
                    PVG_W_FIELD(tile_size.height, 0x0a, PVG_W_U16));

/* ---- State (4.3) ---- */

PVG_W_RECORD_LAYOUT(blend_color, 24, blend_color, PVG_W_ARRAY(blend_color, 8, PVG_W_F32, 4));
PVG_W_RECORD_LAYOUT(color_store, 16, store_action, PVG_W_FIELD(store_action.value, 8, PVG_W_U32),
                    PVG_W_FIELD(store_action.index, 0x0c, PVG_W_U32));
PVG_W_RECORD_LAYOUT(color_store_options, 20, store_action, PVG_W_FIELD(store_action.value, 8, PVG_W_U64),
                    PVG_W_FIELD(store_action.index, 0x10, PVG_W_U32));
PVG_W_RECORD_LAYOUT(other_store, 16, store_action, PVG_W_FIELD(store_action.value, 8, PVG_W_U64));
PVG_W_RECORD_LAYOUT(depth_bias, 20, depth_bias, PVG_W_FIELD(depth_bias.bias, 8, PVG_W_F32),
                    PVG_W_FIELD(depth_bias.slope, 0x0c, PVG_W_F32), PVG_W_FIELD(depth_bias.clamp, 0x10, PVG_W_F32));
PVG_W_RECORD_LAYOUT(stencil_reference, 16, stencil_reference, PVG_W_FIELD(stencil_reference.front, 8, PVG_W_U32),
                    PVG_W_FIELD(stencil_reference.back, 0x0c, PVG_W_U32));
PVG_W_RECORD_LAYOUT(tess_factor, 28, tess_factor, PVG_W_FIELD(tess_factor.ref, 8, PVG_W_U32),
                    PVG_W_FIELD(tess_factor.offset, 0x0c, PVG_W_U64), PVG_W_FIELD(tess_factor.instance_stride, 0x14, PVG_W_U64));
PVG_W_RECORD_LAYOUT(visibility, 24, visibility, PVG_W_FIELD(visibility.offset, 8, PVG_W_U64),
                    PVG_W_FIELD(visibility.mode, 0x10, PVG_W_U64));

/* ---- Binds (4.4) ---- */

PVG_W_RECORD_LAYOUT(bind_head, 16, ref, PVG_W_FIELD(first, 8, PVG_W_U32));
PVG_W_RECORD_LAYOUT(buffer_offset, 20, buffer_offset, PVG_W_FIELD(buffer_offset.index, 8, PVG_W_U32),
                    PVG_W_FIELD(buffer_offset.offset, 0x0c, PVG_W_U64), PVG_W_FIELD(buffer_offset.stride, 0xffff, PVG_W_IMPLIED));
PVG_W_RECORD_LAYOUT(buffer_offset_stride, 28, buffer_offset, PVG_W_FIELD(buffer_offset.index, 8, PVG_W_U32),
                    PVG_W_FIELD(buffer_offset.offset, 0x0c, PVG_W_U64), PVG_W_FIELD(buffer_offset.stride, 0x14, PVG_W_U64));

/* ---- Tile stage (4.5) ---- */

PVG_W_RECORD_LAYOUT(tile_dispatch, 32, tile_dispatch, PVG_W_ARRAY(tile_dispatch.threads, 8, PVG_W_U64, 3),
                    PVG_W_FIELD(tile_dispatch.has_region, 0, PVG_W_IMPLIED));
PVG_W_RECORD_LAYOUT(tile_dispatch_region, 84, tile_dispatch, PVG_W_ARRAY(tile_dispatch.threads, 8, PVG_W_U64, 3),
                    PVG_W_FIELD(tile_dispatch.has_region, 1, PVG_W_IMPLIED), PVG_W_ARRAY(tile_dispatch.origin, 0x20, PVG_W_U64, 3),
                    PVG_W_ARRAY(tile_dispatch.size, 0x38, PVG_W_U64, 3));
PVG_W_RECORD_LAYOUT(tile_dispatch_index, 84, tile_dispatch, PVG_W_ARRAY(tile_dispatch.threads, 8, PVG_W_U64, 3),
                    PVG_W_FIELD(tile_dispatch.has_region, 1, PVG_W_IMPLIED), PVG_W_ARRAY(tile_dispatch.origin, 0x20, PVG_W_U64, 3),
                    PVG_W_ARRAY(tile_dispatch.size, 0x38, PVG_W_U64, 3), PVG_W_FIELD(tile_dispatch.array_index, 0x50, PVG_W_U32));
PVG_W_RECORD_LAYOUT(tile_tg_memory, 28, tg_memory, PVG_W_FIELD(tg_memory.length, 8, PVG_W_U64),
                    PVG_W_FIELD(tg_memory.offset, 0x10, PVG_W_U64), PVG_W_FIELD(tg_memory.index, 0x18, PVG_W_U32));
PVG_W_RECORD_LAYOUT(tile_dimensions, 20, reply, PVG_W_FIELD(reply.ref, 8, PVG_W_U32), PVG_W_FIELD(reply.offset, 0x0c, PVG_W_U64));

/* ---- Draws (4.6). Members that a form does not carry are implied, so that an encoder cannot lose them. ---- */

#define NOT_INDEXED  PVG_W_FIELD(draw.indexed, 0, PVG_W_IMPLIED), PVG_W_FIELD(draw.base_vertex, 0, PVG_W_IMPLIED)
#define INDEXED      PVG_W_FIELD(draw.indexed, 1, PVG_W_IMPLIED), PVG_W_FIELD(draw.start, 0, PVG_W_IMPLIED)
#define ONE_INSTANCE PVG_W_FIELD(draw.instance_count, 1, PVG_W_IMPLIED), PVG_W_FIELD(draw.base_instance, 0, PVG_W_IMPLIED)
#define NO_BASE      PVG_W_FIELD(draw.base_instance, 0, PVG_W_IMPLIED)
#define INDEX_HEAD                                                                                                                 \
    PVG_W_FIELD(draw.primitive, 0x08, PVG_W_U16), PVG_W_FIELD(draw.index_type, 0x0a, PVG_W_U16),                                   \
        PVG_W_FIELD(draw.index_ref, 0x0c, PVG_W_U32)

PVG_W_RECORD_LAYOUT(draw_00, 28, draw, NOT_INDEXED, ONE_INSTANCE, PVG_W_FIELD(draw.primitive, 0x08, PVG_W_U32),
                    PVG_W_FIELD(draw.start, 0x0c, PVG_W_U64), PVG_W_FIELD(draw.count, 0x14, PVG_W_U64));
PVG_W_RECORD_LAYOUT(draw_01, 16, draw, NOT_INDEXED, ONE_INSTANCE, PVG_W_FIELD(draw.primitive, 0x08, PVG_W_U32),
                    PVG_W_FIELD(draw.start, 0x0c, PVG_W_U16), PVG_W_FIELD(draw.count, 0x0e, PVG_W_U16));
PVG_W_RECORD_LAYOUT(draw_02, 36, draw, NOT_INDEXED, NO_BASE, PVG_W_FIELD(draw.start, 0x08, PVG_W_U64),
                    PVG_W_FIELD(draw.count, 0x10, PVG_W_U64), PVG_W_FIELD(draw.instance_count, 0x18, PVG_W_U64),
                    PVG_W_FIELD(draw.primitive, 0x20, PVG_W_U16));
PVG_W_RECORD_LAYOUT(draw_03, 16, draw, NOT_INDEXED, NO_BASE, PVG_W_FIELD(draw.start, 0x08, PVG_W_U16),
                    PVG_W_FIELD(draw.count, 0x0a, PVG_W_U16), PVG_W_FIELD(draw.instance_count, 0x0c, PVG_W_U16),
                    PVG_W_FIELD(draw.primitive, 0x0e, PVG_W_U16));
PVG_W_RECORD_LAYOUT(draw_04, 44, draw, NOT_INDEXED, PVG_W_FIELD(draw.start, 0x08, PVG_W_U64),
                    PVG_W_FIELD(draw.count, 0x10, PVG_W_U64), PVG_W_FIELD(draw.instance_count, 0x18, PVG_W_U64),
                    PVG_W_FIELD(draw.base_instance, 0x20, PVG_W_U64), PVG_W_FIELD(draw.primitive, 0x28, PVG_W_U16));
PVG_W_RECORD_LAYOUT(draw_05, 20, draw, NOT_INDEXED, PVG_W_FIELD(draw.start, 0x08, PVG_W_U16),
                    PVG_W_FIELD(draw.count, 0x0a, PVG_W_U16), PVG_W_FIELD(draw.instance_count, 0x0c, PVG_W_U16),
                    PVG_W_FIELD(draw.base_instance, 0x0e, PVG_W_U16), PVG_W_FIELD(draw.primitive, 0x10, PVG_W_U16));
PVG_W_RECORD_LAYOUT(draw_06, 32, draw, INDEXED, ONE_INSTANCE, PVG_W_FIELD(draw.base_vertex, 0, PVG_W_IMPLIED), INDEX_HEAD,
                    PVG_W_FIELD(draw.count, 0x10, PVG_W_U64), PVG_W_FIELD(draw.index_offset, 0x18, PVG_W_U64));
PVG_W_RECORD_LAYOUT(draw_07, 20, draw, INDEXED, ONE_INSTANCE, PVG_W_FIELD(draw.base_vertex, 0, PVG_W_IMPLIED), INDEX_HEAD,
                    PVG_W_FIELD(draw.count, 0x10, PVG_W_U16), PVG_W_FIELD(draw.index_offset, 0x12, PVG_W_U16));
PVG_W_RECORD_LAYOUT(draw_08, 40, draw, INDEXED, NO_BASE, PVG_W_FIELD(draw.base_vertex, 0, PVG_W_IMPLIED), INDEX_HEAD,
                    PVG_W_FIELD(draw.count, 0x10, PVG_W_U64), PVG_W_FIELD(draw.index_offset, 0x18, PVG_W_U64),
                    PVG_W_FIELD(draw.instance_count, 0x20, PVG_W_U64));
PVG_W_RECORD_LAYOUT(draw_09, 24, draw, INDEXED, NO_BASE, PVG_W_FIELD(draw.base_vertex, 0, PVG_W_IMPLIED), INDEX_HEAD,
                    PVG_W_FIELD(draw.count, 0x10, PVG_W_U16), PVG_W_FIELD(draw.index_offset, 0x12, PVG_W_U16),
                    PVG_W_FIELD(draw.instance_count, 0x14, PVG_W_U16));
PVG_W_RECORD_LAYOUT(draw_0a, 56, draw, INDEXED, INDEX_HEAD, PVG_W_FIELD(draw.index_offset, 0x10, PVG_W_U64),
                    PVG_W_FIELD(draw.count, 0x18, PVG_W_U64), PVG_W_FIELD(draw.instance_count, 0x20, PVG_W_U64),
                    PVG_W_FIELD(draw.base_vertex, 0x28, PVG_W_S64), PVG_W_FIELD(draw.base_instance, 0x30, PVG_W_U64));
PVG_W_RECORD_LAYOUT(draw_0b, 28, draw, INDEXED, INDEX_HEAD, PVG_W_FIELD(draw.index_offset, 0x10, PVG_W_U16),
                    PVG_W_FIELD(draw.count, 0x12, PVG_W_U16), PVG_W_FIELD(draw.instance_count, 0x14, PVG_W_U16),
                    PVG_W_FIELD(draw.base_vertex, 0x16, PVG_W_S16), PVG_W_FIELD(draw.base_instance, 0x18, PVG_W_U16));

/* ---- Indirect draws (4.7) and patches (4.8) ---- */

PVG_W_RECORD_LAYOUT(draw_indirect, 24, draw_indirect, PVG_W_FIELD(draw_indirect.indexed, 0, PVG_W_IMPLIED),
                    PVG_W_FIELD(draw_indirect.offset, 0x08, PVG_W_U64), PVG_W_FIELD(draw_indirect.ref, 0x10, PVG_W_U32),
                    PVG_W_FIELD(draw_indirect.primitive, 0x14, PVG_W_U16));
PVG_W_RECORD_LAYOUT(draw_indexed_indirect, 36, draw_indirect, PVG_W_FIELD(draw_indirect.indexed, 1, PVG_W_IMPLIED),
                    PVG_W_FIELD(draw_indirect.primitive, 0x08, PVG_W_U16), PVG_W_FIELD(draw_indirect.index_type, 0x0a, PVG_W_U16),
                    PVG_W_FIELD(draw_indirect.index_ref, 0x0c, PVG_W_U32), PVG_W_FIELD(draw_indirect.ref, 0x10, PVG_W_U32),
                    PVG_W_FIELD(draw_indirect.index_offset, 0x14, PVG_W_U64), PVG_W_FIELD(draw_indirect.offset, 0x1c, PVG_W_U64));

#define PLAIN_PATCHES   PVG_W_FIELD(draw_patches.indexed, 0, PVG_W_IMPLIED)
#define INDEXED_PATCHES PVG_W_FIELD(draw_patches.indexed, 1, PVG_W_IMPLIED)

PVG_W_RECORD_LAYOUT(patches_0d, 24, draw_patches, PLAIN_PATCHES, PVG_W_FIELD(draw_patches.start, 0x08, PVG_W_U16),
                    PVG_W_FIELD(draw_patches.count, 0x0a, PVG_W_U16), PVG_W_FIELD(draw_patches.patch_index_ref, 0x0c, PVG_W_U32),
                    PVG_W_FIELD(draw_patches.patch_index_offset, 0x10, PVG_W_U16),
                    PVG_W_FIELD(draw_patches.instance_count, 0x12, PVG_W_U16),
                    PVG_W_FIELD(draw_patches.base_instance, 0x14, PVG_W_U16),
                    PVG_W_FIELD(draw_patches.control_points, 0x16, PVG_W_U16));
PVG_W_RECORD_LAYOUT(patches_0c, 56, draw_patches, PLAIN_PATCHES, PVG_W_FIELD(draw_patches.start, 0x08, PVG_W_U64),
                    PVG_W_FIELD(draw_patches.count, 0x10, PVG_W_U64), PVG_W_FIELD(draw_patches.patch_index_ref, 0x18, PVG_W_U32),
                    PVG_W_FIELD(draw_patches.patch_index_offset, 0x1c, PVG_W_U64),
                    PVG_W_FIELD(draw_patches.instance_count, 0x24, PVG_W_U64),
                    PVG_W_FIELD(draw_patches.base_instance, 0x2c, PVG_W_U64),
                    PVG_W_FIELD(draw_patches.control_points, 0x34, PVG_W_U16));
PVG_W_RECORD_LAYOUT(patches_0f, 32, draw_patches, INDEXED_PATCHES, PVG_W_FIELD(draw_patches.start, 0x08, PVG_W_U16),
                    PVG_W_FIELD(draw_patches.count, 0x0a, PVG_W_U16), PVG_W_FIELD(draw_patches.patch_index_ref, 0x0c, PVG_W_U32),
                    PVG_W_FIELD(draw_patches.patch_index_offset, 0x10, PVG_W_U16),
                    PVG_W_FIELD(draw_patches.control_index_ref, 0x12, PVG_W_U32),
                    PVG_W_FIELD(draw_patches.control_index_offset, 0x16, PVG_W_U16),
                    PVG_W_FIELD(draw_patches.instance_count, 0x18, PVG_W_U16),
                    PVG_W_FIELD(draw_patches.base_instance, 0x1a, PVG_W_U16),
                    PVG_W_FIELD(draw_patches.control_points, 0x1c, PVG_W_U16));
PVG_W_RECORD_LAYOUT(patches_0c_indexed, 68, draw_patches, INDEXED_PATCHES, PVG_W_FIELD(draw_patches.start, 0x08, PVG_W_U64),
                    PVG_W_FIELD(draw_patches.count, 0x10, PVG_W_U64), PVG_W_FIELD(draw_patches.patch_index_ref, 0x18, PVG_W_U32),
                    PVG_W_FIELD(draw_patches.patch_index_offset, 0x1c, PVG_W_U64),
                    PVG_W_FIELD(draw_patches.control_index_ref, 0x24, PVG_W_U32),
                    PVG_W_FIELD(draw_patches.control_index_offset, 0x28, PVG_W_U64),
                    PVG_W_FIELD(draw_patches.instance_count, 0x30, PVG_W_U64),
                    PVG_W_FIELD(draw_patches.base_instance, 0x38, PVG_W_U64),
                    PVG_W_FIELD(draw_patches.control_points, 0x40, PVG_W_U16));
PVG_W_RECORD_LAYOUT(patches_12, 36, draw_patches_indirect, PVG_W_FIELD(draw_patches_indirect.indexed, 0, PVG_W_IMPLIED),
                    PVG_W_FIELD(draw_patches_indirect.patch_index_ref, 0x08, PVG_W_U32),
                    PVG_W_FIELD(draw_patches_indirect.ref, 0x0c, PVG_W_U32),
                    PVG_W_FIELD(draw_patches_indirect.patch_index_offset, 0x10, PVG_W_U64),
                    PVG_W_FIELD(draw_patches_indirect.offset, 0x18, PVG_W_U64),
                    PVG_W_FIELD(draw_patches_indirect.control_points, 0x20, PVG_W_U16));
PVG_W_RECORD_LAYOUT(patches_13, 48, draw_patches_indirect, PVG_W_FIELD(draw_patches_indirect.indexed, 1, PVG_W_IMPLIED),
                    PVG_W_FIELD(draw_patches_indirect.patch_index_ref, 0x08, PVG_W_U32),
                    PVG_W_FIELD(draw_patches_indirect.control_index_ref, 0x0c, PVG_W_U32),
                    PVG_W_FIELD(draw_patches_indirect.ref, 0x10, PVG_W_U32),
                    PVG_W_FIELD(draw_patches_indirect.patch_index_offset, 0x14, PVG_W_U64),
                    PVG_W_FIELD(draw_patches_indirect.control_index_offset, 0x1c, PVG_W_U64),
                    PVG_W_FIELD(draw_patches_indirect.offset, 0x24, PVG_W_U64),
                    PVG_W_FIELD(draw_patches_indirect.control_points, 0x2c, PVG_W_U16));

/* ---- Amplification, residency, synchronisation (4.9), ICBs (4.10) ---- */

PVG_W_RECORD_LAYOUT(amplification_mode, 16, amplification_mode, PVG_W_FIELD(amplification_mode.mode, 8, PVG_W_U32),
                    PVG_W_FIELD(amplification_mode.value, 0x0c, PVG_W_U32));
PVG_W_RECORD_LAYOUT(fence, 16, fence, PVG_W_FIELD(fence.ref, 8, PVG_W_U32), PVG_W_FIELD(fence.stages, 0x0c, PVG_W_U32));
PVG_W_RECORD_LAYOUT(use_resources, 16, use, PVG_W_FIELD(use.usage, 0x0c, PVG_W_U16), PVG_W_FIELD(use.stages, 0x0e, PVG_W_U16));
PVG_W_RECORD_LAYOUT(use_heaps, 14, use, PVG_W_FIELD(use.stages, 0x0c, PVG_W_U16));
PVG_W_RECORD_LAYOUT(use_heaps_base, 12, use, PVG_W_FIELD(use.usage, 0, PVG_W_IMPLIED));
PVG_W_RECORD_LAYOUT(use_resources_base, 16, use, PVG_W_FIELD(use.usage, 0x0c, PVG_W_U16));
PVG_W_RECORD_LAYOUT(barrier_resources, 16, barrier, PVG_W_FIELD(barrier.after, 0x0c, PVG_W_U16),
                    PVG_W_FIELD(barrier.before, 0x0e, PVG_W_U16));
PVG_W_RECORD_LAYOUT(barrier_scope, 12, barrier, PVG_W_FIELD(barrier.scope, 8, PVG_W_U8),
                    PVG_W_FIELD(barrier.unidentified, 9, PVG_W_U8), PVG_W_FIELD(barrier.after, 0x0a, PVG_W_U8),
                    PVG_W_FIELD(barrier.before, 0x0b, PVG_W_U8));
PVG_W_RECORD_LAYOUT(icb_indirect, 24, icb_indirect, PVG_W_FIELD(icb_indirect.icb, 8, PVG_W_U32),
                    PVG_W_FIELD(icb_indirect.ref, 0x0c, PVG_W_U32), PVG_W_FIELD(icb_indirect.offset, 0x10, PVG_W_U64));
PVG_W_RECORD_LAYOUT(icb_range, 28, icb_range, PVG_W_FIELD(icb_range.icb, 8, PVG_W_U32),
                    PVG_W_FIELD(icb_range.location, 0x0c, PVG_W_U64), PVG_W_FIELD(icb_range.length, 0x14, PVG_W_U64));

/* Row shorthands of this table. */
#define FIXED(op, len, kind, arg, gate, layout, name)                                                                              \
    PVG_W_FIXED(PVG_W_SEG_RENDER, op, len, PVG_W_REC_##kind, arg, PVG_W_GATE_##gate, layout, name)
#define STATE(op, len, kind, arg, gate, layout, name)                                                                              \
    PVG_W_STATE(PVG_W_SEG_RENDER, op, len, PVG_W_REC_##kind, arg, PVG_W_GATE_##gate, layout, name)
#define BIND(op, kind, stage, gate, entry, name)                                                                                   \
    PVG_W_LIST(PVG_W_SEG_RENDER, op, 16, PVG_W_REC_BIND_##kind, PVG_W_STAGE_##stage, PVG_W_GATE_##gate, &bind_head,                \
               PVG_W_ENTRY_##entry, 0x0c, 4, name)
#define LIST(seg, op, head, kind, gate, layout, entry, count_at, count_size, name)                                                 \
    PVG_W_LIST(seg, op, head, PVG_W_REC_##kind, 0, PVG_W_GATE_##gate, layout, PVG_W_ENTRY_##entry, count_at, count_size, name)
#define OPENGL(op, len, name) PVG_W_FIXED(PVG_W_SEG_RENDER, op, len, PVG_W_REC_OPENGL, 0, PVG_W_GATE_OPENGL, NULL, name)

const struct pvg_w_record_info pvg_w_render_records[PVG_W_RENDER_ROWS] = {
    FIXED(0x00, 28, DRAW, 0, NONE, &draw_00, "drawPrimitives wide"),
    FIXED(0x01, 16, DRAW, 0, NONE, &draw_01, "drawPrimitives"),
    FIXED(0x02, 36, DRAW, 0, NONE, &draw_02, "drawPrimitives:instanceCount wide"),
    FIXED(0x03, 16, DRAW, 0, NONE, &draw_03, "drawPrimitives:instanceCount"),
    FIXED(0x04, 44, DRAW, 0, NONE, &draw_04, "drawPrimitives:baseInstance wide"),
    FIXED(0x05, 20, DRAW, 0, NONE, &draw_05, "drawPrimitives:baseInstance"),
    FIXED(0x06, 32, DRAW, 0, NONE, &draw_06, "drawIndexedPrimitives wide"),
    FIXED(0x07, 20, DRAW, 0, NONE, &draw_07, "drawIndexedPrimitives"),
    FIXED(0x08, 40, DRAW, 0, NONE, &draw_08, "drawIndexedPrimitives:instanceCount wide"),
    FIXED(0x09, 24, DRAW, 0, NONE, &draw_09, "drawIndexedPrimitives:instanceCount"),
    FIXED(0x0a, 56, DRAW, 0, NONE, &draw_0a, "drawIndexedPrimitives:baseVertex wide"),
    FIXED(0x0b, 28, DRAW, 0, NONE, &draw_0b, "drawIndexedPrimitives:baseVertex"),
    FIXED(0x0c, 56, DRAW_PATCHES, 0, NONE, &patches_0c, "drawPatches wide"),
    FIXED(0x0d, 24, DRAW_PATCHES, 0, NONE, &patches_0d, "drawPatches"),
    FIXED(0x0f, 32, DRAW_PATCHES, 0, NONE, &patches_0f, "drawIndexedPatches"),
    FIXED(0x10, 24, DRAW_INDIRECT, 0, NONE, &draw_indirect, "drawPrimitives:indirectBuffer"),
    FIXED(0x11, 36, DRAW_INDIRECT, 0, NONE, &draw_indexed_indirect, "drawIndexedPrimitives:indirectBuffer"),
    FIXED(0x12, 36, DRAW_PATCHES_INDIRECT, 0, NONE, &patches_12, "drawPatches:indirectBuffer"),
    FIXED(0x13, 48, DRAW_PATCHES_INDIRECT, 0, NONE, &patches_13, "drawIndexedPatches:indirectBuffer"),
    FIXED(0x14, 24, EXECUTE_ICB_INDIRECT, 0, NONE, &icb_indirect, "executeCommandsInBuffer:indirectBuffer"),
    FIXED(0x15, 28, EXECUTE_ICB, 0, NONE, &icb_range, "executeCommandsInBuffer"),
    LIST(PVG_W_SEG_RENDER, 0x16, 16, BARRIER_RESOURCES, NONE, &barrier_resources, REF, 8, 4, "memoryBarrierWithResources"),
    STATE(0x17, 12, BARRIER_SCOPE, 0, NONE, &barrier_scope, "memoryBarrierWithScope"),
    STATE(0x18, 16, FENCE_UPDATE, 0, NONE, &fence, "updateFence"),
    STATE(0x19, 16, FENCE_WAIT, 0, NONE, &fence, "waitForFence"),
    FIXED(0x1a, PVG_W_PASS_LENGTH, PASS, 0, NONE, &pass, "renderPassDescriptor"),
    [0x1b] = {.name = "useHeaps:stages",
              .opcode = 0x1b,
              .segment = PVG_W_SEG_RENDER,
              .kind = PVG_W_REC_USE_HEAPS,
              .entry = PVG_W_ENTRY_REF,
              .count_at = 8,
              .count_size = 4,
              .entries_at = 0x0e,
              .tail = 2,
              .length = 16,
              .layout = &use_heaps},
    STATE(0x1e, 12, PASS_SAMPLES, 0, DEFAULT_SAMPLES, &value32, "defaultRasterSampleCount"),
    LIST(PVG_W_SEG_RENDER, 0x20, 12, SAMPLE_POSITIONS, SAMPLE_POSITIONS, NULL, POINT, 8, 4, "samplePositions"),
    STATE(0x21, 12, PASS_RATE_MAP, 0, RATE_MAP, &ref, "rasterizationRateMap"),
    STATE(0x22, 12, IMAGEBLOCK_LENGTH, 0, TILE_SHADERS, &value32, "imageblockSampleLength"),
    STATE(0x23, 12, PASS_TG_LENGTH, 0, TILE_SHADERS, &value32, "threadgroupMemoryLength"),
    STATE(0x24, 12, TILE_SIZE, 0, TILE_SHADERS, &tile_size, "tileSize"),
    STATE(0x65, 24, BLEND_COLOR, 0, NONE, &blend_color, "setBlendColor"),
    STATE(0x66, 16, STORE_ACTION, PVG_W_ASPECT_COLOR, NONE, &color_store, "setColorStoreAction"),
    STATE(0x67, 20, STORE_OPTIONS, PVG_W_ASPECT_COLOR, NONE, &color_store_options, "setColorStoreActionOptions"),
    STATE(0x68, 12, DEPTH_STENCIL, 0, NONE, &ref, "setDepthStencilState"),
    STATE(0x69, 16, STORE_ACTION, PVG_W_ASPECT_DEPTH, NONE, &other_store, "setDepthStoreAction"),
    STATE(0x6a, 16, STORE_OPTIONS, PVG_W_ASPECT_DEPTH, NONE, &other_store, "setDepthStoreActionOptions"),
    STATE(0x6b, 16, CULL_MODE, 0, NONE, &value64, "setCullMode"),
    STATE(0x6c, 20, DEPTH_BIAS, 0, NONE, &depth_bias, "setDepthBias"),
    STATE(0x6d, 16, DEPTH_CLIP_MODE, 0, NONE, &value64, "setDepthClipMode"),
    BIND(0x6e, BUFFERS, FRAGMENT, NONE, BUFFER, "setFragmentBuffers"),
    STATE(0x6f, 20, BUFFER_OFFSET, PVG_W_STAGE_FRAGMENT, NONE, &buffer_offset, "setFragmentBufferOffset"),
    BIND(0x70, SAMPLERS, FRAGMENT, NONE, REF, "setFragmentSamplerStates"),
    BIND(0x71, SAMPLERS, FRAGMENT, NONE, SAMPLER_LOD, "setFragmentSamplerStates:lodClamps"),
    BIND(0x72, TEXTURES, FRAGMENT, NONE, REF, "setFragmentTextures"),
    STATE(0x73, 16, FRONT_FACING, 0, NONE, &value64, "setFrontFacingWinding"),
    STATE(0x74, 12, RENDER_PIPELINE, 0, NONE, &ref, "setRenderPipelineState"),
    LIST(PVG_W_SEG_RENDER, 0x75, 8, SCISSORS, NONE, NULL, SCISSOR, 0, 0, "setScissorRect"),
    LIST(PVG_W_SEG_RENDER, 0x76, 16, SCISSORS, NONE, NULL, SCISSOR, 8, 8, "setScissorRects"),
    STATE(0x77, 16, STENCIL_REFERENCE, 0, NONE, &stencil_reference, "setStencilReferenceValues"),
    STATE(0x78, 16, STORE_ACTION, PVG_W_ASPECT_STENCIL, NONE, &other_store, "setStencilStoreAction"),
    STATE(0x79, 16, STORE_OPTIONS, PVG_W_ASPECT_STENCIL, NONE, &other_store, "setStencilStoreActionOptions"),
    STATE(0x7a, 28, TESS_FACTOR_BUFFER, 0, NONE, &tess_factor, "setTessellationFactorBuffer"),
    STATE(0x7b, 12, TESS_FACTOR_SCALE, 0, NONE, &scalar, "setTessellationFactorScale"),
    STATE(0x7c, 16, FILL_MODE, 0, NONE, &value64, "setTriangleFillMode"),
    BIND(0x7d, BUFFERS, VERTEX, NONE, BUFFER, "setVertexBuffers"),
    STATE(0x7e, 20, BUFFER_OFFSET, PVG_W_STAGE_VERTEX, NONE, &buffer_offset, "setVertexBufferOffset"),
    BIND(0x7f, SAMPLERS, VERTEX, NONE, REF, "setVertexSamplerStates"),
    BIND(0x80, SAMPLERS, VERTEX, NONE, SAMPLER_LOD, "setVertexSamplerStates:lodClamps"),
    BIND(0x81, TEXTURES, VERTEX, NONE, REF, "setVertexTextures"),
    LIST(PVG_W_SEG_RENDER, 0x82, 8, VIEWPORTS, NONE, NULL, VIEWPORT, 0, 0, "setViewport"),
    LIST(PVG_W_SEG_RENDER, 0x83, 12, VIEWPORTS, NONE, NULL, VIEWPORT, 8, 4, "setViewports"),
    STATE(0x84, 24, VISIBILITY, 0, NONE, &visibility, "setVisibilityResultMode"),
    STATE(0x85, 8, TEXTURE_BARRIER, 0, NONE, NULL, "textureBarrier"),
    LIST(PVG_W_SEG_COUNT, 0x86, 12, USE_HEAPS, NONE, &use_heaps_base, REF, 8, 4, "useHeaps"),
    LIST(PVG_W_SEG_COUNT, 0x87, 16, USE_RESOURCES, NONE, &use_resources_base, REF, 8, 4, "useResources"),
    STATE(0x88, 12, LINE_WIDTH, 0, NONE, &scalar, "setLineWidth"),
    LIST(PVG_W_SEG_RENDER, 0x89, 16, USE_RESOURCES, NONE, &use_resources, REF, 8, 4, "useResources:stages"),
    OPENGL(0x8a, 12, "setAlphaTestReferenceValue"),
    OPENGL(0x8b, 12, "setPointSize"),
    OPENGL(0x8c, 28, "setClipPlane"),
    OPENGL(0x8d, 28, "setVertexSamplerState:lodBias"),
    OPENGL(0x8e, 28, "setFragmentSamplerState:lodBias"),
    OPENGL(0x8f, 12, "setViewportTransformEnabled"),
    OPENGL(0x90, 12, "setProvokingVertexMode"),
    OPENGL(0x91, 16, "setPrimitiveRestartEnabled"),
    OPENGL(0x92, 12, "setTriangleFrontFillMode:backFillMode"),
    OPENGL(0x93, 12, "setTransformFeedbackState"),
    OPENGL(0x94, 8, "setDepthCleared"),
    OPENGL(0x95, 8, "setStencilCleared"),
    OPENGL(0x96, 24, "setColorResolveTexture"),
    OPENGL(0x97, 20, "setDepthResolveTexture"),
    OPENGL(0x98, 20, "setStencilResolveTexture"),
    STATE(0x99, 16, AMPLIFICATION_MODE, 0, AMPLIFICATION, &amplification_mode, "setVertexAmplificationMode"),
    LIST(PVG_W_SEG_RENDER, 0x9a, 12, AMPLIFICATION_COUNT, AMPLIFICATION, NULL, VIEW_MAPPING, 8, 4, "setVertexAmplificationCount"),
    FIXED(0x9b, 32, DISPATCH_TILE, 0, TILE_SHADERS, &tile_dispatch, "dispatchThreadsPerTile"),
    STATE(0x9c, 28, TILE_TG_MEMORY, 0, TILE_SHADERS, &tile_tg_memory, "setThreadgroupMemoryLength:offset"),
    BIND(0x9d, BUFFERS, TILE, TILE_SHADERS, BUFFER, "setTileBuffers"),
    STATE(0x9e, 20, BUFFER_OFFSET, PVG_W_STAGE_TILE, TILE_SHADERS, &buffer_offset, "setTileBufferOffset"),
    BIND(0x9f, SAMPLERS, TILE, TILE_SHADERS, REF, "setTileSamplerStates"),
    BIND(0xa0, SAMPLERS, TILE, TILE_SHADERS, SAMPLER_LOD, "setTileSamplerStates:lodClamps"),
    BIND(0xa1, TEXTURES, TILE, TILE_SHADERS, REF, "setTileTextures"),
    FIXED(0xa2, 84, DISPATCH_TILE, 0, TILE_SHADERS, &tile_dispatch_region, "dispatchThreadsPerTile:inRegion"),
    FIXED(0xa3, 84, DISPATCH_TILE, 0, TILE_SHADERS, &tile_dispatch_index, "dispatchThreadsPerTile:inRegion:arrayIndex"),
    FIXED(0xa4, 20, TILE_DIMENSIONS, 0, TILE_SHADERS, &tile_dimensions, "getTileDimensions"),
    BIND(0xa5, BUFFERS, VERTEX, DYNAMIC_STRIDE, BUFFER_STRIDE, "setVertexBuffers:attributeStrides"),
    STATE(0xa6, 28, BUFFER_OFFSET, PVG_W_STAGE_VERTEX, DYNAMIC_STRIDE, &buffer_offset_stride,
          "setVertexBufferOffset:attributeStride"),
};

const struct pvg_w_record_info pvg_w_indexed_patches_record = {
    .name = "drawIndexedPatches wide",
    .opcode = 0x0c,
    .segment = PVG_W_SEG_RENDER,
    .kind = PVG_W_REC_DRAW_PATCHES,
    .length = 68,
    .layout = &patches_0c_indexed,
};
