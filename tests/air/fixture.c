/* SPDX-License-Identifier: MIT */
#include "tests/air/fixture.h"

#include "tests/air/runner_vulkan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST = 40, FIRST_SAMPLER = 8, FIRST_LEVELS = 96, MAX_LEVELS = 3 };

#define F PVG_AIR_FLOAT
const struct fixture_shape fixture_shapes[FX_TEXTURES] = {
    [FX_1D] = {"texture1d<float, sample>", "texture_1d", 16, 1, 1, 1, 1, F, false, false, false, false},
    [FX_1D_ARRAY] = {"texture1d_array<float, sample>", "texture_1d_array", 16, 1, 1, 3, 1, F, true, false, false, false},
    [FX_2D] = {"texture2d<float, sample>", "texture_2d", 16, 8, 1, 1, 3, F, false, false, false, false},
    [FX_2D_ARRAY] = {"texture2d_array<float, sample>", "texture_2d_array", 8, 8, 1, 3, 2, F, true, false, false, false},
    [FX_3D] = {"texture3d<float, sample>", "texture_3d", 8, 4, 4, 1, 2, F, false, false, false, false},
    [FX_CUBE] = {"texturecube<float, sample>", "texture_cube", 8, 8, 1, 6, 2, F, false, true, false, false},
    [FX_CUBE_ARRAY] = {"texturecube_array<float, sample>", "texture_cube_array", 8, 8, 1, 12, 1, F, true, true, false, false},
    [FX_UINT] = {"texture2d<uint, sample>", "texture_2d", 16, 8, 1, 1, 2, PVG_AIR_UINT, false, false, false, false},
    [FX_SINT] = {"texture2d<int, sample>", "texture_2d", 16, 8, 1, 1, 1, PVG_AIR_SINT, false, false, false, false},
    [FX_DEPTH] = {"depth2d<float, sample>", "depth_2d", 16, 8, 1, 1, 2, F, false, false, true, false},
    [FX_DEPTH_ARRAY] = {"depth2d_array<float, sample>", "depth_2d_array", 8, 8, 1, 3, 1, F, true, false, true, false},
    [FX_DEPTH_CUBE] = {"depthcube<float, sample>", "depth_cube", 8, 8, 1, 6, 1, F, false, true, true, false},
    [FX_BUFFER] = {"texture_buffer<float, read>", "texture_buffer_1d", 64, 1, 1, 1, 1, F, false, false, false, false},
    [FX_WRITE_2D] = {"texture2d<float, read_write>", "texture_2d", 16, 16, 1, 1, 1, F, false, false, false, true},
    [FX_WRITE_ARRAY] = {"texture2d_array<float, read_write>", "texture_2d_array", 16, 8, 1, 2, 1, F, true, false, false, true},
    [FX_WRITE_3D] = {"texture3d<float, read_write>", "texture_3d", 16, 4, 4, 1, 1, F, false, false, false, true},
    [FX_WRITE_CUBE] = {"texturecube<float, read_write>", "texture_cube", 8, 8, 1, 6, 1, F, false, true, false, true},
    [FX_WRITE_1D] = {"texture1d<float, read_write>", "texture_1d", 256, 1, 1, 1, 1, F, false, false, false, true},
    [FX_LEVELS_2D] = {"texture2d<float, read_write>", "texture_2d", 64, 64, 1, 1, 3, F, false, false, false, true},
    [FX_LEVELS_ARRAY] = {"texture2d_array<float, read_write>", "texture_2d_array", 32, 16, 1, 2, 2, F, true, false, false, true},
    [FX_LEVELS_3D] = {"texture3d<float, read_write>", "texture_3d", 32, 8, 8, 1, 2, F, false, false, false, true},
    [FX_LEVELS_CUBE] = {"texturecube<float, read_write>", "texture_cube", 16, 16, 1, 6, 2, F, false, true, false, true},
    [FX_WRITE_UINT] = {"texture2d<uint, read_write>", "texture_2d", 16, 16, 1, 1, 1, PVG_AIR_UINT, false, false, false, true},
    [FX_WRITE_SINT] = {"texture2d<int, read_write>", "texture_2d", 16, 16, 1, 1, 1, PVG_AIR_SINT, false, false, false, true},
    [FX_WRITE_BUFFER] = {"texture_buffer<uint, read_write>", "texture_buffer_1d", 256, 1, 1, 1, 1, PVG_AIR_UINT, false, false,
                         false, true},
};
#undef F

