/* SPDX-License-Identifier: MIT */
/** @file Triangles on the CPU: vertices once each, exact interpolation at pixel centres, fragment functions by quads. */
#include "tests/air/corpus_pair.h"

#include "util/log.h"

#include <math.h>
#include <string.h>

struct corner {
    double position[4];
    double varyings[PAIR_MAX_VARYINGS][4]; /**< By output of the vertex function. */
};

static bool run_vertex(struct pair *p, uint32_t id, const struct cpu_variation *v, struct corner *out, struct pvg_error *err)
{
    const struct cpu_entry *e = cpu_entry(p->cpu[0]);
    _Alignas(16) uint8_t result[1024] = {0};
    struct cpu_bindings b;
    struct cpu_invocation one = {.vertex_id = id, .attributes = (const double(*)[4])p->attributes[id], .result = result};
    case_bind(&p->cases[0], &b);
    memset(out, 0, sizeof *out);
    if (cpu_invoke(p->cpu[0], &b, &one, 1, v, err) != CPU_DONE)
        return false;
    for (uint32_t i = 0; i < e->output_count && i < PAIR_MAX_VARYINGS; i++) {
        const struct cpu_output *o = &e->outputs[i];
        for (unsigned k = 0; k < o->value.lanes && k < 4; k++)
            out->varyings[i][k] = cpu_get(result + o->offset, &o->value, k);
        if (!o->varying && !strcmp(o->what, "position"))
            memcpy(out->position, out->varyings[i], sizeof out->position);
    }
    return true;
}

/* ---- Triangles ------------------------------------------------------------------------------------------------------------ */

struct triangle {
    const struct corner *corner[3];
    double x[3], y[3], area;
};

static bool set_up(struct triangle *t, const struct corner *a, const struct corner *b, const struct corner *c)
{
    const struct corner *list[3] = {a, b, c};
    for (int i = 0; i < 3; i++) {
        const double *p = list[i]->position;
        t->corner[i] = list[i];
        if (!(p[3] > 1e-6) || !(p[2] >= 0 && p[2] <= p[3]))
            return false;
        t->x[i] = (p[0] / p[3] + 1) / 2 * PAIR_SIZE;
        t->y[i] = (1 - p[1] / p[3]) / 2 * PAIR_SIZE;
    }
    t->area = (t->x[1] - t->x[0]) * (t->y[2] - t->y[0]) - (t->x[2] - t->x[0]) * (t->y[1] - t->y[0]);
    return fabs(t->area) > 1;
}

static void barycentric(const struct triangle *t, double x, double y, double b[3])
{
    for (int i = 0; i < 3; i++) {
        int j = (i + 1) % 3, k = (i + 2) % 3;
        b[i] = ((t->x[j] - x) * (t->y[k] - y) - (t->x[k] - x) * (t->y[j] - y)) / t->area;
    }
}

/** Pixels to the nearest edge line, negative outside. */
static double depth_inside(const struct triangle *t, const double b[3])
{
    double least = INFINITY;
    for (int i = 0; i < 3; i++) {
        int j = (i + 1) % 3, k = (i + 2) % 3;
        double edge = hypot(t->x[j] - t->x[k], t->y[j] - t->y[k]);
        least = fmin(least, b[i] * fabs(t->area) / edge);
    }
    return least;
}

struct pixel {
    double position[4];
    double varyings[CPU_MAX_ARGS][4];
};

static int output_index(const struct cpu_entry *vertex, const char *key)
{
    for (uint32_t i = 0; i < vertex->output_count && i < PAIR_MAX_VARYINGS; i++)
        if (vertex->outputs[i].varying && !strcmp(vertex->outputs[i].what, key))
            return (int)i;
    return -1;
}

static void interpolate(const struct pair *p, const struct triangle *t, double x, double y, struct pixel *out)
{
    const struct cpu_entry *e = cpu_entry(p->cpu[1]);
    double b[3], w[3], sum = 0, z = 0;
    barycentric(t, x, y, b);
    for (int i = 0; i < 3; i++) {
        w[i] = b[i] / t->corner[i]->position[3];
        sum += w[i];
        z += b[i] * t->corner[i]->position[2] / t->corner[i]->position[3];
    }
    memcpy(out->position, (const double[4]){x, y, z, sum}, sizeof out->position);
    for (uint32_t a = 0; a < e->arg_count; a++) {
        if (e->args[a].kind != CPU_ARG_VARYING)
            continue;
        int from = output_index(cpu_entry(p->cpu[0]), e->args[a].what);
        bool flat = e->args[a].flat || e->args[a].value.kind == JIT_INT;
        for (unsigned k = 0; from >= 0 && k < 4; k++) {
            double v = 0;
            for (int i = 0; i < 3; i++)
                v += t->corner[i]->varyings[from][k] * (e->args[a].no_perspective ? b[i] : w[i] / sum);
            out->varyings[a][k] = flat ? t->corner[0]->varyings[from][k] : v;
        }
    }
}

