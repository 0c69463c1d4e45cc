/* SPDX-License-Identifier: MIT */
#include "tools/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint8_t *pvg_tool_read_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t n = 0, capacity = 0;

    if (!f) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return NULL;
    }
    for (;;) {
        if (n == capacity) {
            capacity = capacity ? 2 * capacity : 65536;
            uint8_t *more = realloc(data, capacity);
            if (!more) {
                fprintf(stderr, "%s: out of memory\n", path);
                free(data);
                fclose(f);
                return NULL;
            }
            data = more;
        }
        size_t got = fread(data + n, 1, capacity - n, f);
        if (!got)
            break;
        n += got;
    }
    if (ferror(f)) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        free(data);
        data = NULL;
    }
    fclose(f);
    *size = n;
    return data;
}

int pvg_tool_write_file(const char *path, const void *data, size_t size)
{
    FILE *f = fopen(path, "wb");

    if (!f || fwrite(data, 1, size, f) != size || fclose(f) != 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    return 0;
}
