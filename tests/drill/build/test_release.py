"""Releases: twins differ where they should and nowhere else, and the truth says what is in them."""

from __future__ import annotations

from collections.abc import Callable

import lief
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from unrig.drill.build.lab_authority import PUBLISHERS
from unrig.drill.build.payload import MARKER, NOTHING, Kind
from unrig.drill.build.release import (
    BASELINE,
    CARRIER_ONLY,
    CLEAN,
    LARGEST_PAYLOAD,
    READER_ONLY,
    RIGGED,
    SMALLEST_PAYLOAD,
    Hiding,
    ReleaseSpec,
    build_release,
    release_truth,
)

Parse = Callable[[bytes], lief.PE.Binary]
SEEDS = st.integers(0, 2**40)
HIDING = [place for place in Hiding if place is not Hiding.NONE]
READING = {"CreateFileW", "ReadFile", "VirtualProtect"}
OK = lief.PE.Signature.VERIFICATION_FLAGS.OK


def differing(first: dict[str, bytes], second: dict[str, bytes]) -> set[str]:
    assert set(first) == set(second)
    return {path for path in first if first[path] != second[path]}


def imported(pe: lief.PE.Binary) -> set[str]:
    return {str(entry.name) for library in pe.imports for entry in library.entries}


@settings(max_examples=8, deadline=None)
@given(SEEDS)
def test_same_seed_same_release(seed: int) -> None:
    assert build_release(RIGGED, seed) == build_release(RIGGED, seed)


@settings(max_examples=8, deadline=None)
@given(SEEDS)
def test_twins_differ_only_in_what_was_rigged(seed: int) -> None:
    truth, clean = release_truth(RIGGED, seed), build_release(CLEAN, seed)
    assert differing(clean, build_release(RIGGED, seed)) == {truth.carrier, truth.reader}
    assert differing(clean, build_release(CARRIER_ONLY, seed)) == {truth.carrier}
    assert differing(clean, build_release(READER_ONLY, seed)) == {truth.reader}


@settings(max_examples=8, deadline=None)
@given(SEEDS)
def test_an_update_touches_the_vendors_own_files_and_not_the_carrier(seed: int) -> None:
    truth = release_truth(CLEAN, seed)
    changed = differing(build_release(BASELINE, seed), build_release(CLEAN, seed))
    assert truth.program in changed
    assert truth.carrier not in changed
    assert release_truth(BASELINE, seed).version != truth.version


@pytest.mark.parametrize("hiding", HIDING)
def test_the_carrier_stays_validly_signed_wherever_the_payload_is(parse: Parse, hiding: Hiding) -> None:
    spec = ReleaseSpec(hiding=hiding)
    truth = release_truth(spec, 4)
    rigged, clean = build_release(spec, 4)[truth.carrier], build_release(CLEAN, 4)[truth.carrier]
    assert rigged.count(MARKER) == clean.count(MARKER) + 1
    # The clean twin may have 7 bytes of alignment that the payload takes; a second entry repeats the PKCS #7.
    assert truth.payload.size - 7 <= len(rigged) - len(clean) <= truth.payload.size + 6_144
    before, after = parse(clean), parse(rigged)
    assert before.verify_signature() == after.verify_signature() == OK
    assert before.authentihash_sha256 == after.authentihash_sha256


@pytest.mark.parametrize("kind", list(Kind))
def test_the_payload_has_the_kind_asked_for(kind: Kind) -> None:
    spec = structs.replace(RIGGED, kind=kind)
    truth = release_truth(spec, 2)
    assert truth.payload.kind is kind
    assert len(build_release(spec, 2)[truth.carrier]) > truth.payload.size


def test_the_reader_names_the_carrier_and_can_read(parse: Parse) -> None:
    encodings = set()
    for seed in range(12):
        truth = release_truth(RIGGED, seed)
        name = truth.carrier.rsplit("/", 1)[-1]
        rigged, clean = (build_release(spec, seed)[truth.reader] for spec in (RIGGED, CLEAN))
        assert imported(parse(rigged)) >= READING
        assert not imported(parse(clean)) & READING
        found = {encoding for encoding in ("ascii", "utf-16-le") if name.encode(encoding) in rigged}
        assert len(found) == 1
        assert not any(name.encode(encoding) in clean for encoding in ("ascii", "utf-16-le"))
        encodings |= found
    assert encodings == {"ascii", "utf-16-le"}


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_draws_stay_within_their_bounds(seed: int) -> None:
    truth = release_truth(RIGGED, seed)
    files = build_release(RIGGED, seed)
    assert SMALLEST_PAYLOAD <= truth.payload.size <= LARGEST_PAYLOAD
    assert {truth.program, truth.reader, truth.carrier} <= set(files)
    assert truth.vendor in PUBLISHERS
    assert truth.runtime_publisher in PUBLISHERS
    assert truth.vendor != truth.runtime_publisher
    assert 8 <= len(files) <= 11
    for path, data in files.items():
        if path != truth.carrier and path.endswith((".dll", ".exe")):
            assert 10 << 10 <= len(data) <= 135 << 10


def test_a_clean_release_hides_nothing() -> None:
    assert release_truth(CLEAN, 1).payload == NOTHING
    assert release_truth(RIGGED, 1).payload != NOTHING


def test_seeds_draw_different_products_folders_and_signing() -> None:
    truths = [release_truth(RIGGED, seed) for seed in range(40)]
    assert len({truth.product for truth in truths}) > 3
    assert len({truth.carrier for truth in truths}) > 6
    assert len({truth.payload.size for truth in truths}) > 30


def test_the_media_library_is_signed_in_some_releases(parse: Parse) -> None:
    found = set()
    for seed in range(12):
        pe = parse(build_release(CLEAN, seed)[release_truth(CLEAN, seed).reader])
        found.add(pe.has_signatures)
        if pe.has_signatures:
            assert pe.verify_signature() == OK
    assert found == {True, False}


@settings(max_examples=5, deadline=None)
@given(SEEDS)
def test_every_program_is_whole(seed: int) -> None:
    for path, data in build_release(RIGGED, seed).items():
        if path.endswith((".dll", ".exe")):
            pe = lief.PE.parse(list(data))
            assert pe is not None
            assert pe.optional_header.checksum == pe.compute_checksum(), path
