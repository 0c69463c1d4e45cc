/* SPDX-License-Identifier: MIT */
#include "air/module.h"

#include "util/log.h"

#include <errno.h>
#include <inttypes.h>
#include <llvm-c/Analysis.h>
#include <llvm-c/BitReader.h>
#include <llvm-c/DebugInfo.h>
#include <llvm-c/IRReader.h>
#include <llvm-c/Target.h>
#include <stdlib.h>
#include <string.h>

#define WRAPPER_MAGIC   0x0B17C0DEu
#define BITCODE_MAGIC   0xDEC04342u
#define WRAPPER_MINIMUM 20

/** Those of AIR are below. */
enum { ADDRESS_SPACES = 8 };

static uint32_t load32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

bool pvg_air_bitcode_span(const uint8_t *data, size_t size, struct pvg_air_span *out, struct pvg_error *err)
{
    if (size < 4) {
        pvg_error_set(err, "bitcode of %zu bytes is too short", size);
        return false;
    }
    if (load32(data) == BITCODE_MAGIC) {
        *out = (struct pvg_air_span){.offset = 0, .size = size};
        return true;
    }
    if (load32(data) != WRAPPER_MAGIC) {
        pvg_error_set(err, "bitcode starts with 0x%08" PRIx32 ", expected a wrapper (0x0b17c0de) or bare bitcode (0xdec04342)",
                      load32(data));
        return false;
    }
    if (size < WRAPPER_MINIMUM) {
        pvg_error_set(err, "bitcode wrapper of %zu bytes is too short", size);
        return false;
    }
    uint64_t offset = load32(data + 8), length = load32(data + 12);
    if (offset < WRAPPER_MINIMUM || length < 4 || offset + length > size) {
        pvg_error_set(err, "bitcode wrapper places %" PRIu64 " bytes at %" PRIu64 " in a blob of %zu", length, offset, size);
        return false;
    }
    if (load32(data + offset) != BITCODE_MAGIC) {
        pvg_error_set(err, "wrapped bitcode starts with 0x%08" PRIx32, load32(data + offset));
        return false;
    }
    *out = (struct pvg_air_span){.offset = (size_t)offset, .size = (size_t)length};
    return true;
}

/* Without a handler LLVM prints diagnostics and ends the process on errors. */
static void keep_diagnostic(LLVMDiagnosticInfoRef info, void *opaque)
{
    struct pvg_air_module *m = opaque;
    char *text;

    if (LLVMGetDiagInfoSeverity(info) != LLVMDSError)
        return;
    text = LLVMGetDiagInfoDescription(info);
    free(m->message);
    m->message = strdup(text);
    LLVMDisposeMessage(text);
}

static int begin(struct pvg_air_module *m)
{
    *m = (struct pvg_air_module){.context = LLVMContextCreate()};
    if (!m->context)
        return -ENOMEM;
    LLVMContextSetDiagnosticHandler(m->context, keep_diagnostic, m);
    return 0;
}

/* The capturing handler points at the caller's struct, which may move once parsing is over. */
static void drop_diagnostic(LLVMDiagnosticInfoRef info, void *opaque)
{
    (void)info;
    (void)opaque;
}

/* A number in the text is above `most`. */
static bool exceeds(const char *text, unsigned most)
{
    unsigned number = 0;

    for (; *text; text++) {
        number = *text >= '0' && *text <= '9' ? 10 * number + (unsigned)(*text - '0') : 0;
        if (number > most)
            return true;
    }
    return false;
}

/*
 * Spec 07 section 3.2: all modules have one layout, with 64-bit pointers and no size or alignment above 1024 bits. LLVM takes
 * pointers of 2^31 bits as well, and multiplies each offset of an address in that width.
 */
static int check_layout(const struct pvg_air_module *m, struct pvg_error *err)
{
    const char *text = LLVMGetDataLayoutStr(m->module);
    bool odd = exceeds(text, 1024);

    if (!odd) {
        LLVMTargetDataRef layout = LLVMGetModuleDataLayout(m->module);
        odd = LLVMByteOrder(layout) != LLVMLittleEndian;
        for (unsigned space = 0; space < ADDRESS_SPACES; space++)
            odd |= LLVMPointerSizeForAS(layout, space) != 8;
    }
    if (odd)
        pvg_error_set(err, "data layout \"%.200s\" is not that of air64", text);
    return odd ? -EINVAL : 0;
}

