#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The demo: a Linux guest draws through the device; the last frame becomes out/demo.png. Run by ./dev demo."""

import argparse
import os
import re
import sys
import time

import vm


def guest_values(console):
    """Values of the guest program's last "guest: name=value ..." line."""
    lines = re.findall(r"^guest: (.*=.*)$", console, re.M)
    return dict(word.split("=", 1) for word in lines[-1].split() if "=" in word) if lines else {}


def show_progress(machine, frames):
    """Follow the program until it ends, with a line of progress. @return its exit status."""
    start = time.monotonic()
    ended = re.compile(r"^openpvg-init: guest ended with status (\d+)$", re.M)
    while True:
        match = ended.search(machine.seen)
        if match:
            return int(match[1])
        if time.monotonic() - start > 1800:
            raise machine.error("the guest program did not end within 30 minutes")
        if not machine.pump(1):
            raise machine.error("QEMU ended before the guest program")
        if sys.stdout.isatty():
            presents = machine.property("stats")["presents"]
            print(f"\r  drawing: {min(presents, frames)} of {frames} frames, {time.monotonic() - start:.0f} s ", end="", flush=True)


def check_validation(machine):
    """The layer was there, and silent: with "fatal" QEMU would have ended at its first message."""
    log = machine.stderr()
    if "validation layer loaded" not in log:
        raise machine.error("the renderer did not load the validation layer (package vulkan-validationlayers)")
    if "vulkan validation:" in log:
        raise machine.error("the validation layer has something to report")


def run(options):
    if options.validate:
        os.environ["OPENPVG_VK_VALIDATE"] = "sync,fatal"
    out = vm.ROOT / "out" / "demo.png"
    out.unlink(missing_ok=True)
    accel = options.accel
    if accel == "auto":
        accel = "kvm" if vm.kvm_works() else "tcg"
    display = "none" if options.display.startswith("vnc") else options.display
    extra = ["-vnc", options.display[len("vnc="):]] if options.display.startswith("vnc") else []
    program = vm.guest_program("x86_64")
    print(f"  booting a Linux guest under {accel.upper()}")
    device = "apple-gfx-pci,id=gfx" + (",x-log=info" if options.validate else "")
    with vm.Machine("x86_64", vm.initramfs("x86_64", program, "demo"), "demo", accel=accel, display=display, args=extra, device=device,
                    guest_args=["--frames", str(options.frames), "--size", "1920x1080", "--cursor", "--max-wait-ms", "0"]) as machine:
        machine.expect("^openpvg-init: up$", 180)
        status = show_progress(machine, options.frames)
        if sys.stdout.isatty():
            print()
        if status:
            raise machine.error(f"the guest program ended with status {status}")
        stats = machine.property("stats")
        renderer = machine.property("renderer-name")
        machine.screendump(out)
        kernel = re.search(r"^openpvg-init: kernel (.*)$", machine.seen, re.M)
        version = machine.qmp.command("query-version")["qemu"]
        values = guest_values(machine.seen)
        code = machine.power_off()
        if code:
            raise machine.error(f"QEMU ended with status {code}")
        if options.validate:
            check_validation(machine)
            print("  the validation layer, synchronization validation included, reported nothing")
    frames = int(values.get("frames", stats["presents"]))
    seconds = float(values.get("seconds", 0))
    draws = stats["draws"] / stats["presents"] if stats["presents"] else 0
    print(f"  saved {out.relative_to(vm.ROOT)}")
    guest = f"Linux-{kernel[1].replace(' ', '-')}" if kernel else "Linux"
    print(f"demo: frames={frames} fps={frames / seconds if seconds else 0:.1f} draws_per_frame={draws:.1f} guest={guest} "
          f"vmm=QEMU-{version['major']}.{version['minor']}.{version['micro']}-{accel} renderer={renderer.replace(' ', '-')}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--display", default="none")
    parser.add_argument("--accel", default="auto")
    parser.add_argument("--validate", action="store_true")
    try:
        run(parser.parse_args())
    except vm.VMError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
