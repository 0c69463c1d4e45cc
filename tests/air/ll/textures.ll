; SPDX-License-Identifier: MIT
; Every kind of texture with the operations it has, in a fragment function and in kernels; handles chosen at run time.
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

declare <4 x i32> @air.atomic_exchange_explicit_texture_2d.u.v4i32(ptr addrspace(1), <2 x i32>, <4 x i32>, i32, i32)
declare <4 x i32> @air.atomic_fetch_add_explicit_texture_2d.u.v4i32(ptr addrspace(1), <2 x i32>, <4 x i32>, i32, i32)
declare float @air.calculate_clamped_lod_texture_2d(ptr addrspace(1), ptr addrspace(2), <2 x float>, i32)
declare float @air.calculate_unclamped_lod_texture_2d(ptr addrspace(1), ptr addrspace(2), <2 x float>, i32)
declare i32 @air.get_array_size_texture_2d_array(ptr addrspace(1))
declare i32 @air.get_array_size_texture_cube_array(ptr addrspace(1))
declare i32 @air.get_depth_texture_3d(ptr addrspace(1), i32)
declare i32 @air.get_num_mip_levels_texture_1d(ptr addrspace(1))
declare i32 @air.get_num_samples_texture_2d_ms(ptr addrspace(1))
declare i32 @air.get_width_texture_2d(ptr addrspace(1), i32)
declare i32 @air.get_width_texture_2d_array(ptr addrspace(1), i32)
declare i32 @air.get_width_texture_2d_ms(ptr addrspace(1))
declare i32 @air.get_width_texture_buffer_1d(ptr addrspace(1))
declare i32 @air.get_width_texture_cube(ptr addrspace(1), i32)
declare void @air.fence_texture_2d(ptr addrspace(1))
declare void @air.write_texture_1d.v4f32(ptr addrspace(1), i32, <4 x float>, i32, i32)
declare void @air.write_texture_2d.u.v4i32(ptr addrspace(1), <2 x i32>, <4 x i32>, i32, i32)
declare void @air.write_texture_2d_array.v4f16(ptr addrspace(1), <2 x i32>, i32, <4 x half>, i32, i32)
declare void @air.write_texture_buffer_1d.u.v4i32(ptr addrspace(1), i32, <4 x i32>, i32)
declare void @air.write_texture_cube_array.v4f32(ptr addrspace(1), <2 x i32>, i32, i32, <4 x float>, i32, i32)
declare { <4 x float>, i8 } @air.gather_compare_depth_2d.v4f32(ptr addrspace(1), ptr addrspace(2), i32, <2 x float>, float, i1, <2 x i32>, i32)
declare { <4 x float>, i8 } @air.gather_depth_2d.v4f32(ptr addrspace(1), ptr addrspace(2), i32, <2 x float>, i1, <2 x i32>, i32)
declare { <4 x float>, i8 } @air.gather_texture_2d.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i1, <2 x i32>, i32, i32)
declare { <4 x float>, i8 } @air.gather_texture_2d_array.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i32, i1, <2 x i32>, i32, i32)
declare { <4 x float>, i8 } @air.gather_texture_cube.v4f32(ptr addrspace(1), ptr addrspace(2), <3 x float>, i32, i32)
declare { <4 x float>, i8 } @air.read_texture_2d.v4f32(ptr addrspace(1), <2 x i32>, i32, i32)
declare { <4 x float>, i8 } @air.read_texture_2d_ms.v4f32(ptr addrspace(1), <2 x i32>, i32, i32)
declare { <4 x float>, i8 } @air.read_texture_2d_ms_array.v4f32(ptr addrspace(1), <2 x i32>, i32, i32, i32)
declare { <4 x float>, i8 } @air.read_texture_buffer_1d.v4f32(ptr addrspace(1), i32, i32)
declare { <4 x float>, i8 } @air.read_texture_cube.v4f32(ptr addrspace(1), <2 x i32>, i32, i32, i32)
declare { <4 x float>, i8 } @air.sample_texture_1d.v4f32(ptr addrspace(1), ptr addrspace(2), float, i1, i32, i1, float, float, i32)
declare { <4 x float>, i8 } @air.sample_texture_1d_array.v4f32(ptr addrspace(1), ptr addrspace(2), float, i32, i1, i32, i1, float, float, i32)
declare { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i1, <2 x i32>, i1, float, float, i32)
declare { <4 x float>, i8 } @air.sample_texture_2d_array.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i32, i1, <2 x i32>, i1, float, float, i32)
declare { <4 x float>, i8 } @air.sample_texture_2d_grad.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, <2 x float>, <2 x float>, float, i1, <2 x i32>, i32)
declare { <4 x float>, i8 } @air.sample_texture_3d.v4f32(ptr addrspace(1), ptr addrspace(2), <3 x float>, i1, <3 x i32>, i1, float, float, i32)
declare { <4 x float>, i8 } @air.sample_texture_cube.v4f32(ptr addrspace(1), ptr addrspace(2), <3 x float>, i1, float, float, i32)
declare { <4 x float>, i8 } @air.sample_texture_cube_array.v4f32(ptr addrspace(1), ptr addrspace(2), <3 x float>, i32, i1, float, float, i32)
declare { <4 x float>, i8 } @air.sample_texture_cube_grad.v4f32(ptr addrspace(1), ptr addrspace(2), <3 x float>, <3 x float>, <3 x float>, float, i32)
declare { <4 x i32>, i8 } @air.read_texture_2d.u.v4i32(ptr addrspace(1), <2 x i32>, i32, i32)
declare { <4 x i32>, i8 } @air.read_texture_3d.s.v4i32(ptr addrspace(1), <3 x i32>, i32, i32)
declare { float, i8 } @air.read_depth_2d.f32(ptr addrspace(1), i32, <2 x i32>, i32, i32)
declare { float, i8 } @air.sample_compare_depth_2d.f32(ptr addrspace(1), ptr addrspace(2), i32, <2 x float>, float, i1, <2 x i32>, i1, float, float, i32)
declare { float, i8 } @air.sample_compare_depth_2d_array.f32(ptr addrspace(1), ptr addrspace(2), i32, <2 x float>, i32, float, i1, <2 x i32>, i1, float, float, i32)
declare { float, i8 } @air.sample_compare_depth_2d_array_grad.f32(ptr addrspace(1), ptr addrspace(2), i32, <2 x float>, i32, float, <2 x float>, <2 x float>, float, i1, <2 x i32>, i32)
declare { float, i8 } @air.sample_compare_depth_cube.f32(ptr addrspace(1), ptr addrspace(2), i32, <3 x float>, float, i1, float, float, i32)
declare { float, i8 } @air.sample_depth_2d.f32(ptr addrspace(1), ptr addrspace(2), i32, <2 x float>, i1, <2 x i32>, i1, float, float, i32)

