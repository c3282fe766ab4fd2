from __future__ import annotations

import pytest

from unrig.drill.build.msi import MsiSpec, build_msi
from unrig.drill.build.msi_signing import SignedMsiSpec, signed_msi
from unrig.drill.build.ole import OleLayout
from unrig.drill.build.payload import Kind, PayloadSpec
from unrig.model.levels import Severity
from unrig.model.rule import Hit
from unrig.vet.detect import signature_padding
from unrig.vet.detect.installer_unexplained_bytes import RULE
from unrig.vet.facts.msi import EXTRACTOR
from unrig.vet.facts.signature import EXTRACTOR as SIGNATURE


def hits(**layout: object) -> list[Hit]:
    data = build_msi(MsiSpec(), OleLayout(**layout), 3)  # type: ignore[arg-type]
    return list(RULE.check(EXTRACTOR.extract(memoryview(data))))


@pytest.mark.parametrize("version", [3, 4])
def test_a_package_as_it_should_be_is_silent(version: int) -> None:
    assert hits(version=version) == []


@pytest.mark.parametrize("kind", [Kind.RANDOM, Kind.STRUCTURED])
def test_a_payload_behind_the_last_sector_is_high(kind: Kind) -> None:
    [hit] = hits(trailing=65_536, kind=kind)
    assert hit.severity is Severity.HIGH
    assert "65,536 bytes" in hit.what
    assert hit.spans[0].length == 65_536


def test_settings_appended_as_text_are_its_benign_twin() -> None:
    [hit] = hits(trailing=8_192, kind=Kind.ASCII)
    assert hit.severity is Severity.LOW


@pytest.mark.parametrize("place", ["free", "lost"])
def test_sectors_that_no_stream_has_are_medium(place: str) -> None:
    found = hits(**{place: 4_096})
    assert {hit.severity for hit in found} == {Severity.MEDIUM}
    assert sum(hit.spans[0].length for hit in found) >= 4_096


def test_less_than_a_sector_is_what_a_writer_left() -> None:
    assert {hit.severity for hit in hits(trailing=100)} == {Severity.LOW}


def test_what_rides_with_the_signature_is_for_the_rules_of_signatures() -> None:
    spec = SignedMsiSpec(after=PayloadSpec(size=4_096))
    data = memoryview(signed_msi(spec, 5))
    assert list(RULE.check(EXTRACTOR.extract(data))) == []
    [hit] = signature_padding.RULE.check(SIGNATURE.extract(data))
    assert (hit.severity, hit.spans[0].length) == (Severity.CRITICAL, 4_096)
    assert list(signature_padding.RULE.check(SIGNATURE.extract(memoryview(signed_msi(SignedMsiSpec(), 5))))) == []
