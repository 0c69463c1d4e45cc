/* SPDX-License-Identifier: MIT */
#include "air/param.h"

#include "air/constants.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Metadata nodes nest as deep as the structs of the source. */
enum { MAX_DEPTH = 24 };

/* Metal indices are below 128; argument buffer ids and arrays inside them may be larger. */
enum { MAX_LOCATION = 1 << 24, MAX_ARRAY = 1 << 24 };

struct keyword {
    const char *name;
    enum pvg_air_param_kind kind;
    enum pvg_air_builtin builtin;
};

static const struct keyword keywords[] = {
    {"air.buffer", PVG_AIR_PARAM_BUFFER, 0},
    {"air.indirect_buffer", PVG_AIR_PARAM_ARGUMENT_BUFFER, 0},
    {"air.indirect_constant", PVG_AIR_PARAM_CONSTANT, 0},
    {"air.texture", PVG_AIR_PARAM_TEXTURE, 0},
    {"air.sampler", PVG_AIR_PARAM_SAMPLER, 0},
    {"air.vertex_input", PVG_AIR_PARAM_VERTEX_INPUT, 0},
    {"air.stage_in", PVG_AIR_PARAM_STAGE_IN, 0},
    {"air.fragment_input", PVG_AIR_PARAM_VARYING, 0},
    {"air.render_target", PVG_AIR_PARAM_COLOR, 0},
    {"air.patch_control_point_input", PVG_AIR_PARAM_CONTROL_POINT, 0},
    {"air.patch_input", PVG_AIR_PARAM_PATCH_INPUT, 0},
    {"air.payload", PVG_AIR_PARAM_PAYLOAD, 0},
    {"air.mesh", PVG_AIR_PARAM_MESH, 0},
    {"air.mesh_grid_properties", PVG_AIR_PARAM_MESH_GRID, 0},
    {"air.imageblock", PVG_AIR_PARAM_IMAGEBLOCK, 0},
    {"air.imageblock_data", PVG_AIR_PARAM_IMAGEBLOCK_DATA, 0},
    {"air.visible_function_table", PVG_AIR_PARAM_VISIBLE_TABLE, 0},
    {"air.intersection_function_table", PVG_AIR_PARAM_INTERSECTION_TABLE, 0},
    {"air.instance_acceleration_structure", PVG_AIR_PARAM_INSTANCE_ACCELERATION, 0},
    {"air.primitive_acceleration_structure", PVG_AIR_PARAM_PRIMITIVE_ACCELERATION, 0},
    {"air.command_buffer", PVG_AIR_PARAM_COMMAND_BUFFER, 0},
    {"air.indirect_command_buffer", PVG_AIR_PARAM_COMMAND_BUFFER, 0},
    {"air.render_pipeline_state", PVG_AIR_PARAM_PIPELINE_STATE, 0},
    {"air.compute_pipeline_state", PVG_AIR_PARAM_PIPELINE_STATE, 0},
    {"air.depth_stencil_state", PVG_AIR_PARAM_PIPELINE_STATE, 0},
    {"air.tensor", PVG_AIR_PARAM_TENSOR, 0},
    {"air.vertex_id", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_VERTEX_ID},
    {"air.instance_id", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_INSTANCE_ID},
    {"air.base_vertex", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_BASE_VERTEX},
    {"air.base_instance", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_BASE_INSTANCE},
    {"air.amplification_id", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_AMPLIFICATION_ID},
    {"air.amplification_count", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_AMPLIFICATION_COUNT},
    {"air.patch_id", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_PATCH_ID},
    {"air.position_in_patch", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_POSITION_IN_PATCH},
    {"air.position", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_POSITION},
    {"air.front_facing", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_FRONT_FACING},
    {"air.point_coord", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_POINT_COORD},
    {"air.primitive_id", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_PRIMITIVE_ID},
    {"air.sample_id", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_SAMPLE_ID},
    {"air.sample_mask", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_SAMPLE_MASK},
    {"air.sample_mask_in", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_SAMPLE_MASK},
    {"air.barycentric_coord", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_BARYCENTRIC_COORD},
    {"air.viewport_array_index", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_VIEWPORT_ARRAY_INDEX},
    {"air.render_target_array_index", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_RENDER_TARGET_ARRAY_INDEX},
    {"air.thread_position_in_grid", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_THREAD_POSITION_IN_GRID},
    {"air.thread_position_in_threadgroup", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_THREAD_POSITION_IN_THREADGROUP},
    {"air.thread_index_in_threadgroup", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_THREAD_INDEX_IN_THREADGROUP},
    {"air.threadgroup_position_in_grid", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_THREADGROUP_POSITION_IN_GRID},
    {"air.threadgroups_per_grid", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_THREADGROUPS_PER_GRID},
    {"air.threads_per_threadgroup", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_THREADS_PER_THREADGROUP},
    {"air.dispatch_threads_per_threadgroup", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_DISPATCH_THREADS_PER_THREADGROUP},
    {"air.threads_per_grid", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_THREADS_PER_GRID},
    {"air.grid_origin", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_GRID_ORIGIN},
    {"air.grid_size", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_GRID_SIZE},
    {"air.thread_index_in_simdgroup", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_THREAD_INDEX_IN_SIMDGROUP},
    {"air.simdgroup_index_in_threadgroup", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_SIMDGROUP_INDEX_IN_THREADGROUP},
    {"air.simdgroups_per_threadgroup", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_SIMDGROUPS_PER_THREADGROUP},
    {"air.dispatch_simdgroups_per_threadgroup", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_DISPATCH_SIMDGROUPS_PER_THREADGROUP},
    {"air.threads_per_simdgroup", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_THREADS_PER_SIMDGROUP},
    {"air.thread_execution_width", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_THREADS_PER_SIMDGROUP},
    {"air.thread_index_in_quadgroup", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_THREAD_INDEX_IN_QUADGROUP},
    {"air.quadgroup_index_in_threadgroup", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_QUADGROUP_INDEX_IN_THREADGROUP},
    {"air.quadgroups_per_threadgroup", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_QUADGROUPS_PER_THREADGROUP},
    {"air.dispatch_quadgroups_per_threadgroup", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_DISPATCH_QUADGROUPS_PER_THREADGROUP},
    {"air.origin", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_RAY_ORIGIN},
    {"air.direction", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_RAY_DIRECTION},
    {"air.min_distance", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_RAY_MIN_DISTANCE},
    {"air.max_distance", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_RAY_MAX_DISTANCE},
    {"air.distance", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_RAY_DISTANCE},
    {"air.geometry_id", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_GEOMETRY_ID},
    {"air.user_instance_id", PVG_AIR_PARAM_BUILTIN, PVG_AIR_BUILTIN_USER_INSTANCE_ID},
};

