#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Pictures of the gallery's scenes as PNG files with a page, and their comparison with the checked-in references.

Usage: gallery.py show PROGRAM FOLDER     draw all scenes, write FOLDER/*.png and FOLDER/index.html
       gallery.py check PROGRAM           draw all scenes, compare with tests/gallery/reference
       gallery.py update PROGRAM          draw all scenes, replace the references
"""
import html
import os
import struct
import subprocess
import sys
import tempfile
import zlib

REFERENCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "tests", "gallery", "reference")
SKIP = 77
# Renderers may round a colour and place an edge differently: a channel may be off by this much, and so many values may be off more.
TOLERANCE = 3
OUTLIERS = 0.01


def read_pam(path):
    with open(path, "rb") as f:
        data = f.read()
    head, pixels = data.split(b"ENDHDR\n", 1)
    fields = dict(line.split(b" ", 1) for line in head.splitlines()[1:])
    return int(fields[b"WIDTH"]), int(fields[b"HEIGHT"]), pixels


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write_png(path, width, height, pixels):
    rows = b"".join(b"\0" + pixels[y * width * 4:(y + 1) * width * 4] for y in range(height))
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)) +
                chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def read_png(path):
    """Only what write_png() writes: RGBA, 8 bits, no filters."""
    with open(path, "rb") as f:
        data = f.read()
    at, body, size = 8, b"", (0, 0)
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind == b"IHDR":
            size = struct.unpack(">II", data[at + 8:at + 16])
        elif kind == b"IDAT":
            body += data[at + 8:at + 8 + length]
        at += 12 + length
    rows, stride = zlib.decompress(body), size[0] * 4 + 1
    if any(rows[y * stride] for y in range(size[1])):
        sys.exit("%s: filtered rows; write it with gallery.py update" % path)
    return size[0], size[1], b"".join(rows[y * stride + 1:(y + 1) * stride] for y in range(size[1]))


def draw(program, folder):
    """[(name, ok, title)]; the pictures lie in `folder` as PAM files."""
    run = subprocess.run([program, folder], stdout=subprocess.PIPE, text=True, check=False)
    if run.returncode == SKIP:
        sys.exit(SKIP)
    scenes = [line.split("\t", 2) for line in run.stdout.splitlines()]
    listed = subprocess.run([program, "--list"], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    if len(scenes) != len(listed):
        sys.exit("%s ended with %d after %d of %d scenes" % (program, run.returncode, len(scenes), len(listed)))
    return [(name, state == "ok", title) for name, state, title in scenes]


def difference(a, b):
    """Share of values that differ by more than the tolerance, and the largest difference."""
    if a[:2] != b[:2]:
        return 1.0, 255
    off = [abs(x - y) for x, y in zip(a[2], b[2])]
    return sum(d > TOLERANCE for d in off) / len(off), max(off)


def show(program, folder):
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryDirectory() as raw:
        scenes = draw(program, raw)
        for name, _, _ in scenes:
            write_png(os.path.join(folder, name + ".png"), *read_pam(os.path.join(raw, name + ".pam")))
    with open(os.path.join(folder, "index.html"), "w", encoding="utf-8") as page:
        page.write("<!doctype html>\n<meta charset=\"utf-8\">\n<title>OpenPVG gallery</title>\n<style>\n"
                   "body { background: #16181d; color: #ddd; font: 14px sans-serif; margin: 2em; }\n"
                   "main { display: flex; flex-wrap: wrap; gap: 1.2em; }\n"
                   "figure { margin: 0; width: 192px; }\nimg { width: 192px; image-rendering: pixelated; background: #444; }\n"
                   "figcaption b { display: block; }\n.bad b { color: #f66; }\n</style>\n<h1>OpenPVG gallery</h1>\n"
                   "<p>Each picture was drawn by a guest through registers, rings, page tables and command streams.</p>\n<main>\n")
        for name, ok, title in scenes:
            page.write("<figure%s><img src=\"%s.png\" alt=\"\"><figcaption><b>%s</b>%s</figcaption></figure>\n"
                       % ("" if ok else " class=\"bad\"", name, html.escape(name), html.escape(title)))
        page.write("</main>\n")
    bad = [name for name, ok, _ in scenes if not ok]
    print("%d scenes in %s/index.html%s" % (len(scenes), folder, "; failed: " + ", ".join(bad) if bad else ""))
    return bool(bad)


def check(program):
    bad = 0
    with tempfile.TemporaryDirectory() as raw:
        for name, ok, _ in draw(program, raw):
            path = os.path.join(REFERENCE, name + ".png")
            if not ok:
                problem = "a record was refused"
            elif not os.path.exists(path):
                problem = "no reference; look at the picture, then gallery.py update"
            else:
                share, worst = difference(read_pam(os.path.join(raw, name + ".pam")), read_png(path))
                problem = "" if share <= OUTLIERS else "%.2f %% of the values differ, by up to %d" % (share * 100, worst)
            if problem:
                print("%s: %s" % (name, problem))
                bad += 1
    return bad != 0


def update(program):
    os.makedirs(REFERENCE, exist_ok=True)
    with tempfile.TemporaryDirectory() as raw:
        for name, ok, _ in draw(program, raw):
            if ok:
                write_png(os.path.join(REFERENCE, name + ".png"), *read_pam(os.path.join(raw, name + ".pam")))
            else:
                print("%s: a record was refused, its reference stays" % name)
    return 0


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in ("show", "check", "update") or len(sys.argv) != (4 if sys.argv[1] == "show" else 3):
        sys.exit(__doc__)
    if sys.argv[1] == "show":
        return show(sys.argv[2], sys.argv[3])
    return (check if sys.argv[1] == "check" else update)(sys.argv[2])


if __name__ == "__main__":
    sys.exit(main())
