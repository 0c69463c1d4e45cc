/* SPDX-License-Identifier: MIT */
/**
 * @file Helpers of the wire tests: bytes written as hex text, and exact-size copies so that a sanitizer sees every over-read.
 */
#ifndef PVG_TESTS_HEX_H
#define PVG_TESTS_HEX_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/** Bytes out of hex text; spaces and '|' are skipped. Free with free(). */
static inline uint8_t *hex_bytes(const char *text, size_t *n)
{
    uint8_t *out = malloc(strlen(text) / 2 + 1);
    int high = -1;
    *n = 0;
    assert_non_null(out);
    for (; *text; text++) {
        const char *digits = "0123456789abcdef", *d = strchr(digits, *text | 0x20);
        if (*text == ' ' || *text == '|')
            continue;
        assert_non_null(d);
        if (high < 0) {
            high = (int)(d - digits);
            continue;
        }
        out[(*n)++] = (uint8_t)(high << 4 | (int)(d - digits));
        high = -1;
    }
    assert_int_equal(high, -1);
    return out;
}

/** A heap copy of exactly `n` bytes. */
static inline uint8_t *exact_copy(const uint8_t *p, size_t n)
{
    uint8_t *c = malloc(n ? n : 1);
    assert_non_null(c);
    if (n)
        memcpy(c, p, n);
    return c;
}

/** `got` equals the hex text. */
static inline void assert_hex(const uint8_t *got, size_t n, const char *text)
{
    size_t want_n;
    uint8_t *want = hex_bytes(text, &want_n);
    assert_int_equal(n, want_n);
    assert_memory_equal(got, want, n);
    free(want);
}

/** `DECODE(p, n)` refuses every proper prefix shorter than `min` and accepts `min` and longer ones up to the whole. */
typedef bool (*hex_decode)(const uint8_t *p, size_t n);

static inline void assert_truncations(const uint8_t *p, size_t n, size_t min, hex_decode decode)
{
    for (size_t k = 0; k <= n; k++) {
        uint8_t *c = exact_copy(p, k);
        if (k < min)
            assert_false(decode(c, k));
        else
            assert_true(decode(c, k));
        free(c);
    }
}

#endif
