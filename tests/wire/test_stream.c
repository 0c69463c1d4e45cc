/* SPDX-License-Identifier: MIT */
/* Stream framing and every record of spec 06: decode, encode, each truncation (vectors in tests/data/stream.json and spec 06, 13).
 */
#include "hex.h"
#include "wire/stream.h"
#include "wire/wire.h"

#include <stdio.h>

struct vector_field {
    uint16_t offset;
    uint8_t size;
    uint64_t bits;
    const char *name;
};

struct vector {
    uint8_t segment;
    uint16_t opcode;
    const char *hex;
    uint32_t field_count;
    const struct vector_field *fields;
};

#include "stream_vectors.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The random bytes of these two vectors are no valid texture descriptor; they have a test of their own. */
static bool has_texture(const struct vector *v)
{
    return v->opcode == 0x1c3 || v->opcode == 0x1d5;
}

/* ---- Reading a decoded member by its wire offset ---- */

static uint64_t member_bits(const void *base, const struct pvg_w_field *f, uint32_t k)
{
    uint64_t v = 0;
    memcpy(&v, (const uint8_t *)base + f->mem + k * f->size, f->size);
    return v;
}

static bool find_in_layout(const struct pvg_w_layout *layout, const void *base, uint32_t offset, uint32_t size, uint64_t *bits)
{
    for (uint32_t i = 0; i < layout->field_count; i++) {
        const struct pvg_w_field *f = &layout->fields[i];
        uint32_t step = pvg_w_field_size(f);
        for (uint32_t k = 0; step && k < f->count; k++) {
            uint32_t at = f->wire + k * step;
            if (f->type == PVG_W_STRUCT) {
                if (offset >= at && offset < at + step &&
                    find_in_layout(f->sub, (const uint8_t *)base + f->mem + k * f->size, offset - at, size, bits))
                    return true;
            } else if (at == offset && step <= size) {
                *bits = member_bits(base, f, k) & (step == 8 ? UINT64_MAX : (1ull << (8 * step)) - 1);
                return true;
            }
        }
    }
    return false;
}

/* Value of the field at `offset` in the decoded record. */
static bool find_field(const struct pvg_w_record *r, const uint8_t *entries, const struct vector_field *f, uint64_t *bits)
{
    const struct pvg_w_record_info *info = r->info;
    const struct pvg_w_layout *layout = pvg_w_entry_layout(info->entry);

    if (info->entry && info->count_at && f->offset == info->count_at) {
        *bits = r->count;
        return f->size == info->count_size;
    }
    if (info->entry && f->offset >= info->entries_at) {
        uint32_t i = (f->offset - info->entries_at) / layout->length;
        return i < r->count && find_in_layout(layout, entries + (size_t)i * layout->mem_size,
                                              f->offset - info->entries_at - i * layout->length, f->size, bits);
    }
    return info->layout && find_in_layout(info->layout, r, f->offset, f->size, bits);
}

/* The entries of a decoded record as the array that the encoder takes. */
static uint8_t *decode_entries(const struct pvg_w_record *r)
{
    const struct pvg_w_layout *layout = pvg_w_entry_layout(r->info->entry);
    if (!layout)
        return NULL;
    uint8_t *out = calloc(r->count, layout->mem_size);
    assert_non_null(out);
    for (uint32_t i = 0; i < r->count; i++)
        assert_true(pvg_w_layout_decode(layout, r->wire_entries + (size_t)i * layout->length, out + (size_t)i * layout->mem_size));
    return out;
}

/* Bytes that the vector's fields write, plus the header. */
static uint8_t *written_mask(const struct vector *v, size_t n)
{
    uint8_t *mask = calloc(1, n);
    assert_non_null(mask);
    memset(mask, 1, 8);
    for (uint32_t i = 0; i < v->field_count; i++)
        memset(mask + v->fields[i].offset, 1, v->fields[i].size);
    /* Only the low half of this usage word is certain to be written (spec 06 section 4.9). */
    if (v->opcode == 0x87)
        memset(mask + 0x0e, 0, 2);
    return mask;
}

/* ---- Vectors, both directions ---- */

static void test_vector_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        const struct vector *v = &vectors[i];
        struct pvg_w_record r;
        size_t n;
        uint8_t *bytes = hex_bytes(v->hex, &n);

        if (!has_texture(v)) {
            assert_int_equal(pvg_w_record_decode(v->segment, bytes, n, &r), PVG_W_OK);
            assert_int_equal(r.info->opcode, v->opcode);
            uint8_t *entries = decode_entries(&r);
            for (uint32_t k = 0; k < v->field_count; k++) {
                uint64_t got = 0, want = v->fields[k].bits;
                if (!find_field(&r, entries, &v->fields[k], &got))
                    fail_msg("record 0x%x has no member for field %s at %u", v->opcode, v->fields[k].name, v->fields[k].offset);
                if (v->opcode == 0x87 && v->fields[k].offset == 0x0c)
                    want &= 0xffff;
                if (got != want)
                    fail_msg("record 0x%x field %s: got %llx, want %llx", v->opcode, v->fields[k].name, (unsigned long long)got,
                             (unsigned long long)want);
            }
            free(entries);
        }
        free(bytes);
    }
}

