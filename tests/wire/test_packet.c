/* SPDX-License-Identifier: MIT */
/* Packet framing, opcode map and every command payload: vectors of spec 02 section 15, spec 03 section 15 and spec 04 section 4.9.
 */
#include <stdbool.h>

#include "hex.h"
#include "wire/packet.h"
#include "wire/stamp.h"

/* A vector: the packet's bytes and what they say. */
struct vector {
    const char *hex;
    uint16_t opcode;
    uint32_t stamp;
};

static struct pvg_w_packet split(const uint8_t *p, size_t n, const struct vector *v)
{
    struct pvg_w_packet packet;
    assert_true(pvg_w_packet_decode(p, n, &packet));
    assert_int_equal(packet.opcode, v->opcode);
    assert_int_equal(packet.stamp, v->stamp);
    assert_int_equal(packet.total_size, n);
    return packet;
}

/* Frame `payload` again and compare with the vector. */
static void reframe(const struct vector *v, const struct pvg_w_wait *waits, size_t wait_count, const uint8_t *payload, size_t plen)
{
    uint8_t out[256];
    size_t total = pvg_w_packet_encode(out, sizeof(out), v->opcode, v->stamp, waits, wait_count, payload, plen);
    assert_hex(out, total, v->hex);
    for (size_t cap = 0; cap < total; cap++)
        assert_int_equal(pvg_w_packet_encode(out, cap, v->opcode, v->stamp, waits, wait_count, payload, plen), 0);
}

#define BEGIN(opc, stp, text)                                                                                                      \
    const struct vector v = {.hex = text, .opcode = opc, .stamp = stp};                                                            \
    size_t n;                                                                                                                      \
    uint8_t *bytes = hex_bytes(v.hex, &n);                                                                                         \
    struct pvg_w_packet k = split(bytes, n, &v);                                                                                   \
    uint8_t enc[256];                                                                                                              \
    size_t len

#define END(waits, wait_count, min, decode)                                                                                        \
    do {                                                                                                                           \
        reframe(&v, waits, wait_count, enc, len);                                                                                  \
        assert_truncations(k.payload.p, k.payload.n, min, decode);                                                                 \
        free(bytes);                                                                                                               \
    } while (0)

#define DECODER(fn, type)                                                                                                          \
    static bool fn##_try(const uint8_t *p, size_t n)                                                                               \
    {                                                                                                                              \
        struct type out;                                                                                                           \
        return fn(p, n, &out);                                                                                                     \
    }

DECODER(pvg_w_one_id_decode, pvg_w_one_id)
DECODER(pvg_w_define_task_decode, pvg_w_define_task)
DECODER(pvg_w_set_object_list_decode, pvg_w_set_object_list)
DECODER(pvg_w_get_device_info_decode, pvg_w_get_device_info)
DECODER(pvg_w_get_device_info_old_decode, pvg_w_get_device_info)
DECODER(pvg_w_invalidate_resources_decode, pvg_w_invalidate_resources)
DECODER(pvg_w_object_ids_decode, pvg_w_object_ids)
DECODER(pvg_w_task_object_decode, pvg_w_task_object)
DECODER(pvg_w_delete_backing_decode, pvg_w_task_object)
DECODER(pvg_w_memory_range_decode, pvg_w_memory_range)
DECODER(pvg_w_delete_object_decode, pvg_w_delete_object)
DECODER(pvg_w_exec_decode, pvg_w_exec)
DECODER(pvg_w_get_compute_info_decode, pvg_w_get_compute_info)
DECODER(pvg_w_heap_texture_query_decode, pvg_w_heap_texture_query)
DECODER(pvg_w_set_shared_page_decode, pvg_w_set_shared_page)
DECODER(pvg_w_cursor_glyph_decode, pvg_w_cursor_glyph)
DECODER(pvg_w_cursor_show_decode, pvg_w_cursor_show)
DECODER(pvg_w_display_words_decode, pvg_w_display_words)

static bool present_try06(const uint8_t *p, size_t n)
{
    struct pvg_w_present out;
    return pvg_w_present_decode(0x06, p, n, &out);
}

static bool present_try07(const uint8_t *p, size_t n)
{
    struct pvg_w_present out;
    return pvg_w_present_decode(0x07, p, n, &out);
}

static bool present_try08(const uint8_t *p, size_t n)
{
    struct pvg_w_present out;
    return pvg_w_present_decode(0x08, p, n, &out);
}

static void test_fifo(void **state)
{
    BEGIN(PVG_OP_DEFINE_FIFO, 7, "30 00 00 00 10 00 00 00 07 00 00 00 01 00 00 00");
    struct pvg_w_one_id d;
    assert_true(pvg_w_one_id_decode(k.payload.p, k.payload.n, &d));
    assert_int_equal(d.id, 1);
    len = pvg_w_one_id_encode(enc, sizeof(enc), &d);
    assert_int_equal(pvg_w_one_id_encode(enc, 3, &d), 0);
    END(NULL, 0, 4, pvg_w_one_id_decode_try);
}

