; SPDX-License-Identifier: MIT
; Inclusive sums over a threadgroup of 64, by turns between two pieces of threadgroup memory.
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

declare void @air.wg.barrier(i32, i32) convergent
@other = internal addrspace(3) global [64 x i32] undef

define void @scan_arguments(ptr addrspace(1) %out, ptr addrspace(1) %in, ptr addrspace(3) %a, ptr addrspace(3) %b, i32 %t) {
entry:
  %t64 = zext i32 %t to i64
  %pi = getelementptr i32, ptr addrspace(1) %in, i64 %t64
  %v = load i32, ptr addrspace(1) %pi, align 4
  %first = getelementptr i32, ptr addrspace(3) %a, i64 %t64
  store i32 %v, ptr addrspace(3) %first, align 4
  br label %loop
loop:
  %from = phi ptr addrspace(3) [ %a, %entry ], [ %to, %next ]
  %to = phi ptr addrspace(3) [ %b, %entry ], [ %from, %next ]
  %n = phi i32 [ 1, %entry ], [ %twice, %next ]
  call void @air.wg.barrier(i32 2, i32 1) convergent
  %p = getelementptr i32, ptr addrspace(3) %from, i64 %t64
  %x = load i32, ptr addrspace(3) %p, align 4
  %far = icmp uge i32 %t, %n
  br i1 %far, label %add, label %next
add:
  %k = sub i32 %t, %n
  %k64 = zext i32 %k to i64
  %q = getelementptr i32, ptr addrspace(3) %from, i64 %k64
  %y = load i32, ptr addrspace(3) %q, align 4
  %z = add i32 %x, %y
  br label %next
next:
  %s = phi i32 [ %x, %loop ], [ %z, %add ]
  %r = getelementptr i32, ptr addrspace(3) %to, i64 %t64
  store i32 %s, ptr addrspace(3) %r, align 4
  %twice = shl i32 %n, 1
  %more = icmp ult i32 %twice, 64
  br i1 %more, label %loop, label %end
end:
  %po = getelementptr i32, ptr addrspace(1) %out, i64 %t64
  store i32 %s, ptr addrspace(1) %po, align 4
  ret void
}

define void @scan_variable(ptr addrspace(1) %out, ptr addrspace(1) %in, ptr addrspace(3) %a, i32 %t) {
entry:
  %t64 = zext i32 %t to i64
  %pi = getelementptr i32, ptr addrspace(1) %in, i64 %t64
  %v = load i32, ptr addrspace(1) %pi, align 4
  %first = getelementptr i32, ptr addrspace(3) %a, i64 %t64
  store i32 %v, ptr addrspace(3) %first, align 4
  br label %loop
loop:
  %from = phi ptr addrspace(3) [ %a, %entry ], [ %to, %next ]
  %to = phi ptr addrspace(3) [ @other, %entry ], [ %from, %next ]
  %n = phi i32 [ 1, %entry ], [ %twice, %next ]
  call void @air.wg.barrier(i32 2, i32 1) convergent
  %p = getelementptr i32, ptr addrspace(3) %from, i64 %t64
  %x = load i32, ptr addrspace(3) %p, align 4
  %far = icmp uge i32 %t, %n
  br i1 %far, label %add, label %next
add:
  %k = sub i32 %t, %n
  %k64 = zext i32 %k to i64
  %q = getelementptr i32, ptr addrspace(3) %from, i64 %k64
  %y = load i32, ptr addrspace(3) %q, align 4
  %z = add i32 %x, %y
  br label %next
next:
  %s = phi i32 [ %x, %loop ], [ %z, %add ]
  %r = getelementptr i32, ptr addrspace(3) %to, i64 %t64
  store i32 %s, ptr addrspace(3) %r, align 4
  %twice = shl i32 %n, 1
  %more = icmp ult i32 %twice, 64
  br i1 %more, label %loop, label %end
end:
  %po = getelementptr i32, ptr addrspace(1) %out, i64 %t64
  store i32 %s, ptr addrspace(1) %po, align 4
  ret void
}

!air.version = !{!0}
!air.language_version = !{!1}
!air.kernel = !{!20, !21}
!0 = !{i32 2, i32 6, i32 0}
!1 = !{!"Metal", i32 3, i32 1, i32 0}
!2 = !{}
!3 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"out"}
!4 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"in"}
!5 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 3, !"air.arg_type_name", !"uint", !"air.arg_name", !"a"}
!6 = !{i32 3, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read_write", !"air.address_space", i32 3, !"air.arg_type_name", !"uint", !"air.arg_name", !"b"}
!7 = !{i32 4, !"air.thread_position_in_threadgroup", !"air.arg_type_name", !"uint", !"air.arg_name", !"t"}
!8 = !{i32 3, !"air.thread_position_in_threadgroup", !"air.arg_type_name", !"uint", !"air.arg_name", !"t"}
!9 = !{!3, !4, !5, !6, !7}
!10 = !{!3, !4, !5, !8}
!20 = !{ptr @scan_arguments, !2, !9}
!21 = !{ptr @scan_variable, !2, !10}
