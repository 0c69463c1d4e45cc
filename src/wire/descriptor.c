/* SPDX-License-Identifier: MIT */
/* Object-list descriptors by object type (spec 05 sections 3 and 7), and the tables of what exists. */
#include "wire/object.h"

#include "wire/wire.h"

/* ---- Type 1: buffer (7.1) ---- */

bool pvg_w_buffer_decode(const uint8_t *p, size_t n, struct pvg_w_buffer *out)
{
    if (n < 16)
        return false;
    *out = (struct pvg_w_buffer){.size = pvg_ld64(p), .handle = pvg_ld32(p + 8)};
    return true;
}

size_t pvg_w_buffer_encode(uint8_t *dst, size_t cap, const struct pvg_w_buffer *in)
{
    if (cap < 16)
        return 0;
    pvg_st64(dst, in->size);
    pvg_st64(dst + 8, in->handle);
    return 16;
}

/* ---- Types 2 and 3: linear texture (7.2) ---- */

#define LEVELS_AT  0x24
#define LEVEL_SIZE 36

static struct pvg_w_linear_level decode_level(const uint8_t *p)
{
    uint32_t depth = pvg_ld32(p + 0x20);
    return (struct pvg_w_linear_level){
        .offset = pvg_ld64(p),
        .size = pvg_ld64(p + 8),
        .bytes_per_row = pvg_ld64(p + 0x10),
        .width = pvg_ld32(p + 0x18),
        .height = pvg_ld32(p + 0x1c),
        .depth = depth ? depth : 1,
    };
}

/* Without a valid create record: what section 7.2 says to assume. The format is then unknown (0). */
static void substitute_desc(struct pvg_w_linear_texture *t)
{
    const struct pvg_w_linear_level *l = &t->levels[0];
    t->desc = (struct pvg_w_texture_desc){
        .type = l->depth > 1 ? PVG_W_TEX_3D : PVG_W_TEX_2D,
        .samples = 1,
        .array_length = 1,
        .swizzle = {PVG_W_SWIZZLE_RED, PVG_W_SWIZZLE_GREEN, PVG_W_SWIZZLE_BLUE, PVG_W_SWIZZLE_ALPHA},
    };
}

/* Extents and level count come from the level array, everything else from the record. */
static void apply_levels(struct pvg_w_linear_texture *t)
{
    const struct pvg_w_linear_level *l = &t->levels[0];
    struct pvg_w_texture_desc *d = &t->desc;
    uint32_t record_depth = d->depth ? d->depth : 1;

    t->record_disagrees = t->has_record && (d->width != l->width || d->height != l->height || record_depth != l->depth ||
                                            (d->levels ? d->levels : 1) != t->level_count);
    d->width = l->width;
    d->height = l->height;
    d->depth = l->depth;
    d->levels = (uint16_t)t->level_count;
}

bool pvg_w_linear_texture_decode(const uint8_t *p, size_t n, struct pvg_w_linear_texture *out)
{
    struct pvg_w_new_texture record;

    if (n < LEVELS_AT + LEVEL_SIZE)
        return false;
    memset(out, 0, sizeof(*out));
    out->size = pvg_ld64(p);
    out->handle = pvg_ld32(p + 8);
    out->level_count = pvg_ld16(p + 0xc) ? pvg_ld16(p + 0xc) : 1;
    out->element_size = p[0x23];
    size_t tail = LEVELS_AT + (size_t)LEVEL_SIZE * out->level_count;
    if (out->level_count > PVG_W_MAX_LEVELS || tail > n)
        return false;
    for (uint32_t i = 0; i < out->level_count; i++)
        out->levels[i] = decode_level(p + LEVELS_AT + LEVEL_SIZE * i);
    out->levels[0].offset = pvg_ld32(p + 0x10);

    /* The record may be followed by bytes that nobody has documented; its own length word says where it ends. */
    if (n - tail >= 8 && pvg_ld32(p + tail + 4) <= n - tail)
        out->has_record = pvg_w_new_texture_decode(p + tail, pvg_ld32(p + tail + 4), &record);
    if (out->has_record) {
        out->ref = record.ref;
        out->desc = record.desc;
    } else {
        substitute_desc(out);
    }
    apply_levels(out);
    return true;
}

