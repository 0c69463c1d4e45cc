/* SPDX-License-Identifier: MIT */
/*
 * Which objects a pointer can reach. Pointers that a phi or select mixes share one memory; where it is thread, threadgroup or table
 * memory, its objects lie in one variable, so that any mixture is plain arithmetic on offsets (spec 07 section 6.4). Tables that
 * mix with buffers have addresses, which accesses test.
 */
#include "air/pointees.h"

/** Longest chain of pointers that is followed by recursion. */
#define MAX_SEARCH_DEPTH 4000

struct pvg_at_memory *pvg_at_find_memory(struct pvg_at_memory *m)
{
    while (m->parent) {
        if (m->parent->parent)
            m->parent = m->parent->parent;
        m = m->parent;
    }
    return m;
}

static void lower_granule(struct pvg_at_memory *m, uint64_t bytes)
{
    if (!bytes)
        return;
    uint64_t low = bytes & -bytes;
    if (low < m->granule)
        m->granule = (unsigned)low;
}

static void lower_copy_unit(struct pvg_at_memory *m, unsigned bytes)
{
    if (bytes < m->copy_unit)
        m->copy_unit = bytes;
}

static void add_object(struct pvg_at *at, struct pvg_at_memory *m, LLVMValueRef v, SpvStorageClass sc, uint64_t size)
{
    struct pvg_at_object *o = pvg_arena_alloc(&at->arena, sizeof *o);
    *o = (struct pvg_at_object){.value = v, .size = size, .next = m->objects};
    m->objects = o;
    m->local = true;
    m->storage = sc;
}

/** Both stages see the payload as an array of the same words, whatever each does with it. */
static void add_payload(struct pvg_at *at, struct pvg_at_memory *m, const struct pvg_air_param *p)
{
    if (!p->type_size || p->type_size > 16384)
        pvg_at_refuse(at, "payload of %u bytes", p->type_size);
    add_object(at, m, p->value, SpvStorageClassTaskPayloadWorkgroupEXT, p->type_size);
    m->mixed = true;
    lower_granule(m, 4);
}

/** Memory of a pointer during analysis, made on first sight; follows the pointer to its bases. */
static struct pvg_at_memory *visit(struct pvg_at *at, LLVMValueRef v);

/** What the pointers in the initial value of a table lead to. `offset`: place of the value. */
static void visit_initialiser(struct pvg_at *at, struct pvg_at_memory *m, LLVMValueRef c, uint64_t offset)
{
    LLVMTypeRef type = LLVMTypeOf(c);
    bool record = LLVMIsAConstantStruct(c) != NULL;
    if (pvg_at_is_pointer(c)) {
        if (pvg_at_is_null_like(c))
            return;
        if (LLVMIsAFunction(pvg_at_strip(c)))
            pvg_at_refuse(at, "constant table of functions");
        struct pvg_at_memory *held = pvg_at_find_memory(visit(at, c));
        if (!pvg_at_holds_tables(held))
            pvg_at_refuse(at, held->handle ? "constant table of samplers" : "constant table of pointers to other than tables");
        pvg_at_add_field(at, m, (int64_t)offset, held);
        return;
    }
    if (!record && !LLVMIsAConstantArray(c))
        return;
    if (++at->search_depth > MAX_SEARCH_DEPTH)
        pvg_at_refuse(at, "constant tables lead to each other too deeply");
    uint64_t stride = record ? 0 : pvg_at_size_of(at, LLVMGetElementType(type));
    for (unsigned i = 0, n = (unsigned)LLVMGetNumOperands(c); i < n; i++)
        visit_initialiser(at, m, LLVMGetOperand(c, i), offset + (record ? LLVMOffsetOfElement(at->layout, type, i) : stride * i));
    at->search_depth--;
}

