/* SPDX-License-Identifier: MIT */
/**
 * @file Draws the scenes and leaves one PAM image each: test-gallery FOLDER [NAME...]. With --list, names and titles only.
 * scripts/gallery.py turns them into PNG files, a page, and compares them with the checked-in ones.
 */
#include "tests/gallery/gallery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t gallery_quad(struct kit *k, float x0, float y0, float x1, float y1, float z, float r, float g, float b, float a)
{
    const float color[4] = {r, g, b, a};
    struct kit_vertex v[4];

    kit_quad(v, x0, y0, x1, y1, z, color);
    return kit_buffer(k, v, sizeof(v));
}

uint32_t gallery_triangle(struct kit *k, float scale, float z)
{
    const struct kit_vertex v[3] = {
        {.position = {-scale, -scale, z, 1}, .color = {1, 0, 0, 1}, .uv = {0, 1}},
        {.position = {scale, -scale, z, 1}, .color = {0, 1, 0, 1}, .uv = {1, 1}},
        {.position = {0, scale, z, 1}, .color = {0, 0, 1, 1}, .uv = {0.5f, 0}},
    };

    return kit_buffer(k, v, sizeof(v));
}

void gallery_begin(struct kit *k, uint32_t target, uint32_t pipeline, uint32_t vertices)
{
    const double clear[4] = {0.05, 0.06, 0.15, 1};

    kit_begin(k);
    kit_pass(k, target, GALLERY_SIZE, GALLERY_SIZE, clear);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, pipeline);
    kit_bind1(k, KIT_VERTEX_BUFFERS, 0, vertices, 0);
}

void gallery_draw_quad(struct kit *k, uint32_t vertices)
{
    kit_bind1(k, KIT_VERTEX_BUFFERS, 0, vertices, 0);
    kit_draw(k, KIT_TRIANGLE_STRIP, 0, 4);
}

uint32_t gallery_checker(struct kit *k, uint32_t levels)
{
    struct pvg_w_texture_desc d = pvg_guest_desc_2d(KIT_RGBA8, 64, 64, PVG_W_USAGE_READ | PVG_W_USAGE_VIEW);
    uint8_t row[64][4];

    d.levels = (uint16_t)levels;
    uint32_t ref = kit_texture(k, &d, 4);
    for (uint32_t y = 0; y < 64; y++) {
        for (uint32_t x = 0; x < 64; x++) {
            bool on = ((x ^ y) >> 3) & 1;
            const uint8_t texel[4] = {(uint8_t)(on ? 255 : x * 2), (uint8_t)(on ? 240 - y * 2 : 60), (uint8_t)(on ? 90 : y * 4),
                                      255};
            memcpy(row[x], texel, 4);
        }
        kit_write(k, ref, (uint64_t)y * kit_pitch(&d, 4, 0), row, sizeof(row));
    }
    return ref;
}

uint32_t gallery_textured(struct kit *k)
{
    return kit_simple_pipeline(k, kit_fs_texture, "fs_texture", KIT_RGBA8);
}

static bool save(const char *folder, const char *name, const uint8_t *pixels)
{
    char path[4096];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s.pam", folder, name);
    f = fopen(path, "wb");
    if (!f) {
        perror(path);
        return false;
    }
    fprintf(f, "P7\nWIDTH %u\nHEIGHT %u\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n", GALLERY_SIZE, GALLERY_SIZE);
    fwrite(pixels, 4, (size_t)GALLERY_SIZE * GALLERY_SIZE, f);
    return fclose(f) == 0;
}

/** Every scene has a machine of its own, so that none depends on what another one left. */
static bool draw(const struct gallery_scene *s, const char *folder)
{
    const struct vmm_config config = {.renderer = PVG_RENDERER_VULKAN, .ram_size = 32u << 20};
    struct pvg_error err = {0};
    struct kit *k = kit_new(&config, &err);

    if (!k) {
        fprintf(stderr, "skipped: %s\n", err.message);
        exit(77);
    }
    uint32_t target = kit_texture_2d(k, KIT_RGBA8, GALLERY_SIZE, GALLERY_SIZE,
                                     PVG_W_USAGE_READ | PVG_W_USAGE_WRITE | PVG_W_USAGE_RENDER_TARGET, NULL);
    bool ok = s->draw(k, target);
    uint8_t *pixels = kit_pixels(k, target, KIT_RGBA8, GALLERY_SIZE, GALLERY_SIZE);
    ok = save(folder, s->name, pixels) && ok;
    free(pixels);
    kit_free(k);
    printf("%s\t%s\t%s\n", s->name, ok ? "ok" : "FAILED", s->title);
    fflush(stdout);
    return ok;
}

static bool selected(const char *name, int argc, char **argv)
{
    for (int i = 2; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return true;
    return argc <= 2;
}

int main(int argc, char **argv)
{
    const struct gallery_scene *const parts[] = {gallery_draws, gallery_states, gallery_textures, gallery_compute};
    unsigned bad = 0, drawn = 0;

    if (argc < 2) {
        fprintf(stderr, "usage: test-gallery FOLDER [NAME...] | --list\n");
        return 2;
    }
    for (size_t p = 0; p < sizeof(parts) / sizeof(parts[0]); p++) {
        for (const struct gallery_scene *s = parts[p]; s->name; s++) {
            if (strcmp(argv[1], "--list") == 0) {
                printf("%s\t%s\n", s->name, s->title);
                continue;
            }
            if (!selected(s->name, argc, argv))
                continue;
            drawn++;
            bad += !draw(s, argv[1]);
        }
    }
    if (strcmp(argv[1], "--list") != 0 && !drawn) {
        fprintf(stderr, "no such scene; test-gallery --list shows all\n");
        return 2;
    }
    return bad != 0;
}
