/* SPDX-License-Identifier: MIT */
/* Tile functions: the implicit imageblock (spec 07 sections 4.13 and 5.13). */
#include "air/tile.h"
#include "air/translate.h"

#include <errno.h>
#include <string.h>

enum { COLORS = 8 };

static uint32_t u32(struct pvg_at *at)
{
    return pvg_spv_int(&at->b, 32);
}

static uint32_t binary(struct pvg_at *at, SpvOp op, uint32_t type, uint32_t x, uint32_t y)
{
    return pvg_spv_value(&at->b, op, type, PVG_SPV(x, y));
}

static uint32_t tile_extent(struct pvg_at *at, unsigned axis)
{
    uint32_t size = pvg_at_push_member(at, PVG_AIR_TILE_SIZE, false);
    return axis ? pvg_spv_shr(&at->b, size, 16) : pvg_spv_and(&at->b, size, 0xFFFF);
}

/** Pixel of the pass at a place in the tile. */
static void pixel(struct pvg_at *at, uint32_t position, uint32_t out[2])
{
    struct pvg_spv *b = &at->b;
    struct pvg_air_param tile = {.builtin = PVG_AIR_BUILTIN_THREADGROUP_POSITION_IN_GRID};
    uint32_t number = pvg_at_builtin(at, &tile, pvg_spv_vec(b, u32(at), 3));
    for (unsigned i = 0; i < 2; i++) {
        uint32_t origin = binary(at, SpvOpIMul, u32(at), pvg_spv_extract(b, number, i), tile_extent(at, i));
        out[i] = pvg_spv_iadd(b, origin, pvg_spv_resize(b, pvg_spv_extract(b, position, i), 32));
    }
}

/** The attachment as a 2D array, and the coordinate of the pixel in it. */
static uint32_t attachment(struct pvg_at *at, const struct pvg_at_call *c, unsigned operand, const uint32_t place[2],
                           enum pvg_air_class cls, uint32_t *coord)
{
    struct pvg_spv *b = &at->b;
    const struct pvg_air_texture shape = {
        .dim = PVG_AIR_DIM_2D, .arrayed = true, .cls = cls, .heap = PVG_AIR_HEAP_STORAGE, .read = true, .written = true};
    uint64_t slot;
    uint32_t image_type, parts[3] = {place[0], place[1], pvg_at_push_member(at, PVG_AIR_TILE_LAYER, false)};
    if (!pvg_at_const_int(LLVMGetOperand(c->inst, operand), &slot) || slot >= COLORS)
        pvg_at_refuse(at, "%s of an attachment chosen at run time", c->name);
    at->refl->tile_attachments |= 1u << slot;
    uint32_t handle = pvg_at_push_member(at, PVG_AIR_TILE_IMAGES + 4 * (unsigned)slot, false);
    *coord = pvg_spv_construct(b, pvg_spv_vec(b, u32(at), 3), parts, 3);
    return pvg_at_heap_image(at, &shape, handle, &image_type);
}

static enum pvg_air_class class_of(const struct pvg_at_call *c, LLVMTypeRef type)
{
    if (LLVMGetTypeKind(pvg_at_element(type)) != LLVMIntegerTypeKind)
        return PVG_AIR_FLOAT;
    return c->is_signed ? PVG_AIR_SINT : PVG_AIR_UINT;
}

static uint32_t texel_type(struct pvg_at *at, enum pvg_air_class cls)
{
    struct pvg_spv *b = &at->b;
    uint32_t scalar = cls == PVG_AIR_FLOAT ? pvg_spv_float(b, 32) : cls == PVG_AIR_SINT ? pvg_spv_sint(b, 32) : u32(at);
    return pvg_spv_vec(b, scalar, 4);
}

/** Threads of a tile see each other's pixels behind a barrier that names the imageblock. */
static uint32_t scope(struct pvg_at *at)
{
    return pvg_spv_u32(&at->b, SpvScopeWorkgroup);
}

/** load(attachment, position, data rate, index). The sample or colour index is 0: passes with one sample have one of each. */
static uint32_t load(struct pvg_at *at, const struct pvg_at_call *c)
{
    struct pvg_spv *b = &at->b;
    enum pvg_air_class cls = class_of(c, c->type);
    uint32_t place[2], coord;
    pixel(at, pvg_at_arg(at, c, 1), place);
    uint32_t image = attachment(at, c, 0, place, cls, &coord);
    pvg_spv_capability(b, SpvCapabilityStorageImageReadWithoutFormat);
    const uint32_t mask = SpvImageOperandsNonPrivateTexelMask | SpvImageOperandsMakeTexelVisibleMask;
    uint32_t v = pvg_spv_value(b, SpvOpImageRead, texel_type(at, cls), PVG_SPV(image, coord, mask, scope(at)));
    return pvg_at_fit(at, v, c->rtype);
}

