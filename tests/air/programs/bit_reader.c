/* SPDX-License-Identifier: MIT */
/* A reader of bits with its state in a record that holds device pointers, saved and restored. */
#include "program.h"

typedef struct {
    DEVICE u8 *p, *end;
    u32 acc;
    int n;
} br;

static u32 get(br *b, int k)
{
    while (b->n < k) {
        u32 x = b->p < b->end ? *b->p++ : 0;
        b->acc |= x << b->n;
        b->n += 8;
    }
    u32 r = b->acc & ((1u << k) - 1);
    b->acc >>= k;
    b->n -= k;
    return r;
}

KERNEL(k)
{
    DEVICE u8 *base = first + tid * 128;
    u32 s = in[tid] | 1;
    for (int i = 0; i < 128; i++)
        base[i] = next_random(&s) >> 7;
    br r = {base, base + 100, 0, 0};
    u32 o = 0, h = 0;
    while (r.p < r.end && o < 100) {
        u32 t = get(&r, 2);
        if (t == 0) {
            u32 n = get(&r, 3) + 1;
            while (n--)
                h = h * 31 + get(&r, 5);
        } else if (t == 1) {
            br sv = r;
            u32 x = get(&r, 7);
            if (x & 1)
                r = sv, get(&r, 3);
            h ^= x << (o & 15);
        } else if (t == 2) {
            OUT[o++] = get(&r, 9);
            continue;
        } else {
            u32 k = get(&r, 4);
            for (u32 i = 0; i < k; i++)
                if (get(&r, 1))
                    h++;
                else
                    break;
        }
        OUT[o++] = h;
    }
    OUT[o] = (u32)(r.p - base);
    OUT[o + 1] = r.n;
}
