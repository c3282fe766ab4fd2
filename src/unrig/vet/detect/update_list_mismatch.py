"""A list of updates names a package that is another one than the file beside it.

Sees:      a package beside Squirrel's list RELEASES whose SHA-1 or size is not the one that the list has.
Matters:   the updater compares exactly these before it installs. A package that was exchanged after the release was
           made leaves its old line behind.
Blind to:  a list written anew together with the package; packages that are not in the release; SHA-1 collisions.
False positives:  a folder put together by hand from two builds.
Measured:  not measured: no file of its kind in 49 judging release pairs (`make measure`).
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.paths import file_name
from unrig.model.rule import ArtifactView, Hit, ReleaseView, Rule
from unrig.model.squirrel import ListedPackage, PackageDigestFacts, UpdateListFacts


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for each package that is not as its list says."""
    packages = {
        v.artifact.path: v for v in release.artifacts if isinstance(v.facts.get(PackageDigestFacts), PackageDigestFacts)
    }
    for view in release.artifacts if packages else ():
        facts = view.facts.get(UpdateListFacts)
        folder = view.artifact.path.removesuffix(file_name(view.artifact.path))
        for listed in facts.packages if isinstance(facts, UpdateListFacts) else ():
            package = packages.get(f"{folder}{listed.name}")
            if package is not None and not _fits(package, listed):
                yield _hit(view, package, listed)


def _fits(package: ArtifactView, listed: ListedPackage) -> bool:
    digest: str = package.facts[PackageDigestFacts].sha1
    return (digest, package.artifact.size) == (listed.sha1, listed.size)


def _hit(view: ArtifactView, package: ArtifactView, listed: ListedPackage) -> Hit:
    return Hit(
        what=f"{package.artifact.path} is not the package that {view.artifact.path} lists",
        keys=(f"RELEASES/{listed.name}",),
        artifacts=(package.artifact.id,),
        expected=f"SHA-1 {listed.sha1}, {listed.size:,} bytes",
        observed=f"SHA-1 {package.facts[PackageDigestFacts].sha1}, {package.artifact.size:,} bytes",
    )


RULE = Rule(
    id="update-list-mismatch",
    title="A package that is not the one its list of updates names",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.NURSERY,
    techniques=("T1195.002",),
    over="release",
    reads=(UpdateListFacts, PackageDigestFacts),
    check=check,
    benign="a folder put together from two builds",
)
