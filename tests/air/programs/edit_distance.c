/* SPDX-License-Identifier: MIT */
/* Two rows that change places by their pointers. */
#include "program.h"

KERNEL(k)
{
    u8 x[24], y[24];
    int r0[25], r1[25];
    int *pr = r0, *cu = r1;
    u32 s = in[tid] | 1;
    for (int i = 0; i < 24; i++) {
        x[i] = next_random(&s) & 3;
        y[i] = next_random(&s) >> 3 & 3;
    }
    for (int j = 0; j <= 24; j++)
        pr[j] = j;
    for (int i = 1; i <= 24; i++) {
        cu[0] = i;
        for (int j = 1; j <= 24; j++) {
            int c = pr[j - 1] + (x[i - 1] != y[j - 1]), d = pr[j] + 1, e = cu[j - 1] + 1;
            cu[j] = c < d ? (c < e ? c : e) : (d < e ? d : e);
        }
        int *t = pr;
        pr = cu;
        cu = t;
    }
    for (int j = 0; j <= 24; j++)
        OUT[j] = pr[j];
    OUT[25] = pr == r0;
}
