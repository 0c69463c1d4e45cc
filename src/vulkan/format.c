/* SPDX-License-Identifier: MIT */
#include "vulkan/format.h"

#include <stdlib.h>
#include <string.h>

#include "vulkan/vk.h"

enum { F = PVG_VKCLASS_FLOAT, S = PVG_VKCLASS_SINT, U = PVG_VKCLASS_UINT };

struct color_row {
    uint16_t mtl;
    uint8_t bytes, cls;
    VkFormat vk, swapped; /**< `swapped`: fallback with red and blue exchanged. */
};

/** A colour format in a host format of other bytes. */
struct codec_row {
    uint16_t mtl;
    uint8_t bytes, block_w, codec;
    bool target; /**< What shaders write comes back through the conversion. */
    VkFormat vk;
};

/* Spec 08 section B.2, formats of one texel per block. */
static const struct color_row color_rows[] = {
    {1, 1, F, VK_FORMAT_R8_UNORM, 0}, /* A8Unorm */
    {10, 1, F, VK_FORMAT_R8_UNORM, 0},
    {11, 1, F, VK_FORMAT_R8_SRGB, 0},
    {12, 1, F, VK_FORMAT_R8_SNORM, 0},
    {13, 1, U, VK_FORMAT_R8_UINT, 0},
    {14, 1, S, VK_FORMAT_R8_SINT, 0},
    {20, 2, F, VK_FORMAT_R16_UNORM, 0},
    {22, 2, F, VK_FORMAT_R16_SNORM, 0},
    {23, 2, U, VK_FORMAT_R16_UINT, 0},
    {24, 2, S, VK_FORMAT_R16_SINT, 0},
    {25, 2, F, VK_FORMAT_R16_SFLOAT, 0},
    {30, 2, F, VK_FORMAT_R8G8_UNORM, 0},
    {31, 2, F, VK_FORMAT_R8G8_SRGB, 0},
    {32, 2, F, VK_FORMAT_R8G8_SNORM, 0},
    {33, 2, U, VK_FORMAT_R8G8_UINT, 0},
    {34, 2, S, VK_FORMAT_R8G8_SINT, 0},
    {40, 2, F, VK_FORMAT_R5G6B5_UNORM_PACK16, 0},
    {41, 2, F, VK_FORMAT_R5G5B5A1_UNORM_PACK16, 0},
    {42, 2, F, VK_FORMAT_R4G4B4A4_UNORM_PACK16, 0},
    {43, 2, F, VK_FORMAT_A1R5G5B5_UNORM_PACK16, 0},
    {53, 4, U, VK_FORMAT_R32_UINT, 0},
    {54, 4, S, VK_FORMAT_R32_SINT, 0},
    {55, 4, F, VK_FORMAT_R32_SFLOAT, 0},
    {60, 4, F, VK_FORMAT_R16G16_UNORM, 0},
    {62, 4, F, VK_FORMAT_R16G16_SNORM, 0},
    {63, 4, U, VK_FORMAT_R16G16_UINT, 0},
    {64, 4, S, VK_FORMAT_R16G16_SINT, 0},
    {65, 4, F, VK_FORMAT_R16G16_SFLOAT, 0},
    {70, 4, F, VK_FORMAT_R8G8B8A8_UNORM, 0},
    {71, 4, F, VK_FORMAT_R8G8B8A8_SRGB, 0},
    {72, 4, F, VK_FORMAT_R8G8B8A8_SNORM, 0},
    {73, 4, U, VK_FORMAT_R8G8B8A8_UINT, 0},
    {74, 4, S, VK_FORMAT_R8G8B8A8_SINT, 0},
    {80, 4, F, VK_FORMAT_B8G8R8A8_UNORM, 0},
    {81, 4, F, VK_FORMAT_B8G8R8A8_SRGB, 0},
    {90, 4, F, VK_FORMAT_A2B10G10R10_UNORM_PACK32, 0},
    {91, 4, U, VK_FORMAT_A2B10G10R10_UINT_PACK32, 0},
    {92, 4, F, VK_FORMAT_B10G11R11_UFLOAT_PACK32, 0},
    {93, 4, F, VK_FORMAT_E5B9G9R9_UFLOAT_PACK32, 0},
    {94, 4, F, VK_FORMAT_A2R10G10B10_UNORM_PACK32, VK_FORMAT_A2B10G10R10_UNORM_PACK32},
    {103, 8, U, VK_FORMAT_R32G32_UINT, 0},
    {104, 8, S, VK_FORMAT_R32G32_SINT, 0},
    {105, 8, F, VK_FORMAT_R32G32_SFLOAT, 0},
    {110, 8, F, VK_FORMAT_R16G16B16A16_UNORM, 0},
    {112, 8, F, VK_FORMAT_R16G16B16A16_SNORM, 0},
    {113, 8, U, VK_FORMAT_R16G16B16A16_UINT, 0},
    {114, 8, S, VK_FORMAT_R16G16B16A16_SINT, 0},
    {115, 8, F, VK_FORMAT_R16G16B16A16_SFLOAT, 0},
    {123, 16, U, VK_FORMAT_R32G32B32A32_UINT, 0},
    {124, 16, S, VK_FORMAT_R32G32B32A32_SINT, 0},
    {125, 16, F, VK_FORMAT_R32G32B32A32_SFLOAT, 0},
};

