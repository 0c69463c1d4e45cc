/* SPDX-License-Identifier: MIT */
/* Sampling, gathering and level-of-detail queries (spec 07 sections 5.7.2, 5.7.3 and 5.7.6). */
#include "air/texture.h"

#include <string.h>

/** Operands of a sampling call after texture and sampler. */
struct sample {
    uint32_t sampler, pixel_flag;
    bool compare, implicit;
    uint32_t coord; /**< Float vector without layer. */
    uint32_t layer, ref;
    LLVMValueRef offset; /**< NULL: none. */
    bool explicit_lod;

    uint32_t lod, min_lod, ddx, ddy;
};

static bool constant_zero(const struct pvg_spv *b, uint32_t id)
{
    const struct pvg_spv_id *i = &b->ids[id];
    return (i->op == SpvOpConstant && !(i->bits << 1 & (b->ids[i->type].width == 16 ? 0xFFFF : 0xFFFFFFFFu))) ||
           i->op == SpvOpConstantNull;
}

static void take_offset(struct pvg_at_tex *t, struct sample *s)
{
    if (t->cube || !pvg_at_tex_next_is(t, LLVMIntegerTypeKind) || LLVMGetIntTypeWidth(pvg_at_tex_peek(t)) != 1)
        return;
    t->next++;
    s->offset = LLVMGetOperand(t->c->inst, t->next++);
    if (LLVMIsNull(s->offset) || LLVMIsUndef(s->offset))
        s->offset = NULL;
}

static void take_coordinates(struct pvg_at_tex *t, struct sample *s)
{
    struct pvg_spv *b = t->b;
    uint32_t f32 = pvg_spv_float(b, 32);
    s->sampler = pvg_at_tex_sampler(t, LLVMGetOperand(t->c->inst, t->next++), s->compare, &s->pixel_flag);
    if (t->shape.depth && pvg_at_tex_next_is(t, LLVMIntegerTypeKind))
        t->next++;
    s->coord = pvg_at_tex_take(t);
    s->coord = pvg_at_fit(t->at, s->coord, pvg_spv_like(b, pvg_spv_type_of(b, s->coord), f32));
    if (t->shape.arrayed)
        s->layer = pvg_spv_value(b, SpvOpConvertUToF, f32, PVG_SPV(pvg_spv_resize(b, pvg_at_tex_take(t), 32)));
    if (s->compare)
        s->ref = pvg_at_fit(t->at, pvg_at_tex_take(t), f32);
}

/** Tail of the implicit/explicit form: flag, level or bias, in newer versions minimum level and access. */
static void take_levels(struct pvg_at_tex *t, struct sample *s)
{
    struct pvg_spv *b = t->b;
    uint32_t f32 = pvg_spv_float(b, 32);
    if (t->grad) {
        s->ddx = pvg_at_fit(t->at, pvg_at_tex_take(t), pvg_spv_type_of(b, s->coord));
        s->ddy = pvg_at_fit(t->at, pvg_at_tex_take(t), pvg_spv_type_of(b, s->coord));
        if (pvg_at_tex_next_is(t, LLVMFloatTypeKind))
            s->min_lod = pvg_at_fit(t->at, pvg_at_tex_take(t), f32);
        take_offset(t, s);
        return;
    }
    take_offset(t, s);
    if (!pvg_at_tex_next_is(t, LLVMIntegerTypeKind))
        return;
    uint64_t flag;
    uint32_t chosen = 0;
    if (pvg_at_const_int(LLVMGetOperand(t->c->inst, t->next), &flag)) {
        s->explicit_lod = flag & 1;
        t->next++;
    } else if (t->at->entry->stage != PVG_AIR_FRAGMENT) {
        chosen = pvg_at_tex_take(t); /* Otherwise level 0. */
        s->explicit_lod = true;
    } else {
        pvg_at_refuse(t->at, "%s: explicit level chosen at run time", t->c->name);
    }
    if (pvg_at_tex_next_is(t, LLVMFloatTypeKind))
        s->lod = pvg_at_fit(t->at, pvg_at_tex_take(t), f32);
    if (chosen && s->lod)
        s->lod = pvg_spv_value(b, SpvOpSelect, f32, PVG_SPV(chosen, s->lod, pvg_spv_f32(b, 0)));
    if (pvg_at_tex_next_is(t, LLVMFloatTypeKind))
        s->min_lod = pvg_at_fit(t->at, pvg_at_tex_take(t), f32);
}

