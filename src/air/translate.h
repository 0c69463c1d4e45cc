/* SPDX-License-Identifier: MIT */
/**
 * @file State of one translation from AIR to SPIR-V, shared by the files that each know one part of it.
 *
 * Values: integers, floats and vectors of up to four components map one to one; bfloat is its 16-bit pattern; the 64-lane vectors
 * of simdgroup matrices are the two elements that a thread owns (spec 07 section 5.11). Pointers to buffers are 64-bit addresses.
 * Pointers to thread, threadgroup and table memory are 32-bit offsets into one variable per set of objects that pointers may mix,
 * counted in units of that variable's element; where tables and buffers mix, both are addresses. Texture handles are 64-bit values
 * holding a heap index, sampler handles hold the table word of the plain use in the low and of the comparing use in the high half.
 * Where pointers or handles come from memory or go there they have the form that memory holds instead (import.h).
 */
#ifndef PVG_AIR_TRANSLATE_H
#define PVG_AIR_TRANSLATE_H

#include "air/cfg.h"
#include "air/entry.h"
#include "air/refuse.h"
#include "air/spirv_builder.h"

#include <llvm-c/Target.h>

/** A value of the LLVM function. */
struct pvg_at_value {
    uint32_t id;   /**< SPIR-V id; 0 until computed. */
    uint32_t type; /**< SPIR-V type. */
    uint32_t var;  /**< Function variable that carries it where `id` does not dominate a use; 0 = none. */
    uint32_t phi;  /**< Phis: variable that the incoming edges store to; 0 = none. */
};

/** Objects that one memory holds. */
struct pvg_at_object {
    LLVMValueRef value; /**< Alloca, global or threadgroup parameter. */
    uint64_t offset;    /**< In bytes. */
    uint64_t size;
    uint32_t start_id; /**< Index of its first element where that is known at pipeline creation only; else 0. */
    struct pvg_at_object *next;
};

/**
 * A set of pointers that may reach the same objects. Local ones become one variable, an array of `elem`; the others are addresses.
 * Where constant tables and buffers mix, the tables have addresses, too, which no buffer has.
 */
struct pvg_at_memory {
    struct pvg_at_memory *next;   /**< In order of discovery: output must not depend on addresses. */
    struct pvg_at_memory *parent; /**< Union-find link; NULL for the representative. */
    bool local, physical, handle; /**< What reaches it; one, or tables and buffers. */
    bool loaded;                  /**< So far, all that is known of it are pointers that come from memory. */
    struct pvg_at_field *fields;  /**< Places that hold pointers to objects of the function (pointees.h). */
    unsigned field_count;
    bool flat;       /**< All places are one. */
    uint64_t period; /**< Places this far apart are one; 0 = none are. */
    SpvStorageClass storage;
    struct pvg_at_object *objects;
    unsigned granule;   /**< Bytes of one element. */
    unsigned copy_unit; /**< Copies may go in steps of this many bytes. */
    LLVMTypeRef scalar; /**< Scalar type of all accesses, NULL while none was seen. */
    bool mixed;         /**< Accesses of several scalar types: elements are unsigned integers. */
    bool atomic;        /**< Atomic operations reach it. */
    bool whole_copy;    /**< Reached by a memory copy or fill. */
    uint64_t bytes;     /**< Total size; 0 with `length_id` for threadgroup arguments. */
    uint32_t elem;      /**< SPIR-V element type. */
    uint32_t var;       /**< SPIR-V variable. */
    uint32_t count_id;  /**< Number of elements (constant or specialisation constant). */
    uint32_t last_id;   /**< Index of the last element. */
    uint64_t count;     /**< The same, 0 if only known at pipeline creation. */
};

/** Null among the pointers to local memory, which are offsets. In memory all are one more, in 64 bits, and null is 0. */
#define PVG_AT_LOCAL_NULL UINT32_MAX

/** Address of the first table among those that mix with buffers. Neither guests nor devices have memory there. */
#define PVG_AT_TABLE_ADDRESS UINT64_C(0xFFFFFFFE80000000)

/** Are pointers to the memory, which may be NULL, offsets into its variable? */
static inline bool pvg_at_is_local(const struct pvg_at_memory *m)
{
    return m && m->local && !m->physical;
}

