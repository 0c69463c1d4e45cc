#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Seeds of the fuzz targets: gen_seeds.py TESTS_DATA OUT_FOLDER STAMP LIBRARY...

device: the recorded sessions as operations; stream and wire: every stream record; metallib: the given libraries; bitcode: their
modules; air: each entry point of the given AIR texts (.ll) as a module of its own."""
import json
import os
import re
import struct
import sys

SEGMENTS = {"render": 0, "compute": 1, "blit": 2, "event": 3, "info": 4}


def save(folder, target, name, data):
    path = os.path.join(folder, target)
    os.makedirs(path, exist_ok=True)
    with open(os.path.join(path, name), "wb") as f:
        f.write(data)


def number(v):
    return int(v, 0) if isinstance(v, str) else int(v)


def store(gpa, data):
    out = b""
    for at in range(0, len(data), 0xFFFF):
        part = data[at:at + 0xFFFF]
        out += struct.pack("<BIH", 2, gpa + at, len(part)) + part
    return out


def step(s):
    """One session step as fuzz operations; checks become pauses."""
    op = s["op"]
    if op == "mem":
        return store(number(s["gpa"]), bytes.fromhex(s["hex"]))
    if op in ("write32", "write64"):
        how = (0x10 if s["win"] == "iosfc" else 0) | (3 if op == "write64" else 2)
        return struct.pack("<BBHQ", 0, how, number(s["off"]), number(s["value"]))
    if op == "read32":
        return struct.pack("<BBH", 1, (0x10 if s["win"] == "iosfc" else 0) | 2, number(s["off"]))
    if op == "vcpu_regs":
        return struct.pack("<BQQQ", 6, *(number(s[x]) for x in ("x19", "x21", "x22")))
    if op in ("wait_stamp", "expect_irq"):
        return b"\x05"
    if op == "reset":
        return b"\x07"
    return b""


def session_seed(session):
    variant = 1 if session["variant"] == "platform" else 0
    out = bytes([variant])
    for m in session["initial_memory"]:
        out += store(number(m["gpa"]), bytes.fromhex(m["hex"]))
    return out, [step(s) for s in session["steps"]]


def draws():
    """A pass over texture 3 with the fixed pipeline, its bindings and three kinds of draws."""
    attachment = struct.pack("<IIHHHHHHHHHH4d", 3, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0.1, 0.2, 0.3, 1.0)
    body = struct.pack("<II", 0x1A, 592) + bytes(40 + 36) + attachment + bytes(7 * 60) + struct.pack("<IQQQ", 1, 0, 64, 64)
    body += struct.pack("<III", 0x74, 12, 7) + struct.pack("<III", 0x68, 12, 6)
    for op in (0x7D, 0x6E):
        body += struct.pack("<IIII", op, 40, 0, 2) + struct.pack("<IQIQ", 1, 0, 2, 256)
    body += struct.pack("<IIIIII", 0x72, 24, 0, 2, 4, 4) + struct.pack("<IIIII", 0x70, 20, 0, 1, 5)
    body += struct.pack("<II6d", 0x82, 56, 0, 0, 64, 64, 0, 1) + struct.pack("<II4Q", 0x75, 40, 0, 0, 64, 64)
    body += struct.pack("<IIIHH", 1, 16, 3, 0, 3) + struct.pack("<IIHHHH", 3, 16, 0, 4, 2, 4)
    body += struct.pack("<IIHHIHH", 7, 20, 3, 0, 2, 6, 0)
    return body


def segment(kind, body):
    return struct.pack("<IBBBB", 8 + len(body), kind, 0, 0, 0) + body


def modules(library):
    """The wrapped bitcode modules of a library."""
    at = library.find(b"\xde\xc0\x17\x0b")
    while at >= 0:
        offset, size = struct.unpack_from("<II", library, at + 8)
        yield library[at:at + offset + size]
        at = library.find(b"\xde\xc0\x17\x0b", at + offset + size)


def entry_modules(text):
    """(name, text) of each entry point with only what it needs of the module."""
    kinds = {}
    for kind, nodes in re.findall(r"^!air\.(vertex|fragment|kernel|mesh|object|visible) = !\{([^}]*)\}", text, re.M):
        for node in re.findall(r"![0-9]+", nodes):
            kinds[node] = kind
    bodies = {m[1]: m[0] for m in re.finditer(r"^define [^\n]*?@([\w.$]+)\([^\n]*\{\n.*?^\}\n", text, re.M | re.S)}
    for node, kind in kinds.items():
        head = re.search(r"^%s = (?:distinct )?!\{ptr @([\w.$]+)" % re.escape(node), text, re.M)
        if not head or head[1] not in bodies:
            continue
        keep, todo = set(), [head[1]]
        while todo:
            name = todo.pop()
            if name not in keep:
                keep.add(name)
                todo += [n for n in re.findall(r"@([\w.$]+)", bodies[name]) if n in bodies]
        out = text
        for name, body in bodies.items():
            if name not in keep:
                out = out.replace(body, "")
        out = re.sub(r"^!air\.(vertex|fragment|kernel|mesh|object|visible) = .*\n", "", out, flags=re.M)
        for other in kinds:
            if other != node:
                out = re.sub(r"^%s = .*\n" % re.escape(other), "", out, flags=re.M)
        used = set(re.findall(r"@([\w.$]+)", "".join(bodies[n] for n in keep)))
        out = "".join(line for line in out.splitlines(True)
                      if not line.startswith("declare") or re.search(r"@([\w.$]+)\(", line)[1] in used)
        yield head[1], out + "!air.%s = !{%s}\n" % (kind, node)


def main():
    data, out, stamp = sys.argv[1:4]
    for name in ("session", "session14"):
        with open(os.path.join(data, "session-triangle", name + ".json"), encoding="utf-8") as f:
            head, steps = session_seed(json.load(f))
        for part in (1, 2, 4):
            save(out, "fuzz_device", "%s-%d" % (name, part), head + b"".join(steps[:len(steps) // part]))
    with open(os.path.join(data, "stream.json"), encoding="utf-8") as f:
        records = json.load(f)
    by_kind = {}
    for i, r in enumerate(records):
        body = bytes.fromhex(r["bytes"])
        kind = SEGMENTS[r["segment"]]
        by_kind.setdefault(kind, b"")
        by_kind[kind] += body
        save(out, "fuzz_wire", "record-%03d" % i, bytes([0x80 | kind]) + body)
        if i % 4 == 0:
            save(out, "fuzz_stream", "record-%03d" % i, b"\x00" + segment(kind, body))
    for kind, body in by_kind.items():
        save(out, "fuzz_stream", "segment-%d" % kind, b"\x00" + segment(kind, body))
        save(out, "fuzz_wire", "segment-%d" % kind, b"\x90" + segment(kind, body))
    # Type 7 sampler, type 8 buffer texture (ref 64, over buffer 1), both named by a bind.
    sampler = bytes.fromhex("0300000024000000400000000000008400000000" "00000000ffff7f7f" + "00" * 8)
    texture = bytes.fromhex("0900000040000000410000000100000000000000000000000001000000000000"
                            "421150004000000040000000010000000100010001001000" + "00" * 8)
    bind = bytes.fromhex("700000001400000000000000" "0100000040000000" "720000001400000000000000" "0100000041000000")
    descriptors = b"\x02" + struct.pack("<BBH", 0, 7, len(sampler)) + sampler + struct.pack("<BBH", 1, 8, len(texture)) + texture
    save(out, "fuzz_stream", "objects", descriptors + segment(0, bind))
    save(out, "fuzz_stream", "draws", b"\x00" + segment(0, draws()))
    save(out, "fuzz_wire", "sampler", b"\x07" + sampler)
    save(out, "fuzz_wire", "buffer-texture", b"\x08" + texture)
    for path in sys.argv[4:]:
        name = os.path.basename(path)
        with open(path, "rb") as f:
            content = f.read()
        if name.endswith(".ll"):
            for entry, text in entry_modules(content.decode()):
                save(out, "fuzz_air", name[:-3] + "-" + entry, text.encode())
        else:
            save(out, "fuzz_metallib", name, content)
            for i, module in enumerate(modules(content)):
                save(out, "fuzz_bitcode", "%s-%d" % (name, i), module)
    # Edits of replies: offset (3 bytes with flags), value (4 bytes).
    for at in range(0, 1400, 28):
        edits = b"".join(struct.pack("<IB", at + k, 2)[:3] + struct.pack("<I", value) for k, value in ((0, 2), (9, 255), (17, 7)))
        save(out, "fuzz_reply", "edits-%04d" % at, bytes([at // 28 % 2]) + edits)
    with open(stamp, "w", encoding="utf-8") as f:
        f.write("done\n")


if __name__ == "__main__":
    main()
