"""What the tests of all engines share: events that make nearly every question say something, and somebody's own tables
of the same events, which look quite different."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from unrig.data.events import arrow_schema
from unrig.hunt import pipeline
from unrig.hunt.database import database
from unrig.hunt.ingest import Ingested
from unrig.hunt.pipeline import HuntRequest
from unrig.model.identity import Identity
from unrig.model.lead import (
    CarrierReadLead,
    ChildLead,
    FileNameLead,
    HashLead,
    Lead,
    ManifestEntry,
    ManifestLead,
    NetworkNameLead,
    RegistryValueLead,
    SideLoadLead,
    UserAgentLead,
)
from unrig.model.levels import Answer
from unrig.model.moment import Window
from unrig.model.results import HuntResult
from unrig.sandbox.layers import Layers
from unrig.store.event_tables import event_tables

START = dt.datetime(2024, 3, 4, 9, tzinfo=dt.UTC)
SECOND = 1 / 86400
HOME = "c:\\program files\\phone\\"
PHONE = HOME + "phone.exe"
SYSTEM = "c:\\windows\\system32\\"
USER = "c:\\users\\ann\\appdata\\"
GOOD = {"signed": True, "signature_status": "valid", "signer": "phone ltd"}
DEVICES = 60
A, B, C, D = ("a" * 64, "b" * 64, "c" * 64, "d" * 64)
Tables = Mapping[str, pa.Table]

LEADS: tuple[Lead, ...] = (
    HashLead(id="h", identity=Identity(sha256=C, name="media.dll", discriminates={"sha256": Answer.YES})),
    ManifestLead(
        id="m",
        product="Phone",
        version="2.0",
        entries=(ManifestEntry(path="app/Phone.exe", sha256=A), ManifestEntry(path="app/media.dll", sha256=B)),
        window=Window(since=START + dt.timedelta(days=19)),
    ),
    NetworkNameLead(id="n", suffix="c2.example"),
    UserAgentLead(id="u", pattern="*phoneapp/*", contradicts_version="18.2"),
    SideLoadLead(id="s", program="Phone.exe", module="version.dll", folders=("phone",)),
    CarrierReadLead(id="r", reader="media.dll", carrier="shader.dll"),
    ChildLead(id="c", parent="Phone.exe", expected=("Phone.exe",)),
    FileNameLead(id="f", name="phone/manifest.dat"),
    RegistryValueLead(id="v", key="HKLM\\Software\\Phone", value="Start"),
)


class Events:
    """Events by class, in the columns of the event tables."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self._number = 0

    def add(self, event_class: str, day: float, device: str, **columns: Any) -> None:
        self._number += 1
        time = START + dt.timedelta(milliseconds=round(day * 86_400_000))
        row = {"time": time.replace(tzinfo=None), "time_basis": "stated", "device": device, "user": "ann"}
        whole = row | {"source": "made", "record": self._number, "offset": 0} | columns
        self.rows.setdefault(event_class, []).append(whole)

    def start(self, day: float, device: str, image: str, line: str = "", **columns: Any) -> None:
        self.add("process", day, device, action="start", image=image, command_line=line or image, **columns)

    def load(self, day: float, device: str, module: str, sha256: str, **columns: Any) -> None:
        given = {"image": PHONE, "action": "load", **GOOD, **columns}
        self.add("module_load", day, device, module=module, sha256=sha256, **given)

    def file(self, day: float, device: str, target: str, action: str = "create", **columns: Any) -> None:
        self.add("file", day, device, action=action, target=target, **{"image": PHONE, **columns})

    def tables(self) -> Tables:
        return {name: pa.Table.from_pylist(rows, schema=arrow_schema(name)) for name, rows in self.rows.items()}


@cache
def events() -> Tables:
    """Return sixty devices in forty days; a third of them get a release on day 20, and then things happen."""
    made = Events()
    for number in range(DEVICES):
        _fleet(made, f"pc{number}", number)
    _endpoint(made)
    _wire(made)
    _beacon(made)
    return made.tables()


def _fleet(made: Events, device: str, number: int) -> None:
    made.add("http", 0.1, device, host="news.example", url_path="/", status=200, user_agent="Mozilla/5.0 Chrome/110.0")
    made.add("tls", 0.1, device, server_name="news.example", ja3="browser")
    made.add("dns", 0.1, device, image="c:\\browser.exe", query="news.example")
    made.load(0.2, device, SYSTEM + "version.dll", D, image=SYSTEM + "svchost.exe")
    if number % 3:
        return
    made.start(1, device, PHONE, sha256="1" * 64, parent_image="c:\\windows\\explorer.exe")
    made.load(1.0001, device, PHONE, "1" * 64)
    made.load(1.0002, device, HOME + "media.dll", "2" * 64, file_version="1.0")
    made.file(1.5, device, USER + "phone.log")
    made.add("dns", 2, device, image=PHONE, query="update.phone.example")
    made.start(20, device, PHONE, sha256=A, parent_image="c:\\windows\\explorer.exe")
    made.load(20.0001, device, PHONE, A)
    made.load(20.001 + number / 100, device, HOME + "media.dll", B, file_version="1.0", signed=False, signer=None)
    made.add("dns", 28 + number / 24, device, image=PHONE, query="c2.example")


