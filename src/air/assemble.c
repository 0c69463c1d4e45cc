/* SPDX-License-Identifier: MIT */
#include "air/assemble.h"

#include "air/entry.h"
#include "util/log.h"

#include <errno.h>
#include <llvm-c/BitWriter.h>
#include <stdlib.h>
#include <string.h>

enum { WRAPPER_SIZE = 20, ALIGNMENT = 16 };

static void store32(uint8_t *p, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

int pvg_air_wrap(const void *bitcode, size_t size, uint8_t **out, size_t *out_size, struct pvg_error *err)
{
    struct pvg_air_span span;
    uint8_t *blob;

    if (!pvg_air_bitcode_span(bitcode, size, &span, err))
        return -EINVAL;
    if (span.size > UINT32_MAX - WRAPPER_SIZE - ALIGNMENT) {
        pvg_error_set(err, "bitcode of %zu bytes does not fit a wrapper", span.size);
        return -EINVAL;
    }
    size_t total = (WRAPPER_SIZE + span.size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    blob = calloc(1, total);
    if (!blob)
        return -ENOMEM;
    store32(blob, 0x0B17C0DE);
    store32(blob + 8, WRAPPER_SIZE);
    store32(blob + 12, (uint32_t)span.size);
    store32(blob + 16, 0xFFFFFFFF);
    memcpy(blob + WRAPPER_SIZE, (const uint8_t *)bitcode + span.offset, span.size);
    *out = blob;
    *out_size = total;
    return 0;
}

/* Every entry point must be one that the translator can read. */
static int check_entries(LLVMModuleRef module, struct pvg_error *err)
{
    size_t count = pvg_air_entry_count(module);

    if (!count) {
        pvg_error_set(err, "no entry point: one of !air.vertex, !air.fragment, !air.kernel, ... is needed");
        return -EINVAL;
    }
    for (size_t i = 0; i < count; i++) {
        LLVMModuleRef copy = LLVMCloneModule(module);
        struct pvg_air_entry *entry = NULL;
        enum pvg_air_stage stage;
        LLVMValueRef function;
        int rc = -EINVAL;

        if (pvg_air_entry_at(copy, i, &stage, &function)) {
            size_t length;
            char *name = strdup(LLVMGetValueName2(function, &length));
            rc = name ? pvg_air_entry_parse(copy, name, NULL, 0, &entry, err) : -ENOMEM;
            free(name);
        } else {
            pvg_error_set(err, "entry point %zu names no function", i);
        }
        pvg_air_entry_free(entry);
        LLVMDisposeModule(copy);
        if (rc)
            return rc == -ENOMEM ? rc : -EINVAL;
    }
    return 0;
}

int pvg_air_assemble(const char *text, size_t size, uint8_t **bitcode, size_t *bitcode_size, struct pvg_error *err)
{
    struct pvg_air_module m;
    int rc = pvg_air_module_parse_text(text, size, &m, err);

    *bitcode = NULL;
    *bitcode_size = 0;
    if (rc)
        return rc;
    rc = check_entries(m.module, err);
    if (!rc) {
        /* For Apple triples LLVM writes a wrapper of its own, with a CPU type that AIR does not use. */
        LLVMMemoryBufferRef buffer = LLVMWriteBitcodeToMemoryBuffer(m.module);
        rc = pvg_air_wrap(LLVMGetBufferStart(buffer), LLVMGetBufferSize(buffer), bitcode, bitcode_size, err);
        LLVMDisposeMemoryBuffer(buffer);
    }
    pvg_air_module_free(&m);
    return rc;
}
