/* SPDX-License-Identifier: MIT */
/* Loads and stores. Buffers are reached by address: every access is a scalar or a small vector (spec 07 section 6.3). */
#include "air/translate.h"

#include <errno.h>

/** Type that memory holds for a scalar: booleans are bytes. */
static uint32_t memory_type(struct pvg_at *at, LLVMTypeRef scalar)
{
    if (LLVMGetTypeKind(scalar) == LLVMIntegerTypeKind && LLVMGetIntTypeWidth(scalar) == 1)
        return pvg_at_int(at, 8);
    return pvg_at_type(at, scalar);
}

static void need_storage(struct pvg_at *at, unsigned width)
{
    if (width == 8) {
        pvg_at_need(at, PVG_AIR_NEED_STORAGE8);
        pvg_spv_capability(&at->b, SpvCapabilityStorageBuffer8BitAccess);
    } else if (width == 16) {
        pvg_at_need(at, PVG_AIR_NEED_STORAGE16);
        pvg_spv_capability(&at->b, SpvCapabilityStorageBuffer16BitAccess);
    }
}

static uint32_t access_mask(const struct pvg_at *at, bool is_volatile)
{
    uint32_t mask = SpvMemoryAccessAlignedMask;
    if (at->coherent)
        mask |= SpvMemoryAccessNonPrivatePointerMask;
    if (is_volatile)
        mask |= SpvMemoryAccessVolatileMask;
    return mask;
}

static uint32_t physical_pointer(struct pvg_at *at, uint32_t address, uint32_t type)
{
    struct pvg_spv *b = &at->b;
    need_storage(at, pvg_spv_width(b, type));
    return pvg_spv_value(b, SpvOpConvertUToPtr, pvg_spv_ptr(b, SpvStorageClassPhysicalStorageBuffer, type), PVG_SPV(address));
}

static uint32_t load_through(struct pvg_at *at, uint32_t pointer, uint32_t type, unsigned align, bool is_volatile)
{
    return pvg_spv_value(&at->b, SpvOpLoad, type, PVG_SPV(pointer, access_mask(at, is_volatile), align));
}

uint32_t pvg_at_load_raw(struct pvg_at *at, uint32_t address, uint32_t type, unsigned align)
{
    return load_through(at, physical_pointer(at, address, type), type, align, false);
}

/** One access of up to 16 bytes. */
struct access {
    LLVMValueRef pointer;
    uint32_t address;
    unsigned align; /**< That the address is known to have. */
    bool is_volatile;
    bool indexed; /**< The address is not that of the pointer: an index was added. */
};

/** Largest power of two that divides both. */
static unsigned common_align(unsigned align, uint64_t offset)
{
    uint64_t low = offset & -offset;
    return offset && low < align ? (unsigned)low : align;
}

/** Chain with bounds checks, where those are wanted. */
static uint32_t robust_chain(struct pvg_at *at, const struct pvg_at_place *p, uint32_t type, uint32_t *inside)
{
    return at->opt->robustness != PVG_AIR_ROBUST_NONE ? pvg_at_checked_chain(at, p, type, inside) : 0;
}

/** Pointer to a value of `type` at the place of an access. */
static uint32_t piece_pointer(struct pvg_at *at, const struct access *a, uint64_t offset, uint32_t type, bool write)
{
    struct pvg_spv *b = &at->b;
    struct pvg_at_place p = {.pointer = a->pointer,
                             .address = a->address,
                             .offset = offset,
                             .size = pvg_spv_width(b, type) / 8 * pvg_spv_components(b, type),
                             .indexed = a->indexed,
                             .write = write};
    need_storage(at, pvg_spv_width(b, type));
    uint32_t inside, pointer = pvg_at_fixed_pointer(at, &p, type);
    if (!pointer && pvg_at_unchecked(at, &p))
        pointer = pvg_at_chain(at, a->pointer, offset, type);
    else if (!pointer)
        pointer = robust_chain(at, &p, type, &inside);
    return pointer ? pointer : physical_pointer(at, pvg_at_checked(at, &p, &inside), type);
}

