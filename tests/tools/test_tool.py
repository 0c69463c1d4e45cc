#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The openpvg command from outside: help, exit codes, JSON contracts. Usage: test_tool.py OPENPVG BUILD_FOLDER"""
import json
import os
import re
import subprocess
import sys

TOOL, BUILD = sys.argv[1:3]
failures = 0


def run(*args, timeout=300):
    return subprocess.run([TOOL, *args], capture_output=True, text=True, timeout=timeout, check=False)


def check(condition, what):
    global failures
    if not condition:
        failures += 1
        print("FAILED:", what, file=sys.stderr)


def test_help():
    for args in (["--help"], ["doctor", "--help"], ["shader", "--help"], ["protocol", "--help"], ["bench", "--help"],
                 ["bench", "mmio", "--help"], ["bench", "draws", "--help"], ["bench", "passes", "--help"]):
        r = run(*args)
        check(r.returncode == 0 and "usage: openpvg" in r.stdout and not r.stderr, "help of %s" % args)
    check(run("--version").stdout.startswith("openpvg "), "version")


def test_usage_errors():
    for args, named in (([], "usage"), (["nonsense"], "nonsense"), (["doctor", "x1"], "x1"), (["protocol"], "usage"),
                        (["protocol", "--what"], "--what"), (["bench"], "usage"), (["bench", "disk"], "disk"),
                        (["bench", "mmio", "--count", "5"], "--count"), (["bench", "draws", "--count", "0"], '"0"'), (["bench", "passes", "--count", "0"], '"0"'),
                        (["bench", "draws", "--count", "many"], '"many"')):
        r = run(*args)
        check(r.returncode == 2 and named in r.stderr and not r.stdout, "refusal of %s: %d %s" % (args, r.returncode, r.stderr))


def test_doctor():
    r = run("doctor")
    check(r.returncode in (0, 1), "doctor's exit code")
    for section in ("Vulkan", "Library", "Shaders", "KVM", "QEMU"):
        check("\n%s\n" % section in "\n" + r.stdout, "doctor looks at " + section)
    check(("Rendering works" in r.stdout) == (r.returncode == 0), "doctor's verdict")
    # A machine without a driver: it says what to install.
    bare = subprocess.run([TOOL, "doctor"], capture_output=True, text=True, timeout=60, check=False,
                          env={"VK_DRIVER_FILES": "/nonexistent", "VK_ICD_FILENAMES": "/nonexistent", "PATH": "/nonexistent"})
    check(bare.returncode == 1 and "apt install" in bare.stdout, "doctor without a Vulkan driver")


def test_doctor_formats():
    r = run("doctor", "--formats", "--json")
    if "no rendering device" in r.stderr:
        return
    d = json.loads(r.stdout)
    rows = d["formats"]
    check(len(rows) == d["total"] == 140 and len({f["value"] for f in rows}) == 140, "all formats are listed")
    for state in ("native", "swizzled", "emulated", "absent"):
        check(d[state] == sum(f["state"] == state for f in rows), "number of %s formats" % state)
    for f in rows:
        used = any(f[k] for k in ("sample", "filter", "render", "blend", "store", "msaa"))
        check(used == (f["state"] != "absent") and (f["vk"] != "") == used, "uses of format %d" % f["value"])
        check(f["note"] or f["state"] == "native", "reason for format %d" % f["value"])
        check(f["must_met"] == all(f[use] for use in f["must"]), "verdict on format %d" % f["value"])
    check(d["must_missing"] == sum(not f["must_met"] for f in rows) and r.returncode == (d["must_missing"] > 0), "exit code")
    if "llvmpipe" in d["device"]:
        check(d["must_missing"] == 0, "formats that guests need on the software renderer")


def test_coverage():
    r = run("protocol", "--coverage", "--json")
    check(r.returncode == 0, "coverage")
    d = json.loads(r.stdout)
    items = d["items"]
    states = [i["state"] for i in items]
    check(d["total"] == len(items), "total")
    check(d["implemented"] == states.count("implemented") and d["refused"] == states.count("refused"), "sums")
    check({i["kind"] for i in items} == {"register", "fifo", "object", "create", "destroy", "record"}, "kinds")
    tests = json.loads(subprocess.run(["meson", "introspect", "--tests", BUILD], capture_output=True, text=True, check=True).stdout)
    known = {t["name"] for t in tests}
    programs = {os.path.basename(word) for t in tests for word in t["cmd"]}  # Some run under a script.
    for i in items:
        check(set(i) == {"kind", "code", "name", "state", "reason", "wire_test", "tests"}, "fields of %s" % i)
        check(i["state"] in ("implemented", "refused", "deprecated"), "state of %s" % i)
        check(bool(i["reason"]) == (i["state"] != "implemented"), "reason of %s" % i)
        check(i["wire_test"] in known or i["kind"] == "register", "wire test of %s" % i)
        # A measured name is that of a test program and the renderer that it ran with.
        for name in i["tests"]:
            check("test-" + re.sub("-(null|vulkan)$", "", name) in programs, "test %s of %s" % (name, i["name"]))
    check(sum(i["kind"] == "fifo" for i in items) == 65, "all FIFO slots are listed")
    check(sum(i["kind"] == "record" for i in items) == 176, "all stream records are listed")
    text = run("protocol", "--coverage").stdout
    check("%d items: %d implemented" % (d["total"], d["implemented"]) in text, "text form")


def test_bench():
    d = json.loads(run("bench", "mmio", "--json").stdout)
    names = {r["name"] for r in d["registers"]}
    check({"IRQ_STAMP.read", "CH_BELL.write", "ROOT_FIFO_PROD.write", "iosfc.MAP_PROD.write"} <= names, "registers measured")
    check(all(r["p50_ns"] <= r["p99_ns"] <= r["max_ns"] for r in d["registers"]), "order of percentiles")
    r = run("bench", "draws", "--count", "500", "--json")
    check(r.returncode == 0, "bench draws: " + r.stderr)
    if r.returncode == 0:
        d = json.loads(r.stdout)
        check(set(d) == {"draws", "cpu_us_per_draw", "native_us_per_draw", "ratio", "renderer"}, "fields of bench draws")
        check(d["draws"] == 500 and d["cpu_us_per_draw"] > 0 and d["native_us_per_draw"] > 0, "numbers of bench draws")
    r = run("bench", "passes", "--count", "200", "--json")
    check(r.returncode == 0, "bench passes: " + r.stderr)
    if r.returncode == 0:
        d = json.loads(r.stdout)
        check(set(d) == {"passes", "cpu_us_per_pass", "us_per_pass", "merged", "renderer"}, "fields of bench passes")
        check(d["passes"] == 200 and 0 < d["cpu_us_per_pass"] and 0.99 < d["merged"] <= 1, "numbers of bench passes")


if __name__ == "__main__":
    test_help()
    test_usage_errors()
    test_doctor()
    test_doctor_formats()
    test_coverage()
    test_bench()
    sys.exit(1 if failures else 0)
