/* SPDX-License-Identifier: MIT */
/*
 * Platform variant: registers through /dev/mem at the addresses of the device-tree node. No driver in a stock kernel can hand out
 * the interrupts, so the pending bits are read in the GIC distributor (see qemu/README.md).
 */
#include "transport.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define TREE       "/proc/device-tree"
#define COMPATIBLE "openpvg,apple-gfx-mmio"
#define POLL_NS    50000

/* Distributor registers. */
#define GICD_ISPENDR 0x200u
#define GICD_ICPENDR 0x280u
#define GICD_ICFGR   0xc00u
#define GICD_SIZE    0x10000u
#define SPI_BASE     32u

static uint32_t cell(const uint8_t *p, size_t i)
{
    p += 4 * i;
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* A property of a node of the tree. @return bytes, -1 if it is missing. */
static long property(const char *node, const char *name, uint8_t *buf, size_t size)
{
    char path[512];
    snprintf(path, sizeof(path), "%.400s/%.64s", node, name);
    return pvg_linux_read_file(path, buf, size);
}

static bool compatible(const char *node, const char *want)
{
    uint8_t list[256];
    long n = property(node, "compatible", list, sizeof(list));
    for (long at = 0; at < n; at += (long)strlen((char *)list + at) + 1) {
        if (!strcmp((char *)list + at, want))
            return true;
    }
    return false;
}

/* Children of `parent`; `out` receives the path of the first compatible one. */
static bool find_child(const char *parent, const char *want, char out[400])
{
    DIR *dir = opendir(parent);
    struct dirent *e;
    bool found = false;
    while (dir && !found && (e = readdir(dir))) {
        if (e->d_name[0] == '.')
            continue;
        snprintf(out, 400, "%.250s/%.128s", parent, e->d_name);
        found = compatible(out, want);
    }
    if (dir)
        closedir(dir);
    return found;
}

/* The node and the physical address of its bus: a child of a simple bus, or of the root (then the bus address is 0). */
static bool find_node(char node[400], uint64_t *bus)
{
    DIR *dir = opendir(TREE);
    struct dirent *e;
    bool found = find_child(TREE, COMPATIBLE, node);
    *bus = 0;
    while (dir && !found && (e = readdir(dir))) {
        char parent[400];
        uint8_t ranges[64];
        if (e->d_name[0] == '.')
            continue;
        snprintf(parent, sizeof(parent), TREE "/%.128s", e->d_name);
        found = compatible(parent, "simple-bus") && find_child(parent, COMPATIBLE, node);
        /* ranges: bus offset (1 cell), parent address (2 cells), size. */
        if (found && property(parent, "ranges", ranges, sizeof(ranges)) >= 16)
            *bus = ((uint64_t)cell(ranges, 1) << 32 | cell(ranges, 2)) - cell(ranges, 0);
    }
    if (dir)
        closedir(dir);
    return found;
}

static volatile uint8_t *map_physical(int mem, uint64_t address, size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, mem, (off_t)address);
    return p == MAP_FAILED ? NULL : p;
}

/* Distributor address: first reg of the interrupt controller node (2 address cells). */
static bool find_distributor(uint64_t *address)
{
    char node[400];
    uint8_t reg[64];
    if (!find_child(TREE, "arm,gic-v3", node) && !find_child(TREE, "arm,cortex-a15-gic", node) &&
        !find_child(TREE, "arm,gic-400", node))
        return false;
    if (property(node, "reg", reg, sizeof(reg)) < 16)
        return false;
    *address = (uint64_t)cell(reg, 0) << 32 | cell(reg, 1);
    return true;
}

static volatile uint32_t *distributor_word(struct pvg_linux *l, uint32_t bank, uint32_t id)
{
    return (volatile uint32_t *)(l->distributor + bank + 4 * (id / 32));
}

/* A pulse leaves a pending bit only when the interrupt is configured as edge triggered. */
static void configure_edge(struct pvg_linux *l, uint32_t id)
{
    volatile uint32_t *word = (volatile uint32_t *)(l->distributor + GICD_ICFGR + 4 * (id / 16));
    *word |= 2u << (2 * (id % 16));
    *distributor_word(l, GICD_ICPENDR, id) = 1u << (id % 32);
}

