/* SPDX-License-Identifier: MIT */
/* A function that goes on where it left, inside of two loops: switch cases in loop bodies. */
#include "program.h"

typedef struct {
    int st, i, j;
    u32 v;
} co;

static u32 step(co *c, u32 *s)
{
    switch (c->st) {
    case 0:
        for (c->i = 0; c->i < 4; c->i++) {
            for (c->j = 0; c->j < 3; c->j++) {
                c->v = next_random(s) & 255;
                c->st = 1;
                return c->v;
            case 1:
                if (c->v & 1)
                    continue;
                c->st = 2;
                return c->v * 2;
            case 2:;
            }
            c->st = 3;
            return 1000 + c->i;
        case 3:
            if (c->v == 7)
                goto end;
        }
    end:
        c->st = 4;
    case 4:
        return 9999;
    default:
        return 0;
    }
}

KERNEL(k)
{
    co a1 = {0}, b1 = {0};
    u32 s = in[tid] | 1, h = 0;
    for (int n = 0; n < 40; n++) {
        u32 r = step(n & 1 ? &a1 : &b1, &s);
        h = h * 33 + r;
        if (a1.st == 4 && b1.st == 4)
            break;
    }
    OUT[0] = h;
    OUT[1] = a1.i * 100 + a1.j;
    OUT[2] = b1.st;
}
