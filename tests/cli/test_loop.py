"""From vet to respond on the command line: each verb hands on to the next, and ends with the contract's code."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cli_kit import SEED, Caller, Ended, policy, program, release

from unrig.drill.build.release import BASELINE, CLEAN, RIGGED, release_truth

ROOT = Path(__file__).parents[2]
SCHEMAS = ("case", "hunt", "respond", "scope", "vet")


def _valid(document: Any) -> Any:
    """Check a document against the schema that the docs carry for it."""
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    name = document["schema"].removeprefix("unrig.").removesuffix("/1")
    jsonschema.Draft202012Validator(json.loads(module.schema(name, module.DOCUMENTS[name]))).validate(document)
    return document


def _json(ended: Ended) -> Any:
    return _valid(json.loads(ended.out))


def _log(path: Path, *modules: tuple[str, str, str]) -> Path:
    """Write Sysmon's image loads of one device each: device, path and SHA-256 of the module."""
    lines = [
        {
            "EventID": 7,
            "Channel": "Microsoft-Windows-Sysmon/Operational",
            "UtcTime": f"2023-05-01 09:00:0{number}.000",
            "Computer": f"{device}.corp.example",
            "User": "CORP\\ann",
            "Image": "C:\\Program Files\\Phone\\Phone.exe",
            "ImageLoaded": module,
            "Hashes": f"SHA256={sha256.upper()}",
            "Signed": "true",
        }
        for number, (device, module, sha256) in enumerate(modules)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture
def vetted(tmp_path: Path, unrig: Caller) -> Path:
    """Vet a rigged release against its baseline and return the document."""
    policy(Path.cwd())
    base = release(tmp_path / "base", BASELINE)
    target = tmp_path / "vet.json"
    ended = unrig("vet", release(tmp_path / "rigged", RIGGED), "--baseline", base, "--output", target, "--quiet")
    assert ended.code == 1
    _valid(json.loads(target.read_bytes()))
    return target


def _carrier(vet: Path) -> tuple[str, str]:
    """Return path and SHA-256 of the carrier."""
    path = release_truth(RIGGED, SEED).carrier
    artifacts = json.loads(vet.read_bytes())["artifacts"]
    return path, next(artifact["sha256"] for artifact in artifacts if artifact["path"] == path)


def test_what_vet_found_is_hunted_through_a_pipe(tmp_path: Path, unrig: Caller, vetted: Path) -> None:
    path, sha256 = _carrier(vetted)
    log = _log(tmp_path / "log.jsonl", ("pc-1", f"C:\\Program Files\\Phone\\{path.rsplit('/', 1)[-1]}", sha256))
    piped = program("hunt", log, "--leads", "-", "--format", "json", stdin=vetted.read_bytes())
    found = _json(piped)
    assert piped.code == 1
    assert {sighting["device"].partition(".")[0] for sighting in found["sightings"]} == {"pc-1"}
    assert str(tmp_path) in found["sources"][0]["path"]  # as given
    named = unrig("hunt", log, "--leads", vetted, "--format", "json")
    assert _json(named)["sightings"] == found["sightings"]
    text = unrig("hunt", log, "--leads", vetted)
    assert (text.code, b"SEEN" in text.out) == (1, True)


def test_half_read_is_3_and_says_what_was_not(tmp_path: Path, unrig: Caller) -> None:
    log = _log(tmp_path / "log.jsonl", ("pc-1", "C:\\Windows\\System32\\ntdll.dll", "ab" * 32))
    half = unrig("hunt", log, tmp_path / "missing.jsonl", "--format", "json")
    assert half.code == 3
    assert any(problem["where"].endswith("missing.jsonl") for problem in _json(half)["problems"])


def test_nothing_that_could_be_read_is_2(tmp_path: Path, unrig: Caller) -> None:
    (tmp_path / "noise.bin").write_bytes(bytes(range(256)) * 10)
    for verb in ("hunt", "scope"):
        for given in (tmp_path / "missing", tmp_path / "noise.bin", f"{tmp_path}/*.nothing"):
            ended = unrig(verb, given)
            assert (ended.code, ended.out) == (2, b""), (verb, given)
            assert str(given) in ended.err


@pytest.mark.parametrize("leads", [b"", b"{}", b"[1,2", b"no leads at all", b"\xff\xfe", b"{" * 5000])
def test_leads_that_are_none_are_2(tmp_path: Path, unrig: Caller, leads: bytes) -> None:
    (tmp_path / "leads").write_bytes(leads)
    log = _log(tmp_path / "log.jsonl", ("pc-1", "C:\\a.dll", "ab" * 32))
    ended = unrig("hunt", log, "--leads", tmp_path / "leads")
    assert ended.code == 2
    assert str(tmp_path / "leads") in ended.err
    assert unrig("hunt", log, "--leads", tmp_path / "none").code == 2


def _inventory(path: Path, vet: Path) -> Path:
    product = json.loads(vet.read_bytes())["release"]
    _, sha256 = _carrier(vet)
    path.write_text(
        "device,product,version,sha256\n"
        f"pc-1,{product['name']},{product['version']},{sha256}\n"
        f"pc-2,Another Product,1.0,{'cd' * 32}\n"
    )
    return path


def test_affected_devices_are_1_and_none_are_0(tmp_path: Path, unrig: Caller, vetted: Path) -> None:
    inventory = _inventory(tmp_path / "inventory.csv", vetted)
    ended = unrig("scope", inventory, "--leads", vetted, "--format", "json")
    assert ended.code == 1
    affected = [one for one in _json(ended)["exposures"] if one["type"] == "affected"]
    assert sum(one["devices"] for one in affected) == 1
    inventory.write_text("device,product,version,sha256\npc-2,Another Product,1.0," + "cd" * 32 + "\n")
    assert unrig("scope", inventory, "--leads", vetted).code == 0


@pytest.mark.parametrize(
    ("verb", "name"),
    [
        *(("hunt", name) for name in ("r.sarif", "r.cdx.json", "r.xml")),
        *(("scope", name) for name in ("r.sarif", "r.csv", "r.parquet", "r.cdx.json", "r.xml")),
    ],
)
def test_a_format_that_is_not_theirs_is_refused_at_once(tmp_path: Path, unrig: Caller, verb: str, name: str) -> None:
    ended = unrig(verb, tmp_path / "missing", "--output", tmp_path / name)
    assert (ended.code, "expected a suffix of .json, .jsonl," in ended.err) == (2, True)


def test_investigate_runs_all_keeps_all_and_does_nothing_twice(tmp_path: Path, unrig: Caller, vetted: Path) -> None:
    path, sha256 = _carrier(vetted)
    log = _log(tmp_path / "log.jsonl", ("pc-1", f"C:\\Program Files\\Phone\\{path.rsplit('/', 1)[-1]}", sha256))
    arguments = (
        *("investigate", tmp_path / "rigged", "--baseline", tmp_path / "base", "--telemetry", log),
        *("--inventory", _inventory(tmp_path / "inventory.csv", vetted), "--case", tmp_path / "case"),
    )
    first = unrig(*arguments, "--fix", release(tmp_path / "fixed", CLEAN))
    assert first.code == 1
    kept = sorted(file.name for file in (tmp_path / "case" / "results").iterdir())
    assert [name.split("-", 1)[1] for name in kept] == [
        "vet.json",
        "hunt.json",
        "scope.json",
        "case.json",
        "respond.json",
    ]
    documents = [json.loads((tmp_path / "case" / "results" / name).read_bytes()) for name in kept]
    for document in documents:
        _valid(document)
    answered = documents[-1]["documents"]
    assert answered
    for document in answered:
        assert (tmp_path / "case" / document["path"]).is_file()
    derived = {file.name: file.read_bytes() for file in (tmp_path / "case" / "derived").iterdir()}
    again = unrig(*arguments, "--fix", tmp_path / "fixed")
    assert again.code == 1
    assert sorted(file.name for file in (tmp_path / "case" / "results").iterdir()) == kept
    for file in (tmp_path / "case" / "derived").iterdir():
        file.unlink()
    unrig(*arguments, "--fix", tmp_path / "fixed")
    assert {file.name: file.read_bytes() for file in (tmp_path / "case" / "derived").iterdir()} == derived
    verified = unrig("case", tmp_path / "case", "--verify")
    assert (verified.code, verified.out) == (
        0,
        b"2 of 2 artifacts with findings are kept\n0 changes since the case was written\n",
    )
    exhibits = {file.name for file in (tmp_path / "case" / "artifacts").iterdir()}
    assert sha256 in exhibits
    assert _json(unrig("case", tmp_path / "case", "--format", "json"))["schema"] == "unrig.case/1"
    assert _json(unrig("respond", tmp_path / "case", "--format", "json"))["schema"] == "unrig.respond/1"
    unrig("case", tmp_path / "case", "--output", tmp_path / "case.html")
    page = (tmp_path / "case.html").read_text()
    for answer in ("Was it rigged?", "Seen, by device", "Devices</caption>", "Timeline", "Never block"):
        assert answer in page
    result = tmp_path / "case" / "results" / kept[0]
    result.chmod(0o600)
    result.write_bytes(result.read_bytes().replace(b"rigged", b"clean!"))
    assert unrig("case", tmp_path / "case", "--verify").code == 1


def test_redacted_no_verb_names_a_device_a_user_a_customer_or_a_path(
    tmp_path: Path, unrig: Caller, vetted: Path
) -> None:
    path, sha256 = _carrier(vetted)
    home = f"C:\\Users\\maureen\\Phone\\{path.rsplit('/', 1)[-1]}"
    log = _log(tmp_path / "log.jsonl", ("front-desk-7", home, sha256))
    inventory = tmp_path / "inventory.csv"
    row = json.loads(vetted.read_bytes())["release"]
    inventory.write_text(
        f"device,product,version,customer,sha256\nfront-desk-7,{row['name']},1,Brindle Bank,{sha256}\nshort\n"
    )
    case = tmp_path / "case"
    loop = (
        *(tmp_path / "rigged", "--baseline", tmp_path / "base", "--telemetry", log, "--inventory", inventory),
        *("--device", "back-room-2", "--case", case),
    )
    runs = {
        "scope": (inventory, tmp_path / "gone.csv", "--leads", vetted),
        "investigate": loop,
        "case": (case,),
        "respond": (case,),
    }
    page = tmp_path / "page.html"
    private = ("front-desk-7", "back-room-2", "maureen", "corp\\ann", "brindle", str(tmp_path))
    for verb, given in runs.items():
        files = (tmp_path / "out.json", tmp_path / "out.jsonl")
        more = ("--output", page) if verb in ("investigate", "case") else ()
        ended = unrig(verb, *given, "--redact", "--verbose", "--output", files[0], "--output", files[1], *more)
        assert ended.code == (0 if verb in ("case", "respond") else 1), (verb, ended.err)
        said = (
            b"".join((ended.out, *(file.read_bytes() for file in (*files, page) if file.exists()))).decode().casefold()
        )
        assert [name for name in private if name.casefold() in said] == [], verb
        _valid(json.loads(files[0].read_bytes()))
    assert b"front-desk-7" in next((case / "results").glob("*-hunt.json")).read_bytes()  # the case itself is evidence
    assert unrig("case", case, "--redact", "--export", "stix").code == 2


def test_a_case_that_is_none(tmp_path: Path, unrig: Caller) -> None:
    (tmp_path / "file").write_text("no folder")
    for arguments in (
        ("respond", tmp_path / "none"),
        ("case", tmp_path / "file"),
        ("case", tmp_path / "no", "--verify"),
    ):
        ended = unrig(*arguments)
        assert (ended.code, ended.out) == (2, b""), arguments
        assert "defect" not in ended.err
