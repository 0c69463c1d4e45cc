/* SPDX-License-Identifier: MIT */
#include "air/import.h"

#include <string.h>

/** What the values of one base stand for, kept in function variables: the base may be defined where it does not dominate. */
struct pvg_at_import {
    struct pvg_at_import *next;
    LLVMValueRef base;
    bool pointer, handle;          /**< Used for memory accesses, as texture or sampler. */
    bool written;                  /**< Texture that the function writes. */
    uint32_t start, delta, length; /**< Variables of a pointer. */
    uint32_t row;                  /**< Variable of a handle: address of its row. */
    uint32_t id;                   /**< Value, once defined. */
};

/** Offsets in a row of the range table. */
enum { RANGE_START = 8, RANGE_ADDRESS = 16, RANGE_LENGTH = 24 };
/** Offsets in a row of the handle table. */
enum { HANDLE_SHAPE = 8, HANDLE_SAMPLED = 12, HANDLE_STORAGE = 16, HANDLE_FACES = 20, HANDLE_PLAIN = 24, HANDLE_COMPARE = 28 };

/* ---- Which values ------------------------------------------------------------------------------------------------------------ */

static bool is_pointer(LLVMValueRef v)
{
    return LLVMGetTypeKind(LLVMTypeOf(v)) == LLVMPointerTypeKind;
}

static bool is_gep(LLVMValueRef v)
{
    return LLVMIsAGetElementPtrInst(v) || (LLVMIsAConstantExpr(v) && LLVMGetConstOpcode(v) == LLVMGetElementPtr);
}

/** The value whose look-up serves `v`: address arithmetic stays in the range that it starts from. */
static LLVMValueRef base_of(LLVMValueRef v)
{
    v = pvg_at_strip(v);
    while (is_gep(v))
        v = pvg_at_strip(LLVMGetOperand(v, 0));
    return v;
}

static struct pvg_at_import *find(struct pvg_at *at, LLVMValueRef base)
{
    return pvg_ptrmap_get(&at->imports, base);
}

static struct pvg_at_import *add(struct pvg_at *at, LLVMValueRef base)
{
    struct pvg_at_import *m = find(at, base);
    if (m)
        return m;
    m = pvg_arena_alloc(&at->arena, sizeof *m);
    m->base = base;
    pvg_ptrmap_put(&at->arena, &at->imports, base, m);
    return m;
}

static bool holds_pointer(LLVMTypeRef type, unsigned depth)
{
    switch (LLVMGetTypeKind(type)) {
    case LLVMPointerTypeKind:
        return true;
    case LLVMStructTypeKind:
        for (unsigned i = 0; depth && i < LLVMCountStructElementTypes(type); i++)
            if (holds_pointer(LLVMStructGetTypeAtIndex(type, i), depth - 1))
                return true;
        return false;
    case LLVMArrayTypeKind:
        return depth && LLVMGetArrayLength2(type) && holds_pointer(LLVMGetElementType(type), depth - 1);
    default:
        return false;
    }
}

/** A memory access through `pointer`, which must be an operand of an instruction. */
static void note_access(struct pvg_at *at, LLVMValueRef pointer)
{
    const struct pvg_at_memory *m = pvg_at_memory_of(at, pointer);
    if (!is_pointer(pointer) || !m || pvg_at_is_local(m))
        return;
    struct pvg_at_origin o;
    pvg_at_origin(at, pointer, &o);
    if (!o.unknown)
        return;
    at->refl->uses_import_pointer = true;
    LLVMValueRef base = base_of(pointer);
    if (LLVMIsAInstruction(base))
        add(at, base)->pointer = true;
}

static void note_handle(struct pvg_at *at, LLVMValueRef handle, bool written)
{
    struct pvg_at_origin o;
    pvg_at_origin(at, handle, &o);
    at->mixed_handles |= o.unknown && o.root_count;
    if (!o.unknown)
        return;
    at->refl->uses_import_handle = true;
    LLVMValueRef base = pvg_at_strip(handle);
    if (!LLVMIsAInstruction(base))
        return;
    struct pvg_at_import *m = add(at, base);
    m->handle = true;
    m->written |= written;
}

/** Operations on a texture, whose first operand is its handle. */
static bool texture_call(const char *name)
{
    return strstr(name, "_texture_") || strstr(name, "_depth_");
}

