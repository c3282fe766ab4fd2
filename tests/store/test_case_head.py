"""case.toml: read back as written, and a damaged one is named, not guessed at."""

import contextlib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import unrig
from unrig.model.errors import FormatError, LimitError
from unrig.store import case_head
from unrig.store.case_head import CaseHead

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
HEAD = CaseHead(id="c0ffee", name='A "case"\t\\', unrig="0.1.0")


@settings(max_examples=40)
@given(
    st.builds(
        CaseHead,
        id=TEXT,
        name=TEXT,
        tlp=TEXT,
        unrig=TEXT,
        revision=st.integers(0, 2**40),
        state=TEXT,
        approved_by=TEXT,
    )
)
def test_any_head_is_read_back_as_written(tmp_path_factory: pytest.TempPathFactory, head: CaseHead) -> None:
    folder = tmp_path_factory.getbasetemp()
    case_head.write(folder, head)
    assert case_head.read(folder) == head


def written(folder: Path) -> bytes:
    case_head.write(folder, HEAD)
    return (folder / "case.toml").read_bytes()


@settings(max_examples=60)
@given(at=st.integers(0, 150), flip=st.integers(1, 255))
def test_a_flipped_byte_is_a_valid_read_or_a_format_error(
    tmp_path_factory: pytest.TempPathFactory, at: int, flip: int
) -> None:
    folder = tmp_path_factory.getbasetemp()
    data = bytearray(written(folder))
    data[at % len(data)] ^= flip
    (folder / "case.toml").write_bytes(data)
    with contextlib.suppress(FormatError):
        assert isinstance(case_head.read(folder), CaseHead)


@pytest.mark.parametrize("bad", [b"", b"name = 3", b"\xff", b"x = " + b"[" * 20_000, b"id = 'a'\nname = 'b'"])
def test_what_is_no_head_is_a_format_error(tmp_path: Path, bad: bytes) -> None:
    (tmp_path / "case.toml").write_bytes(bad)
    with pytest.raises(FormatError, match=r"case\.toml: expected the head of a case"):
        case_head.read(tmp_path)


def test_a_head_of_megabytes_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_bytes(b"#" * (case_head.MAX_HEAD_BYTES + 1))
    with pytest.raises(LimitError):
        case_head.read(tmp_path)


@pytest.mark.parametrize(
    ("version", "newer"),
    [
        ("0.0.9", False),
        (unrig.__version__, False),
        ("0.1.1", True),
        ("1", True),
        ("0.10.0", True),
        ("x", False),
        ("", False),
    ],
)
def test_a_newer_unrig_is_told_by_number_not_by_text(version: str, newer: bool) -> None:
    assert unrig.__version__ == "0.1.0"
    assert case_head.written_by_newer(msgspec.structs.replace(HEAD, unrig=version)) is newer