static struct runner_vulkan vk;
static struct {
    VkImage image;
    VkDeviceMemory memory;
    VkImageView view, faces, levels[MAX_LEVELS];
    VkBuffer buffer;
    VkBufferView texels;
} objects[FX_TEXTURES];
static VkSampler samplers[FX_SAMPLERS];

static bool is_buffer(unsigned t)
{
    return t == FX_BUFFER || t == FX_WRITE_BUFFER;
}

double fixture_texel(unsigned texture, unsigned level, unsigned layer, unsigned z, unsigned y, unsigned x, unsigned component)
{
    unsigned n = x * 7 + y * 13 + z * 29 + layer * 17 + level * 23 + component * 11 + texture * 5;
    const struct fixture_shape *s = &fixture_shapes[texture];
    if (s->cls == PVG_AIR_UINT)
        return n * 1000003u;
    if (s->cls == PVG_AIR_SINT)
        return (double)(int)(n * 9973u) - 900000;
    if (s->is_depth && component)
        return 0;
    return (n * 37 % 64) / 64.0;
}

static VkFormat format_of(unsigned t)
{
    const struct fixture_shape *s = &fixture_shapes[t];
    if (t == FX_WRITE_UINT || t == FX_WRITE_BUFFER)
        return VK_FORMAT_R32_UINT;
    if (t == FX_WRITE_SINT)
        return VK_FORMAT_R32_SINT;
    if (s->is_depth)
        return VK_FORMAT_D32_SFLOAT;
    return s->cls == PVG_AIR_FLOAT  ? VK_FORMAT_R32G32B32A32_SFLOAT
           : s->cls == PVG_AIR_SINT ? VK_FORMAT_R32G32B32A32_SINT
                                    : VK_FORMAT_R32G32B32A32_UINT;
}

static unsigned components(unsigned t)
{
    return fixture_shapes[t].is_depth || t >= FX_WRITE_UINT ? 1 : 4;
}

static unsigned at_level(unsigned size, unsigned level)
{
    return size >> level ? size >> level : 1;
}

/** All texels of a level. @return number of words */
static size_t fill_level(unsigned t, unsigned level, uint32_t *out)
{
    const struct fixture_shape *s = &fixture_shapes[t];
    unsigned w = at_level(s->width, level), h = at_level(s->height, level), d = at_level(s->depth, level), n = components(t);
    size_t k = 0;
    for (unsigned layer = 0; layer < s->layers; layer++)
        for (unsigned z = 0; z < d; z++)
            for (unsigned y = 0; y < h; y++)
                for (unsigned x = 0; x < w; x++)
                    for (unsigned c = 0; c < n; c++, k++) {
                        double v = fixture_texel(t, level, layer, z, y, x, c);
                        float f = (float)v;
                        if (s->cls == PVG_AIR_FLOAT)
                            memcpy(&out[k], &f, 4);
                        else
                            out[k] = (uint32_t)(int64_t)v;
                    }
    return k;
}

static void need(VkResult rc)
{
    if (rc != VK_SUCCESS)
        abort();
}

static uint32_t memory_type(uint32_t bits, VkMemoryPropertyFlags flags)
{
    VkPhysicalDeviceMemoryProperties p;
    vkGetPhysicalDeviceMemoryProperties(vk.physical, &p);
    for (uint32_t i = 0; i < p.memoryTypeCount; i++)
        if (bits >> i & 1 && (p.memoryTypes[i].propertyFlags & flags) == flags)
            return i;
    abort();
}

