/* SPDX-License-Identifier: MIT */
/**
 * @file The paravirtualized GPU as a VMM embeds it (spec 01, 02, 09).
 *
 * Life of a device: fill struct pvg_device_config, pvg_device_create(), describe RAM (memory.h), forward register accesses with
 * pvg_mmio_read()/pvg_mmio_write(), receive interrupts and frames through callbacks, pvg_device_destroy().
 *
 * Threads: the library runs a worker, a completion, a display and a few compiler threads per device. Register accesses may come
 * from all vCPU threads at once and never wait. The library calls the embedder without holding a lock of its own.
 */
#ifndef OPENPVG_DEVICE_H
#define OPENPVG_DEVICE_H

#include <openpvg/common.h>
#include <openpvg/display.h>
#include <openpvg/memory.h>

/** PCI identity of the device (spec 01 section 1.2). */
#define PVG_PCI_VENDOR_ID 0x106b
#define PVG_PCI_DEVICE_ID 0xeeee
/** Size of the register BAR (BAR0) and of the platform register window, bytes. */
#define PVG_MMIO_SIZE 0x4000
/** Size of the IOSurface mapper window of the platform variant, bytes. */
#define PVG_IOSFC_SIZE 0x10000

/** How the guest reaches the device. */
enum pvg_variant {
    PVG_VARIANT_PCI,      /**< x86-64 guests: PCI function, one register window. */
    PVG_VARIANT_PLATFORM, /**< arm64 guests (VMApple): register window plus IOSurface mapper window. */
};

/** Register windows. */
enum pvg_window {
    PVG_WINDOW_GFX,   /**< Main registers, PVG_MMIO_SIZE bytes. */
    PVG_WINDOW_IOSFC, /**< IOSurface mapper registers (platform variant only), PVG_IOSFC_SIZE bytes. */
};

/** Interrupt sources. On PCI both are one MSI vector; the platform variant has a line each. */
enum pvg_irq {
    PVG_IRQ_GFX,
    PVG_IRQ_IOSFC,
};

/** Which renderer executes guest work. */
enum pvg_renderer_kind {
    PVG_RENDERER_AUTO,   /**< Vulkan; creation fails if no usable device exists. */
    PVG_RENDERER_VULKAN, /**< Vulkan, as AUTO. */
    PVG_RENDERER_NULL,   /**< Executes copies on the CPU and no draws or dispatches: protocol tests, fuzzing. */
};

/** Doorbells that the library can take from an eventfd instead of a register write (spec 09 section 7.1). */
enum pvg_doorbell {
    PVG_DOORBELL_CHANNEL, /**< Registers 0x1020 and 0x1028; `value` = channel id 1..31. */
    PVG_DOORBELL_ROOT,    /**< Register 0x1024; `value` ignored. */
    PVG_DOORBELL_CURSOR,  /**< Register 0x1220; `value` = pipe 0..7. */
};

/**
 * General registers x19, x21 and x22 of the vCPU that is executing the current iosfc write, and reads of its kernel virtual
 * memory (spec 01 section 4.4, spec 09 section 7.10). Called synchronously inside pvg_mmio_write() on the vCPU's thread.
 */
struct pvg_vcpu_ops {
    /** Fill x[0..2] with x19, x21, x22. @return false when no vCPU is executing. */
    bool (*registers)(void *opaque, uint64_t x[3]);
    /** Read guest virtual memory with the current translation regime. @return false if any byte is unmapped. */
    bool (*read_virtual)(void *opaque, uint64_t va, void *buf, size_t len);
};

/** Everything the library asks of the embedder. Each may be NULL. See the file comment for the threading contract. */
struct pvg_device_callbacks {
    /** Pulse an interrupt (edge). Any library thread, or a vCPU thread inside pvg_mmio_write(). */
    void (*raise_irq)(void *opaque, enum pvg_irq irq);
    /** The library wrote [gpa, gpa+size) of guest RAM, for migration dirty logs. Any library thread. */
    void (*ram_dirty)(void *opaque, uint64_t gpa, uint64_t size);
    /** Log line; NULL: lines of level WARN and above go to stderr. */
    pvg_log_fn log;
    struct pvg_display_callbacks display;
    struct pvg_vcpu_ops vcpu; /**< Platform variant only. */
};

/** Configuration of a device. Zero-initialise, then set `size` and what differs from the defaults. */
struct pvg_device_config {
    size_t size;              /**< sizeof(struct pvg_device_config), for binary compatibility. */
    enum pvg_variant variant; /**< Default PVG_VARIANT_PCI. */
    uint32_t page_shift;      /**< 12 or 14; 0: 12 for PCI, 14 for the platform variant. */
    enum pvg_renderer_kind renderer;
    const char *gpu; /**< Vulkan device: index, UUID in hex, or a part of its name; NULL: best available. */
    /** Folder for shader and pipeline caches, shared with others; NULL: $XDG_CACHE_HOME/openpvg; "": none. The environment variable
        OPENPVG_CACHE_LIMIT bounds the shaders in it: MiB, default 512, 0: none. */
    const char *cache_dir;
    enum pvg_log_level log_level;              /**< Lines above this level are not formatted. 0 (ERROR) means the default, WARN. */
    const struct pvg_display_config *displays; /**< NULL: one default display. */
    size_t display_count;                      /**< 1..PVG_MAX_DISPLAYS, ignored when `displays` is NULL. */
    void *boot_framebuffer;                    /**< Linear boot framebuffer (PCI BAR1) or NULL. Owned by the embedder. */
    size_t boot_framebuffer_size;              /**< Bytes. */
    uint32_t tick_ms;                          /**< Period of the rescue scan for lost doorbells (spec 01 section 6.5); 0: 4 ms. */
    struct pvg_device_callbacks callbacks;
    void *opaque; /**< First argument of every callback. */
};

