/* SPDX-License-Identifier: MIT */
/* Thread, threadgroup and table memory: one variable per set of objects, an array of the narrowest element in use. */
#include "air/translate.h"

#include <errno.h>
#include <string.h>

static uint32_t scalar_elem(struct pvg_at *at, const struct pvg_at_memory *m)
{
    if (m->mixed || m->atomic || !m->scalar || pvg_at_size_of(at, m->scalar) != m->granule)
        return pvg_at_int(at, m->granule * 8);
    switch (LLVMGetTypeKind(m->scalar)) {
    case LLVMHalfTypeKind:
    case LLVMFloatTypeKind:
    case LLVMDoubleTypeKind:
        return pvg_at_type(at, m->scalar);
    default:
        return pvg_at_int(at, m->granule * 8);
    }
}

/* ---- Initial contents of tables ---------------------------------------------------------------------------------------------- */

/** Pointers to tables: their form in memory. */
static uint64_t pointer_bits(struct pvg_at *at, LLVMValueRef c)
{
    const struct pvg_at_memory *m = pvg_at_memory_of(at, c);
    int64_t bytes = 0;
    LLVMValueRef v = pvg_at_strip(c);
    for (; LLVMIsAConstantExpr(v) && LLVMGetConstOpcode(v) == LLVMGetElementPtr; v = pvg_at_strip(LLVMGetOperand(v, 0)))
        if (!pvg_at_constant_step(at, v, &bytes))
            break;
    for (const struct pvg_at_object *o = m ? m->objects : NULL; o; o = o->next) {
        if (o->value != v)
            continue;
        uint64_t offset = o->offset + (uint64_t)bytes;
        /* As values, offsets wrap; a pointer in front of its table need not come back. */
        return m->physical ? PVG_AT_TABLE_ADDRESS + offset : (uint32_t)((int64_t)offset / (int64_t)m->granule + 1);
    }
    pvg_at_refuse(at, "constant table with a pointer of an unknown form");
}

static void flatten(struct pvg_at *at, LLVMValueRef c, uint8_t *out, uint64_t size)
{
    LLVMTypeRef type = LLVMTypeOf(c);
    if (LLVMIsUndef(c) || LLVMIsPoison(c) || LLVMIsAConstantAggregateZero(c) || LLVMIsAConstantPointerNull(c) || !size)
        return;
    if (LLVMIsAConstantInt(c)) {
        if (LLVMGetIntTypeWidth(type) > 64)
            pvg_at_refuse(at, "integers of %u bits", LLVMGetIntTypeWidth(type));
        uint64_t v = LLVMConstIntGetZExtValue(c);
        memcpy(out, &v, size < 8 ? size : 8);
        return;
    }
    if (LLVMIsAConstantFP(c)) {
        LLVMBool lossy;
        double v = LLVMConstRealGetDouble(c, &lossy);
        uint64_t bits = pvg_at_is_bfloat(type) ? pvg_spv_float_bits(32, v) >> 16 : pvg_spv_float_bits((unsigned)size * 8, v);
        memcpy(out, &bits, size);
        return;
    }
    if (LLVMGetTypeKind(type) == LLVMPointerTypeKind) {
        uint64_t bits = pointer_bits(at, c);
        memcpy(out, &bits, size < 8 ? size : 8);
        return;
    }
    unsigned n;
    switch (LLVMGetTypeKind(type)) {
    case LLVMArrayTypeKind:
        n = (unsigned)LLVMGetArrayLength2(type);
        break;
    case LLVMVectorTypeKind:
        n = LLVMGetVectorSize(type);
        break;
    case LLVMStructTypeKind:
        n = LLVMCountStructElementTypes(type);
        break;
    default:
        pvg_at_refuse(at, "initial value of a global that is not plain data");
    }
    for (unsigned i = 0; i < n; i++) {
        LLVMValueRef e = LLVMGetAggregateElement(c, i);
        if (!e)
            pvg_at_refuse(at, "initial value of a global that is not plain data");
        uint64_t es = pvg_at_size_of(at, LLVMTypeOf(e));
        uint64_t off = LLVMGetTypeKind(type) == LLVMStructTypeKind ? LLVMOffsetOfElement(at->layout, type, i) : i * es;
        if (off + es > size) /* Vector padding: the last lane of three ends before it. */
            pvg_at_refuse(at, "initial value of a global with an odd layout");
        flatten(at, e, out + off, es);
    }
}