define void @f_s2d(ptr addrspace(1) %t, ptr addrspace(2) %s, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <2 x float> %v2, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %e0 = extractvalue { <4 x float>, i8 } %r0, 0
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store <4 x float> %e0, ptr addrspace(1) %p0, align 16
  %r1 = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <2 x float> %v2, i1 true, <2 x i32> <i32 1, i32 -2>, i1 false, float %x, float 0.0, i32 0)
  %e1 = extractvalue { <4 x float>, i8 } %r1, 0
  %p1 = getelementptr i8, ptr addrspace(1) %o, i64 80
  store <4 x float> %e1, ptr addrspace(1) %p1, align 16
  %r2 = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <2 x float> %v2, i1 true, <2 x i32> %i2, i1 true, float %x, float 0.0, i32 0)
  %e2 = extractvalue { <4 x float>, i8 } %r2, 0
  %p2 = getelementptr i8, ptr addrspace(1) %o, i64 96
  store <4 x float> %e2, ptr addrspace(1) %p2, align 16
  %r3 = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <2 x float> %v2, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 2.0, i32 0)
  %e3 = extractvalue { <4 x float>, i8 } %r3, 0
  %p3 = getelementptr i8, ptr addrspace(1) %o, i64 112
  store <4 x float> %e3, ptr addrspace(1) %p3, align 16
  %r4 = call { <4 x float>, i8 } @air.sample_texture_2d_grad.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <2 x float> %v2, <2 x float> %v2, <2 x float> %v2, float 0.0, i1 true, <2 x i32> <i32 1, i32 -2>, i32 0)
  %e4 = extractvalue { <4 x float>, i8 } %r4, 0
  %p4 = getelementptr i8, ptr addrspace(1) %o, i64 128
  store <4 x float> %e4, ptr addrspace(1) %p4, align 16
  %r5 = call { <4 x float>, i8 } @air.gather_texture_2d.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <2 x float> %v2, i1 true, <2 x i32> <i32 1, i32 -2>, i32 2, i32 0)
  %e5 = extractvalue { <4 x float>, i8 } %r5, 0
  %p5 = getelementptr i8, ptr addrspace(1) %o, i64 144
  store <4 x float> %e5, ptr addrspace(1) %p5, align 16
  ret void
}

define void @f_s2da(ptr addrspace(1) %t, ptr addrspace(2) %s, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call { <4 x float>, i8 } @air.sample_texture_2d_array.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <2 x float> %v2, i32 %xi, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %e0 = extractvalue { <4 x float>, i8 } %r0, 0
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store <4 x float> %e0, ptr addrspace(1) %p0, align 16
  %r1 = call { <4 x float>, i8 } @air.gather_texture_2d_array.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <2 x float> %v2, i32 %xi, i1 true, <2 x i32> zeroinitializer, i32 0, i32 0)
  %e1 = extractvalue { <4 x float>, i8 } %r1, 0
  %p1 = getelementptr i8, ptr addrspace(1) %o, i64 80
  store <4 x float> %e1, ptr addrspace(1) %p1, align 16
  %r2 = call i32 @air.get_array_size_texture_2d_array(ptr addrspace(1) %t)
  %p2 = getelementptr i8, ptr addrspace(1) %o, i64 96
  store i32 %r2, ptr addrspace(1) %p2, align 16
  %r3 = call i32 @air.get_width_texture_2d_array(ptr addrspace(1) %t, i32 0)
  %p3 = getelementptr i8, ptr addrspace(1) %o, i64 112
  store i32 %r3, ptr addrspace(1) %p3, align 16
  ret void
}

define void @f_s3d(ptr addrspace(1) %t, ptr addrspace(2) %s, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call { <4 x float>, i8 } @air.sample_texture_3d.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <3 x float> %v3, i1 true, <3 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %e0 = extractvalue { <4 x float>, i8 } %r0, 0
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store <4 x float> %e0, ptr addrspace(1) %p0, align 16
  %r1 = call i32 @air.get_depth_texture_3d(ptr addrspace(1) %t, i32 1)
  %p1 = getelementptr i8, ptr addrspace(1) %o, i64 80
  store i32 %r1, ptr addrspace(1) %p1, align 16
  ret void
}

