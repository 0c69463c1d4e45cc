/* SPDX-License-Identifier: MIT */
/**
 * @file Binds of an encoder. A bind costs one comparison; what changed is marked and sent with the next draw that uses it.
 */
#include <string.h>

#include "vulkan/cmd.h"

void pvg_vkbind_reset(struct pvg_vkstage *stage)
{
    const uint16_t uses[2] = {stage->uses[0], stage->uses[1]};
    memset(stage, 0, sizeof(*stage));
    memcpy(stage->uses, uses, sizeof(uses));
    stage->dirty_buffers = UINT32_MAX;
    stage->dirty_textures[0] = stage->dirty_textures[1] = UINT64_MAX;
    stage->dirty_samplers = UINT32_MAX;
}

/** Binds of the stage, NULL for stages without execution or an index out of range. */
static struct pvg_vkstage *stage_of(struct pvg_rcmd *cmd, enum pvg_rstage stage, uint32_t index, uint32_t limit)
{
    if (stage < PVG_RSTAGE_COUNT && index < limit) {
        if (stage > PVG_RSTAGE_COMPUTE)
            cmd->stages_used |= 1u << stage;
        return &cmd->stages[stage];
    }
    pvg_warn_limited(cmd->vk->log, "vulkan: bind of stage %d, index %u ignored", stage, index);
    return NULL;
}

static void mark_buffer(struct pvg_rcmd *cmd, enum pvg_rstage stage, uint32_t index)
{
    cmd->stages[stage].dirty_buffers |= 1u << index;
    if (stage == PVG_RSTAGE_VERTEX)
        cmd->render.vertex_sent &= ~(1u << index);
}

static void resolve(struct pvg_vkbound *b)
{
    struct pvg_vkplace *p = b->buf->place;
    b->place = p;
    b->broken = b->offset >= p->size;
    if (b->broken)
        return;
    b->address = p->address + b->offset;
    b->handle = p->buffer;
    b->handle_offset = p->base + b->offset;
    b->size = p->size - b->offset;
}

void pvg_vkset_buffer(struct pvg_rcmd *cmd, enum pvg_rstage stage, uint32_t index, struct pvg_rbuf *buf, uint64_t offset,
                      uint32_t stride)
{
    struct pvg_vkstage *st = stage_of(cmd, stage, index, PVG_VK_MAX_BUFFERS);
    if (!st)
        return;
    struct pvg_vkbound *b = &st->buffers[index];
    if (b->buf == buf && b->offset == offset && b->stride == stride && buf && b->place == buf->place)
        return;
    *b = (struct pvg_vkbound){.buf = buf, .offset = offset, .stride = stride};
    if (buf)
        resolve(b);
    mark_buffer(cmd, stage, index);
}

void pvg_vkset_buffer_offset(struct pvg_rcmd *cmd, enum pvg_rstage stage, uint32_t index, uint64_t offset, uint32_t stride)
{
    struct pvg_vkstage *st = stage_of(cmd, stage, index, PVG_VK_MAX_BUFFERS);
    if (!st || !st->buffers[index].buf)
        return;
    struct pvg_vkbound *b = &st->buffers[index];
    if (stride == PVG_VK_STRIDE_KEEP)
        stride = b->stride;
    if (b->offset == offset && b->stride == stride)
        return;
    b->offset = offset;
    b->stride = stride;
    resolve(b);
    mark_buffer(cmd, stage, index);
}

void pvg_vkset_bytes(struct pvg_rcmd *cmd, enum pvg_rstage stage, uint32_t index, const void *bytes, size_t size, uint32_t stride)
{
    struct pvg_vkstage *st = stage_of(cmd, stage, index, PVG_VK_MAX_BUFFERS);
    struct pvg_vkslice s;
    if (!st)
        return;
    struct pvg_vkbound *b = &st->buffers[index];
    *b = (struct pvg_vkbound){.stride = stride, .broken = true};
    mark_buffer(cmd, stage, index);
    if (size == 0 || size > UINT32_MAX || !pvg_vkring_alloc(cmd->vk, (uint32_t)size, 16, &s)) {
        pvg_warn_limited(cmd->vk->log, "vulkan: inline bytes of %zu bytes refused", size);
        return;
    }
    memcpy(s.host, bytes, size);
    b->broken = false;
    b->address = s.address;
    b->handle = s.buffer;
    b->handle_offset = s.offset;
    b->size = size;
}

void pvg_vkset_texture(struct pvg_rcmd *cmd, enum pvg_rstage stage, uint32_t index, struct pvg_rtex *tex)
{
    struct pvg_vkstage *st = stage_of(cmd, stage, index, PVG_VK_MAX_TEXTURES);
    if (!st || st->textures[index] == tex)
        return;
    st->textures[index] = tex;
    st->dirty_textures[index / 64] |= 1ull << (index % 64);
}

void pvg_vkset_sampler(struct pvg_rcmd *cmd, enum pvg_rstage stage, uint32_t index, struct pvg_rsampler *s, const float lod[2])
{
    struct pvg_vkstage *st = stage_of(cmd, stage, index, PVG_VK_MAX_SAMPLERS);
    if (!st)
        return;
    struct pvg_vksampler_bind *b = &st->samplers[index];
    if (b->sampler == s && b->has_lod == !!lod && (!lod || !memcmp(b->lod, lod, sizeof(b->lod))))
        return;
    *b = (struct pvg_vksampler_bind){.sampler = s, .has_lod = lod};
    if (lod)
        memcpy(b->lod, lod, sizeof(b->lod));
    st->dirty_samplers |= 1u << index;
    uint32_t pixels = s && pvg_vksampler_pixels(s) ? 1u << index : 0;
    if ((st->pixel_samplers & 1u << index) != pixels) {
        st->pixel_samplers ^= 1u << index;
        cmd->render.variant = NULL;
    }
}

void pvg_vkbind_moved(struct pvg_rcmd *cmd, struct pvg_rbuf *buf)
{
    for (int s = 0; s < PVG_RSTAGE_COUNT; s++) {
        for (uint32_t i = 0; i < PVG_VK_MAX_BUFFERS; i++) {
            struct pvg_vkbound *b = &cmd->stages[s].buffers[i];
            if (b->buf != buf)
                continue;
            resolve(b);
            mark_buffer(cmd, s, i);
        }
        /* Texture buffers over it get a new view. */
        cmd->stages[s].table_shader = NULL;
    }
    pvg_vkimport_moved(cmd);
    cmd->render.index_buffer = VK_NULL_HANDLE;
}
