; SPDX-License-Identifier: MIT
; Kernels over AIR intrinsics: mathematics, integers, conversions, atomics, barriers, simdgroups, textures, bfloat.
target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"

@shared = internal addrspace(3) global [64 x i32] undef, align 4
@halves = internal addrspace(3) global [64 x half] undef, align 2
@__air_sampler_state = internal addrspace(2) constant i64 -9223372036854218679

declare float @air.fast_sin.f32(float)
declare float @air.fast_pow.f32(float, float)
declare float @air.fmod.f32(float, float)
declare float @air.round.f32(float)
declare float @air.fast_fract.f32(float)
declare float @air.sign.f32(float)
declare float @air.fmax.f32(float, float)
declare float @air.fast_saturate.f32(float)
declare float @air.atan2.f32(float, float)
declare float @air.ldexp.f32(float, i32)
declare float @air.rint.f32(float)
declare float @air.fmedian3.f32(float, float, float)
declare float @air.dot.v3f32(<3 x float>, <3 x float>)

define void @math(ptr addrspace(1) %out, ptr addrspace(1) %in, i32 %id) {
  %i = shl i32 %id, 1
  %i64 = zext i32 %i to i64
  %pa = getelementptr float, ptr addrspace(1) %in, i64 %i64
  %pb = getelementptr float, ptr addrspace(1) %pa, i64 1
  %a = load float, ptr addrspace(1) %pa, align 4
  %b = load float, ptr addrspace(1) %pb, align 4
  %o64 = shl i64 %i64, 3
  %o = getelementptr float, ptr addrspace(1) %out, i64 %o64
  %r0 = call fast float @air.fast_sin.f32(float %a)
  store float %r0, ptr addrspace(1) %o, align 4
  %r1 = call fast float @air.fast_pow.f32(float %a, float %b)
  %o1 = getelementptr float, ptr addrspace(1) %o, i64 1
  store float %r1, ptr addrspace(1) %o1, align 4
  %r2 = call float @air.fmod.f32(float %a, float %b)
  %o2 = getelementptr float, ptr addrspace(1) %o, i64 2
  store float %r2, ptr addrspace(1) %o2, align 4
  %r3 = call float @air.round.f32(float %a)
  %o3 = getelementptr float, ptr addrspace(1) %o, i64 3
  store float %r3, ptr addrspace(1) %o3, align 4
  %r4 = call float @air.fast_fract.f32(float %a)
  %o4 = getelementptr float, ptr addrspace(1) %o, i64 4
  store float %r4, ptr addrspace(1) %o4, align 4
  %r5 = call float @air.sign.f32(float %a)
  %o5 = getelementptr float, ptr addrspace(1) %o, i64 5
  store float %r5, ptr addrspace(1) %o5, align 4
  %r6 = call float @air.fmax.f32(float %a, float %b)
  %o6 = getelementptr float, ptr addrspace(1) %o, i64 6
  store float %r6, ptr addrspace(1) %o6, align 4
  %r7 = call float @air.fast_saturate.f32(float %a)
  %o7 = getelementptr float, ptr addrspace(1) %o, i64 7
  store float %r7, ptr addrspace(1) %o7, align 4
  %r8 = call float @air.atan2.f32(float %a, float %b)
  %o8 = getelementptr float, ptr addrspace(1) %o, i64 8
  store float %r8, ptr addrspace(1) %o8, align 4
  %r9 = call float @air.ldexp.f32(float %a, i32 3)
  %o9 = getelementptr float, ptr addrspace(1) %o, i64 9
  store float %r9, ptr addrspace(1) %o9, align 4
  %r10 = call float @air.rint.f32(float %a)
  %o10 = getelementptr float, ptr addrspace(1) %o, i64 10
  store float %r10, ptr addrspace(1) %o10, align 4
  %r11 = call float @air.fmedian3.f32(float %a, float %b, float 1.0)
  %o11 = getelementptr float, ptr addrspace(1) %o, i64 11
  store float %r11, ptr addrspace(1) %o11, align 4
  %v0 = insertelement <3 x float> <float 1.0, float 2.0, float 3.0>, float %a, i64 0
  %v1 = insertelement <3 x float> <float 1.0, float 2.0, float 3.0>, float %b, i64 2
  %r12 = call float @air.dot.v3f32(<3 x float> %v0, <3 x float> %v1)
  %o12 = getelementptr float, ptr addrspace(1) %o, i64 12
  store float %r12, ptr addrspace(1) %o12, align 4
  ret void
}

declare i32 @air.clz.i32(i32, i1)
declare i32 @air.ctz.i32(i32, i1)
declare i32 @air.popcount.i32(i32)
declare i32 @air.reverse_bits.i32(i32)
declare i32 @air.mul_hi.u.i32(i32, i32)
declare i32 @air.mul_hi.s.i32(i32, i32)
declare i32 @air.add_sat.s.i32(i32, i32)
declare i32 @air.sub_sat.u.i32(i32, i32)
declare i32 @air.abs_diff.s.i32(i32, i32)
declare i32 @air.rotate.i32(i32, i32)
declare i32 @air.extract_bits.s.i32(i32, i32, i32)
declare i32 @air.insert_bits.u.i32(i32, i32, i32, i32)
declare i32 @air.clamp.s.i32(i32, i32, i32)
declare i16 @air.clz.i16(i16, i1)
declare i64 @air.popcount.i64(i64)
declare i32 @air.hadd.u.i32(i32, i32)

