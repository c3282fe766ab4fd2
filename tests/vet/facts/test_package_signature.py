"""The facts of a package's signature, as the cache holds them."""

from __future__ import annotations

import msgspec

from unrig.drill.build.package_signing import PackageFlaw, PackageKind, SignedPackageSpec, signed_package
from unrig.model.package_signature import PackageSignatureFacts
from unrig.vet.facts.package_signature import EXTRACTOR


def test_what_it_fills_survives_the_cache() -> None:
    data = memoryview(signed_package(SignedPackageSpec(kind=PackageKind.JAR, flaw=PackageFlaw.ALTERED), 1))
    facts = EXTRACTOR.extract(data)
    assert isinstance(facts, PackageSignatureFacts)
    assert [member.path for member in facts.altered] == ["lib/phone.dll"]
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(facts), type=EXTRACTOR.fills) == facts


def test_an_unsigned_archive_has_none() -> None:
    assert EXTRACTOR.formats == ("zip",)
    assert EXTRACTOR.extract(memoryview(b"PK\5\6" + bytes(18))) == PackageSignatureFacts()
