/* SPDX-License-Identifier: MIT */
/* The guest library against a minimal device in this file: what it does when the device is slow, silent, wrong or full. */
#include <stdbool.h>
#include <stdio.h>

#include "guest/pool.h"
#include "guest/pvg_guest.h"
#include "tests/wire/hex.h"
#include "wire/devinfo.h"

#define RAM_GPA  0x100000u
#define RAM_SIZE (8u << 20)

/* Consumes packets the moment they are published. */
struct device {
    struct pvg_guest_pool pool;
    uint8_t *ram;
    uint32_t regs[0x4000 / 4];
    uint32_t packets, last_opcode;
    uint64_t now;
    bool silent;      /* publishes no stamps */
    bool stuck;       /* consumes nothing */
    bool dumb;        /* answers no device information */
    uint32_t version; /* what the version register reads, 0: the request */
    size_t alloc_left;
};

static uint8_t *ram_at(struct device *d, uint64_t gpa)
{
    assert_true(pvg_range_ok(gpa - RAM_GPA, 4, RAM_SIZE));
    return d->ram + (gpa - RAM_GPA);
}

struct view {
    struct device *d;
    uint64_t base;       /* root ring */
    const uint8_t *list; /* child ring: page list */
};

static bool ring_read(void *opaque, uint32_t off, void *buf, uint32_t len)
{
    struct view *v = opaque;
    for (uint32_t i = 0; i < len; i++) {
        uint64_t gpa =
            v->list ? ((uint64_t)pvg_ld32(v->list + 4 * ((off + i) >> 12)) << 12) + ((off + i) & 4095) : v->base + off + i;
        ((uint8_t *)buf)[i] = ram_at(v->d, gpa & ~3ull)[gpa & 3];
    }
    return true;
}

static void execute(struct device *d, const struct pvg_w_packet *k)
{
    struct pvg_w_get_device_info info;
    static const struct pvg_w_pair pairs[] = {{1, 4}, {3, 128}, {4, 64}, {5, 32}, {6, 16384}, {99, 1}};
    d->packets++;
    d->last_opcode = k->opcode;
    if (k->opcode != PVG_OP_GET_DEVICE_INFO || d->dumb)
        return;
    assert_true(pvg_w_get_device_info_decode(k->payload.p, k->payload.n, &info));
    pvg_w_pairs_encode(ram_at(d, (uint64_t)info.reply_pfn << 12), 4096, info.key_table_len, info.pair_capacity, pairs, 6);
}

/* @return the new consumer counter. */
static uint32_t drain(struct device *d, const struct pvg_ring *ring, uint32_t head, uint32_t tail, uint32_t slot)
{
    static uint8_t buf[65536];
    struct pvg_w_packet k;
    size_t need;
    while (!d->stuck && pvg_packet_fetch(ring, head, tail, buf, sizeof(buf), &need, &k) == PVG_FETCH_OK) {
        execute(d, &k);
        head += k.total_size;
        if (!d->silent)
            pvg_st32(ram_at(d, ((uint64_t)d->regs[PVG_REG_FIFO_PFN / 4] << 12) + 4 * slot), k.stamp);
    }
    return head;
}

static void drain_root(struct device *d)
{
    struct view v = {.d = d};
    struct pvg_root_ring r;
    if (!pvg_root_ring_geometry(d->regs[PVG_REG_FIFO_PFN / 4], d->regs[PVG_REG_ROOT_FIFO_SIZE / 4],
                                d->regs[PVG_REG_ROOT_FIFO_OFFSET / 4], 12, &r))
        return;
    v.base = r.gpa;
    const struct pvg_ring ring = {.size = r.size, .read = ring_read, .opaque = &v};
    uint32_t *cons = &d->regs[PVG_REG_ROOT_FIFO_CONS / 4];
    *cons = drain(d, &ring, *cons, d->regs[PVG_REG_ROOT_FIFO_PROD / 4], 0);
}

static void drain_child(struct device *d, uint32_t ch)
{
    struct pvg_w_child_block b;
    uint64_t block = 0;
    assert_true(pvg_child_block_gpa(d->regs[PVG_REG_ROOT_PAGE_PFN / 4], 12, ch, &block));
    assert_true(pvg_w_child_block_decode(ram_at(d, block), 20, &b));
    struct view v = {.d = d, .list = ram_at(d, (uint64_t)b.ring_list_pfn << 12)};
    const struct pvg_ring ring = {.size = pvg_ring_list_count(v.list, 4096, 12) << 12, .read = ring_read, .opaque = &v};
    pvg_st32(ram_at(d, block + PVG_CHILD_HEAD), drain(d, &ring, b.head, b.tail, b.stamp_index));
}

