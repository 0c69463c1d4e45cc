/* SPDX-License-Identifier: MIT */
/**
 * @file The AIR metadata of one entry point as plain C data (spec 07 sections 3.10, 3.11 and 4).
 *
 * Everything that the function's interface consists of is here, parsed once: parameters, results, function constants, constexpr
 * samplers, versions and options. Function types and byte offsets are not: those come from the LLVM types (spec 07 section 6.2).
 *
 * All strings and arrays belong to the entry; LLVM values belong to its module, which must outlive it.
 */
#ifndef PVG_AIR_ENTRY_H
#define PVG_AIR_ENTRY_H

#include "air/module.h"

/** What a parameter is (spec 07 sections 4.5 to 4.13). */
enum pvg_air_param_kind {
    PVG_AIR_PARAM_BUFFER,          /**< Pointer to device or constant memory. */
    PVG_AIR_PARAM_ARGUMENT_BUFFER, /**< The same, its struct holds resource handles ("air.indirect_buffer"). */
    PVG_AIR_PARAM_THREADGROUP,     /**< "air.buffer" in address space 3: `location` is in the threadgroup table. */
    PVG_AIR_PARAM_TEXTURE,
    PVG_AIR_PARAM_SAMPLER,
    PVG_AIR_PARAM_BUILTIN,       /**< System value: `builtin`. */
    PVG_AIR_PARAM_VERTEX_INPUT,  /**< Attribute `location`. */
    PVG_AIR_PARAM_STAGE_IN,      /**< Kernel attribute `location`. */
    PVG_AIR_PARAM_VARYING,       /**< Fragment input `semantic`, or a handle to one: `interpolation`. */
    PVG_AIR_PARAM_COLOR,         /**< Framebuffer fetch of colour `location`. */
    PVG_AIR_PARAM_CONTROL_POINT, /**< Opaque control point handle; attributes in `members`. */
    PVG_AIR_PARAM_PATCH_INPUT,   /**< Per-patch attribute `location`. */
    PVG_AIR_PARAM_PAYLOAD,
    PVG_AIR_PARAM_MESH,            /**< Mesh output handle: `mesh`. */
    PVG_AIR_PARAM_MESH_GRID,       /**< Mesh grid properties handle. */
    PVG_AIR_PARAM_IMAGEBLOCK,      /**< Tile function imageblock handle. */
    PVG_AIR_PARAM_IMAGEBLOCK_DATA, /**< Fragment imageblock value. */
    PVG_AIR_PARAM_VISIBLE_TABLE,   /**< `location` is in the buffer table, as for the next four. */
    PVG_AIR_PARAM_INTERSECTION_TABLE,
    PVG_AIR_PARAM_INSTANCE_ACCELERATION,
    PVG_AIR_PARAM_PRIMITIVE_ACCELERATION,
    PVG_AIR_PARAM_COMMAND_BUFFER,
    PVG_AIR_PARAM_PIPELINE_STATE,
    PVG_AIR_PARAM_TENSOR,
    PVG_AIR_PARAM_CONSTANT, /**< "air.indirect_constant": a value inside an argument buffer. */
    PVG_AIR_PARAM_UNKNOWN,  /**< Keyword in `keyword`; a function that uses the parameter has to be refused. */
};

