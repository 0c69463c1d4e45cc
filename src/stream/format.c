/* SPDX-License-Identifier: MIT */
#include "stream/format.h"

#include <math.h>
#include <string.h>

#define MAX_FORMAT 640

/* Shorthands for the rows of the table below. */
#define COLOR(k, n, b) {.bytes = (n) * (b) / 8, .block_w = 1, .block_h = 1, .kind = PVG_TEXEL_##k, .channels = (n), .bits = (b)}
#define COLOR_SRGB(n)  {.bytes = (n), .block_w = 1, .block_h = 1, .kind = PVG_TEXEL_UNORM, .channels = (n), .bits = 8, .srgb = true}
#define BITS(size, ...)                                                                                                            \
    {                                                                                                                              \
        .bytes = (size), .block_w = 1, .block_h = 1, .kind = PVG_TEXEL_BITS, .layout = { __VA_ARGS__ }                             \
    }
#define BLOCK(w, h, size) {.bytes = (size), .block_w = (w), .block_h = (h), .kind = PVG_TEXEL_COMPRESSED}
#define DEPTH(size, d, s)                                                                                                          \
    {.bytes = (size), .block_w = 1, .block_h = 1, .kind = PVG_TEXEL_DEPTH, .depth_bytes = (d), .stencil_bytes = (s)}
#define SPECIAL(k, size)  {.bytes = (size), .block_w = 1, .block_h = 1, .kind = PVG_TEXEL_##k}
#define XR(size, is_srgb) {.bytes = (size), .block_w = 1, .block_h = 1, .kind = PVG_TEXEL_XR, .srgb = (is_srgb)}
#define ASTC(base, w, h)  [base] = BLOCK(w, h, 16)

enum { R, G, B, A };

