/* SPDX-License-Identifier: MIT */
/** @file AIR text to bitcode in a process of its own: LLVM's text parser does not survive all that mutations make. */
#ifndef PVG_FUZZ_AIR_PARSE_H
#define PVG_FUZZ_AIR_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Parse and verify a module and pick one of its entry points by `pick`. `*bitcode` and `*name` are malloc'ed.
 * @return false: not a valid AIR module with an entry point.
 */
bool fuzz_air_parse(const uint8_t *text, size_t size, uint32_t pick, uint8_t **bitcode, size_t *bitcode_size, char **name);

#endif
