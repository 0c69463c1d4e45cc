/* SPDX-License-Identifier: MIT */
/**
 * @file Argument tables (spec 06 section 15.3): written when something the shader uses has changed, never patched in place.
 */
#include <string.h>

#include "vulkan/cmd.h"

static void put32(uint8_t *table, uint32_t offset, uint32_t value)
{
    memcpy(table + offset, &value, 4);
}

static void put_entry(uint8_t *table, uint32_t offset, VkDeviceAddress address, uint64_t size, uint32_t last)
{
    const uint32_t words[4] = {(uint32_t)address, (uint32_t)(address >> 32), size > UINT32_MAX ? UINT32_MAX : (uint32_t)size, last};
    memcpy(table + offset, words, sizeof(words));
}

static bool refuse(struct pvg_rcmd *cmd, const struct pvg_vkshader *shader, const char *what, uint32_t index)
{
    const char *name = shader->air->reflection.name;
    pvg_warn_limited(cmd->vk->log, "vulkan: function %s: %s %u cannot be used; draw or dispatch refused", name ? name : "?", what,
                     index);
    return false;
}

static bool fill_buffers(struct pvg_rcmd *cmd, const struct pvg_vkstage *st, const struct pvg_vkshader *shader, uint8_t *table)
{
    const struct pvg_air_reflection *r = &shader->air->reflection;
    for (size_t i = 0; i < r->buffer_count; i++) {
        const struct pvg_air_buffer *arg = &r->buffers[i];
        for (uint32_t n = 0; n < arg->array_length; n++) {
            const struct pvg_vkbound *b = &st->buffers[arg->index + n];
            uint32_t at = arg->table_offset + 16 * n;
            if (b->broken || (b->place && !pvg_vkuse_place(cmd, b->place, arg->written)))
                return refuse(cmd, shader, "buffer", arg->index + n);
            if (b->place)
                pvg_vktouch_bound(cmd, st, b->place, NULL, arg->written);
            if (b->address)
                put_entry(table, at, b->address, b->size, 0);
            else if (arg->null_compared)
                put_entry(table, at, 0, 0, 0);
            else
                put_entry(table, at, arg->written ? cmd->vk->scratch_address : cmd->vk->zero_address, 0, 0);
        }
    }
    return true;
}

/** What follows from the buffers' entries, which are filled. */
static void fill_checks(const struct pvg_vk *vk, const struct pvg_air_reflection *r, uint8_t *table)
{
    for (size_t i = 0; i < r->check_count; i++) {
        const struct pvg_air_check *c = &r->checks[i];
        uint64_t address = 0;
        uint32_t length = 0;
        if (c->kind < PVG_AIR_CHECK_ZERO) {
            const uint8_t *entry = table + r->buffers[c->buffer].table_offset;
            memcpy(&address, entry, 8);
            memcpy(&length, entry + 8, 4);
        }
        uint64_t value = pvg_air_check_value(c, address, length, vk->zero_address, vk->scratch_address);
        memcpy(table + c->table_offset, &value, 8);
    }
}

static bool fill_pulls(struct pvg_rcmd *cmd, const struct pvg_vkstage *st, const struct pvg_vkshader *shader,
                       const struct pvg_vkfetch *fetch, uint8_t *table)
{
    const struct pvg_air_reflection *r = &shader->air->reflection;
    for (size_t i = 0; i < r->pull_count; i++) {
        uint32_t slot = r->pulls[i].index;
        const struct pvg_vkbound *b = &st->buffers[slot];
        if (b->broken || (b->place && !pvg_vkuse_place(cmd, b->place, false)))
            return refuse(cmd, shader, "vertex buffer", slot);
        if (b->place)
            pvg_vktouch_bound(cmd, st, b->place, NULL, false);
        uint32_t stride = fetch->stride[slot];
        if (b->stride != PVG_VK_STRIDE_KEEP && !(fetch->constant & (1u << slot)))
            stride = b->stride;
        if (b->address)
            put_entry(table, r->pulls[i].table_offset, b->address, b->size, stride);
        else
            put_entry(table, r->pulls[i].table_offset, cmd->vk->zero_address, 0, stride);
    }
    return true;
}

