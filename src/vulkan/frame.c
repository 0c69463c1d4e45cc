/* SPDX-License-Identifier: MIT */
/**
 * @file Presented images as linear B8G8R8X8 in memory that outlives the renderer (spec 04 section 5).
 */
#include <stdlib.h>
#include <string.h>

#include "vulkan/cmd.h"

/** Frames in front-ends' hands at the same time. */
#define MAX_FRAMES 16
#define MAX_SIDE   16384u

struct pvg_rframe {
    struct pvg_rframe *next;
    struct pvg_vk *vk;
    struct pvg_vkframes *pool;
    uint32_t width, height;
    VkBuffer buffer;
    VkDeviceMemory memory;
    uint8_t *pixels;
    uint64_t capacity;
    bool coherent;
    uint64_t value; /**< Submission that fills it. */
    struct pvg_vkhazard hazard;
};

struct pvg_vkframes {
    pthread_mutex_t lock;
    _Atomic uint32_t refs; /**< The renderer and each frame. */
    struct pvg_rframe *free;
    uint32_t count;
    bool closed;
};

bool pvg_vkframes_init(struct pvg_vk *vk)
{
    struct pvg_vkframes *f = calloc(1, sizeof(*f));
    if (!f)
        return false;
    pthread_mutex_init(&f->lock, NULL);
    atomic_store(&f->refs, 1);
    vk->frames = f;
    return true;
}

static void pool_unref(struct pvg_vkframes *f)
{
    if (atomic_fetch_sub(&f->refs, 1) != 1)
        return;
    pthread_mutex_destroy(&f->lock);
    free(f);
}

/** Free a frame's memory; the GPU is done with it. Any thread. */
static void frame_destroy(struct pvg_rframe *f)
{
    struct pvg_vk *vk = f->vk;
    if (f->buffer)
        vk->fn.DestroyBuffer(vk->dev, f->buffer, NULL);
    if (f->memory)
        vk->fn.FreeMemory(vk->dev, f->memory, NULL);
    pool_unref(f->pool);
    pvg_vk_unref(vk);
    free(f);
}

void pvg_vkframes_fini(struct pvg_vk *vk)
{
    struct pvg_vkframes *pool = vk->frames;
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->closed = true;
    struct pvg_rframe *list = pool->free;
    pool->free = NULL;
    pthread_mutex_unlock(&pool->lock);
    while (list) {
        struct pvg_rframe *f = list;
        list = f->next;
        frame_destroy(f);
    }
    vk->frames = NULL;
    pool_unref(pool);
}

/** Memory of its own, so that it can be freed without the renderer's allocator. */
static bool frame_allocate(struct pvg_rframe *f, uint64_t size)
{
    struct pvg_vk *vk = f->vk;
    VkBufferCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
        .size = size,
        .usage = VK_BUFFER_USAGE_TRANSFER_DST_BIT,
    };
    if (size > vk->max_buffer_size || vk->fn.CreateBuffer(vk->dev, &info, NULL, &f->buffer) != VK_SUCCESS)
        return false;
    VkBufferMemoryRequirementsInfo2 query = {
        .sType = VK_STRUCTURE_TYPE_BUFFER_MEMORY_REQUIREMENTS_INFO_2,
        .buffer = f->buffer,
    };
    VkMemoryRequirements2 req = {.sType = VK_STRUCTURE_TYPE_MEMORY_REQUIREMENTS_2};
    vk->fn.GetBufferMemoryRequirements2(vk->dev, &query, &req);
    for (uint32_t i = 0; i < vk->mem.order_count[PVG_VKMEM_READBACK] && !f->memory; i++) {
        uint32_t type = vk->mem.order[PVG_VKMEM_READBACK][i];
        VkMemoryAllocateInfo alloc = {
            .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
            .allocationSize = req.memoryRequirements.size,
            .memoryTypeIndex = type,
        };
        if (!(req.memoryRequirements.memoryTypeBits & (1u << type)) ||
            vk->fn.AllocateMemory(vk->dev, &alloc, NULL, &f->memory) != VK_SUCCESS)
            continue;
        f->coherent = vk->mem.props.memoryTypes[type].propertyFlags & VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
    }
    void *map = NULL;
    if (!f->memory || vk->fn.BindBufferMemory(vk->dev, f->buffer, f->memory, 0) != VK_SUCCESS ||
        vk->fn.MapMemory(vk->dev, f->memory, 0, VK_WHOLE_SIZE, 0, &map) != VK_SUCCESS)
        return false;
    f->pixels = map;
    f->capacity = size;
    return true;
}

