/* SPDX-License-Identifier: MIT */
/**
 * @file What the library and pvg-air-helper say to each other.
 *
 * The library starts one helper per process and keeps a SOCK_SEQPACKET socket to it. For each call it sends an order with two
 * descriptors: one end of a stream socket for the data of this call alone, and the write end of a pipe for its outcome. The helper
 * forks a child that owns the data socket, reads the request, works and replies; the helper itself sees no guest byte. When the
 * child has ended, the helper writes how into the pipe.
 *
 * Both ends are built together, so structures travel as they are in memory; pvg_helper_build() tells builds apart.
 */
#ifndef PVG_AIR_HELPER_H
#define PVG_AIR_HELPER_H

#include "air/bytes.h"

#include <openpvg/common.h>

/** Descriptor of the helper's end of the control socket. */
#define PVG_HELPER_FD 3
/** Names the descriptor of a helper that already runs ("pvg-air-helper --run"). */
#define PVG_HELPER_FD_ENV "OPENPVG_AIR_HELPER_FD"

#define PVG_HELPER_MAGIC UINT32_C(0x48475650)

/** Largest request and reply: SPIR-V of the largest shaders is a few MiB, containers are smaller than that. */
#define PVG_HELPER_DATA_MAX (UINT64_C(64) << 20)

/*
 * Limits of a child. Sanitizers slow it down and give it shadow memory; what counts is that the product keeps the small ones.
 * Together with what the helper occupies before it forks (some 50 MiB) a child stays below 512 MiB.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PVG_HELPER_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define PVG_HELPER_SANITIZED 1
#endif
#endif
#ifndef PVG_HELPER_SANITIZED
#define PVG_HELPER_SANITIZED 0
#endif
/** Processor time, a little below one second so that the refusal is there within it. */
#define PVG_HELPER_CPU_MS       (PVG_HELPER_SANITIZED ? 8000u : 950u)
#define PVG_HELPER_MEMORY_BYTES (PVG_HELPER_SANITIZED ? UINT64_C(3) << 29 : UINT64_C(448) << 20)
/** For a child that stands still without using its processor time: stopped, or on a machine that is far too busy. */
#define PVG_HELPER_WALL_MS (PVG_HELPER_SANITIZED ? 40000u : 10000u)

/** First message of a helper: it is ready. */
struct pvg_helper_hello {
    uint32_t magic;
    uint32_t failed; /**< It cannot work; `message` says why. */
    char build[64];
    char message[256];
};

/** Library to helper, with the data socket and the outcome pipe attached. */
struct pvg_helper_order {
    uint32_t magic;
    uint32_t pad;
    uint64_t id;
};

/** Start of a request on the data socket; `size` bytes follow. */
struct pvg_helper_request {
    uint32_t magic;
    uint32_t op;
    uint64_t id;
    uint64_t size;
};

/** Start of a reply on the data socket; `size` bytes follow. */
struct pvg_helper_reply {
    uint32_t magic;
    int32_t rc; /**< 0 or a negative errno value, then `err` says why and no bytes follow. */
    uint64_t id;
    uint64_t size;
    struct pvg_error err;
};

/** How a child ended, from the helper. */
struct pvg_helper_outcome {
    uint32_t magic;
    int32_t status; /**< As of wait(); meaningless when `error` is set. */
    uint64_t id;
    int32_t error;        /**< errno value: no child could be made. */
    uint32_t stood_still; /**< Killed after PVG_HELPER_WALL_MS. */
    uint32_t cpu_ms;
    uint32_t resident_kib; /**< Highest resident size. */
    char text[400];        /**< What it wrote to its standard error, terminated. */
};

/** Name of the build: both ends must agree. */
void pvg_helper_build(char name[64]);

/** The work of a child (helper_serve.c). `op` is enum pvg_isolated_op. */
int pvg_helper_serve(uint32_t op, const uint8_t *request, size_t size, struct pvg_bytes *reply, struct pvg_error *err);

#ifdef PVG_HELPER_TEST
/** The request that the child serves. */
extern uint64_t pvg_helper_request_id;
/** Operations from PVG_ISOLATED_TEST on, in the helper that the tests build. */
int pvg_helper_test(uint32_t op, const uint8_t *request, size_t size, struct pvg_bytes *reply, struct pvg_error *err);
#endif

#endif
