/* SPDX-License-Identifier: MIT */
#include "tests/air/corpus_reference.h"

#include <fnmatch.h>
#include <math.h>
#include <string.h>

/* ---- Access --------------------------------------------------------------------------------------------------------------- */

static struct case_buffer *buffer(const struct reference_run *r, uint32_t index)
{
    for (uint32_t i = 0; i < r->c->buffer_count; i++)
        if (r->c->buffers[i].index == index)
            return &r->c->buffers[i];
    return NULL;
}

static struct jit_type type_of(const struct case_buffer *b)
{
    uint32_t bytes = b->layout.fields[0].bytes;
    enum case_element e = b->layout.fields[0].element;
    return (struct jit_type){.kind = e == ELEMENT_INT      ? JIT_INT
                                     : e == ELEMENT_BFLOAT ? JIT_BFLOAT
                                                           : JIT_FLOAT,
                             .bits = (uint16_t)(bytes * 8),
                             .lanes = 1,
                             .lane_size = bytes};
}

/** Element of a buffer of scalars; outside of its room there are zeros. */
static double get(const struct reference_run *r, uint32_t index, uint64_t i)
{
    const struct case_buffer *b = buffer(r, index);
    struct jit_type t = type_of(b);
    if ((i + 1) * t.lane_size > CASE_SLOT)
        return 0;
    const uint8_t *at = b->data + i * t.lane_size;
    bool is_unsigned = t.kind == JIT_INT && (b->arg->type[0] == 'u' || b->arg->type[0] == 'b');
    if (is_unsigned && strcmp(b->arg->type, "bfloat") != 0)
        return (double)cpu_get_bits(at, &t, 0);
    return cpu_get(at, &t, 0);
}

static void put(const struct reference_run *r, uint32_t index, uint64_t i, double v)
{
    const struct case_buffer *b = buffer(r, index);
    struct jit_type t = type_of(b);
    cpu_put(b->data + i * t.lane_size, &t, 0, v);
}

static uint32_t word(const struct reference_run *r, uint32_t index, uint64_t i)
{
    uint32_t v;
    memcpy(&v, buffer(r, index)->data + 4 * i, 4);
    return v;
}

static void set_word(const struct reference_run *r, uint32_t index, uint64_t i, uint32_t v)
{
    memcpy(buffer(r, index)->data + 4 * i, &v, 4);
}

static uint32_t width(const struct reference_run *r)
{
    return r->grid->groups[0] * r->grid->threads[0];
}

/* ---- Elementwise ---------------------------------------------------------------------------------------------------------- */

static void ref_add(const struct reference_run *r)
{
    for (uint32_t i = 0; i < width(r); i++)
        put(r, 2, i, get(r, 0, i) + get(r, 1, i));
}

/** a * constant 0 + b + constant 2, or a + b in the build without constants. */
static void ref_add_constants(const struct reference_run *r)
{
    float scale = 1, offset = 0;
    for (uint32_t i = 0; i < r->constant_count; i++)
        memcpy(r->constants[i].index ? &offset : &scale, &r->constants[i].bits, 4);
    for (uint32_t i = 0; i < width(r); i++)
        put(r, 2, i, get(r, 0, i) * (double)scale + get(r, 1, i) + (double)offset);
}

static void ref_copy(const struct reference_run *r)
{
    for (uint32_t i = 0; i < width(r); i++)
        put(r, 1, i, get(r, 0, i));
}

static void ref_mul3_add1(const struct reference_run *r)
{
    for (uint32_t i = 0; i < width(r); i++)
        set_word(r, 0, i, word(r, 0, i) * 3 + 1);
}

static void ref_mul4_add3(const struct reference_run *r)
{
    for (uint32_t i = 0; i < width(r); i++)
        put(r, 0, i, get(r, 0, i) * 4 + 3);
}

static void ref_below(const struct reference_run *r)
{
    for (uint32_t i = 0; i < width(r); i++)
        put(r, 1, i, get(r, 0, i) < get(r, 2, 0));
}

/* ---- Rows ----------------------------------------------------------------------------------------------------------------- */

