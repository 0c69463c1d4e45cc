/* SPDX-License-Identifier: MIT */
/**
 * @file Device memory: blocks of 64 MiB carved by first fit, because drivers allow as few as 4096 allocations. Worker thread only.
 */
#include <stdlib.h>

#include "vulkan/vk.h"

#define BLOCK_BYTES (64ull << 20)
/** Allocations of at least this size get memory of their own. */
#define OWN_BYTES (16ull << 20)

/** A free range of a block; ranges are sorted and never adjacent. */
struct range {
    VkDeviceSize offset, size;
};

struct pvg_vkmem_block {
    struct pvg_vkmem_block *next;
    VkDeviceMemory memory;
    VkDeviceSize size;
    uint8_t *host;
    uint32_t type;
    bool linear;
    struct range *free;
    size_t free_count, free_capacity;
};

/** Preference of a memory type for a use; negative: unusable (spec 03 section 10.4). */
static int score(const struct pvg_vk *vk, enum pvg_vkmem_use use, VkMemoryPropertyFlags flags)
{
    const VkMemoryPropertyFlags coherent = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
    bool local = flags & VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
    bool cached = flags & VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
    if (flags &
        (VK_MEMORY_PROPERTY_PROTECTED_BIT | VK_MEMORY_PROPERTY_LAZILY_ALLOCATED_BIT | VK_MEMORY_PROPERTY_DEVICE_COHERENT_BIT_AMD))
        return -1;
    switch (use) {
    case PVG_VKMEM_DEVICE:
        return local ? 2 - !!(flags & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT) : 0;
    case PVG_VKMEM_UPLOAD:
        return (flags & coherent) != coherent ? -1 : local == vk->mem.unified ? 1 : 0;
    case PVG_VKMEM_READBACK:
        if (!(flags & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT))
            return -1;
        return cached * 4 + (local && vk->mem.unified) * 2 + !!(flags & VK_MEMORY_PROPERTY_HOST_COHERENT_BIT);
    default:
        return -1;
    }
}

static bool is_unified(const VkPhysicalDeviceMemoryProperties *m)
{
    const VkMemoryPropertyFlags shared =
        VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT | VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
    bool all_local = true;
    for (uint32_t i = 0; i < m->memoryHeapCount; i++)
        all_local &= !!(m->memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT);
    for (uint32_t i = 0; i < m->memoryTypeCount; i++)
        if ((m->memoryTypes[i].propertyFlags & shared) == shared)
            return true;
    return all_local;
}

bool pvg_vkmem_init(struct pvg_vk *vk)
{
    struct pvg_vkmem_pools *m = &vk->mem;
    m->unified = is_unified(&m->props);
    for (int use = 0; use < PVG_VKMEM_USES; use++) {
        for (int want = 8; want >= 0; want--)
            for (uint32_t t = 0; t < m->props.memoryTypeCount; t++)
                if (score(vk, use, m->props.memoryTypes[t].propertyFlags) == want)
                    m->order[use][m->order_count[use]++] = (uint8_t)t;
    }
    return true;
}

static void block_destroy(struct pvg_vk *vk, struct pvg_vkmem_block *b)
{
    vk->fn.FreeMemory(vk->dev, b->memory, NULL);
    free(b->free);
    free(b);
}

void pvg_vkmem_fini(struct pvg_vk *vk)
{
    while (vk->mem.blocks) {
        struct pvg_vkmem_block *b = vk->mem.blocks;
        vk->mem.blocks = b->next;
        block_destroy(vk, b);
    }
}

static bool allocate(struct pvg_vk *vk, VkDeviceSize size, uint32_t type, VkDeviceMemory *memory, uint8_t **host)
{
    const VkMemoryType *t = &vk->mem.props.memoryTypes[type];
    if (size > vk->mem.max_allocation || size > vk->mem.props.memoryHeaps[t->heapIndex].size)
        return false;
    VkMemoryAllocateFlagsInfo flags = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO,
        .flags = VK_MEMORY_ALLOCATE_DEVICE_ADDRESS_BIT,
    };
    VkMemoryAllocateInfo info = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
        .pNext = &flags,
        .allocationSize = size,
        .memoryTypeIndex = type,
    };
    if (vk->fn.AllocateMemory(vk->dev, &info, NULL, memory) != VK_SUCCESS)
        return false;
    *host = NULL;
    if (!(t->propertyFlags & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT))
        return true;
    void *map;
    if (vk->fn.MapMemory(vk->dev, *memory, 0, VK_WHOLE_SIZE, 0, &map) != VK_SUCCESS) {
        vk->fn.FreeMemory(vk->dev, *memory, NULL);
        return false;
    }
    *host = map;
    return true;
}

