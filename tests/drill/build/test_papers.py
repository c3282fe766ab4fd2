"""Claims, bills of materials and packages: what is written is what was drawn, and other readers can read it."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import tomllib
import zipfile

import lief
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.drill.build import claims, sbom
from unrig.drill.build.archive import Form, ship
from unrig.drill.build.image_hash import authenticode_sha256
from unrig.drill.build.line_up import line_up, unchanged_library
from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import PeSpec
from unrig.drill.build.sbom import Part, Product
from unrig.drill.build.signing import SigningSpec, signed_pe
from unrig.exchange import claims_toml, cyclonedx

KNOWN = dt.datetime(2023, 3, 2, tzinfo=dt.UTC)
FILES = {"a.dll": b"one", "in/b.txt": b"two"}


@given(st.integers(0, 2**40))
def test_claims_are_within_their_bounds_and_rest_on_roots(seed: int) -> None:
    drawn = claims.claims(seed, "Thing 1.0", KNOWN)
    by_id = {each.id: each for each in drawn.said}
    assert len(by_id) == len(drawn.said)
    assert 3 <= len(drawn.roots) <= 5
    assert 9 <= len(drawn.said) <= 16
    for each in drawn.said:
        assert (each.id in drawn.roots) == (each.basis != "relay")
        assert all(cited in by_id for cited in each.cites)
        assert leads_to_a_root(each.id, by_id, drawn.roots) == (each.id not in drawn.unrooted)


def leads_to_a_root(start: str, by_id: dict[str, claims.Said], roots: tuple[str, ...]) -> bool:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        here = waiting.pop()
        if here in roots:
            return True
        if here not in seen:
            seen.add(here)
            waiting.extend(by_id[here].cites)
    return False


@given(st.integers(0, 2**40))
def test_claims_are_toml_that_the_reader_takes_whole(seed: int) -> None:
    drawn = claims.claims(seed, "Thing 1.0", KNOWN)
    data = claims.write(drawn.said)
    assert [each["id"] for each in tomllib.loads(data.decode())["claim"]] == [each.id for each in drawn.said]
    read = claims_toml.parse(data, "claims.toml")
    assert not read.problems
    assert len(read.claims) == len(drawn.said)


def test_bills_are_read_back_as_written() -> None:
    inner = Part(name="inner", version="2", sha256="ab" * 32)
    package = Part(name="thing.zip", version="1", sha256="cd" * 32, distributed=True)
    product = Product(name="Desk", version="3.0", parts=(Part(name="outer", version="1", parts=(inner,)), package))
    for version in sbom.SPEC_VERSIONS:
        data = sbom.write(product, version, 1)
        assert data == sbom.write(product, version, 1)
        bom = cyclonedx.read_bom(data, "desk")
        assert not bom.problems
        assert [part.name for part in bom.components] == ["outer", "inner", "thing.zip"]
        assert bom.components[1].sha256 == "ab" * 32
        assert bom.components[2].distributions == ("cd" * 32,)
        assert json.loads(data)["serialNumber"].startswith("urn:uuid:")


def test_archives_hold_the_files_and_their_hash_is_that_of_the_bytes() -> None:
    for form in (Form.ZIP, Form.WHEEL):
        shipped = ship(FILES, "Thing", "1.2.3", "rigged", form)
        ((path, data),) = shipped.files.items()
        assert path == shipped.path
        assert "rigged" in path
        assert shipped.sha256 == hashlib.sha256(data).hexdigest()
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert {name: archive.read(name) for name in FILES} == FILES
            assert archive.testzip() is None


def test_a_folder_has_no_hash_that_anybody_would_list() -> None:
    shipped = ship(FILES, "Thing", "1.2.3", "rigged", Form.FOLDER)
    assert shipped.sha256 == ""
    assert shipped.files == {f"{shipped.path}/{path}": data for path, data in FILES.items()}


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 999))
def test_the_image_hash_is_that_of_other_tools(seed: int) -> None:
    for data in (build_pe(PeSpec(), seed), signed_pe(PeSpec(), SigningSpec(), seed)):
        pe = lief.PE.parse(list(data))
        assert pe is not None
        assert authenticode_sha256(data) == pe.authentihash_sha256.hex()


@pytest.mark.parametrize("seed", [1, 4])
def test_a_library_that_no_update_touches_is_the_same_everywhere(seed: int) -> None:
    shown = line_up(seed)
    path = unchanged_library(shown)
    assert len({each.files[path] for each in shown.values()}) == 1
    assert path not in {hidden.path for each in shown.values() for hidden in each.hidden}
