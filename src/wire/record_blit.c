/* SPDX-License-Identifier: MIT */
/* Records of blit segments (spec 06 section 6). */
#include "wire/record_layouts.h"

#define PVG_W_TABLE_BASE PVG_W_BLIT_BASE

PVG_W_RECORD_LAYOUT(buffer_to_texture, 96, buffer_image, PVG_W_FIELD(buffer_image.buffer, 0x08, PVG_W_U32),
                    PVG_W_FIELD(buffer_image.texture, 0x0c, PVG_W_U32), PVG_W_FIELD(buffer_image.offset, 0x10, PVG_W_U64),
                    PVG_W_FIELD(buffer_image.bytes_per_row, 0x18, PVG_W_U64),
                    PVG_W_FIELD(buffer_image.bytes_per_image, 0x20, PVG_W_U64), PVG_W_ARRAY(buffer_image.size, 0x28, PVG_W_U64, 3),
                    PVG_W_ARRAY(buffer_image.origin, 0x40, PVG_W_U64, 3), PVG_W_FIELD(buffer_image.slice, 0x58, PVG_W_U16),
                    PVG_W_FIELD(buffer_image.level, 0x5a, PVG_W_U16), PVG_W_FIELD(buffer_image.options, 0x5c, PVG_W_U32));
PVG_W_RECORD_LAYOUT(copy_buffer, 40, copy_buffer, PVG_W_FIELD(copy_buffer.source, 0x08, PVG_W_U32),
                    PVG_W_FIELD(copy_buffer.destination, 0x0c, PVG_W_U32), PVG_W_FIELD(copy_buffer.source_offset, 0x10, PVG_W_U64),
                    PVG_W_FIELD(copy_buffer.destination_offset, 0x18, PVG_W_U64), PVG_W_FIELD(copy_buffer.size, 0x20, PVG_W_U64));
PVG_W_RECORD_LAYOUT(texture_to_buffer, 96, buffer_image, PVG_W_FIELD(buffer_image.texture, 0x08, PVG_W_U32),
                    PVG_W_FIELD(buffer_image.buffer, 0x0c, PVG_W_U32), PVG_W_ARRAY(buffer_image.origin, 0x10, PVG_W_U64, 3),
                    PVG_W_ARRAY(buffer_image.size, 0x28, PVG_W_U64, 3), PVG_W_FIELD(buffer_image.offset, 0x40, PVG_W_U64),
                    PVG_W_FIELD(buffer_image.bytes_per_row, 0x48, PVG_W_U64),
                    PVG_W_FIELD(buffer_image.bytes_per_image, 0x50, PVG_W_U64), PVG_W_FIELD(buffer_image.slice, 0x58, PVG_W_U16),
                    PVG_W_FIELD(buffer_image.level, 0x5a, PVG_W_U16), PVG_W_FIELD(buffer_image.options, 0x5c, PVG_W_U16));

#define COPY_TEXTURE_FIELDS                                                                                                        \
    PVG_W_FIELD(copy_texture.source, 0x08, PVG_W_U32), PVG_W_FIELD(copy_texture.destination, 0x0c, PVG_W_U32),                     \
        PVG_W_ARRAY(copy_texture.source_origin, 0x10, PVG_W_U64, 3), PVG_W_ARRAY(copy_texture.size, 0x28, PVG_W_U64, 3),           \
        PVG_W_ARRAY(copy_texture.destination_origin, 0x40, PVG_W_U64, 3), PVG_W_FIELD(copy_texture.source_slice, 0x58, PVG_W_U16), \
        PVG_W_FIELD(copy_texture.source_level, 0x5a, PVG_W_U16), PVG_W_FIELD(copy_texture.destination_slice, 0x5c, PVG_W_U16),     \
        PVG_W_FIELD(copy_texture.destination_level, 0x5e, PVG_W_U16)

PVG_W_RECORD_LAYOUT(copy_texture, 96, copy_texture, COPY_TEXTURE_FIELDS, PVG_W_FIELD(copy_texture.options, 0, PVG_W_IMPLIED));
PVG_W_RECORD_LAYOUT(copy_texture_options, 100, copy_texture, COPY_TEXTURE_FIELDS,
                    PVG_W_FIELD(copy_texture.options, 0x60, PVG_W_U32));
