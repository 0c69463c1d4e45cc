/* SPDX-License-Identifier: MIT */
/**
 * @file Translated shaders on disk, by content: <cache_dir>/shaders. The key is everything that a translation depends on: versions,
 * options (device capabilities among them), what it is linked with, and the bitcode itself, compared in full; so one guest cannot
 * make another one run its shader. Compiler threads.
 */
#ifndef PVG_VULKAN_SHADER_CACHE_H
#define PVG_VULKAN_SHADER_CACHE_H

#include "air/bytes.h"

#include <openpvg/air.h>

struct pvg_vk;
struct pvg_rfunc;

/** Without a folder there is no cache, and nothing is found. */
void pvg_vkshader_cache_open(struct pvg_vk *vk);
void pvg_vkshader_cache_close(struct pvg_vk *vk);

/** @return false without memory. `key` is freed by the caller in any case. */
bool pvg_vkshader_key(const struct pvg_rfunc *f, const struct pvg_air_options *options, struct pvg_bytes *key);
/** @return NULL when it is not there or damaged. */
struct pvg_air_shader *pvg_vkshader_load(struct pvg_vk *vk, const struct pvg_bytes *key);
void pvg_vkshader_store(struct pvg_vk *vk, const struct pvg_bytes *key, const struct pvg_air_shader *shader);

#endif
