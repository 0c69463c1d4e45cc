/* SPDX-License-Identifier: MIT */
/* The game of life in two arrays that take turns. */
#include "program.h"

KERNEL(k)
{
    u8 g[2][12][12];
    u32 s = in[tid] | 1;
    for (int y = 0; y < 12; y++)
        for (int x = 0; x < 12; x++)
            g[0][y][x] = next_random(&s) >> 5 & 1;
    int c = 0, gen;
    for (gen = 0; gen < 10; gen++) {
        int ch = 0;
        for (int y = 0; y < 12; y++)
            for (int x = 0; x < 12; x++) {
                int n = 0;
                for (int dy = -1; dy <= 1; dy++)
                    for (int dx = -1; dx <= 1; dx++) {
                        if (!dx && !dy)
                            continue;
                        int yy = y + dy, xx = x + dx;
                        if (yy < 0 || xx < 0 || yy > 11 || xx > 11)
                            continue;
                        n += g[c][yy][xx];
                    }
                u8 v = n == 3 || (n == 2 && g[c][y][x]);
                ch += v != g[c][y][x];
                g[!c][y][x] = v;
            }
        c = !c;
        if (!ch)
            break;
    }
    for (int y = 0; y < 12; y++) {
        u32 w = 0;
        for (int x = 0; x < 12; x++)
            w |= (u32)g[c][y][x] << x;
        OUT[y] = w;
    }
    OUT[12] = gen;
}