PVG_W_RECORD_LAYOUT(copy_icb, 40, copy_icb, PVG_W_FIELD(copy_icb.source, 0x08, PVG_W_U32),
                    PVG_W_FIELD(copy_icb.destination, 0x0c, PVG_W_U32), PVG_W_FIELD(copy_icb.location, 0x10, PVG_W_U64),
                    PVG_W_FIELD(copy_icb.length, 0x18, PVG_W_U64), PVG_W_FIELD(copy_icb.index, 0x20, PVG_W_U64));
PVG_W_RECORD_LAYOUT(fill_buffer, 32, fill_buffer, PVG_W_FIELD(fill_buffer.ref, 0x08, PVG_W_U32),
                    PVG_W_FIELD(fill_buffer.location, 0x0c, PVG_W_U64), PVG_W_FIELD(fill_buffer.length, 0x14, PVG_W_U64),
                    PVG_W_FIELD(fill_buffer.value, 0x1c, PVG_W_U8));
PVG_W_RECORD_LAYOUT(fill_pattern, 32, fill_buffer, PVG_W_FIELD(fill_buffer.ref, 0x08, PVG_W_U32),
                    PVG_W_FIELD(fill_buffer.location, 0x0c, PVG_W_U64), PVG_W_FIELD(fill_buffer.length, 0x14, PVG_W_U64),
                    PVG_W_FIELD(fill_buffer.value, 0x1c, PVG_W_U32));
PVG_W_RECORD_LAYOUT(ref, 12, ref, PVG_W_FIELD(ref, 8, PVG_W_U32));
PVG_W_RECORD_LAYOUT(whole, 12, subresource, PVG_W_FIELD(subresource.ref, 8, PVG_W_U32),
                    PVG_W_FIELD(subresource.whole, 1, PVG_W_IMPLIED));
PVG_W_RECORD_LAYOUT(subresource, 16, subresource, PVG_W_FIELD(subresource.ref, 8, PVG_W_U32),
                    PVG_W_FIELD(subresource.whole, 0, PVG_W_IMPLIED), PVG_W_FIELD(subresource.slice, 0x0c, PVG_W_U16),
                    PVG_W_FIELD(subresource.level, 0x0e, PVG_W_U16));
PVG_W_RECORD_LAYOUT(icb_range, 28, icb_range, PVG_W_FIELD(icb_range.icb, 8, PVG_W_U32),
                    PVG_W_FIELD(icb_range.location, 0x0c, PVG_W_U64), PVG_W_FIELD(icb_range.length, 0x14, PVG_W_U64));
PVG_W_RECORD_LAYOUT(fence, 12, fence, PVG_W_FIELD(fence.ref, 8, PVG_W_U32));
PVG_W_RECORD_LAYOUT(copy_slices, 28, copy_slices, PVG_W_FIELD(copy_slices.source, 0x08, PVG_W_U32),
                    PVG_W_FIELD(copy_slices.destination, 0x0c, PVG_W_U32), PVG_W_FIELD(copy_slices.source_slice, 0x10, PVG_W_U16),
                    PVG_W_FIELD(copy_slices.source_level, 0x12, PVG_W_U16),
                    PVG_W_FIELD(copy_slices.destination_slice, 0x14, PVG_W_U16),
                    PVG_W_FIELD(copy_slices.destination_level, 0x16, PVG_W_U16),
                    PVG_W_FIELD(copy_slices.slice_count, 0x18, PVG_W_U16), PVG_W_FIELD(copy_slices.level_count, 0x1a, PVG_W_U16));

/* Level before slice and size before origin, unlike every other blit record. */
#define FILL_TEXTURE_FIELDS                                                                                                        \
    PVG_W_FIELD(fill_texture.ref, 0x08, PVG_W_U32), PVG_W_FIELD(fill_texture.level, 0x0c, PVG_W_U16),                              \
        PVG_W_FIELD(fill_texture.slice, 0x0e, PVG_W_U16), PVG_W_ARRAY(fill_texture.size, 0x10, PVG_W_U64, 3),                      \
        PVG_W_ARRAY(fill_texture.origin, 0x28, PVG_W_U64, 3)

