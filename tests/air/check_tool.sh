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
expect 0 'translation: .*words' "$tool" shader show "$lib"
"$tool" shader show --json "$lib" >"$work/show.json"
python3 - "$work/show.json" "$name" <<'PY' || fail 'show --json'
import json, sys
(record,) = json.load(open(sys.argv[1]))
assert record['name'] == sys.argv[2] and record['stage'] == 'vertex' and record['spirv_words'] > 5
assert record['writes_position'] is True and record['table_size'] % 16 == 0
assert [b['index'] for b in record['buffers']] == sorted(b['index'] for b in record['buffers']) and record['buffers']
for name in ('pulls', 'textures', 'samplers', 'static_samplers', 'attributes', 'varyings', 'colors', 'constants', 'arguments'):
    assert isinstance(record[name], list), name
PY
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

# check: files and folders; what is no shader is skipped unless it is named; a broken library fails alone.
validate=
"$tool" shader check --no-pipeline "$lib" >"$work/out" 2>&1 || validate=--no-validate
[ -z "$validate" ] || grep -q 'built without SPIRV-Tools' "$work/out" || fail "check: $(cat "$work/out")"
mkdir -p "$work/set/inner"
cp "$lib" "$work/set/inner/one.metallib"
cp "$source" "$work/set/two.ll"
echo 'no shader' >"$work/set/readme.txt"
expect 0 'readme.txt: skipped' "$tool" shader check $validate --no-pipeline --jobs 2 "$work/set"
expect 0 '^2 functions: 2 translated, .*0 refused, 0 failed' "$tool" shader check $validate --no-pipeline --robustness none "$work/set"
"$tool" shader check $validate --no-pipeline --json "$work/set" 2>/dev/null >"$work/check.json"
python3 - "$work/check.json" "$name" <<'PY' || fail 'check --json'
import json, sys
result = json.load(open(sys.argv[1]))
assert list(result) == ['functions', 'translated', 'valid', 'pipelines', 'refused', 'failed', 'items'], list(result)
assert result['functions'] == result['translated'] == len(result['items']) == 2 and result['pipelines'] == 0
for item in result['items']:
    assert list(item) == ['file', 'function', 'stage', 'state', 'reason', 'ms', 'spirv_words'], list(item)
    assert item['function'] == sys.argv[2] and item['stage'] == 'vertex' and item['state'] == 'ok'
    assert item['ms'] > 0 and item['spirv_words'] > 5 and item['reason'] == ''
PY
expect 1 '3 functions: 2 translated' "$tool" shader check $validate --no-pipeline "$work/set" "$work/cut.metallib"
expect 1 'failed .*readme.txt' "$tool" shader check $validate --no-pipeline "$work/set/readme.txt"
expect 0 'usage:' "$tool" shader check --help
expect 2 'no file or folder' "$tool" shader check --json
expect 2 'does not take: --jobs' "$tool" shader check --jobs 0 "$lib"
expect 2 'unknown option' "$tool" shader check --fast "$lib"

# bench: counts and ratios of what it measured; broken files are left out.
"$tool" shader bench --json --repeat 1 "$work/set" 2>/dev/null >"$work/bench.json"
python3 - "$work/bench.json" <<'PY' || fail 'bench --json'
import json, sys
runs = json.load(open(sys.argv[1]))['runs']
assert [r['robustness'] for r in runs] == ['none', 'buffers']
for run in runs:
    assert run['functions'] == 2 and run['skipped'] == 0 and len(run['items']) == 2
    assert run['largest']['spirv_words'] == max(i['spirv_words'] for i in run['items'])
    for i in run['items']:
        assert 0 < i['air_instructions'] and 0 < i['spirv_instructions'] < i['spirv_module_instructions'] < i['spirv_words']
assert runs[0]['items'][0]['spirv_instructions'] < runs[1]['items'][0]['spirv_instructions']
PY
expect 2 'does not take: --repeat' "$tool" shader bench --repeat 0 "$lib"
expect 2 'no file or folder' "$tool" shader bench
