/* SPDX-License-Identifier: MIT */
/* Object-list entries and serializer create/destroy records (spec 05 sections 2, 4, 5.4 and 6). */
#include "wire/object.h"

#include "wire/wire.h"

/* ---- Object list ---- */

bool pvg_w_object_entry_decode(const uint8_t *p, size_t n, struct pvg_w_object_entry *out)
{
    if (n < PVG_W_OBJECT_ENTRY_SIZE)
        return false;
    *out = (struct pvg_w_object_entry){.type = p[0], .length = pvg_ld32(p) >> 8, .gva = pvg_ld64(p + 4)};
    return true;
}

size_t pvg_w_object_entry_encode(uint8_t *dst, size_t cap, const struct pvg_w_object_entry *in)
{
    if (cap < PVG_W_OBJECT_ENTRY_SIZE || in->length > 0xffffff)
        return 0;
    pvg_st32(dst, in->type | in->length << 8);
    pvg_st64(dst + 4, in->gva);
    return PVG_W_OBJECT_ENTRY_SIZE;
}

/* ---- Record headers ---- */

/* The record has this opcode, and its length word and the bytes at hand are both `length`. */
static bool exact_record(const uint8_t *p, size_t n, uint32_t opcode, size_t length)
{
    return n == length && pvg_ld32(p) == opcode && pvg_ld32(p + 4) == length;
}

static uint8_t *begin_record(uint8_t *dst, size_t cap, uint32_t opcode, size_t length)
{
    if (cap < length)
        return NULL;
    memset(dst, 0, length);
    pvg_st32(dst, opcode);
    pvg_st32(dst + 4, (uint32_t)length);
    return dst + 8;
}

/* ---- Texture descriptor (6.1, 6.2) ---- */

uint32_t pvg_w_texture_slices(const struct pvg_w_texture_desc *d)
{
    uint32_t layers = d->array_length ? d->array_length : 1;

    switch (d->type) {
    case PVG_W_TEX_1D_ARRAY:
    case PVG_W_TEX_2D_ARRAY:
    case PVG_W_TEX_2D_MS_ARRAY:
        return layers;
    case PVG_W_TEX_CUBE:
        return 6;
    case PVG_W_TEX_CUBE_ARRAY:
        return 6 * layers;
    default:
        return 1;
    }
}

static const uint8_t identity_swizzle[4] = {PVG_W_SWIZZLE_RED, PVG_W_SWIZZLE_GREEN, PVG_W_SWIZZLE_BLUE, PVG_W_SWIZZLE_ALPHA};

bool pvg_w_swizzle_identity(const uint8_t swizzle[4])
{
    return memcmp(swizzle, identity_swizzle, 4) == 0;
}

static bool swizzle_valid(const uint8_t s[4])
{
    return s[0] <= PVG_W_SWIZZLE_ALPHA && s[1] <= PVG_W_SWIZZLE_ALPHA && s[2] <= PVG_W_SWIZZLE_ALPHA && s[3] <= PVG_W_SWIZZLE_ALPHA;
}

#define DESC_OPTIMIZED    0x40
#define DESC_FLAGS_NARROW 0x30 /* Bit 7 is never written in the narrow form. */
#define DESC_FLAGS_WIDE   0xb0

bool pvg_w_texture_narrow_decode(const uint8_t *p, size_t n, struct pvg_w_texture_desc *out)
{
    if (n < PVG_W_TEXTURE_NARROW)
        return false;
    *out = (struct pvg_w_texture_desc){
        .type = p[0] & 0xf,
        .flags = p[0] & DESC_FLAGS_NARROW,
        .optimized = (p[0] & DESC_OPTIMIZED) != 0,
        .usage = p[1],
        .format = pvg_ld16(p + 2),
        .width = pvg_ld32(p + 4),
        .height = pvg_ld32(p + 8),
        .depth = pvg_ld32(p + 0xc),
        .levels = pvg_ld16(p + 0x10),
        .samples = pvg_ld16(p + 0x12),
        .array_length = pvg_ld16(p + 0x14),
        .options = pvg_ld16(p + 0x16),
        .unidentified = pvg_ld64(p + 0x18),
    };
    memcpy(out->swizzle, identity_swizzle, 4);
    return out->type < PVG_W_TEX_TYPE_COUNT;
}