static uint32_t read32(void *opaque, enum pvg_guest_window w, uint32_t off)
{
    struct device *d = opaque;
    (void)w;
    if (off == PVG_REG_PIPE_COUNT)
        return 3;
    if (off == PVG_REG_PROTOCOL_VERSION && d->version)
        return d->version;
    return d->regs[off / 4];
}

static void write32(void *opaque, enum pvg_guest_window w, uint32_t off, uint32_t v)
{
    struct device *d = opaque;
    (void)w;
    d->regs[off / 4] = v;
    if (off == PVG_REG_ROOT_FIFO_PROD)
        drain_root(d);
    if (off == PVG_REG_CH_BELL)
        drain_child(d, v);
}

static void *dev_alloc(void *opaque, size_t pages, const char *what, uint64_t *gpa)
{
    struct device *d = opaque;
    (void)what;
    if (d->alloc_left == 0)
        return NULL;
    d->alloc_left--;
    return pvg_guest_pool_alloc(&d->pool, pages, gpa);
}

static void dev_free(void *opaque, uint64_t gpa, size_t pages)
{
    struct device *d = opaque;
    pvg_guest_pool_free(&d->pool, gpa, pages);
}

static void *dev_cpu(void *opaque, uint64_t gpa)
{
    struct device *d = opaque;
    return pvg_guest_pool_cpu(&d->pool, gpa);
}

/* Time passes only while somebody waits. */
static void dev_wait(void *opaque, enum pvg_guest_window w, uint64_t timeout_ns)
{
    struct device *d = opaque;
    (void)w;
    d->now += timeout_ns;
}

static uint64_t dev_now(void *opaque)
{
    return ((struct device *)opaque)->now;
}

static struct pvg_guest_transport transport(struct device *d)
{
    *d = (struct device){.ram = calloc(1, RAM_SIZE), .alloc_left = SIZE_MAX};
    assert_non_null(d->ram);
    pvg_guest_pool_init(&d->pool, 12);
    assert_true(pvg_guest_pool_add(&d->pool, d->ram, RAM_GPA, RAM_SIZE));
    return (struct pvg_guest_transport){
        .opaque = d,
        .page_shift = 12,
        .read32 = read32,
        .write32 = write32,
        .alloc = dev_alloc,
        .free = dev_free,
        .cpu = dev_cpu,
        .wait_irq = dev_wait,
        .now_ns = dev_now,
    };
}

static void finish(struct device *d)
{
    assert_int_equal(pvg_guest_pool_used(&d->pool), 0);
    pvg_guest_pool_fini(&d->pool);
    free(d->ram);
}

static void test_open(void **state)
{
    static struct device d;
    const struct pvg_guest_transport t = transport(&d);
    char error[256] = "";
    struct pvg_guest *g = pvg_guest_open(&t, NULL, error);
    assert_non_null(g);
    assert_int_equal(d.regs[PVG_REG_PROTOCOL_VERSION / 4], 4);
    assert_int_equal(pvg_guest_pipe_count(g), 3);
    /* Information, channels 1 to 7, kernel task and its list. */
    assert_int_equal(d.packets, 1 + 7 + 2);
    assert_int_equal(pvg_guest_device_info(g, PVG_KEY_MAX_THREADS_WIDTH), 128);
    assert_int_equal(pvg_guest_device_info(g, PVG_KEY_LINEAR_TEXTURE_ALIGNMENT), 16); /* default */
    assert_int_equal(pvg_guest_device_info(g, 99), 0);
    pvg_guest_close(g);
    assert_int_equal(d.last_opcode, PVG_OP_FREE_FIFO);
    assert_int_equal(d.regs[PVG_REG_ROOT_FIFO_CTL / 4], 0);
    finish(&d);
}

static void expect_refusal(struct device *d, const struct pvg_guest_transport *t, const char *words)
{
    char error[256] = "";
    assert_null(pvg_guest_open(t, NULL, error));
    assert_non_null(strstr(error, words));
    finish(d);
}

static void test_bad_devices(void **state)
{
    static struct device d;
    struct pvg_guest_transport t = transport(&d);
    d.version = 63;
    expect_refusal(&d, &t, "63");
    t = transport(&d);
    d.silent = true;
    expect_refusal(&d, &t, "stamp slot 0");
    t = transport(&d);
    d.stuck = true;
    expect_refusal(&d, &t, "stamp slot 0");
    t = transport(&d);
    d.dumb = true;
    expect_refusal(&d, &t, "limits");
}

