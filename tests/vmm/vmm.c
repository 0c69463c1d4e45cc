/* SPDX-License-Identifier: MIT */
#include "tests/vmm/vmm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "test machine: %s\n", what);
    exit(1);
}

/* ---- Callbacks: library threads ---- */

static void on_irq(void *opaque, enum pvg_irq irq)
{
    struct vmm *vm = opaque;

    pthread_mutex_lock(&vm->lock);
    vm->irqs[irq]++;
    pthread_cond_broadcast(&vm->changed);
    pthread_mutex_unlock(&vm->lock);
}

static void on_dirty(void *opaque, uint64_t gpa, uint64_t size)
{
    struct vmm *vm = opaque;

    if (gpa < vm->ram_gpa || size > vm->ram_size || gpa - vm->ram_gpa > vm->ram_size - size)
        die("dirty report outside of RAM");
    atomic_fetch_add(&vm->dirty_bytes, size);
}

static void on_log(void *opaque, enum pvg_log_level level, const char *message)
{
    struct vmm *vm = opaque;
    size_t n = strlen(message);

    if (getenv("OPENPVG_TEST_LOG"))
        fprintf(stderr, "[%d] %s\n", (int)level, message);
    pthread_mutex_lock(&vm->lock);
    char *grown = vm->log_len < 1 << 20 ? realloc(vm->log, vm->log_len + n + 2) : NULL;
    if (grown) {
        vm->log = grown;
        memcpy(vm->log + vm->log_len, message, n);
        vm->log[vm->log_len + n] = '\n';
        vm->log[vm->log_len + n + 1] = 0;
        vm->log_len += n + 1;
    }
    pthread_mutex_unlock(&vm->lock);
}

static void copy_frame(struct vmm_frame *to, const struct pvg_frame *f)
{
    uint32_t *pixels = malloc((size_t)f->width * f->height * 4);

    if (!pixels)
        die("no memory for a frame");
    for (uint32_t y = 0; y < f->height; y++)
        memcpy(pixels + (size_t)y * f->width, (const uint8_t *)f->pixels + (size_t)y * f->stride, (size_t)f->width * 4);
    free(to->pixels);
    *to = (struct vmm_frame){.sequence = f->sequence, .width = f->width, .height = f->height, .pixels = pixels};
}

static void on_frame(void *opaque, uint32_t display, uint64_t sequence)
{
    struct vmm *vm = opaque;

    pthread_mutex_lock(&vm->lock);
    bool hold = vm->hold_frames;
    pthread_mutex_unlock(&vm->lock);
    if (hold || display >= PVG_MAX_DISPLAYS)
        return;
    const struct pvg_frame *f = pvg_display_acquire_frame(vm->dev, display);
    if (!f)
        return;
    pthread_mutex_lock(&vm->lock);
    if (f->sequence > vm->frames[display].sequence)
        copy_frame(&vm->frames[display], f);
    pthread_cond_broadcast(&vm->changed);
    pthread_mutex_unlock(&vm->lock);
    pvg_frame_release(f);
}

static void on_cursor_image(void *opaque, uint32_t display, const struct pvg_cursor *c)
{
    struct vmm *vm = opaque;

    pthread_mutex_lock(&vm->lock);
    vm->cursor[display].image = c != NULL;
    vm->cursor[display].images++;
    if (c) {
        vm->cursor[display].width = c->width;
        vm->cursor[display].height = c->height;
        vm->cursor[display].hot_x = c->hot_x;
        vm->cursor[display].hot_y = c->hot_y;
    }
    pthread_cond_broadcast(&vm->changed);
    pthread_mutex_unlock(&vm->lock);
}

static void on_cursor_move(void *opaque, uint32_t display, int32_t x, int32_t y, bool visible)
{
    struct vmm *vm = opaque;

    pthread_mutex_lock(&vm->lock);
    vm->cursor[display].x = x;
    vm->cursor[display].y = y;
    vm->cursor[display].visible = visible;
    vm->cursor[display].moves++;
    pthread_cond_broadcast(&vm->changed);
    pthread_mutex_unlock(&vm->lock);
}

/* ---- vCPU ---- */

static bool vcpu_registers(void *opaque, uint64_t x[3])
{
    struct vmm *vm = opaque;

    if (!vm->vcpu_running)
        return false;
    memcpy(x, vm->vcpu_x, sizeof(vm->vcpu_x));
    return true;
}

