/* SPDX-License-Identifier: MIT */
/* Records in device memory: members of several widths, a pointer that walks, copies by byte, unaligned views. */
#include "program.h"

typedef struct {
    u16 len;
    u8 kind, pad;
    u32 v[3];
} rec;

KERNEL(k)
{
    DEVICE rec *r = (DEVICE rec *)(first + tid * 128);
    for (int i = 0; i < 8; i++) {
        r[i].len = in[tid] >> i;
        r[i].kind = i * 7 + in[tid];
        r[i].pad = 0;
        r[i].v[0] = i;
        r[i].v[1] = in[tid] * i;
        r[i].v[2] = ~in[tid];
    }
    u32 acc = 0;
    for (DEVICE rec *p = r; p != r + 8; p++) {
        switch (p->kind & 7) {
        case 0:
        case 3:
            acc += p->v[0];
            break;
        case 1:
            acc ^= p->v[1] >> (p->len & 7);
            continue;
        case 5:
            acc = turn_left(acc, p->len);
            break;
        case 6:
            p->v[2] = acc;
            break;
        default:
            acc -= p->len;
        }
        acc *= 31;
    }
    rec loc = r[in[tid] & 7];
    DEVICE u8 *bp = second + tid * 128;
    for (int i = 0; i < 128; i++)
        bp[i] = i;
    for (u32 i = 0; i < sizeof loc; i++)
        bp[(i * 5) & 127] = ((u8 *)&loc)[i];
    *(DEVICE u64 *)(bp + 64) = (u64)acc * acc;
    OUT[0] = acc;
    OUT[1] = *(DEVICE u16 *)(bp + 66);
    OUT[2] = *(DEVICE u32 *)(bp + 13 - 1);
    u32 x = 0;
    for (int i = 0; i < 32; i++)
        x += table[i] * i;
    OUT[3] = x;
}
