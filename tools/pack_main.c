/* SPDX-License-Identifier: MIT */
/** @file pvg-pack: AIR text to containers, for the build of the project's own shaders. */
#include "tools/tool.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc < 4 || strcmp(argv[1], "-o") != 0) {
        fprintf(stderr, "usage: pvg-pack -o OUT.metallib FILE.ll...\n");
        return PVG_EXIT_USAGE;
    }
    return pvg_tool_pack(argv[2], argv + 3, argc - 3);
}
