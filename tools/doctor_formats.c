/* SPDX-License-Identifier: MIT */
/** @file openpvg doctor --formats: every pixel format of the guest and what this machine's device makes of it (spec 08 section
 * B.2). */
#include "tools/doctor.h"
#include "tools/json.h"
#include "tools/tool.h"
#include "vulkan/vk.h"

#include <stdio.h>
#include <string.h>

/** Uses that the first guests need (spec 08 section B.2.1): sampled, rendered, written by kernels. */
enum { S = 1, R = 2, W = 4 };

static const struct {
    uint16_t mtl;
    const char *name;
    uint8_t must;
} formats[] = {
    {0, "Invalid", 0},
    {1, "A8Unorm", S},
    {10, "R8Unorm", S | R | W},
    {11, "R8Unorm_sRGB", 0},
    {12, "R8Snorm", 0},
    {13, "R8Uint", S | W},
    {14, "R8Sint", 0},
    {20, "R16Unorm", S},
    {22, "R16Snorm", 0},
    {23, "R16Uint", 0},
    {24, "R16Sint", 0},
    {25, "R16Float", S | R | W},
    {30, "RG8Unorm", S},
    {31, "RG8Unorm_sRGB", 0},
    {32, "RG8Snorm", 0},
    {33, "RG8Uint", S | W},
    {34, "RG8Sint", 0},
    {40, "B5G6R5Unorm", 0},
    {41, "A1BGR5Unorm", 0},
    {42, "ABGR4Unorm", 0},
    {43, "BGR5A1Unorm", 0},
    {53, "R32Uint", W},
    {54, "R32Sint", 0},
    {55, "R32Float", S},
    {60, "RG16Unorm", S},
    {62, "RG16Snorm", 0},
    {63, "RG16Uint", 0},
    {64, "RG16Sint", 0},
    {65, "RG16Float", S | W},
    {70, "RGBA8Unorm", S | R | W},
    {71, "RGBA8Unorm_sRGB", S},
    {72, "RGBA8Snorm", 0},
    {73, "RGBA8Uint", W},
    {74, "RGBA8Sint", W},
    {80, "BGRA8Unorm", S | R | W},
    {81, "BGRA8Unorm_sRGB", S | R},
    {90, "RGB10A2Unorm", S},
    {91, "RGB10A2Uint", S},
    {92, "RG11B10Float", 0},
    {93, "RGB9E5Float", 0},
    {94, "BGR10A2Unorm", S},
    {103, "RG32Uint", 0},
    {104, "RG32Sint", 0},
    {105, "RG32Float", 0},
    {110, "RGBA16Unorm", 0},
    {112, "RGBA16Snorm", 0},
    {113, "RGBA16Uint", W},
    {114, "RGBA16Sint", 0},
    {115, "RGBA16Float", S | R | W},
    {123, "RGBA32Uint", W},
    {124, "RGBA32Sint", 0},
    {125, "RGBA32Float", S | W},
    {130, "BC1_RGBA", 0},
    {131, "BC1_RGBA_sRGB", 0},
    {132, "BC2_RGBA", 0},
    {133, "BC2_RGBA_sRGB", 0},
    {134, "BC3_RGBA", 0},
    {135, "BC3_RGBA_sRGB", 0},
    {140, "BC4_RUnorm", 0},
    {141, "BC4_RSnorm", 0},
    {142, "BC5_RGUnorm", 0},
    {143, "BC5_RGSnorm", 0},
    {150, "BC6H_RGBFloat", 0},
    {151, "BC6H_RGBUfloat", 0},
    {152, "BC7_RGBAUnorm", 0},
    {153, "BC7_RGBAUnorm_sRGB", 0},
    {160, "PVRTC_RGB_2BPP", 0},
    {161, "PVRTC_RGB_2BPP_sRGB", 0},
    {162, "PVRTC_RGB_4BPP", 0},
    {163, "PVRTC_RGB_4BPP_sRGB", 0},
    {164, "PVRTC_RGBA_2BPP", 0},
    {165, "PVRTC_RGBA_2BPP_sRGB", 0},
    {166, "PVRTC_RGBA_4BPP", 0},
    {167, "PVRTC_RGBA_4BPP_sRGB", 0},
    {170, "EAC_R11Unorm", 0},
    {172, "EAC_R11Snorm", 0},
    {174, "EAC_RG11Unorm", 0},
    {176, "EAC_RG11Snorm", 0},
    {178, "EAC_RGBA8", 0},
    {179, "EAC_RGBA8_sRGB", 0},
    {180, "ETC2_RGB8", 0},
    {181, "ETC2_RGB8_sRGB", 0},
    {182, "ETC2_RGB8A1", 0},
    {183, "ETC2_RGB8A1_sRGB", 0},
    {186, "ASTC_4x4_sRGB", 0},
    {187, "ASTC_5x4_sRGB", 0},
    {188, "ASTC_5x5_sRGB", 0},
    {189, "ASTC_6x5_sRGB", 0},
    {190, "ASTC_6x6_sRGB", 0},
    {192, "ASTC_8x5_sRGB", 0},
    {193, "ASTC_8x6_sRGB", 0},
    {194, "ASTC_8x8_sRGB", 0},
    {195, "ASTC_10x5_sRGB", 0},
    {196, "ASTC_10x6_sRGB", 0},
    {197, "ASTC_10x8_sRGB", 0},
    {198, "ASTC_10x10_sRGB", 0},
    {199, "ASTC_12x10_sRGB", 0},
    {200, "ASTC_12x12_sRGB", 0},
    {204, "ASTC_4x4_LDR", 0},
    {205, "ASTC_5x4_LDR", 0},
    {206, "ASTC_5x5_LDR", 0},
    {207, "ASTC_6x5_LDR", 0},
    {208, "ASTC_6x6_LDR", 0},
    {210, "ASTC_8x5_LDR", 0},
    {211, "ASTC_8x6_LDR", 0},
    {212, "ASTC_8x8_LDR", 0},
    {213, "ASTC_10x5_LDR", 0},
    {214, "ASTC_10x6_LDR", 0},
    {215, "ASTC_10x8_LDR", 0},
    {216, "ASTC_10x10_LDR", 0},
    {217, "ASTC_12x10_LDR", 0},
    {218, "ASTC_12x12_LDR", 0},
    {222, "ASTC_4x4_HDR", 0},
    {223, "ASTC_5x4_HDR", 0},
    {224, "ASTC_5x5_HDR", 0},
    {225, "ASTC_6x5_HDR", 0},
    {226, "ASTC_6x6_HDR", 0},
    {228, "ASTC_8x5_HDR", 0},
    {229, "ASTC_8x6_HDR", 0},
    {230, "ASTC_8x8_HDR", 0},
    {231, "ASTC_10x5_HDR", 0},
    {232, "ASTC_10x6_HDR", 0},
    {233, "ASTC_10x8_HDR", 0},
    {234, "ASTC_10x10_HDR", 0},
    {235, "ASTC_12x10_HDR", 0},
    {236, "ASTC_12x12_HDR", 0},
    {240, "GBGR422", 0},
    {241, "BGRG422", 0},
    {250, "Depth16Unorm", 0},
    {252, "Depth32Float", R},
    {253, "Stencil8", 0},
    {255, "Depth24Unorm_Stencil8", 0},
    {260, "Depth32Float_Stencil8", R},
    {261, "X32_Stencil8", 0},
    {262, "X24_Stencil8", 0},
    {263, "Unspecialized", 0},
    {552, "BGRA10_XR", 0},
    {553, "BGRA10_XR_sRGB", 0},
    {554, "BGR10_XR", 0},
    {555, "BGR10_XR_sRGB", 0},
};

