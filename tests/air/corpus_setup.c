/* SPDX-License-Identifier: MIT */
#include "tests/air/corpus_setup.h"

#include <fnmatch.h>
#include <string.h>

#define ML "Iito_spindll"

#define GROUPS(x, y, z)  .groups = {x, y, z}
#define THREADS(x, y, z) .threads = {x, y, z}
#define WITH(...)        .overrides = {__VA_ARGS__}

#define UNFOLD                                                                                                                     \
    WITH({"N", {1}}, {"C", {16}}, {"wS", {2}}, {"oS", {2}}, {"str", {1}}, {"pad", {1}}, {"kdil", {1}}, {"idil", {1}},              \
         {"flip", {0}}, {"iS", {8}}, {"in_strides", {128, 16, 1}, 3})

/** The first that matches. */
static const struct setup setups[] = {
    /* They count on 32 lanes. */
    {.origin = ML, .function = "steel_attention*", .simd_width = 32},
    {.origin = ML, .function = "winograd*", .simd_width = 32},
    {.origin = ML, .function = "depthwise_conv_2d*", .simd_width = 32},
    /* A thread per channel, place in the window and output. */
    {.origin = ML, .function = "naive_unfold*_1", GROUPS(1, 1, 1), THREADS(16, 2, 2), UNFOLD},
    {.origin = ML, .function = "naive_unfold*_2", GROUPS(1, 1, 1), THREADS(16, 4, 4), UNFOLD},
    {.origin = ML, .function = "naive_unfold*_3", GROUPS(1, 1, 2), THREADS(16, 8, 4), UNFOLD},
    {.origin = ML,
     .function = "arg*", /* Rows are threadgroups along y. */
     GROUPS(1, 4, 1),
     THREADS(64, 1, 1),
     WITH({"axis_size", {96}}, {"axis_stride", {1}}, {"shape", {4}}, {"in_strides", {96}}, {"out_strides", {1}})},
    /* Barriers stand under "column < out_vec_size": whole threadgroups have to be inside. */
    {.origin = ML,
     .function = "gemv_t_*",
     GROUPS(1, 1, 1),
     WITH({"in_vec_size", {32}}, {"out_vec_size", {512}}, {"marix_ld", {512}}, {"batch_ndim", {1}}, {"batch_shape", {1}})},
    {.origin = ML,
     .function = "gemv_*",
     GROUPS(2, 1, 1),
     WITH({"in_vec_size", {64}}, {"out_vec_size", {64}}, {"marix_ld", {64}}, {"batch_ndim", {1}}, {"batch_shape", {1}})},
    {.origin = ML, .function = "rope_single*", WITH({"stride", {32}}, {"freq_stride", {1}}, {"base", {13}})},
    {.origin = ML,
     .function = "rope_*",
     WITH({"strides", {1024, 32, 1}, 3}, {"out_strides", {1024, 32, 1}, 3}, {"freq_stride", {1}}, {"offset_stride", {1}},
          {"n_head", {8}}, {"base", {13}})},
    {.origin = ML, .function = "rbits*", WITH({"bytes_per_key", {128}}, {"odd", {0}}, {"ndim", {1}}, {"key_strides", {2}})},
    /* Eight values per thread, without threads to spare. */
    {.origin = ML, .function = "layer_norm*", GROUPS(3, 1, 1), THREADS(32, 1, 1), WITH({"axis_size", {253}})},
    {.origin = ML, .function = "vjp_layer_norm*", GROUPS(3, 1, 1), THREADS(32, 1, 1), WITH({"axis_size", {253}})},
    {.origin = ML, .function = "vjp_*", GROUPS(3, 1, 1), THREADS(64, 1, 1), WITH({"axis_size", {200}})},
    {.origin = ML, .function = "rms*", GROUPS(3, 1, 1), THREADS(64, 1, 1), WITH({"axis_size", {200}})},
};

const struct setup *setup_find(const char *origin, const char *function)
{
    static const struct setup none;
    for (size_t i = 0; i < sizeof setups / sizeof *setups; i++)
        if (!strncmp(setups[i].origin, origin, strlen(setups[i].origin)) && !fnmatch(setups[i].function, function, 0))
            return &setups[i];
    return &none;
}
