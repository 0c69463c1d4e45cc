/* SPDX-License-Identifier: MIT */
/* Rounds of AES: a table that is computed, multiplication in a finite field, bytes. */
#include "program.h"

static u8 xt(u8 x)
{
    return x << 1 ^ (x >> 7) * 0x1b;
}

static u8 mul(u8 a, u8 b)
{
    u8 r = 0;
    while (b) {
        if (b & 1)
            r ^= a;
        a = xt(a);
        b >>= 1;
    }
    return r;
}

KERNEL(k)
{
    u8 sb[256], p = 1, q = 1;
    do {
        p = p ^ (p << 1) ^ (p & 0x80 ? 0x1b : 0);
        q ^= q << 1;
        q ^= q << 2;
        q ^= q << 4;
        if (q & 0x80)
            q ^= 9;
        u8 x = q ^ (u8)(q << 1 | q >> 7) ^ (u8)(q << 2 | q >> 6) ^ (u8)(q << 3 | q >> 5) ^ (u8)(q << 4 | q >> 4);
        sb[p] = x ^ 0x63;
    } while (p != 1);
    sb[0] = 0x63;
    u8 m[4][4], t[4][4];
    u32 s = in[tid] | 1;
    for (int i = 0; i < 16; i++)
        m[i / 4][i % 4] = next_random(&s) >> 5;
    for (int r = 0; r < 4; r++) {
        for (int i = 0; i < 4; i++)
            for (int j = 0; j < 4; j++)
                t[i][j] = sb[m[i][(j + i) & 3]];
        for (int j = 0; j < 4; j++)
            for (int i = 0; i < 4; i++)
                m[i][j] = mul(t[i][j], 2) ^ mul(t[(i + 1) & 3][j], 3) ^ t[(i + 2) & 3][j] ^ t[(i + 3) & 3][j] ^ (u8)(r * 17);
    }
    for (int i = 0; i < 4; i++)
        OUT[i] = m[i][0] | m[i][1] << 8 | m[i][2] << 16 | (u32)m[i][3] << 24;
}
