/* SPDX-License-Identifier: MIT */
/** @file What each packet makes the core do: the vectors of spec 02 section 15, malformed forms, ExecIndirect2, queries. */
#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/pagetable.h"

/** Page tables of the tasks under test, built in guest RAM. */
struct fixture {
    struct guest *g;
    uint32_t next_pfn;
    struct pvg_pt_builder pt;
};

static void *page_alloc(void *opaque, uint32_t *pfn)
{
    struct fixture *f = opaque;

    *pfn = f->next_pfn++;
    return f->g->ram + ((uint64_t)*pfn << f->g->shift);
}

static void *page_at(void *opaque, uint32_t pfn)
{
    struct fixture *f = opaque;

    return f->g->ram + ((uint64_t)pfn << f->g->shift);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    const struct pvg_pt_pages pages = {.alloc = page_alloc, .at = page_at, .opaque = f};

    f->g = guest_new(12, PVG_VARIANT_PCI);
    f->next_pfn = GUEST_TASK_PFN;
    guest_bring_up(f->g, 0xf000);
    guest_child(f->g, 1, 7);
    assert_true(pvg_pt_builder_init(&f->pt, &pages, 12, 3));
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    guest_free(f->g);
    free(f);
    return 0;
}

/** Map `n` pages at `gva` to frames that descend, so that no two are contiguous. */
static uint32_t map_scattered(struct fixture *f, uint64_t gva, uint32_t n)
{
    uint32_t first = f->next_pfn;

    f->next_pfn += n;
    for (uint32_t i = 0; i < n; i++)
        assert_true(pvg_pt_builder_map(&f->pt, gva + ((uint64_t)i << 12), first + n - 1 - i, PVG_PTE_FLAG));
    return first;
}

static uint32_t next_stamp(struct fixture *f)
{
    return guest_stamp(f->g, 1) + 1;
}

/** Send on channel 1 and check that the stamp came. */
static void send(struct fixture *f, uint16_t op, const void *payload, size_t plen)
{
    uint32_t stamp = next_stamp(f);

    guest_send(f->g, 1, op, stamp, payload, plen);
    assert_int_equal(guest_stamp(f->g, 1), stamp);
}

static void send_words(struct fixture *f, uint16_t op, const uint32_t *words, size_t n)
{
    uint8_t payload[256];

    for (size_t i = 0; i < n; i++)
        pvg_st32(payload + 4 * i, words[i]);
    send(f, op, payload, 4 * n);
}