struct output_keyword {
    const char *name;
    enum pvg_air_output_kind kind;
};

static const struct output_keyword output_keywords[] = {
    {"air.position", PVG_AIR_OUTPUT_POSITION},
    {"air.point_size", PVG_AIR_OUTPUT_POINT_SIZE},
    {"air.clip_distance", PVG_AIR_OUTPUT_CLIP_DISTANCE},
    {"air.render_target_array_index", PVG_AIR_OUTPUT_LAYER},
    {"air.viewport_array_index", PVG_AIR_OUTPUT_VIEWPORT},
    {"air.vertex_output", PVG_AIR_OUTPUT_VARYING},
    {"air.mesh_vertex_data", PVG_AIR_OUTPUT_VARYING},
    {"air.mesh_primitive_data", PVG_AIR_OUTPUT_VARYING},
    {"air.render_target", PVG_AIR_OUTPUT_COLOR},
    {"air.depth", PVG_AIR_OUTPUT_DEPTH},
    {"air.stencil", PVG_AIR_OUTPUT_STENCIL},
    {"air.sample_mask", PVG_AIR_OUTPUT_SAMPLE_MASK},
    {"air.imageblock_data", PVG_AIR_OUTPUT_IMAGEBLOCK},
    {"air.primitive_id", PVG_AIR_OUTPUT_PRIMITIVE_ID},
    {"air.culled_primitive", PVG_AIR_OUTPUT_CULLED},
    {"air.accept_intersection", PVG_AIR_OUTPUT_ACCEPT},
    {"air.distance", PVG_AIR_OUTPUT_DISTANCE},
    {"air.continue_search", PVG_AIR_OUTPUT_CONTINUE},
};