define void @f_scube(ptr addrspace(1) %t, ptr addrspace(2) %s, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call { <4 x float>, i8 } @air.sample_texture_cube.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <3 x float> %v3, i1 false, float 0.0, float 0.0, i32 0)
  %e0 = extractvalue { <4 x float>, i8 } %r0, 0
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store <4 x float> %e0, ptr addrspace(1) %p0, align 16
  %r1 = call { <4 x float>, i8 } @air.sample_texture_cube_grad.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <3 x float> %v3, <3 x float> %v3, <3 x float> %v3, float 0.0, i32 0)
  %e1 = extractvalue { <4 x float>, i8 } %r1, 0
  %p1 = getelementptr i8, ptr addrspace(1) %o, i64 80
  store <4 x float> %e1, ptr addrspace(1) %p1, align 16
  %r2 = call { <4 x float>, i8 } @air.gather_texture_cube.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <3 x float> %v3, i32 1, i32 0)
  %e2 = extractvalue { <4 x float>, i8 } %r2, 0
  %p2 = getelementptr i8, ptr addrspace(1) %o, i64 96
  store <4 x float> %e2, ptr addrspace(1) %p2, align 16
  ret void
}

define void @f_scubea(ptr addrspace(1) %t, ptr addrspace(2) %s, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call { <4 x float>, i8 } @air.sample_texture_cube_array.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <3 x float> %v3, i32 %xi, i1 false, float 0.0, float 0.0, i32 0)
  %e0 = extractvalue { <4 x float>, i8 } %r0, 0
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store <4 x float> %e0, ptr addrspace(1) %p0, align 16
  %r1 = call i32 @air.get_array_size_texture_cube_array(ptr addrspace(1) %t)
  %p1 = getelementptr i8, ptr addrspace(1) %o, i64 80
  store i32 %r1, ptr addrspace(1) %p1, align 16
  ret void
}

define void @f_s1d(ptr addrspace(1) %t, ptr addrspace(2) %s, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call { <4 x float>, i8 } @air.sample_texture_1d.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, float %x, i1 true, i32 0, i1 false, float 0.0, float 0.0, i32 0)
  %e0 = extractvalue { <4 x float>, i8 } %r0, 0
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store <4 x float> %e0, ptr addrspace(1) %p0, align 16
  %r1 = call i32 @air.get_num_mip_levels_texture_1d(ptr addrspace(1) %t)
  %p1 = getelementptr i8, ptr addrspace(1) %o, i64 80
  store i32 %r1, ptr addrspace(1) %p1, align 16
  ret void
}

define void @f_s1da(ptr addrspace(1) %t, ptr addrspace(2) %s, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call { <4 x float>, i8 } @air.sample_texture_1d_array.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, float %x, i32 %xi, i1 true, i32 0, i1 false, float 0.0, float 0.0, i32 0)
  %e0 = extractvalue { <4 x float>, i8 } %r0, 0
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store <4 x float> %e0, ptr addrspace(1) %p0, align 16
  ret void
}

define void @f_d2d(ptr addrspace(1) %t, ptr addrspace(2) %s, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call { float, i8 } @air.sample_depth_2d.f32(ptr addrspace(1) %t, ptr addrspace(2) %s, i32 1, <2 x float> %v2, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %e0 = extractvalue { float, i8 } %r0, 0
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store float %e0, ptr addrspace(1) %p0, align 16
  %r1 = call { float, i8 } @air.sample_compare_depth_2d.f32(ptr addrspace(1) %t, ptr addrspace(2) %s, i32 1, <2 x float> %v2, float %x, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %e1 = extractvalue { float, i8 } %r1, 0
  %p1 = getelementptr i8, ptr addrspace(1) %o, i64 80
  store float %e1, ptr addrspace(1) %p1, align 16
  %r2 = call { <4 x float>, i8 } @air.gather_depth_2d.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, i32 1, <2 x float> %v2, i1 true, <2 x i32> zeroinitializer, i32 0)
  %e2 = extractvalue { <4 x float>, i8 } %r2, 0
  %p2 = getelementptr i8, ptr addrspace(1) %o, i64 96
  store <4 x float> %e2, ptr addrspace(1) %p2, align 16
  %r3 = call { <4 x float>, i8 } @air.gather_compare_depth_2d.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, i32 1, <2 x float> %v2, float %x, i1 true, <2 x i32> zeroinitializer, i32 0)
  %e3 = extractvalue { <4 x float>, i8 } %r3, 0
  %p3 = getelementptr i8, ptr addrspace(1) %o, i64 112
  store <4 x float> %e3, ptr addrspace(1) %p3, align 16
  %r4 = call { float, i8 } @air.read_depth_2d.f32(ptr addrspace(1) %t, i32 1, <2 x i32> %i2, i32 0, i32 1)
  %e4 = extractvalue { float, i8 } %r4, 0
  %p4 = getelementptr i8, ptr addrspace(1) %o, i64 128
  store float %e4, ptr addrspace(1) %p4, align 16
  ret void
}

