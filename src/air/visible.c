/* SPDX-License-Identifier: MIT */
#include "air/visible.h"

#include <errno.h>
#include <llvm-c/Linker.h>
#include <stdio.h>
#include <string.h>

#define REFERENCE_SUFFIX ".MTL_VISIBLE_FN_REF"
/** Prefix of a linked function's name; its number in the options' list follows. */
#define LINKED_PREFIX "openpvg.linked."

/* ---- Linking --------------------------------------------------------------------------------------------------------------- */

static LLVMValueRef visible_function(LLVMModuleRef module, const char *name)
{
    enum pvg_air_stage stage;
    LLVMValueRef f, found = NULL;
    size_t length, visible = 0;

    for (size_t i = 0; pvg_air_entry_at(module, i, &stage, &f); i++) {
        if (stage != PVG_AIR_VISIBLE || LLVMIsDeclaration(f))
            continue;
        visible++;
        if (!name || !strcmp(LLVMGetValueName2(f, &length), name))
            found = f;
    }
    return name || visible == 1 ? found : NULL;
}

/** Everything but the function itself becomes private to its module: equal names elsewhere mean something else. */
static void hide_others(LLVMModuleRef module, LLVMValueRef keep)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f))
        if (f != keep && !LLVMIsDeclaration(f))
            LLVMSetLinkage(f, LLVMInternalLinkage);
    for (LLVMValueRef g = LLVMGetFirstGlobal(module); g; g = LLVMGetNextGlobal(g))
        if (!LLVMIsDeclaration(g) && LLVMGetLinkage(g) != LLVMAppendingLinkage)
            LLVMSetLinkage(g, LLVMInternalLinkage);
}

static void link_one(struct pvg_at *at, size_t index)
{
    const struct pvg_air_linked *l = &at->opt->linked[index];
    LLVMModuleRef module;
    char name[64];

    int rc = pvg_air_module_verify(&at->mod, at->err);
    if (!rc)
        rc = pvg_air_module_parse_more(&at->mod, l->bitcode, l->size, &module, at->err);
    if (rc)
        longjmp(at->arena.bail, rc);
    LLVMValueRef f = visible_function(module, l->name);
    if (!f) {
        LLVMDisposeModule(module);
        pvg_at_fail(at, EINVAL, "linked module %zu has no visible function %.64s", index, l->name ? l->name : "of its own");
    }
    hide_others(module, f);
    snprintf(name, sizeof name, LINKED_PREFIX "%zu", index);
    LLVMSetValueName2(f, name, strlen(name));
    LLVMSetLinkage(f, LLVMExternalLinkage);
    /* Takes the module in any case. */
    if (LLVMLinkModules2(at->mod.module, module))
        pvg_at_fail(at, EINVAL, "linked module %zu does not fit", index);
}

void pvg_at_link(struct pvg_at *at)
{
    for (size_t i = 0; i < at->opt->linked_count; i++)
        link_one(at, i);
}

static LLVMValueRef linked_function(struct pvg_at *at, size_t index)
{
    char name[64];
    snprintf(name, sizeof name, LINKED_PREFIX "%zu", index);
    return LLVMGetNamedFunction(at->mod.module, name);
}

/* ---- References by name ---------------------------------------------------------------------------------------------------- */

static bool is_reference(const char *name, size_t length, size_t *stem)
{
    size_t suffix = sizeof REFERENCE_SUFFIX - 1;
    if (length <= suffix || memcmp(name + length - suffix, REFERENCE_SUFFIX, suffix))
        return false;
    *stem = length - suffix;
    return true;
}

static LLVMValueRef definition_of(struct pvg_at *at, const char *name, size_t length, LLVMTypeRef type)
{
    for (size_t i = 0; i < at->opt->linked_count; i++) {
        const char *n = at->opt->linked[i].name;
        LLVMValueRef f = linked_function(at, i);
        if (n && strlen(n) == length && !memcmp(n, name, length) && f && LLVMGlobalGetValueType(f) == type)
            return f;
    }
    return NULL;
}

static void resolve_references(struct pvg_at *at)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(at->mod.module); f; f = LLVMGetNextFunction(f)) {
        size_t length, stem;
        const char *name = LLVMGetValueName2(f, &length);
        if (!LLVMIsDeclaration(f) || !is_reference(name, length, &stem))
            continue;
        LLVMValueRef d = definition_of(at, name, stem, LLVMGlobalGetValueType(f));
        if (d)
            LLVMReplaceAllUsesWith(f, d);
    }
}

