/* SPDX-License-Identifier: MIT */
#include "air/remote.h"

#include "air/isolate.h"
#include "util/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Sizes of Metal's argument tables (spec 07 section 10.1) and of the heap (spec 06 section 15). */
enum { BUFFERS = 31, TEXTURES = 128, SAMPLERS = 16, ATTRIBUTES = 31, COLORS = 8, LOCATIONS = 256 };
/** Bytes of the largest argument table: every slot of every part in use, and room for arrays. */
enum { TABLE_MAX = 1 << 20 };

/* ---- Bytes ---------------------------------------------------------------------------------------------------------------- */

static void put_array(struct pvg_bytes *out, const void *items, size_t count, size_t size)
{
    pvg_bytes_put_int(out, count, 4);
    pvg_bytes_put(out, items, count * size);
}

void pvg_air_shader_write(const struct pvg_air_shader *shader, struct pvg_bytes *out)
{
    const struct pvg_air_reflection *r = &shader->reflection;

    /* Both ends are the same program: plain fields travel as they are, pointers are replaced by what follows. */
    pvg_bytes_put(out, r, sizeof(*r));
    put_array(out, shader->words, shader->word_count, sizeof(*shader->words));
    pvg_bytes_put_string(out, r->name);
    put_array(out, r->buffers, r->buffer_count, sizeof(*r->buffers));
    put_array(out, r->pulls, r->pull_count, sizeof(*r->pulls));
    put_array(out, r->textures, r->texture_count, sizeof(*r->textures));
    put_array(out, r->samplers, r->sampler_count, sizeof(*r->samplers));
    put_array(out, r->static_samplers, r->static_sampler_count, sizeof(*r->static_samplers));
    put_array(out, r->attributes, r->attribute_count, sizeof(*r->attributes));
    put_array(out, r->varyings, r->varying_count, sizeof(*r->varyings));
    for (size_t i = 0; i < r->varying_count; i++)
        pvg_bytes_put_string(out, r->varyings[i].semantic);
    put_array(out, r->colors, r->color_count, sizeof(*r->colors));
    put_array(out, r->constants, r->constant_count, sizeof(*r->constants));
    for (size_t i = 0; i < r->constant_count; i++)
        pvg_bytes_put_string(out, r->constants[i].name);
}

static void *get_array(struct pvg_reader *in, size_t *count, size_t size)
{
    *count = (size_t)pvg_reader_int(in, 4);
    void *items = pvg_reader_array(in, *count, size);
    if (!items)
        *count = 0;
    return items;
}

static void get_reflection(struct pvg_reader *in, struct pvg_air_reflection *r)
{
    r->name = pvg_reader_string(in);
    r->buffers = get_array(in, &r->buffer_count, sizeof(*r->buffers));
    r->pulls = get_array(in, &r->pull_count, sizeof(*r->pulls));
    r->textures = get_array(in, &r->texture_count, sizeof(*r->textures));
    r->samplers = get_array(in, &r->sampler_count, sizeof(*r->samplers));
    r->static_samplers = get_array(in, &r->static_sampler_count, sizeof(*r->static_samplers));
    r->attributes = get_array(in, &r->attribute_count, sizeof(*r->attributes));
    r->varyings = get_array(in, &r->varying_count, sizeof(*r->varyings));
    for (size_t i = 0; i < r->varying_count; i++)
        r->varyings[i].semantic = NULL;
    for (size_t i = 0; i < r->varying_count; i++)
        r->varyings[i].semantic = pvg_reader_string(in);
    r->colors = get_array(in, &r->color_count, sizeof(*r->colors));
    r->constants = get_array(in, &r->constant_count, sizeof(*r->constants));
    for (size_t i = 0; i < r->constant_count; i++)
        r->constants[i].name = NULL;
    for (size_t i = 0; i < r->constant_count; i++)
        r->constants[i].name = pvg_reader_string(in);
}

struct pvg_air_shader *pvg_air_shader_read(const void *data, size_t size)
{
    struct pvg_reader in = {.p = data, .left = size};
    struct pvg_air_shader *shader = calloc(1, sizeof(*shader));

    if (!shader)
        return NULL;
    pvg_reader_get(&in, &shader->reflection, sizeof(shader->reflection));
    shader->words = get_array(&in, &shader->word_count, sizeof(*shader->words));
    get_reflection(&in, &shader->reflection);
    if (in.bad || in.left || !pvg_air_reflection_valid(&shader->reflection)) {
        pvg_air_shader_free(shader);
        return NULL;
    }
    return shader;
}