/** System values (spec 07 section 4.6). */
enum pvg_air_builtin {
    PVG_AIR_BUILTIN_NONE,
    PVG_AIR_BUILTIN_VERTEX_ID,
    PVG_AIR_BUILTIN_INSTANCE_ID,
    PVG_AIR_BUILTIN_BASE_VERTEX,
    PVG_AIR_BUILTIN_BASE_INSTANCE,
    PVG_AIR_BUILTIN_AMPLIFICATION_ID,
    PVG_AIR_BUILTIN_AMPLIFICATION_COUNT,
    PVG_AIR_BUILTIN_PATCH_ID,
    PVG_AIR_BUILTIN_POSITION_IN_PATCH,
    PVG_AIR_BUILTIN_POSITION, /**< Fragment coordinate. */
    PVG_AIR_BUILTIN_FRONT_FACING,
    PVG_AIR_BUILTIN_POINT_COORD,
    PVG_AIR_BUILTIN_PRIMITIVE_ID,
    PVG_AIR_BUILTIN_SAMPLE_ID,
    PVG_AIR_BUILTIN_SAMPLE_MASK,
    PVG_AIR_BUILTIN_BARYCENTRIC_COORD, /**< `interpolation.no_perspective` selects the screen-linear one. */
    PVG_AIR_BUILTIN_VIEWPORT_ARRAY_INDEX,
    PVG_AIR_BUILTIN_RENDER_TARGET_ARRAY_INDEX,
    PVG_AIR_BUILTIN_THREAD_POSITION_IN_GRID,
    PVG_AIR_BUILTIN_THREAD_POSITION_IN_THREADGROUP,
    PVG_AIR_BUILTIN_THREAD_INDEX_IN_THREADGROUP,
    PVG_AIR_BUILTIN_THREADGROUP_POSITION_IN_GRID,
    PVG_AIR_BUILTIN_THREADGROUPS_PER_GRID,
    PVG_AIR_BUILTIN_THREADS_PER_THREADGROUP,
    PVG_AIR_BUILTIN_DISPATCH_THREADS_PER_THREADGROUP,
    PVG_AIR_BUILTIN_THREADS_PER_GRID,
    PVG_AIR_BUILTIN_GRID_ORIGIN,
    PVG_AIR_BUILTIN_GRID_SIZE,
    PVG_AIR_BUILTIN_THREAD_INDEX_IN_SIMDGROUP,
    PVG_AIR_BUILTIN_SIMDGROUP_INDEX_IN_THREADGROUP,
    PVG_AIR_BUILTIN_SIMDGROUPS_PER_THREADGROUP,
    PVG_AIR_BUILTIN_DISPATCH_SIMDGROUPS_PER_THREADGROUP,
    PVG_AIR_BUILTIN_THREADS_PER_SIMDGROUP,
    PVG_AIR_BUILTIN_THREAD_INDEX_IN_QUADGROUP,
    PVG_AIR_BUILTIN_QUADGROUP_INDEX_IN_THREADGROUP,
    PVG_AIR_BUILTIN_QUADGROUPS_PER_THREADGROUP,
    PVG_AIR_BUILTIN_DISPATCH_QUADGROUPS_PER_THREADGROUP,
    PVG_AIR_BUILTIN_RAY_ORIGIN,
    PVG_AIR_BUILTIN_RAY_DIRECTION,
    PVG_AIR_BUILTIN_RAY_MIN_DISTANCE,
    PVG_AIR_BUILTIN_RAY_MAX_DISTANCE,
    PVG_AIR_BUILTIN_RAY_DISTANCE,
    PVG_AIR_BUILTIN_GEOMETRY_ID,
    PVG_AIR_BUILTIN_USER_INSTANCE_ID,
};

enum pvg_air_access {
    PVG_AIR_ACCESS_NONE = 0,
    PVG_AIR_ACCESS_READ = 1, /**< Also textures: read without sampler. */
    PVG_AIR_ACCESS_WRITE = 2,
    PVG_AIR_ACCESS_SAMPLE = 4, /**< Textures: sampled (and read). */
};

/** Shape of a texture parameter, from its type name (spec 07 section 4.15). */
struct pvg_air_texture_shape {
    enum pvg_air_dim dim;
    enum pvg_air_class cls;
    bool arrayed, multisampled, depth;
};

/** Interpolation of a fragment input (spec 07 section 4.8.1). */
struct pvg_air_interpolation {
    bool flat, no_perspective, centroid, sample;
    bool handle;       /**< Pull model: the parameter is an interpolant handle. */
    bool vertex_value; /**< The parameter is a per-vertex value handle. */
};

/** A function-constant gate on a parameter or result (spec 07 section 4.10). */
struct pvg_air_gate {
    LLVMValueRef global; /**< NULL: not gated. */
    bool open;           /**< Predicate under the given constants. */
};

struct pvg_air_member;

/** Interface of a mesh function (spec 07 section 4.12). */
struct pvg_air_mesh_info {
    struct pvg_air_output *vertex_outputs;
    size_t vertex_output_count;
    struct pvg_air_output *primitive_outputs;
    size_t primitive_output_count;
    uint32_t max_vertices, max_primitives;
    uint8_t vertices_per_primitive; /**< 1 point, 2 line, 3 triangle; 0 unknown. */
};

