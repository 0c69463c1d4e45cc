/* SPDX-License-Identifier: MIT */
/**
 * @file libpvg-air: Metal libraries (MTLB containers) and the translation of AIR functions to SPIR-V (spec 07).
 *
 * The translator targets Vulkan 1.3 with the binding ABI of spec 06 section 15: buffers by 64-bit device address from one argument
 * table per stage, textures and samplers by index into one bindless heap, a 128-byte push block.
 *
 * Thread-safety: functions without shared arguments may run concurrently; a pvg_metallib and a pvg_air_shader are immutable after
 * creation and may be read by any number of threads.
 */
#ifndef OPENPVG_AIR_H
#define OPENPVG_AIR_H

#include <openpvg/common.h>

/** Revision of the generated code; part of every cache key. Increases whenever output or reflection changes. */
#define PVG_AIR_REVISION 7

/** Shader stages (function types of AIR metadata). */
enum pvg_air_stage {
    PVG_AIR_VERTEX,
    PVG_AIR_FRAGMENT,
    PVG_AIR_KERNEL,
    PVG_AIR_OBJECT,
    PVG_AIR_MESH,
    PVG_AIR_TILE,
    PVG_AIR_INTERSECTION,
    PVG_AIR_VISIBLE,
};

/** Name of a stage in lower case: "vertex", "fragment", "kernel", ... */
PVG_API const char *pvg_air_stage_name(enum pvg_air_stage stage);

/* ---- Containers ---------------------------------------------------------------------------------------------------------- */

struct pvg_metallib;

/** A function constant that a container declares (CNST tag). */
struct pvg_metallib_constant {
    const char *name;
    uint8_t data_type; /**< MTLDataType. */
    uint16_t index;
    bool active;
};

/** A vertex attribute that a container declares (VATT and VATY tags). */
struct pvg_metallib_attribute {
    const char *name;
    uint8_t data_type; /**< MTLDataType, 0 if not stated. */
    uint16_t index;
    uint8_t usage; /**< 0 per vertex, 1 per patch, 2 per control point. */
    bool active;
};

/** One function of a container. Pointers live as long as the container. */
struct pvg_metallib_function {
    const char *name;
    int type; /**< TYPE tag of the container: 0 vertex, 1 fragment, 2 kernel, ... (spec 07 section 2.13); -1 if absent. */
    const void *bitcode; /**< Bitcode, wrapped (0B17C0DE) or bare ("BC" C0DE). */
    size_t bitcode_size;
    uint8_t hash[32];     /**< HASH tag (SHA-256) or zeros. */
    uint32_t air_version; /**< major << 16 | minor, 0 if not stated. */
    uint32_t msl_version; /**< major << 16 | minor, 0 if not stated. */
    int tessellation;     /**< TESS tag: bits 0-1 patch type, bits 2-7 control points; -1 if absent. */
    int layer_type;       /**< LAYR tag: MTLDataType of the layer output; -1 if absent. */
    const struct pvg_metallib_constant *constants;
    size_t constant_count;
    const struct pvg_metallib_attribute *attributes;
    size_t attribute_count;
    int64_t source_offset;     /**< SOFF tag: of its archive in the embedded sources; -1 if absent. */
    int64_t reflection_offset; /**< RFLT tag: of its group in the reflection list; -1 if absent. */
};

/** Part of a container that is carried as it is. Lives as long as the container. */
struct pvg_metallib_section {
    const void *data; /**< NULL if absent. */
    size_t size;
};

/** Header and header extension of a container (spec 07 sections 2.2 and 2.7). All zero for a bare AIR module. */
struct pvg_metallib_info {
    bool macos; /**< Built for macOS, else for the iOS family. */
    uint16_t version_major, version_minor, version_patch;
    uint8_t file_type; /**< 0 executable, 1 Core Image, 2 dynamic library, 3 symbol companion. */
    bool stub;
    uint8_t target_os; /**< 1 macOS, 2 iOS, ... */
    bool target_64bit;
    uint16_t os_major;
    uint8_t os_minor, os_patch;
    bool has_extension;
    bool has_uuid;
    uint8_t uuid[16];
    bool sources_have_directory; /**< The sources came with HSRD, which names a working directory, not with HSRC. */
    struct pvg_metallib_section sources, dynamic_header, variables, imports, reflection, scripts;
};

