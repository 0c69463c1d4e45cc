/* SPDX-License-Identifier: MIT */
/**
 * @file Compiled Metal functions through translator and renderer: every pixel that a triangle covers is compared with the same
 * arithmetic done here in double precision.
 *
 * Each case gives its vertex and its fragment function once more in C. The triangle's edges are avoided by a margin, because
 * coverage is not the subject; interpolation is perspective correct, with different w at the three corners.
 */
#include "tests/vulkan/harness.h"

#include "tests/common/corpus.h"

#include <math.h>

enum { SIZE = 32, VARYINGS = 12, RGBA8_UNORM = 70, RGBA32_FLOAT = 125, FLOAT4_ATTRIBUTE = 31 };

struct corner {
    double position[4];
    double varying[VARYINGS];
};

struct scene {
    float vertices[64]; /**< Bytes of vertex buffer 0. */
    size_t vertex_bytes;
    float uniforms[68]; /**< Bytes of vertex buffer 1 and fragment buffer 0. */
    size_t uniform_bytes;
    uint8_t texels[6][4][4][4]; /**< Faces of the cube, face 0 is the 2D texture. */
};

typedef void (*vertex_fn)(const struct scene *s, unsigned id, struct corner *out);
/** @return false where the result may lie on either side of a discontinuity. */
typedef bool (*fragment_fn)(const struct scene *s, const double *varying, double out[4]);

struct test_case {
    const char *file; /**< Prefix of the library's name. */
    const char *vertex, *fragment;
    vertex_fn vertex_model;
    fragment_fn fragment_model;
    void (*fill)(struct scene *s);
    unsigned attributes;  /**< float4 attributes of vertex buffer 0; 0: fetched by the function itself. */
    unsigned cube, image; /**< Textures bound to fragment texture 0. */
    bool sampler;
    double tolerance;
};

/* ---- Arithmetic ----------------------------------------------------------------------------------------------------------- */

