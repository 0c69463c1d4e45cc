// SPDX-License-Identifier: MIT
// Guest bytes of a texture to the bytes of its host format and back (spec 08 sections B.2 and B.6). Both sides are tight arrays of
// words; one invocation moves the smallest run of texels that fills whole words on both sides. `mode` is enum pvg_vkcodec.
#version 460
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require

layout(local_size_x = 64) in;

layout(buffer_reference, std430, buffer_reference_align = 4) buffer Words
{
    uint at[];
};

layout(push_constant) uniform Push
{
    Words guest;
    Words host;
    Words stencil; // Second plane of the host's side.
    uint mode;
    uint to_host;
    uint items;
    uint row; // Invocations of a row of workgroups.
};

const uint ROTATE16 = 1, XR32 = 2, XR32_SRGB = 3, XR64 = 4, XR64_SRGB = 5, GBGR = 6, BGRG = 7, WIDEN8 = 8, WIDEN16 = 9, DEPTH24 = 10,
           CELL_D24 = 11, CELL_D24_FLOAT = 12, CELL_D32 = 13, SWAP4 = 14;

const float TINY = 1.0 / 16777216.0, HUGE = 16777216.0;

float linear_of(float v)
{
    float a = abs(v);
    return sign(v) * (a <= 0.04045 ? a / 12.92 : pow((a + 0.055) / 1.055, 2.4));
}

float curve_of(float v)
{
    float a = abs(v);
    return sign(v) * (a <= 0.0031308 ? a * 12.92 : 1.055 * pow(a, 1.0 / 2.4) - 0.055);
}

float range_of(uint x)
{
    return (float(x & 0x3ff) - 384.0) / 510.0;
}

uint code_of(float v)
{
    return isnan(v) ? 384 : uint(clamp(v * 510.0 + 384.5, 0.0, 1023.0));
}

void xr32(uint i, bool srgb)
{
    if (to_host != 0) {
        uint w = guest.at[i];
        vec3 c = vec3(range_of(w >> 20), range_of(w >> 10), range_of(w));
        if (srgb)
            c = vec3(linear_of(c.r), linear_of(c.g), linear_of(c.b));
        host.at[2 * i] = packHalf2x16(c.rg);
        host.at[2 * i + 1] = packHalf2x16(vec2(c.b, 1));
    } else {
        vec3 c = vec3(unpackHalf2x16(host.at[2 * i]), unpackHalf2x16(host.at[2 * i + 1]).x);
        if (srgb)
            c = vec3(curve_of(c.r), curve_of(c.g), curve_of(c.b));
        guest.at[i] = code_of(c.b) | code_of(c.g) << 10 | code_of(c.r) << 20;
    }
}

void xr64(uint i, bool srgb)
{
    if (to_host != 0) {
        uint bg = guest.at[2 * i], ra = guest.at[2 * i + 1];
        vec3 c = vec3(range_of(ra >> 6), range_of(bg >> 22), range_of(bg >> 6));
        if (srgb)
            c = vec3(linear_of(c.r), linear_of(c.g), linear_of(c.b));
        host.at[2 * i] = packHalf2x16(c.rg);
        host.at[2 * i + 1] = packHalf2x16(vec2(c.b, range_of(ra >> 22)));
    } else {
        vec2 rg = unpackHalf2x16(host.at[2 * i]), ba = unpackHalf2x16(host.at[2 * i + 1]);
        vec3 c = vec3(rg, ba.x);
        if (srgb)
            c = vec3(curve_of(c.r), curve_of(c.g), curve_of(c.b));
        guest.at[2 * i] = code_of(c.b) << 6 | code_of(c.g) << 22;
        guest.at[2 * i + 1] = code_of(c.r) << 6 | code_of(ba.y) << 22;
    }
}

