/* SPDX-License-Identifier: MIT */
/*
 * Buffer memory through typed pointers: a place in an array of records is one access chain, where arithmetic on addresses takes a
 * product, sums and a conversion.
 *
 * Each pointer that places are counted from has a view per distance of records: a struct with a member for everything that is
 * accessed in it. Members come up one by one, so the types are written when the function is complete.
 */
#include "air/narrow.h"
#include "air/spirv_optimize.h"

/** Largest offset of a member. */
#define MAX_OFFSET (1 << 30)

/** Indices that one place may have; records that are checked may have their number added up. */
enum { MAX_TERMS = 4 };

/**
 * `fixed` bytes behind the records that indices lead to, each in steps of its own, from those that start at `root`. Without
 * indices: behind `root`.
 */
struct place {
    LLVMValueRef root;
    struct {
        LLVMValueRef index;
        uint64_t stride;
    } terms[MAX_TERMS]; /**< The last one that the pointer takes is the first. */
    unsigned count;
    int64_t fixed;
    uint64_t stride; /**< Of a record: what all steps are multiples of. */
};

static bool is_cut(struct pvg_at *at, LLVMValueRef v)
{
    return LLVMIsAInstruction(v) && pvg_at_value(at, v)->var;
}

/** One more step towards the root. @return false, with the place as it was, if it is none that one access chain can take. */
static bool take_gep(struct pvg_at *at, LLVMValueRef gep, unsigned max_terms, struct place *p)
{
    struct place q = *p;
    LLVMTypeRef type = LLVMGetGEPSourceElementType(gep);
    for (unsigned i = 1; i < (unsigned)LLVMGetNumOperands(gep); i++) {
        LLVMValueRef index = LLVMGetOperand(gep, i);
        uint64_t c;
        if (i > 1 && LLVMGetTypeKind(type) == LLVMStructTypeKind) {
            if (!pvg_at_const_int(index, &c))
                return false;
            q.fixed += (int64_t)LLVMOffsetOfElement(at->layout, type, (unsigned)c);
            type = LLVMStructGetTypeAtIndex(type, (unsigned)c);
            continue;
        }
        if (i > 1)
            type = LLVMGetElementType(type);
        uint64_t stride = pvg_at_size_of(at, type);
        if (pvg_at_const_int(index, &c)) {
            if (__builtin_mul_overflow((int64_t)stride, (int64_t)c, (int64_t *)&c) ||
                __builtin_add_overflow(q.fixed, (int64_t)c, &q.fixed))
                return false;
            continue;
        }
        if (q.count == max_terms || !stride || stride > MAX_OFFSET || LLVMGetTypeKind(LLVMTypeOf(index)) != LLVMIntegerTypeKind)
            return false;
        q.terms[q.count].index = index;
        q.terms[q.count++].stride = stride;
    }
    q.root = LLVMGetOperand(gep, 0);
    *p = q;
    return true;
}

static struct place find_place(struct pvg_at *at, LLVMValueRef pointer, uint64_t offset, unsigned max_terms)
{
    struct place p = {.root = pointer, .fixed = (int64_t)offset};
    /* A value that goes through a variable is not known to be computed where this code stands; neither is what it is made of. */
    while (!is_cut(at, p.root)) {
        LLVMValueRef v = p.root;
        if (LLVMIsABitCastInst(v) || LLVMIsAAddrSpaceCastInst(v) || LLVMIsAFreezeInst(v))
            p.root = LLVMGetOperand(v, 0);
        else if (!LLVMIsAGetElementPtrInst(v) || !take_gep(at, v, max_terms, &p))
            break;
    }
    return p;
}

static uint32_t size_of(const struct pvg_spv *b, uint32_t type)
{
    return pvg_spv_width(b, type) / 8 * pvg_spv_components(b, type);
}

/** Member of the view, made if none has the place. @return false if others lie across it. */
static bool view_member(struct pvg_at *at, struct pvg_at_block *blk, uint32_t offset, uint32_t type, uint32_t *member)
{
    uint32_t end = offset + size_of(&at->b, type);
    for (size_t i = 0; i < blk->count; i++) {
        const struct pvg_at_block_member *m = &blk->members[i];
        if (m->offset == offset && m->type == type) {
            *member = (uint32_t)i;
            return true;
        }
        if (m->offset < end && offset < m->offset + size_of(&at->b, m->type))
            return false;
    }
    blk->members = pvg_arena_grow(&at->arena, blk->members, &blk->cap, blk->count + 1, sizeof *blk->members);
    blk->members[blk->count] = (struct pvg_at_block_member){offset, type};
    *member = (uint32_t)blk->count++;
    return true;
}

