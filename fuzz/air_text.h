/* SPDX-License-Identifier: MIT */
/** @file Mutations of AIR text (.ll) that often leave a module which LLVM accepts. */
#ifndef PVG_FUZZ_AIR_TEXT_H
#define PVG_FUZZ_AIR_TEXT_H

#include <stddef.h>
#include <stdint.h>

/** Change `size` bytes of text in place; at most `room` bytes. @return the new size. Deterministic in `seed`. */
size_t fuzz_air_mutate(uint8_t *text, size_t size, size_t room, uint32_t seed);

#endif
