/* SPDX-License-Identifier: MIT */
/* UTF-8, CRC and base 64: bytes of device memory, tables in constant memory. */
#include "program.h"

static const CONSTANT u32 crct[16] = {0,          0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
                                      0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                      0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
static const CONSTANT char b64[65] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
KERNEL(k)
{
    DEVICE u8 *p = first + tid * 128;
    u32 s = in[tid] | 1;
    for (int i = 0; i < 64; i++) {
        u32 r = next_random(&s);
        p[i] = r & 1 ? r >> 8 & 127 : r >> 8 | 128;
    }
    p[64] = 0;
    int bad = 0, n = 0;
    u32 h = 0;
    DEVICE u8 *e = p + 64;
    while (p < e) {
        u32 c = *p++;
        int k = c < 0x80 ? 0 : c < 0xc2 ? -1 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : c < 0xf5 ? 3 : -1;
        if (k < 0) {
            bad++;
            continue;
        }
        u32 v = k ? c & (0x3f >> k) : c;
        int i;
        for (i = 0; i < k && p < e; i++) {
            if ((*p & 0xc0) != 0x80)
                break;
            v = v << 6 | (*p++ & 0x3f);
        }
        if (i < k) {
            bad++;
            continue;
        }
        n++;
        h = h * 131 + v;
    }
    u32 crc = ~0u;
    for (int i = 0; i < 64; i++) {
        crc ^= first[tid * 128 + i];
        crc = crc >> 4 ^ crct[crc & 15];
        crc = crc >> 4 ^ crct[crc & 15];
    }
    OUT[0] = bad;
    OUT[1] = n;
    OUT[2] = h;
    OUT[3] = ~crc;
    DEVICE u8 *o = second + tid * 128;
    for (int i = 0; i < 60; i += 3) {
        u32 w = 0;
        for (int j = 0; j < 3; j++)
            w = w << 8 | first[tid * 128 + i + j];
        for (int j = 3; j >= 0; j--) {
            *o++ = b64[w >> 6 * j & 63];
        }
    }
    for (int i = 0; i < 20; i++)
        OUT[4 + i] = ((DEVICE u32 *)(second + tid * 128))[i];
}
