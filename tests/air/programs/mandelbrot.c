/* SPDX-License-Identifier: MIT */
/* Mandelbrot iteration: floats, two ways out of the loop. */
#include "program.h"

KERNEL(k)
{
    float cx = (float)(in[tid] & 255) / 64.f - 2.f, cy = (float)(in[tid] >> 8 & 255) / 128.f - 1.f, x = 0, y = 0;
    int i = 0;
    for (; i < 200; i++) {
        float x2 = x * x, y2 = y * y;
        if (x2 + y2 > 4.f)
            break;
        float t = x2 - y2 + cx;
        y = 2.f * x * y + cy;
        x = t;
        if (x == cx && y == cy && i > 3)
            goto done;
    }
done:
    OUT[0] = i;
    OUT[1] = *(u32 *)&x;
    OUT[2] = *(u32 *)&y;
}