static void classify_root(struct pvg_at *at, struct pvg_at_memory *m, LLVMValueRef v)
{
    if (LLVMIsAAllocaInst(v)) {
        uint64_t n;
        if (!pvg_at_const_int(LLVMGetOperand(v, 0), &n))
            pvg_at_refuse(at, "alloca of variable size");
        uint64_t size = pvg_at_size_of(at, LLVMGetAllocatedType(v));
        if (n > 1u << 24 || size > 1u << 24 || n * size > 1u << 24)
            pvg_at_refuse(at, "alloca of %llu bytes", (unsigned long long)(n * size));
        add_object(at, m, v, SpvStorageClassFunction, n * size);
        return;
    }
    if (LLVMIsAGlobalVariable(v)) {
        unsigned as = LLVMGetPointerAddressSpace(LLVMTypeOf(v));
        if (pvg_at_is_static_sampler(at, v)) {
            m->handle = true;
            return;
        }
        uint64_t size = pvg_at_size_of(at, LLVMGlobalGetValueType(v));
        if (size > 1u << 24)
            pvg_at_refuse(at, "global of %llu bytes", (unsigned long long)size);
        if (as == 3)
            add_object(at, m, v, SpvStorageClassWorkgroup, size);
        else
            add_object(at, m, v, SpvStorageClassPrivate, size);
        if (as != 3 && LLVMGetInitializer(v))
            visit_initialiser(at, m, LLVMGetInitializer(v), 0);
        return;
    }
    if (LLVMIsAArgument(v)) {
        for (size_t i = 0; i < at->entry->param_count; i++) {
            const struct pvg_air_param *p = &at->entry->params[i];
            if (p->value != v)
                continue;
            if (p->kind == PVG_AIR_PARAM_THREADGROUP && !p->absent)
                add_object(at, m, v, SpvStorageClassWorkgroup, 0);
            else if (p->kind == PVG_AIR_PARAM_PAYLOAD && !p->absent)
                add_payload(at, m, p);
            else if (p->kind == PVG_AIR_PARAM_TEXTURE || p->kind == PVG_AIR_PARAM_SAMPLER)
                m->handle = true;
            else
                m->physical = true;
        }
        return;
    }
    if (LLVMIsAConstantExpr(v) && pvg_at_is_static_sampler(at, v)) {
        m->handle = true;
        return;
    }
    if (LLVMIsALoadInst(v))
        m->loaded = true;
    else
        m->physical = true;
}

LLVMValueRef pvg_at_strip(LLVMValueRef v)
{
    for (;;) {
        bool cast = LLVMIsABitCastInst(v) || LLVMIsAAddrSpaceCastInst(v) || LLVMIsAFreezeInst(v);
        if (LLVMIsAConstantExpr(v))
            cast = LLVMGetConstOpcode(v) == LLVMBitCast || LLVMGetConstOpcode(v) == LLVMAddrSpaceCast;
        if (!cast || !pvg_at_is_pointer(LLVMGetOperand(v, 0)))
            return v;
        v = LLVMGetOperand(v, 0);
    }
}

void pvg_at_unite_memories(struct pvg_at *at, struct pvg_at_memory *a, struct pvg_at_memory *b)
{
    a = pvg_at_find_memory(a);
    b = pvg_at_find_memory(b);
    if (a == b)
        return;
    if (b->local && a->local && a->storage != b->storage)
        pvg_at_refuse_as(at, PVG_REFUSE_GENERIC_POINTER, "pointers that mix memories of different storage");
    b->parent = a;
    a->storage = b->local ? b->storage : a->storage;
    a->local |= b->local;
    a->physical |= b->physical;
    a->handle |= b->handle;
    a->loaded |= b->loaded;
    /* Accesses through either are known by now: an element type that only one of them suits would change the other's bits. */
    a->mixed |= b->mixed || (a->scalar && b->scalar && a->scalar != b->scalar);
    a->scalar = a->scalar ? a->scalar : b->scalar;
    a->atomic |= b->atomic;
    a->whole_copy |= b->whole_copy;
    if (b->granule < a->granule)
        a->granule = b->granule;
    lower_copy_unit(a, b->copy_unit);
    struct pvg_at_object **tail = &a->objects;
    while (*tail)
        tail = &(*tail)->next;
    *tail = b->objects;
    b->objects = NULL;
    pvg_at_join_fields(a, b);
}

