/* SPDX-License-Identifier: MIT */
/** @file Geometry, textures and matrices of the demo scene: plain data, made on the CPU. */
#ifndef PVG_GUEST_SCENE_DATA_H
#define PVG_GUEST_SCENE_DATA_H

#include <stddef.h>
#include <stdint.h>

/** Vertex of the model: 32 bytes. */
struct pvg_scene_vertex {
    float position[3], normal[3], uv[2];
};

/** Vertex of the overlay: 32 bytes. */
struct pvg_overlay_vertex {
    float position[2], uv[2], color[4];
};

/** Instance of the model: 32 bytes. */
struct pvg_scene_instance {
    float place[4]; /**< Offset, scale. */
    float color[4];
};

/** As the shaders see it: 144 bytes, columns first. */
struct pvg_scene_uniforms {
    float view_projection[16];
    float model[16];
    float light[4];
};

#define PVG_TORUS_RINGS    48u
#define PVG_TORUS_SIDES    24u
#define PVG_TORUS_VERTICES ((PVG_TORUS_RINGS + 1) * (PVG_TORUS_SIDES + 1))
#define PVG_TORUS_INDICES  (PVG_TORUS_RINGS * PVG_TORUS_SIDES * 6)

#define PVG_CHECKER_SIZE 128u
#define PVG_ATLAS_WIDTH  128u
#define PVG_ATLAS_HEIGHT 16u

#define PVG_SATELLITES 8u

void pvg_scene_torus(struct pvg_scene_vertex *vertices, uint16_t *indices);
/** BGRA8, PVG_CHECKER_SIZE squared. */
void pvg_scene_checker(uint8_t *pixels, size_t stride);
/** BGRA8: the name of the project in white on transparent; the last texel row is opaque white. */
void pvg_scene_atlas(uint8_t *pixels, size_t stride);
/** Instance 0 is the model, the others circle around it. */
void pvg_scene_instances(struct pvg_scene_instance *out, uint32_t frame);
void pvg_scene_uniforms_at(struct pvg_scene_uniforms *out, uint32_t frame, float aspect);
/** A rectangle as 4 vertices (triangle strip). */
void pvg_overlay_quad(struct pvg_overlay_vertex v[4], float x0, float y0, float x1, float y1, const float uv[4],
                      const float color[4]);

#endif