; Known bits say that both amounts are out of range, of the second one only once the function is inlined.
define internal fastcc i32 @shifted(i32 %x, i32 %y, i32 %z) {
  %y3 = and i32 %y, 3
  %n = xor i32 %y3, 256
  %r = ashr i32 %x, %n
  %s = shl i32 %r, %z
  ret i32 %s
}

define void @shifts(ptr addrspace(1) %out, ptr addrspace(1) %in, i32 %id) {
  %i = shl i32 %id, 1
  %i64 = zext i32 %i to i64
  %pa = getelementptr i32, ptr addrspace(1) %in, i64 %i64
  %pb = getelementptr i32, ptr addrspace(1) %pa, i64 1
  %a = load i32, ptr addrspace(1) %pa, align 4
  %b = load i32, ptr addrspace(1) %pb, align 4
  %s = call fastcc i32 @shifted(i32 %a, i32 %b, i32 35)
  %v0 = insertelement <2 x i32> undef, i32 %a, i32 0
  %v = insertelement <2 x i32> %v0, i32 %b, i32 1
  %w = lshr <2 x i32> %v, <i32 36, i32 63>
  %w0 = extractelement <2 x i32> %w, i32 0
  %w1 = extractelement <2 x i32> %w, i32 1
  %slot = and i32 %s, 8
  %o = getelementptr i32, ptr addrspace(1) %out, i32 %slot
  store i32 %s, ptr addrspace(1) %o, align 4
  %o1 = getelementptr i32, ptr addrspace(1) %o, i64 1
  store i32 %w0, ptr addrspace(1) %o1, align 4
  %o2 = getelementptr i32, ptr addrspace(1) %o, i64 2
  store i32 %w1, ptr addrspace(1) %o2, align 4
  ret void
}

; Divisors that the passes can see, most of them only once the helper is inlined.
define internal fastcc i32 @divided(i32 %x, i32 %y) {
entry:
  %q = udiv i32 %x, %y
  %r = srem i32 %x, %y
  %few = icmp ult i32 %q, 10
  br i1 %few, label %less, label %more
less:
  %l = add i32 %r, 1
  br label %end
more:
  %m = add i32 %r, 2
  br label %end
end:
  %v = phi i32 [ %l, %less ], [ %m, %more ]
  ret i32 %v
}

define internal fastcc i32 @negated(i32 %x, i32 %y) {
  %q = sdiv i32 %x, %y
  %r = srem i32 %x, %y
  %n = xor i32 %q, %r
  ret i32 %n
}

define void @divisors(ptr addrspace(1) %out, ptr addrspace(1) %in, i32 %id) {
  %i = shl i32 %id, 1
  %i64 = zext i32 %i to i64
  %pa = getelementptr i32, ptr addrspace(1) %in, i64 %i64
  %pb = getelementptr i32, ptr addrspace(1) %pa, i64 1
  %a = load i32, ptr addrspace(1) %pa, align 4
  %b = load i32, ptr addrspace(1) %pb, align 4
  %d = call fastcc i32 @divided(i32 %a, i32 0)
  %n = call fastcc i32 @negated(i32 -2147483648, i32 -1)
  %nd = call fastcc i32 @negated(i32 %b, i32 -1)
  %v0 = insertelement <2 x i32> undef, i32 %a, i32 0
  %v = insertelement <2 x i32> %v0, i32 %b, i32 1
  %w = udiv <2 x i32> %v, <i32 0, i32 3>
  %w0 = extractelement <2 x i32> %w, i32 0
  %w1 = extractelement <2 x i32> %w, i32 1
  %u = urem <2 x i32> %v, <i32 3, i32 0>
  %u0 = extractelement <2 x i32> %u, i32 0
  %slot = shl i32 %d, 3
  %o = getelementptr i32, ptr addrspace(1) %out, i32 %slot
  store i32 %d, ptr addrspace(1) %o, align 4
  %o1 = getelementptr i32, ptr addrspace(1) %o, i64 1
  store i32 %n, ptr addrspace(1) %o1, align 4
  %o2 = getelementptr i32, ptr addrspace(1) %o, i64 2
  store i32 %nd, ptr addrspace(1) %o2, align 4
  %o3 = getelementptr i32, ptr addrspace(1) %o, i64 3
  store i32 %w0, ptr addrspace(1) %o3, align 4
  %o4 = getelementptr i32, ptr addrspace(1) %o, i64 4
  store i32 %w1, ptr addrspace(1) %o4, align 4
  %o5 = getelementptr i32, ptr addrspace(1) %o, i64 5
  store i32 %u0, ptr addrspace(1) %o5, align 4
  ret void
}

; Of a half, LLVM's passes know a range that its infinities are not in; of a constant that is too large, nothing.
define internal fastcc i32 @truncated(half %h, float %f) {
  %i = fptosi half %h to i32
  %c = icmp slt i32 %i, 628320249
  br i1 %c, label %below, label %above
below:
  br label %end
above:
  br label %end
end:
  %v = phi i32 [ 1, %below ], [ 2, %above ]
  %j = fptosi float %f to i32
  %k = lshr i32 %j, 29
  %s = shl i32 %k, 2
  %r = add i32 %v, %s
  ret i32 %r
}

