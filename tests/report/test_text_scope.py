"""Who has it, on a terminal: every count beside what it is a part of."""

from __future__ import annotations

import datetime as dt
import io

from rich.console import Console

from unrig.model.exposure import Affected, Embedded, Unknown
from unrig.model.identity import Identity
from unrig.model.results import ScopeResult
from unrig.report import text_scope

NOBODY = ScopeResult(
    generated_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    unrig_version="0",
    complete=True,
    because=(),
    unknown=(Unknown(reason="no row speaks of the product", devices=450),),
)
AFFECTED = Affected(
    id="x",
    identity=Identity(name="codec.dll", version="1.2"),
    devices=3,
    denominator=500,
    matched_by=("sha256",),
    reason="its sha256 is that of the rigged codec.dll",
    action="Remove it.",
)


def printed(result: ScopeResult) -> str:
    out = io.StringIO()
    text_scope.show(Console(file=out, width=200), result, quiet=False, verbose=False)
    return out.getvalue()


def test_devices_without_the_product_are_part_of_the_inventory() -> None:
    assert printed(NOBODY).startswith(" 0 AFFECTED   of 450 devices in the inventory")


def test_the_affected_are_counted_of_all() -> None:
    both = ScopeResult(
        generated_at=NOBODY.generated_at,
        unrig_version="0",
        complete=True,
        because=(),
        exposures=(AFFECTED,),
        unknown=NOBODY.unknown,
    )
    text = printed(both)
    assert text.startswith(" 3 AFFECTED   of 500 devices in the inventory")
    assert "affected (Remove it.): 3 of 500 devices have codec.dll 1.2: its sha256" in text


def test_the_version_of_a_component_stands_with_the_component() -> None:
    said = {"path": "a.cdx.json#/components/0", "says": "sbom", "matched_by": "sha256"}
    ferry = Embedded(product="Ferry Console 1.0", component="codec.dll", version="5.7", **said)
    assert text_scope.contains(ferry) == "Ferry Console 1.0 contains codec.dll 5.7"
    assert text_scope.contains(Embedded(product="Ferry", component="codec.dll", **said)) == "Ferry contains codec.dll"
