/* SPDX-License-Identifier: MIT */
/**
 * @file Tessellation: what the generated vertex and control stages, the translated post-tessellation vertex function and the
 * renderer agree on (spec 07 section 4.14, spec 06 section 15.3).
 *
 * A patch is drawn as one host vertex: vertex number = draw patch index, instance = instance. So the arguments of a patch draw,
 * also the indirect ones, are those of a Vulkan draw. The control stage turns the guest's factors into levels and hands the patch
 * on; control points are fetched by the post-tessellation function itself.
 */
#ifndef PVG_AIR_TESS_H
#define PVG_AIR_TESS_H

/** Push block of patch draws. The first two members are the tables of the first and the fragment stage. */
enum pvg_air_tess_push {
    PVG_AIR_TESS_FACTORS = 0x10,             /**< u64 address. */
    PVG_AIR_TESS_PATCH_INDICES = 0x18,       /**< u64 address of u32 indices, 0 = none. */
    PVG_AIR_TESS_PATCH_START = 0x20,         /**< Not read: part of the vertex number. */
    PVG_AIR_TESS_SCALE = 0x24,               /**< f32 tessellationFactorScale. */
    PVG_AIR_TESS_INSTANCE_STRIDE = 0x28,     /**< u32 bytes between the factors of instances. */
    PVG_AIR_TESS_FLAGS = 0x2C,               /**< Bits 0-1: control point indices 0 none, 1 u16, 2 u32. */
    PVG_AIR_TESS_CONTROL_INDICES = 0x30,     /**< u64 address. */
    PVG_AIR_TESS_CONTROL_INDEX_BYTES = 0x38, /**< u32 bytes behind the address, as for the next two. */
    PVG_AIR_TESS_PATCH_INDEX_BYTES = 0x3C,
    PVG_AIR_TESS_FACTOR_BYTES = 0x40,
    PVG_AIR_TESS_CONTROL_POINTS = 0x44, /**< u32 control points per patch. */
    PVG_AIR_TESS_PUSH_BYTES = 0x48,
};

/** Components of the per-patch input of the post-tessellation function: a uvec4 at Location 0. */
enum pvg_air_tess_patch { PVG_AIR_TESS_PATCH_ID, PVG_AIR_TESS_INSTANCE_ID, PVG_AIR_TESS_BASE_INSTANCE };

#endif
