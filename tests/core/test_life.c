/* SPDX-License-Identifier: MIT */
/** @file RAM transactions, reset, pause, and the threads around them. */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static int setup(void **state)
{
    *state = guest_new(12, PVG_VARIANT_PCI);
    guest_bring_up(*state, 0xf000);
    return 0;
}

static int teardown(void **state)
{
    guest_free(*state);
    return 0;
}

static void define_task(struct guest *g, uint32_t id, uint32_t stamp)
{
    uint8_t payload[16] = {0};

    pvg_st32(payload, id << 1);
    pvg_st32(payload + 12, GUEST_TASK_PFN);
    guest_send(g, 0, PVG_OP_DEFINE_TASK2, stamp, payload, sizeof(payload));
}

static void put_exec(struct guest *g, uint32_t ch, uint32_t stamp)
{
    uint8_t payload[28] = {0};

    pvg_st32(payload, 1);
    pvg_st32(payload + 8, 1);
    guest_put(g, ch, PVG_OP_EXEC_INDIRECT2, stamp, NULL, 0, payload, sizeof(payload));
}

/* ---- RAM ------------------------------------------------------------------------------------------------------------------- */

static void ram_rules(void **state)
{
    static uint8_t block[3 * 4096] __attribute__((aligned(4096)));
    const struct pvg_ram_region good = {.gpa = 0x10000000, .size = 0x2000, .host = block, .fd = -1};
    struct pvg_ram_region r;
    struct guest *g = *state;

    assert_int_equal(pvg_ram_add(g->dev, &good), -EINVAL); /* No transaction. */
    pvg_ram_begin(g->dev);
    r = good;
    r.gpa = 0x10000800;
    assert_int_equal(pvg_ram_add(g->dev, &r), -EINVAL);
    r = good;
    r.size = 0;
    assert_int_equal(pvg_ram_add(g->dev, &r), -EINVAL);
    r = good;
    r.host = NULL;
    assert_int_equal(pvg_ram_add(g->dev, &r), -EINVAL);
    r = good;
    r.gpa = UINT64_MAX - 0xfff;
    assert_int_equal(pvg_ram_add(g->dev, &r), -EINVAL);
    r = good;
    r.gpa = RAM_SIZE - 0x1000;
    assert_int_equal(pvg_ram_add(g->dev, &r), -EEXIST);
    r = good;
    r.fd = 9999;
    assert_int_equal(pvg_ram_add(g->dev, &r), -EINVAL);
    assert_int_equal(pvg_ram_add(g->dev, &good), 0);
    assert_int_equal(pvg_ram_add(g->dev, &good), -EEXIST);
    r = good;
    r.gpa += 0x2000;
    r.size = 0x1000;
    r.host = block + 0x2000;
    r.read_only = true;
    assert_int_equal(pvg_ram_add(g->dev, &r), 0);
    assert_null(pvg_gpa_ptr(g->dev, good.gpa, 1, false)); /* Not before the commit. */
    pvg_ram_commit(g->dev);

    assert_ptr_equal(pvg_gpa_ptr(g->dev, good.gpa + 0x1fff, 1, true), block + 0x1fff);
    assert_null(pvg_gpa_ptr(g->dev, good.gpa + 0x1fff, 2, true));
    assert_null(pvg_gpa_ptr(g->dev, r.gpa, 1, false)); /* ROM is not for the device. */
    assert_null(pvg_gpa_ptr(g->dev, RAM_SIZE, 1, false));
    assert_null(pvg_gpa_ptr(g->dev, good.gpa - 1, 1, false));
    assert_null(pvg_gpa_ptr(g->dev, UINT64_MAX, 8, false));

    pvg_ram_begin(g->dev);
    assert_int_equal(pvg_ram_remove(g->dev, good.gpa, 0x1000), -ENOENT);
    assert_int_equal(pvg_ram_remove(g->dev, good.gpa + 0x1000, 0x1000), -ENOENT);
    assert_int_equal(pvg_ram_remove(g->dev, r.gpa, r.size), 0);
    assert_int_equal(pvg_ram_remove(g->dev, good.gpa, good.size), 0);
    pvg_ram_commit(g->dev);
    assert_null(pvg_gpa_ptr(g->dev, good.gpa, 1, true));
    assert_string_equal(doubles_calls(), "ram_add 0 1000000\nram_add 10000000 2000\nram_remove 10000000 2000\n");
}

