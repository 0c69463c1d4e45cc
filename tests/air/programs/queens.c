/* SPDX-License-Identifier: MIT */
/* Queens and permutations without recursion: stacks of bit masks, continue. */
#include "program.h"

KERNEL(k)
{
    int n = 4 + (in[tid] & 3);
    u32 all = (1u << n) - 1;
    u32 c[9] = {0}, l[9] = {0}, r[9] = {0}, f[9];
    int d = 0, sol = 0, nodes = 0;
    f[0] = all & ~(in[tid] >> 8 & 1);
    while (d >= 0) {
        if (!f[d]) {
            d--;
            continue;
        }
        u32 b = f[d] & -f[d];
        f[d] ^= b;
        nodes++;
        if (d == n - 1) {
            sol++;
            continue;
        }
        c[d + 1] = c[d] | b;
        l[d + 1] = (l[d] | b) << 1;
        r[d + 1] = (r[d] | b) >> 1;
        d++;
        f[d] = all & ~(c[d] | l[d] | r[d]);
    }
    OUT[0] = sol;
    OUT[1] = nodes;
    u8 p[6] = {0, 1, 2, 3, 4, 5}, k[6] = {0};
    int i = 0, cnt = 0;
    u32 h = 0;
    while (i < 6) {
        if (k[i] < i) {
            int j = i & 1 ? k[i] : 0;
            u8 t = p[j];
            p[j] = p[i];
            p[i] = t;
            k[i]++;
            i = 0;
            cnt++;
            if (p[0] + p[5] == (in[tid] >> 4 & 7))
                h = h * 7 + cnt;
            if (cnt > 500)
                break;
        } else {
            k[i] = 0;
            i++;
        }
    }
    OUT[2] = cnt;
    OUT[3] = h;
}
