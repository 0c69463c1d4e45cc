; SPDX-License-Identifier: MIT
; Textured surface under one directional light with ambient and a highlight.
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx12.0.0"

%Uniforms = type { [4 x <4 x float>], [4 x <4 x float>], <4 x float> }

declare { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i1, <2 x i32>, i1, float, float, i32)
declare float @air.dot.v3f32(<3 x float>, <3 x float>)
declare float @air.fast_rsqrt.f32(float)
declare float @air.fast_fmax.f32(float, float)
declare <3 x float> @air.fast_fmin.v3f32(<3 x float>, <3 x float>)

define <4 x float> @scene_fragment(<4 x float> %position, <3 x float> %normal, <2 x float> %uv, <4 x float> %color, ptr addrspace(2) %u, ptr addrspace(1) %texture, ptr addrspace(2) %sampler) {
  %len2 = call float @air.dot.v3f32(<3 x float> %normal, <3 x float> %normal)
  %inv = call float @air.fast_rsqrt.f32(float %len2)
  %inv1 = insertelement <3 x float> undef, float %inv, i32 0
  %inv3 = shufflevector <3 x float> %inv1, <3 x float> undef, <3 x i32> zeroinitializer
  %n = fmul fast <3 x float> %normal, %inv3

  %light.ptr = getelementptr inbounds %Uniforms, ptr addrspace(2) %u, i64 0, i32 2
  %light4 = load <4 x float>, ptr addrspace(2) %light.ptr, align 16
  %light = shufflevector <4 x float> %light4, <4 x float> undef, <3 x i32> <i32 0, i32 1, i32 2>
  %cosine = call float @air.dot.v3f32(<3 x float> %n, <3 x float> %light)
  %lit = call float @air.fast_fmax.f32(float %cosine, float 0.000000e+00)

  ; Highlight: the fourth power of the fourth power of the lit cosine.
  %p2 = fmul fast float %lit, %lit
  %p4 = fmul fast float %p2, %p2
  %p8 = fmul fast float %p4, %p4
  %p16 = fmul fast float %p8, %p8
  %shine = fmul fast float %p16, 0x3FD6666660000000
  %diffuse = fmul fast float %lit, 7.500000e-01
  %level = fadd fast float %diffuse, 2.500000e-01

  %s = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %texture, ptr addrspace(2) %sampler, <2 x float> %uv, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.000000e+00, float 0.000000e+00, i32 0)
  %texel = extractvalue { <4 x float>, i8 } %s, 0
  %tinted = fmul fast <4 x float> %texel, %color
  %rgb = shufflevector <4 x float> %tinted, <4 x float> undef, <3 x i32> <i32 0, i32 1, i32 2>
  %level1 = insertelement <3 x float> undef, float %level, i32 0
  %level3 = shufflevector <3 x float> %level1, <3 x float> undef, <3 x i32> zeroinitializer
  %shine1 = insertelement <3 x float> undef, float %shine, i32 0
  %shine3 = shufflevector <3 x float> %shine1, <3 x float> undef, <3 x i32> zeroinitializer
  %shaded = fmul fast <3 x float> %rgb, %level3
  %sum = fadd fast <3 x float> %shaded, %shine3
  %cut = call <3 x float> @air.fast_fmin.v3f32(<3 x float> %sum, <3 x float> <float 1.000000e+00, float 1.000000e+00, float 1.000000e+00>)
  %opaque = shufflevector <3 x float> %cut, <3 x float> <float 1.000000e+00, float undef, float undef>, <4 x i32> <i32 0, i32 1, i32 2, i32 3>
  ret <4 x float> %opaque
}

!air.fragment = !{!0}
!0 = !{ptr @scene_fragment, !1, !2}
!1 = !{!3}
!2 = !{!4, !5, !6, !7, !8, !9, !10}
!3 = !{!"air.render_target", i32 0, i32 0, !"air.arg_type_name", !"float4"}
!4 = !{i32 0, !"air.position", !"air.center", !"air.no_perspective", !"air.arg_type_name", !"float4", !"air.arg_name", !"position", !"air.arg_unused"}
!5 = !{i32 1, !"air.fragment_input", !"generated(6normalDv3_f)", !"air.center", !"air.perspective", !"air.arg_type_name", !"float3", !"air.arg_name", !"normal"}
!6 = !{i32 2, !"air.fragment_input", !"generated(2uvDv2_f)", !"air.center", !"air.perspective", !"air.arg_type_name", !"float2", !"air.arg_name", !"uv"}
!7 = !{i32 3, !"air.fragment_input", !"generated(5colorDv4_f)", !"air.center", !"air.perspective", !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}
!8 = !{i32 4, !"air.buffer", !"air.buffer_size", i32 144, !"air.location_index", i32 0, i32 1, !"air.read", !"air.struct_type_info", !20, !"air.arg_type_size", i32 144, !"air.arg_type_align_size", i32 16, !"air.arg_type_name", !"Uniforms", !"air.arg_name", !"u"}
!9 = !{i32 5, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d<float, sample>", !"air.arg_name", !"texture"}
!10 = !{i32 6, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"sampler"}
!20 = !{i32 0, i32 64, i32 0, !"float4x4", !"view_projection", i32 64, i32 64, i32 0, !"float4x4", !"model", i32 128, i32 16, i32 0, !"float4", !"light"}

!air.version = !{!90}
!air.language_version = !{!91}
!air.compile_options = !{!92, !93}
!90 = !{i32 2, i32 4, i32 0}
!91 = !{!"Metal", i32 2, i32 4, i32 0}
!92 = !{!"air.compile.denorms_disable"}
!93 = !{!"air.compile.fast_math_enable"}
