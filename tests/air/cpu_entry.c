/* SPDX-License-Identifier: MIT */
/** @file What an entry point takes and returns, from its metadata (spec 07 chapter 4). */
#include "tests/air/cpu_internal.h"

#include "air/metadata.h"
#include "util/log.h"

#include <llvm-c/Target.h>
#include <stdio.h>
#include <string.h>

static void copy_string(char *out, size_t size, const struct pvg_air_md *md, unsigned i)
{
    unsigned length = 0;
    const char *s = pvg_air_md_string(md, i, &length);
    snprintf(out, size, "%.*s", s ? (int)length : 0, s ? s : "");
}

/** Position after the key, 0 if there is no such key. */
static unsigned after(const struct pvg_air_md *md, const char *key)
{
    for (unsigned i = 0; i < md->count; i++)
        if (pvg_air_md_is(md, i, key))
            return i + 1;
    return 0;
}

static uint32_t number(const struct pvg_air_md *md, unsigned i)
{
    uint32_t v = 0;
    pvg_air_md_u32(md, i, &v);
    return v;
}

static uint32_t number_after(const struct pvg_air_md *md, const char *key)
{
    unsigned i = after(md, key);
    return i ? number(md, i) : 0;
}

/** Members of a structure, nested ones flattened (spec 07 section 4.9). */
static void read_members(struct cpu_arg *a, LLVMValueRef node, const char *outer, uint32_t base, unsigned depth)
{
    struct pvg_air_md md;
    if (depth > 4 || !pvg_air_md_load(node, &md))
        return;
    for (unsigned i = 0; i + 4 < md.count && a->member_count < CPU_MAX_MEMBERS;) {
        LLVMValueRef nested = NULL;
        int64_t offset;
        if (pvg_air_md_is(&md, i, "air.struct_type_info")) {
            nested = pvg_air_md_node(&md, i + 1);
            i += 2;
        }
        if (i + 4 >= md.count || !pvg_air_md_int(&md, i, &offset)) {
            i++;
            continue;
        }
        struct cpu_member *m = &a->members[a->member_count];
        m->offset = base + (uint32_t)offset;
        m->size = number(&md, i + 1);
        m->count = number(&md, i + 2);
        copy_string(m->type, sizeof m->type, &md, i + 3);
        size_t n = (size_t)snprintf(m->name, sizeof m->name, "%s%s", outer, *outer ? "." : "");
        copy_string(m->name + n, sizeof m->name - n, &md, i + 4);
        if (after(&md, "air.indirect_argument"))
            a->indirect = true;
        if (nested && !m->count) {
            char name[40];
            snprintf(name, sizeof name, "%.39s", m->name);
            read_members(a, nested, name, m->offset, depth + 1);
        } else
            a->member_count++;
        i += 5;
    }
    pvg_air_md_free(&md);
}

static enum cpu_arg_kind kind_of(const struct cpu_arg *a, LLVMTypeRef t)
{
    if (!strcmp(a->what, "buffer"))
        return LLVMGetTypeKind(t) == LLVMPointerTypeKind && LLVMGetPointerAddressSpace(t) == 3 ? CPU_ARG_THREADGROUP
                                                                                               : CPU_ARG_BUFFER;
    if (!strcmp(a->what, "texture"))
        return LLVMGetTypeKind(t) == LLVMPointerTypeKind ? CPU_ARG_TEXTURE : CPU_ARG_UNSUPPORTED;
    if (!strcmp(a->what, "sampler"))
        return CPU_ARG_SAMPLER;
    if (!strcmp(a->what, "vertex_input"))
        return CPU_ARG_ATTRIBUTE;
    if (!strcmp(a->what, "fragment_input"))
        return CPU_ARG_VARYING;
    if (!strcmp(a->what, "render_target"))
        return CPU_ARG_COLOR;
    return LLVMGetTypeKind(t) == LLVMPointerTypeKind ? CPU_ARG_UNSUPPORTED : CPU_ARG_BUILTIN;
}