/** Size of level 0 as floats, without the layer count. */
static uint32_t float_size(struct pvg_at_tex *t)
{
    struct pvg_spv *b = t->b;
    uint32_t size = pvg_at_tex_size(t, 0);
    unsigned n = pvg_at_tex_dims(t);
    uint32_t type = pvg_spv_type_of(b, size);
    static const uint32_t lanes[] = {0, 1, 2};
    if (n == 1 && pvg_spv_components(b, type) > 1) {
        size = pvg_spv_extract(b, size, 0);
    } else if (pvg_spv_components(b, type) > n) {
        uint32_t words[5] = {size, size};
        memcpy(words + 2, lanes, n * sizeof *lanes);
        size = pvg_spv_value(b, SpvOpVectorShuffle, pvg_spv_vec(b, pvg_spv_scalar(b, type), n), words, 2 + n);
    }
    return pvg_spv_value(b, SpvOpConvertUToF, pvg_spv_vec(b, pvg_spv_float(b, 32), n), PVG_SPV(size));
}

/**
 * What coordinates are divided by: the size where they are in texels, which may depend on the top bit of the sampler's word (spec
 * 06 section 15.3, part 4), else 1, which changes no bits. Without a branch, so that all uses of texture and sampler share it.
 */
static uint32_t divisor(struct pvg_at_tex *t, uint32_t pixel_flag)
{
    struct pvg_spv *b = t->b;
    uint64_t bits;
    bool always = pvg_spv_const_bits(b, pixel_flag, &bits), shared = t->static_root && (always || t->static_sampler);
    uint32_t image = pvg_at_tex_image(t), known = shared ? pvg_at_shared(t->at, image, pixel_flag) : 0;
    if (known)
        return known;
    enum pvg_spv_section old = b->at;
    if (shared)
        b->at = PVG_SPV_PROLOGUE;
    uint32_t v = float_size(t), type = pvg_spv_type_of(b, v);
    if (!always) {
        uint32_t pixels = pvg_spv_value(b, SpvOpSLessThan, pvg_spv_bool(b), PVG_SPV(pixel_flag, pvg_spv_u32(b, 0)));
        uint32_t one = pvg_spv_splat(b, type, pvg_spv_float_bits(32, 1));
        v = pvg_spv_value(b, SpvOpSelect, type, PVG_SPV(pixels, v, one));
    }
    b->at = old;
    if (shared)
        pvg_at_share(t->at, image, pixel_flag, v);
    return v;
}

static uint32_t divide(struct pvg_at_tex *t, uint32_t v, uint32_t by)
{
    return pvg_spv_value(t->b, SpvOpFDiv, pvg_spv_type_of(t->b, v), PVG_SPV(v, by));
}

static void normalise(struct pvg_at_tex *t, struct sample *s)
{
    if (!s->pixel_flag || t->cube)
        return;
    uint32_t by = divisor(t, s->pixel_flag);
    s->coord = divide(t, s->coord, by);
    if (s->ddx) {
        s->ddx = divide(t, s->ddx, by);
        s->ddy = divide(t, s->ddy, by);
    }
}

static uint32_t offset_id(struct pvg_at_tex *t, LLVMValueRef offset)
{
    uint32_t v = pvg_at_use(t->at, offset);
    uint32_t type = pvg_spv_type_of(t->b, v);
    v = pvg_spv_sresize(t->b, v, 32);
    return pvg_spv_bitcast(t->b, pvg_spv_like(t->b, type, pvg_spv_sint(t->b, 32)), v);
}