/* Formats that Vulkan does not know, and what stands in for optional ones that the device lacks. */
static const struct codec_row codec_rows[] = {
    {11, 1, 1, PVG_VKCODEC_WIDEN8, false, VK_FORMAT_R8G8B8A8_SRGB},
    {31, 2, 1, PVG_VKCODEC_WIDEN16, false, VK_FORMAT_R8G8B8A8_SRGB},
    {41, 2, 1, PVG_VKCODEC_ROTATE16, true, VK_FORMAT_A1R5G5B5_UNORM_PACK16},
    {42, 2, 1, PVG_VKCODEC_SWAP4, true, VK_FORMAT_B4G4R4A4_UNORM_PACK16},
    {240, 4, 2, PVG_VKCODEC_GBGR, false, VK_FORMAT_R8G8B8A8_UNORM},
    {241, 4, 2, PVG_VKCODEC_BGRG, false, VK_FORMAT_R8G8B8A8_UNORM},
    {552, 8, 1, PVG_VKCODEC_XR64, true, VK_FORMAT_R16G16B16A16_SFLOAT},
    {553, 8, 1, PVG_VKCODEC_XR64_SRGB, true, VK_FORMAT_R16G16B16A16_SFLOAT},
    {554, 4, 1, PVG_VKCODEC_XR32, true, VK_FORMAT_R16G16B16A16_SFLOAT},
    {555, 4, 1, PVG_VKCODEC_XR32_SRGB, true, VK_FORMAT_R16G16B16A16_SFLOAT},
};

struct block_row {
    uint16_t mtl;
    uint8_t w, h, bytes;
    VkFormat vk;
};

/* Spec 08 section B.2, block-compressed formats that Vulkan knows. */
static const struct block_row block_rows[] = {
    {130, 4, 4, 8, VK_FORMAT_BC1_RGBA_UNORM_BLOCK},
    {131, 4, 4, 8, VK_FORMAT_BC1_RGBA_SRGB_BLOCK},
    {132, 4, 4, 16, VK_FORMAT_BC2_UNORM_BLOCK},
    {133, 4, 4, 16, VK_FORMAT_BC2_SRGB_BLOCK},
    {134, 4, 4, 16, VK_FORMAT_BC3_UNORM_BLOCK},
    {135, 4, 4, 16, VK_FORMAT_BC3_SRGB_BLOCK},
    {140, 4, 4, 8, VK_FORMAT_BC4_UNORM_BLOCK},
    {141, 4, 4, 8, VK_FORMAT_BC4_SNORM_BLOCK},
    {142, 4, 4, 16, VK_FORMAT_BC5_UNORM_BLOCK},
    {143, 4, 4, 16, VK_FORMAT_BC5_SNORM_BLOCK},
    {150, 4, 4, 16, VK_FORMAT_BC6H_SFLOAT_BLOCK},
    {151, 4, 4, 16, VK_FORMAT_BC6H_UFLOAT_BLOCK},
    {152, 4, 4, 16, VK_FORMAT_BC7_UNORM_BLOCK},
    {153, 4, 4, 16, VK_FORMAT_BC7_SRGB_BLOCK},
    {170, 4, 4, 8, VK_FORMAT_EAC_R11_UNORM_BLOCK},
    {172, 4, 4, 8, VK_FORMAT_EAC_R11_SNORM_BLOCK},
    {174, 4, 4, 16, VK_FORMAT_EAC_R11G11_UNORM_BLOCK},
    {176, 4, 4, 16, VK_FORMAT_EAC_R11G11_SNORM_BLOCK},
    {178, 4, 4, 16, VK_FORMAT_ETC2_R8G8B8A8_UNORM_BLOCK},
    {179, 4, 4, 16, VK_FORMAT_ETC2_R8G8B8A8_SRGB_BLOCK},
    {180, 4, 4, 8, VK_FORMAT_ETC2_R8G8B8_UNORM_BLOCK},
    {181, 4, 4, 8, VK_FORMAT_ETC2_R8G8B8_SRGB_BLOCK},
    {182, 4, 4, 8, VK_FORMAT_ETC2_R8G8B8A1_UNORM_BLOCK},
    {183, 4, 4, 8, VK_FORMAT_ETC2_R8G8B8A1_SRGB_BLOCK},
    {186, 4, 4, 16, VK_FORMAT_ASTC_4x4_SRGB_BLOCK},
    {187, 5, 4, 16, VK_FORMAT_ASTC_5x4_SRGB_BLOCK},
    {188, 5, 5, 16, VK_FORMAT_ASTC_5x5_SRGB_BLOCK},
    {189, 6, 5, 16, VK_FORMAT_ASTC_6x5_SRGB_BLOCK},
    {190, 6, 6, 16, VK_FORMAT_ASTC_6x6_SRGB_BLOCK},
    {192, 8, 5, 16, VK_FORMAT_ASTC_8x5_SRGB_BLOCK},
    {193, 8, 6, 16, VK_FORMAT_ASTC_8x6_SRGB_BLOCK},
    {194, 8, 8, 16, VK_FORMAT_ASTC_8x8_SRGB_BLOCK},
    {195, 10, 5, 16, VK_FORMAT_ASTC_10x5_SRGB_BLOCK},
    {196, 10, 6, 16, VK_FORMAT_ASTC_10x6_SRGB_BLOCK},
    {197, 10, 8, 16, VK_FORMAT_ASTC_10x8_SRGB_BLOCK},
    {198, 10, 10, 16, VK_FORMAT_ASTC_10x10_SRGB_BLOCK},
    {199, 12, 10, 16, VK_FORMAT_ASTC_12x10_SRGB_BLOCK},
    {200, 12, 12, 16, VK_FORMAT_ASTC_12x12_SRGB_BLOCK},
    {204, 4, 4, 16, VK_FORMAT_ASTC_4x4_UNORM_BLOCK},
    {205, 5, 4, 16, VK_FORMAT_ASTC_5x4_UNORM_BLOCK},
    {206, 5, 5, 16, VK_FORMAT_ASTC_5x5_UNORM_BLOCK},
    {207, 6, 5, 16, VK_FORMAT_ASTC_6x5_UNORM_BLOCK},
    {208, 6, 6, 16, VK_FORMAT_ASTC_6x6_UNORM_BLOCK},
    {210, 8, 5, 16, VK_FORMAT_ASTC_8x5_UNORM_BLOCK},
    {211, 8, 6, 16, VK_FORMAT_ASTC_8x6_UNORM_BLOCK},
    {212, 8, 8, 16, VK_FORMAT_ASTC_8x8_UNORM_BLOCK},
    {213, 10, 5, 16, VK_FORMAT_ASTC_10x5_UNORM_BLOCK},
    {214, 10, 6, 16, VK_FORMAT_ASTC_10x6_UNORM_BLOCK},
    {215, 10, 8, 16, VK_FORMAT_ASTC_10x8_UNORM_BLOCK},
    {216, 10, 10, 16, VK_FORMAT_ASTC_10x10_UNORM_BLOCK},
    {217, 12, 10, 16, VK_FORMAT_ASTC_12x10_UNORM_BLOCK},
    {218, 12, 12, 16, VK_FORMAT_ASTC_12x12_UNORM_BLOCK},
    {222, 4, 4, 16, VK_FORMAT_ASTC_4x4_SFLOAT_BLOCK},
    {223, 5, 4, 16, VK_FORMAT_ASTC_5x4_SFLOAT_BLOCK},
    {224, 5, 5, 16, VK_FORMAT_ASTC_5x5_SFLOAT_BLOCK},
    {225, 6, 5, 16, VK_FORMAT_ASTC_6x5_SFLOAT_BLOCK},
    {226, 6, 6, 16, VK_FORMAT_ASTC_6x6_SFLOAT_BLOCK},
    {228, 8, 5, 16, VK_FORMAT_ASTC_8x5_SFLOAT_BLOCK},
    {229, 8, 6, 16, VK_FORMAT_ASTC_8x6_SFLOAT_BLOCK},
    {230, 8, 8, 16, VK_FORMAT_ASTC_8x8_SFLOAT_BLOCK},
    {231, 10, 5, 16, VK_FORMAT_ASTC_10x5_SFLOAT_BLOCK},
    {232, 10, 6, 16, VK_FORMAT_ASTC_10x6_SFLOAT_BLOCK},
    {233, 10, 8, 16, VK_FORMAT_ASTC_10x8_SFLOAT_BLOCK},
    {234, 10, 10, 16, VK_FORMAT_ASTC_10x10_SFLOAT_BLOCK},
    {235, 12, 10, 16, VK_FORMAT_ASTC_12x10_SFLOAT_BLOCK},
    {236, 12, 12, 16, VK_FORMAT_ASTC_12x12_SFLOAT_BLOCK},
};

