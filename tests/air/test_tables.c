/* SPDX-License-Identifier: MIT */
/**
 * @file Pointers of several kinds: such as lead to constant tables and buffers by turns, of a select, a loop, thread memory or
 * argument buffers, and records in thread memory whose members are of one kind each. Runs on a Vulkan device, if there is one;
 * without it, the code is translated only.
 */
#include "air/remote.h"
#include "tests/air/runner.h"
#include "tests/air/shaders.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { THREADS = 32, NUMBERS = 64 };
/** Guest addresses. */
enum { OUT = 0x10000, NUMBERS_AT = 0x20000, ARGS = 0x30000, DATA = 0x40000 };

static struct runner *runner;

/** Each thread writes one number. Buffer 1 has the numbers 1000.. , 3 those from 5000 on, which buffer 2 has a pointer to. */
static const char kernel_text[] = AIR_HEADER
    "%%pair = type { ptr addrspace(2), i32, ptr addrspace(2) }\n"
    "@t = internal addrspace(2) constant [8 x i32] [i32 100, i32 101, i32 102, i32 103, i32 104, i32 105, i32 106, i32 107]\n"
    "@s = internal addrspace(2) constant [4 x { i16, i8, i32 }] [{ i16, i8, i32 } { i16 1, i8 2, i32 3 }, { i16, i8, i32 } { i16 "
    "4, "
    "i8 5, i32 6 }, { i16, i8, i32 } { i16 7, i8 8, i32 9 }, { i16, i8, i32 } { i16 10, i8 11, i32 12 }]\n"
    "@v = internal addrspace(2) constant [2 x <4 x float>] [<4 x float> <float 1.0, float 2.0, float 3.0, float 4.0>, <4 x float> "
    "<float 5.0, float 6.0, float 7.0, float 8.0>]\n"
    "@two = internal addrspace(2) constant [3 x ptr addrspace(2)] [ptr addrspace(2) @t, ptr addrspace(2) getelementptr ([8 x i32], "
    "ptr addrspace(2) @t, i64 0, i64 4), ptr addrspace(2) null]\n"
    "@u = internal addrspace(2) constant [3 x i32] [i32 200, i32 201, i32 202]\n"
    "@pairs = internal addrspace(2) constant [2 x %%pair] [%%pair { ptr addrspace(2) @t, i32 5, ptr addrspace(2) @u }, %%pair { "
    "ptr "
    "addrspace(2) getelementptr ([8 x i32], ptr addrspace(2) @t, i64 0, i64 2), i32 6, ptr addrspace(2) getelementptr ([3 x i32], "
    "ptr addrspace(2) @u, i64 0, i64 1) }]\n"
    "@ring = internal addrspace(2) constant [3 x { i32, ptr addrspace(2) }] [{ i32, ptr addrspace(2) } { i32 1, ptr addrspace(2) "
    "getelementptr ([3 x { i32, ptr addrspace(2) }], ptr addrspace(2) @ring, i64 0, i64 1) }, { i32, ptr addrspace(2) } { i32 10, "
    "ptr addrspace(2) getelementptr ([3 x { i32, ptr addrspace(2) }], ptr addrspace(2) @ring, i64 0, i64 2) }, { i32, ptr "
    "addrspace(2) } { i32 100, ptr addrspace(2) @ring }]\n"
    "@state = internal addrspace(2) constant i64 34901589\n"
    "@samplers = internal addrspace(2) constant [2 x ptr addrspace(2)] [ptr addrspace(2) @state, ptr addrspace(2) @state]\n"
    "@functions = internal addrspace(2) constant [1 x ptr] [ptr @helper]\n"
    "%%rec = type { ptr addrspace(2), ptr, i32, ptr addrspace(3), ptr addrspace(1) }\n"
    "@group = internal addrspace(3) global [8 x i32] undef\n"
    "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)\n"
    "define i32 @helper() {\n  ret i32 1\n}\n"
    "!air.sampler_states = !{!50}\n!50 = !{!\"air.sampler_state\", ptr addrspace(2) @state}\n"
    "declare void @llvm.memcpy.p0.p2.i64(ptr, ptr addrspace(2), i64, i1)\n"
    "define void @k(ptr addrspace(1) %%out, ptr addrspace(2) %%c, ptr addrspace(2) %%args, i32 %%id) {\n"
    "start:\n"
    "  %%w = zext i32 %%id to i64\n  %%q = getelementptr i32, ptr addrspace(1) %%out, i64 %%w\n"
    "  %%b0 = and i32 %%id, 1\n  %%odd = icmp eq i32 %%b0, 1\n  %%b1 = and i32 %%id, 2\n  %%two = icmp eq i32 %%b1, 2\n"
    "  %%b7 = and i32 %%id, 7\n  %%seven = zext i32 %%b7 to i64\n  %%b3 = and i32 %%id, 3\n  %%three = zext i32 %%b3 to i64\n"
    "  %%b1w = zext i32 %%b0 to i64\n"
    "%s}\n"
    "!air.kernel = !{!0}\n!0 = !{ptr @k, !1, !2}\n!1 = !{}\n!2 = !{!3, !4, !5, !6}\n"
    "!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", !\"air.address_space\", i32 1}\n"
    "!4 = !{i32 1, !\"air.buffer\", !\"air.location_index\", i32 1, i32 1, !\"air.read\", !\"air.address_space\", i32 2}\n"
    "!5 = !{i32 2, !\"air.buffer\", !\"air.location_index\", i32 2, i32 1, !\"air.read\", !\"air.address_space\", i32 2}\n"
    "!6 = !{i32 3, !\"air.thread_position_in_grid\", !\"air.arg_type_name\", !\"uint\"}\n";