#define SEND(f, op, ...)                                                                                                           \
    send_words(f, op, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static void define_task(struct fixture *f, uint32_t id)
{
    SEND(f, PVG_OP_DEFINE_TASK2, id << 1 | (id == 0), 0x80000000, 1, f->pt.directory_pfn);
}

/** What the doubles were asked since the last call of this function. */
static const char *fresh_calls(void)
{
    static size_t seen;
    const char *all = doubles_calls(), *fresh;

    if (strlen(all) < seen)
        seen = 0;
    fresh = all + seen;
    seen = strlen(all);
    return fresh;
}

static uint64_t refused(struct fixture *f)
{
    struct pvg_stats stats = {.size = sizeof(stats)};

    pvg_device_stats(f->g->dev, &stats);
    return stats.packets_refused;
}

static void tasks(void **state)
{
    struct fixture *f = *state;

    fresh_calls();
    define_task(f, 0);
    define_task(f, 2);
    SEND(f, PVG_OP_SET_OBJECT_LIST, 2, 1, 0x100000);
    assert_string_equal(fresh_calls(), "task 0\ntask 2\nlist 2 1000 1048576\n");
    define_task(f, 2);
    assert_string_equal(fresh_calls(), "end 2\ntask 2\n");
    assert_int_equal(pvg_task_find(f->g->dev, 2)->list_count, 0);
    SEND(f, PVG_OP_DELETE_TASK, 7);
    SEND(f, PVG_OP_DELETE_TASK, 2);
    assert_string_equal(fresh_calls(), "end 2\n");
    SEND(f, PVG_OP_SET_OBJECT_LIST, 2, 1, 1);
    assert_string_equal(fresh_calls(), "");
    assert_null(pvg_task_find(f->g->dev, 2));
    assert_non_null(pvg_task_find(f->g->dev, 0));
    /* A short delete must not become task 0, the kernel task. */
    send(f, PVG_OP_DELETE_TASK, "\0\0", 2);
    assert_non_null(pvg_task_find(f->g->dev, 0));
}

static void many_tasks(void **state)
{
    struct fixture *f = *state;
    struct pvg_stats stats = {.size = sizeof(stats)};

    for (uint32_t i = 0; i < PVG_TASKS_MAX + 3; i++)
        pvg_task_define(f->g->dev, i * 0x9e3779b1u, false, 1);
    pvg_device_stats(f->g->dev, &stats);
    assert_int_equal(stats.tasks_live, PVG_TASKS_MAX);
    define_task(f, 5);
    assert_true(guest_logged(f->g, "too many tasks"));
    for (uint32_t i = 0; i < PVG_TASKS_MAX; i += 2)
        pvg_task_delete(f->g->dev, i * 0x9e3779b1u);
    for (uint32_t i = 0; i < PVG_TASKS_MAX; i++)
        assert_int_equal(pvg_task_find(f->g->dev, i * 0x9e3779b1u) != NULL, i & 1);
}

static void memory_commands(void **state)
{
    struct fixture *f = *state;

    define_task(f, 5);
    define_task(f, 1);
    define_task(f, 3);
    define_task(f, 9);
    define_task(f, 4);
    fresh_calls();
    SEND(f, PVG_OP_MAP_MEMORY2, 5, 0x100000, 0, 0x10000, 0);
    assert_string_equal(fresh_calls(), "map 5 100000 10000\n");
    SEND(f, PVG_OP_UNMAP_MEMORY, 5, 0x100000, 0, 0xffffffff, 0xffffffff);
    assert_string_equal(fresh_calls(), "unmap 5 100000 ffffffffffefffff\n");
    SEND(f, PVG_OP_UNMAP_MEMORY, 5, 0x100000, 0, 0, 0);
    SEND(f, PVG_OP_UNMAP_MEMORY, 77, 0x100000, 0, 1, 0);
    assert_string_equal(fresh_calls(), "");
    SEND(f, PVG_OP_REPLACE_PHYSICAL, 3, 0x15);
    assert_string_equal(fresh_calls(), "replace 3 21\n");
    SEND(f, PVG_OP_DELETE_RESOURCE, 3, 0x15);
    assert_string_equal(fresh_calls(), "delete_resource 3 21\n");
    SEND(f, PVG_OP_DELETE_OBJECT, 1, 0x3eb, 12, 32);
    assert_string_equal(fresh_calls(), "delete_object 1 1003 32\n");
    SEND(f, PVG_OP_DELETE_IOSURFACE_BACKING2, 0x2a, 9);
    assert_string_equal(fresh_calls(), "delete_backing 42\n");
    SEND(f, PVG_OP_INVALIDATE_RESOURCES, 5, 2, 0x2a, 0x01000001, 0, 1);
    assert_string_equal(fresh_calls(), "validity 5 42 1001\n");
    SEND(f, PVG_OP_SYNCHRONIZE_RESOURCES, 4, 1, 99);
    assert_string_equal(fresh_calls(), "synchronize 4 1 first 99\n");
    SEND(f, PVG_OP_SYNCHRONIZE_AND_DISCARD_RESOURCES, 4, 2, 99, 1);
    assert_string_equal(fresh_calls(), "synchronize+discard 4 2 first 99\n");
    SEND(f, PVG_OP_DISCARD_RESOURCES, 4, 1, 98);
    assert_string_equal(fresh_calls(), "discard 4 1 first 98\n");
    assert_int_equal(refused(f), 0);
}

static void malformed_payloads_have_no_effect(void **state)
{
    struct fixture *f = *state;
    uint64_t before;

    define_task(f, 5);
    fresh_calls();
    before = refused(f);
    SEND(f, PVG_OP_INVALIDATE_RESOURCES, 5, 2, 0x2a);
    SEND(f, PVG_OP_INVALIDATE_RESOURCES, 5, 0xffffffff, 0x2a, 1);
    SEND(f, PVG_OP_SYNCHRONIZE_RESOURCES, 5, 0xffffffff, 1);
    SEND(f, PVG_OP_DISCARD_RESOURCES, 5, 0x40000000, 1);
    SEND(f, PVG_OP_DELETE_OBJECT, 5, 0x3eb, 8, 32);
    SEND(f, PVG_OP_DELETE_OBJECT, 5, 0x3eb, 0xffffffff, 32);
    SEND(f, PVG_OP_DELETE_OBJECT, 5, 0x3ec, 12, 32);
    send(f, PVG_OP_DELETE_OBJECT, "\5\0\0\0\0\0\0\0\0\0", 11);
    SEND(f, PVG_OP_EXEC_INDIRECT2, 5, 0, 0);
    SEND(f, PVG_OP_EXEC_INDIRECT2, 5, 0xffffffff, 0xffffffff);
    SEND(f, PVG_OP_EXEC_INDIRECT2, 5, 1, 1, 0, 0, 0, 0, 0, 0);
    SEND(f, PVG_OP_EXEC_INDIRECT2, 11, 0, 1, 0, 0, 0, 0);
    SEND(f, PVG_OP_MAP_MEMORY2, 5, 0, 0, 0);
    SEND(f, PVG_OP_DEFINE_TASK2, 5, 0, 0);
    SEND(f, PVG_OP_GET_DEVICE_INFO, 18, 512);
    SEND(f, PVG_OP_GET_COMPUTE_INFO, 5, 0, 5, 8, 0);
    assert_string_equal(fresh_calls(), "");
    assert_int_equal(refused(f) - before, 16);
}

static void long_invalidate(void **state)
{
    struct fixture *f = *state;
    uint8_t payload[8 + 8 * 257] = {0};

    define_task(f, 5);
    pvg_st32(payload, 5);
    pvg_st32(payload + 4, 257);
    for (uint32_t i = 0; i < 257; i++)
        pvg_st32(payload + 8 + 8 * i, i + 1);
    fresh_calls();
    send(f, PVG_OP_INVALIDATE_RESOURCES, payload, sizeof(payload));
    assert_non_null(strstr(fresh_calls(), "validity 5 257 0000\n"));
}

/* ---- ExecIndirect2
 * ------------------------------------------------------------------------------------------------------------------- */

static struct fixture *exec_fixture;

/** The guest scribbles over the second stream while the first one executes; the device captured it before. */
static void scribble(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        assert_int_equal(bytes[i], (uint8_t)(i * 7 + len));
    memset(page_at(exec_fixture, pvg_pt_builder_lookup(&exec_fixture->pt, 0x203000)), 0xee, 0x1000);
}

static void fill_stream(struct fixture *f, uint64_t gva, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint64_t at = gva + i;
        uint8_t *page = page_at(f, pvg_pt_builder_lookup(&f->pt, at & ~0xfffull));

        page[at & 0xfff] = (uint8_t)(i * 7 + len);
    }
}

