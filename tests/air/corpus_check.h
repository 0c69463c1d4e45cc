/* SPDX-License-Identifier: MIT */
/** @file One corpus function (or pair) on the device and on the CPU machine, compared. */
#ifndef PVG_TESTS_AIR_CORPUS_CHECK_H
#define PVG_TESTS_AIR_CORPUS_CHECK_H

#include "tests/air/corpus_case.h"

struct runner;

enum verdict {
    VERDICT_SAME,
    VERDICT_DIFFERENT,
    VERDICT_REFUSED,  /**< By the translator, by name. */
    VERDICT_UNKNOWN,  /**< The CPU machine has no such operation, argument or stage. */
    VERDICT_FAULT,    /**< Generated inputs lead outside of the buffers or into endless loops. */
    VERDICT_IDLE,     /**< Nothing is written for the generated inputs. */
    VERDICT_UNSTABLE, /**< Results depend on the order of threads or on the last bits of functions. */
    VERDICT_WIDTH,    /**< Needs simdgroups of another width than the device has. */
    VERDICT_COUNT,
};

const char *verdict_name(enum verdict v);

struct outcome {
    enum verdict verdict;
    uint32_t compared;   /**< Values, or pixels, that were compared. */
    uint32_t left;       /**< Not compared because they are unstable. */
    uint32_t referenced; /**< Values that were also compared with the same kernel in C. */
    struct pvg_error detail;
};

struct pvg_metallib_function;

/**
 * Functions with the same key are the same: by origin and name, as the files hold several builds of many functions. With
 * OPENPVG_TEST_ALL in the environment the code counts too.
 */
uint64_t corpus_key(const char *file, const struct pvg_metallib_function *fn);
/**
 * Families of hundreds of functions that differ in block sizes only are sampled, and under sanitizers all functions, unless
 * OPENPVG_TEST_ALL is set.
 */
bool corpus_sampled(const char *function);

/** Run a kernel with generated inputs. `arena` is case_arena()'s memory. */
void check_kernel(struct runner *r, const char *origin, const struct pvg_metallib_function *fn, uint8_t *arena,
                  struct outcome *out);

#endif
