/* SPDX-License-Identifier: MIT */
/**
 * @file Translated shaders on disk, by content: <cache_dir>/shaders/<key>. Names are SHA-256 values of everything the translation
 * depends on, so that one guest cannot make another one run its shader. Compiler threads.
 */
#ifndef PVG_VULKAN_SHADER_CACHE_H
#define PVG_VULKAN_SHADER_CACHE_H

#include <openpvg/air.h>

struct pvg_vk;
struct pvg_rfunc;

#define PVG_VK_SHADER_KEY 32

/** @param producer Key of the vertex function that a fragment function is linked with, or NULL. */
void pvg_vkshader_key(const struct pvg_rfunc *f, const struct pvg_air_options *options, const uint8_t *producer,
                      uint8_t key[PVG_VK_SHADER_KEY]);
/** @return NULL when it is not there or damaged. */
struct pvg_air_shader *pvg_vkshader_load(struct pvg_vk *vk, const uint8_t key[PVG_VK_SHADER_KEY]);
void pvg_vkshader_store(struct pvg_vk *vk, const uint8_t key[PVG_VK_SHADER_KEY], const struct pvg_air_shader *shader);

/** Create a folder and its parents. */
void pvg_vkcache_folder(const char *path);
/** Write a file as a whole: readers see the old or the new one. */
bool pvg_vkcache_write(const char *path, const void *data, size_t size);
/** malloc'ed contents, NULL when absent or larger than `limit`. */
void *pvg_vkcache_read(const char *path, size_t limit, size_t *size);

#endif