static double dot(const double *a, const double *b, unsigned n)
{
    double sum = 0;

    for (unsigned i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static void normalize(double *v, unsigned n)
{
    double length = sqrt(dot(v, v, n));

    for (unsigned i = 0; i < n; i++)
        v[i] /= length;
}

/* Column-major matrix of `columns` columns, each starting at a multiple of four floats, times a vector. */
static void transform(const float *m, unsigned columns, const double *v, double *out, unsigned rows)
{
    for (unsigned r = 0; r < rows; r++) {
        out[r] = 0;
        for (unsigned c = 0; c < columns; c++)
            out[r] += (double)m[4 * c + r] * v[c];
    }
}

static void load(const float *from, double *to, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        to[i] = from[i];
}

static double saturate(double v)
{
    return v < 0 ? 0 : v > 1 ? 1 : v;
}

/* ---- Scenes --------------------------------------------------------------------------------------------------------------- */

static const float corners[3][4] = {{-0.9f, -0.8f, 0.3f, 1}, {0.95f, -0.7f, 0.6f, 1}, {0.1f, 0.9f, 0.1f, 1}};

static void fill_texels(struct scene *s)
{
    for (unsigned f = 0; f < 6; f++)
        for (unsigned y = 0; y < 4; y++)
            for (unsigned x = 0; x < 4; x++) {
                const uint8_t texel[4] = {(uint8_t)(40 * f + 10), (uint8_t)(60 * x + 20), (uint8_t)(60 * y + 15),
                                          (uint8_t)(255 - 20 * f)};
                memcpy(s->texels[f][y][x], texel, 4);
            }
}

/* Positions in pixels around the centre, then a colour or texture coordinates; the viewport's size in buffer 1. */
static void fill_2d(struct scene *s, unsigned stride, unsigned extra_at, unsigned extra)
{
    static const float values[3][4] = {{1, 0.25f, 0, 1}, {0, 0.9f, 0.125f, 0.5f}, {0.25f, 0.5f, 0.875f, 0}};

    for (unsigned i = 0; i < 3; i++) {
        s->vertices[i * stride] = corners[i][0] * SIZE / 2;
        s->vertices[i * stride + 1] = corners[i][1] * SIZE / 2;
        memcpy(&s->vertices[i * stride + extra_at], values[i], extra * sizeof(float));
    }
    s->vertex_bytes = 3 * stride * sizeof(float);
    memcpy(s->uniforms, (uint32_t[2]){SIZE, SIZE}, 8);
    s->uniform_bytes = 8;
    fill_texels(s);
}

static void fill_coloured(struct scene *s)
{
    fill_2d(s, 8, 4, 4);
}

static void fill_textured(struct scene *s)
{
    fill_2d(s, 4, 2, 2);
}

/* A projection whose w depends on the position, so that interpolation has to be perspective correct. */
static void project(float *m)
{
    const float matrix[16] = {1.1f, 0.05f, 0, 0.2f, -0.1f, 1.2f, 0.05f, 0.1f, 0.05f, 0, 0.4f, 0.3f, 0.02f, -0.03f, 0.25f, 1.2f};
    memcpy(m, matrix, sizeof(matrix));
}

static void rotate(float *m, float angle)
{
    const float matrix[16] = {cosf(angle), 0, -sinf(angle), 0, 0.1f, 1,    0.05f, 0,
                              sinf(angle), 0, cosf(angle),  0, 0.1f, 0.2f, -0.9f, 1};
    memcpy(m, matrix, sizeof(matrix));
}

static void fill_projected(struct scene *s)
{
    static const float colors[3][4] = {{1, 0.25f, 0, 1}, {0, 0.9f, 0.125f, 0.5f}, {0.25f, 0.5f, 0.875f, 0}};

    for (unsigned i = 0; i < 3; i++) {
        memcpy(&s->vertices[8 * i], corners[i], 16);
        memcpy(&s->vertices[8 * i + 4], colors[i], 16);
    }
    s->vertex_bytes = 96;
    project(s->uniforms);
    s->uniform_bytes = 64;
}

/* Model-view-projection, model-view, normal matrix of three columns. */
static void fill_lit(struct scene *s, unsigned stride)
{
    static const float normals[3][4] = {{0.3f, 0.2f, 0.9f, 0}, {-0.4f, 0.8f, 0.4f, 0}, {0.2f, 0.9f, 0.6f, 0}};
    static const float uv[3][2] = {{0.05f, 0.1f}, {1.3f, 0.2f}, {0.4f, 0.95f}};
    float rotation[16];

    for (unsigned i = 0; i < 3; i++) {
        memcpy(&s->vertices[stride * i], corners[i], 16);
        memcpy(&s->vertices[stride * i + 4], normals[i], 16);
        if (stride > 8)
            memcpy(&s->vertices[stride * i + 8], uv[i], 8);
    }
    s->vertex_bytes = 3 * stride * sizeof(float);
    project(s->uniforms);
    rotate(s->uniforms + 16, 0.4f);
    rotate(rotation, 0.3f);
    memcpy(s->uniforms + 32, rotation, 48);
    s->uniform_bytes = 176;
    fill_texels(s);
}

static void fill_light(struct scene *s)
{
    fill_lit(s, 8);
}

static void fill_light_textured(struct scene *s)
{
    fill_lit(s, 10);
}

/* Model, projection, normal and model-view-projection matrix, camera position. */
static void fill_environment(struct scene *s)
{
    static const float normals[3][4] = {{0.3f, 0.2f, 0.9f, 0}, {-0.4f, 0.3f, 0.8f, 0}, {0.2f, -0.5f, 0.7f, 0}};

    for (unsigned i = 0; i < 3; i++) {
        memcpy(&s->vertices[8 * i], corners[i], 16);
        memcpy(&s->vertices[8 * i + 4], normals[i], 16);
    }
    s->vertex_bytes = 96;
    rotate(s->uniforms, 0.5f);
    project(s->uniforms + 16);
    rotate(s->uniforms + 32, 0.3f);
    project(s->uniforms + 48);
    memcpy(s->uniforms + 64, (float[4]){0.3f, -0.2f, 1.4f, 1}, 16);
    s->uniform_bytes = 272;
    fill_texels(s);
}

/* ---- Vertex functions ----------------------------------------------------------------------------------------------------- */

static void pixel_position(const struct scene *s, const float *v, struct corner *out)
{
    uint32_t viewport[2];

    memcpy(viewport, s->uniforms, 8);
    out->position[0] = v[0] / (viewport[0] * 0.5);
    out->position[1] = v[1] / (viewport[1] * 0.5);
    out->position[2] = 0;
    out->position[3] = 1;
}

static void vertex_coloured(const struct scene *s, unsigned id, struct corner *out)
{
    pixel_position(s, &s->vertices[8 * id], out);
    load(&s->vertices[8 * id + 4], out->varying, 4);
}

static void vertex_textured(const struct scene *s, unsigned id, struct corner *out)
{
    pixel_position(s, &s->vertices[4 * id], out);
    load(&s->vertices[4 * id + 2], out->varying, 2);
}

static void vertex_projected(const struct scene *s, unsigned id, struct corner *out)
{
    double position[4];

    load(&s->vertices[8 * id], position, 4);
    transform(s->uniforms, 4, position, out->position, 4);
    load(&s->vertices[8 * id + 4], out->varying, 4);
}

static void vertex_lit(const struct scene *s, const float *v, struct corner *out)
{
    double position[4], normal[3], eye[4];

    load(v, position, 4);
    load(v + 4, normal, 3);
    transform(s->uniforms, 4, position, out->position, 4);
    transform(s->uniforms + 16, 4, position, eye, 4);
    for (unsigned i = 0; i < 3; i++)
        out->varying[i] = -eye[i];
    transform(s->uniforms + 32, 3, normal, out->varying + 3, 3);
}

static void vertex_light(const struct scene *s, unsigned id, struct corner *out)
{
    vertex_lit(s, &s->vertices[8 * id], out);
}

static void vertex_light_textured(const struct scene *s, unsigned id, struct corner *out)
{
    vertex_lit(s, &s->vertices[10 * id], out);
    load(&s->vertices[10 * id + 8], out->varying + 6, 2);
}

static void vertex_skybox(const struct scene *s, unsigned id, struct corner *out)
{
    load(&s->vertices[8 * id], out->varying, 4);
    transform(s->uniforms + 48, 4, out->varying, out->position, 4);
}

/* World normal and direction from the camera, both of unit length in four dimensions as the functions have it. */
static void surface(const struct scene *s, unsigned id, struct corner *out, double normal[4], double view[4])
{
    double position[4], given[4];

    load(&s->vertices[8 * id], position, 4);
    load(&s->vertices[8 * id + 4], given, 4);
    transform(s->uniforms + 48, 4, position, out->position, 4);
    transform(s->uniforms + 32, 4, given, normal, 4);
    transform(s->uniforms, 4, position, view, 4);
    for (unsigned i = 0; i < 4; i++)
        view[i] -= (double)s->uniforms[64 + i];
    normalize(normal, 4);
    normalize(view, 4);
}

static void vertex_reflect(const struct scene *s, unsigned id, struct corner *out)
{
    double normal[4], view[4];

    surface(s, id, out, normal, view);
    for (unsigned i = 0; i < 4; i++)
        out->varying[i] = view[i] - 2 * dot(normal, view, 4) * normal[i];
}

static void vertex_refract(const struct scene *s, unsigned id, struct corner *out)
{
    const double eta = 0.6668513417243958, eta2 = 0.444690704345703;
    double normal[4], view[4];

    surface(s, id, out, normal, view);
    double cosine = dot(normal, view, 4), k = 1 - eta2 * (1 - cosine * cosine);
    for (unsigned i = 0; i < 4; i++)
        out->varying[i] = k < 0 ? 0 : eta * view[i] - (eta * cosine + sqrt(k)) * normal[i];
}

/* ---- Fragment functions --------------------------------------------------------------------------------------------------- */

static bool fragment_colour(const struct scene *s, const double *varying, double out[4])
{
    (void)s;
    memcpy(out, varying, 4 * sizeof(*out));
    return true;
}

/* Linear filter, clamped to the edge. */
static void sample_2d(const struct scene *s, double u, double v, double out[4])
{
    double x = u * 4 - 0.5, y = v * 4 - 0.5;
    int x0 = (int)floor(x), y0 = (int)floor(y);

    memset(out, 0, 4 * sizeof(*out));
    for (int dy = 0; dy < 2; dy++)
        for (int dx = 0; dx < 2; dx++) {
            int tx = x0 + dx, ty = y0 + dy;
            double weight = (dx ? x - x0 : 1 - (x - x0)) * (dy ? y - y0 : 1 - (y - y0));
            tx = tx < 0 ? 0 : tx > 3 ? 3 : tx;
            ty = ty < 0 ? 0 : ty > 3 ? 3 : ty;
            for (unsigned c = 0; c < 4; c++)
                out[c] += weight * s->texels[0][ty][tx][c] / 255;
        }
}

static bool fragment_sample(const struct scene *s, const double *varying, double out[4])
{
    sample_2d(s, varying[0], varying[1], out);
    return true;
}

static const double light[3] = {0.12999999523162842, 0.7200000286102295, 0.6800000071525574};

/* @return specular factor, 0 on the dark side; `diffuse` is the cosine. */
static double shade(const double *eye_in, const double *normal_in, double power, double *diffuse)
{
    double normal[3], eye[3], half[3];

    memcpy(normal, normal_in, sizeof(normal));
    memcpy(eye, eye_in, sizeof(eye));
    normalize(normal, 3);
    *diffuse = saturate(dot(normal, light, 3));
    if (*diffuse <= 0)
        return 0;
    normalize(eye, 3);
    for (unsigned i = 0; i < 3; i++)
        half[i] = eye[i] + light[i];
    normalize(half, 3);
    return pow(saturate(dot(normal, half, 3)), power);
}

static bool fragment_light(const struct scene *s, const double *varying, double out[4])
{
    static const double material[3] = {0.8100000619888306, 0.09000000357627869, 0},
                        ambient[3] = {0.04500000178813934, 0.004999999888241291, 0};
    double diffuse, specular = shade(varying, varying + 3, 100, &diffuse);

    (void)s;
    for (unsigned i = 0; i < 3; i++)
        out[i] = diffuse * material[i] + ambient[i] + specular;
    out[3] = 1;
    /* The highlight starts with a step where the light's cosine leaves 0. */
    return diffuse > 1e-3;
}

static bool fragment_light_textured(const struct scene *s, const double *varying, double out[4])
{
    double texel[4], diffuse, specular = shade(varying, varying + 3, 80, &diffuse);

    sample_2d(s, varying[6], varying[7], texel);
    for (unsigned i = 0; i < 3; i++)
        out[i] = specular * 0.20000000298023224 + (diffuse + 0.05000000074505806) * texel[i];
    out[3] = 1;
    return diffuse > 1e-3;
}

/* Face, then nearest texel, of the direction with its third component negated as the function has it. */
static bool fragment_cube(const struct scene *s, const double *varying, double out[4])
{
    const double d[3] = {varying[0], varying[1], -varying[2]}, a[3] = {fabs(d[0]), fabs(d[1]), fabs(d[2])};
    unsigned axis = a[0] >= a[1] && a[0] >= a[2] ? 0 : a[1] >= a[2] ? 1 : 2;
    double u, v, second = 0;

    for (unsigned i = 0; i < 3; i++)
        if (i != axis && a[i] > second)
            second = a[i];
    if (axis == 0)
        u = d[0] > 0 ? -d[2] : d[2];
    else
        u = axis == 1 || d[2] > 0 ? d[0] : -d[0];
    v = axis == 1 ? (d[1] > 0 ? d[2] : -d[2]) : -d[1];
    u = (u / a[axis] + 1) * 2;
    v = (v / a[axis] + 1) * 2;
    unsigned face = 2 * axis + (d[axis] < 0), x = u < 0 ? 0 : u >= 4 ? 3 : (unsigned)u, y = v < 0 ? 0 : v >= 4 ? 3 : (unsigned)v;
    for (unsigned i = 0; i < 4; i++)
        out[i] = s->texels[face][y][x][i] / 255.0;
    /* Not next to another texel or face. */
    return fabs(u - round(u)) > 0.02 && fabs(v - round(v)) > 0.02 && second < 0.98 * a[axis];
}

/* ---- Rendering ------------------------------------------------------------------------------------------------------------ */

/* The function as a guest sends it: a library of its own. */
static struct pvg_rfunc *function(struct harness *h, const struct corpus *files, int file, const char *name)
{
    struct pvg_metallib *lib;
    struct pvg_rfunc *f = NULL;
    size_t size, container_size;
    uint8_t *data = corpus_read(files, (size_t)file, &size), *container;

    assert_int_equal(pvg_metallib_open(data, size, &lib, NULL), 0);
    free(data);
    for (size_t i = 0; i < pvg_metallib_function_count(lib); i++) {
        const struct pvg_metallib_function *m = pvg_metallib_function_at(lib, i);
        const struct pvg_metallib_entry e = {
            .name = m->name, .type = m->type, .bitcode = m->bitcode, .bitcode_size = m->bitcode_size};
        struct pvg_error err = {{0}};

        if (strcmp(m->name, name) != 0)
            continue;
        if (pvg_metallib_write(&e, 1, &container, &container_size, &err))
            fail_msg("%s: %s", name, err.message);
        f = h->ops->function_create(h->r, container, container_size);
        free(container);
    }
    pvg_metallib_close(lib);
    assert_non_null(f);
    return f;
}

static struct pvg_rtex *texture(struct harness *h, const struct scene *s, bool cube)
{
    struct pvg_rtex_desc desc = {.desc = {.type = cube ? PVG_W_TEX_CUBE : PVG_W_TEX_2D,
                                          .format = RGBA8_UNORM,
                                          .width = 4,
                                          .height = 4,
                                          .depth = 1,
                                          .levels = 1,
                                          .samples = 1,
                                          .array_length = 1,
                                          .usage = 1,
                                          .options = PVG_W_STORAGE_PRIVATE << 4,
                                          .swizzle = {2, 3, 4, 5}}};
    struct pvg_rtex *t = h->ops->texture_create(h->r, &desc);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    uint8_t *bytes;
    struct pvg_rbuf *staging = harness_buffer(h, sizeof(s->texels), &bytes);

    assert_non_null(t);
    memcpy(bytes, s->texels, sizeof(s->texels));
    for (unsigned f = 0; f < (cube ? 6u : 1u); f++) {
        const struct pvg_rlinear src = {.buffer = staging, .offset = f * 64, .bytes_per_row = 16, .bytes_per_image = 64};
        const struct pvg_rregion dst = {.texture = t, .slice = f};
        assert_true(h->ops->copy_buffer_to_texture(cmd, &src, (const uint32_t[3]){4, 4, 1}, &dst));
    }
    harness_run(h, cmd);
    h->ops->buffer_release(h->r, staging);
    return t;
}

static struct pvg_rpipe *pipeline(struct harness *h, const struct corpus *files, const struct test_case *c, int file)
{
    struct pvg_rfunc *functions[PVG_RSTAGE_COUNT] = {0};
    struct pvg_w_render_pipeline desc;
    struct pvg_rpipe *p;

    pvg_w_render_pipeline_init(&desc);
    desc.color[0].present = true;
    desc.color[0].format = RGBA32_FLOAT;
    if (c->attributes) {
        desc.vertex.present = true;
        desc.vertex.attribute_count = c->attributes;
        for (unsigned i = 0; i < c->attributes; i++)
            desc.vertex.attributes[i] =
                (struct pvg_w_vertex_attribute){.index = (uint8_t)i, .format = FLOAT4_ATTRIBUTE, .buffer = 0, .offset = 16 * i};
        desc.vertex.layout_mask = 1;
        desc.vertex.layouts[0] = (struct pvg_w_vertex_layout){.step_function = PVG_W_STEP_PER_VERTEX, .step_rate = 1, .stride = 32};
    }
    functions[PVG_RSTAGE_VERTEX] = function(h, files, file, c->vertex);
    functions[PVG_RSTAGE_FRAGMENT] = function(h, files, file, c->fragment);
    p = h->ops->render_pipeline_create(h->r, &desc, functions);
    assert_non_null(p);
    h->ops->function_release(h->r, functions[PVG_RSTAGE_VERTEX]);
    h->ops->function_release(h->r, functions[PVG_RSTAGE_FRAGMENT]);
    return p;
}

static void render(struct harness *h, const struct corpus *files, const struct test_case *c, int file, const struct scene *s,
                   float *pixels)
{
    struct pvg_rpipe *p = pipeline(h, files, c, file);
    struct pvg_rtex *target = harness_texture(h, RGBA32_FLOAT, SIZE, SIZE, 4), *image = NULL;
    struct pvg_w_sampler linear = {
        .min_filter = c->image, .mag_filter = c->image, .max_anisotropy = 1, .normalized = true, .lod_max = 1000};
    struct pvg_rsampler *sampler = c->sampler ? h->ops->sampler_create(h->r, &linear) : NULL;
    uint8_t *vertex_bytes, *uniform_bytes;
    struct pvg_rbuf *vertices = harness_buffer(h, s->vertex_bytes, &vertex_bytes);
    struct pvg_rbuf *uniforms = harness_buffer(h, s->uniform_bytes, &uniform_bytes);
    struct pvg_rpass pass = {.color = {{.texture = target, .load_action = 2, .store_action = 1, .clear = {-1, -1, -1, -1}}}};
    const struct pvg_rdraw draw = {.primitive = 3, .count = 3, .instance_count = 1};

    memcpy(vertex_bytes, s->vertices, s->vertex_bytes);
    memcpy(uniform_bytes, s->uniforms, s->uniform_bytes);
    if (c->cube || c->image)
        image = texture(h, s, c->cube);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->pass_begin(cmd, &pass));
    h->ops->set_render_pipeline(cmd, p);
    h->ops->set_buffer(cmd, PVG_RSTAGE_VERTEX, 0, vertices, 0, UINT32_MAX);
    h->ops->set_buffer(cmd, PVG_RSTAGE_VERTEX, 1, uniforms, 0, UINT32_MAX);
    h->ops->set_buffer(cmd, PVG_RSTAGE_FRAGMENT, 0, uniforms, 0, UINT32_MAX);
    if (image)
        h->ops->set_texture(cmd, PVG_RSTAGE_FRAGMENT, 0, image);
    if (sampler)
        h->ops->set_sampler(cmd, PVG_RSTAGE_FRAGMENT, 0, sampler, NULL);
    assert_true(h->ops->draw(cmd, &draw));
    h->ops->pass_end(cmd);
    harness_run(h, cmd);
    harness_read(h, target, SIZE, SIZE, 16, pixels);

    if (image)
        h->ops->texture_release(h->r, image);
    if (sampler)
        h->ops->sampler_release(h->r, sampler);
    h->ops->texture_release(h->r, target);
    h->ops->buffer_release(h->r, vertices);
    h->ops->buffer_release(h->r, uniforms);
    h->ops->pipeline_release(h->r, p);
}

/* ---- Comparison ----------------------------------------------------------------------------------------------------------- */

/* Screen-space barycentric coordinates of a point in normalised device coordinates. */
static void barycentric(const struct corner c[3], double x, double y, double b[3])
{
    double px[3], py[3];

    for (unsigned i = 0; i < 3; i++) {
        px[i] = c[i].position[0] / c[i].position[3];
        py[i] = c[i].position[1] / c[i].position[3];
    }
    double area = (px[1] - px[0]) * (py[2] - py[0]) - (px[2] - px[0]) * (py[1] - py[0]);
    for (unsigned i = 0; i < 3; i++) {
        unsigned j = (i + 1) % 3, k = (i + 2) % 3;
        b[i] = ((px[j] - x) * (py[k] - y) - (px[k] - x) * (py[j] - y)) / area;
    }
}

static void interpolate(const struct corner c[3], const double b[3], double *varying)
{
    double w[3], sum = 0;

    for (unsigned i = 0; i < 3; i++) {
        w[i] = b[i] / c[i].position[3];
        sum += w[i];
    }
    for (unsigned v = 0; v < VARYINGS; v++)
        varying[v] = (w[0] * c[0].varying[v] + w[1] * c[1].varying[v] + w[2] * c[2].varying[v]) / sum;
}

static void compare_pixel(const struct test_case *c, const struct scene *s, const float *pixel, const double *varying, unsigned x,
                          unsigned y, unsigned *compared)
{
    double expected[4];

    if (!c->fragment_model(s, varying, expected))
        return;
    ++*compared;
    for (unsigned i = 0; i < 4; i++)
        if (!(fabs((double)pixel[i] - expected[i]) <= c->tolerance))
            fail_msg("%s + %s: pixel %u,%u is %g %g %g %g, expected %g %g %g %g", c->vertex, c->fragment, x, y, (double)pixel[0],
                     (double)pixel[1], (double)pixel[2], (double)pixel[3], expected[0], expected[1], expected[2], expected[3]);
}

static void compare(const struct test_case *c, const struct scene *s, const float *pixels)
{
    struct corner corner[3];
    unsigned inside = 0, outside = 0, compared = 0;

    memset(corner, 0, sizeof(corner));
    for (unsigned i = 0; i < 3; i++)
        c->vertex_model(s, i, &corner[i]);
    for (unsigned y = 0; y < SIZE; y++) {
        for (unsigned x = 0; x < SIZE; x++) {
            const float *pixel = pixels + 4 * (y * SIZE + x);
            double b[3], varying[VARYINGS];

            /* Row 0 is the top, where y is +1. */
            barycentric(corner, 2 * (x + 0.5) / SIZE - 1, 1 - 2 * (y + 0.5) / SIZE, b);
            double least = fmin(b[0], fmin(b[1], b[2]));
            if (least < -0.05) {
                outside++;
                assert_true(pixel[0] == -1 && pixel[3] == -1);
            } else if (least > 0.02) {
                inside++;
                interpolate(corner, b, varying);
                compare_pixel(c, s, pixel, varying, x, y, &compared);
            }
        }
    }
    print_message("%s + %s: %u of %u covered pixels compared, %u left alone\n", c->vertex, c->fragment, compared, inside, outside);
    assert_true(compared >= 100 && compared * 2 >= inside && outside > 50);
}

static const struct test_case cases[] = {
    {.file = "darlinghq_indium__AAPLShaders-18a00a6a",
     .vertex = "vertexShader",
     .fragment = "fragmentShader",
     .vertex_model = vertex_coloured,
     .fragment_model = fragment_colour,
     .fill = fill_coloured,
     .tolerance = 1e-4},
    {.file = "darlinghq_indium__AAPLShaders-9cceab6b",
     .vertex = "vertexShader",
     .fragment = "fragmentShader",
     .vertex_model = vertex_coloured,
     .fragment_model = fragment_colour,
     .fill = fill_coloured,
     .tolerance = 1e-4},
    {.file = "darlinghq_indium__AAPLShaders-3659e1fe",
     .vertex = "vertexShader",
     .fragment = "samplingShader",
     .vertex_model = vertex_textured,
     .fragment_model = fragment_sample,
     .fill = fill_textured,
     .image = 1,
     .tolerance = 0.01},
    {.file = "darlinghq_indium__shaders-91373326",
     .vertex = "vertex_project",
     .fragment = "fragment_flatcolor",
     .vertex_model = vertex_projected,
     .fragment_model = fragment_colour,
     .fill = fill_projected,
     .tolerance = 1e-3},
    {.file = "darlinghq_indium__shaders-0ad1a253",
     .vertex = "vertex_project",
     .fragment = "fragment_light",
     .vertex_model = vertex_light,
     .fragment_model = fragment_light,
     .fill = fill_light,
     .tolerance = 2e-3},
    {.file = "darlinghq_indium__shaders-cccf640c",
     .vertex = "vertex_project",
     .fragment = "fragment_texture",
     .vertex_model = vertex_light_textured,
     .fragment_model = fragment_light_textured,
     .fill = fill_light_textured,
     .image = 1,
     .sampler = true,
     .tolerance = 0.01},
    {.file = "darlinghq_indium__shaders-1f0b4b9d",
     .vertex = "vertex_skybox",
     .fragment = "fragment_cube_lookup",
     .vertex_model = vertex_skybox,
     .fragment_model = fragment_cube,
     .fill = fill_environment,
     .attributes = 2,
     .cube = 1,
     .sampler = true,
     .tolerance = 1e-3},
    {.file = "darlinghq_indium__shaders-1f0b4b9d",
     .vertex = "vertex_reflect",
     .fragment = "fragment_cube_lookup",
     .vertex_model = vertex_reflect,
     .fragment_model = fragment_cube,
     .fill = fill_environment,
     .attributes = 2,
     .cube = 1,
     .sampler = true,
     .tolerance = 1e-3},
    {.file = "darlinghq_indium__shaders-1f0b4b9d",
     .vertex = "vertex_refract",
     .fragment = "fragment_cube_lookup",
     .vertex_model = vertex_refract,
     .fragment_model = fragment_cube,
     .fill = fill_environment,
     .attributes = 2,
     .cube = 1,
     .sampler = true,
     .tolerance = 1e-3},
};

static void pairs(void **state)
{
    struct harness *h = *state;
    struct corpus files;

    if (!corpus_open(&files))
        skip();
    float *pixels = malloc(SIZE * SIZE * 16);
    assert_non_null(pixels);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int file = corpus_find(&files, cases[i].file);
        struct scene scene;

        assert_true(file >= 0);
        memset(&scene, 0, sizeof(scene));
        cases[i].fill(&scene);
        render(h, &files, &cases[i], file, &scene, pixels);
        compare(&cases[i], &scene, pixels);
    }
    free(pixels);
    corpus_close(&files);
}

