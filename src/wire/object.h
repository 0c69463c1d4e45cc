/* SPDX-License-Identifier: MIT */
/**
 * @file Objects on the wire: object-list entries, descriptors by object type, create and destroy records (spec 05).
 *
 * Decoders check everything that needs no other object: lengths, enum ranges, counts. They return false and the caller refuses the
 * object. pvg_w_object_decode() also says why.
 */
#ifndef PVG_WIRE_OBJECT_H
#define PVG_WIRE_OBJECT_H

#include "wire/icb.h"
#include "wire/pipeline.h"

/* ---- Object list (spec 05 section 2) ---- */

#define PVG_W_OBJECT_ENTRY_SIZE 12

/** One entry of a task's object list. */
struct pvg_w_object_entry {
    uint8_t type;    /**< enum pvg_w_object_type. */
    uint32_t length; /**< Descriptor bytes, 24 bits. */
    uint64_t gva;    /**< Descriptor address in the same task. */
};

/** @return false only when n < 12. An empty slot decodes; see pvg_w_object_entry_empty(). */
bool pvg_w_object_entry_decode(const uint8_t *p, size_t n, struct pvg_w_object_entry *out);
size_t pvg_w_object_entry_encode(uint8_t *dst, size_t cap, const struct pvg_w_object_entry *in);

/** Nothing is published in the slot. */
static inline bool pvg_w_object_entry_empty(const struct pvg_w_object_entry *e)
{
    return e->length == 0 || e->gva == 0;
}

/** Object types (spec 05 section 3.1). */
enum pvg_w_object_type {
    PVG_W_TYPE_BUFFER = 1,
    PVG_W_TYPE_TEXTURE = 2,
    PVG_W_TYPE_TEXTURE_ALT = 3, /**< Same layout as 2. */
    PVG_W_TYPE_SURFACE = 4,
    PVG_W_TYPE_SURFACE_TEXTURE = 5, /**< Texture over an IOSurface (PCI guests). */
    PVG_W_TYPE_FUNCTION = 6,
    PVG_W_TYPE_STATE = 7,            /**< Sampler, depth-stencil, pipelines, ICB, fence, rate map. */
    PVG_W_TYPE_VIEW = 8,             /**< Views, buffer-backed and heap-placed textures. */
    PVG_W_TYPE_MAPPING_TEXTURE = 11, /**< Texture over a mapper mapping (platform guests). */
    PVG_W_TYPE_COUNT = 16,
};

/** Opcodes of the create records (spec 05 section 4). */
enum pvg_w_create_opcode {
    PVG_W_NEW_TEXTURE = 0x01,
    PVG_W_NEW_SAMPLER = 0x03,
    PVG_W_NEW_DEPTH_STENCIL = 0x04,
    PVG_W_NEW_VIEW_FORMAT = 0x07,
    PVG_W_NEW_VIEW_RANGE = 0x08,
    PVG_W_NEW_BUFFER_TEXTURE = 0x09,
    PVG_W_NEW_COMPUTE_PIPELINE = 0x0b,
    PVG_W_NEW_SURFACE_TEXTURE = 0x0c,
    PVG_W_NEW_FENCE = 0x0d,
    PVG_W_NEW_RENDER_PIPELINE = 0x0e,
    PVG_W_NEW_HEAP_TEXTURE = 0x15,
    PVG_W_HEAP_SIZE_QUERY = 0x16,
    PVG_W_NEW_VIEW_SWIZZLE = 0x1b,
    PVG_W_NEW_SURFACE_TEXTURE_ROTATED = 0x2f,
    PVG_W_NEW_RATE_MAP = 0x32,
    PVG_W_NEW_TEXTURE_WIDE = 0x34,
    PVG_W_NEW_ICB = 0x36,
    PVG_W_NEW_BUFFER_TEXTURE_WIDE = 0x37,
    PVG_W_NEW_HEAP_TEXTURE_WIDE = 0x38,
    PVG_W_NEW_SURFACE_TEXTURE_WIDE = 0x39,
};

/* ---- Texture descriptor (spec 05 sections 6.1 and 6.2) ---- */

#define PVG_W_TEXTURE_NARROW 32 /**< Bytes of the narrow body. */
#define PVG_W_TEXTURE_WIDE   40 /**< Bytes of the wide body. */

