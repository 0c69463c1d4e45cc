/* SPDX-License-Identifier: MIT */
#include "air/translate.h"
#include "air/narrow.h"

#include "air/remote.h"
#include "air/visible.h"
#include "util/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Memory that one translation may use. */
#define MEMORY_LIMIT ((size_t)512 << 20)

static void describe_place(struct pvg_at *at, char *out, size_t size)
{
    out[0] = 0;
    if (!at->current)
        return;
    char *text = LLVMPrintValueToString(at->current);
    const char *s = text;
    while (*s == ' ')
        s++;
    snprintf(out, size, " (at: %.120s)", s);
    LLVMDisposeMessage(text);
}

void pvg_at_fail(struct pvg_at *at, int code, const char *fmt, ...)
{
    char what[256], place[160];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    describe_place(at, place, sizeof place);
    pvg_error_set(at->err, "%s: %s%s", at->entry ? at->entry->name : "AIR module", what, place);
    longjmp(at->arena.bail, -code);
}

static void refuse(struct pvg_at *at, enum pvg_air_refusal_class c, const char *what)
{
    char place[160];
    describe_place(at, place, sizeof place);
    pvg_error_set(at->err, c ? "%s: not supported [%s]: %s%s" : "%s: not supported%s: %s%s",
                  at->entry ? at->entry->name : "AIR module", pvg_air_refusal_id(c), what, place);
}

void pvg_at_refuse(struct pvg_at *at, const char *fmt, ...)
{
    char what[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    refuse(at, PVG_REFUSE_NONE, what);
    longjmp(at->arena.bail, -ENOTSUP);
}

void pvg_at_refuse_as(struct pvg_at *at, enum pvg_air_refusal_class c, const char *fmt, ...)
{
    char what[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    refuse(at, c, what);
    longjmp(at->arena.bail, -ENOTSUP);
}

uint32_t pvg_at_device_scope(struct pvg_at *at)
{
    pvg_spv_capability(&at->b, SpvCapabilityVulkanMemoryModelDeviceScope);
    return pvg_spv_u32(&at->b, SpvScopeDevice);
}

static const char *need_name(enum pvg_air_need need)
{
    static const char *const names[] = {
        "float16",           "int8",         "int16",          "8-bit storage",  "16-bit storage",      "float64",
        "clip distance",     "layer output", "viewport index", "geometry",       "sample-rate shading", "barycentrics",
        "stencil export",    "subgroups",    "float atomics",  "64-bit atomics", "minimum LOD",         "cube arrays",
        "input attachments", "mesh shaders", "ray queries",    "demote",         "workgroup layout",    "tessellation",
        "fragment interlock"};
    unsigned i = (unsigned)__builtin_ctz(need);
    return i < sizeof names / sizeof *names ? names[i] : "?";
}

void pvg_at_need(struct pvg_at *at, enum pvg_air_need need)
{
    if (at->needs & need)
        return;
    if (!(at->opt->available & need) && !(need & PVG_AT_NARROW_NEEDS))
        pvg_at_refuse_as(at, PVG_REFUSE_DEVICE_FEATURE, "the device lacks a feature: %s", need_name(need));
    at->needs |= need;
}

static SpvExecutionModel execution_model(struct pvg_at *at)
{
    switch (at->entry->stage) {
    case PVG_AIR_VERTEX:
        return at->entry->patch ? SpvExecutionModelTessellationEvaluation : SpvExecutionModelVertex;
    case PVG_AIR_FRAGMENT:
        return SpvExecutionModelFragment;
    case PVG_AIR_KERNEL:
        return SpvExecutionModelGLCompute;
    case PVG_AIR_OBJECT:
        return SpvExecutionModelTaskEXT;
    case PVG_AIR_MESH:
        return SpvExecutionModelMeshEXT;
    case PVG_AIR_VISIBLE:
        pvg_at_refuse_as(at, PVG_REFUSE_VISIBLE_ENTRY, "visible function");
    case PVG_AIR_INTERSECTION:
        pvg_at_refuse_as(at, PVG_REFUSE_RAY_TRACING, "intersection function");
    default:
        pvg_at_refuse(at, "%s function", pvg_air_stage_name(at->entry->stage));
    }
}

static void write_header(struct pvg_at *at)
{
    struct pvg_spv *b = &at->b;
    pvg_spv_capability(b, SpvCapabilityShader);
    pvg_spv_capability(b, SpvCapabilityVulkanMemoryModel);
    pvg_spv_capability(b, SpvCapabilityPhysicalStorageBufferAddresses);
    pvg_spv_emit(b, PVG_SPV_MEMORY_MODEL, SpvOpMemoryModel,
                 PVG_SPV(SpvAddressingModelPhysicalStorageBuffer64, SpvMemoryModelVulkan));
}

static void write_entry_point(struct pvg_at *at, SpvExecutionModel model)
{
    struct pvg_spv *b = &at->b;
    const uint32_t before[] = {(uint32_t)model, at->main_fn};
    pvg_spv_emit_string(b, PVG_SPV_ENTRY, SpvOpEntryPoint, before, 2, "main", at->interface, at->interface_count);
    pvg_at_execution_modes(at);
    if (at->opt->debug_names)
        pvg_spv_name(b, at->main_fn, at->entry->name);
}

/** Does code of this function synchronise memory between threads? */
static bool synchronises(LLVMModuleRef module)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f)) {
        size_t len;
        const char *n = LLVMGetValueName2(f, &len);
        if (LLVMGetFirstUse(f) &&
            (strstr(n, "barrier") || strstr(n, "fence") || !strncmp(n, "air.atomic", 10) || strstr(n, "coherent")))
            return true;
    }
    return false;
}

