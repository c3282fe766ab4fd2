"""Signed packages (jar, NuGet, AppX): the lab's publishers sign archives that are made here, from names and sizes alone."""

from __future__ import annotations

import base64
import struct
import uuid
from enum import StrEnum

from msgspec import Struct, field

from unrig.drill.build import _der as der
from unrig.drill.build import _spc as spc
from unrig.drill.build import _timestamps as timestamps
from unrig.drill.build._pkcs7 import Envelope, algorithm_identifier, digest_of, sign, signed_data, signer_info
from unrig.drill.build.lab_authority import PUBLISHERS, Standing, _publisher, _time_stamper
from unrig.drill.build.payload import PayloadSpec, fill
from unrig.drill.build.zip import Method, ZipEntry, build_zip

__all__ = ["PackageFlaw", "PackageKind", "SignedPackageSpec", "signed_package"]

_DATA = "1.2.840.113549.1.7.1"
_SIP_INFO = "1.3.6.1.4.1.311.2.1.30"
_SUBJECT = uuid.UUID("0AC5DF4B-CE07-4DE2-B76E-23C839A09FD1")
_BLOCK = 65_536
_STAMPED = 1_677_800_000  # 2023-03-02
_SHA256 = "2.16.840.1.101.3.4.2.1"


class PackageKind(StrEnum):
    """What kind of package."""

    JAR = "jar"
    NUGET = "nuget"
    APPX = "appx"


class PackageFlaw(StrEnum):
    """What was done to it after it was signed."""

    NONE = "none"
    ALTERED = "altered"
    """The first member has another content."""
    RELISTED = "relisted"
    """Jar: the first member has another content, and the manifest its digest."""
    ADDED = "added"
    """A member more."""
    ADDED_TEXT = "added_text"
    """A text more."""
    REMOVED = "removed"
    """The first member is gone."""
    LEFT_OVER = "left_over"
    """Jar: the signature is another jar's."""


class SignedPackageSpec(Struct, frozen=True, kw_only=True):
    """A package and its signature: no content, only sizes of inert payload."""

    kind: PackageKind
    files: dict[str, int] = field(default_factory=lambda: {"lib/phone.dll": 70_000, "read me.txt": 900})
    """Size of each member by its path."""
    publisher: str = PUBLISHERS[0]
    standing: Standing = Standing.GOOD
    flaw: PackageFlaw = PackageFlaw.NONE


def signed_package(spec: SignedPackageSpec, seed: int) -> bytes:
    """Return the package with its signature; the same spec and seed give the same bytes but for the keys."""
    contents = {path: fill(seed, f"file/{path}", PayloadSpec(size=size)) for path, size in spec.files.items()}
    first = next(iter(contents))
    later = dict(contents)
    match spec.flaw:
        case PackageFlaw.ALTERED | PackageFlaw.RELISTED:
            later[first] = contents[first][:-1] + bytes([contents[first][-1] ^ 1])
        case PackageFlaw.ADDED:
            later["lib/more.dll"] = fill(seed, "file/more", PayloadSpec(size=5_000))
        case PackageFlaw.ADDED_TEXT:
            later["notes.txt"] = b"built on a day in March"
        case PackageFlaw.REMOVED:
            del later[first]
        case PackageFlaw.NONE | PackageFlaw.LEFT_OVER:
            pass
    return {PackageKind.JAR: _jar, PackageKind.NUGET: _nuget, PackageKind.APPX: _appx}[spec.kind](spec, contents, later)


def _zip(members: dict[str, bytes]) -> bytes:
    return build_zip(tuple(ZipEntry(name=name, content=data) for name, data in members.items()))


def _signed(spec: SignedPackageSpec, kind: str, digested: bytes, content: bytes) -> bytes:
    """Return a SignedData over content with one signer and a time stamp."""
    signer = _publisher(spec.publisher, spec.standing)
    signed = sign(signer, "sha256", kind, digest_of(digested, "sha256"), ())
    stamp = timestamps.rfc3161(_time_stamper(), signed.signature, _STAMPED)
    envelope = Envelope(content=content, certificates=signed.signer.chain())
    return signed_data(envelope, "sha256", signer_info(signed, (stamp,)))


def _base64(data: bytes) -> bytes:
    return base64.b64encode(digest_of(data, "sha256"))


def _folded(line: bytes) -> bytes:
    """Return a line of a manifest in lines of at most 72 bytes."""
    parts = [line[:70], *(b" " + line[at : at + 69] for at in range(70, len(line), 69))]
    return b"".join(part + b"\r\n" for part in parts)


