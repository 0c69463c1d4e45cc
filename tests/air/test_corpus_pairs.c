/* SPDX-License-Identifier: MIT */
/**
 * @file Vertex and fragment functions that Apple's compiler produced, drawn as a quad through translator and renderer, and by the
 * CPU machine. A fragment function meets the first vertex function, in its own file if there is one, that gives it all its inputs.
 *
 * Pixels count that lie inside of the triangles and do not change when the CPU machine's functions are off by their last bits. The
 * image passes when 99.9 % of them are within 2/255 (of the colour, where that is larger than 1).
 */
#include "tests/vulkan/harness.h"

#include "tests/air/corpus_pair.h"
#include "tests/common/corpus.h"

#include <math.h>

enum {
    RGBA32_UINT = 123,
    RGBA32_SINT = 124,
    RGBA32_FLOAT = 125,
    FLOAT4 = 31,
    INT4 = 35,
    UINT4 = 39,
    ATTRIBUTE_SLOT = 30,
    MAX_VERTEX = 128,
    MAX_SEEN = 4096,
    MAX_ORIGINS = 64
};

/* ---- Device --------------------------------------------------------------------------------------------------------------- */

static struct pvg_rfunc *make_function(struct harness *h, const struct pvg_metallib_function *m)
{
    const struct pvg_metallib_entry e = {.name = m->name, .type = m->type, .bitcode = m->bitcode, .bitcode_size = m->bitcode_size};
    uint8_t *container;
    size_t size;
    struct pvg_error err = {{0}};
    if (pvg_metallib_write(&e, 1, &container, &size, &err))
        fail_msg("%s: %s", m->name, err.message);
    struct pvg_rfunc *f = h->ops->function_create(h->r, container, size);
    free(container);
    assert_non_null(f);
    return f;
}

static void describe_attributes(const struct pair *p, struct pvg_w_vertex_descriptor *d)
{
    const struct cpu_entry *e = cpu_entry(p->cpu[0]);
    for (uint32_t a = 0; a < e->arg_count; a++) {
        const struct cpu_arg *arg = &e->args[a];
        if (arg->kind != CPU_ARG_ATTRIBUTE || arg->index >= 32)
            continue;
        bool integer = arg->value.kind == JIT_INT;
        d->present = true;
        d->attributes[d->attribute_count++] = (struct pvg_w_vertex_attribute){.index = (uint8_t)arg->index,
                                                                              .format = !integer              ? FLOAT4
                                                                                        : arg->type[0] == 'u' ? UINT4
                                                                                                              : INT4,
                                                                              .buffer = ATTRIBUTE_SLOT,
                                                                              .offset = 16 * arg->index};
    }
    d->layout_mask = 1u << ATTRIBUTE_SLOT;
    d->layouts[ATTRIBUTE_SLOT] =
        (struct pvg_w_vertex_layout){.step_function = PVG_W_STEP_PER_VERTEX, .step_rate = 1, .stride = 512};
}

static struct pvg_rbuf *attribute_buffer(struct harness *h, const struct pair *p)
{
    const struct cpu_entry *e = cpu_entry(p->cpu[0]);
    uint8_t *bytes;
    struct pvg_rbuf *b = harness_buffer(h, 4 * 512, &bytes);
    for (uint32_t a = 0; a < e->arg_count; a++) {
        const struct cpu_arg *arg = &e->args[a];
        if (arg->kind != CPU_ARG_ATTRIBUTE || arg->index >= 32)
            continue;
        for (unsigned v = 0; v < 4; v++)
            for (unsigned k = 0; k < 4; k++) {
                double d = p->attributes[v][arg->index][k];
                float f = (float)d;
                int32_t i = (int32_t)d;
                memcpy(bytes + v * 512 + arg->index * 16 + k * 4, arg->value.kind == JIT_INT ? (const void *)&i : &f, 4);
            }
    }
    return b;
}

static struct pvg_rpipe *make_pipeline(struct harness *h, const struct pair *p)
{
    struct pvg_rfunc *functions[PVG_RSTAGE_COUNT] = {0};
    struct pvg_w_render_pipeline desc;
    pvg_w_render_pipeline_init(&desc);
    for (unsigned t = 0; t < PAIR_MAX_TARGETS; t++) {
        desc.color[t].present = p->targets >> t & 1;
        desc.color[t].format = desc.color[t].present ? RGBA32_FLOAT : 0;
    }
    describe_attributes(p, &desc.vertex);
    functions[PVG_RSTAGE_VERTEX] = make_function(h, p->functions[0]);
    functions[PVG_RSTAGE_FRAGMENT] = make_function(h, p->functions[1]);
    struct pvg_rpipe *pipe = h->ops->render_pipeline_create(h->r, &desc, functions);
    h->ops->function_release(h->r, functions[PVG_RSTAGE_VERTEX]);
    h->ops->function_release(h->r, functions[PVG_RSTAGE_FRAGMENT]);
    return pipe;
}