static void test_nop_with_wait(void **state)
{
    BEGIN(PVG_OP_NOP, 0xabc, "1E 00 01 00 14 00 00 00 BC 0A 00 00 05 00 00 00 07 00 00 00");
    struct pvg_w_wait w;
    assert_int_equal(k.wait_count, 1);
    assert_true(pvg_w_packet_wait(&k, 0, &w));
    assert_int_equal(w.index, 5);
    assert_int_equal(w.value, 7);
    assert_false(pvg_w_packet_wait(&k, 1, &w));
    assert_false(pvg_w_packet_wait(&k, UINT32_MAX, &w));
    assert_int_equal(k.payload.n, 0);
    len = 0;
    reframe(&v, &w, 1, enc, len);
    free(bytes);
}

static void test_define_task(void **state)
{
    BEGIN(PVG_OP_DEFINE_TASK2, 1, "38 00 00 00 1C 00 00 00 01 00 00 00 | 01 00 00 00 00 00 00 80 01 00 00 00 34 12 00 00");
    struct pvg_w_define_task d;
    assert_true(pvg_w_define_task_decode(k.payload.p, k.payload.n, &d));
    assert_int_equal(d.task, 0);
    assert_true(d.kernel);
    assert_true(d.length == 6ull << 30);
    assert_int_equal(d.directory_pfn, 0x1234);
    len = pvg_w_define_task_encode(enc, sizeof(enc), &d);
    assert_int_equal(pvg_w_define_task_encode(enc, 15, &d), 0);
    END(NULL, 0, 16, pvg_w_define_task_decode_try);

    size_t m;
    uint8_t *user = hex_bytes("0c 00 00 00 00 00 00 00 10 00 00 00 45 23 01 00", &m);
    assert_true(pvg_w_define_task_decode(user, m, &d));
    assert_int_equal(d.task, 6);
    assert_false(d.kernel);
    assert_true(d.length == 0x1000000000ull);
    assert_int_equal(d.directory_pfn, 0x12345);
    assert_int_equal(pvg_w_define_task_encode(enc, sizeof(enc), &d), 16);
    assert_memory_equal(enc, user, 16);
    d.task = 0x80000000u;
    assert_int_equal(pvg_w_define_task_encode(enc, sizeof(enc), &d), 0);
    free(user);
}

static void test_set_object_list(void **state)
{
    BEGIN(PVG_OP_SET_OBJECT_LIST, 2, "33 00 00 00 18 00 00 00 02 00 00 00 | 02 00 00 00 01 00 00 00 00 00 10 00");
    struct pvg_w_set_object_list d;
    assert_true(pvg_w_set_object_list_decode(k.payload.p, k.payload.n, &d));
    assert_int_equal(d.task, 2);
    assert_int_equal(d.page, 1);
    assert_int_equal(d.count, 0x100000);
    len = pvg_w_set_object_list_encode(enc, sizeof(enc), &d);
    END(NULL, 0, 12, pvg_w_set_object_list_decode_try);
}

static void test_device_info(void **state)
{
    BEGIN(PVG_OP_GET_DEVICE_INFO, 3, "3A 00 00 00 18 00 00 00 03 00 00 00 | 12 00 00 00 00 02 00 00 20 00 00 00");
    struct pvg_w_get_device_info d;
    assert_true(pvg_w_get_device_info_decode(k.payload.p, k.payload.n, &d));
    assert_int_equal(d.key_table_len, 18);
    assert_int_equal(d.pair_capacity, 512);
    assert_int_equal(d.reply_pfn, 0x20);
    len = pvg_w_get_device_info_encode(enc, sizeof(enc), &d);
    END(NULL, 0, 12, pvg_w_get_device_info_decode_try);

    len = pvg_w_get_device_info_old_encode(enc, sizeof(enc), &d);
    assert_hex(enc, len, "00 02 00 00 20 00 00 00");
    assert_truncations(enc, len, 8, pvg_w_get_device_info_old_decode_try);
    assert_true(pvg_w_get_device_info_old_decode(enc, len, &d));
    assert_int_equal(d.key_table_len, UINT32_MAX);
    assert_int_equal(d.pair_capacity, 512);
    assert_int_equal(d.reply_pfn, 0x20);
}

static void test_invalidate(void **state)
{
    BEGIN(PVG_OP_INVALIDATE_RESOURCES, 5, "34 00 00 00 1C 00 00 00 05 00 00 00 | 00 00 00 00 01 00 00 00 2A 00 00 00 01 00 00 01");
    struct pvg_w_invalidate_resources d;
    struct pvg_w_invalidate_record r;
    assert_true(pvg_w_invalidate_resources_decode(k.payload.p, k.payload.n, &d));
    assert_int_equal(d.task, 0);
    assert_int_equal(d.count, 1);
    assert_true(pvg_w_invalidate_record_get(&d, 0, &r));
    assert_int_equal(r.object, 0x2a);
    assert_hex(r.quad, 4, "01 00 00 01");
    struct pvg_w_invalidate_record past;
    assert_false(pvg_w_invalidate_record_get(&d, 1, &past));
    len = pvg_w_invalidate_resources_encode(enc, sizeof(enc), 0, &r, 1);
    assert_int_equal(pvg_w_invalidate_resources_encode(enc, 15, 0, &r, 1), 0);
    END(NULL, 0, 16, pvg_w_invalidate_resources_decode_try);

    /* n = 2 with 12 bytes, n = 0xffffffff, n = 257 backed. */
    uint8_t two[12] = {0, 0, 0, 0, 2}, absurd[16] = {0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff};
    assert_false(pvg_w_invalidate_resources_decode(two, sizeof(two), &d));
    assert_false(pvg_w_invalidate_resources_decode(absurd, sizeof(absurd), &d));
    uint8_t *many = calloc(1, 8 + 257 * 8);
    assert_non_null(many);
    pvg_st32(many + 4, 257);
    assert_true(pvg_w_invalidate_resources_decode(many, 8 + 257 * 8, &d));
    assert_int_equal(d.count, 257);
    assert_true(pvg_w_invalidate_record_get(&d, 256, &r));
    assert_false(pvg_w_invalidate_resources_decode(many, 8 + 257 * 8 - 1, &d));
    free(many);
}

