/* SPDX-License-Identifier: MIT */
/**
 * @file Render and compute pipeline descriptors: tagged property lists (spec 05 section 8).
 *
 * A decoder fills the struct with Metal's defaults first and then applies the properties that are present. On failure it returns
 * false and `reason` names the field. Encoders write the shape that the guest's driver writes: absent = default.
 */
#ifndef PVG_WIRE_PIPELINE_H
#define PVG_WIRE_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PVG_W_MAX_COLOR_ATTACHMENTS  8
#define PVG_W_MAX_VERTEX_ATTRIBUTES  31
#define PVG_W_MAX_VERTEX_LAYOUTS     31
#define PVG_W_MAX_UNKNOWN_PROPERTIES 8

/** MTLColorWriteMask bits. */
enum pvg_w_color_write {
    PVG_W_WRITE_ALPHA = 1,
    PVG_W_WRITE_BLUE = 2,
    PVG_W_WRITE_GREEN = 4,
    PVG_W_WRITE_RED = 8,
    PVG_W_WRITE_ALL = 15,
};

/** MTLVertexStepFunction and MTLStepFunction (compute stage input); the first five agree. */
enum pvg_w_step_function {
    PVG_W_STEP_CONSTANT,
    PVG_W_STEP_PER_VERTEX,
    PVG_W_STEP_PER_INSTANCE,
    PVG_W_STEP_PER_PATCH,
    PVG_W_STEP_PER_PATCH_CONTROL_POINT,
    PVG_W_STEP_GRID_X,
    PVG_W_STEP_GRID_Y,
    PVG_W_STEP_GRID_X_INDEXED,
    PVG_W_STEP_GRID_Y_INDEXED,
};

/** A stride that every bind states anew (dynamic attribute stride). */
#define PVG_W_STRIDE_DYNAMIC UINT64_MAX

/** One vertex (or stage-input) attribute. */
struct pvg_w_vertex_attribute {
    uint8_t index;  /**< Shader location 0..30. */
    uint8_t format; /**< MTLVertexFormat, never 0. */
    uint8_t buffer; /**< Buffer table slot 0..30. */
    uint32_t offset;
};

/** Layout of one buffer slot. */
struct pvg_w_vertex_layout {
    uint8_t step_function; /**< enum pvg_w_step_function. */
    uint32_t step_rate;
    uint64_t stride; /**< Bytes or PVG_W_STRIDE_DYNAMIC. */
};

/** Vertex descriptor or compute stage-input descriptor. */
struct pvg_w_vertex_descriptor {
    bool present; /**< false: the pipeline has none (also when its section declares nothing). */
    uint32_t attribute_count;
    struct pvg_w_vertex_attribute attributes[PVG_W_MAX_VERTEX_ATTRIBUTES]; /**< In order of appearance. */
    uint32_t layout_mask;                                                  /**< Bit n: layouts[n] is declared. */
    struct pvg_w_vertex_layout layouts[PVG_W_MAX_VERTEX_LAYOUTS];          /**< By buffer slot; undeclared: per vertex, stride 0. */
    uint8_t index_type;                                                    /**< Compute stage input only: MTLIndexType. */
    uint8_t index_buffer; /**< Compute stage input only: slot of the index buffer. */
};

/** Blend state of one colour slot. */
struct pvg_w_color_state {
    bool present;    /**< The slot has an entry. */
    uint16_t format; /**< MTLPixelFormat, 0: not stated. */
    bool blend;
    uint8_t source_rgb, destination_rgb, operation_rgb;       /**< MTLBlendFactor, MTLBlendFactor, MTLBlendOperation. */
    uint8_t source_alpha, destination_alpha, operation_alpha; /**< As above. */
    uint8_t write_mask;                                       /**< enum pvg_w_color_write. */
};

/** A property with a tag that the protocol notes do not know. Reported, never acted on. */
struct pvg_w_unknown_property {
    uint8_t tag, length;
    uint32_t value; /**< First four bytes, zero extended. */
};

/** Render pipeline, record 0x0E. */
struct pvg_w_render_pipeline {
    const char *reason; /**< Set when decoding fails. */
    uint32_t ref;
    bool mesh;                /**< Mesh shape (spec 05 section 8.4). */
    uint32_t vertex_function; /**< Function refs, 0 = none. */
    uint32_t fragment_function, object_function, mesh_function;
    struct pvg_w_vertex_descriptor vertex;
    struct pvg_w_color_state color[PVG_W_MAX_COLOR_ATTACHMENTS]; /**< By slot; absent slots hold the defaults. */
    uint16_t depth_format, stencil_format;                       /**< MTLPixelFormat or 0. */
    uint32_t sample_count;                                       /**< 1 when absent. */
    bool alpha_to_coverage, alpha_to_one;
    bool rasterization; /**< Default true. */
    uint8_t topology;   /**< MTLPrimitiveTopologyClass. */
    uint8_t tess_partition_mode, tess_factor_format, tess_index_type, tess_step_function, tess_winding;
    bool tess_factor_scale;
    uint32_t tess_max_factor; /**< Default 16. */
    uint32_t unknown_count;   /**< Properties with unknown tags, also those past the array. */
    struct pvg_w_unknown_property unknown[PVG_W_MAX_UNKNOWN_PROPERTIES];
};

/** Compute pipeline, record 0x0B. */
struct pvg_w_compute_pipeline {
    const char *reason; /**< Set when decoding fails. */
    uint32_t ref;
    uint32_t function;         /**< Function ref; 0 is legal here and refused at the dispatch. */
    bool threadgroup_multiple; /**< threadGroupSizeIsMultipleOfThreadExecutionWidth, a hint. */
    struct pvg_w_vertex_descriptor stage_input;
    uint32_t unknown_count;
    struct pvg_w_unknown_property unknown[PVG_W_MAX_UNKNOWN_PROPERTIES];
};

/** Metal's defaults: what a decoder starts from and what a caller of the encoder should start from. */
void pvg_w_render_pipeline_init(struct pvg_w_render_pipeline *p);
void pvg_w_compute_pipeline_init(struct pvg_w_compute_pipeline *p);

/** Decode a whole record of exactly `n` bytes. */
bool pvg_w_render_pipeline_decode(const uint8_t *p, size_t n, struct pvg_w_render_pipeline *out);
bool pvg_w_compute_pipeline_decode(const uint8_t *p, size_t n, struct pvg_w_compute_pipeline *out);

/** Encode. @return bytes written or 0 when it does not fit `cap`, or a value has no wire form. */
size_t pvg_w_render_pipeline_encode(uint8_t *dst, size_t cap, const struct pvg_w_render_pipeline *in);
size_t pvg_w_compute_pipeline_encode(uint8_t *dst, size_t cap, const struct pvg_w_compute_pipeline *in);
/** As above with the stage input as the bit-packed block that some guests' serializers write (spec 05 section 8.7). */
size_t pvg_w_compute_pipeline_encode_packed(uint8_t *dst, size_t cap, const struct pvg_w_compute_pipeline *in);

/** Bytes of one element of an MTLVertexFormat, 0 for an unassigned value. */
uint32_t pvg_w_vertex_format_size(uint32_t format);

#endif