/** Two records %v: a constant buffer, thread memory, a number, threadgroup memory, a buffer. */
#define RECORDS                                                                                                                    \
    "  %x = alloca [2 x i32], align 4\n  %y = alloca [2 x i32], align 4\n  %v = alloca [2 x %rec], align 8\n"                      \
    "  %x1 = getelementptr i32, ptr %x, i64 1\n  %y1 = getelementptr i32, ptr %y, i64 1\n"                                         \
    "  store i32 20, ptr %x\n  store i32 21, ptr %x1\n  store i32 30, ptr %y\n  store i32 31, ptr %y1\n"                           \
    "  %l = load ptr addrspace(2), ptr addrspace(2) %args, align 8\n"                                                              \
    "  store i32 40, ptr addrspace(3) @group\n"                                                                                    \
    "  %g1 = getelementptr i32, ptr addrspace(3) @group, i64 1\n  store i32 41, ptr addrspace(3) %g1\n"                            \
    "  %c1 = addrspacecast ptr addrspace(2) %c to ptr addrspace(1)\n"                                                              \
    "  %va1 = getelementptr %rec, ptr %v, i64 0, i32 1\n  %va2 = getelementptr %rec, ptr %v, i64 0, i32 2\n"                       \
    "  %va3 = getelementptr %rec, ptr %v, i64 0, i32 3\n  %va4 = getelementptr %rec, ptr %v, i64 0, i32 4\n"                       \
    "  %vb = getelementptr %rec, ptr %v, i64 1\n  %vb1 = getelementptr %rec, ptr %vb, i64 0, i32 1\n"                              \
    "  %vb2 = getelementptr %rec, ptr %vb, i64 0, i32 2\n  %vb3 = getelementptr %rec, ptr %vb, i64 0, i32 3\n"                     \
    "  %vb4 = getelementptr %rec, ptr %vb, i64 0, i32 4\n"                                                                         \
    "  store ptr addrspace(2) %c, ptr %v\n  store ptr %x, ptr %va1\n  store i32 7, ptr %va2\n"                                     \
    "  store ptr addrspace(3) @group, ptr %va3\n  store ptr addrspace(1) %c1, ptr %va4\n"                                          \
    "  store ptr addrspace(2) %l, ptr %vb\n  store ptr %y1, ptr %vb1\n  store i32 8, ptr %vb2\n"                                   \
    "  store ptr addrspace(3) %g1, ptr %vb3\n  store ptr addrspace(1) %c1, ptr %vb4\n"

