/* SPDX-License-Identifier: MIT */
/**
 * @file Command streams: segments, records and the typed form of every record (spec 06).
 *
 * A stream is a chain of segments, a segment is a header and records. pvg_w_stream_check() validates the segment chain before
 * anything is executed; pvg_w_record_next() walks the records of one segment; pvg_w_record_decode() turns a record into a
 * struct pvg_w_record whose `info->kind` selects the union member. Several opcodes share a kind (compact and wide draws, the bind
 * records of all stages), so an executor switches over kinds only.
 */
#ifndef PVG_WIRE_STREAM_H
#define PVG_WIRE_STREAM_H

#include "wire/layout.h"
#include "wire/object.h"

#define PVG_W_SEGMENT_HEADER 8
#define PVG_W_RECORD_HEADER  8
#define PVG_W_PASS_LENGTH    592 /**< Bytes of the render pass record 0x1A. */
#define PVG_W_OPCODE_LIMIT   0x1d6

/* ---- Framing (spec 06 section 1) ---- */

enum pvg_w_segment_type {
    PVG_W_SEG_RENDER,
    PVG_W_SEG_COMPUTE,
    PVG_W_SEG_BLIT,
    PVG_W_SEG_EVENT,
    PVG_W_SEG_INFO,
    PVG_W_SEG_PROTECTION, /**< Protection-options envelope: its body is not records. */
    PVG_W_SEG_COUNT,
};

struct pvg_w_segment {
    uint8_t type;   /**< enum pvg_w_segment_type, or a larger unknown value. */
    bool continued; /**< beginFlag: belongs to the encoder left open by the preceding segment. */
    bool keep_open; /**< The encoder outlives this segment. */
    const uint8_t *body;
    size_t length; /**< Of the body. */
};

/** Check the whole segment chain. On false, `*offset` is the bad segment's position and `*reason` says what is wrong. */
bool pvg_w_stream_check(const uint8_t *p, size_t n, size_t *offset, const char **reason);

/** Next segment from `*pos`, which advances. @return false at the end of the stream or on a bad header. */
bool pvg_w_segment_next(const uint8_t *p, size_t n, size_t *pos, struct pvg_w_segment *out);

/** Write a segment header; `length` includes the 8 bytes. @return 8 or 0. */
size_t pvg_w_segment_encode(uint8_t *dst, size_t cap, uint8_t type, bool continued, bool keep_open, uint32_t length);

/** A record as the walker sees it. */
struct pvg_w_raw_record {
    uint32_t opcode;
    uint32_t length;     /**< Header included. */
    const uint8_t *data; /**< The header's first byte. */
};

enum pvg_w_walk {
    PVG_W_WALK_RECORD,
    PVG_W_WALK_END,
    PVG_W_WALK_BAD, /**< Framing error: the rest of the segment is lost. */
};

/** Next record of a segment body from `*pos`, which advances. */
enum pvg_w_walk pvg_w_record_next(const struct pvg_w_segment *seg, size_t *pos, struct pvg_w_raw_record *out);

/* ---- Records ---- */

/** Shader stage of a bind record. The order is that of enum pvg_rstage. */
enum pvg_w_stage {
    PVG_W_STAGE_VERTEX,
    PVG_W_STAGE_FRAGMENT,
    PVG_W_STAGE_COMPUTE,
    PVG_W_STAGE_TILE,
};

/** Attachment that a store-action override names. */
enum pvg_w_aspect {
    PVG_W_ASPECT_COLOR,
    PVG_W_ASPECT_DEPTH,
    PVG_W_ASPECT_STENCIL,
};