#define NAME(f) {VK_FORMAT_##f, #f}
static const struct {
    VkFormat vk;
    const char *name;
} names[] = {
    NAME(R8_UNORM),
    NAME(R8_SRGB),
    NAME(R8_SNORM),
    NAME(R8_UINT),
    NAME(R8_SINT),
    NAME(R16_UNORM),
    NAME(R16_SNORM),
    NAME(R16_UINT),
    NAME(R16_SINT),
    NAME(R16_SFLOAT),
    NAME(R8G8_UNORM),
    NAME(R8G8_SRGB),
    NAME(R8G8_SNORM),
    NAME(R8G8_UINT),
    NAME(R8G8_SINT),
    NAME(R5G6B5_UNORM_PACK16),
    NAME(R5G5B5A1_UNORM_PACK16),
    NAME(R4G4B4A4_UNORM_PACK16),
    NAME(B4G4R4A4_UNORM_PACK16),
    NAME(A1R5G5B5_UNORM_PACK16),
    NAME(R32_UINT),
    NAME(R32_SINT),
    NAME(R32_SFLOAT),
    NAME(R16G16_UNORM),
    NAME(R16G16_SNORM),
    NAME(R16G16_UINT),
    NAME(R16G16_SINT),
    NAME(R16G16_SFLOAT),
    NAME(R8G8B8A8_UNORM),
    NAME(R8G8B8A8_SRGB),
    NAME(R8G8B8A8_SNORM),
    NAME(R8G8B8A8_UINT),
    NAME(R8G8B8A8_SINT),
    NAME(B8G8R8A8_UNORM),
    NAME(B8G8R8A8_SRGB),
    NAME(A2B10G10R10_UNORM_PACK32),
    NAME(A2B10G10R10_UINT_PACK32),
    NAME(B10G11R11_UFLOAT_PACK32),
    NAME(E5B9G9R9_UFLOAT_PACK32),
    NAME(A2R10G10B10_UNORM_PACK32),
    NAME(R32G32_UINT),
    NAME(R32G32_SINT),
    NAME(R32G32_SFLOAT),
    NAME(R16G16B16A16_UNORM),
    NAME(R16G16B16A16_SNORM),
    NAME(R16G16B16A16_UINT),
    NAME(R16G16B16A16_SINT),
    NAME(R16G16B16A16_SFLOAT),
    NAME(R32G32B32A32_UINT),
    NAME(R32G32B32A32_SINT),
    NAME(R32G32B32A32_SFLOAT),
    NAME(BC1_RGBA_UNORM_BLOCK),
    NAME(BC1_RGBA_SRGB_BLOCK),
    NAME(BC2_UNORM_BLOCK),
    NAME(BC2_SRGB_BLOCK),
    NAME(BC3_UNORM_BLOCK),
    NAME(BC3_SRGB_BLOCK),
    NAME(BC4_UNORM_BLOCK),
    NAME(BC4_SNORM_BLOCK),
    NAME(BC5_UNORM_BLOCK),
    NAME(BC5_SNORM_BLOCK),
    NAME(BC6H_SFLOAT_BLOCK),
    NAME(BC6H_UFLOAT_BLOCK),
    NAME(BC7_UNORM_BLOCK),
    NAME(BC7_SRGB_BLOCK),
    NAME(EAC_R11_UNORM_BLOCK),
    NAME(EAC_R11_SNORM_BLOCK),
    NAME(EAC_R11G11_UNORM_BLOCK),
    NAME(EAC_R11G11_SNORM_BLOCK),
    NAME(ETC2_R8G8B8A8_UNORM_BLOCK),
    NAME(ETC2_R8G8B8A8_SRGB_BLOCK),
    NAME(ETC2_R8G8B8_UNORM_BLOCK),
    NAME(ETC2_R8G8B8_SRGB_BLOCK),
    NAME(ETC2_R8G8B8A1_UNORM_BLOCK),
    NAME(ETC2_R8G8B8A1_SRGB_BLOCK),
    NAME(ASTC_4x4_SRGB_BLOCK),
    NAME(ASTC_5x4_SRGB_BLOCK),
    NAME(ASTC_5x5_SRGB_BLOCK),
    NAME(ASTC_6x5_SRGB_BLOCK),
    NAME(ASTC_6x6_SRGB_BLOCK),
    NAME(ASTC_8x5_SRGB_BLOCK),
    NAME(ASTC_8x6_SRGB_BLOCK),
    NAME(ASTC_8x8_SRGB_BLOCK),
    NAME(ASTC_10x5_SRGB_BLOCK),
    NAME(ASTC_10x6_SRGB_BLOCK),
    NAME(ASTC_10x8_SRGB_BLOCK),
    NAME(ASTC_10x10_SRGB_BLOCK),
    NAME(ASTC_12x10_SRGB_BLOCK),
    NAME(ASTC_12x12_SRGB_BLOCK),
    NAME(ASTC_4x4_UNORM_BLOCK),
    NAME(ASTC_5x4_UNORM_BLOCK),
    NAME(ASTC_5x5_UNORM_BLOCK),
    NAME(ASTC_6x5_UNORM_BLOCK),
    NAME(ASTC_6x6_UNORM_BLOCK),
    NAME(ASTC_8x5_UNORM_BLOCK),
    NAME(ASTC_8x6_UNORM_BLOCK),
    NAME(ASTC_8x8_UNORM_BLOCK),
    NAME(ASTC_10x5_UNORM_BLOCK),
    NAME(ASTC_10x6_UNORM_BLOCK),
    NAME(ASTC_10x8_UNORM_BLOCK),
    NAME(ASTC_10x10_UNORM_BLOCK),
    NAME(ASTC_12x10_UNORM_BLOCK),
    NAME(ASTC_12x12_UNORM_BLOCK),
    NAME(ASTC_4x4_SFLOAT_BLOCK),
    NAME(ASTC_5x4_SFLOAT_BLOCK),
    NAME(ASTC_5x5_SFLOAT_BLOCK),
    NAME(ASTC_6x5_SFLOAT_BLOCK),
    NAME(ASTC_6x6_SFLOAT_BLOCK),
    NAME(ASTC_8x5_SFLOAT_BLOCK),
    NAME(ASTC_8x6_SFLOAT_BLOCK),
    NAME(ASTC_8x8_SFLOAT_BLOCK),
    NAME(ASTC_10x5_SFLOAT_BLOCK),
    NAME(ASTC_10x6_SFLOAT_BLOCK),
    NAME(ASTC_10x8_SFLOAT_BLOCK),
    NAME(ASTC_10x10_SFLOAT_BLOCK),
    NAME(ASTC_12x10_SFLOAT_BLOCK),
    NAME(ASTC_12x12_SFLOAT_BLOCK),
    NAME(D16_UNORM),
    NAME(D32_SFLOAT),
    NAME(S8_UINT),
    NAME(D32_SFLOAT_S8_UINT),
    NAME(D24_UNORM_S8_UINT),
};

