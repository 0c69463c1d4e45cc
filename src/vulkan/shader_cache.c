/* SPDX-License-Identifier: MIT */
#include "vulkan/shader_cache.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "air/bytes.h"
#include "air/remote.h"
#include "air/sha256.h"
#include "vulkan/pipeline.h"

#define SHADER_LIMIT (16u << 20)
/** Bytes that all shaders of the folder may take; a guest can make as many distinct ones as it likes. */
#define FOLDER_LIMIT (512ull << 20)

void pvg_vkcache_folder(const char *path)
{
    char part[PATH_MAX];
    size_t n = strlen(path);
    if (n >= sizeof(part))
        return;
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != 0)
            continue;
        memcpy(part, path, i);
        part[i] = 0;
        mkdir(part, 0700);
    }
}

bool pvg_vkcache_write(const char *path, const void *data, size_t size)
{
    static _Atomic unsigned number;
    char temporary[PATH_MAX];
    int n = snprintf(temporary, sizeof(temporary), "%s.%ld-%u", path, (long)getpid(), atomic_fetch_add(&number, 1));
    if (n < 0 || (size_t)n >= sizeof(temporary))
        return false;
    FILE *f = fopen(temporary, "wb");
    bool ok = f && fwrite(data, 1, size, f) == size;
    if (f)
        ok = fclose(f) == 0 && ok;
    if (ok && rename(temporary, path) == 0)
        return true;
    unlink(temporary);
    return false;
}

void *pvg_vkcache_read(const char *path, size_t limit, size_t *size)
{
    FILE *f = fopen(path, "rb");
    struct stat st;
    void *data = NULL;
    *size = 0;
    if (!f)
        return NULL;
    if (fstat(fileno(f), &st) == 0 && st.st_size > 0 && (uint64_t)st.st_size <= limit)
        data = malloc((size_t)st.st_size);
    if (data && fread(data, 1, (size_t)st.st_size, f) == (size_t)st.st_size) {
        *size = (size_t)st.st_size;
    } else {
        free(data);
        data = NULL;
    }
    fclose(f);
    return data;
}

void pvg_vkshader_key(const struct pvg_rfunc *f, const struct pvg_air_options *o, const uint8_t *producer,
                      uint8_t key[PVG_VK_SHADER_KEY])
{
    struct pvg_bytes b = {0};
    pvg_bytes_put_int(&b, PVG_AIR_REVISION, 4);
    pvg_bytes_put_int(&b, f->fn->bitcode_size, 8);
    pvg_bytes_put(&b, f->fn->bitcode, f->fn->bitcode_size);
    pvg_bytes_put_string(&b, f->fn->name ? f->fn->name : "");
    pvg_bytes_put_int(&b, o->available, 4);
    pvg_bytes_put_int(&b, o->robustness, 4);
    pvg_bytes_put_int(&b, o->zero_address, 8);
    pvg_bytes_put_int(&b, o->scratch_address, 8);
    pvg_bytes_put_int(&b, o->alpha8_outputs, 1);
    pvg_bytes_put_int(&b, o->variant, 1);
    pvg_bytes_put_int(&b, o->pull_count, 4);
    for (size_t i = 0; i < o->pull_count; i++) {
        const struct pvg_air_pull_attribute *a = &o->pulls[i];
        const uint64_t fields[] = {a->location, a->buffer, a->step, a->format, a->offset, a->rate};
        for (size_t n = 0; n < sizeof(fields) / sizeof(fields[0]); n++)
            pvg_bytes_put_int(&b, fields[n], 4);
    }
    pvg_bytes_put_int(&b, producer != NULL, 1);
    if (producer)
        pvg_bytes_put(&b, producer, PVG_VK_SHADER_KEY);
    memset(key, 0, PVG_VK_SHADER_KEY);
    if (!b.failed)
        pvg_sha256(b.p, b.size, key);
    pvg_bytes_free(&b);
}

static bool path_of(const struct pvg_vk *vk, const uint8_t key[PVG_VK_SHADER_KEY], char path[PATH_MAX])
{
    static const uint8_t none[PVG_VK_SHADER_KEY];
    char hex[2 * PVG_VK_SHADER_KEY + 1];
    if (!vk->cache_dir || !memcmp(key, none, sizeof(none)))
        return false;
    for (uint32_t i = 0; i < PVG_VK_SHADER_KEY; i++)
        snprintf(hex + 2 * i, 3, "%02x", key[i]);
    int n = snprintf(path, PATH_MAX, "%s/shaders/%s", vk->cache_dir, hex);
    return n > 0 && n < PATH_MAX;
}

struct pvg_air_shader *pvg_vkshader_load(struct pvg_vk *vk, const uint8_t key[PVG_VK_SHADER_KEY])
{
    char path[PATH_MAX];
    size_t size;
    if (!path_of(vk, key, path))
        return NULL;
    uint8_t *data = pvg_vkcache_read(path, SHADER_LIMIT, &size);
    struct pvg_air_shader *shader = NULL;
    uint8_t digest[32];
    if (data && size > sizeof(digest)) {
        pvg_sha256(data + sizeof(digest), size - sizeof(digest), digest);
        if (!memcmp(digest, data, sizeof(digest)))
            shader = pvg_air_shader_read(data + sizeof(digest), size - sizeof(digest));
    }
    free(data);
    return shader;
}

/** Count the folder once; when it is over its limit, start afresh. */
static bool folder_has_room(struct pvg_vk *vk, size_t size)
{
    if (!atomic_exchange(&vk->cache_counted, true)) {
        char folder[PATH_MAX], path[PATH_MAX];
        snprintf(folder, sizeof(folder), "%s/shaders", vk->cache_dir);
        pvg_vkcache_folder(folder);
        for (int pass = 0; pass < 2; pass++) {
            DIR *d = opendir(folder);
            uint64_t total = 0;
            for (struct dirent *e; d && (e = readdir(d));) {
                struct stat st;
                int n = snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
                if (e->d_name[0] == '.' || n < 0 || (size_t)n >= sizeof(path) || stat(path, &st))
                    continue;
                if (pass == 0)
                    total += (uint64_t)st.st_size;
                else
                    unlink(path);
            }
            if (d)
                closedir(d);
            if (pass == 0)
                atomic_store(&vk->cache_bytes, total);
            if (total <= FOLDER_LIMIT)
                break;
            atomic_store(&vk->cache_bytes, 0);
        }
    }
    return atomic_fetch_add(&vk->cache_bytes, size) + size <= FOLDER_LIMIT;
}

void pvg_vkshader_store(struct pvg_vk *vk, const uint8_t key[PVG_VK_SHADER_KEY], const struct pvg_air_shader *shader)
{
    char path[PATH_MAX];
    struct pvg_bytes payload = {0}, file = {0};
    uint8_t digest[32];
    if (!path_of(vk, key, path))
        return;
    pvg_air_shader_write(shader, &payload);
    if (!payload.failed) {
        pvg_sha256(payload.p, payload.size, digest);
        pvg_bytes_put(&file, digest, sizeof(digest));
        pvg_bytes_put(&file, payload.p, payload.size);
    }
    if (!payload.failed && !file.failed && file.size <= SHADER_LIMIT && folder_has_room(vk, file.size))
        pvg_vkcache_write(path, file.p, file.size);
    pvg_bytes_free(&payload);
    pvg_bytes_free(&file);
}
