/* SPDX-License-Identifier: MIT */
#include "air/refuse.h"

#include <string.h>

static const struct pvg_air_refusal table[] = {
#define ROW(name, id, construct, reason) {id, construct, reason},
    PVG_AIR_REFUSALS(ROW)
#undef ROW
};

#define MARK "not supported ["

const char *pvg_air_refusal_id(enum pvg_air_refusal_class c)
{
    return c == PVG_REFUSE_NONE ? "" : table[c - 1].id;
}

const struct pvg_air_refusal *pvg_air_refusal_at(size_t index)
{
    return index < sizeof table / sizeof *table ? &table[index] : NULL;
}

const struct pvg_air_refusal *pvg_air_refusal_of(const struct pvg_error *err)
{
    const char *mark = strstr(err->message, MARK);
    if (!mark)
        return NULL;
    const char *id = mark + strlen(MARK);
    size_t length = strcspn(id, "]");
    for (size_t i = 0; id[length] && i < sizeof table / sizeof *table; i++)
        if (strlen(table[i].id) == length && !memcmp(table[i].id, id, length))
            return &table[i];
    return NULL;
}

enum pvg_air_refusal_class pvg_air_refusal_of_intrinsic(const char *name)
{
    static const struct {
        const char *part;
        enum pvg_air_refusal_class c;
    } families[] = {
        {"intersect", PVG_REFUSE_RAY_TRACING},        {"acceleration_structure", PVG_REFUSE_RAY_TRACING},
        {"ray_data", PVG_REFUSE_RAY_TRACING},         {"tensor", PVG_REFUSE_TENSOR},
        {"command_buffer", PVG_REFUSE_GPU_COMMANDS},  {"render_command", PVG_REFUSE_GPU_COMMANDS},
        {"compute_command", PVG_REFUSE_GPU_COMMANDS},
    };
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (strstr(name, families[i].part))
            return families[i].c;
    return PVG_REFUSE_NONE;
}
