/* SPDX-License-Identifier: MIT */
/** @file Subcommands of the openpvg command. */
#ifndef PVG_TOOLS_TOOL_H
#define PVG_TOOLS_TOOL_H

#include <stddef.h>
#include <stdint.h>

/** Exit codes: 0 done, 1 failed, 2 the command line is wrong. */
enum { PVG_EXIT_OK = 0, PVG_EXIT_FAILED = 1, PVG_EXIT_USAGE = 2 };

/** One subcommand; `argv[0]` is its name. */
struct pvg_tool {
    const char *name;
    const char *summary;
    int (*run)(int argc, char **argv);
};

int pvg_tool_shader(int argc, char **argv);
int pvg_tool_doctor(int argc, char **argv);
int pvg_tool_protocol(int argc, char **argv);
int pvg_tool_bench(int argc, char **argv);

/** Read a whole file; malloc'ed. @return NULL after a message on stderr. */
uint8_t *pvg_tool_read_file(const char *path, size_t *size);
/** Write a whole file. @return 0, or -1 after a message on stderr. */
int pvg_tool_write_file(const char *path, const void *data, size_t size);

/** Pack AIR text or bitcode files into one container. @return an exit code; messages on stderr. */
int pvg_tool_pack(const char *out, char **inputs, int count);

#endif
