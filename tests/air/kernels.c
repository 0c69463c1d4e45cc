/* SPDX-License-Identifier: MIT */
/*
 * Kernels that exist twice: compiled for the host as the reference, and as AIR text in ll/kernels.ll, made from this file by
 * make-kernels.sh. They contain no intrinsics: arithmetic, memory and control flow only.
 */
#ifdef __SPIR__
#define DEVICE   __attribute__((address_space(1)))
#define CONSTANT __attribute__((address_space(2)))
#else
#define DEVICE
#define CONSTANT
#endif

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned u32;
typedef unsigned long long u64;
typedef long long s64;

#ifndef __SPIR__
#include "tests/air/kernels.h"
#endif

/** Edge cases of integers: division by zero is guarded here, its result being unspecified. */
void arith(DEVICE u32 *out, DEVICE const u32 *in, u32 id)
{
    u32 a = in[id * 2], b = in[id * 2 + 1];
    int sa = (int)a, sb = (int)b, safe = sb && sb != -1;
    DEVICE u32 *o = out + id * 12;
    o[0] = a + b;
    o[1] = a * b;
    o[2] = b ? a / b : a;
    o[3] = b ? a % b : 0;
    o[4] = (u32)(safe ? sa / sb : sa);
    o[5] = (u32)(safe ? sa % sb : sa);
    o[6] = a << (b & 31);
    o[7] = a >> (b & 31);
    o[8] = (u32)(sa >> (b & 31));
    o[9] = (u32)(a < b) | (u32)(sa < sb) << 1 | (u32)(a == b) << 2 | (u32)(a >= b) << 3;
    o[10] = (u32)((u16)a * (u8)b + (short)a - (signed char)b);
    o[11] = (u32)(((u64)a * b) >> 32) ^ (u32)((u64)a << 7 >> 9);
}

/** Loops in loops with continue, break and an exit over both. */
void loops(DEVICE u32 *out, DEVICE const u32 *in, u32 id)
{
    u32 x = in[id], s = 0;
    for (u32 i = 0; i < 16; i++) {
        if (x >> i & 1)
            continue;
        for (u32 j = 0; j < 8; j++) {
            s = s * 31 + i * j + x;
            if ((s & 63) == 5)
                goto done;
            if ((s & 15) == 3)
                break;
            if ((s & 7) == 1)
                continue;
            s ^= j;
        }
        if (s % 97 == 13)
            break;
        s += i;
    }
    s += 1000;
done:
    out[id] = s;
}

/** A switch in a loop: fallthrough, break, continue and jumps out of both. */
void switches(DEVICE u32 *out, DEVICE const u32 *in, u32 id)
{
    u32 x = in[id], s = 1;
    for (u32 i = 0; i < 20; i++) {
        switch (x >> (i & 15) & 7) {
        case 0:
            s += 3;
            /* fall through */
        case 1:
            s *= 5;
            break;
        case 2:
            s ^= x;
            break;
        case 3:
            if (s & 1)
                continue;
            s += 7;
            break;
        case 5:
            s -= i;
            goto next;
        case 6:
            if ((s & 31) == 9)
                goto leave;
            s = s * 3 + 1;
            break;
        default:
            s += i * i;
        }
        s += 11;
    next:
        s ^= s >> 3;
    }
leave:
    out[id] = s;
}

/** A jump into the middle of a loop. */
void irreducible(DEVICE u32 *out, DEVICE const u32 *in, u32 id)
{
    u32 x = in[id], n = 0;
    if (x & 1)
        goto second;
first:
    x = x * 1664525u + 1013904223u;
    n++;
    if (x >> 20 == 7)
        goto leave;
second:
    x ^= x >> 7;
    n += 2;
    if (n < 40 + (x & 15)) {
        if (x & 4)
            goto first;
        x += 77;
        goto second;
    }
leave:
    out[id] = x + n;
}

/** A thread-local array with computed indices. */
void locals(DEVICE u32 *out, DEVICE const u32 *in, u32 id)
{
    u32 a[16], x = in[id], s = 0;
    for (u32 i = 0; i < 16; i++)
        a[i] = x * i + i;
    for (u32 r = 0; r < 32; r++) {
        u32 i = x & 15, j = x >> 4 & 15, t = a[i];
        a[i] = a[j] + 1;
        a[j] = t;
        x = x * 1103515245u + 12345;
    }
    for (u32 i = 0; i < 16; i++)
        s = s * 17 + a[i];
    out[id] = s;
}

struct record {
    u8 a;
    u16 b;
    u32 c;
    u64 d;
    float e;
    u8 t[5];
};