/* ---- Texture shapes ------------------------------------------------------------------------------------------------------- */

static bool take_word(const char **s, const char *word)
{
    size_t n = strlen(word);

    if (strncmp(*s, word, n) != 0)
        return false;
    *s += n;
    return true;
}

static enum pvg_air_class component_class(const char *s)
{
    while (*s == ' ' || *s == '<')
        s++;
    if (take_word(&s, "uint") || take_word(&s, "ushort") || take_word(&s, "ulong") || take_word(&s, "uchar"))
        return PVG_AIR_UINT;
    if (take_word(&s, "int") || take_word(&s, "short") || take_word(&s, "long") || take_word(&s, "char"))
        return PVG_AIR_SINT;
    return PVG_AIR_FLOAT;
}

bool pvg_air_texture_shape_parse(const char *type_name, struct pvg_air_texture_shape *out)
{
    const char *s = type_name;
    struct pvg_air_texture_shape t = {0};

    if (take_word(&s, "array_ref<") || take_word(&s, "array<"))
        while (*s == ' ')
            s++;
    take_word(&s, "metal::");
    t.depth = take_word(&s, "depth");
    if (!t.depth && !take_word(&s, "texture"))
        return false;
    if (take_word(&s, "_buffer"))
        t.dim = PVG_AIR_DIM_BUFFER;
    else if (take_word(&s, "1d"))
        t.dim = PVG_AIR_DIM_1D;
    else if (take_word(&s, "2d"))
        t.dim = PVG_AIR_DIM_2D;
    else if (take_word(&s, "3d"))
        t.dim = PVG_AIR_DIM_3D;
    else if (take_word(&s, "cube"))
        t.dim = PVG_AIR_DIM_CUBE;
    else
        return false;
    t.multisampled = take_word(&s, "_ms");
    t.arrayed = take_word(&s, "_array");
    t.cls = component_class(s);
    *out = t;
    return true;
}

/* ---- Struct layouts ------------------------------------------------------------------------------------------------------- */

static bool spend(struct pvg_air_budget *budget)
{
    if (!budget->nodes)
        return false;
    budget->nodes--;
    return true;
}

static void members_free(struct pvg_air_member *members, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct pvg_air_member *m = &members[i];
        free(m->type_name);
        free(m->name);
        members_free(m->nested, m->nested_count);
        if (m->resource) {
            pvg_air_param_clear(m->resource);
            free(m->resource);
        }
    }
    free(members);
}

static int member_suffixes(const struct pvg_air_md *md, unsigned *at, struct pvg_air_member *m, struct pvg_air_budget *budget)
{
    for (; *at < md->count; ++*at) {
        struct pvg_air_md node;
        uint32_t target, group;
        int64_t unused;

        if (pvg_air_md_int(md, *at, &unused) || pvg_air_md_is(md, *at, "air.struct_type_info"))
            return 0;
        if (pvg_air_md_is(md, *at, "air.render_target") && pvg_air_md_u32(md, *at + 1, &target)) {
            m->render_target = target < 8 ? (int)target : -1;
            ++*at;
        } else if (pvg_air_md_is(md, *at, "air.raster_order_group") && pvg_air_md_u32(md, *at + 1, &group)) {
            m->raster_order_group = (int)(group & 0xFF);
            ++*at;
        } else if (pvg_air_md_is(md, *at, "air.indirect_argument") && !m->resource) {
            if (!pvg_air_md_load(pvg_air_md_node(md, *at + 1), &node))
                return -EINVAL;
            m->resource = calloc(1, sizeof(*m->resource));
            int rc = m->resource ? pvg_air_param_read(&node, m->resource, budget) : -ENOMEM;
            pvg_air_md_free(&node);
            if (rc)
                return rc;
            ++*at;
        }
    }
    return 0;
}

