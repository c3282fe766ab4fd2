"""What a sensor says of a module's signature."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

VALID = ("valid", "trusted", "ok")
"""How Sysmon and ECS say that a signature holds, in lower case."""


def untrusted(loaded: ir.Table) -> ir.BooleanValue:
    """Return whether a sensor says that the module is unsigned or its signature does not hold; false where it says nothing."""
    unsigned = loaded.signed == False  # noqa: E712  (an expression, not a test)
    broken = loaded.signature_status.notin(VALID) & (loaded.signature_status != "")
    return unsigned.fill_null(False) | broken.fill_null(False)  # noqa: FBT003  (values for SQL's COALESCE)