bool pvg_w_texture_wide_decode(const uint8_t *p, size_t n, struct pvg_w_texture_desc *out)
{
    if (n < PVG_W_TEXTURE_WIDE)
        return false;
    *out = (struct pvg_w_texture_desc){
        .wide = true,
        .type = p[0] & 0xf,
        .flags = p[0] & DESC_FLAGS_WIDE,
        .optimized = (p[0] & DESC_OPTIMIZED) != 0,
        .format = pvg_ld16(p + 1),
        .usage = pvg_ld32(p + 3),
        .width = pvg_ld32(p + 7),
        .height = pvg_ld32(p + 0xb),
        .depth = pvg_ld32(p + 0xf),
        .levels = pvg_ld16(p + 0x13),
        .samples = pvg_ld16(p + 0x15),
        .array_length = pvg_ld16(p + 0x17),
        .options = pvg_ld16(p + 0x19),
        .unidentified = pvg_ld64(p + 0x1b),
        .swizzle = {p[0x23], p[0x24], p[0x25], p[0x26]},
    };
    return out->type < PVG_W_TEX_TYPE_COUNT && swizzle_valid(out->swizzle);
}

static uint8_t desc_byte(const struct pvg_w_texture_desc *d, uint8_t flag_mask)
{
    return (uint8_t)((d->type & 0xf) | (d->flags & flag_mask) | (d->optimized ? DESC_OPTIMIZED : 0));
}

static size_t encode_narrow(uint8_t *dst, size_t cap, const struct pvg_w_texture_desc *d)
{
    if (cap < PVG_W_TEXTURE_NARROW || d->usage > UINT8_MAX || !pvg_w_swizzle_identity(d->swizzle))
        return 0;
    dst[0] = desc_byte(d, DESC_FLAGS_NARROW);
    dst[1] = (uint8_t)d->usage;
    pvg_st16(dst + 2, d->format);
    pvg_st32(dst + 4, d->width);
    pvg_st32(dst + 8, d->height);
    pvg_st32(dst + 0xc, d->depth);
    pvg_st16(dst + 0x10, d->levels);
    pvg_st16(dst + 0x12, d->samples);
    pvg_st16(dst + 0x14, d->array_length);
    pvg_st16(dst + 0x16, d->options);
    pvg_st64(dst + 0x18, d->unidentified);
    return PVG_W_TEXTURE_NARROW;
}

static size_t encode_wide(uint8_t *dst, size_t cap, const struct pvg_w_texture_desc *d)
{
    if (cap < PVG_W_TEXTURE_WIDE || !swizzle_valid(d->swizzle))
        return 0;
    dst[0] = desc_byte(d, DESC_FLAGS_WIDE);
    pvg_st16(dst + 1, d->format);
    pvg_st32(dst + 3, d->usage);
    pvg_st32(dst + 7, d->width);
    pvg_st32(dst + 0xb, d->height);
    pvg_st32(dst + 0xf, d->depth);
    pvg_st16(dst + 0x13, d->levels);
    pvg_st16(dst + 0x15, d->samples);
    pvg_st16(dst + 0x17, d->array_length);
    pvg_st16(dst + 0x19, d->options);
    pvg_st64(dst + 0x1b, d->unidentified);
    memcpy(dst + 0x23, d->swizzle, 4);
    dst[0x27] = 0;
    return PVG_W_TEXTURE_WIDE;
}

size_t pvg_w_texture_encode(uint8_t *dst, size_t cap, const struct pvg_w_texture_desc *in)
{
    if (in->type >= PVG_W_TEX_TYPE_COUNT)
        return 0;
    return in->wide ? encode_wide(dst, cap, in) : encode_narrow(dst, cap, in);
}

static bool decode_body(const uint8_t *p, bool wide, struct pvg_w_texture_desc *out)
{
    return wide ? pvg_w_texture_wide_decode(p, PVG_W_TEXTURE_WIDE, out) : pvg_w_texture_narrow_decode(p, PVG_W_TEXTURE_NARROW, out);
}

static size_t body_size(bool wide)
{
    return wide ? PVG_W_TEXTURE_WIDE : PVG_W_TEXTURE_NARROW;
}

