"""The signatures of a jar: META-INF/X.SF is signed by META-INF/X.RSA, .DSA or .EC and holds digests of the manifest.

JAR File Specification, "Signed JAR File": the manifest holds a digest of each member. A signature file whose digest of
the whole manifest does not hold may still be right of single sections: members were added after signing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import NamedTuple

from unrig.formats import jar_manifest
from unrig.formats.authenticode_carried import Carried
from unrig.formats.jar_manifest import Section
from unrig.formats.package_members import Purse, by_name, content, digests, is_folder
from unrig.formats.signed_message import Digest, read, root
from unrig.formats.zip_structure import Entry, ZipStructure
from unrig.model.errors import FormatError, LimitError
from unrig.model.package_signature import AlteredMember, PackageSignatureFacts
from unrig.model.paths import label
from unrig.model.signature import Signature

MANIFEST = b"META-INF/MANIFEST.MF"
OF_THE_SIGNATURE = re.compile(rb"META-INF/(?:[^/]+\.(?:SF|RSA|DSA|EC)|SIG-[^/]*|MANIFEST\.MF)", re.IGNORECASE)
BLOCKS = (b".RSA", b".DSA", b".EC")
MOST_SIGNERS = 8
KEPT = 256


class Pair(NamedTuple):
    """A signature file and the member that signs it."""

    listing: Entry
    block: Entry


def pairs(structure: ZipStructure) -> list[Pair]:
    """Return the signature files that have a signature, by name."""
    upper = {entry.name.upper(): entry for entry in structure.entries if OF_THE_SIGNATURE.fullmatch(entry.name)}
    found = (
        Pair(upper[name], upper[block])
        for name in sorted(upper)
        if name.endswith(b".SF")
        for ending in BLOCKS
        if (block := name[:-3] + ending) in upper
    )
    return list(found)[:MOST_SIGNERS]


def signature(data: memoryview, structure: ZipStructure, pair: Pair, carried: Carried, raw: memoryview) -> Signature:
    """Return one signature of a jar; `raw` is the content of its block.

    Raises FormatError or LimitError where there is no SignedData, or no signature file that can be read.
    """
    listing = content(data, pair.listing)
    manifest = by_name(structure).get(MANIFEST)
    said = _said(listing, content(data, manifest) if manifest else b"")
    return read(raw, root(raw), listing, said, carried)


def _said(listing: bytes, manifest: bytes) -> Digest:
    """Return the strongest digest of the manifest.

    There is no computed one where all sections are signed one by one, nor where none is (a jar that was merged into
    this one left its signature behind): what is covered says the rest.
    """
    parts = jar_manifest.sections(listing)
    declared = parts[0].digests("-manifest") if parts else {}
    for algorithm in sorted(declared, key=lambda name: hashlib.new(name, usedforsecurity=False).digest_size)[-1:]:
        computed = hashlib.new(algorithm, manifest, usedforsecurity=False).hexdigest()
        if computed != declared[algorithm]:
            by_section = {section.name(): section.raw for section in jar_manifest.sections(manifest)}
            fitting = sum(_fits(part.digests(), by_section.get(part.name(), b"")) for part in parts[1:])
            computed = "" if fitting in {0, len(parts) - 1} else computed
        return Digest(algorithm=algorithm, declared=declared[algorithm], computed=computed)
    return Digest()


def _fits(declared: dict[str, str], raw: bytes) -> bool:
    """Tell whether some digest is declared, and all that are hold."""
    return bool(declared) and all(
        hashlib.new(name, raw, usedforsecurity=False).hexdigest() == value for name, value in declared.items()
    )


def coverage(data: memoryview, structure: ZipStructure) -> PackageSignatureFacts:
    """Return which members are as signed. Raises FormatError or LimitError where the manifest cannot be read."""
    held = by_name(structure)
    manifest = content(data, held[MANIFEST]) if MANIFEST in held else b""
    sections = jar_manifest.sections(manifest)
    signed = _signed_sections(data, pairs(structure), manifest, sections)
    altered: list[AlteredMember] = []
    missing: list[str] = []
    covered: set[bytes] = set()
    damaged: list[str] = []
    purse = Purse()
    for section in sections[1:]:
        name, declared = section.name(), section.digests()
        if not declared or name not in signed:
            continue
        if name not in held:
            missing.append(label(name))
            continue
        try:
            found = digests(data, held[name], frozenset(declared), purse)
        except (FormatError, LimitError) as error:
            damaged.append(f"{label(name)}: {error}")
            continue
        covered.add(name)
        altered += _altered(label(name), declared, found)
    bare = _uncovered(structure, covered | set(signed))
    return PackageSignatureFacts(
        kind="jar",
        covered=len(covered) - len(altered),
        altered=tuple(altered[:KEPT]),
        missing=tuple(missing[:KEPT]),
        uncovered=tuple(bare[:KEPT]),
        uncovered_count=len(bare),
        damaged=tuple(damaged[:KEPT]),
    )


def _signed_sections(data: memoryview, signers: list[Pair], manifest: bytes, sections: list[Section]) -> set[bytes]:
    """Return the names whose sections of the manifest some signature file vouches for."""
    names: set[bytes] = set()
    by_section = {section.name(): section for section in sections[1:]}
    for pair in signers:
        parts = jar_manifest.sections(content(data, pair.listing))
        if parts and _fits(parts[0].digests("-manifest"), manifest):
            names |= by_section.keys()
        else:
            names |= {
                p.name() for p in parts[1:] if p.name() in by_section and _fits(p.digests(), by_section[p.name()].raw)
            }
    return names


def _altered(path: str, declared: dict[str, str], found: dict[str, str]) -> Iterator[AlteredMember]:
    for algorithm, digest in declared.items():
        if found[algorithm] != digest:
            yield AlteredMember(path=path, expected=f"{algorithm} {digest}", observed=found[algorithm])
            return


def _uncovered(structure: ZipStructure, covered: set[bytes]) -> list[str]:
    """Return the members that nothing signs; folders and what belongs to the signature are none."""
    return [
        entry.path
        for entry in structure.entries
        if not is_folder(entry) and entry.name not in covered and not OF_THE_SIGNATURE.fullmatch(entry.name)
    ]
