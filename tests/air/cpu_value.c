/* SPDX-License-Identifier: MIT */
#include "tests/air/cpu_internal.h"

#include <math.h>
#include <string.h>

double cpu_half_to_double(uint16_t h)
{
    int exponent = h >> 10 & 31;
    double mantissa = h & 1023;
    double v = exponent == 31 ? (mantissa != 0 ? NAN : INFINITY)
               : exponent     ? ldexp(1024 + mantissa, exponent - 25)
                              : ldexp(mantissa, -24);
    return h >> 15 ? -v : v;
}

uint16_t cpu_double_to_half(double v)
{
    uint16_t sign = signbit(v) ? 0x8000 : 0;
    v = fabs(v);
    if (isnan(v))
        return sign | 0x7E00;
    if (v >= 65520)
        return sign | 0x7C00;
    if (v < ldexp(1, -14))
        return sign | (uint16_t)nearbyint(ldexp(v, 24));
    int exponent;
    double mantissa = frexp(v, &exponent);
    /* A carry out of the mantissa continues in the exponent. */
    return sign | (uint16_t)(((exponent + 13) << 10) + (int)nearbyint(ldexp(mantissa, 11)));
}

uint16_t cpu_float_to_bfloat(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, 4);
    if (isnan(v))
        return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

float cpu_bfloat_to_float(uint16_t bits)
{
    uint32_t wide = (uint32_t)bits << 16;
    float v;
    memcpy(&v, &wide, 4);
    return v;
}

uint64_t cpu_get_bits(const void *at, const struct jit_type *t, unsigned lane)
{
    uint64_t v = 0;
    memcpy(&v, (const uint8_t *)at + (size_t)lane * t->lane_size, t->lane_size);
    return t->bits < 64 ? v & ((1ull << t->bits) - 1) : v;
}

int64_t cpu_get_signed(const void *at, const struct jit_type *t, unsigned lane)
{
    uint64_t v = cpu_get_bits(at, t, lane);
    if (t->bits >= 64 || t->bits == 1)
        return (int64_t)v;
    uint64_t sign = 1ull << (t->bits - 1);
    return (int64_t)((v ^ sign) - sign);
}

double cpu_get(const void *at, const struct jit_type *t, unsigned lane)
{
    uint64_t v = cpu_get_bits(at, t, lane);
    float f;
    double d;
    if (t->kind == JIT_BFLOAT)
        return (double)cpu_bfloat_to_float((uint16_t)v);
    if (t->kind != JIT_FLOAT)
        return (double)cpu_get_signed(at, t, lane);
    if (t->bits == 16)
        return cpu_half_to_double((uint16_t)v);
    memcpy(&f, &v, 4);
    memcpy(&d, &v, 8);
    return t->bits == 32 ? (double)f : d;
}

void cpu_put_bits(void *at, const struct jit_type *t, unsigned lane, uint64_t v)
{
    if (t->bits < 64)
        v &= (1ull << t->bits) - 1;
    memcpy((uint8_t *)at + (size_t)lane * t->lane_size, &v, t->lane_size);
}

void cpu_put(void *at, const struct jit_type *t, unsigned lane, double v)
{
    uint64_t bits = 0;
    float f = (float)v;
    if (t->kind == JIT_BFLOAT)
        bits = cpu_float_to_bfloat(f);
    else if (t->kind != JIT_FLOAT)
        bits = v < 0 ? (uint64_t)(int64_t)v : (uint64_t)v;
    else if (t->bits == 16)
        bits = cpu_double_to_half(v);
    else if (t->bits == 32)
        memcpy(&bits, &f, 4);
    else
        memcpy(&bits, &v, 8);
    cpu_put_bits(at, t, lane, bits);
}
