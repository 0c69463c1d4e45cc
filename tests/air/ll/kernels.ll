; SPDX-License-Identifier: MIT
; Made from kernels.c by make-kernels.sh.
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"
%struct.record = type { i8, i16, i32, i64, float, [5 x i8] }
%union.anon = type { [8 x i32] }
%struct.link = type { ptr, ptr, i32 }
@digits = internal unnamed_addr addrspace(2) constant [16 x i32] [i32 3, i32 1, i32 4, i32 1, i32 5, i32 9, i32 2, i32 6, i32 5, i32 3, i32 5, i32 8, i32 9, i32 7, i32 9, i32 3], align 4
define dso_local void @arith(ptr addrspace(1) nocapture noundef writeonly %0, ptr addrspace(1) nocapture noundef readonly %1, i32 noundef %2) local_unnamed_addr {
  %4 = shl i32 %2, 1
  %5 = zext i32 %4 to i64
  %6 = getelementptr inbounds i32, ptr addrspace(1) %1, i64 %5
  %7 = load i32, ptr addrspace(1) %6, align 4
  %8 = or disjoint i32 %4, 1
  %9 = zext i32 %8 to i64
  %10 = getelementptr inbounds i32, ptr addrspace(1) %1, i64 %9
  %11 = load i32, ptr addrspace(1) %10, align 4
  %12 = icmp eq i32 %11, 0
  %13 = mul i32 %2, 12
  %14 = zext i32 %13 to i64
  %15 = getelementptr inbounds i32, ptr addrspace(1) %0, i64 %14
  %16 = add i32 %11, %7
  store i32 %16, ptr addrspace(1) %15, align 4
  %17 = mul i32 %11, %7
  %18 = getelementptr inbounds i8, ptr addrspace(1) %15, i64 4
  store i32 %17, ptr addrspace(1) %18, align 4
  br i1 %12, label %19, label %22
19:                                               ; preds = %3
  %20 = getelementptr inbounds i8, ptr addrspace(1) %15, i64 8
  store i32 %7, ptr addrspace(1) %20, align 4
  %21 = getelementptr inbounds i8, ptr addrspace(1) %15, i64 12
  store i32 0, ptr addrspace(1) %21, align 4
  br label %38
22:                                               ; preds = %3
  %23 = icmp eq i32 %11, -1
  %24 = freeze i32 %7
  %25 = freeze i32 %11
  %26 = udiv i32 %24, %25
  %27 = getelementptr inbounds i8, ptr addrspace(1) %15, i64 8
  store i32 %26, ptr addrspace(1) %27, align 4
  %28 = mul i32 %26, %25
  %29 = sub i32 %24, %28
  %30 = getelementptr inbounds i8, ptr addrspace(1) %15, i64 12
  store i32 %29, ptr addrspace(1) %30, align 4
  br i1 %23, label %38, label %31
31:                                               ; preds = %22
  %32 = freeze i32 %7
  %33 = freeze i32 %11
  %34 = sdiv i32 %32, %33
  %35 = getelementptr inbounds i8, ptr addrspace(1) %15, i64 16
  store i32 %34, ptr addrspace(1) %35, align 4
  %36 = mul i32 %34, %33
  %37 = sub i32 %32, %36
  br label %40
38:                                               ; preds = %19, %22
  %39 = getelementptr inbounds i8, ptr addrspace(1) %15, i64 16
  store i32 %7, ptr addrspace(1) %39, align 4
  br label %40
40:                                               ; preds = %38, %31
  %41 = phi i32 [ %37, %31 ], [ %7, %38 ]
  %42 = getelementptr inbounds i8, ptr addrspace(1) %15, i64 20
  store i32 %41, ptr addrspace(1) %42, align 4
  %43 = and i32 %11, 31
  %44 = shl i32 %7, %43
  %45 = getelementptr inbounds i8, ptr addrspace(1) %15, i64 24
  store i32 %44, ptr addrspace(1) %45, align 4
  %46 = lshr i32 %7, %43
  %47 = getelementptr inbounds i8, ptr addrspace(1) %15, i64 28
  store i32 %46, ptr addrspace(1) %47, align 4
  %48 = ashr i32 %7, %43
  %49 = getelementptr inbounds i8, ptr addrspace(1) %15, i64 32
  store i32 %48, ptr addrspace(1) %49, align 4
  %50 = icmp ult i32 %7, %11
  %51 = zext i1 %50 to i32
  %52 = icmp slt i32 %7, %11
  %53 = select i1 %52, i32 2, i32 0
  %54 = or disjoint i32 %53, %51
  %55 = icmp eq i32 %7, %11
  %56 = select i1 %55, i32 4, i32 0
  %57 = or disjoint i32 %54, %56
  %58 = select i1 %50, i32 0, i32 8
  %59 = or disjoint i32 %57, %58
  %60 = getelementptr inbounds i8, ptr addrspace(1) %15, i64 36
  store i32 %59, ptr addrspace(1) %60, align 4
  %61 = and i32 %7, 65535
  %62 = and i32 %11, 255
  %63 = mul nuw nsw i32 %62, %61
  %64 = shl i32 %7, 16
  %65 = ashr exact i32 %64, 16
  %66 = add nsw i32 %63, %65
  %67 = shl i32 %11, 24
  %68 = ashr exact i32 %67, 24
  %69 = sub nsw i32 %66, %68
  %70 = getelementptr inbounds i8, ptr addrspace(1) %15, i64 40
  store i32 %69, ptr addrspace(1) %70, align 4
  %71 = zext i32 %7 to i64
  %72 = zext i32 %11 to i64
  %73 = mul nuw i64 %72, %71
  %74 = lshr i64 %73, 32
  %75 = trunc nuw i64 %74 to i32
  %76 = lshr i32 %7, 2
  %77 = xor i32 %76, %75
  %78 = getelementptr inbounds i8, ptr addrspace(1) %15, i64 44
  store i32 %77, ptr addrspace(1) %78, align 4
  ret void
}
declare void @llvm.lifetime.start.p0(i64 immarg, ptr nocapture)
declare void @llvm.lifetime.end.p0(i64 immarg, ptr nocapture)
define dso_local void @loops(ptr addrspace(1) nocapture noundef writeonly %0, ptr addrspace(1) nocapture noundef readonly %1, i32 noundef %2) local_unnamed_addr {
  %4 = zext i32 %2 to i64
  %5 = getelementptr inbounds i32, ptr addrspace(1) %1, i64 %4
  %6 = load i32, ptr addrspace(1) %5, align 4
  br label %7
7:                                                ; preds = %3, %38
  %8 = phi i32 [ 0, %3 ], [ %40, %38 ]
  %9 = phi i32 [ 0, %3 ], [ %39, %38 ]
  %10 = shl nuw nsw i32 1, %8
  %11 = and i32 %10, %6
  %12 = icmp eq i32 %11, 0
  br i1 %12, label %13, label %38
13:                                               ; preds = %7, %25
  %14 = phi i32 [ %30, %25 ], [ 0, %7 ]
  %15 = phi i32 [ %29, %25 ], [ %9, %7 ]
  %16 = mul i32 %15, 31
  %17 = mul nuw nsw i32 %14, %8
  %18 = add i32 %16, %6
  %19 = add i32 %18, %17
  %20 = and i32 %19, 63
  %21 = icmp eq i32 %20, 5
  br i1 %21, label %45, label %22
22:                                               ; preds = %13
  %23 = and i32 %19, 15
  %24 = icmp eq i32 %23, 3
  br i1 %24, label %32, label %25
25:                                               ; preds = %22
  %26 = and i32 %19, 7
  %27 = icmp eq i32 %26, 1
  %28 = select i1 %27, i32 0, i32 %14
  %29 = xor i32 %28, %19
  %30 = add nuw nsw i32 %14, 1
  %31 = icmp ult i32 %14, 7
  br i1 %31, label %13, label %32
32:                                               ; preds = %25, %22
  %33 = phi i32 [ %19, %22 ], [ %29, %25 ]
  %34 = urem i32 %33, 97
  %35 = icmp eq i32 %34, 13
  br i1 %35, label %42, label %36
36:                                               ; preds = %32
  %37 = add i32 %33, %8
  br label %38
38:                                               ; preds = %7, %36
  %39 = phi i32 [ %9, %7 ], [ %37, %36 ]
  %40 = add nuw nsw i32 %8, 1
  %41 = icmp ult i32 %8, 15
  br i1 %41, label %7, label %42
42:                                               ; preds = %38, %32
  %43 = phi i32 [ %33, %32 ], [ %39, %38 ]
  %44 = add i32 %43, 1000
  br label %45
45:                                               ; preds = %13, %42
  %46 = phi i32 [ %44, %42 ], [ %19, %13 ]
  %47 = getelementptr inbounds i32, ptr addrspace(1) %0, i64 %4
  store i32 %46, ptr addrspace(1) %47, align 4
  ret void
}
define dso_local void @switches(ptr addrspace(1) nocapture noundef writeonly %0, ptr addrspace(1) nocapture noundef readonly %1, i32 noundef %2) local_unnamed_addr {
  %4 = zext i32 %2 to i64
  %5 = getelementptr inbounds i32, ptr addrspace(1) %1, i64 %4
  %6 = load i32, ptr addrspace(1) %5, align 4
  br label %7
7:                                                ; preds = %3, %43
  %8 = phi i32 [ 0, %3 ], [ %45, %43 ]
  %9 = phi i32 [ 1, %3 ], [ %44, %43 ]
  %10 = and i32 %8, 15
  %11 = lshr i32 %6, %10
  %12 = and i32 %11, 7
  switch i32 %12, label %33 [
    i32 0, label %13
    i32 1, label %15
    i32 2, label %18
    i32 3, label %20
    i32 5, label %25
    i32 6, label %27
  ]
13:                                               ; preds = %7
  %14 = add i32 %9, 3
  br label %15
15:                                               ; preds = %7, %13
  %16 = phi i32 [ %9, %7 ], [ %14, %13 ]
  %17 = mul i32 %16, 5
  br label %36
18:                                               ; preds = %7
  %19 = xor i32 %9, %6
  br label %36
20:                                               ; preds = %7
  %21 = and i32 %9, 1
  %22 = icmp eq i32 %21, 0
  br i1 %22, label %23, label %43
23:                                               ; preds = %20
  %24 = add i32 %9, 7
  br label %36
25:                                               ; preds = %7
  %26 = sub i32 %9, %8
  br label %39
27:                                               ; preds = %7
  %28 = and i32 %9, 31
  %29 = icmp eq i32 %28, 9
  br i1 %29, label %47, label %30
30:                                               ; preds = %27
  %31 = mul i32 %9, 3
  %32 = add i32 %31, 1
  br label %36
33:                                               ; preds = %7
  %34 = mul nuw nsw i32 %8, %8
  %35 = add i32 %34, %9
  br label %36
36:                                               ; preds = %33, %30, %23, %18, %15
  %37 = phi i32 [ %35, %33 ], [ %32, %30 ], [ %24, %23 ], [ %19, %18 ], [ %17, %15 ]
  %38 = add i32 %37, 11
  br label %39
39:                                               ; preds = %36, %25
  %40 = phi i32 [ %38, %36 ], [ %26, %25 ]
  %41 = lshr i32 %40, 3
  %42 = xor i32 %41, %40
  br label %43
43:                                               ; preds = %20, %39
  %44 = phi i32 [ %42, %39 ], [ %9, %20 ]
  %45 = add nuw nsw i32 %8, 1
  %46 = icmp ult i32 %8, 19
  br i1 %46, label %7, label %47
47:                                               ; preds = %27, %43
  %48 = phi i32 [ %9, %27 ], [ %44, %43 ]
  %49 = getelementptr inbounds i32, ptr addrspace(1) %0, i64 %4
  store i32 %48, ptr addrspace(1) %49, align 4
  ret void
}
define dso_local void @irreducible(ptr addrspace(1) nocapture noundef writeonly %0, ptr addrspace(1) nocapture noundef readonly %1, i32 noundef %2) local_unnamed_addr {
  %4 = zext i32 %2 to i64
  %5 = getelementptr inbounds i32, ptr addrspace(1) %1, i64 %4
  %6 = load i32, ptr addrspace(1) %5, align 4
  %7 = and i32 %6, 1
  %8 = icmp eq i32 %7, 0
  br i1 %8, label %9, label %17
9:                                                ; preds = %26, %3
  %10 = phi i32 [ %6, %3 ], [ %28, %26 ]
  %11 = phi i32 [ 0, %3 ], [ %27, %26 ]
  %12 = mul i32 %10, 1664525
  %13 = add i32 %12, 1013904223
  %14 = add i32 %11, 1
  %15 = and i32 %13, -1048576
  %16 = icmp eq i32 %15, 7340032
  br i1 %16, label %39, label %17
17:                                               ; preds = %3, %9
  %18 = phi i32 [ %13, %9 ], [ %6, %3 ]
  %19 = phi i32 [ %14, %9 ], [ 0, %3 ]
  %20 = lshr i32 %18, 7
  %21 = xor i32 %20, %18
  %22 = add i32 %19, 2
  %23 = and i32 %21, 15
  %24 = add nuw nsw i32 %23, 40
  %25 = icmp ult i32 %22, %24
  br i1 %25, label %26, label %39
26:                                               ; preds = %17, %31
  %27 = phi i32 [ %35, %31 ], [ %22, %17 ]
  %28 = phi i32 [ %34, %31 ], [ %21, %17 ]
  %29 = and i32 %28, 4
  %30 = icmp eq i32 %29, 0
  br i1 %30, label %31, label %9
31:                                               ; preds = %26
  %32 = add i32 %28, 77
  %33 = lshr i32 %32, 7
  %34 = xor i32 %33, %32
  %35 = add nuw nsw i32 %27, 2
  %36 = and i32 %34, 15
  %37 = add nuw nsw i32 %36, 40
  %38 = icmp ult i32 %35, %37
  br i1 %38, label %26, label %39
39:                                               ; preds = %31, %17, %9
  %40 = phi i32 [ %13, %9 ], [ %21, %17 ], [ %34, %31 ]
  %41 = phi i32 [ %14, %9 ], [ %22, %17 ], [ %35, %31 ]
  %42 = add i32 %41, %40
  %43 = getelementptr inbounds i32, ptr addrspace(1) %0, i64 %4
  store i32 %42, ptr addrspace(1) %43, align 4
  ret void
}
define dso_local void @locals(ptr addrspace(1) nocapture noundef writeonly %0, ptr addrspace(1) nocapture noundef readonly %1, i32 noundef %2) local_unnamed_addr {
  %4 = alloca [16 x i32], align 4
  call void @llvm.lifetime.start.p0(i64 64, ptr nonnull %4)
  %5 = zext i32 %2 to i64
  %6 = getelementptr inbounds i32, ptr addrspace(1) %1, i64 %5
  %7 = load i32, ptr addrspace(1) %6, align 4
  %8 = add i32 %7, 1
  br label %9
9:                                                ; preds = %3, %9
  %10 = phi i32 [ 0, %3 ], [ %14, %9 ]
  %11 = mul i32 %10, %8
  %12 = zext nneg i32 %10 to i64
  %13 = getelementptr inbounds [16 x i32], ptr %4, i64 0, i64 %12
  store i32 %11, ptr %13, align 4
  %14 = add nuw nsw i32 %10, 1
  %15 = icmp ult i32 %10, 15
  br i1 %15, label %9, label %16
16:                                               ; preds = %9, %16
  %17 = phi i32 [ %30, %16 ], [ %7, %9 ]
  %18 = phi i32 [ %31, %16 ], [ 0, %9 ]
  %19 = and i32 %17, 15
  %20 = lshr i32 %17, 4
  %21 = and i32 %20, 15
  %22 = zext nneg i32 %19 to i64
  %23 = getelementptr inbounds [16 x i32], ptr %4, i64 0, i64 %22
  %24 = load i32, ptr %23, align 4
  %25 = zext nneg i32 %21 to i64
  %26 = getelementptr inbounds [16 x i32], ptr %4, i64 0, i64 %25
  %27 = load i32, ptr %26, align 4
  %28 = add i32 %27, 1
  store i32 %28, ptr %23, align 4
  store i32 %24, ptr %26, align 4
  %29 = mul i32 %17, 1103515245
  %30 = add i32 %29, 12345
  %31 = add nuw nsw i32 %18, 1
  %32 = icmp ult i32 %18, 31
  br i1 %32, label %16, label %35
33:                                               ; preds = %35
  %34 = getelementptr inbounds i32, ptr addrspace(1) %0, i64 %5
  store i32 %42, ptr addrspace(1) %34, align 4
  call void @llvm.lifetime.end.p0(i64 64, ptr nonnull %4)
  ret void
35:                                               ; preds = %16, %35
  %36 = phi i32 [ %43, %35 ], [ 0, %16 ]
  %37 = phi i32 [ %42, %35 ], [ 0, %16 ]
  %38 = mul i32 %37, 17
  %39 = zext nneg i32 %36 to i64
  %40 = getelementptr inbounds [16 x i32], ptr %4, i64 0, i64 %39
  %41 = load i32, ptr %40, align 4
  %42 = add i32 %41, %38
  %43 = add nuw nsw i32 %36, 1
  %44 = icmp ult i32 %36, 15
  br i1 %44, label %35, label %33
}
define dso_local void @records(ptr addrspace(1) nocapture noundef writeonly %0, ptr addrspace(1) nocapture noundef readonly %1, i32 noundef %2) local_unnamed_addr {
  %4 = alloca %struct.record, align 8
  call void @llvm.lifetime.start.p0(i64 32, ptr nonnull %4)
  %5 = zext i32 %2 to i64
  %6 = getelementptr inbounds %struct.record, ptr addrspace(1) %1, i64 %5
  call void @llvm.memcpy.p0.p1.i64(ptr noundef nonnull align 8 dereferenceable(32) %4, ptr addrspace(1) noundef align 8 dereferenceable(32) %6, i64 32, i1 false)
  %7 = load i8, ptr %4, align 8
  %8 = add i8 %7, 1
  %9 = getelementptr inbounds %struct.record, ptr addrspace(1) %0, i64 %5
  store i8 %8, ptr addrspace(1) %9, align 8
  %10 = getelementptr inbounds i8, ptr %4, i64 2
  %11 = load i16, ptr %10, align 2
  %12 = mul i16 %11, 3
  %13 = getelementptr inbounds i8, ptr addrspace(1) %9, i64 2
  store i16 %12, ptr addrspace(1) %13, align 2
  %14 = getelementptr inbounds i8, ptr %4, i64 4
  %15 = load i32, ptr %14, align 4
  %16 = zext i8 %7 to i32
  %17 = xor i32 %15, %16
  %18 = getelementptr inbounds i8, ptr addrspace(1) %9, i64 4
  store i32 %17, ptr addrspace(1) %18, align 4
  %19 = getelementptr inbounds i8, ptr %4, i64 8
  %20 = load i64, ptr %19, align 8
  %21 = zext i32 %15 to i64
  %22 = add i64 %20, %21
  %23 = getelementptr inbounds i8, ptr addrspace(1) %9, i64 8
  store i64 %22, ptr addrspace(1) %23, align 8
  %24 = getelementptr inbounds i8, ptr %4, i64 16
  %25 = load float, ptr %24, align 8
  %26 = fmul float %25, 2.000000e+00
  %27 = getelementptr inbounds i8, ptr addrspace(1) %9, i64 16
  store float %26, ptr addrspace(1) %27, align 8
  %28 = getelementptr inbounds i8, ptr %4, i64 20
  %29 = getelementptr inbounds i8, ptr addrspace(1) %9, i64 20
  br label %31
30:                                               ; preds = %31
  call void @llvm.lifetime.end.p0(i64 32, ptr nonnull %4)
  ret void
31:                                               ; preds = %3, %31
  %32 = phi i32 [ 0, %3 ], [ %40, %31 ]
  %33 = sub nuw nsw i32 4, %32
  %34 = zext nneg i32 %33 to i64
  %35 = getelementptr inbounds [5 x i8], ptr %28, i64 0, i64 %34
  %36 = load i8, ptr %35, align 1
  %37 = add i8 %36, %7
  %38 = zext nneg i32 %32 to i64
  %39 = getelementptr inbounds [5 x i8], ptr addrspace(1) %29, i64 0, i64 %38
  store i8 %37, ptr addrspace(1) %39, align 1
  %40 = add nuw nsw i32 %32, 1
  %41 = icmp ult i32 %32, 4
  br i1 %41, label %31, label %30
}
declare void @llvm.memcpy.p0.p1.i64(ptr noalias nocapture writeonly, ptr addrspace(1) noalias nocapture readonly, i64, i1 immarg)
define dso_local void @mixed(ptr addrspace(1) nocapture noundef writeonly %0, ptr addrspace(1) nocapture noundef readonly %1, i32 noundef %2) local_unnamed_addr {
  %4 = alloca %union.anon, align 4
  call void @llvm.lifetime.start.p0(i64 32, ptr nonnull %4)
  %5 = zext i32 %2 to i64
  %6 = getelementptr inbounds i32, ptr addrspace(1) %1, i64 %5
  %7 = load i32, ptr addrspace(1) %6, align 4
  br label %8
8:                                                ; preds = %3, %8
  %9 = phi i32 [ 0, %3 ], [ %10, %8 ]
  %10 = add nuw nsw i32 %9, 1
  %11 = mul i32 %10, %7
  %12 = mul nuw nsw i32 %9, 16909060
  %13 = add i32 %11, %12
  %14 = zext nneg i32 %9 to i64
  %15 = getelementptr inbounds [8 x i32], ptr %4, i64 0, i64 %14
  store i32 %13, ptr %15, align 4
  %16 = icmp ult i32 %9, 7
  br i1 %16, label %8, label %17
17:                                               ; preds = %8, %17
  %18 = phi i32 [ %41, %17 ], [ %7, %8 ]
  %19 = phi i32 [ %42, %17 ], [ 0, %8 ]
  %20 = and i32 %18, 31
  %21 = lshr i32 %18, 5
  %22 = and i32 %21, 15
  %23 = zext nneg i32 %20 to i64
  %24 = getelementptr inbounds [32 x i8], ptr %4, i64 0, i64 %23
  %25 = load i8, ptr %24, align 1
  %26 = zext nneg i32 %22 to i64
  %27 = getelementptr inbounds [16 x i16], ptr %4, i64 0, i64 %26
  %28 = load i16, ptr %27, align 2
  %29 = trunc i16 %28 to i8
  %30 = add i8 %25, %29
  store i8 %30, ptr %24, align 1
  %31 = add i32 %18, 1
  %32 = and i32 %31, 31
  %33 = zext nneg i32 %32 to i64
  %34 = getelementptr inbounds [32 x i8], ptr %4, i64 0, i64 %33
  %35 = load i8, ptr %34, align 1
  %36 = zext i8 %35 to i16
  %37 = mul nuw i16 %36, 257
  %38 = load i16, ptr %27, align 2
  %39 = xor i16 %37, %38
  store i16 %39, ptr %27, align 2
  %40 = mul i32 %18, 69069
  %41 = add i32 %40, 1
  %42 = add nuw nsw i32 %19, 1
  %43 = icmp ult i32 %19, 11
  br i1 %43, label %17, label %46
44:                                               ; preds = %46
  %45 = getelementptr inbounds i32, ptr addrspace(1) %0, i64 %5
  store i32 %53, ptr addrspace(1) %45, align 4
  call void @llvm.lifetime.end.p0(i64 32, ptr nonnull %4)
  ret void
46:                                               ; preds = %17, %46
  %47 = phi i32 [ %54, %46 ], [ 0, %17 ]
  %48 = phi i32 [ %53, %46 ], [ 0, %17 ]
  %49 = mul i32 %48, 31
  %50 = zext nneg i32 %47 to i64
  %51 = getelementptr inbounds [8 x i32], ptr %4, i64 0, i64 %50
  %52 = load i32, ptr %51, align 4
  %53 = add i32 %52, %49
  %54 = add nuw nsw i32 %47, 1
  %55 = icmp ult i32 %47, 7
  br i1 %55, label %46, label %44
}
define dso_local void @pointers(ptr addrspace(1) nocapture noundef writeonly %0, ptr addrspace(1) noundef readonly %1, ptr addrspace(1) noundef readonly %2, i32 noundef %3) local_unnamed_addr {
  %5 = zext i32 %3 to i64
  %6 = getelementptr inbounds i32, ptr addrspace(1) %1, i64 %5
  %7 = load i32, ptr addrspace(1) %6, align 4
  %8 = and i32 %7, 1
  %9 = icmp eq i32 %8, 0
  %10 = select i1 %9, ptr addrspace(1) %2, ptr addrspace(1) %1
  br label %16
11:                                               ; preds = %16
  %12 = icmp eq ptr addrspace(1) %29, %1
  %13 = zext i1 %12 to i32
  %14 = add i32 %26, %13
  %15 = getelementptr inbounds i32, ptr addrspace(1) %0, i64 %5
  store i32 %14, ptr addrspace(1) %15, align 4
  ret void
16:                                               ; preds = %4, %16
  %17 = phi i32 [ 0, %4 ], [ %30, %16 ]
  %18 = phi i32 [ 0, %4 ], [ %26, %16 ]
  %19 = phi ptr addrspace(1) [ %10, %4 ], [ %29, %16 ]
  %20 = mul i32 %18, 7
  %21 = add i32 %17, %3
  %22 = and i32 %21, 63
  %23 = zext nneg i32 %22 to i64
  %24 = getelementptr inbounds i32, ptr addrspace(1) %19, i64 %23
  %25 = load i32, ptr addrspace(1) %24, align 4
  %26 = add i32 %25, %20
  %27 = and i32 %26, 4
  %28 = icmp eq i32 %27, 0
  %29 = select i1 %28, ptr addrspace(1) %2, ptr addrspace(1) %1
  %30 = add nuw nsw i32 %17, 1
  %31 = icmp ult i32 %17, 7
  br i1 %31, label %16, label %11
}
define dso_local void @table(ptr addrspace(1) nocapture noundef writeonly %0, ptr addrspace(1) nocapture noundef readonly %1, i32 noundef %2) local_unnamed_addr {
  %4 = zext i32 %2 to i64
  %5 = getelementptr inbounds i32, ptr addrspace(1) %1, i64 %4
  %6 = load i32, ptr addrspace(1) %5, align 4
  br label %9
7:                                                ; preds = %9
  %8 = getelementptr inbounds i32, ptr addrspace(1) %0, i64 %4
  store i32 %19, ptr addrspace(1) %8, align 4
  ret void
9:                                                ; preds = %3, %9
  %10 = phi i32 [ 0, %3 ], [ %20, %9 ]
  %11 = phi i32 [ 0, %3 ], [ %19, %9 ]
  %12 = mul i32 %11, 10
  %13 = shl nuw nsw i32 %10, 2
  %14 = lshr i32 %6, %13
  %15 = and i32 %14, 15
  %16 = zext nneg i32 %15 to i64
  %17 = getelementptr inbounds [16 x i32], ptr addrspace(2) @digits, i64 0, i64 %16
  %18 = load i32, ptr addrspace(2) %17, align 4
  %19 = add i32 %18, %12
  %20 = add nuw nsw i32 %10, 1
  %21 = icmp ult i32 %10, 7
  br i1 %21, label %9, label %7
}
define dso_local void @linked(ptr addrspace(1) nocapture noundef writeonly %0, ptr addrspace(1) nocapture noundef readonly %1, i32 noundef %2) local_unnamed_addr {
  %4 = alloca [5 x i32], align 4
  %5 = alloca [9 x i32], align 4
  %6 = alloca [4 x ptr], align 8
  %7 = alloca [8 x %struct.link], align 8
  %8 = zext i32 %2 to i64
  %9 = getelementptr inbounds i32, ptr addrspace(1) %1, i64 %8
  %10 = load i32, ptr addrspace(1) %9, align 4
  call void @llvm.lifetime.start.p0(i64 20, ptr nonnull %4)
  call void @llvm.lifetime.start.p0(i64 36, ptr nonnull %5)
  call void @llvm.lifetime.start.p0(i64 32, ptr nonnull %6)
  store ptr %4, ptr %6, align 8
  %11 = getelementptr inbounds i8, ptr %6, i64 8
  store ptr %5, ptr %11, align 8
  %12 = getelementptr inbounds i8, ptr %6, i64 16
  %13 = getelementptr inbounds i8, ptr %5, i64 16
  store ptr %13, ptr %12, align 8
  %14 = getelementptr inbounds i8, ptr %6, i64 24
  store ptr null, ptr %14, align 8
  call void @llvm.lifetime.start.p0(i64 192, ptr nonnull %7)
  %15 = and i32 %10, 7
  %16 = zext nneg i32 %15 to i64
  br label %21
17:                                               ; preds = %21
  %18 = lshr i32 %10, 20
  %19 = and i32 %18, 1
  %20 = add nuw nsw i32 %19, 1
  br label %34
21:                                               ; preds = %3, %21
  %22 = phi i32 [ 0, %3 ], [ %32, %21 ]
  %23 = mul nuw nsw i32 %22, 3
  %24 = add i32 %23, %10
  %25 = add nsw i32 %22, -5
  %26 = icmp ult i32 %22, 5
  %27 = select i1 %26, i32 %22, i32 %25
  %28 = zext nneg i32 %27 to i64
  %29 = getelementptr inbounds [5 x i32], ptr %4, i64 0, i64 %28
  store i32 %24, ptr %29, align 4
  %30 = zext nneg i32 %22 to i64
  %31 = getelementptr inbounds [9 x i32], ptr %5, i64 0, i64 %30
  store i32 %24, ptr %31, align 4
  %32 = add nuw nsw i32 %22, 1
  %33 = icmp ult i32 %22, 8
  br i1 %33, label %21, label %17
34:                                               ; preds = %17, %54
  %35 = phi i32 [ 0, %17 ], [ %64, %54 ]
  %36 = lshr i32 %10, %35
  %37 = zext nneg i32 %35 to i64
  %38 = getelementptr inbounds [8 x %struct.link], ptr %7, i64 0, i64 %37
  %39 = getelementptr inbounds i8, ptr %38, i64 16
  store i32 %36, ptr %39, align 8
  %40 = and i32 %35, 1
  %41 = icmp eq i32 %40, 0
  br i1 %41, label %47, label %42
42:                                               ; preds = %34
  %43 = and i32 %36, 3
  %44 = zext nneg i32 %43 to i64
  %45 = getelementptr inbounds [4 x ptr], ptr %6, i64 0, i64 %44
  %46 = load ptr, ptr %45, align 8
  br label %54
47:                                               ; preds = %34
  %48 = shl nuw nsw i32 %35, 1
  %49 = lshr i32 %10, %48
  %50 = and i32 %49, 7
  %51 = zext nneg i32 %50 to i64
  %52 = getelementptr inbounds [8 x %struct.link], ptr %7, i64 0, i64 %51, i32 2
  %53 = and i32 %36, 3
  br label %54
54:                                               ; preds = %47, %42
  %55 = phi i32 [ %53, %47 ], [ %43, %42 ]
  %56 = phi ptr [ %52, %47 ], [ %46, %42 ]
  %57 = getelementptr inbounds i8, ptr %38, i64 8
  store ptr %56, ptr %57, align 8
  %58 = icmp eq i32 %55, 3
  %59 = add nuw nsw i32 %20, %35
  %60 = and i32 %59, 7
  %61 = zext nneg i32 %60 to i64
  %62 = getelementptr inbounds [8 x %struct.link], ptr %7, i64 0, i64 %61
  %63 = select i1 %58, ptr null, ptr %62
  store ptr %63, ptr %38, align 8
  %64 = add nuw nsw i32 %35, 1
  %65 = icmp ult i32 %35, 7
  br i1 %65, label %34, label %66
66:                                               ; preds = %54
  %67 = getelementptr inbounds [8 x %struct.link], ptr %7, i64 0, i64 %16
  br label %76
68:                                               ; preds = %91
  %69 = lshr i32 %10, 8
  %70 = and i32 %69, 7
  %71 = zext nneg i32 %70 to i64
  %72 = getelementptr inbounds [8 x %struct.link], ptr %7, i64 0, i64 %71
  %73 = load ptr, ptr %72, align 8
  %74 = getelementptr inbounds i8, ptr %72, i64 8
  %75 = load ptr, ptr %74, align 8
  br label %100
76:                                               ; preds = %66, %91
  %77 = phi i32 [ %92, %91 ], [ 0, %66 ]
  %78 = phi ptr [ %94, %91 ], [ %67, %66 ]
  %79 = phi i32 [ %93, %91 ], [ 0, %66 ]
  %80 = mul i32 %77, 31
  %81 = getelementptr inbounds i8, ptr %78, i64 16
  %82 = load i32, ptr %81, align 8
  %83 = add i32 %82, %80
  %84 = getelementptr inbounds i8, ptr %78, i64 8
  %85 = load ptr, ptr %84, align 8
  %86 = icmp eq ptr %85, null
  br i1 %86, label %91, label %87
87:                                               ; preds = %76
  %88 = load i32, ptr %85, align 4
  %89 = add i32 %88, 1
  store i32 %89, ptr %85, align 4
  %90 = xor i32 %89, %83
  br label %91
91:                                               ; preds = %76, %87
  %92 = phi i32 [ %90, %87 ], [ %83, %76 ]
  %93 = add nuw nsw i32 %79, 1
  %94 = load ptr, ptr %78, align 8
  %95 = icmp ne ptr %94, null
  %96 = icmp ult i32 %79, 11
  %97 = select i1 %95, i1 %96, i1 false
  br i1 %97, label %76, label %68
98:                                               ; preds = %100
  %99 = icmp eq ptr %75, null
  br i1 %99, label %119, label %117
100:                                              ; preds = %68, %100
  %101 = phi i32 [ 0, %68 ], [ %115, %100 ]
  %102 = phi i32 [ %92, %68 ], [ %114, %100 ]
  %103 = mul i32 %102, 7
  %104 = zext nneg i32 %101 to i64
  %105 = getelementptr inbounds [9 x i32], ptr %5, i64 0, i64 %104
  %106 = load i32, ptr %105, align 4
  %107 = add i32 %106, %103
  %108 = add nsw i32 %101, -5
  %109 = icmp ult i32 %101, 5
  %110 = select i1 %109, i32 %101, i32 %108
  %111 = zext nneg i32 %110 to i64
  %112 = getelementptr inbounds [5 x i32], ptr %4, i64 0, i64 %111
  %113 = load i32, ptr %112, align 4
  %114 = add i32 %107, %113
  %115 = add nuw nsw i32 %101, 1
  %116 = icmp ult i32 %101, 8
  br i1 %116, label %100, label %98
117:                                              ; preds = %98
  %118 = load i32, ptr %75, align 4
  br label %119
119:                                              ; preds = %98, %117
  %120 = phi i32 [ %118, %117 ], [ 77, %98 ]
  %121 = icmp eq ptr %73, %7
  %122 = zext i1 %121 to i32
  %123 = add i32 %114, %122
  %124 = add i32 %123, %120
  %125 = getelementptr inbounds i32, ptr addrspace(1) %0, i64 %8
  store i32 %124, ptr addrspace(1) %125, align 4
  call void @llvm.lifetime.end.p0(i64 192, ptr nonnull %7)
  call void @llvm.lifetime.end.p0(i64 32, ptr nonnull %6)
  call void @llvm.lifetime.end.p0(i64 36, ptr nonnull %5)
  call void @llvm.lifetime.end.p0(i64 20, ptr nonnull %4)
  ret void
}
define dso_local void @wide(ptr addrspace(1) nocapture noundef writeonly %0, ptr addrspace(1) nocapture noundef readonly %1, i32 noundef %2) local_unnamed_addr {
  %4 = shl i32 %2, 1
  %5 = zext i32 %4 to i64
  %6 = getelementptr inbounds i64, ptr addrspace(1) %1, i64 %5
  %7 = load i64, ptr addrspace(1) %6, align 8
  %8 = or disjoint i32 %4, 1
  %9 = zext i32 %8 to i64
  %10 = getelementptr inbounds i64, ptr addrspace(1) %1, i64 %9
  %11 = load i64, ptr addrspace(1) %10, align 8
  %12 = shl i32 %2, 3
  %13 = zext i32 %12 to i64
  %14 = getelementptr inbounds i64, ptr addrspace(1) %0, i64 %13
  %15 = add i64 %11, %7
  store i64 %15, ptr addrspace(1) %14, align 8
  %16 = mul i64 %11, %7
  %17 = getelementptr inbounds i8, ptr addrspace(1) %14, i64 8
  store i64 %16, ptr addrspace(1) %17, align 8
  %18 = icmp eq i64 %11, 0
  br i1 %18, label %25, label %19
19:                                               ; preds = %3
  %20 = freeze i64 %7
  %21 = freeze i64 %11
  %22 = udiv i64 %20, %21
  %23 = mul i64 %22, %21
  %24 = sub i64 %20, %23
  br label %25
25:                                               ; preds = %3, %19
  %26 = phi i64 [ %22, %19 ], [ 1, %3 ]
  %27 = phi i64 [ %24, %19 ], [ 2, %3 ]
  %28 = getelementptr inbounds i8, ptr addrspace(1) %14, i64 16
  store i64 %26, ptr addrspace(1) %28, align 8
  %29 = getelementptr inbounds i8, ptr addrspace(1) %14, i64 24
  store i64 %27, ptr addrspace(1) %29, align 8
  %30 = and i64 %11, 63
  %31 = lshr i64 %7, %30
  %32 = getelementptr inbounds i8, ptr addrspace(1) %14, i64 32
  store i64 %31, ptr addrspace(1) %32, align 8
  %33 = ashr i64 %7, %30
  %34 = getelementptr inbounds i8, ptr addrspace(1) %14, i64 40
  store i64 %33, ptr addrspace(1) %34, align 8
  %35 = icmp slt i64 %7, %11
  %36 = zext i1 %35 to i64
  %37 = icmp ult i64 %7, %11
  %38 = select i1 %37, i64 2, i64 0
  %39 = or disjoint i64 %38, %36
  %40 = getelementptr inbounds i8, ptr addrspace(1) %14, i64 48
  store i64 %39, ptr addrspace(1) %40, align 8
  %41 = shl i64 %7, %30
  %42 = getelementptr inbounds i8, ptr addrspace(1) %14, i64 56
  store i64 %41, ptr addrspace(1) %42, align 8
  ret void
}
define dso_local void @floats(ptr addrspace(1) nocapture noundef writeonly %0, ptr addrspace(1) nocapture noundef readonly %1, i32 noundef %2) local_unnamed_addr {
  %4 = shl i32 %2, 1
  %5 = zext i32 %4 to i64
  %6 = getelementptr inbounds float, ptr addrspace(1) %1, i64 %5
  %7 = load float, ptr addrspace(1) %6, align 4
  %8 = or disjoint i32 %4, 1
  %9 = zext i32 %8 to i64
  %10 = getelementptr inbounds float, ptr addrspace(1) %1, i64 %9
  %11 = load float, ptr addrspace(1) %10, align 4
  %12 = shl i32 %2, 3
  %13 = zext i32 %12 to i64
  %14 = getelementptr inbounds float, ptr addrspace(1) %0, i64 %13
  %15 = fadd float %7, %11
  store float %15, ptr addrspace(1) %14, align 4
  %16 = fsub float %7, %11
  %17 = getelementptr inbounds i8, ptr addrspace(1) %14, i64 4
  store float %16, ptr addrspace(1) %17, align 4
  %18 = fmul float %7, %11
  %19 = getelementptr inbounds i8, ptr addrspace(1) %14, i64 8
  store float %18, ptr addrspace(1) %19, align 4
  %20 = fcmp olt float %7, %11
  %21 = uitofp i1 %20 to float
  %22 = getelementptr inbounds i8, ptr addrspace(1) %14, i64 12
  store float %21, ptr addrspace(1) %22, align 4
  %23 = fcmp uno float %7, 0.000000e+00
  %24 = fneg float %7
  %25 = select i1 %23, float 5.000000e+00, float %24
  %26 = getelementptr inbounds i8, ptr addrspace(1) %14, i64 16
  store float %25, ptr addrspace(1) %26, align 4
  %27 = fcmp ogt float %7, %11
  %28 = fcmp ugt float %7, %11
  %29 = xor i1 %27, %28
  %30 = select i1 %29, float 2.000000e+00, float 1.000000e+00
  %31 = getelementptr inbounds i8, ptr addrspace(1) %14, i64 20
  store float %30, ptr addrspace(1) %31, align 4
  %32 = fadd float %7, %18
  %33 = getelementptr inbounds i8, ptr addrspace(1) %14, i64 24
  store float %32, ptr addrspace(1) %33, align 4
  %34 = fcmp ult float %7, %11
  %35 = select i1 %34, float 3.000000e+00, float 4.000000e+00
  %36 = getelementptr inbounds i8, ptr addrspace(1) %14, i64 28
  store float %35, ptr addrspace(1) %36, align 4
  ret void
}
!air.version = !{!0}
!air.language_version = !{!1}
!0 = !{i32 2, i32 6, i32 0}
!1 = !{!"Metal", i32 3, i32 1, i32 0}
!2 = !{}
!12 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b0"}
!13 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b1"}
!14 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!11 = !{!12, !13, !14}
!10 = !{ptr @arith, !2, !11}
!22 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b0"}
!23 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b1"}
!24 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!21 = !{!22, !23, !24}
!20 = !{ptr @loops, !2, !21}
!32 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b0"}
!33 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b1"}
!34 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!31 = !{!32, !33, !34}
!30 = !{ptr @switches, !2, !31}
!42 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b0"}
!43 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b1"}
!44 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!41 = !{!42, !43, !44}
!40 = !{ptr @irreducible, !2, !41}
!52 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b0"}
!53 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b1"}
!54 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!51 = !{!52, !53, !54}
!50 = !{ptr @locals, !2, !51}
!62 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b0"}
!63 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b1"}
!64 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!61 = !{!62, !63, !64}
!60 = !{ptr @records, !2, !61}
!72 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b0"}
!73 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b1"}
!74 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!71 = !{!72, !73, !74}
!70 = !{ptr @mixed, !2, !71}
!82 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b0"}
!83 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b1"}
!84 = !{i32 2, !"air.buffer", !"air.location_index", i32 2, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b2"}
!85 = !{i32 3, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!81 = !{!82, !83, !84, !85}
!80 = !{ptr @pointers, !2, !81}
!92 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b0"}
!93 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b1"}
!94 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!91 = !{!92, !93, !94}
!90 = !{ptr @table, !2, !91}
!102 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b0"}
!103 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b1"}
!104 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!101 = !{!102, !103, !104}
!100 = !{ptr @linked, !2, !101}
!112 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b0"}
!113 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b1"}
!114 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!111 = !{!112, !113, !114}
!110 = !{ptr @wide, !2, !111}
!122 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b0"}
!123 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"b1"}
!124 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!121 = !{!122, !123, !124}
!120 = !{ptr @floats, !2, !121}
!air.kernel = !{!10, !20, !30, !40, !50, !60, !70, !80, !90, !100, !110, !120}
