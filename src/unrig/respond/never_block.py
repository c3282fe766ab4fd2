"""What may be denied, and what must never be: only a key that tells the rigged thing from every good one may.

3CX's rigged `d3dcompiler_47.dll` kept Microsoft's Authenticode hash, signer and name, since bytes inside the
certificate table are not hashed: a rule on any of these blocks the genuine file on every machine that has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from unrig.model.document import NeverBlock
from unrig.model.identity import Identity, discriminating_pairs
from unrig.model.levels import Answer

DENIABLE = frozenset({"sha256", "authenticode_hash", "cdhash"})
"""Keys over content. A name, a version or a signer describes many builds, whatever is said of it today."""


class DenyKey(Struct, frozen=True, kw_only=True):
    """One key that may be denied. There is no other way to say `block this` to an emitter.

    Making one whose key does not discriminate, or is none over content, raises ValueError: such a value cannot exist.
    """

    key: str
    """`sha256`, or `authenticode_hash.sha256` and so on."""
    value: str
    identity: Identity

    def __post_init__(self) -> None:
        """Refuse a key that would hit the innocent."""
        if self.key.partition(".")[0] not in DENIABLE or not _tells(self.identity, self.key, self.value):
            raise ValueError(f"{self.key} {self.value} does not tell the rigged thing from every known good one")


def deny_keys(identities: Iterable[Identity]) -> tuple[DenyKey, ...]:
    """Return what may be denied of these things, sorted by key and value, each once."""
    found = {
        (key, value): DenyKey(key=key, value=value, identity=identity)
        for identity in identities
        for key, value in discriminating_pairs(identity)
        if key.partition(".")[0] in DENIABLE
    }
    return tuple(found[pair] for pair in sorted(found))


def never_block(identities: Iterable[Identity]) -> tuple[NeverBlock, ...]:
    """Return every key of the rigged things that an eager responder might deny and must not, each with its reason."""
    found = {
        (kind.partition(".")[0], value): NeverBlock(
            kind=kind.partition(".")[0], value=value, reason=_reason(kind, identity)
        )
        for identity in identities
        for kind, value in _said(identity)
        if not _deniable(kind, value, identity)
    }
    return tuple(found[pair] for pair in sorted(found))


def _said(identity: Identity) -> Iterator[tuple[str, str]]:
    """Yield every key that an identity has a value for."""
    for algorithm, value in sorted(identity.authenticode_hash.items()):
        yield f"authenticode_hash.{algorithm}", value
    yield from (("cdhash", value) for value in identity.cdhash)
    signer = identity.signer
    for kind, value in (
        ("bundle_id", identity.bundle_id),
        ("name", identity.name),
        ("purl", identity.purl),
        ("sha256", identity.sha256),
        ("signer", signer.subject if signer else ""),
        ("upgrade_code", identity.upgrade_code),
    ):
        if value:
            yield kind, value


def _deniable(kind: str, value: str, identity: Identity) -> bool:
    return kind.partition(".")[0] in DENIABLE and _tells(identity, kind, value)


def _tells(identity: Identity, kind: str, value: str) -> bool:
    return (kind, value) in discriminating_pairs(identity)


_WHY = {
    "authenticode_hash": "the signed part of the file is that of the genuine one, whose hash this is too",
    "bundle_id": "every version of the product has it, the repaired one too",
    "cdhash": "it is not shown to differ from that of every good build",
    "name": "the genuine file has the same name, in this product and in others",
    "purl": "it names the version, not these bytes",
    "sha256": "it is not shown to differ from that of every known good file",
    "signer": "everything else this publisher signed would be blocked, the repaired build too",
    "upgrade_code": "every version of the product has it, the repaired one too",
}


def _reason(kind: str, identity: Identity) -> str:
    if kind.startswith("authenticode_hash") and identity.discriminates.get(kind) is not Answer.NO:
        return "no known good file at hand shows that this hash is of the rigged one alone"
    return _WHY[kind.partition(".")[0]]
