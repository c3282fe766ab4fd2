"""What a compound file is, and what its streams are called and are for."""

from __future__ import annotations

import pytest

from unrig.drill.build.msi import MsiBinary, MsiSpec, build_msi
from unrig.drill.build.msi_database import stream_name, table_name
from unrig.drill.build.ole import OleLayout, OleStream, build_ole
from unrig.drill.build.payload import PayloadSpec
from unrig.formats import msi_streams, ole


def read(data: bytes) -> ole.OleStructure:
    return ole.read(memoryview(data))


@pytest.mark.parametrize(("digit", "kind"), [("4", "msi"), ("6", "msp"), ("2", "mst")])
def test_the_root_says_what_it_is(digit: str, kind: str) -> None:
    layout = OleLayout(class_id=f"000C108{digit}-0000-0000-C000-000000000046")
    assert msi_streams.kind(read(build_ole((OleStream(name="x", content=b"x"),), layout))) == kind


def test_a_database_under_another_class_is_one_all_the_same() -> None:
    layout = OleLayout(class_id="00020906-0000-0000-C000-000000000046")
    assert msi_streams.kind(read(build_msi(MsiSpec(), layout))) == "msi"
    assert msi_streams.kind(read(build_ole((OleStream(name="WordDocument", content=b"x"),), layout))) == "ole"


def test_names_are_unpacked_only_in_an_installers_file() -> None:
    packed = table_name("File")
    plain = OleStream(name=packed, content=b"x")
    assert list(msi_streams.paths(read(build_ole((plain,)))).values()) == [packed]
    named = build_ole((plain,), OleLayout(class_id="000C1084-0000-0000-C000-000000000046"))
    assert list(msi_streams.paths(read(named)).values()) == ["!File"]


def test_streams_have_roles() -> None:
    spec = MsiSpec(
        binaries=(MsiBinary(name="helper", size=100),),
        signature=PayloadSpec(size=50),
        more=(
            OleStream(name=stream_name("Icon.main.ico"), content=b"x"),
            OleStream(name="Other", content=b"y", unlisted=True),
        ),
    )
    found = msi_streams.stream_sizes(read(build_msi(spec)), frozenset({"Data1.cab"}))
    roles = {stream.path: stream.role for stream in found}
    assert roles["!Property"] == "table"
    assert roles["Binary.helper"] == "binary"
    assert roles["Icon.main.ico"] == "icon"
    assert roles["Data1.cab"] == "cabinet"
    assert roles["%05DigitalSignature"] == "signature"
    assert roles["%05SummaryInformation"] == "summary"
    assert roles["%unlisted/Other"] == "other"
    assert [stream.path for stream in found if not stream.linked] == ["%unlisted/Other"]
    assert [stream.path for stream in found] == sorted(roles)


def test_top_finds_only_what_the_root_lists() -> None:
    streams = (OleStream(name="x", content=b"in", storage="s"), OleStream(name="y", content=b"top"))
    structure = read(build_ole(streams))
    assert msi_streams.top(structure, "x") is None
    assert msi_streams.top(structure, "y") is not None
