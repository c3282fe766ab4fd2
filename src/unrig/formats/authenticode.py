"""Authenticode: everything the signatures of one file say, and whether they hold (Authenticode_PE).

What differs between programs, installers and cabinets (where signatures stand, what they are over) comes in as `Signed`.
The chains are not judged here: they depend on roots, CRLs and a moment, which are no part of the bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from unrig.formats import (
    authenticode_attributes,
    authenticode_content,
    authenticode_ranges,
    certificate_table,
    cms,
    cms_verify,
    der,
    entropy,
    timestamp,
    x509,
    x509_verify,
)
from unrig.formats.authenticode_carried import Carried, leaf_first, signer_of
from unrig.formats.authenticode_content import DeclaredPages, IndirectData
from unrig.model.errors import FormatError, LimitError
from unrig.model.signature import Attribute, Bytes, PageHashes, Signature, SignatureFacts, TimeStamp

DEEPEST = 4  # nested signatures; signtool writes one level
MOST_SIGNATURES = 32  # in one file; the most real ones have 3
MOST_STAMPS = 16  # on one signature; real ones have 1 or 2
ALWAYS = "sha256"  # what deny rules and indicator lists are written with, signed or not


def read(data: memoryview) -> SignatureFacts:
    """Return the whole certificate table of a PE, judged against the file's own bytes.

    Raises FormatError where the file's headers cannot be read; whatever else is damaged is a value.
    """
    where = authenticode_ranges.layout(data)
    after = where.size - where.table.end if where.table.end > where.table.start else 0
    return facts(
        Signed(
            data=data,
            offset=where.declared.start,
            size=where.declared.end - where.declared.start,
            table=certificate_table.read(data, where.table.start, where.table.end),
            after=entropy.measure(data, where.table.end, after) if after else None,
            damaged=where.damaged,
            hash=lambda algorithm: authenticode_ranges.image_hash(data, where, algorithm),
            pages=lambda pages: authenticode_ranges.page_hashes(data, where, pages.algorithm, pages.table),
        )
    )


class Signed(Struct, frozen=True, kw_only=True):
    """One file that may be signed: where its signatures stand, and what they would be over."""

    data: memoryview
    """The bytes that every offset below counts in."""
    offset: int
    size: int
    """Of the place for signatures, as declared."""
    table: certificate_table.Table
    after: Bytes | None = None
    damaged: tuple[str, ...] = ()
    hash: Callable[[str], str]
    """The digest of the file's signed content by algorithm, in hex; empty where it cannot be worked out."""
    pages: Callable[[DeclaredPages], PageHashes | None] = lambda _pages: None


def facts(signed: Signed) -> SignatureFacts:
    """Return what the signatures of a file say, judged against its own bytes."""
    return _Reader(signed).facts()


class _Task(Struct, frozen=True, kw_only=True):
    """One SignedData that waits to be read."""

    value: der.Element
    entry: int
    depth: int


class _Unsigned(Struct, kw_only=True):
    """What the unsigned attributes of one signer hold, as far as it could be read."""

    stamps: list[timestamp.Stamp]
    nested: list[der.Element]
    understood: set[int]