static VkBuffer make_buffer(size_t size, VkBufferUsageFlags usage, VkDeviceMemory *memory, void **map)
{
    VkBuffer b;
    VkBufferCreateInfo info = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .size = size, .usage = usage};
    need(vkCreateBuffer(vk.device, &info, NULL, &b));
    VkMemoryRequirements req;
    vkGetBufferMemoryRequirements(vk.device, b, &req);
    VkMemoryAllocateInfo alloc = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
                                  .allocationSize = req.size,
                                  .memoryTypeIndex = memory_type(req.memoryTypeBits, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
                                                                                         VK_MEMORY_PROPERTY_HOST_COHERENT_BIT)};
    need(vkAllocateMemory(vk.device, &alloc, NULL, memory));
    need(vkBindBufferMemory(vk.device, b, *memory, 0));
    need(vkMapMemory(vk.device, *memory, 0, VK_WHOLE_SIZE, 0, map));
    return b;
}

static VkImageViewType view_type(const struct fixture_shape *s)
{
    if (s->cube)
        return s->arrayed ? VK_IMAGE_VIEW_TYPE_CUBE_ARRAY : VK_IMAGE_VIEW_TYPE_CUBE;
    if (s->depth > 1)
        return VK_IMAGE_VIEW_TYPE_3D;
    if (strstr(s->kind, "_1d"))
        return s->arrayed ? VK_IMAGE_VIEW_TYPE_1D_ARRAY : VK_IMAGE_VIEW_TYPE_1D;
    return s->arrayed ? VK_IMAGE_VIEW_TYPE_2D_ARRAY : VK_IMAGE_VIEW_TYPE_2D;
}

static void write_descriptor(uint32_t binding, uint32_t index, VkDescriptorType type, VkImageView view, VkSampler sampler,
                             VkBufferView texels)
{
    VkDescriptorImageInfo ii = {.sampler = sampler, .imageView = view, .imageLayout = VK_IMAGE_LAYOUT_GENERAL};
    VkWriteDescriptorSet w = {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
                              .dstSet = vk.heap,
                              .dstBinding = binding,
                              .dstArrayElement = index,
                              .descriptorCount = 1,
                              .descriptorType = type,
                              .pImageInfo = &ii,
                              .pTexelBufferView = &texels};
    vkUpdateDescriptorSets(vk.device, 1, &w, 0, NULL);
}

static void upload(unsigned t, VkImage image)
{
    const struct fixture_shape *s = &fixture_shapes[t];
    VkDeviceMemory memory;
    void *map;
    size_t texels = (size_t)s->width * s->height * s->depth * s->layers * 2;
    VkBuffer staging = make_buffer(texels * 16, VK_BUFFER_USAGE_TRANSFER_SRC_BIT, &memory, &map);
    VkCommandBuffer cb;
    VkCommandBufferAllocateInfo a = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                     .commandPool = vk.commands,
                                     .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                     .commandBufferCount = 1};
    need(vkAllocateCommandBuffers(vk.device, &a, &cb));
    VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
    need(vkBeginCommandBuffer(cb, &begin));
    VkImageAspectFlags aspect = s->is_depth ? VK_IMAGE_ASPECT_DEPTH_BIT : VK_IMAGE_ASPECT_COLOR_BIT;
    VkImageMemoryBarrier b = {.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER,
                              .dstAccessMask = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT,
                              .newLayout = VK_IMAGE_LAYOUT_GENERAL,
                              .image = image,
                              .subresourceRange = {aspect, 0, s->levels, 0, s->layers}};
    vkCmdPipelineBarrier(cb, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, 0, NULL, 0, NULL, 1, &b);
    size_t words = 0;
    for (unsigned level = 0; level < s->levels; level++) {
        VkBufferImageCopy c = {.bufferOffset = words * 4,
                               .imageSubresource = {aspect, level, 0, s->layers},
                               .imageExtent = {at_level(s->width, level), at_level(s->height, level), at_level(s->depth, level)}};
        words += fill_level(t, level, (uint32_t *)map + words);
        vkCmdCopyBufferToImage(cb, staging, image, VK_IMAGE_LAYOUT_GENERAL, 1, &c);
    }
    need(vkEndCommandBuffer(cb));
    VkSubmitInfo submit = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = &cb};
    need(vkQueueSubmit(vk.queue, 1, &submit, VK_NULL_HANDLE));
    need(vkQueueWaitIdle(vk.queue));
    vkFreeCommandBuffers(vk.device, vk.commands, 1, &cb);
    vkDestroyBuffer(vk.device, staging, NULL);
    vkFreeMemory(vk.device, memory, NULL);
}

