/* SPDX-License-Identifier: MIT */
/*
 * Registers, rings and RAM: the input is what a guest does to the device. First byte: variant. Then operations:
 *   0 write  u8 window << 4 | log2 size, u16 offset, u64 value      4 fill   u32 gpa, u16 length, u8 value
 *   1 read   u8 window << 4 | log2 size, u16 offset                 5 settle
 *   2 store  u32 gpa, u16 length, bytes                             6 vCPU registers: 3 x u64
 *   3 store32 u32 gpa, u32 value                                    7 reset
 * The renderer is the null one. Nothing may crash, hang or write outside of RAM (the test machine checks dirty reports).
 */
#include "fuzz/fuzz.h"
#include "tests/vmm/vmm.h"

#include <stdlib.h>

#define RAM_SIZE    (UINT64_C(4) << 20)
#define MAX_OPS     2000
#define MAX_SETTLES 40 /* Pauses and resets of one input, so that it stays fast. */

static struct vmm *machine(bool platform)
{
    static struct vmm *machines[2];
    struct vmm_config config = {
        .variant = platform ? PVG_VARIANT_PLATFORM : PVG_VARIANT_PCI, .ram_size = RAM_SIZE, .renderer = PVG_RENDERER_NULL};

    if (!machines[platform])
        machines[platform] = vmm_new(&config);
    return machines[platform];
}

/* A place in RAM for `len` bytes, wherever the input points. */
static uint8_t *place(struct vmm *vm, uint64_t gpa, size_t len)
{
    gpa %= RAM_SIZE;
    return vm->ram + (gpa + len > RAM_SIZE ? RAM_SIZE - len : gpa);
}

static void access_register(struct vmm *vm, struct fuzz_input *in, bool write)
{
    uint8_t how = (uint8_t)fuzz_take(in, 1);
    enum pvg_window w = how & 0x10 ? PVG_WINDOW_IOSFC : PVG_WINDOW_GFX;
    unsigned size = 1u << (how & 3);
    uint64_t offset = fuzz_take(in, 2);

    vm->vcpu_running = true;
    if (write)
        pvg_mmio_write(vm->dev, w, offset, fuzz_take(in, 8), size);
    else
        (void)pvg_mmio_read(vm->dev, w, offset, size);
}

static void operation(struct vmm *vm, struct fuzz_input *in, unsigned *settles)
{
    uint64_t gpa;
    size_t len;

    switch (fuzz_take(in, 1) & 7) {
    case 0:
        access_register(vm, in, true);
        break;
    case 1:
        access_register(vm, in, false);
        break;
    case 2: {
        gpa = fuzz_take(in, 4);
        len = fuzz_take(in, 2);
        const uint8_t *bytes = fuzz_bytes(in, &len);
        memcpy(place(vm, gpa, len), bytes, len);
        break;
    }
    case 3:
        gpa = fuzz_take(in, 4) & ~UINT64_C(3);
        __atomic_store_n((uint32_t *)place(vm, gpa, 4), (uint32_t)fuzz_take(in, 4), __ATOMIC_RELEASE);
        break;
    case 4:
        gpa = fuzz_take(in, 4);
        len = fuzz_take(in, 2);
        memset(place(vm, gpa, len), (int)fuzz_take(in, 1), len);
        break;
    case 5:
        if ((*settles)++ < MAX_SETTLES)
            pvg_device_wait_idle(vm->dev, 5);
        break;
    case 6:
        for (int i = 0; i < 3; i++)
            vm->vcpu_x[i] = fuzz_take(in, 8);
        break;
    default:
        if ((*settles)++ < MAX_SETTLES)
            pvg_device_reset(vm->dev);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};
    struct vmm *vm = machine(fuzz_take(&in, 1) & 1);

    unsigned settles = 0;

    for (unsigned i = 0; in.n && i < MAX_OPS; i++)
        operation(vm, &in, &settles);
    pvg_device_wait_idle(vm->dev, 20);
    pvg_device_reset(vm->dev);
    memset(vm->ram, 0, RAM_SIZE);
    return 0;
}