static void test_vector_encode(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        const struct vector *v = &vectors[i];
        struct pvg_w_record r;
        size_t n;
        uint8_t *bytes = hex_bytes(v->hex, &n);

        if (!has_texture(v)) {
            assert_int_equal(pvg_w_record_decode(v->segment, bytes, n, &r), PVG_W_OK);
            uint8_t *entries = decode_entries(&r), *mask = written_mask(v, n);
            r.entries = entries;
            for (size_t cap = 0; cap <= n; cap++) {
                uint8_t *dst = malloc(cap ? cap : 1);
                assert_non_null(dst);
                memset(dst, 0x55, cap ? cap : 1);
                assert_int_equal(pvg_w_record_encode(dst, cap, &r), cap < n ? 0 : n);
                for (size_t b = 0; cap == n && b < n; b++)
                    if (dst[b] != (mask[b] ? bytes[b] : 0))
                        fail_msg("record 0x%x byte %zu: got %02x, want %02x", v->opcode, b, dst[b], bytes[b]);
                free(dst);
            }
            free(entries);
            free(mask);
        }
        free(bytes);
    }
}

/* Bytes a record needs before it decodes. */
static size_t needed_length(const struct pvg_w_record *r)
{
    const struct pvg_w_layout *layout = pvg_w_entry_layout(r->info->entry);
    return layout ? r->info->entries_at + (size_t)r->count * layout->length : r->info->length;
}

static void test_truncations(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        const struct vector *v = &vectors[i];
        struct pvg_w_record full, r;
        size_t n;
        uint8_t *bytes = hex_bytes(v->hex, &n);
        size_t needed = n;

        if (!has_texture(v)) {
            assert_int_equal(pvg_w_record_decode(v->segment, bytes, n, &full), PVG_W_OK);
            needed = needed_length(&full);
        }
        for (size_t k = 0; k < n; k++) {
            uint8_t *cut = exact_copy(bytes, k);
            /* Length word untouched: the record claims more than there is. */
            assert_int_equal(pvg_w_record_decode(v->segment, cut, k, &r), PVG_W_BAD_LENGTH);
            if (k >= 8) {
                pvg_st32(cut + 4, (uint32_t)k);
                enum pvg_w_result got = pvg_w_record_decode(v->segment, cut, k, &r);
                bool plain_patches = v->opcode == 0x0c && k == 56; /* The length selects the other layout. */
                if ((got == PVG_W_OK) != (k >= needed || plain_patches))
                    fail_msg("record 0x%x cut to %zu of %zu: %s", v->opcode, k, n, pvg_w_result_name(got));
            }
            free(cut);
        }
        free(bytes);
    }
}

static void test_longer(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        const struct vector *v = &vectors[i];
        struct pvg_w_record r;
        size_t n;
        uint8_t *bytes = hex_bytes(v->hex, &n);
        uint8_t *longer = calloc(1, n + 4);

        assert_non_null(longer);
        memcpy(longer, bytes, n);
        pvg_st32(longer + 4, (uint32_t)(n + 4));
        enum pvg_w_result got = pvg_w_record_decode(v->segment, longer, n + 4, &r);
        const struct pvg_w_record_info *info = pvg_w_record_lookup(v->segment, v->opcode, (uint32_t)n);
        if (has_texture(v) || !(info->longer_ok || info->entry))
            assert_int_equal(got, PVG_W_BAD_LENGTH);
        else
            assert_int_equal(got, PVG_W_OK);
        free(longer);
        free(bytes);
    }
}

/* Every record of the table has a vector, except the records whose layout nobody knows. */
static void test_table_is_covered(void **state)
{
    const struct pvg_w_record_info *info;
    size_t rows = 0, opengl = 0;

    (void)state;
    for (size_t i = 0; (info = pvg_w_record_table(i)); i++) {
        bool found = false;
        rows++;
        for (size_t k = 0; k < COUNT(vectors) && !found; k++) {
            size_t n = strlen(vectors[k].hex) / 2;
            found = pvg_w_record_lookup(vectors[k].segment, vectors[k].opcode, (uint32_t)n) == info;
        }
        opengl += info->kind == PVG_W_REC_OPENGL;
        if (!found && info->kind != PVG_W_REC_OPENGL)
            fail_msg("no vector for record 0x%x %s", info->opcode, info->name);
        assert_true(info->segment <= PVG_W_SEG_COUNT && info->segment != PVG_W_SEG_PROTECTION);
        assert_true(info->kind != PVG_W_REC_NONE && info->kind < PVG_W_REC_KIND_COUNT);
        assert_true(!info->entry || pvg_w_entry_layout(info->entry));
    }
    assert_int_equal(rows - opengl, COUNT(vectors));
    assert_int_equal(opengl, 15);
}

