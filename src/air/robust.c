/* SPDX-License-Identifier: MIT */
/* Bounds checks on addresses, levels R1 and R2 of spec 06 section 15.10. */
#include "air/import.h"

/** Number of start offsets at which an access of `size` bytes lies inside the buffer; 0 if there is none. */
static uint32_t valid_starts(struct pvg_at *at, struct pvg_at_buffer *buf, uint32_t size)
{
    struct pvg_spv *b = &at->b;
    unsigned k = 0, n = sizeof buf->span_size / sizeof *buf->span_size;
    for (; k < n && buf->span_size[k]; k++)
        if (buf->span_size[k] == size)
            return buf->span[k];
    enum pvg_spv_section old = b->at;
    if (k < n)
        b->at = PVG_SPV_PROLOGUE;
    uint32_t i64 = pvg_spv_int(b, 64);
    uint32_t starts = pvg_spv_iadd(b, pvg_spv_resize(b, buf->length, 64), pvg_spv_const(b, i64, 1 - (uint64_t)size));
    starts = pvg_spv_ext(b, GLSLstd450SMax, i64, PVG_SPV(starts, pvg_spv_u64(b, 0)));
    b->at = old;
    if (k < n) {
        buf->span_size[k] = size;
        buf->span[k] = starts;
    }
    return starts;
}

/** Where an access goes instead: see pvg_at_checked(). */
static uint32_t diverted(struct pvg_at *at, uint32_t address, uint32_t ok, bool write, uint32_t *guard)
{
    struct pvg_spv *b = &at->b;
    uint64_t fixed = write ? at->opt->scratch_address : at->opt->zero_address;
    if (!fixed || !ok)
        *guard = ok ? ok : pvg_spv_false(b);
    if (!fixed && write)
        return address;
    /* Without a zero range the table, which is always mapped, is read instead and the value replaced. */
    uint32_t elsewhere = fixed ? pvg_spv_u64(b, fixed) : pvg_at_table_address(at);
    if (!ok)
        return elsewhere;
    return pvg_spv_value(b, SpvOpSelect, pvg_spv_int(b, 64), PVG_SPV(ok, address, elsewhere));
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
static uint32_t imported(struct pvg_at *at, LLVMValueRef pointer, uint32_t address, uint32_t size, bool write, uint32_t *guard)
{
    struct pvg_spv *b = &at->b;
    struct pvg_at_range r = pvg_at_import_pointer(at, pointer);
    if (write)
        at->refl->writes_memory = at->refl->import_written = true;
    uint32_t i64 = pvg_spv_int(b, 64);
    uint32_t starts = pvg_spv_iadd(b, pvg_spv_resize(b, r.length, 64), pvg_spv_const(b, i64, 1 - (uint64_t)size));
    starts = pvg_spv_ext(b, GLSLstd450SMax, i64, PVG_SPV(starts, pvg_spv_u64(b, 0)));
    uint32_t ok = inside(at, address, r.start, starts);
    return diverted(at, pvg_spv_iadd(b, address, r.delta), ok, write, guard);
}

uint32_t pvg_at_checked(struct pvg_at *at, LLVMValueRef pointer, uint32_t address, uint32_t size, bool write, uint32_t *guard)
{
    *guard = 0;
    struct pvg_spv *b = &at->b;
    struct pvg_at_origin o;
    pvg_at_origin(at, pointer, &o);
    if (write)
        for (uint32_t i = 0; i < at->buffer_count; i++)
            if (o.buffers >> i & 1)
                at->buffers[i].info.written = true;
    if (write && o.buffers)
        at->refl->writes_memory = true;
    if (o.unknown)
        return imported(at, pointer, address, size, write, guard);
    bool robust = at->opt->robustness != PVG_AIR_ROBUST_NONE;
    if (!robust && !at->guest_addresses)
        return address;

    uint32_t ok = 0, delta = 0, bool_type = pvg_spv_bool(b), i64 = pvg_spv_int(b, 64);
    for (uint32_t i = 0; i < at->buffer_count; i++) {
        if (!(o.buffers >> i & 1))
            continue;
        struct pvg_at_buffer *buf = &at->buffers[i];
        pvg_at_buffer_load(at, buf);
        bool only = !(o.buffers & (o.buffers - 1));
        if (!robust && only)
            return pvg_spv_iadd(b, address, buf->delta);
        uint32_t in = inside(at, address, at->guest_addresses ? buf->guest : buf->address, valid_starts(at, buf, size));
        if (at->guest_addresses)
            delta = delta ? pvg_spv_value(b, SpvOpSelect, i64, PVG_SPV(in, buf->delta, delta)) : buf->delta;
        ok = ok ? pvg_spv_value(b, SpvOpLogicalOr, bool_type, PVG_SPV(ok, in)) : in;
    }
    if (delta)
        address = pvg_spv_iadd(b, address, delta);
    return robust ? diverted(at, address, ok, write, guard) : address;
}