static uint32_t table_initialiser(struct pvg_at *at, const struct pvg_at_memory *m, uint32_t array_type)
{
    uint8_t *bytes = pvg_arena_alloc(&at->arena, m->bytes + 8);
    for (const struct pvg_at_object *o = m->objects; o; o = o->next) {
        LLVMValueRef init = LLVMGetInitializer(o->value);
        if (init)
            flatten(at, init, bytes + o->offset, o->size);
    }
    uint32_t *parts = pvg_arena_array(&at->arena, m->count, sizeof *parts);
    if (m->count > 60000)
        pvg_at_refuse(at, "constant table of %llu elements", (unsigned long long)m->count);
    for (uint64_t i = 0; i < m->count; i++) {
        uint64_t bits = 0;
        memcpy(&bits, bytes + i * m->granule, m->granule);
        parts[i] = pvg_spv_const(&at->b, m->elem, bits);
    }
    return pvg_spv_const_composite(&at->b, array_type, parts, m->count);
}

static uint32_t spec_op(struct pvg_at *at, SpvOp op, uint32_t x, uint32_t y)
{
    struct pvg_spv *b = &at->b;
    uint32_t u32 = pvg_spv_int(b, 32), id = pvg_spv_new_id(b);
    const uint32_t w[] = {u32, id, op, x, y};
    pvg_spv_emit(b, PVG_SPV_GLOBALS, SpvOpSpecConstantOp, w, 5);
    b->ids[id].type = u32;
    return id;
}

/** Number of elements of a threadgroup argument: known at pipeline creation. */
static uint32_t argument_elements(struct pvg_at *at, const struct pvg_at_memory *m, const struct pvg_at_object *o)
{
    for (size_t i = 0; i < at->entry->param_count; i++) {
        const struct pvg_air_param *p = &at->entry->params[i];
        if (p->value != o->value)
            continue;
        if (p->location > 30)
            pvg_at_fail(at, EINVAL, "threadgroup argument index %u", p->location);
        at->refl->threadgroup_args |= 1u << p->location;
        /* Length in bytes, a multiple of 16 (spec 06 section 15.3), divided by the element size. */
        uint32_t bytes = pvg_at_spec_constant(at, PVG_AIR_SPEC_THREADGROUP_BYTES + p->location, 16);
        return spec_op(at, SpvOpUDiv, bytes, pvg_spv_u32(&at->b, m->granule));
    }
    pvg_at_refuse(at, "threadgroup memory without an argument");
}

static bool is_dynamic(const struct pvg_at_memory *m, const struct pvg_at_object *o)
{
    return LLVMIsAArgument(o->value) && m->storage == SpvStorageClassWorkgroup;
}

/** Threadgroup arguments that pointers mix lie one after the other, behind variables of the function. */
static void place_arguments(struct pvg_at *at, struct pvg_at_memory *m, uint64_t end)
{
    uint32_t total = end ? pvg_spv_u32(&at->b, (uint32_t)(end / m->granule)) : 0;
    for (struct pvg_at_object *o = m->objects; o; o = o->next) {
        if (!is_dynamic(m, o))
            continue;
        uint32_t n = argument_elements(at, m, o);
        o->start_id = total;
        total = total ? spec_op(at, SpvOpIAdd, total, n) : n;
    }
    m->count_id = total;
    m->last_id = spec_op(at, SpvOpISub, total, pvg_spv_u32(&at->b, 1));
}

