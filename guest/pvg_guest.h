/* SPDX-License-Identifier: MIT */
/**
 * @file The guest's side of the paravirtualized GPU: a driver library in plain C, for test programs and for machines without macOS.
 *
 * It does what the real guest driver does, in the same order (spec 01 section 8): version handshake, rings, interrupt handler,
 * device information, channels, tasks with page tables and object lists, command buffers, stamps, displays, surfaces, shutdown.
 * It reaches the device through a small table of functions, so the same code runs inside the process of a VMM and in a virtual
 * machine.
 *
 * Needs libc only. Thread-safety: one thread per struct pvg_guest.
 * Errors: functions return false (or NULL, or 0) after storing a sentence that pvg_guest_error() returns.
 */
#ifndef PVG_GUEST_H
#define PVG_GUEST_H

#include "wire/display_page.h"
#include "wire/object.h"
#include "wire/packet.h"
#include "wire/pagetable.h"
#include "wire/regs.h"
#include "wire/stream.h"

/* ---- Transport ---- */

enum pvg_guest_window {
    PVG_GUEST_GFX,
    PVG_GUEST_IOSFC,
};

/** How the library reaches device and memory. All functions are called from the library's thread. */
struct pvg_guest_transport {
    void *opaque;
    uint32_t page_shift; /**< 12 or 14. */
    bool platform;       /**< There is a mapper window: surfaces go through it. */

    uint32_t (*read32)(void *opaque, enum pvg_guest_window w, uint32_t off);
    void (*write32)(void *opaque, enum pvg_guest_window w, uint32_t off, uint32_t v);
    void (*write64)(void *opaque, enum pvg_guest_window w, uint32_t off, uint64_t v);
    /** Platform: store MAP_PROD while x19, x21 and x22 hold `x` (spec 01 section 4.4). */
    void (*map_store)(void *opaque, uint32_t prod, const uint64_t x[3]);
    /** Platform: virtual address under which the device, reading through the CPU, finds memory that alloc() returned. */
    uint64_t (*virtual_address)(void *opaque, const void *cpu);

    /**
     * Zeroed, physically contiguous pages of 1 << page_shift bytes, aligned to that. `what` names the use.
     * @return NULL without memory.
     */
    void *(*alloc)(void *opaque, size_t pages, const char *what, uint64_t *gpa);
    void (*free)(void *opaque, uint64_t gpa, size_t pages);
    size_t max_run; /**< Most bytes that alloc() can give in one piece; 0: no limit. Larger memory is mapped in pieces. */
    /** Address of memory that alloc() returned. */
    void *(*cpu)(void *opaque, uint64_t gpa);

    /** Sleep until the interrupt of window `w` pulses or the time is over. Spurious returns are fine. */
    void (*wait_irq)(void *opaque, enum pvg_guest_window w, uint64_t timeout_ns);
    uint64_t (*now_ns)(void *opaque);
};

/* ---- Device ---- */

#define PVG_GUEST_CHANNELS 13u /**< 0..12: root, four GPU channels, eight display pipes. */

struct pvg_guest;
struct pvg_guest_task;
struct pvg_guest_display;

/** Zero-initialise, then change what differs. */
struct pvg_guest_config {
    uint32_t version;                        /**< Requested protocol version; 0: 4, as stock drivers do. */
    uint32_t fifo_pages;                     /**< Root FIFO area with the stamp page; 0: 16 KiB * 4, at least 2 pages. */
    uint32_t ring_pages[PVG_GUEST_CHANNELS]; /**< Of child rings; 0: enough for 32 KiB. */
    uint32_t key_table_len;                  /**< Of GetDeviceInfo; 0: 18 (macOS 13). */
    uint32_t pipes;                          /**< Display channels to open; 0: as register 0x122C says. */
    uint32_t stamp_timeout_ms;               /**< Give up waiting for a stamp; 0: 10000. */
};

/** What happened so far. */
struct pvg_guest_stats {
    uint64_t packets, command_buffers, draws, presents, interrupts, vblanks;
    uint64_t worst_stamp_wait_ns;
    uint64_t stamp_timeouts;
};

/**
 * Bring the device up: version, FIFO, device information, channels 1..4 and display channels, kernel task 0.
 * @return NULL with the reason in `error`.
 */
struct pvg_guest *pvg_guest_open(const struct pvg_guest_transport *t, const struct pvg_guest_config *config, char error[256]);
/** Orderly shutdown: wait for all channels, free them, stop the root FIFO, give memory back. Tasks and displays go first. */
void pvg_guest_close(struct pvg_guest *g);

