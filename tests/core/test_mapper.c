/* SPDX-License-Identifier: MIT */
/** @file IOSurface mapper window: ring rules of spec 01 section 4.3, register hand-off of section 4.4. */
#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/iosfc.h"

/** Guest-physical places of the kernel objects; their virtual addresses are KVA + place. */
enum {
    AT_RING = 0x400000,
    AT_OBJECT = 0x410000,
    AT_HELPER = 0x414000,
    AT_LIST = 0x418000,
    AT_DESC = 0x41c000,
    AT_PIXELS = 0x800000
};
#define KVA UINT64_C(0xfffffe0010000000)

static int setup(void **state)
{
    struct guest *g = guest_new(14, PVG_VARIANT_PLATFORM);

    g->kva_base = KVA;
    guest_bring_up(g, 0xc000);
    *state = g;
    return 0;
}

static int teardown(void **state)
{
    guest_free(*state);
    return 0;
}

static void w(struct guest *g, uint32_t offset, uint64_t value, unsigned size)
{
    pvg_mmio_write(g->dev, PVG_WINDOW_IOSFC, offset, value, size);
}

static uint64_t r(struct guest *g, uint32_t offset, unsigned size)
{
    return pvg_mmio_read(g->dev, PVG_WINDOW_IOSFC, offset, size);
}

static void entry(struct guest *g, uint32_t index, uint32_t type, uint32_t id)
{
    pvg_w_map_entry_encode(g->ram + AT_RING + 16 * index, 16, &(struct pvg_w_map_entry){.type = type, .id = id});
}

/** A mapping object, its list of `pages` descending pages and a 64x64 BGRA surface. */
static void make_mapping(struct guest *g, uint32_t id, uint32_t pages)
{
    const struct pvg_w_map_object object = {
        .mapper = KVA,
        .id = id,
        .descriptor = KVA + AT_DESC,
        .size = PVG_SURFACE_DESC_SIZE,
        .helper_a = KVA + AT_HELPER,
        .helper_b = KVA + AT_HELPER,
        .page_count = pages,
    };
    const struct pvg_w_surface_desc desc = {
        .pixel_format = 0x42475241,
        .allocation_size = pages << 14,
        .width = 64,
        .height = 64,
        .bytes_per_row = 256,
        .bytes_per_element = 4,
    };

    pvg_w_map_object_encode(g->ram + AT_OBJECT, PVG_MAP_OBJECT_SIZE, &object);
    pvg_w_surface_desc_encode(g->ram + AT_DESC, PVG_SURFACE_DESC_SIZE, &desc);
    pvg_st64(g->ram + AT_HELPER + PVG_MAP_HELPER_LIST_PTR, KVA + AT_LIST);
    for (uint32_t i = 0; i < pages; i++)
        pvg_st32(g->ram + AT_LIST + 4 * i, pvg_w_map_page_encode((AT_PIXELS >> 14) + pages - 1 - i));
    g->vcpu_x[0] = KVA;
    g->vcpu_x[1] = PVG_MAP_TYPE_MAP;
    g->vcpu_x[2] = KVA + AT_OBJECT;
}

static const char *mapper_calls(void)
{
    const char *found = strstr(doubles_calls(), "surface_");

    return found ? found : "";
}

static void registers(void **state)
{
    struct guest *g = *state;

    w(g, 0x1000, 0x70000000, 8);
    assert_int_equal(r(g, 0x1000, 8), 0x70000000);
    assert_int_equal(r(g, 0x1000, 4), 0x70000000);
    w(g, 0x1000, 0x123456789abcull, 8);
    assert_int_equal(r(g, 0x1000, 2), 0x9abc);
    w(g, 0x1000, 0xffffffff00000005ull, 4);
    assert_int_equal(r(g, 0x1000, 8), 5);
    w(g, 0x1008, 0x100, 4);
    w(g, 0x1010, 0x80000000000ull, 8);
    assert_int_equal(r(g, 0x1008, 4), 0x100);
    assert_int_equal(r(g, 0x1010, 8), 0x80000000000ull);
    w(g, 0x1004, 7, 4);
    w(g, 0x2000, 7, 4);
    assert_int_equal(r(g, 0x1004, 4), 0);
    assert_int_equal(r(g, 0x2000, 8), 0);
    w(g, 0x1018, 0, 4);
    assert_int_equal(atomic_load(&g->mapper_interrupts), 0);
    pvg_device_reset(g->dev);
    for (uint32_t offset = 0x1000; offset <= 0x1020; offset += 8)
        assert_int_equal(r(g, offset, 8), 0);
}