/** Members of every width at their offsets. */
void records(DEVICE struct record *out, DEVICE const struct record *in, u32 id)
{
    struct record s = in[id];
    out[id].a = (u8)(s.a + 1);
    out[id].b = (u16)(s.b * 3);
    out[id].c = s.c ^ s.a;
    out[id].d = s.d + s.c;
    out[id].e = s.e * 2;
    for (int i = 0; i < 5; i++)
        out[id].t[i] = (u8)(s.t[4 - i] + s.a);
}

/** Thread memory seen as words, halves and bytes. */
void mixed(DEVICE u32 *out, DEVICE const u32 *in, u32 id)
{
    union {
        u32 w[8];
        u16 h[16];
        u8 b[32];
    } m;
    u32 x = in[id], s = 0;
    for (u32 i = 0; i < 8; i++)
        m.w[i] = x * (i + 1) + i * 0x01020304u;
    for (u32 i = 0; i < 12; i++) {
        u32 p = x & 31, q = x >> 5 & 15;
        m.b[p] = (u8)(m.b[p] + m.h[q]);
        m.h[q] ^= (u16)(m.b[(p + 1) & 31] * 257);
        x = x * 69069u + 1;
    }
    for (u32 i = 0; i < 8; i++)
        s = s * 31 + m.w[i];
    out[id] = s;
}

/** Pointers that change between two buffers. */
void pointers(DEVICE u32 *out, DEVICE const u32 *a, DEVICE const u32 *b, u32 id)
{
    DEVICE const u32 *p = a[id] & 1 ? a : b;
    u32 s = 0;
    for (u32 i = 0; i < 8; i++) {
        s = s * 7 + p[(id + i) & 63];
        p = s & 4 ? a : b;
    }
    out[id] = s + (p == a);
}

static const u32 CONSTANT digits[16] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3};

/** A constant table. */
void table(DEVICE u32 *out, DEVICE const u32 *in, u32 id)
{
    u32 x = in[id], s = 0;
    for (int i = 0; i < 8; i++)
        s = s * 10 + digits[x >> (i * 4) & 15];
    out[id] = s;
}

struct link {
    struct link *next;
    u32 *place;
    u32 v;
};

/** Pointers to thread memory that are themselves in memory: a list, a table of arrays, null. */
void linked(DEVICE u32 *out, DEVICE const u32 *in, u32 id)
{
    u32 x = in[id], s = 0, a[5], b[9];
    u32 *arrays[4] = {a, b, b + 4, 0};
    struct link list[8], *head = &list[x & 7];
    for (u32 i = 0; i < 9; i++)
        b[i] = a[i % 5] = x + i * 3;
    for (u32 i = 0; i < 8; i++) {
        list[i].v = x >> i;
        list[i].place = i & 1 ? arrays[x >> i & 3] : &list[x >> (2 * i) & 7].v;
        list[i].next = (x >> i & 3) == 3 ? 0 : &list[(i + 1 + (x >> 20 & 1)) & 7];
    }
    for (u32 k = 0; head && k < 12; k++, head = head->next) {
        s = s * 31 + head->v;
        if (head->place)
            s ^= ++*head->place;
    }
    struct link copy = list[x >> 8 & 7];
    for (u32 i = 0; i < 9; i++)
        s = s * 7 + b[i] + a[i % 5];
    out[id] = s + (copy.place ? *copy.place : 77) + (copy.next == &list[0]);
}

void wide(DEVICE u64 *out, DEVICE const u64 *in, u32 id)
{
    u64 a = in[id * 2], b = in[id * 2 + 1];
    DEVICE u64 *o = out + id * 8;
    o[0] = a + b;
    o[1] = a * b;
    o[2] = b ? a / b : 1;
    o[3] = b ? a % b : 2;
    o[4] = a >> (b & 63);
    o[5] = (u64)((s64)a >> (b & 63));
    o[6] = (u64)((s64)a < (s64)b) | (u64)(a < b) << 1;
    o[7] = a << (b & 63);
}

void floats(DEVICE float *out, DEVICE const float *in, u32 id)
{
    float a = in[id * 2], b = in[id * 2 + 1];
    DEVICE float *o = out + id * 8;
    o[0] = a + b;
    o[1] = a - b;
    o[2] = a * b;
    o[3] = a < b ? 1 : 0;
    o[4] = a != a ? 5 : -a;
    o[5] = (a > b) != (a <= b) ? 1 : 2;
    o[6] = a * b + a;
    o[7] = !(a >= b) ? 3 : 4;
}
