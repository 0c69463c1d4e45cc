/* SPDX-License-Identifier: MIT */
/** @file The runner's Vulkan objects, for code that makes descriptors of its own. */
#ifndef PVG_TESTS_AIR_RUNNER_VULKAN_H
#define PVG_TESTS_AIR_RUNNER_VULKAN_H

#include "tests/air/runner.h"

#include <vulkan/vulkan.h>

struct runner_vulkan {
    VkPhysicalDevice physical;
    VkDevice device;
    VkQueue queue;
    VkCommandPool commands;
    VkDescriptorSet heap; /**< Bindings of spec 06 section 15.2 with 128 entries each. */
};

struct runner_vulkan runner_vulkan(const struct runner *r);

#endif