/* ---- New texture (6.3) ---- */

bool pvg_w_new_texture_decode(const uint8_t *p, size_t n, struct pvg_w_new_texture *out)
{
    bool wide = exact_record(p, n, PVG_W_NEW_TEXTURE_WIDE, 52);

    if (!wide && !exact_record(p, n, PVG_W_NEW_TEXTURE, 44))
        return false;
    out->ref = pvg_ld32(p + 8);
    return decode_body(p + 12, wide, &out->desc);
}

size_t pvg_w_new_texture_encode(uint8_t *dst, size_t cap, const struct pvg_w_new_texture *in)
{
    bool wide = in->desc.wide;
    size_t length = 12 + body_size(wide);
    uint8_t *p = begin_record(dst, cap, wide ? PVG_W_NEW_TEXTURE_WIDE : PVG_W_NEW_TEXTURE, length);

    if (!p || !pvg_w_texture_encode(p + 4, body_size(wide), &in->desc))
        return 0;
    pvg_st32(p, in->ref);
    return length;
}

/* ---- Views (6.4) ---- */

/* A range of levels or slices: 64 bits on the wire, a length of 0 counts as 1, numbers past 2^32 - 1 are refused. */
static bool decode_span(const uint8_t *p, uint32_t *first, uint32_t *count)
{
    uint64_t location = pvg_ld64(p), length = pvg_ld64(p + 8);

    if (location > UINT32_MAX || length > UINT32_MAX)
        return false;
    *first = (uint32_t)location;
    *count = length ? (uint32_t)length : 1;
    return true;
}

static size_t view_length(uint32_t opcode)
{
    switch (opcode) {
    case PVG_W_NEW_VIEW_FORMAT:
        return 20;
    case PVG_W_NEW_VIEW_RANGE:
        return 52;
    case PVG_W_NEW_VIEW_SWIZZLE:
        return 56;
    default:
        return 0;
    }
}

bool pvg_w_texture_view_decode(const uint8_t *p, size_t n, struct pvg_w_texture_view *out)
{
    if (n < 8)
        return false;
    uint32_t opcode = pvg_ld32(p);
    size_t length = view_length(opcode);
    if (!length || !exact_record(p, n, opcode, length))
        return false;
    p += 8;
    *out = (struct pvg_w_texture_view){
        .opcode = opcode,
        .ref = pvg_ld32(p),
        .base = pvg_ld32(p + 4),
        .format = pvg_ld16(p + 8),
        .level_count = 1,
        .slice_count = 1,
    };
    memcpy(out->swizzle, identity_swizzle, 4);
    if (out->base == 0)
        return false;
    if (opcode == PVG_W_NEW_VIEW_FORMAT)
        return true;
    uint16_t type = pvg_ld16(p + 0xa);
    out->has_range = true;
    out->type = (uint8_t)type;
    if (type >= PVG_W_TEX_TYPE_COUNT || !decode_span(p + 0xc, &out->level, &out->level_count) ||
        !decode_span(p + 0x1c, &out->slice, &out->slice_count))
        return false;
    if (opcode == PVG_W_NEW_VIEW_SWIZZLE)
        memcpy(out->swizzle, p + 0x2c, 4);
    return swizzle_valid(out->swizzle);
}

size_t pvg_w_texture_view_encode(uint8_t *dst, size_t cap, const struct pvg_w_texture_view *in)
{
    size_t length = view_length(in->opcode);
    uint8_t *p = length ? begin_record(dst, cap, in->opcode, length) : NULL;

    if (!p)
        return 0;
    pvg_st32(p, in->ref);
    pvg_st32(p + 4, in->base);
    pvg_st16(p + 8, in->format);
    if (in->opcode == PVG_W_NEW_VIEW_FORMAT)
        return length;
    pvg_st16(p + 0xa, in->type);
    pvg_st64(p + 0xc, in->level);
    pvg_st64(p + 0x14, in->level_count);
    pvg_st64(p + 0x1c, in->slice);
    pvg_st64(p + 0x24, in->slice_count);
    if (in->opcode == PVG_W_NEW_VIEW_SWIZZLE)
        memcpy(p + 0x2c, in->swizzle, 4);
    return length;
}

