/* SPDX-License-Identifier: MIT */
/* Unions of words, bytes, halves and floats, copied and changed by parts. */
#include "program.h"

typedef union {
    u32 w[4];
    u8 b[16];
    u16 h[8];
    u64 q[2];
    float f[4];
} U;

KERNEL(k)
{
    U u[4];
    u32 s = in[tid] | 1;
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++)
            u[i].w[j] = next_random(&s);
    for (int n = 0; n < 20; n++) {
        u32 r = next_random(&s);
        U *x = &u[r & 3], *y = &u[r >> 2 & 3];
        switch (r >> 4 & 7) {
        case 0:
            x->b[r >> 8 & 15] = y->b[r >> 12 & 15];
            break;
        case 1:
            x->h[r >> 8 & 7] += y->h[r >> 12 & 7];
            break;
        case 2:
            x->q[r >> 8 & 1] ^= y->q[r >> 9 & 1] >> (r >> 12 & 31);
            break;
        case 3:
            *x = *y;
            break;
        case 4:
            for (int i = 0; i < 8; i++) {
                u8 t = x->b[i];
                x->b[i] = y->b[15 - i];
                y->b[15 - i] = t;
            }
            break;
        case 5:
            x->w[r >> 8 & 3] = x->f[r >> 10 & 3] < y->f[r >> 12 & 3];
            break;
        case 6: {
            U t = *x;
            *x = *y;
            *y = t;
            break;
        }
        default:
            x->q[0] = (i64)x->q[0] >> (r >> 8 & 63);
        }
    }
    for (int i = 0; i < 16; i++)
        OUT[i] = u[i / 4].w[i % 4];
}
