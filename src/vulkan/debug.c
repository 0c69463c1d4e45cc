/* SPDX-License-Identifier: MIT */
#include "vulkan/debug.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Atomic uint64_t reports, dropped;

/*
 * Reports that are not mistakes of ours, with the reason:
 *  - the 1.3.239 layer does not know feature structs and extensions of later drivers (dynamic rendering local read, unused
 *    attachments), nor what they make legal: barriers and input attachments inside dynamic rendering.
 */
static const char *const justified[] = {
    "is not supported by this layer",        "1000232000", "1000499000", "VUID-VkGraphicsPipelineCreateInfo-renderPass-06061",
    "VUID-vkCmdPipelineBarrier2-None-06191",
};

/*
 * To the layer every draw and dispatch accesses all descriptors of the heap, so that it finds hazards with images and buffers
 * that the shaders never reach. With a barrier for everything in front of everything there are none of these.
 */
static bool imagined(const char *message)
{
    static const char *const descriptor[] = {"_SHADER_SAMPLED_READ", "_SHADER_STORAGE_READ", "_SHADER_STORAGE_WRITE"};
    const char *all = getenv("OPENPVG_VK_GLOBAL_BARRIERS");
    if (!strstr(message, "SYNC-HAZARD") || (all && *all && strcmp(all, "0") != 0))
        return false;
    for (size_t i = 0; i < sizeof(descriptor) / sizeof(descriptor[0]); i++)
        if (strstr(message, descriptor[i]))
            return true;
    return false;
}

/** `word` is in the comma-separated list of OPENPVG_VK_VALIDATE. */
static bool asked_for(const char *word)
{
    const char *env = getenv("OPENPVG_VK_VALIDATE");
    size_t n = strlen(word);
    for (const char *p = env; p && *p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
        if (!strncmp(p, word, n) && (p[n] == ',' || !p[n]))
            return true;
    return false;
}

static VkBool32 VKAPI_PTR on_message(VkDebugUtilsMessageSeverityFlagBitsEXT severity, VkDebugUtilsMessageTypeFlagsEXT types,
                                     const VkDebugUtilsMessengerCallbackDataEXT *data, void *opaque)
{
    for (size_t i = 0; i < sizeof(justified) / sizeof(justified[0]); i++)
        if (strstr(data->pMessage, justified[i]))
            return VK_FALSE;
    if (imagined(data->pMessage)) {
        atomic_fetch_add(&dropped, 1);
        return VK_FALSE;
    }
    atomic_fetch_add(&reports, 1);
    fprintf(stderr, "vulkan validation: %s\n", data->pMessage);
    if (asked_for("fatal"))
        abort();
    return VK_FALSE;
}

bool pvg_vkdebug_wanted(void)
{
    if (!asked_for("1") && !asked_for("sync") && !asked_for("fatal"))
        return false;
    VkLayerProperties layers[64];
    uint32_t count = 64;
    if (vkEnumerateInstanceLayerProperties(&count, layers) < 0)
        count = 0;
    for (uint32_t i = 0; i < count; i++)
        if (!strcmp(layers[i].layerName, "VK_LAYER_KHRONOS_validation"))
            return true;
    fprintf(stderr, "vulkan validation: OPENPVG_VK_VALIDATE asks for VK_LAYER_KHRONOS_validation, which is not installed (Debian: "
                    "vulkan-validationlayers)\n");
    /* Without the layer nothing would be reported, and a test would pass for that reason. */
    if (asked_for("fatal"))
        abort();
    return false;
}

const VkValidationFeaturesEXT *pvg_vkdebug_features(void)
{
    static const VkValidationFeatureEnableEXT sync = VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT;
    static const VkValidationFeaturesEXT features = {
        .sType = VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT,
        .enabledValidationFeatureCount = 1,
        .pEnabledValidationFeatures = &sync,
    };
    return asked_for("sync") ? &features : NULL;
}

VkDebugUtilsMessengerEXT pvg_vkdebug_attach(VkInstance instance)
{
    PFN_vkCreateDebugUtilsMessengerEXT create =
        (PFN_vkCreateDebugUtilsMessengerEXT)vkGetInstanceProcAddr(instance, "vkCreateDebugUtilsMessengerEXT");
    VkDebugUtilsMessengerCreateInfoEXT info = {
        .sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT,
        .messageSeverity = VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT,
        .messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT,
        .pfnUserCallback = on_message,
    };
    VkDebugUtilsMessengerEXT messenger = VK_NULL_HANDLE;
    if (create && create(instance, &info, NULL, &messenger) == VK_SUCCESS)
        return messenger;
    return VK_NULL_HANDLE;
}

void pvg_vkdebug_detach(VkInstance instance, VkDebugUtilsMessengerEXT messenger)
{
    PFN_vkDestroyDebugUtilsMessengerEXT destroy =
        (PFN_vkDestroyDebugUtilsMessengerEXT)vkGetInstanceProcAddr(instance, "vkDestroyDebugUtilsMessengerEXT");
    if (!destroy || !messenger)
        return;
    destroy(instance, messenger, NULL);
    uint64_t n = atomic_exchange(&dropped, 0);
    if (n)
        fprintf(stderr,
                "vulkan validation dropped %llu hazards that name descriptors of the heap; with "
                "OPENPVG_VK_GLOBAL_BARRIERS=1 none is\n",
                (unsigned long long)n);
}

uint64_t pvg_vkdebug_count(void)
{
    return atomic_load(&reports);
}