/* Records that are read without their tables read the same. */
static void test_tables_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        struct pvg_w_record r, by_table;
        size_t n;
        uint8_t *bytes = hex_bytes(vectors[i].hex, &n);

        memset(&r, 0, sizeof(r));
        if (!has_texture(&vectors[i]) && pvg_w_record_decode(vectors[i].segment, bytes, n, &r) == PVG_W_OK && r.info->layout) {
            by_table = r;
            memset(&by_table.ref, 0, r.info->layout->mem_size);
            by_table.first = 0;
            assert_true(pvg_w_layout_decode(r.info->layout, bytes, &by_table));
            assert_int_equal(r.first, by_table.first);
            if (r.info->kind == PVG_W_REC_DRAW)
                assert_true(r.draw.primitive == by_table.draw.primitive && r.draw.indexed == by_table.draw.indexed &&
                            r.draw.index_type == by_table.draw.index_type && r.draw.index_ref == by_table.draw.index_ref &&
                            r.draw.index_offset == by_table.draw.index_offset && r.draw.start == by_table.draw.start &&
                            r.draw.count == by_table.draw.count && r.draw.instance_count == by_table.draw.instance_count &&
                            r.draw.base_vertex == by_table.draw.base_vertex && r.draw.base_instance == by_table.draw.base_instance);
        }
        free(bytes);
    }
}

/* ---- Spec 06 section 13 ---- */

struct literal {
    uint8_t segment;
    const char *hex;
};

static const struct literal literals[] = {
    {0, "01 00 00 00 10 00 00 00 03 00 00 00 05 00 2C 01"},
    {0, "00 00 00 00 1C 00 00 00 04 00 00 00 09 00 00 00 00 00 00 00 45 23 01 00 00 00 00 00"},
    {0, "03 00 00 00 10 00 00 00 00 00 04 00 0D 00 04 00"},
    {0, "07 00 00 00 14 00 00 00 03 00 01 00 31 00 00 00 24 00 48 00"},
    {0, "06 00 00 00 20 00 00 00 03 00 00 00 31 00 00 00 00 80 01 00 00 00 00 00 40 00 00 00 00 00 00 00"},
    {0, "0B 00 00 00 1C 00 00 00 01 00 00 00 32 00 00 00 00 06 24 00 03 00 FB FF 07 00 00 00"},
    {0, "0C 00 00 00 38 00 00 00 01 00 00 00 00 00 00 00 01 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 02 00 00 00 "
        "00 00 00 00 00 00 00 00 00 00 00 00 10 00 00 00"},
    {0, "10 00 00 00 18 00 00 00 30 00 00 00 00 00 00 00 3A 00 00 00 03 00 00 00"},
    {0, "7D 00 00 00 28 00 00 00 02 00 00 00 02 00 00 00 21 00 00 00 00 01 00 00 00 00 00 00 22 00 00 00 00 20 00 00 00 00 00 "
        "00"},
    {0, "71 00 00 00 1C 00 00 00 01 00 00 00 01 00 00 00 55 00 00 00 00 00 00 3F 00 00 80 40"},
    {0, "75 00 00 00 28 00 00 00 10 00 00 00 00 00 00 00 18 00 00 00 00 00 00 00 80 02 00 00 00 00 00 00 68 01 00 00 00 00 00 "
        "00"},
    {0, "84 00 00 00 18 00 00 00 40 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00"},
    {0, "1B 00 00 00 18 00 00 00 02 00 00 00 03 00 61 00 00 00 62 00 00 00 00 00"},
    {0, "17 00 00 00 0C 00 00 00 03 00 02 01"},
    {1, "CA 00 00 00 38 00 00 00 64 00 00 00 00 00 00 00 32 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 10 00 00 00 00 00 00 00 "
        "10 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00"},
    {1, "E6 00 00 00 14 00 00 00 18 00 00 00 00 00 00 00 3B 00 00 00"},
    {1, "E0 00 00 00 1C 00 00 00 2C 00 00 00 10 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00"},
    {2, "32 01 00 00 20 00 00 00 44 00 00 00 80 00 00 00 00 00 00 00 00 04 00 00 00 00 00 00 C3 00 00 00"},
    {2, "3E 01 00 00 1C 00 00 00 71 00 00 00 72 00 00 00 00 00 00 00 00 00 00 00 06 00 04 00"},
    {3, "91 01 00 00 14 00 00 00 06 00 00 00 09 00 00 00 00 00 00 00"},
    {4, "C4 01 00 00 20 00 00 00 15 00 00 00 80 00 00 00 40 00 00 00 00 00 00 00 20 00 00 00 00 00 00 00"},
};

