/* SPDX-License-Identifier: MIT */
#include "wire/iosfc.h"

bool pvg_w_map_entry_decode(const uint8_t *p, size_t n, struct pvg_w_map_entry *out)
{
    if (n < PVG_MAP_ENTRY_SIZE)
        return false;
    *out = (struct pvg_w_map_entry){.type = pvg_ld32(p), .id = pvg_ld32(p + 4), .reserved = pvg_ld64(p + 8)};
    return true;
}

size_t pvg_w_map_entry_encode(uint8_t *dst, size_t cap, const struct pvg_w_map_entry *in)
{
    if (cap < PVG_MAP_ENTRY_SIZE)
        return 0;
    pvg_st32(dst, in->type);
    pvg_st32(dst + 4, in->id);
    pvg_st64(dst + 8, in->reserved);
    return PVG_MAP_ENTRY_SIZE;
}

bool pvg_w_map_object_decode(const uint8_t *p, size_t n, struct pvg_w_map_object *out)
{
    if (n < PVG_MAP_OBJECT_SIZE)
        return false;
    *out = (struct pvg_w_map_object){
        .mapper = pvg_ld64(p + 0x18),
        .id = pvg_ld32(p + 0x30),
        .descriptor = pvg_ld64(p + 0x38),
        .size = pvg_ld32(p + 0x40),
        .helper_a = pvg_ld64(p + 0x48),
        .helper_b = pvg_ld64(p + 0x50),
        .page_count = pvg_ld64(p + 0x70),
    };
    return true;
}

size_t pvg_w_map_object_encode(uint8_t *dst, size_t cap, const struct pvg_w_map_object *in)
{
    if (cap < PVG_MAP_OBJECT_SIZE)
        return 0;
    memset(dst, 0, PVG_MAP_OBJECT_SIZE);
    pvg_st64(dst + 0x18, in->mapper);
    pvg_st32(dst + 0x30, in->id);
    pvg_st64(dst + 0x38, in->descriptor);
    pvg_st32(dst + 0x40, in->size);
    pvg_st64(dst + 0x48, in->helper_a);
    pvg_st64(dst + 0x50, in->helper_b);
    pvg_st64(dst + 0x70, in->page_count);
    return PVG_MAP_OBJECT_SIZE;
}

const char *pvg_w_map_handoff_check(const uint64_t x[3], const struct pvg_w_map_entry *entry)
{
    if (entry->id == 0)
        return "mapping id 0";
    if (entry->type != PVG_MAP_TYPE_MAP && entry->type != PVG_MAP_TYPE_UNMAP)
        return "unknown request type";
    if ((uint32_t)x[1] != entry->type)
        return "x21 is not the request type";
    if (x[0] != 0 && !pvg_map_va_ok(x[0]))
        return "x19 is not an object address";
    if (!pvg_map_va_ok(x[2]))
        return "x22 is not an object address";
    return NULL;
}

const char *pvg_w_map_object_check(const struct pvg_w_map_object *obj, const struct pvg_w_map_entry *entry, uint64_t x19)
{
    if (obj->id != entry->id)
        return "object has another mapping id";
    if (obj->size != PVG_SURFACE_DESC_SIZE)
        return "object size field is not 0x200";
    if (x19 != 0 && obj->mapper != x19)
        return "object belongs to another mapper";
    return NULL;
}

/* Packed dims: bytes and 24-bit fields of spec 03 section 7.5. */
struct dims {
    uint32_t width, height;
    uint8_t element_width, element_height;
};

static struct dims dims_unpack(uint64_t v)
{
    return (struct dims){
        .width = (uint32_t)(v >> 8) & 0xffffff,
        .height = (uint32_t)(v >> 40),
        .element_width = (uint8_t)v,
        .element_height = (uint8_t)(v >> 32),
    };
}