/**
 * Parse a container: MTLB, a fat file with an AIR64 slice, or a single AIR module (wrapped or bare bitcode), which appears as one
 * function per entry point of its metadata. The bytes are copied. @return 0, -EINVAL (`err` names the broken part), -ENOMEM.
 */
PVG_API int pvg_metallib_open(const void *data, size_t size, struct pvg_metallib **out, struct pvg_error *err);
PVG_API void pvg_metallib_close(struct pvg_metallib *lib);
PVG_API size_t pvg_metallib_function_count(const struct pvg_metallib *lib);
/** @return NULL if `index` is out of range. */
PVG_API const struct pvg_metallib_function *pvg_metallib_function_at(const struct pvg_metallib *lib, size_t index);

/** Header and extension. Lives as long as the container. */
PVG_API const struct pvg_metallib_info *pvg_metallib_info(const struct pvg_metallib *lib);

/**
 * Write a container that says what `lib` says: every function with all its tags, metadata, bitcode, header, extension and the
 * sections that it names. Of a fat file the slice that was taken, of a bare module a library as pvg_metallib_write() makes it.
 * `*out` is malloc'ed. @return 0, -EINVAL (as pvg_metallib_write()), -ENOMEM.
 */
PVG_API int pvg_metallib_save(const struct pvg_metallib *lib, uint8_t **out, size_t *size, struct pvg_error *err);

/** One function to be written into a container. */
struct pvg_metallib_entry {
    const char *name; /**< An entry point of the bitcode. */
    int type;         /**< As pvg_metallib_function.type; -1: from the metadata. */
    const void *bitcode;
    size_t bitcode_size;
};

/**
 * Write an MTLB container of file version 1.2.7. Versions, function constants and vertex attributes are taken from the bitcode's
 * metadata; entries that point at the same bitcode share it. `*out` is malloc'ed.
 * @return 0, -EINVAL (broken bitcode, or no entry point of that name), -ENOMEM.
 */
PVG_API int pvg_metallib_write(const struct pvg_metallib_entry *entries, size_t count, uint8_t **out, size_t *size,
                               struct pvg_error *err);

/**
 * Assemble AIR text (LLVM IR, `.ll`) into wrapped bitcode and list its entry points. `*bitcode` is malloc'ed.
 * @return 0 or -EINVAL with LLVM's message in `err`.
 */
PVG_API int pvg_air_assemble(const char *text, size_t size, uint8_t **bitcode, size_t *bitcode_size, struct pvg_error *err);

/* ---- Reflection ---------------------------------------------------------------------------------------------------------- */

/** Component class of a texture's texels or of an attribute. */
enum pvg_air_class { PVG_AIR_FLOAT, PVG_AIR_SINT, PVG_AIR_UINT };

/** Dimension of a texture argument. */
enum pvg_air_dim {
    PVG_AIR_DIM_1D,
    PVG_AIR_DIM_2D,
    PVG_AIR_DIM_3D,
    PVG_AIR_DIM_CUBE,
    PVG_AIR_DIM_BUFFER,
};

/** Which heap a texture's table entry indexes (spec 06 section 15.2). */
enum pvg_air_heap { PVG_AIR_HEAP_SAMPLED, PVG_AIR_HEAP_STORAGE, PVG_AIR_HEAP_UNIFORM_TEXEL, PVG_AIR_HEAP_STORAGE_TEXEL };

