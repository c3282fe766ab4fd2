from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import ibis
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unrig.hunt import pipeline
from unrig.hunt.analytics import ANALYTICS
from unrig.hunt.judged import JUDGED, judge
from unrig.hunt.kinds import ROW_COLUMNS
from unrig.hunt.leads import LEAD_KINDS
from unrig.hunt.stages import written_out
from unrig.hunt.telemetry import READERS
from unrig.model.lead import (
    CarrierReadLead,
    ChildLead,
    FileNameLead,
    Lead,
    NetworkNameLead,
    RegistryValueLead,
    SideLoadLead,
    UserAgentLead,
)
from unrig.model.levels import Severity
from unrig.model.results import HuntResult
from unrig.model.telemetry import Seen
from unrig.store.event_tables import EventTables


def story(log: Any, kit: Any) -> list[Any]:
    for device in ("pc1", "pc2"):
        for day in range(12):
            log.start(day, device, kit.phone, kit.sha("a"))
            log.load(day, device, kit.folder + "media.dll", kit.sha("b"))
            log.query(day, device, kit.phone, "update.phone.example")
    log.load(5, "pc1", kit.folder + "extra.dll", kit.sha("e"), Signed=False)
    log.query(10, "pc1", kit.phone, "gist.github.com")
    return [
        kit.hash_lead(kit.sha("b"), techniques=("T1574.001",)),
        kit.manifest(("Phone.exe", kit.sha("a")), ("media.dll", kit.sha("b")), rigged=(kit.sha("b"),)),
    ]


def without_time(result: HuntResult) -> bytes:
    return msgspec.json.encode(msgspec.structs.replace(result, stats=msgspec.structs.replace(result.stats, seconds=0)))


def test_the_whole_way_from_lines_to_devices(log: Any, tmp_path: Path, kit: Any) -> None:
    leads = story(log, kit)
    result = kit.run(log.write(tmp_path / "log"), leads=leads)
    assert [each.device for each in result.devices] == ["pc1", "pc2"]
    first, second = result.devices
    assert first.stages == ("execution", "defense-evasion", "command-and-control")
    assert (first.score, second.score) == (90.0, 80.0)
    times = {each.id: each.first for each in result.sightings}
    assert [times[each] for each in first.timeline] == sorted(times[each] for each in first.timeline)
    assert [each.severity for each in result.sightings][:2] == [Severity.CRITICAL] * 2
    assert result.leads == ("h-lead", "m-lead")
    assert result.because[0] == "4 critical sightings on 2 devices"
    hit = next(each for each in result.sightings if each.of == "h-lead")
    assert hit.techniques == ("T1574.001",)
    line = log.lines().splitlines()[hit.rows[0].record - 1]
    assert log.lines()[hit.rows[0].offset :].startswith(line)
    assert result.stats.rows == result.sources[0].rows == len(log.events)
    assert (result.sources[0].first, result.sources[0].device) == (kit.start, "")


def test_the_same_input_gives_the_same_bytes_in_any_order(log: Any, tmp_path: Path, kit: Any) -> None:
    leads = story(log, kit)
    half = len(log.events) // 2
    whole, one, two = (tmp_path / name for name in ("whole", "one", "two"))
    log.write(whole)
    lines = log.lines().splitlines(keepends=True)
    one.write_bytes(b"".join(lines[:half]))
    two.write_bytes(b"".join(lines[half:]))
    first = kit.run(str(one), str(two), leads=leads)
    assert without_time(first) == without_time(kit.run(str(two), str(one), leads=leads[::-1] + leads))
    together = kit.run(str(whole), leads=leads)
    assert [(each.id, each.count, each.scores) for each in together.sightings] == [
        (each.id, each.count, each.scores) for each in first.sightings
    ]


def test_a_result_is_a_document_of_its_type(log: Any, tmp_path: Path, kit: Any) -> None:
    leads = story(log, kit)
    result = kit.run(log.write(tmp_path / "log"), leads=leads)
    assert result.sightings
    assert msgspec.json.decode(msgspec.json.encode(result), type=HuntResult) == result


def test_at_most_twenty_rows_are_named_and_all_are_counted(log: Any, tmp_path: Path, kit: Any) -> None:
    for minute in range(50):
        log.load(minute / 1440, "pc1", kit.folder + "media.dll", kit.sha("b"))
    [sighting] = kit.run(log.write(tmp_path / "log"), leads=[kit.hash_lead(kit.sha("b"))]).sightings
    assert (sighting.count, [row.record for row in sighting.rows]) == (50, list(range(1, 21)))


