/* SPDX-License-Identifier: MIT */
/**
 * @file Guest RAM as imported buffers (spec 03 section 10.2). Regions are imported when the first buffer is made, not while
 * firmware still rearranges them and not on the way of a draw.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "vulkan/buffer.h"

/** Some drivers keep only 32 bits of an import's size; the ceiling holds everywhere (spec 03 section 10.2). */
#define CHUNK_CEILING (2ull << 30)

static bool importable(struct pvg_vk *vk)
{
    VkPhysicalDeviceExternalBufferInfo info = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_BUFFER_INFO,
        .usage = PVG_VK_BUFFER_USAGE,
        .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT,
    };
    VkExternalBufferProperties props = {.sType = VK_STRUCTURE_TYPE_EXTERNAL_BUFFER_PROPERTIES};
    vk->fn.GetPhysicalDeviceExternalBufferProperties(vk->phys, &info, &props);
    return props.externalMemoryProperties.externalMemoryFeatures & VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT;
}

void pvg_vkram_init(struct pvg_vk *vk)
{
    struct pvg_vkram *ram = &vk->ram;
    const char *off = getenv("OPENPVG_VK_NO_IMPORT");
    uint64_t align = ram->alignment;
    if (!vk->feat.host_import || !align || (align & (align - 1)) || !importable(vk) || (off && !strcmp(off, "1"))) {
        vk->feat.host_import = false;
        pvg_info(vk->log, "vulkan: guest memory cannot be imported; buffers are copied");
        return;
    }
    ram->chunk_ceiling = CHUNK_CEILING;
    if (ram->chunk_ceiling > vk->mem.max_allocation)
        ram->chunk_ceiling = vk->mem.max_allocation;
    if (ram->chunk_ceiling > vk->max_buffer_size)
        ram->chunk_ceiling = vk->max_buffer_size;
    ram->chunk_ceiling &= ~(align - 1);
    const VkMemoryPropertyFlags need = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
    for (uint32_t i = 0; i < vk->mem.props.memoryTypeCount; i++) {
        const VkMemoryType *t = &vk->mem.props.memoryTypes[i];
        uint64_t size = vk->mem.props.memoryHeaps[t->heapIndex].size;
        if ((t->propertyFlags & need) == need && size > ram->heap_budget)
            ram->heap_budget = size;
    }
}

/** Memory type for an import: any coherent one the pointer allows, on the largest heap. */
static uint32_t import_type(struct pvg_vk *vk, uint32_t bits)
{
    const VkMemoryPropertyFlags need = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
    const VkPhysicalDeviceMemoryProperties *m = &vk->mem.props;
    uint32_t best = UINT32_MAX;
    for (uint32_t i = 0; i < m->memoryTypeCount; i++) {
        if (!(bits & (1u << i)) || (m->memoryTypes[i].propertyFlags & need) != need)
            continue;
        if (best == UINT32_MAX ||
            m->memoryHeaps[m->memoryTypes[i].heapIndex].size > m->memoryHeaps[m->memoryTypes[best].heapIndex].size)
            best = i;
    }
    return best;
}

