/* SPDX-License-Identifier: MIT */
#include "air/entry.h"

#include "air/constants.h"
#include "air/metadata.h"
#include "air/metallib.h"
#include "air/param.h"
#include "util/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Function constants per module and constexpr samplers per module that are worth listing; Metal's own limits are far below. */
enum { MAX_CONSTANTS = 65536, MAX_SAMPLERS = 4096 };

struct stage_list {
    const char *metadata;
    enum pvg_air_stage stage;
};

static const struct stage_list stage_lists[] = {
    {"air.vertex", PVG_AIR_VERTEX},   {"air.fragment", PVG_AIR_FRAGMENT}, {"air.kernel", PVG_AIR_KERNEL},
    {"air.object", PVG_AIR_OBJECT},   {"air.mesh", PVG_AIR_MESH},         {"air.intersection", PVG_AIR_INTERSECTION},
    {"air.visible", PVG_AIR_VISIBLE},
};
enum { STAGE_LISTS = sizeof(stage_lists) / sizeof(stage_lists[0]) };

const char *pvg_air_stage_name(enum pvg_air_stage stage)
{
    static const char *const names[] = {[PVG_AIR_VERTEX] = "vertex",
                                        [PVG_AIR_FRAGMENT] = "fragment",
                                        [PVG_AIR_KERNEL] = "kernel",
                                        [PVG_AIR_OBJECT] = "object",
                                        [PVG_AIR_MESH] = "mesh",
                                        [PVG_AIR_TILE] = "tile",
                                        [PVG_AIR_INTERSECTION] = "intersection",
                                        [PVG_AIR_VISIBLE] = "visible"};

    return (unsigned)stage < sizeof(names) / sizeof(names[0]) ? names[stage] : "unknown";
}

int pvg_metallib_type_of_stage(enum pvg_air_stage stage)
{
    static const int types[] = {[PVG_AIR_VERTEX] = 0, [PVG_AIR_FRAGMENT] = 1, [PVG_AIR_KERNEL] = 2,       [PVG_AIR_OBJECT] = 8,
                                [PVG_AIR_MESH] = 7,   [PVG_AIR_TILE] = 2,     [PVG_AIR_INTERSECTION] = 6, [PVG_AIR_VISIBLE] = 4};

    return types[stage];
}

uint32_t pvg_air_module_version(LLVMModuleRef module, const char *name)
{
    struct pvg_air_md list, node;
    uint32_t major, minor, version = 0;

    if (!pvg_air_md_load_named(module, name, &list))
        return 0;
    if (list.count && pvg_air_md_load(list.ops[0], &node)) {
        unsigned at = pvg_air_md_string(&node, 0, &(unsigned){0}) ? 1 : 0;
        if (pvg_air_md_u32(&node, at, &major) && pvg_air_md_u32(&node, at + 1, &minor))
            version = (major & 0xFFFF) << 16 | (minor & 0xFFFF);
        pvg_air_md_free(&node);
    }
    pvg_air_md_free(&list);
    return version;
}

size_t pvg_air_entry_count(LLVMModuleRef module)
{
    size_t count = 0;

    for (unsigned s = 0; s < STAGE_LISTS; s++)
        count += LLVMGetNamedMetadataNumOperands(module, stage_lists[s].metadata);
    return count;
}

/* Node of entry point `i` over all lists. The caller frees `node`. */
static bool entry_node(LLVMModuleRef module, size_t i, enum pvg_air_stage *stage, struct pvg_air_md *node)
{
    for (unsigned s = 0; s < STAGE_LISTS; s++) {
        size_t count = LLVMGetNamedMetadataNumOperands(module, stage_lists[s].metadata);
        struct pvg_air_md list;

        if (i >= count) {
            i -= count;
            continue;
        }
        if (!pvg_air_md_load_named(module, stage_lists[s].metadata, &list))
            return false;
        bool ok = pvg_air_md_load(list.ops[i], node);
        pvg_air_md_free(&list);
        *stage = stage_lists[s].stage;
        return ok;
    }
    return false;
}