const char *pvg_guest_error(const struct pvg_guest *g);
const struct pvg_guest_stats *pvg_guest_stats(const struct pvg_guest *g);
const struct pvg_guest_transport *pvg_guest_transport(const struct pvg_guest *g);
/** Value of a device-info key; the documented default when it was not answered. */
uint32_t pvg_guest_device_info(const struct pvg_guest *g, uint32_t key);
uint32_t pvg_guest_pipe_count(const struct pvg_guest *g);
/** The task that owns surfaces. */
struct pvg_guest_task *pvg_guest_kernel_task(struct pvg_guest *g);

/* The steps of pvg_guest_open(), for tests that want to look between them. */
struct pvg_guest *pvg_guest_new(const struct pvg_guest_transport *t, const struct pvg_guest_config *config, char error[256]);
bool pvg_guest_handshake(struct pvg_guest *g);
bool pvg_guest_start_fifo(struct pvg_guest *g);
bool pvg_guest_query_device(struct pvg_guest *g);
bool pvg_guest_define_channels(struct pvg_guest *g);

/* ---- Packets and stamps ---- */

/** A point in time of one FIFO: `value` of stamp slot `slot`. */
struct pvg_guest_stamp {
    uint32_t slot, value;
};

/** Write a packet into a channel's ring without telling the device. Waits for room. */
bool pvg_guest_queue(struct pvg_guest *g, uint32_t channel, uint16_t opcode, const struct pvg_guest_stamp *waits, size_t wait_count,
                     const void *payload, size_t plen, struct pvg_guest_stamp *stamp);
/** Publish what was queued: producer word, then doorbell. */
void pvg_guest_publish(struct pvg_guest *g, uint32_t channel);
/** Queue and publish. `stamp` may be NULL. */
bool pvg_guest_submit(struct pvg_guest *g, uint32_t channel, uint16_t opcode, const struct pvg_guest_stamp *waits,
                      size_t wait_count, const void *payload, size_t plen, struct pvg_guest_stamp *stamp);
bool pvg_guest_stamp_done(struct pvg_guest *g, struct pvg_guest_stamp stamp);
bool pvg_guest_wait(struct pvg_guest *g, struct pvg_guest_stamp stamp);
/** Last stamp given to a packet of the channel. */
struct pvg_guest_stamp pvg_guest_last_stamp(const struct pvg_guest *g, uint32_t channel);
/** Wait until every channel is idle. */
bool pvg_guest_idle(struct pvg_guest *g);
/** The interrupt handler of spec 10 section 2.1: status words, display events. */
void pvg_guest_interrupt(struct pvg_guest *g);

/* ---- Memory and tasks ---- */

/** Backing memory: runs of pages mapped at one GPU address range. */
struct pvg_guest_mem {
    struct pvg_guest_task *task;
    uint64_t gva, size;
    size_t run_count;
    struct pvg_guest_run {
        uint8_t *cpu;
        uint64_t gpa;
        size_t size;
    } *runs;
};

struct pvg_guest_task_config {
    uint32_t id;
    bool kernel;
    uint64_t length;     /**< 0: 64 GiB. */
    uint32_t list_pages; /**< Pages of the object list backed from the start; 0: 1. */
};

/** Page table, DefineTask2, SetObjectList (list at page 1, 2^20 slots, as guests do). */
struct pvg_guest_task *pvg_guest_task_create(struct pvg_guest *g, const struct pvg_guest_task_config *config);
/** DeleteTask ordered behind the Immediate channel; frees all memory of the task. */
bool pvg_guest_task_destroy(struct pvg_guest_task *task);
uint32_t pvg_guest_task_id(const struct pvg_guest_task *task);
struct pvg_guest *pvg_guest_task_guest(const struct pvg_guest_task *task);

struct pvg_guest_mem_config {
    const char *what;
    uint64_t size;      /**< Rounded up to pages. */
    uint64_t gva;       /**< 0: the next free range. */
    size_t granule;     /**< Physically contiguous pieces of this many bytes; 0: one piece. */
    uint32_t pte_flags; /**< PVG_PTE_FLAG or 0. */
    bool silent;        /**< Do not announce the mapping (memory that is in place before the task is defined). */
};
/** Allocate, enter into the page table, announce with MapMemory2. Freed with the task or by pvg_guest_mem_unmap(). */
struct pvg_guest_mem *pvg_guest_mem_map(struct pvg_guest_task *task, const struct pvg_guest_mem_config *config);
/** UnmapMemory, then clear the entries and free the pages once the device retired the packet. */
bool pvg_guest_mem_unmap(struct pvg_guest_mem *mem);
bool pvg_guest_mem_write(struct pvg_guest_mem *mem, uint64_t off, const void *p, size_t n);
bool pvg_guest_mem_read(const struct pvg_guest_mem *mem, uint64_t off, void *p, size_t n);
/** Direct pointer to [off, off+n); NULL when it is not in one run. */
void *pvg_guest_mem_at(const struct pvg_guest_mem *mem, uint64_t off, size_t n);

