"""One file compressed by gzip, bzip2, xz or zstd: a container with one member, called `content`.

Layout:   RFC 1952, bzip2, the xz file format, RFC 8878; several streams in a row are one content, as their programs read them.
          The member is not called by the name in the gzip header: that name changes with each release.
Refuses:  xz that needs more than 144 MiB, zstd with a window of more than 128 MiB; what follows the last stream is a
          problem, and a fact.
"""

from __future__ import annotations

from collections.abc import Iterator

from unrig.formats.compressed_stream import DECODERS, decoder_of
from unrig.model.budget import Budget, take_member
from unrig.model.errors import LimitError
from unrig.model.member import Container, Member
from unrig.model.problem import Problem
from unrig.unpack.budget import limited
from unrig.unpack.streams import opened, whole

NAME = "content"


def members(data: memoryview, budget: Budget) -> Iterator[Member | Problem]:
    """Yield the one member. Raises FormatError where the bytes begin like none of the formats."""
    decoder = decoder_of(data)
    try:
        take_member(budget, NAME)
    except LimitError as error:
        yield limited(NAME, error)
        return
    yield Member(
        path=NAME,
        size=0,  # none of them says it up front (gzip's is modulo 2^32, at the end)
        index=0,
        offset=0,
        open=lambda: opened(whole(decoder(data), data, "compressed file"), NAME, budget),
    )


CONTAINER = Container(id="compressed", formats=tuple(sorted(DECODERS)), members=members)
