"""The incident holds what its truth says, its twins differ in what they are named after, and seeds draw the rest."""

from __future__ import annotations

import base64
import hashlib
import re
import struct
from functools import cache

import lief
import pytest

from unrig.drill.build import client_line_up as line_up
from unrig.drill.build.client import Client, build_client
from unrig.drill.build.client_cast import cast
from unrig.drill.build.client_parts import Tampering, codec, naming, vendor_signing
from unrig.drill.build.image_hash import authenticode_sha256
from unrig.drill.build.lab_authority import Standing
from unrig.drill.build.payload import MARKER
from unrig.drill.build.seeds import derive
from unrig.drill.build.truth import Built, HiddenTruth, VetTruth, decode
from unrig.drill.incidents.smoothoperator import HOSTED, TWIN, build

SEEDS = (1, 2)
READING = {"CreateFileW", "GetModuleFileNameW", "ReadFile"}


@cache
def drill(seed: int) -> Built:
    return build(seed)


@cache
def client(seed: int, role: str) -> Client:
    return build_client(line_up.specs(seed)[role], seed)


def release(built: Built, role: str) -> VetTruth:
    return next(each for each in built.truth.releases if each.role == role)


def hidden(built: Built, how: str) -> HiddenTruth:
    return next(each for each in release(built, "rigged").hidden if each.how == how)


@cache
def parsed(data: bytes) -> lief.PE.Binary:
    """LIEF's reading, kept alive: its entries do not outlive it."""
    return lief.PE.parse(list(data))


def imports(data: bytes) -> set[str]:
    return {entry.name for library in parsed(data).imports for entry in library.entries}


def test_the_same_seed_gives_the_same_bytes() -> None:
    specs = line_up.specs(1)
    assert build_client(specs["rigged"], 1) == client(1, "rigged")
    assert drill(1).files != drill(2).files


@pytest.mark.parametrize("seed", SEEDS)
def test_every_path_of_the_truth_is_there(seed: int) -> None:
    built = drill(seed)
    assert decode(built.files["truth.json"]) == built.truth
    for each in built.truth.releases:
        assert each.path in built.files or any(path.startswith(f"{each.path}/") for path in built.files)
        assert each.beside in {"", "baseline"}
        assert each.rigged == bool(each.hidden)


@pytest.mark.parametrize("seed", SEEDS)
def test_installers_are_compound_files_with_a_cabinet(seed: int) -> None:
    for path, data in drill(seed).files.items():
        if path.endswith(".msi"):
            assert data.startswith(bytes.fromhex("d0cf11e0a1b11ae1"))
            assert b"MSCF" in data


@pytest.mark.parametrize("seed", SEEDS)
def test_the_payload_stands_where_the_truth_says_and_outside_what_is_signed(seed: int) -> None:
    built, told = drill(seed), hidden(drill(seed), "carrier")
    data = client(seed, "rigged").files[told.path]
    clean = client(seed, "clean").files[told.path]
    (place,) = told.places
    assert hashlib.sha256(data).hexdigest() == told.sha256 != hashlib.sha256(clean).hexdigest()
    assert data[place.offset : place.offset + place.size].startswith(MARKER)
    assert line_up.SMALLEST // 2 <= place.size <= line_up.LARGEST
    assert authenticode_sha256(data) == authenticode_sha256(clean)
    assert release(built, "rigged").verdicts == ("rigged",)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_reader_was_built_elsewhere_and_learned_to_read(seed: int) -> None:
    told = hidden(drill(seed), "reader")
    before, after = (client(seed, role).files[told.path] for role in ("baseline", "rigged"))
    old, new = parsed(before), parsed(after)
    assert imports(after) - imports(before) >= READING
    assert imports(after) - imports(before) & {"VirtualProtect", "VirtualAlloc"}
    assert old.optional_header.minor_linker_version != new.optional_header.minor_linker_version
    assert (old.has_rich_header, new.has_rich_header) == (False, True)
    assert [entry.name for entry in old.get_export().entries] == [entry.name for entry in new.get_export().entries]
    assert cast(seed, 0).framework == cast(seed, 1).framework


