"""The journal's chain: any change to what was written shows, and reading damage never raises."""

import datetime as dt
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.model.case import JournalEntry
from unrig.model.errors import FormatError, LimitError
from unrig.store import journal


def chain(length: int) -> bytes:
    written = b""
    for number in range(1, length + 1):
        entry = JournalEntry(
            number=number,
            at=dt.datetime(2026, 1, number, tzinfo=dt.UTC),
            who="analyst",
            unrig="0.1.0",
            verb="vet",
            inputs=("a 00",),
            result=f"results/{number:04}-vet.json",
            result_sha256="ab" * 32,
            previous=journal.parse(written).head,
        )
        written += msgspec.json.encode(entry) + b"\n"
    return written


def test_what_was_appended_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    whole = journal.parse(chain(3))
    for entry in whole.entries:
        journal.append(path, entry)
    assert path.read_bytes() == chain(3)
    assert journal.read(path) == whole
    assert whole.breaks == ()
    assert whole.lines == 3


def test_no_journal_is_an_empty_one(tmp_path: Path) -> None:
    found = journal.read(tmp_path / "journal.jsonl")
    assert (found.entries, found.head, found.torn) == ((), journal.ORIGIN, b"")


def test_appending_cuts_a_torn_end_off_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(chain(1) + b'{"numb' + b"x" * 5000)
    entry = journal.parse(chain(2)).entries[1]
    journal.append(path, entry)
    assert path.read_bytes() == chain(2)


@given(st.integers(0, len(chain(3)) - 1), st.integers(1, 255))
def test_any_flipped_byte_breaks_the_chain_or_the_head(at: int, flip: int) -> None:
    data = bytearray(chain(3))
    data[at] ^= flip
    found = journal.parse(bytes(data))
    assert found.breaks or found.torn or found.head != journal.parse(chain(3)).head


@given(st.permutations(chain(4).splitlines(keepends=True)))
def test_lines_in_another_order_break_the_chain(lines: list[bytes]) -> None:
    found = journal.parse(b"".join(lines))
    assert bool(found.breaks) == (b"".join(lines) != chain(4))


@given(st.integers(1, 3))
def test_a_lost_line_in_the_middle_breaks_the_chain(lost: int) -> None:
    lines = chain(4).splitlines(keepends=True)
    del lines[lost - 1]
    assert journal.parse(b"".join(lines)).breaks


@given(st.binary(max_size=300))
def test_any_bytes_are_read_as_a_journal_with_breaks(data: bytes) -> None:
    found = journal.parse(data)
    assert found.lines == data.count(b"\n")
    assert len(found.entries) + len({b.line for b in found.breaks}) >= found.lines


def test_a_journal_that_is_no_file_or_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises((FormatError, IsADirectoryError)):
        journal.read(tmp_path / "folder")
    (tmp_path / "journal.jsonl").write_bytes(chain(1))
    monkeypatch.setattr(journal, "MAX_JOURNAL_BYTES", 10)
    with pytest.raises(LimitError):
        journal.read(tmp_path / "journal.jsonl")
