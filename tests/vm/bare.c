/* SPDX-License-Identifier: MIT */
/*
 * Bare-metal test program for apple-gfx-pci: rings a doorbell that the device answers with an interrupt, and counts. Small enough
 * to run on hosts whose KVM cannot run Linux. Results are lines "bare: ..." on the serial port; a write to port 0xf4 ends QEMU.
 */
#include <stdint.h>

#define SERIAL         0x3f8
#define EXIT_PORT      0xf4
#define PM_TIMER       0x608 /* ACPI timer of the q35 machine as SeaBIOS sets it up, 3579545 Hz, 24 bits. */
#define PM_TIMER_HZ    3579545u
#define VECTOR         0x40
#define LAPIC_SPURIOUS 0xfee000f0u
#define POKES          200
#define TOGGLES        50
#define HOLD_SECONDS   6u

/* Registers: spec 01 section 3. */
#define REG_IRQ_DISPLAY  0x1014
#define REG_DISPLAY_POKE 0x1220
#define REG_VERSION      0x1034

extern void interrupt_entry(void);
void bare_main(void);
volatile uint32_t interrupt_count;

struct gate {
    uint16_t low, selector, type, high;
};
static struct gate idt[VECTOR + 1];

static inline void out8(uint16_t port, uint8_t v)
{
    __asm__ volatile("outb %0, %1" ::"a"(v), "Nd"(port));
}

static inline void out32(uint16_t port, uint32_t v)
{
    __asm__ volatile("outl %0, %1" ::"a"(v), "Nd"(port));
}

static inline uint32_t in32(uint16_t port)
{
    uint32_t v;

    __asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}

static inline uint64_t tsc(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static void print(const char *s)
{
    while (*s) {
        out8(SERIAL, (uint8_t)*s++);
    }
}

static void print_number(uint32_t v)
{
    char text[11];
    int i = 10;

    text[10] = '\0';
    do {
        text[--i] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    print(text + i);
}

static void print_value(const char *name, uint32_t v)
{
    print("bare: ");
    print(name);
    print("=");
    print_number(v);
    print("\n");
}

static uint32_t config_address(uint32_t function, uint32_t offset)
{
    return 0x80000000u | function << 8 | (offset & 0xfc);
}

static uint32_t config_read(uint32_t function, uint32_t offset)
{
    out32(0xcf8, config_address(function, offset));
    return in32(0xcfc);
}

static void config_write(uint32_t function, uint32_t offset, uint32_t v)
{
    out32(0xcf8, config_address(function, offset));
    out32(0xcfc, v);
}

/* Function number (bus << 8 | devfn) of the device on bus 0, 0 if there is none. */
static uint32_t find_device(void)
{
    for (uint32_t function = 8; function < 256; function += 8) {
        if (config_read(function, 0) == 0xeeee106bu) {
            return function;
        }
    }
    return 0;
}

static uint32_t find_msi(uint32_t function)
{
    uint32_t offset = config_read(function, 0x34) & 0xfc;

    while (offset && (config_read(function, offset) & 0xff) != 0x05) {
        offset = config_read(function, offset) >> 8 & 0xfc;
    }
    return offset;
}

static void msi_enable(uint32_t function, uint32_t capability, int on)
{
    uint32_t word = config_read(function, capability) & ~0x10000u;

    config_write(function, capability, word | (on ? 0x10000u : 0));
}

static void interrupts_init(void)
{
    static struct {
        uint16_t limit;
        uint32_t base;
    } __attribute__((packed)) pointer;
    uint32_t entry = (uint32_t)&interrupt_entry;

    idt[VECTOR] = (struct gate){.low = (uint16_t)entry, .selector = 0x08, .type = 0x8e00, .high = (uint16_t)(entry >> 16)};
    pointer.limit = sizeof(idt) - 1;
    pointer.base = (uint32_t)idt;
    out8(0x21, 0xff);
    out8(0xa1, 0xff);
    __asm__ volatile("lidt %0" ::"m"(pointer));
    *(volatile uint32_t *)LAPIC_SPURIOUS = 0x1ff;
    __asm__ volatile("sti");
}

/* TSC cycles per millisecond. */
static uint32_t calibrate(void)
{
    uint32_t start = in32(PM_TIMER) & 0xffffff;
    uint64_t begin = tsc();

    while (((in32(PM_TIMER) - start) & 0xffffff) < PM_TIMER_HZ / 50) {
    }
    return (uint32_t)(tsc() - begin) / 20;
}

/* Ring and wait for the interrupt, `limit` cycles at most. @return cycles, or `limit`. */
static uint64_t poke(volatile uint32_t *regs, uint64_t limit)
{
    uint32_t before = interrupt_count;
    uint64_t start = tsc(), waited = 0;

    regs[REG_DISPLAY_POKE / 4] = 0;
    while (interrupt_count == before && waited < limit) {
        waited = tsc() - start;
    }
    return waited < limit ? waited : limit;
}

void bare_main(void)
{
    uint32_t function = find_device();
    uint32_t capability = function ? find_msi(function) : 0;
    volatile uint32_t *regs;
    uint32_t per_ms, lost = 0, rings = 0, worst = 0;
    uint64_t end;

    if (!capability) {
        print("bare: error=no device with MSI\n");
        out8(EXIT_PORT, 1);
    }
    interrupts_init();
    per_ms = calibrate();
    config_write(function, 4, 0x6); /* memory decoding, bus master */
    config_write(function, capability + 4, 0xfee00000u);
    config_write(function, capability + 8, 0);
    config_write(function, capability + 12, VECTOR);
    msi_enable(function, capability, 1);
    regs = (volatile uint32_t *)(config_read(function, 0x10) & ~0xfu);
    regs[REG_VERSION / 4] = 4;
    print_value("version", regs[REG_VERSION / 4]);

    for (int i = 0; i < POKES; i++) {
        lost += poke(regs, 2000ull * per_ms) >= 2000ull * per_ms;
    }
    print_value("lost", lost);
    print_value("status", regs[REG_IRQ_DISPLAY / 4]);
    print_value("status_again", regs[REG_IRQ_DISPLAY / 4]);

    /* A pulse that comes while MSI is off is lost by design; the next one after it is on again must arrive. */
    lost = 0;
    for (int i = 0; i < TOGGLES; i++) {
        msi_enable(function, capability, 0);
        regs[REG_DISPLAY_POKE / 4] = 0;
        msi_enable(function, capability, 1);
        lost += poke(regs, 2000ull * per_ms) >= 2000ull * per_ms;
    }
    print_value("lost_toggling", lost);

    /* The host holds its big lock somewhere in this loop, which itself touches nothing but the doorbell. */
    print("bare: ringing\n");
    end = tsc() + HOLD_SECONDS * 1000ull * per_ms;
    while (tsc() < end) {
        /* Shifted: there is no 64-bit division without a runtime library. */
        uint32_t ms = (uint32_t)(poke(regs, 10000ull * per_ms) >> 10) / (per_ms >> 10);

        worst = ms > worst ? ms : worst;
        rings++;
    }
    print_value("rings", rings);
    print_value("worst_ms", worst);
    out8(EXIT_PORT, 0);
}
