"""A program carries bytes as uniform as encrypted ones, in a resource, behind its sections or in Base64.

Sees:      8 KiB or more of uniform bytes in a resource or behind the sections (a resource of 1 to 8 KiB counts if all
           of it is), where no known compression begins; runs of 1,024 digits or more that decode to uniform bytes.
Matters:   a payload that is decrypted at run time has to be somewhere, and resources are where programs look things up.
Blind to:  sections: tables of ciphers, of Unicode and of models are uniform too (in 25 of 86 real releases); blobs
           with a false header of a compressed format in front; Brotli, which has no header and is taken for a blob.
False positives:  licence and model files; installers of their own format, of which only a library would be odd: low in
           a program that is no library; pictures with a lot of noise: low. An archive in Base64 (the modules that
           shiboken6 carries): low.
Measured:  49 judging release pairs, 605 files of its kind in 44 of them: 0 at medium or above,
           5 below (`make measure`).
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.model.blobs import Blob, BlobFacts
from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.pe import PeFacts
from unrig.model.rule import Hit, Rule

PICTURES = ("resource RT_ICON/", "resource RT_BITMAP/", "resource RT_CURSOR/")


def check(facts: BlobFacts, pe: PeFacts) -> Iterator[Hit]:
    """Yield one hit for each blob outside the sections, and for each encoding of one."""
    for blob in facts.blobs:
        if not blob.where.startswith("section"):
            yield Hit(
                what=f"{blob.bytes.span.length:,} bytes as uniform as encrypted ones stand in {_where(blob)}",
                spans=(blob.bytes.span,),
                expected="data with a structure, or a known compression",
                observed=f"{blob.bytes.entropy:.2f} bits a byte",
                severity=_severity(blob, pe),
            )
    for run in facts.encoded:
        if run.uniform:
            yield Hit(
                what=f"{run.span.length:,} digits of {run.encoding} in {run.where} say bytes as uniform as encrypted ones",
                spans=(run.span,),
                expected="none",
                observed=f"{run.encoding} of uniform bytes, {run.decoded_as or 'of no format'}",
                severity=Severity.LOW if run.decoded_as not in ("", "opaque") else Severity.MEDIUM,
            )


def _where(blob: Blob) -> str:
    return "the file behind its sections" if blob.where == "overlay" else blob.where


def _severity(blob: Blob, pe: PeFacts) -> Severity:
    if blob.where.startswith(PICTURES) or (blob.where == "overlay" and not pe.is_dll):
        return Severity.LOW
    return Severity.MEDIUM


RULE = Rule(
    id="encrypted-blob",
    title="Bytes as uniform as encrypted ones inside a program",
    severity=Severity.MEDIUM,
    confidence=Confidence.LOW,
    maturity=Maturity.STABLE,
    techniques=("T1027.009", "T1027.013"),
    over="artifact",
    reads=(BlobFacts, PeFacts),
    check=check,
    benign="a licence file or a compressed resource without a header",
)