static void test_object_ids(void **state)
{
    BEGIN(PVG_OP_SYNCHRONIZE_RESOURCES, 6, "35 00 00 00 18 00 00 00 06 00 00 00 | 04 00 00 00 01 00 00 00 63 00 00 00");
    struct pvg_w_object_ids d;
    uint32_t id;
    assert_true(pvg_w_object_ids_decode(k.payload.p, k.payload.n, &d));
    assert_int_equal(d.task, 4);
    assert_int_equal(d.count, 1);
    assert_true(pvg_w_object_id_get(&d, 0, &id));
    assert_int_equal(id, 99);
    uint32_t past;
    assert_false(pvg_w_object_id_get(&d, 1, &past));
    len = pvg_w_object_ids_encode(enc, sizeof(enc), 4, &id, 1);
    assert_int_equal(pvg_w_object_ids_encode(enc, 11, 4, &id, 1), 0);
    END(NULL, 0, 12, pvg_w_object_ids_decode_try);
    uint8_t absurd[16] = {0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff};
    assert_false(pvg_w_object_ids_decode(absurd, sizeof(absurd), &d));
}

static void test_replace_physical(void **state)
{
    BEGIN(PVG_OP_REPLACE_PHYSICAL, 7, "3C 00 00 00 14 00 00 00 07 00 00 00 | 03 00 00 00 15 00 00 00");
    struct pvg_w_task_object d;
    assert_true(pvg_w_task_object_decode(k.payload.p, k.payload.n, &d));
    assert_int_equal(d.task, 3);
    assert_int_equal(d.object, 0x15);
    len = pvg_w_task_object_encode(enc, sizeof(enc), &d);
    END(NULL, 0, 8, pvg_w_task_object_decode_try);
}

static void test_delete_backing(void **state)
{
    BEGIN(PVG_OP_DELETE_IOSURFACE_BACKING2, 0x15, "36 00 00 00 14 00 00 00 15 00 00 00 | 2A 00 00 00 09 00 00 00");
    struct pvg_w_task_object d;
    assert_true(pvg_w_delete_backing_decode(k.payload.p, k.payload.n, &d));
    assert_int_equal(d.object, 0x2a);
    assert_int_equal(d.task, 9);
    len = pvg_w_delete_backing_encode(enc, sizeof(enc), &d);
    END(NULL, 0, 8, pvg_w_delete_backing_decode_try);
}

static void test_memory_range(void **state)
{
    BEGIN(PVG_OP_MAP_MEMORY2, 8,
          "39 00 00 00 20 00 00 00 08 00 00 00 | 05 00 00 00 00 00 10 00 00 00 00 00 00 00 01 00 00 00 00 00");
    struct pvg_w_memory_range d;
    assert_true(pvg_w_memory_range_decode(k.payload.p, k.payload.n, &d));
    assert_int_equal(d.task, 5);
    assert_true(d.gva == 0x100000 && d.length == 0x10000);
    len = pvg_w_memory_range_encode(enc, sizeof(enc), &d);
    END(NULL, 0, 20, pvg_w_memory_range_decode_try);
}

static void test_delete_task(void **state)
{
    BEGIN(PVG_OP_DELETE_TASK, 0x10, "20 00 01 00 18 00 00 00 10 00 00 00 | 02 00 00 00 CE 01 00 00 | 09 00 00 00");
    struct pvg_w_one_id d;
    struct pvg_w_wait w;
    assert_true(pvg_w_packet_wait(&k, 0, &w));
    assert_int_equal(w.index, 2);
    assert_int_equal(w.value, 0x1ce);
    assert_true(pvg_w_one_id_decode(k.payload.p, k.payload.n, &d));
    assert_int_equal(d.id, 9);
    len = pvg_w_one_id_encode(enc, sizeof(enc), &d);
    END(&w, 1, 4, pvg_w_one_id_decode_try);
}

