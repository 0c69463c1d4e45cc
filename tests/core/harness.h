/* SPDX-License-Identifier: MIT */
/**
 * @file The device core alone: doubles for the layers above it, whose completions the test controls, and the guest's side of the
 * registers, rings and stamps.
 */
#ifndef TESTS_CORE_HARNESS_H
#define TESTS_CORE_HARNESS_H

#include <openpvg/device.h>

#include <pthread.h>
#include <stdatomic.h>

#include "core/core.h"

/* ---- Doubles (doubles.c) --------------------------------------------------------------------------------------------------- */

/** Forget recorded calls; completions run freely. */
void doubles_reset(void);
/** While held, the renderer finishes nothing. */
void doubles_hold(bool hold);
/** Let `n` held completions through and wait until they ran. */
void doubles_release(unsigned n);
/** Calls into the doubles so far, one per line, for instance "exec 1 16\n". Valid until the next call. */
const char *doubles_calls(void);
/** Presents are refused while set. */
void doubles_display_full(bool full);
/** Called on the worker by the stream double for every captured command buffer. */
extern void (*doubles_on_exec)(const uint8_t *bytes, size_t len);

/* ---- Guest
 * ------------------------------------------------------------------------------------------------------------------------ */

enum { RAM_SIZE = 16 << 20 };

struct guest {
    struct pvg_device *dev;
    uint32_t shift;
    uint8_t *ram;
    _Atomic uint32_t interrupts, mapper_interrupts;
    _Atomic uint32_t dirty;
    pthread_mutex_t log_lock;
    char log[8192];
    uint32_t root_pos;  /**< Producer counter of the root ring. */
    uint32_t pos[32];   /**< Producer counters of children. */
    uint32_t pages[32]; /**< Ring pages per child. */
    uint64_t vcpu_x[3]; /**< x19, x21, x22. */
    uint64_t kva_base;  /**< Kernel virtual address of guest physical 0; 0: no vCPU. */
};

/** Layout, in pages of the device. */
#define GUEST_FIFO_PFN        0x10u
#define GUEST_ROOT_PFN        0x20u
#define GUEST_REPLY_PFN       0x21u
#define GUEST_LIST_PFN(ch)    (0x30u + (ch))
#define GUEST_RING_PFN(ch, i) (0x80u + (ch) * 8u + (3u - (i)))
#define GUEST_TASK_PFN        0x200u

struct guest *guest_new(uint32_t shift, enum pvg_variant variant);
void guest_free(struct guest *g);
/** Program the FIFO registers: ring of `ring_bytes` behind the stamp page; enable it. */
void guest_bring_up(struct guest *g, uint32_t ring_bytes);
/** Publish the block and page list of a child ring with `pages` scattered pages, stamp slot = channel. */
void guest_child(struct guest *g, uint32_t ch, uint32_t pages);

uint32_t guest_r32(struct guest *g, uint32_t offset);
void guest_w32(struct guest *g, uint32_t offset, uint32_t value);
uint32_t guest_load(struct guest *g, uint64_t gpa);
void guest_store(struct guest *g, uint64_t gpa, uint32_t value);
/** Stamp slot word. */
uint32_t guest_stamp(struct guest *g, uint32_t slot);

/** Put a packet into the root ring (ch 0) or a child ring without publishing it. */
void guest_put(struct guest *g, uint32_t ch, uint16_t op, uint32_t stamp, const struct pvg_w_wait *waits, size_t wait_count,
               const void *payload, size_t plen);
/** Raw bytes instead of a packet. */
void guest_put_raw(struct guest *g, uint32_t ch, const void *bytes, size_t n);
/** Publish the tail and ring. */
void guest_ring(struct guest *g, uint32_t ch);
/** put + ring + wait idle. */
void guest_send(struct guest *g, uint32_t ch, uint16_t op, uint32_t stamp, const void *payload, size_t plen);
/** Wait until nothing is runnable; fails the test after 10 s. */
void guest_idle(struct guest *g);
/** Wait until a stamp slot reads `value`; fails the test after 10 s. */
void guest_wait_stamp(struct guest *g, uint32_t slot, uint32_t value);
bool guest_logged(struct guest *g, const char *text);

#endif
