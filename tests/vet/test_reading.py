"""What a worker does with bytes, without the sandbox around it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unrig.drill.build.pe_spec import PeSpec
from unrig.drill.build.signing import SigningSpec, signed_pe
from unrig.drill.build.zip import ZipEntry, build_zip
from unrig.model.errors import FormatError, LimitError
from unrig.model.problem import Problem
from unrig.store.fact_cache import open_cache
from unrig.vet import reading
from unrig.vet.known_facts import Known, learn, recall
from unrig.vet.reading import ReadRequest, SpillRequest, SurveyRequest, extractors_for, read, spill, survey

SIGNED = signed_pe(PeSpec(), SigningSpec(), 9)
ARCHIVE = build_zip((ZipEntry(name="a.dll", content=SIGNED), ZipEntry(name="c")))


@pytest.fixture(autouse=True)
def _fresh_worker() -> Iterator[None]:
    yield
    reading._LISTED.clear()


def _opened(path: Path, data: bytes) -> int:
    path.write_bytes(data)
    return os.open(path, os.O_RDONLY)


def test_a_container_is_listed_and_its_members_read_and_spilled(tmp_path: Path) -> None:
    archive = _opened(tmp_path / "a.zip", ARCHIVE)
    listed = survey(SurveyRequest(format="zip"), (archive,))
    assert [header.path for header in listed.headers if header.kind == "file"] == ["a.dll", "c"]
    result = read(ReadRequest(format="zip", index=0, most=len(SIGNED)), (archive,))
    assert (result.size, result.format) == (len(SIGNED), "pe")
    assert [fact.reader for fact in result.facts] == [extractor.id for extractor in extractors_for("pe")]
    target = os.open(tmp_path / "out", os.O_RDWR | os.O_CREAT)
    spilled = spill(SpillRequest(format="zip", index=0, most=len(SIGNED)), (archive, target))
    assert (spilled.sha256, (tmp_path / "out").read_bytes()) == (result.sha256, SIGNED)


def test_a_member_may_give_what_it_declares_and_not_a_byte_more(tmp_path: Path) -> None:
    archive = _opened(tmp_path / "a.zip", ARCHIVE)
    target = os.open(tmp_path / "out", os.O_RDWR | os.O_CREAT)
    with pytest.raises(LimitError):
        read(ReadRequest(format="zip", index=0, most=len(SIGNED) - 1), (archive,))
    with pytest.raises(LimitError):
        spill(SpillRequest(format="zip", index=0, most=len(SIGNED) - 1), (archive, target))
    assert (tmp_path / "out").stat().st_size < len(SIGNED)


def test_a_member_that_is_not_there(tmp_path: Path) -> None:
    archive = _opened(tmp_path / "a.zip", ARCHIVE)
    with pytest.raises(FormatError):
        read(ReadRequest(format="zip", index=77, most=1), (archive,))


def test_a_plain_file_is_what_the_parent_hashed(tmp_path: Path) -> None:
    result = read(ReadRequest(sha256="ab" * 32), (_opened(tmp_path / "x", b"text"),))
    assert result.sha256 == "ab" * 32
    with open_cache(tmp_path / "cache") as cache:
        assert isinstance(learn(cache, "x", result, "ab" * 32), Known)
        assert recall(cache, "ab" * 32) is not None
        assert isinstance(learn(cache, "x", result, "cd" * 32), Problem)
        assert recall(cache, "cd" * 32) is None


def test_facts_of_an_older_reader_are_no_facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = read(ReadRequest(), (_opened(tmp_path / "x.dll", SIGNED),))
    with open_cache(tmp_path / "cache") as cache:
        learn(cache, "x.dll", result)
        assert recall(cache, result.sha256) is not None
        newer = tuple(msgspec.structs.replace(e, version=e.version + (e.id == "pe")) for e in reading.EXTRACTORS)
        monkeypatch.setattr(reading, "EXTRACTORS", newer)
        assert recall(cache, result.sha256) is None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, max(len(SIGNED), len(ARCHIVE)) - 1), value=st.integers(1, 255), archive=st.booleans())
def test_any_flipped_byte_is_read_a_problem_or_a_named_error(
    tmp_path: Path, place: int, value: int, *, archive: bool
) -> None:
    data = bytearray(ARCHIVE if archive else SIGNED)
    data[place % len(data)] ^= value
    reading._LISTED.clear()
    descriptor = _opened(tmp_path / "x", bytes(data))
    try:
        assert read(ReadRequest(), (descriptor,)).size == len(data)
        if archive:
            for header in survey(SurveyRequest(format="zip"), (descriptor,)).headers:
                read(ReadRequest(format="zip", index=header.index, most=1 << 20), (descriptor,))
    except (FormatError, LimitError):
        return
    finally:
        os.close(descriptor)
