from __future__ import annotations

import re

import pytest
from msgspec.structs import replace
from rule_pages import File, Setting, seen

from unrig.drill.build.pe_spec import PeSpec, RichTool
from unrig.drill.build.signing import SigningSpec
from unrig.model.pe import PeFacts
from unrig.model.rule import ArtifactView
from unrig.vet.siblings import Build, build, company, folders, kin, majority, odd_builds, odd_signature, organisation


def part(company_name: str = "", toolset: int = 30_000, root: str = "c:/work/build", **more: object) -> File:
    pe = PeSpec(
        version={"CompanyName": company_name, "FileVersion": "1.0.0.0"} if company_name else {},
        rich=(RichTool(product=258, build=toolset, count=2), RichTool(product=1, build=65_000, count=1)),
        pdb_path=f"{root}/x.pdb" if root else "",
    )
    return File(pe=pe, **more)  # type: ignore[arg-type]


def views(files: dict[str, File]) -> tuple[ArtifactView, ...]:
    return seen(Setting(files=files)).artifacts


def five(**more: object) -> dict[str, File]:
    return {f"app/{n}.dll": part(seed=n, **more) for n in range(1, 6)}


def test_what_a_program_says_of_its_build() -> None:
    (view,) = views({"a.dll": part("Example Works", root="D:\\Jobs\\Nightly\\out")})
    told = build(view)
    assert told == Build(linker=told.linker, toolset="30000", root="d:/jobs")
    assert re.fullmatch(r"\d+\.\d+", told.linker)
    assert company(view) == "Example Works"
    assert organisation(view) == ""


def test_folders_with_few_programs_and_other_files_do_not_count() -> None:
    assert list(folders(views({f"app/{n}.dll": part(seed=n) for n in range(4)}))) == []
    (folder,) = folders(views(five() | {"app/readme.txt": File(text="hello"), "b/6.dll": part(seed=6)}))
    assert (folder.path, len(folder.members)) == ("app", 5)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["a"] * 4, "a"),
        (["a"] * 3, ""),
        (["a"] * 4 + ["b"] * 4, ""),
        (["a"] * 6 + ["b"] * 4, "a"),
        ([""] * 9, ""),
        ([""] * 4 + ["a"] * 4, ""),
    ],
)
def test_a_majority_has_four_voices_and_six_in_ten(values: list[str], expected: str) -> None:
    assert majority(values) == expected


def test_who_says_to_be_by_another_is_no_kin() -> None:
    files = five(company_name="Example Works") | {"app/x.dll": part("Open Project", seed=9), "app/y.dll": part(seed=8)}
    (folder,) = folders(views(files))
    assert {view.artifact.path for view in kin(folder)} == {*five(), "app/y.dll"}


def test_who_is_unsigned_among_the_signed() -> None:
    signed = five(signed=SigningSpec())
    (folder,) = folders(views(signed | {"app/x.dll": part(seed=9)}))
    signer, odd = odd_signature(folder)
    assert signer == organisation(folder.members[0]) != ""
    assert [view.artifact.path for view in odd] == ["app/x.dll"]
    (plain,) = folders(views(five()))
    assert odd_signature(plain) == ("", ())


def test_what_other_tools_make_is_compared_with_its_like() -> None:
    files = {f"app/{n}.dll": part(seed=n, toolset=30_000 + n % 2) for n in range(12)}
    (folder,) = folders(views(files))
    assert list(odd_builds(folder)) == []  # two builds of six each: no majority
    managed = tuple(
        replace(view, facts=view.facts | {PeFacts: replace(view.facts[PeFacts], is_dotnet=n % 2 == 0, rich=())})
        if n % 2 == 0
        else view
        for n, view in enumerate(folder.members)
    )
    assert list(odd_builds(replace(folder, members=managed))) == []
    linked = replace(managed[1], facts=managed[1].facts | {PeFacts: replace(managed[1].facts[PeFacts], linker="2.30")})
    odd = list(odd_builds(replace(folder, members=(managed[0], linked, *managed[2:]))))
    assert [(view.artifact.path, fields) for view, fields in odd] == [(linked.artifact.path, ("linker",))]


def test_who_was_built_elsewhere() -> None:
    files = five() | {"app/x.dll": part(toolset=33_333, root="e:/tmp/other", seed=9)}
    (folder,) = folders(views(files))
    ((view, fields),) = odd_builds(folder)
    assert (view.artifact.path, fields) == ("app/x.dll", ("toolset", "root"))
    (same,) = folders(views(five() | {"app/x.dll": part(root="", seed=9)}))
    assert list(odd_builds(same)) == []
