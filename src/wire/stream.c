/* SPDX-License-Identifier: MIT */
#include "wire/stream.h"

#include "wire/wire.h"

/* ---- Framing (spec 06 section 1.5) ---- */

bool pvg_w_stream_check(const uint8_t *p, size_t n, size_t *offset, const char **reason)
{
    size_t pos = 0;

    *reason = NULL;
    while (pos < n) {
        *offset = pos;
        if (n - pos < PVG_W_SEGMENT_HEADER) {
            *reason = "short segment header";
            return false;
        }
        uint32_t length = pvg_ld32(p + pos);
        if (length < PVG_W_SEGMENT_HEADER || length > n - pos) {
            *reason = "bad segment length";
            return false;
        }
        pos += length;
    }
    return true;
}

bool pvg_w_segment_next(const uint8_t *p, size_t n, size_t *pos, struct pvg_w_segment *out)
{
    if (*pos >= n || n - *pos < PVG_W_SEGMENT_HEADER)
        return false;
    const uint8_t *s = p + *pos;
    uint32_t length = pvg_ld32(s);
    if (length < PVG_W_SEGMENT_HEADER || length > n - *pos)
        return false;
    *out = (struct pvg_w_segment){
        .type = s[4],
        .continued = s[5] != 0,
        .keep_open = s[6] != 0,
        .body = s + PVG_W_SEGMENT_HEADER,
        .length = length - PVG_W_SEGMENT_HEADER,
    };
    *pos += length;
    return true;
}

size_t pvg_w_segment_encode(uint8_t *dst, size_t cap, uint8_t type, bool continued, bool keep_open, uint32_t length)
{
    if (cap < PVG_W_SEGMENT_HEADER || length < PVG_W_SEGMENT_HEADER)
        return 0;
    pvg_st32(dst, length);
    dst[4] = type;
    dst[5] = continued;
    dst[6] = keep_open;
    dst[7] = 0;
    return PVG_W_SEGMENT_HEADER;
}

enum pvg_w_walk pvg_w_record_next(const struct pvg_w_segment *seg, size_t *pos, struct pvg_w_raw_record *out)
{
    if (*pos >= seg->length)
        return PVG_W_WALK_END;
    size_t left = seg->length - *pos;
    if (left < PVG_W_RECORD_HEADER)
        return PVG_W_WALK_BAD;
    const uint8_t *p = seg->body + *pos;
    uint32_t length = pvg_ld32(p + 4);
    if (length < PVG_W_RECORD_HEADER || length > left)
        return PVG_W_WALK_BAD;
    *out = (struct pvg_w_raw_record){.opcode = pvg_ld32(p), .length = length, .data = p};
    *pos += length;
    return PVG_W_WALK_RECORD;
}

/* ---- Records ---- */

const char *pvg_w_result_name(enum pvg_w_result r)
{
    switch (r) {
    case PVG_W_OK:
        return "ok";
    case PVG_W_UNKNOWN:
        return "unknown opcode";
    case PVG_W_BAD_LENGTH:
        return "bad length";
    case PVG_W_BAD_COUNT:
        return "bad count";
    case PVG_W_BAD_VALUE:
        return "bad value";
    }
    return "?";
}

/* An entry list may be empty only where an empty list is a harmless statement (spec 06 section 11). */
static bool empty_list_ok(const struct pvg_w_record_info *info)
{
    return info->kind == PVG_W_REC_USE_RESOURCES || info->kind == PVG_W_REC_USE_HEAPS || info->kind == PVG_W_REC_BARRIER_RESOURCES;
}

static uint64_t read_count(const struct pvg_w_record_info *info, const uint8_t *p)
{
    if (!info->count_at)
        return 1;
    return info->count_size == 8 ? pvg_ld64(p + info->count_at) : pvg_ld32(p + info->count_at);
}

static enum pvg_w_result decode_entries(const struct pvg_w_record_info *info, const uint8_t *p, size_t n, struct pvg_w_record *out)
{
    uint64_t count = read_count(info, p);

    if (count == 0 && !empty_list_ok(info))
        return PVG_W_BAD_COUNT;
    if (count > UINT32_MAX || !pvg_array_fits(info->entries_at, count, pvg_w_entry_layout(info->entry)->length, n))
        return PVG_W_BAD_COUNT;
    out->count = (uint32_t)count;
    out->wire_entries = p + info->entries_at;
    return PVG_W_OK;
}

