#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Files as C arrays: embed.py OUT.h NAME=FILE..."""
import sys

with open(sys.argv[1], "w", encoding="utf-8") as out:
    out.write("/* Generated. */\n#include <stdint.h>\n")
    for arg in sys.argv[2:]:
        name, path = arg.split("=", 1)
        with open(path, "rb") as f:
            data = f.read()
        out.write("static const uint8_t %s[] = {" % name)
        for i, byte in enumerate(data):
            out.write("%s%d," % ("\n    " if i % 24 == 0 else "", byte))
        out.write("\n};\n")
