; SPDX-License-Identifier: MIT
; Instanced mesh: model rotation, per-instance offset, scale and colour, perspective.
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx12.0.0"

%Uniforms = type { [4 x <4 x float>], [4 x <4 x float>], <4 x float> }
%Instance = type { <4 x float>, <4 x float> }
%Out = type <{ <4 x float>, <3 x float>, <2 x float>, <4 x float> }>

define %Out @scene_vertex(<3 x float> %position, <3 x float> %normal, <2 x float> %uv, ptr addrspace(2) %u, ptr addrspace(2) %instances, i32 %id) {
  %i = zext i32 %id to i64
  %place.ptr = getelementptr inbounds %Instance, ptr addrspace(2) %instances, i64 %i, i32 0
  %place = load <4 x float>, ptr addrspace(2) %place.ptr, align 16
  %color.ptr = getelementptr inbounds %Instance, ptr addrspace(2) %instances, i64 %i, i32 1
  %color = load <4 x float>, ptr addrspace(2) %color.ptr, align 16

  ; The rotation of the model applies to positions and normals alike.
  %m0.ptr = getelementptr inbounds %Uniforms, ptr addrspace(2) %u, i64 0, i32 1, i64 0
  %m0 = load <4 x float>, ptr addrspace(2) %m0.ptr, align 16
  %m1.ptr = getelementptr inbounds %Uniforms, ptr addrspace(2) %u, i64 0, i32 1, i64 1
  %m1 = load <4 x float>, ptr addrspace(2) %m1.ptr, align 16
  %m2.ptr = getelementptr inbounds %Uniforms, ptr addrspace(2) %u, i64 0, i32 1, i64 2
  %m2 = load <4 x float>, ptr addrspace(2) %m2.ptr, align 16
  %px = shufflevector <3 x float> %position, <3 x float> undef, <4 x i32> zeroinitializer
  %py = shufflevector <3 x float> %position, <3 x float> undef, <4 x i32> <i32 1, i32 1, i32 1, i32 1>
  %pz = shufflevector <3 x float> %position, <3 x float> undef, <4 x i32> <i32 2, i32 2, i32 2, i32 2>
  %r0 = fmul fast <4 x float> %m0, %px
  %r1 = fmul fast <4 x float> %m1, %py
  %r2 = fmul fast <4 x float> %m2, %pz
  %r01 = fadd fast <4 x float> %r0, %r1
  %turned = fadd fast <4 x float> %r01, %r2
  %nx = shufflevector <3 x float> %normal, <3 x float> undef, <4 x i32> zeroinitializer
  %ny = shufflevector <3 x float> %normal, <3 x float> undef, <4 x i32> <i32 1, i32 1, i32 1, i32 1>
  %nz = shufflevector <3 x float> %normal, <3 x float> undef, <4 x i32> <i32 2, i32 2, i32 2, i32 2>
  %n0 = fmul fast <4 x float> %m0, %nx
  %n1 = fmul fast <4 x float> %m1, %ny
  %n2 = fmul fast <4 x float> %m2, %nz
  %n01 = fadd fast <4 x float> %n0, %n1
  %n4 = fadd fast <4 x float> %n01, %n2
  %n3 = shufflevector <4 x float> %n4, <4 x float> undef, <3 x i32> <i32 0, i32 1, i32 2>

  ; world = rotated * scale + offset
  %scale = shufflevector <4 x float> %place, <4 x float> undef, <4 x i32> <i32 3, i32 3, i32 3, i32 3>
  %scaled = fmul fast <4 x float> %turned, %scale
  %world = fadd fast <4 x float> %scaled, %place

  %c0.ptr = getelementptr inbounds %Uniforms, ptr addrspace(2) %u, i64 0, i32 0, i64 0
  %c0 = load <4 x float>, ptr addrspace(2) %c0.ptr, align 16
  %c1.ptr = getelementptr inbounds %Uniforms, ptr addrspace(2) %u, i64 0, i32 0, i64 1
  %c1 = load <4 x float>, ptr addrspace(2) %c1.ptr, align 16
  %c2.ptr = getelementptr inbounds %Uniforms, ptr addrspace(2) %u, i64 0, i32 0, i64 2
  %c2 = load <4 x float>, ptr addrspace(2) %c2.ptr, align 16
  %c3.ptr = getelementptr inbounds %Uniforms, ptr addrspace(2) %u, i64 0, i32 0, i64 3
  %c3 = load <4 x float>, ptr addrspace(2) %c3.ptr, align 16
  %wx = shufflevector <4 x float> %world, <4 x float> undef, <4 x i32> zeroinitializer
  %wy = shufflevector <4 x float> %world, <4 x float> undef, <4 x i32> <i32 1, i32 1, i32 1, i32 1>
  %wz = shufflevector <4 x float> %world, <4 x float> undef, <4 x i32> <i32 2, i32 2, i32 2, i32 2>
  %q0 = fmul fast <4 x float> %c0, %wx
  %q1 = fmul fast <4 x float> %c1, %wy
  %q2 = fmul fast <4 x float> %c2, %wz
  %q01 = fadd fast <4 x float> %q0, %q1
  %q23 = fadd fast <4 x float> %q2, %c3
  %clip = fadd fast <4 x float> %q01, %q23

  %o0 = insertvalue %Out undef, <4 x float> %clip, 0
  %o1 = insertvalue %Out %o0, <3 x float> %n3, 1
  %o2 = insertvalue %Out %o1, <2 x float> %uv, 2
  %o3 = insertvalue %Out %o2, <4 x float> %color, 3
  ret %Out %o3
}