static void exec_order(void **state)
{
    struct fixture *f = *state;

    define_task(f, 5);
    map_scattered(f, 0x200000, 4);
    fill_stream(f, 0x200ff0, 0x1020);
    fill_stream(f, 0x203000, 0x80);
    exec_fixture = f;
    doubles_on_exec = scribble;
    fresh_calls();
    SEND(f, PVG_OP_EXEC_INDIRECT2, 5, 2, 4,                  /* */
         0x40, 1, 0, 0, 0, 0, /* */ 0x41, 0x100, 0, 0, 0, 0, /* */
         0x200ff0, 0, 0x1020, 0, /* */ 0x900000, 0, 16, 0,   /* unmapped: lost */
         0x200000, 0, 0, 0, /* empty: skipped */ 0x203000, 0, 0x80, 0);
    assert_string_equal(fresh_calls(), "validity 5 64 1000\nvalidity 5 65 0100\nexec 5 4128\nexec 5 128\npacket_end 5\n");
    assert_true(guest_logged(f->g, "command buffer at 0x900000"));
}

static void exec_huge_stream_is_refused(void **state)
{
    struct fixture *f = *state;

    define_task(f, 5);
    map_scattered(f, 0x200000, 1);
    fresh_calls();
    SEND(f, PVG_OP_EXEC_INDIRECT2, 5, 0, 2, 0x200000, 0, 0xffffffff, 0xffffffff, 0x200000, 0, 16, 0);
    assert_string_equal(fresh_calls(), "exec 5 16\npacket_end 5\n");
    assert_true(guest_logged(f->g, "too long"));
}