/** A statically used buffer slot (part 1 of the table), 16 bytes per array element. */
struct pvg_air_buffer {
    uint16_t index;        /**< Metal buffer index 0..30. */
    uint16_t array_length; /**< Consecutive entries, at least 1. */
    uint32_t table_offset; /**< Byte offset of the first entry. */
    uint32_t object_size;  /**< air.buffer_size or pointee size, 0 = unbounded. */
    bool written;          /**< Stores or atomics may reach it. */
    bool null_compared;    /**< The code compares the pointer with null: an unbound slot gets address 0. */
    bool constant_space;   /**< Declared in the constant address space. */
    uint32_t guest_offset; /**< Part 6: u64 guest address of the bound byte per element; 0 = not wanted. */
};

/** What a word of part 7 holds. */
enum pvg_air_check_kind {
    PVG_AIR_CHECK_STARTS, /**< Number of p = 0, stride, 2 stride ... for which the bytes p + offset .. p + offset + size are inside.
                           */
    PVG_AIR_CHECK_POINTER, /**< Address of the bytes offset .. offset + size, or of something else where they are not inside. */
    PVG_AIR_CHECK_ZERO,    /**< Address of 32 zero bytes, for loads outside. */
    PVG_AIR_CHECK_SCRATCH, /**< Address of 32 bytes that nobody reads, for stores outside. */
};

/**
 * A word of 64 bits (part 7 of the table, behind the others) that follows from how a buffer is bound: what the code would otherwise
 * compute in every thread to stay inside. pvg_air_check_value() says what to put there.
 */
struct pvg_air_check {
    uint32_t table_offset; /**< Multiple of 8. */
    uint32_t offset, size; /**< Bytes; the sum fits. */
    uint32_t stride;       /**< STARTS: at least 1. */
    uint16_t buffer;       /**< Index into the buffers of the reflection record; not for ZERO and SCRATCH. */
    uint8_t kind;          /**< enum pvg_air_check_kind. */
    uint8_t write;         /**< POINTER: 1 for stores. */
    uint8_t unchecked;     /**< POINTER: 1 where the code is translated without checks. */
    uint8_t unused[7];     /**< 0. */
};

/**
 * Value of a word of part 7. `address` and `length` are those in the buffer's entry; `zero` and `scratch` are device addresses of
 * at least 32 bytes (a vector of four 64-bit numbers), aligned to 32.
 */
static inline uint64_t pvg_air_check_value(const struct pvg_air_check *c, uint64_t address, uint32_t length, uint64_t zero,
                                           uint64_t scratch)
{
    uint64_t end = (uint64_t)c->offset + c->size;
    switch (c->kind) {
    case PVG_AIR_CHECK_STARTS:
        return length < end || !c->stride ? 0 : (length - end) / c->stride + 1;
    case PVG_AIR_CHECK_POINTER:
        return c->unchecked || length >= end ? address + c->offset : c->write ? scratch : zero;
    case PVG_AIR_CHECK_ZERO:
        return zero;
    default:
        return scratch;
    }
}

/** A pulled vertex or stage-in buffer (part 2). */
struct pvg_air_pull {
    uint16_t index;
    uint32_t table_offset;
};

/** Heap indices below these are null textures: nothing is bound (spec 06 section 15.2). */
#define PVG_AIR_NULL_IMAGES 32u
#define PVG_AIR_NULL_TEXELS 4u

/** A statically used texture slot (part 3), 4 bytes per array element. */
struct pvg_air_texture {
    uint16_t index;
    uint16_t array_length;
    uint32_t table_offset;
    enum pvg_air_dim dim;
    enum pvg_air_class cls;
    enum pvg_air_heap heap;
    bool arrayed, multisampled, depth;
    bool read, written; /**< Sampled/read and written. */
    bool levels;        /**< Storage: the code names levels; the entry is a word of pvg_air_levels_word(). */
    uint32_t id_offset; /**< Part 6: u32 object number per element, 0 for none bound; 0 = not wanted. */
};

