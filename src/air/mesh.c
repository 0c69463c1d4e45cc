/* SPDX-License-Identifier: MIT */
/*
 * Object and mesh functions (spec 07 sections 4.12 and 5.12). Metal lets any thread write outputs and counts at any time; Vulkan
 * wants the counts once, from all threads, before any output. So a mesh function collects its outputs in threadgroup memory, and
 * when all threads are done they declare the counts and copy the outputs together; an object function collects its grid in the same
 * way.
 */
#include "air/translate.h"

#include <errno.h>
#include <string.h>

/** Threadgroup array that collects one output. */
struct collected {
    const struct pvg_air_output *output; /**< NULL: primitive indices. */
    unsigned half;                       /**< Of 64-bit integers: the first or second two numbers. */
    bool primitive;                      /**< One value per primitive, else per vertex. */
    uint32_t elem;                       /**< 32-bit type of a value. */
    uint32_t shared, target;             /**< Variables: collected here, copied there. */
};

struct pvg_at_mesh {
    const struct pvg_air_mesh_info *info;
    struct collected *items;
    uint32_t count;
    uint32_t primitives; /**< Threadgroup variable: primitive count. */
    uint32_t indices;    /**< Threadgroup array of vertex numbers. */
    uint32_t grid;       /**< Object functions: threadgroup variable with the mesh grid. */
};

static uint32_t u32(struct pvg_at *at)
{
    return pvg_spv_int(&at->b, 32);
}

static uint32_t interface_variable(struct pvg_at *at, SpvStorageClass sc, uint32_t type)
{
    uint32_t var = pvg_spv_variable(&at->b, sc, type, 0);
    at->interface = pvg_arena_grow(&at->arena, at->interface, &at->interface_cap, at->interface_count + 1, 4);
    at->interface[at->interface_count++] = var;
    return var;
}

static uint32_t element(struct pvg_at *at, uint32_t array, SpvStorageClass sc, uint32_t type, uint32_t index)
{
    return pvg_spv_value(&at->b, SpvOpAccessChain, pvg_spv_ptr(&at->b, sc, type), PVG_SPV(array, index));
}

static void store_shared(struct pvg_at *at, uint32_t pointer, uint32_t value)
{
    pvg_spv_op(&at->b, SpvOpStore, PVG_SPV(pointer, value, SpvMemoryAccessNonPrivatePointerMask));
}

static uint32_t load_shared(struct pvg_at *at, uint32_t pointer, uint32_t type)
{
    return pvg_spv_value(&at->b, SpvOpLoad, type, PVG_SPV(pointer, SpvMemoryAccessNonPrivatePointerMask));
}

static void group_barrier(struct pvg_at *at)
{
    struct pvg_spv *b = &at->b;
    uint32_t scope = pvg_spv_u32(b, SpvScopeWorkgroup);
    uint32_t semantics = pvg_spv_u32(b, SpvMemorySemanticsAcquireReleaseMask | SpvMemorySemanticsWorkgroupMemoryMask |
                                            SpvMemorySemanticsMakeAvailableMask | SpvMemorySemanticsMakeVisibleMask);
    pvg_spv_op(b, SpvOpControlBarrier, PVG_SPV(scope, scope, semantics));
}

static uint32_t clamp_index(struct pvg_at *at, uint32_t index, uint32_t count)
{
    return pvg_spv_ext(&at->b, GLSLstd450UMin, u32(at),
                       PVG_SPV(pvg_spv_resize(&at->b, index, 32), pvg_spv_u32(&at->b, count ? count - 1 : 0)));
}

/* ---- Outputs --------------------------------------------------------------------------------------------------------------- */

static uint32_t output_array(struct pvg_at *at, const struct collected *c, uint32_t count)
{
    uint32_t var = interface_variable(at, SpvStorageClassOutput, pvg_spv_array(&at->b, c->elem, count));
    if (c->primitive)
        pvg_spv_decorate(&at->b, var, SpvDecorationPerPrimitiveEXT, NULL, 0);
    return var;
}

static void builtin(struct pvg_at *at, uint32_t var, SpvBuiltIn what)
{
    pvg_spv_decorate(&at->b, var, SpvDecorationBuiltIn, PVG_SPV((uint32_t)what));
}