define void @ranges(ptr addrspace(1) %out, ptr addrspace(1) %in, i32 %id) {
  %a = load half, ptr addrspace(1) %in, align 2
  %r = call fastcc i32 @truncated(half %a, float 0x4415AF1D80000000)
  %n = call fastcc i32 @truncated(half %a, float 0xC415AF1D80000000)
  %u = fptoui half %a to i16
  %z = zext i16 %u to i32
  store i32 %r, ptr addrspace(1) %out, align 4
  %o1 = getelementptr i32, ptr addrspace(1) %out, i64 1
  store i32 %n, ptr addrspace(1) %o1, align 4
  %o2 = getelementptr i32, ptr addrspace(1) %out, i64 2
  store i32 %z, ptr addrspace(1) %o2, align 4
  ret void
}

; A lane that a wide vector lacks is its last one.
define void @lanes(ptr addrspace(1) %out, ptr addrspace(1) %in, i32 %id) {
  %v = load <8 x i32>, ptr addrspace(1) %in, align 4
  %x = extractelement <8 x i32> %v, i64 1000000000
  %w = insertelement <8 x i32> %v, i32 %x, i64 3
  %dead = insertelement <8 x i32> %v, i32 %x, i64 77
  %p = select i1 true, <8 x i32> %w, <8 x i32> %dead
  %y = extractelement <8 x i32> %p, i64 6
  %z = extractelement <8 x i32> %p, i64 3
  store i32 %y, ptr addrspace(1) %out, align 4
  %o1 = getelementptr i32, ptr addrspace(1) %out, i64 1
  store i32 %z, ptr addrspace(1) %o1, align 4
  ret void
}

define void @integers(ptr addrspace(1) %out, ptr addrspace(1) %in, i32 %id) {
  %i = shl i32 %id, 1
  %i64 = zext i32 %i to i64
  %pa = getelementptr i32, ptr addrspace(1) %in, i64 %i64
  %pb = getelementptr i32, ptr addrspace(1) %pa, i64 1
  %a = load i32, ptr addrspace(1) %pa, align 4
  %b = load i32, ptr addrspace(1) %pb, align 4
  %o64 = shl i64 %i64, 3
  %o = getelementptr i32, ptr addrspace(1) %out, i64 %o64
  %r0 = call i32 @air.clz.i32(i32 %a, i1 false)
  store i32 %r0, ptr addrspace(1) %o, align 4
  %r1 = call i32 @air.ctz.i32(i32 %a, i1 false)
  %o1 = getelementptr i32, ptr addrspace(1) %o, i64 1
  store i32 %r1, ptr addrspace(1) %o1, align 4
  %r2 = call i32 @air.popcount.i32(i32 %a)
  %o2 = getelementptr i32, ptr addrspace(1) %o, i64 2
  store i32 %r2, ptr addrspace(1) %o2, align 4
  %r3 = call i32 @air.reverse_bits.i32(i32 %a)
  %o3 = getelementptr i32, ptr addrspace(1) %o, i64 3
  store i32 %r3, ptr addrspace(1) %o3, align 4
  %r4 = call i32 @air.mul_hi.u.i32(i32 %a, i32 %b)
  %o4 = getelementptr i32, ptr addrspace(1) %o, i64 4
  store i32 %r4, ptr addrspace(1) %o4, align 4
  %r5 = call i32 @air.mul_hi.s.i32(i32 %a, i32 %b)
  %o5 = getelementptr i32, ptr addrspace(1) %o, i64 5
  store i32 %r5, ptr addrspace(1) %o5, align 4
  %r6 = call i32 @air.add_sat.s.i32(i32 %a, i32 %b)
  %o6 = getelementptr i32, ptr addrspace(1) %o, i64 6
  store i32 %r6, ptr addrspace(1) %o6, align 4
  %r7 = call i32 @air.sub_sat.u.i32(i32 %a, i32 %b)
  %o7 = getelementptr i32, ptr addrspace(1) %o, i64 7
  store i32 %r7, ptr addrspace(1) %o7, align 4
  %r8 = call i32 @air.abs_diff.s.i32(i32 %a, i32 %b)
  %o8 = getelementptr i32, ptr addrspace(1) %o, i64 8
  store i32 %r8, ptr addrspace(1) %o8, align 4
  %r9 = call i32 @air.rotate.i32(i32 %a, i32 %b)
  %o9 = getelementptr i32, ptr addrspace(1) %o, i64 9
  store i32 %r9, ptr addrspace(1) %o9, align 4
  %r10 = call i32 @air.extract_bits.s.i32(i32 %a, i32 5, i32 7)
  %o10 = getelementptr i32, ptr addrspace(1) %o, i64 10
  store i32 %r10, ptr addrspace(1) %o10, align 4
  %r11 = call i32 @air.insert_bits.u.i32(i32 %a, i32 %b, i32 5, i32 7)
  %o11 = getelementptr i32, ptr addrspace(1) %o, i64 11
  store i32 %r11, ptr addrspace(1) %o11, align 4
  %r12 = call i32 @air.clamp.s.i32(i32 %a, i32 -100, i32 %b)
  %o12 = getelementptr i32, ptr addrspace(1) %o, i64 12
  store i32 %r12, ptr addrspace(1) %o12, align 4
  %a16 = trunc i32 %a to i16
  %c16 = call i16 @air.clz.i16(i16 %a16, i1 false)
  %r13 = zext i16 %c16 to i32
  %o13 = getelementptr i32, ptr addrspace(1) %o, i64 13
  store i32 %r13, ptr addrspace(1) %o13, align 4
  %la = zext i32 %a to i64
  %lb = zext i32 %b to i64
  %ls = shl i64 %la, 32
  %lo = or i64 %ls, %lb
  %lp = call i64 @air.popcount.i64(i64 %lo)
  %r14 = trunc i64 %lp to i32
  %o14 = getelementptr i32, ptr addrspace(1) %o, i64 14
  store i32 %r14, ptr addrspace(1) %o14, align 4
  %r15 = call i32 @air.hadd.u.i32(i32 %a, i32 %b)
  %o15 = getelementptr i32, ptr addrspace(1) %o, i64 15
  store i32 %r15, ptr addrspace(1) %o15, align 4
  ret void
}

