/* SPDX-License-Identifier: MIT */
/**
 * @file Stand-in for libpvg-air: "containers" are pointers to shaders compiled from GLSL, so that the renderer is tested against
 * the binding ABI and not against the translator.
 */
#ifndef PVG_TESTS_FAKE_AIR_H
#define PVG_TESTS_FAKE_AIR_H

#include <openpvg/air.h>

/** A shader under test: the words and what the translator would say about them. */
struct fake_shader {
    const uint32_t *words;
    size_t word_count;
    struct pvg_air_reflection reflection; /**< Arrays and strings are borrowed. */
};

/** Bytes to hand to function_create(). */
struct fake_container {
    char magic[8];
    const struct fake_shader *shader;
};

struct fake_container fake_container(const struct fake_shader *shader);

/** Options of the last translation. */
extern struct pvg_air_options fake_last_options;
/** Translations so far. */
extern unsigned fake_translations;

#endif
