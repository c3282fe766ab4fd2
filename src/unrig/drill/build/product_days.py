"""The product's own days on a device: it starts, loads its libraries, keeps its chat alive and makes calls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from msgspec import Struct

from unrig.drill.build.background import Period, system_loads, visit
from unrig.drill.build.events import Event, Process, connects, hashes_of, loads, moment, process, started, tagged
from unrig.drill.build.fleet import Device
from unrig.drill.build.lab_authority import PUBLISHERS
from unrig.drill.build.release import ReleaseTruth
from unrig.drill.build.seeds import between
from unrig.drill.build.world import EXPLORER

RUNS = "release"
"""Stage: the rigged release's own files are loaded."""


class Library(Struct, frozen=True, kw_only=True):
    """What a sensor says of a file of the release that a process loads."""

    hashes: str
    signer: str


class Installed(Struct, frozen=True, kw_only=True):
    """A release as a device has it."""

    truth: ReleaseTruth
    libraries: Mapping[str, Library]
    """By path in the release."""
    hashes: str
    """Of the program."""
    rigged: frozenset[str] = frozenset()
    """Paths whose load shows that the rigged release runs."""


def installed(files: Mapping[str, bytes], truth: ReleaseTruth, rigged: frozenset[str] = frozenset()) -> Installed:
    """Return what a device's sensor can say of a release."""
    libraries = {path: _library(data) for path, data in files.items() if path.endswith(".dll")}
    return Installed(truth=truth, libraries=libraries, hashes=hashes_of(files[truth.program]), rigged=rigged)


def _library(data: bytes) -> Library:
    # Only a certificate holds a publisher's name in single-byte letters; version resources are UTF-16.
    signer = next((name for name in PUBLISHERS if name.encode() in data), "")
    return Library(hashes=hashes_of(data), signer=signer)


def home(device: Device, product: str) -> str:
    r"""Return the product's folder: per user, as such clients are installed."""
    user = device.user.rsplit("\\", 1)[-1]
    return rf"C:\Users\{user}\AppData\Local\Programs\{product}"


def on_disk(device: Device, release: Installed, path: str) -> str:
    """Return where a file of the release stands on a device."""
    return home(device, release.truth.product) + "\\" + path.replace("/", "\\")


def running(seed: int, device: Device, release: Installed, number: int) -> Process:
    """Return the product's process of one day."""
    label = f"{number}/{release.truth.version}"
    return process(seed, device.name, device.user, on_disk(device, release, release.truth.program), label)


def begins(seed: int, device: Device, period: Period, number: int) -> dt.datetime:
    """Return when the product starts on one day."""
    return moment(seed, f"{device.name}/product/{number}", period.day(number), 5, 6)


def product_day(seed: int, device: Device, release: Installed, period: Period, number: int) -> Iterator[Event]:
    """Yield the product's events of one day."""
    who, at = running(seed, device, release, number), begins(seed, device, period, number)
    yield started(who, at, parent=EXPLORER, hashes=release.hashes)
    yield from system_loads(who, at)
    yield from _own_loads(device, release, who, at)
    yield from _talk(seed, who, release.truth.product, period, number)


def _own_loads(device: Device, release: Installed, who: Process, at: dt.datetime) -> Iterator[Event]:
    for turn, (path, library) in enumerate(sorted(release.libraries.items())):
        later = at + dt.timedelta(milliseconds=20 + turn)
        event = loads(who, later, on_disk(device, release, path), library.hashes, signer=library.signer)
        if path in release.rigged:
            event = tagged(event, RUNS, library.hashes.split("SHA256=")[1].split(",")[0].lower())
        yield event


def _talk(seed: int, who: Process, product: str, period: Period, number: int) -> Iterator[Event]:
    """Yield the update check, the chat's keep-alives and the media of calls, which go to bare addresses."""
    label, domain = f"{who.device}/talk/{number}", f"{product.lower()}.invalid"
    yield from visit(who, moment(seed, f"{label}/update", period.day(number), 6, 7), f"update.{domain}", period)
    for turn in range(2):
        at = moment(seed, f"{label}/chat/{turn}", period.day(number), 7 + 5 * turn, 12 + 5 * turn)
        yield from visit(who, at, f"chat.{domain}", period)
    for turn in range(between(seed, f"{label}/calls", 0, 2)):
        at = moment(seed, f"{label}/call/{turn}", period.day(number), 7, 17)
        peer = f"peer{between(seed, f'{label}/peer/{turn}', 1, 40)}.invalid"
        yield connects(who, at, peer, named="", port=3478)