/** MTLTextureType. */
enum pvg_w_texture_type {
    PVG_W_TEX_1D,
    PVG_W_TEX_1D_ARRAY,
    PVG_W_TEX_2D,
    PVG_W_TEX_2D_ARRAY,
    PVG_W_TEX_2D_MS,
    PVG_W_TEX_CUBE,
    PVG_W_TEX_CUBE_ARRAY,
    PVG_W_TEX_3D,
    PVG_W_TEX_2D_MS_ARRAY,
    PVG_W_TEX_BUFFER,
    PVG_W_TEX_TYPE_COUNT,
};

/** MTLTextureUsage bits. */
enum pvg_w_texture_usage {
    PVG_W_USAGE_READ = 0x01,
    PVG_W_USAGE_WRITE = 0x02,
    PVG_W_USAGE_RENDER_TARGET = 0x04,
    PVG_W_USAGE_VIEW = 0x10,
    PVG_W_USAGE_ATOMIC = 0x20,
};

/** MTLStorageMode. */
enum pvg_w_storage_mode {
    PVG_W_STORAGE_SHARED,
    PVG_W_STORAGE_MANAGED,
    PVG_W_STORAGE_PRIVATE,
    PVG_W_STORAGE_MEMORYLESS,
};

/** MTLTextureSwizzle. */
enum pvg_w_swizzle {
    PVG_W_SWIZZLE_ZERO,
    PVG_W_SWIZZLE_ONE,
    PVG_W_SWIZZLE_RED,
    PVG_W_SWIZZLE_GREEN,
    PVG_W_SWIZZLE_BLUE,
    PVG_W_SWIZZLE_ALPHA,
};

/** A texture descriptor, narrow or wide. */
struct pvg_w_texture_desc {
    uint8_t type;    /**< enum pvg_w_texture_type. */
    uint8_t flags;   /**< Bits 4, 5 and (wide form) 7 of the first byte, unidentified; kept in place. */
    bool optimized;  /**< allowGPUOptimizedContents. */
    bool wide;       /**< Which form it came in or is to be encoded as. */
    uint16_t format; /**< MTLPixelFormat. */
    uint16_t levels, samples, array_length;
    uint16_t options; /**< MTLResourceOptions; see the accessors below. */
    uint32_t usage;   /**< enum pvg_w_texture_usage bits. */
    uint32_t width, height, depth;
    uint64_t unidentified; /**< Reads 0. */
    uint8_t swizzle[4];    /**< enum pvg_w_swizzle for r, g, b, a; identity in the narrow form. */
};

static inline uint8_t pvg_w_texture_storage(const struct pvg_w_texture_desc *d)
{
    return (d->options >> 4) & 0xf;
}

static inline uint8_t pvg_w_texture_cache_mode(const struct pvg_w_texture_desc *d)
{
    return d->options & 0xf;
}

/** Slices of a texture: array elements, times 6 for cubes; 1 for other types. */
uint32_t pvg_w_texture_slices(const struct pvg_w_texture_desc *d);

/** The swizzle maps every component to itself. */
bool pvg_w_swizzle_identity(const uint8_t swizzle[4]);

/** Body of 32 bytes. @return false: n < 32, or the type is not an MTLTextureType. */
bool pvg_w_texture_narrow_decode(const uint8_t *p, size_t n, struct pvg_w_texture_desc *out);
/** Body of 40 bytes. @return false: n < 40, bad type or a swizzle above 5. */
bool pvg_w_texture_wide_decode(const uint8_t *p, size_t n, struct pvg_w_texture_desc *out);
/** Write the form that `in->wide` selects. @return bytes written; 0: too small, or a value does not fit the form. */
size_t pvg_w_texture_encode(uint8_t *dst, size_t cap, const struct pvg_w_texture_desc *in);

/* ---- Create records (spec 05 section 6) ---- */

/** Records 0x01 and 0x34. */
struct pvg_w_new_texture {
    uint32_t ref;
    struct pvg_w_texture_desc desc;
};

/** Records 0x07, 0x08 and 0x1B. */
struct pvg_w_texture_view {
    uint32_t opcode;
    uint32_t ref;
    uint32_t base;               /**< Base texture ref, never 0. */
    uint16_t format;             /**< MTLPixelFormat, 0 = that of the base. */
    bool has_range;              /**< type, levels and slices are stated (0x08, 0x1B). */
    uint8_t type;                /**< enum pvg_w_texture_type. */
    uint32_t level, level_count; /**< level_count >= 1. */
    uint32_t slice, slice_count; /**< slice_count >= 1. */
    uint8_t swizzle[4];          /**< Identity unless 0x1B. */
};

/** Records 0x09 and 0x37. */
struct pvg_w_buffer_texture {
    uint32_t ref;
    uint32_t buffer; /**< Type-1 object, never 0. */
    uint64_t offset;
    uint64_t bytes_per_row; /**< 0 = tight. */
    struct pvg_w_texture_desc desc;
};