/* ---- Objects ---- */

/** Store the descriptor at `gva` (0: the task's descriptor memory), then the slot. */
bool pvg_guest_object_publish(struct pvg_guest_task *task, uint32_t ref, uint8_t type, uint64_t gva, const uint8_t *desc, size_t n);
/** Clear the slot. */
void pvg_guest_object_clear(struct pvg_guest_task *task, uint32_t ref);
/** Next unused reference of the task. */
uint32_t pvg_guest_ref(struct pvg_guest_task *task);

/* Encode a descriptor and publish it. `gva` as above. */
bool pvg_guest_buffer(struct pvg_guest_task *task, uint32_t ref, uint64_t gva, const struct pvg_guest_mem *mem);
/** Linear texture with one level per entry of `levels` in `mem`. */
bool pvg_guest_linear_texture(struct pvg_guest_task *task, uint32_t ref, uint64_t gva, uint8_t type,
                              const struct pvg_guest_mem *mem, const struct pvg_w_texture_desc *desc, uint8_t element_size,
                              const struct pvg_w_linear_level *levels);
bool pvg_guest_sampler(struct pvg_guest_task *task, uint64_t gva, const struct pvg_w_sampler *s);
bool pvg_guest_depth_stencil(struct pvg_guest_task *task, uint64_t gva, const struct pvg_w_depth_stencil *d);
bool pvg_guest_function(struct pvg_guest_task *task, uint32_t ref, uint64_t gva, uint64_t container_gva, uint32_t size);
bool pvg_guest_render_pipeline(struct pvg_guest_task *task, uint64_t gva, const struct pvg_w_render_pipeline *p);
bool pvg_guest_compute_pipeline(struct pvg_guest_task *task, uint64_t gva, const struct pvg_w_compute_pipeline *p);
bool pvg_guest_texture_view(struct pvg_guest_task *task, uint64_t gva, const struct pvg_w_texture_view *v);
bool pvg_guest_buffer_texture(struct pvg_guest_task *task, uint64_t gva, const struct pvg_w_buffer_texture *t);
/** Descriptor of a plain 2D texture with one level and one sample. */
struct pvg_w_texture_desc pvg_guest_desc_2d(uint16_t format, uint32_t width, uint32_t height, uint32_t usage);

/** DeleteResource, then the slot is cleared. */
bool pvg_guest_delete_resource(struct pvg_guest_task *task, uint32_t ref, const struct pvg_guest_stamp *waits, size_t wait_count);
/** DeleteObject with a destroy record. */
bool pvg_guest_delete_object(struct pvg_guest_task *task, uint32_t destroy_opcode, uint32_t ref);
/** GetComputeInfo through `reply` memory of the task. Keys that were not answered keep the value 0. */
bool pvg_guest_compute_info(struct pvg_guest_task *task, uint32_t pipeline, struct pvg_guest_mem *reply, uint32_t pairs,
                            uint32_t values[5]);

/* ---- Surfaces ---- */

/** An IOSurface: one plane of BGRA8. PCI: object type 4 of task 0. Platform: a mapping of the mapper rail. */
struct pvg_guest_surface {
    struct pvg_guest *g;
    uint32_t id, width, height, bytes_per_row, fourcc;
    struct pvg_guest_mem *mem; /**< Task-0 mapping on PCI; plain pages without a GPU address on the platform variant. */
    void *handoff;             /**< Platform: memory of the mapping object. */
};
struct pvg_guest_surface_config {
    uint32_t id, width, height;
    uint32_t bytes_per_row;  /**< 0: width * 4, aligned to 256. */
    uint64_t gva;            /**< PCI: in task 0; 0: next free range. */
    uint64_t descriptor_gva; /**< PCI: 0: the task's descriptor memory. */
    size_t granule;
};
struct pvg_guest_surface *pvg_guest_surface_create(struct pvg_guest *g, const struct pvg_guest_surface_config *config);
bool pvg_guest_surface_destroy(struct pvg_guest_surface *s);
/** Texture over the surface in `task`: type 5 on PCI, type 11 on the platform variant. */
bool pvg_guest_surface_texture(struct pvg_guest_task *task, uint32_t ref, uint64_t gva, const struct pvg_guest_surface *s,
                               const struct pvg_w_texture_desc *desc);

/* ---- Command buffers ---- */

