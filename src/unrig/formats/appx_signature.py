"""The signature of an app package (AppX, MSIX) or bundle: Authenticode over digests of the archive and of its block map.

[MSIX] "AppxSignature.p7x": `PKCX` and PKCS #7 whose message digest is `APPX` and, each with a tag, digests of the
members' bytes (AXPC), the central directory (AXCD), [Content_Types].xml (AXCT), AppxBlockMap.xml (AXBM) and
AppxMetadata/CodeIntegrity.cat (AXCI). The block map holds a digest of each 64 KiB of every other file.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator
from xml.parsers import expat

from msgspec import Struct

from unrig.formats import authenticode, certificate_table, der, entropy
from unrig.formats.package_members import Purse, by_name, chunks, content, is_folder
from unrig.formats.zip_structure import Entry, ZipStructure
from unrig.formats.zip_without import before
from unrig.model.errors import FormatError, LimitError
from unrig.model.package_signature import AlteredMember, PackageSignatureFacts
from unrig.model.paths import label
from unrig.model.signature import SignatureFacts, TableEntry

NAME, BLOCK_MAP, CONTENT_TYPES = b"AppxSignature.p7x", b"AppxBlockMap.xml", b"[Content_Types].xml"
CATALOGUE = b"AppxMetadata/CodeIntegrity.cat"
MAGIC = b"PKCX"
BLOCK = 65_536  # bytes of content that one digest of the block map is over
METHODS = {"sha256": "sha256", "sha384": "sha384", "sha512": "sha512"}
KEPT = 256


def signature(data: memoryview, structure: ZipStructure, entry: Entry, raw: memoryview) -> SignatureFacts:
    """Return what the signature says; offsets are those of `raw`, the content of its member."""
    found = authenticode.facts(
        authenticode.Signed(
            data=raw,
            offset=0,
            size=len(raw),
            table=_table(raw),
            hash=lambda algorithm: _blob(data, structure, entry, algorithm),
        )
    )
    return SignatureFacts(
        table_offset=found.table_offset,
        table_size=found.table_size,
        entries=found.entries,
        signatures=found.signatures,
        certificates=found.certificates,
        revocation_lists=found.revocation_lists,
        strays=found.strays,
        damaged=found.damaged,
    )


def _table(raw: memoryview) -> certificate_table.Table:
    """Return the member as a table of one entry, whose header is the four letters before the value."""
    value, damage = None, "" if bytes(raw[:4]) == MAGIC else f"expected PKCX, found {bytes(raw[:4]).hex()}"
    try:
        value = None if damage else der.expect(der.read(raw, 4, len(raw)), der.SEQUENCE, "a SEQUENCE")
    except FormatError as error:
        damage = str(error)
    end = value.end if value else 0
    entry = TableEntry(
        index=0,
        offset=0,
        declared_length=len(raw),
        revision=certificate_table.REVISIONS[-1],
        type=certificate_table.SIGNED_DATA_TYPE,
        der_length=end - 4 if value else 0,
        unexplained=entropy.measure(raw, end, len(raw) - end) if end < len(raw) else None,
        damage=damage,
    )
    damaged = (f"AppxSignature.p7x: {damage}",) if damage else ()
    return certificate_table.Table(entries=(entry,), values={0: value} if value else {}, damaged=damaged)


def _blob(data: memoryview, structure: ZipStructure, entry: Entry, algorithm: str) -> str:
    """Return the digests that are signed, as this archive has them, in hex."""
    was = before(data, entry)
    members = hashlib.new(algorithm, usedforsecurity=False)
    for piece in was.members:
        members.update(piece)
    held = by_name(structure)
    parts = [(b"AXPC", members.digest()), (b"AXCD", _digest(algorithm, was.directory))]
    for tag, name in ((b"AXCT", CONTENT_TYPES), (b"AXBM", BLOCK_MAP), (b"AXCI", CATALOGUE)):
        if name in held:
            parts.append((tag, _digest(algorithm, content(data, held[name]))))
    return (b"APPX" + b"".join(tag + digest for tag, digest in parts)).hex()


def _digest(algorithm: str, data: bytes) -> bytes:
    return hashlib.new(algorithm, data, usedforsecurity=False).digest()


class _Listed(Struct, kw_only=True):
    """One file of the block map."""

    name: bytes
    size: int
    blocks: list[str]


class _BlockMap(Struct, kw_only=True):
    method: str = ""
    files: list[_Listed] = []


def _block_map(raw: bytes) -> _BlockMap:
    """Return the block map. Raises FormatError where it is no XML, or declares entities."""
    found = _BlockMap(files=[])

    def begin(name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "BlockMap":
            found.method = METHODS.get(attributes.get("HashMethod", "").rpartition("#")[2], "")
        elif kind == "File":
            stated = attributes.get("Size", "")
            size = int(stated) if stated.isascii() and stated.isdecimal() and len(stated) < 16 else -1
            found.files.append(_Listed(name=_zip_name(attributes.get("Name", "")), size=size, blocks=[]))
        elif kind == "Block" and found.files:
            found.files[-1].blocks.append(attributes.get("Hash", ""))

    def refuse(*_: object) -> None:
        raise FormatError("AppxBlockMap.xml", "no declared entities", "some")

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(raw, True)  # noqa: FBT003  (expat's own interface: this is all there is)
    except expat.ExpatError as error:
        raise FormatError("AppxBlockMap.xml", "well-formed XML", str(error)) from error
    return found


def _zip_name(name: str) -> bytes:
    r"""Return what the archive calls a file: `/` for `\`, and what a URI does not allow as %XX (OPC, part names)."""
    kept = "/!$&'()*+,;=:@-._~"
    raw = name.replace("\\", "/").encode()
    return b"".join(bytes([c]) if (chr(c).isalnum() and c < 128) or chr(c) in kept else b"%%%02X" % c for c in raw)


def coverage(data: memoryview, structure: ZipStructure) -> PackageSignatureFacts:
    """Return which members are as the block map says. Raises FormatError or LimitError where it cannot be read."""
    held = by_name(structure)
    listed = _block_map(content(data, held[BLOCK_MAP])) if BLOCK_MAP in held else _BlockMap(files=[])
    altered: list[AlteredMember] = []
    damaged: list[str] = [] if listed.method else ["AppxBlockMap.xml: HashMethod: one of SHA-2, another"]
    known = {NAME, BLOCK_MAP, CONTENT_TYPES, CATALOGUE} & held.keys()
    missing: list[str] = []
    covered, purse = 0, Purse()
    for file in listed.files if listed.method else ():
        entry = held.get(file.name)
        if entry is None:
            missing.append(label(file.name))
            continue
        known.add(file.name)
        try:
            wrong = _wrong(data, entry, file, listed.method, purse)
        except (FormatError, LimitError) as error:
            damaged.append(f"{entry.path}: {error}")
            continue
        altered += [wrong] if wrong else []
        covered += wrong is None
    bare = [one.path for one in structure.entries if not is_folder(one) and one.name not in known]
    return PackageSignatureFacts(
        kind="appx",
        covered=covered,
        altered=tuple(altered[:KEPT]),
        missing=tuple(missing[:KEPT]),
        uncovered=tuple(bare[:KEPT]),
        uncovered_count=len(bare),
        damaged=tuple(damaged[:KEPT]),
    )


def _wrong(data: memoryview, entry: Entry, file: _Listed, method: str, purse: Purse) -> AlteredMember | None:
    """Return how a file is not as the block map says, None where it is."""
    size = 0
    for number, block in enumerate(_blocks(data, entry, purse)):
        size += len(block)
        declared = _decoded(file.blocks[number]) if number < len(file.blocks) else ""
        found = hashlib.new(method, block, usedforsecurity=False).hexdigest()
        if declared != found:
            where = f"{method} {declared or 'none'} for block {number}"
            return AlteredMember(path=entry.path, expected=where, observed=found)
    if size != file.size:
        return AlteredMember(path=entry.path, expected=f"{file.size:,} bytes", observed=f"{size:,}")
    return None


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).hex()
    except (ValueError, binascii.Error):
        return ""


def _blocks(data: memoryview, entry: Entry, purse: Purse) -> Iterator[bytes]:
    """Yield the content of a member in blocks of 64 KiB."""
    held = bytearray()
    for chunk in chunks(data, entry):
        purse.spend(len(chunk))
        held += chunk
        while len(held) >= BLOCK:
            yield bytes(held[:BLOCK])
            del held[:BLOCK]
    if held:
        yield bytes(held)
