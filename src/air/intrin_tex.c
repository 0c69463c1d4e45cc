/* SPDX-License-Identifier: MIT */
/* Texture reads, writes, queries and atomics (spec 07 sections 5.7.4 to 5.7.7). */
#include "air/texture.h"

#include <string.h>

/** Integer coordinate with face and layer appended. */
static uint32_t take_texel(struct pvg_at_tex *t)
{
    struct pvg_spv *b = t->b;
    uint32_t coord = pvg_spv_resize(b, pvg_at_tex_take(t), 32), slice = 0;
    if (t->cube)
        slice = pvg_spv_resize(b, pvg_at_tex_take(t), 32);
    bool layered = strstr(t->c->op, "_array") != NULL;
    if (layered) {
        uint32_t layer = pvg_spv_resize(b, pvg_at_tex_take(t), 32);
        slice = slice ? pvg_spv_iadd(b, slice, pvg_spv_imul(b, layer, pvg_spv_u32(b, 6))) : layer;
    }
    return slice ? pvg_at_tex_append(t, coord, slice) : coord;
}

static bool storage(const struct pvg_at_tex *t)
{
    return t->shape.heap == PVG_AIR_HEAP_STORAGE || t->shape.heap == PVG_AIR_HEAP_STORAGE_TEXEL;
}

/** Texels that other threads write, too, are not private to this one. Functions with coherent accesses are among the coherent ones.
 */
static uint32_t texel_operands(const struct pvg_at_tex *t)
{
    if (!storage(t) || !t->at->coherent)
        return 0;
    return SpvImageOperandsNonPrivateTexelMask | (strstr(t->c->name, "_coherent.") ? SpvImageOperandsVolatileTexelMask : 0);
}

/** Newer versions put an offset vector, always zero, behind the coordinate of 2D and 3D reads. */
static void skip_offset(struct pvg_at_tex *t)
{
    bool vector = t->next < t->c->argc && LLVMGetTypeKind(pvg_at_tex_peek(t)) == LLVMVectorTypeKind;
    if (!vector)
        return;
    LLVMValueRef o = LLVMGetOperand(t->c->inst, t->next++);
    if (!LLVMIsNull(o) && !LLVMIsUndef(o))
        pvg_at_refuse(t->at, "%s with an offset", t->c->name);
}

static uint32_t read_texel(struct pvg_at_tex *t)
{
    struct pvg_spv *b = t->b;
    if (t->next < t->c->argc && LLVMGetTypeKind(pvg_at_tex_peek(t)) == LLVMPointerTypeKind)
        t->next++; /* Read sampler. */
    if (t->shape.depth && pvg_at_tex_next_is(t, LLVMIntegerTypeKind))
        t->next++;
    uint32_t coord = take_texel(t), sample = 0, lod = 0;
    skip_offset(t);
    /* AIR 1.x has no access operand: what is left is the level (spec 07 section 5.7.1). */
    unsigned left = t->c->argc - t->next, access = t->at->entry->air_version >= 2u << 16 ? 1 : 0;
    if (t->shape.multisampled && left > 0)
        sample = pvg_spv_resize(b, pvg_at_tex_take(t), 32);
    else if (left > access)
        lod = pvg_spv_resize(b, pvg_at_tex_take(t), 32);
    if (t->c->argc - t->next > 1)
        pvg_at_refuse(t->at, "%s with %u operands", t->c->name, t->c->argc);

    if (storage(t) && lod)
        coord = pvg_at_tex_level(t, lod, coord);
    uint32_t image = pvg_at_tex_image(t), words[4] = {image, coord}, n = 2, type = pvg_spv_vec(b, pvg_at_tex_scalar(t), 4);
    uint32_t operands = (sample ? SpvImageOperandsSampleMask : 0) | texel_operands(t);
    if (operands)
        words[n++] = operands;
    if (sample)
        words[n++] = sample;
    if (storage(t)) {
        pvg_spv_capability(b, SpvCapabilityStorageImageReadWithoutFormat);
        return pvg_at_tex_result(t, pvg_spv_value(b, SpvOpImageRead, type, words, n));
    }
    if (!sample && t->shape.dim != PVG_AIR_DIM_BUFFER) {
        words[n++] = SpvImageOperandsLodMask;
        words[n++] = lod ? lod : pvg_spv_u32(b, 0);
    }
    return pvg_at_tex_result(t, pvg_spv_value(b, SpvOpImageFetch, type, words, n));
}