static struct pvg_rtex *make_texture(struct harness *h, const struct case_texture *t)
{
    const struct cpu_texture *x = &t->texture;
    struct pvg_rtex_desc desc = {.desc = {.type = x->dim == CPU_CUBE ? PVG_W_TEX_CUBE
                                                  : x->dim == CPU_3D ? PVG_W_TEX_3D
                                                                     : PVG_W_TEX_2D,
                                          .format = !x->integer    ? RGBA32_FLOAT
                                                    : t->is_signed ? RGBA32_SINT
                                                                   : RGBA32_UINT,
                                          .width = x->width,
                                          .height = x->height,
                                          .depth = x->depth,
                                          .levels = 1,
                                          .samples = 1,
                                          .array_length = 1,
                                          .usage = 3,
                                          .options = PVG_W_STORAGE_PRIVATE << 4,
                                          .swizzle = {2, 3, 4, 5}}};
    struct pvg_rtex *texture = h->ops->texture_create(h->r, &desc);
    uint8_t *bytes;
    size_t size = cpu_texture_bytes(x), slices = x->dim == CPU_CUBE ? 6 : 1;
    struct pvg_rbuf *staging = harness_buffer(h, size, &bytes);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_non_null(texture);
    memcpy(bytes, x->texels, size);
    for (uint32_t s = 0; s < slices; s++) {
        const struct pvg_rlinear src = {.buffer = staging,
                                        .offset = s * (size / slices),
                                        .bytes_per_row = 16 * x->width,
                                        .bytes_per_image = 16 * x->width * x->height};
        const struct pvg_rregion dst = {.texture = texture, .slice = s};
        const uint32_t extent[3] = {x->width, x->height, x->depth};
        assert_true(h->ops->copy_buffer_to_texture(cmd, &src, extent, &dst));
    }
    harness_run(h, cmd);
    h->ops->buffer_release(h->r, staging);
    return texture;
}

static struct pvg_rsampler *make_sampler(struct harness *h, const struct cpu_sampler *s)
{
    static const uint8_t modes[] = {4, 0, 2, 3}; /* MTLSamplerAddressMode of the coding of spec 07 section 3.11. */
    const struct pvg_w_sampler desc = {.min_filter = s->min,
                                       .mag_filter = s->mag,
                                       .address = {modes[s->address[0]], modes[s->address[1]], modes[s->address[2]]},
                                       .max_anisotropy = 1,
                                       .normalized = true,
                                       .lod_max = 1000};
    struct pvg_rsampler *sampler = h->ops->sampler_create(h->r, &desc);
    assert_non_null(sampler);
    return sampler;
}

/** Objects that one stage's case became. */
struct bound {
    struct pvg_rbuf *buffers[31];
    struct pvg_rtex *textures[16];
};

static void upload(struct harness *h, const struct test_case *c, struct bound *b)
{
    for (uint32_t i = 0; i < c->buffer_count; i++) {
        uint8_t *bytes;
        b->buffers[i] = harness_buffer(h, CASE_SLOT, &bytes);
        memcpy(bytes, c->buffers[i].data, CASE_SLOT);
    }
    for (uint32_t i = 0; i < c->texture_count; i++)
        b->textures[i] = make_texture(h, &c->textures[i]);
}

static void bind(struct harness *h, struct pvg_rcmd *cmd, enum pvg_rstage stage, const struct test_case *c, const struct bound *b,
                 struct pvg_rsampler *sampler)
{
    for (uint32_t i = 0; i < c->buffer_count; i++)
        h->ops->set_buffer(cmd, stage, c->buffers[i].index, b->buffers[i], 0, UINT32_MAX);
    for (uint32_t i = 0; i < c->texture_count; i++)
        h->ops->set_texture(cmd, stage, c->textures[i].index, b->textures[i]);
    for (uint32_t i = 0; i < 16; i++)
        if (c->sampler_mask >> i & 1)
            h->ops->set_sampler(cmd, stage, i, sampler, NULL);
}

static void release(struct harness *h, const struct test_case *c, struct bound *b)
{
    for (uint32_t i = 0; i < c->buffer_count; i++)
        h->ops->buffer_release(h->r, b->buffers[i]);
    for (uint32_t i = 0; i < c->texture_count; i++)
        h->ops->texture_release(h->r, b->textures[i]);
}