!air.vertex = !{!0}
!0 = !{ptr @scene_vertex, !1, !2}
!1 = !{!3, !4, !5, !6}
!2 = !{!7, !8, !9, !10, !11, !12}
!3 = !{!"air.position", !"air.arg_type_name", !"float4", !"air.arg_name", !"position"}
!4 = !{!"air.vertex_output", !"generated(6normalDv3_f)", !"air.arg_type_name", !"float3", !"air.arg_name", !"normal"}
!5 = !{!"air.vertex_output", !"generated(2uvDv2_f)", !"air.arg_type_name", !"float2", !"air.arg_name", !"uv"}
!6 = !{!"air.vertex_output", !"generated(5colorDv4_f)", !"air.arg_type_name", !"float4", !"air.arg_name", !"color"}
!7 = !{i32 0, !"air.vertex_input", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"float3", !"air.arg_name", !"position"}
!8 = !{i32 1, !"air.vertex_input", !"air.location_index", i32 1, i32 1, !"air.arg_type_name", !"float3", !"air.arg_name", !"normal"}
!9 = !{i32 2, !"air.vertex_input", !"air.location_index", i32 2, i32 1, !"air.arg_type_name", !"float2", !"air.arg_name", !"uv"}
!10 = !{i32 3, !"air.buffer", !"air.buffer_size", i32 144, !"air.location_index", i32 1, i32 1, !"air.read", !"air.struct_type_info", !20, !"air.arg_type_size", i32 144, !"air.arg_type_align_size", i32 16, !"air.arg_type_name", !"Uniforms", !"air.arg_name", !"u"}
!11 = !{i32 4, !"air.buffer", !"air.location_index", i32 2, i32 1, !"air.read", !"air.struct_type_info", !21, !"air.arg_type_size", i32 32, !"air.arg_type_align_size", i32 16, !"air.arg_type_name", !"Instance", !"air.arg_name", !"instances"}
!12 = !{i32 5, !"air.instance_id", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!20 = !{i32 0, i32 64, i32 0, !"float4x4", !"view_projection", i32 64, i32 64, i32 0, !"float4x4", !"model", i32 128, i32 16, i32 0, !"float4", !"light"}
!21 = !{i32 0, i32 16, i32 0, !"float4", !"place", i32 16, i32 16, i32 0, !"float4", !"color"}

!air.version = !{!90}
!air.language_version = !{!91}
!air.compile_options = !{!92, !93}
!90 = !{i32 2, i32 4, i32 0}
!91 = !{!"Metal", i32 2, i32 4, i32 0}
!92 = !{!"air.compile.denorms_disable"}
!93 = !{!"air.compile.fast_math_enable"}