def _endpoint(made: Events) -> None:
    made.load(22, "pc3", HOME + "extra.dll", C, signed=False, signer=None)
    made.load(22, "pc6", HOME + "version.dll", "3" * 64, signed=False, signer=None)
    made.file(22, "pc3", HOME + "shader.dll", action="open")
    made.file(22, "pc3", "c:\\phone\\manifest.dat")
    made.file(22, "pc3", "c:\\windows\\temp\\svc.dll")
    made.file(22, "pc3", "c:\\temp\\a.png", action="executable", sha256=C)
    for at, store in enumerate(
        ("local\\google\\chrome\\user data\\default\\history", "local\\microsoft\\edge\\user data\\default\\login data")
    ):
        made.file(23 + at * SECOND, "pc3", USER + store, action="open")
    for at, name in enumerate(("whoami.exe", "ipconfig.exe", "nltest.exe", "tasklist.exe", "net.exe")):
        made.start(24 + at * 20 * SECOND, "pc3", SYSTEM + name, SYSTEM + name + " /all", parent_image=PHONE)
    made.start(24.2, "pc3", SYSTEM + "cmd.exe", "cmd /c systeminfo", parent_image=PHONE)
    made.start(24.2 + 2 * SECOND, "pc3", SYSTEM + "cmd.exe", "wmic csproduct get uuid & whoami", parent_image=PHONE)
    made.start(
        25,
        "pc9",
        "c:\\powershell.exe",
        f'powershell Add-MpPreference -ExclusionPath "{HOME}"',
        parent_image="c:\\x.exe",
    )
    made.add("exclusion", 25, "pc9", action="listed", kind="path", value=HOME)
    made.add("script", 25, "pc9", action="block", text="systeminfo; whoami; ipconfig", path="c:\\temp\\a.ps1")
    made.add("registry", 25, "pc9", action="set", image=PHONE, target="\\registry\\machine\\software\\phone\\start")


def _wire(made: Events) -> None:
    made.add("dns", 26, "pc3", image=PHONE, query="raw.githubusercontent.com")
    made.add("http", 26, "pc3", image=PHONE, host="pics.example", url_path="/icon3.ico", content_type="application/x-dosexec", status=200, user_agent="PhoneApp/17.1")  # fmt: skip
    made.add("tls", 27, "pc3", server_name="odd.example", ja3="odd", certificate_subject="cn=hidden.example,o=x")
    for at in range(110):
        made.add("dns", 27 + at * SECOND, "pc5", query=f"{at:030x}.tunnel.example")
    made.add("network", 27, "pc5", image=PHONE, destination_ip="203.0.113.9", destination_port=443, initiated=True, bytes_out=10, duration=18000.5)  # fmt: skip
    made.add("network", 27, "pc6", image=PHONE, destination_ip="203.0.113.10", destination_port=443, initiated=True, bytes_out=10, duration=1.25)  # fmt: skip


def _beacon(made: Events) -> None:
    for at in range(60):
        wait = 3600 + (at * 37) % 50
        made.add("network", 10 + at * wait * SECOND, "pc7", image=PHONE, destination_ip="198.51.100.7", destination_port=443, initiated=True, bytes_out=180 + at % 8, duration=0.5)  # fmt: skip