static void test_delete_object(void **state)
{
    BEGIN(PVG_OP_DELETE_OBJECT, 9, "28 00 00 00 1C 00 00 00 09 00 00 00 | 01 00 00 00 EB 03 00 00 0C 00 00 00 20 00 00 00");
    struct pvg_w_delete_object d;
    assert_true(pvg_w_delete_object_decode(k.payload.p, k.payload.n, &d));
    assert_int_equal(d.task, 1);
    assert_int_equal(d.opcode, PVG_DESTROY_SAMPLER);
    assert_int_equal(d.ref, 32);
    assert_true(d.is_destroy);
    assert_int_equal(d.record.n, 12);
    len = pvg_w_delete_object_encode(enc, sizeof(enc), &d);
    END(NULL, 0, 16, pvg_w_delete_object_decode_try);

    /* plen 12: length 9 and 0xffffffff are refused, 8 is well-formed but destroys nothing. */
    uint8_t p[12] = {1, 0, 0, 0, 0xeb, 3, 0, 0, 9};
    assert_false(pvg_w_delete_object_decode(p, 11, &d));
    assert_false(pvg_w_delete_object_decode(p, 12, &d));
    memset(p + 8, 0xff, 4);
    assert_false(pvg_w_delete_object_decode(p, 12, &d));
    pvg_st32(p + 8, 8);
    assert_true(pvg_w_delete_object_decode(p, 12, &d));
    assert_false(d.is_destroy);

    static const uint32_t holes[] = {0x3e7, 0x3ec, 0x3f0, 0x3f2, 0x3f3, 0x3f5, 0x3f8};
    for (size_t i = 0; i < sizeof(holes) / sizeof(holes[0]); i++)
        assert_null(pvg_destroy_kind_name(holes[i]));
    unsigned kinds = 0;
    for (uint32_t i = 0; i < 0x1000; i++)
        kinds += pvg_destroy_kind_name(i) != NULL;
    assert_int_equal(kinds, 11);
}

static void test_exec(void **state)
{
    BEGIN(PVG_OP_EXEC_INDIRECT2, 0x12,
          "37 00 00 00 40 00 00 00 12 00 00 00 | 05 00 00 00 01 00 00 00 01 00 00 00 | 40 00 00 00 01 00 00 00"
          "00000000000000000000000000000000 | 00 00 20 00 00 00 00 00 80 00 00 00 00 00 00 00");
    struct pvg_w_exec d;
    struct pvg_w_exec_resource r;
    struct pvg_w_exec_buffer b;
    assert_true(pvg_w_exec_decode(k.payload.p, k.payload.n, &d));
    assert_int_equal(d.task, 5);
    assert_true(pvg_w_exec_resource_get(&d, 0, &r));
    assert_int_equal(r.object, 0x40);
    assert_hex(r.quad, 4, "01 00 00 00");
    assert_true(pvg_w_exec_buffer_get(&d, 0, &b));
    assert_true(b.gva == 0x200000 && b.length == 0x80);
    struct pvg_w_exec_resource r2;
    struct pvg_w_exec_buffer b2;
    assert_false(pvg_w_exec_resource_get(&d, 1, &r2));
    assert_false(pvg_w_exec_buffer_get(&d, 1, &b2));
    assert_false(pvg_w_exec_buffer_get(&d, UINT32_MAX, &b2));
    len = pvg_w_exec_encode(enc, sizeof(enc), 5, &r, 1, &b, 1);
    assert_int_equal(pvg_w_exec_encode(enc, len - 1, 5, &r, 1, &b, 1), 0);
    assert_int_equal(pvg_w_exec_encode(enc, sizeof(enc), 5, &r, 1, &b, 0), 0);
    END(NULL, 0, 52, pvg_w_exec_decode_try);

    uint8_t p[60] = {5};
    pvg_st32(p + 8, 0);
    assert_false(pvg_w_exec_decode(p, sizeof(p), &d)); /* c = 0 */
    pvg_st32(p + 8, 3);
    assert_true(pvg_w_exec_decode(p, sizeof(p), &d));
    pvg_st32(p + 8, 4);
    assert_false(pvg_w_exec_decode(p, sizeof(p), &d));
    pvg_st32(p + 8, 0xffffffff);
    assert_false(pvg_w_exec_decode(p, sizeof(p), &d));
    pvg_st32(p + 8, 1);
    pvg_st32(p + 4, 0xffffffff);
    assert_false(pvg_w_exec_decode(p, sizeof(p), &d));
    pvg_st32(p + 4, 0xaaaaaaab); /* 24 * r wraps 32 bits to 8 */
    assert_false(pvg_w_exec_decode(p, sizeof(p), &d));
}

static void test_compute_info(void **state)
{
    const struct pvg_w_get_compute_info in = {
        .task = 3, .pipeline = 7, .key_table_len = 5, .pair_capacity = 4, .reply_gva = 0x123456789a0};
    struct pvg_w_get_compute_info out;
    uint8_t enc[24];
    assert_int_equal(pvg_w_get_compute_info_encode(enc, 23, &in), 0);
    assert_int_equal(pvg_w_get_compute_info_encode(enc, 24, &in), 24);
    assert_hex(enc, 24, "03000000 07000000 05000000 04000000 a089674523010000");
    assert_true(pvg_w_get_compute_info_decode(enc, 24, &out));
    assert_memory_equal(&in, &out, sizeof(in));
    assert_truncations(enc, 24, 24, pvg_w_get_compute_info_decode_try);
}

