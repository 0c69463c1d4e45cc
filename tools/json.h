/* SPDX-License-Identifier: MIT */
/** @file Writing JSON: strings with what they need escaped. Numbers and structure are printed by the caller. */
#ifndef PVG_TOOLS_JSON_H
#define PVG_TOOLS_JSON_H

#include <stdio.h>

/** Write a string in quotes; NULL is written as an empty string. */
static inline void pvg_json_string(FILE *out, const char *s)
{
    fputc('"', out);
    for (; s && *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20)
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

#endif
