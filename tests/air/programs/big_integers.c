/* SPDX-License-Identifier: MIT */
/* Long multiplication and division, 64-bit quotients, bit counts. */
#include "program.h"

KERNEL(k)
{
    u32 x[8], y[8], z[16] = {0};
    u32 s = in[tid] | 1;
    for (int i = 0; i < 8; i++) {
        x[i] = next_random(&s);
        y[i] = next_random(&s);
    }
    for (int i = 0; i < 8; i++) {
        u64 c = 0;
        for (int j = 0; j < 8; j++) {
            c += (u64)x[i] * y[j] + z[i + j];
            z[i + j] = c;
            c >>= 32;
        }
        z[i + 8] = c;
    }
    u64 q = 0, r = 0;
    u64 n = (u64)z[3] << 32 | z[2], d = z[1] | 1;
    for (int i = 63; i >= 0; i--) {
        r = r << 1 | (n >> i & 1);
        if (r >= d) {
            r -= d;
            q |= 1ul << i;
        }
    }
    OUT[20] = q;
    OUT[21] = q >> 32;
    OUT[22] = r;
    OUT[23] = (n / d) == q;
    OUT[24] = (n % d) == r;
    i64 sn = (i64)n, sd = (i32)d;
    OUT[25] = sn / sd;
    OUT[26] = sn % sd;
    for (int i = 0; i < 16; i++)
        OUT[i] = z[i];
    OUT[27] = __builtin_popcountll(n);
    OUT[28] = __builtin_clzll(n | 1);
    OUT[29] = __builtin_ctz(z[1] | 256);
    OUT[30] = __builtin_bswap32(z[1]);
}