/** Reads what all members of record %d lead to. */
#define READ_RECORD                                                                                                                \
    "  %d1 = getelementptr %rec, ptr %d, i64 0, i32 1\n  %d2 = getelementptr %rec, ptr %d, i64 0, i32 2\n"                         \
    "  %d3 = getelementptr %rec, ptr %d, i64 0, i32 3\n  %d4 = getelementptr %rec, ptr %d, i64 0, i32 4\n"                         \
    "  %m0 = load ptr addrspace(2), ptr %d\n  %m1 = load ptr, ptr %d1\n  %m2 = load i32, ptr %d2\n"                                \
    "  %m3 = load ptr addrspace(3), ptr %d3\n  %m4 = load ptr addrspace(1), ptr %d4\n"                                             \
    "  %m02 = getelementptr i32, ptr addrspace(2) %m0, i64 2\n  %e0 = load i32, ptr addrspace(2) %m02, align 4\n"                  \
    "  %e1 = load i32, ptr %m1, align 4\n  %e3 = load i32, ptr addrspace(3) %m3, align 4\n"                                        \
    "  %m42 = getelementptr i32, ptr addrspace(1) %m4, i64 2\n  %e4 = load i32, ptr addrspace(1) %m42, align 4\n"                  \
    "  %s1 = add i32 %e0, %e1\n  %s2 = add i32 %s1, %m2\n  %s3 = add i32 %s2, %e3\n  %r = add i32 %s3, %e4\n"

#define WRITE "  store i32 %r, ptr addrspace(1) %q\n  ret void\n"

static uint32_t chosen(uint32_t id)
{
    return id % 2 ? 100 + id % 8 : 1000 + id % 8;
}

static uint32_t fixed(uint32_t id)
{
    return id % 2 ? 103 : 1002;
}

static uint32_t three_ways(uint32_t id)
{
    return id % 2 ? 100 + id % 8 : id & 2 ? 5000 + id % 8 : 1000 + id % 8;
}

/** Bytes of the little-endian numbers. */
static uint32_t bytes(uint32_t id)
{
    return id % 2 ? id % 8 ? id % 8 % 4 ? 0 : 101 : 100 : (1000 + id % 8 / 4) >> id % 4 * 8 & 0xFF;
}

static uint32_t walked(uint32_t id)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i <= id % 8; i++)
        sum += (id % 2 ? 100 : 1000) + i;
    return sum;
}

static uint32_t record(uint32_t id)
{
    const uint32_t k = id % 4;
    if (id % 2)
        return (3 * k + 1) + ((3 * k + 2) << 8) + ((3 * k + 3) << 16);
    return ((1000 + 2 * k) & 0xFFFF) + 0 + ((1001 + 2 * k) << 16);
}

static uint32_t vectors(uint32_t id)
{
    return id % 2 ? 5 + 6 + 7 + 8 : 2 * 1007;
}

static uint32_t copied(uint32_t id)
{
    return id % 2 ? 104 + id % 4 : 1004 + id % 4;
}

static uint32_t direct(uint32_t id)
{
    return chosen(id) + 1000 + id % 8 + 107 - id % 8;
}

static uint32_t compared(uint32_t id)
{
    return id % 2 ? 1 : 2;
}

static uint32_t maybe_null(uint32_t id)
{
    return id % 2 ? 100 + id % 8 : id & 2 ? 7 : 1000 + id % 8;
}

static uint32_t from_array(uint32_t id)
{
    const uint32_t base[] = {100, 1000, 5000, 1004};
    return base[id % 4] + 1;
}

static uint32_t of_two(uint32_t id)
{
    return id % 4 == 3 || id % 4 == 2 ? 9 : 100 + 4 * (id % 4) + 1;
}

static uint32_t of_pairs(uint32_t id)
{
    return 100 + 2 * (id % 2) + 1 + 5 + id % 2 + 201 + id % 2;
}

static uint32_t around(uint32_t id)
{
    static const uint32_t number[] = {1, 10, 100};
    uint32_t sum = 0;
    for (uint32_t i = 0; i <= id % 8; i++)
        sum += number[i % 3];
    return sum;
}

static uint32_t of_either(uint32_t id)
{
    return (id % 2 ? 100 + 4 * (id >> 1 & 1) : 5000) + 3;
}