static void kernel(void **state)
{
    enum { COUNT = 1000 };
    struct harness *h = *state;
    struct corpus files;
    struct pvg_w_compute_pipeline desc;
    struct pvg_rbuf *buffers[3];
    uint8_t *bytes[3];

    if (!corpus_open(&files))
        skip();
    int file = corpus_find(&files, "darlinghq_indium__add-5bfe7eb5");
    assert_true(file >= 0);
    struct pvg_rfunc *f = function(h, &files, file, "add_arrays");
    pvg_w_compute_pipeline_init(&desc);
    struct pvg_rpipe *p = h->ops->compute_pipeline_create(h->r, &desc, f);
    assert_non_null(p);
    for (unsigned b = 0; b < 3; b++) {
        buffers[b] = harness_buffer(h, 4 * (COUNT + 1), &bytes[b]);
        for (unsigned i = 0; i <= COUNT; i++)
            ((float *)bytes[b])[i] = (float)(i * (b + 1)) * 0.25f;
    }
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    h->ops->compute_begin(cmd, false);
    h->ops->set_compute_pipeline(cmd, p);
    for (unsigned b = 0; b < 3; b++)
        h->ops->set_buffer(cmd, PVG_RSTAGE_COMPUTE, b, buffers[b], 0, UINT32_MAX);
    assert_true(h->ops->dispatch_threads(cmd, (const uint32_t[3]){COUNT, 1, 1}, (const uint32_t[3]){64, 1, 1}));
    h->ops->compute_end(cmd);
    harness_run(h, cmd);
    for (unsigned i = 0; i < COUNT; i++)
        assert_true(((const float *)bytes[2])[i] == ((const float *)bytes[0])[i] + ((const float *)bytes[1])[i]);
    /* The partial last group leaves what is behind the grid alone. */
    assert_true(((const float *)bytes[2])[COUNT] == COUNT * 3 * 0.25f);
    for (unsigned b = 0; b < 3; b++)
        h->ops->buffer_release(h->r, buffers[b]);
    h->ops->pipeline_release(h->r, p);
    h->ops->function_release(h->r, f);
    corpus_close(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(kernel, harness_setup, harness_teardown),
        cmocka_unit_test_setup_teardown(pairs, harness_setup, harness_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