bool pvg_vkram_import(struct pvg_vk *vk, void *host, uint64_t size, VkDeviceMemory *memory, VkBuffer *buffer,
                      VkDeviceAddress *address)
{
    const VkExternalMemoryHandleTypeFlagBits handle = VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT;
    *memory = VK_NULL_HANDLE;
    *buffer = VK_NULL_HANDLE;
    if (size == 0 || size > vk->ram.chunk_ceiling || vk->ram.imported + size > vk->ram.heap_budget)
        return false;

    VkMemoryHostPointerPropertiesEXT pointer = {.sType = VK_STRUCTURE_TYPE_MEMORY_HOST_POINTER_PROPERTIES_EXT};
    if (vk->fn.GetMemoryHostPointerPropertiesEXT(vk->dev, handle, host, &pointer) != VK_SUCCESS)
        return false;
    VkExternalMemoryBufferCreateInfo external = {
        .sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO,
        .handleTypes = handle,
    };
    VkBufferCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
        .pNext = &external,
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
    uint32_t type = import_type(vk, pointer.memoryTypeBits & req.memoryRequirements.memoryTypeBits);
    VkMemoryAllocateFlagsInfo flags = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO,
        .flags = VK_MEMORY_ALLOCATE_DEVICE_ADDRESS_BIT,
    };
    VkImportMemoryHostPointerInfoEXT import = {
        .sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_HOST_POINTER_INFO_EXT,
        .pNext = &flags,
        .handleType = handle,
        .pHostPointer = host,
    };
    VkMemoryAllocateInfo alloc = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
        .pNext = &import,
        .allocationSize = size,
        .memoryTypeIndex = type,
    };
    /* Never round up: the bytes behind the range belong to the VMM. */
    bool ok = type != UINT32_MAX && req.memoryRequirements.size <= size &&
              vk->fn.AllocateMemory(vk->dev, &alloc, NULL, memory) == VK_SUCCESS &&
              vk->fn.BindBufferMemory(vk->dev, *buffer, *memory, 0) == VK_SUCCESS;
    if (!ok) {
        vk->fn.DestroyBuffer(vk->dev, *buffer, NULL);
        if (*memory)
            vk->fn.FreeMemory(vk->dev, *memory, NULL);
        *memory = VK_NULL_HANDLE;
        *buffer = VK_NULL_HANDLE;
        return false;
    }
    VkBufferDeviceAddressInfo where = {.sType = VK_STRUCTURE_TYPE_BUFFER_DEVICE_ADDRESS_INFO, .buffer = *buffer};
    *address = vk->fn.GetBufferDeviceAddress(vk->dev, &where);
    vk->ram.imported += size;
    return true;
}

static void chunk_destroy(struct pvg_vk *vk, struct pvg_vkchunk *c)
{
    vk->fn.DestroyBuffer(vk->dev, c->buffer, NULL);
    vk->fn.FreeMemory(vk->dev, c->memory, NULL);
    vk->ram.imported -= c->size;
}

static bool chunk_insert(struct pvg_vkram *ram, const struct pvg_vkchunk *c)
{
    if (ram->chunk_count == ram->chunk_capacity) {
        size_t capacity = ram->chunk_capacity ? 2 * ram->chunk_capacity : 16;
        struct pvg_vkchunk *grown = realloc(ram->chunks, capacity * sizeof(*grown));
        if (!grown)
            return false;
        ram->chunks = grown;
        ram->chunk_capacity = capacity;
    }
    size_t i = ram->chunk_count++;
    for (; i > 0 && ram->chunks[i - 1].host > c->host; i--)
        ram->chunks[i] = ram->chunks[i - 1];
    ram->chunks[i] = *c;
    return true;
}

/** Import one region in pieces. @return false when the device refused a piece. */
static bool import_region(struct pvg_vk *vk, const struct pvg_ram_region *region)
{
    struct pvg_vkram *ram = &vk->ram;
    uint64_t mask = ram->alignment - 1;
    uintptr_t start = ((uintptr_t)region->host + mask) & ~mask;
    uintptr_t end = ((uintptr_t)region->host + region->size) & ~mask;
    while (start < end) {
        struct pvg_vkchunk c = {.host = (uint8_t *)start, .size = end - start};
        if (c.size > ram->chunk_ceiling)
            c.size = ram->chunk_ceiling;
        c.gpa = region->gpa + (start - (uintptr_t)region->host);
        if (!pvg_vkram_import(vk, c.host, c.size, &c.memory, &c.buffer, &c.address))
            return false;
        if (!chunk_insert(ram, &c)) {
            chunk_destroy(vk, &c);
            return false;
        }
        start += c.size;
    }
    return true;
}

static bool region_imported(const struct pvg_vkram *ram, const struct pvg_ram_region *region)
{
    for (size_t i = 0; i < ram->chunk_count; i++)
        if (ram->chunks[i].gpa >= region->gpa && ram->chunks[i].gpa - region->gpa < region->size)
            return true;
    return false;
}