/** A buffer slot in the argument table. */
struct pvg_at_buffer {
    struct pvg_air_buffer info;
    uint32_t address, length; /**< Loaded table entry (ids); 0 until used. */
    uint32_t guest, delta;    /**< With guest addresses: the guest's address, device address minus it (ids). */
};

/** A word of part 7 as the code has it. */
struct pvg_at_check {
    uint32_t type, id;
};

struct pvg_at_texture {
    struct pvg_air_texture info;
    uint32_t param; /**< Entry parameter. */
    bool faces;     /**< Second entry of a cube that is read or written: its faces as a 2D array. */
};

struct pvg_at_sampler {
    uint16_t index, array_length;
    uint32_t param;
    bool plain, compare;
    bool scales[2]; /**< Plain, compare: calls that take coordinates in texels, if the sampler has such. */
    uint32_t plain_offset, compare_offset;
    uint32_t id_offset; /**< Numbers of the bound objects; 0 = not in the table. */
    uint32_t handle;
};

/** With numbers as handles: bit of constexpr samplers, which have none. No use of the word's own. */
#define PVG_AT_STATIC_HANDLE (UINT64_C(1) << 62)

struct pvg_at_static_sampler {
    LLVMValueRef value; /**< Global, or the constant expression of old modules. */
    uint64_t word0, word1;
    bool plain, compare;
    struct pvg_air_static_sampler info;
    uint32_t compare_offset;
    uint32_t handle;
};

/** An image or sampler array of the heap. */
struct pvg_at_heap_var {
    uint32_t key;
    uint32_t var, type;
};

/** A value that all uses share (pvg_at_shared()). */
struct pvg_at_shared {
    uint32_t x, y, id;
};

/** A varying or attribute variable. */
struct pvg_at_io {
    uint32_t key;
    uint32_t var;
    uint32_t type; /**< Pointee. */
};

/** A struct in memory that grows with what is read of it. */
struct pvg_at_block_member {
    uint32_t offset, type;
};
struct pvg_at_block {
    uint32_t type, pointer; /**< Ids of the struct and of the pointer to it; 0 until used. */
    struct pvg_at_block_member *members;
    size_t count, cap;
};

/** Records in buffer memory as a struct that grows with what is accessed of them (chain.c). */
struct pvg_at_view {
    struct pvg_at_block block;
    uint64_t stride;               /**< From one record to the next; 0 = there is one. */
    struct pvg_at_view *same_root; /**< Other view of the same pointer. */
    struct pvg_at_view *next;
};

struct pvg_at {
    struct pvg_arena arena;
    struct pvg_spv b;
    struct pvg_error *err;
    const struct pvg_air_options *opt;
    struct pvg_air_module mod;
    struct pvg_air_entry *entry;
    LLVMValueRef fn;
    LLVMTargetDataRef layout;
    struct pvg_air_reflection *refl; /**< malloc'ed, with malloc'ed arrays. */
    uint32_t needs;

    struct {
        LLVMTypeRef type;
        uint32_t id;
    } types[16];                /**< Those asked for last, by address. */
    struct pvg_ptrmap values;   /**< LLVMValueRef -> struct pvg_at_value. */
    struct pvg_ptrmap memories; /**< LLVMValueRef (pointers) -> struct pvg_at_memory. */
    struct pvg_at_memory *first_memory, *last_memory;
    LLVMValueRef *pointer_moves; /**< Instructions that move pointers from or to memory. */
    size_t pointer_move_count, pointer_move_cap;
    struct pvg_ptrmap origins; /**< LLVMValueRef (pointers) -> struct pvg_at_origin. */
    struct pvg_ptrmap views;   /**< LLVMValueRef (pointers) -> last struct pvg_at_view. */
    struct pvg_at_view *first_view, *last_view;
    bool pointers_known; /**< `memories` is complete. */
    uint32_t search_steps, search_depth;
    struct pvg_ptrmap blocks; /**< LLVMBasicBlockRef -> node number + 1. */
    LLVMBasicBlockRef *block_of;
    uint32_t block_count;
    struct pvg_cfg_plan *plan;
    uint32_t *label_id;   /**< SPIR-V id of every label of the plan. */
    uint32_t *plan_vars;  /**< Function variables of the plan. */
    uint32_t at_label;    /**< SPIR-V label of the current block. */
    LLVMValueRef current; /**< Instruction being translated, for messages. */

