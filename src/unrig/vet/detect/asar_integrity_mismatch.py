"""An Electron program is not shipped with what its own hashes say: another archive, or another file beside it.

Sees:      a program whose resource ELECTRONASAR, or the ElectronAsarIntegrity of its Info.plist, has a hash of an archive
           of the release, and that archive's directory has another one; a file in the folder `.unpacked` of an archive
           whose hash or size the archive's directory states otherwise, or that is not there.
Matters:   the program's code stands in the archive, and what it loads as machine code beside it. Whoever changes one after
           the build, and forgets or cannot sign the program anew, leaves this behind.
Blind to:  archives changed together with the program; programs without such hashes, and binary property lists; content
           changed under a directory that still says so (archive-unexplained-bytes sees that).
False positives:  a build that packs its archive again after the hash was written: medium, where the fuse is off that
           makes the program refuse such an archive. Libraries that are signed after the archive was made differ in hash
           and size: low where they are signed, or for macOS. Files that a packager took out again: info.
Measured:  not measured: no file of its kind in 49 judging release pairs (`make measure`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from unrig.model.asar import AsarFacts
from unrig.model.electron import AsarHash, ElectronFacts
from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.paths import file_name
from unrig.model.rule import ArtifactView, Hit, ReleaseView, Rule
from unrig.model.signature import SignatureFacts

ALGORITHM = "SHA256"


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for each archive that is not the one that its program has the hash of, and each file beside it."""
    yield from _archives(release)
    by_path = {view.artifact.path: view for view in release.artifacts}
    for view in release.artifacts:
        facts = view.facts.get(AsarFacts)
        if isinstance(facts, AsarFacts) and facts.unpacked:
            yield from _beside(view, facts, by_path)


def _beside(archive: ArtifactView, facts: AsarFacts, by_path: Mapping[str, ArtifactView]) -> Iterator[Hit]:
    """Yield one hit for each unpacked file that is another one, and one for all that are not there."""
    folder = f"{archive.artifact.path}.unpacked/"
    missing = [one.path for one in facts.unpacked if folder + one.path not in by_path]
    for one in facts.unpacked:
        view = by_path.get(folder + one.path)
        if view is not None and one.sha256 and one.sha256 != view.artifact.sha256:
            yield Hit(
                what=f"{view.artifact.path} is not the file that {archive.artifact.path} has the hash of",
                keys=(f"unpacked/{one.path}",),
                artifacts=(view.artifact.id,),
                expected=f"SHA-256 {one.sha256}, {one.size:,} bytes",
                observed=f"SHA-256 {view.artifact.sha256}, {view.artifact.size:,} bytes",
                severity=Severity.LOW if _signed(view) else Severity.MEDIUM,
            )
    if missing:
        yield Hit(
            what=f"{archive.artifact.path} lists {len(missing):,} files beside it that are not there ({missing[0]})",
            keys=("unpacked",),
            artifacts=(archive.artifact.id,),
            expected=f"{len(facts.unpacked):,} files in {folder}",
            observed=f"{len(facts.unpacked) - len(missing):,}",
            severity=Severity.INFO,
        )


def _signed(view: ArtifactView) -> bool:
    """Tell whether signing may have changed a file after its hash was taken: that of a Mach-O stands inside it."""
    facts = view.facts.get(SignatureFacts)
    return view.artifact.format == "macho" or (isinstance(facts, SignatureFacts) and bool(facts.signatures))


def _archives(release: ReleaseView) -> Iterator[Hit]:
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
    title="An Electron program that is not shipped with what its hashes say",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.NURSERY,
    techniques=("T1195.002", "T1554"),
    over="release",
    reads=(AsarFacts, ElectronFacts),
    check=check,
    benign="an archive packed again after the hash was written, by a build that does not ask the program to check it",
)
