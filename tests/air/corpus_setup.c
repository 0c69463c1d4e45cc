/* SPDX-License-Identifier: MIT */
#include "tests/air/corpus_setup.h"

#include <fnmatch.h>
#include <string.h>

#define ML "Iito_spindll"
#define DB "nd-tung_GPUDBMetalBenchmark"

#define GROUPS(x, y, z)  .groups = {x, y, z}
#define THREADS(x, y, z) .threads = {x, y, z}
#define WITH(...)        .overrides = {__VA_ARGS__}
#define IS(n, v)                                                                                                                   \
    {                                                                                                                              \
        .name = n, .values = { v }                                                                                                 \
    }
#define EACH(n, ...) {.name = n, .values = {__VA_ARGS__}, .count = sizeof((double[]){__VA_ARGS__}) / sizeof(double)}

#define UNFOLD                                                                                                                     \
    WITH(IS("N", 1), IS("C", 16), IS("wS", 2), IS("oS", 2), IS("str", 1), IS("pad", 1), IS("kdil", 1), IS("idil", 1),              \
         IS("flip", 0), IS("iS", 8), EACH("in_strides", 128, 16, 1))

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
     WITH(IS("axis_size", 96), IS("axis_stride", 1), IS("shape", 4), IS("in_strides", 96), IS("out_strides", 1))},
    /* Barriers stand under "column < out_vec_size": whole threadgroups have to be inside. */
    {.origin = ML,
     .function = "gemv_t_*",
     GROUPS(1, 1, 1),
     WITH(IS("in_vec_size", 32), IS("out_vec_size", 512), IS("marix_ld", 512), IS("batch_ndim", 1), IS("batch_shape", 1))},
    {.origin = ML,
     .function = "gemv_*",
     GROUPS(2, 1, 1),
     WITH(IS("in_vec_size", 64), IS("out_vec_size", 64), IS("marix_ld", 64), IS("batch_ndim", 1), IS("batch_shape", 1))},
    {.origin = ML, .function = "rope_single*", WITH(IS("stride", 32), IS("freq_stride", 1), IS("base", 13))},
    {.origin = ML,
     .function = "rope_*",
     WITH(EACH("strides", 1024, 32, 1), EACH("out_strides", 1024, 32, 1), IS("freq_stride", 1), IS("offset_stride", 1),
          IS("n_head", 8), IS("base", 13))},
    {.origin = ML, .function = "rbits*", WITH(IS("bytes_per_key", 128), IS("odd", 0), IS("ndim", 1), IS("key_strides", 2))},
    /* Eight values per thread, without threads to spare. */
    {.origin = ML, .function = "layer_norm*", GROUPS(3, 1, 1), THREADS(32, 1, 1), WITH(IS("axis_size", 253))},
    {.origin = ML, .function = "vjp_layer_norm*", GROUPS(3, 1, 1), THREADS(32, 1, 1), WITH(IS("axis_size", 253))},
    {.origin = ML, .function = "vjp_*", GROUPS(3, 1, 1), THREADS(64, 1, 1), WITH(IS("axis_size", 200))},
    {.origin = ML, .function = "rms*", GROUPS(3, 1, 1), THREADS(64, 1, 1), WITH(IS("axis_size", 200))},
    /* In place by one threadgroup; several at once would race. */
    {.origin = DB, .function = "*prefix_sum*", GROUPS(1, 1, 1), THREADS(64, 1, 1)},
};

const struct setup *setup_find(const char *origin, const char *function)
{
    static const struct setup none;
    for (size_t i = 0; i < sizeof setups / sizeof *setups; i++)
        if (!strncmp(setups[i].origin, origin, strlen(setups[i].origin)) && !fnmatch(setups[i].function, function, 0))
            return &setups[i];
    return &none;
}