define void @f_d2da(ptr addrspace(1) %t, ptr addrspace(2) %s, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call { float, i8 } @air.sample_compare_depth_2d_array.f32(ptr addrspace(1) %t, ptr addrspace(2) %s, i32 1, <2 x float> %v2, i32 %xi, float %x, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %e0 = extractvalue { float, i8 } %r0, 0
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store float %e0, ptr addrspace(1) %p0, align 16
  %r1 = call { float, i8 } @air.sample_compare_depth_2d_array_grad.f32(ptr addrspace(1) %t, ptr addrspace(2) %s, i32 1, <2 x float> %v2, i32 %xi, float %x, <2 x float> %v2, <2 x float> %v2, float 0.0, i1 true, <2 x i32> zeroinitializer, i32 0)
  %e1 = extractvalue { float, i8 } %r1, 0
  %p1 = getelementptr i8, ptr addrspace(1) %o, i64 80
  store float %e1, ptr addrspace(1) %p1, align 16
  ret void
}

define void @f_dcube(ptr addrspace(1) %t, ptr addrspace(2) %s, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call { float, i8 } @air.sample_compare_depth_cube.f32(ptr addrspace(1) %t, ptr addrspace(2) %s, i32 1, <3 x float> %v3, float %x, i1 false, float 0.0, float 0.0, i32 0)
  %e0 = extractvalue { float, i8 } %r0, 0
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store float %e0, ptr addrspace(1) %p0, align 16
  %r1 = call { float, i8 } @air.sample_compare_depth_cube.f32(ptr addrspace(1) %t, ptr addrspace(2) %s, i32 1, <3 x float> %v3, float %x, i1 true, float %x, float 0.0, i32 0)
  %e1 = extractvalue { float, i8 } %r1, 0
  %p1 = getelementptr i8, ptr addrspace(1) %o, i64 80
  store float %e1, ptr addrspace(1) %p1, align 16
  ret void
}

define void @k_s2d(ptr addrspace(1) %t, ptr addrspace(2) %s, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <2 x float> %v2, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %e0 = extractvalue { <4 x float>, i8 } %r0, 0
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store <4 x float> %e0, ptr addrspace(1) %p0, align 16
  %r1 = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <2 x float> %v2, i1 true, <2 x i32> <i32 1, i32 -2>, i1 false, float %x, float 0.0, i32 0)
  %e1 = extractvalue { <4 x float>, i8 } %r1, 0
  %p1 = getelementptr i8, ptr addrspace(1) %o, i64 80
  store <4 x float> %e1, ptr addrspace(1) %p1, align 16
  %r2 = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <2 x float> %v2, i1 true, <2 x i32> %i2, i1 true, float %x, float 0.0, i32 0)
  %e2 = extractvalue { <4 x float>, i8 } %r2, 0
  %p2 = getelementptr i8, ptr addrspace(1) %o, i64 96
  store <4 x float> %e2, ptr addrspace(1) %p2, align 16
  %r3 = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <2 x float> %v2, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 2.0, i32 0)
  %e3 = extractvalue { <4 x float>, i8 } %r3, 0
  %p3 = getelementptr i8, ptr addrspace(1) %o, i64 112
  store <4 x float> %e3, ptr addrspace(1) %p3, align 16
  %r4 = call { <4 x float>, i8 } @air.sample_texture_2d_grad.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <2 x float> %v2, <2 x float> %v2, <2 x float> %v2, float 0.0, i1 true, <2 x i32> <i32 1, i32 -2>, i32 0)
  %e4 = extractvalue { <4 x float>, i8 } %r4, 0
  %p4 = getelementptr i8, ptr addrspace(1) %o, i64 128
  store <4 x float> %e4, ptr addrspace(1) %p4, align 16
  %r5 = call { <4 x float>, i8 } @air.gather_texture_2d.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <2 x float> %v2, i1 true, <2 x i32> <i32 1, i32 -2>, i32 2, i32 0)
  %e5 = extractvalue { <4 x float>, i8 } %r5, 0
  %p5 = getelementptr i8, ptr addrspace(1) %o, i64 144
  store <4 x float> %e5, ptr addrspace(1) %p5, align 16
  ret void
}

define void @k_s2da(ptr addrspace(1) %t, ptr addrspace(2) %s, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call { <4 x float>, i8 } @air.sample_texture_2d_array.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <2 x float> %v2, i32 %xi, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %e0 = extractvalue { <4 x float>, i8 } %r0, 0
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store <4 x float> %e0, ptr addrspace(1) %p0, align 16
  %r1 = call { <4 x float>, i8 } @air.gather_texture_2d_array.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <2 x float> %v2, i32 %xi, i1 true, <2 x i32> zeroinitializer, i32 0, i32 0)
  %e1 = extractvalue { <4 x float>, i8 } %r1, 0
  %p1 = getelementptr i8, ptr addrspace(1) %o, i64 80
  store <4 x float> %e1, ptr addrspace(1) %p1, align 16
  %r2 = call i32 @air.get_array_size_texture_2d_array(ptr addrspace(1) %t)
  %p2 = getelementptr i8, ptr addrspace(1) %o, i64 96
  store i32 %r2, ptr addrspace(1) %p2, align 16
  %r3 = call i32 @air.get_width_texture_2d_array(ptr addrspace(1) %t, i32 0)
  %p3 = getelementptr i8, ptr addrspace(1) %o, i64 112
  store i32 %r3, ptr addrspace(1) %p3, align 16
  ret void
}

define void @k_s3d(ptr addrspace(1) %t, ptr addrspace(2) %s, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call { <4 x float>, i8 } @air.sample_texture_3d.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <3 x float> %v3, i1 true, <3 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %e0 = extractvalue { <4 x float>, i8 } %r0, 0
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store <4 x float> %e0, ptr addrspace(1) %p0, align 16
  %r1 = call i32 @air.get_depth_texture_3d(ptr addrspace(1) %t, i32 1)
  %p1 = getelementptr i8, ptr addrspace(1) %o, i64 80
  store i32 %r1, ptr addrspace(1) %p1, align 16
  ret void
}

define void @k_scube(ptr addrspace(1) %t, ptr addrspace(2) %s, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call { <4 x float>, i8 } @air.sample_texture_cube.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <3 x float> %v3, i1 false, float 0.0, float 0.0, i32 0)
  %e0 = extractvalue { <4 x float>, i8 } %r0, 0
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store <4 x float> %e0, ptr addrspace(1) %p0, align 16
  %r1 = call { <4 x float>, i8 } @air.sample_texture_cube_grad.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <3 x float> %v3, <3 x float> %v3, <3 x float> %v3, float 0.0, i32 0)
  %e1 = extractvalue { <4 x float>, i8 } %r1, 0
  %p1 = getelementptr i8, ptr addrspace(1) %o, i64 80
  store <4 x float> %e1, ptr addrspace(1) %p1, align 16
  %r2 = call { <4 x float>, i8 } @air.gather_texture_cube.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <3 x float> %v3, i32 1, i32 0)
  %e2 = extractvalue { <4 x float>, i8 } %r2, 0
  %p2 = getelementptr i8, ptr addrspace(1) %o, i64 96
  store <4 x float> %e2, ptr addrspace(1) %p2, align 16
  ret void
}