/** Devices need not take offsets outside of -8 to 7 texels. */
static bool far_offset(LLVMValueRef offset)
{
    bool vector = LLVMGetTypeKind(LLVMTypeOf(offset)) == LLVMVectorTypeKind;
    for (unsigned i = 0; i < (vector ? LLVMGetVectorSize(LLVMTypeOf(offset)) : 1); i++) {
        LLVMValueRef e = vector ? LLVMGetAggregateElement(offset, i) : offset;
        uint64_t c;
        if (e && pvg_at_const_int(e, &c) && ((int64_t)c < -8 || (int64_t)c > 7))
            return true;
    }
    return false;
}

/** Constant offset as operand; others move the coordinate. */
static uint32_t constant_offset(struct pvg_at_tex *t, struct sample *s)
{
    struct pvg_spv *b = t->b;
    if (!s->offset)
        return 0;
    uint32_t i32 = pvg_spv_sint(b, 32);
    if (LLVMIsConstant(s->offset) && !far_offset(s->offset)) {
        uint32_t parts[3];
        unsigned n = pvg_at_lanes(t->at, LLVMTypeOf(s->offset));
        for (unsigned i = 0; i < n && i < 3; i++) {
            LLVMValueRef e = n == 1 && LLVMGetTypeKind(LLVMTypeOf(s->offset)) != LLVMVectorTypeKind
                                 ? s->offset
                                 : LLVMGetAggregateElement(s->offset, i);
            uint64_t c = 0;
            if (!e || (!pvg_at_const_int(e, &c) && !LLVMIsUndef(e)))
                pvg_at_refuse(t->at, "%s: offset of an unknown form", t->c->name);
            parts[i] = pvg_spv_const(b, i32, c);
        }
        return pvg_spv_construct(b, pvg_spv_vec(b, i32, n), parts, n);
    }
    uint32_t o = offset_id(t, s->offset), type = pvg_spv_type_of(b, s->coord);
    o = pvg_spv_value(b, SpvOpConvertSToF, type, PVG_SPV(o));
    o = pvg_spv_value(b, SpvOpFDiv, type, PVG_SPV(o, float_size(t)));
    s->coord = pvg_spv_value(b, SpvOpFAdd, type, PVG_SPV(s->coord, o));
    return 0;
}

static uint32_t sampled_image(struct pvg_at_tex *t, uint32_t sampler)
{
    struct pvg_spv *b = t->b;
    if (t->shape.heap != PVG_AIR_HEAP_SAMPLED)
        pvg_at_refuse(t->at, "%s on a texture that the function also writes", t->c->name);
    uint32_t image = pvg_at_tex_image(t), type = pvg_spv_unique(b, SpvOpTypeSampledImage, 0, PVG_SPV(t->image_type));
    uint32_t v = pvg_spv_value(b, SpvOpSampledImage, type, PVG_SPV(image, sampler));
    if (t->nonuniform)
        pvg_at_nonuniform(t->at, v);
    return v;
}

static SpvOp sample_op(bool compare, bool implicit)
{
    if (compare)
        return implicit ? SpvOpImageSampleDrefImplicitLod : SpvOpImageSampleDrefExplicitLod;
    return implicit ? SpvOpImageSampleImplicitLod : SpvOpImageSampleExplicitLod;
}