/* ---- Tables ---------------------------------------------------------------------------------------------------------------- */

static bool named(LLVMValueRef f, const char *prefix)
{
    size_t length;
    return LLVMIsAFunction(f) && !strncmp(LLVMGetValueName2(f, &length), prefix, strlen(prefix));
}

static LLVMTypeRef int_type(struct pvg_at *at, unsigned width)
{
    return LLVMIntTypeInContext(at->mod.context, width);
}

/** Replace a call by what `b`, standing before it, made. */
static void replace(LLVMValueRef call, LLVMValueRef value)
{
    if (value)
        LLVMReplaceAllUsesWith(call, value);
    LLVMInstructionEraseFromParent(call);
}

/** Calls of one intrinsic that stand for plain code. */
static void lower_call(struct pvg_at *at, LLVMBuilderRef b, LLVMValueRef call)
{
    LLVMValueRef callee = LLVMGetCalledValue(call);
    unsigned argc = LLVMGetNumArgOperands(call);
    LLVMTypeRef type = LLVMTypeOf(call);

    LLVMPositionBuilderBefore(b, call);
    if (argc == 2 && named(callee, "air.get_function_pointer_visible_function_table")) {
        LLVMValueRef index = LLVMBuildZExt(b, LLVMGetOperand(call, 1), int_type(at, 64), "");
        LLVMValueRef p = LLVMBuildGEP2(b, int_type(at, 32), LLVMGetOperand(call, 0), &index, 1, "");
        LLVMValueRef number = LLVMBuildLoad2(b, int_type(at, 32), p, "");
        LLVMSetAlignment(number, 4);
        replace(call, LLVMBuildIntToPtr(b, LLVMBuildZExt(b, number, int_type(at, 64), ""), type, ""));
    } else if (argc == 1 && (named(callee, "air.is_null_function_handle") || named(callee, "air.is_null_visible_function_table"))) {
        LLVMValueRef null = LLVMBuildIsNull(b, LLVMGetOperand(call, 0), "");
        replace(call, LLVMBuildZExtOrBitCast(b, null, type, ""));
    } else if (argc == 2 && named(callee, "air.is_equal_function_handle")) {
        LLVMValueRef same = LLVMBuildICmp(b, LLVMIntEQ, LLVMGetOperand(call, 0), LLVMGetOperand(call, 1), "");
        replace(call, LLVMBuildZExtOrBitCast(b, same, type, ""));
    } else if (!argc && (named(callee, "air.get_null_function_handle") || named(callee, "air.get_null_visible_function_table"))) {
        replace(call, LLVMConstNull(type));
    }
}

/**
 * `type dispatch(i64 number, arguments of the called type)`: calls the function with that number. Numbers of nothing, and of
 * functions of another type, yield zeros.
 */
static LLVMValueRef make_dispatcher(struct pvg_at *at, LLVMTypeRef called)
{
    LLVMContextRef context = at->mod.context;
    LLVMTypeRef result = LLVMGetReturnType(called), params[64];
    unsigned argc = LLVMCountParamTypes(called);
    if (argc > 63 || LLVMIsFunctionVarArg(called))
        pvg_at_refuse(at, "call through a function table with %u arguments", argc);
    params[0] = int_type(at, 64);
    LLVMGetParamTypes(called, params + 1);
    LLVMTypeRef type = LLVMFunctionType(result, params, argc + 1, false);
    LLVMValueRef f = LLVMAddFunction(at->mod.module, "openpvg.dispatch", type), args[64];
    LLVMSetLinkage(f, LLVMInternalLinkage);
    for (unsigned i = 0; i < argc; i++)
        args[i] = LLVMGetParam(f, i + 1);

    bool empty = LLVMGetTypeKind(result) == LLVMVoidTypeKind;
    LLVMBuilderRef b = LLVMCreateBuilderInContext(context);
    LLVMBasicBlockRef entry = LLVMAppendBasicBlockInContext(context, f, "");
    LLVMBasicBlockRef none = LLVMAppendBasicBlockInContext(context, f, "");
    LLVMPositionBuilderAtEnd(b, none);
    if (empty)
        LLVMBuildRetVoid(b);
    else
        LLVMBuildRet(b, LLVMConstNull(result));
    LLVMPositionBuilderAtEnd(b, entry);
    LLVMValueRef choice = LLVMBuildSwitch(b, LLVMGetParam(f, 0), none, (unsigned)at->opt->linked_count);
    for (size_t i = 0; i < at->opt->linked_count; i++) {
        LLVMValueRef target = linked_function(at, i);
        if (!target || LLVMGlobalGetValueType(target) != called)
            continue;
        LLVMBasicBlockRef block = LLVMAppendBasicBlockInContext(context, f, "");
        LLVMAddCase(choice, LLVMConstInt(int_type(at, 64), i + 1, false), block);
        LLVMPositionBuilderAtEnd(b, block);
        LLVMValueRef v = LLVMBuildCall2(b, called, target, args, argc, "");
        if (empty)
            LLVMBuildRetVoid(b);
        else
            LLVMBuildRet(b, v);
    }
    LLVMDisposeBuilder(b);
    return f;
}