/**
 * Storage views have one level. Where the code names levels of a texture, the heap has a view of each, at consecutive indices, and
 * the entry holds the index of level 0 below this bit and the number of the last level from it on.
 */
#define PVG_AIR_LEVELS_SHIFT 20u

/** Entry for `count` levels, at least 1, from heap index `first` on. */
static inline uint32_t pvg_air_levels_word(uint32_t first, uint32_t count)
{
    return first | (count - 1) << PVG_AIR_LEVELS_SHIFT;
}

/** A statically used sampler slot (part 4), 4 bytes per array element. */
struct pvg_air_sampler {
    uint16_t index;
    uint16_t array_length;
    uint32_t table_offset;
    uint32_t id_offset; /**< As pvg_air_texture.id_offset. */
    bool compare;       /**< This entry is used with depth comparison. */
    bool scales;        /**< Coordinates in texels have to be scaled by the code: see PVG_AIR_VARIANT_PIXEL_SAMPLERS. */
};

/** Set in the word of a sampler whose coordinates are in texels, where the code asks for it. */
#define PVG_AIR_SAMPLER_PIXELS 0x80000000u

/** State of a constexpr sampler (part 5), decoded from spec 07 section 3.11. Enumerations are Metal's ordinals. */
struct pvg_air_static_sampler {
    uint32_t table_offset;                   /**< Of the heap index alone: the code knows the coordinates. */
    uint8_t s_address, t_address, r_address; /**< MTLSamplerAddressMode. */
    uint8_t mag_filter, min_filter;          /**< 0 nearest, 1 linear. */
    uint8_t mip_filter;                      /**< 0 none, 1 nearest, 2 linear. */
    uint8_t compare;                         /**< MTLCompareFunction; 0 never = no comparison. */
    uint8_t max_anisotropy;                  /**< At least 1. */
    uint8_t border_color;                    /**< MTLSamplerBorderColor. */
    bool pixel_coordinates;                  /**< Coordinates are in texels. */
    bool compare_enabled;
    float lod_min, lod_max;
    float lod_bias;
    uint8_t reduction; /**< 0 weighted average, 1 minimum, 2 maximum. */
};

/** A vertex or stage-in attribute that the function reads. */
struct pvg_air_attribute {
    uint8_t location; /**< Metal attribute index = SPIR-V Location when fetched by fixed function. */
    uint8_t components;
    enum pvg_air_class cls;
};

/** A vertex or mesh output, or a fragment input. */
struct pvg_air_varying {
    char *semantic; /**< Link key, compared byte by byte. */
    uint8_t location;
    uint8_t components;
    enum pvg_air_class cls;
    bool per_primitive; /**< Mesh functions: one value per primitive. */
};

/** A colour output. */
struct pvg_air_color_output {
    uint8_t index;  /**< Render target. */
    uint8_t source; /**< 0, or 1 for the second source of dual-source blending. */
    uint8_t components;
    enum pvg_air_class cls;
};

/** A function constant that the module declares. */
struct pvg_air_constant {
    char *name;
    uint32_t index;
    uint8_t size; /**< Bytes of its type. */
    bool used;
};

/** What a member of an argument buffer holds. */
enum pvg_air_argument_kind {
    PVG_AIR_ARGUMENT_POINTER,
    PVG_AIR_ARGUMENT_TEXTURE,
    PVG_AIR_ARGUMENT_SAMPLER,
    PVG_AIR_ARGUMENT_CONSTANT, /**< Plain data with an [[id]]. */
    PVG_AIR_ARGUMENT_OTHER,    /**< Function tables, acceleration structures, pipeline states, command buffers. */
};

