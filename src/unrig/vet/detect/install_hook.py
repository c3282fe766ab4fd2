"""A package runs something when it is installed.

Sees:      preinstall, install and postinstall of a package.json, and what the script they name is able to do.
Matters:   such a hook runs with the rights of whoever installs, before anybody has used a line of the package; most
           rigged npm packages of recent years used one.
Blind to:  setup.py (which runs by its nature), hooks of other ecosystems, scripts that the named one loads.
False positives:  packages that build or fetch their native part: info, low where the script reaches the network and
           starts programs; medium where the command itself fetches or decodes what it runs, or the script hides its code.
           One that the baseline does not have weighs a step more: the npm worms of 2025 added theirs to old packages.
Measured:  20 real release pairs, 16,316 files of its kind: 0 pairs at medium or above, 2 below (`make measure`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from unrig.model.capability import Capability
from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.rule import ArtifactView, Hit, ReleaseView, Rule
from unrig.model.script import RunsAt, ScriptFacts

HOOKS = frozenset({"preinstall", "install", "postinstall"})
FETCHES = re.compile(
    r"\b(?:curl|wget|iwr|Invoke-WebRequest|bitsadmin|certutil)\b|powershell\b.*\s-e(?:nc)?\b|\bnode\s+(?:-e|--eval|-p)\b"
    r"|base64\s+-{1,2}d|\|\s*(?:ba)?sh\b|python[0-9.]*\s+-c\b|https?://",
    re.IGNORECASE,
)
SCRIPT = re.compile(r"(?:^|[\s\"'])(?:\./)?([\w@./-]+\.(?:c|m)?js)\b")
TRIES = re.compile(
    r"""\s*node\s+(?:-e|--eval)\s+(["'])\s*try\s*\{\s*require\(\s*(\\?["'])\./?([\w@./-]*?)\2\s*\)\s*;?\s*\}\s*"""
    r"""catch\s*(?:\(\s*\w+\s*\))?\s*\{\s*\}\s*;?\s*\1\s*"""
)
"""What only loads a file of the package, and says nothing if that fails: core-js and many after it do so."""
REACHES = frozenset({Capability.NETWORK, Capability.PROCESS})


class _Weight(Struct, frozen=True, kw_only=True):
    """How much a hook weighs, and why."""

    severity: Severity
    why: str


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for each hook of each package."""
    scripts = {
        view.artifact.path: view for view in release.artifacts if isinstance(view.facts.get(ScriptFacts), ScriptFacts)
    }
    before = _before(release)
    for path, view in sorted(scripts.items()):
        facts: ScriptFacts = view.facts[ScriptFacts]
        for run in facts.runs if facts.language == "package" else ():
            if run.when in HOOKS:
                weight = _weigh(run, path.rpartition("/")[0], scripts)
                if run not in before.get(view.artifact.id, facts.runs):
                    weight = _newly(weight)
                yield Hit(
                    what=f"runs {run.command!r} at {run.when}{weight.why}",
                    keys=(f"/scripts/{run.when}",),
                    artifacts=(view.artifact.id,),
                    expected="nothing that runs at installation",
                    observed=run.command,
                    severity=weight.severity,
                )


def _before(release: ReleaseView) -> dict[str, tuple[RunsAt, ...]]:
    """Return what each changed script ran by itself in the baseline, by the id it has now."""
    return {
        change.after.artifact.id: facts.runs
        for change in release.changes
        if change.after is not None
        and change.before is not None
        and isinstance(facts := change.before.facts.get(ScriptFacts), ScriptFacts)
    }


def _newly(weight: _Weight) -> _Weight:
    """Return what a hook weighs that the release before did not have: one step more than in a first release."""
    severity = Severity.LOW if weight.severity is Severity.INFO else Severity.MEDIUM
    return _Weight(severity=severity, why=f"{weight.why}; the baseline did not")


def _weigh(run: RunsAt, folder: str, scripts: Mapping[str, ArtifactView]) -> _Weight:
    tries = TRIES.fullmatch(run.command)
    if tries is None and FETCHES.search(run.command):
        return _Weight(severity=Severity.MEDIUM, why=", which fetches or decodes what it runs")
    names = _loaded(tries[3]) if tries else [match[1] for match in SCRIPT.finditer(run.command)]
    for view in (scripts[path] for name in names if (path := f"{folder}/{name}".lstrip("/")) in scripts):
        facts: ScriptFacts = view.facts[ScriptFacts]
        if facts.obfuscation.decoded_arguments or facts.obfuscation.hex_names:
            return _Weight(severity=Severity.MEDIUM, why=", a script that hides its code")
        able = {one.capability for one in facts.capabilities}
        if able >= REACHES:
            return _Weight(severity=Severity.LOW, why=", a script that reaches the network and starts programs")
    return _Weight(severity=Severity.INFO, why="")


def _loaded(name: str) -> list[str]:
    """Return the files that `require` of a path looks for, in its order (Node.js, Modules: CommonJS, `require(X)`)."""
    name = name.strip("/")
    within = f"{name}/" if name else ""
    return [name, f"{name}.js", f"{name}.cjs", f"{within}index.js"]


RULE = Rule(
    id="install-hook",
    title="A package that runs something when it is installed",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.NURSERY,
    techniques=("T1195.001", "T1204.005"),
    over="release",
    reads=(ScriptFacts,),
    check=check,
    benign="a package that builds or fetches its native part",
)