/** @return size of all objects. */
static uint64_t place_objects(struct pvg_at_memory *m)
{
    uint64_t end = 0;
    for (struct pvg_at_object *o = m->objects; o; o = o->next) {
        o->offset = is_dynamic(m, o) ? 0 : end;
        end = (end + o->size + 15) & ~(uint64_t)15;
    }
    return end;
}

static void create_variable(struct pvg_at *at, struct pvg_at_memory *m)
{
    struct pvg_spv *b = &at->b;
    uint64_t end = place_objects(m);
    bool dynamic = false;
    for (struct pvg_at_object *o = m->objects; o; o = o->next)
        dynamic |= is_dynamic(m, o);
    m->elem = scalar_elem(at, m);
    if (dynamic) {
        m->bytes = end;
        place_arguments(at, m, end);
    } else {
        m->bytes = end ? end : 16;
        if (m->bytes > 1u << 24)
            pvg_at_refuse(at, "local memory of %llu bytes", (unsigned long long)m->bytes);
        m->count = m->bytes / m->granule;
        m->count_id = pvg_spv_u32(b, (uint32_t)m->count);
        m->last_id = pvg_spv_u32(b, (uint32_t)m->count - 1);
    }
    uint32_t array;
    if (dynamic) {
        array = pvg_spv_unique(b, SpvOpTypeArray, 0, PVG_SPV(m->elem, m->count_id));
        b->ids[array].elem = m->elem;
    } else {
        array = pvg_spv_array(b, m->elem, (uint32_t)m->count);
    }
    uint32_t init = m->storage == SpvStorageClassPrivate ? table_initialiser(at, m, array) : 0;
    m->var = pvg_spv_variable(b, m->storage, array, init);
    if (m->storage != SpvStorageClassFunction) {
        at->interface = pvg_arena_grow(&at->arena, at->interface, &at->interface_cap, at->interface_count + 1, 4);
        at->interface[at->interface_count++] = m->var;
    }
    if (m->storage == SpvStorageClassTaskPayloadWorkgroupEXT)
        at->payload = m->var;
    if (m->storage == SpvStorageClassWorkgroup) {
        at->refl->uses_threadgroup_memory = true;
        at->refl->static_threadgroup_bytes += (uint32_t)m->bytes;
    }
}

void pvg_at_local_variables(struct pvg_at *at)
{
    /* Tables have pointers to others. */
    for (struct pvg_at_memory *m = at->first_memory; m; m = m->next)
        if (!m->parent && m->local)
            place_objects(m);
    /* Memory that nothing accesses needs no variable: dead globals, allocas only named by lifetime markers. */
    for (struct pvg_at_memory *m = at->first_memory; m; m = m->next)
        if (!m->parent && m->local)
            create_variable(at, m);
}

/* ---- Access ---------------------------------------------------------------------------------------------------------------- */

uint32_t pvg_at_is_table(struct pvg_at *at, uint32_t address)
{
    struct pvg_spv *b = &at->b;
    uint32_t high = pvg_spv_resize(b, pvg_spv_shr(b, address, 32), 32);
    return pvg_spv_value(b, SpvOpIEqual, pvg_spv_bool(b), PVG_SPV(high, pvg_spv_u32(b, PVG_AT_TABLE_ADDRESS >> 32)));
}

uint32_t pvg_at_table_offset(struct pvg_at *at, const struct pvg_at_memory *m, uint32_t address)
{
    struct pvg_spv *b = &at->b;
    uint32_t bytes = pvg_spv_isub(b, pvg_spv_resize(b, address, 32), pvg_spv_u32(b, (uint32_t)PVG_AT_TABLE_ADDRESS));
    return pvg_spv_shr(b, bytes, (unsigned)__builtin_ctz(m->granule));
}

