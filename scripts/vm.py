# SPDX-License-Identifier: MIT
"""Virtual machines for the demo and the VM tests: initramfs, QEMU command line, serial console, QMP."""

import contextlib
import hashlib
import json
import os
import pathlib
import re
import select
import shutil
import socket
import stat
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "openpvg"
BUILD = ROOT / "build" / "vm"

ARCHITECTURES = {
    "x86_64": {"debian": "amd64", "cc": "gcc", "console": "ttyS0"},
    "aarch64": {"debian": "arm64", "cc": "aarch64-linux-gnu-gcc", "console": "ttyAMA0"},
}


class VMError(Exception):
    """The machine did not do what was expected of it; the message says what and where its console log is."""


# ---- Initramfs ---------------------------------------------------------------------------------------------------------------


def cpio_entry(name, mode, data=b"", device=(0, 0), ino=[0]):
    """One member of a "newc" archive. Written here because a device node needs root in a folder but not in an archive."""
    ino[0] += 1
    path = name.encode() + b"\0"
    fields = [ino[0], mode, 0, 0, 1, 0, len(data), 0, 0, device[0], device[1], len(path), 0]
    head = b"070701" + b"".join(b"%08x" % f for f in fields) + path
    head += b"\0" * (-len(head) % 4)
    return head + data + b"\0" * (-len(data) % 4)


