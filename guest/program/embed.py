#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: embed.py OUT.c FILE.metallib...: the files as constant arrays named pvg_shader_<stem> (see scene.h)."""

import pathlib
import sys

out = ["/* Generated from guest/shaders. */", '#include "guest/scene.h"']
for name in sys.argv[2:]:
    path = pathlib.Path(name)
    data = path.read_bytes()
    rows = [", ".join(f"0x{b:02x}" for b in data[i:i + 20]) for i in range(0, len(data), 20)]
    out.append(f"static const unsigned char data_{path.stem}[] = {{\n    " + ",\n    ".join(rows) + "};")
    out.append(f"const struct pvg_scene_shader pvg_shader_{path.stem} = {{data_{path.stem}, {len(data)}}};")
pathlib.Path(sys.argv[1]).write_text("\n".join(out) + "\n")