/** Load of a scalar or vector type whose natural scalar alignment the address has. */
static uint32_t load_piece(struct pvg_at *at, const struct access *a, uint64_t offset, uint32_t type)
{
    return load_through(at, piece_pointer(at, a, offset, type, false), type, common_align(a->align, offset), a->is_volatile);
}

static void store_piece(struct pvg_at *at, const struct access *a, uint64_t offset, uint32_t value)
{
    uint32_t p = piece_pointer(at, a, offset, pvg_spv_type_of(&at->b, value), true);
    pvg_spv_op(&at->b, SpvOpStore, PVG_SPV(p, value, access_mask(at, a->is_volatile), common_align(a->align, offset)));
}

/** Two words that stand for a scalar of 64 bits whose address is aligned to one: 0 if there is another way or none. */
static uint32_t two_words(struct pvg_at *at, unsigned size, unsigned have)
{
    return size == 8 && have == 4 ? pvg_spv_vec(&at->b, pvg_spv_int(&at->b, 32), 2) : 0;
}

/** Scalar behind an address that may be aligned to less than its size: narrower pieces, lowest first. */
static uint32_t load_scalar(struct pvg_at *at, const struct access *a, uint64_t offset, LLVMTypeRef scalar)
{
    struct pvg_spv *b = &at->b;
    uint32_t type = memory_type(at, scalar);
    unsigned size = pvg_spv_width(b, type) / 8, have = common_align(a->align, offset);
    uint32_t v, words = two_words(at, size, have);
    if (have >= size) {
        v = load_piece(at, a, offset, type);
    } else if (words) {
        v = pvg_spv_bitcast(b, type, load_piece(at, a, offset, words));
    } else {
        uint32_t wide = pvg_at_int(at, size * 8), narrow = pvg_at_int(at, have * 8);
        v = 0;
        for (unsigned k = 0; k < size; k += have) {
            uint32_t piece = pvg_spv_shl(b, pvg_spv_resize(b, load_piece(at, a, offset + k, narrow), size * 8), k * 8);
            v = v ? pvg_spv_value(b, SpvOpBitwiseOr, wide, PVG_SPV(v, piece)) : piece;
        }
        v = pvg_spv_bitcast(b, type, v);
    }
    uint32_t want = pvg_at_type(at, scalar);
    if (want == type)
        return v;
    return pvg_spv_value(b, SpvOpINotEqual, want, PVG_SPV(pvg_spv_and(b, v, 1), pvg_spv_const(b, type, 0)));
}

static void store_scalar(struct pvg_at *at, const struct access *a, uint64_t offset, LLVMTypeRef scalar, uint32_t v)
{
    struct pvg_spv *b = &at->b;
    uint32_t type = memory_type(at, scalar);
    unsigned size = pvg_spv_width(b, type) / 8, have = common_align(a->align, offset);
    if (pvg_spv_type_of(b, v) != type)
        v = pvg_spv_value(b, SpvOpSelect, type, PVG_SPV(v, pvg_spv_const(b, type, 1), pvg_spv_const(b, type, 0)));
    if (have >= size) {
        store_piece(at, a, offset, v);
        return;
    }
    uint32_t words = two_words(at, size, have);
    if (words) {
        store_piece(at, a, offset, pvg_spv_bitcast(b, words, v));
        return;
    }
    uint32_t bits = pvg_spv_bitcast(b, pvg_at_int(at, size * 8), v);
    for (unsigned k = 0; k < size; k += have)
        store_piece(at, a, offset + k, pvg_spv_resize(b, pvg_spv_shr(b, bits, k * 8), have * 8));
}

/** Can the vector be one access: plain scalars, aligned to the scalar, at most 16 bytes. */
static bool whole_vector(struct pvg_at *at, const struct access *a, uint64_t offset, LLVMTypeRef type)
{
    LLVMTypeRef e = LLVMGetElementType(type);
    unsigned lanes = LLVMGetVectorSize(type);
    uint64_t size = pvg_at_size_of(at, e);
    if (lanes < 2 || lanes > 4 || size * lanes > 16 || common_align(a->align, offset) < size)
        return false;
    return memory_type(at, e) == pvg_at_type(at, e);
}