/** One parameter of the function, or one resource inside an argument buffer. */
struct pvg_air_param {
    enum pvg_air_param_kind kind;
    enum pvg_air_builtin builtin;
    unsigned index;     /**< LLVM parameter (member ordinal inside an argument buffer). */
    LLVMValueRef value; /**< LLVMGetParam(); NULL inside an argument buffer. */
    char *keyword;      /**< "air.buffer", ... */
    char *type_name;    /**< "" if absent. */
    char *name;         /**< "" if absent. */
    bool unused;        /**< The compiler states that the body does not use it. */
    bool absent;        /**< Gate closed or location -1: no resource; pointers are null, values zero. */
    struct pvg_air_gate gate;

    uint32_t location;     /**< Metal index; [[id(n)]] inside an argument buffer. */
    uint32_t array_length; /**< Consecutive slots, at least 1. */
    uint32_t access;       /**< pvg_air_access bits. */
    uint32_t address_space;
    uint32_t buffer_size;           /**< Reference-like buffer: bytes that are reachable; 0 = unbounded. */
    uint32_t type_size, type_align; /**< Of the pointee; 0 = not stated. */
    int raster_order_group;         /**< -1 = none. */

    struct pvg_air_texture_shape texture;
    struct pvg_air_interpolation interpolation;
    char *semantic; /**< Varying: link key, NULL otherwise. */

    struct pvg_air_member *members; /**< Layout of the pointee, where stated. */
    size_t member_count;

    struct pvg_air_mesh_info *mesh; /**< Kind MESH only. */
    uint32_t imageblock_size;
    bool imageblock_implicit;
};

/** A member of a struct layout (spec 07 section 4.9). */
struct pvg_air_member {
    uint32_t offset, size, array_length; /**< `array_length` 0 = not an array. */
    char *type_name, *name;
    struct pvg_air_member *nested;
    size_t nested_count;
    struct pvg_air_param *resource; /**< Argument buffers: what the member refers to; NULL = plain data. */
    int render_target;              /**< Imageblocks: colour attachment, -1 = none. */
    int raster_order_group;         /**< -1 = none. */
};

enum pvg_air_output_kind {
    PVG_AIR_OUTPUT_POSITION,
    PVG_AIR_OUTPUT_POINT_SIZE,
    PVG_AIR_OUTPUT_CLIP_DISTANCE,
    PVG_AIR_OUTPUT_LAYER,
    PVG_AIR_OUTPUT_VIEWPORT,
    PVG_AIR_OUTPUT_VARYING,
    PVG_AIR_OUTPUT_COLOR,
    PVG_AIR_OUTPUT_DEPTH,
    PVG_AIR_OUTPUT_STENCIL,
    PVG_AIR_OUTPUT_SAMPLE_MASK,
    PVG_AIR_OUTPUT_IMAGEBLOCK,
    PVG_AIR_OUTPUT_PRIMITIVE_ID, /**< Mesh. */
    PVG_AIR_OUTPUT_CULLED,       /**< Mesh. */
    PVG_AIR_OUTPUT_ACCEPT,       /**< Intersection. */
    PVG_AIR_OUTPUT_DISTANCE,     /**< Intersection. */
    PVG_AIR_OUTPUT_CONTINUE,     /**< Intersection. */
    PVG_AIR_OUTPUT_UNKNOWN,
};

enum pvg_air_depth_qualifier { PVG_AIR_DEPTH_ANY, PVG_AIR_DEPTH_GREATER, PVG_AIR_DEPTH_LESS };

/** One result. The function returns either the single result bare or a struct with one element per result, in this order. */
struct pvg_air_output {
    enum pvg_air_output_kind kind;
    unsigned member; /**< Element of the returned struct. Mesh: data index of a varying. */
    char *keyword, *type_name, *name;
    char *semantic; /**< Varying: link key, NULL otherwise. */
    bool absent;    /**< Gate closed: the struct element exists, the output does not. */
    struct pvg_air_gate gate;
    bool invariant;
    uint32_t index;       /**< Colour: render target. */
    uint32_t source;      /**< Colour: dual-source index. */
    uint32_t clip_length; /**< Clip distance: array length. */
    enum pvg_air_depth_qualifier depth;
    int raster_order_group; /**< -1 = none. */
};

