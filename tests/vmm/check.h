/* SPDX-License-Identifier: MIT */
/** @file Checks for test programs without a framework: count failures, go on. */
#ifndef TESTS_VMM_CHECK_H
#define TESTS_VMM_CHECK_H

#include <stdio.h>

static unsigned check_failures;

/* The condition's text is wanted in the message, so this is a macro. */
#define CHECK(cond, ...)                                                                                                           \
    do {                                                                                                                           \
        if (!(cond)) {                                                                                                             \
            fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #cond);                                                             \
            fprintf(stderr, __VA_ARGS__);                                                                                          \
            fprintf(stderr, "\n");                                                                                                 \
            check_failures++;                                                                                                      \
        }                                                                                                                          \
    } while (0)

#endif
