"""The signature of a package that is a zip: of a jar, a NuGet package or an app package, whichever it has."""

from __future__ import annotations

import re

import msgspec

from unrig.formats import appx_signature, jar_signature, nuget_signature
from unrig.formats.authenticode_carried import Carried
from unrig.formats.authenticode_installer import moved
from unrig.formats.package_members import by_name, content
from unrig.formats.zip_structure import Entry, ZipStructure, read
from unrig.formats.zip_structure_end import find_end
from unrig.model.errors import FormatError, LimitError
from unrig.model.package_signature import PackageSignatureFacts
from unrig.model.signature import Signature, SignatureFacts

_HINT = re.compile(rb"\.signature\.p7s|AppxSignature\.p7x|META-INF/[^/\0]{1,255}\.SF", re.IGNORECASE)
LARGEST_SIGNATURE = 16 << 20


def may_be_signed(data: memoryview) -> bool:
    """Tell whether the central directory names a member that signs: much faster than to read it."""
    end = find_end(data)
    return end is not None and _HINT.search(data[end.directory : end.directory_limit]) is not None


def signatures(data: memoryview) -> SignatureFacts:
    """Return what the signatures of a package say; nothing for an unsigned one.

    Offsets are those of the archive where the signature is stored; where it is packed, of its packed bytes.
    """
    if not may_be_signed(data):
        return SignatureFacts()
    structure = read(data)
    held = by_name(structure)
    for name in (appx_signature.NAME, nuget_signature.NAME):
        if name in held:
            return _of_member(data, structure, held[name])
    found = SignatureFacts()
    for pair in jar_signature.pairs(structure):
        found = _together(found, _of_member(data, structure, pair.block, pair))
    return found


def _of_member(
    data: memoryview, structure: ZipStructure, entry: Entry, pair: jar_signature.Pair | None = None
) -> SignatureFacts:
    """Return what one member signs; what is wrong with it as damage."""
    try:
        raw = memoryview(_bounded(content(data, entry)))
        if entry.name == appx_signature.NAME:
            found = appx_signature.signature(data, structure, entry, raw)
        else:
            carried = Carried(raw)
            one = (
                jar_signature.signature(data, structure, pair, carried, raw)
                if pair
                else nuget_signature.signature(data, entry, carried, raw)
            )
            found = _facts(one, carried)
    except (FormatError, LimitError) as error:
        return SignatureFacts(damaged=(f"{entry.path}: {error}",))
    size = entry.compressed_size if entry.method else len(raw)
    return moved(found, ((entry.data_offset, size),))


def _bounded(raw: bytes) -> bytes:
    if len(raw) > LARGEST_SIGNATURE:
        raise LimitError("signature", f"{LARGEST_SIGNATURE:,} bytes", f"{len(raw):,}")
    return raw


def _facts(one: Signature, carried: Carried) -> SignatureFacts:
    return SignatureFacts(
        signatures=(one,),
        certificates=carried.certificates(),
        revocation_lists=carried.revocation_lists(),
        strays=carried.strays(),
        damaged=tuple(carried.damaged),
    )


def _together(one: SignatureFacts, other: SignatureFacts) -> SignatureFacts:
    """Return what two signatures of one jar say."""
    seen = {certificate.sha256 for certificate in one.certificates}
    return msgspec.structs.replace(
        one,
        signatures=(*one.signatures, *other.signatures),
        certificates=(*one.certificates, *(c for c in other.certificates if c.sha256 not in seen)),
        revocation_lists=(*one.revocation_lists, *other.revocation_lists),
        strays=(*one.strays, *other.strays),
        damaged=(*one.damaged, *other.damaged),
    )


def coverage(data: memoryview) -> PackageSignatureFacts:
    """Return what the signature of a package covers; nothing for an unsigned one.

    Raises FormatError or LimitError where what it lists cannot be read.
    """
    if not may_be_signed(data):
        return PackageSignatureFacts()
    structure = read(data)
    held = by_name(structure)
    if appx_signature.NAME in held:
        return appx_signature.coverage(data, structure)
    if nuget_signature.NAME in held:
        entry = held[nuget_signature.NAME]
        return nuget_signature.coverage(data, structure, entry, memoryview(_bounded(content(data, entry))))
    return jar_signature.coverage(data, structure) if jar_signature.pairs(structure) else PackageSignatureFacts()
