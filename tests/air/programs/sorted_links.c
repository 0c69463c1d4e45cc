/* SPDX-License-Identifier: MIT */
/* A tree of records with links and 64-bit numbers, which go to device memory. */
#include "program.h"

typedef struct nd {
    struct nd *l, *r;
    u64 v;
    u32 n;
} nd;

KERNEL(k)
{
    nd p[20];
    nd *root = 0;
    int n = 0;
    u32 s = in[tid] | 1;
    for (int i = 0; i < 20; i++) {
        u64 v = (u64)next_random(&s) << 20 ^ next_random(&s);
        nd **q = &root;
        while (*q)
            q = v < (*q)->v ? &(*q)->l : &(*q)->r;
        p[n] = (nd){0, 0, v, i};
        *q = &p[n++];
    }
    nd *st[20];
    int sp = 0, o = 0;
    nd *c = root;
    while (c || sp) {
        while (c) {
            st[sp++] = c;
            c = c->l;
        }
        c = st[--sp];
        *(DEVICE u64 *)(OUT + o) = c->v;
        OUT[o + 2] = c->n;
        o += 3;
        c = c->r;
    }
    OUT[o] = n;
}