static unsigned member_count(struct pvg_at *at, LLVMTypeRef type)
{
    switch (LLVMGetTypeKind(type)) {
    case LLVMStructTypeKind:
        return LLVMCountStructElementTypes(type);
    case LLVMArrayTypeKind: {
        uint64_t n = LLVMGetArrayLength2(type);
        if (n > 4096)
            pvg_at_refuse(at, "access to an array of %llu elements at once", (unsigned long long)n);
        return (unsigned)n;
    }
    case LLVMVectorTypeKind:
        return pvg_at_lanes(at, type);
    default:
        return 0;
    }
}

static LLVMTypeRef member_at(struct pvg_at *at, LLVMTypeRef type, unsigned i, uint64_t *offset)
{
    if (LLVMGetTypeKind(type) == LLVMStructTypeKind) {
        *offset = LLVMOffsetOfElement(at->layout, type, i);
        return LLVMStructGetTypeAtIndex(type, i);
    }
    LLVMTypeRef e = LLVMGetElementType(type);
    *offset = i * pvg_at_size_of(at, e);
    return e;
}

static uint32_t load_value(struct pvg_at *at, const struct access *a, uint64_t offset, LLVMTypeRef type)
{
    LLVMTypeKind kind = LLVMGetTypeKind(type);
    unsigned n = member_count(at, type);
    if (!n)
        return load_scalar(at, a, offset, type);
    if (kind == LLVMVectorTypeKind && whole_vector(at, a, offset, type))
        return load_piece(at, a, offset, pvg_at_type(at, type));
    uint32_t *parts = pvg_arena_array(&at->arena, n, sizeof *parts);
    for (unsigned i = 0; i < n; i++) {
        uint64_t off;
        LLVMTypeRef e = member_at(at, type, i, &off);
        parts[i] = load_value(at, a, offset + off, e);
    }
    return pvg_spv_construct(&at->b, pvg_at_type(at, type), parts, n);
}

static void store_value(struct pvg_at *at, const struct access *a, uint64_t offset, LLVMTypeRef type, uint32_t v)
{
    unsigned n = member_count(at, type);
    if (!n) {
        store_scalar(at, a, offset, type, v);
        return;
    }
    bool vector = LLVMGetTypeKind(type) == LLVMVectorTypeKind;
    /* Three lanes store three: the padding of the fourth stays untouched (spec 07 section 6.2). */
    if (vector && whole_vector(at, a, offset, type)) {
        store_piece(at, a, offset, v);
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        uint64_t off;
        LLVMTypeRef e = member_at(at, type, i, &off);
        store_value(at, a, offset + off, e, vector && n == 1 ? v : pvg_spv_extract(&at->b, v, i));
    }
}

static struct pvg_at_memory *local_memory(struct pvg_at *at, LLVMValueRef pointer)
{
    struct pvg_at_memory *m = pvg_at_memory_of(at, pointer);
    if (pvg_at_is_local(m))
        return m;
    unsigned as = LLVMGetPointerAddressSpace(LLVMTypeOf(pointer));
    if (m && as != 1 && as != 2)
        pvg_at_refuse_as(at, PVG_REFUSE_STORED_LOCAL_POINTER, "access through a pointer of address space %u out of memory", as);
    if (m && m->handle)
        pvg_at_refuse(at, "memory access through a texture or sampler handle");
    return NULL;
}

static struct access physical_access(struct pvg_at *at, LLVMValueRef pointer, unsigned align, bool is_volatile)
{
    if (!align)
        align = 1;
    return (struct access){
        .pointer = pointer, .address = pvg_at_use(at, pointer), .align = align > 16 ? 16 : align, .is_volatile = is_volatile};
}

/* ---- Pointers that lead to buffers or to tables ---------------------------------------------------------------------------- */

/** Tables that an access may reach besides buffers, or NULL; `*only` becomes whether it reaches nothing else. */
static struct pvg_at_memory *tables_of(struct pvg_at *at, const struct access *a, bool *only)
{
    struct pvg_at_memory *m = pvg_at_memory_of(at, a->pointer);
    struct pvg_at_origin o;
    *only = false;
    if (!m || !m->local)
        return NULL;
    pvg_at_origin(at, a->pointer, &o);
    *only = !o.unknown && !o.buffers;
    return o.unknown || o.table ? m : NULL;
}

