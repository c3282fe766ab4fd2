"""A Python package brings code that runs whenever Python starts, whether the package is used or not.

Sees:      lines with code in path configuration files (`.pth`), and `sitecustomize.py` or `usercustomize.py` where Python
           looks for them: low; medium where the baseline had no such code, or where the module that a line loads
           speaks to the network and starts programs, or runs what it decodes; high where a line itself starts a
           program, speaks to the network or decodes.
Matters:   nobody needs to import the package for it to run, and it runs in every other program of the same Python.
Blind to:  what the loaded module loads in turn; abilities that a line builds from pieces of words.
False positives:  namespace packages, editable installs, measuring of coverage, debuggers and setuptools: low.
Measured:  not yet measured
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from unrig.model.capability import Capability
from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.paths import SEPARATOR, file_name
from unrig.model.python_startup import PythonStartupFacts, StartupLine
from unrig.model.rule import ArtifactView, Hit, ReleaseView, Rule
from unrig.model.script import ScriptFacts

HOOKS = frozenset({"sitecustomize.py", "usercustomize.py"})
SITE = re.compile(r"(?:.*!/)?(?:[^/!]+\.data/(?:purelib|platlib)/)?[^/]+|(?:.*/)?(?:site|dist)-packages/[^/]+")
"""Where Python looks for them: where a wheel puts its modules, and the folders of installed packages."""
REACHES = frozenset({Capability.NETWORK, Capability.PROCESS})


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for each path configuration file with code, and one for each hook of `site`."""
    known = {text for view in release.baseline for text in _code(view)}
    modules = {view.artifact.path: view for view in release.artifacts if view.facts.get(ScriptFacts) is not None}
    for view in release.artifacts:
        name = file_name(view.artifact.path).lower()
        if name.endswith(".pth"):
            newly = bool(release.baseline) and not set(_code(view)) <= known
            yield from _path_file(view, modules, Severity.MEDIUM if newly else Severity.LOW)
        elif name in HOOKS and SITE.fullmatch(view.artifact.path):
            newly = bool(release.baseline) and not any(
                file_name(one.artifact.path).lower() == name for one in release.baseline
            )
            yield _hook(view, Severity.MEDIUM if newly or _acts(view) else Severity.LOW)


def _code(view: ArtifactView) -> list[str]:
    facts = view.facts.get(PythonStartupFacts)
    if not isinstance(facts, PythonStartupFacts) or not view.artifact.path.lower().endswith(".pth"):
        return []
    return [line.text for line in facts.lines]


def _path_file(view: ArtifactView, modules: Mapping[str, ArtifactView], least: Severity) -> Iterator[Hit]:
    facts = view.facts.get(PythonStartupFacts)
    lines = facts.lines if isinstance(facts, PythonStartupFacts) else ()
    if not lines:
        return
    worst = max(lines, key=lambda line: len(line.reaches))
    folder = view.artifact.path.removesuffix(file_name(view.artifact.path))
    loads = next((one for one in _loaded(folder, lines) if one in modules and _acts(modules[one])), "")
    why, severity = "", least
    if worst.reaches:
        why, severity = f", with {', '.join(worst.reaches)}", Severity.HIGH
    elif loads:
        why, severity = f", and loads {file_name(loads)}, which reaches further", Severity.MEDIUM
    yield Hit(
        what=f"runs code whenever Python starts: {worst.text[:120]}{why}",
        spans=(worst.span,),
        artifacts=(view.artifact.id,),
        expected="folders, one a line",
        observed=f"{len(lines)} lines of code",
        severity=severity,
    )


def _loaded(folder: str, lines: tuple[StartupLine, ...]) -> Iterator[str]:
    """Yield the paths that the modules of the lines may have beside the path configuration file."""
    for module in (one for line in lines for one in line.modules):
        path = f"{folder}{module.replace('.', '/')}"
        yield from (f"{path}.py", f"{path}/__init__.py")


def _acts(view: ArtifactView) -> bool:
    """Tell whether a script speaks to the network and starts programs, or runs what it decodes."""
    facts = view.facts.get(ScriptFacts)
    if not isinstance(facts, ScriptFacts):
        return False
    return bool(facts.obfuscation.decoded_arguments) or {one.capability for one in facts.capabilities} >= REACHES


def _hook(view: ArtifactView, severity: Severity) -> Hit:
    return Hit(
        what=f"runs whenever Python starts, by its name{', and reaches further' if _acts(view) else ''}",
        keys=("site",),
        artifacts=(view.artifact.id,),
        expected="modules that run when they are imported",
        observed=view.artifact.path.rpartition(SEPARATOR)[2],
        severity=severity,
    )


RULE = Rule(
    id="python-startup-code",
    title="Code that runs whenever Python starts",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.NURSERY,
    techniques=("T1546.018", "T1195.001"),
    over="release",
    reads=(PythonStartupFacts,),
    check=check,
    benign="a namespace package or an editable install",
)
