/* SPDX-License-Identifier: MIT */
#include "air/entry.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

static float half_to_float(uint16_t h)
{
    int exponent = h >> 10 & 31;
    float fraction = (float)(h & 1023);
    float magnitude;

    if (exponent == 31)
        magnitude = fraction ? NAN : INFINITY;
    else if (exponent)
        magnitude = ldexpf(1024 + fraction, exponent - 25);
    else
        magnitude = ldexpf(fraction, -24);
    return h & 0x8000 ? -magnitude : magnitude;
}

static unsigned field(uint64_t word, unsigned bit, unsigned width)
{
    return (unsigned)(word >> bit & ((UINT64_C(1) << width) - 1));
}

/* Metal's ordinals: clampToEdge 0, mirrorClampToEdge 1, repeat 2, mirrorRepeat 3, clampToZero 4, clampToBorderColor 5. */
static uint8_t address_mode(unsigned code, unsigned border)
{
    static const uint8_t modes[8] = {4, 0, 2, 3, 4, 4, 4, 4};

    return code == 0 && border ? 5 : modes[code];
}

/* Metal's ordinals: never 0, less 1, equal 2, lessEqual 3, greater 4, notEqual 5, greaterEqual 6, always 7. */
static uint8_t compare_function(unsigned code)
{
    static const uint8_t functions[16] = {0, 1, 3, 4, 6, 2, 5, 7, 0};

    return functions[code];
}

static float lod(unsigned bits)
{
    float v = half_to_float((uint16_t)bits);

    return isfinite(v) ? v : 0;
}

void pvg_air_sampler_decode(uint64_t word0, uint64_t word1, bool two_words, struct pvg_air_static_sampler *out)
{
    unsigned border = field(word0, 56, 2), compare = field(word0, 16, 4), lod_max = field(word0, 40, 16);

    *out = (struct pvg_air_static_sampler){
        .s_address = address_mode(field(word0, 0, 3), border),
        .t_address = address_mode(field(word0, 3, 3), border),
        .r_address = address_mode(field(word0, 6, 3), border),
        /* Bicubic has no counterpart in the API state; linear is its nearest neighbour. */
        .mag_filter = field(word0, 9, 2) != 0,
        .min_filter = field(word0, 11, 2) != 0,
        .mip_filter = (uint8_t)(field(word0, 13, 2) > 2 ? 2 : field(word0, 13, 2)),
        .pixel_coordinates = field(word0, 15, 1),
        .compare = compare_function(compare),
        .compare_enabled = compare != 0 && compare != 8,
        .max_anisotropy = (uint8_t)(field(word0, 20, 4) + 1),
        .border_color = (uint8_t)(border > 2 ? 0 : border),
        .lod_min = lod(field(word0, 24, 16)),
        .lod_max = lod(lod_max),
        .lod_bias = two_words ? lod(field(word1, 0, 16)) : 0,
        .reduction = (uint8_t)(field(word0, 58, 2) > 2 ? 0 : field(word0, 58, 2)),
    };
    /* The integer-constant forms hold 0 for "no clamp" (spec 07 section 3.11). */
    if (!two_words && lod_max == 0)
        out->lod_max = 65504.0f;
}

/* The trailing run of digits and dots of a global's name: "" for the plain name, ".3", ".3.1", ... */
static const char *suffix(LLVMValueRef v, size_t *length)
{
    const char *name = LLVMGetValueName2(v, length);
    size_t start = *length;

    while (start > 0 && (isdigit((unsigned char)name[start - 1]) || name[start - 1] == '.'))
        start--;
    while (start < *length && name[start] != '.')
        start++;
    *length -= start;
    return name + start;
}

static unsigned long take_number(const char **p, const char *end)
{
    unsigned long n = 0;

    while (*p < end && **p == '.')
        (*p)++;
    for (; *p < end && isdigit((unsigned char)**p); (*p)++)
        n = n < 100000000 ? n * 10 + (unsigned long)(**p - '0') : n;
    return n;
}

int pvg_air_sampler_order(LLVMValueRef a, LLVMValueRef b)
{
    size_t na, nb;
    const char *sa = suffix(a, &na), *sb = suffix(b, &nb);
    const char *ea = sa + na, *eb = sb + nb;

    while (sa < ea && sb < eb) {
        unsigned long x = take_number(&sa, ea), y = take_number(&sb, eb);
        if (x != y)
            return x < y ? -1 : 1;
    }
    if ((sa < ea) != (sb < eb))
        return sa < ea ? 1 : -1;

    const char *name_a = LLVMGetValueName2(a, &na), *name_b = LLVMGetValueName2(b, &nb);
    int order = memcmp(name_a, name_b, na < nb ? na : nb);
    return order ? order : (na > nb) - (na < nb);
}
