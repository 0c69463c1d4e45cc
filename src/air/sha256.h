/* SPDX-License-Identifier: MIT */
/** @file SHA-256 (FIPS 180-4), for the HASH tag of containers. */
#ifndef PVG_AIR_SHA256_H
#define PVG_AIR_SHA256_H

#include <stddef.h>
#include <stdint.h>

void pvg_sha256(const void *data, size_t size, uint8_t digest[32]);

#endif