declare i32 @air.convert.s.i32.f.f32(float)
declare i32 @air.convert.u.i32.f.f32(float)
declare i8 @air.convert.u.i8.f.f32(float)
declare half @air.convert.f.f16.f.f32(float)
declare float @air.convert.f.f32.u.i32(i32)
declare bfloat @air.convert.f.bf16.f.f32(float)

define void @conversions(ptr addrspace(1) %out, ptr addrspace(1) %in, i32 %id) {
  %i64 = zext i32 %id to i64
  %pa = getelementptr float, ptr addrspace(1) %in, i64 %i64
  %a = load float, ptr addrspace(1) %pa, align 4
  %o64 = shl i64 %i64, 3
  %o = getelementptr i32, ptr addrspace(1) %out, i64 %o64
  %r0 = call i32 @air.convert.s.i32.f.f32(float %a)
  store i32 %r0, ptr addrspace(1) %o, align 4
  %r1 = call i32 @air.convert.u.i32.f.f32(float %a)
  %o1 = getelementptr i32, ptr addrspace(1) %o, i64 1
  store i32 %r1, ptr addrspace(1) %o1, align 4
  %b8 = call i8 @air.convert.u.i8.f.f32(float %a)
  %r2 = zext i8 %b8 to i32
  %o2 = getelementptr i32, ptr addrspace(1) %o, i64 2
  store i32 %r2, ptr addrspace(1) %o2, align 4
  %h = call half @air.convert.f.f16.f.f32(float %a)
  %hf = fpext half %h to float
  %o3 = getelementptr i32, ptr addrspace(1) %o, i64 3
  store float %hf, ptr addrspace(1) %o3, align 4
  %f = call float @air.convert.f.f32.u.i32(i32 %r1)
  %o4 = getelementptr i32, ptr addrspace(1) %o, i64 4
  store float %f, ptr addrspace(1) %o4, align 4
  %bf = call bfloat @air.convert.f.bf16.f.f32(float %a)
  %bs = fmul bfloat %bf, 0xR4000
  %bx = fpext bfloat %bs to float
  %o5 = getelementptr i32, ptr addrspace(1) %o, i64 5
  store float %bx, ptr addrspace(1) %o5, align 4
  ret void
}

declare void @air.wg.barrier(i32, i32) convergent

; Sum of a threadgroup of 64 by a tree in threadgroup memory.
define void @reduce(ptr addrspace(1) %out, ptr addrspace(1) %in, i32 %id, i32 %t, i32 %g) {
entry:
  %i64 = zext i32 %id to i64
  %pa = getelementptr i32, ptr addrspace(1) %in, i64 %i64
  %a = load i32, ptr addrspace(1) %pa, align 4
  %t64 = zext i32 %t to i64
  %s = getelementptr [64 x i32], ptr addrspace(3) @shared, i64 0, i64 %t64
  store i32 %a, ptr addrspace(3) %s, align 4
  br label %loop
loop:
  %n = phi i32 [ 32, %entry ], [ %half, %next ]
  call void @air.wg.barrier(i32 2, i32 1) convergent
  %active = icmp ult i32 %t, %n
  br i1 %active, label %add, label %next
add:
  %j = add i32 %t, %n
  %j64 = zext i32 %j to i64
  %q = getelementptr [64 x i32], ptr addrspace(3) @shared, i64 0, i64 %j64
  %x = load i32, ptr addrspace(3) %q, align 4
  %y = load i32, ptr addrspace(3) %s, align 4
  %z = add i32 %x, %y
  store i32 %z, ptr addrspace(3) %s, align 4
  br label %next
next:
  %half = lshr i32 %n, 1
  %more = icmp ne i32 %half, 0
  br i1 %more, label %loop, label %end
end:
  %first = icmp eq i32 %t, 0
  br i1 %first, label %write, label %done
write:
  %r = load i32, ptr addrspace(3) @shared, align 4
  %g64 = zext i32 %g to i64
  %po = getelementptr i32, ptr addrspace(1) %out, i64 %g64
  store i32 %r, ptr addrspace(1) %po, align 4
  br label %done
done:
  ret void
}