static LLVMValueRef node_function(const struct pvg_air_md *node)
{
    LLVMValueRef f = pvg_air_md_value(node, 0);

    return f && LLVMIsAFunction(f) ? f : NULL;
}

bool pvg_air_entry_at(LLVMModuleRef module, size_t i, enum pvg_air_stage *stage, LLVMValueRef *function)
{
    struct pvg_air_md node;

    if (!entry_node(module, i, stage, &node))
        return false;
    *function = node_function(&node);
    pvg_air_md_free(&node);
    return *function != NULL;
}

/* ---- Function constants and samplers -------------------------------------------------------------------------------------- */

static int read_constant(const struct pvg_air_md *node, const struct pvg_air_constant_value *values, size_t value_count,
                         struct pvg_air_fc *fc)
{
    LLVMValueRef global = pvg_air_md_value(node, 0);
    int64_t required = 1;

    if (!global || !LLVMIsAGlobalVariable(global) || !pvg_air_md_u32(node, 3, &fc->index))
        return -EINVAL;
    fc->global = global;
    fc->type_name = pvg_air_md_strdup(node, 1);
    fc->name = pvg_air_md_strdup(node, 2);
    if (!fc->type_name || !fc->name)
        return -ENOMEM;
    pvg_air_md_int(node, 4, &required);
    fc->required = required != 0;
    fc->used = LLVMGetFirstUse(global) != NULL;
    fc->size = pvg_air_constant_size(LLVMGlobalGetValueType(global));
    for (size_t i = 0; i < value_count; i++) {
        if (values[i].index == fc->index) {
            fc->supplied = true;
            fc->bits = values[i].bits;
        }
    }
    return 0;
}

static int read_constants(struct pvg_air_entry *e, const struct pvg_air_constant_value *values, size_t value_count,
                          struct pvg_error *err)
{
    struct pvg_air_md list;
    int rc = 0;

    if (!pvg_air_md_load_named(e->module, "air.function_constants", &list))
        return -ENOMEM;
    if (list.count > MAX_CONSTANTS) {
        pvg_error_set(err, "%u function constants", list.count);
        rc = -EINVAL;
    } else if (list.count) {
        e->constants = calloc(list.count, sizeof(*e->constants));
        rc = e->constants ? 0 : -ENOMEM;
    }
    for (unsigned i = 0; !rc && i < list.count; i++) {
        struct pvg_air_md node;
        rc = pvg_air_md_load(list.ops[i], &node) ? 0 : -EINVAL;
        if (!rc) {
            e->constant_count = i + 1;
            rc = read_constant(&node, values, value_count, &e->constants[i]);
            pvg_air_md_free(&node);
        }
        if (rc == -EINVAL)
            pvg_error_set(err, "function constant %u has malformed metadata", i);
    }
    pvg_air_md_free(&list);
    return rc ? rc : pvg_air_constants_apply(e->module, e->constants, e->constant_count, err);
}

/* State words of a sampler global: one i64 or an array of two. */
static bool sampler_words(LLVMValueRef global, struct pvg_air_sampler_state *out, bool *two_words)
{
    LLVMValueRef value = LLVMIsAGlobalVariable(global) ? LLVMGetInitializer(global) : NULL;
    LLVMTypeRef type = value ? LLVMTypeOf(value) : NULL;

    if (!value)
        return false;
    if (LLVMIsAConstantInt(value) && LLVMGetIntTypeWidth(type) == 64) {
        *out = (struct pvg_air_sampler_state){.global = global, .word0 = LLVMConstIntGetZExtValue(value)};
        return true;
    }
    if (LLVMGetTypeKind(type) != LLVMArrayTypeKind || LLVMGetArrayLength2(type) != 2)
        return false;
    LLVMValueRef low = LLVMGetAggregateElement(value, 0), high = LLVMGetAggregateElement(value, 1);
    if (!low || !high || !LLVMIsAConstantInt(low) || !LLVMIsAConstantInt(high) || LLVMGetIntTypeWidth(LLVMTypeOf(low)) != 64)
        return false;
    *out = (struct pvg_air_sampler_state){
        .global = global, .word0 = LLVMConstIntGetZExtValue(low), .word1 = LLVMConstIntGetZExtValue(high)};
    *two_words = true;
    return true;
}

