/* SPDX-License-Identifier: MIT */
/* PCI variant: VFIO gives the register BAR and the MSI vector; without it the BAR comes from sysfs and status words are polled. */
#include "transport.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PCI_DEVICES    "/sys/bus/pci/devices"
#define PCI_COMMAND    0x04
#define COMMAND_ENABLE 0x06 /* memory space and bus master */
#define POLL_NS        200000
#define VENDOR         0x106b
#define DEVICE         0xeeee
#define MMIO_SIZE      0x4000u

static unsigned long hex_file(const char *device, const char *name)
{
    char path[320], text[32];
    snprintf(path, sizeof(path), PCI_DEVICES "/%s/%s", device, name);
    return pvg_linux_read_file(path, text, sizeof(text)) > 0 ? strtoul(text, NULL, 16) : 0;
}

static bool find_device(char name[64])
{
    DIR *dir = opendir(PCI_DEVICES);
    struct dirent *e;
    bool found = false;
    while (dir && !found && (e = readdir(dir))) {
        if (e->d_name[0] == '.' || hex_file(e->d_name, "vendor") != VENDOR || hex_file(e->d_name, "device") != DEVICE)
            continue;
        snprintf(name, 64, "%.63s", e->d_name);
        found = true;
    }
    if (dir)
        closedir(dir);
    return found;
}

static void wait_eventfd(void *opaque, enum pvg_guest_window w, uint64_t timeout_ns)
{
    struct pvg_linux *l = opaque;
    struct pollfd p = {.fd = l->irq_fd, .events = POLLIN};
    struct timespec t = {.tv_sec = (time_t)(timeout_ns / 1000000000ull), .tv_nsec = (long)(timeout_ns % 1000000000ull)};
    uint64_t count;
    (void)w;
    if (ppoll(&p, 1, &t, NULL) > 0)
        (void)!read(l->irq_fd, &count, sizeof(count));
}

static void wait_poll(void *opaque, enum pvg_guest_window w, uint64_t timeout_ns)
{
    struct timespec t = {.tv_nsec = timeout_ns < POLL_NS ? (long)timeout_ns : POLL_NS};
    (void)opaque;
    (void)w;
    nanosleep(&t, NULL);
}

/* Hand the function to vfio-pci. */
static void bind_vfio(const char *device)
{
    char path[320];
    snprintf(path, sizeof(path), PCI_DEVICES "/%s/driver/unbind", device);
    pvg_linux_write_file(path, device);
    snprintf(path, sizeof(path), PCI_DEVICES "/%s/driver_override", device);
    pvg_linux_write_file(path, "vfio-pci");
    pvg_linux_write_file("/sys/bus/pci/drivers_probe", device);
}

static bool vfio_group(struct pvg_linux *l, const char *device)
{
    char path[320], target[256], group[64];
    snprintf(path, sizeof(path), PCI_DEVICES "/%s/iommu_group", device);
    ssize_t n = readlink(path, target, sizeof(target) - 1);
    if (n < 0)
        return false;
    target[n] = 0;
    const char *number = strrchr(target, '/');
    snprintf(group, sizeof(group), "/dev/vfio/%.40s", number ? number + 1 : target);
    l->vfio[0] = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
    l->vfio[1] = open(group, O_RDWR | O_CLOEXEC);
    if (l->vfio[0] < 0 || l->vfio[1] < 0 || ioctl(l->vfio[1], VFIO_GROUP_SET_CONTAINER, &l->vfio[0]) < 0 ||
        ioctl(l->vfio[0], VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU) < 0)
        return false;
    l->vfio[2] = ioctl(l->vfio[1], VFIO_GROUP_GET_DEVICE_FD, device);
    return l->vfio[2] >= 0;
}

