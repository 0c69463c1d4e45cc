/* SPDX-License-Identifier: MIT */
/** @file The openpvg command: a table of subcommands. */
#include <openpvg/common.h>

#include "tools/tool.h"
#include "version.h"

#include <stdio.h>
#include <string.h>

static const struct pvg_tool tools[] = {
    {"doctor", "check this machine: Vulkan, KVM, QEMU", pvg_tool_doctor},
    {"shader", "list, show, dump and pack Metal libraries", pvg_tool_shader},
    {"protocol", "what of the wire protocol is implemented", pvg_tool_protocol},
    {"bench", "measure register handlers and draws", pvg_tool_bench},
};
enum { TOOLS = sizeof(tools) / sizeof(tools[0]) };

static void usage(FILE *to)
{
    fprintf(to, "usage: openpvg COMMAND [ARGUMENTS]\n\nCommands:\n");
    for (unsigned i = 0; i < TOOLS; i++)
        fprintf(to, "  %-10s %s\n", tools[i].name, tools[i].summary);
    fprintf(to, "\n'openpvg COMMAND --help' explains a command.\n"
                "\n"
                "Environment\n"
                "  OPENPVG_AIR_HELPER=PATH  the program pvg-air-helper, which translates shaders in sandboxed children\n"
                "                           (default: the one of this build tree or installation)\n"
                "  OPENPVG_CACHE_LIMIT=MIB  translated shaders kept on disk (default 512; 0: none)\n");
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        usage(stderr);
        return PVG_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        usage(stdout);
        return PVG_EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("openpvg %d.%d.%d\n", PVG_VERSION_MAJOR, PVG_VERSION_MINOR, PVG_VERSION_PATCH);
        return PVG_EXIT_OK;
    }
    for (unsigned i = 0; i < TOOLS; i++)
        if (strcmp(argv[1], tools[i].name) == 0)
            return tools[i].run(argc - 1, argv + 1);
    fprintf(stderr, "openpvg: unknown command \"%s\"\n", argv[1]);
    usage(stderr);
    return PVG_EXIT_USAGE;
}
