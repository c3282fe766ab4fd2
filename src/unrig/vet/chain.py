"""Certificate paths as Windows judges them for Authenticode (RFC 5280 section 6.1, without policies).

Own code and no library's, since what Authenticode asks differs from TLS: the moment is the time stamp's, weak
digests on the path are no fault (MD5 and SHA-1 signed the roots of 2000), extended key usages of authorities
restrict those below, and each root has the limits of Microsoft's trust list.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from msgspec import Struct, structs

from unrig.formats import x509, x509_verify
from unrig.model.errors import FormatError, LimitError
from unrig.model.signature import ChainStatus
from unrig.vet import chain_anchors, chain_names
from unrig.vet.chain_anchors import Anchor, Anchors
from unrig.vet.chain_revocation import RevocationLists, Revoked

LONGEST = 8  # certificates; real paths have 3 to 5
MOST_PATHS = 32
MOST_STEPS = 512

PROCESSED = {
    x509.BASIC_CONSTRAINTS,
    x509.KEY_USAGE,
    x509.EXTENDED_KEY_USAGE,
    x509.SUBJECT_KEY_IDENTIFIER,
    x509.NAME_CONSTRAINTS,
    "2.5.29.17",  # subjectAltName
    "2.5.29.31",  # cRLDistributionPoints
    "2.5.29.32",  # certificatePolicies: no policy is asked for
    "2.5.29.33",  # policyMappings: same
    "2.5.29.35",  # authorityKeyIdentifier
    "2.5.29.36",  # policyConstraints: same
    "2.5.29.54",  # inhibitAnyPolicy: same
    "1.3.6.1.4.1.311.21.10",  # Microsoft application policies: extended key usages again
}
"""Extensions that may be critical."""

WEAK = ("md5", "sha1")
ORDER = (
    ChainStatus.TRUSTED,
    ChainStatus.REVOKED,
    ChainStatus.EXPIRED,
    ChainStatus.WRONG_USAGE,
    ChainStatus.INVALID,
    ChainStatus.UNTRUSTED_ROOT,
    ChainStatus.INCOMPLETE,
)
"""Of several paths the one that comes first here is told."""


class Judgement(Struct, frozen=True, kw_only=True):
    """What comes of one path."""

    status: ChainStatus
    root: str = ""
    impersonates: str = ""
    """Subject of a trusted root whose name an issuer on the path bears without its key."""
    reason: str = ""


class Path(Struct, frozen=True, kw_only=True):
    """A path from a leaf upwards, judged in all that does not depend on the moment."""

    certificates: tuple[x509.Parsed, ...]
    anchor: Anchor | None
    fault: Judgement | None
    """Why it holds at no moment."""
    revoked: Revoked | None
    not_before: int
    not_after: int
    """The moments at which all its certificates are valid."""


def paths(
    leaf: x509.Parsed, pool: Sequence[x509.Parsed], purpose: str, anchors: Anchors, lists: RevocationLists
) -> tuple[Path, ...]:
    """Return every path from `leaf` through `pool`, at least one; at most 32 are looked at.

    `purpose` is code_signing or time_stamping.
    """
    found: list[Path] = []
    for certificates, anchor in _walk(leaf, pool, anchors):
        path = _path(certificates, anchor, purpose, lists)
        found.append(path if anchor else _with_claim(path, anchors))
        if len(found) == MOST_PATHS:
            break
    return tuple(found)


def _walk(
    leaf: x509.Parsed, pool: Sequence[x509.Parsed], anchors: Anchors
) -> Iterator[tuple[tuple[x509.Parsed, ...], Anchor | None]]:
    """Yield the paths depth first; the anchor is None where a path ends without one."""
    waiting: list[tuple[x509.Parsed, ...]] = [(leaf,)]
    for _ in range(MOST_STEPS):
        if not waiting:
            return
        path = waiting.pop()
        last = path[-1]
        itself = anchors.find(last)
        if itself:
            yield path, itself
            continue
        ends = [a for a in anchors.named(last.issuer) if x509_verify.issued_by(last, a.certificate)]
        for anchor in ends:
            yield (*path, anchor.certificate), anchor
        known = {c.sha256 for c in path} | {a.certificate.sha256 for a in ends}
        onward = [c for c in x509_verify.issuers(last, pool) if c.sha256 not in known]
        if len(path) < LONGEST:
            waiting += [(*path, c) for c in reversed(onward)]
        if not ends and (not onward or len(path) == LONGEST):
            yield path, None


def _path(certificates: tuple[x509.Parsed, ...], anchor: Anchor | None, purpose: str, lists: RevocationLists) -> Path:
    """Judge all of one path but its moment."""
    try:
        fault = _end_fault(certificates, anchor) or _usage_fault(certificates, anchor, purpose)
        fault = fault or _constraint_fault(certificates, anchor)
        revoked = _revoked(certificates, lists)
    except (FormatError, LimitError) as error:
        fault, revoked = Judgement(status=ChainStatus.INVALID, reason=str(error)), None
    return Path(
        certificates=certificates,
        anchor=anchor,
        fault=fault,
        revoked=revoked,
        not_before=max(c.not_before for c in certificates),
        not_after=min(c.not_after for c in certificates),
    )


def _end_fault(certificates: tuple[x509.Parsed, ...], anchor: Anchor | None) -> Judgement | None:
    """Judge where the path ends."""
    last = certificates[-1]
    if anchor:
        return None
    if x509_verify.issued_by(last, last):
        reason = "it ends in a root that neither Microsoft nor the policy trusts"
        return Judgement(status=ChainStatus.UNTRUSTED_ROOT, root=last.subject_text, reason=reason)
    return Judgement(
        status=ChainStatus.INCOMPLETE, reason=f"the issuer is neither carried nor known: {last.issuer_text}"
    )


def _with_claim(path: Path, anchors: Anchors) -> Path:
    """Add the trusted root whose name a path without one bears, on an issuer carried or only named."""
    issuers = path.certificates[1:] or path.certificates
    keys = {issuer.subject: issuer.spki_der for issuer in issuers}
    for name in (*keys, path.certificates[-1].issuer):
        bearer = anchors.bearer(name)
        if path.fault and bearer and bearer.certificate.spki_der != keys.get(name):
            claim = bearer.certificate.subject_text
            return structs.replace(path, fault=structs.replace(path.fault, impersonates=claim))
    return path


def _usage_fault(certificates: tuple[x509.Parsed, ...], anchor: Anchor | None, purpose: str) -> Judgement | None:
    """Judge extended key usages: each certificate below the root that names some must name this one.

    A time stamp's leaf must name it (RFC 3161 section 2.3); a code signer's without the extension may sign all.
    """
    below = certificates[:-1] if anchor and len(certificates) > 1 else certificates
    for index, certificate in enumerate(below):
        usages = x509.usages(certificate)
        explicit = purpose == "time_stamping" and index == 0
        if (usages or explicit) and purpose not in usages and "any" not in usages:
            reason = f"{certificate.subject_text} is not for {purpose}"
            return Judgement(status=ChainStatus.WRONG_USAGE, root=certificates[-1].subject_text, reason=reason)
    return None


def _constraint_fault(certificates: tuple[x509.Parsed, ...], anchor: Anchor | None) -> Judgement | None:
    """Judge who may issue what: basicConstraints, keyUsage, nameConstraints, unknown critical extensions."""
    reason = ""
    for index, certificate in enumerate(certificates):
        is_anchor = anchor is not None and index == len(certificates) - 1
        reason = reason or _own_fault(certificate)
        if index:
            reason = reason or _issuing_fault(certificates, index, strict=not is_anchor)
    if not reason:
        return None
    return Judgement(status=ChainStatus.INVALID, root=certificates[-1].subject_text, reason=reason)


def _own_fault(certificate: x509.Parsed) -> str:
    """Why a certificate is none whoever it is for (RFC 5280 sections 4.1.1.2 and 4.2)."""
    if certificate.algorithm.oid != certificate.inner_algorithm.oid:
        return f"{certificate.subject_text} names two signature algorithms"
    for extension in certificate.extensions:
        if extension.critical and extension.oid not in PROCESSED:
            return f"{certificate.subject_text} has an unknown critical extension {extension.oid}"
    return ""


def _issuing_fault(certificates: tuple[x509.Parsed, ...], index: int, *, strict: bool) -> str:
    """Why the certificate at `index` may not issue those below (RFC 5280 section 6.1.4 (k) to (n)).

    A root that is trusted as such need not say that it is an authority (`strict` is false): those of
    version 1 cannot.
    """
    certificate = certificates[index]
    may = x509.authority(certificate)
    if strict and not (may.is_ca and may.signs_certificates):
        return f"{certificate.subject_text} is no authority"
    between = sum(not c.self_issued for c in certificates[1:index])
    if may.longest_path is not None and between > may.longest_path:
        return f"{certificate.subject_text} allows {may.longest_path} authorities below it, found {between}"
    if strict and any(not chain_names.allowed(certificate, c) for c in certificates[:index]):
        return f"{certificate.subject_text} may not issue for this name"
    return ""


def _revoked(certificates: tuple[x509.Parsed, ...], lists: RevocationLists) -> Revoked | None:
    """Return the earliest revocation on the path; a root is not revoked by a CRL."""
    found = [entry for child, issuer in itertools.pairwise(certificates) if (entry := lists.find(child, issuer))]
    return min(found, key=lambda entry: entry.at, default=None)


def judge(path: Path, purpose: str, moment: int) -> Judgement:
    """Return what one path is worth at a moment, in Unix seconds."""
    if path.fault or path.anchor is None:
        return path.fault or Judgement(status=ChainStatus.INCOMPLETE)
    root = path.anchor.certificate.subject_text
    if path.revoked and path.revoked.at <= moment:
        reason = f"revoked at {path.revoked.at} ({path.revoked.reason or 'no reason stated'})"
        return Judgement(status=ChainStatus.REVOKED, root=root, reason=reason)
    if not path.not_before <= moment <= path.not_after:
        reason = f"a certificate on the path is valid from {path.not_before} to {path.not_after}, not at {moment}"
        return Judgement(status=ChainStatus.EXPIRED, root=root, reason=reason)
    reason = chain_anchors.refusal(path.anchor.root, purpose, path.certificates[0].not_before, moment)
    if reason:
        return Judgement(status=ChainStatus.UNTRUSTED_ROOT, root=root, reason=reason)
    return Judgement(status=ChainStatus.TRUSTED, root=root, reason=_weakness(path))


def best(found: Sequence[Path], purpose: str, moment: int) -> Judgement:
    """Return the judgement of the best path."""
    judged = [judge(path, purpose, moment) for path in found]
    return min(judged, key=lambda j: ORDER.index(j.status))


def _weakness(path: Path) -> str:
    """Say what a reader should know of a trusted path: digests below the root that no longer resist collisions."""
    weak = [c for c in path.certificates[:-1] if x509_verify.digest_name(c.algorithm) in WEAK]
    if not weak:
        return ""
    name = x509_verify.digest_name(weak[0].algorithm)
    return f"{name} signs {weak[0].subject_text}"
