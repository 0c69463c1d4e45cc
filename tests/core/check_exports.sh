#!/bin/sh
# SPDX-License-Identifier: MIT
# Every symbol that the shared library exports is a public function: prefixed pvg_ and declared with PVG_API.
# usage: check_exports.sh LIBRARY INCLUDE_DIR...
lib=$1
shift
symbols=$(nm -D --defined-only "$lib" | awk '{ print $NF }' | sed 's/@.*//' | sort -u)
[ -n "$symbols" ] || { echo "no exported symbols in $lib"; exit 1; }
failed=0
for s in $symbols; do
    if ! grep -rqE "(PVG_API .*|^)\b$s\(" "$@"; then
        echo "exported but not in a public header: $s"
        failed=1
    fi
done
echo "$(echo "$symbols" | wc -l) exported symbols checked"
exit $failed
