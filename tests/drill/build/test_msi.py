"""Installers as the writer makes them: deterministic, harmless, with the parts that were asked for."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from unrig.drill.build.msi import MsiAction, MsiBinary, MsiFile, MsiSpec, MsiValue, build_msi, streams_of
from unrig.drill.build.msi_database import Pool, database, stream_name, table_name
from unrig.drill.build.msi_signing import SignedMsiSpec, signed_msi
from unrig.drill.build.ole import OleLayout
from unrig.drill.build.payload import MARKER, PayloadSpec
from unrig.drill.build.signing import SigningSpec

SPEC = MsiSpec(
    files=(MsiFile(path="a/phone.exe", content=b"first"), MsiFile(path="b/phone.exe", content=b"second")),
    binaries=(MsiBinary(name="helper", size=500),),
    actions=(MsiAction(name="Go", source="helper", target="Run"),),
)


def test_the_same_spec_and_seed_give_the_same_bytes() -> None:
    assert build_msi(SPEC, None, 1) == build_msi(SPEC, None, 1)
    assert build_msi(SPEC, None, 1) != build_msi(SPEC, None, 2)


def test_a_twin_differs_in_one_property_only() -> None:
    plain, hiding = build_msi(SPEC, None, 1), build_msi(SPEC, OleLayout(trailing=300), 1)
    assert hiding[: len(plain)] == plain
    assert hiding[len(plain) :].startswith(MARKER)


def test_the_root_has_the_class_of_an_installer_unless_another_is_asked_for() -> None:
    marked = bytes.fromhex("84100c0000000000c000000000000046")
    assert marked in build_msi(SPEC)
    assert marked not in build_msi(SPEC, OleLayout(class_id="00020906-0000-0000-C000-000000000046"))


def test_streams_have_the_names_that_installers_give_them() -> None:
    names = {stream.name for stream in streams_of(SPEC, 1)}
    assert {stream_name("Binary.helper"), stream_name("Data1.cab"), table_name("File"), "\5SummaryInformation"} <= names
    assert table_name("ServiceInstall") not in names
    cabinet = next(stream for stream in streams_of(SPEC, 1) if stream.name == stream_name("Data1.cab"))
    assert b"firstsecond" in cabinet.content


@pytest.mark.parametrize(
    "spec",
    [
        MsiSpec(product="x" * 513),
        MsiSpec(actions=(MsiAction(name="a", target="https://example.com/x"),)),
        MsiSpec(values=(MsiValue(key="k", name="n", value="see https://example.org/ now"),)),
        MsiSpec(properties={"ARPURLINFOABOUT": "https://example.net/"}),
    ],
)
def test_addresses_and_long_texts_are_refused(spec: MsiSpec) -> None:
    with pytest.raises(ValueError, match=r"no domain that could exist|at most"):
        build_msi(spec)


def test_a_file_that_is_not_there_can_run_no_service() -> None:
    with pytest.raises(ValueError, match="not in list"):
        build_msi(replace(SPEC, shortcuts=("missing.exe",)))


def test_long_references_take_three_bytes() -> None:
    rows = {"Property": [("a", "b"), ("c", "d")]}

    def size(pool: Pool) -> int:
        return next(len(s.content) for s in database(rows, pool) if s.name == table_name("Property"))

    assert (size(Pool()), size(Pool(long_references=True))) == (8, 12)


def test_signed_packages_are_inert_and_of_the_lab_only() -> None:
    data = signed_msi(SignedMsiSpec(binaries={"helper": 5000}), 1)
    assert data.count(MARKER) == 2
    assert b"UNRIG DRILL, NOT A PUBLISHER" in data
    with pytest.raises(ValueError, match="drills sign for"):
        signed_msi(SignedMsiSpec(signing=SigningSpec(publisher="Microsoft Corporation")), 1)


def test_payload_behind_a_signature_is_asked_for_by_size() -> None:
    plain = signed_msi(SignedMsiSpec(), 1)
    hiding = signed_msi(SignedMsiSpec(after=PayloadSpec(size=300)), 1)
    assert hiding.count(MARKER) == plain.count(MARKER) + 1