/** What a record does; selects the union member named in the comment. */
enum pvg_w_record_kind {
    PVG_W_REC_NONE,
    /* Render pass and its companions. */
    PVG_W_REC_PASS,              /**< pass */
    PVG_W_REC_PASS_SAMPLES,      /**< value: defaultRasterSampleCount */
    PVG_W_REC_SAMPLE_POSITIONS,  /**< entries: struct pvg_w_point */
    PVG_W_REC_PASS_RATE_MAP,     /**< ref */
    PVG_W_REC_IMAGEBLOCK_LENGTH, /**< value */
    PVG_W_REC_PASS_TG_LENGTH,    /**< value */
    PVG_W_REC_TILE_SIZE,         /**< tile_size */
    /* Render state. */
    PVG_W_REC_BLEND_COLOR,        /**< blend_color */
    PVG_W_REC_STORE_ACTION,       /**< store_action; info->arg is the enum pvg_w_aspect */
    PVG_W_REC_STORE_OPTIONS,      /**< store_action; as above, value = options */
    PVG_W_REC_DEPTH_STENCIL,      /**< ref */
    PVG_W_REC_CULL_MODE,          /**< value */
    PVG_W_REC_DEPTH_BIAS,         /**< depth_bias */
    PVG_W_REC_DEPTH_CLIP_MODE,    /**< value */
    PVG_W_REC_FRONT_FACING,       /**< value */
    PVG_W_REC_RENDER_PIPELINE,    /**< ref */
    PVG_W_REC_SCISSORS,           /**< entries: struct pvg_w_scissor */
    PVG_W_REC_STENCIL_REFERENCE,  /**< stencil_reference */
    PVG_W_REC_TESS_FACTOR_BUFFER, /**< tess_factor */
    PVG_W_REC_TESS_FACTOR_SCALE,  /**< scalar */
    PVG_W_REC_FILL_MODE,          /**< value */
    PVG_W_REC_VIEWPORTS,          /**< entries: struct pvg_w_viewport */
    PVG_W_REC_VISIBILITY,         /**< visibility */
    PVG_W_REC_LINE_WIDTH,         /**< scalar */
    /* Binds, all stages; info->arg is the enum pvg_w_stage. */
    PVG_W_REC_BIND_BUFFERS,  /**< first; entries: struct pvg_w_bind */
    PVG_W_REC_BIND_TEXTURES, /**< first; entries: struct pvg_w_bind */
    PVG_W_REC_BIND_SAMPLERS, /**< first; entries: struct pvg_w_bind */
    PVG_W_REC_BUFFER_OFFSET, /**< buffer_offset */
    /* Tile stage. */
    PVG_W_REC_DISPATCH_TILE,   /**< tile_dispatch */
    PVG_W_REC_TILE_TG_MEMORY,  /**< tg_memory */
    PVG_W_REC_TILE_DIMENSIONS, /**< reply */
    /* Draws. */
    PVG_W_REC_DRAW,                  /**< draw */
    PVG_W_REC_DRAW_INDIRECT,         /**< draw_indirect */
    PVG_W_REC_DRAW_PATCHES,          /**< draw_patches */
    PVG_W_REC_DRAW_PATCHES_INDIRECT, /**< draw_patches_indirect */
    PVG_W_REC_AMPLIFICATION_MODE,    /**< amplification_mode */
    PVG_W_REC_AMPLIFICATION_COUNT,   /**< entries: struct pvg_w_view_mapping */
    /* Synchronisation and residency. */
    PVG_W_REC_FENCE_UPDATE,      /**< fence */
    PVG_W_REC_FENCE_WAIT,        /**< fence */
    PVG_W_REC_USE_RESOURCES,     /**< use; entries: struct pvg_w_bind (ref only) */
    PVG_W_REC_USE_HEAPS,         /**< use; entries as above */
    PVG_W_REC_BARRIER_RESOURCES, /**< barrier; entries as above */
    PVG_W_REC_BARRIER_SCOPE,     /**< barrier */
    PVG_W_REC_TEXTURE_BARRIER,   /**< nothing */
    /* Indirect command buffers. */
    PVG_W_REC_EXECUTE_ICB,          /**< icb_range */
    PVG_W_REC_EXECUTE_ICB_INDIRECT, /**< icb_indirect */
    /* OpenGL compatibility: layout unknown. */
    PVG_W_REC_OPENGL, /**< nothing; look at the raw record */
    /* Compute. */
    PVG_W_REC_DISPATCH,                  /**< dispatch: grid = threadgroups */
    PVG_W_REC_DISPATCH_THREADS,          /**< dispatch: grid = threads */
    PVG_W_REC_DISPATCH_INDIRECT,         /**< dispatch_indirect */
    PVG_W_REC_DISPATCH_THREADS_INDIRECT, /**< dispatch_indirect */
    PVG_W_REC_COMPUTE_PIPELINE,          /**< ref */
    PVG_W_REC_STAGE_IN_REGION,           /**< region */
    PVG_W_REC_STAGE_IN_INDIRECT,         /**< dispatch_indirect */
    PVG_W_REC_TG_MEMORY,                 /**< tg_memory */
    PVG_W_REC_IMAGEBLOCK_SIZE,           /**< tile_size */
    PVG_W_REC_DISPATCH_TYPE,             /**< value */
    PVG_W_REC_START_DO_WHILE,            /**< nothing */
    PVG_W_REC_END_DO_WHILE,              /**< predicate */
    PVG_W_REC_START_WHILE,               /**< predicate */
    PVG_W_REC_END_WHILE,                 /**< nothing */
    PVG_W_REC_START_IF,                  /**< predicate */
    PVG_W_REC_START_ELSE,                /**< nothing */
    PVG_W_REC_END_IF,                    /**< nothing */
    PVG_W_REC_REINTERPRET_FLUSH,         /**< nothing */
    /* Blit. */
    PVG_W_REC_COPY_BUFFER_TO_TEXTURE, /**< buffer_image */
    PVG_W_REC_COPY_BUFFER,            /**< copy_buffer */
    PVG_W_REC_COPY_TEXTURE_TO_BUFFER, /**< buffer_image */
    PVG_W_REC_COPY_TEXTURE,           /**< copy_texture */
    PVG_W_REC_COPY_ICB,               /**< copy_icb */
    PVG_W_REC_FILL_BUFFER,            /**< fill_buffer: value = byte */
    PVG_W_REC_GENERATE_MIPMAPS,       /**< ref */
    PVG_W_REC_OPTIMIZE_TEXTURE,       /**< subresource; info->arg 0 = for the CPU, 1 = for the GPU */
    PVG_W_REC_OPTIMIZE_ICB,           /**< icb_range */
    PVG_W_REC_RESET_ICB,              /**< icb_range */
    PVG_W_REC_SYNCHRONIZE,            /**< subresource */
    PVG_W_REC_COPY_TEXTURE_SLICES,    /**< copy_slices */
    PVG_W_REC_FILL_PATTERN,           /**< fill_buffer: value = pattern */
    PVG_W_REC_FILL_TEXTURE_BYTES,     /**< fill_texture */
    PVG_W_REC_FILL_TEXTURE_COLOR,     /**< fill_texture */
    PVG_W_REC_INVALIDATE_COMPRESSED,  /**< subresource */
    /* Event. */
    PVG_W_REC_EVENT_WAIT,    /**< event */
    PVG_W_REC_EVENT_SIGNAL,  /**< event */
    PVG_W_REC_EVENT_TIMEOUT, /**< event */
    /* Info. */
    PVG_W_REC_QUERY_COMPUTE_PIPELINE, /**< reply */
    PVG_W_REC_QUERY_RENDER_PIPELINE,  /**< reply */
    PVG_W_REC_QUERY_HOST_RESOURCE,    /**< reply; info->arg is the enum pvg_w_object_kind of the object */
    PVG_W_REC_QUERY_HEAP_SIZE,        /**< heap_query */
    PVG_W_REC_QUERY_RATE_MAP,         /**< rate_map_query */
    PVG_W_REC_COPY_RATE_MAP,          /**< reply: the destination buffer */
    PVG_W_REC_QUERY_MAP_COORDINATE,   /**< map_query; info->arg 0 = screen to physical, 1 = physical to screen */
    PVG_W_REC_QUERY_IMAGEBLOCK,       /**< imageblock_query; info->arg 0 = render, 1 = compute */
    PVG_W_REC_KIND_COUNT,
};

