"""What endpoint sensors write of one day: programs start, load libraries, connect, ask for names, and open files.

Flat JSON lines as exporters make of Sysmon's events 1, 3, 7 and 22 and of Windows' audit of files (4663).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from msgspec import Struct

from unrig.drill.build.events import drawn_hashes
from unrig.drill.build.telemetry_draws import numbers
from unrig.drill.build.telemetry_flows import HOUR, MINUTE, Flows, Program, Stage
from unrig.drill.build.telemetry_log import Log
from unrig.drill.build.telemetry_plan import Campaign, Seat, Sensor, working
from unrig.drill.build.telemetry_product import (
    BACKUP,
    STORES,
    SYSTEM,
    Module,
    Version,
    home,
    image,
    system_modules,
)
from unrig.drill.build.world import EXPLORER, SEARCHED_FIRST

_SURVEY = (
    ("whoami.exe", "whoami /all"),
    ("ipconfig.exe", "ipconfig /all"),
    ("net.exe", "net user /domain"),
    ("nltest.exe", "nltest /domain_trusts"),
    ("tasklist.exe", "tasklist /v"),
    ("systeminfo.exe", "systeminfo"),
    ("net.exe", 'net group "domain admins" /domain'),
    ("quser.exe", "quser"),
)
"""Commands that people type to find out where they are; administrators type them too."""
_CHANNEL = "Microsoft-Windows-Sysmon/Operational"


class Day(Struct, frozen=True, kw_only=True):
    """One day of the telemetry."""

    number: int
    start: dt.datetime
    seed: int
    shared: Campaign
    seats: Sequence[Seat]
    hosts: Sequence[str]
    addresses: Sequence[str]
    """Of the hosts."""
    before: Version
    after: Version

    def version(self, seat: Seat) -> Version:
        """Return the release that a device has on this day."""
        return self.after if 0 <= seat.installed <= self.number else self.before

    def clock(self, at: int) -> str:
        """Return a millisecond of the day as Sysmon writes it."""
        return f"{self.start:%Y-%m-%d} {at // HOUR:02}:{at // MINUTE % 60:02}:{at // 1000 % 60:02}.{at % 1000:03}"


class _Running(Struct, frozen=True):
    """One program on one device."""

    seat: Seat
    image: str
    serial: int
    """Tells it from the device's other programs of the day."""


def endpoint_day(day: Day, flows: Flows, log: Log) -> None:
    """Add everything that endpoint sensors write of the day."""
    for seat in day.seats:
        if Sensor.AGENT not in seat.lacks:
            _starts(day, seat, log)
            _files(day, seat, log)
            _hands(day, seat, log)
    _connections(day, flows, log)


def _event(day: Day, who: _Running, at: int, number: int, more: str) -> str:
    """Return one of Sysmon's events; `more` is JSON behind the common fields."""
    seat, pid = who.seat, _pid(day, who)
    key, local = ("Hostname", f'"EventTime":"{day.clock(at)[:19]}",') if day.shared.nxlog else ("Computer", "")
    guid = f"{{{seat.number:08X}-{day.number:04X}-{who.serial:04X}-0000-{pid:012X}}}"
    return (
        f'{{"EventID":{number},"Channel":"{_CHANNEL}",{local}"{key}":"{seat.name}","UtcTime":"{day.clock(at)}",'
        f'"ProcessGuid":"{guid}","ProcessId":{pid},"Image":{_text(who.image)},"User":"FLEET\\\\{seat.user}",{more}}}'
    )


def _pid(day: Day, who: _Running) -> int:
    return 1_000 + 4 * ((who.seat.number * 7_919 + who.serial * 104_729 + day.number * 31) % 9_000)