    uint32_t main_fn;
    uint32_t *interface;
    size_t interface_count, interface_cap;
    struct pvg_at_io *ios;
    size_t io_count, io_cap;
    struct pvg_at_heap_var *heap_vars;
    size_t heap_var_count, heap_var_cap;
    struct pvg_at_shared *shared;
    size_t shared_count, shared_cap;

    uint32_t push;       /**< Push block variable. */
    uint32_t push_value; /**< The same, loaded; 0 until used. */
    struct pvg_at_block push_block, table_block;
    uint32_t group_size;  /**< Threads per threadgroup as a vector constant; 0 until used. */
    uint32_t table_value; /**< The table's members (id). */
    uint32_t table;       /**< Address of this stage's table (id). */
    struct pvg_at_buffer *buffers;
    uint32_t buffer_count;
    struct pvg_at_buffer *pulls;
    uint32_t pull_count;
    struct pvg_air_check *checks; /**< Part 7 of the table. */
    struct pvg_at_check *check_ids;
    uint32_t check_count;
    size_t check_cap, check_id_cap;
    struct pvg_at_texture *textures;
    uint32_t texture_count;
    size_t texture_cap;
    struct pvg_at_sampler *samplers;
    uint32_t sampler_count;
    struct pvg_at_static_sampler *statics;
    uint32_t static_count;
    size_t static_cap;

    struct pvg_at_mesh *mesh; /**< Object and mesh functions. */
    uint32_t payload;         /**< Object and mesh functions: payload variable, 0 = none. */

    /* import.c */
    struct pvg_ptrmap imports;            /**< LLVMValueRef -> struct pvg_at_import. */
    struct pvg_at_buffer ranges, handles; /**< Entries of the tables to search. */
    uint32_t search_fn;                   /**< SPIR-V function, 0 until used. */
    bool guest_addresses;                 /**< Pointers to buffers are guest addresses. */
    unsigned defined_kind;                /**< Metadata of divisions whose divisor is neither 0 nor overflows; 0: none has it. */
    bool handle_ids;                      /**< Bound handles are numbers of objects. */
    bool mixed_handles, handles_escape, buffers_escape;
    struct {
        const void *fn; /**< struct pvg_lm_function. */
        uint32_t type, id;
    } helpers[160]; /**< SPIR-V functions made so far (libm.h). */
    uint32_t helper_count;

    bool coherent; /**< Accesses to buffers and textures take part in synchronisation between threads. */
    bool ordered;  /**< The function is a critical section of its pixel (raster_order.c). */
    bool uses_discard;
    bool widen; /**< The device lacks 8-bit or 16-bit types that the function uses (narrow.h). */
};

/** End the translation with an error: 0 < -code. The message is prefixed with function and location. */
_Noreturn void pvg_at_fail(struct pvg_at *at, int code, const char *fmt, ...) PVG_PRINTF(3, 4);
/** A construct that is not supported (-ENOTSUP). */
_Noreturn void pvg_at_refuse(struct pvg_at *at, const char *fmt, ...) PVG_PRINTF(2, 3);
/** A construct of a documented class (refuse.h): Vulkan cannot express it. */
_Noreturn void pvg_at_refuse_as(struct pvg_at *at, enum pvg_air_refusal_class c, const char *fmt, ...) PVG_PRINTF(3, 4);
void pvg_at_need(struct pvg_at *at, enum pvg_air_need need);
/** Scope constant of operations that reach across threadgroups. */
uint32_t pvg_at_device_scope(struct pvg_at *at);

/* prepare.c */
void pvg_at_prepare(struct pvg_at *at);

