; SPDX-License-Identifier: MIT
; Animated background: three interfering waves as BGRA8 pixels.
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx12.0.0"

%Params = type { float, float, i32, i32 }

declare float @air.fast_sin.f32(float)
declare float @air.convert.f.f32.u.i32(i32)
declare i32 @air.convert.u.i32.f.f32(float)

define void @layer_kernel(ptr addrspace(1) %out, ptr addrspace(2) %params, <2 x i32> %id) {
entry:
  %x = extractelement <2 x i32> %id, i32 0
  %y = extractelement <2 x i32> %id, i32 1
  %w.ptr = getelementptr inbounds %Params, ptr addrspace(2) %params, i64 0, i32 2
  %w = load i32, ptr addrspace(2) %w.ptr, align 4
  %h.ptr = getelementptr inbounds %Params, ptr addrspace(2) %params, i64 0, i32 3
  %h = load i32, ptr addrspace(2) %h.ptr, align 4
  %in.x = icmp ult i32 %x, %w
  %in.y = icmp ult i32 %y, %h
  %inside = and i1 %in.x, %in.y
  br i1 %inside, label %work, label %done

work:
  %t.ptr = getelementptr inbounds %Params, ptr addrspace(2) %params, i64 0, i32 0
  %t = load float, ptr addrspace(2) %t.ptr, align 4
  %k.ptr = getelementptr inbounds %Params, ptr addrspace(2) %params, i64 0, i32 1
  %k = load float, ptr addrspace(2) %k.ptr, align 4
  %xf = call float @air.convert.f.f32.u.i32(i32 %x)
  %yf = call float @air.convert.f.f32.u.i32(i32 %y)
  %fx = fmul fast float %xf, %k
  %fy = fmul fast float %yf, %k
  %a0 = fadd fast float %fx, %t
  %a = call float @air.fast_sin.f32(float %a0)
  %b1 = fmul fast float %fy, 0x3FFB333340000000
  %b2 = fmul fast float %t, 0x3FE3333340000000
  %b0 = fsub fast float %b1, %b2
  %b = call float @air.fast_sin.f32(float %b0)
  %c1 = fadd fast float %fx, %fy
  %c2 = fmul fast float %t, 0x3FF4CCCCC0000000
  %c3 = fadd fast float %c1, %c2
  %c0 = fmul fast float %c3, 0x3FE99999A0000000
  %c = call float @air.fast_sin.f32(float %c0)
  %ab = fadd fast float %a, %b
  %sum = fadd fast float %ab, %c

  ; Channels are phase-shifted waves of the sum, kept dark so that the model stands out.
  %b.s = call float @air.fast_sin.f32(float %sum)
  %g.p = fadd fast float %sum, 0x3FF19999A0000000
  %g.s = call float @air.fast_sin.f32(float %g.p)
  %r.p = fadd fast float %sum, 0x4002666660000000
  %r.s = call float @air.fast_sin.f32(float %r.p)
  %b.m = fmul fast float %b.s, 4.800000e+01
  %b.f = fadd fast float %b.m, 8.000000e+01
  %g.m = fmul fast float %g.s, 2.400000e+01
  %g.f = fadd fast float %g.m, 3.600000e+01
  %r.m = fmul fast float %r.s, 2.000000e+01
  %r.f = fadd fast float %r.m, 2.800000e+01
  %bi = call i32 @air.convert.u.i32.f.f32(float %b.f)
  %gi = call i32 @air.convert.u.i32.f.f32(float %g.f)
  %ri = call i32 @air.convert.u.i32.f.f32(float %r.f)
  %g.sh = shl i32 %gi, 8
  %r.sh = shl i32 %ri, 16
  %bg = or i32 %bi, %g.sh
  %bgr = or i32 %bg, %r.sh
  %pixel = or i32 %bgr, -16777216
  %row = mul i32 %y, %w
  %index = add i32 %row, %x
  %index64 = zext i32 %index to i64
  %p = getelementptr inbounds i32, ptr addrspace(1) %out, i64 %index64
  store i32 %pixel, ptr addrspace(1) %p, align 4
  br label %done

done:
  ret void
}

!air.kernel = !{!0}
!0 = !{ptr @layer_kernel, !1, !2}
!1 = !{}
!2 = !{!3, !4, !5}
!3 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"out"}
!4 = !{i32 1, !"air.buffer", !"air.buffer_size", i32 16, !"air.location_index", i32 1, i32 1, !"air.read", !"air.struct_type_info", !20, !"air.arg_type_size", i32 16, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"Params", !"air.arg_name", !"params"}
!5 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint2", !"air.arg_name", !"id"}
!20 = !{i32 0, i32 4, i32 0, !"float", !"time", i32 4, i32 4, i32 0, !"float", !"scale", i32 8, i32 4, i32 0, !"uint", !"width", i32 12, i32 4, i32 0, !"uint", !"height"}

!air.version = !{!90}
!air.language_version = !{!91}
!air.compile_options = !{!92, !93}
!90 = !{i32 2, i32 4, i32 0}
!91 = !{!"Metal", i32 2, i32 4, i32 0}
!92 = !{!"air.compile.denorms_disable"}
!93 = !{!"air.compile.fast_math_enable"}
