"""Inventories: as many rows as said, and the truth counts what the rows can prove."""

from __future__ import annotations

from unrig.drill.build import inventory
from unrig.drill.build.estate import ROWS, Build, Estate, Proof, Says, count, estate, proof
from unrig.drill.build.fleet import fleet

ROLES = ("baseline", "fixed", "rigged")


def build(role: str, *, package: bool = True) -> Build:
    hashes = {says: ((f"{says}.dll", f"{role}-{says}"),) for says in Says if says is not Says.NOTHING}
    hashes[Says.SIBLING] = (("same.dll", "same"),)
    if not package:
        del hashes[Says.PACKAGE]
    return Build(role=role, version=f"1.{ROLES.index(role)}", product="Thing", hashes=hashes)


def known(*, package: bool = True) -> dict[str, Build]:
    return {role: build(role, package=package) for role in ROLES}


def drawn(seed: int, *, package: bool = True) -> Estate:
    return estate(seed, fleet(seed), known(package=package))


def test_rows_and_devices_are_within_their_bounds() -> None:
    for seed in range(6):
        held = drawn(seed)
        assert len(held.rows) == ROWS
        assert 440 <= len(held.seats) <= 520
        assert len({(seat.device, seat.customer) for seat in held.seats}) == len(held.seats)
        named = {(row.customer, row.device.split(".")[0].upper()) for row in held.rows}
        assert named == {(seat.customer, seat.device) for seat in held.seats}


def test_only_hashes_of_one_build_prove() -> None:
    for seed in range(6):
        held = drawn(seed)
        rigged = {f"rigged-{says}" for says in (Says.PACKAGE, Says.FILE)}
        rows = {(row.customer, row.device.split(".")[0].upper()) for row in held.rows if row.sha256.lower() in rigged}
        proven = [s for s in held.seats if s.role == "rigged" and proof(s, known()) is Proof.RIGGED_FILE]
        assert rows == {(seat.customer, seat.device) for seat in proven}
        assert sum(each.devices for each in count(tuple(proven))) == len(proven)


def test_a_hash_that_two_builds_share_proves_nothing() -> None:
    for seat in drawn(2).seats:
        told = proof(seat, known())
        assert (told is Proof.NONE) == (seat.says in (Says.SIBLING, Says.NOTHING))
        assert (told is Proof.OWN_FILE) == (seat.says is Says.PROGRAM)


def test_a_release_that_is_no_file_has_no_package_rows() -> None:
    held = drawn(3, package=False)
    assert not any(seat.says is Says.PACKAGE for seat in held.seats)
    assert any(seat.says is Says.FILE for seat in held.seats)


def test_another_platform_is_never_proven() -> None:
    seats = [seat for seat in drawn(4).seats if seat.role == "other"]
    assert seats
    assert all(seat.platform.startswith("macOS") and proof(seat, known()) is Proof.NONE for seat in seats)


def test_spellings_repeats_and_gaps_are_there() -> None:
    rows = drawn(5).rows
    names = {row.product for row in rows if "thing" in row.product.lower()}
    assert len(names) > 4
    assert any(row.device.endswith(".corp.invalid") for row in rows)
    assert any(not row.country for row in rows)
    assert any(not row.last_seen for row in rows)
    assert any(row.sha256 != row.sha256.lower() for row in rows)


def test_the_fleet_is_in_the_inventory_with_what_it_has() -> None:
    devices = {device.name: device for device in fleet(6)}
    seats = {seat.device: seat for seat in drawn(6).seats if seat.device in devices}
    assert len(seats) == len(devices)
    for name, device in devices.items():
        assert seats[name].role == ("rigged" if device.updates else "baseline" if device.has_product else "")


def test_writing_quotes_what_needs_it() -> None:
    row = inventory.Row(device="a", customer='b, "c"; d', country="", platform="w", product="p", version="1")
    for export in inventory.HEADERS:
        for delimiter in inventory.DELIMITERS:
            lines = inventory.write([row], export, delimiter).decode().split("\r\n")
            assert lines[0].split(delimiter) == list(inventory.HEADERS[export])
            assert '"b, ""c""; d"' in lines[1]