size_t pvg_w_linear_texture_encode(uint8_t *dst, size_t cap, const struct pvg_w_linear_texture *in)
{
    size_t tail = LEVELS_AT + (size_t)LEVEL_SIZE * in->level_count;
    struct pvg_w_new_texture record = {.ref = in->ref, .desc = in->desc};

    if (in->level_count == 0 || in->level_count > PVG_W_MAX_LEVELS || cap < tail || in->levels[0].offset > UINT32_MAX)
        return 0;
    memset(dst, 0, tail);
    pvg_st64(dst, in->size);
    pvg_st32(dst + 8, in->handle);
    pvg_st16(dst + 0xc, (uint16_t)in->level_count);
    pvg_st32(dst + 0x10, (uint32_t)in->levels[0].offset);
    dst[0x23] = in->element_size;
    for (uint32_t i = 0; i < in->level_count; i++) {
        const struct pvg_w_linear_level *l = &in->levels[i];
        uint8_t *p = dst + LEVELS_AT + LEVEL_SIZE * i;
        pvg_st64(p, l->offset);
        pvg_st64(p + 8, l->size);
        pvg_st64(p + 0x10, l->bytes_per_row);
        pvg_st32(p + 0x18, l->width);
        pvg_st32(p + 0x1c, l->height);
        pvg_st32(p + 0x20, l->depth);
    }
    size_t length = pvg_w_new_texture_encode(dst + tail, cap - tail, &record);
    return length ? tail + length : 0;
}

/* ---- Type 4: IOSurface backing (7.4) ---- */

#define PLANES_AT  0x14
#define PLANE_SIZE 16

bool pvg_w_surface_decode(const uint8_t *p, size_t n, struct pvg_w_surface *out)
{
    if (n < PLANES_AT + PLANE_SIZE)
        return false;
    *out = (struct pvg_w_surface){
        .length = pvg_ld64(p),
        .page = pvg_ld32(p + 8),
        .fourcc = pvg_ld32(p + 0xc),
        .plane_count = p[0x10],
    };
    /* A plane count of 0 is a surface whose pixels are described by its one record. */
    uint32_t records = out->plane_count ? out->plane_count : 1;
    if (out->length == 0 || out->page == 0 || records > PVG_W_MAX_PLANES || n != PLANES_AT + PLANE_SIZE * records)
        return false;
    out->plane_count = records;
    for (uint32_t i = 0; i < records; i++) {
        const uint8_t *r = p + PLANES_AT + PLANE_SIZE * i;
        out->planes[i] = (struct pvg_w_surface_plane){
            .offset = pvg_ld32(r),
            .width = pvg_ld32(r + 4),
            .height = pvg_ld32(r + 8),
            .bytes_per_row = pvg_ld32(r + 12) & 0xffffff,
            .bytes_per_element = r[15],
        };
    }
    return true;
}

size_t pvg_w_surface_encode(uint8_t *dst, size_t cap, const struct pvg_w_surface *in)
{
    size_t length = PLANES_AT + (size_t)PLANE_SIZE * in->plane_count;

    if (in->plane_count == 0 || in->plane_count > PVG_W_MAX_PLANES || cap < length)
        return 0;
    memset(dst, 0, length);
    pvg_st64(dst, in->length);
    pvg_st32(dst + 8, in->page);
    pvg_st32(dst + 0xc, in->fourcc);
    dst[0x10] = (uint8_t)in->plane_count;
    for (uint32_t i = 0; i < in->plane_count; i++) {
        const struct pvg_w_surface_plane *plane = &in->planes[i];
        uint8_t *r = dst + PLANES_AT + PLANE_SIZE * i;
        if (plane->bytes_per_row > 0xffffff)
            return 0;
        pvg_st32(r, plane->offset);
        pvg_st32(r + 4, plane->width);
        pvg_st32(r + 8, plane->height);
        pvg_st32(r + 12, plane->bytes_per_row | (uint32_t)plane->bytes_per_element << 24);
    }
    return length;
}

/* ---- Types 5 and 11: textures over surfaces and mappings (7.5, 7.9) ---- */

/* Id and owner, then the record, which may be followed by undocumented bytes (the 0x58-byte form of type 11). */
static bool decode_ref(const uint8_t *p, size_t n, struct pvg_w_surface_texture *out)
{
    if (n < 16)
        return false;
    uint32_t length = pvg_ld32(p + 12);
    if (length > n - 8 || !pvg_w_surface_texture_decode(p + 8, length, out))
        return false;
    out->surface = pvg_ld32(p);
    out->owner = pvg_ld32(p + 4);
    return out->surface != 0;
}

