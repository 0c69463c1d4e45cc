/* SPDX-License-Identifier: MIT */
/**
 * @file Worker processes that take numbered items one by one. A worker that crashes or hangs costs the item it was at and is
 * replaced: drivers and LLVM do both.
 */
#ifndef PVG_TOOLS_SHADER_POOL_H
#define PVG_TOOLS_SHADER_POOL_H

#include <openpvg/common.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What became of an item. */
enum shader_state { SHADER_OK, SHADER_REFUSED, SHADER_FAILED };

struct shader_result {
    uint64_t item, spirv_words;
    double ms; /**< Translation alone. */
    enum shader_state state;
    bool translated, valid, pipeline; /**< Stages that it passed. */
    char stage[16], reason[512];
};

struct shader_pool {
    size_t count;       /**< Items 0 .. count - 1. */
    unsigned jobs;      /**< Worker processes, at least 1. */
    unsigned timeout_s; /**< For one item. */
    const char *name;   /**< For messages. */
    void *context;
    /** In a worker, once. @return false with `err`: the whole run ends. */
    bool (*start)(void *context, struct pvg_error *err);
    /** In a worker. `out` is zeroed but for its item. */
    void (*work)(void *context, size_t item, struct shader_result *out);
    /** In the caller's process, in order of completion. */
    void (*done)(void *context, const struct shader_result *result);
};

/** @return 0; -1 after a message on stderr when no worker could start. */
int shader_pool_run(const struct shader_pool *pool);

#endif
