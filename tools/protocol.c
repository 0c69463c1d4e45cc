/* SPDX-License-Identifier: MIT */
/** @file openpvg protocol: what of the wire protocol this build implements, read from the tables that the code dispatches on. */
#include "core/commands.h"
#include "stream/exec.h"
#include "tools/json.h"
#include "tools/tool.h"
#include "wire/regs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] = "usage: openpvg protocol --coverage [--json]\n"
                           "\n"
                           "Lists every register, FIFO opcode, object type and serializer record, and every stream record, as\n"
                           "implemented, refused (with the reason) or deprecated (accepted and retired without effect).\n";

struct item {
    const char *kind; /* "register", "fifo", "object" or "record". */
    uint32_t code;
    char name[96];
    enum pvg_command_state state;
    const char *reason;
    const char *tests[4]; /* Names of tests as the build knows them; NULL ends the list. */
};

struct report {
    struct item *items;
    size_t count, cap;
    size_t implemented, refused;
};

static const char *state_name(enum pvg_command_state state)
{
    switch (state) {
    case PVG_COMMAND_IMPLEMENTED:
        return "implemented";
    case PVG_COMMAND_DEPRECATED:
        return "deprecated";
    default:
        return "refused";
    }
}

static struct item *add(struct report *r, const char *kind, uint32_t code, enum pvg_command_state state, const char *reason)
{
    if (r->count == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 512;
        struct item *grown = realloc(r->items, cap * sizeof(*grown));
        if (!grown) {
            fprintf(stderr, "openpvg protocol: out of memory\n");
            exit(PVG_EXIT_FAILED);
        }
        r->items = grown;
        r->cap = cap;
    }
    struct item *i = &r->items[r->count++];
    *i = (struct item){.kind = kind, .code = code, .state = state, .reason = reason};
    r->implemented += state == PVG_COMMAND_IMPLEMENTED;
    r->refused += state == PVG_COMMAND_REFUSED;
    return i;
}

static enum pvg_command_state state_of(bool works)
{
    return works ? PVG_COMMAND_IMPLEMENTED : PVG_COMMAND_REFUSED;
}

static void add_registers(struct report *r)
{
    for (size_t k = 0; k < pvg_reg_count; k++) {
        const struct pvg_reg_info *reg = &pvg_reg_table[k];
        struct item *i = add(r, "register", reg->offset, PVG_COMMAND_IMPLEMENTED, NULL);
        snprintf(i->name, sizeof(i->name), "%s%s", reg->iosfc ? "iosfc " : "", reg->name);
        i->tests[0] = "core-registers";
        i->tests[1] = reg->iosfc ? "session14-null" : "session-null";
    }
}

static void add_commands(struct report *r)
{
    struct pvg_command_info info;

    for (uint32_t op = 0; pvg_command_describe(op, &info); op++) {
        struct item *i = add(r, "fifo", op, info.state, info.reason);
        snprintf(i->name, sizeof(i->name), "%s", info.name);
        i->tests[0] = "wire-packet";
        i->tests[1] = pvg_op_lookup(op)->kind == PVG_OPKIND_DISPLAY ? "display" : "core-commands";
    }
}

static void add_object_rows(struct report *r, const struct pvg_w_object_info *rows, size_t count, bool destroy)
{
    for (size_t k = 0; k < count; k++) {
        const char *reason = rows[k].note;
        bool works = destroy ? pvg_object_destroy_state(rows[k].kind, &reason) : pvg_object_kind_state(rows[k].kind, &reason);
        bool pipeline = rows[k].kind == PVG_W_OBJ_RENDER_PIPELINE || rows[k].kind == PVG_W_OBJ_COMPUTE_PIPELINE ||
                        rows[k].kind == PVG_W_OBJ_ICB;
        struct item *i = add(r, "object", rows[k].code, state_of(works), reason);
        snprintf(i->name, sizeof(i->name), "%s", rows[k].name);
        i->tests[0] = "wire-object";
        i->tests[1] = "stream-objects";
        i->tests[2] = pipeline && !destroy ? "wire-pipeline" : NULL;
    }
}

static void add_objects(struct report *r)
{
    size_t count;
    const struct pvg_w_object_info *rows = pvg_w_object_types(&count);

    add_object_rows(r, rows, count, false);
    rows = pvg_w_create_records(&count);
    add_object_rows(r, rows, count, false);
    rows = pvg_w_destroy_records(&count);
    add_object_rows(r, rows, count, true);
}

static const char *segment_name(const struct pvg_w_record_info *info)
{
    static const char *const names[] = {"render", "compute", "blit", "event", "info"};
    return info->segment <= PVG_W_SEG_INFO ? names[info->segment] : "any";
}

static void add_records(struct report *r)
{
    const struct pvg_w_record_info *info;

    for (size_t k = 0; (info = pvg_w_record_table(k)); k++) {
        const char *reason = NULL;
        bool works = pvg_stream_record_state(info, &reason);
        struct item *i = add(r, "record", info->opcode, state_of(works), reason);
        snprintf(i->name, sizeof(i->name), "%s %s", segment_name(info), info->name);
        i->tests[0] = "wire-stream";
        i->tests[1] = "stream-exec";
    }
}

static void print_json(const struct report *r)
{
    printf("{\"total\": %zu, \"implemented\": %zu, \"refused\": %zu, \"items\": [", r->count, r->implemented, r->refused);
    for (size_t k = 0; k < r->count; k++) {
        const struct item *i = &r->items[k];
        printf("%s\n  {\"kind\": \"%s\", \"code\": %u, \"name\": ", k ? "," : "", i->kind, i->code);
        pvg_json_string(stdout, i->name);
        printf(", \"state\": \"%s\", \"reason\": ", state_name(i->state));
        pvg_json_string(stdout, i->reason);
        printf(", \"tests\": [");
        for (size_t t = 0; t < 4 && i->tests[t]; t++) {
            printf("%s", t ? ", " : "");
            pvg_json_string(stdout, i->tests[t]);
        }
        printf("]}");
    }
    printf("\n]}\n");
}

static void print_text(const struct report *r)
{
    for (size_t k = 0; k < r->count; k++) {
        const struct item *i = &r->items[k];
        printf("%-8s 0x%-5x %-11s %s%s%s\n", i->kind, i->code, state_name(i->state), i->name, i->reason ? " - " : "",
               i->reason ? i->reason : "");
    }
    printf("\n%zu items: %zu implemented, %zu refused, %zu deprecated\n", r->count, r->implemented, r->refused,
           r->count - r->implemented - r->refused);
}

int pvg_tool_protocol(int argc, char **argv)
{
    struct report r = {0};
    bool coverage = false, json = false;

    for (int k = 1; k < argc; k++) {
        if (strcmp(argv[k], "--help") == 0) {
            fputs(help, stdout);
            return PVG_EXIT_OK;
        }
        if (strcmp(argv[k], "--coverage") == 0) {
            coverage = true;
        } else if (strcmp(argv[k], "--json") == 0) {
            json = true;
        } else {
            fprintf(stderr, "openpvg protocol: unknown argument \"%s\"; accepted: --coverage, --json\n", argv[k]);
            return PVG_EXIT_USAGE;
        }
    }
    if (!coverage) {
        fputs(help, stderr);
        return PVG_EXIT_USAGE;
    }
    add_registers(&r);
    add_commands(&r);
    add_objects(&r);
    add_records(&r);
    if (json)
        print_json(&r);
    else
        print_text(&r);
    free(r.items);
    return PVG_EXIT_OK;
}