/* types.c */
uint32_t pvg_at_type(struct pvg_at *at, LLVMTypeRef type);
/** Type of a value: as pvg_at_type(), except for pointers to local memory. */
uint32_t pvg_at_value_type(struct pvg_at *at, LLVMValueRef v);
/** Number of lanes of an LLVM vector that the translation represents; 1 for scalars. */
unsigned pvg_at_lanes(struct pvg_at *at, LLVMTypeRef type);
LLVMTypeRef pvg_at_element(LLVMTypeRef type);
uint64_t pvg_at_size_of(struct pvg_at *at, LLVMTypeRef type);
bool pvg_at_is_bfloat(LLVMTypeRef type);
/** Scalar integer or float type with its capability and device needs. */
uint32_t pvg_at_int(struct pvg_at *at, unsigned width);
uint32_t pvg_at_float(struct pvg_at *at, unsigned width);

/* values.c */
struct pvg_at_value *pvg_at_value(struct pvg_at *at, LLVMValueRef v);
/** SPIR-V id of an operand at the current place. */
uint32_t pvg_at_use(struct pvg_at *at, LLVMValueRef v);
/** The same for a place of the given type: null and undefined pointers take on its width. */
uint32_t pvg_at_use_as(struct pvg_at *at, LLVMValueRef v, uint32_t type);
/** Record the result of an instruction. */
void pvg_at_define(struct pvg_at *at, LLVMValueRef v, uint32_t id);
uint32_t pvg_at_operand(struct pvg_at *at, LLVMValueRef inst, unsigned i);
/** Instructions whose result has to go through a variable because of the plan. */
void pvg_at_plan_values(struct pvg_at *at);
bool pvg_at_const_int(LLVMValueRef v, uint64_t *out);

/* pointer.c */
void pvg_at_analyse_pointers(struct pvg_at *at);
/** Memory that a pointer belongs to; NULL for null and undefined pointers. */
struct pvg_at_memory *pvg_at_memory_of(struct pvg_at *at, LLVMValueRef pointer);
/** Where an address comes from. */
struct pvg_at_origin {
    uint64_t buffers; /**< Bit per entry of at->buffers. */
    bool unknown;     /**< Also from memory or integers. */
    bool table;       /**< Also from a constant table that mixes with buffers. */
    bool handle;      /**< From a texture or sampler parameter, or a static sampler. */
    bool null;
    LLVMValueRef roots[8]; /**< Handle roots. */
    unsigned root_count;
};
void pvg_at_origin(struct pvg_at *at, LLVMValueRef pointer, struct pvg_at_origin *out);
/** Pointer operand after casts. */
LLVMValueRef pvg_at_strip(LLVMValueRef v);
/** Add the distance that a constant expression of address arithmetic goes, in bytes. @return false when it is not known. */
bool pvg_at_constant_step(struct pvg_at *at, LLVMValueRef gep, int64_t *bytes);
uint32_t pvg_at_gep(struct pvg_at *at, LLVMValueRef gep);
/** Local pointers: SPIR-V offset of an object's start. */
uint32_t pvg_at_object_pointer(struct pvg_at *at, LLVMValueRef object);

/* pointees.c */
/** Does the place behind `pointer` hold pointers to local memory? */
bool pvg_at_holds_local_pointers(struct pvg_at *at, LLVMValueRef pointer);
/** Do the `size` bytes there hold such pointers, or some to tables that mix with buffers? */
bool pvg_at_holds_own_pointers(struct pvg_at *at, LLVMValueRef pointer, uint64_t size);
/**
 * Does a load of a number read such a pointer? Where the place is not known, as behind the links of a list, it is taken for the
 * number that it looks like: Metal has no pointers to thread memory in buffers.
 */
bool pvg_at_reads_own_pointer(struct pvg_at *at, LLVMValueRef load);
/** A pointer that means nothing outside of this thread: to local memory, or maybe to a table that mixes with buffers. */
bool pvg_at_is_own_pointer(struct pvg_at *at, LLVMValueRef pointer);

