# SPDX-License-Identifier: MIT
# Builds of the library and the formatter. Sourced by ./dev.

# Every variant has its own folder next to build/.
meson_variant() {
  local folder=$1
  shift
  # Debian's Meson, whatever else is in PATH: QEMU's build and the installed package agree on it.
  [ -f "$folder/build.ninja" ] || /usr/bin/meson setup "$folder" "$@"
  ninja -C "$folder" -j "$JOBS"
}

build_ensure() {
  step "building the library and tools" meson_variant build || exit 1
}

c_sources() {
  if git rev-parse --git-dir >/dev/null 2>&1; then
    git ls-files --cached --others --exclude-standard '*.c' '*.h'
  else
    find . -path './build*' -prune -o -path ./out -prune -o -name '*.[ch]' -print
  fi
}

format_sources() {
  c_sources | xargs -r clang-format-19 -i
}

format_check() {
  c_sources | xargs -r clang-format-19 --dry-run -Werror
}