static int members_read(LLVMValueRef node, struct pvg_air_member **out, size_t *count, struct pvg_air_budget *budget);

static int member_read(const struct pvg_air_md *md, unsigned *at, struct pvg_air_member *m, struct pvg_air_budget *budget)
{
    int rc;

    m->render_target = m->raster_order_group = -1;
    if (pvg_air_md_is(md, *at, "air.struct_type_info")) {
        rc = members_read(pvg_air_md_node(md, *at + 1), &m->nested, &m->nested_count, budget);
        if (rc)
            return rc;
        *at += 2;
    }
    if (!pvg_air_md_u32(md, *at, &m->offset) || !pvg_air_md_u32(md, *at + 1, &m->size) ||
        !pvg_air_md_u32(md, *at + 2, &m->array_length))
        return -EINVAL;
    m->type_name = pvg_air_md_strdup(md, *at + 3);
    m->name = pvg_air_md_strdup(md, *at + 4);
    if (!m->type_name || !m->name)
        return -ENOMEM;
    *at += 5;
    return member_suffixes(md, at, m, budget);
}

static int members_read(LLVMValueRef node, struct pvg_air_member **out, size_t *count, struct pvg_air_budget *budget)
{
    struct pvg_air_md md;
    unsigned at = 0;
    int rc = 0;

    if (budget->depth >= MAX_DEPTH || !spend(budget) || *out || !pvg_air_md_load(node, &md))
        return -EINVAL;
    budget->depth++;
    /* A member takes five operands at least. */
    *out = calloc(md.count / 5 + 1, sizeof(**out));
    if (!*out)
        rc = -ENOMEM;
    while (!rc && at + 5 <= md.count) {
        if (!spend(budget)) {
            rc = -EINVAL;
            break;
        }
        ++*count;
        rc = member_read(&md, &at, &(*out)[*count - 1], budget);
    }
    budget->depth--;
    pvg_air_md_free(&md);
    return rc;
}

/* ---- Results -------------------------------------------------------------------------------------------------------------- */

static int gate_read(LLVMValueRef node, struct pvg_air_gate *gate)
{
    struct pvg_air_md md;

    if (!pvg_air_md_load(node, &md))
        return -EINVAL;
    gate->global = pvg_air_md_value(&md, 0);
    pvg_air_md_free(&md);
    if (!gate->global)
        return -EINVAL;
    gate->open = pvg_air_constant_is_true(gate->global);
    return 0;
}

/* Find the keyword behind an optional gate. Duplicates it into `keyword`. */
static int keyword_read(const struct pvg_air_md *md, unsigned *at, char **keyword, struct pvg_air_gate *gate)
{
    if (pvg_air_md_is(md, *at, "air.function_constant")) {
        int rc = gate_read(pvg_air_md_node(md, *at + 1), gate);
        if (rc)
            return rc;
        *at += 2;
    }
    unsigned length;
    if (!pvg_air_md_string(md, *at, &length))
        return -EINVAL;
    *keyword = pvg_air_md_strdup(md, *at);
    ++*at;
    return *keyword ? 0 : -ENOMEM;
}

static char **text_attribute(const struct pvg_air_md *md, unsigned at, char **type_name, char **name)
{
    if (pvg_air_md_is(md, at, "air.arg_type_name"))
        return type_name;
    return pvg_air_md_is(md, at, "air.arg_name") ? name : NULL;
}

static int take_text(const struct pvg_air_md *md, unsigned at, char **field)
{
    free(*field);
    *field = pvg_air_md_strdup(md, at);
    return *field ? 0 : -ENOMEM;
}