/** @return false when there is no pipeline. */
static bool device_draw(struct harness *h, const struct pair *p, struct pair_image *image)
{
    struct pvg_rpipe *pipe = make_pipeline(h, p);
    if (!pipe)
        return false;
    uint64_t pages = h->next_page;
    struct bound bound[2] = {0};
    struct pvg_rtex *targets[PAIR_MAX_TARGETS] = {0};
    struct pvg_rsampler *samplers[2] = {make_sampler(h, &p->cases[0].sampler), make_sampler(h, &p->cases[1].sampler)};
    struct pvg_rbuf *attributes = attribute_buffer(h, p);
    struct pvg_rpass pass = {0};
    for (unsigned t = 0; t < PAIR_MAX_TARGETS; t++) {
        if (!(p->targets >> t & 1))
            continue;
        targets[t] = harness_texture(h, RGBA32_FLOAT, PAIR_SIZE, PAIR_SIZE, 4);
        pass.color[t] = (struct pvg_rattachment){.texture = targets[t], .load_action = 2, .store_action = 1};
        for (unsigned k = 0; k < 4; k++)
            pass.color[t].clear[k] = (double)p->clear[t][k];
    }
    upload(h, &p->cases[0], &bound[0]);
    upload(h, &p->cases[1], &bound[1]);
    const struct pvg_rdraw draw = {.primitive = p->primitive, .count = p->vertices, .instance_count = 1};
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->pass_begin(cmd, &pass));
    h->ops->set_render_pipeline(cmd, pipe);
    bind(h, cmd, PVG_RSTAGE_VERTEX, &p->cases[0], &bound[0], samplers[0]);
    bind(h, cmd, PVG_RSTAGE_FRAGMENT, &p->cases[1], &bound[1], samplers[1]);
    h->ops->set_buffer(cmd, PVG_RSTAGE_VERTEX, ATTRIBUTE_SLOT, attributes, 0, UINT32_MAX);
    bool drawn = h->ops->draw(cmd, &draw);
    h->ops->pass_end(cmd);
    harness_run(h, cmd);
    for (unsigned t = 0; t < PAIR_MAX_TARGETS; t++) {
        if (!targets[t])
            continue;
        harness_read(h, targets[t], PAIR_SIZE, PAIR_SIZE, 16, image->color[t]);
        h->ops->texture_release(h->r, targets[t]);
    }
    release(h, &p->cases[0], &bound[0]);
    release(h, &p->cases[1], &bound[1]);
    h->ops->buffer_release(h->r, attributes);
    h->ops->sampler_release(h->r, samplers[0]);
    h->ops->sampler_release(h->r, samplers[1]);
    h->ops->pipeline_release(h->r, pipe);
    h->next_page = pages;
    return drawn;
}

/* ---- Comparison ----------------------------------------------------------------------------------------------------------- */

struct bar {
    double step;       /**< What values may differ by, from 8-bit targets. */
    unsigned thousand; /**< Pixels of a thousand that may be wrong. */
};

/**
 * Filters of hardware have eight bits of weight, and errors of several of them add up. Where a coordinate falls between two texels,
 * or a value on a threshold of the shader, two variations of the reference need not show it.
 */
static struct bar bar_of(struct harness *h)
{
    bool software = strstr(h->ops->caps(h->r)->name, "llvmpipe");
    return software ? (struct bar){2.0 / 255, 1} : (struct bar){3.0 / 255, 3};
}

/** @return 0 equal, 1 different, 2 undetermined. */
static int compare_pixel(const struct pair *p, const struct bar *bar, const struct pair_image *a, const struct pair_image *b,
                         const struct pair_image *c, const struct pair_image *g, unsigned x, unsigned y, unsigned *component)
{
    int verdict = 0;
    for (unsigned i = 0; i < 4 * PAIR_MAX_TARGETS; i++) {
        unsigned t = i / 4, k = i % 4;
        if (!(p->targets >> t & 1))
            continue;
        double va = (double)a->color[t][y][x][k], vb = (double)b->color[t][y][x][k];
        double vc = (double)c->color[t][y][x][k], vg = (double)g->color[t][y][x][k];
        double unit = bar->step * fmax(1, fabs(va)), spread = fmax(fabs(va - vb), fabs(va - vc));
        if (isnan(va) || isinf(va) || isnan(vb) || isnan(vc) || !(spread <= unit))
            return 2;
        if (!(fabs(va - vg) <= unit + spread)) {
            *component = i;
            verdict = 1;
        }
    }
    return verdict;
}