/** What memory accesses alias is of no use to the passes that run here, and takes time in them and in LLVM's verifier. */
static void strip_aliasing(struct pvg_air_module *m)
{
    static const char *const names[] = {"tbaa", "tbaa.struct", "alias.scope", "noalias"};
    unsigned kinds[4];

    for (unsigned k = 0; k < 4; k++)
        kinds[k] = LLVMGetMDKindIDInContext(m->context, names[k], (unsigned)strlen(names[k]));
    for (LLVMValueRef f = LLVMGetFirstFunction(m->module); f; f = LLVMGetNextFunction(f))
        for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(f); b; b = LLVMGetNextBasicBlock(b))
            for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i))
                for (unsigned k = 0; k < 4 && LLVMHasMetadata(i); k++)
                    LLVMSetMetadata(i, kinds[k], NULL);
}

/** A value that can be checked on its own: the verifier has nothing to say about it. */
static bool is_flat(LLVMValueRef constant)
{
    return LLVMIsAConstantDataSequential(constant) || LLVMIsAConstantAggregateZero(constant) || LLVMIsAConstantInt(constant) ||
           LLVMIsAConstantFP(constant) || LLVMIsAUndefValue(constant);
}

static bool is_plain_global(LLVMValueRef global)
{
    LLVMValueRef value = LLVMGetInitializer(global);
    size_t length;
    const char *name = LLVMGetValueName2(global, &length);

    if (!strncmp(name, "llvm.", 5) && value && !LLVMIsAConstantAggregateZero(value))
        return false;
    return !value || (is_flat(value) && LLVMTypeOf(value) == LLVMGlobalGetValueType(global));
}

static bool has_constant_indices(LLVMValueRef gep)
{
    for (int i = 1; i < LLVMGetNumOperands(gep); i++)
        if (!LLVMIsAConstantInt(LLVMGetOperand(gep, (unsigned)i)))
            return false;
    return true;
}

bool pvg_air_stays_memory(LLVMValueRef local)
{
    for (LLVMUseRef u = LLVMGetFirstUse(local); u; u = LLVMGetNextUse(u)) {
        LLVMValueRef user = LLVMGetUser(u);
        if (LLVMIsAGetElementPtrInst(user) && LLVMGetFirstUse(user) && !has_constant_indices(user))
            return true;
    }
    return false;
}

/** One function whose memory the passes have nothing to do with: they will hardly run. */
static bool is_one_plain_function(LLVMModuleRef module, LLVMValueRef *out)
{
    *out = NULL;
    for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f)) {
        if (LLVMIsDeclaration(f))
            continue;
        if (*out)
            return false;
        *out = f;
    }
    if (!*out)
        return false;
    for (LLVMValueRef i = LLVMGetFirstInstruction(LLVMGetEntryBasicBlock(*out)); i; i = LLVMGetNextInstruction(i))
        if (LLVMGetInstructionOpcode(i) == LLVMAlloca && !pvg_air_stays_memory(i))
            return false;
    return true;
}

/**
 * Is it enough to verify the body of `*function`? What is left out then, unless LLVM's passes run, nobody relies on: attributes of
 * declarations, and named metadata, whose readers check it. Calls are verified with the declarations that they name.
 */
static bool is_simple(LLVMModuleRef module, LLVMValueRef *function)
{
    if (LLVMGetFirstGlobalAlias(module) || LLVMGetFirstGlobalIFunc(module) || !is_one_plain_function(module, function))
        return false;
    for (LLVMValueRef g = LLVMGetFirstGlobal(module); g; g = LLVMGetNextGlobal(g))
        if (!is_plain_global(g))
            return false;
    return true;
}

int pvg_air_module_verify(struct pvg_air_module *m, struct pvg_error *err)
{
    char *message = NULL;
    bool bad = !m->verified && LLVMVerifyModule(m->module, LLVMReturnStatusAction, &message);

    if (bad)
        pvg_error_set(err, "invalid module: %s", message ? message : "no reason given");
    LLVMDisposeMessage(message);
    m->verified = !bad;
    return bad ? -EINVAL : 0;
}

/** Verify what is read before pvg_air_module_verify(), or all at once. */
static int verify(struct pvg_air_module *m, bool all, struct pvg_error *err)
{
    LLVMValueRef only;

    if (all || !is_simple(m->module, &only))
        return pvg_air_module_verify(m, err);
    if (!LLVMVerifyFunction(only, LLVMReturnStatusAction))
        return 0;
    if (!pvg_air_module_verify(m, err))
        pvg_error_set(err, "invalid module: broken function");
    return -EINVAL;
}