/** A resource in an argument buffer, also in nested structs and behind pointers in it. As declared, used or not. */
struct pvg_air_argument {
    char *name;            /**< Members from the outermost struct on, joined by dots. */
    uint16_t buffer;       /**< Metal index of the buffer argument. */
    uint32_t parent;       /**< 0: the member lies in that buffer; else 1 + index of the pointer behind which it lies. */
    uint32_t offset, size; /**< Bytes from the start of what it lies in; size of the member. */
    uint32_t id;           /**< Metal's [[id(n)]]. */
    uint32_t array_length; /**< Consecutive ids, at least 1. */
    enum pvg_air_argument_kind kind;
    bool read, written; /**< Access that the declaration allows. */
    /* Textures. */
    enum pvg_air_dim dim;
    enum pvg_air_class cls;
    bool arrayed, multisampled, depth;
};

/** Device features that the SPIR-V needs beyond the baseline of spec 06 section 15.1; bits of pvg_air_reflection.needs. */
enum pvg_air_need {
    PVG_AIR_NEED_FLOAT16 = 1u << 0,
    PVG_AIR_NEED_INT8 = 1u << 1,
    PVG_AIR_NEED_INT16 = 1u << 2,
    PVG_AIR_NEED_STORAGE8 = 1u << 3,
    PVG_AIR_NEED_STORAGE16 = 1u << 4,
    PVG_AIR_NEED_FLOAT64 = 1u << 5,
    PVG_AIR_NEED_CLIP_DISTANCE = 1u << 6,
    PVG_AIR_NEED_LAYER = 1u << 7,
    PVG_AIR_NEED_VIEWPORT_INDEX = 1u << 8,
    PVG_AIR_NEED_GEOMETRY = 1u << 9,
    PVG_AIR_NEED_SAMPLE_RATE = 1u << 10,
    PVG_AIR_NEED_BARYCENTRICS = 1u << 11,
    PVG_AIR_NEED_STENCIL_EXPORT = 1u << 12,
    PVG_AIR_NEED_SUBGROUP = 1u << 13,
    PVG_AIR_NEED_FLOAT_ATOMICS = 1u << 14,
    PVG_AIR_NEED_INT64_ATOMICS = 1u << 15,
    PVG_AIR_NEED_MIN_LOD = 1u << 16,
    PVG_AIR_NEED_CUBE_ARRAY = 1u << 17,
    PVG_AIR_NEED_INPUT_ATTACHMENT = 1u << 18,
    PVG_AIR_NEED_MESH = 1u << 19,
    PVG_AIR_NEED_RAY_QUERY = 1u << 20,
    PVG_AIR_NEED_DEMOTE = 1u << 21,
    PVG_AIR_NEED_WORKGROUP_LAYOUT = 1u << 22,
    PVG_AIR_NEED_TESSELLATION = 1u << 23,
    PVG_AIR_NEED_INTERLOCK = 1u << 24, /**< Raster order groups: VkPhysicalDeviceFragmentShaderInterlockFeaturesEXT, pixels. */
    /** Subgroups of 32 threads: simdgroup matrices are spread over as many. Checked when a pipeline is made, not by the translator.
     */
    PVG_AIR_NEED_SIMD32 = 1u << 29,
    /** Never needed: the device's Fma rounds once. Without it that is done in code, for which FLOAT64 is used. */
    PVG_AIR_NEED_FUSED_FMA = 1u << 30,
};

/** Everything the renderer needs to know about a translated function (spec 06 sections 15.3 and 15.11, spec 07 section 10.3). */
struct pvg_air_reflection {
    enum pvg_air_stage stage;
    char *name; /**< Entry point name in the metallib; the SPIR-V entry point is "main". */
    uint32_t air_version, msl_version;
    uint32_t needs; /**< pvg_air_need bits. */

    uint32_t table_size; /**< Bytes of the argument table, multiple of 16; 0 = the stage takes no table. */
    struct pvg_air_buffer *buffers;
    size_t buffer_count;
    struct pvg_air_pull *pulls;
    size_t pull_count;
    struct pvg_air_texture *textures;
    size_t texture_count;
    struct pvg_air_sampler *samplers;
    size_t sampler_count;
    struct pvg_air_static_sampler *static_samplers;
    size_t static_sampler_count;
    struct pvg_air_check *checks;
    size_t check_count;

