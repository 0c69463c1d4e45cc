/* SPDX-License-Identifier: MIT */
/**
 * @file Grids and threadgroups of every shape: sizes per axis that a device may not have, more groups than it takes at once, edges
 * that are cut off.
 */
#include "tests/kit/kit.h"

#include <stdlib.h>
#include <string.h>

#include "tests/vmm/check.h"

enum { MOST = 1 << 18, DISPATCH = 0xc8, DISPATCH_INDIRECT = 0xc9, DISPATCH_THREADS = 0xca };

/** What the grid is given in: threadgroups, threads, or threadgroups in memory. */
enum unit { GROUPS, ONES, MEMORY };

#define KERNEL_TAIL(name)                                                                                                          \
    "!air.kernel = !{!0}\n"                                                                                                        \
    "!0 = !{ptr @" name ", !1, !2}\n"                                                                                              \
    "!1 = !{}\n"                                                                                                                   \
    "!2 = !{!3, !4, !5, !6}\n"                                                                                                     \
    "!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", !\"air.address_space\", i32 1, "   \
    "!\"air.arg_type_size\", i32 4, !\"air.arg_type_align_size\", i32 4, !\"air.arg_type_name\", !\"uint\", !\"air.arg_name\", "   \
    "!\"out\"}\n"                                                                                                                  \
    "!4 = !{i32 1, !\"air.thread_position_in_grid\", !\"air.arg_type_name\", !\"uint3\", !\"air.arg_name\", !\"p\"}\n"             \
    "!5 = !{i32 2, !\"air.threads_per_grid\", !\"air.arg_type_name\", !\"uint3\", !\"air.arg_name\", !\"n\"}\n"                    \
    "!6 = !{i32 3, !\"air.thread_position_in_threadgroup\", !\"air.arg_type_name\", !\"uint3\", !\"air.arg_name\", !\"t\"}\n"

/** out[place in the grid] += 1 + place in the threadgroup, one byte per axis. */
#define KERNEL_BODY                                                                                                                \
    "  %px = extractelement <3 x i32> %p, i64 0\n  %py = extractelement <3 x i32> %p, i64 1\n"                                     \
    "  %pz = extractelement <3 x i32> %p, i64 2\n  %nx = extractelement <3 x i32> %n, i64 0\n"                                     \
    "  %ny = extractelement <3 x i32> %n, i64 1\n"                                                                                 \
    "  %a = mul i32 %pz, %ny\n  %b = add i32 %a, %py\n  %c = mul i32 %b, %nx\n  %i = add i32 %c, %px\n"                            \
    "  %i64 = zext i32 %i to i64\n  %o = getelementptr inbounds i32, ptr addrspace(1) %out, i64 %i64\n"                            \
    "  %tx = extractelement <3 x i32> %t, i64 0\n  %ty = extractelement <3 x i32> %t, i64 1\n"                                     \
    "  %tz = extractelement <3 x i32> %t, i64 2\n  %ty8 = shl i32 %ty, 8\n  %tz16 = shl i32 %tz, 16\n"                             \
    "  %d = or i32 %tx, %ty8\n  %e = or i32 %d, %tz16\n  %f = add i32 %e, 1\n"                                                     \
    "  %old = load i32, ptr addrspace(1) %o, align 4\n  %new = add i32 %old, %f\n"                                                 \
    "  store i32 %new, ptr addrspace(1) %o, align 4\n  ret void\n}\n"

static const char alone[] =
    "define void @alone(ptr addrspace(1) %out, <3 x i32> %p, <3 x i32> %n, <3 x i32> %t) {\n" KERNEL_BODY KERNEL_TAIL("alone");

/** Its threads wait for each other, so that no thread may leave at its entry. */
static const char together[] = "declare void @air.wg.barrier(i32, i32) convergent\n"
                               "define void @together(ptr addrspace(1) %out, <3 x i32> %p, <3 x i32> %n, <3 x i32> %t) {\n"
                               "  call void @air.wg.barrier(i32 2, i32 1) convergent\n" KERNEL_BODY KERNEL_TAIL("together");

static uint32_t got[MOST];

