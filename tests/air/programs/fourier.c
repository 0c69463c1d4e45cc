/* SPDX-License-Identifier: MIT */
/* A Fourier transform in place: records by value, loops with changing steps. */
#include "program.h"

typedef struct {
    float re, im;
} cx;

static cx mulc(cx a, cx b)
{
    return (cx){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

KERNEL(k)
{
    cx v[16];
    u32 s = in[tid] | 1;
    for (int i = 0; i < 16; i++)
        v[i] = (cx){(float)((int)(next_random(&s) & 15) - 8), (float)((int)(next_random(&s) & 15) - 8)};
    for (int i = 0, j = 0; i < 16; i++) {
        if (i < j) {
            cx t = v[i];
            v[i] = v[j];
            v[j] = t;
        }
        int m = 8;
        while (m && j & m) {
            j ^= m;
            m >>= 1;
        }
        j |= m;
    }
    const float cs[5] = {-1, 0, 0.70703125f, 0.923828125f, 1}, sn[5] = {0, 1, 0.70703125f, 0.3828125f, 0};
    for (int l = 1, g = 0; l < 16; l *= 2, g++) {
        cx w = {cs[g], -sn[g]};
        for (int i = 0; i < 16; i += 2 * l) {
            cx k = {1, 0};
            for (int j = 0; j < l; j++) {
                cx t = mulc(k, v[i + j + l]), u = v[i + j];
                v[i + j] = (cx){u.re + t.re, u.im + t.im};
                v[i + j + l] = (cx){u.re - t.re, u.im - t.im};
                k = mulc(k, w);
            }
        }
    }
    for (int i = 0; i < 16; i++) {
        OUT[2 * i] = *(u32 *)&v[i].re;
        OUT[2 * i + 1] = *(u32 *)&v[i].im;
    }
}
