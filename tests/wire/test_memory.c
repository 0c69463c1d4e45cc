/* SPDX-License-Identifier: MIT */
/* Page tables, spans, registers, mapper and device info: vectors of spec 01 section 12 (tables), spec 03 sections 3 and 15. */
#include <stdbool.h>

#include "hex.h"
#include "wire/devinfo.h"
#include "wire/iosfc.h"
#include "wire/pagetable.h"
#include "wire/regs.h"

/* Sparse guest memory: a few words. */
struct words {
    struct {
        uint64_t gpa;
        uint32_t value;
    } w[16];
    unsigned count, reads;
};

static bool words_read(void *opaque, uint64_t gpa, uint32_t *out)
{
    struct words *m = opaque;
    m->reads++;
    for (unsigned i = 0; i < m->count; i++) {
        if (m->w[i].gpa == gpa) {
            *out = m->w[i].value;
            return true;
        }
    }
    return false;
}

static void test_walk_traces(void **state)
{
    struct words x86 = {.w = {{0x12345000, 0x200}, {0x12345004, 3}, {0x200000, 0x80000201}, {0x201400, 0x202}, {0x202804, 0x54321}},
                        .count = 5};
    uint64_t gpa;
    assert_int_equal(pvg_pt_translate(words_read, &x86, 12, 0x12345000, 0x40201abc, &gpa), PVG_WALK_OK);
    assert_true(gpa == 0x54321abc);
    assert_int_equal(x86.reads, 5);
    /* Bits above the reach alias. */
    assert_int_equal(pvg_pt_translate(words_read, &x86, 12, 0x12345000, 0x40201abc | 1ull << 42, &gpa), PVG_WALK_OK);
    assert_true(gpa == 0x54321abc);

    struct words arm = {.w = {{0x2000000, 0x801}, {0x2000004, 3}, {0x2004000, 0x802}, {0x2008100, 0x803}, {0x200c808, 0x80004321}},
                        .count = 5};
    assert_int_equal(pvg_pt_translate(words_read, &arm, 14, 0x2000000, 0x100809abc, &gpa), PVG_WALK_OK);
    assert_true(gpa == 0x10c85abc);
}

static void test_walk_refusals(void **state)
{
    struct words m = {.w = {{0x1000, 2}, {0x1004, 1}, {0x2000, 0}, {0x2004, 0x80000000}, {0x2008, 5}}, .count = 5};
    struct pvg_pt_walker w;
    uint64_t gpa = 1;
    assert_int_equal(pvg_pt_translate(words_read, &m, 12, 0, 0, &gpa), PVG_WALK_NO_DIRECTORY);
    assert_int_equal(pvg_pt_translate(words_read, &m, 13, 0x1000, 0, &gpa), PVG_WALK_NO_DIRECTORY);
    assert_int_equal(pvg_pt_translate(words_read, &m, 12, 0x9000, 0, &gpa), PVG_WALK_DIRECTORY_UNREADABLE);
    assert_int_equal(pvg_pt_open(&w, words_read, &m, 12, 0x1000), PVG_WALK_OK);
    assert_int_equal(pvg_pt_walk(&w, 0, &gpa), PVG_WALK_NOT_PRESENT);
    assert_int_equal(pvg_pt_walk(&w, 0x1000, &gpa), PVG_WALK_CORRUPT);
    assert_int_equal(w.fault.raw, 0x80000000);
    assert_int_equal(w.fault.index, 1);
    assert_int_equal(pvg_pt_walk(&w, 0x2abc, &gpa), PVG_WALK_OK);
    assert_true(gpa == 0x5abc);
    assert_int_equal(pvg_pt_walk(&w, 0x3000, &gpa), PVG_WALK_TABLE_UNREADABLE);
    assert_true(gpa == 0x5abc);

    m.w[1].value = 0;
    assert_int_equal(pvg_pt_translate(words_read, &m, 12, 0x1000, 0, &gpa), PVG_WALK_BAD_DEPTH);
    m.w[1].value = 5;
    assert_int_equal(pvg_pt_translate(words_read, &m, 12, 0x1000, 0, &gpa), PVG_WALK_BAD_DEPTH);
    m.w[1].value = 3;
    m.w[0].value = 0;
    assert_int_equal(pvg_pt_translate(words_read, &m, 12, 0x1000, 0, &gpa), PVG_WALK_BAD_ROOT);
    /* Bit 31 of the root word is not masked: a node far outside RAM. */
    m.w[0].value = 0x80000002;
    assert_int_equal(pvg_pt_translate(words_read, &m, 12, 0x1000, 0, &gpa), PVG_WALK_TABLE_UNREADABLE);
    for (int i = PVG_WALK_OK; i <= PVG_WALK_CORRUPT; i++)
        assert_non_null(pvg_walk_name((enum pvg_walk)i));
}