uint32_t pvg_at_local_element(struct pvg_at *at, struct pvg_at_memory *m, uint32_t index)
{
    struct pvg_spv *b = &at->b;
    uint64_t c;
    uint32_t u32 = pvg_spv_int(b, 32);
    if (!m->var)
        pvg_at_refuse(at, "access to memory without an object");
    if (pvg_spv_const_bits(b, index, &c)) {
        if (m->count && c >= m->count)
            index = m->last_id;
        else if (!m->count)
            index = pvg_spv_ext(b, GLSLstd450UMin, u32, PVG_SPV(index, m->last_id));
    } else {
        /* Out-of-range access to a variable is undefined in SPIR-V (spec 06 section 15.10). */
        index = pvg_spv_ext(b, GLSLstd450UMin, u32, PVG_SPV(index, m->last_id));
    }
    return pvg_spv_value(b, SpvOpAccessChain, pvg_spv_ptr(b, m->storage, m->elem), PVG_SPV(m->var, index));
}

static uint32_t load_element(struct pvg_at *at, struct pvg_at_memory *m, uint32_t index)
{
    uint32_t p = pvg_at_local_element(at, m, index);
    if (m->storage == SpvStorageClassWorkgroup)
        return pvg_spv_value(&at->b, SpvOpLoad, m->elem, PVG_SPV(p, SpvMemoryAccessNonPrivatePointerMask));
    return pvg_spv_value(&at->b, SpvOpLoad, m->elem, PVG_SPV(p));
}

static void store_element(struct pvg_at *at, struct pvg_at_memory *m, uint32_t index, uint32_t value)
{
    uint32_t p = pvg_at_local_element(at, m, index);
    if (m->storage == SpvStorageClassWorkgroup)
        pvg_spv_op(&at->b, SpvOpStore, PVG_SPV(p, value, SpvMemoryAccessNonPrivatePointerMask));
    else
        pvg_spv_op(&at->b, SpvOpStore, PVG_SPV(p, value));
}

static uint32_t index_plus(struct pvg_at *at, uint32_t base, uint64_t n)
{
    return pvg_spv_iadd(&at->b, base, pvg_spv_u32(&at->b, (uint32_t)n));
}

/** Scalar of `size` bytes assembled out of elements, as an unsigned integer, then in its own type. */
static uint32_t load_scalar(struct pvg_at *at, struct pvg_at_memory *m, uint32_t offset, LLVMTypeRef type)
{
    struct pvg_spv *b = &at->b;
    uint64_t size = pvg_at_size_of(at, type);
    uint32_t want = pvg_at_type(at, type);
    bool is_bool = pvg_spv_info(b, want)->op == SpvOpTypeBool;
    if (!is_bool && m->elem == want && size == m->granule)
        return load_element(at, m, offset);

    uint32_t uint_elem = pvg_at_int(at, m->granule * 8), acc = 0;
    unsigned width = (unsigned)size * 8;
    for (uint64_t k = 0; k < size / m->granule; k++) {
        uint32_t piece = pvg_spv_bitcast(b, uint_elem, load_element(at, m, index_plus(at, offset, k)));
        piece = pvg_spv_shl(b, pvg_spv_resize(b, piece, width), (unsigned)k * m->granule * 8);
        acc = acc ? pvg_spv_value(b, SpvOpBitwiseOr, pvg_at_int(at, width), PVG_SPV(acc, piece)) : piece;
    }
    if (is_bool) {
        uint32_t low = pvg_spv_and(b, acc, 1);
        return pvg_spv_value(b, SpvOpINotEqual, want, PVG_SPV(low, pvg_spv_const(b, pvg_spv_type_of(b, acc), 0)));
    }
    return pvg_spv_bitcast(b, want, acc);
}