/** Number of every member's memory. */
static uint32_t of_record(uint32_t id)
{
    const uint32_t k = id % 2;
    return (k ? 5000 : 1000) + 2 + (k ? 31 : 20) + 7 + k + 40 + k + 1002;
}

static const struct {
    const char *body;
    uint32_t (*expected)(uint32_t id);
} cases[] = {
    {"  %p = select i1 %odd, ptr addrspace(2) @t, ptr addrspace(2) %c\n"
     "  %a = getelementptr i32, ptr addrspace(2) %p, i64 %seven\n  %r = load i32, ptr addrspace(2) %a, align 4\n" WRITE,
     chosen},
    {"  %g = getelementptr i32, ptr addrspace(2) %c, i64 2\n"
     "  %p = select i1 %odd, ptr addrspace(2) getelementptr ([8 x i32], ptr addrspace(2) @t, i64 0, i64 3), ptr addrspace(2) %g\n"
     "  %r = load i32, ptr addrspace(2) %p, align 4\n" WRITE,
     fixed},
    /* Three memories, one of them from an argument buffer. */
    {"  %l = load ptr addrspace(2), ptr addrspace(2) %args, align 8\n"
     "  %n = select i1 %two, ptr addrspace(2) %l, ptr addrspace(2) %c\n"
     "  %p = select i1 %odd, ptr addrspace(2) @t, ptr addrspace(2) %n\n"
     "  %a = getelementptr i32, ptr addrspace(2) %p, i64 %seven\n  %r = load i32, ptr addrspace(2) %a, align 4\n" WRITE,
     three_ways},
    {"  %p = select i1 %odd, ptr addrspace(2) @t, ptr addrspace(2) %c\n"
     "  %a = getelementptr i8, ptr addrspace(2) %p, i64 %seven\n  %e = load i8, ptr addrspace(2) %a, align 1\n"
     "  %r = zext i8 %e to i32\n" WRITE,
     bytes},
    /* The pointer itself moves on. */
    {"  br i1 %odd, label %x, label %y\nx:\n  br label %loop\ny:\n  br label %loop\n"
     "loop:\n  %p = phi ptr addrspace(2) [ @t, %x ], [ %c, %y ], [ %n, %loop ]\n"
     "  %i = phi i32 [ 0, %x ], [ 0, %y ], [ %j, %loop ]\n  %u = phi i32 [ 0, %x ], [ 0, %y ], [ %r, %loop ]\n"
     "  %e = load i32, ptr addrspace(2) %p, align 4\n  %r = add i32 %u, %e\n  %j = add i32 %i, 1\n"
     "  %n = getelementptr i32, ptr addrspace(2) %p, i64 1\n  %more = icmp ule i32 %j, %b7\n"
     "  br i1 %more, label %loop, label %end\nend:\n" WRITE,
     walked},
    /* Members of several widths. */
    {"  %p = select i1 %odd, ptr addrspace(2) @s, ptr addrspace(2) %c\n"
     "  %a = getelementptr { i16, i8, i32 }, ptr addrspace(2) %p, i64 %three\n"
     "  %z = load { i16, i8, i32 }, ptr addrspace(2) %a, align 4\n"
     "  %x = extractvalue { i16, i8, i32 } %z, 0\n  %y = extractvalue { i16, i8, i32 } %z, 1\n"
     "  %m = extractvalue { i16, i8, i32 } %z, 2\n  %xw = zext i16 %x to i32\n  %yw = zext i8 %y to i32\n"
     "  %ys = shl i32 %yw, 8\n  %ms = shl i32 %m, 16\n  %k = add i32 %xw, %ys\n  %r = add i32 %k, %ms\n" WRITE,
     record},
    {"  %p = select i1 %odd, ptr addrspace(2) getelementptr inbounds ([2 x <4 x float>], ptr addrspace(2) @v, i64 0, i64 1), ptr "
     "addrspace(2) getelementptr inbounds ([2 x <4 x float>], ptr addrspace(2) @v, i64 0, i64 0)\n"
     "  %g = getelementptr i32, ptr addrspace(2) %c, i64 4\n"
     "  %o = select i1 %odd, ptr addrspace(2) %p, ptr addrspace(2) %g\n"
     "  %f = load <4 x float>, ptr addrspace(2) %o, align 16\n  %n = bitcast <4 x float> %f to <4 x i32>\n"
     "  %h = fptoui <4 x float> %f to <4 x i32>\n  %sel = select i1 %odd, <4 x i32> %h, <4 x i32> %n\n"
     "  %e0 = extractelement <4 x i32> %sel, i32 0\n  %e1 = extractelement <4 x i32> %sel, i32 1\n"
     "  %e2 = extractelement <4 x i32> %sel, i32 2\n  %e3 = extractelement <4 x i32> %sel, i32 3\n"
     "  %s1 = add i32 %e0, %e1\n  %s2 = add i32 %s1, %e2\n  %s3 = select i1 %odd, i32 %s2, i32 %e3\n  %r = add i32 %s3, "
     "%e3\n" WRITE,
     vectors},
    {"  %m = alloca [4 x i32], align 4\n  %g = getelementptr i32, ptr addrspace(2) %c, i64 4\n"
     "  %p = select i1 %odd, ptr addrspace(2) getelementptr ([8 x i32], ptr addrspace(2) @t, i64 0, i64 4), ptr addrspace(2) %g\n"
     "  call void @llvm.memcpy.p0.p2.i64(ptr align 4 %m, ptr addrspace(2) align 4 %p, i64 16, i1 false)\n"
     "  %d = getelementptr [4 x i32], ptr %m, i64 0, i64 %three\n  %r = load i32, ptr %d\n" WRITE,
     copied},
    /* The same table and buffer without detour. */
    {"  %p = select i1 %odd, ptr addrspace(2) @t, ptr addrspace(2) %c\n"
     "  %a = getelementptr i32, ptr addrspace(2) %p, i64 %seven\n  %x = load i32, ptr addrspace(2) %a, align 4\n"
     "  %d = getelementptr i32, ptr addrspace(2) %c, i64 %seven\n  %y = load i32, ptr addrspace(2) %d, align 4\n"
     "  %k = sub i64 7, %seven\n"
     "  %e = getelementptr [8 x i32], ptr addrspace(2) @t, i64 0, i64 %k\n  %z = load i32, ptr addrspace(2) %e, align 4\n"
     "  %xy = add i32 %x, %y\n  %r = add i32 %xy, %z\n" WRITE,
     direct},
    {"  %p = select i1 %odd, ptr addrspace(2) @t, ptr addrspace(2) %c\n  %is = icmp eq ptr addrspace(2) %p, @t\n"
     "  %r = select i1 %is, i32 1, i32 2\n" WRITE,
     compared},
    {"  %n = select i1 %two, ptr addrspace(2) null, ptr addrspace(2) %c\n"
     "  %p = select i1 %odd, ptr addrspace(2) @t, ptr addrspace(2) %n\n  %is = icmp eq ptr addrspace(2) %p, null\n"
     "  br i1 %is, label %no, label %yes\n"
     "yes:\n  %a = getelementptr i32, ptr addrspace(2) %p, i64 %seven\n  %e = load i32, ptr addrspace(2) %a, align 4\n"
     "  br label %no\nno:\n  %r = phi i32 [ 7, %start ], [ %e, %yes ]\n" WRITE,
     maybe_null},
    /* An array of pointers. */
    {"  %m = alloca [4 x ptr addrspace(2)], align 8\n  %l = load ptr addrspace(2), ptr addrspace(2) %args, align 8\n"
     "  %g = getelementptr i32, ptr addrspace(2) %c, i64 4\n"
     "  %m1 = getelementptr ptr addrspace(2), ptr %m, i64 1\n  %m2 = getelementptr ptr addrspace(2), ptr %m, i64 2\n"
     "  %m3 = getelementptr ptr addrspace(2), ptr %m, i64 3\n"
     "  store ptr addrspace(2) @t, ptr %m\n  store ptr addrspace(2) %c, ptr %m1\n  store ptr addrspace(2) %l, ptr %m2\n"
     "  store ptr addrspace(2) %g, ptr %m3\n"
     "  %d = getelementptr ptr addrspace(2), ptr %m, i64 %three\n  %p = load ptr addrspace(2), ptr %d\n"
     "  %a = getelementptr i32, ptr addrspace(2) %p, i64 1\n  %r = load i32, ptr addrspace(2) %a, align 4\n" WRITE,
     from_array},
    /* Tables of pointers to tables. */
    {"  %z = icmp uge i32 %b3, 2\n  %k = select i1 %z, i64 2, i64 %three\n"
     "  %d = getelementptr [3 x ptr addrspace(2)], ptr addrspace(2) @two, i64 0, i64 %k\n"
     "  %p = load ptr addrspace(2), ptr addrspace(2) %d, align 8\n  %is = icmp eq ptr addrspace(2) %p, null\n"
     "  br i1 %is, label %no, label %yes\n"
     "yes:\n  %a = getelementptr i32, ptr addrspace(2) %p, i64 1\n  %e = load i32, ptr addrspace(2) %a, align 4\n"
     "  br label %no\nno:\n  %r = phi i32 [ 9, %start ], [ %e, %yes ]\n" WRITE,
     of_two},
    {"  %d = getelementptr [2 x %pair], ptr addrspace(2) @pairs, i64 0, i64 %b1w\n"
     "  %x = load ptr addrspace(2), ptr addrspace(2) %d, align 8\n"
     "  %d1 = getelementptr %pair, ptr addrspace(2) %d, i64 0, i32 1\n  %y = load i32, ptr addrspace(2) %d1, align 8\n"
     "  %d2 = getelementptr %pair, ptr addrspace(2) %d, i64 0, i32 2\n"
     "  %z = load ptr addrspace(2), ptr addrspace(2) %d2, align 8\n"
     "  %xa = getelementptr i32, ptr addrspace(2) %x, i64 1\n  %xe = load i32, ptr addrspace(2) %xa, align 4\n"
     "  %za = getelementptr i32, ptr addrspace(2) %z, i64 1\n  %ze = load i32, ptr addrspace(2) %za, align 4\n"
     "  %xy = add i32 %xe, %y\n  %r = add i32 %xy, %ze\n" WRITE,
     of_pairs},
    {"  br label %loop\n"
     "loop:\n  %p = phi ptr addrspace(2) [ @ring, %start ], [ %n, %loop ]\n"
     "  %i = phi i32 [ 0, %start ], [ %j, %loop ]\n  %u = phi i32 [ 0, %start ], [ %r, %loop ]\n"
     "  %e = load i32, ptr addrspace(2) %p, align 4\n  %r = add i32 %u, %e\n  %j = add i32 %i, 1\n"
     "  %a = getelementptr { i32, ptr addrspace(2) }, ptr addrspace(2) %p, i64 0, i32 1\n"
     "  %n = load ptr addrspace(2), ptr addrspace(2) %a, align 8\n  %more = icmp ule i32 %j, %b7\n"
     "  br i1 %more, label %loop, label %end\nend:\n" WRITE,
     around},
    /* A pointer out of a table or out of an argument buffer. */
    {"  %k = lshr i32 %b3, 1\n  %kw = zext i32 %k to i64\n"
     "  %d = getelementptr [3 x ptr addrspace(2)], ptr addrspace(2) @two, i64 0, i64 %kw\n"
     "  %p = select i1 %odd, ptr addrspace(2) %d, ptr addrspace(2) %args\n"
     "  %e = load ptr addrspace(2), ptr addrspace(2) %p, align 8\n"
     "  %a = getelementptr i32, ptr addrspace(2) %e, i64 3\n  %r = load i32, ptr addrspace(2) %a, align 4\n" WRITE,
     of_either},
    {RECORDS "  %d = getelementptr [2 x %rec], ptr %v, i64 0, i64 %b1w\n" READ_RECORD WRITE, of_record},
    /* A record copied as a whole, and by words. */
    {RECORDS "  %o = alloca [2 x %rec], align 8\n  %from = getelementptr [2 x %rec], ptr %v, i64 0, i64 %b1w\n"
             "  %d = getelementptr [2 x %rec], ptr %o, i64 0, i64 %b1w\n"
             "  call void @llvm.memcpy.p0.p0.i64(ptr align 8 %d, ptr align 8 %from, i64 40, i1 false)\n" READ_RECORD WRITE,
     of_record},
    {RECORDS
     "  %o = alloca [3 x %rec], align 8\n  %from = getelementptr [2 x %rec], ptr %v, i64 0, i64 %b1w\n"
     "  %d = getelementptr [3 x %rec], ptr %o, i64 0, i64 %b1w\n"
     "  %f1 = getelementptr i64, ptr %from, i64 1\n  %f3 = getelementptr i64, ptr %from, i64 3\n"
     "  %w0 = load i64, ptr %from\n  %w1 = load <2 x i64>, ptr %f1, align 8\n  %w3 = load [2 x i64], ptr %f3, align 8\n"
     "  %t1 = getelementptr i64, ptr %d, i64 1\n  %t3 = getelementptr i64, ptr %d, i64 3\n"
     "  store i64 %w0, ptr %d\n  store <2 x i64> %w1, ptr %t1, align 8\n  store [2 x i64] %w3, ptr %t3, align 8\n" READ_RECORD
         WRITE,
     of_record},
};