/** A function constant (spec 07 section 3.10). */
struct pvg_air_fc {
    LLVMValueRef global; /**< Externally initialised global that the metadata names. */
    char *type_name, *name;
    uint32_t index;
    uint8_t size; /**< Bytes. */
    bool required;
    bool used;     /**< Something other than the metadata refers to it. */
    bool supplied; /**< The caller gave a value. */
    uint64_t bits; /**< Value in effect; 0 unless supplied. */
};

/** A constexpr sampler held in a global (spec 07 section 3.11). */
struct pvg_air_sampler_state {
    LLVMValueRef global;
    uint64_t word0, word1;
};

struct pvg_air_entry {
    enum pvg_air_stage stage;
    char *name;
    LLVMValueRef function;
    LLVMModuleRef module;

    struct pvg_air_param *params; /**< One per LLVM parameter, in order: params[i].index == i. */
    size_t param_count;
    struct pvg_air_output *outputs;
    size_t output_count;

    struct pvg_air_fc *constants; /**< In order of the metadata. */
    size_t constant_count;
    struct pvg_air_sampler_state *samplers; /**< Sorted by pvg_air_sampler_order(), hence stable between emission and reflection. */
    size_t sampler_count;

    uint32_t air_version, msl_version; /**< major << 16 | minor. */
    bool two_word_samplers;            /**< Sampler states of this module are [2 x i64]. */
    bool fast_math, framebuffer_fetch, denorms_disabled;
    bool early_fragment_tests;
    uint32_t max_total_threads;     /**< 0 = not stated. */
    uint32_t max_mesh_threadgroups; /**< Object functions; 0 = not stated. */
    bool patch;                     /**< Post-tessellation vertex function. */
    uint8_t patch_edges;            /**< 3 triangle, 4 quad, 2 isoline. */
    uint8_t patch_control_points;
};

/** Version named by "air.version" or "air.language_version": major << 16 | minor, 0 if absent. */
uint32_t pvg_air_module_version(LLVMModuleRef module, const char *name);

/** Entry points of a module, over all stages, in the order of the metadata. */
size_t pvg_air_entry_count(LLVMModuleRef module);
/** Stage and function of entry point `i`. @return false past the end or when the node names no function. */
bool pvg_air_entry_at(LLVMModuleRef module, size_t i, enum pvg_air_stage *stage, LLVMValueRef *function);

/**
 * Parse one entry point. `name` NULL takes the only one.
 *
 * Function constants become plain constants: the module's static initialisers are evaluated with the given values (0 where none is
 * given) and the globals that they set, like the function constants themselves, get constant initialisers, so that code that loads
 * them can be folded. The module is changed; parse it again to use other values.
 *
 * @return 0; -EINVAL (metadata broken); -ENOTSUP (static initialiser does more than spec 07 section 3.10 allows); -ENOENT (no such
 * function); -ENOMEM.
 */
int pvg_air_entry_parse(LLVMModuleRef module, const char *name, const struct pvg_air_constant_value *constants,
                        size_t constant_count, struct pvg_air_entry **out, struct pvg_error *err);
void pvg_air_entry_free(struct pvg_air_entry *entry);

/** Is `v` a function constant of the entry? Then its record. */
const struct pvg_air_fc *pvg_air_entry_constant(const struct pvg_air_entry *entry, LLVMValueRef v);

/** Index in `entry->samplers` of the constexpr sampler global `v`, or -1. */
int pvg_air_entry_sampler(const struct pvg_air_entry *entry, LLVMValueRef v);

/** Decode a sampler state of one word (`two_words` false) or two. `table_offset` is left 0. */
void pvg_air_sampler_decode(uint64_t word0, uint64_t word1, bool two_words, struct pvg_air_static_sampler *out);

/** Total order of sampler globals: dotted numeric suffix, then name. */
int pvg_air_sampler_order(LLVMValueRef a, LLVMValueRef b);

/** Shape of a texture from its MSL type name. @return false if it names no texture. */
bool pvg_air_texture_shape_parse(const char *type_name, struct pvg_air_texture_shape *out);

#endif