/** Branch on whether the address is a table's. @return label of what follows; the code goes on with `yes` or, without it, `no`. */
static uint32_t branch_on_table(struct pvg_at *at, uint32_t address, uint32_t *yes, uint32_t *no)
{
    struct pvg_spv *b = &at->b;
    uint32_t end = pvg_spv_new_id(b), table = pvg_at_is_table(at, address);
    *no = pvg_spv_new_id(b);
    if (yes)
        *yes = pvg_spv_new_id(b);
    pvg_spv_op(b, SpvOpSelectionMerge, PVG_SPV(end, SpvSelectionControlMaskNone));
    pvg_spv_op(b, SpvOpBranchConditional, PVG_SPV(table, yes ? *yes : end, *no));
    pvg_at_begin_block(at, yes ? *yes : *no);
    return end;
}

static uint32_t load_any(struct pvg_at *at, const struct access *a, LLVMTypeRef type)
{
    struct pvg_spv *b = &at->b;
    bool only;
    struct pvg_at_memory *m = tables_of(at, a, &only);
    if (!m)
        return load_value(at, a, 0, type);
    if (only)
        return pvg_at_local_load(at, m, pvg_at_table_offset(at, m, a->address), type);
    uint32_t t = pvg_at_type(at, type), var = pvg_spv_variable(b, SpvStorageClassFunction, t, 0), yes, no;
    uint32_t end = branch_on_table(at, a->address, &yes, &no);
    pvg_spv_op(b, SpvOpStore, PVG_SPV(var, pvg_at_local_load(at, m, pvg_at_table_offset(at, m, a->address), type)));
    pvg_spv_op(b, SpvOpBranch, PVG_SPV(end));
    pvg_at_begin_block(at, no);
    pvg_spv_op(b, SpvOpStore, PVG_SPV(var, load_value(at, a, 0, type)));
    pvg_spv_op(b, SpvOpBranch, PVG_SPV(end));
    pvg_at_begin_block(at, end);
    return pvg_spv_value(b, SpvOpLoad, t, PVG_SPV(var));
}

/** Tables are constant: what is stored there goes nowhere. */
static void store_any(struct pvg_at *at, const struct access *a, LLVMTypeRef type, uint32_t value)
{
    bool only;
    uint32_t no, end;
    if (!tables_of(at, a, &only)) {
        store_value(at, a, 0, type, value);
        return;
    }
    if (only)
        pvg_at_refuse(at, "store to a constant global");
    end = branch_on_table(at, a->address, NULL, &no);
    store_value(at, a, 0, type, value);
    pvg_spv_op(&at->b, SpvOpBranch, PVG_SPV(end));
    pvg_at_begin_block(at, end);
}

/* ---- Load and store ---------------------------------------------------------------------------------------------------------- */

uint32_t pvg_at_load(struct pvg_at *at, LLVMValueRef pointer, LLVMTypeRef type, unsigned align, bool is_volatile)
{
    struct pvg_at_memory *m = local_memory(at, pointer);
    if (m) {
        uint32_t v = pvg_at_local_load(at, m, pvg_at_use(at, pointer), type);
        if (LLVMGetTypeKind(type) != LLVMPointerTypeKind || !pvg_at_holds_local_pointers(at, pointer))
            return v;
        return pvg_spv_isub(&at->b, pvg_spv_resize(&at->b, v, 32), pvg_spv_u32(&at->b, 1));
    }
    if (!pvg_at_memory_of(at, pointer)) /* Null or undefined: any value will do. */
        return pvg_spv_null(&at->b, pvg_at_type(at, type));
    struct access a = physical_access(at, pointer, align, is_volatile);
    return load_any(at, &a, type);
}

void pvg_at_store_id(struct pvg_at *at, LLVMValueRef pointer, LLVMTypeRef type, uint32_t id, unsigned align, bool is_volatile)
{
    struct pvg_at_memory *m = local_memory(at, pointer);
    if (m) {
        if (m->storage == SpvStorageClassPrivate)
            pvg_at_refuse(at, "store to a constant global");
        pvg_at_local_store(at, m, pvg_at_use(at, pointer), type, id);
        return;
    }
    if (!pvg_at_memory_of(at, pointer))
        return;
    struct access a = physical_access(at, pointer, align, is_volatile);
    store_any(at, &a, type, id);
}

