"""What a sensor says of a module's signature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.expressions import file_name
from unrig.hunt.kinds import Tables

if TYPE_CHECKING:
    import ibis.expr.types as ir

VALID = ("valid", "trusted", "ok")
"""How Sysmon and ECS say that a signature holds, in lower case."""


def untrusted(loaded: ir.Table) -> ir.BooleanValue:
    """Return whether a sensor says that the module is unsigned or its signature does not hold; false where it says nothing."""
    unsigned = loaded.signed == False  # noqa: E712  (an expression, not a test)
    broken = loaded.signature_status.notin(VALID) & (loaded.signature_status != "")
    return unsigned.fill_null(False) | broken.fill_null(False)  # noqa: FBT003  (values for SQL's COALESCE)


def own_signers(tables: Tables) -> ir.Table:
    """Return who signs each program, as the load of its own file says: program (file name), own_signer, where it is but one."""
    loaded = tables["module_load"]
    own = loaded.filter(loaded.image == loaded.module, loaded.signer.notnull(), ~untrusted(loaded))
    signers = own.group_by(program=file_name(own.image)).agg(own_signer=own.signer.min(), signers=own.signer.nunique())
    return signers.filter(signers.signers == 1).select("program", "own_signer")