static bool block_reserve(struct pvg_vkmem_block *b, size_t count)
{
    if (count <= b->free_capacity)
        return true;
    size_t capacity = b->free_capacity ? 2 * b->free_capacity : 16;
    struct range *grown = realloc(b->free, capacity * sizeof(*grown));
    if (!grown)
        return false;
    b->free = grown;
    b->free_capacity = capacity;
    return true;
}

static struct pvg_vkmem_block *block_create(struct pvg_vk *vk, uint32_t type, bool linear)
{
    struct pvg_vkmem_block *b = calloc(1, sizeof(*b));
    if (!b || !block_reserve(b, 1) || !allocate(vk, BLOCK_BYTES, type, &b->memory, &b->host)) {
        if (b)
            free(b->free);
        free(b);
        return NULL;
    }
    b->size = BLOCK_BYTES;
    b->type = type;
    b->linear = linear;
    b->free[0] = (struct range){0, BLOCK_BYTES};
    b->free_count = 1;
    b->next = vk->mem.blocks;
    vk->mem.blocks = b;
    return b;
}

/** Take `size` bytes of a block. */
static bool block_take(struct pvg_vkmem_block *b, VkDeviceSize size, VkDeviceSize align, VkDeviceSize *offset)
{
    if (!block_reserve(b, b->free_count + 1))
        return false;
    for (size_t i = 0; i < b->free_count; i++) {
        struct range r = b->free[i];
        VkDeviceSize start = (r.offset + align - 1) & ~(align - 1);
        VkDeviceSize head = start - r.offset;
        if (head > r.size || r.size - head < size)
            continue;
        VkDeviceSize tail = r.size - head - size;
        size_t keep = (head > 0) + (tail > 0);
        for (size_t n = b->free_count; keep == 2 && n > i + 1; n--)
            b->free[n] = b->free[n - 1];
        for (size_t n = i; keep == 0 && n + 1 < b->free_count; n++)
            b->free[n] = b->free[n + 1];
        b->free_count += keep;
        b->free_count--;
        if (head)
            b->free[i] = (struct range){r.offset, head};
        if (tail)
            b->free[i + (head > 0)] = (struct range){start + size, tail};
        *offset = start;
        return true;
    }
    return false;
}

static void block_give(struct pvg_vkmem_block *b, VkDeviceSize offset, VkDeviceSize size)
{
    size_t i = 0;
    while (i < b->free_count && b->free[i].offset < offset)
        i++;
    bool joins_left = i > 0 && b->free[i - 1].offset + b->free[i - 1].size == offset;
    bool joins_right = i < b->free_count && offset + size == b->free[i].offset;
    if (joins_left && joins_right) {
        b->free[i - 1].size += size + b->free[i].size;
        for (size_t n = i; n + 1 < b->free_count; n++)
            b->free[n] = b->free[n + 1];
        b->free_count--;
    } else if (joins_left) {
        b->free[i - 1].size += size;
    } else if (joins_right) {
        b->free[i].offset = offset;
        b->free[i].size += size;
    } else if (block_reserve(b, b->free_count + 1)) {
        for (size_t n = b->free_count; n > i; n--)
            b->free[n] = b->free[n - 1];
        b->free[i] = (struct range){offset, size};
        b->free_count++;
    }
    /* Without memory for the list the range is lost until the block goes. */
}