static void decode_literal(size_t i, struct pvg_w_record *r, uint8_t **bytes)
{
    size_t n;
    *bytes = hex_bytes(literals[i].hex, &n);
    assert_int_equal(pvg_w_record_decode(literals[i].segment, *bytes, n, r), PVG_W_OK);
}

static void test_literals_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(literals); i++) {
        struct pvg_w_record r;
        uint8_t *bytes, out[128];
        decode_literal(i, &r, &bytes);
        uint8_t *entries = decode_entries(&r);
        r.entries = entries;
        assert_hex(out, pvg_w_record_encode(out, sizeof(out), &r), literals[i].hex);
        free(entries);
        free(bytes);
    }
}

static void check_draw(size_t i, struct pvg_w_draw want, uint32_t opcode)
{
    struct pvg_w_record r;
    uint8_t *bytes;

    decode_literal(i, &r, &bytes);
    assert_int_equal(r.info->kind, PVG_W_REC_DRAW);
    assert_int_equal(r.draw.primitive, want.primitive);
    assert_int_equal(r.draw.indexed, want.indexed);
    assert_int_equal(r.draw.index_type, want.index_type);
    assert_int_equal(r.draw.index_ref, want.index_ref);
    assert_int_equal(r.draw.index_offset, want.index_offset);
    assert_int_equal(r.draw.start, want.start);
    assert_int_equal(r.draw.count, want.count);
    assert_int_equal(r.draw.instance_count, want.instance_count);
    assert_int_equal(r.draw.base_vertex, want.base_vertex);
    assert_int_equal(r.draw.base_instance, want.base_instance);
    assert_int_equal(pvg_w_draw_opcode(&want), opcode);
    free(bytes);
}

static void test_literal_draws(void **state)
{
    (void)state;
    check_draw(0, (struct pvg_w_draw){.primitive = 3, .start = 5, .count = 300, .instance_count = 1}, 0x01);
    check_draw(1, (struct pvg_w_draw){.primitive = 4, .start = 9, .count = 0x12345, .instance_count = 1}, 0x00);
    check_draw(2, (struct pvg_w_draw){.primitive = 4, .count = 4, .instance_count = 13}, 0x03);
    check_draw(3,
               (struct pvg_w_draw){.primitive = 3,
                                   .indexed = true,
                                   .index_type = 1,
                                   .index_ref = 0x31,
                                   .index_offset = 0x48,
                                   .count = 36,
                                   .instance_count = 1},
               0x07);
    check_draw(4,
               (struct pvg_w_draw){
                   .primitive = 3, .indexed = true, .index_ref = 0x31, .index_offset = 0x40, .count = 0x18000, .instance_count = 1},
               0x06);
    check_draw(5,
               (struct pvg_w_draw){.primitive = 1,
                                   .indexed = true,
                                   .index_ref = 0x32,
                                   .index_offset = 0x600,
                                   .count = 0x24,
                                   .instance_count = 3,
                                   .base_vertex = -5,
                                   .base_instance = 7},
               0x0b);
}