static void unite(struct pvg_at *at, struct pvg_at_memory *a, LLVMValueRef other)
{
    if (!pvg_at_is_null_like(other))
        pvg_at_unite_memories(at, a, visit(at, other));
}

static void gep_granule(struct pvg_at *at, struct pvg_at_memory *m, LLVMValueRef gep)
{
    LLVMTypeRef type = LLVMGetGEPSourceElementType(gep);
    unsigned n = (unsigned)LLVMGetNumOperands(gep);
    m = pvg_at_find_memory(m);
    for (unsigned i = 1; i < n; i++) {
        LLVMValueRef index = LLVMGetOperand(gep, i);
        uint64_t c;
        if (i > 1 && LLVMGetTypeKind(type) == LLVMStructTypeKind) {
            if (!pvg_at_const_int(index, &c))
                pvg_at_refuse(at, "struct index that is not constant");
            lower_granule(m, LLVMOffsetOfElement(at->layout, type, (unsigned)c));
            type = LLVMStructGetTypeAtIndex(type, (unsigned)c);
            continue;
        }
        if (i > 1)
            type = LLVMGetElementType(type);
        uint64_t stride = pvg_at_size_of(at, type);
        bool known = pvg_at_const_int(index, &c);
        lower_granule(m, known ? stride * c : stride);
        if (!known)
            pvg_at_note_stride(m, stride);
    }
}

static struct pvg_at_memory *visit(struct pvg_at *at, LLVMValueRef v)
{
    struct pvg_at_memory *m = pvg_ptrmap_get(&at->memories, v);
    if (m)
        return m;
    if (++at->search_depth > MAX_SEARCH_DEPTH)
        pvg_at_refuse(at, "pointers depend on each other too deeply");
    m = pvg_arena_alloc(&at->arena, sizeof *m);
    m->granule = m->copy_unit = 8;
    pvg_ptrmap_put(&at->arena, &at->memories, v, m);
    if (at->last_memory)
        at->last_memory->next = m;
    else
        at->first_memory = m;
    at->last_memory = m;

    LLVMValueRef base = pvg_at_strip(v);
    if (base != v) {
        unite(at, m, base);
    } else if (pvg_at_is_gep(v)) {
        unite(at, m, LLVMGetOperand(v, 0));
        gep_granule(at, m, v);
    } else if (LLVMIsAPHINode(v)) {
        for (unsigned i = 0; i < LLVMCountIncoming(v); i++)
            unite(at, m, LLVMGetIncomingValue(v, i));
    } else if (LLVMIsASelectInst(v)) {
        unite(at, m, LLVMGetOperand(v, 1));
        unite(at, m, LLVMGetOperand(v, 2));
    } else {
        classify_root(at, m, v);
    }
    at->search_depth--;
    return m;
}

/* ---- Accesses ------------------------------------------------------------------------------------------------------------- */

static void note_scalar(struct pvg_at_memory *m, LLVMTypeRef type, uint64_t size)
{
    lower_granule(m, size);
    if (!m->scalar)
        m->scalar = type;
    else if (m->scalar != type)
        m->mixed = true;
}

static void note_access(struct pvg_at *at, struct pvg_at_memory *m, LLVMTypeRef type)
{
    switch (LLVMGetTypeKind(type)) {
    case LLVMStructTypeKind:
        for (unsigned i = 0; i < LLVMCountStructElementTypes(type); i++) {
            lower_granule(m, LLVMOffsetOfElement(at->layout, type, i));
            note_access(at, m, LLVMStructGetTypeAtIndex(type, i));
        }
        return;
    case LLVMArrayTypeKind:
        if (LLVMGetArrayLength2(type))
            note_access(at, m, LLVMGetElementType(type));
        return;
    case LLVMVectorTypeKind:
        note_access(at, m, LLVMGetElementType(type));
        return;
    default:
        note_scalar(m, type, pvg_at_size_of(at, type));
    }
}

