/* SPDX-License-Identifier: MIT */
/* Header and header extension of a container (spec 07 sections 2.2, 2.7 and 2.8). */
#include "air/metallib.h"

#include <string.h>

static uint64_t load(const uint8_t *p, unsigned bytes)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < bytes; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

static void read_version(const uint8_t *p, struct pvg_metallib_info *info)
{
    uint16_t major = (uint16_t)load(p + 4, 2);

    info->macos = major >> 15;
    info->version_major = major & 0x7FFF;
    info->version_minor = (uint16_t)load(p + 6, 2);
    info->version_patch = (uint16_t)load(p + 8, 2);
    info->file_type = p[0x0A] & 0x7F;
    info->stub = p[0x0A] >> 7;
    info->target_os = p[0x0B] & 0x7F;
    info->target_64bit = p[0x0B] >> 7;
    info->os_major = (uint16_t)load(p + 0x0C, 2);
    info->os_minor = p[0x0E];
    info->os_patch = p[0x0F];
}

static struct pvg_metallib_section *section_of(struct pvg_metallib_info *info, const char *name)
{
    const struct {
        const char *name;
        struct pvg_metallib_section *section;
    } known[] = {
        {"HSRC", &info->sources}, {"HSRD", &info->sources},    {"HDYN", &info->dynamic_header}, {"VLST", &info->variables},
        {"ILST", &info->imports}, {"RLST", &info->reflection}, {"SLST", &info->scripts},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (memcmp(name, known[i].name, 4) == 0)
            return known[i].section;
    return NULL;
}

static void read_extension_tag(struct pvg_metallib_bytes file, const struct pvg_metallib_tag *tag, struct pvg_metallib_info *info)
{
    struct pvg_metallib_section *section = section_of(info, tag->name);
    struct pvg_metallib_bytes body;

    if (tag->body.n < 16)
        return;
    if (memcmp(tag->name, "UUID", 4) == 0) {
        info->has_uuid = true;
        memcpy(info->uuid, tag->body.p, 16);
    } else if (section && pvg_metallib_slice(file, load(tag->body.p, 8), load(tag->body.p + 8, 8), &body)) {
        *section = (struct pvg_metallib_section){body.p, body.n};
        if (section == &info->sources)
            info->sources_have_directory = tag->name[3] == 'D';
    }
}

void pvg_metallib_read_info(struct pvg_metallib_bytes file, struct pvg_metallib_info *info)
{
    /* The list's size does not count its own count word; what lies between it and the public metadata is the extension. */
    uint64_t begin = load(file.p + 0x18, 8) + 4 + load(file.p + 0x20, 8), end = load(file.p + 0x28, 8);
    struct pvg_metallib_bytes in;
    struct pvg_metallib_tag tag;

    *info = (struct pvg_metallib_info){0};
    read_version(file.p, info);
    if (begin >= end || !pvg_metallib_slice(file, begin, end - begin, &in))
        return;
    info->has_extension = true;
    while (pvg_metallib_next_tag(&in, &tag) == PVG_METALLIB_TAG)
        read_extension_tag(file, &tag, info);
}
