/* SPDX-License-Identifier: MIT */
#include "vulkan/convert.h"

#include "convert_spv.h"

#define GROUP 64u

/** What one invocation of convert.comp moves. */
static const struct {
    uint8_t blocks, guest, host, stencil;
} shapes[] = {
    [PVG_VKCODEC_NONE] = {1, 4, 4, 0},       [PVG_VKCODEC_ROTATE16] = {2, 4, 4, 0},
    [PVG_VKCODEC_SWAP4] = {2, 4, 4, 0},      [PVG_VKCODEC_XR32] = {1, 4, 8, 0},
    [PVG_VKCODEC_XR32_SRGB] = {1, 4, 8, 0},  [PVG_VKCODEC_XR64] = {1, 8, 8, 0},
    [PVG_VKCODEC_XR64_SRGB] = {1, 8, 8, 0},  [PVG_VKCODEC_GBGR] = {1, 4, 8, 0},
    [PVG_VKCODEC_BGRG] = {1, 4, 8, 0},       [PVG_VKCODEC_WIDEN8] = {4, 4, 16, 0},
    [PVG_VKCODEC_WIDEN16] = {2, 4, 8, 0},    [PVG_VKCODEC_DEPTH24] = {1, 4, 4, 0},
    [PVG_VKCODEC_CELL_D24] = {4, 16, 16, 4}, [PVG_VKCODEC_CELL_D24_FLOAT] = {4, 16, 16, 4},
    [PVG_VKCODEC_CELL_D32] = {4, 32, 16, 4},
};

/** Push constants of convert.comp. */
struct push {
    VkDeviceAddress guest, host, stencil;
    uint32_t mode, to_host, items, row;
};

static uint64_t items_of(enum pvg_vkcodec codec, uint64_t blocks)
{
    return (blocks + shapes[codec].blocks - 1) / shapes[codec].blocks;
}

struct pvg_vkcodec_sizes pvg_vkconvert_sizes(enum pvg_vkcodec codec, uint64_t blocks)
{
    uint64_t items = items_of(codec, blocks);
    return (struct pvg_vkcodec_sizes){items * shapes[codec].guest, items * shapes[codec].host, items * shapes[codec].stencil};
}

/** Made at the first conversion. The layout is that of kernels, so that bound descriptors stay. */
static VkPipeline get_pipeline(struct pvg_vk *vk)
{
    if (vk->convert || vk->convert_refused)
        return vk->convert;
    VkShaderModuleCreateInfo code = {
        .sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
        .codeSize = sizeof(convert_spv),
        .pCode = convert_spv,
    };
    VkShaderModule module = VK_NULL_HANDLE;
    if (pvg_vksync_check(vk, vk->fn.CreateShaderModule(vk->dev, &code, NULL, &module), "vkCreateShaderModule")) {
        VkComputePipelineCreateInfo info = {
            .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
            .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                      .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                      .module = module,
                      .pName = "main"},
            .layout = vk->heap.layouts[0],
        };
        pvg_vksync_check(vk, vk->fn.CreateComputePipelines(vk->dev, VK_NULL_HANDLE, 1, &info, NULL, &vk->convert),
                         "vkCreateComputePipelines");
        vk->fn.DestroyShaderModule(vk->dev, module, NULL);
    }
    vk->convert_refused = !vk->convert;
    return vk->convert;
}

bool pvg_vkconvert_record(struct pvg_rcmd *cmd, VkCommandBuffer cb, const struct pvg_vkconvert *c)
{
    struct pvg_vk *vk = cmd->vk;
    VkPipeline pipeline = get_pipeline(vk);
    uint64_t items = items_of(c->codec, c->blocks), groups = (items + GROUP - 1) / GROUP;
    uint32_t wide = groups < vk->limits.maxComputeWorkGroupCount[0] ? (uint32_t)groups : vk->limits.maxComputeWorkGroupCount[0];
    uint64_t rows = (groups + wide - 1) / wide;
    if (!pipeline || items > UINT32_MAX / 2 || rows > vk->limits.maxComputeWorkGroupCount[1]) {
        pvg_warn_limited(vk->log, "vulkan: %llu blocks cannot be converted", (unsigned long long)c->blocks);
        return false;
    }
    struct push push = {
        .guest = c->guest,
        .host = c->host,
        .stencil = c->stencil,
        .mode = c->codec,
        .to_host = c->to_host,
        .items = (uint32_t)items,
        .row = wide * GROUP,
    };
    vk->fn.CmdBindPipeline(cb, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
    vk->fn.CmdPushConstants(cb, vk->heap.layouts[0], VK_SHADER_STAGE_ALL, 0, sizeof(push), &push);
    vk->fn.CmdDispatch(cb, wide, (uint32_t)rows, 1);
    if (cb == cmd->cb) {
        /* An encoder that is open has to send its own again. */
        cmd->compute.bound = VK_NULL_HANDLE;
        cmd->render.push[0] = cmd->render.push[1] = UINT64_MAX;
    }
    return true;
}

void pvg_vkconvert_fini(struct pvg_vk *vk)
{
    if (vk->convert)
        vk->fn.DestroyPipeline(vk->dev, vk->convert, NULL);
    vk->convert = VK_NULL_HANDLE;
}
