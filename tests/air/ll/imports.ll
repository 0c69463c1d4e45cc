; SPDX-License-Identifier: MIT
; Pointers and handles that come from memory: argument buffers with resources, lists, copies, hostile values.
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

%tex = type { ptr addrspace(1) }
%smp = type { ptr addrspace(2) }
%args = type { %tex, %tex, %smp, ptr addrspace(1), i32, float }
%node = type { ptr addrspace(1), ptr addrspace(1) }

declare i32 @air.atomic.global.add.u.i32(ptr addrspace(1), i32, i32, i32, i1)
declare void @air.wg.barrier(i32, i32)
declare void @llvm.memcpy.p1.p1.i64(ptr addrspace(1), ptr addrspace(1), i64, i1)
declare i32 @air.get_width_texture_2d(ptr addrspace(1), i32)
declare i32 @air.get_height_texture_2d(ptr addrspace(1), i32)
declare i1 @air.is_null_texture_2d(ptr addrspace(1))
declare void @air.fence_texture_2d(ptr addrspace(1))
declare void @air.write_texture_2d.v4f32(ptr addrspace(1), <2 x i32>, <4 x float>, i32, i32)
declare { <4 x float>, i8 } @air.read_texture_2d.v4f32(ptr addrspace(1), <2 x i32>, i32, i32)
declare { <4 x i32>, i8 } @air.read_texture_2d.u.v4i32(ptr addrspace(1), <2 x i32>, i32, i32)
declare { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i1, <2 x i32>, i1, float, float, i32)

@declared = internal addrspace(2) constant i64 -9188470239253755319
@shared = internal addrspace(3) global [64 x ptr addrspace(1)] undef

; o[id] = sum over a list of nodes of data[id]; at most eight nodes.
define void @chase(ptr addrspace(1) %o, ptr addrspace(1) %head, i32 %id) {
entry:
  %i = zext i32 %id to i64
  br label %loop
loop:
  %n = phi ptr addrspace(1) [ %head, %entry ], [ %next, %step ]
  %k = phi i32 [ 0, %entry ], [ %k1, %step ]
  %sum = phi i32 [ 0, %entry ], [ %sum1, %step ]
  %nul = icmp eq ptr addrspace(1) %n, null
  %over = icmp uge i32 %k, 8
  %stop = or i1 %nul, %over
  br i1 %stop, label %done, label %step
step:
  %data = load ptr addrspace(1), ptr addrspace(1) %n, align 8
  %pd = getelementptr i32, ptr addrspace(1) %data, i64 %i
  %v = load i32, ptr addrspace(1) %pd, align 4
  %sum1 = add i32 %sum, %v
  %pn = getelementptr %node, ptr addrspace(1) %n, i64 0, i32 1
  %next = load ptr addrspace(1), ptr addrspace(1) %pn, align 8
  %k1 = add i32 %k, 1
  br label %loop
done:
  %po = getelementptr i32, ptr addrspace(1) %o, i64 %i
  store i32 %sum, ptr addrspace(1) %po, align 4
  ret void
}

; Loads, stores and atomics through members; bytes at odd places; a copy; what lies outside.
define void @access(ptr addrspace(1) %o, ptr addrspace(2) %a, i32 %id) {
  %i = zext i32 %id to i64
  %pa = getelementptr ptr addrspace(1), ptr addrspace(2) %a, i64 0
  %in = load ptr addrspace(1), ptr addrspace(2) %pa, align 8
  %pb = getelementptr ptr addrspace(1), ptr addrspace(2) %a, i64 1
  %out = load ptr addrspace(1), ptr addrspace(2) %pb, align 8
  %pin = getelementptr i32, ptr addrspace(1) %in, i64 %i
  %v = load i32, ptr addrspace(1) %pin, align 4
  %v2 = mul i32 %v, 3
  %pout = getelementptr i32, ptr addrspace(1) %out, i64 %i
  store i32 %v2, ptr addrspace(1) %pout, align 4
  %pc = getelementptr i32, ptr addrspace(1) %out, i64 64
  %old = call i32 @air.atomic.global.add.u.i32(ptr addrspace(1) %pc, i32 1, i32 0, i32 2, i1 true)
  %pby = getelementptr i8, ptr addrspace(1) %in, i64 1
  %odd = load i32, ptr addrspace(1) %pby, align 1
  %dst = getelementptr i32, ptr addrspace(1) %out, i64 68
  %first = icmp eq i32 %id, 0
  br i1 %first, label %copy, label %rest
copy:
  call void @llvm.memcpy.p1.p1.i64(ptr addrspace(1) align 4 %dst, ptr addrspace(1) align 4 %in, i64 16, i1 false)
  br label %rest
rest:
  %far = getelementptr i32, ptr addrspace(1) %in, i64 100000
  %none = load i32, ptr addrspace(1) %far, align 4
  %before = getelementptr i32, ptr addrspace(1) %in, i64 -4
  %none2 = load i32, ptr addrspace(1) %before, align 4
  %farout = getelementptr i32, ptr addrspace(1) %out, i64 100000
  store i32 -1, ptr addrspace(1) %farout, align 4
  %t = add i32 %none, %none2
  %i4 = mul i64 %i, 4
  %po = getelementptr i32, ptr addrspace(1) %o, i64 %i4
  store i32 %odd, ptr addrspace(1) %po, align 4
  %po1 = getelementptr i32, ptr addrspace(1) %po, i64 1
  store i32 %t, ptr addrspace(1) %po1, align 4
  ret void
}