    struct pvg_air_attribute *attributes;
    size_t attribute_count;
    struct pvg_air_varying *varyings; /**< Vertex: outputs. Fragment: inputs. */
    size_t varying_count;
    struct pvg_air_color_output *colors;
    size_t color_count;
    struct pvg_air_constant *constants;
    size_t constant_count;
    struct pvg_air_argument *arguments; /**< Members of argument buffers. */
    size_t argument_count;

    bool writes_position, writes_point_size, writes_depth, writes_stencil, writes_sample_mask, writes_layer, writes_viewport;
    bool uses_discard, early_fragment_tests, writes_memory;
    uint32_t input_attachment_mask; /**< Colour slots read by framebuffer fetch. */
    bool uses_barrier, uses_simd, uses_threadgroup_memory;
    bool solid_groups; /**< Kernels: the workgroup has the three axes of the threadgroup; else it is one row. */
    /**
     * Kernels: threads do not work with the others of their group. Dispatched from a base, without region origins; a grid that is
     * not made of whole threadgroups is dispatched as if it were, with PVG_AIR_VARIANT_CLIPPED.
     */
    bool independent;
    bool reads_grid; /**< Kernels: the code reads the size of the grid. Indirect dispatches need PVG_AIR_VARIANT_INDIRECT. */
    uint32_t max_total_threads; /**< air.max_work_group_size or 0. */
    uint32_t static_threadgroup_bytes;
    uint32_t threadgroup_args; /**< Bit n: threadgroup argument n exists (spec constant 0x10010 + n). */

    uint8_t tile_attachments;     /**< Colour attachments that a tile function accesses through the imageblock. */
    uint8_t patch_edges;          /**< Post-tessellation vertex function: 3 triangle, 4 quad; 0: not one. */
    uint8_t patch_control_points; /**< Control points that it is declared for, 0 = any number. */

    bool uses_import_pointer; /**< Accesses memory through pointers that it loaded: wants the range table. */
    bool uses_import_handle;  /**< Uses textures or samplers whose handles it loaded: wants the handle table. */
    bool import_written;      /**< Writes through such pointers or handles. */
    uint32_t import_pointer_offset, import_handle_offset; /**< Part 6: entries of the two tables, where used. */
};

/*
 * Part 6 of the argument table, behind the other parts, for functions that load pointers or handles from memory (spec 06
 * section 15.9; the encoding is a decision of docs/protocol-notes.md). In memory a pointer is an address of the guest, a handle
 * the number (ref) of a texture or sampler as 64 bits, and 0 is null. Entries of the two tables have 16 bytes: u64 address,
 * u32 number of rows (at least 1), u32 0. Rows have 32 bytes, are aligned to 16 and sorted by their first 8 bytes, the key; row 0
 * is all zero.
 *
 * Range row: u64 key (first guest address that the row is responsible for, up to the next row), u64 guest address and u64 device
 * address of the range's first byte, u32 length of the range, u32 0.
 *
 * Handle table: PVG_AIR_IMPORT_HEADER bytes with the heap index of the null texture per shape (u32 at 4 * shape, without the top
 * bit), then the rows: u64 key (the number), u32 shape (pvg_air_import_shape(), 0 = no texture), u32 heap indices of the sampled
 * and the storage view (of that a pvg_air_levels_word(), unless of a texture buffer) and of a cube's faces (0 = none), u32 words
 * of the plain and the comparing sampler (0 = none): heap index, and PVG_AIR_SAMPLER_PIXELS.
 */
#define PVG_AIR_IMPORT_HEADER  512u
#define PVG_AIR_IMPORT_CLASS   0x60u /**< Bits of a shape that hold the component class. */
#define PVG_AIR_IMPORT_TEXTURE 0x80u /**< Set in every shape of a texture. */

