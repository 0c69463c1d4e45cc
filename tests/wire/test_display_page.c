/* SPDX-License-Identifier: MIT */
/* Shared-state page of a display: the example of spec 04 section 2.4, both directions. */
#include <stdbool.h>

#include "hex.h"
#include "wire/display_page.h"

static const struct pvg_w_display_desc example = {
    .serial = 1,
    .name = "Linux PVG",
    .mm_width = 480,
    .mm_height = 270,
    .cursor_max_width = 512,
    .cursor_max_height = 512,
    .cursor_caps = PVG_CURSOR_CAP_SHOW | PVG_CURSOR_CAP_MOVE,
    .timing_count = 1,
    .timings = {{.width = 1920, .height = 1080, .hz_16_16 = 60 << 16}},
};

static void test_fill(void **state)
{
    uint8_t page[4096], before[4096];
    memset(page, 0xa5, sizeof(page));
    assert_true(pvg_w_display_page_seed_chroma(page, sizeof(page)));
    pvg_st32(page + 0x200, 41);
    memcpy(before, page, sizeof(page));
    assert_int_equal(pvg_w_display_page_fill(page, sizeof(page), &example), 42);
    assert_hex(page, 4, "01 00 00 00");
    assert_memory_equal(page + 4, "Linux PVG\0\0\0\0", 14);
    assert_hex(page + 0x12, 0x2c - 0x12, "00 00 e0 01 0e 01 00 02 00 02 00 00 00 00 03 00 00 00 00 00 f0 43 00 00 87 43");
    assert_hex(page + 0x200, 4, "2a 00 00 00");
    assert_hex(page + 0x208, 2, "01 00");
    assert_hex(page + 0x210, 16, "80 07 38 04 00 00 3c 00 00 00 00 00 00 00 00 00");
    /* Everything else, the guest's chromaticities and event words included, is untouched. */
    assert_memory_equal(page + 0x2c, before + 0x2c, 0x200 - 0x2c);
    assert_memory_equal(page + 0x204, before + 0x204, 4);
    assert_memory_equal(page + 0x20a, before + 0x20a, 6);
    assert_memory_equal(page + 0x220, before + 0x220, sizeof(page) - 0x220);

    struct pvg_w_display_desc out;
    assert_true(pvg_w_display_page_read(page, sizeof(page), &out));
    assert_string_equal(out.name, "Linux PVG");
    assert_int_equal(out.generation, 42);
    assert_int_equal(out.mm_width_int, 480);
    assert_int_equal(out.mm_height_int, 270);
    assert_true(out.mm_width == 480.0f && out.mm_height == 270.0f);
    assert_int_equal(out.timing_count, 1);
    assert_memory_equal(&out.timings[0], &example.timings[0], sizeof(out.timings[0]));

    pvg_st32(page + 0x200, UINT32_MAX);
    assert_int_equal(pvg_w_display_page_fill(page, sizeof(page), &example), 1);
}

static void test_bounds(void **state)
{
    uint8_t *page = calloc(1, PVG_DPAGE_SIZE);
    struct pvg_w_display_desc d = example, out;
    d.timing_count = 128;
    memset(d.name, 'x', sizeof(d.name));
    assert_int_equal(pvg_w_display_page_fill(page, PVG_DPAGE_SIZE, &d), 1);
    assert_true(pvg_w_display_page_read(page, PVG_DPAGE_SIZE, &out));
    assert_int_equal(strlen(out.name), 13);
    assert_int_equal(out.timing_count, 128);
    assert_int_equal(pvg_w_display_page_fill(page, PVG_DPAGE_SIZE - 1, &d), 0);
    assert_false(pvg_w_display_page_read(page, PVG_DPAGE_SIZE - 1, &out));
    d.timing_count = 129;
    assert_int_equal(pvg_w_display_page_fill(page, PVG_DPAGE_SIZE, &d), 0);
    d.timing_count = 0;
    assert_int_equal(pvg_w_display_page_fill(page, PVG_DPAGE_SIZE, &d), 0);
    pvg_st16(page + 0x208, 129);
    assert_false(pvg_w_display_page_read(page, PVG_DPAGE_SIZE, &out));
    pvg_st16(page + 0x208, 0);
    assert_false(pvg_w_display_page_read(page, PVG_DPAGE_SIZE, &out));
    free(page);
}

static void test_timing(void **state)
{
    static const struct {
        uint32_t mhz, hz;
    } rates[] = {{60000, 0x003c0000}, {59940, 0x003bf0a4}, {75000, 0x004b0000}, {120000, 0x00780000}};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pvg_timing_hz_from_millihertz(rates[i].mhz), rates[i].hz);
        assert_int_equal(pvg_timing_millihertz_from_hz(rates[i].hz), rates[i].mhz);
    }
    assert_true(pvg_timing_period_ns(0x00780000) == 8333333);
    assert_true(pvg_timing_period_ns(0x003c0000) == 16666667);
    assert_true(pvg_timing_period_ns(0) == 0);
    uint8_t enc[16];
    struct pvg_w_timing t = example.timings[0], out;
    assert_int_equal(pvg_w_timing_encode(enc, 15, &t), 0);
    assert_int_equal(pvg_w_timing_encode(enc, 16, &t), 16);
    assert_true(pvg_w_timing_decode(enc, 16, &out));
    assert_memory_equal(&t, &out, sizeof(t));
    assert_false(pvg_w_timing_decode(enc, 15, &out));
}

static void test_millimetres(void **state)
{
    uint8_t page[PVG_DPAGE_SIZE] = {0};
    static const struct {
        float mm;
        uint16_t want;
    } rows[] = {{0.4f, 0}, {0.5f, 1}, {481.49f, 481}, {481.5f, 482}, {-3.0f, 0}, {1e9f, 65535}, {65534.6f, 65535}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pvg_w_display_desc d = example;
        d.mm_width = rows[i].mm;
        pvg_w_display_page_fill(page, sizeof(page), &d);
        assert_int_equal(pvg_ld16(page + 0x14), rows[i].want);
    }
}

static void test_cursor_words(void **state)
{
    uint8_t page[PVG_DPAGE_SIZE] = {0};
    struct pvg_w_cursor_state s = {.x = 3, .y = 0x123, .visible = true}, out;
    assert_true(pvg_w_cursor_state_write(page, sizeof(page), &s));
    assert_hex(page + 0xe00, 8, "03 00 23 01 01 00 00 00");
    assert_true(pvg_w_cursor_state_read(page, sizeof(page), &out));
    assert_memory_equal(&s, &out, sizeof(s));
    s.elsewhere = true;
    pvg_w_cursor_state_write(page, sizeof(page), &s);
    assert_int_equal(pvg_ld32(page + 0xe00), 0xffffffff);
    assert_true(pvg_w_cursor_state_read(page, sizeof(page), &out));
    assert_true(out.elsewhere);
    assert_false(pvg_w_cursor_state_read(page, sizeof(page) - 1, &out));
    assert_false(pvg_w_cursor_state_write(page, sizeof(page) - 1, &s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fill),        cmocka_unit_test(test_bounds),       cmocka_unit_test(test_timing),
        cmocka_unit_test(test_millimetres), cmocka_unit_test(test_cursor_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