; A texture read into another with a sampler, all three from an argument buffer.
define void @textured(ptr addrspace(1) %o, ptr addrspace(2) %a, <2 x i32> %id) {
  %x = extractelement <2 x i32> %id, i32 0
  %y = extractelement <2 x i32> %id, i32 1
  %psrc = getelementptr %args, ptr addrspace(2) %a, i64 0, i32 0, i32 0
  %src = load ptr addrspace(1), ptr addrspace(2) %psrc, align 8
  %pdst = getelementptr %args, ptr addrspace(2) %a, i64 0, i32 1, i32 0
  %dst = load ptr addrspace(1), ptr addrspace(2) %pdst, align 8
  %ps = getelementptr %args, ptr addrspace(2) %a, i64 0, i32 2, i32 0
  %s = load ptr addrspace(2), ptr addrspace(2) %ps, align 8
  %w = call i32 @air.get_width_texture_2d(ptr addrspace(1) %src, i32 0)
  %h = call i32 @air.get_height_texture_2d(ptr addrspace(1) %src, i32 0)
  %r = call { <4 x float>, i8 } @air.read_texture_2d.v4f32(ptr addrspace(1) %src, <2 x i32> %id, i32 0, i32 0)
  %texel = extractvalue { <4 x float>, i8 } %r, 0
  %fid = uitofp <2 x i32> %id to <2 x float>
  %q = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %src, ptr addrspace(2) %s, <2 x float> %fid, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %sampled = extractvalue { <4 x float>, i8 } %q, 0
  %sum = fadd <4 x float> %texel, %sampled
  call void @air.write_texture_2d.v4f32(ptr addrspace(1) %dst, <2 x i32> %id, <4 x float> %sum, i32 0, i32 1)
  %wrong = call { <4 x i32>, i8 } @air.read_texture_2d.u.v4i32(ptr addrspace(1) %src, <2 x i32> %id, i32 0, i32 0)
  %wv = extractvalue { <4 x i32>, i8 } %wrong, 0
  %w0 = extractelement <4 x i32> %wv, i32 0
  %row = mul i32 %y, 8
  %at = add i32 %row, %x
  %at4 = mul i32 %at, 4
  %i = zext i32 %at4 to i64
  %po = getelementptr i32, ptr addrspace(1) %o, i64 %i
  store i32 %w, ptr addrspace(1) %po, align 4
  %po1 = getelementptr i32, ptr addrspace(1) %po, i64 1
  store i32 %h, ptr addrspace(1) %po1, align 4
  %po2 = getelementptr i32, ptr addrspace(1) %po, i64 2
  store i32 %w0, ptr addrspace(1) %po2, align 4
  ret void
}

; Handles as integers from an array of four, by number; null and unknown ones read as zero.
define void @indexed(ptr addrspace(1) %o, ptr addrspace(2) %a, i32 %id) {
  %i = zext i32 %id to i64
  %p = getelementptr [4 x i64], ptr addrspace(2) %a, i64 0, i64 %i
  %bits = load i64, ptr addrspace(2) %p, align 8
  %t = inttoptr i64 %bits to ptr addrspace(1)
  %r = call { <4 x float>, i8 } @air.read_texture_2d.v4f32(ptr addrspace(1) %t, <2 x i32> <i32 1, i32 0>, i32 0, i32 0)
  %texel = extractvalue { <4 x float>, i8 } %r, 0
  %nul = call i1 @air.is_null_texture_2d(ptr addrspace(1) %t)
  %f = uitofp i1 %nul to float
  %v = insertelement <4 x float> %texel, float %f, i32 3
  %po = getelementptr <4 x float>, ptr addrspace(1) %o, i64 %i
  store <4 x float> %v, ptr addrspace(1) %po, align 16
  ret void
}