/** Pointers that mean nothing elsewhere stay in memory that knows about them. */
static void check_stored(struct pvg_at *at, LLVMValueRef pointer, LLVMValueRef value)
{
    const struct pvg_at_memory *to = pvg_at_memory_of(at, pointer), *m;
    if (!to || pvg_at_is_local(to))
        return;
    if (LLVMGetTypeKind(LLVMTypeOf(value)) != LLVMPointerTypeKind) {
        bool number = LLVMGetTypeKind(LLVMTypeOf(value)) == LLVMIntegerTypeKind;
        if (LLVMIsALoadInst(value) &&
            (number ? pvg_at_reads_own_pointer(at, value)
                    : pvg_at_holds_own_pointers(at, LLVMGetOperand(value, 0), pvg_at_size_of(at, LLVMTypeOf(value)))))
            pvg_at_refuse_as(at, PVG_REFUSE_STORED_LOCAL_POINTER, "a pointer to memory of the thread is copied to a buffer");
        return;
    }
    m = pvg_at_memory_of(at, value);
    if (m && pvg_at_is_own_pointer(at, value))
        pvg_at_refuse_as(at, PVG_REFUSE_STORED_LOCAL_POINTER, "a pointer to %s is stored to a buffer",
                         m->storage == SpvStorageClassPrivate ? "a constant table" : "thread or threadgroup memory");
}

void pvg_at_store(struct pvg_at *at, LLVMValueRef pointer, LLVMValueRef value, unsigned align, bool is_volatile)
{
    struct pvg_spv *b = &at->b;
    uint32_t v = pvg_at_use(at, value);
    check_stored(at, pointer, value);
    if (LLVMGetTypeKind(LLVMTypeOf(value)) == LLVMPointerTypeKind && pvg_at_is_local(pvg_at_memory_of(at, value)))
        v = pvg_spv_resize(b, pvg_spv_iadd(b, v, pvg_spv_u32(b, 1)), 64);
    pvg_at_store_id(at, pointer, LLVMTypeOf(value), v, align, is_volatile);
}

/* ---- Fill and copy
 * --------------------------------------------------------------------------------------------------------------- */

#define UNROLL_LIMIT 16

/** Emits `body(at, arg, i)` for i = 0 .. count - 1 (an id): unrolled when short, else as a loop over a variable. */
static void repeat(struct pvg_at *at, uint32_t count, void (*body)(struct pvg_at *at, void *arg, uint32_t index), void *arg)
{
    struct pvg_spv *b = &at->b;
    uint32_t u32 = pvg_spv_int(b, 32);
    uint64_t known;
    if (pvg_spv_const_bits(b, count, &known) && known <= UNROLL_LIMIT) {
        for (uint64_t i = 0; i < known; i++)
            body(at, arg, pvg_spv_u32(b, (uint32_t)i));
        return;
    }
    uint32_t var = pvg_spv_variable(b, SpvStorageClassFunction, u32, 0);
    uint32_t head = pvg_spv_new_id(b), test = pvg_spv_new_id(b), run = pvg_spv_new_id(b), next = pvg_spv_new_id(b),
             end = pvg_spv_new_id(b);
    pvg_spv_op(b, SpvOpStore, PVG_SPV(var, pvg_spv_u32(b, 0)));
    pvg_spv_op(b, SpvOpBranch, PVG_SPV(head));
    pvg_at_begin_block(at, head);
    pvg_spv_op(b, SpvOpLoopMerge, PVG_SPV(end, next, SpvLoopControlMaskNone));
    pvg_spv_op(b, SpvOpBranch, PVG_SPV(test));
    pvg_at_begin_block(at, test);
    uint32_t i = pvg_spv_value(b, SpvOpLoad, u32, PVG_SPV(var));
    uint32_t more = pvg_spv_value(b, SpvOpULessThan, pvg_spv_bool(b), PVG_SPV(i, count));
    pvg_spv_op(b, SpvOpBranchConditional, PVG_SPV(more, run, end));
    pvg_at_begin_block(at, run);
    body(at, arg, i);
    pvg_spv_op(b, SpvOpBranch, PVG_SPV(next));
    pvg_at_begin_block(at, next);
    pvg_spv_op(b, SpvOpStore, PVG_SPV(var, pvg_spv_iadd(b, i, pvg_spv_u32(b, 1))));
    pvg_spv_op(b, SpvOpBranch, PVG_SPV(head));
    pvg_at_begin_block(at, end);
}

