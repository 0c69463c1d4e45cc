/* SPDX-License-Identifier: MIT */
/** @file openpvg bench: command line of the benchmarks. */
#include "bench/bench.h"
#include "tools/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: openpvg bench mmio [--json]\n"
    "       openpvg bench draws [--count N] [--json]\n"
    "       openpvg bench passes [--count N] [--json]\n"
    "\n"
    "  mmio   p50, p99 and largest time of each register handler while the device executes a command buffer\n"
    "  draws  CPU time per draw from ring to vkCmdDraw, beside the same draws recorded by hand in native Vulkan\n"
    "         (4 buffers, 2 textures and 1 sampler bound per draw; N defaults to 10000)\n"
    "  passes CPU and elapsed time per render pass of one draw that loads what the pass before it stored; OPENPVG_VK_NO_MERGE=1\n"
    "         gives each a rendering of its own\n";

#define MAX_DRAWS 1000000ul

static bool parse_count(const char *text, uint32_t *count)
{
    char *end;
    unsigned long v = strtoul(text, &end, 10);

    if (*end || end == text || v < 1 || v > MAX_DRAWS) {
        fprintf(stderr, "openpvg bench: --count \"%s\" is not a number from 1 to %lu\n", text, MAX_DRAWS);
        return false;
    }
    *count = (uint32_t)v;
    return true;
}

int pvg_tool_bench(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    uint32_t count = 10000;
    bool json = false;

    if (strcmp(what, "--help") == 0) {
        fputs(help, stdout);
        return PVG_EXIT_OK;
    }
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(help, stdout);
            return PVG_EXIT_OK;
        }
        if (strcmp(argv[i], "--json") == 0) {
            json = true;
        } else if (strcmp(argv[i], "--count") == 0 && i + 1 < argc && (strcmp(what, "draws") == 0 || strcmp(what, "passes") == 0)) {
            if (!parse_count(argv[++i], &count))
                return PVG_EXIT_USAGE;
        } else {
            fprintf(stderr, "openpvg bench: unknown argument \"%s\"\n", argv[i]);
            return PVG_EXIT_USAGE;
        }
    }
    if (strcmp(what, "mmio") == 0)
        return pvg_bench_mmio(json);
    if (strcmp(what, "draws") == 0)
        return pvg_bench_draws(count, json);
    if (strcmp(what, "passes") == 0)
        return pvg_bench_passes(count, json);
    if (*what)
        fprintf(stderr, "openpvg bench: unknown benchmark \"%s\"; accepted: mmio, draws, passes\n", what);
    fputs(help, stderr);
    return PVG_EXIT_USAGE;
}
