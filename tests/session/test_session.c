/* SPDX-License-Identifier: MIT */
/**
 * @file Replays a recorded guest session against the library: every register access, memory store and check of the file, in order.
 *
 * test_session FILE null|vulkan [shaders]. "shaders": the session was made with real shader libraries, run the checks that need
 * them. The file is what gen_steps.py writes; the meaning of each step is documented there and beside each function here.
 */
#include "tests/vmm/vmm.h"

#include "wire/regs.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FIELDS 16
#define MAX_KVA    16

struct field {
    const char *key, *value;
};

struct session {
    struct vmm *vm;
    enum pvg_renderer_kind renderer;
    bool shaders;
    struct vmm_kva kva[MAX_KVA];
    size_t kva_count;
    uint64_t ram_size;
    uint32_t page_shift;
    enum pvg_variant variant;

    /* Interrupt handler: bits that were read and not yet claimed (expect_irq). */
    uint64_t seen_stamp, seen_display, seen_events;
    uint64_t gfx_seen, iosfc_seen;

    /* Current step. */
    const char *op;
    struct field fields[MAX_FIELDS];
    size_t field_count;
    uint32_t line;
    uint32_t steps, skipped, failures;
    bool stop; /**< A wait failed: what follows has no meaning. */
};

/* ---- Fields ---- */

static const char *get(const struct session *s, const char *key)
{
    for (size_t i = 0; i < s->field_count; i++)
        if (strcmp(s->fields[i].key, key) == 0)
            return s->fields[i].value;
    return NULL;
}

static uint64_t number(const struct session *s, const char *key)
{
    const char *v = get(s, key);
    if (!v) {
        fprintf(stderr, "line %u: %s without %s\n", s->line, s->op, key);
        exit(2);
    }
    return strtoull(v, NULL, 0);
}

static uint64_t number_or(const struct session *s, const char *key, uint64_t fallback)
{
    return get(s, key) ? number(s, key) : fallback;
}

__attribute__((format(printf, 2, 3))) static void fail(struct session *s, const char *fmt, ...)
{
    va_list ap;
    const char *note = get(s, "note");

    fprintf(stderr, "line %u [%s] %s: ", s->line, get(s, "id") ? get(s, "id") : "-", s->op);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, "%s%s\n", note ? "  # " : "", note ? note : "");
    s->failures++;
}