/** Numbers of a varying of 64-bit integers by its MSL type name, 0 of others. */
static unsigned wide_lanes(const char *type_name)
{
    if (!type_name)
        return 0;
    const char *n = type_name + (type_name[0] == 'u');
    if (strncmp(n, "long", 4) || (n[4] && (n[4] < '2' || n[4] > '4' || n[5])))
        return 0;
    return n[4] ? (unsigned)(n[4] - '0') : 1;
}

static void add_output(struct pvg_at *at, const struct pvg_air_output *o, bool primitive, unsigned half)
{
    struct pvg_spv *b = &at->b;
    struct pvg_at_mesh *m = at->mesh;
    struct collected *c = &m->items[m->count];
    uint32_t f32 = pvg_spv_float(b, 32), i32 = pvg_spv_sint(b, 32);
    *c = (struct collected){.output = o, .primitive = primitive};
    uint32_t count = primitive ? m->info->max_primitives : m->info->max_vertices;
    switch (o->kind) {
    case PVG_AIR_OUTPUT_POSITION:
        c->elem = pvg_spv_vec(b, f32, 4);
        builtin(at, c->target = output_array(at, c, count), SpvBuiltInPosition);
        at->refl->writes_position = true;
        break;
    case PVG_AIR_OUTPUT_POINT_SIZE:
        c->elem = f32;
        builtin(at, c->target = output_array(at, c, count), SpvBuiltInPointSize);
        at->refl->writes_point_size = true;
        break;
    case PVG_AIR_OUTPUT_PRIMITIVE_ID:
        c->elem = i32;
        builtin(at, c->target = output_array(at, c, count), SpvBuiltInPrimitiveId);
        break;
    case PVG_AIR_OUTPUT_LAYER:
        c->elem = i32;
        builtin(at, c->target = output_array(at, c, count), SpvBuiltInLayer);
        at->refl->writes_layer = true;
        break;
    case PVG_AIR_OUTPUT_VIEWPORT:
        c->elem = i32;
        builtin(at, c->target = output_array(at, c, count), SpvBuiltInViewportIndex);
        at->refl->writes_viewport = true;
        pvg_spv_capability(b, SpvCapabilityMultiViewport);
        break;
    case PVG_AIR_OUTPUT_VARYING: {
        uint32_t location = (uint32_t)at->refl->varying_count;
        unsigned wide = wide_lanes(o->type_name);
        c->half = half;
        c->elem = wide ? pvg_at_wide_type(at, wide, half) : pvg_at_named_interface_type(at, o->type_name);
        pvg_at_reflect_varying(at, pvg_at_wide_semantic(at, o->semantic, half), location, c->elem, primitive);
        c->target = output_array(at, c, count);
        pvg_spv_decorate(b, c->target, SpvDecorationLocation, PVG_SPV(location));
        break;
    }
    default:
        pvg_at_refuse(at, "mesh output %s", o->keyword);
    }
    c->shared = interface_variable(at, SpvStorageClassWorkgroup, pvg_spv_array(b, c->elem, count));
    m->count++;
}

static void add_outputs(struct pvg_at *at, const struct pvg_air_output *o, bool primitive)
{
    add_output(at, o, primitive, 0);
    if (o->kind == PVG_AIR_OUTPUT_VARYING && wide_lanes(o->type_name) > 2)
        add_output(at, o, primitive, 1);
}

static void index_output(struct pvg_at *at)
{
    struct pvg_spv *b = &at->b;
    struct pvg_at_mesh *m = at->mesh;
    unsigned n = m->info->vertices_per_primitive;
    struct collected *c = &m->items[m->count++];
    *c = (struct collected){.primitive = true, .elem = pvg_spv_vec(b, u32(at), n)};
    c->target = interface_variable(at, SpvStorageClassOutput, pvg_spv_array(b, c->elem, m->info->max_primitives));
    builtin(at, c->target,
            n == 3   ? SpvBuiltInPrimitiveTriangleIndicesEXT
            : n == 2 ? SpvBuiltInPrimitiveLineIndicesEXT
                     : SpvBuiltInPrimitivePointIndicesEXT);
    m->indices = interface_variable(at, SpvStorageClassWorkgroup, pvg_spv_array(b, u32(at), m->info->max_primitives * n));
}

