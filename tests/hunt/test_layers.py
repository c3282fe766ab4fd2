from __future__ import annotations

import gzip
import io
import os
import random
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.hunt import layers, streams
from unrig.hunt.ingest import ingest
from unrig.hunt.layers import head, members
from unrig.hunt.streams import Layer, Member, Stream, blocks, chunks, peeled
from unrig.model.errors import FormatError, LimitError
from unrig.store.event_tables import EventTables

PACKERS = {
    Layer.GZIP: gzip.compress,
    Layer.ZSTD: zstandard.compress,
    Layer.UTF16_LE: lambda data: b"\xff\xfe" + data.decode("latin-1").encode("utf-16-le"),
    Layer.UTF16_BE: lambda data: b"\xfe\xff" + data.decode("latin-1").encode("utf-16-be"),
}


def zipped(**files: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data, zipfile.ZIP_DEFLATED if len(data) > 50 else zipfile.ZIP_STORED)
    return sink.getvalue()


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=300), st.lists(st.sampled_from([Layer.GZIP, Layer.ZSTD]), max_size=3))
def test_what_is_packed_in_layers_comes_out_again(data: bytes, packed: list[Layer]) -> None:
    whole = b"text " + data
    for layer in packed:
        whole = PACKERS[layer](whole)
    with tempfile.TemporaryFile() as file:
        file.write(whole)
        file.flush()
        start, found = head(file.fileno())
        assert (start, list(found)) == (b"text " + data, packed[::-1])
        stream = Stream(descriptor=file.fileno(), source="", layers=found)
        assert b"".join(chunks(stream)) == b"text " + data


@pytest.mark.parametrize("layer", [Layer.UTF16_LE, Layer.UTF16_BE])
def test_utf_16_becomes_utf_8_even_where_a_block_cuts_a_letter(layer: Layer, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "é\N{GRINNING FACE}\n" * 50
    data = (b"\xff\xfe" if layer is Layer.UTF16_LE else b"\xfe\xff") + text.encode(layer.value) + b"\x41"
    monkeypatch.setattr(streams, "BLOCK", 7)
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        _, found = head(file.fileno())
        assert found == (layer,)
        made = b"".join(chunks(Stream(descriptor=file.fileno(), source="", layers=found))).decode()
    assert made.lstrip("\ufeff").startswith(text)
    assert made.endswith("\ufffd")


def test_more_layers_than_anyone_needs_are_not_followed() -> None:
    data = b"x"
    for _ in range(layers.MAX_LAYERS + 2):
        data = gzip.compress(data)
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        start, found = head(file.fileno())
    assert len(found) == layers.MAX_LAYERS
    assert start.startswith(b"\x1f\x8b")


def test_a_frame_of_zstandard_that_is_cut_or_a_bomb_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MAX_INFLATED", 100_000)
    for data, reasons in (
        (zstandard.compress(b"x\n" * 1_000_000), {"TOO_LARGE"}),
        (zstandard.compress(b"a\n" * 9)[:-4] + b"\xff" * 9, {"DAMAGED"}),
    ):
        with tempfile.TemporaryFile() as file:
            file.write(data)
            file.flush()
            found = list(blocks(Stream(descriptor=file.fileno(), source="", layers=(Layer.ZSTD,))))
        assert {each.reason.name for each in found if isinstance(each, streams.Rejected)} <= reasons


def test_the_members_of_a_zip_are_sources_of_their_own(log: Any, tables: EventTables, tmp_path: Path, kit: Any) -> None:
    one = log.start(0, "pc1", kit.phone).lines()
    two = log.start(1, "pc2", kit.phone).lines()
    nested = gzip.compress(zstandard.compress(two + one))
    (tmp_path / "logs.zip").write_bytes(
        zipped(**{"a/one.json": one, "two.json.zst.gz": nested, "picture": b"\x89PNG", "d/": b""})
    )
    read = ingest([str(tmp_path)], tables, kit.workers)
    names = {Path(source.path).name: source.rows for source in read.sources}
    assert names == {"one.json": 1, "two.json.zst.gz": 3}
    assert len({source.id for source in read.sources}) == 2
    assert len({source.sha256 for source in read.sources}) == 1
    assert [problem.where.rsplit("!/")[1] for problem in read.problems] == ["picture"]
    rows = tables.answer(tables.tables["process"].select("source", "record", "offset")).to_pylist()
    assert {row["source"] for row in rows} == {source.id for source in read.sources}


def test_members_that_cannot_be_read_are_named_and_the_rest_is_read() -> None:
    data = bytearray(zipped(good=b"x" * 10, sealed=b"y" * 10))
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        found = dict(members(file.fileno()))
    assert isinstance(found["good"], Member)
    assert found["sealed"] == "an encrypted member"
    with tempfile.TemporaryFile() as file:
        file.write(b"PK\x03\x04" + bytes(50))
        file.flush()
        with pytest.raises(FormatError):
            list(members(file.fileno()))


def test_utf_16_logs_are_read_with_the_places_of_their_text(
    log: Any, tables: EventTables, tmp_path: Path, kit: Any
) -> None:
    text = log.start(0, "pc1", "C:\\é.exe").lines().decode()
    (tmp_path / "log.json").write_bytes(text.encode("utf-16"))
    read = ingest([str(tmp_path)], tables, kit.workers)
    assert not read.problems
    [row] = tables.answer(tables.tables["process"]).to_pylist()
    assert row["image"] == "c:\\é.exe"


@pytest.mark.parametrize(("encoding", "layer"), [("utf-16-le", Layer.UTF16_LE), ("utf-16-be", Layer.UTF16_BE)])
def test_utf_16_without_a_mark_is_told_by_its_zeros(encoding: str, layer: Layer, tmp_path: Path, kit: Any) -> None:
    text = '{"EventID": 1, "Image": "\u00e9\u4e2d"}\n'
    descriptor = kit.descriptor(tmp_path / "log", text.encode(encoding))
    try:
        assert head(descriptor) == (text.encode(), (layer,))
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("data", [b"ElfFile\0" + bytes(60), b"a\0", bytes(80), b"\0a\0\0" * 20, b"{}\n"], ids=range(5))
def test_zeros_elsewhere_are_no_utf_16(data: bytes, tmp_path: Path, kit: Any) -> None:
    descriptor = kit.descriptor(tmp_path / "log", data)
    try:
        assert head(descriptor) == (data, ())
    finally:
        os.close(descriptor)


def test_a_stream_that_holds_far_more_than_any_log_is_a_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "BOMB", 1 << 20)
    for packed, layer in (
        (gzip.compress(bytes(4 << 20)), Layer.GZIP),
        (zstandard.ZstdCompressor().compress(bytes(4 << 20)), Layer.ZSTD),
    ):
        with pytest.raises(LimitError, match="a bomb"):
            for _ in peeled(iter([packed]), layer):
                pass
    honest = random.Random(1).randbytes(4096) * 512
    assert b"".join(peeled(iter([gzip.compress(honest)]), Layer.GZIP)) == honest