/*
 * Draws and binds make up nearly all of a stream, so the ones that drivers send most are read here instead of through their tables.
 * The tests hold both readings against each other.
 */
static bool decode_frequent(const struct pvg_w_record_info *info, const uint8_t *p, struct pvg_w_record *out)
{
    struct pvg_w_draw *d = &out->draw;

    switch (info->kind) {
    case PVG_W_REC_BIND_BUFFERS:
    case PVG_W_REC_BIND_TEXTURES:
    case PVG_W_REC_BIND_SAMPLERS:
        out->first = pvg_ld32(p + 0x08);
        return true;
    case PVG_W_REC_DRAW:
        break;
    default:
        return false;
    }
    switch (info->opcode) {
    case 0x01:
        *d = (struct pvg_w_draw){
            .primitive = pvg_ld32(p + 0x08), .start = pvg_ld16(p + 0x0c), .count = pvg_ld16(p + 0x0e), .instance_count = 1};
        return true;
    case 0x03:
        *d = (struct pvg_w_draw){.start = pvg_ld16(p + 0x08),
                                 .count = pvg_ld16(p + 0x0a),
                                 .instance_count = pvg_ld16(p + 0x0c),
                                 .primitive = pvg_ld16(p + 0x0e)};
        return true;
    case 0x06:
    case 0x07:
        *d = (struct pvg_w_draw){.indexed = true,
                                 .primitive = pvg_ld16(p + 0x08),
                                 .index_type = pvg_ld16(p + 0x0a),
                                 .index_ref = pvg_ld32(p + 0x0c),
                                 .count = info->opcode == 0x06 ? pvg_ld64(p + 0x10) : pvg_ld16(p + 0x10),
                                 .index_offset = info->opcode == 0x06 ? pvg_ld64(p + 0x18) : pvg_ld16(p + 0x12),
                                 .instance_count = 1};
        return true;
    default:
        return false;
    }
}

enum pvg_w_result pvg_w_record_decode(uint8_t segment, const uint8_t *p, size_t n, struct pvg_w_record *out)
{
    out->info = NULL;
    if (n < PVG_W_RECORD_HEADER || pvg_ld32(p + 4) != n)
        return PVG_W_BAD_LENGTH;
    const struct pvg_w_record_info *info = pvg_w_record_lookup(segment, pvg_ld32(p), (uint32_t)n);
    if (!info)
        return PVG_W_UNKNOWN;

    out->info = info;
    out->first = 0;
    out->count = 0;
    out->wire_entries = NULL;
    out->entries = NULL;
    if (n < info->length || (n != info->length && !info->longer_ok && !info->entry))
        return PVG_W_BAD_LENGTH;
    if (info->layout && !decode_frequent(info, p, out)) {
        memset(&out->ref, 0, info->layout->mem_size);
        if (!pvg_w_layout_decode(info->layout, p, out))
            return PVG_W_BAD_VALUE;
    }
    return info->entry ? decode_entries(info, p, n, out) : PVG_W_OK;
}

static size_t encoded_length(const struct pvg_w_record *in)
{
    const struct pvg_w_record_info *info = in->info;

    if (!info->entry)
        return info->length;
    if ((!info->count_at && in->count != 1) || (in->count == 0 && !empty_list_ok(info)) || (in->count && !in->entries))
        return 0;
    uint64_t length = info->entries_at + (uint64_t)in->count * pvg_w_entry_layout(info->entry)->length + info->tail;
    return length > UINT32_MAX ? 0 : (size_t)length;
}

static bool encode_entries(const struct pvg_w_record *in, uint8_t *dst)
{
    const struct pvg_w_record_info *info = in->info;
    const struct pvg_w_layout *layout = pvg_w_entry_layout(info->entry);

    if (info->count_at && info->count_size == 8)
        pvg_st64(dst + info->count_at, in->count);
    else if (info->count_at)
        pvg_st32(dst + info->count_at, in->count);
    for (uint32_t i = 0; i < in->count; i++) {
        const uint8_t *entry = (const uint8_t *)in->entries + (size_t)i * layout->mem_size;
        if (!pvg_w_layout_encode(layout, dst + info->entries_at + (size_t)i * layout->length, entry))
            return false;
    }
    return true;
}

