/* SPDX-License-Identifier: MIT */
/**
 * @file Neutral textures for devices without null descriptors (spec 06 section 15.2): index 1 + 3 * shape + class of both image
 * bindings holds a 1x1 view of transparent zero, index 1 + class of the texel bindings a buffer of zeros.
 */
#include "vulkan/neutral.h"

#include <stdlib.h>

#include "vulkan/cmd.h"

#define CLASSES 3
#define SHAPES  9
#define VIEWS   (2 * CLASSES * SHAPES)
#define IMAGES  (2 * CLASSES * 4)

struct pvg_vkneutral {
    struct pvg_vkimage *images[IMAGES];
    VkImageView views[VIEWS];
    VkBufferView texels[CLASSES];
    uint32_t image_count, view_count;
};

static const VkFormat formats[CLASSES] = {VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_R8G8B8A8_SINT, VK_FORMAT_R8G8B8A8_UINT};

/** Views that one image serves; shapes in the order of spec 06 section 15.2. */
static const struct {
    VkImageType type;
    uint32_t layers;
    VkSampleCountFlagBits samples;
    struct {
        uint8_t shape;
        VkImageViewType view;
        uint8_t layers;
    } views[4];
    uint32_t view_count;
} kinds[4] = {
    {VK_IMAGE_TYPE_1D, 1, VK_SAMPLE_COUNT_1_BIT, {{0, VK_IMAGE_VIEW_TYPE_1D, 1}, {1, VK_IMAGE_VIEW_TYPE_1D_ARRAY, 1}}, 2},
    {VK_IMAGE_TYPE_2D,
     6,
     VK_SAMPLE_COUNT_1_BIT,
     {{2, VK_IMAGE_VIEW_TYPE_2D, 1},
      {3, VK_IMAGE_VIEW_TYPE_2D_ARRAY, 1},
      {7, VK_IMAGE_VIEW_TYPE_CUBE, 6},
      {8, VK_IMAGE_VIEW_TYPE_CUBE_ARRAY, 6}},
     4},
    {VK_IMAGE_TYPE_2D, 1, VK_SAMPLE_COUNT_4_BIT, {{4, VK_IMAGE_VIEW_TYPE_2D, 1}, {5, VK_IMAGE_VIEW_TYPE_2D_ARRAY, 1}}, 2},
    {VK_IMAGE_TYPE_3D, 1, VK_SAMPLE_COUNT_1_BIT, {{6, VK_IMAGE_VIEW_TYPE_3D, 1}}, 1},
};

static bool supported(struct pvg_vk *vk, const VkImageCreateInfo *info)
{
    VkPhysicalDeviceImageFormatInfo2 query = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_FORMAT_INFO_2,
        .format = info->format,
        .type = info->imageType,
        .tiling = info->tiling,
        .usage = info->usage,
        .flags = info->flags,
    };
    VkImageFormatProperties2 props = {.sType = VK_STRUCTURE_TYPE_IMAGE_FORMAT_PROPERTIES_2};
    return vk->fn.GetPhysicalDeviceImageFormatProperties2(vk->phys, &query, &props) == VK_SUCCESS &&
           (props.imageFormatProperties.sampleCounts & info->samples);
}

/** One image and its views. What the device cannot make stays out; nothing can be bound in its place either. */
static void add_image(struct pvg_rcmd *cmd, struct pvg_vkneutral *n, uint32_t kind, uint32_t cls, bool storage)
{
    struct pvg_vk *vk = cmd->vk;
    bool multisampled = kinds[kind].samples != VK_SAMPLE_COUNT_1_BIT;
    VkImageCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
        .flags = kinds[kind].layers == 6 ? VK_IMAGE_CREATE_CUBE_COMPATIBLE_BIT : 0,
        .imageType = kinds[kind].type,
        .format = formats[cls],
        .extent = {1, 1, 1},
        .mipLevels = 1,
        .arrayLayers = kinds[kind].layers,
        .samples = kinds[kind].samples,
        .tiling = VK_IMAGE_TILING_OPTIMAL,
        .usage = VK_IMAGE_USAGE_TRANSFER_DST_BIT | (storage ? VK_IMAGE_USAGE_STORAGE_BIT : VK_IMAGE_USAGE_SAMPLED_BIT),
    };
    if ((storage && multisampled) || !supported(vk, &info))
        return;
    struct pvg_vkimage *image = pvg_vkimage_create(vk, &info, VK_IMAGE_ASPECT_COLOR_BIT);
    if (!image)
        return;
    n->images[n->image_count++] = image;
    pvg_vkuse_image(cmd, image);
    for (uint32_t i = 0; i < kinds[kind].view_count; i++) {
        bool cube = kinds[kind].views[i].view == VK_IMAGE_VIEW_TYPE_CUBE_ARRAY;
        VkImageViewCreateInfo view = {
            .sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO,
            .image = image->image,
            .viewType = kinds[kind].views[i].view,
            .format = formats[cls],
            .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, kinds[kind].views[i].layers},
        };
        VkImageView *slot = &n->views[n->view_count];
        if ((cube && !vk->feat.core.imageCubeArray) || vk->fn.CreateImageView(vk->dev, &view, NULL, slot) != VK_SUCCESS)
            continue;
        n->view_count++;
        pvg_vkheap_image_at(vk, storage ? PVG_VKHEAP_STORAGE : PVG_VKHEAP_SAMPLED, 1 + 3 * kinds[kind].views[i].shape + cls, *slot);
    }
}