static void store_scalar(struct pvg_at *at, struct pvg_at_memory *m, uint32_t offset, LLVMTypeRef type, uint32_t value)
{
    struct pvg_spv *b = &at->b;
    uint64_t size = pvg_at_size_of(at, type);
    uint32_t have = pvg_spv_type_of(b, value);
    unsigned width = (unsigned)size * 8;
    if (pvg_spv_info(b, have)->op == SpvOpTypeBool) {
        uint32_t u = pvg_at_int(at, width);
        value = pvg_spv_value(b, SpvOpSelect, u, PVG_SPV(value, pvg_spv_const(b, u, 1), pvg_spv_const(b, u, 0)));
        have = u;
    }
    if (m->elem == have && size == m->granule) {
        store_element(at, m, offset, value);
        return;
    }
    uint32_t bits = pvg_spv_bitcast(b, pvg_at_int(at, width), value);
    for (uint64_t k = 0; k < size / m->granule; k++) {
        uint32_t piece = pvg_spv_resize(b, pvg_spv_shr(b, bits, (unsigned)k * m->granule * 8), m->granule * 8);
        store_element(at, m, index_plus(at, offset, k), pvg_spv_bitcast(b, m->elem, piece));
    }
}

uint32_t pvg_at_local_load(struct pvg_at *at, struct pvg_at_memory *m, uint32_t offset, LLVMTypeRef type)
{
    unsigned n;
    uint64_t stride = 0;
    LLVMTypeKind kind = LLVMGetTypeKind(type);
    if (kind == LLVMStructTypeKind) {
        n = LLVMCountStructElementTypes(type);
    } else if (kind == LLVMArrayTypeKind || kind == LLVMVectorTypeKind) {
        n = kind == LLVMArrayTypeKind ? (unsigned)LLVMGetArrayLength2(type) : pvg_at_lanes(at, type);
        stride = pvg_at_size_of(at, LLVMGetElementType(type));
    } else {
        return load_scalar(at, m, offset, type);
    }
    uint32_t *parts = pvg_arena_array(&at->arena, n + 1, sizeof *parts);
    for (unsigned i = 0; i < n; i++) {
        LLVMTypeRef e = kind == LLVMStructTypeKind ? LLVMStructGetTypeAtIndex(type, i) : LLVMGetElementType(type);
        uint64_t at_byte = kind == LLVMStructTypeKind ? LLVMOffsetOfElement(at->layout, type, i) : i * stride;
        parts[i] = pvg_at_local_load(at, m, index_plus(at, offset, at_byte / m->granule), e);
    }
    return pvg_spv_construct(&at->b, pvg_at_type(at, type), parts, n);
}

void pvg_at_local_store(struct pvg_at *at, struct pvg_at_memory *m, uint32_t offset, LLVMTypeRef type, uint32_t value)
{
    unsigned n;
    uint64_t stride = 0;
    LLVMTypeKind kind = LLVMGetTypeKind(type);
    if (kind == LLVMStructTypeKind) {
        n = LLVMCountStructElementTypes(type);
    } else if (kind == LLVMArrayTypeKind || kind == LLVMVectorTypeKind) {
        n = kind == LLVMArrayTypeKind ? (unsigned)LLVMGetArrayLength2(type) : pvg_at_lanes(at, type);
        stride = pvg_at_size_of(at, LLVMGetElementType(type));
    } else {
        store_scalar(at, m, offset, type, value);
        return;
    }
    bool one_lane = kind == LLVMVectorTypeKind && n == 1;
    for (unsigned i = 0; i < n; i++) {
        LLVMTypeRef e = kind == LLVMStructTypeKind ? LLVMStructGetTypeAtIndex(type, i) : LLVMGetElementType(type);
        uint64_t at_byte = kind == LLVMStructTypeKind ? LLVMOffsetOfElement(at->layout, type, i) : i * stride;
        uint32_t part = one_lane ? value : pvg_spv_extract(&at->b, value, i);
        pvg_at_local_store(at, m, index_plus(at, offset, at_byte / m->granule), e, part);
    }
}