/** A free frame that is large enough, or a new one. */
static struct pvg_rframe *frame_take(struct pvg_vk *vk, uint64_t size)
{
    struct pvg_vkframes *pool = vk->frames;
    struct pvg_rframe *found = NULL, *victim = NULL;
    pthread_mutex_lock(&pool->lock);
    for (struct pvg_rframe **p = &pool->free; *p; p = &(*p)->next) {
        if ((*p)->capacity < size || !pvg_vksync_done(vk, (*p)->value))
            continue;
        found = *p;
        *p = found->next;
        break;
    }
    if (!found && pool->count >= MAX_FRAMES && pool->free && pvg_vksync_done(vk, pool->free->value)) {
        victim = pool->free;
        pool->free = victim->next;
        pool->count--;
    }
    bool room = found || pool->count < MAX_FRAMES;
    if (!found && room)
        pool->count++;
    pthread_mutex_unlock(&pool->lock);
    if (victim)
        frame_destroy(victim);
    if (found || !room)
        return found;
    struct pvg_rframe *f = calloc(1, sizeof(*f));
    if (f) {
        f->vk = vk;
        f->pool = pool;
        atomic_fetch_add(&vk->refs, 1);
        atomic_fetch_add(&pool->refs, 1);
        if (frame_allocate(f, size))
            return f;
        frame_destroy(f);
    }
    pthread_mutex_lock(&pool->lock);
    pool->count--;
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/** A B8G8R8A8 image that blits convert into; freed with the submission. */
static struct pvg_vkimage *conversion_target(struct pvg_rcmd *cmd, uint32_t width, uint32_t height)
{
    VkImageCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
        .imageType = VK_IMAGE_TYPE_2D,
        .format = VK_FORMAT_B8G8R8A8_UNORM,
        .extent = {width, height, 1},
        .mipLevels = 1,
        .arrayLayers = 1,
        .samples = VK_SAMPLE_COUNT_1_BIT,
        .tiling = VK_IMAGE_TILING_OPTIMAL,
        .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT,
    };
    struct pvg_vkimage *image = pvg_vkimage_create(cmd->vk, &info, VK_IMAGE_ASPECT_COLOR_BIT);
    if (!image)
        return NULL;
    pvg_vkuse_image(cmd, image);
    pvg_vkimage_release(cmd->vk, image);
    return image;
}

static bool stored_as_bgra(const struct pvg_rtex *t)
{
    return t->image->format == VK_FORMAT_B8G8R8A8_UNORM || t->image->format == VK_FORMAT_B8G8R8A8_SRGB;
}

/** The front-end shows stored bytes: no curve is applied on the way (spec 04 section 5.4). */
static bool convertible(const struct pvg_vk *vk, const struct pvg_rtex *t)
{
    return t->format->aspects == VK_IMAGE_ASPECT_COLOR_BIT && t->cls == PVG_VKCLASS_FLOAT && t->format->block_w == 1 &&
           (t->format->features & VK_FORMAT_FEATURE_2_BLIT_SRC_BIT);
}

/** Begin a transfer into the frame. */
static void begin(struct pvg_rcmd *cmd, struct pvg_vkimage *from, struct pvg_rframe *f)
{
    pvg_vkcmd_enter(cmd);
    if (from)
        pvg_vktouch_image(cmd, from, PVG_VKUSE_TRANSFER_READ);
    pvg_vkhazard_touch(&cmd->vk->hazards, &f->hazard, PVG_VKUSE_TRANSFER_WRITE);
    pvg_vkcmd_ready(cmd);
}