// Two texels; bytes of the guest's block from the lowest: GBGR Y0 Cb Y1 Cr, BGRG Cb Y0 Cr Y1. The host has (Cr, Y, Cb, 1).
void subsampled(uint i, bool luma_first)
{
    uint y0 = luma_first ? 0 : 8, cb = luma_first ? 8 : 0;
    if (to_host != 0) {
        uint w = guest.at[i];
        uint chroma = w >> (cb + 16) & 0xff | (w >> cb & 0xff) << 16 | 0xff000000;
        host.at[2 * i] = chroma | (w >> y0 & 0xff) << 8;
        host.at[2 * i + 1] = chroma | (w >> (y0 + 16) & 0xff) << 8;
    } else {
        uint a = host.at[2 * i], b = host.at[2 * i + 1];
        guest.at[i] = (a >> 8 & 0xff) << y0 | (b >> 8 & 0xff) << (y0 + 16) | (a >> 16 & 0xff) << cb | (a & 0xff) << (cb + 16);
    }
}

// Texels of `bits` each, several in a guest word, one in a host word.
void widen(uint i, uint bits)
{
    uint n = 32 / bits, mask = (1u << bits) - 1;
    if (to_host != 0) {
        for (uint k = 0; k < n; k++)
            host.at[n * i + k] = guest.at[i] >> (bits * k) & mask | 0xff000000;
    } else {
        uint w = 0;
        for (uint k = 0; k < n; k++)
            w |= (host.at[n * i + k] & mask) << (bits * k);
        guest.at[i] = w;
    }
}

// v / (2^24 - 1), by additions alone: divisions of GPUs are not exact enough to come back.
float depth_of(uint v)
{
    precise float r = float(v & 0xffffff) * TINY;
    precise float sum = r + r * TINY;
    return sum;
}

uint depth24_of(float v)
{
    precise float c = clamp(v, 0.0, 1.0);
    precise float s = c * HUGE - c;
    uint whole = uint(s);
    return min(whole + (s - float(whole) >= 0.5 ? 1 : 0), 0xffffff);
}

// Four cells: four words of the host's depth plane, one word of its stencil plane.
void cells(uint i)
{
    uint stride = mode == CELL_D32 ? 2 : 1, s = 0;
    for (uint k = 0; k < 4; k++) {
        uint cell = (4 * i + k) * stride, texel = 4 * i + k;
        if (to_host != 0) {
            uint w = guest.at[cell];
            s |= (mode == CELL_D32 ? guest.at[cell + 1] & 0xff : w & 0xff) << (8 * k);
            host.at[texel] = mode == CELL_D32 ? w : mode == CELL_D24 ? w >> 8 : floatBitsToUint(depth_of(w >> 8));
        } else {
            uint d = host.at[texel], value = stencil.at[i] >> (8 * k) & 0xff;
            if (mode == CELL_D32) {
                guest.at[cell] = d;
                guest.at[cell + 1] = value;
            } else {
                guest.at[cell] = (mode == CELL_D24 ? d & 0xffffff : depth24_of(uintBitsToFloat(d))) << 8 | value;
            }
        }
    }
    if (to_host != 0)
        stencil.at[i] = s;
}

void main()
{
    uint i = gl_GlobalInvocationID.y * row + gl_GlobalInvocationID.x;
    if (i >= items)
        return;
    switch (mode) {
    case ROTATE16:
        if (to_host != 0)
            host.at[i] = guest.at[i] >> 1 & 0x7fff7fff | (guest.at[i] & 0x00010001) << 15;
        else
            guest.at[i] = (host.at[i] & 0x7fff7fff) << 1 | host.at[i] >> 15 & 0x00010001;
        break;
    case SWAP4: {
        uint w = to_host != 0 ? guest.at[i] : host.at[i];
        w = w & 0x0f0f0f0f | w >> 8 & 0x00f000f0 | (w & 0x00f000f0) << 8;
        if (to_host != 0)
            host.at[i] = w;
        else
            guest.at[i] = w;
        break;
    }
    case XR32:
    case XR32_SRGB:
        xr32(i, mode == XR32_SRGB);
        break;
    case XR64:
    case XR64_SRGB:
        xr64(i, mode == XR64_SRGB);
        break;
    case GBGR:
    case BGRG:
        subsampled(i, mode == GBGR);
        break;
    case WIDEN8:
        widen(i, 8);
        break;
    case WIDEN16:
        widen(i, 16);
        break;
    case DEPTH24:
        if (to_host != 0)
            host.at[i] = floatBitsToUint(depth_of(guest.at[i]));
        else
            guest.at[i] = depth24_of(uintBitsToFloat(host.at[i]));
        break;
    default:
        cells(i);
    }
}
