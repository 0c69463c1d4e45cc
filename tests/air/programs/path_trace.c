/* SPDX-License-Identifier: MIT */
/* Rays between spheres: records, nested loops, a switch whose cases leave the loop. */
#include "program.h"

typedef struct {
    float x, y, z;
} v3;

typedef struct {
    v3 c;
    float r2;
    int mat;
} sph;

static v3 sub(v3 a, v3 b)
{
    return (v3){a.x - b.x, a.y - b.y, a.z - b.z};
}

static float dot(v3 a, v3 b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

static v3 mad(v3 a, v3 d, float t)
{
    return (v3){a.x + d.x * t, a.y + d.y * t, a.z + d.z * t};
}

KERNEL(k)
{
    sph s[6];
    u32 st = in[tid] | 1;
    for (int i = 0; i < 6; i++) {
        s[i].c =
            (v3){(float)(next_random(&st) % 9) - 4.f, (float)(next_random(&st) % 9) - 4.f, (float)(next_random(&st) % 9) + 3.f};
        s[i].r2 = (float)(next_random(&st) % 4) + .5f;
        s[i].mat = next_random(&st) % 3;
    }
    v3 o = {0, 0, 0}, d = {(float)(next_random(&st) % 16) / 8.f - 1.f, (float)(next_random(&st) % 16) / 8.f - 1.f, 1.f};
    float acc = 0, w = 1;
    int bo, hits = 0;
    for (bo = 0; bo < 5; bo++) {
        int best = -1;
        float bt = 1e9f;
        for (int i = 0; i < 6; i++) {
            v3 oc = sub(o, s[i].c);
            float A = dot(d, d), B = dot(oc, d), Cc = dot(oc, oc) - s[i].r2, q = B * B - A * Cc;
            if (q < 0)
                continue;
            float t = (-B - q * 0.125f) / A;
            if (t < 0.001f || t >= bt)
                continue;
            bt = t;
            best = i;
        }
        if (best < 0) {
            acc += w * (d.y * 0.5f + 0.5f);
            break;
        }
        hits |= 1 << best;
        v3 p = mad(o, d, bt);
        v3 n = sub(p, s[best].c);
        switch (s[best].mat) {
        case 0:
            acc += w * 0.25f;
            w *= 0.5f;
            d = mad(d, n, -2.f * dot(d, n) / dot(n, n));
            break;
        case 1:
            w *= 0.75f;
            d = (v3){-d.x, d.z, d.y};
            break;
        default:
            acc += w;
            goto out;
        }
        o = p;
    }
out:
    OUT[0] = *(u32 *)&acc;
    OUT[1] = bo;
    OUT[2] = hits;
    OUT[3] = *(u32 *)&w;
}