/* ---- Queries
 * ------------------------------------------------------------------------------------------------------------------------------ */

static uint32_t reply_value(struct fixture *f, uint32_t key)
{
    uint32_t value = 0xdeadbeef;

    pvg_w_pairs_find(page_at(f, GUEST_REPLY_PFN), 4096, key, &value);
    return value;
}

static void device_info(void **state)
{
    struct fixture *f = *state;
    uint8_t *page = page_at(f, GUEST_REPLY_PFN);

    memset(page, 0xcc, 4096);
    SEND(f, PVG_OP_GET_DEVICE_INFO, 18, 512, GUEST_REPLY_PFN);
    assert_int_equal(reply_value(f, PVG_KEY_MAX_SAMPLE_COUNT), 4);
    assert_int_equal(reply_value(f, PVG_KEY_MAX_THREADS_WIDTH), 256);
    assert_int_equal(reply_value(f, PVG_KEY_MAX_THREADS_DEPTH), 64);
    assert_int_equal(reply_value(f, PVG_KEY_MAX_THREADGROUP_MEMORY), 32768);
    assert_int_equal(reply_value(f, PVG_KEY_PRIMITIVE_MASK), 0x1f);
    assert_int_equal(reply_value(f, PVG_KEY_DUAL_PLANE_TEXTURES), 0);
    assert_int_equal(reply_value(f, PVG_KEY_AIR_VERSION), 0xdeadbeef);
    for (uint32_t i = 0, key; (key = pvg_ld32(page + 8 * i)) != 0; i++) {
        assert_true(i < 18);
        assert_true(key < 18);
    }

    guest_w32(f->g, PVG_REG_PROTOCOL_VERSION, 42);
    SEND(f, PVG_OP_GET_DEVICE_INFO, 45, 512, GUEST_REPLY_PFN);
    assert_int_equal(reply_value(f, PVG_KEY_DUAL_PLANE_TEXTURES), 1);
    assert_int_equal(reply_value(f, PVG_KEY_MAX_TEXTURE_LAYERS), 512);
    assert_int_equal(reply_value(f, PVG_KEY_AIR_VERSION), 0x20007);
    assert_int_equal(reply_value(f, PVG_KEY_DEAD_43), 0xdeadbeef);

    /* Never more than the capacity; no room for a terminator then. */
    memset(page, 0xcc, 4096);
    SEND(f, PVG_OP_GET_DEVICE_INFO, 45, 3, GUEST_REPLY_PFN);
    assert_int_not_equal(pvg_ld32(page + 16), 0xcccccccc);
    assert_int_equal(pvg_ld32(page + 24), 0xcccccccc);
    SEND(f, PVG_OP_GET_DEVICE_INFO, 45, 512, 0);
    SEND(f, PVG_OP_GET_DEVICE_INFO, 45, 512, 0x7fffffff);
    assert_true(guest_logged(f->g, "reply page is not RAM"));
    memset(page, 0xcc, 4096);
    SEND(f, PVG_OP_GET_DEVICE_INFO_OLD, 512, GUEST_REPLY_PFN);
    assert_int_equal(reply_value(f, PVG_KEY_AIR_VERSION), 0x20007);
}

