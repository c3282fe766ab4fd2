"""MSZIP ([MS-MCI]): blocks of deflate, each of which may refer to the 32 KiB of plain bytes before it."""

from __future__ import annotations

from zlib_ng import zlib_ng

from unrig.model.errors import FormatError

SIGNATURE = b"CK"
HISTORY = 32_768  # deflate's window, RFC 1951 section 2


class Mszip:
    """The plain bytes of the blocks of one folder, which must be given in their order."""

    def __init__(self) -> None:
        self.spare = 0
        """Bytes so far that stood in blocks behind the end of their streams, zeros left out."""
        self._history = b""

    def plain(self, packed: memoryview, size: int) -> bytes:
        """Return the `size` plain bytes of the next block. Raises FormatError where there are others."""
        if bytes(packed[:2]) != SIGNATURE:
            raise FormatError("MSZIP block", "CK", bytes(packed[:2]).hex())
        decoder = zlib_ng.decompressobj(-zlib_ng.MAX_WBITS, zdict=self._history)
        try:
            found = decoder.decompress(packed[2:], size + 1)
        except zlib_ng.error as error:  # type: ignore[misc]  # its stub takes the class for an instance
            raise FormatError("MSZIP block", "a valid deflate stream", str(error)) from error
        if len(found) != size or not decoder.eof:
            raise FormatError("MSZIP block", f"{size} plain bytes", f"{len(found)} and no end of the stream")
        self.spare += len(decoder.unused_data.strip(b"\0"))
        self._history = (self._history + found)[-HISTORY:]
        return found
