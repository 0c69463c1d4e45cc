/* SPDX-License-Identifier: MIT */
/**
 * @file Constructs that Vulkan cannot express: the closed list of documented refusals.
 *
 * A refusal of the translator that names one of these classes is documented in docs/shader-support.md with its reason (a test
 * compares the two); every other refusal is a gap of the translator. The class travels in the message, "[identifier]", so that it
 * crosses process boundaries and logs as it is.
 */
#ifndef PVG_AIR_REFUSE_H
#define PVG_AIR_REFUSE_H

#include <openpvg/air.h>

/* Identifier in code, identifier in messages, construct, Vulkan's reason. Identifiers are stable: tools compare them. */
#define PVG_AIR_REFUSALS(X)                                                                                                        \
    X(DEVICE_FEATURE, "device-feature", "a construct that needs an optional feature which the Vulkan device lacks",                \
      "the feature is optional in Vulkan 1.3 and the construct has no equivalent without it")                                      \
    X(RAY_TRACING, "ray-tracing", "intersection functions, intersectors, intersection queries and acceleration structures",        \
      "Metal's intersection function tables pass data to functions that run inside a traversal; ray queries of Vulkan have no "    \
      "such functions and its acceleration structures have another layout")                                                        \
    X(TENSOR, "tensor", "tensor arguments and tensor operations of Metal 4", "Vulkan 1.3 has no tensor resources")                 \
    X(IMAGEBLOCK, "imageblock", "explicit imageblocks, imageblock data of fragment functions and masked stores to imageblocks",    \
      "Vulkan has no memory that belongs to a pixel of a pass and outlives a shader stage")                                        \
    X(GPU_COMMANDS, "gpu-commands", "encoding commands into indirect command buffers from a shader",                               \
      "Vulkan has no shader instruction that records draws or dispatches with state changes")                                      \
    X(VISIBLE_ENTRY, "visible-entry", "a visible function on its own",                                                             \
      "a Vulkan pipeline starts at the entry point of a stage; the function is translated with the pipelines that link it")        \
    X(GENERIC_POINTER, "generic-pointer", "a pointer that may reach device memory or thread or threadgroup memory",                \
      "SPIR-V for Vulkan has no generic storage class: an access names its storage class statically")                              \
    X(STORED_LOCAL_POINTER, "stored-local-pointer",                                                                                \
      "a pointer to thread or threadgroup memory or a constant table that is stored to a buffer",                                  \
      "such memory has no address in Vulkan that could be kept as data")

enum pvg_air_refusal_class {
    PVG_REFUSE_NONE,
#define PVG_AIR_REFUSAL_ENUM(name, id, construct, reason) PVG_REFUSE_##name,
    PVG_AIR_REFUSALS(PVG_AIR_REFUSAL_ENUM)
#undef PVG_AIR_REFUSAL_ENUM
};

/** Identifier of a class as messages carry it. */
const char *pvg_air_refusal_id(enum pvg_air_refusal_class c);

/** Class of an AIR intrinsic that no translation exists for, by the name's family; PVG_REFUSE_NONE if it is not documented. */
enum pvg_air_refusal_class pvg_air_refusal_of_intrinsic(const char *name);

#endif
