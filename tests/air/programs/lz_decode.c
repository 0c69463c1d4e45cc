/* SPDX-License-Identifier: MIT */
/* An LZ decoder: bytes, copies that overlap, do-while loops, breaks at several places. */
#include "program.h"

KERNEL(k)
{
    u8 src[128], dst[160];
    u32 s = in[tid] | 1;
    for (int i = 0; i < 128; i++)
        src[i] = next_random(&s) >> 9;
    int ip = 0, op = 0;
    while (ip < 120 && op < 140) {
        u8 t = src[ip++];
        int lit = t >> 5;
        if (lit == 7) {
            u8 x;
            do {
                x = src[ip++];
                lit += x & 15;
            } while ((x & 0xC0) == 0xC0 && ip < 120);
        }
        for (int i = 0; i < lit && ip < 128 && op < 160; i++)
            dst[op++] = src[ip++];
        if (ip >= 120)
            break;
        int off = (src[ip++] & 31) + 1, len = (t & 15) + 3;
        if (off > op)
            continue;
        while (len-- && op < 160) {
            dst[op] = dst[op - off];
            op++;
        }
    }
    u32 h = 2166136261u;
    for (int i = 0; i < op; i++)
        h = (h ^ dst[i]) * 16777619u;
    OUT[0] = h;
    OUT[1] = op;
    OUT[2] = ip;
    for (int i = 0; i < op / 4; i++) {
        u32 w = 0;
        for (int j = 0; j < 4; j++)
            w |= (u32)dst[i * 4 + j] << 8 * j;
        OUT[3 + i] = w;
    }
}