; Bound and loaded textures and samplers meet; odd threads take the loaded ones.
define void @mixed_handles(ptr addrspace(1) %t, ptr addrspace(2) %s, ptr addrspace(1) %o, ptr addrspace(2) %a, i32 %id) {
entry:
  %i = zext i32 %id to i64
  %bit = trunc i32 %id to i1
  br i1 %bit, label %loaded, label %meet
loaded:
  %psrc = getelementptr %args, ptr addrspace(2) %a, i64 0, i32 0, i32 0
  %lt = load ptr addrspace(1), ptr addrspace(2) %psrc, align 8
  %ps = getelementptr %args, ptr addrspace(2) %a, i64 0, i32 2, i32 0
  %ls = load ptr addrspace(2), ptr addrspace(2) %ps, align 8
  br label %meet
meet:
  %tt = phi ptr addrspace(1) [ %t, %entry ], [ %lt, %loaded ]
  %ss = phi ptr addrspace(2) [ %s, %entry ], [ %ls, %loaded ]
  %two = and i32 %id, 2
  %istwo = icmp ne i32 %two, 0
  %sss = select i1 %istwo, ptr addrspace(2) @declared, ptr addrspace(2) %ss
  %r = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %tt, ptr addrspace(2) %sss, <2 x float> <float 0.25, float 0.5>, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %v = extractvalue { <4 x float>, i8 } %r, 0
  %po = getelementptr <4 x float>, ptr addrspace(1) %o, i64 %i
  store <4 x float> %v, ptr addrspace(1) %po, align 16
  ret void
}

; Copies of what memory and tables hold into another argument buffer: handles, pointers, bound ones.
define void @encode(ptr addrspace(1) %t, ptr addrspace(2) %s, ptr addrspace(1) %b, ptr addrspace(1) %a, i32 %id) {
  %pt = getelementptr %args, ptr addrspace(1) %a, i64 0, i32 0, i32 0
  %lt = load ptr addrspace(1), ptr addrspace(1) %pt, align 8
  %pp = getelementptr %args, ptr addrspace(1) %a, i64 0, i32 3
  %lp = load ptr addrspace(1), ptr addrspace(1) %pp, align 8
  %to = getelementptr %args, ptr addrspace(1) %a, i64 1
  %q0 = getelementptr %args, ptr addrspace(1) %to, i64 0, i32 0, i32 0
  store ptr addrspace(1) %t, ptr addrspace(1) %q0, align 8
  %q1 = getelementptr %args, ptr addrspace(1) %to, i64 0, i32 1, i32 0
  store ptr addrspace(1) %lt, ptr addrspace(1) %q1, align 8
  %q2 = getelementptr %args, ptr addrspace(1) %to, i64 0, i32 2, i32 0
  store ptr addrspace(2) %s, ptr addrspace(1) %q2, align 8
  %q3 = getelementptr %args, ptr addrspace(1) %to, i64 0, i32 3
  %bound = getelementptr i8, ptr addrspace(1) %b, i64 20
  store ptr addrspace(1) %bound, ptr addrspace(1) %q3, align 8
  %to2 = getelementptr %args, ptr addrspace(1) %a, i64 2
  %q4 = getelementptr %args, ptr addrspace(1) %to2, i64 0, i32 3
  %moved = getelementptr i8, ptr addrspace(1) %lp, i64 8
  store ptr addrspace(1) %moved, ptr addrspace(1) %q4, align 8
  %v = load i32, ptr addrspace(1) %moved, align 4
  %q5 = getelementptr %args, ptr addrspace(1) %to2, i64 0, i32 4
  store i32 %v, ptr addrspace(1) %q5, align 4
  %w = load i32, ptr addrspace(1) %bound, align 4
  %q6 = getelementptr %args, ptr addrspace(1) %to2, i64 0, i32 5
  store i32 %w, ptr addrspace(1) %q6, align 4
  ret void
}