struct depth_row {
    uint16_t mtl;
    uint8_t bytes, depth_bytes, stencil_bytes;
    VkImageAspectFlags aspects;
    VkFormat vk, fallback, fallback2;
    bool raw;
};

/* Spec 08 sections B.2 and B.6. The guest's combined cells interleave depth and stencil, Vulkan copies aspects apart. */
static const struct depth_row depth_rows[] = {
    {250, 2, 2, 0, VK_IMAGE_ASPECT_DEPTH_BIT, VK_FORMAT_D16_UNORM, 0, 0, true},
    {252, 4, 4, 0, VK_IMAGE_ASPECT_DEPTH_BIT, VK_FORMAT_D32_SFLOAT, 0, 0, true},
    {253, 1, 0, 1, VK_IMAGE_ASPECT_STENCIL_BIT, VK_FORMAT_S8_UINT, VK_FORMAT_D32_SFLOAT_S8_UINT, VK_FORMAT_D24_UNORM_S8_UINT, true},
    {255, 4, 4, 1, VK_IMAGE_ASPECT_DEPTH_BIT | VK_IMAGE_ASPECT_STENCIL_BIT, VK_FORMAT_D24_UNORM_S8_UINT,
     VK_FORMAT_D32_SFLOAT_S8_UINT, 0, false},
    {260, 8, 4, 1, VK_IMAGE_ASPECT_DEPTH_BIT | VK_IMAGE_ASPECT_STENCIL_BIT, VK_FORMAT_D32_SFLOAT_S8_UINT, 0, 0, false},
    {261, 8, 0, 1, VK_IMAGE_ASPECT_STENCIL_BIT, VK_FORMAT_D32_SFLOAT_S8_UINT, 0, 0, false},
    {262, 4, 0, 1, VK_IMAGE_ASPECT_STENCIL_BIT, VK_FORMAT_D24_UNORM_S8_UINT, VK_FORMAT_D32_SFLOAT_S8_UINT, 0, false},
};

