"""The two errors a reader may raise; everything else that goes wrong is a `Problem` value."""

from __future__ import annotations


class FormatError(Exception):
    """The input lies about its own structure and nothing more can be read from it.

    `where` is the place inside the input (an offset, a record), `expected` and `observed` say
    what the grammar asks for and what stands there.
    """

    def __init__(self, where: str, expected: str, observed: str) -> None:
        super().__init__(f"{where}: expected {expected}, found {observed}")
        self.where = where
        self.expected = expected
        self.observed = observed


class LimitError(Exception):
    """A budget (bytes, members, depth, steps) ended before the input did."""

    def __init__(self, where: str, limit: str, observed: str) -> None:
        super().__init__(f"{where}: the limit is {limit}, found {observed}")
        self.where = where
        self.limit = limit
        self.observed = observed


class UsageError(Exception):
    """What the user asked for cannot be done; the message says what was found and what to do (exit code 2)."""
