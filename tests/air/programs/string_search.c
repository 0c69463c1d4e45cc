/* SPDX-License-Identifier: MIT */
/* Knuth, Morris and Pratt over strings in constant memory, a string that is chosen at run time. */
#include "program.h"

static const CONSTANT char pat[4][8] = {"ab", "aab", "bba", "abab"};
KERNEL(k)
{
    char t[96];
    u32 s = in[tid] | 1;
    for (int i = 0; i < 95; i++)
        t[i] = 'a' + (next_random(&s) >> 11 & 1);
    t[95] = 0;
    for (int p = 0; p < 4; p++) {
        int m = 0;
        while (pat[p][m])
            m++;
        int f[8];
        f[0] = 0;
        for (int i = 1, k = 0; i < m; i++) {
            while (k && pat[p][k] != pat[p][i])
                k = f[k - 1];
            if (pat[p][k] == pat[p][i])
                k++;
            f[i] = k;
        }
        int cnt = 0, first = -1;
        for (int i = 0, k = 0; t[i]; i++) {
            while (k && pat[p][k] != t[i])
                k = f[k - 1];
            if (pat[p][k] == t[i])
                k++;
            if (k == m) {
                cnt++;
                if (first < 0)
                    first = i;
                k = f[k - 1];
            }
        }
        OUT[p * 2] = cnt;
        OUT[p * 2 + 1] = first;
    }
    const CONSTANT char *q = pat[in[tid] & 3];
    u32 h = 0;
    while (*q) {
        h = h * 31 + *q++;
        if (h > 1000000)
            break;
    }
    OUT[8] = h;
}