/* Every allocation may fail; nothing leaks and nothing crashes. */
static void test_no_memory(void **state)
{
    static struct device d;
    bool opened = false;
    for (size_t n = 0; n < 400 && !opened; n++) {
        const struct pvg_guest_transport t = transport(&d);
        char error[256] = "";
        d.alloc_left = n;
        struct pvg_guest *g = pvg_guest_open(&t, NULL, error);
        opened = g != NULL;
        assert_true(opened || error[0]);
        pvg_guest_close(g);
        finish(&d);
    }
    assert_true(opened);
}

static void test_packets(void **state)
{
    static struct device d;
    static uint8_t big[0x9000];
    const struct pvg_guest_transport t = transport(&d);
    char error[256];
    struct pvg_guest_stamp s, many[65] = {{0}};
    struct pvg_guest *g = pvg_guest_open(&t, NULL, error);
    assert_non_null(g);

    /* The ring wraps many times; stamps count up by one. */
    struct pvg_guest_stamp before = pvg_guest_last_stamp(g, 3);
    for (uint32_t i = 1; i <= 5000; i++) {
        assert_true(pvg_guest_submit(g, 3, PVG_OP_NOP, &before, 1, big, i % 40, &s));
        assert_int_equal(s.value, before.value + i);
        assert_true(pvg_guest_wait(g, s));
    }
    /* Queued packets are published by themselves when the ring is full. */
    for (uint32_t i = 0; i < 3000; i++)
        assert_true(pvg_guest_queue(g, 3, PVG_OP_NOP, NULL, 0, NULL, 0, &s));
    pvg_guest_publish(g, 3);
    assert_true(pvg_guest_stamp_done(g, s));

    assert_false(pvg_guest_submit(g, 3, PVG_OP_DEBUG, NULL, 0, big, sizeof(big), &s)); /* larger than the ring */
    assert_false(pvg_guest_submit(g, 3, PVG_OP_NOP, many, 65, NULL, 0, &s));
    assert_false(pvg_guest_submit(g, 12, PVG_OP_NOP, NULL, 0, NULL, 0, &s)); /* not open */
    assert_false(pvg_guest_submit(g, 13, PVG_OP_NOP, NULL, 0, NULL, 0, &s));

    /* A device that stops consuming: an error after the time limit, not a hang. */
    d.stuck = true;
    bool ok = true;
    for (uint32_t i = 0; i < 3000 && ok; i++)
        ok = pvg_guest_submit(g, 3, PVG_OP_NOP, NULL, 0, NULL, 0, &s);
    assert_false(ok);
    assert_non_null(strstr(pvg_guest_error(g), "full"));
    d.stuck = false;
    pvg_guest_close(g);
    finish(&d);
}

static void test_memory(void **state)
{
    static struct device d;
    const struct pvg_guest_transport t = transport(&d);
    char error[256];
    struct pvg_guest *g = pvg_guest_open(&t, NULL, error);
    const struct pvg_guest_task_config tc = {.id = 5};
    struct pvg_guest_task *task = pvg_guest_task_create(g, &tc);
    assert_non_null(task);
    const struct pvg_guest_mem_config c = {.what = "m", .size = 0x5001, .gva = 0x40000, .granule = 0x2000};
    struct pvg_guest_mem *m = pvg_guest_mem_map(task, &c);
    assert_non_null(m);
    assert_int_equal(d.last_opcode, PVG_OP_MAP_MEMORY2);
    assert_int_equal(m->size, 0x6000);
    assert_int_equal(m->run_count, 3);
    uint8_t in[0x3000], out[0x3000];
    for (size_t i = 0; i < sizeof(in); i++)
        in[i] = (uint8_t)(i * 7);
    assert_true(pvg_guest_mem_write(m, 0x1800, in, sizeof(in)));
    assert_true(pvg_guest_mem_read(m, 0x1800, out, sizeof(out)));
    assert_memory_equal(in, out, sizeof(in));
    assert_false(pvg_guest_mem_write(m, 0x3001, in, sizeof(in)));
    assert_false(pvg_guest_mem_read(m, UINT64_MAX, out, 2));
    assert_non_null(pvg_guest_mem_at(m, 0x2000, 0x2000));
    assert_null(pvg_guest_mem_at(m, 0x1fff, 2));
    /* The same address twice is refused and leaves nothing behind. */
    size_t used = pvg_guest_pool_used(&d.pool);
    const struct pvg_guest_mem_config clash = {.what = "m", .size = 0x3000, .gva = 0x3e000};
    assert_null(pvg_guest_mem_map(task, &clash));
    assert_int_equal(pvg_guest_pool_used(&d.pool), used);
    assert_true(pvg_guest_mem_unmap(m));
    assert_int_equal(d.last_opcode, PVG_OP_UNMAP_MEMORY);
    assert_non_null(pvg_guest_mem_map(task, &clash));
    const struct pvg_guest_mem_config huge = {.what = "m", .size = RAM_SIZE * 2ull};
    assert_null(pvg_guest_mem_map(task, &huge));

    /* Descriptors need mapped memory; a slot far down the list gets its page. */
    const uint8_t desc[16] = {1};
    assert_false(pvg_guest_object_publish(task, 1, 1, 0x900000, desc, sizeof(desc)));
    assert_false(pvg_guest_object_publish(task, 1, 1, 0, desc, 0));
    assert_true(pvg_guest_object_publish(task, 5000, 1, 0, desc, sizeof(desc)));
    assert_int_equal(pvg_guest_ref(task), 5001);
    assert_true(pvg_guest_task_destroy(task));
    assert_int_equal(d.last_opcode, PVG_OP_DELETE_TASK);
    pvg_guest_close(g);
    finish(&d);
}