bool pvg_w_surface_ref_decode(const uint8_t *p, size_t n, struct pvg_w_surface_texture *out)
{
    return decode_ref(p, n, out) && n == 8 + (size_t)pvg_ld32(p + 12);
}

/* Only ref, format, width and height are confirmed for type 11; the record header is an inference and not insisted on. */
bool pvg_w_mapping_ref_decode(const uint8_t *p, size_t n, struct pvg_w_surface_texture *out)
{
    uint8_t record[48] = {0};

    if (decode_ref(p, n, out))
        return true;
    if (n < 0x20 || pvg_ld32(p) == 0)
        return false;
    memcpy(record + 8, p + 0x10, (n < 0x38 ? n : 0x38) - 0x10);
    pvg_st32(record, PVG_W_NEW_SURFACE_TEXTURE);
    pvg_st32(record + 4, sizeof(record));
    if (!pvg_w_surface_texture_decode(record, sizeof(record), out))
        return false;
    out->surface = pvg_ld32(p);
    out->owner = pvg_ld32(p + 4);
    return true;
}

size_t pvg_w_surface_ref_encode(uint8_t *dst, size_t cap, const struct pvg_w_surface_texture *in)
{
    if (cap < 8)
        return 0;
    size_t length = pvg_w_surface_texture_encode(dst + 8, cap - 8, in);
    if (!length)
        return 0;
    pvg_st32(dst, in->surface);
    pvg_st32(dst + 4, in->owner);
    return 8 + length;
}

/* ---- Type 6: function (7.6) ---- */

bool pvg_w_function_decode(const uint8_t *p, size_t n, struct pvg_w_function *out)
{
    if (n < 12)
        return false;
    *out = (struct pvg_w_function){.gva = pvg_ld64(p), .size = pvg_ld32(p + 8), .has_id = n >= 24};
    if (out->has_id)
        out->id = pvg_ld32(p + 0x14);
    return out->gva != 0 && out->size >= 4;
}

size_t pvg_w_function_encode(uint8_t *dst, size_t cap, const struct pvg_w_function *in)
{
    size_t length = in->has_id ? 24 : 12;

    if (cap < length)
        return 0;
    memset(dst, 0, length);
    pvg_st64(dst, in->gva);
    pvg_st32(dst + 8, in->size);
    if (in->has_id)
        pvg_st32(dst + 0x14, in->id);
    return length;
}

/* ---- Any descriptor ---- */

static bool refuse(struct pvg_w_object *o, const char *reason)
{
    o->reason = reason;
    return false;
}

static bool take(struct pvg_w_object *o, enum pvg_w_object_kind kind, bool ok)
{
    o->kind = kind;
    return ok || refuse(o, "malformed descriptor");
}

/* Types 7 and 8 hold one record whose length word must be the descriptor's length. */
static bool record_descriptor(const uint8_t *p, size_t n, struct pvg_w_object *o)
{
    if (n < 8)
        return refuse(o, "descriptor shorter than a record header");
    o->opcode = pvg_ld32(p);
    if (pvg_ld32(p + 4) != n && !(o->opcode == PVG_W_NEW_ICB && n == PVG_W_ICB_BACKED_LENGTH))
        return refuse(o, "record length differs from the descriptor's");
    return true;
}

static bool decode_state(const uint8_t *p, size_t n, struct pvg_w_object *o)
{
    if (!record_descriptor(p, n, o))
        return false;
    switch (o->opcode) {
    case PVG_W_NEW_SAMPLER:
        return take(o, PVG_W_OBJ_SAMPLER, pvg_w_sampler_decode(p, n, &o->sampler));
    case PVG_W_NEW_DEPTH_STENCIL:
        return take(o, PVG_W_OBJ_DEPTH_STENCIL, pvg_w_depth_stencil_decode(p, n, &o->depth_stencil));
    case PVG_W_NEW_COMPUTE_PIPELINE:
        o->kind = PVG_W_OBJ_COMPUTE_PIPELINE;
        return pvg_w_compute_pipeline_decode(p, n, &o->compute_pipeline) || refuse(o, o->compute_pipeline.reason);
    case PVG_W_NEW_RENDER_PIPELINE:
        o->kind = PVG_W_OBJ_RENDER_PIPELINE;
        return pvg_w_render_pipeline_decode(p, n, &o->render_pipeline) || refuse(o, o->render_pipeline.reason);
    case PVG_W_NEW_ICB:
        return take(o, PVG_W_OBJ_ICB, pvg_w_icb_decode(p, n, &o->icb));
    case PVG_W_NEW_FENCE:
        return take(o, PVG_W_OBJ_FENCE, pvg_w_fence_decode(p, n, &o->fence));
    case PVG_W_NEW_RATE_MAP:
        return take(o, PVG_W_OBJ_RATE_MAP, pvg_w_rate_map_decode(p, n, &o->rate_map));
    default:
        return refuse(o, "unknown record in a state object");
    }
}