/** Firmware that removes and adds the same ranges costs the renderer nothing. */
static void unchanged_ranges_stay(void **state)
{
    struct guest *g = *state;
    struct pvg_ram_region r = {.gpa = 0, .size = RAM_SIZE, .host = g->ram, .fd = -1};
    const char *before;

    define_task(g, 1, 1);
    before = strdup(doubles_calls());
    for (int i = 0; i < 3; i++) {
        pvg_ram_begin(g->dev);
        assert_int_equal(pvg_ram_remove(g->dev, 0, RAM_SIZE), 0);
        assert_int_equal(pvg_ram_add(g->dev, &r), 0);
        pvg_ram_commit(g->dev);
    }
    assert_string_equal(doubles_calls(), before);
    free((void *)before);
}

static int open_fds(void)
{
    int n = 0;

    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

/** File-backed regions: the file stays usable after the embedder closed its descriptor, and nothing leaks. */
static void file_backed_ram(void **state)
{
    struct guest *g = *state;
    int fd = memfd_create("ram", MFD_CLOEXEC), before;
    struct pvg_ram_region r = {.gpa = 0x20000000, .size = 0x4000, .fd_offset = 0x1000};
    struct pvg_rspan *spans;
    uint64_t pages[2] = {0x20000000, 0x20001000};
    size_t n;

    assert_int_equal(ftruncate(fd, 0x8000), 0);
    r.host = mmap(NULL, 0x4000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0x1000);
    r.fd = fd;
    before = open_fds();
    for (int i = 0; i < 3; i++) {
        pvg_ram_begin(g->dev);
        assert_int_equal(pvg_ram_add(g->dev, &r), 0);
        if (i == 0)
            assert_int_equal(pvg_ram_remove(g->dev, r.gpa, r.size), 0); /* Never committed. */
        if (i == 0)
            assert_int_equal(pvg_ram_add(g->dev, &r), 0);
        pvg_ram_commit(g->dev);
        assert_int_equal(open_fds(), before + 1);
        assert_true(pvg_gpa_spans(g->dev, pages, 2, &spans, &n));
        assert_int_equal(n, 1);
        assert_true(spans[0].fd >= 0 && spans[0].fd != fd);
        assert_int_equal(spans[0].fd_offset, 0x1000);
        free(spans);
        pages[0] = 0x20000001;
        assert_false(pvg_gpa_spans(g->dev, pages, 2, &spans, &n));
        pages[0] = 0x20000000;
        pvg_ram_begin(g->dev);
        assert_int_equal(pvg_ram_remove(g->dev, r.gpa, r.size), 0);
        pvg_ram_commit(g->dev);
        assert_int_equal(open_fds(), before);
    }
    munmap(r.host, 0x4000);
    close(fd);
}

/** Memory comes and goes while packets run; removal also makes objects look their pages up again. */
static void commit_during_work(void **state)
{
    static uint8_t block[4096] __attribute__((aligned(4096)));
    struct pvg_ram_region r = {.gpa = 0x30000000, .size = 4096, .host = block, .fd = -1};
    struct guest *g = *state;

    guest_child(g, 1, 4);
    define_task(g, 1, 1);
    for (uint32_t i = 1; i <= 200; i++) {
        put_exec(g, 1, 2 * i);
        guest_put(g, 1, PVG_OP_NOP, 2 * i + 1, NULL, 0, NULL, 0);
        guest_ring(g, 1);
        pvg_ram_begin(g->dev);
        assert_int_equal(pvg_ram_add(g->dev, &r), 0);
        pvg_ram_commit(g->dev);
        pvg_ram_begin(g->dev);
        assert_int_equal(pvg_ram_remove(g->dev, r.gpa, r.size), 0);
        pvg_ram_commit(g->dev);
        if (i % 16 == 0)
            guest_idle(g);
    }
    guest_idle(g);
    assert_int_equal(guest_stamp(g, 1), 401);
    assert_non_null(strstr(doubles_calls(), "ram_remove 30000000 1000\nmap 1 0 ffffffffffffffff\n"));
}

/** The stamp page disappears while work is under way: the stamp is lost, nothing else happens. */
static void stamp_page_goes(void **state)
{
    struct guest *g = *state;
    struct pvg_ram_region low = {.gpa = 0, .size = GUEST_FIFO_PFN << 12, .host = g->ram, .fd = -1};

    guest_child(g, 1, 1);
    define_task(g, 1, 1);
    doubles_hold(true);
    put_exec(g, 1, 5);
    guest_ring(g, 1);
    assert_false(pvg_device_wait_idle(g->dev, 30));
    pvg_ram_begin(g->dev);
    pvg_ram_remove(g->dev, 0, RAM_SIZE);
    pvg_ram_add(g->dev, &low);
    pvg_ram_commit(g->dev);
    doubles_hold(false);
    assert_true(pvg_device_wait_idle(g->dev, 5000));
    assert_int_equal(guest_stamp(g, 1), 0);
    assert_true(guest_logged(g, "is not RAM, stamp 0x5 is lost"));
}

/* ---- Access from other threads --------------------------------------------------------------------------------------------- */

struct visit {
    struct guest *g;
    _Atomic bool stop;
    _Atomic unsigned ran, refused;
};

static void touch(void *arg)
{
    struct visit *v = arg;
    uint32_t word = 0;

    pvg_gpa_load32(v->g->dev, 0x800000, &word);
    word++;
    pvg_gpa_write(v->g->dev, 0x800000, &word, 4);
    atomic_fetch_add(&v->ran, 1);
}

static void *visitor(void *arg)
{
    struct visit *v = arg;

    while (!atomic_load(&v->stop)) {
        if (!pvg_device_with_ram(v->g->dev, touch, v))
            atomic_fetch_add(&v->refused, 1);
        usleep(50);
    }
    return NULL;
}

/** A second user of RAM, as the display thread is one, across resets, pauses and commits. */
static void with_ram_is_excluded(void **state)
{
    static uint8_t block[4096] __attribute__((aligned(4096)));
    struct pvg_ram_region r = {.gpa = 0x30000000, .size = 4096, .host = block, .fd = -1};
    struct visit v = {.g = *state};
    struct guest *g = *state;
    pthread_t t;

    pthread_create(&t, NULL, visitor, &v);
    for (int i = 0; i < 100; i++) {
        unsigned ran;

        pvg_device_pause(g->dev);
        ran = atomic_load(&v.ran);
        usleep(200);
        assert_int_equal(atomic_load(&v.ran), ran);
        pvg_device_unpause(g->dev);
        pvg_ram_begin(g->dev);
        pvg_ram_add(g->dev, &r);
        pvg_ram_commit(g->dev);
        pvg_ram_begin(g->dev);
        pvg_ram_remove(g->dev, r.gpa, r.size);
        pvg_ram_commit(g->dev);
        pvg_device_reset(g->dev);
    }
    atomic_store(&v.stop, true);
    pthread_join(t, NULL);
    assert_true(atomic_load(&v.refused) > 0);
    assert_int_equal(guest_load(g, 0x800000), atomic_load(&v.ran));
    assert_true(atomic_load(&g->dirty) >= atomic_load(&v.ran));
}

/* ---- Reset and pause ------------------------------------------------------------------------------------------------------- */

static void reset_clears_everything(void **state)
{
    struct guest *g = *state;
    struct pvg_stats stats = {.size = sizeof(stats)};
    uint32_t interrupts;

    guest_child(g, 1, 1);
    define_task(g, 1, 1);
    guest_w32(g, 0x1220, 0);
    doubles_hold(true);
    put_exec(g, 1, 5);
    guest_put(g, 1, PVG_OP_NOP, 6, NULL, 0, NULL, 0);
    guest_ring(g, 1);
    assert_false(pvg_device_wait_idle(g->dev, 30));
    interrupts = atomic_load(&g->interrupts);
    doubles_hold(false);
    pvg_device_reset(g->dev);
    /* Work of the old life may or may not have published; after the reset nothing may. */
    interrupts = atomic_load(&g->interrupts);
    guest_store(g, ((uint64_t)GUEST_FIFO_PFN << 12) + 4, 0x1234);
    assert_true(pvg_device_wait_idle(g->dev, 5000));
    assert_int_equal(guest_stamp(g, 1), 0x1234);
    assert_int_equal(atomic_load(&g->interrupts), interrupts);
    for (uint32_t offset = 0x1000; offset < 0x1200; offset += 4)
        assert_int_equal(guest_r32(g, offset), 0);
    assert_int_equal(atomic_load(&g->dev->worker.active), 0);
    pvg_device_stats(g->dev, &stats);
    assert_int_equal(stats.tasks_live, 0);
    assert_non_null(strstr(doubles_calls(), "displays_reset\nend 1\n"));

    /* A second life works like the first. */
    g->root_pos = 0;
    memset(g->pos, 0, sizeof(g->pos));
    guest_bring_up(g, 0xf000);
    guest_child(g, 1, 1);
    define_task(g, 1, 1);
    put_exec(g, 1, 1);
    guest_ring(g, 1);
    guest_idle(g);
    assert_int_equal(guest_stamp(g, 1), 1);
}

static void *reset_thread(void *arg)
{
    struct guest *g = arg;

    pvg_device_reset(g->dev);
    return NULL;
}

/** Completions that arrive during the reset publish nothing. */
static void reset_waits_for_the_gpu(void **state)
{
    struct guest *g = *state;
    pthread_t t;

    guest_child(g, 1, 1);
    define_task(g, 1, 1);
    doubles_hold(true);
    put_exec(g, 1, 5);
    guest_ring(g, 1);
    assert_false(pvg_device_wait_idle(g->dev, 30));
    pthread_create(&t, NULL, reset_thread, g);
    while (!atomic_load(&g->dev->irq.muted))
        usleep(100);
    usleep(1000);
    doubles_hold(false);
    pthread_join(t, NULL);
    assert_int_equal(guest_stamp(g, 1), 0);
    assert_int_equal(guest_r32(g, PVG_REG_IRQ_STAMP), 0);
}

static void pause_stops_and_latches(void **state)
{
    struct guest *g = *state;

    pvg_device_pause(g->dev);
    pvg_device_pause(g->dev);
    guest_put(g, 0, PVG_OP_NOP, 3, NULL, 0, NULL, 0);
    guest_ring(g, 0);
    usleep(20000);
    assert_int_equal(guest_stamp(g, 0), 0);
    pvg_device_unpause(g->dev);
    usleep(5000);
    assert_int_equal(guest_stamp(g, 0), 0);
    pvg_device_unpause(g->dev);
    guest_idle(g);
    assert_int_equal(guest_stamp(g, 0), 3);
    pvg_device_unpause(g->dev); /* One too many is ignored. */
    guest_send(g, 0, PVG_OP_NOP, 4, NULL, 0);
    assert_int_equal(guest_stamp(g, 0), 4);
}

/* ---- Everything at once ---------------------------------------------------------------------------------------------------- */

struct storm {
    struct guest *g;
    _Atomic bool stop;
    uint32_t seed;
};

static void *mmio_storm(void *arg)
{
    struct storm *s = arg;
    uint32_t x = s->seed;

    while (!atomic_load(&s->stop)) {
        x = x * 1664525 + 1013904223;
        switch (x >> 29) {
        case 0:
            guest_w32(s->g, PVG_REG_CH_BELL, x >> 8 & 31);
            break;
        case 1:
            guest_w32(s->g, PVG_REG_ROOT_KICK, 1);
            break;
        case 2:
            guest_w32(s->g, PVG_REG_DISPLAY_POKE, x >> 8 & 31);
            break;
        case 3:
            guest_r32(s->g, PVG_REG_IRQ_STAMP);
            break;
        case 4:
            guest_r32(s->g, PVG_REG_IRQ_DISPLAY);
            break;
        default:
            guest_r32(s->g, PVG_REG_ROOT_FIFO_CONS);
            break;
        }
    }
    return NULL;
}

/** Four vCPUs hammer registers while packets run; then the device goes away in the middle of it being busy. */
static void storm_then_destroy(void **state)
{
    struct storm s[4];
    struct guest *g = *state;
    pthread_t t[4];

    guest_child(g, 1, 4);
    define_task(g, 1, 1);
    for (int i = 0; i < 4; i++) {
        s[i] = (struct storm){.g = g, .seed = (uint32_t)i * 77 + 1};
        pthread_create(&t[i], NULL, mmio_storm, &s[i]);
    }
    for (uint32_t i = 1; i <= 300; i++) {
        put_exec(g, 1, i);
        guest_ring(g, 1);
        guest_wait_stamp(g, 1, i);
    }
    for (int i = 0; i < 4; i++)
        atomic_store(&s[i].stop, true);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    put_exec(g, 1, 301);
    guest_ring(g, 1);
}

static void create_and_destroy(void **state)
{
    int before = open_fds();

    for (int i = 0; i < 50; i++) {
        struct guest *g = guest_new(i & 1 ? 14 : 12, i & 1 ? PVG_VARIANT_PLATFORM : PVG_VARIANT_PCI);

        guest_bring_up(g, 0x8000);
        guest_put(g, 0, PVG_OP_NOP, 1, NULL, 0, NULL, 0);
        guest_ring(g, 0);
        guest_free(g);
    }
    assert_int_equal(open_fds(), before);
}

static void old_and_new_embedders(void **state)
{
    struct guest *g = *state;
    struct pvg_stats stats;

    memset(&stats, 0xee, sizeof(stats));
    stats.size = offsetof(struct pvg_stats, doorbells);
    pvg_device_stats(g->dev, &stats);
    assert_true(stats.mmio_writes < 100);
    assert_int_equal(stats.doorbells, 0xeeeeeeeeeeeeeeeeull);
    assert_string_equal(pvg_device_renderer_name(g->dev), "double");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(ram_rules),
        T(unchanged_ranges_stay),
        T(file_backed_ram),
        T(commit_during_work),
        T(stamp_page_goes),
        T(with_ram_is_excluded),
        T(reset_clears_everything),
        T(reset_waits_for_the_gpu),
        T(pause_stops_and_latches),
        T(storm_then_destroy),
        T(old_and_new_embedders),
        cmocka_unit_test(create_and_destroy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
