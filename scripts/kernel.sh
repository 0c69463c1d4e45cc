# SPDX-License-Identifier: MIT
# Kernels for the virtual machines: Debian's own packages, unpacked in the cache. Sourced by ./dev.

KERNEL_SUITE=bookworm
# Loaded by the guest's init in this order; modules of an architecture that lacks them are left out.
KERNEL_MODULES=(irqbypass vfio_virqfd vfio vfio_iommu_type1 vfio-pci-core vfio-pci)

# usage: kernel_download ARCHITECTURE (Debian's name)
kernel_download() {
  local arch=$1 dir=$CACHE/kernel/$1 package
  private_apt "$CACHE/apt/kernel" "deb $KERNEL_SUITE" amd64 arm64 || return 1
  package=$(apt-cache depends "linux-image-$arch:$arch" | sed -n 's/^ *Depends: *//p' | head -n 1)
  [ -n "$package" ] || die "$KERNEL_SUITE has no kernel for $arch"
  rm -rf "$dir.new"
  mkdir -p "$dir.new"
  (cd "$dir.new" && apt-get download "${package%:*}:$arch" && dpkg-deb -x ./*.deb tree) || return 1
  cp "$dir.new"/tree/boot/vmlinuz-* "$dir.new/vmlinuz" || return 1
  kernel_modules "$dir.new"
  rm -rf "$dir.new/tree" "$dir.new"/*.deb "$dir"
  mv "$dir.new" "$dir"
}

kernel_modules() {
  local dir=$1 name file
  mkdir -p "$dir/modules"
  : >"$dir/modules/order"
  for name in "${KERNEL_MODULES[@]}"; do
    file=$(find "$dir/tree" -name "$name.ko" -print -quit)
    if [ -n "$file" ]; then
      cp "$file" "$dir/modules/"
      printf '%s.ko\n' "$name" >>"$dir/modules/order"
    fi
  done
}

kernel_ensure_locked() {
  local arch
  for arch in amd64 arm64; do
    [ -f "$CACHE/kernel/$arch/vmlinuz" ] && [ -f "$CACHE/kernel/$arch/modules/order" ] && continue
    step "downloading the Debian kernel ($arch)" kernel_download "$arch" || exit 1
  done
}

kernel_ensure() { with_lock kernel kernel_ensure_locked || exit 1; }