/* ---- Textures over buffers, surfaces and heaps (6.5 .. 6.7) ---- */

bool pvg_w_buffer_texture_decode(const uint8_t *p, size_t n, struct pvg_w_buffer_texture *out)
{
    bool wide = exact_record(p, n, PVG_W_NEW_BUFFER_TEXTURE_WIDE, 72);

    if (!wide && !exact_record(p, n, PVG_W_NEW_BUFFER_TEXTURE, 64))
        return false;
    out->ref = pvg_ld32(p + 8);
    out->buffer = pvg_ld32(p + 12);
    out->offset = pvg_ld64(p + 16);
    out->bytes_per_row = pvg_ld64(p + 24);
    return decode_body(p + 32, wide, &out->desc) && out->buffer != 0;
}

size_t pvg_w_buffer_texture_encode(uint8_t *dst, size_t cap, const struct pvg_w_buffer_texture *in)
{
    bool wide = in->desc.wide;
    size_t length = 32 + body_size(wide);
    uint8_t *p = begin_record(dst, cap, wide ? PVG_W_NEW_BUFFER_TEXTURE_WIDE : PVG_W_NEW_BUFFER_TEXTURE, length);

    if (!p || !pvg_w_texture_encode(p + 24, body_size(wide), &in->desc))
        return 0;
    pvg_st32(p, in->ref);
    pvg_st32(p + 4, in->buffer);
    pvg_st64(p + 8, in->offset);
    pvg_st64(p + 16, in->bytes_per_row);
    return length;
}

static size_t surface_record_length(uint32_t opcode)
{
    if (opcode == PVG_W_NEW_SURFACE_TEXTURE_WIDE)
        return 56;
    return opcode == PVG_W_NEW_SURFACE_TEXTURE || opcode == PVG_W_NEW_SURFACE_TEXTURE_ROTATED ? 48 : 0;
}

bool pvg_w_surface_texture_decode(const uint8_t *p, size_t n, struct pvg_w_surface_texture *out)
{
    if (n < 8)
        return false;
    uint32_t opcode = pvg_ld32(p);
    size_t length = surface_record_length(opcode);
    if (!length || !exact_record(p, n, opcode, length))
        return false;
    bool wide = opcode == PVG_W_NEW_SURFACE_TEXTURE_WIDE;
    out->opcode = opcode;
    out->surface = 0;
    out->owner = 0;
    out->ref = pvg_ld32(p + 8);
    /* The upper half of the narrow plane word is never written. */
    out->plane = wide ? pvg_ld32(p + 52) : pvg_ld16(p + 44);
    return decode_body(p + 12, wide, &out->desc);
}

size_t pvg_w_surface_texture_encode(uint8_t *dst, size_t cap, const struct pvg_w_surface_texture *in)
{
    bool wide = in->opcode == PVG_W_NEW_SURFACE_TEXTURE_WIDE;
    size_t length = surface_record_length(in->opcode);

    if (!length || wide != in->desc.wide || (!wide && in->plane > UINT16_MAX))
        return 0;
    uint8_t *p = begin_record(dst, cap, in->opcode, length);
    if (!p || !pvg_w_texture_encode(p + 4, body_size(wide), &in->desc))
        return 0;
    pvg_st32(p, in->ref);
    pvg_st32(p + 4 + body_size(wide), in->plane);
    return length;
}

bool pvg_w_heap_texture_decode(const uint8_t *p, size_t n, struct pvg_w_heap_texture *out)
{
    bool wide = exact_record(p, n, PVG_W_NEW_HEAP_TEXTURE_WIDE, 68);

    if (!wide && !exact_record(p, n, PVG_W_NEW_HEAP_TEXTURE, 60))
        return false;
    const uint8_t *placement = p + 16 + body_size(wide);
    out->ref = pvg_ld32(p + 8);
    out->heap = pvg_ld32(p + 12);
    /* Only bit 0 of the flag word is written. */
    out->use_offset = placement[0] & 1;
    out->offset = out->use_offset ? pvg_ld64(placement + 4) : 0;
    return decode_body(p + 16, wide, &out->desc) && out->heap != 0;
}