def build_initramfs(out, files):
    """files: {path in the archive: path here}, programs and modules alike."""
    parts = [cpio_entry("dev", stat.S_IFDIR | 0o755),
             cpio_entry("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))]
    folders = set()
    for name, source in files.items():
        for folder in reversed(pathlib.PurePosixPath(name).parents):
            if str(folder) != "." and folder not in folders:
                folders.add(folder)
                parts.append(cpio_entry(str(folder), stat.S_IFDIR | 0o755))
        parts.append(cpio_entry(name, stat.S_IFREG | 0o755, pathlib.Path(source).read_bytes()))
    parts.append(cpio_entry("TRAILER!!!", 0))
    out.write_bytes(b"".join(parts))


def compile_static(arch, name, sources, flags=()):
    """Compile a static program for a guest; nothing happens when it is newer than its sources."""
    out = BUILD / arch / name
    sources = [pathlib.Path(s) for s in sources]
    if out.exists() and all(out.stat().st_mtime > s.stat().st_mtime for s in sources):
        return out
    out.parent.mkdir(parents=True, exist_ok=True)
    command = [ARCHITECTURES[arch]["cc"], "-static", "-O2", "-std=gnu11", "-Wall", "-Wextra", "-D_GNU_SOURCE", *flags,
               "-o", str(out), *map(str, sources)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise VMError(f"cannot compile {name} for {arch}:\n{done.stderr}")
    return out


def compile_bare():
    """The bare-metal program for x86-64 machines."""
    return compile_static("x86_64", "bare.elf", [ROOT / "tests/vm/bare.S", ROOT / "tests/vm/bare.c"],
                          ["-m32", "-march=i686", "-mgeneral-regs-only", "-ffreestanding", "-fno-pie", "-no-pie", "-nostdlib",
                           "-fno-stack-protector", "-Wl,-Ttext=0x100000", "-Wl,--build-id=none", "-Wl,-z,noexecstack"])


def initramfs(arch, program, name):
    """Archive with the first process, a guest program and the kernel modules."""
    kernel = CACHE / "kernel" / ARCHITECTURES[arch]["debian"]
    init = compile_static(arch, "init", [ROOT / "tests/vm/init.c"])
    files = {"init": init, "guest": program}
    for module in sorted((kernel / "modules").iterdir()):
        files[f"modules/{module.name}"] = module
    out = BUILD / arch / f"{name}.cpio"
    build_initramfs(out, files)
    return out


def guest_program(arch):
    """The demo program of guest/, static; Meson builds it for every architecture it has a compiler for."""
    program = ROOT / "build" / "guest" / "program" / f"pvgdemo-{arch}"
    if not program.exists():
        raise VMError(f"{program.relative_to(ROOT)} is not built: is {ARCHITECTURES[arch]['cc']} installed?")
    return program


# ---- Machine -----------------------------------------------------------------------------------------------------------------


class Machine:
    """A QEMU process. Use as a context manager; the process and its files are gone afterwards, the console log stays."""

    def __init__(self, arch, initrd, name, accel="tcg", args=(), device="", guest_args=(), memory_mb=1024, display="none",
                 kernel=None, memory="memfd"):
        self.arch, self.name = arch, name
        self.log = ROOT / "out" / "logs" / f"vm-{name}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="openpvg-vm-"))
        self.seen = ""
        self.process = self.serial = self.qmp = None
        boot = ["-kernel", str(kernel)] if kernel else self._linux(initrd, guest_args)
        self.command = self._command(boot, accel, args, device, memory_mb, display, memory)

    def _linux(self, initrd, guest_args):
        info = ARCHITECTURES[self.arch]
        append = [f"console={info['console']}", "panic=-1", "quiet", "loglevel=4", "iomem=relaxed", "hugepages=64"]
        if self.arch == "x86_64":
            append += ["intel_iommu=on", "iommu=nopt", "vfio_iommu_type1.allow_unsafe_interrupts=1"]
        if guest_args:
            append.append("openpvg.args=" + ",".join(guest_args))
        kernel = CACHE / "kernel" / info["debian"] / "vmlinuz"
        return ["-kernel", str(kernel), "-initrd", str(initrd), "-append", " ".join(append)]

    def _command(self, boot, accel, args, device, memory_mb, display, memory):
        if self.arch == "x86_64":
            # The IOMMU lets VFIO give a guest program its interrupts; the GPU itself does not go through it.
            machine = ["-machine", "q35,vmport=off,memory-backend=ram", "-vga", "none", "-device", "intel-iommu",
                       "-cpu", "host" if accel == "kvm" else "max"]
            device = device or "apple-gfx-pci,id=gfx"
        else:
            machine = ["-machine", "virt,gic-version=3,memory-backend=ram", "-cpu", "cortex-a72"]
            device = device or "apple-gfx-mmio,id=gfx"
        return [str(ROOT / "build" / f"qemu-system-{self.arch}"), *machine, "-accel", accel, "-smp", "2", "-m", str(memory_mb),
                "-object", f"memory-backend-{memory},id=ram,size={memory_mb}M" + (",share=on" if memory == "memfd" else ""),
                "-nodefaults", "-no-user-config", "-display", display, "-device", device, *boot,
                "-chardev", f"socket,id=con,path={self.folder}/console,server=on,wait=on", "-serial", "chardev:con",
                "-qmp", f"unix:{self.folder}/qmp,server=on,wait=off", *args]

    def __enter__(self):
        self.errors = open(self.folder / "stderr", "w+b")
        self.log_file = open(self.log, "wb")
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors)
        try:
            self.serial = self._connect("console")
            self.qmp = QMP(self._connect("qmp"))
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for f in (self.serial, self.qmp and self.qmp.socket):
            if f:
                f.close()
        self.errors.seek(0)
        self.log_file.write(b"\n--- QEMU ---\n" + self.errors.read())
        self.log_file.close()
        self.errors.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _connect(self, name):
        end = time.monotonic() + 20
        while True:
            s = socket.socket(socket.AF_UNIX)
            try:
                s.connect(str(self.folder / name))
                return s
            except OSError:
                s.close()
                if self.process.poll() is not None or time.monotonic() > end:
                    raise self.error("QEMU did not start") from None
                time.sleep(0.05)

    def stderr(self):
        with open(self.folder / "stderr", "rb") as f:
            return f.read().decode(errors="replace")

    def error(self, what):
        tail = "\n".join((self.seen + "\n" + self.stderr()).splitlines()[-25:])
        return VMError(f"{self.name}: {what}; console log: {self.log}\n{tail}")

    def pump(self, timeout):
        """Take what the console has printed. @return False when QEMU has closed it."""
        ready, _, _ = select.select([self.serial], [], [], timeout)
        if not ready:
            return True
        try:
            data = self.serial.recv(65536)
        except ConnectionError:
            data = b""
        self.log_file.write(data)
        self.log_file.flush()
        self.seen += data.decode(errors="replace").replace("\r", "")
        return bool(data)

    def expect(self, pattern, timeout):
        """Wait for a line of the console that matches. @return the match."""
        end = time.monotonic() + timeout
        regex = re.compile(pattern, re.M)
        while True:
            match = regex.search(self.seen)
            if match:
                return match
            left = end - time.monotonic()
            if left <= 0:
                raise self.error(f"no line that matches '{pattern}' within {timeout} s")
            if not self.pump(min(left, 1)):
                raise self.error(f"QEMU ended before a line that matches '{pattern}'")

    def run_guest(self, timeout):
        """Wait until the guest program has ended. @return its exit status."""
        return int(self.expect(r"^openpvg-init: guest ended with status (\d+)$", timeout)[1])

    def property(self, name, path="/machine/peripheral/gfx"):
        return self.qmp.command("qom-get", path=path, property=name)

    def set_property(self, name, value, path="/machine/peripheral/gfx"):
        return self.qmp.command("qom-set", path=path, property=name, value=value)

    def screendump(self, out):
        out = pathlib.Path(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        self.qmp.command("screendump", filename=str(out), format="png")
        return out

    def power_off(self, timeout=60):
        """Let the guest switch the machine off and QEMU end. @return QEMU's exit status."""
        self.serial.sendall(b"poweroff\n")
        end = time.monotonic() + timeout
        while self.process.poll() is None:
            if time.monotonic() > end:
                raise self.error(f"the machine was not off after {timeout} s")
            if not self.pump(0.2):
                time.sleep(0.05)
        return self.process.returncode


class QMP:
    """QEMU's control socket."""

    def __init__(self, sock):
        self.socket = sock
        self.socket.settimeout(120)
        self.buffer = b""
        self._receive()
        self.command("qmp_capabilities")

    def _receive(self):
        while b"\n" not in self.buffer:
            data = self.socket.recv(65536)
            if not data:
                raise VMError("QEMU closed its control socket")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)

    def command(self, name, **arguments):
        request = {"execute": name}
        if arguments:
            request["arguments"] = arguments
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        while True:
            answer = self._receive()
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise VMError(f"QMP {name}: {answer['error']['desc']}")


# ---- KVM ---------------------------------------------------------------------------------------------------------------------


def kvm_works():
    """Boot the kernel under KVM for a few seconds: on some machines /dev/kvm opens and guests then hang."""
    if os.uname().machine != "x86_64" or not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    key = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text() + str(os.getuid())
    answer = CACHE / f"kvm-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
    if answer.exists():
        return answer.read_text() == "yes"
    program = compile_static("x86_64", "probe", [ROOT / "tests/vm/probe.c"])
    works = False
    with contextlib.suppress(VMError):
        with Machine("x86_64", initramfs("x86_64", program, "kvm-probe"), "kvm-probe", accel="kvm",
                     device="apple-gfx-pci,id=gfx,renderer=null") as vm:
            vm.expect("^openpvg-init: up$", 10)
            works = True
    answer.write_text("yes" if works else "no")
    return works
