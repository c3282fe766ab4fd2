from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from unrig.model.artifact import Release
from unrig.model.document import Revision
from unrig.model.exposure import Affected, Counted
from unrig.respond.checkers.pymarkdown import check
from unrig.respond.documents.customer_notice import emit

HOSTILE = (
    "<script>alert(1)</script>",
    "[click](http://example.test)",
    "![x](http://example.test/x.png)",
    "http://example.test",
    "www.example.test",
    "a@example.test",
    "# heading",
    "- item",
    "+ item",
    "1. item",
    "12) item",
    "```",
    "~~~",
    "***",
    "---",
    "===",
    "| a | b |",
    "> quote",
    "_em_ *em* `code`",
    "&lt;b&gt; &amp;",
    "line\nbreak\n\n# heading",
    "back\\slash",
    "\u202eevil",
    "[ref]: http://example.test",
)


def plain(data: bytes) -> str:
    """Return the text that a CommonMark renderer shows, without its markup."""
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(data.decode())
    shown = []
    for token in tokens:
        if token.type == "fence":
            shown.append(token.content)
        for child in token.children or ():
            assert child.type in {"text", "softbreak", "text_special"}, child
            shown.append("\n" if child.type == "softbreak" else child.content)
        shown.append("\n" if token.type == "inline" else "")
    return "".join(shown)


def test_it_says_what_to_remove_and_how_to_check(made: ModuleType) -> None:
    text = plain(emit(made.inputs()))
    assert "SoftPhone, version 18.12.416, for windows" in text
    assert f"{made.CARRIER}  app/d3dcompiler_47.dll" in text
    assert f"{made.READER}  app/ffmpeg.dll" in text
    assert "Get-FileHash -Algorithm SHA256" in text
    assert "Do not add exclusions for this software to your security products" in text
    assert "Use the web client where the product has one." in text
    assert "[security contact: to be filled in by the sender]" in text


def test_the_repaired_build_stands_there_only_once_vetted(made: ModuleType, fixed: Release) -> None:
    without, with_fix = plain(emit(made.inputs())), plain(emit(made.inputs(fix=fixed)))
    assert "no repaired build yet" in without
    assert fixed.sha256 not in without
    assert f"Install SoftPhone {fixed.version}, which we have checked." in with_fix
    assert fixed.sha256 in with_fix
    assert "no repaired build yet" not in with_fix


def test_hashes_that_must_not_be_blocked_are_not_in_it(made: ModuleType) -> None:
    text = emit(made.inputs()).decode()
    assert made.GENUINE_AUTHENTICODE not in text
    assert "Do not block a changed file by its Authenticode hash" in text


def test_no_customer_device_or_signer_is_named(made: ModuleType) -> None:
    group = Counted(
        product="SoftPhone",
        version="1",
        platform="windows",
        customer="Secret Customer",
        country="Nowhere",
        devices=77001,
        denominator=88002,
    )
    exposure = Affected(
        id="e",
        identity=made.CARRIER_IDENTITY,
        devices=77001,
        denominator=88002,
        matched_by=("sha256",),
        reason="r",
        action="a",
        groups=(group,),
    )
    text = emit(made.inputs(scope=made.scoped(exposures=(exposure,)))).decode()
    assert not any(secret in text for secret in ("Secret", "Nowhere", "77001", "88002", "CN="))


@pytest.mark.parametrize("revision", list(Revision))
def test_the_revision_is_said(made: ModuleType, revision: Any) -> None:
    assert f"{revision.value.capitalize()}" in plain(emit(made.inputs(revision=revision)))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_text_from_outside_stays_text(made: ModuleType, hostile: Any) -> None:
    vet = made.vet(of=made.release(name=hostile, version=hostile, platform=hostile))
    data = emit(made.inputs(vets=(vet,), title=hostile, author=hostile))
    said = " ".join(hostile.split()).replace("\u202e", "\ufffd")
    assert plain(data).count(said) >= 5
    assert check(data).result == "passed", check(data).detail


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=15).filter(lambda t: t.split()))
def test_any_name_stays_text(made: ModuleType, name: Any) -> None:
    data = emit(made.inputs(vets=(made.vet(of=made.release(name=name)),)))
    said = "".join(char if char.isprintable() else "\ufffd" for char in " ".join(name.split()))
    assert f"{said}, version" in plain(data)


def test_two_platforms_of_one_version_stand_apart(made: ModuleType) -> None:
    other = made.vet(of=made.release(platform="macos", text="the disk image"))
    text = plain(emit(made.inputs(vets=(made.vet(), other))))
    assert "for windows" in text
    assert "for macos" in text
    assert "the same version number can be good on one platform" in text