static void write_texel(struct pvg_at_tex *t)
{
    struct pvg_spv *b = t->b;
    uint32_t coord = take_texel(t);
    uint32_t texel = pvg_at_fit(t->at, pvg_at_tex_take(t), pvg_spv_vec(b, pvg_at_tex_scalar(t), 4));
    unsigned left = t->c->argc - t->next, access = t->at->entry->air_version >= 2u << 16 ? 1 : 0;
    uint32_t lod = left > access ? pvg_spv_resize(b, pvg_at_tex_take(t), 32) : 0;
    if (!storage(t))
        pvg_at_refuse(t->at, "%s to a texture that is not declared writable", t->c->name);
    if (lod)
        coord = pvg_at_tex_level(t, lod, coord);
    pvg_spv_capability(b, SpvCapabilityStorageImageWriteWithoutFormat);
    uint32_t words[4] = {pvg_at_tex_image(t), coord, texel, texel_operands(t)};
    pvg_spv_op(b, SpvOpImageWrite, words, words[3] ? 4 : 3);
}

static bool query(struct pvg_at_tex *t, uint32_t *id)
{
    struct pvg_spv *b = t->b;
    uint32_t u32 = pvg_spv_int(b, 32);
    unsigned component;
    if (!strcmp(t->verb, "get_width"))
        component = 0;
    else if (!strcmp(t->verb, "get_height"))
        component = 1;
    else if (!strcmp(t->verb, "get_depth"))
        component = 2;
    else if (!strcmp(t->verb, "get_array_size"))
        component = t->cube ? 2 : pvg_at_tex_dims(t);
    else if (!strcmp(t->verb, "get_num_mip_levels")) {
        if (t->last_level) {
            *id = pvg_at_fit(t->at, pvg_spv_iadd(b, t->last_level, pvg_spv_u32(b, 1)), t->c->rtype);
            return true;
        }
        if (t->shape.heap != PVG_AIR_HEAP_SAMPLED)
            pvg_at_refuse(t->at, "%s on a writable texture", t->c->name);
        pvg_spv_capability(b, SpvCapabilityImageQuery);
        *id = pvg_at_fit(t->at, pvg_spv_value(b, SpvOpImageQueryLevels, u32, PVG_SPV(pvg_at_tex_image(t))), t->c->rtype);
        return true;
    } else if (!strcmp(t->verb, "get_num_samples")) {
        pvg_spv_capability(b, SpvCapabilityImageQuery);
        *id = pvg_at_fit(t->at, pvg_spv_value(b, SpvOpImageQuerySamples, u32, PVG_SPV(pvg_at_tex_image(t))), t->c->rtype);
        return true;
    } else
        return false;
    uint32_t lod = 0;
    if (pvg_at_tex_next_is(t, LLVMIntegerTypeKind))
        lod = pvg_spv_resize(b, pvg_at_tex_take(t), 32);
    uint32_t size = pvg_at_tex_size(t, lod);
    unsigned n = pvg_spv_components(b, pvg_spv_type_of(b, size));
    if (component >= n)
        pvg_at_refuse(t->at, "%s: no such dimension", t->c->name);
    *id = pvg_at_fit(t->at, n == 1 ? size : pvg_spv_extract(b, size, component), t->c->rtype);
    return true;
}

/* ---- Atomics
 * ----------------------------------------------------------------------------------------------------------------------- */

static SpvOp atomic_op(const char *op, bool is_signed)
{
    static const struct {
        const char *name;
        SpvOp s, u;
    } ops[] = {
        {"load_", SpvOpAtomicLoad, SpvOpAtomicLoad},
        {"store_", SpvOpAtomicStore, SpvOpAtomicStore},
        {"exchange_", SpvOpAtomicExchange, SpvOpAtomicExchange},
        {"fetch_add_", SpvOpAtomicIAdd, SpvOpAtomicIAdd},
        {"fetch_sub_", SpvOpAtomicISub, SpvOpAtomicISub},
        {"fetch_and_", SpvOpAtomicAnd, SpvOpAtomicAnd},
        {"fetch_or_", SpvOpAtomicOr, SpvOpAtomicOr},
        {"fetch_xor_", SpvOpAtomicXor, SpvOpAtomicXor},
        {"fetch_min_", SpvOpAtomicSMin, SpvOpAtomicUMin},
        {"fetch_max_", SpvOpAtomicSMax, SpvOpAtomicUMax},
    };
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (!strncmp(op, ops[i].name, strlen(ops[i].name)))
            return is_signed ? ops[i].s : ops[i].u;
    return SpvOpNop;
}

