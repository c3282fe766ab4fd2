"""What a reader, an analytic and a lead kind are: functions with the values that name them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from unrig.hunt.streams import Rejected, Stream
from unrig.model.levels import Severity
from unrig.model.telemetry import Batch, Fills

if TYPE_CHECKING:
    import ibis.expr.types as ir

Tables = Mapping[str, "ir.Table"]
"""Event class to its table. All classes are there; those without rows are empty."""

Needs = tuple[Fills, ...]
"""Alternatives, any one of which is enough to be evaluated; within one, every class and column is needed."""

ROW_COLUMNS = (
    "of",
    "device",
    "user",
    "process",
    "detail",
    "stage",
    "severity",
    "time",
    "source",
    "record",
    "offset",
)
"""What an analytic's or lead kind's expression has, one row for each event that is part of a sighting. Columns beyond
these start with `score_` and are numbers; those of a sighting's first row are its scores."""


class Cut(StrEnum):
    """Where a large source may be cut, so that several workers read it."""

    WHOLE = "whole"
    """Nowhere."""
    LINES = "lines"
    """Between any two lines."""
    HEADED = "headed"
    """The same, where the reader knows all lines before the range that start with a number sign: `Stream.marks`."""
    OWN = "own"
    """Anywhere: the reader finds what starts in its range, and its records have numbers of their own."""


class Reader(Struct, frozen=True, kw_only=True):
    """Reads one kind of telemetry file. Runs in a sealed worker.

    `told_by` gets the first bytes of a file, decompressed, and says whether it is of this kind. `read` yields
    batches and, at the end, what was rejected, one value for each reason.
    """

    id: str
    title: str
    fills: Fills
    """What it can fill; what a device's rows do fill is measured."""
    cut: Cut
    """Which ranges of a large source can be read alone."""
    told_by: Callable[[bytes], bool]
    read: Callable[[Stream], Iterator[Batch | Rejected]]


class Stage(Struct, frozen=True, kw_only=True):
    """A table that an analytic's expression is built on, held by an engine that can, so that it is made once."""

    name: str
    """Under which it is among the tables of the stages behind it and of the expression."""
    rows: Callable[[Tables, tuple[Any, ...]], ir.Table]
    part_of: str = ""
    """An earlier stage of whose rows it may be made part by part, where they are many."""
    part_by: str = ""
    """A whole-number column of that stage: rows of this one come of rows with one value of it."""


class Analytic(Struct, frozen=True, kw_only=True):
    """One Ibis expression over the event tables that says what is odd without knowing of any incident."""

    id: str
    title: str
    severity: Severity
    """The highest it gives."""
    stage: str
    """ATT&CK tactic, by its short name."""
    techniques: tuple[str, ...]
    needs: Needs
    history_days: int = 0
    """Days of rows without which it says nothing of a device."""
    stages: tuple[Stage, ...] = ()
    """What is made before its expression, in order."""
    from_leads: type[Any] | None = None
    """The kind of lead without which there is nothing to ask."""
    rows: Callable[[Tables, tuple[Any, ...]], ir.Table]
    """Takes the tables and all leads of that kind; returns an expression with ROW_COLUMNS, nothing run yet."""
    tests: Callable[[Tables, tuple[Any, ...]], ir.Table] | None = None
    """Where it compares groups of devices: an expression with the columns of `judged.COUNTS` and others that say what
    is counted. What differs, over all tests of the run, is then among the tables as `judged`."""
    power: Callable[[float], str] | None = None
    """What would have shown in so many days of a device's telemetry, in words."""
    benign: str
    """The innocent thing that looks most like it, in one line."""


class LeadKind(Struct, frozen=True, kw_only=True):
    """How one kind of lead is hunted: one expression for all leads of the kind; its column `of` is the lead's id."""

    id: str
    title: str
    mild: str = ""
    """What its sightings of severity info are called: they show the product, not the thing itself."""
    lead: type[Any]
    severity: Severity
    """The highest it gives."""
    needs: Needs
    """For any lead of the kind."""
    narrow: Callable[[Any], Needs]
    """What this very lead needs; nothing where it names nothing to look for."""
    tests: None = None
    """A lead is seen or not; it compares no groups."""
    stages: tuple[Stage, ...] = ()
    without: str
    """Why a lead without needs cannot be hunted."""
    rows: Callable[[Tables, tuple[Any, ...]], ir.Table]


Unit = Analytic | LeadKind