/* Guest pages for the builder. */
struct pool {
    uint8_t *bytes;
    uint32_t shift, pages, next, live;
};

static void *pool_alloc(void *opaque, uint32_t *pfn)
{
    struct pool *p = opaque;
    if (p->next >= p->pages)
        return NULL;
    *pfn = p->next++;
    p->live++;
    return p->bytes + ((size_t)*pfn << p->shift);
}

static void pool_free(void *opaque, uint32_t pfn)
{
    struct pool *p = opaque;
    memset(p->bytes + ((size_t)pfn << p->shift), 0, (size_t)1 << p->shift);
    p->live--;
}

static void *pool_at(void *opaque, uint32_t pfn)
{
    struct pool *p = opaque;
    return p->bytes + ((size_t)pfn << p->shift);
}

static bool pool_read(void *opaque, uint64_t gpa, uint32_t *out)
{
    struct pool *p = opaque;
    if (!pvg_range_ok(gpa, 4, (uint64_t)p->pages << p->shift))
        return false;
    *out = pvg_ld32(p->bytes + gpa);
    return true;
}

static void builder_round_trip(uint32_t shift, uint32_t depth)
{
    struct pool pool = {.shift = shift, .pages = 40, .next = 1};
    struct pvg_pt_pages pages = {.alloc = pool_alloc, .free = pool_free, .at = pool_at, .opaque = &pool};
    struct pvg_pt_builder b;
    struct pvg_pt_walker w;
    pool.bytes = calloc(pool.pages, (size_t)1 << shift);
    assert_non_null(pool.bytes);
    assert_true(pvg_pt_builder_init(&b, &pages, shift, depth));

    uint64_t page = 1ull << shift, reach = 1ull << pvg_pt_reach_bits(shift, depth);
    uint64_t bases[] = {0, page * (page / 4 - 2), reach / 2, reach - 4 * page};
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned k = 0; k < 4; k++)
            assert_true(pvg_pt_builder_map(&b, bases[i] + k * page, 0x1000 + 16 * i + k, 0));
    }
    assert_false(pvg_pt_builder_map(&b, page, 7, 0));
    assert_false(pvg_pt_builder_map(&b, 8 * page, 0, 0));
    assert_false(pvg_pt_builder_map(&b, 8 * page, 0x80000001, 0));
    assert_int_equal(pvg_pt_open(&w, pool_read, &pool, shift, (uint64_t)b.directory_pfn << shift), PVG_WALK_OK);
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned k = 0; k < 4; k++) {
            uint64_t gpa;
            assert_int_equal(pvg_pt_walk(&w, bases[i] + k * page + 5, &gpa), PVG_WALK_OK);
            assert_true(gpa == ((uint64_t)(0x1000 + 16 * i + k) << shift) + 5);
            assert_int_equal(pvg_pt_builder_lookup(&b, bases[i] + k * page), 0x1000 + 16 * i + k);
        }
    }
    /* Unmapping everything collapses the tree to directory and root. */
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned k = 0; k < 4; k++)
            assert_int_equal(pvg_pt_builder_unmap(&b, bases[i] + k * page), 0x1000 + 16 * i + k);
        assert_int_equal(pvg_pt_builder_unmap(&b, bases[i]), 0);
    }
    assert_int_equal(pool.live, 2);
    assert_true(pvg_pt_builder_map(&b, 0, 9, 0));
    pvg_pt_builder_fini(&b);
    assert_int_equal(pool.live, 0);
    free(pool.bytes);
}

