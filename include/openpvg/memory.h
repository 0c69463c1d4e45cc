/* SPDX-License-Identifier: MIT */
/**
 * @file Guest RAM as the embedder describes it to the device (spec 09 section 7.4).
 *
 * The embedder states which guest-physical ranges are RAM and where they lie in its own address space. Changes are made in
 * transactions, so that a firmware that remaps several ranges at once is never seen half done.
 */
#ifndef OPENPVG_MEMORY_H
#define OPENPVG_MEMORY_H

#include <openpvg/common.h>

struct pvg_device;

/** One contiguous range of guest RAM. */
struct pvg_ram_region {
    uint64_t gpa;       /**< First guest-physical address; a multiple of 4096. */
    uint64_t size;      /**< Bytes, a non-zero multiple of 4096. */
    void *host;         /**< Where the range lies in this process. Must stay mapped until its removal returns. */
    int fd;             /**< File that backs `host` (memfd or similar, mapped shared), or -1. The library duplicates it. */
    uint64_t fd_offset; /**< Offset of the range in `fd`. Ignored when fd is -1. */
    bool read_only;     /**< The device must not write here (ROM). */
};

/**
 * Start a transaction. Regions added and removed until pvg_ram_commit() take effect together.
 * Thread-safety: one transaction at a time per device; the embedder serialises (QEMU: memory listener under the BQL).
 */
PVG_API void pvg_ram_begin(struct pvg_device *dev);

/**
 * Add a range inside a transaction. The struct is copied.
 * @return 0, -EINVAL (alignment, zero size, wrap, NULL host), -EEXIST (overlaps a range that stays), -ENOMEM.
 */
PVG_API int pvg_ram_add(struct pvg_device *dev, const struct pvg_ram_region *region);

/**
 * Remove the range that starts at `gpa` and has `size` bytes, exactly as it was added.
 * @return 0 or -ENOENT.
 */
PVG_API int pvg_ram_remove(struct pvg_device *dev, uint64_t gpa, uint64_t size);

/**
 * Make the transaction's changes effective. Returns after the last library thread has stopped using removed ranges (including
 * GPU work that reads or writes them); the wait is bounded by the GPU watchdog and never needs a lock of the embedder.
 */
PVG_API void pvg_ram_commit(struct pvg_device *dev);

#endif