static void plan_mesh(struct pvg_at *at)
{
    struct pvg_at_mesh *m = at->mesh;
    for (size_t i = 0; i < at->entry->param_count; i++)
        if (at->entry->params[i].kind == PVG_AIR_PARAM_MESH)
            m->info = at->entry->params[i].mesh;
    if (!m->info || !m->info->vertices_per_primitive || m->info->vertices_per_primitive > 3)
        pvg_at_refuse(at, "mesh function without the layout of its mesh");
    if (!m->info->max_vertices || m->info->max_vertices > 256 || !m->info->max_primitives || m->info->max_primitives > 512)
        pvg_at_fail(at, EINVAL, "mesh of %u vertices and %u primitives", m->info->max_vertices, m->info->max_primitives);
    size_t most = 2 * (m->info->vertex_output_count + m->info->primitive_output_count) + 1;
    m->items = pvg_arena_array(&at->arena, most, sizeof *m->items);
    for (size_t i = 0; i < m->info->vertex_output_count; i++)
        add_outputs(at, &m->info->vertex_outputs[i], false);
    for (size_t i = 0; i < m->info->primitive_output_count; i++)
        add_outputs(at, &m->info->primitive_outputs[i], true);
    index_output(at);
    m->primitives = interface_variable(at, SpvStorageClassWorkgroup, u32(at));
}

void pvg_at_plan_mesh(struct pvg_at *at)
{
    struct pvg_spv *b = &at->b;
    bool mesh = at->entry->stage == PVG_AIR_MESH, object = at->entry->stage == PVG_AIR_OBJECT;
    if (!mesh && !object)
        return;
    pvg_at_need(at, PVG_AIR_NEED_MESH);
    pvg_spv_capability(b, SpvCapabilityMeshShadingEXT);
    pvg_spv_extension(b, "SPV_EXT_mesh_shader");
    at->mesh = pvg_arena_alloc(&at->arena, sizeof *at->mesh);
    if (mesh)
        plan_mesh(at);
    else
        at->mesh->grid = interface_variable(at, SpvStorageClassWorkgroup, pvg_spv_vec(b, u32(at), 3));
}

void pvg_at_mesh_begin(struct pvg_at *at)
{
    struct pvg_spv *b = &at->b;
    struct pvg_at_mesh *m = at->mesh;
    if (!m)
        return;
    /* All threads store the same zeros; the barrier orders them before the first count. */
    if (m->info)
        store_shared(at, m->primitives, pvg_spv_u32(b, 0));
    else
        store_shared(at, m->grid, pvg_spv_null(b, pvg_spv_vec(b, u32(at), 3)));
    group_barrier(at);
}

/** Copies one collected array: thread i takes the elements i, i + group size, ... */
static void copy_items(struct pvg_at *at, bool primitive, uint32_t count)
{
    struct pvg_spv *b = &at->b;
    const struct pvg_at_mesh *m = at->mesh;
    uint32_t var = pvg_spv_variable(b, SpvStorageClassFunction, u32(at), 0);
    uint32_t head = pvg_spv_new_id(b), test = pvg_spv_new_id(b), run = pvg_spv_new_id(b), next = pvg_spv_new_id(b),
             end = pvg_spv_new_id(b);
    pvg_spv_op(b, SpvOpStore, PVG_SPV(var, pvg_at_builtin_load(at, SpvBuiltInLocalInvocationIndex, u32(at))));
    pvg_spv_op(b, SpvOpBranch, PVG_SPV(head));
    pvg_at_begin_block(at, head);
    pvg_spv_op(b, SpvOpLoopMerge, PVG_SPV(end, next, SpvLoopControlMaskNone));
    pvg_spv_op(b, SpvOpBranch, PVG_SPV(test));
    pvg_at_begin_block(at, test);
    uint32_t i = pvg_spv_value(b, SpvOpLoad, u32(at), PVG_SPV(var));
    uint32_t more = pvg_spv_value(b, SpvOpULessThan, pvg_spv_bool(b), PVG_SPV(i, count));
    pvg_spv_op(b, SpvOpBranchConditional, PVG_SPV(more, run, end));
    pvg_at_begin_block(at, run);
    for (uint32_t k = 0; k < m->count; k++) {
        const struct collected *c = &m->items[k];
        if (c->primitive != primitive)
            continue;
        uint32_t v;
        if (c->output) {
            v = load_shared(at, element(at, c->shared, SpvStorageClassWorkgroup, c->elem, i), c->elem);
        } else {
            uint32_t parts[3], n = m->info->vertices_per_primitive, first = pvg_spv_imul(b, i, pvg_spv_u32(b, n));
            for (uint32_t j = 0; j < n; j++) {
                uint32_t at_index = pvg_spv_iadd(b, first, pvg_spv_u32(b, j));
                parts[j] = load_shared(at, element(at, m->indices, SpvStorageClassWorkgroup, u32(at), at_index), u32(at));
            }
            v = pvg_spv_construct(b, c->elem, parts, n);
        }
        pvg_spv_op(b, SpvOpStore, PVG_SPV(element(at, c->target, SpvStorageClassOutput, c->elem, i), v));
    }
    pvg_spv_op(b, SpvOpBranch, PVG_SPV(next));
    pvg_at_begin_block(at, next);
    uint32_t step = pvg_at_spec_constant(at, PVG_AIR_SPEC_WORKGROUP_SIZE, 1);
    pvg_spv_op(b, SpvOpStore, PVG_SPV(var, pvg_spv_iadd(b, i, step)));
    pvg_spv_op(b, SpvOpBranch, PVG_SPV(head));
    pvg_at_begin_block(at, end);
}

