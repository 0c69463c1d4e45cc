/* SPDX-License-Identifier: MIT */
#include "vulkan/shader_cache.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "air/bytes.h"
#include "air/remote.h"
#include "version.h"
#include "vulkan/disk_cache.h"
#include "vulkan/pipeline.h"

void pvg_vkshader_cache_open(struct pvg_vk *vk)
{
    char folder[PATH_MAX];
    int n = vk->cache_dir ? snprintf(folder, sizeof(folder), "%s/shaders", vk->cache_dir) : -1;
    if (n > 0 && (size_t)n < sizeof(folder))
        vk->shader_cache = pvg_disk_cache_open(folder, pvg_disk_cache_limit());
}

void pvg_vkshader_cache_close(struct pvg_vk *vk)
{
    pvg_disk_cache_close(vk->shader_cache);
    vk->shader_cache = NULL;
}

static void put_options(struct pvg_bytes *b, const struct pvg_air_options *o)
{
    struct pvg_air_options plain;
    /* As bytes, so that no field can be forgotten: padding that differs costs a second entry, no more. */
    memcpy(&plain, o, sizeof(plain));
    plain.producer = NULL;
    plain.pulls = NULL;
    plain.constants = NULL;
    plain.linked = NULL;
    pvg_bytes_put(b, &plain, sizeof(plain));
    pvg_bytes_put_int(b, o->pull_count, 4);
    for (size_t i = 0; i < o->pull_count; i++) {
        const struct pvg_air_pull_attribute *a = &o->pulls[i];
        const uint64_t fields[] = {a->location, a->buffer, a->step, a->format, a->offset, a->rate};
        for (size_t n = 0; n < sizeof(fields) / sizeof(fields[0]); n++)
            pvg_bytes_put_int(b, fields[n], 4);
    }
    pvg_bytes_put_int(b, o->constant_count, 4);
    for (size_t i = 0; i < o->constant_count; i++) {
        pvg_bytes_put_int(b, o->constants[i].index, 4);
        pvg_bytes_put_int(b, o->constants[i].bits, 8);
    }
    for (size_t i = 0; i < o->linked_count; i++) {
        pvg_bytes_put_int(b, o->linked[i].name != NULL, 1);
        pvg_bytes_put_string(b, o->linked[i].name ? o->linked[i].name : "");
        pvg_bytes_put_int(b, o->linked[i].size, 8);
        pvg_bytes_put(b, o->linked[i].bitcode, o->linked[i].size);
    }
}

/* What a fragment function takes over from the vertex function that it is linked with. */
static void put_producer(struct pvg_bytes *b, const struct pvg_air_reflection *r)
{
    pvg_bytes_put_int(b, r != NULL, 1);
    if (!r)
        return;
    pvg_bytes_put_int(b, r->stage, 4);
    pvg_bytes_put_int(b, r->writes_layer, 1);
    pvg_bytes_put_int(b, r->writes_viewport, 1);
    pvg_bytes_put_int(b, r->varying_count, 4);
    for (size_t i = 0; i < r->varying_count; i++) {
        const struct pvg_air_varying *v = &r->varyings[i];
        pvg_bytes_put_string(b, v->semantic);
        pvg_bytes_put_int(b, v->location, 1);
        pvg_bytes_put_int(b, v->components, 1);
        pvg_bytes_put_int(b, v->cls, 4);
        pvg_bytes_put_int(b, v->per_primitive, 1);
    }
}

bool pvg_vkshader_key(const struct pvg_rfunc *f, const struct pvg_air_options *options, struct pvg_bytes *key)
{
    const uint32_t version = PVG_VERSION_MAJOR << 24 | PVG_VERSION_MINOR << 16 | PVG_VERSION_PATCH;
    *key = (struct pvg_bytes){0};
    pvg_bytes_put_int(key, version, 4);
    pvg_bytes_put_int(key, PVG_AIR_REVISION, 4);
    /* Entries hold the reflection as it is in memory. */
    pvg_bytes_put_int(key, sizeof(struct pvg_air_reflection), 4);
    put_options(key, options);
    put_producer(key, options->producer);
    pvg_bytes_put_string(key, f->fn->name ? f->fn->name : "");
    pvg_bytes_put_int(key, f->fn->bitcode_size, 8);
    pvg_bytes_put(key, f->fn->bitcode, f->fn->bitcode_size);
    return !key->failed;
}

struct pvg_air_shader *pvg_vkshader_load(struct pvg_vk *vk, const struct pvg_bytes *key)
{
    size_t size;
    void *data = pvg_disk_cache_get(vk->shader_cache, key->p, key->size, &size);
    struct pvg_air_shader *shader = data ? pvg_air_shader_read(data, size) : NULL;
    free(data);
    return shader;
}

void pvg_vkshader_store(struct pvg_vk *vk, const struct pvg_bytes *key, const struct pvg_air_shader *shader)
{
    struct pvg_bytes data = {0};
    if (!vk->shader_cache)
        return;
    pvg_air_shader_write(shader, &data);
    if (!data.failed)
        pvg_disk_cache_put(vk->shader_cache, key->p, key->size, data.p, data.size);
    pvg_bytes_free(&data);
}
