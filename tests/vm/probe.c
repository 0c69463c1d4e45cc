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
#define REG_VERSION    0x1034
#define REG_DISPLAYS   0x122c
#define REG_SCRATCH    0x3f00
#define REG_FB_ADDRESS 0x1210
#define REG_FB_SIZE    0x1214
#define REG_FB_DEPTH   0x1218
#define REG_FB_STRIDE  0x1228

#define FB_WIDTH  1920u
#define FB_HEIGHT 1080u

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

static void *map_file(const char *path, uint64_t offset, size_t size)
{
    int fd = open(path, O_RDWR | O_SYNC | O_CLOEXEC);
    void *p = fd < 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);

    if (p == MAP_FAILED) {
        printf("probe: error=cannot map %s: %s\n", path, strerror(errno));
        exit(1);
    }
    return p;
}

static char pci_folder[320];

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
        snprintf(pci_folder, sizeof(pci_folder), "%s", folder);
        return map_file(path, 0, WINDOW_SIZE);
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
        return map_file("/dev/mem", base + be32(reg), WINDOW_SIZE);
    }
    closedir(dir);
    return NULL;
}

/*
 * What firmware does before an operating system is there: draw into BAR1 and tell the device where that is (spec 01 section 9.1).
 * Pixel (x, y) is blue = x, green = y, red = x + y, each modulo 256.
 */
static void draw_boot_framebuffer(volatile uint32_t *regs)
{
    char path[400], table[512] = "";
    unsigned long long start = 0;
    char *line = table;
    uint32_t *fb;

    snprintf(path, sizeof(path), "%s/resource1", pci_folder);
    fb = map_file(path, 0, FB_WIDTH * FB_HEIGHT * 4);
    for (uint32_t y = 0; y < FB_HEIGHT; y++) {
        for (uint32_t x = 0; x < FB_WIDTH; x++) {
            fb[y * FB_WIDTH + x] = 0xff000000u | ((x + y) & 0xff) << 16 | (y & 0xff) << 8 | (x & 0xff);
        }
    }
    if (read_file(pci_folder, "resource", table, sizeof(table) - 1) > 0) {
        line += strcspn(line, "\n");
        sscanf(line, "%llx", &start);
    }
    regs[REG_FB_ADDRESS / 4] = (uint32_t)start;
    regs[REG_FB_SIZE / 4] = FB_WIDTH * FB_HEIGHT * 4;
    regs[REG_FB_DEPTH / 4] = 32;
    regs[REG_FB_STRIDE / 4] = FB_WIDTH * 4;
    printf("probe: framebuffer=0x%llx\n", start);
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
    if (pci_folder[0]) {
        draw_boot_framebuffer(regs);
    }
    return 0;
}
