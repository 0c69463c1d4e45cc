/* SPDX-License-Identifier: MIT */
/* Gaussian elimination with pivots: two-dimensional arrays, loops of three levels. */
#include "program.h"

KERNEL(k)
{
    float m[6][7], r[6];
    u32 s = in[tid] | 1;
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 7; j++)
            m[i][j] = (float)((int)(next_random(&s) % 17) - 8);
    int sing = 0;
    for (int c = 0; c < 6; c++) {
        int p = c;
        for (int i = c + 1; i < 6; i++) {
            float x = m[i][c] < 0 ? -m[i][c] : m[i][c], y = m[p][c] < 0 ? -m[p][c] : m[p][c];
            if (x > y)
                p = i;
        }
        if (m[p][c] == 0) {
            sing = 1;
            break;
        }
        if (p != c)
            for (int j = 0; j < 7; j++) {
                float t = m[p][j];
                m[p][j] = m[c][j];
                m[c][j] = t;
            }
        for (int i = c + 1; i < 6; i++) {
            float f = m[i][c] * (1.0f / 8.0f);
            for (int j = c; j < 7; j++)
                m[i][j] -= f * m[c][j];
        }
    }
    for (int i = 5; i >= 0; i--) {
        float t = m[i][6];
        for (int j = i + 1; j < 6; j++)
            t -= m[i][j] * r[j];
        r[i] = t * 0.25f;
    }
    OUT[0] = sing;
    for (int i = 0; i < 6; i++)
        OUT[1 + i] = *(u32 *)&r[i];
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 7; j++)
            OUT[8 + i * 7 + j] = *(u32 *)&m[i][j];
}
