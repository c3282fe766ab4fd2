"""The one writer that takes a file from outside takes one file only, and adds nothing but marked random bytes."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import struct
import zipfile
from pathlib import Path

import pytest

from unrig.drill.build import demo_wheel
from unrig.drill.build.demo_wheel import CARRIER, PAYLOAD_BYTES, NotTheWheelError, rig_wheel
from unrig.drill.build.payload import MARKER
from unrig.drill.build.pe_spec import PeSpec
from unrig.drill.build.signing import SigningSpec, signed_pe


def made_up_wheel(path: Path, *, at_end: bool = True) -> bytes:
    """Write a wheel with a signed library of the carrier's name and return that library."""
    library = signed_pe(PeSpec(is_dll=True), SigningSpec(publisher=next(iter(_publishers()))), 5)
    if not at_end:
        library += b"tail"
    name = f"pkg/bin/{CARRIER}"
    digest = base64.urlsafe_b64encode(hashlib.sha256(library).digest()).rstrip(b"=").decode()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, library)
        archive.writestr("pkg/other.txt", "as it was")
        archive.writestr("pkg-1.dist-info/RECORD", f"{name},sha256={digest},{len(library)}\npkg/other.txt,,\n")
    return library


def _publishers() -> tuple[str, ...]:
    from unrig.drill.build.lab_authority import PUBLISHERS

    return tuple(PUBLISHERS)


@pytest.fixture
def pinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A made-up wheel that the writer is told to take for the pinned one."""
    path = tmp_path / "genuine.whl"
    made_up_wheel(path)
    monkeypatch.setattr(demo_wheel, "WHEEL_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    return path


def test_any_other_file_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    path, target = tmp_path / "other.whl", tmp_path / "out.whl"
    made_up_wheel(path)
    with pytest.raises(NotTheWheelError, match="expected SHA-256 750b78e4"):
        rig_wheel(path, target)
    assert not target.exists()


def test_only_the_carrier_and_its_record_line_change(pinned: Path, tmp_path: Path) -> None:
    target = tmp_path / "rigged.whl"
    sha256 = rig_wheel(pinned, target)
    with zipfile.ZipFile(pinned) as old, zipfile.ZipFile(target) as new:
        assert old.namelist() == new.namelist()
        changed = {name for name in old.namelist() if old.read(name) != new.read(name)}
        assert changed == {f"pkg/bin/{CARRIER}", "pkg-1.dist-info/RECORD"}
        rigged = new.read(f"pkg/bin/{CARRIER}")
        rows = list(csv.reader(io.StringIO(new.read("pkg-1.dist-info/RECORD").decode())))
    assert hashlib.sha256(rigged).hexdigest() == sha256
    stated = base64.urlsafe_b64encode(bytes.fromhex(sha256)).rstrip(b"=").decode()
    assert rows[0] == [f"pkg/bin/{CARRIER}", f"sha256={stated}", str(len(rigged))]
    assert rows[1] == ["pkg/other.txt", "", ""]


def test_what_is_added_is_marked_random_bytes_inside_the_table(pinned: Path, tmp_path: Path) -> None:
    target = tmp_path / "rigged.whl"
    rig_wheel(pinned, target)
    with zipfile.ZipFile(pinned) as old, zipfile.ZipFile(target) as new:
        before, after = old.read(f"pkg/bin/{CARRIER}"), new.read(f"pkg/bin/{CARRIER}")
    assert len(after) == len(before) + PAYLOAD_BYTES
    assert after[len(before) : len(before) + len(MARKER)] == MARKER
    header = struct.unpack_from("<I", after, 0x3C)[0]
    wide = struct.unpack_from("<H", after, header + 24)[0] == 0x20B
    offset, size = struct.unpack_from("<II", after, header + 24 + (144 if wide else 128))
    assert offset + size == len(after)
    assert struct.unpack_from("<I", after, offset)[0] == size


def test_the_same_bytes_come_out_each_time(pinned: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "a.whl", tmp_path / "b.whl"
    assert rig_wheel(pinned, first) == rig_wheel(pinned, second)
    assert first.read_bytes() == second.read_bytes()


def test_a_library_whose_table_is_not_at_its_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "genuine.whl"
    made_up_wheel(path, at_end=False)
    monkeypatch.setattr(demo_wheel, "WHEEL_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    with pytest.raises(NotTheWheelError, match="certificate table at the end"):
        rig_wheel(path, tmp_path / "out.whl")
