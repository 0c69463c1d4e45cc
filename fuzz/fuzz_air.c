/* SPDX-License-Identifier: MIT */
/*
 * The translator on any module that LLVM takes for valid. LLVM's readers are not ours to harden, so inputs are AIR text that is
 * mutated word by word (air_text.h), and parsed and verified by LLVM in a process of its own (air_parse.h); everything behind that
 * must refuse what it cannot translate, and whatever it translates must be accepted by the checks on the far side of the process
 * boundary.
 */
#include "air/remote.h"

#include "fuzz/air_parse.h"
#include "fuzz/air_text.h"
#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

enum { TEXT_MAX = 128 << 10 };

static uint32_t hash(const uint8_t *data, size_t size)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < size; i++)
        h = (h ^ data[i]) * 16777619u;
    return h;
}

static void translate(const void *bitcode, size_t size, const char *name, const struct pvg_air_options *options)
{
    struct pvg_air_shader *s = NULL, *copy;
    struct pvg_error err = {{0}};
    struct pvg_bytes bytes = {0};
    int rc = pvg_air_translate_here(bitcode, size, name, options, &s, &err);

    if (rc) {
        if (rc > 0 || s || !err.message[0]) {
            fprintf(stderr, "refused without a reason (%d)\n", rc);
            abort();
        }
        return;
    }
    pvg_air_shader_write(s, &bytes);
    copy = pvg_air_shader_read(bytes.p, bytes.size);
    if (!copy) {
        fprintf(stderr, "%s: the translation's description of itself is not consistent\n", name);
        abort();
    }
    pvg_air_shader_free(copy);
    pvg_bytes_free(&bytes);
    pvg_air_shader_free(s);
}

/* With options that the text itself selects. */
static void translate_with(uint32_t h, const uint8_t *bitcode, size_t size, const char *name)
{
    static const struct pvg_air_pull_attribute pulls[] = {
        {.location = 0, .buffer = 1, .step = 1, .format = 29, .offset = 4, .rate = 1},
        {.location = 1, .buffer = 30, .step = 2, .format = 45, .offset = 3, .rate = 2}};
    static const struct pvg_air_constant_value values[] = {{0, 1}, {1, 3}, {2, UINT64_MAX}};
    struct pvg_air_options options = {
        .size = sizeof(options),
        .available = h & 1 ? UINT32_MAX : h * 2654435761u,
        .robustness = h & 2 ? PVG_AIR_ROBUST_BUFFERS : PVG_AIR_ROBUST_NONE,
        .zero_address = h & 4 ? 0x100000 : 0,
        .scratch_address = h & 4 ? 0x200000 : 0,
        .pulls = h & 8 ? pulls : NULL,
        .pull_count = h & 8 ? 2 : 0,
        .constants = h & 16 ? values : NULL,
        .constant_count = h & 16 ? 3 : 0,
        .alpha8_outputs = (uint8_t)(h & 32 ? h >> 8 : 0),
        .debug_names = h & 64,
        .variant = h & 0x4000 ? PVG_AIR_VARIANT_PIXEL_SAMPLERS : 0,
    };

    translate(bitcode, size, name, h & 128 ? NULL : &options);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t h = hash(data, size);
    uint8_t *bitcode;
    size_t bitcode_size;
    char *name;

    if (size > TEXT_MAX || memchr(data, 0, size) || !fuzz_air_parse(data, size, h >> 16, &bitcode, &bitcode_size, &name))
        return 0;
    translate_with(h, bitcode, bitcode_size, name);
    free(bitcode);
    free(name);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed)
{
    return fuzz_air_mutate(data, size, room, seed);
}