static void test_heap_texture(void **state)
{
    /* The live request of spec 02 section 8.5. */
    static const uint32_t words[16] = {1,          0x162200, 0,    0x10, 0,          0x28,       0x16, 0x28,
                                       0x007d0342, 0xb4,     0x87, 1,    0x00010001, 0x00200001, 0,    0};
    uint8_t p[64], enc[64];
    struct pvg_w_heap_texture_query q;
    for (unsigned i = 0; i < 16; i++)
        pvg_st32(p + 4 * i, words[i]);
    assert_true(pvg_w_heap_texture_query_decode(p, 64, &q));
    assert_int_equal(q.task, 1);
    assert_true(q.reply_gva == 0x162200 && q.reply_length == 16);
    assert_int_equal(q.record.n, 40);
    assert_int_equal(pvg_w_heap_texture_query_encode(enc, 63, 1, q.reply_gva, 16, p + 0x20), 0);
    assert_int_equal(pvg_w_heap_texture_query_encode(enc, 64, 1, q.reply_gva, 16, p + 0x20), 64);
    assert_memory_equal(enc, p, 64);
    assert_truncations(p, 64, 64, pvg_w_heap_texture_query_decode_try);
    for (unsigned off = 0x14; off < 0x20; off += 4) {
        uint8_t bad[64];
        memcpy(bad, p, 64);
        bad[off] ^= 1;
        assert_false(pvg_w_heap_texture_query_decode(bad, 64, &q));
    }
    memset(enc + 4, 0, 8);
    assert_false(pvg_w_heap_texture_query_decode(enc, 64, &q));
    memcpy(enc, p, 64);
    enc[0xc] = 15;
    assert_false(pvg_w_heap_texture_query_decode(enc, 64, &q));

    uint64_t size, align;
    assert_int_equal(pvg_w_size_and_align_encode(enc, 16, 0x78000, 0x80), 16);
    assert_int_equal(pvg_w_size_and_align_encode(enc, 15, 0x78000, 0x80), 0);
    assert_true(pvg_w_size_and_align_decode(enc, 16, &size, &align));
    assert_true(size == 0x78000 && align == 0x80);
    assert_false(pvg_w_size_and_align_decode(enc, 15, &size, &align));
}

static void test_set_shared_page(void **state)
{
    BEGIN(PVG_OP_DISPLAY_SET_SHARED_PAGE, 7, "01 00 | 00 00 | 14 00 00 00 | 07 00 00 00 | 00 00 00 00 | 45 23 01 00");
    struct pvg_w_set_shared_page d;
    assert_true(pvg_w_set_shared_page_decode(k.payload.p, k.payload.n, &d));
    assert_int_equal(d.pipe, 0);
    assert_int_equal(d.pfn, 0x12345);
    len = pvg_w_set_shared_page_encode(enc, sizeof(enc), &d);
    END(NULL, 0, 8, pvg_w_set_shared_page_decode_try);
}

static void test_online_ack(void **state)
{
    BEGIN(PVG_OP_DISPLAY_ONLINE_ACK, 2, "02 00 00 00 14 00 00 00 02 00 00 00 00 00 00 00 01 00 00 00");
    struct pvg_w_online_ack d, partial;
    assert_true(pvg_w_online_ack_decode(k.payload.p, k.payload.n, &d));
    assert_true(d.has_pipe && d.has_generation);
    assert_int_equal(d.generation, 1);
    len = pvg_w_online_ack_encode(enc, sizeof(enc), &d);
    reframe(&v, NULL, 0, enc, len);
    /* Any length counts as an acknowledgement. */
    for (size_t i = 0; i < 8; i++) {
        uint8_t *c = exact_copy(k.payload.p, i);
        assert_true(pvg_w_online_ack_decode(c, i, &partial));
        assert_int_equal(partial.has_pipe, i >= 4);
        assert_false(partial.has_generation);
        free(c);
    }
    free(bytes);
}

static void test_presents(void **state)
{
    {
        BEGIN(PVG_OP_DISPLAY_TRANSACTION2, 0x11, "06 00 00 00 18 00 00 00 11 00 00 00 | 00 00 00 00 2A 00 00 00 09 00 00 00");
        struct pvg_w_present d;
        assert_true(pvg_w_present_decode(k.opcode, k.payload.p, k.payload.n, &d));
        assert_int_equal(d.surface, 0x2a);
        assert_int_equal(d.task, 9);
        len = pvg_w_present_encode(k.opcode, enc, sizeof(enc), &d);
        END(NULL, 0, 12, present_try06);
    }
    {
        BEGIN(PVG_OP_DISPLAY_TRANSACTION2, 9,
              "06 00 | 01 00 | 20 00 00 00 | 09 00 00 00 | 01 00 00 00 05 01 00 00 | 00 00 00 00 | 2a 00 00 00 | 00 00 00 00");
        struct pvg_w_present d;
        struct pvg_w_wait w;
        assert_true(pvg_w_packet_wait(&k, 0, &w));
        assert_int_equal(w.value, 0x105);
        assert_true(pvg_w_present_decode(k.opcode, k.payload.p, k.payload.n, &d));
        len = pvg_w_present_encode(k.opcode, enc, sizeof(enc), &d);
        END(&w, 1, 12, present_try06);
    }
    {
        BEGIN(PVG_OP_DISPLAY_TRANSACTION3, 0x13,
              "07 00 00 00 30 00 00 00 13 00 00 00 | 00 00 00 00 09 00 00 00 2A 00 00 00 |"
              "000102030405060708090a0b0c0d0e0f1011121314151617");
        struct pvg_w_present d;
        assert_true(pvg_w_present_decode(k.opcode, k.payload.p, k.payload.n, &d));
        assert_int_equal(d.surface, 0x2a);
        assert_int_equal(d.task, 9);
        assert_int_equal(d.tail.n, 24);
        len = pvg_w_present_encode(k.opcode, enc, sizeof(enc), &d);
        END(NULL, 0, 36, present_try07);
    }
    {
        BEGIN(PVG_OP_DISPLAY_SWAP_MAPPING, 0x14,
              "08 00 00 00 34 00 00 00 14 00 00 00 | 00 00 00 00 00 00 00 00 2A 00 00 00 |"
              "00 00 00 00 00 40 10 00 00 00 00 00 00 40 00 00 00 00 00 00 01 01 00 00 00 00 40 48");
        struct pvg_w_present d;
        assert_true(pvg_w_present_decode(k.opcode, k.payload.p, k.payload.n, &d));
        assert_int_equal(d.surface, 0x2a);
        assert_int_equal(d.tail.n, 28);
        len = pvg_w_present_encode(k.opcode, enc, sizeof(enc), &d);
        END(NULL, 0, 12, present_try08);
    }
    struct pvg_w_present d;
    uint8_t zero[36] = {0};
    assert_false(pvg_w_present_decode(PVG_OP_NOP, zero, sizeof(zero), &d));
}

