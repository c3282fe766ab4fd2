"""`unrig vet` against the contract: exit codes, formats, files, policy."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cli_kit import Caller, Ended, policy, program, release

from unrig.drill.build.lab_authority import lab_crls
from unrig.drill.build.release import BASELINE, CARRIER_ONLY, CLEAN, RIGGED
from unrig.drill.build.zip import ZipEntry, build_zip
from unrig.report import render

ROOT = Path(__file__).parents[2]


def _schema(name: str) -> Any:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return json.loads(module.schema(name, module.DOCUMENTS[name]))


def _document(ended: Ended) -> Any:
    return json.loads(ended.out)


def _but_stats(ended: Ended) -> Any:
    document = _document(ended)
    assert document.pop("stats")
    return document


def test_exit_codes_of_clean_rigged_and_what_cannot_be_read(tmp_path: Path, unrig: Caller) -> None:
    trust = policy(tmp_path)
    assert unrig("vet", release(tmp_path / "clean", CLEAN), "--policy", trust).code == 0
    rigged = unrig("vet", release(tmp_path / "rigged", RIGGED), "--policy", trust)
    assert rigged.code == 1
    assert rigged.out.startswith(b" RIGGED ")
    assert rigged.err == ""
    missing = unrig("vet", tmp_path / "missing.whl")
    assert (missing.code, missing.out) == (2, b"")
    assert "missing.whl: expected a file, a folder, a purl or an https address; nothing of that name" in missing.err


def test_incomplete_is_3_and_a_finding_wins_over_it(tmp_path: Path, unrig: Caller) -> None:
    trust = policy(tmp_path)
    folder = release(tmp_path / "clean", CLEAN)
    os.mkfifo(folder / "pipe")
    assert unrig("vet", folder, "--policy", trust).code == 3
    rigged = release(tmp_path / "rigged", RIGGED)
    os.mkfifo(rigged / "pipe")
    assert unrig("vet", rigged, "--policy", trust).code == 1


@pytest.mark.parametrize(
    "name", ["", "x" * 5000, "zero\0byte", "a/b/c", "pkg:nothing/known@1", "/dev/zero", "-x", "--jobs=0"]
)
def test_a_release_that_is_none_is_2_with_a_message(unrig: Caller, name: str) -> None:
    ended = unrig("vet", name)
    assert (ended.code, ended.out) == (2, b"")
    assert ended.err.strip()
    assert "Traceback" not in ended.err
    assert "defect" not in ended.err


def test_the_fail_level_is_a_flag_or_the_policys(tmp_path: Path, unrig: Caller) -> None:
    signed_only = release(tmp_path / "clean", CLEAN)
    # without the lab's root, chains are not trusted: a finding below high
    default = unrig("vet", signed_only, "--format", "json")
    severities = {finding["severity"] for finding in _document(default)["findings"]}
    assert severities & {"low", "medium"}
    assert not severities & {"high", "critical"}
    assert default.code == 0
    assert unrig("vet", signed_only, "--fail-on", "low").code == 1
    lenient = tmp_path / "low.toml"
    lenient.write_text('fail_on = "low"\n')
    assert unrig("vet", signed_only, "--policy", lenient).code == 1
    assert unrig("vet", signed_only, "--policy", lenient, "--fail-on", "critical").code == 0
    rigged = release(tmp_path / "rigged", RIGGED)
    assert unrig("vet", rigged, "--fail-on", "critical", "--quiet").code == 1


def test_the_document_validates_has_no_path_of_this_machine_and_is_the_same_again(
    tmp_path: Path, unrig: Caller
) -> None:
    arguments = ("vet", release(tmp_path / "rigged", RIGGED), "--policy", policy(tmp_path), "--format", "json")
    first = unrig(*arguments, "--baseline", release(tmp_path / "base", BASELINE))
    again = unrig(*arguments, "--baseline", tmp_path / "base", "--jobs", "1")
    document = _document(first)
    jsonschema.Draft202012Validator(_schema("vet")).validate(document)
    assert next(iter(document)) == "schema"
    assert document["generated_at"] == "2023-06-01T00:00:00Z"
    assert str(tmp_path) not in first.out.decode()
    assert _but_stats(first) == _but_stats(again)
    opened = [_document(ended)["stats"]["opened"] for ended in (first, again)]
    assert opened[0] > opened[1] == 0


def test_every_output_is_written_by_its_suffix(tmp_path: Path, unrig: Caller) -> None:
    names = ("r.json", "r.jsonl", "r.sarif", "R.JSON", "r.html", "r.cdx.json", "r.stix.json", "r.csv", "r.md", "r.xml")
    outputs = [part for name in names for part in ("--output", tmp_path / name)]
    ended = unrig("vet", release(tmp_path / "rigged", RIGGED), "--policy", policy(tmp_path), *outputs)
    assert ended.code == 1
    assert ended.out.startswith(b" RIGGED ")
    document = json.loads((tmp_path / "r.json").read_bytes())
    assert (tmp_path / "R.JSON").read_bytes() == (tmp_path / "r.json").read_bytes()
    assert document["verdict"] == "rigged"
    lines = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert (lines[0]["type"], lines[-1]) == ("head", {"type": "end", "records": len(lines) - 2})
    assert json.loads((tmp_path / "r.sarif").read_bytes())["version"] == "2.1.0"
    assert (tmp_path / "r.html").read_bytes().strip().startswith(b"<!doctype html>")
    assert json.loads((tmp_path / "r.cdx.json").read_bytes())["specVersion"] == "1.6"
    assert json.loads((tmp_path / "r.stix.json").read_bytes())["type"] == "bundle"
    assert (tmp_path / "r.csv").read_text().startswith("severity,rule,path,")
    assert (tmp_path / "r.md").read_text().startswith("# RIGGED: ")
    assert '<testsuites name="unrig vet"' in (tmp_path / "r.xml").read_text()
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith((".", "r.", "R."))) == sorted(names)


@pytest.mark.parametrize("name", ["r.parquet", "r.pdf", "r.xml.gz", "r.cdx", "json", "r"])
def test_a_format_that_vet_does_not_have_is_refused_before_any_work(tmp_path: Path, unrig: Caller, name: str) -> None:
    ended = unrig("vet", tmp_path / "missing", "--output", tmp_path / name)
    assert ended.code == 2
    assert "expected a suffix of .json, .jsonl, .html, .sarif, .cdx.json" in ended.err
    assert not (tmp_path / name).exists()


def test_an_output_without_a_folder_is_refused_and_an_unknown_format_too(tmp_path: Path, unrig: Caller) -> None:
    assert "Make it first" in unrig("vet", "x", "--output", tmp_path / "none" / "r.json").err
    (tmp_path / "folder.json").mkdir()
    assert "found a folder" in unrig("vet", "x", "--output", tmp_path / "folder.json").err
    assert "expected one of text, json, jsonl, html, sarif" in unrig("vet", "x", "--format", "pdf").err


def test_junit_goes_by_the_fail_level(tmp_path: Path, unrig: Caller) -> None:
    signed_only = release(tmp_path / "clean", CLEAN)  # without the lab's root: findings below high
    for level, code, said in (("high", 0, 'failures="0"'), ("low", 1, 'type="low"')):
        ended = unrig("vet", signed_only, "--output", tmp_path / "r.xml", "--fail-on", level)
        assert (ended.code, said in (tmp_path / "r.xml").read_text()) == (code, True)


def test_half_an_output_never_stands_under_its_name(
    tmp_path: Path, unrig: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "r.json"
    target.write_text("what stood there before")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    ended = unrig("vet", release(tmp_path / "clean", CLEAN), "--output", target)
    assert ended.code == 2
    assert "No space left on device" in ended.err
    assert target.read_text() == "what stood there before"
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".part"]


def test_standard_input_is_a_release(tmp_path: Path) -> None:
    files = {path.name: path.read_bytes() for path in release(tmp_path / "r", RIGGED).rglob("*") if path.is_file()}
    archive = build_zip(tuple(ZipEntry(name=name, content=data) for name, data in files.items()))
    trust = policy(tmp_path)
    ended = program("vet", "-", "--policy", trust, "--format", "json", stdin=archive)
    document = _document(ended)
    assert (ended.code, document["verdict"]) == (1, "rigged")
    assert document["release"]["path"] == "-"
    assert document["artifacts"][0]["path"] == "stdin"
    again = program("vet", "-", "--policy", trust, "--format", "json", stdin=archive)
    assert document["findings"] == _document(again)["findings"]


def test_quiet_is_one_line_and_no_color_means_none(tmp_path: Path, unrig: Caller) -> None:
    folder = release(tmp_path / "rigged", RIGGED)
    assert unrig("vet", folder, "--quiet").out.count(b"\n") == 1
    for flags in ((), ("--no-color",)):
        assert b"\x1b" not in unrig("vet", folder, *flags).out


def test_a_waiver_holds_on_the_command_line(tmp_path: Path, unrig: Caller) -> None:
    folder = release(tmp_path / "carrier", CARRIER_ONLY)
    found = _document(unrig("vet", folder, "--policy", policy(tmp_path), "--format", "json"))
    waivers = "".join(
        f'[[waivers]]\nrule = "{finding["rule"]}"\nartifact_sha256 = "{finding["artifacts"][0]["sha256"]}"\n'
        'reason = "known"\nowner = "me"\nexpires = 2023-09-01\n'
        for finding in found["findings"]
    )
    ended = unrig("vet", folder, "--policy", policy(tmp_path, waivers), "--format", "json")
    document = _document(ended)
    assert (ended.code, document["verdict"], document["verdict_without_waivers"]) == (0, "clean", "rigged")
    assert document["waived"]


def test_a_policy_inside_the_release_is_no_policy(
    tmp_path: Path, unrig: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = release(tmp_path / "clean", CLEAN)
    policy(folder, 'fail_on = "low"\n')
    monkeypatch.chdir(folder)
    inside = unrig("vet", ".", "--format", "json")
    assert "untrusted-chain" in {finding["rule"] for finding in _document(inside)["findings"]}
    assert inside.code == 0
    monkeypatch.chdir(tmp_path)
    policy(tmp_path)
    beside = unrig("vet", "clean", "--format", "json")
    assert "untrusted-chain" not in {finding["rule"] for finding in _document(beside)["findings"]}


def test_revocation_lists_in_der_and_pem(tmp_path: Path, unrig: Caller) -> None:
    folder = release(tmp_path / "clean", CLEAN)
    trust = policy(tmp_path)
    (tmp_path / "lab.crl").write_bytes(lab_crls()[0])
    assert unrig("vet", folder, "--policy", trust, "--crl", tmp_path / "lab.crl").code == 0
    (tmp_path / "bad.crl").write_text("no list")
    bad = unrig("vet", folder, "--crl", tmp_path / "bad.crl")
    assert (bad.code, "bad.crl" in bad.err) == (2, True)
    assert unrig("vet", folder, "--crl", tmp_path / "none.crl").code == 2


def test_redacting_changes_nothing_of_vet_whose_result_names_nobody(tmp_path: Path, unrig: Caller) -> None:
    clean = release(tmp_path / "clean", CLEAN)
    plain, redacted = (json.loads(unrig("vet", clean, "--format", "json", *more).out) for more in ((), ("--redact",)))
    assert {**plain, "stats": 0} == {**redacted, "stats": 0}


@pytest.mark.parametrize("verb", ["scope", "case", "respond"])
def test_a_flag_that_a_verb_would_pass_over_is_refused(tmp_path: Path, unrig: Caller, verb: str) -> None:
    ended = unrig(verb, tmp_path, "--pack", tmp_path)
    assert (ended.code, "--pack" in ended.err) == (2, True)


@pytest.mark.parametrize("epoch", ["tomorrow", "9" * 30, "-9" + "9" * 20])
def test_a_date_that_is_none(tmp_path: Path, unrig: Caller, monkeypatch: pytest.MonkeyPatch, epoch: str) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    ended = unrig("vet", release(tmp_path / "clean", CLEAN))
    assert (ended.code, "SOURCE_DATE_EPOCH" in ended.err) == (2, True)


def test_formats_of_names() -> None:
    cases = {"a.json": "json", "a.b.JSONL": "jsonl", "a": "", ".json": "json", "x.cdx.json": "cdx.json"}
    assert {name: render.format_of(Path(name)) for name in cases} == cases
