"""Hostile archives hold what they threaten, and are small."""

from __future__ import annotations

import io
import zipfile

from unrig.drill.build.payload import MARKER
from unrig.drill.build.zip_hostile import (
    HOSTILE_NAMES,
    deep_nest,
    hostile_links,
    hostile_names,
    nested_bomb,
    overlapping_bomb,
)

MIB = 1 << 20


def opened(data: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(data))


def test_every_hostile_name_is_in_the_directory() -> None:
    data = hostile_names()
    infos = opened(data).infolist()
    assert len(infos) == len(HOSTILE_NAMES)
    for name in HOSTILE_NAMES:
        assert (name if isinstance(name, bytes) else name.encode()) in data
    assert all(info.file_size < 64 for info in infos)


def test_hostile_names_cover_the_known_attacks() -> None:
    texts = [name for name in HOSTILE_NAMES if isinstance(name, str)]
    assert any(name.startswith("../") for name in texts)
    assert any(name.startswith("/") for name in texts)
    assert any(name[1:2] == ":" for name in texts)
    assert "CON" in texts
    assert any(isinstance(name, bytes) for name in HOSTILE_NAMES)


def test_links_are_links() -> None:
    archive = opened(hostile_links())
    links = {info.filename: archive.read(info) for info in archive.infolist() if info.external_attr >> 28 == 0xA}
    assert links["one"] == b"two"
    assert links["two"] == b"one"
    assert links["up"].startswith(b"..")
    assert archive.read("up/through.txt") == MARKER


def test_the_overlapping_bomb_is_small_and_claims_much() -> None:
    data = overlapping_bomb(2_000, 10 * MIB)
    infos = opened(data).infolist()
    assert len(data) < MIB
    assert sum(info.file_size for info in infos) == 2_000 * 10 * MIB
    assert {info.header_offset for info in infos} == {0}


def test_the_nested_bomb_is_small_and_unpacks_to_much() -> None:
    data = nested_bomb(levels=4, width=16, size=MIB)
    assert len(data) < MIB // 4
    total = 1
    while data[:2] == b"PK":
        archive = opened(data)
        infos = archive.infolist()
        total *= len(infos)
        data = archive.read(infos[0])
    assert total * len(data) == 16**4 * MIB


def test_the_deep_nest_ends() -> None:
    data, levels = deep_nest(40), 0
    while data[:2] == b"PK":
        archive = opened(data)
        data = archive.read(archive.namelist()[0])
        levels += 1
    assert (data, levels) == (MARKER, 40)