/* memory.c */
uint32_t pvg_at_load(struct pvg_at *at, LLVMValueRef pointer, LLVMTypeRef type, unsigned align, bool is_volatile);
void pvg_at_store(struct pvg_at *at, LLVMValueRef pointer, LLVMValueRef value, unsigned align, bool is_volatile);
/** Store an id of the given LLVM type. */
void pvg_at_store_id(struct pvg_at *at, LLVMValueRef pointer, LLVMTypeRef type, uint32_t id, unsigned align, bool is_volatile);
/** Alignment, at most 16, that a call states for an argument. */
unsigned pvg_at_call_align(LLVMValueRef call, unsigned argument);
void pvg_at_memset(struct pvg_at *at, LLVMValueRef call);
/** llvm.memcpy, or with `overlapping` llvm.memmove. */
void pvg_at_memcpy(struct pvg_at *at, LLVMValueRef call, bool overlapping);
/**
 * SPIR-V pointer to one scalar for atomics, the memory's semantics bit, and the condition of pvg_at_checked(), which may be missing
 * where nothing uses the `result` of the operation.
 */
uint32_t pvg_at_atomic_pointer(struct pvg_at *at, LLVMValueRef pointer, uint32_t scalar_type, bool result, uint32_t *semantics,
                               uint32_t *inside);
/** Element `index` (u64) of an array of scalars behind a pointer. */
uint32_t pvg_at_load_element(struct pvg_at *at, LLVMValueRef pointer, LLVMTypeRef type, uint32_t index);
void pvg_at_store_element(struct pvg_at *at, LLVMValueRef pointer, LLVMTypeRef type, uint32_t index, uint32_t value);
/** Raw access to device memory at an address, without bounds check. */
uint32_t pvg_at_load_raw(struct pvg_at *at, uint32_t address, uint32_t type, unsigned align);

/* local.c: thread, threadgroup and table memory */
uint32_t pvg_at_local_load(struct pvg_at *at, struct pvg_at_memory *m, uint32_t offset, LLVMTypeRef type);
void pvg_at_local_store(struct pvg_at *at, struct pvg_at_memory *m, uint32_t offset, LLVMTypeRef type, uint32_t value);
/** Tables that mix with buffers: is it an address of theirs? */
uint32_t pvg_at_is_table(struct pvg_at *at, uint32_t address);
/** Such an address as an offset. */
uint32_t pvg_at_table_offset(struct pvg_at *at, const struct pvg_at_memory *m, uint32_t address);
/** Access chain to one element; the index is clamped. */
uint32_t pvg_at_local_element(struct pvg_at *at, struct pvg_at_memory *m, uint32_t index);
void pvg_at_local_variables(struct pvg_at *at);

/* chain.c */
/** Pointer to `type`, `offset` bytes behind a pointer to buffer memory; 0 where its address must do. */
uint32_t pvg_at_chain(struct pvg_at *at, LLVMValueRef pointer, uint64_t offset, uint32_t type);
struct pvg_at_place;
/**
 * The same with bounds checks, for records of a bound buffer: leads elsewhere where the place is outside. `*inside` becomes the
 * condition that it is not.
 */
uint32_t pvg_at_checked_chain(struct pvg_at *at, const struct pvg_at_place *place, uint32_t type, uint32_t *inside);
/** Shorten the function, then declare the types of memory that it uses. */
void pvg_at_optimize(struct pvg_at *at);

/* robust.c */
/** An access to device memory. */
struct pvg_at_place {
    LLVMValueRef pointer; /**< What tells where the memory comes from. */
    uint32_t address;     /**< Where it is, without `offset`. */
    uint64_t offset;
    uint32_t size;
    bool indexed; /**< `address` is not that of `pointer`: an index was added. */
    bool write;
};
/**
 * Address to use for an access: where the place lies outside of its buffer, one of zeros or one that nobody reads. `*ok` becomes
 * the condition that it lies inside, or 0 where that is not asked.
 */
uint32_t pvg_at_checked(struct pvg_at *at, const struct pvg_at_place *p, uint32_t *ok);
/** Bytes `offset` to `offset + size` of each of the records behind a pointer. */
struct pvg_at_records {
    LLVMValueRef root;
    uint32_t stride, offset, size;
};
/** Is the value the start of a bound buffer? */
bool pvg_at_is_buffer(struct pvg_at *at, LLVMValueRef v);
/**
 * Condition that record `index`, of 32 bits with sign or of 64, of a bound buffer is inside, and a pointer to `type` for accesses
 * that are not. @return 0 when that takes the address.
 */