/* Spec 08 section B.2. */
static const struct pvg_format formats[MAX_FORMAT] = {
    [1] = COLOR(UNORM, 1, 8),
    [10] = COLOR(UNORM, 1, 8),
    [11] = COLOR_SRGB(1),
    [12] = COLOR(SNORM, 1, 8),
    [13] = COLOR(UINT, 1, 8),
    [14] = COLOR(SINT, 1, 8),
    [20] = COLOR(UNORM, 1, 16),
    [22] = COLOR(SNORM, 1, 16),
    [23] = COLOR(UINT, 1, 16),
    [24] = COLOR(SINT, 1, 16),
    [25] = COLOR(FLOAT, 1, 16),
    [30] = COLOR(UNORM, 2, 8),
    [31] = COLOR_SRGB(2),
    [32] = COLOR(SNORM, 2, 8),
    [33] = COLOR(UINT, 2, 8),
    [34] = COLOR(SINT, 2, 8),
    [40] = BITS(2, B, 5, G, 6, R, 5),
    [41] = BITS(2, A, 1, B, 5, G, 5, R, 5),
    [42] = BITS(2, A, 4, B, 4, G, 4, R, 4),
    [43] = BITS(2, B, 5, G, 5, R, 5, A, 1),
    [53] = COLOR(UINT, 1, 32),
    [54] = COLOR(SINT, 1, 32),
    [55] = COLOR(FLOAT, 1, 32),
    [60] = COLOR(UNORM, 2, 16),
    [62] = COLOR(SNORM, 2, 16),
    [63] = COLOR(UINT, 2, 16),
    [64] = COLOR(SINT, 2, 16),
    [65] = COLOR(FLOAT, 2, 16),
    [70] = COLOR(UNORM, 4, 8),
    [71] = COLOR_SRGB(4),
    [72] = COLOR(SNORM, 4, 8),
    [73] = COLOR(UINT, 4, 8),
    [74] = COLOR(SINT, 4, 8),
    [80] = {.bytes = 4, .block_w = 1, .block_h = 1, .kind = PVG_TEXEL_UNORM, .channels = 4, .bits = 8, .bgra = true},
    [81] = {.bytes = 4, .block_w = 1, .block_h = 1, .kind = PVG_TEXEL_UNORM, .channels = 4, .bits = 8, .bgra = true, .srgb = true},
    [90] = BITS(4, R, 10, G, 10, B, 10, A, 2),
    [91] = BITS(4, R, 10, G, 10, B, 10, A, 2),
    [92] = SPECIAL(RG11B10, 4),
    [93] = SPECIAL(RGB9E5, 4),
    [94] = BITS(4, B, 10, G, 10, R, 10, A, 2),
    [103] = COLOR(UINT, 2, 32),
    [104] = COLOR(SINT, 2, 32),
    [105] = COLOR(FLOAT, 2, 32),
    [110] = COLOR(UNORM, 4, 16),
    [112] = COLOR(SNORM, 4, 16),
    [113] = COLOR(UINT, 4, 16),
    [114] = COLOR(SINT, 4, 16),
    [115] = COLOR(FLOAT, 4, 16),
    [123] = COLOR(UINT, 4, 32),
    [124] = COLOR(SINT, 4, 32),
    [125] = COLOR(FLOAT, 4, 32),
    [130] = BLOCK(4, 4, 8),
    [131] = BLOCK(4, 4, 8),
    [132] = BLOCK(4, 4, 16),
    [133] = BLOCK(4, 4, 16),
    [134] = BLOCK(4, 4, 16),
    [135] = BLOCK(4, 4, 16),
    [140] = BLOCK(4, 4, 8),
    [141] = BLOCK(4, 4, 8),
    [142] = BLOCK(4, 4, 16),
    [143] = BLOCK(4, 4, 16),
    [150] = BLOCK(4, 4, 16),
    [151] = BLOCK(4, 4, 16),
    [152] = BLOCK(4, 4, 16),
    [153] = BLOCK(4, 4, 16),
    [160] = BLOCK(8, 4, 8),
    [161] = BLOCK(8, 4, 8),
    [162] = BLOCK(4, 4, 8),
    [163] = BLOCK(4, 4, 8),
    [164] = BLOCK(8, 4, 8),
    [165] = BLOCK(8, 4, 8),
    [166] = BLOCK(4, 4, 8),
    [167] = BLOCK(4, 4, 8),
    [170] = BLOCK(4, 4, 8),
    [172] = BLOCK(4, 4, 8),
    [174] = BLOCK(4, 4, 16),
    [176] = BLOCK(4, 4, 16),
    [178] = BLOCK(4, 4, 16),
    [179] = BLOCK(4, 4, 16),
    [180] = BLOCK(4, 4, 8),
    [181] = BLOCK(4, 4, 8),
    [182] = BLOCK(4, 4, 8),
    [183] = BLOCK(4, 4, 8),
    ASTC(186, 4, 4),
    ASTC(187, 5, 4),
    ASTC(188, 5, 5),
    ASTC(189, 6, 5),
    ASTC(190, 6, 6),
    ASTC(192, 8, 5),
    ASTC(193, 8, 6),
    ASTC(194, 8, 8),
    ASTC(195, 10, 5),
    ASTC(196, 10, 6),
    ASTC(197, 10, 8),
    ASTC(198, 10, 10),
    ASTC(199, 12, 10),
    ASTC(200, 12, 12),
    ASTC(204, 4, 4),
    ASTC(205, 5, 4),
    ASTC(206, 5, 5),
    ASTC(207, 6, 5),
    ASTC(208, 6, 6),
    ASTC(210, 8, 5),
    ASTC(211, 8, 6),
    ASTC(212, 8, 8),
    ASTC(213, 10, 5),
    ASTC(214, 10, 6),
    ASTC(215, 10, 8),
    ASTC(216, 10, 10),
    ASTC(217, 12, 10),
    ASTC(218, 12, 12),
    ASTC(222, 4, 4),
    ASTC(223, 5, 4),
    ASTC(224, 5, 5),
    ASTC(225, 6, 5),
    ASTC(226, 6, 6),
    ASTC(228, 8, 5),
    ASTC(229, 8, 6),
    ASTC(230, 8, 8),
    ASTC(231, 10, 5),
    ASTC(232, 10, 6),
    ASTC(233, 10, 8),
    ASTC(234, 10, 10),
    ASTC(235, 12, 10),
    ASTC(236, 12, 12),
    [240] = BLOCK(2, 1, 4),
    [241] = BLOCK(2, 1, 4),
    [250] = DEPTH(2, 2, 0),
    [252] = DEPTH(4, 4, 0),
    [253] = DEPTH(1, 0, 1),
    [255] = DEPTH(4, 4, 1),
    [260] = DEPTH(8, 4, 1),
    [261] = DEPTH(8, 0, 1),
    [262] = DEPTH(4, 0, 1),
    [552] = XR(8, false),
    [553] = XR(8, true),
    [554] = XR(4, false),
    [555] = XR(4, true),
};