static uint32_t texel_pointer(struct pvg_at_tex *t, uint32_t coord)
{
    struct pvg_spv *b = t->b;
    if (!storage(t) || t->shape.cls == PVG_AIR_FLOAT)
        pvg_at_refuse(t->at, "%s on a texture that is not writable integers", t->c->name);
    uint32_t format = t->shape.cls == PVG_AIR_SINT ? SpvImageFormatR32i : SpvImageFormatR32ui;
    uint32_t image = pvg_at_heap_image_pointer(t->at, &t->shape, format, t->handle, t->nonuniform);
    uint32_t p = pvg_spv_value(b, SpvOpImageTexelPointer, pvg_spv_ptr(b, SpvStorageClassImage, pvg_at_tex_scalar(t)),
                               PVG_SPV(image, coord, pvg_spv_u32(b, 0)));
    if (t->nonuniform)
        pvg_at_nonuniform(t->at, p);
    return p;
}

static void first_lane_only(struct pvg_at_tex *t, uint32_t v, uint32_t *id)
{
    struct pvg_spv *b = t->b;
    LLVMTypeRef type = t->c->type;
    if (LLVMGetTypeKind(type) == LLVMVoidTypeKind)
        return;
    uint32_t vec = pvg_spv_vec(b, pvg_spv_type_of(b, v), 4);
    *id = pvg_at_tex_result(t, pvg_spv_value(b, SpvOpCompositeInsert, vec, PVG_SPV(v, pvg_spv_null(b, vec), 0)));
}

/** 2D and 3D forms of AIR 2.8 have a zero offset of two or three lanes before the value of four. */
static void skip_atomic_offset(struct pvg_at_tex *t)
{
    if (t->next < t->c->argc && LLVMGetTypeKind(pvg_at_tex_peek(t)) == LLVMVectorTypeKind &&
        LLVMGetVectorSize(pvg_at_tex_peek(t)) < 4)
        skip_offset(t);
}

/** "…, v4 *expected, v4 desired, order, order, access" -> was the first lane as expected? The lane found replaces it. */
static uint32_t compare_exchange(struct pvg_at_tex *t)
{
    struct pvg_at *at = t->at;
    struct pvg_spv *b = t->b;
    uint32_t coord = take_texel(t), scope = pvg_at_device_scope(at), relaxed = pvg_spv_u32(b, 0), scalar = pvg_at_tex_scalar(t);
    skip_atomic_offset(t);
    if (LLVMGetTypeKind(pvg_at_tex_peek(t)) != LLVMPointerTypeKind || t->next + 1 >= t->c->argc)
        pvg_at_refuse(at, "%s with %u operands", t->c->name, t->c->argc);
    LLVMValueRef place = LLVMGetOperand(t->c->inst, t->next++);
    LLVMTypeRef type = pvg_at_tex_peek(t);
    if (LLVMGetTypeKind(type) != LLVMVectorTypeKind || LLVMGetIntTypeWidth(pvg_at_element(type)) != 32)
        pvg_at_refuse(at, "intrinsic %s", t->c->name);
    uint32_t desired = pvg_spv_bitcast(b, scalar, pvg_spv_extract(b, pvg_at_tex_take(t), 0));
    uint32_t vec = pvg_at_load(at, place, type, 16, false), first = pvg_spv_extract(b, vec, 0);
    uint32_t p = texel_pointer(t, coord);
    uint32_t old = pvg_spv_value(b, SpvOpAtomicCompareExchange, scalar,
                                 PVG_SPV(p, scope, relaxed, relaxed, desired, pvg_spv_bitcast(b, scalar, first)));
    old = pvg_spv_bitcast(b, pvg_spv_type_of(b, first), old);
    uint32_t seen = pvg_spv_value(b, SpvOpCompositeInsert, pvg_spv_type_of(b, vec), PVG_SPV(old, vec, 0));
    pvg_at_store_id(at, place, type, seen, 16, false);
    return pvg_spv_value(b, SpvOpIEqual, pvg_spv_bool(b), PVG_SPV(old, first));
}