static void note_pointer_access(struct pvg_at *at, LLVMValueRef pointer, LLVMTypeRef type, unsigned align)
{
    if (pvg_at_is_null_like(pointer))
        return;
    struct pvg_at_memory *m = pvg_at_find_memory(visit(at, pointer));
    note_access(at, m, type);
    if (align)
        lower_granule(m, align);
}

/** Something else read from memory that may be pointers: copies of structs are made of such. */
static bool is_copied(struct pvg_at *at, LLVMValueRef v)
{
    return LLVMIsALoadInst(v) && pvg_at_size_of(at, LLVMTypeOf(v)) >= 8;
}

static void note_call(struct pvg_at *at, LLVMValueRef inst)
{
    LLVMValueRef callee = LLVMGetCalledValue(inst);
    size_t len;
    const char *name = LLVMGetValueName2(callee, &len);
    unsigned argc = LLVMGetNumArgOperands(inst);
    bool copy = !__builtin_strncmp(name, "llvm.mem", 8), atomic = !__builtin_strncmp(name, "air.atomic.", 11);
    bool lifetime = !__builtin_strncmp(name, "llvm.lifetime", 13);
    if (copy && __builtin_strncmp(name, "llvm.memset", 11))
        pvg_at_note_move(at, inst);
    for (unsigned i = 0; i < argc; i++) {
        LLVMValueRef arg = LLVMGetOperand(inst, i);
        if (!pvg_at_is_pointer(arg) || pvg_at_is_null_like(arg))
            continue;
        struct pvg_at_memory *m = pvg_at_find_memory(visit(at, arg));
        if (lifetime)
            continue;
        if (copy) {
            uint64_t bytes;
            m->whole_copy = true;
            lower_copy_unit(m, i < 2 ? pvg_at_call_align(inst, i) : 8);
            if (pvg_at_const_int(LLVMGetOperand(inst, 2), &bytes))
                lower_granule(m, bytes);
            else
                lower_granule(m, 1);
            continue;
        }
        if (atomic) {
            LLVMTypeRef type = LLVMTypeOf(inst);
            if (LLVMGetTypeKind(type) == LLVMVoidTypeKind && argc > 1)
                type = LLVMTypeOf(LLVMGetOperand(inst, 1));
            if (i == 0)
                m->atomic = true;
            note_access(at, m, type);
        }
    }
}

/** Types behind pointer operands of other intrinsics (out parameters) are those of their result. */
static void note_out_parameters(struct pvg_at *at, LLVMValueRef inst)
{
    size_t len;
    const char *name = LLVMGetValueName2(LLVMGetCalledValue(inst), &len);
    if (__builtin_strncmp(name, "air.", 4) || !__builtin_strncmp(name, "air.atomic.", 11))
        return;
    bool matrix = !__builtin_strncmp(name, "air.simdgroup_matrix", 20);
    LLVMTypeRef type = LLVMTypeOf(inst);
    if (matrix && LLVMGetTypeKind(type) == LLVMVoidTypeKind)
        type = LLVMTypeOf(LLVMGetOperand(inst, 0));
    if (!__builtin_strncmp(name, "air.simdgroup_async_copy", 24)) {
        type = pvg_at_async_piece(inst, NULL);
        if (!type)
            return;
    }
    if (LLVMGetTypeKind(type) == LLVMVoidTypeKind)
        return;
    for (unsigned i = 0; i < LLVMGetNumArgOperands(inst); i++) {
        LLVMValueRef arg = LLVMGetOperand(inst, i);
        if (!pvg_at_is_pointer(arg) || pvg_at_is_null_like(arg))
            continue;
        struct pvg_at_memory *m = pvg_at_find_memory(visit(at, arg));
        /* Constant memory may turn out to be that of tables. */
        if (m->local || LLVMGetPointerAddressSpace(LLVMTypeOf(arg)) == 2)
            note_access(at, m, type);
    }
}

