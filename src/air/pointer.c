/* SPDX-License-Identifier: MIT */
/*
 * Which objects a pointer can reach. Pointers that a phi or select mixes share one memory; where it is thread, threadgroup or table
 * memory, its objects lie in one variable, so that any mixture is plain arithmetic on offsets (spec 07 section 6.4). Tables that
 * mix with buffers have addresses, which accesses test.
 */
#include "air/translate.h"

/** Longest chain of pointers that is followed by recursion. */
#define MAX_SEARCH_DEPTH 4000

static struct pvg_at_memory *find(struct pvg_at_memory *m)
{
    while (m->parent) {
        if (m->parent->parent)
            m->parent = m->parent->parent;
        m = m->parent;
    }
    return m;
}

static bool is_null_like(LLVMValueRef v)
{
    return LLVMIsAConstantPointerNull(v) || LLVMIsUndef(v) || LLVMIsPoison(v);
}

static bool is_pointer(LLVMValueRef v)
{
    return LLVMGetTypeKind(LLVMTypeOf(v)) == LLVMPointerTypeKind;
}

static void lower_granule(struct pvg_at_memory *m, uint64_t bytes)
{
    if (!bytes)
        return;
    uint64_t low = bytes & -bytes;
    if (low < m->granule)
        m->granule = (unsigned)low;
}

static bool is_table(const struct pvg_at_memory *m)
{
    return m->local && m->storage == SpvStorageClassPrivate;
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
static void unite_memories(struct pvg_at *at, struct pvg_at_memory *a, struct pvg_at_memory *b);

/** What the pointers in the initial value of a table lead to. */
static void visit_initialiser(struct pvg_at *at, struct pvg_at_memory *m, LLVMValueRef c)
{
    if (is_pointer(c)) {
        if (is_null_like(c))
            return;
        if (LLVMIsAFunction(pvg_at_strip(c)))
            pvg_at_refuse(at, "constant table of functions");
        struct pvg_at_memory *held = find(visit(at, c));
        if (!is_table(held))
            pvg_at_refuse(at, held->handle ? "constant table of samplers" : "constant table of pointers to other than tables");
        m = find(m);
        if (m->pointee)
            unite_memories(at, m->pointee, held);
        else
            m->pointee = held;
        return;
    }
    if (!LLVMIsAConstantStruct(c) && !LLVMIsAConstantArray(c))
        return;
    if (++at->search_depth > MAX_SEARCH_DEPTH)
        pvg_at_refuse(at, "constant tables lead to each other too deeply");
    for (unsigned i = 0, n = (unsigned)LLVMGetNumOperands(c); i < n; i++)
        visit_initialiser(at, m, LLVMGetOperand(c, i));
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
            visit_initialiser(at, m, LLVMGetInitializer(v));
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
        if (!cast || !is_pointer(LLVMGetOperand(v, 0)))
            return v;
        v = LLVMGetOperand(v, 0);
    }
}

static bool is_gep(LLVMValueRef v)
{
    return LLVMIsAGetElementPtrInst(v) || (LLVMIsAConstantExpr(v) && LLVMGetConstOpcode(v) == LLVMGetElementPtr);
}

static void unite_memories(struct pvg_at *at, struct pvg_at_memory *a, struct pvg_at_memory *b)
{
    a = find(a);
    b = find(b);
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
    struct pvg_at_memory *second = b->pointee;
    if (a->pointee && second)
        unite_memories(at, a->pointee, second); /* Two memories fewer each time. */
    else if (second)
        a->pointee = second;
}

static void unite(struct pvg_at *at, struct pvg_at_memory *a, LLVMValueRef other)
{
    if (!is_null_like(other))
        unite_memories(at, a, visit(at, other));
}

static void gep_granule(struct pvg_at *at, struct pvg_at_memory *m, LLVMValueRef gep)
{
    LLVMTypeRef type = LLVMGetGEPSourceElementType(gep);
    unsigned n = (unsigned)LLVMGetNumOperands(gep);
    m = find(m);
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
        lower_granule(m, pvg_at_const_int(index, &c) ? stride * c : stride);
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
    } else if (is_gep(v)) {
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
    if (is_null_like(pointer))
        return;
    struct pvg_at_memory *m = find(visit(at, pointer));
    note_access(at, m, type);
    if (align)
        lower_granule(m, align);
}

static void note_move(struct pvg_at *at, LLVMValueRef inst)
{
    at->pointer_moves =
        pvg_arena_grow(&at->arena, at->pointer_moves, &at->pointer_move_cap, at->pointer_move_count + 1, sizeof *at->pointer_moves);
    at->pointer_moves[at->pointer_move_count++] = inst;
}