const struct pvg_format *pvg_format_get(uint32_t mtl)
{
    return &formats[mtl < MAX_FORMAT ? mtl : 0];
}

uint64_t pvg_format_row_bytes(const struct pvg_format *f, uint32_t width)
{
    if (!f->bytes)
        return 0;
    return ((uint64_t)width + f->block_w - 1) / f->block_w * f->bytes;
}

uint32_t pvg_format_rows(const struct pvg_format *f, uint32_t height)
{
    if (!f->bytes)
        return 0;
    return (uint32_t)(((uint64_t)height + f->block_h - 1) / f->block_h);
}

uint32_t pvg_format_linear(uint32_t mtl)
{
    /* Both of these every device has; others may be kept in different forms and then meet in the guest's bytes. */
    return mtl == 71 || mtl == 81 ? mtl - 1 : mtl;
}

uint32_t pvg_format_from_fourcc(uint32_t code)
{
    switch (code) {
    case 0x42475241: /* 'BGRA' */
    case 0x41524742: /* 'ARGB' */
        return 80;
    case 0x52474241: /* 'RGBA' */
        return 70;
    case 0x52476841: /* 'RGhA' */
    case 0x41684752: /* 'AhGR' */
        return 115;
    case 0x52382020: /* 'R8  ' */
        return 10;
    case 0x52473038: /* 'RG08' */
        return 30;
    default:
        return code <= 0xffff && pvg_format_get(code)->bytes ? code : 0;
    }
}