static bool take_from_type(struct pvg_vk *vk, const VkMemoryRequirements *req, uint32_t type, bool linear, struct pvg_vkmem *out)
{
    *out = (struct pvg_vkmem){.size = req->size};
    out->coherent = vk->mem.props.memoryTypes[type].propertyFlags & VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
    VkDeviceSize align = req->alignment;
    if (!out->coherent && align < vk->limits.nonCoherentAtomSize)
        align = vk->limits.nonCoherentAtomSize;
    if (req->size >= OWN_BYTES || align > BLOCK_BYTES / 4)
        return allocate(vk, req->size, type, &out->memory, &out->host);
    struct pvg_vkmem_block *b;
    for (b = vk->mem.blocks; b; b = b->next)
        if (b->type == type && b->linear == linear && block_take(b, req->size, align, &out->offset))
            break;
    if (!b) {
        b = block_create(vk, type, linear);
        if (!b) /* The heap may be smaller than a block. */
            return allocate(vk, req->size, type, &out->memory, &out->host);
        if (!block_take(b, req->size, align, &out->offset))
            return false;
    }
    out->block = b;
    out->memory = b->memory;
    out->host = b->host ? b->host + out->offset : NULL;
    return true;
}

bool pvg_vkmem_alloc(struct pvg_vk *vk, const VkMemoryRequirements *req, enum pvg_vkmem_use use, bool linear, struct pvg_vkmem *out)
{
    for (uint32_t i = 0; i < vk->mem.order_count[use]; i++) {
        uint32_t type = vk->mem.order[use][i];
        if ((req->memoryTypeBits & (1u << type)) && take_from_type(vk, req, type, linear, out))
            return true;
    }
    *out = (struct pvg_vkmem){0};
    return false;
}

struct pvg_vkmem_block *pvg_vkmem_next(const struct pvg_vkmem_block *b)
{
    return b->next;
}

static bool block_empty(const struct pvg_vkmem_block *b)
{
    return b->free_count == 1 && b->free[0].size == b->size;
}

/** Give an empty block back to the driver, unless it is the last empty one of its kind: that one is likely to be wanted again. */
static void block_trim(struct pvg_vk *vk, struct pvg_vkmem_block *b)
{
    bool spare = false;
    for (struct pvg_vkmem_block *o = vk->mem.blocks; o; o = o->next)
        spare |= o != b && o->type == b->type && o->linear == b->linear && block_empty(o);
    if (!spare)
        return;
    struct pvg_vkmem_block **link = &vk->mem.blocks;
    while (*link != b)
        link = &(*link)->next;
    *link = b->next;
    block_destroy(vk, b);
}

void pvg_vkmem_free(struct pvg_vk *vk, struct pvg_vkmem *mem)
{
    if (mem->block) {
        block_give(mem->block, mem->offset, mem->size);
        if (block_empty(mem->block))
            block_trim(vk, mem->block);
    }
    if (!mem->block && mem->memory)
        vk->fn.FreeMemory(vk->dev, mem->memory, NULL);
    *mem = (struct pvg_vkmem){0};
}

bool pvg_vkmem_buffer(struct pvg_vk *vk, uint64_t size, enum pvg_vkmem_use use, VkBuffer *buffer, struct pvg_vkmem *mem,
                      VkDeviceAddress *address)
{
    *buffer = VK_NULL_HANDLE;
    *mem = (struct pvg_vkmem){0};
    if (size == 0 || size > vk->max_buffer_size)
        return false;
    VkBufferCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
        .size = size,
        .usage = PVG_VK_BUFFER_USAGE,
    };
    if (vk->fn.CreateBuffer(vk->dev, &info, NULL, buffer) != VK_SUCCESS)
        return false;
    VkBufferMemoryRequirementsInfo2 query = {
        .sType = VK_STRUCTURE_TYPE_BUFFER_MEMORY_REQUIREMENTS_INFO_2,
        .buffer = *buffer,
    };
    VkMemoryRequirements2 req = {.sType = VK_STRUCTURE_TYPE_MEMORY_REQUIREMENTS_2};
    vk->fn.GetBufferMemoryRequirements2(vk->dev, &query, &req);
    if (!pvg_vkmem_alloc(vk, &req.memoryRequirements, use, true, mem) ||
        vk->fn.BindBufferMemory(vk->dev, *buffer, mem->memory, mem->offset) != VK_SUCCESS) {
        vk->fn.DestroyBuffer(vk->dev, *buffer, NULL);
        pvg_vkmem_free(vk, mem);
        *buffer = VK_NULL_HANDLE;
        return false;
    }
    if (address) {
        VkBufferDeviceAddressInfo where = {.sType = VK_STRUCTURE_TYPE_BUFFER_DEVICE_ADDRESS_INFO, .buffer = *buffer};
        *address = vk->fn.GetBufferDeviceAddress(vk->dev, &where);
    }
    return true;
}