/** Shape of a texture in the handle table. */
static inline uint32_t pvg_air_import_shape(const struct pvg_air_texture *t)
{
    return PVG_AIR_IMPORT_TEXTURE | (uint32_t)t->dim | (uint32_t)t->arrayed << 3 | (uint32_t)t->multisampled << 4 |
           (uint32_t)t->cls << 5;
}

/* ---- Specialisation constant ids (spec 06 section 15.3) --------------------------------------------------------------------- */
#define PVG_AIR_SPEC_WORKGROUP_SIZE    0x10000u /**< Flattened x*y*z. */
#define PVG_AIR_SPEC_THREADS_X         0x10001u
#define PVG_AIR_SPEC_THREADS_Y         0x10002u
#define PVG_AIR_SPEC_THREADS_Z         0x10003u
#define PVG_AIR_SPEC_THREADGROUP_BYTES 0x10010u /**< + threadgroup argument index. */
#define PVG_AIR_SPEC_SIMD_WIDTH        0x10040u
#define PVG_AIR_SPEC_RASTER_SAMPLES    0x10041u

/* ---- Translation ----------------------------------------------------------------------------------------------------------- */

/** Bounds checks on buffer accesses (spec 06 section 15.10). */
enum pvg_air_robustness { PVG_AIR_ROBUST_NONE, PVG_AIR_ROBUST_BUFFERS };

/** One vertex attribute to be fetched by shader code ("pull", spec 06 section 15.5). */
struct pvg_air_pull_attribute {
    uint8_t location;
    uint8_t buffer;  /**< Metal buffer index. */
    uint8_t step;    /**< MTLVertexStepFunction / MTLStepFunction. */
    uint16_t format; /**< MTLVertexFormat / MTLAttributeFormat. */
    uint32_t offset;
    uint32_t rate; /**< Step rate. */
};

/** A specialised function constant. */
struct pvg_air_constant_value {
    uint32_t index;
    uint64_t bits; /**< Little-endian value in the low bytes. */
};

/** Forms of a function that depend on its pass or dispatch; bits of pvg_air_options.variant. */
enum pvg_air_variant {
    PVG_AIR_VARIANT_AMPLIFIED = 1u << 0,    /**< Amplification ids and view offsets come from the push block (PVG_AIR_PUSH_VIEW). */
    PVG_AIR_VARIANT_MULTISAMPLED = 1u << 1, /**< Colour attachments that the function reads have several samples. */
    PVG_AIR_VARIANT_FLAT = 1u << 2, /**< Kernels: threadgroups are rows of threads, whatever the device's limits per axis. */
    /**
     * Samplers of the argument table may have coordinates in texels, as PVG_AIR_SAMPLER_PIXELS in their words says. Without this
     * bit the words are heap indices alone and coordinates are normalized: where a sampler that has `scales` set is bound with
     * coordinates in texels, the other form is needed. Samplers that the code loads from memory have the flag in both forms.
     */
    PVG_AIR_VARIANT_PIXEL_SAMPLERS = 1u << 3,
    /**
     * Kernels whose grid is not one dispatch of whole threadgroups: with `independent`, threads past the grid leave at once; of
     * others, the dispatch may be a part, whose origin is in the push block.
     */
    PVG_AIR_VARIANT_CLIPPED = 1u << 4,
    PVG_AIR_VARIANT_INDIRECT =
        1u << 5, /**< Kernels with `reads_grid`: the size of the grid is that of the dispatch, not the push block's. */
};

/** Push block of amplified draws: u32 amplification id, count, offsets of the viewport index and of the render target index. */
#define PVG_AIR_PUSH_VIEW 0x50u

/** A visible function that a pipeline links. */
struct pvg_air_linked {
    const void *bitcode; /**< Module that defines it. */
    size_t size;
    const char *name; /**< By which other functions refer to it; NULL: the only visible function, reached through tables alone. */
};

