/* SPDX-License-Identifier: MIT */
/** @file Register rules and the vectors of spec 01 section 12. */
#include "harness.h"

#include <errno.h>

#include <setjmp.h>
#include <stdarg.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int setup(void **state)
{
    *state = guest_new(12, PVG_VARIANT_PCI);
    return 0;
}

static int teardown(void **state)
{
    guest_free(*state);
    return 0;
}

static uint64_t r64(struct guest *g, uint32_t offset)
{
    return pvg_mmio_read(g->dev, PVG_WINDOW_GFX, offset, 8);
}

static void w64(struct guest *g, uint32_t offset, uint64_t value)
{
    pvg_mmio_write(g->dev, PVG_WINDOW_GFX, offset, value, 8);
}

static void version_is_clamped(void **state)
{
    struct guest *g = *state;

    assert_int_equal(guest_r32(g, 0x1034), 0);
    guest_w32(g, 0x1034, 63);
    assert_int_equal(guest_r32(g, 0x1034), 62);
    guest_w32(g, 0x1034, 0xffffffff);
    assert_int_equal(guest_r32(g, 0x1034), 62);
    guest_w32(g, 0x1034, 4);
    assert_int_equal(guest_r32(g, 0x1034), 4);
}

static void wide_access_exceptions(void **state)
{
    struct guest *g = *state;

    guest_w32(g, 0x1034, 4);
    w64(g, 0x1030, 0x100000010ull);
    assert_int_equal(guest_r32(g, 0x1030), 0x10);
    assert_int_equal(guest_r32(g, 0x1034), 4);
    assert_int_equal(r64(g, 0x1030), 0x10);

    guest_w32(g, 0x1214, 7);
    w64(g, 0x1210, 0x180000000ull);
    assert_int_equal(r64(g, 0x1210), 0x180000000ull);
    assert_int_equal(guest_r32(g, 0x1210), 0x80000000u);
    assert_int_equal(guest_r32(g, 0x1214), 7);
    guest_w32(g, 0x1210, 0x1000);
    assert_int_equal(r64(g, 0x1210), 0x100001000ull);
}

static void constants_stay(void **state)
{
    static const struct {
        uint32_t offset, value;
    } constants[] = {{0x1204, 1}, {0x120c, 0x07800438}, {0x1224, 64}, {0x122c, 1}, {0x1234, 1}, {0x100c, 0}};
    struct guest *g = *state;

    for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++) {
        assert_int_equal(guest_r32(g, constants[i].offset), constants[i].value);
        guest_w32(g, constants[i].offset, 5);
        assert_int_equal(guest_r32(g, constants[i].offset), constants[i].value);
    }
}

static void storage_and_reserved(void **state)
{
    struct guest *g = *state;

    guest_w32(g, 0x0ffc, 5);
    assert_int_equal(guest_r32(g, 0x0ffc), 0);
    guest_w32(g, 0x2000, 5);
    assert_int_equal(guest_r32(g, 0x2000), 5);
    guest_w32(g, 0x3ffc, 9);
    assert_int_equal(guest_r32(g, 0x3ffc), 9);
    assert_int_equal(r64(g, 0x3ffc), 9);
    w64(g, 0x3ffc, 0x100000003ull);
    assert_int_equal(guest_r32(g, 0x3ffc), 3);
    assert_int_equal(guest_r32(g, 0x4000), 0);
    pvg_mmio_write(g->dev, PVG_WINDOW_GFX, UINT64_MAX - 3, 1, 4);
    assert_int_equal(pvg_mmio_read(g->dev, PVG_WINDOW_GFX, UINT64_MAX - 3, 4), 0);
    assert_int_equal(r64(g, 0x0ffc), 0);
    w64(g, 0x0ffc, UINT64_MAX);
    assert_int_equal(guest_r32(g, 0x1000), 0);
    pvg_device_reset(g->dev);
    assert_int_equal(guest_r32(g, 0x2000), 0);
}