static uint32_t first_level_index(unsigned t)
{
    return FIRST_LEVELS + MAX_LEVELS * (t - FX_LEVELS_2D);
}

/** Storage views have one level each; those of a texture are neighbours in the heap. Cubes are arrays of faces there. */
static void make_levels(unsigned t, VkImageViewCreateInfo view)
{
    if (view.viewType == VK_IMAGE_VIEW_TYPE_CUBE)
        view.viewType = VK_IMAGE_VIEW_TYPE_2D_ARRAY;
    for (unsigned level = 0; level < fixture_shapes[t].levels; level++) {
        view.subresourceRange.baseMipLevel = level;
        need(vkCreateImageView(vk.device, &view, NULL, &objects[t].levels[level]));
        write_descriptor(1, first_level_index(t) + level, VK_DESCRIPTOR_TYPE_STORAGE_IMAGE, objects[t].levels[level],
                         VK_NULL_HANDLE, VK_NULL_HANDLE);
    }
}

static void make_image(unsigned t)
{
    const struct fixture_shape *s = &fixture_shapes[t];
    VkImageViewType type = view_type(s);
    bool flat = type == VK_IMAGE_VIEW_TYPE_1D || type == VK_IMAGE_VIEW_TYPE_1D_ARRAY;
    VkImageUsageFlags usage = VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT;
    VkImageCreateInfo info = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
                              .flags = s->cube ? VK_IMAGE_CREATE_CUBE_COMPATIBLE_BIT : 0,
                              .imageType = s->depth > 1 ? VK_IMAGE_TYPE_3D
                                           : flat       ? VK_IMAGE_TYPE_1D
                                                        : VK_IMAGE_TYPE_2D,
                              .format = format_of(t),
                              .extent = {s->width, s->height, s->depth},
                              .mipLevels = s->levels,
                              .arrayLayers = s->layers,
                              .samples = VK_SAMPLE_COUNT_1_BIT,
                              .usage = usage | (s->storage ? VK_IMAGE_USAGE_STORAGE_BIT : 0)};
    need(vkCreateImage(vk.device, &info, NULL, &objects[t].image));
    VkMemoryRequirements req;
    vkGetImageMemoryRequirements(vk.device, objects[t].image, &req);
    VkMemoryAllocateInfo alloc = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
                                  .allocationSize = req.size,
                                  .memoryTypeIndex = memory_type(req.memoryTypeBits, 0)};
    need(vkAllocateMemory(vk.device, &alloc, NULL, &objects[t].memory));
    need(vkBindImageMemory(vk.device, objects[t].image, objects[t].memory, 0));
    VkImageAspectFlags aspect = s->is_depth ? VK_IMAGE_ASPECT_DEPTH_BIT : VK_IMAGE_ASPECT_COLOR_BIT;
    VkImageViewCreateInfo view = {.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO,
                                  .image = objects[t].image,
                                  .viewType = type,
                                  .format = info.format,
                                  .subresourceRange = {aspect, 0, s->storage ? 1 : s->levels, 0, s->layers}};
    need(vkCreateImageView(vk.device, &view, NULL, &objects[t].view));
    VkDescriptorType kind = s->storage ? VK_DESCRIPTOR_TYPE_STORAGE_IMAGE : VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE;
    write_descriptor(s->storage, FIRST + t, kind, objects[t].view, VK_NULL_HANDLE, VK_NULL_HANDLE);
    if (s->cube) { /* Entry 0 to 7 after the reserved ones: faces as layers. */
        view.viewType = VK_IMAGE_VIEW_TYPE_2D_ARRAY;
        need(vkCreateImageView(vk.device, &view, NULL, &objects[t].faces));
        write_descriptor(s->storage, t, kind, objects[t].faces, VK_NULL_HANDLE, VK_NULL_HANDLE);
    }
    if (s->storage && s->levels > 1)
        make_levels(t, view);
    upload(t, objects[t].image);
}

