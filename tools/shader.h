/* SPDX-License-Identifier: MIT */
/** @file Parts of openpvg shader that its actions share. */
#ifndef PVG_TOOLS_SHADER_H
#define PVG_TOOLS_SHADER_H

#include <openpvg/air.h>

#include "air/bytes.h"

#include <stdbool.h>

/* ---- Sets of libraries (shader_files.c) ------------------------------------------------------------------------------------- */

/** A library of the set, or the reason why there is none. */
struct shader_file {
    char *path;
    struct pvg_metallib *lib; /**< NULL: `error` says why. */
    char error[200];
};

/** One function, or a file that cannot be opened (`index` 0, file's `lib` NULL). */
struct shader_item {
    size_t file, index;
};

struct shader_set {
    struct shader_file *files;
    size_t file_count, file_cap;
    struct shader_item *items;
    size_t item_count, item_cap;
};

/**
 * Add the libraries of a path: a file, or every shader file below a folder in order of their names. Files that are no shaders are
 * noted on stderr and skipped unless `path` itself names one. @return false after a message when memory runs out.
 */
bool shader_set_add(struct shader_set *set, const char *path);
void shader_set_free(struct shader_set *set);
/** @return NULL for an item whose file could not be opened. */
const struct pvg_metallib_function *shader_set_function(const struct shader_set *set, size_t item);

/** Functions of a container that are code to be translated: declarations of dynamic libraries are not. */
bool shader_is_executable(const struct pvg_metallib_function *f);

/* ---- Validation (shader_validate.c) ------------------------------------------------------------------------------------------ */

/** Was the command built with SPIRV-Tools? */
bool shader_can_validate(void);
/** Check a module against Vulkan 1.3. `why` receives the validator's message. */
bool shader_validate(const struct pvg_air_shader *shader, char *why, size_t size);

/* ---- Pipelines (shader_pipeline.c) ------------------------------------------------------------------------------------------- */

struct shader_gpu;

/** Open a Vulkan device as the renderer does. `name` is an index, a UUID, a part of its name or NULL. @return NULL with `err`. */
struct shader_gpu *shader_gpu_open(const char *name, struct pvg_error *err);
void shader_gpu_close(struct shader_gpu *gpu);
const char *shader_gpu_name(const struct shader_gpu *gpu);
/** pvg_air_need bits that the device has. */
uint32_t shader_gpu_available(const struct shader_gpu *gpu);
/** Create and destroy a pipeline around one function; what it needs besides (a vertex stage with matching outputs) is made up. */
bool shader_gpu_pipeline(struct shader_gpu *gpu, const struct pvg_air_shader *shader, char *why, size_t size);

/* ---- Options of a translation on its own (shader_options.c) ----------------------------------------------------------------- */

/** Options under which a function is translated alone; holds what they point at. */
struct shader_options {
    struct pvg_air_options air;
    struct pvg_air_pull_attribute pulls[31];
};

/**
 * As the renderer would translate the function, with a made-up stage-input descriptor for kernels that have stage input.
 * `available` as of pvg_air_options.
 */
void shader_options_for(const struct pvg_metallib_function *f, uint32_t available, enum pvg_air_robustness robustness,
                        struct shader_options *out);

bool shader_parse_robustness(const char *text, enum pvg_air_robustness *out);
/** Decimal number of a range. */
bool shader_parse_number(const char *text, unsigned min, unsigned max, unsigned *out);
unsigned shader_cpu_count(void);
/** Name of a container's function type (spec 07 section 2.13). */
const char *shader_type_name(int type);

/** Reflection record, every field; text leaves out what is zero or false (shader_reflection.c). */
void shader_print_reflection(const struct pvg_air_shader *shader, bool json);

/* ---- Actions ----------------------------------------------------------------------------------------------------------------- */

int pvg_tool_shader_check(int argc, char **argv);
int pvg_tool_shader_bench(int argc, char **argv);

#endif