/** Shape of the entries behind the fixed part of a record. */
enum pvg_w_entry_kind {
    PVG_W_ENTRY_NONE,
    PVG_W_ENTRY_REF,           /**< struct pvg_w_bind */
    PVG_W_ENTRY_BUFFER,        /**< struct pvg_w_bind */
    PVG_W_ENTRY_BUFFER_STRIDE, /**< struct pvg_w_bind */
    PVG_W_ENTRY_SAMPLER_LOD,   /**< struct pvg_w_bind */
    PVG_W_ENTRY_POINT,         /**< struct pvg_w_point */
    PVG_W_ENTRY_SCISSOR,       /**< struct pvg_w_scissor */
    PVG_W_ENTRY_VIEWPORT,      /**< struct pvg_w_viewport */
    PVG_W_ENTRY_VIEW_MAPPING,  /**< struct pvg_w_view_mapping */
    PVG_W_ENTRY_KIND_COUNT,
};

/** Capability flags of the guest's serializer (spec 06 section 3); a record with a gate is sent only when its flag is on. */
enum pvg_w_gate {
    PVG_W_GATE_NONE,
    PVG_W_GATE_BLIT_SPI,
    PVG_W_GATE_COMMAND_BUFFER_JUMP,
    PVG_W_GATE_DISPATCH_TYPE,
    PVG_W_GATE_DEFAULT_SAMPLES,
    PVG_W_GATE_DISPATCH_THREADS_INDIRECT,
    PVG_W_GATE_DYNAMIC_STRIDE,
    PVG_W_GATE_IMAGE_BLOCKS,
    PVG_W_GATE_REINTERPRET_FLUSH,
    PVG_W_GATE_SAMPLE_POSITIONS,
    PVG_W_GATE_RATE_MAP,
    PVG_W_GATE_TEXTURE_DESCRIPTOR2,
    PVG_W_GATE_TILE_SHADERS,
    PVG_W_GATE_AMPLIFICATION,
    PVG_W_GATE_OPENGL,
};