struct pvg_rframe *pvg_vkframe_capture(struct pvg_rcmd *cmd, struct pvg_rtex *t, uint32_t width, uint32_t height)
{
    struct pvg_vk *vk = cmd->vk;
    if (cmd->encoder != PVG_VKENC_NONE || !t->image || t->image->samples != VK_SAMPLE_COUNT_1_BIT || !width || !height ||
        width > MAX_SIDE || height > MAX_SIDE || (!stored_as_bgra(t) && !convertible(vk, t))) {
        pvg_warn_limited(vk->log, "vulkan: frame of %u x %u from a texture of format %u refused", width, height, t->mtl_format);
        return NULL;
    }
    VkExtent3D e = pvg_vktexture_extent(t, 0);
    uint32_t w = e.width < width ? e.width : width, h = e.height < height ? e.height : height;
    struct pvg_rframe *f = frame_take(vk, (uint64_t)width * height * 4);
    if (!f)
        return NULL;
    struct pvg_vkimage *from = t->image;
    VkImageSubresourceLayers layers = {VK_IMAGE_ASPECT_COLOR_BIT, t->level, pvg_vktexture_is_3d(t) ? 0 : t->layer, 1};
    pvg_vkuse_image(cmd, t->image);
    f->hazard = (struct pvg_vkhazard){0};
    if (!stored_as_bgra(t)) {
        struct pvg_vkimage *target = conversion_target(cmd, w, h);
        if (!target) {
            pvg_vkframe_release(f);
            return NULL;
        }
        pvg_vkcmd_enter(cmd);
        pvg_vktouch_image(cmd, from, PVG_VKUSE_TRANSFER_READ);
        pvg_vktouch_image(cmd, target, PVG_VKUSE_TRANSFER_WRITE);
        pvg_vkcmd_ready(cmd);
        VkImageBlit blit = {
            .srcSubresource = layers,
            .srcOffsets = {{0, 0, 0}, {(int32_t)w, (int32_t)h, 1}},
            .dstSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1},
            .dstOffsets = {{0, 0, 0}, {(int32_t)w, (int32_t)h, 1}},
        };
        vk->fn.CmdBlitImage(cmd->cb, from->image, VK_IMAGE_LAYOUT_GENERAL, target->image, VK_IMAGE_LAYOUT_GENERAL, 1, &blit,
                            VK_FILTER_NEAREST);
        from = target;
        layers = blit.dstSubresource;
    }
    if (w < width || h < height) {
        /* What the texture does not cover is black. */
        begin(cmd, NULL, f);
        vk->fn.CmdFillBuffer(cmd->cb, f->buffer, 0, VK_WHOLE_SIZE, 0);
    }
    begin(cmd, from, f);
    VkBufferImageCopy region = {
        .bufferRowLength = width,
        .imageSubresource = layers,
        .imageExtent = {w, h, 1},
    };
    vk->fn.CmdCopyImageToBuffer(cmd->cb, from->image, VK_IMAGE_LAYOUT_GENERAL, f->buffer, 1, &region);
    f->width = width;
    f->height = height;
    f->value = pvg_vksync_current(vk);
    return f;
}

const void *pvg_vkframe_pixels(struct pvg_rframe *f, uint32_t *width, uint32_t *height, uint32_t *stride)
{
    if (!f->coherent) {
        VkMappedMemoryRange range = {
            .sType = VK_STRUCTURE_TYPE_MAPPED_MEMORY_RANGE,
            .memory = f->memory,
            .size = VK_WHOLE_SIZE,
        };
        f->vk->fn.InvalidateMappedMemoryRanges(f->vk->dev, 1, &range);
    }
    *width = f->width;
    *height = f->height;
    *stride = f->width * 4;
    return f->pixels;
}

void pvg_vkframe_release(struct pvg_rframe *f)
{
    struct pvg_vkframes *pool = f->pool;
    pthread_mutex_lock(&pool->lock);
    bool closed = pool->closed;
    if (!closed) {
        f->next = pool->free;
        pool->free = f;
    }
    pthread_mutex_unlock(&pool->lock);
    if (closed)
        frame_destroy(f);
}
