/* SPDX-License-Identifier: MIT */
/*
 * Bounds checks on addresses, levels R1 and R2 of spec 06 section 15.10. What depends on the binding alone is computed when it is
 * bound and comes out of the table (part 7): the address of a fixed place, and up to where an index may go.
 */
#include "air/import.h"

/** Words of part 7; accesses beyond them compute what they need. */
enum { MAX_CHECKS = 256 };
/** Distances below this add up without overflow, however many indices a pointer has. */
#define MAX_STRIDE (UINT64_C(1) << 24)
enum { MAX_INDICES = 16 };

/** Word of part 7. @return its value as `type`, 0 when there is no room. */
static uint32_t check_word(struct pvg_at *at, const struct pvg_air_check *c, uint32_t type)
{
    struct pvg_spv *b = &at->b;
    for (uint32_t i = 0; i < at->check_count; i++) {
        const struct pvg_air_check *k = &at->checks[i];
        if (k->kind == c->kind && k->buffer == c->buffer && k->offset == c->offset && k->size == c->size &&
            k->stride == c->stride && k->write == c->write && at->check_ids[i].type == type)
            return at->check_ids[i].id;
    }
    if (at->check_count >= MAX_CHECKS && c->kind < PVG_AIR_CHECK_ZERO)
        return 0;
    at->checks = pvg_arena_grow(&at->arena, at->checks, &at->check_cap, at->check_count + 1, sizeof *at->checks);
    at->check_ids = pvg_arena_grow(&at->arena, at->check_ids, &at->check_id_cap, at->check_count + 1, sizeof *at->check_ids);
    if (at->check_count % 2 == 0)
        at->refl->table_size += 16;
    if (at->refl->table_size > PVG_AT_MAX_TABLE)
        pvg_at_refuse(at, "argument table of %u bytes", at->refl->table_size);
    struct pvg_air_check *k = &at->checks[at->check_count];
    *k = *c;
    k->table_offset = at->refl->table_size - (at->check_count % 2 ? 8 : 16);
    enum pvg_spv_section old = b->at;
    b->at = PVG_SPV_PROLOGUE;
    uint32_t id = pvg_at_table_load(at, k->table_offset, type);
    b->at = old;
    at->check_ids[at->check_count++] = (struct pvg_at_check){type, id};
    return id;
}

/** Number of valid starts out of a length in the code. */
static uint32_t starts_of(struct pvg_at *at, uint32_t length, uint64_t end)
{
    struct pvg_spv *b = &at->b;
    uint32_t i64 = pvg_spv_int(b, 64);
    uint32_t starts = pvg_spv_iadd(b, pvg_spv_resize(b, length, 64), pvg_spv_const(b, i64, 1 - end));
    return pvg_spv_ext(b, GLSLstd450SMax, i64, PVG_SPV(starts, pvg_spv_u64(b, 0)));
}

/** Number of places p at which an access to the bytes p + offset .. p + offset + size lies inside the buffer. */
static uint32_t valid_starts(struct pvg_at *at, struct pvg_at_buffer *buf, uint64_t offset, uint32_t size)
{
    struct pvg_air_check c = {.kind = PVG_AIR_CHECK_STARTS,
                              .buffer = (uint16_t)(buf - at->buffers),
                              .offset = (uint32_t)offset,
                              .size = size,
                              .stride = 1};
    uint32_t id = check_word(at, &c, pvg_spv_int(&at->b, 64));
    if (id)
        return id;
    pvg_at_buffer_load(at, buf);
    return starts_of(at, buf->length, offset + size);
}

/** Where an access goes instead. */
static uint32_t diverted(struct pvg_at *at, uint32_t address, uint32_t ok, bool write)
{
    struct pvg_spv *b = &at->b;
    uint64_t fixed = write ? at->opt->scratch_address : at->opt->zero_address;
    uint32_t i64 = pvg_spv_int(b, 64);
    struct pvg_air_check c = {.kind = write ? PVG_AIR_CHECK_SCRATCH : PVG_AIR_CHECK_ZERO};
    uint32_t elsewhere = fixed ? pvg_spv_u64(b, fixed) : check_word(at, &c, i64);
    return pvg_spv_value(b, SpvOpSelect, i64, PVG_SPV(ok, address, elsewhere));
}