; Threads exchange halves, read back as pairs, through a threadgroup argument and a global.
define void @exchange(ptr addrspace(1) %out, ptr addrspace(1) %in, ptr addrspace(3) %arg, i32 %t) {
  %t64 = zext i32 %t to i64
  %pa = getelementptr float, ptr addrspace(1) %in, i64 %t64
  %a = load float, ptr addrspace(1) %pa, align 4
  %h = fptrunc float %a to half
  %s = getelementptr [64 x half], ptr addrspace(3) @halves, i64 0, i64 %t64
  store half %h, ptr addrspace(3) %s, align 2
  %w = getelementptr float, ptr addrspace(3) %arg, i64 %t64
  store float %a, ptr addrspace(3) %w, align 4
  call void @air.wg.barrier(i32 2, i32 1) convergent
  %e = and i32 %t, -2
  %r = sub i32 62, %e
  %r64 = zext i32 %r to i64
  %q = getelementptr [64 x half], ptr addrspace(3) @halves, i64 0, i64 %r64
  %v = load <2 x half>, ptr addrspace(3) %q, align 4
  %v0 = extractelement <2 x half> %v, i64 0
  %v1 = extractelement <2 x half> %v, i64 1
  %sum = fadd half %v0, %v1
  %f = fpext half %sum to float
  %k = sub i32 63, %t
  %k64 = zext i32 %k to i64
  %wq = getelementptr float, ptr addrspace(3) %arg, i64 %k64
  %x = load float, ptr addrspace(3) %wq, align 4
  %y = fadd float %x, %f
  %po = getelementptr float, ptr addrspace(1) %out, i64 %t64
  store float %y, ptr addrspace(1) %po, align 4
  ret void
}

declare i32 @air.atomic.global.add.u.i32(ptr addrspace(1), i32, i32, i32, i1)
declare i32 @air.atomic.global.max.s.i32(ptr addrspace(1), i32, i32, i32, i1)
declare float @air.atomic.global.add.f32(ptr addrspace(1), float, i32, i32, i1)
declare i32 @air.atomic.global.cmpxchg.weak.i32(ptr addrspace(1), ptr, i32, i32, i32, i32, i1)
declare i32 @air.atomic.local.add.u.i32(ptr addrspace(3), i32, i32, i32, i1)

; Counters: 0 sum, 1 signed maximum, 2 float sum, 3 a counter advanced by compare and exchange, 4 sum through threadgroup memory.
define void @atomics(ptr addrspace(1) %out, ptr addrspace(1) %in, i32 %id, i32 %t) {
entry:
  %expected = alloca i32, align 4
  %i64 = zext i32 %id to i64
  %pa = getelementptr i32, ptr addrspace(1) %in, i64 %i64
  %a = load i32, ptr addrspace(1) %pa, align 4
  %r0 = call i32 @air.atomic.global.add.u.i32(ptr addrspace(1) %out, i32 %a, i32 0, i32 2, i1 true)
  %p1 = getelementptr i32, ptr addrspace(1) %out, i64 1
  %r1 = call i32 @air.atomic.global.max.s.i32(ptr addrspace(1) %p1, i32 %a, i32 0, i32 2, i1 true)
  %p2 = getelementptr i32, ptr addrspace(1) %out, i64 2
  %r2 = call float @air.atomic.global.add.f32(ptr addrspace(1) %p2, float 1.0, i32 0, i32 2, i1 true)
  %first = icmp eq i32 %t, 0
  br i1 %first, label %clear, label %ready
clear:
  store i32 0, ptr addrspace(3) @shared, align 4
  br label %ready
ready:
  call void @air.wg.barrier(i32 2, i32 1) convergent
  %r4 = call i32 @air.atomic.local.add.u.i32(ptr addrspace(3) @shared, i32 %a, i32 0, i32 1, i1 true)
  call void @air.wg.barrier(i32 2, i32 1) convergent
  br i1 %first, label %flush, label %spin
flush:
  %s = load i32, ptr addrspace(3) @shared, align 4
  %p4 = getelementptr i32, ptr addrspace(1) %out, i64 4
  %r5 = call i32 @air.atomic.global.add.u.i32(ptr addrspace(1) %p4, i32 %s, i32 0, i32 2, i1 true)
  br label %spin
spin:
  store i32 0, ptr %expected, align 4
  br label %try
try:
  %p3 = getelementptr i32, ptr addrspace(1) %out, i64 3
  %want = load i32, ptr %expected, align 4
  %next = add i32 %want, 3
  %old = call i32 @air.atomic.global.cmpxchg.weak.i32(ptr addrspace(1) %p3, ptr %expected, i32 %next, i32 0, i32 0, i32 2, i1 true)
  %done = icmp eq i32 %old, %want
  br i1 %done, label %end, label %try
end:
  ret void
}

declare float @air.simd_sum.f32(float) convergent
declare i32 @air.simd_shuffle_down.u.i32(i32, i16) convergent
declare i32 @air.simd_shuffle_xor.u.i32(i32, i16) convergent
declare i32 @air.simd_prefix_exclusive_sum.u.i32(i32) convergent
declare i64 @air.simd_ballot.i64(i1) convergent
declare i32 @air.quad_sum.u.i32(i32) convergent

