/* SPDX-License-Identifier: MIT */
/*
 * Pointers in thread, threadgroup and table memory. Places are told apart by their distance from the start of their object, modulo
 * the strides of variable indices: the members of records are separate, the elements of arrays are not. Pointers of one place have
 * one form: offsets, where all lead to the same local memory, or addresses.
 */
#include "air/pointees.h"

/** Memory with more places than these is taken as one place. */
#define MAX_FIELDS 64

/** Memory behind an operand; NULL behind null. */
static struct pvg_at_memory *behind(struct pvg_at *at, LLVMValueRef pointer)
{
    return pvg_at_is_null_like(pointer) ? NULL : pvg_at_memory_of(at, pointer);
}

/** The same if objects of the function are in it, tables that mix with buffers included, else NULL. */
static struct pvg_at_memory *local_of(struct pvg_at *at, LLVMValueRef pointer)
{
    struct pvg_at_memory *m = behind(at, pointer);
    return m && m->local ? m : NULL;
}

/* ---- Places ------------------------------------------------------------------------------------------------------------------ */

static uint64_t common_divisor(uint64_t x, uint64_t y)
{
    while (y) {
        uint64_t rest = x % y;
        x = y;
        y = rest;
    }
    return x;
}

void pvg_at_note_stride(struct pvg_at_memory *m, uint64_t stride)
{
    m->period = common_divisor(m->period, stride);
}

/** Distance from the start of the object, but for steps of variable indices. @return false when that is not known. */
static bool offset_of(struct pvg_at *at, LLVMValueRef pointer, int64_t *offset)
{
    LLVMValueRef v = pvg_at_strip(pointer);
    uint64_t sum = 0, c;
    for (; pvg_at_is_gep(v); v = pvg_at_strip(LLVMGetOperand(v, 0))) {
        LLVMTypeRef type = LLVMGetGEPSourceElementType(v);
        for (unsigned i = 1; i < (unsigned)LLVMGetNumOperands(v); i++) {
            bool known = pvg_at_const_int(LLVMGetOperand(v, i), &c);
            if (i > 1 && LLVMGetTypeKind(type) == LLVMStructTypeKind) {
                if (!known)
                    return false;
                sum += LLVMOffsetOfElement(at->layout, type, (unsigned)c);
                type = LLVMStructGetTypeAtIndex(type, (unsigned)c);
                continue;
            }
            if (i > 1)
                type = LLVMGetElementType(type);
            sum += known ? c * pvg_at_size_of(at, type) : 0;
        }
    }
    *offset = (int64_t)sum;
    return LLVMIsAAllocaInst(v) || LLVMIsAGlobalVariable(v) || LLVMIsAArgument(v);
}

static bool same_place(const struct pvg_at_memory *m, int64_t x, int64_t y)
{
    uint64_t distance = x < y ? (uint64_t)y - (uint64_t)x : (uint64_t)x - (uint64_t)y;
    return m->flat || (m->period ? distance % m->period == 0 : !distance);
}

/** The field of a place. Fields that turned out to be one place unite: `*news`. */
static struct pvg_at_field *field_at(struct pvg_at *at, struct pvg_at_memory *m, int64_t offset, bool *news)
{
    struct pvg_at_field *first;
again:
    m = pvg_at_find_memory(m);
    first = NULL;
    for (struct pvg_at_field *f = m->fields; f; f = f->next) {
        if (!same_place(m, f->offset, offset))
            continue;
        if (!first)
            first = f;
        if (pvg_at_find_memory(first->pointee) == pvg_at_find_memory(f->pointee))
            continue;
        pvg_at_unite_memories(at, first->pointee, f->pointee);
        *news = true;
        goto again; /* The memory itself may have become part of another. */
    }
    return first;
}

/** The same by pointer; where it is not known to lead to one place, the memory is one place. */
static struct pvg_at_field *field_behind(struct pvg_at *at, struct pvg_at_memory *m, LLVMValueRef pointer, int64_t *offset,
                                         bool *news)
{
    if (!offset_of(at, pointer, offset)) {
        *news |= !m->flat;
        m->flat = true;
    }
    return field_at(at, m, *offset, news);
}

bool pvg_at_add_field(struct pvg_at *at, struct pvg_at_memory *m, int64_t offset, struct pvg_at_memory *held)
{
    bool news = false;
    struct pvg_at_field *f = field_at(at, m, offset, &news);
    held = pvg_at_find_memory(held);
    if (f && pvg_at_find_memory(f->pointee) == held)
        return news;
    if (f) {
        pvg_at_unite_memories(at, f->pointee, held);
        return true;
    }
    m = pvg_at_find_memory(m);
    f = pvg_arena_alloc(&at->arena, sizeof *f);
    *f = (struct pvg_at_field){offset, held, m->fields};
    m->fields = f;
    m->flat |= ++m->field_count > MAX_FIELDS;
    return true;
}

