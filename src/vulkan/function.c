/* SPDX-License-Identifier: MIT */
/**
 * @file Function objects and their translation (spec 07; the translator is libpvg-air).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vulkan/cmd.h"
#include "vulkan/shader_cache.h"

struct pvg_rfunc *pvg_vkfunction_create(struct pvg_render *r, const void *container, size_t size)
{
    struct pvg_vk *vk = pvg_vk_of(r);
    struct pvg_rfunc *f = calloc(1, sizeof(*f));
    if (!f)
        return NULL;
    f->refs = 1;
    struct pvg_error err = {0};
    if (pvg_metallib_open(container, size, &f->lib, &err) != 0 || pvg_metallib_function_count(f->lib) == 0) {
        pvg_warn_limited(vk->log, "vulkan: function container of %zu bytes refused: %s", size,
                         f->lib ? "it holds no function" : err.message);
        if (f->lib)
            pvg_metallib_close(f->lib);
        free(f);
        return NULL;
    }
    f->fn = pvg_metallib_function_at(f->lib, 0);
    return f;
}

void pvg_vkfunction_unref(struct pvg_rfunc *f)
{
    if (!f || --f->refs)
        return;
    pvg_metallib_close(f->lib);
    free(f);
}

void pvg_vkfunction_release(struct pvg_render *r, struct pvg_rfunc *f)
{
    pvg_vkfunction_unref(f);
}

void pvg_vkshader_destroy(struct pvg_vk *vk, struct pvg_vkshader *s)
{
    if (!s)
        return;
    if (s->module)
        vk->fn.DestroyShaderModule(vk->dev, s->module, NULL);
    pvg_air_shader_free(s->air);
    free(s->tmpl);
    free(s);
}

/** Slot numbers index fixed arrays from here on. @return NULL or what is out of range. */
static const char *check_slots(const struct pvg_air_reflection *r)
{
    if (r->table_size > PVG_VK_MAX_TABLE || r->table_size % 16)
        return "argument table too large";
    for (size_t i = 0; i < r->buffer_count; i++) {
        const struct pvg_air_buffer *b = &r->buffers[i];
        if ((uint32_t)b->index + b->array_length > PVG_VK_MAX_BUFFERS || b->table_offset + 16u * b->array_length > r->table_size)
            return "buffer index out of range";
    }
    for (size_t i = 0; i < r->pull_count; i++)
        if (r->pulls[i].index >= PVG_VK_MAX_BUFFERS || r->pulls[i].table_offset + 16u > r->table_size)
            return "vertex buffer index out of range";
    for (size_t i = 0; i < r->texture_count; i++) {
        const struct pvg_air_texture *t = &r->textures[i];
        if ((uint32_t)t->index + t->array_length > PVG_VK_MAX_TEXTURES || t->table_offset + 4u * t->array_length > r->table_size)
            return "texture index out of range";
    }
    for (size_t i = 0; i < r->sampler_count; i++) {
        const struct pvg_air_sampler *s = &r->samplers[i];
        if ((uint32_t)s->index + s->array_length > PVG_VK_MAX_SAMPLERS || s->table_offset + 4u * s->array_length > r->table_size)
            return "sampler index out of range";
    }
    for (size_t i = 0; i < r->static_sampler_count; i++)
        if (r->static_samplers[i].table_offset + 4u > r->table_size)
            return "static sampler out of range";
    for (size_t i = 0; i < r->check_count; i++)
        if (r->checks[i].table_offset + 8u > r->table_size ||
            (r->checks[i].kind < PVG_AIR_CHECK_ZERO && r->checks[i].buffer >= r->buffer_count))
            return "check out of range";
    return NULL;
}

static void note_slots(struct pvg_vkshader *s)
{
    const struct pvg_air_reflection *r = &s->air->reflection;
    s->imports = r->uses_import_pointer || r->uses_import_handle;
    s->writes = r->writes_memory || r->import_written;
    for (size_t i = 0; i < r->buffer_count; i++) {
        s->imports |= r->buffers[i].guest_offset != 0;
        s->writes |= r->buffers[i].written;
    }
    for (size_t i = 0; i < r->texture_count; i++)
        s->writes |= r->textures[i].written;
    for (size_t i = 0; i < r->buffer_count; i++)
        for (uint32_t n = 0; n < r->buffers[i].array_length; n++)
            s->used_buffers |= 1u << (r->buffers[i].index + n);
    for (size_t i = 0; i < r->pull_count; i++)
        s->used_buffers |= 1u << r->pulls[i].index;
    for (size_t i = 0; i < r->texture_count; i++)
        for (uint32_t n = 0; n < r->textures[i].array_length; n++)
            s->used_textures[(r->textures[i].index + n) / 64] |= 1ull << ((r->textures[i].index + n) % 64);
    for (size_t i = 0; i < r->sampler_count; i++)
        for (uint32_t n = 0; n < r->samplers[i].array_length; n++)
            s->used_samplers |= 1u << (r->samplers[i].index + n);
    for (size_t i = 0; i < r->sampler_count; i++)
        for (uint32_t n = 0; r->samplers[i].scales && n < r->samplers[i].array_length; n++)
            s->scaling_samplers |= 1u << (r->samplers[i].index + n);
}

/** From the cache, or translated. @return NULL with `err` filled. */
static struct pvg_air_shader *obtain(struct pvg_vk *vk, const struct pvg_rfunc *f, const struct pvg_air_options *options,
                                     struct pvg_error *err)
{
    struct pvg_air_shader *air = NULL;
    struct pvg_bytes key;
    bool cached = pvg_vkshader_key(f, options, &key);
    if (cached)
        air = pvg_vkshader_load(vk, &key);
    if (!air && pvg_air_translate(f->fn->bitcode, f->fn->bitcode_size, f->fn->name, options, &air, err) == 0 && cached)
        pvg_vkshader_store(vk, &key, air);
    pvg_bytes_free(&key);
    return air;
}

struct pvg_vkshader *pvg_vkshader_create(struct pvg_rpipe *p, const struct pvg_rfunc *f, const struct pvg_air_options *options)
{
    struct pvg_vk *vk = p->vk;
    struct pvg_vkshader *s = calloc(1, sizeof(*s));
    struct pvg_error err = {0};
    if (!s)
        return NULL;
    s->air = obtain(vk, f, options, &err);
    if (!s->air) {
        snprintf(p->message, sizeof(p->message), "function %s: %.200s", f->fn->name ? f->fn->name : "?", err.message);
        free(s);
        return NULL;
    }
    const struct pvg_air_reflection *r = &s->air->reflection;
    const char *reason = check_slots(r);
    if (!reason && (r->needs & ~vk->feat.air_needs))
        reason = r->needs & ~vk->feat.air_needs & PVG_AIR_NEED_SIMD32
                     ? "uses simdgroup matrices, for which the device lacks subgroups of 32 threads"
                     : "needs features that the device lacks";
    VkShaderModuleCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
        .codeSize = s->air->word_count * 4,
        .pCode = s->air->words,
    };
    s->tmpl = reason ? NULL : calloc(1, r->table_size ? r->table_size : 1);
    if (!reason && (!s->tmpl || vk->fn.CreateShaderModule(vk->dev, &info, NULL, &s->module) != VK_SUCCESS))
        reason = "the driver refused the shader";
    if (reason) {
        snprintf(p->message, sizeof(p->message), "function %s: %s", r->name ? r->name : "?", reason);
        pvg_vkshader_destroy(vk, s);
        return NULL;
    }
    note_slots(s);
    s->pixels = options->variant & PVG_AIR_VARIANT_PIXEL_SAMPLERS;
    return s;
}