static void test_commands(void **state)
{
    uint8_t buf[64];
    struct pvg_guest_cmd c;
    const struct pvg_w_record fill = {.fill_buffer = {.ref = 4, .location = 16, .length = 1024, .value = 0xc3}};
    pvg_guest_cmd_begin(&c, buf, sizeof(buf));
    pvg_guest_cmd_record(&c, 0x132, &fill); /* no segment */
    assert_int_equal(pvg_guest_cmd_end(&c), 0);
    pvg_guest_cmd_begin(&c, buf, sizeof(buf));
    pvg_guest_cmd_segment(&c, PVG_W_SEG_BLIT);
    pvg_guest_cmd_record(&c, 0x132, &fill);
    assert_int_equal(pvg_guest_cmd_end(&c), 40);
    pvg_guest_cmd_begin(&c, buf, 39); /* does not fit */
    pvg_guest_cmd_segment(&c, PVG_W_SEG_BLIT);
    pvg_guest_cmd_record(&c, 0x132, &fill);
    assert_int_equal(pvg_guest_cmd_end(&c), 0);
    pvg_guest_cmd_begin(&c, buf, sizeof(buf));
    pvg_guest_cmd_segment(&c, PVG_W_SEG_RENDER);
    pvg_guest_cmd_record(&c, 0x132, &fill); /* not a record of this segment */
    assert_int_equal(pvg_guest_cmd_end(&c), 0);
    pvg_guest_cmd_begin(&c, buf, 4);
    pvg_guest_cmd_segment(&c, PVG_W_SEG_RENDER);
    assert_int_equal(pvg_guest_cmd_end(&c), 0);
}

static void test_pool(void **state)
{
    struct pvg_guest_pool p;
    uint8_t *ram = calloc(4, 0x4000);
    uint64_t a, b, c;
    pvg_guest_pool_init(&p, 14);
    /* Frame 0 is never given out; adjacent chunks are one. */
    assert_true(pvg_guest_pool_add(&p, ram, 0, 0x8000));
    assert_true(pvg_guest_pool_add(&p, ram + 0x8000, 0x8000, 0x8000));
    assert_int_equal(p.chunk_count, 1);
    assert_ptr_equal(pvg_guest_pool_alloc(&p, 2, &a), ram + 0x4000);
    assert_true(a == 0x4000);
    assert_ptr_equal(pvg_guest_pool_alloc(&p, 1, &b), ram + 0xc000);
    assert_null(pvg_guest_pool_alloc(&p, 1, &c));
    pvg_guest_pool_free(&p, a, 2);
    assert_int_equal(pvg_guest_pool_used(&p), 1);
    assert_non_null(pvg_guest_pool_alloc(&p, 1, &c));
    assert_true(c == 0x4000);
    assert_null(pvg_guest_pool_cpu(&p, 0x3fff));
    assert_null(pvg_guest_pool_cpu(&p, 0x10000));
    pvg_guest_pool_free(&p, 0x100000, 1);
    pvg_guest_pool_free(&p, 0xc000, 100);
    assert_int_equal(pvg_guest_pool_used(&p), 2);
    pvg_guest_pool_fini(&p);
    free(ram);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open),    cmocka_unit_test(test_bad_devices), cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_packets), cmocka_unit_test(test_memory),      cmocka_unit_test(test_commands),
        cmocka_unit_test(test_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
