"""The incident `relay`: its bounds hold, its truth is that of its files, and it names nobody who exists."""

from __future__ import annotations

import ast
import base64
import csv
import datetime as dt
import hashlib
import io
import json
import re
import tomllib
import zipfile
from collections import Counter
from pathlib import Path

import lief
import pytest

import unrig
from unrig.drill.build import lab_authority, world
from unrig.drill.build.archive import Form
from unrig.drill.build.fleet import BLIND, CUSTOMERS, DEVICES
from unrig.drill.build.line_up import PLACES, VERDICTS
from unrig.drill.build.payload import MARKER
from unrig.drill.build.seeds import pick
from unrig.drill.build.sleeper import DAYS, DEAD_DROP, FOREIGN, STAGES
from unrig.drill.build.truth import TRUTH_FILE, Built, StageTruth, decode
from unrig.drill.incidents.relay import build

HOSTS = re.compile(r"\b(?:[a-z0-9-]+\.)+[a-z]{2,}\b")
FILES = re.compile(r"\.(?:dll|exe|json|jsonl|csv|toml|pem|zip|whl|pak|cdx|txt|pdb|net|so)$")
SITES = {*world.CODE_SITES}


def records(built: Built, folder: str) -> dict[str, list[dict[str, object]]]:
    return {
        path: [json.loads(line) for line in data.splitlines()]
        for path, data in built.files.items()
        if path.startswith(f"{folder}/")
    }


def stages(built: Built, name: str) -> list[StageTruth]:
    return [stage for stage in built.truth.hunt.stages if stage.stage == name]


def device_of(record: dict[str, object]) -> str:
    return str(record.get("Computer") or record.get("Hostname")).lower()


def shown(built: Built, role: str) -> dict[str, bytes]:
    """Return the files below a release's path, opened where it is an archive."""
    path = next(each.path for each in built.truth.releases if each.role == role)
    if path in built.files:
        with zipfile.ZipFile(io.BytesIO(built.files[path])) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    return {name.removeprefix(f"{path}/"): data for name, data in built.files.items() if name.startswith(f"{path}/")}


def test_the_same_seed_gives_the_same_bytes(one: Built) -> None:
    again = build(one.truth.seed)
    assert again.files == one.files
    assert again.truth == one.truth


def test_other_seeds_give_other_drills(built: Built) -> None:
    other = build(built.truth.seed + 100)
    assert built.files["inventory.csv"] != other.files["inventory.csv"]
    assert built.truth.respond != other.truth.respond


def test_the_truth_on_disk_is_the_truth(built: Built) -> None:
    assert decode(built.files[TRUTH_FILE]) == built.truth
    assert b"inert" in built.files[TRUTH_FILE].lower()


def test_rigged_files_are_those_of_the_release(built: Built) -> None:
    for release in built.truth.releases:
        files = shown(built, release.role)
        assert release.verdicts == VERDICTS[release.role]
        for hidden in release.hidden:
            assert hashlib.sha256(files[hidden.path]).hexdigest() == hidden.sha256
            assert (MARKER in tail(files[hidden.path])) == (hidden.how == "carrier")
    assert {each.how for each in built.truth.releases[1].hidden} == {"carrier", "reader"}


def test_benign_releases_hide_nothing(built: Built) -> None:
    for role in ("baseline", "fixed", "twin", "reader_only"):
        files = shown(built, role)
        assert not [path for path, data in files.items() if path.endswith((".dll", ".exe")) and MARKER in tail(data)]


def tail(data: bytes) -> bytes:
    """Return the certificate table of a PE, as LIEF finds it."""
    pe = lief.PE.parse(list(data))
    assert pe is not None
    table = pe.data_directory(lief.PE.DataDirectory.TYPES.CERTIFICATE_TABLE)
    return data[table.rva : table.rva + table.size]


def test_the_twin_differs_in_what_was_rigged_alone(built: Built) -> None:
    rigged, twin = shown(built, "rigged"), shown(built, "twin")
    hidden = {each.path for each in built.truth.releases[1].hidden}
    assert {path for path in rigged if rigged[path] != twin.get(path) and not path.endswith("RECORD")} == hidden


def test_what_must_not_be_blocked_is_the_hash_of_a_genuine_file(built: Built) -> None:
    carrier = next(each.path for each in built.truth.releases[1].hidden if each.how == "carrier")
    for role in ("rigged", "baseline"):
        pe = lief.PE.parse(list(shown(built, role)[carrier]))
        assert pe is not None
        assert pe.authentihash_sha256.hex() in built.truth.respond.never_block


