"""OpenVEX by vexipy, an implementation of the specification that shares nothing with unrig's writer.

It models the specification in pydantic: types, IRIs (RFC 3987), identifiers and hashes by name, and what each status
must have beside it. It ignores fields it does not know, so what it understood is compared with what was written.
"""

from __future__ import annotations

import importlib.util
import json
import warnings
from collections.abc import Iterator
from importlib.metadata import version

from unrig.model.document import Check
from unrig.respond.checker import Checker, judged, missing

ID = "vexipy"
CONTEXT = "https://openvex.dev/ns/v0.2.0"
"""Which vexipy takes as it comes."""


def check(document: bytes) -> Check:
    """Return vexipy's word on an OpenVEX document."""
    if importlib.util.find_spec("vexipy") is None:
        return missing(ID, "vexipy")
    return judged(ID, version("vexipy"), tuple(_faults(document)))


def _faults(document: bytes) -> Iterator[str]:
    from vexipy.document import Document  # noqa: PLC0415 - only the check extra installs it, and it takes 0.3 s to import

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            understood = Document.from_json(document.decode())
        except ValueError as error:  # pydantic's ValidationError and UnicodeDecodeError are both ValueErrors
            yield " ".join(str(error).split())
            return
    yield from (str(one.message) for one in said)
    given = json.loads(document)
    if given.get("@context") != CONTEXT:
        yield f"@context is {given.get('@context')!r}"
    yield from _unread(given, json.loads(understood.model_dump_json(by_alias=True, exclude_unset=True)), "")
    if not given.get("statements"):
        yield "there is no statement"


def _unread(given: object, understood: object, at: str) -> Iterator[str]:
    """Yield the place of every field that the document has and the checker does not know."""
    if isinstance(given, dict) and isinstance(understood, dict):
        for key, value in given.items():
            if key not in understood:
                yield f"unknown field {at}/{key}"
            else:
                yield from _unread(value, understood[key], f"{at}/{key}")
    elif isinstance(given, list) and isinstance(understood, list):
        for number, (one, other) in enumerate(zip(given, understood, strict=False)):
            yield from _unread(one, other, f"{at}/{number}")


CHECKER = Checker(id=ID, standards=("OpenVEX",), check=check)
