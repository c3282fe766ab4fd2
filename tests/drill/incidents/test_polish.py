"""The incident differs from its clean twin by new functions alone, and nothing is hidden anywhere."""

from __future__ import annotations

import hashlib
from functools import cache

import lief
import pytest

from unrig.drill.build import utility_line_up as line_up
from unrig.drill.build._package import Packing
from unrig.drill.build.payload import MARKER
from unrig.drill.build.seeds import pick
from unrig.drill.build.truth import Built, VetTruth, decode
from unrig.drill.build.utility import Utility, build_utility
from unrig.drill.incidents.polish import build

SEEDS = (1, 2)
CALLED = {"GetProcAddress", "HeapCreate", "VirtualAlloc", "VirtualProtect"}


@cache
def drill(seed: int) -> Built:
    return build(seed)


@cache
def utility(seed: int, role: str) -> Utility:
    return build_utility(line_up.specs(seed)[role], seed)


def release(built: Built, role: str) -> VetTruth:
    return next(each for each in built.truth.releases if each.role == role)


def program(seed: int, role: str) -> bytes:
    made = utility(seed, role)
    return made.files[made.program]


@cache
def parsed(data: bytes) -> lief.PE.Binary:
    """LIEF's reading, kept alive: its entries do not outlive it."""
    config = lief.PE.ParserConfig()
    config.parse_exceptions = True
    return lief.PE.parse(list(data), config)


def imports(data: bytes) -> set[str]:
    return {entry.name for library in parsed(data).imports for entry in library.entries}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_seed_gives_the_same_bytes_and_a_true_truth(seed: int) -> None:
    built = drill(seed)
    assert build_utility(line_up.specs(seed)["rigged"], seed) == utility(seed, "rigged")
    assert decode(built.files["truth.json"]) == built.truth
    (told,) = release(built, "rigged").hidden
    assert told.sha256 == hashlib.sha256(program(seed, "rigged")).hexdigest()
    assert not told.places


def test_what_may_be_said() -> None:
    built = drill(1)
    rigged = release(built, "rigged")
    assert rigged.verdicts == ("suspicious", "rigged")
    assert "rigged" not in rigged.alone
    for each in built.truth.releases:
        if each.role != "rigged":
            assert each.verdicts == each.alone == ("clean", "review")


@pytest.mark.parametrize("seed", SEEDS)
def test_only_the_program_is_rigged_and_nothing_rides_behind_it(seed: int) -> None:
    clean, rigged = utility(seed, "update"), utility(seed, "rigged")
    assert {path for path in clean.files if clean.files[path] != rigged.files[path]} == {rigged.program}
    assert clean.files.keys() == rigged.files.keys() == utility(seed, "baseline").files.keys()
    pe = parsed(program(seed, "rigged"))
    assert [
        one.size
        for one in pe.sections
        if one.name not in {".tables", ".data", ".text"} and MARKER in bytes(one.content)
    ] == []
    assert len(pe.signatures) == 1
    assert (
        pe.verify_signature(lief.PE.Signature.VERIFICATION_CHECKS.HASH_ONLY) == lief.PE.Signature.VERIFICATION_FLAGS.OK
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_new_functions_name_what_unpacking_takes(seed: int) -> None:
    before, after = parsed(program(seed, "baseline")), parsed(program(seed, "rigged"))
    assert 1 <= len(list(after.exceptions)) - len(list(before.exceptions)) <= 3
    assert imports(program(seed, "rigged")) >= CALLED


def test_the_imports_are_new_in_some_drills_and_old_in_others() -> None:
    new = {bool(imports(program(seed, "rigged")) - imports(program(seed, "baseline"))) for seed in range(6)}
    assert new == {True, False}


@pytest.mark.parametrize("seed", SEEDS)
def test_twins_differ_in_what_they_are_named_after(seed: int) -> None:
    clean = utility(seed, "update")

    def differs(role: str) -> set[str]:
        other = utility(seed, role).files
        return {path for path in clean.files | other if clean.files.get(path) != other.get(path)}

    assert differs("branded") <= {clean.program}
    assert differs("service_release") == {utility(seed, "service_release").helper}
    assert clean.program in differs("rotation")
    assert {path for path in clean.files if path.endswith((".dll", ".exe"))} <= differs("toolchain")


def test_seeds_draw_names_and_packing() -> None:
    drawn = {pick(seed, "packing", tuple(Packing)) for seed in range(20)}
    assert drawn == set(Packing)
    assert len({build_utility(line_up.specs(seed)["baseline"], seed).product for seed in range(6)}) > 2
