"""Members of signed packages that are not as signed, and signers of packages over two releases."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from vet_kit import rules_of, vetted, written

from unrig.drill.build.lab_authority import PUBLISHERS, Standing
from unrig.drill.build.package_signing import PackageFlaw, PackageKind, SignedPackageSpec, signed_package
from unrig.drill.build.zip import ZipEntry, build_zip
from unrig.model.levels import Severity, VerdictWord
from unrig.model.package_signature import AlteredMember, PackageSignatureFacts
from unrig.model.rule import Hit
from unrig.sandbox.pool import Pool
from unrig.vet.detect.signed_package_members import RULE

GOOD = PackageSignatureFacts(kind="jar", covered=5)


def hits(**changes: object) -> list[tuple[Severity, str]]:
    found: list[Hit] = list(RULE.check(msgspec.structs.replace(GOOD, **changes)))
    return [(hit.severity or RULE.severity, hit.what) for hit in found]


def test_a_changed_member_is_high_and_its_benign_twin_silent() -> None:
    changed = AlteredMember(path="a.class", expected="sha256 aa", observed="bb")
    assert hits(altered=(changed,)) == [(Severity.HIGH, "a.class is not as it was signed")]
    assert hits() == []
    assert list(RULE.check(PackageSignatureFacts())) == []


def test_an_added_program_is_medium_and_an_added_text_low() -> None:
    assert hits(uncovered=("n.txt", "b.DLL"), uncovered_count=2)[0] == (
        Severity.MEDIUM,
        "its signature does not cover 2 of its members: b.DLL",
    )
    assert hits(uncovered=("n.txt",), uncovered_count=1)[0][0] is Severity.LOW
    [(_, words)] = hits(uncovered=tuple(f"{n}.txt" for n in range(9)), uncovered_count=9)
    assert words.endswith("0.txt, 1.txt, 2.txt, 3.txt, 4.txt and 4 more")


def test_a_signature_of_another_package_is_low() -> None:
    [(severity, words)] = hits(covered=0, uncovered=("a.class",), uncovered_count=7)
    assert (severity, words) == (Severity.LOW, "its signature covers none of its 7 members")


@pytest.mark.parametrize(
    ("kind", "flaw", "rules"),
    [
        (PackageKind.JAR, PackageFlaw.NONE, {}),
        (PackageKind.NUGET, PackageFlaw.NONE, {}),
        (PackageKind.APPX, PackageFlaw.NONE, {}),
        (PackageKind.JAR, PackageFlaw.ALTERED, {"content-unlike-list": "high", "signed-package-members": "high"}),
        (PackageKind.JAR, PackageFlaw.RELISTED, {"digest-mismatch": "high", "signed-package-members": "medium"}),
        (PackageKind.JAR, PackageFlaw.LEFT_OVER, {"signed-package-members": "low"}),
        (PackageKind.NUGET, PackageFlaw.ALTERED, {"digest-mismatch": "high"}),
        (PackageKind.APPX, PackageFlaw.ADDED, {"digest-mismatch": "high", "signed-package-members": "medium"}),
    ],
)
def test_packages_are_vetted(
    tmp_path: Path, pool: Pool, kind: PackageKind, flaw: PackageFlaw, rules: dict[str, str]
) -> None:
    files = {"lib/phone.dll": 300, "read me.txt": 900}
    data = signed_package(SignedPackageSpec(kind=kind, flaw=flaw, files=files), 1)
    result = vetted(written(tmp_path / "a.zip", data), cache=tmp_path / "cache", pool=pool)
    assert rules_of(result) == rules
    assert result.artifacts[0].identity.signer is not None
    assert (result.verdict is VerdictWord.CLEAN) is (not rules or set(rules.values()) == {"low"})


def test_a_signature_that_is_lost_or_another_publishers(tmp_path: Path, cache: Path, pool: Pool) -> None:
    spec = SignedPackageSpec(kind=PackageKind.JAR, files={"a.txt": 300})
    good = written(tmp_path / "1" / "a.jar", signed_package(spec, 1))
    other = msgspec.structs.replace(spec, publisher=PUBLISHERS[1])
    changed = written(tmp_path / "2" / "a.jar", signed_package(other, 2))
    assert rules_of(vetted(changed, good, cache=cache, pool=pool))["signer-changed"] == "medium"
    bare = written(tmp_path / "3" / "a.jar", build_zip((ZipEntry(name="a.txt", content=b"inert"),)))
    assert rules_of(vetted(bare, good, cache=cache, pool=pool))["signer-changed"] == "high"
    again = written(tmp_path / "4" / "a.jar", signed_package(spec, 3))
    assert "signer-changed" not in rules_of(vetted(again, good, cache=cache, pool=pool))
    assert "altered-after-signing" not in rules_of(vetted(again, good, cache=cache, pool=pool))
    assert Standing.GOOD is spec.standing
