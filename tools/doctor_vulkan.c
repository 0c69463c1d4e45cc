/* SPDX-License-Identifier: MIT */
/** @file Vulkan part of openpvg doctor: the needs of spec 06 section 15.1, device by device. */
#include "tools/doctor.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vulkan/vulkan.h>

#define MAX_DEVICES 16

/** Functions of the loader; fetched at run time so that the command starts on a machine without Vulkan. */
struct loader {
    PFN_vkGetInstanceProcAddr get;
    VkInstance instance;
    PFN_vkDestroyInstance destroy;
    PFN_vkEnumeratePhysicalDevices devices;
    PFN_vkGetPhysicalDeviceProperties2 properties;
    PFN_vkGetPhysicalDeviceFeatures2 features;
    PFN_vkEnumerateDeviceExtensionProperties extensions;
};

/** All feature structs that are looked at, chained once. */
struct features {
    VkPhysicalDeviceFeatures2 base;
    VkPhysicalDeviceVulkan11Features v11;
    VkPhysicalDeviceVulkan12Features v12;
    VkPhysicalDeviceVulkan13Features v13;
};

struct need {
    const char *name;
    size_t offset; /* Of the VkBool32 in struct features. */
};

#define NEED(part, member) {#member, offsetof(struct features, part.member)}
#define NEED_BASE(member)  {#member, offsetof(struct features, base.features.member)}

static const struct need required[] = {
    NEED(v12, bufferDeviceAddress),
    NEED(v12, runtimeDescriptorArray),
    NEED(v12, descriptorBindingPartiallyBound),
    NEED(v12, descriptorBindingUpdateUnusedWhilePending),
    NEED(v12, descriptorBindingSampledImageUpdateAfterBind),
    NEED(v12, descriptorBindingStorageImageUpdateAfterBind),
    NEED(v12, shaderSampledImageArrayNonUniformIndexing),
    NEED(v12, shaderStorageImageArrayNonUniformIndexing),
    NEED_BASE(shaderInt64),
    NEED(v12, scalarBlockLayout),
    NEED(v13, dynamicRendering),
    NEED(v13, synchronization2),
    NEED(v13, maintenance4),
    NEED(v12, timelineSemaphore),
    NEED(v12, vulkanMemoryModel),
    NEED(v11, shaderDrawParameters),
    NEED_BASE(robustBufferAccess),
    NEED(v13, robustImageAccess),
};

/** Extensions that are wanted and what happens without them. */
static const struct {
    const char *name, *without;
} wanted[] = {
    {VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME, "guest memory is copied instead of used in place"},
    {VK_EXT_ROBUSTNESS_2_EXTENSION_NAME, "unbound resources need stand-ins"},
    {VK_EXT_VERTEX_ATTRIBUTE_DIVISOR_EXTENSION_NAME, "per-instance step rates above 1 are refused"},
    {"VK_EXT_dynamic_rendering_unused_attachments", "pipelines are made per set of attachments"},
    {VK_EXT_MESH_SHADER_EXTENSION_NAME, "mesh pipelines are refused"},
};

static void check_features(struct pvg_doctor *d, const struct loader *l, VkPhysicalDevice phys)
{
    struct features f = {
        .base.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2,
        .v11.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES,
        .v12.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES,
        .v13.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES,
    };
    unsigned absent = 0;

    f.base.pNext = &f.v11;
    f.v11.pNext = &f.v12;
    f.v12.pNext = &f.v13;
    l->features(phys, &f.base);
    for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
        VkBool32 on;
        memcpy(&on, (const char *)&f + required[i].offset, sizeof(on));
        if (!on) {
            pvg_doctor_line(d, PVG_FINDING_NOTE, "    required feature %s is absent: the device is declined", required[i].name);
            absent++;
        }
    }
    if (absent)
        pvg_doctor_remedy("update this device's driver, or use Mesa 25 or newer (Debian 12: mesa-vulkan-drivers from backports)");
    else
        pvg_doctor_line(d, PVG_FINDING_OK, "    all %zu required features", sizeof(required) / sizeof(required[0]));
}

static bool has_extension(const VkExtensionProperties *list, uint32_t count, const char *name)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(list[i].extensionName, name) == 0)
            return true;
    return false;
}

