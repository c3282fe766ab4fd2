from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.hunt.text_columns import BRACES, folded, integers, plain
from unrig.hunt.values import integer, text

TEXTS = st.lists(
    st.one_of(st.none(), st.sampled_from(["", "-", "{A-b}", "{}", "C:\\X.EXE"]), st.text(max_size=5)), max_size=8
)


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_text_at_once_is_what_one_by_one_gives(values: list[str | None]) -> None:
    assert plain(values).to_pylist() == [text(value) for value in values]
    for strip in ("", BRACES):
        made = folded(values, strip)
        if made is None:
            assert any(not value.isascii() for value in values if value)
        else:
            assert made.to_pylist() == [(text(value) or "").lower().strip(strip) or None for value in values]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(-(1 << 65), 1 << 65)), max_size=5))
def test_numbers_at_once_are_what_one_by_one_gives(values: list[int | None]) -> None:
    made = integers(values)
    if made is None:
        assert any(value is not None and integer(value) is None for value in values)
    else:
        assert made.to_pylist() == [integer(value) for value in values]
        assert made.type == pa.int64()