static void test_cursor(void **state)
{
    BEGIN(PVG_OP_DISPLAY_CURSOR_SHOW, 3, "05 00 | 00 00 | 14 00 00 00 | 03 00 00 00 | 00 00 00 00 | 01 00 00 00");
    struct pvg_w_cursor_show s;
    assert_true(pvg_w_cursor_show_decode(k.payload.p, k.payload.n, &s));
    assert_int_equal(s.show, 1);
    len = pvg_w_cursor_show_encode(enc, sizeof(enc), &s);
    END(NULL, 0, 8, pvg_w_cursor_show_decode_try);

    struct pvg_w_cursor_glyph g = {.task = 2,
                                   .gva = 0x100000,
                                   .mapped_length = 64 * 64 * 4,
                                   .stride = 256,
                                   .width = 64,
                                   .height = 64,
                                   .hot_x = 3,
                                   .hot_y = 63},
                              d;
    len = pvg_w_cursor_glyph_encode(enc, sizeof(enc), &g);
    assert_hex(enc, len, "00000000 02000000 0000100000000000 0040000000000000 0001000000000000 4000 4000 0300 3f00 00000000");
    assert_true(pvg_w_cursor_glyph_decode(enc, len, &d));
    uint8_t again[44];
    assert_int_equal(pvg_w_cursor_glyph_encode(again, sizeof(again), &d), 44);
    assert_memory_equal(again, enc, 44);
    assert_truncations(enc, len, 44, pvg_w_cursor_glyph_decode_try);
    assert_null(pvg_w_cursor_glyph_check(&g, 512, 512));
    assert_non_null(pvg_w_cursor_glyph_check(&g, 63, 512));
    d.hot_x = 64;
    assert_non_null(pvg_w_cursor_glyph_check(&d, 512, 512));
    d = g;
    d.stride = 255;
    assert_non_null(pvg_w_cursor_glyph_check(&d, 512, 512));
    d = g;
    d.mapped_length--;
    assert_non_null(pvg_w_cursor_glyph_check(&d, 512, 512));
    d = g;
    d.width = 0;
    assert_non_null(pvg_w_cursor_glyph_check(&d, 512, 512));
}

static void test_display_words(void **state)
{
    size_t n;
    uint8_t *p = hex_bytes("01000000 02000000 03000000", &n), enc[12];
    struct pvg_w_display_words d;
    assert_true(pvg_w_display_words_decode(p, n, &d));
    assert_int_equal(d.pipe, 1);
    assert_int_equal(d.word, 2);
    assert_int_equal(d.tail.n, 4);
    assert_int_equal(pvg_w_display_words_encode(enc, 11, &d), 0);
    assert_int_equal(pvg_w_display_words_encode(enc, 12, &d), 12);
    assert_memory_equal(enc, p, 12);
    assert_truncations(p, n, 8, pvg_w_display_words_decode_try);
    free(p);
}

static void test_op_table(void **state)
{
    static const uint8_t deprecated[] = {0x03, 0x1f, 0x21, 0x23, 0x24, 0x26, 0x27, 0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e, 0x2f, 0x32};
    unsigned count[3] = {0};
    for (uint32_t i = 0; i < PVG_OP_COUNT; i++) {
        const struct pvg_op_info *op = pvg_op_lookup(i);
        assert_int_equal(op->code, i);
        assert_non_null(op->name);
        count[op->state]++;
        bool listed = memchr(deprecated, (int)i, sizeof(deprecated)) != NULL;
        assert_int_equal(op->state == PVG_OP_DEPRECATED, listed);
        assert_int_equal(op->state == PVG_OP_UNASSIGNED, i >= 0x0b && i <= 0x1d);
        assert_int_equal(op->kind == PVG_OPKIND_NONE, op->state == PVG_OP_UNASSIGNED || (listed && i != 0x2d));
        assert_non_null(pvg_op_kind_name(op->kind));
        assert_non_null(pvg_op_state_name(op->state));
    }
    assert_int_equal(count[PVG_OP_COMMAND], 31);
    assert_int_equal(count[PVG_OP_DEPRECATED], 15);
    assert_int_equal(count[PVG_OP_UNASSIGNED], 19);
    assert_null(pvg_op_lookup(0x41));
    assert_null(pvg_op_lookup(UINT32_MAX));
}

