/* SPDX-License-Identifier: MIT */
/*
 * Smallest guest program: finds the device as its guests do, reads and writes registers, prints what it saw as "probe: NAME=VALUE".
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WINDOW_SIZE 0x4000
/* Register offsets: spec 01 section 3. */
#define REG_VERSION  0x1034
#define REG_DISPLAYS 0x122c
#define REG_SCRATCH  0x3f00

static int read_file(const char *folder, const char *name, void *buf, size_t size)
{
    char path[512];
    int fd;
    ssize_t n;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    n = read(fd, buf, size);
    close(fd);
    return (int)n;
}

static volatile uint32_t *map_file(const char *path, uint64_t offset)
{
    int fd = open(path, O_RDWR | O_SYNC | O_CLOEXEC);
    void *p = fd < 0 ? MAP_FAILED : mmap(NULL, WINDOW_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);

    if (p == MAP_FAILED) {
        printf("probe: error=cannot map %s: %s\n", path, strerror(errno));
        exit(1);
    }
    return p;
}

/* PCI function 106b:eeee with memory decoding switched on. */
static volatile uint32_t *find_pci(void)
{
    static const char root[] = "/sys/bus/pci/devices";
    DIR *dir = opendir(root);
    struct dirent *e;

    while (dir && (e = readdir(dir))) {
        char folder[320], path[400];
        uint8_t config[8] = {0};
        int fd;

        snprintf(folder, sizeof(folder), "%s/%s", root, e->d_name);
        if (read_file(folder, "config", config, sizeof(config)) != sizeof(config) || memcmp(config, "\x6b\x10\xee\xee", 4) != 0) {
            continue;
        }
        snprintf(path, sizeof(path), "%s/enable", folder);
        fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0 || write(fd, "1", 1) != 1) {
            printf("probe: error=cannot enable %s: %s\n", folder, strerror(errno));
            exit(1);
        }
        close(fd);
        closedir(dir);
        snprintf(path, sizeof(path), "%s/resource0", folder);
        printf("probe: variant=pci\n");
        return map_file(path, 0);
    }
    if (dir) {
        closedir(dir);
    }
    return NULL;
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Device-tree node of the platform variant; its bus begins at the address in `ranges`. */
static volatile uint32_t *find_platform(void)
{
    static const char bus[] = "/proc/device-tree/platform-bus@c000000";
    uint8_t ranges[16] = {0}, reg[16] = {0};
    DIR *dir = opendir(bus);
    struct dirent *e;

    if (!dir || read_file(bus, "ranges", ranges, sizeof(ranges)) != sizeof(ranges)) {
        return NULL;
    }
    while ((e = readdir(dir))) {
        char folder[400], compatible[64] = "";

        snprintf(folder, sizeof(folder), "%s/%s", bus, e->d_name);
        if (read_file(folder, "compatible", compatible, sizeof(compatible) - 1) < 0 ||
            strcmp(compatible, "openpvg,apple-gfx-mmio") != 0 || read_file(folder, "reg", reg, sizeof(reg)) != sizeof(reg)) {
            continue;
        }
        closedir(dir);
        uint64_t base = (uint64_t)be32(ranges + 4) << 32 | be32(ranges + 8);
        printf("probe: variant=platform\nprobe: gfx_size=0x%x\nprobe: iosfc_size=0x%x\n", be32(reg + 4), be32(reg + 12));
        return map_file("/dev/mem", base + be32(reg));
    }
    closedir(dir);
    return NULL;
}

int main(void)
{
    volatile uint32_t *regs = find_pci();

    if (!regs) {
        regs = find_platform();
    }
    if (!regs) {
        printf("probe: error=no device found\n");
        return 1;
    }
    printf("probe: version_before=%u\n", regs[REG_VERSION / 4]);
    regs[REG_VERSION / 4] = 0xffff;
    printf("probe: version_after=%u\n", regs[REG_VERSION / 4]);
    printf("probe: displays=%u\n", regs[REG_DISPLAYS / 4]);
    regs[REG_SCRATCH / 4] = 0x12345678;
    printf("probe: scratch=0x%x\n", regs[REG_SCRATCH / 4]);
    return 0;
}
