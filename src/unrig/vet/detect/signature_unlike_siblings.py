"""A program is not signed although the others of its folder are, all by one publisher.

Sees:      in a folder of five programs or more, of which at least six in ten are signed by one organisation, those that
           carry no signature at all.
Matters:   who changes a library after the signing step, or builds one apart, leaves it unsigned among signed ones (one
           of the two rigged ffmpeg.dll that 3CX shipped).
Blind to:  programs signed by somebody else; folders where few are signed; a rigged file that went through the signing
           step (the other one).
False positives:  open-source libraries that a publisher ships as they came: low where one file alone is unsigned, info
           where several are; medium only where the file says it is by the company that signed the others.
Measured:  49 judging release pairs, 605 files of its kind in 44 of them: 0 at medium or above,
           1 below (`make measure`).
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.pe import PeFacts
from unrig.model.rule import Hit, ReleaseView, Rule
from unrig.model.signature import SignatureFacts
from unrig.vet.siblings import company, folders, majority, odd_signature


def check(release: ReleaseView) -> Iterator[Hit]:
    """Yield one hit for each unsigned program among signed ones."""
    for folder in folders(release.artifacts):
        signer, unsigned = odd_signature(folder)
        signed = [view for view in folder.members if view not in unsigned]
        common = majority([company(view) for view in signed])
        for view in unsigned:
            same = bool(common) and company(view) == common
            lone = Severity.LOW if len(unsigned) == 1 else Severity.INFO
            yield Hit(
                what=f"is not signed; {len(signed)} of the {len(folder.members)} programs beside it are, most by {signer}"
                + (f", and says it is by {common} like them" if same else ""),
                keys=("signature/unlike siblings",),
                artifacts=(view.artifact.id,),
                expected=f"a signature of {signer}",
                observed="none",
                severity=Severity.MEDIUM if same else lone,
            )


RULE = Rule(
    id="signature-unlike-siblings",
    title="Not signed among programs that are",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.STABLE,
    techniques=("T1195.002", "T1553.002"),
    over="release",
    reads=(PeFacts, SignatureFacts),
    check=check,
    benign="a library of somebody else that is shipped as it came",
)
