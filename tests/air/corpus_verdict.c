/* SPDX-License-Identifier: MIT */
#include "tests/air/corpus_check.h"

#include <stdlib.h>
#include <string.h>

const char *verdict_name(enum verdict v)
{
    static const char *const names[VERDICT_COUNT] = {"same",           "different", "refused",  "not for the CPU machine",
                                                     "no sane inputs", "idle",      "unstable", "other simdgroup width"};
    return names[v];
}

static uint64_t hash(uint64_t h, const void *data, size_t size)
{
    const uint8_t *p = data;
    for (size_t i = 0; i < size; i++)
        h = (h ^ p[i]) * 1099511628211ull;
    return h;
}

uint64_t corpus_key(const char *file, const struct pvg_metallib_function *fn)
{
    const char *end = strstr(file, "__");
    uint64_t h = hash(1469598103934665603ull, file, end ? (size_t)(end - file) : strlen(file));
    h = hash(h, fn->name, strlen(fn->name));
    return getenv("OPENPVG_TEST_ALL") ? hash(h, fn->bitcode, fn->bitcode_size) : h;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

bool corpus_sampled(const char *function)
{
    uint64_t h = hash(1469598103934665603ull, function, strlen(function)) >> 8;
    if (getenv("OPENPVG_TEST_ALL"))
        return true;
    if (!strncmp(function, "gemv_", 5) || !strncmp(function, "sdpa_", 5))
        return h % 5 == 0 && (!SANITIZED || h / 5 % 3 == 0);
    return !SANITIZED || h % 3 == 0;
}
