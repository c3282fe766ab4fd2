"""Sets of cabinets as written: headers that name each other, and blocks that are cut where asked."""

from __future__ import annotations

import struct

from unrig.drill.build.cab import CabFile, CabFolder, CabMethod
from unrig.drill.build.cab_set import CabSetSpec, build_cab_set

FOLDER = CabFolder(files=(CabFile(name="a", content=bytes(range(256)) * 300),), method=CabMethod.STORED)
SPEC = CabSetSpec(names=("1.cab", "2.cab"), cuts=(40_000,))


def test_the_headers_name_each_other_and_count() -> None:
    first, second = build_cab_set(FOLDER, SPEC).values()
    assert struct.unpack_from("<HHH", first, 30) == (2, 7, 0)
    assert struct.unpack_from("<HHH", second, 30) == (1, 7, 1)
    assert first[36:].startswith(b"2.cab\0disk\0")
    assert second[36:].startswith(b"1.cab\0disk\0")
    assert [int.from_bytes(data[8:12], "little") for data in (first, second)] == [len(first), len(second)]


def test_a_cut_block_has_no_plain_size_in_its_first_part() -> None:
    first, second = build_cab_set(FOLDER, SPEC).values()
    assert build_cab_set(FOLDER, SPEC) == {"1.cab": first, "2.cab": second}
    rest = 40_000 - 32_768
    assert first[-rest - 4 : -rest] == struct.pack("<HH", rest, 0)
    assert struct.pack("<HH", 32_768 - rest, 32_768) in second