static bool decode_view(const uint8_t *p, size_t n, struct pvg_w_object *o)
{
    if (!record_descriptor(p, n, o))
        return false;
    switch (o->opcode) {
    case PVG_W_NEW_VIEW_FORMAT:
    case PVG_W_NEW_VIEW_RANGE:
    case PVG_W_NEW_VIEW_SWIZZLE:
        return take(o, PVG_W_OBJ_TEXTURE_VIEW, pvg_w_texture_view_decode(p, n, &o->view));
    case PVG_W_NEW_BUFFER_TEXTURE:
    case PVG_W_NEW_BUFFER_TEXTURE_WIDE:
        return take(o, PVG_W_OBJ_BUFFER_TEXTURE, pvg_w_buffer_texture_decode(p, n, &o->buffer_texture));
    case PVG_W_NEW_HEAP_TEXTURE:
    case PVG_W_NEW_HEAP_TEXTURE_WIDE:
        return take(o, PVG_W_OBJ_HEAP_TEXTURE, pvg_w_heap_texture_decode(p, n, &o->heap_texture));
    default:
        return refuse(o, "unknown record in a view object");
    }
}

bool pvg_w_object_decode(uint8_t type, const uint8_t *p, size_t n, struct pvg_w_object *out)
{
    out->type = type;
    out->kind = PVG_W_OBJ_NONE;
    out->opcode = 0;
    out->reason = NULL;
    switch (type) {
    case PVG_W_TYPE_BUFFER:
        return take(out, PVG_W_OBJ_BUFFER, pvg_w_buffer_decode(p, n, &out->buffer));
    case PVG_W_TYPE_TEXTURE:
    case PVG_W_TYPE_TEXTURE_ALT:
        return take(out, PVG_W_OBJ_LINEAR_TEXTURE, pvg_w_linear_texture_decode(p, n, &out->linear));
    case PVG_W_TYPE_SURFACE:
        return take(out, PVG_W_OBJ_SURFACE, pvg_w_surface_decode(p, n, &out->surface));
    case PVG_W_TYPE_SURFACE_TEXTURE:
        return take(out, PVG_W_OBJ_SURFACE_TEXTURE, pvg_w_surface_ref_decode(p, n, &out->surface_texture));
    case PVG_W_TYPE_FUNCTION:
        return take(out, PVG_W_OBJ_FUNCTION, pvg_w_function_decode(p, n, &out->function));
    case PVG_W_TYPE_STATE:
        return decode_state(p, n, out);
    case PVG_W_TYPE_VIEW:
        return decode_view(p, n, out);
    case PVG_W_TYPE_MAPPING_TEXTURE:
        return take(out, PVG_W_OBJ_MAPPING_TEXTURE, pvg_w_mapping_ref_decode(p, n, &out->surface_texture));
    default:
        return refuse(out, "unknown object type");
    }
}

/* ---- Tables ---- */

