/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's surface mapper hands over a mapping in registers of the vCPU that rings it (spec 01 section 4.4, spec 09
 * section 7.10). Target-specific: it reads the CPU's architectural state.
 */
#include "qemu/osdep.h"

#include "apple-gfx.h"
#include "cpu.h"
#include "hw/core/cpu.h"
#include "hw/display/trace.h"
#include "system/hw_accel.h"

bool apple_gfx_vcpu_registers(void *opaque, uint64_t x[3])
{
    /* NULL on every thread but that of a vCPU: a mapper request from elsewhere has no registers. */
    CPUState *cpu = current_cpu;

    if (!cpu) {
        return false;
    }
    cpu_synchronize_state(cpu);
    const CPUARMState *env = &ARM_CPU(cpu)->env;

    x[0] = env->xregs[19];
    x[1] = env->xregs[21];
    x[2] = env->xregs[22];
    trace_apple_gfx_vcpu_registers(x[0], x[1], x[2]);
    return true;
}

bool apple_gfx_vcpu_read_virtual(void *opaque, uint64_t va, void *buf, size_t len)
{
    CPUState *cpu = current_cpu;
    bool done = cpu && cpu_memory_rw_debug(cpu, va, buf, len, false) == 0;

    trace_apple_gfx_vcpu_read(va, len, done);
    return done;
}
