"""Claims files read in a sealed worker: they come from anybody."""

from __future__ import annotations

import tempfile

from unrig.case.collect import ReadClaims
from unrig.exchange.claims_toml import ClaimsFile
from unrig.model.problem import Problem
from unrig.sandbox.call import Call, Item
from unrig.sandbox.pool import Pool

PRELOAD = ("unrig.exchange.claims_toml",)
"""What the pool must have imported before it seals its workers."""
CALL = Call(function="unrig.exchange.claims_toml:read_sealed", argument=str, result=ClaimsFile)


def reader(pool: Pool) -> ReadClaims:
    """Return the `read_claims` of `collect` and `run` that has `pool` do the reading; `pool` preloads PRELOAD."""

    def read(data: bytes, name: str) -> ClaimsFile:
        with tempfile.TemporaryFile() as file:
            file.write(data)
            file.seek(0)
            item = Item(argument=name, descriptors=(file.fileno(),), where=name)
            ((_, found),) = pool.map(CALL, [item])
        return ClaimsFile(problems=(found,)) if isinstance(found, Problem) else found

    return read