static void note_call(struct pvg_at *at, LLVMValueRef call)
{
    LLVMValueRef callee = LLVMGetCalledValue(call);
    size_t len;
    const char *name = LLVMIsAFunction(callee) ? LLVMGetValueName2(callee, &len) : "";
    unsigned argc = LLVMGetNumArgOperands(call);
    if (!strncmp(name, "air.is_null_", 12) || !strncmp(name, "llvm.lifetime", 13) || !strncmp(name, "llvm.dbg", 8))
        return;
    if (!strncmp(name, "air.", 4) && texture_call(name)) {
        bool written = !strncmp(name, "air.write_", 10) || !strncmp(name, "air.atomic_", 11);
        for (unsigned i = 0; i < argc && i < 2; i++)
            if (is_pointer(LLVMGetOperand(call, i)))
                note_handle(at, LLVMGetOperand(call, i), written && !i);
        return;
    }
    for (unsigned i = 0; i < argc; i++)
        note_access(at, LLVMGetOperand(call, i));
}

/** A pointer or handle goes where its origin is lost: into an aggregate, an integer or memory. */
static void note_escape(struct pvg_at *at, LLVMValueRef v)
{
    if (!is_pointer(v)) {
        at->handles_escape |= holds_pointer(LLVMTypeOf(v), 8);
        return;
    }
    struct pvg_at_origin o;
    pvg_at_origin(at, v, &o);
    at->buffers_escape |= o.buffers != 0;
    at->handles_escape |= o.root_count != 0;
}

static void note_instruction(struct pvg_at *at, LLVMValueRef i)
{
    at->current = i;
    switch (LLVMGetInstructionOpcode(i)) {
    case LLVMLoad:
        note_access(at, LLVMGetOperand(i, 0));
        return;
    case LLVMStore:
        note_access(at, LLVMGetOperand(i, 1));
        if (holds_pointer(LLVMTypeOf(LLVMGetOperand(i, 0)), 8))
            note_escape(at, LLVMGetOperand(i, 0));
        return;
    case LLVMAtomicRMW:
    case LLVMAtomicCmpXchg:
        note_access(at, LLVMGetOperand(i, 0));
        return;
    case LLVMInsertValue:
        if (is_pointer(LLVMGetOperand(i, 1)))
            note_escape(at, LLVMGetOperand(i, 1));
        return;
    case LLVMPtrToInt:
        note_escape(at, LLVMGetOperand(i, 0));
        return;
    case LLVMCall:
        note_call(at, i);
        return;
    default:
        return;
    }
}

static uint32_t variable(struct pvg_at *at, unsigned width)
{
    return pvg_spv_variable(&at->b, SpvStorageClassFunction, pvg_spv_int(&at->b, width), 0);
}

static void make_variables(struct pvg_at *at, LLVMValueRef v)
{
    struct pvg_at_import *m = find(at, v);
    if (!m)
        return;
    if (m->pointer) {
        m->start = variable(at, 64);
        m->delta = variable(at, 64);
        m->length = variable(at, 32);
    }
    if (m->handle)
        m->row = variable(at, 64);
}

/* ---- Part 6 of the table ----------------------------------------------------------------------------------------------------- */

static uint32_t take(struct pvg_at *at, uint32_t size, uint32_t align)
{
    uint32_t offset = (at->refl->table_size + align - 1) & ~(align - 1);
    at->refl->table_size = offset + size;
    return offset;
}

static void plan_table(struct pvg_at *at)
{
    struct pvg_air_reflection *r = at->refl;
    if (r->uses_import_pointer)
        at->ranges.info.table_offset = r->import_pointer_offset = take(at, 16, 16);
    if (r->uses_import_handle)
        at->handles.info.table_offset = r->import_handle_offset = take(at, 16, 16);
    for (uint32_t i = 0; at->guest_addresses && i < at->buffer_count; i++)
        at->buffers[i].info.guest_offset = take(at, 8 * at->buffers[i].info.array_length, 8);
    for (uint32_t i = 0; at->handle_ids && i < at->texture_count; i++)
        if (!at->textures[i].faces)
            at->textures[i].info.id_offset = take(at, 4u * at->textures[i].info.array_length, 4);
    for (uint32_t i = 0; at->handle_ids && i < at->sampler_count; i++)
        at->samplers[i].id_offset = take(at, 4u * at->samplers[i].array_length, 4);
    r->table_size = take(at, 0, 16);
    if (r->table_size > PVG_AT_MAX_TABLE)
        pvg_at_refuse(at, "argument table of %u bytes", r->table_size);
}