/** Static description of a record; one per layout, so opcode 0x0C has two. */
struct pvg_w_record_info {
    const char *name; /**< NULL in unused rows. */
    uint16_t opcode;
    uint8_t segment;                   /**< enum pvg_w_segment_type; PVG_W_SEG_COUNT: legal in every segment of records. */
    uint8_t kind;                      /**< enum pvg_w_record_kind. */
    uint8_t arg;                       /**< Stage, aspect or variant; see the kind. */
    uint8_t gate;                      /**< enum pvg_w_gate. */
    uint8_t entry;                     /**< enum pvg_w_entry_kind. */
    uint8_t count_at;                  /**< Offset of the entry count, 0: the record has no count (one entry if `entry` is set). */
    uint8_t count_size;                /**< 4 or 8. */
    uint8_t entries_at;                /**< Offset of entry 0. */
    uint8_t tail;                      /**< Bytes the length states past the last entry (record 0x1B). */
    uint16_t length;                   /**< Exact length without entries, or the minimum when `longer_ok`. */
    bool longer_ok;                    /**< A longer record is accepted and its known prefix read. */
    const struct pvg_w_layout *layout; /**< Fixed part, NULL: none. */
};

/* Entry structs. */

/** Bind entry; members that the record does not carry are 0 (stride and LOD: see the info's entry kind). */
struct pvg_w_bind {
    uint32_t ref;           /**< 0 = unbind. */
    uint64_t offset;        /**< Buffers. */
    uint64_t stride;        /**< PVG_W_ENTRY_BUFFER_STRIDE only. */
    float lod_min, lod_max; /**< PVG_W_ENTRY_SAMPLER_LOD only. */
};

struct pvg_w_point {
    float x, y;
};

struct pvg_w_scissor {
    uint64_t x, y, width, height;
};

struct pvg_w_viewport {
    double x, y, width, height, znear, zfar;
};

struct pvg_w_view_mapping {
    uint32_t viewport_offset, target_offset;
};

/* Record structs. Refs of 0 and values out of range are the executor's to judge, as spec 06 says per record. */