def _text(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _started(day: Day, who: _Running, at: int, *, parent: str, command: str, hashes: str) -> str:
    more = f'"CommandLine":{_text(command)},"Hashes":"{hashes}","ParentImage":{_text(parent)}'
    return _event(day, who, at, 1, more)


def _loaded(day: Day, who: _Running, at: int, path: str, module: Module) -> str:
    signed = f'"Signed":"{"true" if module.signer else "false"}","Signature":"{module.signer or "-"}"'
    status = f'"SignatureStatus":"{"Valid" if module.signer else "Unavailable"}"'
    more = f'"ImageLoaded":{_text(path)},"Hashes":"{module.hashes}",{signed},{status}'
    return _event(day, who, at, 7, more)


def _starts(day: Day, seat: Seat, log: Log) -> None:
    """Add what people start in the morning, with the libraries it loads."""
    if not working(day.shared, day.number):
        return
    begun = 6 * HOUR + int(numbers(day.seed, f"start/{day.number}/{seat.number}", 1, 0, 50 * MINUTE)[0])
    programs = [Program.BROWSER, Program.CHAT, *([Program.PRODUCT] if seat.has_product else [])]
    version = day.version(seat)
    for turn, program in enumerate(programs):
        path, at = image(seat, program, version), begun + turn * 20_000
        hashes = version.hashes if program is Program.PRODUCT else drawn_hashes(path)
        who = _Running(seat, path, program)
        log.add(at, _started(day, who, at, parent=EXPLORER, command=f'"{path}"', hashes=hashes), seat.number)
        if Sensor.MODULES in seat.lacks:
            continue
        for module in system_modules() if program is not Program.CHAT else ():
            log.add(at + 5, _loaded(day, who, at + 5, module.path, module), seat.number)
        for module in version.modules if program is Program.PRODUCT else ():
            line = _loaded(day, who, at + 30, home(seat, version) + module.path, module)
            log.add(at + 30, line, seat.number, Stage.RELEASE if module.rigged else Stage.NOTHING)


def _files(day: Day, seat: Seat, log: Log) -> None:
    """Add what the audit of files says: browsers open their own stores, backups all of them, and who else does."""
    if Sensor.FILES in seat.lacks:
        return
    version, profile = day.version(seat), f"C:\\Users\\{seat.user}\\"
    if working(day.shared, day.number):
        own = image(seat, Program.BROWSER, version)
        who, at = _Running(seat, own, Program.BROWSER), 7 * HOUR + 90_000
        log.add(at, _opened(day, who, at, profile + STORES[seat.browser]), seat.number)
    if seat.backed_up:
        who = _Running(seat, BACKUP, 90)
        for turn, store in enumerate(STORES[:3]):
            at = 2 * HOUR + turn * 400
            log.add(at, _opened(day, who, at, profile + store), seat.number)
    if seat.stolen == day.number:
        who = _Running(seat, image(seat, Program.PRODUCT, version), Program.PRODUCT)
        at = 12 * HOUR + int(numbers(day.seed, f"stolen/{seat.number}", 1, 0, 4 * HOUR)[0])
        for turn, store in enumerate(STORES):
            log.add(
                at + turn * 9_000, _opened(day, who, at + turn * 9_000, profile + store), seat.number, Stage.STEALER
            )


def _opened(day: Day, who: _Running, at: int, path: str) -> str:
    """Return the audit's event of one opened file (Security 4663)."""
    key = "Hostname" if day.shared.nxlog else "Computer"
    return (
        f'{{"EventID":4663,"Channel":"Security","ProviderName":"Microsoft-Windows-Security-Auditing","{key}":"{who.seat.name}",'
        f'"TimeCreated":"{day.clock(at).replace(" ", "T")}Z","SubjectUserName":"{who.seat.user}","SubjectDomainName":"FLEET",'
        f'"ObjectType":"File","ObjectName":{_text(path)},"ProcessName":{_text(who.image)},"ProcessId":"{_pid(day, who):#x}","AccessMask":"0x1"}}'
    )


def _hands(day: Day, seat: Seat, log: Log) -> None:
    """Add commands: those that administrators type on some days, and those of who works by hand on the product."""
    version = day.version(seat)
    if seat.admin and working(day.shared, day.number) and (day.number + seat.number) % 5 == 0:
        shell = image(seat, Program.SHELL, version)
        for turn in range(4):
            at = 10 * HOUR + turn * 40_000
            log.add(at, _command(day, seat, at, 40 + turn, shell), seat.number)
    if seat.visited == day.number:
        _visited(day, seat, log)


def _visited(day: Day, seat: Seat, log: Log) -> None:
    """Add what somebody types under the product, and the library from nowhere that it loads then."""
    version, shell = day.version(seat), f"{SYSTEM}cmd.exe"
    product = _Running(seat, image(seat, Program.PRODUCT, version), Program.PRODUCT)
    at = 13 * HOUR + int(numbers(day.seed, f"hands/{seat.number}", 1, 0, 2 * HOUR)[0])
    hashes = drawn_hashes("cmd.exe")
    begun = _started(day, _Running(seat, shell, 60), at, parent=product.image, command="cmd.exe /c", hashes=hashes)
    log.add(at, begun, seat.number, Stage.HANDS)
    pauses = numbers(day.seed, f"hands/{seat.number}/pauses", len(_SURVEY), 4_000, 90_000)
    for turn, pause in enumerate(pauses.tolist()):
        at += pause
        log.add(at, _command(day, seat, at, 61 + turn, shell), seat.number, Stage.HANDS)
    if Sensor.MODULES not in seat.lacks:
        name = SEARCHED_FIRST[seat.number % len(SEARCHED_FIRST)]
        foreign = Module(path=name, hashes=drawn_hashes(f"{day.seed}/{name}"), signer="")
        folder = product.image.rpartition("\\")[0]
        at += 60_000
        log.add(at, _loaded(day, product, at, f"{folder}\\{name}", foreign), seat.number, Stage.HANDS)


def _command(day: Day, seat: Seat, at: int, serial: int, shell: str) -> str:
    """Return one command of a survey; its place in the list follows from the serial number."""
    name, command = _SURVEY[(serial - 61) % len(_SURVEY)]
    who = _Running(seat, SYSTEM + name, serial)
    return _started(day, who, at, parent=shell, command=command, hashes=drawn_hashes(name))


def _connections(day: Day, flows: Flows, log: Log) -> None:
    """Add name queries, the first of each program and host a day, and connections."""
    asked: set[tuple[int, int, int]] = set()
    columns = (flows.seat, flows.at, flows.program, flows.host, flows.port, flows.stage)
    for number, at, program, host, port, stage in zip(*(each.tolist() for each in columns), strict=True):
        seat = day.seats[number]
        if Sensor.AGENT in seat.lacks:
            continue
        who = _Running(seat, image(seat, Program(program), day.version(seat)), program)
        name, told = day.hosts[host], Stage(stage)
        if Sensor.NAMES not in seat.lacks and port == 443 and (number, program, host) not in asked:
            asked.add((number, program, host))
            more = f'"QueryName":"{name}","QueryStatus":"0","QueryResults":"::ffff:{day.addresses[host]};"'
            log.add(at, _event(day, who, at, 22, more), number, told, plain=told is not Stage.BEACON)
        if Sensor.CONNECTIONS not in seat.lacks:
            named = name if day.shared.names_hosts and port == 443 else ""
            more = (
                f'"Protocol":"{"tcp" if port == 443 else "udp"}","Initiated":"true","SourceIp":"{seat.address}",'
                f'"SourcePort":{49_152 + (at + number) % 16_000},"DestinationIp":"{day.addresses[host]}",'
                f'"DestinationHostname":"{named}","DestinationPort":{port}'
            )
            plain = told is Stage.BEACON or bool(named)
            log.add(at + 40, _event(day, who, at + 40, 3, more), number, told, plain=plain)