static struct pvg_w_map_plane plane_decode(const uint8_t *p)
{
    struct dims d = dims_unpack(pvg_ld64(p + 0x14));
    return (struct pvg_w_map_plane){
        .offset = pvg_ld32(p + 0x08),
        .base = pvg_ld32(p + 0x0c),
        .size = pvg_ld32(p + 0x10),
        .width = d.width,
        .height = d.height,
        .element_width = d.element_width,
        .element_height = d.element_height,
        .bytes_per_row = pvg_ld32(p + 0x1c),
        .bytes_per_element = pvg_ld16(p + 0x20),
    };
}

bool pvg_w_surface_desc_decode(const uint8_t *p, size_t n, struct pvg_w_surface_desc *out)
{
    if (n < PVG_SURFACE_PLANE_OFFSET)
        return false;
    uint8_t planes = p[0x24];
    size_t limit = n < PVG_SURFACE_DESC_SIZE ? n : PVG_SURFACE_DESC_SIZE;
    if (planes > PVG_SURFACE_PLANES_MAX || !pvg_array_fits(PVG_SURFACE_PLANE_OFFSET, planes, PVG_SURFACE_PLANE_SIZE, limit))
        return false;
    struct dims d = dims_unpack(pvg_ld64(p + 0x14));
    *out = (struct pvg_w_surface_desc){
        .pixel_format = pvg_ld32(p + 0x04),
        .base_offset = pvg_ld32(p + 0x08),
        .allocation_size = pvg_ld32(p + 0x10),
        .width = d.width,
        .height = d.height,
        .element_width = d.element_width,
        .element_height = d.element_height,
        .bytes_per_row = pvg_ld32(p + 0x1c),
        .bytes_per_element = pvg_ld16(p + 0x20),
        .plane_count = planes,
    };
    for (uint32_t i = 0; i < planes; i++)
        out->planes[i] = plane_decode(p + PVG_SURFACE_PLANE_OFFSET + i * PVG_SURFACE_PLANE_SIZE);
    return true;
}

static bool dims_fit(uint32_t width, uint32_t height)
{
    return width <= 0xffffff && height <= 0xffffff;
}

size_t pvg_w_surface_desc_encode(uint8_t *dst, size_t cap, const struct pvg_w_surface_desc *in)
{
    if (cap < PVG_SURFACE_DESC_SIZE || in->plane_count > PVG_SURFACE_PLANE_RECORDS || !dims_fit(in->width, in->height))
        return 0;
    for (uint32_t i = 0; i < in->plane_count; i++) {
        if (!dims_fit(in->planes[i].width, in->planes[i].height))
            return 0;
    }
    memset(dst, 0, PVG_SURFACE_DESC_SIZE);
    pvg_st32(dst + 0x04, in->pixel_format);
    pvg_st32(dst + 0x08, in->base_offset);
    pvg_st32(dst + 0x10, in->allocation_size);
    pvg_st64(dst + 0x14, pvg_w_dims_pack(in->width, in->height, in->element_width, in->element_height));
    pvg_st32(dst + 0x1c, in->bytes_per_row);
    pvg_st16(dst + 0x20, in->bytes_per_element);
    dst[0x24] = in->plane_count;
    for (uint32_t i = 0; i < in->plane_count; i++) {
        const struct pvg_w_map_plane *s = &in->planes[i];
        uint8_t *r = dst + PVG_SURFACE_PLANE_OFFSET + i * PVG_SURFACE_PLANE_SIZE;
        pvg_st32(r + 0x08, s->offset);
        pvg_st32(r + 0x0c, s->base);
        pvg_st32(r + 0x10, s->size);
        pvg_st64(r + 0x14, pvg_w_dims_pack(s->width, s->height, s->element_width, s->element_height));
        pvg_st32(r + 0x1c, s->bytes_per_row);
        pvg_st16(r + 0x20, s->bytes_per_element);
    }
    return PVG_SURFACE_DESC_SIZE;
}