/** Texel access to a cube goes through a view of its faces (a second entry of the same slot). */
static bool as_faces(const struct pvg_air_texture *arg, const struct pvg_rtex *t)
{
    bool cube = t->type == PVG_W_TEX_CUBE || t->type == PVG_W_TEX_CUBE_ARRAY;
    return cube && arg->dim == PVG_AIR_DIM_2D && arg->arrayed && !arg->multisampled;
}

/** The texture has the shape and component class that the shader declares. */
static bool shape_fits(const struct pvg_air_texture *arg, const struct pvg_rtex *t)
{
    static const struct {
        uint8_t dim;
        bool arrayed, multisampled;
    } shapes[] = {
        [PVG_W_TEX_1D] = {PVG_AIR_DIM_1D, false, false},          [PVG_W_TEX_1D_ARRAY] = {PVG_AIR_DIM_1D, true, false},
        [PVG_W_TEX_2D] = {PVG_AIR_DIM_2D, false, false},          [PVG_W_TEX_2D_ARRAY] = {PVG_AIR_DIM_2D, true, false},
        [PVG_W_TEX_2D_MS] = {PVG_AIR_DIM_2D, false, true},        [PVG_W_TEX_CUBE] = {PVG_AIR_DIM_CUBE, false, false},
        [PVG_W_TEX_CUBE_ARRAY] = {PVG_AIR_DIM_CUBE, true, false}, [PVG_W_TEX_3D] = {PVG_AIR_DIM_3D, false, false},
        [PVG_W_TEX_2D_MS_ARRAY] = {PVG_AIR_DIM_2D, true, true},   [PVG_W_TEX_BUFFER] = {PVG_AIR_DIM_BUFFER, false, false},
    };
    static const uint8_t classes[] = {
        [PVG_AIR_FLOAT] = PVG_VKCLASS_FLOAT,
        [PVG_AIR_SINT] = PVG_VKCLASS_SINT,
        [PVG_AIR_UINT] = PVG_VKCLASS_UINT,
    };
    if (as_faces(arg, t))
        return classes[arg->cls] == t->cls;
    return shapes[t->type].dim == arg->dim && shapes[t->type].arrayed == arg->arrayed &&
           shapes[t->type].multisampled == arg->multisampled && classes[arg->cls] == t->cls;
}

static uint32_t texture_index(struct pvg_rcmd *cmd, const struct pvg_vkstage *st, const struct pvg_air_texture *arg,
                              struct pvg_rtex *t)
{
    if (t->texels) {
        if (!pvg_vkuse_place(cmd, t->texels->place, arg->written))
            return 0;
        pvg_vktouch_bound(cmd, st, t->texels->place, NULL, arg->written);
        return pvg_vktexture_texel_index(t, arg->heap == PVG_AIR_HEAP_STORAGE_TEXEL);
    }
    /* A texture that is a target of the pass: what was drawn so far must be visible to reads (spec 06 section 15.7, D7). */
    if (t->image->attached && cmd->encoder == PVG_VKENC_RENDER)
        pvg_vkpass_reads_target(cmd, true);
    pvg_vkuse_image(cmd, t->image);
    pvg_vktouch_bound(cmd, st, NULL, t->image, arg->written);
    if (arg->heap == PVG_AIR_HEAP_STORAGE)
        return arg->levels ? pvg_vktexture_levels_word(t) : pvg_vktexture_storage_index(t);
    return as_faces(arg, t) ? pvg_vktexture_faces_index(t) : pvg_vktexture_sampled_index(t);
}

static bool fill_textures(struct pvg_rcmd *cmd, const struct pvg_vkstage *st, const struct pvg_vkshader *shader, uint8_t *table)
{
    const struct pvg_air_reflection *r = &shader->air->reflection;
    for (size_t i = 0; i < r->texture_count; i++) {
        const struct pvg_air_texture *arg = &r->textures[i];
        for (uint32_t n = 0; n < arg->array_length; n++) {
            struct pvg_rtex *t = st->textures[arg->index + n];
            uint32_t index = 0;
            if (!t)
                index = pvg_vkheap_neutral(cmd->vk, arg);
            else if (shape_fits(arg, t))
                index = texture_index(cmd, st, arg, t);
            if (t && !index)
                return refuse(cmd, shader, "texture", arg->index + n);
            put32(table, arg->table_offset + 4 * n, index);
        }
    }
    return true;
}

