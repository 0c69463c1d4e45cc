/* SPDX-License-Identifier: MIT */
#include "tests/air/corpus_pair.h"

#include "util/log.h"

#include <string.h>

bool pair_fits(const struct cpu_entry *vertex, const struct cpu_entry *fragment)
{
    bool position = false;
    for (uint32_t i = 0; i < vertex->output_count; i++)
        position |= !vertex->outputs[i].varying && !strcmp(vertex->outputs[i].what, "position");
    for (uint32_t a = 0; a < fragment->arg_count; a++) {
        bool found = fragment->args[a].kind != CPU_ARG_VARYING || fragment->args[a].unused;
        for (uint32_t i = 0; i < vertex->output_count && !found; i++)
            found = vertex->outputs[i].varying && !strcmp(vertex->outputs[i].what, fragment->args[a].what);
        if (!found)
            return false;
    }
    return position;
}

static uint32_t seed_of(const char *name)
{
    uint32_t h = 2166136261u;
    for (; *name; name++)
        h = (h ^ (uint8_t)*name) * 16777619u;
    return h;
}

static void make_attributes(struct pair *p)
{
    static const double corners[4][4] = {
        {-0.93, -0.91, 0.25, 1}, {0.95, -0.89, 0.25, 1}, {-0.92, 0.94, 0.25, 1}, {0.94, 0.93, 0.25, 1}};
    const struct cpu_entry *e = cpu_entry(p->cpu[0]);
    for (uint32_t a = 0; a < e->arg_count; a++) {
        const struct cpu_arg *arg = &e->args[a];
        if (arg->kind != CPU_ARG_ATTRIBUTE || arg->index >= 32)
            continue;
        bool position = strstr(arg->name, "os") != NULL, coordinate = strstr(arg->name, "uv") || strstr(arg->name, "ex");
        for (unsigned v = 0; v < 4; v++)
            for (unsigned k = 0; k < 4; k++)
                p->attributes[v][arg->index][k] = arg->value.kind == JIT_INT ? 1
                                                  : position                 ? corners[v][k]
                                                  : coordinate               ? (k < 2 ? (corners[v][k] + 1) / 2 : 0)
                                                               : (float)((v * 7 + k * 5 + arg->index * 3) % 16 + 1) / 16;
    }
}

bool pair_open(struct pair *p, const struct pvg_metallib_function *vertex, const struct pvg_metallib_function *fragment,
               uint8_t *arena, struct outcome *out)
{
    const struct pvg_metallib_function *functions[2] = {vertex, fragment};
    memset(p, 0, sizeof *p);
    p->primitive = 4;
    p->vertices = 4;
    for (unsigned i = 0; i < 2; i++) {
        const struct case_choice choice = {
            .seed = seed_of(functions[i]->name), .count = 4, .sampler = seed_of(functions[i]->name) % 10, .vertex = i == 0};
        p->functions[i] = functions[i];
        p->cpu[i] = cpu_open(functions[i]->bitcode, functions[i]->bitcode_size, functions[i]->name, NULL, 0, &out->detail);
        if (!p->cpu[i] || !case_make(&p->cases[i], cpu_entry(p->cpu[i]), &choice, arena, &out->detail)) {
            out->verdict = VERDICT_UNKNOWN;
            return false;
        }
        arena += p->cases[i].arena_size;
    }
    for (unsigned t = 0; t < PAIR_MAX_TARGETS; t++)
        for (unsigned k = 0; k < 4; k++)
            p->clear[t][k] = (float)(t + k + 1) / 8;
    const struct cpu_entry *e = cpu_entry(p->cpu[1]);
    for (uint32_t i = 0; i < e->output_count; i++) {
        const struct cpu_output *o = &e->outputs[i];
        if (!strcmp(o->what, "render_target") && o->index < PAIR_MAX_TARGETS && o->value.kind == JIT_FLOAT)
            p->targets |= 1u << o->index;
        else if (!strcmp(o->what, "render_target")) {
            out->verdict = VERDICT_UNKNOWN;
            pvg_error_set(&out->detail, "colour output %u is no float", o->index);
            return false;
        }
    }
    make_attributes(p);
    /* A function without inputs holds a triangle in itself. */
    e = cpu_entry(p->cpu[0]);
    p->vertices = 3;
    for (uint32_t i = 0; i < e->arg_count; i++)
        if (e->args[i].kind == CPU_ARG_BUFFER || e->args[i].kind == CPU_ARG_ATTRIBUTE)
            p->vertices = 4;
    return true;
}

void pair_close(struct pair *p)
{
    for (unsigned i = 0; i < 2; i++) {
        cpu_close(p->cpu[i]);
        case_free(&p->cases[i]);
    }
}