static struct pvg_at_view *view_of(struct pvg_at *at, const struct place *p, uint32_t offset, uint32_t type, uint32_t *member)
{
    struct pvg_at_view *last = pvg_ptrmap_get(&at->views, p->root), *v = last;
    for (; v; v = v->same_root)
        if (v->stride == p->stride && view_member(at, &v->block, offset, type, member))
            return v;
    v = pvg_arena_alloc(&at->arena, sizeof *v);
    *v = (struct pvg_at_view){.same_root = last, .stride = p->stride};
    v->block.type = pvg_spv_new_id(&at->b);
    v->block.pointer = pvg_spv_new_id(&at->b);
    view_member(at, &v->block, offset, type, member);
    pvg_ptrmap_put(&at->arena, &at->views, p->root, v);
    if (at->last_view)
        at->last_view->next = v;
    else
        at->first_view = v;
    at->last_view = v;
    return v;
}

/** The root as a pointer to the view's records. Parameters are known where the function starts. */
static uint32_t view_pointer(struct pvg_at *at, LLVMValueRef root, const struct pvg_at_view *v)
{
    struct pvg_spv *b = &at->b;
    uint32_t address = pvg_at_use(at, root);
    if (!LLVMIsAArgument(root))
        return pvg_spv_value(b, SpvOpConvertUToPtr, v->block.pointer, PVG_SPV(address));
    uint32_t p = pvg_at_shared(at, address, v->block.pointer);
    if (p)
        return p;
    enum pvg_spv_section old = b->at;
    b->at = PVG_SPV_PROLOGUE;
    p = pvg_spv_value(b, SpvOpConvertUToPtr, v->block.pointer, PVG_SPV(address));
    b->at = old;
    pvg_at_share(at, address, v->block.pointer, p);
    return p;
}

/**
 * The 32 bits that make the index, when an access chain, which takes indices as signed numbers of any width, gets by with them.
 *
 * An unsigned number from 2^31 would count backwards. Buffers are known up to 2^32 - 1 bytes (spec 06 section 15.10), so such a
 * record of at least two bytes lies outside of its buffer: checks send the access elsewhere, and without checks it is undefined.
 */
static LLVMValueRef short_index(struct pvg_at *at, const struct place *p)
{
    LLVMValueRef index = p->terms[0].index;
    bool is_signed = LLVMIsASExtInst(index), is_unsigned = LLVMIsAZExtInst(index);
    if ((!is_signed && !is_unsigned) || is_cut(at, index))
        return NULL;
    LLVMValueRef from = LLVMGetOperand(index, 0);
    if (LLVMGetTypeKind(LLVMTypeOf(from)) != LLVMIntegerTypeKind || LLVMGetIntTypeWidth(LLVMTypeOf(from)) != 32)
        return NULL;
    return is_signed || (p->stride >= 2 && pvg_at_is_buffer(at, p->root)) ? from : NULL;
}

/** What is nearest to the root comes first: pointers that differ in their last indices share it. */
static uint32_t record_sum(struct pvg_at *at, const struct place *p, int64_t more)
{
    struct pvg_spv *b = &at->b;
    uint32_t sum = 0;
    for (unsigned k = p->count; k--;) {
        uint32_t index = pvg_spv_sresize(b, pvg_at_use(at, p->terms[k].index), 64);
        uint32_t part = pvg_spv_imul(b, index, pvg_spv_u64(b, p->terms[k].stride / p->stride));
        sum = sum ? pvg_spv_iadd(b, sum, part) : part;
    }
    return pvg_spv_iadd(b, sum, pvg_spv_u64(b, (uint64_t)more));
}

/** Number of the record. */
static uint32_t record(struct pvg_at *at, const struct place *p, int64_t more)
{
    struct pvg_spv *b = &at->b;
    LLVMValueRef from = more || p->count > 1 ? NULL : short_index(at, p);
    if (from)
        return pvg_at_use(at, from);
    if (p->count > 1)
        return record_sum(at, p, more);
    uint32_t id = pvg_at_use(at, p->terms[0].index);
    if (more || pvg_spv_width(b, pvg_spv_type_of(b, id)) != 32)
        id = pvg_spv_sresize(b, id, 64);
    return pvg_spv_iadd(b, id, pvg_spv_const(b, pvg_spv_type_of(b, id), (uint64_t)more));
}

/** The smallest step, if all are multiples of it. */
static bool common_stride(struct place *p)
{
    p->stride = p->terms[0].stride;
    for (unsigned k = 1; k < p->count; k++)
        if (p->terms[k].stride < p->stride)
            p->stride = p->terms[k].stride;
    for (unsigned k = 0; k < p->count; k++)
        if (p->terms[k].stride % p->stride)
            return false;
    return true;
}

/** The place with `fixed` inside of a record, of which it is `*records` after that of the index. @return false: no chain leads
 * there. */
