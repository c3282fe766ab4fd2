"""Any bytes where a directory should stand: a valid read or damage, within bounds, nothing else."""

from __future__ import annotations

import struct
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unrig.drill.build.pe_spec import Machine
from unrig.formats.pe import DEBUG, DELAY_IMPORT, EXPORT, IMPORT, MAX_NOTES, RESOURCE
from unrig.formats.pe_debug import read_debug
from unrig.formats.pe_exports import read_exports
from unrig.formats.pe_imports import read_imports
from unrig.formats.pe_map import Image
from unrig.formats.pe_resources import read_resources

Reader = Callable[[Image], msgspec.Struct]
READERS: dict[int, Reader] = {
    IMPORT: read_imports,
    DELAY_IMPORT: read_imports,
    EXPORT: read_exports,
    RESOURCE: read_resources,
    DEBUG: read_debug,
}

# Words that lead back into the same bytes are what makes loops: small ones, flagged ones, and extremes.
words = st.one_of(
    st.integers(0, 0x200),
    st.integers(0, 0x200).map(lambda offset: offset | 0x8000_0000),
    st.sampled_from([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFF0]),
    st.integers(0, 0xFFFFFFFF),
)


@pytest.mark.parametrize("index", sorted(READERS))
@pytest.mark.parametrize("machine", list(Machine))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.lists(words, max_size=120), size=words)
def test_wild_words_are_a_valid_read_or_damage(
    flat: Callable[..., Image], index: int, machine: Machine, numbers: list[int], size: int
) -> None:
    raw = struct.pack(f"<{len(numbers)}I", *numbers)
    read = READERS[index](flat(raw, index, size=size, machine=machine))
    assert msgspec.msgpack.encode(read)
    assert len(msgspec.structs.asdict(read)["damaged"]) <= 2 * MAX_NOTES


@pytest.mark.parametrize("index", sorted(READERS))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=300))
def test_wild_bytes_are_a_valid_read_or_damage(flat: Callable[..., Image], index: int, raw: bytes) -> None:
    assert msgspec.msgpack.encode(READERS[index](flat(raw, index)))
