"""The signature of a NuGet package: `.signature.p7s`, CMS over a text that holds the digest of the package without it.

NuGet, "Package Signatures Technical Details": `Version:1`, and `<OID>-Hash:<Base64>` of the strongest digest.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from unrig.formats import cms, der
from unrig.formats.authenticode_carried import Carried
from unrig.formats.signed_message import Digest, read, root
from unrig.formats.x509_verify import DIGESTS
from unrig.formats.zip_structure import Entry, ZipStructure
from unrig.formats.zip_without import before
from unrig.model.package_signature import PackageSignatureFacts
from unrig.model.signature import Signature

NAME = b".signature.p7s"
_HASH = re.compile(rb"^([0-9.]+)-Hash:([A-Za-z0-9+/=]+)\r?$", re.MULTILINE)


def signature(data: memoryview, entry: Entry, carried: Carried, raw: memoryview) -> Signature:
    """Return the author's or repository's signature. Raises FormatError or LimitError where there is no SignedData."""
    signed = root(raw)
    message = _message(raw, signed)
    return read(raw, signed, message, _digest(data, entry, message), carried)


def _message(raw: memoryview, signed: cms.SignedData) -> bytes:
    return der.content(raw, signed.content) if signed.content else b""


def _digest(data: memoryview, entry: Entry, message: bytes) -> Digest:
    """Return the digest of the package that the message declares; nothing where it declares none."""
    for oid, value in _HASH.findall(message):
        algorithm = DIGESTS.get(oid.decode())
        try:
            declared = base64.b64decode(value, validate=True).hex()
        except (ValueError, binascii.Error):
            continue
        if algorithm:
            return Digest(algorithm=algorithm, declared=declared, computed=_computed(data, entry, algorithm))
    return Digest()


def _computed(data: memoryview, entry: Entry, algorithm: str) -> str:
    was = before(data, entry)
    digest = hashlib.new(algorithm, usedforsecurity=False)
    for piece in was.members:
        digest.update(piece)
    digest.update(was.directory)
    return digest.hexdigest()


def coverage(data: memoryview, structure: ZipStructure, entry: Entry, raw: memoryview) -> PackageSignatureFacts:
    """Return what the digest covers: all members together, or none where it does not hold, which the signature says."""
    digest = _digest(data, entry, _message(raw, root(raw)))
    holds = bool(digest.declared) and digest.declared == digest.computed
    return PackageSignatureFacts(kind="nuget", covered=len(structure.entries) - 1 if holds else 0)