static bool chain_place(struct pvg_at *at, LLVMValueRef pointer, uint64_t offset, uint32_t type, unsigned max_terms,
                        struct place *p, int64_t *records)
{
    *records = 0;
    /* narrow.c knows addresses only. */
    if ((at->opt->available & PVG_AT_NARROW_NEEDS) != PVG_AT_NARROW_NEEDS)
        return false;
    *p = find_place(at, pointer, offset, max_terms);
    if (p->count) {
        if (!common_stride(p))
            return false;
        int64_t rest = p->fixed % (int64_t)p->stride;
        rest += rest < 0 ? (int64_t)p->stride : 0;
        *records = (p->fixed - rest) / (int64_t)p->stride;
        p->fixed = rest;
    }
    return p->fixed >= 0 && p->fixed <= MAX_OFFSET && (!p->count || (uint64_t)p->fixed + size_of(&at->b, type) <= p->stride);
}

static uint32_t write_chain(struct pvg_at *at, const struct place *p, uint32_t index, uint32_t type)
{
    struct pvg_spv *b = &at->b;
    uint32_t member;
    const struct pvg_at_view *v = view_of(at, p, (uint32_t)p->fixed, type, &member);
    uint32_t base = view_pointer(at, p->root, v), result = pvg_spv_ptr(b, SpvStorageClassPhysicalStorageBuffer, type);
    if (!p->count)
        return pvg_spv_value(b, SpvOpAccessChain, result, PVG_SPV(base, pvg_spv_u32(b, member)));
    return pvg_spv_value(b, SpvOpPtrAccessChain, result, PVG_SPV(base, index, pvg_spv_u32(b, member)));
}

uint32_t pvg_at_chain(struct pvg_at *at, LLVMValueRef pointer, uint64_t offset, uint32_t type)
{
    struct place p;
    int64_t records;
    if (!chain_place(at, pointer, offset, type, 1, &p, &records))
        return 0;
    return write_chain(at, &p, p.count ? record(at, &p, records) : 0, type);
}

uint32_t pvg_at_checked_chain(struct pvg_at *at, const struct pvg_at_place *a, uint32_t type, uint32_t *inside)
{
    struct pvg_spv *b = &at->b;
    struct place p;
    int64_t records;
    if (a->indexed || !chain_place(at, a->pointer, a->offset, type, MAX_TERMS, &p, &records) || !p.count)
        return 0;
    struct pvg_at_records r = {.root = p.root, .stride = (uint32_t)p.stride, .offset = (uint32_t)p.fixed, .size = a->size};
    uint32_t elsewhere, index = record(at, &p, records), ok = pvg_at_record_inside(at, &r, index, a->write, type, &elsewhere);
    if (!ok)
        return 0;
    *inside = ok;
    uint32_t chain = write_chain(at, &p, index, type);
    return pvg_spv_value(b, SpvOpSelect, pvg_spv_type_of(b, chain), PVG_SPV(ok, chain, elsewhere));
}

/** A struct that is nothing but its first member. */
static bool is_single(const struct pvg_at_view *v)
{
    return v->block.count == 1 && !v->block.members[0].offset;
}

void pvg_at_optimize(struct pvg_at *at)
{
    struct pvg_spv *b = &at->b;
    size_t n = 0;
    struct pvg_spv_memory m = {
        .table = at->table_value, .member_count = at->table_block.count, .checked = at->opt->robustness != PVG_AIR_ROBUST_NONE};
    for (const struct pvg_at_view *v = at->first_view; v; v = v->next)
        n += is_single(v);
    m.single = pvg_arena_array(&at->arena, n + 1, sizeof *m.single);
    for (const struct pvg_at_view *v = at->first_view; v; v = v->next)
        if (is_single(v))
            m.single[m.single_count++] = v->block.pointer;
    m.member_types = pvg_arena_array(&at->arena, m.member_count + 1, sizeof *m.member_types);
    for (size_t i = 0; i < m.member_count; i++)
        m.member_types[i] = at->table_block.members[i].type;
    pvg_spv_optimize(b, &m);
    for (size_t i = 0; i < m.member_count; i++)
        at->table_block.members[i].type = m.member_types[i];
    for (struct pvg_at_view *v = at->first_view; v; v = v->next) {
        uint32_t pointee = v->block.type;
        if (m.shortened && is_single(v))
            pointee = v->block.members[0].type;
        else
            pvg_at_write_struct(at, &v->block);
        pvg_spv_emit(b, PVG_SPV_GLOBALS, SpvOpTypePointer,
                     PVG_SPV(v->block.pointer, SpvStorageClassPhysicalStorageBuffer, pointee));
        if (v->stride)
            pvg_spv_decorate(b, v->block.pointer, SpvDecorationArrayStride, PVG_SPV((uint32_t)v->stride));
    }
    pvg_at_write_blocks(at);
}
