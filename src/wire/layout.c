/* SPDX-License-Identifier: MIT */
#include "wire/layout.h"

#include "wire/object.h"
#include "wire/wire.h"

uint32_t pvg_w_field_size(const struct pvg_w_field *field)
{
    switch (field->type) {
    case PVG_W_U8:
        return 1;
    case PVG_W_U16:
    case PVG_W_S16:
        return 2;
    case PVG_W_U32:
    case PVG_W_F32:
        return 4;
    case PVG_W_U64:
    case PVG_W_S64:
    case PVG_W_F64:
        return 8;
    case PVG_W_NARROW_TEXTURE:
        return PVG_W_TEXTURE_NARROW;
    case PVG_W_WIDE_TEXTURE:
        return PVG_W_TEXTURE_WIDE;
    case PVG_W_STRUCT:
        return field->sub->length;
    default:
        return 0;
    }
}

/* A layout is a constant of this program; the value of an implied field is sign extended so that 0xffff means "all ones". */
static uint64_t implied_value(const struct pvg_w_field *f)
{
    return (uint64_t)(int64_t)(int16_t)f->wire;
}

static uint64_t load(const struct pvg_w_field *f, const uint8_t *p)
{
    switch (f->type) {
    case PVG_W_U8:
        return p[0];
    case PVG_W_U16:
        return pvg_ld16(p);
    case PVG_W_S16:
        return (uint64_t)(int64_t)(int16_t)pvg_ld16(p);
    case PVG_W_U32:
    case PVG_W_F32:
        return pvg_ld32(p);
    case PVG_W_IMPLIED:
        return implied_value(f);
    default:
        return pvg_ld64(p);
    }
}

static void member_set(uint8_t *mem, uint8_t size, uint64_t v)
{
    switch (size) {
    case 1:
        mem[0] = (uint8_t)v;
        break;
    case 2:
        memcpy(mem, &(uint16_t){(uint16_t)v}, 2);
        break;
    case 4:
        memcpy(mem, &(uint32_t){(uint32_t)v}, 4);
        break;
    default:
        memcpy(mem, &v, 8);
        break;
    }
}

static uint64_t member_get(const struct pvg_w_field *f, const uint8_t *mem)
{
    uint16_t v16;
    uint32_t v32;
    uint64_t v64;

    switch (f->size) {
    case 1:
        return mem[0];
    case 2:
        memcpy(&v16, mem, 2);
        return v16;
    case 4:
        memcpy(&v32, mem, 4);
        return v32;
    default:
        memcpy(&v64, mem, 8);
        return v64;
    }
}

static bool decode_field(const struct pvg_w_field *f, const uint8_t *p, uint8_t *mem)
{
    switch (f->type) {
    case PVG_W_NARROW_TEXTURE:
        return pvg_w_texture_narrow_decode(p, PVG_W_TEXTURE_NARROW, (struct pvg_w_texture_desc *)mem);
    case PVG_W_WIDE_TEXTURE:
        return pvg_w_texture_wide_decode(p, PVG_W_TEXTURE_WIDE, (struct pvg_w_texture_desc *)mem);
    case PVG_W_STRUCT:
        return pvg_w_layout_decode(f->sub, p, mem);
    default:
        member_set(mem, f->size, load(f, p));
        return true;
    }
}

bool pvg_w_layout_decode(const struct pvg_w_layout *layout, const uint8_t *p, void *out)
{
    for (uint32_t i = 0; i < layout->field_count; i++) {
        const struct pvg_w_field *f = &layout->fields[i];
        const uint8_t *src = f->type == PVG_W_IMPLIED ? p : p + f->wire;
        uint8_t *mem = (uint8_t *)out + f->mem;
        if (f->count == 1) {
            if (!decode_field(f, src, mem))
                return false;
            continue;
        }
        uint32_t step = pvg_w_field_size(f);
        for (uint32_t k = 0; k < f->count; k++)
            if (!decode_field(f, src + k * step, mem + k * f->size))
                return false;
    }
    return true;
}

static bool store(const struct pvg_w_field *f, uint8_t *dst, uint64_t v)
{
    switch (f->type) {
    case PVG_W_U8:
        if (v > UINT8_MAX)
            return false;
        dst[0] = (uint8_t)v;
        return true;
    case PVG_W_U16:
        if (v > UINT16_MAX)
            return false;
        pvg_st16(dst, (uint16_t)v);
        return true;
    case PVG_W_S16:
        if ((int64_t)v < INT16_MIN || (int64_t)v > INT16_MAX)
            return false;
        pvg_st16(dst, (uint16_t)v);
        return true;
    case PVG_W_U32:
    case PVG_W_F32:
        if (v > UINT32_MAX)
            return false;
        pvg_st32(dst, (uint32_t)v);
        return true;
    case PVG_W_IMPLIED:
        return f->size == 8 ? v == implied_value(f) : v == (implied_value(f) & ((1ull << (8 * f->size)) - 1));
    default:
        pvg_st64(dst, v);
        return true;
    }
}

static bool encode_field(const struct pvg_w_field *f, uint8_t *dst, const uint8_t *mem)
{
    const struct pvg_w_texture_desc *desc = (const struct pvg_w_texture_desc *)mem;

    switch (f->type) {
    case PVG_W_NARROW_TEXTURE:
        return !desc->wide && pvg_w_texture_encode(dst, PVG_W_TEXTURE_NARROW, desc) != 0;
    case PVG_W_WIDE_TEXTURE:
        return desc->wide && pvg_w_texture_encode(dst, PVG_W_TEXTURE_WIDE, desc) != 0;
    case PVG_W_STRUCT:
        return pvg_w_layout_encode(f->sub, dst, mem);
    default:
        return store(f, dst, member_get(f, mem));
    }
}

bool pvg_w_layout_encode(const struct pvg_w_layout *layout, uint8_t *dst, const void *in)
{
    for (uint32_t i = 0; i < layout->field_count; i++) {
        const struct pvg_w_field *f = &layout->fields[i];
        uint8_t *to = f->type == PVG_W_IMPLIED ? dst : dst + f->wire;
        uint32_t step = pvg_w_field_size(f);
        for (uint32_t k = 0; k < f->count; k++)
            if (!encode_field(f, to + k * step, (const uint8_t *)in + f->mem + k * f->size))
                return false;
    }
    return true;
}