static void test_literal_values(void **state)
{
    struct pvg_w_record r;
    uint8_t *b;

    (void)state;
    decode_literal(6, &r, &b);
    assert_false(r.draw_patches.indexed);
    assert_int_equal(r.draw_patches.start, 1);
    assert_int_equal(r.draw_patches.count, 0x10001);
    assert_int_equal(r.draw_patches.instance_count, 2);
    assert_int_equal(r.draw_patches.control_points, 16);
    free(b);
    decode_literal(7, &r, &b);
    assert_int_equal(r.draw_indirect.primitive, 3);
    assert_int_equal(r.draw_indirect.ref, 0x3a);
    assert_int_equal(r.draw_indirect.offset, 0x30);
    free(b);
    decode_literal(8, &r, &b);
    assert_int_equal(r.info->arg, PVG_W_STAGE_VERTEX);
    assert_int_equal(r.first, 2);
    assert_int_equal(r.count, 2);
    assert_int_equal(pvg_w_record_bind(&r, 0).ref, 0x21);
    assert_int_equal(pvg_w_record_bind(&r, 0).offset, 0x100);
    assert_int_equal(pvg_w_record_bind(&r, 1).ref, 0x22);
    assert_int_equal(pvg_w_record_bind(&r, 1).offset, 0x2000);
    free(b);
    decode_literal(9, &r, &b);
    assert_int_equal(r.info->arg, PVG_W_STAGE_FRAGMENT);
    assert_int_equal(r.first, 1);
    assert_int_equal(pvg_w_record_bind(&r, 0).ref, 0x55);
    assert_true(pvg_w_record_bind(&r, 0).lod_min == 0.5f && pvg_w_record_bind(&r, 0).lod_max == 4.0f);
    free(b);
    decode_literal(10, &r, &b);
    struct pvg_w_scissor s = pvg_w_record_scissor(&r, 0);
    assert_true(r.count == 1 && s.x == 16 && s.y == 24 && s.width == 640 && s.height == 360);
    free(b);
    decode_literal(11, &r, &b);
    assert_true(r.visibility.mode == 1 && r.visibility.offset == 0x40);
    free(b);
    decode_literal(12, &r, &b);
    assert_true(r.count == 2 && r.use.stages == 3 && pvg_w_record_bind(&r, 0).ref == 0x61 && pvg_w_record_bind(&r, 1).ref == 0x62);
    free(b);
    decode_literal(13, &r, &b);
    assert_true(r.barrier.scope == 3 && r.barrier.after == 2 && r.barrier.before == 1);
    free(b);
    decode_literal(14, &r, &b);
    assert_true(r.dispatch.grid[0] == 100 && r.dispatch.grid[1] == 50 && r.dispatch.grid[2] == 1);
    assert_true(r.dispatch.threads_per_group[0] == 16 && r.dispatch.threads_per_group[1] == 16);
    free(b);
    decode_literal(15, &r, &b);
    assert_true(r.dispatch_indirect.ref == 0x3b && r.dispatch_indirect.offset == 0x18);
    free(b);
    decode_literal(16, &r, &b);
    assert_true(r.predicate.ref == 0x2c && r.predicate.offset == 0x10 && r.predicate.comparison == 0 && r.predicate.reference == 1);
    free(b);
    decode_literal(17, &r, &b);
    assert_true(r.fill_buffer.ref == 0x44 && r.fill_buffer.location == 0x80 && r.fill_buffer.length == 0x400 &&
                r.fill_buffer.value == 0xc3);
    free(b);
    decode_literal(18, &r, &b);
    assert_true(r.copy_slices.source == 0x71 && r.copy_slices.destination == 0x72 && r.copy_slices.slice_count == 6 &&
                r.copy_slices.level_count == 4);
    free(b);
    decode_literal(19, &r, &b);
    assert_true(r.event.ref == 6 && r.event.value == 9);
    free(b);
    decode_literal(20, &r, &b);
    assert_true(r.rate_map_query.reply.object == 0x15 && r.rate_map_query.reply.ref == 0x80 &&
                r.rate_map_query.reply.offset == 0x40 && r.rate_map_query.length == 20 + 4 * 3);
    free(b);
}

/* ---- Framing ---- */

static void test_blit_segment(void **state)
{
    const char *hex = "14 00 00 00 02 00 00 00 33 01 00 00 0C 00 00 00 77 00 00 00";
    size_t n, pos = 0, rec = 0, at;
    uint8_t *bytes = hex_bytes(hex, &n), out[32];
    const char *reason;
    struct pvg_w_segment seg;
    struct pvg_w_raw_record raw;
    struct pvg_w_record r;

    (void)state;
    assert_true(pvg_w_stream_check(bytes, n, &at, &reason));
    assert_true(pvg_w_segment_next(bytes, n, &pos, &seg));
    assert_int_equal(seg.type, PVG_W_SEG_BLIT);
    assert_false(seg.continued || seg.keep_open);
    assert_int_equal(pvg_w_record_next(&seg, &rec, &raw), PVG_W_WALK_RECORD);
    assert_int_equal(pvg_w_record_decode(seg.type, raw.data, raw.length, &r), PVG_W_OK);
    assert_int_equal(r.info->kind, PVG_W_REC_GENERATE_MIPMAPS);
    assert_int_equal(r.ref, 0x77);
    assert_int_equal(pvg_w_record_next(&seg, &rec, &raw), PVG_W_WALK_END);
    assert_false(pvg_w_segment_next(bytes, n, &pos, &seg));
    assert_int_equal(pvg_w_segment_encode(out, 8, PVG_W_SEG_BLIT, false, false, 20), 8);
    assert_int_equal(pvg_w_record_encode(out + 8, sizeof(out) - 8, &r), 12);
    assert_hex(out, 20, hex);
    for (size_t k = 1; k < n; k++) {
        uint8_t *cut = exact_copy(bytes, k);
        assert_false(pvg_w_stream_check(cut, k, &at, &reason));
        assert_non_null(reason);
        free(cut);
    }
    free(bytes);
}

