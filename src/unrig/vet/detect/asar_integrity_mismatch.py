"""An Electron program has the hash of another archive than the one it is shipped with.

Sees:      a program whose resource ELECTRONASAR has a hash of an archive of the release, and that archive's
           directory has another one.
Matters:   the program's code stands in the archive. Whoever changes it after the build, and forgets or cannot sign the
           program anew, leaves this behind.
Blind to:  archives changed together with the program; programs without that resource, and those for macOS; content
           changed under a directory that still says so (archive-unexplained-bytes sees that).
False positives:  a build that packs its archive again after the hash was written: medium, where the fuse is off that
           makes the program refuse such an archive.
Measured:  not measured: no file of its kind in 20 real release pairs (`make measure`).
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.asar import AsarFacts
from unrig.model.electron import AsarHash, ElectronFacts
from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.paths import file_name
from unrig.model.rule import ArtifactView, Hit, ReleaseView, Rule

ALGORITHM = "SHA256"


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for each archive that is not the one that its program has the hash of."""
    archives = {
        view.artifact.path.casefold(): view
        for view in release.artifacts
        if isinstance(view.facts.get(AsarFacts), AsarFacts)
    }
    for view in release.artifacts if archives else ():
        facts = view.facts.get(ElectronFacts)
        for wanted in facts.hashes if isinstance(facts, ElectronFacts) else ():
            folder = view.artifact.path.removesuffix(file_name(view.artifact.path))
            archive = archives.get(f"{folder}{wanted.path}".casefold())
            if archive is not None and isinstance(facts, ElectronFacts):
                yield from _hit(view, archive, wanted, Severity.HIGH if facts.checks_archive else Severity.MEDIUM)


def _hit(program: ArtifactView, archive: ArtifactView, wanted: AsarHash, severity: Severity) -> Iterator[Hit]:
    facts = archive.facts[AsarFacts]
    if wanted.algorithm != ALGORITHM or facts.directory_sha256 == wanted.value:
        return
    refuses = "would refuse it" if severity is Severity.HIGH else "does not look"
    yield Hit(
        what=f"{archive.artifact.path} is not the archive that {program.artifact.path} was built with, which {refuses}",
        keys=(f"ELECTRONASAR/{wanted.path}",),
        artifacts=(archive.artifact.id,),
        expected=f"SHA-256 {wanted.value} of its directory",
        observed=facts.directory_sha256,
        severity=severity,
    )


RULE = Rule(
    id="asar-integrity-mismatch",
    title="An Electron program with the hash of another archive",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.NURSERY,
    techniques=("T1195.002", "T1554"),
    over="release",
    reads=(AsarFacts, ElectronFacts),
    check=check,
    benign="an archive packed again after the hash was written, by a build that does not ask the program to check it",
)