/** Pointers inside constants: integers made of the addresses of globals. */
static void visit_constant(struct pvg_at *at, LLVMValueRef c, unsigned depth)
{
    if (pvg_at_is_pointer(c)) {
        if (!pvg_at_is_null_like(c) && !LLVMIsAFunction(c))
            visit(at, c);
        return;
    }
    if (depth == 8 || !(LLVMIsAConstantExpr(c) || LLVMIsAConstantVector(c) || LLVMIsAConstantStruct(c) || LLVMIsAConstantArray(c)))
        return;
    for (unsigned i = 0; i < (unsigned)LLVMGetNumOperands(c); i++)
        visit_constant(at, LLVMGetOperand(c, i), depth + 1);
}

static void scan_operand(struct pvg_at *at, LLVMValueRef o)
{
    switch (LLVMGetValueKind(o)) {
    case LLVMBasicBlockValueKind:
    case LLVMFunctionValueKind:
    case LLVMConstantIntValueKind:
    case LLVMConstantFPValueKind:
        return;
    case LLVMInstructionValueKind:
    case LLVMArgumentValueKind:
        if (pvg_at_is_pointer(o))
            visit(at, o);
        return;
    default:
        if (LLVMIsAConstant(o))
            visit_constant(at, o, 0);
        else if (pvg_at_is_pointer(o))
            visit(at, o);
    }
}

static void scan_instruction(struct pvg_at *at, LLVMValueRef inst)
{
    at->current = inst;
    for (unsigned i = 0, n = (unsigned)LLVMGetNumOperands(inst); i < n; i++)
        scan_operand(at, LLVMGetOperand(inst, i));
    if (pvg_at_is_pointer(inst))
        visit(at, inst);
    switch (LLVMGetInstructionOpcode(inst)) {
    case LLVMLoad:
        note_pointer_access(at, LLVMGetOperand(inst, 0), LLVMTypeOf(inst), LLVMGetAlignment(inst));
        if (pvg_at_is_pointer(inst))
            pvg_at_note_move(at, inst);
        break;
    case LLVMStore:
        note_pointer_access(at, LLVMGetOperand(inst, 1), LLVMTypeOf(LLVMGetOperand(inst, 0)), LLVMGetAlignment(inst));
        if (pvg_at_is_pointer(LLVMGetOperand(inst, 0)) || is_copied(at, LLVMGetOperand(inst, 0)))
            pvg_at_note_move(at, inst);
        break;
    case LLVMAtomicRMW:
    case LLVMAtomicCmpXchg:
        if (!pvg_at_is_null_like(LLVMGetOperand(inst, 0))) {
            note_pointer_access(at, LLVMGetOperand(inst, 0), LLVMTypeOf(LLVMGetOperand(inst, 1)), 0);
            pvg_at_find_memory(visit(at, LLVMGetOperand(inst, 0)))->atomic = true;
        }
        break;
    case LLVMCall:
        note_call(at, inst);
        note_out_parameters(at, inst);
        break;
    default:
        break;
    }
}

void pvg_at_analyse_pointers(struct pvg_at *at)
{
    for (uint32_t b = 0; b < at->block_count; b++)
        for (LLVMValueRef i = LLVMGetFirstInstruction(at->block_of[b]); i; i = LLVMGetNextInstruction(i))
            scan_instruction(at, i);
    pvg_at_resolve_loaded(at);
    at->current = NULL;
    for (size_t i = 0; i < at->memories.cap; i++) {
        struct pvg_at_memory *m = at->memories.slots[i].value;
        if (!m || m->parent)
            continue;
        if (pvg_at_holds_tables(m) && m->physical && !m->handle) {
            lower_granule(m, m->copy_unit);
            continue;
        }
        if (m->local && (m->physical || m->handle))
            pvg_at_refuse_as(at, PVG_REFUSE_GENERIC_POINTER, "pointers that mix buffers with thread or threadgroup memory");
    }
    at->pointers_known = true;
    pvg_at_local_variables(at);
}

struct pvg_at_memory *pvg_at_memory_of(struct pvg_at *at, LLVMValueRef pointer)
{
    struct pvg_at_memory *m = pvg_ptrmap_get(&at->memories, pointer);
    return m ? pvg_at_find_memory(m) : NULL;
}

/* ---- Origins of addresses ---------------------------------------------------------------------------------------------------- */

