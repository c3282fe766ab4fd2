from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from unrig.respond.checkers import pysigma
from unrig.respond.documents.sigma_rigged_module import emit as sigma


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("condition: selection", "condition: nothing"),
        ("condition: selection", "condition: (selection"),
        ("level: critical", "level: bad"),
        ("id: ", "id: x"),
        ("title: ", "titel: "),
        ("Hashes|contains", "Hashes|contanis"),
        ("    product: windows", "    product: windows\n   x: y"),
        ("'attack.t1553.002'", "'attack.t1553.002'\n    - 'attack.t1553.002'"),
    ],
)
def test_pysigma_sees_each_fault(made: ModuleType, old: Any, new: Any) -> None:
    rule = sigma(made.inputs()).decode()
    assert old in rule
    assert pysigma.check(rule.replace(old, new, 1).encode()).result == "failed"