class _Reader:
    """The reading of one file: its hashes so far, what its signatures carry, what is damaged."""

    def __init__(self, file: Signed) -> None:
        self._file = file
        self._data = file.data
        self._hashes: dict[str, str] = {}
        self._carried = Carried(file.data)
        self._damaged = list(file.damaged)

    def facts(self) -> SignatureFacts:
        """Read the table entry by entry, and inside each one signature by signature, outer before nested."""
        file, table = self._file, self._file.table
        self._damaged += table.damaged
        self._hash(ALWAYS)
        signatures = tuple(self._signatures(table))
        carried = self._carried
        return SignatureFacts(
            table_offset=file.offset,
            table_size=file.size,
            entries=table.entries,
            between=table.between,
            after=file.after,
            hashes=dict(sorted((name, value) for name, value in self._hashes.items() if value)),
            signatures=signatures,
            certificates=carried.certificates(),
            revocation_lists=carried.revocation_lists(),
            strays=carried.strays(),
            damaged=(*self._damaged, *carried.damaged),
        )

    def _signatures(self, table: certificate_table.Table) -> Iterator[Signature]:
        """Yield the signatures of all entries, each followed by those nested in it."""
        waiting = [_Task(value=value, entry=index, depth=0) for index, value in reversed(table.values.items())]
        count = 0
        while waiting:
            task = waiting.pop()
            if count == MOST_SIGNATURES or task.depth > DEEPEST:
                self._damaged.append(
                    f"signature at {task.value.start:#x}: expected at most {MOST_SIGNATURES}, "
                    f"{DEEPEST} deep, found more"
                )
                continue
            count += 1
            try:
                signed = cms.signed_data(self._data, task.value)
            except (FormatError, LimitError) as error:
                self._damaged.append(f"signature at {task.value.start:#x}: {error}")
                self._carried.stray([cms.Stray(what="certificate table: no signed data", where=task.value)])
                continue
            signature, nested = self._signature(signed, task)
            yield signature
            waiting += [_Task(value=n, entry=task.entry, depth=task.depth + 1) for n in reversed(nested)]

    def _signature(self, signed: cms.SignedData, task: _Task) -> tuple[Signature, list[der.Element]]:
        """Read and verify one SignedData; the signatures nested in it come back beside it."""
        pool = self._carried.take(signed)
        content = self._content(signed)
        algorithm, declared = (content.algorithm, content.digest) if content else ("", "")
        computed = self._hash(algorithm)
        if not signed.signers:
            empty = Signature(
                entry=task.entry,
                depth=task.depth,
                algorithm=algorithm,
                digest_declared=declared,
                digest_computed=computed,
                signature_valid=False,
                failure="there is no signer",
                signer=None,
                certificates=leaf_first(None, pool),
            )
            return empty, []
        signer = signed.signers[0]
        leaf = cms_verify.find_signer(signer, pool)
        self._carried.mark(leaf, pool)
        unsigned = self._unsigned(signer, pool)
        failure = self._failure(signed, signer, leaf, content)
        signature = Signature(
            entry=task.entry,
            depth=task.depth,
            algorithm=algorithm,
            digest_declared=declared,
            digest_computed=computed,
            signature_valid=not failure,
            failure=failure,
            signer=signer_of(leaf) if leaf else None,
            certificates=leaf_first(leaf, pool),
            attributes=self._attributes(signer, unsigned),
            timestamps=tuple(_time_stamp(stamp) for stamp in unsigned.stamps),
            page_hashes=self._page_hashes(content),
            signing_time=cms_verify.signing_time(self._data, signer),
            program_name=self._program_name(signer),
        )
        return signature, unsigned.nested

    def _content(self, signed: cms.SignedData) -> IndirectData | None:
        """Read what is signed; None where it is not the digest of a file."""
        if signed.content_type != authenticode_content.SPC_INDIRECT_DATA or signed.content is None:
            self._damaged.append(
                f"signature at {signed.where.start:#x}: expected SpcIndirectDataContent, "
                f"found {signed.content_type if signed.content else 'no content'}"
            )
            self._carried.stray(cms.Stray(what="content", where=c) for c in (signed.content,) if c)
            return None
        try:
            return authenticode_content.indirect_data(self._data, signed.content)
        except (FormatError, LimitError) as error:
            self._carried.stray([cms.Stray(what="content", where=signed.content)])
            self._damaged.append(f"signed content at {signed.content.start:#x}: {error}")
            return None

    def _hash(self, algorithm: str) -> str:
        """Return the image hash, computed once for each algorithm; empty for one that nobody signs with."""
        if algorithm not in x509_verify.DIGESTS.values():
            return ""
        if algorithm not in self._hashes:
            self._hashes[algorithm] = self._file.hash(algorithm)
        return self._hashes[algorithm]

    def _failure(
        self, signed: cms.SignedData, signer: cms.SignerInfo, leaf: x509.Parsed | None, content: IndirectData | None
    ) -> str:
        """Why the signer's key did not sign this content (Authenticode_PE, "SignerInfo"); empty where it did."""
        if content is None or signed.content is None:
            return "what is signed is not the digest of a file"
        # RFC 2315 section 9.3: only the content octets of the value are digested, not its identifier and length
        octets = der.content(self._data, signed.content)
        return cms_verify.check(self._data, signer, leaf, signed.content_type, octets)

    def _unsigned(self, signer: cms.SignerInfo, pool: Sequence[x509.Parsed]) -> _Unsigned:
        """Read time stamps and nested signatures out of the unsigned attributes."""
        found = _Unsigned(stamps=[], nested=[], understood=set())

        def token(value: der.Element) -> None:
            found.stamps.append(timestamp.token(self._data, value, signer.signature, pool, self._carried.take))

        def legacy(value: der.Element) -> None:
            stamp = timestamp.legacy(self._data, value, signer.signature, pool)
            self._carried.stray(stamp.strays)
            found.stamps.append(stamp)

        def nested(value: der.Element) -> None:
            found.nested.append(der.expect(value, der.SEQUENCE, "a nested signature"))
            cms.signed_data(self._data, value)

        readers: dict[str, Callable[[der.Element], None]] = {
            cms.RFC3161_TOKEN: token,
            cms.TOKEN_ATTRIBUTE: token,
            cms.LEGACY_COUNTER_SIGNATURE: legacy,
            cms.NESTED: nested,
        }
        for attribute in signer.unsigned:
            if attribute.oid in readers and self._read_values(attribute, readers[attribute.oid]):
                found.understood.add(attribute.where.start)
        for stamp in found.stamps:
            self._carried.mark(stamp.certificate, stamp.pool)
        return found

    def _read_values(self, attribute: cms.RawAttribute, reader: Callable[[der.Element], None]) -> bool:
        """Read each value of an attribute; tell whether every one is what the OID says."""
        name = cms.KNOWN_ATTRIBUTES[attribute.oid]
        whole = bool(attribute.values) and len(attribute.values) <= MOST_STAMPS
        for value in attribute.values[:MOST_STAMPS]:
            try:
                reader(value)
            except (FormatError, LimitError) as error:
                whole = False
                self._damaged.append(f"attribute {name} at {attribute.where.start:#x}: {error}")
        return whole

    def _attributes(self, signer: cms.SignerInfo, unsigned: _Unsigned) -> tuple[Attribute, ...]:
        """Return the signer's attributes and, of its time stamps' signers, those that nothing signs."""
        describe, data = authenticode_attributes.describe, self._data
        found = [*describe(data, signer.signed, (), "signed")]
        found += describe(data, signer.unsigned, unsigned.understood, "unsigned")
        for stamp in unsigned.stamps:
            found += describe(data, stamp.unsigned, (), "unsigned")
        return tuple(found)

    def _page_hashes(self, content: IndirectData | None) -> PageHashes | None:
        """Recompute the page hashes where they were signed."""
        if content is None or content.pages is None:
            return None
        return self._file.pages(content.pages)

    def _program_name(self, signer: cms.SignerInfo) -> str:
        """Program name of SpcSpOpusInfo; empty where there is none that can be read."""
        value = cms.single_value(signer.signed, cms.OPUS_INFO)
        try:
            return authenticode_content.program_name(self._data, value) if value else ""
        except (FormatError, LimitError) as error:
            self._damaged.append(f"SpcSpOpusInfo: {error}")
            return ""


def _time_stamp(stamp: timestamp.Stamp) -> TimeStamp:
    """One counter-signature as a fact."""
    return TimeStamp(
        kind=stamp.kind,
        at=stamp.at,
        signer=signer_of(stamp.certificate) if stamp.certificate else None,
        verified=not stamp.failure,
        failure=stamp.failure,
        certificates=leaf_first(stamp.certificate, stamp.pool),
    )
