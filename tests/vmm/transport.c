/* SPDX-License-Identifier: MIT */
/* The guest library's way to the test machine. */
#include "tests/vmm/vmm.h"

#include <string.h>

static enum pvg_window window(enum pvg_guest_window w)
{
    return w == PVG_GUEST_IOSFC ? PVG_WINDOW_IOSFC : PVG_WINDOW_GFX;
}

static uint32_t read32(void *opaque, enum pvg_guest_window w, uint32_t off)
{
    return vmm_read32(opaque, window(w), off);
}

static void write32(void *opaque, enum pvg_guest_window w, uint32_t off, uint32_t v)
{
    vmm_write32(opaque, window(w), off, v);
}

static void write64(void *opaque, enum pvg_guest_window w, uint32_t off, uint64_t v)
{
    vmm_write64(opaque, window(w), off, v);
}

static void map_store(void *opaque, uint32_t prod, const uint64_t x[3])
{
    struct vmm *vm = opaque;

    memcpy(vm->vcpu_x, x, sizeof(vm->vcpu_x));
    vmm_write32(vm, PVG_WINDOW_IOSFC, PVG_IOSFC_MAP_PROD, prod);
}

static uint64_t virtual_address(void *opaque, const void *cpu)
{
    struct vmm *vm = opaque;
    return VMM_KVA_BASE + vm->ram_gpa + (uint64_t)((const uint8_t *)cpu - vm->ram);
}

/* First run of free pages behind the last allocation, then from the start. */
static bool find_run(const struct vmm *vm, size_t pages, uint64_t *first)
{
    uint64_t total = vm->ram_size >> vm->page_shift, run = 0;

    for (uint64_t k = 0; k < 2 * total; k++) {
        uint64_t page = (vm->next_page + k) % total;
        run = page == 0 || vm->page_used[page] ? 0 : run + 1;
        if (run == pages) {
            *first = page + 1 - pages;
            return true;
        }
    }
    return false;
}

static void *alloc(void *opaque, size_t pages, const char *what, uint64_t *gpa)
{
    struct vmm *vm = opaque;
    uint64_t first;

    (void)what;
    if (pages == 0 || !find_run(vm, pages, &first))
        return NULL;
    memset(vm->page_used + first, 1, pages);
    vm->next_page = (first + pages) % (vm->ram_size >> vm->page_shift);
    *gpa = vm->ram_gpa + (first << vm->page_shift);
    void *p = vmm_ram(vm, *gpa, (uint64_t)pages << vm->page_shift);
    memset(p, 0, pages << vm->page_shift);
    return p;
}

static void release(void *opaque, uint64_t gpa, size_t pages)
{
    struct vmm *vm = opaque;

    vmm_ram(vm, gpa, (uint64_t)pages << vm->page_shift);
    memset(vm->page_used + ((gpa - vm->ram_gpa) >> vm->page_shift), 0, pages);
}

static void *cpu(void *opaque, uint64_t gpa)
{
    return vmm_ram(opaque, gpa, 1);
}

static void wait_irq(void *opaque, enum pvg_guest_window w, uint64_t timeout_ns)
{
    struct vmm *vm = opaque;
    enum pvg_irq irq = w == PVG_GUEST_IOSFC ? PVG_IRQ_IOSFC : PVG_IRQ_GFX;
    uint64_t ms = timeout_ns / 1000000u;

    if (vm->guest_off)
        return;
    vm->seen[irq] = vmm_wait_irq(vm, irq, vm->seen[irq], ms > 1000 ? 1000 : (uint32_t)ms + 1);
}

static uint64_t now_ns(void *opaque)
{
    struct vmm *vm = opaque;

    if (!vm->guest_off)
        return vmm_now_ns();
    vm->off_time += UINT64_C(3600000000000);
    return vmm_now_ns() + vm->off_time;
}

size_t vmm_pages_used(const struct vmm *vm)
{
    size_t n = 0;

    for (uint64_t i = 0; i < vm->ram_size >> vm->page_shift; i++)
        n += vm->page_used[i];
    return n;
}

struct pvg_guest_transport vmm_transport(struct vmm *vm)
{
    return (struct pvg_guest_transport){
        .opaque = vm,
        .page_shift = vm->page_shift,
        .platform = vm->variant == PVG_VARIANT_PLATFORM,
        .read32 = read32,
        .write32 = write32,
        .write64 = write64,
        .map_store = map_store,
        .virtual_address = virtual_address,
        .alloc = alloc,
        .free = release,
        .cpu = cpu,
        .wait_irq = wait_irq,
        .now_ns = now_ns,
    };
}