; Pointers exchanged through threadgroup and thread memory.
define void @exchange(ptr addrspace(1) %o, ptr addrspace(2) %a, i32 %id) {
  %mine = alloca [2 x ptr addrspace(1)], align 8
  %i = zext i32 %id to i64
  %odd = and i64 %i, 1
  %p = getelementptr [2 x ptr addrspace(1)], ptr addrspace(2) %a, i64 0, i64 %odd
  %l = load ptr addrspace(1), ptr addrspace(2) %p, align 8
  %q = getelementptr [64 x ptr addrspace(1)], ptr addrspace(3) @shared, i64 0, i64 %i
  store ptr addrspace(1) %l, ptr addrspace(3) %q, align 8
  call void @air.wg.barrier(i32 2, i32 1)
  %other = xor i64 %i, 1
  %q2 = getelementptr [64 x ptr addrspace(1)], ptr addrspace(3) @shared, i64 0, i64 %other
  %their = load ptr addrspace(1), ptr addrspace(3) %q2, align 8
  %m0 = getelementptr [2 x ptr addrspace(1)], ptr %mine, i64 0, i64 %odd
  %m1 = getelementptr [2 x ptr addrspace(1)], ptr %mine, i64 0, i64 %other
  store ptr addrspace(1) %their, ptr %mine, align 8
  %second = getelementptr [2 x ptr addrspace(1)], ptr %mine, i64 0, i64 1
  store ptr addrspace(1) %o, ptr %second, align 8
  %sel = load ptr addrspace(1), ptr %m0, align 8
  %pi = getelementptr i32, ptr addrspace(1) %sel, i64 %i
  %v = load i32, ptr addrspace(1) %pi, align 4
  %pt = getelementptr i32, ptr addrspace(1) %their, i64 %i
  %vt = load i32, ptr addrspace(1) %pt, align 4
  %at = add i64 %i, 32
  %po = getelementptr i32, ptr addrspace(1) %o, i64 %at
  %sum = add i32 %v, %vt
  store i32 %sum, ptr addrspace(1) %po, align 4
  ret void
}

; Pointer to an argument buffer in an argument buffer; a nested struct, an array of pointers.
%leaf = type { i32, [3 x ptr addrspace(1)] }
%root = type { i64, { ptr addrspace(2), i32 } }
define void @nested(ptr addrspace(1) %o, ptr addrspace(2) %a, i32 %id) {
  %i = zext i32 %id to i64
  %pl = getelementptr %root, ptr addrspace(2) %a, i64 0, i32 1, i32 0
  %leaf = load ptr addrspace(2), ptr addrspace(2) %pl, align 8
  %n = load i32, ptr addrspace(2) %leaf, align 4
  %k = urem i64 %i, 3
  %pp = getelementptr %leaf, ptr addrspace(2) %leaf, i64 0, i32 1, i64 %k
  %p = load ptr addrspace(1), ptr addrspace(2) %pp, align 8
  %pv = getelementptr <4 x i32>, ptr addrspace(1) %p, i64 %i
  %v = load <4 x i32>, ptr addrspace(1) %pv, align 16
  %ins = insertelement <4 x i32> undef, i32 %n, i32 0
  %spl = shufflevector <4 x i32> %ins, <4 x i32> undef, <4 x i32> zeroinitializer
  %sum = add <4 x i32> %v, %spl
  %po = getelementptr <4 x i32>, ptr addrspace(1) %o, i64 %i
  store <4 x i32> %sum, ptr addrspace(1) %po, align 16
  ret void
}

; The same texture written and read back through one handle.
define void @read_write(ptr addrspace(1) %o, ptr addrspace(2) %a, i32 %id) {
  %psrc = getelementptr %args, ptr addrspace(2) %a, i64 0, i32 0, i32 0
  %t = load ptr addrspace(1), ptr addrspace(2) %psrc, align 8
  %c = insertelement <2 x i32> zeroinitializer, i32 %id, i32 0
  %r = call { <4 x float>, i8 } @air.read_texture_2d.v4f32(ptr addrspace(1) %t, <2 x i32> %c, i32 0, i32 2)
  %v = extractvalue { <4 x float>, i8 } %r, 0
  %d = fadd <4 x float> %v, %v
  call void @air.write_texture_2d.v4f32(ptr addrspace(1) %t, <2 x i32> %c, <4 x float> %d, i32 0, i32 2)
  call void @air.fence_texture_2d(ptr addrspace(1) %t)
  %t2 = load ptr addrspace(1), ptr addrspace(2) %psrc, align 8
  %r2 = call { <4 x float>, i8 } @air.read_texture_2d.v4f32(ptr addrspace(1) %t2, <2 x i32> %c, i32 0, i32 2)
  %v2 = extractvalue { <4 x float>, i8 } %r2, 0
  %i = zext i32 %id to i64
  %po = getelementptr <4 x float>, ptr addrspace(1) %o, i64 %i
  store <4 x float> %v2, ptr addrspace(1) %po, align 16
  ret void
}