static uint8_t hex_digit(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* Bytes of the field `key`. Free with free(). */
static uint8_t *hex_field(const struct session *s, const char *key, size_t *n)
{
    const char *text = get(s, key);
    *n = text ? strlen(text) / 2 : 0;
    uint8_t *out = malloc(*n + 1);
    if (!text || !out) {
        fprintf(stderr, "line %u: %s without %s\n", s->line, s->op, key);
        exit(2);
    }
    for (size_t i = 0; i < *n; i++)
        out[i] = (uint8_t)(hex_digit(text[2 * i]) << 4 | hex_digit(text[2 * i + 1]));
    return out;
}

static enum pvg_window window(const struct session *s)
{
    return strcmp(get(s, "win"), "iosfc") == 0 ? PVG_WINDOW_IOSFC : PVG_WINDOW_GFX;
}

/* ---- Guest actions ---- */

static void start(struct session *s)
{
    struct vmm_config config = {.variant = s->variant,
                                .page_shift = s->page_shift,
                                .ram_size = s->ram_size,
                                .renderer = s->renderer,
                                .kva_map = s->kva_count ? s->kva : NULL,
                                .kva_count = s->kva_count};
    if (!s->vm)
        s->vm = vmm_new(&config);
}

static void op_head(struct session *s)
{
    s->page_shift = (uint32_t)number(s, "page_shift");
    s->ram_size = number(s, "ram_size");
    s->variant = strcmp(get(s, "variant"), "platform") == 0 ? PVG_VARIANT_PLATFORM : PVG_VARIANT_PCI;
}

static void op_kva(struct session *s)
{
    if (s->kva_count < MAX_KVA)
        s->kva[s->kva_count++] = (struct vmm_kva){.kva = number(s, "kva"), .gpa = number(s, "gpa"), .len = number(s, "len")};
}

static void op_mem(struct session *s)
{
    size_t n;
    uint8_t *bytes = hex_field(s, "hex", &n);

    start(s);
    uint64_t gpa = number(s, "gpa");
    /* Single words may be ones that the device polls: tails and event enables. A guest stores them in one piece. */
    if (n == 4 && gpa % 4 == 0) {
        uint32_t word;
        memcpy(&word, bytes, 4);
        vmm_store32(s->vm, gpa, word);
    } else {
        memcpy(vmm_ram(s->vm, gpa, n), bytes, n);
        atomic_thread_fence(memory_order_seq_cst);
    }
    free(bytes);
}

static void op_copy32(struct session *s)
{
    vmm_store32(s->vm, number(s, "dst"), vmm_load32(s->vm, number(s, "src")));
}

static void op_write32(struct session *s)
{
    start(s);
    vmm_write32(s->vm, window(s), (uint32_t)number(s, "off"), (uint32_t)number(s, "value"));
}

static void op_write64(struct session *s)
{
    start(s);
    vmm_write64(s->vm, window(s), (uint32_t)number(s, "off"), number(s, "value"));
}

static void op_vcpu_regs(struct session *s)
{
    s->vm->vcpu_x[0] = number(s, "x19");
    s->vm->vcpu_x[1] = number(s, "x21");
    s->vm->vcpu_x[2] = number(s, "x22");
}

static void op_delay(struct session *s)
{
    vmm_sleep_ms((uint32_t)number(s, "ms"));
}

static void op_reset(struct session *s)
{
    pvg_device_reset(s->vm->dev);
}

static void op_forget(struct session *s)
{
    s->seen_stamp &= ~number(s, "stamp");
    s->seen_display &= ~number(s, "display");
    s->seen_events &= ~number(s, "events");
}

/* ---- Checks ---- */

static void op_read32(struct session *s)
{
    start(s);
    uint32_t want = (uint32_t)number(s, "expect"), mask = (uint32_t)number_or(s, "mask", UINT32_MAX);
    uint32_t got = vmm_read32(s->vm, window(s), (uint32_t)number(s, "off"));

    if ((got & mask) != (want & mask))
        fail(s, "register %s reads 0x%x, expected 0x%x (mask 0x%x)", get(s, "off"), got, want, mask);
}

static bool stamp_reached(struct session *s)
{
    uint32_t v = vmm_load32(s->vm, number(s, "gpa"));
    return (int32_t)(v - (uint32_t)number(s, "value")) >= 0;
}

static void op_wait_stamp(struct session *s)
{
    uint64_t until = vmm_now_ns() + number(s, "timeout_ms") * 1000000u;

    while (!stamp_reached(s)) {
        if (vmm_now_ns() > until) {
            fail(s, "slot %s stays at %u, waited for %s", get(s, "slot"), vmm_load32(s->vm, number(s, "gpa")), get(s, "value"));
            s->stop = true;
            return;
        }
        vmm_sleep_ms(1);
    }
}

static void op_expect_hold(struct session *s)
{
    uint64_t until = vmm_now_ns() + number(s, "ms") * 1000000u;

    while (vmm_now_ns() < until) {
        if (stamp_reached(s)) {
            fail(s, "slot %s reached %s too early", get(s, "slot"), get(s, "value"));
            return;
        }
        if (vmm_load32(s->vm, number(s, "head_gpa")) != (uint32_t)number(s, "head")) {
            fail(s, "the head moved to 0x%x", vmm_load32(s->vm, number(s, "head_gpa")));
            return;
        }
        vmm_sleep_ms(1);
    }
}

/* The guest's interrupt handler: read and clear the status words, take the display events of the pipe page. */
static void handle_interrupt(struct session *s)
{
    uint32_t display = vmm_read32(s->vm, PVG_WINDOW_GFX, PVG_REG_IRQ_DISPLAY);
    uint32_t stamp = vmm_read32(s->vm, PVG_WINDOW_GFX, PVG_REG_IRQ_STAMP);
    uint32_t fault = vmm_read32(s->vm, PVG_WINDOW_GFX, PVG_REG_IRQ_FAULT);

    if (fault)
        fail(s, "fault word 0x%x", fault);
    s->seen_stamp |= stamp;
    s->seen_display |= display;
    if ((display & 1) && get(s, "pipe_page")) {
        uint64_t page = number(s, "pipe_page");
        uint32_t enable = vmm_load32(s->vm, page + 0x104);
        uint32_t old = __atomic_fetch_and((uint32_t *)vmm_ram(s->vm, page + 0x100, 4), ~enable, __ATOMIC_SEQ_CST);
        s->seen_events |= old & enable;
    }
}

static bool claim(struct session *s)
{
    uint64_t stamp = number(s, "stamp"), display = number(s, "display"), events = number(s, "events");

    if ((s->seen_stamp & stamp) != stamp || (s->seen_display & display) != display || (s->seen_events & events) != events)
        return false;
    s->seen_stamp &= ~stamp;
    s->seen_display &= ~display;
    s->seen_events &= ~events;
    return true;
}

static void op_expect_irq(struct session *s)
{
    uint64_t until = vmm_now_ns() + number(s, "timeout_ms") * 1000000u;
    bool iosfc = strcmp(get(s, "line"), "iosfc") == 0;
    enum pvg_irq irq = iosfc ? PVG_IRQ_IOSFC : PVG_IRQ_GFX;
    uint64_t *seen = iosfc ? &s->iosfc_seen : &s->gfx_seen;

    for (;;) {
        if (!iosfc && claim(s))
            return;
        uint64_t now = vmm_now_ns();
        uint64_t count = vmm_wait_irq(s->vm, irq, *seen, now < until ? (uint32_t)((until - now) / 1000000u) + 1 : 0);
        if (count == *seen) {
            fail(s, "no interrupt (stamp bits 0x%llx, display 0x%llx, events 0x%llx seen so far)",
                 (unsigned long long)s->seen_stamp, (unsigned long long)s->seen_display, (unsigned long long)s->seen_events);
            s->stop = true;
            return;
        }
        *seen = count;
        if (iosfc)
            return;
        handle_interrupt(s);
    }
}

static void report_bytes(struct session *s, const uint8_t *got, const uint8_t *want, size_t n)
{
    size_t at = 0;
    while (at < n && got[at] == want[at])
        at++;
    if (at < n)
        fail(s, "memory at 0x%llx: %02x, expected %02x (%zu bytes checked)", (unsigned long long)number(s, "gpa") + at, got[at],
             want[at], n);
}

static void op_expect_mem(struct session *s)
{
    size_t n;
    uint8_t *want = hex_field(s, "hex", &n);

    report_bytes(s, vmm_ram(s->vm, number(s, "gpa"), n), want, n);
    free(want);
}

static void op_expect_fill(struct session *s)
{
    size_t n, len = (size_t)number(s, "len");
    uint8_t *pattern = hex_field(s, "pattern", &n), *want = malloc(len + 1);

    for (size_t i = 0; n && want && i < len; i++)
        want[i] = pattern[i % n];
    report_bytes(s, vmm_ram(s->vm, number(s, "gpa"), len), want, len);
    free(pattern);
    free(want);
}

static void op_expect_range(struct session *s)
{
    uint64_t v = 0, width = number(s, "width");

    memcpy(&v, vmm_ram(s->vm, number(s, "gpa"), width), width);
    if (v < number(s, "min") || v > number(s, "max"))
        fail(s, "value at %s is %llu, expected %s..%s", get(s, "gpa"), (unsigned long long)v, get(s, "min"), get(s, "max"));
}

/* Look a key up in a "key:min:max,..." list. */
static bool limits_of(const char *list, uint32_t key, uint64_t limits[2])
{
    while (list && *list) {
        char *end;
        uint64_t k = strtoull(list, &end, 10);
        limits[0] = strtoull(end + 1, &end, 10);
        limits[1] = strtoull(end + 1, &end, 10);
        if (k == key)
            return true;
        list = *end == ',' ? end + 1 : NULL;
    }
    return false;
}

static void op_expect_pairs(struct session *s)
{
    uint64_t gpa = number(s, "gpa"), capacity = number(s, "capacity"), limit = number(s, "key_limit"), limits[2];
    bool present[256] = {false};

    for (uint64_t i = 0; i < capacity; i++) {
        uint32_t key = vmm_load32(s->vm, gpa + 8 * i), value = vmm_load32(s->vm, gpa + 8 * i + 4);
        if (key == 0 && value == 0)
            break;
        if (key == 0 || key >= limit || key >= 256 || present[key]) {
            fail(s, "pair %llu has key %u", (unsigned long long)i, key);
            return;
        }
        present[key] = true;
        if ((limits_of(get(s, "require"), key, limits) || limits_of(get(s, "allow"), key, limits)) &&
            (value < limits[0] || value > limits[1]))
            fail(s, "key %u has value %u, expected %llu..%llu", key, value, (unsigned long long)limits[0],
                 (unsigned long long)limits[1]);
    }
    for (uint32_t key = 1; key < 256 && key < limit; key++)
        if (limits_of(get(s, "require"), key, limits) && !present[key])
            fail(s, "key %u is missing", key);
}

/* Compare every listed pixel. @return the number of mismatches; the first is described when `report` is set. */
static unsigned check_pixels(struct session *s, bool report)
{
    const char *list = get(s, "pixels");
    uint32_t pipe = (uint32_t)number(s, "pipe");
    unsigned wrong = 0;

    while (list && *list) {
        char *end;
        uint32_t x = (uint32_t)strtoul(list, &end, 10), y = (uint32_t)strtoul(end + 1, &end, 10);
        uint8_t got[4] = {0}, want[4];
        for (int i = 0; i < 4; i++)
            want[i] = (uint8_t)(hex_digit(end[1 + 2 * i]) << 4 | hex_digit(end[2 + 2 * i]));
        bool there = vmm_pixel(s->vm, pipe, x, y, got);
        if (!there || memcmp(got, want, 3) != 0) {
            if (report && wrong == 0)
                fail(s, "pixel %u,%u is %02x%02x%02x%02x, expected %02x%02x%02x%02x", x, y, got[0], got[1], got[2], got[3], want[0],
                     want[1], want[2], want[3]);
            wrong++;
        }
        list = end[9] == ',' ? end + 10 : NULL;
    }
    return wrong;
}

/* The newest frame has this size and these pixels, within two seconds. */
static void op_expect_frame(struct session *s)
{
    uint64_t until = vmm_now_ns() + 2000000000u;
    uint32_t pipe = (uint32_t)number(s, "pipe");
    uint64_t width = number(s, "width"), height = number(s, "height");

    for (;;) {
        pthread_mutex_lock(&s->vm->lock);
        bool size = s->vm->frames[pipe].width == width && s->vm->frames[pipe].height == height;
        pthread_mutex_unlock(&s->vm->lock);
        if (size && check_pixels(s, false) == 0)
            return;
        if (vmm_now_ns() > until)
            break;
        vmm_sleep_ms(2);
    }
    if (s->vm->frames[pipe].width != width || s->vm->frames[pipe].height != height)
        fail(s, "the newest frame is %ux%u (number %llu)", s->vm->frames[pipe].width, s->vm->frames[pipe].height,
             (unsigned long long)s->vm->frames[pipe].sequence);
    else
        check_pixels(s, true);
}

/* ---- Runner ---- */

static const struct {
    const char *name;
    void (*run)(struct session *s);
} ops[] = {
    {"head", op_head},
    {"kva", op_kva},
    {"mem", op_mem},
    {"copy32", op_copy32},
    {"write32", op_write32},
    {"write64", op_write64},
    {"read32", op_read32},
    {"vcpu_regs", op_vcpu_regs},
    {"wait_stamp", op_wait_stamp},
    {"expect_hold", op_expect_hold},
    {"expect_irq", op_expect_irq},
    {"expect_mem", op_expect_mem},
    {"expect_fill", op_expect_fill},
    {"expect_range", op_expect_range},
    {"expect_pairs", op_expect_pairs},
    {"expect_frame", op_expect_frame},
    {"forget", op_forget},
    {"delay", op_delay},
    {"reset", op_reset},
};

/* Split "op\tkey=value\t..." in place. */
static void parse(struct session *s, char *line)
{
    char *save = NULL;

    line[strcspn(line, "\n")] = 0;
    s->op = strtok_r(line, "\t", &save);
    s->field_count = 0;
    for (char *f; (f = strtok_r(NULL, "\t", &save)) && s->field_count < MAX_FIELDS;) {
        char *eq = strchr(f, '=');
        if (!eq)
            continue;
        *eq = 0;
        s->fields[s->field_count++] = (struct field){f, eq + 1};
    }
}

static void run_step(struct session *s)
{
    if (get(s, "needs") && !s->shaders) {
        s->skipped++;
        return;
    }
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        if (s->op && strcmp(s->op, ops[i].name) == 0) {
            ops[i].run(s);
            s->steps++;
            return;
        }
    }
    fprintf(stderr, "line %u: unknown step %s\n", s->line, s->op ? s->op : "");
    exit(2);
}

