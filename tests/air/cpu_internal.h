/* SPDX-License-Identifier: MIT */
/** @file What the parts of the CPU machine share. */
#ifndef PVG_TESTS_AIR_CPU_INTERNAL_H
#define PVG_TESTS_AIR_CPU_INTERNAL_H

#include "tests/air/cpu.h"

#include <llvm-c/Core.h>

enum { CPU_MAX_SIMD = 64 };

struct cpu_site;
struct cpu_thread;

/** One operation of spec 07 chapter 5: reads `args`, writes `result`. */
typedef void cpu_fn(struct cpu_thread *t, const struct cpu_site *site, void *result, void *const *args);

/** Operation across threads that arrived together: lanes that did not have NULL results. */
struct cpu_lanes {
    unsigned width;
    uint64_t active;
    struct cpu_thread *threads; /**< Of lane 0 and on. */
    void *results[CPU_MAX_SIMD];
    void *const *args[CPU_MAX_SIMD];
};
typedef void cpu_cross_fn(const struct cpu_site *site, struct cpu_lanes *lanes);

enum cpu_meeting { CPU_ALONE, CPU_QUAD, CPU_SIMD, CPU_GROUP };

/** A call in the module (calls of operations of one thread share one per function). */
struct cpu_site {
    uint32_t number; /**< Order in the module: threads at lower ones go first. */
    char name[112];  /**< Whole name. */
    char op[80];     /**< Operation, without "air." and "fast_". */
    bool is_signed, is_unsigned, saturate, fast;
    char rounding;          /**< 'e', 'z', 'p', 'n' or 0. */
    struct jit_type result; /**< Of the first member, if the result is a value with a residency byte. */
    uint32_t tail_at;       /**< Offset of the residency byte, 0 if there is none. */
    uint32_t argc;
    struct jit_type args[JIT_MAX_ARGS];
    cpu_fn *fn;
    cpu_cross_fn *cross; /**< Set for operations across threads. */
    enum cpu_meeting meets;
    int variant;
    double (*unary)(double);
    double (*binary)(double, double);
    struct cpu_texture_op {
        enum cpu_dim dim;
        bool array, depth, grad, compare, buffer;
    } texture;
    bool old_texture_tail; /**< AIR before 2.0: no access operand (spec 07 section 5.7.1). */
};

/** Fill in `fn` or `cross` and what they need from the name. @return false when there is no such operation. */
bool cpu_bind_math(struct cpu_site *s);
bool cpu_bind_int(struct cpu_site *s);
bool cpu_bind_convert(struct cpu_site *s);
bool cpu_bind_memory(struct cpu_site *s);
bool cpu_bind_cross(struct cpu_site *s);
bool cpu_bind_texture(struct cpu_site *s);
/** Whether the operation needs several threads, by its whole name. */
bool cpu_is_cross(const char *name);

/** State of the thread, or pixel, that runs. */
struct cpu_thread {
    struct jit_context jit;
    struct cpu *cpu;
    unsigned index; /**< In its threadgroup or quad. */
    bool pixel, discarded;
    const struct cpu_variation *variation;
    uint32_t random;
};

/** A floating-point result as the variation wants it. */
double cpu_wobble(struct cpu_thread *t, double v);

/** Parameters of entry points are addresses of these. */
struct cpu_handle {
    void *memory;
    struct cpu_texture *texture;
    const struct cpu_sampler *sampler;
};

bool cpu_is_handle(const struct cpu_thread *t, const void *p);

struct jit_type cpu_type_of(LLVMTypeRef t);
/** Entry metadata (spec 07 chapter 4). @return false with a reason. */
bool cpu_read_entry(LLVMModuleRef m, const char *name, struct cpu_entry *e, struct pvg_error *err);

/* ---- Fibers --------------------------------------------------------------------------------------------------------------- */

/** Run `count` threads to their ends; those that meet wait for each other. */
enum cpu_outcome cpu_run_fibers(struct cpu_thread *threads, unsigned count, unsigned width, void (*body)(struct cpu_thread *t),
                                const struct cpu_variation *v, struct pvg_error *err);
/** From within a fiber: wait for the others. */
void cpu_meet(struct cpu_thread *t, const struct cpu_site *site, void *result, void *const *args);

#endif