static void compute_info(void **state)
{
    struct fixture *f = *state;
    uint8_t *page;

    define_task(f, 1);
    page = page_at(f, map_scattered(f, 0x180000, 1));
    memset(page, 0xcc, 4096);
    SEND(f, PVG_OP_GET_COMPUTE_INFO, 1, 0x111, 5, 8, 0x180000, 0);
    assert_int_equal(pvg_ld32(page), 1);
    assert_int_equal(pvg_ld32(page + 4), 256);
    assert_int_equal(pvg_ld32(page + 8), 3);
    assert_int_equal(pvg_ld32(page + 16), 4);
    assert_int_equal(pvg_ld32(page + 20), 0x111);
    assert_int_equal(pvg_ld32(page + 24), 0);
    assert_int_equal(pvg_ld32(page + 32), 0xcccccccc);
    SEND(f, PVG_OP_GET_COMPUTE_INFO, 1, 0x111, 5, 8, 0xfff000, 0);
    SEND(f, PVG_OP_GET_COMPUTE_INFO, 1, 0x111, 5, 0, 0x180000, 0);
    SEND(f, PVG_OP_GET_COMPUTE_INFO, 2, 0x111, 5, 8, 0x180000, 0);
    assert_true(refused(f) >= 3);
}

static void heap_query(void **state)
{
    struct fixture *f = *state;
    uint8_t *page;

    define_task(f, 1);
    page = page_at(f, map_scattered(f, 0x162000, 1));
    SEND(f, PVG_OP_HEAP_TEXTURE_SIZE_AND_ALIGN, 1, 0x162200, 0, 0x10, 0, 0x28, 0x16, 0x28, 0x007d0342, 0xb4, 0x87, 1, 0x00010001,
         0x00200001, 0, 0);
    assert_int_equal(pvg_ld64(page + 0x200), 0x78000);
    assert_int_equal(pvg_ld64(page + 0x208), 0x100);
}

/** The table that the coverage report prints agrees with the specification's counts. */
static void coverage_table(void **state)
{
    unsigned count[3] = {0};
    struct pvg_command_info info;

    for (uint32_t op = 0; pvg_command_describe(op, &info); op++) {
        assert_int_equal(info.code, op);
        assert_non_null(info.name);
        assert_int_equal(info.reason == NULL, info.state == PVG_COMMAND_IMPLEMENTED);
        count[info.state]++;
    }
    assert_int_equal(count[PVG_COMMAND_IMPLEMENTED], 32); /* 31 commands and the old device info. */
    assert_int_equal(count[PVG_COMMAND_DEPRECATED], 14);
    assert_int_equal(count[PVG_COMMAND_REFUSED], 19);
}

/* ---- Translation
 * --------------------------------------------------------------------------------------------------------------------------- */

static void spans(void **state)
{
    struct fixture *f = *state;
    struct pvg_rspan *s;
    struct pvg_task *task;
    uint8_t buf[64];
    uint32_t first;
    size_t n;

    define_task(f, 1);
    task = pvg_task_find(f->g->dev, 1);
    first = map_scattered(f, 0x400000, 2);
    for (uint32_t i = 0; i < 4; i++)
        assert_true(pvg_pt_builder_map(&f->pt, 0x402000 + 0x1000 * i, f->next_pfn + i, 0));
    assert_true(pvg_pt_builder_map(&f->pt, 0x407000, 0x7ffffff, 0));
    assert_true(pvg_task_spans(task, 0x400800, 0x5000, false, &s, &n));
    assert_int_equal(n, 3);
    assert_int_equal(s[0].gpa, (first + 1) << 12);
    assert_int_equal(s[2].size, 0x4000);
    assert_ptr_equal(s[2].host, f->g->ram + s[2].gpa);
    free(s);
    assert_false(pvg_task_spans(task, 0x405000, 0x1001, false, &s, &n));
    assert_null(s);
    assert_true(pvg_task_spans(task, 0x405000, 0x2000, true, &s, &n));
    assert_int_equal(n, 2);
    assert_null(s[1].host);
    free(s);
    assert_false(pvg_task_spans(task, 0x407000, 1, true, &s, &n)); /* Not RAM is no hole. */
    assert_false(pvg_task_spans(task, 0x400000, 0, true, &s, &n));
    assert_false(pvg_task_spans(task, UINT64_MAX - 10, 100, true, &s, &n));
    assert_false(pvg_task_spans(task, 0, UINT64_MAX, true, &s, &n));

    assert_true(pvg_task_write(task, 0x400ff0, "0123456789abcdefghijklmnopqrstuv", 32));
    assert_memory_equal(page_at(f, first), "ghijklmnopqrstuv", 16);
    assert_true(pvg_task_read(task, 0x400ff0, buf, 32));
    assert_memory_equal(buf, "0123456789abcdefghijklmnopqrstuv", 32);
    /* A write that cannot finish moves nothing. */
    assert_false(pvg_task_write(task, 0x405ff0, "................................", 32));
    assert_true(pvg_task_read(task, 0x405ff0, buf, 16));
    assert_int_equal(buf[0], 0);
    assert_false(pvg_task_read(task, 0x405ff0, buf, 17));
}

