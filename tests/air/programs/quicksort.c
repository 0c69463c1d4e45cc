/* SPDX-License-Identifier: MIT */
/* Quicksort with a stack of its own: nested loops with unknown bounds, continue. */
#include "program.h"

KERNEL(k)
{
    i32 x[40];
    i16 st[32][2];
    int n = 0;
    u32 s = in[tid] | 1;
    for (int i = 0; i < 40; i++)
        x[i] = (i32)next_random(&s) % 1000;
    st[n][0] = 0;
    st[n++][1] = 39;
    while (n) {
        n--;
        int lo = st[n][0], hi = st[n][1];
        if (lo >= hi)
            continue;
        int p = x[(lo + hi) / 2], i = lo, j = hi;
        while (i <= j) {
            while (x[i] < p)
                i++;
            while (x[j] > p)
                j--;
            if (i <= j) {
                i32 t = x[i];
                x[i] = x[j];
                x[j] = t;
                i++;
                j--;
            }
        }
        if (n < 30) {
            st[n][0] = lo;
            st[n++][1] = j;
            st[n][0] = i;
            st[n++][1] = hi;
        }
    }
    for (int i = 0; i < 40; i++)
        OUT[i] = x[i];
}
