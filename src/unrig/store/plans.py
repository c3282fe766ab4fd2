"""Questions to the event tables as they were compiled before: SQL text, kept in the cache beside the facts.

Compiling an Ibis expression costs far more than DuckDB takes to answer it over a small log. What a question compiles
to depends on the code and on what is asked for, never on the rows; so it is compiled once for both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from unrig.model.fact import Fact
from unrig.store.fact_cache import FactCache

if TYPE_CHECKING:
    import pyarrow as pa

_READER = "plan/duckdb"
_VERSION = 1


class Plan(Struct, frozen=True, kw_only=True):
    """One compiled question."""

    sql: str
    answer: bytes
    """The schema of its answer, as Arrow's IPC message."""
    given: dict[str, bytes] = {}
    """Small tables that the text names besides the event tables (what leads ask for), as Arrow IPC streams."""


class Plans:
    """Compiled questions of one version of the code."""

    def __init__(self, cache: FactCache, version: str) -> None:
        """Take the open cache; `version` says all that plans depend on besides the question."""
        self._cache = cache
        self._version = version

    def get(self, question: str) -> Plan | None:
        """Return what the question was compiled to; None where it was not, or cannot be read."""
        for fact in self._cache.facts(self._key(question)):
            if fact.reader == _READER and fact.reader_version == _VERSION:
                try:
                    return msgspec.msgpack.decode(fact.value, type=Plan)
                except msgspec.DecodeError:
                    return None
        return None

    def add(self, question: str, plan: Plan) -> None:
        """Keep what a question was compiled to."""
        value = msgspec.msgpack.encode(plan)
        self._cache.add([Fact(sha256=self._key(question), reader=_READER, reader_version=_VERSION, value=value)])

    def _key(self, question: str) -> str:
        return hashlib.sha256(f"{self._version}\0{question}".encode()).hexdigest()


def packed(tables: Mapping[str, pa.Table]) -> dict[str, bytes]:
    """Return small tables as Arrow IPC streams."""
    import pyarrow as pa  # noqa: PLC0415  (the core does without the telemetry engine)

    found: dict[str, bytes] = {}
    for name, table in tables.items():
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        found[name] = sink.getvalue().to_pybytes()
    return found


def unpacked(given: Mapping[str, bytes]) -> dict[str, pa.Table]:
    """Return the tables again. Raises pa.ArrowInvalid for bytes that are none."""
    import pyarrow as pa  # noqa: PLC0415  (the core does without the telemetry engine)

    return {name: pa.ipc.open_stream(data).read_all() for name, data in given.items()}