/** Options of a translation; zero-initialise for the defaults. */
struct pvg_air_options {
    size_t size;        /**< sizeof(struct pvg_air_options). */
    uint32_t available; /**< pvg_air_need bits the device has; a function that needs others is refused by name. */
    enum pvg_air_robustness robustness;
    uint64_t zero_address, scratch_address; /**< Device addresses of a 64 KiB zero-filled and a scratch range, for robust accesses,
                                               to be constants of the code; 0: the code takes them from part 7 of the table. */
    /** Fragment functions: outputs of the vertex function, so that inputs get matching locations; NULL: order of appearance. */
    const struct pvg_air_reflection *producer;
    const struct pvg_air_pull_attribute *pulls; /**< Attributes fetched by code; the others use fixed-function input. */
    size_t pull_count;
    const struct pvg_air_constant_value *constants;
    size_t constant_count;
    /**
     * Visible functions that may be called. Visible function tables are buffers of u32 numbers: 0 is null, n is linked[n - 1].
     * A number of nothing, or of a function of another type than the one called, yields zeros.
     */
    const struct pvg_air_linked *linked;
    size_t linked_count;
    uint8_t alpha8_outputs; /**< Bit n: colour slot n is A8Unorm emulated as R8 (alpha goes to .r). */
    bool debug_names;       /**< Emit OpName. */
    uint8_t variant;        /**< pvg_air_variant bits. */
};

/** A translated function. */
struct pvg_air_shader {
    uint32_t *words; /**< SPIR-V 1.5 or 1.6, entry point "main". */
    size_t word_count;
    struct pvg_air_reflection reflection;
};

/**
 * Translate one function. `entry` selects it by name in modules with several; NULL takes the only one.
 * @return 0; -EINVAL (broken bitcode or metadata); -ENOTSUP (refused by name: function, construct, location in `err`); -ENOMEM.
 */
PVG_API int pvg_air_translate(const void *bitcode, size_t size, const char *entry, const struct pvg_air_options *options,
                              struct pvg_air_shader **out, struct pvg_error *err);

/** The fixed part of a tessellation pipeline (spec 05 section 8.3; enumerations are Metal's ordinals, spec 05 section 14). */
struct pvg_air_tessellation {
    uint8_t edges;       /**< 3 triangle, 4 quad. */
    uint8_t partition;   /**< MTLTessellationPartitionMode. */
    uint8_t step;        /**< MTLTessellationFactorStepFunction. */
    uint8_t winding;     /**< MTLWinding. */
    bool scale;          /**< tessellationFactorScaleEnabled. */
    uint32_t max_factor; /**< 1 to 64. */
};

/** SPIR-V words of one generated stage, malloc'ed, entry point "main". */
struct pvg_air_words {
    uint32_t *words;
    size_t count;
};

/**
 * The two stages in front of a post-tessellation vertex function: a vertex stage, drawn with one vertex per patch, and a control
 * stage with one control point that reads the guest's factors. @return 0, -EINVAL, -ENOMEM.
 */
PVG_API int pvg_air_tessellation_stages(const struct pvg_air_tessellation *t, struct pvg_air_words *vertex,
                                        struct pvg_air_words *control);

/** Free a shader. NULL is ignored. */
PVG_API void pvg_air_shader_free(struct pvg_air_shader *shader);

/** A class of constructs that Vulkan cannot express; docs/shader-support.md lists them all. Static storage. */
struct pvg_air_refusal {
    const char *id;        /**< Stable identifier: lower case and dashes. */
    const char *construct; /**< What of Metal is refused. */
    const char *reason;    /**< What Vulkan lacks. */
};

/** Class `index` of the list. @return NULL past its end. */
PVG_API const struct pvg_air_refusal *pvg_air_refusal_at(size_t index);

/** Class of a refusal that pvg_air_translate() answered with -ENOTSUP. @return NULL when the list does not have it. */
PVG_API const struct pvg_air_refusal *pvg_air_refusal_of(const struct pvg_error *err);

#endif
