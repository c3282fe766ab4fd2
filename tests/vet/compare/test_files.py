"""What differs between two releases, by path and content."""

from __future__ import annotations

import msgspec
import pytest
from findings_kit import FOLDER, RELEASE, view
from hypothesis import given
from hypothesis import strategies as st

from unrig.model.artifact import Release
from unrig.model.change import Change, ChangeKind
from unrig.model.rule import ReleaseView
from unrig.vet.compare.files import compare, path_inside

OPPOSITE = {
    ChangeKind.ADDED: ChangeKind.REMOVED,
    ChangeKind.REMOVED: ChangeKind.ADDED,
    ChangeKind.CHANGED: ChangeKind.CHANGED,
    ChangeKind.MOVED: ChangeKind.MOVED,
}
FILES = st.dictionaries(
    st.sampled_from(["a.dll", "b.dll", "c/a.dll", "c/d.txt", "e-1.2/a.dll", "e-1.3/a.dll"]),
    st.sampled_from(["one", "two", "three"]),
)


def side(files: dict[str, str], of: Release = FOLDER) -> ReleaseView:
    return ReleaseView(release=of, artifacts=tuple(view(path, text, release=of) for path, text in files.items()))


def told(changes: tuple[Change, ...]) -> list[tuple[str, str, str]]:
    return [(c.kind.value, c.before.path if c.before else "", c.after.path if c.after else "") for c in changes]


def test_one_of_each() -> None:
    before = {"same.dll": "s", "changed.dll": "1", "gone.dll": "g", "here.dll": "m"}
    after = {"same.dll": "s", "changed.dll": "2", "new.dll": "n", "there.dll": "m"}
    assert told(compare(side(before), side(after))) == [
        ("changed", "changed.dll", "changed.dll"),
        ("removed", "gone.dll", ""),
        ("added", "", "new.dll"),
        ("moved", "here.dll", "there.dll"),
    ]


def test_copies_pair_in_the_order_of_paths_and_each_once() -> None:
    changes = compare(side({"a": "x", "b": "x"}), side({"c": "x", "d": "x", "e": "x"}))
    assert told(changes) == [("moved", "a", "c"), ("moved", "b", "d"), ("added", "", "e")]


def release(name: str, version: str) -> Release:
    return msgspec.structs.replace(RELEASE, version=version, path=name, sha256=version.ljust(64, "0"))


def test_the_name_of_the_release_file_does_not_matter() -> None:
    old, new = release("app-1.2.zip", "1.2"), release("app-1.3.zip", "1.3")
    before = side({"app-1.2.zip!/a.dll": "1", "app-1.2.zip!/b.dll": "s"}, old)
    after = side({"app-1.3.zip!/a.dll": "2", "app-1.3.zip!/b.dll": "s"}, new)
    assert told(compare(before, after)) == [("changed", "app-1.2.zip!/a.dll", "app-1.3.zip!/a.dll")]


@pytest.mark.parametrize("inner", ["app-{}/", "app-{}.tar!/app-{}/", "lib/v{}/", "app-{}.dist-info/"])
def test_nor_does_its_version_inside(inner: str) -> None:
    paths = {v: f"app-{v}.tar.gz!/{inner.format(v, v)}a.dll" for v in ("1.2", "1.3")}
    before = side({paths["1.2"]: "1"}, release("app-1.2.tar.gz", "1.2"))
    after = side({paths["1.3"]: "2"}, release("app-1.3.tar.gz", "1.3"))
    assert told(compare(before, after)) == [("changed", paths["1.2"], paths["1.3"])]


def test_a_version_that_is_part_of_other_names_parts_nothing() -> None:
    old, new = release("app-311.zip", "311"), release("app-312.zip", "312")
    files = {"types311.dll": "same", "types312.dll": "same too", "app-{}.info/a": "moves along"}
    before = side({f"app-311.zip!/{path.format('311')}": text for path, text in files.items()}, old)
    after = side({f"app-312.zip!/{path.format('312')}": text for path, text in files.items()}, new)
    assert compare(before, after) == ()


def test_a_path_that_spells_the_placeholder_hides_no_other() -> None:
    new = release("app-1.3.zip", "1.3")
    files = {"app-1.3.zip!/x-1.3/a.dll": "1", "app-1.3.zip!/x-%00/a.dll": "2", "app-1.3.zip!/x-{version}/a.dll": "3"}
    assert len(compare(side({}, release("app-1.2.zip", "1.2")), side(files, new))) == 3


def test_the_release_file_itself_is_left_out_where_it_was_opened() -> None:
    archive = view("app.zip", "1")
    opened = msgspec.structs.replace(archive, artifact=msgspec.structs.replace(archive.artifact, format="zip"))
    empty = ReleaseView(release=RELEASE, artifacts=())
    assert compare(empty, ReleaseView(release=RELEASE, artifacts=(opened,))) == ()


def test_two_programs_are_compared_whatever_their_names() -> None:
    old, new = release("setup-1.2.exe", "1.2"), release("setup-1.3.exe", "1.3")
    changes = compare(side({"setup-1.2.exe": "1"}, old), side({"setup-1.3.exe": "2"}, new))
    assert told(changes) == [("changed", "setup-1.2.exe", "setup-1.3.exe")]


def test_path_inside() -> None:
    assert path_inside(RELEASE, view("drill-1.2.zip!/x.zip!/a.dll").artifact) == "x.zip!/a.dll"
    assert path_inside(RELEASE, view("drill-1.2.zip").artifact) == ""
    assert path_inside(FOLDER, view("x.zip!/a.dll").artifact) == "x.zip!/a.dll"


@given(FILES)
def test_a_release_does_not_differ_from_itself(files: dict[str, str]) -> None:
    assert compare(side(files), side(files)) == ()


@given(FILES, FILES)
def test_swapping_the_sides_gives_the_inverse(before: dict[str, str], after: dict[str, str]) -> None:
    forward, back = told(compare(side(before), side(after))), told(compare(side(after), side(before)))
    assert sorted((OPPOSITE[ChangeKind(kind)].value, new, old) for kind, old, new in forward) == sorted(back)


@given(FILES, FILES)
def test_every_file_that_is_not_the_same_is_in_exactly_one_change(
    before: dict[str, str], after: dict[str, str]
) -> None:
    changes = compare(side(before), side(after))
    same = {path for path in before if after.get(path) == before[path]}
    assert sorted(c.before.path for c in changes if c.before) == sorted(before.keys() - same)
    assert sorted(c.after.path for c in changes if c.after) == sorted(after.keys() - same)


@given(FILES, FILES, st.randoms())
def test_order_of_members_does_not_matter(before: dict[str, str], after: dict[str, str], random: object) -> None:
    backwards = dict(reversed(after.items()))
    assert compare(side(before), side(after)) == compare(side(before), side(backwards))
