/* SPDX-License-Identifier: MIT */
/**
 * @file Threads of a threadgroup (pixels of a quad) as fibers. A thread that meets others waits; when all that can still come wait,
 * those at the earliest call go on together. With code in its original order that is where diverged threads reconverge.
 */
#include "tests/air/cpu_internal.h"

#include "util/log.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>

enum { STACK_BYTES = 256 << 10, FILL_BYTES = 16 << 10, MAX_FIBERS = 1024, SWITCH_LIMIT = 4 << 20 };

enum state { READY, WAITING, ENDED };

struct fiber {
    ucontext_t context;
    enum state state;
    const struct cpu_site *site;
    void *result;
    void *const *args;
};

struct scheduler {
    struct fiber fibers[MAX_FIBERS];
    struct cpu_thread *threads;
    unsigned count, width, current;
    void (*body)(struct cpu_thread *t);
    ucontext_t home;
    uint8_t *stacks;
    uint64_t switches;
};

/* Faults of the code under test end the run; one machine runs at a time (cpu.h). */
static struct scheduler *running;
static sigjmp_buf fault_exit;
static volatile sig_atomic_t fault_armed;

static void on_fault(int signal)
{
    if (!fault_armed)
        abort();
    fault_armed = 0;
    siglongjmp(fault_exit, signal);
}

static void enter(void)
{
    struct scheduler *s = running;
    struct fiber *f = &s->fibers[s->current];
    s->body(&s->threads[s->current]);
    f->state = ENDED;
    swapcontext(&f->context, &s->home);
}

/** Fresh thread memory is no more determined than fresh threadgroup memory. */
static bool prepare(struct scheduler *s, unsigned i, uint8_t fill)
{
    struct fiber *f = &s->fibers[i];
    if (getcontext(&f->context))
        return false;
    f->state = READY;
    f->context.uc_stack.ss_sp = s->stacks + (size_t)i * STACK_BYTES;
    f->context.uc_stack.ss_size = STACK_BYTES;
    f->context.uc_link = NULL;
    memset(s->stacks + (size_t)(i + 1) * STACK_BYTES - FILL_BYTES, fill, FILL_BYTES);
    makecontext(&f->context, enter, 0);
    return true;
}

static void resume(struct scheduler *s, unsigned i)
{
    s->current = i;
    s->switches++;
    swapcontext(&s->home, &s->fibers[i].context);
}

void cpu_meet(struct cpu_thread *t, const struct cpu_site *site, void *result, void *const *args)
{
    struct scheduler *s = running;
    struct fiber *f = &s->fibers[t->index];
    f->site = site;
    f->result = result;
    f->args = args;
    f->state = WAITING;
    swapcontext(&f->context, &s->home);
}

/** Let the threads of one quad or simdgroup go on that wait at their earliest common call. */
static bool release_lanes(struct scheduler *s, unsigned base, unsigned width, enum cpu_meeting meets)
{
    const struct cpu_site *first = NULL;
    unsigned end = base + width < s->count ? base + width : s->count;
    for (unsigned i = base; i < end; i++) {
        struct fiber *f = &s->fibers[i];
        if (f->state == WAITING && f->site->meets == meets && (!first || f->site->number < first->number))
            first = f->site;
    }
    if (!first)
        return false;
    struct cpu_lanes lanes = {.width = width, .threads = s->threads + base};
    for (unsigned i = base; i < end; i++) {
        struct fiber *f = &s->fibers[i];
        if (f->state != WAITING || f->site != first)
            continue;
        lanes.active |= 1ull << (i - base);
        lanes.results[i - base] = f->result;
        lanes.args[i - base] = f->args;
        f->state = READY;
    }
    first->cross(first, &lanes);
    return true;
}

/** All threads wait: decide who goes on. @return false when nobody can. */
static bool release(struct scheduler *s)
{
    bool any = false;
    for (unsigned base = 0; base < s->count; base += 4)
        any |= release_lanes(s, base, 4, CPU_QUAD);
    for (unsigned base = 0; base < s->count && !any; base += s->width)
        any |= release_lanes(s, base, s->width, CPU_SIMD);
    for (unsigned i = 0; i < s->count && !any; i++) {
        if (s->fibers[i].state != WAITING)
            continue;
        for (unsigned k = 0; k < s->count; k++)
            if (s->fibers[k].state == WAITING)
                s->fibers[k].state = READY;
        any = true;
    }
    return any;
}

static enum cpu_outcome loop(struct scheduler *s, bool reversed)
{
    do {
        for (unsigned i = 0; i < s->count; i++) {
            unsigned at = reversed ? s->count - 1 - i : i;
            if (s->fibers[at].state == READY)
                resume(s, at);
            if (s->switches > SWITCH_LIMIT)
                return CPU_LONG;
        }
    } while (release(s));
    return CPU_DONE;
}

static struct scheduler *create(void)
{
    struct scheduler *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->stacks =
        mmap(NULL, (size_t)STACK_BYTES * MAX_FIBERS, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (s->stacks == MAP_FAILED) {
        free(s);
        return NULL;
    }
    return s;
}

enum cpu_outcome cpu_run_fibers(struct cpu_thread *threads, unsigned count, unsigned width, void (*body)(struct cpu_thread *t),
                                const struct cpu_variation *v, struct pvg_error *err)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM};
    static struct scheduler *scheduler;
    static uint8_t signal_stack[64 << 10];
    struct sigaction old[5], action = {.sa_handler = on_fault, .sa_flags = SA_ONSTACK | SA_NODEFER};
    stack_t alternate = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack}, old_stack;
    if (!scheduler && !(scheduler = create()))
        return CPU_STUCK;
    struct scheduler *const s = scheduler;
    running = scheduler;
    if (count > MAX_FIBERS || !width || width > CPU_MAX_SIMD) {
        pvg_error_set(err, "%u threads in a threadgroup", count);
        return CPU_STUCK;
    }
    s->threads = threads;
    s->count = count;
    s->width = width;
    s->body = body;
    s->switches = 0;
    for (unsigned i = 0; i < count; i++)
        if (!prepare(s, i, v->fill))
            return CPU_STUCK;
    sigaltstack(&alternate, &old_stack);
    for (unsigned i = 0; i < 5; i++)
        sigaction(signals[i], &action, &old[i]);
    enum cpu_outcome outcome;
    int signal = sigsetjmp(fault_exit, 1);
    if (!signal) {
        fault_armed = 1;
        outcome = loop(s, v->reversed);
    } else {
        outcome = signal == SIGALRM ? CPU_LONG : CPU_FAULT;
        pvg_error_set(err, "signal %d", signal);
    }
    fault_armed = 0;
    for (unsigned i = 0; i < 5; i++)
        sigaction(signals[i], &old[i], NULL);
    sigaltstack(&old_stack, NULL);
    return outcome;
}
