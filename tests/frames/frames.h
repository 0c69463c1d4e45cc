/* SPDX-License-Identifier: MIT */
/**
 * @file Random frames: valid command streams of random passes, targets, states, draws, copies and dispatches, and the ways to hand
 * the same frame to a device. What a frame leaves in memory depends on its seed alone, never on the way.
 */
#ifndef TESTS_FRAMES_H
#define TESTS_FRAMES_H

#include "tests/kit/kit.h"

/** Splitting and spelling of a frame; every combination draws the same. */
struct frames_way {
    const char *name;
    bool cut;     /**< A command buffer per step instead of one. */
    bool packets; /**< A packet per step. */
    bool split;   /**< Passes end in their middle and go on with a loading one. */
    bool lazy;    /**< Only state that differs from the last draw's is stated. */
    bool noise;   /**< Fences, barriers, residency and state without effect in between. */
};

#define FRAMES_IMAGES  12u
#define FRAMES_BUFFERS 4u

/** Objects of one guest that frames work on. */
struct frames {
    struct kit *k;
    uint32_t images[FRAMES_IMAGES], buffers[FRAMES_BUFFERS];
    uint32_t depth, multisampled;
    uint32_t vertices, indices, uniforms, pattern, arguments, fence;
    uint32_t samplers[5], depth_states[4], kernels[2];
    uint32_t vertex_functions[2], fragment_functions[4];
    uint32_t pipelines[2048]; /**< By the bits of frames_draw.pipeline; 0: not made yet. */
};

/** Make the objects in a guest. */
struct frames *frames_new(struct kit *k);
void frames_free(struct frames *f);

/** Draw the frame of a seed. @return false when a record was refused. */
bool frames_draw(struct frames *f, uint64_t seed, const struct frames_way *way);

/** Hash of everything the frame left in guest memory: hashes[0..FRAMES_IMAGES) of images, then of buffers. */
void frames_hash(struct frames *f, uint64_t hashes[FRAMES_IMAGES + FRAMES_BUFFERS]);

#endif