/* A ring in a plain array. */
struct array_ring {
    uint8_t *bytes;
    uint32_t size;
    bool broken;
};

static bool array_read(void *opaque, uint32_t off, void *buf, uint32_t len)
{
    struct array_ring *r = opaque;
    assert_true(len > 0 && pvg_range_ok(off, len, r->size));
    memcpy(buf, r->bytes + off, len);
    return !r->broken;
}

static bool array_write(void *opaque, uint32_t off, const void *buf, uint32_t len)
{
    struct array_ring *r = opaque;
    assert_true(len > 0 && pvg_range_ok(off, len, r->size));
    memcpy(r->bytes + off, buf, len);
    return true;
}

static void test_fetch(void **state)
{
    struct array_ring mem = {.bytes = calloc(1, 0xc000), .size = 0xc000};
    struct pvg_ring ring = {.size = 0xc000, .read = array_read, .write = array_write, .opaque = &mem};
    struct pvg_w_packet k;
    uint8_t packet[64], buf[64];
    size_t need, n;
    uint8_t *define = hex_bytes("30 00 00 00 10 00 00 00 07 00 00 00 01 00 00 00", &n);
    assert_non_null(mem.bytes);

    /* Wrap check of spec 02 section 15. */
    assert_true(pvg_ring_write(&ring, 0xbff8, define, 16));
    assert_memory_equal(mem.bytes + 0xbff8, define, 8);
    assert_memory_equal(mem.bytes, define + 8, 8);
    assert_int_equal(pvg_packet_fetch(&ring, 0xbff8, 0xc008, buf, sizeof(buf), &need, &k), PVG_FETCH_OK);
    assert_int_equal(k.opcode, 0x30);
    assert_int_equal(k.stamp, 7);
    assert_int_equal(need, 16);
    assert_memory_equal(buf, define, 16);

    /* Partial publication is never an error. */
    assert_int_equal(pvg_packet_fetch(&ring, 0xbff8, 0xbff8, buf, sizeof(buf), &need, &k), PVG_FETCH_EMPTY);
    for (uint32_t i = 1; i < 16; i++)
        assert_int_equal(pvg_packet_fetch(&ring, 0xbff8, 0xbff8 + i, buf, sizeof(buf), &need, &k), PVG_FETCH_INCOMPLETE);
    assert_int_equal(pvg_packet_fetch(&ring, 0xbff8, 0xbff8 + 0xc001, buf, sizeof(buf), &need, &k), PVG_FETCH_DESYNC);
    assert_int_equal(pvg_packet_fetch(&ring, 0xbff8, 0xbff0, buf, sizeof(buf), &need, &k), PVG_FETCH_DESYNC);
    assert_int_equal(pvg_packet_fetch(&ring, 0xbff8, 0xc008, buf, 15, &need, &k), PVG_FETCH_NO_BUFFER);
    assert_int_equal(need, 16);
    mem.broken = true;
    assert_int_equal(pvg_packet_fetch(&ring, 0xbff8, 0xc008, buf, sizeof(buf), &need, &k), PVG_FETCH_UNREADABLE);
    mem.broken = false;

    /* Negative checks: total_size 4, ring_size + 1, wait_count 0xffff with total_size 44. */
    struct pvg_w_packet_header h = {.opcode = 0x30, .total_size = 4};
    pvg_w_packet_header_encode(packet, sizeof(packet), &h);
    assert_true(pvg_ring_write(&ring, 0, packet, 64));
    assert_int_equal(pvg_packet_fetch(&ring, 0, 64, buf, sizeof(buf), &need, &k), PVG_FETCH_MALFORMED);
    pvg_st32(mem.bytes + 4, 0xc001);
    assert_int_equal(pvg_packet_fetch(&ring, 0, 64, buf, sizeof(buf), &need, &k), PVG_FETCH_MALFORMED);
    pvg_st32(mem.bytes + 4, 44);
    pvg_st16(mem.bytes + 2, 0xffff);
    assert_int_equal(pvg_packet_fetch(&ring, 0, 64, buf, sizeof(buf), &need, &k), PVG_FETCH_MALFORMED);
    assert_int_equal(k.wait_count, 0xffff);
    pvg_st16(mem.bytes + 2, 4);
    assert_int_equal(pvg_packet_fetch(&ring, 0, 64, buf, sizeof(buf), &need, &k), PVG_FETCH_OK);
    assert_int_equal(k.payload.n, 0);

    /* Counter wrap at 2^32 with a power-of-two ring. */
    ring.size = mem.size = 0x8000;
    assert_true(pvg_ring_write(&ring, 0xfffffff8u, define, 16));
    assert_int_equal(pvg_packet_fetch(&ring, 0xfffffff8u, 8, buf, sizeof(buf), &need, &k), PVG_FETCH_OK);
    assert_memory_equal(buf, define, 16);
    for (int f = PVG_FETCH_OK; f <= PVG_FETCH_UNREADABLE; f++)
        assert_non_null(pvg_fetch_name((enum pvg_fetch)f));
    free(define);
    free(mem.bytes);
}

