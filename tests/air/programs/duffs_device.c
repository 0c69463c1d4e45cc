/* SPDX-License-Identifier: MIT */
/* A copy by a switch into the middle of a loop. */
#include "program.h"

KERNEL(k)
{
    u8 d[64] = {0}, s[64];
    u32 st = in[tid] | 1;
    for (int i = 0; i < 64; i++)
        s[i] = next_random(&st) >> 3;
    int cnt = (in[tid] >> 4 & 31) + 1, n = (cnt + 7) / 8;
    u8 *to = d, *from = s;
    switch (cnt & 7) {
    case 0:
        do {
            *to++ = *from++;
        case 7:
            *to++ = *from++;
        case 6:
            *to++ = *from++;
        case 5:
            *to++ = *from++;
        case 4:
            *to++ = *from++;
        case 3:
            *to++ = *from++;
        case 2:
            *to++ = *from++;
        case 1:
            *to++ = *from++;
        } while (--n > 0);
    }
    for (int i = 0; i < 16; i++)
        OUT[i] = d[i * 4] | d[i * 4 + 1] << 8 | d[i * 4 + 2] << 16 | (u32)d[i * 4 + 3] << 24;
    OUT[16] = cnt;
}