def test_telltale_lines_show_what_the_truth_says(built: Built) -> None:
    logs = records(built, "telemetry")
    for stage in built.truth.hunt.stages:
        for line in stage.lines:
            record = logs[line.file][line.record - 1]
            assert device_of(record) == stage.device
            assert str(record["UtcTime"])[:19] >= f"{stage.first:%F %T}"
        text = [json.dumps(logs[line.file][line.record - 1]).lower() for line in stage.lines]
        if stage.stage == DEAD_DROP:
            assert all(stage.what in each for each in text)
        if stage.stage == FOREIGN:
            assert all(json.dumps(stage.what.lower())[1:-1] in each for each in text)


def test_rigged_modules_are_in_the_logs_where_the_truth_says_and_nowhere_else(built: Built) -> None:
    rigged = {each.sha256 for each in built.truth.releases[1].hidden}
    found: set[tuple[str, str, int]] = set()
    for path, lines in records(built, "telemetry").items():
        for number, record in enumerate(lines, 1):
            if any(f"SHA256={sha256.upper()}" in str(record.get("Hashes", "")) for sha256 in rigged):
                found.add((device_of(record), path, number))
    told = {(s.device, line.file, line.record) for s in stages(built, "release") for line in s.lines}
    assert found == told
    assert found


def test_the_dead_drop_is_asked_by_the_product_only_where_told(built: Built) -> None:
    product = built.truth.releases[0].path.removeprefix("releases/").split("-")[0].lower()
    sites = {stage.what for stage in stages(built, DEAD_DROP)}
    found = set()
    for path, lines in records(built, "telemetry").items():
        for number, record in enumerate(lines, 1):
            asked = record.get("QueryName") or record.get("DestinationHostname")
            if product in str(record["Image"]).lower() and asked in sites:
                found.add((device_of(record), path, number))
    assert found == {(s.device, line.file, line.record) for s in stages(built, DEAD_DROP) for line in s.lines}


def test_the_twin_fleet_shows_nothing(built: Built) -> None:
    rigged = {each.sha256.upper() for each in built.truth.releases[1].hidden}
    foreign = {stage.what.lower() for stage in stages(built, FOREIGN)}
    product = built.truth.releases[0].path.removeprefix("releases/").split("-")[0].lower()
    for lines in records(built, "telemetry-twin").values():
        for record in lines:
            assert not any(sha256 in str(record.get("Hashes", "")) for sha256 in rigged)
            assert str(record.get("ImageLoaded", "")).lower() not in foreign
            if product in str(record["Image"]).lower():
                assert record.get("QueryName", ".invalid").endswith(".invalid")


def test_what_a_device_lacks_is_not_in_its_log(built: Built) -> None:
    kinds = {"no module loads": 7, "no name queries": 22, "no connections": 3}
    seen = Counter(
        (device_of(record), record["EventID"]) for lines in records(built, "telemetry").values() for record in lines
    )
    lacking = [device for device in built.truth.hunt.devices if device.lacks]
    assert len(lacking) == BLIND
    for device in lacking:
        if device.lacks == "no telemetry":
            assert not any(name == device.id for name, _ in seen)
        elif device.lacks in kinds:
            assert not seen[device.id, kinds[device.lacks]]
    for device in built.truth.hunt.devices:
        if not device.lacks:
            assert all(seen[device.id, kind] for kind in (1, 3, 7, 22)), device


def test_unobservable_stages_say_why(built: Built) -> None:
    lacks = {device.id: device.lacks for device in built.truth.hunt.devices}
    for stage in built.truth.hunt.stages:
        assert bool(stage.lines) != bool(stage.why_not)
        if stage.why_not and stage.why_not != "no connections":
            assert lacks[stage.device] == stage.why_not


def test_draws_stay_within_the_bounds_of_the_docstring(built: Built) -> None:
    devices = built.truth.hunt.devices
    having = [device for device in devices if device.has]
    assert len(devices) == DEVICES
    assert 11 <= len(having) <= 14
    assert 2 <= sum(device.has == "baseline" for device in having) <= 4
    assert 4 <= len(stages(built, DEAD_DROP)) <= 6
    assert 1 <= len(stages(built, FOREIGN)) <= 3
    assert 440 <= built.truth.scope.devices <= 520
    assert 9 <= built.truth.claims.reports <= 16
    assert len(built.files["inventory.csv"].splitlines()) == 2_001
    assert sum(map(len, built.files.values())) < 24 << 20
    times = sorted(str(r["UtcTime"]) for lines in records(built, "telemetry").values() for r in lines)
    length = dt.datetime.fromisoformat(times[-1]) - dt.datetime.fromisoformat(times[0])
    assert dt.timedelta(days=DAYS - 1) < length < dt.timedelta(days=DAYS)