/** Records 0x0C, 0x39 and 0x2F inside descriptors of type 5 and 11. */
struct pvg_w_surface_texture {
    uint32_t opcode;
    uint32_t surface; /**< Surface id (type 5) or mapping id (type 11), never 0. */
    uint32_t owner;   /**< Task that owns the surface, 0 observed. */
    uint32_t ref;
    uint32_t plane;
    struct pvg_w_texture_desc desc;
};

/** Records 0x15 and 0x38. */
struct pvg_w_heap_texture {
    uint32_t ref;
    uint32_t heap; /**< Never 0. */
    bool use_offset;
    uint64_t offset; /**< 0 unless use_offset. */
    struct pvg_w_texture_desc desc;
};

/** Record 0x03. */
struct pvg_w_sampler {
    uint32_t ref;
    uint8_t min_filter, mag_filter; /**< 0 nearest, 1 linear. */
    uint8_t mip_filter;             /**< 0 not mipmapped, 1 nearest, 2 linear. */
    uint8_t address[3];             /**< MTLSamplerAddressMode s, t, r: 0..5. */
    uint8_t border_color;           /**< 0 transparent black, 1 opaque black, 2 opaque white. */
    uint8_t compare;                /**< MTLCompareFunction. */
    uint8_t max_anisotropy;         /**< 1..16. */
    bool lod_average, normalized, argument_buffers;
    float lod_min, lod_max;
};

/** One stencil face. */
struct pvg_w_stencil_face {
    uint8_t compare;                        /**< MTLCompareFunction. */
    uint8_t stencil_fail, depth_fail, pass; /**< MTLStencilOperation. */
    uint32_t read_mask, write_mask;
};

/** Record 0x04. */
struct pvg_w_depth_stencil {
    uint32_t ref;
    uint8_t depth_compare; /**< MTLCompareFunction. */
    bool depth_write;
    struct pvg_w_stencil_face front, back;
};

/** Record 0x0D. */
struct pvg_w_fence {
    uint32_t ref;
};

#define PVG_W_MAX_RATE_LAYERS 16

/** Record 0x32. The quality arrays stay on the wire; see pvg_w_rate_map_quality(). */
struct pvg_w_rate_map {
    uint32_t ref;
    uint16_t width, height;
    uint32_t layer_count;
    uint32_t unidentified_0c, unidentified_10;
    struct {
        uint16_t width, height; /**< Samples per axis. */
        uint32_t offset;        /**< Record offset of the horizontal qualities; the vertical ones follow. */
    } layers[PVG_W_MAX_RATE_LAYERS];
};

bool pvg_w_new_texture_decode(const uint8_t *p, size_t n, struct pvg_w_new_texture *out);
size_t pvg_w_new_texture_encode(uint8_t *dst, size_t cap, const struct pvg_w_new_texture *in);
bool pvg_w_texture_view_decode(const uint8_t *p, size_t n, struct pvg_w_texture_view *out);
size_t pvg_w_texture_view_encode(uint8_t *dst, size_t cap, const struct pvg_w_texture_view *in);
bool pvg_w_buffer_texture_decode(const uint8_t *p, size_t n, struct pvg_w_buffer_texture *out);
size_t pvg_w_buffer_texture_encode(uint8_t *dst, size_t cap, const struct pvg_w_buffer_texture *in);
/** The bare record; surface and owner are left 0. */
bool pvg_w_surface_texture_decode(const uint8_t *p, size_t n, struct pvg_w_surface_texture *out);
size_t pvg_w_surface_texture_encode(uint8_t *dst, size_t cap, const struct pvg_w_surface_texture *in);
bool pvg_w_heap_texture_decode(const uint8_t *p, size_t n, struct pvg_w_heap_texture *out);
size_t pvg_w_heap_texture_encode(uint8_t *dst, size_t cap, const struct pvg_w_heap_texture *in);
bool pvg_w_heap_query_decode(const uint8_t *p, size_t n, struct pvg_w_texture_desc *out); /**< Record 0x16. */
size_t pvg_w_heap_query_encode(uint8_t *dst, size_t cap, const struct pvg_w_texture_desc *in);
bool pvg_w_sampler_decode(const uint8_t *p, size_t n, struct pvg_w_sampler *out);
size_t pvg_w_sampler_encode(uint8_t *dst, size_t cap, const struct pvg_w_sampler *in);
void pvg_w_sampler_init(struct pvg_w_sampler *s); /**< Metal's defaults. */
bool pvg_w_depth_stencil_decode(const uint8_t *p, size_t n, struct pvg_w_depth_stencil *out);
size_t pvg_w_depth_stencil_encode(uint8_t *dst, size_t cap, const struct pvg_w_depth_stencil *in);
void pvg_w_depth_stencil_init(struct pvg_w_depth_stencil *s); /**< Metal's defaults. */
bool pvg_w_fence_decode(const uint8_t *p, size_t n, struct pvg_w_fence *out);
size_t pvg_w_fence_encode(uint8_t *dst, size_t cap, const struct pvg_w_fence *in);
bool pvg_w_rate_map_decode(const uint8_t *p, size_t n, struct pvg_w_rate_map *out);
/** `quality`: for each layer its width + height values in order. Layer offsets are computed. */
size_t pvg_w_rate_map_encode(uint8_t *dst, size_t cap, const struct pvg_w_rate_map *in, const float *quality);
/** Quality value i (horizontal first) of a layer of the record that was decoded. @return 0 when out of range. */
float pvg_w_rate_map_quality(const uint8_t *record, const struct pvg_w_rate_map *map, uint32_t layer, uint32_t i);