static int output_operands(const struct pvg_air_md *md, unsigned *at, struct pvg_air_output *o)
{
    uint32_t data_index;

    if (o->kind == PVG_AIR_OUTPUT_COLOR) {
        if (!pvg_air_md_u32(md, *at, &o->index))
            return -EINVAL;
        if (pvg_air_md_u32(md, *at + 1, &o->source))
            ++*at;
        ++*at;
        return o->index < 8 && o->source < 2 ? 0 : -EINVAL;
    }
    if (o->kind != PVG_AIR_OUTPUT_VARYING)
        return 0;
    if (pvg_air_md_u32(md, *at, &data_index)) {
        o->member = data_index;
        ++*at;
    }
    unsigned length;
    if (!pvg_air_md_string(md, *at, &length))
        return -EINVAL;
    o->semantic = pvg_air_md_strdup(md, *at);
    ++*at;
    return o->semantic ? 0 : -ENOMEM;
}

static int output_read(const struct pvg_air_md *md, struct pvg_air_output *o)
{
    unsigned at = 0;
    int rc = keyword_read(md, &at, &o->keyword, &o->gate);

    o->raster_order_group = -1;
    if (rc)
        return rc;
    o->kind = PVG_AIR_OUTPUT_UNKNOWN;
    o->absent = o->gate.global && !o->gate.open;
    for (size_t i = 0; i < sizeof(output_keywords) / sizeof(output_keywords[0]); i++)
        if (strcmp(o->keyword, output_keywords[i].name) == 0)
            o->kind = output_keywords[i].kind;
    o->clip_length = o->kind == PVG_AIR_OUTPUT_CLIP_DISTANCE;
    rc = output_operands(md, &at, o);
    for (; !rc && at < md->count; at++) {
        char **text = text_attribute(md, at, &o->type_name, &o->name);
        uint32_t n;

        if (text)
            rc = take_text(md, ++at, text);
        else if (pvg_air_md_is(md, at, "air.invariant"))
            o->invariant = true;
        else if (pvg_air_md_is(md, at, "air.clip_distance_array_size") && pvg_air_md_u32(md, at + 1, &n))
            o->clip_length = n;
        else if (pvg_air_md_is(md, at, "air.greater"))
            o->depth = PVG_AIR_DEPTH_GREATER;
        else if (pvg_air_md_is(md, at, "air.less"))
            o->depth = PVG_AIR_DEPTH_LESS;
        else if (pvg_air_md_is(md, at, "air.raster_order_group") && pvg_air_md_u32(md, at + 1, &n))
            o->raster_order_group = (int)(n & 0xFF);
    }
    if (!rc && !o->type_name)
        o->type_name = strdup("");
    if (!rc && !o->name)
        o->name = strdup("");
    return rc ? rc : o->type_name && o->name ? 0 : -ENOMEM;
}

int pvg_air_outputs_read(LLVMValueRef list, struct pvg_air_output **outputs, size_t *count, struct pvg_air_budget *budget)
{
    struct pvg_air_md md;
    int rc = 0;

    *outputs = NULL;
    *count = 0;
    if (!spend(budget) || !pvg_air_md_load(list, &md))
        return -EINVAL;
    *outputs = calloc(md.count + 1, sizeof(**outputs));
    if (!*outputs)
        rc = -ENOMEM;
    for (unsigned i = 0; !rc && i < md.count; i++) {
        struct pvg_air_md node;

        if (!spend(budget) || !pvg_air_md_load(md.ops[i], &node)) {
            rc = -EINVAL;
            break;
        }
        *count = i + 1;
        (*outputs)[i].member = i;
        rc = output_read(&node, &(*outputs)[i]);
        pvg_air_md_free(&node);
    }
    pvg_air_md_free(&md);
    return rc;
}

void pvg_air_outputs_free(struct pvg_air_output *outputs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(outputs[i].keyword);
        free(outputs[i].type_name);
        free(outputs[i].name);
        free(outputs[i].semantic);
    }
    free(outputs);
}

/* ---- Parameters ----------------------------------------------------------------------------------------------------------- */

