/* SPDX-License-Identifier: MIT */
/* A binary tree in an array of records: pointers to members, traversal with a stack. */
#include "program.h"

typedef struct {
    i16 l, r;
    u32 key;
    u8 tag[4];
} node;

KERNEL(k)
{
    node t[32];
    u32 s = in[tid] | 1;
    int n = 0;
    for (int i = 0; i < 32; i++) {
        u32 kx = next_random(&s) & 0xffff;
        int cur = 0, lv = 0;
        if (n == 0) {
            t[n++] = (node){-1, -1, kx, {1, 2, 3, 4}};
            continue;
        }
        for (;;) {
            if (kx == t[cur].key) {
                t[cur].tag[kx & 3]++;
                break;
            }
            i16 *side = kx < t[cur].key ? &t[cur].l : &t[cur].r;
            if (*side < 0) {
                t[n] = (node){-1, -1, kx, {(u8)lv, 0, 0, 9}};
                *side = n++;
                break;
            }
            cur = *side;
            lv++;
        }
    }
    int st[40], sp = 0, cur = 0, o = 0;
    while (sp || cur >= 0) {
        if (cur >= 0) {
            st[sp++] = cur;
            cur = t[cur].l;
        } else {
            cur = st[--sp];
            OUT[o++] = t[cur].key | (u32)t[cur].tag[0] << 16 | (u32)t[cur].tag[3] << 24;
            cur = t[cur].r;
        }
    }
    OUT[o] = n;
}
