/* SPDX-License-Identifier: MIT */
#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 10000 };

static void on_irq(void *opaque, enum pvg_irq irq)
{
    struct guest *g = opaque;

    atomic_fetch_add(irq == PVG_IRQ_GFX ? &g->interrupts : &g->mapper_interrupts, 1);
}

static void on_dirty(void *opaque, uint64_t gpa, uint64_t size)
{
    struct guest *g = opaque;

    atomic_fetch_add(&g->dirty, 1);
}

static void on_log(void *opaque, enum pvg_log_level level, const char *message)
{
    struct guest *g = opaque;
    size_t used;

    pthread_mutex_lock(&g->log_lock);
    used = strlen(g->log);
    snprintf(g->log + used, sizeof(g->log) - used, "%s\n", message);
    pthread_mutex_unlock(&g->log_lock);
}

bool guest_logged(struct guest *g, const char *text)
{
    bool found;

    pthread_mutex_lock(&g->log_lock);
    found = strstr(g->log, text) != NULL;
    pthread_mutex_unlock(&g->log_lock);
    return found;
}

static bool vcpu_registers(void *opaque, uint64_t x[3])
{
    struct guest *g = opaque;

    memcpy(x, g->vcpu_x, sizeof(g->vcpu_x));
    return g->kva_base != 0;
}

static bool vcpu_read(void *opaque, uint64_t va, void *buf, size_t len)
{
    struct guest *g = opaque;
    uint64_t gpa = va - g->kva_base;

    if (gpa >= RAM_SIZE || len > RAM_SIZE - gpa)
        return false;
    memcpy(buf, g->ram + gpa, len);
    return true;
}

struct guest *guest_new(uint32_t shift, enum pvg_variant variant)
{
    struct guest *g = calloc(1, sizeof(*g));
    struct pvg_device_config config = {
        .size = sizeof(config),
        .variant = variant,
        .page_shift = shift,
        .renderer = PVG_RENDERER_NULL,
        .callbacks =
            {
                .raise_irq = on_irq,
                .ram_dirty = on_dirty,
                .log = on_log,
                .vcpu = {.registers = vcpu_registers, .read_virtual = vcpu_read},
            },
        .opaque = g,
    };
    struct pvg_ram_region ram;
    struct pvg_error err;

    doubles_reset();
    pthread_mutex_init(&g->log_lock, NULL);
    g->shift = shift;
    g->ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(g->ram, MAP_FAILED);
    assert_int_equal(pvg_device_create(&config, &g->dev, &err), 0);
    ram = (struct pvg_ram_region){.gpa = 0, .size = RAM_SIZE, .host = g->ram, .fd = -1};
    pvg_ram_begin(g->dev);
    assert_int_equal(pvg_ram_add(g->dev, &ram), 0);
    pvg_ram_commit(g->dev);
    return g;
}

void guest_free(struct guest *g)
{
    doubles_hold(false);
    pvg_device_destroy(g->dev);
    munmap(g->ram, RAM_SIZE);
    pthread_mutex_destroy(&g->log_lock);
    free(g);
}

uint32_t guest_r32(struct guest *g, uint32_t offset)
{
    return (uint32_t)pvg_mmio_read(g->dev, PVG_WINDOW_GFX, offset, 4);
}

void guest_w32(struct guest *g, uint32_t offset, uint32_t value)
{
    pvg_mmio_write(g->dev, PVG_WINDOW_GFX, offset, value, 4);
}

uint32_t guest_load(struct guest *g, uint64_t gpa)
{
    return __atomic_load_n((uint32_t *)(void *)(g->ram + gpa), __ATOMIC_ACQUIRE);
}

void guest_store(struct guest *g, uint64_t gpa, uint32_t value)
{
    __atomic_store_n((uint32_t *)(void *)(g->ram + gpa), value, __ATOMIC_RELEASE);
}

uint32_t guest_stamp(struct guest *g, uint32_t slot)
{
    return guest_load(g, ((uint64_t)GUEST_FIFO_PFN << g->shift) + 4ull * slot);
}