/** Counters of a device since creation (not cleared by reset). New members are appended. */
struct pvg_stats {
    size_t size; /**< In: sizeof(struct pvg_stats); the library fills at most this much. */
    uint64_t mmio_reads, mmio_writes, doorbells;
    uint64_t packets;         /**< FIFO packets retired. */
    uint64_t packets_refused; /**< Packets without effect: malformed, unknown or deprecated. */
    uint64_t stamps_published;
    uint64_t interrupts;
    uint64_t command_buffers; /**< Guest command buffers executed. */
    uint64_t records;         /**< Stream records executed. */
    uint64_t records_refused; /**< Stream records without effect. */
    uint64_t draws, dispatches, blits;
    uint64_t draws_refused; /**< Draws and dispatches dropped because a shader, pipeline or binding was unusable. */
    uint64_t objects_created, objects_destroyed;
    uint64_t tasks_live, mappings_live, objects_live;
    uint64_t presents, frames_delivered, frames_dropped;
    uint64_t log_suppressed;   /**< Log lines swallowed by rate limiting. */
    uint64_t device_losses;    /**< Vulkan device losses survived. */
    uint64_t passes_merged;    /**< Render passes that the host ran as one with the pass before them (spec 06 section 10.5). */
    uint64_t barriers;         /**< Barriers recorded between renderings, dispatches and transfers. */
    uint64_t barriers_skipped; /**< Those that had nothing to wait for and needed none. */
};

/**
 * Create a device in reset state and start its threads.
 * @return 0; -EINVAL (config; `err` names the field), -ENODEV (no usable Vulkan device; `err` names the missing feature), -ENOMEM.
 * Thread-safety: any thread; not in callbacks.
 */
PVG_API int pvg_device_create(const struct pvg_device_config *config, struct pvg_device **out, struct pvg_error *err);

/**
 * Stop all threads, drop all guest work and free the device. No callback is running or will run after it returns.
 * The caller guarantees that no other call into the device is in progress. NULL is ignored. Does not need any embedder lock.
 */
PVG_API void pvg_device_destroy(struct pvg_device *dev);

/**
 * System reset (spec 01 section 10.1): when it returns no library thread or GPU work touches guest RAM any more, all registers
 * have their reset values and all tasks, objects and mappings are gone. RAM description and displays stay.
 * Thread-safety: any thread, concurrent register accesses allowed (they act on the state before or after).
 */
PVG_API void pvg_device_reset(struct pvg_device *dev);

/** Stop executing guest work at the next packet boundary and finish what the GPU has (VM paused). Nested calls count. */
PVG_API void pvg_device_pause(struct pvg_device *dev);
/** Undo one pvg_device_pause(). */
PVG_API void pvg_device_unpause(struct pvg_device *dev);

/**
 * Guest reads a register. `size` is 1, 2, 4 or 8 bytes; rules for odd sizes and unaligned offsets are those of spec 01 section 2.
 * Reads of the interrupt status registers clear them. Thread-safety: any thread, lock-free, never allocates, never waits.
 */
PVG_API uint64_t pvg_mmio_read(struct pvg_device *dev, enum pvg_window window, uint64_t offset, unsigned size);

/** Guest writes a register. As pvg_mmio_read(). May call raise_irq and, on the iosfc window, the vCPU hook. */
PVG_API void pvg_mmio_write(struct pvg_device *dev, enum pvg_window window, uint64_t offset, uint64_t value, unsigned size);

/**
 * Let the library's worker take a doorbell from an eventfd. The fd stays owned by the embedder and must stay open until
 * pvg_device_remove_doorbell_fd() returned. @return 0, -EINVAL (unknown doorbell or value), -EEXIST, -ENOMEM.
 */
PVG_API int pvg_device_add_doorbell_fd(struct pvg_device *dev, enum pvg_doorbell bell, uint32_t value, int fd);
/** Stop using an eventfd; when it returns the library does not touch it again. @return 0 or -ENOENT. */
PVG_API int pvg_device_remove_doorbell_fd(struct pvg_device *dev, int fd);

/**
 * Signal this interrupt source by writing to an eventfd (KVM irqfd) instead of calling raise_irq. fd -1 returns to the callback.
 * The fd stays owned by the embedder; after the call returns the previous fd is not touched again.
 */
PVG_API void pvg_device_set_irq_fd(struct pvg_device *dev, enum pvg_irq irq, int fd);

/** Read the counters. Thread-safety: any thread; each counter is exact, the set is not a snapshot. */
PVG_API void pvg_device_stats(struct pvg_device *dev, struct pvg_stats *stats);

/** Name of the renderer in use, for instance "llvmpipe (LLVM 15.0.6, 256 bits)" or "null". Valid as long as the device. */
PVG_API const char *pvg_device_renderer_name(struct pvg_device *dev);

/**
 * Test aid: returns once the device has no runnable packet, no unfinished GPU work and no undelivered interrupt, or after
 * `timeout_ms`. @return true when idle.
 */
PVG_API bool pvg_device_wait_idle(struct pvg_device *dev, uint32_t timeout_ms);

#endif