uint32_t pvg_at_record_inside(struct pvg_at *at, const struct pvg_at_records *r, uint32_t index, bool write, uint32_t type,
                              uint32_t *elsewhere);
/** Is the place accessed where its pointer says, whatever that is? */
bool pvg_at_unchecked(struct pvg_at *at, const struct pvg_at_place *p);
/**
 * Pointer to a value of `type` at a fixed place of a bound buffer, checked where that is wanted, out of the table.
 * @return 0 when the place is not fixed.
 */
uint32_t pvg_at_fixed_pointer(struct pvg_at *at, const struct pvg_at_place *p, uint32_t type);
/** Condition that such a place is inside; 0 where that is not asked. */
uint32_t pvg_at_fixed_inside(struct pvg_at *at, const struct pvg_at_place *p);

/* members.c */
/** List what the members of argument buffers refer to. */
void pvg_at_reflect_members(struct pvg_at *at);

/* layout.c */
/** Largest table that is accepted (spec 06 section 15.3). */
#define PVG_AT_MAX_TABLE 16384
void pvg_at_plan_layout(struct pvg_at *at);
/** Which of the writable textures have levels that the code names (levels.c). */
void pvg_at_plan_levels(struct pvg_at *at);
/** Address of the stage's argument table. */
uint32_t pvg_at_table_address(struct pvg_at *at);
/** Member of the push block; `offset` is always read with the same type. */
uint32_t pvg_at_push_load(struct pvg_at *at, unsigned offset, uint32_t type);
/** The same for an unsigned integer of 32, or with `wide` of 64 bits. */
uint32_t pvg_at_push_member(struct pvg_at *at, unsigned offset, bool wide);
void pvg_at_write_struct(struct pvg_at *at, const struct pvg_at_block *blk);
/** Declare push block and table, once everything that reads them is written. */
void pvg_at_write_blocks(struct pvg_at *at);
struct pvg_at_buffer *pvg_at_buffer_of(struct pvg_at *at, const struct pvg_air_param *p);
void pvg_at_buffer_load(struct pvg_at *at, struct pvg_at_buffer *buf);
uint32_t pvg_at_param_handle(struct pvg_at *at, const struct pvg_air_param *p);
uint32_t pvg_at_static_sampler(struct pvg_at *at, LLVMValueRef v);
/** Is the value a constexpr sampler? */
bool pvg_at_is_static_sampler(struct pvg_at *at, LLVMValueRef v);
/** Heap index of a constexpr sampler. */
uint32_t pvg_at_static_index(struct pvg_at *at, LLVMValueRef v, bool compare);
/** Are the coordinates of a constexpr sampler in texels? */
bool pvg_at_static_pixels(struct pvg_at *at, LLVMValueRef v);
/** A call takes the bound sampler, and its coordinates are scaled if they are in texels. */
void pvg_at_sampler_scales(struct pvg_at *at, LLVMValueRef root, bool compare);
/** Member of the argument table; `offset` is always read with the same type. */
uint32_t pvg_at_table_load(struct pvg_at *at, uint32_t offset, uint32_t type);

/* io.c */
uint32_t pvg_at_param(struct pvg_at *at, LLVMValueRef param);
/**
 * Pull model and values per vertex: input variable of the varying behind the handle `param`, whose value has the LLVM type `type`;
 * per vertex it is an array of three. @return 0 when the vertex function does not write it.
 */
uint32_t pvg_at_varying_variable(struct pvg_at *at, LLVMValueRef param, LLVMTypeRef type, bool no_perspective, uint32_t *io_type);
void pvg_at_plan_io(struct pvg_at *at);
void pvg_at_return(struct pvg_at *at, LLVMValueRef value);
void pvg_at_execution_modes(struct pvg_at *at);
/* raster_order.c */
void pvg_at_plan_raster_order(struct pvg_at *at);
void pvg_at_begin_raster_order(struct pvg_at *at);
void pvg_at_end_raster_order(struct pvg_at *at);