; Bound texture slots know whether something is bound.
define void @unbound(ptr addrspace(1) %t, ptr addrspace(1) %u, ptr addrspace(1) %o, i32 %id) {
  %a = call i1 @air.is_null_texture_2d(ptr addrspace(1) %t)
  %b = call i1 @air.is_null_texture_2d(ptr addrspace(1) %u)
  %w = call i32 @air.get_width_texture_2d(ptr addrspace(1) %t, i32 0)
  %x = zext i1 %a to i32
  %y = zext i1 %b to i32
  %y2 = shl i32 %y, 1
  %z = or i32 %x, %y2
  %w16 = shl i32 %w, 8
  %z2 = or i32 %z, %w16
  store i32 %z2, ptr addrspace(1) %o, align 4
  ret void
}

!air.kernel = !{!25, !30, !35, !40, !47, !54, !59, !64, !69, !75}
!air.sampler_states = !{!9}
!air.version = !{!0}
!air.language_version = !{!1}
!0 = !{i32 2, i32 6, i32 0}
!1 = !{!"Metal", i32 3, i32 1, i32 0}
!2 = !{}
!9 = !{!"air.sampler_state", ptr addrspace(2) @declared}
!11 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d<float, sample>", !"air.arg_name", !"src"}
!12 = !{i32 1, !"air.texture", !"air.location_index", i32 1, i32 1, !"air.write", !"air.arg_type_name", !"texture2d<float, write>", !"air.arg_name", !"dst"}
!13 = !{i32 2, !"air.sampler", !"air.location_index", i32 2, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"smp"}
!14 = !{i32 3, !"air.buffer", !"air.location_index", i32 3, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_size", i32 4, !"air.arg_type_align_size", i32 4, !"air.arg_type_name", !"uint", !"air.arg_name", !"data"}
!15 = !{i32 4, !"air.indirect_constant", !"air.location_index", i32 4, i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"count"}
!16 = !{i32 0, i32 8, i32 0, !"texture2d<float, sample>", !"src", !"air.indirect_argument", !11, i32 8, i32 8, i32 0, !"texture2d<float, write>", !"dst", !"air.indirect_argument", !12, i32 16, i32 8, i32 0, !"sampler", !"smp", !"air.indirect_argument", !13, i32 24, i32 8, i32 0, !"uint", !"data", !"air.indirect_argument", !14, i32 32, i32 4, i32 0, !"uint", !"count", !"air.indirect_argument", !15}
!17 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 4, !"air.sample", !"air.arg_type_name", !"array<texture2d<float, sample>, 4>", !"air.arg_name", !"all"}
!18 = !{i32 0, i32 32, i32 0, !"array<texture2d<float, sample>, 4>", !"all", !"air.indirect_argument", !17}
!19 = !{i32 0, i32 8, i32 0, !"Leaf", !"leaf", !"air.indirect_argument", !76}
!20 = !{i32 0, i32 8, i32 0, !"ulong", !"tag", !"air.struct_type_info", !19, i32 8, i32 16, i32 0, !"Inner", !"inner"}
!21 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"o"}
!22 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"head"}
!23 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!24 = !{!21, !22, !23}
!25 = !{ptr @chase, !2, !24}
!26 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"o"}
!27 = !{i32 1, !"air.indirect_buffer", !"air.buffer_size", i32 16, !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 2, !"air.struct_type_info", !16, !"air.arg_type_size", i32 16, !"air.arg_type_align_size", i32 8, !"air.arg_type_name", !"Args", !"air.arg_name", !"a"}
!28 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!29 = !{!26, !27, !28}
!30 = !{ptr @access, !2, !29}
!31 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"o"}
!32 = !{i32 1, !"air.indirect_buffer", !"air.buffer_size", i32 40, !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 2, !"air.struct_type_info", !16, !"air.arg_type_size", i32 40, !"air.arg_type_align_size", i32 8, !"air.arg_type_name", !"Args", !"air.arg_name", !"a"}
!33 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint2", !"air.arg_name", !"id"}
!34 = !{!31, !32, !33}
!35 = !{ptr @textured, !2, !34}
!36 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"o"}
!37 = !{i32 1, !"air.indirect_buffer", !"air.buffer_size", i32 32, !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 2, !"air.struct_type_info", !18, !"air.arg_type_size", i32 32, !"air.arg_type_align_size", i32 8, !"air.arg_type_name", !"Args", !"air.arg_name", !"a"}
!38 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!39 = !{!36, !37, !38}
!40 = !{ptr @indexed, !2, !39}
!41 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d<float, sample>", !"air.arg_name", !"t"}
!42 = !{i32 1, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s"}
!43 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"o"}
!44 = !{i32 3, !"air.indirect_buffer", !"air.buffer_size", i32 40, !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 2, !"air.struct_type_info", !16, !"air.arg_type_size", i32 40, !"air.arg_type_align_size", i32 8, !"air.arg_type_name", !"Args", !"air.arg_name", !"a"}
!45 = !{i32 4, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!46 = !{!41, !42, !43, !44, !45}
!47 = !{ptr @mixed_handles, !2, !46}
!48 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d<float, sample>", !"air.arg_name", !"t"}
!49 = !{i32 1, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"s"}
!50 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"o"}
!51 = !{i32 3, !"air.indirect_buffer", !"air.buffer_size", i32 120, !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 1, !"air.struct_type_info", !16, !"air.arg_type_size", i32 120, !"air.arg_type_align_size", i32 8, !"air.arg_type_name", !"Args", !"air.arg_name", !"a"}
!52 = !{i32 4, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!53 = !{!48, !49, !50, !51, !52}
!54 = !{ptr @encode, !2, !53}
!55 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"o"}
!56 = !{i32 1, !"air.indirect_buffer", !"air.buffer_size", i32 16, !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 2, !"air.struct_type_info", !16, !"air.arg_type_size", i32 16, !"air.arg_type_align_size", i32 8, !"air.arg_type_name", !"Args", !"air.arg_name", !"a"}
!57 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!58 = !{!55, !56, !57}
!59 = !{ptr @exchange, !2, !58}
!60 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"o"}
!61 = !{i32 1, !"air.indirect_buffer", !"air.buffer_size", i32 24, !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 2, !"air.struct_type_info", !20, !"air.arg_type_size", i32 24, !"air.arg_type_align_size", i32 8, !"air.arg_type_name", !"Args", !"air.arg_name", !"a"}
!62 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!63 = !{!60, !61, !62}
!64 = !{ptr @nested, !2, !63}
!65 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"o"}
!66 = !{i32 1, !"air.indirect_buffer", !"air.buffer_size", i32 40, !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 2, !"air.struct_type_info", !16, !"air.arg_type_size", i32 40, !"air.arg_type_align_size", i32 8, !"air.arg_type_name", !"Args", !"air.arg_name", !"a"}
!67 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!68 = !{!65, !66, !67}
!69 = !{ptr @read_write, !2, !68}
!70 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d<float, sample>", !"air.arg_name", !"t"}
!71 = !{i32 1, !"air.texture", !"air.location_index", i32 3, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d<float, sample>", !"air.arg_name", !"t"}
!72 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"o"}
!73 = !{i32 3, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!74 = !{!70, !71, !72, !73}
!75 = !{ptr @unbound, !2, !74}
!76 = !{i32 0, !"air.indirect_buffer", !"air.buffer_size", i32 32, !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 2, !"air.struct_type_info", !77, !"air.arg_type_size", i32 32, !"air.arg_type_align_size", i32 8, !"air.arg_type_name", !"Leaf", !"air.arg_name", !"leaf"}
!77 = !{i32 0, i32 4, i32 0, !"uint", !"n", i32 8, i32 24, i32 0, !"array<device uint4 *, 3>", !"p", !"air.indirect_argument", !78}
!78 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 3, !"air.read", !"air.address_space", i32 1, !"air.arg_type_size", i32 16, !"air.arg_type_align_size", i32 16, !"air.arg_type_name", !"uint4", !"air.arg_name", !"p"}