static void test_builder(void **state)
{
    for (uint32_t depth = 2; depth <= 4; depth++) {
        builder_round_trip(12, depth);
        builder_round_trip(14, depth);
    }
    struct pool pool = {.shift = 12, .pages = 2, .next = 1};
    struct pvg_pt_pages pages = {.alloc = pool_alloc, .at = pool_at, .opaque = &pool};
    struct pvg_pt_builder b;
    pool.bytes = calloc(2, 4096);
    assert_false(pvg_pt_builder_init(&b, &pages, 12, 3));
    assert_false(pvg_pt_builder_init(&b, &pages, 12, 5));
    assert_false(pvg_pt_builder_init(&b, &pages, 16, 3));
    free(pool.bytes);
}

static void test_cached_walk_equals_fresh(void **state)
{
    struct pool pool = {.shift = 12, .pages = 64, .next = 1};
    struct pvg_pt_pages pages = {.alloc = pool_alloc, .free = pool_free, .at = pool_at, .opaque = &pool};
    struct pvg_pt_builder b;
    struct pvg_pt_walker w;
    uint32_t seed = 1;
    pool.bytes = calloc(pool.pages, 4096);
    assert_true(pvg_pt_builder_init(&b, &pages, 12, 4));
    uint64_t gva[24];
    for (unsigned i = 0; i < 24; i++) {
        seed = seed * 1664525 + 1013904223;
        gva[i] = ((uint64_t)(seed >> 28) << 42 | (uint64_t)(seed >> 8 & 3) << 32 | (uint64_t)(seed >> 4 & 1) << 22) + i * 4096ull;
        assert_true(pvg_pt_builder_map(&b, gva[i], 100 + i, 0));
    }
    assert_int_equal(pvg_pt_open(&w, pool_read, &pool, 12, (uint64_t)b.directory_pfn << 12), PVG_WALK_OK);
    for (unsigned i = 0; i < 2000; i++) {
        uint64_t a = 0, f = 0, hole = (i % 5 == 0) ? 1ull << 21 : 0;
        seed = seed * 1664525 + 1013904223;
        uint64_t at = gva[(seed >> 16) % 24] + hole;
        enum pvg_walk ra = pvg_pt_walk(&w, at, &a);
        enum pvg_walk rf = pvg_pt_translate(pool_read, &pool, 12, (uint64_t)b.directory_pfn << 12, at, &f);
        assert_int_equal(ra, rf);
        assert_true(a == f);
    }
    pvg_pt_builder_fini(&b);
    free(pool.bytes);
}

static void test_index_and_entries(void **state)
{
    assert_int_equal(pvg_pt_index(0x0101000, 12, 3, 0), 0);
    assert_int_equal(pvg_pt_index(0x0101000, 12, 3, 2), 0x101);
    assert_int_equal(pvg_pt_index(0x2c22000, 14, 3, 2), 0xb08);
    assert_int_equal(pvg_pt_reach_bits(12, 3), 42);
    assert_int_equal(pvg_pt_reach_bits(14, 3), 50);
    assert_int_equal(pvg_pt_reach_bits(12, 4), 52);
    assert_int_equal(pvg_pt_reach_bits(14, 4), 62);
    uint8_t entry[4] = {0x34, 0x12, 0x00, 0x80};
    assert_int_equal(pvg_pte_classify(pvg_ld32(entry)), PVG_PTE_PRESENT);
    assert_int_equal(pvg_pte_pfn(pvg_ld32(entry)), 0x1234);
    assert_int_equal(pvg_pte_classify(0), PVG_PTE_ABSENT);
    assert_int_equal(pvg_pte_classify(0x80000000), PVG_PTE_CORRUPT);
}