static void test_packet_truncation(void **state)
{
    size_t n;
    uint8_t *p = hex_bytes("20 00 01 00 18 00 00 00 10 00 00 00 02 00 00 00 CE 01 00 00 09 00 00 00", &n);
    struct pvg_w_packet k;
    for (size_t i = 0; i < n; i++) {
        uint8_t *c = exact_copy(p, i);
        assert_false(pvg_w_packet_decode(c, i, &k));
        free(c);
    }
    assert_true(pvg_w_packet_decode(p, n, &k));
    pvg_st32(p + 4, 8);
    assert_false(pvg_w_packet_decode(p, n, &k));
    free(p);
}

static void test_stamps(void **state)
{
    static const struct {
        uint32_t slot, want;
        bool reached;
    } rows[] = {{5, 5, true},           {6, 5, true},          {4, 5, false},         {4, 0xfffffffe, true},
                {0xfffffffe, 4, false}, {0x7fffffff, 0, true}, {0x80000000, 0, false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(pvg_stamp_reached(rows[i].slot, rows[i].want), rows[i].reached);
    assert_int_equal(pvg_stamp_later(4, 0xfffffffe), 4);

    uint64_t gpa;
    assert_true(pvg_stamp_slot_gpa(0x10, 14, 4095, &gpa));
    assert_true(gpa == 0x40000 + 4 * 4095);
    assert_false(pvg_stamp_slot_gpa(0x10, 12, 1024, &gpa));
    assert_true(pvg_stamp_slot_gpa(0x10, 12, 0x10001, &gpa));
    assert_true(gpa == 0x10004);
    assert_false(pvg_stamp_slot_gpa(0, 12, 0, &gpa));

    struct pvg_root_ring ring;
    assert_true(pvg_root_ring_geometry(0x10, 0x10000, 0x4000, 14, &ring));
    assert_true(ring.gpa == 0x44000 && ring.size == 0xc000);
    assert_true(pvg_root_ring_geometry(0x10, 0x1000, 0x4000, 14, &ring));
    assert_int_equal(ring.size, 0x1000);
    assert_false(pvg_root_ring_geometry(0, 0x1000, 0, 14, &ring));
    assert_false(pvg_root_ring_geometry(1, 0, 0, 14, &ring));

    static const uint32_t blocks[] = {0, 0x400, 0x414, 0x428, 0x43c, 0x450, 0x464};
    for (uint32_t ch = 1; ch <= 6; ch++) {
        assert_true(pvg_child_block_gpa(1, 12, ch, &gpa));
        assert_true(gpa == 0x1000 + blocks[ch]);
    }
    assert_true(pvg_child_block_gpa(1, 12, 12, &gpa));
    assert_true(gpa == 0x14dc);
    assert_true(pvg_child_block_gpa(1, 12, 153, &gpa));
    assert_false(pvg_child_block_gpa(1, 12, 154, &gpa));
    assert_true(pvg_child_block_gpa(1, 14, 768, &gpa));
    assert_false(pvg_child_block_gpa(1, 14, 769, &gpa));
    assert_false(pvg_child_block_gpa(1, 12, 0, &gpa));
    assert_false(pvg_child_block_gpa(0, 12, 1, &gpa));

    const struct pvg_w_child_block in = {.tail = 1, .head = 2, .control = 3, .stamp_index = 4, .ring_list_pfn = 5};
    struct pvg_w_child_block out;
    uint8_t enc[20];
    assert_int_equal(pvg_w_child_block_encode(enc, 20, &in), 20);
    assert_int_equal(pvg_w_child_block_encode(enc, 19, &in), 0);
    assert_true(pvg_w_child_block_decode(enc, 20, &out));
    assert_memory_equal(&in, &out, sizeof(in));
    assert_false(pvg_w_child_block_decode(enc, 19, &out));

    uint8_t list[4096];
    memset(list, 0xff, sizeof(list));
    assert_int_equal(pvg_ring_list_count(list, sizeof(list), 12), 1024);
    assert_int_equal(pvg_ring_list_count(list, 6, 12), 1);
    pvg_st32(list + 8, 0);
    assert_int_equal(pvg_ring_list_count(list, sizeof(list), 12), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fifo),
        cmocka_unit_test(test_nop_with_wait),
        cmocka_unit_test(test_define_task),
        cmocka_unit_test(test_set_object_list),
        cmocka_unit_test(test_device_info),
        cmocka_unit_test(test_invalidate),
        cmocka_unit_test(test_object_ids),
        cmocka_unit_test(test_replace_physical),
        cmocka_unit_test(test_delete_backing),
        cmocka_unit_test(test_memory_range),
        cmocka_unit_test(test_delete_task),
        cmocka_unit_test(test_delete_object),
        cmocka_unit_test(test_exec),
        cmocka_unit_test(test_compute_info),
        cmocka_unit_test(test_heap_texture),
        cmocka_unit_test(test_set_shared_page),
        cmocka_unit_test(test_online_ack),
        cmocka_unit_test(test_presents),
        cmocka_unit_test(test_cursor),
        cmocka_unit_test(test_display_words),
        cmocka_unit_test(test_op_table),
        cmocka_unit_test(test_fetch),
        cmocka_unit_test(test_packet_truncation),
        cmocka_unit_test(test_stamps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
