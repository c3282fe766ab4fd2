"""Containers that the pinned 7-Zip opens, in a sandbox of its own: unrig itself reads only what that lists.

Layout:   7z, RAR, ISO 9660 and UDF, DMG and the file systems inside (HFS+, APFS), xar (Apple's pkg), RPM, Debian
          packages, cpio, SquashFS, WIM and ESD, NSIS installers. The data is 7-Zip's listing; content comes through
          its standard output. Where an archive states a CRC-32, it is checked again.
Refuses:  encrypted members, each a problem; members of one name whose sizes are not stated; the second tree of a disc that
          has two (ISO 9660 beside UDF, HFS+ beside ISO 9660), a problem.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from unrig.formats import listing_7z
from unrig.formats.listing_7z import Listed
from unrig.model.budget import Budget, take_member
from unrig.model.errors import FormatError, LimitError
from unrig.model.member import Container, Member
from unrig.model.paths import label
from unrig.model.problem import Problem
from unrig.unpack.budget import limited, unsupported

TYPES = {
    "7z": "7z",
    "apfs": "APFS",
    "cpio": "Cpio",
    "deb": "Ar",
    "dmg": "Dmg",
    "hfs": "HFS",
    "iso": "Iso",
    "iso_hfs": "Iso",
    "iso_joliet": "Iso",
    "iso_udf": "Udf",
    "nsis": "Nsis",
    "rar": "Rar",
    "rar5": "Rar5",
    "rpm": "Rpm",
    "squashfs": "SquashFS",
    "udf": "Udf",
    "wim": "wim",
    "xar": "Xar",
}
"""What 7-Zip calls each format: it is told, so that it does not guess among all that it knows."""


def members(data: memoryview, budget: Budget) -> Iterator[Member | Problem]:
    """Yield each member that a listing names. Raises LimitError where it is too long."""
    for index, listed in enumerate(listing_7z.read(data)):
        path = path_of(listed)
        try:
            take_member(budget, path)
        except LimitError as error:
            yield limited(path, error)
            return
        if listed.encrypted and listed.kind == "file":
            action = "decrypt the archive and vet it again"
            yield unsupported(path, "a member in the clear", f"an encrypted one of {listed.size:,} bytes", action)
        yield Member(
            path=path,
            size=listed.size,
            index=index,
            offset=0,
            kind="encrypted" if listed.encrypted and listed.kind == "file" else listed.kind,
            crc32=listed.crc32,
            open=_open,
        )


def path_of(listed: Listed) -> str:
    """Return the label of a member's name."""
    return label(listed.name.encode("utf-8", "surrogateescape"))


def _open() -> BinaryIO:
    raise FormatError("member", "content that 7-Zip has written", "its listing")


CONTAINER = Container(id="outside", formats=tuple(sorted(TYPES)), members=members, solid=True, program=TYPES)