static void make_texels(unsigned t)
{
    const struct fixture_shape *s = &fixture_shapes[t];
    VkBufferUsageFlags usage = s->storage ? VK_BUFFER_USAGE_STORAGE_TEXEL_BUFFER_BIT : VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT;
    void *map;
    size_t size = (size_t)s->width * components(t) * 4;
    objects[t].buffer = make_buffer(size, usage, &objects[t].memory, &map);
    fill_level(t, 0, map);
    VkBufferViewCreateInfo view = {
        .sType = VK_STRUCTURE_TYPE_BUFFER_VIEW_CREATE_INFO, .buffer = objects[t].buffer, .format = format_of(t), .range = size};
    need(vkCreateBufferView(vk.device, &view, NULL, &objects[t].texels));
    write_descriptor(s->storage ? 4 : 3, FIRST + t,
                     s->storage ? VK_DESCRIPTOR_TYPE_STORAGE_TEXEL_BUFFER : VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER, VK_NULL_HANDLE,
                     VK_NULL_HANDLE, objects[t].texels);
}

static void make_sampler(unsigned i)
{
    bool nearest = i == FX_NEAREST_CLAMP || i == FX_NEAREST_ZERO || i == FX_COMPARE;
    VkSamplerAddressMode mode = i == FX_LINEAR_REPEAT   ? VK_SAMPLER_ADDRESS_MODE_REPEAT
                                : i == FX_LINEAR_MIRROR ? VK_SAMPLER_ADDRESS_MODE_MIRRORED_REPEAT
                                : i == FX_NEAREST_ZERO  ? VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_BORDER
                                                        : VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE;
    VkSamplerCreateInfo s = {.sType = VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO,
                             .magFilter = nearest ? VK_FILTER_NEAREST : VK_FILTER_LINEAR,
                             .minFilter = nearest ? VK_FILTER_NEAREST : VK_FILTER_LINEAR,
                             .mipmapMode = i == FX_TRILINEAR ? VK_SAMPLER_MIPMAP_MODE_LINEAR : VK_SAMPLER_MIPMAP_MODE_NEAREST,
                             .addressModeU = mode,
                             .addressModeV = mode,
                             .addressModeW = mode,
                             .compareEnable = i == FX_COMPARE,
                             .compareOp = VK_COMPARE_OP_LESS_OR_EQUAL,
                             .maxLod = VK_LOD_CLAMP_NONE,
                             .borderColor = VK_BORDER_COLOR_FLOAT_TRANSPARENT_BLACK};
    need(vkCreateSampler(vk.device, &s, NULL, &samplers[i]));
    write_descriptor(2, FIRST_SAMPLER + i, VK_DESCRIPTOR_TYPE_SAMPLER, VK_NULL_HANDLE, samplers[i], VK_NULL_HANDLE);
}

bool fixture_open(struct runner *r)
{
    vk = runner_vulkan(r);
    for (unsigned t = 0; t < FX_TEXTURES; t++) {
        if (is_buffer(t))
            make_texels(t);
        else
            make_image(t);
    }
    for (unsigned i = 0; i < FX_SAMPLERS; i++)
        make_sampler(i);
    return true;
}