static const char *vk_name(VkFormat vk)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].vk == vk)
            return names[i].name;
    return "";
}

static const char *const states[] = {
    [PVG_VKFORMAT_NATIVE] = "native",
    [PVG_VKFORMAT_SWIZZLED] = "swizzled",
    [PVG_VKFORMAT_EMULATED] = "emulated",
    [PVG_VKFORMAT_ABSENT] = "absent",
};

static bool must_met(uint8_t must, const struct pvg_vkformat_report *f)
{
    return (!(must & S) || f->sample) && (!(must & R) || f->render) && (!(must & W) || f->store);
}

static void print_row(size_t i, const struct pvg_vkformat_report *f)
{
    uint8_t must = formats[i].must;
    printf("%5u  %-24s %-9s %c%c%c%c%c%c  %c%c%c %s  %-30s %s\n", formats[i].mtl, formats[i].name, states[f->state],
           f->sample ? 's' : '-', f->filter ? 'f' : '-', f->render ? 'r' : '-', f->blend ? 'b' : '-', f->store ? 'w' : '-',
           f->msaa ? 'm' : '-', must & S ? 'S' : ' ', must & R ? 'R' : ' ', must & W ? 'W' : ' ', must_met(must, f) ? "   " : "!!!",
           vk_name(f->vk), f->note);
}

