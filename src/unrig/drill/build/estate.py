"""An inventory of many customers' devices: who has which build, and how much of that a row can prove.

Of those that have the product, a row names the package, a file, the program, an unchanged library, or no hash at all;
names are spelled as people and installers spell them; rows are repeated under other spellings of the device.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum

from msgspec import Struct, structs

from unrig.drill.build.fleet import Device, country_of, customers
from unrig.drill.build.inventory import Row
from unrig.drill.build.seeds import between, pick, stream
from unrig.drill.build.truth import Count

ROWS = 2_000
_OTHERS = ("GridLedger", "KeyNest", "PaperTrailer", "SnipCove", "TileGarden", "VaultKite", "Weft Editor")
_DAYS = 28


class Says(StrEnum):
    """What a row's hash is of."""

    PACKAGE = "package"
    FILE = "file"
    """Of one of the two files that were rigged."""
    PROGRAM = "program"
    SIBLING = "sibling"
    """Of a library that no update touches."""
    NOTHING = "nothing"


class Build(Struct, frozen=True, kw_only=True):
    """One release as inventories know it."""

    role: str
    version: str
    product: str
    hashes: dict[Says, tuple[tuple[str, str], ...]]
    """Path and SHA-256 for what a row may say; without PACKAGE where nobody can list its hash."""


class Seat(Struct, frozen=True, kw_only=True):
    """One device, and what the inventory says of the product on it."""

    device: str
    customer: str
    platform: str
    role: str
    """Of the release it has; empty where it has none, `other` for another platform's build of the same number."""
    says: Says = Says.NOTHING
    path: str = ""
    sha256: str = ""
    """What its row says, and nothing where that is no hash."""


class Estate(Struct, frozen=True, kw_only=True):
    """The rows, in a drawn order, and the seats behind them."""

    rows: list[Row]
    seats: tuple[Seat, ...]


def estate(seed: int, fleet: tuple[Device, ...], builds: Mapping[str, Build]) -> Estate:
    """Return 2,000 rows over 440 to 520 devices; the hunted fleet is among them."""
    own = tuple(_fleet_seat(seed, device, builds) for device in fleet)
    count = between(seed, "estate/devices", 440, 520) - len(own)
    seats = (*own, *(_seat(seed, number, builds) for number in range(count)))
    rows = [row for seat in seats for row in _product_rows(seed, seat, builds)]
    rows.extend(_other_row(seed, seats[turn % len(seats)], turn) for turn in range(ROWS - len(rows)))
    order = sorted(range(ROWS), key=lambda number: stream(seed, f"estate/order/{number}", 8))
    return Estate(rows=[rows[number] for number in order], seats=seats)


class Proof(StrEnum):
    """How far the inventory tells that a device has a release."""

    RIGGED_FILE = "rigged_file"
    """A row says the hash of a rigged file, or of the package."""
    OWN_FILE = "own_file"
    """A row says the hash of another file that only this release has."""
    NONE = "none"


def proof(seat: Seat, builds: Mapping[str, Build]) -> Proof:
    """Return what the seat's row proves: a hash that other releases have too proves nothing."""
    others = {sha256 for role in builds if role != seat.role for _, sha256 in _listed(builds[role])}
    if not seat.sha256 or seat.sha256 in others:
        return Proof.NONE
    return Proof.RIGGED_FILE if seat.says in (Says.PACKAGE, Says.FILE) else Proof.OWN_FILE


def count(seats: tuple[Seat, ...]) -> tuple[Count, ...]:
    """Return the number of these devices for each customer, by name."""
    numbers = Counter(seat.customer for seat in seats)
    return tuple(Count(customer=name, devices=numbers[name]) for name in sorted(numbers))


def _listed(build: Build) -> Iterator[tuple[str, str]]:
    for listed in build.hashes.values():
        yield from listed


