/* SPDX-License-Identifier: MIT */
#include "vulkan/vkfn.h"

#include <stddef.h>

/* The loaders return a generic function pointer; the member has the exact type. */
#define LOAD_INSTANCE(name)                                                                                                        \
    fn->name = (PFN_vk##name)vkGetInstanceProcAddr(instance, "vk" #name);                                                          \
    if (!fn->name)                                                                                                                 \
        return "vk" #name;
#define LOAD_DEVICE(name)                                                                                                          \
    fn->name = (PFN_vk##name)fn->GetDeviceProcAddr(device, "vk" #name);                                                            \
    if (!fn->name)                                                                                                                 \
        return "vk" #name;
#define LOAD_OPTIONAL(name) fn->name = (PFN_vk##name)fn->GetDeviceProcAddr(device, "vk" #name);

const char *pvg_vkfn_load_instance(struct pvg_vkfn *fn, VkInstance instance)
{
    PVG_VK_INSTANCE_FUNCTIONS(LOAD_INSTANCE)
    return NULL;
}

const char *pvg_vkfn_load_device(struct pvg_vkfn *fn, VkDevice device)
{
    PVG_VK_DEVICE_FUNCTIONS(LOAD_DEVICE)
    PVG_VK_OPTIONAL_FUNCTIONS(LOAD_OPTIONAL)
    return NULL;
}
