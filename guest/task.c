/* SPDX-License-Identifier: MIT */
/* Tasks, their page tables and memory (spec 03 sections 2 to 4). */
#include "internal.h"

#include <string.h>

/* Automatic GPU addresses start above the object list, which spans 12 MiB from page 1. */
#define AUTO_GVA_BASE  0x2000000ull
#define AUTO_GVA_ALIGN 0x10000ull
#define LIST_PAGE      1u
#define LIST_COUNT     0x100000u

static void *table_alloc(void *opaque, uint32_t *pfn)
{
    struct pvg_guest *g = opaque;
    uint64_t gpa;
    void *p = g->t.alloc(g->t.opaque, 1, "page table", &gpa);
    if (p)
        *pfn = (uint32_t)(gpa >> g->t.page_shift);
    return p;
}

static void table_free(void *opaque, uint32_t pfn)
{
    struct pvg_guest *g = opaque;
    g->t.free(g->t.opaque, pvg_pfn_gpa(pfn, g->t.page_shift), 1);
}

static void *table_at(void *opaque, uint32_t pfn)
{
    struct pvg_guest *g = opaque;
    return g->t.cpu(g->t.opaque, pvg_pfn_gpa(pfn, g->t.page_shift));
}

uint32_t pvg_guest_task_id(const struct pvg_guest_task *task)
{
    return task->id;
}

struct pvg_guest *pvg_guest_task_guest(const struct pvg_guest_task *task)
{
    return task->g;
}

void pvg_guest_mem_free(struct pvg_guest *g, struct pvg_guest_mem *mem)
{
    if (!mem)
        return;
    for (size_t i = 0; i < mem->run_count; i++)
        g->t.free(g->t.opaque, mem->runs[i].gpa, mem->runs[i].size >> g->t.page_shift);
    free(mem->runs);
    free(mem);
}

struct pvg_guest_mem *pvg_guest_mem_alloc(struct pvg_guest *g, const char *what, uint64_t size, size_t granule)
{
    size_t page = pvg_guest_page(g);
    uint64_t bytes = (size + page - 1) & ~(uint64_t)(page - 1);
    size_t piece = granule ? (granule + page - 1) & ~(page - 1) : (size_t)bytes;
    if (g->t.max_run && piece > g->t.max_run)
        piece = g->t.max_run;
    struct pvg_guest_mem *mem = calloc(1, sizeof(*mem));
    size_t count = bytes ? (size_t)((bytes + piece - 1) / piece) : 0;
    if (!mem || count == 0 || !(mem->runs = calloc(count, sizeof(*mem->runs)))) {
        free(mem);
        pvg_guest_fail(g, "no memory for %s", what);
        return NULL;
    }
    mem->size = bytes;
    for (uint64_t done = 0; done < bytes;) {
        struct pvg_guest_run *run = &mem->runs[mem->run_count];
        run->size = bytes - done < piece ? (size_t)(bytes - done) : piece;
        run->cpu = g->t.alloc(g->t.opaque, run->size >> g->t.page_shift, what, &run->gpa);
        if (!run->cpu) {
            pvg_guest_mem_free(g, mem);
            pvg_guest_fail(g, "no memory for %s", what);
            return NULL;
        }
        mem->run_count++;
        done += run->size;
    }
    return mem;
}

void *pvg_guest_mem_at(const struct pvg_guest_mem *mem, uint64_t off, size_t n)
{
    uint64_t base = 0;
    for (size_t i = 0; i < mem->run_count; i++) {
        if (off >= base && pvg_range_ok(off - base, n, mem->runs[i].size))
            return mem->runs[i].cpu + (off - base);
        base += mem->runs[i].size;
    }
    return NULL;
}

/* Largest piece at `off` that lies in one run. */
static uint8_t *run_piece(const struct pvg_guest_mem *mem, uint64_t off, size_t *n)
{
    uint64_t base = 0;
    for (size_t i = 0; i < mem->run_count; i++) {
        if (off >= base && off - base < mem->runs[i].size) {
            size_t room = mem->runs[i].size - (size_t)(off - base);
            *n = *n < room ? *n : room;
            return mem->runs[i].cpu + (off - base);
        }
        base += mem->runs[i].size;
    }
    return NULL;
}