; Seven results per thread: lane, sum, shuffle down 1, shuffle xor 1, exclusive sum, ballot of odd lanes (low word), quad sum.
define void @simd(ptr addrspace(1) %out, i32 %id, i32 %lane) {
  %i64 = zext i32 %id to i64
  %o64 = shl i64 %i64, 3
  %o = getelementptr i32, ptr addrspace(1) %out, i64 %o64
  store i32 %lane, ptr addrspace(1) %o, align 4
  %f = uitofp i32 %lane to float
  %s = call float @air.simd_sum.f32(float %f) convergent
  %o1 = getelementptr i32, ptr addrspace(1) %o, i64 1
  store float %s, ptr addrspace(1) %o1, align 4
  %x = mul i32 %lane, 3
  %d = call i32 @air.simd_shuffle_down.u.i32(i32 %x, i16 1) convergent
  %o2 = getelementptr i32, ptr addrspace(1) %o, i64 2
  store i32 %d, ptr addrspace(1) %o2, align 4
  %r3 = call i32 @air.simd_shuffle_xor.u.i32(i32 %x, i16 1) convergent
  %o3 = getelementptr i32, ptr addrspace(1) %o, i64 3
  store i32 %r3, ptr addrspace(1) %o3, align 4
  %r4 = call i32 @air.simd_prefix_exclusive_sum.u.i32(i32 %lane) convergent
  %o4 = getelementptr i32, ptr addrspace(1) %o, i64 4
  store i32 %r4, ptr addrspace(1) %o4, align 4
  %odd = trunc i32 %lane to i1
  %b = call i64 @air.simd_ballot.i64(i1 %odd) convergent
  %b32 = trunc i64 %b to i32
  %o5 = getelementptr i32, ptr addrspace(1) %o, i64 5
  store i32 %b32, ptr addrspace(1) %o5, align 4
  %r6 = call i32 @air.quad_sum.u.i32(i32 %lane) convergent
  %o6 = getelementptr i32, ptr addrspace(1) %o, i64 6
  store i32 %r6, ptr addrspace(1) %o6, align 4
  ret void
}

declare { <4 x float>, i8 } @air.read_texture_2d.v4f32(ptr addrspace(1), <2 x i32>, i32, i32)
declare { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i1, <2 x i32>, i1, float, float, i32)
declare void @air.write_texture_2d.v4f32(ptr addrspace(1), <2 x i32>, <4 x float>, i32, i32)
declare i32 @air.get_width_texture_2d(ptr addrspace(1), i32)
declare i32 @air.get_height_texture_2d(ptr addrspace(1), i32)

; Read, sample with an argument sampler and with a constexpr one in texel coordinates, write the mirrored texel.
define void @texture(ptr addrspace(1) %src, ptr addrspace(1) %dst, ptr addrspace(2) %smp, ptr addrspace(1) %out, <2 x i32> %pos) {
  %w = call i32 @air.get_width_texture_2d(ptr addrspace(1) %src, i32 0)
  %h = call i32 @air.get_height_texture_2d(ptr addrspace(1) %src, i32 0)
  %x = extractelement <2 x i32> %pos, i64 0
  %y = extractelement <2 x i32> %pos, i64 1
  %w1 = sub i32 %w, 1
  %mx = sub i32 %w1, %x
  %mpos = insertelement <2 x i32> %pos, i32 %mx, i64 0
  %t = call { <4 x float>, i8 } @air.read_texture_2d.v4f32(ptr addrspace(1) %src, <2 x i32> %mpos, i32 0, i32 1)
  %tv = extractvalue { <4 x float>, i8 } %t, 0
  call void @air.write_texture_2d.v4f32(ptr addrspace(1) %dst, <2 x i32> %pos, <4 x float> %tv, i32 0, i32 2)
  %fpos = uitofp <2 x i32> %pos to <2 x float>
  %centre = fadd <2 x float> %fpos, <float 5.000000e-01, float 5.000000e-01>
  %c = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %src, ptr addrspace(2) @__air_sampler_state, <2 x float> %centre, i1 true, <2 x i32> zeroinitializer, i1 false, float 0.0, float 0.0, i32 0)
  %cv = extractvalue { <4 x float>, i8 } %c, 0
  %fw = uitofp i32 %w to float
  %fh = uitofp i32 %h to float
  %s0 = insertelement <2 x float> undef, float %fw, i64 0
  %size = insertelement <2 x float> %s0, float %fh, i64 1
  %edge = fdiv <2 x float> %fpos, %size
  %n = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %src, ptr addrspace(2) %smp, <2 x float> %edge, i1 true, <2 x i32> zeroinitializer, i1 true, float 0.0, float 0.0, i32 0)
  %nv = extractvalue { <4 x float>, i8 } %n, 0
  %row = mul i32 %y, %w
  %at = add i32 %row, %x
  %at64 = zext i32 %at to i64
  %at2 = shl i64 %at64, 1
  %o = getelementptr <4 x float>, ptr addrspace(1) %out, i64 %at2
  store <4 x float> %cv, ptr addrspace(1) %o, align 16
  %o1 = getelementptr <4 x float>, ptr addrspace(1) %o, i64 1
  store <4 x float> %nv, ptr addrspace(1) %o1, align 16
  ret void
}