static void test_envelope(void **state)
{
    size_t n, pos = 0, at;
    uint8_t *bytes = hex_bytes("10 00 00 00 05 00 00 00 21 00 00 00 00 00 00 00", &n);
    const char *reason;
    struct pvg_w_segment seg;
    struct pvg_w_record r;

    (void)state;
    assert_true(pvg_w_stream_check(bytes, n, &at, &reason));
    assert_true(pvg_w_segment_next(bytes, n, &pos, &seg));
    assert_int_equal(seg.type, PVG_W_SEG_PROTECTION);
    assert_int_equal(pvg_ld64(seg.body), 0x21);
    /* Its body is not a record in any space. */
    uint8_t fake[8] = {0x85, 0, 0, 0, 8, 0, 0, 0};
    assert_int_equal(pvg_w_record_decode(seg.type, fake, 8, &r), PVG_W_UNKNOWN);
    free(bytes);
}

static void test_framing_errors(void **state)
{
    uint8_t stream[32] = {0};
    size_t at = 99, pos;
    const char *reason;
    struct pvg_w_segment seg;
    struct pvg_w_raw_record raw;

    (void)state;
    assert_true(pvg_w_stream_check(stream, 0, &at, &reason));
    pvg_st32(stream, 8);
    assert_true(pvg_w_stream_check(stream, 8, &at, &reason));
    assert_false(pvg_w_stream_check(stream, 12, &at, &reason));
    assert_int_equal(at, 8);
    for (uint32_t bad = 0; bad < 8; bad++) {
        pvg_st32(stream, bad);
        assert_false(pvg_w_stream_check(stream, sizeof(stream), &at, &reason));
        pos = 0;
        assert_false(pvg_w_segment_next(stream, sizeof(stream), &pos, &seg));
    }
    pvg_st32(stream, UINT32_MAX);
    assert_false(pvg_w_stream_check(stream, sizeof(stream), &at, &reason));

    /* Record framing inside a good segment. */
    pvg_st32(stream, sizeof(stream));
    pos = 0;
    assert_true(pvg_w_segment_next(stream, sizeof(stream), &pos, &seg));
    const uint32_t lengths[] = {0, 7, 25, 0xfffffff8, UINT32_MAX};
    for (size_t i = 0; i < COUNT(lengths); i++) {
        pos = 0;
        pvg_st32(stream + 12, lengths[i]);
        assert_int_equal(pvg_w_record_next(&seg, &pos, &raw), PVG_W_WALK_BAD);
    }
    pvg_st32(stream + 12, 20);
    pos = 0;
    assert_int_equal(pvg_w_record_next(&seg, &pos, &raw), PVG_W_WALK_RECORD);
    assert_int_equal(pvg_w_record_next(&seg, &pos, &raw), PVG_W_WALK_BAD);
}

static void test_opcode_spaces(void **state)
{
    (void)state;
    for (uint32_t seg = 0; seg < 8; seg++) {
        for (uint32_t op = 0; op < 0x400; op++) {
            const struct pvg_w_record_info *info = pvg_w_record_lookup((uint8_t)seg, op, 8);
            bool shared = op == 0x86 || op == 0x87;
            if (!info)
                continue;
            assert_true(seg <= PVG_W_SEG_INFO);
            assert_true(info->opcode == op && (shared || info->segment == seg));
        }
    }
    /* Holes and neighbours that the chapter names. */
    const uint32_t render_holes[] = {0x0e, 0x1c, 0x1d, 0x1f, 0x25, 0x64, 0xa7, 0xc8};
    for (size_t i = 0; i < COUNT(render_holes); i++)
        assert_null(pvg_w_record_lookup(PVG_W_SEG_RENDER, render_holes[i], 56));
    assert_null(pvg_w_record_lookup(PVG_W_SEG_EVENT, 0x13c, 12));
    assert_null(pvg_w_record_lookup(PVG_W_SEG_EVENT, 0x18f, 20));
    assert_null(pvg_w_record_lookup(PVG_W_SEG_EVENT, 0x193, 20));
    assert_null(pvg_w_record_lookup(PVG_W_SEG_INFO, 0x1c8, 24));
    assert_null(pvg_w_record_lookup(PVG_W_SEG_INFO, 0x1cc, 24));
    assert_null(pvg_w_record_lookup(PVG_W_SEG_COMPUTE, 0x85, 8));
    assert_non_null(pvg_w_record_lookup(PVG_W_SEG_BLIT, 0x87, 20));
}