static void report(struct session *s)
{
    struct pvg_stats st = {.size = sizeof(st)};

    pvg_device_stats(s->vm->dev, &st);
    printf("%u steps, %u skipped, %u failed; renderer %s; packets %llu (refused %llu), records %llu (refused %llu), draws %llu, "
           "dispatches %llu, draws refused %llu\n",
           s->steps, s->skipped, s->failures, pvg_device_renderer_name(s->vm->dev), (unsigned long long)st.packets,
           (unsigned long long)st.packets_refused, (unsigned long long)st.records, (unsigned long long)st.records_refused,
           (unsigned long long)st.draws, (unsigned long long)st.dispatches, (unsigned long long)st.draws_refused);
    if (s->failures && s->vm->log)
        fprintf(stderr, "---- device log\n%s", s->vm->log);
}

int main(int argc, char **argv)
{
    struct session s = {0};
    char *line = NULL;
    size_t cap = 0;

    if (argc < 3 || (strcmp(argv[2], "null") != 0 && strcmp(argv[2], "vulkan") != 0)) {
        fprintf(stderr, "usage: test_session FILE null|vulkan [shaders]\n");
        return 2;
    }
    s.renderer = strcmp(argv[2], "vulkan") == 0 ? PVG_RENDERER_VULKAN : PVG_RENDERER_NULL;
    s.shaders = argc > 3 && strcmp(argv[3], "shaders") == 0;
    FILE *f = fopen(argv[1], "r");
    if (!f) {
        perror(argv[1]);
        return 2;
    }
    while (!s.stop && getline(&line, &cap, f) > 0) {
        s.line++;
        parse(&s, line);
        run_step(&s);
    }
    free(line);
    fclose(f);
    if (!s.vm) {
        fprintf(stderr, "%s: no steps\n", argv[1]);
        return 2;
    }
    report(&s);
    int failed = s.failures != 0;
    vmm_free(s.vm);
    return failed;
}
