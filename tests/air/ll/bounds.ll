; SPDX-License-Identifier: MIT
; Accesses at and past the ends of buffers: buffer 1 is read at `id` and at fixed places, buffer 2 is written, buffer 0 takes results.
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"
define void @reads(ptr addrspace(1) %out, ptr addrspace(1) %in, ptr addrspace(1) %unused, i32 %id) {
  %wide = zext i32 %id to i64
  %less = add i32 %id, -4
  %back = sext i32 %less to i64
  %huge = shl i64 %wide, 62
  %p0 = getelementptr i32, ptr addrspace(1) %in, i64 %wide
  %v0 = load i32, ptr addrspace(1) %p0, align 4
  %p1 = getelementptr i32, ptr addrspace(1) %p0, i64 1
  %v1 = load i32, ptr addrspace(1) %p1, align 4
  %pair = load <2 x i32>, ptr addrspace(1) %p0, align 4
  %v2 = extractelement <2 x i32> %pair, i64 0
  %q = getelementptr i32, ptr addrspace(1) %in, i64 %back
  %q4 = getelementptr i32, ptr addrspace(1) %q, i64 4
  %v3 = load i32, ptr addrspace(1) %q4, align 4
  %v4 = load i32, ptr addrspace(1) %q, align 4
  %h = getelementptr i32, ptr addrspace(1) %in, i64 %huge
  %h1 = getelementptr i32, ptr addrspace(1) %h, i64 1
  %v5 = load i32, ptr addrspace(1) %h1, align 4
  %f6 = getelementptr i32, ptr addrspace(1) %in, i64 6
  %quad = load <4 x i32>, ptr addrspace(1) %f6, align 4
  %v6 = extractelement <4 x i32> %quad, i64 0
  %f7 = getelementptr i32, ptr addrspace(1) %in, i64 7
  %v7 = load i32, ptr addrspace(1) %f7, align 4
  %f8 = getelementptr i32, ptr addrspace(1) %in, i64 8
  %v8 = load i32, ptr addrspace(1) %f8, align 4
  %before = getelementptr i32, ptr addrspace(1) %in, i64 -1
  %v9 = load i32, ptr addrspace(1) %before, align 4
  %bytes = getelementptr i8, ptr addrspace(1) %in, i64 31
  %byte = load i8, ptr addrspace(1) %bytes, align 1
  %v10 = zext i8 %byte to i32
  %end = getelementptr i8, ptr addrspace(1) %in, i64 32
  %after = load i8, ptr addrspace(1) %end, align 1
  %v11 = zext i8 %after to i32
  %base = mul i64 %wide, 12
  %o0 = getelementptr i32, ptr addrspace(1) %out, i64 %base
  store i32 %v0, ptr addrspace(1) %o0, align 4
  %o1 = getelementptr i32, ptr addrspace(1) %o0, i64 1
  store i32 %v1, ptr addrspace(1) %o1, align 4
  %o2 = getelementptr i32, ptr addrspace(1) %o0, i64 2
  store i32 %v2, ptr addrspace(1) %o2, align 4
  %o3 = getelementptr i32, ptr addrspace(1) %o0, i64 3
  store i32 %v3, ptr addrspace(1) %o3, align 4
  %o4 = getelementptr i32, ptr addrspace(1) %o0, i64 4
  store i32 %v4, ptr addrspace(1) %o4, align 4
  %o5 = getelementptr i32, ptr addrspace(1) %o0, i64 5
  store i32 %v5, ptr addrspace(1) %o5, align 4
  %o6 = getelementptr i32, ptr addrspace(1) %o0, i64 6
  store i32 %v6, ptr addrspace(1) %o6, align 4
  %o7 = getelementptr i32, ptr addrspace(1) %o0, i64 7
  store i32 %v7, ptr addrspace(1) %o7, align 4
  %o8 = getelementptr i32, ptr addrspace(1) %o0, i64 8
  store i32 %v8, ptr addrspace(1) %o8, align 4
  %o9 = getelementptr i32, ptr addrspace(1) %o0, i64 9
  store i32 %v9, ptr addrspace(1) %o9, align 4
  %o10 = getelementptr i32, ptr addrspace(1) %o0, i64 10
  store i32 %v10, ptr addrspace(1) %o10, align 4
  %o11 = getelementptr i32, ptr addrspace(1) %o0, i64 11
  store i32 %v11, ptr addrspace(1) %o11, align 4
  ret void
}
define void @writes(ptr addrspace(1) %out, ptr addrspace(1) %in, ptr addrspace(1) %to, i32 %id) {
  %first = icmp eq i32 %id, 0
  br i1 %first, label %fixed, label %indexed
fixed:
  %f2 = getelementptr i32, ptr addrspace(1) %to, i64 2
  store i32 102, ptr addrspace(1) %f2, align 4
  %f7 = getelementptr i32, ptr addrspace(1) %to, i64 7
  store <2 x i32> <i32 107, i32 108>, ptr addrspace(1) %f7, align 4
  %f9 = getelementptr i32, ptr addrspace(1) %to, i64 9
  store i32 109, ptr addrspace(1) %f9, align 4
  %fm = getelementptr i32, ptr addrspace(1) %to, i64 -1
  store i32 99, ptr addrspace(1) %fm, align 4
  br label %done
indexed:
  %wide = zext i32 %id to i64
  %twice = shl i64 %wide, 1
  br label %loop
loop:
  %k = phi i64 [ 0, %indexed ], [ %more, %loop ]
  %at = add i64 %twice, %k
  %p = getelementptr i32, ptr addrspace(1) %to, i64 %at
  %p1 = getelementptr i32, ptr addrspace(1) %p, i64 1
  store i32 %id, ptr addrspace(1) %p1, align 4
  %more = add i64 %k, 1
  %again = icmp ult i64 %more, 2
  br i1 %again, label %loop, label %done
done:
  ret void
}
!1 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b0"}
!2 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b1"}
!3 = !{i32 2, !"air.buffer", !"air.location_index", i32 2, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b2"}
!4 = !{i32 3, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!5 = !{!1, !2, !3, !4}
!6 = !{}
!10 = !{ptr @reads, !6, !5}
!20 = !{ptr @writes, !6, !5}
!air.kernel = !{!10, !20}