; Three-lane vectors keep the fourth lane's bytes; packed ones are aligned to their lanes only.
define void @vec3(ptr addrspace(1) %out, ptr addrspace(1) %in, i32 %id) {
  %i64 = zext i32 %id to i64
  %pa = getelementptr <3 x float>, ptr addrspace(1) %in, i64 %i64
  %a = load <3 x float>, ptr addrspace(1) %pa, align 16
  %b = fadd <3 x float> %a, <float 1.0, float 2.0, float 3.0>
  %po = getelementptr <3 x float>, ptr addrspace(1) %out, i64 %i64
  store <3 x float> %b, ptr addrspace(1) %po, align 16
  %packed = getelementptr i8, ptr addrspace(1) %out, i64 1024
  %pp = getelementptr [3 x float], ptr addrspace(1) %packed, i64 %i64
  store <3 x float> %b, ptr addrspace(1) %pp, align 4
  %bytes = getelementptr i8, ptr addrspace(1) %out, i64 2049
  %pb = getelementptr i32, ptr addrspace(1) %bytes, i64 %i64
  %w = bitcast <3 x float> %b to <3 x i32>
  %w0 = extractelement <3 x i32> %w, i64 0
  store i32 %w0, ptr addrspace(1) %pb, align 1
  ret void
}

declare i32 @air.pack.unorm4x8.v4f32(<4 x float>)
declare i32 @air.pack.snorm2x16.v2f32(<2 x float>)
declare i32 @air.pack.unorm.rgb10a2.v4f32(<4 x float>)
declare i32 @air.pack.unorm.rg11b10f.v3f32(<3 x float>)
declare i32 @air.pack.unorm.rgb9e5.v3f32(<3 x float>)
declare i16 @air.pack.unorm.rgb565.v3f32(<3 x float>)
declare i32 @air.pack.unorm4x8.srgb.v4f32(<4 x float>)
declare <4 x float> @air.unpack.unorm4x8.v4f32(i32)
declare <2 x float> @air.unpack.snorm2x16.v2f32(i32)
declare <4 x float> @air.unpack.unorm.rgb10a2.v4f32(i32)
declare <3 x float> @air.unpack.unorm.rg11b10f.v3f32(i32)
declare <3 x float> @air.unpack.unorm.rgb9e5.v3f32(i32)
declare <3 x float> @air.unpack.unorm.rgb565.v3f32(i16)
declare <4 x float> @air.unpack.unorm4x8.srgb.v4f32(i32)

; Every format packed and unpacked again: seven words, then seven vectors.
define void @packing(ptr addrspace(1) %out, ptr addrspace(1) %in, i32 %id) {
  %v4 = load <4 x float>, ptr addrspace(1) %in, align 16
  %v3 = shufflevector <4 x float> %v4, <4 x float> undef, <3 x i32> <i32 0, i32 1, i32 2>
  %v2 = shufflevector <4 x float> %v4, <4 x float> undef, <2 x i32> <i32 0, i32 1>
  %p0 = call i32 @air.pack.unorm4x8.v4f32(<4 x float> %v4)
  %p1 = call i32 @air.pack.snorm2x16.v2f32(<2 x float> %v2)
  %p2 = call i32 @air.pack.unorm.rgb10a2.v4f32(<4 x float> %v4)
  %p3 = call i32 @air.pack.unorm.rg11b10f.v3f32(<3 x float> %v3)
  %p4 = call i32 @air.pack.unorm.rgb9e5.v3f32(<3 x float> %v3)
  %p5s = call i16 @air.pack.unorm.rgb565.v3f32(<3 x float> %v3)
  %p5 = zext i16 %p5s to i32
  %p6 = call i32 @air.pack.unorm4x8.srgb.v4f32(<4 x float> %v4)
  store i32 %p0, ptr addrspace(1) %out, align 4
  %o1 = getelementptr i32, ptr addrspace(1) %out, i64 1
  store i32 %p1, ptr addrspace(1) %o1, align 4
  %o2 = getelementptr i32, ptr addrspace(1) %out, i64 2
  store i32 %p2, ptr addrspace(1) %o2, align 4
  %o3 = getelementptr i32, ptr addrspace(1) %out, i64 3
  store i32 %p3, ptr addrspace(1) %o3, align 4
  %o4 = getelementptr i32, ptr addrspace(1) %out, i64 4
  store i32 %p4, ptr addrspace(1) %o4, align 4
  %o5 = getelementptr i32, ptr addrspace(1) %out, i64 5
  store i32 %p5, ptr addrspace(1) %o5, align 4
  %o6 = getelementptr i32, ptr addrspace(1) %out, i64 6
  store i32 %p6, ptr addrspace(1) %o6, align 4
  %u0 = call <4 x float> @air.unpack.unorm4x8.v4f32(i32 %p0)
  %u1 = call <2 x float> @air.unpack.snorm2x16.v2f32(i32 %p1)
  %u2 = call <4 x float> @air.unpack.unorm.rgb10a2.v4f32(i32 %p2)
  %u3 = call <3 x float> @air.unpack.unorm.rg11b10f.v3f32(i32 %p3)
  %u4 = call <3 x float> @air.unpack.unorm.rgb9e5.v3f32(i32 %p4)
  %u5 = call <3 x float> @air.unpack.unorm.rgb565.v3f32(i16 %p5s)
  %u6 = call <4 x float> @air.unpack.unorm4x8.srgb.v4f32(i32 %p6)
  %q0 = getelementptr <4 x float>, ptr addrspace(1) %out, i64 2
  store <4 x float> %u0, ptr addrspace(1) %q0, align 16
  %q1 = getelementptr <4 x float>, ptr addrspace(1) %out, i64 3
  store <2 x float> %u1, ptr addrspace(1) %q1, align 16
  %q2 = getelementptr <4 x float>, ptr addrspace(1) %out, i64 4
  store <4 x float> %u2, ptr addrspace(1) %q2, align 16
  %q3 = getelementptr <4 x float>, ptr addrspace(1) %out, i64 5
  store <3 x float> %u3, ptr addrspace(1) %q3, align 16
  %q4 = getelementptr <4 x float>, ptr addrspace(1) %out, i64 6
  store <3 x float> %u4, ptr addrspace(1) %q4, align 16
  %q5 = getelementptr <4 x float>, ptr addrspace(1) %out, i64 7
  store <3 x float> %u5, ptr addrspace(1) %q5, align 16
  %q6 = getelementptr <4 x float>, ptr addrspace(1) %out, i64 8
  store <4 x float> %u6, ptr addrspace(1) %q6, align 16
  ret void
}

