/* SPDX-License-Identifier: MIT */
/** @file Operations of the helper that the tests build (helper_deeds.c). */
#ifndef PVG_TESTS_AIR_HELPER_DEEDS_H
#define PVG_TESTS_AIR_HELPER_DEEDS_H

#include "air/isolate.h"

enum {
    DEED_ANSWER = PVG_ISOLATED_TEST, /**< The request's bytes, each exclusive-or 0x5a. */
    DEED_REFUSE,
    DEED_CRASH,
    DEED_ABORT,
    DEED_LOOP,
    DEED_MEMORY,
    DEED_OUT_OF_MEMORY,
    DEED_NEST,
    DEED_CHATTER,
    DEED_SILENT_EXIT,
    DEED_STAND_STILL,
    DEED_DESCRIPTORS,
    DEED_OTHER_ID,
    DEED_HUGE_REPLY,
    DEED_POSITIVE_RC,
    DEED_BAD_MAGIC,
    DEED_SHORT_REPLY,
    DEED_OPEN,
    DEED_SOCKET,
    DEED_EXEC,
    DEED_FORK,
    DEED_PTRACE,
    DEED_KILL_PARENT,
    DEED_EXECUTABLE,
    DEED_MORE_TIME,
};

#endif
