/* SPDX-License-Identifier: MIT */
/*
 * Wire decoders alone. First byte: what to decode (object type, or 0x80 | segment type for a record). What decodes and can be
 * encoded must decode again to the same bytes.
 */
#include "fuzz/fuzz.h"
#include "wire/object.h"
#include "wire/packet.h"
#include "wire/stream.h"
#include "wire/wire.h"

#include <stdlib.h>

#define CAP 65536

static void check(bool ok)
{
    if (!ok)
        abort();
}

static size_t encode_object(uint8_t *dst, const struct pvg_w_object *o)
{
    switch (o->kind) {
    case PVG_W_OBJ_BUFFER:
        return pvg_w_buffer_encode(dst, CAP, &o->buffer);
    case PVG_W_OBJ_LINEAR_TEXTURE:
        return o->linear.has_record ? pvg_w_linear_texture_encode(dst, CAP, &o->linear) : 0;
    case PVG_W_OBJ_SURFACE:
        return pvg_w_surface_encode(dst, CAP, &o->surface);
    case PVG_W_OBJ_SURFACE_TEXTURE:
    case PVG_W_OBJ_MAPPING_TEXTURE:
        return pvg_w_surface_ref_encode(dst, CAP, &o->surface_texture);
    case PVG_W_OBJ_FUNCTION:
        return pvg_w_function_encode(dst, CAP, &o->function);
    case PVG_W_OBJ_SAMPLER:
        return pvg_w_sampler_encode(dst, CAP, &o->sampler);
    case PVG_W_OBJ_DEPTH_STENCIL:
        return pvg_w_depth_stencil_encode(dst, CAP, &o->depth_stencil);
    case PVG_W_OBJ_RENDER_PIPELINE:
        return pvg_w_render_pipeline_encode(dst, CAP, &o->render_pipeline);
    case PVG_W_OBJ_COMPUTE_PIPELINE:
        return pvg_w_compute_pipeline_encode(dst, CAP, &o->compute_pipeline);
    case PVG_W_OBJ_ICB:
        return pvg_w_icb_encode(dst, CAP, &o->icb);
    case PVG_W_OBJ_TEXTURE_VIEW:
        return pvg_w_texture_view_encode(dst, CAP, &o->view);
    case PVG_W_OBJ_BUFFER_TEXTURE:
        return pvg_w_buffer_texture_encode(dst, CAP, &o->buffer_texture);
    case PVG_W_OBJ_HEAP_TEXTURE:
        return pvg_w_heap_texture_encode(dst, CAP, &o->heap_texture);
    default:
        return 0;
    }
}

static void fuzz_object(uint8_t type, const uint8_t *p, size_t n)
{
    static uint8_t first[CAP], second[CAP];
    struct pvg_w_object o, again;

    if (!pvg_w_object_decode(type, p, n, &o)) {
        check(o.reason != NULL);
        return;
    }
    size_t len = encode_object(first, &o);
    if (!len)
        return;
    check(pvg_w_object_decode(type, first, len, &again));
    check(encode_object(second, &again) == len && memcmp(first, second, len) == 0);
}

static void fuzz_icb(const struct pvg_w_icb *icb, const uint8_t *p, size_t n)
{
    struct pvg_w_icb_command c;
    struct pvg_w_icb_address a;
    uint64_t v;

    pvg_w_icb_command_decode(icb, p, n, &c);
    for (int t = 0; t < PVG_W_ICB_TABLE_COUNT; t++) {
        uint32_t offset, count;
        if (!pvg_w_icb_table_range(icb, (enum pvg_w_icb_table)t, &offset, &count) || !count)
            continue;
        pvg_w_icb_bind(icb, p, n, (enum pvg_w_icb_table)t, count - 1, &a);
        pvg_w_icb_value(icb, p, n, (enum pvg_w_icb_table)t, count - 1, &v);
    }
}

static void read_entries(const struct pvg_w_record *r)
{
    uint32_t last = r->count - 1;

    (void)pvg_w_record_bind(r, last);
    (void)pvg_w_record_scissor(r, last);
    (void)pvg_w_record_viewport(r, last);
    (void)pvg_w_record_point(r, last);
    (void)pvg_w_record_view_mapping(r, last);
}

static void fuzz_segment(const uint8_t *p, size_t n)
{
    struct pvg_w_segment seg;
    struct pvg_w_raw_record raw;
    struct pvg_w_record r;
    const char *reason;
    size_t pos = 0, at;
    bool whole = pvg_w_stream_check(p, n, &at, &reason);

    while (pvg_w_segment_next(p, n, &pos, &seg)) {
        size_t rec = 0;
        while (pvg_w_record_next(&seg, &rec, &raw) == PVG_W_WALK_RECORD)
            if (pvg_w_record_decode(seg.type, raw.data, raw.length, &r) == PVG_W_OK && r.count)
                read_entries(&r);
    }
    check(!whole || pos == n);
}

static void fuzz_record(uint8_t segment, const uint8_t *p, size_t n)
{
    static uint8_t first[CAP], second[CAP];
    struct pvg_w_record r, again;

    if (pvg_w_record_decode(segment, p, n, &r) != PVG_W_OK)
        return;
    if (r.count)
        read_entries(&r);
    if (r.info->entry)
        return; /* The encoder takes typed entries; the tests cover that. */
    size_t len = pvg_w_record_encode(first, CAP, &r);
    check(len != 0 && pvg_w_record_decode(segment, first, len, &again) == PVG_W_OK);
    check(pvg_w_record_encode(second, CAP, &again) == len && memcmp(first, second, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};
    uint8_t what = (uint8_t)fuzz_take(&in, 1);
    struct pvg_w_icb icb;
    struct pvg_w_rate_map map;

    if (what < 0x80) {
        fuzz_object(what & 0x1f, in.p, in.n);
    } else if (what < 0x90) {
        fuzz_record(what & 7, in.p, in.n);
    } else if (what < 0xa0) {
        fuzz_segment(in.p, in.n);
    } else if (in.n > PVG_W_ICB_LENGTH && pvg_w_icb_decode(in.p, PVG_W_ICB_LENGTH, &icb)) {
        fuzz_icb(&icb, in.p + PVG_W_ICB_LENGTH, in.n - PVG_W_ICB_LENGTH);
    } else if (pvg_w_rate_map_decode(in.p, in.n, &map) && map.layer_count) {
        (void)pvg_w_rate_map_quality(in.p, &map, map.layer_count - 1, 0);
    }
    return 0;
}