; A kernel that fetches its input as stage-in attributes.
define void @stage_in(<4 x float> %a, <3 x i32> %b, ptr addrspace(1) %out, i32 %id) {
  %i64 = zext i32 %id to i64
  %o64 = shl i64 %i64, 1
  %o = getelementptr <4 x float>, ptr addrspace(1) %out, i64 %o64
  store <4 x float> %a, ptr addrspace(1) %o, align 16
  %o1 = getelementptr <4 x float>, ptr addrspace(1) %o, i64 1
  store <3 x i32> %b, ptr addrspace(1) %o1, align 16
  ret void
}

!air.version = !{!0}
!air.language_version = !{!1}
!air.sampler_states = !{!3}
!0 = !{i32 2, i32 6, i32 0}
!1 = !{!"Metal", i32 3, i32 1, i32 0}
!2 = !{}
!3 = !{!"air.sampler_state", ptr addrspace(2) @__air_sampler_state}
!4 = !{i32 0, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"out"}
!5 = !{i32 1, !"air.buffer", !"air.location_index", i32 1, i32 1, !"air.read", !"air.address_space", i32 1, !"air.arg_type_name", !"uint", !"air.arg_name", !"in"}
!6 = !{i32 2, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!7 = !{i32 3, !"air.thread_position_in_threadgroup", !"air.arg_type_name", !"uint", !"air.arg_name", !"t"}
!8 = !{i32 4, !"air.threadgroup_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"g"}
!9 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 3, !"air.arg_type_name", !"float", !"air.arg_name", !"arg"}
!10 = !{i32 1, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!11 = !{i32 2, !"air.thread_index_in_simdgroup", !"air.arg_type_name", !"uint", !"air.arg_name", !"lane"}
!12 = !{i32 0, !"air.texture", !"air.location_index", i32 0, i32 1, !"air.sample", !"air.arg_type_name", !"texture2d<float, sample>", !"air.arg_name", !"src"}
!13 = !{i32 1, !"air.texture", !"air.location_index", i32 1, i32 1, !"air.write", !"air.arg_type_name", !"texture2d<float, write>", !"air.arg_name", !"dst"}
!14 = !{i32 2, !"air.sampler", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"sampler", !"air.arg_name", !"smp"}
!15 = !{i32 3, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"out"}
!16 = !{i32 4, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint2", !"air.arg_name", !"pos"}
!20 = !{!4, !5, !6}
!21 = !{!4, !5, !6, !7, !8}
!22 = !{!4, !5, !9, !7}
!23 = !{!4, !5, !6, !7}
!24 = !{!4, !10, !11}
!25 = !{!12, !13, !14, !15, !16}
!17 = !{i32 0, !"air.stage_in", !"air.location_index", i32 0, i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"a"}
!18 = !{i32 1, !"air.stage_in", !"air.location_index", i32 3, i32 1, !"air.arg_type_name", !"int3", !"air.arg_name", !"b"}
!19 = !{i32 2, !"air.buffer", !"air.location_index", i32 0, i32 1, !"air.read_write", !"air.address_space", i32 1, !"air.arg_type_name", !"float4", !"air.arg_name", !"out"}
!26 = !{i32 3, !"air.thread_position_in_grid", !"air.arg_type_name", !"uint", !"air.arg_name", !"id"}
!27 = !{!17, !18, !19, !26}
!39 = !{ptr @packing, !2, !20}
!40 = !{ptr @stage_in, !2, !27}
!30 = !{ptr @math, !2, !20}
!31 = !{ptr @integers, !2, !20}
!32 = !{ptr @conversions, !2, !20}
!33 = !{ptr @reduce, !2, !21}
!34 = !{ptr @exchange, !2, !22}
!35 = !{ptr @atomics, !2, !23}
!36 = !{ptr @simd, !2, !24}
!37 = !{ptr @texture, !2, !25}
!38 = !{ptr @vec3, !2, !20}
!41 = !{ptr @shifts, !2, !20}
!42 = !{ptr @divisors, !2, !20}
!43 = !{ptr @ranges, !2, !20}
!44 = !{ptr @lanes, !2, !20}
!air.kernel = !{!30, !31, !32, !33, !34, !35, !36, !37, !38, !39, !40, !41, !42, !43, !44}