static uint32_t inside(struct pvg_at *at, uint32_t address, uint32_t start, uint32_t starts)
{
    struct pvg_spv *b = &at->b;
    uint32_t distance = pvg_spv_isub(b, address, start);
    return pvg_spv_value(b, SpvOpULessThan, pvg_spv_bool(b), PVG_SPV(distance, starts));
}

/**
 * Through a pointer that may come from memory. The range that it names is all that is known to be mapped, so that it is checked
 * at every level of robustness. Bound buffers are ranges of their task, too.
 */
static uint32_t imported(struct pvg_at *at, const struct pvg_at_place *p, uint32_t address, uint32_t *ok)
{
    struct pvg_at_range r = pvg_at_import_pointer(at, p->pointer);
    if (p->write)
        at->refl->writes_memory = at->refl->import_written = true;
    *ok = inside(at, address, r.start, starts_of(at, r.length, p->size));
    return diverted(at, pvg_spv_iadd(&at->b, address, r.delta), *ok, p->write);
}

/* ---- Places whose distance from the start of their buffer is known in part ------------------------------------------------- */

static bool is_gep(LLVMValueRef v)
{
    return LLVMIsAGetElementPtrInst(v) || (LLVMIsAConstantExpr(v) && LLVMGetConstOpcode(v) == LLVMGetElementPtr);
}

/** Can the index, extended by its sign, not be negative? It is below 2^32 then. */
static bool not_negative(LLVMValueRef index)
{
    uint64_t c;
    if (pvg_at_const_int(index, &c))
        return c <= UINT32_MAX;
    if (!LLVMIsAZExtInst(index) || LLVMGetTypeKind(LLVMTypeOf(index)) != LLVMIntegerTypeKind)
        return false;
    LLVMTypeRef from = LLVMTypeOf(LLVMGetOperand(index, 0));
    return LLVMGetIntTypeWidth(LLVMTypeOf(index)) == 64 && LLVMGetIntTypeWidth(from) <= 32;
}

/** What a step of address arithmetic adds. */
struct step {
    bool fixed;     /**< Always the same distance. */
    bool forward;   /**< Never less than 0, and small enough for sums. */
    int64_t offset; /**< Of a fixed one. */
};

static struct step step_of(struct pvg_at *at, LLVMValueRef gep)
{
    struct step s = {.fixed = true, .forward = LLVMGetNumOperands(gep) < MAX_INDICES};
    LLVMTypeRef type = LLVMGetGEPSourceElementType(gep);
    uint64_t c;
    for (unsigned i = 1; i < (unsigned)LLVMGetNumOperands(gep); i++) {
        LLVMValueRef index = LLVMGetOperand(gep, i);
        bool known = pvg_at_const_int(index, &c);
        if (i > 1 && LLVMGetTypeKind(type) == LLVMStructTypeKind) {
            if (!known)
                return (struct step){0};
            s.offset += (int64_t)LLVMOffsetOfElement(at->layout, type, (unsigned)c);
            type = LLVMStructGetTypeAtIndex(type, (unsigned)c);
            continue;
        }
        if (i > 1)
            type = LLVMGetElementType(type);
        uint64_t stride = pvg_at_size_of(at, type);
        s.fixed &= known && stride <= MAX_STRIDE && (c <= UINT32_MAX || -c <= UINT32_MAX);
        s.forward &= stride <= MAX_STRIDE && not_negative(index);
        if (s.fixed)
            s.offset += (int64_t)(stride * c);
    }
    return s;
}

static struct pvg_at_buffer *buffer_of_argument(struct pvg_at *at, LLVMValueRef v)
{
    for (size_t i = 0; LLVMIsAArgument(v) && i < at->entry->param_count; i++) {
        const struct pvg_air_param *p = &at->entry->params[i];
        if (p->value == v && !p->absent && (p->kind == PVG_AIR_PARAM_BUFFER || p->kind == PVG_AIR_PARAM_ARGUMENT_BUFFER))
            return pvg_at_buffer_of(at, p);
    }
    return NULL;
}