static void read_arg(struct cpu_arg *a, LLVMValueRef node, LLVMTypeRef type)
{
    struct pvg_air_md md;
    unsigned at = 1;
    a->kind = CPU_ARG_UNSUPPORTED;
    if (!pvg_air_md_load(node, &md))
        return;
    if (pvg_air_md_is(&md, at, "air.function_constant")) {
        a->gated = true;
        at += 2;
    }
    char what[80];
    copy_string(what, sizeof what, &md, at);
    snprintf(a->what, sizeof a->what, "%s", strncmp(what, "air.", 4) ? what : what + 4);
    a->kind = kind_of(a, type);
    if (a->kind == CPU_ARG_VARYING)
        copy_string(a->what, sizeof a->what, &md, at + 1);
    unsigned location = after(&md, "air.location_index");
    a->index = location ? number(&md, location) : a->kind == CPU_ARG_COLOR ? number(&md, at + 1) : 0;
    a->array = location ? number(&md, location + 1) : 1;
    a->object = number_after(&md, "air.buffer_size");
    a->pointee = number_after(&md, "air.arg_type_size");
    a->read = after(&md, "air.read") || after(&md, "air.read_write") || after(&md, "air.sample");
    a->write = after(&md, "air.write") || after(&md, "air.read_write");
    a->flat = after(&md, "air.flat");
    a->no_perspective = after(&md, "air.no_perspective");
    a->unused = after(&md, "air.arg_unused");
    a->constant_space = LLVMGetTypeKind(type) == LLVMPointerTypeKind && LLVMGetPointerAddressSpace(type) == 2;
    unsigned text = after(&md, "air.arg_type_name");
    if (text)
        copy_string(a->type, sizeof a->type, &md, text);
    text = after(&md, "air.arg_name");
    if (text)
        copy_string(a->name, sizeof a->name, &md, text);
    unsigned members = after(&md, "air.struct_type_info");
    if (members)
        read_members(a, pvg_air_md_node(&md, members), "", 0, 0);
    pvg_air_md_free(&md);
}

static void read_output(struct cpu_output *o, LLVMValueRef node)
{
    struct pvg_air_md md;
    char what[96];
    if (!pvg_air_md_load(node, &md))
        return;
    copy_string(what, sizeof what, &md, 0);
    o->varying = !strcmp(what, "air.vertex_output");
    if (o->varying)
        copy_string(o->what, sizeof o->what, &md, 1);
    else
        snprintf(o->what, sizeof o->what, "%s", strncmp(what, "air.", 4) ? what : what + 4);
    if (!strcmp(o->what, "render_target"))
        o->index = number(&md, 1);
    pvg_air_md_free(&md);
}

/** Where members of the returned value lie. */
static void place_outputs(struct cpu_entry *e, LLVMTypeRef result, LLVMTargetDataRef layout)
{
    bool is_struct = LLVMGetTypeKind(result) == LLVMStructTypeKind;
    for (uint32_t i = 0; i < e->output_count; i++) {
        LLVMTypeRef t = is_struct ? LLVMStructGetTypeAtIndex(result, i) : result;
        e->outputs[i].offset = is_struct ? (uint32_t)LLVMOffsetOfElement(layout, result, i) : 0;
        e->outputs[i].value = cpu_type_of(t);
    }
    e->result_size = LLVMGetTypeKind(result) == LLVMVoidTypeKind ? 0 : (uint32_t)LLVMABISizeOfType(layout, result);
}

struct jit_type cpu_type_of(LLVMTypeRef t)
{
    struct jit_type out = {.lanes = 1};
    if (LLVMGetTypeKind(t) == LLVMVectorTypeKind) {
        out.lanes = (uint16_t)LLVMGetVectorSize(t);
        t = LLVMGetElementType(t);
    }
    switch (LLVMGetTypeKind(t)) {
    case LLVMIntegerTypeKind:
        out.kind = JIT_INT;
        out.bits = (uint16_t)LLVMGetIntTypeWidth(t);
        break;
    case LLVMHalfTypeKind:
        out.kind = JIT_FLOAT;
        out.bits = 16;
        break;
    case LLVMBFloatTypeKind:
        out.kind = JIT_BFLOAT;
        out.bits = 16;
        break;
    case LLVMFloatTypeKind:
        out.kind = JIT_FLOAT;
        out.bits = 32;
        break;
    case LLVMPointerTypeKind:
        out.kind = JIT_POINTER;
        out.bits = 64;
        out.space = (uint16_t)LLVMGetPointerAddressSpace(t);
        break;
    default:
        out.kind = JIT_AGGREGATE;
        return out;
    }
    out.lane_size = (out.bits + 7u) / 8;
    out.size = out.lanes * out.lane_size;
    return out;
}