def test_how_the_carrier_is_named_decides_how_gravely_the_reader_must_be_told() -> None:
    ways = set()
    for seed in range(12):
        drawn, way = cast(seed, 1), naming(derive(seed, "codec"))
        library = codec(drawn, vendor_signing(drawn, Standing.GOOD), 0, Tampering(reads=True), seed)
        name = drawn.carrier.rsplit("/", 1)[-1]
        assert (name.encode() in library) == (way == "ascii")
        assert (name.encode("utf-16-le") in library) == (way == "utf-16")
        ways.add(way)
    assert ways == {"ascii", "utf-16", ""}


@pytest.mark.parametrize("seed", SEEDS)
def test_no_benign_release_holds_anything_of_the_rigged_one(seed: int) -> None:
    built = drill(seed)
    rigged = {each.sha256 for each in release(built, "rigged").hidden}
    for role in ("baseline", "clean", "codec_update", "branded", "service_release", "rotation", "fixed"):
        files = client(seed, role).files.values()
        assert not rigged & {hashlib.sha256(data).hexdigest() for data in files}
        assert release(built, role).verdicts == release(built, role).alone == ("clean", "review")


def changed(seed: int, one: str, other: str) -> set[str]:
    before, after = client(seed, one).files, client(seed, other).files
    return {path for path in before | after if before.get(path) != after.get(path)}


@pytest.mark.parametrize("seed", SEEDS)
def test_twins_differ_in_what_they_are_named_after(seed: int) -> None:
    drawn = client(seed, "clean").drawn
    assert changed(seed, "clean", "rigged") == {drawn.codec, drawn.carrier}
    risen = changed(seed, "clean", "codec_update")
    assert {drawn.codec, drawn.program, *drawn.libraries} <= risen
    assert drawn.carrier not in risen
    assert changed(seed, "clean", "branded") <= {drawn.program}
    helper = client(seed, "service_release").helper
    assert changed(seed, "clean", "service_release") == {helper, f"{drawn.folder}resources/app.asar"}
    assert drawn.program in changed(seed, "clean", "rotation")
    library, newer = (client(seed, role).files[drawn.codec] for role in ("clean", "codec_update"))
    assert imports(library) == imports(newer)


@pytest.mark.parametrize("seed", SEEDS)
def test_icons_carry_base64_behind_their_end(seed: int) -> None:
    built, told = drill(seed), release(drill(seed), "hosting").hidden
    icons = {path for path in built.files if path.startswith(f"{HOSTED}/")}
    assert len(icons) >= len(told) >= 3
    for each in told:
        data, twin = built.files[f"{HOSTED}/{each.path}"], built.files[f"{TWIN}/{each.path}"]
        (place,) = each.places
        count = struct.unpack_from("<H", data, 4)[0]
        ends = [sum(struct.unpack_from("<2I", data, 6 + 16 * index + 8)) for index in range(count)]
        assert data[: place.offset] == twin
        assert max(ends) == place.offset
        text = data[place.offset :].removeprefix(MARKER).replace(b"\n", b"")
        assert len(data) == place.offset + place.size
        assert base64.b64decode(text[: len(text) // 4 * 4])


def test_the_feed_names_the_rigged_release_by_its_hash() -> None:
    built = drill(1)
    text = built.files["feed/latest.yml"].decode()
    name = re.search(r"^path: (.+)$", text, re.MULTILINE)[1]
    data = built.files[f"releases/{name}"]
    assert release(built, "rigged").path == f"releases/{name}"
    assert base64.b64encode(hashlib.sha512(data).digest()).decode() in text


def test_seeds_draw_names_places_and_encodings() -> None:
    casts = [cast(seed, 1) for seed in range(40)]
    for field in ("product", "codec", "carrier", "folder", "updater", "framework", "signs_framework", "vendor"):
        values = [getattr(each, field) for each in casts]
        assert max(values.count(value) for value in values) < 30, field
    specs = [line_up.specs(seed)["rigged"].tampering.hiding for seed in range(60)]
    assert set(specs) == set(line_up.PLACES)
    assert all(each.vendor != each.system_vendor for each in casts)
