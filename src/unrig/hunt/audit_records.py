"""Records of Linux Audit: the fields of one line, and of all lines of one event together. Runs in sealed workers."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from msgspec import Struct

from unrig.data.mappings import OTHER
from unrig.hunt.columns import Record

_HEAD = re.compile(r"(?:node=(\S+) )?type=(\w+) msg=audit\((\d+\.\d+):(\d+)\): ?")
_FIELD = re.compile(r"([\w-]+)=(\"[^\"]*\"|'[^']*'|\{[^}]*\}|\S*)")
_ENRICHED = "\x1d"
"""Between a record and what auditd adds to it when it resolves names (log_format = ENRICHED)."""
_HEX = re.compile(r"(?:[0-9A-F]{2})+")
_EXECUTE = frozenset({"59", "322", "221", "281", "11"})
"""execve and execveat of x86_64 (59, 322), aarch64 (221, 281) and i386 (11)."""
_CONNECT, _ACCEPT = frozenset({"42", "203"}), frozenset({"43", "288", "202", "242"})
_UNSET_USER = "4294967295"
_INET, _INET6 = 2, 10
_FAMILY_BYTES, _INET_BYTES, _INET6_BYTES = 2, 8, 24
_MAX_ARGUMENTS = 4096
_LOGONS = {"USER_LOGIN": "logon", "USER_AUTH": "logon"}
_PATHS = {"CREATE": "create", "DELETE": "delete"}


class Line(Struct, frozen=True, kw_only=True):
    """One record of an event."""

    kind: str
    time: str
    serial: str
    node: str
    fields: dict[str, str]


def line_of(text: str) -> Line | None:
    """Return the record that a line holds; None where it is none."""
    found = _HEAD.match(text)
    if found is None:
        return None
    body, _, added = text[found.end() :].partition(_ENRICHED)
    fields = _fields(body)
    for name in ("msg",):  # what a program says itself stands in quotes as one field
        inner = fields.pop(name, "")
        fields |= _fields(inner) if "=" in inner else {}
    return Line(
        kind=found[2],
        time=found[3],
        serial=found[4],
        node=found[1] or "",
        fields=fields | {name: value for name, value in _fields(added).items() if name not in fields},
    )


def event_of(lines: Iterable[Line]) -> tuple[Record, str]:
    """Return the fields of an event, those of a record under its kind's name, and what the event is."""
    given = list(lines)
    first = given[0]
    record: Record = {"_time": first.time, "serial": first.serial, "node": first.node or None}
    targets: list[tuple[str, str]] = []
    for line in given:
        if line.kind == "PATH":
            targets.append((line.fields.get("nametype", ""), _text(line.fields.get("name", ""))))
        else:
            record |= {f"{line.kind}.{name}": _plain(value) for name, value in line.fields.items()}
    record["_types"] = ",".join(dict.fromkeys(line.kind for line in given))
    record["_user"] = _user(given)
    return record, _kind(record, given, targets)


def _kind(record: Record, lines: list[Line], targets: list[tuple[str, str]]) -> str:
    kinds = {line.kind: line for line in lines}
    call = str(record.get("SYSCALL.syscall"))
    if "EXECVE" in kinds or call in _EXECUTE:
        record["_command_line"] = _command(kinds)
        return "process"
    if "SOCKADDR" in kinds and (call in _CONNECT or call in _ACCEPT):
        record["_ip"], record["_port"] = _address(kinds["SOCKADDR"].fields)
        record["_initiated"] = call in _CONNECT
        return "connect" if call in _CONNECT else "accept"
    for said, path in targets:
        if said in _PATHS:
            record["_target"] = _absolute(path, record.get("CWD.cwd"))
            return _PATHS[said]
    opened = [path for said, path in targets if said == "NORMAL"]
    if opened:
        record["_target"] = _absolute(opened[-1], record.get("CWD.cwd"))
        return "open"
    for kind, action in _LOGONS.items():
        if kind in kinds:
            fields = kinds[kind].fields
            record |= {name: _plain(fields.get(name, "")) for name in ("acct", "addr", "hostname", "res", "exe", "pid")}
            return action if fields.get("res") in ("success", "1") else "failure"
    return OTHER


def _fields(text: str) -> dict[str, str]:
    return {name: value.strip("\"'") if value[:1] in "\"'" else value for name, value in _FIELD.findall(text)}


def _command(kinds: dict[str, Line]) -> str | None:
    execve = kinds.get("EXECVE")
    if execve is not None:
        count = execve.fields.get("argc", "")
        wanted = min(int(count), _MAX_ARGUMENTS) if count.isdecimal() else _MAX_ARGUMENTS
        names = (f"a{number}" for number in range(wanted))
        return " ".join(_text(execve.fields[name]) for name in names if name in execve.fields) or None
    title = kinds.get("PROCTITLE")
    return _text(title.fields.get("proctitle", "")).replace("\0", " ") or None if title else None


def _text(value: str) -> str:
    """Return a value that auditd writes as hexadecimal digits where it has blanks or quotes."""
    return bytes.fromhex(value).decode(errors="replace") if len(value) > 1 and _HEX.fullmatch(value) else value


def _plain(value: str) -> str | None:
    return None if value in ("", "?", "(null)", "(none)") else value


def _user(lines: list[Line]) -> str | None:
    for line in lines:
        for name in ("AUID", "UID", "auid", "uid"):
            value = line.fields.get(name)
            if value and value not in (_UNSET_USER, "unset", "-1"):
                return value
    return None


def _absolute(path: str, folder: object) -> str:
    return path if path.startswith("/") or not isinstance(folder, str) else f"{folder.rstrip('/')}/{path}"


def _address(fields: dict[str, str]) -> tuple[str | None, int | None]:
    """Return the address and port of a socket: struct sockaddr in hexadecimal digits, of a little-endian machine."""
    try:
        data = bytes.fromhex(fields.get("saddr", ""))
    except ValueError:
        return None, None
    family = int.from_bytes(data[:_FAMILY_BYTES], "little")
    if family == _INET and len(data) >= _INET_BYTES:
        return str(ipaddress.IPv4Address(data[4:8])), int.from_bytes(data[2:4], "big")
    if family == _INET6 and len(data) >= _INET6_BYTES:
        return str(ipaddress.IPv6Address(data[8:24])), int.from_bytes(data[2:4], "big")
    return None, None