static int compare_samplers(const void *a, const void *b)
{
    return pvg_air_sampler_order(((const struct pvg_air_sampler_state *)a)->global,
                                 ((const struct pvg_air_sampler_state *)b)->global);
}

static bool is_sampler_global(LLVMValueRef global)
{
    static const char prefix[] = "__air_sampler_state";
    size_t length;
    const char *name = LLVMGetValueName2(global, &length);

    return length >= sizeof(prefix) - 1 && memcmp(name, prefix, sizeof(prefix) - 1) == 0;
}

static int add_sampler(struct pvg_air_entry *e, size_t *capacity, LLVMValueRef global)
{
    struct pvg_air_sampler_state state;

    if (e->sampler_count >= MAX_SAMPLERS || pvg_air_entry_sampler(e, global) >= 0)
        return 0;
    if (!sampler_words(global, &state, &e->two_word_samplers))
        return 0;
    if (e->sampler_count == *capacity) {
        size_t wanted = *capacity ? 2 * *capacity : 8;
        struct pvg_air_sampler_state *list = realloc(e->samplers, wanted * sizeof(*list));
        if (!list)
            return -ENOMEM;
        e->samplers = list;
        *capacity = wanted;
    }
    e->samplers[e->sampler_count++] = state;
    return 0;
}

/* Listed ones, and globals of the compiler's name that the list leaves out. */
static int read_samplers(struct pvg_air_entry *e)
{
    struct pvg_air_md list, node;
    size_t capacity = 0;
    int rc = 0;

    if (!pvg_air_md_load_named(e->module, "air.sampler_states", &list))
        return -ENOMEM;
    for (unsigned i = 0; !rc && i < list.count; i++) {
        if (!pvg_air_md_load(list.ops[i], &node))
            continue;
        LLVMValueRef global = pvg_air_md_value(&node, 1);
        if (global)
            rc = add_sampler(e, &capacity, global);
        pvg_air_md_free(&node);
    }
    pvg_air_md_free(&list);
    for (LLVMValueRef g = LLVMGetFirstGlobal(e->module); !rc && g; g = LLVMGetNextGlobal(g))
        if (is_sampler_global(g))
            rc = add_sampler(e, &capacity, g);
    if (e->sampler_count)
        qsort(e->samplers, e->sampler_count, sizeof(*e->samplers), compare_samplers);
    return rc;
}

/* ---- Module and entry options --------------------------------------------------------------------------------------------- */

static int read_options(struct pvg_air_entry *e)
{
    struct pvg_air_md list, node;

    e->air_version = pvg_air_module_version(e->module, "air.version");
    e->msl_version = pvg_air_module_version(e->module, "air.language_version");
    if (!pvg_air_md_load_named(e->module, "air.compile_options", &list))
        return -ENOMEM;
    for (unsigned i = 0; i < list.count; i++) {
        if (!pvg_air_md_load(list.ops[i], &node))
            continue;
        e->fast_math |= pvg_air_md_is(&node, 0, "air.compile.fast_math_enable");
        e->framebuffer_fetch |= pvg_air_md_is(&node, 0, "air.compile.framebuffer_fetch_enable");
        e->denorms_disabled |= pvg_air_md_is(&node, 0, "air.compile.denorms_disable");
        pvg_air_md_free(&node);
    }
    pvg_air_md_free(&list);
    return 0;
}

static void read_patch(struct pvg_air_entry *e, const struct pvg_air_md *option)
{
    uint32_t points = 0;

    e->patch = true;
    e->patch_edges = pvg_air_md_is(option, 1, "triangle") ? 3 : pvg_air_md_is(option, 1, "quad") ? 4 : 2;
    for (unsigned i = 2; i + 1 < option->count; i++)
        if (pvg_air_md_is(option, i, "air.patch_control_point"))
            pvg_air_md_u32(option, i + 1, &points);
    e->patch_control_points = (uint8_t)(points > 32 ? 0 : points);
}