/** A word read as an integer that may be a pointer: copies of structs are made of such. */
static bool is_copied_word(LLVMValueRef v)
{
    return LLVMIsALoadInst(v) && LLVMGetTypeKind(LLVMTypeOf(v)) == LLVMIntegerTypeKind && LLVMGetIntTypeWidth(LLVMTypeOf(v)) == 64;
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
        note_move(at, inst);
    for (unsigned i = 0; i < argc; i++) {
        LLVMValueRef arg = LLVMGetOperand(inst, i);
        if (!is_pointer(arg) || is_null_like(arg))
            continue;
        struct pvg_at_memory *m = find(visit(at, arg));
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
        if (!is_pointer(arg) || is_null_like(arg))
            continue;
        struct pvg_at_memory *m = find(visit(at, arg));
        /* Constant memory may turn out to be that of tables. */
        if (m->local || LLVMGetPointerAddressSpace(LLVMTypeOf(arg)) == 2)
            note_access(at, m, type);
    }
}

/** Pointers inside constants: integers made of the addresses of globals. */
static void visit_constant(struct pvg_at *at, LLVMValueRef c, unsigned depth)
{
    if (is_pointer(c)) {
        if (!is_null_like(c) && !LLVMIsAFunction(c))
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
        if (is_pointer(o))
            visit(at, o);
        return;
    default:
        if (LLVMIsAConstant(o))
            visit_constant(at, o, 0);
        else if (is_pointer(o))
            visit(at, o);
    }
}

