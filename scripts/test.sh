# SPDX-License-Identifier: MIT
# All tests. Sourced by ./dev.

TEST_PARTS=(format unit validation clang asan tsan fuzz vm)
# Suites that use threads.
TSAN_SUITES="--suite core --suite display --suite vmm --suite session --suite guest --suite device --suite threads"
# Suites that render.
RENDER_SUITES="--suite vulkan --suite imports --suite kit --suite stages --suite gallery --suite frames --suite session --suite guest --suite device"
RENDER_SUITES+=" --suite stream --suite vmm --suite render"
PASSED=0
FAILED=0

# Count one check. usage: check TITLE COMMAND...
check() {
  if step "$@"; then
    PASSED=$((PASSED + 1))
  else
    FAILED=$((FAILED + 1))
  fi
}

# Add the results of a "meson test" run, one per test program.
count_meson() {
  local log=$1/meson-logs/testlog.json ok bad
  [ -f "$log" ] || return 0
  read -r ok bad < <(/usr/bin/python3 - "$log" <<'END'
import json, sys
results = [json.loads(line)["result"] for line in open(sys.argv[1]) if line.strip()]
good = sum(r in ("OK", "EXPECTEDFAIL") for r in results)
skipped = sum(r == "SKIP" for r in results)
print(good, len(results) - good - skipped)
END
  )
  PASSED=$((PASSED + ok))
  FAILED=$((FAILED + bad))
}

meson_tests() {
  local folder=$1
  shift
  rm -f "$folder/meson-logs/testlog.json"
  /usr/bin/meson test -C "$folder" --no-rebuild --print-errorlogs --num-processes "$JOBS" "$@"
}

# Build a variant and run tests in it. usage: variant_tests TITLE FOLDER "MESON TEST OPTIONS" MESON SETUP OPTIONS...
variant_tests() {
  local title=$1 folder=$2 options=$3
  shift 3
  if ! step "building: $title" meson_variant "$folder" "$@"; then
    FAILED=$((FAILED + 1))
    return
  fi
  # A failing run is counted test by test; one that cannot even start is counted as one failure.
  # shellcheck disable=SC2086
  if ! step "testing: $title" meson_tests "$folder" $options && [ ! -s "$folder/meson-logs/testlog.json" ]; then
    FAILED=$((FAILED + 1))
  fi
  count_meson "$folder"
}

test_format() { check "format" format_check; }

test_unit() {
  # The tests count which packets, objects and records they reach; the listing of the protocol claims no more than that.
  local -x OPENPVG_CENSUS=$PWD/build/census.tsv
  rm -f "$OPENPVG_CENSUS"
  variant_tests "gcc" build ""
  check "tests of every part of the protocol" /usr/bin/python3 scripts/census.py check "$OPENPVG_CENSUS" build/tools/openpvg
}

# Everything that renders once more under the Vulkan validation layer with synchronization validation; a report ends the program.
test_validation() {
  local -x OPENPVG_VK_VALIDATE=sync,fatal OPENPVG_TEST_FRAMES=200
  variant_tests "Vulkan validation" build "--timeout-multiplier 4 $RENDER_SUITES"
}

test_clang() {
  CC=clang-19 check "building: clang, warnings are errors" meson_variant build-clang --werror
}

test_asan() {
  local -x OPENPVG_TEST_FRAMES=100
  export ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
  export LSAN_OPTIONS=suppressions=$PWD/tests/lsan.supp:print_suppressions=0
  CC=clang-19 variant_tests "address and undefined-behaviour sanitizers" build-asan "--timeout-multiplier 4" \
    -Db_sanitize=address,undefined -Db_lundef=false
}

test_tsan() {
  # A guest that overwrites what the device is reading races by intent: only the other parts of that test.
  local -x OPENPVG_TEST_LIVES=0
  export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:suppressions=$PWD/tests/tsan.supp
  CC=clang-19 variant_tests "thread sanitizer" build-tsan "--timeout-multiplier 8 $TSAN_SUITES" \
    -Db_sanitize=thread -Db_lundef=false
}

fuzz_targets() {
  find build-fuzz/fuzz -maxdepth 1 -type f -executable -name 'fuzz_*' -printf '%f\n' | sort
}

fuzz_build() {
  CC=clang-19 meson_variant build-fuzz -Dfuzz=true -Dtests=false -Db_sanitize=address,undefined -Db_lundef=false \
    -Dc_args=-fsanitize=fuzzer-no-link
}

# usage: fuzz_one TARGET SECONDS
fuzz_one() {
  local timeout=10
  # Two children per input, to each of which a build with sanitizers gives 8 s of processor time and 40 s in all; the target itself
  # reports a call that takes longer.
  [ "$1" != fuzz_bitcode ] || timeout=90
  mkdir -p "out/fuzz/$1"
  "build-fuzz/fuzz/$1" -max_total_time="$2" -timeout="$timeout" -rss_limit_mb=4096 -print_final_stats=1 \
    -artifact_prefix="out/fuzz/$1-" "out/fuzz/$1" "build-fuzz/fuzz/seeds/$1"
}

fuzz_run() {
  local seconds=$1 only=$2 target targets
  step "building the fuzz targets" fuzz_build || exit 1
  mapfile -t targets < <(fuzz_targets)
  [ ${#targets[@]} -gt 0 ] || die "the build has no fuzz targets"
  if [ -n "$only" ]; then
    printf '%s\n' "${targets[@]}" | grep -qx "$only" || die "unknown fuzz target '$only'; there are: ${targets[*]}"
    targets=("$only")
  fi
  say "targets: ${targets[*]}"
  for target in "${targets[@]}"; do
    step "fuzzing $target for $seconds s" fuzz_one "$target" "$seconds" || exit 1
  done
}

# 60 seconds for the whole device (registers, rings, RAM), a few for each other target.
test_fuzz() {
  local target
  if ! step "building the fuzz targets" fuzz_build; then
    FAILED=$((FAILED + 1))
    return
  fi
  for target in $(fuzz_targets); do
    case $target in
      *device*) check "fuzzing $target for 60 s" fuzz_one "$target" 60 ;;
      *) check "fuzzing $target for 10 s" fuzz_one "$target" 10 ;;
    esac
  done
}

test_vm() {
  local counts
  build_ensure
  qemu_ensure
  kernel_ensure
  mkdir -p "$LOGS"
  /usr/bin/python3 tests/vm/run.py --results "$LOGS/vm-results" || true
  if [ -s "$LOGS/vm-results" ]; then
    read -r -a counts <"$LOGS/vm-results"
    PASSED=$((PASSED + counts[0]))
    FAILED=$((FAILED + counts[1]))
  else
    FAILED=$((FAILED + 1))
  fi
}

test_run() {
  local parts=("$@") part
  for part in "${parts[@]}"; do
    printf '%s\n' "${TEST_PARTS[@]}" | grep -qx -- "$part" || die "unknown part '$part'; there are: ${TEST_PARTS[*]}"
  done
  [ ${#parts[@]} -gt 0 ] || parts=("${TEST_PARTS[@]}")
  packages_ensure
  for part in "${parts[@]}"; do
    (rm -f "$ROOT"/out/logs/vm-results)
    "test_$part"
  done
  say "$PASSED passed, $FAILED failed"
  [ "$FAILED" -eq 0 ]
}