static const struct pvg_w_object_info type_table[] = {
    {PVG_W_TYPE_BUFFER, "buffer", PVG_W_OBJ_BUFFER, 0, NULL},
    {PVG_W_TYPE_TEXTURE, "linear texture", PVG_W_OBJ_LINEAR_TEXTURE, 0, NULL},
    {PVG_W_TYPE_TEXTURE_ALT, "linear texture, second kind", PVG_W_OBJ_LINEAR_TEXTURE, 0, NULL},
    {PVG_W_TYPE_SURFACE, "IOSurface backing", PVG_W_OBJ_SURFACE, 0, NULL},
    {PVG_W_TYPE_SURFACE_TEXTURE, "IOSurface texture", PVG_W_OBJ_SURFACE_TEXTURE, 0, NULL},
    {PVG_W_TYPE_FUNCTION, "function", PVG_W_OBJ_FUNCTION, 0, NULL},
    {PVG_W_TYPE_STATE, "state object", PVG_W_OBJ_SAMPLER, 0, NULL},
    {PVG_W_TYPE_VIEW, "texture view", PVG_W_OBJ_TEXTURE_VIEW, 0, NULL},
    {9, "resource type 9", PVG_W_OBJ_NONE, 0, "descriptor undocumented"},
    {10, "type 10", PVG_W_OBJ_NONE, 0, "descriptor undocumented"},
    {PVG_W_TYPE_MAPPING_TEXTURE, "mapping texture", PVG_W_OBJ_MAPPING_TEXTURE, 0, NULL},
    {12, "resource type 12", PVG_W_OBJ_NONE, 0, "descriptor undocumented"},
    {13, "resource type 13", PVG_W_OBJ_NONE, 0, "descriptor undocumented"},
    {14, "resource type 14", PVG_W_OBJ_NONE, 0, "descriptor undocumented"},
    {15, "resource type 15", PVG_W_OBJ_NONE, 0, "descriptor undocumented"},
};

static const struct pvg_w_object_info create_table[] = {
    {PVG_W_NEW_TEXTURE, "newTexture", PVG_W_OBJ_LINEAR_TEXTURE, 44, NULL},
    {PVG_W_NEW_SAMPLER, "newSamplerState", PVG_W_OBJ_SAMPLER, 36, NULL},
    {PVG_W_NEW_DEPTH_STENCIL, "newDepthStencilState", PVG_W_OBJ_DEPTH_STENCIL, 40, NULL},
    {PVG_W_NEW_VIEW_FORMAT, "newTextureView:pixelFormat", PVG_W_OBJ_TEXTURE_VIEW, 20, NULL},
    {PVG_W_NEW_VIEW_RANGE, "newTextureView:levels:slices", PVG_W_OBJ_TEXTURE_VIEW, 52, NULL},
    {PVG_W_NEW_BUFFER_TEXTURE, "newTextureWithBuffer", PVG_W_OBJ_BUFFER_TEXTURE, 64, NULL},
    {PVG_W_NEW_COMPUTE_PIPELINE, "newComputePipelineState", PVG_W_OBJ_COMPUTE_PIPELINE, 0, NULL},
    {PVG_W_NEW_SURFACE_TEXTURE, "newTextureWithIOSurface", PVG_W_OBJ_MAPPING_TEXTURE, 48, NULL},
    {PVG_W_NEW_FENCE, "newFence", PVG_W_OBJ_FENCE, 12, NULL},
    {PVG_W_NEW_RENDER_PIPELINE, "newRenderPipelineState", PVG_W_OBJ_RENDER_PIPELINE, 0, NULL},
    {PVG_W_NEW_HEAP_TEXTURE, "newTextureWithHeap", PVG_W_OBJ_HEAP_TEXTURE, 60, NULL},
    {PVG_W_HEAP_SIZE_QUERY, "heapTextureSizeAndAlign", PVG_W_OBJ_TEXTURE, 40, NULL},
    {PVG_W_NEW_VIEW_SWIZZLE, "newTextureView:swizzle", PVG_W_OBJ_TEXTURE_VIEW, 56, NULL},
    {PVG_W_NEW_SURFACE_TEXTURE_ROTATED, "newTextureWithIOSurface:rotation", PVG_W_OBJ_SURFACE_TEXTURE, 48, NULL},
    {PVG_W_NEW_RATE_MAP, "newRasterizationRateMap", PVG_W_OBJ_RATE_MAP, 0, NULL},
    {PVG_W_NEW_TEXTURE_WIDE, "newTexture wide", PVG_W_OBJ_LINEAR_TEXTURE, 52, NULL},
    {PVG_W_NEW_ICB, "newIndirectCommandBuffer", PVG_W_OBJ_ICB, PVG_W_ICB_LENGTH, NULL},
    {PVG_W_NEW_BUFFER_TEXTURE_WIDE, "newTextureWithBuffer wide", PVG_W_OBJ_BUFFER_TEXTURE, 72, NULL},
    {PVG_W_NEW_HEAP_TEXTURE_WIDE, "newTextureWithHeap wide", PVG_W_OBJ_HEAP_TEXTURE, 68, NULL},
    {PVG_W_NEW_SURFACE_TEXTURE_WIDE, "newTextureWithIOSurface wide", PVG_W_OBJ_MAPPING_TEXTURE, 56, NULL},
};