static void *copy_array(struct pvg_at *at, const void *src, size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size);
    if (!p)
        pvg_at_fail(at, ENOMEM, "out of memory");
    if (count)
        memcpy(p, src, count * size);
    return p;
}

static char *copy_string(struct pvg_at *at, const char *s)
{
    char *p = strdup(s ? s : "");
    if (!p)
        pvg_at_fail(at, ENOMEM, "out of memory");
    return p;
}

static void reflect_constants(struct pvg_at *at)
{
    struct pvg_air_reflection *r = at->refl;
    r->constants = calloc(at->entry->constant_count + 1, sizeof *r->constants);
    if (!r->constants)
        pvg_at_fail(at, ENOMEM, "out of memory");
    for (size_t i = 0; i < at->entry->constant_count; i++) {
        const struct pvg_air_fc *c = &at->entry->constants[i];
        r->constants[i] =
            (struct pvg_air_constant){.name = copy_string(at, c->name), .index = c->index, .size = c->size, .used = c->used};
        r->constant_count++;
    }
}

static void reflect(struct pvg_at *at)
{
    struct pvg_air_reflection *r = at->refl;
    r->stage = at->entry->stage;
    r->name = copy_string(at, at->entry->name);
    r->air_version = at->entry->air_version;
    r->msl_version = at->entry->msl_version;
    r->needs = at->needs;
    r->uses_discard = at->uses_discard;
    r->early_fragment_tests = at->entry->early_fragment_tests;
    r->max_total_threads = at->entry->max_total_threads;
    reflect_constants(at);
    pvg_at_reflect_members(at);

    struct pvg_air_buffer *buffers = pvg_arena_array(&at->arena, at->buffer_count + 1, sizeof *buffers);
    for (uint32_t i = 0; i < at->buffer_count; i++)
        buffers[i] = at->buffers[i].info;
    r->buffers = copy_array(at, buffers, at->buffer_count, sizeof *buffers);
    r->buffer_count = at->buffer_count;

    struct pvg_air_pull *pulls = pvg_arena_array(&at->arena, at->pull_count + 1, sizeof *pulls);
    for (uint32_t i = 0; i < at->pull_count; i++)
        pulls[i] = (struct pvg_air_pull){at->pulls[i].info.index, at->pulls[i].info.table_offset};
    r->pulls = copy_array(at, pulls, at->pull_count, sizeof *pulls);
    r->pull_count = at->pull_count;

    struct pvg_air_texture *textures = pvg_arena_array(&at->arena, at->texture_count + 1, sizeof *textures);
    for (uint32_t i = 0; i < at->texture_count; i++)
        textures[i] = at->textures[i].info;
    r->textures = copy_array(at, textures, at->texture_count, sizeof *textures);
    r->texture_count = at->texture_count;

    struct pvg_air_sampler *samplers = pvg_arena_array(&at->arena, 2 * (size_t)at->sampler_count + 1, sizeof *samplers);
    size_t n = 0;
    for (uint32_t i = 0; i < at->sampler_count; i++) {
        const struct pvg_at_sampler *s = &at->samplers[i];
        if (s->plain)
            samplers[n++] = (struct pvg_air_sampler){s->index, s->array_length, s->plain_offset, s->id_offset, false, s->scales[0]};
        if (s->compare)
            samplers[n++] =
                (struct pvg_air_sampler){s->index, s->array_length, s->compare_offset, s->id_offset, true, s->scales[1]};
    }
    r->samplers = copy_array(at, samplers, n, sizeof *samplers);
    r->sampler_count = n;

    struct pvg_air_static_sampler *statics = pvg_arena_array(&at->arena, 2 * (size_t)at->static_count + 1, sizeof *statics);
    n = 0;
    for (uint32_t i = 0; i < at->static_count; i++) {
        const struct pvg_at_static_sampler *s = &at->statics[i];
        if (s->plain) {
            statics[n] = s->info;
            statics[n++].compare_enabled = false;
        }
        if (s->compare) {
            statics[n] = s->info;
            statics[n].compare_enabled = true;
            statics[n++].table_offset = s->compare_offset;
        }
    }
    r->static_samplers = copy_array(at, statics, n, sizeof *statics);
    r->static_sampler_count = n;
    r->checks = copy_array(at, at->checks, at->check_count, sizeof *at->checks);
    r->check_count = at->check_count;
}