void pvg_vkram_sync(struct pvg_vk *vk)
{
    struct pvg_vkram *ram = &vk->ram;
    if (!ram->stale)
        return;
    ram->stale = false;
    if (!vk->feat.host_import || ram->refused)
        return;
    uint64_t total = 0;
    for (size_t i = 0; i < ram->region_count; i++)
        total += ram->regions[i].read_only ? 0 : ram->regions[i].size;
    bool ok = total <= ram->heap_budget;
    for (size_t i = 0; ok && i < ram->region_count; i++)
        if (!ram->regions[i].read_only && !region_imported(ram, &ram->regions[i]))
            ok = import_region(vk, &ram->regions[i]);
    if (ok)
        return;
    /* Part of RAM imported is worse than none: drivers fail later, when they make it resident (spec 03 section 10.2). Chunks in use
     * by existing placements stay. */
    ram->refused = true;
    pvg_logf(vk->log, PVG_LOG_WARN,
             "vulkan: importing %" PRIu64 " MiB of guest memory was refused (budget %" PRIu64 " MiB); new buffers are copied",
             total >> 20, ram->heap_budget >> 20);
}

const struct pvg_vkchunk *pvg_vkram_find(const struct pvg_vk *vk, const uint8_t *host, uint64_t size)
{
    const struct pvg_vkram *ram = &vk->ram;
    size_t lo = 0, hi = ram->chunk_count;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        const struct pvg_vkchunk *c = &ram->chunks[mid];
        if (host < c->host) {
            hi = mid;
        } else if ((uint64_t)(host - c->host) >= c->size) {
            lo = mid + 1;
        } else {
            return c->size - (uint64_t)(host - c->host) >= size && !ram->refused ? c : NULL;
        }
    }
    return NULL;
}

void pvg_vkram_add(struct pvg_render *r, const struct pvg_ram_region *region)
{
    struct pvg_vk *vk = pvg_vk_of(r);
    struct pvg_vkram *ram = &vk->ram;
    if (ram->region_count == ram->region_capacity) {
        size_t capacity = ram->region_capacity ? 2 * ram->region_capacity : 16;
        struct pvg_ram_region *grown = realloc(ram->regions, capacity * sizeof(*grown));
        if (!grown)
            return;
        ram->regions = grown;
        ram->region_capacity = capacity;
    }
    ram->regions[ram->region_count++] = *region;
    ram->stale = true;
}

static bool touches(const struct pvg_vkplace *p, uint64_t gpa, uint64_t size)
{
    for (size_t i = 0; i < p->span_count; i++) {
        const struct pvg_rspan *s = &p->spans[i];
        if (s->host && s->gpa < gpa + size && gpa < s->gpa + s->size)
            return true;
    }
    return false;
}

void pvg_vkram_remove(struct pvg_render *r, uint64_t gpa, uint64_t size)
{
    struct pvg_vk *vk = pvg_vk_of(r);
    struct pvg_vkram *ram = &vk->ram;
    size_t at = 0;
    while (at < ram->region_count && (ram->regions[at].gpa != gpa || ram->regions[at].size != size))
        at++;
    if (at == ram->region_count)
        return;
    pvg_vksync_drain(vk);
    if (!vk->recording)
        pvg_vktrash_collect(vk);
    for (struct pvg_vkplace *p = ram->places; p; p = p->next)
        if (touches(p, gpa, size))
            pvg_vkplace_kill(vk, p);
    size_t kept = 0;
    for (size_t i = 0; i < ram->chunk_count; i++) {
        struct pvg_vkchunk *c = &ram->chunks[i];
        if (c->gpa >= gpa && c->gpa - gpa < size)
            chunk_destroy(vk, c);
        else
            ram->chunks[kept++] = *c;
    }
    ram->chunk_count = kept;
    ram->regions[at] = ram->regions[--ram->region_count];
    if (ram->region_count == 0)
        ram->refused = false;
}

void pvg_vkram_fini(struct pvg_vk *vk)
{
    struct pvg_vkram *ram = &vk->ram;
    for (size_t i = 0; i < ram->chunk_count; i++)
        chunk_destroy(vk, &ram->chunks[i]);
    free(ram->chunks);
    free(ram->regions);
    ram->chunks = NULL;
    ram->regions = NULL;
    ram->chunk_count = ram->region_count = 0;
}
