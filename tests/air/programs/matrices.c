/* SPDX-License-Identifier: MIT */
/* Matrices in records that are passed and returned by value. */
#include "program.h"

typedef struct {
    float m[3][3];
    int tag;
} M;

static M mm(M a, M b)
{
    M r;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            float t = 0;
            for (int k = 0; k < 3; k++)
                t += a.m[i][k] * b.m[k][j];
            r.m[i][j] = t;
        }
    r.tag = a.tag * 2 + b.tag;
    return r;
}

static M tr(const M *a)
{
    M r = *a;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < i; j++) {
            float t = r.m[i][j];
            r.m[i][j] = r.m[j][i];
            r.m[j][i] = t;
        }
    return r;
}

KERNEL(k)
{
    M x[3];
    u32 s = in[tid] | 1;
    for (int n = 0; n < 3; n++) {
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++)
                x[n].m[i][j] = (float)((int)(next_random(&s) % 5) - 2);
        x[n].tag = n;
    }
    M acc = x[0];
    for (int i = 0; i < 6; i++) {
        u32 r = next_random(&s);
        M y = x[r % 3];
        if (r & 8)
            y = tr(&y);
        acc = r & 16 ? mm(acc, y) : mm(y, acc);
        if (acc.tag > 50)
            break;
        float m = 0;
        for (int k = 0; k < 9; k++) {
            float v = ((float *)acc.m)[k];
            if (v < 0)
                v = -v;
            if (v > m)
                m = v;
        }
        if (m > 64)
            for (int k = 0; k < 9; k++)
                ((float *)acc.m)[k] *= 0.015625f;
        x[i % 3] = acc;
    }
    /* Of zeros only that they are: llvmpipe (25.0) takes -0 + 0 for -0. */
    for (int k = 0; k < 9; k++)
        OUT[k] = ((float *)acc.m)[k] == 0 ? 0 : *(u32 *)&((float *)acc.m)[k];
    OUT[9] = acc.tag;
    for (int n = 0; n < 3; n++)
        OUT[10 + n] = x[n].tag;
}
