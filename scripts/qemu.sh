# SPDX-License-Identifier: MIT
# QEMU with the apple-gfx devices: source from the distribution, built in the cache. Sourced by ./dev.
#
# $CACHE/qemu/VERSION/src      source with the devices added
# $CACHE/qemu/VERSION/build    build tree; only what changed is rebuilt
# $CACHE/qemu/VERSION/openpvg  headers and library that it was built against
# $CACHE/qemu/VERSION/bin-KEY  the emulators; KEY covers device sources, public headers and options
#
# The emulators use the shared library, so a change inside the library needs no new emulator.

QEMU_SUITE=trixie
QEMU_TARGETS=(x86_64-softmmu aarch64-softmmu)
QEMU_OPTIONS=(--without-default-features --without-default-devices --with-devices-x86_64=openpvg --with-devices-aarch64=openpvg
  --enable-system --enable-tcg --enable-kvm --enable-pixman --enable-vnc --enable-png --enable-fdt=system --enable-trace-backends=log
  --disable-docs --disable-werror --disable-download --disable-install-blobs)

qemu_fetch_archive() {
  local dir=$CACHE/apt/qemu-source
  mkdir -p "$dir/files"
  private_apt "$dir" "deb-src $QEMU_SUITE" || return 1
  (cd "$dir/files" && apt-get source --download-only qemu)
}

# Unpack what was downloaded; prints nothing, leaves $CACHE/qemu/current naming the version.
qemu_unpack_archive() {
  local dsc version dir
  dsc=$(ls -t "$CACHE"/apt/qemu-source/files/qemu_*.dsc | head -n 1)
  rm -rf "$CACHE/qemu/unpack"
  mkdir -p "$CACHE/qemu"
  # apt has verified the files against the signed index.
  dpkg-source --no-check -x "$dsc" "$CACHE/qemu/unpack" || return 1
  version=$(cat "$CACHE/qemu/unpack/VERSION")
  dir=$CACHE/qemu/$version
  mkdir -p "$dir"
  rm -rf "$dir/src"
  mv "$CACHE/qemu/unpack" "$dir/src"
  printf '%s\n' "$version" >"$CACHE/qemu/current"
}

# A copy of the user's own source; theirs stays as it is.
qemu_copy_own() {
  local from=$1 dir=$2
  mkdir -p "$dir/src"
  if [ -d "$from" ]; then
    cp -au "$from/." "$dir/src/"
  else
    tar -xf "$from" -C "$dir/src" --strip-components=1
  fi
}

# Sets QEMU_DIR to the version's folder, with the source in it.
qemu_source() {
  local own=${OPENPVG_QEMU_SRC:-}
  if [ -n "$own" ]; then
    [ -e "$own" ] || die "OPENPVG_QEMU_SRC: '$own' does not exist; accepted: a QEMU 10.0 source directory or tarball"
    own=$(realpath "$own")
    QEMU_DIR=$CACHE/qemu/own-$(printf '%s' "$own" | hash_text)
    [ -f "$own" ] && [ -f "$QEMU_DIR/src/VERSION" ] && [ "$QEMU_DIR/src/VERSION" -nt "$own" ] && return 0
    step "copying QEMU source from OPENPVG_QEMU_SRC" qemu_copy_own "$own" "$QEMU_DIR" || exit 1
    return 0
  fi
  if [ ! -f "$CACHE/qemu/current" ] || [ ! -f "$CACHE/qemu/$(cat "$CACHE/qemu/current")/src/VERSION" ]; then
    step "downloading QEMU source (Debian $QEMU_SUITE)" qemu_fetch_archive || exit 1
    step "unpacking QEMU source" qemu_unpack_archive || exit 1
  fi
  QEMU_DIR=$CACHE/qemu/$(cat "$CACHE/qemu/current")
}

qemu_options() {
  printf '%s\n' "${QEMU_OPTIONS[@]}" "--target-list=$(IFS=,; printf '%s' "${QEMU_TARGETS[*]}")"
  if pkg-config --exists gtk+-3.0 2>/dev/null; then
    printf '%s\n' --enable-gtk
  fi
}