static int mesh_read(LLVMValueRef node, struct pvg_air_param *p, struct pvg_air_budget *budget)
{
    struct pvg_air_mesh_info *mesh;
    struct pvg_air_md md;
    int rc;

    if (p->mesh || !pvg_air_md_load(node, &md))
        return -EINVAL;
    mesh = p->mesh = calloc(1, sizeof(*mesh));
    if (!mesh)
        rc = -ENOMEM;
    else if (!pvg_air_md_is(&md, 0, "air.mesh_type_info") || !pvg_air_md_u32(&md, 3, &mesh->max_vertices) ||
             !pvg_air_md_u32(&md, 4, &mesh->max_primitives))
        rc = -EINVAL;
    else
        rc = pvg_air_outputs_read(pvg_air_md_node(&md, 1), &mesh->vertex_outputs, &mesh->vertex_output_count, budget);
    if (!rc)
        rc = pvg_air_outputs_read(pvg_air_md_node(&md, 2), &mesh->primitive_outputs, &mesh->primitive_output_count, budget);
    if (!rc)
        mesh->vertices_per_primitive = pvg_air_md_is(&md, 5, "air.triangle") ? 3
                                       : pvg_air_md_is(&md, 5, "air.line")   ? 2
                                       : pvg_air_md_is(&md, 5, "air.point")  ? 1
                                                                             : 0;
    pvg_air_md_free(&md);
    return rc;
}

/* The index is a number, or a global that the static initialiser computes from function constants (spec 07 section 4.4). */
static bool location_read(const struct pvg_air_md *md, unsigned at, struct pvg_air_param *p)
{
    LLVMValueRef v = pvg_air_md_value(md, at);
    int64_t index;

    if (!pvg_air_md_int(md, at, &index)) {
        LLVMValueRef initial = v && LLVMIsAGlobalVariable(v) ? LLVMGetInitializer(v) : NULL;
        if (!initial || !LLVMIsAConstantInt(initial) || LLVMGetIntTypeWidth(LLVMTypeOf(initial)) > 64)
            return false;
        index = LLVMConstIntGetSExtValue(initial);
    }
    if (!pvg_air_md_u32(md, at + 1, &p->array_length) || p->array_length == 0)
        p->array_length = 1;
    if (index == -1 || index == 0xFFFFFFFF) {
        p->absent = true;
        p->location = 0;
        return true;
    }
    p->location = (uint32_t)index;
    return index >= 0 && index <= MAX_LOCATION && p->array_length <= MAX_ARRAY;
}

/* Attributes without a value. */
static bool flag(const struct pvg_air_md *md, unsigned at, struct pvg_air_param *p)
{
    bool varying = p->kind == PVG_AIR_PARAM_VARYING || p->kind == PVG_AIR_PARAM_BUILTIN;

    if (pvg_air_md_is(md, at, "air.read"))
        p->access |= PVG_AIR_ACCESS_READ;
    else if (pvg_air_md_is(md, at, "air.write"))
        p->access |= PVG_AIR_ACCESS_WRITE;
    else if (pvg_air_md_is(md, at, "air.read_write"))
        p->access |= PVG_AIR_ACCESS_READ | PVG_AIR_ACCESS_WRITE;
    else if (pvg_air_md_is(md, at, "air.sample") && !varying)
        p->access |= PVG_AIR_ACCESS_SAMPLE;
    else if (pvg_air_md_is(md, at, "air.sample"))
        p->interpolation.sample = true;
    else if (pvg_air_md_is(md, at, "air.centroid"))
        p->interpolation.centroid = true;
    else if (pvg_air_md_is(md, at, "air.flat"))
        p->interpolation.flat = true;
    else if (pvg_air_md_is(md, at, "air.no_perspective"))
        p->interpolation.no_perspective = true;
    else if (pvg_air_md_is(md, at, "air.interpolation_function"))
        p->interpolation.handle = true;
    else if (pvg_air_md_is(md, at, "air.vertex_value"))
        p->interpolation.vertex_value = true;
    else if (pvg_air_md_is(md, at, "air.arg_unused"))
        p->unused = true;
    else if (pvg_air_md_is(md, at, "implicit") && p->kind == PVG_AIR_PARAM_IMAGEBLOCK)
        p->imageblock_implicit = true;
    else
        return false;
    return true;
}

