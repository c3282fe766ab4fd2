"""Where and with what a program was built."""

from __future__ import annotations

from compare_kit import compared, pe_facts

from unrig.drill.build.pe_spec import PeSpec, RichTool
from unrig.vet.compare.build import COMPARISON


def test_tools_symbols_and_time() -> None:
    tools = (RichTool(product=260, build=30034, count=7),)
    before = pe_facts(PeSpec(pdb_path="C:\\ci\\codec.pdb", rich=tools, timestamp=1_700_000_000))
    after = pe_facts(
        PeSpec(
            pdb_path="D:\\home\\codec.pdb",
            rich=(*tools, RichTool(product=261, build=1, count=1)),
            timestamp=1_600_000_000,
        )
    )
    found = compared(COMPARISON, before, after)
    assert sorted(found) == ["build.symbols", "build.time", "build.tools"]
    assert found["build.symbols"].what == "debug symbols: C:\\ci\\codec.pdb became D:\\home\\codec.pdb"
    assert found["build.tools"].come == ("261.1",)
    assert found["build.time"].come == ("2020-09-13 12:26:40",)


def test_a_hash_in_place_of_a_time_is_no_time() -> None:
    before, after = pe_facts(PeSpec(repro=True, timestamp=5)), pe_facts(PeSpec(repro=True, timestamp=7))
    assert compared(COMPARISON, before, after) == {}


def test_how_many_objects_a_tool_made_is_nothing() -> None:
    before = pe_facts(PeSpec(rich=(RichTool(product=260, build=1, count=7),)))
    after = pe_facts(PeSpec(rich=(RichTool(product=260, build=1, count=9),)))
    assert compared(COMPARISON, before, after) == {}
