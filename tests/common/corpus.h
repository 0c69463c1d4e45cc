/* SPDX-License-Identifier: MIT */
/**
 * @file Optional test data: compiled shader libraries that cannot be part of the repository. Found through OPENPVG_SHARED or next
 * to the source tree; tests skip without it.
 */
#ifndef PVG_TESTS_CORPUS_H
#define PVG_TESTS_CORPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct corpus {
    char *folder;
    char **names; /**< Sorted. */
    size_t count;
};

/** @return false when there is no corpus. */
bool corpus_open(struct corpus *corpus);
/** Read file `i`; malloc'ed. Fails the process when it cannot be read. */
uint8_t *corpus_read(const struct corpus *corpus, size_t i, size_t *size);
/** Index of the first file whose name starts with `prefix`, or -1. */
int corpus_find(const struct corpus *corpus, const char *prefix);
void corpus_close(struct corpus *corpus);

#endif
