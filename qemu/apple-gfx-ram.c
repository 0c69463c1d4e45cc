/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest RAM of the apple-gfx devices: the system address space as regions of libopenpvg (spec 09 section 7.4).
 *
 * A region is referenced exactly while the library may use it: from its addition until the commit of its removal.
 */
#include "qemu/osdep.h"

#include "apple-gfx.h"
#include "hw/display/trace.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/int128.h"

/* The library describes RAM in whole 4 KiB pages whatever the guest's page size. */
#define RAM_GRANULE 4096u

/* A range as the library knows it. */
typedef struct AppleGFXRange {
    uint64_t gpa;
    uint64_t size;
    MemoryRegion *mr;
} AppleGFXRange;

static bool section_is_ram(const AppleGFXState *s, const MemoryRegionSection *section)
{
    MemoryRegion *mr = section->mr;

    return memory_region_is_ram(mr) && !memory_region_is_ram_device(mr) && !memory_region_is_romd(mr) &&
           !memory_region_is_protected(mr) && mr != s->own_ram;
}

/* Whole pages of a section. @return false if there are none. */
static bool section_range(const MemoryRegionSection *section, AppleGFXRange *range, uint64_t *skip)
{
    uint64_t start = section->offset_within_address_space;
    uint64_t end = start + int128_get64(section->size);
    uint64_t first = QEMU_ALIGN_UP(start, RAM_GRANULE);
    uint64_t last = QEMU_ALIGN_DOWN(end, RAM_GRANULE);

    if (first < start || first >= last) {
        return false;
    }
    *skip = first - start;
    *range = (AppleGFXRange){.gpa = first, .size = last - first, .mr = section->mr};
    return true;
}

/* Memory transactions are frequent (BAR moves, ioeventfds); the library hears only of those that change RAM. */
static void transaction_open(AppleGFXState *s)
{
    if (!s->ram_changing) {
        s->ram_changing = true;
        if (s->pvg) {
            pvg_ram_begin(s->pvg);
        }
    }
}

static void region_add(MemoryListener *listener, MemoryRegionSection *section)
{
    AppleGFXState *s = container_of(listener, AppleGFXState, listener);
    AppleGFXRange range;
    uint64_t skip;
    int ret;

    if (!s->pvg || !section_is_ram(s, section) || !section_range(section, &range, &skip)) {
        return;
    }
    uint64_t offset = section->offset_within_region + skip;
    struct pvg_ram_region region = {
        .gpa = range.gpa,
        .size = range.size,
        .host = (uint8_t *)memory_region_get_ram_ptr(section->mr) + offset,
        .fd = memory_region_get_fd(section->mr),
        .read_only = section->readonly || memory_region_is_rom(section->mr),
    };
    /* The block's file may begin inside a larger file, and an alias may begin inside the block. */
    if (region.fd >= 0) {
        ram_addr_t in_block;
        RAMBlock *block = qemu_ram_block_from_host(region.host, false, &in_block);

        if (block) {
            region.fd_offset = in_block + block->fd_offset;
        } else {
            region.fd = -1;
        }
    }
    transaction_open(s);
    ret = pvg_ram_add(s->pvg, &region);
    if (ret < 0) {
        warn_report("apple-gfx: RAM at 0x%" PRIx64 " (0x%" PRIx64 " bytes) is invisible to the device: %s", range.gpa, range.size,
                    strerror(-ret));
        return;
    }
    trace_apple_gfx_ram_add(range.gpa, range.size, region.host, region.fd, region.read_only);
    memory_region_ref(range.mr);
    g_array_append_val(s->ram, range);
}

static void region_del(MemoryListener *listener, MemoryRegionSection *section)
{
    AppleGFXState *s = container_of(listener, AppleGFXState, listener);
    AppleGFXRange range;
    uint64_t skip;

    if (!section_range(section, &range, &skip)) {
        return;
    }
    for (unsigned i = 0; i < s->ram->len; i++) {
        const AppleGFXRange *known = &g_array_index(s->ram, AppleGFXRange, i);

        if (known->gpa != range.gpa || known->size != range.size || known->mr != range.mr) {
            continue;
        }
        transaction_open(s);
        if (s->pvg) {
            pvg_ram_remove(s->pvg, range.gpa, range.size);
        }
        trace_apple_gfx_ram_remove(range.gpa, range.size);
        g_ptr_array_add(s->ram_leaving, range.mr);
        g_array_remove_index_fast(s->ram, i);
        return;
    }
}

static void commit(MemoryListener *listener)
{
    AppleGFXState *s = container_of(listener, AppleGFXState, listener);

    if (!s->ram_changing) {
        return;
    }
    s->ram_changing = false;
    if (s->pvg) {
        pvg_ram_commit(s->pvg);
    }
    trace_apple_gfx_ram_commit(s->ram->len);
    for (unsigned i = 0; i < s->ram_leaving->len; i++) {
        memory_region_unref(g_ptr_array_index(s->ram_leaving, i));
    }
    g_ptr_array_set_size(s->ram_leaving, 0);
}

bool apple_gfx_ram_start(AppleGFXState *s, Error **errp)
{
    /* The GPU may keep guest pages for as long as the guest maps them; a page that is given back to the host would go stale. */
    int ret = ram_block_discard_disable(true);

    if (ret < 0) {
        error_setg_errno(errp, -ret,
                         "%s does not work together with a device that gives guest memory back to the host (virtio-mem)",
                         object_get_typename(OBJECT(s->dev)));
        return false;
    }
    s->discard_disabled = true;
    s->ram = g_array_new(false, false, sizeof(AppleGFXRange));
    s->ram_leaving = g_ptr_array_new();
    s->listener = (MemoryListener){
        .name = "apple-gfx",
        .priority = MEMORY_LISTENER_PRIORITY_DEV_BACKEND,
        .region_add = region_add,
        .region_del = region_del,
        .commit = commit,
    };
    memory_listener_register(&s->listener, &address_space_memory);
    s->listening = true;
    return true;
}

void apple_gfx_ram_stop(AppleGFXState *s)
{
    if (s->listening) {
        memory_listener_unregister(&s->listener);
        s->listening = false;
        commit(&s->listener);
    }
    if (s->ram) {
        g_array_free(s->ram, true);
        g_ptr_array_free(s->ram_leaving, true);
        s->ram = NULL;
        s->ram_leaving = NULL;
    }
    if (s->discard_disabled) {
        ram_block_discard_disable(false);
        s->discard_disabled = false;
    }
}