def _fleet_seat(seed: int, device: Device, builds: Mapping[str, Build]) -> Seat:
    role = "rigged" if device.updates else "baseline" if device.has_product else ""
    seat = Seat(device=device.name, customer=device.customer, platform="Windows 11", role=role)
    return _saying(seed, device.name, seat, builds)


def _seat(seed: int, number: int, builds: Mapping[str, Build]) -> Seat:
    label = f"estate/{number}"
    platform = pick(seed, f"{label}/platform", (*("Windows 10",) * 4, *("Windows 11",) * 4, "macOS 13"))
    has = between(seed, f"{label}/has", 0, 99) < 38
    role = pick(seed, f"{label}/role", ("baseline", "baseline", "rigged", "rigged", "fixed")) if has else ""
    if has and platform.startswith("macOS"):
        role = "other"
    name = f"{pick(seed, f'{label}/word', ('desk', 'nb', 'pc', 'ws'))}-{number + 101:04}".upper()
    customer = pick(seed, f"{label}/customer", customers(seed))
    return _saying(seed, label, Seat(device=name, customer=customer, platform=platform, role=role), builds)


def _saying(seed: int, label: str, seat: Seat, builds: Mapping[str, Build]) -> Seat:
    """Return the seat with what its row says of the release."""
    if seat.role not in builds:
        return seat
    hashes = builds[seat.role].hashes
    says = pick(seed, f"says/{label}", sorted((*hashes, Says.NOTHING)))
    if says is Says.NOTHING:
        return seat
    path, sha256 = pick(seed, f"which/{seat.device}", hashes[says])
    return structs.replace(seat, says=says, path=path, sha256=sha256)


def _product_rows(seed: int, seat: Seat, builds: Mapping[str, Build]) -> list[Row]:
    if not seat.role:
        return []
    build = builds["rigged" if seat.role == "other" else seat.role]
    copies = 2 if between(seed, f"copies/{seat.device}", 0, 9) == 0 else 1
    return [
        _row(
            seed,
            seat,
            _Thing(
                product=_spelled(seed, seat, build, copy), version=build.version, path=seat.path, sha256=seat.sha256
            ),
            copy,
        )
        for copy in range(copies)
    ]


class _Thing(Struct, frozen=True, kw_only=True):
    product: str
    version: str
    path: str = ""
    sha256: str = ""


def _spelled(seed: int, seat: Seat, build: Build, copy: int) -> str:
    name = build.product
    spellings = (name, name.lower(), name.upper(), f"{name} {build.version} (x64)", f"{name} x64")
    return pick(seed, f"spelled/{seat.device}/{copy}", spellings)


def _other_row(seed: int, seat: Seat, turn: int) -> Row:
    name = pick(seed, f"other/{turn}", _OTHERS)
    version = f"{between(seed, f'other/{turn}/major', 1, 9)}.{between(seed, f'other/{turn}/minor', 0, 30)}"
    sha256 = stream(0, f"other/{name}/{version}", 32).hex() if between(seed, f"other/{turn}/hash", 0, 1) else ""
    return _row(seed, seat, _Thing(product=name, version=version, sha256=sha256), 0)


def _row(seed: int, seat: Seat, thing: _Thing, copy: int) -> Row:
    label = f"row/{seat.device}/{thing.product}/{copy}"
    device = seat.device if not copy else f"{seat.device.lower()}.corp.invalid"
    day = between(seed, f"{label}/seen", 1, _DAYS)
    return Row(
        device=device,
        customer=seat.customer,
        country=country_of(seed, seat.customer) if between(seed, f"{label}/country", 0, 9) else "",
        platform=seat.platform,
        product=thing.product,
        version=thing.version,
        path=thing.path,
        sha256=thing.sha256.upper() if between(seed, f"{label}/case", 0, 3) == 0 else thing.sha256,
        last_seen=f"2023-06-{day:02}T06:00:00Z" if between(seed, f"{label}/dated", 0, 5) else "",
    )
