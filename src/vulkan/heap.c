/* SPDX-License-Identifier: MIT */
/**
 * @file The bindless heap (set 0) and the two pipeline layouts (spec 06 section 15.2).
 */
#include <stdlib.h>

#include "vulkan/texture.h"

#define PUSH_BYTES 128
/** Indices of the image bindings below this one are reserved for neutral views (neutral.c). */
#define RESERVED 32

static const struct {
    VkDescriptorType type;
    uint32_t count, first;
} bindings[PVG_VKHEAP_KINDS] = {
    [PVG_VKHEAP_SAMPLED] = {VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE, 65536, RESERVED},
    [PVG_VKHEAP_STORAGE] = {VK_DESCRIPTOR_TYPE_STORAGE_IMAGE, 16384, RESERVED},
    [PVG_VKHEAP_SAMPLER] = {VK_DESCRIPTOR_TYPE_SAMPLER, 2048, 1},
    [PVG_VKHEAP_UNIFORM_TEXEL] = {VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER, 4096, 4},
    [PVG_VKHEAP_STORAGE_TEXEL] = {VK_DESCRIPTOR_TYPE_STORAGE_TEXEL_BUFFER, 1024, 4},
};

static bool make_layouts(struct pvg_vk *vk)
{
    struct pvg_vkheap *h = &vk->heap;
    VkDescriptorSetLayoutBinding slots[PVG_VKHEAP_KINDS];
    VkDescriptorBindingFlags flags[PVG_VKHEAP_KINDS];
    for (uint32_t i = 0; i < PVG_VKHEAP_KINDS; i++) {
        bool texels = i == PVG_VKHEAP_UNIFORM_TEXEL || i == PVG_VKHEAP_STORAGE_TEXEL;
        slots[i] = (VkDescriptorSetLayoutBinding){
            .binding = i,
            .descriptorType = bindings[i].type,
            .descriptorCount = bindings[i].count,
            .stageFlags = VK_SHADER_STAGE_ALL,
        };
        flags[i] = VK_DESCRIPTOR_BINDING_PARTIALLY_BOUND_BIT | VK_DESCRIPTOR_BINDING_UPDATE_UNUSED_WHILE_PENDING_BIT;
        if (!texels || vk->feat.texel_update_after_bind)
            flags[i] |= VK_DESCRIPTOR_BINDING_UPDATE_AFTER_BIND_BIT;
    }
    VkDescriptorSetLayoutBindingFlagsCreateInfo flag_info = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_BINDING_FLAGS_CREATE_INFO,
        .bindingCount = PVG_VKHEAP_KINDS,
        .pBindingFlags = flags,
    };
    VkDescriptorSetLayoutCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
        .pNext = &flag_info,
        .flags = VK_DESCRIPTOR_SET_LAYOUT_CREATE_UPDATE_AFTER_BIND_POOL_BIT,
        .bindingCount = PVG_VKHEAP_KINDS,
        .pBindings = slots,
    };
    VkDescriptorSetLayoutBinding input_slots[8];
    for (uint32_t i = 0; i < 8; i++)
        input_slots[i] = (VkDescriptorSetLayoutBinding){
            .binding = i,
            .descriptorType = VK_DESCRIPTOR_TYPE_INPUT_ATTACHMENT,
            .descriptorCount = 1,
            .stageFlags = VK_SHADER_STAGE_FRAGMENT_BIT,
        };
    VkDescriptorSetLayoutCreateInfo input_info = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
        .bindingCount = 8,
        .pBindings = input_slots,
    };
    if (vk->fn.CreateDescriptorSetLayout(vk->dev, &info, NULL, &h->layout) != VK_SUCCESS ||
        vk->fn.CreateDescriptorSetLayout(vk->dev, &input_info, NULL, &h->input_layout) != VK_SUCCESS)
        return false;
    VkDescriptorSetLayout sets[2] = {h->layout, h->input_layout};
    VkPushConstantRange push = {VK_SHADER_STAGE_ALL, 0, PUSH_BYTES};
    for (uint32_t i = 0; i < 2; i++) {
        VkPipelineLayoutCreateInfo layout = {
            .sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
            .setLayoutCount = i + 1,
            .pSetLayouts = sets,
            .pushConstantRangeCount = 1,
            .pPushConstantRanges = &push,
        };
        if (vk->fn.CreatePipelineLayout(vk->dev, &layout, NULL, &h->layouts[i]) != VK_SUCCESS)
            return false;
    }
    return true;
}