void guest_bring_up(struct guest *g, uint32_t ring_bytes)
{
    uint32_t page = 1u << g->shift;

    guest_w32(g, PVG_REG_PROTOCOL_VERSION, 4);
    guest_w32(g, PVG_REG_FIFO_PFN, GUEST_FIFO_PFN);
    guest_w32(g, PVG_REG_ROOT_FIFO_OFFSET, page);
    guest_w32(g, PVG_REG_ROOT_FIFO_SIZE, page + ring_bytes);
    guest_w32(g, PVG_REG_ROOT_PAGE_PFN, GUEST_ROOT_PFN);
    guest_w32(g, PVG_REG_ROOT_FIFO_CTL, 1);
}

static uint64_t block(struct guest *g, uint32_t ch)
{
    uint64_t gpa = 0;

    pvg_child_block_gpa(GUEST_ROOT_PFN, g->shift, ch, &gpa);
    return gpa;
}

void guest_child(struct guest *g, uint32_t ch, uint32_t pages)
{
    uint64_t list = (uint64_t)GUEST_LIST_PFN(ch) << g->shift;

    for (uint32_t i = 0; i < pages; i++)
        guest_store(g, list + 4ull * i, GUEST_RING_PFN(ch, i));
    guest_store(g, list + 4ull * pages, 0);
    guest_store(g, block(g, ch) + PVG_CHILD_HEAD, g->pos[ch]);
    guest_store(g, block(g, ch) + PVG_CHILD_TAIL, g->pos[ch]);
    guest_store(g, block(g, ch) + PVG_CHILD_STAMP_INDEX, ch);
    guest_store(g, block(g, ch) + PVG_CHILD_RING_LIST_PFN, GUEST_LIST_PFN(ch));
    g->pages[ch] = pages;
}

static uint8_t *ring_byte(struct guest *g, uint32_t ch, uint32_t pos)
{
    uint32_t page = 1u << g->shift;

    if (ch == 0) {
        uint32_t size = guest_r32(g, PVG_REG_ROOT_FIFO_SIZE) - guest_r32(g, PVG_REG_ROOT_FIFO_OFFSET);
        return g->ram + ((uint64_t)GUEST_FIFO_PFN << g->shift) + page + pos % size;
    }
    pos %= g->pages[ch] << g->shift;
    return g->ram + ((uint64_t)GUEST_RING_PFN(ch, pos >> g->shift) << g->shift) + (pos & (page - 1));
}

void guest_put_raw(struct guest *g, uint32_t ch, const void *bytes, size_t n)
{
    uint32_t *pos = ch ? &g->pos[ch] : &g->root_pos;

    for (size_t i = 0; i < n; i++)
        *ring_byte(g, ch, (*pos)++) = ((const uint8_t *)bytes)[i];
}

void guest_put(struct guest *g, uint32_t ch, uint16_t op, uint32_t stamp, const struct pvg_w_wait *waits, size_t wait_count,
               const void *payload, size_t plen)
{
    uint8_t packet[8192];
    size_t n = pvg_w_packet_encode(packet, sizeof(packet), op, stamp, waits, wait_count, payload, plen);

    assert_int_not_equal(n, 0);
    guest_put_raw(g, ch, packet, n);
}

void guest_ring(struct guest *g, uint32_t ch)
{
    if (ch == 0) {
        guest_w32(g, PVG_REG_ROOT_FIFO_PROD, g->root_pos);
        return;
    }
    guest_store(g, block(g, ch) + PVG_CHILD_TAIL, g->pos[ch]);
    guest_w32(g, PVG_REG_CH_BELL, ch);
}

void guest_send(struct guest *g, uint32_t ch, uint16_t op, uint32_t stamp, const void *payload, size_t plen)
{
    guest_put(g, ch, op, stamp, NULL, 0, payload, plen);
    guest_ring(g, ch);
    guest_idle(g);
}

void guest_idle(struct guest *g)
{
    assert_true(pvg_device_wait_idle(g->dev, PATIENCE_MS));
}

void guest_wait_stamp(struct guest *g, uint32_t slot, uint32_t value)
{
    uint64_t deadline = pvg_now_ns() + PATIENCE_MS * UINT64_C(1000000);

    while (guest_stamp(g, slot) != value && pvg_now_ns() < deadline)
        usleep(200);
    assert_int_equal(guest_stamp(g, slot), value);
}