size_t pvg_w_heap_texture_encode(uint8_t *dst, size_t cap, const struct pvg_w_heap_texture *in)
{
    bool wide = in->desc.wide;
    size_t length = 28 + body_size(wide);
    uint8_t *p = begin_record(dst, cap, wide ? PVG_W_NEW_HEAP_TEXTURE_WIDE : PVG_W_NEW_HEAP_TEXTURE, length);

    if (!p || !pvg_w_texture_encode(p + 8, body_size(wide), &in->desc))
        return 0;
    pvg_st32(p, in->ref);
    pvg_st32(p + 4, in->heap);
    p[8 + body_size(wide)] = in->use_offset;
    pvg_st64(p + 12 + body_size(wide), in->offset);
    return length;
}

bool pvg_w_heap_query_decode(const uint8_t *p, size_t n, struct pvg_w_texture_desc *out)
{
    return exact_record(p, n, PVG_W_HEAP_SIZE_QUERY, 40) && pvg_w_texture_narrow_decode(p + 8, PVG_W_TEXTURE_NARROW, out);
}

size_t pvg_w_heap_query_encode(uint8_t *dst, size_t cap, const struct pvg_w_texture_desc *in)
{
    uint8_t *p = in->wide ? NULL : begin_record(dst, cap, PVG_W_HEAP_SIZE_QUERY, 40);

    return p && pvg_w_texture_encode(p, PVG_W_TEXTURE_NARROW, in) ? 40 : 0;
}

/* ---- Sampler (6.8) ---- */

#define SAMPLER_LENGTH 36

void pvg_w_sampler_init(struct pvg_w_sampler *s)
{
    *s = (struct pvg_w_sampler){.max_anisotropy = 1, .normalized = true, .lod_max = 0x1.fffffep127f};
}

static bool sampler_valid(const struct pvg_w_sampler *s)
{
    for (int i = 0; i < 3; i++)
        if (s->address[i] > 5)
            return false;
    return s->min_filter <= 1 && s->mag_filter <= 1 && s->mip_filter <= 2 && s->border_color <= 2 && s->compare <= 7 &&
           s->max_anisotropy >= 1 && s->max_anisotropy <= 16;
}

bool pvg_w_sampler_decode(const uint8_t *p, size_t n, struct pvg_w_sampler *out)
{
    if (!exact_record(p, n, PVG_W_NEW_SAMPLER, SAMPLER_LENGTH))
        return false;
    uint32_t w = pvg_ld32(p + 12);
    uint32_t aniso = (w >> 26) & 0x1f;
    *out = (struct pvg_w_sampler){
        .ref = pvg_ld32(p + 8),
        .min_filter = w & 3,
        .mag_filter = (w >> 2) & 3,
        .lod_average = (w >> 4) & 1,
        .compare = (w >> 5) & 7,
        .address = {(w >> 8) & 0xf, (w >> 12) & 0xf, (w >> 16) & 0xf},
        .border_color = (w >> 20) & 0xf,
        .mip_filter = (w >> 24) & 3,
        .max_anisotropy = aniso ? aniso : 1, /* 0 is malformed but harmless. */
        .normalized = w >> 31,
        .argument_buffers = p[16] & 1,
        .lod_min = pvg_ldf32(p + 20),
        .lod_max = pvg_ldf32(p + 24),
    };
    return sampler_valid(out);
}

size_t pvg_w_sampler_encode(uint8_t *dst, size_t cap, const struct pvg_w_sampler *in)
{
    uint8_t *p = sampler_valid(in) ? begin_record(dst, cap, PVG_W_NEW_SAMPLER, SAMPLER_LENGTH) : NULL;

    if (!p)
        return 0;
    pvg_st32(p, in->ref);
    pvg_st32(p + 4, in->min_filter | (uint32_t)in->mag_filter << 2 | (uint32_t)in->lod_average << 4 | (uint32_t)in->compare << 5 |
                        (uint32_t)in->address[0] << 8 | (uint32_t)in->address[1] << 12 | (uint32_t)in->address[2] << 16 |
                        (uint32_t)in->border_color << 20 | (uint32_t)in->mip_filter << 24 | (uint32_t)in->max_anisotropy << 26 |
                        (uint32_t)in->normalized << 31);
    p[8] = in->argument_buffers;
    pvg_stf32(p + 12, in->lod_min);
    pvg_stf32(p + 16, in->lod_max);
    return SAMPLER_LENGTH;
}

