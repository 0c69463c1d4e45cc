/* SPDX-License-Identifier: MIT */
#include "air/metadata.h"

#include <stdlib.h>
#include <string.h>

static LLVMValueRef operand(const struct pvg_air_md *md, unsigned i)
{
    return i < md->count ? md->ops[i] : NULL;
}

static bool allocate(struct pvg_air_md *md, unsigned count)
{
    md->ops = calloc(count, sizeof(*md->ops) + sizeof(*md->strings) + sizeof(*md->lengths));
    if (!md->ops)
        return false;
    md->strings = (const char **)(md->ops + count);
    md->lengths = (unsigned *)(md->strings + count);
    md->count = count;
    return true;
}

/** Attributes are compared with many names: what they are called is asked for once. */
static void read_strings(struct pvg_air_md *md)
{
    for (unsigned i = 0; i < md->count; i++)
        if (md->ops[i] && LLVMIsAMDString(md->ops[i]))
            md->strings[i] = LLVMGetMDString(md->ops[i], &md->lengths[i]);
}

bool pvg_air_md_load(LLVMValueRef node, struct pvg_air_md *out)
{
    *out = (struct pvg_air_md){0};
    if (!node || !LLVMIsAMDNode(node))
        return false;
    /* A value wrapped as metadata also passes for a node; it has itself as the only operand. */
    if (LLVMIsAValueAsMetadata(node))
        return false;
    unsigned count = LLVMGetMDNodeNumOperands(node);
    if (!count)
        return true;
    if (!allocate(out, count))
        return false;
    LLVMGetMDNodeOperands(node, out->ops);
    read_strings(out);
    return true;
}

bool pvg_air_md_load_named(LLVMModuleRef module, const char *name, struct pvg_air_md *out)
{
    unsigned count = LLVMGetNamedMetadataNumOperands(module, name);

    *out = (struct pvg_air_md){0};
    if (!count)
        return true;
    if (!allocate(out, count))
        return false;
    LLVMGetNamedMetadataOperands(module, name, out->ops);
    read_strings(out);
    return true;
}

void pvg_air_md_free(struct pvg_air_md *md)
{
    free(md->ops);
    *md = (struct pvg_air_md){0};
}

const char *pvg_air_md_string(const struct pvg_air_md *md, unsigned i, unsigned *length)
{
    if (i >= md->count || !md->strings[i])
        return NULL;
    *length = md->lengths[i];
    return md->strings[i];
}

char *pvg_air_md_strdup(const struct pvg_air_md *md, unsigned i)
{
    unsigned length = 0;
    const char *s = pvg_air_md_string(md, i, &length);

    return s ? strndup(s, length) : strdup("");
}

LLVMValueRef pvg_air_md_value(const struct pvg_air_md *md, unsigned i)
{
    LLVMValueRef v = operand(md, i);

    return v && !LLVMIsAMDNode(v) && !LLVMIsAMDString(v) ? v : NULL;
}

LLVMValueRef pvg_air_md_node(const struct pvg_air_md *md, unsigned i)
{
    LLVMValueRef v = operand(md, i);

    return v && LLVMIsAMDNode(v) && !LLVMIsAValueAsMetadata(v) ? v : NULL;
}

bool pvg_air_md_int(const struct pvg_air_md *md, unsigned i, int64_t *out)
{
    LLVMValueRef v = pvg_air_md_value(md, i);

    if (!v || !LLVMIsAConstantInt(v) || LLVMGetIntTypeWidth(LLVMTypeOf(v)) > 64)
        return false;
    *out = LLVMConstIntGetSExtValue(v);
    return true;
}

bool pvg_air_md_u32(const struct pvg_air_md *md, unsigned i, uint32_t *out)
{
    int64_t v;

    if (!pvg_air_md_int(md, i, &v) || v < 0 || v > UINT32_MAX)
        return false;
    *out = (uint32_t)v;
    return true;
}
