"""What a hunt prints: the worst first, each with what proves it, and what could not be seen by what is missing."""

from __future__ import annotations

import datetime as dt
import io

from msgspec import structs
from rich.console import Console

from unrig.model.coverage import NotEvaluated
from unrig.model.levels import Severity
from unrig.model.place import EventRef
from unrig.model.results import HuntResult
from unrig.model.telemetry import DeviceSummary, Observability, Seen, Sighting, Source, Triage
from unrig.report import text_hunt

NOW = dt.datetime(2024, 3, 4, 9, tzinfo=dt.UTC)
LOG = Source(id="s" * 16, path="logs/pc.jsonl", sha256="0" * 64, kind="sysmon-jsonl", rows=3)


def sighting(number: int, device: str, severity: Severity = Severity.HIGH, title: str = "A thing") -> Sighting:
    return Sighting(
        id=f"{number:016x}",
        of="thing",
        title=title,
        device=device,
        process="phone.exe",
        first=NOW + dt.timedelta(minutes=number),
        last=NOW + dt.timedelta(minutes=number),
        count=1,
        stage="execution",
        severity=severity,
        detail=f"detail {number}",
        rows=(EventRef(source=LOG.id, record=number, offset=0),),
    )


def blind(of: str, device: str, why: str = "no dns events") -> Observability:
    return Observability(
        of=of, title=of.upper(), device=device, state=Seen.NOT_OBSERVABLE, why=why, remedy="log lookups"
    )


def result(*found: Sighting, unseen: tuple[Observability, ...] = (), **more: object) -> HuntResult:
    devices = tuple(
        DeviceSummary(device=name, stages=(), score=score, timeline=())
        for name, score in {each.device: 60.0 if each.severity is Severity.HIGH else 20.0 for each in found}.items()
    )
    made = HuntResult(
        generated_at=NOW, unrig_version="0", complete=not unseen, because=(), sightings=found, devices=devices,
        observability=unseen, sources=(LOG,),
    )  # fmt: skip
    return structs.replace(made, **more)


def text(shown: HuntResult, *, quiet: bool = False, verbose: bool = False) -> str:
    console = Console(file=io.StringIO(), width=200, no_color=True)
    text_hunt.show(console, shown, quiet=quiet, verbose=verbose)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_sighting_names_the_file_and_record_that_prove_it() -> None:
    said = text(result(sighting(3, "pc1")))
    assert "SEEN   1 sighting on 1 device\n" in said
    assert "high     2024-03-04 09:03 A thing: detail 3  by phone.exe" in said
    assert "proof: logs/pc.jsonl record 3\n" in said
    assert "Isolate pc1 and keep what they hold" in said


def test_the_same_kind_of_thing_is_said_once_a_device() -> None:
    said = text(result(*(sighting(number, "pc1") for number in range(1, 6)), sighting(6, "pc1", title="Another")))
    assert said.count("A thing: detail 1  by phone.exe  (and 4 more)") == 1
    assert "detail 2" not in said
    assert "Another: detail 6" in said
    every = text(result(*(sighting(number, "pc1") for number in range(1, 6))), verbose=True)
    assert all(f"detail {number}" in every for number in range(1, 6))


def test_the_worst_device_stands_first_and_what_is_low_is_counted() -> None:
    said = text(
        result(sighting(1, "pc1", Severity.MEDIUM), sighting(2, "pc2"), sighting(3, "pc3", Severity.LOW, "A low thing"))
    )
    assert said.index("pc2  score 60") < said.index("pc1  score 20")
    assert "1 device with no more than what is low" in said
    assert "A low thing" not in said
    assert "Have a person look at pc1:" in said


def test_what_a_person_called_benign_is_not_told_again() -> None:
    waved = structs.replace(sighting(1, "pc1"), triage=Triage(state="benign", reason="ours"))
    said = text(result(waved))
    assert "NOT SEEN" in said
    assert "detail 1" not in said


def test_blind_spots_are_told_by_what_is_missing() -> None:
    unseen = tuple(blind(of, device) for of in ("a", "b", "c", "d") for device in ("pc1", "pc2"))
    said = text(result(unseen=(*unseen, blind("e", "pc3", why="no http events"))))
    assert "2 devices: no dns events. Not seen there: A; B; C; and 1 more question. To see it: log lookups" in said
    assert "pc3: no http events. Not seen there: E." in said
    assert "This is no all-clear." in said


def test_nothing_seen_where_all_could_be_is_said_so() -> None:
    said = text(result())
    assert "NOT SEEN" in said
    assert "Nothing: what was asked for could have been seen everywhere." in said


def test_questions_without_an_answer_are_grouped_by_reason() -> None:
    asked = tuple(NotEvaluated(rule=rule, reason="on no device: no dns events") for rule in ("b", "a"))
    assert "on no device: no dns events: a, b" in text(result(not_evaluated=asked))


def test_quiet_is_one_line() -> None:
    assert text(result(sighting(1, "pc1")), quiet=True).count("\n") == 1