/* Operands behind the input list (spec 07 section 4.2). Unknown ones describe nothing that the interface depends on. */
static void read_trailing(struct pvg_air_entry *e, const struct pvg_air_md *node)
{
    for (unsigned i = 3; i < node->count; i++) {
        struct pvg_air_md option;

        e->early_fragment_tests |= pvg_air_md_is(node, i, "early_fragment_tests");
        if (!pvg_air_md_load(pvg_air_md_node(node, i), &option))
            continue;
        e->early_fragment_tests |= pvg_air_md_is(&option, 0, "early_fragment_tests");
        if (pvg_air_md_is(&option, 0, "air.max_work_group_size"))
            pvg_air_md_u32(&option, 1, &e->max_total_threads);
        else if (pvg_air_md_is(&option, 0, "air.max_mesh_work_groups"))
            pvg_air_md_u32(&option, 1, &e->max_mesh_threadgroups);
        else if (pvg_air_md_is(&option, 0, "air.patch"))
            read_patch(e, &option);
        pvg_air_md_free(&option);
    }
}

/* ---- Parameters and results ----------------------------------------------------------------------------------------------- */

static int read_params(struct pvg_air_entry *e, LLVMValueRef inputs, struct pvg_air_budget *budget, struct pvg_error *err)
{
    unsigned count = LLVMCountParams(e->function);
    struct pvg_air_md list;
    int rc = 0;

    e->params = calloc(count ? count : 1, sizeof(*e->params));
    if (!e->params)
        return -ENOMEM;
    e->param_count = count;
    for (unsigned i = 0; i < count; i++)
        e->params[i].kind = PVG_AIR_PARAM_UNKNOWN;
    if (!pvg_air_md_load(inputs, &list)) {
        pvg_error_set(err, "%s: input list is missing", e->name);
        return -EINVAL;
    }
    for (unsigned i = 0; !rc && i < list.count; i++) {
        struct pvg_air_md node;
        uint32_t index;

        if (!pvg_air_md_load(list.ops[i], &node) || !pvg_air_md_u32(&node, 0, &index) || index >= count ||
            e->params[index].keyword) {
            pvg_error_set(err, "%s: input node %u names no parameter of its own (the function has %u)", e->name, i, count);
            rc = -EINVAL;
        } else {
            struct pvg_air_param *p = &e->params[index];
            p->index = index;
            p->value = LLVMGetParam(e->function, index);
            rc = pvg_air_param_read(&node, p, budget);
            if (rc == -EINVAL)
                pvg_error_set(err, "%s: parameter %u (%s) has malformed metadata", e->name, index, p->keyword ? p->keyword : "?");
        }
        pvg_air_md_free(&node);
    }
    for (unsigned i = 0; !rc && i < count; i++) {
        if (!e->params[i].keyword) {
            pvg_error_set(err, "%s: parameter %u has no metadata", e->name, i);
            rc = -EINVAL;
        }
    }
    pvg_air_md_free(&list);
    return rc;
}

/* Every result must exist in the returned type: the code generator extracts element `member`. */
static bool results_match(const struct pvg_air_entry *e)
{
    LLVMTypeRef type = LLVMGetReturnType(LLVMGlobalGetValueType(e->function));
    LLVMTypeKind kind = LLVMGetTypeKind(type);

    if (kind == LLVMVoidTypeKind)
        return e->output_count == 0;
    if (kind == LLVMStructTypeKind)
        return e->output_count <= LLVMCountStructElementTypes(type);
    return e->output_count <= 1;
}

static int read_outputs(struct pvg_air_entry *e, LLVMValueRef outputs, struct pvg_air_budget *budget, struct pvg_error *err)
{
    int rc = pvg_air_outputs_read(outputs, &e->outputs, &e->output_count, budget);

    if (rc == -EINVAL)
        pvg_error_set(err, "%s: output list is malformed", e->name);
    if (!rc && !results_match(e)) {
        pvg_error_set(err, "%s: %zu outputs do not fit the returned type", e->name, e->output_count);
        rc = -EINVAL;
    }
    return rc;
}