static uint32_t *number_attribute(const struct pvg_air_md *md, unsigned at, struct pvg_air_param *p)
{
    if (pvg_air_md_is(md, at, "air.buffer_size"))
        return &p->buffer_size;
    if (pvg_air_md_is(md, at, "air.address_space"))
        return &p->address_space;
    if (pvg_air_md_is(md, at, "air.arg_type_size"))
        return &p->type_size;
    if (pvg_air_md_is(md, at, "air.arg_type_align_size"))
        return &p->type_align;
    if (pvg_air_md_is(md, at, "air.imageblock_data_size"))
        return &p->imageblock_size;
    return NULL;
}

/* Consume the attribute at `*at`; leaves `*at` on its last operand. */
static int attribute_read(const struct pvg_air_md *md, unsigned *at, struct pvg_air_param *p, struct pvg_air_budget *budget)
{
    char **text = text_attribute(md, *at, &p->type_name, &p->name);
    uint32_t *number = number_attribute(md, *at, p);
    uint32_t group;

    if (text)
        return take_text(md, ++*at, text);
    if (number)
        return pvg_air_md_u32(md, ++*at, number) ? 0 : -EINVAL;
    if (flag(md, *at, p))
        return 0;
    if (pvg_air_md_is(md, *at, "air.location_index")) {
        if (!location_read(md, *at + 1, p))
            return -EINVAL;
        *at += 2;
        return 0;
    }
    if (pvg_air_md_is(md, *at, "air.raster_order_group")) {
        if (!pvg_air_md_u32(md, ++*at, &group))
            return -EINVAL;
        p->raster_order_group = (int)(group & 0xFF);
        return 0;
    }
    if (pvg_air_md_is(md, *at, "air.struct_type_info") || pvg_air_md_is(md, *at, "air.imageblock_master"))
        return members_read(pvg_air_md_node(md, ++*at), &p->members, &p->member_count, budget);
    return 0;
}

/* Control point attributes are bare nodes; each becomes a member with its location. */
static int control_points_read(const struct pvg_air_md *md, unsigned at, struct pvg_air_param *p, struct pvg_air_budget *budget)
{
    p->members = calloc(md->count, sizeof(*p->members));
    if (!p->members)
        return -ENOMEM;
    for (; at < md->count; at++) {
        struct pvg_air_md node;
        int rc = 0;

        if (!spend(budget))
            return -EINVAL;
        if (!pvg_air_md_load(pvg_air_md_node(md, at), &node))
            continue;
        if (pvg_air_md_is(&node, 0, "air.location_index")) {
            struct pvg_air_member *m = &p->members[p->member_count++];
            m->render_target = m->raster_order_group = -1;
            m->type_name = strdup("");
            m->name = strdup("");
            m->resource = calloc(1, sizeof(*m->resource));
            if (!m->resource || !m->type_name || !m->name)
                rc = -ENOMEM;
            for (unsigned i = 0; !rc && i < node.count; i++)
                rc = attribute_read(&node, &i, m->resource, budget);
            if (m->resource)
                m->resource->kind = PVG_AIR_PARAM_VERTEX_INPUT;
        }
        pvg_air_md_free(&node);
        if (rc)
            return rc;
    }
    return 0;
}

static void classify(struct pvg_air_param *p)
{
    const size_t prefix = sizeof("air.") - 1;

    p->kind = PVG_AIR_PARAM_UNKNOWN;
    if (strncmp(p->keyword, "air.", prefix) != 0)
        return;
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
        const char *name = keywords[i].name + prefix, *given = p->keyword + prefix;
        if (*name == *given && strcmp(given, name) == 0) {
            p->kind = keywords[i].kind;
            p->builtin = keywords[i].builtin;
            return;
        }
    }
}