static void test_spans(void **state)
{
    uint64_t pages, addr = 0, len = 0;
    struct pvg_span_iter it;
    assert_true(pvg_span_pages(0x1fff, 2, 12, &pages));
    assert_int_equal(pages, 2);
    assert_true(pvg_span_pages(0x1fff, 0, 12, &pages));
    assert_int_equal(pages, 0);
    assert_true(pvg_span_pages(0x1000, 0x1000, 12, &pages));
    assert_int_equal(pages, 1);
    assert_true(pvg_span_pages(UINT64_MAX, 1, 12, &pages));
    assert_int_equal(pages, 1);
    assert_false(pvg_span_pages(UINT64_MAX, 2, 12, &pages));
    assert_false(pvg_span_begin(&it, UINT64_MAX, 2, 12));
    assert_false(pvg_span_next(&it, &addr, &len));

    assert_true(pvg_span_begin(&it, 0x1ff0, 0x1020, 12));
    assert_true(pvg_span_next(&it, &addr, &len));
    assert_true(addr == 0x1ff0 && len == 0x10);
    assert_true(pvg_span_next(&it, &addr, &len));
    assert_true(addr == 0x2000 && len == 0x1000);
    assert_true(pvg_span_next(&it, &addr, &len));
    assert_true(addr == 0x3000 && len == 0x10);
    assert_false(pvg_span_next(&it, &addr, &len));
}

static void test_registers(void **state)
{
    static const struct {
        uint32_t off, reset;
    } consts[] = {{0x1204, 1}, {0x120c, 0x07800438}, {0x1224, 64}, {0x122c, 1}, {0x1234, 1}};
    for (size_t i = 0; i < pvg_reg_count; i++) {
        const struct pvg_reg_info *r = &pvg_reg_table[i];
        assert_ptr_equal(pvg_reg_lookup(r->iosfc, r->offset), r);
        assert_non_null(r->name);
        assert_non_null(r->description);
        assert_string_not_equal(pvg_reg_access_name(r->access), "?");
        assert_true(r->reset == 0 || r->access == PVG_REG_R);
    }
    for (size_t i = 0; i < 5; i++) {
        const struct pvg_reg_info *r = pvg_reg_lookup(false, consts[i].off);
        assert_non_null(r);
        assert_int_equal(r->reset, consts[i].reset);
        assert_int_equal(r->access, PVG_REG_R);
    }
    unsigned named = 0;
    for (uint32_t off = 0; off < 0x11000; off++)
        named += pvg_reg_lookup(false, off) != NULL;
    assert_int_equal(named, 28);
    for (uint32_t off = 0; off < 0x11000; off++)
        named += pvg_reg_lookup(true, off) != NULL;
    assert_int_equal(named, 28 + 5);
    assert_null(pvg_reg_lookup(false, 0x2000));
    assert_null(pvg_reg_lookup(false, UINT32_MAX & ~3u));
    assert_int_equal(pvg_reg_lookup(false, 0x1014)->access, PVG_REG_RC_W1C);
    assert_int_equal(pvg_reg_lookup(false, 0x1210)->width, 8);

    assert_int_equal(pvg_protocol_version_clamp(63), 62);
    assert_int_equal(pvg_protocol_version_clamp(0xffffffff), 62);
    assert_int_equal(pvg_protocol_version_clamp(4), 4);
    unsigned dual = 0;
    for (uint32_t v = 0; v < 100; v++)
        dual += pvg_protocol_dual_plane(v);
    assert_int_equal(dual, 7);
    assert_true(pvg_protocol_dual_plane(31) && pvg_protocol_dual_plane(62));
    assert_false(pvg_protocol_dual_plane(4) || pvg_protocol_dual_plane(40));
}

