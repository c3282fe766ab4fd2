from __future__ import annotations

import contextlib
import os
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.model.errors import FormatError
from unrig.model.pack import HijackLibrary, HijackList
from unrig.packs.hijacklibs import PACK_KIND, read

TWO = b"""---
Name: example.dll
Author: Somebody
Vendor: Example Works
ExpectedLocations:
- '%PROGRAMFILES%\\example'
VulnerableExecutables:
- Path: '%PROGRAMFILES%\\Example\\Tool.exe'
  Type: Sideloading
  ExpectedVersionInformation:
  - CompanyName: 'Example: Works'
  - Path: Second.exe
Resources:
- https://example.invalid/
---
Name: "Other.dll"
VulnerableExecutables: []
"""


def libraries(raw: bytes) -> dict[str, HijackLibrary]:
    content = read(raw, "p").content
    assert isinstance(content, HijackList)
    return content.libraries


def test_names_vendors_and_programs_are_read() -> None:
    assert libraries(TWO) == {
        "example.dll": HijackLibrary(vendor="Example Works", programs=("second.exe", "tool.exe")),
        "other.dll": HijackLibrary(),
    }


def test_two_documents_of_one_name_are_one() -> None:
    again = TWO + b"---\nName: EXAMPLE.dll\nVulnerableExecutables:\n  - Path: 'c:/third.exe'\n"
    assert libraries(again)["example.dll"].programs == ("second.exe", "third.exe", "tool.exe")


@pytest.mark.parametrize(
    "raw", [b"", b"---\n", b"Author: nobody\n", b"Name:\n", b"\xff\xfe\x00", b"Name: " + b"x" * 300]
)
def test_what_is_no_list_is_refused(raw: bytes) -> None:
    with pytest.raises(FormatError):
        read(raw, "p.yml")


def test_its_licence_is_said() -> None:
    assert (read(TWO, "p").name, read(TWO, "p").licence) == ("HijackLibs", "GPL-3.0")
    assert ".yml" in PACK_KIND.suffixes


@given(raw=st.binary(max_size=300))
@settings(deadline=None, max_examples=80)
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with contextlib.suppress(FormatError):
        assert libraries(b"Name: a.dll\n" + raw)


@pytest.mark.skipif("UNRIG_CORPORA" not in os.environ, reason="UNRIG_CORPORA is not set")
def test_the_projects_own_files_are_read_whole() -> None:
    path = Path(os.environ["UNRIG_CORPORA"]) / "packs.tar.xz"
    with tarfile.open(path) as archive:
        files = [
            member for member in archive if member.name.startswith("HijackLibs/yml/") and member.name.endswith(".yml")
        ]
        texts = [stream.read() for member in files if (stream := archive.extractfile(member))]
    found = libraries(b"\n".join(texts))
    assert len(texts) > 500
    assert len(found) > 0.95 * len(texts)
    assert "certutil.exe" in found["version.dll"].programs
    assert sum(not one.programs for one in found.values()) < 0.02 * len(found)