/** Steps that all searches of one translation may take together: keeps hostile webs of phis from costing their square. */
#define SEARCH_BUDGET 20000000u

struct seen {
    struct pvg_ptrmap map;
};

static void spend(struct pvg_at *at, uint32_t steps)
{
    at->search_steps += steps;
    if (at->search_steps > SEARCH_BUDGET)
        pvg_at_refuse(at, "pointers take too many ways");
}

static bool mark_seen(struct pvg_at *at, struct seen *s, LLVMValueRef v)
{
    spend(at, 1);
    if (pvg_ptrmap_get(&s->map, v))
        return true;
    pvg_ptrmap_put(&at->arena, &s->map, v, v);
    return false;
}

static void origin_of(struct pvg_at *at, LLVMValueRef v, struct pvg_at_origin *out, struct seen *seen);

/** A pointer read back from thread memory comes from one of the pointers stored there. */
static void origin_of_local_load(struct pvg_at *at, LLVMValueRef load, struct pvg_at_origin *out, struct seen *seen)
{
    struct pvg_at_memory *m = pvg_at_memory_of(at, LLVMGetOperand(load, 0));
    if (m && pvg_at_holds_tables(m) && m->fields) {
        out->table = true;
        out->unknown |= m->physical;
        return;
    }
    if (!m || !m->local || m->storage != SpvStorageClassFunction) {
        out->unknown = true;
        return;
    }
    bool any = false;
    for (uint32_t b = 0; b < at->block_count; b++) {
        for (LLVMValueRef i = LLVMGetFirstInstruction(at->block_of[b]); i; i = LLVMGetNextInstruction(i)) {
            spend(at, 1);
            if (LLVMGetInstructionOpcode(i) != LLVMStore || pvg_at_memory_of(at, LLVMGetOperand(i, 1)) != m)
                continue;
            if (pvg_at_is_pointer(LLVMGetOperand(i, 0)) && !pvg_at_may_meet(at, LLVMGetOperand(i, 1), LLVMGetOperand(load, 0)))
                continue;
            if (pvg_at_is_pointer(LLVMGetOperand(i, 0))) {
                origin_of(at, LLVMGetOperand(i, 0), out, seen);
                any = true;
            } else if (pvg_at_size_of(at, LLVMTypeOf(LLVMGetOperand(i, 0))) >= 8) {
                out->unknown = true;
            }
        }
    }
    if (!any || m->whole_copy)
        out->unknown = true;
}

static void add_root(struct pvg_at_origin *out, LLVMValueRef v)
{
    out->handle = true;
    for (unsigned i = 0; i < out->root_count; i++)
        if (out->roots[i] == v)
            return;
    if (out->root_count < sizeof out->roots / sizeof *out->roots)
        out->roots[out->root_count++] = v;
    else
        out->unknown = true;
}

static void origin_of_argument(struct pvg_at *at, LLVMValueRef v, struct pvg_at_origin *out)
{
    for (size_t i = 0; i < at->entry->param_count; i++) {
        const struct pvg_air_param *p = &at->entry->params[i];
        if (p->value != v)
            continue;
        if (p->absent) {
            out->null = true;
        } else if (p->kind == PVG_AIR_PARAM_TEXTURE || p->kind == PVG_AIR_PARAM_SAMPLER) {
            add_root(out, v);
        } else if (p->kind == PVG_AIR_PARAM_BUFFER || p->kind == PVG_AIR_PARAM_ARGUMENT_BUFFER) {
            struct pvg_at_buffer *b = pvg_at_buffer_of(at, p);
            out->buffers |= (uint64_t)1 << (b - at->buffers);
        } else {
            out->unknown = true;
        }
        return;
    }
    out->unknown = true;
}

static void origin_of_root(struct pvg_at *at, LLVMValueRef v, struct pvg_at_origin *out, struct seen *seen);

static void origin_of(struct pvg_at *at, LLVMValueRef v, struct pvg_at_origin *out, struct seen *seen)
{
    if (++at->search_depth > MAX_SEARCH_DEPTH)
        pvg_at_refuse(at, "pointers depend on each other too deeply");
    origin_of_root(at, v, out, seen);
    at->search_depth--;
}