static bool needs_location(enum pvg_air_param_kind kind)
{
    return kind == PVG_AIR_PARAM_BUFFER || kind == PVG_AIR_PARAM_ARGUMENT_BUFFER || kind == PVG_AIR_PARAM_TEXTURE ||
           kind == PVG_AIR_PARAM_SAMPLER || kind == PVG_AIR_PARAM_VERTEX_INPUT || kind == PVG_AIR_PARAM_STAGE_IN ||
           kind == PVG_AIR_PARAM_PATCH_INPUT;
}

/* Operands that follow the keyword without a key of their own. */
static int positional_read(const struct pvg_air_md *md, unsigned *at, struct pvg_air_param *p, struct pvg_air_budget *budget)
{
    unsigned length;

    switch (p->kind) {
    case PVG_AIR_PARAM_VARYING:
        if (!pvg_air_md_string(md, *at, &length))
            return -EINVAL;
        p->semantic = pvg_air_md_strdup(md, (*at)++);
        return p->semantic ? 0 : -ENOMEM;
    case PVG_AIR_PARAM_COLOR:
        return pvg_air_md_u32(md, (*at)++, &p->location) && p->location < 8 ? 0 : -EINVAL;
    case PVG_AIR_PARAM_MESH:
        return mesh_read(pvg_air_md_node(md, (*at)++), p, budget);
    case PVG_AIR_PARAM_CONTROL_POINT: {
        int rc = control_points_read(md, *at, p, budget);
        *at = md->count;
        return rc;
    }
    default:
        return 0;
    }
}

static void default_address_space(struct pvg_air_param *p)
{
    LLVMTypeRef type = p->value ? LLVMTypeOf(p->value) : NULL;

    if (p->address_space == 0 && type && LLVMGetTypeKind(type) == LLVMPointerTypeKind)
        p->address_space = LLVMGetPointerAddressSpace(type);
    if (p->kind == PVG_AIR_PARAM_BUFFER && p->address_space == 3)
        p->kind = PVG_AIR_PARAM_THREADGROUP;
}

int pvg_air_param_read(const struct pvg_air_md *md, struct pvg_air_param *p, struct pvg_air_budget *budget)
{
    unsigned at = 1;
    uint32_t ordinal;
    int rc = keyword_read(md, &at, &p->keyword, &p->gate);

    p->raster_order_group = -1;
    p->array_length = 1;
    p->location = UINT32_MAX;
    if (rc)
        return rc;
    if (pvg_air_md_u32(md, 0, &ordinal))
        p->index = ordinal;
    classify(p);
    rc = positional_read(md, &at, p, budget);
    for (; !rc && at < md->count; at++)
        rc = attribute_read(md, &at, p, budget);
    if (!rc && !p->type_name)
        p->type_name = strdup("");
    if (!rc && !p->name)
        p->name = strdup("");
    if (!rc && (!p->type_name || !p->name))
        rc = -ENOMEM;
    if (rc)
        return rc;
    if (needs_location(p->kind) && p->location == UINT32_MAX)
        return -EINVAL;
    if (p->location == UINT32_MAX)
        p->location = 0;
    if (p->kind == PVG_AIR_PARAM_TEXTURE && !pvg_air_texture_shape_parse(p->type_name, &p->texture))
        return -EINVAL;
    p->absent |= p->gate.global && !p->gate.open;
    default_address_space(p);
    return 0;
}

void pvg_air_param_clear(struct pvg_air_param *p)
{
    free(p->keyword);
    free(p->type_name);
    free(p->name);
    free(p->semantic);
    members_free(p->members, p->member_count);
    if (p->mesh) {
        pvg_air_outputs_free(p->mesh->vertex_outputs, p->mesh->vertex_output_count);
        pvg_air_outputs_free(p->mesh->primitive_outputs, p->mesh->primitive_output_count);
        free(p->mesh);
    }
    *p = (struct pvg_air_param){0};
}
