#!/bin/sh
# SPDX-License-Identifier: MIT
# A smaller kernel with the same kind of failure as one that test_air_diff --dump wrote: tests/air/reduce.sh SEED FILE.ll OUT.ll
#
# TEST is the program (build/tests/air/test_air_diff), REDUCE LLVM's reducer. MATCH is what the program must go on to say, a regular
# expression; without one its exit code must stay the same. What is left may depend on values that nothing has set: kernels that say
# "undef" or "poison" are passed over, but memory without contents is for the reader (and for MATCH: name thread, byte and value).
set -eu
if [ "${1:-}" = --try ]; then
    shift
    if grep -v '^@' "$3" | grep -qE 'undef|poison'; then
        exit 1
    fi
    rc=0
    said=$(timeout 20 "$TEST" --seed "$2" --text "$3" 2>/dev/null) || rc=$?
    [ "$rc" = "$1" ] && printf '%s\n' "$said" | grep -qE "${MATCH:-.}"
    exit
fi
if [ $# -ne 3 ]; then
    sed -n '3,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
TEST=$(realpath "${TEST:-build/tests/air/test_air_diff}")
export TEST MATCH="${MATCH:-.}"
rc=0
"$TEST" --seed "$1" --text "$2" || rc=$?
case $rc in
0 | 2 | 77) echo "nothing to reduce" >&2; exit 1 ;;
esac
"${REDUCE:-llvm-reduce-19}" --test="$(realpath "$0")" --test-arg=--try --test-arg="$rc" --test-arg="$1" -o "$3" "$2"
