/* SPDX-License-Identifier: MIT */
/**
 * @file Vulkan entry points, loaded per instance and per device, so that calls skip the loader's dispatch.
 */
#ifndef PVG_VULKAN_VKFN_H
#define PVG_VULKAN_VKFN_H

#include <stdbool.h>
#include <vulkan/vulkan.h>

/* Each name is vk<name>; the lists are expanded into members and into the loader. */
#define PVG_VK_INSTANCE_FUNCTIONS(X)                                                                                               \
    X(DestroyInstance)                                                                                                             \
    X(EnumeratePhysicalDevices)                                                                                                    \
    X(EnumerateDeviceExtensionProperties)                                                                                          \
    X(GetPhysicalDeviceProperties2)                                                                                                \
    X(GetPhysicalDeviceFeatures2)                                                                                                  \
    X(GetPhysicalDeviceMemoryProperties)                                                                                           \
    X(GetPhysicalDeviceQueueFamilyProperties)                                                                                      \
    X(GetPhysicalDeviceFormatProperties2)                                                                                          \
    X(GetPhysicalDeviceImageFormatProperties2)                                                                                     \
    X(GetPhysicalDeviceExternalBufferProperties)                                                                                   \
    X(CreateDevice)                                                                                                                \
    X(GetDeviceProcAddr)