/* ---- Descriptors that are not bare records (spec 05 section 7) ---- */

/** Type 1. */
struct pvg_w_buffer {
    uint64_t size;   /**< 0: no backing. */
    uint32_t handle; /**< Page index in the task's address space, 0: no backing. */
};

/** One mip level of a linear texture. */
struct pvg_w_linear_level {
    uint64_t offset; /**< From the allocation base. */
    uint64_t size;   /**< Stated span; may cover one slice only. */
    uint64_t bytes_per_row;
    uint32_t width, height, depth; /**< depth >= 1. */
};

#define PVG_W_MAX_LEVELS 16

/** Types 2 and 3. */
struct pvg_w_linear_texture {
    uint64_t size;   /**< Allocation bytes. */
    uint32_t handle; /**< Page index, 0 only for memoryless textures. */
    uint8_t element_size;
    uint32_t level_count;
    struct pvg_w_linear_level levels[PVG_W_MAX_LEVELS];
    bool has_record;                /**< The embedded create record was valid; otherwise `desc` is the documented substitute. */
    bool record_disagrees;          /**< Record and level array differ in size or level count; the level array wins. */
    uint32_t ref;                   /**< From the record, 0 without one. */
    struct pvg_w_texture_desc desc; /**< Width, height, depth and levels follow the level array. */
};

#define PVG_W_MAX_PLANES 8

/** One plane of a surface. */
struct pvg_w_surface_plane {
    uint32_t offset, width, height;
    uint32_t bytes_per_row;    /**< 24 bits. */
    uint8_t bytes_per_element; /**< 0: not stated. */
};

/** Type 4: IOSurface backing. */
struct pvg_w_surface {
    uint64_t length; /**< Page-aligned bytes, never 0. */
    uint32_t page;   /**< First page index in the owning task, never 0. */
    uint32_t fourcc; /**< OSType pixel format. */
    uint32_t plane_count;
    struct pvg_w_surface_plane planes[PVG_W_MAX_PLANES];
};

/** Type 6. */
struct pvg_w_function {
    uint64_t gva;  /**< MTLB container, never 0. */
    uint32_t size; /**< Bytes, >= 4. */
    bool has_id;
    uint32_t id; /**< Own ref, informational. */
};

bool pvg_w_buffer_decode(const uint8_t *p, size_t n, struct pvg_w_buffer *out);
size_t pvg_w_buffer_encode(uint8_t *dst, size_t cap, const struct pvg_w_buffer *in);
bool pvg_w_linear_texture_decode(const uint8_t *p, size_t n, struct pvg_w_linear_texture *out);
size_t pvg_w_linear_texture_encode(uint8_t *dst, size_t cap, const struct pvg_w_linear_texture *in);
bool pvg_w_surface_decode(const uint8_t *p, size_t n, struct pvg_w_surface *out);
size_t pvg_w_surface_encode(uint8_t *dst, size_t cap, const struct pvg_w_surface *in);
bool pvg_w_function_decode(const uint8_t *p, size_t n, struct pvg_w_function *out);
/** 12 bytes, or 24 when `has_id`. */
size_t pvg_w_function_encode(uint8_t *dst, size_t cap, const struct pvg_w_function *in);
/** Type 5 (8-byte prefix and record 0x2F). */
bool pvg_w_surface_ref_decode(const uint8_t *p, size_t n, struct pvg_w_surface_texture *out);
/** Type 11 (8-byte prefix and record 0x0C or 0x39). */
bool pvg_w_mapping_ref_decode(const uint8_t *p, size_t n, struct pvg_w_surface_texture *out);
/** Prefix and record for both. */
size_t pvg_w_surface_ref_encode(uint8_t *dst, size_t cap, const struct pvg_w_surface_texture *in);

