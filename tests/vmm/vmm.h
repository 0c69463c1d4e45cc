/* SPDX-License-Identifier: MIT */
/**
 * @file A virtual machine monitor inside the test's process: RAM in a memfd, a device created through the public API, interrupts,
 * frames and a vCPU, for tests that play the guest.
 *
 * Failures of the machinery itself (no memory, device refused) end the program with a message.
 */
#ifndef TESTS_VMM_H
#define TESTS_VMM_H

#include <openpvg/device.h>

#include <pthread.h>
#include <stdatomic.h>

#include "guest/pvg_guest.h"

/** Kernel virtual addresses under which the test's vCPU sees guest-physical memory. */
struct vmm_kva {
    uint64_t kva, gpa, len;
};

struct vmm_config {
    enum pvg_variant variant;
    uint32_t page_shift; /**< 0: the variant's default. */
    uint64_t ram_size;   /**< 0: 64 MiB. */
    enum pvg_renderer_kind renderer;
    const struct vmm_kva *kva_map; /**< NULL: VMM_KVA_BASE + gpa. Must outlive the machine. */
    size_t kva_count;
    uint32_t tick_ms; /**< As pvg_device_config.tick_ms. */
    uint64_t ram_gpa; /**< First guest-physical address of the RAM. */
};

#define VMM_KVA_BASE UINT64_C(0xfffffe0000000000)

/** The newest frame of one display, copied out of the device. */
struct vmm_frame {
    uint64_t sequence;
    uint32_t width, height;
    uint32_t *pixels; /**< width * height, B8G8R8X8. */
};

struct vmm {
    struct pvg_device *dev;
    enum pvg_variant variant;
    uint32_t page_shift;
    uint64_t ram_gpa, ram_size;
    uint8_t *ram;
    int ram_fd;

    pthread_mutex_t lock; /**< Everything below, except what is atomic. */
    pthread_cond_t changed;
    uint64_t irqs[2]; /**< Pulses by enum pvg_irq. */
    struct vmm_frame frames[PVG_MAX_DISPLAYS];
    bool hold_frames; /**< The front-end does not take frames. */
    struct {
        uint32_t width, height;
        int32_t hot_x, hot_y, x, y;
        bool visible, image;
        uint32_t images, moves;
    } cursor[PVG_MAX_DISPLAYS];
    char *log;
    size_t log_len;

    _Atomic uint64_t dirty_bytes;
    uint64_t vcpu_x[3]; /**< x19, x21, x22 of the next mapper write. */
    bool vcpu_running;
    const struct vmm_kva *kva_map;
    size_t kva_count;

    /* Page allocator behind the transport. */
    uint64_t next_page;
    uint8_t *page_used; /**< One byte per device page. */
    uint64_t seen[2];   /**< Pulses that the transport's guest has consumed. */
    /** The guest was switched off: its waits end at once, so that what it holds can be freed. */
    bool guest_off;
    uint64_t off_time;
};

struct vmm *vmm_new(const struct vmm_config *config);
/** As vmm_new(), but NULL with a message in `err` where the renderer is not available. */
struct vmm *vmm_try_new(const struct vmm_config *config, struct pvg_error *err);
void vmm_free(struct vmm *vm);

/** Guest RAM at [gpa, gpa+len); ends the program when it is not RAM. */
void *vmm_ram(struct vmm *vm, uint64_t gpa, uint64_t len);
uint32_t vmm_load32(struct vmm *vm, uint64_t gpa);
void vmm_store32(struct vmm *vm, uint64_t gpa, uint32_t v);

uint32_t vmm_read32(struct vmm *vm, enum pvg_window w, uint32_t off);
void vmm_write32(struct vmm *vm, enum pvg_window w, uint32_t off, uint32_t v);
void vmm_write64(struct vmm *vm, enum pvg_window w, uint32_t off, uint64_t v);

/** Pulses so far. */
uint64_t vmm_irqs(struct vmm *vm, enum pvg_irq irq);
/** Wait until the pulse count differs from `seen` or `timeout_ms` passed. @return the count. */
uint64_t vmm_wait_irq(struct vmm *vm, enum pvg_irq irq, uint64_t seen, uint32_t timeout_ms);
/** Wait until a display's frame number exceeds `after`. @return false after `timeout_ms`. */
bool vmm_wait_frame(struct vmm *vm, uint32_t display, uint64_t after, uint32_t timeout_ms);
/** Pixel of the newest frame as bytes B, G, R, A in memory order; the fourth byte reads FF. @return false outside. */
bool vmm_pixel(struct vmm *vm, uint32_t display, uint32_t x, uint32_t y, uint8_t bgra[4]);
/** Some log line so far contains the text. */
bool vmm_logged(struct vmm *vm, const char *text);

/** Pages that the transport handed out and did not get back. */
size_t vmm_pages_used(const struct vmm *vm);

/** Functions for pvg_guest_open() on this machine. */
struct pvg_guest_transport vmm_transport(struct vmm *vm);

uint64_t vmm_now_ns(void);
void vmm_sleep_ms(uint32_t ms);

/** Renderer that the environment variable OPENPVG_TEST_RENDERER names ("null" or "vulkan"); the null renderer by default. */
enum pvg_renderer_kind vmm_test_renderer(void);

#endif
