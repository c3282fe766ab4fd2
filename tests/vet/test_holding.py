"""A look inside is taken where there may be something, so that a warm run opens nothing in vain."""

from __future__ import annotations

from pathlib import Path

import pytest
from vet_kit import vetted, written

from unrig.drill.build.cab import CabFile, CabFolder, build_cab
from unrig.drill.build.payload import PayloadSpec
from unrig.drill.build.pe import build_pe
from unrig.drill.build.pe_spec import PeSpec
from unrig.drill.build.zip import ZipEntry, build_zip
from unrig.sandbox.pool import Pool
from unrig.vet.holding import may_hold

PLAIN = build_pe(PeSpec(), 1)
CARRIER = build_pe(PeSpec(overlay=PayloadSpec(size=9_000)), 1)


@pytest.mark.parametrize(
    ("name", "content"), [("lib.dll", PLAIN), ("setup.exe", CARRIER), ("in.zip", build_zip((ZipEntry(name="a"),)))]
)
def test_a_warm_run_opens_no_member_of_a_cabinet(
    tmp_path: Path, cache: Path, pool: Pool, name: str, content: bytes
) -> None:
    release = written(tmp_path / "r.cab", build_cab((CabFolder(files=(CabFile(name=name, content=content),)),)))
    cold = vetted(release, cache=cache, pool=pool)
    warm = vetted(release, cache=cache, pool=pool)
    assert (cold.stats.opened > 0, warm.stats.opened) == (True, 0)
    assert [artifact.path for artifact in warm.artifacts] == [artifact.path for artifact in cold.artifacts]


def test_programs_may_hold_something_where_their_facts_say_so() -> None:
    assert may_hold("zip", {})
    assert not may_hold("text", {})
    assert may_hold("pe", {}), "nothing is known of it"
