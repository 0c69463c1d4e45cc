#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes ll/kernels.ll out of kernels.c: compiles to LLVM IR for a target with Metal's address spaces, replaces data layout and triple
# and adds the AIR metadata. Run it after changes to kernels.c; the result is part of the repository. Usage: make-kernels.sh [clang]
set -e
cd "$(dirname "$0")"
clang=${1:-clang-19}
out=ll/kernels.ll
layout='e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32'
{
    echo '; SPDX-License-Identifier: MIT'
    echo '; Made from kernels.c by make-kernels.sh.'
    echo "target datalayout = \"$layout\""
    echo 'target triple = "air64-apple-macosx14.0.0"'
    "$clang" -target spir64-unknown-unknown -O2 -fno-vectorize -fno-slp-vectorize -fno-unroll-loops -ffp-contract=off -Wno-everything \
        -emit-llvm -S -o - kernels.c |
        sed -e '/^;/d; /^source_filename/d; /^target /d; /^attributes/d; /^!/d; s/ spir_func / /; s/ #[0-9]*//g; s/, ![a-z.]* ![0-9]*//g' -e '/^$/d'
    echo '!air.version = !{!0}
!air.language_version = !{!1}
!0 = !{i32 2, i32 6, i32 0}
!1 = !{!"Metal", i32 3, i32 1, i32 0}
!2 = !{}'
    n=10
    list=
    for k in arith loops switches irreducible locals records mixed pointers table linked wide floats; do
        buffers=2
        [ $k != pointers ] || buffers=3
        params=
        i=0
        while [ $i -lt $buffers ]; do
            access=read
            [ $i != 0 ] || access=read_write
            echo "!$((n + 2 + i)) = !{i32 $i, !\"air.buffer\", !\"air.location_index\", i32 $i, i32 1, !\"air.$access\", !\"air.address_space\", i32 1, !\"air.arg_type_name\", !\"uint\", !\"air.arg_name\", !\"b$i\"}"
            params="$params!$((n + 2 + i)), "
            i=$((i + 1))
        done
        echo "!$((n + 2 + i)) = !{i32 $i, !\"air.thread_position_in_grid\", !\"air.arg_type_name\", !\"uint\", !\"air.arg_name\", !\"id\"}"
        echo "!$((n + 1)) = !{$params!$((n + 2 + i))}"
        echo "!$n = !{ptr @$k, !2, !$((n + 1))}"
        list="$list, !$n"
        n=$((n + 10))
    done
    echo "!air.kernel = !{${list#, }}"
} > $out
