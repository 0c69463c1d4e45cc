/* SPDX-License-Identifier: MIT */
/**
 * @file Validation of the renderer's own Vulkan calls: OPENPVG_VK_VALIDATE loads the Khronos layer, prints what it says to stderr
 * and counts it. For tests and development. Its value is a list with commas: "1" plain validation, "sync" synchronization
 * validation as well, "fatal" abort at the first message (for tests that do not look at the count).
 */
#ifndef PVG_VULKAN_DEBUG_H
#define PVG_VULKAN_DEBUG_H

#include <stdbool.h>
#include <stdint.h>
#include <vulkan/vulkan.h>

/** The environment asks for validation, and the layer is installed; without it a line on stderr says so, and "fatal" aborts. */
bool pvg_vkdebug_wanted(void);
/** To be chained to the instance's creation, or NULL. */
const VkValidationFeaturesEXT *pvg_vkdebug_features(void);
/** @return a messenger or VK_NULL_HANDLE. */
VkDebugUtilsMessengerEXT pvg_vkdebug_attach(VkInstance instance);
/** Ends what pvg_vkdebug_attach() began; says on stderr how many hazards were dropped as imagined by the layer. */
void pvg_vkdebug_detach(VkInstance instance, VkDebugUtilsMessengerEXT messenger);
/** Messages that the layer reported in this process, the justified ones excepted. */
uint64_t pvg_vkdebug_count(void);

#endif