static void narrow_and_unaligned(void **state)
{
    struct guest *g = *state;

    guest_w32(g, 0x1034, 4);
    assert_int_equal(pvg_mmio_read(g->dev, PVG_WINDOW_GFX, 0x1034, 2), 0);
    pvg_mmio_write(g->dev, PVG_WINDOW_GFX, 0x1034, 9, 2);
    assert_int_equal(guest_r32(g, 0x1034), 4);
    pvg_irq_stamp(g->dev, 1);
    assert_int_equal(pvg_mmio_read(g->dev, PVG_WINDOW_GFX, 0x1018, 1), 0);
    assert_int_equal(pvg_mmio_read(g->dev, PVG_WINDOW_GFX, 0x1016, 4), 0);
    assert_int_equal(pvg_mmio_read(g->dev, PVG_WINDOW_GFX, 0x1016, 8), 0);
    assert_int_equal(guest_r32(g, 0x1018), 1);
}

static void status_clears(void **state)
{
    struct guest *g = *state;

    pvg_irq_stamp(g->dev, 0x21);
    assert_int_equal(guest_r32(g, 0x1018), 0x21);
    assert_int_equal(guest_r32(g, 0x1018), 0);
    pvg_irq_stamp(g->dev, 7);
    guest_w32(g, 0x1018, 2);
    assert_int_equal(guest_r32(g, 0x1018), 5);
    pvg_device_display_irq(g->dev, 2);
    pvg_irq_stamp(g->dev, 5);
    assert_int_equal(r64(g, 0x1014), 0x500000002ull);
    assert_int_equal(guest_r32(g, 0x1014), 0);
    assert_int_equal(guest_r32(g, 0x1018), 0);

    atomic_store(pvg_reg_word(g->dev, PVG_REG_IRQ_FAULT), 1);
    assert_int_equal(guest_r32(g, 0x102c), 1);
    assert_int_equal(guest_r32(g, 0x102c), 1);
    guest_w32(g, 0x102c, 0);
    assert_int_equal(guest_r32(g, 0x102c), 0);
}

static void write_only_reads_zero(void **state)
{
    static const uint32_t offsets[] = {0x1020, 0x1024, 0x1028, 0x1220};
    struct guest *g = *state;

    for (size_t i = 0; i < 4; i++) {
        guest_w32(g, offsets[i], 3);
        assert_int_equal(guest_r32(g, offsets[i]), 0);
    }
}

static void doorbells(void **state)
{
    struct guest *g = *state;

    guest_idle(g);
    guest_w32(g, 0x1020, 0);
    guest_w32(g, 0x1020, 32);
    guest_w32(g, 0x1028, 0xffffffff);
    assert_int_equal(atomic_load(&g->dev->worker.active), 0);
    assert_true(guest_logged(g, "channel 32"));
    guest_w32(g, 0x1020, 4);
    guest_w32(g, 0x1028, 6);
    assert_int_equal(atomic_load(&g->dev->worker.active), 1u << 4 | 1u << 6);
}

static void poke(void **state)
{
    struct guest *g = *state;

    guest_w32(g, 0x1220, 32);
    assert_int_equal(atomic_load(&g->interrupts), 0);
    guest_w32(g, 0x1220, 0);
    assert_int_equal(atomic_load(&g->interrupts), 1);
    assert_int_equal(guest_r32(g, 0x1014), 1);
    guest_w32(g, 0x1220, 9);
    assert_int_equal(guest_r32(g, 0x1014), 1u << 9);
    assert_string_equal(doubles_calls(), "ram_add 0 1000000\npoke 0\n");
}

/* ---- Races
 * ---------------------------------------------------------------------------------------------------------------------------- */

enum { RACE_ROUNDS = 20000 };

static void *reader(void *arg)
{
    struct guest *g = arg;
    uint64_t seen = 0;

    for (int i = 0; i < RACE_ROUNDS; i++)
        seen += (uint64_t)__builtin_popcount(guest_r32(g, 0x1018));
    return (void *)(uintptr_t)seen;
}