#define PVG_VK_DEVICE_FUNCTIONS(X)                                                                                                 \
    X(DestroyDevice)                                                                                                               \
    X(GetDeviceQueue)                                                                                                              \
    X(DeviceWaitIdle)                                                                                                              \
    X(QueueSubmit2)                                                                                                                \
    X(AllocateMemory)                                                                                                              \
    X(FreeMemory)                                                                                                                  \
    X(MapMemory)                                                                                                                   \
    X(InvalidateMappedMemoryRanges)                                                                                                \
    X(FlushMappedMemoryRanges)                                                                                                     \
    X(CreateBuffer)                                                                                                                \
    X(DestroyBuffer)                                                                                                               \
    X(GetBufferMemoryRequirements2)                                                                                                \
    X(BindBufferMemory)                                                                                                            \
    X(GetBufferDeviceAddress)                                                                                                      \
    X(CreateBufferView)                                                                                                            \
    X(DestroyBufferView)                                                                                                           \
    X(CreateImage)                                                                                                                 \
    X(DestroyImage)                                                                                                                \
    X(GetImageMemoryRequirements2)                                                                                                 \
    X(BindImageMemory)                                                                                                             \
    X(CreateImageView)                                                                                                             \
    X(DestroyImageView)                                                                                                            \
    X(CreateSampler)                                                                                                               \
    X(DestroySampler)                                                                                                              \
    X(CreateDescriptorSetLayout)                                                                                                   \
    X(DestroyDescriptorSetLayout)                                                                                                  \
    X(CreateDescriptorPool)                                                                                                        \
    X(DestroyDescriptorPool)                                                                                                       \
    X(ResetDescriptorPool)                                                                                                         \
    X(AllocateDescriptorSets)                                                                                                      \
    X(UpdateDescriptorSets)                                                                                                        \
    X(CreatePipelineLayout)                                                                                                        \
    X(DestroyPipelineLayout)                                                                                                       \
    X(CreatePipelineCache)                                                                                                         \
    X(DestroyPipelineCache)                                                                                                        \
    X(GetPipelineCacheData)                                                                                                        \
    X(CreateShaderModule)                                                                                                          \
    X(DestroyShaderModule)                                                                                                         \
    X(CreateGraphicsPipelines)                                                                                                     \
    X(CreateComputePipelines)                                                                                                      \
    X(DestroyPipeline)                                                                                                             \
    X(CreateQueryPool)                                                                                                             \
    X(DestroyQueryPool)                                                                                                            \
    X(CreateSemaphore)                                                                                                             \
    X(DestroySemaphore)                                                                                                            \
    X(GetSemaphoreCounterValue)                                                                                                    \
    X(WaitSemaphores)                                                                                                              \
    X(CreateCommandPool)                                                                                                           \
    X(DestroyCommandPool)                                                                                                          \
    X(ResetCommandPool)                                                                                                            \
    X(AllocateCommandBuffers)                                                                                                      \
    X(BeginCommandBuffer)                                                                                                          \
    X(EndCommandBuffer)                                                                                                            \
    X(CmdPipelineBarrier2)                                                                                                         \
    X(CmdFillBuffer)                                                                                                               \
    X(CmdUpdateBuffer)                                                                                                             \
    X(CmdCopyBuffer)                                                                                                               \
    X(CmdCopyBufferToImage)                                                                                                        \
    X(CmdCopyImageToBuffer)                                                                                                        \
    X(CmdCopyImage)                                                                                                                \
    X(CmdBlitImage)                                                                                                                \
    X(CmdResolveImage2)                                                                                                            \
    X(CmdClearColorImage)                                                                                                          \
    X(CmdClearDepthStencilImage)                                                                                                   \
    X(CmdClearAttachments)                                                                                                         \
    X(CmdBeginRendering)                                                                                                           \
    X(CmdEndRendering)                                                                                                             \
    X(CmdBindPipeline)                                                                                                             \
    X(CmdBindDescriptorSets)                                                                                                       \
    X(CmdPushConstants)                                                                                                            \
    X(CmdBindVertexBuffers2)                                                                                                       \
    X(CmdBindIndexBuffer)                                                                                                          \
    X(CmdSetViewportWithCount)                                                                                                     \
    X(CmdSetScissorWithCount)                                                                                                      \
    X(CmdSetPrimitiveTopology)                                                                                                     \
    X(CmdSetPrimitiveRestartEnable)                                                                                                \
    X(CmdSetCullMode)                                                                                                              \
    X(CmdSetFrontFace)                                                                                                             \
    X(CmdSetDepthTestEnable)                                                                                                       \
    X(CmdSetDepthWriteEnable)                                                                                                      \
    X(CmdSetDepthCompareOp)                                                                                                        \
    X(CmdSetDepthBias)                                                                                                             \
    X(CmdSetDepthBiasEnable)                                                                                                       \
    X(CmdSetStencilTestEnable)                                                                                                     \
    X(CmdSetStencilOp)                                                                                                             \
    X(CmdSetStencilCompareMask)                                                                                                    \
    X(CmdSetStencilWriteMask)                                                                                                      \
    X(CmdSetStencilReference)                                                                                                      \
    X(CmdSetBlendConstants)                                                                                                        \
    X(CmdSetRasterizerDiscardEnable)                                                                                               \
    X(CmdDraw)                                                                                                                     \
    X(CmdDrawIndexed)                                                                                                              \
    X(CmdDrawIndirect)                                                                                                             \
    X(CmdDrawIndexedIndirect)                                                                                                      \
    X(CmdDispatch)                                                                                                                 \
    X(CmdDispatchBase)                                                                                                             \
    X(CmdDispatchIndirect)                                                                                                         \
    X(CmdResetQueryPool)                                                                                                           \
    X(CmdBeginQuery)                                                                                                               \
    X(CmdEndQuery)                                                                                                                 \
    X(CmdCopyQueryPoolResults)

/* Present only with their extension. */
#define PVG_VK_OPTIONAL_FUNCTIONS(X)                                                                                               \
    X(GetMemoryHostPointerPropertiesEXT)                                                                                           \
    X(CmdSetPolygonModeEXT)                                                                                                        \
    X(CmdSetDepthClampEnableEXT)                                                                                                   \
    X(CmdSetSampleLocationsEXT)                                                                                                    \
    X(CmdDrawMeshTasksEXT)                                                                                                         \
    X(CmdDrawMeshTasksIndirectEXT)

#define PVG_VK_MEMBER(name) PFN_vk##name name;
struct pvg_vkfn {
    PVG_VK_INSTANCE_FUNCTIONS(PVG_VK_MEMBER)
    PVG_VK_DEVICE_FUNCTIONS(PVG_VK_MEMBER)
    PVG_VK_OPTIONAL_FUNCTIONS(PVG_VK_MEMBER)
};
#undef PVG_VK_MEMBER

/** @return NULL, or the name of an entry point that is missing. */
const char *pvg_vkfn_load_instance(struct pvg_vkfn *fn, VkInstance instance);
const char *pvg_vkfn_load_device(struct pvg_vkfn *fn, VkDevice device);

#endif
