#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Which tests reach which part of the protocol, from what the tests themselves counted (OPENPVG_CENSUS, src/util/census.h).

Usage: census.py update CENSUS OPENPVG   write tests/coverage.tsv from the census of a complete test run
       census.py check CENSUS OPENPVG    fail if an item of `OPENPVG protocol --coverage` is reached by no test, or if
                                         tests/coverage.tsv names a test that no longer reaches its item
       census.py header TSV OUT.h        the table as C, for tools/protocol.c
"""
import json
import os
import subprocess
import sys

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "tests", "coverage.tsv")


def read_census(path):
    """{(kind, code): {"test": [took effect, refused]}}; fuzzers reach everything and prove nothing."""
    items = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            program, renderer, kind, code, done, refused = line.rstrip("\n").split("\t")
            if program.startswith("fuzz") or not program.startswith("test-"):
                continue
            name = program[len("test-"):] + ("" if renderer == "none" else "-" + renderer)
            counts = items.setdefault((kind, int(code, 16)), {}).setdefault(name, [0, 0])
            counts[0] += int(done)
            counts[1] += int(refused)
    return items


def listing(tool):
    """Items of the coverage listing that a run can reach: (census key, state, name)."""
    report = json.loads(subprocess.run([tool, "protocol", "--coverage", "--json"], check=True, stdout=subprocess.PIPE).stdout)
    for item in report["items"]:
        if item["kind"] != "register":
            # One opcode with two layouts: PVG_CENSUS_INDEXED_PATCHES.
            code = 0x30c if item["code"] == 0xc and "Indexed" in item["name"] else item["code"]
            yield (item["kind"], code), item["state"], item["name"]


def wanted(counts, state):
    """Tests that show what the state claims: an effect, or a refusal."""
    index = 0 if state == "implemented" else 1
    return sorted(test for test, seen in counts.items() if seen[index])


def read_table(path):
    table = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("#"):
                continue
            kind, code, tests = line.rstrip("\n").split("\t")
            table[(kind, int(code, 16))] = tests.split(",") if tests else []
    return table


def update(census, tool):
    with open(TABLE, "w", encoding="utf-8") as out:
        out.write("# Tests that reach each item of the protocol; written by scripts/census.py, checked by ./dev test.\n")
        for key, state, _ in listing(tool):
            out.write("%s\t0x%x\t%s\n" % (key[0], key[1], ",".join(wanted(census.get(key, {}), state))))
    return 0


def check(census, tool):
    table = read_table(TABLE)
    bad = 0
    for key, state, name in listing(tool):
        reached = wanted(census.get(key, {}), state)
        gone = sorted(set(table.get(key, [])) - set(reached))
        if not reached:
            print("%s 0x%x %s: %s, but no test shows it" % (key[0], key[1], name, state))
        elif key not in table:
            print("%s 0x%x %s: missing in tests/coverage.tsv; run census.py update" % (key[0], key[1], name))
        elif gone:
            print("%s 0x%x %s: tests/coverage.tsv names %s, which did not reach it" % (key[0], key[1], name, ", ".join(gone)))
        else:
            continue
        bad += 1
    print("coverage: %d items without the tests they claim" % bad)
    return bad != 0


def header(table, path):
    with open(path, "w", encoding="utf-8") as out:
        for (kind, code), tests in read_table(table).items():
            if tests:
                out.write('{"%s", 0x%x, "%s"},\n' % (kind, code, ",".join(tests)))


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in ("update", "check", "header"):
        sys.exit(__doc__)
    if sys.argv[1] == "header":
        header(sys.argv[2], sys.argv[3])
        return 0
    census = read_census(sys.argv[2])
    return (update if sys.argv[1] == "update" else check)(census, sys.argv[3])


if __name__ == "__main__":
    sys.exit(main())
