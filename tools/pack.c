/* SPDX-License-Identifier: MIT */
#include <openpvg/air.h>

#include "tools/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct packer {
    struct pvg_metallib_entry *entries;
    size_t count;
    struct pvg_metallib **libraries; /* Own the names and bitcode that the entries point at. */
    int library_count;
};

static int is_text(const char *path)
{
    size_t n = strlen(path);
    return n > 3 && strcmp(path + n - 3, ".ll") == 0;
}

static int add_functions(struct packer *p, struct pvg_metallib *lib, const char *path)
{
    size_t count = pvg_metallib_function_count(lib);
    struct pvg_metallib_entry *more = realloc(p->entries, (p->count + count + 1) * sizeof(*more));

    if (!more) {
        fprintf(stderr, "%s: out of memory\n", path);
        return -1;
    }
    p->entries = more;
    for (size_t i = 0; i < count; i++) {
        const struct pvg_metallib_function *f = pvg_metallib_function_at(lib, i);
        for (size_t k = 0; k < p->count; k++) {
            if (strcmp(p->entries[k].name, f->name) == 0) {
                fprintf(stderr, "%s: function %s appears twice\n", path, f->name);
                return -1;
            }
        }
        p->entries[p->count++] =
            (struct pvg_metallib_entry){.name = f->name, .type = f->type, .bitcode = f->bitcode, .bitcode_size = f->bitcode_size};
    }
    return 0;
}

static int add_file(struct packer *p, const char *path)
{
    struct pvg_metallib *lib = NULL;
    struct pvg_error err = {{0}};
    size_t size;
    uint8_t *data = pvg_tool_read_file(path, &size);
    int rc = 0;

    if (!data)
        return -1;
    if (is_text(path)) {
        uint8_t *bitcode;
        size_t bitcode_size;
        rc = pvg_air_assemble((const char *)data, size, &bitcode, &bitcode_size, &err);
        free(data);
        data = bitcode;
        size = bitcode_size;
    }
    if (!rc)
        rc = pvg_metallib_open(data, size, &lib, &err);
    free(data);
    if (rc) {
        fprintf(stderr, "%s: %s\n", path, err.message[0] ? err.message : strerror(-rc));
        return -1;
    }
    p->libraries[p->library_count++] = lib;
    return add_functions(p, lib, path);
}

int pvg_tool_pack(const char *out, char **inputs, int count)
{
    struct packer p = {.libraries = calloc((size_t)count + 1, sizeof(*p.libraries))};
    struct pvg_error err = {{0}};
    uint8_t *image = NULL;
    size_t size;
    int rc = p.libraries ? 0 : -1;

    for (int i = 0; !rc && i < count; i++)
        rc = add_file(&p, inputs[i]);
    if (!rc) {
        rc = pvg_metallib_write(p.entries, p.count, &image, &size, &err);
        if (rc)
            fprintf(stderr, "%s: %s\n", out, err.message[0] ? err.message : strerror(-rc));
        else
            rc = pvg_tool_write_file(out, image, size);
    }
    for (int i = 0; i < p.library_count; i++)
        pvg_metallib_close(p.libraries[i]);
    free(p.libraries);
    free(p.entries);
    free(image);
    return rc ? PVG_EXIT_FAILED : PVG_EXIT_OK;
}
