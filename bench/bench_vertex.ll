; SPDX-License-Identifier: MIT
; Corner of a triangle from buffer 0, moved and scaled by buffer 1.
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

define <{ <4 x float>, <2 x float> }> @bench_vertex(ptr addrspace(2) %0, ptr addrspace(2) %1, i32 %2) {
  %4 = zext i32 %2 to i64
  %5 = getelementptr inbounds <2 x float>, ptr addrspace(2) %0, i64 %4
  %6 = load <2 x float>, ptr addrspace(2) %5, align 8
  %7 = load <4 x float>, ptr addrspace(2) %1, align 16
  %8 = shufflevector <4 x float> %7, <4 x float> undef, <2 x i32> <i32 2, i32 3>
  %9 = shufflevector <4 x float> %7, <4 x float> undef, <2 x i32> <i32 0, i32 1>
  %10 = fmul <2 x float> %6, %8
  %11 = fadd <2 x float> %10, %9
  %12 = shufflevector <2 x float> %11, <2 x float> <float 0.0, float 1.0>, <4 x i32> <i32 0, i32 1, i32 2, i32 3>
  %13 = insertvalue <{ <4 x float>, <2 x float> }> undef, <4 x float> %12, 0
  %14 = insertvalue <{ <4 x float>, <2 x float> }> %13, <2 x float> %6, 1
  ret <{ <4 x float>, <2 x float> }> %14
}

!air.vertex = !{!0}
!air.version = !{!90}
!air.language_version = !{!91}
!air.compile_options = !{!92, !93}
!90 = !{i32 2, i32 6, i32 0}
!91 = !{!"Metal", i32 3, i32 1, i32 0}
!92 = !{!"air.compile.denorms_disable"}
!93 = !{!"air.compile.fast_math_enable"}
!0 = !{ptr @bench_vertex, !1, !4}
!1 = !{!2, !3}
!2 = !{!"air.position", !"air.arg_type_name", !"float4", !"air.arg_name", !"pos"}
!3 = !{!"air.vertex_output", !"generated(2uvDv2_f)", !"air.arg_type_name", !"float2", !"air.arg_name", !"uv"}
!4 = !{!5, !6, !7}
!5 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read", !"air.address_space", i32 2, !"air.arg_type_size", i32 8, !"air.arg_type_align_size", i32 8, !"air.arg_type_name", !"float2", !"air.arg_name", !"corners"}
!6 = !{i32 1, !"air.buffer", !"air.buffer_size", i32 16, !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 2, !"air.arg_type_size", i32 16, !"air.arg_type_align_size", i32 16, !"air.arg_type_name", !"float4", !"air.arg_name", !"place"}
!7 = !{i32 2, !"air.vertex_id", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