define void @k_scubea(ptr addrspace(1) %t, ptr addrspace(2) %s, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call { <4 x float>, i8 } @air.sample_texture_cube_array.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <3 x float> %v3, i32 %xi, i1 false, float 0.0, float 0.0, i32 0)
  %e0 = extractvalue { <4 x float>, i8 } %r0, 0
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store <4 x float> %e0, ptr addrspace(1) %p0, align 16
  %r1 = call i32 @air.get_array_size_texture_cube_array(ptr addrspace(1) %t)
  %p1 = getelementptr i8, ptr addrspace(1) %o, i64 80
  store i32 %r1, ptr addrspace(1) %p1, align 16
  ret void
}

define void @k_s1d(ptr addrspace(1) %t, ptr addrspace(2) %s, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call { <4 x float>, i8 } @air.sample_texture_1d.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, float %x, i1 true, i32 0, i1 false, float 0.0, float 0.0, i32 0)
  %e0 = extractvalue { <4 x float>, i8 } %r0, 0
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store <4 x float> %e0, ptr addrspace(1) %p0, align 16
  %r1 = call i32 @air.get_num_mip_levels_texture_1d(ptr addrspace(1) %t)
  %p1 = getelementptr i8, ptr addrspace(1) %o, i64 80
  store i32 %r1, ptr addrspace(1) %p1, align 16
  ret void
}

define void @k_s1da(ptr addrspace(1) %t, ptr addrspace(2) %s, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call { <4 x float>, i8 } @air.sample_texture_1d_array.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, float %x, i32 %xi, i1 true, i32 0, i1 false, float 0.0, float 0.0, i32 0)
  %e0 = extractvalue { <4 x float>, i8 } %r0, 0
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store <4 x float> %e0, ptr addrspace(1) %p0, align 16
  ret void
}

define void @k_d2d(ptr addrspace(1) %t, ptr addrspace(2) %s, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call { float, i8 } @air.sample_depth_2d.f32(ptr addrspace(1) %t, ptr addrspace(2) %s, i32 1, <2 x float> %v2, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %e0 = extractvalue { float, i8 } %r0, 0
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store float %e0, ptr addrspace(1) %p0, align 16
  %r1 = call { float, i8 } @air.sample_compare_depth_2d.f32(ptr addrspace(1) %t, ptr addrspace(2) %s, i32 1, <2 x float> %v2, float %x, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %e1 = extractvalue { float, i8 } %r1, 0
  %p1 = getelementptr i8, ptr addrspace(1) %o, i64 80
  store float %e1, ptr addrspace(1) %p1, align 16
  %r2 = call { <4 x float>, i8 } @air.gather_depth_2d.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, i32 1, <2 x float> %v2, i1 true, <2 x i32> zeroinitializer, i32 0)
  %e2 = extractvalue { <4 x float>, i8 } %r2, 0
  %p2 = getelementptr i8, ptr addrspace(1) %o, i64 96
  store <4 x float> %e2, ptr addrspace(1) %p2, align 16
  %r3 = call { <4 x float>, i8 } @air.gather_compare_depth_2d.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, i32 1, <2 x float> %v2, float %x, i1 true, <2 x i32> zeroinitializer, i32 0)
  %e3 = extractvalue { <4 x float>, i8 } %r3, 0
  %p3 = getelementptr i8, ptr addrspace(1) %o, i64 112
  store <4 x float> %e3, ptr addrspace(1) %p3, align 16
  %r4 = call { float, i8 } @air.read_depth_2d.f32(ptr addrspace(1) %t, i32 1, <2 x i32> %i2, i32 0, i32 1)
  %e4 = extractvalue { float, i8 } %r4, 0
  %p4 = getelementptr i8, ptr addrspace(1) %o, i64 128
  store float %e4, ptr addrspace(1) %p4, align 16
  ret void
}

