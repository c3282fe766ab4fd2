"""Shell scripts that carry an archive behind their last line, as makeself and many installers for Unix make them."""

from __future__ import annotations

import re

from unrig.formats import sniff_containers as containers
from unrig.formats import sniff_installers as installers
from unrig.formats import sniff_programs as programs
from unrig.formats.sniff_magic import has

LONGEST = 1 << 20
"""Bytes of script: makeself's has 20,000, the longest seen (Miniconda's) 30,000."""
BEGINS = re.compile(
    rb"\n(?=\x1f\x8b\x08|BZh[1-9]1AY&SY|\xfd7zXZ\0|\x28\xb5\x2f\xfd|PK\x03\x04|7z\xbc\xaf\x27\x1c|hsqs|\x7fELF)"
)
USTAR, USTAR_AT = b"ustar", 257
CHECKS = (
    containers.is_gzip,
    containers.is_bzip2,
    containers.is_xz,
    containers.is_zstd,
    containers.is_zip,
    containers.is_7z,
    installers.is_squashfs,
    programs.is_elf,
    containers.is_tar,
)
MOST = 64
"""Places that are looked at: a script may hold such bytes in a here-document."""


def is_script_with_archive(data: memoryview) -> bool:
    """Tell whether an interpreter's line begins it and an archive or a program stands behind one of its lines."""
    return archive_start(data) >= 0


def archive_start(data: memoryview) -> int:
    """Return where the archive begins, -1 where there is none."""
    if not has(data, b"#!"):
        return -1
    head = bytes(data[:LONGEST])
    starts = [match.end() for match in BEGINS.finditer(head)]
    starts += [match.start() - USTAR_AT for match in re.finditer(USTAR, head)]
    behind_lines = sorted(at for at in starts if at > 0 and head[at - 1 : at] == b"\n")
    for at in behind_lines[:MOST]:
        if any(check(data[at:]) for check in CHECKS):
            return at
    return -1