/** An integer made of an address by plain arithmetic points where that pointer does. @return false for other integers. */
static bool origin_of_integer(struct pvg_at *at, LLVMValueRef v, struct pvg_at_origin *out, struct seen *seen, unsigned depth)
{
    if (!LLVMIsAInstruction(v) || depth == 8)
        return false;
    switch (LLVMGetInstructionOpcode(v)) {
    case LLVMPtrToInt:
        if (LLVMGetIntTypeWidth(LLVMTypeOf(v)) < 64)
            return false;
        origin_of(at, LLVMGetOperand(v, 0), out, seen);
        return true;
    case LLVMFreeze:
        return origin_of_integer(at, LLVMGetOperand(v, 0), out, seen, depth + 1);
    case LLVMAdd:
    case LLVMSub:
    case LLVMAnd:
    case LLVMOr:
    case LLVMXor: {
        bool first = origin_of_integer(at, LLVMGetOperand(v, 0), out, seen, depth + 1);
        bool second = origin_of_integer(at, LLVMGetOperand(v, 1), out, seen, depth + 1);
        return first || second;
    }
    default:
        return false;
    }
}

static void origin_of_root(struct pvg_at *at, LLVMValueRef v, struct pvg_at_origin *out, struct seen *seen)
{
    v = pvg_at_strip(v);
    while (pvg_at_is_gep(v))
        v = pvg_at_strip(LLVMGetOperand(v, 0));
    if (pvg_at_is_null_like(v)) {
        out->null = true;
        return;
    }
    if (mark_seen(at, seen, v))
        return;
    if (LLVMIsAPHINode(v)) {
        for (unsigned i = 0; i < LLVMCountIncoming(v); i++)
            origin_of(at, LLVMGetIncomingValue(v, i), out, seen);
    } else if (LLVMIsASelectInst(v)) {
        origin_of(at, LLVMGetOperand(v, 1), out, seen);
        origin_of(at, LLVMGetOperand(v, 2), out, seen);
    } else if (LLVMIsAArgument(v)) {
        origin_of_argument(at, v, out);
    } else if (pvg_at_is_static_sampler(at, v)) {
        add_root(out, v);
    } else if (LLVMIsAGlobalVariable(v) && pvg_at_memory_of(at, v) && pvg_at_holds_tables(pvg_at_memory_of(at, v))) {
        out->table = true;
    } else if (LLVMIsALoadInst(v)) {
        origin_of_local_load(at, v, out, seen);
    } else if (LLVMIsAExtractValueInst(v) && LLVMIsAArgument(LLVMGetOperand(v, 0))) {
        origin_of_argument(at, LLVMGetOperand(v, 0), out);
    } else if (LLVMIsAIntToPtrInst(v) && LLVMGetTypeKind(LLVMTypeOf(LLVMGetOperand(v, 0))) == LLVMIntegerTypeKind) {
        if (!origin_of_integer(at, LLVMGetOperand(v, 0), out, seen, 0))
            out->unknown = true;
    } else {
        out->unknown = true;
    }
}

void pvg_at_origin(struct pvg_at *at, LLVMValueRef pointer, struct pvg_at_origin *out)
{
    LLVMValueRef base = pvg_at_strip(pointer);
    while (pvg_at_is_gep(base))
        base = pvg_at_strip(LLVMGetOperand(base, 0));
    struct pvg_at_origin *known = pvg_ptrmap_get(&at->origins, base);
    if (!known) {
        struct seen seen = {0};
        known = pvg_arena_alloc(&at->arena, sizeof *known);
        origin_of(at, base, known, &seen);
        /* Before all pointers are classified, loads from thread memory are not resolved yet. */
        if (at->pointers_known)
            pvg_ptrmap_put(&at->arena, &at->origins, base, known);
    }
    *out = *known;
}

/* ---- Address arithmetic ------------------------------------------------------------------------------------------------------ */

