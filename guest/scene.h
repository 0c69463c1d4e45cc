/* SPDX-License-Identifier: MIT */
/**
 * @file The demo scene, drawn through the guest library: a lit, textured, rotating torus with satellites (instanced) and depth,
 * over a layer that a compute kernel animates, under a blended 2D overlay. Every frame depends on its number alone.
 */
#ifndef PVG_GUEST_SCENE_H
#define PVG_GUEST_SCENE_H

#include "guest/pvg_guest.h"

struct pvg_scene;

/** Draw calls of one frame. */
#define PVG_SCENE_DRAWS 6u

/** Task, buffers, textures, pipelines and swap surfaces of width x height pixels. @return NULL: pvg_guest_error() says why. */
struct pvg_scene *pvg_scene_create(struct pvg_guest *g, uint32_t width, uint32_t height);
/**
 * Submit frame number `frame`. `*surface` receives what it draws into (to be presented after `*done`). Waits until the frame that
 * used the same buffers before is done; the caller passes the stamp of its last present so that the surface is free again.
 */
bool pvg_scene_frame(struct pvg_scene *s, uint32_t frame, struct pvg_guest_surface **surface, struct pvg_guest_stamp *done);
/** The present of the surface that pvg_scene_frame() returned last. */
void pvg_scene_presented(struct pvg_scene *s, struct pvg_guest_stamp present);
/** The task of the scene and the texture over the surface that was returned last, for synchronisation. */
struct pvg_guest_task *pvg_scene_task(struct pvg_scene *s);
uint32_t pvg_scene_target(const struct pvg_scene *s);
void pvg_scene_destroy(struct pvg_scene *s);

/** Metal libraries of the scene, generated at build time from guest/shaders. */
struct pvg_scene_shader {
    const unsigned char *data;
    uint32_t size;
};
extern const struct pvg_scene_shader pvg_shader_scene_vertex, pvg_shader_scene_fragment, pvg_shader_overlay_vertex,
    pvg_shader_overlay_fragment, pvg_shader_layer_kernel;

#endif