/** Kernels: threads past the grid return. */
void pvg_at_grid_guard(struct pvg_at *at);
uint32_t pvg_at_io_variable(struct pvg_at *at, SpvStorageClass sc, uint32_t type, uint32_t key, bool *created);
/** Change scalar type and number of components of a vector or scalar: `pad` fills missing components (0 = zeros). */
uint32_t pvg_at_fit(struct pvg_at *at, uint32_t id, uint32_t type);

/** Varyings of 64-bit integers travel as words, two numbers to a location: `half` 0 or, of three and four numbers, 1. */
bool pvg_at_is_wide(LLVMTypeRef type);
char *pvg_at_wide_semantic(struct pvg_at *at, char *semantic, unsigned half);
uint32_t pvg_at_wide_type(struct pvg_at *at, unsigned lanes, unsigned half);
uint32_t pvg_at_wide_words(struct pvg_at *at, uint32_t id, unsigned half);
/** 32-bit type of a varying from its MSL type name. */
uint32_t pvg_at_named_interface_type(struct pvg_at *at, const char *type_name);
void pvg_at_reflect_varying(struct pvg_at *at, const char *semantic, uint32_t location, uint32_t io_type, bool per_primitive);

/** Note that the function reads an attribute. @return its 32-bit type on the interface. */
uint32_t pvg_at_reflect_attribute(struct pvg_at *at, uint32_t location, LLVMTypeRef type, const char *type_name);

struct pvg_at_call;

/* tess.c: nothing happens in other functions than post-tessellation vertex functions */
void pvg_at_plan_patch(struct pvg_at *at);
/** System value; 0: not one of patches. */
uint32_t pvg_at_patch_value(struct pvg_at *at, enum pvg_air_builtin kind);
/** Attribute of the patch (spec 07 section 4.14). */
uint32_t pvg_at_patch_input(struct pvg_at *at, const struct pvg_air_param *p);
/** A call that reads a control point. @return false: it is another function. */
bool pvg_at_control_point(struct pvg_at *at, const struct pvg_at_call *c);

/* tile.c */
uint32_t pvg_at_imageblock(struct pvg_at *at, const struct pvg_air_param *p);

/* mesh.c: nothing happens in other stages */
void pvg_at_plan_mesh(struct pvg_at *at);
void pvg_at_mesh_begin(struct pvg_at *at);
/** Before the function returns. @return true when that also ended the function. */
bool pvg_at_mesh_end(struct pvg_at *at);
void pvg_at_mesh_modes(struct pvg_at *at);

/* builtins.c */
uint32_t pvg_at_builtin(struct pvg_at *at, const struct pvg_air_param *p, uint32_t type);
uint32_t pvg_at_builtin_load(struct pvg_at *at, SpvBuiltIn builtin, uint32_t type);
/** Number of the sample; the function then runs once per sample. */
uint32_t pvg_at_sample_id(struct pvg_at *at);
uint32_t pvg_at_spec_constant(struct pvg_at *at, uint32_t spec_id, uint32_t dflt);
uint32_t pvg_at_group_size(struct pvg_at *at, unsigned axis);
/** Threads per grid as pushed: 2^32 - 1 along each axis when the dispatch is indirect. */
uint32_t pvg_at_pushed_grid(struct pvg_at *at);

/* pull.c */
uint32_t pvg_at_pull(struct pvg_at *at, const struct pvg_air_pull_attribute *pull, uint32_t type);
/** The same for a given element of the buffer (u32). */
uint32_t pvg_at_pull_element(struct pvg_at *at, const struct pvg_air_pull_attribute *pull, uint32_t element, uint32_t type);
const struct pvg_air_pull_attribute *pvg_at_find_pull(const struct pvg_at *at, uint32_t location);

/* emit.c */
void pvg_at_emit_function(struct pvg_at *at);
/** Start a block inside the translation of one instruction. */
void pvg_at_begin_block(struct pvg_at *at, uint32_t label);

/* instr.c */
void pvg_at_instruction(struct pvg_at *at, LLVMValueRef inst);
/** Result of an instruction of a kind that constant expressions can be, too. @return 0: it is of another kind. */
uint32_t pvg_at_operation(struct pvg_at *at, LLVMValueRef v, LLVMOpcode op);
uint32_t pvg_at_constant(struct pvg_at *at, LLVMValueRef v);
/** Pointer as an integer: its address, or for local memory the offset in bytes. */
uint32_t pvg_at_pointer_bits(struct pvg_at *at, LLVMValueRef pointer, unsigned width);