static bool vfio_enable(struct pvg_linux *l)
{
    struct vfio_region_info config = {.argsz = sizeof(config), .index = VFIO_PCI_CONFIG_REGION_INDEX};
    uint16_t command;
    if (ioctl(l->vfio[2], VFIO_DEVICE_GET_REGION_INFO, &config) < 0 ||
        pread(l->vfio[2], &command, 2, (off_t)config.offset + PCI_COMMAND) != 2)
        return false;
    command |= COMMAND_ENABLE;
    return pwrite(l->vfio[2], &command, 2, (off_t)config.offset + PCI_COMMAND) == 2;
}

static bool vfio_registers(struct pvg_linux *l)
{
    struct vfio_region_info bar = {.argsz = sizeof(bar), .index = VFIO_PCI_BAR0_REGION_INDEX};
    if (ioctl(l->vfio[2], VFIO_DEVICE_GET_REGION_INFO, &bar) < 0 || bar.size < MMIO_SIZE)
        return false;
    void *p = mmap(NULL, bar.size, PROT_READ | PROT_WRITE, MAP_SHARED, l->vfio[2], (off_t)bar.offset);
    if (p == MAP_FAILED)
        return false;
    l->window[PVG_GUEST_GFX] = p;
    l->window_size[PVG_GUEST_GFX] = bar.size;
    return true;
}

static bool vfio_msi(struct pvg_linux *l)
{
    union {
        struct vfio_irq_set set;
        uint8_t bytes[sizeof(struct vfio_irq_set) + sizeof(int32_t)];
    } u;
    l->irq_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    u.set = (struct vfio_irq_set){.argsz = sizeof(u.bytes),
                                  .flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
                                  .index = VFIO_PCI_MSI_IRQ_INDEX,
                                  .count = 1};
    memcpy(u.bytes + sizeof(struct vfio_irq_set), &l->irq_fd, sizeof(int32_t));
    if (l->irq_fd >= 0 && ioctl(l->vfio[2], VFIO_DEVICE_SET_IRQS, &u.set) == 0)
        return true;
    if (l->irq_fd >= 0)
        close(l->irq_fd);
    l->irq_fd = -1;
    return false;
}

static bool sysfs_registers(struct pvg_linux *l, const char *device, char error[256])
{
    char path[320];
    snprintf(path, sizeof(path), PCI_DEVICES "/%s/enable", device);
    pvg_linux_write_file(path, "1");
    snprintf(path, sizeof(path), PCI_DEVICES "/%s/resource0", device);
    int fd = open(path, O_RDWR | O_SYNC | O_CLOEXEC);
    void *p = fd < 0 ? MAP_FAILED : mmap(NULL, MMIO_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    int failure = errno;
    if (fd >= 0)
        close(fd);
    if (p == MAP_FAILED) {
        snprintf(error, 256, "cannot map %.120s: %s", path, strerror(failure));
        return false;
    }
    l->window[PVG_GUEST_GFX] = p;
    l->window_size[PVG_GUEST_GFX] = MMIO_SIZE;
    return true;
}

bool pvg_linux_open_pci(struct pvg_linux *l, size_t memory, char error[256])
{
    char device[64];
    pvg_linux_init(l);
    l->t.page_shift = PVG_PAGE_SHIFT_X86;
    if (!find_device(device)) {
        snprintf(error, 256, "no PCI function %04x:%04x", VENDOR, DEVICE);
        return false;
    }
    if (!pvg_linux_memory(l, memory, l->t.page_shift, error))
        return false;
    bind_vfio(device);
    if (vfio_group(l, device) && vfio_enable(l) && vfio_registers(l) && vfio_msi(l)) {
        l->t.wait_irq = wait_eventfd;
        snprintf(l->description, sizeof(l->description), "PCI %s, VFIO, MSI", device);
        return true;
    }
    l->t.wait_irq = wait_poll;
    snprintf(l->description, sizeof(l->description), "PCI %s, no VFIO (%s): polled", device, strerror(errno));
    return l->window[PVG_GUEST_GFX] || sysfs_registers(l, device, error);
}