void fixture_close(void)
{
    for (unsigned t = 0; t < FX_TEXTURES; t++) {
        vkDestroyBufferView(vk.device, objects[t].texels, NULL);
        vkDestroyBuffer(vk.device, objects[t].buffer, NULL);
        vkDestroyImageView(vk.device, objects[t].faces, NULL);
        for (unsigned level = 0; level < MAX_LEVELS; level++)
            vkDestroyImageView(vk.device, objects[t].levels[level], NULL);
        vkDestroyImageView(vk.device, objects[t].view, NULL);
        vkDestroyImage(vk.device, objects[t].image, NULL);
        vkFreeMemory(vk.device, objects[t].memory, NULL);
    }
    for (unsigned i = 0; i < FX_SAMPLERS; i++)
        vkDestroySampler(vk.device, samplers[i], NULL);
}

uint32_t fixture_texture_word(const struct pvg_air_texture *t)
{
    if (t->index >= FX_TEXTURES)
        return 0; /* Nothing is bound there. */
    if (t->levels && fixture_shapes[t->index].levels > 1)
        return pvg_air_levels_word(first_level_index(t->index), fixture_shapes[t->index].levels);
    bool faces = fixture_shapes[t->index].cube && t->dim == PVG_AIR_DIM_2D;
    return faces ? t->index : FIRST + t->index;
}

uint32_t fixture_sampler_word(const struct pvg_air_sampler *s)
{
    return FIRST_SAMPLER + s->index;
}

/* ---- Sampling on the host -------------------------------------------------------------------------------------------------- */

/** Index of a texel under the sampler's address mode; -1 = border. */
static int wrap(unsigned sampler, int i, int size)
{
    if (sampler == FX_LINEAR_REPEAT)
        return ((i % size) + size) % size;
    if (sampler == FX_LINEAR_MIRROR) {
        int m = ((i % (2 * size)) + 2 * size) % (2 * size);
        return m < size ? m : 2 * size - 1 - m;
    }
    if (sampler == FX_NEAREST_ZERO)
        return i < 0 || i >= size ? -1 : i;
    return i < 0 ? 0 : i >= size ? size - 1 : i;
}

static double fetch(const struct fixture_sample *s, unsigned level, unsigned layer, const int p[3], unsigned component)
{
    const struct fixture_shape *sh = &fixture_shapes[s->texture];
    int size[3] = {(int)at_level(sh->width, level), (int)at_level(sh->height, level), (int)at_level(sh->depth, level)}, q[3];
    for (int i = 0; i < 3; i++) {
        q[i] = wrap(sh->cube ? FX_LINEAR_CLAMP : s->sampler, p[i], size[i]);
        if (q[i] < 0)
            return 0;
    }
    double v = fixture_texel(s->texture, level, layer, (unsigned)q[2], (unsigned)q[1], (unsigned)q[0], component);
    if (s->compare)
        return s->reference <= v ? 1 : 0;
    return sh->is_depth && component ? 0 : v;
}

/** Face and coordinates on it. `*near` is set at edges, where devices differ in whether they filter across. */
static unsigned cube_face(const double c[3], double out[3], bool *near)
{
    double ax = fabs(c[0]), ay = fabs(c[1]), az = fabs(c[2]), major, u, v;
    unsigned face;
    if (az >= ax && az >= ay) {
        face = c[2] < 0 ? 5 : 4;
        major = az;
        u = c[2] < 0 ? -c[0] : c[0];
        v = -c[1];
    } else if (ay >= ax) {
        face = c[1] < 0 ? 3 : 2;
        major = ay;
        u = c[0];
        v = c[1] < 0 ? -c[2] : c[2];
    } else {
        face = c[0] < 0 ? 1 : 0;
        major = ax;
        u = c[0] < 0 ? c[2] : -c[2];
        v = -c[1];
    }
    out[0] = (u / major + 1) / 2;
    out[1] = (v / major + 1) / 2;
    out[2] = 0;
    *near = major == 0 || fabs(u) > 0.85 * major || fabs(v) > 0.85 * major;
    return face;
}

