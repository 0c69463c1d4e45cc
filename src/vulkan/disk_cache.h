/* SPDX-License-Identifier: MIT */
/**
 * @file A folder of cached data, shared by any number of threads and processes.
 *
 * An entry is one file, named by the SHA-256 of its key, that holds the key in full, so that the digest only selects and the key
 * decides (spec 07 section 1). Files appear whole, by rename, and carry a checksum over everything: one that was cut, damaged or
 * belongs to another format counts as absent and is removed. When the folder grows beyond its limit, the entries that were used
 * least recently go. Nothing here reports failures: a cache that cannot be used is a cache without entries.
 */
#ifndef PVG_VULKAN_DISK_CACHE_H
#define PVG_VULKAN_DISK_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Environment variable with the limit of the shader folder in MiB; 0: shaders are not cached. */
#define PVG_CACHE_LIMIT_ENV "OPENPVG_CACHE_LIMIT"

struct pvg_disk_cache;

/**
 * @param folder Made by the first entry, with its parents, for this user only. Copied.
 * @param limit Bytes that all entries may take.
 * @return NULL without memory; the other functions take NULL as a cache without entries.
 */
struct pvg_disk_cache *pvg_disk_cache_open(const char *folder, uint64_t limit);
void pvg_disk_cache_close(struct pvg_disk_cache *cache);
/** The limit that the environment names, or the default. */
uint64_t pvg_disk_cache_limit(void);

/** @return malloc'ed data, or NULL. Any thread. */
void *pvg_disk_cache_get(struct pvg_disk_cache *cache, const void *key, size_t key_size, size_t *size);
/** Any thread. @return whether it is stored now. */
bool pvg_disk_cache_put(struct pvg_disk_cache *cache, const void *key, size_t key_size, const void *data, size_t size);

/** One entry at a place of its own. @param limit Bytes of the file that are still believed. */
void *pvg_disk_entry_read(const char *path, const void *key, size_t key_size, uint64_t limit, size_t *size);
bool pvg_disk_entry_write(const char *path, const void *key, size_t key_size, const void *data, size_t size);

#endif
