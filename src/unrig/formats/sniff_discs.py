"""Which file systems does a disc image have? One may have two trees of files, and systems differ in which they mount.

ECMA-119 8 (ISO 9660), ECMA-167 2/8 and 3/9 (UDF's volume recognition sequence); Inside Macintosh, Devices, chapter 3
(the partition map by which Macs find HFS+ in a hybrid).
"""

from __future__ import annotations

from unrig.formats.sniff_magic import has

SECTOR = 2048
FIRST = 16 * SECTOR  # ECMA-119 6.2.1: the first sixteen sectors are the system's
MAX_DESCRIPTORS = 64
UDF = frozenset({b"NSR02", b"NSR03"})
OTHER = frozenset({b"CD001", b"BEA01", b"BOOT2", b"CDW02", b"TEA01"})
PARTITIONS = 16
BLOCKS = (512, SECTOR)
"""Sizes of a block in a partition map: of disks and of discs."""


def is_iso_with_udf(data: memoryview) -> bool:
    """Tell whether both trees are there: systems mount UDF's."""
    return has(data, b"CD001\1", FIRST + 1) and is_udf(data)


def is_iso_with_hfs(data: memoryview) -> bool:
    """Tell whether a partition of Apple's file system lies in an ISO 9660 image: Macs mount that one."""
    if not has(data, b"CD001\1", FIRST + 1):
        return False
    places = (block * number for block in BLOCKS for number in range(1, PARTITIONS))
    return any(has(data, b"PM\0\0", at) and has(data, b"Apple_HFS", at + 48) for at in places)


def is_udf(data: memoryview) -> bool:
    """Tell whether the volume recognition sequence names UDF (ECMA-167 3/9.1)."""
    for number in range(MAX_DESCRIPTORS):
        at = FIRST + number * SECTOR + 1
        name = bytes(data[at : at + 5])
        if name in UDF:
            return True
        if name not in OTHER:
            return False
    return False
