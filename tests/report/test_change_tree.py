"""The tree counts every file, shows the ones that matter first, and ends where nobody would read on."""

from unrig.model.artifact import Artifact
from unrig.model.change import Change, ChangeKind
from unrig.report.change_tree import MAX_DEPTH, Folder, pairs_of, tree_of


def file(path: str, content: str = "new") -> Artifact:
    return Artifact(id=f"{content}:{path}", path=path, sha256=content, size=len(content), format="text")


def changed(path: str, what: str = "", old: str = "") -> Change:
    before = file(old or path, "old")
    kind = ChangeKind.MOVED if old else ChangeKind.CHANGED
    return Change(kind=kind, before=before, after=file(path), family="file", what=what)


def added(path: str) -> Change:
    return Change(kind=ChangeKind.ADDED, before=None, after=file(path), family="file", what="")


def removed(path: str) -> Change:
    return Change(kind=ChangeKind.REMOVED, before=file(path), after=None, family="file", what="")


def paths(folder: Folder, above: str = "") -> list[str]:
    here = [pair.path for pair in folder.pairs]
    return here + [path for inner in folder.folders.values() for path in paths(inner)]


def test_all_that_was_said_about_one_file_is_one_pair() -> None:
    (pair,) = pairs_of([changed("a/b", "size"), changed("a/b", "3 functions"), changed("a/b", "size")], {})
    assert pair.said == ("size", "3 functions")
    assert (pair.name, pair.path, pair.kind) == ("b", "a/b", ChangeKind.CHANGED)


def test_a_file_stands_where_it_is_now_or_was() -> None:
    pairs = pairs_of([added("new/x"), removed("gone/y"), changed("here/z", old="there/z")], {})
    assert [pair.path for pair in pairs] == ["new/x", "gone/y", "here/z"]
    assert len({pair.sign for pair in pairs}) == 3


def test_folders_and_archives_count_what_is_below_them() -> None:
    tree = tree_of(pairs_of([added("a/b/x"), changed("a/y"), changed("a/p.zip!/in/z"), removed("q")], {}))
    assert tree.root.counts == {"added": 1, "changed": 2, "removed": 1}
    inner = tree.root.folders["a"]
    assert inner.counts == {"added": 1, "changed": 2}
    assert list(inner.folders) == ["b", "p.zip!"]
    assert sorted(paths(tree.root)) == ["a/b/x", "a/p.zip!/in/z", "a/y", "q"]


def test_those_with_findings_come_first_and_the_rest_is_counted() -> None:
    changes = [changed(f"many/{number:03}") for number in range(50)] + [added("unshown/only")]
    tree = tree_of(pairs_of(changes, {"new:many/049": ("f1",)}), limit=5)
    assert (tree.total, tree.shown) == (51, 5)
    assert sorted(paths(tree.root)) == ["many/000", "many/001", "many/002", "many/003", "many/049"]
    assert tree.root.counts == {"changed": 50, "added": 1}
    assert tree.root.folders["many"].counts == {"changed": 50}
    assert list(tree.root.folders) == ["many"]
    assert tree.root.folders["many"].marked


def test_a_path_without_end_does_not_nest_the_page_without_end() -> None:
    deep = "/".join(["d"] * 5000) + "/file"
    tree = tree_of(pairs_of([added(deep)], {}))
    depth, folder = 0, tree.root
    while folder.folders:
        (folder,) = folder.folders.values()
        depth += 1
    assert depth == MAX_DEPTH
    assert folder.pairs[0].path == deep