/** A command buffer under construction in caller memory. A record that does not fit or encode marks it failed. */
struct pvg_guest_cmd {
    uint8_t *buf;
    size_t cap, len, segment;
    uint8_t type;
    bool open, failed;
    uint32_t draws;
};
void pvg_guest_cmd_begin(struct pvg_guest_cmd *c, void *buf, size_t cap);
/** Close the open segment and start one. */
void pvg_guest_cmd_segment(struct pvg_guest_cmd *c, enum pvg_w_segment_type type);
/** Append a record; its `info` is looked up from `opcode` in the open segment's type. */
void pvg_guest_cmd_record(struct pvg_guest_cmd *c, uint32_t opcode, const struct pvg_w_record *r);
/** @return bytes, 0 if anything failed. */
size_t pvg_guest_cmd_end(struct pvg_guest_cmd *c);

void pvg_guest_cmd_pass(struct pvg_guest_cmd *c, const struct pvg_w_render_pass *pass);
void pvg_guest_cmd_set_ref(struct pvg_guest_cmd *c, uint32_t opcode, uint32_t ref);
void pvg_guest_cmd_set_value(struct pvg_guest_cmd *c, uint32_t opcode, uint64_t value);
void pvg_guest_cmd_viewport(struct pvg_guest_cmd *c, double width, double height);
void pvg_guest_cmd_scissor(struct pvg_guest_cmd *c, uint64_t x, uint64_t y, uint64_t width, uint64_t height);
/** Bind records with consecutive slots: opcode 0x7D, 0x6E, 0xCB (buffers), 0x72, 0xCD (textures), 0x70, ... */
void pvg_guest_cmd_bind(struct pvg_guest_cmd *c, uint32_t opcode, uint32_t first, const struct pvg_w_bind *binds, uint32_t count);
void pvg_guest_cmd_draw(struct pvg_guest_cmd *c, const struct pvg_w_draw *d);
void pvg_guest_cmd_dispatch(struct pvg_guest_cmd *c, const uint64_t groups[3], const uint64_t threads[3]);

struct pvg_guest_exec {
    const struct pvg_w_exec_resource *resources;
    size_t resource_count;
    const struct pvg_w_exec_buffer *buffers;
    size_t buffer_count;
    const struct pvg_guest_stamp *waits;
    size_t wait_count;
    uint32_t draws; /**< For the statistics. */
};
bool pvg_guest_exec(struct pvg_guest_task *task, const struct pvg_guest_exec *x, struct pvg_guest_stamp *stamp);
/** InvalidateResources with the page-on quad, on the Uploads channel. */
bool pvg_guest_invalidate(struct pvg_guest_task *task, const uint32_t *refs, size_t count, struct pvg_guest_stamp *stamp);
/** SynchronizeResources on the Downloads channel. */
bool pvg_guest_synchronize(struct pvg_guest_task *task, const uint32_t *refs, size_t count, const struct pvg_guest_stamp *waits,
                           size_t wait_count, struct pvg_guest_stamp *stamp);

/* ---- Displays ---- */

/** Shared page, descriptor, online handshake. Waits for the device to signal online. */
struct pvg_guest_display *pvg_guest_display_open(struct pvg_guest *g, uint32_t pipe);
void pvg_guest_display_close(struct pvg_guest_display *d);
/** What the device advertises. */
const struct pvg_w_display_desc *pvg_guest_display_desc(const struct pvg_guest_display *d);
/** The steps of opening, for tests: register the page; enable events and wait for online; acknowledge. */
struct pvg_guest_display *pvg_guest_display_register(struct pvg_guest *g, uint32_t pipe);
bool pvg_guest_display_online(struct pvg_guest_display *d);
/** Arm VBL once and wait for it. */
bool pvg_guest_display_wait_vblank(struct pvg_guest_display *d);
/** Store the enable word. */
void pvg_guest_display_enable(struct pvg_guest_display *d, uint32_t events);
/** Wait for an event bit that was enabled; consumes it. */
bool pvg_guest_display_wait_event(struct pvg_guest_display *d, uint32_t event);
/** 0x06, or 0x07 when the device wants gamma tables, or 0x08 on the platform variant. */
bool pvg_guest_display_present(struct pvg_guest_display *d, const struct pvg_guest_surface *s, const struct pvg_guest_stamp *waits,
                               size_t wait_count, struct pvg_guest_stamp *stamp);
/** BGRA glyph out of task memory. */
bool pvg_guest_display_cursor_glyph(struct pvg_guest_display *d, const struct pvg_guest_mem *mem, uint16_t width, uint16_t height,
                                    uint16_t hot_x, uint16_t hot_y);
bool pvg_guest_display_cursor_show(struct pvg_guest_display *d, bool show);
/** Shared-page words and register 0x1220. */
void pvg_guest_display_cursor_move(struct pvg_guest_display *d, uint16_t x, uint16_t y);

#endif
