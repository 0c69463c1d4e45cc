/* SPDX-License-Identifier: MIT */
/**
 * @file IOSurface mapper rail of the platform variant: ring entries, mapping object, page list, surface descriptor
 * (spec 01 section 4, spec 03 sections 7.1 to 7.5).
 */
#ifndef PVG_WIRE_IOSFC_H
#define PVG_WIRE_IOSFC_H

#include "wire/wire.h"

#define PVG_MAP_ENTRY_SIZE 16u

enum pvg_map_type {
    PVG_MAP_TYPE_MAP = 1,
    PVG_MAP_TYPE_UNMAP = 2,
};

struct pvg_w_map_entry {
    uint32_t type;
    uint32_t id; /**< 0 is never valid. */
    uint64_t reserved;
};
bool pvg_w_map_entry_decode(const uint8_t *p, size_t n, struct pvg_w_map_entry *out);
size_t pvg_w_map_entry_encode(uint8_t *dst, size_t cap, const struct pvg_w_map_entry *in);

/** Kernel virtual addresses of the two guest kinds (spec 03 section 7.2). */
static inline bool pvg_kva_arm64_ok(uint64_t va)
{
    return (va & 0xffffff0000000000ull) == 0xfffffe0000000000ull;
}
static inline bool pvg_kva_x86_ok(uint64_t va)
{
    return va >= 0xffff800000000000ull;
}

/**
 * Address that a mapper handoff may carry: an arm64 kernel address, or a user-space address (below 2^48, not near 0) for guest
 * drivers that run in user space. The object behind it still has to name the request (docs/protocol-notes.md).
 */
static inline bool pvg_map_va_ok(uint64_t va)
{
    return pvg_kva_arm64_ok(va) || (va >= 0x10000 && va < 1ull << 48);
}

/** Bytes of the mapping object that a device reads. */
#define PVG_MAP_OBJECT_SIZE 0x78u
/** Helper object A: where the page list pointer is. */
#define PVG_MAP_HELPER_LIST_PTR 0xb8u
#define PVG_MAP_HELPER_SIZE     0xc0u
/** Value of the object's size field and size of the surface descriptor. */
#define PVG_SURFACE_DESC_SIZE 0x200u

/** MappingInternal in guest kernel memory. */
struct pvg_w_map_object {
    uint64_t mapper;     /**< 0x18: back pointer. */
    uint32_t id;         /**< 0x30 */
    uint64_t descriptor; /**< 0x38: KVA, 0 = not present yet. */
    uint32_t size;       /**< 0x40: 0x200. */
    uint64_t helper_a;   /**< 0x48: KVA. */
    uint64_t helper_b;   /**< 0x50 */
    uint64_t page_count; /**< 0x70 */
};
bool pvg_w_map_object_decode(const uint8_t *p, size_t n, struct pvg_w_map_object *out);
size_t pvg_w_map_object_encode(uint8_t *dst, size_t cap, const struct pvg_w_map_object *in);
/**
 * The three validity checks of spec 01 section 4.4 on what the handoff registers and the object say. NULL = valid, else the reason.
 */
const char *pvg_w_map_handoff_check(const uint64_t x19_x21_x22[3], const struct pvg_w_map_entry *entry);
const char *pvg_w_map_object_check(const struct pvg_w_map_object *obj, const struct pvg_w_map_entry *entry, uint64_t x19);

/** One entry of the page list. */
#define PVG_MAP_PAGE_VALID 0x1u
/** @return false for an invalid entry. */
static inline bool pvg_w_map_page_decode(uint32_t raw, uint32_t shift, uint64_t *gpa)
{
    if (!(raw & PVG_MAP_PAGE_VALID))
        return false;
    *gpa = (uint64_t)(raw >> 2) << shift;
    return true;
}
/** @return 0 for a frame that needs more than 30 bits. */
static inline uint32_t pvg_w_map_page_encode(uint64_t pfn)
{
    return pfn >> 30 ? 0 : (uint32_t)(pfn << 2) | PVG_MAP_PAGE_VALID;
}

#define PVG_SURFACE_PLANES_MAX    8u
#define PVG_SURFACE_PLANE_RECORDS 7u /**< Records that fit the descriptor. */
#define PVG_SURFACE_PLANE_OFFSET  0x40u
#define PVG_SURFACE_PLANE_SIZE    0x40u

struct pvg_w_map_plane {
    uint32_t offset; /**< In the allocation; 0: use base. */
    uint32_t base;
    uint32_t size; /**< 0 = unknown. */
    uint32_t width, height;
    uint8_t element_width, element_height;
    uint32_t bytes_per_row;
    uint16_t bytes_per_element; /**< 0 = unknown. */
};

/** sIOSurfaceDeviceDescriptor. */
struct pvg_w_surface_desc {
    uint32_t pixel_format; /**< OSType, or an MTLPixelFormat ordinal when it fits 16 bits. */
    uint32_t base_offset;
    uint32_t allocation_size;
    uint32_t width, height; /**< 24 bits each. */
    uint8_t element_width, element_height;
    uint32_t bytes_per_row;
    uint16_t bytes_per_element;
    uint8_t plane_count; /**< 0 = single plane described by the fields above. */
    struct pvg_w_map_plane planes[PVG_SURFACE_PLANE_RECORDS];
};
/** @return false for a short descriptor, a plane count above 8, or a plane record that is not inside the bytes. */
bool pvg_w_surface_desc_decode(const uint8_t *p, size_t n, struct pvg_w_surface_desc *out);
/** Writes PVG_SURFACE_DESC_SIZE bytes; unknown ones are 0. @return 0 for more than 7 planes or a dimension above 24 bits. */
size_t pvg_w_surface_desc_encode(uint8_t *dst, size_t cap, const struct pvg_w_surface_desc *in);

/** Byte offset of a plane's pixels. */
static inline uint32_t pvg_w_map_plane_start(const struct pvg_w_map_plane *p)
{
    return p->offset ? p->offset : p->base;
}

/** Packed dims (spec 01 section 4.4): 1280x720 = 0x0002d00000050000. */
static inline uint64_t pvg_w_dims_pack(uint32_t width, uint32_t height, uint8_t element_width, uint8_t element_height)
{
    return (uint64_t)element_width | (uint64_t)(width & 0xffffff) << 8 | (uint64_t)element_height << 32 |
           (uint64_t)(height & 0xffffff) << 40;
}

#endif