struct pvg_w_attachment {
    uint32_t texture, resolve; /**< Refs, 0 = none. */
    uint16_t level, slice, depth_plane;
    uint16_t resolve_level, resolve_slice, resolve_depth_plane;
    uint16_t load_action, store_action, store_options;
    uint16_t resolve_filter; /**< Depth and stencil only. */
    double clear[4];         /**< Colour; depth in [0]. */
    uint32_t clear_stencil;
};

struct pvg_w_render_pass {
    struct pvg_w_attachment depth, stencil;
    struct pvg_w_attachment color[PVG_W_MAX_COLOR_ATTACHMENTS];
    uint32_t visibility_buffer; /**< Ref or 0. */
    uint64_t array_length, width, height;
};

struct pvg_w_store_action {
    uint64_t value;
    uint32_t index; /**< Colour slot; 0 for depth and stencil. */
};

struct pvg_w_depth_bias {
    float bias, slope, clamp;
};

struct pvg_w_stencil_reference {
    uint32_t front, back;
};

struct pvg_w_tess_factor {
    uint32_t ref;
    uint64_t offset, instance_stride;
};

struct pvg_w_visibility {
    uint64_t offset, mode;
};

struct pvg_w_buffer_offset {
    uint32_t index;
    uint64_t offset;
    uint64_t stride; /**< PVG_W_STRIDE_KEEP: the record carries none. */
};

/** Stride value of a buffer-offset record without a stride. */
#define PVG_W_STRIDE_KEEP UINT64_MAX

struct pvg_w_size2 {
    uint32_t width, height;
};

struct pvg_w_tile_dispatch {
    uint64_t threads[3];
    bool has_region;
    uint64_t origin[3], size[3];
    uint32_t array_index;
};

struct pvg_w_tg_memory {
    uint64_t length, offset;
    uint32_t index;
};

struct pvg_w_draw {
    uint32_t primitive; /**< MTLPrimitiveType. */
    bool indexed;
    uint16_t index_type; /**< MTLIndexType. */
    uint32_t index_ref;
    uint64_t index_offset;
    uint64_t start; /**< First vertex, 0 for indexed draws. */
    uint64_t count; /**< Vertices or indices. */
    uint64_t instance_count;
    int64_t base_vertex;
    uint64_t base_instance;
};

struct pvg_w_draw_indirect {
    uint16_t primitive;
    bool indexed;
    uint16_t index_type;
    uint32_t index_ref;
    uint64_t index_offset;
    uint32_t ref; /**< Buffer with the arguments. */
    uint64_t offset;
};

struct pvg_w_draw_patches {
    bool indexed; /**< Has a control-point index buffer. */
    uint16_t control_points;
    uint64_t start, count;
    uint32_t patch_index_ref; /**< 0 = none. */
    uint64_t patch_index_offset;
    uint32_t control_index_ref;
    uint64_t control_index_offset;
    uint64_t instance_count, base_instance;
};

struct pvg_w_draw_patches_indirect {
    bool indexed;
    uint16_t control_points;
    uint32_t patch_index_ref;
    uint64_t patch_index_offset;
    uint32_t control_index_ref;
    uint64_t control_index_offset;
    uint32_t ref; /**< Buffer with the arguments. */
    uint64_t offset;
};

struct pvg_w_amplification_mode {
    uint32_t mode, value;
};

struct pvg_w_fence_op {
    uint32_t ref;
    uint32_t stages; /**< MTLRenderStages, 0 outside render segments. */
};

struct pvg_w_use {
    uint16_t usage;  /**< MTLResourceUsage, 0 for heaps. */
    uint16_t stages; /**< MTLRenderStages, 0 when the record carries none. */
};

struct pvg_w_barrier {
    uint16_t scope;         /**< MTLBarrierScope, 0 for resource lists. */
    uint8_t unidentified;   /**< Reads 0 in record 0x17. */
    uint16_t after, before; /**< MTLRenderStages, 0 in compute segments. */
};

struct pvg_w_icb_range {
    uint32_t icb;
    uint64_t location, length;
};