/* ---- Depth-stencil (6.9) ---- */

#define DEPTH_STENCIL_LENGTH 40
#define STENCIL_ENABLED_BITS 0x30 /* Always written as 1. */

void pvg_w_depth_stencil_init(struct pvg_w_depth_stencil *s)
{
    struct pvg_w_stencil_face face = {.compare = 7, .read_mask = UINT32_MAX, .write_mask = UINT32_MAX};
    *s = (struct pvg_w_depth_stencil){.depth_compare = 7, .front = face, .back = face};
}

static struct pvg_w_stencil_face decode_face(const uint8_t *p)
{
    uint32_t ops = pvg_ld32(p);
    return (struct pvg_w_stencil_face){
        .compare = ops & 7,
        .stencil_fail = (ops >> 3) & 7,
        .depth_fail = (ops >> 6) & 7,
        .pass = (ops >> 9) & 7,
        .read_mask = pvg_ld32(p + 4),
        .write_mask = pvg_ld32(p + 8),
    };
}

bool pvg_w_depth_stencil_decode(const uint8_t *p, size_t n, struct pvg_w_depth_stencil *out)
{
    if (!exact_record(p, n, PVG_W_NEW_DEPTH_STENCIL, DEPTH_STENCIL_LENGTH))
        return false;
    *out = (struct pvg_w_depth_stencil){
        .ref = pvg_ld32(p + 8),
        .depth_compare = p[12] & 7,
        .depth_write = (p[12] >> 3) & 1,
        .front = decode_face(p + 16),
        .back = decode_face(p + 28),
    };
    return true;
}

static void encode_face(uint8_t *p, const struct pvg_w_stencil_face *f)
{
    pvg_st32(p, (f->compare & 7u) | (f->stencil_fail & 7u) << 3 | (f->depth_fail & 7u) << 6 | (f->pass & 7u) << 9);
    pvg_st32(p + 4, f->read_mask);
    pvg_st32(p + 8, f->write_mask);
}

size_t pvg_w_depth_stencil_encode(uint8_t *dst, size_t cap, const struct pvg_w_depth_stencil *in)
{
    uint8_t *p = begin_record(dst, cap, PVG_W_NEW_DEPTH_STENCIL, DEPTH_STENCIL_LENGTH);

    if (!p)
        return 0;
    pvg_st32(p, in->ref);
    p[4] = (uint8_t)((in->depth_compare & 7) | in->depth_write << 3 | STENCIL_ENABLED_BITS);
    encode_face(p + 8, &in->front);
    encode_face(p + 20, &in->back);
    return DEPTH_STENCIL_LENGTH;
}

/* ---- Fence (6.10) ---- */

bool pvg_w_fence_decode(const uint8_t *p, size_t n, struct pvg_w_fence *out)
{
    if (!exact_record(p, n, PVG_W_NEW_FENCE, 12))
        return false;
    out->ref = pvg_ld32(p + 8);
    return true;
}

size_t pvg_w_fence_encode(uint8_t *dst, size_t cap, const struct pvg_w_fence *in)
{
    uint8_t *p = begin_record(dst, cap, PVG_W_NEW_FENCE, 12);

    if (!p)
        return 0;
    pvg_st32(p, in->ref);
    return 12;
}

/* ---- Rasterization rate map (6.11) ---- */

#define RATE_MAP_HEAD 28
#define RATE_MAP_TAIL 16 /* Never written, but part of the length. */

static uint64_t rate_map_values(const struct pvg_w_rate_map *map, uint32_t layer)
{
    return (uint64_t)map->layers[layer].width + map->layers[layer].height;
}

/* Lay the quality arrays out behind the layer table. @return the record's length. */
static uint64_t rate_map_place(struct pvg_w_rate_map *map)
{
    uint64_t at = RATE_MAP_HEAD + 4ull * map->layer_count;

    for (uint32_t i = 0; i < map->layer_count; i++) {
        map->layers[i].offset = (uint32_t)at;
        at += 4 * rate_map_values(map, i);
    }
    return at + RATE_MAP_TAIL;
}