static bool make_set(struct pvg_vk *vk)
{
    struct pvg_vkheap *h = &vk->heap;
    VkDescriptorPoolSize sizes[PVG_VKHEAP_KINDS];
    for (uint32_t i = 0; i < PVG_VKHEAP_KINDS; i++)
        sizes[i] = (VkDescriptorPoolSize){bindings[i].type, bindings[i].count};
    VkDescriptorPoolCreateInfo pool = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
        .flags = VK_DESCRIPTOR_POOL_CREATE_UPDATE_AFTER_BIND_BIT,
        .maxSets = 1,
        .poolSizeCount = PVG_VKHEAP_KINDS,
        .pPoolSizes = sizes,
    };
    if (vk->fn.CreateDescriptorPool(vk->dev, &pool, NULL, &h->pool) != VK_SUCCESS)
        return false;
    VkDescriptorSetAllocateInfo alloc = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
        .descriptorPool = h->pool,
        .descriptorSetCount = 1,
        .pSetLayouts = &h->layout,
    };
    return vk->fn.AllocateDescriptorSets(vk->dev, &alloc, &h->set) == VK_SUCCESS;
}

void pvg_vkheap_image_at(struct pvg_vk *vk, enum pvg_vkheap_kind kind, uint32_t index, VkImageView view)
{
    VkDescriptorImageInfo image = {.imageView = view, .imageLayout = VK_IMAGE_LAYOUT_GENERAL};
    VkWriteDescriptorSet write = {
        .sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
        .dstSet = vk->heap.set,
        .dstBinding = kind,
        .dstArrayElement = index,
        .descriptorCount = 1,
        .descriptorType = bindings[kind].type,
        .pImageInfo = &image,
    };
    vk->fn.UpdateDescriptorSets(vk->dev, 1, &write, 0, NULL);
}

void pvg_vkheap_texels_at(struct pvg_vk *vk, enum pvg_vkheap_kind kind, uint32_t index, VkBufferView view)
{
    VkWriteDescriptorSet write = {
        .sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
        .dstSet = vk->heap.set,
        .dstBinding = kind,
        .dstArrayElement = index,
        .descriptorCount = 1,
        .descriptorType = bindings[kind].type,
        .pTexelBufferView = &view,
    };
    vk->fn.UpdateDescriptorSets(vk->dev, 1, &write, 0, NULL);
}

static bool make_list(struct pvg_vkheap_list *l, uint32_t first, uint32_t count)
{
    l->words = count / 64;
    l->free = calloc(l->words, sizeof(*l->free));
    for (uint32_t i = first; l->free && i < count; i++)
        l->free[i / 64] |= UINT64_C(1) << (i % 64);
    return l->free;
}

bool pvg_vkheap_init(struct pvg_vk *vk, struct pvg_error *err)
{
    for (int i = 0; i < PVG_VKHEAP_KINDS; i++) {
        if (!make_list(&vk->heap.lists[i], bindings[i].first, bindings[i].count)) {
            pvg_error_set(err, "out of memory");
            return false;
        }
    }
    if (!make_layouts(vk) || !make_set(vk)) {
        pvg_error_set(err, "the device cannot make the descriptor heap");
        return false;
    }
    if (vk->feat.null_descriptor) {
        pvg_vkheap_image_at(vk, PVG_VKHEAP_SAMPLED, 0, VK_NULL_HANDLE);
        pvg_vkheap_image_at(vk, PVG_VKHEAP_STORAGE, 0, VK_NULL_HANDLE);
        if (vk->feat.texel_update_after_bind) {
            pvg_vkheap_texels_at(vk, PVG_VKHEAP_UNIFORM_TEXEL, 0, VK_NULL_HANDLE);
            pvg_vkheap_texels_at(vk, PVG_VKHEAP_STORAGE_TEXEL, 0, VK_NULL_HANDLE);
        }
    }
    return true;
}

