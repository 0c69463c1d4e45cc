/* SPDX-License-Identifier: MIT */
/* Regions of a grid: a ring of places, a goto out of five loops and selections. */
#include "program.h"

KERNEL(k)
{
    u32 g[16];
    u32 s = in[tid] | 1;
    for (int y = 0; y < 16; y++)
        g[y] = (next_random(&s) | next_random(&s)) & 0xffff;
    int best = 0, regs = 0;
    u8 q[64][2];
    for (int y = 0; y < 16; y++)
        for (int x = 0; x < 16; x++) {
            if (g[y] >> x & 1)
                continue;
            regs++;
            int h = 0, t = 0, sz = 0;
            q[t][0] = x;
            q[t++][1] = y;
            g[y] |= 1u << x;
            while (h != t) {
                int cx = q[h & 63][0], cy = q[h & 63][1];
                h++;
                sz++;
                for (int d = 0; d < 4; d++) {
                    int nx = cx + (d == 0) - (d == 1), ny = cy + (d == 2) - (d == 3);
                    if ((nx | ny) & ~15 || g[ny] >> nx & 1)
                        continue;
                    if (t - h >= 63)
                        goto full;
                    g[ny] |= 1u << nx;
                    q[t & 63][0] = nx;
                    q[t++ & 63][1] = ny;
                }
            }
            if (sz > best)
                best = sz;
        }
full:
    OUT[0] = best;
    OUT[1] = regs;
    for (int i = 0; i < 16; i++)
        OUT[2 + i] = g[i];
}
