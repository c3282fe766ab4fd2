from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from unrig.respond.checkers import pymarkdown
from unrig.respond.documents.customer_notice import emit as notice


@pytest.mark.parametrize("fault", ["<b>x</b>", "http://example.test", "# Another title", "```\ncode\n```", "text  \t"])
def test_pymarkdown_sees_each_fault(made: ModuleType, fault: Any) -> None:
    document = notice(made.inputs()).decode()
    assert pymarkdown.check(f"{document}\n{fault}\n".encode()).result == "failed"