uint32_t pvg_at_object_pointer(struct pvg_at *at, LLVMValueRef object)
{
    struct pvg_at_memory *m = pvg_at_memory_of(at, object);
    for (const struct pvg_at_object *o = m ? m->objects : NULL; o; o = o->next)
        if (o->value == object && o->start_id)
            return o->start_id;
        else if (o->value == object && m->physical)
            return pvg_spv_u64(&at->b, PVG_AT_TABLE_ADDRESS + o->offset);
        else if (o->value == object)
            return pvg_spv_u32(&at->b, (uint32_t)(o->offset / m->granule));
    pvg_at_refuse(at, "pointer to an object without memory");
}

/** Index times stride in the pointer's own width and unit. */
static uint32_t scaled(struct pvg_at *at, LLVMValueRef index, uint64_t stride, unsigned width)
{
    struct pvg_spv *b = &at->b;
    uint64_t c;
    uint32_t type = pvg_spv_int(b, width);
    if (pvg_at_const_int(index, &c))
        return pvg_spv_const(b, type, c * stride);
    return pvg_spv_imul(b, pvg_spv_sresize(b, pvg_at_use(at, index), width), pvg_spv_const(b, type, stride));
}

bool pvg_at_constant_step(struct pvg_at *at, LLVMValueRef gep, int64_t *bytes)
{
    LLVMTypeRef type = LLVMGetGEPSourceElementType(gep);
    uint64_t c;
    for (unsigned i = 1; i < (unsigned)LLVMGetNumOperands(gep); i++) {
        bool member = i > 1 && LLVMGetTypeKind(type) == LLVMStructTypeKind;
        if (!pvg_at_const_int(LLVMGetOperand(gep, i), &c))
            return false;
        if (member)
            *bytes = (int64_t)((uint64_t)*bytes + LLVMOffsetOfElement(at->layout, type, (unsigned)c));
        if (i > 1)
            type = member ? LLVMStructGetTypeAtIndex(type, (unsigned)c) : LLVMGetElementType(type);
        if (!member)
            *bytes = (int64_t)((uint64_t)*bytes + pvg_at_size_of(at, type) * c);
    }
    return true;
}

uint32_t pvg_at_gep(struct pvg_at *at, LLVMValueRef gep)
{
    struct pvg_spv *b = &at->b;
    const struct pvg_at_memory *m = pvg_at_memory_of(at, gep);
    if (LLVMGetTypeKind(LLVMTypeOf(gep)) == LLVMVectorTypeKind)
        pvg_at_refuse(at, "vectors of pointers");
    unsigned width = pvg_at_is_local(m) ? 32 : 64, unit = pvg_at_is_local(m) ? m->granule : 1;
    uint32_t address = pvg_at_use(at, LLVMGetOperand(gep, 0));
    uint32_t type_id = pvg_spv_int(b, width);
    LLVMTypeRef type = LLVMGetGEPSourceElementType(gep);
    uint64_t fixed = 0, c;

    for (unsigned i = 1; i < (unsigned)LLVMGetNumOperands(gep); i++) {
        LLVMValueRef index = LLVMGetOperand(gep, i);
        if (i > 1 && LLVMGetTypeKind(type) == LLVMStructTypeKind) {
            if (!pvg_at_const_int(index, &c))
                pvg_at_refuse(at, "struct index that is not constant");
            fixed += LLVMOffsetOfElement(at->layout, type, (unsigned)c) / unit;
            type = LLVMStructGetTypeAtIndex(type, (unsigned)c);
            continue;
        }
        if (i > 1)
            type = LLVMGetElementType(type);
        uint64_t stride = pvg_at_size_of(at, type);
        if (pvg_at_const_int(index, &c)) {
            /* The index is signed: c holds its sign extension, and wrapping arithmetic gives the right unit count. */
            fixed += (uint64_t)((int64_t)(stride * c) / (int64_t)unit);
            continue;
        }
        address = pvg_spv_iadd(b, address, scaled(at, index, stride / unit, width));
    }
    return pvg_spv_iadd(b, address, pvg_spv_const(b, type_id, fixed));
}