/** Samplers do not say which textures they meet; the border of one follows the class that all textures of the function share. */
static enum pvg_vksampler_use sampler_use(const struct pvg_air_reflection *r, const struct pvg_air_sampler *arg,
                                          const struct pvg_rsampler *s)
{
    if (arg->compare)
        return PVG_VKSAMPLER_COMPARE;
    if (!s || !pvg_vksampler_coloured(s) || r->texture_count == 0)
        return PVG_VKSAMPLER_PLAIN;
    for (size_t i = 0; i < r->texture_count; i++)
        if (r->textures[i].read && r->textures[i].cls == PVG_AIR_FLOAT)
            return PVG_VKSAMPLER_PLAIN;
    return PVG_VKSAMPLER_INTEGER;
}

static void fill_samplers(struct pvg_rcmd *cmd, const struct pvg_vkstage *st, const struct pvg_vkshader *shader, uint8_t *table)
{
    const struct pvg_air_reflection *r = &shader->air->reflection;
    for (size_t i = 0; i < r->sampler_count; i++) {
        const struct pvg_air_sampler *arg = &r->samplers[i];
        for (uint32_t n = 0; n < arg->array_length; n++) {
            const struct pvg_vksampler_bind *bind = &st->samplers[arg->index + n];
            uint32_t word = pvg_vksampler_entry(cmd->vk, bind, sampler_use(r, arg, bind->sampler));
            /* Functions in the other form take the word as the index. */
            put32(table, arg->table_offset + 4 * n, shader->pixels ? word : word & ~PVG_AIR_SAMPLER_PIXELS);
        }
    }
}

/** Indices of static samplers are the same for the life of the device: they go into the template once. */
static void prepare_statics(struct pvg_vk *vk, struct pvg_vkshader *shader)
{
    const struct pvg_air_reflection *r = &shader->air->reflection;
    for (size_t i = 0; i < r->static_sampler_count; i++)
        put32(shader->tmpl, r->static_samplers[i].table_offset, pvg_vksampler_static(vk, &r->static_samplers[i]));
    shader->statics_ready = true;
}

bool pvg_vktable_update(struct pvg_rcmd *cmd, struct pvg_vkstage *st, struct pvg_vkshader *shader, const struct pvg_vkfetch *fetch)
{
    const struct pvg_air_reflection *r = &shader->air->reflection;
    bool dirty = (st->dirty_buffers & shader->used_buffers) | (st->dirty_samplers & shader->used_samplers) ||
                 (st->dirty_textures[0] & shader->used_textures[0]) | (st->dirty_textures[1] & shader->used_textures[1]);
    if (st->table_shader == shader && !dirty)
        return true;
    st->table_shader = NULL;
    if (st == &cmd->stages[PVG_RSTAGE_COMPUTE])
        cmd->compute_uses.count = cmd->compute_uses.any = 0;
    if (r->table_size) {
        struct pvg_vkslice slice;
        if (!shader->statics_ready)
            prepare_statics(cmd->vk, shader);
        if (!pvg_vkring_alloc(cmd->vk, r->table_size, 16, &slice))
            return false;
        /* Composed in ordinary memory: the ring may be write-combined. */
        uint8_t table[PVG_VK_MAX_TABLE];
        memcpy(table, shader->tmpl, r->table_size);
        if (!fill_buffers(cmd, st, shader, table) || !fill_pulls(cmd, st, shader, fetch, table) ||
            !fill_textures(cmd, st, shader, table))
            return false;
        fill_checks(cmd->vk, r, table);
        fill_samplers(cmd, st, shader, table);
        if (shader->imports && !pvg_vkimport_fill(cmd, st, shader, table))
            return false;
        memcpy(slice.host, table, r->table_size);
        st->table = slice.address;
    } else {
        st->table = 0;
    }
    st->table_shader = shader;
    st->dirty_buffers &= ~shader->used_buffers;
    st->dirty_samplers &= ~shader->used_samplers;
    st->dirty_textures[0] &= ~shader->used_textures[0];
    st->dirty_textures[1] &= ~shader->used_textures[1];
    return true;
}