static bool translate(struct vmm *vm, uint64_t va, uint64_t *gpa, uint64_t *left)
{
    if (!vm->kva_map) {
        if (va < VMM_KVA_BASE + vm->ram_gpa || va - VMM_KVA_BASE - vm->ram_gpa >= vm->ram_size)
            return false;
        *gpa = va - VMM_KVA_BASE;
        *left = vm->ram_gpa + vm->ram_size - *gpa;
        return true;
    }
    for (size_t i = 0; i < vm->kva_count; i++) {
        const struct vmm_kva *m = &vm->kva_map[i];
        if (va >= m->kva && va - m->kva < m->len) {
            *gpa = m->gpa + (va - m->kva);
            *left = m->len - (va - m->kva);
            return true;
        }
    }
    return false;
}

static bool vcpu_read(void *opaque, uint64_t va, void *buf, size_t len)
{
    struct vmm *vm = opaque;
    uint8_t *dst = buf;

    while (len) {
        uint64_t gpa, left;
        if (!translate(vm, va, &gpa, &left))
            return false;
        size_t n = left < len ? (size_t)left : len;
        memcpy(dst, vmm_ram(vm, gpa, n), n);
        dst += n;
        va += n;
        len -= n;
    }
    return true;
}

/* ---- Life ---- */

static void make_ram(struct vmm *vm)
{
    vm->ram_fd = memfd_create("guest-ram", MFD_CLOEXEC);
    if (vm->ram_fd < 0 || ftruncate(vm->ram_fd, (off_t)vm->ram_size) != 0)
        die("no guest RAM");
    vm->ram = mmap(NULL, vm->ram_size, PROT_READ | PROT_WRITE, MAP_SHARED, vm->ram_fd, 0);
    if (vm->ram == MAP_FAILED)
        die("cannot map guest RAM");
    vm->page_used = calloc(1, vm->ram_size >> vm->page_shift);
    if (!vm->page_used)
        die("no memory");
    vm->page_used[0] = 1; /* Page 0 stays unused: several registers read 0 as "none". */
}

static void describe_ram(struct vmm *vm)
{
    struct pvg_ram_region region = {.gpa = vm->ram_gpa, .size = vm->ram_size, .host = vm->ram, .fd = vm->ram_fd};

    pvg_ram_begin(vm->dev);
    if (pvg_ram_add(vm->dev, &region) != 0)
        die("the device refused the RAM");
    pvg_ram_commit(vm->dev);
}

static void free_host_side(struct vmm *vm)
{
    munmap(vm->ram, vm->ram_size);
    close(vm->ram_fd);
    for (int i = 0; i < PVG_MAX_DISPLAYS; i++)
        free(vm->frames[i].pixels);
    free(vm->page_used);
    free(vm->log);
    pthread_cond_destroy(&vm->changed);
    pthread_mutex_destroy(&vm->lock);
    free(vm);
}

struct vmm *vmm_try_new(const struct vmm_config *config, struct pvg_error *err)
{
    struct vmm *vm = calloc(1, sizeof(*vm));
    pthread_condattr_t attr;

    if (!vm)
        die("no memory");
    vm->variant = config->variant;
    vm->page_shift = config->page_shift ? config->page_shift : config->variant == PVG_VARIANT_PCI ? 12 : 14;
    vm->ram_size = config->ram_size ? config->ram_size : 64 << 20;
    vm->ram_gpa = config->ram_gpa;
    vm->kva_map = config->kva_map;
    vm->kva_count = config->kva_count;
    pthread_mutex_init(&vm->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&vm->changed, &attr);
    pthread_condattr_destroy(&attr);
    make_ram(vm);

    struct pvg_device_config dc = {
        .size = sizeof(dc),
        .variant = config->variant,
        .page_shift = vm->page_shift,
        .renderer = config->renderer,
        .cache_dir = "",
        .log_level = getenv("OPENPVG_TEST_LOG") ? PVG_LOG_TRACE : PVG_LOG_INFO,
        .tick_ms = config->tick_ms,
        .callbacks = {.raise_irq = on_irq,
                      .ram_dirty = on_dirty,
                      .log = on_log,
                      .display = {.frame = on_frame, .cursor_image = on_cursor_image, .cursor_move = on_cursor_move},
                      .vcpu = {.registers = vcpu_registers, .read_virtual = vcpu_read}},
        .opaque = vm,
    };
    if (pvg_device_create(&dc, &vm->dev, err) != 0) {
        free_host_side(vm);
        return NULL;
    }
    describe_ram(vm);
    return vm;
}

struct vmm *vmm_new(const struct vmm_config *config)
{
    struct pvg_error err = {0};
    struct vmm *vm = vmm_try_new(config, &err);

    if (!vm)
        die(err.message);
    return vm;
}

void vmm_free(struct vmm *vm)
{
    pvg_device_destroy(vm->dev);
    free_host_side(vm);
}

/* ---- Access ---- */

