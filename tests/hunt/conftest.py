from __future__ import annotations

import datetime as dt
import importlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest

from unrig.data.events import arrow_schema
from unrig.hunt import pipeline
from unrig.hunt.analytics.first_contact_code_hosting import ANALYTIC as FIRST_CONTACT_CODE_HOSTING
from unrig.hunt.analytics.module_name_not_in_manifest import ANALYTIC as MODULE_NAME_NOT_IN_MANIFEST
from unrig.hunt.analytics.module_not_in_manifest import ANALYTIC as MODULE_NOT_IN_MANIFEST
from unrig.hunt.judged import JUDGED, judge
from unrig.hunt.packed import PACKED_MODULES, packed_modules
from unrig.hunt.pipeline import HuntRequest, hunt
from unrig.hunt.prepare import prepare
from unrig.hunt.sightings import About, counted, ordered, sightings
from unrig.hunt.stages import written_out
from unrig.model.errors import FormatError, LimitError
from unrig.model.identity import Identity
from unrig.model.lead import HashLead, ManifestEntry, ManifestLead
from unrig.model.levels import Answer
from unrig.model.problem import ProblemKind, new_problem
from unrig.model.results import HuntResult
from unrig.model.rule import Hijackable
from unrig.sandbox.layers import Layers
from unrig.store.event_tables import EventTables, event_tables
from unrig.store.plans import Plans

FEW = (FIRST_CONTACT_CODE_HOSTING, MODULE_NAME_NOT_IN_MANIFEST, MODULE_NOT_IN_MANIFEST)
START = dt.datetime(2024, 3, 4, 9, tzinfo=dt.UTC)
HUNTED = START + dt.timedelta(days=90)
FOLDER = "C:\\Program Files\\Phone\\"


def sha(letter: str) -> str:
    return letter * 64


class InProcess:
    """Workers without a sandbox: the same function, in this process, answering in the least convenient order."""

    layers = Layers()

    def map(self, call: Any, items: Sequence[Any], batch: int = 16) -> Iterator[tuple[int, Any]]:
        module, _, name = call.function.partition(":")
        function = getattr(importlib.import_module(module), name)
        for index in reversed(range(len(items))):
            try:
                yield index, function(items[index].argument, items[index].descriptors)
            except (FormatError, LimitError) as error:
                yield (
                    index,
                    new_problem(
                        kind=ProblemKind.FORMAT,
                        where=items[index].where,
                        expected="",
                        observed=str(error),
                        effect="",
                        action="",
                    ),
                )


class Log:
    """A made-up Sysmon log of a few devices, written as flat JSON lines."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def event(self, number: int, day: float, device: str, **fields: Any) -> Log:
        time = START + dt.timedelta(days=day)
        self.events.append(
            {
                "EventID": number,
                "Channel": "Microsoft-Windows-Sysmon/Operational",
                "UtcTime": time.replace(tzinfo=None).isoformat(" ", timespec="milliseconds"),
                "Computer": f"{device}.corp.example",
                "User": "CORP\\ann",
                **fields,
            }
        )
        return self

    def start(self, day: float, device: str, image: str, sha256: str = "", **fields: Any) -> Log:
        hashes = {"Hashes": f"MD5={'0' * 32},SHA256={sha256.upper()}"} if sha256 else {}
        return self.event(1, day, device, Image=image, **hashes, **fields)

    def load(self, day: float, device: str, module: str, sha256: str = "", **fields: Any) -> Log:
        hashes = {"Hashes": f"SHA256={sha256.upper()}"} if sha256 else {}
        given = {"Image": FOLDER + "Phone.exe", "ImageLoaded": module, "Signed": "true", **hashes, **fields}
        return self.event(7, day, device, **given)

    def query(self, day: float, device: str, image: str, name: str, **fields: Any) -> Log:
        return self.event(22, day, device, Image=image, QueryName=name, **fields)

    def lines(self) -> bytes:
        return b"".join(json.dumps(event).encode() + b"\n" for event in self.events)

    def write(self, path: Path) -> str:
        path.write_bytes(self.lines())
        return str(path)


class Made:
    """Events as rows of the event tables, without any log around them: the path that every reader's rows take."""

    def __init__(self, tables: EventTables) -> None:
        self.store = tables
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._number = 0

    def add(self, event_class: str, day: float, device: str | None, **columns: Any) -> Made:
        """Add one event; days count from START and may be fractions."""
        self._number += 1
        time = (START + dt.timedelta(days=day)).replace(tzinfo=None)
        row = {"time": time, "device": device, "user": "ann", "source": "made", "record": self._number, "offset": 0}
        self._rows.setdefault(event_class, []).append(row | columns)
        return self

    def start(self, day: float, device: str, image: str, command: str = "", **columns: Any) -> Made:
        return self.add("process", day, device, action="start", image=image, command_line=command or image, **columns)

    def runs(self, day: float, device: str, image: str, **columns: Any) -> Made:
        """Add the start of a program and the load of its own file, as sensors write both."""
        self.start(day, device, image, sha256=columns.get("sha256"))
        signed = {"signed": True, "signature_status": "valid", "signer": "phone ltd"}
        return self.add("module_load", day, device, image=image, module=image, **signed | columns)

    def tables(self) -> Any:
        for event_class, rows in self._rows.items():
            schema = arrow_schema(event_class)
            known = set(schema.names)
            assert all(set(row) <= known for row in rows), (event_class, [set(row) - known for row in rows][:1])
            self.store.append(event_class, pa.Table.from_pylist(rows, schema=schema))
        self._rows = {}
        prepare(self.store)
        return self.store.tables

    def sight(self, unit: Any, *leads: Any, hijackable: Mapping[str, Hijackable] | None = None) -> list[Any]:
        """Return what one unit sees, ordered."""
        tables = dict(written_out(unit, self.tables(), tuple(leads)))
        tables[PACKED_MODULES] = ibis.memtable(packed_modules(hijackable or {}))
        if unit.tests is not None:
            tables[JUDGED] = ibis.memtable(judge([self.store.answer(unit.tests(tables, tuple(leads)))])[0])
        expression = unit.rows(tables, tuple(leads))
        names = [unit.id, *(lead.id for lead in leads)]
        about = {name: About(title=unit.title, techniques=()) for name in names}
        return list(ordered(sightings(self.store.answer(counted(expression)), about)))


