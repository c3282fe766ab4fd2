"""Columns of text made by Arrow, many values at once, where that gives what Python would give for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from unrig.hunt.values import NOTHING

if TYPE_CHECKING:
    from pyarrow import Array

TEXTS = frozenset({str, type(None)})
INTEGERS = frozenset({int, type(None)})
BRACES = "{}"


def plain(values: Sequence[object]) -> Array:
    """Return texts and nulls as they are; what stands for nothing becomes null."""
    import pyarrow as pa  # noqa: PLC0415  (loaded before the worker was sealed)

    return _without_nothing(pa.array(values, pa.string()))


def folded(values: Sequence[object], strip: str = "") -> Array | None:
    """Return texts in lower case, without some letters at their ends; None where one is not ASCII.

    Arrow lowers letter by letter, Python as Unicode says (SpecialCasing): only of ASCII both make the same.
    """
    import pyarrow as pa  # noqa: PLC0415  (loaded before the worker was sealed)
    import pyarrow.compute as pc  # noqa: PLC0415  (same)

    given = pa.array(values, pa.string())
    if pc.all(pc.string_is_ascii(given)).as_py() is False:
        return None
    lower = pc.ascii_lower(_without_nothing(given))
    return _without_nothing(pc.ascii_trim(lower, characters=strip), ("",)) if strip else lower


def integers(values: Sequence[object]) -> Array | None:
    """Return whole numbers and nulls; None where one has more than 64 bits."""
    import pyarrow as pa  # noqa: PLC0415  (loaded before the worker was sealed)

    try:
        return pa.array(values, pa.int64())
    except (OverflowError, pa.ArrowInvalid):
        return None


def _without_nothing(given: Array, nothing: Sequence[str] = tuple(sorted(NOTHING))) -> Any:
    import pyarrow as pa  # noqa: PLC0415  (loaded before the worker was sealed)
    import pyarrow.compute as pc  # noqa: PLC0415  (same)

    gone = pc.is_in(given, value_set=pa.array(nothing, pa.string()))
    return pc.if_else(gone, pa.scalar(None, pa.string()), given)
