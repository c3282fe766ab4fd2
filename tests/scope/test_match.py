from __future__ import annotations

from types import ModuleType
from typing import Any

import msgspec
import pytest

from unrig.model.identity import Identity
from unrig.model.lead import HashLead
from unrig.model.levels import Answer
from unrig.scope.match import MatchIndex, State, build_index, decide


@pytest.fixture
def index(made: ModuleType) -> Any:
    return build_index(
        leads=made.LEADS,
        good=(Identity(sha256=made.GOOD, name="SoftPhone", version="18.11.1213", platform="windows"),),
        fixed=(Identity(sha256=made.FIXED, name="SoftPhone", version="18.12.425"),),
    )


def test_the_rigged_hash_is_affected_whatever_the_row_calls_it(made: ModuleType, index: MatchIndex) -> None:
    decision = decide(made.row(product="Totally Other Tool", version="1", platform="linux", sha256=made.RIGGED), index)
    assert (decision.state, decision.matched_by) == (State.AFFECTED, ("sha256",))
    assert decision.identity.name == "ffmpeg.dll"


def test_name_and_version_alone_never_make_affected(made: ModuleType, index: MatchIndex) -> None:
    decision = decide(made.row(version="18.12.416"), index)
    assert (decision.state, decision.missing, decision.matched_by) == (
        State.UNDER_INVESTIGATION,
        ("sha256",),
        ("name",),
    )
    assert "look here first" in decision.reason


def test_one_version_good_on_windows_and_rigged_on_macos(made: ModuleType, index: MatchIndex) -> None:
    good = decide(made.row(version="18.11.1213", platform="windows", sha256=made.GOOD), index)
    rigged = decide(made.row(version="18.11.1213", platform="macos", sha256=made.RIGGED_MAC), index)
    assert (good.state, rigged.state) == (State.NOT_AFFECTED, State.AFFECTED)
    windows = decide(made.row(version="18.11.1213", platform="windows"), index)
    mac = decide(made.row(version="18.11.1213", platform="macos"), index)
    assert windows.state is mac.state is State.UNDER_INVESTIGATION
    assert "look here first" in mac.reason
    assert "look here first" not in windows.reason


def test_a_clean_file_of_the_rigged_release_proves_nothing(made: ModuleType, index: MatchIndex) -> None:
    decision = decide(made.row(sha256=made.CLEAN_BESIDE), index)
    assert (decision.state, decision.missing) == (State.UNDER_INVESTIGATION, ("sha256",))
    listed_as_good = build_index(leads=made.LEADS, good=(Identity(sha256=made.CLEAN_BESIDE),))
    assert decide(made.row(sha256=made.CLEAN_BESIDE), listed_as_good).state is State.UNDER_INVESTIGATION


def test_an_unknown_hash_of_the_product_asks_for_a_baseline(made: ModuleType, index: MatchIndex) -> None:
    decision = decide(made.row(sha256=made.sha("never seen")), index)
    assert (decision.state, decision.missing) == (State.UNDER_INVESTIGATION, ("baseline",))


def test_the_fixed_build_is_fixed_and_other_products_say_nothing(made: ModuleType, index: MatchIndex) -> None:
    assert decide(made.row(sha256=made.FIXED), index).state is State.FIXED
    assert decide(made.row(product="Editor", sha256=made.sha("editor")), index) is None
    assert decide(made.row(product="Editor"), index) is None


@pytest.mark.parametrize(
    ("key", "identity"),
    [
        ("authenticode_hash.sha256", {"authenticode_hash": {"sha256": "ab" * 32}}),
        ("name", {"name": "ffmpeg.dll"}),
        ("upgrade_code", {"upgrade_code": "{ABC}"}),
        ("purl", {"purl": "pkg:generic/softphone@18.12.416"}),
    ],
)
@pytest.mark.parametrize("answer", list(Answer))
def test_only_a_yes_matches_and_never_a_name(made: ModuleType, key: Any, identity: Any, answer: Any) -> None:
    lead = made.hash_lead(made.RIGGED, "x", "1", "windows")
    told = Identity(**identity, discriminates={key: answer})
    index = build_index(leads=(type(lead)(id="1", identity=told),))
    row = made.row(product="ffmpeg.dll", sha256="", **{k: v for k, v in identity.items() if k != "name"})
    decision = decide(row, index)
    affected = decision is not None and decision.state is State.AFFECTED
    assert affected == (answer is Answer.YES and key != "name")