/** Nothing in the module belongs to debug information: no list of units, no unit's function, no call of its intrinsics. */
static bool has_debug_info(const struct pvg_air_module *m)
{
    if (LLVMGetNamedMetadata(m->module, "llvm.dbg.cu", 11))
        return true;
    for (LLVMValueRef f = LLVMGetFirstFunction(m->module); f; f = LLVMGetNextFunction(f)) {
        size_t length;
        if (LLVMGetSubprogram(f) || !strncmp(LLVMGetValueName2(f, &length), "llvm.dbg.", 9))
            return true;
    }
    return false;
}

static int check(struct pvg_air_module *m, bool all, struct pvg_error *err)
{
    const char *triple = LLVMGetTarget(m->module);

    if (strncmp(triple, "air64", 5) != 0) {
        pvg_error_set(err, "target triple \"%.64s\" is not air64", triple);
        return -EINVAL;
    }
    if (check_layout(m, err))
        return -EINVAL;
    if (has_debug_info(m))
        LLVMStripModuleDebugInfo(m->module);
    strip_aliasing(m);
    return verify(m, all, err);
}

/* Read the stream in `m`'s context and check the result. */
static int read_stream(struct pvg_air_module *m, const char *stream, size_t size, bool all, struct pvg_error *err)
{
    LLVMMemoryBufferRef buffer = LLVMCreateMemoryBufferWithMemoryRange(stream, size, "air", 0);
    int rc = -EINVAL;

    /* Names of functions and globals stay; those of values are for people. */
    LLVMContextSetDiscardValueNames(m->context, 1);
    if (LLVMParseBitcodeInContext2(m->context, buffer, &m->module)) {
        m->module = NULL;
        pvg_error_set(err, "bitcode cannot be read: %s", m->message ? m->message : "no reason given");
    } else {
        rc = check(m, all, err);
    }
    LLVMDisposeMemoryBuffer(buffer);
    return rc;
}

int pvg_air_module_parse(const void *bitcode, size_t size, struct pvg_air_module *out, struct pvg_error *err)
{
    struct pvg_air_span span;
    int rc;

    *out = (struct pvg_air_module){0};
    if (!pvg_air_bitcode_span(bitcode, size, &span, err))
        return -EINVAL;
    rc = begin(out);
    if (rc)
        return rc;
    rc = read_stream(out, (const char *)bitcode + span.offset, span.size, false, err);
    if (rc) {
        pvg_air_module_free(out);
        return rc;
    }
    LLVMContextSetDiagnosticHandler(out->context, drop_diagnostic, NULL);
    LLVMSetTarget(out->module, "");
    return 0;
}

int pvg_air_module_parse_more(struct pvg_air_module *m, const void *bitcode, size_t size, LLVMModuleRef *out, struct pvg_error *err)
{
    struct pvg_air_module more = {.context = m->context};
    struct pvg_air_span span;

    *out = NULL;
    if (!pvg_air_bitcode_span(bitcode, size, &span, err))
        return -EINVAL;
    LLVMContextSetDiagnosticHandler(m->context, keep_diagnostic, &more);
    int rc = read_stream(&more, (const char *)bitcode + span.offset, span.size, true, err);
    LLVMContextSetDiagnosticHandler(m->context, drop_diagnostic, NULL);
    free(more.message);
    if (rc && more.module)
        LLVMDisposeModule(more.module);
    if (!rc) {
        LLVMSetTarget(more.module, "");
        *out = more.module;
    }
    return rc;
}

int pvg_air_module_parse_text(const char *text, size_t size, struct pvg_air_module *out, struct pvg_error *err)
{
    char *message = NULL;
    int rc = begin(out);

    if (rc)
        return rc;
    /* LLVMParseIRInContext takes the buffer. */
    if (LLVMParseIRInContext(out->context, LLVMCreateMemoryBufferWithMemoryRangeCopy(text, size, "air"), &out->module, &message)) {
        out->module = NULL;
        pvg_error_set(err, "%s", message ? message : out->message ? out->message : "cannot be parsed");
        rc = -EINVAL;
    } else {
        rc = check(out, true, err);
    }
    if (message)
        LLVMDisposeMessage(message);
    if (rc) {
        pvg_air_module_free(out);
        return rc;
    }
    LLVMContextSetDiagnosticHandler(out->context, drop_diagnostic, NULL);
    return 0;
}

void pvg_air_module_free(struct pvg_air_module *module)
{
    if (module->module)
        LLVMDisposeModule(module->module);
    if (module->context)
        LLVMContextDispose(module->context);
    free(module->message);
    *module = (struct pvg_air_module){0};
}
