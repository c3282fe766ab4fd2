"""The packs of a run: added ones and those of a folder, each as its own kind, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from unrig.loop import packs_in_force
from unrig.model.errors import UsageError
from unrig.model.rule import Listed
from unrig.store import pack_store

SHA = "ab" * 32
OTHER = "cd" * 32


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_added_packs_and_those_of_a_folder_are_in_force_together(tmp_path: Path) -> None:
    packs_in_force.add(put(tmp_path / "added.txt", f"# name: b\n{SHA} from b\n"))
    put(tmp_path / "folder" / "other.txt", f"# name: a\n{SHA} from a\n{OTHER} only a\n")
    found = packs_in_force.in_force(tmp_path / "folder")
    assert [pack.name for pack in found.packs] == ["a", "b"]
    assert found.listed == {SHA: Listed(pack="a", label="from a"), OTHER: Listed(pack="a", label="only a")}


def test_the_same_bytes_are_one_pack(tmp_path: Path) -> None:
    one = put(tmp_path / "folder" / "one.txt", f"{SHA} x\n")
    packs_in_force.add(one)
    put(tmp_path / "folder" / "two.txt", f"{SHA} x\n")
    assert [pack.name for pack in packs_in_force.in_force(tmp_path / "folder").packs] == ["one.txt"]


def test_without_any_there_are_none() -> None:
    assert packs_in_force.in_force(None).packs == ()


def test_the_end_of_a_name_tells_the_kind_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    assert packs_in_force.add(put(tmp_path / "list.TXT", SHA)).kind == "hashes"
    with pytest.raises(UsageError, match=r"notes\.md: expected the name of a pack \(.*hashes \.txt"):
        packs_in_force.add(put(tmp_path / "notes.md", SHA))


def test_a_bad_line_keeps_a_pack_out_whole(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="line 2"):
        packs_in_force.add(put(tmp_path / "list.txt", f"{SHA} good\nbad\n"))
    assert packs_in_force.in_force(None).packs == ()


def test_a_pack_of_a_kind_from_a_later_unrig_is_named_not_skipped(tmp_path: Path) -> None:
    packs_in_force.add(put(tmp_path / "list.txt", SHA))
    lock = packs_in_force.store_folder() / pack_store.LOCK
    later = msgspec.json.decode(lock.read_bytes())
    later["packs"][0]["kind"] = "later"
    lock.write_bytes(msgspec.json.encode(later))
    with pytest.raises(UsageError, match="found 'later'"):
        packs_in_force.in_force(None)


@pytest.mark.parametrize("missing", ["folder", "file"])
def test_what_is_not_there_is_named(tmp_path: Path, missing: str) -> None:
    gone = tmp_path / "gone"
    with pytest.raises(UsageError, match="gone: expected"):
        packs_in_force.in_force(gone) if missing == "folder" else packs_in_force.add(gone)