bool pvg_at_mesh_end(struct pvg_at *at)
{
    struct pvg_spv *b = &at->b;
    const struct pvg_at_mesh *m = at->mesh;
    if (!m)
        return false;
    group_barrier(at);
    if (!m->info) {
        uint32_t vec = pvg_spv_vec(b, u32(at), 3), grid = load_shared(at, m->grid, vec), words[4], n = 0;
        for (uint32_t i = 0; i < 3; i++)
            words[n++] = pvg_spv_extract(b, grid, i);
        if (at->payload)
            words[n++] = at->payload;
        pvg_spv_op(b, SpvOpEmitMeshTasksEXT, words, n);
        return true;
    }
    uint32_t vertices = pvg_spv_u32(b, m->info->max_vertices), most = pvg_spv_u32(b, m->info->max_primitives);
    uint32_t primitives = pvg_spv_ext(b, GLSLstd450UMin, u32(at), PVG_SPV(load_shared(at, m->primitives, u32(at)), most));
    pvg_spv_op(b, SpvOpSetMeshOutputsEXT, PVG_SPV(vertices, primitives));
    copy_items(at, false, vertices);
    copy_items(at, true, primitives);
    return false;
}

void pvg_at_mesh_modes(struct pvg_at *at)
{
    struct pvg_spv *b = &at->b;
    const struct pvg_at_mesh *m = at->mesh;
    if (!m || !m->info)
        return;
    unsigned n = m->info->vertices_per_primitive;
    SpvExecutionMode shape = n == 3   ? SpvExecutionModeOutputTrianglesEXT
                             : n == 2 ? SpvExecutionModeOutputLinesEXT
                                      : SpvExecutionModeOutputPoints;
    pvg_spv_emit(b, PVG_SPV_MODES, SpvOpExecutionMode, PVG_SPV(at->main_fn, SpvExecutionModeOutputVertices, m->info->max_vertices));
    pvg_spv_emit(b, PVG_SPV_MODES, SpvOpExecutionMode,
                 PVG_SPV(at->main_fn, SpvExecutionModeOutputPrimitivesEXT, m->info->max_primitives));
    pvg_spv_emit(b, PVG_SPV_MODES, SpvOpExecutionMode, PVG_SPV(at->main_fn, (uint32_t)shape));
}

/* ---- Intrinsics
 * ------------------------------------------------------------------------------------------------------------------ */

/** What one location of a varying of 64-bit integers takes of the value. */
static uint32_t wide_part(struct pvg_at *at, const struct collected *c, uint32_t value)
{
    uint32_t type = pvg_spv_vec(&at->b, pvg_spv_int(&at->b, 64), wide_lanes(c->output->type_name));
    return pvg_at_wide_words(at, pvg_at_fit(at, value, type), c->half);
}

