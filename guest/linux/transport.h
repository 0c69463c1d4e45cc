/* SPDX-License-Identifier: MIT */
/**
 * @file Transports of a Linux program inside a virtual machine. Both need root.
 *
 * Memory: locked huge pages (kernel parameter hugepages=N), whose physical addresses come from /proc/self/pagemap.
 */
#ifndef PVG_GUEST_LINUX_TRANSPORT_H
#define PVG_GUEST_LINUX_TRANSPORT_H

#include "guest/pool.h"
#include "guest/pvg_guest.h"

struct pvg_linux {
    struct pvg_guest_transport t;
    struct pvg_guest_pool pool;
    void *memory;
    size_t memory_size;
    volatile uint8_t *window[2]; /**< By enum pvg_guest_window. */
    size_t window_size[2];
    int irq_fd;                    /**< PCI: eventfd of the MSI vector, -1: poll. */
    volatile uint8_t *distributor; /**< Platform: GIC distributor, NULL: poll. */
    uint32_t irq[2];               /**< Platform: GIC interrupt ids. */
    int vfio[3];                   /**< Container, group, device. */
    char description[160];
};

/** The PCI function 106B:EEEE through VFIO, or through sysfs without interrupts. */
bool pvg_linux_open_pci(struct pvg_linux *l, size_t memory, char error[256]);
/** The device-tree node "openpvg,apple-gfx-mmio" through /dev/mem. */
bool pvg_linux_open_platform(struct pvg_linux *l, size_t memory, char error[256]);
void pvg_linux_close(struct pvg_linux *l);

/* Shared by both. */
bool pvg_linux_memory(struct pvg_linux *l, size_t size, uint32_t page_shift, char error[256]);
void pvg_linux_init(struct pvg_linux *l);
/** Zero-terminated contents of a small file. @return bytes, -1 if it cannot be read. */
long pvg_linux_read_file(const char *path, void *buf, size_t size);
bool pvg_linux_write_file(const char *path, const char *text);

#endif