/* Pairs that differ in the transfer curve only. */
static const VkFormat curves[][2] = {
    {VK_FORMAT_R8_UNORM, VK_FORMAT_R8_SRGB},
    {VK_FORMAT_R8G8_UNORM, VK_FORMAT_R8G8_SRGB},
    {VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_R8G8B8A8_SRGB},
    {VK_FORMAT_B8G8R8A8_UNORM, VK_FORMAT_B8G8R8A8_SRGB},
    {VK_FORMAT_BC1_RGBA_UNORM_BLOCK, VK_FORMAT_BC1_RGBA_SRGB_BLOCK},
    {VK_FORMAT_BC2_UNORM_BLOCK, VK_FORMAT_BC2_SRGB_BLOCK},
    {VK_FORMAT_BC3_UNORM_BLOCK, VK_FORMAT_BC3_SRGB_BLOCK},
    {VK_FORMAT_BC7_UNORM_BLOCK, VK_FORMAT_BC7_SRGB_BLOCK},
    {VK_FORMAT_ETC2_R8G8B8A8_UNORM_BLOCK, VK_FORMAT_ETC2_R8G8B8A8_SRGB_BLOCK},
    {VK_FORMAT_ETC2_R8G8B8_UNORM_BLOCK, VK_FORMAT_ETC2_R8G8B8_SRGB_BLOCK},
    {VK_FORMAT_ETC2_R8G8B8A1_UNORM_BLOCK, VK_FORMAT_ETC2_R8G8B8A1_SRGB_BLOCK},
};

static VkFormat find_sibling(VkFormat format)
{
    if (format >= VK_FORMAT_ASTC_4x4_UNORM_BLOCK && format <= VK_FORMAT_ASTC_12x12_SRGB_BLOCK) {
        bool is_linear = (format - VK_FORMAT_ASTC_4x4_UNORM_BLOCK) % 2 == 0;
        return is_linear ? format + 1 : format - 1;
    }
    for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
        if (curves[i][0] == format)
            return curves[i][1];
        if (curves[i][1] == format)
            return curves[i][0];
    }
    return VK_FORMAT_UNDEFINED;
}

/** Formats that some desktop devices lack, for tests of what stands in for them. */
static bool is_left_out(VkFormat format)
{
    static const VkFormat optional[] = {
        VK_FORMAT_D24_UNORM_S8_UINT,
        VK_FORMAT_S8_UINT,
        VK_FORMAT_R5G5B5A1_UNORM_PACK16,
        VK_FORMAT_R4G4B4A4_UNORM_PACK16,
        VK_FORMAT_A2R10G10B10_UNORM_PACK32,
        VK_FORMAT_R8_SRGB,
        VK_FORMAT_R8G8_SRGB,
    };
    const char *env = getenv("OPENPVG_VK_NO_OPTIONAL_FORMATS");
    for (size_t i = 0; env && !strcmp(env, "1") && i < sizeof(optional) / sizeof(optional[0]); i++)
        if (optional[i] == format)
            return true;
    return false;
}

static VkFormatProperties3 query(const struct pvg_vk *vk, VkFormat format)
{
    VkFormatProperties3 p3 = {.sType = VK_STRUCTURE_TYPE_FORMAT_PROPERTIES_3};
    if (is_left_out(format))
        return p3;
    VkFormatProperties2 p2 = {.sType = VK_STRUCTURE_TYPE_FORMAT_PROPERTIES_2, .pNext = &p3};
    vk->fn.GetPhysicalDeviceFormatProperties2(vk->phys, format, &p2);
    return p3;
}

static VkSampleCountFlags query_samples(const struct pvg_vk *vk, VkFormat format, VkImageUsageFlags usage)
{
    VkPhysicalDeviceImageFormatInfo2 info = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_FORMAT_INFO_2,
        .format = format,
        .type = VK_IMAGE_TYPE_2D,
        .tiling = VK_IMAGE_TILING_OPTIMAL,
        .usage = usage,
    };
    VkImageFormatProperties2 props = {.sType = VK_STRUCTURE_TYPE_IMAGE_FORMAT_PROPERTIES_2};
    if (vk->fn.GetPhysicalDeviceImageFormatProperties2(vk->phys, &info, &props) != VK_SUCCESS)
        return VK_SAMPLE_COUNT_1_BIT;
    return props.imageFormatProperties.sampleCounts;
}

static bool usable(VkFormatProperties3 p, VkFormatFeatureFlags2 need)
{
    return (p.optimalTilingFeatures & need) == need;
}

static void add_color(struct pvg_vk *vk, const struct color_row *row)
{
    struct pvg_vkformat *f = &vk->formats[row->mtl];
    const VkFormatFeatureFlags2 need =
        VK_FORMAT_FEATURE_2_SAMPLED_IMAGE_BIT | VK_FORMAT_FEATURE_2_TRANSFER_SRC_BIT | VK_FORMAT_FEATURE_2_TRANSFER_DST_BIT;
    VkFormatProperties3 p = query(vk, row->vk);
    f->vk = row->vk;
    f->order = row->mtl == 1 ? PVG_VKORDER_ALPHA_IN_RED : PVG_VKORDER_SAME;
    if (!usable(p, need) && row->swapped) {
        p = query(vk, row->swapped);
        f->vk = row->swapped;
        f->order = PVG_VKORDER_SWAPPED;
    }
    if (!usable(p, need)) {
        f->vk = VK_FORMAT_UNDEFINED;
        f->absent = "the device cannot sample and copy it";
        return;
    }
    f->features = p.optimalTilingFeatures;
    /* Guest buffers may be used as either kind of texel buffer, and a view of such a buffer must support both. */
    if (p.bufferFeatures & VK_FORMAT_FEATURE_2_STORAGE_TEXEL_BUFFER_BIT)
        f->buffer_features = p.bufferFeatures;
    if (f->order == PVG_VKORDER_SWAPPED) {
        f->features &= ~(VK_FORMAT_FEATURE_2_COLOR_ATTACHMENT_BIT | VK_FORMAT_FEATURE_2_COLOR_ATTACHMENT_BLEND_BIT |
                         VK_FORMAT_FEATURE_2_STORAGE_IMAGE_BIT);
        f->buffer_features = 0;
    }
    if (f->order == PVG_VKORDER_ALPHA_IN_RED) {
        f->features &= ~(VkFormatFeatureFlags2)VK_FORMAT_FEATURE_2_STORAGE_IMAGE_BIT;
        f->buffer_features = 0;
    }
    f->aspects = VK_IMAGE_ASPECT_COLOR_BIT;
    f->block_w = f->block_h = 1;
    f->bytes = row->bytes;
    f->cls = row->cls;
    f->raw = true;
    VkFormat sibling = find_sibling(f->vk);
    if (sibling && usable(query(vk, sibling), VK_FORMAT_FEATURE_2_SAMPLED_IMAGE_BIT))
        f->sibling = sibling;
    f->samples = VK_SAMPLE_COUNT_1_BIT;
    if (f->features & VK_FORMAT_FEATURE_2_COLOR_ATTACHMENT_BIT)
        f->samples = query_samples(vk, f->vk, VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_SAMPLED_BIT);
}