bool pvg_w_rate_map_decode(const uint8_t *p, size_t n, struct pvg_w_rate_map *out)
{
    if (n < RATE_MAP_HEAD + RATE_MAP_TAIL || pvg_ld32(p) != PVG_W_NEW_RATE_MAP || pvg_ld32(p + 4) != n)
        return false;
    *out = (struct pvg_w_rate_map){
        .ref = pvg_ld32(p + 8),
        .width = pvg_ld16(p + 12),
        .height = pvg_ld16(p + 14),
        .layer_count = pvg_ld32(p + 16),
        .unidentified_0c = pvg_ld32(p + 20),
        .unidentified_10 = pvg_ld32(p + 24),
    };
    if (out->layer_count > PVG_W_MAX_RATE_LAYERS || !pvg_array_fits(RATE_MAP_HEAD, out->layer_count, 4, n))
        return false;
    for (uint32_t i = 0; i < out->layer_count; i++) {
        out->layers[i].width = pvg_ld16(p + RATE_MAP_HEAD + 4 * i);
        out->layers[i].height = pvg_ld16(p + RATE_MAP_HEAD + 4 * i + 2);
    }
    return rate_map_place(out) == n;
}

size_t pvg_w_rate_map_encode(uint8_t *dst, size_t cap, const struct pvg_w_rate_map *in, const float *quality)
{
    struct pvg_w_rate_map map = *in;

    if (map.layer_count > PVG_W_MAX_RATE_LAYERS)
        return 0;
    size_t length = (size_t)rate_map_place(&map);
    uint8_t *p = begin_record(dst, cap, PVG_W_NEW_RATE_MAP, length);
    if (!p)
        return 0;
    pvg_st32(p, map.ref);
    pvg_st16(p + 4, map.width);
    pvg_st16(p + 6, map.height);
    pvg_st32(p + 8, map.layer_count);
    pvg_st32(p + 12, map.unidentified_0c);
    pvg_st32(p + 16, map.unidentified_10);
    for (uint32_t i = 0; i < map.layer_count; i++) {
        pvg_st16(dst + RATE_MAP_HEAD + 4 * i, map.layers[i].width);
        pvg_st16(dst + RATE_MAP_HEAD + 4 * i + 2, map.layers[i].height);
        for (uint32_t k = 0; k < rate_map_values(&map, i); k++)
            pvg_stf32(dst + map.layers[i].offset + 4 * k, *quality++);
    }
    return length;
}

float pvg_w_rate_map_quality(const uint8_t *record, const struct pvg_w_rate_map *map, uint32_t layer, uint32_t i)
{
    if (layer >= map->layer_count || i >= rate_map_values(map, layer))
        return 0;
    return pvg_ldf32(record + map->layers[layer].offset + 4 * (size_t)i);
}

/* ---- Destroy records (5.4) ---- */

static const struct pvg_w_object_info *find_destroy(uint32_t opcode)
{
    size_t count;
    const struct pvg_w_object_info *rows = pvg_w_destroy_records(&count);

    for (size_t i = 0; i < count; i++)
        if (rows[i].code == opcode)
            return &rows[i];
    return NULL;
}

bool pvg_w_destroy_decode(const uint8_t *p, size_t n, struct pvg_w_destroy *out)
{
    if (n < PVG_W_DESTROY_LENGTH || pvg_ld32(p + 4) != PVG_W_DESTROY_LENGTH)
        return false;
    const struct pvg_w_object_info *info = find_destroy(pvg_ld32(p));
    if (!info)
        return false;
    *out = (struct pvg_w_destroy){.opcode = info->code, .kind = info->kind, .ref = pvg_ld32(p + 8)};
    return true;
}

size_t pvg_w_destroy_encode(uint8_t *dst, size_t cap, uint32_t opcode, uint32_t ref)
{
    uint8_t *p = find_destroy(opcode) ? begin_record(dst, cap, opcode, PVG_W_DESTROY_LENGTH) : NULL;

    if (!p)
        return 0;
    pvg_st32(p, ref);
    return PVG_W_DESTROY_LENGTH;
}