/** `out`: buffer of MOST words, and of the size of the grid behind them. */
static void run(struct kit *k, const char *what, uint32_t pipeline, uint32_t out, enum unit unit, const uint32_t grid[3],
                const uint32_t group[3])
{
    static const uint8_t ops[] = {[GROUPS] = DISPATCH, [ONES] = DISPATCH_THREADS, [MEMORY] = DISPATCH_INDIRECT};
    struct pvg_w_record r = {0};
    uint32_t size[3], count, at[3], i = 0;

    for (int a = 0; a < 3; a++) {
        size[a] = unit == ONES ? grid[a] : grid[a] * group[a];
        if (unit != MEMORY) {
            r.dispatch.grid[a] = grid[a];
            r.dispatch.threads_per_group[a] = group[a];
        } else {
            r.dispatch_indirect.threads_per_group[a] = group[a];
        }
    }
    if (unit == MEMORY) {
        r.dispatch_indirect.ref = out;
        r.dispatch_indirect.offset = 4 * MOST;
        kit_write(k, out, 4 * MOST, grid, 12);
    }
    count = size[0] * size[1] * size[2];
    CHECK(count < MOST, "%s: too many threads for the test", what);
    memset(got, 0, sizeof(got));
    kit_write(k, out, 0, got, 4 * (count + 1));
    kit_begin(k);
    pvg_guest_cmd_segment(&k->c, PVG_W_SEG_COMPUTE);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_COMPUTE_PIPELINE, pipeline);
    kit_bind1(k, KIT_COMPUTE_BUFFERS, 0, out, 0);
    kit_record(k, ops[unit], &r);
    CHECK(kit_run(k), "%s", what);
    kit_read(k, out, 0, got, 4 * (count + 1));
    for (at[2] = 0; at[2] < size[2]; at[2]++)
        for (at[1] = 0; at[1] < size[1]; at[1]++)
            for (at[0] = 0; at[0] < size[0]; at[0]++, i++) {
                uint32_t want = 1 + (at[0] % group[0] | at[1] % group[1] << 8 | at[2] % group[2] << 16);

                if (got[i] != want) {
                    CHECK(false, "%s: thread %u, %u, %u wrote %#x instead of %#x", what, at[0], at[1], at[2], got[i], want);
                    return;
                }
            }
    CHECK(got[count] == 0, "%s: a thread outside of the grid wrote", what);
}

static unsigned all(struct kit *k)
{
    static const struct {
        const char *what;
        enum unit unit;
        uint32_t grid[3], group[3];
    } cases[] = {
        {"a group along z", GROUPS, {3, 2, 2}, {1, 1, 256}},
        {"a cut group along z", ONES, {3, 2, 300}, {1, 1, 256}},
        {"a group along y", GROUPS, {2, 2, 2}, {1, 256, 1}},
        {"a cut group along y and z", ONES, {5, 100, 130}, {2, 1, 128}},
        {"a cut group of all axes", ONES, {19, 13, 7}, {8, 4, 4}},
        {"whole groups after cut ones", ONES, {16, 12, 8}, {8, 4, 4}},
        {"cut groups after whole ones", ONES, {16, 11, 8}, {8, 4, 4}},
        {"a grid in memory", MEMORY, {5, 3, 2}, {8, 4, 4}},
        {"a grid in memory, of long groups", MEMORY, {3, 2, 2}, {1, 1, 256}},
        {"a group along x", ONES, {1000, 3, 2}, {256, 1, 1}},
        {"a grid along x", GROUPS, {70000, 1, 1}, {1, 1, 1}},
        {"a grid along y", ONES, {1, 140001, 1}, {1, 2, 1}},
        {"a grid along z", ONES, {1, 1, 131073}, {1, 1, 2}},
    };

    uint32_t out = kit_buffer(k, NULL, 4 * MOST + 12);
    uint32_t pipelines[2] = {kit_compute_pipeline(k, kit_function(k, alone, "alone")),
                             kit_compute_pipeline(k, kit_function(k, together, "together"))};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (int p = 0; p < 2; p++)
            run(k, cases[i].what, pipelines[p], out, cases[i].unit, cases[i].grid, cases[i].group);
    return check_failures;
}

int main(void)
{
    return kit_main(all);
}
