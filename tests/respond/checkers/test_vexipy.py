from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import pytest

from unrig.respond.checkers import vexipy
from unrig.respond.documents.openvex import emit as openvex


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["statements"][0].pop("action_statement"),
        lambda d: d["statements"][0].update(status="perhaps"),
        lambda d: d["statements"][0].update(colour="blue"),
        lambda d: d["statements"][0]["products"][0].update({"@id": "no iri"}),
        lambda d: d["statements"][0]["products"][0]["hashes"].update({"sha256": "x"}),
        lambda d: d["statements"][-1].pop("justification"),
        lambda d: d.update(statements=[]),
        lambda d: d.update(version="first"),
        lambda d: d.pop("author"),
        lambda d: d.update({"@context": "https://openvex.dev/ns/v9"}),
    ],
)
def test_vexipy_sees_each_fault(made: ModuleType, change: Any) -> None:
    document = json.loads(openvex(made.inputs()))
    assert vexipy.check(json.dumps(document).encode()).result == "passed"
    change(document)
    assert vexipy.check(json.dumps(document).encode()).result == "failed"
