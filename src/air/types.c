/* SPDX-License-Identifier: MIT */
#include "air/translate.h"

#include <string.h>

uint32_t pvg_at_int(struct pvg_at *at, unsigned width)
{
    if (width == 8)
        pvg_at_need(at, PVG_AIR_NEED_INT8);
    if (width == 16)
        pvg_at_need(at, PVG_AIR_NEED_INT16);
    return pvg_spv_int(&at->b, width);
}

uint32_t pvg_at_float(struct pvg_at *at, unsigned width)
{
    if (width == 16)
        pvg_at_need(at, PVG_AIR_NEED_FLOAT16);
    if (width == 64)
        pvg_at_need(at, PVG_AIR_NEED_FLOAT64);
    return pvg_spv_float(&at->b, width);
}

bool pvg_at_is_bfloat(LLVMTypeRef type)
{
    return LLVMGetTypeKind(pvg_at_element(type)) == LLVMBFloatTypeKind;
}

LLVMTypeRef pvg_at_element(LLVMTypeRef type)
{
    return LLVMGetTypeKind(type) == LLVMVectorTypeKind ? LLVMGetElementType(type) : type;
}

uint64_t pvg_at_size_of(struct pvg_at *at, LLVMTypeRef type)
{
    return LLVMABISizeOfType(at->layout, type);
}

unsigned pvg_at_lanes(struct pvg_at *at, LLVMTypeRef type)
{
    if (LLVMGetTypeKind(type) != LLVMVectorTypeKind)
        return 1;
    unsigned n = LLVMGetVectorSize(type);
    if (n == 64)
        return 2; /* Simdgroup matrix: the thread's two elements. */
    if (n > 4)
        pvg_at_refuse(at, "vectors of %u lanes", n);
    return n;
}

static uint32_t integer(struct pvg_at *at, unsigned width)
{
    switch (width) {
    case 1:
        return pvg_spv_bool(&at->b);
    case 8:
    case 16:
    case 32:
    case 64:
        return pvg_at_int(at, width);
    default:
        pvg_at_refuse(at, "integers of %u bits", width);
    }
}

static uint32_t structure(struct pvg_at *at, LLVMTypeRef type)
{
    unsigned n = LLVMCountStructElementTypes(type);
    uint32_t *members = pvg_arena_array(&at->arena, n + 1, sizeof *members);
    for (unsigned i = 0; i < n; i++)
        members[i] = pvg_at_type(at, LLVMStructGetTypeAtIndex(type, i));
    return pvg_spv_struct(&at->b, members, n);
}

static uint32_t make_type(struct pvg_at *at, LLVMTypeRef type)
{
    switch (LLVMGetTypeKind(type)) {
    case LLVMVoidTypeKind:
        return pvg_spv_void(&at->b);
    case LLVMIntegerTypeKind:
        return integer(at, LLVMGetIntTypeWidth(type));
    case LLVMHalfTypeKind:
        return pvg_at_float(at, 16);
    case LLVMBFloatTypeKind:
        return pvg_at_int(at, 16);
    case LLVMFloatTypeKind:
        return pvg_at_float(at, 32);
    case LLVMDoubleTypeKind:
        return pvg_at_float(at, 64);
    case LLVMPointerTypeKind:
        return pvg_spv_int(&at->b, 64);
    case LLVMVectorTypeKind:
        return pvg_spv_vec(&at->b, pvg_at_type(at, LLVMGetElementType(type)), pvg_at_lanes(at, type));
    case LLVMStructTypeKind:
        if (LLVMIsOpaqueStruct(type))
            pvg_at_refuse(at, "values of an opaque struct type");
        return structure(at, type);
    case LLVMArrayTypeKind: {
        uint64_t n = LLVMGetArrayLength2(type);
        if (!n || n > 65536)
            pvg_at_refuse(at, "array values of %llu elements", (unsigned long long)n);
        return pvg_spv_array(&at->b, pvg_at_type(at, LLVMGetElementType(type)), (uint32_t)n);
    }
    default:
        pvg_at_refuse(at, "LLVM type kind %d", (int)LLVMGetTypeKind(type));
    }
}

uint32_t pvg_at_type(struct pvg_at *at, LLVMTypeRef type)
{
    unsigned slot = (unsigned)((uintptr_t)type >> 3) % (sizeof at->types / sizeof *at->types);
    if (at->types[slot].type == type)
        return at->types[slot].id;
    uint32_t id = make_type(at, type);
    at->types[slot].type = type;
    at->types[slot].id = id;
    return id;
}

uint32_t pvg_at_value_type(struct pvg_at *at, LLVMValueRef v)
{
    LLVMTypeRef type = LLVMTypeOf(v);
    if (LLVMGetTypeKind(type) != LLVMPointerTypeKind)
        return pvg_at_type(at, type);
    return pvg_spv_int(&at->b, pvg_at_is_local(pvg_at_memory_of(at, v)) ? 32 : 64);
}
