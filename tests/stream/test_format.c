/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stream/format.h"

#include <math.h>
#include <string.h>

struct clear {
    uint32_t format;
    double rgba[4];
    uint8_t bytes[16];
};

/* Expected bytes follow the channel layouts of spec 08 section B.2 and the clear rules of section C.2. */
static const struct clear clears[] = {
    {80, {0.2, 0.4, 0.6, 1}, {0x99, 0x66, 0x33, 0xff}},
    {70, {0.2, 0.4, 0.6, 1}, {0x33, 0x66, 0x99, 0xff}},
    {80, {NAN, -1, 2, 0.5}, {0xff, 0x00, 0x00, 0x80}},
    {81, {0.5, 0, 1, 0.5}, {0xff, 0x00, 0xbc, 0x80}}, /* linear 0.5 is 0xbc on the sRGB curve, alpha stays linear */
    {1, {0, 0, 0, 0.5}, {0x80}},
    {10, {1, 0, 0, 0}, {0xff}},
    {30, {0, 1, 0, 0}, {0x00, 0xff}},
    {72, {-1, 1, 0, 0.5}, {0x81, 0x7f, 0x00, 0x40}},
    {73, {300, -5, 7.9, 1}, {0xff, 0x00, 0x07, 0x01}},
    {74, {-200, 127.5, 0, 0}, {0x80, 0x7f, 0x00, 0x00}},
    {25, {1, 0, 0, 0}, {0x00, 0x3c}},
    {25, {65536, 0, 0, 0}, {0x00, 0x7c}},
    {25, {6.103515625e-05 / 2, 0, 0, 0}, {0x00, 0x02}}, /* half of the smallest normal number */
    {115, {0.5, -2, 0, 1}, {0x00, 0x38, 0x00, 0xc0, 0x00, 0x00, 0x00, 0x3c}},
    {55, {1.5, 0, 0, 0}, {0x00, 0x00, 0xc0, 0x3f}},
    {53, {4294967295.0, 0, 0, 0}, {0xff, 0xff, 0xff, 0xff}},
    {40, {1, 0, 0, 0}, {0x00, 0xf8}}, /* red in the top five bits */
    {43, {0, 0, 1, 1}, {0x1f, 0x80}},
    {90, {1, 0, 0, 1}, {0xff, 0x03, 0x00, 0xc0}},
    {94, {0, 0, 1, 1}, {0xff, 0x03, 0x00, 0xc0}},
    {91, {1023, 0, 0, 5}, {0xff, 0x03, 0x00, 0xc0}},
    {92, {1, 0, 0, 0}, {0xc0, 0x03, 0x00, 0x00}},  /* exponent 15, mantissa 0: 15 << 6 */
    {93, {1, 0, 0, 0}, {0x00, 0x01, 0x00, 0x80}},  /* 256 at exponent 16 */
    {554, {0, 0, 0, 1}, {0x80, 0x01, 0x06, 0x18}}, /* 384 three times */
};

static void encodes_clear_colours(void **state)
{
    uint8_t texel[16];

    for (size_t i = 0; i < sizeof(clears) / sizeof(clears[0]); i++) {
        const struct pvg_format *f = pvg_format_get(clears[i].format);
        memset(texel, 0xee, sizeof(texel));
        assert_true(pvg_texel_encode(f, clears[i].format, clears[i].rgba, texel));
        if (memcmp(texel, clears[i].bytes, f->bytes))
            fail_msg("row %zu, format %u: %02x %02x %02x %02x", i, clears[i].format, texel[0], texel[1], texel[2], texel[3]);
        for (size_t k = f->bytes; k < sizeof(texel); k++)
            assert_int_equal(texel[k], 0xee);
    }
}