/** `images`: exact, two variations, the device's. */
static void judge(const struct pair *p, const struct pair_image images[4], const struct bar *bar, struct outcome *out)
{
    const struct pair_image *a = &images[0], *b = &images[1], *c = &images[2], *g = &images[3];
    unsigned wrong = 0, covered = 0;
    for (unsigned y = 0; y < PAIR_SIZE; y++)
        for (unsigned x = 0; x < PAIR_SIZE; x++) {
            unsigned component = 0;
            if (a->state[y][x] == 1)
                continue;
            covered += a->state[y][x] >= 2;
            int verdict = a->state[y][x] != b->state[y][x] ? 2 : compare_pixel(p, bar, a, b, c, g, x, y, &component);
            out->compared += a->state[y][x] >= 2 && verdict != 2;
            out->left += verdict == 2;
            if (verdict != 1)
                continue;
            if (!wrong++)
                pvg_error_set(&out->detail, "pixel %u,%u component %u: device %g, CPU %g", x, y, component,
                              (double)g->color[component / 4][y][x][component % 4],
                              (double)a->color[component / 4][y][x][component % 4]);
        }
    out->verdict = covered < 64                                   ? VERDICT_IDLE
                   : out->compared * 2 < covered                  ? VERDICT_UNSTABLE
                   : wrong * 1000 > bar->thousand * out->compared ? VERDICT_DIFFERENT
                                                                  : VERDICT_SAME;
    if (out->verdict == VERDICT_DIFFERENT) {
        struct pvg_error first = out->detail;
        pvg_error_set(&out->detail, "%s (%u wrong)", first.message, wrong);
    }
}

static void check_pair(struct harness *h, const struct pvg_metallib_function *vertex, const struct pvg_metallib_function *fragment,
                       uint8_t *arena, struct outcome *out)
{
    static const struct cpu_variation runs[3] = {{0}, {.wobble = 2e-6, .seed = 1, .fill = 0x3C}, {.wobble = 2e-6, .seed = 2}};
    static struct pair p;
    static struct pair_image images[4];
    const struct bar bar = bar_of(h);
    memset(out, 0, sizeof *out);
    if (pair_open(&p, vertex, fragment, arena, out)) {
        out->verdict = VERDICT_FAULT;
        bool done = true;
        for (int i = 0; i < 3 && done; i++)
            done = pair_draw(&p, &runs[i], &images[i], &out->detail);
        if (done) {
            out->verdict = VERDICT_REFUSED;
            if (device_draw(h, &p, &images[3]))
                judge(&p, images, &bar, out);
        }
    }
    pair_close(&p);
}

/* ---- Corpus --------------------------------------------------------------------------------------------------------------- */

struct library {
    char name[96];
    struct pvg_metallib *lib;
};

struct vertex {
    const struct library *library;
    const struct pvg_metallib_function *function;
    struct cpu_entry entry;
};

struct run_all {
    struct harness *h;
    uint8_t *arena;
    struct library libraries[256];
    size_t library_count;
    struct vertex vertices[MAX_VERTEX];
    size_t vertex_count;
    uint64_t seen[MAX_SEEN];
    size_t seen_count;
    struct {
        char origin[64];
        unsigned verdicts[VERDICT_COUNT];
    } origins[MAX_ORIGINS];
    size_t origin_count;
};

static size_t origin_length(const char *file)
{
    const char *end = strstr(file, "__");
    return end ? (size_t)(end - file) : strlen(file);
}

static bool is_new(struct run_all *a, uint64_t hash)
{
    for (size_t i = 0; i < a->seen_count; i++)
        if (a->seen[i] == hash)
            return false;
    if (a->seen_count < MAX_SEEN)
        a->seen[a->seen_count++] = hash;
    return true;
}

static bool read_entry(const struct pvg_metallib_function *fn, struct cpu_entry *e)
{
    struct pvg_error err = {{0}};
    struct cpu *cpu = cpu_open(fn->bitcode, fn->bitcode_size, fn->name, NULL, 0, &err);
    if (!cpu)
        return false;
    *e = *cpu_entry(cpu);
    cpu_close(cpu);
    return true;
}