/** One side of a copy or fill. */
struct side {
    struct pvg_at_memory *m; /**< Local memory, or NULL for an address. */
    uint32_t base;           /**< Offset in elements, or address. */
    struct access a;
};

struct copy {
    struct side dst, src;
    unsigned unit; /**< Bytes per step. */
    uint32_t fill; /**< Fill: value of one unit. */
    uint32_t last; /**< Overlapping copy: index of the last unit. */
    uint32_t down; /**< Overlapping copy: condition to start with the last unit; 0 = never. */
};

static struct side make_side(struct pvg_at *at, LLVMValueRef pointer, unsigned align)
{
    struct side s = {.m = local_memory(at, pointer), .base = pvg_at_use(at, pointer)};
    if (!s.m)
        s.a = physical_access(at, pointer, align, false);
    return s;
}

static LLVMTypeRef unit_type(struct pvg_at *at, unsigned unit)
{
    return LLVMIntTypeInContext(at->mod.context, unit * 8);
}

static uint32_t read_unit(struct pvg_at *at, const struct copy *c, uint32_t index)
{
    struct pvg_spv *b = &at->b;
    const struct side *s = &c->src;
    if (s->m) {
        uint32_t step = pvg_spv_u32(b, c->unit / s->m->granule);
        return pvg_at_local_load(at, s->m, pvg_spv_iadd(b, s->base, pvg_spv_imul(b, index, step)), unit_type(at, c->unit));
    }
    struct access a = s->a;
    a.indexed = true;
    uint32_t wide = pvg_spv_resize(b, index, 64);
    a.address = pvg_spv_iadd(b, s->base, pvg_spv_imul(b, wide, pvg_spv_u64(b, c->unit)));
    return load_any(at, &a, unit_type(at, c->unit));
}

static void write_unit(struct pvg_at *at, const struct copy *c, uint32_t index, uint32_t value)
{
    struct pvg_spv *b = &at->b;
    const struct side *s = &c->dst;
    if (s->m) {
        uint32_t step = pvg_spv_u32(b, c->unit / s->m->granule);
        uint32_t offset = pvg_spv_iadd(b, s->base, pvg_spv_imul(b, index, step));
        pvg_at_local_store(at, s->m, offset, unit_type(at, c->unit), value);
        return;
    }
    struct access a = s->a;
    a.indexed = true;
    uint32_t wide = pvg_spv_resize(b, index, 64);
    a.address = pvg_spv_iadd(b, s->base, pvg_spv_imul(b, wide, pvg_spv_u64(b, c->unit)));
    store_any(at, &a, unit_type(at, c->unit), value);
}

static void copy_unit(struct pvg_at *at, void *arg, uint32_t index)
{
    const struct copy *c = arg;
    struct pvg_spv *b = &at->b;
    if (c->down)
        index = pvg_spv_value(b, SpvOpSelect, pvg_spv_int(b, 32), PVG_SPV(c->down, pvg_spv_isub(b, c->last, index), index));
    write_unit(at, c, index, read_unit(at, c, index));
}

static void fill_unit(struct pvg_at *at, void *arg, uint32_t index)
{
    const struct copy *c = arg;
    write_unit(at, c, index, c->fill);
}

/** Step of a copy or fill: an element of the local side with the wider ones, else what size and alignment of addresses allow. */
static unsigned choose_unit(const struct side *x, const struct side *y, uint64_t bytes)
{
    unsigned unit = 8;
    while (bytes % unit)
        unit /= 2;
    unsigned gx = x->m ? x->m->granule : 0, gy = y->m ? y->m->granule : 0;
    if (gx || gy)
        return gx > gy ? gx : gy;
    while (unit > 1 && (unit > x->a.align || unit > y->a.align))
        unit /= 2;
    return unit;
}