static void add_texels(struct pvg_vk *vk, struct pvg_vkneutral *n, uint32_t cls)
{
    static const VkFormat words[CLASSES] = {VK_FORMAT_R32_SFLOAT, VK_FORMAT_R32_SINT, VK_FORMAT_R32_UINT};
    for (int storage = 0; storage < 2; storage++) {
        VkBufferViewCreateInfo info = {
            .sType = VK_STRUCTURE_TYPE_BUFFER_VIEW_CREATE_INFO,
            .buffer = vk->guard_buffer,
            .format = words[cls],
            .range = 256,
        };
        if (!n->texels[cls] && vk->fn.CreateBufferView(vk->dev, &info, NULL, &n->texels[cls]) != VK_SUCCESS)
            return;
        pvg_vkheap_texels_at(vk, storage ? PVG_VKHEAP_STORAGE_TEXEL : PVG_VKHEAP_UNIFORM_TEXEL, 1 + cls, n->texels[cls]);
    }
}

bool pvg_vkneutral_init(struct pvg_rcmd *cmd)
{
    struct pvg_vk *vk = cmd->vk;
    if (vk->feat.null_descriptor)
        return true;
    struct pvg_vkneutral *n = calloc(1, sizeof(*n));
    if (!n)
        return false;
    vk->heap.neutral = n;
    for (uint32_t cls = 0; cls < CLASSES; cls++) {
        for (uint32_t kind = 0; kind < 4; kind++) {
            add_image(cmd, n, kind, cls, false);
            add_image(cmd, n, kind, cls, true);
        }
        if (vk->feat.texel_update_after_bind)
            add_texels(vk, n, cls);
    }
    return true;
}

void pvg_vkneutral_fini(struct pvg_vk *vk)
{
    struct pvg_vkneutral *n = vk->heap.neutral;
    if (!n)
        return;
    for (uint32_t i = 0; i < n->view_count; i++)
        vk->fn.DestroyImageView(vk->dev, n->views[i], NULL);
    for (uint32_t i = 0; i < CLASSES; i++)
        vk->fn.DestroyBufferView(vk->dev, n->texels[i], NULL);
    for (uint32_t i = 0; i < n->image_count; i++)
        pvg_vkimage_release(vk, n->images[i]);
    free(n);
    vk->heap.neutral = NULL;
}

uint32_t pvg_vkheap_neutral(struct pvg_vk *vk, const struct pvg_air_texture *arg)
{
    static const uint8_t shapes[][2] = {
        [PVG_AIR_DIM_1D] = {0, 1},
        [PVG_AIR_DIM_2D] = {2, 3},
        [PVG_AIR_DIM_3D] = {6, 6},
        [PVG_AIR_DIM_CUBE] = {7, 8},
    };
    static const uint8_t classes[] = {[PVG_AIR_FLOAT] = 0, [PVG_AIR_SINT] = 1, [PVG_AIR_UINT] = 2};
    if (vk->feat.null_descriptor)
        return 0;
    if (arg->dim == PVG_AIR_DIM_BUFFER)
        return 1u + classes[arg->cls];
    uint32_t shape = shapes[arg->dim][arg->arrayed];
    if (arg->multisampled)
        shape = arg->arrayed ? 5 : 4;
    return 1 + 3 * shape + classes[arg->cls];
}
