/* SPDX-License-Identifier: MIT */
/* A sorting network in threadgroup memory, which is seen as words, halves and bytes. */
#include "program.h"

KERNEL(k)
{
    THREADGROUP u32 *w = (THREADGROUP u32 *)(shared + lid * 64);
    u32 s = in[tid] | 1;
    for (int i = 0; i < 16; i++)
        w[i] = next_random(&s);
    for (int k = 2; k <= 16; k *= 2)
        for (int j = k / 2; j > 0; j /= 2)
            for (int i = 0; i < 16; i++) {
                int l = i ^ j;
                if (l > i) {
                    u32 x = w[i], y = w[l];
                    if ((x > y) == ((i & k) == 0)) {
                        w[i] = y;
                        w[l] = x;
                    }
                }
            }
    THREADGROUP u16 *h = (THREADGROUP u16 *)w;
    THREADGROUP u8 *c = (THREADGROUP u8 *)w;
    u32 acc = 0;
    for (int i = 0; i < 32; i++) {
        acc = acc * 17 + h[i];
        if (h[i] & 1)
            c[i * 2] ^= 0x5a;
    }
    THREADGROUP u32 *p = w, *q = w + 15;
    while (p < q) {
        if (*p & 2)
            *p ^= *q;
        else
            *q += *p;
        if (*q & 4)
            p++;
        else
            q--;
    }
    for (int i = 0; i < 16; i++)
        OUT[i] = w[i];
    OUT[16] = acc;
}
