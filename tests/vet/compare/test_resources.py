"""Resources that come, go or grow, and what a file says it is."""

from __future__ import annotations

from compare_kit import compared, pe_facts

from unrig.drill.build.pe_spec import PeSpec, ResourceSpec
from unrig.vet.compare.resources import COMPARISON


def test_kinds_sizes_and_names() -> None:
    before = pe_facts(PeSpec(version={"CompanyName": "Northwind", "FileVersion": "1.2"}))
    named = {"CompanyName": "Contoso", "FileVersion": "1.3"}
    after = pe_facts(PeSpec(version=named, resources=(ResourceSpec(size=100),)))
    found = compared(COMPARISON, before, after)
    assert found["resources.types"].come == ("RT_RCDATA",)
    assert found["resources.sizes"].come == ("RT_RCDATA/#1/1033, 100 bytes",)
    assert (
        found["resources.naming"].what
        == "names in version information: 1 new (CompanyName Contoso), 1 gone (CompanyName Northwind)"
    )
    assert found["resources.version"].come == ("FileVersion 1.3",)
