/* SPDX-License-Identifier: MIT */
/* The flat opcode map of spec 02 section 7: 31 commands, 15 deprecated slots, 19 unassigned ones. */
#include "wire/packet.h"

#define COMMAND(c, nm, len, knd, whr)                                                                                              \
    [c] = {.code = (c), .min_plen = (len), .state = PVG_OP_COMMAND, .kind = PVG_OPKIND_##knd, .where = PVG_WHERE_##whr, .name = nm}
#define DEPRECATED(c) [c] = {.code = (c), .state = PVG_OP_DEPRECATED, .where = PVG_WHERE_NONE, .name = "deprecated"}
#define UNASSIGNED(c) [c] = {.code = (c), .state = PVG_OP_UNASSIGNED, .where = PVG_WHERE_NONE, .name = "unassigned"}

const struct pvg_op_info pvg_op_table[PVG_OP_COUNT] = {
    COMMAND(0x00, "Debug", 0, TRACE, CHILD),
    COMMAND(0x01, "DisplaySetSharedStatePage", 8, DISPLAY, ANY),
    COMMAND(0x02, "DisplayOnlineAck", 0, DISPLAY, CHILD),
    DEPRECATED(0x03),
    COMMAND(0x04, "DisplayCursorGlyph", 44, DISPLAY, CHILD),
    COMMAND(0x05, "DisplayCursorShow", 8, DISPLAY, CHILD),
    COMMAND(0x06, "DisplayTransaction2", 12, DISPLAY, CHILD),
    COMMAND(0x07, "DisplayTransaction3", 36, DISPLAY, CHILD),
    COMMAND(0x08, "DisplaySwapMapping", 12, DISPLAY, CHILD),
    COMMAND(0x09, "DisplaySleepState", 8, DISPLAY, CHILD),
    COMMAND(0x0a, "DisplaySetProperties", 8, DISPLAY, CHILD),
    UNASSIGNED(0x0b),
    UNASSIGNED(0x0c),
    UNASSIGNED(0x0d),
    UNASSIGNED(0x0e),
    UNASSIGNED(0x0f),
    UNASSIGNED(0x10),
    UNASSIGNED(0x11),
    UNASSIGNED(0x12),
    UNASSIGNED(0x13),
    UNASSIGNED(0x14),
    UNASSIGNED(0x15),
    UNASSIGNED(0x16),
    UNASSIGNED(0x17),
    UNASSIGNED(0x18),
    UNASSIGNED(0x19),
    UNASSIGNED(0x1a),
    UNASSIGNED(0x1b),
    UNASSIGNED(0x1c),
    UNASSIGNED(0x1d),
    COMMAND(0x1e, "NOP", 0, FENCE, CHILD),
    DEPRECATED(0x1f),
    COMMAND(0x20, "DeleteTask", 4, TASK, ANY),
    DEPRECATED(0x21),
    COMMAND(0x22, "UnmapMemory", 20, MEMORY, CHILD),
    DEPRECATED(0x23),
    DEPRECATED(0x24),
    COMMAND(0x25, "DeleteResource", 8, OBJECT, CHILD),
    DEPRECATED(0x26),
    DEPRECATED(0x27),
    COMMAND(0x28, "DeleteObject", 12, OBJECT, CHILD),
    DEPRECATED(0x29),
    DEPRECATED(0x2a),
    DEPRECATED(0x2b),
    DEPRECATED(0x2c),
    [0x2d] = {.code = 0x2d,
              .min_plen = 8,
              .state = PVG_OP_DEPRECATED,
              .kind = PVG_OPKIND_QUERY,
              .where = PVG_WHERE_ROOT,
              .name = "GetDeviceInfoOld"},
    DEPRECATED(0x2e),
    DEPRECATED(0x2f),
    COMMAND(0x30, "DefineFIFO", 4, FIFO, ROOT),
    COMMAND(0x31, "FreeFIFO", 4, FIFO, ROOT),
    DEPRECATED(0x32),
    COMMAND(0x33, "SetObjectList", 12, TASK, ANY),
    COMMAND(0x34, "InvalidateResources", 8, MEMORY, CHILD),
    COMMAND(0x35, "SynchronizeResources", 8, MEMORY, CHILD),
    COMMAND(0x36, "DeleteIOSurfaceBacking2", 8, MEMORY, CHILD),
    COMMAND(0x37, "ExecIndirect2", 12, EXECUTION, CHILD),
    COMMAND(0x38, "DefineTask2", 16, TASK, ANY),
    COMMAND(0x39, "MapMemory2", 20, MEMORY, CHILD),
    COMMAND(0x3a, "GetDeviceInfo", 12, QUERY, ROOT),
    COMMAND(0x3b, "GetComputeInfo", 24, QUERY, CHILD),
    COMMAND(0x3c, "ReplacePhysical", 8, MEMORY, CHILD),
    COMMAND(0x3d, "Delay", 0, SCHEDULING, CHILD),
    COMMAND(0x3e, "SynchronizeAndDiscardResources", 8, MEMORY, CHILD),
    COMMAND(0x3f, "DiscardResources", 8, MEMORY, CHILD),
    COMMAND(0x40, "HeapTextureSizeAndAlign", 64, QUERY, CHILD),
};

#undef COMMAND
#undef DEPRECATED
#undef UNASSIGNED

const char *pvg_op_kind_name(enum pvg_op_kind kind)
{
    static const char *const names[] = {
        [PVG_OPKIND_NONE] = "none",           [PVG_OPKIND_DISPLAY] = "display",
        [PVG_OPKIND_FENCE] = "fence",         [PVG_OPKIND_FIFO] = "fifo",
        [PVG_OPKIND_TASK] = "task",           [PVG_OPKIND_MEMORY] = "memory",
        [PVG_OPKIND_OBJECT] = "object",       [PVG_OPKIND_QUERY] = "query",
        [PVG_OPKIND_EXECUTION] = "execution", [PVG_OPKIND_SCHEDULING] = "scheduling",
        [PVG_OPKIND_TRACE] = "trace",
    };
    return names[kind];
}

const char *pvg_op_state_name(enum pvg_op_state state)
{
    static const char *const names[] = {
        [PVG_OP_COMMAND] = "command",
        [PVG_OP_DEPRECATED] = "deprecated",
        [PVG_OP_UNASSIGNED] = "unassigned",
    };
    return names[state];
}

const char *pvg_destroy_kind_name(uint32_t opcode)
{
    switch (opcode) {
    case PVG_DESTROY_BUFFER:
        return "buffer";
    case PVG_DESTROY_TEXTURE:
        return "texture";
    case PVG_DESTROY_DEPTH_STENCIL:
        return "depth-stencil state";
    case PVG_DESTROY_SAMPLER:
        return "sampler state";
    case PVG_DESTROY_FUNCTION:
        return "function";
    case PVG_DESTROY_COMPUTE_PIPELINE:
        return "compute pipeline state";
    case PVG_DESTROY_RENDER_PIPELINE:
        return "render pipeline state";
    case PVG_DESTROY_FENCE:
        return "fence";
    case PVG_DESTROY_HEAP:
        return "heap";
    case PVG_DESTROY_RASTERIZATION_RATE_MAP:
        return "rasterization rate map";
    case PVG_DESTROY_INDIRECT_COMMAND_BUFFER:
        return "indirect command buffer";
    default:
        return NULL;
    }
}