qemu_key() {
  {
    cat "$QEMU_DIR/src/VERSION"
    qemu_options
    # Device-independent content only: names relative to the checkout, so that two checkouts share emulators.
    cd "$ROOT" && sha256sum qemu/*.[ch] qemu/*.in qemu/trace-events qemu/add-to-qemu qemu/configs/* include/openpvg/*
  } | hash_text
}

library_file() {
  local file
  file=$(find "$ROOT/build/src" -maxdepth 2 -name 'libopenpvg.so.?' -print -quit 2>/dev/null)
  [ -n "$file" ] || die "the library is not built; run ./dev build"
  printf '%s' "$file"
}

# Headers and library for QEMU's build. The library is replaced only when its interface changed: relinking is the slow part.
qemu_stage_library() {
  local dir=$QEMU_DIR/openpvg lib soname
  lib=$(library_file)
  soname=$(basename "$lib")
  mkdir -p "$dir/lib" "$dir/include/openpvg"
  cp -u "$ROOT"/include/openpvg/*.h "$dir/include/openpvg/"
  if ! cmp -s <(nm -D --defined-only "$lib" | cut -d' ' -f3) <(nm -D --defined-only "$dir/lib/$soname" 2>/dev/null | cut -d' ' -f3); then
    cp -L "$lib" "$dir/lib/$soname"
    ln -sf "$soname" "$dir/lib/libopenpvg.so"
  fi
  cat >"$dir/openpvg.pc" <<'END'
prefix=${pcfiledir}
Name: openpvg
Description: Apple's paravirtualized GPU as a library
Version: 0.1.0
Cflags: -I${prefix}/include
Libs: -L${prefix}/lib -lopenpvg
END
}

qemu_configure() {
  local options
  mapfile -t options < <(qemu_options)
  mkdir -p "$QEMU_DIR/build"
  # Debian's own interpreter: Debian's Meson belongs to it.
  (cd "$QEMU_DIR/build" && PKG_CONFIG_PATH=$QEMU_DIR/openpvg ../src/configure --python=/usr/bin/python3 "${options[@]}") ||
    return 1
  printf '%s\n' "${options[@]}" >"$QEMU_DIR/build/openpvg-options"
}

qemu_compile() {
  ninja -C "$QEMU_DIR/build" -j "$JOBS" qemu-system-x86_64 qemu-system-aarch64
}

qemu_make() {
  local bin=$1
  qemu_stage_library
  step "adding the devices to QEMU" "$ROOT/qemu/add-to-qemu" "$QEMU_DIR/src" || return 1
  if [ ! -f "$QEMU_DIR/build/build.ninja" ] || ! cmp -s <(qemu_options) "$QEMU_DIR/build/openpvg-options"; then
    step "configuring QEMU" qemu_configure || return 1
  fi
  step "building QEMU (minutes the first time)" qemu_compile || return 1
  rm -rf "$bin.new"
  mkdir -p "$bin.new"
  cp "$QEMU_DIR"/build/qemu-system-x86_64 "$QEMU_DIR"/build/qemu-system-aarch64 "$bin.new/"
  rm -rf "$bin"
  mv "$bin.new" "$bin"
}

# A command that runs an emulator of this checkout with its library and firmware.
qemu_wrapper() {
  local name=$1 bin=$2 text
  text="#!/bin/sh
LD_LIBRARY_PATH=$(dirname "$(library_file)")\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH
exec $bin/$name -L /usr/share/qemu -L /usr/share/seabios \"\$@\""
  [ -f "$ROOT/build/$name" ] && [ "$(cat "$ROOT/build/$name")" = "$text" ] && return 0
  printf '%s\n' "$text" >"$ROOT/build/$name"
  chmod +x "$ROOT/build/$name"
}

# Leaves build/qemu-system-x86_64 and build/qemu-system-aarch64.
qemu_ensure_locked() {
  local bin name
  qemu_source
  bin=$QEMU_DIR/bin-$(qemu_key)
  [ -x "$bin/qemu-system-x86_64" ] && [ -x "$bin/qemu-system-aarch64" ] || qemu_make "$bin" || exit 1
  for name in qemu-system-x86_64 qemu-system-aarch64; do
    qemu_wrapper "$name" "$bin"
  done
}

qemu_ensure() { with_lock qemu qemu_ensure_locked || exit 1; }
