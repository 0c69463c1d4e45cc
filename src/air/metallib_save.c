/* SPDX-License-Identifier: MIT */
/*
 * Writes a container that says what another one says. Metadata, bitcode and the sections of the extension are kept as they are, so
 * that offsets into them stay right; header, function list and extension are written anew.
 */
#include "air/metallib.h"
#include "util/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void put_tag(struct pvg_bytes *s, const char *name, const void *body, size_t size)
{
    pvg_bytes_put(s, name, 4);
    pvg_bytes_put_int(s, size, 2);
    pvg_bytes_put(s, body, size);
}

static void put_int_tag(struct pvg_bytes *s, const char *name, uint64_t v, unsigned bytes)
{
    pvg_bytes_put(s, name, 4);
    pvg_bytes_put_int(s, bytes, 2);
    pvg_bytes_put_int(s, v, bytes);
}

static void put_versions(struct pvg_bytes *s, const struct pvg_metallib_function *f)
{
    const uint32_t words[4] = {f->air_version >> 16, f->air_version & 0xFFFF, f->msl_version >> 16, f->msl_version & 0xFFFF};

    if (!f->air_version && !f->msl_version)
        return;
    pvg_bytes_put(s, "VERS", 4);
    pvg_bytes_put_int(s, 8, 2);
    for (unsigned i = 0; i < 4; i++)
        pvg_bytes_put_int(s, words[i], 2);
}

/* In the order of the writers that are known (spec 07 section 2.3). The group's size counts itself. */
static void put_function(struct pvg_bytes *s, const struct pvg_metallib_function *f, const struct pvg_metallib_place *place)
{
    static const uint8_t no_hash[32];
    size_t at = s->size;

    pvg_bytes_put_int(s, 0, 4);
    put_tag(s, "NAME", f->name, strlen(f->name) + 1);
    if (f->type >= 0)
        put_int_tag(s, "TYPE", (uint64_t)f->type, 1);
    if (memcmp(f->hash, no_hash, 32) != 0)
        put_tag(s, "HASH", f->hash, 32);
    if (place->has_size && place->size_first)
        put_int_tag(s, "MDSZ", place->bitcode_size, 8);
    pvg_bytes_put(s, "OFFT", 4);
    pvg_bytes_put_int(s, 24, 2);
    pvg_bytes_put_int(s, place->public_offset, 8);
    pvg_bytes_put_int(s, place->private_offset, 8);
    pvg_bytes_put_int(s, place->bitcode_offset, 8);
    put_versions(s, f);
    if (place->has_size && !place->size_first)
        put_int_tag(s, "MDSZ", place->bitcode_size, 8);
    if (f->source_offset >= 0)
        put_int_tag(s, "SOFF", (uint64_t)f->source_offset, 8);
    if (f->reflection_offset >= 0)
        put_int_tag(s, "RFLT", (uint64_t)f->reflection_offset, 8);
    if (f->layer_type >= 0)
        put_int_tag(s, "LAYR", (uint64_t)f->layer_type, 1);
    if (f->tessellation >= 0)
        put_int_tag(s, "TESS", (uint64_t)f->tessellation, 1);
    pvg_bytes_put(s, place->unknown.p, place->unknown.size);
    pvg_bytes_put(s, "ENDT", 4);
    for (unsigned i = 0; i < 4 && !s->failed; i++)
        s->p[at + i] = (uint8_t)((s->size - at) >> (8 * i));
}

struct part {
    const char *tag;
    const struct pvg_metallib_section *section;
};

enum { PARTS = 6 };

static void list_parts(const struct pvg_metallib_info *info, struct part parts[PARTS])
{
    const struct part all[PARTS] = {{info->sources_have_directory ? "HSRD" : "HSRC", &info->sources},
                                    {"HDYN", &info->dynamic_header},
                                    {"VLST", &info->variables},
                                    {"ILST", &info->imports},
                                    {"RLST", &info->reflection},
                                    {"SLST", &info->scripts}};

    memcpy(parts, all, sizeof(all));
}

static size_t extension_size(const struct pvg_metallib_info *info, const struct part parts[PARTS])
{
    size_t size = info->has_uuid ? 22 : 0;

    if (!info->has_extension)
        return 0;
    for (unsigned i = 0; i < PARTS; i++)
        size += parts[i].section->data ? 22 : 0;
    return size + 4;
}