static void read_constants(LLVMModuleRef m, struct cpu_entry *e)
{
    struct pvg_air_md list, md;
    if (!pvg_air_md_load_named(m, "air.function_constants", &list))
        return;
    for (unsigned i = 0; i < list.count && e->constant_count < 32; i++) {
        if (!pvg_air_md_load(list.ops[i], &md))
            continue;
        copy_string(e->constants[e->constant_count].type, sizeof e->constants[0].type, &md, 1);
        copy_string(e->constants[e->constant_count].name, sizeof e->constants[0].name, &md, 2);
        e->constants[e->constant_count++].index = number(&md, 3);
        pvg_air_md_free(&md);
    }
    pvg_air_md_free(&list);
}

static void read_trailing(const struct pvg_air_md *entry, struct cpu_entry *e)
{
    for (unsigned i = 3; i < entry->count; i++) {
        struct pvg_air_md md;
        if (!pvg_air_md_node(entry, i) || !pvg_air_md_load(pvg_air_md_node(entry, i), &md))
            continue;
        if (pvg_air_md_is(&md, 0, "air.max_work_group_size"))
            e->max_threads = number(&md, 1);
        if (pvg_air_md_is(&md, 0, "air.patch"))
            snprintf(e->stage, sizeof e->stage, "patch");
        pvg_air_md_free(&md);
    }
}

static bool read_node(const struct pvg_air_md *node, LLVMValueRef fn, LLVMTargetDataRef layout, struct cpu_entry *e)
{
    struct pvg_air_md outputs, inputs;
    LLVMTypeRef result = LLVMGetReturnType(LLVMGlobalGetValueType(fn));
    if (node->count < 3 || !pvg_air_md_load(pvg_air_md_node(node, 1), &outputs))
        return false;
    for (unsigned i = 0; i < outputs.count && i < CPU_MAX_OUTPUTS; i++)
        read_output(&e->outputs[e->output_count++], outputs.ops[i]);
    pvg_air_md_free(&outputs);
    place_outputs(e, result, layout);
    if (!pvg_air_md_load(pvg_air_md_node(node, 2), &inputs))
        return false;
    unsigned params = LLVMCountParams(fn);
    for (unsigned i = 0; i < inputs.count; i++) {
        struct pvg_air_md md;
        if (!pvg_air_md_load(inputs.ops[i], &md))
            continue;
        uint32_t at = number(&md, 0);
        pvg_air_md_free(&md);
        if (at >= params || at >= CPU_MAX_ARGS)
            continue;
        LLVMTypeRef t = LLVMTypeOf(LLVMGetParam(fn, at));
        e->args[at].value = cpu_type_of(t);
        read_arg(&e->args[at], inputs.ops[i], t);
    }
    e->arg_count = params;
    pvg_air_md_free(&inputs);
    return params <= CPU_MAX_ARGS;
}

bool cpu_read_entry(LLVMModuleRef m, const char *name, struct cpu_entry *e, struct pvg_error *err)
{
    static const char *const stages[] = {"vertex", "fragment", "kernel"};
    LLVMTargetDataRef layout = LLVMCreateTargetData(LLVMGetDataLayoutStr(m));
    LLVMValueRef fn = LLVMGetNamedFunction(m, name);
    bool found = false;
    for (unsigned i = 0; i < 3 && fn && !found; i++) {
        char list_name[24];
        struct pvg_air_md list;
        snprintf(list_name, sizeof list_name, "air.%s", stages[i]);
        if (!pvg_air_md_load_named(m, list_name, &list))
            continue;
        for (unsigned k = 0; k < list.count && !found; k++) {
            struct pvg_air_md node;
            if (!pvg_air_md_load(list.ops[k], &node))
                continue;
            if (pvg_air_md_value(&node, 0) == fn) {
                snprintf(e->stage, sizeof e->stage, "%s", stages[i]);
                found = read_node(&node, fn, layout, e);
                read_trailing(&node, e);
            }
            pvg_air_md_free(&node);
        }
        pvg_air_md_free(&list);
    }
    LLVMDisposeTargetData(layout);
    read_constants(m, e);
    if (!found)
        pvg_error_set(err, "stage that the CPU machine does not run");
    return found;
}