bool pvg_guest_mem_write(struct pvg_guest_mem *mem, uint64_t off, const void *p, size_t n)
{
    const uint8_t *src = p;
    if (!pvg_range_ok(off, n, mem->size))
        return false;
    while (n) {
        size_t k = n;
        uint8_t *dst = run_piece(mem, off, &k);
        memcpy(dst, src, k);
        src += k;
        off += k;
        n -= k;
    }
    return true;
}

bool pvg_guest_mem_read(const struct pvg_guest_mem *mem, uint64_t off, void *p, size_t n)
{
    uint8_t *dst = p;
    if (!pvg_range_ok(off, n, mem->size))
        return false;
    while (n) {
        size_t k = n;
        const uint8_t *src = run_piece(mem, off, &k);
        memcpy(dst, src, k);
        dst += k;
        off += k;
        n -= k;
    }
    return true;
}

/* MapMemory2 or UnmapMemory on the Immediate channel. */
static bool announce(struct pvg_guest_task *task, uint16_t opcode, const struct pvg_guest_mem *mem, struct pvg_guest_stamp *stamp)
{
    uint8_t payload[20];
    const struct pvg_w_memory_range r = {.task = task->id, .gva = mem->gva, .length = mem->size};
    size_t n = pvg_w_memory_range_encode(payload, sizeof(payload), &r);
    return pvg_guest_submit(task->g, PVG_CHANNEL_IMMEDIATE, opcode, NULL, 0, payload, n, stamp);
}

static void enter_unmap(struct pvg_guest_task *task, const struct pvg_guest_mem *mem, uint64_t bytes)
{
    for (uint64_t off = 0; off < bytes; off += pvg_guest_page(task->g))
        pvg_pt_builder_unmap(&task->pt, mem->gva + off);
}

static bool enter_map(struct pvg_guest_task *task, const struct pvg_guest_mem *mem, uint32_t flags)
{
    struct pvg_guest *g = task->g;
    uint64_t gva = mem->gva;
    for (size_t i = 0; i < mem->run_count; i++) {
        for (size_t off = 0; off < mem->runs[i].size; off += pvg_guest_page(g), gva += pvg_guest_page(g)) {
            uint32_t pfn = (uint32_t)((mem->runs[i].gpa + off) >> g->t.page_shift);
            if (!pvg_pt_builder_map(&task->pt, gva, pfn, flags)) {
                enter_unmap(task, mem, gva - mem->gva);
                return pvg_guest_fail(g, "cannot map GPU address 0x%llx", (unsigned long long)gva);
            }
        }
    }
    return true;
}

static bool remember(struct pvg_guest_task *task, struct pvg_guest_mem *mem)
{
    struct pvg_guest_mem **list = realloc(task->mems, (task->mem_count + 1) * sizeof(*list));
    if (!list)
        return pvg_guest_fail(task->g, "no memory");
    list[task->mem_count++] = mem;
    task->mems = list;
    return true;
}

struct pvg_guest_mem *pvg_guest_mem_map(struct pvg_guest_task *task, const struct pvg_guest_mem_config *config)
{
    const char *what = config->what ? config->what : "memory";
    struct pvg_guest_mem *mem = pvg_guest_mem_alloc(task->g, what, config->size, config->granule);
    if (!mem)
        return NULL;
    mem->task = task;
    mem->gva = config->gva ? config->gva : task->next_gva;
    if (!enter_map(task, mem, config->pte_flags)) {
        pvg_guest_mem_free(task->g, mem);
        return NULL;
    }
    if (!config->gva)
        task->next_gva = (mem->gva + mem->size + 2 * AUTO_GVA_ALIGN - 1) & ~(AUTO_GVA_ALIGN - 1);
    if (!remember(task, mem) || (!config->silent && !announce(task, PVG_OP_MAP_MEMORY2, mem, NULL))) {
        enter_unmap(task, mem, mem->size);
        pvg_guest_mem_free(task->g, mem);
        return NULL;
    }
    return mem;
}

