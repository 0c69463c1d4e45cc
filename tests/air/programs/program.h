/* SPDX-License-Identifier: MIT */
/** @file What the programs share: names of types and address spaces, the signature that the test's kernels have. */
#ifndef TESTS_AIR_PROGRAM_H
#define TESTS_AIR_PROGRAM_H

typedef unsigned u32;
typedef unsigned long u64;
typedef unsigned char u8;
typedef unsigned short u16;
typedef signed char i8;
typedef short i16;
typedef int i32;
typedef long i64;

#define DEVICE      __attribute__((address_space(1)))
#define CONSTANT    __attribute__((address_space(2)))
#define THREADGROUP __attribute__((address_space(3)))

/** Per thread a random word in `in`, 128 bytes in `first` and `second`, 1024 bytes in `out`; `table` has 32 words. */
#define KERNEL(name)                                                                                                               \
    void name(DEVICE u32 *in, CONSTANT u32 *table, DEVICE u8 *first, DEVICE u8 *second, DEVICE u32 *out, THREADGROUP u8 *shared,   \
              u32 tid, u32 lid)

#define OUT (out + tid * 256)

static inline u32 turn_left(u32 x, u32 n)
{
    return x << (n & 31) | x >> (-n & 31);
}

static inline u32 next_random(u32 *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

#endif
