"""Sysmon events as flat JSON lines, in the two spellings that exporters give them.

An event is made from names and moments; what a device's sensor does not record is dropped afterwards, so that the
truth knows which telltale event survived. Field names: Sysmon's own (event ids 1, 3, 7, 22).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from enum import IntEnum, StrEnum

import msgspec
from msgspec import Struct, structs

from unrig.drill.build.seeds import between, stream
from unrig.drill.build.truth import Line

_CHANNEL = "Microsoft-Windows-Sysmon/Operational"


class Kind(IntEnum):
    """Sysmon's event ids."""

    PROCESS = 1
    NETWORK = 3
    MODULE = 7
    DNS = 22


class Lack(StrEnum):
    """What a device's telemetry does not have."""

    NOTHING = ""
    MODULES = "no module loads"
    DNS = "no name queries"
    NETWORK = "no connections"
    HASHES = "no SHA-256 in hashes"
    ALL = "no telemetry"


class Spelling(StrEnum):
    """Whose export it is."""

    WINLOGBEAT = "winlogbeat"
    """`Computer`, event ids as numbers."""
    NXLOG = "nxlog"
    """`Hostname`, event ids as numbers, `EventTime` besides."""


class Process(Struct, frozen=True, kw_only=True):
    """One running program on one device."""

    device: str
    user: str
    image: str
    guid: str
    pid: int


class Event(Struct, frozen=True, kw_only=True):
    """One event before it is written."""

    at: dt.datetime
    kind: Kind
    process: Process
    fields: dict[str, str | int]
    tells: str = ""
    """The stage that this event shows."""
    what: str = ""
    """The module, hash or host that shows it."""


class Written(Struct, frozen=True, kw_only=True):
    """One log file, and where in it each telltale event stands."""

    content: bytes
    told: tuple[tuple[Event, Line], ...]


def process(seed: int, device: str, user: str, image: str, label: str) -> Process:
    """Return a process; its GUID and id are drawn for the label."""
    raw = stream(seed, f"guid/{device}/{image}/{label}", 16).hex().upper()
    guid = f"{{{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:]}}}"
    pid = 4 * between(seed, f"pid/{device}/{image}/{label}", 300, 9000)
    return Process(device=device, user=user, image=image, guid=guid, pid=pid)


def hashes_of(content: bytes) -> str:
    """Return a file's hashes as Sysmon writes them."""
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest().upper()
    return f"MD5={md5},SHA256={hashlib.sha256(content).hexdigest().upper()},IMPHASH={'0' * 32}"


def drawn_hashes(label: str) -> str:
    """Return the hashes of a file that no drill ships: the same label is the same file on every device."""
    return hashes_of(f"made-up file {label}".encode())


def started(who: Process, at: dt.datetime, *, parent: str, hashes: str) -> Event:
    """Return event 1: the process begins."""
    fields: dict[str, str | int] = {"CommandLine": f'"{who.image}"', "Hashes": hashes, "ParentImage": parent}
    return Event(at=at, kind=Kind.PROCESS, process=who, fields=fields)


def loads(who: Process, at: dt.datetime, path: str, hashes: str, *, signer: str) -> Event:
    """Return event 7: the process loads a module; an empty signer is no signature."""
    fields: dict[str, str | int] = {
        "ImageLoaded": path,
        "Hashes": hashes,
        "Signed": "true" if signer else "false",
        "Signature": signer or "-",
        "SignatureStatus": "Valid" if signer else "Unavailable",
    }
    return Event(at=at, kind=Kind.MODULE, process=who, fields=fields)


def asks(who: Process, at: dt.datetime, host: str) -> Event:
    """Return event 22: the process asks for a name."""
    fields: dict[str, str | int] = {
        "QueryName": host,
        "QueryStatus": "0",
        "QueryResults": f"::ffff:{_address(host)};",
    }
    return Event(at=at, kind=Kind.DNS, process=who, fields=fields)


def connects(who: Process, at: dt.datetime, host: str, *, named: str, port: int = 443) -> Event:
    """Return event 3: the process connects; `named` is the host as the sensor resolved it, often empty."""
    fields: dict[str, str | int] = {
        "Protocol": "tcp" if port == 443 else "udp",
        "Initiated": "true",
        "SourceIp": "192.0.2.10",
        "DestinationIp": _address(host),
        "DestinationHostname": named,
        "DestinationPort": port,
    }
    return Event(at=at, kind=Kind.NETWORK, process=who, fields=fields)


def tagged(event: Event, stage: str, what: str) -> Event:
    """Return the event as one that shows a stage."""
    return structs.replace(event, tells=stage, what=what)


def recorded(event: Event, lack: Lack) -> Event | None:
    """Return what a sensor that lacks something records of an event: the event, less of it, or None.

    Less of it may show nothing any more: a module's name stays, its SHA-256 does not.
    """
    dropped = {Lack.MODULES: Kind.MODULE, Lack.DNS: Kind.DNS, Lack.NETWORK: Kind.NETWORK}
    if lack is Lack.ALL or dropped.get(lack) is event.kind:
        return None
    if lack is Lack.HASHES and "Hashes" in event.fields:
        return structs.replace(event, fields={**event.fields, "Hashes": f"IMPHASH={'0' * 32}"})
    return event


def shows(event: Event) -> bool:
    """Return whether a recorded event shows its stage by what stands in it: the hash, the host or the module's name."""
    said = " ".join(str(value) for name, value in event.fields.items() if name not in ("QueryResults", "CommandLine"))
    return bool(event.tells) and event.what.lower() in said.lower()


def write(events: list[Event], path: str, spelling: Spelling) -> Written:
    """Return the events as one log file, in order of time."""
    ordered = sorted(events, key=lambda each: (each.at, each.process.device, each.kind, each.process.guid))
    lines = [_line(each, spelling) for each in ordered]
    told = tuple((each, Line(file=path, record=number)) for number, each in enumerate(ordered, 1) if shows(each))
    return Written(content=b"".join(lines), told=told)


def moment(seed: int, label: str, day: dt.datetime, first_hour: int, last_hour: int) -> dt.datetime:
    """Return a moment of the day between two hours, to the millisecond."""
    low, high = first_hour * 3_600_000, last_hour * 3_600_000 - 1
    return day + dt.timedelta(milliseconds=between(seed, label, low, high))


def _line(event: Event, spelling: Spelling) -> bytes:
    """Return one flat object; all values are texts but the numbers Sysmon has as numbers."""
    time = event.at.strftime("%Y-%m-%d %H:%M:%S.") + f"{event.at.microsecond // 1000:03}"
    who = event.process
    device = {"Computer": who.device} if spelling is Spelling.WINLOGBEAT else {"Hostname": who.device}
    local = {} if spelling is Spelling.WINLOGBEAT else {"EventTime": time[:19]}
    record = {
        "EventID": int(event.kind),
        "Channel": _CHANNEL,
        **local,
        **device,
        "UtcTime": time,
        "ProcessGuid": who.guid,
        "ProcessId": who.pid,
        "Image": who.image,
        "User": who.user,
        **event.fields,
    }
    return msgspec.json.encode(record) + b"\n"


def _address(host: str) -> str:
    """Return the address that stands for a host in every drill: of 198.51.100.0/24 (RFC 5737)."""
    return f"198.51.100.{between(0, f'address/{host}', 1, 254)}"