/** store(value, attachment, position, data rate, index); pixels outside of the pass stay as they are. */
static void store(struct pvg_at *at, const struct pvg_at_call *c)
{
    struct pvg_spv *b = &at->b;
    enum pvg_air_class cls = class_of(c, pvg_at_arg_type(c, 0));
    uint32_t place[2], coord, boolean = pvg_spv_bool(b);
    uint32_t value = pvg_at_fit(at, pvg_at_arg(at, c, 0), texel_type(at, cls));
    pixel(at, pvg_at_arg(at, c, 2), place);
    uint32_t image = attachment(at, c, 1, place, cls, &coord);
    uint32_t in_x = binary(at, SpvOpULessThan, boolean, place[0], pvg_at_push_member(at, PVG_AIR_TILE_WIDTH, false));
    uint32_t in_y = binary(at, SpvOpULessThan, boolean, place[1], pvg_at_push_member(at, PVG_AIR_TILE_HEIGHT, false));
    uint32_t run = pvg_spv_new_id(b), end = pvg_spv_new_id(b);
    pvg_spv_capability(b, SpvCapabilityStorageImageWriteWithoutFormat);
    pvg_spv_op(b, SpvOpSelectionMerge, PVG_SPV(end, SpvSelectionControlMaskNone));
    pvg_spv_op(b, SpvOpBranchConditional, PVG_SPV(binary(at, SpvOpLogicalAnd, boolean, in_x, in_y), run, end));
    pvg_at_begin_block(at, run);
    const uint32_t mask = SpvImageOperandsNonPrivateTexelMask | SpvImageOperandsMakeTexelAvailableMask;
    pvg_spv_op(b, SpvOpImageWrite, PVG_SPV(image, coord, value, mask, scope(at)));
    pvg_spv_op(b, SpvOpBranch, PVG_SPV(end));
    pvg_at_begin_block(at, end);
    at->refl->writes_memory = true;
}

bool pvg_at_intrin_tile(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id)
{
    /* The size that a compute command sets is one of indirect command buffers. */
    bool imageblock = strstr(c->op, "imageblock") && !strstr(c->op, "_command");
    if (!imageblock && strcmp(c->op, "get_color_coverage_mask") != 0)
        return false;
    if (at->entry->stage != PVG_AIR_KERNEL)
        pvg_at_refuse_as(at, PVG_REFUSE_IMAGEBLOCK, "%s in a %s function", c->name, pvg_air_stage_name(at->entry->stage));
    if (!strcmp(c->op, "get_imageblock_width") || !strcmp(c->op, "get_imageblock_height")) {
        *id = pvg_at_fit(at, tile_extent(at, !strcmp(c->op, "get_imageblock_height")), c->rtype);
        return true;
    }
    /* One sample, hence one colour, covered by bit 0. */
    if (!strcmp(c->op, "get_imageblock_samples") || !strcmp(c->op, "get_imageblock_num_colors") ||
        !strcmp(c->op, "get_color_coverage_mask")) {
        *id = pvg_at_fit(at, pvg_spv_u32(&at->b, 1), c->rtype);
        return true;
    }
    if (!strcmp(c->op, "load.implicit_imageblock")) {
        *id = load(at, c);
        return true;
    }
    if (!strcmp(c->op, "store.implicit_imageblock") && strncmp(c->rest, ".mask", 5)) {
        store(at, c);
        return true;
    }
    pvg_at_refuse_as(at, PVG_REFUSE_IMAGEBLOCK, "%s", c->name);
}

uint32_t pvg_at_imageblock(struct pvg_at *at, const struct pvg_air_param *p)
{
    if (at->entry->stage != PVG_AIR_KERNEL || !p->imageblock_implicit)
        pvg_at_refuse_as(at, PVG_REFUSE_IMAGEBLOCK, "parameter %u, an explicit imageblock", p->index);
    return pvg_spv_null(&at->b, pvg_at_type(at, LLVMTypeOf(p->value))); /* The intrinsics name attachments. */
}
