"""What packs say, as a table beside the events: an analytic that wants it finds it there, empty where no pack is in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from unrig.hunt.kinds import Tables
from unrig.model.rule import Hijackable

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

PACKED_MODULES = "packed modules"
"""The name under which the libraries that packs name are put among the event tables."""
_SYSTEM_VENDOR = "microsoft"


def packed_of(tables: Tables) -> ir.Table:
    """Return the table of the libraries that packs name, from among the event tables; an empty one where it is not there."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    return tables[PACKED_MODULES] if PACKED_MODULES in tables else ibis.memtable(packed_modules({}))


def packed_modules(hijackable: Mapping[str, Hijackable]) -> pa.Table:
    """Return one row a library and program that a pack names: name, program, of_the_system, all text in lower case.

    A library of the system has one more row, with an empty program, which stands for any.
    """
    import pyarrow as pa  # noqa: PLC0415  (the core does without the telemetry engine)

    rows = [
        (name.lower(), program.lower(), _of_the_system(library))
        for name, library in sorted(hijackable.items())
        for program in (*library.programs, *(("",) if _of_the_system(library) else ()))
    ]
    names, programs, systems = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    return pa.table(
        {
            "name": pa.array(names, pa.string()),
            "program": pa.array(programs, pa.string()),
            "of_the_system": pa.array(systems, pa.bool_()),
        }
    )


def _of_the_system(library: Hijackable) -> bool:
    return library.vendor.lower() == _SYSTEM_VENDOR