class NoWorkers:
    """Workers for a hunt that reads no file."""

    layers = Layers()

    def map(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("no file is read here")


def request(**fields: Any) -> HuntRequest:
    return HuntRequest(
        **{
            "telemetry": (),
            "leads": LEADS,
            "generated_at": START + dt.timedelta(days=90),
            "unrig_version": "0",
            **fields,
        }
    )


@cache
def at_home() -> HuntResult:
    """Return what the embedded engine says of the events."""
    with event_tables("512MB") as store:
        for name, rows in events().items():
            store.append(name, rows)
        read = Ingested(sources=(), problems=(), bytes=0)
        return pipeline.asked_of(request(), store, read, Layers(), 0.0)


def said(result: HuntResult, *, without: Iterable[str] = ()) -> dict[str, list[Any]]:
    """Return what each question says: its sightings with their first rows, floats to six digits."""
    found: dict[str, list[Any]] = {}
    for each in result.sightings:
        if each.of not in set(without):
            scores = {name: float(f"{value:.6g}") for name, value in sorted(each.scores.items())}
            place = (each.device, each.user, each.process, each.detail, each.stage, each.severity.value)
            rows = tuple(row.record for row in each.rows)
            found.setdefault(each.of, []).append((*place, each.first, each.last, each.count, scores, rows))
    return {of: sorted(rows, key=repr) for of, rows in found.items()}


def states(result: HuntResult) -> dict[tuple[str, str], Any]:
    return {(each.of, each.device): each.state for each in result.observability}


# -- the same events as somebody else keeps them ------------------------------------------------------------------------

MAPPING = """\
# One table of a sensor for several kinds of event, told apart by a number
[[tables]]
table = "sysmon"
class = "process"
where = {event_id = [1]}
[tables.columns]
record = "id"
time = {column = "ts_ms", unit = "ms"}
device = "computer"
user = "account"
action = {constant = "start"}
image = "path"
parent_image = "parent"
command_line = "line"
sha256 = "hashes"

[[tables]]
table = "sysmon"
class = "module_load"
where = {event_id = [7]}
[tables.columns]
record = "id"
time = {column = "ts_ms", unit = "ms"}
device = "computer"
user = "account"
action = {constant = "load"}
image = "path"
module = "target"
sha256 = "hashes"
signed = {column = "verdict", words = {Signed = "true", Unsigned = "false"}}
signature_status = "status"
signer = "signer"
file_version = "version"

[[tables]]
table = "dns_log"
class = "dns"
[tables.columns]
record = "id"
time = "at"
device = "computer"
user = "account"
image = "path"
query = "name"

[[tables]]
table = "flows"
class = "network"
[tables.columns]
record = "id"
time = {column = "seconds", unit = "s"}
device = "computer"
user = "account"
image = "path"
destination_ip = "dst"
destination_port = "port"
initiated = {column = "direction", words = {outbound = "true", inbound = "false"}}
bytes_out = "sent"
duration = "lasted"

""" + "".join(
    f"""\
[[tables]]
table = "{name}"
class = "{name}"
[tables.columns]
record = "record"
time = "time"
device = "device"
user = "user"
image = "image"
action = "action"
{columns}
"""
    for name, columns in {
        "file": 'target = "target"\nsha256 = "sha256"',
        "registry": 'target = "target"',
        "script": 'text = "text"\npath = "path"',
        "exclusion": 'kind = "kind"\nvalue = "value"',
        "http": 'host = "host"\nurl_path = "url_path"\nstatus = "status"\nuser_agent = "user_agent"\ncontent_type = "content_type"',
        "tls": 'server_name = "server_name"\nja3 = "ja3"\ncertificate_subject = "certificate_subject"',
    }.items()
)
"""A mapping of all of `theirs`."""


def theirs() -> Tables:
    """Return the events in tables of another make: other names, types, cases, units, several kinds in one."""
    made = events()
    process = [_sysmon(1, row) for row in made["process"].to_pylist()]
    loads = [_sysmon(7, row) for row in made["module_load"].to_pylist()]
    return {
        "sysmon": _table([*process, *loads, _sysmon(5, made["process"].to_pylist()[0])]),
        "dns_log": _table([_dns(row) for row in made["dns"].to_pylist()]),
        "flows": _table([_flow(row) for row in made["network"].to_pylist()]),
        **{name: made[name] for name in ("file", "registry", "script", "exclusion", "http", "tls")},
    }


def _sysmon(event_id: int, row: Mapping[str, Any]) -> dict[str, Any]:
    hashes = f"MD5={'0' * 32},SHA256={row['sha256'].upper()},IMPHASH={'0' * 32}" if row["sha256"] else "-"
    names = ("module", "signature_status", "signer", "file_version")
    target, status, signer, version = (row.get(name) for name in names)
    verdict = {True: "SIGNED", False: "unsigned", None: None}[row.get("signed")]
    return _common(row) | {
        "event_id": event_id,
        "ts_ms": _milliseconds(row["time"]),
        "parent": (row["parent_image"] or "").upper(),
        "line": row["command_line"],
        "hashes": hashes,
        "target": target.title() if target else None,
        "verdict": verdict,
        "status": status.title() if status else None,
        "signer": signer,
        "version": version,
    }


def _dns(row: Mapping[str, Any]) -> dict[str, Any]:
    return _common(row) | {
        "at": row["time"].isoformat(timespec="milliseconds") + "Z",
        "name": row["query"].upper() + ".",
    }


def _flow(row: Mapping[str, Any]) -> dict[str, Any]:
    return _common(row) | {
        "seconds": _milliseconds(row["time"]) / 1000,
        "dst": row["destination_ip"],
        "port": str(row["destination_port"]),
        "direction": "Outbound",
        "sent": row["bytes_out"],
        "lasted": row["duration"],
    }


def _common(row: Mapping[str, Any]) -> dict[str, Any]:
    computer = f"{row['device'].upper()}.corp.example"
    return {"id": row["record"], "computer": computer, "account": row["user"], "path": (row["image"] or "-").title()}


def _milliseconds(time: dt.datetime) -> int:
    return (time.replace(tzinfo=dt.UTC) - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(milliseconds=1)


def _table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(list(rows))


def hunted(address: str, mapping: str, folder: Path) -> HuntResult:
    """Hunt in a database by the mapping given as text, or without one."""
    path = folder / "mapping.toml"
    path.write_text(mapping)
    given = database((), address, mapping=path if mapping else None)
    return pipeline.hunt(request(database=given), NoWorkers())