static bool name_is(LLVMValueRef function, const char *name)
{
    size_t length;
    const char *have = LLVMGetValueName2(function, &length);

    return strlen(name) == length && memcmp(have, name, length) == 0;
}

/* Select the entry point by name, or the only one. The caller frees `node`. */
static int select_entry(struct pvg_air_entry *e, const char *name, struct pvg_air_md *node, struct pvg_error *err)
{
    size_t count = pvg_air_entry_count(e->module);

    if (!name && count != 1) {
        pvg_error_set(err, "module has %zu entry points, one must be named", count);
        return -ENOENT;
    }
    for (size_t i = 0; i < count; i++) {
        if (!entry_node(e->module, i, &e->stage, node))
            continue;
        e->function = node_function(node);
        if (e->function && (!name || name_is(e->function, name)))
            return 0;
        pvg_air_md_free(node);
    }
    pvg_error_set(err, "module has no entry point %s", name ? name : "with a function");
    return -ENOENT;
}

static int parse(struct pvg_air_entry *e, const char *name, const struct pvg_air_constant_value *constants, size_t constant_count,
                 struct pvg_error *err)
{
    struct pvg_air_budget budget = {.nodes = PVG_AIR_METADATA_NODES};
    struct pvg_air_md node;
    size_t length;
    /* Constants first: this may delete functions that nothing calls. */
    int rc = read_constants(e, constants, constant_count, err);

    if (!rc)
        rc = select_entry(e, name, &node, err);
    if (rc)
        return rc;
    const char *have = LLVMGetValueName2(e->function, &length);
    e->name = strndup(have, length);
    rc = e->name ? 0 : -ENOMEM;
    if (!rc && LLVMCountBasicBlocks(e->function) == 0) {
        pvg_error_set(err, "%s has no body", e->name);
        rc = -EINVAL;
    }
    if (!rc)
        rc = read_options(e);
    if (!rc)
        rc = read_samplers(e);
    if (!rc)
        rc = read_params(e, pvg_air_md_node(&node, 2), &budget, err);
    if (!rc)
        rc = read_outputs(e, pvg_air_md_node(&node, 1), &budget, err);
    if (!rc)
        read_trailing(e, &node);
    pvg_air_md_free(&node);
    return rc;
}

int pvg_air_entry_parse(LLVMModuleRef module, const char *name, const struct pvg_air_constant_value *constants,
                        size_t constant_count, struct pvg_air_entry **out, struct pvg_error *err)
{
    struct pvg_air_entry *e = calloc(1, sizeof(*e));
    int rc;

    *out = NULL;
    if (!e)
        return -ENOMEM;
    e->module = module;
    rc = parse(e, name, constants, constant_count, err);
    if (rc) {
        pvg_air_entry_free(e);
        return rc;
    }
    *out = e;
    return 0;
}

void pvg_air_entry_free(struct pvg_air_entry *entry)
{
    if (!entry)
        return;
    for (size_t i = 0; i < entry->param_count; i++)
        pvg_air_param_clear(&entry->params[i]);
    free(entry->params);
    pvg_air_outputs_free(entry->outputs, entry->output_count);
    for (size_t i = 0; i < entry->constant_count; i++) {
        free(entry->constants[i].type_name);
        free(entry->constants[i].name);
    }
    free(entry->constants);
    free(entry->samplers);
    free(entry->name);
    free(entry);
}

const struct pvg_air_fc *pvg_air_entry_constant(const struct pvg_air_entry *entry, LLVMValueRef v)
{
    for (size_t i = 0; i < entry->constant_count; i++)
        if (entry->constants[i].global == v)
            return &entry->constants[i];
    return NULL;
}

int pvg_air_entry_sampler(const struct pvg_air_entry *entry, LLVMValueRef v)
{
    for (size_t i = 0; i < entry->sampler_count; i++)
        if (entry->samplers[i].global == v)
            return (int)i;
    return -1;
}
