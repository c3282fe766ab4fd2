"""Preloaded by a fork server in tests: readers that crash, hang in their memory or lie where a file says so."""

from __future__ import annotations

import os

import msgspec

from unrig.model.fact import Stage
from unrig.vet import reading

CRASH, DEFECT, ELSEWHERE, GARBAGE = (
    b"UNRIG-TEST-CRASH",
    b"UNRIG-TEST-DEFECT",
    b"UNRIG-TEST-OTHER",
    b"UNRIG-TEST-GARBAGE",
)
_honest = reading._facts_of


def _facts_of(data: memoryview, sha256: str, problems: object, stage: Stage = "base") -> reading.ReadResult:
    start = bytes(data[:64])
    if start.startswith(CRASH):
        os.abort()
    if start.startswith(DEFECT):
        raise ZeroDivisionError("a defect")
    result = _honest(data, sha256, problems, stage)  # type: ignore[arg-type]
    if start.startswith(ELSEWHERE):
        facts = tuple(msgspec.structs.replace(fact, sha256="0" * 64) for fact in result.facts)
        return msgspec.structs.replace(result, facts=facts)
    if start.startswith(GARBAGE):
        facts = tuple(msgspec.structs.replace(fact, value=b"\xc1") for fact in result.facts)
        return msgspec.structs.replace(result, facts=facts)
    return result


reading._facts_of = _facts_of
