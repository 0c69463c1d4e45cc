/* SPDX-License-Identifier: MIT */
/* Lists in thread memory: links, pointers to links, a reversal. */
#include "program.h"

typedef struct nd {
    struct nd *next;
    u32 v;
} nd;

KERNEL(k)
{
    nd pool[24];
    nd *head = 0, *fr = 0;
    u32 s = in[tid] | 1;
    for (int i = 0; i < 24; i++) {
        pool[i].next = fr;
        pool[i].v = 0;
        fr = &pool[i];
    }
    for (int n = 0; n < 60; n++) {
        u32 r = next_random(&s);
        if (r & 1 && fr) {
            nd *x = fr;
            fr = fr->next;
            x->v = r >> 4 & 1023;
            nd **pp = &head;
            while (*pp && (*pp)->v < x->v)
                pp = &(*pp)->next;
            x->next = *pp;
            *pp = x;
        } else if (head) {
            nd **pp = &head;
            for (u32 k = r >> 8 & 3; k && (*pp)->next; k--)
                pp = &(*pp)->next;
            nd *x = *pp;
            *pp = x->next;
            x->next = fr;
            fr = x;
        }
    }
    nd *rev = 0;
    while (head) {
        nd *n2 = head->next;
        head->next = rev;
        rev = head;
        head = n2;
    }
    int i = 0;
    for (nd *p = rev; p; p = p->next)
        OUT[i++] = p->v;
    OUT[i] = i;
}