/* call.c */
/** A call of an AIR intrinsic, its name split up (spec 07 section 5.1). */
struct pvg_at_call {
    LLVMValueRef inst;
    const char *name; /**< Whole name. */
    char op[96];      /**< Operation without "air." and "fast_", up to the type suffixes. */
    const char *rest; /**< What follows the operation in the name, "" or starting with '.'. */
    bool fast;
    bool is_signed, is_unsigned; /**< A ".s" or ".u" suffix. */
    unsigned argc;
    LLVMTypeRef type; /**< Of the result. */
    uint32_t rtype;   /**< SPIR-V type of the result; 0 for void. */
};
void pvg_at_call(struct pvg_at *at, LLVMValueRef inst);
uint32_t pvg_at_arg(struct pvg_at *at, const struct pvg_at_call *c, unsigned i);
LLVMTypeRef pvg_at_arg_type(const struct pvg_at_call *c, unsigned i);
/** The families: each returns false if the operation is not its own. The result goes to `*id`. */
bool pvg_at_intrin_math(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id);
bool pvg_at_intrin_int(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id);
bool pvg_at_intrin_convert(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id);
bool pvg_at_intrin_pack(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id);
bool pvg_at_intrin_tex(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id);
bool pvg_at_intrin_atomic(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id);
bool pvg_at_intrin_sync(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id);
/** A fence of the whole device for the memory that `flags`, as AIR writes them, name. */
enum { PVG_AT_MEMORY_DEVICE = 1, PVG_AT_MEMORY_GROUP = 2, PVG_AT_MEMORY_TEXTURE = 4 };
void pvg_at_order_memory(struct pvg_at *at, uint64_t flags);
bool pvg_at_intrin_simd(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id);
bool pvg_at_intrin_async(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id);
/** Integer type in which an asynchronous copy moves its elements, and how many make one; NULL if the size is not constant. */
LLVMTypeRef pvg_at_async_piece(LLVMValueRef call, uint64_t *pieces);
bool pvg_at_intrin_matrix(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id);
bool pvg_at_intrin_tile(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id);
bool pvg_at_intrin_mesh(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id);
bool pvg_at_intrin_misc(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id);
bool pvg_at_intrin_llvm(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id);
/** Integer intrinsics of LLVM, `op` without "llvm.". */
/** The two bytes of every 16-bit lane of `x` in the other order. */
uint32_t pvg_at_swap_bytes16(struct pvg_at *at, uint32_t x);
bool pvg_at_llvm_int(struct pvg_at *at, const struct pvg_at_call *c, const char *op, uint32_t *id);

/* bfloat */
/** 32-bit float value(s) of bfloat pattern(s) and back. */
uint32_t pvg_at_bf_to_float(struct pvg_at *at, uint32_t id);
uint32_t pvg_at_float_to_bf(struct pvg_at *at, uint32_t id);
/** What the flags of the instruction that makes a value say about it. */
LLVMFastMathFlags pvg_at_promises(LLVMValueRef v);
/** Float to integer with saturation, NaN -> 0 (spec 07 section 5.4). `is_number`: it is no NaN. */
uint32_t pvg_at_float_to_int(struct pvg_at *at, uint32_t id, uint32_t type, bool is_signed, bool is_number);

/* handles */
/** Image of the heap at the index `handle`, loaded. */
uint32_t pvg_at_heap_image(struct pvg_at *at, const struct pvg_air_texture *shape, uint32_t handle, uint32_t *image_type);
/** Value computed where the function starts, by the ids that it is made of; 0 if there is none yet. */
uint32_t pvg_at_shared(const struct pvg_at *at, uint32_t x, uint32_t y);
void pvg_at_share(struct pvg_at *at, uint32_t x, uint32_t y, uint32_t id);
uint32_t pvg_at_heap_image_pointer(struct pvg_at *at, const struct pvg_air_texture *shape, uint32_t format, uint32_t handle,
                                   bool nonuniform);

#endif