/** Tables that point at themselves or at nonsense cost a bounded walk. */
static void hostile_tables(void **state)
{
    static const uint32_t depths[] = {0, 5, 0xffffffff};
    struct fixture *f = *state;
    uint32_t dir = f->next_pfn++, root = f->next_pfn++;
    uint8_t buf[16];
    struct pvg_task *task;

    pvg_task_define(f->g->dev, 3, false, dir);
    task = pvg_task_find(f->g->dev, 3);
    for (size_t i = 0; i < 3; i++) {
        guest_store(f->g, (uint64_t)dir << 12, root);
        guest_store(f->g, ((uint64_t)dir << 12) + 4, depths[i]);
        assert_false(pvg_task_read(task, 0, buf, 16));
    }
    guest_store(f->g, ((uint64_t)dir << 12) + 4, 4);
    guest_store(f->g, (uint64_t)root << 12, root);
    assert_true(pvg_task_read(task, 0, buf, 16)); /* Every level is the root: reads the root itself. */
    guest_store(f->g, (uint64_t)root << 12, 0x80000000);
    assert_false(pvg_task_read(task, 0, buf, 16));
    assert_true(guest_logged(f->g, "task 3"));
    guest_store(f->g, (uint64_t)root << 12, 0x7fffffff);
    assert_false(pvg_task_read(task, 0, buf, 16));
    pvg_task_define(f->g->dev, 4, false, 0x7fffffff);
    assert_false(pvg_task_read(pvg_task_find(f->g->dev, 4), 0, buf, 16));
    pvg_task_define(f->g->dev, 4, false, 0);
    assert_false(pvg_task_write(pvg_task_find(f->g->dev, 4), 0, buf, 16));
}

static bool overlaps(struct fixture *f, uint64_t gpa)
{
    const uint64_t pages[3] = {0x800000, gpa, 0x802000};
    struct pvg_rspan *spans;
    uint64_t hit;
    size_t n;
    bool found;

    assert_true(pvg_gpa_spans(f->g->dev, pages, 3, &spans, &n));
    found = pvg_device_control_overlap(f->g->dev, spans, n, &hit);
    free(spans);
    if (found)
        assert_int_equal(hit, gpa);
    return found;
}

static void control_pages(void **state)
{
    struct fixture *f = *state;

    define_task(f, 5);
    assert_false(overlaps(f, 0x801000));
    assert_true(overlaps(f, (uint64_t)GUEST_ROOT_PFN << 12));
    assert_true(overlaps(f, ((uint64_t)GUEST_FIFO_PFN << 12) + 0xf000)); /* Last page of the root FIFO. */
    assert_true(overlaps(f, (uint64_t)GUEST_RING_PFN(1, 1) << 12));
    assert_true(overlaps(f, (uint64_t)GUEST_LIST_PFN(1) << 12));
    assert_true(overlaps(f, (uint64_t)f->pt.directory_pfn << 12));
    assert_false(overlaps(f, (uint64_t)GUEST_REPLY_PFN << 12));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(tasks),
        T(many_tasks),
        T(memory_commands),
        T(malformed_payloads_have_no_effect),
        T(long_invalidate),
        T(exec_order),
        T(exec_huge_stream_is_refused),
        T(device_info),
        T(compute_info),
        T(heap_query),
        T(coverage_table),
        T(spans),
        T(hostile_tables),
        T(control_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
