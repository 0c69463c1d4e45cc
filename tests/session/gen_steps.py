#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turn a session (JSON) into the line format that test_session reads: op, then key=value fields, separated by tabs.

Usage: gen_steps.py SESSION.json OUT.txt
       gen_steps.py --make GENERATOR VS FS CS NAME OUT.txt   make the session with real shader libraries first
"""
import json
import os
import subprocess
import sys
import tempfile


def text(value):
    """One field's value without tabs or newlines."""
    if isinstance(value, dict):  # key: [min, max]
        return ",".join("%s:%d:%d" % (k, v[0], v[1]) for k, v in value.items())
    if isinstance(value, list):  # [x, y, pixel]
        return ",".join("%d:%d:%s" % tuple(p) for p in value)
    return str(value).replace("\t", " ").replace("\n", " ")


def write(session, path):
    with open(path, "w", encoding="utf-8") as out:
        out.write("head\tpage_shift=%s\tram_size=%s\tvariant=%s\n"
                  % (session["page_shift"], session["ram_size"], session["variant"]))
        for m in session.get("kva_map") or []:
            out.write("kva\tkva=%s\tgpa=%s\tlen=%s\n" % (m["kva"], m["gpa"], m["len"]))
        for m in session["initial_memory"]:
            out.write("mem\tid=initial\tgpa=%s\thex=%s\n" % (m["gpa"], m["hex"]))
        for step in session["steps"]:
            fields = ["%s=%s" % (k, text(v)) for k, v in step.items() if k != "op"]
            out.write("\t".join([step["op"]] + fields) + "\n")


def main():
    if sys.argv[1] == "--make":
        generator, vs, fs, cs, name, out = sys.argv[2:]
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, generator, "--vs", vs, "--fs", fs, "--cs", cs, "--out", folder], check=True,
                           stdout=subprocess.DEVNULL)
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                write(json.load(f), out)
        return
    with open(sys.argv[1], encoding="utf-8") as f:
        write(json.load(f), sys.argv[2])


if __name__ == "__main__":
    main()