/** Continuous texel position, and the layer that the operation looks at. */
static unsigned place(const struct fixture_sample *s, unsigned level, double p[3], bool *open)
{
    const struct fixture_shape *sh = &fixture_shapes[s->texture];
    double c[3] = {s->coord[0], s->coord[1], s->coord[2]};
    unsigned layer = sh->arrayed && !sh->cube ? (s->layer >= sh->layers ? sh->layers - 1 : s->layer) : 0;
    if (sh->cube) {
        bool near;
        unsigned cube = sh->arrayed ? (s->layer >= sh->layers / 6 ? sh->layers / 6 - 1 : s->layer) : 0;
        layer = cube * 6 + cube_face(s->coord, c, &near);
        *open |= near;
    }
    p[0] = c[0] * at_level(sh->width, level) + s->offset[0];
    p[1] = sh->height > 1 ? c[1] * at_level(sh->height, level) + s->offset[1] : 0.5;
    p[2] = sh->depth > 1 ? c[2] * at_level(sh->depth, level) + s->offset[2] : 0.5;
    return layer;
}

static void sample_level(const struct fixture_sample *s, unsigned level, double out[4], double *slack, bool *open)
{
    bool nearest = s->sampler == FX_NEAREST_CLAMP || s->sampler == FX_NEAREST_ZERO || s->sampler == FX_COMPARE;
    double p[3], f[3];
    unsigned layer = place(s, level, p, open);
    int at[3];
    for (int i = 0; i < 3; i++) {
        double v = nearest ? p[i] : p[i] - 0.5;
        at[i] = (int)floor(v);
        f[i] = nearest ? 0 : v - floor(v);
        *open |= nearest && fabs(p[i] - rint(p[i])) < 0.01;
    }
    for (int c = 0; c < 4; c++)
        out[c] = 0;
    for (int corner = 0; corner < (nearest ? 1 : 8); corner++) {
        int q[3];
        double weight = 1;
        for (int i = 0; i < 3; i++) {
            q[i] = at[i] + (corner >> i & 1);
            weight *= corner >> i & 1 ? f[i] : 1 - f[i];
        }
        for (unsigned c = 0; weight > 0 && c < 4; c++)
            out[c] += weight * fetch(s, level, layer, q, c);
    }
    /* Weights have eight bits. */
    *slack = nearest ? 0 : 3.0 / 256 + 1e-5;
}

void fixture_sample(const struct fixture_sample *s, double out[4], double *slack, bool *open)
{
    const struct fixture_shape *sh = &fixture_shapes[s->texture];
    double lod = s->lod < 0 ? 0 : s->lod > sh->levels - 1 ? sh->levels - 1 : s->lod;
    unsigned low = s->sampler == FX_TRILINEAR ? (unsigned)floor(lod) : (unsigned)ceil(lod + 0.5) - 1;
    double f = s->sampler == FX_TRILINEAR ? lod - low : 0;
    if (s->sampler != FX_TRILINEAR && fabs(lod - floor(lod) - 0.5) < 0.01)
        *open = true;
    sample_level(s, low, out, slack, open);
    if (f > 0) {
        double upper[4];
        sample_level(s, low + 1, upper, slack, open);
        for (int c = 0; c < 4; c++)
            out[c] = out[c] * (1 - f) + upper[c] * f;
        *slack += 1.0 / 256;
    }
}

void fixture_gather(const struct fixture_sample *s, unsigned component, double out[4], double *slack, bool *open)
{
    static const int order[4][2] = {{0, 1}, {1, 1}, {1, 0}, {0, 0}};
    double p[3];
    unsigned layer = place(s, 0, p, open);
    for (int i = 0; i < 2; i++)
        *open |= fabs(p[i] - 0.5 - rint(p[i] - 0.5)) < 0.02;
    for (int k = 0; k < 4; k++) {
        int q[3] = {(int)floor(p[0] - 0.5) + order[k][0], (int)floor(p[1] - 0.5) + order[k][1], 0};
        out[k] = fetch(s, 0, layer, q, component);
    }
    *slack = 0;
}
