/* SPDX-License-Identifier: MIT */
#include "tests/common/corpus.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_library(const struct dirent *e)
{
    const char *dot = strrchr(e->d_name, '.');
    return dot && (strcmp(dot, ".metallib") == 0 || strcmp(dot, ".air") == 0 || strcmp(dot, ".mtlb") == 0);
}

static bool open_folder(struct corpus *corpus, const char *shared)
{
    struct dirent **list;

    if (asprintf(&corpus->folder, "%s/corpus", shared) < 0)
        abort();
    int n = scandir(corpus->folder, &list, is_library, alphasort);
    if (n <= 0) {
        if (n == 0)
            free(list);
        free(corpus->folder);
        return false;
    }
    corpus->names = calloc((size_t)n, sizeof(*corpus->names));
    for (int i = 0; i < n; i++) {
        if (corpus->names)
            corpus->names[corpus->count++] = strdup(list[i]->d_name);
        free(list[i]);
    }
    free(list);
    return corpus->count > 0;
}

bool corpus_open(struct corpus *corpus)
{
    const char *shared = getenv("OPENPVG_SHARED");

    *corpus = (struct corpus){0};
    if (shared)
        return open_folder(corpus, shared);
    return open_folder(corpus, "../shared") || open_folder(corpus, OPENPVG_SOURCE_ROOT "/../shared");
}

uint8_t *corpus_read(const struct corpus *corpus, size_t i, size_t *size)
{
    char *path;
    uint8_t *data = NULL;
    FILE *f;
    long n;

    if (asprintf(&path, "%s/%s", corpus->folder, corpus->names[i]) < 0)
        abort();
    f = fopen(path, "rb");
    if (f && fseek(f, 0, SEEK_END) == 0 && (n = ftell(f)) > 0 && fseek(f, 0, SEEK_SET) == 0) {
        data = malloc((size_t)n);
        if (data && fread(data, 1, (size_t)n, f) != (size_t)n) {
            free(data);
            data = NULL;
        }
        *size = (size_t)n;
    }
    if (!data) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        abort();
    }
    fclose(f);
    free(path);
    return data;
}

int corpus_find(const struct corpus *corpus, const char *prefix)
{
    for (size_t i = 0; i < corpus->count; i++)
        if (strncmp(corpus->names[i], prefix, strlen(prefix)) == 0)
            return (int)i;
    return -1;
}

void corpus_close(struct corpus *corpus)
{
    for (size_t i = 0; i < corpus->count; i++)
        free(corpus->names[i]);
    free(corpus->names);
    free(corpus->folder);
    *corpus = (struct corpus){0};
}