static void test_mapper(void **state)
{
    size_t n;
    uint8_t *p = hex_bytes("01 00 00 00 03 00 00 00 00 00 00 00 00 00 00 00", &n), enc[0x200];
    struct pvg_w_map_entry e;
    assert_true(pvg_w_map_entry_decode(p, n, &e));
    assert_int_equal(e.type, PVG_MAP_TYPE_MAP);
    assert_int_equal(e.id, 3);
    assert_int_equal(pvg_w_map_entry_encode(enc, 16, &e), 16);
    assert_memory_equal(enc, p, 16);
    assert_int_equal(pvg_w_map_entry_encode(enc, 15, &e), 0);
    for (size_t i = 0; i < 16; i++)
        assert_false(pvg_w_map_entry_decode(p, i, &e));
    free(p);

    uint64_t gpa;
    uint8_t page[4] = {0x15};
    assert_true(pvg_w_map_page_decode(pvg_ld32(page), 14, &gpa));
    assert_true(gpa == 5 << 14);
    assert_int_equal(pvg_w_map_page_encode(5), 0x15);
    assert_false(pvg_w_map_page_decode(0x14, 14, &gpa));
    assert_int_equal(pvg_w_map_page_encode(1ull << 30), 0);
    assert_int_equal(pvg_w_map_page_encode((1ull << 30) - 1), 0xfffffffd);

    const struct pvg_w_map_object in = {.mapper = 0xfffffe0012345000,
                                        .id = 3,
                                        .descriptor = 0xfffffe0000001000,
                                        .size = 0x200,
                                        .helper_a = 0xfffffe0000002000,
                                        .helper_b = 9,
                                        .page_count = 225};
    struct pvg_w_map_object obj;
    assert_int_equal(pvg_w_map_object_encode(enc, sizeof(enc), &in), PVG_MAP_OBJECT_SIZE);
    assert_true(pvg_w_map_object_decode(enc, PVG_MAP_OBJECT_SIZE, &obj));
    assert_true(obj.mapper == in.mapper && obj.id == 3 && obj.descriptor == in.descriptor && obj.size == 0x200);
    assert_true(obj.helper_a == in.helper_a && obj.helper_b == 9 && obj.page_count == 225);
    assert_false(pvg_w_map_object_decode(enc, PVG_MAP_OBJECT_SIZE - 1, &obj));
    assert_int_equal(pvg_ld32(enc + 0x30), 3);
    assert_true(pvg_ld64(enc + 0x70) == 225);
    assert_null(pvg_w_map_object_check(&obj, &e, 0));
    assert_null(pvg_w_map_object_check(&obj, &e, in.mapper));
    assert_non_null(pvg_w_map_object_check(&obj, &e, in.mapper + 8));
    obj.size = 0x1ff;
    assert_non_null(pvg_w_map_object_check(&obj, &e, 0));

    uint64_t x[3] = {in.mapper, 0xffffffff00000001, 0xfffffe0000000000};
    assert_null(pvg_w_map_handoff_check(x, &e));
    x[1] = 2;
    assert_non_null(pvg_w_map_handoff_check(x, &e));
    x[1] = 1;
    x[2] = 0xfffffd0000000000;
    assert_non_null(pvg_w_map_handoff_check(x, &e));
    x[2] = 0xfffffeffffffffff;
    x[0] = 5;
    assert_non_null(pvg_w_map_handoff_check(x, &e));
    x[0] = 0;
    assert_null(pvg_w_map_handoff_check(x, &e));
    x[2] = 0xffff90001000; /* a driver in user space */
    assert_null(pvg_w_map_handoff_check(x, &e));
    x[2] = 1ull << 48;
    assert_non_null(pvg_w_map_handoff_check(x, &e));
    x[2] = 0;
    assert_non_null(pvg_w_map_handoff_check(x, &e));
    x[2] = 0x10000;
    e.id = 0;
    assert_non_null(pvg_w_map_handoff_check(x, &e));
}