static void translate(struct pvg_at *at, const char *entry)
{
    enum pvg_air_stage stage;
    LLVMValueRef only;
    size_t length;
    /* Linked modules bring entry points of their own. */
    if (!entry && at->opt->linked_count && pvg_air_entry_count(at->mod.module) == 1 &&
        pvg_air_entry_at(at->mod.module, 0, &stage, &only))
        entry = pvg_arena_strdup(&at->arena, LLVMGetValueName2(only, &length));
    pvg_at_link(at);
    int rc = pvg_air_entry_parse(at->mod.module, entry, at->opt->constants, at->opt->constant_count, &at->entry, at->err);
    if (rc)
        longjmp(at->arena.bail, rc == -ENOENT ? -EINVAL : rc);
    at->fn = at->entry->function;
    if (LLVMIsDeclaration(at->fn))
        pvg_at_fail(at, EINVAL, "entry point has no body");
    SpvExecutionModel model = execution_model(at);
    pvg_at_resolve_visible(at);
    pvg_at_prepare(at);
    at->layout = LLVMGetModuleDataLayout(at->mod.module);
    at->coherent = synchronises(at->mod.module);
    pvg_spv_init(&at->b, &at->arena);
    write_header(at);
    pvg_at_plan_raster_order(at);
    pvg_at_plan_patch(at);
    pvg_at_emit_function(at);
    pvg_at_optimize(at);
    write_entry_point(at, model);
    at->widen = at->needs & PVG_AT_NARROW_NEEDS & ~at->opt->available;
    if (at->widen) { /* The device has only some of what the function needs: it gets along without any of it. */
        at->needs &= ~(uint32_t)PVG_AT_NARROW_NEEDS;
        if (!at->b.glsl) {
            at->b.glsl = pvg_spv_new_id(&at->b);
            pvg_spv_emit_string(&at->b, PVG_SPV_IMPORTS, SpvOpExtInstImport, PVG_SPV(at->b.glsl), "GLSL.std.450", NULL, 0);
        }
    }
    reflect(at);
}

static void set_defaults(struct pvg_air_options *o, const struct pvg_air_options *given)
{
    *o = (struct pvg_air_options){.size = sizeof *o, .available = UINT32_MAX};
    if (!given)
        return;
    size_t n = given->size && given->size < sizeof *o ? given->size : sizeof *o;
    o->available = 0;
    memcpy(o, given, n);
}

int pvg_air_translate_here(const void *bitcode, size_t size, const char *entry, const struct pvg_air_options *options,
                           struct pvg_air_shader **out, struct pvg_error *err)
{
    *out = NULL;
    struct pvg_at *at = calloc(1, sizeof *at);
    struct pvg_air_shader *shader = calloc(1, sizeof *shader);
    struct pvg_air_options opt;
    if (!at || !shader) {
        free(at);
        free(shader);
        pvg_error_set(err, "out of memory");
        return -ENOMEM;
    }
    set_defaults(&opt, options);
    at->err = err;
    at->opt = &opt;
    at->refl = &shader->reflection;
    pvg_arena_init(&at->arena, MEMORY_LIMIT);

    volatile int rc = pvg_air_module_parse(bitcode, size, &at->mod, err);
    if (!rc) {
        int jumped = setjmp(at->arena.bail);
        if (!jumped) {
            translate(at, entry);
            struct pvg_spv_words w = pvg_spv_finish(&at->b, 0x00010600);
            if (at->widen)
                w = pvg_at_without_narrow_types(at, w);
            shader->words = copy_array(at, w.data, w.count, sizeof *w.data);
            shader->word_count = w.count;
        } else {
            rc = jumped;
            if (jumped == -ENOMEM)
                pvg_error_set(err, "%s: out of memory", at->entry ? at->entry->name : "AIR module");
        }
        pvg_air_entry_free(at->entry);
        pvg_air_module_free(&at->mod);
    }
    pvg_arena_free(&at->arena);
    free(at);
    if (rc) {
        pvg_air_shader_free(shader);
        return rc;
    }
    *out = shader;
    return 0;
}

void pvg_air_shader_free(struct pvg_air_shader *shader)
{
    if (!shader)
        return;
    struct pvg_air_reflection *r = &shader->reflection;
    for (size_t i = 0; i < r->varying_count; i++)
        free(r->varyings[i].semantic);
    for (size_t i = 0; i < r->constant_count; i++)
        free(r->constants[i].name);
    for (size_t i = 0; i < r->argument_count; i++)
        free(r->arguments[i].name);
    free(r->arguments);
    free(r->name);
    free(r->buffers);
    free(r->pulls);
    free(r->textures);
    free(r->samplers);
    free(r->static_samplers);
    free(r->checks);
    free(r->attributes);
    free(r->varyings);
    free(r->colors);
    free(r->constants);
    free(shader->words);
    free(shader);
}
