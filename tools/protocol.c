/* SPDX-License-Identifier: MIT */
/** @file openpvg protocol: what of the wire protocol this build implements, read from the tables that the code dispatches on. */
#include "core/commands.h"
#include "stream/exec.h"
#include "tools/json.h"
#include "tools/tool.h"
#include "util/census.h"
#include "wire/record_layouts.h"
#include "wire/regs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] = "usage: openpvg protocol --coverage [--json]\n"
                           "\n"
                           "Lists every register, FIFO opcode, object type and serializer record, and every stream record, as\n"
                           "implemented, refused (with the reason) or deprecated (accepted and retired without effect), with the\n"
                           "test of its bytes and the tests that were measured to reach it.\n";

struct item {
    const char *kind; /* "register", "fifo", "object", "create", "destroy" or "record". */
    uint32_t code;
    char name[96];
    enum pvg_command_state state;
    const char *reason;
    const char *wire_test; /* Test of its byte layout, NULL: has none of its own. */
    const char *tests;     /* Tests that reach it, separated by commas, as measured (tests/coverage.tsv). */
};

struct report {
    struct item *items;
    size_t count, cap;
    size_t implemented, refused;
};

static const struct {
    const char *kind;
    uint32_t code;
    const char *tests;
} reached[] = {
#include "coverage.h"
    {"", 0, NULL},
};

static const char *tests_of(const char *kind, uint32_t code)
{
    for (size_t k = 0; k < sizeof(reached) / sizeof(reached[0]); k++)
        if (reached[k].code == code && strcmp(reached[k].kind, kind) == 0)
            return reached[k].tests;
    return NULL;
}

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
        i->tests = "core-registers,session-null,session-vulkan";
    }
}

static void add_commands(struct report *r)
{
    struct pvg_command_info info;

    for (uint32_t op = 0; pvg_command_describe(op, &info); op++) {
        struct item *i = add(r, "fifo", op, info.state, info.reason);
        snprintf(i->name, sizeof(i->name), "%s", info.name);
        i->wire_test = "wire-packet";
        i->tests = tests_of(i->kind, op);
    }
}

static void add_object_rows(struct report *r, const char *kind, const struct pvg_w_object_info *rows, size_t count)
{
    bool destroy = strcmp(kind, "destroy") == 0;

    for (size_t k = 0; k < count; k++) {
        const char *reason = rows[k].note;
        bool works = destroy ? pvg_object_destroy_state(rows[k].kind, &reason) : pvg_object_kind_state(rows[k].kind, &reason);
        bool pipeline = rows[k].kind == PVG_W_OBJ_RENDER_PIPELINE || rows[k].kind == PVG_W_OBJ_COMPUTE_PIPELINE ||
                        rows[k].kind == PVG_W_OBJ_ICB;
        struct item *i = add(r, kind, rows[k].code, state_of(works), reason);
        snprintf(i->name, sizeof(i->name), "%s", rows[k].name);
        i->wire_test = pipeline && !destroy ? "wire-pipeline" : "wire-object";
        i->tests = tests_of(kind, rows[k].code);
    }
}

static void add_objects(struct report *r)
{
    size_t count;
    const struct pvg_w_object_info *rows = pvg_w_object_types(&count);

    add_object_rows(r, "object", rows, count);
    rows = pvg_w_create_records(&count);
    add_object_rows(r, "create", rows, count);
    rows = pvg_w_destroy_records(&count);
    add_object_rows(r, "destroy", rows, count);
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
        i->wire_test = "wire-stream";
        i->tests = tests_of("record", info == &pvg_w_indexed_patches_record ? PVG_CENSUS_INDEXED_PATCHES : info->opcode);
    }
}

/** A comma-separated list of names as JSON strings. */
static void print_names(const char *names)
{
    for (const char *p = names ? names : ""; *p;) {
        size_t n = strcspn(p, ",");
        printf("%s\"%.*s\"", p == names ? "" : ", ", (int)n, p);
        p += n + (p[n] == ',');
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
        printf(", \"wire_test\": ");
        pvg_json_string(stdout, i->wire_test);
        printf(", \"tests\": [");
        print_names(i->tests);
        printf("]}");
    }
    printf("\n]}\n");
}

static void print_text(const struct report *r)
{
    for (size_t k = 0; k < r->count; k++) {
        const struct item *i = &r->items[k];
        printf("%-8s 0x%-5x %-11s %s%s%s [%s%s%s]\n", i->kind, i->code, state_name(i->state), i->name, i->reason ? " - " : "",
               i->reason ? i->reason : "", i->wire_test ? i->wire_test : "", i->wire_test ? "; " : "",
               i->tests ? i->tests : "no test reaches it");
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
