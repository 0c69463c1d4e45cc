/* SPDX-License-Identifier: MIT */
/** @file Which files of a path are shaders, and what they hold. */
#include "tools/shader.h"
#include "tools/tool.h"
#include "util/log.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum kind { NO_SHADER, LIBRARY, FAT, TEXT };

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), e = strlen(end);
    return n >= e && !strcmp(s + n - e, end);
}

/** By content: corpora name libraries in many ways. */
static enum kind kind_of(const char *path)
{
    static const struct {
        uint8_t magic[4];
        enum kind kind;
    } known[] = {
        {{'M', 'T', 'L', 'B'}, LIBRARY}, {{0xDE, 0xC0, 0x17, 0x0B}, LIBRARY}, {{'B', 'C', 0xC0, 0xDE}, LIBRARY},
        {{0xCA, 0xFE, 0xBA, 0xBE}, FAT}, {{0xCB, 0xFE, 0xBA, 0xBE}, FAT},     {{0xCA, 0xFE, 0xBA, 0xBF}, FAT},
    };
    uint8_t head[4];
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(head, 1, sizeof head, f) : 0;

    if (f)
        fclose(f);
    for (size_t i = 0; n == sizeof head && i < sizeof known / sizeof *known; i++)
        if (!memcmp(head, known[i].magic, sizeof head))
            return known[i].kind;
    return ends_with(path, ".ll") ? TEXT : NO_SHADER;
}

static void *grow(void *array, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return array;
    size_t more = *cap ? 2 * *cap : 64;
    void *p = realloc(array, more * size);
    if (p)
        *cap = more;
    return p;
}

static bool add_item(struct shader_set *set, size_t file, size_t index)
{
    struct shader_item *items = grow(set->items, set->item_count, &set->item_cap, sizeof *items);

    if (!items)
        return false;
    set->items = items;
    items[set->item_count++] = (struct shader_item){file, index};
    return true;
}

static struct pvg_metallib *open_library(const char *path, enum kind kind, struct pvg_error *err)
{
    struct pvg_metallib *lib = NULL;
    size_t size;
    uint8_t *data = pvg_tool_read_file(path, &size);
    int rc = data ? 0 : -EIO;

    if (!rc && kind == TEXT) {
        uint8_t *bitcode = NULL;
        size_t bitcode_size = 0;
        rc = pvg_air_assemble((const char *)data, size, &bitcode, &bitcode_size, err);
        free(data);
        data = bitcode;
        size = bitcode_size;
    }
    if (!rc)
        rc = pvg_metallib_open(data, size, &lib, err);
    free(data);
    if (rc && !err->message[0])
        pvg_error_set(err, "%s", strerror(-rc));
    return rc ? NULL : lib;
}

bool shader_is_executable(const struct pvg_metallib_function *f)
{
    /* Spec 07 section 2.13: 3 and 5 are the plain and the extern functions of dynamic libraries. */
    return f->type != 3 && f->type != 5 && f->bitcode_size;
}

static bool add_functions(struct shader_set *set, size_t file)
{
    const struct shader_file *f = &set->files[file];
    size_t count = pvg_metallib_function_count(f->lib), skipped = 0;

    for (size_t i = 0; i < count; i++) {
        if (!shader_is_executable(pvg_metallib_function_at(f->lib, i)))
            skipped++;
        else if (!add_item(set, file, i))
            return false;
    }
    if (skipped || !count)
        fprintf(stderr, "note: %s: %zu of %zu functions are no entry points\n", f->path, skipped, count);
    return true;
}

static bool add_file(struct shader_set *set, const char *path, bool named)
{
    enum kind kind = kind_of(path);
    struct pvg_error err = {{0}};

    if (kind == NO_SHADER && !named) {
        fprintf(stderr, "note: %s: skipped, not a shader file\n", path);
        return true;
    }
    struct pvg_metallib *lib = open_library(path, kind, &err);
    /* Programs and Java classes start like fat libraries. */
    if (!lib && kind == FAT && !named) {
        fprintf(stderr, "note: %s: skipped: %s\n", path, err.message);
        return true;
    }
    struct shader_file *files = grow(set->files, set->file_count, &set->file_cap, sizeof *files);
    char *name = strdup(path);
    if (!files || !name) {
        if (files)
            set->files = files;
        free(name);
        pvg_metallib_close(lib);
        return false;
    }
    set->files = files;
    struct shader_file *f = &files[set->file_count++];
    *f = (struct shader_file){.path = name, .lib = lib};
    snprintf(f->error, sizeof f->error, "%.199s", err.message);
    return lib ? add_functions(set, set->file_count - 1) : add_item(set, set->file_count - 1, 0);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool add_folder(struct shader_set *set, const char *path)
{
    char *copy = strdup(path), *paths[] = {copy, NULL};
    /* Physical: links are not followed, so the walk ends. */
    FTS *walk = copy ? fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name) : NULL;
    bool ok = walk;

    for (FTSENT *e; ok && (e = fts_read(walk));) {
        if (e->fts_info == FTS_F)
            ok = add_file(set, e->fts_path, false);
        else if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR || e->fts_info == FTS_NS)
            fprintf(stderr, "note: %s: %s\n", e->fts_path, strerror(e->fts_errno));
    }
    if (walk)
        fts_close(walk);
    free(copy);
    return ok;
}

bool shader_set_add(struct shader_set *set, const char *path)
{
    struct stat st;
    bool folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    bool ok = folder ? add_folder(set, path) : add_file(set, path, true);

    if (!ok)
        fprintf(stderr, "%s: out of memory\n", path);
    return ok;
}

const struct pvg_metallib_function *shader_set_function(const struct shader_set *set, size_t item)
{
    const struct shader_item *i = &set->items[item];
    const struct pvg_metallib *lib = set->files[i->file].lib;

    return lib ? pvg_metallib_function_at(lib, i->index) : NULL;
}

void shader_set_free(struct shader_set *set)
{
    for (size_t i = 0; i < set->file_count; i++) {
        pvg_metallib_close(set->files[i].lib);
        free(set->files[i].path);
    }
    free(set->files);
    free(set->items);
    *set = (struct shader_set){0};
}
