"""An inventory of many customers' devices: who has which build, and how much of that a row can prove.

Of those that have the product, a row names the package, a file, the program, an unchanged library, or no hash at all;
names are spelled as people and installers spell them; rows are repeated under other spellings of the device.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

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


def affected(seats: tuple[Seat, ...]) -> tuple[Count, ...]:
    """Return for each customer the devices of which a row proves that they have the rigged release."""
    proven = [seat for seat in seats if seat.role == "rigged" and proves(seat)]
    names = sorted({seat.customer for seat in proven})
    return tuple(Count(customer=name, devices=sum(seat.customer == name for seat in proven)) for name in names)


def proves(seat: Seat) -> bool:
    """Return whether the seat's row says a hash that only one build has."""
    return seat.says in (Says.PACKAGE, Says.FILE)


def _fleet_seat(seed: int, device: Device, builds: Mapping[str, Build]) -> Seat:
    role = "rigged" if device.updates else "baseline" if device.has_product else ""
    says = _says(seed, device.name, role, builds)
    return Seat(device=device.name, customer=device.customer, platform="Windows 11", role=role, says=says)


def _seat(seed: int, number: int, builds: Mapping[str, Build]) -> Seat:
    label = f"estate/{number}"
    platform = pick(seed, f"{label}/platform", (*("Windows 10",) * 4, *("Windows 11",) * 4, "macOS 13"))
    has = between(seed, f"{label}/has", 0, 99) < 38
    role = pick(seed, f"{label}/role", ("baseline", "baseline", "rigged", "rigged", "fixed")) if has else ""
    if has and platform.startswith("macOS"):
        role = "other"
    name = f"{pick(seed, f'{label}/word', ('desk', 'nb', 'pc', 'ws'))}-{number + 101:04}".upper()
    customer = pick(seed, f"{label}/customer", customers(seed))
    return Seat(device=name, customer=customer, platform=platform, role=role, says=_says(seed, label, role, builds))


def _says(seed: int, label: str, role: str, builds: Mapping[str, Build]) -> Says:
    if role not in builds:
        return Says.NOTHING
    return pick(seed, f"says/{label}", sorted((*builds[role].hashes, Says.NOTHING)))


def _product_rows(seed: int, seat: Seat, builds: Mapping[str, Build]) -> list[Row]:
    if not seat.role:
        return []
    build = builds["rigged" if seat.role == "other" else seat.role]
    path, sha256 = ("", "")
    if seat.says is not Says.NOTHING:
        path, sha256 = pick(seed, f"which/{seat.device}", build.hashes[seat.says])
    copies = 2 if between(seed, f"copies/{seat.device}", 0, 9) == 0 else 1
    return [
        _row(
            seed,
            seat,
            _Thing(product=_spelled(seed, seat, build, copy), version=build.version, path=path, sha256=sha256),
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