static const struct pvg_w_object_info destroy_table[] = {
    {0x3e8, "destroyBuffer", PVG_W_OBJ_BUFFER, PVG_W_DESTROY_LENGTH, NULL},
    {0x3e9, "destroyTexture", PVG_W_OBJ_TEXTURE, PVG_W_DESTROY_LENGTH, NULL},
    {0x3ea, "destroyDepthStencilState", PVG_W_OBJ_DEPTH_STENCIL, PVG_W_DESTROY_LENGTH, NULL},
    {0x3eb, "destroySamplerState", PVG_W_OBJ_SAMPLER, PVG_W_DESTROY_LENGTH, NULL},
    {0x3ed, "destroyFunction", PVG_W_OBJ_FUNCTION, PVG_W_DESTROY_LENGTH, NULL},
    {0x3ee, "destroyComputePipelineState", PVG_W_OBJ_COMPUTE_PIPELINE, PVG_W_DESTROY_LENGTH, NULL},
    {0x3ef, "destroyRenderPipelineState", PVG_W_OBJ_RENDER_PIPELINE, PVG_W_DESTROY_LENGTH, NULL},
    {0x3f1, "destroyFence", PVG_W_OBJ_FENCE, PVG_W_DESTROY_LENGTH, NULL},
    {0x3f4, "destroyHeap", PVG_W_OBJ_HEAP, PVG_W_DESTROY_LENGTH, NULL},
    {0x3f6, "destroyRasterizationRateMap", PVG_W_OBJ_RATE_MAP, PVG_W_DESTROY_LENGTH, NULL},
    {0x3f7, "destroyIndirectCommandBuffer", PVG_W_OBJ_ICB, PVG_W_DESTROY_LENGTH, NULL},
};

const struct pvg_w_object_info *pvg_w_object_types(size_t *count)
{
    *count = sizeof(type_table) / sizeof(type_table[0]);
    return type_table;
}

const struct pvg_w_object_info *pvg_w_create_records(size_t *count)
{
    *count = sizeof(create_table) / sizeof(create_table[0]);
    return create_table;
}

const struct pvg_w_object_info *pvg_w_destroy_records(size_t *count)
{
    *count = sizeof(destroy_table) / sizeof(destroy_table[0]);
    return destroy_table;
}

const char *pvg_w_object_type_name(uint8_t type)
{
    for (size_t i = 0; i < sizeof(type_table) / sizeof(type_table[0]); i++)
        if (type_table[i].code == type)
            return type_table[i].name;
    return "unknown type";
}

const char *pvg_w_object_kind_name(enum pvg_w_object_kind kind)
{
    static const char *const names[PVG_W_OBJ_KIND_COUNT] = {
        [PVG_W_OBJ_NONE] = "none",
        [PVG_W_OBJ_BUFFER] = "buffer",
        [PVG_W_OBJ_LINEAR_TEXTURE] = "linear texture",
        [PVG_W_OBJ_SURFACE] = "surface",
        [PVG_W_OBJ_SURFACE_TEXTURE] = "surface texture",
        [PVG_W_OBJ_MAPPING_TEXTURE] = "mapping texture",
        [PVG_W_OBJ_FUNCTION] = "function",
        [PVG_W_OBJ_SAMPLER] = "sampler",
        [PVG_W_OBJ_DEPTH_STENCIL] = "depth-stencil state",
        [PVG_W_OBJ_COMPUTE_PIPELINE] = "compute pipeline",
        [PVG_W_OBJ_RENDER_PIPELINE] = "render pipeline",
        [PVG_W_OBJ_FENCE] = "fence",
        [PVG_W_OBJ_RATE_MAP] = "rasterization rate map",
        [PVG_W_OBJ_ICB] = "indirect command buffer",
        [PVG_W_OBJ_TEXTURE_VIEW] = "texture view",
        [PVG_W_OBJ_BUFFER_TEXTURE] = "buffer texture",
        [PVG_W_OBJ_HEAP_TEXTURE] = "heap texture",
        [PVG_W_OBJ_HEAP] = "heap",
        [PVG_W_OBJ_TEXTURE] = "texture",
    };
    return kind < PVG_W_OBJ_KIND_COUNT && names[kind] ? names[kind] : "?";
}
