"""Whether a file's signers and time stamps chain to a trusted root, at the moment they signed.

Chains depend on roots, policy, CRLs and time, so they are judged in each run and never cached. A time stamp
moves the moment only if it is verified and its own chain is trusted: otherwise whoever holds a stolen key could
state any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unrig.formats import x509
from unrig.model.errors import FormatError, LimitError
from unrig.model.signature import Chain, ChainStatus, SignatureFacts, TrustFacts
from unrig.vet import chain, chain_anchors
from unrig.vet.chain import Judgement
from unrig.vet.chain_anchors import Anchors
from unrig.vet.chain_revocation import RevocationLists
from unrig.vet.trust_request import SignatureQuestion, StampQuestion, TrustRequest, questions

CODE, TIME = "code_signing", "time_stamping"
LIFETIME = "lifetime_signing"  # szOID_KP_LIFETIME_SIGNING: a time stamp does not outlive the certificate


class TrustContext:
    """Roots, CRLs and the present, and the paths already walked."""

    def __init__(self, *, extra_roots: Sequence[bytes] = (), crls: Sequence[bytes] = (), now: int) -> None:
        """Take roots and CRLs in DER; FormatError or LimitError where one is none."""
        self.anchors = Anchors(extra_roots)
        self.lists = RevocationLists(crls)
        self.now = now
        self._paths: dict[tuple[str, tuple[str, ...]], tuple[chain.Path, ...]] = {}

    def best(self, names: tuple[str, ...], purpose: str, moment: int, certificates: Mapping[str, bytes]) -> Judgement:
        """Judge the best path from the first of these certificates; every distinct set is walked once."""
        key = (purpose, names)
        if key not in self._paths:
            pool = [parsed for name in names if (parsed := _parsed(certificates, name))]
            if not pool or pool[0].sha256 != names[0]:
                return Judgement(status=ChainStatus.INCOMPLETE, reason="the signer's certificate cannot be read")
            self._paths[key] = chain.paths(pool[0], pool[1:], purpose, self.anchors, self.lists)
        return chain.best(self._paths[key], purpose, moment)


def _parsed(certificates: Mapping[str, bytes], name: str) -> x509.Parsed | None:
    """Return a certificate by its SHA-256; None where it is missing, another one or malformed."""
    try:
        parsed = x509.parse(certificates.get(name, b""))
    except (FormatError, LimitError):
        return None
    return parsed if parsed.sha256 == name else None


def preload() -> None:
    """Read from disk what judging needs; call it before a worker is sealed."""
    chain_anchors.preload()


def judge_all(argument: TrustRequest, _descriptors: tuple[int, ...] = ()) -> tuple[TrustFacts, ...]:
    """Return the chains of each artifact, in order. A worker's task: it opens nothing once `preload` has run.

    Raises FormatError or LimitError where a root of the policy or a CRL of the user is none.
    """
    context = TrustContext(extra_roots=argument.extra_roots, crls=argument.crls, now=argument.now)
    return tuple(_judge(artifact, argument.certificates, context) for artifact in argument.artifacts)


def judge(facts: SignatureFacts, context: TrustContext) -> TrustFacts:
    """Return the chains of one artifact: for each signature its own, then those of its time stamps."""
    return _judge(questions(facts), {c.sha256: c.der for c in facts.certificates}, context)


def _judge(
    artifact: tuple[SignatureQuestion, ...], certificates: Mapping[str, bytes], context: TrustContext
) -> TrustFacts:
    """Answer every question about one artifact."""
    found: list[Chain] = []
    for index, question in enumerate(artifact):
        stamps = [_stamp_chain(index, stamp, certificates, context) for stamp in question.stamps]
        found += [_signature_chain(index, question, stamps, certificates, context), *stamps]
    return TrustFacts(chains=tuple(found))


def _stamp_chain(index: int, stamp: StampQuestion, certificates: Mapping[str, bytes], context: TrustContext) -> Chain:
    """Judge a time stamp's chain at the time it states (RFC 3161 section 4: it outlives its certificate)."""
    judged = Judgement(status=ChainStatus.INVALID, reason=stamp.failure)
    if not stamp.failure:
        judged = context.best(stamp.certificates, TIME, stamp.at, certificates)
    return _chain(index, TIME, judged, stamp.at, "time_stamp")


def _signature_chain(
    index: int,
    question: SignatureQuestion,
    stamps: Sequence[Chain],
    certificates: Mapping[str, bytes],
    context: TrustContext,
) -> Chain:
    """Judge a signer's chain at the earliest trusted time stamp, else at present."""
    if not question.signer_known or not question.certificates:
        missing = Judgement(status=ChainStatus.INCOMPLETE, reason="the signer's certificate is not carried")
        return _chain(index, CODE, missing, context.now, "now")
    leaf = _parsed(certificates, question.certificates[0])
    trusted = [s.at for s in stamps if s.status is ChainStatus.TRUSTED]
    if leaf is None or not trusted or _for_lifetime(leaf):
        moment, timed_by = context.now, "now"
    else:
        moment, timed_by = min(trusted), "time_stamp"
    return _chain(index, CODE, context.best(question.certificates, CODE, moment, certificates), moment, timed_by)


def _for_lifetime(leaf: x509.Parsed) -> bool:
    """Tell whether the signer's certificate forbids signatures that outlive it."""
    try:
        return LIFETIME in x509.usages(leaf)
    except (FormatError, LimitError):
        return False


def _chain(index: int, purpose: str, judged: Judgement, at: int, timed_by: str) -> Chain:
    """One judgement as a fact."""
    return Chain(
        signature=index,
        purpose=purpose,
        status=judged.status,
        at=at,
        timed_by=timed_by,
        root=judged.root,
        impersonates=judged.impersonates,
        reason=judged.reason,
    )
