/* SPDX-License-Identifier: MIT */
#include "scene_data.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979f

void pvg_scene_torus(struct pvg_scene_vertex *v, uint16_t *indices)
{
    const float major = 1.0f, minor = 0.42f;
    for (uint32_t i = 0; i <= PVG_TORUS_RINGS; i++) {
        float a = 2 * PI * (float)(i % PVG_TORUS_RINGS) / PVG_TORUS_RINGS;
        for (uint32_t k = 0; k <= PVG_TORUS_SIDES; k++, v++) {
            float b = 2 * PI * (float)(k % PVG_TORUS_SIDES) / PVG_TORUS_SIDES, r = major + minor * cosf(b);
            *v = (struct pvg_scene_vertex){
                .position = {r * cosf(a), minor * sinf(b), r * sinf(a)},
                .normal = {cosf(b) * cosf(a), sinf(b), cosf(b) * sinf(a)},
                .uv = {4.0f * (float)i / PVG_TORUS_RINGS, 2.0f * (float)k / PVG_TORUS_SIDES},
            };
        }
    }
    for (uint32_t i = 0; i < PVG_TORUS_RINGS; i++) {
        for (uint32_t k = 0; k < PVG_TORUS_SIDES; k++, indices += 6) {
            uint16_t p = (uint16_t)(i * (PVG_TORUS_SIDES + 1) + k), q = (uint16_t)(p + PVG_TORUS_SIDES + 1);
            const uint16_t quad[6] = {p, (uint16_t)(p + 1), q, q, (uint16_t)(p + 1), (uint16_t)(q + 1)};
            memcpy(indices, quad, sizeof(quad));
        }
    }
}

static void pixel(uint8_t *p, uint8_t b, uint8_t g, uint8_t r, uint8_t a)
{
    p[0] = b;
    p[1] = g;
    p[2] = r;
    p[3] = a;
}

void pvg_scene_checker(uint8_t *pixels, size_t stride)
{
    for (uint32_t y = 0; y < PVG_CHECKER_SIZE; y++) {
        for (uint32_t x = 0; x < PVG_CHECKER_SIZE; x++) {
            uint8_t *p = pixels + y * stride + 4 * x;
            if ((x / 32 + y / 32) % 2)
                pixel(p, (uint8_t)(200 + x / 4), (uint8_t)(220 + y / 8), 245, 255);
            else
                pixel(p, 40, (uint8_t)(110 + y / 4), (uint8_t)(200 + x / 4), 255);
        }
    }
}

/* 5 x 7 dots per letter, a row per byte, bit 4 leftmost. */
static const struct {
    char letter;
    uint8_t rows[7];
} font[] = {
    {'O', {0x0e, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e}}, {'P', {0x1e, 0x11, 0x11, 0x1e, 0x10, 0x10, 0x10}},
    {'E', {0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x1f}}, {'N', {0x11, 0x19, 0x15, 0x13, 0x11, 0x11, 0x11}},
    {'V', {0x11, 0x11, 0x11, 0x11, 0x11, 0x0a, 0x04}}, {'G', {0x0e, 0x11, 0x10, 0x17, 0x11, 0x11, 0x0e}},
};

static const uint8_t *glyph(char letter)
{
    for (size_t i = 0; i < sizeof(font) / sizeof(font[0]); i++) {
        if (font[i].letter == letter)
            return font[i].rows;
    }
    return font[0].rows;
}

void pvg_scene_atlas(uint8_t *pixels, size_t stride)
{
    static const char text[] = "OPENPVG";
    for (uint32_t y = 0; y < PVG_ATLAS_HEIGHT; y++) {
        for (uint32_t x = 0; x < PVG_ATLAS_WIDTH; x++) {
            uint32_t letter = x / 18, dx = (x % 18) / 3, dy = y / 2;
            int on = letter < 7 && dx < 5 && dy < 7 && (glyph(text[letter])[dy] >> (4 - dx) & 1);
            on |= y == PVG_ATLAS_HEIGHT - 1;
            pixel(pixels + y * stride + 4 * x, 255, 255, 255, on ? 255 : 0);
        }
    }
}

void pvg_scene_instances(struct pvg_scene_instance *out, uint32_t frame)
{
    float t = (float)frame / 60.0f;
    out[0] = (struct pvg_scene_instance){.place = {0, 0, 0, 1}, .color = {1, 1, 1, 1}};
    for (uint32_t i = 1; i <= PVG_SATELLITES; i++) {
        float a = 2 * PI * (float)i / PVG_SATELLITES + t * 0.7f, hue = 2 * PI * (float)i / PVG_SATELLITES;
        out[i] = (struct pvg_scene_instance){
            .place = {2.3f * cosf(a), 0.5f * sinf(2 * a + t), 2.3f * sinf(a), 0.22f},
            .color = {0.6f + 0.4f * cosf(hue), 0.6f + 0.4f * cosf(hue - 2.1f), 0.6f + 0.4f * cosf(hue + 2.1f), 1},
        };
    }
}

/* out = a * b, columns first. */
static void multiply(float out[16], const float a[16], const float b[16])
{
    for (int c = 0; c < 4; c++) {
        for (int r = 0; r < 4; r++) {
            float sum = 0;
            for (int k = 0; k < 4; k++)
                sum += a[4 * k + r] * b[4 * c + k];
            out[4 * c + r] = sum;
        }
    }
}

void pvg_scene_uniforms_at(struct pvg_scene_uniforms *out, uint32_t frame, float aspect)
{
    float t = (float)frame / 60.0f, f = 1.0f / tanf(0.45f), near = 0.1f, far = 20.0f;
    /* Camera: pulled back, tilted down; clip space has depth 0..1 as Metal wants it. */
    const float tilt = 0.45f, back = 5.2f;
    const float projection[16] = {f / aspect, 0, 0, 0, 0, f, 0, 0, 0, 0, far / (near - far), -1, 0, 0, far * near / (near - far),
                                  0};
    const float view[16] = {1, 0, 0, 0, 0, cosf(tilt), sinf(tilt), 0, 0, -sinf(tilt), cosf(tilt), 0, 0, 0, -back, 1};
    const float ry[16] = {cosf(t), 0, -sinf(t), 0, 0, 1, 0, 0, sinf(t), 0, cosf(t), 0, 0, 0, 0, 1};
    const float u = t * 0.6f + 0.5f;
    const float rx[16] = {1, 0, 0, 0, 0, cosf(u), sinf(u), 0, 0, -sinf(u), cosf(u), 0, 0, 0, 0, 1};
    multiply(out->view_projection, projection, view);
    multiply(out->model, ry, rx);
    const float light[4] = {0.45f, 0.70f, 0.5545f, 0};
    memcpy(out->light, light, sizeof(light));
}

void pvg_overlay_quad(struct pvg_overlay_vertex v[4], float x0, float y0, float x1, float y1, const float uv[4],
                      const float color[4])
{
    const float xs[4] = {x0, x1, x0, x1}, ys[4] = {y0, y0, y1, y1};
    for (int i = 0; i < 4; i++) {
        v[i] = (struct pvg_overlay_vertex){.position = {xs[i], ys[i]}, .uv = {uv[i % 2 ? 2 : 0], uv[i < 2 ? 1 : 3]}};
        memcpy(v[i].color, color, sizeof(v[i].color));
    }
}
