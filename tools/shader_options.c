/* SPDX-License-Identifier: MIT */
/** @file Options that a function needs to be translated without the pipeline that will hold it. */
#include "air/entry.h"
#include "tools/shader.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FLOAT4 = 31, INT4 = 35, UINT4 = 39, STEP_THREAD_X = 5, STAGE_IN_BUFFER = 30, KERNEL = 2 };

/** MTLAttributeFormat that suits a parameter of this Metal type. */
static uint16_t format_for(const char *type_name)
{
    if (!strncmp(type_name, "float", 5) || !strncmp(type_name, "half", 4))
        return FLOAT4;
    return type_name[0] == 'u' || !strncmp(type_name, "bool", 4) ? UINT4 : INT4;
}

static void make_stage_input(const struct pvg_air_entry *e, struct shader_options *out)
{
    size_t n = 0;

    for (size_t i = 0; i < e->param_count && n < sizeof out->pulls / sizeof *out->pulls; i++) {
        const struct pvg_air_param *p = &e->params[i];
        if (p->kind != PVG_AIR_PARAM_STAGE_IN || p->absent || p->location > 30)
            continue;
        out->pulls[n] = (struct pvg_air_pull_attribute){.location = (uint8_t)p->location,
                                                        .buffer = STAGE_IN_BUFFER,
                                                        .step = STEP_THREAD_X,
                                                        .format = format_for(p->type_name),
                                                        .offset = (uint32_t)(16 * n),
                                                        .rate = 1};
        n++;
    }
    out->air.pulls = out->pulls;
    out->air.pull_count = n;
}

void shader_options_for(const struct pvg_metallib_function *f, uint32_t available, enum pvg_air_robustness robustness,
                        struct shader_options *out)
{
    struct pvg_air_entry *entry = NULL;
    struct pvg_air_module m;
    struct pvg_error err;

    *out = (struct shader_options){.air = {.size = sizeof out->air, .available = available, .robustness = robustness}};
    if (f->type != KERNEL || pvg_air_module_parse(f->bitcode, f->bitcode_size, &m, &err))
        return;
    if (!pvg_air_entry_parse(m.module, f->name, NULL, 0, &entry, &err) && entry->stage == PVG_AIR_KERNEL)
        make_stage_input(entry, out);
    pvg_air_entry_free(entry);
    pvg_air_module_free(&m);
}

bool shader_parse_robustness(const char *text, enum pvg_air_robustness *out)
{
    *out = !strcmp(text, "buffers") ? PVG_AIR_ROBUST_BUFFERS : PVG_AIR_ROBUST_NONE;
    return !strcmp(text, "buffers") || !strcmp(text, "none");
}

bool shader_parse_number(const char *text, unsigned min, unsigned max, unsigned *out)
{
    char *end;
    unsigned long v = strtoul(text, &end, 10);

    *out = (unsigned)v;
    return text[0] >= '0' && text[0] <= '9' && !*end && v >= min && v <= max;
}

unsigned shader_cpu_count(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n < 1 ? 1 : n > 64 ? 64 : (unsigned)n;
}

const char *shader_type_name(int type)
{
    static const char *const names[] = {"vertex", "fragment",     "kernel", "unqualified", "visible",
                                        "extern", "intersection", "mesh",   "object"};

    return type >= 0 && type < (int)(sizeof(names) / sizeof(names[0])) ? names[type] : "?";
}