def test_a_known_device_without_telemetry_is_a_blind_spot(log: Any, tmp_path: Path, kit: Any) -> None:
    leads = story(log, kit)
    result = kit.run(log.write(tmp_path / "log"), leads=leads, known=["PC9.corp.example", "pc1"])
    states = {(each.of, each.device): each.state for each in result.observability}
    assert states["h-lead", "pc9"] is Seen.NOT_OBSERVABLE
    assert states["h-lead", "pc1"] is Seen.SEEN
    assert not result.complete
    assert "1 device could not have shown something that was asked for" in result.because


def test_every_question_has_an_answer_for_every_device(log: Any, tmp_path: Path, kit: Any) -> None:
    leads = story(log, kit)
    result = kit.run(log.write(tmp_path / "log"), leads=leads, known=["pc9"])
    asked = {each.of for each in result.observability}
    assert asked == {"h-lead", "m-lead", *(analytic.id for analytic in pipeline.ANALYTICS)}
    assert len(result.observability) == len(asked) * 3
    for each in result.observability:
        assert each.state is not Seen.NOT_OBSERVABLE or (each.why and each.remedy)


def test_a_lead_that_names_nothing_is_said_so(log: Any, tmp_path: Path, kit: Any) -> None:
    log.start(0, "pc1", kit.phone)
    result = kit.run(log.write(tmp_path / "log"), leads=[FileNameLead(id="n1", name="")])
    assert ("n1", "it gives no name") in [(each.rule, each.reason) for each in result.not_evaluated]
    assert not result.complete


def test_every_kind_of_lead_can_be_hunted() -> None:
    assert {kind.lead for kind in LEAD_KINDS} == set(get_args(Lead))


@pytest.mark.parametrize("data", [b"", b"\x00" * 100, b"{bad\n", b"MZ\x90"])
def test_nothing_readable_is_incomplete_and_says_why(data: bytes, tmp_path: Path, kit: Any) -> None:
    (tmp_path / "log").write_bytes(data)
    result = kit.run(str(tmp_path / "log"), leads=[kit.hash_lead(kit.sha("b"))])
    assert (result.complete, result.sightings, len(result.problems)) == (False, (), 1)
    assert {each.device for each in result.observability} == {"*"}
    assert {each.rule for each in result.not_evaluated} >= {"h-lead"}


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(0, 100_000), value=st.integers(1, 255))
def test_any_flipped_byte_gives_a_result(position: int, value: int, log: Any, tmp_path: Path, kit: Any) -> None:
    log.events.clear()
    leads = story(log, kit)
    data = bytearray(log.lines())
    data[position % len(data)] ^= value
    (tmp_path / "log").write_bytes(data)
    result = kit.run(str(tmp_path / "log"), leads=leads)
    read = result.stats.rows + sum(source.rejected for source in result.sources)
    assert abs(read - len(log.events)) <= 1
    assert result.sightings


@pytest.mark.parametrize("unit", [*ANALYTICS, *LEAD_KINDS], ids=lambda unit: unit.id)
def test_an_expression_has_the_columns_of_a_row_and_a_null_device_is_no_error(
    unit: Any, tables: EventTables, kit: Any
) -> None:
    leads = {
        type(lead): (lead,)
        for lead in (
            kit.hash_lead(kit.sha("b")),
            NetworkNameLead(id="n", suffix="c2.example"),
            kit.manifest(("a.exe", kit.sha("a")), ("b.dll", kit.sha("b"))),
            SideLoadLead(id="s", program="a.exe", module="b.dll", folders=("app",)),
            CarrierReadLead(id="c", reader="b.dll", carrier="d.dll"),
            UserAgentLead(id="u", pattern="app/1"),
            ChildLead(id="k", parent="a.exe", expected=("c.exe",)),
            FileNameLead(id="f", name="a.ico"),
            RegistryValueLead(id="r", key="software\\app"),
        )
    }
    given = leads[wanted] if (wanted := getattr(unit, "lead", None) or unit.from_leads) else ()
    judged = {JUDGED: ibis.memtable(judge([tables.answer(unit.tests(tables.tables, given))])[0])} if unit.tests else {}
    expression = unit.rows({**written_out(unit, tables.tables, given), **judged}, given)
    assert set(ROW_COLUMNS) <= set(expression.columns)
    assert all(name.startswith("score_") for name in set(expression.columns) - set(ROW_COLUMNS))
    assert tables.answer(expression).num_rows == 0


@pytest.mark.parametrize("unit", [*ANALYTICS, *LEAD_KINDS], ids=lambda unit: unit.id)
def test_what_a_unit_needs_some_reader_can_fill(unit: Any) -> None:
    possible = [
        alternative
        for alternative in unit.needs
        if any(
            all(columns <= reader.fills.get(name, frozenset()) for name, columns in alternative.items())
            for reader in READERS
        )
    ]
    assert possible, unit.id


def test_importing_the_pipeline_loads_no_engine() -> None:
    code = (
        "import sys; from unrig.hunt import pipeline; print(sorted({'duckdb', 'ibis', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