static bool texture_atomic(struct pvg_at_tex *t, uint32_t *id)
{
    struct pvg_spv *b = t->b;
    if (strncmp(t->verb, "atomic_", 7))
        return false;
    if (!strcmp(t->verb, "atomic_compare_exchange_weak_explicit")) {
        *id = compare_exchange(t);
        return true;
    }
    SpvOp op = atomic_op(t->verb + 7, t->shape.cls == PVG_AIR_SINT);
    if (op == SpvOpNop)
        return false;
    uint32_t coord = take_texel(t), scope = pvg_at_device_scope(t->at), relaxed = pvg_spv_u32(b, 0);
    uint32_t scalar = pvg_at_tex_scalar(t), value = 0;
    skip_atomic_offset(t);
    if (op != SpvOpAtomicLoad) {
        if (LLVMGetTypeKind(pvg_at_tex_peek(t)) != LLVMVectorTypeKind ||
            LLVMGetIntTypeWidth(pvg_at_element(pvg_at_tex_peek(t))) != 32)
            pvg_at_refuse(t->at, "intrinsic %s", t->c->name);
        value = pvg_spv_bitcast(b, scalar, pvg_spv_extract(b, pvg_at_tex_take(t), 0));
    }
    uint32_t p = texel_pointer(t, coord);
    if (op == SpvOpAtomicStore)
        pvg_spv_op(b, op, PVG_SPV(p, scope, relaxed, value));
    else if (op == SpvOpAtomicLoad)
        first_lane_only(t, pvg_spv_value(b, op, scalar, PVG_SPV(p, scope, relaxed)), id);
    else
        first_lane_only(t, pvg_spv_value(b, op, scalar, PVG_SPV(p, scope, relaxed, value)), id);
    return true;
}

/** Nothing is bound, or nothing was stored: heap indices of null textures are the first ones, the number 0 names no object. */
static uint32_t is_null(struct pvg_at *at, const struct pvg_at_call *c)
{
    struct pvg_spv *b = &at->b;
    struct pvg_at_origin o;
    pvg_at_origin(at, LLVMGetOperand(c->inst, 0), &o);
    bool texels = strstr(c->op, "_buffer_") != NULL, number = o.unknown || at->handle_ids;
    uint32_t reserved = number ? 1 : texels ? PVG_AIR_NULL_TEXELS : PVG_AIR_NULL_IMAGES;
    uint32_t null = pvg_spv_value(b, SpvOpULessThan, pvg_spv_bool(b), PVG_SPV(pvg_at_arg(at, c, 0), pvg_spv_u64(b, reserved)));
    return pvg_at_fit(at, null, c->rtype);
}

static bool without_image(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id)
{
    struct pvg_spv *b = &at->b;
    if (!strncmp(c->op, "fence_texture", 13)) {
        pvg_at_order_memory(at, PVG_AT_MEMORY_TEXTURE);
        return true;
    }
    if (!strncmp(c->op, "get_null_texture", 16) || !strncmp(c->op, "get_null_depth", 14)) {
        *id = pvg_spv_u64(b, 0);
        return true;
    }
    if (!strcmp(c->op, "get_read_sampler")) {
        *id = pvg_spv_u64(b, 0);
        return true;
    }
    if (!strncmp(c->op, "is_null_texture", 15) || !strncmp(c->op, "is_null_depth", 13)) {
        *id = is_null(at, c);
        return true;
    }
    return false;
}

bool pvg_at_intrin_tex(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id)
{
    struct pvg_at_tex t;
    if (without_image(at, c, id))
        return true;
    if (!pvg_at_tex_begin(&t, at, c))
        return false;
    if (!strcmp(t.verb, "sample") || !strcmp(t.verb, "sample_compare"))
        *id = pvg_at_tex_sample(&t);
    else if (!strcmp(t.verb, "gather") || !strcmp(t.verb, "gather_compare"))
        *id = pvg_at_tex_gather(&t);
    else if (!strcmp(t.verb, "read"))
        *id = read_texel(&t);
    else if (!strcmp(t.verb, "write"))
        write_texel(&t);
    else if (!strcmp(t.verb, "calculate_clamped_lod") || !strcmp(t.verb, "calculate_unclamped_lod"))
        *id = pvg_at_tex_query_lod(&t);
    else if (!query(&t, id) && !texture_atomic(&t, id))
        return false;
    return true;
}
