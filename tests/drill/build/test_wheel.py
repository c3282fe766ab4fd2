"""Wheels as PEP 427 wants them, and RECORDs that hide."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import zipfile

from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.utils import parse_wheel_filename

from unrig.drill.build.payload import MARKER
from unrig.drill.build.wheel import WheelSpec, build_wheel, wheel_name
from unrig.drill.build.zip import ZipLayout

FILES = {"drill_sample/__init__.py": b"", "drill_sample/lib/a.dll": b"MZ" + bytes(99)}
INFO = "drill_sample-1.0.0.dist-info"


def opened(data: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(data))


def record(archive: zipfile.ZipFile) -> dict[str, tuple[str, str]]:
    rows = csv.reader(io.TextIOWrapper(archive.open(f"{INFO}/RECORD"), encoding="utf-8"))
    return {path: (digest, size) for path, digest, size in rows}


def expected(data: bytes) -> tuple[str, str]:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"sha256={digest}", str(len(data))


def test_the_file_name_says_name_version_and_tag() -> None:
    name, version, _, tags = parse_wheel_filename(wheel_name(WheelSpec()))
    assert (name, str(version)) == ("drill-sample", "1.0.0")
    assert {str(tag) for tag in tags} == {"py3-none-win_amd64"}


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8})?\.py", fullmatch=True), st.binary(max_size=300), max_size=5)
)
def test_record_names_every_file(files: dict[str, bytes]) -> None:
    archive = opened(build_wheel(files))
    rows = record(archive)
    assert set(rows) == set(archive.namelist())
    for path in archive.namelist():
        if path != f"{INFO}/RECORD":
            assert rows[path] == expected(archive.read(path))
    assert rows[f"{INFO}/RECORD"] == ("", "")


def test_metadata_says_it_is_a_drill() -> None:
    archive = opened(build_wheel(FILES))
    assert b"inert drill" in archive.read(f"{INFO}/METADATA")
    assert b"Tag: py3-none-win_amd64" in archive.read(f"{INFO}/WHEEL")


def test_record_may_leave_out_and_mistake() -> None:
    spec = WheelSpec(unrecorded=("drill_sample/__init__.py",), misrecorded=("drill_sample/lib/a.dll",))
    rows = record(opened(build_wheel(FILES, spec)))
    assert "drill_sample/__init__.py" not in rows
    digest, size = rows["drill_sample/lib/a.dll"]
    assert digest != expected(FILES["drill_sample/lib/a.dll"])[0]
    assert size == "101"


def test_a_layout_hides_bytes_around_the_members() -> None:
    data = build_wheel(FILES, layout=ZipLayout(prefix=64), seed=2)
    assert data.startswith(MARKER)
    assert opened(data).read("drill_sample/lib/a.dll") == FILES["drill_sample/lib/a.dll"]