/** One dispatcher per called type. */
struct dispatchers {
    LLVMTypeRef type[32];
    LLVMValueRef function[32];
    unsigned count;
};

static LLVMValueRef dispatcher(struct pvg_at *at, struct dispatchers *d, LLVMTypeRef called)
{
    for (unsigned i = 0; i < d->count; i++)
        if (d->type[i] == called)
            return d->function[i];
    if (d->count == sizeof d->type / sizeof *d->type)
        pvg_at_refuse(at, "calls through function tables with more than %u types", d->count);
    d->type[d->count] = called;
    return d->function[d->count++] = make_dispatcher(at, called);
}

static void lower_indirect(struct pvg_at *at, LLVMBuilderRef b, LLVMValueRef call, struct dispatchers *d)
{
    LLVMTypeRef called = LLVMGetCalledFunctionType(call);
    unsigned argc = LLVMGetNumArgOperands(call);
    LLVMValueRef f = dispatcher(at, d, called), args[64];
    LLVMPositionBuilderBefore(b, call);
    args[0] = LLVMBuildPtrToInt(b, LLVMGetCalledValue(call), int_type(at, 64), "");
    for (unsigned i = 0; i < argc; i++)
        args[i + 1] = LLVMGetOperand(call, i);
    LLVMValueRef v = LLVMBuildCall2(b, LLVMGlobalGetValueType(f), f, args, argc + 1, "");
    replace(call, LLVMGetTypeKind(LLVMTypeOf(v)) == LLVMVoidTypeKind ? NULL : v);
}

static void lower_function(struct pvg_at *at, LLVMBuilderRef b, LLVMValueRef f, struct dispatchers *d)
{
    for (LLVMBasicBlockRef block = LLVMGetFirstBasicBlock(f); block; block = LLVMGetNextBasicBlock(block)) {
        for (LLVMValueRef i = LLVMGetFirstInstruction(block), next; i; i = next) {
            next = LLVMGetNextInstruction(i);
            if (!LLVMIsACallInst(i))
                continue;
            LLVMValueRef callee = LLVMGetCalledValue(i);
            at->current = i;
            if (LLVMIsAFunction(callee))
                lower_call(at, b, i);
            else if (!LLVMIsAInlineAsm(callee))
                lower_indirect(at, b, i, d);
            at->current = NULL;
        }
    }
}

/** A table is bound like a buffer (spec 07 section 4.5). */
static bool take_tables(struct pvg_at *at)
{
    bool any = false;
    for (size_t i = 0; i < at->entry->param_count; i++) {
        struct pvg_air_param *p = &at->entry->params[i];
        if (p->kind != PVG_AIR_PARAM_VISIBLE_TABLE)
            continue;
        p->kind = PVG_AIR_PARAM_BUFFER;
        p->address_space = 1;
        any = true;
    }
    return any;
}

static bool uses_tables(struct pvg_at *at)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(at->mod.module); f; f = LLVMGetNextFunction(f)) {
        size_t length;
        const char *name = LLVMGetValueName2(f, &length);
        if (LLVMIsDeclaration(f) && (strstr(name, "visible_function_table") || strstr(name, "function_handle")))
            return true;
    }
    return false;
}

void pvg_at_resolve_visible(struct pvg_at *at)
{
    bool bound = take_tables(at), called = uses_tables(at);
    resolve_references(at);
    if (!bound && !called && !at->opt->linked_count)
        return;
    struct dispatchers d = {.count = 0};
    LLVMBuilderRef b = LLVMCreateBuilderInContext(at->mod.context);
    /* Dispatchers are appended behind and have no indirect calls. */
    for (LLVMValueRef f = LLVMGetFirstFunction(at->mod.module); f; f = LLVMGetNextFunction(f))
        lower_function(at, b, f, &d);
    LLVMDisposeBuilder(b);
}