static void pci_has_no_window(void **state)
{
    struct guest *g = guest_new(12, PVG_VARIANT_PCI);

    w(g, 0x1000, 5, 8);
    assert_int_equal(r(g, 0x1000, 8), 0);
    guest_free(g);
}

static void handshake_without_ring(void **state)
{
    struct guest *g = *state;

    w(g, 0x1018, 5, 4);
    assert_int_equal(r(g, 0x1020, 4), 5);
    assert_int_equal(atomic_load(&g->mapper_interrupts), 1);
    w(g, 0x1000, AT_RING, 8);
    w(g, 0x1018, 2, 4); /* Backwards: catch up only. */
    assert_int_equal(r(g, 0x1020, 4), 2);
    assert_int_equal(atomic_load(&g->mapper_interrupts), 2);
    guest_idle(g);
    assert_string_equal(mapper_calls(), "");
}

static void map_and_unmap(void **state)
{
    struct guest *g = *state;
    struct pvg_stats stats = {.size = sizeof(stats)};

    make_mapping(g, 7, 3);
    w(g, 0x1000, AT_RING, 8);
    entry(g, 0, PVG_MAP_TYPE_MAP, 7);
    w(g, 0x1018, 1, 4);
    assert_int_equal(r(g, 0x1020, 4), 1); /* Inside the store, not later. */
    assert_int_equal(atomic_load(&g->mapper_interrupts), 1);
    memset(g->vcpu_x, 0, sizeof(g->vcpu_x));
    guest_idle(g);
    assert_string_equal(mapper_calls(), "surface_map 7 64x64 pages 3 first 808000\n");
    pvg_device_stats(g->dev, &stats);
    assert_int_equal(stats.mappings_live, 1);

    entry(g, 1, PVG_MAP_TYPE_UNMAP, 7);
    w(g, 0x1018, 2, 4);
    guest_idle(g);
    assert_non_null(strstr(mapper_calls(), "surface_unmap 7\n"));
    pvg_device_stats(g->dev, &stats);
    assert_int_equal(stats.mappings_live, 0);
}

/** A packet published after the mapper store sees the mapping. */
static void mapping_precedes_packet(void **state)
{
    struct guest *g = *state;
    uint8_t present[12] = {0};
    const char *map, *display;

    make_mapping(g, 9, 1);
    guest_child(g, 4, 1);
    w(g, 0x1000, AT_RING, 8);
    for (uint32_t i = 0; i < 50; i++) {
        doubles_reset();
        entry(g, i, PVG_MAP_TYPE_MAP, 9);
        pvg_st32(present + 8, 9);
        guest_put(g, 4, PVG_OP_DISPLAY_SWAP_MAPPING, i + 1, NULL, 0, present, 12);
        w(g, 0x1018, i + 1, 4);
        guest_ring(g, 4);
        guest_idle(g);
        map = strstr(doubles_calls(), "surface_map 9");
        display = strstr(doubles_calls(), "display 4");
        assert_non_null(map);
        assert_non_null(display);
        assert_true(map < display);
    }
}

/** What may be wrong with a hand-off; each leaves a mapping without pages. */
static void bad_handoffs(void **state)
{
    struct guest *g = *state;

    w(g, 0x1000, AT_RING, 8);
    for (uint32_t i = 0; i < 11; i++) {
        make_mapping(g, 20 + i, 2);
        switch (i) {
        case 0:
            g->vcpu_x[1] = PVG_MAP_TYPE_UNMAP;
            break;
        case 1:
            g->vcpu_x[2] = 0;
            break;
        case 2:
            g->vcpu_x[2] = 0x1000;
            break;
        case 3:
            g->vcpu_x[0] = KVA + 8; /* Another mapper device. */
            break;
        case 4:
            pvg_st32(g->ram + AT_OBJECT + 0x30, 99);
            break;
        case 5:
            pvg_st32(g->ram + AT_OBJECT + 0x40, 0x100);
            break;
        case 6:
            pvg_st64(g->ram + AT_OBJECT + 0x70, 1); /* Fewer pages than the allocation needs. */
            break;
        case 7:
            pvg_st64(g->ram + AT_OBJECT + 0x70, UINT64_MAX);
            break;
        case 8:
            pvg_st32(g->ram + AT_LIST + 4, 0x100); /* Not valid. */
            break;
        case 9:
            pvg_st64(g->ram + AT_HELPER + PVG_MAP_HELPER_LIST_PTR, 0x5000);
            break;
        case 10:
            g->kva_base = 0; /* No vCPU. */
            break;
        }
        entry(g, i, PVG_MAP_TYPE_MAP, 20 + i);
        w(g, 0x1018, i + 1, 4);
        g->kva_base = KVA;
        assert_int_equal(r(g, 0x1020, 4), i + 1);
    }
    guest_idle(g);
    for (uint32_t i = 0; i < 11; i++) {
        char expected[64];

        snprintf(expected, sizeof(expected), "surface_map %u 0x0 pages 0", 20 + i);
        assert_non_null(strstr(mapper_calls(), expected));
    }
    assert_int_equal(atomic_load(&g->mapper_interrupts), 11);
}

