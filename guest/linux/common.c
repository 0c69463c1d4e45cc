/* SPDX-License-Identifier: MIT */
/* What both Linux transports share: locked memory, register access, time. */
#include "transport.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define HUGE_PAGE (2u << 20)

long pvg_linux_read_file(const char *path, void *buf, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    long n = fd < 0 ? -1 : read(fd, buf, size - 1);
    if (fd >= 0)
        close(fd);
    ((char *)buf)[n < 0 ? 0 : n] = 0;
    return n;
}

bool pvg_linux_write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        close(fd);
    return ok;
}

static uint32_t read32(void *opaque, enum pvg_guest_window w, uint32_t off)
{
    struct pvg_linux *l = opaque;
    return *(volatile uint32_t *)(l->window[w] + off);
}

static void write32(void *opaque, enum pvg_guest_window w, uint32_t off, uint32_t v)
{
    struct pvg_linux *l = opaque;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    *(volatile uint32_t *)(l->window[w] + off) = v;
}

static void write64(void *opaque, enum pvg_guest_window w, uint32_t off, uint64_t v)
{
    struct pvg_linux *l = opaque;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    *(volatile uint64_t *)(l->window[w] + off) = v;
}

static void *mem_alloc(void *opaque, size_t pages, const char *what, uint64_t *gpa)
{
    struct pvg_linux *l = opaque;
    (void)what;
    return pvg_guest_pool_alloc(&l->pool, pages, gpa);
}

static void mem_free(void *opaque, uint64_t gpa, size_t pages)
{
    struct pvg_linux *l = opaque;
    pvg_guest_pool_free(&l->pool, gpa, pages);
}

static void *mem_cpu(void *opaque, uint64_t gpa)
{
    struct pvg_linux *l = opaque;
    return pvg_guest_pool_cpu(&l->pool, gpa);
}

static uint64_t now_ns(void *opaque)
{
    struct timespec t;
    (void)opaque;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

void pvg_linux_init(struct pvg_linux *l)
{
    *l = (struct pvg_linux){.irq_fd = -1, .vfio = {-1, -1, -1}, .memory = MAP_FAILED};
    l->t = (struct pvg_guest_transport){
        .opaque = l,
        .read32 = read32,
        .write32 = write32,
        .write64 = write64,
        .alloc = mem_alloc,
        .free = mem_free,
        .max_run = HUGE_PAGE,
        .cpu = mem_cpu,
        .now_ns = now_ns,
    };
}

/* Physical address of a resident page. */
static bool physical(int pagemap, const void *p, uint64_t *out)
{
    long page = sysconf(_SC_PAGESIZE);
    uint64_t entry, index = (uintptr_t)p / (uintptr_t)page;
    if (pread(pagemap, &entry, sizeof(entry), (off_t)(index * sizeof(entry))) != sizeof(entry))
        return false;
    /* Bit 63: present; bits 54..0: frame number, 0 without the right to see it. */
    uint64_t frame = entry & ((1ull << 55) - 1);
    *out = frame * (uint64_t)page;
    return entry >> 63 && frame;
}

bool pvg_linux_memory(struct pvg_linux *l, size_t size, uint32_t page_shift, char error[256])
{
    size = (size + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1);
    l->memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE | MAP_LOCKED, -1, 0);
    if (l->memory == MAP_FAILED) {
        snprintf(error, 256, "cannot lock %zu MiB of huge pages: %s (boot with hugepages=%zu or more)", size >> 20, strerror(errno),
                 size / HUGE_PAGE);
        return false;
    }
    l->memory_size = size;
    pvg_guest_pool_init(&l->pool, page_shift);
    int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    for (size_t off = 0; off < size; off += HUGE_PAGE) {
        uint64_t gpa;
        uint8_t *p = (uint8_t *)l->memory + off;
        *(volatile uint8_t *)p = 0;
        if (!physical(pagemap, p, &gpa) || !pvg_guest_pool_add(&l->pool, p, gpa, HUGE_PAGE)) {
            snprintf(error, 256, "cannot learn physical addresses from /proc/self/pagemap (are we root?)");
            close(pagemap);
            return false;
        }
    }
    close(pagemap);
    return true;
}

void pvg_linux_close(struct pvg_linux *l)
{
    for (int i = 0; i < 2; i++) {
        if (l->window[i])
            munmap((void *)(uintptr_t)l->window[i], l->window_size[i]);
    }
    for (int i = 2; i >= 0; i--) {
        if (l->vfio[i] >= 0)
            close(l->vfio[i]);
    }
    if (l->irq_fd >= 0)
        close(l->irq_fd);
    if (l->memory != MAP_FAILED)
        munmap(l->memory, l->memory_size);
    pvg_guest_pool_fini(&l->pool);
}