/** The steps of an address side are only known to be aligned to one unit. */
static void limit_align(struct copy *c)
{
    if (c->dst.a.align > c->unit)
        c->dst.a.align = c->unit;
    if (c->src.a.align > c->unit)
        c->src.a.align = c->unit;
}

/** Bytes of a copy or fill; UINT64_MAX where only the running code knows. */
static uint64_t copy_length(struct pvg_at *at, LLVMValueRef call, const char *what)
{
    uint64_t n;
    if (!pvg_at_const_int(LLVMGetOperand(call, 2), &n))
        return UINT64_MAX;
    if (n > 1u << 24)
        pvg_at_refuse(at, "%s of %llu bytes", what, (unsigned long long)n);
    return n;
}

/** Number of units; lengths that are not constant count bytes. */
static uint32_t unit_count(struct pvg_at *at, LLVMValueRef call, const struct copy *c, uint64_t bytes)
{
    if (bytes != UINT64_MAX)
        return pvg_spv_u32(&at->b, (uint32_t)(bytes / c->unit));
    return pvg_spv_resize(&at->b, pvg_at_use(at, LLVMGetOperand(call, 2)), 32);
}

unsigned pvg_at_call_align(LLVMValueRef call, unsigned argument)
{
    unsigned kind = LLVMGetEnumAttributeKindForName("align", 5);
    LLVMAttributeRef a = LLVMGetCallSiteEnumAttribute(call, argument + 1, kind);
    uint64_t v = a ? LLVMGetEnumAttributeValue(a) : 1;
    return v > 16 ? 16 : (unsigned)v;
}

void pvg_at_memset(struct pvg_at *at, LLVMValueRef call)
{
    struct pvg_spv *b = &at->b;
    uint64_t bytes = copy_length(at, call, "memset"), value;
    if (!bytes || !pvg_at_memory_of(at, LLVMGetOperand(call, 0)))
        return;
    struct copy c = {.dst = make_side(at, LLVMGetOperand(call, 0), pvg_at_call_align(call, 0))};
    c.unit = choose_unit(&c.dst, &c.dst, bytes);
    limit_align(&c);
    uint32_t type = pvg_at_int(at, c.unit * 8);
    if (pvg_at_const_int(LLVMGetOperand(call, 1), &value)) {
        c.fill = pvg_spv_const(b, type, (value & 0xFF) * 0x0101010101010101u);
    } else {
        uint32_t byte = pvg_spv_resize(b, pvg_at_use(at, LLVMGetOperand(call, 1)), c.unit * 8);
        c.fill = pvg_spv_imul(b, byte, pvg_spv_const(b, type, 0x0101010101010101u));
    }
    repeat(at, unit_count(at, call, &c, bytes), fill_unit, &c);
}

/** Ranges that may overlap: towards the source, so that every unit is read before it is written. */
static void order_units(struct pvg_at *at, struct copy *c, uint32_t count)
{
    struct pvg_spv *b = &at->b;
    if (c->dst.m != c->src.m)
        return;
    c->last = pvg_spv_isub(b, count, pvg_spv_u32(b, 1));
    c->down = pvg_spv_value(b, SpvOpUGreaterThan, pvg_spv_bool(b), PVG_SPV(c->dst.base, c->src.base));
}

void pvg_at_memcpy(struct pvg_at *at, LLVMValueRef call, bool overlapping)
{
    bool to_buffer = pvg_at_memory_of(at, LLVMGetOperand(call, 0)) && !local_memory(at, LLVMGetOperand(call, 0));
    uint64_t bytes = copy_length(at, call, "memcpy");
    if (to_buffer && pvg_at_holds_own_pointers(at, LLVMGetOperand(call, 1), bytes))
        pvg_at_refuse_as(at, PVG_REFUSE_STORED_LOCAL_POINTER, "a pointer to memory of the thread is copied to a buffer");
    if (!bytes || !pvg_at_memory_of(at, LLVMGetOperand(call, 0)) || !pvg_at_memory_of(at, LLVMGetOperand(call, 1)))
        return;
    struct copy c = {.dst = make_side(at, LLVMGetOperand(call, 0), pvg_at_call_align(call, 0)),
                     .src = make_side(at, LLVMGetOperand(call, 1), pvg_at_call_align(call, 1))};
    c.unit = choose_unit(&c.dst, &c.src, bytes);
    limit_align(&c);
    uint32_t count = unit_count(at, call, &c, bytes);
    if (overlapping)
        order_units(at, &c, count);
    repeat(at, count, copy_unit, &c);
}