static void scan_instruction(struct pvg_at *at, LLVMValueRef inst)
{
    at->current = inst;
    for (unsigned i = 0, n = (unsigned)LLVMGetNumOperands(inst); i < n; i++)
        scan_operand(at, LLVMGetOperand(inst, i));
    if (is_pointer(inst))
        visit(at, inst);
    switch (LLVMGetInstructionOpcode(inst)) {
    case LLVMLoad:
        note_pointer_access(at, LLVMGetOperand(inst, 0), LLVMTypeOf(inst), LLVMGetAlignment(inst));
        if (is_pointer(inst))
            note_move(at, inst);
        break;
    case LLVMStore:
        note_pointer_access(at, LLVMGetOperand(inst, 1), LLVMTypeOf(LLVMGetOperand(inst, 0)), LLVMGetAlignment(inst));
        if (is_pointer(LLVMGetOperand(inst, 0)) || is_copied_word(LLVMGetOperand(inst, 0)))
            note_move(at, inst);
        break;
    case LLVMAtomicRMW:
    case LLVMAtomicCmpXchg:
        if (!is_null_like(LLVMGetOperand(inst, 0))) {
            note_pointer_access(at, LLVMGetOperand(inst, 0), LLVMTypeOf(LLVMGetOperand(inst, 1)), 0);
            find(visit(at, LLVMGetOperand(inst, 0)))->atomic = true;
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

/* ---- Pointers in local memory ------------------------------------------------------------------------------------------------ */

/** Memory behind an operand; NULL behind null. */
static struct pvg_at_memory *behind(struct pvg_at *at, LLVMValueRef pointer)
{
    return is_null_like(pointer) ? NULL : pvg_at_memory_of(at, pointer);
}

/** The same if objects of the function are in it, tables that mix with buffers included, else NULL. */
static struct pvg_at_memory *local_of(struct pvg_at *at, LLVMValueRef pointer)
{
    struct pvg_at_memory *m = behind(at, pointer);
    return m && m->local ? m : NULL;
}

/** Does the memory hold offsets? */
static bool holds_offsets(const struct pvg_at_memory *m)
{
    return m && m->pointee && pvg_at_is_local(find(m->pointee));
}

/** What two memories hold pointers to becomes one. @return whether that is news. */
static bool share_pointees(struct pvg_at *at, struct pvg_at_memory *a, struct pvg_at_memory *b)
{
    if (!a || !b || a == b || (!a->pointee && !b->pointee))
        return false;
    if (a->pointee && b->pointee) {
        bool news = find(a->pointee) != find(b->pointee);
        unite_memories(at, a->pointee, b->pointee);
        return news;
    }
    if (a->pointee)
        b->pointee = a->pointee;
    else
        a->pointee = b->pointee;
    return true;
}

static bool follow_move(struct pvg_at *at, LLVMValueRef inst)
{
    at->current = inst;
    if (LLVMIsACallInst(inst))
        return share_pointees(at, local_of(at, LLVMGetOperand(inst, 0)), local_of(at, LLVMGetOperand(inst, 1)));
    bool store = LLVMIsAStoreInst(inst) != NULL;
    struct pvg_at_memory *m = local_of(at, LLVMGetOperand(inst, store ? 1 : 0)), *held;
    if (store && !is_pointer(LLVMGetOperand(inst, 0)))
        return share_pointees(at, m, local_of(at, LLVMGetOperand(LLVMGetOperand(inst, 0), 0)));
    held = store ? behind(at, LLVMGetOperand(inst, 0)) : pvg_at_memory_of(at, inst);
    if (!m || !held)
        return false;
    if (!m->pointee) {
        if (!store || !held->local)
            return false;
        m->pointee = held;
        return true;
    }
    /* Of what buffers hold, only tables can be in the same memory. */
    if (store && !held->local && (held->handle || !is_table(find(m->pointee))))
        return false;
    bool news = find(m->pointee) != held;
    unite_memories(at, m->pointee, held);
    return news;
}

/** Pointers that are read from device memory lead to buffers; where they mix with those to tables, all are addresses. */
static void resolve_mixed(struct pvg_at *at)
{
    for (size_t i = 0; i < at->pointer_move_count; i++) {
        LLVMValueRef inst = at->pointer_moves[i];
        if (!LLVMIsALoadInst(inst))
            continue;
        const struct pvg_at_memory *m = local_of(at, LLVMGetOperand(inst, 0));
        struct pvg_at_memory *held = pvg_at_memory_of(at, inst);
        if (held && is_table(held) && (!m || m->physical || !m->pointee))
            held->physical = true;
    }
}

/** Pointers that are read from device memory are addresses, those from local memory what was stored there. */
static void resolve_loaded(struct pvg_at *at)
{
    bool news = at->pointer_move_count != 0;
    for (unsigned round = 0; news; round++) {
        if (round == 32)
            pvg_at_refuse(at, "pointers in memory that lead to each other too deeply");
        news = false;
        for (size_t i = 0; i < at->pointer_move_count; i++)
            news |= follow_move(at, at->pointer_moves[i]);
    }
    for (struct pvg_at_memory *m = at->first_memory; m; m = m->next)
        if (!m->parent && m->loaded && !m->local && !m->handle)
            m->physical = true;
    resolve_mixed(at);
    for (size_t i = 0; i < at->pointer_move_count; i++) {
        LLVMValueRef inst = at->pointer_moves[i];
        bool load = LLVMIsALoadInst(inst) != NULL;
        LLVMValueRef place = LLVMGetOperand(inst, load ? 0 : 1), v = load ? inst : LLVMGetOperand(inst, 0);
        if (LLVMIsACallInst(inst) || !is_pointer(v) || is_null_like(v) || is_null_like(place))
            continue;
        at->current = inst;
        bool offset = pvg_at_is_local(behind(at, v));
        if (holds_offsets(local_of(at, place)) ? !offset : load && offset)
            pvg_at_refuse_as(at, PVG_REFUSE_GENERIC_POINTER, "memory that holds pointers both to buffers and to local memory");
    }
    at->current = NULL;
}

bool pvg_at_holds_local_pointers(struct pvg_at *at, LLVMValueRef pointer)
{
    return holds_offsets(local_of(at, pointer));
}

bool pvg_at_holds_own_pointers(struct pvg_at *at, LLVMValueRef pointer)
{
    const struct pvg_at_memory *m = local_of(at, pointer);
    return m && m->pointee;
}

bool pvg_at_is_own_pointer(struct pvg_at *at, LLVMValueRef pointer)
{
    const struct pvg_at_memory *m = local_of(at, pointer);
    struct pvg_at_origin o;
    if (!m || pvg_at_is_local(m))
        return m;
    pvg_at_origin(at, pointer, &o);
    return o.table || o.unknown;
}

void pvg_at_analyse_pointers(struct pvg_at *at)
{
    for (uint32_t b = 0; b < at->block_count; b++)
        for (LLVMValueRef i = LLVMGetFirstInstruction(at->block_of[b]); i; i = LLVMGetNextInstruction(i))
            scan_instruction(at, i);
    resolve_loaded(at);
    at->current = NULL;
    for (size_t i = 0; i < at->memories.cap; i++) {
        struct pvg_at_memory *m = at->memories.slots[i].value;
        if (!m || m->parent)
            continue;
        if (is_table(m) && m->physical && !m->handle) {
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
    return m ? find(m) : NULL;
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
    if (m && is_table(m) && m->pointee) {
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
            if (is_pointer(LLVMGetOperand(i, 0))) {
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
    while (is_gep(v))
        v = pvg_at_strip(LLVMGetOperand(v, 0));
    if (is_null_like(v)) {
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
    } else if (LLVMIsAGlobalVariable(v) && local_of(at, v) && is_table(local_of(at, v))) {
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
    while (is_gep(base))
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