void pvg_at_join_fields(struct pvg_at_memory *a, struct pvg_at_memory *b)
{
    struct pvg_at_field **tail = &a->fields;
    while (*tail)
        tail = &(*tail)->next;
    *tail = b->fields;
    b->fields = NULL;
    a->field_count += b->field_count;
    a->flat |= b->flat || a->field_count > MAX_FIELDS;
    pvg_at_note_stride(a, b->period);
}

/** Field of a place, once all are known; NULL where it holds no pointers to objects of the function. */
static const struct pvg_at_field *known_field(struct pvg_at *at, LLVMValueRef pointer)
{
    const struct pvg_at_memory *m = local_of(at, pointer);
    int64_t offset;
    if (!m || !m->fields)
        return NULL;
    bool known = offset_of(at, pointer, &offset);
    for (const struct pvg_at_field *f = m->fields; f; f = f->next)
        if (!known || same_place(m, f->offset, offset))
            return f;
    return NULL;
}

/* ---- Moves ------------------------------------------------------------------------------------------------------------------- */

void pvg_at_note_move(struct pvg_at *at, LLVMValueRef inst)
{
    at->pointer_moves =
        pvg_arena_grow(&at->arena, at->pointer_moves, &at->pointer_move_cap, at->pointer_move_count + 1, sizeof *at->pointer_moves);
    at->pointer_moves[at->pointer_move_count++] = inst;
}

/** Bytes of a copy. */
struct range {
    LLVMValueRef pointer;
    int64_t start;
    uint64_t size;
};

static bool inside(const struct pvg_at_memory *m, const struct range *r, int64_t offset)
{
    return m->flat || m->period || (uint64_t)offset - (uint64_t)r->start < r->size;
}

static bool copy_fields(struct pvg_at *at, struct pvg_at_memory *to, const struct range *t, struct pvg_at_memory *from,
                        const struct range *f)
{
    bool news = false;
    from = pvg_at_find_memory(from);
    for (struct pvg_at_field *x = from->fields; x; x = x->next)
        if (inside(from, f, x->offset))
            news |= pvg_at_add_field(at, to, (int64_t)((uint64_t)x->offset - (uint64_t)f->start + (uint64_t)t->start), x->pointee);
    return news;
}

/** A copy: both hold the same at the places that correspond. @return whether that is news. */
static bool share(struct pvg_at *at, struct range *t, struct range *f)
{
    struct pvg_at_memory *a = local_of(at, t->pointer), *b = local_of(at, f->pointer);
    if (!a || !b || (!a->fields && !b->fields))
        return false;
    bool known = offset_of(at, t->pointer, &t->start) && offset_of(at, f->pointer, &f->start);
    uint64_t period = common_divisor(a->period, b->period);
    bool flat = a->flat || b->flat || !known || (a == b && !same_place(a, t->start, f->start));
    bool news = a->period != period || b->period != period || a->flat != flat || b->flat != flat;
    a->period = b->period = period;
    a->flat = b->flat = flat;
    if (a == b)
        return news;
    news |= copy_fields(at, a, t, b, f);
    return copy_fields(at, b, f, a, t) || news;
}

static bool follow_copy(struct pvg_at *at, LLVMValueRef inst)
{
    struct range to = {.size = UINT64_MAX}, from = {.size = UINT64_MAX};
    uint64_t n;
    if (LLVMIsACallInst(inst)) {
        to.pointer = LLVMGetOperand(inst, 0);
        from.pointer = LLVMGetOperand(inst, 1);
        if (pvg_at_const_int(LLVMGetOperand(inst, 2), &n))
            to.size = from.size = n;
    } else {
        LLVMValueRef load = LLVMGetOperand(inst, 0);
        to.pointer = LLVMGetOperand(inst, 1);
        from.pointer = LLVMGetOperand(load, 0);
        to.size = from.size = pvg_at_size_of(at, LLVMTypeOf(load));
    }
    return share(at, &to, &from);
}

static bool follow_move(struct pvg_at *at, LLVMValueRef inst)
{
    at->current = inst;
    bool load = LLVMIsALoadInst(inst) != NULL, news = false;
    if (LLVMIsACallInst(inst) || (!load && !pvg_at_is_pointer(LLVMGetOperand(inst, 0))))
        return follow_copy(at, inst);
    LLVMValueRef place = LLVMGetOperand(inst, load ? 0 : 1);
    struct pvg_at_memory *m = local_of(at, place), *held = load ? pvg_at_memory_of(at, inst) : behind(at, LLVMGetOperand(inst, 0));
    int64_t offset;
    if (!m || !held)
        return false;
    struct pvg_at_field *f = field_behind(at, m, place, &offset, &news);
    held = pvg_at_find_memory(held);
    if (!f && (load || !held->local))
        return news;
    /* Of what buffers hold, only tables can be in the same memory. */
    if (f && !load && !held->local && (held->handle || !pvg_at_holds_tables(pvg_at_find_memory(f->pointee))))
        return news;
    return pvg_at_add_field(at, m, offset, held) || news;
}