bool pvg_guest_mem_unmap(struct pvg_guest_mem *mem)
{
    struct pvg_guest_task *task = mem->task;
    struct pvg_guest_stamp stamp;
    bool ok = announce(task, PVG_OP_UNMAP_MEMORY, mem, &stamp);
    /* The guest clears its entries at once, without waiting for the device (spec 03 section 4.2). */
    enter_unmap(task, mem, mem->size);
    ok = ok && pvg_guest_wait(task->g, stamp);
    for (size_t i = 0; i < task->mem_count; i++) {
        if (task->mems[i] == mem)
            task->mems[i] = task->mems[--task->mem_count];
    }
    pvg_guest_mem_free(task->g, mem);
    return ok;
}

static bool define_task(struct pvg_guest_task *task, uint64_t length)
{
    struct pvg_guest *g = task->g;
    struct pvg_guest_stamp stamp;
    uint8_t define[16], list[12];
    const struct pvg_w_define_task d = {
        .task = task->id, .kernel = task->kernel, .length = length, .directory_pfn = task->pt.directory_pfn};
    const struct pvg_w_set_object_list l = {.task = task->id, .page = LIST_PAGE, .count = LIST_COUNT};
    size_t dn = pvg_w_define_task_encode(define, sizeof(define), &d), ln = pvg_w_set_object_list_encode(list, sizeof(list), &l);
    if (!pvg_guest_queue(g, 0, PVG_OP_DEFINE_TASK2, NULL, 0, define, dn, &stamp))
        return false;
    task->defined = true;
    return pvg_guest_submit(g, 0, PVG_OP_SET_OBJECT_LIST, NULL, 0, list, ln, &stamp) && pvg_guest_wait(g, stamp);
}

struct pvg_guest_task *pvg_guest_task_create(struct pvg_guest *g, const struct pvg_guest_task_config *config)
{
    const struct pvg_pt_pages pages = {.alloc = table_alloc, .free = table_free, .at = table_at, .opaque = g};
    struct pvg_guest_task *task = calloc(1, sizeof(*task));
    if (!task) {
        pvg_guest_fail(g, "no memory for a task");
        return NULL;
    }
    *task = (struct pvg_guest_task){
        .g = g, .id = config->id, .kernel = config->kernel, .next_gva = AUTO_GVA_BASE, .next_ref = 1, .next = g->tasks};
    g->tasks = task;
    uint32_t list_pages = config->list_pages ? config->list_pages : 1;
    const struct pvg_guest_mem_config list = {.what = "object list",
                                              .size = (uint64_t)list_pages << g->t.page_shift,
                                              .gva = (uint64_t)LIST_PAGE << g->t.page_shift,
                                              .granule = pvg_guest_page(g),
                                              .silent = true};
    if (config->kernel)
        g->kernel = task;
    if (!pvg_pt_builder_init(&task->pt, &pages, g->t.page_shift, PVG_PT_DEPTH_USUAL))
        pvg_guest_fail(g, "no memory for page tables");
    else if (pvg_guest_mem_map(task, &list) && define_task(task, config->length ? config->length : 64ull << 30))
        return task;
    pvg_guest_task_destroy(task);
    return NULL;
}

static void unlink_task(struct pvg_guest_task *task)
{
    struct pvg_guest_task **p = &task->g->tasks;
    while (*p && *p != task)
        p = &(*p)->next;
    if (*p)
        *p = task->next;
    if (task->g->kernel == task)
        task->g->kernel = NULL;
}

bool pvg_guest_task_destroy(struct pvg_guest_task *task)
{
    struct pvg_guest *g = task->g;
    bool ok = true;
    /* The kernel task lives as long as the driver. */
    if (task->defined && !task->kernel) {
        struct pvg_guest_stamp stamp, behind = pvg_guest_last_stamp(g, PVG_CHANNEL_IMMEDIATE);
        uint8_t payload[4];
        const struct pvg_w_one_id id = {.id = task->id};
        size_t n = pvg_w_one_id_encode(payload, sizeof(payload), &id);
        ok = pvg_guest_submit(g, 0, PVG_OP_DELETE_TASK, &behind, 1, payload, n, &stamp) && pvg_guest_wait(g, stamp);
    }
    for (size_t i = 0; i < task->mem_count; i++)
        pvg_guest_mem_free(g, task->mems[i]);
    free(task->mems);
    if (task->pt.directory_pfn)
        pvg_pt_builder_fini(&task->pt);
    unlink_task(task);
    free(task);
    return ok;
}