/* ---- Details that a table cannot show ---- */

static void test_counts(void **state)
{
    struct pvg_w_record r;
    uint8_t bind[16] = {0x7d, 0, 0, 0, 16};
    uint8_t rects[48] = {0x76, 0, 0, 0, 48, 0, 0, 0, 1};

    (void)state;
    assert_int_equal(pvg_w_record_decode(PVG_W_SEG_RENDER, bind, sizeof(bind), &r), PVG_W_BAD_COUNT);
    pvg_st32(bind + 12, UINT32_MAX);
    assert_int_equal(pvg_w_record_decode(PVG_W_SEG_RENDER, bind, sizeof(bind), &r), PVG_W_BAD_COUNT);
    assert_int_equal(pvg_w_record_decode(PVG_W_SEG_RENDER, rects, sizeof(rects), &r), PVG_W_OK);
    rects[12] = 1; /* count = 2^32 + 1 */
    assert_int_equal(pvg_w_record_decode(PVG_W_SEG_RENDER, rects, sizeof(rects), &r), PVG_W_BAD_COUNT);
    memset(rects + 8, 0xff, 8);
    assert_int_equal(pvg_w_record_decode(PVG_W_SEG_RENDER, rects, sizeof(rects), &r), PVG_W_BAD_COUNT);
}

static void test_draw_forms(void **state)
{
    struct pvg_w_record r = {0};
    uint8_t out[64];

    (void)state;
    /* An encoder cannot drop what its form does not carry. */
    r.draw = (struct pvg_w_draw){.primitive = 3, .count = 3, .instance_count = 2};
    r.info = pvg_w_record_lookup(PVG_W_SEG_RENDER, 0x01, 16);
    assert_int_equal(pvg_w_record_encode(out, sizeof(out), &r), 0);
    r.draw.instance_count = 1;
    assert_int_equal(pvg_w_record_encode(out, sizeof(out), &r), 16);
    r.draw.count = 0x10000;
    assert_int_equal(pvg_w_record_encode(out, sizeof(out), &r), 0);
    assert_int_equal(pvg_w_draw_opcode(&r.draw), 0x00);
    r.draw.count = 0xffff;
    assert_int_equal(pvg_w_draw_opcode(&r.draw), 0x01);
    r.draw.base_instance = 1;
    assert_int_equal(pvg_w_draw_opcode(&r.draw), 0x05);
    r.draw.base_instance = 0x10000;
    assert_int_equal(pvg_w_draw_opcode(&r.draw), 0x04);
    r.draw = (struct pvg_w_draw){.indexed = true, .index_ref = 1, .count = 3, .instance_count = 1, .base_vertex = -70000};
    assert_int_equal(pvg_w_draw_opcode(&r.draw), 0x0a);
    r.info = pvg_w_record_lookup(PVG_W_SEG_RENDER, 0x0a, 56);
    assert_int_equal(pvg_w_record_encode(out, sizeof(out), &r), 56);
    struct pvg_w_record back;
    assert_int_equal(pvg_w_record_decode(PVG_W_SEG_RENDER, out, 56, &back), PVG_W_OK);
    assert_int_equal(back.draw.base_vertex, -70000);
}

static void test_offset_records_keep_stride(void **state)
{
    uint8_t plain[20] = {0x7e, 0, 0, 0, 20}, strided[28] = {0xa6, 0, 0, 0, 28};
    struct pvg_w_record r;

    (void)state;
    assert_int_equal(pvg_w_record_decode(PVG_W_SEG_RENDER, plain, sizeof(plain), &r), PVG_W_OK);
    assert_true(r.buffer_offset.stride == PVG_W_STRIDE_KEEP);
    assert_int_equal(pvg_w_record_decode(PVG_W_SEG_RENDER, strided, sizeof(strided), &r), PVG_W_OK);
    assert_true(r.buffer_offset.stride == 0);
}