bool pvg_at_is_buffer(struct pvg_at *at, LLVMValueRef v)
{
    return buffer_of_argument(at, v);
}

/** Takes the fixed steps that a pointer ends with. @return the pointer that they start from. */
static LLVMValueRef take_fixed(struct pvg_at *at, LLVMValueRef pointer, int64_t *offset)
{
    LLVMValueRef v = pvg_at_strip(pointer);
    for (unsigned n = 0; is_gep(v) && n < MAX_INDICES; n++) {
        struct step s = step_of(at, v);
        int64_t sum;
        if (!s.fixed || __builtin_add_overflow(*offset, s.offset, &sum))
            break;
        *offset = sum;
        v = pvg_at_strip(LLVMGetOperand(v, 0));
    }
    return v;
}

/** Is the pointer one that only goes forward from the start of a buffer? Its distance is less than 2^63 then. */
static bool only_forward(struct pvg_at *at, LLVMValueRef v)
{
    unsigned n = 0;
    for (; is_gep(v) && n < MAX_INDICES; n++) {
        if (!step_of(at, v).forward)
            return false;
        v = pvg_at_strip(LLVMGetOperand(v, 0));
    }
    return n < MAX_INDICES && buffer_of_argument(at, v);
}

static void note_write(struct pvg_at *at, uint64_t buffers)
{
    for (uint32_t i = 0; i < at->buffer_count; i++)
        if (buffers >> i & 1)
            at->buffers[i].info.written = true;
    if (buffers)
        at->refl->writes_memory = true;
}

/** Buffer of a place at a fixed distance from its start; NULL of others. */
static struct pvg_at_buffer *fixed_place(struct pvg_at *at, const struct pvg_at_place *p, int64_t *offset)
{
    *offset = (int64_t)p->offset;
    if (p->indexed || p->offset > UINT32_MAX)
        return NULL;
    struct pvg_at_buffer *buf = buffer_of_argument(at, take_fixed(at, p->pointer, offset));
    return buf && *offset >= 0 && *offset <= (int64_t)UINT32_MAX - p->size ? buf : NULL;
}

uint32_t pvg_at_fixed_inside(struct pvg_at *at, const struct pvg_at_place *p)
{
    struct pvg_spv *b = &at->b;
    int64_t offset;
    struct pvg_at_buffer *buf = at->opt->robustness != PVG_AIR_ROBUST_NONE ? fixed_place(at, p, &offset) : NULL;
    if (!buf)
        return 0;
    uint32_t starts = valid_starts(at, buf, (uint64_t)offset, p->size);
    return pvg_spv_value(b, SpvOpINotEqual, pvg_spv_bool(b), PVG_SPV(starts, pvg_spv_u64(b, 0)));
}

uint32_t pvg_at_fixed_pointer(struct pvg_at *at, const struct pvg_at_place *p, uint32_t type)
{
    struct pvg_spv *b = &at->b;
    int64_t offset;
    if (at->opt->robustness != PVG_AIR_ROBUST_NONE && at->opt->zero_address)
        return 0;
    struct pvg_at_buffer *buf = fixed_place(at, p, &offset);
    if (!buf)
        return 0;
    struct pvg_air_check c = {.kind = PVG_AIR_CHECK_POINTER,
                              .buffer = (uint16_t)(buf - at->buffers),
                              .offset = (uint32_t)offset,
                              .size = p->size,
                              .write = p->write,
                              .unchecked = at->opt->robustness == PVG_AIR_ROBUST_NONE};
    /* Types that the device may lack (narrow.h) stay out of the table's. */
    uint32_t pointer = pvg_spv_ptr(b, SpvStorageClassPhysicalStorageBuffer, type);
    bool narrow = pvg_spv_width(b, type) < 32;
    uint32_t id = check_word(at, &c, narrow ? pvg_spv_int(b, 64) : pointer);
    if (id && p->write)
        note_write(at, (uint64_t)1 << c.buffer);
    return id && narrow ? pvg_spv_value(b, SpvOpConvertUToPtr, pointer, PVG_SPV(id)) : id;
}