static struct pvg_air_shader *translate(const char *body, int robust, uint32_t available, struct pvg_error *err)
{
    struct pvg_air_options o = {.size = sizeof o, .available = available};
    char text[16384];
    uint8_t *bitcode;
    size_t size;
    struct pvg_air_shader *s = NULL;
    if (robust)
        o.robustness = PVG_AIR_ROBUST_BUFFERS;
    if (robust == 2) {
        o.zero_address = runner_zero_address(runner);
        o.scratch_address = runner_scratch_address(runner);
    }
    int n = snprintf(text, sizeof text, kernel_text, body);
    assert_in_range(n, 1, sizeof text - 1);
    if (pvg_air_assemble(text, (size_t)n, &bitcode, &size, err))
        fail_msg("%s", err->message);
    pvg_air_translate_here(bitcode, size, NULL, &o, &s, err);
    free(bitcode);
    return s;
}

static void run(size_t n, int robust, uint32_t available)
{
    uint32_t out[THREADS] = {0}, numbers[NUMBERS], data[NUMBERS];
    uint64_t args[2] = {DATA};
    struct pvg_error err = {{0}};
    struct pvg_air_shader *s = translate(cases[n].body, robust, available, &err);
    if (!s)
        fail_msg("case %zu: %s", n, err.message);
    for (uint32_t i = 0; i < NUMBERS; i++) {
        numbers[i] = 1000 + i;
        data[i] = 5000 + i;
    }
    struct run_buffer b[] = {{0, out, sizeof out, 0, 0, false},
                             {1, numbers, sizeof numbers, 0, 0, false},
                             {2, args, sizeof args, 0, 0, false},
                             {3, data, sizeof data, 0, 0, false}};
    const uint64_t guest[] = {OUT, NUMBERS_AT, ARGS, DATA};
    struct run r = {.buffers = b, .buffer_count = 4, .guest = guest, .groups = {1, 1, 1}, .threads = {THREADS, 1, 1}};
    if (runner) {
        assert_true(runner_kernel(runner, s, &r));
        for (uint32_t i = 0; i < THREADS; i++)
            if (out[i] != cases[n].expected(i))
                fail_msg("case %zu, thread %u, robust %d: %u, not %u", n, i, robust, out[i], cases[n].expected(i));
    }
    pvg_air_shader_free(s);
}