def _manifest(contents: dict[str, bytes]) -> list[tuple[str, bytes]]:
    """Return the main section and one for each member, by its name."""
    rows = [("", b"Manifest-Version: 1.0\r\n\r\n")]
    for name, data in contents.items():
        rows.append((name, _folded(b"Name: " + name.encode()) + b"SHA-256-Digest: " + _base64(data) + b"\r\n\r\n"))
    return rows


def _jar(spec: SignedPackageSpec, contents: dict[str, bytes], later: dict[str, bytes]) -> bytes:
    shown = contents
    if spec.flaw is PackageFlaw.LEFT_OVER:
        contents = {f"org/other/{name}": data + b"other" for name, data in contents.items()}
    rows = _manifest(contents)
    manifest = b"".join(raw for _, raw in rows)
    listing = b"Signature-Version: 1.0\r\nSHA-256-Digest-Manifest: " + _base64(manifest) + b"\r\n\r\n"
    for name, raw in rows[1:]:
        listing += _folded(b"Name: " + name.encode()) + b"SHA-256-Digest: " + _base64(raw) + b"\r\n\r\n"
    block = _signed(spec, _DATA, listing, der.sequence(der.oid(_DATA)))
    if spec.flaw is PackageFlaw.RELISTED:
        manifest = b"".join(raw for _, raw in _manifest(later))
    if spec.flaw is PackageFlaw.LEFT_OVER:
        manifest, later = rows[0][1], shown
    head = {"META-INF/MANIFEST.MF": manifest, "META-INF/LAB.SF": listing, "META-INF/LAB.RSA": block}
    return _zip({**head, **later})


def _nuget(spec: SignedPackageSpec, contents: dict[str, bytes], later: dict[str, bytes]) -> bytes:
    message = b"Version:1\n\n" + _SHA256.encode() + b"-Hash:" + _base64(_zip(contents)) + b"\n\n"
    content = der.sequence(der.oid(_DATA), der.tagged(0, der.octets(message)))
    signature = _signed(spec, _DATA, message, content)
    entries = [ZipEntry(name=name, content=data) for name, data in later.items()]
    return build_zip((*entries, ZipEntry(name=".signature.p7s", content=signature, method=Method.STORED)))


def _appx(spec: SignedPackageSpec, contents: dict[str, bytes], later: dict[str, bytes]) -> bytes:
    blocks = b"".join(_listed(name, data) for name, data in contents.items())
    listing = (
        b'<?xml version="1.0"?><BlockMap xmlns="urn:drill" HashMethod="urn:drill#sha256">' + blocks + b"</BlockMap>"
    )
    types = b'<?xml version="1.0"?><Types xmlns="urn:drill"/>'
    before = _zip({**_opc(contents), "AppxBlockMap.xml": listing, "[Content_Types].xml": types})
    (directory,) = struct.unpack_from("<I", before, len(before) - 6)
    parts = ((b"AXPC", before[:directory]), (b"AXCD", before[directory:]), (b"AXCT", types), (b"AXBM", listing))
    digest = b"APPX" + b"".join(tag + digest_of(data, "sha256") for tag, data in parts)
    reserved = tuple(der.integer(0) for _ in range(5))
    sip = der.sequence(der.integer(0x01010000), der.octets(_SUBJECT.bytes_le), *reserved)
    content = der.sequence(
        der.sequence(der.oid(_SIP_INFO), sip), der.sequence(algorithm_identifier("sha256"), der.octets(digest))
    )
    inner = content[2 if content[1] < 0x80 else 2 + (content[1] & 0x7F) :]
    wrapped = der.sequence(der.oid(spc.INDIRECT_DATA), der.tagged(0, content))
    signature = b"PKCX" + _signed(spec, spc.INDIRECT_DATA, inner, wrapped)
    return _zip(
        {**_opc(later), "AppxBlockMap.xml": listing, "[Content_Types].xml": types, "AppxSignature.p7x": signature}
    )


def _opc(contents: dict[str, bytes]) -> dict[str, bytes]:
    return {name.replace(" ", "%20"): data for name, data in contents.items()}


def _listed(name: str, data: bytes) -> bytes:
    """Return a file of a block map."""
    rows = b"".join(b'<Block Hash="%s"/>' % _base64(data[at : at + _BLOCK]) for at in range(0, len(data), _BLOCK))
    path = name.replace("/", "\\").encode()
    return b'<File Name="%s" Size="%d" LfhSize="%d">%s</File>' % (path, len(data), 30 + len(path), rows)