/** Only where add_color() found nothing, or nothing to render to although the conversion has that. */
static void add_codec(struct pvg_vk *vk, const struct codec_row *row)
{
    struct pvg_vkformat *f = &vk->formats[row->mtl];
    const VkFormatFeatureFlags2 need =
        VK_FORMAT_FEATURE_2_SAMPLED_IMAGE_BIT | VK_FORMAT_FEATURE_2_TRANSFER_SRC_BIT | VK_FORMAT_FEATURE_2_TRANSFER_DST_BIT;
    const VkFormatFeatureFlags2 targets = VK_FORMAT_FEATURE_2_COLOR_ATTACHMENT_BIT |
                                          VK_FORMAT_FEATURE_2_COLOR_ATTACHMENT_BLEND_BIT | VK_FORMAT_FEATURE_2_STORAGE_IMAGE_BIT |
                                          VK_FORMAT_FEATURE_2_BLIT_DST_BIT;
    const VkFormatFeatureFlags2 rendered =
        need | VK_FORMAT_FEATURE_2_COLOR_ATTACHMENT_BIT | VK_FORMAT_FEATURE_2_COLOR_ATTACHMENT_BLEND_BIT;
    VkFormatProperties3 p = query(vk, row->vk);
    if (f->vk && (!row->target || f->features & VK_FORMAT_FEATURE_2_COLOR_ATTACHMENT_BIT || !usable(p, rendered)))
        return;
    if (!usable(p, need)) {
        f->absent = "neither the device nor a conversion can hold it";
        return;
    }
    *f = (struct pvg_vkformat){
        .vk = row->vk,
        .features = row->target ? p.optimalTilingFeatures : p.optimalTilingFeatures & ~targets,
        .aspects = VK_IMAGE_ASPECT_COLOR_BIT,
        .samples = VK_SAMPLE_COUNT_1_BIT,
        .block_w = row->block_w,
        .block_h = 1,
        .bytes = row->bytes,
        .cls = PVG_VKCLASS_FLOAT,
        .order = row->codec == PVG_VKCODEC_XR32 || row->codec == PVG_VKCODEC_XR32_SRGB ? PVG_VKORDER_OPAQUE : PVG_VKORDER_SAME,
        .codec = row->codec,
    };
    if (f->features & VK_FORMAT_FEATURE_2_COLOR_ATTACHMENT_BIT)
        f->samples = query_samples(vk, f->vk, VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_SAMPLED_BIT);
}

static void add_block(struct pvg_vk *vk, const struct block_row *row)
{
    struct pvg_vkformat *f = &vk->formats[row->mtl];
    VkFormatProperties3 p = query(vk, row->vk);
    if (!usable(p, VK_FORMAT_FEATURE_2_SAMPLED_IMAGE_BIT | VK_FORMAT_FEATURE_2_TRANSFER_DST_BIT)) {
        f->absent =
            row->mtl < 160 ? "the device has no BC textures" : "the device has no such textures; Intel Macs have none either";
        return;
    }
    *f = (struct pvg_vkformat){
        .vk = row->vk,
        .sibling = find_sibling(row->vk),
        .features = p.optimalTilingFeatures,
        .aspects = VK_IMAGE_ASPECT_COLOR_BIT,
        .samples = VK_SAMPLE_COUNT_1_BIT,
        .block_w = row->w,
        .block_h = row->h,
        .bytes = row->bytes,
        .cls = PVG_VKCLASS_FLOAT,
        .raw = true,
    };
}

static void add_depth(struct pvg_vk *vk, const struct depth_row *row)
{
    const VkFormat candidates[] = {row->vk, row->fallback, row->fallback2};
    struct pvg_vkformat *f = &vk->formats[row->mtl];
    for (size_t i = 0; i < 3; i++) {
        if (!candidates[i])
            continue;
        VkFormatProperties3 p = query(vk, candidates[i]);
        if (!usable(p, VK_FORMAT_FEATURE_2_DEPTH_STENCIL_ATTACHMENT_BIT | VK_FORMAT_FEATURE_2_SAMPLED_IMAGE_BIT))
            continue;
        *f = (struct pvg_vkformat){
            .vk = candidates[i],
            .features = p.optimalTilingFeatures,
            .aspects = row->aspects,
            .block_w = 1,
            .block_h = 1,
            .bytes = row->bytes,
            .plane_bytes = {row->depth_bytes, row->stencil_bytes},
            .codec = row->mtl == 260
                         ? PVG_VKCODEC_CELL_D32
                         : (row->mtl != 255 ? PVG_VKCODEC_NONE : (i ? PVG_VKCODEC_CELL_D24_FLOAT : PVG_VKCODEC_CELL_D24)),
            /* A promoted depth plane has other bytes than the guest's. */
            .depth_codec = row->mtl == 255 && i > 0 ? PVG_VKCODEC_DEPTH24 : PVG_VKCODEC_NONE,
            .cls = row->aspects == VK_IMAGE_ASPECT_STENCIL_BIT ? PVG_VKCLASS_UINT : PVG_VKCLASS_FLOAT,
            .raw = row->raw,
        };
        f->samples = query_samples(vk, f->vk, VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT | VK_IMAGE_USAGE_SAMPLED_BIT);
        return;
    }
    f->absent = "the device has no such depth-stencil format";
}

