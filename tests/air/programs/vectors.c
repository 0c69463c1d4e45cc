/* SPDX-License-Identifier: MIT */
/* Vectors and matrices of halves, lanes by index. */
#include "program.h"

typedef _Float16 h;
typedef float f4 __attribute__((vector_size(16)));
typedef h h4 __attribute__((vector_size(8)));
typedef int i4 __attribute__((vector_size(16)));
KERNEL(k)
{
    h4 m[4];
    u32 s = in[tid] | 1;
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++)
            m[i][j] = (h)((int)(next_random(&s) % 9) - 4);
    h4 v = {1, 2, 3, 4}, r = {0, 0, 0, 0};
    for (int n = 0; n < 3; n++) {
        for (int i = 0; i < 4; i++) {
            h t = 0;
            for (int j = 0; j < 4; j++)
                t += m[i][j] * v[j];
            r[i] = t * (h)0.125;
        }
        v = r;
    }
    for (int i = 0; i < 4; i++)
        OUT[i] = *(u16 *)&(h){v[i]};
    f4 a4 = {1, 2, 3, 4}, b4 = {v[0], v[1], v[2], v[3]};
    i4 c = a4 < b4;
    for (int i = 0; i < 4; i++)
        OUT[4 + i] = c[i];
    f4 z;
    for (int i = 0; i < 4; i++)
        z[i] = c[i] ? a4[i] : b4[i];
    float q = 0;
    for (int i = 0; i < 4; i++)
        if (z[i] > -100.f)
            q += z[i];
        else
            break;
    OUT[8] = *(u32 *)&q;
    int idx = in[tid] & 3;
    OUT[9] = (int)z[idx];
    z[idx] = 9;
    OUT[10] = (int)(z[0] + z[1]);
}
