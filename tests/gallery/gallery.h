/* SPDX-License-Identifier: MIT */
/** @file Named feature scenes, each drawn through the whole wire path into one image. */
#ifndef TESTS_GALLERY_H
#define TESTS_GALLERY_H

#include "tests/kit/kit.h"

#define GALLERY_SIZE 128u

/** A scene draws into `target`, an RGBA8 texture of GALLERY_SIZE squared. @return false when a record was refused. */
struct gallery_scene {
    const char *name;  /**< File name without extension. */
    const char *title; /**< What is to be seen. */
    bool (*draw)(struct kit *k, uint32_t target);
};

extern const struct gallery_scene gallery_draws[], gallery_states[], gallery_textures[], gallery_compute[];

/* ---- What scenes share ---- */

/** Four vertices of a strip in a new buffer. */
uint32_t gallery_quad(struct kit *k, float x0, float y0, float x1, float y1, float z, float r, float g, float b, float a);
/** Three vertices: red, green and blue corners. */
uint32_t gallery_triangle(struct kit *k, float scale, float z);
/** Command buffer with a pass on the target, cleared to a dark blue; pipeline and vertex buffer bound. */
void gallery_begin(struct kit *k, uint32_t target, uint32_t pipeline, uint32_t vertices);
/** Bind vertex buffer 0 and draw it as a strip of four. */
void gallery_draw_quad(struct kit *k, uint32_t vertices);
/** 64 x 64 checkers with a gradient, RGBA8, with the given levels (only level 0 is filled). */
uint32_t gallery_checker(struct kit *k, uint32_t levels);
/** Pipeline of kit_vs_color and kit_fs_texture for the target. */
uint32_t gallery_textured(struct kit *k);

#endif