void pvg_at_plan_imports(struct pvg_at *at)
{
    for (uint32_t n = 0; n < at->block_count; n++)
        for (LLVMValueRef i = LLVMGetFirstInstruction(at->block_of[n]); i; i = LLVMGetNextInstruction(i))
            note_instruction(at, i);
    for (uint32_t n = 0; at->imports.count && n < at->block_count; n++)
        for (LLVMValueRef i = LLVMGetFirstInstruction(at->block_of[n]); i; i = LLVMGetNextInstruction(i))
            make_variables(at, i);
    at->current = NULL;
    at->guest_addresses = at->refl->uses_import_pointer || at->buffers_escape;
    at->handle_ids = at->mixed_handles || at->handles_escape;
    /* Bound handles by number are looked up like loaded ones. */
    at->refl->uses_import_handle |= at->handle_ids && (at->texture_count || at->sampler_count);
    plan_table(at);
}

/* ---- Search ------------------------------------------------------------------------------------------------------------------ */

static uint32_t load_at(struct pvg_at *at, uint32_t address, uint64_t offset, uint32_t type, unsigned align)
{
    struct pvg_spv *b = &at->b;
    uint32_t where = pvg_spv_iadd(b, address, pvg_spv_u64(b, offset));
    uint32_t p = pvg_spv_value(b, SpvOpConvertUToPtr, pvg_spv_ptr(b, SpvStorageClassPhysicalStorageBuffer, type), PVG_SPV(where));
    return pvg_spv_value(b, SpvOpLoad, type, PVG_SPV(p, SpvMemoryAccessAlignedMask, align));
}

/**
 * `uint64_t search(uint64_t rows, uint32_t count, uint64_t key)`: address of the last row whose key is not above `key`. Row 0 has
 * key 0, so there always is one. The number of steps depends on the count alone, which the renderer bounds.
 */
static void define_search(struct pvg_at *at)
{
    struct pvg_spv *b = &at->b;
    enum pvg_spv_section old = b->at;
    uint32_t u64 = pvg_spv_int(b, 64), u32 = pvg_spv_int(b, 32), boolean = pvg_spv_bool(b);
    uint32_t type = pvg_spv_unique(b, SpvOpTypeFunction, 0, PVG_SPV(u64, u64, u32, u64));
    uint32_t entry = pvg_spv_new_id(b), head = pvg_spv_new_id(b), body = pvg_spv_new_id(b), next = pvg_spv_new_id(b),
             end = pvg_spv_new_id(b), more = pvg_spv_new_id(b), row = pvg_spv_new_id(b), left = pvg_spv_new_id(b);
    b->at = PVG_SPV_FUNCTIONS;
    at->search_fn = pvg_spv_new_id(b);
    if (at->opt->debug_names)
        pvg_spv_name(b, at->search_fn, "import_search");
    pvg_spv_value_as(b, SpvOpFunction, u64, at->search_fn, PVG_SPV(SpvFunctionControlMaskNone, type));
    uint32_t rows = pvg_spv_value(b, SpvOpFunctionParameter, u64, NULL, 0);
    uint32_t count = pvg_spv_value(b, SpvOpFunctionParameter, u32, NULL, 0);
    uint32_t key = pvg_spv_value(b, SpvOpFunctionParameter, u64, NULL, 0);
    pvg_spv_op(b, SpvOpLabel, PVG_SPV(entry));
    pvg_spv_op(b, SpvOpBranch, PVG_SPV(head));
    pvg_spv_op(b, SpvOpLabel, PVG_SPV(head));
    uint32_t new_row = pvg_spv_new_id(b), new_left = pvg_spv_new_id(b);
    pvg_spv_value_as(b, SpvOpPhi, u64, row, PVG_SPV(rows, entry, new_row, next));
    pvg_spv_value_as(b, SpvOpPhi, u32, left, PVG_SPV(count, entry, new_left, next));
    pvg_spv_value_as(b, SpvOpUGreaterThan, boolean, more, PVG_SPV(left, pvg_spv_u32(b, 1)));
    pvg_spv_op(b, SpvOpLoopMerge, PVG_SPV(end, next, SpvLoopControlMaskNone));
    pvg_spv_op(b, SpvOpBranchConditional, PVG_SPV(more, body, end));
    pvg_spv_op(b, SpvOpLabel, PVG_SPV(body));
    uint32_t half = pvg_spv_shr(b, left, 1);
    uint32_t middle = pvg_spv_iadd(b, row, pvg_spv_shl(b, pvg_spv_resize(b, half, 64), 5));
    uint32_t there = load_at(at, middle, 0, u64, 16);
    uint32_t up = pvg_spv_value(b, SpvOpULessThanEqual, boolean, PVG_SPV(there, key));
    pvg_spv_op(b, SpvOpBranch, PVG_SPV(next));
    pvg_spv_op(b, SpvOpLabel, PVG_SPV(next));
    pvg_spv_value_as(b, SpvOpSelect, u64, new_row, PVG_SPV(up, middle, row));
    pvg_spv_value_as(b, SpvOpISub, u32, new_left, PVG_SPV(left, half));
    pvg_spv_op(b, SpvOpBranch, PVG_SPV(head));
    pvg_spv_op(b, SpvOpLabel, PVG_SPV(end));
    pvg_spv_op(b, SpvOpReturnValue, PVG_SPV(row));
    pvg_spv_op(b, SpvOpFunctionEnd, NULL, 0);
    b->at = old;
}