define void @k_d2da(ptr addrspace(1) %t, ptr addrspace(2) %s, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call { float, i8 } @air.sample_compare_depth_2d_array.f32(ptr addrspace(1) %t, ptr addrspace(2) %s, i32 1, <2 x float> %v2, i32 %xi, float %x, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %e0 = extractvalue { float, i8 } %r0, 0
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store float %e0, ptr addrspace(1) %p0, align 16
  %r1 = call { float, i8 } @air.sample_compare_depth_2d_array_grad.f32(ptr addrspace(1) %t, ptr addrspace(2) %s, i32 1, <2 x float> %v2, i32 %xi, float %x, <2 x float> %v2, <2 x float> %v2, float 0.0, i1 true, <2 x i32> zeroinitializer, i32 0)
  %e1 = extractvalue { float, i8 } %r1, 0
  %p1 = getelementptr i8, ptr addrspace(1) %o, i64 80
  store float %e1, ptr addrspace(1) %p1, align 16
  ret void
}

define void @k_dcube(ptr addrspace(1) %t, ptr addrspace(2) %s, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call { float, i8 } @air.sample_compare_depth_cube.f32(ptr addrspace(1) %t, ptr addrspace(2) %s, i32 1, <3 x float> %v3, float %x, i1 false, float 0.0, float 0.0, i32 0)
  %e0 = extractvalue { float, i8 } %r0, 0
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store float %e0, ptr addrspace(1) %p0, align 16
  %r1 = call { float, i8 } @air.sample_compare_depth_cube.f32(ptr addrspace(1) %t, ptr addrspace(2) %s, i32 1, <3 x float> %v3, float %x, i1 true, float %x, float 0.0, i32 0)
  %e1 = extractvalue { float, i8 } %r1, 0
  %p1 = getelementptr i8, ptr addrspace(1) %o, i64 80
  store float %e1, ptr addrspace(1) %p1, align 16
  ret void
}

define void @f_lod(ptr addrspace(1) %t, ptr addrspace(2) %s, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call float @air.calculate_clamped_lod_texture_2d(ptr addrspace(1) %t, ptr addrspace(2) %s, <2 x float> %v2, i32 0)
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store float %r0, ptr addrspace(1) %p0, align 16
  %r1 = call float @air.calculate_unclamped_lod_texture_2d(ptr addrspace(1) %t, ptr addrspace(2) %s, <2 x float> %v2, i32 0)
  %p1 = getelementptr i8, ptr addrspace(1) %o, i64 80
  store float %r1, ptr addrspace(1) %p1, align 16
  ret void
}

define void @ms(ptr addrspace(1) %t, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call { <4 x float>, i8 } @air.read_texture_2d_ms.v4f32(ptr addrspace(1) %t, <2 x i32> %i2, i32 %xi, i32 1)
  %e0 = extractvalue { <4 x float>, i8 } %r0, 0
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store <4 x float> %e0, ptr addrspace(1) %p0, align 16
  %r1 = call i32 @air.get_num_samples_texture_2d_ms(ptr addrspace(1) %t)
  %p1 = getelementptr i8, ptr addrspace(1) %o, i64 80
  store i32 %r1, ptr addrspace(1) %p1, align 16
  %r2 = call i32 @air.get_width_texture_2d_ms(ptr addrspace(1) %t)
  %p2 = getelementptr i8, ptr addrspace(1) %o, i64 96
  store i32 %r2, ptr addrspace(1) %p2, align 16
  ret void
}

define void @msa(ptr addrspace(1) %t, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call { <4 x float>, i8 } @air.read_texture_2d_ms_array.v4f32(ptr addrspace(1) %t, <2 x i32> %i2, i32 %xi, i32 %xi, i32 1)
  %e0 = extractvalue { <4 x float>, i8 } %r0, 0
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store <4 x float> %e0, ptr addrspace(1) %p0, align 16
  ret void
}

define void @buf(ptr addrspace(1) %t, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call { <4 x float>, i8 } @air.read_texture_buffer_1d.v4f32(ptr addrspace(1) %t, i32 %xi, i32 1)
  %e0 = extractvalue { <4 x float>, i8 } %r0, 0
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store <4 x float> %e0, ptr addrspace(1) %p0, align 16
  %r1 = call i32 @air.get_width_texture_buffer_1d(ptr addrspace(1) %t)
  %p1 = getelementptr i8, ptr addrspace(1) %o, i64 80
  store i32 %r1, ptr addrspace(1) %p1, align 16
  ret void
}

define void @bufw(ptr addrspace(1) %t, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  call void @air.write_texture_buffer_1d.u.v4i32(ptr addrspace(1) %t, i32 %xi, <4 x i32> <i32 1, i32 2, i32 3, i32 4>, i32 2)
  ret void
}

define void @rcube(ptr addrspace(1) %t, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call { <4 x float>, i8 } @air.read_texture_cube.v4f32(ptr addrspace(1) %t, <2 x i32> %i2, i32 %xi, i32 0, i32 1)
  %e0 = extractvalue { <4 x float>, i8 } %r0, 0
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store <4 x float> %e0, ptr addrspace(1) %p0, align 16
  %r1 = call i32 @air.get_width_texture_cube(ptr addrspace(1) %t, i32 0)
  %p1 = getelementptr i8, ptr addrspace(1) %o, i64 80
  store i32 %r1, ptr addrspace(1) %p1, align 16
  ret void
}

define void @wcubea(ptr addrspace(1) %t, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  call void @air.write_texture_cube_array.v4f32(ptr addrspace(1) %t, <2 x i32> %i2, i32 %xi, i32 %xi, <4 x float> zeroinitializer, i32 0, i32 2)
  ret void
}

define void @r3d(ptr addrspace(1) %t, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call { <4 x i32>, i8 } @air.read_texture_3d.s.v4i32(ptr addrspace(1) %t, <3 x i32> %i3, i32 0, i32 1)
  %e0 = extractvalue { <4 x i32>, i8 } %r0, 0
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store <4 x i32> %e0, ptr addrspace(1) %p0, align 16
  ret void
}

define void @rw2d(ptr addrspace(1) %t, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  %r0 = call { <4 x i32>, i8 } @air.read_texture_2d.u.v4i32(ptr addrspace(1) %t, <2 x i32> %i2, i32 0, i32 3)
  %e0 = extractvalue { <4 x i32>, i8 } %r0, 0
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store <4 x i32> %e0, ptr addrspace(1) %p0, align 16
  call void @air.write_texture_2d.u.v4i32(ptr addrspace(1) %t, <2 x i32> %i2, <4 x i32> zeroinitializer, i32 0, i32 3)
  call void @air.fence_texture_2d(ptr addrspace(1) %t)
  %r1 = call <4 x i32> @air.atomic_fetch_add_explicit_texture_2d.u.v4i32(ptr addrspace(1) %t, <2 x i32> %i2, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %p1 = getelementptr i8, ptr addrspace(1) %o, i64 80
  store <4 x i32> %r1, ptr addrspace(1) %p1, align 16
  %r2 = call <4 x i32> @air.atomic_exchange_explicit_texture_2d.u.v4i32(ptr addrspace(1) %t, <2 x i32> %i2, <4 x i32> <i32 1, i32 0, i32 0, i32 0>, i32 0, i32 3)
  %p2 = getelementptr i8, ptr addrspace(1) %o, i64 96
  store <4 x i32> %r2, ptr addrspace(1) %p2, align 16
  %r3 = call i32 @air.get_width_texture_2d(ptr addrspace(1) %t, i32 %xi)
  %p3 = getelementptr i8, ptr addrspace(1) %o, i64 112
  store i32 %r3, ptr addrspace(1) %p3, align 16
  ret void
}

define void @w1d(ptr addrspace(1) %t, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  call void @air.write_texture_1d.v4f32(ptr addrspace(1) %t, i32 %xi, <4 x float> zeroinitializer, i32 0, i32 2)
  ret void
}

define void @w2da(ptr addrspace(1) %t, ptr addrspace(1) %o) {
  %x = load float, ptr addrspace(1) %o, align 4
  %xi = load i32, ptr addrspace(1) %o, align 4
  %v2a = insertelement <2 x float> undef, float %x, i64 0
  %v2 = shufflevector <2 x float> %v2a, <2 x float> undef, <2 x i32> zeroinitializer
  %i2a = insertelement <2 x i32> undef, i32 %xi, i64 0
  %i2 = shufflevector <2 x i32> %i2a, <2 x i32> undef, <2 x i32> zeroinitializer
  %v3a = insertelement <3 x float> undef, float %x, i64 0
  %v3 = shufflevector <3 x float> %v3a, <3 x float> undef, <3 x i32> zeroinitializer
  %i3a = insertelement <3 x i32> undef, i32 %xi, i64 0
  %i3 = shufflevector <3 x i32> %i3a, <3 x i32> undef, <3 x i32> zeroinitializer
  call void @air.write_texture_2d_array.v4f16(ptr addrspace(1) %t, <2 x i32> %i2, i32 %xi, <4 x half> zeroinitializer, i32 0, i32 2)
  %r0 = call i32 @air.get_array_size_texture_2d_array(ptr addrspace(1) %t)
  %p0 = getelementptr i8, ptr addrspace(1) %o, i64 64
  store i32 %r0, ptr addrspace(1) %p0, align 16
  ret void
}

define void @choose(ptr addrspace(1) %t, ptr addrspace(1) %u, [4 x ptr addrspace(1)] %array, ptr addrspace(2) %s, ptr addrspace(1) %o) {
  %tmp = alloca [4 x ptr addrspace(1)], align 8
  %xi = load i32, ptr addrspace(1) %o, align 4
  %c = icmp eq i32 %xi, 3
  %w = select i1 %c, ptr addrspace(1) %t, ptr addrspace(1) %u
  %r = call { <4 x float>, i8 } @air.read_texture_2d.v4f32(ptr addrspace(1) %w, <2 x i32> zeroinitializer, i32 0, i32 1)
  %e = extractvalue { <4 x float>, i8 } %r, 0
  store [4 x ptr addrspace(1)] %array, ptr %tmp, align 8
  %i = and i32 %xi, 3
  %i64 = zext i32 %i to i64
  %p = getelementptr [4 x ptr addrspace(1)], ptr %tmp, i64 0, i64 %i64
  %q = load ptr addrspace(1), ptr %p, align 8
  %n = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %q, ptr addrspace(2) %s, <2 x float> zeroinitializer, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %f = extractvalue { <4 x float>, i8 } %n, 0
  %d = extractvalue [4 x ptr addrspace(1)] %array, 2
  %n2 = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %d, ptr addrspace(2) %s, <2 x float> zeroinitializer, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %f2 = extractvalue { <4 x float>, i8 } %n2, 0
  %g = fadd <4 x float> %e, %f
  %h = fadd <4 x float> %g, %f2
  store <4 x float> %h, ptr addrspace(1) %o, align 16
  ret void
}

!air.fragment = !{!105, !110, !115, !120, !125, !130, !135, !140, !145, !150, !205}
!air.kernel = !{!155, !160, !165, !170, !175, !180, !185, !190, !195, !200, !209, !213, !217, !221, !225, !229, !233, !237, !241, !245, !56}
!air.version = !{!0}
!air.language_version = !{!1}
!0 = !{i32 2, i32 6, i32 0}
!1 = !{!"Metal", i32 3, i32 1, i32 0}
!2 = !{}
!101 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d<float, sample>", !"air.arg_name", !"t"}
!102 = !{i32 1, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s"}
!103 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!104 = !{!101, !102, !103}
!105 = !{ptr @f_s2d, !2, !104}
!106 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d_array<float, sample>", !"air.arg_name", !"t"}
!107 = !{i32 1, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s"}
!108 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!109 = !{!106, !107, !108}
!110 = !{ptr @f_s2da, !2, !109}
!111 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture3d<float, sample>", !"air.arg_name", !"t"}
!112 = !{i32 1, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s"}
!113 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!114 = !{!111, !112, !113}
!115 = !{ptr @f_s3d, !2, !114}
!116 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texturecube<float, sample>", !"air.arg_name", !"t"}
!117 = !{i32 1, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s"}
!118 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!119 = !{!116, !117, !118}
!120 = !{ptr @f_scube, !2, !119}
!121 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texturecube_array<float, sample>", !"air.arg_name", !"t"}
!122 = !{i32 1, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s"}
!123 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!124 = !{!121, !122, !123}
!125 = !{ptr @f_scubea, !2, !124}
!126 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture1d<float, sample>", !"air.arg_name", !"t"}
!127 = !{i32 1, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s"}
!128 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!129 = !{!126, !127, !128}
!130 = !{ptr @f_s1d, !2, !129}
!131 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture1d_array<float, sample>", !"air.arg_name", !"t"}
!132 = !{i32 1, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s"}
!133 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!134 = !{!131, !132, !133}
!135 = !{ptr @f_s1da, !2, !134}
!136 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"depth2d<float, sample>", !"air.arg_name", !"t"}
!137 = !{i32 1, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s"}
!138 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!139 = !{!136, !137, !138}
!140 = !{ptr @f_d2d, !2, !139}
!141 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"depth2d_array<float, sample>", !"air.arg_name", !"t"}
!142 = !{i32 1, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s"}
!143 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!144 = !{!141, !142, !143}
!145 = !{ptr @f_d2da, !2, !144}
!146 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"depthcube<float, sample>", !"air.arg_name", !"t"}
!147 = !{i32 1, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s"}
!148 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!149 = !{!146, !147, !148}
!150 = !{ptr @f_dcube, !2, !149}
!151 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d<float, sample>", !"air.arg_name", !"t"}
!152 = !{i32 1, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s"}
!153 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!154 = !{!151, !152, !153}
!155 = !{ptr @k_s2d, !2, !154}
!156 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d_array<float, sample>", !"air.arg_name", !"t"}
!157 = !{i32 1, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s"}
!158 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!159 = !{!156, !157, !158}
!160 = !{ptr @k_s2da, !2, !159}
!161 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture3d<float, sample>", !"air.arg_name", !"t"}
!162 = !{i32 1, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s"}
!163 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!164 = !{!161, !162, !163}
!165 = !{ptr @k_s3d, !2, !164}
!166 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texturecube<float, sample>", !"air.arg_name", !"t"}
!167 = !{i32 1, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s"}
!168 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!169 = !{!166, !167, !168}
!170 = !{ptr @k_scube, !2, !169}
!171 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texturecube_array<float, sample>", !"air.arg_name", !"t"}
!172 = !{i32 1, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s"}
!173 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!174 = !{!171, !172, !173}
!175 = !{ptr @k_scubea, !2, !174}
!176 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture1d<float, sample>", !"air.arg_name", !"t"}
!177 = !{i32 1, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s"}
!178 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!179 = !{!176, !177, !178}
!180 = !{ptr @k_s1d, !2, !179}
!181 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture1d_array<float, sample>", !"air.arg_name", !"t"}
!182 = !{i32 1, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s"}
!183 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!184 = !{!181, !182, !183}
!185 = !{ptr @k_s1da, !2, !184}
!186 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"depth2d<float, sample>", !"air.arg_name", !"t"}
!187 = !{i32 1, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s"}
!188 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!189 = !{!186, !187, !188}
!190 = !{ptr @k_d2d, !2, !189}
!191 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"depth2d_array<float, sample>", !"air.arg_name", !"t"}
!192 = !{i32 1, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s"}
!193 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!194 = !{!191, !192, !193}
!195 = !{ptr @k_d2da, !2, !194}
!196 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"depthcube<float, sample>", !"air.arg_name", !"t"}
!197 = !{i32 1, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s"}
!198 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!199 = !{!196, !197, !198}
!200 = !{ptr @k_dcube, !2, !199}
!201 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d<float, sample>", !"air.arg_name", !"t"}
!202 = !{i32 1, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s"}
!203 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!204 = !{!201, !202, !203}
!205 = !{ptr @f_lod, !2, !204}
!206 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.read", !"air.arg_type_name", !"texture2d_ms<float, read>", !"air.arg_name", !"t"}
!207 = !{i32 1, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!208 = !{!206, !207}
!209 = !{ptr @ms, !2, !208}
!210 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.read", !"air.arg_type_name", !"texture2d_ms_array<float, read>", !"air.arg_name", !"t"}
!211 = !{i32 1, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!212 = !{!210, !211}
!213 = !{ptr @msa, !2, !212}
!214 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.read", !"air.arg_type_name", !"texture_buffer<float, read>", !"air.arg_name", !"t"}
!215 = !{i32 1, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!216 = !{!214, !215}
!217 = !{ptr @buf, !2, !216}
!218 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.write", !"air.arg_type_name", !"texture_buffer<uint, write>", !"air.arg_name", !"t"}
!219 = !{i32 1, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!220 = !{!218, !219}
!221 = !{ptr @bufw, !2, !220}
!222 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texturecube<float, sample>", !"air.arg_name", !"t"}
!223 = !{i32 1, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!224 = !{!222, !223}
!225 = !{ptr @rcube, !2, !224}
!226 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.write", !"air.arg_type_name", !"texturecube_array<float, write>", !"air.arg_name", !"t"}
!227 = !{i32 1, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!228 = !{!226, !227}
!229 = !{ptr @wcubea, !2, !228}
!230 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.read", !"air.arg_type_name", !"texture3d<int, read>", !"air.arg_name", !"t"}
!231 = !{i32 1, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!232 = !{!230, !231}
!233 = !{ptr @r3d, !2, !232}
!234 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.arg_type_name", !"texture2d<uint, read_write>", !"air.arg_name", !"t"}
!235 = !{i32 1, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!236 = !{!234, !235}
!237 = !{ptr @rw2d, !2, !236}
!238 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.write", !"air.arg_type_name", !"texture1d<float, write>", !"air.arg_name", !"t"}
!239 = !{i32 1, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!240 = !{!238, !239}
!241 = !{ptr @w1d, !2, !240}
!242 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.write", !"air.arg_type_name", !"texture2d_array<half, write>", !"air.arg_name", !"t"}
!243 = !{i32 1, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!244 = !{!242, !243}
!245 = !{ptr @w2da, !2, !244}
!50 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d<float, sample>", !"air.arg_name", !"t"}
!51 = !{i32 1, !"air.texture", !"air.location_index", i32 1, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d<float, sample>", !"air.arg_name", !"u"}
!52 = !{i32 2, !"air.texture", !"air.location_index", i32 2, i32 4, !"air.sample", !"air.arg_type_name", !"array<texture2d<float, sample>, 4>", !"air.arg_name", !"a"}
!53 = !{i32 3, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s"}
!54 = !{i32 4, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"o"}
!55 = !{!50, !51, !52, !53, !54}
!56 = !{ptr @choose, !2, !55}
