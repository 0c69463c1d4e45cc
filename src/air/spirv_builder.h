/* SPDX-License-Identifier: MIT */
/**
 * @file Writer of one SPIR-V module: ids, sections, unique types and constants, capabilities as used, constant folding of the
 * integer arithmetic that address computations consist of.
 */
#ifndef PVG_AIR_SPIRV_BUILDER_H
#define PVG_AIR_SPIRV_BUILDER_H

#include "air/arena.h"

#include <spirv/unified1/GLSL.std.450.h>
#include <spirv/unified1/spirv.h>

struct pvg_spv_words {
    uint32_t *data;
    size_t count, cap;
};

enum pvg_spv_section {
    PVG_SPV_CAPABILITIES,
    PVG_SPV_EXTENSIONS,
    PVG_SPV_IMPORTS,
    PVG_SPV_MEMORY_MODEL,
    PVG_SPV_ENTRY,
    PVG_SPV_MODES,
    PVG_SPV_NAMES,
    PVG_SPV_DECORATIONS,
    PVG_SPV_GLOBALS,   /**< Types, constants, module-scope variables. */
    PVG_SPV_VARIABLES, /**< Function-scope variables. */
    PVG_SPV_PROLOGUE,  /**< Start of the entry block. */
    PVG_SPV_BODY,
    PVG_SPV_FUNCTIONS, /**< Functions besides the entry point. */
    PVG_SPV_SECTION_COUNT,
};

/** What the builder remembers about an id. */
struct pvg_spv_id {
    uint32_t type;  /**< Of a value; 0 for types and labels. */
    uint16_t op;    /**< Types and constants: the opcode. */
    uint16_t width; /**< Scalar types. */
    uint32_t elem;  /**< Component, element, pointee or sampled type. */
    uint32_t count; /**< Vector, array and struct types: number of components. */
    uint64_t bits;  /**< Scalar constants. */
    const uint32_t *members;
};

struct pvg_spv_key;

struct pvg_spv {
    struct pvg_arena *arena;
    struct pvg_spv_words sections[PVG_SPV_SECTION_COUNT];
    enum pvg_spv_section at; /**< Where pvg_spv_value() and pvg_spv_op() write: BODY, PROLOGUE or FUNCTIONS. */
    struct pvg_spv_id *ids;
    size_t id_cap;
    uint32_t bound; /**< Next free id. */
    struct pvg_spv_key **table;
    size_t table_cap, table_count;
    uint32_t glsl; /**< GLSL.std.450 import, 0 until used. */
    /** Types that are asked for all the time, 0 until used; integers by signedness, numbers by width: 8, 16, 32, 64. */
    uint32_t bool_id, int_ids[2][4], float_ids[4];
};

void pvg_spv_init(struct pvg_spv *b, struct pvg_arena *arena);

/** Operand list for the functions below. */
#define PVG_SPV(...) (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)

uint32_t pvg_spv_new_id(struct pvg_spv *b);
/** Instruction with the given operand words into a section. */
void pvg_spv_emit(struct pvg_spv *b, enum pvg_spv_section s, SpvOp op, const uint32_t *words, size_t count);
/** The same at the current place. */
void pvg_spv_op(struct pvg_spv *b, SpvOp op, const uint32_t *words, size_t count);
/** Instruction with a result at the current place: `words` follow type and result id. */
uint32_t pvg_spv_value(struct pvg_spv *b, SpvOp op, uint32_t type, const uint32_t *words, size_t count);
/** The same with a result id that exists already. */
void pvg_spv_value_as(struct pvg_spv *b, SpvOp op, uint32_t type, uint32_t id, const uint32_t *words, size_t count);
/** Type or constant in the globals section; equal ones share one id. */
uint32_t pvg_spv_unique(struct pvg_spv *b, SpvOp op, uint32_t type, const uint32_t *words, size_t count);
/** GLSL.std.450 instruction. */
uint32_t pvg_spv_ext(struct pvg_spv *b, enum GLSLstd450 inst, uint32_t type, const uint32_t *words, size_t count);

void pvg_spv_capability(struct pvg_spv *b, SpvCapability cap);
void pvg_spv_extension(struct pvg_spv *b, const char *name);
void pvg_spv_name(struct pvg_spv *b, uint32_t id, const char *name);
void pvg_spv_decorate(struct pvg_spv *b, uint32_t id, SpvDecoration d, const uint32_t *words, size_t count);
/** Instruction whose operands hold a string: words before it, the string, words after it. */
void pvg_spv_emit_string(struct pvg_spv *b, enum pvg_spv_section s, SpvOp op, const uint32_t *before, size_t nbefore,
                         const char *string, const uint32_t *after, size_t nafter);

