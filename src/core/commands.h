/* SPDX-License-Identifier: MIT */
/**
 * @file Dispatch of FIFO packets: all 65 opcode slots (spec 02 sections 7 to 9).
 */
#ifndef PVG_CORE_COMMANDS_H
#define PVG_CORE_COMMANDS_H

#include "core/task.h"
#include "wire/devinfo.h"
#include "wire/packet.h"

/** A packet being executed. */
struct pvg_command {
    uint32_t fifo;
    uint16_t opcode;
    struct pvg_view payload;
    struct pvg_rcmd *cmd; /**< Out: recorded work; the stamp follows it. NULL: the packet has no GPU work of its own. */
    bool refused;         /**< Out: no effect; counted. */
};

enum pvg_command_verdict {
    PVG_COMMAND_RETIRE,
    PVG_COMMAND_HOLD, /**< Leave the packet unconsumed; nothing happened. */
};

/** State of an opcode slot, for the coverage report. */
enum pvg_command_state { PVG_COMMAND_IMPLEMENTED, PVG_COMMAND_DEPRECATED, PVG_COMMAND_REFUSED };

struct pvg_command_info {
    uint8_t code;
    const char *name;
    enum pvg_command_state state;
    const char *reason; /**< Why a slot has no effect; NULL for implemented ones. */
};

/** Describe the slot `opcode` as the dispatcher treats it. @return false above 0x40. */
bool pvg_command_describe(uint32_t opcode, struct pvg_command_info *out);

/** Execute one packet. Worker. */
enum pvg_command_verdict pvg_command_execute(struct pvg_device *dev, struct pvg_command *c);
/** Packets that show a frame: they order themselves behind other FIFOs. */
bool pvg_command_is_present(uint16_t opcode);
/** Packets that can take long: stamps owed before them go out first. */
bool pvg_command_is_heavy(uint16_t opcode);

/** devinfo.c: the reply pairs for what the renderer offers. @return number of pairs, at most PVG_DEVINFO_MAX. */
enum { PVG_DEVINFO_MAX = 48 };
size_t pvg_devinfo_pairs(const struct pvg_rcaps *caps, uint32_t protocol_version, struct pvg_w_pair pairs[PVG_DEVINFO_MAX]);

/** exec.c: packet 0x37. */
void pvg_command_exec_indirect(struct pvg_device *dev, struct pvg_command *c);

#endif