static void wait_pending(void *opaque, enum pvg_guest_window w, uint64_t timeout_ns)
{
    struct pvg_linux *l = opaque;
    uint64_t end = l->t.now_ns(l) + timeout_ns;
    struct timespec t = {.tv_nsec = timeout_ns < POLL_NS ? (long)timeout_ns : POLL_NS};
    if (!l->distributor) {
        nanosleep(&t, NULL);
        return;
    }
    uint32_t bit = 1u << (l->irq[w] % 32);
    while (!(*distributor_word(l, GICD_ISPENDR, l->irq[w]) & bit)) {
        if (l->t.now_ns(l) >= end)
            return;
        nanosleep(&t, NULL);
    }
    *distributor_word(l, GICD_ICPENDR, l->irq[w]) = bit;
}

static void map_store(void *opaque, uint32_t prod, const uint64_t x[3])
{
    struct pvg_linux *l = opaque;
    volatile uint32_t *reg = (volatile uint32_t *)(l->window[PVG_GUEST_IOSFC] + PVG_IOSFC_MAP_PROD);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
#ifdef __aarch64__
    register uint64_t x19 __asm__("x19") = x[0];
    register uint64_t x21 __asm__("x21") = x[1];
    register uint64_t x22 __asm__("x22") = x[2];
    __asm__ volatile("str %w[v], [%[p]]" : : [v] "r"(prod), [p] "r"(reg), "r"(x19), "r"(x21), "r"(x22) : "memory");
#else
    (void)x;
    *reg = prod;
#endif
}

static uint64_t virtual_address(void *opaque, const void *cpu)
{
    (void)opaque;
    return (uintptr_t)cpu;
}

static bool map_windows(struct pvg_linux *l, const char *node, uint64_t bus, int mem, char error[256])
{
    uint8_t reg[16 + 1], irq[24 + 1];
    if (property(node, "reg", reg, sizeof(reg)) != 16 || property(node, "interrupts", irq, sizeof(irq)) != 24) {
        snprintf(error, 256, "unexpected reg or interrupts in %.200s", node);
        return false;
    }
    for (int i = 0; i < 2; i++) {
        l->window_size[i] = cell(reg, (size_t)(2 * i + 1));
        l->window[i] = map_physical(mem, bus + cell(reg, (size_t)(2 * i)), l->window_size[i]);
        l->irq[i] = SPI_BASE + cell(irq, (size_t)(3 * i + 1));
        if (!l->window[i]) {
            snprintf(error, 256, "cannot map the registers through /dev/mem: %s (boot with iomem=relaxed)", strerror(errno));
            return false;
        }
    }
    return true;
}

bool pvg_linux_open_platform(struct pvg_linux *l, size_t memory, char error[256])
{
    char node[400];
    uint64_t bus, gicd;
    pvg_linux_init(l);
    l->t.page_shift = PVG_PAGE_SHIFT_ARM64;
    l->t.platform = true;
    l->t.wait_irq = wait_pending;
    l->t.map_store = map_store;
    l->t.virtual_address = virtual_address;
    if (!find_node(node, &bus)) {
        snprintf(error, 256, "no device-tree node \"%s\"", COMPATIBLE);
        return false;
    }
    if (!pvg_linux_memory(l, memory, l->t.page_shift, error))
        return false;
    int mem = open("/dev/mem", O_RDWR | O_SYNC | O_CLOEXEC);
    bool ok = map_windows(l, node, bus, mem, error);
    if (ok && find_distributor(&gicd) && (l->distributor = map_physical(mem, gicd, GICD_SIZE))) {
        configure_edge(l, l->irq[0]);
        configure_edge(l, l->irq[1]);
    }
    snprintf(l->description, sizeof(l->description), "platform device at 0x%llx, interrupts %u and %u%s", (unsigned long long)bus,
             l->irq[0], l->irq[1], l->distributor ? "" : " polled");
    if (mem >= 0)
        close(mem);
    return ok;
}
