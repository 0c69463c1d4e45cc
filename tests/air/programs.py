#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Programs in C as kernels: compiled by clang at several levels of optimisation, given the metadata of AIR, and run on the Vulkan
device and on the processor by test_air_diff, which compares what they write."""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

HEAD = """target datalayout = "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-\
v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"
target triple = "air64-apple-macosx14.0.0"
"""
BUFFERS = [("read", 1), ("read", 2), ("read_write", 1), ("read_write", 1), ("read_write", 1), ("read_write", 3)]
BUILTINS = ["thread_position_in_grid", "thread_index_in_threadgroup"]
# Without vectors of other widths than the programs have, contractions, and calls that clang would make of loops.
FLAGS = ["-w", "-S", "-emit-llvm", "-target", "spir64-unknown-unknown", "-std=gnu11", "-ffreestanding", "-fno-builtin",
         "-fno-math-errno", "-ffp-contract=off", "-fno-vectorize", "-fno-slp-vectorize"]


def metadata():
    nodes = []
    for i, (access, space) in enumerate(BUFFERS):
        index = 0 if space == 3 else i
        nodes.append(f'!{{i32 {i}, !"air.buffer", !"air.location_index", i32 {index}, i32 1, !"air.{access}", '
                     f'!"air.address_space", i32 {space}, !"air.arg_type_name", !"uint"}}')
    for i, name in enumerate(BUILTINS):
        nodes.append(f'!{{i32 {len(BUFFERS) + i}, !"air.{name}", !"air.arg_type_name", !"uint"}}')
    lines = ["!air.kernel = !{!0}", "!0 = !{ptr @k, !1, !2}", "!1 = !{}",
             "!2 = !{" + ", ".join(f"!{3 + i}" for i in range(len(nodes))) + "}"]
    return "\n".join(lines + [f"!{3 + i} = {n}" for i, n in enumerate(nodes)]) + "\n"


def as_air(text):
    """clang's text without what belongs to its own target."""
    text = re.sub(r"^(target|source_filename|attributes|!).*\n", "", text, flags=re.M)
    text = re.sub(r"\bspir_(func|kernel) |\b(dso_local|local_unnamed_addr) ", "", text)
    text = re.sub(r".*noalias\.scope\.decl.*\n|, ![\w.]+ !\d+| #\d+", "", text)
    return HEAD + text + metadata()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clang", required=True, help="compiler")
    parser.add_argument("--runner", required=True, help="test_air_diff")
    parser.add_argument("--levels", default="0123s", help="levels of optimisation, one character each (default: %(default)s)")
    parser.add_argument("program", nargs="+", help="C files with a kernel k()")
    arguments = parser.parse_args()
    run = bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for program in arguments.program:
            for level in arguments.levels:
                file = pathlib.Path(folder, f"{pathlib.Path(program).stem}-O{level}.ll")
                subprocess.run([arguments.clang, *FLAGS, "-O" + level, program, "-o", file], check=True)
                file.write_text(as_air(file.read_text()))
                result = subprocess.run([arguments.runner, "--seed", str(run), "--text", file], capture_output=True, text=True,
                                        check=False)
                if result.returncode == 77:
                    print(result.stdout + result.stderr)
                    return 77
                run += 1
                if result.returncode or ": equal:" not in result.stdout:
                    bad += 1
                    print(f"{file.name}: exit status {result.returncode}\n{result.stdout}{result.stderr}", flush=True)
    print(f"{run} kernels, {bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