static void decode_inverts_encode(void **state)
{
    const double colour[4] = {0.25, 0.5, 0.75, 1};
    double back[4];
    uint8_t texel[16];

    for (uint32_t i = 0; i < 640; i++) {
        const struct pvg_format *f = pvg_format_get(i);
        if (!f->bytes || !pvg_texel_encode(f, i, colour, texel))
            continue;
        assert_true(pvg_texel_decode(f, i, texel, back));
        if (f->kind != PVG_TEXEL_UNORM && f->kind != PVG_TEXEL_SNORM && f->kind != PVG_TEXEL_FLOAT && f->kind != PVG_TEXEL_XR)
            continue;
        for (unsigned c = 0; c < f->channels && i != 1; c++)
            assert_true(fabs(back[c] - colour[c]) < 0.01);
    }
}

static void stored_bytes_are_shown_without_the_curve(void **state)
{
    const uint8_t texel[4] = {0x80, 0x80, 0x80, 0x80};
    double linear[4], stored[4];

    assert_true(pvg_texel_decode(pvg_format_get(81), 81, texel, linear));
    assert_true(pvg_texel_decode_stored(pvg_format_get(81), 81, texel, stored));
    assert_true(fabs(stored[0] - 128.0 / 255) < 1e-9);
    assert_true(fabs(linear[0] - 0.2158605) < 1e-6);
    assert_true(fabs(linear[3] - 128.0 / 255) < 1e-9);
}

static void depth_and_stencil_share_cells(void **state)
{
    uint8_t cell[8] = {1, 2, 3, 4, 5, 6, 7, 8};

    assert_true(pvg_texel_set_depth(255, 1, cell));
    assert_memory_equal(cell, ((uint8_t[]){1, 0xff, 0xff, 0xff, 5}), 5);
    assert_true(pvg_texel_set_stencil(255, 0x42, cell));
    assert_memory_equal(cell, ((uint8_t[]){0x42, 0xff, 0xff, 0xff, 5}), 5);
    assert_true(pvg_texel_set_depth(260, 0.5, cell));
    assert_true(pvg_texel_set_stencil(260, 9, cell));
    assert_memory_equal(cell, ((uint8_t[]){0, 0, 0, 0x3f, 9, 6}), 6);
    assert_false(pvg_texel_set_depth(80, 0.5, cell));
    assert_false(pvg_texel_set_stencil(252, 1, cell));
}

static void sizes_of_rows(void **state)
{
    assert_int_equal(pvg_format_row_bytes(pvg_format_get(130), 5), 16);
    assert_int_equal(pvg_format_rows(pvg_format_get(130), 5), 2);
    assert_int_equal(pvg_format_row_bytes(pvg_format_get(188), 11), 48);
    assert_int_equal(pvg_format_row_bytes(pvg_format_get(80), UINT32_MAX), 4ull * UINT32_MAX);
    assert_int_equal(pvg_format_get(7)->bytes, 0);
    assert_int_equal(pvg_format_get(100000)->bytes, 0);
    assert_int_equal(pvg_format_row_bytes(pvg_format_get(7), 5), 0);
}

static void surface_codes(void **state)
{
    assert_int_equal(pvg_format_from_fourcc(0x42475241), 80);
    assert_int_equal(pvg_format_from_fourcc(0x52476841), 115);
    assert_int_equal(pvg_format_from_fourcc(0x34323066), 0); /* biplanar: never a single texture */
    assert_int_equal(pvg_format_from_fourcc(0x4C413038), 0);
    assert_int_equal(pvg_format_from_fourcc(70), 70); /* an ordinal fits in 16 bits */
    assert_int_equal(pvg_format_from_fourcc(0x5241), 0);
}

static void linear_twins(void **state)
{
    assert_int_equal(pvg_format_linear(81), 80);
    assert_int_equal(pvg_format_linear(71), 70);
    assert_int_equal(pvg_format_linear(115), 115);
    for (uint32_t i = 0; i < 640; i++)
        assert_int_equal(pvg_format_get(i)->bytes, pvg_format_get(pvg_format_linear(i))->bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_clear_colours),
        cmocka_unit_test(decode_inverts_encode),
        cmocka_unit_test(stored_bytes_are_shown_without_the_curve),
        cmocka_unit_test(depth_and_stencil_share_cells),
        cmocka_unit_test(sizes_of_rows),
        cmocka_unit_test(surface_codes),
        cmocka_unit_test(linear_twins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
