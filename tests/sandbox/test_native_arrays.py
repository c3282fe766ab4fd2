"""What a native library leaves behind a pointer: copied whole, given back once, nothing where there is nothing."""

from __future__ import annotations

import ctypes

import pytest

from unrig.sandbox.native_arrays import collected, size_of


class Record(ctypes.Structure):
    _fields_ = (("a", ctypes.c_ubyte), ("b", ctypes.c_uint16))


def test_records_are_copied_and_given_back_once() -> None:
    kept = (Record * 3)((1, 10), (2, 20), (3, 30))
    freed: list[int] = []

    def make(pointer: object) -> int:
        ctypes.cast(pointer, ctypes.POINTER(ctypes.POINTER(Record)))[0] = ctypes.pointer(kept[0])  # type: ignore[arg-type]
        return len(kept)

    made = collected(Record, make, lambda first, count: freed.append(count))
    assert made == bytes(kept)
    assert len(made) == 3 * size_of(Record)
    assert freed == [3]


def test_nothing_is_nothing_and_is_not_given_back() -> None:
    assert collected(Record, lambda pointer: 0, lambda first, count: pytest.fail("freed")) == b""
