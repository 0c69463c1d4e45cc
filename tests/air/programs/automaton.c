/* SPDX-License-Identifier: MIT */
/* Tables of bytes and floats in constant memory, gotos out of a switch in a loop. */
#include "program.h"

static const CONSTANT u8 T[5][4] = {{1, 2, 0, 4}, {1, 3, 0, 2}, {4, 4, 1, 3}, {0, 2, 3, 3}, {2, 1, 0, 4}};
static const CONSTANT float W[3][3] = {{.5f, .25f, .125f}, {1, 2, 4}, {-1, 0, 1}};
KERNEL(k)
{
    u32 s = in[tid] | 1;
    int st = 0, n = 0;
    float acc = 0;
    u32 log = 0;
    do {
        u32 r = next_random(&s);
        int nx = T[st][r & 3];
        if (nx == 4 && n > 20)
            break;
        switch (nx) {
        case 1:
            acc += W[r >> 4 & 1][n % 3];
            if (acc > 50.f)
                goto big;
            break;
        case 2:
            if (st == 2)
                continue;
            acc *= W[0][r >> 6 & 1];
            break;
        case 3:
            for (int i = 0; i < 3; i++) {
                acc += W[2][i] * W[1][(i + n) % 3];
                if (acc < -20.f)
                    goto neg;
            }
            break;
        }
        log = log * 5 + nx;
        st = nx;
    } while (++n < 64);
    goto out;
big:
    log |= 1u << 31;
    goto out;
neg:
    log |= 1u << 30;
out:
    OUT[0] = log;
    OUT[1] = *(u32 *)&acc;
    OUT[2] = n;
    OUT[3] = st;
}
