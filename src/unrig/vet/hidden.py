"""Where a signed file can hold bytes that its signature does not cover, and how much such bytes could carry.

Several rules ask the same: what stands there, and is it room for a tag or for a payload? The answer is over all
places of a file together, so that splitting a payload hides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from unrig.model.levels import Severity
from unrig.model.place import Span
from unrig.model.signature import Bytes, Nature, SignatureFacts

ALIGNMENT = 8
"""PE specification, attribute certificate table: entries are padded to 8 bytes."""
TINY = 16
"""Bytes: fewer hold no key (AES has 16), address or code: a defect of a signing tool more often than a hiding place."""
SMALLEST_PAYLOAD = 512
"""Bytes: as long as an RSA-4096 signature, the longest innocent run of random bytes that signing tools use today."""
LONGEST_ADDRESS = 8_000
"""Bytes: a tag is made from the address of a download, which has this length at most (RFC 9110 section 4.1)."""
LONGEST_TAG = 0xFFFF
"""Bytes: Omaha's tag format gives its length in 16 bits; no tag format found is longer."""
SHORTEST_ENCODED = 1_024
"""Below this, text has too few characters for words or entropy to tell an encoding from a token or a name."""
ENCODED_ENTROPY = 5.8
"""Bits a byte: Base64 of random data has 6.0, key=value text of the same length below 5.3."""


class Hidden(Struct, frozen=True, kw_only=True):
    """One stretch that no signature covers, and what holds it."""

    where: str
    bytes: Bytes

    @property
    def span(self) -> Span:
        """The range in the file."""
        return self.bytes.span


class Weight(Struct, frozen=True, kw_only=True):
    """What the hidden stretches of one file hold together, in bytes."""

    binary: int
    """Of stretches that are no text, without zeros."""
    text: int
    """Of stretches that are text."""
    dense: int
    """Of the text, what could be the encoding of a payload: long words, or Base64 by its entropy."""
    sprinkled: int
    """In the text, what is neither printable nor zero."""


def in_table(facts: SignatureFacts) -> Iterator[Hidden]:
    """Yield what stands in the certificate table, or behind it, outside every DER value."""
    for entry in facts.entries:
        if entry.unexplained is not None:
            yield Hidden(where=f"entry {entry.index + 1} of the signature table", bytes=entry.unexplained)
    if facts.between is not None:
        yield Hidden(where="the signature table, in no entry", bytes=facts.between)
    if facts.after is not None:
        yield Hidden(where="the file behind the signature table", bytes=facts.after)


def in_signatures(facts: SignatureFacts) -> Iterator[Hidden]:
    """Yield what stands inside the DER values where neither a signature nor X.509 puts such content."""
    for certificate in facts.certificates:
        if certificate.odd_bytes is not None:
            use = "a certificate" if certificate.used else "a certificate that no chain uses"
            yield Hidden(where=f"{use} ({certificate.subject})", bytes=certificate.odd_bytes)
    for revocations in facts.revocation_lists:
        if revocations.odd_bytes is not None:
            yield Hidden(where=f"a revocation list ({revocations.issuer})", bytes=revocations.odd_bytes)
    for signature in facts.signatures:
        for attribute in signature.attributes:
            if attribute.odd_bytes is not None:
                where = f"an unsigned attribute of unknown type {attribute.oid}"
                yield Hidden(where=where, bytes=attribute.odd_bytes)
    for stray in facts.strays:
        yield Hidden(where=f"a place that the signature's grammar does not have ({stray.what})", bytes=stray.bytes)


def everywhere(facts: SignatureFacts) -> tuple[Hidden, ...]:
    """Return all hidden stretches that hold more than zeros."""
    found = (*in_table(facts), *in_signatures(facts))
    return tuple(hidden for hidden in found if hidden.bytes.nature is not Nature.ZEROS)


def weigh(stretches: Iterable[Hidden]) -> Weight:
    """Return what the stretches hold together; each byte once, in whichever order they come."""
    parts = {(hidden.span.offset, hidden.span.length): hidden.bytes for hidden in stretches}.values()
    texts = [part for part in parts if part.nature is Nature.ASCII]
    return Weight(
        binary=sum(part.nonzero for part in parts if part.nature in (Nature.RANDOM, Nature.STRUCTURED)),
        text=sum(part.text for part in texts),
        dense=sum(part.text if _is_encoded(part) else part.dense for part in texts),
        sprinkled=sum(part.nonzero - part.text for part in texts),
    )


def _is_encoded(part: Bytes) -> bool:
    return part.text >= SHORTEST_ENCODED and part.entropy >= ENCODED_ENTROPY


def text_severity(weight: Weight) -> Severity:
    """Return how bad the hidden text of a file is: low where it is a tag, high where it is too much for any."""
    if weight.text > LONGEST_TAG or weight.dense > LONGEST_ADDRESS or weight.sprinkled >= SMALLEST_PAYLOAD:
        return Severity.HIGH
    if weight.dense >= SHORTEST_ENCODED or weight.sprinkled >= TINY:
        return Severity.MEDIUM
    return Severity.LOW


def carries(weight: Weight) -> bool:
    """Tell whether there is room for more than a tag."""
    return weight.binary >= SMALLEST_PAYLOAD or text_severity(weight) is not Severity.LOW