void *vmm_ram(struct vmm *vm, uint64_t gpa, uint64_t len)
{
    if (gpa < vm->ram_gpa || len > vm->ram_size || gpa - vm->ram_gpa > vm->ram_size - len)
        die("the test touches memory outside of RAM");
    return vm->ram + (gpa - vm->ram_gpa);
}

/* Words that the device also touches: acquire and release, as the guest's CPU does around stamps and ring words. */
uint32_t vmm_load32(struct vmm *vm, uint64_t gpa)
{
    return __atomic_load_n((uint32_t *)vmm_ram(vm, gpa, 4), __ATOMIC_ACQUIRE);
}

void vmm_store32(struct vmm *vm, uint64_t gpa, uint32_t v)
{
    __atomic_store_n((uint32_t *)vmm_ram(vm, gpa, 4), v, __ATOMIC_RELEASE);
}

uint32_t vmm_read32(struct vmm *vm, enum pvg_window w, uint32_t off)
{
    return (uint32_t)pvg_mmio_read(vm->dev, w, off, 4);
}

void vmm_write32(struct vmm *vm, enum pvg_window w, uint32_t off, uint32_t v)
{
    vm->vcpu_running = true;
    pvg_mmio_write(vm->dev, w, off, v, 4);
}

void vmm_write64(struct vmm *vm, enum pvg_window w, uint32_t off, uint64_t v)
{
    vm->vcpu_running = true;
    pvg_mmio_write(vm->dev, w, off, v, 8);
}

/* ---- Waiting ---- */

uint64_t vmm_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void vmm_sleep_ms(uint32_t ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    while (nanosleep(&t, &t) != 0 && errno == EINTR)
        continue;
}

static struct timespec deadline(uint32_t timeout_ms)
{
    uint64_t ns = vmm_now_ns() + (uint64_t)timeout_ms * 1000000u;
    return (struct timespec){.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
}

uint64_t vmm_irqs(struct vmm *vm, enum pvg_irq irq)
{
    pthread_mutex_lock(&vm->lock);
    uint64_t n = vm->irqs[irq];
    pthread_mutex_unlock(&vm->lock);
    return n;
}

uint64_t vmm_wait_irq(struct vmm *vm, enum pvg_irq irq, uint64_t seen, uint32_t timeout_ms)
{
    struct timespec until = deadline(timeout_ms);

    pthread_mutex_lock(&vm->lock);
    while (vm->irqs[irq] == seen && pthread_cond_timedwait(&vm->changed, &vm->lock, &until) == 0)
        continue;
    uint64_t n = vm->irqs[irq];
    pthread_mutex_unlock(&vm->lock);
    return n;
}

bool vmm_wait_frame(struct vmm *vm, uint32_t display, uint64_t after, uint32_t timeout_ms)
{
    struct timespec until = deadline(timeout_ms);

    pthread_mutex_lock(&vm->lock);
    while (vm->frames[display].sequence <= after && pthread_cond_timedwait(&vm->changed, &vm->lock, &until) == 0)
        continue;
    bool there = vm->frames[display].sequence > after;
    pthread_mutex_unlock(&vm->lock);
    return there;
}

bool vmm_pixel(struct vmm *vm, uint32_t display, uint32_t x, uint32_t y, uint8_t bgra[4])
{
    pthread_mutex_lock(&vm->lock);
    const struct vmm_frame *f = &vm->frames[display];
    bool ok = f->pixels && x < f->width && y < f->height;
    if (ok)
        memcpy(bgra, f->pixels + (size_t)y * f->width + x, 4);
    pthread_mutex_unlock(&vm->lock);
    bgra[3] = 0xff; /* The fourth byte of a frame has no meaning. */
    return ok;
}

bool vmm_logged(struct vmm *vm, const char *text)
{
    pthread_mutex_lock(&vm->lock);
    bool found = vm->log && strstr(vm->log, text);
    pthread_mutex_unlock(&vm->lock);
    return found;
}

enum pvg_renderer_kind vmm_test_renderer(void)
{
    const char *name = getenv("OPENPVG_TEST_RENDERER");
    return name && strcmp(name, "vulkan") == 0 ? PVG_RENDERER_VULKAN : PVG_RENDERER_NULL;
}

/* ---- Sanitizers ---- */

/*
 * lavapipe (Mesa 25.0) keeps one allocation per shader that it compiled, though the Vulkan objects it belongs to are all destroyed,
 * and synchronises its threads in ways that ThreadSanitizer does not see into.
 */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *__tsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libvulkan_lvp.so\n";
}

const char *__tsan_default_suppressions(void)
{
    return "race:libvulkan_lvp.so\nmutex:libvulkan_lvp.so\n";
}
