/* SPDX-License-Identifier: MIT */
/**
 * @file Scenes of one feature each over the whole way: functions as AIR text, objects and records through the guest library, a
 * device with the Vulkan renderer in this process, pixels and memory read back by the guest.
 *
 * What the machinery itself cannot do ends the program with a message; tests count their failed expectations (tests/vmm/check.h).
 */
#ifndef TESTS_STAGES_STAGE_H
#define TESTS_STAGES_STAGE_H

#include "guest/pvg_guest.h"
#include "tests/vmm/vmm.h"

enum { STAGE_RGBA8 = 70, STAGE_R32UINT = 53, STAGE_RGBA32F = 125, STAGE_RGBA8UINT = 73 };

struct stage {
    struct vmm *vm;
    struct pvg_guest *g;
    struct pvg_guest_task *task;
    struct pvg_guest_mem *commands;
    struct pvg_guest_cmd cmd;
    uint8_t bytes[16384];
};

/** @return false when there is no Vulkan device: the test exits with 77. */
bool stage_open(struct stage *s);
/** Print the device's log if checks failed. @return the exit code. */
int stage_close(struct stage *s, unsigned failures);

/** The one function of the text, to which target and version are added. */
uint32_t stage_function(struct stage *s, const char *text);
/** A buffer of `size` bytes; `data` may be NULL. */
uint32_t stage_buffer(struct stage *s, const void *data, size_t size, struct pvg_guest_mem **mem);
/** A private texture that can be rendered to, read and written; `type` is an enum pvg_w_texture_type. */
uint32_t stage_texture(struct stage *s, uint8_t type, uint16_t format, uint32_t width, uint32_t height, uint32_t layers,
                       uint32_t samples);
/** Defaults with the two functions and one colour attachment. */
void stage_pipeline_init(struct stage *s, struct pvg_w_render_pipeline *p, uint32_t vertex, uint32_t fragment, uint16_t format);
uint32_t stage_pipeline(struct stage *s, const struct pvg_w_render_pipeline *p);
/** The usual pipeline in one call. */
uint32_t stage_plain_pipeline(struct stage *s, const char *vertex, const char *fragment, uint16_t format);

/** Start a command buffer. */
void stage_begin(struct stage *s);
/** Render segment with a pass over one texture that is cleared to zeros and stored. `layers` 0: not layered. */
void stage_pass(struct stage *s, uint32_t texture, uint32_t layers);
void stage_record(struct stage *s, uint32_t opcode, struct pvg_w_record rec);
void stage_bind(struct stage *s, uint32_t opcode, uint32_t slot, uint32_t ref);
void stage_draw(struct stage *s, uint32_t primitive, uint32_t count, uint32_t instances);
/** Blit segment: slice of the texture to the start of the buffer, tight rows. */
void stage_copy_out(struct stage *s, uint32_t texture, uint32_t slice, uint32_t width, uint32_t height, uint32_t pixel,
                    uint32_t buffer);
/** Execute and wait. */
bool stage_run(struct stage *s);

struct pvg_stats stage_stats(struct stage *s);

/** Vertex function that covers the target with one triangle: vertex ids 0 to 2. Depth 0.5. */
extern const char stage_cover_vertex[];
/** Fragment function that returns red, opaque, as float4. */
extern const char stage_red_fragment[];

#endif
