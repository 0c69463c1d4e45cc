#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turn tests/data/stream.json (one encoded instance of every stream record) into a C table. Usage: gen_stream_vectors.py IN OUT"""
import json
import struct
import sys

SEGMENTS = {"render": 0, "compute": 1, "blit": 2, "event": 3, "info": 4}
SIZES = {"u8": 1, "u16": 2, "i16": 2, "u32": 4, "f32": 4, "u64": 8, "i64": 8, "f64": 8}


def bits(kind, value):
    """The field's wire bits as an unsigned integer."""
    if kind == "f32":
        return struct.unpack("<I", struct.pack("<f", value))[0]
    if kind == "f64":
        return struct.unpack("<Q", struct.pack("<d", value))[0]
    return int(value) & ((1 << (8 * SIZES[kind])) - 1)


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        records = json.load(f)
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        out.write("/* Generated from stream.json. */\n")
        for i, r in enumerate(records):
            out.write("static const struct vector_field fields_%d[] = {\n" % i)
            for field in r["fields"]:
                kind = field["type"]
                out.write('    {%d, %d, UINT64_C(0x%x), "%s"},\n'
                          % (field["offset"], SIZES[kind], bits(kind, field["value"]), field["name"]))
            out.write("    {0, 0, 0, 0},\n};\n")
        out.write("static const struct vector vectors[] = {\n")
        for i, r in enumerate(records):
            out.write('    {%d, 0x%x, "%s", %d, fields_%d},\n'
                      % (SEGMENTS[r["segment"]], r["opcode"], r["bytes"], len(r["fields"]), i))
        out.write("};\n")


if __name__ == "__main__":
    main()