def test_a_carrier_with_the_genuine_authenticode_hash_leaves_the_genuine_one_alone(made: ModuleType) -> None:
    shared = {"sha256": made.CARRIER_AUTHENTICODE}
    lead = made.hash_lead(made.RIGGED, "d3dcompiler_47.dll", "10", "windows", authenticode_hash=shared)
    index = build_index(leads=(lead,))
    genuine = made.row(product="d3dcompiler_47.dll", sha256=made.sha("the genuine file"), authenticode_hash=shared)
    assert decide(genuine, index) is None


@pytest.mark.parametrize("side", ["good", "fixed"])
def test_a_key_on_both_sides_proves_nothing_and_is_told(made: ModuleType, side: Any) -> None:
    index = build_index(leads=made.LEADS, **{side: (Identity(sha256=made.RIGGED),)})
    assert decide(made.row(sha256=made.RIGGED), index).state is State.UNDER_INVESTIGATION
    (problem,) = index.problems
    assert made.RIGGED in problem.where


def test_a_file_that_only_the_manifest_marks_is_looked_into(made: ModuleType) -> None:
    manifest = made.LEADS[2]
    index = build_index(leads=(manifest,))
    decision = decide(made.row(product="Another Name", sha256=made.RIGGED), index)
    assert decision.state is State.UNDER_INVESTIGATION
    assert decision.matched_by == ("sha256",)


def test_a_name_or_version_never_enters_the_index(made: ModuleType) -> None:
    told = {"sha256": Answer.YES, "name": Answer.YES, "version": Answer.YES, "platform": Answer.YES}
    identity = Identity(sha256=made.RIGGED, name="ffmpeg.dll", version="1", platform="windows", discriminates=told)
    index = build_index(leads=(type(made.LEADS[0])(id="1", identity=identity),))
    assert set(index.rigged.by_key) == {"sha256"}


@pytest.mark.parametrize(
    "spelling",
    [
        "SoftPhone Desktop App",
        "softphone desktop app",
        "SoftPhoneDesktopApp",
        "SoftPhone Desktop App 18.12.416",
        "SoftPhone Desktop App (x64)",
        "SoftPhone-Desktop-App v18.12.416 x64",
    ],
)
def test_a_product_is_known_by_the_letters_of_its_name(made: ModuleType, index: MatchIndex, spelling: Any) -> None:
    assert decide(made.row(product=spelling), index).state is State.UNDER_INVESTIGATION


@pytest.mark.parametrize("other", ["SoftPhone", "SoftPhone Desktop App Plugin", "My SoftPhone Desktop App", ""])
def test_a_longer_or_shorter_name_is_another_product(made: ModuleType, index: MatchIndex, other: Any) -> None:
    assert decide(made.row(product=other), index) is None


def test_further_names_of_the_product_can_be_given(made: ModuleType) -> None:
    index = build_index(leads=made.LEADS, products=("Phone 2000",))
    assert decide(made.row(product="phone 2000"), index).state is State.UNDER_INVESTIGATION
    assert build_index(leads=(), products=("", "  ")).products == {}


def test_each_code_directory_hash_of_a_universal_program_matches(made: ModuleType) -> None:
    rigged = Identity(name="app", cdhash=("aa" * 20, "bb" * 20), discriminates={"cdhash": Answer.YES})
    index = build_index(leads=(HashLead(id="lead", identity=rigged),))
    for one in rigged.cdhash:
        row = msgspec.structs.replace(made.row(product="x"), identity=Identity(cdhash=(one,)))
        decision = decide(row, index)
        assert decision is not None
        assert (decision.state, decision.matched_by) == (State.AFFECTED, ("cdhash",))
    other = msgspec.structs.replace(made.row(product="x"), identity=Identity(cdhash=("cc" * 20,)))
    assert decide(other, index) is None
