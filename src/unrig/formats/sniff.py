"""Which format are these bytes? Told by structure: names and marker strings lie, checksums and offsets lie less.

The order matters only where one file is two formats. What the operating system would run comes first, then what
announces itself at the start, then what is found from the end (a disk image, a zip behind something else), then text.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from unrig.formats import iso_trees
from unrig.formats import sniff_containers as containers
from unrig.formats import sniff_discs as discs
from unrig.formats import sniff_installers as installers
from unrig.formats import sniff_programs as programs
from unrig.formats.electron_plist import is_plist
from unrig.formats.sniff_broken import broken
from unrig.formats.sniff_scripts import is_script_with_archive

CHECKS: Mapping[str, Callable[[memoryview], bool]] = MappingProxyType(
    {
        "pe": programs.is_pe,
        "elf": programs.is_elf,
        "macho": programs.is_macho,
        "zip": containers.is_zip,
        "gzip": containers.is_gzip,
        "xz": containers.is_xz,
        "bzip2": containers.is_bzip2,
        "zstd": containers.is_zstd,
        "7z": containers.is_7z,
        "cab": containers.is_cab,
        "ole": containers.is_ole,
        "xar": containers.is_xar,
        "rar": containers.is_rar,
        "rar5": containers.is_rar5,
        "rpm": containers.is_rpm,
        "deb": containers.is_deb,
        "ar": containers.is_ar,
        "nsis": installers.is_nsis,
        "squashfs": installers.is_squashfs,
        "wim": installers.is_wim,
        "cpio": installers.is_cpio,
        "apfs": installers.is_apfs,
        "png": programs.is_png,
        "gif": programs.is_gif,
        "jpeg": programs.is_jpeg,
        "ico": programs.is_ico,
        "bmp": programs.is_bmp,
        "webp": programs.is_webp,
        "asar": containers.is_asar,
        "tar": containers.is_tar,
        "dmg": containers.is_dmg,
        "iso_udf": discs.is_iso_with_udf,
        "iso_hfs": discs.is_iso_with_hfs,
        "iso_joliet": iso_trees.is_iso_with_other_joliet,
        "iso": containers.is_iso,
        "udf": discs.is_udf,
        "hfs": installers.is_hfs,
    }
)
"""Every format told by structure but for text and a zip behind other bytes, in the order they are asked."""

STEP = 1 << 20
CONTROL = re.compile(r"[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]")  # all but white space, form feed and escape
ENCODINGS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def sniff(data: memoryview) -> str:
    """Return the name of the format: a key of CHECKS, or `script_archive`, `plist`, `empty`, `text`, `opaque` (none that unrig knows).

    What begins as a format and does not keep to it is `broken` and that format (see `sniff_broken`).
    """
    if not len(data):
        return "empty"
    for name, check in CHECKS.items():
        if check(data):
            return name
    if containers.is_zip_behind(data):
        return "zip"
    if is_text(data):
        return "plist" if is_plist(data) else "text"
    return "script_archive" if is_script_with_archive(data) else broken(data) or "opaque"


def is_text(data: memoryview) -> bool:
    """Tell whether all bytes are UTF-8, or UTF-16 behind a byte order mark, without control characters."""
    decoder = codecs.getincrementaldecoder(ENCODINGS.get(bytes(data[:2]), "utf-8"))()
    try:
        for start in range(0, len(data), STEP):
            if CONTROL.search(decoder.decode(bytes(data[start : start + STEP]))):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