static bool is_free(const struct pvg_vkheap_list *l, uint32_t index)
{
    return l->free[index / 64] >> (index % 64) & 1;
}

/** `count` consecutive indices. @return the first; 0 if there are none, which is logged. */
static uint32_t take(struct pvg_vk *vk, enum pvg_vkheap_kind kind, uint32_t count)
{
    struct pvg_vkheap_list *l = &vk->heap.lists[kind];
    while (l->hint < l->words && !l->free[l->hint])
        l->hint++;
    uint32_t run = 0;
    for (uint32_t i = l->hint * 64; i < l->words * 64; i++) {
        if (!l->free[i / 64]) {
            i |= 63;
            run = 0;
            continue;
        }
        run = is_free(l, i) ? run + 1 : 0;
        if (run < count)
            continue;
        uint32_t first = i + 1 - count;
        for (uint32_t k = first; k <= i; k++)
            l->free[k / 64] &= ~(UINT64_C(1) << (k % 64));
        return first;
    }
    pvg_warn_limited(vk->log, "vulkan: descriptor heap %d is full", kind);
    return 0;
}

uint32_t pvg_vkheap_images(struct pvg_vk *vk, enum pvg_vkheap_kind kind, const VkImageView *views, uint32_t count)
{
    uint32_t first = take(vk, kind, count);
    for (uint32_t i = 0; first && i < count; i++)
        pvg_vkheap_image_at(vk, kind, first + i, views[i]);
    return first;
}

uint32_t pvg_vkheap_image(struct pvg_vk *vk, enum pvg_vkheap_kind kind, VkImageView view)
{
    return pvg_vkheap_images(vk, kind, &view, 1);
}

uint32_t pvg_vkheap_sampler(struct pvg_vk *vk, VkSampler sampler)
{
    uint32_t index = take(vk, PVG_VKHEAP_SAMPLER, 1);
    if (index)
        pvg_vkheap_sampler_at(vk, index, sampler);
    return index;
}

void pvg_vkheap_sampler_at(struct pvg_vk *vk, uint32_t index, VkSampler sampler)
{
    VkDescriptorImageInfo image = {.sampler = sampler};
    VkWriteDescriptorSet write = {
        .sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
        .dstSet = vk->heap.set,
        .dstBinding = PVG_VKHEAP_SAMPLER,
        .dstArrayElement = index,
        .descriptorCount = 1,
        .descriptorType = VK_DESCRIPTOR_TYPE_SAMPLER,
        .pImageInfo = &image,
    };
    vk->fn.UpdateDescriptorSets(vk->dev, 1, &write, 0, NULL);
}

uint32_t pvg_vkheap_texels(struct pvg_vk *vk, enum pvg_vkheap_kind kind, VkBufferView view)
{
    if (!vk->feat.texel_update_after_bind) {
        pvg_warn_limited(vk->log, "vulkan: this device cannot update texel buffers after binding; texture buffers are refused");
        return 0;
    }
    uint32_t index = take(vk, kind, 1);
    if (index)
        pvg_vkheap_texels_at(vk, kind, index, view);
    return index;
}

void pvg_vkheap_free(struct pvg_vk *vk, enum pvg_vkheap_kind kind, uint32_t index)
{
    struct pvg_vkheap_list *l = &vk->heap.lists[kind];
    l->free[index / 64] |= UINT64_C(1) << (index % 64);
    if (index / 64 < l->hint)
        l->hint = index / 64;
}

void pvg_vkheap_fini(struct pvg_vk *vk)
{
    struct pvg_vkheap *h = &vk->heap;
    for (int i = 0; i < 2; i++)
        vk->fn.DestroyPipelineLayout(vk->dev, h->layouts[i], NULL);
    vk->fn.DestroyDescriptorPool(vk->dev, h->pool, NULL);
    vk->fn.DestroyDescriptorSetLayout(vk->dev, h->layout, NULL);
    vk->fn.DestroyDescriptorSetLayout(vk->dev, h->input_layout, NULL);
    for (int i = 0; i < PVG_VKHEAP_KINDS; i++)
        free(h->lists[i].free);
    *h = (struct pvg_vkheap){0};
}