uint32_t pvg_at_record_inside(struct pvg_at *at, const struct pvg_at_records *r, uint32_t index, bool write, uint32_t type,
                              uint32_t *elsewhere)
{
    struct pvg_spv *b = &at->b;
    uint32_t number = pvg_spv_type_of(b, index);
    struct pvg_at_buffer *buf = buffer_of_argument(at, r->root);
    /* A negative index of 32 bits is above any number of records, unless those are bytes. */
    if (!buf || at->guest_addresses || at->opt->zero_address || (r->stride < 2 && pvg_spv_width(b, number) == 32))
        return 0;
    struct pvg_air_check c = {.kind = PVG_AIR_CHECK_STARTS,
                              .buffer = (uint16_t)(buf - at->buffers),
                              .offset = r->offset,
                              .size = r->size,
                              .stride = r->stride};
    uint32_t count = check_word(at, &c, number);
    if (!count)
        return 0;
    struct pvg_air_check other = {.kind = write ? PVG_AIR_CHECK_SCRATCH : PVG_AIR_CHECK_ZERO};
    *elsewhere = check_word(at, &other, pvg_spv_ptr(b, SpvStorageClassPhysicalStorageBuffer, type));
    if (write)
        note_write(at, (uint64_t)1 << c.buffer);
    return pvg_spv_value(b, SpvOpULessThan, pvg_spv_bool(b), PVG_SPV(index, count));
}

bool pvg_at_unchecked(struct pvg_at *at, const struct pvg_at_place *p)
{
    struct pvg_at_origin o;
    if (p->indexed || at->guest_addresses || at->opt->robustness != PVG_AIR_ROBUST_NONE)
        return false;
    pvg_at_origin(at, p->pointer, &o);
    if (!o.unknown && p->write)
        note_write(at, o.buffers);
    return !o.unknown;
}

uint32_t pvg_at_checked(struct pvg_at *at, const struct pvg_at_place *p, uint32_t *ok)
{
    struct pvg_spv *b = &at->b;
    struct pvg_at_origin o;
    uint32_t address = pvg_spv_iadd(b, p->address, pvg_spv_u64(b, p->offset));
    *ok = 0;
    pvg_at_origin(at, p->pointer, &o);
    if (p->write)
        note_write(at, o.buffers);
    if (o.unknown)
        return imported(at, p, address, ok);
    bool robust = at->opt->robustness != PVG_AIR_ROBUST_NONE;
    if (!robust && !at->guest_addresses)
        return address;

    bool only = !(o.buffers & (o.buffers - 1));
    uint32_t delta = 0, bool_type = pvg_spv_bool(b), i64 = pvg_spv_int(b, 64), tested = address;
    int64_t offset = 0;
    if (only && !p->indexed) { /* Places at several fixed distances from one are told by the same distance. */
        offset = (int64_t)p->offset;
        LLVMValueRef from = take_fixed(at, p->pointer, &offset);
        if (offset > 0 && offset < (int64_t)UINT32_MAX - p->size && only_forward(at, from))
            tested = pvg_at_use(at, from);
        else
            offset = 0;
    }
    for (uint32_t i = 0; i < at->buffer_count; i++) {
        if (!(o.buffers >> i & 1))
            continue;
        struct pvg_at_buffer *buf = &at->buffers[i];
        pvg_at_buffer_load(at, buf);
        if (!robust && only)
            return pvg_spv_iadd(b, address, buf->delta);
        uint32_t start = at->guest_addresses ? buf->guest : buf->address;
        uint32_t in = inside(at, tested, start, valid_starts(at, buf, (uint64_t)offset, p->size));
        if (at->guest_addresses)
            delta = delta ? pvg_spv_value(b, SpvOpSelect, i64, PVG_SPV(in, buf->delta, delta)) : buf->delta;
        *ok = *ok ? pvg_spv_value(b, SpvOpLogicalOr, bool_type, PVG_SPV(*ok, in)) : in;
    }
    if (delta)
        address = pvg_spv_iadd(b, address, delta);
    if (!robust) {
        *ok = 0;
        return address;
    }
    if (!*ok)
        *ok = pvg_spv_false(b);
    return diverted(at, address, *ok, p->write);
}
