/* SPDX-License-Identifier: MIT */
/**
 * @file AIR on the CPU: entry points compiled by LLVM's own code generator, with the functions of spec 07 chapter 5 in C. Shares
 * nothing with the translator, so that its results can be compared with those of translated shaders.
 *
 * Threads of a threadgroup and pixels of a quad are fibers that meet in barriers, simdgroup operations and derivatives. One
 * machine runs on one host thread at a time.
 */
#ifndef PVG_TESTS_AIR_CPU_H
#define PVG_TESTS_AIR_CPU_H

#include "tests/air/jit.h"

/* ---- Values --------------------------------------------------------------------------------------------------------------- */

double cpu_half_to_double(uint16_t bits);
/** Round to nearest even; overflow gives infinity. */
uint16_t cpu_double_to_half(double v);
uint16_t cpu_float_to_bfloat(float v);
float cpu_bfloat_to_float(uint16_t bits);

/** A lane as a number: integers are signed. */
double cpu_get(const void *at, const struct jit_type *t, unsigned lane);
/** Round to the lane's type (to nearest even); integers must fit. */
void cpu_put(void *at, const struct jit_type *t, unsigned lane, double v);
/** Zero-extended bits of a lane. */
uint64_t cpu_get_bits(const void *at, const struct jit_type *t, unsigned lane);
int64_t cpu_get_signed(const void *at, const struct jit_type *t, unsigned lane);
void cpu_put_bits(void *at, const struct jit_type *t, unsigned lane, uint64_t v);

/* ---- Textures and samplers ------------------------------------------------------------------------------------------------ */

enum cpu_dim { CPU_1D, CPU_2D, CPU_3D, CPU_CUBE };

/** Texels are four floats (or four 32-bit integers) each; all levels of all layers (cubes: 6 per layer), densely. */
struct cpu_texture {
    enum cpu_dim dim;
    bool integer;
    uint32_t width, height, depth, layers, levels;
    uint32_t *texels;
    uint64_t writes; /**< Texels written so far. */
};

uint32_t cpu_texture_extent(uint32_t size, uint32_t level);
size_t cpu_texture_bytes(const struct cpu_texture *t);
/** First texel of a level of a layer (of a face). */
uint32_t *cpu_texture_level(const struct cpu_texture *t, uint32_t level, uint32_t layer);

/** Enumerations are Metal's ordinals, as in the state words of spec 07 section 3.11. */
struct cpu_sampler {
    uint8_t address[3];
    uint8_t mag, min, mip;
    bool pixel;
    uint8_t compare; /**< In the coding of the state word. */
    float lod_min, lod_max, lod_bias;
    uint8_t border;
    uint8_t reduction;
};

/** State words of a constexpr sampler. */
void cpu_sampler_decode(uint64_t word0, uint64_t word1, struct cpu_sampler *s);

/* ---- Machine -------------------------------------------------------------------------------------------------------------- */

struct cpu;

/** What an argument of an entry point is, from its metadata. */
enum cpu_arg_kind {
    CPU_ARG_BUFFER,
    CPU_ARG_THREADGROUP,
    CPU_ARG_TEXTURE,
    CPU_ARG_SAMPLER,
    CPU_ARG_BUILTIN,
    CPU_ARG_ATTRIBUTE,
    CPU_ARG_VARYING,
    CPU_ARG_COLOR,
    CPU_ARG_UNSUPPORTED,
};

/** A member of a buffer's structure. */
struct cpu_member {
    uint32_t offset, size, count; /**< count 0: not an array. */
    char type[48], name[96];      /**< Members of nested structures: outer.inner. */
};

enum { CPU_MAX_ARGS = 48, CPU_MAX_MEMBERS = 48, CPU_MAX_OUTPUTS = 32 };

struct cpu_arg {
    enum cpu_arg_kind kind;
    char what[80];    /**< Kind in the metadata, without "air."; the link key of varyings. */
    char type[128];   /**< MSL type name. */
    char name[64];    /**< MSL argument name. */
    uint32_t index;   /**< Metal index, attribute or render target. */
    uint32_t array;   /**< Consecutive slots. */
    uint32_t object;  /**< Bytes of the object behind a reference, 0 = unbounded. */
    uint32_t pointee; /**< Bytes of one element, 0 = not stated. */
    bool read, write, flat, no_perspective, gated, unused, constant_space, indirect;
    struct jit_type value; /**< Type of the parameter. */
    struct cpu_member members[CPU_MAX_MEMBERS];
    uint32_t member_count;
};

struct cpu_output {
    char what[96]; /**< "position", "render_target", "depth", ...; the link key of varyings. */
    bool varying;
    uint32_t index;  /**< Render target. */
    uint32_t offset; /**< In the returned value. */
    struct jit_type value;
};

struct cpu_entry {
    char stage[12]; /**< "kernel", "vertex", "fragment", ... */
    struct cpu_arg args[CPU_MAX_ARGS];
    uint32_t arg_count;
    struct cpu_output outputs[CPU_MAX_OUTPUTS];
    uint32_t output_count;
    uint32_t result_size;
    uint32_t max_threads;
    bool converges; /**< Calls barriers or operations across threads. */
    bool simd;      /**< Calls operations of simdgroups. */
    struct {
        char name[64], type[16];
        uint32_t index;
    } constants[32];
    uint32_t constant_count;
};

/**
 * Compile an entry point. @return NULL with a reason in `err` when it calls something this machine does not have.
 */
struct cpu *cpu_open(const void *bitcode, size_t size, const char *entry, const struct pvg_air_constant_value *constants,
                     size_t count, struct pvg_error *err);
void cpu_close(struct cpu *cpu);
const struct cpu_entry *cpu_entry(const struct cpu *cpu);

/** Resources by Metal index. Missing ones are null. */
struct cpu_bindings {
    void *buffers[31];
    struct cpu_texture *textures[128];
    const struct cpu_sampler *samplers[16];
    uint32_t threadgroup_bytes[31];
};

/**
 * How results may vary: `wobble` scales results of floating-point functions, varyings and sampling positions by 1 ± wobble;
 * `reversed` runs threads in the opposite order. Zeros: as exact as possible.
 */
struct cpu_variation {
    double wobble;
    bool reversed;
    uint32_t seed;
    uint8_t fill; /**< Of fresh thread and threadgroup memory. */
};

struct cpu_grid {
    uint32_t groups[3], threads[3];
    uint32_t simd_width;
};

enum cpu_outcome { CPU_DONE, CPU_FAULT, CPU_STUCK, CPU_LONG };

/** Run a kernel. Faults of guest code end the run. */
enum cpu_outcome cpu_dispatch(struct cpu *cpu, const struct cpu_bindings *b, const struct cpu_grid *grid,
                              const struct cpu_variation *v, struct pvg_error *err);

/** Values of a vertex or pixel beyond resources. */
struct cpu_invocation {
    uint32_t vertex_id, instance_id;
    double position[4]; /**< Fragment position. */
    bool front_facing;
    const double (*attributes)[4]; /**< By location. */
    const double (*varyings)[4];   /**< By argument. */
    const float (*colors)[4];      /**< Current colours, by render target. */
    void *result;                  /**< cpu_entry.result_size bytes. */
    bool discarded;                /**< Out. */
};

/** Run `count` (1 or 4) invocations in lock-step. */
enum cpu_outcome cpu_invoke(struct cpu *cpu, const struct cpu_bindings *b, struct cpu_invocation *list, unsigned count,
                            const struct cpu_variation *v, struct pvg_error *err);

#endif
