/* SPDX-License-Identifier: MIT */
/**
 * @file Ground of the wire layer: little-endian accessors that accept any alignment, and checked views of byte ranges.
 *
 * Everything in this folder is pure: no allocation, no state, no I/O. Decoders are total, that is, they return false on input they
 * do not accept and never read outside the bytes they were given. Encoders return the bytes written, 0 when the destination is too
 * small.
 *
 * Thread-safety: all functions of this folder are reentrant.
 */
#ifndef PVG_WIRE_WIRE_H
#define PVG_WIRE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t pvg_ld16(const void *p)
{
    const uint8_t *b = p;
    return (uint16_t)(b[0] | b[1] << 8);
}

static inline uint32_t pvg_ld32(const void *p)
{
    const uint8_t *b = p;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline uint64_t pvg_ld64(const void *p)
{
    return (uint64_t)pvg_ld32(p) | (uint64_t)pvg_ld32((const uint8_t *)p + 4) << 32;
}

static inline float pvg_ldf32(const void *p)
{
    uint32_t bits = pvg_ld32(p);
    float f;
    memcpy(&f, &bits, sizeof(f));
    return f;
}

static inline void pvg_st16(void *p, uint16_t v)
{
    uint8_t *b = p;
    b[0] = (uint8_t)v;
    b[1] = (uint8_t)(v >> 8);
}

static inline void pvg_st32(void *p, uint32_t v)
{
    uint8_t *b = p;
    b[0] = (uint8_t)v;
    b[1] = (uint8_t)(v >> 8);
    b[2] = (uint8_t)(v >> 16);
    b[3] = (uint8_t)(v >> 24);
}

static inline void pvg_st64(void *p, uint64_t v)
{
    pvg_st32(p, (uint32_t)v);
    pvg_st32((uint8_t *)p + 4, (uint32_t)(v >> 32));
}

static inline void pvg_stf32(void *p, float f)
{
    uint32_t bits;
    memcpy(&bits, &f, sizeof(bits));
    pvg_st32(p, bits);
}

/** Value of a word as it lies in memory, in this machine's byte order, and back. */
static inline uint32_t pvg_le32(uint32_t v)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap32(v);
#else
    return v;
#endif
}

/** Words that the other side changes while we look: one access where they are aligned, which live structures of the protocol are.
 */
static inline uint32_t pvg_ld32_live(const void *p)
{
    if ((uintptr_t)p % 4)
        return pvg_ld32(p);
    return pvg_le32(__atomic_load_n((const uint32_t *)p, __ATOMIC_ACQUIRE));
}

static inline void pvg_st32_live(void *p, uint32_t v)
{
    if ((uintptr_t)p % 4)
        pvg_st32(p, v);
    else
        __atomic_store_n((uint32_t *)p, pvg_le32(v), __ATOMIC_RELEASE);
}

/** A range of bytes that somebody else owns. */
struct pvg_view {
    const uint8_t *p;
    size_t n;
};

static inline struct pvg_view pvg_view_of(const void *p, size_t n)
{
    return (struct pvg_view){.p = p, .n = n};
}

/** True if [off, off+len) lies inside `n` bytes; no overflow for any arguments. */
static inline bool pvg_range_ok(uint64_t off, uint64_t len, uint64_t n)
{
    return off <= n && len <= n - off;
}

/** `head + count * stride <= n`, no overflow for any arguments. */
static inline bool pvg_array_fits(uint64_t head, uint64_t count, uint64_t stride, uint64_t n)
{
    if (head > n)
        return false;
    return stride == 0 || count <= (n - head) / stride;
}

/** Sub-range [off, off+len) of `v`. @return false if it is not inside; `*out` is then empty. */
static inline bool pvg_view_sub(struct pvg_view v, uint64_t off, uint64_t len, struct pvg_view *out)
{
    if (!pvg_range_ok(off, len, v.n)) {
        *out = (struct pvg_view){0};
        return false;
    }
    *out = (struct pvg_view){.p = v.p + off, .n = (size_t)len};
    return true;
}

/** The part of `v` from `off` on; empty when `off` is past the end. */
static inline struct pvg_view pvg_view_from(struct pvg_view v, uint64_t off)
{
    if (off >= v.n)
        return (struct pvg_view){0};
    return (struct pvg_view){.p = v.p + off, .n = v.n - (size_t)off};
}

static inline bool pvg_view_get32(struct pvg_view v, uint64_t off, uint32_t *out)
{
    if (!pvg_range_ok(off, 4, v.n))
        return false;
    *out = pvg_ld32(v.p + off);
    return true;
}

static inline bool pvg_view_get64(struct pvg_view v, uint64_t off, uint64_t *out)
{
    if (!pvg_range_ok(off, 8, v.n))
        return false;
    *out = pvg_ld64(v.p + off);
    return true;
}

/** `a + b` saturated at 2^64-1. */
static inline uint64_t pvg_add_sat64(uint64_t a, uint64_t b)
{
    uint64_t r;
    return __builtin_add_overflow(a, b, &r) ? UINT64_MAX : r;
}

#endif