static void print_json_row(size_t i, const struct pvg_vkformat_report *f)
{
    static const char *const truth[] = {"false", "true"};
    uint8_t must = formats[i].must;
    const char *comma = "";

    printf("%s\n  {\"value\": %u, \"name\": \"%s\", \"state\": \"%s\", \"vk\": \"%s\", \"sample\": %s, \"filter\": %s, \"render\": "
           "%s, "
           "\"blend\": %s, \"store\": %s, \"msaa\": %s, \"must\": [",
           i ? "," : "", formats[i].mtl, formats[i].name, states[f->state], vk_name(f->vk), truth[f->sample], truth[f->filter],
           truth[f->render], truth[f->blend], truth[f->store], truth[f->msaa]);
    for (int k = 0; k < 3; k++) {
        static const char *const uses[] = {"sample", "render", "store"};
        if (must & 1u << k) {
            printf("%s\"%s\"", comma, uses[k]);
            comma = ", ";
        }
    }
    printf("], \"must_met\": %s, \"note\": ", truth[must_met(must, f)]);
    pvg_json_string(stdout, f->note);
    putchar('}');
}

static void ignore_log(void *opaque, enum pvg_log_level level, const char *message)
{
    (void)opaque;
    (void)level;
    (void)message;
}

int pvg_doctor_formats(const char *gpu, bool json)
{
    const size_t count = sizeof(formats) / sizeof(formats[0]);
    unsigned sums[4] = {0}, missing = 0;
    struct pvg_log log;
    struct pvg_error err = {{0}};

    pvg_log_init(&log, ignore_log, NULL, PVG_LOG_ERROR);
    struct pvg_render_config config = {.log = &log, .gpu = gpu, .cache_dir = ""};
    struct pvg_render *r = pvg_vulkan_create(&config, &err);
    if (!r) {
        fprintf(stderr, "openpvg doctor: no rendering device: %s\n", err.message);
        return PVG_EXIT_FAILED;
    }
    const char *device = r->ops->caps(r)->name;
    if (json) {
        printf("{\"device\": ");
        pvg_json_string(stdout, device);
        printf(", \"formats\": [");
    } else {
        printf("%s\n\nvalue  MTLPixelFormat           state     uses    must     VkFormat                       note\n", device);
    }
    for (size_t i = 0; i < count; i++) {
        struct pvg_vkformat_report f;
        pvg_vkformat_report(pvg_vk_of(r), formats[i].mtl, &f);
        sums[f.state]++;
        missing += !must_met(formats[i].must, &f);
        if (json)
            print_json_row(i, &f);
        else
            print_row(i, &f);
    }
    if (json) {
        printf("\n], \"total\": %zu, \"native\": %u, \"swizzled\": %u, \"emulated\": %u, \"absent\": %u, \"must_missing\": %u}\n",
               count, sums[0], sums[1], sums[2], sums[3], missing);
    } else {
        printf("\nuses: s sampled, f filtered, r rendered, b blended, w written by shaders, m multisampled; must: needed by guests "
               "for S, R, W\n"
               "%zu formats: %u native, %u swizzled, %u emulated, %u absent; %u needed by guests are not complete\n",
               count, sums[0], sums[1], sums[2], sums[3], missing);
    }
    r->ops->destroy(r);
    return missing ? PVG_EXIT_FAILED : PVG_EXIT_OK;
}
