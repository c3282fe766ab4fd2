"""Kept artifacts: inert on disk, the same bytes back, and no damage goes unseen."""

import contextlib
import os
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.model.errors import FormatError, LimitError
from unrig.store import artifacts_vault

MAGICS = [b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"PK\x03\x04", b"#!/bin/sh\n", b"<html><script>"]


@given(st.binary(max_size=2000))
def test_decoding_gives_the_bytes_back(data: bytes) -> None:
    assert artifacts_vault.decode(artifacts_vault.encode(data)) == data


@pytest.mark.parametrize("length", [4095, 4096, 4097, 12_288])
def test_pieces_make_the_same_text_as_the_whole(monkeypatch: pytest.MonkeyPatch, length: int) -> None:
    data = Random(length).randbytes(length)
    whole = artifacts_vault.encode(data)
    monkeypatch.setattr(artifacts_vault, "_PIECE", 1024)
    assert artifacts_vault.encode(data) == whole
    assert artifacts_vault.decode(whole) == data


@pytest.mark.parametrize("magic", MAGICS)
def test_what_lies_on_disk_is_text_that_no_loader_knows(tmp_path: Path, magic: bytes) -> None:
    data = magic + bytes(range(256)) * 4
    path = artifacts_vault.put(tmp_path, data)
    encoded = path.read_bytes()
    assert encoded.startswith(b"unrig-artifact 1 zlib+base85 sha256=")
    assert encoded.isascii()
    assert magic not in encoded or len(magic) == 2
    assert not os.access(path, os.X_OK)
    assert path.stat().st_mode & 0o777 == 0o600
    assert artifacts_vault.get(tmp_path, path.name) == data


def test_keeping_the_same_bytes_again_changes_nothing(tmp_path: Path) -> None:
    before = artifacts_vault.put(tmp_path, b"same").stat()
    assert artifacts_vault.put(tmp_path, b"same").stat().st_mtime_ns == before.st_mtime_ns
    assert len(list(tmp_path.iterdir())) == 1


SAMPLE = bytes(range(256)) * 3
ENCODED = artifacts_vault.encode(SAMPLE)


@given(st.integers(0, len(ENCODED) - 1), st.integers(1, 255))
def test_a_flipped_byte_is_an_error_or_the_same_artifact(at: int, flip: int) -> None:
    data = bytearray(ENCODED)
    data[at] ^= flip
    with contextlib.suppress(FormatError, LimitError):
        assert artifacts_vault.decode(bytes(data)) == SAMPLE


@given(st.integers(0, len(ENCODED) - 2))
def test_a_cut_one_is_an_error(at: int) -> None:
    with pytest.raises(FormatError):
        artifacts_vault.decode(ENCODED[:at])


def test_more_than_it_says_is_not_unpacked() -> None:
    bomb = artifacts_vault.encode(bytes(10_000_000))
    with pytest.raises(FormatError):
        artifacts_vault.decode(bomb.replace(b"size=10000000", b"size=1000"))
    with pytest.raises(LimitError):
        artifacts_vault.decode(bomb.replace(b"size=10000000", b"size=100000000000"))


def test_one_artifact_under_the_name_of_another_is_an_error(tmp_path: Path) -> None:
    first = artifacts_vault.put(tmp_path, b"one")
    second = artifacts_vault.put(tmp_path, b"two")
    second.write_bytes(first.read_bytes())
    with pytest.raises(FormatError, match="another artifact"):
        artifacts_vault.get(tmp_path, second.name)
    with pytest.raises(FileNotFoundError):
        artifacts_vault.get(tmp_path, "00" * 32)


def test_other_bytes_of_the_same_size_under_the_old_header_are_an_error() -> None:
    header = artifacts_vault.encode(b"one").partition(b"\n")[0]
    body = artifacts_vault.encode(b"two").partition(b"\n")[2]
    with pytest.raises(FormatError, match="SHA-256"):
        artifacts_vault.decode(header + b"\n" + body)
