/* SPDX-License-Identifier: MIT */
/**
 * @file Compiles AIR for the host CPU: the reference that translated functions are compared with.
 *
 * Every defined function that is an entry point of the module (or any external function, when no entry is named) can be called with
 * one thread's arguments. Helpers are inlined; no other optimisation runs on the IR. Memory keeps AIR's layout (spec 07
 * section 3.2): pointers of all address spaces are host pointers, three-lane vectors take the room of four, i1 is a byte. Opaque
 * handles (textures, samplers, mesh outputs ...) are whatever pointers the caller passes for them.
 *
 * Calls of external functions (`air.*`) become calls of C functions with one signature: operands and result are passed by address,
 * so that no C calling convention for vectors matters. The types are described by `struct jit_call`.
 *
 * What LLVM leaves undefined gets Metal's meaning, as the translator gives it (spec 07 section 7): shift amounts are taken modulo
 * the width; a divisor of 0 acts as 1, and so does -1 under the smallest signed dividend; conversions of floats to integers
 * saturate and take NaN to 0; element indices of vectors are clamped; undefined values are zero. Fast-math flags are dropped: each
 * operation is rounded.
 *
 * Thread-safety: nothing is global. A function may run on any number of threads or fibers at once, each with its own context. A
 * `struct jit` is made and released by one thread.
 */
#ifndef PVG_TESTS_AIR_JIT_H
#define PVG_TESTS_AIR_JIT_H

#include <openpvg/air.h>

enum jit_kind {
    JIT_VOID,
    JIT_INT,
    JIT_FLOAT,  /**< 16, 32 or 64 bits. */
    JIT_BFLOAT, /**< 16 bits. */
    JIT_POINTER,
    JIT_AGGREGATE, /**< Struct or array in AIR's layout. */
};

/** Type of an operand or a result. In memory a vector of i1 has one byte per lane. */
struct jit_type {
    enum jit_kind kind;
    uint16_t bits;      /**< Of one lane; 1 for booleans, 64 for pointers, 0 for aggregates. */
    uint16_t lanes;     /**< 1 for scalars. */
    uint16_t space;     /**< Address space of a pointer. */
    uint32_t lane_size; /**< Bytes from one lane to the next. */
    uint32_t size;      /**< Bytes written or read: lanes * lane_size, without the padding of three lanes. */
};

#define JIT_MAX_ARGS 24

/** One external function as the module calls it. */
struct jit_call {
    const char *name; /**< With all suffixes: signedness stands only here (spec 07 section 5.1). */
    struct jit_type result;
    uint32_t argc;
    struct jit_type args[JIT_MAX_ARGS];
    void *user; /**< Free for the resolver. */
};

/**
 * Implementation of an external function. `context` is what the caller of the entry passed, `result` is zeroed storage for
 * `call->result.size` bytes (NULL for void), `args[i]` the address of operand i. Storage is aligned to 16 bytes or more.
 */
typedef void jit_external(void *context, const struct jit_call *call, void *result, void *const *args);

/** @return NULL when there is no such function: jit_open() then fails with its name. May set `call->user`. */
typedef jit_external *jit_resolve(void *arg, struct jit_call *call);

/**
 * An entry point for one thread: `args[i]` is the address of parameter i in the form above, `result` gets the returned value.
 * `context` points to a struct jit_context, usually the start of a larger one.
 */
typedef void jit_function(void *context, void *result, void *const *args);

/**
 * For functions that call a jit_function: compiled code has no type before its entry, where a check of indirect calls would look
 * for it, and there may be no memory at all.
 */
#if defined(__clang__)
#define JIT_CALLER __attribute__((no_sanitize("function")))
#else
#define JIT_CALLER
#endif

struct jit_context {
    void *threadgroup; /**< jit_threadgroup_size() bytes for the module's threadgroup variables; shared by one threadgroup. */
};

struct jit_options {
    const char *entry; /**< Specialise and keep this entry point only; NULL: all of them, function constants are 0. */
    const struct pvg_air_constant_value *constants;
    size_t constant_count;
    jit_resolve *resolve; /**< NULL: there are no external functions. */
    void *resolve_arg;
};

struct jit;

/** `data` is bitcode (wrapped or bare) or AIR text. @return 0, or a negative errno with a message. */
int jit_open(const void *data, size_t size, const struct jit_options *options, struct jit **out, struct pvg_error *err);
void jit_close(struct jit *j);

/** @return NULL when there is no such entry. Valid until jit_close(). */
jit_function *jit_entry(struct jit *j, const char *name);
/** Type of parameter `i`. @return false when there is none. */
bool jit_param(struct jit *j, const char *name, uint32_t i, struct jit_type *out);
bool jit_result(struct jit *j, const char *name, struct jit_type *out);

/** Bytes of threadgroup variables; the memory must be aligned to 16. */
uint32_t jit_threadgroup_size(const struct jit *j);

#endif