uint32_t pvg_at_tex_sample(struct pvg_at_tex *t)
{
    struct pvg_spv *b = t->b;
    struct sample s = {.compare = !strcmp(t->verb, "sample_compare")};
    take_coordinates(t, &s);
    take_levels(t, &s);
    normalise(t, &s);
    uint32_t offset = constant_offset(t, &s);
    uint32_t image = sampled_image(t, s.sampler);
    uint32_t coord = s.layer ? pvg_at_tex_append(t, s.coord, s.layer) : s.coord;

    /* Only fragment functions have derivatives; elsewhere level 0 is used and a bias ignored. */
    s.implicit = !t->grad && !s.explicit_lod && t->at->entry->stage == PVG_AIR_FRAGMENT;
    uint32_t f32 = pvg_spv_float(b, 32), words[12], n = 0, mask = 0, at_mask;
    words[n++] = image;
    words[n++] = coord;
    if (s.compare)
        words[n++] = s.ref;
    at_mask = n++;
    bool clamp = s.min_lod && !constant_zero(b, s.min_lod);
    if (s.implicit && s.lod && !constant_zero(b, s.lod)) {
        mask |= SpvImageOperandsBiasMask;
        words[n++] = s.lod;
    }
    if (!s.implicit && !t->grad) {
        uint32_t lod = s.explicit_lod && s.lod ? s.lod : pvg_spv_f32(b, 0);
        if (clamp)
            lod = pvg_spv_ext(b, GLSLstd450FMax, f32, PVG_SPV(lod, s.min_lod));
        mask |= SpvImageOperandsLodMask;
        words[n++] = lod;
    }
    if (t->grad) {
        mask |= SpvImageOperandsGradMask;
        words[n++] = s.ddx;
        words[n++] = s.ddy;
    }
    if (offset) {
        mask |= SpvImageOperandsConstOffsetMask;
        words[n++] = offset;
    }
    if (clamp && (s.implicit || t->grad)) {
        pvg_at_need(t->at, PVG_AIR_NEED_MIN_LOD);
        pvg_spv_capability(b, SpvCapabilityMinLod);
        mask |= SpvImageOperandsMinLodMask;
        words[n++] = s.min_lod;
    }
    words[at_mask] = mask;
    if (!mask) {
        for (uint32_t i = at_mask; i + 1 < n; i++)
            words[i] = words[i + 1];
        n--;
    }
    uint32_t scalar = pvg_at_tex_scalar(t);
    uint32_t type = s.compare ? f32 : pvg_spv_vec(b, scalar, 4);
    uint32_t v = pvg_spv_value(b, sample_op(s.compare, s.implicit), type, words, n);
    return pvg_at_tex_result(t, v);
}

uint32_t pvg_at_tex_gather(struct pvg_at_tex *t)
{
    struct pvg_spv *b = t->b;
    struct sample s = {.compare = !strcmp(t->verb, "gather_compare")};
    take_coordinates(t, &s);
    take_offset(t, &s);
    uint32_t selector = pvg_spv_u32(b, 0);
    if (!s.compare && !t->shape.depth && t->next + 1 < t->c->argc)
        selector = pvg_spv_resize(b, pvg_at_tex_take(t), 32);
    normalise(t, &s);
    uint32_t offset = constant_offset(t, &s);
    uint32_t image = sampled_image(t, s.sampler);
    uint32_t coord = s.layer ? pvg_at_tex_append(t, s.coord, s.layer) : s.coord;
    uint32_t words[6] = {image, coord, s.compare ? s.ref : selector}, n = 3;
    if (offset) {
        words[n++] = SpvImageOperandsConstOffsetMask;
        words[n++] = offset;
    }
    uint32_t type = pvg_spv_vec(b, pvg_at_tex_scalar(t), 4);
    return pvg_at_tex_result(t, pvg_spv_value(b, s.compare ? SpvOpImageDrefGather : SpvOpImageGather, type, words, n));
}

uint32_t pvg_at_tex_query_lod(struct pvg_at_tex *t)
{
    struct pvg_spv *b = t->b;
    if (t->at->entry->stage != PVG_AIR_FRAGMENT)
        pvg_at_refuse(t->at, "%s outside of a fragment function", t->c->name);
    struct sample s = {0};
    uint32_t f32 = pvg_spv_float(b, 32);
    s.sampler = pvg_at_tex_sampler(t, LLVMGetOperand(t->c->inst, t->next++), false, &s.pixel_flag);
    if (t->shape.depth && pvg_at_tex_next_is(t, LLVMIntegerTypeKind))
        t->next++;
    s.coord = pvg_at_fit(t->at, pvg_at_tex_take(t), pvg_spv_vec(b, f32, pvg_at_tex_dims(t)));
    normalise(t, &s);
    pvg_spv_capability(b, SpvCapabilityImageQuery);
    uint32_t v = pvg_spv_value(b, SpvOpImageQueryLod, pvg_spv_vec(b, f32, 2), PVG_SPV(sampled_image(t, s.sampler), s.coord));
    return pvg_spv_extract(b, v, strstr(t->verb, "unclamped") ? 1 : 0);
}
