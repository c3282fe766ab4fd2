"""Golden runs: what each verb prints over one drill, as text and as its document.

`make golden` rewrites the files in `relay/`; the review is their diff. What differs from run to run (seconds, the
layers of the sandbox, the version) is masked, and of a long list of a document only its first records stand here.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from cli_kit import Ended, program

from unrig import __version__
from unrig.drill.build.folder import write_folder
from unrig.drill.incidents.relay import build

SEED = 7
AT = "1685577600"
HERE = Path(__file__).parent / "relay"
REWRITE = os.environ.get("UNRIG_GOLDEN") == "rewrite"
VERBS = ("vet", "hunt", "scope", "investigate", "case", "respond")
FEW = 2
"""Records of a list that stand in a golden document; the rest is a count."""


class Runs:
    """The verbs, run once in the order of the loop over a drill that was built once."""

    def __init__(self, folder: Path) -> None:
        built = build(SEED)
        write_folder(built.files, folder)
        paths = {each.role: each.path for each in built.truth.releases}
        vet = (paths["rigged"], "--baseline", paths["baseline"], "--policy", "unrig.toml")
        hunted, leads = built.truth.hunt.telemetry, ("--leads", "vet.json")
        scope, claims = built.truth.scope, built.truth.claims.claims
        given = ("--telemetry", hunted, "--inventory", scope.inventory, "--sbom", scope.sboms, "--claims", claims)
        self.arguments: dict[str, tuple[str, ...]] = {
            "vet": vet,
            "hunt": (hunted, *leads),
            "scope": (scope.inventory, "--sbom", scope.sboms, *leads),
            "investigate": (*vet, *given, "--fix", paths["fixed"], "--case", "case"),
            "case": ("case",),
            "respond": ("case", "--fix", paths["fixed"]),
        }
        self.folder = folder
        self.ended = {verb: self._run(verb) for verb in VERBS}

    def _run(self, verb: str) -> Ended:
        output = ("--output", f"{verb}.json")
        return program(verb, *self.arguments[verb], *output, cwd=self.folder, SOURCE_DATE_EPOCH=AT, NO_COLOR="1")

    def text(self, verb: str) -> str:
        return re.sub(r"\b\d+\.\d s\b", "0.0 s", self.ended[verb].out.decode())

    def document(self, verb: str) -> str:
        found = json.loads((self.folder / f"{verb}.json").read_bytes())
        found |= {"stats": {}, "unrig_version": found["unrig_version"].replace(__version__, "VERSION")}
        return json.dumps({name: _short(value) for name, value in found.items()}, indent=1, ensure_ascii=False) + "\n"


def _short(value: Any) -> Any:
    match value:
        case list() if len(value) > FEW:
            return [*map(_short, value[:FEW]), f"... and {len(value) - FEW} more"]
        case list():
            return [_short(one) for one in value]
        case dict():
            return {name: _short(one) for name, one in value.items()}
        case _:
            return value


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    return Runs(tmp_path_factory.mktemp("golden") / "relay")


def compare(name: str, found: str) -> None:
    """Compare what a verb said with the golden file, or make it so."""
    path = HERE / name
    if REWRITE:
        path.parent.mkdir(exist_ok=True)
        path.write_text(found)
    assert found == path.read_text(), f"{name}: no longer as it was; if it is meant, `make golden` and review the diff"


@pytest.mark.parametrize("verb", VERBS)
def test_what_a_verb_prints_is_what_it_printed(runs: Runs, verb: str) -> None:
    assert (runs.ended[verb].code in (0, 1), runs.ended[verb].err) == (True, "")
    compare(f"{verb}.txt", runs.text(verb))


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "investigate"])
def test_the_document_of_a_verb_is_what_it_was(runs: Runs, verb: str) -> None:
    compare(f"{verb}.json", runs.document(verb))


def test_no_golden_file_is_left_over() -> None:
    wanted = {f"{verb}.txt" for verb in VERBS} | {f"{verb}.json" for verb in VERBS if verb != "investigate"}
    assert {path.name for path in HERE.iterdir()} == wanted


def test_a_golden_run_tells_nothing_of_the_machine(runs: Runs) -> None:
    said = "".join(path.read_text() for path in HERE.iterdir())
    assert str(runs.folder) not in said
    assert os.environ["XDG_CACHE_HOME"] not in said