static void load(struct run_all *a, const struct corpus *corpus)
{
    for (size_t i = 0; i < corpus->count && a->library_count < 256; i++) {
        size_t size;
        struct library *l = &a->libraries[a->library_count];
        if (strstr(corpus->names[i], ".tsv"))
            continue;
        uint8_t *data = corpus_read(corpus, i, &size);
        if (!pvg_metallib_open(data, size, &l->lib, NULL)) {
            snprintf(l->name, sizeof l->name, "%s", corpus->names[i]);
            a->library_count++;
        }
        free(data);
    }
    for (size_t i = 0; i < a->library_count; i++)
        for (size_t k = 0; k < pvg_metallib_function_count(a->libraries[i].lib) && a->vertex_count < MAX_VERTEX; k++) {
            const struct pvg_metallib_function *fn = pvg_metallib_function_at(a->libraries[i].lib, k);
            struct vertex *v = &a->vertices[a->vertex_count];
            if (fn->type == 0 && fn->tessellation < 0 && read_entry(fn, &v->entry)) {
                v->library = &a->libraries[i];
                v->function = fn;
                a->vertex_count++;
            }
        }
}

/** In the same file, else of the same origin, else any. */
static const struct vertex *partner(const struct run_all *a, const struct library *l, const struct cpu_entry *fragment)
{
    for (int distance = 0; distance < 3; distance++)
        for (size_t i = 0; i < a->vertex_count; i++) {
            const struct vertex *v = &a->vertices[i];
            size_t n = origin_length(l->name);
            bool near = distance == 0   ? v->library == l
                        : distance == 1 ? origin_length(v->library->name) == n && !strncmp(v->library->name, l->name, n)
                                        : true;
            if (near && pair_fits(&v->entry, fragment))
                return v;
        }
    return NULL;
}

static unsigned *verdicts_of(struct run_all *a, const char *file)
{
    size_t n = origin_length(file);
    for (size_t i = 0; i < a->origin_count; i++)
        if (strlen(a->origins[i].origin) == n && !strncmp(a->origins[i].origin, file, n))
            return a->origins[i].verdicts;
    assert_true(a->origin_count < MAX_ORIGINS);
    snprintf(a->origins[a->origin_count].origin, 64, "%.*s", (int)(n < 63 ? n : 63), file);
    return a->origins[a->origin_count++].verdicts;
}

static void run_fragment(struct run_all *a, const struct library *l, const struct pvg_metallib_function *fn)
{
    static struct cpu_entry e;
    struct outcome out = {.verdict = VERDICT_UNKNOWN};
    const struct vertex *v = read_entry(fn, &e) ? partner(a, l, &e) : NULL;
    if (v)
        check_pair(a->h, v->function, fn, a->arena, &out);
    verdicts_of(a, l->name)[out.verdict]++;
    if (out.verdict != VERDICT_SAME || getenv("OPENPVG_TEST_ONLY"))
        print_message("%s: %s + %s: %s: %s (%u pixels compared, %u left)\n", l->name, v ? v->function->name : "no vertex function",
                      fn->name, verdict_name(out.verdict), out.detail.message, out.compared, out.left);
}

static void pairs(void **state)
{
    struct corpus corpus;
    const char *only = getenv("OPENPVG_TEST_ONLY");
    if (!corpus_open(&corpus))
        skip();
    struct run_all *a = calloc(1, sizeof *a);
    size_t arena_size;
    a->h = *state;
    a->arena = case_arena(&arena_size);
    assert_non_null(a->arena);
    load(a, &corpus);
    corpus_close(&corpus);
    for (size_t i = 0; i < a->library_count; i++)
        for (size_t k = 0; k < pvg_metallib_function_count(a->libraries[i].lib); k++) {
            const struct pvg_metallib_function *fn = pvg_metallib_function_at(a->libraries[i].lib, k);
            if (fn->type == 1 && (only ? strstr(fn->name, only) != NULL : corpus_sampled(fn->name)) &&
                is_new(a, corpus_key(a->libraries[i].name, fn)))
                run_fragment(a, &a->libraries[i], fn);
        }
    unsigned same = 0, different = 0, origins = 0;
    for (size_t i = 0; i < a->origin_count; i++) {
        print_message("%s:", a->origins[i].origin);
        for (int v = 0; v < VERDICT_COUNT; v++)
            if (a->origins[i].verdicts[v])
                print_message(" %u %s", a->origins[i].verdicts[v], verdict_name((enum verdict)v));
        print_message("\n");
        same += a->origins[i].verdicts[VERDICT_SAME];
        different += a->origins[i].verdicts[VERDICT_DIFFERENT];
        origins += a->origins[i].verdicts[VERDICT_SAME] > 0;
    }
    print_message("%u pairs of %u origins drawn equal, %u did not\n", same, origins, different);
    for (size_t i = 0; i < a->library_count; i++)
        pvg_metallib_close(a->libraries[i].lib);
    free(a);
    assert_int_equal(different, 0);
    assert_true(same >= 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pairs, harness_setup, harness_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
