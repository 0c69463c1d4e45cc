; SPDX-License-Identifier: MIT
; Flat coloured, textured quads in clip space.
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx12.0.0"

%Out = type <{ <4 x float>, <2 x float>, <4 x float> }>

define %Out @overlay_vertex(<2 x float> %position, <2 x float> %uv, <4 x float> %color) {
  %clip = shufflevector <2 x float> %position, <2 x float> <float 0.000000e+00, float 1.000000e+00>, <4 x i32> <i32 0, i32 1, i32 2, i32 3>
  %o0 = insertvalue %Out undef, <4 x float> %clip, 0
  %o1 = insertvalue %Out %o0, <2 x float> %uv, 1
  %o2 = insertvalue %Out %o1, <4 x float> %color, 2
  ret %Out %o2
}

!air.vertex = !{!0}
!0 = !{ptr @overlay_vertex, !1, !2}
!1 = !{!3, !4, !5}
!2 = !{!6, !7, !8}
!3 = !{!"air.position", !"air.arg_type_name", !"float4", !"air.arg_name", !"position"}
!4 = !{!"air.vertex_output", !"generated(2uvDv2_f)", !"air.arg_type_name", !"float2", !"air.arg_name", !"uv"}
!5 = !{!"air.vertex_output", !"generated(5colorDv4_f)", !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}
!6 = !{i32 0, !"air.vertex_input", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"float2", !"air.arg_name", !"position"}
!7 = !{i32 1, !"air.vertex_input", !"air.location_index", i32 1, i32 1, !"air.arg_type_name", !"float2", !"air.arg_name", !"uv"}
!8 = !{i32 2, !"air.vertex_input", !"air.location_index", i32 2, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}

!air.version = !{!90}
!air.language_version = !{!91}
!air.compile_options = !{!92, !93}
!90 = !{i32 2, i32 4, i32 0}
!91 = !{!"Metal", i32 2, i32 4, i32 0}
!92 = !{!"air.compile.denorms_disable"}
!93 = !{!"air.compile.fast_math_enable"}