size_t pvg_w_record_encode(uint8_t *dst, size_t cap, const struct pvg_w_record *in)
{
    if (!in->info)
        return 0;
    size_t length = encoded_length(in);
    if (length == 0 || length > cap)
        return 0;
    memset(dst, 0, length);
    pvg_st32(dst, in->info->opcode);
    pvg_st32(dst + 4, (uint32_t)length);
    if (in->info->layout && !pvg_w_layout_encode(in->info->layout, dst, in))
        return 0;
    if (in->info->entry && !encode_entries(in, dst))
        return 0;
    return length;
}

/* ---- Entries ---- */

/* Binds are the most frequent records of a stream, so their entries are read without the tables. */
struct pvg_w_bind pvg_w_record_bind(const struct pvg_w_record *r, uint32_t i)
{
    const uint8_t *e = r->wire_entries;

    switch (r->info->entry) {
    case PVG_W_ENTRY_REF:
        return (struct pvg_w_bind){.ref = pvg_ld32(e + 4 * (size_t)i)};
    case PVG_W_ENTRY_BUFFER:
        e += 12 * (size_t)i;
        return (struct pvg_w_bind){.ref = pvg_ld32(e), .offset = pvg_ld64(e + 4)};
    case PVG_W_ENTRY_BUFFER_STRIDE:
        e += 20 * (size_t)i;
        return (struct pvg_w_bind){.ref = pvg_ld32(e), .offset = pvg_ld64(e + 4), .stride = pvg_ld64(e + 12)};
    case PVG_W_ENTRY_SAMPLER_LOD:
        e += 12 * (size_t)i;
        return (struct pvg_w_bind){.ref = pvg_ld32(e), .lod_min = pvg_ldf32(e + 4), .lod_max = pvg_ldf32(e + 8)};
    default:
        return (struct pvg_w_bind){0};
    }
}

static void read_entry(const struct pvg_w_record *r, uint32_t i, uint8_t kind, void *out)
{
    const struct pvg_w_layout *layout = pvg_w_entry_layout(kind);

    if (r->info->entry == kind && i < r->count)
        pvg_w_layout_decode(layout, r->wire_entries + (size_t)i * layout->length, out);
}

struct pvg_w_scissor pvg_w_record_scissor(const struct pvg_w_record *r, uint32_t i)
{
    struct pvg_w_scissor s = {0};
    read_entry(r, i, PVG_W_ENTRY_SCISSOR, &s);
    return s;
}

struct pvg_w_viewport pvg_w_record_viewport(const struct pvg_w_record *r, uint32_t i)
{
    struct pvg_w_viewport v = {0};
    read_entry(r, i, PVG_W_ENTRY_VIEWPORT, &v);
    return v;
}

struct pvg_w_point pvg_w_record_point(const struct pvg_w_record *r, uint32_t i)
{
    struct pvg_w_point pt = {0};
    read_entry(r, i, PVG_W_ENTRY_POINT, &pt);
    return pt;
}

struct pvg_w_view_mapping pvg_w_record_view_mapping(const struct pvg_w_record *r, uint32_t i)
{
    struct pvg_w_view_mapping m = {0};
    read_entry(r, i, PVG_W_ENTRY_VIEW_MAPPING, &m);
    return m;
}

/* ---- What an encoder chooses ---- */

static bool fits16(uint64_t v)
{
    return v <= UINT16_MAX;
}

uint32_t pvg_w_draw_opcode(const struct pvg_w_draw *d)
{
    bool compact = fits16(d->count) && fits16(d->instance_count) && fits16(d->base_instance);

    if (!d->indexed) {
        compact = compact && fits16(d->start);
        if (d->base_instance)
            return compact ? 0x05 : 0x04;
        if (d->instance_count != 1)
            return compact ? 0x03 : 0x02;
        return compact ? 0x01 : 0x00;
    }
    compact = compact && fits16(d->index_offset);
    if (d->base_instance || d->base_vertex) {
        /* The guest's driver truncates a large base vertex in the compact form; the wide one keeps it. */
        compact = compact && d->base_vertex >= INT16_MIN && d->base_vertex <= INT16_MAX;
        return compact ? 0x0b : 0x0a;
    }
    if (d->instance_count != 1)
        return compact ? 0x09 : 0x08;
    return compact ? 0x07 : 0x06;
}

void pvg_w_render_pass_init(struct pvg_w_render_pass *pass)
{
    *pass = (struct pvg_w_render_pass){.depth.clear = {1.0}};
}
