"""Redacted results name nobody: no device, user, customer, or path of the reader's; all else stays as it was."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.model.exposure import Affected, Counted
from unrig.model.identity import Identity
from unrig.model.levels import Severity
from unrig.model.place import EventRef
from unrig.model.problem import ProblemKind, new_problem
from unrig.model.results import HuntResult, Result, ScopeResult
from unrig.model.telemetry import DeviceSummary, Observability, Seen, Sighting, Source
from unrig.report.redact import names_of, redact

AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
HEAD: dict[str, Any] = {"generated_at": AT, "unrig_version": "0", "complete": True}


def sighting(device: str = "front-desk-7", user: str = "CORP\\ann", detail: str = "gitlab.com") -> Sighting:
    return Sighting(
        id="5191",
        of="some-analytic",
        title="A program did it",
        device=device,
        user=user,
        process="c:\\users\\ann\\app\\phone.exe",
        first=AT,
        last=AT,
        count=1,
        stage="execution",
        severity=Severity.HIGH,
        detail=detail,
        rows=(EventRef(source="50ce", record=7, offset=0),),
    )


def hunted(*sightings: Sighting, **more: Any) -> HuntResult:
    return HuntResult(**HEAD, because=(), sightings=sightings, **more)


def text_of(result: Result) -> str:
    return msgspec.json.encode(result).decode()


def redacted(result: Result) -> str:
    return text_of(redact(result, names_of(result)))


def test_a_device_is_one_word_wherever_it_stood() -> None:
    result = hunted(
        sighting(detail="asked by front-desk-7, twice"),
        devices=(DeviceSummary(device="front-desk-7", stages=(), score=0.0, timeline=()),),
        observability=(Observability(of="q", device="back-room", state=Seen.NOT_SEEN, why="FRONT-DESK-7 was off"),),
    )
    text = redacted(result)
    assert "desk" not in text.casefold()
    assert "back-room" not in text
    assert text.count("device-2") == 4
    assert text.count("device-1") == 1


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("c:\\users\\ann\\x.dll", "c:\\users\\user-1\\x.dll"),
        ("c:\\Users\\bob b\\x.dll", "c:\\Users\\user\\x.dll"),
        ("/home/carol/x.so", "/home/user/x.so"),
        ("/Users/dave", "/Users/user"),
        ("c:\\users\\public\\x.dll", "c:\\users\\public\\x.dll"),
        ("c:\\program files\\phone\\x.dll", "c:\\program files\\phone\\x.dll"),
    ],
)
def test_home_folders_are_nobodys(path: str, left: str) -> None:
    result = hunted(sighting(user="ann", detail=path))
    assert redact(result, names_of(result)).sightings[0].detail == left


def test_users_are_hidden_with_and_without_their_domain() -> None:
    text = redacted(hunted(sighting(detail="runas ann (corp\\ann)")))
    assert "ann" not in text.replace("channel", "")
    assert "CORP" not in text


def test_the_readers_own_paths_are_hidden_also_where_they_could_not_be_read() -> None:
    problem = new_problem(
        kind=ProblemKind.ACCESS,
        where="/srv/acme/logs/b.jsonl: line 3",
        expected="a file",
        observed="nothing at /srv/acme/logs/b.jsonl",
        effect="x",
        action="y",
    )
    source = Source(id="50ce", path="/srv/acme/logs/a.jsonl", sha256="ab" * 32, kind="sysmon")
    text = redacted(hunted(sources=(source,), problems=(problem,)))
    assert "acme" not in text
    assert "source-2: line 3" in text
    assert '"sha256":"abab' in text


def test_customers_are_hidden_wherever_they_are_named() -> None:
    group = Counted(
        product="Phone",
        version="1",
        platform="windows",
        customer="Brindle Bank",
        country="ES",
        devices=1,
        denominator=2,
    )
    exposure = Affected(
        id="x",
        identity=Identity(name="codec.dll"),
        devices=1,
        denominator=2,
        matched_by=("sha256",),
        reason="seen at Brindle Bank",
        action="Remove it.",
        groups=(group,),
    )
    result = ScopeResult(**HEAD, because=("1 at BRINDLE BANK",), exposures=(exposure,))
    text = redacted(result)
    assert "brindle" not in text.casefold()
    assert text.count("customer-1") == 3
    assert "Phone" in text


def test_what_names_nobody_stays_and_so_do_ids_and_words_of_the_schema() -> None:
    odd = hunted(sighting(device="execution", user="high", detail="unrig"))
    result = redact(odd, names_of(odd))
    assert result.sightings[0].severity is Severity.HIGH
    assert (result.schema, result.sightings[0].id, result.sightings[0].of) == ("unrig.hunt/1", "5191", "some-analytic")
    assert msgspec.json.decode(msgspec.json.encode(result), type=HuntResult) == result
    nobody = hunted()
    assert redact(nobody, names_of(nobody)) is nobody


NAMES = st.text("abcXYZ019-_.\\ ", min_size=3, max_size=12).filter(lambda text: text.strip(" .\\-") == text)


@settings(max_examples=80, deadline=None)
@given(
    device=NAMES, user=NAMES, before=st.sampled_from(["", "on ", "(", "c:\\"]), after=st.sampled_from(["", ")", ", x"])
)
def test_no_name_of_any_form_is_left_in_the_fields_that_had_it(device: str, user: str, before: str, after: str) -> None:
    result = hunted(sighting(device=device, user=user, detail=f"{before}{device}{after}"))
    (found,) = redact(result, names_of(result)).sightings
    assert found.device.startswith("device-")
    assert found.user.startswith(("user-", "device-"))
    assert device.casefold() not in found.detail.casefold().replace("device", "")