static void results(void **state)
{
    (void)state;
    const uint32_t narrow = PVG_AIR_NEED_INT8 | PVG_AIR_NEED_INT16 | PVG_AIR_NEED_STORAGE8 | PVG_AIR_NEED_STORAGE16;
    const uint32_t all = runner ? runner_available(runner) : UINT32_MAX;
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        for (int robust = 0; robust < (runner ? 3 : 2); robust++)
            run(n, robust, all);
        run(n, 1, all & ~narrow);
    }
}

/** Such a pointer means nothing to anyone else. */
static void stored(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "  store ptr addrspace(2) @t, ptr addrspace(1) %q\n  ret void\n",
        "  %p = select i1 %odd, ptr addrspace(2) @t, ptr addrspace(2) %c\n  store ptr addrspace(2) %p, ptr addrspace(1) %q\n  ret "
        "void\n",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct pvg_error err = {{0}};
        assert_null(translate(bodies[i], 0, UINT32_MAX, &err));
        if (!strstr(err.message, "[stored-local-pointer]: a pointer to a constant table"))
            fail_msg("%s", err.message);
    }
}

/** Members whose places are not told apart have to be of one kind; what points to thread memory stays there. */
static void records_refused(void **state)
{
    (void)state;
    static const struct {
        const char *body, *word;
    } bad[] = {
        {RECORDS "  %d = getelementptr ptr, ptr %v, i64 %b1w\n  %p = load ptr, ptr %d\n  %r = load i32, ptr %p\n" WRITE,
         "[generic-pointer]"},
        {"  %x = alloca i32, align 4\n  %v = alloca [2 x ptr], align 8\n  %v1 = getelementptr ptr, ptr %v, i64 1\n"
         "  %u = addrspacecast ptr addrspace(1) %out to ptr\n  store ptr %x, ptr %v\n  store ptr %u, ptr %v1\n"
         "  %d = getelementptr ptr, ptr %v, i64 %b1w\n  %p = load ptr, ptr %d\n  %r = load i32, ptr %p\n" WRITE,
         "[generic-pointer]: memory that holds pointers both to buffers and to local memory"},
        {RECORDS "  %d = getelementptr [2 x %rec], ptr %v, i64 0, i64 %b1w\n  %d1 = getelementptr %rec, ptr %d, i64 0, i32 1\n"
                 "  %ww = load <2 x i64>, ptr %d1, align 8\n  store <2 x i64> %ww, ptr addrspace(1) %q, align 8\n  ret void\n",
         "[stored-local-pointer]: a pointer to memory of the thread is copied to a buffer"},
        {"  %x = alloca i32, align 4\n  %p = select i1 %odd, ptr %x, ptr null\n"
         "  %u = addrspacecast ptr addrspace(1) %out to ptr\n  %v = select i1 %two, ptr %p, ptr %u\n  %r = load i32, ptr "
         "%v\n" WRITE,
         "[generic-pointer]: pointers that mix buffers with thread or threadgroup memory"},
        {"  %x0 = alloca [2 x i32], align 4\n  %x = getelementptr i32, ptr %x0, i64 %b1w\n"
         "  %u = addrspacecast ptr addrspace(3) @group to ptr\n  %v = select i1 %two, ptr %x, ptr %u\n"
         "  %r = load i32, ptr %v\n" WRITE,
         "[generic-pointer]: pointers that mix memories of different storage"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct pvg_error err = {{0}};
        struct pvg_air_shader *s = translate(bad[i].body, 0, UINT32_MAX, &err);
        if (s || !strstr(err.message, bad[i].word))
            fail_msg("record %zu: %s", i, err.message);
    }
}

/** Tables of what is no data are refused by name. */
static void tables_of_others(void **state)
{
    (void)state;
    static const struct {
        const char *body, *word;
    } cases_of_others[] = {
        {"  %d = getelementptr [2 x ptr addrspace(2)], ptr addrspace(2) @samplers, i64 0, i64 %b1w\n"
         "  %p = load ptr addrspace(2), ptr addrspace(2) %d, align 8\n  store ptr addrspace(2) %p, ptr addrspace(1) %q\n  ret "
         "void\n",
         "constant table of samplers"},
        {"  %d = getelementptr [1 x ptr], ptr addrspace(2) @functions, i64 0, i64 %b1w\n"
         "  %p = load ptr, ptr addrspace(2) %d, align 8\n  store ptr %p, ptr addrspace(1) %q\n  ret void\n",
         "constant table of functions"},
    };
    for (size_t i = 0; i < sizeof cases_of_others / sizeof *cases_of_others; i++) {
        struct pvg_error err = {{0}};
        assert_null(translate(cases_of_others[i].body, 0, UINT32_MAX, &err));
        if (!strstr(err.message, cases_of_others[i].word))
            fail_msg("%s", err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(results), cmocka_unit_test(stored), cmocka_unit_test(tables_of_others),
                                       cmocka_unit_test(records_refused)};
    runner = runner_open();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (runner)
        runner_close(runner);
    return failed;
}
