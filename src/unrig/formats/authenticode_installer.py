r"""The Authenticode signature of an installer as that of a program: `\5DigitalSignature` is its certificate table.

The two signature streams are the one place of an installer that its digest is not over, so every byte of them is
accounted for: by the PKCS #7 value, by the digest that MsiDigitalSignatureEx holds, or as unexplained.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TypeVar

import msgspec
from msgspec import Struct

from unrig.formats import authenticode, certificate_table, der, entropy, msi_digest, msi_streams, ole
from unrig.model.errors import FormatError
from unrig.model.place import Span
from unrig.model.signature import SignatureFacts, TableEntry

MAX_STREAM = 64 << 20  # real ones have some 10 KiB
LONGEST_DIGEST = 64  # octets of SHA-512
T = TypeVar("T")


def read(data: memoryview) -> SignatureFacts:
    """Return the signature of an installer, unsigned ones with their hash alone; offsets are those of the file.

    Nothing at all for other compound files. Raises FormatError where it has neither header nor directory.
    """
    structure = ole.read(data)
    if msi_streams.kind(structure) == "ole":
        return SignatureFacts()
    damaged: list[str] = []
    signature = _taken(data, structure, msi_streams.SIGNATURE, damaged)
    extended = _taken(data, structure, msi_streams.SIGNATURE_EX, damaged)
    held = memoryview(signature.content + extended.content)
    spare = len(extended.content) - LONGEST_DIGEST
    table = _table(held, len(signature.content)) if signature.content else certificate_table.Table(values={})
    if spare > 0:
        rest = entropy.measure(held, len(held) - spare, spare)
        table = msgspec.structs.replace(table, between=rest)
    found = authenticode.facts(
        authenticode.Signed(
            data=held,
            offset=0,
            size=len(signature.content),
            table=table,
            damaged=tuple(damaged),
            hash=lambda algorithm: _hash(data, structure, algorithm),
        )
    )
    return moved(found, (*signature.pieces, *extended.pieces))


class _Taken(Struct, frozen=True, kw_only=True):
    """A stream's content and where in the file it stands."""

    content: bytes = b""
    pieces: tuple[tuple[int, int], ...] = ()


def _taken(data: memoryview, structure: ole.OleStructure, name: str, damaged: list[str]) -> _Taken:
    """Return a stream of the root; nothing, and a line of damage, where it cannot be read."""
    entry = msi_streams.top(structure, name)
    if entry is None:
        return _Taken()
    if entry.size > MAX_STREAM:
        damaged.append(f"stream {ole.shown(entry)}: expected at most {MAX_STREAM:,} bytes, found {entry.size:,}")
        return _Taken()
    try:
        pieces = tuple(ole.extents(data, structure, entry))
    except FormatError as error:
        damaged.append(f"stream {ole.shown(entry)}: {error}")
        return _Taken()
    return _Taken(content=b"".join(bytes(data[start : start + length]) for start, length in pieces), pieces=pieces)


def _table(held: memoryview, size: int) -> certificate_table.Table:
    """Return the stream as a table of one entry, whose header is nothing."""
    value, damage = None, ""
    try:
        value = der.expect(der.read(held, 0, size), der.SEQUENCE, "a SEQUENCE")
    except FormatError as error:
        damage = str(error)
    end = value.end if value else 0
    entry = TableEntry(
        index=0,
        offset=0,
        declared_length=size,
        revision=certificate_table.REVISIONS[-1],
        type=certificate_table.SIGNED_DATA_TYPE,
        der_length=end,
        unexplained=entropy.measure(held, end, size - end) if end < size else None,
        damage=damage,
    )
    return certificate_table.Table(
        entries=(entry,),
        values={0: value} if value else {},
        damaged=(f"signature stream: {damage}",) if damage else (),
    )


def _hash(data: memoryview, structure: ole.OleStructure, algorithm: str) -> str:
    try:
        return msi_digest.file_digest(data, structure, algorithm)
    except FormatError:
        return ""  # the facts of the installer say which stream cannot be read


class _Places:
    """Where in the file a byte of the signature streams stands."""

    def __init__(self, pieces: tuple[tuple[int, int], ...]) -> None:
        self._pieces = pieces
        self._starts = list(accumulate((length for _, length in pieces), initial=0))

    def of(self, offset: int) -> int:
        """Return the offset in the file; what lies behind all pieces stays as far behind the last."""
        for (start, length), begin in zip(self._pieces, self._starts, strict=False):
            if offset < begin + length:
                return start + offset - begin
        if not self._pieces:
            return offset
        start, length = self._pieces[-1]
        return start + length + offset - self._starts[-1]


def moved(facts: SignatureFacts, pieces: tuple[tuple[int, int], ...]) -> SignatureFacts:
    """Return the facts with each offset turned into that of the file, in which the bytes stand in these pieces."""
    return _moved(facts, _Places(pieces))


def _moved(value: T, places: _Places) -> T:
    """Return facts with every offset of a span turned into that of the file."""
    moved: object = value
    if isinstance(value, Span):
        moved = msgspec.structs.replace(value, offset=places.of(value.offset))
    elif isinstance(value, TableEntry | SignatureFacts):
        name = "offset" if isinstance(value, TableEntry) else "table_offset"
        fields = {name: places.of(getattr(value, name)), **_fields(value, places, name)}
        moved = msgspec.structs.replace(value, **fields)
    elif isinstance(value, Struct):
        moved = msgspec.structs.replace(value, **_fields(value, places, ""))
    elif isinstance(value, tuple):
        moved = tuple(_moved(one, places) for one in value)
    return moved  # type: ignore[return-value]  # of the same type in each branch


def _fields(value: Struct, places: _Places, but: str) -> dict[str, object]:
    return {name: _moved(getattr(value, name), places) for name in value.__struct_fields__ if name != but}
