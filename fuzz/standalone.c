/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target without libFuzzer: every file of a folder as it is, then with a fixed number of deterministic mutations.
 * fuzz-TARGET FOLDER MUTATIONS
 */
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

/** By how much an input may grow. */
enum { ROOM = 4096 };

#pragma weak LLVMFuzzerCustomMutator

static uint32_t seed = 1;

static uint32_t next(void)
{
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
}

static void mutate(uint8_t *p, size_t *n)
{
    static const uint32_t interesting[] = {0, 1, 7, 8, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff};
    unsigned edits = 1 + next() % 4;

    for (unsigned i = 0; i < edits && *n; i++) {
        size_t at = next() % *n;
        switch (next() % 4) {
        case 0:
            p[at] ^= (uint8_t)(1u << (next() & 7));
            break;
        case 1:
            p[at] = (uint8_t)next();
            break;
        case 2:
            if (at + 4 <= *n)
                memcpy(p + at, &interesting[next() % 8], 4);
            break;
        default:
            *n = *n > 1 && next() % 4 == 0 ? at + 1 : *n;
            break;
        }
    }
}

static int run_file(const char *path, unsigned mutations)
{
    FILE *f = fopen(path, "rb");
    uint8_t *bytes = NULL, *copy = NULL;
    long size = -1;

    if (f && fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) >= 0 && fseek(f, 0, SEEK_SET) == 0) {
        bytes = malloc((size_t)size + 1);
        copy = malloc((size_t)size + ROOM);
    }
    if (!bytes || !copy || fread(bytes, 1, (size_t)size, f) != (size_t)size) {
        perror(path);
        exit(2);
    }
    fclose(f);
    LLVMFuzzerTestOneInput(bytes, (size_t)size);
    for (unsigned i = 0; i < mutations; i++) {
        size_t n = (size_t)size;
        memcpy(copy, bytes, n);
        if (LLVMFuzzerCustomMutator)
            n = LLVMFuzzerCustomMutator(copy, n, n + ROOM, next());
        else
            mutate(copy, &n);
        uint8_t *exact = malloc(n ? n : 1);
        if (!exact)
            exit(2);
        memcpy(exact, copy, n);
        LLVMFuzzerTestOneInput(exact, n);
        free(exact);
    }
    free(bytes);
    free(copy);
    return 1;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

int main(int argc, char **argv)
{
    struct dirent **list;
    int files = 0;

    if (argc != 3) {
        fprintf(stderr, "usage: fuzz-TARGET FOLDER MUTATIONS\n");
        return 2;
    }
    int n = scandir(argv[1], &list, NULL, by_name);
    for (int i = 0; i < n; i++) {
        char path[4096];
        snprintf(path, sizeof(path), "%s/%s", argv[1], list[i]->d_name);
        if (list[i]->d_name[0] != '.')
            files += run_file(path, (unsigned)strtoul(argv[2], NULL, 10));
        free(list[i]);
    }
    if (n >= 0)
        free(list);
    printf("%d inputs\n", files);
    return files ? 0 : 1;
}
