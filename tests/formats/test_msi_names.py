"""Names of streams in installer databases: every one comes back, and what is not packed stands for itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.drill.build.msi_database import stream_name, table_name
from unrig.formats.msi_names import ALPHABET, LONGEST, StreamName, decode

# as msitools 0.101 wrote them
WRITTEN = {
    "\u4840\u430f\u422f": StreamName(text="File", is_table=True),
    "\u4840\u4559\u44f2\u4568\u4737": StreamName(text="Property", is_table=True),
    "\u4127\u4137\u4781\u4126\u4825": StreamName(text="data1.cab", is_table=False),
    "\u430b\u4131\u4735\u417e\u446c\u4801": StreamName(text="Binary.bin1", is_table=False),
    "\u4840\u3f3f\u4577\u446c\u3e6a\u44b2\u482f": StreamName(text="_StringPool", is_table=True),
    "\5SummaryInformation": StreamName(text="\5SummaryInformation", is_table=False),
}


@pytest.mark.parametrize(("packed", "name"), WRITTEN.items())
def test_names_that_another_writer_packed(packed: str, name: StreamName) -> None:
    assert decode(packed) == name


@given(st.text(ALPHABET + "-\5 {}", max_size=60), st.booleans())
def test_pack_then_unpack_is_the_identity(text: str, is_table: bool) -> None:
    packed = table_name(text) if is_table else stream_name(text)
    assert decode(packed) == StreamName(text=text, is_table=is_table)


def test_a_name_of_62_letters_fits() -> None:
    assert len(stream_name("x" * 62)) == LONGEST


@given(st.text())
def test_any_name_is_unpacked_somehow(name: str) -> None:
    assert isinstance(decode(name).text, str)


def test_a_mark_in_the_middle_is_a_character() -> None:
    assert decode("a\u4840b") == StreamName(text="a\u4840b", is_table=False)