def test_every_stage_can_be_seen_somewhere(built: Built) -> None:
    for name in STAGES:
        assert any(stage.lines for stage in stages(built, name)), name


def test_dormancy_comes_before_the_dead_drop_and_hands_after_it(built: Built) -> None:
    first = {(stage.device, stage.stage): stage.first for stage in built.truth.hunt.stages}
    for stage in stages(built, DEAD_DROP):
        assert 2 < (stage.first - first[stage.device, "release"]).days + 1 <= 6
    for stage in stages(built, FOREIGN):
        hours = (stage.first - first[stage.device, DEAD_DROP]).total_seconds() / 3600
        assert 2 <= hours <= 30


def test_inventory_says_what_the_truth_counts(built: Built) -> None:
    text = built.files["inventory.csv"].decode()
    rows = list(csv.reader(io.StringIO(text), delimiter=";" if text.split("\n")[0].count(";") else ","))
    rigged = {each.sha256 for each in built.truth.releases[1].hidden}
    path = built.truth.releases[1].path
    if path in built.files:
        rigged.add(hashlib.sha256(built.files[path]).hexdigest())
    have = {(row[1], row[0].lower().split(".")[0]) for row in rows[1:] if row[7].lower() in rigged}
    assert Counter(customer for customer, _ in have) == {
        each.customer: each.devices for each in built.truth.scope.affected
    }
    assert len({(row[1], row[0].lower().split(".")[0]) for row in rows[1:]}) == built.truth.scope.devices


def test_claims_are_as_counted(built: Built) -> None:
    claims = tomllib.loads(built.files["claims.toml"].decode())["claim"]
    assert len(claims) == built.truth.claims.reports
    assert sum(claim["basis"] != "relay" for claim in claims) == built.truth.claims.roots
    by_id = {claim["id"]: claim for claim in claims}
    for claim in claims:
        assert all(cited in by_id for cited in claim.get("cites", ()))


def test_one_bill_of_three_names_a_rigged_thing(built: Built) -> None:
    bills = {path: data.decode() for path, data in built.files.items() if path.startswith("sboms/")}
    assert len(bills) == 3
    things = [each.sha256 for each in built.truth.releases[1].hidden]
    path = built.truth.releases[1].path
    things += [hashlib.sha256(built.files[path]).hexdigest()] if path in built.files else []
    names = [text for text in bills.values() if any(thing in text for thing in things)]
    assert len(names) == 1
    assert json.loads(names[0])["metadata"]["component"]["name"] in built.truth.scope.embedded[0]


# Fences


def test_hosts_are_made_up_but_for_the_stated_sites(built: Built) -> None:
    for path, data in built.files.items():
        if path.startswith("releases/") or path.endswith(".pem"):
            continue
        found = {each for each in HOSTS.findall(data.decode().lower()) if not FILES.search(each)}
        odd = {each for each in found if not each.endswith(".invalid") and each not in SITES}
        assert not odd, (path, odd)


def test_addresses_are_of_the_documentation_ranges(built: Built) -> None:
    for lines in records(built, "telemetry").values():
        for record in lines:
            assert str(record.get("DestinationIp", "198.51.100.")).startswith("198.51.100.")
            assert str(record.get("SourceIp", "192.0.2.")).startswith("192.0.2.")


def test_no_key_is_on_disk(built: Built) -> None:
    for path, data in built.files.items():
        assert b"PRIVATE KEY" not in data, path
    body = built.files["lab-root.pem"].split(b"-----")[2]
    assert base64.b64decode(body) == lab_authority.lab_roots()[0]


def test_only_world_names_real_sites_and_programs() -> None:
    """As values; a comment or docstring may cite a site."""
    folder = Path(unrig.__file__).parent / "drill"
    for path in sorted(folder.rglob("*.py")):
        values = {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}
        assert path.name == "world.py" or not values & world.EVERY_NAME, path


def test_customers_and_organisations_are_made_up(built: Built) -> None:
    real = ("microsoft", "google", "3cx", "apple", "adobe", "solarwinds", "mandiant", "crowdstrike", "kaspersky")
    said = built.files["claims.toml"].decode().lower() + " ".join(CUSTOMERS).lower()
    said += built.files["inventory.csv"].decode().lower()
    assert not [name for name in real if name in said]


@pytest.mark.parametrize("seed", [11, 12])
def test_every_release_form_can_be_built(seed: int) -> None:
    truth = build(seed).truth
    assert {each.role for each in truth.releases} == set(VERDICTS)


def test_forms_and_hiding_places_vary() -> None:
    assert {pick(seed, "form", tuple(Form)) for seed in range(40)} == set(Form)
    assert {pick(seed, "hiding", PLACES) for seed in range(40)} == set(PLACES)