static void collect(struct pvg_at *at, enum pvg_air_output_kind kind, int data_index, bool primitive, uint32_t index,
                    uint32_t value)
{
    const struct pvg_at_mesh *m = at->mesh;
    for (uint32_t k = 0; k < m->count; k++) {
        const struct collected *c = &m->items[k];
        if (!c->output || c->output->kind != kind || c->primitive != primitive)
            continue;
        if (data_index >= 0 && c->output->member != (unsigned)data_index)
            continue;
        uint32_t i = clamp_index(at, index, primitive ? m->info->max_primitives : m->info->max_vertices);
        bool wide = c->output->kind == PVG_AIR_OUTPUT_VARYING && wide_lanes(c->output->type_name);
        uint32_t part = wide ? wide_part(at, c, value) : value;
        store_shared(at, element(at, c->shared, SpvStorageClassWorkgroup, c->elem, i), pvg_at_fit(at, part, c->elem));
    }
    /* An output that the mesh does not declare goes nowhere. */
}

static void set_indices(struct pvg_at *at, uint32_t first, uint32_t values)
{
    struct pvg_spv *b = &at->b;
    const struct pvg_at_mesh *m = at->mesh;
    unsigned n = pvg_spv_components(b, pvg_spv_type_of(b, values));
    uint32_t total = m->info->max_primitives * m->info->vertices_per_primitive;
    for (unsigned i = 0; i < n; i++) {
        uint32_t v = pvg_spv_resize(b, n == 1 ? values : pvg_spv_extract(b, values, i), 32);
        v = pvg_spv_ext(b, GLSLstd450UMin, u32(at), PVG_SPV(v, pvg_spv_u32(b, m->info->max_vertices - 1)));
        uint32_t at_index = clamp_index(at, pvg_spv_iadd(b, pvg_spv_resize(b, first, 32), pvg_spv_u32(b, i)), total);
        store_shared(at, element(at, m->indices, SpvStorageClassWorkgroup, u32(at), at_index), v);
    }
}

static bool mesh_output(struct pvg_at *at, const struct pvg_at_call *c)
{
    static const struct {
        const char *op;
        enum pvg_air_output_kind kind;
        bool primitive;
    } direct[] = {{"set_position_mesh", PVG_AIR_OUTPUT_POSITION, false},
                  {"set_point_size_mesh", PVG_AIR_OUTPUT_POINT_SIZE, false},
                  {"set_primitive_id_mesh", PVG_AIR_OUTPUT_PRIMITIVE_ID, true},
                  {"set_render_target_array_index_mesh", PVG_AIR_OUTPUT_LAYER, true},
                  {"set_viewport_array_index_mesh", PVG_AIR_OUTPUT_VIEWPORT, true}};
    for (size_t i = 0; i < sizeof direct / sizeof *direct; i++) {
        if (strcmp(c->op, direct[i].op))
            continue;
        collect(at, direct[i].kind, -1, direct[i].primitive, pvg_at_arg(at, c, 1), pvg_at_arg(at, c, 2));
        return true;
    }
    bool vertex = !strcmp(c->op, "set_vertex_data_mesh"), primitive = !strcmp(c->op, "set_primitive_data_mesh");
    uint64_t data;
    if (!vertex && !primitive)
        return false;
    if (!pvg_at_const_int(LLVMGetOperand(c->inst, 1), &data) || data > 31)
        pvg_at_refuse(at, "%s: data index chosen at run time", c->name);
    collect(at, PVG_AIR_OUTPUT_VARYING, (int)data, primitive, pvg_at_arg(at, c, 2), pvg_at_arg(at, c, 3));
    return true;
}

bool pvg_at_intrin_mesh(struct pvg_at *at, const struct pvg_at_call *c, uint32_t *id)
{
    const struct pvg_at_mesh *m = at->mesh;
    (void)id;
    if (!m)
        return false;
    if (!m->info) {
        if (strcmp(c->op, "set_threadgroups_per_grid_mesh_properties"))
            return false;
        store_shared(at, m->grid, pvg_at_arg(at, c, 1));
        return true;
    }
    if (!strcmp(c->op, "set_primitive_count_mesh")) {
        store_shared(at, m->primitives, pvg_spv_resize(&at->b, pvg_at_arg(at, c, 1), 32));
        return true;
    }
    if (!strcmp(c->op, "set_index_mesh") || !strcmp(c->op, "set_indices_mesh")) {
        set_indices(at, pvg_at_arg(at, c, 1), pvg_at_arg(at, c, 2));
        return true;
    }
    return mesh_output(at, c);
}