static void put_extension(struct pvg_bytes *out, const struct pvg_metallib_info *info, const struct part parts[PARTS], uint64_t at)
{
    if (!info->has_extension)
        return;
    for (unsigned i = 0; i < PARTS; i++) {
        const struct pvg_metallib_section *s = parts[i].section;
        if (!s->data)
            continue;
        pvg_bytes_put(out, parts[i].tag, 4);
        pvg_bytes_put_int(out, 16, 2);
        pvg_bytes_put_int(out, at, 8);
        pvg_bytes_put_int(out, s->size, 8);
        at += s->size;
    }
    if (info->has_uuid)
        put_tag(out, "UUID", info->uuid, 16);
    pvg_bytes_put(out, "ENDT", 4);
}

static void put_header(struct pvg_bytes *out, const struct pvg_metallib *lib, uint64_t total, size_t list, size_t extension)
{
    const struct pvg_metallib_info *i = &lib->info;
    uint64_t at = 88;

    pvg_bytes_put(out, "MTLB", 4);
    pvg_bytes_put_int(out, i->version_major | (i->macos ? 0x8000u : 0), 2);
    pvg_bytes_put_int(out, i->version_minor, 2);
    pvg_bytes_put_int(out, i->version_patch, 2);
    pvg_bytes_put_int(out, i->file_type | (i->stub ? 0x80u : 0), 1);
    pvg_bytes_put_int(out, i->target_os | (i->target_64bit ? 0x80u : 0), 1);
    pvg_bytes_put_int(out, i->os_major, 2);
    pvg_bytes_put_int(out, i->os_minor, 1);
    pvg_bytes_put_int(out, i->os_patch, 1);
    pvg_bytes_put_int(out, total, 8);
    pvg_bytes_put_int(out, at, 8);
    pvg_bytes_put_int(out, list, 8);
    at += 4 + list + extension;
    const struct pvg_metallib_bytes *sections[] = {&lib->public_metadata, &lib->private_metadata, &lib->bitcode};
    for (unsigned s = 0; s < 3; s++) {
        pvg_bytes_put_int(out, at, 8);
        pvg_bytes_put_int(out, sections[s]->n, 8);
        at += sections[s]->n;
    }
}

static void join(struct pvg_bytes *out, const struct pvg_metallib *lib, const struct pvg_bytes *list)
{
    struct part parts[PARTS];
    uint64_t total;

    list_parts(&lib->info, parts);
    size_t extension = extension_size(&lib->info, parts);
    uint64_t behind = 88 + 4 + list->size + extension + lib->public_metadata.n + lib->private_metadata.n + lib->bitcode.n;
    total = behind;
    for (unsigned i = 0; i < PARTS && extension; i++)
        total += parts[i].section->size;
    put_header(out, lib, total, list->size, extension);
    pvg_bytes_put_int(out, lib->count, 4);
    pvg_bytes_put(out, list->p, list->size);
    put_extension(out, &lib->info, parts, behind);
    pvg_bytes_put(out, lib->public_metadata.p, lib->public_metadata.n);
    pvg_bytes_put(out, lib->private_metadata.p, lib->private_metadata.n);
    pvg_bytes_put(out, lib->bitcode.p, lib->bitcode.n);
    for (unsigned i = 0; i < PARTS && extension; i++)
        pvg_bytes_put(out, parts[i].section->data, parts[i].section->size);
}

static int save_bare(const struct pvg_metallib *lib, uint8_t **out, size_t *size, struct pvg_error *err)
{
    struct pvg_metallib_entry *entries = calloc(lib->count + 1, sizeof(*entries));
    int rc;

    if (!entries)
        return -ENOMEM;
    for (size_t i = 0; i < lib->count; i++) {
        const struct pvg_metallib_function *f = &lib->functions[i];
        entries[i] =
            (struct pvg_metallib_entry){.name = f->name, .type = f->type, .bitcode = f->bitcode, .bitcode_size = f->bitcode_size};
    }
    rc = pvg_metallib_write(entries, lib->count, out, size, err);
    free(entries);
    return rc;
}

int pvg_metallib_save(const struct pvg_metallib *lib, uint8_t **out, size_t *size, struct pvg_error *err)
{
    struct pvg_bytes list = {0}, file = {0};

    *out = NULL;
    *size = 0;
    if (!lib->places)
        return save_bare(lib, out, size, err);
    for (size_t i = 0; i < lib->count; i++)
        put_function(&list, &lib->functions[i], &lib->places[i]);
    join(&file, lib, &list);
    file.failed |= list.failed;
    pvg_bytes_free(&list);
    if (file.failed) {
        pvg_bytes_free(&file);
        return -ENOMEM;
    }
    *out = file.p;
    *size = file.size;
    return 0;
}