static void test_surface_desc(void **state)
{
    uint8_t enc[0x200];
    struct pvg_w_surface_desc in = {.pixel_format = 0x34323066,
                                    .base_offset = 64,
                                    .allocation_size = 1 << 20,
                                    .width = 1280,
                                    .height = 720,
                                    .bytes_per_row = 5120,
                                    .bytes_per_element = 4,
                                    .plane_count = 2},
                              out;
    in.planes[0] = (struct pvg_w_map_plane){
        .base = 64, .size = 100, .width = 1280, .height = 720, .bytes_per_row = 1280, .bytes_per_element = 1};
    in.planes[1] = (struct pvg_w_map_plane){.offset = 0x1000,
                                            .width = 640,
                                            .height = 360,
                                            .element_width = 1,
                                            .element_height = 2,
                                            .bytes_per_row = 1280,
                                            .bytes_per_element = 2};
    assert_int_equal(pvg_w_surface_desc_encode(enc, sizeof(enc), &in), 0x200);
    assert_true(pvg_ld64(enc + 0x14) == 0x0002d00000050000ull);
    assert_true(pvg_w_surface_desc_decode(enc, sizeof(enc), &out));
    uint8_t again[0x200];
    assert_int_equal(pvg_w_surface_desc_encode(again, sizeof(again), &out), 0x200);
    assert_memory_equal(again, enc, sizeof(enc));
    assert_int_equal(out.planes[0].bytes_per_element, 1);
    assert_int_equal(out.planes[1].element_height, 2);
    assert_int_equal(out.planes[1].width, 640);
    assert_int_equal(out.width, 1280);
    assert_int_equal(out.height, 720);
    assert_int_equal(out.pixel_format, in.pixel_format);
    assert_int_equal(pvg_w_map_plane_start(&out.planes[0]), 64);
    assert_int_equal(pvg_w_map_plane_start(&out.planes[1]), 0x1000);
    for (size_t i = 0; i < 0x40 + 2 * 0x40; i++) {
        uint8_t *c = exact_copy(enc, i);
        assert_false(pvg_w_surface_desc_decode(c, i, &out));
        free(c);
    }
    assert_int_equal(pvg_w_surface_desc_encode(enc, 0x1ff, &in), 0);
    enc[0x24] = 7;
    assert_true(pvg_w_surface_desc_decode(enc, sizeof(enc), &out));
    enc[0x24] = 8;
    assert_false(pvg_w_surface_desc_decode(enc, sizeof(enc), &out));
    enc[0x24] = 9;
    assert_false(pvg_w_surface_desc_decode(enc, sizeof(enc), &out));
    in.plane_count = 8;
    assert_int_equal(pvg_w_surface_desc_encode(enc, sizeof(enc), &in), 0);
    in.plane_count = 0;
    in.width = 1 << 24;
    assert_int_equal(pvg_w_surface_desc_encode(enc, sizeof(enc), &in), 0);
}

static void test_devinfo(void **state)
{
    static const struct pvg_w_pair pairs[] = {{1, 8}, {0, 5}, {18, 0x20007}, {43, 1}, {3, 1024}};
    uint8_t page[64];
    uint32_t value;
    memset(page, 0xee, sizeof(page));
    assert_int_equal(pvg_w_pairs_encode(page, sizeof(page), 19, 512, pairs, 5), 32);
    assert_hex(page, 32, "01000000 08000000 12000000 07000200 03000000 00040000 00000000 00000000");
    assert_int_equal(page[32], 0xee);
    assert_true(pvg_w_pairs_find(page, sizeof(page), 3, &value));
    assert_int_equal(value, 1024);
    assert_false(pvg_w_pairs_find(page, sizeof(page), 0xeeeeeeee, &value));

    /* The bound is exclusive, the terminator needs room, the capacity counts pairs. */
    assert_int_equal(pvg_w_pairs_encode(page, sizeof(page), 18, 512, pairs, 5), 24);
    memset(page, 0xee, sizeof(page));
    assert_int_equal(pvg_w_pairs_encode(page, sizeof(page), 19, 3, pairs, 5), 24);
    assert_int_equal(page[24], 0xee);
    assert_int_equal(pvg_w_pairs_encode(page, sizeof(page), 19, 0, pairs, 5), 0);
    assert_int_equal(pvg_w_pairs_encode(page, 7, 19, 8, pairs, 5), 0);
    assert_int_equal(pvg_w_pairs_encode(page, 17, 19, UINT32_MAX, pairs, 5), 16);
    for (unsigned i = 0; i < PVG_KEY_COUNT; i++) {
        assert_int_equal(pvg_devinfo_keys[i].key, i);
        assert_non_null(pvg_devinfo_keys[i].name);
    }
    assert_int_equal(pvg_devinfo_keys[PVG_KEY_LINEAR_TEXTURE_ALIGNMENT].absent, 16);
    assert_int_equal(pvg_devinfo_keys[PVG_KEY_AIR_VERSION].absent, 0x20002);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walk_traces),       cmocka_unit_test(test_walk_refusals),
        cmocka_unit_test(test_builder),           cmocka_unit_test(test_cached_walk_equals_fresh),
        cmocka_unit_test(test_index_and_entries), cmocka_unit_test(test_spans),
        cmocka_unit_test(test_registers),         cmocka_unit_test(test_mapper),
        cmocka_unit_test(test_surface_desc),      cmocka_unit_test(test_devinfo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