static uint32_t search(struct pvg_at *at, struct pvg_at_buffer *table, uint32_t header, uint32_t key)
{
    struct pvg_spv *b = &at->b;
    pvg_at_buffer_load(at, table);
    if (!at->search_fn)
        define_search(at);
    uint32_t rows = pvg_spv_iadd(b, table->address, pvg_spv_u64(b, header));
    return pvg_spv_value(b, SpvOpFunctionCall, pvg_spv_int(b, 64),
                         PVG_SPV(at->search_fn, rows, pvg_spv_resize(b, table->length, 32), key));
}

/* ---- Pointers ---------------------------------------------------------------------------------------------------------------- */

static struct pvg_at_range look_up_pointer(struct pvg_at *at, uint32_t value)
{
    struct pvg_spv *b = &at->b;
    uint32_t row = search(at, &at->ranges, 0, value), u64 = pvg_spv_int(b, 64);
    struct pvg_at_range r = {.start = load_at(at, row, RANGE_START, u64, 8),
                             .length = load_at(at, row, RANGE_LENGTH, pvg_spv_int(b, 32), 8)};
    r.delta = pvg_spv_isub(b, load_at(at, row, RANGE_ADDRESS, u64, 16), r.start);
    return r;
}

/* ---- Handles ----------------------------------------------------------------------------------------------------------------- */

/** Row of an object's number; one that does not match has the wrong key. */
static uint32_t look_up_handle(struct pvg_at *at, uint32_t value)
{
    return search(at, &at->handles, PVG_AIR_IMPORT_HEADER, value);
}

void pvg_at_import_defined(struct pvg_at *at, LLVMValueRef v, uint32_t id)
{
    struct pvg_at_import *m = find(at, v);
    struct pvg_spv *b = &at->b;
    if (!m)
        return;
    if (m->pointer) {
        struct pvg_at_range r = look_up_pointer(at, id);
        pvg_spv_op(b, SpvOpStore, PVG_SPV(m->start, r.start));
        pvg_spv_op(b, SpvOpStore, PVG_SPV(m->delta, r.delta));
        pvg_spv_op(b, SpvOpStore, PVG_SPV(m->length, r.length));
    }
    if (m->handle)
        pvg_spv_op(b, SpvOpStore, PVG_SPV(m->row, look_up_handle(at, id)));
}

struct pvg_at_range pvg_at_import_pointer(struct pvg_at *at, LLVMValueRef pointer)
{
    struct pvg_spv *b = &at->b;
    LLVMValueRef base = base_of(pointer);
    const struct pvg_at_import *m = find(at, base);
    if (!m || !m->pointer)
        return look_up_pointer(at, pvg_at_use(at, base));
    uint32_t u64 = pvg_spv_int(b, 64);
    return (struct pvg_at_range){.start = pvg_spv_value(b, SpvOpLoad, u64, PVG_SPV(m->start)),
                                 .delta = pvg_spv_value(b, SpvOpLoad, u64, PVG_SPV(m->delta)),
                                 .length = pvg_spv_value(b, SpvOpLoad, pvg_spv_int(b, 32), PVG_SPV(m->length))};
}