/** First index of the extreme of each row; one threadgroup per row. */
static void ref_arg(const struct reference_run *r)
{
    bool max = !strncmp(r->function, "argmax", 6);
    uint32_t size = word(r, 7, 0);
    for (uint32_t row = 0; row < r->grid->groups[1]; row++) {
        uint32_t best = 0;
        for (uint32_t i = 1; i < size; i++) {
            double v = get(r, 0, row * size + i), b = get(r, 0, row * size + best);
            if (max ? v > b : v < b)
                best = i;
        }
        set_word(r, 1, row, best);
    }
}

static void ref_rms(const struct reference_run *r)
{
    double eps = get(r, 3, 0);
    uint32_t size = word(r, 4, 0), stride = word(r, 5, 0);
    for (uint32_t row = 0; row < r->grid->groups[0]; row++) {
        double sum = 0;
        for (uint32_t i = 0; i < size; i++)
            sum += pow(get(r, 0, row * size + i), 2);
        for (uint32_t i = 0; i < size; i++)
            put(r, 2, row * size + i, get(r, 0, row * size + i) / sqrt(sum / size + eps) * get(r, 1, (uint64_t)i * stride));
    }
}

static void ref_layer_norm(const struct reference_run *r)
{
    double eps = get(r, 4, 0);
    uint32_t size = word(r, 5, 0), w = word(r, 6, 0), b = word(r, 7, 0);
    for (uint32_t row = 0; row < r->grid->groups[0]; row++) {
        double mean = 0, variance = 0;
        for (uint32_t i = 0; i < size; i++)
            mean += get(r, 0, row * size + i) / size;
        for (uint32_t i = 0; i < size; i++)
            variance += pow(get(r, 0, row * size + i) - mean, 2) / size;
        for (uint32_t i = 0; i < size; i++)
            put(r, 3, row * size + i,
                (get(r, 0, row * size + i) - mean) / sqrt(variance + eps) * get(r, 1, (uint64_t)i * w) +
                    get(r, 2, (uint64_t)i * b));
    }
}

static void ref_sum(const struct reference_run *r)
{
    uint32_t size = word(r, 2, 0), threads = r->grid->threads[0];
    for (uint32_t group = 0; group < r->grid->groups[0]; group++) {
        double sum = 0;
        for (uint32_t i = group * threads; i < (group + 1) * threads && i < size; i++)
            sum += get(r, 0, i);
        put(r, 1, group, sum);
    }
}

/* ---- Convolutions --------------------------------------------------------------------------------------------------------- */

static void ref_conv_1d(const struct reference_run *r)
{
    const struct cpu_grid *g = r->grid;
    uint32_t channels = g->groups[0] * g->threads[0], rows = g->groups[1] * g->threads[1], batches = g->groups[2] * g->threads[2];
    int32_t size = (int32_t)word(r, 4, 0);
    bool large = strstr(r->function, "_large") != NULL;
    uint64_t strides[3];
    for (unsigned i = 0; i < 3; i++)
        strides[i] = large ? (uint64_t)get(r, 3, i) : word(r, 3, i);
    for (uint32_t n = 0; n < batches; n++)
        for (uint32_t y = 0; y < rows; y++)
            for (uint32_t c = 0; c < channels; c++) {
                double sum = 0;
                for (int32_t k = 0; k < size; k++)
                    sum += get(r, 0, n * strides[0] + (y + (uint32_t)k) * strides[1] + c * strides[2]) *
                           get(r, 1, c * (uint32_t)size + (uint32_t)k);
                put(r, 2, ((uint64_t)n * rows + y) * channels + c, sum);
            }
}

/* ---- Tables --------------------------------------------------------------------------------------------------------------- */

static void set_bit(const struct reference_run *r, uint32_t index, uint32_t bit)
{
    set_word(r, index, bit / 32, word(r, index, bit / 32) | 1u << bit % 32);
}

static void ref_bitmap(const struct reference_run *r)
{
    for (uint32_t i = 0; i < width(r) && i < word(r, 2, 0); i++)
        set_bit(r, 1, word(r, 0, i));
}

static void ref_priority_bitmap(const struct reference_run *r)
{
    for (uint32_t i = 0; i < width(r) && i < word(r, 3, 0); i++)
        if (get(r, 1, i) == '1' || get(r, 1, i) == '2')
            set_bit(r, 2, word(r, 0, i));
}