/* ---- Rules ---------------------------------------------------------------------------------------------------------------- */

static bool in_table(const struct pvg_air_reflection *r, uint32_t offset, uint64_t count, unsigned entry, unsigned align)
{
    return offset % align == 0 && offset + count * entry <= r->table_size;
}

static bool slots_valid(const struct pvg_air_reflection *r)
{
    for (size_t i = 0; i < r->buffer_count; i++)
        if (r->buffers[i].index + r->buffers[i].array_length > BUFFERS || !r->buffers[i].array_length ||
            !in_table(r, r->buffers[i].table_offset, r->buffers[i].array_length, 16, 16))
            return false;
    for (size_t i = 0; i < r->pull_count; i++)
        if (r->pulls[i].index >= BUFFERS || !in_table(r, r->pulls[i].table_offset, 1, 16, 8))
            return false;
    for (size_t i = 0; i < r->texture_count; i++)
        if (r->textures[i].index + r->textures[i].array_length > TEXTURES || !r->textures[i].array_length ||
            !in_table(r, r->textures[i].table_offset, r->textures[i].array_length, 4, 4) ||
            (unsigned)r->textures[i].dim > PVG_AIR_DIM_BUFFER || (unsigned)r->textures[i].cls > PVG_AIR_UINT ||
            (unsigned)r->textures[i].heap > PVG_AIR_HEAP_STORAGE_TEXEL)
            return false;
    for (size_t i = 0; i < r->sampler_count; i++)
        if (r->samplers[i].index + r->samplers[i].array_length > SAMPLERS || !r->samplers[i].array_length ||
            !in_table(r, r->samplers[i].table_offset, r->samplers[i].array_length, 4, 4))
            return false;
    for (size_t i = 0; i < r->static_sampler_count; i++)
        if (!in_table(r, r->static_samplers[i].table_offset, 1, 4, 4))
            return false;
    return true;
}

static bool io_valid(const struct pvg_air_reflection *r)
{
    for (size_t i = 0; i < r->attribute_count; i++)
        if (r->attributes[i].location >= ATTRIBUTES || (unsigned)r->attributes[i].cls > PVG_AIR_UINT)
            return false;
    for (size_t i = 0; i < r->varying_count; i++)
        if (!r->varyings[i].semantic || (unsigned)r->varyings[i].cls > PVG_AIR_UINT)
            return false;
    for (size_t i = 0; i < r->color_count; i++)
        if (r->colors[i].index >= COLORS || r->colors[i].source > 1 || (unsigned)r->colors[i].cls > PVG_AIR_UINT)
            return false;
    for (size_t i = 0; i < r->constant_count; i++)
        if (!r->constants[i].name)
            return false;
    return r->varying_count <= LOCATIONS && r->color_count <= 2 * COLORS;
}

bool pvg_air_reflection_valid(const struct pvg_air_reflection *r)
{
    return r->name && (unsigned)r->stage <= PVG_AIR_VISIBLE && r->table_size <= TABLE_MAX && r->table_size % 16 == 0 &&
           slots_valid(r) && io_valid(r);
}

/* ---- The boundary --------------------------------------------------------------------------------------------------------- */

struct request {
    const void *bitcode;
    size_t size;
    const char *entry;
    const struct pvg_air_options *options;
};

static int translate(void *arg, struct pvg_bytes *reply, struct pvg_error *err)
{
    const struct request *q = arg;
    struct pvg_air_shader *shader;
    int rc = pvg_air_translate_here(q->bitcode, q->size, q->entry, q->options, &shader, err);

    if (rc)
        return rc;
    pvg_air_shader_write(shader, reply);
    pvg_air_shader_free(shader);
    return 0;
}

int pvg_air_translate(const void *bitcode, size_t size, const char *entry, const struct pvg_air_options *options,
                      struct pvg_air_shader **out, struct pvg_error *err)
{
    struct request q = {bitcode, size, entry, options};
    struct pvg_bytes reply;
    int rc = pvg_isolated_call(translate, &q, &reply, err);

    *out = NULL;
    if (rc)
        return rc;
    *out = pvg_air_shader_read(reply.p, reply.size);
    pvg_bytes_free(&reply);
    if (*out)
        return 0;
    pvg_error_set(err, "the translation's description of itself is not consistent");
    return -EINVAL;
}