static double srgb_to_linear(double v)
{
    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static double linear_to_srgb(double v)
{
    return v <= 0.0031308 ? v * 12.92 : 1.055 * pow(v, 1 / 2.4) - 0.055;
}

/** Clamp to [0, 1]; NaN counts as 0. */
static double unit(double v)
{
    if (!(v > 0))
        return 0;
    return v < 1 ? v : 1;
}

static double clamp(double v, double lo, double hi)
{
    if (isnan(v))
        return 0;
    return v < lo ? lo : v > hi ? hi : v;
}

static uint16_t half_from_float(float value)
{
    uint32_t x;
    memcpy(&x, &value, 4);
    uint32_t sign = (x >> 16) & 0x8000;
    uint32_t mantissa = x & 0x7fffff;
    int exponent = (int)((x >> 23) & 0xff) - 127;

    if (exponent == 128)
        return (uint16_t)(sign | 0x7c00 | (mantissa ? 0x200 : 0));
    if (exponent > 15)
        return (uint16_t)(sign | 0x7c00);
    if (exponent < -25)
        return (uint16_t)sign;
    uint32_t full = mantissa | 0x800000;
    uint32_t shift = exponent < -14 ? (uint32_t)(-exponent - 1) : 13;
    uint32_t base = exponent < -14 ? 0 : (uint32_t)(exponent + 14) << 10;
    uint32_t rounded = full >> shift;
    uint32_t rest = full & ((1u << shift) - 1);
    uint32_t tie = 1u << (shift - 1);
    if (rest > tie || (rest == tie && (rounded & 1)))
        rounded++;
    return (uint16_t)(sign | (base + rounded));
}

static double half_to_double(uint16_t h)
{
    int exponent = (h >> 10) & 0x1f;
    double mantissa = h & 0x3ff;
    double v;

    if (exponent == 31)
        v = mantissa != 0 ? NAN : INFINITY;
    else if (exponent == 0)
        v = ldexp(mantissa, -24);
    else
        v = ldexp(1024 + mantissa, exponent - 25);
    return h & 0x8000 ? -v : v;
}

/** Unsigned float with a 5-bit exponent and `bits` of mantissa (RG11B10). */
static uint32_t small_float(double v, unsigned bits)
{
    uint32_t max = (30u << bits) | ((1u << bits) - 1);

    if (!(v > 0))
        return 0;
    if (isinf(v))
        return 31u << bits;
    uint32_t half = half_from_float((float)v) & 0x7fff;
    uint32_t r = (half + (1u << (9 - bits))) >> (10 - bits);
    return r > max ? max : r;
}

static double small_float_value(uint32_t v, unsigned bits)
{
    return half_to_double((uint16_t)(v << (10 - bits)));
}

static uint64_t load_le(const uint8_t *p, unsigned bytes)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < bytes; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

static void store_le(uint8_t *p, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static uint64_t channel_encode(const struct pvg_format *f, double v)
{
    double unsigned_max = f->bits == 32 ? 4294967295.0 : (double)((1u << f->bits) - 1);
    double signed_max = (unsigned_max - 1) / 2;
    float f32;
    uint32_t word;

    switch (f->kind) {
    case PVG_TEXEL_UNORM:
        return (uint64_t)(unit(v) * unsigned_max + 0.5);
    case PVG_TEXEL_SNORM:
        return (uint64_t)(int64_t)lround(clamp(v, -1, 1) * signed_max);
    case PVG_TEXEL_UINT:
        return (uint64_t)clamp(trunc(v), 0, unsigned_max);
    case PVG_TEXEL_SINT:
        return (uint64_t)(int64_t)clamp(trunc(v), -signed_max - 1, signed_max);
    default:
        f32 = (float)v;
        if (f->bits == 16)
            return half_from_float(f32);
        memcpy(&word, &f32, 4);
        return word;
    }
}

static double channel_decode(const struct pvg_format *f, uint64_t raw)
{
    double unsigned_max = f->bits == 32 ? 4294967295.0 : (double)((1u << f->bits) - 1);
    double signed_max = (unsigned_max - 1) / 2;
    int64_t negative_offset = (int64_t)1 << f->bits;
    int64_t as_signed = raw >> (f->bits - 1) ? (int64_t)raw - negative_offset : (int64_t)raw;
    uint32_t word = (uint32_t)raw;
    float f32;

    switch (f->kind) {
    case PVG_TEXEL_UNORM:
        return (double)raw / unsigned_max;
    case PVG_TEXEL_SNORM:
        return fmax(-1, (double)as_signed / signed_max);
    case PVG_TEXEL_UINT:
        return (double)raw;
    case PVG_TEXEL_SINT:
        return (double)as_signed;
    default:
        if (f->bits == 16)
            return half_to_double((uint16_t)raw);
        memcpy(&f32, &word, 4);
        return f32;
    }
}

/** Memory position of channel c. A8Unorm keeps alpha in its only channel (spec 08 section B.2). */
static unsigned channel_of(const struct pvg_format *f, uint32_t mtl, unsigned position)
{
    if (mtl == 1)
        return A;
    if (f->bgra && position != A)
        return 2 - position;
    return position;
}

static void encode_channels(const struct pvg_format *f, uint32_t mtl, const double rgba[4], uint8_t *dst)
{
    unsigned bytes = f->bits / 8;

    for (unsigned i = 0; i < f->channels; i++) {
        unsigned c = channel_of(f, mtl, i);
        double v = f->srgb && c != A ? linear_to_srgb(unit(rgba[c])) : rgba[c];
        store_le(dst + i * bytes, channel_encode(f, v), bytes);
    }
}

static void decode_channels(const struct pvg_format *f, uint32_t mtl, const uint8_t *src, double rgba[4])
{
    unsigned bytes = f->bits / 8;

    for (unsigned i = 0; i < f->channels; i++)
        rgba[channel_of(f, mtl, i)] = channel_decode(f, load_le(src + i * bytes, bytes));
}

static void encode_bits(const struct pvg_format *f, uint32_t mtl, const double rgba[4], uint8_t *dst)
{
    uint64_t word = 0;
    unsigned shift = 0;

    for (unsigned i = 0; i + 1 < sizeof(f->layout) && f->layout[i + 1]; i += 2) {
        unsigned width = f->layout[i + 1];
        double max = (double)((1u << width) - 1);
        double v = rgba[f->layout[i]];
        uint64_t raw = mtl == 91 ? (uint64_t)clamp(trunc(v), 0, max) : (uint64_t)(unit(v) * max + 0.5);
        word |= raw << shift;
        shift += width;
    }
    store_le(dst, word, f->bytes);
}

static void decode_bits(const struct pvg_format *f, uint32_t mtl, const uint8_t *src, double rgba[4])
{
    uint64_t word = load_le(src, f->bytes);

    for (unsigned i = 0; i + 1 < sizeof(f->layout) && f->layout[i + 1]; i += 2) {
        unsigned width = f->layout[i + 1];
        double max = (double)((1u << width) - 1);
        double raw = (double)(word & ((1u << width) - 1));
        rgba[f->layout[i]] = mtl == 91 ? raw : raw / max;
        word >>= width;
    }
}

static void encode_rgb9e5(const double rgba[4], uint8_t *dst)
{
    double v[3], max = 0;
    int exponent = 0;

    for (int i = 0; i < 3; i++) {
        v[i] = clamp(rgba[i], 0, 65408);
        max = fmax(max, v[i]);
    }
    if (max > 0) {
        frexp(max, &exponent);
        exponent = exponent < -15 ? 0 : exponent + 15;
        if (lround(max / ldexp(1, exponent - 24)) == 512)
            exponent++;
    }
    uint32_t word = (uint32_t)exponent << 27;
    for (int i = 0; i < 3; i++)
        word |= (uint32_t)lround(v[i] / ldexp(1, exponent - 24)) << (9 * i);
    store_le(dst, word, 4);
}

static void decode_rgb9e5(const uint8_t *src, double rgba[4])
{
    uint32_t word = (uint32_t)load_le(src, 4);

    for (int i = 0; i < 3; i++)
        rgba[i] = ldexp((word >> (9 * i)) & 0x1ff, (int)(word >> 27) - 24);
}

static void encode_xr(const struct pvg_format *f, const double rgba[4], uint8_t *dst)
{
    static const uint8_t order[4] = {B, G, R, A};
    uint64_t word = 0;

    for (unsigned i = 0; i < (f->bytes == 8 ? 4u : 3u); i++) {
        double v = rgba[order[i]];
        if (f->srgb && order[i] != A)
            v = v < 0 ? -linear_to_srgb(-v) : linear_to_srgb(v);
        uint64_t raw = (uint64_t)lround(clamp(v * 510 + 384, 0, 1023));
        word |= f->bytes == 8 ? raw << (16 * i + 6) : raw << (10 * i);
    }
    store_le(dst, word, f->bytes);
}

static void decode_xr(const struct pvg_format *f, const uint8_t *src, double rgba[4])
{
    static const uint8_t order[4] = {B, G, R, A};
    uint64_t word = load_le(src, f->bytes);

    for (unsigned i = 0; i < (f->bytes == 8 ? 4u : 3u); i++) {
        uint64_t raw = f->bytes == 8 ? word >> (16 * i + 6) : word >> (10 * i);
        rgba[order[i]] = ((double)(raw & 0x3ff) - 384) / 510;
    }
}

bool pvg_texel_encode(const struct pvg_format *f, uint32_t mtl, const double rgba[4], uint8_t *dst)
{
    switch (f->kind) {
    case PVG_TEXEL_UNORM:
    case PVG_TEXEL_SNORM:
    case PVG_TEXEL_UINT:
    case PVG_TEXEL_SINT:
    case PVG_TEXEL_FLOAT:
        encode_channels(f, mtl, rgba, dst);
        return true;
    case PVG_TEXEL_BITS:
        encode_bits(f, mtl, rgba, dst);
        return true;
    case PVG_TEXEL_RG11B10:
        store_le(dst, small_float(rgba[R], 6) | small_float(rgba[G], 6) << 11 | (uint64_t)small_float(rgba[B], 5) << 22, 4);
        return true;
    case PVG_TEXEL_RGB9E5:
        encode_rgb9e5(rgba, dst);
        return true;
    case PVG_TEXEL_XR:
        encode_xr(f, rgba, dst);
        return true;
    default:
        return false;
    }
}

bool pvg_texel_decode_stored(const struct pvg_format *f, uint32_t mtl, const uint8_t *src, double rgba[4])
{
    uint32_t word;

    rgba[R] = rgba[G] = rgba[B] = 0;
    rgba[A] = 1;
    switch (f->kind) {
    case PVG_TEXEL_UNORM:
    case PVG_TEXEL_SNORM:
    case PVG_TEXEL_UINT:
    case PVG_TEXEL_SINT:
    case PVG_TEXEL_FLOAT:
        decode_channels(f, mtl, src, rgba);
        return true;
    case PVG_TEXEL_BITS:
        decode_bits(f, mtl, src, rgba);
        return true;
    case PVG_TEXEL_RG11B10:
        word = (uint32_t)load_le(src, 4);
        rgba[R] = small_float_value(word & 0x7ff, 6);
        rgba[G] = small_float_value((word >> 11) & 0x7ff, 6);
        rgba[B] = small_float_value(word >> 22, 5);
        return true;
    case PVG_TEXEL_RGB9E5:
        decode_rgb9e5(src, rgba);
        return true;
    case PVG_TEXEL_XR:
        decode_xr(f, src, rgba);
        return true;
    default:
        return false;
    }
}

bool pvg_texel_decode(const struct pvg_format *f, uint32_t mtl, const uint8_t *src, double rgba[4])
{
    if (!pvg_texel_decode_stored(f, mtl, src, rgba))
        return false;
    for (int i = 0; f->srgb && i < 3; i++)
        rgba[i] = rgba[i] < 0 ? -srgb_to_linear(-rgba[i]) : srgb_to_linear(rgba[i]);
    return true;
}

bool pvg_texel_set_depth(uint32_t mtl, double depth, uint8_t *cell)
{
    float f32 = (float)depth;
    uint32_t word;

    memcpy(&word, &f32, 4);
    switch (mtl) {
    case 250:
        store_le(cell, (uint64_t)(unit(depth) * 65535 + 0.5), 2);
        return true;
    case 252:
    case 260:
        store_le(cell, word, 4);
        return true;
    case 255:
        store_le(cell + 1, (uint64_t)(unit(depth) * 16777215 + 0.5), 3);
        return true;
    default:
        return false;
    }
}

bool pvg_texel_set_stencil(uint32_t mtl, uint32_t stencil, uint8_t *cell)
{
    switch (mtl) {
    case 253:
    case 255:
    case 262:
        cell[0] = (uint8_t)stencil;
        return true;
    case 260:
    case 261:
        cell[4] = (uint8_t)stencil;
        return true;
    default:
        return false;
    }
}