/* ---- Any descriptor ---- */

enum pvg_w_object_kind {
    PVG_W_OBJ_NONE,
    PVG_W_OBJ_BUFFER,
    PVG_W_OBJ_LINEAR_TEXTURE,
    PVG_W_OBJ_SURFACE,
    PVG_W_OBJ_SURFACE_TEXTURE, /**< Type 5. */
    PVG_W_OBJ_MAPPING_TEXTURE, /**< Type 11. */
    PVG_W_OBJ_FUNCTION,
    PVG_W_OBJ_SAMPLER,
    PVG_W_OBJ_DEPTH_STENCIL,
    PVG_W_OBJ_COMPUTE_PIPELINE,
    PVG_W_OBJ_RENDER_PIPELINE,
    PVG_W_OBJ_FENCE,
    PVG_W_OBJ_RATE_MAP,
    PVG_W_OBJ_ICB,
    PVG_W_OBJ_TEXTURE_VIEW,
    PVG_W_OBJ_BUFFER_TEXTURE,
    PVG_W_OBJ_HEAP_TEXTURE,
    PVG_W_OBJ_HEAP,    /**< Has no known descriptor; the kind exists for destroy records. */
    PVG_W_OBJ_TEXTURE, /**< Any texture; the kind exists for destroy records. */
    PVG_W_OBJ_KIND_COUNT,
};

/** A decoded descriptor of any type. */
struct pvg_w_object {
    uint8_t type; /**< enum pvg_w_object_type. */
    enum pvg_w_object_kind kind;
    uint32_t opcode;    /**< Record opcode for types 7 and 8, else 0. */
    const char *reason; /**< Why decoding failed. */
    union {
        struct pvg_w_buffer buffer;
        struct pvg_w_linear_texture linear;
        struct pvg_w_surface surface;
        struct pvg_w_surface_texture surface_texture; /**< Types 5 and 11. */
        struct pvg_w_function function;
        struct pvg_w_sampler sampler;
        struct pvg_w_depth_stencil depth_stencil;
        struct pvg_w_compute_pipeline compute_pipeline;
        struct pvg_w_render_pipeline render_pipeline;
        struct pvg_w_fence fence;
        struct pvg_w_rate_map rate_map;
        struct pvg_w_icb icb;
        struct pvg_w_texture_view view;
        struct pvg_w_buffer_texture buffer_texture;
        struct pvg_w_heap_texture heap_texture;
    };
};

/** Decode the descriptor (exactly `n` bytes) of an object-list entry of this type. On false, out->reason says why. */
bool pvg_w_object_decode(uint8_t type, const uint8_t *p, size_t n, struct pvg_w_object *out);

/** Short name of an object type for log lines, never NULL. */
const char *pvg_w_object_type_name(uint8_t type);
/** Short name of a kind for log lines, never NULL. */
const char *pvg_w_object_kind_name(enum pvg_w_object_kind kind);

/* ---- Destroy records (spec 05 section 5.4) ---- */

#define PVG_W_DESTROY_LENGTH 12

struct pvg_w_destroy {
    uint32_t opcode;
    enum pvg_w_object_kind kind; /**< From the opcode. */
    uint32_t ref;
};

/** @return false: short, bad length word or an opcode that is not a destroy record. */
bool pvg_w_destroy_decode(const uint8_t *p, size_t n, struct pvg_w_destroy *out);
size_t pvg_w_destroy_encode(uint8_t *dst, size_t cap, uint32_t opcode, uint32_t ref);

/* ---- Tables of what the protocol has, for listings ---- */

/** An object type, create record or destroy record. */
struct pvg_w_object_info {
    uint32_t code; /**< Object type or record opcode. */
    const char *name;
    enum pvg_w_object_kind kind; /**< PVG_W_OBJ_NONE: not decoded. */
    uint32_t length;             /**< Exact record length, 0 = variable or not applicable. */
    const char *note;            /**< Why it is not decoded, or NULL. */
};

/** Tables; `*count` receives the number of rows. */
const struct pvg_w_object_info *pvg_w_object_types(size_t *count);
const struct pvg_w_object_info *pvg_w_create_records(size_t *count);
const struct pvg_w_object_info *pvg_w_destroy_records(size_t *count);

#endif
