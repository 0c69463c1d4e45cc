#!/bin/sh
# SPDX-License-Identifier: MIT
# openpvg shader on the command line: pack, list, show, dump, and what it says about wrong arguments.
# usage: check_tool.sh OPENPVG FILE.ll
set -eu
tool=$1
source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "$1" >&2
    exit 1
}
# expect CODE TEXT COMMAND...: exit code and a text on standard output or error
expect() {
    code=$1
    text=$2
    shift 2
    got=0
    "$@" >"$work/out" 2>&1 || got=$?
    [ "$got" = "$code" ] || fail "exit code $got instead of $code: $*: $(cat "$work/out")"
    grep -q -- "$text" "$work/out" || fail "no \"$text\" from: $*: $(cat "$work/out")"
}

lib=$work/own.metallib
"$tool" shader pack -o "$lib" "$source"
expect 0 'hash=ok' "$tool" shader list "$lib"
name=$("$tool" shader list "$lib" | awk 'NR == 2 { print $2 }')
expect 0 "$name: AIR" "$tool" shader show "$lib"
expect 0 "$name: AIR" "$tool" shader show "$lib" "$name"
"$tool" shader dump "$lib" "$name" -o "$work/out.spv"
[ "$(od -An -tx4 -N4 "$work/out.spv" | tr -d ' ')" = 07230203 ] || fail 'dump is no SPIR-V'
# A library is an input of pack too, and comes out the same.
"$tool" shader pack -o "$work/again.metallib" "$lib"
cmp "$lib" "$work/again.metallib"

expect 0 'usage:' "$tool" --help
expect 0 'usage:' "$tool" shader --help
expect 2 'unknown command' "$tool" sahder
expect 2 'unknown action' "$tool" shader lst
expect 2 'usage:' "$tool" shader list
expect 2 'usage:' "$tool" shader pack "$lib"
expect 1 'No such file' "$tool" shader list "$work/none"
expect 1 'no function "nobody"' "$tool" shader show "$lib" nobody
expect 1 'no function "nobody"' "$tool" shader dump "$lib" nobody
expect 1 'appears twice' "$tool" shader pack -o "$work/x" "$lib" "$lib"
head -c 100 "$lib" >"$work/cut.metallib"
expect 1 'states' "$tool" shader list "$work/cut.metallib"
echo 'define void @f( {' >"$work/bad.ll"
expect 1 'expected' "$tool" shader pack -o "$work/x" "$work/bad.ll"
echo 'target triple = "air64-apple-macosx14.0.0"' >"$work/empty.ll"
expect 1 'no entry point' "$tool" shader pack -o "$work/x" "$work/empty.ll"