struct pvg_w_icb_indirect {
    uint32_t icb;
    uint32_t ref; /**< Buffer with {u32 location, u32 length}. */
    uint64_t offset;
};

struct pvg_w_dispatch {
    uint64_t grid[3];
    uint64_t threads_per_group[3];
};

struct pvg_w_dispatch_indirect {
    uint64_t threads_per_group[3]; /**< 0 when the block carries it (0xE6) or there is none (0xD2). */
    uint32_t ref;
    uint64_t offset;
};

struct pvg_w_region {
    uint64_t origin[3], size[3];
};

struct pvg_w_predicate {
    uint32_t ref;
    uint64_t offset;
    uint32_t comparison, reference;
};

/** Buffer <-> texture copies, both directions. */
struct pvg_w_buffer_image {
    uint32_t buffer, texture;
    uint64_t offset, bytes_per_row, bytes_per_image;
    uint64_t origin[3], size[3];
    uint16_t slice, level;
    uint32_t options; /**< MTLBlitOption. */
};

struct pvg_w_copy_buffer {
    uint32_t source, destination;
    uint64_t source_offset, destination_offset, size;
};

struct pvg_w_copy_texture {
    uint32_t source, destination;
    uint64_t source_origin[3], size[3], destination_origin[3];
    uint16_t source_slice, source_level, destination_slice, destination_level;
    uint32_t options;
};

struct pvg_w_copy_slices {
    uint32_t source, destination;
    uint16_t source_slice, source_level, destination_slice, destination_level;
    uint16_t slice_count, level_count;
};

struct pvg_w_copy_icb {
    uint32_t source, destination;
    uint64_t location, length, index;
};

struct pvg_w_fill_buffer {
    uint32_t ref;
    uint64_t location, length;
    uint32_t value;
};

struct pvg_w_subresource {
    uint32_t ref;
    bool whole; /**< The record names no slice and level. */
    uint16_t slice, level;
};

struct pvg_w_fill_texture {
    uint32_t ref;
    uint16_t level, slice;
    uint64_t origin[3], size[3];
    uint32_t bytes_ref; /**< Pattern in a buffer (0x140). */
    uint64_t bytes_offset, bytes_length;
    double color[4]; /**< 0x141. */
    uint16_t format; /**< 0x141. */
};

struct pvg_w_event_op {
    uint32_t ref;
    uint64_t value;
    uint32_t timeout;
};

/** A place in a guest buffer where the host writes; `object` is what is asked about. */
struct pvg_w_reply {
    uint32_t object; /**< 0 in record 0xA4. */
    uint32_t ref;
    uint64_t offset;
};

struct pvg_w_heap_size_query {
    struct pvg_w_texture_desc desc;
    struct pvg_w_reply reply;
};

struct pvg_w_rate_map_query {
    struct pvg_w_reply reply;
    uint32_t length, unidentified;
};

struct pvg_w_map_query {
    struct pvg_w_reply reply;
    uint32_t layer;
    float x, y;
};

struct pvg_w_imageblock_query {
    struct pvg_w_reply reply;
    uint64_t size[3];
};