/* ---- Pixels --------------------------------------------------------------------------------------------------------------- */

static void put_color(struct pair_image *image, const struct cpu_entry *e, const uint8_t *result, unsigned x, unsigned y)
{
    for (uint32_t i = 0; i < e->output_count; i++) {
        const struct cpu_output *o = &e->outputs[i];
        if (strcmp(o->what, "render_target") != 0 || o->index >= PAIR_MAX_TARGETS)
            continue;
        for (unsigned k = 0; k < o->value.lanes && k < 4; k++)
            image->color[o->index][y][x][k] = (float)cpu_get(result + o->offset, &o->value, k);
    }
}

static bool run_quad(struct pair *p, const struct triangle *t, unsigned x, unsigned y, const struct cpu_variation *v,
                     const double inside[4], struct pair_image *image, struct pvg_error *err)
{
    const struct cpu_entry *e = cpu_entry(p->cpu[1]);
    static struct pixel pixels[4];
    static _Alignas(16) uint8_t results[4][1024];
    struct cpu_invocation list[4];
    struct cpu_bindings b;
    case_bind(&p->cases[1], &b);
    for (unsigned i = 0; i < 4; i++) {
        interpolate(p, t, x + (i & 1) + 0.5, y + (i >> 1) + 0.5, &pixels[i]);
        list[i] = (struct cpu_invocation){.varyings = (const double(*)[4])pixels[i].varyings,
                                          .colors = (const float(*)[4])p->clear,
                                          .result = results[i],
                                          .front_facing = t->area > 0};
        memcpy(list[i].position, pixels[i].position, sizeof list[i].position);
    }
    if (cpu_invoke(p->cpu[1], &b, list, 4, v, err) != CPU_DONE)
        return false;
    for (unsigned i = 0; i < 4; i++) {
        unsigned px = x + (i & 1), py = y + (i >> 1);
        if (inside[i] < -0.02)
            continue;
        image->state[py][px] = inside[i] < 0.02 ? 1 : list[i].discarded ? 3 : 2;
        if (inside[i] >= 0.02 && !list[i].discarded)
            put_color(image, e, results[i], px, py);
    }
    return true;
}

static bool draw_triangle(struct pair *p, const struct triangle *t, const struct cpu_variation *v, struct pair_image *image,
                          struct pvg_error *err)
{
    for (unsigned y = 0; y < PAIR_SIZE; y += 2)
        for (unsigned x = 0; x < PAIR_SIZE; x += 2) {
            double inside[4], b[3];
            bool any = false;
            for (unsigned i = 0; i < 4; i++) {
                barycentric(t, x + (i & 1) + 0.5, y + (i >> 1) + 0.5, b);
                inside[i] = depth_inside(t, b);
                any |= inside[i] >= -0.02;
            }
            if (any && !run_quad(p, t, x, y, v, inside, image, err))
                return false;
        }
    return true;
}

bool pair_draw(struct pair *p, const struct cpu_variation *v, struct pair_image *image, struct pvg_error *err)
{
    struct corner corners[6];
    memset(image->state, 0, sizeof image->state);
    for (unsigned t = 0; t < PAIR_MAX_TARGETS; t++)
        for (unsigned i = 0; i < PAIR_SIZE * PAIR_SIZE; i++)
            memcpy(image->color[t][i / PAIR_SIZE][i % PAIR_SIZE], p->clear[t], sizeof p->clear[t]);
    for (uint32_t i = 0; i < p->vertices; i++)
        if (!run_vertex(p, i, v, &corners[i], err))
            return false;
    for (uint32_t i = 0; i + 2 < p->vertices; i += p->primitive == 3 ? 3 : 1) {
        struct triangle t;
        /* The second triangle of a strip keeps its winding; its first vertex stays the first. */
        bool odd = p->primitive == 4 && i & 1;
        if (set_up(&t, &corners[i], &corners[i + (odd ? 2 : 1)], &corners[i + (odd ? 1 : 2)]) &&
            !draw_triangle(p, &t, v, image, err))
            return false;
    }
    return true;
}
