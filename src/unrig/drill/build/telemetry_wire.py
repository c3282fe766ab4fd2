"""What a network sensor and a proxy write of one day: Zeek's conn, dns and ssl logs, and Squid's access log."""

from __future__ import annotations

import json

from unrig.drill.build.telemetry_endpoint import Day
from unrig.drill.build.telemetry_flows import Flows, Program, Stage
from unrig.drill.build.telemetry_log import Log
from unrig.drill.build.telemetry_plan import Seat, Sensor
from unrig.drill.build.telemetry_product import user_agent

_CONNECTION = ("ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto")
_FIELDS = {
    "conn": (*_CONNECTION, "service", "duration", "orig_bytes", "resp_bytes", "conn_state"),
    "dns": (*_CONNECTION, "query", "qtype_name", "rcode_name", "answers"),
    "ssl": (*_CONNECTION, "version", "server_name", "established"),
}
_TYPES = {
    "ts": "time",
    "id.orig_h": "addr",
    "id.orig_p": "port",
    "id.resp_h": "addr",
    "id.resp_p": "port",
    "proto": "enum",
    "duration": "interval",
    "orig_bytes": "count",
    "resp_bytes": "count",
    "established": "bool",
    "answers": "vector[string]",
}
_NUMBERS = {"ts", "id.orig_p", "id.resp_p", "duration", "orig_bytes", "resp_bytes"}
_RESOLVER = "10.10.0.53"


def zeek_logs(day: Day, folder: str) -> dict[str, Log]:
    """Return the day's empty logs of the sensor by kind."""
    stamp = f"{day.start:%Y-%m-%d}"
    return {
        kind: Log(f"{folder}/{kind}.{stamp}.log", "" if day.shared.zeek_json else _header(kind, fields))
        for kind, fields in _FIELDS.items()
    }


def _header(kind: str, fields: tuple[str, ...]) -> str:
    """Return the lines in front (docs.zeek.org, Zeek log formats)."""
    types = "\t".join(_TYPES.get(name, "string") for name in fields)
    marks = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
    return marks + f"#path\t{kind}\n#fields\t" + "\t".join(fields) + f"\n#types\t{types}\n"


def wire_day(day: Day, flows: Flows, logs: dict[str, Log]) -> None:
    """Add what the network sensor sees of devices whose traffic passes it."""
    seen: set[tuple[int, int]] = set()
    epoch = int(day.start.timestamp())
    names = ("seat", "at", "host", "port", "sent", "received", "stage")
    columns = (getattr(flows, name).tolist() for name in names)
    for number, at, host, port, sent, received, stage in zip(*columns, strict=True):
        seat = day.seats[number]
        if Sensor.WIRE in seat.lacks:
            continue
        told, name, fresh = Stage(stage), day.hosts[host], (number, host) not in seen
        seen.add((number, host))
        uid = f"C{number:05x}{at:07x}{host:03x}"
        source = 49_152 + (at + number) % 16_000
        head = (f"{epoch + at / 1000:.3f}", uid, seat.address, source, day.addresses[host], port)
        if fresh and port == 443:
            ahead = (f"{epoch + (at - 30) / 1000:.3f}", f"D{uid[1:]}", seat.address, source, _RESOLVER, 53, "udp")
            answer = (*ahead, name, "A", "NOERROR", day.addresses[host])
            logs["dns"].add(at - 30, _line(day, "dns", answer), number, told, plain=False)
        if port == 443 and (fresh or told):
            logs["ssl"].add(at + 50, _line(day, "ssl", (*head, "tcp", "TLSv13", name, "T")), number, told, plain=False)
        lasted = f"{0.05 + sent % 700 / 100:.6f}"
        service = "ssl" if port == 443 else "-"
        proto = "tcp" if port == 443 else "udp"
        row = (*head, proto, service, lasted, sent, received, "SF")
        logs["conn"].add(at, _line(day, "conn", row), number, told, plain=told is Stage.BEACON)


def _line(day: Day, kind: str, values: tuple[str | int, ...]) -> str:
    if not day.shared.zeek_json:
        return "\t".join(map(str, values))
    pairs = []
    for name, value in zip(_FIELDS[kind], values, strict=True):
        if value == "-":
            continue
        text = str(value) if name in _NUMBERS else json.dumps(value)
        pairs.append(f'"{name}":{"true" if name == "established" else f"[{text}]" if name == "answers" else text}')
    return "{" + f'"_path":"{kind}",' + ",".join(pairs) + "}"


def proxy_day(day: Day, flows: Flows, log: Log) -> None:
    """Add what the proxy writes: Squid's native form, with referrer and user agent behind it."""
    epoch = int(day.start.timestamp())
    names = ("seat", "at", "program", "host", "port", "received", "stage")
    columns = (getattr(flows, name).tolist() for name in names)
    for number, at, program, host, port, received, stage in zip(*columns, strict=True):
        seat = day.seats[number]
        if Sensor.PROXY in seat.lacks or port != 443:
            continue
        told = Stage(stage)
        agent = _agent(day, seat, Program(program), told)
        method, url, kind = _request(day, Program(program), day.hosts[host], told, number + at)
        line = (
            f"{epoch + at / 1000:.3f} {20 + at % 900} {seat.address} TCP_MISS/200 {received} {method} {url} - "
            f'HIER_DIRECT/{day.addresses[host]} {kind} "-" "{agent}"'
        )
        log.add(at, line, number, told)


def _agent(day: Day, seat: Seat, program: Program, told: Stage) -> str:
    version = day.version(seat)
    return version.stale_agent if told and day.shared.stale_agent else user_agent(program, version)


def _request(day: Day, program: Program, host: str, told: Stage, turn: int) -> tuple[str, str, str]:
    """Return method, URL and content type; of what is encrypted only the host, where the proxy does not look inside."""
    if not day.shared.inspects:
        return "CONNECT", f"{host}:443", "-"
    icon = day.shared.image_path.format(turn % 16)
    if told is Stage.DEAD_DROP:
        return "GET", f"https://{host}{icon}", "image/vnd.microsoft.icon"
    if told is Stage.BEACON:
        return "GET", f"https://{host}/v1/status", "application/json"
    if program is Program.BROWSER and turn % 5 == 0:
        return "GET", f"https://{host}/favicon.ico", "image/vnd.microsoft.icon"
    return "GET", f"https://{host}/{program.name.lower()}/{turn % 97}", "text/html"