/* Types. */
uint32_t pvg_spv_void(struct pvg_spv *b);
uint32_t pvg_spv_bool(struct pvg_spv *b);
uint32_t pvg_spv_int(struct pvg_spv *b, unsigned width);
uint32_t pvg_spv_sint(struct pvg_spv *b, unsigned width);
uint32_t pvg_spv_float(struct pvg_spv *b, unsigned width);
/** Vector of `count` components; the component type itself for 1. */
uint32_t pvg_spv_vec(struct pvg_spv *b, uint32_t elem, unsigned count);
uint32_t pvg_spv_array(struct pvg_spv *b, uint32_t elem, uint32_t length);
uint32_t pvg_spv_struct(struct pvg_spv *b, const uint32_t *members, size_t count);
uint32_t pvg_spv_ptr(struct pvg_spv *b, SpvStorageClass sc, uint32_t pointee);

static inline const struct pvg_spv_id *pvg_spv_info(const struct pvg_spv *b, uint32_t id)
{
    return &b->ids[id];
}
static inline uint32_t pvg_spv_type_of(const struct pvg_spv *b, uint32_t id)
{
    return b->ids[id].type;
}
/** Component type of a vector, the type itself of a scalar. */
uint32_t pvg_spv_scalar(const struct pvg_spv *b, uint32_t type);
/** Components of a vector type; 1 for scalars. */
unsigned pvg_spv_components(const struct pvg_spv *b, uint32_t type);
/** Type with the components of `like` and the given component type. */
uint32_t pvg_spv_like(struct pvg_spv *b, uint32_t like, uint32_t elem);
bool pvg_spv_is_float(const struct pvg_spv *b, uint32_t type);
unsigned pvg_spv_width(const struct pvg_spv *b, uint32_t type);

/* Constants. */
uint32_t pvg_spv_const(struct pvg_spv *b, uint32_t type, uint64_t bits);
/** Scalar constant replicated over the components of `type`. */
uint32_t pvg_spv_splat(struct pvg_spv *b, uint32_t type, uint64_t bits);
uint32_t pvg_spv_u32(struct pvg_spv *b, uint32_t v);
uint32_t pvg_spv_u64(struct pvg_spv *b, uint64_t v);
uint32_t pvg_spv_f32(struct pvg_spv *b, float v);
uint32_t pvg_spv_true(struct pvg_spv *b);
uint32_t pvg_spv_false(struct pvg_spv *b);
uint32_t pvg_spv_null(struct pvg_spv *b, uint32_t type);
uint32_t pvg_spv_const_composite(struct pvg_spv *b, uint32_t type, const uint32_t *members, size_t count);
/** Is `id` a scalar integer constant? */
bool pvg_spv_const_bits(const struct pvg_spv *b, uint32_t id, uint64_t *bits);
/** Bits of a floating-point number in the format of `type` (16, 32 or 64 bits). */
uint64_t pvg_spv_float_bits(unsigned width, double v);

/* Scalar integer arithmetic with folding. */
uint32_t pvg_spv_iadd(struct pvg_spv *b, uint32_t x, uint32_t y);
uint32_t pvg_spv_isub(struct pvg_spv *b, uint32_t x, uint32_t y);
uint32_t pvg_spv_imul(struct pvg_spv *b, uint32_t x, uint32_t y);
uint32_t pvg_spv_shl(struct pvg_spv *b, uint32_t x, unsigned n);
uint32_t pvg_spv_shr(struct pvg_spv *b, uint32_t x, unsigned n);
uint32_t pvg_spv_and(struct pvg_spv *b, uint32_t x, uint64_t mask);
/** Zero-extend or truncate an integer (scalar or vector). */
uint32_t pvg_spv_resize(struct pvg_spv *b, uint32_t x, unsigned width);
/** Sign-extend or truncate an integer (scalar or vector). */
uint32_t pvg_spv_sresize(struct pvg_spv *b, uint32_t x, unsigned width);

uint32_t pvg_spv_bitcast(struct pvg_spv *b, uint32_t type, uint32_t x);
uint32_t pvg_spv_extract(struct pvg_spv *b, uint32_t composite, uint32_t index);
/** Build a vector, or return the only component. */
uint32_t pvg_spv_construct(struct pvg_spv *b, uint32_t type, const uint32_t *parts, size_t count);
/** Replicate a scalar over the components of `type`. */
uint32_t pvg_spv_replicate(struct pvg_spv *b, uint32_t type, uint32_t scalar);
/** Variable; function-scope ones go to the entry block. `init` may be 0. */
uint32_t pvg_spv_variable(struct pvg_spv *b, SpvStorageClass sc, uint32_t pointee, uint32_t init);

/** All sections in order, with header. */
struct pvg_spv_words pvg_spv_finish(struct pvg_spv *b, uint32_t version);

#endif