static void ref_count(const struct reference_run *r)
{
    for (uint32_t i = 0; i < word(r, 3, 0); i++) {
        int32_t key = (int32_t)word(r, 0, i);
        if (get(r, 1, i) != 0 && key >= 1 && (uint32_t)key <= word(r, 4, 0))
            set_word(r, 2, (uint32_t)key - 1, word(r, 2, (uint32_t)key - 1) + 1);
    }
}

static void ref_threshold(const struct reference_run *r)
{
    for (uint32_t i = 0; i < width(r) && i < word(r, 3, 0); i++)
        put(r, 2, i, word(r, 1, i) ? 0.2 * get(r, 0, i) / word(r, 1, i) : 0);
}

static void ref_radix(const struct reference_run *r)
{
    for (uint32_t i = 0; i < word(r, 2, 0); i++) {
        uint32_t key = word(r, 0, i), h = (key ^ key >> 16) * 73244475u;
        h = (h ^ h >> 16) & 1023;
        set_word(r, 1, h, word(r, 1, h) + 1);
    }
}

/* ---- Textures ------------------------------------------------------------------------------------------------------------- */

/** A rectangle (x, y, width, height) in one opaque colour, red and blue swapped by constant 1. */
static void ref_fill_texture(const struct reference_run *r)
{
    struct cpu_texture *t = &r->c->textures[0].texture;
    uint16_t rect[4];
    float color[4];
    memcpy(color, buffer(r, 0)->data, sizeof color);
    memcpy(rect, buffer(r, 1)->data, sizeof rect);
    if (r->constants[0].bits) {
        float red = color[0];
        color[0] = color[2];
        color[2] = red;
    }
    color[3] = 1;
    for (uint32_t y = rect[1]; y < rect[1] + rect[3] && y < t->height; y++)
        for (uint32_t x = rect[0]; x < rect[0] + rect[2] && x < t->width; x++)
            memcpy(&t->texels[4 * (y * t->width + x)], color, sizeof color);
}

reference_fn *reference_find(const char *file, const char *function, const struct cpu_entry *entry, uint32_t simd_width)
{
    static const struct {
        const char *file, *function;
        reference_fn *fn;
        bool wide; /**< Builds that use simdgroups count on 32 lanes. */
    } list[] = {
        {"darlinghq_indium__*", "add_arrays", ref_add, false},
        {"JuliaGPU_Metal.jl__*", "vadd", ref_add_constants, false},
        {"JuliaGPU_Metal.jl__*", "fill_texture", ref_fill_texture, false},
        {"dl-alexandre_mercatus__*", "passthrough", ref_copy, false},
        {"steelbrain_reims-vgpu__*", "apv_cs", ref_mul3_add1, false},
        {"steelbrain_reims-vgpu__*", "k", ref_mul4_add3, false},
        {"Iito_spindll__mlx*", "argm[ai]*", ref_arg, false},
        {"Iito_spindll__mlx*", "rms*", ref_rms, false},
        {"Iito_spindll__mlx*", "layer_norm*", ref_layer_norm, false},
        {"Iito_spindll__mlx*", "depthwise_conv_1d*", ref_conv_1d, false},
        {"nd-tung_GPUDBMetalBenchmark__*", "selection_kernel", ref_below, false},
        {"nd-tung_GPUDBMetalBenchmark__*", "sum_kernel_stage1", ref_sum, true},
        {"nd-tung_GPUDBMetalBenchmark__*", "q22_build_orders_bitmap_kernel", ref_bitmap, false},
        {"nd-tung_GPUDBMetalBenchmark__*", "q12_build_priority_bitmap", ref_priority_bitmap, false},
        {"nd-tung_GPUDBMetalBenchmark__*", "q13_count_prefiltered_kernel", ref_count, false},
        {"nd-tung_GPUDBMetalBenchmark__*", "q17_compute_threshold_kernel", ref_threshold, false},
        {"nd-tung_GPUDBMetalBenchmark__*", "sf100_radix_histogram", ref_radix, false},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (!fnmatch(list[i].file, file, 0) && !fnmatch(list[i].function, function, 0))
            return list[i].wide && entry->simd && simd_width != 32 ? NULL : list[i].fn;
    return NULL;
}
