/* SPDX-License-Identifier: MIT */
/** @file Benchmarks behind `openpvg bench`. Each prints its result and returns an exit code of the tool. */
#ifndef PVG_BENCH_BENCH_H
#define PVG_BENCH_BENCH_H

#include <stdbool.h>
#include <stdint.h>

/** Latency of every register handler while the worker executes a command buffer. */
int pvg_bench_mmio(bool json);

/** CPU time per draw from ring to vkCmdDraw, beside the same draws recorded by hand in native Vulkan. */
int pvg_bench_draws(uint32_t draws, bool json);

/** CPU and elapsed time per pass of one draw that loads what the pass before it stored. */
int pvg_bench_passes(uint32_t passes, bool json);

/** What the native recording of the same draws cost. */
struct pvg_bench_native {
    double us_per_draw;
    char renderer[256];
};
/** Record `draws` draws with 4 buffers, 2 textures and 1 sampler each. @return false after a message on stderr. */
bool pvg_bench_native_draws(uint32_t draws, struct pvg_bench_native *out);

#endif
