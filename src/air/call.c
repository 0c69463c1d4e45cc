/* SPDX-License-Identifier: MIT */
/* Calls: the name of an AIR intrinsic is split up and offered to the families (spec 07 section 5). */
#include "air/translate.h"

#include <string.h>

uint32_t pvg_at_arg(struct pvg_at *at, const struct pvg_at_call *c, unsigned i)
{
    if (i >= c->argc)
        pvg_at_refuse(at, "%s with %u operands", c->name, c->argc);
    return pvg_at_use(at, LLVMGetOperand(c->inst, i));
}

LLVMTypeRef pvg_at_arg_type(const struct pvg_at_call *c, unsigned i)
{
    return LLVMTypeOf(LLVMGetOperand(c->inst, i));
}

/** Operations whose name contains dots (spec 07 section 5.1). */
static const char *const dotted[] = {
    "atomic.global.",
    "atomic.local.",
    "atomic.fence",
    "wg.barrier",
    "simdgroup.barrier",
    "load.device_coherent",
    "store.device_coherent",
    "load.system_coherent",
    "store.system_coherent",
    "load.implicit_imageblock",
    "store.implicit_imageblock",
    "store.imageblock",
};

static void split_name(struct pvg_at_call *c)
{
    const char *s = c->name + 4;
    if (!strncmp(s, "fast_", 5)) {
        c->fast = true;
        s += 5;
    }
    size_t n = strcspn(s, ".");
    for (size_t i = 0; i < sizeof dotted / sizeof *dotted; i++) {
        size_t len = strlen(dotted[i]);
        if (strncmp(s, dotted[i], len))
            continue;
        n = len;
        if (s[len - 1] == '.') { /* The operation follows; "cmpxchg.weak" is one. */
            n += strcspn(s + len, ".");
            if (!strncmp(s + len, "cmpxchg.weak", 12))
                n = len + 12;
        }
    }
    if (!strncmp(s, "pack.", 5) || !strncmp(s, "unpack.", 7)) {
        /* The format may have two parts ("unorm4x8.srgb"); the type is the last part. */
        const char *last = strrchr(s, '.');
        n = (size_t)(last - s);
    }
    if (n >= sizeof c->op)
        n = sizeof c->op - 1;
    memcpy(c->op, s, n);
    c->op[n] = 0;
    c->rest = s + n;
    c->is_signed = strstr(c->rest, ".s.") != NULL;
    c->is_unsigned = strstr(c->rest, ".u.") != NULL;
}

static void call_air(struct pvg_at *at, struct pvg_at_call *c)
{
    static bool (*const families[])(struct pvg_at *, const struct pvg_at_call *, uint32_t *) = {
        pvg_at_intrin_math, pvg_at_intrin_int,  pvg_at_intrin_convert, pvg_at_intrin_tex,    pvg_at_intrin_atomic,
        pvg_at_intrin_sync, pvg_at_intrin_simd, pvg_at_intrin_async,   pvg_at_intrin_matrix, pvg_at_intrin_pack,
        pvg_at_intrin_mesh, pvg_at_intrin_tile, pvg_at_intrin_misc,
    };
    split_name(c);
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        uint32_t id = 0;
        if (!families[i](at, c, &id))
            continue;
        if (id && LLVMGetTypeKind(c->type) != LLVMVoidTypeKind)
            pvg_at_define(at, c->inst, id);
        return;
    }
    pvg_at_refuse_as(at, pvg_air_refusal_of_intrinsic(c->name), "intrinsic %s", c->name);
}

void pvg_at_call(struct pvg_at *at, LLVMValueRef inst)
{
    LLVMValueRef callee = LLVMGetCalledValue(inst);
    if (!LLVMIsAFunction(callee))
        pvg_at_refuse(at, "indirect call");
    size_t len;
    struct pvg_at_call c = {.inst = inst,
                            .name = LLVMGetValueName2(callee, &len),
                            .argc = LLVMGetNumArgOperands(inst),
                            .type = LLVMTypeOf(inst),
                            .rest = ""};
    if (pvg_at_control_point(at, &c))
        return;
    bool air = !strncmp(c.name, "air.", 4), llvm = !strncmp(c.name, "llvm.", 5);
    if (!air && !llvm && strstr(c.name, ".MTL_VISIBLE_FN_REF"))
        pvg_at_refuse(at, "visible function %.*s, which is not linked", (int)(strstr(c.name, ".MTL_") - c.name), c.name);
    if (!strncmp(c.name, "__tensorops_impl_", 17))
        pvg_at_refuse_as(at, PVG_REFUSE_TENSOR, "call of %s", c.name);
    if (!air && !llvm)
        pvg_at_refuse(at, "call of %s", c.name);
    if (llvm) {
        uint32_t id = 0;
        if (!strncmp(c.name, "llvm.mem", 8) || LLVMGetTypeKind(c.type) == LLVMVoidTypeKind)
            c.rtype = 0;
        else
            c.rtype = pvg_at_type(at, c.type);
        if (!pvg_at_intrin_llvm(at, &c, &id))
            pvg_at_refuse(at, "intrinsic %s", c.name);
        if (id)
            pvg_at_define(at, inst, id);
        return;
    }
    if (LLVMGetTypeKind(c.type) != LLVMVoidTypeKind)
        c.rtype = pvg_at_type(at, c.type);
    call_air(at, &c);
}