void pvg_vkformat_init(struct pvg_vk *vk)
{
    for (size_t i = 0; i < sizeof(color_rows) / sizeof(color_rows[0]); i++)
        add_color(vk, &color_rows[i]);
    for (size_t i = 0; i < sizeof(codec_rows) / sizeof(codec_rows[0]); i++)
        add_codec(vk, &codec_rows[i]);
    for (uint32_t mtl = 160; mtl <= 167; mtl++)
        vk->formats[mtl].absent = "no desktop device has PVRTC, nor has an Intel Mac";
    for (size_t i = 0; i < sizeof(block_rows) / sizeof(block_rows[0]); i++)
        add_block(vk, &block_rows[i]);
    for (size_t i = 0; i < sizeof(depth_rows) / sizeof(depth_rows[0]); i++)
        add_depth(vk, &depth_rows[i]);

    const VkFormatFeatureFlags2 target =
        VK_FORMAT_FEATURE_2_COLOR_ATTACHMENT_BIT | VK_FORMAT_FEATURE_2_DEPTH_STENCIL_ATTACHMENT_BIT;
    const VkFormatFeatureFlags2 store =
        VK_FORMAT_FEATURE_2_STORAGE_IMAGE_BIT | VK_FORMAT_FEATURE_2_STORAGE_WRITE_WITHOUT_FORMAT_BIT;
    for (size_t i = 0; i < PVG_VK_FORMAT_COUNT; i++) {
        const struct pvg_vkformat *f = &vk->formats[i];
        if (!f->vk)
            continue;
        vk->caps.format_sample[i] = f->features & VK_FORMAT_FEATURE_2_SAMPLED_IMAGE_BIT;
        vk->caps.format_render[i] = f->features & target;
        vk->caps.format_blend[i] = f->features & VK_FORMAT_FEATURE_2_COLOR_ATTACHMENT_BLEND_BIT;
        vk->caps.format_store[i] = (f->features & store) == store;
        vk->caps.format_msaa[i] = (f->features & target) && (f->samples & VK_SAMPLE_COUNT_4_BIT);
    }
}

const struct pvg_vkformat *pvg_vkformat_get(const struct pvg_vk *vk, uint32_t mtl)
{
    if (mtl >= PVG_VK_FORMAT_COUNT || !vk->formats[mtl].vk)
        return NULL;
    return &vk->formats[mtl];
}

static const char *codec_note(const struct pvg_vkformat *f)
{
    static const char *const notes[] = {
        [PVG_VKCODEC_ROTATE16] = "alpha bit moved",
        [PVG_VKCODEC_SWAP4] = "red and blue exchanged",
        [PVG_VKCODEC_XR32] = "kept as half floats",
        [PVG_VKCODEC_XR32_SRGB] = "kept as half floats, linear",
        [PVG_VKCODEC_XR64] = "kept as half floats",
        [PVG_VKCODEC_XR64_SRGB] = "kept as half floats, linear",
        [PVG_VKCODEC_GBGR] = "expanded to a texel each",
        [PVG_VKCODEC_BGRG] = "expanded to a texel each",
        [PVG_VKCODEC_WIDEN8] = "widened to four channels",
        [PVG_VKCODEC_WIDEN16] = "widened to four channels",
        [PVG_VKCODEC_CELL_D24_FLOAT] = "depth promoted to 32 bits",
    };
    return f->codec < sizeof(notes) / sizeof(notes[0]) && notes[f->codec] ? notes[f->codec] : "";
}

void pvg_vkformat_report(const struct pvg_vk *vk, uint32_t mtl, struct pvg_vkformat_report *out)
{
    *out = (struct pvg_vkformat_report){.state = PVG_VKFORMAT_ABSENT, .note = "not a storage format"};
    if (mtl >= PVG_VK_FORMAT_COUNT)
        return;
    const struct pvg_vkformat *f = &vk->formats[mtl];
    if (!f->vk) {
        if (f->absent)
            out->note = f->absent;
        return;
    }
    out->vk = f->vk;
    out->note = codec_note(f);
    out->state = *out->note ? PVG_VKFORMAT_EMULATED : PVG_VKFORMAT_NATIVE;
    if (f->order == PVG_VKORDER_ALPHA_IN_RED) {
        out->state = PVG_VKFORMAT_SWIZZLED;
        out->note = "alpha kept in red";
    } else if (f->order == PVG_VKORDER_SWAPPED) {
        out->state = PVG_VKFORMAT_SWIZZLED;
        out->note = "red and blue exchanged";
    } else if (mtl == 253 && f->vk != VK_FORMAT_S8_UINT) {
        out->state = PVG_VKFORMAT_EMULATED;
        out->note = "stencil aspect of a combined format";
    } else if (mtl == 261 || mtl == 262) {
        out->note = "view of the stencil aspect";
    }
    out->sample = vk->caps.format_sample[mtl];
    out->filter = f->cls == PVG_VKCLASS_FLOAT && (f->features & VK_FORMAT_FEATURE_2_SAMPLED_IMAGE_FILTER_LINEAR_BIT);
    out->render = vk->caps.format_render[mtl];
    out->blend = vk->caps.format_blend[mtl];
    out->store = vk->caps.format_store[mtl];
    out->msaa = vk->caps.format_msaa[mtl];
}

