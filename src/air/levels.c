/* SPDX-License-Identifier: MIT */
/**
 * @file Levels of textures that a function writes. A storage view has one level, so a texture whose levels the code names has one
 * heap entry per level, side by side, and a table word that says how many there are (<openpvg/air.h>, PVG_AIR_LEVELS_SHIFT).
 */
#include "air/texture.h"

#include <string.h>

/** Level operand of a read or write call, NULL if it has none or always means level 0. */
static LLVMValueRef level_operand(struct pvg_at *at, LLVMValueRef call)
{
    /* The level is last, in front of the access operand of AIR 2 (spec 07 sections 5.7.4 and 5.7.5). */
    unsigned argc = LLVMGetNumArgOperands(call), behind = at->entry->air_version >= 2u << 16 ? 1 : 0;
    if (argc < 3 + behind)
        return NULL;
    LLVMValueRef v = LLVMGetOperand(call, argc - 1 - behind);
    bool integer = LLVMGetTypeKind(LLVMTypeOf(v)) == LLVMIntegerTypeKind;
    return integer && !LLVMIsNull(v) && !LLVMIsUndef(v) ? v : NULL;
}

static bool names_levels(struct pvg_at *at, LLVMValueRef call)
{
    size_t len;
    LLVMValueRef callee = LLVMGetCalledValue(call);
    const char *name = LLVMIsAFunction(callee) ? LLVMGetValueName2(callee, &len) : "";
    if (!strncmp(name, "air.get_num_mip_levels_", 23))
        return LLVMGetNumArgOperands(call) > 0;
    if (strncmp(name, "air.write_texture_", 18) && strncmp(name, "air.read_texture_", 17))
        return false;
    return !strstr(name, "_texture_buffer") && !strstr(name, "_ms") && level_operand(at, call);
}

void pvg_at_plan_levels(struct pvg_at *at)
{
    for (uint32_t n = 0; at->texture_count && n < at->block_count; n++) {
        for (LLVMValueRef i = LLVMGetFirstInstruction(at->block_of[n]); i; i = LLVMGetNextInstruction(i)) {
            struct pvg_at_origin o;
            if (LLVMGetInstructionOpcode(i) != LLVMCall || !names_levels(at, i))
                continue;
            pvg_at_origin(at, LLVMGetOperand(i, 0), &o);
            for (uint32_t k = 0; k < at->texture_count * o.root_count; k++) {
                struct pvg_at_texture *t = &at->textures[k / o.root_count];
                if (t->info.heap == PVG_AIR_HEAP_STORAGE && at->entry->params[t->param].value == o.roots[k % o.root_count])
                    t->info.levels = true;
            }
        }
    }
}

void pvg_at_tex_split(struct pvg_at_tex *t)
{
    struct pvg_spv *b = t->b;
    t->last_level = pvg_spv_shr(b, t->handle, PVG_AIR_LEVELS_SHIFT);
    t->handle = pvg_spv_and(b, t->handle, (1u << PVG_AIR_LEVELS_SHIFT) - 1);
}

uint32_t pvg_at_tex_level(struct pvg_at_tex *t, uint32_t lod, uint32_t coord)
{
    struct pvg_spv *b = t->b;
    uint64_t c;
    bool constant = pvg_spv_const_bits(b, lod, &c);
    if (constant && !c)
        return coord;
    if (!t->last_level) {
        if (t->null)
            return coord;
        pvg_at_refuse(t->at, "%s of a level other than 0", t->c->name);
    }
    /* Outside of the levels nothing is written and zeros are read (spec 07 section 9.8): the coordinate leaves the image. */
    uint32_t type = pvg_spv_type_of(b, coord), u32 = pvg_spv_int(b, 32), boolean = pvg_spv_bool(b);
    uint32_t inside = pvg_spv_value(b, SpvOpULessThanEqual, boolean, PVG_SPV(lod, t->last_level));
    uint32_t out = pvg_spv_value(b, SpvOpSelect, u32, PVG_SPV(inside, pvg_spv_u32(b, 0), pvg_spv_u32(b, UINT32_MAX)));
    t->handle = pvg_spv_iadd(b, t->handle, pvg_spv_ext(b, GLSLstd450UMin, u32, PVG_SPV(lod, t->last_level)));
    t->nonuniform |= !constant;
    t->static_root = false;
    return pvg_spv_value(b, SpvOpBitwiseOr, type, PVG_SPV(coord, pvg_spv_replicate(b, type, out)));
}