PVG_W_RECORD_LAYOUT(fill_bytes, 84, fill_texture, FILL_TEXTURE_FIELDS, PVG_W_FIELD(fill_texture.bytes_ref, 0x40, PVG_W_U32),
                    PVG_W_FIELD(fill_texture.bytes_offset, 0x44, PVG_W_U64),
                    PVG_W_FIELD(fill_texture.bytes_length, 0x4c, PVG_W_U64));
PVG_W_RECORD_LAYOUT(fill_color, 100, fill_texture, FILL_TEXTURE_FIELDS, PVG_W_ARRAY(fill_texture.color, 0x40, PVG_W_F64, 4),
                    PVG_W_FIELD(fill_texture.format, 0x60, PVG_W_U16));

#define ROW(op, len, kind, arg, gate, layout, name)                                                                                \
    PVG_W_FIXED(PVG_W_SEG_BLIT, op, len, PVG_W_REC_##kind, arg, PVG_W_GATE_##gate, layout, name)

const struct pvg_w_record_info pvg_w_blit_records[PVG_W_BLIT_ROWS] = {
    ROW(0x12c, 96, COPY_BUFFER_TO_TEXTURE, 0, NONE, &buffer_to_texture, "copyFromBuffer:toTexture"),
    ROW(0x12d, 40, COPY_BUFFER, 0, NONE, &copy_buffer, "copyFromBuffer:toBuffer"),
    ROW(0x12e, 96, COPY_TEXTURE_TO_BUFFER, 0, NONE, &texture_to_buffer, "copyFromTexture:toBuffer"),
    ROW(0x12f, 96, COPY_TEXTURE, 0, NONE, &copy_texture, "copyFromTexture:toTexture"),
    ROW(0x130, 100, COPY_TEXTURE, 0, NONE, &copy_texture_options, "copyFromTexture:toTexture:options"),
    ROW(0x131, 40, COPY_ICB, 0, NONE, &copy_icb, "copyIndirectCommandBuffer"),
    ROW(0x132, 32, FILL_BUFFER, 0, NONE, &fill_buffer, "fillBuffer"),
    ROW(0x133, 12, GENERATE_MIPMAPS, 0, NONE, &ref, "generateMipmapsForTexture"),
    ROW(0x134, 12, OPTIMIZE_TEXTURE, 0, NONE, &whole, "optimizeContentsForCPUAccess"),
    ROW(0x135, 12, OPTIMIZE_TEXTURE, 1, NONE, &whole, "optimizeContentsForGPUAccess"),
    ROW(0x136, 16, OPTIMIZE_TEXTURE, 0, NONE, &subresource, "optimizeContentsForCPUAccess:slice:level"),
    ROW(0x137, 16, OPTIMIZE_TEXTURE, 1, NONE, &subresource, "optimizeContentsForGPUAccess:slice:level"),
    ROW(0x138, 28, OPTIMIZE_ICB, 0, NONE, &icb_range, "optimizeIndirectCommandBuffer"),
    ROW(0x139, 28, RESET_ICB, 0, NONE, &icb_range, "resetCommandsInBuffer"),
    ROW(0x13a, 12, SYNCHRONIZE, 0, NONE, &whole, "synchronizeResource"),
    ROW(0x13b, 16, SYNCHRONIZE, 0, NONE, &subresource, "synchronizeTexture:slice:level"),
    ROW(0x13c, 12, FENCE_UPDATE, 0, NONE, &fence, "updateFence"),
    ROW(0x13d, 12, FENCE_WAIT, 0, NONE, &fence, "waitForFence"),
    ROW(0x13e, 28, COPY_TEXTURE_SLICES, 0, NONE, &copy_slices, "copyFromTexture:toTexture:sliceCount:levelCount"),
    ROW(0x13f, 32, FILL_PATTERN, 0, BLIT_SPI, &fill_pattern, "fillBuffer:pattern4"),
    ROW(0x140, 84, FILL_TEXTURE_BYTES, 0, BLIT_SPI, &fill_bytes, "fillTexture:bytes"),
    ROW(0x141, 100, FILL_TEXTURE_COLOR, 0, BLIT_SPI, &fill_color, "fillTexture:color"),
    ROW(0x142, 12, INVALIDATE_COMPRESSED, 0, BLIT_SPI, &whole, "invalidateCompressedTexture"),
    ROW(0x143, 16, INVALIDATE_COMPRESSED, 0, BLIT_SPI, &subresource, "invalidateCompressedTexture:slice:level"),
};
