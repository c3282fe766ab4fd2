from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from unrig.exchange.cyclonedx import Bom, BomComponent
from unrig.model.identity import Identity
from unrig.model.lead import HashLead
from unrig.model.levels import Answer
from unrig.scope.match import MatchIndex, build_index
from unrig.scope.upstream import SbomRead, embedders

PURL = "pkg:npm/left-pad@1.0.0"


def read(
    *components: BomComponent, source: str = "dir/app.cdx.json", product: str = "Dial App", version: str = "7"
) -> Any:
    bom = Bom(
        spec_version="1.5",
        product=BomComponent(pointer="/metadata/component", name=product, version=version),
        components=components,
    )
    return SbomRead(source=source, bom=bom)


@pytest.fixture
def index(made: ModuleType) -> Any:
    return build_index(leads=made.LEADS, good=(Identity(sha256=made.GOOD),))


def test_a_component_with_the_rigged_hash_embeds(made: ModuleType, index: MatchIndex) -> None:
    component = BomComponent(pointer="/components/3", name="codec", version="4", sha256=made.RIGGED)
    answer = embedders((read(component),), index)
    (found,) = answer.embedded
    assert (found.product, found.component, found.version) == ("Dial App 7", "codec", "4")
    assert (found.path, found.says, found.matched_by) == ("dir/app.cdx.json#/components/3", "sbom", "sha256")
    assert answer.questions == ()


def test_the_hash_of_its_distribution_counts_too(made: ModuleType, index: MatchIndex) -> None:
    component = BomComponent(pointer="/components/0", name="x", distributions=(made.sha("other"), made.RIGGED))
    assert len(embedders((read(component),), index).embedded) == 1


def test_a_name_and_version_is_a_question_never_an_answer(made: ModuleType, index: MatchIndex) -> None:
    component = BomComponent(pointer="/components/0", name="SoftPhone Desktop App", version="18.12.416")
    answer = embedders((read(component),), index)
    assert answer.embedded == ()
    (question,) = answer.questions
    assert (question.devices, question.denominator, question.missing) == (0, 0, ("sha256",))
    assert "Dial App 7" in question.reason


def test_a_known_good_hash_settles_the_question(made: ModuleType, index: MatchIndex) -> None:
    good = BomComponent(pointer="/components/0", name="SoftPhone Desktop App", sha256=made.GOOD)
    strange = BomComponent(pointer="/components/0", name="SoftPhone Desktop App", sha256=made.sha("strange"))
    assert embedders((read(good),), index).questions == ()
    assert embedders((read(strange),), index).questions[0].missing == ("baseline",)


@pytest.mark.parametrize("answer", list(Answer))
def test_a_purl_matches_only_where_it_discriminates(answer: Any) -> None:
    lead = HashLead(id="1", identity=Identity(purl=PURL, name="left-pad", discriminates={"purl": answer}))
    index = build_index(leads=(lead,))
    components = (
        BomComponent(pointer="/components/0", name="left-pad", version="1.0.0", purl="pkg:NPM/left-pad@1.0.0"),
        BomComponent(pointer="/components/1", name="left-pad", version="1.0.1", purl="pkg:npm/left-pad@1.0.1"),
    )
    found = embedders((read(*components),), index).embedded
    assert [one.path[-1] for one in found] == (["0"] if answer is Answer.YES else [])
    assert all(one.matched_by == "purl" for one in found)


def test_a_bom_without_a_product_is_called_by_its_file(made: ModuleType, index: MatchIndex) -> None:
    component = BomComponent(pointer="/components/0", name="codec", sha256=made.RIGGED)
    (found,) = embedders((read(component, product=""),), index).embedded
    assert found.product == "dir/app.cdx.json"


def test_boms_that_were_not_read_say_nothing_and_order_is_fixed(made: ModuleType, index: MatchIndex) -> None:
    component = BomComponent(pointer="/components/0", name="codec", sha256=made.RIGGED)
    first, second = read(component, product="B"), read(component, product="A")
    answer = embedders((first, SbomRead(source="x", bom=None), second), index)
    assert [one.product for one in answer.embedded] == ["A 7", "B 7"]
    assert embedders((second, first), index) == embedders((first, second), index)