/** Pointers that are read from device memory lead to buffers; where they mix with those to tables, all are addresses. */
static void resolve_mixed(struct pvg_at *at)
{
    for (size_t i = 0; i < at->pointer_move_count; i++) {
        LLVMValueRef inst = at->pointer_moves[i];
        if (!LLVMIsALoadInst(inst))
            continue;
        const struct pvg_at_memory *m = local_of(at, LLVMGetOperand(inst, 0));
        struct pvg_at_memory *held = pvg_at_memory_of(at, inst);
        if (held && pvg_at_holds_tables(held) && (!m || m->physical || !known_field(at, LLVMGetOperand(inst, 0))))
            held->physical = true;
    }
}

static bool holds_offsets(struct pvg_at *at, LLVMValueRef pointer)
{
    const struct pvg_at_field *f = known_field(at, pointer);
    return f && pvg_at_is_local(pvg_at_find_memory(f->pointee));
}

void pvg_at_resolve_loaded(struct pvg_at *at)
{
    bool news = at->pointer_move_count != 0;
    for (unsigned round = 0; news; round++) {
        if (round == 32)
            pvg_at_refuse(at, "pointers in memory that lead to each other too deeply");
        news = false;
        for (size_t i = 0; i < at->pointer_move_count; i++)
            news |= follow_move(at, at->pointer_moves[i]);
    }
    for (struct pvg_at_memory *m = at->first_memory; m; m = m->next)
        if (!m->parent && m->loaded && !m->local && !m->handle)
            m->physical = true;
    resolve_mixed(at);
    for (size_t i = 0; i < at->pointer_move_count; i++) {
        LLVMValueRef inst = at->pointer_moves[i];
        bool load = LLVMIsALoadInst(inst) != NULL;
        LLVMValueRef place = LLVMGetOperand(inst, load ? 0 : 1), v = load ? inst : LLVMGetOperand(inst, 0);
        if (LLVMIsACallInst(inst) || !pvg_at_is_pointer(v) || pvg_at_is_null_like(v) || pvg_at_is_null_like(place))
            continue;
        at->current = inst;
        bool offset = pvg_at_is_local(behind(at, v));
        if (holds_offsets(at, place) ? !offset : load && offset)
            pvg_at_refuse_as(at, PVG_REFUSE_GENERIC_POINTER, "memory that holds pointers both to buffers and to local memory");
    }
    at->current = NULL;
}

/* ---- What the translation asks ----------------------------------------------------------------------------------------------- */

bool pvg_at_may_meet(struct pvg_at *at, LLVMValueRef p, LLVMValueRef q)
{
    const struct pvg_at_memory *m = local_of(at, p);
    int64_t x, y;
    return !m || !offset_of(at, p, &x) || !offset_of(at, q, &y) || same_place(m, x, y);
}

bool pvg_at_holds_local_pointers(struct pvg_at *at, LLVMValueRef pointer)
{
    return holds_offsets(at, pointer);
}

/** Bytes from `x` to the next place that is one with `y`. */
static uint64_t steps_until(uint64_t period, int64_t x, int64_t y)
{
    if (y >= x)
        return ((uint64_t)y - (uint64_t)x) % period;
    return (period - ((uint64_t)x - (uint64_t)y) % period) % period;
}

bool pvg_at_holds_own_pointers(struct pvg_at *at, LLVMValueRef pointer, uint64_t size)
{
    const struct pvg_at_memory *m = local_of(at, pointer);
    struct range r = {.pointer = pointer, .size = size};
    if (size < 8) /* No pointer fits. */
        return false;
    bool known = m && offset_of(at, pointer, &r.start);
    for (const struct pvg_at_field *f = m ? m->fields : NULL; f; f = f->next) {
        if (!known || m->flat || (m->period && size >= m->period))
            return true;
        if (m->period ? steps_until(m->period, r.start, f->offset) < size : inside(m, &r, f->offset))
            return true;
    }
    return false;
}

bool pvg_at_reads_own_pointer(struct pvg_at *at, LLVMValueRef load)
{
    LLVMValueRef pointer = LLVMGetOperand(load, 0);
    const struct pvg_at_memory *m = local_of(at, pointer);
    int64_t offset;
    return m && !m->flat && offset_of(at, pointer, &offset) &&
           pvg_at_holds_own_pointers(at, pointer, pvg_at_size_of(at, LLVMTypeOf(load)));
}

bool pvg_at_is_own_pointer(struct pvg_at *at, LLVMValueRef pointer)
{
    const struct pvg_at_memory *m = local_of(at, pointer);
    struct pvg_at_origin o;
    if (!m || pvg_at_is_local(m))
        return m;
    pvg_at_origin(at, pointer, &o);
    return o.table || o.unknown;
}