static void test_heap_queries(void **state)
{
    struct pvg_w_texture_desc desc = {.type = PVG_W_TEX_2D,
                                      .optimized = true,
                                      .format = 125,
                                      .usage = 3,
                                      .width = 180,
                                      .height = 135,
                                      .depth = 1,
                                      .levels = 1,
                                      .samples = 1,
                                      .array_length = 1,
                                      .options = 0x20,
                                      .swizzle = {2, 3, 4, 5}};
    (void)state;
    for (int wide = 0; wide < 2; wide++) {
        struct pvg_w_record r = {0}, back;
        uint8_t out[64], again[64];
        r.info = wide ? pvg_w_record_lookup(PVG_W_SEG_INFO, 0x1d5, 60) : pvg_w_record_lookup(PVG_W_SEG_INFO, 0x1c3, 52);
        desc.wide = wide;
        r.heap_query = (struct pvg_w_heap_size_query){.desc = desc, .reply = {.ref = 7, .offset = 0x40}};
        size_t n = pvg_w_record_encode(out, sizeof(out), &r);
        assert_int_equal(n, wide ? 60 : 52);
        assert_int_equal(pvg_w_record_decode(PVG_W_SEG_INFO, out, n, &back), PVG_W_OK);
        assert_int_equal(back.heap_query.desc.width, 180);
        assert_int_equal(back.heap_query.desc.format, 125);
        assert_int_equal(back.heap_query.desc.usage, 3);
        assert_int_equal(back.heap_query.reply.ref, 7);
        assert_int_equal(back.heap_query.reply.offset, 0x40);
        assert_int_equal(pvg_w_record_encode(again, sizeof(again), &back), n);
        assert_memory_equal(out, again, n);
        out[8] = (uint8_t)((out[8] & 0xf0) | 10);
        assert_int_equal(pvg_w_record_decode(PVG_W_SEG_INFO, out, n, &back), PVG_W_BAD_VALUE);
    }
    /* A swizzle above 5 is refused. */
    for (size_t i = 0; i < COUNT(vectors); i++) {
        if (vectors[i].opcode != 0x1d5)
            continue;
        size_t n;
        struct pvg_w_record r;
        uint8_t *b = hex_bytes(vectors[i].hex, &n);
        assert_int_equal(pvg_w_record_decode(PVG_W_SEG_INFO, b, n, &r), PVG_W_BAD_VALUE);
        memset(b + 0x2b, 5, 4);
        assert_int_equal(pvg_w_record_decode(PVG_W_SEG_INFO, b, n, &r), PVG_W_OK);
        free(b);
    }
}

/* Fields of the pass descriptor whose neighbours are easily confused (spec 06 section 4.1). */
static void test_pass(void **state)
{
    uint8_t p[PVG_W_PASS_LENGTH] = {0x1a};
    struct pvg_w_record r;
    double one = 0.25;

    (void)state;
    pvg_st32(p + 4, sizeof(p));
    pvg_st16(p + 0x1c, 2);
    pvg_st16(p + 0x1e, 1);
    memcpy(p + 0x24, &one, 8);
    pvg_st16(p + 0x2c, 2);
    pvg_st16(p + 0x2e, 0xeeee); /* never written */
    pvg_st16(p + 0x44, 1);
    pvg_st16(p + 0x46, 3);
    pvg_st32(p + 0x4c, 0x80);
    pvg_st16(p + 0x50, 1);
    pvg_st32(p + 0x1f8, 0x77);
    pvg_st16(p + 0x1f8 + 8, 3);
    pvg_st16(p + 0x1f8 + 10, 1);
    memcpy(p + 0x1f8 + 0x34, &one, 8);
    pvg_st32(p + 0x234, 9);
    pvg_st64(p + 0x248, 480);
    assert_int_equal(pvg_w_record_decode(PVG_W_SEG_RENDER, p, sizeof(p), &r), PVG_W_OK);
    assert_true(r.pass.depth.load_action == 2 && r.pass.depth.store_action == 1 && r.pass.depth.resolve_filter == 2);
    assert_true(r.pass.depth.clear[0] == 0.25);
    assert_true(r.pass.stencil.load_action == 1 && r.pass.stencil.store_action == 3 && r.pass.stencil.clear_stencil == 0x80);
    assert_int_equal(r.pass.stencil.resolve_filter, 1);
    assert_true(r.pass.color[7].texture == 0x77 && r.pass.color[7].level == 3 && r.pass.color[7].slice == 1);
    assert_true(r.pass.color[7].clear[3] == 0.25);
    assert_true(r.pass.visibility_buffer == 9 && r.pass.height == 480 && r.pass.width == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vector_fields),
        cmocka_unit_test(test_vector_encode),
        cmocka_unit_test(test_truncations),
        cmocka_unit_test(test_longer),
        cmocka_unit_test(test_table_is_covered),
        cmocka_unit_test(test_tables_agree),
        cmocka_unit_test(test_literals_round_trip),
        cmocka_unit_test(test_literal_draws),
        cmocka_unit_test(test_literal_values),
        cmocka_unit_test(test_blit_segment),
        cmocka_unit_test(test_envelope),
        cmocka_unit_test(test_framing_errors),
        cmocka_unit_test(test_opcode_spaces),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_draw_forms),
        cmocka_unit_test(test_offset_records_keep_stride),
        cmocka_unit_test(test_heap_queries),
        cmocka_unit_test(test_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
