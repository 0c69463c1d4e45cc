/* SPDX-License-Identifier: MIT */
/**
 * @file Register handlers under load: one thread accesses a register again and again while the device's worker executes fills.
 */
#include "bench/bench.h"
#include "tests/vmm/vmm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/regs.h"

#define SAMPLES    20000u
#define CHECK_EACH 256u /* Samples between two looks at whether the worker still has work. */
#define FILL_BYTES (UINT64_C(8) << 20)
#define FILLS      64u /* Per command buffer. */

struct load {
    struct vmm *vm;
    struct pvg_guest *g;
    struct pvg_guest_task *task;
    struct pvg_guest_mem *stream;
    size_t stream_len;
    struct pvg_guest_stamp stamp;
};

struct result {
    char name[48];
    uint32_t p50, p99, max;
};

/* ---- Load ---- */

static bool prepare(struct load *l)
{
    struct pvg_guest_mem_config fill = {.what = "fill target", .size = FILL_BYTES};
    struct pvg_guest_mem_config stream = {.what = "command buffer", .size = 1 << 14};
    struct pvg_guest_cmd c;
    uint8_t bytes[1 << 14];

    l->task = pvg_guest_task_create(l->g, &(struct pvg_guest_task_config){.id = 1});
    struct pvg_guest_mem *target = l->task ? pvg_guest_mem_map(l->task, &fill) : NULL;
    l->stream = target ? pvg_guest_mem_map(l->task, &stream) : NULL;
    uint32_t ref = l->stream ? pvg_guest_ref(l->task) : 0;
    if (!ref || !pvg_guest_buffer(l->task, ref, 0, target))
        return false;
    pvg_guest_cmd_begin(&c, bytes, sizeof(bytes));
    pvg_guest_cmd_segment(&c, PVG_W_SEG_BLIT);
    for (uint32_t i = 0; i < FILLS; i++) {
        struct pvg_w_record r = {.fill_buffer = {.ref = ref, .length = FILL_BYTES, .value = i & 0xff}};
        pvg_guest_cmd_record(&c, 0x132, &r);
    }
    l->stream_len = pvg_guest_cmd_end(&c);
    return l->stream_len && pvg_guest_mem_write(l->stream, 0, bytes, l->stream_len);
}

static bool submit(struct load *l)
{
    struct pvg_w_exec_buffer buffer = {.gva = l->stream->gva, .length = l->stream_len};
    struct pvg_guest_exec x = {.buffers = &buffer, .buffer_count = 1};
    return pvg_guest_exec(l->task, &x, &l->stamp);
}

/* Keep the worker busy: one job running and one behind it. */
static bool keep_busy(struct load *l)
{
    return !pvg_guest_stamp_done(l->g, l->stamp) || submit(l);
}

/* ---- Measurement ---- */

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* What two clock readings cost without anything between them. */
static uint32_t clock_cost(void)
{
    uint32_t best = UINT32_MAX;

    for (int i = 0; i < 10000; i++) {
        uint64_t a = vmm_now_ns(), b = vmm_now_ns();
        if (b - a < best)
            best = (uint32_t)(b - a);
    }
    return best;
}

/* A value that can be written without disturbing the running guest. */
static uint64_t harmless(struct pvg_device *dev, const struct pvg_reg_info *reg, enum pvg_window w)
{
    if (reg->access == PVG_REG_W)
        return !reg->iosfc && (reg->offset == PVG_REG_CH_BELL || reg->offset == PVG_REG_CH_BELL_REPLAY) ? 1 : 0;
    if (reg->access == PVG_REG_RC_W1C)
        return 0;
    return pvg_mmio_read(dev, w, reg->offset, reg->width);
}

static bool measure(struct load *l, const struct pvg_reg_info *reg, bool write, uint32_t overhead, uint32_t *samples,
                    struct result *out)
{
    struct pvg_device *dev = l->vm->dev;
    enum pvg_window w = reg->iosfc ? PVG_WINDOW_IOSFC : PVG_WINDOW_GFX;
    uint64_t value = harmless(dev, reg, w);

    for (uint32_t i = 0; i < SAMPLES; i++) {
        if (i % CHECK_EACH == 0 && !keep_busy(l))
            return false;
        uint64_t t0 = vmm_now_ns();
        if (write)
            pvg_mmio_write(dev, w, reg->offset, value, reg->width);
        else
            (void)pvg_mmio_read(dev, w, reg->offset, reg->width);
        uint64_t ns = vmm_now_ns() - t0;
        samples[i] = ns > overhead ? (uint32_t)(ns - overhead) : 0;
    }
    qsort(samples, SAMPLES, sizeof(*samples), compare);
    snprintf(out->name, sizeof(out->name), "%s%s.%s", reg->iosfc ? "iosfc." : "", reg->name, write ? "write" : "read");
    out->p50 = samples[SAMPLES / 2];
    out->p99 = samples[SAMPLES - SAMPLES / 100];
    out->max = samples[SAMPLES - 1];
    return true;
}

/* All registers of one window on one machine. @return number of results, 0 on failure. */
static size_t run_window(bool iosfc, struct result *results, size_t cap)
{
    struct vmm_config config = {.variant = iosfc ? PVG_VARIANT_PLATFORM : PVG_VARIANT_PCI, .renderer = PVG_RENDERER_NULL};
    struct load l = {.vm = vmm_new(&config)};
    struct pvg_guest_transport transport = vmm_transport(l.vm);
    uint32_t *samples = malloc(SAMPLES * sizeof(*samples));
    uint32_t overhead = clock_cost();
    char error[256] = "out of memory";
    size_t n = 0;

    l.g = samples ? pvg_guest_open(&transport, NULL, error) : NULL;
    bool ok = l.g && prepare(&l) && submit(&l);
    for (size_t i = 0; ok && i < pvg_reg_count; i++) {
        const struct pvg_reg_info *reg = &pvg_reg_table[i];
        if (reg->iosfc != iosfc)
            continue;
        if (reg->access != PVG_REG_W && n < cap)
            ok = measure(&l, reg, false, overhead, samples, &results[n++]);
        if (ok && reg->access != PVG_REG_R && n < cap)
            ok = measure(&l, reg, true, overhead, samples, &results[n++]);
    }
    if (!ok)
        fprintf(stderr, "openpvg bench: %s\n", l.g ? pvg_guest_error(l.g) : error);
    if (l.task)
        pvg_guest_task_destroy(l.task);
    if (l.g)
        pvg_guest_close(l.g);
    vmm_free(l.vm);
    free(samples);
    return ok ? n : 0;
}

int pvg_bench_mmio(bool json)
{
    struct result results[128];
    size_t n = run_window(false, results, 96);
    size_t m = n ? run_window(true, results + n, 128 - n) : 0;

    if (!m)
        return 1;
    n += m;
    if (json)
        printf("{\"registers\": [");
    else
        printf("%-28s %8s %8s %8s\n", "register", "p50 ns", "p99 ns", "max ns");
    for (size_t i = 0; i < n; i++) {
        const struct result *r = &results[i];
        if (json)
            printf("%s\n  {\"name\": \"%s\", \"p50_ns\": %u, \"p99_ns\": %u, \"max_ns\": %u}", i ? "," : "", r->name, r->p50,
                   r->p99, r->max);
        else
            printf("%-28s %8u %8u %8u\n", r->name, r->p50, r->p99, r->max);
    }
    if (json)
        printf("\n]}\n");
    return 0;
}