/** A typed record. */
struct pvg_w_record {
    const struct pvg_w_record_info *info;
    uint32_t first;              /**< First slot of a bind record. */
    uint32_t count;              /**< Entries. */
    const uint8_t *wire_entries; /**< Decoded records: entry 0 in the stream; read with the functions below. */
    const void *entries;         /**< Records to encode: array of the entry struct. */
    union {
        uint32_t ref;
        uint64_t value;
        float scalar;
        float blend_color[4];
        struct pvg_w_render_pass pass;
        struct pvg_w_store_action store_action;
        struct pvg_w_depth_bias depth_bias;
        struct pvg_w_stencil_reference stencil_reference;
        struct pvg_w_tess_factor tess_factor;
        struct pvg_w_visibility visibility;
        struct pvg_w_buffer_offset buffer_offset;
        struct pvg_w_size2 tile_size;
        struct pvg_w_tile_dispatch tile_dispatch;
        struct pvg_w_tg_memory tg_memory;
        struct pvg_w_draw draw;
        struct pvg_w_draw_indirect draw_indirect;
        struct pvg_w_draw_patches draw_patches;
        struct pvg_w_draw_patches_indirect draw_patches_indirect;
        struct pvg_w_amplification_mode amplification_mode;
        struct pvg_w_fence_op fence;
        struct pvg_w_use use;
        struct pvg_w_barrier barrier;
        struct pvg_w_icb_range icb_range;
        struct pvg_w_icb_indirect icb_indirect;
        struct pvg_w_dispatch dispatch;
        struct pvg_w_dispatch_indirect dispatch_indirect;
        struct pvg_w_region region;
        struct pvg_w_predicate predicate;
        struct pvg_w_buffer_image buffer_image;
        struct pvg_w_copy_buffer copy_buffer;
        struct pvg_w_copy_texture copy_texture;
        struct pvg_w_copy_slices copy_slices;
        struct pvg_w_copy_icb copy_icb;
        struct pvg_w_fill_buffer fill_buffer;
        struct pvg_w_subresource subresource;
        struct pvg_w_fill_texture fill_texture;
        struct pvg_w_event_op event;
        struct pvg_w_reply reply;
        struct pvg_w_heap_size_query heap_query;
        struct pvg_w_rate_map_query rate_map_query;
        struct pvg_w_map_query map_query;
        struct pvg_w_imageblock_query imageblock_query;
    };
};

enum pvg_w_result {
    PVG_W_OK,
    PVG_W_UNKNOWN,    /**< No such opcode in this segment type. */
    PVG_W_BAD_LENGTH, /**< Shorter than the layout, or an unknown longer variant. */
    PVG_W_BAD_COUNT,  /**< The entries do not fit the record, or a count of 0. */
    PVG_W_BAD_VALUE,  /**< A value that has no meaning (texture type, swizzle). */
};

/** Short name of a result for log lines, never NULL. */
const char *pvg_w_result_name(enum pvg_w_result r);

/** Description of an opcode in a segment type, by record length where an opcode has two layouts. NULL: unknown. */
const struct pvg_w_record_info *pvg_w_record_lookup(uint8_t segment, uint32_t opcode, uint32_t length);

/** All records in opcode order: row `i`, NULL past the end. */
const struct pvg_w_record_info *pvg_w_record_table(size_t i);

/** Decode one record: `p` holds its `n` bytes, header included. `out->info` is set whenever the opcode is known. */
enum pvg_w_result pvg_w_record_decode(uint8_t segment, const uint8_t *p, size_t n, struct pvg_w_record *out);

/** Encode; bytes that the guest never writes are zeroed. @return length, 0 when it does not fit or a value has no form. */
size_t pvg_w_record_encode(uint8_t *dst, size_t cap, const struct pvg_w_record *in);

/** Entry i < count of a decoded record. */
struct pvg_w_bind pvg_w_record_bind(const struct pvg_w_record *r, uint32_t i);
struct pvg_w_scissor pvg_w_record_scissor(const struct pvg_w_record *r, uint32_t i);
struct pvg_w_viewport pvg_w_record_viewport(const struct pvg_w_record *r, uint32_t i);
struct pvg_w_point pvg_w_record_point(const struct pvg_w_record *r, uint32_t i);
struct pvg_w_view_mapping pvg_w_record_view_mapping(const struct pvg_w_record *r, uint32_t i);

/** Layout of an entry kind, NULL for PVG_W_ENTRY_NONE. */
const struct pvg_w_layout *pvg_w_entry_layout(uint8_t entry);

/**
 * The opcode that the guest's driver picks for a draw (spec 06 section 4.6): the shortest selector that can express it, compact
 * unless a value exceeds 16 bits.
 */
uint32_t pvg_w_draw_opcode(const struct pvg_w_draw *draw);

/** Render pass with Metal's defaults: nothing attached, clear depth 1. */
void pvg_w_render_pass_init(struct pvg_w_render_pass *pass);

#endif
