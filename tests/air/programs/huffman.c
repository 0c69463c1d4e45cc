/* SPDX-License-Identifier: MIT */
/* Lengths of Huffman codes: loops with two minima, links that are followed. */
#include "program.h"

KERNEL(k)
{
    u16 fr[16];
    i8 par[31];
    u16 w[31];
    u8 used[31] = {0};
    u32 s = in[tid] | 1;
    for (int i = 0; i < 16; i++) {
        fr[i] = (next_random(&s) & 63) + 1;
        w[i] = fr[i];
    }
    int n = 16;
    for (int i = 0; i < 31; i++)
        par[i] = -1;
    while (1) {
        int m1 = -1, m2 = -1;
        for (int i = 0; i < n; i++) {
            if (used[i])
                continue;
            if (m1 < 0 || w[i] < w[m1]) {
                m2 = m1;
                m1 = i;
            } else if (m2 < 0 || w[i] < w[m2])
                m2 = i;
        }
        if (m2 < 0)
            break;
        used[m1] = used[m2] = 1;
        w[n] = w[m1] + w[m2];
        par[m1] = par[m2] = n;
        n++;
    }
    u32 tot = 0;
    for (int i = 0; i < 16; i++) {
        int d = 0, j = i;
        while (par[j] >= 0) {
            j = par[j];
            d++;
        }
        OUT[i] = d;
        tot += d * fr[i];
    }
    OUT[16] = tot;
    OUT[17] = w[n - 1];
}
