"""What makes two things the same thing: the one type that findings, components, inventory rows and leads share."""

from __future__ import annotations

from msgspec import Struct, field

from unrig.model.levels import Answer


class Signer(Struct, frozen=True, kw_only=True):
    """Who signed, as the leaf certificate says."""

    subject: str
    issuer: str = ""
    spki_sha256: str = ""


class Identity(Struct, frozen=True, kw_only=True):
    """Every name a thing goes by; empty where unknown.

    `discriminates` says for each key whether it tells this thing from every known good one. A rigged
    file keeps its name, and even its Authenticode hash, so only keys with `yes` match or block.
    """

    sha256: str = ""
    sha1: str = ""
    md5: str = ""
    """Only where nothing better is at hand: logs that carry no SHA-256, lists that others made."""
    authenticode_hash: dict[str, str] = field(default_factory=dict)
    """Algorithm (md5, sha1, sha256, sha384, sha512) to lower-case hex."""
    cdhash: tuple[str, ...] = ()
    bundle_id: str = ""
    upgrade_code: str = ""
    purl: str = ""
    name: str = ""
    version: str = ""
    arch: str = ""
    platform: str = ""
    signer: Signer | None = None
    discriminates: dict[str, Answer] = field(default_factory=dict)


def discriminating_keys(identity: Identity) -> dict[str, str]:
    """Return the keys of one value that may match or block, as `key: value` (`authenticode_hash.sha256` for hashes)."""
    return {key: value for key, value in discriminating_pairs(identity) if key != "cdhash"}


def discriminating_pairs(identity: Identity) -> tuple[tuple[str, str], ...]:
    """Return every key and value that may match or block, sorted by key: a universal program has several `cdhash`."""
    found: list[tuple[str, str]] = []
    for key, answer in sorted(identity.discriminates.items()):
        if answer is not Answer.YES:
            continue
        head, _, algorithm = key.partition(".")
        value = identity.authenticode_hash.get(algorithm, "") if algorithm else getattr(identity, head)
        values = value if isinstance(value, tuple) else (value,)
        found.extend((key, one) for one in values if isinstance(one, str) and one)
    return tuple(found)
