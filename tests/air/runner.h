/* SPDX-License-Identifier: MIT */
/**
 * @file Runs translated kernels on a Vulkan device through the binding ABI of spec 06 section 15: argument table by address, push
 * block, one descriptor heap. Also creates pipelines of every stage. Just enough of a renderer to test the translator alone.
 */
#ifndef PVG_TESTS_AIR_RUNNER_H
#define PVG_TESTS_AIR_RUNNER_H

#include <openpvg/air.h>

struct runner;

/** @return NULL when there is no Vulkan device with the needed features (the reason is printed). */
struct runner *runner_open(void);
void runner_close(struct runner *r);
uint32_t runner_subgroup_size(const struct runner *r);
/** Most bytes of threadgroup memory that kernels may have. */
uint32_t runner_threadgroup_bytes(const struct runner *r);
/** pvg_air_need bits that the device has. */
uint32_t runner_available(const struct runner *r);
/** Heap index 0 holds null textures. */
bool runner_null_descriptors(const struct runner *r);
/** Device addresses for robust accesses. */
uint64_t runner_zero_address(const struct runner *r);
uint64_t runner_scratch_address(const struct runner *r);

/** A buffer argument; the bytes are copied in before and out after the run. */
struct run_buffer {
    uint16_t index;
    void *data;
    uint32_t size;
    uint32_t length; /**< Length that the table states; 0 = size. */
    uint32_t stride; /**< Of a pulled buffer. */
    bool unbound;    /**< Address 0, length 0. */
};

/** A texture argument with texels of four 32-bit components. */
struct run_texture {
    uint16_t index;
    uint32_t width, height;
    void *texels;   /**< Copied in before and out after the run. */
    uint32_t depth; /**< 0: two-dimensional. */
    enum pvg_air_class cls;
};

/** A sampler argument, also used for constexpr samplers. */
struct run_sampler {
    uint16_t index;
    bool linear, pixel_coordinates;
};

struct run {
    /** Not NULL: one piece of memory that all buffers' data lies in, as it does on the device. Copied in and out as a whole. */
    void *arena;
    size_t arena_size;
    struct run_buffer *buffers;
    size_t buffer_count;
    struct run_texture *textures;
    size_t texture_count;
    const struct run_sampler *samplers;
    size_t sampler_count;
    uint32_t groups[3], threads[3]; /**< Threadgroups, threads per threadgroup. */
    uint32_t grid[3];               /**< Threads per grid; zeros = groups * threads. */
    uint32_t threadgroup_bytes[31];
    /* What code may reach through memory, in parallel to the arrays above; NULL: nothing. */
    const uint64_t *guest;        /**< Guest addresses of the buffers; 0 = none. */
    const uint32_t *texture_refs; /**< Numbers of the textures; 0 = none. */
    const uint32_t *sampler_refs;
    /** Not NULL: table words of textures and samplers from elsewhere (fixture.h). */
    uint32_t (*texture_word)(const struct pvg_air_texture *t);
    uint32_t (*sampler_word)(const struct pvg_air_sampler *s);
};

/** @return false when the pipeline could not be made. */
bool runner_kernel(struct runner *r, const struct pvg_air_shader *shader, const struct run *run);

/** Create and destroy a pipeline with the shader. @return false when the driver refused it. */
bool runner_pipeline(struct runner *r, const struct pvg_air_shader *shader);

#endif
