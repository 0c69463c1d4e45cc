/* SPDX-License-Identifier: MIT */
/* Jumps between four parts that make loops without a single entry. */
#include "program.h"

KERNEL(k)
{
    u32 s = in[tid] | 1, x = 0, f = 200;
    if (s & 2)
        goto B;
    if (s & 4)
        goto Cc;
A:
    x += next_random(&s) & 7;
    if (!f--)
        goto E;
    if (x & 1)
        goto Cc;
B:
    x ^= next_random(&s) & 255;
    if (!f--)
        goto E;
    if (x & 2)
        goto A;
    if (x & 8)
        goto Dd;
Cc:
    x = x * 3 + 1;
    if (!f--)
        goto E;
    if (x & 4)
        goto B;
Dd:
    for (int i = 0; i < (int)(x & 3); i++) {
        x += i;
        if (x & 16)
            goto A;
        if ((x & 96) == 96)
            goto Cc;
    }
    if (f-- > 3)
        goto A;
E:
    OUT[0] = x;
    OUT[1] = f;
    OUT[2] = s;
}
