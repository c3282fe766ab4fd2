"""A signature's time contradicts the file or the certificate.

Sees:      a time stamp or signing time before the file was linked; a certificate that was expired or revoked
           at the time-stamped moment.
Matters:   a file cannot be signed before it exists; stolen and revoked certificates are used with false clocks.
Blind to:  reproducible builds (their link time is a hash) and signatures without any time.
False positives:  build machines with wrong clocks (a day is allowed); a link time after the signer's certificate has
           run out is a hash without the mark of one more often than a time (low); a certificate that expired since
           and was never time-stamped is ageing, not a sign (low).
Measured:  49 judging release pairs, 605 files of its kind in 44 of them: 0 at medium or above,
           0 below (`make measure`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from unrig.model.levels import Confidence, Maturity, Severity
from unrig.model.pe import PeFacts
from unrig.model.rule import Hit, Rule
from unrig.model.signature import ChainStatus, Signature, SignatureFacts, TrustFacts

CLOCK_SKEW = 86_400
"""Seconds: time zones and unset clocks of build machines."""


def check(pe: PeFacts, facts: SignatureFacts, trust: TrustFacts) -> Iterator[Hit]:
    """Yield hits for times that cannot be, and for certificates that were not valid when used."""
    if not pe.reproducible:
        for number, signature in enumerate(facts.signatures):
            moment = _moment(signature)
            if moment and moment + CLOCK_SKEW < pe.timestamp:
                yield Hit(
                    what=f"signed {(pe.timestamp - moment) // 86_400:,} days before it was linked",
                    keys=(f"signature/{number}/time",),
                    expected=f"a time after {_text(pe.timestamp)}",
                    observed=_text(moment),
                    severity=Severity.LOW if pe.timestamp > _last(signature, facts) else Severity.MEDIUM,
                )
    yield from _chains(trust)


def _chains(trust: TrustFacts) -> Iterator[Hit]:
    for chain in trust.chains:
        stamped = chain.timed_by == "time_stamp"
        if chain.status is ChainStatus.REVOKED or (chain.status is ChainStatus.EXPIRED and stamped):
            severity = Severity.HIGH
        elif chain.status is ChainStatus.EXPIRED:
            severity = Severity.LOW
        else:
            continue
        yield Hit(
            what=f"the {chain.purpose.replace('_', '-')} certificate was {chain.status} at {_text(chain.at)}",
            keys=(f"signature/{chain.signature}/{chain.purpose}",),
            expected="a certificate valid at that moment",
            observed=chain.reason,
            severity=severity,
        )


def _moment(signature: Signature) -> int:
    stamps = [stamp.at for stamp in signature.timestamps if stamp.verified]
    return min(stamps, default=signature.signing_time)


def _last(signature: Signature, facts: SignatureFacts) -> int:
    """Return when the signer's certificate ends, Unix seconds: nobody links later what it has signed."""
    leaf = signature.certificates[:1]
    return next((c.not_after for c in facts.certificates if c.sha256 in leaf), 0)


def _text(moment: int) -> str:
    return dt.datetime.fromtimestamp(moment, dt.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


RULE = Rule(
    id="signing-time",
    title="A signature whose time contradicts the file or the certificate",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    maturity=Maturity.STABLE,
    techniques=("T1553.002", "T1588.003"),
    over="artifact",
    reads=(PeFacts, SignatureFacts, TrustFacts),
    check=check,
    benign="a build machine with a wrong clock",
)
