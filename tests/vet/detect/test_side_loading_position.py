"""A folder that stands for Windows itself, in more files than a page should hold."""

from __future__ import annotations

from rule_pages import File, Setting, seen

from unrig.data.system_libraries import system_libraries
from unrig.drill.build.pe_spec import PeSpec
from unrig.model.levels import Severity
from unrig.vet.detect.side_loading_position import RULE, WHOLE


def severities(count: int) -> set[Severity | None]:
    names = sorted(system_libraries())[:count]
    files = {f"wine/{name}": File(seed=n) for n, name in enumerate(names)}
    files["wine/tool.exe"] = File(pe=PeSpec(is_dll=False, imports=dict.fromkeys(names, ("Start",))))
    hits = list(RULE.check(seen(Setting(files=files))))
    assert len(hits) == count
    return {hit.severity for hit in hits}


def test_many_libraries_of_windows_together_replace_windows_one_takes_a_place() -> None:
    assert severities(WHOLE) == {Severity.LOW}
    assert severities(WHOLE - 1) == {Severity.MEDIUM}