/* Spec 08 section B.7, indexed by MTLVertexFormat. */
static const struct pvg_vkvertex vertex_formats[] = {
    [1] = {VK_FORMAT_R8G8_UINT, VK_FORMAT_R8G8_SINT, 2, 1, 2, U},
    [2] = {VK_FORMAT_R8G8B8_UINT, VK_FORMAT_R8G8B8_SINT, 3, 1, 3, U},
    [3] = {VK_FORMAT_R8G8B8A8_UINT, VK_FORMAT_R8G8B8A8_SINT, 4, 1, 4, U},
    [4] = {VK_FORMAT_R8G8_SINT, VK_FORMAT_R8G8_UINT, 2, 1, 2, S},
    [5] = {VK_FORMAT_R8G8B8_SINT, VK_FORMAT_R8G8B8_UINT, 3, 1, 3, S},
    [6] = {VK_FORMAT_R8G8B8A8_SINT, VK_FORMAT_R8G8B8A8_UINT, 4, 1, 4, S},
    [7] = {VK_FORMAT_R8G8_UNORM, 0, 2, 1, 2, F},
    [8] = {VK_FORMAT_R8G8B8_UNORM, 0, 3, 1, 3, F},
    [9] = {VK_FORMAT_R8G8B8A8_UNORM, 0, 4, 1, 4, F},
    [10] = {VK_FORMAT_R8G8_SNORM, 0, 2, 1, 2, F},
    [11] = {VK_FORMAT_R8G8B8_SNORM, 0, 3, 1, 3, F},
    [12] = {VK_FORMAT_R8G8B8A8_SNORM, 0, 4, 1, 4, F},
    [13] = {VK_FORMAT_R16G16_UINT, VK_FORMAT_R16G16_SINT, 4, 2, 2, U},
    [14] = {VK_FORMAT_R16G16B16_UINT, VK_FORMAT_R16G16B16_SINT, 6, 2, 3, U},
    [15] = {VK_FORMAT_R16G16B16A16_UINT, VK_FORMAT_R16G16B16A16_SINT, 8, 2, 4, U},
    [16] = {VK_FORMAT_R16G16_SINT, VK_FORMAT_R16G16_UINT, 4, 2, 2, S},
    [17] = {VK_FORMAT_R16G16B16_SINT, VK_FORMAT_R16G16B16_UINT, 6, 2, 3, S},
    [18] = {VK_FORMAT_R16G16B16A16_SINT, VK_FORMAT_R16G16B16A16_UINT, 8, 2, 4, S},
    [19] = {VK_FORMAT_R16G16_UNORM, 0, 4, 2, 2, F},
    [20] = {VK_FORMAT_R16G16B16_UNORM, 0, 6, 2, 3, F},
    [21] = {VK_FORMAT_R16G16B16A16_UNORM, 0, 8, 2, 4, F},
    [22] = {VK_FORMAT_R16G16_SNORM, 0, 4, 2, 2, F},
    [23] = {VK_FORMAT_R16G16B16_SNORM, 0, 6, 2, 3, F},
    [24] = {VK_FORMAT_R16G16B16A16_SNORM, 0, 8, 2, 4, F},
    [25] = {VK_FORMAT_R16G16_SFLOAT, 0, 4, 2, 2, F},
    [26] = {VK_FORMAT_R16G16B16_SFLOAT, 0, 6, 2, 3, F},
    [27] = {VK_FORMAT_R16G16B16A16_SFLOAT, 0, 8, 2, 4, F},
    [28] = {VK_FORMAT_R32_SFLOAT, 0, 4, 4, 1, F},
    [29] = {VK_FORMAT_R32G32_SFLOAT, 0, 8, 4, 2, F},
    [30] = {VK_FORMAT_R32G32B32_SFLOAT, 0, 12, 4, 3, F},
    [31] = {VK_FORMAT_R32G32B32A32_SFLOAT, 0, 16, 4, 4, F},
    [32] = {VK_FORMAT_R32_SINT, VK_FORMAT_R32_UINT, 4, 4, 1, S},
    [33] = {VK_FORMAT_R32G32_SINT, VK_FORMAT_R32G32_UINT, 8, 4, 2, S},
    [34] = {VK_FORMAT_R32G32B32_SINT, VK_FORMAT_R32G32B32_UINT, 12, 4, 3, S},
    [35] = {VK_FORMAT_R32G32B32A32_SINT, VK_FORMAT_R32G32B32A32_UINT, 16, 4, 4, S},
    [36] = {VK_FORMAT_R32_UINT, VK_FORMAT_R32_SINT, 4, 4, 1, U},
    [37] = {VK_FORMAT_R32G32_UINT, VK_FORMAT_R32G32_SINT, 8, 4, 2, U},
    [38] = {VK_FORMAT_R32G32B32_UINT, VK_FORMAT_R32G32B32_SINT, 12, 4, 3, U},
    [39] = {VK_FORMAT_R32G32B32A32_UINT, VK_FORMAT_R32G32B32A32_SINT, 16, 4, 4, U},
    [40] = {VK_FORMAT_A2B10G10R10_SNORM_PACK32, 0, 4, 4, 4, F},
    [41] = {VK_FORMAT_A2B10G10R10_UNORM_PACK32, 0, 4, 4, 4, F},
    [42] = {VK_FORMAT_B8G8R8A8_UNORM, 0, 4, 1, 4, F},
    [45] = {VK_FORMAT_R8_UINT, VK_FORMAT_R8_SINT, 1, 1, 1, U},
    [46] = {VK_FORMAT_R8_SINT, VK_FORMAT_R8_UINT, 1, 1, 1, S},
    [47] = {VK_FORMAT_R8_UNORM, 0, 1, 1, 1, F},
    [48] = {VK_FORMAT_R8_SNORM, 0, 1, 1, 1, F},
    [49] = {VK_FORMAT_R16_UINT, VK_FORMAT_R16_SINT, 2, 2, 1, U},
    [50] = {VK_FORMAT_R16_SINT, VK_FORMAT_R16_UINT, 2, 2, 1, S},
    [51] = {VK_FORMAT_R16_UNORM, 0, 2, 2, 1, F},
    [52] = {VK_FORMAT_R16_SNORM, 0, 2, 2, 1, F},
    [53] = {VK_FORMAT_R16_SFLOAT, 0, 2, 2, 1, F},
    [54] = {VK_FORMAT_B10G11R11_UFLOAT_PACK32, 0, 4, 4, 3, F},
    [55] = {VK_FORMAT_E5B9G9R9_UFLOAT_PACK32, 0, 4, 4, 3, F},
};