/** Pages that are not RAM or that belong to the device are refused; the geometry is kept. */
static void bad_pages(void **state)
{
    struct guest *g = *state;

    w(g, 0x1000, AT_RING, 8);
    make_mapping(g, 7, 2);
    pvg_st32(g->ram + AT_LIST, pvg_w_map_page_encode(0x3fffffff));
    entry(g, 0, PVG_MAP_TYPE_MAP, 7);
    w(g, 0x1018, 1, 4);
    guest_idle(g);
    make_mapping(g, 8, 2);
    pvg_st32(g->ram + AT_LIST, pvg_w_map_page_encode(GUEST_ROOT_PFN));
    entry(g, 1, PVG_MAP_TYPE_MAP, 8);
    w(g, 0x1018, 2, 4);
    guest_idle(g);
    assert_string_equal(mapper_calls(), "surface_map 7 64x64 pages 0 first 0\nsurface_map 8 64x64 pages 0 first 0\n");
    assert_true(guest_logged(g, "not RAM"));
    assert_true(guest_logged(g, "device control memory"));
}

/** Only the newest entry has a hand-off; unknown types and id 0 are consumed; long batches finish on the worker. */
static void batches(void **state)
{
    struct guest *g = *state;

    w(g, 0x1000, AT_RING, 8);
    make_mapping(g, 3, 1);
    entry(g, 0, 77, 1);
    entry(g, 1, PVG_MAP_TYPE_MAP, 0);
    entry(g, 2, PVG_MAP_TYPE_MAP, 2);
    entry(g, 3, PVG_MAP_TYPE_MAP, 3);
    w(g, 0x1018, 4, 4);
    assert_int_equal(r(g, 0x1020, 4), 4);
    guest_idle(g);
    assert_string_equal(mapper_calls(), "surface_map 2 0x0 pages 0 first 0\nsurface_map 3 64x64 pages 1 first 800000\n");
    assert_true(guest_logged(g, "unknown type 77"));

    for (uint32_t i = 4; i < 1000; i++)
        entry(g, i, PVG_MAP_TYPE_UNMAP, 2);
    make_mapping(g, 5, 1);
    entry(g, 999, PVG_MAP_TYPE_MAP, 5);
    w(g, 0x1018, 1000, 4);
    guest_idle(g);
    assert_int_equal(r(g, 0x1020, 4), 1000);
    assert_non_null(strstr(mapper_calls(), "surface_map 5 64x64 pages 1 first 800000\n"));
    assert_int_equal(atomic_load(&g->mapper_interrupts), 2);
}

static void ring_outside_ram(void **state)
{
    struct guest *g = *state;

    entry(g, (RAM_SIZE - 16 - AT_RING) / 16, PVG_MAP_TYPE_UNMAP, 4);
    w(g, 0x1000, UINT64_MAX - 20, 8);
    w(g, 0x1018, 5, 4);
    assert_int_equal(r(g, 0x1020, 4), 0);
    w(g, 0x1000, RAM_SIZE - 16, 8);
    w(g, 0x1018, 6, 4);
    assert_int_equal(r(g, 0x1020, 4), 1);
    assert_int_equal(atomic_load(&g->mapper_interrupts), 0);
    /* A ring that never reads is retried by the tick at a bounded cost. */
    w(g, 0x1018, UINT32_MAX, 4);
    assert_true(pvg_device_wait_idle(g->dev, 5000));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(registers),
        T(handshake_without_ring),
        T(map_and_unmap),
        T(mapping_precedes_packet),
        T(bad_handoffs),
        T(bad_pages),
        T(batches),
        T(ring_outside_ram),
        cmocka_unit_test(pci_has_no_window),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