/* ---- Atomics
 * ----------------------------------------------------------------------------------------------------------------------- */

uint32_t pvg_at_atomic_pointer(struct pvg_at *at, LLVMValueRef pointer, uint32_t scalar_type, bool result, uint32_t *semantics,
                               uint32_t *inside)
{
    struct pvg_spv *b = &at->b;
    *inside = 0;
    struct pvg_at_memory *m = local_memory(at, pointer);
    if (m) {
        if (m->elem != scalar_type)
            pvg_at_refuse(at, "atomic operation on memory that is also accessed in narrower pieces");
        *semantics = SpvMemorySemanticsWorkgroupMemoryMask;
        return pvg_at_local_element(at, m, pvg_at_use(at, pointer));
    }
    *semantics = SpvMemorySemanticsUniformMemoryMask;
    struct pvg_at_place p = {
        .pointer = pointer, .address = pvg_at_use(at, pointer), .size = pvg_spv_width(b, scalar_type) / 8, .write = true};
    uint32_t place = pvg_at_fixed_pointer(at, &p, scalar_type);
    if (place && result)
        *inside = pvg_at_fixed_inside(at, &p);
    if (!place)
        place = pvg_at_unchecked(at, &p) ? pvg_at_chain(at, pointer, 0, scalar_type) : robust_chain(at, &p, scalar_type, inside);
    return place ? place : physical_pointer(at, pvg_at_checked(at, &p, inside), scalar_type);
}

/* ---- Elements at a computed index
 * --------------------------------------------------------------------------------------------------- */

uint32_t pvg_at_load_element(struct pvg_at *at, LLVMValueRef pointer, LLVMTypeRef type, uint32_t index)
{
    struct pvg_spv *b = &at->b;
    struct pvg_at_memory *m = local_memory(at, pointer);
    uint64_t size = pvg_at_size_of(at, type);
    if (m) {
        uint32_t step = pvg_spv_imul(b, pvg_spv_resize(b, index, 32), pvg_spv_u32(b, (uint32_t)(size / m->granule)));
        return pvg_at_local_load(at, m, pvg_spv_iadd(b, pvg_at_use(at, pointer), step), type);
    }
    if (!pvg_at_memory_of(at, pointer))
        return pvg_spv_null(b, pvg_at_type(at, type));
    struct access a = physical_access(at, pointer, (unsigned)size, false);
    a.address = pvg_spv_iadd(b, a.address, pvg_spv_imul(b, index, pvg_spv_u64(b, size)));
    a.indexed = true;
    return load_any(at, &a, type);
}

void pvg_at_store_element(struct pvg_at *at, LLVMValueRef pointer, LLVMTypeRef type, uint32_t index, uint32_t value)
{
    struct pvg_spv *b = &at->b;
    struct pvg_at_memory *m = local_memory(at, pointer);
    uint64_t size = pvg_at_size_of(at, type);
    if (m) {
        uint32_t step = pvg_spv_imul(b, pvg_spv_resize(b, index, 32), pvg_spv_u32(b, (uint32_t)(size / m->granule)));
        pvg_at_local_store(at, m, pvg_spv_iadd(b, pvg_at_use(at, pointer), step), type, value);
        return;
    }
    if (!pvg_at_memory_of(at, pointer))
        return;
    struct access a = physical_access(at, pointer, (unsigned)size, false);
    a.address = pvg_spv_iadd(b, a.address, pvg_spv_imul(b, index, pvg_spv_u64(b, size)));
    a.indexed = true;
    store_any(at, &a, type, value);
}