/** Row of a handle, and whether it is the handle's own. */
static uint32_t row_of(struct pvg_at *at, LLVMValueRef handle, uint32_t *own)
{
    struct pvg_spv *b = &at->b;
    LLVMValueRef base = pvg_at_strip(handle);
    const struct pvg_at_import *m = find(at, base);
    uint32_t u64 = pvg_spv_int(b, 64), value = pvg_at_use(at, base);
    uint32_t row = m && m->handle ? pvg_spv_value(b, SpvOpLoad, u64, PVG_SPV(m->row)) : look_up_handle(at, value);
    uint32_t key = load_at(at, row, 0, u64, 16);
    *own = pvg_spv_value(b, SpvOpIEqual, pvg_spv_bool(b), PVG_SPV(key, value));
    return row;
}

uint32_t pvg_at_import_texture(struct pvg_at *at, LLVMValueRef handle, const struct pvg_air_texture *shape, bool any_class,
                               bool faces)
{
    struct pvg_spv *b = &at->b;
    uint32_t own, row = row_of(at, handle, &own), u32 = pvg_spv_int(b, 32), boolean = pvg_spv_bool(b);
    uint32_t want = pvg_air_import_shape(shape), code = load_at(at, row, HANDLE_SHAPE, u32, 8);
    if (any_class) {
        code = pvg_spv_and(b, code, ~(uint64_t)PVG_AIR_IMPORT_CLASS & UINT32_MAX);
        want &= ~PVG_AIR_IMPORT_CLASS;
    }
    bool storage = shape->heap == PVG_AIR_HEAP_STORAGE || shape->heap == PVG_AIR_HEAP_STORAGE_TEXEL;
    unsigned column = storage ? HANDLE_STORAGE : faces ? HANDLE_FACES : HANDLE_SAMPLED;
    uint32_t index = load_at(at, row, column, u32, 4);
    uint32_t fits = pvg_spv_value(b, SpvOpIEqual, boolean, PVG_SPV(code, pvg_spv_u32(b, want)));
    uint32_t made = pvg_spv_value(b, SpvOpINotEqual, boolean, PVG_SPV(index, pvg_spv_u32(b, 0)));
    fits = pvg_spv_value(b, SpvOpLogicalAnd, boolean, PVG_SPV(fits, own));
    fits = pvg_spv_value(b, SpvOpLogicalAnd, boolean, PVG_SPV(fits, made));
    /* Cubes by face are arrays to the heap. */
    struct pvg_air_texture heap = *shape;
    if (faces || (storage && heap.dim == PVG_AIR_DIM_CUBE)) {
        heap.dim = PVG_AIR_DIM_2D;
        heap.arrayed = true;
    }
    uint32_t neutral =
        load_at(at, at->handles.address, 4 * (uint64_t)(pvg_air_import_shape(&heap) & ~PVG_AIR_IMPORT_TEXTURE), u32, 4);
    return pvg_spv_value(b, SpvOpSelect, u32, PVG_SPV(fits, index, neutral));
}

uint32_t pvg_at_import_sampler(struct pvg_at *at, LLVMValueRef handle, bool compare)
{
    struct pvg_spv *b = &at->b;
    uint32_t own, row = row_of(at, handle, &own), u32 = pvg_spv_int(b, 32);
    uint32_t word = load_at(at, row, compare ? HANDLE_COMPARE : HANDLE_PLAIN, u32, 4);
    return pvg_spv_value(b, SpvOpSelect, u32, PVG_SPV(own, word, pvg_spv_u32(b, 0)));
}

/** Pointer operand that the handle was loaded through, NULL if it was not loaded. */
static LLVMValueRef loaded_from(LLVMValueRef handle)
{
    LLVMValueRef base = pvg_at_strip(handle);
    if (LLVMIsAIntToPtrInst(base))
        base = LLVMGetOperand(base, 0);
    return LLVMIsALoadInst(base) ? pvg_at_strip(LLVMGetOperand(base, 0)) : NULL;
}

bool pvg_at_import_written(struct pvg_at *at, LLVMValueRef handle)
{
    const struct pvg_at_import *m = find(at, pvg_at_strip(handle));
    if (m && m->written)
        return true;
    /* The compiler may load the same member again after a fence. */
    LLVMValueRef from = loaded_from(handle);
    for (size_t i = 0; from && i < at->imports.cap; i++) {
        const struct pvg_at_import *other = at->imports.slots[i].value;
        if (other && other->written && loaded_from(other->base) == from)
            return true;
    }
    return false;
}