static void check_extensions(struct pvg_doctor *d, const struct loader *l, VkPhysicalDevice phys)
{
    uint32_t count = 0;

    l->extensions(phys, NULL, &count, NULL);
    VkExtensionProperties *list = calloc(count ? count : 1, sizeof(*list));
    if (!list || l->extensions(phys, NULL, &count, list) != VK_SUCCESS)
        count = 0;
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        if (!has_extension(list, count, wanted[i].name))
            pvg_doctor_line(d, PVG_FINDING_NOTE, "    without %s: %s", wanted[i].name, wanted[i].without);
    free(list);
}

static void check_device(struct pvg_doctor *d, const struct loader *l, VkPhysicalDevice phys, uint32_t index)
{
    static const char *const types[] = {"other", "integrated GPU", "discrete GPU", "virtual GPU", "CPU"};
    VkPhysicalDeviceDriverProperties driver = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES};
    VkPhysicalDeviceProperties2 p = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &driver};

    l->properties(phys, &p);
    uint32_t version = p.properties.apiVersion;
    bool modern = version >= VK_API_VERSION_1_3;
    pvg_doctor_line(d, modern ? PVG_FINDING_OK : PVG_FINDING_NOTE, "device %u: %s (%s), driver %s %s, Vulkan %u.%u.%u", index,
                    p.properties.deviceName, types[p.properties.deviceType <= 4 ? p.properties.deviceType : 0], driver.driverName,
                    driver.driverInfo, VK_API_VERSION_MAJOR(version), VK_API_VERSION_MINOR(version), VK_API_VERSION_PATCH(version));
    if (!modern) {
        pvg_doctor_remedy("Vulkan 1.3 is required: update this device's driver");
        return;
    }
    check_features(d, l, phys);
    check_extensions(d, l, phys);
}

static void *proc(const struct loader *l, const char *name)
{
    PFN_vkVoidFunction f = l->get(l->instance, name);
    void *p;
    memcpy(&p, &f, sizeof(p));
    return p;
}

static bool open_loader(struct pvg_doctor *d, struct loader *l)
{
    void *lib = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
    void *symbol = lib ? dlsym(lib, "vkGetInstanceProcAddr") : NULL;
    PFN_vkCreateInstance create;
    VkApplicationInfo app = {
        .sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .pApplicationName = "openpvg doctor", .apiVersion = VK_API_VERSION_1_3};
    VkInstanceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &app};

    if (!symbol) {
        pvg_doctor_line(d, PVG_FINDING_MISSING, "the Vulkan loader (libvulkan.so.1)");
        pvg_doctor_remedy("apt install libvulkan1 mesa-vulkan-drivers");
        return false;
    }
    memcpy(&l->get, &symbol, sizeof(symbol));
    l->instance = NULL;
    symbol = proc(l, "vkCreateInstance");
    memcpy(&create, &symbol, sizeof(symbol));
    VkResult result = create(&info, NULL, &l->instance);
    if (result != VK_SUCCESS) {
        pvg_doctor_line(d, PVG_FINDING_MISSING, "no Vulkan instance (error %d): no driver is installed", (int)result);
        pvg_doctor_remedy("apt install mesa-vulkan-drivers (25 or newer; Debian 12: from backports)");
        return false;
    }
    l->destroy = (PFN_vkDestroyInstance)l->get(l->instance, "vkDestroyInstance");
    l->devices = (PFN_vkEnumeratePhysicalDevices)l->get(l->instance, "vkEnumeratePhysicalDevices");
    l->properties = (PFN_vkGetPhysicalDeviceProperties2)l->get(l->instance, "vkGetPhysicalDeviceProperties2");
    l->features = (PFN_vkGetPhysicalDeviceFeatures2)l->get(l->instance, "vkGetPhysicalDeviceFeatures2");
    l->extensions = (PFN_vkEnumerateDeviceExtensionProperties)l->get(l->instance, "vkEnumerateDeviceExtensionProperties");
    return true;
}

void pvg_doctor_vulkan(struct pvg_doctor *d)
{
    struct loader l = {0};
    VkPhysicalDevice devices[MAX_DEVICES];
    uint32_t count = MAX_DEVICES;

    if (!open_loader(d, &l))
        return;
    VkResult result = l.devices(l.instance, &count, devices);
    if ((result != VK_SUCCESS && result != VK_INCOMPLETE) || count == 0) {
        pvg_doctor_line(d, PVG_FINDING_MISSING, "a Vulkan device");
        pvg_doctor_remedy("apt install mesa-vulkan-drivers (25 or newer; Debian 12: from backports)");
        count = 0;
    }
    for (uint32_t i = 0; i < count; i++)
        check_device(d, &l, devices[i], i);
    l.destroy(l.instance, NULL);
}