const struct pvg_vkvertex *pvg_vkvertex_get(uint32_t mtl)
{
    if (mtl >= sizeof(vertex_formats) / sizeof(vertex_formats[0]) || !vertex_formats[mtl].vk)
        return NULL;
    return &vertex_formats[mtl];
}

bool pvg_vkenum_compare(uint32_t mtl, VkCompareOp *out)
{
    /* The ordinals agree (spec 08 section C.1). */
    *out = (VkCompareOp)mtl;
    return mtl <= 7;
}

bool pvg_vkenum_stencil_op(uint32_t mtl, VkStencilOp *out)
{
    static const VkStencilOp map[] = {
        VK_STENCIL_OP_KEEP,
        VK_STENCIL_OP_ZERO,
        VK_STENCIL_OP_REPLACE,
        VK_STENCIL_OP_INCREMENT_AND_CLAMP,
        VK_STENCIL_OP_DECREMENT_AND_CLAMP,
        VK_STENCIL_OP_INVERT,
        VK_STENCIL_OP_INCREMENT_AND_WRAP,
        VK_STENCIL_OP_DECREMENT_AND_WRAP,
    };
    *out = map[mtl & 7];
    return mtl <= 7;
}

bool pvg_vkenum_blend_op(uint32_t mtl, VkBlendOp *out)
{
    *out = (VkBlendOp)mtl;
    return mtl <= 4;
}

bool pvg_vkenum_blend_factor(uint32_t mtl, VkBlendFactor *out)
{
    static const VkBlendFactor map[] = {
        VK_BLEND_FACTOR_ZERO,
        VK_BLEND_FACTOR_ONE,
        VK_BLEND_FACTOR_SRC_COLOR,
        VK_BLEND_FACTOR_ONE_MINUS_SRC_COLOR,
        VK_BLEND_FACTOR_SRC_ALPHA,
        VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA,
        VK_BLEND_FACTOR_DST_COLOR,
        VK_BLEND_FACTOR_ONE_MINUS_DST_COLOR,
        VK_BLEND_FACTOR_DST_ALPHA,
        VK_BLEND_FACTOR_ONE_MINUS_DST_ALPHA,
        VK_BLEND_FACTOR_SRC_ALPHA_SATURATE,
        VK_BLEND_FACTOR_CONSTANT_COLOR,
        VK_BLEND_FACTOR_ONE_MINUS_CONSTANT_COLOR,
        VK_BLEND_FACTOR_CONSTANT_ALPHA,
        VK_BLEND_FACTOR_ONE_MINUS_CONSTANT_ALPHA,
        VK_BLEND_FACTOR_SRC1_COLOR,
        VK_BLEND_FACTOR_ONE_MINUS_SRC1_COLOR,
        VK_BLEND_FACTOR_SRC1_ALPHA,
        VK_BLEND_FACTOR_ONE_MINUS_SRC1_ALPHA,
    };
    if (mtl >= sizeof(map) / sizeof(map[0]))
        return false;
    *out = map[mtl];
    return true;
}

bool pvg_vkenum_topology(uint32_t mtl, VkPrimitiveTopology *out)
{
    *out = (VkPrimitiveTopology)mtl;
    return mtl <= 4;
}

bool pvg_vkenum_swizzle(uint32_t mtl, VkComponentSwizzle *out)
{
    static const VkComponentSwizzle map[] = {VK_COMPONENT_SWIZZLE_ZERO, VK_COMPONENT_SWIZZLE_ONE, VK_COMPONENT_SWIZZLE_R,
                                             VK_COMPONENT_SWIZZLE_G,    VK_COMPONENT_SWIZZLE_B,   VK_COMPONENT_SWIZZLE_A};
    if (mtl > 5)
        return false;
    *out = map[mtl];
    return true;
}

VkColorComponentFlags pvg_vkenum_write_mask(uint32_t mtl)
{
    return (mtl & 8 ? VK_COLOR_COMPONENT_R_BIT : 0) | (mtl & 4 ? VK_COLOR_COMPONENT_G_BIT : 0) |
           (mtl & 2 ? VK_COLOR_COMPONENT_B_BIT : 0) | (mtl & 1 ? VK_COLOR_COMPONENT_A_BIT : 0);
}