/** Every bit set by one of several producers is seen by exactly one reader. */
static void read_clear_loses_nothing(void **state)
{
    struct guest *g = *state;
    pthread_t t[2];
    uint64_t set = 0, seen = 0;
    void *part;

    for (int i = 0; i < 2; i++)
        pthread_create(&t[i], NULL, reader, g);
    for (int i = 0; i < RACE_ROUNDS; i++) {
        uint32_t bit = 1u << (i & 31);
        set += !(atomic_fetch_or(pvg_reg_word(g->dev, PVG_REG_IRQ_STAMP), bit) & bit);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(t[i], &part);
        seen += (uintptr_t)part;
    }
    seen += (uint64_t)__builtin_popcount(guest_r32(g, 0x1018));
    assert_int_equal(seen, set);
}

static void *hammer(void *arg)
{
    struct guest *g = arg;

    for (uint32_t i = 0; i < RACE_ROUNDS; i++) {
        guest_w32(g, 0x1000 + 4 * (i % 0x90), i);
        guest_r32(g, 0x1000 + 4 * (i % 0x90));
    }
    return NULL;
}

/** Register traffic from several vCPUs while the device resets. */
static void reset_under_traffic(void **state)
{
    struct guest *g = *state;
    pthread_t t[2];

    for (int i = 0; i < 2; i++)
        pthread_create(&t[i], NULL, hammer, g);
    for (int i = 0; i < 50; i++)
        pvg_device_reset(g->dev);
    for (int i = 0; i < 2; i++)
        pthread_join(t[i], NULL);
    pvg_device_reset(g->dev);
    for (uint32_t offset = 0x1000; offset < 0x1200; offset += 4)
        assert_int_equal(guest_r32(g, offset), 0);
}

static void irq_through_fd(void **state)
{
    struct guest *g = *state;
    int fd = pvg_eventfd_create();

    pvg_device_set_irq_fd(g->dev, PVG_IRQ_GFX, fd);
    guest_w32(g, 0x1220, 0);
    assert_int_equal(atomic_load(&g->interrupts), 0);
    assert_true(pvg_eventfd_drain(fd));
    pvg_device_set_irq_fd(g->dev, PVG_IRQ_GFX, -1);
    guest_w32(g, 0x1220, 0);
    assert_int_equal(atomic_load(&g->interrupts), 1);
    assert_false(pvg_eventfd_drain(fd));
    close(fd);
}

static void bad_configurations(void **state)
{
    const struct pvg_device_config good = {.size = sizeof(good), .renderer = PVG_RENDERER_NULL};
    struct pvg_device_config c;
    struct pvg_device *dev;
    struct pvg_error err;

    c = good;
    c.size = 4;
    assert_int_equal(pvg_device_create(&c, &dev, &err), -EINVAL);
    c = good;
    c.page_shift = 13;
    assert_int_equal(pvg_device_create(&c, &dev, &err), -EINVAL);
    assert_non_null(strstr(err.message, "page_shift"));
    c = good;
    c.boot_framebuffer_size = 4096;
    assert_int_equal(pvg_device_create(&c, &dev, &err), -EINVAL);
    c = good;
    c.renderer = PVG_RENDERER_VULKAN;
    assert_int_equal(pvg_device_create(&c, &dev, &err), -ENODEV);
    c = good;
    c.tick_ms = 100000;
    assert_int_equal(pvg_device_create(&c, &dev, NULL), -EINVAL);
    assert_null(dev);
    pvg_device_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(version_is_clamped, setup, teardown),
        cmocka_unit_test_setup_teardown(wide_access_exceptions, setup, teardown),
        cmocka_unit_test_setup_teardown(constants_stay, setup, teardown),
        cmocka_unit_test_setup_teardown(storage_and_reserved, setup, teardown),
        cmocka_unit_test_setup_teardown(narrow_and_unaligned, setup, teardown),
        cmocka_unit_test_setup_teardown(status_clears, setup, teardown),
        cmocka_unit_test_setup_teardown(write_only_reads_zero, setup, teardown),
        cmocka_unit_test_setup_teardown(doorbells, setup, teardown),
        cmocka_unit_test_setup_teardown(poke, setup, teardown),
        cmocka_unit_test_setup_teardown(read_clear_loses_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(reset_under_traffic, setup, teardown),
        cmocka_unit_test_setup_teardown(irq_through_fd, setup, teardown),
        cmocka_unit_test(bad_configurations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