@pytest.fixture(autouse=True)
def _only_this_unit(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests of one analytic or lead kind run no other analytic, and those of the machinery three.

    Each costs a compilation of its expression; that all of them work is tested one by one.
    """
    if request.path.parent.name == "hunt":
        monkeypatch.setattr(pipeline, "ANALYTICS", FEW)
    if request.path.parent.name in {"analytics", "leads"}:
        own = getattr(request.module, "ANALYTIC", None)
        monkeypatch.setattr(pipeline, "ANALYTICS", (own,) if own else ())


@pytest.fixture
def made(tables: EventTables) -> Made:
    return Made(tables)


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture(scope="session")
def opened_tables() -> Iterator[EventTables]:
    with event_tables("256MB") as opened:
        yield opened


@pytest.fixture
def tables(opened_tables: EventTables) -> EventTables:
    """Give empty tables; the database behind them is opened once."""
    for name in opened_tables.tables:
        opened_tables._connection.execute(f'DELETE FROM "{name}"')
    return opened_tables


def run(*paths: str, leads: Sequence[Any] = (), known: Sequence[str] = (), plans: Plans | None = None) -> HuntResult:
    request = HuntRequest(
        telemetry=paths, leads=tuple(leads), known_devices=tuple(known), generated_at=HUNTED, unrig_version="0"
    )
    return hunt(request, InProcess(), plans)


def hash_lead(sha256: str, **fields: Any) -> HashLead:
    name = fields.pop("name", "media.dll")
    identity = Identity(sha256=sha256, name=name, discriminates={"sha256": Answer.YES})
    return HashLead(id=fields.pop("id", "h-lead"), identity=identity, **fields)


def manifest(*entries: tuple[str, str], rigged: tuple[str, ...] = (), **fields: Any) -> ManifestLead:
    return ManifestLead(
        id=fields.pop("id", "m-lead"),
        product="Phone",
        version="1.0",
        entries=tuple(ManifestEntry(path=path, sha256=sha256) for path, sha256 in entries),
        rigged=rigged,
        **fields,
    )


@pytest.fixture
def kit() -> Any:
    """Return what the tests share, by name."""

    class Kit:
        start = START
        folder = FOLDER
        sha = staticmethod(sha)
        run = staticmethod(run)
        hash_lead = staticmethod(hash_lead)
        manifest = staticmethod(manifest)
        workers = InProcess()
        phone = FOLDER + "Phone.exe"

        @staticmethod
        def descriptor(path: Path, data: bytes) -> int:
            path.write_bytes(data)
            return os.open(path, os.O_RDONLY)

    return Kit
