# SPDX-License-Identifier: MIT
# Packages: what ./dev needs from the distribution, and signed downloads that leave the machine's own apt configuration alone.

# Everything that building and testing needs. The one place where packages are listed.
PACKAGES=(
  # build tools
  gcc libc6-dev make pkg-config ninja-build python3 python3-venv bison flex dpkg-dev git ca-certificates
  # library
  llvm-19-dev libvulkan-dev spirv-headers libxxhash-dev glslang-tools
  # tests: second compiler with sanitizers and fuzzer, formatter, validators
  clang-19 libclang-rt-19-dev llvm-19 clang-format-19 libcmocka-dev spirv-tools vulkan-validationlayers vulkan-tools
  # QEMU and its firmware
  libglib2.0-dev libpixman-1-dev libfdt-dev libpng-dev zlib1g-dev seabios qemu-system-data
  # guest programs, arm64
  gcc-aarch64-linux-gnu libc6-dev-arm64-cross
)
# With these versions or later. Debian 12 has them in bookworm-backports: meson for QEMU, mesa-vulkan-drivers for a lavapipe with
# descriptor indexing.
VERSIONED_PACKAGES=("meson 1.5" "mesa-vulkan-drivers 25")

debian_release() {
  # shellcheck disable=SC1091
  (. /etc/os-release 2>/dev/null && [ "${ID:-}" = debian ] && printf '%s' "${VERSION_ID:-}") || true
}

debian_codename() {
  case $1 in
    12) printf bookworm ;;
    13) printf trixie ;;
  esac
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo -- "$@"
  fi
}

installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# usage: installed_at_least PACKAGE VERSION
installed_at_least() {
  installed "$1" && dpkg --compare-versions "$(dpkg-query -W -f='${Version}' "$1")" ge "$2"
}

missing_packages() {
  local p
  for p in "${PACKAGES[@]}"; do
    installed "$p" || printf '%s\n' "$p"
  done
}

missing_versioned() {
  local entry
  for entry in "${VERSIONED_PACKAGES[@]}"; do
    # shellcheck disable=SC2086
    installed_at_least $entry || printf '%s\n' "${entry% *}"
  done
}

# Address of the archive that the machine's own apt sources (either format) name for its release.
archive_uri() {
  local codename=$1
  apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
    awk -v c="$codename" '$1 == c && $2 == "main" { print $3; exit }'
}

suite_configured() {
  apt-get indextargets --format '$(RELEASE)' 'Created-By: Packages' | grep -qx "$1"
}

# Backports are a source like any other here: apt never prefers them by itself (NotAutomatic), and only what is asked for with -t
# comes from them.
add_backports() {
  local uri=$1
  suite_configured bookworm-backports && return 0
  say "  adding /etc/apt/sources.list.d/openpvg-backports.sources"
  printf 'Types: deb\nURIs: %s\nSuites: bookworm-backports\nComponents: main\nSigned-By: %s\n' "$uri" "$KEYRING" |
    as_root tee /etc/apt/sources.list.d/openpvg-backports.sources >/dev/null
}

KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

# Install what is missing. Does nothing, quickly, when everything is there.
packages_ensure() {
  local release codename uri missing versioned
  command -v dpkg-query >/dev/null || {
    warn "this is not Debian; install the equivalents of the packages listed in scripts/apt.sh yourself"
    return 0
  }
  mapfile -t missing < <(missing_packages)
  mapfile -t versioned < <(missing_versioned)
  [ ${#missing[@]} -eq 0 ] && [ ${#versioned[@]} -eq 0 ] && return 0

  release=$(debian_release)
  codename=$(debian_codename "$release")
  if [ -n "${OPENPVG_NO_INSTALL:-}" ] || [ -z "$codename" ]; then
    die "packages are missing: ${missing[*]} ${versioned[*]} (automatic installation works on Debian 12 and 13)"
  fi
  [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
    die "packages are missing and there is no sudo; as root: apt-get install ${missing[*]} ${versioned[*]}"
  say "Installing ${#missing[@]} packages and ${#versioned[@]} in a newer version"
  if [ "$release" = 12 ] && [ ${#versioned[@]} -gt 0 ]; then
    uri=$(archive_uri "$codename")
    [ -n "$uri" ] || die "no apt source of this machine offers '$codename main'; check /etc/apt/sources.list.d"
    add_backports "$uri"
  fi
  step "apt-get update" as_root apt-get update || exit 1
  [ ${#missing[@]} -eq 0 ] || step "apt-get install" apt_install "${missing[@]}" || exit 1
  if [ ${#versioned[@]} -gt 0 ]; then
    if [ "$release" = 12 ]; then
      step "apt-get install from backports" apt_install -t bookworm-backports "${versioned[@]}" || exit 1
    else
      step "apt-get install meson, Mesa" apt_install "${versioned[@]}" || exit 1
    fi
  fi
}

# A private apt: own sources, lists and package state under DIR, signatures checked against the archive keyring. Nothing of the
# machine's configuration changes and no privilege is needed. Sets APT_CONFIG for commands run after it.
# usage: private_apt DIR "deb SUITE" ARCHITECTURE...
private_apt() {
  local dir=$1 type=${2% *} suite=${2#* } uri release arch
  shift 2
  release=$(debian_codename "$(debian_release)")
  [ -n "$release" ] || die "downloading from the Debian archive needs a Debian 12 or 13 machine"
  [ -f "$KEYRING" ] || die "$KEYRING is missing (package debian-archive-keyring)"
  uri=$(archive_uri "$release")
  [ -n "$uri" ] || die "no apt source of this machine offers '$release main'; check /etc/apt/sources.list.d"
  mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
  : >"$dir/status"
  printf '%s [signed-by=%s] %s %s main\n' "$type" "$KEYRING" "$uri" "$suite" >"$dir/sources.list"
  {
    printf 'APT::Architectures {'
    for arch in "$(dpkg --print-architecture)" "$@"; do printf ' "%s";' "$arch"; done
    printf ' };\nDir::Etc::sourcelist "%s/sources.list";\nDir::Etc::sourceparts "-";\n' "$dir"
    printf 'Dir::State::lists "%s/lists";\nDir::State::status "%s/status";\nDir::Cache "%s/cache";\n' "$dir" "$dir" "$dir"
    printf 'Acquire::Languages "none";\nAPT::Sandbox::User "%s";\n' "$(id -un)"
  } >"$dir/apt.conf"
  export APT_CONFIG=$dir/apt.conf
  apt-get update
}
